//! Shares: when they are taken, when they are refused, and what the one that completes the threshold does.

use super::*;

#[test]
fn the_share_that_completes_the_threshold_is_logged_once() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 2));
		assert_ok!(post(request, 4));
		assert_eq!(log_of(PATIENT).len(), 1);
		events();
		wait(6_000);
		assert_ok!(post(request, 1));
		let entry = last_entry(PATIENT);
		assert_eq!(entry.event, LogEvent::Released { request });
		assert_eq!((entry.actor, entry.organisation), (DOCTOR, Some(HOSPITAL)));
		assert_eq!((entry.index, entry.at), (1, START + 6_000));
		let events = events();
		assert!(events.contains(&Event::ShareTaken { request, member: 1 }));
		assert!(events.contains(&Event::Released {
			request,
			patient: PATIENT,
			reader: DOCTOR
		}));
		// More shares are taken, in case one of the first is bad.
		assert_ok!(post(request, 3));
		assert_eq!(log_of(PATIENT).len(), 2);
		assert_eq!(
			Releases::<Test>::get(request).map(|open| open.shares),
			Some(4)
		);
	});
}

#[test]
fn every_member_of_the_largest_committee_finds_room() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		for member in 1..=MAX_COMMITTEE as MemberIndex {
			assert_ok!(post(request, member));
		}
		let details = Access::release_details(request).expect("the release is open");
		assert_eq!(details.shares.len(), MAX_COMMITTEE as usize);
	});
}

#[test]
fn no_share_is_taken_for_what_was_never_permitted() {
	build_and_execute(|| {
		let denied = asked(NURSE, LAB);
		let direct = asked(DOCTOR, NOTE);
		for request in [0, denied, direct, direct + 1, RequestId::MAX] {
			assert_noop!(post(request, 1), Error::<Test>::UnknownRelease);
		}
	});
}

#[test]
fn no_share_is_taken_after_the_end() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		wait(HOUR - 1);
		assert_ok!(post(request, 1));
		wait(1);
		assert_noop!(post(request, 2), Error::<Test>::ReleaseExpired);
	});
}

#[test]
fn no_share_of_another_epoch_is_taken() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		for epoch in [0, EPOCH + 1] {
			assert_noop!(
				Access::accept_share(request, epoch, 1, share(1), START),
				Error::<Test>::WrongEpoch
			);
		}
	});
}

#[test]
fn a_members_share_is_taken_once_and_stays_as_it_was() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 1));
		assert_noop!(
			Access::accept_share(request, EPOCH, 1, share(9), START),
			Error::<Test>::AlreadyShared
		);
		assert_eq!(Shares::<Test>::get(request, 1), Some(share(1)));
	});
}

#[test]
fn no_share_of_an_impossible_member_is_taken() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		for member in [0, MAX_COMMITTEE as MemberIndex + 1, MemberIndex::MAX] {
			assert_noop!(post(request, member), Error::<Test>::InvalidMember);
		}
	});
}

#[test]
fn no_share_is_taken_for_a_record_that_was_erased_meanwhile() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 1));
		Records::erase(LAB);
		assert_noop!(post(request, 2), Error::<Test>::RecordErased);
	});
}

#[test]
fn no_share_is_taken_for_a_record_that_was_withdrawn_meanwhile() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 1));
		Records::withdraw(LAB);
		assert_noop!(post(request, 2), Error::<Test>::RecordErased);
		assert!(!Access::stands(request), "and no member makes one");
	});
}
