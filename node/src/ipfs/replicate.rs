//! Replication: finds the versions that this node should hold besides its own hospital's, and
//! fetches them.
//!
//! The chain lists the under-replicated versions and the present storage nodes. Rendezvous hashing
//! (Thaler and Ravishankar, 1998) decides which nodes should hold a version: each node that does
//! not hold it yet gets a score from the version's root and its own account, and the nodes with the
//! highest scores take it. All nodes reach the same result without communication, and when one
//! leaves, only the versions that it held move.
//!
//! This node fetches its versions from other nodes into the staging area. From there on each is an
//! upload like any other: the off-chain worker pushes it to the store or to Kubo, pins it, and
//! confirms it on the chain. So there is one way into the store, and one way to confirm.
//!
//! A chosen node may be full, or cut off from the nodes that have the blocks. So after [`PATIENCE`]
//! the next node in order tries too, and so on.
//!
//! Replicas count once for each organisation. So only the first node of an organisation in the
//! order is chosen, and none if one of them holds the version.
//!
//! Registering and confirming versions that do not exist costs others little: a version is charged
//! for bytes only as they arrive, failing versions come last, and after [`GIVE_UP`] failures the
//! node removes the part that it has, and tries again only after [`LONG_PAUSE`].
//!
//! Versions that the operator [evicted](super::evicted) are not fetched at all.
//!
//! Versions that nobody holds come first on the list. A node that has their blocks after all,
//! because they were put back, fetches them from itself.

use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{stream, StreamExt};
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	staging::{self, Upload},
	Cid,
};
use salus_primitives::{
	api::SalusApi, OrganisationId, RecordId, Role, UnderReplicatedVersion, Version,
};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_client_api::BlockchainEvents;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::Ipfs;
use crate::{clock::now_ms, errors::causes};

const LOG_TARGET: &str = "salus::replication";

/// Number of versions of the chain's list that one turn considers.
const PAGE: u32 = 64;
/// Number of versions fetched at a time.
const FETCHES: usize = 4;
/// Number of blocks of one version fetched at a time. With [`FETCHES`], up to 64 MiB are in
/// transit.
const BLOCKS: usize = 16;
/// Time after which a version that is being fetched gives way to the next ones.
const TURN: Duration = Duration::from_secs(30);
/// Time after which the next node in order tries too.
const PATIENCE: Duration = Duration::from_secs(300);
/// Time for which a fetched version is kept after the chain no longer needs it, in milliseconds.
const EXPIRY_MS: u64 = 60 * 60 * 1000;
/// Maximum pause after failures, before a version is given up.
const MAX_PAUSE: Duration = Duration::from_secs(600);
/// Number of failures after which a version is given up. With the pauses in between, they take half
/// an hour.
const GIVE_UP: u32 = 10;
/// Pause after a version was given up.
const LONG_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);
/// Number of failed versions that one turn tries again.
const RETRIES: usize = FETCHES;

/// Returns the score of a node for a version. The node with the highest score comes first.
fn score(root: &salus_primitives::Cid, node: &AccountId) -> [u8; 32] {
	let parts: [&[u8]; 3] = [b"salus/replica", &root.0, node.as_ref()];
	sp_io::hashing::blake2_256(&parts.concat())
}

/// Organisation for which each storage node counts.
type Organisations = HashMap<AccountId, Option<OrganisationId>>;

/// Storage nodes in a state of the chain.
struct Nodes {
	/// Replication target.
	target: usize,
	/// Present nodes.
	present: Vec<AccountId>,
	/// Organisations of the present nodes and of holders.
	organisations: Organisations,
}

/// Returns whether a node is among the first `count` of the present nodes whose organisations do
/// not hold the version.
fn is_chosen(
	node: &AccountId,
	count: usize,
	version: &UnderReplicatedVersion<AccountId>,
	present: &[AccountId],
	organisations: &Organisations,
) -> bool {
	let organisation = |who: &AccountId| organisations.get(who).copied().flatten();
	let mut seen: HashSet<_> = version.holders.iter().filter_map(organisation).collect();
	let mut candidates: Vec<_> = present
		.iter()
		.filter(|other| !version.holders.contains(other))
		.map(|other| (score(&version.root, other), other))
		.collect();
	candidates.sort_by(|a, b| b.cmp(a));
	candidates
		.into_iter()
		.map(|(_, other)| other)
		.filter(|other| organisation(other).is_none_or(|own| seen.insert(own)))
		.take(count)
		.any(|other| other == node)
}

/// Result of a turn at one version.
#[derive(Debug, PartialEq, Eq)]
enum Fetched {
	/// All blocks are staged.
	All,
	/// Some blocks are missing.
	Some,
}

/// Reason why a version cannot be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
	#[error("no other node returned block {0}")]
	NotFound(Cid),
	#[error("cannot stage its blocks")]
	Staging(#[from] staging::Error),
	#[error("the node is stopping")]
	Stopping,
	#[error("the network failed")]
	Peers(#[source] BoxError),
}

/// State of a version that this node may have to hold, between turns. Losing it costs only time.
struct Wanted {
	/// Time since which the chain has listed it.
	since: Instant,
	failures: u32,
	/// Time of the next attempt.
	retry: Instant,
	/// Time at which it was last seen on the list.
	seen: Instant,
	/// Number of nodes that hold it by the chain.
	holders: usize,
}

struct Replicator<C, P> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	peers: P,
	cursor: Option<(u32, RecordId, Version)>,
	wanted: HashMap<Cid, Wanted>,
	/// Start of this round of the list.
	began: Instant,
	/// Number of lost versions in this round of the list.
	lost: u64,
}

impl<C, P> Replicator<C, P>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P) -> Self {
		let began = Instant::now();
		Self { client, ipfs, peers, cursor: None, wanted: HashMap::new(), began, lost: 0 }
	}

	/// Returns the organisations for which these nodes count.
	fn organisations<'a>(
		&self,
		at: Hash,
		nodes: impl Iterator<Item = &'a AccountId>,
	) -> Result<Organisations, ApiError> {
		let api = self.client.runtime_api();
		let mut known = Organisations::new();
		for node in nodes {
			if known.contains_key(node) {
				continue;
			}
			let organisation = api
				.memberships(at, node.clone())?
				.into_iter()
				.find(|info| info.role == Role::StorageNode)
				.and_then(|info| info.member.organisation);
			known.insert(node.clone(), organisation);
		}
		Ok(known)
	}

	/// Considers one page of the list, and fetches the versions that this node should hold.
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

	/// Returns the versions of the next page of the list that are to be fetched now.
	fn due(&mut self, at: Hash, patience: Duration) -> Result<Vec<(Cid, u64)>, ApiError> {
		let api = self.client.runtime_api();
		let status = api.replication(at)?;
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.replication(&status);
			metrics.evicted.set(self.ipfs.evicted().len() as u64);
		}
		let present: Vec<AccountId> =
			status.nodes.into_iter().filter(|node| node.present).map(|node| node.node).collect();
		let page = api.under_replicated(at, self.cursor, PAGE)?;
		let organisations = if page.is_empty() {
			Organisations::new()
		} else {
			let holders = page.iter().flat_map(|version| &version.holders);
			self.organisations(at, present.iter().chain(holders))?
		};
		let nodes = Nodes { target: status.target as usize, present, organisations };
		let now = Instant::now();
		if self.cursor.is_none() {
			self.began = now;
		}
		self.lost += page.iter().filter(|version| version.holders.is_empty()).count() as u64;
		self.cursor = page
			.last()
			.filter(|_| page.len() == PAGE as usize)
			.map(|last| (last.holders.len() as u32, last.record, last.version));

		let mut due = Vec::new();
		for version in self.without_evicted(page) {
			match Cid::from_bytes(&version.root.0) {
				Ok(root) if self.is_due(&root, &version, &nodes, now, patience) => {
					due.push((root, version.size));
				}
				_ => {}
			}
		}
		if self.cursor.is_none() {
			self.end_round(now);
		}
		self.put_failed_last(&mut due);
		Ok(due)
	}

	/// Returns whether a version on the list is to be fetched now, and remembers that the list has
	/// it.
	fn is_due(
		&mut self,
		root: &Cid,
		version: &UnderReplicatedVersion<AccountId>,
		nodes: &Nodes,
		now: Instant,
		patience: Duration,
	) -> bool {
		let holders = version.holders.len();
		let wanted = self.wanted.entry(*root).or_insert(Wanted {
			since: now,
			failures: 0,
			retry: now,
			seen: now,
			holders,
		});
		wanted.seen = now;
		if holders > wanted.holders {
			// The new holder may have it.
			wanted.failures = 0;
			wanted.retry = now;
		}
		wanted.holders = holders;
		// If a chosen node is late, the next one tries too.
		let late = (now - wanted.since).as_secs() / patience.as_secs().max(1);
		let count = nodes.target.saturating_sub(holders).saturating_add(late as usize);
		let own = self.ipfs.storage_account();
		let chosen = is_chosen(own, count, version, &nodes.present, &nodes.organisations);
		let staged = self.ipfs.staging().is_complete(root).unwrap_or(false);
		chosen && !staged && now >= wanted.retry
	}

	/// Concludes a round of the list.
	fn end_round(&mut self, now: Instant) {
		self.forget(now);
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.lost_everywhere.set(self.lost);
		}
		self.lost = 0;
	}

	/// Moves failed versions to the end, and keeps only a few of them, so that they do not fill all
	/// parallel fetches.
	fn put_failed_last(&self, due: &mut Vec<(Cid, u64)>) {
		let failures = |root: &Cid| self.wanted.get(root).map_or(0, |wanted| wanted.failures);
		due.sort_by_cached_key(|(root, _)| failures(root));
		let fresh = due.iter().filter(|(root, _)| failures(root) == 0).count();
		due.truncate(fresh + RETRIES);
	}

	/// Leaves out evicted versions, and removes what was fetched of them.
	fn without_evicted(
		&mut self,
		page: Vec<UnderReplicatedVersion<AccountId>>,
	) -> Vec<UnderReplicatedVersion<AccountId>> {
		let (evicted, page): (Vec<_>, Vec<_>) = page
			.into_iter()
			.partition(|version| self.ipfs.is_evicted(version.record, version.version));
		for version in evicted {
			// Another version may need the same root.
			let wanted = page.iter().any(|other| other.root == version.root);
			match Cid::from_bytes(&version.root.0) {
				Ok(root) if !wanted => {
					self.wanted.remove(&root);
					self.remove_part(&root);
				}
				_ => {}
			}
		}
		page
	}

	/// Removes what was fetched of versions that left the list: enough nodes hold them now, or they
	/// were erased.
	fn forget(&mut self, now: Instant) {
		let gone: Vec<Cid> = self
			.wanted
			.iter()
			// A long round may have named it at its beginning.
			.filter(|(_, wanted)| wanted.seen < self.began)
			.filter(|(_, wanted)| now.saturating_duration_since(wanted.seen) > MAX_PAUSE)
			.map(|(root, _)| *root)
			.collect();
		for root in gone {
			self.wanted.remove(&root);
			self.remove_part(&root);
		}
	}

	/// Removes what was fetched of a version, unless it is complete.
	fn remove_part(&self, root: &Cid) {
		match self.ipfs.staging().remove_partial_own(root) {
			Ok(None) => {}
			Ok(Some(bytes)) => {
				log::debug!(target: LOG_TARGET, "removed the {bytes} bytes that were fetched of {root}")
			}
			Err(error) => {
				log::error!(target: LOG_TARGET, "cannot remove what was fetched of {root}: {}", causes(&error))
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
				let given_up = wanted.failures >= GIVE_UP;
				let pause = if given_up { LONG_PAUSE } else { pause(wanted.failures) };
				wanted.retry = Instant::now() + pause;
				log::warn!(
					target: LOG_TARGET,
					"cannot fetch {root} yet: {}; next attempt in {} s",
					causes(&error),
					pause.as_secs(),
				);
				if given_up {
					self.remove_part(&root);
				}
			}
		}
	}
}

/// Returns the pause after a number of failures: 4 s, 8 s, and so on.
fn pause(failures: u32) -> Duration {
	let seconds = 2u64.checked_shl(failures).filter(|seconds| *seconds > 0).unwrap_or(u64::MAX);
	Duration::from_secs(seconds).min(MAX_PAUSE)
}

/// Fetches a version's blocks into the staging area, until all are there or the turn is over.
/// Continues where an earlier turn or process ended.
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
				// The store may still have blocks that the node held before.
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

/// Replicates until the node stops.
pub async fn run<C, P>(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	let mut finalised = client.finality_notification_stream();
	let mut replicator = Replicator::new(client, ipfs, peers);
	while finalised.next().await.is_some() {
		// One turn is enough for all blocks that have arrived.
		while let Some(Some(_)) = futures::FutureExt::now_or_never(finalised.next()) {}
		if let Err(error) = replicator.turn(PATIENCE).await {
			log::warn!(target: LOG_TARGET, "cannot read the under-replicated versions from the chain: {error}; trying again");
		}
	}
}

#[cfg(test)]
mod tests;
