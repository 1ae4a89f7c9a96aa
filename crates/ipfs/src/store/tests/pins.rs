use std::{
	fs::{self, File},
	time::{Duration, SystemTime},
};

use super::*;

#[test]
fn a_pin_needs_every_block_below_it() {
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
fn collection_spares_pinned_fresh_and_wanted_blocks() {
	let (_folder, store, _, root) = pinned(3);
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
fn collection_stops_at_an_unreadable_node_without_a_list() {
	let (_folder, store, blocks, root) = pinned(2);
	fs::remove_file(store.list_path(&root)).unwrap();
	// A lost leaf does not matter.
	store.delete(&blocks[0].cid).unwrap();
	assert_eq!(store.gc(Duration::ZERO, |_| false).unwrap(), Collected::default());
	fs::write(store.path(root.digest()), b"rotten").unwrap();
	assert!(matches!(store.gc(Duration::ZERO, |_| false), Err(Error::Corrupt(_))));
	assert!(matches!(store.gc(Duration::ZERO, |_| false), Err(Error::Incomplete { .. })));
	assert!(store.has(&blocks[1].cid).unwrap());
}

#[test]
fn a_pinned_block_cannot_be_deleted_by_its_cid() {
	let (_folder, store, blocks, _) = pinned(2);
	let free = block(1);
	put_all(&store, std::slice::from_ref(&free));
	let cids = [blocks[2].cid, blocks[0].cid, free.cid, block(2).cid];
	let expected =
		[Deletion::Pinned, Deletion::PinnedIndirectly, Deletion::Removed, Deletion::Absent];
	assert_eq!(store.delete_unpinned(&cids).unwrap(), expected);
}
