//! Revoking statements.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{MemberStatus, Role, Subject};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_attester_revokes_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		assert_ok!(confirm(REVIEWER + 1, version()));
		events();
		assert_ok!(Attestations::revoke(signed(REVIEWER), version(), REVIEWER));
		assert_eq!(events(), [Event::Revoked { subject: version(), attester: REVIEWER }]);
		assert!(Standings::<Test>::get(version()).unwrap().by(&REVIEWER).is_none());
		assert_ok!(reject(ADMIN, credential()));
		assert_ok!(Attestations::revoke(signed(ADMIN), credential(), ADMIN));
	});
}

#[test]
fn an_admin_of_the_organisation_revokes_a_statement_made_for_it() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		assert_ok!(Attestations::revoke(signed(DEPUTY), version(), REVIEWER));
		assert_ok!(reject(ADMIN, credential()));
		assert_ok!(Attestations::revoke(signed(DEPUTY), credential(), ADMIN));
	});
}

#[test]
fn nobody_else_revokes_a_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		for stranger in [REVIEWER + 1, DOCTOR, PATIENT, CLINIC_CLERK, CHIEF, STRANGER] {
			assert_noop!(
				Attestations::revoke(signed(stranger), version(), REVIEWER),
				Error::<Test>::NotPermitted
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Attestations::revoke(origin, version(), REVIEWER), BadOrigin);
		}
	});
}

#[test]
fn a_former_records_admin_cannot_revoke_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		Roles::set_status(REVIEWER, Role::RecordsAdmin, MemberStatus::Revoked);
		assert_noop!(
			Attestations::revoke(signed(REVIEWER), version(), REVIEWER),
			Error::<Test>::NotPermitted
		);
		assert_ok!(Attestations::revoke(signed(ADMIN), version(), REVIEWER));
	});
}

#[test]
fn nobody_revokes_for_a_suspended_organisation() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		Roles::suspend_organisation(HOSPITAL);
		for who in [REVIEWER, ADMIN] {
			assert_noop!(
				Attestations::revoke(signed(who), version(), REVIEWER),
				Error::<Test>::NotPermitted
			);
		}
	});
}

#[test]
fn a_statement_that_was_never_made_cannot_be_revoked() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		for (subject, attester) in [(version(), REVIEWER + 1), (second, REVIEWER)] {
			assert_noop!(
				Attestations::revoke(signed(ADMIN), subject, attester),
				Error::<Test>::UnknownAttestation
			);
		}
	});
}

#[test]
fn a_statement_is_not_revoked_twice() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		assert_ok!(Attestations::revoke(signed(REVIEWER), version(), REVIEWER));
		assert_noop!(
			Attestations::revoke(signed(REVIEWER), version(), REVIEWER),
			Error::<Test>::UnknownAttestation
		);
	});
}
