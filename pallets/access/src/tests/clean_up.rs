//! Releases that have ended leave the state, within the block's remaining weight.

use super::*;
use frame_support::{traits::Hooks, weights::Weight};

fn idle(limit: Weight) -> Weight {
	Access::on_idle(System::block_number(), limit)
}

fn steps(removals: u64, others: u64) -> Weight {
	<() as WeightInfo>::clean_up()
		+ <() as WeightInfo>::expire_release() * removals
		+ <() as WeightInfo>::pass_over() * others
}

#[test]
fn ended_releases_are_removed_with_their_shares() {
	build_and_execute(|| {
		let ended = asked(DOCTOR, LAB);
		for member in 1..=5 {
			assert_ok!(post(ended, member));
		}
		wait(HOUR / 2);
		let open = asked(DOCTOR, LAB);
		assert_ok!(post(open, 1));
		idle(Weight::MAX);
		assert_eq!(Releases::<Test>::iter_keys().count(), 2);
		wait(HOUR / 2);
		events();
		assert_eq!(idle(Weight::MAX), steps(1, 1));
		assert_eq!(events(), [Event::Ended { request: ended }]);
		assert_eq!(Releases::<Test>::iter_keys().collect::<Vec<_>>(), [open]);
		assert_eq!(Shares::<Test>::iter_keys().count(), 1);
		assert_eq!(PermittedOf::<Test>::get(DOCTOR).len(), 1);
		assert_eq!(Cleared::<Test>::get(), ended);
		wait(HOUR);
		idle(Weight::MAX);
		assert_eq!(Shares::<Test>::iter_keys().count(), 0);
		assert!(!PermittedOf::<Test>::contains_key(DOCTOR));
		// The log keeps its entries.
		assert_eq!(log_of(PATIENT).len(), 3);
	});
}

#[test]
fn requests_without_a_release_are_passed_over() {
	build_and_execute(|| {
		asked(NURSE, LAB);
		asked(DOCTOR, NOTE);
		let last = asked(DOCTOR, LAB);
		wait(HOUR);
		assert_eq!(idle(Weight::MAX), steps(1, 2));
		assert_eq!(Cleared::<Test>::get(), last);
		assert_eq!(idle(Weight::MAX), steps(0, 0));
	});
}

#[test]
fn clean_up_stays_within_the_blocks_remaining_weight() {
	build_and_execute(|| {
		for _ in 0..4 {
			asked(DOCTOR, LAB);
		}
		wait(HOUR);
		assert_eq!(idle(Weight::zero()), Weight::zero());
		assert_eq!(Releases::<Test>::iter_keys().count(), 4);
		let limit = steps(2, 0) + Weight::from_parts(1, 1);
		assert_eq!(idle(limit), steps(2, 0));
		assert_eq!(Releases::<Test>::iter_keys().count(), 2);
		assert_eq!(idle(limit), steps(2, 0));
		assert_eq!(Releases::<Test>::iter_keys().count(), 0);
	});
}

#[test]
fn one_block_cleans_up_a_limited_number_of_requests() {
	build_and_execute(|| {
		RequestCount::<Test>::put(1_000);
		assert_eq!(idle(Weight::MAX), steps(0, 256));
		assert_eq!(Cleared::<Test>::get(), 256);
	});
}

#[test]
fn reads_hide_an_ended_release_before_its_removal() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert!(Access::release_details(request).is_some());
		wait(HOUR);
		assert!(Releases::<Test>::contains_key(request));
		assert_eq!(Access::release_details(request), None);
		assert!(Access::open_releases(0, 10).is_empty());
	});
}
