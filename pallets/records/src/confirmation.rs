//! Claims of storage nodes: that they hold, removed or lost versions.

use super::*;
use alloc::collections::BTreeSet;
use frame_support::{
	traits::{Get, Time},
	weights::Weight,
};
use sp_runtime::DispatchResult;

/// Numbers of a storage node's claims that were accepted and skipped.
#[derive(Default)]
pub(crate) struct Tally {
	pub(crate) accepted: u32,
	pub(crate) skipped: u32,
}

impl Tally {
	pub(crate) fn count(&mut self, accepted: bool) {
		let counter = if accepted { &mut self.accepted } else { &mut self.skipped };
		*counter = counter.saturating_add(1);
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_confirm_stored(node: T::AccountId, claims: &[StorageClaim]) -> DispatchResult {
		let now = T::Time::now();
		Self::do_announce(&node, now)?;
		let organisation = Self::organisation_of(&node).ok_or(Error::<T>::NotStorageNode)?;
		let mut tally = Tally::default();
		for claim in claims {
			tally.count(Self::confirm_one(&node, organisation, claim, now));
		}
		let Tally { accepted, skipped } = tally;
		Self::deposit_event(Event::Confirmed { node, accepted, skipped });
		Ok(())
	}

	fn confirm_one(
		node: &T::AccountId,
		organisation: OrganisationId,
		claim: &StorageClaim,
		now: Moment,
	) -> bool {
		let StorageClaim { record, version, root } = claim;
		let Some(info) = Versions::<T>::get(record, version) else {
			return false;
		};
		if info.content.root != *root {
			return false;
		}
		if Replicas::<T>::contains_key((record, version, node)) {
			return true;
		}
		let previous_holder = Self::holder_within(record, *version, organisation);
		if !Self::has_room(record, *version, &info, organisation) {
			if previous_holder.is_some() {
				Self::add_surplus(node, claim);
			}
			return false;
		}
		let info = match previous_holder {
			Some(previous_holder) => {
				Self::displace(&previous_holder, claim);
				Versions::<T>::get(record, version)
			}
			None => Some(info),
		};
		let Some(info) = info else {
			return false;
		};
		Self::add_replica(node, organisation, claim, info, now);
		true
	}

	/// Records that a node has a version for which another node of its organisation counts.
	///
	/// An organisation counts once. Its other nodes that have the bytes owe a removal, so that they
	/// keep the bytes while the record lives, and an erasure reaches them.
	fn add_surplus(node: &T::AccountId, claim: &StorageClaim) {
		if !Removals::<T>::contains_key((node, claim.record, claim.version)) {
			Self::add_owed_removal(node, claim, Self::block());
		}
	}

	/// Removes the replica of a node that is no longer live, for another one of its organisation.
	fn displace(previous_holder: &T::AccountId, claim: &StorageClaim) {
		if Self::remove_replica(previous_holder, claim) {
			Self::add_owed_removal(previous_holder, claim, Self::block());
		}
	}

	/// Adds a replica to a version. This may make the version stored, or return it to its state
	/// before it was lost.
	fn add_replica(
		node: &T::AccountId,
		organisation: OrganisationId,
		claim: &StorageClaim,
		mut info: VersionInfo<T::AccountId>,
		now: Moment,
	) {
		let StorageClaim { record, version, .. } = claim;
		let key = (record, version, node);
		Replicas::<T>::insert(key, now);
		ReplicaOrganisations::<T>::insert(key, organisation);
		Holdings::<T>::insert((node, record, version), ());
		Self::clear_owed_removal(node, claim);
		let count_before = info.replicas;
		info.replicas = count_before.saturating_add(1);
		Self::recount(record, *version, count_before, info.replicas);
		let is_first = info.state == VersionState::Pending;
		if is_first {
			Self::set_state(record, *version, &mut info, VersionState::Stored);
		} else if info.state == VersionState::Lost {
			let state_before = Self::forget_loss(record, *version, info.state);
			Self::set_state(record, *version, &mut info, state_before);
		}
		Versions::<T>::insert(record, version, info);
		if is_first {
			T::OnStored::on_stored(record, *version);
		}
	}

	pub(crate) fn do_confirm_removed(node: T::AccountId, claims: &[StorageClaim]) {
		let mut tally = Tally::default();
		for claim in claims {
			tally.count(Self::remove_one(&node, claim));
		}
		let Tally { accepted, skipped } = tally;
		Status::<T>::mutate(|status| status.removals = status.removals.saturating_sub(accepted));
		Self::deposit_event(Event::Removed { node, accepted, skipped });
	}

	/// Returns whether there is at least one of these removals, and a node owes each of them. It
	/// confirms them for free, because a node that was dismissed has no allowance, and each can be
	/// confirmed once.
	pub fn owes(node: &T::AccountId, claims: &[StorageClaim]) -> bool {
		let owed = |claim: &StorageClaim| {
			let removal = Removals::<T>::get((node, claim.record, claim.version));
			removal.is_some_and(|removal| removal.root == claim.root)
		};
		// A repeated claim would waste a block's time.
		let distinct: BTreeSet<_> =
			claims.iter().map(|claim| (claim.record, claim.version)).collect();
		!claims.is_empty() && distinct.len() == claims.len() && claims.iter().all(owed)
	}

	/// Returns the maximum weight of [`Pallet::owes`].
	pub fn owes_weight(claims: u32) -> Weight {
		T::DbWeight::get().reads(claims.into())
	}

	fn remove_one(node: &T::AccountId, claim: &StorageClaim) -> bool {
		let key = (node, claim.record, claim.version);
		if Removals::<T>::get(key).is_none_or(|removal| removal.root != claim.root) {
			return false;
		}
		Removals::<T>::remove(key);
		Records::<T>::mutate(claim.record, |entry| match entry {
			Some(RecordEntry::Erased(tombstone)) => {
				tombstone.replicas_left = tombstone.replicas_left.saturating_sub(1);
				if tombstone.replicas_left == 0 {
					Self::deposit_event(Event::Purged { record: claim.record });
				}
			}
			// The replica stopped counting while the record lives.
			Some(RecordEntry::Live(_)) => Self::settle_retired(&claim.record),
			None => {}
		});
		true
	}

	pub(crate) fn do_withdraw_replica(node: T::AccountId, claims: &[StorageClaim]) {
		let block = Self::block();
		let mut tally = Tally::default();
		for claim in claims {
			let taken = Self::remove_replica(&node, claim);
			if taken {
				// The node may still have a part of it.
				Self::add_owed_removal(&node, claim, block);
			}
			tally.count(taken);
		}
		let Tally { accepted, skipped } = tally;
		Self::deposit_event(Event::Withdrawn { node, accepted, skipped });
	}
}
