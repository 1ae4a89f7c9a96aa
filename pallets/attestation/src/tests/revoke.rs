//! Revoking statements.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{MemberStatus, Role, Subject};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_attester_revokes_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(confirm(reviewer(1), version()));
		events();
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_eq!(events(), [Event::Revoked { subject: version(), attester: reviewer(0) }]);
		assert!(Standings::<Test>::get(version()).unwrap().by(&reviewer(0)).is_none());
		assert_ok!(reject(ADMIN, credential()));
		assert_ok!(Attestations::revoke(signed(ADMIN), credential(), ADMIN));
	});
}

#[test]
fn an_admin_of_the_organisation_revokes_a_statement_made_for_it() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(Attestations::revoke(signed(DEPUTY), version(), reviewer(0)));
		assert_ok!(reject(ADMIN, credential()));
		assert_ok!(Attestations::revoke(signed(DEPUTY), credential(), ADMIN));
	});
}

#[test]
fn nobody_else_revokes_a_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		for stranger in [reviewer(1), DOCTOR, PATIENT, CLINIC_CLERK, CHIEF, STRANGER] {
			assert_noop!(
				Attestations::revoke(signed(stranger), version(), reviewer(0)),
				Error::<Test>::NotPermitted
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Attestations::revoke(origin, version(), reviewer(0)), BadOrigin);
		}
	});
}

#[test]
fn a_former_records_admin_cannot_revoke_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		Roles::set_status(reviewer(0), Role::RecordsAdmin, MemberStatus::Revoked);
		assert_noop!(
			Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)),
			Error::<Test>::NotPermitted
		);
		assert_ok!(Attestations::revoke(signed(ADMIN), version(), reviewer(0)));
	});
}

#[test]
fn nobody_revokes_for_a_suspended_organisation() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		Roles::suspend_organisation(HOSPITAL);
		for who in [reviewer(0), ADMIN] {
			assert_noop!(
				Attestations::revoke(signed(who), version(), reviewer(0)),
				Error::<Test>::NotPermitted
			);
		}
	});
}

#[test]
fn a_statement_that_was_never_made_cannot_be_revoked() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		for (subject, attester) in [(version(), reviewer(1)), (second, reviewer(0))] {
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
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_noop!(
			Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)),
			Error::<Test>::UnknownAttestation
		);
	});
}
