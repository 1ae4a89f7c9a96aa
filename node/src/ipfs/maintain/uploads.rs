//! Removal of uploads that are stored or given up.

use std::{
	collections::HashSet,
	time::{Duration, Instant},
};

use salus_ipfs::{staging::Upload, Cid};
use salus_primitives::{api::SalusApi, VersionInfo};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{
	on_chain::{on_chain, on_chain_with_version, OnChain},
	Maintenance,
};
use crate::{clock::now_ms, ipfs::LOG_TARGET};

/// Maximum number of uploads that one turn looks up on the chain. Ten turns cover all uploads that
/// one account may have.
const UPLOADS_A_TURN: usize = 256;

/// Time for which an upload is kept after its owner lost the right to stage. The owner's last
/// transaction may still be on its way to the chain.
pub(super) const ENDED: Duration = Duration::from_secs(120);

/// Time for which a member's upload is kept after somebody else's record with its root was stored
/// or erased. The owner may be about to register it: a transaction is valid for 128 blocks.
pub(super) const HELD: Duration = Duration::from_secs(180);

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

/// Decides about an upload. `was_registered`: in an earlier finalised state, its owner had
/// registered it, or, if the node fetched it, anybody had. `grace_ms`: time for which an upload is
/// kept after its ticket expired, in milliseconds.
pub fn fate(
	upload: &Upload,
	on_chain: OnChain,
	was_registered: bool,
	now_ms: u64,
	grace_ms: u64,
) -> Fate {
	match on_chain {
		OnChain::Confirmed => Fate::Pushed,
		// Keep it regardless of how long the push takes, because this may be the only copy.
		OnChain::Registered => Fate::Keep,
		OnChain::Unregistered | OnChain::Erased(_) if was_registered => Fate::Erased,
		// An upload that the node fetched was registered.
		OnChain::Erased(_) if upload.organisation.is_none() => Fate::Erased,
		// One from before the erasure belonged to the erased record, unless somebody registered and
		// erased a copy of the root while its owner was about to register it. A later upload may be
		// registered again.
		OnChain::Erased(at) if upload.created_ms <= at => {
			if now_ms >= at.saturating_add(HELD.as_millis() as u64) {
				Fate::Erased
			} else {
				Fate::Keep
			}
		}
		OnChain::Unregistered | OnChain::Erased(_) => {
			let end = upload.expires_ms.saturating_add(grace_ms);
			if now_ms >= end {
				Fate::Abandoned
			} else {
				Fate::Keep
			}
		}
	}
}

/// Returns whether the owner of an upload is the author of a version.
fn is_by_owner(upload: &Upload, version: &VersionInfo<AccountId>) -> bool {
	AsRef::<[u8; 32]>::as_ref(&version.author) == &upload.owner
}

/// Position in the list of uploads from which the next turn continues.
#[derive(Debug, Default)]
pub(super) struct Cursor(usize);

impl Cursor {
	/// Returns the next `count` items, and continues at the beginning after the last one.
	pub(super) fn next<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
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

impl<C> Maintenance<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
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
		Ok(matches!(root, OnChain::Unregistered | OnChain::Erased(_)))
	}

	/// Returns whether an upload can never be confirmed, because its owner registered another size
	/// for the root. The root block states the file's size and belongs to the root's hash, so every
	/// upload of this root has the same size. A registration by somebody else proves nothing: the
	/// owner's own may exist beside it or be on its way.
	fn never_matches(&self, upload: &Upload, version: Option<&VersionInfo<AccountId>>) -> bool {
		let registered = version.filter(|info| is_by_owner(upload, info));
		let differs = registered.is_some_and(|info| info.content.size != upload.size);
		let staging = self.ipfs.staging();
		upload.organisation.is_some()
			&& differs
			&& staging.progress(&upload.root).is_ok_and(|progress| progress.staged > 0)
	}

	/// Returns whether a member's upload, which only others are known to have registered, was found
	/// stored for them less than [`HELD`] ago. The worker still needs it for the owner's record.
	fn is_new_for_others(&mut self, upload: &Upload) -> bool {
		upload.organisation.is_some()
			&& self.stored_for_others.entry(upload.root).or_insert_with(Instant::now).elapsed()
				< HELD
	}

	/// Returns whether a member's upload is still arriving, as long as its ticket permits, or has
	/// been complete for less than [`HELD`]. Its owner registers it after that.
	fn is_settling(&mut self, upload: &Upload, now_ms: u64) -> bool {
		if upload.organisation.is_none() {
			return false;
		}
		if !self.ipfs.staging().is_complete(&upload.root).unwrap_or(false) {
			return now_ms < upload.expires_ms.saturating_add(self.ipfs.grace_ms);
		}
		self.complete.entry(upload.root).or_insert_with(Instant::now).elapsed() < HELD
	}

	/// Returns whether a record uses the root at the best block. While finality is stalled, the
	/// owner's registration may be there for a long time.
	pub(super) fn is_registered_again(&self, root: &Cid) -> Result<bool, ApiError> {
		let best = self.client.info().best_hash;
		let api = self.client.runtime_api();
		let state = on_chain(&*api, best, root, self.ipfs.storage_account())?;
		Ok(matches!(state, OnChain::Registered | OnChain::Confirmed))
	}

	/// Returns whether this node may lack blocks of a version that it once confirmed: it lost some,
	/// or its report of the loss is not final yet.
	fn is_lost(&self, root: &Cid) -> Result<bool, ApiError> {
		if self.ipfs.notes.known_lost().contains(root) {
			return Ok(true);
		}
		let best = self.client.info().best_hash;
		let api = self.client.runtime_api();
		let state = on_chain(&*api, best, root, self.ipfs.storage_account())?;
		Ok(state != OnChain::Confirmed)
	}

	/// Updates the metrics of the off-chain worker's pushes.
	pub(super) fn look_at_pushes(&mut self) {
		if let Some(metrics) = &self.ipfs.metrics {
			let notes = self.ipfs.notes.pushes();
			metrics.pushes(&self.pushes.check(&notes, Instant::now()));
		}
	}

	/// Looks up some uploads on the chain, and removes those that are no longer needed.
	pub(super) fn tend_uploads(&mut self) {
		let uploads = self.ipfs.staging().list();
		let info = self.client.info();
		self.ipfs.notes.finalized(info.finalized_number);
		let now_ms = now_ms();
		let mut failure = None;
		for upload in self.cursor.next(&uploads, UPLOADS_A_TURN) {
			match self.judge(upload, info.finalized_hash, now_ms) {
				Ok(fate) => self.execute(upload, fate, now_ms),
				// The others must not wait for this one.
				Err(error) => failure = failure.or(Some((upload.root, error))),
			}
		}
		if let Some((root, error)) = failure {
			log::warn!(
				target: LOG_TARGET,
				"cannot look up uploads on the chain, first {root}: {error}; trying again",
			);
		}
		self.ended.retain(|owner, _| {
			let owner: &[u8; 32] = owner.as_ref();
			uploads.iter().any(|upload| upload.owner == *owner)
		});
		let present: HashSet<Cid> = uploads.iter().map(|upload| upload.root).collect();
		self.ipfs.registered.write().retain(|root| present.contains(root));
		self.own.retain(|root| present.contains(root));
		self.stored_for_others.retain(|root, _| present.contains(root));
		self.complete.retain(|root, _| present.contains(root));
		self.ipfs.publish_uploads();
	}

	/// Decides about an upload by the finalised state `at`.
	pub(super) fn judge(
		&mut self,
		upload: &Upload,
		at: Hash,
		now_ms: u64,
	) -> Result<Fate, ApiError> {
		let root = &upload.root;
		let account = self.ipfs.storage_account();
		let (state, version) =
			on_chain_with_version(&*self.client.runtime_api(), at, root, account)?;
		let is_settling = self.is_settling(upload, now_ms);
		let was_registered = match upload.organisation {
			Some(_) => self.own.contains(root),
			None => self.ipfs.registered.read().contains(root),
		};
		if matches!(state, OnChain::Registered | OnChain::Confirmed) {
			self.ipfs.registered.write().insert(*root);
			if version.as_ref().is_some_and(|info| is_by_owner(upload, info)) {
				self.own.insert(*root);
			}
		} else {
			self.ipfs.registered.write().remove(root);
		}
		let fate = fate(upload, state, was_registered, now_ms, self.ipfs.grace_ms);
		Ok(match (fate, state) {
			(Fate::Pushed, _) if !self.own.contains(root) && self.is_new_for_others(upload) => {
				Fate::Keep
			}
			// The audit takes the lost blocks from the upload, or the worker pushes it again.
			(Fate::Pushed, _) if self.is_lost(root)? => Fate::Keep,
			(Fate::Erased, _)
				if !was_registered && (is_settling || self.is_registered_again(root)?) =>
			{
				Fate::Keep
			}
			(Fate::Keep, OnChain::Unregistered | OnChain::Erased(_))
				if self.has_ended(upload)? =>
			{
				Fate::Ended
			}
			(Fate::Keep, OnChain::Registered) if self.never_matches(upload, version.as_ref()) => {
				Fate::Mismatched
			}
			_ => fate,
		})
	}

	pub(super) fn execute(&mut self, upload: &Upload, fate: Fate, now_ms: u64) {
		let root = &upload.root;
		// Known only of an upload that is complete.
		let blocks = match (fate, self.ipfs.store()) {
			(Fate::Erased, None) => self.ipfs.staging().refs(root).ok(),
			_ => None,
		};
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
		let removed = removed.unwrap_or_else(|error| {
			// A block that could not be removed has no upload any more.
			let is_closed = self.ipfs.staging().upload(root).is_none();
			let next = if is_closed { "the next start removes the rest" } else { "trying again" };
			log::error!(target: LOG_TARGET, "cannot remove upload {root}: {error}; {next}");
			is_closed
		});
		if !removed {
			return;
		}
		self.note_removal(upload, fate, blocks);
		if let (Some(metrics), Some(reason)) = (&self.ipfs.metrics, fate.reason()) {
			metrics.removed_uploads.with_label_values(&[reason]).inc();
		}
		self.ipfs.registered.write().remove(root);
		self.own.remove(root);
		self.stored_for_others.remove(root);
		self.complete.remove(root);
	}

	/// Notes and logs that an upload has left the staging area. `blocks`: the blocks of an erased
	/// upload.
	fn note_removal(&mut self, upload: &Upload, fate: Fate, blocks: Option<Vec<Cid>>) {
		let Upload { root, size, .. } = upload;
		match fate {
			Fate::Keep => {}
			Fate::Pushed => {
				log::debug!(target: LOG_TARGET, "upload {root} is stored and was removed from the staging area");
				if let Some(metrics) = &self.ipfs.metrics {
					metrics.pushed.inc();
				}
			}
			Fate::Erased => {
				log::info!(target: LOG_TARGET, "the record of upload {root} was erased; removed the upload");
				// Some of its blocks may have been pushed already.
				self.unpinned.insert(*root);
				if let Some(blocks) = blocks {
					self.erased.insert(*root, blocks);
				}
			}
			Fate::Ended => log::info!(
				target: LOG_TARGET,
				"upload {root} ({size} bytes) was never registered, and its owner may no longer stage; removed it",
			),
			Fate::Mismatched => log::warn!(
				target: LOG_TARGET,
				"upload {root} has {size} bytes, but its owner registered another size, so no node can \
				 confirm it; removed it. Add the file again once the patient has erased that record",
			),
			Fate::Abandoned => log::info!(
				target: LOG_TARGET,
				"upload {root} ({size} bytes) expired without being registered; removed it",
			),
		}
	}
}
