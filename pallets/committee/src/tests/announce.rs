//! Announcements of the keys to which dealings are encrypted.

use crate::{mock::*, *};
use salus_primitives::EpochPhase;
use sp_runtime::transaction_validity::InvalidTransaction::{self, BadSigner, Future, Stale};

#[test]
fn a_member_announces_its_key() {
	build_and_execute(|| {
		say(announce_call(1, 2));
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!(state.seat(2).unwrap().key, Some(key(2)));
		assert_eq!(state.count(|seat| seat.key.is_some()), 1);
		assert_eq!(state.phase, EpochPhase::Announcing);
		assert_eq!(events(), [Event::Announced { epoch: 1, index: 2 }]);
	});
}

#[test]
fn the_last_announcement_starts_the_dealing() {
	build_and_execute(|| {
		all_announce(1, [1, 2, 4]);
		run_to(5);
		say(announce_call(1, 3));
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!((state.phase, state.since), (EpochPhase::Dealing, 5));
		assert_eq!(state.threshold, 3);
		assert_eq!(Closes::<Test>::get(), Some(5 + PHASE));
	});
}

#[test]
fn a_member_announces_once() {
	build_and_execute(|| {
		say(announce_call(1, 1));
		refused(announce_call(1, 1), Stale, Error::AlreadySaid);
		refused(announce_key(1, 1, key(9)), Stale, Error::AlreadySaid);
	});
}

#[test]
fn a_key_that_another_member_announced_is_refused() {
	build_and_execute(|| {
		say(announce_call(1, 1));
		refused(announce_key(1, 2, key(1)), InvalidTransaction::Call, Error::KeyTaken);
		// A member whose key was taken announces another one.
		say(announce_key(1, 2, key(9)));
	});
}

#[test]
fn a_late_announcement_is_refused() {
	build_and_execute(|| {
		all_announce(1, 1..=3);
		run_to(PHASE);
		assert_eq!(phase(1), EpochPhase::Dealing);
		refused(announce_call(1, 4), Stale, Error::TooLate);
	});
}

#[test]
fn unknown_epochs_and_members_are_refused() {
	build_and_execute(|| {
		refused(announce_call(0, 1), Future, Error::UnknownEpoch);
		refused(announce_call(2, 1), Future, Error::UnknownEpoch);
		refused(announce_call(1, 0), BadSigner, Error::UnknownMember);
		refused(announce_call(1, 5), BadSigner, Error::UnknownMember);
	});
}
