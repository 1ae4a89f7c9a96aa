//! Audit: checks that this node still has the versions that it confirmed on the chain.
//!
//! Disks lose bits, and whole folders. So the audit reads and checks each replica, block by block,
//! once in an interval, and takes missing and corrupt blocks from uploads that have them, or
//! fetches them from other nodes. If no node returns a missing block within [`TRIES`] attempts, the
//! version is lost here. The off-chain worker then reports it to the chain, so that other nodes
//! copy it from a node that still has it, or it shows as lost. The rest of it stays pinned, because
//! the missing blocks may come back. The audit looks for them every [`LOST_PAUSE`], and the worker
//! confirms the version again once it is complete. After an erasure the worker requests the removal
//! of the rest.
//!
//! Reading is limited to a twentieth of a thread's time, so a pass over a large store may take
//! longer than the interval. With Kubo, the audit checks only pins, because Kubo checks its blocks
//! itself (`ipfs repo verify`).

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

use super::{BlockError, Blocks, Ipfs};
use crate::errors::causes;

const LOG_TARGET: &str = "salus::audit";

/// Number of holdings queried at once.
const PAGE: u32 = 64;
/// Number of blocks checked in parallel.
const BLOCKS: usize = 16;
/// Interval between turns.
const TICK: Duration = Duration::from_secs(10);
/// Time for which one turn may read. Fetching missing blocks comes on top.
const SHARE: Duration = Duration::from_millis(500);
/// Number of attempts after which a version counts as lost.
const TRIES: u32 = 5;
/// Pause between two checks of a lost version.
const LOST_PAUSE: Duration = Duration::from_secs(300);
/// Maximum number of damaged versions that are remembered. Later passes find the rest.
const DAMAGED: usize = 256;

/// Replica that is being checked.
struct Walk {
	claim: StorageClaim,
	root: Cid,
	/// Blocks yet to be checked.
	open: Vec<Cid>,
	/// Number of blocks that no node returns.
	lost: u64,
	/// Number of blocks that were fetched again.
	healed: u64,
	tries: u32,
}

/// Reason why a block cannot be checked.
#[derive(Debug, thiserror::Error)]
enum AuditError {
	#[error(transparent)]
	Block(#[from] BlockError),
	#[error("block {0} is not a node of a file")]
	Node(Cid, #[source] NodeError),
}

/// Result of checking a block.
enum Found {
	/// The block is intact.
	Intact(Vec<u8>),
	/// The block was missing or corrupt, and was fetched again.
	Healed(Vec<u8>),
	/// The block is missing or corrupt, and no node returns it.
	Lost,
}

/// Damaged version that is checked again.
struct Damaged {
	claim: StorageClaim,
	/// Number of attempts in which no other node returned its missing blocks.
	tries: u32,
	/// Time of the next attempt.
	due: Instant,
	/// Whether the last attempt failed because the store did not answer.
	unread: bool,
}

struct Audit<C, P> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	peers: P,
	interval: Duration,
	/// Start of the current pass, or `None` before the first one.
	began: Option<Instant>,
	/// Last holding of the last page. `None` in the middle of a pass means that no page is left.
	cursor: Option<(RecordId, Version)>,
	queue: VecDeque<StorageClaim>,
	walk: Option<Walk>,
	/// Damaged versions, at most [`DAMAGED`].
	damaged: VecDeque<Damaged>,
	/// Lost roots, with the time of the next check.
	lost: BTreeMap<Cid, Instant>,
	/// Whether the last replica was a damaged or lost one.
	retried: bool,
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
			retried: false,
		}
	}

	/// Checks blocks until the turn's share of time is used up, or nothing is due.
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
						"cannot check {}: {}; trying again",
						walk.root,
						causes(&error),
					);
					// A store that does not answer has lost nothing, so this attempt does not
					// count.
					let tries = walk.tries;
					self.retry(walk, tries, true);
				}
			}
			// Fetching does not count as reading, so that a node that lost its disk refills it
			// without pauses.
			if self.walk.as_ref().is_none_or(|walk| walk.healed == healed) {
				read += began.elapsed();
			}
		}
		self.report();
		Ok(())
	}

	/// Returns the next replica to check. Damaged and lost versions alternate with the versions of
	/// the pass, because a check of a lost one may take a whole turn, and many would delay the pass
	/// forever.
	fn next(&mut self) -> Result<Option<Walk>, ApiError> {
		if self.walk.is_some() {
			return Ok(self.walk.take());
		}
		let now = Instant::now();
		for retried in [!self.retried, self.retried] {
			let next = match retried {
				true => self.next_retry(now)?,
				false => self.next_in_pass(now)?.map(|claim| (claim, 0)),
			};
			let Some((claim, tries)) = next else {
				continue;
			};
			let Ok(root) = Cid::from_bytes(&claim.root.0) else {
				continue;
			};
			self.retried = retried;
			return Ok(Some(Walk { claim, root, open: vec![root], lost: 0, healed: 0, tries }));
		}
		Ok(None)
	}

	/// Returns the next damaged or lost version that is due, with the number of its failed
	/// attempts.
	fn next_retry(&mut self, now: Instant) -> Result<Option<(StorageClaim, u32)>, ApiError> {
		let due = self.damaged.iter().position(|damaged| damaged.due <= now);
		if let Some(damaged) = due.and_then(|index| self.damaged.remove(index)) {
			return Ok(Some((damaged.claim, damaged.tries)));
		}
		Ok(self.next_lost(now)?.map(|claim| (claim, TRIES)))
	}

	/// Returns the next replica of the pass.
	fn next_in_pass(&mut self, now: Instant) -> Result<Option<StorageClaim>, ApiError> {
		if self.queue.is_empty() {
			self.next_page(now)?;
		}
		Ok(self.queue.pop_front())
	}

	/// Returns the next lost version that is due. Forgets those that no record uses.
	fn next_lost(&mut self, now: Instant) -> Result<Option<StorageClaim>, ApiError> {
		let at = self.client.info().finalized_hash;
		while let Some(root) = self.lost.iter().find(|(_, due)| **due <= now).map(|(root, _)| *root)
		{
			let cid = salus_primitives::Cid(root.to_bytes());
			// If it cannot be looked up, the next one comes first.
			self.lost.insert(root, now + LOST_PAUSE);
			let user = self.client.runtime_api().root(at, cid)?;
			match user {
				Some(RootUse { record, version }) => {
					return Ok(Some(StorageClaim { record, version, root: cid }));
				}
				None => {
					self.lost.remove(&root);
				}
			}
		}
		Ok(None)
	}

	/// Reads the next holdings from the chain. After the last ones, starts over once the interval
	/// has passed.
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
				&& !self.damaged.iter().any(|damaged| damaged.claim == claim)
			{
				self.queue.push_back(claim);
			}
		}
		Ok(())
	}

	/// Checks the next blocks of a replica.
	async fn step(&self, walk: &mut Walk) -> Result<(), AuditError> {
		if matches!(self.ipfs.blocks, Blocks::Kubo(_)) && self.ipfs.is_pinned(&walk.root).await? {
			walk.open.clear();
			return Ok(());
		}
		let from = walk.open.len().saturating_sub(BLOCKS);
		let next = walk.open.split_off(from);
		let found = join_all(next.iter().map(|cid| self.check_block(*cid))).await;
		for (cid, found) in next.into_iter().zip(found) {
			let data = match found? {
				Found::Intact(data) => data,
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

	/// Checks one block, and fetches it again if necessary.
	async fn check_block(&self, cid: Cid) -> Result<Found, AuditError> {
		match self.ipfs.block(cid).await {
			Ok(Some(data)) => return Ok(Found::Intact(data)),
			Ok(None) => {
				log::warn!(target: LOG_TARGET, "block {cid} is missing; fetching it from other nodes")
			}
			Err(BlockError::Store(store::Error::Corrupt(_))) => {
				log::warn!(target: LOG_TARGET, "block {cid} is corrupt; fetching it from other nodes")
			}
			Err(error) => return Err(error.into()),
		}
		if let Some(data) = self.staged(cid).await {
			return self.heal(cid, data).await;
		}
		match self.peers.get(cid).await {
			Ok(Some(data)) if cid.verify(&data).is_ok() => self.heal(cid, data).await,
			Ok(_) => Ok(Found::Lost),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot fetch block {cid} from other nodes: {}", causes(&*error));
				Ok(Found::Lost)
			}
		}
	}

	/// Returns a block that is staged, as when a member uploads a lost file again.
	async fn staged(&self, cid: Cid) -> Option<Vec<u8>> {
		let staging = self.ipfs.staging().clone();
		let read = tokio::task::spawn_blocking(move || staging.get(&cid)).await;
		match read.ok()? {
			Ok(block) => block,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot read staged block {cid}: {}", causes(&error));
				None
			}
		}
	}

	/// Stores a block again.
	async fn heal(&self, cid: Cid, data: Vec<u8>) -> Result<Found, AuditError> {
		self.ipfs.put(cid, data.clone()).await?;
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.healed.inc();
		}
		Ok(Found::Healed(data))
	}

	/// Concludes the check of a replica.
	async fn finish(&mut self, walk: Walk) -> Result<(), ApiError> {
		if walk.lost > 0 {
			log::warn!(
				target: LOG_TARGET,
				"{} blocks of {} are missing, and no other node returned them; trying again",
				walk.lost,
				walk.root,
			);
			self.put_off(walk);
			return Ok(());
		}
		if walk.healed > 0 {
			log::info!(target: LOG_TARGET, "{} is whole again", walk.root);
		}
		// Do not pin it again if it was erased during the check.
		let at = self.client.info().finalized_hash;
		if self.client.runtime_api().root(at, walk.claim.root)?.is_some() {
			let pinned = match self.ipfs.is_pinned(&walk.root).await {
				Ok(false) => self.ipfs.pin(walk.root).await,
				Ok(true) => Ok(()),
				Err(error) => Err(error),
			};
			if let Err(error) = pinned {
				log::error!(target: LOG_TARGET, "cannot pin {}: {}; trying again at its next check", walk.root, causes(&error));
				return Ok(());
			}
		}
		if self.lost.remove(&walk.root).is_some() {
			log::info!(target: LOG_TARGET, "{} was lost and is complete again", walk.root);
		}
		Ok(())
	}

	/// Tries an incomplete replica again later, or gives it up as lost.
	fn put_off(&mut self, walk: Walk) {
		if self.lost.contains_key(&walk.root) {
			return;
		}
		let tries = walk.tries.saturating_add(1);
		if tries < TRIES {
			return self.retry(walk, tries, false);
		}
		log::error!(
			target: LOG_TARGET,
			"{} is lost on this node: no other node returned its missing blocks in several attempts; \
			 reporting it to the chain, and trying again. Check this node's disk",
			walk.root,
		);
		self.lost.insert(walk.root, Instant::now() + LOST_PAUSE);
	}

	/// Checks a replica again later, after this number of failed attempts. `unread`: the store did
	/// not answer.
	fn retry(&mut self, walk: Walk, tries: u32, unread: bool) {
		if self.damaged.len() >= DAMAGED {
			// Replace an unreadable version with one that lacks blocks, because the chain must be
			// notified of the latter. A later pass finds the unreadable one again.
			let unreadable = self.damaged.iter().position(|damaged| damaged.unread);
			match unreadable.filter(|_| !unread) {
				Some(index) => drop(self.damaged.remove(index)),
				None => return,
			}
		}
		let pause = TICK.saturating_mul(1u32.checked_shl(tries).unwrap_or(u32::MAX));
		let due = Instant::now() + pause;
		self.damaged.push_back(Damaged { claim: walk.claim, tries, due, unread });
	}

	/// Passes the lost roots to the off-chain worker, and the number of damaged versions to
	/// operators.
	fn report(&mut self) {
		self.ipfs.notes.lost(&self.lost.keys().copied().collect());
		let failed = self.damaged.iter().filter(|damaged| damaged.tries > 0);
		let damaged = failed.count() + self.lost.len();
		self.ipfs.damaged.store(damaged as u64, Ordering::Relaxed);
		if let Some(metrics) = &self.ipfs.metrics {
			metrics.lost.set(self.lost.len() as u64);
			metrics.damaged.set(damaged as u64);
		}
	}
}

/// Audits until the node stops. Each replica is checked once in the `interval`.
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
			log::warn!(target: LOG_TARGET, "cannot read this node's holdings from the chain: {error}; trying again");
		}
	}
}

#[cfg(test)]
mod tests;
