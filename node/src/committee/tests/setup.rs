//! Committees with which several tests begin, and steps that they share.

use salus_envelope::{Delivery, KeyAgreementSecret};
use salus_threshold::{Release, SealedKey};
use tokio::sync::OnceCell;

use super::*;

pub(super) const FOUR: [&str; 4] = ["//A", "//B", "//C", "//D"];

/// Creates a committee of one with its key.
pub(super) async fn alone() -> (Arc<FakeChain>, Node, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let chain = FakeChain::new(&["//Alice"]);
		let node = Node::new("//Alice");
		activates(&chain, &mut [node.start(&chain)], 1).await;
		Beginning::new(&chain, vec![node])
	};
	let (chain, mut nodes, mut workers) = BEGINNING.get_or_init(|| made).await.copy();
	block(&chain, &mut workers).await;
	(chain, nodes.remove(0), workers)
}

/// Starts four nodes whose members have no key yet.
pub(super) fn start() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	let chain = FakeChain::new(&FOUR);
	let nodes: Vec<_> = FOUR.map(Node::new).into();
	let workers = nodes.iter().map(|node| node.start(&chain)).collect();
	(chain, nodes, workers)
}

/// Starts four nodes whose members have all dealt.
pub(super) async fn dealt() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = start();
		dealings::of_four().give(&nodes);
		reaches(&chain, &mut workers, 1, EpochPhase::Confirming).await;
		Beginning::new(&chain, nodes)
	};
	BEGINNING.get_or_init(|| made).await.copy()
}

/// Creates a committee of four with its key.
pub(super) async fn four() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = dealt().await;
		activates(&chain, &mut workers, 1).await;
		Beginning::new(&chain, nodes)
	};
	let (chain, nodes, mut workers) = BEGINNING.get_or_init(|| made).await.copy();
	block(&chain, &mut workers).await;
	(chain, nodes, workers)
}

/// Creates a committee of four whose last member dealt, and was away when the others confirmed.
pub(super) async fn fourth_left() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = dealt().await;
		activates_without_the_fourth(&chain, &mut workers, 1).await;
		Beginning::new(&chain, nodes)
	};
	let (chain, nodes, mut workers) = BEGINNING.get_or_init(|| made).await.copy();
	block(&chain, &mut workers[..3]).await;
	(chain, nodes, workers)
}

/// Creates a committee of four with its key, and opens an epoch in which they renew their shares.
pub(super) async fn renewing() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	let (chain, nodes, workers) = four().await;
	chain.change(|state| state.previous.insert(2, 1));
	chain.open_epoch(&FOUR);
	(chain, nodes, workers)
}

/// Has four members renew their shares as far as dealing.
async fn renewal_dealt() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = renewing().await;
		dealings::for_renewal().await.give(&nodes);
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Beginning::new(&chain, nodes)
	};
	BEGINNING.get_or_init(|| made).await.copy()
}

/// Has four members renew their shares.
pub(super) async fn renewed() -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = renewal_dealt().await;
		activates(&chain, &mut workers, 2).await;
		Beginning::new(&chain, nodes)
	};
	let (chain, nodes, mut workers) = BEGINNING.get_or_init(|| made).await.copy();
	block(&chain, &mut workers).await;
	(chain, nodes, workers)
}

/// Has four members renew their shares. The fourth is away when the others confirm.
pub(super) async fn renewed_without_the_fourth(
) -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
	static BEGINNING: OnceCell<Beginning> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = renewal_dealt().await;
		activates_without_the_fourth(&chain, &mut workers, 2).await;
		Beginning::new(&chain, nodes)
	};
	let (chain, nodes, mut workers) = BEGINNING.get_or_init(|| made).await.copy();
	block(&chain, &mut workers[..3]).await;
	(chain, nodes, workers)
}

/// Runs blocks until an epoch is in a phase.
pub(super) async fn reaches(
	chain: &Arc<FakeChain>,
	workers: &mut [Worker<FakeChain>],
	epoch: usize,
	phase: EpochPhase,
) {
	for _ in 0..8 {
		if chain.state().epochs[epoch - 1].phase == phase {
			break;
		}
		block(chain, workers).await;
	}
	assert_eq!(chain.state().epochs[epoch - 1].phase, phase);
}

/// Runs blocks until an epoch is active, and its members have taken up their shares.
pub(super) async fn activates(
	chain: &Arc<FakeChain>,
	workers: &mut [Worker<FakeChain>],
	epoch: usize,
) {
	blocks(chain, workers, 6).await;
	assert_eq!(chain.state().epochs[epoch - 1].phase, EpochPhase::Active);
}

/// Runs blocks until an epoch is active, in which the fourth member deals, and then leaves.
pub(super) async fn activates_without_the_fourth(
	chain: &Arc<FakeChain>,
	workers: &mut [Worker<FakeChain>],
	epoch: usize,
) {
	reaches(chain, workers, epoch, EpochPhase::Confirming).await;
	activates(chain, &mut workers[..3], epoch).await;
	assert!(!chain.state().epochs[epoch - 1].members[3].confirmed);
}

pub(super) fn vault(node: &Node, seed: &str) -> Vault {
	let folder = node.folder.path().join("committee");
	Vault::open(&folder, GENESIS, &*node.keystore, public(seed)).unwrap()
}

pub(super) fn reader() -> KeyAgreementSecret {
	KeyAgreementSecret::generate().unwrap()
}

/// Opens the request's key as its reader.
pub(super) fn open(
	chain: &FakeChain,
	request: u64,
	secret: &KeyAgreementSecret,
) -> Option<[u8; 32]> {
	let state = chain.state().requests[request as usize - 1].clone();
	let public = epoch_key(chain, state.release.epoch);
	let context = member::context(GENESIS, &state.release);
	let sealed = SealedKey::from_bytes(&state.sealed.unwrap().sealed).unwrap();
	let release = Release::new(&public, &sealed, &context).unwrap();
	let shares: Vec<_> = state
		.shares
		.iter()
		.map(|(member, share)| {
			let delivery = Delivery { release: context.digest(), member: *member };
			(*member, delivery.open(secret, share).unwrap())
		})
		.collect();
	let shares = shares.iter().map(|(member, share)| (*member, &share[..]));
	release.combine(shares).ok().map(|opened| *opened.dek)
}

/// Lets the time pass after which workers destroy shares that are of no use.
pub(super) async fn grace_passes(chain: &Arc<FakeChain>, workers: &mut [Worker<FakeChain>]) {
	for blocks in [LONGEST_PAUSE, GRACE, 0] {
		for _ in 0..blocks {
			chain.finalise();
		}
		block(chain, workers).await;
	}
}

/// Returns whether a member has its share of an epoch on disk.
pub(super) fn holds(node: &Node, seed: &str, epoch: Epoch) -> bool {
	vault(node, seed).read(epoch, Kind::Share).unwrap().is_some()
}

/// Returns the members of [`FOUR`] whose nodes have their shares of an epoch on disk.
pub(super) fn holders(nodes: &[Node], epoch: Epoch) -> Vec<&'static str> {
	let members = nodes.iter().zip(FOUR).filter(|(node, seed)| holds(node, seed, epoch));
	members.map(|(_, seed)| seed).collect()
}
