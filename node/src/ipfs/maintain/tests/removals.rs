use super::*;
use crate::ipfs::{
	maintain::{removals::REMOVALS_A_TURN, uploads::HELD},
	testing::storage_account,
	Blocks,
};
use salus_ipfs::{kubo::Kubo, store::BlockStore};

/// Requests removals as the worker does. Returns the roots that the node reports as removed.
fn removals(maintenance: &mut Maintenance<TestChain>, roots: &[Cid]) -> Vec<Cid> {
	maintenance.ipfs.notes.ask_to_remove(roots);
	maintenance.tend_blocks();
	maintenance.tend_removals();
	maintenance.removed.iter().copied().collect()
}

#[test]
fn a_removal_works_beside_an_incomplete_pinned_root() {
	let (_folder, _chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let (erased, _, blocks) = testing::file(1);
	let (broken, _, others) = testing::file(2);
	testing::put_all(&store, blocks.iter().chain(&others));
	store.pin(&erased).unwrap();
	store.pin(&broken).unwrap();
	store.delete(&broken).unwrap();
	store.unpin(&erased).unwrap();
	assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
	for (cid, _) in &blocks {
		assert!(!store.has(cid).unwrap());
	}
	for (cid, _) in others.iter().filter(|(cid, _)| *cid != broken) {
		assert!(store.has(cid).unwrap(), "the rest of another file stays");
	}
	// The worker has confirmed it on the chain.
	assert!(removals(&mut maintenance, &[]).is_empty());
}

#[test]
fn nothing_is_reported_removed_before_it_is() {
	let (_folder, chain, mut maintenance) = node(&[b"staged"], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = |content: &[u8]| Cid::of(Codec::Raw, content);
	let (staged, held, kept) = (root(b"staged"), root(b"held"), root(b"kept"));
	for content in [&b"staged"[..], b"held", b"kept"] {
		store.put(&root(content), content).unwrap();
	}
	// The node holds it for another record, but its removal is requested all the same.
	chain.register(&held, &[storage_account()]);
	// A record uses it, but only another node holds it, so this node need not keep it.
	chain.register(&kept, &[AccountId::new([9; 32])]);
	// Nobody requests the removal of what is staged and may be registered.
	maintenance.unpinned.insert(staged);
	assert_eq!(removals(&mut maintenance, &[held, kept]), [kept]);
	assert!(store.has(&staged).unwrap() && store.has(&held).unwrap());
	chain.erase(&held);
	maintenance.ipfs.staging().remove(&staged).unwrap();
	assert_eq!(removals(&mut maintenance, &[staged, held]).len(), 2);
	assert_eq!(store.len(), 0);
}

/// Builds another file from the same leaves: the same blocks below other nodes.
fn rearranged(blocks: &[(Cid, Vec<u8>)]) -> (Cid, Vec<(Cid, Vec<u8>)>) {
	let leaves = blocks.iter().filter(|(cid, _)| cid.is_raw()).rev();
	let full = leaves.filter(|(_, data)| data.len() == salus_ipfs::MAX_LEAF);
	let bytes: Vec<u8> = full.flat_map(|(_, data)| data.clone()).collect();
	let mut others = Vec::new();
	let dag = salus_ipfs::unixfs::build(&bytes[..], |block| -> std::io::Result<()> {
		others.push((block.cid, block.data));
		Ok(())
	});
	(dag.unwrap().root, others)
}

#[test]
fn a_version_stays_while_another_record_keeps_its_blocks() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let metrics = maintenance.ipfs.metrics.clone().unwrap();
	let (erased, _, blocks) = testing::file(1);
	let (copy, others) = rearranged(&blocks);
	let (third, _, more) = testing::file(3);
	assert_ne!(erased, copy);
	testing::put_all(&store, blocks.iter().chain(&others).chain(&more));
	for root in [erased, copy, third] {
		store.pin(&root).unwrap();
	}
	chain.register(&copy, &[storage_account()]);
	store.unpin(&erased).unwrap();
	store.unpin(&third).unwrap();
	assert_eq!(
		removals(&mut maintenance, &[erased, third]),
		[third],
		"two of the leaves remain, and the other removal does not wait"
	);
	let waiting = maintenance.waiting.get(&erased).unwrap();
	assert_eq!(waiting.blocks, 2);
	assert_eq!(metrics.removals_waiting.get(), 1);
	// A garbage collection does not help either.
	store.gc(Duration::ZERO, |_| false).unwrap();
	maintenance.waiting.clear();
	assert!(removals(&mut maintenance, &[erased]).is_empty());
	// The root goes as soon as the other record is erased too, and no earlier.
	chain.erase(&copy);
	store.unpin(&copy).unwrap();
	assert_eq!(removals(&mut maintenance, &[erased]), []);
	assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
	assert_eq!(store.len(), 0);
	assert_eq!(metrics.removals_waiting.get(), 0);
}

#[test]
fn waiting_removals_delay_no_others() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	// None of these can be removed, and they fill several turns.
	let mut asked = Vec::new();
	for number in 0..5 * REMOVALS_A_TURN as u32 {
		let held = Cid::of(Codec::Raw, &number.to_le_bytes());
		chain.register(&held, &[storage_account()]);
		asked.push(held);
	}
	let erased = Cid::of(Codec::Raw, b"to be erased");
	store.put(&erased, b"to be erased").unwrap();
	let before = asked.iter().filter(|root| **root < erased).count();
	assert!(before > REMOVALS_A_TURN, "it must not be among the first");
	asked.push(erased);
	maintenance.ipfs.notes.ask_to_remove(&asked);
	for _ in 0..6 {
		maintenance.tend_blocks();
		maintenance.tend_removals();
	}
	assert!(maintenance.removed.contains(&erased));
}

/// Serves Kubo's API for removals over a block store.
async fn fake_kubo(store: &Arc<BlockStore>) -> Kubo {
	let collected = store.clone();
	let router = salus_ipfs::server::router(store.clone(), Default::default()).route(
		"/api/v0/repo/gc",
		axum::routing::post(move || {
			collected.gc(Duration::ZERO, |_| false).unwrap();
			std::future::ready(())
		}),
	);
	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
	let url = format!("http://{}", listener.local_addr().unwrap());
	tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
	Kubo::new(&url, Default::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_at_kubo_stays_while_another_record_keeps_it() {
	let folder = tempfile::tempdir().unwrap();
	let store = Arc::new(BlockStore::open(folder.path().join("kubo")).unwrap());
	let kubo = fake_kubo(&store).await;
	let (erased, _, blocks) = testing::file(1);
	let (copy, others) = rearranged(&blocks);
	let (third, _, more) = testing::file(3);
	testing::put_all(&store, blocks.iter().chain(&others).chain(&more));
	for root in [erased, copy, third] {
		kubo.pin_add(&root).await.unwrap();
	}
	let ipfs = testing::ipfs_at(folder.path(), Limits::default(), Blocks::Kubo(kubo));
	let chain = TestChain::default();
	chain.register(&copy, &[storage_account()]);
	let mut maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
	// Run on a thread that may block, as the node does.
	let work = move || {
		assert_eq!(removals(&mut maintenance, &[erased, third]), [third]);
		assert_eq!(maintenance.waiting.get(&erased).unwrap().blocks, 2);
		// Kubo collects what no pin keeps, including the nodes above the remaining blocks. Then
		// the node restarts.
		store.gc(Duration::ZERO, |_| false).unwrap();
		assert!(!store.has(&erased).unwrap());
		let (client, ipfs) = (maintenance.client.clone(), maintenance.ipfs.clone());
		let mut maintenance = Maintenance::new(client, ipfs);
		assert!(removals(&mut maintenance, &[erased]).is_empty());

		chain.erase(&copy);
		assert_eq!(removals(&mut maintenance, &[erased, copy]), [copy]);
		let gone = removals(&mut maintenance, &[erased, copy]);
		assert_eq!(gone.len(), 2);
		assert!(store.is_empty());
		assert!(maintenance.ipfs.notes.kept().is_empty());
	};
	tokio::task::spawn_blocking(work).await.unwrap();
}

/// A garbage collection would remove what was pushed of other uploads.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_erased_before_its_push_collects_nothing() {
	let folder = tempfile::tempdir().unwrap();
	let store = Arc::new(BlockStore::open(folder.path().join("kubo")).unwrap());
	let kubo = fake_kubo(&store).await;
	let ipfs = testing::ipfs_at(folder.path(), Limits::default(), Blocks::Kubo(kubo));
	let chain = TestChain::default();
	let (erased, size, blocks) = testing::file(1);
	let (_, _, others) = testing::file(2);
	ipfs.staging().begin_or_resume(Upload { root: erased, size, ..upload(b"", u64::MAX) }).unwrap();
	for (cid, data) in blocks.iter().rev() {
		ipfs.staging().put(&erased, cid, data).unwrap();
	}
	// One block of each was pushed.
	let (own, other) = (blocks[0].clone(), others[0].clone());
	testing::put_all(&store, [&own, &other]);
	chain.register_as(&erased, &AccountId::new([1; 32]), size);
	let mut maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
	// Run on a thread that may block, as the node does.
	let work = move || {
		maintenance.tend_uploads();
		chain.erase(&erased);
		maintenance.tend_uploads();
		assert!(staged(&maintenance).is_empty());
		maintenance.tend_removals();
		assert!(maintenance.unpinned.is_empty());
		assert!(!store.has(&own.0).unwrap());
		assert!(store.has(&other.0).unwrap());
	};
	tokio::task::spawn_blocking(work).await.unwrap();
}

#[test]
fn roots_unpinned_before_a_restart_are_removed_after_it() {
	let (folder, chain, maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let (erased, _, blocks) = testing::file(1);
	let (live, _, others) = testing::file(2);
	testing::put_all(&store, blocks.iter().chain(&others));
	for root in [&erased, &live] {
		store.pin(root).unwrap();
		store.unpin(root).unwrap();
	}
	chain.register(&live, &[]);
	drop((store, maintenance));
	let ipfs = testing::ipfs(folder.path(), Limits::default());
	let mut maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
	maintenance.tend_blocks();
	maintenance.tend_removals();
	let store = maintenance.ipfs.store().unwrap();
	assert_eq!(store.len(), others.len() as u64, "a record uses the other one");
	// The other root's removal is tried again until its record is erased, too.
	chain.erase(&live);
	maintenance.tend_blocks();
	maintenance.tend_removals();
	assert_eq!(maintenance.ipfs.store().unwrap().len(), 0);
}

/// A ticket without a block protected what the patient had erased for as long as it was valid.
#[test]
fn an_empty_upload_keeps_no_erased_record() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = Cid::of(Codec::Raw, b"erased");
	store.put(&root, b"erased").unwrap();
	// The upload comes after the erasure, as its owner wants to keep the bytes.
	let ticket = Upload { created_ms: 101, ..upload(b"erased", u64::MAX) };
	maintenance.ipfs.staging().begin_or_resume(ticket).unwrap();
	chain.erase_at(&root, 100);
	assert_eq!(removals(&mut maintenance, &[root]), [root]);
	assert_eq!(store.len(), 0);
}

/// Removing it would take the bytes of the record that comes.
#[test]
fn a_root_that_the_best_block_has_again_stays() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = Cid::of(Codec::Raw, b"erased");
	store.put(&root, b"erased").unwrap();
	chain.erase_at(&root, 100);
	chain.register_at_best(&root);
	assert!(removals(&mut maintenance, &[root]).is_empty());
	assert_eq!(store.len(), 1);
}

/// A registration with another size, which no node ever confirms, protected it together with the
/// ticket.
#[test]
fn an_empty_upload_of_a_registered_root_keeps_no_erased_record() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let root = Cid::of(Codec::Raw, b"erased");
	store.put(&root, b"erased").unwrap();
	maintenance.ipfs.staging().begin_or_resume(upload(b"erased", u64::MAX)).unwrap();
	chain.register_as(&root, &AccountId::new([9; 32]), 12_345);
	maintenance.tend_uploads();
	assert_eq!(removals(&mut maintenance, &[root]), [root]);
	assert_eq!(store.len(), 0);
}

/// The erasure came before this node confirmed what it had fetched or received, so the chain did
/// not ask it for the removal.
#[test]
fn an_erasure_also_removes_unconfirmed_blocks() {
	let contents: [&[u8]; 3] = [b"received", b"fetched", b"later"];
	let (_folder, chain, mut maintenance) = node(&contents[..1], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let roots = contents.map(|content| Cid::of(Codec::Raw, content));
	let fetched = Upload { organisation: None, created_ms: 200, ..upload(contents[1], u64::MAX) };
	let later = Upload { created_ms: 200, ..upload(contents[2], u64::MAX) };
	for (upload, content) in [(fetched, contents[1]), (later, contents[2])] {
		let root = upload.root;
		maintenance.ipfs.staging().begin_own(upload).unwrap();
		maintenance.ipfs.staging().put(&root, &root, content).unwrap();
	}
	for (root, content) in roots.iter().zip(contents) {
		// Pushed, and not pinned yet.
		store.put(root, content).unwrap();
		chain.erase_at(root, 100);
	}
	maintenance.complete.insert(roots[0], Instant::now().checked_sub(HELD).unwrap());
	maintenance.tend_uploads();
	assert_eq!(staged(&maintenance), [roots[2]], "a later upload may be registered again");
	maintenance.tend_removals();
	let left: Vec<bool> = roots.iter().map(|root| store.has(root).unwrap()).collect();
	assert_eq!(left, [false, false, true]);
}

/// An upload that no record uses keeps no blocks that it shares with an erased record.
#[test]
fn a_merely_staged_upload_keeps_no_shared_blocks() {
	let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
	let store = maintenance.ipfs.store().unwrap().clone();
	let (erased, _, blocks) = testing::file(1);
	testing::put_all(&store, &blocks);
	let (other, others) = rearranged(&blocks);
	let size = 2 * salus_ipfs::MAX_LEAF as u64;
	let of_same_leaves = Upload { root: other, size, ..upload(b"", u64::MAX) };
	maintenance.ipfs.staging().begin_or_resume(of_same_leaves).unwrap();
	while let Some(missing) = maintenance.ipfs.staging().missing(&other, 1).unwrap().pop() {
		let found = others.iter().find(|(cid, _)| *cid == missing).unwrap();
		maintenance.ipfs.staging().put(&other, &missing, &found.1).unwrap();
	}
	chain.erase_at(&erased, 100);
	assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
	assert_eq!(store.len(), 0);
}
