//! Calls of the pallet `consent`. By the patient, where nobody else is named.

use super::*;
use crate::Account;
use salus_primitives::{
	Answers, Approval, ConsentRequestId, DenialId, GrantId, GrantTerms, Grantee, GuardianId,
	Moment, Purposes, RecordWraps, RequestTerms, RuleId, Scope, StandingRule, WrapKeys,
};

const PALLET: &str = "Consent";

/// Permits something, and adds the keys that go with it.
pub fn grant(terms: &GrantTerms<Account>, wraps: &RecordWraps<Account>) -> Call {
	Call::new(PALLET, "grant", (terms, wraps))
}

/// Takes a permission back, and removes the keys that went with it.
pub fn revoke(grant: GrantId, remove: &WrapKeys<Account>) -> Call {
	Call::new(PALLET, "revoke", (grant, remove))
}

/// Denies something explicitly, and removes the keys that stand against it.
pub fn deny(grantee: &Grantee<Account>, scope: &Scope, remove: &WrapKeys<Account>) -> Call {
	Call::new(PALLET, "deny", (grantee, scope, remove))
}

/// Takes a denial back.
pub fn lift(denial: DenialId) -> Call {
	Call::new(PALLET, "lift", denial)
}

/// Bars emergency access, or permits it again.
pub fn set_emergency_opt_out(opted_out: bool) -> Call {
	Call::new(PALLET, "set_emergency_opt_out", opted_out)
}

/// Closes one's emergency summaries to emergency access, or opens them again.
pub fn set_emergency_summary_closed(closed: bool) -> Call {
	Call::new(PALLET, "set_emergency_summary_closed", closed)
}

/// Appoints a guardian, who reads and answers requests in the patient's stead.
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

/// Takes a request back. By who made it.
pub fn withdraw(patient: Account, request: ConsentRequestId) -> Call {
	Call::new(PALLET, "withdraw", (patient, request))
}

/// Approves a request, perhaps for less than was asked. By the patient or a guardian.
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

/// Answers many requests. By the patient or a guardian.
pub fn answer_many(patient: Account, answers: &Answers) -> Call {
	Call::new(PALLET, "answer_many", (patient, answers))
}

/// Sets a rule by which requests are answered at once.
pub fn set_rule(rule: &StandingRule<Account>) -> Call {
	Call::new(PALLET, "set_rule", rule)
}

/// Removes a standing rule.
pub fn remove_rule(rule: RuleId) -> Call {
	Call::new(PALLET, "remove_rule", rule)
}

/// Passes a grant on. By someone to whom the patient's grant `parent` permits it.
pub fn share(patient: Account, parent: GrantId, terms: &GrantTerms<Account>) -> Call {
	Call::new(PALLET, "share", (patient, parent, terms))
}
