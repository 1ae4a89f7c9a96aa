//! Migrations of earlier storage versions.

use crate::*;
use core::marker::PhantomData;
use frame_support::{
	storage::bounded_vec::BoundedVec,
	traits::{Get, GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
	weights::Weight,
};

/// Migration to version 2, which keeps the block in which each validator joined the set. It is
/// unknown for current validators.
///
/// A set that cannot be decoded stays, and the storage version with it, so that `salus upgrade
/// status` and `salus doctor` report outdated storage.
pub struct ToVersion2<T>(PhantomData<T>);

impl<T: Config> OnRuntimeUpgrade for ToVersion2<T> {
	fn on_runtime_upgrade() -> Weight {
		if Pallet::<T>::on_chain_storage_version() != 1 {
			return T::DbWeight::get().reads(1);
		}
		let translated = Validators::<T>::translate::<version_2::Set<T>, _>(|before| {
			let set = before?.into_iter().map(|validator| Validator {
				account: validator.account,
				representative: validator.representative,
				organisation: validator.organisation,
				since: None,
			});
			Some(BoundedVec::truncate_from(set.collect()))
		});
		if translated.is_err() {
			log::error!(
				target: LOG_TARGET,
				"cannot decode the validators of storage version 1; they and the version stay \
				unchanged, until a release repairs them"
			);
			return T::DbWeight::get().reads(2);
		}
		StorageVersion::new(2).put::<Pallet<T>>();
		T::DbWeight::get().reads_writes(2, 2)
	}

	/// Returns the set as stored by version 1; nothing if the migration is not due.
	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
		if Pallet::<T>::on_chain_storage_version() != 1 {
			return Ok(alloc::vec::Vec::new());
		}
		Ok(codec::Encode::encode(&version_2::before::<T>()))
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(state: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		if state.is_empty() {
			return Ok(());
		}
		version_2::check::<T>(&state)
	}
}

/// Storage of version 1, and the check of the migration from it.
mod version_2 {
	use super::*;
	use codec::{Decode, Encode};
	use salus_primitives::OrganisationId;

	/// Validator, as stored by version 1.
	#[derive(Clone, Decode, Encode)]
	pub struct Before<AccountId> {
		pub account: AccountId,
		pub representative: AccountId,
		pub organisation: Option<OrganisationId>,
	}

	/// Set, as stored by version 1.
	pub type Set<T> =
		BoundedVec<Before<<T as frame_system::Config>::AccountId>, <T as Config>::MaxValidators>;

	/// Returns the set as stored by version 1.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn before<T: Config>() -> Option<Set<T>> {
		frame_support::storage::unhashed::get(&Validators::<T>::hashed_key())
	}

	/// Checks that the set equals the one before, in all that version 1 stored.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn check<T: Config>(before: &[u8]) -> Result<(), sp_runtime::TryRuntimeError> {
		frame_support::ensure!(
			Pallet::<T>::on_chain_storage_version() == 2,
			"the set was not migrated"
		);
		let before = Option::<Set<T>>::decode(&mut &before[..])
			.map_err(|_| "the earlier set cannot be decoded")?
			.unwrap_or_default();
		let after = Validators::<T>::get();
		frame_support::ensure!(
			after.iter().all(|validator| validator.since.is_none())
				&& after
					.into_iter()
					.map(|validator| Before {
						account: validator.account,
						representative: validator.representative,
						organisation: validator.organisation,
					})
					.collect::<alloc::vec::Vec<_>>()
					.encode() == before.encode(),
			"the validators differ from the earlier set"
		);
		Pallet::<T>::do_try_state()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::mock::{new_test_ext, Test};
	use codec::Encode;
	use frame_support::storage::unhashed;
	use version_2::{before, check, Before};

	/// Stores the set as version 1 did.
	fn go_back() {
		let before: Vec<_> = Validators::<Test>::get()
			.into_iter()
			.map(|validator| Before {
				account: validator.account,
				representative: validator.representative,
				organisation: validator.organisation,
			})
			.collect();
		unhashed::put(&Validators::<Test>::hashed_key(), &before);
		StorageVersion::new(1).put::<Pallet<Test>>();
	}

	#[test]
	fn a_set_of_version_1_is_kept_without_joining_blocks() {
		new_test_ext().execute_with(|| {
			let known = Validators::<Test>::get();
			assert!(known.iter().all(|validator| validator.since == Some(0)));
			go_back();
			let state = before::<Test>().encode();
			ToVersion2::<Test>::on_runtime_upgrade();
			check::<Test>(&state).unwrap();
			assert_eq!(Pallet::<Test>::on_chain_storage_version(), 2);
			let accounts = |set: &[ValidatorOf<Test>]| -> Vec<_> {
				set.iter().map(|one| one.account).collect()
			};
			assert_eq!(accounts(&Validators::<Test>::get()), accounts(&known));
		});
	}

	#[test]
	fn a_set_of_version_2_is_left_alone() {
		new_test_ext().execute_with(|| {
			let known = Validators::<Test>::get();
			ToVersion2::<Test>::on_runtime_upgrade();
			assert_eq!(Validators::<Test>::get(), known);
		});
	}

	#[test]
	fn an_undecodable_set_stays_and_is_reported_as_outdated() {
		new_test_ext().execute_with(|| {
			let key = Validators::<Test>::hashed_key();
			unhashed::put_raw(&key, &[0xff; 3]);
			StorageVersion::new(1).put::<Pallet<Test>>();
			let state = before::<Test>().encode();
			ToVersion2::<Test>::on_runtime_upgrade();
			assert_eq!(unhashed::get_raw(&key), Some(vec![0xff; 3]));
			assert_eq!(Pallet::<Test>::on_chain_storage_version(), 1);
			assert!(check::<Test>(&state).is_err());
		});
	}

	#[test]
	fn the_check_detects_a_lost_validator() {
		new_test_ext().execute_with(|| {
			go_back();
			let state = before::<Test>().encode();
			ToVersion2::<Test>::on_runtime_upgrade();
			Validators::<Test>::mutate(|set| set.remove(0));
			assert!(check::<Test>(&state).is_err());
		});
	}
}
