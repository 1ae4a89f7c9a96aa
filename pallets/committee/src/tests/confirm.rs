//! Confirmations of the key that the dealings make.

use crate::{impls::outcome, mock::*, *};
use salus_primitives::{CommitteeQuery, EpochPhase, Exclusion};
use sp_runtime::transaction_validity::InvalidTransaction::{self, BadSigner, Future, Stale};

fn confirming() {
	all_announce(1, 1..=4);
	all_deal(1, 1..=4);
	events();
}

#[test]
fn a_quorum_of_equal_votes_activates_the_epoch() {
	build_and_execute(|| {
		confirming();
		run_to(7);
		all_confirm(1, [1, 2]);
		assert_eq!(phase(1), EpochPhase::Confirming);
		assert_eq!(Committee::active(), None);
		assert_eq!(Committee::threshold(1), None);
		all_confirm(1, [4]);
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!((state.phase, state.since), (EpochPhase::Active, 7));
		assert_eq!(Committee::active(), Some(1));
		assert_eq!(Committee::threshold(1), Some(3));
		assert_eq!(Committee::public(1), Some(public(1)));
		let outcome = outcome(0, &public(1));
		let confirmed = |index| Event::Confirmed { epoch: 1, index, outcome };
		let activated = Event::EpochActivated { epoch: 1, threshold: 3 };
		assert_eq!(events(), [confirmed(1), confirmed(2), confirmed(4), activated]);
	});
}

#[test]
fn a_single_different_vote_changes_nothing() {
	build_and_execute(|| {
		confirming();
		say(confirm_call(1, 1, 0, 66));
		all_confirm(1, [2, 3]);
		assert_eq!(phase(1), EpochPhase::Confirming);
		all_confirm(1, [4]);
		assert_eq!(Committee::public(1), Some(public(1)));
	});
}

#[test]
fn only_equal_votes_are_counted_together() {
	build_and_execute(|| {
		confirming();
		say(confirm_call(1, 1, 0, 1));
		say(confirm_call(1, 2, 0b1000, 1));
		say(confirm_call(1, 3, 0b1000, 2));
		assert_eq!(phase(1), EpochPhase::Confirming);
	});
}

#[test]
fn an_invalid_dealer_is_excluded_and_named() {
	build_and_execute(|| {
		confirming();
		for member in [1, 2, 4] {
			say(confirm_call(1, member, 0b0100, 1));
		}
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!(state.phase, EpochPhase::Active);
		assert_eq!(state.seat(3).unwrap().excluded, Some(Exclusion::InvalidDealing));
		assert!(events().contains(&Event::Excluded {
			epoch: 1,
			index: 3,
			reason: Exclusion::InvalidDealing
		}));
		// The other members still hold shares of a polynomial of degree two.
		assert_eq!(state.threshold, 3);
	});
}

#[test]
fn a_member_confirms_once() {
	build_and_execute(|| {
		confirming();
		say(confirm_call(1, 1, 0, 1));
		refused(confirm_call(1, 1, 0, 1), Stale, Error::AlreadySaid);
		refused(confirm_call(1, 1, 0, 2), Stale, Error::AlreadySaid);
	});
}

#[test]
fn confirmations_are_refused_outside_their_phase() {
	build_and_execute(|| {
		refused(confirm_call(1, 1, 0, 1), Future, Error::TooEarly);
		all_announce(1, 1..=4);
		refused(confirm_call(1, 1, 0, 1), Future, Error::TooEarly);
		all_deal(1, 1..=4);
		all_confirm(1, 1..=3);
		new_session([1, 2, 3, 5]);
		new_session([1, 2, 3, 6]);
		refused(confirm_call(2, 1, 0, 1), Stale, Error::TooLate);
		refused(confirm_call(1, 5, 0, 1), BadSigner, Error::UnknownMember);
		refused(confirm_call(4, 1, 0, 1), Future, Error::UnknownEpoch);
	});
}

#[test]
fn invalid_exclusions_are_refused() {
	build_with(1..=7, || {
		all_announce(1, 1..=6);
		run_to(PHASE);
		all_deal(1, 1..=6);
		assert_eq!(Epochs::<Test>::get(1).unwrap().threshold, 5);
		let itself = confirm_call(1, 1, 0b1, 1);
		refused(itself, InvalidTransaction::Call, Error::InvalidExclusion);
		let not_dealt = confirm_call(1, 1, 0b100_0000, 1);
		refused(not_dealt, InvalidTransaction::Call, Error::InvalidExclusion);
		let nobody = confirm_call(1, 1, 0b1000_0000_0000_0000, 1);
		refused(nobody, InvalidTransaction::Call, Error::InvalidExclusion);
		let too_many = confirm_call(1, 1, 0b11_0000, 1);
		refused(too_many, InvalidTransaction::Call, Error::InvalidExclusion);
		say(confirm_call(1, 1, 0b10_0000, 1));
	});
}

#[test]
fn a_member_without_a_dealing_can_confirm() {
	build_with(1..=7, || {
		all_announce(1, 1..=6);
		run_to(PHASE);
		all_deal(1, 1..=5);
		run_to(2 * PHASE);
		assert_eq!(phase(1), EpochPhase::Confirming);
		refused(confirm_call(1, 7, 0, 1), BadSigner, Error::NoKey);
		all_confirm(1, 2..=6);
		assert_eq!(phase(1), EpochPhase::Active);
	});
}

#[test]
fn a_single_member_forms_a_key() {
	build_with([1], || {
		say(announce_call(1, 1));
		say(deal_call(1, 1));
		say(confirm_call(1, 1, 0, 1));
		assert_eq!(Committee::active(), Some(1));
		assert_eq!(Committee::threshold(1), Some(1));
	});
}

#[test]
fn sixteen_members_form_a_key() {
	build_with(1..=16, || {
		all_announce(1, 1..=16);
		all_deal(1, 1..=16);
		all_confirm(1, 1..=10);
		assert_eq!(Committee::active(), None);
		all_confirm(1, [16]);
		assert_eq!(Committee::threshold(1), Some(11));
	});
}
