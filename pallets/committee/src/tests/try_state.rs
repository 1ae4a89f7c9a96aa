//! Breaks every invariant on purpose.

use crate::{impls::EpochStateOf, mock::*, *};
use frame_support::{assert_ok, BoundedVec};
use salus_primitives::{EpochPhase, Exclusion, Renewal};

/// Sets up epoch 1 superseded, 2 active, and 3 forming with one announcement; then breaks it.
fn assert_detected(break_it: impl FnOnce(), complaint: &'static str) {
	let set_up = || {
		activate();
		new_session(1..=2);
		all_announce(2, 1..=2);
		all_deal(2, 1..=2);
		for member in 1..=2 {
			say(confirm_call(2, member, 0, 2));
		}
		new_session(1..=3);
		say(announce_call(3, 1));
	};
	detects(complaint, set_up, break_it);
}

fn change(epoch: u32, change: impl FnOnce(&mut EpochStateOf<Test>)) {
	Epochs::<Test>::mutate(epoch, |state| change(state.as_mut().unwrap()));
}

#[test]
fn a_gap_in_the_epoch_numbers_is_detected() {
	let complaint = "epochs are not numbered from 1 to the latest";
	assert_detected(|| Epochs::<Test>::remove(1), complaint);
	assert_detected(|| Latest::<Test>::put(2), complaint);
	assert_detected(|| Latest::<Test>::put(4), complaint);
}

#[test]
fn an_epoch_without_members_is_detected() {
	assert_detected(|| change(3, |state| state.seats.clear()), "an epoch has no members");
}

#[test]
fn a_member_with_two_seats_is_detected() {
	assert_detected(|| change(3, |state| state.seats[1].id = id(1)), "a member has two seats");
}

#[test]
fn two_members_with_one_key_are_detected() {
	assert_detected(
		|| change(1, |state| state.seats[1].key = Some(key(1))),
		"two members have the same key",
	);
}

#[test]
fn a_member_that_acted_without_a_key_is_detected() {
	let complaint = "a member without a key dealt or confirmed";
	assert_detected(|| change(1, |state| state.seats[3].key = None), complaint);
	assert_detected(|| change(3, |state| state.seats[2].vote = Some([0; 32])), complaint);
}

#[test]
fn a_wrong_exclusion_is_detected() {
	let complaint = "an exclusion does not match what the member did";
	for reason in [Exclusion::NoKey, Exclusion::NoDealing] {
		assert_detected(|| change(1, |state| state.seats[0].excluded = Some(reason)), complaint);
	}
	let reason = Exclusion::InvalidDealing;
	assert_detected(|| change(3, |state| state.seats[0].excluded = Some(reason)), complaint);
}

#[test]
fn a_dealing_before_its_time_is_detected() {
	assert_detected(
		|| change(3, |state| state.seats[0].dealt = true),
		"a member dealt before its time",
	);
}

#[test]
fn a_confirmation_before_its_time_is_detected() {
	assert_detected(
		|| change(3, |state| state.seats[0].vote = Some([0; 32])),
		"a member confirmed before its time",
	);
}

#[test]
fn a_wrong_threshold_is_detected() {
	assert_detected(
		|| change(1, |state| state.threshold = 2),
		"the threshold is not that of all seats",
	);
	assert_detected(
		|| change(3, |state| state.phase = EpochPhase::Dealing),
		"an epoch continued without a quorum",
	);
	// Absent members lowered it in version 1, but never for a forming epoch today.
	assert_detected(
		|| change(3, |state| state.threshold = 1),
		"the threshold is not that of all seats",
	);
}

#[test]
fn a_missing_or_extra_key_is_detected() {
	let complaint = "an epoch lacks its key, or has one too early";
	assert_detected(|| Publics::<Test>::remove(1), complaint);
	assert_detected(|| Publics::<Test>::insert(3, public(1)), complaint);
	assert_detected(|| Publics::<Test>::insert(9, public(1)), "a key belongs to no epoch");
}

#[test]
fn a_key_in_use_without_a_quorum_is_detected() {
	assert_detected(
		|| change(1, |state| state.seats[0].vote = None),
		"a key is in use without a quorum, or a quorum has no key",
	);
}

#[test]
fn a_forming_old_epoch_is_detected() {
	assert_detected(
		|| {
			Publics::<Test>::remove(1);
			change(1, |state| {
				state.phase = EpochPhase::Confirming;
				state.seats[0].vote = None;
			})
		},
		"an epoch that is not the latest forms",
	);
}

#[test]
fn a_wrong_active_epoch_is_detected() {
	let complaint = "another epoch is active";
	assert_detected(|| Active::<Test>::put(1), complaint);
	assert_detected(Active::<Test>::kill, complaint);
	assert_detected(|| change(1, |state| state.phase = EpochPhase::Active), complaint);
}

#[test]
fn wrong_old_or_missing_dealings_are_detected() {
	assert_detected(|| Dealings::<Test>::insert(9, 1, dealing(1)), "a dealing belongs to no epoch");
	assert_detected(
		|| Dealings::<Test>::insert(2, 3, dealing(1)),
		"a dealing exists that nobody posted",
	);
	assert_detected(|| Dealings::<Test>::remove(2, 1), "a dealing is missing");
	detects("dealings of an old epoch are kept", handed_on, || {
		Dealings::<Test>::insert(1, 1, dealing(1))
	});
}

/// Sets up epoch 2 with the key of epoch 1.
fn handed_on() {
	activate();
	assert_ok!(Committee::renew(RuntimeOrigin::root(), Renewal::Shares));
	all_announce(2, 1..=4);
	all_deal(2, 1..=4);
	all_confirm(2, 1..=3);
	assert_eq!(Previous::<Test>::get(2), Some(1));
}

#[test]
fn an_epoch_that_is_wrongly_complete_is_detected() {
	let complaint = "an epoch is complete, and a member holds no share";
	detects(complaint, handed_on, || Complete::<Test>::insert(1, 2));
	detects("an unknown epoch is complete", handed_on, || Complete::<Test>::insert(1, 7));
}

#[test]
fn wrong_holders_of_a_key_are_detected() {
	fn put(epochs: &[u32]) {
		Sharings::<Test>::insert(1, BoundedVec::truncate_from(epochs.to_vec()));
	}
	detects("nobody holds a key that was taken over", handed_on, || Sharings::<Test>::remove(1));
	detects("an earlier epoch holds a key", handed_on, || put(&[1]));
	detects("an epoch holds another's key", handed_on, || put(&[1, 2, 5]));
	detects("sharings are out of order", handed_on, || put(&[2, 1, 2]));
	detects("the last complete epoch was forgotten", handed_on, || put(&[2]));
}

#[test]
fn a_key_that_is_handed_on_to_no_epoch_is_detected() {
	detects("a key is handed on, and no epoch forms", handed_on, || HandingOn::<Test>::put(1));
}

#[test]
fn a_wrong_clock_is_detected() {
	assert_detected(|| Closes::<Test>::put(77), "the clock does not match the phase");
	new_test_ext().execute_with(|| {
		activate();
		Closes::<Test>::put(77);
		assert_eq!(
			Committee::do_try_state(),
			Err("the clock runs in a phase without an end".into())
		);
	});
	new_test_ext().execute_with(|| {
		all_announce(1, 1..=4);
		Closes::<Test>::kill();
		assert_eq!(Committee::do_try_state(), Err("a phase has no end".into()));
	});
	with_members([]).build().execute_with(|| {
		assert_ok!(Committee::do_try_state());
		Closes::<Test>::put(1);
		assert_eq!(Committee::do_try_state(), Err("the clock runs without an epoch".into()));
	});
}

#[test]
fn a_wrong_next_epoch_is_detected() {
	let complaint = "the next epoch is due while one forms, or is not due while none does";
	let ids = || vec![id(1)].try_into().unwrap();
	// Epoch 3 is forming, so another one may wait, but must not be due.
	assert_detected(|| Due::<Test>::put(9), complaint);
	assert_detected(
		|| {
			Next::<Test>::put::<frame_support::BoundedVec<_, _>>(ids());
			Due::<Test>::put(9);
		},
		complaint,
	);
	new_test_ext().execute_with(|| {
		activate();
		Next::<Test>::put::<frame_support::BoundedVec<_, _>>(ids());
		assert_eq!(Committee::do_try_state(), Err(complaint.into()));
	});
}
