//! What was erased is unpinned.

use super::*;
use crate::offchain::{keys, Backoff, CLAIMS, SETTLED};

/// A file that this node holds and confirmed.
fn stored(world: &World, pool: &Pool, seed: u8) -> File {
	let file = world.stage(seed, 2);
	register_file(&file);
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
fn an_erased_file_is_unpinned_when_the_erasure_is_final_and_the_chain_is_told() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		for _ in 1..SETTLED {
			pass(1);
			work();
			assert!(is_pinned(world, &file));
		}
		pass(1);
		work();
		assert!(!is_pinned(world, &file));
		let claims = vec![claim_of(&file)].try_into().unwrap();
		assert_eq!(pool.read().transactions.len(), 1);
		let transactions = sent(pool);
		assert_eq!(transactions, vec![Call::confirm_removed { claims }]);
	});
}

#[test]
fn the_chain_learns_that_everything_is_removed() {
	with_world(|world, pool| {
		let files: Vec<_> = (1..=3).map(|seed| stored(world, pool, seed)).collect();
		files.iter().for_each(erase);
		assert_eq!(Records::status().removals, 3);
		pass(u64::from(SETTLED));
		for _ in 0..3 {
			work();
			include(pool);
			pass(1);
		}
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn the_nodes_word_on_finality_counts() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		let erased = System::block_number() as u32;
		world.set(keys::FINALIZED, &(erased - 1));
		pass(100);
		work();
		assert!(is_pinned(world, &file));
		world.set(keys::FINALIZED, &erased);
		work();
		assert!(!is_pinned(world, &file));
	});
}

#[test]
fn a_file_that_is_not_pinned_counts_as_removed() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		world.with(|state| state.pinned.clear());
		pass(u64::from(SETTLED));
		work();
		assert_eq!(sent(pool).len(), 1);
	});
}

#[test]
fn a_root_that_a_live_record_uses_stays_pinned() {
	with_world(|world, pool| {
		let file = stored(world, pool, 1);
		erase(&file);
		let again = File {
			seed: 2,
			leaves: vec![],
			..file
		};
		register_file(&again);
		pass(u64::from(SETTLED));
		work();
		assert!(is_pinned(world, &again));
		assert_eq!(sent(pool).len(), 1);
	});
}

#[test]
fn failures_put_the_removals_off_and_nothing_is_claimed() {
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
			let failures = |world: &World| {
				world
					.get::<Backoff>(keys::REMOVALS)
					.unwrap_or_default()
					.failures
			};
			let before = failures(world);
			while failures(world) == before {
				pass(1);
				work();
			}
			assert_eq!(sent(pool), vec![]);
		}
		world.behave();
		work_until_sent(pool, 200);
		assert!(!is_pinned(world, &file));
		assert_eq!(
			world.get::<Backoff>(keys::REMOVALS),
			Some(Backoff::default())
		);
	});
}

#[test]
fn many_removals_go_into_one_transaction_up_to_its_bound() {
	with_world(|world, pool| {
		for seed in 0..100 {
			let record = register(seed);
			confirm(NODE, record, 1, seed);
			Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		}
		pass(u64::from(SETTLED));
		work();
		let [Call::confirm_removed { claims }] = &sent(pool)[..] else {
			panic!()
		};
		assert_eq!(claims.len(), CLAIMS as usize);
		assert_eq!(world.calls().len(), CLAIMS as usize);
		// While that waits, no more work is done in vain.
		pass(1);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn another_nodes_removals_are_left_alone() {
	with_world(|world, pool| {
		let record = register(1);
		confirm(OTHER_NODE, record, 1, 1);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		pass(u64::from(SETTLED));
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
		assert_eq!(sent(pool), vec![]);
	});
}
