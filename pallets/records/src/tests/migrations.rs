//! Migration from version 1 of the storage.

use crate::{
	migrations::{Progress, ToVersion2},
	mock::{Records, *},
	*,
};
use frame_support::{
	assert_ok,
	migrations::{SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::{Weight, WeightMeter},
};

/// Returns the weight that a migration of this number of keys needs.
fn weight(keys: u64) -> Weight {
	<Test as Config>::WeightInfo::count_sealed_key().saturating_mul(keys)
}

/// Seals five keys to three epochs, as version 1 stored them. Returns their counts.
fn version_1() -> Vec<(Epoch, u64)> {
	for (epoch, seeds) in [(1, 0..2), (2, 2..3), (3, 3..5)] {
		Committee::set_epoch(Some(epoch));
		for seed in seeds {
			let new = NewRecord { sealed: Some(sealed(epoch, seed)), ..new_guarded(seed) };
			assert_ok!(Records::register(signed(DOCTOR), new));
		}
	}
	register(9);
	let counts = counts();
	assert_eq!(counts, [(1, 2), (2, 1), (3, 2)]);
	for (epoch, _) in &counts {
		SealedKeyCounts::<Test>::remove(epoch);
	}
	StorageVersion::new(1).put::<Records>();
	assert!(Records::do_try_state().is_err());
	counts
}

fn counts() -> Vec<(Epoch, u64)> {
	let mut counts: Vec<_> = SealedKeyCounts::<Test>::iter().collect();
	counts.sort();
	counts
}

/// Migrates in steps of this weight. Returns their number.
fn migrate(limit: Weight) -> u64 {
	let (mut cursor, mut steps) = (None, 0);
	loop {
		let mut meter = WeightMeter::with_limit(limit);
		cursor = ToVersion2::<Test>::step(cursor, &mut meter).unwrap();
		assert!(meter.consumed().all_lte(limit));
		steps += 1;
		if cursor.is_none() {
			return steps;
		}
		assert_eq!(Records::on_chain_storage_version(), 1);
		assert_eq!(Records::sealed_versions(), None);
	}
}

#[test]
fn every_sealed_key_is_counted_over_several_steps() {
	for keys in 1..8 {
		new_test_ext().execute_with(|| {
			let expected = version_1();
			let steps = migrate(weight(keys));
			// Finding that no counts are left, and the end, are a step on a key each.
			assert_eq!(steps, 7u64.div_ceil(keys));
			assert_eq!(counts(), expected);
			assert_eq!(Records::on_chain_storage_version(), 2);
			assert_ok!(Records::do_try_state());
		});
	}
}

#[test]
fn counts_of_an_abandoned_migration_are_removed_first() {
	for keys in 1..8 {
		new_test_ext().execute_with(|| {
			version_1();
			let mut meter = WeightMeter::with_limit(weight(4));
			let stopped = ToVersion2::<Test>::step(None, &mut meter);
			assert!(matches!(stopped, Ok(Some(Progress::Counting(Some(_))))));
			assert!(!counts().is_empty());
			// The chain continues without the counts.
			assert_ok!(Records::erase(signed(PATIENT), id(0)));
			assert_ok!(Records::register(
				signed(DOCTOR),
				NewRecord { sealed: Some(sealed(3, 6)), ..new_guarded(6) }
			));
			for epoch in 8..12 {
				SealedKeyCounts::<Test>::insert(epoch, 1);
			}
			migrate(weight(keys));
			assert_eq!(counts(), [(1, 1), (2, 1), (3, 3)]);
			assert_ok!(Records::do_try_state());
		});
	}
}

#[test]
fn a_chain_without_sealed_keys_is_done_at_once() {
	new_test_ext().execute_with(|| {
		register(1);
		StorageVersion::new(1).put::<Records>();
		assert_eq!(migrate(weight(2)), 1);
		assert_eq!(Records::on_chain_storage_version(), 2);
		assert_ok!(Records::do_try_state());
	});
}

#[test]
fn existing_counts_are_not_changed() {
	new_test_ext().execute_with(|| {
		register_guarded(1);
		assert_eq!(migrate(weight(10)), 1);
		assert_eq!(counts(), [(EPOCH_NOW, 1)]);
		assert_ok!(Records::do_try_state());
	});
}

#[test]
fn too_small_a_weight_limit_reports_the_required_weight() {
	new_test_ext().execute_with(|| {
		version_1();
		let mut meter = WeightMeter::with_limit(weight(1) - Weight::from_parts(1, 0));
		assert!(matches!(
			ToVersion2::<Test>::step(None, &mut meter),
			Err(SteppedMigrationError::InsufficientWeight { required }) if required == weight(1)
		));
		assert_eq!(meter.consumed(), Weight::zero());
	});
}
