//! `grant`: what it stores and refuses.

use super::*;
use crate::{Grants, PatientState, Patients};

fn refuse(terms: GrantTerms<AccountId>, error: impl Into<DispatchError>) {
	assert_noop!(grant(signed(PATIENT), terms, Default::default()), error);
}

#[test]
fn a_grant_is_stored_with_its_number_time_and_event() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_ok!(grant(signed(PATIENT), terms.clone(), Default::default()));
		assert_eq!(
			Grants::<Test>::get(PATIENT, 0),
			Some(Grant { terms, given: START, used: 0, via: None })
		);
		assert_eq!(
			Patients::<Test>::get(PATIENT),
			PatientState { next_grant: 1, grants: 1, ..Default::default() }
		);
		assert_eq!(
			last_event(),
			Event::Granted { patient: PATIENT, grant: 0, grantee: Grantee::Account(DOCTOR) }
		);
	});
}

#[test]
fn grant_numbers_are_per_patient_and_never_reused() {
	build_and_execute(|| {
		assert_eq!(give(doctors_terms()), 0);
		assert_eq!(give(terms(Grantee::Account(CLERK))), 1);
		assert_ok!(Consent::revoke(signed(PATIENT), 1, Default::default()));
		assert_eq!(give(terms(Grantee::Account(CLERK))), 2);
		assert_ok!(grant(signed(OTHER_PATIENT), doctors_terms(), Default::default()));
		assert!(Grants::<Test>::contains_key(OTHER_PATIENT, 0));
	});
}

#[test]
fn sets_are_stored_in_order_and_without_repetitions() {
	build_and_execute(|| {
		let mut terms = terms(practitioners());
		terms.scope = categories(&[Category::Other, Category::Laboratory, Category::Other]);
		terms.purposes = purposes(&[Purpose::HOPERAT, Purpose::TREAT, Purpose::TREAT]);
		terms.actions = actions(&[Action::Share, Action::Read, Action::Share]);
		let id = give(terms);
		let stored = Grants::<Test>::get(PATIENT, id).expect("the grant exists").terms;
		assert_eq!(stored.scope, categories(&[Category::Laboratory, Category::Other]));
		assert_eq!(stored.purposes, purposes(&[Purpose::TREAT, Purpose::HOPERAT]));
		assert_eq!(stored.actions, actions(&[Action::Read, Action::Share]));
	});
}

#[test]
fn the_wraps_of_a_grant_are_added() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_ok!(grant(signed(PATIENT), terms, wraps(LAB, 2, DOCTOR)));
		assert!(Records::has_wrap(LAB, 2, Recipient::Account(DOCTOR)));
	});
}

#[test]
fn wraps_of_another_patients_record_are_refused() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_noop!(grant(signed(PATIENT), terms, wraps(FOREIGN, 1, DOCTOR)), Records::REFUSED);
	});
}

#[test]
fn a_grant_may_be_to_a_future_member() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Account(STRANGER)));
		assert_eq!(decide(&question(STRANGER)), denied(DenyReason::NotMember));
		Roles::admit(STRANGER, Role::Practitioner, Some(INSTITUTE));
		assert_eq!(decide(&question(STRANGER)), by_grant(id));
	});
}

#[test]
fn only_a_live_patient_grants() {
	build_and_execute(|| {
		for who in [STRANGER, CLERK] {
			assert_noop!(
				grant(signed(who), doctors_terms(), Default::default()),
				Error::<Test>::NotPatient
			);
		}
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(PATIENT, Role::Patient, status);
			refuse(doctors_terms(), Error::<Test>::NotPatient);
		}
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		Roles::set_expiry(PATIENT, Role::Patient, START);
		refuse(doctors_terms(), Error::<Test>::NotPatient);
		Roles::set_expiry(PATIENT, Role::Patient, START + 1);
		give(doctors_terms());
		// A suspended hospital takes no rights from the patients whom it enrolled.
		Roles::suspend_organisation(HOSPITAL);
		give(doctors_terms());
	});
}

#[test]
fn only_signed_origins_grant() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				grant(origin, doctors_terms(), Default::default()),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn granting_to_oneself_is_refused() {
	build_and_execute(|| refuse(terms(Grantee::Account(PATIENT)), Error::<Test>::Oneself));
}

#[test]
fn granting_to_the_role_of_patients_is_refused() {
	build_and_execute(|| {
		for organisation in [None, Some(HOSPITAL)] {
			refuse(
				terms(Grantee::Role { role: Role::Patient, organisation }),
				Error::<Test>::PatientRole,
			);
		}
	});
}

#[test]
fn a_grant_to_an_unknown_or_suspended_organisation_fails() {
	build_and_execute(|| {
		Roles::suspend_organisation(INSTITUTE);
		for organisation in [NOWHERE, INSTITUTE] {
			refuse(terms(Grantee::Organisation(organisation)), Error::<Test>::UnknownOrganisation);
			let role = Role::Researcher;
			refuse(
				terms(Grantee::Role { role, organisation: Some(organisation) }),
				Error::<Test>::UnknownOrganisation,
			);
		}
	});
}

#[test]
fn empty_sets_are_refused() {
	build_and_execute(|| {
		let whole = doctors_terms();
		refuse(GrantTerms { purposes: purposes(&[]), ..whole.clone() }, Error::<Test>::EmptySet);
		refuse(GrantTerms { actions: actions(&[]), ..whole.clone() }, Error::<Test>::EmptySet);
		refuse(GrantTerms { scope: categories(&[]), ..whole }, Error::<Test>::EmptySet);
	});
}

#[test]
fn a_grant_that_ends_before_it_begins_or_by_now_is_refused() {
	build_and_execute(|| {
		let period = |from, until| GrantTerms { from, until, ..doctors_terms() };
		// Ends at or before its beginning.
		refuse(period(Some(START + 10), Some(START + 10)), Error::<Test>::InvalidPeriod);
		refuse(period(Some(START + 10), Some(START + 9)), Error::<Test>::InvalidPeriod);
		// Has ended, or ends now.
		refuse(period(None, Some(START)), Error::<Test>::InvalidPeriod);
		refuse(period(None, Some(START - 1)), Error::<Test>::InvalidPeriod);
		refuse(period(Some(START - 10), Some(START)), Error::<Test>::InvalidPeriod);
		// A period of one millisecond is valid, whether it begins now, later, or began before.
		give(period(None, Some(START + 1)));
		give(period(Some(START + 10), Some(START + 11)));
		give(period(Some(START - 10), Some(START + 1)));
		give(period(Some(Moment::MAX), None));
	});
}

#[test]
fn a_scope_names_only_the_patients_own_live_records() {
	build_and_execute(|| {
		let over = |scope| GrantTerms { scope, ..doctors_terms() };
		give(over(Scope::Record(LAB)));
		give(over(Scope::Version { record: LAB, version: 1 }));
		give(over(Scope::Version { record: LAB, version: 3 }));
		refuse(over(Scope::Version { record: LAB, version: 0 }), Error::<Test>::UnknownVersion);
		refuse(over(Scope::Version { record: LAB, version: 4 }), Error::<Test>::UnknownVersion);

		for (record, error) in unfit_records() {
			refuse(over(Scope::Record(record)), error);
			refuse(over(Scope::Version { record, version: 1 }), error);
		}
		// For another patient's erased record, the owner is checked first.
		Records::erase(FOREIGN);
		refuse(over(Scope::Record(FOREIGN)), Error::<Test>::NotYourRecord);
	});
}

#[test]
fn the_number_of_grants_is_limited_until_one_is_revoked() {
	build_and_execute(|| {
		MaxGrants::set(2);
		give(doctors_terms());
		give(terms(Grantee::Account(CLERK)));
		refuse(terms(Grantee::Account(RESEARCHER)), Error::<Test>::TooManyGrants);
		assert_ok!(Consent::revoke(signed(PATIENT), 0, Default::default()));
		give(terms(Grantee::Account(RESEARCHER)));
	});
}

#[test]
fn grants_are_refused_once_their_numbers_run_out() {
	build_and_execute(|| {
		Patients::<Test>::insert(
			PATIENT,
			PatientState { next_grant: GrantId::MAX, ..Default::default() },
		);
		refuse(doctors_terms(), Error::<Test>::TooManyGrants);
	});
}
