mod quota;
mod refusal;

use std::{
	collections::{HashMap, HashSet},
	path::Path,
	sync::Arc,
};

use super::*;
use crate::{
	content::{
		testing::cut,
		unixfs::{build, Block, Dag, FileNode, Link},
		CidError, Codec, Digest, MAX_LEAF,
	},
	disk::fault,
};

const MIB: u64 = 1 << 20;

/// A file: its DAG, and its blocks with the root last.
struct File {
	dag: Dag,
	blocks: Vec<Block>,
}

impl File {
	/// Makes a file whose leaf `n` is filled with the number `first + n`.
	fn new(first: u64, size: u64) -> Self {
		let bytes: Vec<u8> =
			(0..size).map(|at| (first + at / MIB).to_le_bytes()[(at % 8) as usize]).collect();
		let (dag, blocks) = cut(&bytes);
		Self { dag, blocks }
	}

	fn upload(&self) -> Upload {
		upload(self.dag.root, self.dag.size)
	}

	fn data(&self, cid: &Cid) -> &[u8] {
		&self.blocks.iter().find(|block| block.cid == *cid).unwrap().data
	}
}

fn upload(root: Cid, size: u64) -> Upload {
	Upload { root, size, owner: [1; 32], organisation: Some(7), expires_ms: 1_000, created_ms: 10 }
}

fn open(folder: &Path) -> Staging {
	Staging::open(folder, Limits::default()).unwrap()
}

/// Sends missing blocks until none is left. Returns the number of blocks sent.
fn send(staging: &Staging, file: &File) -> usize {
	let root = file.dag.root;
	let mut sent = 0;
	loop {
		let missing = staging.missing(&root, 2).unwrap();
		if missing.is_empty() {
			assert!(staging.is_complete(&root).unwrap());
			return sent;
		}
		for cid in missing {
			staging.put(&root, &cid, file.data(&cid)).unwrap();
			sent += 1;
		}
	}
}

/// Checks the invariants: the disk has exactly the blocks that uploads hold, and the counters
/// match.
fn check(staging: &Staging) {
	let state = staging.state.lock();
	let mut held: HashMap<Digest, usize> = HashMap::new();
	for entry in state.uploads.values() {
		for (cid, block) in &entry.blocks {
			assert_ne!(block.staged, entry.missing.contains_key(&block.number));
			if block.staged {
				*held.entry(*cid.digest()).or_default() += 1;
				let length = staging.store.size(cid).unwrap();
				assert_eq!(length, Some(block.length));
			}
		}
		let staged = entry.blocks.values().filter(|block| block.staged);
		let arrived: u64 = staged.map(|block| block.length).sum();
		assert_eq!(arrived, entry.arrived);
	}
	assert_eq!(held, state.needed);
	let on_disk: HashSet<Digest> = staging.store.digests().unwrap().into_iter().collect();
	assert_eq!(on_disk, held.keys().copied().collect());
	let tickets = fs::read_dir(&staging.tickets).unwrap().count();
	assert_eq!(tickets, state.uploads.len());
	assert_eq!(fs::read_dir(&staging.temps).unwrap().count(), 0);
}

/// Sends a block that must be refused, and checks that nothing has changed.
fn refused(staging: &Staging, root: &Cid, cid: &Cid, data: &[u8]) -> Error {
	let before = (staging.missing(root, 99).ok(), staging.stored_bytes(), staging.list());
	let error = staging.put(root, cid, data).unwrap_err();
	let after = (staging.missing(root, 99).ok(), staging.stored_bytes(), staging.list());
	assert_eq!(before, after);
	check(staging);
	error
}

#[test]
fn an_upload_fills_from_the_root_down() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	for file in [File::new(0, 0), File::new(1, 5), File::new(2, MIB), File::new(3, 5 * MIB / 2)] {
		let root = file.dag.root;
		assert_eq!(staging.begin_or_resume(file.upload()).unwrap(), Begun::New);
		assert_eq!(staging.missing(&root, 99).unwrap(), [root]);
		assert!(!staging.is_complete(&root).unwrap());
		assert!(matches!(staging.refs(&root), Err(Error::Incomplete { missing: 1, .. })));
		assert_eq!(send(&staging, &file), file.blocks.len());
		let order: Vec<Cid> = file.blocks.iter().map(|block| block.cid).collect();
		assert_eq!(staging.refs(&root).unwrap(), order);
		for block in &file.blocks {
			assert_eq!(staging.get(&block.cid).unwrap().as_ref(), Some(&block.data));
			staging.put(&root, &block.cid, &block.data).unwrap();
		}
		let progress = Progress { staged: file.blocks.len(), missing: 0 };
		assert_eq!(staging.progress(&root).unwrap(), progress);
		check(&staging);
	}
	assert_eq!(staging.list().len(), 4);
}

#[test]
fn a_second_level_is_staged() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// 1026 leaves, all equal except the last: three nodes, two distinct leaves.
	let file = {
		let bytes = vec![7; 1025 * MIB as usize + 3];
		let mut blocks = Vec::new();
		let dag = build(&bytes[..], |block| {
			if !blocks.contains(&block) {
				blocks.push(block);
			}
			Ok(())
		})
		.unwrap();
		File { dag, blocks }
	};
	staging.begin_or_resume(file.upload()).unwrap();
	assert_eq!(send(&staging, &file), 5);
	let refs = staging.refs(&file.dag.root).unwrap();
	assert_eq!(refs.len(), 5);
	assert!(refs[0].is_raw() && refs[1].is_raw() && refs[4] == file.dag.root);
	check(&staging);
}

#[test]
fn an_upload_resumes_after_a_restart() {
	let folder = tempfile::tempdir().unwrap();
	let file = File::new(1, 4 * MIB + 1);
	let root = file.dag.root;
	{
		let staging = open(folder.path());
		staging.begin_or_resume(file.upload()).unwrap();
		for block in [&file.blocks[5], &file.blocks[1], &file.blocks[3]] {
			staging.put(&root, &block.cid, &block.data).unwrap();
		}
	}
	// Leftovers of a kill: half a ticket, half a block, and a block without an upload.
	fs::write(folder.path().join("temp/1-1"), b"{").unwrap();
	fs::write(folder.path().join("store/temp/1-1"), b"half").unwrap();
	fs::write(folder.path().join("uploads/foreign.json"), b"{}").unwrap();
	let orphan = Block::new(Codec::Raw, b"orphan".to_vec());
	let store = BlockStore::open(folder.path().join("store")).unwrap();
	store.put(&orphan.cid, &orphan.data).unwrap();
	drop(store);

	let staging = open(folder.path());
	fs::remove_file(folder.path().join("uploads/foreign.bad")).unwrap();
	assert_eq!(staging.list(), [file.upload()]);
	let left = [0, 2, 4].map(|number: usize| file.blocks[number].cid);
	assert_eq!(staging.missing(&root, 99).unwrap(), left);
	assert!(!staging.has(&orphan.cid).unwrap());
	check(&staging);
	let later = Upload { expires_ms: 5_000, owner: [9; 32], ..file.upload() };
	assert_eq!(staging.begin_or_resume(later).unwrap(), Begun::Resumed);
	assert_eq!(send(&staging, &file), 3);
	drop(staging);
	let staging = open(folder.path());
	assert!(staging.is_complete(&root).unwrap());
	assert_eq!(staging.list(), [Upload { expires_ms: 5_000, ..file.upload() }]);
	check(&staging);
}

#[test]
fn rotten_blocks_are_missing_again() {
	let folder = tempfile::tempdir().unwrap();
	let file = File::new(1, 2 * MIB);
	let root = file.dag.root;
	let rot = |cid: &Cid, bytes: &[u8]| {
		let name = hex::encode(cid.digest());
		fs::write(folder.path().join("store/blocks").join(&name[..2]).join(name), bytes).unwrap();
	};
	let staging = open(folder.path());
	staging.begin_or_resume(file.upload()).unwrap();
	send(&staging, &file);
	for block in &file.blocks {
		rot(&block.cid, b"rotten");
		let error = staging.get(&block.cid).unwrap_err();
		assert!(matches!(error, Error::Store(store::Error::Corrupt(_))), "{error}");
		assert_eq!(staging.get(&block.cid).unwrap(), None);
		assert_eq!(staging.missing(&root, 9).unwrap(), [block.cid]);
		check(&staging);
		assert_eq!(send(&staging, &file), 1);
		check(&staging);
	}
	// Rot found at the opening: in a node by its bytes, in a leaf by its length.
	drop(staging);
	rot(&root, b"rotten");
	let staging = open(folder.path());
	assert_eq!(staging.missing(&root, 9).unwrap(), [root]);
	send(&staging, &file);
	drop(staging);
	rot(&file.blocks[0].cid, b"rotten");
	let staging = open(folder.path());
	assert_eq!(staging.missing(&root, 9).unwrap(), [file.blocks[0].cid]);
	assert_eq!(send(&staging, &file), 1);
	assert!(staging.get(&file.blocks[0].cid).unwrap().is_some());
	check(&staging);
}

#[test]
fn shared_blocks_stay_while_an_upload_needs_them() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// The second file begins with leaves 1 and 2 of the first one.
	let (one, two) = (File::new(1, 3 * MIB), File::new(2, 2 * MIB + 5));
	for file in [&one, &two] {
		staging.begin_or_resume(file.upload()).unwrap();
	}
	assert_eq!(send(&staging, &one), 4);
	assert_eq!(send(&staging, &two), 2, "the root and the last leaf; the others are already there");
	check(&staging);
	assert!(staging.remove(&one.dag.root).unwrap());
	assert!(!staging.remove(&one.dag.root).unwrap());
	check(&staging);
	for block in &two.blocks {
		assert_eq!(staging.get(&block.cid).unwrap().as_ref(), Some(&block.data));
	}
	assert_eq!(staging.get(&one.blocks[0].cid).unwrap(), None);
	assert!(staging.remove(&two.dag.root).unwrap());
	assert_eq!(staging.stored_bytes(), 0);
	check(&staging);
}

#[test]
fn expired_uploads_are_collected() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let files = [File::new(1, 10), File::new(2, 20), File::new(3, 30)];
	for (file, expires_ms) in files.iter().zip([100, 200, 100]) {
		staging.begin_or_resume(Upload { expires_ms, ..file.upload() }).unwrap();
		send(&staging, file);
	}
	let kept = files[2].dag.root;
	let keep = |upload: &Upload| upload.root == kept;
	assert_eq!(staging.collect(99, keep).unwrap(), []);
	assert_eq!(staging.collect(100, keep).unwrap(), [files[0].dag.root]);
	assert_eq!(staging.collect(u64::MAX, keep).unwrap(), [files[1].dag.root]);
	assert_eq!(staging.list().len(), 1);
	check(&staging);
	drop(staging);
	assert_eq!(open(folder.path()).list()[0].root, kept);
}

#[test]
fn an_upload_resumes_after_a_full_disk() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let (one, two) = (File::new(1, 2 * MIB), File::new(9, 5));
	let root = one.dag.root;
	staging.begin_or_resume(one.upload()).unwrap();
	fault::fill(folder.path());
	let error = refused(&staging, &root, &root, one.data(&root));
	assert!(matches!(error, Error::Store(store::Error::DiskFull(_))), "{error}");
	let error = staging.begin_or_resume(two.upload()).unwrap_err();
	assert!(matches!(error, Error::Store(store::Error::DiskFull(_))), "{error}");
	assert_eq!(staging.list(), [one.upload()]);
	check(&staging);
	fault::free(folder.path());
	assert_eq!(send(&staging, &one), 3);
}

#[test]
fn missing_is_quick_with_many_leaves() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// Ten nodes with 1024 announced leaves each. Only the nodes are sent.
	let leaf = |number: u32| Cid::of(Codec::Raw, &number.to_le_bytes());
	let nodes: Vec<Block> = (0..10_u32)
		.map(|node| {
			let links = (0..1024)
				.map(|n| Link { cid: leaf(node * 1024 + n), tsize: MIB, blocksize: MIB })
				.collect();
			Block::new(Codec::DagPb, FileNode { links }.encode())
		})
		.collect();
	let links = nodes
		.iter()
		.map(|node| Link {
			cid: node.cid,
			tsize: 1024 * MIB + node.data.len() as u64,
			blocksize: 1024 * MIB,
		})
		.collect();
	let root = Block::new(Codec::DagPb, FileNode { links }.encode());
	staging.begin_or_resume(upload(root.cid, 10 * 1024 * MIB)).unwrap();
	staging.put(&root.cid, &root.cid, &root.data).unwrap();
	for node in &nodes {
		staging.put(&root.cid, &node.cid, &node.data).unwrap();
	}
	let progress = Progress { staged: 11, missing: 10_240 };
	assert_eq!(staging.progress(&root.cid).unwrap(), progress);
	let call = || {
		let start = std::time::Instant::now();
		assert_eq!(staging.missing(&root.cid, 64).unwrap()[0], leaf(0));
		start.elapsed()
	};
	// The median does not count the pauses in which other programs had the processor.
	let mut calls: Vec<_> = (0..1_000).map(|_| call()).collect();
	calls.sort();
	assert!(calls[500].as_millis() < 2, "half of the calls took {:?} or more", calls[500]);
}

#[test]
fn uploads_run_side_by_side() {
	let folder = tempfile::tempdir().unwrap();
	let staging = Arc::new(open(folder.path()));
	// The files share leaves, and some are removed and opened again all the time.
	let files: Arc<Vec<File>> = Arc::new((0..4).map(|n| File::new(n, 3 * MIB + n)).collect());
	let threads: Vec<_> = (0..6_usize)
		.map(|thread| {
			let (staging, files) = (staging.clone(), files.clone());
			std::thread::spawn(move || {
				for round in 0..12_usize {
					let file = &files[(thread + round) % 4];
					let root = file.dag.root;
					staging.begin_or_resume(file.upload()).unwrap();
					for block in file.blocks.iter().rev() {
						match staging.put(&root, &block.cid, &block.data) {
							Ok(()) | Err(Error::UnknownUpload(_) | Error::NotLinked { .. }) => {}
							Err(error) => panic!("{error}"),
						}
					}
					if (thread + round) % 3 == 0 {
						staging.remove(&root).unwrap();
					}
				}
			})
		})
		.collect();
	for thread in threads {
		thread.join().unwrap();
	}
	check(&staging);
	for file in files.iter() {
		staging.begin_or_resume(file.upload()).unwrap();
		send(&staging, file);
	}
	check(&staging);
}
