mod pins;
mod removal;

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;

use super::*;
use crate::{
	content::{
		testing::{cut, Random},
		unixfs::Block,
		CidError, Codec, MAX_LEAF,
	},
	disk::fault,
};

fn open(folder: &Path) -> BlockStore {
	BlockStore::open(folder).unwrap()
}

fn block(number: u64) -> Block {
	Block::new(Codec::Raw, number.to_le_bytes().repeat(100))
}

/// Returns the blocks of a file with this number of leaves, the root last.
fn file(leaves: u64) -> Vec<Block> {
	let bytes: Vec<u8> = (0..leaves)
		.flat_map(|leaf| leaf.to_le_bytes().into_iter().cycle().take(MAX_LEAF))
		.collect();
	cut(&bytes).1
}

fn put_all(store: &BlockStore, blocks: &[Block]) {
	for block in blocks {
		store.put(&block.cid, &block.data).unwrap();
	}
}

/// Puts the blocks of a file and pins its root, which is the last of them.
fn put_and_pin(store: &BlockStore, blocks: &[Block]) -> Cid {
	let root = blocks.last().unwrap().cid;
	put_all(store, blocks);
	store.pin(&root).unwrap();
	root
}

/// A store that holds one file, pinned, with the file's blocks and root.
fn pinned(leaves: u64) -> (TempDir, BlockStore, Vec<Block>, Cid) {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(leaves);
	let root = put_and_pin(&store, &blocks);
	(folder, store, blocks, root)
}

/// Removes a root. The caller wants none of its blocks.
fn remove(store: &BlockStore, root: Cid) -> Removal {
	store.remove(&[root], |_| false).unwrap().remove(0).unwrap()
}

/// Checks that the counters match the disk.
fn check(store: &BlockStore) {
	let digests = store.digests().unwrap();
	let bytes: u64 =
		digests.iter().map(|digest| store.size_by_digest(digest).unwrap().unwrap()).sum();
	assert_eq!((store.len(), store.total_size()), (digests.len() as u64, bytes));
	assert_eq!(fs::read_dir(store.folder.join("temp")).unwrap().count(), 0, "temporary files");
}

#[test]
fn blocks_come_back() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let one = block(1);
	assert_eq!(store.get(&one.cid).unwrap(), None);
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::New);
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::Present);
	assert_eq!(store.get(&one.cid).unwrap().as_ref(), Some(&one.data));
	assert_eq!(store.get_by_digest(one.cid.digest()).unwrap().as_ref(), Some(&one.data));
	assert_eq!(store.size(&one.cid).unwrap(), Some(800));
	assert!(store.has(&one.cid).unwrap());
	assert_eq!((store.len(), store.total_size()), (1, 800));
	// The codec plays no part in a look-up.
	assert!(store.has(&Cid::new(Codec::DagPb, *one.cid.digest())).unwrap());
	let empty = Block::new(Codec::Raw, vec![]);
	store.put(&empty.cid, &empty.data).unwrap();
	assert_eq!(store.get(&empty.cid).unwrap(), Some(vec![]));
	check(&store);

	assert!(store.delete(&one.cid).unwrap());
	assert!(!store.delete(&one.cid).unwrap());
	assert_eq!(store.digests().unwrap(), [*empty.cid.digest()]);
	check(&store);
}

#[test]
fn wrong_and_large_blocks_are_refused() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let one = block(1);
	assert!(matches!(store.put(&one.cid, b"other"), Err(Error::Cid(CidError::Mismatch { .. }))));
	let large = Block::new(Codec::Raw, vec![0; MAX_BLOCK + 1]);
	assert!(matches!(store.put(&large.cid, &large.data), Err(Error::TooLarge(_))));
	let most = Block::new(Codec::Raw, vec![0; MAX_BLOCK]);
	store.put(&most.cid, &most.data).unwrap();
	assert_eq!(store.len(), 1);
	check(&store);
}

#[test]
fn a_restart_keeps_blocks_and_drops_leftovers() {
	let folder = tempfile::tempdir().unwrap();
	let blocks = file(3);
	let root = put_and_pin(&open(folder.path()), &blocks);
	// The state after a kill in the middle of a write.
	fs::write(folder.path().join("temp/4711-0"), b"half").unwrap();
	fs::write(folder.path().join("blocks/00/foreign"), b"?").unwrap();
	fs::write(folder.path().join("pins/foreign"), b"?").unwrap();
	let store = open(folder.path());
	assert_eq!(store.len(), 4);
	assert_eq!(store.pins(), [root]);
	for block in &blocks {
		assert_eq!(store.get(&block.cid).unwrap().as_ref(), Some(&block.data));
	}
	check(&store);
}

#[test]
fn a_store_opens_only_once() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	assert!(matches!(BlockStore::open(folder.path()), Err(Error::Locked(_))));
	drop(store);
	open(folder.path());
}

#[test]
fn rotten_blocks_are_set_aside_and_can_be_replaced() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let one = block(1);
	store.put(&one.cid, &one.data).unwrap();
	let path = store.path(one.cid.digest());

	// A flipped bit, found by reading.
	let mut bytes = one.data.clone();
	bytes[400] ^= 1;
	fs::write(&path, &bytes).unwrap();
	assert!(
		matches!(store.get(&one.cid), Err(Error::Corrupt(digest)) if digest == *one.cid.digest())
	);
	assert_eq!(store.get(&one.cid).unwrap(), None, "missing from then on");
	assert_eq!(store.quarantined().unwrap(), 1);
	check(&store);
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::New);

	// A flipped bit, found by putting.
	fs::write(&path, &bytes).unwrap();
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::New);
	assert_eq!(store.get(&one.cid).unwrap().as_ref(), Some(&one.data));

	// A block that a power cut tore before a flush.
	File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
	drop(store);
	let store = open(folder.path());
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::New);
	assert_eq!(store.get(&one.cid).unwrap().as_ref(), Some(&one.data));
	check(&store);
}

#[test]
fn a_full_disk_is_reported_and_leaves_nothing() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let one = block(1);
	store.put(&one.cid, &one.data).unwrap();
	fault::fill(folder.path());
	let two = block(2);
	assert!(matches!(store.put(&two.cid, &two.data), Err(Error::DiskFull(_))));
	assert!(matches!(store.pin(&one.cid), Err(Error::DiskFull(_))));
	assert!(!store.is_pinned(&one.cid));
	assert!(!store.has(&two.cid).unwrap());
	check(&store);
	fault::free(folder.path());
	store.put(&two.cid, &two.data).unwrap();
	store.pin(&one.cid).unwrap();
	check(&store);
}

#[test]
fn a_flushed_batch_is_whole() {
	let folder = tempfile::tempdir().unwrap();
	let store = BlockStore::open_with(folder.path(), Durability::OnFlush).unwrap();
	let blocks: Vec<Block> = (0..50).map(block).collect();
	put_all(&store, &blocks);
	store.delete(&blocks[0].cid).unwrap();
	store.flush().unwrap();
	assert!(store.unflushed.lock().is_empty());
	drop(store);
	assert_eq!(open(folder.path()).len(), 49);
}

#[test]
fn threads_work_side_by_side() {
	let folder = tempfile::tempdir().unwrap();
	let store = Arc::new(BlockStore::open_with(folder.path(), Durability::OnFlush).unwrap());
	let blocks = Arc::new(file(4));
	put_and_pin(&store, &blocks);
	let threads: Vec<_> = (0..8_u64)
		.map(|thread| {
			let (store, blocks) = (store.clone(), blocks.clone());
			std::thread::spawn(move || {
				for round in 0..60_u64 {
					let one = block(round % 10);
					match (thread + round) % 5 {
						0 => drop(store.delete(&one.cid).unwrap()),
						1 => drop(store.gc(Duration::ZERO, |_| false).unwrap()),
						2 => {
							let found = store.get(&one.cid).unwrap();
							assert!(found.is_none_or(|data| data == one.data));
						}
						_ => drop(store.put(&one.cid, &one.data).unwrap()),
					}
					let leaf = &blocks[(round % 4) as usize];
					assert!(store.get(&leaf.cid).unwrap().is_some(), "pinned blocks stay");
				}
			})
		})
		.collect();
	for thread in threads {
		thread.join().unwrap();
	}
	check(&store);
}
