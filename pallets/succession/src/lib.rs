//! Recovery of a patient's account: a patient who lost their key acts through another account,
//! their *successor*.
//!
//! Records, grants and the log stay with the patient's old account, which remains their identity.
//! After a recovery its key is no longer accepted, and the successor dispatches calls in its name
//! with [`Pallet::act`].
//!
//! A guardian, or an administrator of the hospital that enrolled the patient, proposes the
//! successor, which agrees by its own signature. Others support it. An attempt needs either the
//! number of guardians that the patient set (a majority by default, and never fewer than two), or
//! the hospital and one guardian. Then a delay runs, in which the holder of the key that is said to
//! be lost can object. Neither one guardian nor one hospital can therefore take an account, and
//! nobody can while the patient has their key and watches.
//!
//! - A supporter must be entitled when they support an attempt *and* when it is completed.
//! - A support is for one account. It does not count for another.
//! - An account becomes a successor only if it signed that it acts for this patient. After a later
//!   recovery its key is dead, so nobody else may decide this.
//! - An administrator of the enrolling hospital speaks for the hospital and never as a guardian,
//!   even if appointed as one. All its administrators count as one supporter.
//! - The stricter of two policies holds: the one at the start of the attempt, and the current one.
//! - A proposer whose attempt failed has to wait, so that others get their turn and the log is not
//!   flooded.
//! - A successor may lose their key as well. Another successor then follows in the same way.
//!
//! # Neighbours
//!
//! - Uses: `consent` through [`RecoveryGuardians`], `roles` through [`RoleQuery`], `access` through
//!   [`AccessLogWriter`].
//! - Used by: the runtime, which must refuse every transaction signed by an account for which
//!   [`SuccessionQuery::is_succeeded`] holds; this pallet does not block the old key in calls of
//!   other pallets. [`Config::ActFilter`] must refuse every call that dispatches other calls
//!   without the filter of its origin.
//!
//! [`RecoveryGuardians`]: salus_primitives::RecoveryGuardians
//! [`RoleQuery`]: salus_primitives::RoleQuery
//! [`AccessLogWriter`]: salus_primitives::AccessLogWriter
//! [`SuccessionQuery::is_succeeded`]: salus_primitives::SuccessionQuery::is_succeeded

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
	not(test),
	deny(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects
	)
)]
#![warn(missing_docs)]

extern crate alloc;

use frame_support::pallet_macros::import_section;

mod acting;
mod attempts;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod calls;
mod errors;
mod events;
#[cfg(test)]
mod mock;
mod policies;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use salus_primitives::MAX_SIGNATURE_LIFETIME;
pub use types::Attempt;
pub use weights::WeightInfo;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME's macros generate expects pallets to have names"
)]
#[allow(
	clippy::borrowed_box,
	reason = "FRAME passes the arguments of a call by reference, and that of `act` is a box"
)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{CheckIfFeeless, DispatchClass, GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::{IsSubType, Time},
	};
	use frame_system::pallet_prelude::{ensure_signed, BlockNumberFor, OriginFor};
	use salus_primitives::{
		AccessLogWriter, ActFilter, Hash32, Moment, RecoveryGuardians, RecoveryPolicy, RoleQuery,
		Supporter,
	};
	use sp_runtime::traits::{Dispatchable, IdentifyAccount, Verify};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// An attempt with this runtime's accounts.
	pub type AttemptOf<T> = Attempt<<T as frame_system::Config>::AccountId>;

	/// A supporter with this runtime's accounts.
	pub type SupporterOf<T> = Supporter<<T as frame_system::Config>::AccountId>;

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<Hash32>>
	{
		/// The runtime's calls.
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo
			+ CheckIfFeeless<Origin = OriginFor<Self>>
			+ IsSubType<Call<Self>>
			+ IsType<<Self as frame_system::Config>::RuntimeCall>;

		/// Filter of the calls that a successor may dispatch in the patient's name. It also applies
		/// to each nested call.
		type ActFilter: ActFilter<Self::AccountId, <Self as frame_system::Config>::RuntimeCall>;

		/// Guardians of patients.
		type Guardians: RecoveryGuardians<Self::AccountId>;

		/// Memberships and administrators.
		type Roles: RoleQuery<Self::AccountId>;

		/// Access log in which the patient reads of attempts.
		type Log: AccessLogWriter<Self::AccountId, Error: Into<DispatchError>>;

		/// Source of the block's time.
		type Time: Time<Moment = Moment>;

		/// Signature of the account that is to act for a patient.
		type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>> + Parameter;

		/// Time in which the patient can object after the last necessary support, in milliseconds.
		#[pallet::constant]
		type Delay: Get<Moment>;

		/// Lifetime of an attempt, in milliseconds.
		#[pallet::constant]
		type MaxLifetime: Get<Moment>;

		/// Time that a proposer waits after a failed attempt, in milliseconds.
		#[pallet::constant]
		type Cooldown: Get<Moment>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Sets up the accounts for benchmarks, and signs for them.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<
			Self::AccountId,
			<Self as Config>::RuntimeCall,
			Self::Signature,
		>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Policies of patients that differ from the default.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Policies<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, RecoveryPolicy, ValueQuery>;

	/// Attempt of each patient: open, or expired and not yet replaced.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Attempts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, AttemptOf<T>, OptionQuery>;

	/// End of each proposer's wait, that moment excluded, before they may propose for the patient
	/// again. A past entry is removed when its proposer proposes again.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Barred<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		SupporterOf<T>,
		Moment,
		OptionQuery,
	>;

	/// The account that acts for each recovered patient.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Successors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	/// Patient for whom each successor acts, or acted before another one succeeded it. The key of
	/// an earlier successor was lost and is never accepted again.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Predecessors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::Delay::get() > 0 && T::Delay::get() < T::MaxLifetime::get(),
				"Delay must be positive and shorter than MaxLifetime"
			);
			assert!(
				T::Cooldown::get() > 0,
				"Cooldown must be positive, or one proposer could keep the others out"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	impl<T: Config> Pallet<T> {
		pub(crate) fn now() -> Moment {
			T::Time::now()
		}
	}
}
