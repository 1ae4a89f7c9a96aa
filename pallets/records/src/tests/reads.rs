//! Reads, and answers to other pallets.

use crate::{
	mock::{Records, *},
	*,
};
use salus_primitives::{Recipient, RecordDetails, MAX_PAGE};

#[test]
fn details_hold_the_versions_in_order() {
	build_and_execute(|| {
		let record = register(1);
		for expected in 1..4 {
			revise(record, expected, expected as u8 + 1);
		}
		confirm(OTHER_NODE, record, 2, 2);
		Now::set(START + 2_000);
		confirm(NODE, record, 2, 2);
		let details = Records::details(&record).unwrap();
		let versions: Vec<_> = details.versions.iter().map(|details| details.version).collect();
		assert_eq!(versions, vec![1, 2, 3, 4]);
		let nodes: Vec<_> =
			details.versions[1].replicas.iter().map(|replica| replica.node).collect();
		assert_eq!(nodes, vec![OTHER_NODE, NODE]);
		assert_eq!(details.versions[0].info.content, content(1));
	});
}

#[test]
fn details_of_an_erased_record_hold_no_versions() {
	build_and_execute(|| {
		let record = register(1);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		let RecordDetails { id, entry, versions } = Records::details(&record).unwrap();
		assert_eq!((id, versions), (record, vec![]));
		assert!(matches!(entry, RecordEntry::Erased(_)));
		assert_eq!(Records::details(&id_of_nothing()), None);
	});
}

fn id_of_nothing() -> RecordId {
	RecordId([0; 32])
}

#[test]
fn pages_hold_a_patients_records_in_order_of_registration() {
	build_and_execute(|| {
		for seed in 1..=5 {
			register(seed);
		}
		Records::erase(RuntimeOrigin::signed(PATIENT), id(2)).unwrap();
		let page = |from, limit| {
			let page = Records::records_of(&PATIENT, from, limit);
			let ids: Vec<_> = page.items.into_iter().map(|details| details.id).collect();
			(ids, page.next, page.total)
		};
		assert_eq!(page(0, 2), (vec![id(1), id(2)], Some(2), 5));
		assert_eq!(page(2, 2), (vec![id(3), id(4)], Some(4), 5));
		assert_eq!(page(4, 2), (vec![id(5)], None, 5));
		assert_eq!(page(0, 5).1, None);
		assert_eq!(page(5, 2), (vec![], None, 5));
		assert_eq!(page(u32::MAX, u32::MAX), (vec![], None, 5));
		assert_eq!(page(0, 0), (vec![], None, 5));
	});
}

#[test]
fn a_page_is_cut_to_the_maximum_length() {
	build_and_execute(|| {
		for salt in 0..=MAX_PAGE {
			let mut new = new_record(0);
			new.salt[..4].copy_from_slice(&salt.to_le_bytes());
			new.content.root.0[4..8].copy_from_slice(&salt.to_le_bytes());
			Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap();
		}
		let page = Records::records_of(&PATIENT, 0, u32::MAX);
		assert_eq!(page.items.len(), MAX_PAGE as usize);
		assert_eq!((page.next, page.total), (Some(MAX_PAGE), MAX_PAGE + 1));
	});
}

#[test]
fn wraps_come_in_order_of_recipient() {
	build_and_execute(|| {
		let mut wraps = wraps_for(&[500, 3, PATIENT, 400]);
		wraps.try_push((Recipient::Organisation(1), wrap(1))).unwrap();
		let new = NewRecord { wraps, ..new_record(1) };
		Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap();
		let recipients: Vec<_> =
			Records::wraps(&id(1), 1).into_iter().map(|(recipient, _)| recipient).collect();
		let expected: Vec<_> = [PATIENT, 3, 400, 500]
			.map(Recipient::Account)
			.into_iter()
			.chain([Recipient::Organisation(1)])
			.collect();
		assert_eq!(recipients, expected);
		assert_eq!(Records::wraps(&id(1), 2), vec![]);
	});
}

#[test]
fn other_pallets_learn_what_exists() {
	build_and_execute(|| {
		let record = register(1);
		type Query = Records;
		assert!(matches!(<Query as RecordQuery<u64>>::record(&record), Some(RecordEntry::Live(_))));
		assert_eq!(Query::version_author(&record, 1), Some(DOCTOR));
		assert_eq!(Query::version_organisation(&record, 1), Some(HOSPITAL));
		assert_eq!(Query::version_author(&record, 2), None);
		assert_eq!(Query::version_organisation(&record, 2), None);
		assert!(!Query::is_stored(&record, 1));
		assert!(!Query::is_stored(&record, 2));
		assert_eq!(<Query as RecordQuery<u64>>::record(&id_of_nothing()), None);
	});
}
