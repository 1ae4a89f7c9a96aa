//! Signed statements of administrators about versions of records and credentials of members. The
//! code calls a statement an attestation.
//!
//! A records admin of the organisation for which a version was written reviews it and states a
//! verdict. An administrator of a member's organisation does the same for the member's credential.
//! When the number of equal verdicts reaches the organisation's threshold (1 unless it sets
//! another), the subject has reached that verdict, and the pallet calls [`Config::OnAttested`].
//! Statements can be revoked. A verdict that falls below the threshold no longer holds, and the
//! pallet calls the hook for that too.
//!
//! A subject has at most one verdict at a time: the first one reached, until it falls. An expired
//! statement stops counting at once, but the hook is called only at the next statement or
//! revocation. A changed threshold also takes effect only then.
//!
//! # Neighbours
//!
//! - Uses: `roles` through [`RoleQuery`](salus_primitives::RoleQuery), `records` through
//!   [`RecordQuery`](salus_primitives::RecordQuery), and every pallet that acts on verdicts
//!   (`records` and `roles`) through [`OnAttested`](salus_primitives::OnAttested).
//! - Used by: `records`, which reports through [`OnErased`](salus_primitives::OnErased) which
//!   statements to forget; `access`, which asks through
//!   [`CredentialQuery`](salus_primitives::CredentialQuery) whether a credential is attested.

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

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod calls;
mod errors;
mod events;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::Standing;
pub use weights::WeightInfo;

/// Maximum number of equal verdicts that an organisation may require.
pub const MAX_THRESHOLD: u32 = 8;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME generates calls `expect` on pallet names"
)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Moment, OnAttested, OrganisationId, ReasonCode, RecordQuery, RoleQuery, Subject, Verdict,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Statements about a subject, with this runtime's accounts and bounds.
	pub type StandingOf<T> =
		Standing<<T as frame_system::Config>::AccountId, <T as Config>::MaxAttestations>;

	/// Subject with this runtime's accounts.
	pub type SubjectOf<T> = Subject<<T as frame_system::Config>::AccountId>;

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Memberships and organisations.
		type Roles: RoleQuery<Self::AccountId>;

		/// Records and their versions.
		type Records: RecordQuery<Self::AccountId>;

		/// Hook for verdicts that are reached or fall.
		type OnAttested: OnAttested<Self::AccountId>;

		/// Time of the block.
		type Time: Time<Moment = Moment>;

		/// Maximum number of statements about one subject.
		#[pallet::constant]
		type MaxAttestations: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Source of subjects and of accounts that may state something about them.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Statements about each subject, and the verdict that they reached. A subject without
	/// statements has no entry.
	// Blake2: authors and accounts choose what a subject is.
	#[pallet::storage]
	pub type Standings<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectOf<T>, StandingOf<T>, OptionQuery>;

	/// Number of equal verdicts that an organisation requires: 1 to [`MAX_THRESHOLD`], 1 without an
	/// entry.
	// Twox: the chain assigns the numbers of organisations.
	#[pallet::storage]
	pub type Thresholds<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery, ConstU32<1>>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				// Until a verdict is reached, each of the two may be one statement short of the
				// threshold.
				T::MaxAttestations::get() >= MAX_THRESHOLD.saturating_mul(2).saturating_sub(1),
				"conflicting statements must not keep a subject from reaching a verdict"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
