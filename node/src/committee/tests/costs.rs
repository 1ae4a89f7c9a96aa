//! Waiting releases cost little, and delay nothing that is due.

use async_trait::async_trait;
use parking_lot::Mutex;
use salus_primitives::{
	Dealing, EpochInfo, EpochKey, Hash32, MemberIndex, RecordId, ReleaseDetails, RequestId,
	SealedVersions, Version,
};
use sp_runtime::AccountId32;

use super::*;
use crate::committee::{
	chain::{At, Chain, ChainError, Party},
	worker::releases::{NEW, WITHHELD},
};

/// A chain that counts what is read from it.
struct Counted {
	chain: Arc<FakeChain>,
	read: Mutex<Vec<Read>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
	Epoch(Epoch),
	Stands(RequestId),
	Sealed(Version),
	/// Releases from this request on.
	Releases(RequestId),
}

impl Counted {
	fn new(chain: &Arc<FakeChain>) -> Arc<Self> {
		Arc::new(Self { chain: chain.clone(), read: Mutex::default() })
	}

	fn count(&self, read: Read) -> usize {
		self.read.lock().iter().filter(|one| **one == read).count()
	}

	fn note(&self, read: Read) {
		self.read.lock().push(read);
	}
}

#[async_trait]
impl Chain for Counted {
	fn genesis(&self) -> Hash32 {
		self.chain.genesis()
	}

	fn finalised(&self) -> At {
		self.chain.finalised()
	}

	fn is_behind(&self) -> bool {
		self.chain.is_behind()
	}

	fn current_epoch(&self, at: At) -> Result<Epoch, ChainError> {
		self.chain.current_epoch(at)
	}

	fn epoch(&self, at: At, epoch: Epoch) -> Result<Option<EpochInfo>, ChainError> {
		self.note(Read::Epoch(epoch));
		self.chain.epoch(at, epoch)
	}

	fn epoch_key(&self, at: At, epoch: Epoch) -> Result<Option<EpochKey>, ChainError> {
		self.chain.epoch_key(at, epoch)
	}

	fn sealed_versions(&self, at: At) -> Result<Option<Vec<SealedVersions>>, ChainError> {
		self.chain.sealed_versions(at)
	}

	fn dealings(&self, at: At, epoch: Epoch) -> Result<Vec<(MemberIndex, Dealing)>, ChainError> {
		self.chain.dealings(at, epoch)
	}

	fn last_request(&self, at: At) -> Result<Option<RequestId>, ChainError> {
		self.chain.last_request(at)
	}

	fn party(&self, at: At, reader: &AccountId32) -> Result<Party, ChainError> {
		self.chain.party(at, reader)
	}

	fn open_releases(
		&self,
		at: At,
		from: RequestId,
		limit: u32,
	) -> Result<Vec<salus_primitives::Release<AccountId32>>, ChainError> {
		self.note(Read::Releases(from));
		self.chain.open_releases(at, from, limit)
	}

	fn release(
		&self,
		at: At,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<AccountId32>>, ChainError> {
		self.chain.release(at, request)
	}

	fn release_stands(&self, at: At, request: RequestId) -> Result<bool, ChainError> {
		self.note(Read::Stands(request));
		self.chain.release_stands(at, request)
	}

	fn sealed_key(
		&self,
		at: At,
		record: RecordId,
		version: Version,
	) -> Result<Option<salus_primitives::SealedKey>, ChainError> {
		self.note(Read::Sealed(version));
		self.chain.sealed_key(at, record, version)
	}

	async fn say(&self, said: Said, signature: [u8; 64]) -> Result<(), ChainError> {
		self.chain.say(said, signature).await
	}
}

/// Starts a node whose reads are counted.
fn counted(node: &Node, chain: &Arc<FakeChain>) -> (Arc<Counted>, Worker<Counted>) {
	let counted = Counted::new(chain);
	let folder = node.folder.path().join("committee");
	(counted.clone(), Worker::new(counted, node.keystore.clone(), folder, None))
}

/// Lets a worker act in this many blocks.
async fn turns(worker: &mut Worker<Counted>, chain: &Arc<FakeChain>, blocks: u32) {
	for _ in 0..blocks {
		let at = chain.finalised();
		worker.turn(at).await;
		worker.settle(at).await;
		chain.finalise();
	}
}

#[tokio::test]
async fn a_release_that_does_not_stand_is_rarely_looked_at() {
	let (chain, node, _) = alone().await;
	let denied = request(&chain, 1, reader().public());
	chain.change(|state| state.requests[denied as usize - 1].stands = false);
	chain.finalise();
	let (counted, mut worker) = counted(&node, &chain);
	turns(&mut worker, &chain, 200).await;
	// After 0, 1, 3, 7, 15, 31, 63, 127 and 191 blocks.
	assert_eq!(counted.count(Read::Stands(denied)), 9);
	// A denied request does not delay a later one.
	let later = request(&chain, 1, reader().public());
	chain.finalise();
	turns(&mut worker, &chain, 1).await;
	chain.finalise();
	assert_eq!(posted(&chain, later), [1]);
	// The denied request is served once it stands.
	chain.change(|state| state.requests[denied as usize - 1].stands = true);
	turns(&mut worker, &chain, LONGEST_PAUSE + 2).await;
	assert_eq!(posted(&chain, denied), [1]);
}

#[tokio::test]
async fn denied_requests_are_passed_over_once() {
	let (chain, node, _) = alone().await;
	let denied = request(&chain, 1, reader().public());
	repeat(&chain, denied, 99);
	chain.change(|state| state.denied.extend(1..=100));
	chain.finalise();
	let (counted, mut worker) = counted(&node, &chain);
	turns(&mut worker, &chain, 10).await;
	let later = request(&chain, 1, reader().public());
	chain.finalise();
	turns(&mut worker, &chain, 1).await;
	chain.finalise();
	assert_eq!(posted(&chain, later), [1]);
	let reads = counted.read.lock().clone();
	let reads: Vec<_> = reads.iter().filter(|one| matches!(one, Read::Releases(_))).collect();
	assert_eq!(reads, [&Read::Releases(1), &Read::Releases(101)]);
}

#[tokio::test]
async fn a_flood_that_does_not_stand_costs_little_in_a_block() {
	let (chain, node, _) = alone().await;
	let first = request(&chain, 1, reader().public());
	chain.change(|state| state.requests[first as usize - 1].stands = false);
	repeat(&chain, first, 2 * NEW - 1);
	chain.finalise();
	let (counted, mut worker) = counted(&node, &chain);
	// Each of them is looked at once.
	turns(&mut worker, &chain, 2).await;
	let is_decision = |read: &&Read| matches!(read, Read::Stands(_));
	for _ in 0..100 {
		counted.read.lock().clear();
		turns(&mut worker, &chain, 1).await;
		let decisions = counted.read.lock().iter().filter(is_decision).count();
		assert!(decisions <= WITHHELD, "{decisions}");
	}
	// None is forgotten.
	chain.change(|state| state.requests[first as usize].stands = true);
	turns(&mut worker, &chain, 2 * LONGEST_PAUSE).await;
	assert_eq!(posted(&chain, first + 1), [1]);
}

#[tokio::test]
async fn a_clinician_is_served_before_anothers_flood() {
	let (chain, node, _) = alone().await;
	let first = request(&chain, 1, reader().public());
	repeat(&chain, first, 999);
	let clinicians = request(&chain, 1, reader().public());
	chain.change(|state| {
		let clinician = AccountId32::new([4; 32]);
		state.requests[clinicians as usize - 1].release.reader = clinician.clone();
		state.parties.insert(clinician, Party::Staff(2));
	});
	chain.finalise();
	let (_, mut worker) = counted(&node, &chain);
	turns(&mut worker, &chain, 1).await;
	chain.finalise();
	assert_eq!(posted(&chain, clinicians), [1]);
	let state = chain.state();
	let served = state.requests.iter().filter(|one| !one.shares.is_empty()).count();
	assert_eq!(served, NEW, "the others wait for the next blocks");
	turns(&mut worker, &chain, 1).await;
	chain.finalise();
	let state = chain.state();
	let served = state.requests.iter().filter(|one| !one.shares.is_empty()).count();
	assert_eq!(served, 2 * NEW);
}

#[tokio::test]
async fn new_requests_come_before_those_that_wait() {
	let (chain, node, _) = alone().await;
	let denied = request(&chain, 1, reader().public());
	chain.change(|state| state.requests[denied as usize - 1].stands = false);
	chain.finalise();
	let (counted, mut worker) = counted(&node, &chain);
	turns(&mut worker, &chain, 1).await;
	let later = request(&chain, 1, reader().public());
	chain.finalise();
	counted.read.lock().clear();
	turns(&mut worker, &chain, 1).await;
	let looked: Vec<_> = counted.read.lock().clone();
	let stands: Vec<_> = looked.iter().filter(|one| matches!(one, Read::Stands(_))).collect();
	assert_eq!(stands, [&Read::Stands(later), &Read::Stands(denied)]);
}

#[tokio::test]
async fn a_badly_sealed_key_is_given_up_at_once() {
	let (chain, node, _) = alone().await;
	let number = request(&chain, 1, reader().public());
	chain.change(|state| {
		let sealed = state.requests[number as usize - 1].sealed.as_mut().unwrap();
		// The epoch in the sealed key, after the format's version.
		sealed.sealed[1..5].fill(0);
	});
	chain.finalise();
	let (counted, mut worker) = counted(&node, &chain);
	turns(&mut worker, &chain, 20).await;
	assert_eq!(counted.count(Read::Sealed(number as u32)), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superseded_epoch_that_waits_is_rarely_looked_at() {
	// The fourth never confirms.
	let (chain, nodes, _) = renewed_without_the_fourth().await;
	let (counted, mut worker) = counted(&nodes[0], &chain);
	turns(&mut worker, &chain, 4).await;
	counted.read.lock().clear();
	turns(&mut worker, &chain, 3 * LONGEST_PAUSE).await;
	assert_eq!(counted.count(Read::Epoch(1)), 3);
	assert!(holds(&nodes[0], "//A", 1));
}
