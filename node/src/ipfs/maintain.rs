//! What happens to blocks when nobody asks: staged uploads that are done or given up are removed,
//! what the off-chain worker unpinned is removed, and so are stored blocks that no pin keeps.
//!
//! The task wakes with each finalised block, for only finalised state is acted upon, and by a slow
//! timer, so that uploads expire also while the chain stands still. Each turn looks at a bounded
//! number of uploads, the next turn at the next ones.

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

use super::{causes, now_ms, pushes::Pushes, Blocks, Ipfs, LOG_TARGET};

/// The most uploads that one turn asks the chain about: in ten turns it has seen all of an account that has as many as it may.
const UPLOADS_A_TURN: usize = 256;

/// When to look without a new block.
const SLOW: Duration = Duration::from_secs(10);

/// How often blocks that were never pinned are looked for.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// How old such a block must be: whoever put it may still be about to pin it.
const UNPINNED_AGE: Duration = Duration::from_secs(60 * 60);

/// How long an upload is kept whose owner may not stage any more: what they signed last may still be on its way to the chain.
const ENDED: Duration = Duration::from_secs(120);

/// How old a block must be that may belong to an erased record of which a part is missing.
const UNSURE_AGE: Duration = Duration::from_secs(5 * 60);

/// The most roots whose blocks one turn removes.
const REMOVALS_A_TURN: usize = 64;

/// How soon a root is tried again of which another record keeps blocks, if nothing was removed meanwhile.
const KEPT_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How long Kubo may take over one call that removes blocks: it looks through its pins for each.
const KUBO_REMOVAL: Duration = Duration::from_secs(60);

/// What the finalised chain says of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChain {
	/// No live record has it.
	Unregistered,
	/// A live record has it, and this node has not confirmed that it holds it.
	Registered,
	/// A live record has it, and this node has confirmed that it holds it.
	Confirmed,
}

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
	/// It stays.
	Keep,
	/// IPFS has it, and the chain knows: it goes.
	Pushed,
	/// Its record was erased before it was pushed: it goes.
	Erased,
	/// It was never registered, and its time is over: it goes.
	Abandoned,
	/// It was never registered, and its owner's credential ended: it goes.
	Ended,
	/// Its owner registered another size for its root, so no node ever confirms it: it goes.
	Mismatched,
}

impl Fate {
	/// The reason why an upload goes, as metrics name it. None if it stays.
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

/// Decides over an upload. `was_registered`: an earlier finalised state had its root.
/// `grace_ms`: how long an upload is kept after its ticket ended.
pub fn fate(
	upload: &Upload,
	on_chain: OnChain,
	was_registered: bool,
	now_ms: u64,
	grace_ms: u64,
) -> Fate {
	match on_chain {
		OnChain::Confirmed => Fate::Pushed,
		// However long it takes: this may be the only copy.
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

/// Asks the chain about a root.
fn on_chain<Api: SalusApi<Block, AccountId>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<OnChain, ApiError> {
	Ok(on_chain_with_version(api, at, root, node)?.0)
}

/// Asks the chain about a root, and for which version it is registered.
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

/// Where a turn goes on: after this many uploads of the list.
#[derive(Debug, Default)]
struct Cursor(usize);

impl Cursor {
	/// The next so many items, from the beginning again after the end.
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

/// What the task remembers from turn to turn. Losing it costs time, nothing else.
struct Maintenance<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	cursor: Cursor,
	pushes: Pushes,
	/// The pins as they were last seen.
	pins: BTreeSet<Cid>,
	/// When all blocks were looked at; not yet since the start.
	swept: Option<Instant>,
	/// Owners of uploads who may not stage any more, and since when that is known.
	ended: HashMap<AccountId, Instant>,

	/// Roots that were unpinned, as far as this process saw it, and that may be needed still.
	unpinned: BTreeSet<Cid>,
	/// Roots of which nothing is left, for as long as the worker asks for them.
	removed: BTreeSet<Cid>,
	/// Roots whose removal was tried since the last slow turn.
	tried: BTreeSet<Cid>,
	/// When each root was tried last that is not removed yet: who waited longest is next.
	last: HashMap<Cid, Instant>,
	/// Roots of which other pins keep blocks.
	waiting: BTreeMap<Cid, Waiting>,
	/// Which blocks these are, at Kubo. It does not keep the nodes by which they could be found again.
	kept: BTreeMap<Cid, Vec<Cid>>,
}

/// A removal that another record holds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
	/// How many blocks the other keeps.
	blocks: usize,
	/// When to try again.
	again: Instant,
}

/// What became of roots that were to be removed. Of those that are in neither list something is left for now.
#[derive(Debug, Default)]
struct Removed {
	/// Nothing is left of these.
	gone: Vec<Cid>,
	/// Of these, other pins keep so many blocks.
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

	/// Whether a member's upload lost its owner's credential long enough ago, and nobody registers it.
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

	/// Whether an upload can never be stored for the version that its owner registered, because the sizes differ. The root
	/// block says how large the file is, and its bytes are those of the root, so no other upload of this root is of another
	/// size. Somebody else's registration says nothing: the owner's own may be beside it, or still on its way.
	fn never_matches(&self, upload: &Upload, version: Option<&VersionInfo<AccountId>>) -> bool {
		let registered =
			version.filter(|info| AsRef::<[u8; 32]>::as_ref(&info.author) == &upload.owner);
		let differs = registered.is_some_and(|info| info.content.size != upload.size);
		let staging = self.ipfs.staging();
		upload.organisation.is_some()
			&& differs
			&& staging.progress(&upload.root).is_ok_and(|progress| progress.staged > 0)
	}

	/// Tells operators how the off-chain worker's pushes fare.
	fn look_at_pushes(&mut self) {
		if let Some(metrics) = &self.ipfs.metrics {
			let notes = self.ipfs.notes.pushes();
			metrics.pushes(&self.pushes.look(&notes, Instant::now()));
		}
	}

	/// Looks at some uploads.
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
					log::warn!(target: LOG_TARGET, "cannot ask the chain about {root}: {error}");
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
						log::warn!(target: LOG_TARGET, "cannot ask the chain about {root}'s owner: {error}")
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
			// Before the upload goes: the worker takes back no word about what is staged.
			self.ipfs.restored.lock().push(*root);
			self.ipfs.notes.found(root);
		}
		let removed = match fate {
			Fate::Keep => return,
			Fate::Pushed | Fate::Erased | Fate::Ended | Fate::Mismatched => {
				self.ipfs.staging().remove(root)
			}
			// Through the staging's own look at the clock: the ticket may just have been renewed.
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
				log::error!(target: LOG_TARGET, "cannot remove upload {root}: {error}")
			}
			(Ok(false), _) | (_, Fate::Keep) => return,
			(Ok(true), Fate::Pushed) => {
				log::debug!(target: LOG_TARGET, "upload {root} is stored: removed from staging");
				if let Some(metrics) = &self.ipfs.metrics {
					metrics.pushed.inc();
				}
			}
			(Ok(true), Fate::Erased) => {
				log::info!(target: LOG_TARGET, "upload {root} was erased on chain: removed")
			}
			(Ok(true), Fate::Ended) => log::info!(
				target: LOG_TARGET,
				"upload {root} ({} bytes) was never registered, and its owner may not stage any more: removed",
				upload.size,
			),
			(Ok(true), Fate::Mismatched) => log::warn!(
				target: LOG_TARGET,
				"upload {root} has {} bytes, and its owner registered another size, so it can never be stored: removed; once the \
				 patient has erased that record, the file can be added again",
				upload.size,
			),
			(Ok(true), Fate::Abandoned) => log::info!(
				target: LOG_TARGET,
				"upload {root} ({} bytes) was never registered and expired: removed",
				upload.size,
			),
		}
		if let (Some(metrics), Some(reason)) = (&self.ipfs.metrics, fate.reason()) {
			metrics.removed_uploads.with_label_values(&[reason]).inc();
		}
		self.ipfs.registered.write().remove(root);
	}

	/// Removes stored blocks that no pin keeps.
	fn tend_blocks(&mut self) {
		let ipfs = self.ipfs.clone();
		if let Some(store) = ipfs.store() {
			let pins: BTreeSet<Cid> = store.pins().into_iter().collect();
			self.unpinned.extend(self.pins.difference(&pins));
			match store.unpinned() {
				Ok(roots) => self.unpinned.extend(roots),
				Err(error) => {
					log::error!(target: LOG_TARGET, "cannot list what was unpinned: {error}")
				}
			}
			self.unpinned.retain(|root| !pins.contains(root));
			self.pins = pins;
			if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
				self.sweep(store, UNPINNED_AGE);
				self.swept = Some(Instant::now());
			}
		}
		// What failed is tried again.
		self.tried.clear();
		if let Some(metrics) = &ipfs.metrics {
			metrics.update(ipfs.staging(), ipfs.store().map(|store| &**store), self.pins.len());
		}
	}

	/// Removes what is below roots that were unpinned: those that the worker asks for, and those that no record has any more.
	/// The worker learns what is gone, and tells the chain.
	fn tend_removals(&mut self) {
		let asked: BTreeSet<Cid> = self.ipfs.notes.removing().into_iter().collect();
		self.removed.retain(|root| asked.contains(root));
		let unpinned = &self.unpinned;
		let is_open = |root: &Cid| asked.contains(root) || unpinned.contains(root);
		self.last.retain(|root, _| is_open(root));
		self.waiting.retain(|root, _| is_open(root));
		// What the worker waits for comes first, and a root that cannot go keeps no other one waiting.
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
				"{} roots are not needed any more: nothing is left of {} of them",
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

	/// Remembers which removals wait for other records, and says so. Whenever something went, they are tried again.
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
					"{blocks} blocks below {root} are kept, because another record holds them: this node confirms the \
					 removal when no record holds them any more",
				);
			}
		}
	}

	/// Whether what is below a root may go: it is not staged, and the worker asks for it, or the chain does not know it.
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
				log::warn!(target: LOG_TARGET, "cannot ask the chain about {root}: {error}");
				false
			}
		}
	}

	/// Removes what is below these roots.
	fn remove(&mut self, roots: &[Cid]) -> Removed {
		match self.ipfs.blocks.clone() {
			Blocks::Embedded(store) => self.remove_embedded(&store, roots),
			Blocks::Kubo(kubo) => {
				let Ok(runtime) = tokio::runtime::Handle::try_current() else {
					log::error!(target: LOG_TARGET, "cannot ask Kubo from here");
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
				log::error!(target: LOG_TARGET, "cannot remove blocks: {error}");
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
					log::error!(target: LOG_TARGET, "cannot remove what is below {root}: {error}")
				}
			}
		}
		// Nobody knows what was below a block that is missing: whatever no pin keeps goes.
		if !unsure.is_empty() && self.sweep(store, UNSURE_AGE) {
			removed.gone.extend(unsure);
		}
		removed
	}

	/// Removes all blocks of this age that neither a pin nor an upload keeps. Gives whether it could.
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
				log::error!(target: LOG_TARGET, "cannot collect garbage: {error}");
				false
			}
		}
	}

	/// The blocks of complete uploads: the worker may be about to pin them.
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

/// Removes what is below these roots at Kubo. One that fails is no obstacle. `kept` has the blocks that other pins keep, and
/// is brought up to date: a collection takes the nodes above them, and Kubo does not know any more what was below.
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
				log::warn!(target: LOG_TARGET, "cannot remove what is below {root}: {}", causes(&error))
			}
		}
	}
	if !unsure.is_empty() {
		// Nobody knows what was below a block that is missing: whatever no pin keeps goes.
		match kubo.repo_gc().await {
			Ok(()) => removed.gone.extend(unsure),
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot collect garbage: {}", causes(&error))
			}
		}
	}
	kept.retain(|root, _| !removed.gone.contains(root));
	removed
}

/// Runs until the node stops.
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
				// Those that came meanwhile say nothing more.
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
				log::error!(target: LOG_TARGET, "the maintenance of blocks stopped: {error}");
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
	fn an_upload_that_the_chain_does_not_know_stays_until_its_grace_is_over() {
		let upload = upload(b"one", 1000);
		let fate = |now| fate(&upload, OnChain::Unregistered, false, now, HOUR_MS);
		assert_eq!(fate(0), Fate::Keep);
		assert_eq!(fate(1000), Fate::Keep);
		assert_eq!(fate(1000 + HOUR_MS - 1), Fate::Keep);
		assert_eq!(fate(1000 + HOUR_MS), Fate::Abandoned);
	}

	#[test]
	fn an_upload_without_end_is_never_abandoned_by_an_overflow() {
		let upload = upload(b"one", u64::MAX);
		assert_eq!(fate(&upload, OnChain::Unregistered, false, u64::MAX - 1, HOUR_MS), Fate::Keep);
	}

	#[test]
	fn a_registered_upload_stays_until_this_node_has_confirmed_it() {
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
	fn an_upload_whose_record_was_erased_goes_at_once() {
		let upload = upload(b"one", 1000);
		assert_eq!(fate(&upload, OnChain::Unregistered, true, 0, HOUR_MS), Fate::Erased);
	}

	#[test]
	fn a_turn_is_bounded_and_turns_reach_everything() {
		let items: Vec<u32> = (0..10).collect();
		let mut cursor = Cursor::default();
		let turns: Vec<Vec<u32>> =
			(0..4).map(|_| cursor.next(&items, 4).into_iter().copied().collect()).collect();
		assert_eq!(turns, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [2, 3, 4, 5]]);
		assert_eq!(cursor.next(&items[..2], 4), [&0, &1]);
		assert!(cursor.next(&items[..0], 4).is_empty());
	}

	/// A node with these complete uploads.
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
	fn a_turn_removes_what_is_pushed_and_keeps_what_is_not() {
		let (_folder, chain, mut maintenance) = node(&[b"pushed", b"waits", b"young"], u64::MAX);
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		chain.register(&root(b"pushed"), &[AccountId::new([9; 32]), storage_account()]);
		chain.register(&root(b"waits"), &[AccountId::new([9; 32])]);
		maintenance.tend_uploads();
		let mut left = [root(b"waits"), root(b"young")];
		left.sort();
		assert_eq!(staged(&maintenance), left);
		assert_eq!(maintenance.ipfs.metrics.as_ref().unwrap().pushed.get(), 1);
		// Only what is final counts; but for who may stage, the newest state.
		assert_eq!(chain.asked(), HashSet::from([FINALISED, BEST]));
	}

	#[test]
	fn a_turn_removes_what_was_erased_before_it_was_pushed() {
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
	fn what_its_owner_registered_with_another_size_is_freed() {
		let (_folder, chain, mut maintenance) = node(&[b"wrong", b"right", b"foreign"], u64::MAX);
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		let owner = AccountId::new([1; 32]);
		// Opened, and without a block: nothing proves its size.
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
		assert_eq!(staging.used(), 12, "it is charged to nobody any more");
		let metrics = maintenance.ipfs.metrics.as_ref().unwrap();
		let freed = metrics.removed_uploads.with_label_values(&["size_mismatch"]);
		assert_eq!(freed.get(), 1);
	}

	#[test]
	fn a_turn_collects_what_was_never_registered() {
		let (_folder, chain, mut maintenance) = node(&[b"abandoned", b"registered"], 1000);
		let registered = Cid::of(Codec::Raw, b"registered");
		chain.register(&registered, &[]);
		maintenance.tend_uploads();
		assert_eq!(staged(&maintenance), [registered]);
		assert_eq!(maintenance.ipfs.staging().stored_bytes(), 10);
	}

	#[test]
	fn what_a_credential_left_behind_is_freed_when_it_ends() {
		let (_folder, chain, mut maintenance) = node(&[b"left", b"registered"], u64::MAX);
		let (owner, other) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
		let registered = Cid::of(Codec::Raw, b"registered");
		chain.register(&registered, &[]);
		let staging = maintenance.ipfs.staging().clone();
		// Without a block, and of somebody who stays.
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
		assert_eq!(staged(&maintenance).len(), 5, "not before what was signed last can have come");
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
	fn a_credential_that_comes_back_in_time_keeps_its_uploads() {
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
	fn blocks_of_an_unpinned_root_go_and_those_of_others_stay() {
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
		// Someone may pin it again any moment: it is still staged.
		store.unpin(&root(b"staged")).unwrap();
		maintenance.tend_blocks();
		maintenance.tend_removals();
		assert!(!store.has(&root(b"erased")).unwrap());
		for content in [&b"kept"[..], b"unpinned", b"staged"] {
			assert!(store.has(&root(content)).unwrap());
		}
	}

	/// Has the worker ask for removals. Gives what the node says to have removed.
	fn removals(maintenance: &mut Maintenance<TestChain>, roots: &[Cid]) -> Vec<Cid> {
		maintenance.ipfs.notes.ask_to_remove(roots);
		maintenance.tend_blocks();
		maintenance.tend_removals();
		maintenance.removed.iter().copied().collect()
	}

	#[test]
	fn what_the_worker_asks_for_goes_though_another_pinned_root_is_incomplete() {
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
			assert!(store.has(cid).unwrap(), "what is left of another stays");
		}
		// The worker has told the chain.
		assert!(removals(&mut maintenance, &[]).is_empty());
	}

	#[test]
	fn nothing_is_said_to_be_removed_before_it_is() {
		let (_folder, chain, mut maintenance) = node(&[b"staged"], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		let root = |content: &[u8]| Cid::of(Codec::Raw, content);
		let (staged, held, kept) = (root(b"staged"), root(b"held"), root(b"kept"));
		for content in [&b"staged"[..], b"held", b"kept"] {
			store.put(&root(content), content).unwrap();
		}
		// The node holds it for another record, and it is asked for all the same.
		chain.register(&held, &[storage_account()]);
		// A record has it that others hold: nothing the node is bound to.
		chain.register(&kept, &[AccountId::new([9; 32])]);
		assert_eq!(removals(&mut maintenance, &[staged, held, kept]), [kept]);
		assert!(store.has(&staged).unwrap() && store.has(&held).unwrap());
		chain.erase(&held);
		maintenance.ipfs.staging().remove(&staged).unwrap();
		assert_eq!(removals(&mut maintenance, &[staged, held]).len(), 2);
		assert_eq!(store.len(), 0);
	}

	/// The leaves of a file as another file: other nodes above the same blocks.
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
	fn a_version_is_not_removed_while_another_record_keeps_its_blocks() {
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
			"two of the leaves are still here; and another removal does not wait for it"
		);
		let waiting = maintenance.waiting.get(&erased).unwrap();
		assert_eq!(waiting.blocks, 2);
		assert_eq!(metrics.removals_waiting.get(), 1);
		// Not with any collection either.
		store.gc(Duration::ZERO, |_| false).unwrap();
		maintenance.waiting.clear();
		assert!(removals(&mut maintenance, &[erased]).is_empty());
		// Not before the other record is erased as well, and then at once.
		chain.erase(&copy);
		store.unpin(&copy).unwrap();
		assert_eq!(removals(&mut maintenance, &[erased]), []);
		assert_eq!(removals(&mut maintenance, &[erased]), [erased]);
		assert_eq!(store.len(), 0);
		assert_eq!(metrics.removals_waiting.get(), 0);
	}

	#[test]
	fn removals_that_wait_hold_up_no_others() {
		let (_folder, chain, mut maintenance) = node(&[], u64::MAX);
		let store = maintenance.ipfs.store().unwrap().clone();
		// Whatever their order: these cannot go, and are more than several turns take.
		let mut asked = Vec::new();
		for number in 0..5 * REMOVALS_A_TURN as u32 {
			let held = Cid::of(Codec::Raw, &number.to_le_bytes());
			chain.register(&held, &[storage_account()]);
			asked.push(held);
		}
		let erased = Cid::of(Codec::Raw, b"to be erased");
		store.put(&erased, b"to be erased").unwrap();
		let before = asked.iter().filter(|root| **root < erased).count();
		assert!(before > REMOVALS_A_TURN, "it is not among the first");
		asked.push(erased);
		maintenance.ipfs.notes.ask_to_remove(&asked);
		for _ in 0..6 {
			maintenance.tend_blocks();
			maintenance.tend_removals();
		}
		assert!(maintenance.removed.contains(&erased));
	}

	/// A Kubo as far as removals go, over a block store.
	async fn played_kubo(store: &Arc<BlockStore>) -> Kubo {
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
	async fn a_version_at_kubo_is_not_removed_while_another_record_keeps_its_blocks() {
		let folder = tempfile::tempdir().unwrap();
		let store = Arc::new(BlockStore::open(folder.path().join("kubo")).unwrap());
		let kubo = played_kubo(&store).await;
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
		// As the maintenance runs: on a thread that may wait.
		let work = move || {
			assert_eq!(removals(&mut maintenance, &[erased, third]), [third]);
			assert_eq!(maintenance.waiting.get(&erased).unwrap().blocks, 2);
			// Kubo collects what no pin keeps, among it the nodes above what is left; and the node starts again.
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
	fn what_was_unpinned_before_the_node_stopped_goes_after_it_started() {
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
		assert_eq!(store.len(), others.len() as u64, "a record has the other one");
		// It is tried again until it is erased, too.
		chain.erase(&live);
		maintenance.tend_blocks();
		maintenance.tend_removals();
		assert_eq!(maintenance.ipfs.store().unwrap().len(), 0);
	}

	#[test]
	fn old_blocks_that_were_never_pinned_are_swept() {
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
