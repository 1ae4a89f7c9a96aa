use std::sync::Arc;

use super::*;
use crate::{
	content::{
		unixfs::{build, Block},
		Codec, MAX_LEAF,
	},
	disk::fault,
};

fn open(folder: &Path) -> BlockStore {
	BlockStore::open(folder).unwrap()
}

fn block(number: u64) -> Block {
	Block::new(Codec::Raw, number.to_le_bytes().repeat(100))
}

/// A file of so many leaves, with its root last.
fn file(leaves: u64) -> Vec<Block> {
	let bytes: Vec<u8> = (0..leaves)
		.flat_map(|leaf| leaf.to_le_bytes().into_iter().cycle().take(MAX_LEAF))
		.collect();
	let mut blocks = Vec::new();
	build(&bytes[..], |block| {
		blocks.push(block);
		Ok(())
	})
	.unwrap();
	blocks
}

fn put_all(store: &BlockStore, blocks: &[Block]) {
	for block in blocks {
		store.put(&block.cid, &block.data).unwrap();
	}
}

/// What the counters say must be what is on disk.
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
	// The codec is the reader's business.
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
fn everything_survives_and_leftovers_do_not() {
	let folder = tempfile::tempdir().unwrap();
	let blocks = file(3);
	let root = blocks[3].cid;
	{
		let store = open(folder.path());
		put_all(&store, &blocks);
		store.pin(&root).unwrap();
	}
	// As a kill in the middle of a write leaves it.
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
fn a_store_has_one_opener() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	assert!(matches!(BlockStore::open(folder.path()), Err(Error::Locked(_))));
	drop(store);
	open(folder.path());
}

#[test]
fn rotten_blocks_are_set_aside_and_can_be_put_again() {
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

	// Cut off, as a power cut may leave it without flushes.
	File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
	drop(store);
	let store = open(folder.path());
	assert_eq!(store.put(&one.cid, &one.data).unwrap(), Put::New);
	assert_eq!(store.get(&one.cid).unwrap().as_ref(), Some(&one.data));
	check(&store);
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
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
fn pins_need_everything_below() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(3);
	let root = blocks[3].cid;
	put_all(&store, &blocks[1..]);
	let missing = store.pin(&root);
	assert!(
		matches!(missing, Err(Error::Incomplete { missing, .. }) if missing == blocks[0].cid),
		"{missing:?}"
	);
	assert!(store.pins().is_empty());
	put_all(&store, &blocks[..1]);
	store.pin(&root).unwrap();
	store.pin(&root).unwrap();
	assert_eq!(store.pins(), [root]);
	let order: Vec<Cid> = blocks.iter().map(|block| block.cid).collect();
	assert_eq!(store.reachable(&root).unwrap(), order);
	assert!(store.unpin(&root).unwrap());
	assert!(!store.unpin(&root).unwrap());

	let bad = Block::new(Codec::DagPb, b"no node".to_vec());
	store.put(&bad.cid, &bad.data).unwrap();
	assert!(matches!(store.pin(&bad.cid), Err(Error::Node { .. })));
}

#[test]
fn collection_spares_what_is_pinned_fresh_or_wanted() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(3);
	let root = blocks[3].cid;
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	let (wanted, garbage) = (block(1), block(2));
	put_all(&store, &[wanted.clone(), garbage.clone()]);

	let day = Duration::from_secs(86_400);
	assert_eq!(store.gc(day, |_| false).unwrap(), Collected::default(), "all is fresh");
	let collected = store.gc(Duration::ZERO, |digest| digest == wanted.cid.digest()).unwrap();
	assert_eq!(collected, Collected { blocks: 1, bytes: 800 });
	assert!(!store.has(&garbage.cid).unwrap());
	assert_eq!(store.len(), 5);
	check(&store);

	// An old block that is put again is fresh.
	let path = store.path(wanted.cid.digest());
	let old = SystemTime::now() - 2 * day;
	File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
	assert_eq!(store.put(&wanted.cid, &wanted.data).unwrap(), Put::Present);
	assert_eq!(store.gc(day, |_| false).unwrap(), Collected::default());

	store.unpin(&root).unwrap();
	assert_eq!(store.gc(Duration::ZERO, |_| false).unwrap().blocks, 5);
	assert!(store.is_empty());
	check(&store);
}

#[test]
fn collection_removes_nothing_while_a_node_is_unreadable_that_an_earlier_release_pinned() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(2);
	let root = blocks[2].cid;
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	fs::remove_file(store.list_path(&root)).unwrap();
	// A lost leaf is no obstacle.
	store.delete(&blocks[0].cid).unwrap();
	assert_eq!(store.gc(Duration::ZERO, |_| false).unwrap(), Collected::default());
	fs::write(store.path(root.digest()), b"rotten").unwrap();
	assert!(matches!(store.gc(Duration::ZERO, |_| false), Err(Error::Corrupt(_))));
	assert!(matches!(store.gc(Duration::ZERO, |_| false), Err(Error::Incomplete { .. })));
	assert!(store.has(&blocks[1].cid).unwrap());
}

#[test]
fn pinned_blocks_are_not_deleted_by_name() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(2);
	put_all(&store, &blocks);
	store.pin(&blocks[2].cid).unwrap();
	let free = block(1);
	put_all(&store, std::slice::from_ref(&free));
	let cids = [blocks[2].cid, blocks[0].cid, free.cid, block(2).cid];
	let expected =
		[Deletion::Pinned, Deletion::PinnedIndirectly, Deletion::Removed, Deletion::Absent];
	assert_eq!(store.delete_unpinned(&cids).unwrap(), expected);
}

#[test]
fn a_batch_is_whole_after_a_flush() {
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
fn threads_may_do_all_at_once() {
	let folder = tempfile::tempdir().unwrap();
	let store = Arc::new(BlockStore::open_with(folder.path(), Durability::OnFlush).unwrap());
	let blocks = Arc::new(file(4));
	let root = blocks[4].cid;
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
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

/// Another file than [`file`] of so many leaves.
fn other(leaves: u64) -> Vec<Block> {
	let bytes = vec![7; leaves as usize * MAX_LEAF - 1];
	let mut blocks = Vec::new();
	build(&bytes[..], |block| {
		blocks.push(block);
		Ok(())
	})
	.unwrap();
	blocks
}

#[test]
fn a_removal_takes_all_that_nothing_else_needs_though_others_are_incomplete() {
	for listed in [true, false] {
		let folder = tempfile::tempdir().unwrap();
		let store = open(folder.path());
		let (blocks, broken) = (file(3), other(2));
		let (root, broken_root) = (blocks[3].cid, broken.last().unwrap().cid);
		put_all(&store, &blocks);
		put_all(&store, &broken);
		for root in [root, broken_root] {
			store.pin(&root).unwrap();
			if !listed {
				fs::remove_file(store.list_path(&root)).unwrap();
			}
		}
		store.delete(&broken_root).unwrap();
		let left = store.len() - 4;
		let removal = store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
		assert_eq!(removal, Removal { removed: 4, kept: 0, wanted: 0, complete: true });
		assert_eq!(store.len(), left);
		assert!(!store.is_pinned(&root));
		assert!(store.is_pinned(&broken_root));
		assert!(store.unpinned().unwrap().is_empty());
		check(&store);
	}
}

#[test]
fn a_removal_finds_what_is_below_a_root_that_is_gone() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(3);
	let root = blocks[3].cid;
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	fs::write(store.path(root.digest()), b"rotten").unwrap();
	assert!(store.get(&root).is_err());
	assert_eq!(store.quarantined().unwrap(), 1);
	let removal = store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
	assert_eq!((removal.removed, removal.complete), (3, true));
	assert!(store.is_empty());
	assert_eq!(store.quarantined().unwrap(), 0, "the rotten block is a part of it");

	// What an earlier release pinned has no list: it says that something may be left.
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	fs::remove_file(store.list_path(&root)).unwrap();
	store.delete(&root).unwrap();
	let removal = store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
	assert!(!removal.complete);
}

#[test]
fn a_removal_leaves_what_is_wanted_and_goes_on_when_it_is_called_again() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(3);
	let (root, wanted) = (blocks[3].cid, *blocks[1].cid.digest());
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	let removal = store.remove(&[root], |digest| *digest == wanted);
	let removal = removal.unwrap().remove(0).unwrap();
	assert_eq!((removal.removed, removal.wanted), (2, 2), "the root goes last");
	assert!(store.has(&root).unwrap());
	assert_eq!(store.unpinned().unwrap(), [root]);
	drop(store);
	let store = open(folder.path());
	let removal = store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
	assert_eq!((removal.removed, removal.wanted), (2, 0));
	assert!(store.is_empty());
	assert!(store.unpinned().unwrap().is_empty());
}

/// A file of the same leaves in another order: another root.
fn rearranged(blocks: &[Block]) -> Vec<Block> {
	let leaves = blocks.iter().rev().filter(|block| block.cid.is_raw());
	let bytes: Vec<u8> = leaves.flat_map(|leaf| leaf.data.clone()).collect();
	let mut blocks = Vec::new();
	build(&bytes[..], |block| {
		blocks.push(block);
		Ok(())
	})
	.unwrap();
	blocks
}

#[test]
fn a_removal_counts_what_another_pin_keeps_until_that_pin_is_gone() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(3);
	let others = rearranged(&blocks);
	let (root, other) = (blocks[3].cid, others[3].cid);
	assert_ne!(root, other);
	put_all(&store, &blocks);
	put_all(&store, &others);
	store.pin(&root).unwrap();
	store.pin(&other).unwrap();
	// As an earlier release pinned it.
	fs::remove_file(store.list_path(&root)).unwrap();
	let remove = |root| store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
	for removed in [1, 0] {
		let removal = remove(root);
		assert_eq!((removal.removed, removal.kept), (removed, 3));
		assert!(removal.complete);
		// The root has gone, and what was below it stays known.
		store.gc(Duration::ZERO, |_| false).unwrap();
		assert_eq!(store.unpinned().unwrap(), [root]);
	}

	assert_eq!(remove(other).removed, 4);
	let removal = remove(root);
	assert_eq!((removal.kept, removal.complete), (0, true));
	assert!(store.is_empty() && store.unpinned().unwrap().is_empty());
	check(&store);
}

#[test]
fn what_another_pin_needs_stays_though_its_own_nodes_are_gone() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let blocks = file(2);
	let root = blocks[2].cid;
	put_all(&store, &blocks);
	store.pin(&root).unwrap();
	store.delete(&root).unwrap();
	// A leaf alone can be a root as well.
	let leaf = blocks[0].cid;
	let removal = store.remove(&[leaf], |_| false).unwrap().remove(0).unwrap();
	assert_eq!((removal.removed, removal.kept), (0, 1));
	assert!(store.has(&leaf).unwrap());
	assert_eq!(store.gc(Duration::ZERO, |_| false).unwrap().blocks, 0);
}

/// Random histories of pins, losses and removals: what is pinned and was not lost is there, and of what was removed nothing
/// is but what is pinned.
#[test]
fn removals_take_all_of_it_and_nothing_else() {
	let files = [file(1), file(2), file(3), other(2), other(3)];
	for seed in 1..=6_u64 {
		let folder = tempfile::tempdir().unwrap();
		let open = || BlockStore::open_with(folder.path(), Durability::OnFlush).unwrap();
		let mut store = open();
		let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
		let mut random = |below: usize| {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			(state >> 33) as usize % below
		};
		let mut pinned = BTreeSet::new();
		let mut lost = HashSet::new();
		for _ in 0..30 {
			let blocks = &files[random(files.len())];
			let root = blocks.last().unwrap().cid;
			match random(6) {
				0 | 1 => {
					put_all(&store, blocks);
					for block in blocks {
						lost.remove(&block.cid);
					}
					store.pin(&root).unwrap();
					pinned.insert(root);
				}
				2 if pinned.contains(&root) => {
					let block = &blocks[random(blocks.len())];
					store.delete(&block.cid).unwrap();
					lost.insert(block.cid);
				}
				3 => {
					drop(store);
					store = open();
				}
				_ => {
					store.remove(&[root], |_| false).unwrap().remove(0).unwrap();
					pinned.remove(&root);
					let needed: HashSet<Cid> = files
						.iter()
						.filter(|blocks| pinned.contains(&blocks.last().unwrap().cid))
						.flatten()
						.map(|block| block.cid)
						.collect();
					for block in blocks.iter().filter(|block| !needed.contains(&block.cid)) {
						assert!(!store.has(&block.cid).unwrap(), "seed {seed}");
					}
				}
			}
			for blocks in files.iter().filter(|blocks| pinned.contains(&blocks.last().unwrap().cid))
			{
				for block in blocks.iter().filter(|block| !lost.contains(&block.cid)) {
					assert!(store.has(&block.cid).unwrap(), "seed {seed}");
				}
			}
		}
		check(&store);
	}
}
