//! Cleaning up: removes uploads that are stored or given up, blocks of roots that the off-chain
//! worker unpinned, and stored blocks that no pin keeps.
//!
//! The task wakes with each finalised block, because it acts only on finalised state, and by a slow
//! timer, so that uploads expire even while the chain stands still. Each turn handles a limited
//! number of uploads, and the next turn continues with the following ones.

use std::{
	collections::{BTreeMap, BTreeSet, HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use salus_ipfs::{kubo::Kubo, staging::Upload, store::BlockStore, Cid, Digest};
use salus_primitives::{api::SalusApi, VersionInfo};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_client_api::BlockchainEvents;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{pushes::Pushes, Blocks, Ipfs, LOG_TARGET};
use crate::{clock::now_ms, errors::causes};

/// Maximum number of uploads that one turn looks up on the chain. Ten turns cover all uploads that
/// one account may have.
const UPLOADS_A_TURN: usize = 256;

/// Interval of turns without a new block.
const SLOW: Duration = Duration::from_secs(10);

/// Interval between searches for blocks that were never pinned.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Minimum age of a block that was never pinned. A younger one may be about to be pinned.
const UNPINNED_AGE: Duration = Duration::from_secs(60 * 60);

/// Time for which an upload is kept after its owner lost the right to stage. The owner's last
/// transaction may still be on its way to the chain.
const ENDED: Duration = Duration::from_secs(120);

/// Minimum age of a block that may belong to an erased record of which some blocks are missing.
const UNSURE_AGE: Duration = Duration::from_secs(5 * 60);

/// Maximum number of roots whose blocks one turn removes.
const REMOVALS_A_TURN: usize = 64;

/// Pause before another attempt at a root whose blocks another record keeps, unless something was
/// removed meanwhile.
const KEPT_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Time limit of one call to Kubo that removes blocks. Kubo searches its pins for each block.
const KUBO_REMOVAL: Duration = Duration::from_secs(60);

/// State of a root on the finalised chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChain {
	/// No live record uses it.
	Unregistered,
	/// A live record uses it, and this node has not confirmed it.
	Registered,
	/// A live record uses it, and this node has confirmed it.
	Confirmed,
}

/// Decision about an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
	/// Keep it.
	Keep,
	/// Remove it: IPFS has it, and the chain knows.
	Pushed,
	/// Remove it: its record was erased before it was pushed.
	Erased,
	/// Remove it: it was never registered, and its time is over.
	Abandoned,
	/// Remove it: it was never registered, and its owner may no longer stage.
	Ended,
	/// Remove it: its owner registered another size for its root, so no node ever confirms it.
	Mismatched,
}

impl Fate {
	/// Returns the reason for the removal, as metrics name it, or `None` for an upload that is
	/// kept.
	fn reason(self) -> Option<&'static str> {
		Some(match self {
			Self::Keep => return None,
			Self::Pushed => "pushed",
			Self::Erased => "erased",
			Self::Abandoned => "expired",
			Self::Ended => "credential_ended",
			Self::Mismatched => "size_mismatch",
		})
	}
}

/// Decides about an upload. `was_registered`: an earlier finalised state had its root. `grace_ms`:
/// time for which an upload is kept after its ticket expired, in milliseconds.
pub fn fate(
	upload: &Upload,
	on_chain: OnChain,
	was_registered: bool,
	now_ms: u64,
	grace_ms: u64,
) -> Fate {
	match on_chain {
		OnChain::Confirmed => Fate::Pushed,
		// Keep it however long the push takes, because this may be the only copy.
		OnChain::Registered => Fate::Keep,
		OnChain::Unregistered if was_registered => Fate::Erased,
		OnChain::Unregistered => {
			let end = upload.expires_ms.saturating_add(grace_ms);
			if now_ms >= end {
				Fate::Abandoned
			} else {
				Fate::Keep
			}
		}
	}
}

/// Returns the state of a root on the chain.
fn on_chain<Api: SalusApi<Block, AccountId>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<OnChain, ApiError> {
	Ok(on_chain_with_version(api, at, root, node)?.0)
}

/// Returns the state of a root on the chain, and the version that it is registered for.
fn on_chain_with_version<Api: SalusApi<Block, AccountId>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<(OnChain, Option<VersionInfo<AccountId>>), ApiError> {
	let Some(used) = api.root(at, salus_primitives::Cid(root.to_bytes()))? else {
		return Ok((OnChain::Unregistered, None));
	};
	let Some(details) = api.record(at, used.record)? else {
		return Ok((OnChain::Unregistered, None));
	};
	let version = details.versions.into_iter().find(|details| details.version == used.version);
	let confirmed =
		version.iter().flat_map(|details| &details.replicas).any(|replica| replica.node == *node);
	let state = if confirmed { OnChain::Confirmed } else { OnChain::Registered };
	Ok((state, version.map(|details| details.info)))
}

/// Position in the list of uploads from which the next turn continues.
#[derive(Debug, Default)]
struct Cursor(usize);

impl Cursor {
	/// Returns the next `count` items, and continues at the beginning after the last one.
	fn next<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
		if items.is_empty() {
			self.0 = 0;
			return Vec::new();
		}
		let start = self.0 % items.len();
		let count = count.min(items.len());
		self.0 = (start + count) % items.len();
		items.iter().cycle().skip(start).take(count).collect()
	}
}

/// State of the task between turns. Losing it costs only time.
struct Maintenance<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	cursor: Cursor,
	pushes: Pushes,
	/// Pins at the last look.
	pins: BTreeSet<Cid>,
	/// Time of the last search for unpinned blocks, if there was one since the start.
	swept: Option<Instant>,
	/// Owners of uploads who may no longer stage, with the time at which this was found.
	ended: HashMap<AccountId, Instant>,

	/// Roots that this process saw unpinned. Records may still need them.
	unpinned: BTreeSet<Cid>,
	/// Roots of which nothing is left, for as long as the worker requests their removal.
	removed: BTreeSet<Cid>,
	/// Roots whose removal was attempted since the last slow turn.
	tried: BTreeSet<Cid>,
	/// Time of the last attempt at each root that is not removed yet. The one that waited longest
	/// comes next.
	last: HashMap<Cid, Instant>,
	/// Roots whose blocks other pins keep.
	waiting: BTreeMap<Cid, Waiting>,
	/// Those blocks, if Kubo stores them. Kubo does not keep the nodes above them, which would be
	/// needed to find them again.
	kept: BTreeMap<Cid, Vec<Cid>>,
}

/// Removal that waits for another record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
	/// Number of blocks that the other record keeps.
	blocks: usize,
	/// Time of the next attempt.
	again: Instant,
}

/// Result of a removal. Roots in neither list still have blocks that could not be removed.
#[derive(Debug, Default)]
struct Removed {
	/// Roots of which nothing is left.
	gone: Vec<Cid>,
	/// Roots whose blocks other pins keep, with the number of those blocks.
	kept: Vec<(Cid, usize)>,
}

impl<C> Maintenance<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>) -> Self {
		let pins = ipfs.store().map(|store| store.pins().into_iter().collect()).unwrap_or_default();
		let kept = ipfs.notes.kept();
		Self {
			client,
			ipfs,
			cursor: Cursor::default(),
			pushes: Pushes::default(),
			pins,
			swept: None,
			ended: HashMap::new(),

			unpinned: BTreeSet::new(),
			removed: BTreeSet::new(),
			tried: BTreeSet::new(),
			last: HashMap::new(),
			waiting: BTreeMap::new(),
			kept,
		}
	}

	/// Returns whether a member's unregistered upload belongs to an account that lost the right to
	/// stage more than [`ENDED`] ago.
	fn has_ended(&mut self, upload: &Upload) -> Result<bool, ApiError> {
		if upload.organisation.is_none() {
			return Ok(false);
		}
		let owner = AccountId::new(upload.owner);
		let best = self.client.info().best_hash;
		let api = self.client.runtime_api();
		if api.may_stage(best, owner.clone())?.is_some() {
			self.ended.remove(&owner);
			return Ok(false);
		}
		let since = *self.ended.entry(owner).or_insert_with(Instant::now);
		if since.elapsed() < ENDED {
			return Ok(false);
		}
		let root = on_chain(&*api, best, &upload.root, self.ipfs.storage_account())?;
		Ok(root == OnChain::Unregistered)
	}

	/// Returns whether an upload can never be confirmed, because its owner registered another size
	/// for the root. The root block states the file's size and belongs to the root's hash, so every
	/// upload of this root has the same size. A registration by somebody else proves nothing: the
	/// owner's own may exist beside it or be on its way.
	fn never_matches(&self, upload: &Upload, version: Option<&VersionInfo<AccountId>>) -> bool {
		let registered =
			version.filter(|info| AsRef::<[u8; 32]>::as_ref(&info.author) == &upload.owner);
		let differs = registered.is_some_and(|info| info.content.size != upload.size);
		let staging = self.ipfs.staging();
		upload.organisation.is_some()
			&& differs
			&& staging.progress(&upload.root).is_ok_and(|progress| progress.staged > 0)
	}

	/// Updates the metrics of the off-chain worker's pushes.
	fn look_at_pushes(&mut self) {
		if let Some(metrics) = &self.ipfs.metrics {
			let notes = self.ipfs.notes.pushes();
			metrics.pushes(&self.pushes.look(&notes, Instant::now()));
		}
	}

	/// Looks up some uploads on the chain, and removes those that are no longer needed.
	fn tend_uploads(&mut self) {
		let uploads = self.ipfs.staging().list();
		let info = self.client.info();
		let at = info.finalized_hash;
		self.ipfs.notes.finalized(info.finalized_number);
		let now_ms = now_ms();
		for upload in self.cursor.next(&uploads, UPLOADS_A_TURN) {
			let root = &upload.root;
			let state = on_chain_with_version(
				&*self.client.runtime_api(),
				at,
				root,
				self.ipfs.storage_account(),
			);
			let (state, version) = match state {
				Ok(state) => state,
				Err(error) => {
					log::warn!(target: LOG_TARGET, "cannot look up {root} on the chain: {error}; trying again");
					return;
				}
			};
			let was_registered = self.ipfs.registered.read().contains(root);
			if state != OnChain::Unregistered {
				self.ipfs.registered.write().insert(*root);
			}
			let mut fate = fate(upload, state, was_registered, now_ms, self.ipfs.grace_ms);
			if (fate, state) == (Fate::Keep, OnChain::Unregistered) {
				match self.has_ended(upload) {
					Ok(true) => fate = Fate::Ended,
					Ok(false) => {}
					Err(error) => {
						log::warn!(target: LOG_TARGET, "cannot look up the owner of {root} on the chain: {error}; trying again")
					}
				}
			}
			if (fate, state) == (Fate::Keep, OnChain::Registered)
				&& self.never_matches(upload, version.as_ref())
			{
				fate = Fate::Mismatched;
			}
			self.execute(upload, fate, now_ms);
		}
		self.ended.retain(|owner, _| {
			let owner: &[u8; 32] = owner.as_ref();
			uploads.iter().any(|upload| upload.owner == *owner)
		});
		let present: HashSet<Cid> = uploads.iter().map(|upload| upload.root).collect();
		self.ipfs.registered.write().retain(|root| present.contains(root));
		self.ipfs.publish_uploads();
	}

	fn execute(&self, upload: &Upload, fate: Fate, now_ms: u64) {
		let root = &upload.root;
		if fate == Fate::Pushed {
			// Do this before removing the upload, because the worker never reports a staged root as
			// lost.
			self.ipfs.restored.lock().push(*root);
			self.ipfs.notes.found(root);
		}
		let removed = match fate {
			Fate::Keep => return,
			Fate::Pushed | Fate::Erased | Fate::Ended | Fate::Mismatched => {
				self.ipfs.staging().remove(root)
			}
			// Let the staging area check the clock again, because the ticket may just have been
			// renewed.
			Fate::Abandoned => {
				let expired_ms = now_ms.saturating_sub(self.ipfs.grace_ms);
				self.ipfs
					.staging()
					.collect(expired_ms, |other| other.root != *root)
					.map(|roots| !roots.is_empty())
			}
		};
		match (removed, fate) {
			(Err(error), _) => {
				log::error!(target: LOG_TARGET, "cannot remove upload {root}: {error}; trying again")
			}
			(Ok(false), _) | (_, Fate::Keep) => return,
			(Ok(true), Fate::Pushed) => {
				log::debug!(target: LOG_TARGET, "upload {root} is stored and was removed from the staging area");
				if let Some(metrics) = &self.ipfs.metrics {
					metrics.pushed.inc();
				}
			}
			(Ok(true), Fate::Erased) => {
				log::info!(target: LOG_TARGET, "the record of upload {root} was erased; removed the upload")
			}
			(Ok(true), Fate::Ended) => log::info!(
				target: LOG_TARGET,
				"upload {root} ({} bytes) was never registered, and its owner may no longer stage; removed it",
				upload.size,
			),
			(Ok(true), Fate::Mismatched) => log::warn!(
				target: LOG_TARGET,
				"upload {root} has {} bytes, but its owner registered another size, so no node can \
				 confirm it; removed it. Add the file again once the patient has erased that record",
				upload.size,
			),
			(Ok(true), Fate::Abandoned) => log::info!(
				target: LOG_TARGET,
				"upload {root} ({} bytes) expired without being registered; removed it",
				upload.size,
			),
		}
		if let (Some(metrics), Some(reason)) = (&self.ipfs.metrics, fate.reason()) {
			metrics.removed_uploads.with_label_values(&[reason]).inc();
		}
		self.ipfs.registered.write().remove(root);
	}

	/// Notes which roots were unpinned, and now and then removes stored blocks that no pin keeps.
	fn tend_blocks(&mut self) {
		let ipfs = self.ipfs.clone();
		if let Some(store) = ipfs.store() {
			let pins: BTreeSet<Cid> = store.pins().into_iter().collect();
			self.unpinned.extend(self.pins.difference(&pins));
			match store.unpinned() {
				Ok(roots) => self.unpinned.extend(roots),
				Err(error) => {
					log::error!(target: LOG_TARGET, "cannot list unpinned roots: {error}; trying again")
				}
			}
			self.unpinned.retain(|root| !pins.contains(root));
			self.pins = pins;
			if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
				self.sweep(store, UNPINNED_AGE);
				self.swept = Some(Instant::now());
			}
		}
		// Try failed removals again.
		self.tried.clear();
		if let Some(metrics) = &ipfs.metrics {
			metrics.update(ipfs.staging(), ipfs.store().map(|store| &**store), self.pins.len());
		}
	}

	/// Removes the blocks of unpinned roots: those whose removal the worker requests, and those
	/// that no record uses any more. The worker reads which roots are gone, and confirms them on
	/// the chain.
	fn tend_removals(&mut self) {
		let asked: BTreeSet<Cid> = self.ipfs.notes.removing().into_iter().collect();
		self.removed.retain(|root| asked.contains(root));
		let unpinned = &self.unpinned;
		let is_open = |root: &Cid| asked.contains(root) || unpinned.contains(root);
		self.last.retain(|root, _| is_open(root));
		self.waiting.retain(|root, _| is_open(root));
		// Requested roots come first. A root that cannot be removed delays no other one.
		let now = Instant::now();
		let others = self.unpinned.iter().filter(|root| !asked.contains(*root));
		let mut due: Vec<Cid> = asked
			.iter()
			.chain(others)
			.filter(|root| !self.removed.contains(*root) && !self.tried.contains(*root))
			.filter(|root| self.waiting.get(root).is_none_or(|wait| wait.again <= now))
			.copied()
			.collect();
		due.sort_by_key(|root| self.last.get(root).copied());
		due.truncate(REMOVALS_A_TURN);
		self.tried.extend(&due);
		self.last.extend(due.iter().map(|root| (*root, now)));
		due.retain(|root| self.may_go(root, asked.contains(root)));
		if !due.is_empty() {
			let Removed { gone, kept } = self.remove(&due);
			self.wait_for(kept, &gone, &asked);
			log::info!(
				target: LOG_TARGET,
				"{} roots are no longer needed; nothing is left of {} of them",
				due.len(),
				gone.len(),
			);
			self.unpinned.retain(|root| !gone.contains(root));
			self.removed.extend(gone.into_iter().filter(|root| asked.contains(root)));
		}
		self.ipfs.notes.removed(&self.removed);
		if let Some(metrics) = &self.ipfs.metrics {
			let waiting = self.waiting.keys().filter(|root| asked.contains(*root));
			metrics.removals_waiting.set(waiting.count() as u64);
		}
	}

	/// Remembers and logs which removals wait for other records. They are tried again as soon as
	/// something else was removed.
	fn wait_for(&mut self, kept: Vec<(Cid, usize)>, gone: &[Cid], asked: &BTreeSet<Cid>) {
		let now = Instant::now();
		self.waiting.retain(|root, _| !gone.contains(root));
		if !gone.is_empty() {
			for waiting in self.waiting.values_mut() {
				waiting.again = now;
			}
		}
		for (root, blocks) in kept {
			let again = now + KEPT_PAUSE;
			let before = self.waiting.insert(root, Waiting { blocks, again });
			if asked.contains(&root) && before.map(|before| before.blocks) != Some(blocks) {
				log::warn!(
					target: LOG_TARGET,
					"cannot remove {root} yet: {blocks} of its blocks belong to another record too; this \
					 node removes them and confirms it once no record uses them",
				);
			}
		}
	}

	/// Returns whether a root's blocks may be removed: it is not staged, and either the worker
	/// requests it or the chain does not know it.
	fn may_go(&self, root: &Cid, asked: bool) -> bool {
		if self.ipfs.staging().upload(root).is_some() {
			return false;
		}
		let state = on_chain(
			&*self.client.runtime_api(),
			self.client.info().finalized_hash,
			root,
			self.ipfs.storage_account(),
		);
		match state {
			Ok(OnChain::Unregistered) => true,
			Ok(OnChain::Registered) => asked,
			Ok(OnChain::Confirmed) => false,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot look up {root} on the chain: {error}; trying again");
				false
			}
		}
	}

	/// Removes the blocks of these roots.
	fn remove(&mut self, roots: &[Cid]) -> Removed {
		match self.ipfs.blocks.clone() {
			Blocks::Embedded(store) => self.remove_embedded(&store, roots),
			Blocks::Kubo(kubo) => {
				let Ok(runtime) = tokio::runtime::Handle::try_current() else {
					log::error!(target: LOG_TARGET, "cannot call Kubo from this thread; nothing was removed");
					return Removed::default();
				};
				let kubo = kubo.with_deadline(KUBO_REMOVAL);
				let before = self.kept.clone();
				let removed = runtime.block_on(remove_at_kubo(&kubo, roots, &mut self.kept));
				if self.kept != before {
					self.ipfs.notes.keep(&self.kept);
				}
				removed
			}
		}
	}

	fn remove_embedded(&self, store: &BlockStore, roots: &[Cid]) -> Removed {
		let staged = self.staged();
		let removals = match store.remove(roots, |digest| staged.contains(digest)) {
			Ok(removals) => removals,
			Err(error) => {
				log::error!(target: LOG_TARGET, "cannot remove blocks: {error}; trying again");
				return Removed::default();
			}
		};
		let mut removed = Removed::default();
		let mut unsure = Vec::new();
		for (root, removal) in roots.iter().zip(removals) {
			match removal {
				Ok(removal) if removal.kept > 0 => {
					removed.kept.push((*root, removal.kept as usize));
				}
				Ok(removal) if removal.wanted > 0 => {}
				Ok(removal) if removal.complete => removed.gone.push(*root),
				Ok(_) => unsure.push(*root),
				Err(error) => {
					log::error!(target: LOG_TARGET, "cannot remove the blocks of {root}: {error}; trying again")
				}
			}
		}
		// A missing block hides what was below it, so remove every block that no pin keeps.
		if !unsure.is_empty() && self.sweep(store, UNSURE_AGE) {
			removed.gone.extend(unsure);
		}
		removed
	}

	/// Removes all blocks of at least this age that neither a pin nor an upload keeps. Returns
	/// whether it succeeded.
	fn sweep(&self, store: &BlockStore, age: Duration) -> bool {
		let staged = self.staged();
		match store.gc(age, |digest| staged.contains(digest)) {
			Ok(collected) => {
				if collected.blocks > 0 {
					log::info!(
						target: LOG_TARGET,
						"removed {} blocks ({} bytes) that no pin keeps",
						collected.blocks,
						collected.bytes,
					);
				}
				true
			}
			Err(error) => {
				log::error!(target: LOG_TARGET, "cannot remove blocks that no pin keeps: {error}; trying again");
				false
			}
		}
	}

	/// Returns the blocks of complete uploads, which the worker may be about to pin.
	fn staged(&self) -> HashSet<Digest> {
		let staging = self.ipfs.staging();
		staging
			.list()
			.iter()
			.filter_map(|upload| staging.refs(&upload.root).ok())
			.flatten()
			.map(|cid| *cid.digest())
			.collect()
	}
}

/// Removes the blocks of these roots at Kubo. A failure at one root does not stop the others.
/// Updates `kept`, the blocks that other pins keep: a garbage collection removes the nodes above
/// them, after which Kubo cannot find them from the root.
async fn remove_at_kubo(kubo: &Kubo, roots: &[Cid], kept: &mut BTreeMap<Cid, Vec<Cid>>) -> Removed {
	let mut removed = Removed::default();
	let mut unsure = Vec::new();
	for root in roots {
		let known = kept.get(root).map(Vec::as_slice).unwrap_or_default();
		let outcome = match kubo.block_rm_all(known).await {
			Ok(still) if still.is_empty() => kubo.remove(root).await,
			Ok(still) => Ok((still, true)),
			Err(error) => Err(error),
		};
		match outcome {
			Ok((blocks, _)) if !blocks.is_empty() => {
				removed.kept.push((*root, blocks.len()));
				kept.insert(*root, blocks);
			}
			Ok((_, true)) => removed.gone.push(*root),
			Ok((_, false)) => unsure.push(*root),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot remove the blocks of {root} at Kubo: {}; trying again", causes(&error))
			}
		}
	}
	if !unsure.is_empty() {
		// A missing block hides what was below it, so remove every block that no pin keeps.
		match kubo.repo_gc().await {
			Ok(()) => removed.gone.extend(unsure),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot run Kubo's garbage collection: {}; trying again", causes(&error))
			}
		}
	}
	kept.retain(|root, _| !removed.gone.contains(root));
	removed
}

/// Cleans up until the node stops.
pub async fn run<C>(client: Arc<C>, ipfs: Arc<Ipfs>)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	let mut finalised = client.finality_notification_stream().fuse();
	let mut slow = tokio::time::interval(SLOW);
	slow.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	let mut maintenance = Maintenance::new(client, ipfs);
	loop {
		let blocks_too = futures::select! {
			notification = finalised.next() => {
				if notification.is_none() {
					return;
				}
				// Blocks that arrived meanwhile need no turns of their own.
				while let Some(Some(_)) = finalised.next().now_or_never() {}
				false
			},
			_ = slow.tick().fuse() => true,
		};
		let turn = tokio::task::spawn_blocking(move || {
			maintenance.tend_uploads();
			maintenance.look_at_pushes();
			if blocks_too {
				maintenance.tend_blocks();
			}
			maintenance.tend_removals();
			maintenance
		});
		maintenance = match turn.await {
			Ok(maintenance) => maintenance,
			Err(error) => {
				log::error!(target: LOG_TARGET, "the clean-up of blocks stopped: {error}; restart the node");
				return;
			}
		};
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::testing::{self, storage_account, TestChain, BEST, FINALISED};
	use salus_ipfs::{staging::Limits, Codec};

	const HOUR_MS: u64 = 60 * 60 * 1000;

	fn upload(content: &[u8], expires_ms: u64) -> Upload {
		Upload {
			root: Cid::of(Codec::Raw, content),
			size: content.len() as u64,
			owner: [1; 32],
			organisation: Some(1),
			expires_ms,
			created_ms: 1,
		}
	}

	#[test]
	fn an_unregistered_upload_stays_until_its_grace_is_over() {
		let upload = upload(b"one", 1000);
		let fate = |now| fate(&upload, OnChain::Unregistered, false, now, HOUR_MS);
		assert_eq!(fate(0), Fate::Keep);
		assert_eq!(fate(1000), Fate::Keep);
		assert_eq!(fate(1000 + HOUR_MS - 1), Fate::Keep);
		assert_eq!(fate(1000 + HOUR_MS), Fate::Abandoned);
	}

	#[test]
	fn an_endless_upload_is_not_abandoned_by_an_overflow() {
		let upload = upload(b"one", u64::MAX);
		assert_eq!(fate(&upload, OnChain::Unregistered, false, u64::MAX - 1, HOUR_MS), Fate::Keep);
	}

	#[test]
	fn a_registered_upload_stays_until_this_node_confirms_it() {
		let upload = upload(b"one", 1000);
		for was_registered in [false, true] {
			for now in [0, u64::MAX] {
				let fate = |on_chain| fate(&upload, on_chain, was_registered, now, HOUR_MS);
				assert_eq!(fate(OnChain::Registered), Fate::Keep);
				assert_eq!(fate(OnChain::Confirmed), Fate::Pushed);
			}
		}
	}

	#[test]
	fn an_upload_of_an_erased_record_goes_at_once() {
		let upload = upload(b"one", 1000);
		assert_eq!(fate(&upload, OnChain::Unregistered, true, 0, HOUR_MS), Fate::Erased);
	}

	#[test]
	fn a_turn_is_limited_and_turns_reach_everything() {
		let items: Vec<u32> = (0..10).collect();
		let mut cursor = Cursor::default();
		let turns: Vec<Vec<u32>> =
			(0..4).map(|_| cursor.next(&items, 4).into_iter().copied().collect()).collect();
		assert_eq!(turns, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [2, 3, 4, 5]]);
		assert_eq!(cursor.next(&items[..2], 4), [&0, &1]);
		assert!(cursor.next(&items[..0], 4).is_empty());
	}

	/// Creates a node with these complete uploads.
	fn node(
		uploads: &[&[u8]],
		expires_ms: u64,
	) -> (tempfile::TempDir, TestChain, Maintenance<TestChain>) {
		let folder = tempfile::tempdir().unwrap();
		let chain = TestChain::default();
		let ipfs = testing::ipfs(folder.path(), Limits::default());
		for content in uploads {
			let upload = upload(content, expires_ms);
			ipfs.staging().begin_or_resume(upload.clone()).unwrap();
			ipfs.staging().put(&upload.root, &upload.root, content).unwrap();
		}
		let maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
		(folder, chain, maintenance)
	}

	fn staged(maintenance: &Maintenance<TestChain>) -> Vec<Cid> {
		let mut roots: Vec<Cid> =
			maintenance.ipfs.staging().list().iter().map(|upload| upload.root).collect();
		roots.sort();
		roots
	}

	#[test]
	fn a_turn_removes_only_uploads_that_are_stored() {
		let (_folder, chain, mut maintenance) = node(&[b"pushed", b"waits", b"young"], u64::MAX);
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		chain.register(&root(b"pushed"), &[AccountId::new([9; 32]), storage_account()]);
		chain.register(&root(b"waits"), &[AccountId::new([9; 32])]);
		maintenance.tend_uploads();
		let mut left = [root(b"waits"), root(b"young")];
		left.sort();
		assert_eq!(staged(&maintenance), left);
		assert_eq!(maintenance.ipfs.metrics.as_ref().unwrap().pushed.get(), 1);
		// Registrations are read from finalised state, the right to stage from the best block.
		assert_eq!(chain.asked(), HashSet::from([FINALISED, BEST]));
	}

	#[test]
	fn a_turn_removes_uploads_erased_before_the_push() {
		let (_folder, chain, mut maintenance) = node(&[b"erased"], u64::MAX);
		let root = Cid::of(Codec::Raw, b"erased");
		chain.register(&root, &[]);
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance), [root]);
		chain.erase(&root);
		maintenance.tend_uploads();
		assert!(staged(&maintenance).is_empty());
		assert!(maintenance.ipfs.registered.read().is_empty());
	}

	#[test]
	fn an_upload_registered_with_another_size_is_freed() {
		let (_folder, chain, mut maintenance) = node(&[b"wrong", b"right", b"foreign"], u64::MAX);
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		let owner = AccountId::new([1; 32]);
		// This upload is open and has no block, so nothing proves its size.
		let claimed = Upload { size: 7, ..upload(b"claimed", u64::MAX) };
		let staging = maintenance.ipfs.staging().clone();
		staging.begin_or_resume(claimed.clone()).unwrap();
		for (root, author, size) in [
			(root(b"wrong"), &owner, 6),
			(root(b"right"), &owner, 5),
			(root(b"foreign"), &AccountId::new([9; 32]), 6),
			(claimed.root, &owner, 6),
		] {
			chain.register_as(&root, author, size);
		}
		maintenance.tend_uploads();
		let mut left = [root(b"right"), root(b"foreign"), claimed.root];
		left.sort();
		assert_eq!(staged(&maintenance), left);
		assert_eq!(staging.used(), 12, "nobody is charged for it any more");
		let metrics = maintenance.ipfs.metrics.as_ref().unwrap();
		let freed = metrics.removed_uploads.with_label_values(&["size_mismatch"]);
		assert_eq!(freed.get(), 1);
	}

	#[test]
	fn a_turn_collects_expired_unregistered_uploads() {
		let (_folder, chain, mut maintenance) = node(&[b"abandoned", b"registered"], 1000);
		let registered = Cid::of(Codec::Raw, b"registered");
		chain.register(&registered, &[]);
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance), [registered]);
		assert_eq!(maintenance.ipfs.staging().stored_bytes(), 10);
	}

	#[test]
	fn the_uploads_of_an_ended_credential_are_freed() {
		let (_folder, chain, mut maintenance) = node(&[b"left", b"registered"], u64::MAX);
		let (owner, other) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
		let registered = Cid::of(Codec::Raw, b"registered");
		chain.register(&registered, &[]);
		let staging = maintenance.ipfs.staging().clone();
		// One upload without a block, and one of an account that stays.
		for (content, owner) in [(&b"empty"[..], [1; 32]), (b"another's", [2; 32])] {
			let upload = Upload { owner, ..upload(content, u64::MAX) };
			staging.begin_or_resume(upload).unwrap();
		}
		let own = Upload { organisation: None, ..upload(b"a copy", u64::MAX) };
		staging.begin_own(own).unwrap();
		chain.admit(&owner, 1);
		chain.admit(&other, 1);
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance).len(), 5);

		chain.dismiss(&owner);
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance).len(), 5, "the last signed transaction may still arrive");
		let Some(long_ago) = Instant::now().checked_sub(ENDED) else {
			return;
		};
		maintenance.ended.insert(owner.clone(), long_ago);
		maintenance.tend_uploads();
		let mut left: Vec<Cid> = [&b"registered"[..], b"another's", b"a copy"]
			.iter()
			.map(|content| Cid::of(Codec::Raw, content))
			.collect();
		left.sort();
		assert_eq!(staged(&maintenance), left);
		assert_eq!(staging.used(), 10);
	}

	#[test]
	fn a_credential_restored_in_time_keeps_its_uploads() {
		let (_folder, chain, mut maintenance) = node(&[b"one"], u64::MAX);
		let owner = AccountId::new([1; 32]);
		maintenance.tend_uploads();
		assert!(maintenance.ended.contains_key(&owner));
		chain.admit(&owner, 1);
		maintenance.tend_uploads();
		assert!(maintenance.ended.is_empty());
		assert_eq!(staged(&maintenance).len(), 1);
	}

	#[test]
	fn a_turn_changes_nothing_while_the_chain_cannot_be_read() {
		let (_folder, chain, mut maintenance) = node(&[b"abandoned"], 1000);
		chain.break_down();
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance).len(), 1);
	}

	#[test]
	fn only_the_blocks_of_an_unpinned_root_go() {
		let (_folder, _chain, mut maintenance) = node(&[b"staged"], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		for content in [&b"erased"[..], b"kept", b"unpinned", b"staged"] {
			store.put(&root(content), content).unwrap();
		}
		for content in [&b"erased"[..], b"kept", b"staged"] {
			store.pin(&root(content)).unwrap();
		}
		maintenance.tend_blocks();
		assert_eq!(store.len(), 4);

		store.unpin(&root(b"erased")).unwrap();
		// It is still staged, so it may be pinned again any moment.
		store.unpin(&root(b"staged")).unwrap();
		maintenance.tend_blocks();
		maintenance.tend_removals();
		assert!(!store.has(&root(b"erased")).unwrap());
		for content in [&b"kept"[..], b"unpinned", b"staged"] {
			assert!(store.has(&root(content)).unwrap());
		}
	}

	/// Requests removals as the worker does. Returns the roots that the node reports as removed.
	fn removals(maintenance: &mut Maintenance<TestChain>, roots: &[Cid]) -> Vec<Cid> {
		maintenance.ipfs.notes.ask_to_remove(roots);
		maintenance.tend_blocks();
		maintenance.tend_removals();
		maintenance.removed.iter().copied().collect()
	}

	#[test]
	fn a_removal_works_beside_an_incomplete_pinned_root() {
		let (_folder, _chain, mut maintenance) = node(&[], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let (erased, _, blocks) = testing::file(1);
		let (broken, _, others) = testing::file(2);
		for (cid, data) in blocks.iter().chain(&others) {
			store.put(cid, data).unwrap();
		}
		store.pin(&erased).unwrap();
		store.pin(&broken).unwrap();
		store.delete(&broken).unwrap();
		store.unpin(&erased).unwrap();
		assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
		for (cid, _) in &blocks {
			assert!(!store.has(cid).unwrap());
		}
		for (cid, _) in others.iter().filter(|(cid, _)| *cid != broken) {
			assert!(store.has(cid).unwrap(), "the rest of another file stays");
		}
		// The worker has confirmed it on the chain.
		assert!(removals(&mut maintenance, &[]).is_empty());
	}

	#[test]
	fn nothing_is_reported_removed_before_it_is() {
		let (_folder, chain, mut maintenance) = node(&[b"staged"], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		let (staged, held, kept) = (root(b"staged"), root(b"held"), root(b"kept"));
		for content in [&b"staged"[..], b"held", b"kept"] {
			store.put(&root(content), content).unwrap();
		}
		// The node holds it for another record, but its removal is requested all the same.
		chain.register(&held, &[storage_account()]);
		// A record uses it, but only another node holds it, so this node need not keep it.
		chain.register(&kept, &[AccountId::new([9; 32])]);
		assert_eq!(removals(&mut maintenance, &[staged, held, kept]), [kept]);
		assert!(store.has(&staged).unwrap() && store.has(&held).unwrap());
		chain.erase(&held);
		maintenance.ipfs.staging().remove(&staged).unwrap();
		assert_eq!(removals(&mut maintenance, &[staged, held]).len(), 2);
		assert_eq!(store.len(), 0);
	}

	/// Builds another file from the same leaves: the same blocks below other nodes.
	fn rearranged(blocks: &[(Cid, Vec<u8>)]) -> (Cid, Vec<(Cid, Vec<u8>)>) {
		let leaves = blocks.iter().filter(|(cid, _)| cid.is_raw()).rev();
		let full = leaves.filter(|(_, data)| data.len() == salus_ipfs::MAX_LEAF);
		let bytes: Vec<u8> = full.flat_map(|(_, data)| data.clone()).collect();
		let mut others = Vec::new();
		let dag = salus_ipfs::unixfs::build(&bytes[..], |block| -> std::io::Result<()> {
			others.push((block.cid, block.data));
			Ok(())
		});
		(dag.unwrap().root, others)
	}

	#[test]
	fn a_version_stays_while_another_record_keeps_its_blocks() {
		let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let metrics = maintenance.ipfs.metrics.clone().unwrap();
		let (erased, _, blocks) = testing::file(1);
		let (copy, others) = rearranged(&blocks);
		let (third, _, more) = testing::file(3);
		assert_ne!(erased, copy);
		for (cid, data) in blocks.iter().chain(&others).chain(&more) {
			store.put(cid, data).unwrap();
		}
		for root in [erased, copy, third] {
			store.pin(&root).unwrap();
		}
		chain.register(&copy, &[storage_account()]);
		store.unpin(&erased).unwrap();
		store.unpin(&third).unwrap();
		assert_eq!(
			removals(&mut maintenance, &[erased, third]),
			[third],
			"two of the leaves remain, and the other removal does not wait"
		);
		let waiting = maintenance.waiting.get(&erased).unwrap();
		assert_eq!(waiting.blocks, 2);
		assert_eq!(metrics.removals_waiting.get(), 1);
		// A garbage collection does not help either.
		store.gc(Duration::ZERO, |_| false).unwrap();
		maintenance.waiting.clear();
		assert!(removals(&mut maintenance, &[erased]).is_empty());
		// It goes as soon as the other record is erased too, and no earlier.
		chain.erase(&copy);
		store.unpin(&copy).unwrap();
		assert_eq!(removals(&mut maintenance, &[erased]), []);
		assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
		assert_eq!(store.len(), 0);
		assert_eq!(metrics.removals_waiting.get(), 0);
	}

	#[test]
	fn waiting_removals_delay_no_others() {
		let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		// None of these can be removed, and they fill several turns.
		let mut asked = Vec::new();
		for number in 0..5 * REMOVALS_A_TURN as u32 {
			let held = Cid::of(Codec::Raw, &number.to_le_bytes());
			chain.register(&held, &[storage_account()]);
			asked.push(held);
		}
		let erased = Cid::of(Codec::Raw, b"to be erased");
		store.put(&erased, b"to be erased").unwrap();
		let before = asked.iter().filter(|root| **root < erased).count();
		assert!(before > REMOVALS_A_TURN, "it must not be among the first");
		asked.push(erased);
		maintenance.ipfs.notes.ask_to_remove(&asked);
		for _ in 0..6 {
			maintenance.tend_blocks();
			maintenance.tend_removals();
		}
		assert!(maintenance.removed.contains(&erased));
	}

	/// Serves Kubo's API for removals over a block store.
	async fn fake_kubo(store: &Arc<BlockStore>) -> Kubo {
		let collected = store.clone();
		let router = salus_ipfs::server::router(store.clone(), Default::default()).route(
			"/api/v0/repo/gc",
			axum::routing::post(move || {
				collected.gc(Duration::ZERO, |_| false).unwrap();
				std::future::ready(())
			}),
		);
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		Kubo::new(&url, Default::default()).unwrap()
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_version_at_kubo_stays_while_another_record_keeps_it() {
		let folder = tempfile::tempdir().unwrap();
		let store = Arc::new(BlockStore::open(folder.path().join("kubo")).unwrap());
		let kubo = fake_kubo(&store).await;
		let (erased, _, blocks) = testing::file(1);
		let (copy, others) = rearranged(&blocks);
		let (third, _, more) = testing::file(3);
		for (cid, data) in blocks.iter().chain(&others).chain(&more) {
			store.put(cid, data).unwrap();
		}
		for root in [erased, copy, third] {
			kubo.pin_add(&root).await.unwrap();
		}
		let ipfs = testing::ipfs_at(folder.path(), Limits::default(), Blocks::Kubo(kubo));
		let chain = TestChain::default();
		chain.register(&copy, &[storage_account()]);
		let mut maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
		// Run on a thread that may block, as the node does.
		let work = move || {
			assert_eq!(removals(&mut maintenance, &[erased, third]), [third]);
			assert_eq!(maintenance.waiting.get(&erased).unwrap().blocks, 2);
			// Kubo collects what no pin keeps, including the nodes above the remaining blocks. Then
			// the node restarts.
			store.gc(Duration::ZERO, |_| false).unwrap();
			assert!(!store.has(&erased).unwrap());
			let (client, ipfs) = (maintenance.client.clone(), maintenance.ipfs.clone());
			let mut maintenance = Maintenance::new(client, ipfs);
			assert!(removals(&mut maintenance, &[erased]).is_empty());

			chain.erase(&copy);
			assert_eq!(removals(&mut maintenance, &[erased, copy]), [copy]);
			let gone = removals(&mut maintenance, &[erased, copy]);
			assert_eq!(gone.len(), 2);
			assert!(store.is_empty());
			assert!(maintenance.ipfs.notes.kept().is_empty());
		};
		tokio::task::spawn_blocking(work).await.unwrap();
	}

	#[test]
	fn roots_unpinned_before_a_restart_are_removed_after_it() {
		let (folder, chain, maintenance) = node(&[], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let (erased, _, blocks) = testing::file(1);
		let (live, _, others) = testing::file(2);
		for (cid, data) in blocks.iter().chain(&others) {
			store.put(cid, data).unwrap();
		}
		for root in [&erased, &live] {
			store.pin(root).unwrap();
			store.unpin(root).unwrap();
		}
		chain.register(&live, &[]);
		drop((store, maintenance));
		let ipfs = testing::ipfs(folder.path(), Limits::default());
		let mut maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
		maintenance.tend_blocks();
		maintenance.tend_removals();
		let store = maintenance.ipfs.store().unwrap();
		assert_eq!(store.len(), others.len() as u64, "a record uses the other one");
		// It is tried again until its record is erased too.
		chain.erase(&live);
		maintenance.tend_blocks();
		maintenance.tend_removals();
		assert_eq!(maintenance.ipfs.store().unwrap().len(), 0);
	}

	#[test]
	fn old_blocks_that_were_never_pinned_are_removed() {
		let (folder, _chain, mut maintenance) = node(&[b"staged"], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		for content in [&b"old"[..], b"young", b"staged"] {
			store.put(&root(content), content).unwrap();
		}
		for content in [&b"old"[..], b"staged"] {
			let name = hex::encode(root(content).digest());
			let path = folder.path().join("blocks/blocks").join(&name[..2]).join(name);
			let file = std::fs::File::options().append(true).open(path).unwrap();
			file.set_modified(std::time::SystemTime::now() - 2 * UNPINNED_AGE).unwrap();
		}
		maintenance.tend_blocks();
		assert!(!store.has(&root(b"old")).unwrap());
		assert!(store.has(&root(b"young")).unwrap());
		assert!(store.has(&root(b"staged")).unwrap());
	}
}
