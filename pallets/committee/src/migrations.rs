//! Migrations of earlier storage versions.

use crate::*;
use frame_support::{
	migrations::VersionedMigration,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use sp_runtime::traits::Saturating;

/// Migration to version 2: the threshold is computed from all seats, and every phase except the
/// first has an end. A forming epoch restarts under these rules. Epochs with a key keep it and its
/// threshold until a member asks for a new epoch, or until they hand it on after the period for
/// that.
pub type ToVersion2<T> = VersionedMigration<
	1,
	2,
	version_2::Unchecked<T>,
	Pallet<T>,
	<T as frame_system::Config>::DbWeight,
>;

mod version_2 {
	use super::*;

	/// The migration, without the version check.
	pub struct Unchecked<T>(core::marker::PhantomData<T>);

	impl<T: Config> UncheckedOnRuntimeUpgrade for Unchecked<T> {
		fn on_runtime_upgrade() -> Weight {
			if Active::<T>::exists() {
				let due = Pallet::<T>::now().saturating_add(T::RefreshPeriod::get());
				Refresh::<T>::put(due);
			}
			let forming = Epochs::<T>::get(Latest::<T>::get()).filter(EpochState::is_forming);
			match forming {
				Some(state) => {
					Pallet::<T>::reopen(&state);
					T::DbWeight::get()
						.reads_writes(3, 1)
						.saturating_add(<T as Config>::WeightInfo::close_phase())
				}
				None => T::DbWeight::get().reads_writes(3, 1),
			}
		}

		#[cfg(feature = "try-runtime")]
		fn post_upgrade(_: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
			Pallet::<T>::do_try_state()
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::mock::*;
	use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
	use salus_primitives::EpochPhase;

	fn upgrade() {
		StorageVersion::new(1).put::<Pallet<Test>>();
		ToVersion2::<Test>::on_runtime_upgrade();
		assert_eq!(Pallet::<Test>::on_chain_storage_version(), 2);
	}

	#[test]
	fn an_epoch_that_forms_starts_again() {
		build_and_execute(|| {
			all_announce(1, 1..=3);
			all_announce(1, [4]);
			all_deal(1, [1, 2]);
			// As version 1 left it: with the threshold of the members that announced, and without
			// an end.
			Epochs::<Test>::mutate(1, |state| state.as_mut().unwrap().threshold = 2);
			Closes::<Test>::kill();
			upgrade();
			assert_eq!(phase(1), EpochPhase::Abandoned);
			assert_eq!(phase(2), EpochPhase::Announcing);
			assert_eq!(Epochs::<Test>::get(2).unwrap().threshold, 3);
			Epochs::<Test>::mutate(1, |state| state.as_mut().unwrap().threshold = 3);
		});
	}

	#[test]
	fn a_key_with_a_low_threshold_stays_until_a_member_asks() {
		build_with(1..=7, || {
			all_announce(1, 1..=6);
			run_to(PHASE);
			all_deal(1, 1..=6);
			all_confirm(1, 1..=5);
			Epochs::<Test>::mutate(1, |state| {
				let state = state.as_mut().unwrap();
				state.seats[5].key = None;
				state.seats[5].dealt = false;
				state.threshold = 4;
			});
			Dealings::<Test>::remove(1, 6);
			upgrade();
			assert_eq!(Active::<Test>::get(), Some(1));
			say(rejoin_call(1, 1));
			run_to(System::block_number() + 1);
			assert_eq!(Epochs::<Test>::get(2).unwrap().threshold, 5);
		});
	}
}
