//! Each invariant, broken on purpose: `try_state` must notice.

use super::*;
use crate::{Denials, Grants, PatientState, Patients};
use sp_runtime::TryRuntimeError;

/// A sound state with a grant and a denial, number 0 each; then `damage` breaks it.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		give(GrantTerms {
			scope: Scope::Record(LAB),
			..terms(Grantee::Account(DOCTOR))
		});
		deny(
			Grantee::Account(NURSE),
			Scope::Version {
				record: LAB,
				version: 3,
			},
		);
		assert_ok!(Consent::do_try_state());
		damage();
		assert_eq!(
			Consent::do_try_state(),
			Err(TryRuntimeError::Other(complaint))
		);
	});
}

fn count(change: impl FnOnce(&mut PatientState)) {
	Patients::<Test>::mutate(PATIENT, change);
}

fn change_terms(change: impl FnOnce(&mut GrantTerms<AccountId>)) {
	Grants::<Test>::mutate(PATIENT, 0, |grant| {
		change(&mut grant.as_mut().expect("stands").terms)
	});
}

fn change_denial(change: impl FnOnce(&mut Denial<AccountId>)) {
	Denials::<Test>::mutate(PATIENT, 0, |denial| {
		change(denial.as_mut().expect("stands"))
	});
}

#[test]
fn a_count_of_grants_that_is_off() {
	let complaint = "a patient's count of grants is not their number";
	notices(complaint, || count(|counters| counters.grants = 2));
	notices(complaint, || Grants::<Test>::remove(PATIENT, 0));
}

#[test]
fn a_count_of_denials_that_is_off() {
	let complaint = "a patient's count of denials is not their number";
	notices(complaint, || count(|counters| counters.denials = 0));
	notices(complaint, || Denials::<Test>::remove(PATIENT, 0));
}

#[test]
fn grants_without_counters() {
	notices("a grant's patient has no counters", || {
		let grant = Grants::<Test>::get(PATIENT, 0).expect("stands");
		Grants::<Test>::insert(OTHER_PATIENT, 0, grant);
	});
}

#[test]
fn denials_without_counters() {
	notices("a denial's patient has no counters", || {
		let denial = Denials::<Test>::get(PATIENT, 0).expect("stands");
		Denials::<Test>::insert(OTHER_PATIENT, 0, denial);
	});
}

#[test]
fn a_number_of_a_grant_that_would_be_given_out_again() {
	notices("a grant's number has not been given out yet", || {
		count(|counters| counters.next_grant = 0)
	});
}

#[test]
fn a_number_of_a_denial_that_would_be_given_out_again() {
	notices("a denial's number has not been given out yet", || {
		count(|counters| counters.next_denial = 0)
	});
}

#[test]
fn more_grants_than_allowed() {
	notices("a patient has too many grants", || MaxGrants::set(0));
}

#[test]
fn more_denials_than_allowed() {
	notices("a patient has too many denials", || MaxDenials::set(0));
}

#[test]
fn consent_of_someone_who_never_was_a_patient() {
	notices("someone who never was a patient has counters", || {
		Roles::forget(PATIENT)
	});
}

#[test]
fn a_grant_or_denial_to_the_patient_themself() {
	let complaint = "a grant, denial or rule is about the patient themself";
	notices(complaint, || {
		change_terms(|terms| terms.grantee = Grantee::Account(PATIENT))
	});
	notices(complaint, || {
		change_denial(|denial| denial.grantee = Grantee::Account(PATIENT))
	});
}

#[test]
fn a_grant_or_denial_to_the_role_of_patients() {
	let complaint = "a grant, denial or rule is about the role of patients";
	let patients = Grantee::Role {
		role: Role::Patient,
		organisation: Some(HOSPITAL),
	};
	notices(complaint, || {
		change_terms(|terms| terms.grantee = patients.clone())
	});
	notices(complaint, || {
		change_denial(|denial| denial.grantee = patients.clone())
	});
}

#[test]
fn purposes_that_are_empty_or_not_in_order() {
	let complaint = "a grant's purposes are empty or not in order";
	for list in [
		vec![],
		vec![Purpose::HOPERAT, Purpose::TREAT],
		vec![Purpose::TREAT; 2],
	] {
		notices(complaint, || {
			change_terms(|terms| terms.purposes = purposes(&list))
		});
	}
}

#[test]
fn actions_that_are_empty_or_not_in_order() {
	let complaint = "a grant's actions are empty or not in order";
	for list in [
		vec![],
		vec![Action::Write, Action::Read],
		vec![Action::Read; 2],
	] {
		notices(complaint, || {
			change_terms(|terms| terms.actions = actions(&list))
		});
	}
}

#[test]
fn categories_that_are_empty_or_not_in_order() {
	let complaint = "a scope's categories are empty or not in order";
	let twice = vec![Category::Imaging; 2];
	for list in [vec![], vec![Category::Imaging, Category::Laboratory], twice] {
		notices(complaint, || {
			change_terms(|terms| terms.scope = categories(&list))
		});
		notices(complaint, || {
			change_denial(|denial| denial.scope = categories(&list))
		});
	}
}

#[test]
fn a_period_that_never_was() {
	let complaint = "a grant ends before it begins";
	notices(complaint, || {
		change_terms(|terms| terms.until = Some(START))
	});
	notices(complaint, || {
		change_terms(|terms| {
			terms.from = Some(START + 5);
			terms.until = Some(START + 5);
		})
	});
}

#[test]
fn a_scope_over_a_record_that_never_was() {
	notices("a scope's record is unknown", || Records::forget(LAB));
}

#[test]
fn a_scope_over_another_patients_record() {
	let complaint = "a scope's record is another patient's";
	notices(complaint, || {
		change_terms(|terms| terms.scope = Scope::Record(FOREIGN))
	});
	notices(complaint, || {
		change_denial(|denial| denial.scope = Scope::Record(FOREIGN))
	});
	notices(complaint, || {
		Records::erase(FOREIGN);
		change_denial(|denial| denial.scope = Scope::Record(FOREIGN));
	});
}

#[test]
fn a_scope_over_a_version_that_the_record_does_not_have() {
	let complaint = "a scope's record has no such version";
	for version in [0, 4] {
		let scope = Scope::Version {
			record: LAB,
			version,
		};
		notices(complaint, || {
			change_terms(|terms| terms.scope = scope.clone())
		});
		notices(complaint, || {
			change_denial(|denial| denial.scope = scope.clone())
		});
	}
}

#[test]
fn an_erased_record_in_a_scope_is_sound() {
	build_and_execute(|| {
		give(GrantTerms {
			scope: Scope::Record(LAB),
			..terms(Grantee::Account(DOCTOR))
		});
		deny(
			Grantee::Account(NURSE),
			Scope::Version {
				record: LAB,
				version: 3,
			},
		);
		Records::erase(LAB);
	});
}
