use super::*;
use crate::ipfs::testing::{self, file, storage_account, TestChain, TestPeers};
use salus_ipfs::staging::Limits;
use std::collections::BTreeSet;

const LATER: Duration = Duration::from_secs(3600);

fn node(number: u8) -> AccountId {
	AccountId::new([number; 32])
}

fn lacking(root: u8, holders: &[AccountId]) -> UnderReplicatedVersion<AccountId> {
	UnderReplicatedVersion {
		record: RecordId([root; 32]),
		version: 1,
		root: salus_primitives::Cid([root; 36]),
		size: 1,
		holders: holders.to_vec(),
	}
}

fn chosen(
	count: usize,
	version: &UnderReplicatedVersion<AccountId>,
	present: &[AccountId],
) -> BTreeSet<AccountId> {
	let chosen = present
		.iter()
		.filter(|node| is_chosen(node, count, version, present));
	chosen.cloned().collect()
}

#[test]
fn as_many_are_chosen_as_lack_and_each_has_its_share() {
	let present: Vec<_> = (0..10).map(node).collect();
	let mut shares = [0u32; 10];
	for root in 0..=255 {
		let version = lacking(root, &[node(0)]);
		let chosen = chosen(2, &version, &present);
		assert_eq!(chosen.len(), 2);
		for node in chosen {
			shares[usize::from(AsRef::<[u8]>::as_ref(&node)[0])] += 1;
		}
	}
	assert_eq!(shares[0], 0, "who holds it is not chosen");
	// 512 choices over nine nodes are 57 each; five standard deviations are 36.
	for share in &shares[1..] {
		assert!((21..=93).contains(share), "{shares:?}");
	}
}

#[test]
fn when_a_node_goes_only_its_own_part_moves() {
	let present: Vec<_> = (0..10).map(node).collect();
	for root in 0..=255 {
		let version = lacking(root, &[]);
		let before = chosen(3, &version, &present);
		let without: Vec<_> = present[..9].to_vec();
		let after = chosen(3, &version, &without);
		let stayed: BTreeSet<_> = before
			.iter()
			.filter(|who| **who != node(9))
			.cloned()
			.collect();
		assert!(stayed.is_subset(&after));
	}
}

#[test]
fn who_is_not_present_is_not_chosen() {
	let version = lacking(1, &[]);
	assert!(!is_chosen(&node(9), 10, &version, &[node(1), node(2)]));
}

/// A node of the tests that is alone with another one, which holds the file.
struct World {
	chain: TestChain,
	peers: TestPeers,
	replicator: Replicator<TestChain, TestPeers>,
	_folder: tempfile::TempDir,
}

impl World {
	fn new(limits: Limits) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let (chain, peers) = (TestChain::default(), TestPeers::default());
		chain.set_present(&[storage_account(), node(9)]);
		let ipfs = testing::ipfs(folder.path(), limits);
		let replicator = Replicator::new(Arc::new(chain.clone()), ipfs, peers.clone());
		Self {
			chain,
			peers,
			replicator,
			_folder: folder,
		}
	}

	async fn turn(&mut self) {
		self.replicator.turn(LATER).await.unwrap();
	}

	fn is_staged(&self, root: &Cid) -> bool {
		let staging = self.replicator.ipfs.staging();
		staging.is_complete(root).unwrap_or(false)
	}
}

#[tokio::test]
async fn what_shall_be_held_here_is_fetched_and_staged() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks);
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert!(world.is_staged(&root));
	// Once is enough.
	let asked = world.peers.asked();
	world.turn().await;
	assert_eq!(world.peers.asked(), asked);
}

#[tokio::test]
async fn what_others_shall_hold_is_left_to_them_until_they_are_late() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks);
	// The other two hold it, or shall: this node is the last in order.
	let own = score(&salus_primitives::Cid(root.to_bytes()), &storage_account());
	let better = (10..=255)
		.map(node)
		.find(|node| score(&salus_primitives::Cid(root.to_bytes()), node) > own)
		.unwrap();
	world
		.chain
		.set_present(&[storage_account(), node(9), node(8), better]);
	world.chain.lacks(&root, size, &[node(9), node(8)]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	let wanted = world.replicator.wanted.get_mut(&root).unwrap();
	wanted.since = Instant::now().checked_sub(LATER + LATER / 2).unwrap();
	world.turn().await;
	assert!(world.is_staged(&root));
}

#[tokio::test]
async fn a_block_that_nobody_gives_is_asked_for_again_after_a_pause() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	let leaf = blocks[0].0;
	world.peers.hold(blocks);
	let lost = world.peers.lose(&leaf);
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	let asked = world.peers.asked();
	world.turn().await;
	assert_eq!(world.peers.asked(), asked, "not at once");
	world.peers.hold([(leaf, lost)]);
	world.replicator.wanted.get_mut(&root).unwrap().retry = Instant::now();
	world.turn().await;
	assert!(world.is_staged(&root));
}

#[tokio::test]
async fn wrong_bytes_are_not_staged() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world
		.peers
		.hold(blocks.into_iter().map(|(cid, _)| (cid, b"wrong".to_vec())));
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	assert_eq!(world.replicator.wanted[&root].failures, 1);
}

#[tokio::test]
async fn what_the_node_has_already_it_does_not_ask_for() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	let store = world.replicator.ipfs.store().unwrap().clone();
	for (cid, data) in &blocks {
		store.put(cid, data).unwrap();
	}
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert!(world.is_staged(&root));
	assert_eq!(world.peers.asked(), 0);
}

#[tokio::test]
async fn the_limits_of_users_uploads_do_not_bind_copies_but_that_of_the_disk_does() {
	for (own_bytes, staged) in [(1 << 30, true), (1 << 20, false)] {
		let mut world = World::new(Limits {
			own_bytes,
			total_bytes: 1,
			upload_bytes: 1,
			owner_bytes: 1,
			..Limits::default()
		});
		let (root, size, blocks) = file(1);
		world.peers.hold(blocks);
		world.chain.lacks(&root, size, &[node(9)]);
		world.turn().await;
		assert_eq!(world.is_staged(&root), staged);
	}
}

#[tokio::test]
async fn what_is_not_wanted_any_more_makes_room() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	let leaf = blocks[0].0;
	world.peers.hold(blocks);
	world.peers.lose(&leaf);
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert!(world.replicator.ipfs.staging().upload(&root).is_some());
	world.chain.lacks_nothing();
	world.turn().await;
	assert!(world.replicator.ipfs.staging().upload(&root).is_some());
	world.replicator.forget(Instant::now() + LATER);
	assert!(world.replicator.ipfs.staging().upload(&root).is_none());
}

#[tokio::test]
async fn a_chain_that_does_not_answer_is_an_error_and_nothing_else() {
	let mut world = World::new(Limits::default());
	world.chain.break_down();
	assert!(world.replicator.turn(LATER).await.is_err());
}
