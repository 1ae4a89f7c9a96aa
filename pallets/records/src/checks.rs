//! Checks that the calls share.

use super::*;
use alloc::collections::BTreeSet;
use frame_support::{
	ensure,
	traits::{Get, Time},
};
use salus_primitives::{Recipient, Record, Role};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_writer(
		author: &T::AccountId,
		organisation: OrganisationId,
		now: Moment,
	) -> DispatchResult {
		ensure!(Self::writes(author, organisation, now), Error::<T>::NotWriter);
		Ok(())
	}

	/// Returns whether an account may write records for an organisation.
	pub(crate) fn writes(who: &T::AccountId, organisation: OrganisationId, now: Moment) -> bool {
		Role::WRITERS
			.iter()
			.any(|role| T::Roles::is_live_member(who, *role, Some(organisation), now))
	}

	pub(crate) fn ensure_patient(who: &T::AccountId, otherwise: Error<T>) -> DispatchResult {
		let live = T::Roles::is_live_member(who, Role::Patient, None, T::Time::now());
		ensure!(live, otherwise);
		Ok(())
	}

	pub(crate) fn ensure_content(author: &T::AccountId, content: &Content) -> DispatchResult {
		ensure!(content.root.is_valid(), Error::<T>::InvalidCid);
		ensure!(content.size > 0, Error::<T>::EmptyContent);
		ensure!(content.size <= T::MaxSize::get(), Error::<T>::TooLarge);
		Self::ensure_root(&content.root, author)
	}

	/// Ensures that the wraps include the patient, nobody twice, and nobody else in guarded mode.
	pub(crate) fn ensure_wraps(
		patient: &T::AccountId,
		wraps: &NewWraps<T::AccountId>,
		sealed: Option<&SealedKey>,
	) -> DispatchResult {
		let mut recipients = BTreeSet::new();
		for (recipient, _) in wraps {
			ensure!(recipients.insert(recipient), Error::<T>::DuplicateRecipient);
		}
		let owner = Recipient::Account(patient.clone());
		ensure!(recipients.contains(&owner), Error::<T>::MissingOwnerWrap);
		if let Some(sealed) = sealed {
			Self::ensure_sealed_to_active(sealed)?;
			ensure!(recipients.len() == 1, Error::<T>::WrapBypassesLog);
		}
		Ok(())
	}

	/// Ensures that a wrap is for the recipient's current key. The secret of an earlier one may be
	/// lost or in other hands, and a later one does not exist.
	pub(crate) fn ensure_current_key(
		recipient: &Recipient<T::AccountId>,
		wrap: &Wrap,
	) -> DispatchResult {
		let current = T::Roles::key(recipient);
		let is_current = current.is_some_and(|key| key.version == wrap.key_version);
		ensure!(is_current, Error::<T>::WrongKeyVersion);
		Ok(())
	}

	pub(crate) fn ensure_sealed_to_active(sealed: &SealedKey) -> DispatchResult {
		ensure!(T::Committee::active() == Some(sealed.epoch), Error::<T>::EpochNotActive);
		Ok(())
	}

	pub(crate) fn live(id: &RecordId) -> Result<Record<T::AccountId>, Error<T>> {
		match Records::<T>::get(id) {
			Some(RecordEntry::Live(record)) => Ok(record),
			Some(RecordEntry::Erased(_)) => Err(Error::<T>::RecordErased),
			None => Err(Error::<T>::UnknownRecord),
		}
	}
}
