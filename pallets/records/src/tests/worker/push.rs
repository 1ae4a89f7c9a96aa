//! Uploads from the staging area to a pin.

use super::*;
use crate::offchain::{keys, Backoff, Pin, Push, Standing, BUDGET, LOCK, UPLOADS};
use sp_core::offchain::Timestamp;

#[test]
fn a_registered_upload_is_pushed_pinned_and_claimed() {
	with_world(|world, pool| {
		let file = registered(world, 1, 9);
		work();
		assert!(world.holds(&file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn a_file_of_one_block_needs_no_list() {
	with_world(|world, pool| {
		let file = registered(world, 1, 1);
		work();
		assert!(world.holds(&file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		let root = file.root;
		assert_eq!(
			world.calls(),
			vec![
				format!("staging block/get?arg={root}"),
				"ipfs block/put?cid-codec=raw&mhtype=sha2-256&pin=false".into(),
				format!("ipfs pin/add?arg={root}&recursive=true&progress=true"),
				format!("ipfs block/stat?arg={root}"),
			]
		);
	});
}

#[test]
fn the_number_of_requests_in_flight_is_bounded() {
	with_world(|world, _| {
		let file = registered(world, 1, 40);
		work();
		assert!(world.holds(&file));
		// Four blocks on their way to IPFS, four from the staging area, and the list.
		world.with(|state| assert!((4..=9).contains(&state.most_open), "{}", state.most_open));
	});
}

#[test]
fn each_block_is_sent_once_and_the_root_last() {
	with_world(|world, _| {
		let file = registered(world, 1, 300);
		work();
		assert!(world.holds(&file));
		let calls = world.calls();
		let asked: Vec<_> = calls.iter().filter(|call| call.contains("block/get")).collect();
		assert_eq!(asked.len(), 301);
		assert!(asked[300].ends_with(&file.root.to_string()));
	});
}

#[test]
fn many_copies_of_one_root_take_few_pins() {
	with_world(|world, pool| {
		let file = world.stage(1, 2);
		let first = register_copy(&file, file.size);
		// Another author registers it again and again.
		let content = Content { root: file.root, size: file.size, commitment: [1; 32] };
		for salt in 0..20 {
			let new = NewRecord { content: content.clone(), ..new_record(salt) };
			Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap();
		}
		work();
		// Four of one owner, and none of another's is left out.
		let claims = claims_sent(pool);
		assert_eq!(claims.len(), 5);
		assert!(claims.iter().any(|claim| claim.record == first));
	});
}

#[test]
fn an_unregistered_upload_is_ignored() {
	with_world(|world, pool| {
		world.stage(1, 3);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_registered_file_that_is_not_staged_is_ignored() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 3);
		register_file(&file);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn only_an_admitted_storage_node_works() {
	with_world(|world, _| {
		register_file(&world.stage(1, 3));
		let idle = |world: &World| {
			work();
			assert_eq!(world.calls(), Vec::<String>::new());
		};
		UintAuthorityId::set_all_keys::<u64>([]);
		idle(world);
		UintAuthorityId::set_all_keys([DOCTOR]);
		idle(world);
		System::set_block_number(101);
		idle(world);
		suspend(NODE);
		UintAuthorityId::set_all_keys([NODE]);
		idle(world);
		// The node has two keys, and only the second is admitted.
		UintAuthorityId::set_all_keys([DOCTOR, OTHER_NODE]);
		work();
		assert_ne!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn a_worker_without_endpoints_does_nothing() {
	with_world(|world, _| {
		register_file(&world.stage(1, 3));
		world.set(keys::ENDPOINTS, &(vec![0xff_u8], b"http://ipfs".to_vec()));
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn a_version_that_this_node_holds_is_not_pushed_again() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		work();
		include(pool);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		world.calls();
		for _ in 0..30 {
			work_after(1);
		}
		assert_eq!(world.calls(), Vec::<String>::new());
		assert_eq!(sent(pool), vec![]);
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
		assert_eq!(world.get::<Vec<Push>>(keys::PUSHES), Some(vec![]));
	});
}

#[test]
fn a_version_with_enough_replicas_is_not_pushed() {
	with_world(|world, _| {
		let file = world.stage(1, 3);
		// The author is not at this node's organisation; otherwise there would always be room.
		let record = register_copy(&file, file.size);
		for (node, organisation) in [(THIRD_NODE, THIRD_HOSPITAL), (STRANGER, 4)] {
			let role = salus_primitives::Role::StorageNode;
			Roles::admit(node, role, Some(organisation));
			let claim = StorageClaim { record, ..claim_of(&file) };
			let claims = vec![claim].try_into().unwrap();
			Records::confirm_stored(RuntimeOrigin::signed(node), claims).unwrap();
		}
		assert_eq!(version(record, 1).replicas, 2);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn a_run_ends_in_time_and_the_next_one_resumes_it() {
	for latency in [30, 50, 70, 90, 110] {
		with_world(|world, pool| {
			let file = registered(world, 1, 100);
			world.with(|state| state.latency = latency);
			let mut runs = 0;
			while pool.read().transactions.is_empty() {
				let started = world.clock();
				work();
				assert!(world.clock() - started < BUDGET + 2_000);
				runs += 1;
				assert!(runs < 10, "the push never ends");
				pass(1);
			}
			assert!(world.holds(&file));
			let calls = world.calls();
			let count = |what| calls.iter().filter(|call| call.contains(what)).count();
			assert_eq!(count("block/get"), 101);
			assert_eq!(count("block/put"), 101);
			assert_eq!(count("pin/add"), 1);
		});
	}
}

#[test]
fn a_run_resumes_at_the_cursor_of_a_killed_one() {
	with_world(|world, _| {
		let file = registered(world, 1, 100);
		let push = Push {
			root: file.root,
			done: 60,
			last: Some(file.leaves[59]),
			backoff: Backoff::default(),
		};
		world.set(keys::PUSHES, &vec![push]);
		world.with(|state| {
			for leaf in &file.leaves[..60] {
				let bytes = state.staged[leaf].clone();
				state.blocks.insert(*leaf, bytes);
			}
		});
		work();
		assert!(world.holds(&file));
		let asked = world.calls().iter().filter(|call| call.contains("block/get")).count();
		assert_eq!(asked, 41);
	});
}

#[test]
fn a_cursor_that_does_not_match_the_list_is_ignored() {
	with_world(|world, _| {
		let file = registered(world, 1, 10);
		for (done, last) in [(4, file.leaves[7]), (11, file.leaves[9])] {
			let push =
				Push { root: file.root, done, last: Some(last), backoff: Backoff::default() };
			world.set(keys::PUSHES, &vec![push]);
			world.set(keys::PINS, &Vec::<Pin>::new());
			world.with(|state| state.blocks.clear());
			work();
			assert!(world.holds(&file));
		}
	});
}

#[test]
fn a_small_file_does_not_wait_for_a_large_one() {
	with_world(|world, _| {
		let large = world.stage(1, 2_000);
		let small = world.stage(2, 2);
		register_file(&large);
		register_file(&small);
		world.with(|state| state.latency = 20);
		work();
		assert!(world.holds(&small));
		assert!(!world.holds(&large));
	});
}

#[test]
fn large_files_take_turns_over_several_runs() {
	with_world(|world, _| {
		let files: Vec<_> = (1..=4).map(|seed| world.stage(seed, 500)).collect();
		register_files(&files);
		// A turn fills a run.
		world.with(|state| state.latency = 100);
		for _ in 0..files.len() * 2 {
			work();
			pass(1);
		}
		let pushes: Vec<Push> = world.get(keys::PUSHES).unwrap();
		assert_eq!(pushes.len(), files.len());
		assert!(pushes.iter().all(|push| push.done > 0));
	});
}

#[test]
fn runs_do_not_overlap() {
	with_world(|world, _| {
		register_file(&world.stage(1, 3));
		let until = |milliseconds: u64| Timestamp::from_unix_millis(world.clock() + milliseconds);
		world.set(keys::LOCK, &until(LOCK));
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
		// The other run died, and its lock expires.
		world.advance(LOCK + 1);
		work();
		assert_ne!(world.calls(), Vec::<String>::new());
		assert_eq!(world.get::<Timestamp>(keys::LOCK), None);
	});
}

#[test]
fn a_lock_from_the_future_is_cleared() {
	with_world(|world, _| {
		register_file(&world.stage(1, 3));
		world.set(keys::LOCK, &Timestamp::from_unix_millis(world.clock() + 10 * LOCK));
		work();
		assert_ne!(world.calls(), Vec::<String>::new());
	});
}

#[test]
fn a_pin_is_stored_before_ipfs_is_asked() {
	with_world(|world, _| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		let probe = world.clone();
		let (asked, seen) = std::sync::mpsc::channel();
		// The rule runs inside the world's lock, so it only notes the call. The state is read
		// afterwards.
		world.misbehave(move |call| {
			call.contains("pin/add").then(|| {
				asked.send(()).unwrap();
				Misbehaviour::Hang
			})
		});
		work();
		seen.try_recv().unwrap();
		let pins: Vec<Pin> = probe.get(keys::PINS).unwrap();
		let standing = Standing::Pinning;
		assert_eq!(pins, vec![Pin { record, version: 1, root: file.root, standing }]);
	});
}

#[test]
fn the_number_of_uploads_per_run_is_limited() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 1);
		register_file(&file);
		let mut uploads = vec![(cid(0), 1); UPLOADS];
		uploads.push((file.root, file.size));
		world.set(keys::UPLOADS, &uploads);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
		uploads.remove(0);
		world.set(keys::UPLOADS, &uploads);
		work();
		assert!(world.holds(&file));
	});
}

#[test]
fn nothing_is_pinned_while_the_list_of_pins_is_full() {
	with_world(|world, _| {
		let file = registered(world, 1, 1);
		let pin = Pin { record: id(9), version: 1, root: cid(9), standing: Standing::Pinned };
		world.set(keys::PINS, &vec![pin; crate::offchain::PINS]);
		work();
		assert_eq!(world.calls(), Vec::<String>::new());
		world.set(keys::PINS, &Vec::<Pin>::new());
		work();
		assert!(world.holds(&file));
	});
}

#[test]
fn the_progress_of_a_vanished_upload_is_forgotten() {
	with_world(|world, _| {
		let push = Push { root: cid(1), done: 3, last: Some(cid(2)), backoff: Backoff::default() };
		world.set(keys::PUSHES, &vec![push]);
		work();
		assert_eq!(world.get::<Vec<Push>>(keys::PUSHES), Some(vec![]));
	});
}

#[test]
fn values_of_another_release_are_discarded() {
	with_world(|world, pool| {
		let file = registered(world, 1, 3);
		for key in [keys::PUSHES, keys::PINS, keys::SUBMISSION, keys::REMOVALS, keys::TURNS] {
			world.set(key, &(255u8, 255u8));
		}
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}
