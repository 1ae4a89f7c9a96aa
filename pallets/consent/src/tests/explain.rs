//! The explanation: every rule in order, with its finding.

use super::*;
use Finding::*;

fn considered(question: Question<AccountId>) -> Vec<(Rule, Finding)> {
	let explanation = Consent::explain(&question, START);
	explanation.considered.into_iter().map(|item| (item.rule, item.finding)).collect()
}

/// Gives a grant and returns the finding about it.
fn finding_of(terms: GrantTerms<AccountId>) -> Finding {
	let id = give(terms);
	of_grant(Consent::explain(&question(DOCTOR), START), id)
}

fn of_grant(explanation: Explanation, id: GrantId) -> Finding {
	let mut considered = explanation.considered.into_iter();
	let found = considered.find(|item| item.rule == Rule::Grant(id));
	found.expect("the grant").finding
}

#[test]
fn a_permit_is_explained_down_to_its_grant() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Auditor, Some(INSTITUTE));
		Roles::set_status(DOCTOR, Role::Auditor, MemberStatus::Suspended);
		deny(Grantee::Account(CLERK), Scope::Everything);
		deny(practitioners(), Scope::Record(SCAN));
		deny(Grantee::Organisation(INSTITUTE), Scope::Everything);
		give(terms(Grantee::Account(CLERK)));
		give(terms(practitioners()));
		give(doctors_terms());
		assert_eq!(
			considered(question(DOCTOR)),
			vec![
				(Rule::RecordLive, Applies),
				(Rule::Membership(Role::Practitioner), Applies),
				(Rule::Membership(Role::Auditor), NotLive),
				(Rule::Patient, OtherGrantee),
				(Rule::Denial(0), OtherGrantee),
				(Rule::Denial(1), OtherScope),
				(Rule::Denial(2), NotLive),
				(Rule::Grant(0), OtherGrantee),
				(Rule::Grant(1), Applies),
			]
		);
	});
}

#[test]
fn a_denial_ends_the_explanation() {
	build_and_execute(|| {
		give(doctors_terms());
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		deny(practitioners(), Scope::Everything);
		assert_eq!(
			considered(question(DOCTOR)),
			vec![
				(Rule::RecordLive, Applies),
				(Rule::Membership(Role::Practitioner), Applies),
				(Rule::Patient, OtherGrantee),
				(Rule::Denial(0), Applies),
			]
		);
	});
}

#[test]
fn a_denial_without_a_grant_lists_all_denials_and_grants() {
	build_and_execute(|| {
		deny(Grantee::Account(CLERK), Scope::Everything);
		give(terms(Grantee::Account(CLERK)));
		give(GrantTerms { scope: Scope::Record(SCAN), ..doctors_terms() });
		assert_eq!(
			considered(question(DOCTOR))[3..],
			[
				(Rule::Denial(0), OtherGrantee),
				(Rule::Grant(0), OtherGrantee),
				(Rule::Grant(1), OtherScope),
				(Rule::Emergency, OtherPurpose),
				(Rule::EmergencySummary, OtherScope),
			]
		);
	});
}

#[test]
fn the_patients_own_access_is_explained_without_grants() {
	build_and_execute(|| {
		give(doctors_terms());
		assert_eq!(
			considered(question(PATIENT)),
			vec![
				(Rule::RecordLive, Applies),
				(Rule::Membership(Role::Patient), Applies),
				(Rule::Patient, Applies),
			]
		);
		Roles::admit(PATIENT, Role::Device, Some(HOSPITAL));
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert!(considered(question(PATIENT)).contains(&(Rule::Patient, NotLive)));
	});
}

#[test]
fn early_denials_are_explained_up_to_their_rule() {
	build_and_execute(|| {
		let missing = Question { record: MISSING, ..question(DOCTOR) };
		assert_eq!(considered(missing), vec![(Rule::RecordLive, Absent)]);
		let version = Question { version: Some(9), ..question(DOCTOR) };
		assert_eq!(considered(version), vec![(Rule::RecordLive, Absent)]);
		assert_eq!(considered(question(STRANGER)), vec![(Rule::RecordLive, Applies)]);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(
			considered(question(DOCTOR)),
			vec![(Rule::RecordLive, Applies), (Rule::Membership(Role::Practitioner), NotLive)]
		);
		Records::erase(LAB);
		assert_eq!(considered(question(DOCTOR)), vec![(Rule::RecordLive, Erased)]);
	});
}

#[test]
fn each_mismatch_of_a_grant_has_its_own_finding() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Auditor, Some(HOSPITAL));
		Roles::set_status(DOCTOR, Role::Auditor, MemberStatus::Revoked);
		let auditors = Grantee::Role { role: Role::Auditor, organisation: None };
		assert_eq!(finding_of(terms(auditors)), NotLive);
		assert_eq!(finding_of(terms(Grantee::Organisation(INSTITUTE))), OtherGrantee);
		let scope = categories(&[Category::Imaging]);
		assert_eq!(finding_of(GrantTerms { scope, ..doctors_terms() }), OtherScope);
		let purposes = purposes(&[Purpose::HRESCH]);
		assert_eq!(finding_of(GrantTerms { purposes, ..doctors_terms() }), OtherPurpose);
		let actions = actions(&[Action::Share]);
		assert_eq!(finding_of(GrantTerms { actions, ..doctors_terms() }), OtherAction);
		assert_eq!(finding_of(GrantTerms { from: Some(START + 2), ..doctors_terms() }), NotYet);
		let condition = only(Attribute::Role(Role::Auditor));
		assert_eq!(finding_of(GrantTerms { condition, ..doctors_terms() }), ConditionUnmet);
		let ends = Some(START + 1);
		let id = give(GrantTerms { until: ends, ..doctors_terms() });
		let later = Consent::explain(&question(DOCTOR), START + 1);
		assert_eq!(of_grant(later, id), Expired);
	});
}

#[test]
fn the_first_of_several_mismatches_is_reported() {
	build_and_execute(|| {
		let mut terms = GrantTerms {
			grantee: Grantee::Account(CLERK),
			scope: Scope::Record(SCAN),
			purposes: purposes(&[Purpose::HRESCH]),
			actions: actions(&[Action::Share]),
			from: Some(START + 1),
			until: None,
			uses: None,
			condition: only(Attribute::EmergencyOpen),
		};
		assert_eq!(finding_of(terms.clone()), OtherGrantee);
		terms.grantee = Grantee::Account(DOCTOR);
		assert_eq!(finding_of(terms.clone()), OtherScope);
		terms.scope = Scope::Record(LAB);
		assert_eq!(finding_of(terms.clone()), OtherPurpose);
		terms.purposes = purposes(&[Purpose::TREAT]);
		assert_eq!(finding_of(terms.clone()), OtherAction);
		terms.actions = actions(&[Action::Read]);
		assert_eq!(finding_of(terms.clone()), NotYet);
		terms.from = None;
		assert_eq!(finding_of(terms.clone()), ConditionUnmet);
		terms.condition = None;
		assert_eq!(finding_of(terms), Applies);
	});
}
