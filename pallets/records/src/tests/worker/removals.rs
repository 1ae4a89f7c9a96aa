//! Removals after an erasure.

use super::*;
use crate::{
	offchain::{keys, Backoff, Pin, Standing, CLAIMS, PINS, REMOVALS_SEEN, ROTATE, SETTLED},
	types::Removal,
};
use salus_primitives::CODEC_RAW;

/// Stages a file, which this node then holds and confirms.
fn stored(world: &World, pool: &Pool, seed: u8) -> File {
	let file = registered(world, seed, 2);
	work_until_sent(pool, 3);
	include(pool);
	// The node drops the staged upload now.
	world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
	file
}

fn erase(file: &File) {
	Records::erase(RuntimeOrigin::signed(PATIENT), id(file.seed)).unwrap();
}

fn is_pinned(world: &World, file: &File) -> bool {
	world.with(|state| state.pinned.contains(&file.root))
}

#[test]
fn an_erased_file_is_removed_once_the_erasure_is_final() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		for _ in 1..SETTLED {
			work_after(1);
			assert!(is_pinned(world, &file));
		}
		work_after(1);
		assert!(!is_pinned(world, &file));
		assert_eq!(sent(pool), vec![], "its blocks are still there");
		world.remove();
		assert!(world.with(|state| state.blocks.is_empty()));
		work();
		let claims = vec![claim_of(&file)].try_into().unwrap();
		assert_eq!(pool.read().transactions.len(), 1);
		let transactions = sent(pool);
		assert_eq!(transactions, vec![Call::confirm_removed { claims }]);
	});
}

#[test]
fn every_removal_is_confirmed_on_the_chain() {
	with_world(|world, pool| {
		let files: Vec<_> = (1..=3).map(|seed| stored(world, pool, seed)).collect();
		files.iter().for_each(erase);
		assert_eq!(Records::status().removals, 3);
		pass(u64::from(SETTLED));
		work_and_remove(world, pool, 4);
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn the_nodes_finalised_block_counts() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		let erased = System::block_number() as u32;
		world.set(keys::FINALIZED, &(erased - 1));
		work_after(100);
		assert!(is_pinned(world, &file));
		world.set(keys::FINALIZED, &erased);
		work();
		assert!(!is_pinned(world, &file));
	});
}

#[test]
fn an_unpinned_file_counts_as_removed() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		world.with(|state| state.pinned.clear());
		work_after(u64::from(SETTLED));
		world.remove();
		work();
		assert_eq!(sent(pool).len(), 1);
	});
}

#[test]
fn a_root_that_another_record_needs_is_not_removed() {
	with_world(|world, pool| {
		let file = world.stage(1, 2);
		// Another author saw the transaction in the pool and was faster.
		let copy = register_copy(&file, file.size);
		register_file(&file);
		work_until_sent(pool, 3);
		include(pool);
		for record in [copy, id(1)] {
			assert_eq!(version(record, 1).state, VersionState::Stored);
		}
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		erase(&file);
		pass(u64::from(SETTLED));
		for _ in 0..3 {
			work_after(1);
			world.remove();
			assert!(is_pinned(world, &file));
			assert_eq!(sent(pool), vec![]);
		}
		Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), copy).unwrap();
		pass(u64::from(SETTLED));
		work_and_remove(world, pool, 3);
		assert!(world.with(|state| state.blocks.is_empty()));
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn the_last_blocks_of_a_version_that_was_hidden_stay() {
	with_world(|world, pool| {
		let file = world.stage(1, 2);
		let copy = register_copy(&file, file.size);
		work_until_sent(pool, 3);
		include(pool);
		// The node saw only the copy, for example among very many, so the upload is gone.
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		register_file(&file);
		Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), copy).unwrap();
		pass(u64::from(SETTLED));
		work_until_sent(pool, 3);
		include(pool);
		assert_eq!(version(id(1), 1).state, VersionState::Stored);
		assert!(is_pinned(world, &file));
	});
}

#[test]
fn a_node_without_a_place_removes_what_it_owes() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		pass(u64::from(SETTLED));
		// Other nodes took all places. An attempt to take one would fail each time.
		StorageNodes::<Test>::remove(NODE);
		let others = 200..204;
		for node in others.clone() {
			StorageNodes::<Test>::insert(node, 1);
		}
		world.set(keys::PEER, &[1u8; 32]);
		work_and_remove(world, pool, 3);
		assert!(world.with(|state| state.blocks.is_empty()));
		for node in others {
			StorageNodes::<Test>::remove(node);
		}
	});
}

#[test]
fn a_node_beyond_its_organisations_places_removes_what_it_owes() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		pass(u64::from(SETTLED));
		// Other nodes of the hospital took its places, and the list has one for others.
		StorageNodes::<Test>::remove(NODE);
		for node in 200..202 {
			Roles::admit(node, salus_primitives::Role::StorageNode, Some(HOSPITAL));
			StorageNodes::<Test>::insert(node, 1);
		}
		assert!(Records::has_place(Some(THIRD_HOSPITAL)));
		world.set(keys::PEER, &[1u8; 32]);
		work_and_remove(world, pool, 3);
		assert!(world.with(|state| state.blocks.is_empty()));
	});
}

#[test]
fn failed_removals_are_delayed_and_not_confirmed() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		pass(2 * u64::from(SETTLED));
		for fault in [
			Misbehaviour::Refuse,
			Misbehaviour::Hang,
			Misbehaviour::Stall(3),
			Misbehaviour::Cut(0),
			Misbehaviour::Answer(500, b"{\"Message\":\"disk full\"}".to_vec()),
			Misbehaviour::Answer(500, b"not pinned, but no JSON".to_vec()),
			Misbehaviour::Answer(301, vec![]),
			Misbehaviour::Answer(403, vec![]),
		] {
			world.misbehave(move |_| Some(fault.clone()));
			let failures =
				|world: &World| world.get::<Backoff>(keys::REMOVALS).unwrap_or_default().failures;
			let before = failures(world);
			while failures(world) == before {
				work_after(1);
			}
			assert_eq!(sent(pool), vec![]);
		}
		world.behave();
		for _ in 0..200 {
			work_after(1);
			world.remove();
			if !pool.read().transactions.is_empty() {
				break;
			}
		}
		assert_eq!(sent(pool).len(), 1);
		assert!(!is_pinned(world, &file));
		assert_eq!(world.get::<Backoff>(keys::REMOVALS), Some(Backoff::default()));
	});
}

#[test]
fn one_transaction_confirms_many_removals() {
	with_world(|world, pool| {
		for seed in 0..100 {
			let record = confirmed(seed);
			Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		}
		work_after(u64::from(SETTLED));
		assert_eq!(world.calls().len(), 100);
		world.remove();
		work();
		let [Call::confirm_removed { claims }] = &sent(pool)[..] else { panic!() };
		assert_eq!(claims.len(), CLAIMS as usize);
		assert_eq!(world.calls(), Vec::<String>::new());
		// While this transaction waits, the worker does nothing more.
		work_after(1);
		assert_eq!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn another_nodes_removals_are_ignored() {
	with_world(|world, pool| {
		let record = register(1);
		confirm(OTHER_NODE, record, 1, 1);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		work_after(u64::from(SETTLED));
		assert_eq!(world.calls(), Vec::<String>::new());
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn an_unfinished_removal_is_not_confirmed() {
	with_world(|world, pool| {
		let (stuck, file) = (stored(world, pool, 1), stored(world, pool, 2));
		for file in [&stuck, &file] {
			erase(file);
		}
		pass(u64::from(SETTLED));
		for _ in 0..10 {
			work_after(1);
			assert_eq!(sent(pool), vec![]);
		}
		// One removal is stuck; the other one proceeds all the same.
		world.set(keys::REMOVED, &vec![file.root]);
		work();
		let claims = vec![claim_of(&file)].try_into().unwrap();
		assert_eq!(sent(pool), vec![Call::confirm_removed { claims }]);
		System::inc_account_nonce(NODE);
		world.set(keys::REMOVED, &vec![stuck.root, file.root]);
		work_after(1);
		let [Call::confirm_removed { claims }] = &sent(pool)[..] else { panic!() };
		assert!(claims.contains(&claim_of(&stuck)));
	});
}

#[test]
fn the_report_of_an_earlier_removal_is_ignored() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		// Pretend that the file was removed once, and has been staged and pushed again since.
		world.set(keys::REMOVED, &vec![file.root]);
		erase(&file);
		work_after(u64::from(SETTLED));
		assert_eq!(sent(pool), vec![]);
		assert_eq!(world.get::<Vec<Cid>>(keys::REMOVING), Some(vec![file.root]));
	});
}

#[test]
fn a_failing_removal_does_not_delay_others() {
	with_world(|world, pool| {
		let (bad, good) = (stored(world, pool, 1), stored(world, pool, 2));
		for file in [&bad, &good] {
			erase(file);
		}
		pass(u64::from(SETTLED));
		let root = bad.root.to_string();
		world.misbehave(move |call| {
			call.contains(&root)
				.then(|| Misbehaviour::Answer(500, b"{\"Message\":\"disk full\"}".to_vec()))
		});
		for _ in 0..40 {
			work_after(1);
			world.remove();
			if !pool.read().transactions.is_empty() {
				break;
			}
		}
		let [Call::confirm_removed { claims }] = &sent(pool)[..] else { panic!() };
		assert_eq!(claims.to_vec(), vec![claim_of(&good)]);
	});
}

#[test]
fn many_kept_versions_do_not_hide_an_erased_one() {
	with_world(|world, pool| {
		// Live records whose replicas were taken off this node, which keeps them.
		for number in 0..300u32 {
			let mut bytes = [0; 32];
			bytes[..4].copy_from_slice(&number.to_le_bytes());
			let record = RecordId(bytes);
			let root = cid(200);
			Removals::<Test>::insert((NODE, record, 1), Removal { root, block: 0 });
			let info =
				VersionInfo { replicas: 2, organisation: CLINIC, ..version(register_once(), 1) };
			Versions::<Test>::insert(record, 1, info);
		}
		world.with(|state| state.blocks.insert(cid(200), vec![1]));
		let file = stored(world, pool, 1);
		erase(&file);
		work_after(u64::from(SETTLED));
		assert!(world
			.get::<Vec<Cid>>(keys::REMOVING)
			.is_some_and(|asked| asked.contains(&file.root)));
		for (record, _) in Versions::<Test>::iter_keys().collect::<Vec<_>>() {
			if record != register_once() && record != id(1) {
				Versions::<Test>::remove(record, 1);
				Removals::<Test>::remove((NODE, record, 1));
			}
		}
	});
}

/// Registers, once, a record for the tests above to copy.
fn register_once() -> RecordId {
	if !crate::Records::<Test>::contains_key(id(100)) {
		register(100);
	}
	id(100)
}

#[test]
fn a_dismissed_node_only_removes_erased_versions() {
	with_world(|world, pool| {
		let [erased, kept] = [1, 2].map(|seed| stored(world, pool, seed));
		suspend(NODE);
		let waiting = registered(world, 3, 2);
		erase(&erased);
		pass(u64::from(SETTLED));
		work_and_remove(world, pool, 3);
		assert!(!Removals::<Test>::contains_key((NODE, id(1), 1)));
		assert!(!is_pinned(world, &erased) && is_pinned(world, &kept));
		assert!(!is_pinned(world, &waiting), "it takes no uploads");
		work_after(AbsenceLimit::<Test>::get().into());
		assert_eq!(sent(pool), vec![], "it owes nothing more");
	});
}

/// Returns a record, below all that the tests register, and a root.
fn numbered(number: usize) -> (RecordId, Cid) {
	let mut record = [0; 32];
	record[1..9].copy_from_slice(&(number as u64).to_be_bytes());
	(RecordId(record), cid_of(CODEC_RAW, &record))
}

#[test]
fn removals_that_wait_for_other_records_hold_up_no_others() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		let waiting: Vec<_> = (0..3 * REMOVALS_SEEN).map(numbered).collect();
		for (record, root) in &waiting {
			let removal = Removal { root: *root, block: 0 };
			Removals::<Test>::insert((NODE, record, 1), removal);
		}
		erase(&file);
		pass(u64::from(SETTLED));
		let mut blocks = 0;
		while Removals::<Test>::contains_key((NODE, id(1), 1)) {
			blocks += 1;
			assert!(blocks <= 4 * ROTATE, "the removal is never confirmed");
			work_after(1);
			let asked: Vec<Cid> = world.get(keys::REMOVING).unwrap();
			assert!(asked.len() <= REMOVALS_SEEN);
			// Another record still keeps a block of each of the others.
			let gone: Vec<_> = asked.into_iter().filter(|root| *root == file.root).collect();
			world.set(keys::REMOVED, &gone);
			include(pool);
		}
		assert!(!is_pinned(world, &file));
		// The window comes back to the first ones.
		let asks_for_first = || {
			let asked: Vec<Cid> = world.get(keys::REMOVING).unwrap();
			asked.contains(&waiting[0].1)
		};
		let mut blocks = 0;
		while !asks_for_first() {
			blocks += 1;
			assert!(blocks <= 4 * ROTATE, "the window never comes back");
			work_after(1);
			include(pool);
		}
		for (record, _) in &waiting {
			Removals::<Test>::remove((NODE, record, 1));
		}
	});
}

#[test]
fn pins_that_wait_for_other_records_leave_room_for_uploads() {
	with_world(|world, _| {
		let waiting = |number| {
			let (record, root) = numbered(number);
			Pin { record, version: 1, root, standing: Standing::Gone(0) }
		};
		let pins: Vec<_> = (0..PINS).map(waiting).collect();
		world.set(keys::PINS, &pins);
		let roots: Vec<_> = pins.iter().map(|pin| pin.root).collect();
		world.set(keys::REMOVING, &roots);
		let file = registered(world, 1, 2);
		for _ in 0..300 {
			work_after(1);
			if is_pinned(world, &file) {
				return;
			}
		}
		panic!("the upload is never pinned");
	});
}
