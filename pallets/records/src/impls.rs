//! Logic of the calls.

use super::*;
use alloc::collections::BTreeSet;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::{Get, Time},
	weights::Weight,
	BoundedVec,
};
use salus_primitives::{Recipient, Record, Role, Tombstone};
use sp_runtime::{traits::SaturatedConversion, DispatchError, DispatchResult};

/// The roles that write records.
const WRITERS: [Role; 3] = [Role::Practitioner, Role::RecordsAdmin, Role::Device];

/// Numbers of a storage node's claims that were accepted and skipped.
#[derive(Default)]
pub(crate) struct Tally {
	pub(crate) accepted: u32,
	pub(crate) skipped: u32,
}

impl Tally {
	pub(crate) fn count(&mut self, accepted: bool) {
		let counter = if accepted { &mut self.accepted } else { &mut self.skipped };
		*counter = counter.saturating_add(1);
	}
}

// Weights.
impl<T: Config> Pallet<T> {
	pub(crate) fn register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		Self::own_register_weight(new).saturating_add(T::Consent::max_may_write_weight())
	}

	fn own_register_weight(new: &NewRecord<T::AccountId>) -> Weight {
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

	fn own_register_many_weight(records: &[NewRecord<T::AccountId>]) -> Weight {
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

	fn own_revise_weight(wraps: &NewWraps<T::AccountId>, sealed: bool) -> Weight {
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

// Checks.
impl<T: Config> Pallet<T> {
	fn ensure_writer(
		author: &T::AccountId,
		organisation: OrganisationId,
		now: Moment,
	) -> DispatchResult {
		ensure!(Self::writes(author, organisation, now), Error::<T>::NotWriter);
		Ok(())
	}

	/// Returns whether an account may write records for an organisation.
	pub(crate) fn writes(who: &T::AccountId, organisation: OrganisationId, now: Moment) -> bool {
		WRITERS.iter().any(|role| T::Roles::is_live_member(who, *role, Some(organisation), now))
	}

	pub(crate) fn ensure_patient(who: &T::AccountId, otherwise: Error<T>) -> DispatchResult {
		let live = T::Roles::is_live_member(who, Role::Patient, None, T::Time::now());
		ensure!(live, otherwise);
		Ok(())
	}

	fn ensure_content(author: &T::AccountId, content: &Content) -> DispatchResult {
		ensure!(content.root.is_valid(), Error::<T>::InvalidCid);
		ensure!(content.size > 0, Error::<T>::EmptyContent);
		ensure!(content.size <= T::MaxSize::get(), Error::<T>::TooLarge);
		ensure!(!Self::is_taken_by(&content.root, author), Error::<T>::RootTaken);
		Ok(())
	}

	/// Ensures that the wraps include the patient, nobody twice, and nobody else in guarded mode.
	fn ensure_wraps(
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

// Calls.
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

	/// Inserts a checked version. The caller counts it as pending.
	fn add_version(
		id: RecordId,
		version: Version,
		author: &T::AccountId,
		organisation: OrganisationId,
		content: Content,
		wraps: NewWraps<T::AccountId>,
		now: Moment,
	) {
		Self::use_root(&content.root, RootUse { record: id, version });
		let info = VersionInfo {
			content,
			author: author.clone(),
			organisation,
			block: Self::block(),
			registered: now,
			state: VersionState::Pending,
			replicas: 0,
			wraps: wraps.len() as u32,
		};
		Versions::<T>::insert(id, version, info);
		for (recipient, wrap) in wraps {
			Wraps::<T>::insert((id, version, recipient), wrap);
		}
	}

	/// Stores the sealed key of a guarded version.
	pub(crate) fn put_sealed(id: &RecordId, version: Version, sealed: Option<&SealedKey>) {
		if let Some(sealed) = sealed {
			SealedKeys::<T>::insert(id, version, sealed);
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

	fn more_wraps(wraps: u32, further: u32) -> Result<u32, Error<T>> {
		wraps
			.checked_add(further)
			.filter(|sum| *sum <= T::MaxWrapsPerRecord::get())
			.ok_or(Error::<T>::TooManyWraps)
	}

	pub(crate) fn do_confirm_stored(node: T::AccountId, claims: &[StorageClaim]) -> DispatchResult {
		let now = T::Time::now();
		Self::do_announce(&node, now)?;
		let organisation = Self::organisation_of(&node).ok_or(Error::<T>::NotStorageNode)?;
		let mut tally = Tally::default();
		for claim in claims {
			tally.count(Self::confirm_one(&node, organisation, claim, now));
		}
		let Tally { accepted, skipped } = tally;
		Self::deposit_event(Event::Confirmed { node, accepted, skipped });
		Ok(())
	}

	fn confirm_one(
		node: &T::AccountId,
		organisation: OrganisationId,
		claim: &StorageClaim,
		now: Moment,
	) -> bool {
		let StorageClaim { record, version, root } = claim;
		let Some(mut info) = Versions::<T>::get(record, version) else {
			return false;
		};
		if info.content.root != *root {
			return false;
		}
		let key = (record, version, node);
		if Replicas::<T>::contains_key(key) {
			return true;
		}
		let within = Self::holder_within(record, *version, organisation);
		if !Self::has_room(record, *version, &info, organisation) {
			// An organisation counts once. Its other nodes that have the bytes owe a removal, so
			// that they keep the bytes while the record lives, and an erasure reaches them.
			let owed = Removals::<T>::contains_key((node, record, version));
			if within.is_some() && !owed {
				Self::owe_removal(node, claim, Self::block());
				Self::count_removals(1);
			}
			return false;
		}
		if let Some(before) = within {
			if Self::take_replica(&before, claim) {
				Self::owe_removal(&before, claim, Self::block());
				Self::count_removals(1);
			}
			let Some(left) = Versions::<T>::get(record, version) else {
				return false;
			};
			info = left;
		}
		Replicas::<T>::insert(key, now);
		ReplicaOrganisations::<T>::insert(key, organisation);
		Holdings::<T>::insert((node, record, version), ());
		Self::forgive_removal(node, claim);
		let before = info.replicas;
		info.replicas = before.saturating_add(1);
		Self::recount(record, *version, before, info.replicas);
		let first = info.state == VersionState::Pending;
		if first {
			Self::move_to(record, *version, &mut info, VersionState::Stored);
		} else if info.state == VersionState::Lost {
			let before = Self::forget_loss(record, *version, info.state);
			Self::move_to(record, *version, &mut info, before);
		}
		Versions::<T>::insert(record, version, info);
		if first {
			T::OnStored::on_stored(record, *version);
		}
		true
	}

	/// Moves a version to a state and keeps the count of pending versions. The caller inserts the
	/// version.
	pub(crate) fn move_to(
		record: &RecordId,
		version: Version,
		info: &mut VersionInfo<T::AccountId>,
		state: VersionState,
	) {
		if info.state == state {
			return;
		}
		Status::<T>::mutate(|status| {
			if info.state == VersionState::Pending {
				status.pending = status.pending.saturating_sub(1);
			}
			if state == VersionState::Pending {
				status.pending = status.pending.saturating_add(1);
			}
		});
		info.state = state;
		Self::deposit_event(Event::StateChanged { record: *record, version, state });
	}

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
		let _ = SealedKeys::<T>::clear_prefix(id, T::MaxVersions::get(), None);
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

	pub(crate) fn do_confirm_removed(node: T::AccountId, claims: &[StorageClaim]) {
		let mut tally = Tally::default();
		for claim in claims {
			tally.count(Self::remove_one(&node, claim));
		}
		let Tally { accepted, skipped } = tally;
		Status::<T>::mutate(|status| status.removals = status.removals.saturating_sub(accepted));
		Self::deposit_event(Event::Removed { node, accepted, skipped });
	}

	/// Returns whether a node owes all of these removals, of which there is at least one. It
	/// confirms them for free, because a node that was dismissed has no allowance, and each can be
	/// confirmed once.
	pub fn owes(node: &T::AccountId, claims: &[StorageClaim]) -> bool {
		let owed = |claim: &StorageClaim| {
			let removal = Removals::<T>::get((node, claim.record, claim.version));
			removal.is_some_and(|removal| removal.root == claim.root)
		};
		!claims.is_empty() && claims.iter().all(owed)
	}

	/// Returns the maximum weight of [`Pallet::owes`].
	pub fn owes_weight(claims: u32) -> Weight {
		T::DbWeight::get().reads(claims.into())
	}

	fn remove_one(node: &T::AccountId, claim: &StorageClaim) -> bool {
		let key = (node, claim.record, claim.version);
		if Removals::<T>::get(key).is_none_or(|removal| removal.root != claim.root) {
			return false;
		}
		Removals::<T>::remove(key);
		Records::<T>::mutate(claim.record, |entry| match entry {
			Some(RecordEntry::Erased(tombstone)) => {
				tombstone.replicas_left = tombstone.replicas_left.saturating_sub(1);
				if tombstone.replicas_left == 0 {
					Self::deposit_event(Event::Purged { record: claim.record });
				}
			}
			// The replica stopped counting while the record lives.
			Some(RecordEntry::Live(_)) => Self::settle_retired(&claim.record),
			None => {}
		});
		true
	}

	pub(crate) fn do_withdraw_replica(node: T::AccountId, claims: &[StorageClaim]) {
		let block = Self::block();
		let mut tally = Tally::default();
		for claim in claims {
			let taken = Self::take_replica(&node, claim);
			if taken {
				// The node may still have a part of it.
				Self::owe_removal(&node, claim, block);
			}
			tally.count(taken);
		}
		Self::count_removals(tally.accepted);
		let Tally { accepted, skipped } = tally;
		Self::deposit_event(Event::Withdrawn { node, accepted, skipped });
	}

	pub(crate) fn do_add_wraps(
		patient: &T::AccountId,
		wraps: &RecordWraps<T::AccountId>,
	) -> DispatchResult {
		let owner = Recipient::Account(patient.clone());
		let mut count = 0u32;
		for new in wraps {
			let mut record = Self::live(&new.record)?;
			ensure!(record.patient == *patient, Error::<T>::NotYourRecord);
			// A withdrawn record is closed to others, but the wraps of a grant may still name it.
			if new.recipient != owner && Withdrawals::<T>::contains_key(new.record) {
				continue;
			}
			let mut info =
				Versions::<T>::get(new.record, new.version).ok_or(Error::<T>::UnknownVersion)?;
			ensure!(
				new.recipient == owner || !SealedKeys::<T>::contains_key(new.record, new.version),
				Error::<T>::WrapBypassesLog
			);
			let key = (&new.record, &new.version, &new.recipient);
			if !Wraps::<T>::contains_key(key) {
				record.wraps = Self::more_wraps(record.wraps, 1)?;
				info.wraps = info.wraps.saturating_add(1);
				Records::<T>::insert(new.record, RecordEntry::Live(record));
				Versions::<T>::insert(new.record, new.version, info);
			}
			Wraps::<T>::insert(key, &new.wrap);
			count = count.saturating_add(1);
		}
		if count > 0 {
			Self::deposit_event(Event::WrapsAdded { patient: patient.clone(), count });
		}
		Ok(())
	}

	pub(crate) fn do_remove_wraps(
		patient: &T::AccountId,
		wraps: &WrapKeys<T::AccountId>,
	) -> DispatchResult {
		let mut count = 0u32;
		let owner = Recipient::Account(patient.clone());
		for old in wraps {
			let mut record = match Records::<T>::get(old.record) {
				Some(RecordEntry::Live(record)) => record,
				Some(RecordEntry::Erased(tombstone)) if tombstone.patient == *patient => continue,
				Some(RecordEntry::Erased(_)) => return Err(Error::<T>::NotYourRecord.into()),
				None => return Err(Error::<T>::UnknownRecord.into()),
			};
			ensure!(record.patient == *patient, Error::<T>::NotYourRecord);
			ensure!(old.recipient != owner, Error::<T>::OwnerWrap);
			if Wraps::<T>::take((&old.record, &old.version, &old.recipient)).is_none() {
				continue;
			}
			record.wraps = record.wraps.saturating_sub(1);
			Records::<T>::insert(old.record, RecordEntry::Live(record));
			Self::mutate_version(&old.record, old.version, |info| {
				info.wraps = info.wraps.saturating_sub(1);
			});
			count = count.saturating_add(1);
		}
		if count > 0 {
			Self::deposit_event(Event::WrapsRemoved { patient: patient.clone(), count });
		}
		Ok(())
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
		Self::put_sealed(&id, version, Some(&sealed));
		Self::deposit_event(Event::Resealed { record: id, version, epoch });
		Ok(())
	}

	/// Changes a version if it exists.
	pub(crate) fn mutate_version(
		id: &RecordId,
		version: Version,
		change: impl FnOnce(&mut VersionInfo<T::AccountId>),
	) {
		Versions::<T>::mutate(id, version, |info| {
			if let Some(info) = info {
				change(info);
			}
		});
	}

	pub(crate) fn block() -> u32 {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}
