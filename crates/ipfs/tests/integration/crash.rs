//! A process that is killed in the middle of its work leaves a store that opens and is whole.

use std::{
	collections::HashMap,
	env,
	io::{BufRead, BufReader},
	path::{Path, PathBuf},
	process::{Command, Stdio},
	sync::mpsc,
	time::Duration,
};

use crate::common::cut;
use salus_ipfs::{
	staging::{Limits, Staging, Upload},
	store::BlockStore,
	unixfs::Block,
	Cid, Codec,
};

const FOLDER: &str = "SALUS_IPFS_CRASH_FOLDER";
/// Beginnings of the lines that a victim prints.
const STEPS: [&str; 3] = ["put ", "staged ", "removed "];
/// Longest time of a victim until its first step.
const START_LIMIT: Duration = Duration::from_mins(1);

fn block(number: u64) -> Block {
	Block::new(Codec::Raw, number.to_le_bytes().repeat(20_000))
}

/// Returns an upload, and the blocks of a file whose leaves depend on the number.
fn file(number: u64) -> (Upload, Vec<Block>) {
	let bytes = number.to_le_bytes().repeat(300_000);
	let (dag, blocks) = cut(&bytes);
	let upload = Upload {
		root: dag.root,
		size: dag.size,
		owner: [1; 32],
		organisation: None,
		expires_ms: u64::MAX,
		created_ms: number,
	};
	(upload, blocks)
}

/// The victim: works until it is killed, and prints each finished step. Does nothing without
/// [`FOLDER`].
#[test]
fn victim() {
	let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
		return;
	};
	let store = BlockStore::open(folder.join("store")).unwrap();
	let limits = Limits { owner_bytes: u64::MAX, ..Limits::default() };
	let staging = Staging::open(folder.join("staging"), limits).unwrap();
	let first = store.len();
	for number in first.. {
		let one = block(number);
		store.put(&one.cid, &one.data).unwrap();
		store.pin(&one.cid).unwrap();
		println!("\nput {}", one.cid);
		let (upload, blocks) = file(number);
		staging.begin_or_resume(upload.clone()).unwrap();
		for block in blocks.iter().rev() {
			staging.put(&upload.root, &block.cid, &block.data).unwrap();
			println!("\nstaged {}", block.cid);
		}
		if number % 3 == 0 {
			staging.remove(&upload.root).unwrap();
			println!("\nremoved {}", upload.root);
		}
	}
}

/// Kills a victim a while after its first step. Returns the steps that it printed.
fn kill_one(folder: &Path, after: Duration) -> Vec<String> {
	let mut victim = Command::new(env::current_exe().unwrap())
		.args(["crash::victim", "--exact", "--nocapture", "--test-threads=1"])
		.env(FOLDER, folder)
		.stdout(Stdio::piped())
		.spawn()
		.unwrap();
	let output = BufReader::new(victim.stdout.take().unwrap());
	let (send, steps) = mpsc::channel();
	let reader = std::thread::spawn(move || {
		for line in output.lines().map_while(Result::ok) {
			if STEPS.iter().any(|step| line.starts_with(step)) && send.send(line).is_err() {
				return;
			}
		}
	});
	// The start takes seconds where many tests share a processor.
	let mut done = vec![steps.recv_timeout(START_LIMIT).expect("the victim takes no step")];
	std::thread::sleep(after);
	assert!(victim.try_wait().unwrap().is_none(), "the victim ended before it was killed");
	victim.kill().unwrap();
	victim.wait().unwrap();
	reader.join().unwrap();
	done.extend(steps.try_iter());
	done
}

#[test]
fn acknowledged_steps_survive_a_kill() {
	if env::var_os(FOLDER).is_some() {
		return;
	}
	let folder = tempfile::tempdir().unwrap();
	let mut done = Vec::new();
	for round in 0..6_u64 {
		done.extend(kill_one(folder.path(), Duration::from_millis(20 + 97 * round)));

		let store = BlockStore::open(folder.path().join("store")).unwrap();
		let limits = Limits { owner_bytes: u64::MAX, ..Limits::default() };
		let staging = Staging::open(folder.path().join("staging"), limits).unwrap();
		let uploads = staging.list();
		// Every block is whole.
		for digest in store.digests().unwrap() {
			store.get_by_digest(&digest).unwrap().unwrap();
		}
		let mut removed = Vec::new();
		for line in &done {
			let Some((what, cid)) = line.split_once(' ') else {
				continue;
			};
			let Ok(cid) = Cid::parse(cid) else { continue };
			match what {
				"put" => assert!(store.has(&cid).unwrap() && store.is_pinned(&cid), "{line}"),
				"removed" => {
					assert!(staging.upload(&cid).is_none(), "{line}");
					removed.push(cid);
				}
				_ => {}
			}
		}
		// Every upload is complete or can be completed. Removed uploads left nothing behind.
		let mut staged = HashMap::new();
		for upload in &uploads {
			let (expected, blocks) = file(upload.created_ms);
			assert_eq!(*upload, expected);
			for block in blocks.iter().rev() {
				let said = done.contains(&format!("staged {}", block.cid));
				assert!(!said || staging.get(&block.cid).unwrap().is_some());
				staging.put(&upload.root, &block.cid, &block.data).unwrap();
				staged.insert(block.cid, block.data.len() as u64);
			}
			assert!(staging.is_complete(&upload.root).unwrap());
		}
		assert_eq!(staging.stored_bytes(), staged.values().sum::<u64>());
	}
}
