//! Retirement of absent nodes' replicas, and their removal when the nodes come back.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};

fn retire(by: AccountId, node: AccountId, claims: Vec<StorageClaim>) -> sp_runtime::DispatchResult {
	plain(Records::retire_replicas(RuntimeOrigin::signed(by), node, claims.try_into().unwrap()))
}

fn removed(node: AccountId, claims: Vec<StorageClaim>) {
	assert_ok!(Records::confirm_removed(RuntimeOrigin::signed(node), claims.try_into().unwrap()));
}

/// Registers a record that both nodes hold, and lets one of them become absent.
fn held_by_an_absent_node() -> RecordId {
	let record = confirmed(1);
	confirm(OTHER_NODE, record, 1, 1);
	System::set_block_number(u64::from(AbsenceLimit::<Test>::get()) + 10);
	assert_ok!(Records::announce(RuntimeOrigin::signed(OTHER_NODE)));
	events();
	record
}

fn owes(node: AccountId, record: RecordId) -> bool {
	Removals::<Test>::contains_key((node, record, 1))
}

#[test]
fn a_retired_replica_no_longer_counts() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		Peers::<Test>::insert(NODE, [7; 32]);
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]));
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert!(owes(NODE, record));
		assert_eq!(Records::status().removals, 1);
		// With its last replica the node is forgotten.
		assert_eq!(StorageNodes::<Test>::get(NODE), None);
		assert_eq!(Peers::<Test>::get(NODE), None);
		assert_eq!(
			events(),
			vec![Event::Retired { node: NODE, by: OTHER_NODE, accepted: 1, skipped: 0 }]
		);
	});
}

#[test]
fn the_last_replica_is_never_retired() {
	build_and_execute(|| {
		let record = confirmed(1);
		suspend(NODE);
		events();
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]));
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert!(!owes(NODE, record));
		assert!(StorageNodes::<Test>::contains_key(NODE));
		assert_eq!(
			events(),
			vec![Event::Retired { node: NODE, by: OTHER_NODE, accepted: 0, skipped: 1 }]
		);
	});
}

#[test]
fn a_node_is_remembered_while_it_has_replicas() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		let second = register(2);
		confirm(OTHER_NODE, second, 1, 2);
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(second, 1, 2)]));
		assert!(StorageNodes::<Test>::contains_key(NODE));
		assert_eq!(version(record, 1).replicas, 2);
		assert_eq!(
			events().pop(),
			Some(Event::Retired { node: NODE, by: OTHER_NODE, accepted: 0, skipped: 1 })
		);
	});
}

#[test]
fn a_returning_node_can_settle_its_removals() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]));
		removed(NODE, vec![claim(record, 1, 1)]);
		assert!(!owes(NODE, record));
		assert_eq!(Records::status().removals, 0);
		assert_eq!(version(record, 1).replicas, 1);
	});
}

#[test]
fn a_returning_node_can_confirm_its_replica_again() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]));
		confirm(NODE, record, 1, 1);
		assert!(!owes(NODE, record));
		assert_eq!(Records::status().removals, 0);
		assert_eq!(version(record, 1).replicas, 2);
	});
}

#[test]
fn an_erasure_reaches_a_retired_node() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		assert_ok!(retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]));
		events();
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_eq!(
			events(),
			vec![Event::Erased { record, patient: PATIENT, versions: 1, wraps: 2, replicas: 2 }]
		);
		removed(OTHER_NODE, vec![claim(record, 1, 1)]);
		events();
		removed(NODE, vec![claim(record, 1, 1)]);
		assert!(events().contains(&Event::Purged { record }));
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn a_present_node_keeps_its_replicas() {
	build_and_execute(|| {
		let record = confirmed(1);
		let attempt = || retire(OTHER_NODE, NODE, vec![claim(record, 1, 1)]);
		assert_noop!(attempt(), Error::<Test>::NodePresent);
		System::set_block_number(1 + u64::from(AbsenceLimit::<Test>::get()));
		assert_noop!(attempt(), Error::<Test>::NodePresent);
	});
}

#[test]
fn replicas_at_the_same_organisation_replace_no_absent_node() {
	build_and_execute(|| {
		let record = confirmed(1);
		// An earlier release counted them in this way.
		for node in [101, 102] {
			Roles::admit(node, salus_primitives::Role::StorageNode, Some(HOSPITAL));
			StorageNodes::<Test>::insert(node, 1);
			Replicas::<Test>::insert((record, 1, node), 0);
			Holdings::<Test>::insert((node, record, 1), ());
			Records::mutate_version(&record, 1, |info| {
				Records::recount(&record, 1, info.replicas, info.replicas + 1);
				info.replicas += 1;
			});
		}
		StorageNodes::<Test>::remove(OTHER_NODE);
		System::set_block_number(u64::from(AbsenceLimit::<Test>::get()) + 10);
		assert_ok!(Records::announce(RuntimeOrigin::signed(101)));
		for node in [NODE, 102] {
			assert_ok!(retire(101, node, vec![claim(record, 1, 1)]));
			assert!(!owes(node, record));
		}
		assert_eq!(version(record, 1).replicas, 3);
	});
}

#[test]
fn only_live_storage_nodes_retire_replicas() {
	build_and_execute(|| {
		let record = held_by_an_absent_node();
		for who in [DOCTOR, PATIENT, STRANGER] {
			assert_noop!(
				retire(who, NODE, vec![claim(record, 1, 1)]),
				Error::<Test>::NotStorageNode
			);
		}
	});
}
