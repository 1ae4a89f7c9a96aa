//! Revoking statements.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{MemberStatus, Role, Subject};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_attester_revokes_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		assert_ok!(confirm(RITA + 1, version()));
		events();
		assert_ok!(Attestations::revoke(signed(RITA), version(), RITA));
		assert_eq!(events(), [Event::Revoked { subject: version(), attester: RITA }]);
		assert!(Standings::<Test>::get(version()).unwrap().by(&RITA).is_none());
		assert_ok!(reject(ADA, credential()));
		assert_ok!(Attestations::revoke(signed(ADA), credential(), ADA));
	});
}

#[test]
fn an_admin_of_the_organisation_revokes_a_statement_made_for_it() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		assert_ok!(Attestations::revoke(signed(ABE), version(), RITA));
		assert_ok!(reject(ADA, credential()));
		assert_ok!(Attestations::revoke(signed(ABE), credential(), ADA));
	});
}

#[test]
fn nobody_else_revokes_a_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		for stranger in [RITA + 1, DORA, PIA, RUDI, LEA, NORA] {
			assert_noop!(
				Attestations::revoke(signed(stranger), version(), RITA),
				Error::<Test>::NotPermitted
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Attestations::revoke(origin, version(), RITA), BadOrigin);
		}
	});
}

#[test]
fn a_former_records_admin_cannot_revoke_their_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		change_world(|world| {
			let rita = world.members.get_mut(&(RITA, Role::RecordsAdmin)).unwrap();
			rita.status = MemberStatus::Revoked;
		});
		assert_noop!(
			Attestations::revoke(signed(RITA), version(), RITA),
			Error::<Test>::NotPermitted
		);
		assert_ok!(Attestations::revoke(signed(ADA), version(), RITA));
	});
}

#[test]
fn nobody_revokes_for_a_suspended_organisation() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		change_world(|world| {
			world.suspended.insert(HOSPITAL);
		});
		for who in [RITA, ADA] {
			assert_noop!(
				Attestations::revoke(signed(who), version(), RITA),
				Error::<Test>::NotPermitted
			);
		}
	});
}

#[test]
fn a_statement_that_was_never_made_cannot_be_revoked() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		let second = Subject::RecordVersion { record: RECORD, version: 2 };
		for (subject, attester) in [(version(), RITA + 1), (second, RITA)] {
			assert_noop!(
				Attestations::revoke(signed(ADA), subject, attester),
				Error::<Test>::UnknownAttestation
			);
		}
	});
}

#[test]
fn a_statement_is_not_revoked_twice() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		assert_ok!(Attestations::revoke(signed(RITA), version(), RITA));
		assert_noop!(
			Attestations::revoke(signed(RITA), version(), RITA),
			Error::<Test>::UnknownAttestation
		);
	});
}
