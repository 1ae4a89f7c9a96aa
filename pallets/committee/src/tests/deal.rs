//! Dealings of members.

use crate::{mock::*, *};
use salus_primitives::{EpochPhase, Exclusion};
use sp_runtime::transaction_validity::InvalidTransaction::{BadSigner, Future, Stale};

#[test]
fn a_member_posts_its_dealing() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		events();
		say(deal_call(1, 3));
		assert_eq!(Committee::dealings(1), [(3, dealing(3))]);
		assert!(Epochs::<Test>::get(1).unwrap().seat(3).unwrap().dealt);
		assert_eq!(events(), [Event::Dealt { epoch: 1, index: 3 }]);
	});
}

#[test]
fn the_last_dealing_starts_the_confirming() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=3);
		assert_eq!(phase(1), EpochPhase::Dealing);
		say(deal_call(1, 4));
		assert_eq!(phase(1), EpochPhase::Confirming);
		assert_eq!(Closes::<Test>::get(), Some(1 + PHASE));
	});
}

#[test]
fn a_member_deals_once() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		say(deal_call(1, 1));
		refused(deal_call(1, 1), Stale, Error::AlreadySaid);
	});
}

#[test]
fn dealings_are_refused_outside_their_phase() {
	build_and_execute(|| {
		refused(deal_call(1, 1), Future, Error::TooEarly);
		all_announce(1, 1..=4);
		all_deal(1, 1..=3);
		run_to(1 + PHASE);
		assert_eq!(phase(1), EpochPhase::Confirming);
		refused(deal_call(1, 4), Stale, Error::TooLate);
	});
}

#[test]
fn a_member_without_a_key_does_not_deal() {
	build_and_execute(|| {
		all_announce(1, 1..=3);
		run_to(PHASE);
		// The clock started at genesis, in block 0.
		assert_eq!(phase(1), EpochPhase::Dealing);
		refused(deal_call(1, 4), BadSigner, Error::NoKey);
		refused(deal_call(1, 5), BadSigner, Error::UnknownMember);
		refused(deal_call(7, 1), Future, Error::UnknownEpoch);
		all_deal(1, 1..=3);
		assert_eq!(phase(1), EpochPhase::Confirming);
		let seat = Epochs::<Test>::get(1).unwrap().seat(4).unwrap().clone();
		assert_eq!(seat.excluded, Some(Exclusion::NoKey));
	});
}
