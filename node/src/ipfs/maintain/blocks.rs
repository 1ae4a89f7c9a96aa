//! Removal of stored blocks that no pin keeps.

use std::{
	collections::{BTreeSet, HashSet},
	time::{Duration, Instant},
};

use salus_ipfs::{store::BlockStore, Cid, Digest};
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::Maintenance;
use crate::ipfs::LOG_TARGET;

/// Interval between searches for blocks that were never pinned.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Minimum age of a block that was never pinned. A younger one may be about to be pinned.
pub(super) const UNPINNED_AGE: Duration = Duration::from_secs(60 * 60);

impl<C> Maintenance<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Notes which roots were unpinned, and now and then removes stored blocks that no pin keeps.
	pub(super) fn tend_blocks(&mut self) {
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

	/// Removes all blocks of at least this age that neither a pin nor an upload keeps. Returns
	/// whether it succeeded.
	pub(super) fn sweep(&self, store: &BlockStore, age: Duration) -> bool {
		let staged = self.staged(|_| true);
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

	/// Returns the blocks of those complete uploads whose root is meant. The worker may be about to
	/// pin them.
	pub(super) fn staged(&self, meant: impl Fn(&Cid) -> bool) -> HashSet<Digest> {
		let staging = self.ipfs.staging();
		staging
			.list()
			.iter()
			.filter(|upload| meant(&upload.root))
			.filter_map(|upload| staging.refs(&upload.root).ok())
			.flatten()
			.map(|cid| *cid.digest())
			.collect()
	}
}
