//! Wrapped and sealed keys.

use super::*;
use frame_support::{
	dispatch::{DispatchResult, DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::Get,
};
use salus_primitives::{Recipient, RecordWrap, WrapKey};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// Adds wraps. A refusal is charged for the wraps up to it.
	pub(crate) fn do_add_wraps(
		patient: &T::AccountId,
		wraps: &RecordWraps<T::AccountId>,
	) -> DispatchResultWithPostInfo {
		let mut count = 0u32;
		for (checked, new) in (1..).zip(wraps) {
			let weight = <T as Config>::WeightInfo::add_wraps;
			let added = Self::add_wrap(patient, new);
			let added = added.map_err(|error| error.with_weight(weight(checked)))?;
			count = count.saturating_add(added.into());
		}
		if count > 0 {
			Self::deposit_event(Event::WrapsAdded { patient: patient.clone(), count });
		}
		Ok(().into())
	}

	/// Adds or replaces a wrap. Returns `false` if it is skipped.
	fn add_wrap(
		patient: &T::AccountId,
		new: &RecordWrap<T::AccountId>,
	) -> Result<bool, DispatchError> {
		let mut record = Self::live(&new.record)?;
		ensure!(record.patient == *patient, Error::<T>::NotYourRecord);
		let is_own = new.recipient == Recipient::Account(patient.clone());
		// A withdrawn record is closed to others, but the wraps of a grant may still name it.
		if !is_own && Withdrawals::<T>::contains_key(new.record) {
			return Ok(false);
		}
		let mut info =
			Versions::<T>::get(new.record, new.version).ok_or(Error::<T>::UnknownVersion)?;
		ensure!(
			is_own || !SealedKeys::<T>::contains_key(new.record, new.version),
			Error::<T>::WrapBypassesLog
		);
		Self::ensure_current_key(&new.recipient, &new.wrap)?;
		let key = (&new.record, &new.version, &new.recipient);
		if !Wraps::<T>::contains_key(key) {
			record.wraps = Self::more_wraps(record.wraps, 1)?;
			info.wraps = info.wraps.saturating_add(1);
			Records::<T>::insert(new.record, RecordEntry::Live(record));
			Versions::<T>::insert(new.record, new.version, info);
		}
		Wraps::<T>::insert(key, &new.wrap);
		Ok(true)
	}

	/// Removes wraps. A refusal is charged for the wraps up to it.
	pub(crate) fn do_remove_wraps(
		patient: &T::AccountId,
		wraps: &WrapKeys<T::AccountId>,
	) -> DispatchResultWithPostInfo {
		let mut count = 0u32;
		for (checked, old) in (1..).zip(wraps) {
			let weight = <T as Config>::WeightInfo::remove_wraps;
			let removed = Self::remove_wrap(patient, old);
			let removed = removed.map_err(|error| error.with_weight(weight(checked)))?;
			count = count.saturating_add(removed.into());
		}
		if count > 0 {
			Self::deposit_event(Event::WrapsRemoved { patient: patient.clone(), count });
		}
		Ok(().into())
	}

	/// Removes a wrap. Returns `false` if it is skipped.
	fn remove_wrap(
		patient: &T::AccountId,
		old: &WrapKey<T::AccountId>,
	) -> Result<bool, DispatchError> {
		let mut record = match Records::<T>::get(old.record) {
			Some(RecordEntry::Live(record)) => record,
			Some(RecordEntry::Erased(tombstone)) if tombstone.patient == *patient => {
				return Ok(false)
			}
			Some(RecordEntry::Erased(_)) => return Err(Error::<T>::NotYourRecord.into()),
			None => return Err(Error::<T>::UnknownRecord.into()),
		};
		ensure!(record.patient == *patient, Error::<T>::NotYourRecord);
		ensure!(old.recipient != Recipient::Account(patient.clone()), Error::<T>::OwnerWrap);
		if Wraps::<T>::take((&old.record, &old.version, &old.recipient)).is_none() {
			return Ok(false);
		}
		record.wraps = record.wraps.saturating_sub(1);
		Records::<T>::insert(old.record, RecordEntry::Live(record));
		Self::mutate_version(&old.record, old.version, |info| {
			info.wraps = info.wraps.saturating_sub(1);
		});
		Ok(true)
	}

	pub(crate) fn do_reseal(
		patient: &T::AccountId,
		id: RecordId,
		version: Version,
		sealed: SealedKey,
	) -> DispatchResult {
		let record = Self::live(&id)?;
		ensure!(record.patient == *patient, Error::<T>::NotYourRecord);
		let info = Versions::<T>::get(id, version).ok_or(Error::<T>::UnknownVersion)?;
		Self::ensure_sealed_to_active(&sealed)?;
		// The patient's own wrap is always present.
		ensure!(info.wraps <= 1, Error::<T>::WrapBypassesLog);
		let epoch = sealed.epoch;
		Self::replace_sealed(&id, version, &sealed);
		Self::deposit_event(Event::Resealed { record: id, version, epoch });
		Ok(())
	}

	pub(crate) fn more_wraps(wraps: u32, further: u32) -> Result<u32, Error<T>> {
		wraps
			.checked_add(further)
			.filter(|sum| *sum <= T::MaxWrapsPerRecord::get())
			.ok_or(Error::<T>::TooManyWraps)
	}
}
