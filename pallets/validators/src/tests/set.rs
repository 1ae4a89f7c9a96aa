//! Limits of the council's decisions, and when they apply.

use super::*;
use frame_support::weights::Weight;
use pallet_authorship::EventHandler;
use salus_primitives::ValidatorQuery;
use sp_runtime::{BuildStorage, Perbill};
use sp_staking::offence::{OffenceDetails, OnOffenceHandler};

fn set() -> Vec<AccountId> {
	Validators::<Test>::get().iter().map(|validator| validator.account).collect()
}

/// Adds validator 5 of hospital 5, for which account 15 votes.
fn add_fifth() {
	assign_all();
	register(5, 5);
	assert_ok!(Pallet::<Test>::add(root(), 5, 5, 15));
}

#[test]
fn only_validators_that_take_part_and_stay_are_present() {
	build_and_execute(|| {
		run(3);
		let present = Pallet::<Test>::present;
		assert_eq!(present(), [(1, None), (2, None), (3, None), (4, None)]);
		add_fifth();
		assert_ok!(Pallet::<Test>::remove(root(), 2));
		assert_eq!(Session::validators(), [1, 2, 3, 4]);
		assert_eq!(present(), [(1, Some(1)), (3, Some(3)), (4, Some(4))]);
		run(2);
		assert_eq!(present(), [(1, Some(1)), (3, Some(3)), (4, Some(4)), (5, Some(5))]);
		assert_eq!(<Pallet<Test> as ValidatorQuery<AccountId>>::minimum(), 3);
	});
}

#[test]
fn genesis_creates_the_set_with_seats_and_history() {
	build_and_execute(|| {
		assert_eq!(set(), [1, 2, 3, 4]);
		assert_eq!(Seats::get(), [11, 12, 13, 14]);
		assert_eq!(Session::validators(), [1, 2, 3, 4]);
		// An offence can be proven even before the first change.
		assert!(Historical::historical_root(0).is_some());
		assert!(Historical::historical_root(1).is_some());
	});
}

#[test]
fn an_added_validator_takes_part_two_blocks_later() {
	build_and_execute(|| {
		run(3);
		add_fifth();
		assert_eq!(Seats::get(), [11, 12, 13, 14, 15]);
		System::assert_last_event(Event::<Test>::Added { validator: 5, organisation: 5 }.into());
		assert_eq!(Session::validators(), [1, 2, 3, 4]);
		run(1);
		assert_eq!(Session::validators(), [1, 2, 3, 4]);
		run(1);
		assert_eq!(Session::validators(), [1, 2, 3, 4, 5]);
	});
}

#[test]
fn only_a_change_ends_a_session_early() {
	build_and_execute(|| {
		add_fifth();
		run(2);
		let index = Session::current_index();
		run(SESSION - 4);
		assert_eq!(Session::current_index(), index);
		run(SESSION);
		assert_eq!(Session::current_index(), index + 1);
	});
}

#[test]
fn changes_in_two_successive_blocks_both_apply() {
	build_and_execute(|| {
		run(3);
		add_fifth();
		run(1);
		assert_ok!(Pallet::<Test>::remove(root(), 1));
		run(2);
		assert_eq!(Session::validators(), [2, 3, 4, 5]);
		assert_eq!(Rotations::<Test>::get(), 0);
	});
}

#[test]
fn a_change_in_the_last_block_of_a_session_applies() {
	build_and_execute(|| {
		run(SESSION - 2);
		add_fifth();
		run(2);
		assert_eq!(Session::validators(), [1, 2, 3, 4, 5]);
	});
}

#[test]
fn only_the_council_decides() {
	build_and_execute(|| {
		register(5, 5);
		for who in [1, 11, admin(5)] {
			let origin = || signed(who);
			assert_noop!(Pallet::<Test>::add(origin(), 5, 5, 15), BadOrigin);
			assert_noop!(Pallet::<Test>::remove(origin(), 1), BadOrigin);
			assert_noop!(Pallet::<Test>::replace(origin(), 1, 5), BadOrigin);
			assert_noop!(Pallet::<Test>::assign(origin(), 1, 1), BadOrigin);
			assert_noop!(Pallet::<Test>::set_minimum(origin(), 1), BadOrigin);
		}
	});
}

#[test]
fn an_active_hospital_runs_one_validator() {
	build_and_execute(|| {
		assign_all();
		register(5, 5);
		register(6, 6);
		assert_noop!(Pallet::<Test>::add(root(), 5, LABORATORY, 15), E::NotHospital);
		assert_noop!(Pallet::<Test>::add(root(), 5, 200, 15), E::NotHospital);
		Roles::suspend_organisation(5);
		assert_noop!(Pallet::<Test>::add(root(), 5, 5, 15), E::NotHospital);
		assert_ok!(Pallet::<Test>::add(root(), 5, 6, 15));
		assert_noop!(Pallet::<Test>::add(root(), 6, 6, 16), E::OneEach);
	});
}

#[test]
fn a_candidate_needs_session_keys_and_must_be_new() {
	build_and_execute(|| {
		assign_all();
		assert_noop!(Pallet::<Test>::add(root(), 5, 5, 15), E::NoSessionKeys);
		assert_noop!(Pallet::<Test>::add(root(), 4, 5, 15), E::AlreadyValidator);
		assert_noop!(Pallet::<Test>::replace(root(), 1, 5), E::NoSessionKeys);
		assert_noop!(Pallet::<Test>::replace(root(), 1, 4), E::AlreadyValidator);
	});
}

#[test]
fn an_account_votes_for_one_hospital() {
	build_and_execute(|| {
		assign_all();
		register(5, 5);
		assert_noop!(Pallet::<Test>::add(root(), 5, 5, 14), E::AlreadySeated);
		assert_noop!(Pallet::<Test>::represent(signed(admin(1)), 1, 12), E::AlreadySeated);
		assert_noop!(Pallet::<Test>::represent(signed(admin(1)), 1, 11), E::AlreadySeated);
	});
}

#[test]
fn the_number_of_validators_is_limited() {
	build_and_execute(|| {
		assign_all();
		for index in 5..=most() {
			register(index.into(), index.into());
			assert_ok!(Pallet::<Test>::add(root(), index.into(), index, u64::from(index) + 100));
		}
		register(99, 99);
		assert_noop!(Pallet::<Test>::add(root(), 99, 99, 199), E::Full);
	});
}

#[test]
fn a_removed_validator_loses_its_vote_at_once() {
	build_and_execute(|| {
		Pallet::<Test>::note_author(2);
		assert_ok!(Pallet::<Test>::remove(root(), 2));
		assert_eq!(Seats::get(), [11, 13, 14]);
		assert_eq!(LastAuthored::<Test>::get(2), None);
		// The removed validator authors blocks until the session ends.
		Pallet::<Test>::note_author(2);
		assert_eq!(LastAuthored::<Test>::get(2), None);
		run(2);
		assert_eq!(Session::validators(), [1, 3, 4]);
		assert_noop!(Pallet::<Test>::remove(root(), 2), E::NotValidator);
	});
}

#[test]
fn nobody_is_removed_below_the_minimum() {
	build_and_execute(|| {
		assert_ok!(Pallet::<Test>::remove(root(), 2));
		assert_noop!(Pallet::<Test>::remove(root(), 3), E::BelowMinimum);
		assert_ok!(Pallet::<Test>::set_minimum(root(), 2));
		assert_ok!(Pallet::<Test>::remove(root(), 3));
		run(2);
		assert_eq!(Session::validators(), [1, 4]);
	});
}

#[test]
fn the_minimum_is_between_one_and_the_number_of_validators() {
	build_and_execute(|| {
		assert_noop!(Pallet::<Test>::set_minimum(root(), 0), E::BadMinimum);
		assert_noop!(Pallet::<Test>::set_minimum(root(), 5), E::BadMinimum);
		assert_ok!(Pallet::<Test>::set_minimum(root(), 4));
		assert_noop!(Pallet::<Test>::remove(root(), 1), E::BelowMinimum);
	});
}

#[test]
fn a_validator_can_be_replaced_at_the_minimum() {
	build_and_execute(|| {
		assert_ok!(Pallet::<Test>::set_minimum(root(), 4));
		assert_ok!(Pallet::<Test>::assign(root(), 2, 7));
		register(5, 5);
		assert_ok!(Pallet::<Test>::replace(root(), 2, 5));
		// The hospital and its vote do not change.
		assert_eq!(Seats::get(), [11, 12, 13, 14]);
		assert_eq!(Validators::<Test>::get()[1].organisation, Some(7));
		run(2);
		assert_eq!(Session::validators(), [1, 5, 3, 4]);
		assert_noop!(Pallet::<Test>::replace(root(), 2, 6), E::NotValidator);
	});
}

#[test]
fn a_validator_of_genesis_is_assigned_to_one_hospital_once() {
	build_and_execute(|| {
		assert_noop!(Pallet::<Test>::assign(root(), 9, 1), E::NotValidator);
		assert_noop!(Pallet::<Test>::assign(root(), 1, LABORATORY), E::NotHospital);
		assert_ok!(Pallet::<Test>::assign(root(), 1, 1));
		assert_noop!(Pallet::<Test>::assign(root(), 2, 1), E::OneEach);
		assert_noop!(Pallet::<Test>::assign(root(), 1, 2), E::AlreadyAssigned);
		// The active set does not change.
		assert_eq!(Rotations::<Test>::get(), 0);
	});
}

#[test]
fn nobody_is_added_while_a_validator_is_unassigned() {
	build_and_execute(|| {
		register(5, 5);
		for validator in 1..=4 {
			assert_noop!(Pallet::<Test>::add(root(), 5, 5, 15), E::Unassigned);
			assert_ok!(Pallet::<Test>::assign(root(), validator, validator as OrganisationId));
		}
		assert_noop!(Pallet::<Test>::add(root(), 5, 4, 15), E::OneEach);
		assert_ok!(Pallet::<Test>::add(root(), 5, 5, 15));
	});
}

fn offend(validator: AccountId) -> Weight {
	let details = OffenceDetails { offender: (validator, ()), reporters: Vec::<AccountId>::new() };
	Pallet::<Test>::on_offence(&[details], &[Perbill::one()], 0)
}

#[test]
fn a_validator_that_signs_on_both_forks_is_removed() {
	build_and_execute(|| {
		assert!(Pallet::<Test>::can_offend(&2));
		assert!(offend(2).all_gte(<<Test as Config>::WeightInfo as WeightInfo>::remove()));
		assert!(!Pallet::<Test>::can_offend(&2));
		System::assert_last_event(Event::<Test>::Offended { validator: 2, removed: true }.into());
		run(2);
		assert_eq!(Session::validators(), [1, 3, 4]);
		assert_eq!(Seats::get(), [11, 13, 14]);
	});
}

#[test]
fn an_offender_stays_at_the_minimum() {
	build_and_execute(|| {
		offend(2);
		offend(3);
		System::assert_last_event(Event::<Test>::Offended { validator: 3, removed: false }.into());
		assert_eq!(set(), [1, 3, 4]);
		// The council decides, so another proof says nothing new.
		assert!(!Pallet::<Test>::can_offend(&3));
		assert!(Pallet::<Test>::can_offend(&4));
		// A validator that has left in the meantime.
		offend(2);
		assert_eq!(set(), [1, 3, 4]);
	});
}

#[test]
fn an_offender_is_listed_once() {
	build_and_execute(|| {
		assert_ok!(Pallet::<Test>::set_minimum(root(), 4));
		offend(3);
		let listed = Offenders::<Test>::get();
		assert_eq!(listed.to_vec(), [(3, Some(0))]);
		events();
		offend(3);
		assert_eq!(Offenders::<Test>::get(), listed);
		assert_eq!(events(), vec![]);
		// A proof that comes after the minimum was lowered still removes it.
		assert_ok!(Pallet::<Test>::set_minimum(root(), 3));
		offend(3);
		assert_eq!(set(), [1, 2, 4]);
	});
}

#[test]
fn the_last_block_of_each_validator_is_stored() {
	build_and_execute(|| {
		run(2);
		Pallet::<Test>::note_author(3);
		run(5);
		Pallet::<Test>::note_author(4);
		assert_eq!(LastAuthored::<Test>::get(3), Some(3));
		assert_eq!(LastAuthored::<Test>::get(4), Some(8));
		assert_eq!(LastAuthored::<Test>::get(1), None);
		Pallet::<Test>::note_author(77);
		assert_eq!(LastAuthored::<Test>::get(77), None);
	});
}

#[test]
fn the_history_of_sets_covers_provable_offences() {
	build_and_execute(|| {
		run(SESSION * 20);
		let now = Session::current_index();
		assert!(now > 2 * KEPT);
		let kept = (0..=now).filter(|index| Historical::historical_root(*index).is_some()).count();
		assert!((KEPT as usize..=KEPT as usize + 2).contains(&kept), "{kept}");
	});
}

fn builds(validators: Vec<(AccountId, AccountId)>, minimum: u32) -> bool {
	std::panic::catch_unwind(|| {
		RuntimeGenesisConfig {
			validators: GenesisConfig { validators, minimum },
			..Default::default()
		}
		.build_storage()
		.map(drop)
	})
	.is_ok()
}

#[test]
fn a_chain_with_a_wrong_first_set_does_not_start() {
	assert!(builds(vec![(1, 11), (2, 12)], 2));
	assert!(!builds(vec![(1, 11), (2, 12)], 3));
	assert!(!builds(vec![(1, 11), (2, 12)], 0));
	assert!(!builds(vec![(1, 11), (1, 12)], 1));
	assert!(!builds(vec![(1, 11), (2, 11)], 1));
	assert!(!builds((1..=17).map(|one| (one, one)).collect(), 1));
}
