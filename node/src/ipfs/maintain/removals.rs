//! Removal of the blocks of unpinned roots.

use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	time::{Duration, Instant},
};

use salus_ipfs::{kubo::Kubo, store::BlockStore, Cid};
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId};
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{
	on_chain::{on_chain, OnChain},
	uploads::Fate,
	Maintenance,
};
use crate::{
	clock::now_ms,
	errors::causes,
	ipfs::{Blocks, LOG_TARGET},
};

/// Minimum age of a block that may belong to an erased record with missing blocks.
const UNSURE_AGE: Duration = Duration::from_secs(5 * 60);

/// Maximum number of roots whose blocks one turn removes.
pub(super) const REMOVALS_A_TURN: usize = 64;

/// Pause before another attempt at a root whose blocks another record keeps, unless something has
/// been removed since.
const KEPT_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Time limit of one call to Kubo that removes blocks. Kubo searches its pins for each block.
const KUBO_REMOVAL: Duration = Duration::from_secs(60);

/// Removal that waits for another record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
	/// Number of blocks that the other record keeps.
	pub(super) blocks: usize,
	/// Time of the next attempt.
	pub(super) again: Instant,
}

/// Result of a removal. Roots in neither list still have blocks that could not be removed.
#[derive(Debug, Default)]
struct Removed {
	/// Roots with no blocks left.
	gone: Vec<Cid>,
	/// Roots whose blocks other pins keep, with the number of those blocks.
	kept: Vec<(Cid, usize)>,
}

impl<C> Maintenance<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Removes the blocks of unpinned roots: those whose removal the worker requests, and those
	/// that no record uses. The worker reads which roots are gone, and confirms them on the chain.
	pub(super) fn tend_removals(&mut self) {
		let asked: BTreeSet<Cid> = self.ipfs.notes.removing().into_iter().collect();
		self.removed.retain(|root| asked.contains(root));
		let unpinned = &self.unpinned;
		let is_open = |root: &Cid| asked.contains(root) || unpinned.contains(root);
		self.last.retain(|root, _| is_open(root));
		self.waiting.retain(|root, _| is_open(root));
		self.erased.retain(|root, _| is_open(root));
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
		due.retain(|root| match self.may_go(root, asked.contains(root)) {
			Ok(may) => may,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "cannot look up {root} on the chain: {error}; trying again");
				false
			}
		});
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

	/// Returns whether a root's blocks may be removed: the worker requests it, or no record uses
	/// it. An upload of the root keeps its blocks only when it is complete, and as long as it may
	/// still be registered: no member can keep an erased record in the store by a ticket for its
	/// root.
	fn may_go(&mut self, root: &Cid, asked: bool) -> Result<bool, ApiError> {
		let at = self.client.info().finalized_hash;
		if let Some(upload) = self.ipfs.staging().upload(root) {
			let now_ms = now_ms();
			if self.judge(&upload, at, now_ms)? == Fate::Erased {
				self.execute(&upload, Fate::Erased, now_ms);
			}
		}
		let staged = self.ipfs.staging().is_complete(root).unwrap_or(false);
		let account = self.ipfs.storage_account();
		Ok(match on_chain(&*self.client.runtime_api(), at, root, account)? {
			// At the best block, another record may have it again, and its worker a pin.
			OnChain::Erased(_) => !self.is_registered_again(root)?,
			OnChain::Unregistered => asked || !staged,
			OnChain::Registered => asked && !staged,
			OnChain::Confirmed => false,
		})
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
				let removing = remove_at_kubo(&kubo, roots, &self.erased, &mut self.kept);
				let removed = runtime.block_on(removing);
				if self.kept != before {
					self.ipfs.notes.keep(&self.kept);
				}
				removed
			}
		}
	}

	fn remove_embedded(&self, store: &BlockStore, roots: &[Cid]) -> Removed {
		// Only what a record uses may keep blocks, not what a member merely staged.
		let staged = self.staged(|root| self.ipfs.registered.read().contains(root));
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
}

/// Removes the blocks of these roots at Kubo. A failure at one root does not stop the others.
/// Updates `kept`, the blocks that other pins keep: a garbage collection removes the nodes above
/// them, after which Kubo cannot find them from the root. Roots in `erased` need no collection,
/// because all their blocks are known: it takes long, and takes the blocks of uploads that are
/// being pushed.
async fn remove_at_kubo(
	kubo: &Kubo,
	roots: &[Cid],
	erased: &HashMap<Cid, Vec<Cid>>,
	kept: &mut BTreeMap<Cid, Vec<Cid>>,
) -> Removed {
	let mut removed = Removed::default();
	let mut unsure = Vec::new();
	for root in roots {
		let known = kept.get(root).map(Vec::as_slice).unwrap_or_default();
		let outcome = match kubo.block_rm_all(known).await {
			Ok(still) if still.is_empty() => kubo.remove(root).await,
			Ok(still) => Ok((still, true)),
			Err(error) => Err(error),
		};
		let outcome = match (outcome, erased.get(root)) {
			(Ok((blocks, false)), Some(pushed)) if blocks.is_empty() => {
				kubo.block_rm_all(pushed).await.map(|still| (still, true))
			}
			(outcome, _) => outcome,
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
