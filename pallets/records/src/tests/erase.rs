//! Erasure of a record.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Recipient, Tombstone};

fn erase_by(who: AccountId, record: RecordId) -> sp_runtime::DispatchResult {
	plain(Records::erase(RuntimeOrigin::signed(who), record))
}

#[test]
fn erasure_leaves_only_a_tombstone() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		confirm(NODE, record, 1, 1);
		confirm(OTHER_NODE, record, 1, 1);
		confirm(NODE, record, 2, 2);
		events();
		System::set_block_number(9);
		Now::set(START + 7_000);
		assert_ok!(erase_by(PATIENT, record));
		let tombstone = Tombstone { patient: PATIENT, erased: START + 7_000, replicas_left: 3 };
		assert_eq!(crate::Records::<Test>::get(record), Some(RecordEntry::Erased(tombstone)));
		assert_eq!(
			Erased::get(),
			[(record, 2)],
			"other pallets that keep data about its versions are notified"
		);
		assert_eq!(Versions::<Test>::iter_prefix(record).count(), 0);
		assert_eq!(Wraps::<Test>::iter_prefix((record,)).count(), 0);
		assert_eq!(Replicas::<Test>::iter_prefix((record,)).count(), 0);
		assert_eq!(Records::root(&cid(1)), None);
		assert_eq!(Records::root(&cid(2)), None);
		assert_eq!(Records::erased_root(&cid(1)), Some(START + 7_000));
		assert_eq!(Records::erased_root(&cid(2)), Some(START + 7_000));
		assert_eq!(Records::erased_root(&cid(3)), None);
		assert_eq!(Records::status(), StorageStatus { records: 0, pending: 0, removals: 3 });
		assert_eq!(
			events(),
			vec![Event::Erased { record, patient: PATIENT, versions: 2, wraps: 3, replicas: 3 }]
		);
	});
}

#[test]
fn every_node_that_held_a_replica_owes_a_removal() {
	build_and_execute(|| {
		let record = confirmed(1);
		confirm(OTHER_NODE, record, 1, 1);
		System::set_block_number(9);
		assert_ok!(erase_by(PATIENT, record));
		for node in [NODE, OTHER_NODE] {
			assert_eq!(
				Removals::<Test>::get((node, record, 1)),
				Some(Removal { root: cid(1), block: 9 })
			);
		}
	});
}

#[test]
fn a_record_without_replicas_is_purged_at_once() {
	build_and_execute(|| {
		let record = register(1);
		events();
		assert_ok!(erase_by(PATIENT, record));
		assert_eq!(
			events(),
			vec![
				Event::Erased { record, patient: PATIENT, versions: 1, wraps: 2, replicas: 0 },
				Event::Purged { record },
			]
		);
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn only_the_patient_erases() {
	build_and_execute(|| {
		let record = register(1);
		for who in [DOCTOR, CLERK, OTHER_PATIENT, NODE, STRANGER] {
			assert_noop!(erase_by(who, record), Error::<Test>::NotYourRecord);
		}
	});
}

#[test]
fn a_former_patient_can_still_erase() {
	build_and_execute(|| {
		let record = register(1);
		suspend(PATIENT);
		assert_ok!(erase_by(PATIENT, record));
	});
}

#[test]
fn unknown_and_erased_records_are_refused() {
	build_and_execute(|| {
		assert_noop!(erase_by(PATIENT, id(1)), Error::<Test>::UnknownRecord);
		let record = register(1);
		assert_ok!(erase_by(PATIENT, record));
		assert_noop!(erase_by(PATIENT, record), Error::<Test>::RecordErased);
	});
}

#[test]
fn the_patients_other_records_stay() {
	build_and_execute(|| {
		let erased = register(1);
		let kept = confirmed(2);
		assert_ok!(erase_by(PATIENT, erased));
		assert_eq!(version(kept, 1).replicas, 1);
		assert!(Records::wrap(&kept, 1, &Recipient::Account(DOCTOR)).is_some());
		assert_eq!(PatientRecordCounts::<Test>::get(PATIENT), 2);
	});
}

#[test]
fn a_root_is_free_again_after_erasure() {
	build_and_execute(|| {
		let record = register(1);
		assert_ok!(erase_by(PATIENT, record));
		let new = NewRecord { content: content(1), ..new_record(2) };
		assert_ok!(Records::register(RuntimeOrigin::signed(DOCTOR), new));
	});
}

#[test]
fn a_full_record_is_erased_completely() {
	build_and_execute(|| {
		let mut recipients = vec![PATIENT];
		recipients.extend(1_000..1_062);
		let new = NewRecord { wraps: wraps_for(&recipients), ..new_record(1) };
		assert_ok!(Records::register(RuntimeOrigin::signed(DOCTOR), new));
		for version in 1..4 {
			revise(id(1), version, version as u8 + 1);
		}
		assert_eq!(live(id(1)).wraps, 66);
		assert_ok!(erase_by(PATIENT, id(1)));
		assert_eq!(Wraps::<Test>::iter().count(), 0);
	});
}

#[test]
fn unused_weight_is_refunded() {
	build_and_execute(|| {
		let record = confirmed(1);
		let info = Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		assert_eq!(info.actual_weight, Some(<() as WeightInfo>::erase(1, 2, 1)));
		use frame_support::dispatch::GetDispatchInfo;
		let charged = Call::<Test>::erase { record }.get_dispatch_info().call_weight;
		assert_eq!(charged, <() as WeightInfo>::erase(4, 66, 12));
	});
}

#[test]
fn an_erased_record_does_not_come_back() {
	build_and_execute(|| {
		let record = register(1);
		assert_ok!(erase_by(PATIENT, record));
		let again = Records::register(RuntimeOrigin::signed(DOCTOR), new_record(1));
		assert_eq!(again.unwrap_err().error, Error::<Test>::RecordErased.into());
	});
}
