//! Weights of the calls.

use super::*;
use frame_support::{traits::Get, weights::Weight, BoundedVec};

impl<T: Config> Pallet<T> {
	pub(crate) fn register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		Self::own_register_weight(new).saturating_add(T::Consent::max_may_write_weight())
	}

	pub(crate) fn own_register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		T::WeightInfo::register(new.wraps.len() as u32)
			.saturating_add(Self::seal_weight(u32::from(new.sealed.is_some())))
	}

	/// Returns the weight of a number of sealed keys, in addition to their versions.
	fn seal_weight(sealed: u32) -> Weight {
		T::WeightInfo::seal().saturating_mul(sealed.into())
	}

	pub(crate) fn register_many_weight(
		records: &BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
	) -> Weight {
		Self::own_register_many_weight(records)
			.saturating_add(T::Consent::max_may_write_weight().saturating_mul(records.len() as u64))
	}

	pub(crate) fn own_register_many_weight(records: &[NewRecord<T::AccountId>]) -> Weight {
		let sealed = records.iter().filter(|new| new.sealed.is_some()).count();
		T::WeightInfo::register_many(records.len() as u32, Self::further_wraps(records))
			.saturating_add(Self::seal_weight(sealed as u32))
	}

	/// Returns the number of wraps beyond each record's wrap for the patient.
	fn further_wraps(records: &[NewRecord<T::AccountId>]) -> u32 {
		records
			.iter()
			.map(|new| (new.wraps.len() as u32).saturating_sub(1))
			.fold(0, u32::saturating_add)
	}

	pub(crate) fn revise_weight(wraps: &NewWraps<T::AccountId>, sealed: bool) -> Weight {
		Self::own_revise_weight(wraps, sealed).saturating_add(T::Consent::max_may_write_weight())
	}

	pub(crate) fn own_revise_weight(wraps: &NewWraps<T::AccountId>, sealed: bool) -> Weight {
		T::WeightInfo::revise(wraps.len() as u32)
			.saturating_add(Self::seal_weight(u32::from(sealed)))
	}

	pub(crate) fn confirm_stored_weight(claims: u32) -> Weight {
		T::WeightInfo::confirm_stored(claims)
			.saturating_add(T::OnStored::on_stored_weight().saturating_mul(claims.into()))
			.saturating_add(T::Roles::memberships_weight())
	}

	pub(crate) fn max_erase_weight() -> Weight {
		T::WeightInfo::erase(
			T::MaxVersions::get(),
			T::MaxWrapsPerRecord::get(),
			T::MaxVersions::get().saturating_mul(Self::most_replicas()),
		)
		.saturating_add(T::OnErased::on_erased_weight(T::MaxVersions::get()))
	}
}
