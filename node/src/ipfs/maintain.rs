//! What happens to blocks when nobody asks: staged uploads that are done or given up are removed,
//! and so are stored blocks that no pin keeps.
//!
//! The task wakes with each finalised block, for only finalised state is acted upon, and by a slow
//! timer, so that uploads expire also while the chain stands still. Each turn looks at a bounded
//! number of uploads, the next turn at the next ones.

use std::{
	collections::{BTreeSet, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use salus_ipfs::{
	staging::Upload,
	store::{BlockStore, Deletion},
	Cid, Digest,
};
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_client_api::BlockchainEvents;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{now_ms, Ipfs, LOG_TARGET};

/// For how long after its ticket an upload that was never registered stays.
pub const GRACE: Duration = Duration::from_secs(60 * 60);

/// The most uploads that one turn asks the chain about.
const UPLOADS_A_TURN: usize = 64;

/// When to look without a new block.
const SLOW: Duration = Duration::from_secs(10);

/// How often blocks that were never pinned are looked for.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// How old such a block must be: whoever put it may still be about to pin it.
const UNPINNED_AGE: Duration = Duration::from_secs(60 * 60);

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
}

/// Decides over an upload. `was_registered`: an earlier finalised state had its root.
pub fn fate(upload: &Upload, on_chain: OnChain, was_registered: bool, now_ms: u64) -> Fate {
	match on_chain {
		OnChain::Confirmed => Fate::Pushed,
		// However long it takes: this may be the only copy.
		OnChain::Registered => Fate::Keep,
		OnChain::Unregistered if was_registered => Fate::Erased,
		OnChain::Unregistered => {
			let end = upload.expires_ms.saturating_add(GRACE.as_millis() as u64);
			if now_ms >= end {
				Fate::Abandoned
			} else {
				Fate::Keep
			}
		},
	}
}

/// Asks the chain about a root.
fn on_chain<Api: SalusApi<Block, AccountId>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<OnChain, ApiError> {
	let Some(used) = api.root(at, salus_primitives::Cid(root.to_bytes()))? else {
		return Ok(OnChain::Unregistered);
	};
	let Some(details) = api.record(at, used.record)? else { return Ok(OnChain::Unregistered) };
	let confirmed = details
		.versions
		.iter()
		.filter(|details| details.version == used.version)
		.flat_map(|details| &details.replicas)
		.any(|replica| replica.node == *node);
	Ok(if confirmed { OnChain::Confirmed } else { OnChain::Registered })
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
	/// The pins as they were last seen.
	pins: BTreeSet<Cid>,
	/// When all blocks were looked at; not yet since the start.
	swept: Option<Instant>,
}

impl<C> Maintenance<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	fn new(client: Arc<C>, ipfs: Arc<Ipfs>) -> Self {
		let pins = ipfs.store().map(|store| store.pins().into_iter().collect()).unwrap_or_default();
		Self {
			client,
			ipfs,
			cursor: Cursor::default(),
			pins,
			swept: None,
		}
	}

	/// Looks at some uploads.
	fn tend_uploads(&mut self) {
		let uploads = self.ipfs.staging().list();
		let at = self.client.info().finalized_hash;
		let now_ms = now_ms();
		for upload in self.cursor.next(&uploads, UPLOADS_A_TURN) {
			let root = &upload.root;
			let state = on_chain(
				&*self.client.runtime_api(),
				at,
				root,
				self.ipfs.storage_account(),
			);
			let state = match state {
				Ok(state) => state,
				Err(error) => {
					log::warn!(target: LOG_TARGET, "cannot ask the chain about {root}: {error}");
					return;
				},
			};
			let was_registered = self.ipfs.registered.read().contains(root);
			if state != OnChain::Unregistered {
				self.ipfs.registered.write().insert(*root);
			}
			self.execute(upload, fate(upload, state, was_registered, now_ms), now_ms);
		}
		let present: HashSet<Cid> = uploads.iter().map(|upload| upload.root).collect();
		self.ipfs.registered.write().retain(|root| present.contains(root));
		self.ipfs.publish_uploads();
	}

	fn execute(&self, upload: &Upload, fate: Fate, now_ms: u64) {
		let root = &upload.root;
		let removed = match fate {
			Fate::Keep => return,
			Fate::Pushed | Fate::Erased => self.ipfs.staging().remove(root),
			// Through the staging's own look at the clock: the ticket may just have been renewed.
			Fate::Abandoned => {
				let expired_ms = now_ms.saturating_sub(GRACE.as_millis() as u64);
				self.ipfs
					.staging()
					.collect(expired_ms, |other| other.root != *root)
					.map(|roots| !roots.is_empty())
			},
		};
		match (removed, fate) {
			(Err(error), _) => {
				log::error!(target: LOG_TARGET, "cannot remove upload {root}: {error}")
			},
			(Ok(false), _) | (_, Fate::Keep) => return,
			(Ok(true), Fate::Pushed) => {
				log::debug!(target: LOG_TARGET, "upload {root} is stored: removed from staging")
			},
			(Ok(true), Fate::Erased) => {
				log::info!(target: LOG_TARGET, "upload {root} was erased on chain: removed")
			},
			(Ok(true), Fate::Abandoned) => log::info!(
				target: LOG_TARGET,
				"upload {root} ({} bytes) was never registered and expired: removed",
				upload.size,
			),
		}
		self.ipfs.registered.write().remove(root);
	}

	/// Removes stored blocks that no pin keeps.
	fn tend_blocks(&mut self) {
		let ipfs = self.ipfs.clone();
		let Some(store) = ipfs.store() else {
			if let Some(metrics) = &ipfs.metrics {
				metrics.update(ipfs.staging(), None, 0);
			}
			return;
		};
		let pins: BTreeSet<Cid> = store.pins().into_iter().collect();
		let unpinned: Vec<Cid> = self.pins.difference(&pins).copied().collect();
		self.pins = pins;
		if let Some(metrics) = &ipfs.metrics {
			metrics.update(ipfs.staging(), Some(store), self.pins.len());
		}
		if !unpinned.is_empty() {
			self.remove_below(store, &unpinned);
		}
		if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
			self.sweep(store);
			self.swept = Some(Instant::now());
		}
	}

	/// Removes what hangs below roots that were unpinned, at once: their records were erased.
	fn remove_below(&self, store: &BlockStore, unpinned: &[Cid]) {
		let staged = self.staged();
		let mut doomed: Vec<Cid> = Vec::new();
		for root in unpinned {
			match store.reachable(root) {
				Ok(blocks) => {
					doomed.extend(blocks.into_iter().filter(|cid| !staged.contains(cid.digest())))
				},
				// What is still there goes with the next sweep.
				Err(error) => log::debug!(target: LOG_TARGET, "below {root}: {error}"),
			}
		}
		match store.delete_unpinned(&doomed) {
			Ok(deletions) => log::info!(
				target: LOG_TARGET,
				"{} roots were unpinned: removed {} of their {} blocks",
				unpinned.len(),
				deletions.iter().filter(|deletion| **deletion == Deletion::Removed).count(),
				deletions.len(),
			),
			Err(error) => {
				log::error!(target: LOG_TARGET, "cannot remove unpinned blocks: {error}")
			},
		}
	}

	/// Removes all old blocks that neither a pin nor an upload keeps.
	fn sweep(&self, store: &BlockStore) {
		let staged = self.staged();
		match store.gc(UNPINNED_AGE, |digest| staged.contains(digest)) {
			Ok(collected) if collected.blocks > 0 => log::info!(
				target: LOG_TARGET,
				"removed {} blocks ({} bytes) that no pin keeps",
				collected.blocks,
				collected.bytes,
			),
			Ok(_) => {},
			Err(error) => log::error!(target: LOG_TARGET, "cannot collect garbage: {error}"),
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
			if blocks_too {
				maintenance.tend_blocks();
			}
			maintenance
		});
		maintenance = match turn.await {
			Ok(maintenance) => maintenance,
			Err(error) => {
				log::error!(target: LOG_TARGET, "the maintenance of blocks stopped: {error}");
				return;
			},
		};
	}
}
