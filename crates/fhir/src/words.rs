//! The chain's decisions and events in plain words.
//!
//! An AuditEvent contains these words, and an export of an access log is checked against them
//! later. So they must not change: an export of an earlier release would count as altered.

use std::fmt::Display;

use salus_primitives::{
	Basis, Decision, DenyReason, EmergencyReason, ReasonCode, Reviewer, SuccessionEvent,
};

/// Returns why the answer is no, and what to do.
pub fn deny_reason(reason: &DenyReason) -> String {
	match reason {
		DenyReason::UnknownRecord => "there is no such record".into(),
		DenyReason::RecordErased => "the patient has erased the record".into(),
		DenyReason::UnknownVersion => "the record has no such version".into(),
		DenyReason::RecordWithdrawn => {
			"its author or a records admin has withdrawn the record; the patient's log shows why"
				.into()
		}
		DenyReason::NotMember => {
			"the reader is not a member of any organisation; an organisation's admin admits members"
				.into()
		}
		DenyReason::NotInGoodStanding => {
			"no membership of the reader counts now (suspended, revoked, expired, or its \
			 organisation suspended); ask their organisation's admin"
				.into()
		}
		DenyReason::Denied(id) => format!("the patient has denied it explicitly by denial {id}"),
		DenyReason::OptedOut => {
			"nothing that the patient has granted covers it, and they have barred emergency access to it"
				.into()
		}
		DenyReason::NoGrant => {
			"nothing that the patient has granted covers it; ask the patient for a grant".into()
		}
	}
}

/// Returns the reason for a permit.
pub fn basis(basis: &Basis) -> String {
	match basis {
		Basis::Patient => "it is the patient's own record".into(),
		Basis::Grant(id) => format!("grant {id} of the patient covers it"),
		Basis::Guardian(id) => format!("the reader is the patient's guardian (appointment {id})"),
		Basis::Emergency(case) => format!("the reader broke the glass (emergency case {case})"),
		Basis::EmergencySummary => {
			"it is an emergency summary, open to clinicians of hospitals who treat an emergency"
				.into()
		}
	}
}

/// Returns the decision in one sentence.
pub fn decision(decision: &Decision) -> String {
	match decision {
		Decision::Permit(on) => format!("permitted: {}", basis(on)),
		Decision::Deny(reason) => format!("refused: {}", deny_reason(reason)),
	}
}

/// Returns why an emergency case was opened.
pub fn emergency_reason(reason: EmergencyReason) -> &'static str {
	match reason {
		EmergencyReason::Unconscious => "the patient is unconscious",
		EmergencyReason::LifeThreatening => "life is in danger",
		EmergencyReason::Incapacitated => "the patient can neither speak nor decide",
		EmergencyReason::Disaster => "mass casualty or disaster",
		EmergencyReason::Other => "another reason, in the written statement",
	}
}

/// Returns the capacity of a reviewer.
pub fn reviewer(reviewer: Reviewer) -> &'static str {
	match reviewer {
		Reviewer::Auditor => "auditor",
		Reviewer::Admin => "administrator of the hospital",
	}
}

/// Returns why a statement was made, or a record withdrawn.
pub fn reason_code(reason: ReasonCode) -> &'static str {
	match reason {
		ReasonCode::Reviewed => "reviewed and found in order",
		ReasonCode::WrongPatient => "it is about another patient",
		ReasonCode::WrongCategory => "it is filed under the wrong category",
		ReasonCode::Incomplete => "parts are missing",
		ReasonCode::Unreadable => "it cannot be read",
		ReasonCode::Duplicate => "the same content is registered elsewhere",
		ReasonCode::CredentialUnverified => "the credential could not be verified",
		ReasonCode::Other => "for another reason",
	}
}

/// Returns what happened in the recovery of a patient whose key is said to be lost.
pub fn succession_event<AccountId: Display + From<[u8; 32]>>(event: &SuccessionEvent) -> String {
	let account = |bytes: &[u8; 32]| AccountId::from(*bytes);
	match event {
		SuccessionEvent::Proposed { successor, .. } => format!(
			"says that the patient's key is lost, and that {} is to act for the patient",
			account(successor)
		),
		SuccessionEvent::Approved { successor } => {
			format!("agrees that {} is to act for the patient", account(successor))
		}
		SuccessionEvent::Objected => "objects: the patient's key is not lost".into(),
		SuccessionEvent::Withdrawn => "takes back that the patient's key is lost".into(),
		SuccessionEvent::Completed { successor } => format!(
			"{} acts for the patient from now on, and the key that did so before does not",
			account(successor)
		),
	}
}
