//! Confirmations of removals by storage nodes.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::assert_ok;

fn removed(node: AccountId, claims: Vec<StorageClaim>) {
	assert_ok!(Records::confirm_removed(RuntimeOrigin::signed(node), claims.try_into().unwrap()));
}

/// Erases a record that two nodes hold.
fn erased() -> RecordId {
	let record = confirmed(1);
	confirm(OTHER_NODE, record, 1, 1);
	assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
	events();
	record
}

fn left(record: RecordId) -> u32 {
	match crate::Records::<Test>::get(record) {
		Some(RecordEntry::Erased(tombstone)) => tombstone.replicas_left,
		other => panic!("not erased: {other:?}"),
	}
}

#[test]
fn a_record_is_purged_with_its_last_removal() {
	build_and_execute(|| {
		let record = erased();
		removed(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(left(record), 1);
		assert_eq!(Records::status().removals, 1);
		assert_eq!(events(), vec![Event::Removed { node: NODE, accepted: 1, skipped: 0 }]);
		removed(OTHER_NODE, vec![claim(record, 1, 1)]);
		assert_eq!(left(record), 0);
		assert_eq!(Records::status(), StorageStatus::default());
		assert_eq!(
			events(),
			vec![
				Event::Purged { record },
				Event::Removed { node: OTHER_NODE, accepted: 1, skipped: 0 },
			]
		);
	});
}

#[test]
fn claims_without_an_owed_removal_are_skipped() {
	build_and_execute(|| {
		let record = erased();
		let kept = confirmed(2);
		events();
		let claims = vec![
			claim(record, 1, 2),
			claim(record, 2, 1),
			claim(kept, 1, 2),
			claim(id(9), 1, 9),
			claim(record, 1, 1),
			claim(record, 1, 1),
		];
		removed(NODE, claims);
		assert_eq!(left(record), 1);
		assert_eq!(events(), vec![Event::Removed { node: NODE, accepted: 1, skipped: 5 }]);
		assert_eq!(version(kept, 1).replicas, 1);
	});
}

#[test]
fn nobody_confirms_for_another_node() {
	build_and_execute(|| {
		let record = erased();
		removed(STRANGER, vec![claim(record, 1, 1)]);
		assert_eq!(left(record), 2);
		assert_eq!(events(), vec![Event::Removed { node: STRANGER, accepted: 0, skipped: 1 }]);
	});
}

#[test]
fn a_suspended_node_can_still_confirm_removal() {
	build_and_execute(|| {
		let record = erased();
		suspend(NODE);
		removed(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(left(record), 1);
	});
}

#[test]
fn an_unsigned_origin_is_refused() {
	build_and_execute(|| {
		let result = Records::confirm_removed(RuntimeOrigin::none(), Default::default());
		assert_eq!(result, Err(sp_runtime::DispatchError::BadOrigin));
	});
}

#[test]
fn a_confirmation_is_free_while_each_of_its_removals_is_owed() {
	build_and_execute(|| {
		let record = erased();
		let owed = claim(record, 1, 1);
		let other = claim(record, 2, 1);
		assert!(Records::owes(&NODE, std::slice::from_ref(&owed)));
		for (node, claims) in [
			(NODE, vec![]),
			(NODE, vec![owed.clone(), other]),
			(NODE, vec![claim(record, 1, 2)]),
			(THIRD_NODE, vec![owed.clone()]),
		] {
			assert!(!Records::owes(&node, &claims), "{claims:?}");
		}
		removed(NODE, vec![owed.clone()]);
		assert!(!Records::owes(&NODE, &[owed]));
	});
}
