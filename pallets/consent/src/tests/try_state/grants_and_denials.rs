//! Invariants of grants and denials: their counts, numbers, terms and scopes.

use super::*;
use crate::{Denials, Grants, PatientState, Patients};

/// Checks that `try_state` reports `complaint` after `damage` to a sound state with grant 0 and
/// denial 0.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	let set_up = || {
		give(GrantTerms { scope: Scope::Record(LAB), ..doctors_terms() });
		deny(Grantee::Account(CLERK), Scope::Version { record: LAB, version: 3 });
	};
	detects(complaint, set_up, damage);
}

fn count(change: impl FnOnce(&mut PatientState)) {
	Patients::<Test>::mutate(PATIENT, change);
}

fn change_terms(change: impl FnOnce(&mut GrantTerms<AccountId>)) {
	Grants::<Test>::mutate(PATIENT, 0, |grant| {
		change(&mut grant.as_mut().expect("the grant exists").terms)
	});
}

fn change_denial(change: impl FnOnce(&mut Denial<AccountId>)) {
	Denials::<Test>::mutate(PATIENT, 0, |denial| {
		change(denial.as_mut().expect("the denial exists"))
	});
}

#[test]
fn a_wrong_count_of_grants_is_noticed() {
	let complaint = "a patient's grant count is not the number of grants";
	notices(complaint, || count(|counters| counters.grants = 2));
	notices(complaint, || Grants::<Test>::remove(PATIENT, 0));
}

#[test]
fn a_wrong_count_of_denials_is_noticed() {
	let complaint = "a patient's denial count is not the number of denials";
	notices(complaint, || count(|counters| counters.denials = 0));
	notices(complaint, || Denials::<Test>::remove(PATIENT, 0));
}

#[test]
fn grants_without_counters_are_noticed() {
	notices("a grant's patient has no counters", || {
		let grant = Grants::<Test>::get(PATIENT, 0).expect("the grant exists");
		Grants::<Test>::insert(OTHER_PATIENT, 0, grant);
	});
}

#[test]
fn denials_without_counters_are_noticed() {
	notices("a denial's patient has no counters", || {
		let denial = Denials::<Test>::get(PATIENT, 0).expect("the denial exists");
		Denials::<Test>::insert(OTHER_PATIENT, 0, denial);
	});
}

#[test]
fn an_unassigned_grant_number_is_noticed() {
	notices("a grant's number has not been assigned yet", || {
		count(|counters| counters.next_grant = 0)
	});
}

#[test]
fn an_unassigned_denial_number_is_noticed() {
	notices("a denial's number has not been assigned yet", || {
		count(|counters| counters.next_denial = 0)
	});
}

#[test]
fn too_many_grants_are_noticed() {
	notices("a patient has too many grants", || MaxGrants::set(0));
}

#[test]
fn too_many_denials_are_noticed() {
	notices("a patient has too many denials", || MaxDenials::set(0));
}

#[test]
fn counters_of_a_non_patient_are_noticed() {
	notices("an account that was never a patient has counters", || Roles::forget(PATIENT));
}

#[test]
fn a_grant_or_denial_to_the_patient_is_noticed() {
	let complaint = "a grant, denial or rule is about the patient themself";
	notices(complaint, || change_terms(|terms| terms.grantee = Grantee::Account(PATIENT)));
	notices(complaint, || change_denial(|denial| denial.grantee = Grantee::Account(PATIENT)));
}

#[test]
fn a_grant_or_denial_to_the_role_of_patients_is_noticed() {
	let complaint = "a grant, denial or rule is about the role of patients";
	let patients = Grantee::Role { role: Role::Patient, organisation: Some(HOSPITAL) };
	notices(complaint, || change_terms(|terms| terms.grantee = patients.clone()));
	notices(complaint, || change_denial(|denial| denial.grantee = patients.clone()));
}

#[test]
fn empty_or_disordered_purposes_are_noticed() {
	let complaint = "a grant's purposes are empty or not in order";
	for list in [vec![], vec![Purpose::HOPERAT, Purpose::TREAT], vec![Purpose::TREAT; 2]] {
		notices(complaint, || change_terms(|terms| terms.purposes = purposes(&list)));
	}
}

#[test]
fn empty_or_disordered_actions_are_noticed() {
	let complaint = "a grant's actions are empty or not in order";
	for list in [vec![], vec![Action::Write, Action::Read], vec![Action::Read; 2]] {
		notices(complaint, || change_terms(|terms| terms.actions = actions(&list)));
	}
}

#[test]
fn empty_or_disordered_categories_are_noticed() {
	let complaint = "a scope's categories are empty or not in order";
	let twice = vec![Category::Imaging; 2];
	for list in [vec![], vec![Category::Imaging, Category::Laboratory], twice] {
		notices(complaint, || change_terms(|terms| terms.scope = categories(&list)));
		notices(complaint, || change_denial(|denial| denial.scope = categories(&list)));
	}
}

#[test]
fn an_empty_period_is_noticed() {
	let complaint = "a grant ends before it begins";
	notices(complaint, || change_terms(|terms| terms.until = Some(START)));
	notices(complaint, || {
		change_terms(|terms| {
			terms.from = Some(START + 5);
			terms.until = Some(START + 5);
		})
	});
}

#[test]
fn a_scope_over_an_unknown_record_is_noticed() {
	notices("a scope's record is unknown", || Records::forget(LAB));
}

#[test]
fn a_scope_over_another_patients_record_is_noticed() {
	let complaint = "a scope's record belongs to another patient";
	notices(complaint, || change_terms(|terms| terms.scope = Scope::Record(FOREIGN)));
	notices(complaint, || change_denial(|denial| denial.scope = Scope::Record(FOREIGN)));
	notices(complaint, || {
		Records::erase(FOREIGN);
		change_denial(|denial| denial.scope = Scope::Record(FOREIGN));
	});
}

#[test]
fn a_scope_over_a_missing_version_is_noticed() {
	let complaint = "a scope's record has no such version";
	for version in [0, 4] {
		let scope = Scope::Version { record: LAB, version };
		notices(complaint, || change_terms(|terms| terms.scope = scope.clone()));
		notices(complaint, || change_denial(|denial| denial.scope = scope.clone()));
	}
}

#[test]
fn an_erased_record_in_a_scope_is_sound() {
	build_and_execute(|| {
		give(GrantTerms { scope: Scope::Record(LAB), ..doctors_terms() });
		deny(Grantee::Account(CLERK), Scope::Version { record: LAB, version: 3 });
		Records::erase(LAB);
	});
}
