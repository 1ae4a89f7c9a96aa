use super::*;
use crate::ipfs::testing::{self, file, put_all, storage_account, TestChain, TestPeers};
use salus_ipfs::staging::Limits;
use std::collections::BTreeSet;

const LATER: Duration = Duration::from_secs(3600);

fn node(number: u8) -> AccountId {
	AccountId::new([number; 32])
}

fn version_with(root: u8, holders: &[AccountId]) -> UnderReplicatedVersion<AccountId> {
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
	let organisations = present
		.iter()
		.enumerate()
		.map(|(number, node)| (node.clone(), Some(number as u32)))
		.collect();
	let chosen =
		present.iter().filter(|node| is_chosen(node, count, version, present, &organisations));
	chosen.cloned().collect()
}

#[test]
fn the_missing_number_is_chosen_evenly() {
	let present: Vec<_> = (0..10).map(node).collect();
	let mut shares = [0u32; 10];
	for root in 0..=255 {
		let version = version_with(root, &[node(0)]);
		let chosen = chosen(2, &version, &present);
		assert_eq!(chosen.len(), 2);
		for node in chosen {
			shares[usize::from(AsRef::<[u8]>::as_ref(&node)[0])] += 1;
		}
	}
	assert_eq!(shares[0], 0, "a holder is not chosen");
	// 512 choices over nine nodes make 57 each. Five standard deviations are 36.
	for share in &shares[1..] {
		assert!((21..=93).contains(share), "{shares:?}");
	}
}

#[test]
fn when_a_node_leaves_only_its_versions_move() {
	let present: Vec<_> = (0..10).map(node).collect();
	for root in 0..=255 {
		let version = version_with(root, &[]);
		let before = chosen(3, &version, &present);
		let without: Vec<_> = present[..9].to_vec();
		let after = chosen(3, &version, &without);
		let stayed: BTreeSet<_> = before.iter().filter(|who| **who != node(9)).cloned().collect();
		assert!(stayed.is_subset(&after));
	}
}

#[test]
fn an_absent_node_is_not_chosen() {
	let version = version_with(1, &[]);
	let present = [node(1), node(2)];
	assert!(!is_chosen(&node(9), 10, &version, &present, &Organisations::new()));
}

#[test]
fn each_organisation_holds_a_version_at_most_once() {
	let present: Vec<_> = (0..9).map(node).collect();
	let organisations: Organisations =
		(0..9).map(|number| (node(number), Some(u32::from(number / 3)))).collect();
	for root in 0..=255 {
		for (holders, count) in [(vec![], 3), (vec![node(4)], 2), (vec![node(0), node(8)], 1)] {
			let version = version_with(root, &holders);
			let chosen: Vec<u8> = (0..9)
				.filter(|number| is_chosen(&node(*number), 9, &version, &present, &organisations))
				.map(|number| number / 3)
				.collect();
			assert_eq!(chosen.len(), count);
			let distinct: BTreeSet<_> = chosen.iter().collect();
			assert_eq!(distinct.len(), count);
			for holder in &holders {
				let Some(own) = organisations[holder] else {
					continue;
				};
				assert!(!chosen.contains(&(own as u8)));
			}
		}
	}
}

/// A node beside one other node, which holds the file.
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
		Self { chain, peers, replicator, _folder: folder }
	}

	/// Lists a version that the other node holds, and returns its root.
	fn listed(&self) -> Cid {
		let (root, size, blocks) = file(1);
		self.peers.hold(blocks);
		self.chain.add_under_replicated(&root, size, &[node(9)]);
		root
	}

	/// Does the same, but the other node has lost a leaf. Returns the root and the leaf.
	fn listed_without_a_leaf(&self) -> (Cid, (Cid, Vec<u8>)) {
		let root = self.listed();
		let (_, _, blocks) = file(1);
		let leaf = blocks[0].0;
		(root, (leaf, self.peers.lose(&leaf)))
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
async fn a_chosen_node_fetches_and_stages_the_version() {
	let mut world = World::new(Limits::default());
	let root = world.listed();
	world.turn().await;
	assert!(world.is_staged(&root));
	// The node does not fetch it again.
	let asked = world.peers.asked();
	world.turn().await;
	assert_eq!(world.peers.asked(), asked);
}

#[tokio::test]
async fn a_node_takes_over_when_chosen_ones_are_late() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks);
	// Two other nodes hold it, and a third one is due. This node is the last in order.
	let own = score(&salus_primitives::Cid(root.to_bytes()), &storage_account());
	let better = (10..=255)
		.map(node)
		.find(|node| score(&salus_primitives::Cid(root.to_bytes()), node) > own)
		.unwrap();
	world.chain.set_present(&[storage_account(), node(9), node(8), better]);
	world.chain.add_under_replicated(&root, size, &[node(9), node(8)]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	let wanted = world.replicator.wanted.get_mut(&root).unwrap();
	wanted.since = Instant::now().checked_sub(LATER + LATER / 2).unwrap();
	world.turn().await;
	assert!(world.is_staged(&root));
}

#[tokio::test]
async fn a_missing_block_is_requested_again_after_a_pause() {
	let mut world = World::new(Limits::default());
	let (root, leaf) = world.listed_without_a_leaf();
	let began = Instant::now();
	world.turn().await;
	assert!(!world.is_staged(&root));
	let wanted = world.replicator.wanted.get_mut(&root).unwrap();
	assert!(wanted.retry >= began + pause(1));
	// However long a busy machine takes, the pause has not ended.
	wanted.retry = Instant::now() + LATER;
	let asked = world.peers.asked();
	world.turn().await;
	assert_eq!(world.peers.asked(), asked, "not at once");
	world.peers.hold([leaf]);
	world.replicator.wanted.get_mut(&root).unwrap().retry = Instant::now();
	world.turn().await;
	assert!(world.is_staged(&root));
}

#[tokio::test]
async fn a_version_without_blocks_is_given_up_and_delays_none() {
	let mut world = World::new(Limits::default());
	let (root, _) = world.listed_without_a_leaf();
	for attempt in 1..=GIVE_UP {
		world.turn().await;
		let wanted = world.replicator.wanted.get_mut(&root).unwrap();
		assert_eq!(wanted.failures, attempt);
		if attempt < GIVE_UP {
			assert!(wanted.retry <= Instant::now() + MAX_PAUSE);
			wanted.retry = Instant::now();
		}
	}
	assert!(world.replicator.ipfs.staging().upload(&root).is_none(), "its part was removed");
	assert!(world.replicator.wanted[&root].retry > Instant::now() + MAX_PAUSE);

	// Many failed versions are due. Versions that have not failed come first, and only a few failed
	// ones follow.
	let mut world = World::new(Limits::default());
	for seed in 10..40 {
		let (root, size, _) = file(seed);
		world.chain.add_under_replicated(&root, size, &[node(9)]);
	}
	world.turn().await;
	let roots: Vec<Cid> = world.replicator.wanted.keys().copied().collect();
	for wanted in world.replicator.wanted.values_mut() {
		wanted.retry = Instant::now();
	}
	let (good, size, blocks) = file(1);
	world.peers.hold(blocks);
	world.chain.add_under_replicated(&good, size, &[node(9)]);
	let due = world.replicator.due(crate::ipfs::testing::FINALISED, LATER).unwrap();
	assert_eq!(due[0].0, good);
	assert_eq!(due.len(), 1 + RETRIES);
	assert!(due[1..].iter().all(|(root, _)| roots.contains(root)));
}

#[tokio::test]
async fn a_lost_version_returns_from_its_own_blocks() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.chain.add_under_replicated(&root, size, &[]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	let metrics = world.replicator.ipfs.metrics.clone().unwrap();
	assert_eq!(metrics.lost_everywhere.get(), 1);
	let store = world.replicator.ipfs.store().unwrap().clone();
	put_all(&store, &blocks);
	world.replicator.wanted.get_mut(&root).unwrap().retry = Instant::now();
	world.turn().await;
	assert!(world.is_staged(&root));
	world.chain.clear_under_replicated();
	world.turn().await;
	assert_eq!(metrics.lost_everywhere.get(), 0);
}

#[tokio::test]
async fn a_node_skips_versions_its_organisation_holds() {
	let mut world = World::new(Limits::default());
	for node in [storage_account(), node(9)] {
		world.chain.belongs(&node, 1);
	}
	world.listed();
	world.turn().await;
	assert_eq!(world.peers.asked(), 0);
}

#[tokio::test]
async fn wrong_bytes_are_not_staged() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks.into_iter().map(|(cid, _)| (cid, b"wrong".to_vec())));
	world.chain.add_under_replicated(&root, size, &[node(9)]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	assert_eq!(world.replicator.wanted[&root].failures, 1);
}

#[tokio::test]
async fn blocks_that_the_node_has_are_not_requested() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	let store = world.replicator.ipfs.store().unwrap().clone();
	put_all(&store, &blocks);
	world.chain.add_under_replicated(&root, size, &[node(9)]);
	world.turn().await;
	assert!(world.is_staged(&root));
	assert_eq!(world.peers.asked(), 0);
}

#[tokio::test]
async fn fetched_versions_have_a_limit_of_their_own() {
	for (own_bytes, staged) in [(1 << 30, true), (1 << 20, false)] {
		let mut world = World::new(Limits {
			own_bytes,
			total_bytes: 1,
			upload_bytes: 1,
			owner_bytes: 1,
			..Limits::default()
		});
		let root = world.listed();
		world.turn().await;
		assert_eq!(world.is_staged(&root), staged);
	}
}

#[tokio::test]
async fn a_part_no_longer_needed_is_removed() {
	let mut world = World::new(Limits::default());
	let (root, _) = world.listed_without_a_leaf();
	world.turn().await;
	assert!(world.replicator.ipfs.staging().upload(&root).is_some());
	world.chain.clear_under_replicated();
	world.turn().await;
	assert!(world.replicator.ipfs.staging().upload(&root).is_some());
	world.replicator.forget(Instant::now() + LATER);
	assert!(world.replicator.ipfs.staging().upload(&root).is_none());
}

#[tokio::test]
async fn a_part_is_kept_through_a_long_round_of_the_list() {
	let mut world = World::new(Limits::default());
	let (root, _) = world.listed_without_a_leaf();
	world.turn().await;
	let part = world.replicator.ipfs.staging().used_by_node();
	assert!(part > 0);
	// The round that named it ends only now.
	world.replicator.forget(Instant::now() + LATER);
	assert_eq!(world.replicator.ipfs.staging().used_by_node(), part);
	assert_eq!(world.replicator.wanted[&root].failures, 1);
}

#[tokio::test]
async fn a_chain_that_does_not_answer_is_an_error() {
	let mut world = World::new(Limits::default());
	world.chain.break_down();
	assert!(world.replicator.turn(LATER).await.is_err());
}

#[tokio::test]
async fn an_evicted_version_is_not_fetched_until_readmitted() {
	let mut world = World::new(Limits::default());
	let (root, leaf) = world.listed_without_a_leaf();
	world.turn().await;
	let ipfs = world.replicator.ipfs.clone();
	assert!(ipfs.staging().used_by_node() > 0);

	let record = TestChain::record_of(&root);
	let used = ipfs.staging().used_by_node();
	assert_eq!(ipfs.evict(record, 1, &root).unwrap(), used);
	assert!(ipfs.staging().upload(&root).is_none());
	// A fetch in progress left a part once more. The next turn removes it.
	let upload = Upload {
		root,
		size: file(1).1,
		owner: storage_account().into(),
		organisation: None,
		created_ms: 1,
		expires_ms: u64::MAX,
	};
	ipfs.staging().begin_own(upload).unwrap();
	world.peers.hold([leaf]);
	let asked = world.peers.asked();
	world.replicator.wanted.clear();
	world.turn().await;
	assert!(ipfs.staging().upload(&root).is_none());
	assert_eq!(world.peers.asked(), asked, "no other node is asked for it");
	assert_eq!(ipfs.metrics.as_ref().unwrap().evicted.get(), 1);

	assert!(ipfs.readmit(record, 1).unwrap());
	world.turn().await;
	assert!(world.is_staged(&root));
}
