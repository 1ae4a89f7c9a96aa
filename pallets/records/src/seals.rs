//! Keys sealed to the committee, and their number by epoch.
//!
//! [`SealedKeys`] changes only here, so that [`SealedKeyCounts`] always agrees with it. A count
//! tells the hospitals how many versions still need the members of an epoch.

use super::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::traits::GetStorageVersion;
use salus_primitives::SealedVersions;

impl<T: Config> Pallet<T> {
	/// Stores the sealed key of a new version, which has none yet. The caller counts it.
	pub(crate) fn put_sealed(id: &RecordId, version: Version, sealed: &SealedKey) {
		SealedKeys::<T>::insert(id, version, sealed);
	}

	/// Stores the sealed key of a version that may have one already, and counts it.
	pub(crate) fn replace_sealed(id: &RecordId, version: Version, sealed: &SealedKey) {
		let before = SealedKeys::<T>::get(id, version).map(|before| before.epoch);
		SealedKeys::<T>::insert(id, version, sealed);
		if before == Some(sealed.epoch) {
			return;
		}
		if let Some(before) = before {
			Self::uncount_sealed(before, 1);
		}
		Self::count_sealed(sealed.epoch, 1);
	}

	/// Removes the sealed keys of all versions of a record. The number of versions is bounded.
	pub(crate) fn remove_sealed(id: &RecordId) {
		let mut removed = BTreeMap::<Epoch, u64>::new();
		for (_, sealed) in SealedKeys::<T>::drain_prefix(id) {
			let count = removed.entry(sealed.epoch).or_default();
			*count = count.saturating_add(1);
		}
		for (epoch, count) in removed {
			Self::uncount_sealed(epoch, count);
		}
	}

	/// Counts further keys sealed to an epoch.
	pub(crate) fn count_sealed(epoch: Epoch, further: u64) {
		SealedKeyCounts::<T>::mutate(epoch, |count| *count = count.saturating_add(further));
	}

	/// Counts fewer keys sealed to an epoch. A count that is 0 has no entry.
	fn uncount_sealed(epoch: Epoch, fewer: u64) {
		SealedKeyCounts::<T>::mutate_exists(epoch, |count| {
			*count = count.map(|count| count.saturating_sub(fewer)).filter(|left| *left > 0);
		});
	}

	/// Returns the number of versions sealed to each key of the committee, in order of the key.
	/// Returns `None` until the keys of an earlier release are counted.
	pub fn sealed_versions() -> Option<Vec<SealedVersions>> {
		if Self::on_chain_storage_version() < STORAGE_VERSION {
			return None;
		}
		let present = T::Committee::active().map(T::Committee::origin);
		let mut versions = BTreeMap::<Epoch, u64>::new();
		for (epoch, further) in SealedKeyCounts::<T>::iter() {
			let count = versions.entry(T::Committee::origin(epoch)).or_default();
			*count = count.saturating_add(further);
		}
		let of_key = |(key, versions): (Epoch, u64)| SealedVersions {
			key,
			versions,
			is_present: present == Some(key),
		};
		Some(versions.into_iter().map(of_key).collect())
	}
}
