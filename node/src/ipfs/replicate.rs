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
//!
//! Copies count once for each organisation, so of the nodes of one organisation only the first in order counts, and none
//! where one of them holds the version.
//!
//! Whoever registers and confirms what does not exist costs others little: bytes are charged when they come, what fails
//! stands behind what does not, and after [`GIVE_UP`] failures the node lets go of what it has of it, and tries again only
//! after [`LONG_PAUSE`].
//!
//! What the operator [evicted](super::evicted) is not fetched at all.
//!
//! Versions that nobody holds any more are on the list, too, in front. A node that has their blocks after all, because they
//! were put back, fetches them from itself.

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
/// After how many failures a version is given up: half an hour, with the pauses between.
const GIVE_UP: u32 = 10;
/// How long a version is left alone that was given up.
const LONG_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);
/// How many versions that failed before one turn tries again.
const RETRIES: usize = FETCHES;

/// The score of a node for a version: the node with the highest one comes first.
fn score(root: &salus_primitives::Cid, node: &AccountId) -> [u8; 32] {
	let parts: [&[u8]; 3] = [b"salus/replica", &root.0, node.as_ref()];
	sp_io::hashing::blake2_256(&parts.concat())
}

/// For which organisation each storage node counts.
type Organisations = HashMap<AccountId, Option<OrganisationId>>;

/// Whether a node is among the `count` first of those that are present and whose organisations do not hold the version.
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
	/// How many said that they hold it.
	holders: usize,
}

struct Replicator<C, P> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	peers: P,
	cursor: Option<(u32, RecordId, Version)>,
	wanted: HashMap<Cid, Wanted>,
	/// How many lost versions this round of the list has named.
	lost: u64,
}

impl<C, P> Replicator<C, P>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P) -> Self {
		Self { client, ipfs, peers, cursor: None, wanted: HashMap::new(), lost: 0 }
	}

	/// For which organisations these nodes count.
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
		let own = self.ipfs.storage_account().clone();
		let present: Vec<AccountId> =
			status.nodes.into_iter().filter(|node| node.present).map(|node| node.node).collect();
		let page = api.under_replicated(at, self.cursor, PAGE)?;
		let organisations = if page.is_empty() {
			Organisations::new()
		} else {
			let holders = page.iter().flat_map(|version| &version.holders);
			self.organisations(at, present.iter().chain(holders))?
		};
		self.lost += page.iter().filter(|version| version.holders.is_empty()).count() as u64;
		self.cursor = page
			.last()
			.filter(|_| page.len() == PAGE as usize)
			.map(|last| (last.holders.len() as u32, last.record, last.version));

		let now = Instant::now();
		let mut due = Vec::new();
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.evicted.set(self.ipfs.evicted().len() as u64);
		}
		let page = self.without_evicted(page);
		for version in page {
			let Ok(root) = Cid::from_bytes(&version.root.0) else {
				continue;
			};
			let wanted = self.wanted.entry(root).or_insert(Wanted {
				since: now,
				failures: 0,
				retry: now,
				seen: now,
				holders: version.holders.len(),
			});
			wanted.seen = now;
			if version.holders.len() > wanted.holders {
				// Whoever came may give it.
				wanted.failures = 0;
				wanted.retry = now;
			}
			wanted.holders = version.holders.len();
			// Whoever was chosen and did not is joined by the next one.
			let late = (now - wanted.since).as_secs() / patience.as_secs().max(1);
			let lacking = (status.target as usize).saturating_sub(version.holders.len());
			let chosen = is_chosen(
				&own,
				lacking.saturating_add(late as usize),
				&version,
				&present,
				&organisations,
			);
			let staged = self.ipfs.staging().is_complete(&root).unwrap_or(false);
			if chosen && !staged && now >= wanted.retry {
				due.push((root, version.size));
			}
		}
		if self.cursor.is_none() {
			self.forget(now);
			if let Some(metrics) = &self.ipfs.metrics {
				metrics.lost_everywhere.set(self.lost);
			}
			self.lost = 0;
		}
		// What failed goes to the back, and takes no more than one place each of those that work side by side.
		let failures = |root: &Cid| self.wanted.get(root).map_or(0, |wanted| wanted.failures);
		due.sort_by_cached_key(|(root, _)| failures(root));
		let fresh = due.iter().filter(|(root, _)| failures(root) == 0).count();
		due.truncate(fresh + RETRIES);
		Ok(due)
	}

	/// Leaves out what is not to be copied to this node, and lets go of what there is of it.
	fn without_evicted(
		&mut self,
		page: Vec<UnderReplicatedVersion<AccountId>>,
	) -> Vec<UnderReplicatedVersion<AccountId>> {
		let (evicted, page): (Vec<_>, Vec<_>) = page
			.into_iter()
			.partition(|version| self.ipfs.is_evicted(version.record, version.version));
		for version in evicted {
			// The same root may be wanted for another version.
			let wanted = page.iter().any(|other| other.root == version.root);
			match Cid::from_bytes(&version.root.0) {
				Ok(root) if !wanted => {
					self.wanted.remove(&root);
					self.let_go(&root);
				}
				_ => {}
			}
		}
		page
	}

	/// Lets go of what the list did not name in its last round: enough nodes hold it now, or it was erased.
	fn forget(&mut self, now: Instant) {
		let gone: Vec<Cid> = self
			.wanted
			.iter()
			.filter(|(_, wanted)| now.saturating_duration_since(wanted.seen) > MAX_PAUSE)
			.map(|(root, _)| *root)
			.collect();
		for root in gone {
			self.wanted.remove(&root);
			self.let_go(&root);
		}
	}

	/// Removes what was fetched of a version, if it is not all of it.
	fn let_go(&self, root: &Cid) {
		match self.ipfs.staging().remove_partial_own(root) {
			Ok(None) => {}
			Ok(Some(bytes)) => {
				log::debug!(target: LOG_TARGET, "let go of the {bytes} bytes that there were of {root}")
			}
			Err(error) => {
				log::error!(target: LOG_TARGET, "cannot remove {root}: {}", causes(&error))
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
					"cannot copy {root} yet: {}; next attempt in {} s",
					causes(&error),
					pause.as_secs(),
				);
				if given_up {
					self.let_go(&root);
				}
			}
		}
	}
}

/// How long to wait after so many failures: 4 s, 8 s, and so on.
fn pause(failures: u32) -> Duration {
	let seconds = 2u64.checked_shl(failures).filter(|seconds| *seconds > 0).unwrap_or(u64::MAX);
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
