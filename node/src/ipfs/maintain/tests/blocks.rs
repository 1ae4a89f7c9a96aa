use super::*;
use crate::ipfs::maintain::blocks::UNPINNED_AGE;

#[test]
fn only_the_blocks_of_an_unpinned_root_go() {
	let (_folder, _chain, mut maintenance) = node(&[b"staged"], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = |content: &[u8]| Cid::of(Codec::Raw, content);
	for content in [&b"erased"[..], b"kept", b"unpinned", b"staged"] {
		store.put(&root(content), content).unwrap();
	}
	for content in [&b"erased"[..], b"kept", b"staged"] {
		store.pin(&root(content)).unwrap();
	}
	maintenance.tend_blocks();
	assert_eq!(store.len(), 4);

	store.unpin(&root(b"erased")).unwrap();
	// This root is still staged, so it may be pinned again any moment.
	store.unpin(&root(b"staged")).unwrap();
	maintenance.tend_blocks();
	maintenance.tend_removals();
	assert!(!store.has(&root(b"erased")).unwrap());
	for content in [&b"kept"[..], b"unpinned", b"staged"] {
		assert!(store.has(&root(content)).unwrap());
	}
}

#[test]
fn old_blocks_that_were_never_pinned_are_removed() {
	let (folder, _chain, mut maintenance) = node(&[b"staged"], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = |content: &[u8]| Cid::of(Codec::Raw, content);
	for content in [&b"old"[..], b"young", b"staged"] {
		store.put(&root(content), content).unwrap();
	}
	for content in [&b"old"[..], b"staged"] {
		let name = hex::encode(root(content).digest());
		let path = folder.path().join("blocks/blocks").join(&name[..2]).join(name);
		let file = std::fs::File::options().append(true).open(path).unwrap();
		file.set_modified(std::time::SystemTime::now() - 2 * UNPINNED_AGE).unwrap();
	}
	maintenance.tend_blocks();
	assert!(!store.has(&root(b"old")).unwrap());
	assert!(store.has(&root(b"young")).unwrap());
	assert!(store.has(&root(b"staged")).unwrap());
}
