//! Old entries leave the state; the head stays.

use super::*;

/// Logs six entries, waits a year, and logs two more.
fn fill() -> LogHead {
	DenialQuota::set(100);
	for _ in 0..3 {
		asked(DOCTOR, LAB);
		asked(NURSE, LAB);
	}
	wait(YEAR);
	asked(DOCTOR, LAB);
	asked(NURSE, LAB);
	Heads::<Test>::get(PATIENT)
}

fn archive(who: AccountId, up_to: u32) -> DispatchResult {
	plain(Access::archive(signed(who), PATIENT, up_to))
}

#[test]
fn archived_entries_leave_the_state_and_the_head_stays() {
	build_and_execute(|| {
		let before = fill();
		let old = log_of(PATIENT);
		events();
		assert_ok!(archive(PATIENT, 4));
		let after = Heads::<Test>::get(PATIENT);
		assert_eq!((after.count, after.head), (before.count, before.head));
		assert_eq!(after.archived, 4);
		let over_the_old = old[..4].iter().fold([0; 32], |head, entry| entry.extend(&head));
		assert_eq!(after.archived_head, over_the_old);
		assert_eq!(log_of(PATIENT), old[4..]);
		assert_eq!(
			events(),
			[Event::Archived { patient: PATIENT, archived: 4, archived_head: over_the_old }]
		);
		// The next archiving continues from there.
		assert_ok!(archive(PATIENT, 6));
		assert_eq!(Heads::<Test>::get(PATIENT).archived, 6);
	});
}

#[test]
fn only_the_patient_and_appointed_live_auditors_archive() {
	build_and_execute(|| {
		fill();
		// The novice is an auditor without an appointment. Any organisation can have those.
		for who in [DOCTOR, ADMIN, OTHER_PATIENT, STRANGER, NOVICE] {
			assert_noop!(archive(who, 1), Error::<Test>::NotKeeper);
		}
		assert_ok!(archive(AUDITOR, 1));
		Roles::suspend(&AUDITOR, Role::Auditor);
		assert_noop!(archive(AUDITOR, 2), Error::<Test>::NotKeeper);
		assert_ok!(archive(PATIENT, 2));
	});
}

#[test]
fn young_entries_stay() {
	build_and_execute(|| {
		fill();
		assert_ok!(archive(PATIENT, 4));
		assert_noop!(archive(PATIENT, 7), Error::<Test>::TooYoung);
		assert_ok!(archive(PATIENT, 6));
		wait(YEAR - 1);
		assert_noop!(archive(PATIENT, 7), Error::<Test>::TooYoung);
		wait(1);
		assert_ok!(archive(PATIENT, 8));
		assert!(log_of(PATIENT).is_empty());
		let head = Heads::<Test>::get(PATIENT);
		assert_eq!(head.head, head.archived_head);
	});
}

#[test]
fn archived_or_missing_entries_cannot_be_archived() {
	build_and_execute(|| {
		fill();
		assert_noop!(archive(PATIENT, 0), Error::<Test>::NothingToArchive);
		assert_noop!(archive(PATIENT, 9), Error::<Test>::NothingToArchive);
		assert_ok!(archive(PATIENT, 3));
		assert_noop!(archive(PATIENT, 3), Error::<Test>::NothingToArchive);
		assert_noop!(
			plain(Access::archive(signed(LONER), LONER, 1)),
			Error::<Test>::NothingToArchive
		);
	});
}

#[test]
fn one_call_archives_a_limited_number_and_pays_for_that_number() {
	build_and_execute(|| {
		fill();
		assert_noop!(archive(PATIENT, 5), Error::<Test>::TooManyToArchive);
		let paid = |up_to| match Access::archive(signed(PATIENT), PATIENT, up_to) {
			Ok(post_info) => post_info.actual_weight,
			Err(refused) => refused.post_info.actual_weight,
		};
		let weight = <() as WeightInfo>::archive;
		assert_eq!(paid(2), Some(weight(2)));
		// Neither does a refusal pay for more than it looked at.
		assert_eq!(paid(9), Some(weight(0)));
		assert_eq!(paid(4), Some(weight(2)));
		assert_eq!(paid(8), Some(weight(3)));
	});
}
