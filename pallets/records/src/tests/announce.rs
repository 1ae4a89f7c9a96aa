//! Announcements of storage nodes.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::Role;

fn announce(node: AccountId) -> sp_runtime::DispatchResult {
	Records::announce(RuntimeOrigin::signed(node))
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
		for node in 30..32 {
			Roles::admit(node, Role::StorageNode, Some(HOSPITAL));
			assert_ok!(announce(node));
		}
		assert_noop!(announce(THIRD_NODE), Error::<Test>::TooManyStorageNodes);
		// Known nodes can still announce themselves.
		wait(1);
		assert_ok!(announce(NODE));
	});
}

fn set_peer(node: AccountId, peer: PeerKey) -> sp_runtime::DispatchResult {
	Records::set_peer(RuntimeOrigin::signed(node), peer)
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
		for node in 30..32 {
			Roles::admit(node, Role::StorageNode, Some(HOSPITAL));
			assert_ok!(set_peer(node, [9; 32]));
		}
		assert_noop!(set_peer(THIRD_NODE, [1; 32]), Error::<Test>::TooManyStorageNodes);
	});
}
