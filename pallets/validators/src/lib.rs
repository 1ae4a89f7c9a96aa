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
//! A validator that signs two forks is reported with a proof (`pallet-grandpa`, `pallet-offences`)
//! and removed at once. At the minimum it stays until the council decides, because the chain could
//! stop without it.
//!
//! The pallet keeps the last block of each validator, so that everyone sees which are absent.
//!
//! Contract with the neighbours:
//!
//! - Down → `pallet-session` for keys and the history of sets, `roles` through [`RoleQuery`], the
//!   council through [`ChangeMembers`].
//! - Up ← `pallet-session` asks for sets and for the ends of sessions, `pallet-offences` reports
//!   offenders, and `pallet-authorship` reports authors. The council asks before it accepts a
//!   motion; `roles` asks which organisations have a seat. In the runtime, this pallet comes before
//!   `pallet-session`, because its genesis provides the first set.
//!
//! [`RoleQuery`]: salus_primitives::RoleQuery
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

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
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

		/// Maximum number of validators; equal to the maximum number of committee members.
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

	/// Last block that each validator made.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type LastAuthored<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BlockNumberFor<T>, OptionQuery>;

	/// The next representative of each hospital, until the present one agrees or the time to object
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

	/// Events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A hospital now runs a validator and has a seat in the council.
		Added {
			/// The validator's account.
			validator: T::AccountId,
			/// The hospital.
			organisation: OrganisationId,
		},
		/// A validator and its seat were removed.
		Removed {
			/// The validator's account.
			validator: T::AccountId,
		},
		/// A hospital now runs its validator under another account.
		Replaced {
			/// The previous account.
			validator: T::AccountId,
			/// The new account.
			by: T::AccountId,
		},
		/// A validator of genesis was assigned to a hospital.
		Assigned {
			/// The validator's account.
			validator: T::AccountId,
			/// The hospital.
			organisation: OrganisationId,
		},
		/// Another account now votes for a hospital.
		Represented {
			/// The validator's account.
			validator: T::AccountId,
			/// The account that votes.
			representative: T::AccountId,
		},
		/// The minimum number of validators changed.
		MinimumChanged {
			/// The new minimum.
			minimum: u32,
		},
		/// A validator was proven to have signed two forks.
		Offended {
			/// The validator's account.
			validator: T::AccountId,
			/// Whether it was removed. At the minimum, the council decides.
			removed: bool,
		},
		/// An administrator named another representative for the hospital. The present
		/// representative can object until the nomination is confirmed.
		Nominated {
			/// The validator's account.
			validator: T::AccountId,
			/// The present representative, who may object.
			replaced: T::AccountId,
			/// The named representative.
			representative: T::AccountId,
			/// First block in which it can be confirmed; `None` while an earlier objection stands.
			from: Option<BlockNumberFor<T>>,
		},
		/// The representative or an administrator objected to a nomination. It now needs the
		/// representative's agreement or the council.
		Objected {
			/// The validator's account.
			validator: T::AccountId,
			/// The named representative.
			representative: T::AccountId,
		},
	}

	/// Reasons for which a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The organisation is not an active hospital. Name one that is.
		NotHospital,
		/// The account is already a validator. Name another account.
		AlreadyValidator,
		/// The hospital already runs a validator. Replace or remove that one first.
		OneEach,
		/// The account has no session keys. Register them with `session.setKeys` first.
		NoSessionKeys,
		/// The set has the maximum number of validators. Remove one first.
		Full,
		/// The account is not a validator. Check the account.
		NotValidator,
		/// The set would fall below the minimum. First add another validator, or lower the minimum.
		BelowMinimum,
		/// The account already votes for a hospital. Name another account.
		AlreadySeated,
		/// The validator already belongs to a hospital. There is nothing to assign.
		AlreadyAssigned,
		/// The caller, or the author of the nomination, is not an administrator of the active
		/// hospital that runs the validator.
		NotAdministrator,
		/// The minimum must be from 1 to the number of validators.
		BadMinimum,
		/// A validator of genesis belongs to no hospital yet, and might be this hospital's. Assign
		/// it first.
		Unassigned,
		/// The caller is not the representative of the hospital. Sign as its representative.
		NotRepresentative,
		/// There is no nomination for the hospital, or it names another account.
		NoNomination,
		/// The representative can still object. Confirm the nomination later.
		TooEarly,
		/// An objection stands. The representative must agree, or the council appoint.
		ObjectionStands,
		/// The seat has the maximum number of open motions. Close one that is decided or over.
		TooManyMotions,
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

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Adds a hospital's validator, and gives the hospital a seat in the council.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital must be active and run no other validator. `validator` must have registered
		/// its session keys. `representative` votes for the hospital, and must not vote for
		/// another. The current session ends, and the validator takes part two blocks later. The
		/// council cannot add validators while a validator of genesis belongs to no hospital.
		///
		/// ## Errors
		/// [`Error::Unassigned`], [`Error::NotHospital`], [`Error::OneEach`],
		/// [`Error::AlreadyValidator`], [`Error::AlreadySeated`], [`Error::NoSessionKeys`],
		/// [`Error::Full`].
		///
		/// ## Events
		/// [`Event::Added`].
		#[pallet::call_index(0)]
		pub fn add(
			origin: OriginFor<T>,
			validator: T::AccountId,
			organisation: OrganisationId,
			representative: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_add(validator, organisation, representative)
		}

		/// Removes a validator and its seat.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The current session ends, and the validator stops taking part two blocks later. Its
		/// operator keeps its shares of earlier epochs' keys, which still open what was sealed to
		/// them.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::BelowMinimum`].
		///
		/// ## Events
		/// [`Event::Removed`].
		#[pallet::call_index(1)]
		pub fn remove(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_remove(&validator)
		}

		/// Replaces the account of a hospital's validator, for example because its key is lost or
		/// known to others.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// `by` must have registered its own session keys. The set never gets smaller. To change
		/// only the session keys, use `session.setKeys`, which needs no council.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::AlreadyValidator`], [`Error::NoSessionKeys`].
		///
		/// ## Events
		/// [`Event::Replaced`].
		#[pallet::call_index(2)]
		pub fn replace(
			origin: OriginFor<T>,
			validator: T::AccountId,
			by: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_replace(&validator, by)
		}

		/// Assigns a validator of genesis to the hospital that runs it; genesis has no assignments.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital must be active and run no other validator.
		///
		/// ## Errors
		/// [`Error::NotHospital`], [`Error::OneEach`], [`Error::NotValidator`],
		/// [`Error::AlreadyAssigned`].
		///
		/// ## Events
		/// [`Event::Assigned`].
		#[pallet::call_index(3)]
		pub fn assign(
			origin: OriginFor<T>,
			validator: T::AccountId,
			organisation: OrganisationId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_assign(validator, organisation)
		}

		/// Names the next representative of a hospital.
		///
		/// ## Origin
		/// Signed by an administrator of the hospital that runs the validator. The hospital must be
		/// active.
		///
		/// ## Details
		/// If the caller is the representative, the change applies at once. Otherwise the present
		/// representative has [`Config::NoticePeriod`] to object; after that, anyone can confirm
		/// the nomination. A new nomination replaces an open one, and the period starts again.
		///
		/// After an objection, time alone no longer decides, not even for later nominations, while
		/// the administrator who made the nomination is still one.
		///
		/// When the change applies, the council drops the votes of the previous representative on
		/// open motions, as it does for every member who leaves.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NotAdministrator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`] or [`Event::Nominated`].
		#[pallet::call_index(4)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn represent(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_represent(&who, validator, representative)
		}

		/// Sets the minimum number of validators.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// Four is the smallest set that tolerates the failure of one validator.
		///
		/// ## Errors
		/// [`Error::BadMinimum`].
		///
		/// ## Events
		/// [`Event::MinimumChanged`].
		#[pallet::call_index(5)]
		pub fn set_minimum(origin: OriginFor<T>, minimum: u32) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_minimum(minimum)
		}

		/// Agrees to be replaced by the account that an administrator named. The change applies at
		/// once.
		///
		/// ## Origin
		/// Signed by the representative of the hospital that runs the validator.
		///
		/// ## Details
		/// `representative` is the named account, so that nobody agrees to a nomination other than
		/// the one they saw.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NotRepresentative`], [`Error::NoNomination`],
		/// [`Error::NotAdministrator`] if the author of the nomination is no longer an
		/// administrator,
		/// [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn agree(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_agree(&who, validator, representative)
		}

		/// Objects to a nomination, which then cannot be confirmed.
		///
		/// ## Origin
		/// Signed by the representative or an administrator of the hospital that runs the
		/// validator.
		///
		/// ## Details
		/// Possible until the nomination is confirmed. An objection that succeeds costs no fee. The
		/// representative can still agree, and the council can still appoint.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NoNomination`], [`Error::NotRepresentative`],
		/// [`Error::ObjectionStands`].
		///
		/// ## Events
		/// [`Event::Objected`].
		#[pallet::call_index(7)]
		// Operational, so that nobody can keep out an objection by filling blocks.
		#[pallet::weight((<T as Config>::WeightInfo::object(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn object(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_object(&who, validator)?;
			Ok(Pays::No.into())
		}

		/// Confirms a nomination to which nobody objected in time.
		///
		/// ## Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// The author of the nomination must still be an administrator, and the hospital must be
		/// active.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NoNomination`], [`Error::ObjectionStands`],
		/// [`Error::TooEarly`], [`Error::NotAdministrator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(8)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn confirm(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_confirm(validator)
		}

		/// Appoints the representative of a hospital, for example because the present one is lost
		/// or objects without reason.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The change applies at once, and an open nomination is dropped.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(9)]
		pub fn appoint(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_appoint(validator, representative)
		}
	}
}
