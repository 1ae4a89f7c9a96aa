//! Announcements, peers, lost versions and absent nodes in the worker.

use super::*;
use crate::offchain::{keys, HOLDINGS_SEEN, RESUBMIT, RETIRE, SETTLED};

fn limit() -> u64 {
	AbsenceLimit::<Test>::get().into()
}

/// Stages a file, which this node then holds and confirms, and no longer has staged.
fn stored(world: &World, pool: &Pool, seed: u8) -> File {
	let file = registered(world, seed, 2);
	work_until_sent(pool, 3);
	include(pool);
	world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
	// The node forgets its pin once the confirmation is final.
	work();
	work_after(u64::from(SETTLED));
	file
}

fn is_pinned(world: &World, file: &File) -> bool {
	world.with(|state| state.pinned.contains(&file.root))
}

/// Retires this node's replica, as if the node had been away.
fn retire(file: &File) {
	StorageNodes::<Test>::insert(OTHER_NODE, System::block_number() as u32);
	suspend(NODE);
	let claims = vec![claim_of(file)].try_into().unwrap();
	Records::retire_replicas(RuntimeOrigin::signed(OTHER_NODE), NODE, claims).unwrap();
	Roles::admit(NODE, salus_primitives::Role::StorageNode, Some(HOSPITAL));
}

/// Includes a call of a node.
fn call_of(node: AccountId, call: Call<Test>) {
	use frame_support::traits::UnfilteredDispatchable;
	System::inc_account_nonce(node);
	call.dispatch_bypass_filter(RuntimeOrigin::signed(node)).unwrap();
}

/// Brings the nodes back once everything that happened is final.
fn announce_again() {
	pass(u64::from(SETTLED));
	let block = System::block_number() as u32;
	for node in [NODE, OTHER_NODE] {
		StorageNodes::<Test>::insert(node, block);
	}
}

/// Confirms a file as another node.
fn confirm(node: AccountId, record: RecordId, version: Version, root: Cid) {
	let claim = StorageClaim { record, version, root };
	Records::confirm_stored(RuntimeOrigin::signed(node), vec![claim].try_into().unwrap()).unwrap();
}

#[test]
fn a_node_announces_itself_in_time_and_no_more_often() {
	with_world(|_, pool| {
		work_after(limit() / 4 - 1);
		assert_eq!(sent(pool), vec![]);
		work_after(1);
		assert_eq!(pool.read().transactions.len(), 1);
		include(pool);
		assert_eq!(StorageNodes::<Test>::get(NODE), Some(System::block_number() as u32));
		work();
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn an_unknown_node_announces_itself_at_once() {
	with_world(|_, pool| {
		StorageNodes::<Test>::remove(NODE);
		work();
		assert_eq!(sent(pool), vec![Call::announce {}]);
	});
}

#[test]
fn a_node_names_its_peer_if_the_chain_has_another() {
	with_world(|world, pool| {
		for key in [[1; 32], [2; 32]] {
			world.set(keys::PEER, &key);
			work();
			assert_eq!(pool.read().transactions.len(), 1);
			include(pool);
			assert_eq!(Peers::<Test>::get(NODE), Some(key));
			work();
			assert_eq!(sent(pool), vec![]);
		}
	});
}

#[test]
fn an_announcement_precedes_all_other_calls() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		Records::erase(RuntimeOrigin::signed(PATIENT), id(file.seed)).unwrap();
		work_after(limit() / 2 + u64::from(RESUBMIT));
		assert_eq!(sent(pool), vec![Call::announce {}]);
	});
}

#[test]
fn lost_versions_are_reported_to_the_chain() {
	with_world(|world, pool| {
		let (lost, kept) = (stored(world, pool, 1), stored(world, pool, 2));
		let stranger = world.stage(3, 2);
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		world.set(keys::LOST, &vec![stranger.root, lost.root]);
		work_after(u64::from(RESUBMIT));
		let claims = vec![claim_of(&lost)].try_into().unwrap();
		assert_eq!(pool.read().transactions.len(), 1);
		let transactions = sent(pool);
		assert_eq!(transactions, vec![Call::withdraw_replica { claims }]);
		let _ = kept;
	});
}

#[test]
fn a_node_retires_an_absent_one_when_it_is_its_turn() {
	with_world(|_, pool| {
		let record = register(1);
		confirm(OTHER_NODE, record, 1, cid(1));
		confirm(THIRD_NODE, record, 1, cid(1));
		// Nobody else holds this version.
		confirm(OTHER_NODE, register(2), 1, cid(2));
		pass(limit() + 1);
		for node in [NODE, THIRD_NODE] {
			Records::announce(RuntimeOrigin::signed(node)).unwrap();
		}
		let mut turns = 0;
		for _ in 0..2 * RETIRE {
			work_after(1);
			let expected = Call::retire_replicas {
				node: OTHER_NODE,
				claims: vec![claim(record, 1, 1)].try_into().unwrap(),
			};
			if let Some(call) = sent(pool).pop() {
				assert_eq!(call, expected);
				turns += 1;
			}
			// Pretend that the call was included without effect, to see every block of the node's
			// turn.
			System::inc_account_nonce(NODE);
		}
		assert_eq!(turns, RETIRE, "the third node has half of the turns");
	});
}

#[test]
fn replicas_that_only_an_absent_node_has_hold_up_no_others() {
	with_world(|_, pool| {
		let record = register(1);
		confirm(OTHER_NODE, record, 1, cid(1));
		confirm(THIRD_NODE, record, 1, cid(1));
		// Nobody else holds these, and they come first.
		let alone = |number: usize| {
			let mut record = [0; 32];
			record[1..9].copy_from_slice(&(number as u64).to_be_bytes());
			(OTHER_NODE, RecordId(record), 1)
		};
		(0..HOLDINGS_SEEN).for_each(|number| Holdings::<Test>::insert(alone(number), ()));
		pass(limit() + 1);
		Records::announce(RuntimeOrigin::signed(NODE)).unwrap();
		let expected = Call::retire_replicas {
			node: OTHER_NODE,
			claims: vec![claim(record, 1, 1)].try_into().unwrap(),
		};
		let found = (0..4 * RETIRE).any(|_| {
			work_after(1);
			sent(pool).contains(&expected)
		});
		assert!(found, "the replica that another node has is never retired");
		(0..HOLDINGS_SEEN).for_each(|number| Holdings::<Test>::remove(alone(number)));
	});
}

#[test]
fn nobody_is_retired_while_all_are_present() {
	with_world(|_, pool| {
		confirm(OTHER_NODE, register(1), 1, cid(1));
		for _ in 0..3 * RETIRE {
			work_after(1);
		}
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_node_with_the_only_replica_is_not_retired() {
	with_world(|_, pool| {
		confirm(OTHER_NODE, register(1), 1, cid(1));
		pass(limit() + 1);
		Records::announce(RuntimeOrigin::signed(NODE)).unwrap();
		for _ in 0..3 * RETIRE {
			work_after(1);
		}
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_returning_node_keeps_replicas_that_others_claim() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		confirm(THIRD_NODE, id(1), 1, file.root);
		announce_again();
		for _ in 0..100 {
			work_after(1);
			world.remove();
			for call in sent(pool) {
				assert!(matches!(call, Call::confirm_stored { .. }));
				call_of(NODE, call);
			}
			assert!(world.holds(&file), "the other nodes prove nothing");
		}
		// An erasure of the record removes it.
		Records::erase(RuntimeOrigin::signed(PATIENT), id(1)).unwrap();
		pass(u64::from(SETTLED));
		work_and_remove(world, pool, 3);
		assert!(world.with(|state| state.blocks.is_empty()));
		assert!(!Removals::<Test>::contains_key((NODE, id(1), 1)));
	});
}

#[test]
fn a_returning_node_confirms_under_replicated_versions() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		announce_again();
		work();
		assert!(is_pinned(world, &file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn a_node_that_returns_empty_confirms_the_removal() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		world.with(|state| {
			state.blocks.clear();
			state.pinned.clear();
		});
		announce_again();
		work();
		world.remove();
		work();
		let claims = vec![claim_of(&file)].try_into().unwrap();
		assert_eq!(sent(pool), vec![Call::confirm_removed { claims }]);
	});
}

#[test]
fn a_lost_version_is_claimed_again_once_it_is_complete() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		let leaf = file.leaves[0];
		let bytes = world.with(|state| state.blocks.remove(&leaf).unwrap());
		world.set(keys::LOST, &vec![file.root]);
		work_after(u64::from(RESUBMIT));
		include(pool);
		assert_eq!(version(id(1), 1).state, VersionState::Lost);
		pass(u64::from(SETTLED));
		for _ in 0..20 {
			work_after(1);
			world.remove();
			assert_eq!(sent(pool), vec![], "the worker makes no false claim");
			assert!(is_pinned(world, &file));
		}
		world.with(|state| state.blocks.insert(leaf, bytes));
		world.set(keys::LOST, &Vec::<Cid>::new());
		work();
		include(pool);
		assert_eq!(version(id(1), 1).state, VersionState::Stored);
		assert!(world.holds(&file));
	});
}

#[test]
fn remains_without_a_root_block_stay_with_the_record() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		world.with(|state| state.blocks.remove(&file.root));
		world.set(keys::LOST, &vec![file.root]);
		work_after(u64::from(RESUBMIT));
		include(pool);
		work_after(u64::from(SETTLED));
		world.remove();
		assert!(world.with(|state| state.blocks.contains_key(&file.leaves[0])));
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_version_that_is_staged_again_stays() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		// The node fetched the file again and staged it.
		world.set(keys::UPLOADS, &vec![(file.root, file.size)]);
		announce_again();
		work();
		assert!(is_pinned(world, &file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}
