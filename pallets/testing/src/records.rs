//! Records, their versions and wraps, in place of the pallet `records`.

use crate::{AccountId, Now, DOCTOR, HOSPITAL};
use codec::{Decode, Encode};
use frame_support::{storage_alias, weights::Weight, Twox64Concat};
use salus_primitives::{
	Category, Confidentiality, Epoch, OrganisationId, Recipient, Record, RecordEntry, RecordId,
	RecordKeys, RecordQuery, RecordWrap, RecordWraps, Tombstone, Version, Wrap, WrapKey, WrapKeys,
};
use sp_runtime::DispatchError;

#[storage_alias]
type Entries = StorageMap<World, Twox64Concat, RecordId, RecordEntry<AccountId>>;
#[storage_alias]
type Versions = StorageMap<World, Twox64Concat, (RecordId, Version), WrittenVersion>;
#[storage_alias]
type Withdrawn = StorageMap<World, Twox64Concat, RecordId, ()>;
#[storage_alias]
type Wraps = StorageMap<World, Twox64Concat, WrapKey<AccountId>, Wrap>;

/// Version of a record.
#[derive(Clone, Encode, Decode)]
pub struct WrittenVersion {
	/// Organisation for which it was written.
	pub organisation: OrganisationId,
	/// Author of the version.
	pub author: AccountId,
	/// Whether a storage node holds it.
	pub stored: bool,
	/// Epoch whose key seals its key; `None` in direct mode.
	pub sealed: Option<Epoch>,
}

/// Records that the tests register.
pub struct Records;

impl Records {
	/// Error for wraps of records that are not the patient's.
	pub const REFUSED: DispatchError = DispatchError::Other("not a live record of the patient");

	/// Registers a record in direct mode that the doctor wrote for the hospital, or appends
	/// versions. Storage nodes hold every version.
	pub fn register(id: RecordId, patient: AccountId, category: Category, latest: Version) {
		let record = Record {
			patient,
			author: DOCTOR,
			organisation: HOSPITAL,
			category,
			confidentiality: Confidentiality::Normal,
			latest,
			created: Now::get(),
			wraps: 1,
		};
		Entries::insert(id, RecordEntry::Live(record));
		for key in (1..=latest).map(|version| (id, version)) {
			if !Versions::contains_key(key) {
				let organisation = HOSPITAL;
				Versions::insert(
					key,
					WrittenVersion { organisation, author: DOCTOR, stored: true, sealed: None },
				);
			}
		}
	}

	/// Changes a version.
	pub fn change_version(
		id: RecordId,
		version: Version,
		change: impl FnOnce(&mut WrittenVersion),
	) {
		Versions::mutate((id, version), |known| change(known.as_mut().expect("is registered")));
	}

	/// Seals a version's key to the key of this epoch.
	pub fn seal(id: RecordId, version: Version, epoch: Epoch) {
		Self::change_version(id, version, |known| known.sealed = Some(epoch));
	}

	/// Sets the confidentiality of a live record.
	pub fn classify(id: RecordId, to: Confidentiality) {
		Entries::mutate(id, |entry| {
			if let Some(RecordEntry::Live(record)) = entry {
				record.confidentiality = to;
			}
		});
	}

	/// Withdraws a record.
	pub fn withdraw(id: RecordId) {
		Withdrawn::insert(id, ());
	}

	/// Erases a live record; its tombstone stays.
	pub fn erase(id: RecordId) {
		if let Some(RecordEntry::Live(Record { patient, latest, .. })) = Entries::get(id) {
			let stone = Tombstone { patient, erased: Now::get(), replicas_left: 0 };
			Entries::insert(id, RecordEntry::Erased(stone));
			(1..=latest).for_each(|version| Versions::remove((id, version)));
		}
	}

	/// Removes a record altogether, which the real pallet never does.
	pub fn forget(id: RecordId) {
		Entries::remove(id);
	}

	/// Returns whether a version has a wrap for the recipient.
	pub fn has_wrap(record: RecordId, version: Version, recipient: Recipient<AccountId>) -> bool {
		Wraps::contains_key(WrapKey { record, version, recipient })
	}

	fn ensure_of(patient: &AccountId, id: &RecordId) -> Result<(), DispatchError> {
		match Entries::get(id) {
			Some(RecordEntry::Live(record)) if record.patient == *patient => Ok(()),
			_ => Err(Self::REFUSED),
		}
	}
}

impl RecordQuery<AccountId> for Records {
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>> {
		Entries::get(id)
	}
	fn is_stored(id: &RecordId, version: Version) -> bool {
		Versions::get((id, version)).is_some_and(|known| known.stored)
	}
	fn version_organisation(id: &RecordId, version: Version) -> Option<OrganisationId> {
		Versions::get((id, version)).map(|known| known.organisation)
	}
	fn version_author(id: &RecordId, version: Version) -> Option<AccountId> {
		Versions::get((id, version)).map(|known| known.author)
	}
	fn sealed_to(id: &RecordId, version: Version) -> Option<Epoch> {
		Versions::get((id, version))?.sealed
	}
	fn is_withdrawn(id: &RecordId) -> bool {
		Withdrawn::contains_key(id)
	}
	fn record_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

impl RecordKeys<AccountId> for Records {
	type Error = DispatchError;
	fn add_wraps(patient: &AccountId, wraps: &RecordWraps<AccountId>) -> Result<(), DispatchError> {
		for RecordWrap { record, version, recipient, wrap } in wraps {
			Self::ensure_of(patient, record)?;
			let recipient = recipient.clone();
			Wraps::insert(WrapKey { record: *record, version: *version, recipient }, wrap.clone());
		}
		Ok(())
	}
	fn remove_wraps(patient: &AccountId, wraps: &WrapKeys<AccountId>) -> Result<(), DispatchError> {
		for key in wraps {
			Self::ensure_of(patient, &key.record)?;
			Wraps::remove(key);
		}
		Ok(())
	}
	fn wraps_weight(count: u32) -> Weight {
		Weight::from_parts(1_000, 0).saturating_mul(count.into())
	}
}
