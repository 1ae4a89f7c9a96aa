//! Statements about versions of records.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Attestation, MemberStatus, ReasonCode, RecordId, Role, Subject, Verdict};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_records_admin_confirms_a_version_and_calls_the_hook() {
	build_and_execute(|| {
		assert_ok!(Attestations::attest(
			signed(reviewer(0)),
			version(),
			Verdict::Confirmed,
			ReasonCode::Reviewed,
			Some(START + 5)
		));
		let attestation = Attestation {
			organisation: HOSPITAL,
			verdict: Verdict::Confirmed,
			reason: ReasonCode::Reviewed,
			at: START,
			expires: Some(START + 5),
		};
		let standing = Standings::<Test>::get(version()).unwrap();
		assert_eq!(standing.attestations.into_inner(), [(reviewer(0), attestation)]);
		assert_eq!(standing.reached, Some(Verdict::Confirmed));
		assert_eq!(take_hook_calls(), [HookCall::Reached(version(), Verdict::Confirmed)]);
		assert_eq!(
			events(),
			[
				Event::Attested {
					subject: version(),
					attester: reviewer(0),
					verdict: Verdict::Confirmed,
					reason: ReasonCode::Reviewed
				},
				Event::VerdictReached { subject: version(), verdict: Verdict::Confirmed }
			]
		);
	});
}

#[test]
fn a_records_admin_rejects_a_version_and_calls_the_hook() {
	build_and_execute(|| {
		assert_ok!(reject(reviewer(0), version()));
		assert_eq!(Attestations::reached(&version()), Some(Verdict::Rejected));
		assert_eq!(take_hook_calls(), [HookCall::Reached(version(), Verdict::Rejected)]);
	});
}

#[test]
fn each_version_of_a_record_has_separate_statements() {
	build_and_execute(|| {
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(reject(reviewer(0), second.clone()));
		assert_eq!(Attestations::reached(&version()), Some(Verdict::Confirmed));
		assert_eq!(Attestations::reached(&second), Some(Verdict::Rejected));
	});
}

#[test]
fn only_a_records_admin_of_the_versions_organisation_attests() {
	build_and_execute(|| {
		for stranger in [ADMIN, CHIEF, DOCTOR, PATIENT, CLINIC_CLERK, STRANGER] {
			assert_noop!(confirm(stranger, version()), Error::<Test>::NotPermitted);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Attestations::attest(
					origin,
					version(),
					Verdict::Confirmed,
					ReasonCode::Reviewed,
					None
				),
				BadOrigin
			);
		}
	});
}

#[test]
fn the_versions_organisation_counts_not_the_records() {
	build_and_execute(|| {
		Records::change_version(LAB, 2, |known| known.organisation = CLINIC);
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		assert_noop!(confirm(reviewer(0), second.clone()), Error::<Test>::NotPermitted);
		assert_ok!(confirm(CLINIC_CLERK, second));
	});
}

#[test]
fn a_records_admin_who_is_not_live_attests_nothing() {
	build_and_execute(|| {
		let role = Role::RecordsAdmin;
		Roles::set_status(reviewer(0), role, MemberStatus::Suspended);
		Roles::set_status(reviewer(1), role, MemberStatus::Revoked);
		Roles::set_expiry(reviewer(2), role, START);
		for who in [reviewer(0), reviewer(1), reviewer(2)] {
			assert_noop!(confirm(who, version()), Error::<Test>::NotPermitted);
		}
		assert_ok!(confirm(reviewer(3), version()));
	});
}

#[test]
fn a_records_admin_of_a_suspended_organisation_attests_nothing() {
	build_and_execute(|| {
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(confirm(reviewer(0), version()), Error::<Test>::NotPermitted);
	});
}

#[test]
fn the_author_does_not_attest_their_own_version() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::RecordsAdmin, Some(HOSPITAL));
		Records::change_version(LAB, 2, |known| known.author = reviewer(0));
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		for attempt in [confirm, reject] {
			assert_noop!(attempt(DOCTOR, version()), Error::<Test>::SelfAttestation);
			assert_noop!(attempt(reviewer(0), second.clone()), Error::<Test>::SelfAttestation);
		}
		// The author of one version may review another author's version.
		assert_ok!(confirm(DOCTOR, second));
	});
}

#[test]
fn a_version_without_a_storage_node_is_not_attested() {
	build_and_execute(|| {
		Records::change_version(LAB, 1, |known| known.stored = false);
		assert_noop!(confirm(reviewer(0), version()), Error::<Test>::NotStored);
	});
}

#[test]
fn unknown_records_and_versions_are_not_attested() {
	build_and_execute(|| {
		let unknown = [
			Subject::RecordVersion { record: RecordId([9; 32]), version: 1 },
			Subject::RecordVersion { record: LAB, version: 0 },
			Subject::RecordVersion { record: LAB, version: 3 },
		];
		for subject in unknown {
			assert_noop!(confirm(reviewer(0), subject), Error::<Test>::UnknownSubject);
		}
	});
}

#[test]
fn an_erased_record_is_not_attested() {
	build_and_execute(|| {
		let subject = Subject::RecordVersion { record: ERASED, version: 1 };
		assert_noop!(confirm(reviewer(0), subject), Error::<Test>::RecordErased);
	});
}

#[test]
fn an_expired_statement_is_refused() {
	build_and_execute(|| {
		for end in [0, START - 1, START] {
			assert_noop!(confirm_until(reviewer(0), end), Error::<Test>::AlreadyExpired);
		}
		assert_ok!(confirm_until(reviewer(0), START + 1));
	});
}

#[test]
fn nobody_states_a_verdict_twice_about_a_subject() {
	build_and_execute(|| {
		assert_ok!(confirm_until(reviewer(0), START + 5));
		for attempt in [confirm, reject] {
			assert_noop!(attempt(reviewer(0), version()), Error::<Test>::AlreadyAttested);
		}
		// Not even if the first statement has expired: it must be revoked first.
		Now::set(START + 5);
		assert_noop!(reject(reviewer(0), version()), Error::<Test>::AlreadyAttested);
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_ok!(reject(reviewer(0), version()));
	});
}

#[test]
fn the_number_of_statements_about_a_subject_is_limited() {
	build_and_execute(|| {
		for index in 0..16 {
			assert_ok!(confirm(reviewer(index), version()));
		}
		assert_noop!(confirm(reviewer(16), version()), Error::<Test>::TooManyAttestations);
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_ok!(confirm(reviewer(16), version()));
	});
}

#[test]
fn expired_statements_make_room_for_new_ones() {
	build_and_execute(|| {
		for index in 0..16 {
			assert_ok!(confirm_until(reviewer(index), START + 1 + index));
		}
		Now::set(START + 3);
		assert_ok!(confirm(reviewer(16), version()));
		let left = Standings::<Test>::get(version()).unwrap().attestations;
		let attesters: Vec<_> = left.iter().map(|(attester, _)| attester - reviewer(0)).collect();
		assert_eq!(attesters, (3..=16).collect::<Vec<_>>());
	});
}
