//! Announcements of storage nodes.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, BoundedVec};
use salus_primitives::Role;

fn announce(node: AccountId) -> sp_runtime::DispatchResult {
	plain(Records::announce(RuntimeOrigin::signed(node)))
}

fn wait(blocks: u32) {
	System::set_block_number(System::block_number() + u64::from(blocks));
}

#[test]
fn a_new_node_is_present_from_its_first_announcement() {
	build_and_execute(|| {
		assert!(!Records::is_present(&THIRD_NODE));
		assert_ok!(announce(THIRD_NODE));
		assert!(Records::is_present(&THIRD_NODE));
		assert_eq!(events(), vec![Event::NodeAppeared { node: THIRD_NODE }]);
		// A second announcement succeeds without an event.
		wait(5);
		assert_ok!(announce(THIRD_NODE));
		assert_eq!(events(), vec![]);
		assert_eq!(StorageNodes::<Test>::get(THIRD_NODE), Some(6));
	});
}

#[test]
fn a_confirmation_announces_the_node() {
	build_and_execute(|| {
		confirm(THIRD_NODE, register(1), 1, 1);
		assert!(Records::is_present(&THIRD_NODE));
	});
}

#[test]
fn a_silent_node_is_absent_after_the_limit_and_not_before() {
	build_and_execute(|| {
		wait(AbsenceLimit::<Test>::get());
		assert!(Records::is_present(&NODE));
		wait(1);
		assert!(!Records::is_present(&NODE));
		assert_ok!(announce(NODE));
		assert!(Records::is_present(&NODE));
	});
}

#[test]
fn a_node_whose_membership_ends_is_absent_at_once() {
	build_and_execute(|| {
		suspend(NODE);
		assert!(!Records::is_present(&NODE));
		Roles::admit(NODE, Role::StorageNode, Some(HOSPITAL));
		assert!(Records::is_present(&NODE));
	});
}

#[test]
fn only_storage_nodes_announce_themselves() {
	build_and_execute(|| {
		for who in [DOCTOR, PATIENT, STRANGER] {
			assert_noop!(announce(who), Error::<Test>::NotStorageNode);
		}
	});
}

#[test]
fn nodes_beyond_the_maximum_are_refused() {
	build_and_execute(|| {
		for (node, organisation) in [(30, HOSPITAL), (31, CLINIC)] {
			Roles::admit(node, Role::StorageNode, Some(organisation));
			assert_ok!(announce(node));
		}
		assert_noop!(announce(THIRD_NODE), Error::<Test>::TooManyStorageNodes);
		// Known nodes can still announce themselves.
		wait(1);
		assert_ok!(announce(NODE));
	});
}

/// Admits two further nodes at the hospital, which has a place for one of them.
fn admit_two() {
	for node in [30, 31] {
		Roles::admit(node, Role::StorageNode, Some(HOSPITAL));
	}
}

#[test]
fn an_organisation_leaves_places_for_others() {
	build_and_execute(|| {
		admit_two();
		assert_ok!(announce(30));
		assert_noop!(announce(31), Error::<Test>::TooManyOfOrganisation);
		assert_noop!(set_peer(31, [9; 32]), Error::<Test>::TooManyOfOrganisation);
		let claims: BoundedVec<_, _> = vec![claim(register(1), 1, 1)].try_into().expect("one fits");
		assert_noop!(
			plain(Records::confirm_stored(RuntimeOrigin::signed(31), claims)),
			Error::<Test>::TooManyOfOrganisation
		);
		// Nodes that have a place keep it, and others find one.
		wait(1);
		assert_ok!(announce(30));
		assert_ok!(announce(THIRD_NODE));
	});
}

#[test]
fn a_dismissed_node_keeps_its_place_until_it_is_retired() {
	build_and_execute(|| {
		let record = register(1);
		admit_two();
		confirm(30, record, 1, 1);
		confirm(OTHER_NODE, record, 1, 1);
		suspend(30);
		assert_noop!(announce(31), Error::<Test>::TooManyOfOrganisation);
		let claims: BoundedVec<_, _> = vec![claim(record, 1, 1)].try_into().expect("one fits");
		assert_ok!(Records::retire_replicas(RuntimeOrigin::signed(OTHER_NODE), 30, claims));
		assert_ok!(announce(31));
	});
}

#[test]
fn a_node_counts_where_it_was_admitted_last() {
	build_and_execute(|| {
		admit_two();
		assert_ok!(announce(30));
		Roles::admit(30, Role::StorageNode, Some(CLINIC));
		assert_ok!(announce(31));
		assert!(!Records::has_place(Some(HOSPITAL)) && !Records::has_place(Some(CLINIC)));
		assert!(Records::has_place(Some(THIRD_HOSPITAL)));
	});
}

#[test]
fn only_a_new_node_pays_for_the_look_at_the_others() {
	build_and_execute(|| {
		let charged = |node| match Records::announce(RuntimeOrigin::signed(node)) {
			Ok(info) => info.actual_weight,
			Err(refused) => refused.post_info.actual_weight,
		};
		let own = <() as WeightInfo>::announce();
		let with = |others| own + <() as WeightInfo>::look_up(others);
		assert_eq!(Call::<Test>::announce {}.get_dispatch_info().call_weight, with(3));
		for who in [NODE, DOCTOR] {
			assert_eq!(charged(who), Some(own));
		}
		admit_two();
		assert_eq!(charged(30), Some(with(2)));
		// A refusal has looked at them as well, unless the list is full.
		assert_eq!(charged(31), Some(with(3)));
		assert_eq!(charged(THIRD_NODE), Some(with(3)));
		assert_eq!(charged(31), Some(own));
	});
}

fn set_peer(node: AccountId, peer: PeerKey) -> sp_runtime::DispatchResult {
	plain(Records::set_peer(RuntimeOrigin::signed(node), peer))
}

fn peers() -> Vec<(AccountId, PeerKey)> {
	let peers = Records::storage_peers().into_iter();
	peers.map(|one| (one.node, one.peer)).collect()
}

#[test]
fn naming_a_peer_announces_the_node() {
	build_and_execute(|| {
		assert_ok!(set_peer(THIRD_NODE, [3; 32]));
		assert!(Records::is_present(&THIRD_NODE));
		assert_eq!(
			events(),
			vec![
				Event::NodeAppeared { node: THIRD_NODE },
				Event::PeerSet { node: THIRD_NODE, peer: [3; 32] }
			]
		);
		// After a move to another machine, only the new key is known.
		assert_ok!(set_peer(THIRD_NODE, [4; 32]));
		assert_ok!(set_peer(NODE, [1; 32]));
		assert_eq!(peers(), vec![(NODE, [1; 32]), (THIRD_NODE, [4; 32])]);
	});
}

#[test]
fn a_peer_counts_as_long_as_its_node_is_a_live_member() {
	build_and_execute(|| {
		assert_ok!(set_peer(NODE, [1; 32]));
		// An absent node keeps its peer, because it comes back to fetch what it missed.
		wait(AbsenceLimit::<Test>::get() + 1);
		assert!(!Records::is_present(&NODE));
		assert_eq!(peers(), vec![(NODE, [1; 32])]);
		suspend(NODE);
		assert_eq!(peers(), vec![]);
		Roles::admit(NODE, Role::StorageNode, Some(HOSPITAL));
		assert_eq!(peers(), vec![(NODE, [1; 32])]);
	});
}

#[test]
fn only_live_storage_nodes_name_a_peer() {
	build_and_execute(|| {
		for who in [DOCTOR, PATIENT, STRANGER] {
			assert_noop!(set_peer(who, [1; 32]), Error::<Test>::NotStorageNode);
		}
		suspend(NODE);
		assert_noop!(set_peer(NODE, [1; 32]), Error::<Test>::NotStorageNode);
	});
}

#[test]
fn a_node_beyond_the_maximum_names_no_peer() {
	build_and_execute(|| {
		for (node, organisation) in [(30, HOSPITAL), (31, CLINIC)] {
			Roles::admit(node, Role::StorageNode, Some(organisation));
			assert_ok!(set_peer(node, [9; 32]));
		}
		assert_noop!(set_peer(THIRD_NODE, [1; 32]), Error::<Test>::TooManyStorageNodes);
	});
}
