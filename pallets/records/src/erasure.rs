//! Erasure of records.

use super::*;
use frame_support::{
	ensure,
	traits::{Get, Time},
	weights::Weight,
};
use salus_primitives::Tombstone;
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_erase(patient: T::AccountId, id: RecordId) -> Result<Weight, DispatchError> {
		let record = Self::live(&id)?;
		ensure!(record.patient == patient, Error::<T>::NotYourRecord);
		let block = Self::block();
		let (mut versions, mut replicas, mut pending) = (0u32, 0u32, 0u32);
		for (version, info) in Versions::<T>::drain_prefix(id) {
			let root = info.content.root;
			let user = RootUse { record: id, version };
			Self::release_root(&root, &user);
			Self::recount(&id, version, info.replicas, 0);
			Self::forget_loss(&id, version, info.state);
			for (node, _) in Replicas::<T>::drain_prefix((id, version)) {
				ReplicaOrganisations::<T>::remove((id, version, &node));
				Holdings::<T>::remove((&node, id, version));
				Removals::<T>::insert((node, id, version), Removal { root, block });
				replicas = replicas.saturating_add(1);
			}
			versions = versions.saturating_add(1);
			if info.state == VersionState::Pending {
				pending = pending.saturating_add(1);
			}
		}
		// The number of entries under a record is bounded, so one pass suffices.
		let _ = Wraps::<T>::clear_prefix((id,), T::MaxWrapsPerRecord::get(), None);
		Self::remove_sealed(&id);
		// A node that was away may still hold a replica, and removes it when it comes back.
		let left = replicas.saturating_add(RetiredReplicas::<T>::take(id));
		let tombstone =
			Tombstone { patient: patient.clone(), erased: T::Time::now(), replicas_left: left };
		Records::<T>::insert(id, RecordEntry::Erased(tombstone));
		Withdrawals::<T>::remove(id);
		T::OnErased::on_erased(&id, record.latest);
		Status::<T>::mutate(|status| {
			status.records = status.records.saturating_sub(1);
			status.pending = status.pending.saturating_sub(pending);
			status.removals = status.removals.saturating_add(replicas);
		});
		let wraps = record.wraps;
		Self::deposit_event(Event::Erased { record: id, patient, versions, wraps, replicas: left });
		if left == 0 {
			Self::deposit_event(Event::Purged { record: id });
		}
		Ok(T::WeightInfo::erase(versions, wraps, replicas)
			.saturating_add(T::OnErased::on_erased_weight(record.latest)))
	}
}
