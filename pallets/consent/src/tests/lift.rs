//! `lift`: lifting a denial.

use super::*;
use crate::{Denials, Patients};

#[test]
fn lifting_a_denial_restores_the_grants() {
	build_and_execute(|| {
		let grant = give(doctors_terms());
		let denial = deny(practitioners(), Scope::Everything);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(denial)));
		assert_ok!(Consent::lift(signed(PATIENT), denial));
		assert_eq!(decide(&question(DOCTOR)), by_grant(grant));
		assert_eq!(Denials::<Test>::get(PATIENT, denial), None);
		assert_eq!(Patients::<Test>::get(PATIENT).denials, 0);
		assert_eq!(
			last_event(),
			Event::Lifted { patient: PATIENT, denial, grantee: practitioners() }
		);
	});
}

#[test]
fn another_denial_that_covers_the_same_reader_stays() {
	build_and_execute(|| {
		give(doctors_terms());
		let first = deny(practitioners(), Scope::Everything);
		let second = deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_ok!(Consent::lift(signed(PATIENT), first));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(second)));
	});
}

#[test]
fn a_denials_number_is_never_used_again() {
	build_and_execute(|| {
		let first = deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_ok!(Consent::lift(signed(PATIENT), first));
		assert_eq!(deny(Grantee::Account(DOCTOR), Scope::Everything), first + 1);
	});
}

#[test]
fn only_a_live_patient_lifts() {
	build_and_execute(|| {
		let denial = deny(Grantee::Account(DOCTOR), Scope::Everything);
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(PATIENT, Role::Patient, status);
			assert_noop!(Consent::lift(signed(PATIENT), denial), Error::<Test>::NotPatient);
		}
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		Roles::set_expiry(PATIENT, Role::Patient, START);
		assert_noop!(Consent::lift(signed(PATIENT), denial), Error::<Test>::NotPatient);
		Roles::set_expiry(PATIENT, Role::Patient, START + 1);
		assert_ok!(Consent::lift(signed(PATIENT), denial));
	});
}

#[test]
fn an_unknown_or_lifted_denial_cannot_be_lifted() {
	build_and_execute(|| {
		assert_noop!(Consent::lift(signed(PATIENT), 0), Error::<Test>::UnknownDenial);
		let denial = deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_ok!(Consent::lift(signed(PATIENT), denial));
		assert_noop!(Consent::lift(signed(PATIENT), denial), Error::<Test>::UnknownDenial);
	});
}

#[test]
fn nobody_lifts_another_patients_denial() {
	build_and_execute(|| {
		let denial = deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_noop!(Consent::lift(signed(OTHER_PATIENT), denial), Error::<Test>::UnknownDenial);
		assert_noop!(Consent::lift(signed(DOCTOR), denial), Error::<Test>::NotPatient);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Consent::lift(origin, denial), DispatchError::BadOrigin);
		}
	});
}
