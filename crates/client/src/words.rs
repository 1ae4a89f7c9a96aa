//! The chain's terms in plain words, for people who do not know its vocabulary.
//!
//! The terms in an export of an access log are in [`salus_fhir::words`].

use salus_primitives::*;

use crate::Account;

pub use crate::number::short as record;
pub use salus_fhir::words::{
	basis, decision, deny_reason, emergency_reason, reason_code, reviewer,
};

/// Returns what happened in the recovery of a patient whose key is said to be lost.
pub fn succession_event(event: &SuccessionEvent) -> String {
	salus_fhir::words::succession_event::<Account>(event)
}

/// Returns a number with its noun: `1 record`, `2 records`.
pub fn count(number: usize, one: &str, many: &str) -> String {
	if number == 1 {
		format!("1 {one}")
	} else {
		format!("{number} {many}")
	}
}

/// Returns a noun with its article: `a patient`, `an auditor`.
pub fn one(noun: &str) -> String {
	let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) {
		"an"
	} else {
		"a"
	};
	format!("{article} {noun}")
}

/// Joins items as in a sentence: `1`, `1 and 2`, `1, 2 and 3`.
pub fn list(items: &[String]) -> String {
	match items {
		[] => String::new(),
		[one] => one.clone(),
		[first @ .., last] => format!("{} and {last}", first.join(", ")),
	}
}

/// Returns a kind of organisation.
pub fn organisation_kind(kind: OrganisationKind) -> &'static str {
	match kind {
		OrganisationKind::Hospital => "hospital",
		OrganisationKind::Laboratory => "laboratory",
		OrganisationKind::Pharmacy => "pharmacy",
		OrganisationKind::Insurer => "insurer",
		OrganisationKind::Research => "research organisation",
		OrganisationKind::Regulator => "regulator",
	}
}

/// Returns one rule that was considered, with the finding.
pub fn considered(considered: &Considered) -> String {
	let rule = match considered.rule {
		Rule::RecordLive => "the record exists".into(),
		Rule::Membership(of) => format!("the reader is a member as {}", one(role(of))),
		Rule::Patient => "the reader is the patient".into(),
		Rule::Denial(id) => format!("denial {id}"),
		Rule::Grant(id) => format!("grant {id}"),
		Rule::Guardian(id) => format!("guardian {id}"),
		Rule::Emergency => "emergency access".into(),
		Rule::EmergencySummary => "emergency access to emergency summaries".into(),
	};
	let finding = match considered.finding {
		Finding::Applies => match considered.rule {
			Rule::Denial(_)
			| Rule::Grant(_)
			| Rule::Guardian(_)
			| Rule::Emergency
			| Rule::EmergencySummary => "covers it",
			_ => "yes",
		},
		Finding::Absent => "no",
		Finding::Erased => "it was erased",
		Finding::NotLive => match considered.rule {
			Rule::Grant(_) => "the capacity that it names is not live now, or has ended",
			_ => "yes, but not live now",
		},
		Finding::OtherGrantee => match considered.rule {
			Rule::Denial(_) | Rule::Grant(_) | Rule::Guardian(_) => "is for someone else",
			_ => "no",
		},
		Finding::OtherScope => "covers other records",
		Finding::OtherPurpose => "is for other purposes",
		Finding::OtherAction => "is for other actions",
		Finding::NotYet => "has not begun",
		Finding::Expired => "is over",
		Finding::UsedUp => "is used up",
		Finding::ConditionUnmet => "its condition is not met",
		Finding::ParentEnded => "the grant from which it was passed on is no longer in force",
		Finding::OptedOut => "the patient has opted out",
		Finding::NoCase => "the reader has no open emergency case",
	};
	format!("{rule}: {finding}")
}

/// Returns the rules that were considered, one line each.
pub fn explanation(explanation: &Explanation) -> Vec<String> {
	let line = |one: &Considered| match (one.rule, one.finding, explanation.decision) {
		// The chain reports these as absent.
		(Rule::RecordLive, Finding::Absent, Decision::Deny(DenyReason::RecordWithdrawn)) => {
			"the record exists: yes, but it was withdrawn".into()
		}
		(Rule::RecordLive, Finding::Absent, Decision::Deny(DenyReason::UnknownVersion)) => {
			"the record exists: yes, but it has no such version".into()
		}
		_ => considered(one),
	};
	explanation.considered.iter().map(line).collect()
}

/// Returns a role.
pub fn role(role: Role) -> &'static str {
	match role {
		Role::Patient => "patient",
		Role::Practitioner => "practitioner",
		Role::RecordsAdmin => "records admin",
		Role::Auditor => "auditor",
		Role::InsurerAgent => "insurer agent",
		Role::Researcher => "researcher",
		Role::Device => "device",
		Role::StorageNode => "storage node",
	}
}

/// Returns a category.
pub fn category(category: Category) -> &'static str {
	match category {
		Category::Laboratory => "laboratory",
		Category::Imaging => "imaging",
		Category::Prescription => "prescription",
		Category::ClinicalNote => "clinical note",
		Category::DischargeSummary => "discharge summary",
		Category::Immunization => "immunization",
		Category::VitalSigns => "vital signs",
		Category::EmergencySummary => "emergency summary",
		Category::Claim => "claim",
		Category::Genomic => "genomic",
		Category::Other => "other",
	}
}

/// Returns the state of a version.
pub fn state(state: VersionState) -> &'static str {
	match state {
		VersionState::Pending => "pending",
		VersionState::Stored => "stored",
		VersionState::Attested => "attested",
		VersionState::Rejected => "rejected",
		VersionState::Lost => "LOST",
		VersionState::Withdrawn => "withdrawn",
	}
}

/// Returns the grantee of a grant or denial.
pub fn grantee(grantee: &Grantee<Account>) -> String {
	match grantee {
		Grantee::Account(account) => account.to_string(),
		Grantee::Member { account, role: of, organisation } => {
			format!("{account} as {} of organisation {organisation}", one(role(*of)))
		}
		Grantee::Person(account) => format!("{account} as a person"),
		Grantee::CareTeam(id) => format!("the care team of organisation {id}"),
		Grantee::Organisation(id) => format!("everyone at organisation {id}"),
		Grantee::Role { role: of, organisation: None } => format!("every {}", role(*of)),
		Grantee::Role { role: of, organisation: Some(id) } => {
			format!("every {} of organisation {id}", role(*of))
		}
	}
}

/// Returns the scope of a grant or denial.
pub fn scope(scope: &Scope) -> String {
	match scope {
		Scope::Everything => "all records".into(),
		Scope::Categories(categories) => {
			categories.iter().map(|other| category(*other)).collect::<Vec<_>>().join(", ")
		}
		Scope::Record(id) => format!("record {}", record(id)),
		Scope::Version { record: id, version } => {
			format!("version {version} of record {}", record(id))
		}
	}
}

/// Returns what a purpose means. Few know HL7's codes by heart.
pub fn purpose_meaning(purpose: Purpose) -> &'static str {
	match purpose {
		Purpose::TREAT => "treatment",
		Purpose::ETREAT => "emergency treatment",
		Purpose::BTG => "break the glass",
		Purpose::HPAYMT => "payment for care",
		Purpose::HOPERAT => "hospital operations",
		Purpose::HRESCH => "research",
		Purpose::PUBHLTH => "public health",
		Purpose::PATRQT => "the patient's own request",
	}
}

/// Returns a purpose: its code, which the command line accepts, and its meaning.
pub fn purpose(purpose: Purpose) -> String {
	format!("{purpose:?} ({})", purpose_meaning(purpose))
}

/// Returns how confidential a record is.
pub fn confidentiality(confidentiality: Confidentiality) -> &'static str {
	match confidentiality {
		Confidentiality::Normal => "normal",
		Confidentiality::Restricted => "restricted",
		Confidentiality::VeryRestricted => "very restricted",
	}
}

/// Returns the state of an emergency case.
pub fn case_status(status: CaseStatus) -> &'static str {
	match status {
		CaseStatus::Open => "waiting for review",
		CaseStatus::Justified => "justified",
		CaseStatus::Rejected => "rejected",
	}
}

/// Returns what an entry of an access log is about.
pub fn log_event(event: &LogEvent) -> String {
	match event {
		LogEvent::Requested { request, record: id, version, purpose: of, decision: answer } => {
			format!(
				"request {request} for version {version} of record {}, purpose {}: {}",
				record(id),
				purpose(*of),
				decision(answer)
			)
		}
		LogEvent::Released { request } => {
			format!("enough hospitals released the key for request {request}")
		}
		LogEvent::EmergencyOpened { case, reason, .. } => {
			format!("emergency case {case} opened: {}", emergency_reason(*reason))
		}
		LogEvent::EmergencyReviewed { case, reviewer: of, justified } => format!(
			"emergency case {case} reviewed by {}: {}",
			one(reviewer(*of)),
			if *justified { "justified" } else { "not justified" }
		),
		LogEvent::Succession(event) => succession_event(event),
		LogEvent::Withdrawn { record: id, reason } => {
			format!("record {} withdrawn: {}", record(id), reason_code(*reason))
		}
	}
}

/// Returns the warning that a reader of a version in this state must see first, if any.
pub fn caution(state: VersionState) -> Option<&'static str> {
	match state {
		VersionState::Rejected => {
			Some("REJECTED: a records admin reviewed this version and found it wrong")
		}
		VersionState::Withdrawn => Some("WITHDRAWN by its author or a records admin"),
		_ => None,
	}
}

/// Returns that a record was withdrawn, and why.
pub fn withdrawn(reason: ReasonCode) -> String {
	format!("WITHDRAWN by its author or a records admin: {}", reason_code(reason))
}

/// Returns whether the reason of a statement contradicts its verdict.
pub fn is_contradiction(verdict: Verdict, reason: ReasonCode) -> bool {
	match verdict {
		Verdict::Confirmed => !matches!(reason, ReasonCode::Reviewed | ReasonCode::Other),
		Verdict::Rejected => reason == ReasonCode::Reviewed,
	}
}

/// Returns a member of the committee: its organisation, or its index where the organisation is
/// unknown.
pub fn committee_member(member: MemberIndex, organisation: Option<OrganisationId>) -> String {
	match organisation {
		Some(organisation) => format!("organisation {organisation}"),
		None => format!("member {member} of the committee"),
	}
}

/// Returns the phase of an epoch of the committee.
pub fn epoch_phase(phase: EpochPhase) -> &'static str {
	match phase {
		EpochPhase::Announcing => "members announce their keys",
		EpochPhase::Dealing => "members post their dealings",
		EpochPhase::Confirming => "members check each other's dealings",
		EpochPhase::Active => "active",
		EpochPhase::Superseded => "superseded, still releasing",
		EpochPhase::Abandoned => "abandoned",
	}
}

/// Returns why a member is not part of an epoch's key.
pub fn exclusion(exclusion: Exclusion) -> &'static str {
	match exclusion {
		Exclusion::NoKey => "announced no key in time",
		Exclusion::NoDealing => "posted no dealing in time",
		Exclusion::InvalidDealing => "its dealing was invalid",
	}
}

/// Returns an action.
pub fn action(action: Action) -> &'static str {
	match action {
		Action::Read => "read",
		Action::Write => "write",
		Action::Share => "share",
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn nouns_agree_with_number_and_article() {
		assert_eq!(count(1, "seat", "seats"), "1 seat");
		assert_eq!(count(0, "seat", "seats"), "0 seats");
		assert_eq!(one("practitioner"), "a practitioner");
		assert_eq!(one("insurer agent"), "an insurer agent");
		let items = ["1", "2", "3"].map(str::to_owned);
		assert_eq!(list(&items[..1]), "1");
		assert_eq!(list(&items[..2]), "1 and 2");
		assert_eq!(list(&items), "1, 2 and 3");
	}

	#[test]
	fn every_reason_and_finding_has_words() {
		for reason in [
			DenyReason::UnknownRecord,
			DenyReason::RecordErased,
			DenyReason::UnknownVersion,
			DenyReason::NotMember,
			DenyReason::NotInGoodStanding,
			DenyReason::Denied(3),
			DenyReason::NoGrant,
			DenyReason::OptedOut,
			DenyReason::RecordWithdrawn,
		] {
			assert!(decision(&Decision::Deny(reason)).starts_with("refused: "));
		}
		for (reason, answer) in [
			(DenyReason::RecordWithdrawn, "yes, but it was withdrawn"),
			(DenyReason::UnknownVersion, "yes, but it has no such version"),
			(DenyReason::UnknownRecord, "no"),
		] {
			let lines = explanation(&Explanation {
				decision: Decision::Deny(reason),
				considered: vec![Considered { rule: Rule::RecordLive, finding: Finding::Absent }],
			});
			assert_eq!(lines, [format!("the record exists: {answer}")]);
		}
		let line = considered(&Considered { rule: Rule::Grant(2), finding: Finding::OtherPurpose });
		assert_eq!(line, "grant 2: is for other purposes");
		let line = considered(&Considered { rule: Rule::Patient, finding: Finding::OtherGrantee });
		assert_eq!(line, "the reader is the patient: no");
		let line = considered(&Considered {
			rule: Rule::Membership(Role::Practitioner),
			finding: Finding::NotLive,
		});
		assert_eq!(line, "the reader is a member as a practitioner: yes, but not live now");
	}
}
