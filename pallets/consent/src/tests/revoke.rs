//! `revoke`: patients can always revoke their own grants.

use super::*;
use crate::{Grants, Patients};

#[test]
fn a_revoked_grant_is_gone_at_once() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		assert_eq!(Grants::<Test>::get(PATIENT, id), None);
		assert_eq!(Patients::<Test>::get(PATIENT).grants, 0);
		assert_eq!(
			last_event(),
			Event::Revoked { patient: PATIENT, grant: id, grantee: Grantee::Account(DOCTOR) }
		);
	});
}

#[test]
fn a_patient_who_is_not_live_can_revoke() {
	build_and_execute(|| {
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			let id = give(doctors_terms());
			Roles::set_status(PATIENT, Role::Patient, status);
			assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
			Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		}
		let id = give(doctors_terms());
		Roles::set_expiry(PATIENT, Role::Patient, START);
		Roles::suspend_organisation(HOSPITAL);
		assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
	});
}

#[test]
fn an_expired_grant_can_be_revoked() {
	build_and_execute(|| {
		let until = Some(START + 1);
		let id = give(GrantTerms { until, ..doctors_terms() });
		Now::set(START + 100);
		assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
	});
}

#[test]
fn another_grant_that_covers_the_same_reader_stays() {
	build_and_execute(|| {
		let first = give(doctors_terms());
		let second = give(terms(practitioners()));
		assert_eq!(decide(&question(DOCTOR)), by_grant(first));
		assert_ok!(Consent::revoke(signed(PATIENT), first, Default::default()));
		assert_eq!(decide(&question(DOCTOR)), by_grant(second));
	});
}

#[test]
fn the_named_wraps_are_removed_with_the_grant() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_ok!(grant(signed(PATIENT), terms, wraps(LAB, 1, DOCTOR)));
		assert_ok!(Consent::revoke(signed(PATIENT), 0, wrap_keys(LAB, 1, DOCTOR)));
		assert!(!Records::has_wrap(LAB, 1, Recipient::Account(DOCTOR)));
	});
}

#[test]
fn naming_another_patients_wraps_fails_and_the_grant_stays() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		assert_noop!(
			plain(Consent::revoke(signed(PATIENT), id, wrap_keys(FOREIGN, 1, DOCTOR))),
			Records::REFUSED
		);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn an_unknown_or_revoked_grant_cannot_be_revoked() {
	build_and_execute(|| {
		let revoke = |id| plain(Consent::revoke(signed(PATIENT), id, Default::default()));
		assert_noop!(revoke(0), Error::<Test>::UnknownGrant);
		let id = give(doctors_terms());
		assert_ok!(revoke(id));
		assert_noop!(revoke(id), Error::<Test>::UnknownGrant);
	});
}

#[test]
fn nobody_revokes_another_patients_grant() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		for who in [OTHER_PATIENT, DOCTOR, STRANGER] {
			assert_noop!(
				plain(Consent::revoke(signed(who), id, Default::default())),
				Error::<Test>::UnknownGrant
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				plain(Consent::revoke(origin, id, Default::default())),
				DispatchError::BadOrigin
			);
		}
	});
}
