//! Calls of the pallet `consent`. By the patient, unless another caller is named.

use super::*;
use crate::Account;
use salus_primitives::{
	Answers, Approval, ConsentRequestId, DenialId, GrantId, GrantTerms, Grantee, GuardianId,
	Moment, Purposes, RecordWraps, RequestTerms, RuleId, Scope, StandingRule, WrapKeys,
};

const PALLET: &str = "Consent";

/// Gives a grant, and adds the keys that go with it.
pub fn grant(terms: &GrantTerms<Account>, wraps: &RecordWraps<Account>) -> Call {
	Call::new(PALLET, "grant", (terms, wraps))
}

/// Revokes a grant, and removes the keys that went with it.
pub fn revoke(grant: GrantId, remove: &WrapKeys<Account>) -> Call {
	Call::new(PALLET, "revoke", (grant, remove))
}

/// Denies explicitly, and removes the keys that contradict it.
pub fn deny(grantee: &Grantee<Account>, scope: &Scope, remove: &WrapKeys<Account>) -> Call {
	Call::new(PALLET, "deny", (grantee, scope, remove))
}

/// Lifts a denial.
pub fn lift(denial: DenialId) -> Call {
	Call::new(PALLET, "lift", denial)
}

/// Bars emergency access, or permits it again.
pub fn set_emergency_opt_out(opted_out: bool) -> Call {
	Call::new(PALLET, "set_emergency_opt_out", opted_out)
}

/// Closes the patient's emergency summaries to emergency access, or opens them again.
pub fn set_emergency_summary_closed(closed: bool) -> Call {
	Call::new(PALLET, "set_emergency_summary_closed", closed)
}

/// Appoints a guardian, who reads and answers requests on the patient's behalf.
pub fn appoint_guardian(
	guardian: Account,
	scope: &Scope,
	purposes: &Purposes,
	until: Option<Moment>,
) -> Call {
	Call::new(PALLET, "appoint_guardian", (guardian, scope, purposes, until))
}

/// Dismisses a guardian.
pub fn dismiss_guardian(guardian: GuardianId) -> Call {
	Call::new(PALLET, "dismiss_guardian", guardian)
}

/// Asks a patient for a grant. By any live member.
pub fn request(patient: Account, terms: &RequestTerms) -> Call {
	Call::new(PALLET, "request", (patient, terms))
}

/// Withdraws a request. By its requester.
pub fn withdraw(patient: Account, request: ConsentRequestId) -> Call {
	Call::new(PALLET, "withdraw", (patient, request))
}

/// Approves a request, for what was requested or less. By the patient or a guardian.
pub fn approve(
	patient: Account,
	request: ConsentRequestId,
	approval: &Approval,
	wraps: &RecordWraps<Account>,
) -> Call {
	Call::new(PALLET, "approve", (patient, request, approval, wraps))
}

/// Declines a request. By the patient or a guardian.
pub fn decline(patient: Account, request: ConsentRequestId) -> Call {
	Call::new(PALLET, "decline", (patient, request))
}

/// Answers several requests. By the patient or a guardian.
pub fn answer_many(patient: Account, answers: &Answers) -> Call {
	Call::new(PALLET, "answer_many", (patient, answers))
}

/// Sets a rule that answers requests at once.
pub fn set_rule(rule: &StandingRule<Account>) -> Call {
	Call::new(PALLET, "set_rule", rule)
}

/// Removes a standing rule.
pub fn remove_rule(rule: RuleId) -> Call {
	Call::new(PALLET, "remove_rule", rule)
}

/// Passes a grant on. By an account to which the patient's grant `parent` permits it.
pub fn share(patient: Account, parent: GrantId, terms: &GrantTerms<Account>) -> Call {
	Call::new(PALLET, "share", (patient, parent, terms))
}
