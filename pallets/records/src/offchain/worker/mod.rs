//! The steps of one run. The worker names the node's peer and announces the node, has erased
//! content removed, follows its pins, confirms pinned versions, reports lost ones, pushes staged
//! uploads, and retires the replicas of absent nodes.

mod pins;
mod pushes;
mod removals;
mod retiring;

use super::{
	kubo::Endpoint,
	local::{self, Stored},
	Shift, CLAIMS, LOG_TARGET, RESUBMIT, SETTLED,
};
use crate::{AbsenceLimit, Call, Config, Pallet, Peers, Removals, Replicas, StorageNodes};
use alloc::vec::Vec;
use frame_support::{traits::Get, BoundedVec};
use frame_system::offchain::{Account, SendSignedTransaction, Signer};
#[cfg(test)]
pub(crate) use removals::{REMOVALS_SEEN, ROTATE};
use salus_primitives::{
	Cid, OrganisationId, RecordId, RootUse, StorageClaim, Version, VersionInfo,
};

/// Maximum number of an absent node's replicas that the worker searches for versions that others
/// hold too, and of its own removals that it searches for due ones.
pub(crate) const HOLDINGS_SEEN: usize = 16_384;

pub(super) struct Worker<'a, 'b, T: Config> {
	account: Account<T>,
	/// Organisation at which the account is a storage node.
	organisation: Option<OrganisationId>,
	/// Roots that the node reports as lost.
	lost: Vec<Cid>,
	/// Roots whose remaining blocks the node must remove. `None` until this run has searched for
	/// them.
	removing: Option<Vec<Cid>>,
	now: u32,
	finalized: Option<u32>,
	staging: Endpoint,
	ipfs: Endpoint,
	shift: Shift<'a, 'b>,
	stored: Stored,
	submitted: bool,
	pinned: u32,
	/// Number of blocks that IPFS took in this turn.
	moved: u32,
}

impl<'a, 'b, T: Config> Worker<'a, 'b, T> {
	pub(super) fn new(
		account: Account<T>,
		now: u32,
		staging: Endpoint,
		ipfs: Endpoint,
		shift: Shift<'a, 'b>,
		stored: Stored,
	) -> Self {
		let finalized = local::finalized();
		let submitted = is_waiting::<T>(&account, now);
		Self {
			organisation: Pallet::<T>::organisation_of(&account.id),
			lost: local::lost(),
			removing: None,
			account,
			now,
			finalized,
			staging,
			ipfs,
			shift,
			stored,
			submitted,
			pinned: 0,
			moved: 0,
		}
	}

	pub(super) fn work(mut self) {
		let uploads = local::uploads();
		self.stored.retain_pushes(|root| uploads.iter().any(|(staged, _)| staged == root));
		// These come before any other call: a node whose peer is unknown gets no blocks, and a node
		// that is absent loses its replicas.
		self.name_peer();
		self.announce(2);
		self.remove_erased(&uploads);
		self.follow_pins(&uploads);
		self.claim_pinned();
		self.withdraw_lost(&uploads);
		self.push_staged(uploads);
		if self.pinned > 0 {
			log::info!(target: LOG_TARGET, "pushed and pinned {} uploads", self.pinned);
		}
		self.claim_pinned();
		self.announce(4);
		self.retire_absent();
	}

	/// Does what a node owes after its admission ended: it removes erased content. Its pins stay,
	/// in case it is admitted again.
	pub(super) fn finish(mut self) {
		self.remove_erased(&local::uploads());
		self.ask_for_removals();
	}

	/// Names this node's peer on the chain, if the chain has another or none.
	fn name_peer(&mut self) {
		let Some(peer) = local::peer() else { return };
		if self.may_announce() && Peers::<T>::get(&self.account.id) != Some(peer) {
			self.submit(0, Call::set_peer { peer });
		}
	}

	/// Announces this node, if 1/`part` of the absence limit has passed since it last announced
	/// itself.
	fn announce(&mut self, part: u32) {
		let due = AbsenceLimit::<T>::get().checked_div(part).unwrap_or(1);
		let is_due = StorageNodes::<T>::get(&self.account.id)
			.is_none_or(|seen| self.now.saturating_sub(seen) >= due);
		if is_due && self.may_announce() {
			self.submit(0, Call::announce {});
		}
	}

	/// Returns whether the chain would take an announcement now. If it has no place for this node,
	/// the attempts must not hold up what the node owes, such as removals.
	fn may_announce(&self) -> bool {
		let has_place = StorageNodes::<T>::contains_key(&self.account.id)
			|| (StorageNodes::<T>::count() < T::MaxStorageNodes::get()
				&& Pallet::<T>::has_place(self.organisation));
		!self.submitted && has_place
	}

	/// Reports to the chain the versions that this node lost and no peer could give back.
	fn withdraw_lost(&mut self, uploads: &[(Cid, u64)]) {
		if self.submitted {
			return;
		}
		let claims: Vec<_> = self
			.lost
			.iter()
			// A staged root is about to be complete again.
			.filter(|root| !uploads.iter().any(|(staged, _)| staged == *root))
			.flat_map(|root| Pallet::<T>::root_uses(root).map(move |user| (*root, user)))
			.filter_map(|(root, RootUse { record, version })| {
				let held = Replicas::<T>::contains_key((&record, version, &self.account.id));
				held.then_some(StorageClaim { record, version, root })
			})
			.take(CLAIMS as usize)
			.collect();
		if !claims.is_empty() {
			log::warn!(target: LOG_TARGET, "this node lost {} versions; reporting them to the chain", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::withdraw_replica { claims });
		}
	}

	/// Returns whether a block is final.
	fn is_final(&self, block: u32) -> bool {
		match self.finalized {
			Some(finalized) => block <= finalized,
			None => block.saturating_add(SETTLED) <= self.now,
		}
	}

	/// Returns whether the chain would accept this node's claim to a version.
	fn has_room(
		&self,
		record: &RecordId,
		version: Version,
		info: &VersionInfo<T::AccountId>,
	) -> bool {
		self.organisation.is_some_and(|own| Pallet::<T>::has_room(record, version, info, own))
	}

	/// Returns whether the chain has yet to learn that this node holds a version: as a replica, or
	/// as a further one of an organisation that counts already.
	fn may_claim(
		&self,
		record: &RecordId,
		version: Version,
		info: &VersionInfo<T::AccountId>,
	) -> bool {
		self.has_room(record, version, info)
			|| self.organisation.is_some_and(|own| {
				Pallet::<T>::holder_within(record, version, own).is_some()
					&& !Removals::<T>::contains_key((&self.account.id, record, version))
			})
	}

	/// Sends a transaction about `count` versions. No other is sent before it is included or given
	/// up.
	fn submit(&mut self, count: usize, call: Call<T>) {
		let nonce = frame_system::Pallet::<T>::account_nonce(&self.account.id);
		local::set_submission(self.now, &nonce);
		self.submitted = true;
		let signer = Signer::<T, T::AuthorityId>::any_account();
		match signer.send_single_signed_transaction(&self.account, call) {
			Some(Ok(())) => {
				log::debug!(target: LOG_TARGET, "sent a transaction about {count} versions")
			}
			Some(Err(())) => log::warn!(
				target: LOG_TARGET,
				"the transaction pool refused the storage node's transaction; trying again later"
			),
			None => log::error!(target: LOG_TARGET, "cannot sign with the storage node's key"),
		}
	}
}

/// Returns whether the last transaction is neither included nor given up.
fn is_waiting<T: Config>(account: &Account<T>, now: u32) -> bool {
	let Some((block, nonce)) = local::submission::<T::Nonce>() else {
		return false;
	};
	let given_up = now.saturating_sub(block) >= RESUBMIT || block > now.saturating_add(RESUBMIT);
	!given_up && frame_system::Pallet::<T>::account_nonce(&account.id) <= nonce
}
