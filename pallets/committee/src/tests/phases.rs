//! The clock ends a phase only when a quorum did its part.

use crate::{mock::*, *};
use frame_support::traits::{Get, Hooks};
use salus_primitives::{EpochPhase, Exclusion};

#[test]
fn the_clock_ends_announcing_and_names_missing_members() {
	build_and_execute(|| {
		all_announce(1, [1, 2, 4]);
		events();
		run_to(PHASE - 1);
		assert_eq!(phase(1), EpochPhase::Announcing);
		run_to(PHASE);
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!((state.phase, state.since), (EpochPhase::Dealing, PHASE));
		let excluded = Event::Excluded { epoch: 1, index: 3, reason: Exclusion::NoKey };
		assert_eq!(events(), [excluded]);
		assert_eq!(Closes::<Test>::get(), Some(2 * PHASE));
	});
}

#[test]
fn the_clock_ends_dealing_and_names_missing_members() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 2..=4);
		events();
		run_to(PHASE);
		assert_eq!(phase(1), EpochPhase::Dealing);
		run_to(1 + PHASE);
		assert_eq!(phase(1), EpochPhase::Confirming);
		let excluded = Event::Excluded { epoch: 1, index: 1, reason: Exclusion::NoDealing };
		assert_eq!(events(), [excluded]);
		assert_eq!(Closes::<Test>::get(), Some(1 + 2 * PHASE));
	});
}

#[test]
fn announcing_waits_for_a_quorum() {
	build_and_execute(|| {
		all_announce(1, [1, 2]);
		run_to(PHASE);
		assert_eq!(Closes::<Test>::get(), None);
		run_to(10 * PHASE);
		assert_eq!(phase(1), EpochPhase::Announcing);
		say(announce_call(1, 3));
		assert_eq!(phase(1), EpochPhase::Dealing);
		let seat = Epochs::<Test>::get(1).unwrap().seat(4).unwrap().clone();
		assert_eq!(seat.excluded, Some(Exclusion::NoKey));
	});
}

#[test]
fn too_few_dealings_restart_the_epoch_with_more_time() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, [1, 2]);
		run_to(PHASE);
		assert_eq!(phase(1), EpochPhase::Dealing);
		run_to(1 + PHASE);
		assert_eq!(phase(1), EpochPhase::Abandoned);
		assert!(Committee::dealings(1).is_empty());
		assert_eq!(phase(2), EpochPhase::Announcing);
		assert_eq!(Closes::<Test>::get(), Some(1 + PHASE + 2 * PHASE));
		// The third member is back.
		all_announce(2, 1..=3);
		run_to(1 + 3 * PHASE);
		all_deal(2, 1..=3);
		all_confirm(2, 1..=3);
		assert_eq!(Active::<Test>::get(), Some(2));
		assert_eq!(Restarts::<Test>::get(), 0);
	});
}

#[test]
fn a_member_is_excluded_only_once() {
	build_with(1..=7, || {
		all_announce(1, 1..=6);
		run_to(PHASE);
		all_deal(1, 1..=5);
		run_to(2 * PHASE);
		let state = Epochs::<Test>::get(1).unwrap();
		assert_eq!(state.seat(6).unwrap().excluded, Some(Exclusion::NoDealing));
		assert_eq!(state.seat(7).unwrap().excluded, Some(Exclusion::NoKey));
		let named = events().into_iter().filter(|event| matches!(event, Event::Excluded { .. }));
		assert_eq!(named.count(), 2);
	});
}

#[test]
fn too_few_confirmations_restart_the_epoch() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=4);
		all_confirm(1, [1, 2]);
		run_to(PHASE);
		assert_eq!(phase(1), EpochPhase::Confirming);
		run_to(1 + PHASE);
		assert_eq!(phase(1), EpochPhase::Abandoned);
		assert_eq!(phase(2), EpochPhase::Announcing);
	});
}

#[test]
fn a_block_costs_two_reads_unless_a_phase_ends() {
	build_and_execute(|| {
		let two_reads: frame_support::weights::Weight =
			<<Test as frame_system::Config>::DbWeight as Get<
				frame_support::weights::RuntimeDbWeight,
			>>::get()
			.reads(2);
		assert_eq!(Committee::on_initialize(2), two_reads);
		System::set_block_number(PHASE);
		assert_eq!(Committee::on_initialize(PHASE), two_reads + <() as WeightInfo>::close_phase());
		assert_eq!(Committee::on_initialize(PHASE + 1), two_reads);
	});
}
