use super::*;
use crate::{
	clock::now_ms,
	ipfs::{
		maintain::{
			on_chain::OnChain,
			uploads::{fate, Fate, ENDED, HELD},
		},
		testing::{storage_account, BEST, FINALISED},
	},
};
use std::collections::HashSet;

const HOUR_MS: u64 = 60 * 60 * 1000;

#[test]
fn an_unregistered_upload_stays_until_its_grace_is_over() {
	let upload = upload(b"one", 1000);
	let fate = |now| fate(&upload, OnChain::Unregistered, false, now, HOUR_MS);
	assert_eq!(fate(0), Fate::Keep);
	assert_eq!(fate(1000), Fate::Keep);
	assert_eq!(fate(1000 + HOUR_MS - 1), Fate::Keep);
	assert_eq!(fate(1000 + HOUR_MS), Fate::Abandoned);
}

#[test]
fn an_endless_upload_is_not_abandoned_by_an_overflow() {
	let upload = upload(b"one", u64::MAX);
	assert_eq!(fate(&upload, OnChain::Unregistered, false, u64::MAX - 1, HOUR_MS), Fate::Keep);
}

#[test]
fn a_registered_upload_stays_until_this_node_confirms_it() {
	let upload = upload(b"one", 1000);
	for was_registered in [false, true] {
		for now in [0, u64::MAX] {
			let fate = |on_chain| fate(&upload, on_chain, was_registered, now, HOUR_MS);
			assert_eq!(fate(OnChain::Registered), Fate::Keep);
			assert_eq!(fate(OnChain::Confirmed), Fate::Pushed);
		}
	}
}

#[test]
fn an_upload_of_an_erased_record_goes_at_once() {
	let upload = upload(b"one", 1000);
	assert_eq!(fate(&upload, OnChain::Unregistered, true, 0, HOUR_MS), Fate::Erased);
	// The node did not see the registration, because it was down or the record was erased at once.
	// Or somebody else registered the root, and the owner is about to.
	let held_until = 1 + HELD.as_millis() as u64;
	let fate_at = |now| fate(&upload, OnChain::Erased(1), false, now, HOUR_MS);
	assert_eq!(fate_at(held_until - 1), Fate::Keep);
	assert_eq!(fate_at(held_until), Fate::Erased);
	// A later upload may be registered again.
	assert_eq!(fate(&upload, OnChain::Erased(0), false, 0, HOUR_MS), Fate::Keep);
	let fetched = Upload { organisation: None, ..upload };
	assert_eq!(fate(&fetched, OnChain::Erased(0), false, 0, HOUR_MS), Fate::Erased);
}

#[test]
fn a_turn_is_limited_and_turns_reach_everything() {
	let items: Vec<u32> = (0..10).collect();
	let mut cursor = Cursor::default();
	let turns: Vec<Vec<u32>> =
		(0..4).map(|_| cursor.next(&items, 4).into_iter().copied().collect()).collect();
	assert_eq!(turns, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [2, 3, 4, 5]]);
	assert_eq!(cursor.next(&items[..2], 4), [&0, &1]);
	assert!(cursor.next(&items[..0], 4).is_empty());
}

#[test]
fn a_turn_removes_only_uploads_that_are_stored() {
	let (_folder, chain, mut maintenance) = node(&[b"pushed", b"waits", b"young"], u64::MAX);
	let root = |content: &[u8]| Cid::of(Codec::Raw, content);
	chain.register_as(&root(b"pushed"), &AccountId::new([1; 32]), 6);
	chain.register(&root(b"pushed"), &[AccountId::new([9; 32]), storage_account()]);
	chain.register(&root(b"waits"), &[AccountId::new([9; 32])]);
	maintenance.tend_uploads();
	let mut left = [root(b"waits"), root(b"young")];
	left.sort();
	assert_eq!(staged(&maintenance), left);
	assert_eq!(maintenance.ipfs.metrics.as_ref().unwrap().pushed.get(), 1);
	// Registrations are read from finalised state, the right to stage from the best block.
	assert_eq!(chain.asked(), HashSet::from([FINALISED, BEST]));
}

/// Somebody who sees a pending registration could get the upload removed before it arrives.
#[test]
fn a_copy_registered_and_erased_by_another_removes_no_upload() {
	let (_folder, chain, mut maintenance) = node(&[b"victim's"], u64::MAX);
	let root = Cid::of(Codec::Raw, b"victim's");
	for _ in 0..3 {
		chain.register_as(&root, &AccountId::new([9; 32]), 8);
		maintenance.tend_uploads();
		chain.erase_at(&root, now_ms());
		maintenance.tend_uploads();
		maintenance.tend_removals();
		assert_eq!(staged(&maintenance), [root]);
	}
	// Finality is stalled for a long time.
	chain.erase_at(&root, now_ms() - 2 * HELD.as_millis() as u64);
	chain.register_at_best(&root);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	// The owner never registers it.
	chain.erase(&root);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root], "it may have become complete just now");
	maintenance.complete.insert(root, Instant::now().checked_sub(HELD).unwrap());
	maintenance.tend_uploads();
	assert!(staged(&maintenance).is_empty());
}

/// The root of a large upload is known to its node for long before the last byte.
#[test]
fn an_erasure_by_another_leaves_an_arriving_upload() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let arriving = upload(b"arriving", u64::MAX);
	let root = arriving.root;
	maintenance.ipfs.staging().begin_or_resume(arriving).unwrap();
	chain.erase_at(&root, now_ms() - 2 * HELD.as_millis() as u64);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	maintenance.ipfs.staging().put(&root, &root, b"arriving").unwrap();
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root], "its owner is about to register it");
}

#[test]
fn an_unfinished_upload_of_an_erased_root_ends_with_its_ticket() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let now = now_ms();
	let arriving = upload(b"arriving", now);
	let root = arriving.root;
	maintenance.ipfs.staging().begin_or_resume(arriving.clone()).unwrap();
	chain.erase_at(&root, now - 2 * HELD.as_millis() as u64);
	let end = now + maintenance.ipfs.grace_ms;
	for (at, expected) in [(end - 1, Fate::Keep), (end, Fate::Erased)] {
		assert_eq!(maintenance.judge(&arriving, Default::default(), at).unwrap(), expected);
	}
}

/// The worker needs the upload for its owner's record, which comes later.
#[test]
fn a_copy_stored_for_another_removes_no_upload() {
	let (_folder, chain, mut maintenance) = node(&[b"victim's"], u64::MAX);
	let root = Cid::of(Codec::Raw, b"victim's");
	chain.register_as(&root, &AccountId::new([9; 32]), 8);
	chain.register(&root, &[storage_account()]);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	// The owner does not register the upload in time.
	let before = Instant::now().checked_sub(HELD).unwrap();
	maintenance.stored_for_others.insert(root, before);
	maintenance.tend_uploads();
	assert!(staged(&maintenance).is_empty());
}

/// Nobody pushed it, so removing it would have taken the last copy.
#[test]
fn an_upload_of_a_lost_version_stays_until_it_is_back() {
	let (_folder, chain, mut maintenance) = node(&[b"lost"], u64::MAX);
	let root = Cid::of(Codec::Raw, b"lost");
	chain.register_as(&root, &AccountId::new([1; 32]), 4);
	chain.register(&root, &[storage_account()]);
	maintenance.ipfs.notes.lost(&BTreeSet::from([root]));
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	assert_eq!(maintenance.ipfs.notes.known_lost(), [root], "the loss is still reported");
	// The audit has found it, but the report came first, and is not final yet.
	maintenance.ipfs.notes.lost(&BTreeSet::new());
	chain.withdraw_at_best(&root);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	chain.register(&root, &[storage_account()]);
	maintenance.tend_uploads();
	assert!(staged(&maintenance).is_empty());
}

#[test]
fn a_turn_removes_uploads_erased_before_the_push() {
	let (_folder, chain, mut maintenance) = node(&[b"erased"], u64::MAX);
	let root = Cid::of(Codec::Raw, b"erased");
	chain.register_as(&root, &AccountId::new([1; 32]), 6);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	chain.erase(&root);
	maintenance.tend_uploads();
	assert!(staged(&maintenance).is_empty());
	assert!(maintenance.ipfs.registered.read().is_empty());
}

#[test]
fn an_upload_registered_with_another_size_is_freed() {
	let (_folder, chain, mut maintenance) = node(&[b"wrong", b"right", b"foreign"], u64::MAX);
	let root = |content: &[u8]| Cid::of(Codec::Raw, content);
	let owner = AccountId::new([1; 32]);
	// This upload is open and has no block, so nothing proves its size.
	let claimed = Upload { size: 7, ..upload(b"claimed", u64::MAX) };
	let staging = maintenance.ipfs.staging().clone();
	staging.begin_or_resume(claimed.clone()).unwrap();
	for (root, author, size) in [
		(root(b"wrong"), &owner, 6),
		(root(b"right"), &owner, 5),
		(root(b"foreign"), &AccountId::new([9; 32]), 6),
		(claimed.root, &owner, 6),
	] {
		chain.register_as(&root, author, size);
	}
	maintenance.tend_uploads();
	let mut left = [root(b"right"), root(b"foreign"), claimed.root];
	left.sort();
	assert_eq!(staged(&maintenance), left);
	assert_eq!(staging.used(), 12, "nobody is charged for it");
	let metrics = maintenance.ipfs.metrics.as_ref().unwrap();
	let freed = metrics.removed_uploads.with_label_values(&["size_mismatch"]);
	assert_eq!(freed.get(), 1);
}

#[test]
fn an_upload_that_cannot_be_removed_is_tried_again() {
	let (folder, _chain, mut maintenance) = node(&[b"abandoned"], 1000);
	let root = Cid::of(Codec::Raw, b"abandoned");
	let ticket = find_file(folder.path(), &format!("{root}.json")).unwrap();
	// A folder in the ticket's place cannot be removed as a file, even by root.
	let aside = ticket.with_extension("aside");
	std::fs::rename(&ticket, &aside).unwrap();
	std::fs::create_dir(&ticket).unwrap();
	let freed = |maintenance: &Maintenance<TestChain>| {
		let metrics = maintenance.ipfs.metrics.as_ref().unwrap();
		metrics.removed_uploads.with_label_values(&["expired"]).get()
	};
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [root]);
	assert_eq!(freed(&maintenance), 0);

	std::fs::remove_dir(&ticket).unwrap();
	std::fs::rename(&aside, &ticket).unwrap();
	maintenance.tend_uploads();
	assert!(staged(&maintenance).is_empty());
	assert_eq!(freed(&maintenance), 1);
}

/// Returns the file with this name below a folder.
fn find_file(folder: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
	std::fs::read_dir(folder).unwrap().find_map(|entry| {
		let entry = entry.unwrap();
		let path = entry.path();
		match entry.file_type().unwrap().is_dir() {
			true => find_file(&path, name),
			false => (entry.file_name() == name).then_some(path),
		}
	})
}

#[test]
fn a_turn_collects_expired_unregistered_uploads() {
	let (_folder, chain, mut maintenance) = node(&[b"abandoned", b"registered"], 1000);
	let registered = Cid::of(Codec::Raw, b"registered");
	chain.register(&registered, &[]);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [registered]);
	assert_eq!(maintenance.ipfs.staging().stored_bytes(), 10);
}

#[test]
fn the_uploads_of_an_ended_credential_are_freed() {
	let (_folder, chain, mut maintenance) = node(&[b"left", b"registered"], u64::MAX);
	let (owner, other) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
	let registered = Cid::of(Codec::Raw, b"registered");
	chain.register(&registered, &[]);
	let staging = maintenance.ipfs.staging().clone();
	// One upload without a block, and one of an account that stays.
	for (content, owner) in [(&b"empty"[..], [1; 32]), (b"another's", [2; 32])] {
		let upload = Upload { owner, ..upload(content, u64::MAX) };
		staging.begin_or_resume(upload).unwrap();
	}
	let own = Upload { organisation: None, ..upload(b"a copy", u64::MAX) };
	staging.begin_own(own).unwrap();
	chain.admit(&owner, 1);
	chain.admit(&other, 1);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance).len(), 5);

	chain.dismiss(&owner);
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance).len(), 5, "the last signed transaction may still arrive");
	let Some(long_ago) = Instant::now().checked_sub(ENDED) else {
		return;
	};
	maintenance.ended.insert(owner.clone(), long_ago);
	maintenance.tend_uploads();
	let mut left: Vec<Cid> = [&b"registered"[..], b"another's", b"a copy"]
		.iter()
		.map(|content| Cid::of(Codec::Raw, content))
		.collect();
	left.sort();
	assert_eq!(staged(&maintenance), left);
	assert_eq!(staging.used(), 10);
}

#[test]
fn a_credential_restored_in_time_keeps_its_uploads() {
	let (_folder, chain, mut maintenance) = node(&[b"one"], u64::MAX);
	let owner = AccountId::new([1; 32]);
	maintenance.tend_uploads();
	assert!(maintenance.ended.contains_key(&owner));
	chain.admit(&owner, 1);
	maintenance.tend_uploads();
	assert!(maintenance.ended.is_empty());
	assert_eq!(staged(&maintenance).len(), 1);
}

#[test]
fn an_upload_that_cannot_be_looked_up_delays_no_other() {
	let (_folder, chain, mut maintenance) = node(&[b"one", b"two", b"three"], u64::MAX);
	let uploads = maintenance.ipfs.staging().list();
	chain.break_root(&uploads[0].root);
	for upload in &uploads {
		chain.register_as(&upload.root, &AccountId::new(upload.owner), upload.size);
		chain.register(&upload.root, &[storage_account()]);
	}
	for _ in 0..3 {
		maintenance.tend_uploads();
	}
	assert_eq!(staged(&maintenance), [uploads[0].root]);
}

#[test]
fn a_turn_changes_nothing_while_the_chain_cannot_be_read() {
	let (_folder, chain, mut maintenance) = node(&[b"abandoned"], 1000);
	chain.break_down();
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance).len(), 1);
}
