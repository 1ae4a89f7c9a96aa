//! Whether this node still has what it told the chain that it holds.
//!
//! Disks lose bits, and whole folders. So each replica is read and checked, block by block, once in an interval; what is
//! missing or rotten is fetched again from the other nodes. What no node gives back within [`TRIES`] attempts is lost: the
//! off-chain worker then tells the chain, so that the version is copied from whoever still has it, or shows as lost. What is
//! left of it stays pinned, for the rest may come back: it is looked for again every [`LOST_PAUSE`], and when the version is
//! whole, the worker claims it anew. With the record the worker has the rest removed.
//!
//! Reading is throttled to a twentieth of a thread's time; a pass over a large store takes as long as it takes. With Kubo
//! as the store only pins are looked at: Kubo checks its blocks itself (`ipfs repo verify`).

use std::{
	collections::{BTreeMap, VecDeque},
	sync::{atomic::Ordering, Arc},
	time::{Duration, Instant},
};

use futures::future::join_all;
use salus_ipfs::{
	fetch::BlockSource,
	store,
	unixfs::{self, NodeError},
	Cid,
};
use salus_primitives::{api::SalusApi, RecordId, RootUse, StorageClaim, Version};
use salus_runtime::{opaque::Block, AccountId};
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{causes, BlockError, Blocks, Ipfs};

const LOG_TARGET: &str = "salus::audit";

/// How many holdings are asked for at a time.
const PAGE: u32 = 64;
/// How many blocks are looked at side by side.
const BLOCKS: usize = 16;
/// How often there is a turn.
const TICK: Duration = Duration::from_secs(10);
/// How long a turn may read; fetching what is missing comes on top.
const SHARE: Duration = Duration::from_millis(500);
/// After how many attempts a version counts as lost.
const TRIES: u32 = 5;
/// How long to wait between two looks at a version that is lost.
const LOST_PAUSE: Duration = Duration::from_secs(300);
/// The most damaged versions that are remembered; the rest are found again.
const DAMAGED: usize = 256;

/// A replica whose blocks are being looked at.
struct Walk {
	claim: StorageClaim,
	root: Cid,
	/// Blocks to look at.
	open: Vec<Cid>,
	/// Blocks that nobody gives.
	lost: u64,
	/// Blocks that were fetched again.
	healed: u64,
	tries: u32,
}

/// Why a block could not be looked at.
#[derive(Debug, thiserror::Error)]
enum AuditError {
	#[error(transparent)]
	Block(#[from] BlockError),
	#[error("block {0} is no node of a file")]
	Node(Cid, #[source] NodeError),
}

/// How a block was found.
enum Found {
	/// As it should be.
	Whole(Vec<u8>),
	/// Missing or rotten, and fetched again.
	Healed(Vec<u8>),
	/// Missing or rotten, and nobody gives it.
	Lost,
}

struct Audit<C, P> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	peers: P,
	interval: Duration,
	/// When the pass that is under way began; none is before the first.
	began: Option<Instant>,
	/// Where the pass is: no page is left when `None` in the middle of a pass.
	cursor: Option<(RecordId, Version)>,
	queue: VecDeque<StorageClaim>,
	walk: Option<Walk>,
	/// What is tried again, and when.
	damaged: VecDeque<(StorageClaim, u32, Instant)>,
	/// Roots that this node gave up, and when it looks at them again.
	lost: BTreeMap<Cid, Instant>,
}

impl<C, P> Audit<C, P>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P, interval: Duration) -> Self {
		let now = Instant::now();
		let known = ipfs.notes.known_lost();
		Self {
			lost: known.into_iter().map(|root| (root, now)).collect(),
			client,
			ipfs,
			peers,
			interval,
			began: None,
			cursor: None,
			queue: VecDeque::new(),
			walk: None,
			damaged: VecDeque::new(),
		}
	}

	/// Looks at blocks until the turn's share is used up, or nothing is due.
	async fn turn(&mut self) -> Result<(), ApiError> {
		let mut read = Duration::ZERO;
		while read < SHARE {
			let Some(mut walk) = self.next()? else {
				break;
			};
			let began = Instant::now();
			let healed = walk.healed;
			match self.step(&mut walk).await {
				Ok(()) if walk.open.is_empty() => self.finish(walk).await?,
				Ok(()) => self.walk = Some(walk),
				Err(error) => {
					log::warn!(
						target: LOG_TARGET,
						"cannot check {}: {}",
						walk.root,
						causes(&error),
					);
					// A store that does not answer has lost nothing.
					let tries = walk.tries;
					self.retry(walk, tries);
				}
			}
			// Fetching is not reading: a node that lost its disk is busy with that alone.
			if self.walk.as_ref().is_none_or(|walk| walk.healed == healed) {
				read += began.elapsed();
			}
		}
		self.report();
		Ok(())
	}

	/// The replica to go on with.
	fn next(&mut self) -> Result<Option<Walk>, ApiError> {
		if self.walk.is_some() {
			return Ok(self.walk.take());
		}
		let now = Instant::now();
		let mut tries = 0;
		let retry = self.damaged.iter().position(|(_, _, at)| *at <= now);
		let mut claim =
			retry.and_then(|index| self.damaged.remove(index)).map(|(claim, failed, _)| {
				tries = failed;
				claim
			});
		if claim.is_none() {
			claim = self.next_lost(now)?;
			tries = if claim.is_some() { TRIES } else { 0 };
		}
		if claim.is_none() {
			if self.queue.is_empty() {
				self.next_page(now)?;
			}
			claim = self.queue.pop_front();
		}
		let Some(claim) = claim else {
			return Ok(None);
		};
		let Ok(root) = Cid::from_bytes(&claim.root.0) else {
			return Ok(None);
		};
		Ok(Some(Walk { claim, root, open: vec![root], lost: 0, healed: 0, tries }))
	}

	/// The next lost version that is due. One that no record has any more is forgotten.
	fn next_lost(&mut self, now: Instant) -> Result<Option<StorageClaim>, ApiError> {
		let at = self.client.info().finalized_hash;
		while let Some(root) = self.lost.iter().find(|(_, due)| **due <= now).map(|(root, _)| *root)
		{
			let cid = salus_primitives::Cid(root.to_bytes());
			let user = self.client.runtime_api().root(at, cid)?;
			match user {
				Some(RootUse { record, version }) => {
					self.lost.insert(root, now + LOST_PAUSE);
					return Ok(Some(StorageClaim { record, version, root: cid }));
				}
				None => {
					self.lost.remove(&root);
				}
			}
		}
		Ok(None)
	}

	/// Asks the chain for the next holdings; after the last ones, from the beginning when the interval is over.
	fn next_page(&mut self, now: Instant) -> Result<(), ApiError> {
		let fresh = match self.began {
			None => true,
			Some(began) => self.cursor.is_none() && now - began >= self.interval,
		};
		if fresh {
			self.began = Some(now);
		} else if self.cursor.is_none() {
			return Ok(());
		}
		let at = self.client.info().finalized_hash;
		let own = self.ipfs.storage_account().clone();
		let page = self.client.runtime_api().holdings(at, own, self.cursor, PAGE)?;
		self.cursor = page
			.last()
			.filter(|_| page.len() == PAGE as usize)
			.map(|last| (last.record, last.version));
		for claim in page {
			let Ok(root) = Cid::from_bytes(&claim.root.0) else {
				continue;
			};
			if !self.lost.contains_key(&root)
				&& !self.damaged.iter().any(|(damaged, ..)| *damaged == claim)
			{
				self.queue.push_back(claim);
			}
		}
		Ok(())
	}

	/// Looks at the next blocks of a replica.
	async fn step(&self, walk: &mut Walk) -> Result<(), AuditError> {
		if matches!(self.ipfs.blocks, Blocks::Kubo(_)) && self.ipfs.is_pinned(&walk.root).await? {
			walk.open.clear();
			return Ok(());
		}
		let from = walk.open.len().saturating_sub(BLOCKS);
		let next = walk.open.split_off(from);
		let found = join_all(next.iter().map(|cid| self.look(*cid))).await;
		for (cid, found) in next.into_iter().zip(found) {
			let data = match found? {
				Found::Whole(data) => data,
				Found::Healed(data) => {
					walk.healed += 1;
					data
				}
				Found::Lost => {
					walk.lost += 1;
					continue;
				}
			};
			if let Some(metrics) = &self.ipfs.metrics {
				metrics.audited.inc();
			}
			let links =
				unixfs::links(&cid, &data).map_err(|source| AuditError::Node(cid, source))?;
			walk.open.extend(links.into_iter().map(|link| link.cid));
		}
		Ok(())
	}

	/// Looks at one block, and fetches it again if it must be.
	async fn look(&self, cid: Cid) -> Result<Found, AuditError> {
		match self.ipfs.block(cid).await {
			Ok(Some(data)) => return Ok(Found::Whole(data)),
			Ok(None) => log::warn!(target: LOG_TARGET, "block {cid} is missing"),
			Err(BlockError::Store(store::Error::Corrupt(_))) => {
				log::warn!(target: LOG_TARGET, "block {cid} is rotten")
			}
			Err(error) => return Err(error.into()),
		}
		match self.peers.get(cid).await {
			Ok(Some(data)) if cid.verify(&data).is_ok() => {
				self.ipfs.put(cid, data.clone()).await?;
				if let Some(metrics) = &self.ipfs.metrics {
					metrics.healed.inc();
				}
				Ok(Found::Healed(data))
			}
			Ok(_) => Ok(Found::Lost),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot ask for block {cid}: {}", causes(&*error));
				Ok(Found::Lost)
			}
		}
	}

	/// All blocks of a replica were looked at.
	async fn finish(&mut self, walk: Walk) -> Result<(), ApiError> {
		if walk.lost > 0 {
			log::warn!(
				target: LOG_TARGET,
				"{} blocks of {} are gone, and no node gives them now",
				walk.lost,
				walk.root,
			);
			self.put_off(walk);
			return Ok(());
		}
		if walk.healed > 0 {
			log::info!(target: LOG_TARGET, "{} is whole again", walk.root);
		}
		// It may have been erased while it was looked at; then nothing is pinned again.
		let at = self.client.info().finalized_hash;
		if self.client.runtime_api().root(at, walk.claim.root)?.is_some() {
			let pinned = match self.ipfs.is_pinned(&walk.root).await {
				Ok(false) => self.ipfs.pin(walk.root).await,
				Ok(true) => Ok(()),
				Err(error) => Err(error),
			};
			if let Err(error) = pinned {
				log::error!(target: LOG_TARGET, "cannot pin {}: {}", walk.root, causes(&error));
				return Ok(());
			}
		}
		if self.lost.remove(&walk.root).is_some() {
			log::info!(target: LOG_TARGET, "{} is back", walk.root);
		}
		Ok(())
	}

	/// A replica could not be made whole: it is tried again, and at last given up.
	fn put_off(&mut self, walk: Walk) {
		if self.lost.contains_key(&walk.root) {
			return;
		}
		let tries = walk.tries.saturating_add(1);
		if tries < TRIES {
			return self.retry(walk, tries);
		}
		log::error!(
			target: LOG_TARGET,
			"{} is lost here, unless its blocks come back: the chain is told",
			walk.root,
		);
		self.lost.insert(walk.root, Instant::now() + LOST_PAUSE);
	}

	/// Looks at a replica again later, after so many attempts.
	fn retry(&mut self, walk: Walk, tries: u32) {
		if self.damaged.len() < DAMAGED {
			let pause = TICK.saturating_mul(1u32.checked_shl(tries).unwrap_or(u32::MAX));
			self.damaged.push_back((walk.claim, tries, Instant::now() + pause));
		}
	}

	/// Tells the off-chain worker what is lost, and operators of what blocks are missing.
	fn report(&mut self) {
		for root in self.ipfs.restored.lock().drain(..) {
			self.lost.remove(&root);
		}
		self.ipfs.notes.lost(&self.lost.keys().copied().collect());
		let failed = self.damaged.iter().filter(|(_, tries, _)| *tries > 0);
		let damaged = failed.count() + self.lost.len();
		self.ipfs.damaged.store(damaged as u64, Ordering::Relaxed);
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.lost.set(self.lost.len() as u64);
			metrics.damaged.set(damaged as u64);
		}
	}
}

/// Runs until the node stops. Each replica is looked at once in the `interval`.
pub async fn run<C, P>(client: Arc<C>, ipfs: Arc<Ipfs>, peers: P, interval: Duration)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
	P: BlockSource,
{
	let mut tick = tokio::time::interval(TICK.min(interval));
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	let mut audit = Audit::new(client, ipfs, peers, interval);
	loop {
		tick.tick().await;
		if let Err(error) = audit.turn().await {
			log::warn!(target: LOG_TARGET, "cannot ask the chain what this node holds: {error}");
		}
	}
}

#[cfg(test)]
mod tests;
