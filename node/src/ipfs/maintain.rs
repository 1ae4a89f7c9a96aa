//! Cleaning up: removes uploads that are stored or given up, blocks of roots that the off-chain
//! worker unpinned, and stored blocks that no pin keeps.
//!
//! The task wakes with each finalised block, because it acts only on finalised state, and by a slow
//! timer, so that uploads expire even while the chain is stalled. Each turn handles a limited
//! number of uploads, and the next turn continues with the following ones.

mod blocks;
mod on_chain;
mod removals;
mod uploads;

use std::{
	collections::{BTreeMap, BTreeSet, HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt};
use salus_ipfs::Cid;
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId};
use sc_client_api::BlockchainEvents;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use self::{removals::Waiting, uploads::Cursor};
use super::{pushes::Pushes, Ipfs, LOG_TARGET};

/// Interval of turns without a new block.
const SLOW: Duration = Duration::from_secs(10);

/// State of the task between turns. Losing it costs only time.
struct Maintenance<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	cursor: Cursor,
	pushes: Pushes,
	/// Pins at the last check.
	pins: BTreeSet<Cid>,
	/// Time of the last search for unpinned blocks, if there was one since the start.
	swept: Option<Instant>,
	/// Uploads that their owners had registered at the last check.
	own: HashSet<Cid>,
	/// Uploads that are stored for records of others than their owners, with the time at which this
	/// was found.
	stored_for_others: HashMap<Cid, Instant>,
	/// Complete uploads of members, with the time at which this was found.
	complete: HashMap<Cid, Instant>,
	/// Owners of uploads who may no longer stage, with the time at which this was found.
	ended: HashMap<AccountId, Instant>,
	/// Roots that this process saw unpinned. Records may still need them.
	unpinned: BTreeSet<Cid>,
	/// Roots in `unpinned` whose complete uploads were erased, with the blocks that may have been
	/// pushed to Kubo.
	erased: HashMap<Cid, Vec<Cid>>,
	/// Roots with no blocks left, for as long as the worker requests their removal.
	removed: BTreeSet<Cid>,
	/// Roots whose removal was attempted since the last slow turn.
	tried: BTreeSet<Cid>,
	/// Time of the last attempt at each root that is not removed yet. The one that waited longest
	/// comes next.
	last: HashMap<Cid, Instant>,
	/// Roots whose blocks other pins keep.
	waiting: BTreeMap<Cid, Waiting>,
	/// Blocks of the roots in `waiting`, if Kubo stores them. Kubo does not keep the nodes above
	/// them, which would be needed to find them again.
	kept: BTreeMap<Cid, Vec<Cid>>,
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
			own: HashSet::new(),
			stored_for_others: HashMap::new(),
			complete: HashMap::new(),
			ended: HashMap::new(),
			unpinned: BTreeSet::new(),
			erased: HashMap::new(),
			removed: BTreeSet::new(),
			tried: BTreeSet::new(),
			last: HashMap::new(),
			waiting: BTreeMap::new(),
			kept,
		}
	}
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
				// One turn is enough for all blocks that have arrived.
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
mod tests;
