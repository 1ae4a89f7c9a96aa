//! Which versions this node shall hold besides what its own hospital stores, and fetching them.
//!
//! The chain lists the versions that too few storage nodes hold, and the nodes that are present. Who of these shall hold a
//! version follows from rendezvous hashing (Thaler and Ravishankar, 1998): each node that does not hold it yet has a score
//! from the version's root and its own account, and the highest ones take it. All nodes come to the same answer without
//! talking, and when one leaves, only what it held moves.
//!
//! What shall be held here is fetched from the others into the staging area. From there on it is an upload like any other:
//! the off-chain worker pushes it to the store or to Kubo, pins it, and confirms it on chain. So there is one way into the
//! store, and one way to confirm.
//!
//! A node that is chosen may be unable to: full, or cut off from the ones that have the blocks. So after [`PATIENCE`] the
//! next one in order tries too, and so on.

use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{stream, StreamExt};
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	staging::{self, Upload},
	Cid,
};
use salus_primitives::{api::SalusApi, RecordId, UnderReplicatedVersion, Version};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_client_api::BlockchainEvents;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{causes, now_ms, Ipfs};

const LOG_TARGET: &str = "salus::replication";

/// How many versions of the chain's list one turn looks at.
const PAGE: u32 = 64;
/// How many versions are fetched at a time.
const FETCHES: usize = 4;
/// How many blocks of one version are fetched at a time: with [`FETCHES`], up to 64 MiB are on their way.
const BLOCKS: usize = 16;
/// How long one version may be fetched before the next ones have a turn.
const TURN: Duration = Duration::from_secs(30);
/// After how long the next node in order tries too.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a fetched version is kept that the chain does not want any more, in milliseconds.
const EXPIRY_MS: u64 = 60 * 60 * 1000;
/// The longest pause after failures.
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// The score of a node for a version: the node with the highest one comes first.
fn score(root: &salus_primitives::Cid, node: &AccountId) -> [u8; 32] {
	let parts: [&[u8]; 3] = [b"salus/replica", &root.0, node.as_ref()];
	sp_io::hashing::blake2_256(&parts.concat())
}

/// Whether a node is among the `count` first of those that are present and do not hold the version.
fn is_chosen(
	node: &AccountId,
	count: usize,
	version: &UnderReplicatedVersion<AccountId>,
	present: &[AccountId],
) -> bool {
	let holds = |who: &AccountId| version.holders.contains(who);
	if holds(node) || !present.contains(node) {
		return false;
	}
	let own = score(&version.root, node);
	let before = present
		.iter()
		.filter(|other| !holds(other) && score(&version.root, other) > own)
		.count();
	before < count
}

/// What came of a turn at one version.
#[derive(Debug, PartialEq, Eq)]
enum Fetched {
	/// All its blocks are staged.
	All,
	/// There is more to fetch.
	Some,
}

/// Why a version could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
	#[error("no node gives block {0}")]
	NotFound(Cid),
	#[error("cannot stage it")]
	Staging(#[from] staging::Error),
	#[error("the node is stopping")]
	Stopping,
	#[error("the network failed")]
	Peers(#[source] BoxError),
}

/// What is remembered of a version that shall be held here, from turn to turn. Losing it costs time, nothing else.
struct Wanted {
	/// Since when the chain lists it.
	since: Instant,
	failures: u32,
	/// Not before.
	retry: Instant,
	/// When it was last seen in the list.
	seen: Instant,
}

struct Replicator<C, P> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	peers: P,
	cursor: Option<(u32, RecordId, Version)>,
	wanted: HashMap<Cid, Wanted>,
}

impl<C, P> Replicator<C, P>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P) -> Self {
		Self {
			client,
			ipfs,
			peers,
			cursor: None,
			wanted: HashMap::new(),
		}
	}

	/// Looks at one page of the list and fetches what this node shall hold of it.
	async fn turn(&mut self, patience: Duration) -> Result<(), ApiError> {
		let at = self.client.info().finalized_hash;
		let due = self.due(at, patience)?;
		let fetched: Vec<_> = stream::iter(due)
			.map(|(root, size)| {
				let (ipfs, peers) = (&self.ipfs, &self.peers);
				async move { (root, fetch(ipfs, peers, root, size).await) }
			})
			.buffer_unordered(FETCHES)
			.collect()
			.await;
		for (root, outcome) in fetched {
			self.settle(root, outcome);
		}
		Ok(())
	}

	/// The versions to fetch now.
	fn due(&mut self, at: Hash, patience: Duration) -> Result<Vec<(Cid, u64)>, ApiError> {
		let api = self.client.runtime_api();
		let status = api.replication(at)?;
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.replication(&status);
		}
		let own = self.ipfs.storage_account();
		let present: Vec<AccountId> = status
			.nodes
			.into_iter()
			.filter(|node| node.present)
			.map(|node| node.node)
			.collect();
		let page = api.under_replicated(at, self.cursor, PAGE)?;
		self.cursor = page
			.last()
			.filter(|_| page.len() == PAGE as usize)
			.map(|last| (last.holders.len() as u32, last.record, last.version));

		let now = Instant::now();
		let mut due = Vec::new();
		for version in page {
			let Ok(root) = Cid::from_bytes(&version.root.0) else {
				continue;
			};
			let wanted = self.wanted.entry(root).or_insert(Wanted {
				since: now,
				failures: 0,
				retry: now,
				seen: now,
			});
			wanted.seen = now;
			// Whoever was chosen and did not is joined by the next one.
			let late = (now - wanted.since).as_secs() / patience.as_secs().max(1);
			let lacking = (status.target as usize).saturating_sub(version.holders.len());
			let chosen = is_chosen(
				own,
				lacking.saturating_add(late as usize),
				&version,
				&present,
			);
			let staged = self.ipfs.staging().is_complete(&root).unwrap_or(false);
			if chosen && !staged && now >= wanted.retry {
				due.push((root, version.size));
			}
		}
		if self.cursor.is_none() {
			self.forget(now);
		}
		Ok(due)
	}

	/// Lets go of what the list did not name in its last round: enough nodes hold it now, or it was erased.
	fn forget(&mut self, now: Instant) {
		let gone: Vec<Cid> = self
			.wanted
			.iter()
			.filter(|(_, wanted)| now - wanted.seen > MAX_PAUSE)
			.map(|(root, _)| *root)
			.collect();
		for root in gone {
			self.wanted.remove(&root);
			let staging = self.ipfs.staging();
			let own = staging.upload(&root).is_some_and(|upload| {
				upload.owner == *AsRef::<[u8; 32]>::as_ref(self.ipfs.storage_account())
			});
			if own && !staging.is_complete(&root).unwrap_or(true) {
				match staging.remove(&root) {
					Ok(_) => log::debug!(target: LOG_TARGET, "{root} is not wanted any more"),
					Err(error) => {
						log::error!(target: LOG_TARGET, "cannot remove {root}: {}", causes(&error))
					}
				}
			}
		}
	}

	fn settle(&mut self, root: Cid, outcome: Result<Fetched, FetchError>) {
		let Some(wanted) = self.wanted.get_mut(&root) else {
			return;
		};
		match outcome {
			Ok(fetched) => {
				wanted.failures = 0;
				if fetched == Fetched::All {
					log::info!(target: LOG_TARGET, "fetched {root} from other nodes");
					if let Some(metrics) = &self.ipfs.metrics {
						metrics.fetched.inc();
					}
					self.ipfs.publish_uploads();
				}
			}
			Err(error) => {
				wanted.failures = wanted.failures.saturating_add(1);
				let pause = pause(wanted.failures);
				wanted.retry = Instant::now() + pause;
				log::warn!(
					target: LOG_TARGET,
					"cannot copy {root} yet: {}; next attempt in {} s",
					causes(&error),
					pause.as_secs(),
				);
			}
		}
	}
}

/// How long to wait after so many failures: 4 s, 8 s, and so on.
fn pause(failures: u32) -> Duration {
	let seconds = 2u64
		.checked_shl(failures)
		.filter(|seconds| *seconds > 0)
		.unwrap_or(u64::MAX);
	Duration::from_secs(seconds).min(MAX_PAUSE)
}

/// Fetches a version's blocks into the staging area, until all are there or the turn is over. Goes on where an earlier
/// turn, or process, ended.
async fn fetch<P: BlockSource>(
	ipfs: &Ipfs,
	peers: &P,
	root: Cid,
	size: u64,
) -> Result<Fetched, FetchError> {
	let ends = Instant::now() + TURN;
	let now = now_ms();
	let staging = ipfs.staging().clone();
	staging.begin_own(Upload {
		root,
		size,
		owner: *AsRef::<[u8; 32]>::as_ref(ipfs.storage_account()),
		organisation: None,
		created_ms: now,
		expires_ms: now.saturating_add(EXPIRY_MS),
	})?;
	loop {
		let missing = staging.missing(&root, BLOCKS)?;
		if missing.is_empty() {
			return Ok(Fetched::All);
		}
		if Instant::now() >= ends {
			return Ok(Fetched::Some);
		}
		let mut blocks = stream::iter(missing)
			.map(|cid| async move {
				// What it held before it was away, it need not ask for.
				let own = ipfs.block(cid).await.unwrap_or_default();
				match own {
					Some(data) => Ok((cid, data)),
					None => match peers.get(cid).await.map_err(FetchError::Peers)? {
						Some(data) => Ok((cid, data)),
						None => Err(FetchError::NotFound(cid)),
					},
				}
			})
			.buffer_unordered(BLOCKS);
		while let Some(block) = blocks.next().await {
			let (cid, data) = block?;
			let staging = staging.clone();
			tokio::task::spawn_blocking(move || staging.put(&root, &cid, &data))
				.await
				.map_err(|_| FetchError::Stopping)??;
		}
	}
}

/// Runs until the node stops.
pub async fn run<C, P>(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	let mut finalised = client.finality_notification_stream();
	let mut replicator = Replicator::new(client, ipfs, peers);
	while finalised.next().await.is_some() {
		// Those that came meanwhile say nothing more.
		while let Some(Some(_)) = futures::FutureExt::now_or_never(finalised.next()) {}
		if let Err(error) = replicator.turn(PATIENCE).await {
			log::warn!(target: LOG_TARGET, "cannot ask the chain what to copy: {error}");
		}
	}
}

#[cfg(test)]
mod tests;
