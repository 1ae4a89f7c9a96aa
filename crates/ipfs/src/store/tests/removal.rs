use std::{
	collections::{BTreeSet, HashSet},
	fs,
	time::Duration,
};

use super::*;

/// Returns the blocks of a file that differs from [`file`] with the same number of leaves.
fn other(leaves: u64) -> Vec<Block> {
	cut(&vec![7; leaves as usize * MAX_LEAF - 1]).1
}

#[test]
fn an_incomplete_pin_does_not_stop_a_removal() {
	for listed in [true, false] {
		let (_folder, store, _, root) = pinned(3);
		let broken_root = put_and_pin(&store, &other(2));
		for root in [root, broken_root].iter().filter(|_| !listed) {
			fs::remove_file(store.list_path(root)).unwrap();
		}
		store.delete(&broken_root).unwrap();
		let left = store.len() - 4;
		let removal = remove(&store, root);
		assert_eq!(removal, Removal { removed: 4, kept: 0, wanted: 0, complete: true });
		assert_eq!(store.len(), left);
		assert!(!store.is_pinned(&root));
		assert!(store.is_pinned(&broken_root));
		assert!(store.unpinned().unwrap().is_empty());
		check(&store);
	}
}

#[test]
fn a_removal_finds_the_blocks_of_a_lost_root() {
	let (_folder, store, blocks, root) = pinned(3);
	fs::write(store.path(root.digest()), b"rotten").unwrap();
	assert!(store.get(&root).is_err());
	assert_eq!(store.quarantined().unwrap(), 1);
	let removal = remove(&store, root);
	assert_eq!((removal.removed, removal.complete), (3, true));
	assert!(store.is_empty());
	assert_eq!(store.quarantined().unwrap(), 0, "the removal includes the rotten block");

	// Without a list, as an earlier release pinned it, some blocks may be left.
	put_and_pin(&store, &blocks);
	fs::remove_file(store.list_path(&root)).unwrap();
	store.delete(&root).unwrap();
	let removal = remove(&store, root);
	assert!(!removal.complete);
}

#[test]
fn a_removal_leaves_wanted_blocks_until_called_again() {
	let (folder, store, blocks, root) = pinned(3);
	let wanted = *blocks[1].cid.digest();
	let removal = store.remove(&[root], |digest| *digest == wanted);
	let removal = removal.unwrap().remove(0).unwrap();
	assert_eq!((removal.removed, removal.wanted), (2, 2), "the root goes last");
	assert!(store.has(&root).unwrap());
	assert_eq!(store.unpinned().unwrap(), [root]);
	drop(store);
	let store = open(folder.path());
	let removal = remove(&store, root);
	assert_eq!((removal.removed, removal.wanted), (2, 0));
	assert!(store.is_empty());
	assert!(store.unpinned().unwrap().is_empty());
}

/// Returns the blocks of a file with the same leaves in reverse order.
fn rearranged(blocks: &[Block]) -> Vec<Block> {
	let leaves = blocks.iter().rev().filter(|block| block.cid.is_raw());
	let bytes: Vec<u8> = leaves.flat_map(|leaf| leaf.data.clone()).collect();
	cut(&bytes).1
}

#[test]
fn a_removal_counts_the_blocks_that_another_pin_keeps() {
	let (_folder, store, blocks, root) = pinned(3);
	let other = put_and_pin(&store, &rearranged(&blocks));
	assert_ne!(root, other);
	// As if an earlier release had pinned it.
	fs::remove_file(store.list_path(&root)).unwrap();
	let remove = |root| remove(&store, root);
	for removed in [1, 0] {
		let removal = remove(root);
		assert_eq!((removal.removed, removal.kept), (removed, 3));
		assert!(removal.complete);
		// The root is gone, and the list of its blocks stays.
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
fn blocks_of_a_pin_with_a_lost_root_stay() {
	let (_folder, store, blocks, root) = pinned(2);
	store.delete(&root).unwrap();
	// A single leaf can be a root too.
	let leaf = blocks[0].cid;
	let removal = remove(&store, leaf);
	assert_eq!((removal.removed, removal.kept), (0, 1));
	assert!(store.has(&leaf).unwrap());
	assert_eq!(store.gc(Duration::ZERO, |_| false).unwrap().blocks, 0);
}

/// Random histories of pins, losses and removals. Pinned blocks that were not lost are there, and
/// of removed files only the blocks that a pin keeps.
#[test]
fn removals_take_exactly_what_no_pin_keeps() {
	let files = [file(1), file(2), file(3), other(2), other(3)];
	for seed in 1..=6_u64 {
		let folder = tempfile::tempdir().unwrap();
		let open = || BlockStore::open_with(folder.path(), Durability::OnFlush).unwrap();
		let mut store = open();
		let mut numbers = Random::new(seed);
		let mut random = |limit: usize| numbers.below(limit as u64) as usize;
		let mut pinned = BTreeSet::new();
		let mut lost = HashSet::new();
		for _ in 0..30 {
			let blocks = &files[random(files.len())];
			let root = blocks.last().unwrap().cid;
			match random(6) {
				0 | 1 => {
					pinned.insert(put_and_pin(&store, blocks));
					for block in blocks {
						lost.remove(&block.cid);
					}
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
					remove(&store, root);
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
