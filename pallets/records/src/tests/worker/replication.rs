//! The worker says that its node is there, what it lost, and who is not there any more.

use super::*;
use crate::offchain::{keys, RESUBMIT, RETIRE, SETTLED};

fn limit() -> u64 {
	AbsenceLimit::<Test>::get().into()
}

/// A file that this node holds and confirmed, and that is not staged any more.
fn stored(world: &World, pool: &Pool, seed: u8) -> File {
	let file = world.stage(seed, 2);
	register_file(&file);
	work_until_sent(pool, 3);
	include(pool);
	world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
	// Nothing is remembered of it when its confirmation is final.
	work();
	pass(u64::from(SETTLED));
	work();
	file
}

fn is_pinned(world: &World, file: &File) -> bool {
	world.with(|state| state.pinned.contains(&file.root))
}

/// Another node takes this one's replica off, as if this one had been away.
fn retire(file: &File) {
	StorageNodes::<Test>::insert(OTHER_NODE, System::block_number() as u32);
	suspend(NODE);
	let claims = vec![claim_of(file)].try_into().unwrap();
	Records::retire_replicas(RuntimeOrigin::signed(OTHER_NODE), NODE, claims).unwrap();
	admit(NODE, salus_primitives::Role::StorageNode, Some(HOSPITAL));
}

/// Includes a call of a node.
fn call_of(node: AccountId, call: Call<Test>) {
	use frame_support::traits::UnfilteredDispatchable;
	System::inc_account_nonce(node);
	call.dispatch_bypass_filter(RuntimeOrigin::signed(node))
		.unwrap();
}

/// The node is back, and all that happened is final.
fn announce_again() {
	pass(u64::from(SETTLED));
	let block = System::block_number() as u32;
	for node in [NODE, OTHER_NODE] {
		StorageNodes::<Test>::insert(node, block);
	}
}

/// Lets another node confirm a file.
fn confirm(node: AccountId, record: RecordId, version: Version, root: Cid) {
	let claim = StorageClaim {
		record,
		version,
		root,
	};
	Records::confirm_stored(RuntimeOrigin::signed(node), vec![claim].try_into().unwrap()).unwrap();
}

#[test]
fn a_node_says_that_it_is_there_in_good_time_and_not_more_often() {
	with_world(|_, pool| {
		pass(limit() / 4 - 1);
		work();
		assert_eq!(sent(pool), vec![]);
		pass(1);
		work();
		assert_eq!(pool.read().transactions.len(), 1);
		include(pool);
		assert_eq!(
			StorageNodes::<Test>::get(NODE),
			Some(System::block_number() as u32)
		);
		work();
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_node_that_the_chain_does_not_know_says_so_at_once() {
	with_world(|_, pool| {
		StorageNodes::<Test>::remove(NODE);
		work();
		assert_eq!(sent(pool), vec![Call::announce {}]);
	});
}

#[test]
fn a_node_names_its_peer_when_the_chain_says_another() {
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
fn whatever_else_there_is_to_tell_the_node_stays_present() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		Records::erase(RuntimeOrigin::signed(PATIENT), id(file.seed)).unwrap();
		pass(limit() / 2 + u64::from(RESUBMIT));
		work();
		assert_eq!(sent(pool), vec![Call::announce {}]);
	});
}

#[test]
fn the_chain_learns_what_was_lost() {
	with_world(|world, pool| {
		let (lost, kept) = (stored(world, pool, 1), stored(world, pool, 2));
		let stranger = world.stage(3, 2);
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		world.set(keys::LOST, &vec![stranger.root, lost.root]);
		pass(u64::from(RESUBMIT));
		work();
		let claims = vec![claim_of(&lost)].try_into().unwrap();
		assert_eq!(pool.read().transactions.len(), 1);
		let transactions = sent(pool);
		assert_eq!(transactions, vec![Call::withdraw_replica { claims }]);
		let _ = kept;
	});
}

#[test]
fn the_replicas_of_an_absent_node_are_taken_off_when_it_is_this_nodes_turn() {
	with_world(|_, pool| {
		let record = register(1);
		confirm(OTHER_NODE, record, 1, cid(1));
		confirm(THIRD_NODE, record, 1, cid(1));
		// Nobody else holds this one.
		confirm(OTHER_NODE, register(2), 1, cid(2));
		pass(limit() + 1);
		for node in [NODE, THIRD_NODE] {
			Records::announce(RuntimeOrigin::signed(node)).unwrap();
		}
		let mut turns = 0;
		for _ in 0..2 * RETIRE {
			pass(1);
			work();
			let expected = Call::retire_replicas {
				node: OTHER_NODE,
				claims: vec![claim(record, 1, 1)].try_into().unwrap(),
			};
			if let Some(call) = sent(pool).pop() {
				assert_eq!(call, expected);
				turns += 1;
			}
			// As if it had been included without effect, so that every block of its turn shows.
			System::inc_account_nonce(NODE);
		}
		assert_eq!(turns, RETIRE, "half of the time is the third node's");
	});
}

#[test]
fn nobody_is_retired_while_all_are_there() {
	with_world(|_, pool| {
		confirm(OTHER_NODE, register(1), 1, cid(1));
		for _ in 0..3 * RETIRE {
			pass(1);
			work();
		}
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_node_with_the_only_copies_is_waited_for() {
	with_world(|_, pool| {
		confirm(OTHER_NODE, register(1), 1, cid(1));
		pass(limit() + 1);
		Records::announce(RuntimeOrigin::signed(NODE)).unwrap();
		for _ in 0..3 * RETIRE {
			pass(1);
			work();
		}
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn what_others_say_to_keep_in_its_place_the_node_keeps_all_the_same() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		confirm(THIRD_NODE, id(1), 1, file.root);
		announce_again();
		for _ in 0..100 {
			pass(1);
			work();
			world.remove();
			for call in sent(pool) {
				assert!(matches!(call, Call::confirm_stored { .. }));
				call_of(NODE, call);
			}
			assert!(world.holds(&file), "the others prove nothing");
		}
		// It goes with the record.
		Records::erase(RuntimeOrigin::signed(PATIENT), id(1)).unwrap();
		pass(u64::from(SETTLED));
		for _ in 0..3 {
			work();
			world.remove();
			include(pool);
			pass(1);
		}
		assert!(world.with(|state| state.blocks.is_empty()));
		assert!(!Removals::<Test>::contains_key((NODE, id(1), 1)));
	});
}

#[test]
fn what_too_few_others_keep_the_node_claims_again() {
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
fn what_a_node_came_back_without_it_does_not_claim() {
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
fn what_is_left_of_a_lost_version_stays_and_it_is_claimed_again_when_it_is_whole() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		let leaf = file.leaves[0];
		let bytes = world.with(|state| state.blocks.remove(&leaf).unwrap());
		world.set(keys::LOST, &vec![file.root]);
		pass(u64::from(RESUBMIT));
		work();
		include(pool);
		assert_eq!(version(id(1), 1).state, VersionState::Lost);
		pass(u64::from(SETTLED));
		for _ in 0..20 {
			pass(1);
			work();
			world.remove();
			assert_eq!(sent(pool), vec![], "it says nothing that is not so");
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
fn what_is_left_without_its_root_block_stays_while_the_record_lives() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		world.with(|state| state.blocks.remove(&file.root));
		world.set(keys::LOST, &vec![file.root]);
		pass(u64::from(RESUBMIT));
		work();
		include(pool);
		pass(u64::from(SETTLED));
		work();
		world.remove();
		assert!(world.with(|state| state.blocks.contains_key(&file.leaves[0])));
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn what_the_node_is_about_to_hold_anew_stays() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		confirm(OTHER_NODE, id(1), 1, file.root);
		retire(&file);
		// It fetched the file again, and staged it.
		world.set(keys::UPLOADS, &vec![(file.root, file.size)]);
		announce_again();
		work();
		assert!(is_pinned(world, &file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}
