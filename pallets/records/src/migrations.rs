//! Migrations of the storage from earlier versions.

use crate::*;
use codec::{Decode, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::{
	migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::WeightMeter,
};

/// Migrates to version 2: counts [`SealedKeyCounts`] key by key, over as many blocks as needed.
///
/// No transaction runs in the meantime, so no key is sealed or removed after it was counted. If the
/// migration is abandoned, the counts are incomplete, and [`Pallet::sealed_versions`] does not show
/// them. Another migration removes them and starts from the beginning.
pub struct ToVersion2<T>(PhantomData<T>);

/// Progress of [`ToVersion2`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Progress {
	/// Counts that an abandoned migration left behind are being removed.
	Clearing,
	/// The keys up to and including this one are counted.
	Counting(Option<(RecordId, Version)>),
}

impl<T: Config> SteppedMigration for ToVersion2<T> {
	type Cursor = Progress;
	type Identifier = MigrationId<14>;

	fn id() -> Self::Identifier {
		MigrationId { pallet_id: *b"pallet-records", version_from: 1, version_to: 2 }
	}

	fn step(
		cursor: Option<Self::Cursor>,
		meter: &mut WeightMeter,
	) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
		if Pallet::<T>::on_chain_storage_version() != 1 {
			return Ok(None);
		}
		let required = T::WeightInfo::count_sealed_key();
		if !meter.can_consume(required) {
			return Err(SteppedMigrationError::InsufficientWeight { required });
		}
		let mut last = match cursor {
			Some(Progress::Counting(last)) => last,
			Some(Progress::Clearing) | None => match clear::<T>(meter) {
				true => None,
				false => return Ok(Some(Progress::Clearing)),
			},
		};
		let mut keys = match last {
			None => SealedKeys::<T>::iter(),
			Some((record, version)) => {
				SealedKeys::<T>::iter_from(SealedKeys::<T>::hashed_key_for(record, version))
			}
		};
		while meter.try_consume(required).is_ok() {
			let Some((record, version, sealed)) = keys.next() else {
				StorageVersion::new(2).put::<Pallet<T>>();
				return Ok(None);
			};
			Pallet::<T>::count_sealed(sealed.epoch, 1);
			last = Some((record, version));
		}
		Ok(Some(Progress::Counting(last)))
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(_: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		Pallet::<T>::do_try_state()
	}
}

/// Removes counts as far as the weight allows. Returns whether none are left.
fn clear<T: Config>(meter: &mut WeightMeter) -> bool {
	// A new iterator for each would pass all those that this block has removed.
	let mut epochs = SealedKeyCounts::<T>::iter_keys();
	while meter.try_consume(T::WeightInfo::count_sealed_key()).is_ok() {
		let Some(epoch) = epochs.next() else {
			return true;
		};
		SealedKeyCounts::<T>::remove(epoch);
	}
	false
}
