//! The log: an append-only list for each patient, under a running hash.

use crate::*;
use frame_support::{
	dispatch::{DispatchErrorWithPostInfo, DispatchResultWithPostInfo, PostDispatchInfo},
	ensure,
	traits::Get,
	weights::Weight,
};
use salus_primitives::{
	AccessLogWriter, Hash32, LogEntry, LogEvent, LogHead, LogPage, Moment, OnWithdrawn,
	OrganisationId, RecordId, SuccessionEvent, Withdrawal, MAX_PAGE,
};
use sp_runtime::{traits::SaturatedConversion, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// Appends an entry to the patient's log. Returns its index, and the head after it, which
	/// identifies it.
	pub(crate) fn append(
		patient: &T::AccountId,
		actor: T::AccountId,
		organisation: Option<OrganisationId>,
		event: LogEvent,
		now: Moment,
	) -> Result<(u32, Hash32), DispatchError> {
		let mut log = Heads::<T>::get(patient);
		let index = log.count;
		let entry = LogEntry {
			index,
			block: frame_system::Pallet::<T>::block_number().saturated_into(),
			at: now,
			actor,
			organisation,
			event,
		};
		log.count = index.checked_add(1).ok_or(Error::<T>::LogFull)?;
		log.head = entry.extend(&log.head);
		let head = log.head;
		Heads::<T>::insert(patient, log);
		Entries::<T>::insert(patient, index, &entry);
		TotalEntries::<T>::mutate(|total| *total = total.saturating_add(1));
		Self::deposit_event(Event::Logged { patient: patient.clone(), index, head, entry });
		Ok((index, head))
	}

	pub(crate) fn do_archive(
		who: &T::AccountId,
		patient: T::AccountId,
		up_to: u32,
	) -> DispatchResultWithPostInfo {
		let mut looked_at = 0;
		let archived = Self::archive_entries(who, patient, up_to, &mut looked_at);
		let post_info = PostDispatchInfo::from(Some(T::WeightInfo::archive(looked_at)));
		match archived {
			Ok(()) => Ok(post_info),
			Err(error) => Err(DispatchErrorWithPostInfo { post_info, error }),
		}
	}

	/// Archives entries, and counts those that it looks at.
	fn archive_entries(
		who: &T::AccountId,
		patient: T::AccountId,
		up_to: u32,
		looked_at: &mut u32,
	) -> DispatchResult {
		let now = Self::now();
		Self::ensure_keeper(who, &patient, now)?;
		let mut log = Heads::<T>::get(&patient);
		ensure!(log.archived < up_to && up_to <= log.count, Error::<T>::NothingToArchive);
		let count = up_to.saturating_sub(log.archived);
		ensure!(count <= T::MaxArchived::get(), Error::<T>::TooManyToArchive);
		for index in log.archived..up_to {
			*looked_at = looked_at.saturating_add(1);
			let entry = Entries::<T>::take(&patient, index).ok_or(Error::<T>::NothingToArchive)?;
			ensure!(Self::is_past(entry.at, now), Error::<T>::TooYoung);
			log.archived_head = entry.extend(&log.archived_head);
		}
		log.archived = up_to;
		let archived_head = log.archived_head;
		Heads::<T>::insert(&patient, log);
		Self::deposit_event(Event::Archived { patient, archived: up_to, archived_head });
		Ok(())
	}

	/// Checks that `who` may move old entries and cases out of the state: the patient, and every
	/// live auditor whom the council appointed.
	pub(crate) fn ensure_keeper(
		who: &T::AccountId,
		patient: &T::AccountId,
		now: Moment,
	) -> DispatchResult {
		ensure!(who == patient || Self::is_appointed(who, now), Error::<T>::NotKeeper);
		Ok(())
	}

	/// Returns whether an event at time `at` is old enough to leave the state.
	pub(crate) fn is_past(at: Moment, now: Moment) -> bool {
		at.saturating_add(T::ArchiveAge::get()) <= now
	}

	/// Returns the number of entries in all logs together, archived ones included.
	pub fn total_entries() -> u64 {
		TotalEntries::<T>::get()
	}

	/// Returns the head of a patient's log, and its entries from index `from` on. `limit` is capped
	/// at [`MAX_PAGE`].
	pub fn log_page(patient: &T::AccountId, from: u32, limit: u32) -> LogPage<T::AccountId> {
		let head: LogHead = Heads::<T>::get(patient);
		let from = from.max(head.archived);
		let end = from.saturating_add(limit.min(MAX_PAGE)).min(head.count);
		let entries = (from..end).filter_map(|index| Entries::<T>::get(patient, index)).collect();
		LogPage { next: (end < head.count).then_some(end), head, entries }
	}
}

impl<T: Config> OnWithdrawn<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn on_withdrawn(
		patient: &T::AccountId,
		record: &RecordId,
		withdrawal: &Withdrawal<T::AccountId>,
	) -> DispatchResult {
		let event = LogEvent::Withdrawn { record: *record, reason: withdrawal.reason };
		let (by, organisation) = (withdrawal.by.clone(), Some(withdrawal.organisation));
		Self::append(patient, by, organisation, event, withdrawal.at).map(drop)
	}

	fn on_withdrawn_weight() -> Weight {
		T::WeightInfo::append()
	}
}

impl<T: Config> AccessLogWriter<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn append(
		patient: &T::AccountId,
		actor: &T::AccountId,
		organisation: Option<OrganisationId>,
		event: SuccessionEvent,
	) -> DispatchResult {
		let event = LogEvent::Succession(event);
		Self::append(patient, actor.clone(), organisation, event, Self::now()).map(drop)
	}

	fn append_weight() -> Weight {
		T::WeightInfo::append()
	}
}
