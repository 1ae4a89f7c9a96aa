//! Migrations of the storage from earlier versions.

use crate::*;
use core::marker::PhantomData;
use frame_support::{
	migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::WeightMeter,
};

/// Migrates to version 2: counts [`TotalEntries`] log by log, over as many blocks as needed.
///
/// No transaction runs in the meantime, so no log grows after it was counted. The cursor carries
/// the running count, which is written only once it is complete. An abandoned migration therefore
/// leaves nothing behind, and another can start from the beginning.
pub struct ToVersion2<T>(PhantomData<T>);

impl<T: Config> SteppedMigration for ToVersion2<T> {
	/// Last log counted, and the number of entries up to and including it.
	type Cursor = (T::AccountId, u64);
	type Identifier = MigrationId<13>;

	fn id() -> Self::Identifier {
		MigrationId { pallet_id: *b"pallet-access", version_from: 1, version_to: 2 }
	}

	fn step(
		mut cursor: Option<Self::Cursor>,
		meter: &mut WeightMeter,
	) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
		if Pallet::<T>::on_chain_storage_version() != 1 {
			return Ok(None);
		}
		let required = T::WeightInfo::count_log();
		if !meter.can_consume(required) {
			return Err(SteppedMigrationError::InsufficientWeight { required });
		}
		let mut logs = match &cursor {
			None => Heads::<T>::iter(),
			Some((patient, _)) => Heads::<T>::iter_from(Heads::<T>::hashed_key_for(patient)),
		};
		while meter.try_consume(required).is_ok() {
			let counted = cursor.as_ref().map_or(0, |(_, counted)| *counted);
			let Some((patient, log)) = logs.next() else {
				TotalEntries::<T>::put(counted);
				StorageVersion::new(2).put::<Pallet<T>>();
				return Ok(None);
			};
			cursor = Some((patient, counted.saturating_add(log.count.into())));
		}
		Ok(cursor)
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(_: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		Pallet::<T>::do_try_state()
	}
}
