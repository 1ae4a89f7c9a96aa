//! Reads for the runtime API, and answers to other pallets.

use super::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{
	Page, Recipient, RecordDetails, Replica, Subject, Verdict, VersionDetails, MAX_PAGE,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// Returns a record with its versions and replicas.
	pub fn details(id: &RecordId) -> Option<RecordDetails<T::AccountId>> {
		let entry = Records::<T>::get(id)?;
		// Reads by number cost less than an iteration.
		let latest = match &entry {
			RecordEntry::Live(record) => record.latest,
			RecordEntry::Erased(_) => 0,
		};
		let versions = (1..=latest)
			.filter_map(|version| Some((version, Versions::<T>::get(id, version)?)))
			.map(|(version, info)| VersionDetails {
				version,
				replicas: Self::replicas(id, version),
				sealed_to: <Self as RecordQuery<_>>::sealed_to(id, version),
				info,
			})
			.collect();
		Some(RecordDetails { id: *id, entry, versions })
	}

	/// Returns the replicas of a version, in order of confirmation.
	pub fn replicas(id: &RecordId, version: Version) -> Vec<Replica<T::AccountId>> {
		let mut replicas: Vec<_> = Replicas::<T>::iter_prefix((id, version))
			.map(|(node, confirmed)| Replica { node, confirmed })
			.collect();
		replicas.sort_by(|a, b| (a.confirmed, &a.node).cmp(&(b.confirmed, &b.node)));
		replicas
	}

	/// Returns one page of a patient's records, oldest first, including erased ones.
	pub fn records_of(
		patient: &T::AccountId,
		from: u32,
		limit: u32,
	) -> Page<RecordDetails<T::AccountId>> {
		Self::page_of(patient, from, limit, Self::details)
	}

	/// Returns one page of what `read` returns of a patient's records, oldest first, including
	/// erased ones.
	pub fn page_of<Item>(
		patient: &T::AccountId,
		from: u32,
		limit: u32,
		read: impl Fn(&RecordId) -> Option<Item>,
	) -> Page<Item> {
		let total = PatientRecordCounts::<T>::get(patient);
		let end = from.saturating_add(limit.min(MAX_PAGE)).min(total);
		let items = (from..end)
			.filter_map(|index| PatientRecords::<T>::get(patient, index))
			.filter_map(|id| read(&id))
			.collect();
		Page { items, next: (end > from && end < total).then_some(end), total }
	}

	/// Returns the latest version of a live record.
	pub fn latest(
		id: &RecordId,
		entry: &RecordEntry<T::AccountId>,
	) -> Option<VersionInfo<T::AccountId>> {
		match entry {
			RecordEntry::Live(record) => Versions::<T>::get(id, record.latest),
			RecordEntry::Erased(_) => None,
		}
	}

	/// Returns the wraps of a version's key, in order of recipient.
	pub fn wraps(id: &RecordId, version: Version) -> Vec<(Recipient<T::AccountId>, Wrap)> {
		let mut wraps: Vec<_> = Wraps::<T>::iter_prefix((id, version)).collect();
		wraps.sort_by(|a, b| a.0.cmp(&b.0));
		wraps
	}

	/// Returns one wrap of a version's key.
	pub fn wrap(
		id: &RecordId,
		version: Version,
		recipient: &Recipient<T::AccountId>,
	) -> Option<Wrap> {
		Wraps::<T>::get((id, version, recipient))
	}

	/// Returns the sealed key of a version; `None` for a direct version or one that does not exist.
	pub fn sealed_key(id: &RecordId, version: Version) -> Option<SealedKey> {
		SealedKeys::<T>::get(id, version)
	}

	/// Returns the totals over all records.
	pub fn status() -> StorageStatus {
		Status::<T>::get()
	}
}

impl<T: Config> RecordQuery<T::AccountId> for Pallet<T> {
	fn record(id: &RecordId) -> Option<RecordEntry<T::AccountId>> {
		Records::<T>::get(id)
	}

	fn is_stored(id: &RecordId, version: Version) -> bool {
		Versions::<T>::get(id, version).is_some_and(|info| info.replicas > 0)
	}

	fn version_organisation(id: &RecordId, version: Version) -> Option<OrganisationId> {
		Versions::<T>::get(id, version).map(|info| info.organisation)
	}

	fn version_author(id: &RecordId, version: Version) -> Option<T::AccountId> {
		Versions::<T>::get(id, version).map(|info| info.author)
	}

	fn sealed_to(id: &RecordId, version: Version) -> Option<Epoch> {
		SealedKeys::<T>::get(id, version).map(|sealed| sealed.epoch)
	}

	fn is_withdrawn(id: &RecordId) -> bool {
		Withdrawals::<T>::contains_key(id)
	}

	fn record_weight() -> Weight {
		T::DbWeight::get().reads(1)
	}
}

impl<T: Config> RecordKeys<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn add_wraps(patient: &T::AccountId, wraps: &RecordWraps<T::AccountId>) -> DispatchResult {
		Self::do_add_wraps(patient, wraps).map(drop).map_err(|refused| refused.error)
	}

	fn remove_wraps(patient: &T::AccountId, wraps: &WrapKeys<T::AccountId>) -> DispatchResult {
		Self::do_remove_wraps(patient, wraps).map(drop).map_err(|refused| refused.error)
	}

	fn wraps_weight(count: u32) -> Weight {
		T::WeightInfo::add_wraps(count).max(T::WeightInfo::remove_wraps(count))
	}
}

impl<T: Config> OnAttested<T::AccountId> for Pallet<T> {
	fn on_verdict_reached(subject: &Subject<T::AccountId>, verdict: Verdict) {
		let Subject::RecordVersion { record, version } = subject else {
			return;
		};
		Self::mutate_version(record, *version, |info| match info.state {
			VersionState::Withdrawn => {}
			VersionState::Lost => {
				StatesBeforeLoss::<T>::insert(record, version, judged(verdict));
			}
			_ => Self::set_state(record, *version, info, judged(verdict)),
		});
	}

	fn on_verdict_fallen(subject: &Subject<T::AccountId>, verdict: Verdict) {
		let Subject::RecordVersion { record, version } = subject else {
			return;
		};
		Self::mutate_version(record, *version, |info| {
			if info.state == VersionState::Lost {
				StatesBeforeLoss::<T>::mutate(record, version, |state_before| {
					if *state_before == Some(judged(verdict)) {
						*state_before = Some(VersionState::Stored);
					}
				});
			} else if info.state == judged(verdict) {
				let state = match info.replicas {
					0 => VersionState::Pending,
					_ => VersionState::Stored,
				};
				Self::set_state(record, *version, info, state);
			}
		});
	}

	fn on_attested_weight() -> Weight {
		T::WeightInfo::on_attested()
	}
}

/// Returns the state to which a verdict moves a version.
fn judged(verdict: Verdict) -> VersionState {
	match verdict {
		Verdict::Confirmed => VersionState::Attested,
		Verdict::Rejected => VersionState::Rejected,
	}
}
