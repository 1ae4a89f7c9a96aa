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
		let stayed: BTreeSet<_> = before.iter().filter(|who| **who != node(9)).cloned().collect();
		assert!(stayed.is_subset(&after));
	}
}

#[test]
fn who_is_not_present_is_not_chosen() {
	let version = lacking(1, &[]);
	let present = [node(1), node(2)];
	assert!(!is_chosen(&node(9), 10, &version, &present, &Organisations::new()));
}

#[test]
fn one_node_of_each_organisation_is_chosen_and_none_where_one_holds_it() {
	let present: Vec<_> = (0..9).map(node).collect();
	let organisations: Organisations =
		(0..9).map(|number| (node(number), Some(u32::from(number / 3)))).collect();
	for root in 0..=255 {
		for (holders, count) in [(vec![], 3), (vec![node(4)], 2), (vec![node(0), node(8)], 1)] {
			let version = lacking(root, &holders);
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
		Self { chain, peers, replicator, _folder: folder }
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
	world.chain.set_present(&[storage_account(), node(9), node(8), better]);
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
async fn what_does_not_exist_is_given_up_and_delays_nothing_else() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	let leaf = blocks[0].0;
	world.peers.hold(blocks);
	world.peers.lose(&leaf);
	world.chain.lacks(&root, size, &[node(9)]);
	for attempt in 1..=GIVE_UP {
		world.turn().await;
		let wanted = world.replicator.wanted.get_mut(&root).unwrap();
		assert_eq!(wanted.failures, attempt);
		if attempt < GIVE_UP {
			assert!(wanted.retry <= Instant::now() + MAX_PAUSE);
			wanted.retry = Instant::now();
		}
	}
	assert!(world.replicator.ipfs.staging().upload(&root).is_none(), "it takes no room");
	assert!(world.replicator.wanted[&root].retry > Instant::now() + MAX_PAUSE);

	// Many that fail, all of them due: those that did not fail yet come first, and only a few of the others with them.
	let mut world = World::new(Limits::default());
	for seed in 10..40 {
		let (root, size, _) = file(seed);
		world.chain.lacks(&root, size, &[node(9)]);
	}
	world.turn().await;
	let roots: Vec<Cid> = world.replicator.wanted.keys().copied().collect();
	for wanted in world.replicator.wanted.values_mut() {
		wanted.retry = Instant::now();
	}
	let (good, size, blocks) = file(1);
	world.peers.hold(blocks);
	world.chain.lacks(&good, size, &[node(9)]);
	let due = world.replicator.due(crate::ipfs::testing::FINALISED, LATER).unwrap();
	assert_eq!(due[0].0, good);
	assert_eq!(due.len(), 1 + RETRIES);
	assert!(due[1..].iter().all(|(root, _)| roots.contains(root)));
}

#[tokio::test]
async fn a_version_that_nobody_holds_comes_from_whoever_has_its_blocks_after_all() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.chain.lacks(&root, size, &[]);
	world.turn().await;
	assert!(!world.is_staged(&root));
	let metrics = world.replicator.ipfs.metrics.clone().unwrap();
	assert_eq!(metrics.lost_everywhere.get(), 1);
	let store = world.replicator.ipfs.store().unwrap().clone();
	for (cid, data) in &blocks {
		store.put(cid, data).unwrap();
	}
	world.replicator.wanted.get_mut(&root).unwrap().retry = Instant::now();
	world.turn().await;
	assert!(world.is_staged(&root));
	world.chain.lacks_nothing();
	world.turn().await;
	assert_eq!(metrics.lost_everywhere.get(), 0);
}

#[tokio::test]
async fn a_node_leaves_to_another_one_what_its_organisation_holds() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks);
	for node in [storage_account(), node(9)] {
		world.chain.belongs(&node, 1);
	}
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	assert_eq!(world.peers.asked(), 0);
}

#[tokio::test]
async fn wrong_bytes_are_not_staged() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	world.peers.hold(blocks.into_iter().map(|(cid, _)| (cid, b"wrong".to_vec())));
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

#[tokio::test]
async fn what_the_operator_evicted_is_not_fetched_until_it_is_readmitted() {
	let mut world = World::new(Limits::default());
	let (root, size, blocks) = file(1);
	// Only a part of it can be had.
	let leaf = blocks.iter().find(|(cid, _)| cid.is_raw()).unwrap().0;
	world.peers.hold(blocks);
	let bytes = world.peers.lose(&leaf);
	world.chain.lacks(&root, size, &[node(9)]);
	world.turn().await;
	let ipfs = world.replicator.ipfs.clone();
	assert!(ipfs.staging().used_by_node() > 0);

	let record = TestChain::record_of(&root);
	let used = ipfs.staging().used_by_node();
	assert_eq!(ipfs.evict(record, 1, &root).unwrap(), used);
	assert!(ipfs.staging().upload(&root).is_none());
	// A fetch that was under way left something once more: the next turn lets go of it.
	let upload = Upload {
		root,
		size,
		owner: storage_account().into(),
		organisation: None,
		created_ms: 1,
		expires_ms: u64::MAX,
	};
	ipfs.staging().begin_own(upload).unwrap();
	world.peers.hold([(leaf, bytes)]);
	let asked = world.peers.asked();
	world.replicator.wanted.clear();
	world.turn().await;
	assert!(ipfs.staging().upload(&root).is_none());
	assert_eq!(world.peers.asked(), asked, "nobody is asked for it");
	assert_eq!(ipfs.metrics.as_ref().unwrap().evicted.get(), 1);

	assert!(ipfs.readmit(record, 1).unwrap());
	world.turn().await;
	assert!(world.is_staged(&root));
}
