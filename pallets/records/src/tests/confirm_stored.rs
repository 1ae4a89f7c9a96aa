//! Confirmations by storage nodes.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Replica, Role, Subject, Verdict};

fn confirm_many(node: AccountId, claims: Vec<StorageClaim>) -> sp_runtime::DispatchResult {
	plain(Records::confirm_stored(RuntimeOrigin::signed(node), claims.try_into().unwrap()))
}

#[test]
fn the_first_confirmation_makes_a_pending_version_stored() {
	build_and_execute(|| {
		let record = register(1);
		events();
		Now::set(START + 2_000);
		assert_ok!(confirm_many(NODE, vec![claim(record, 1, 1)]));
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert_eq!(
			Records::replicas(&record, 1),
			vec![Replica { node: NODE, confirmed: START + 2_000 }]
		);
		assert!(Records::is_stored(&record, 1));
		assert_eq!(Records::status().pending, 0);
		assert_eq!(Stored::get(), vec![(record, 1)]);
		assert_eq!(
			events(),
			vec![
				Event::StateChanged { record, version: 1, state: VersionState::Stored },
				Event::Confirmed { node: NODE, accepted: 1, skipped: 0 },
			]
		);
	});
}

#[test]
fn a_second_node_adds_only_a_replica() {
	build_and_execute(|| {
		let record = confirmed(1);
		events();
		confirm(OTHER_NODE, record, 1, 1);
		assert_eq!(version(record, 1).replicas, 2);
		assert_eq!(Stored::get().len(), 1);
		assert_eq!(events(), vec![Event::Confirmed { node: OTHER_NODE, accepted: 1, skipped: 0 }]);
	});
}

#[test]
fn repeating_a_claim_is_accepted_and_changes_nothing() {
	build_and_execute(|| {
		let record = confirmed(1);
		events();
		Now::set(START + 9_000);
		let claims = vec![claim(record, 1, 1), claim(record, 1, 1)];
		assert_ok!(confirm_many(NODE, claims));
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(Records::replicas(&record, 1)[0].confirmed, START);
		assert_eq!(events(), vec![Event::Confirmed { node: NODE, accepted: 2, skipped: 0 }]);
	});
}

#[test]
fn only_live_storage_nodes_confirm() {
	build_and_execute(|| {
		let record = register(1);
		suspend(OTHER_NODE);
		for who in [STRANGER, DOCTOR, PATIENT, OTHER_NODE] {
			assert_noop!(
				confirm_many(who, vec![claim(record, 1, 1)]),
				Error::<Test>::NotStorageNode
			);
		}
	});
}

#[test]
fn claims_to_unknown_versions_or_other_roots_are_skipped() {
	build_and_execute(|| {
		let record = register(1);
		let erased = register(2);
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), erased));
		events();
		let claims = vec![
			claim(id(9), 1, 9),
			claim(record, 2, 1),
			claim(record, 0, 1),
			claim(record, 1, 2),
			claim(erased, 1, 2),
			claim(record, 1, 1),
		];
		assert_ok!(confirm_many(NODE, claims));
		assert_eq!(
			events().last(),
			Some(&Event::Confirmed { node: NODE, accepted: 1, skipped: 5 })
		);
	});
}

#[test]
fn claims_beyond_the_maximum_of_replicas_are_skipped() {
	build_and_execute(|| {
		let record = register(1);
		confirm(THIRD_NODE, record, 1, 1);
		confirm(OTHER_NODE, record, 1, 1);
		Roles::admit(STRANGER, Role::StorageNode, Some(4));
		confirm(STRANGER, record, 1, 1);
		assert_eq!(version(record, 1).replicas, 2);
		assert_eq!(
			events().last(),
			Some(&Event::Confirmed { node: STRANGER, accepted: 0, skipped: 1 })
		);
	});
}

#[test]
fn a_node_of_the_authors_organisation_always_finds_room() {
	build_and_execute(|| {
		let record = register(1);
		confirm(THIRD_NODE, record, 1, 1);
		confirm(OTHER_NODE, record, 1, 1);
		confirm(NODE, record, 1, 1);
		assert_eq!(version(record, 1).replicas, 3);
		let record = register(2);
		revise(record, 1, 3);
		for node in [NODE, OTHER_NODE, THIRD_NODE] {
			confirm(node, record, 2, 3);
		}
		assert_eq!(version(record, 2).replicas, 2, "one of three is too many");
	});
}

#[test]
fn the_nodes_of_one_organisation_count_once() {
	build_and_execute(|| {
		let record = confirmed(1);
		for node in 100..110 {
			StorageNodes::<Test>::remove(node - 1);
			Roles::admit(node, Role::StorageNode, Some(HOSPITAL));
			confirm(node, record, 1, 1);
		}
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(Records::replicas(&record, 1)[0].node, NODE);
		// The other nodes owe a removal of what they claimed.
		assert!(Removals::<Test>::contains_key((100, record, 1)));
		assert_eq!(Records::status().removals, 10);
		assert_eq!(Records::current_target(), 2);
		for node in [OTHER_NODE, THIRD_NODE] {
			StorageNodes::<Test>::remove(node);
		}
		assert_eq!(Records::current_target(), 1, "one organisation is present");
	});
}

#[test]
fn a_live_node_takes_the_place_of_a_dismissed_one() {
	build_and_execute(|| {
		let (record, puppet) = (register(1), 100);
		Roles::admit(puppet, Role::StorageNode, Some(HOSPITAL));
		confirm(puppet, record, 1, 1);
		confirm(NODE, record, 1, 1);
		assert_eq!(Records::replicas(&record, 1)[0].node, puppet);
		suspend(puppet);
		confirm(NODE, record, 1, 1);
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(Records::replicas(&record, 1)[0].node, NODE);
		assert!(!Removals::<Test>::contains_key((NODE, record, 1)));
		assert!(Removals::<Test>::contains_key((puppet, record, 1)));
	});
}

#[test]
fn a_dismissed_node_gives_up_its_place_wherever_it_goes() {
	build_and_execute(|| {
		let (record, puppet) = (register(1), 100);
		Roles::admit(puppet, Role::StorageNode, Some(HOSPITAL));
		confirm(puppet, record, 1, 1);
		// Another organisation admits it.
		Roles::admit(puppet, Role::StorageNode, Some(CLINIC));
		confirm(NODE, record, 1, 1);
		assert_eq!(version(record, 1).replicas, 1);
		assert_eq!(Records::replicas(&record, 1)[0].node, NODE);
	});
}

#[test]
fn each_version_is_stored_by_itself() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		confirm(NODE, record, 2, 2);
		assert_eq!(version(record, 1).state, VersionState::Pending);
		assert_eq!(version(record, 2).state, VersionState::Stored);
		assert!(!Records::is_stored(&record, 1));
	});
}

#[test]
fn a_verdict_stays_when_a_replica_comes_back() {
	build_and_execute(|| {
		let record = confirmed(1);
		let subject = Subject::RecordVersion { record, version: 1 };
		Records::on_verdict_reached(&subject, Verdict::Confirmed);
		let claims = vec![claim(record, 1, 1)].try_into().unwrap();
		assert_ok!(Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims));
		confirm(NODE, record, 1, 1);
		assert_eq!(version(record, 1).state, VersionState::Attested);
		assert_eq!(Stored::get().len(), 1);
	});
}
