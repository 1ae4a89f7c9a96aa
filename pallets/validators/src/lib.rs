//! The hospitals that run the chain, by vote of the council.
//!
//! Each hospital runs at most one validator, and has one seat in the council while it runs one: so
//! a quorum of validators is a quorum of hospitals, for blocks, for the keys of records, and for
//! votes. The seat belongs to the hospital. Its administrators say who votes; whoever is replaced
//! by that is told, and has a day to object. Then it takes the council.
//!
//! A seat has a bounded number of open motions, so that no hospital fills the council's list.
//!
//! The council adds, removes and replaces validators. It cannot go below the minimum, and cannot add an account that
//! registered no session keys: `pallet-session` would drop it in silence. A change ends the running session, and applies one
//! session later, which is two blocks: nobody waits for the end of a period. Keys that a validator changes apply with the second
//! session after.
//!
//! Who signs two forks is reported with a proof (`pallet-grandpa`, `pallet-offences`) and removed at once; only at the minimum
//! it stays until the council has decided, for the chain would stop without it.
//!
//! When each validator made its last block is kept, so that everyone sees who is absent.
//!
//! Contract with the neighbours:
//!
//! - Down → `pallet-session` for keys and the history of sets, `roles` through [`RoleQuery`], the council through [`ChangeMembers`].
//! - Up ← `pallet-session` asks for sets and for the ends of sessions, `pallet-offences` tells of
//!   offenders, `pallet-authorship` of authors. The council asks before it takes a motion, `roles`
//!   asks which organisations have a seat. In the runtime, this pallet comes before
//!   `pallet-session`: its genesis gives the first set.
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

/// Where the pallet logs.
pub(crate) const LOG_TARGET: &str = "runtime::validators";

#[allow(
	clippy::expect_used,
	reason = "what FRAME's macros generate expects that pallets have names"
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

	/// A validator among this runtime's accounts.
	pub type ValidatorOf<T> = Validator<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// A nomination among this runtime's accounts.
	pub type NominationOf<T> =
		Nomination<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>>
		+ pallet_session::Config<ValidatorId = <Self as frame_system::Config>::AccountId>
		+ pallet_session::historical::Config
	{
		/// Who decides on the set.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The council, whose seats follow the set.
		type Council: ChangeMembers<Self::AccountId> + InitializeMembers<Self::AccountId>;

		/// Who is who.
		type Roles: RoleQuery<Self::AccountId>;

		/// The most validators there may be. As many as the committee can have members.
		#[pallet::constant]
		type MaxValidators: Get<u32>;

		/// How many blocks a session lasts, unless the set changes.
		#[pallet::constant]
		type SessionLength: Get<BlockNumberFor<Self>>;

		/// How many blocks a representative has to object before another one votes.
		#[pallet::constant]
		type NoticePeriod: Get<BlockNumberFor<Self>>;

		/// The most motions that are open in the council at a time.
		#[pallet::constant]
		type MaxMotions: Get<u32>;

		/// The most of them that one seat proposed.
		#[pallet::constant]
		type MaxMotionsPerSeat: Get<u32>;

		/// For how many sessions an offence can be proven.
		#[pallet::constant]
		type KeptSessions: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Makes the people that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The set as the council decided, in the order in which they came. What runs now follows with the next sessions.
	#[pallet::storage]
	pub type Validators<T: Config> =
		StorageValue<_, BoundedVec<ValidatorOf<T>, T::MaxValidators>, ValueQuery>;

	/// Below how many the council cannot go.
	#[pallet::storage]
	pub type Minimum<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// How many sessions are to end at once, so that a change applies: two when the set has to be handed over, one when it was.
	#[pallet::storage]
	pub type Rotations<T: Config> = StorageValue<_, u8, ValueQuery>;

	/// The block that each validator made last.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type LastAuthored<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BlockNumberFor<T>, OptionQuery>;

	/// Who is to vote for a hospital, once its present representative has agreed or had the time to
	/// object. Only for hospitals that run a validator.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Nominations<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, NominationOf<T>, OptionQuery>;

	/// The numbers of the open motions, each with the validator whose seat proposed it. Those that
	/// ended are dropped when the next one is proposed.
	#[pallet::storage]
	pub type Motions<T: Config> =
		StorageValue<_, BoundedVec<(u32, T::AccountId), T::MaxMotions>, ValueQuery>;

	/// The first set, and below how many the council cannot go.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Each validator's account, and the account that votes for it.
		pub validators: Vec<(T::AccountId, T::AccountId)>,
		/// At least one, at most as many as there are.
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
				"the minimum is at least one and at most the number of validators"
			);
			let validators = BoundedVec::try_from(validators)
				.expect("there are no more validators than the committee can have members");
			T::Council::initialize_members(&Pallet::<T>::seats(&validators));
			Minimum::<T>::put(self.minimum);
			Validators::<T>::put(validators);
			Pallet::<T>::check().expect("the first set is valid");
		}
	}

	/// What has happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A hospital runs a validator, and has a seat in the council.
		Added {
			/// The validator's account.
			validator: T::AccountId,
			/// The hospital.
			organisation: OrganisationId,
		},
		/// A validator, and the seat that came with it, are gone.
		Removed {
			/// The validator's account.
			validator: T::AccountId,
		},
		/// A hospital runs its validator under another account.
		Replaced {
			/// The account before.
			validator: T::AccountId,
			/// The account now.
			by: T::AccountId,
		},
		/// A validator of genesis belongs to a hospital.
		Assigned {
			/// The validator's account.
			validator: T::AccountId,
			/// The hospital.
			organisation: OrganisationId,
		},
		/// Another account votes for a hospital.
		Represented {
			/// The validator's account.
			validator: T::AccountId,
			/// Who votes.
			representative: T::AccountId,
		},
		/// The set may be smaller, or must be larger, than before.
		MinimumChanged {
			/// Below how many the council cannot go.
			minimum: u32,
		},
		/// A validator was proven to have signed two forks.
		Offended {
			/// The validator's account.
			validator: T::AccountId,
			/// Whether it was removed. At the minimum the council has to decide.
			removed: bool,
		},
		/// An administrator named another account to vote for the hospital. The present
		/// representative has until then to object.
		Nominated {
			/// The validator's account.
			validator: T::AccountId,
			/// Who votes now, and may object.
			replaced: T::AccountId,
			/// Who is to vote.
			representative: T::AccountId,
			/// The first block in which it can be confirmed. `None` while an earlier objection
			/// stands.
			from: Option<BlockNumberFor<T>>,
		},
		/// Somebody objected to a nomination: it takes the representative's agreement, or the
		/// council.
		Objected {
			/// The validator's account.
			validator: T::AccountId,
			/// Who was to vote.
			representative: T::AccountId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The organisation is not a hospital in good standing.
		NotHospital,
		/// The account is a validator already.
		AlreadyValidator,
		/// The hospital runs a validator already.
		OneEach,
		/// The account has registered no session keys: it does so with `session.setKeys` first.
		NoSessionKeys,
		/// There are as many validators as the committee can have members.
		Full,
		/// The account is no validator.
		NotValidator,
		/// The set would be below the minimum: add another validator, or lower the minimum, first.
		BelowMinimum,
		/// The account votes for another hospital.
		AlreadySeated,
		/// The validator belongs to a hospital already.
		AlreadyAssigned,
		/// The caller is no administrator of the hospital that runs the validator.
		NotAdministrator,
		/// The minimum is at least one and at most the number of validators.
		BadMinimum,
		/// A validator of genesis belongs to no hospital yet, and could be the same hospital's:
		/// assign it first.
		Unassigned,
		/// The caller does not vote for the hospital.
		NotRepresentative,
		/// Nobody, or somebody else, is named to vote for the hospital.
		NoNomination,
		/// The representative has time to object until later.
		TooEarly,
		/// Somebody objected: the representative has to agree, or the council to appoint.
		ObjectionStands,
		/// The seat has as many open motions as it may: close one that is decided or over.
		TooManyMotions,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		// What `note_author` takes, which `pallet-authorship` calls without charging for it.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			<T as Config>::WeightInfo::note_author()
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::SessionLength::get() > sp_runtime::traits::One::one(),
				"a session lasts more than a block"
			);
			let most = T::MaxMotionsPerSeat::get().saturating_mul(T::MaxValidators::get());
			assert!(
				most <= T::MaxMotions::get(),
				"every seat has room for its motions, whatever the others propose"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Lets a hospital run a validator, and gives it a seat in the council.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital is in good standing and runs no other validator. `validator` has registered its session keys.
		/// `representative` votes for the hospital, and for no other. The running session ends; the validator takes part two
		/// blocks later. Nobody is added while a validator of genesis belongs to no hospital.
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

		/// Removes a validator, and the seat that came with it.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The running session ends; two blocks later it takes part no more. Its shares of the keys of earlier epochs stay with
		/// its operator, and serve what was sealed to them.
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

		/// Lets a hospital run its validator under another account: the one before is lost, or known to others.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// `by` has registered its own session keys. At no moment is the set smaller. (Who only wants other session keys registers
		/// them with `session.setKeys`, without the council.)
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

		/// Says which hospital runs a validator of genesis: there were no organisations then.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital is in good standing and runs no other validator.
		///
		/// ## Errors
		/// [`Error::NotHospital`], [`Error::OneEach`], [`Error::NotValidator`], [`Error::AlreadyAssigned`].
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

		/// Names who is to vote for a hospital.
		///
		/// ## Origin
		/// Signed by an administrator of the hospital that runs the validator, which is in good standing.
		///
		/// ## Details
		/// If the caller votes for the hospital, the change applies at once. Otherwise the present
		/// representative has [`Config::NoticePeriod`] to object; then anyone confirms the
		/// nomination. It takes the place of one that is open, and the time starts anew. After an
		/// objection time alone no longer decides, also for further nominations, while the
		/// administrator who made the nomination stays one.
		///
		/// The votes that the one before cast on open motions are dropped when the change applies,
		/// as the council does with everyone who leaves it.
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

		/// Says below how many validators the council cannot go.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// Four is the smallest set that bears the failure of one of them.
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

		/// Agrees to be replaced by the account that an administrator named. It applies at once.
		///
		/// ## Origin
		/// Signed by the representative of the hospital that runs the validator.
		///
		/// ## Details
		/// `representative` is the one named: so nobody agrees to another nomination than the one
		/// they saw.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NotRepresentative`], [`Error::NoNomination`],
		/// [`Error::NotAdministrator`] if the administrator who named it is none any more,
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

		/// Objects to a nomination: it does not apply by itself any more.
		///
		/// ## Origin
		/// Signed by the representative of the hospital that runs the validator, or by an
		/// administrator of it.
		///
		/// ## Details
		/// Possible until the nomination is confirmed. Who objects with reason pays no fee. The
		/// representative can still agree, and two thirds of the council can still appoint.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NoNomination`], [`Error::NotRepresentative`],
		/// [`Error::ObjectionStands`].
		///
		/// ## Events
		/// [`Event::Objected`].
		#[pallet::call_index(7)]
		// Nobody keeps an objection out by filling blocks.
		#[pallet::weight((<T as Config>::WeightInfo::object(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn object(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_object(&who, validator)?;
			Ok(Pays::No.into())
		}

		/// Lets the account vote that an administrator named and nobody objected to in time.
		///
		/// ## Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// The administrator who named it is still one, and the hospital in good standing.
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

		/// Says who votes for a hospital: its representative is lost, or objects without reason.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// It applies at once, and an open nomination is dropped.
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
