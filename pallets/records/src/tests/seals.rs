//! The number of keys that are sealed to each epoch.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_ok, traits::StorageVersion};
use salus_primitives::SealedVersions;

const NEXT: Epoch = EPOCH_NOW + 1;

fn counts() -> Vec<(Epoch, u64)> {
	let mut counts: Vec<_> = SealedKeyCounts::<Test>::iter().collect();
	counts.sort();
	counts
}

fn revise_guarded(record: RecordId, expected: Version, seed: u8) {
	let epoch = Committee::active().unwrap();
	assert_ok!(Records::revise(
		signed(DOCTOR),
		record,
		expected,
		HOSPITAL,
		content(seed),
		wraps_for(&[PATIENT]),
		Some(sealed(epoch, seed)),
	));
}

fn reseal(record: RecordId, version: Version) {
	let epoch = Committee::active().unwrap();
	assert_ok!(Records::reseal(signed(PATIENT), record, version, sealed(epoch, 9)));
}

fn versions(key: Epoch, versions: u64, is_present: bool) -> SealedVersions {
	SealedVersions { key, versions, is_present }
}

#[test]
fn each_guarded_version_is_counted() {
	build_and_execute(|| {
		assert!(counts().is_empty());
		let record = register_guarded(1);
		register(2);
		assert_eq!(counts(), [(EPOCH_NOW, 1)]);
		revise_guarded(record, 1, 3);
		revise(record, 2, 4);
		assert_eq!(counts(), [(EPOCH_NOW, 2)]);
		Committee::set_epoch(Some(NEXT));
		revise_guarded(record, 3, 5);
		assert_eq!(counts(), [(EPOCH_NOW, 2), (NEXT, 1)]);
	});
}

#[test]
fn a_batch_is_counted_once_for_all_its_records() {
	build_and_execute(|| {
		register_guarded(1);
		// The first one is registered already, and is skipped.
		let records = vec![new_guarded(1), new_guarded(2), new_record(3), new_guarded(4)];
		assert_ok!(Records::register_many(signed(DOCTOR), records.try_into().unwrap()));
		assert_eq!(counts(), [(EPOCH_NOW, 3)]);
	});
}

#[test]
fn a_resealed_version_moves_to_the_active_epoch() {
	build_and_execute(|| {
		let (one, other) = (register_guarded(1), register_guarded(2));
		reseal(one, 1);
		assert_eq!(counts(), [(EPOCH_NOW, 2)]);
		Committee::set_epoch(Some(NEXT));
		reseal(one, 1);
		assert_eq!(counts(), [(EPOCH_NOW, 1), (NEXT, 1)]);
		reseal(other, 1);
		assert_eq!(counts(), [(NEXT, 2)]);
	});
}

#[test]
fn a_direct_version_that_becomes_guarded_is_counted() {
	build_and_execute(|| {
		let record = register_guarded(1);
		revise(record, 1, 2);
		reseal(record, 2);
		assert_eq!(counts(), [(EPOCH_NOW, 2)]);
	});
}

#[test]
fn an_erased_record_is_no_longer_counted() {
	build_and_execute(|| {
		let (record, other) = (register_guarded(1), register_guarded(2));
		revise_guarded(record, 1, 3);
		Committee::set_epoch(Some(NEXT));
		revise_guarded(record, 2, 4);
		assert_eq!(counts(), [(EPOCH_NOW, 3), (NEXT, 1)]);
		assert_ok!(Records::erase(signed(PATIENT), record));
		assert_eq!(counts(), [(EPOCH_NOW, 1)]);
		assert_ok!(Records::erase(signed(PATIENT), other));
		assert!(counts().is_empty());
	});
}

/// The patient can still open it, and reseals it as any other.
#[test]
fn a_withdrawn_record_is_still_counted() {
	build_and_execute(|| {
		let record = register_guarded(1);
		assert_ok!(Records::withdraw(signed(DOCTOR), record, ReasonCode::WrongPatient));
		assert_eq!(counts(), [(EPOCH_NOW, 1)]);
		Committee::set_epoch(Some(NEXT));
		reseal(record, 1);
		assert_eq!(counts(), [(NEXT, 1)]);
	});
}

#[test]
fn versions_are_shown_by_key_over_all_its_epochs() {
	build_and_execute(|| {
		assert_eq!(Records::sealed_versions(), Some(vec![]));
		register_guarded(1);
		Committee::hand_on(EPOCH_NOW, NEXT);
		Committee::set_epoch(Some(NEXT));
		assert_eq!(Records::sealed_versions(), Some(vec![versions(EPOCH_NOW, 1, true)]));
		assert_ok!(Records::register(
			signed(DOCTOR),
			NewRecord { sealed: Some(sealed(NEXT, 2)), ..new_guarded(2) }
		));
		assert_eq!(Records::sealed_versions(), Some(vec![versions(EPOCH_NOW, 2, true)]));
		// A new key.
		let new = NEXT + 1;
		Committee::set_epoch(Some(new));
		assert_eq!(Records::sealed_versions(), Some(vec![versions(EPOCH_NOW, 2, false)]));
		reseal(id(1), 1);
		let both = vec![versions(EPOCH_NOW, 1, false), versions(new, 1, true)];
		assert_eq!(Records::sealed_versions(), Some(both));
		reseal(id(2), 1);
		assert_eq!(Records::sealed_versions(), Some(vec![versions(new, 2, true)]));
	});
}

#[test]
fn incomplete_counts_are_not_shown() {
	build_and_execute(|| {
		register_guarded(1);
		StorageVersion::new(1).put::<Records>();
		assert_eq!(Records::sealed_versions(), None);
	});
}
