//! The members follow the session's validators. Without an election, they are the first of them.

use crate::{mock::*, *};
use frame_support::traits::OneSessionHandler;
use salus_primitives::{CommitteeQuery, EpochPhase};

fn ids(epoch: u32) -> Vec<CommitteeId> {
	let state = Epochs::<Test>::get(epoch).unwrap();
	state.seats.iter().map(|seat| seat.id.clone()).collect()
}

#[test]
fn the_genesis_epoch_has_the_genesis_authorities() {
	build_and_execute(|| {
		assert_eq!(Latest::<Test>::get(), 1);
		assert_eq!(ids(1), [id(1), id(2), id(3), id(4)]);
		assert_eq!(phase(1), EpochPhase::Announcing);
	});
}

#[test]
fn without_genesis_authorities_the_session_sets_members() {
	build_with([], || {
		assert_eq!(Latest::<Test>::get(), 0);
		assert!(Epochs::<Test>::iter().next().is_none());
		let members = [(5u64, id(5)), (6, id(6))];
		<Committee as OneSessionHandler<u64>>::on_genesis_session(
			members.iter().map(|(account, id)| (account, id.clone())),
		);
		assert_eq!(ids(1), [id(5), id(6)]);
	});
}

#[test]
fn an_unchanged_set_opens_no_epoch() {
	build_and_execute(|| {
		new_session(1..=4);
		assert_eq!(Latest::<Test>::get(), 1);
		activate();
		new_session(1..=4);
		assert_eq!(Latest::<Test>::get(), 1);
		let members = [(5u64, id(5))];
		let pairs = || members.iter().map(|(account, id)| (account, id.clone()));
		<Committee as OneSessionHandler<u64>>::on_new_session(false, pairs(), pairs());
		assert_eq!(Latest::<Test>::get(), 1);
		assert_eq!(phase(1), EpochPhase::Active);
		<Committee as OneSessionHandler<u64>>::on_disabled(0);
		assert_eq!(phase(1), EpochPhase::Active);
	});
}

#[test]
fn an_empty_set_changes_nothing() {
	build_and_execute(|| {
		new_session([]);
		assert_eq!(Latest::<Test>::get(), 1);
	});
}

#[test]
fn an_epoch_stays_active_until_the_next_has_a_key() {
	build_and_execute(|| {
		activate();
		run_to(50);
		events();
		new_session([2, 1]);
		assert_eq!(Committee::current_epoch(), 2);
		assert_eq!(ids(2), [id(2), id(1)]);
		assert_eq!(Closes::<Test>::get(), Some(50 + PHASE));
		let opened = Event::EpochOpened { epoch: 2, members: 2 };
		assert_eq!(events(), [opened]);
		assert_eq!(Committee::active(), Some(1));
		assert_eq!(Committee::dealings(1).len(), 4);
	});
}

#[test]
fn a_superseded_key_keeps_its_public_part() {
	build_and_execute(|| {
		activate();
		new_session(1..=1);
		say(announce_call(2, 1));
		say(deal_call(2, 1));
		events();
		say(confirm_call(2, 1, 0, 2));
		assert_eq!(phase(1), EpochPhase::Superseded);
		assert_eq!(Committee::active(), Some(2));
		assert_eq!(Committee::public(1), Some(public(1)));
		assert_eq!(Committee::threshold(1), Some(3));
		assert_eq!(Committee::threshold(2), Some(1));
		// The fourth member may still derive its share.
		assert_eq!(Committee::dealings(1).len(), 4);
		assert_eq!(Committee::dealings(2).len(), 1);
		assert_eq!(events().pop(), Some(Event::EpochSuperseded { epoch: 1 }));
	});
}

#[test]
fn a_new_set_abandons_a_forming_epoch() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=2);
		events();
		new_session(1..=3);
		assert_eq!(phase(1), EpochPhase::Abandoned);
		assert!(Committee::dealings(1).is_empty());
		let abandoned = Event::EpochAbandoned { epoch: 1 };
		assert_eq!(events()[0], abandoned);
		assert_eq!(Committee::threshold(1), None);
		// The first set returns.
		new_session(1..=4);
		assert_eq!(phase(2), EpochPhase::Abandoned);
		assert_eq!(phase(3), EpochPhase::Announcing);
	});
}

#[test]
fn duplicate_keys_and_members_beyond_16_are_ignored() {
	build_with([], || {
		new_session([1, 2, 2, 1, 3]);
		assert_eq!(ids(1), [id(1), id(2), id(3)]);
		new_session(1..=20);
		assert_eq!(ids(2).len(), 16);
		assert_eq!(ids(2)[15], id(16));
	});
}

#[test]
fn epoch_numbers_never_restart() {
	build_and_execute(|| {
		let state = Epochs::<Test>::take(1).unwrap();
		Latest::<Test>::put(u32::MAX);
		Epochs::<Test>::insert(u32::MAX, &state);
		let mut active = state.clone();
		active.phase = EpochPhase::Active;
		Epochs::<Test>::insert(u32::MAX, active);
		new_session(1..=2);
		assert_eq!(Latest::<Test>::get(), u32::MAX);
		assert_eq!(phase(u32::MAX), EpochPhase::Active);
		// Restores the state.
		Epochs::<Test>::remove(u32::MAX);
		Latest::<Test>::put(1);
		Epochs::<Test>::insert(1, state);
	});
}
