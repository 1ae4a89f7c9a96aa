//! Migration from version 1 of the storage.

use super::*;
use crate::migrations::ToVersion2;
use frame_support::{
	migrations::{SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::{Weight, WeightMeter},
};

/// Returns the weight that a migration of this number of logs needs.
fn weight(logs: u64) -> Weight {
	<Test as Config>::WeightInfo::count_log().saturating_mul(logs)
}

/// Creates three logs with 3, 2 and 1 entries, one of them archived, as version 1 stored them.
/// Returns the number of entries.
fn version_1() -> u64 {
	Now::set(START - YEAR);
	asked(OTHER_PATIENT, FOREIGN);
	Now::set(START);
	assert_ok!(Access::archive(signed(AUDITOR), OTHER_PATIENT, 1));
	asked(OTHER_PATIENT, FOREIGN);
	asked(DOCTOR, LAB);
	asked(NURSE, LAB);
	asked(DOCTOR, NOTE);
	let third = LogEvent::Succession(SuccessionEvent::Proposed { successor: [1; 32], expires: 0 });
	assert_ok!(Access::append(&77, 77, None, third, START));
	let entries = TotalEntries::<Test>::take();
	assert_eq!(entries, 6);
	StorageVersion::new(1).put::<Access>();
	assert!(Access::do_try_state().is_err());
	entries
}

#[test]
fn every_entry_is_counted_over_several_steps() {
	for logs in 1..5 {
		new_test_ext().execute_with(|| {
			let entries = version_1();
			let (mut cursor, mut steps) = (None, 0);
			loop {
				let mut meter = WeightMeter::with_limit(weight(logs));
				cursor = ToVersion2::<Test>::step(cursor, &mut meter).unwrap();
				assert!(meter.consumed().all_lte(weight(logs)));
				steps += 1;
				if cursor.is_none() {
					break;
				}
				// A migration abandoned now leaves nothing behind.
				assert_eq!(TotalEntries::<Test>::get(), 0);
				assert_eq!(Access::on_chain_storage_version(), 1);
			}
			// Detecting the end counts as a step on a log, too.
			assert_eq!(steps, 4u64.div_ceil(logs));
			assert_eq!(TotalEntries::<Test>::get(), entries);
			assert_eq!(Access::on_chain_storage_version(), 2);
			assert_ok!(Access::do_try_state());
		});
	}
}

#[test]
fn a_chain_without_logs_is_done_at_once() {
	new_test_ext().execute_with(|| {
		StorageVersion::new(1).put::<Access>();
		let mut meter = WeightMeter::with_limit(weight(1));
		assert!(matches!(ToVersion2::<Test>::step(None, &mut meter), Ok(None)));
		assert_eq!(Access::on_chain_storage_version(), 2);
		assert_ok!(Access::do_try_state());
	});
}

#[test]
fn an_existing_count_is_not_changed() {
	new_test_ext().execute_with(|| {
		asked(DOCTOR, LAB);
		let mut meter = WeightMeter::with_limit(weight(10));
		assert!(matches!(ToVersion2::<Test>::step(None, &mut meter), Ok(None)));
		assert_eq!(TotalEntries::<Test>::get(), 1);
		assert_ok!(Access::do_try_state());
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
