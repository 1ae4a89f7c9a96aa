//! The hospitals that run the chain, as voted by the council.
//!
//! Each hospital runs at most one validator, and has one seat in the council while it runs one. A
//! quorum of validators is therefore a quorum of hospitals: for blocks, for the keys of records,
//! and for votes. The seat belongs to the hospital. Its administrators name the representative who
//! votes. A representative who is to be replaced is notified by an event and has a notice period to
//! object; after an objection, the council decides.
//!
//! Each seat has a limited number of open motions, so that no hospital can fill the council's list.
//!
//! The council adds, removes and replaces validators. It cannot go below the minimum. It cannot add
//! an account without session keys either, because `pallet-session` would silently drop it. A
//! change ends the current session and applies one session later, which takes two blocks, so nobody
//! waits for the regular end of a session. Keys that a validator changes apply with the second
//! session after.
//!
//! A validator that equivocates is reported with a proof (`pallet-grandpa`, `pallet-offences`) and
//! removed at once. At the minimum it stays until the council decides, because the chain could
//! stop without it.
//!
//! The pallet keeps the last block of each validator, so that everyone sees which are absent.
//!
//! # Neighbours
//!
//! - Uses: `pallet-session` for keys and the history of sets, `roles` through [`RoleQuery`], the
//!   council through [`ChangeMembers`].
//! - Used by: `committee`, which asks which validators are present, and for their hospitals
//!   ([`ValidatorQuery`]); `pallet-session`, which asks for sets and for the ends of sessions;
//!   `pallet-offences`, which reports offenders; `pallet-authorship`, which reports authors; the
//!   council, which asks before it accepts a motion; `roles`, which asks which organisations have a
//!   seat. In the runtime, this pallet comes before `pallet-session`, because its genesis provides
//!   the first set.
//!
//! [`RoleQuery`]: salus_primitives::RoleQuery
//! [`ValidatorQuery`]: salus_primitives::ValidatorQuery
//! [`ChangeMembers`]: frame_support::traits::ChangeMembers

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
pub mod migrations;
#[cfg(test)]
mod mock;
mod motions;
mod representation;
mod sessions;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use sessions::AccountOnly;
pub use types::{Nomination, Validator};
pub use weights::WeightInfo;

/// Log target of the pallet.
pub(crate) const LOG_TARGET: &str = "runtime::validators";

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME's macros generate expects pallets to have names"
)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::{ChangeMembers, InitializeMembers},
	};
	use frame_system::pallet_prelude::{ensure_signed, BlockNumberFor, OriginFor};
	use salus_primitives::{OrganisationId, RoleQuery};
	use sp_runtime::traits::Zero;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	/// A validator with this runtime's types.
	pub type ValidatorOf<T> = Validator<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// A nomination with this runtime's types.
	pub type NominationOf<T> =
		Nomination<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>>
		+ pallet_session::Config<ValidatorId = <Self as frame_system::Config>::AccountId>
		+ pallet_session::historical::Config
	{
		/// Origin that decides on the set.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The council, whose seats follow the set.
		type Council: ChangeMembers<Self::AccountId> + InitializeMembers<Self::AccountId>;

		/// Organisations and their administrators.
		type Roles: RoleQuery<Self::AccountId>;

		/// Maximum number of validators.
		#[pallet::constant]
		type MaxValidators: Get<u32>;

		/// Length of a session, in blocks, unless the set changes.
		#[pallet::constant]
		type SessionLength: Get<BlockNumberFor<Self>>;

		/// Time that a representative has to object before another account votes, in blocks.
		#[pallet::constant]
		type NoticePeriod: Get<BlockNumberFor<Self>>;

		/// Maximum number of open motions in the council.
		#[pallet::constant]
		type MaxMotions: Get<u32>;

		/// Maximum number of open motions that one seat proposed.
		#[pallet::constant]
		type MaxMotionsPerSeat: Get<u32>;

		/// Number of sessions during which an offence can be proven.
		#[pallet::constant]
		type KeptSessions: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Creates the accounts and hospitals for benchmarks.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The set as the council decided it, in the order in which the validators joined. The active
	/// set follows with the next sessions.
	#[pallet::storage]
	pub type Validators<T: Config> =
		StorageValue<_, BoundedVec<ValidatorOf<T>, T::MaxValidators>, ValueQuery>;

	/// Minimum number of validators, below which the council cannot go.
	#[pallet::storage]
	pub type Minimum<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Number of sessions to end at once so that a change applies: two while the set is yet to be
	/// handed over, one after that.
	#[pallet::storage]
	pub type Rotations<T: Config> = StorageValue<_, u8, ValueQuery>;

	/// Validators that are proven to have equivocated, and stay because of the minimum, each with
	/// the block in which it joined. Further proofs against them are refused.
	#[pallet::storage]
	pub type Offenders<T: Config> = StorageValue<
		_,
		BoundedVec<(T::AccountId, Option<BlockNumberFor<T>>), T::MaxValidators>,
		ValueQuery,
	>;

	/// Last block that each validator authored.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type LastAuthored<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BlockNumberFor<T>, OptionQuery>;

	/// The next representative of each hospital, until the current one agrees or the time to object
	/// is over. Only for hospitals that run a validator.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Nominations<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, NominationOf<T>, OptionQuery>;

	/// Numbers of the open motions, each with the validator whose seat proposed it. Motions that
	/// have ended are dropped at the next proposal.
	#[pallet::storage]
	pub type Motions<T: Config> =
		StorageValue<_, BoundedVec<(u32, T::AccountId), T::MaxMotions>, ValueQuery>;

	/// First set and minimum number of validators.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Account of each validator, with the account that votes for it.
		pub validators: Vec<(T::AccountId, T::AccountId)>,
		/// Minimum number of validators: from 1 to the number of validators.
		pub minimum: u32,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		#[allow(
			clippy::panic,
			clippy::expect_used,
			reason = "a chain with a wrong first set must not start"
		)]
		fn build(&self) {
			if self.validators.is_empty() {
				return;
			}
			let validators: Vec<_> = self
				.validators
				.iter()
				.map(|(account, representative)| Validator {
					account: account.clone(),
					representative: representative.clone(),
					organisation: None,
					since: Some(Zero::zero()),
				})
				.collect();
			assert!(
				self.minimum > 0 && self.minimum as usize <= validators.len(),
				"the minimum must be from 1 to the number of validators"
			);
			let validators = BoundedVec::try_from(validators)
				.expect("there are at most MaxValidators validators");
			T::Council::initialize_members(&Pallet::<T>::seats(&validators));
			Minimum::<T>::put(self.minimum);
			Validators::<T>::put(validators);
			Pallet::<T>::check().expect("the first set is valid");
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		// The weight of `note_author`, for which `pallet-authorship` charges nothing.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			<T as Config>::WeightInfo::note_author()
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::SessionLength::get() > sp_runtime::traits::One::one(),
				"a session must be longer than a block"
			);
			let most = T::MaxMotionsPerSeat::get().saturating_mul(T::MaxValidators::get());
			assert!(
				most <= T::MaxMotions::get(),
				"MaxMotions must leave every seat room for MaxMotionsPerSeat"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
