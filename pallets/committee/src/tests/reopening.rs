//! An absent member gets its share in a later epoch. A member that keeps changing its keys delays
//! nobody.

use crate::{mock::*, *};
use salus_primitives::{CommitteeQuery, EpochPhase, Exclusion};
use sp_runtime::transaction_validity::InvalidTransaction;

/// Forms the key of an epoch with the present members, after the time for announcements.
fn form(epoch: u32, there: impl IntoIterator<Item = u8> + Clone) {
	all_announce(epoch, there.clone());
	while phase(epoch) == EpochPhase::Announcing {
		run_to(System::block_number() + 1);
	}
	// A member that comes back has no share of the previous key to deal.
	let deals = |member: &u8| Committee::may_deal(epoch, (*member).into()).is_ok();
	let dealers: Vec<u8> = there.clone().into_iter().filter(deals).collect();
	all_deal(epoch, dealers);
	while phase(epoch) == EpochPhase::Dealing {
		run_to(System::block_number() + 1);
	}
	for member in there {
		if phase(epoch) == EpochPhase::Confirming {
			say(confirm_call(epoch, member, 0, epoch as u8));
		}
	}
	assert_eq!(Committee::active(), Some(epoch));
}

fn threshold(epoch: u32) -> u32 {
	Committee::threshold(epoch).unwrap()
}

#[test]
fn absentees_do_not_lower_the_threshold() {
	build_with(1..=7, || {
		form(1, 1..=5);
		assert_eq!(threshold(1), 5);
	});
	build_with(1..=16, || {
		form(1, 1..=11);
		assert_eq!(threshold(1), 11);
	});
	build_and_execute(|| {
		form(1, 2..=4);
		assert_eq!(threshold(1), 3);
	});
}

#[test]
fn a_returning_member_gets_a_share_of_the_next_epoch() {
	build_and_execute(|| {
		form(1, 1..=3);
		say(rejoin_call(1, 4));
		run_to(System::block_number() + 1);
		form(2, 1..=4);
		let state = Epochs::<Test>::get(2).unwrap();
		assert!(state.seats.iter().all(|seat| seat.excluded.is_none()));
		assert_eq!(phase(1), EpochPhase::Superseded);
	});
}

#[test]
fn a_member_that_lost_its_confirmed_share_gets_another_one() {
	build_and_execute(|| {
		form(1, 1..=4);
		say(rejoin_call(1, 2));
		run_to(System::block_number() + 1);
		// The second member has no share to deal, and the three others are enough.
		form(2, 1..=4);
		assert!(Epochs::<Test>::get(2).unwrap().seat(2).unwrap().holds_share());
		// The second member asks again without need, and waits.
		say(rejoin_call(2, 2));
		run_to(System::block_number() + 1);
		assert_eq!(Latest::<Test>::get(), 2);
	});
}

#[test]
fn only_a_member_asks_for_itself() {
	build_and_execute(|| {
		form(1, 1..=3);
		refused(rejoin_call(1, 9), InvalidTransaction::BadSigner, Error::UnknownMember);
		refused(rejoin_call(2, 4), InvalidTransaction::Future, Error::UnknownEpoch);
		refused_transaction(rejoin_as(1, 4, 1), InvalidTransaction::BadProof);
	});
}

#[test]
fn a_member_rejoins_once() {
	build_and_execute(|| {
		refused(rejoin_call(1, 4), InvalidTransaction::Stale, Error::TooLate);
		form(1, 1..=3);
		say(rejoin_call(1, 4));
		refused(rejoin_call(1, 4), InvalidTransaction::Stale, Error::AlreadySaid);
		run_to(System::block_number() + 1);
		// The next epoch is forming.
		refused(rejoin_call(1, 4), InvalidTransaction::Stale, Error::TooLate);
	});
}

#[test]
fn a_member_with_an_invalid_dealing_cannot_rejoin() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=4);
		for member in 1..=3 {
			say(confirm_call(1, member, 0b1000, 1));
		}
		let seat = Epochs::<Test>::get(1).unwrap().seats[3].clone();
		assert_eq!(seat.excluded, Some(Exclusion::InvalidDealing));
		refused(rejoin_call(1, 4), InvalidTransaction::BadSigner, Error::Excluded);
	});
}

#[test]
fn successive_absences_open_epochs_more_and_more_rarely() {
	build_and_execute(|| {
		let mut opened = Vec::new();
		for epoch in 1..=8 {
			// The fourth member comes back each time, and is away again.
			form(epoch, 1..=3);
			say(rejoin_call(epoch, 4));
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			opened.push(System::block_number());
		}
		let pauses: Vec<_> = opened.windows(2).map(|pair| pair[1] - pair[0]).collect();
		assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
		assert!(pauses[6] >= 64 * PHASE, "{pauses:?}");
	});
}

#[test]
fn one_that_waits_a_little_gets_no_shorter_pauses() {
	build_and_execute(|| {
		let mut opened: Vec<u64> = Vec::new();
		for epoch in 1..=12 {
			form(epoch, 1..=3);
			run_to(opened.last().map_or(0, |last| last + 4 * PHASE));
			say(rejoin_call(epoch, 4));
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			opened.push(System::block_number());
		}
		assert!(opened[11] - opened[10] >= 64 * PHASE, "{opened:?}");
	});
}

/// Has the fourth member ask for an epoch again and again, with a pause after each. Returns the
/// blocks in which the epochs opened.
fn ask_again_and_again(epochs: u32, pause: u64) -> Vec<u64> {
	(1..=epochs)
		.map(|epoch| {
			form(epoch, 1..=3);
			run_to(System::block_number() + pause);
			say(rejoin_call(epoch, 4));
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			System::block_number()
		})
		.collect()
}

/// Maximum pause before another epoch for the same member, in blocks: about a week.
const WEEK: u64 = 2_048 * PHASE;

#[test]
fn a_member_opens_no_more_than_an_epoch_a_week() {
	build_and_execute(|| {
		let opened = ask_again_and_again(16, 0);
		assert!(opened[15] - opened[14] >= WEEK, "{opened:?}");
		assert!(opened[14] - opened[13] >= WEEK, "{opened:?}");
	});
}

#[test]
fn a_member_that_waits_days_gets_no_shorter_pauses() {
	build_and_execute(|| {
		let opened = ask_again_and_again(14, 2 * 288 * PHASE);
		assert!(opened[13] - opened[12] >= WEEK, "{opened:?}");
	});
}

#[test]
fn nobody_waits_for_a_member_that_asks_again_and_again() {
	build_and_execute(|| {
		ask_again_and_again(13, 0);
		form(14, 1..=3);
		say(rejoin_call(14, 4));
		refused(rejoin_call(14, 4), InvalidTransaction::Stale, Error::AlreadySaid);
		let waits = || Due::<Test>::get().unwrap() - System::block_number();
		assert!(waits() > WEEK / 2, "{}", waits());
		// The second has lost its share.
		say(rejoin_call(14, 2));
		assert!(waits() <= 64 * PHASE + 1, "{}", waits());
		refused(rejoin_call(14, 2), InvalidTransaction::Stale, Error::AlreadySaid);
		run_to(Due::<Test>::get().unwrap());
		form(15, 1..=4);
	});
}

#[test]
fn changed_keys_bring_an_epoch_forward() {
	build_and_execute(|| {
		new_session(1..=4);
		ask_again_and_again(13, 0);
		form(14, 1..=3);
		say(rejoin_call(14, 4));
		let waits = Due::<Test>::get().unwrap() - System::block_number();
		assert!(waits > WEEK / 2, "{waits}");
		new_session_with([(1, 1), (2, 2), (3, 9), (4, 4)]);
		let waits = Due::<Test>::get().unwrap() - System::block_number();
		assert!(waits <= 64 * PHASE + 1, "{waits}");
		// The keys change back, and the request holds.
		new_session(1..=4);
		let due = Due::<Test>::get().unwrap();
		run_to(due);
		assert_eq!(Latest::<Test>::get(), 15);
	});
}

#[test]
fn keys_that_change_back_cancel_no_request() {
	build_and_execute(|| {
		new_session(1..=4);
		// Others asked, so the next one waits although this member never asked before.
		ask_again_and_again(3, 0);
		form(4, 1..=4);
		say(rejoin_call(4, 3));
		let due = Due::<Test>::get().unwrap();
		assert!(due > System::block_number() + 3, "{due}");
		run_to(System::block_number() + 2);
		new_session_with([(1, 1), (2, 2), (3, 3), (4, 9)]);
		new_session(1..=4);
		assert_eq!(Due::<Test>::get(), Some(due));
		assert_eq!(Rejoins::<Test>::get()[2].0, 1);
		run_to(due);
		assert_eq!(Latest::<Test>::get(), 5);
	});
}

#[test]
fn requests_forget_no_earlier_openings() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		let before = (6, System::block_number());
		Reopened::<Test>::put(before);
		// A day later.
		System::set_block_number(System::block_number() + 288 * PHASE);
		for _ in 0..3 {
			Committee::schedule(System::block_number());
		}
		assert_eq!(Reopened::<Test>::get(), before);
		Due::<Test>::kill();
	});
}

#[test]
fn requests_are_forgotten_with_the_set_of_validators() {
	build_and_execute(|| {
		new_session(1..=4);
		form(1, 1..=3);
		say(rejoin_call(1, 4));
		assert_eq!(Rejoins::<Test>::get()[3].0, 1);
		new_session(1..=5);
		assert!(Rejoins::<Test>::get().is_empty());
	});
}

#[test]
fn an_epoch_forms_despite_constant_key_changes() {
	build_and_execute(|| {
		let mut secret = 100;
		let mut rotate = || {
			secret += 1;
			new_session_with([(1, 1), (2, 2), (3, 3), (4, secret)]);
		};
		new_session(1..=4);
		for _ in 0..3 {
			rotate();
			let epoch = Latest::<Test>::get();
			all_announce(epoch, 1..=3);
			rotate();
			run_to(System::block_number() + PHASE);
			rotate();
			all_deal(epoch, 1..=3);
			rotate();
			all_confirm(epoch, 1..=3);
			// Members that did not deal are excluded and named.
			assert_eq!(Committee::active(), Some(epoch));
			let seat = Epochs::<Test>::get(epoch).unwrap().seats[3].clone();
			assert_eq!(seat.excluded, Some(Exclusion::NoKey));
			// The member's current key takes part in the next epoch.
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			let next = Epochs::<Test>::get(epoch + 1).unwrap();
			assert_eq!(next.seats[3].id, id(secret_of(&next)));
		}
	});
}

/// Returns the test secret of the fourth seat.
fn secret_of(state: &EpochState<u64>) -> u8 {
	(100..200).find(|secret| state.seats[3].id == id(*secret)).unwrap()
}

#[test]
fn keys_that_change_back_open_no_epoch() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		new_session_with([(1, 1), (2, 2), (3, 3), (4, 9)]);
		assert!(Due::<Test>::exists());
		new_session(1..=4);
		assert!(!Due::<Test>::exists());
		run_to(10 * PHASE);
		assert_eq!(Latest::<Test>::get(), 1);
	});
}

#[test]
fn keys_that_change_back_cancel_no_renewal() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		let due = Refresh::<Test>::get().unwrap();
		// Others opened shortly before, so that the next epoch waits.
		Reopened::<Test>::put((6, due - 1));
		System::set_block_number(due - 2);
		new_session_with([(1, 1), (2, 2), (3, 3), (4, 9)]);
		run_to(due + 1);
		assert_eq!((Refresh::<Test>::get(), Latest::<Test>::get()), (None, 1));
		new_session(1..=4);
		let end = due + 65 * PHASE;
		while Latest::<Test>::get() == 1 && System::block_number() < end {
			run_to(System::block_number() + 1);
		}
		assert_eq!(Latest::<Test>::get(), 2);
	});
}

#[test]
fn a_new_set_of_validators_does_not_wait() {
	build_and_execute(|| {
		new_session(1..=4);
		form(1, 1..=3);
		say(rejoin_call(1, 4));
		new_session(1..=3);
		assert_eq!(Latest::<Test>::get(), 2);
		assert!(!Due::<Test>::exists() && !Next::<Test>::exists());
	});
}
