//! Shares: when they are accepted or refused, and the effect of the one that completes the
//! threshold.

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
		assert!(events.contains(&Event::Released { request, patient: PATIENT, reader: DOCTOR }));
		// Further shares are accepted, in case one of the first is bad.
		assert_ok!(post(request, 3));
		assert_eq!(log_of(PATIENT).len(), 2);
		assert_eq!(Releases::<Test>::get(request).map(|open| open.shares), Some(4));
	});
}

#[test]
fn a_release_takes_a_share_of_every_member() {
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
fn no_share_is_taken_without_a_release() {
	build_and_execute(|| {
		let denied = asked(NURSE, LAB);
		let direct = asked(DOCTOR, NOTE);
		for request in [0, denied, direct, direct + 1, RequestId::MAX] {
			assert_noop!(post(request, 1), Error::<Test>::UnknownRelease);
		}
	});
}

#[test]
fn no_share_is_taken_after_the_releases_end() {
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
fn members_of_an_earlier_epoch_release_a_key_if_asked() {
	build_and_execute(|| {
		Committee::hand_on(EPOCH, EPOCH + 1);
		let usual = asked(DOCTOR, LAB);
		assert_eq!(Releases::<Test>::get(usual).map(|open| open.epoch), Some(EPOCH + 1));
		assert_noop!(post(usual, 1), Error::<Test>::WrongEpoch);

		let ask = |epoch| {
			let request = asking(LAB, None, key(9));
			Access::request_from(signed(DOCTOR), request, epoch)
		};
		assert_noop!(ask(EPOCH + 2).map_err(|refused| refused.error), Error::<Test>::WrongEpoch);
		assert_ok!(ask(EPOCH));
		let request = RequestCount::<Test>::get();
		assert_eq!((request, log_of(PATIENT).len()), (usual + 1, 2));
		assert!(Access::stands(request));
		for member in 1..=3 {
			assert_ok!(post(request, member));
		}
		assert_eq!(last_entry(PATIENT).event, LogEvent::Released { request });
		// A denial is logged as for any other request.
		let denied = Access::request_from(signed(NURSE), asking(LAB, None, key(1)), EPOCH);
		assert_ok!(denied);
		assert!(!last_answer(PATIENT).is_permit());
	});
}

#[test]
fn a_posted_share_cannot_be_replaced() {
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
fn a_share_with_an_invalid_member_number_is_refused() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		for member in [0, MAX_COMMITTEE as MemberIndex + 1, MemberIndex::MAX] {
			assert_noop!(post(request, member), Error::<Test>::InvalidMember);
		}
	});
}

#[test]
fn no_share_is_taken_for_an_erased_record() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 1));
		Records::erase(LAB);
		assert_noop!(post(request, 2), Error::<Test>::RecordErased);
	});
}

#[test]
fn no_share_is_taken_for_a_withdrawn_record() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert_ok!(post(request, 1));
		Records::withdraw(LAB);
		assert_noop!(post(request, 2), Error::<Test>::RecordErased);
		assert!(!Access::stands(request), "and no member makes one");
	});
}
