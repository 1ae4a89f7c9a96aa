use super::*;
use crate::ipfs::testing::{self, file, TestChain, TestPeers};
use salus_ipfs::{
	staging::{Limits, Upload},
	Codec,
};

/// Interval between two passes. No test takes this long.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

struct World {
	chain: TestChain,
	peers: TestPeers,
	audit: Audit<TestChain, TestPeers>,
	folder: tempfile::TempDir,
}

impl World {
	/// Creates a node that holds a file of several leaves, as others do. Returns its root and its
	/// leaves.
	fn with_file() -> (Self, Cid, Vec<Cid>) {
		let folder = tempfile::tempdir().unwrap();
		let (chain, peers) = (TestChain::default(), TestPeers::default());
		let ipfs = testing::ipfs(folder.path(), Limits::default());
		let (root, _, blocks) = file(1);
		let store = ipfs.store().unwrap();
		testing::put_all(store, &blocks);
		store.pin(&root).unwrap();
		let leaves = blocks.iter().map(|(cid, _)| *cid);
		let leaves = leaves.filter(|cid| *cid != root).collect();
		peers.hold(blocks);
		chain.set_holdings(&[root]);
		let audit = Audit::new(Arc::new(chain.clone()), ipfs, peers.clone(), INTERVAL);
		let world = Self { chain, peers, audit, folder };
		(world, root, leaves)
	}

	fn store(&self) -> &store::BlockStore {
		self.audit.ipfs.store().unwrap()
	}

	/// Checks every replica. Everything that was put off is due at once.
	async fn pass(&mut self) {
		let now = Instant::now();
		for damaged in &mut self.audit.damaged {
			damaged.due = now;
		}
		for at in self.audit.lost.values_mut() {
			*at = now;
		}
		self.audit.began = None;
		self.turns(now).await;
	}

	/// Takes turns until everything is checked that is due at this time. On a busy machine, one
	/// step may use up the time of a turn.
	async fn turns(&mut self, now: Instant) {
		loop {
			self.audit.turn().await.unwrap();
			let audit = &self.audit;
			let is_passed =
				audit.began.is_some() && audit.cursor.is_none() && audit.queue.is_empty();
			let is_due = audit.damaged.iter().any(|damaged| damaged.due <= now)
				|| audit.lost.values().any(|due| *due <= now);
			if audit.walk.is_none() && is_passed && !is_due {
				return;
			}
		}
	}

	/// Overwrites a block on disk.
	fn rot(&self, cid: &Cid) {
		let name = hex::encode(cid.digest());
		let file = self.folder.path().join("blocks/blocks").join(&name[..2]).join(name);
		std::fs::write(file, b"rot").unwrap();
	}
}

#[tokio::test]
async fn an_intact_replica_needs_no_other_node() {
	let (mut world, root, _) = World::with_file();
	world.pass().await;
	assert_eq!(world.peers.asked(), 0);
	assert!(world.store().is_pinned(&root));
	assert!(world.audit.lost.is_empty() && world.audit.damaged.is_empty());
}

#[tokio::test]
async fn corrupt_and_missing_blocks_are_fetched_again() {
	let (mut world, _, leaves) = World::with_file();
	world.rot(&leaves[0]);
	world.store().delete(&leaves[1]).unwrap();
	world.pass().await;
	for leaf in &leaves {
		assert!(world.store().get(leaf).unwrap().is_some());
	}
	assert_eq!(world.peers.asked(), 2);
}

#[tokio::test]
async fn a_lost_disk_is_filled_and_pinned_again() {
	let (mut world, root, leaves) = World::with_file();
	world.store().unpin(&root).unwrap();
	for cid in leaves.iter().chain([&root]) {
		world.store().delete(cid).unwrap();
	}
	world.pass().await;
	assert!(world.store().is_pinned(&root));
	assert_eq!(world.store().len(), 1 + leaves.len() as u64);
}

#[tokio::test]
async fn a_version_is_lost_after_some_attempts_not_before() {
	let (mut world, root, leaves) = World::with_file();
	world.store().delete(&leaves[0]).unwrap();
	let data = world.peers.lose(&leaves[0]);
	let damaged = |world: &World| world.audit.ipfs.damaged.load(Ordering::Relaxed);
	assert_eq!(damaged(&world), 0);
	for _ in 1..TRIES {
		world.pass().await;
		assert!(world.audit.lost.is_empty());
		assert_eq!(damaged(&world), 1, "operators see it from the first attempt on");
	}
	world.pass().await;
	let lost = |world: &World| world.audit.lost.keys().copied().collect::<Vec<_>>();
	assert_eq!(lost(&world), [root]);
	assert_eq!(world.audit.ipfs.notes.known_lost(), [root]);
	// The rest of it stays, even if the chain counts nothing as held by this node.
	world.chain.set_holdings(&[]);
	world.chain.register(&root, &[]);
	for _ in 0..3 {
		world.pass().await;
		assert!(world.store().is_pinned(&root));
		assert!(world.store().has(&leaves[1]).unwrap());
		assert_eq!(lost(&world), [root]);
	}
	// A restarted node has not forgotten it.
	let (client, ipfs) = (world.audit.client.clone(), world.audit.ipfs.clone());
	world.audit = Audit::new(client, ipfs, world.peers.clone(), INTERVAL);
	assert_eq!(lost(&world), [root]);
	// The missing block comes back.
	world.peers.hold([(leaves[0], data)]);
	world.pass().await;
	assert!(world.store().has(&leaves[0]).unwrap());
	assert!(world.audit.lost.is_empty());
	assert!(world.audit.ipfs.notes.known_lost().is_empty());
	assert_eq!(damaged(&world), 0);
	assert!(world.store().is_pinned(&root));
}

#[tokio::test]
async fn an_upload_gives_lost_blocks_back() {
	let (mut world, root, leaves) = World::with_file();
	let (_, size, blocks) = file(1);
	world.store().unpin(&root).unwrap();
	for cid in leaves.iter().chain([&root]) {
		world.store().delete(cid).unwrap();
		world.peers.lose(cid);
	}
	for _ in 0..TRIES {
		world.pass().await;
	}
	assert_eq!(world.audit.ipfs.notes.known_lost(), [root]);
	let staging = world.audit.ipfs.staging().clone();
	let (owner, expires_ms) = ([1; 32], u64::MAX);
	let upload = Upload { root, size, owner, organisation: Some(1), expires_ms, created_ms: 1 };
	staging.begin_or_resume(upload).unwrap();
	for (cid, data) in blocks.iter().rev() {
		staging.put(&root, cid, data).unwrap();
	}
	world.pass().await;
	assert!(world.store().is_pinned(&root));
	assert_eq!(world.store().len(), 1 + leaves.len() as u64);
	assert!(world.audit.ipfs.notes.known_lost().is_empty());
}

#[tokio::test]
async fn a_lost_version_that_is_erased_is_forgotten() {
	let (mut world, root, leaves) = World::with_file();
	world.store().delete(&leaves[0]).unwrap();
	world.peers.lose(&leaves[0]);
	for _ in 0..TRIES {
		world.pass().await;
	}
	assert_eq!(world.audit.lost.len(), 1);
	world.chain.set_holdings(&[]);
	world.chain.erase(&root);
	world.pass().await;
	assert!(world.audit.lost.is_empty());
}

#[tokio::test]
async fn a_version_that_comes_back_in_time_is_not_lost() {
	let (mut world, _, leaves) = World::with_file();
	world.store().delete(&leaves[0]).unwrap();
	let data = world.peers.lose(&leaves[0]);
	world.pass().await;
	world.peers.hold([(leaves[0], data)]);
	world.pass().await;
	assert!(world.store().has(&leaves[0]).unwrap());
	assert!(world.audit.damaged.is_empty() && world.audit.lost.is_empty());
}

#[tokio::test]
async fn wrong_bytes_from_a_peer_heal_nothing() {
	let (mut world, _, leaves) = World::with_file();
	world.store().delete(&leaves[0]).unwrap();
	world.peers.hold([(leaves[0], b"wrong".to_vec())]);
	world.pass().await;
	assert!(!world.store().has(&leaves[0]).unwrap());
	assert_eq!(world.audit.damaged.len(), 1);
}

#[tokio::test]
async fn a_version_erased_meanwhile_is_not_pinned_again() {
	let (mut world, root, _) = World::with_file();
	world.store().unpin(&root).unwrap();
	world.chain.erase(&root);
	world.pass().await;
	assert!(!world.store().is_pinned(&root));
}

#[tokio::test]
async fn a_store_that_does_not_answer_has_lost_nothing() {
	let (mut world, _, _) = World::with_file();
	let kubo = salus_ipfs::kubo::Kubo::new("http://127.0.0.1:1", Default::default()).unwrap();
	let kubo = kubo.with_deadline(Duration::from_millis(100));
	Arc::get_mut(&mut world.audit.ipfs).unwrap().blocks = Blocks::Kubo(kubo);
	for _ in 0..2 * TRIES {
		world.pass().await;
	}
	assert!(world.audit.lost.is_empty());
	assert_eq!(world.audit.damaged.len(), 1);
}

#[tokio::test]
async fn lost_versions_do_not_delay_the_pass() {
	let (mut world, root, _) = World::with_file();
	for number in 0..10u8 {
		let lost = Cid::of(Codec::Raw, &[number]);
		world.chain.register(&lost, &[]);
		world.audit.lost.insert(lost, Instant::now());
	}
	let mut next = || world.audit.next().unwrap().unwrap().root;
	let taken = [next(), next()];
	assert!(taken.contains(&root));
	assert!(taken.iter().any(|taken| *taken != root), "lost versions are checked too");
}

#[tokio::test]
async fn a_lost_version_that_cannot_be_looked_up_delays_no_other() {
	let (mut world, ..) = World::with_file();
	let [stuck, other] = [1u8, 2].map(|number| Cid::of(Codec::Raw, &[number]));
	let (stuck, other) = (stuck.min(other), stuck.max(other));
	for root in [stuck, other] {
		world.chain.register(&root, &[]);
		world.audit.lost.insert(root, Instant::now());
	}
	world.chain.break_root(&stuck);
	assert!(world.audit.next().is_err());
	assert_eq!(world.audit.next_retry(Instant::now()).unwrap().unwrap().0.root.0, other.to_bytes());
}

#[tokio::test]
async fn unreadable_versions_do_not_hide_a_lost_one() {
	let (mut world, root, leaves) = World::with_file();
	world.store().delete(&leaves[0]).unwrap();
	world.peers.lose(&leaves[0]);
	for number in 0..DAMAGED as u32 {
		let root = salus_primitives::Cid(Cid::of(Codec::Raw, &number.to_le_bytes()).to_bytes());
		let claim = StorageClaim { record: RecordId([0; 32]), version: number, root };
		let due = Instant::now() + LOST_PAUSE;
		world.audit.damaged.push_back(Damaged { claim, tries: 0, due, unread: true });
	}
	for _ in 0..TRIES {
		let now = Instant::now();
		for damaged in world.audit.damaged.iter_mut().filter(|damaged| damaged.tries > 0) {
			damaged.due = now;
		}
		world.turns(now).await;
	}
	assert!(world.audit.lost.contains_key(&root));
}
