//! Registration and revision of records.

use super::{batch::Batch, *};
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::{Get, Time},
	weights::Weight,
	BoundedVec,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		author: &T::AccountId,
		new: NewRecord<T::AccountId>,
	) -> DispatchResultWithPostInfo {
		// Both without what the patient's grants and denials add, which is known only afterwards.
		let weight = Self::own_register_weight(&new);
		let refused = Self::refused_register_weight(&new);
		let mut batch = Batch::<T>::new(author, T::Time::now());
		batch
			.register(new)
			.map_err(|error| error.with_weight(refused.saturating_add(batch.decisions())))?;
		Ok(Some(weight.saturating_add(batch.finish())).into())
	}

	pub(crate) fn do_register_many(
		author: &T::AccountId,
		records: BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
	) -> DispatchResultWithPostInfo {
		let mut batch = Batch::<T>::new(author, T::Time::now());
		for (index, new) in records.iter().enumerate() {
			// A refused call pays for the records up to and including the refused one, and for the
			// decoding of all.
			batch.register(new.clone()).map_err(|error| {
				let (tried, rest) =
					records.split_at_checked(index.saturating_add(1)).unwrap_or((&records, &[]));
				let own = Self::own_register_many_weight(tried)
					.saturating_add(Self::decoding_records_weight(rest));
				error.with_weight(own.saturating_add(batch.decisions()))
			})?;
		}
		let own = Self::own_register_many_weight(&records);
		Ok(Some(own.saturating_add(batch.finish())).into())
	}

	/// Returns whether a record is already registered with the same content. Fails if it was
	/// registered with other content, or erased.
	pub(crate) fn is_registered(
		id: &RecordId,
		new: &NewRecord<T::AccountId>,
	) -> Result<bool, Error<T>> {
		match Records::<T>::get(id) {
			Some(RecordEntry::Live(record)) => {
				let first = Versions::<T>::get(id, 1);
				ensure!(
					record.organisation == new.organisation
						&& record.category == new.category
						&& record.confidentiality == new.confidentiality
						&& first.is_some_and(|first| first.content == new.content),
					Error::<T>::AlreadyRegistered
				);
				Ok(true)
			}
			Some(RecordEntry::Erased(_)) => Err(Error::<T>::RecordErased),
			None => Ok(false),
		}
	}

	/// Returns whether the version is this author's, for this organisation, with this content.
	fn is_repeated(
		id: &RecordId,
		version: Version,
		author: &T::AccountId,
		organisation: OrganisationId,
		content: &Content,
	) -> bool {
		Versions::<T>::get(id, version).is_some_and(|latest| {
			latest.author == *author
				&& latest.organisation == organisation
				&& latest.content == *content
		})
	}

	pub(crate) fn do_revise(
		author: &T::AccountId,
		id: RecordId,
		expected: Version,
		organisation: OrganisationId,
		content: Content,
		wraps: NewWraps<T::AccountId>,
		sealed: Option<SealedKey>,
	) -> Result<Weight, DispatchError> {
		let now = T::Time::now();
		Self::ensure_writer(author, organisation, now)?;
		let mut record = Self::live(&id)?;
		ensure!(!Withdrawals::<T>::contains_key(id), Error::<T>::Withdrawn);
		let own = Self::own_revise_weight(&wraps, sealed.is_some());
		Self::ensure_patient(&record.patient, Error::<T>::UnknownPatient)?;
		let next = expected.checked_add(1).ok_or(Error::<T>::VersionConflict)?;
		if record.latest == next {
			let is_repeated = Self::is_repeated(&id, next, author, organisation, &content);
			ensure!(is_repeated, Error::<T>::VersionConflict);
			return Ok(own.saturating_add(T::Consent::terms_weight(&record.patient)));
		}
		// Permission comes before the cheaper checks, so that an author without it learns that, and
		// not of a conflict to resolve first. A refusal is charged for the decision in any case.
		let (may, taken) = T::Consent::may_write_weighed(
			author,
			organisation,
			&record.patient,
			record.category,
			Some(&id),
			now,
		);
		ensure!(may, Error::<T>::NotPermitted);
		ensure!(record.latest == expected, Error::<T>::VersionConflict);
		ensure!(record.latest < T::MaxVersions::get(), Error::<T>::TooManyVersions);
		Self::ensure_content(author, &content)?;
		Self::ensure_wraps(&record.patient, &wraps, sealed.as_ref())?;
		wraps.iter().try_for_each(|(recipient, wrap)| Self::ensure_current_key(recipient, wrap))?;
		record.wraps = Self::more_wraps(record.wraps, wraps.len() as u32)?;
		record.latest = next;

		Records::<T>::insert(id, RecordEntry::Live(record));
		Self::add_version(id, next, author, organisation, content, wraps, now);
		if let Some(sealed) = sealed {
			Self::put_sealed(&id, next, &sealed);
			Self::count_sealed(sealed.epoch, 1);
		}
		Status::<T>::mutate(|status| status.pending = status.pending.saturating_add(1));
		Self::deposit_event(Event::Revised {
			record: id,
			version: next,
			author: author.clone(),
			organisation,
		});
		Ok(own.saturating_add(taken))
	}
}
