//! Migrations of earlier storage versions.

use crate::*;
use frame_support::{
	migrations::VersionedMigration,
	storage::bounded_vec::BoundedVec,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};

/// Migration to version 2, which keeps the block in which each validator joined the set. It is
/// unknown for current validators.
pub type ToVersion2<T> = VersionedMigration<
	1,
	2,
	version_2::Unchecked<T>,
	Pallet<T>,
	<T as frame_system::Config>::DbWeight,
>;

/// Migration without the version check, which [`ToVersion2`] adds.
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

	type Set<T> =
		BoundedVec<Before<<T as frame_system::Config>::AccountId>, <T as Config>::MaxValidators>;

	/// The migration.
	pub struct Unchecked<T>(core::marker::PhantomData<T>);

	impl<T: Config> UncheckedOnRuntimeUpgrade for Unchecked<T> {
		fn on_runtime_upgrade() -> Weight {
			let translated = Validators::<T>::translate::<Set<T>, _>(|before| {
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
					"cannot decode the validators of storage version 1; they stay unchanged"
				);
			}
			T::DbWeight::get().reads_writes(1, 1)
		}

		#[cfg(feature = "try-runtime")]
		fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
			Ok(before::<T>().encode())
		}

		#[cfg(feature = "try-runtime")]
		fn post_upgrade(state: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
			check::<T>(&state)
		}
	}

	/// Returns the set as stored by version 1.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn before<T: Config>() -> Option<Set<T>> {
		frame_support::storage::unhashed::get(&Validators::<T>::hashed_key())
	}

	/// Checks that the set equals the one before, in all that version 1 stored.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn check<T: Config>(before: &[u8]) -> Result<(), sp_runtime::TryRuntimeError> {
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
	use frame_support::{
		storage::unhashed,
		traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
	};
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
	fn an_undecodable_set_stays_unchanged() {
		new_test_ext().execute_with(|| {
			let key = Validators::<Test>::hashed_key();
			unhashed::put_raw(&key, &[0xff; 3]);
			StorageVersion::new(1).put::<Pallet<Test>>();
			ToVersion2::<Test>::on_runtime_upgrade();
			assert_eq!(unhashed::get_raw(&key), Some(vec![0xff; 3]));
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
