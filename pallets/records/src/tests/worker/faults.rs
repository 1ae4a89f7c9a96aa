//! Faults of HTTP and IPFS. After each fault the worker makes no false claim, and once the fault is
//! over, it stores the file.

use super::*;
use crate::offchain::{keys, Push, MAX_DELAY};

/// Checks that a fault in calls that contain `part` delays the upload, and that the upload succeeds
/// once the fault is over.
fn survives(part: &'static str, fault: Misbehaviour) {
	with_world(|world, pool| {
		let file = registered(world, 1, 10);
		world.misbehave(move |call| call.contains(part).then(|| fault.clone()));
		for _ in 0..8 {
			work();
			pass(1);
		}
		assert_eq!(sent(pool), vec![], "the worker claims nothing");
		let pushes: Vec<Push> = world.get(keys::PUSHES).unwrap();
		assert!(pushes[0].backoff.failures > 0, "the failure is counted");
		world.behave();
		work_until_sent(pool, u64::from(MAX_DELAY));
		assert!(world.holds(&file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

const CALLS: [&str; 5] = ["refs?", "block/get", "block/put", "pin/add", "block/stat"];

#[test]
fn an_upload_waits_for_a_service_that_is_down() {
	CALLS.into_iter().for_each(|call| survives(call, Misbehaviour::Refuse));
}

#[test]
fn a_request_without_an_answer_ends_at_its_deadline() {
	CALLS.into_iter().for_each(|call| survives(call, Misbehaviour::Hang));
}

#[test]
fn a_request_with_a_slow_answer_ends_at_its_deadline() {
	CALLS.into_iter().for_each(|call| survives(call, Misbehaviour::Slow(60_000)));
}

#[test]
fn statuses_other_than_200_are_failures() {
	for status in [201, 301, 403, 404, 500, 503] {
		for call in CALLS {
			survives(call, Misbehaviour::Answer(status, b"{\"Message\":\"no\"}".to_vec()));
			survives(call, Misbehaviour::Status(status));
		}
	}
}

#[test]
fn a_truncated_answer_is_a_failure() {
	for at in [0, 5] {
		CALLS.into_iter().for_each(|call| survives(call, Misbehaviour::Cut(at)));
	}
}

#[test]
fn a_stalled_answer_ends_at_the_deadline() {
	for at in [0, 5] {
		CALLS.into_iter().for_each(|call| survives(call, Misbehaviour::Stall(at)));
	}
}

#[test]
fn unreadable_answers_are_failures() {
	for body in ["", "null", "{", "[]", "\u{0}", "{\"Key\":7,\"Size\":1}", "<html>"] {
		for call in ["block/put", "block/stat", "pin/add"] {
			survives(call, Misbehaviour::Answer(200, body.as_bytes().to_vec()));
		}
	}
	survives("refs?", Misbehaviour::Answer(200, b"<html>\n".to_vec()));
	survives("refs?", Misbehaviour::Answer(200, b"{\"Ref\":\"Qm\",\"Err\":\"\"}\n".to_vec()));
}

#[test]
fn a_block_stored_under_another_cid_or_size_is_a_failure() {
	for call in ["block/put", "block/stat"] {
		with_world(|world, pool| {
			let file = registered(world, 1, 1);
			let right = (file.root.to_string(), file.size);
			let lies = [
				(cid(9).to_string(), file.size),
				("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o".into(), file.size),
				(String::new(), file.size),
				(right.0.clone(), file.size + 1),
				(right.0.clone(), 0),
			];
			for (key, size) in lies {
				let answer = format!("{{\"Key\":\"{key}\",\"Size\":{size}}}").into_bytes();
				world.misbehave(move |asked| {
					asked.contains(call).then(|| Misbehaviour::Answer(200, answer.clone()))
				});
				pass(u64::from(MAX_DELAY));
				// Otherwise the node would announce itself after this delay.
				StorageNodes::<Test>::insert(NODE, System::block_number() as u32);
				world.calls();
				work();
				assert!(world.calls().iter().any(|asked| asked.contains(call)));
				assert_eq!(sent(pool), vec![]);
			}
			world.behave();
			work_after(u64::from(MAX_DELAY));
			assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		});
	}
}

#[test]
fn a_pin_of_another_root_is_a_failure() {
	let pins =
		|pins: &str| Misbehaviour::Answer(200, format!("{{\"Pins\":{pins}}}\n").into_bytes());
	survives("pin/add", pins("[]"));
	survives("pin/add", pins("null"));
	survives("pin/add", pins(&format!("[\"{}\"]", cid(9))));
	survives("pin/add", Misbehaviour::Answer(200, b"{\"Progress\":7}\n".to_vec()));
}

#[test]
fn staged_bytes_with_a_wrong_cid_are_not_pushed() {
	survives("staging block/get", Misbehaviour::Answer(200, b"something else".to_vec()));
	survives("staging block/get", Misbehaviour::Answer(200, Vec::new()));
	with_world(|world, _| {
		let file = registered(world, 1, 5);
		world.with(|state| state.staged.insert(file.leaves[2], b"rotten".to_vec()));
		work();
		assert!(!world.calls().iter().any(|call| call.contains("ipfs")));
	});
}

#[test]
fn an_oversized_block_is_refused() {
	let long = vec![0; crate::offchain::MAX_BLOCK + 1];
	with_world(|world, pool| {
		register_file(&world.stage(1, 1));
		world.misbehave(move |call| {
			call.contains("block/get").then(|| Misbehaviour::Answer(200, long.clone()))
		});
		work();
		assert!(!world.calls().iter().any(|call| call.contains("ipfs")));
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn overlong_answers_are_not_read_to_the_end() {
	for (call, most) in [
		("refs?", 100_000),
		("block/get", crate::offchain::MAX_BLOCK + 100_000),
		("block/put", 100_000),
		("pin/add", 100_000),
		("block/stat", 100_000),
	] {
		with_world(|world, _| {
			let leaves = if call == "refs?" { 3 } else { 1 };
			register_file(&world.stage(1, leaves));
			world.misbehave(move |asked| {
				asked.contains(call).then(|| Misbehaviour::Answer(200, vec![b'x'; 3 << 20]))
			});
			work();
			world.with(|state| assert!(state.bytes_read < most, "{call}: {}", state.bytes_read));
		});
	}
}

#[test]
fn an_endless_line_is_refused() {
	survives("refs?", Misbehaviour::Answer(200, vec![b'x'; 100_000]));
	survives("pin/add", Misbehaviour::Answer(200, vec![b'x'; 100_000]));
}

#[test]
fn an_incomplete_upload_is_delayed() {
	for cid in [String::new(), cid(9).to_string()] {
		let line = format!("{{\"Ref\":\"{cid}\",\"Err\":\"block not found\"}}\n");
		survives("refs?", Misbehaviour::Answer(200, line.into()));
	}
	// The worker does not follow the list beyond the error.
	with_world(|world, _| {
		let file = registered(world, 1, 5);
		let line = format!("{{\"Ref\":\"{}\",\"Err\":\"not found\"}}\n", file.leaves[0]);
		world.misbehave(move |call| {
			call.contains("refs?").then(|| Misbehaviour::Answer(200, line.clone().into()))
		});
		work();
		assert!(!world.calls().iter().any(|call| call.contains("block/get")));
	});
}

#[test]
fn a_list_cut_between_lines_is_detected_when_pinning() {
	with_world(|world, pool| {
		let file = registered(world, 1, 10);
		let line = format!("{{\"Ref\":\"{}\",\"Err\":\"\"}}\n", file.leaves[0]);
		world.misbehave(move |call| {
			call.contains("refs?").then(|| Misbehaviour::Answer(200, line.clone().into()))
		});
		work();
		assert_eq!(sent(pool), vec![]);
		world.behave();
		work_until_sent(pool, 10);
		assert!(world.holds(&file));
	});
}

#[test]
fn blocks_that_ipfs_lost_before_pinning_are_sent_again() {
	with_world(|world, pool| {
		let file = registered(world, 1, 10);
		world.misbehave(|call| {
			call.contains("pin/add").then(|| Misbehaviour::Answer(500, b"{}".to_vec()))
		});
		work();
		world.with(|state| state.blocks.clear());
		world.behave();
		work_until_sent(pool, 10);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_stuck_pin_is_given_up_and_its_blocks_are_sent_again() {
	with_world(|world, pool| {
		let lost = world.stage(1, 10);
		let small = world.stage(2, 1);
		register_file(&lost);
		register_file(&small);
		// Kubo does this when a block vanishes between the sending and the pinning.
		let root = lost.root.to_string();
		world.misbehave(move |call| {
			let waits = call.contains("pin/add") && call.contains(&root);
			waits.then_some(Misbehaviour::Repeat(500, "{\"Progress\":7,\"Bytes\":9}\n"))
		});
		let started = world.clock();
		work();
		assert!(world.clock() - started < 15_000, "the run ends soon");
		world.with(|state| state.blocks.clear());
		work_after(1);
		assert!(world.holds(&small), "the other upload waits for one run at most");
		include(pool);
		world.behave();
		work_until_sent(pool, 10);
		assert!(world.holds(&lost));
	});
}

#[test]
fn uploads_that_keep_failing_come_last() {
	with_world(|world, pool| {
		let bad: Vec<File> = (1..=40).map(|seed| world.stage(seed, 2)).collect();
		register_files(&bad);
		let leaves: Vec<String> = bad.iter().map(|file| file.leaves[0].to_string()).collect();
		// Each upload takes the whole time of a run.
		world.misbehave(move |call| {
			let bad = leaves.iter().any(|leaf| call.contains(leaf));
			(bad && call.contains("staging block/get")).then_some(Misbehaviour::Hang)
		});
		// Until all of them have failed and wait for their next attempts.
		while world.get::<Vec<Push>>(keys::PUSHES).is_none_or(|pushes| {
			pushes.iter().filter(|push| push.backoff.failures > 0).count() < bad.len()
		}) {
			work_after(1);
		}
		for seed in 41..=60 {
			// Now each of them is due again, and comes first in the list.
			pass(2 * u64::from(MAX_DELAY));
			let good = registered(world, seed, 2);
			work();
			assert!(world.holds(&good), "{seed}");
			sent(pool);
			System::inc_account_nonce(NODE);
		}
	});
}

#[test]
fn a_file_of_the_wrong_size_is_never_claimed() {
	with_world(|world, pool| {
		let file = world.stage(1, 10);
		let lie = File { size: file.size + 1, leaves: file.leaves.clone(), ..file };
		register_file(&lie);
		for _ in 0..20 {
			work();
			pass(1);
		}
		assert_eq!(world.calls(), Vec::<String>::new());
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn pauses_grow_up_to_the_maximum() {
	with_world(|world, _| {
		register_file(&world.stage(1, 1));
		world.misbehave(|_| Some(Misbehaviour::Refuse));
		let mut attempts = Vec::new();
		for _ in 0..1_000 {
			world.calls();
			work();
			if !world.calls().is_empty() {
				attempts.push(System::block_number());
			}
			pass(1);
		}
		let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
		assert_eq!(pauses, vec![2, 4, 8, 16, 32, 64, 128, 150, 150, 150, 150]);
	});
}

#[test]
fn progress_resets_the_pause() {
	with_world(|world, _| {
		registered(world, 1, 20);
		world.misbehave(|_| Some(Misbehaviour::Refuse));
		for _ in 0..40 {
			work();
			pass(1);
		}
		world.misbehave(|call| call.contains("pin/add").then_some(Misbehaviour::Refuse));
		for _ in 0..64 {
			work();
			pass(1);
		}
		let pushes: Vec<Push> = world.get(keys::PUSHES).unwrap();
		assert!(pushes[0].backoff.failures <= 5, "{:?}", pushes[0]);
	});
}

#[test]
fn a_bad_upload_does_not_delay_others() {
	with_world(|world, pool| {
		let bad = world.stage(1, 3);
		let good = world.stage(2, 3);
		register_file(&bad);
		register_file(&good);
		world.with(|state| state.staged.insert(bad.leaves[0], b"rotten".to_vec()));
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&good)]);
	});
}

#[test]
fn a_service_that_is_down_gets_one_request_per_run() {
	for fault in [Misbehaviour::Refuse, Misbehaviour::Hang] {
		with_world(|world, _| {
			for seed in 1..=50 {
				register_file(&world.stage(seed, 1));
			}
			let refused = fault.clone();
			world.misbehave(move |call| call.contains("ipfs").then(|| refused.clone()));
			let started = world.clock();
			work();
			assert!(world.clock() - started < 15_000);
			assert_eq!(world.calls().iter().filter(|call| call.contains("ipfs")).count(), 1);
		});
	}
}

#[test]
fn pinning_with_progress_may_take_longer_than_a_run() {
	with_world(|world, pool| {
		let file = registered(world, 1, 3);
		let mut lines = "{\"Progress\":1}\n".repeat(2_000);
		lines.push_str(&format!("{{\"Pins\":[\"{}\"]}}\n", file.root));
		world.misbehave(move |call| {
			call.contains("pin/add").then(|| Misbehaviour::Answer(200, lines.clone().into()))
		});
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}
