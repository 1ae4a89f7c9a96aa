use std::{
	collections::{BTreeSet, HashSet},
	fs,
	time::Duration,
};

use super::*;

/// Another file than [`file`] of so many leaves.
fn other(leaves: u64) -> Vec<Block> {
	cut(&vec![7; leaves as usize * MAX_LEAF - 1]).1
}

#[test]
fn a_removal_takes_all_that_nothing_else_needs_though_others_are_incomplete() {
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
fn a_removal_finds_what_is_below_a_root_that_is_gone() {
	let (_folder, store, blocks, root) = pinned(3);
	fs::write(store.path(root.digest()), b"rotten").unwrap();
	assert!(store.get(&root).is_err());
	assert_eq!(store.quarantined().unwrap(), 1);
	let removal = remove(&store, root);
	assert_eq!((removal.removed, removal.complete), (3, true));
	assert!(store.is_empty());
	assert_eq!(store.quarantined().unwrap(), 0, "the rotten block is a part of it");

	// What an earlier release pinned has no list: it says that something may be left.
	put_and_pin(&store, &blocks);
	fs::remove_file(store.list_path(&root)).unwrap();
	store.delete(&root).unwrap();
	let removal = remove(&store, root);
	assert!(!removal.complete);
}

#[test]
fn a_removal_leaves_what_is_wanted_and_goes_on_when_it_is_called_again() {
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

/// A file of the same leaves in another order: another root.
fn rearranged(blocks: &[Block]) -> Vec<Block> {
	let leaves = blocks.iter().rev().filter(|block| block.cid.is_raw());
	let bytes: Vec<u8> = leaves.flat_map(|leaf| leaf.data.clone()).collect();
	cut(&bytes).1
}

#[test]
fn a_removal_counts_what_another_pin_keeps_until_that_pin_is_gone() {
	let (_folder, store, blocks, root) = pinned(3);
	let other = put_and_pin(&store, &rearranged(&blocks));
	assert_ne!(root, other);
	// As an earlier release pinned it.
	fs::remove_file(store.list_path(&root)).unwrap();
	let remove = |root| remove(&store, root);
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
	let (_folder, store, blocks, root) = pinned(2);
	store.delete(&root).unwrap();
	// A leaf alone can be a root as well.
	let leaf = blocks[0].cid;
	let removal = remove(&store, leaf);
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
