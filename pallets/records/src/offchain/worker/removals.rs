//! Removals that the node owes: of erased versions, and of what is left of versions that were taken
//! off it.

use super::{Worker, HOLDINGS_SEEN};
use crate::{
	offchain::{
		kubo::Fault,
		local::{self, Pin, Standing, Window},
		CLAIMS, LOG_TARGET,
	},
	Call, Config, Pallet, Removal, Removals, Replicas, Versions,
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use salus_primitives::{Cid, RecordId, RootUse, StorageClaim, Version, VersionInfo};

/// Maximum number of owed removals in progress at a time.
pub(crate) const REMOVALS_SEEN: usize = 256;
/// Number of blocks after which other removals get their turn, if there are more than can be in
/// progress. The node takes less than this for [`REMOVALS_SEEN`] of them.
pub(crate) const ROTATE: u32 = 64;
/// Interval, in blocks, at which the worker checks a version that it only keeps.
const KEPT_LOOK: u32 = 128;

impl<T: Config> Worker<'_, '_, T> {
	/// Unpins erased versions, has the node remove their blocks, and confirms finished removals on
	/// the chain.
	pub(super) fn remove_erased(&mut self, uploads: &[(Cid, u64)]) {
		if self.submitted || !self.stored.removals().is_due(self.now) {
			return;
		}
		let (asked, removed) = (local::removing(), local::removed());
		let (mut claims, mut removing) = (Vec::new(), Vec::new());
		let mut backoff = self.stored.removals().clone();
		let window = local::window();
		// The last one that this run checked, and whether it checked all.
		let (mut last, mut all) = (None, true);
		for (seen, ((record, version), removal)) in
			owed_removals::<T>(self.account.id.clone(), &window).enumerate()
		{
			if removing.len() >= REMOVALS_SEEN || seen >= HOLDINGS_SEEN || !self.shift.proceed() {
				all = false;
				break;
			}
			last = Some((record, version));
			if !self.is_final(removal.block) {
				continue;
			}
			let (own, root) = (RootUse { record, version }, removal.root);
			match self.unpin_owed(&own, &root, uploads, &asked) {
				Ok(false) => {}
				Ok(true) => {
					backoff = Default::default();
					removing.push(root);
					// The node lists a root only when nothing of it is left.
					let gone = asked.contains(&root) && removed.contains(&root);
					if gone && claims.len() < CLAIMS as usize {
						claims.push(StorageClaim { record, version, root });
					}
				}
				Err(fault) => {
					backoff.fail(self.now);
					log::warn!(target: LOG_TARGET, "cannot unpin {root}: {fault}");
					if fault.is_general() {
						all = false;
						break;
					}
				}
			}
		}
		self.stored.set_removals(backoff);
		self.removing = Some(removing);
		self.rotate(window, last, all);
		if !claims.is_empty() {
			log::info!(target: LOG_TARGET, "removed {} versions", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::confirm_removed { claims });
		}
	}

	/// Unpins a version whose removal the node owes, unless the node keeps what it has of it or has
	/// been asked to remove its root already. Returns whether the root is to be removed.
	fn unpin_owed(
		&mut self,
		own: &RootUse,
		root: &Cid,
		uploads: &[(Cid, u64)],
		asked: &[Cid],
	) -> Result<bool, Fault> {
		if self.is_for_another(root, own, uploads)
			|| (!asked.contains(root) && self.take_over(root, own)?)
		{
			return Ok(false);
		}
		if let Some(info) = Versions::<T>::get(own.record, own.version) {
			if self.keep(own, &info, uploads)? {
				return Ok(false);
			}
		}
		if !asked.contains(root) {
			self.ipfs.unpin(root)?;
		}
		Ok(true)
	}

	/// Moves the window of owed removals on, if it has stood still for long enough and does not
	/// cover all of them. A removal may have to wait for another record that keeps its blocks.
	/// These removals must not hold up the others, however many there are.
	fn rotate(&self, window: Window, last: Option<(RecordId, Version)>, all: bool) {
		// A later block was seen on a fork or before a revert.
		let is_recent = self.now.checked_sub(window.since).is_some_and(|blocks| blocks < ROTATE);
		let next = match all {
			true => Window { after: window.after, since: self.now },
			false if is_recent => return,
			false => Window { after: last.or(window.after), since: self.now },
		};
		if next != local::window() {
			local::set_window(&next);
		}
	}

	/// Returns whether this node keeps what it has left of a live version that was taken off it or
	/// that it partly lost. It keeps the version regardless of what other nodes claim, because it
	/// may be the only one to have it, and confirms it again if it can.
	fn keep(
		&mut self,
		user: &RootUse,
		info: &VersionInfo<T::AccountId>,
		uploads: &[(Cid, u64)],
	) -> Result<bool, Fault> {
		let RootUse { record, version } = *user;
		let root = &info.content.root;
		if self.is_under_way(root, user, uploads) {
			return Ok(true);
		}
		let claims = !self.lost.contains(root)
			&& !self.stored.pins_are_full()
			&& self.has_room(&record, version, info);
		// There may be many versions that are only kept, so the worker checks each only now and
		// then.
		let turn = u32::from(record.0.first().copied().unwrap_or_default());
		if !claims && self.now.saturating_add(turn).checked_rem(KEPT_LOOK) != Some(0) {
			return Ok(true);
		}
		if !self.ipfs.has(root)? {
			// Without its root block, the rest is of use only together with what another node has
			// left.
			return self.ipfs.is_pinned(root);
		}
		if claims {
			// The node itself finds out whether every block is still there.
			self.stored.set_pin(Pin { record, version, root: *root, standing: Standing::Pinned });
		}
		Ok(true)
	}

	/// Confirms other live versions with this root, which is still pinned, if the chain lets this
	/// node hold any. A node sees only some uses of a root that many versions have, and this may be
	/// the only one with the blocks of a version that it has not seen before. Returns whether there
	/// are any.
	fn take_over(&mut self, root: &Cid, own: &RootUse) -> Result<bool, Fault> {
		let may_claim = |user: &RootUse| {
			Versions::<T>::get(user.record, user.version)
				.is_some_and(|info| self.may_claim(&user.record, user.version, &info))
		};
		let claims: Vec<_> = Pallet::<T>::root_uses(root)
			.filter(|user| user != own && may_claim(user))
			.take(CLAIMS as usize)
			.collect();
		if claims.is_empty() || self.lost.contains(root) || !self.ipfs.is_pinned(root)? {
			return Ok(false);
		}
		if !self.stored.pins_are_full() {
			// The node itself finds out whether every block is still there.
			self.stored.add_pins(claims.into_iter().map(|RootUse { record, version }| Pin {
				record,
				version,
				root: *root,
				standing: Standing::Pinned,
			}));
		}
		Ok(true)
	}

	/// Returns whether this version's root is staged, or pinned for it and about to be confirmed.
	fn is_under_way(&self, root: &Cid, user: &RootUse, uploads: &[(Cid, u64)]) -> bool {
		uploads.iter().any(|(staged, _)| staged == root)
			|| self.stored.pins().iter().any(|pin| {
				pin.root == *root && pin.record == user.record && pin.version == user.version
			})
	}

	/// Returns whether this node holds a root, is about to hold it, or keeps it, for a live version
	/// other than `own`.
	pub(super) fn is_for_another(&self, root: &Cid, own: &RootUse, uploads: &[(Cid, u64)]) -> bool {
		Pallet::<T>::root_uses(root).filter(|user| user != own).any(|user| {
			Replicas::<T>::contains_key((&user.record, user.version, &self.account.id))
				|| Removals::<T>::contains_key((&self.account.id, user.record, user.version))
				|| self.is_under_way(root, &user, uploads)
		})
	}

	/// Asks the node to remove what is left of the roots that this run found, if it searched for
	/// them.
	pub(super) fn ask_for_removals(&mut self) {
		if let Some(removing) = self.removing.take().filter(|roots| *roots != local::removing()) {
			local::set_removing(&removing);
		}
	}
}

/// Returns the removals that a node owes, those after the window's start first.
fn owed_removals<T: Config>(
	node: T::AccountId,
	window: &Window,
) -> impl Iterator<Item = ((RecordId, Version), Removal)> {
	let prefix = (node.clone(),);
	let position =
		move |(record, version)| Removals::<T>::hashed_key_for((node.clone(), record, version));
	let start = window.after.map(&position);
	let rest = match &start {
		Some(start) => Removals::<T>::iter_prefix_from(prefix.clone(), start.clone()),
		None => Removals::<T>::iter_prefix(prefix.clone()),
	};
	// The others come last, up to the start.
	let others = start.map(|start| {
		Removals::<T>::iter_prefix(prefix).take_while(move |(key, _)| position(*key) <= start)
	});
	rest.chain(others.into_iter().flatten())
}
