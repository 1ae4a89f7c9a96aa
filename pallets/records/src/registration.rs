//! Registration and revision of records.

use super::*;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::{Get, Time},
	weights::Weight,
	BoundedVec,
};
use salus_primitives::Record;
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		author: &T::AccountId,
		new: NewRecord<T::AccountId>,
	) -> Result<Weight, DispatchError> {
		let weight = Self::own_register_weight(&new)
			.saturating_add(T::Consent::may_write_weight(&new.patient));
		let now = T::Time::now();
		Self::ensure_writer(author, new.organisation, now)?;
		Self::register_one(author, new, now)?;
		Ok(weight)
	}

	pub(crate) fn do_register_many(
		author: &T::AccountId,
		records: BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
	) -> DispatchResultWithPostInfo {
		let now = T::Time::now();
		let mut checked = None;
		let mut decisions = Weight::zero();
		for (index, new) in records.iter().enumerate() {
			decisions = decisions.saturating_add(T::Consent::may_write_weight(&new.patient));
			// Most batches name one organisation: check each run of equal ones once.
			let writer = match checked {
				Some(organisation) if organisation == new.organisation => Ok(()),
				_ => Self::ensure_writer(author, new.organisation, now),
			};
			checked = Some(new.organisation);
			let registered = writer.and_then(|()| Self::register_one(author, new.clone(), now));
			// A refusal has used what the records before it, and this one, take.
			registered.map_err(|error| {
				let tried = records.get(..=index).unwrap_or(&records);
				error.with_weight(Self::own_register_many_weight(tried).saturating_add(decisions))
			})?;
		}
		Ok(Some(Self::own_register_many_weight(&records).saturating_add(decisions)).into())
	}

	/// Registers one record for an author whose role at the organisation has been checked.
	fn register_one(
		author: &T::AccountId,
		new: NewRecord<T::AccountId>,
		now: Moment,
	) -> DispatchResult {
		Self::ensure_patient(&new.patient, Error::<T>::UnknownPatient)?;
		let id = RecordId::new(author, &new.patient, &new.salt);
		if Self::is_registered(&id, &new)? {
			return Ok(());
		}
		let NewRecord {
			patient,
			organisation,
			category,
			confidentiality,
			content,
			wraps,
			sealed,
			..
		} = new;
		ensure!(
			T::Consent::may_write(author, organisation, &patient, category, None, now),
			Error::<T>::NotPermitted
		);
		Self::ensure_content(author, &content)?;
		Self::ensure_wraps(&patient, &wraps, sealed.as_ref())?;
		let index = PatientRecordCounts::<T>::get(&patient);
		let next = index.checked_add(1).ok_or(Error::<T>::TooManyRecords)?;

		let record = Record {
			patient: patient.clone(),
			author: author.clone(),
			organisation,
			category,
			confidentiality,
			latest: 1,
			created: now,
			wraps: wraps.len() as u32,
		};
		Records::<T>::insert(id, RecordEntry::Live(record));
		PatientRecords::<T>::insert(&patient, index, id);
		PatientRecordCounts::<T>::insert(&patient, next);
		Self::add_version(id, 1, author, organisation, content, wraps, now);
		Self::put_sealed(&id, 1, sealed.as_ref());
		Status::<T>::mutate(|status| {
			status.records = status.records.saturating_add(1);
			status.pending = status.pending.saturating_add(1);
		});
		Self::deposit_event(Event::Registered {
			record: id,
			patient,
			author: author.clone(),
			organisation,
			category,
		});
		Ok(())
	}

	/// Returns whether a record is already registered with the same content. Fails if it was
	/// registered with other content, or erased.
	fn is_registered(id: &RecordId, new: &NewRecord<T::AccountId>) -> Result<bool, Error<T>> {
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
		let weight = Self::own_revise_weight(&wraps, sealed.is_some())
			.saturating_add(T::Consent::may_write_weight(&record.patient));
		Self::ensure_patient(&record.patient, Error::<T>::UnknownPatient)?;
		let next = expected.checked_add(1).ok_or(Error::<T>::VersionConflict)?;
		if record.latest == next {
			let repeated = Versions::<T>::get(id, next).is_some_and(|latest| {
				latest.author == *author
					&& latest.organisation == organisation
					&& latest.content == content
			});
			ensure!(repeated, Error::<T>::VersionConflict);
			return Ok(weight);
		}
		ensure!(
			T::Consent::may_write(
				author,
				organisation,
				&record.patient,
				record.category,
				Some(&id),
				now
			),
			Error::<T>::NotPermitted
		);
		ensure!(record.latest == expected, Error::<T>::VersionConflict);
		ensure!(record.latest < T::MaxVersions::get(), Error::<T>::TooManyVersions);
		Self::ensure_content(author, &content)?;
		Self::ensure_wraps(&record.patient, &wraps, sealed.as_ref())?;
		record.wraps = Self::more_wraps(record.wraps, wraps.len() as u32)?;
		record.latest = next;

		Records::<T>::insert(id, RecordEntry::Live(record));
		Self::add_version(id, next, author, organisation, content, wraps, now);
		Self::put_sealed(&id, next, sealed.as_ref());
		Status::<T>::mutate(|status| status.pending = status.pending.saturating_add(1));
		Self::deposit_event(Event::Revised {
			record: id,
			version: next,
			author: author.clone(),
			organisation,
		});
		Ok(weight)
	}
}
