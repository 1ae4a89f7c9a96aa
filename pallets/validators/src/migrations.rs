//! How storage of earlier versions becomes today's.

use crate::*;
use frame_support::{
	migrations::VersionedMigration,
	storage::bounded_vec::BoundedVec,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};

/// To version 2: each validator says in which block it came into the set. Nobody kept it for those who are in it.
pub type ToVersion2<T> = VersionedMigration<
	1,
	2,
	version_2::Unchecked<T>,
	Pallet<T>,
	<T as frame_system::Config>::DbWeight,
>;

/// What takes the steps without asking for the version; [`ToVersion2`] does that.
mod version_2 {
	use super::*;
	use codec::{Decode, Encode};
	use salus_primitives::OrganisationId;

	/// A validator as version 1 stored it.
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
					"the validators are not stored as version 1 stored them, and stay as they are"
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

	/// The set as version 1 stored it.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn before<T: Config>() -> Option<Set<T>> {
		frame_support::storage::unhashed::get(&Validators::<T>::hashed_key())
	}

	/// Whether the set is the one before, in everything that was kept then.
	#[cfg(any(feature = "try-runtime", test))]
	pub fn check<T: Config>(before: &[u8]) -> Result<(), sp_runtime::TryRuntimeError> {
		let before = Option::<Set<T>>::decode(&mut &before[..])
			.map_err(|_| "the set before cannot be decoded")?
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
			"the validators are not those before"
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

	/// Puts the set back as version 1 stored it.
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
	fn a_set_of_version_1_is_kept_and_nobody_claims_to_know_since_when() {
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
	fn what_is_no_set_of_version_1_stays_as_it_is() {
		new_test_ext().execute_with(|| {
			let key = Validators::<Test>::hashed_key();
			unhashed::put_raw(&key, &[0xff; 3]);
			StorageVersion::new(1).put::<Pallet<Test>>();
			ToVersion2::<Test>::on_runtime_upgrade();
			assert_eq!(unhashed::get_raw(&key), Some(vec![0xff; 3]));
		});
	}

	#[test]
	fn the_check_finds_a_validator_that_was_lost() {
		new_test_ext().execute_with(|| {
			go_back();
			let state = before::<Test>().encode();
			ToVersion2::<Test>::on_runtime_upgrade();
			Validators::<Test>::mutate(|set| set.remove(0));
			assert!(check::<Test>(&state).is_err());
		});
	}
}
