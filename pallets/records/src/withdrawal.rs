//! Withdrawal of records that were entered in error.

use super::*;
use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{Get, Time},
	weights::Weight,
};
use salus_primitives::{Recipient, Role};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn max_withdraw_weight() -> Weight {
		Self::withdraw_weight(T::MaxVersions::get(), T::MaxWrapsPerRecord::get())
	}

	fn withdraw_weight(versions: u32, wraps: u32) -> Weight {
		T::WeightInfo::withdraw(versions, wraps)
			.saturating_add(T::OnWithdrawn::on_withdrawn_weight())
	}

	pub(crate) fn do_withdraw(
		by: T::AccountId,
		id: RecordId,
		reason: ReasonCode,
	) -> Result<Weight, DispatchError> {
		let mut record = Self::live(&id)?;
		ensure!(!Withdrawals::<T>::contains_key(id), Error::<T>::Withdrawn);
		let (now, organisation) = (T::Time::now(), record.organisation);
		let is_author = record.author == by && Self::writes(&by, organisation, now);
		ensure!(
			is_author || T::Roles::is_live_member(&by, Role::RecordsAdmin, Some(organisation), now),
			Error::<T>::NotWriter
		);
		ensure!(reason != ReasonCode::Reviewed, Error::<T>::NoReasonToWithdraw);
		let mut wraps = 0u32;
		let owner = Recipient::Account(record.patient.clone());
		for version in 1..=record.latest {
			let recipients: Vec<_> = Wraps::<T>::iter_key_prefix((id, version))
				.filter(|recipient| *recipient != owner)
				.collect();
			let removed = recipients.len() as u32;
			for recipient in recipients {
				Wraps::<T>::remove((id, version, recipient));
			}
			wraps = wraps.saturating_add(removed);
			Self::mutate_version(&id, version, |info| {
				info.wraps = info.wraps.saturating_sub(removed);
				Self::forget_loss(&id, version, info.state);
				Self::set_state(&id, version, info, VersionState::Withdrawn);
			});
		}
		record.wraps = record.wraps.saturating_sub(wraps);
		let (patient, versions) = (record.patient.clone(), record.latest);
		Records::<T>::insert(id, RecordEntry::Live(record));
		let withdrawal = Withdrawal { by: by.clone(), organisation, reason, at: now };
		T::OnWithdrawn::on_withdrawn(&patient, &id, &withdrawal)?;
		Withdrawals::<T>::insert(id, withdrawal);
		Self::deposit_event(Event::RecordWithdrawn {
			record: id,
			patient,
			by,
			organisation,
			reason,
			wraps,
		});
		Ok(Self::withdraw_weight(versions, wraps))
	}
}
