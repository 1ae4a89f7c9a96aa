//! Reads of the runtime API.

use crate::mock::*;
use salus_primitives::{CommitteeQuery, EpochPhase, Exclusion};

#[test]
fn an_epoch_is_read_with_its_members() {
	build_and_execute(|| {
		all_announce(1, 1..=3);
		run_to(PHASE);
		all_deal(1, 1..=3);
		say(confirm_call(1, 2, 0, 1));
		let info = Committee::epoch_info(1).unwrap();
		assert_eq!(info.epoch, 1);
		assert_eq!(info.phase, EpochPhase::Confirming);
		assert_eq!(info.since, PHASE as u32);
		assert_eq!(info.threshold, 3);
		assert_eq!(info.public, None);
		assert_eq!(info.members.len(), 4);
		let second = &info.members[1];
		assert_eq!(second.index, 2);
		assert_eq!(second.id, sp_core::sr25519::Public::from(id(2)).0);
		assert_eq!(second.key, Some(key(2)));
		assert!(second.dealt && second.confirmed);
		assert_eq!(second.excluded, None);
		let last = &info.members[3];
		assert_eq!(last.key, None);
		assert_eq!(last.excluded, Some(Exclusion::NoKey));
		assert!(!last.dealt && !last.confirmed);
		assert_eq!(Committee::epoch_info(2), None);
	});
}

#[test]
fn dealings_are_read_in_order_of_index() {
	build_with(1..=16, || {
		all_announce(1, 1..=16);
		all_deal(1, [16, 3, 11]);
		let indices: Vec<_> = Committee::dealings(1).into_iter().map(|(index, _)| index).collect();
		assert_eq!(indices, [3, 11, 16]);
	});
}

#[test]
fn the_current_epoch_is_the_forming_or_active_one() {
	build_with([], || {
		assert_eq!(Committee::current_epoch(), 0);
		assert_eq!(Committee::active(), None);
	});
	build_and_execute(|| {
		assert_eq!(Committee::current_epoch(), 1);
		activate();
		assert_eq!(Committee::current_epoch(), 1);
		new_session(1..=2);
		assert_eq!(Committee::current_epoch(), 2);
		assert_eq!(Committee::active(), Some(1));
	});
}
