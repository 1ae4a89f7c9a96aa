//! The committee: who is in it, how it comes to its key, and the shares that it releases.
//!
//! An *epoch* is one set of members with one key. It passes through phases without anyone doing anything by hand:
//!
//! 1. *Announcing*: every member posts the key to which dealings for it are encrypted.
//! 2. *Dealing*: every member that announced posts its dealing.
//! 3. *Confirming*: every member checks all dealings off chain (`crates/threshold`) and says whose are invalid and which
//!    key came of the others. As soon as a quorum says the same, the epoch is
//! 4. *active*, and the one before *superseded*. It keeps releasing what is sealed to it.
//!
//! The quorum is two thirds plus one of all seats, and so is the threshold of the key, whoever is
//! absent. Phases 1 and 2 end when all have done their part, or after [`Config::PhaseLength`]
//! blocks once a quorum has; whoever is missing is excluded and named. With fewer, phase 1 waits. A
//! later phase whose time ends without a quorum starts the epoch again, with more time for each
//! phase: members that were absent may be back. The epoch before stays active meanwhile.
//!
//! A member that holds no share of the active key, because it was absent while the key came about,
//! asks for a new epoch of the same members as soon as it is back ([`Pallet::rejoin`]).
//!
//! Another set of validators abandons an epoch that still forms. Validators that only changed their
//! keys do not: a new epoch follows the one that forms. Both kinds of new epoch, for which no
//! council voted, come at growing intervals, so that one member cannot keep the others busy.
//!
//! The chain checks who says what and when, never the mathematics: that is what the quorum confirms.
//!
//! Members pay nothing and need no account: their calls are transactions without sender, authorised by the member's
//! signature over a [`CommitteeStatement`](salus_primitives::CommitteeStatement), which names the chain. Each can be said
//! once, so there is nothing to flood with.
//!
//! Contract with the neighbours:
//!
//! - Down → `access` through [`KeyRelease`](salus_primitives::KeyRelease): takes the shares.
//! - Up ← `records`, `access` and the runtime API through [`CommitteeQuery`](salus_primitives::CommitteeQuery).
//! - Up ← the session, through [`OneSessionHandler`](frame_support::traits::OneSessionHandler): the members are the
//!   validators.

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
pub mod crypto;
mod impls;
pub mod migrations;
#[cfg(test)]
mod mock;
mod reopening;
mod session;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
mod validity;
pub mod weights;

pub use crypto::{CommitteeId, CommitteeSignature, KEY_TYPE};
pub use pallet::*;
pub use types::{EpochState, Seat, Seats};
pub use weights::WeightInfo;

/// Where the pallet logs.
pub(crate) const LOG_TARGET: &str = "runtime::committee";

// The macros of storage and errors expand to `expect`s about the pallet's place in the runtime, which `construct_runtime` has
// settled. The calls below only hand over to `impls`.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Dealing, Epoch, EpochPublic, Exclusion, Hash32, KeyRelease, MemberIndex, MemberKey,
		RequestId, SealedShare, MAX_COMMITTEE,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Where shares go.
		type Releases: KeyRelease<Error = DispatchError>;

		/// The block's time.
		type Time: Time<Moment = u64>;

		/// Length of a phase, in blocks. At its end those who did not do their part are excluded, if
		/// a quorum did.
		#[pallet::constant]
		type PhaseLength: Get<BlockNumberFor<Self>>;

		/// With which priority members' transactions wait for a block. They are few, and readers wait for them.
		#[pallet::constant]
		type Priority: Get<TransactionPriority>;

		/// Measured weights.
		type WeightInfo: WeightInfo;

		/// Makes the release for which the benchmark posts a share.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper;
	}

	/// Number of the latest epoch, which is the one on its way to a key or else the active one; 0 before the first.
	#[pallet::storage]
	pub type Latest<T: Config> = StorageValue<_, Epoch, ValueQuery>;

	/// The epoch to which is sealed now.
	#[pallet::storage]
	pub type Active<T: Config> = StorageValue<_, Epoch, OptionQuery>;

	/// Block in which the time of the latest epoch's phase ends. `None` when the epoch has a key, or
	/// the time for announcements has passed and they go on until there is a quorum.
	#[pallet::storage]
	pub type Closes<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// All epochs: what is sealed to an old one is released by its members.
	// Twox64Concat: the pallet itself counts the epochs.
	#[pallet::storage]
	pub type Epochs<T: Config> =
		StorageMap<_, Twox64Concat, Epoch, EpochState<BlockNumberFor<T>>, OptionQuery>;

	/// The public parts of the keys of active and superseded epochs.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Publics<T: Config> = StorageMap<_, Twox64Concat, Epoch, EpochPublic, OptionQuery>;

	/// The dealings of the latest and the active epoch. Those of older ones are dropped: their members keep their shares.
	// Hashers: as for `Epochs`.
	#[pallet::storage]
	pub type Dealings<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Epoch, Twox64Concat, MemberIndex, Dealing, OptionQuery>;

	/// Members of the epoch that opens next: those whose validators changed their keys, or the same
	/// again for a member that came back.
	#[pallet::storage]
	pub type Next<T: Config> =
		StorageValue<_, BoundedVec<CommitteeId, ConstU32<MAX_COMMITTEE>>, OptionQuery>;

	/// Block in which the next epoch opens; `None` as long as one forms.
	#[pallet::storage]
	pub type Due<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// Number of epochs in close succession that the council did not cause, and the block in which
	/// the last of them opened. The pause before another one grows with it.
	#[pallet::storage]
	pub type Reopened<T: Config> = StorageValue<_, (u32, BlockNumberFor<T>), ValueQuery>;

	/// Number of times that the latest epoch started again. Each doubles the time of its phases.
	#[pallet::storage]
	pub type Restarts<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Hash of the validators' accounts, whatever their keys; `None` before the first session.
	#[pallet::storage]
	pub type Validators<T: Config> = StorageValue<_, Hash32, OptionQuery>;

	/// The members at genesis. Left empty where a session brings them.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Their keys, at most 16.
		pub authorities: Vec<CommitteeId>,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::set_members(self.authorities.iter().cloned());
		}
	}

	/// What has happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A new set of members is on its way to a key.
		EpochOpened {
			/// Which epoch.
			epoch: Epoch,
			/// How many members it has.
			members: u32,
		},
		/// A member announced its key.
		Announced {
			/// In which epoch.
			epoch: Epoch,
			/// Which member.
			index: MemberIndex,
		},
		/// A member posted its dealing.
		Dealt {
			/// In which epoch.
			epoch: Epoch,
			/// Which member.
			index: MemberIndex,
		},
		/// A member checked all dealings.
		Confirmed {
			/// In which epoch.
			epoch: Epoch,
			/// Which member.
			index: MemberIndex,
			/// Hash of what it found: whose dealings are invalid, and the key that came of the others.
			outcome: Hash32,
		},
		/// Nothing of a member is in its epoch's key.
		Excluded {
			/// In which epoch.
			epoch: Epoch,
			/// Which member.
			index: MemberIndex,
			/// Why.
			reason: Exclusion,
		},
		/// An epoch's key is in use from now on.
		EpochActivated {
			/// Which epoch.
			epoch: Epoch,
			/// How many shares open a key.
			threshold: u32,
		},
		/// Nothing more is sealed to this epoch's key. It still releases.
		EpochSuperseded {
			/// Which epoch.
			epoch: Epoch,
		},
		/// An epoch came to no key: another one takes its place.
		EpochAbandoned {
			/// Which epoch.
			epoch: Epoch,
		},
	}

	/// Why a call is refused.
	#[pallet::error]
	#[derive(PartialEq, Eq, Clone)]
	pub enum Error<T> {
		/// There is no such epoch, or not on this chain yet. Follow the finalised chain.
		UnknownEpoch,
		/// The epoch has no member with this index.
		UnknownMember,
		/// The epoch is not that far yet.
		TooEarly,
		/// This phase of the epoch is over, or the epoch was abandoned.
		TooLate,
		/// The member said this already. What was said stands.
		AlreadySaid,
		/// Another member announced the same key before. Make another one.
		KeyTaken,
		/// The member announced no key in time, so it holds no share.
		NoKey,
		/// The excluded include the member itself or one that posted no dealing, or leave fewer than the threshold.
		InvalidExclusion,
		/// The member's dealing was invalid: no share is taken from it.
		Excluded,
		/// The member can hold a share of the active key already. There is nothing to ask for.
		HoldsShare,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			let mut weight = T::DbWeight::get().reads(2);
			if Closes::<T>::get().is_some_and(|end| now >= end) {
				Self::close_phase();
				weight.saturating_accrue(T::WeightInfo::close_phase());
			}
			if Due::<T>::get().is_some_and(|due| now >= due) {
				Self::open_next();
				weight.saturating_accrue(T::WeightInfo::open_next());
			}
			weight
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				!T::PhaseLength::get().is_zero(),
				"members must have time to do their part"
			);
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Announces the key to which the others encrypt their dealings for this member.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Announce`](salus_primitives::CommitteeStatement::Announce).
		///
		/// ## Details
		/// Once an epoch. The last one to announce ends the phase. A key that another member has already announced is
		/// refused, so that nobody can take a member's place by repeating its key.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`], [`Error::AlreadySaid`],
		/// [`Error::KeyTaken`]. The transaction is refused for these before it is in a block, and when the signature is not
		/// the member's.
		///
		/// ## Events
		/// [`Event::Announced`], and [`Event::Excluded`] for each member that is late.
		#[pallet::call_index(0)]
		#[pallet::authorize(Self::authorize_announce)]
		pub fn announce(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			key: MemberKey,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_announce(epoch, index, key)
		}

		/// Posts this member's dealing.
		///
		/// ## Origin
		/// Authorised by the member's signature over [`CommitteeStatement::Deal`](salus_primitives::CommitteeStatement::Deal).
		///
		/// ## Details
		/// Once an epoch. The last one to deal ends the phase. The chain keeps the dealing's bytes and does not look into
		/// them.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`], [`Error::TooLate`], [`Error::NoKey`],
		/// [`Error::AlreadySaid`]. The transaction is refused for these before it is in a block, and when the signature is
		/// not the member's.
		///
		/// ## Events
		/// [`Event::Dealt`], and [`Event::Excluded`] for each member that is late.
		#[pallet::call_index(1)]
		#[pallet::authorize(Self::authorize_deal)]
		pub fn deal(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			dealing: Dealing,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_deal(epoch, index, dealing)
		}

		/// Says which dealings are invalid and which key came of the others, of which this member now keeps a share.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Confirm`](salus_primitives::CommitteeStatement::Confirm).
		///
		/// ## Details
		/// Once an epoch, by whoever announced a key in time, with or without a dealing of its own. `excluded` has the bit
		/// `index - 1` of each member whose dealing is invalid. What a single member says is a vote: with a quorum of the
		/// same votes the epoch becomes active, whatever the others said.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`], [`Error::TooLate`], [`Error::NoKey`],
		/// [`Error::AlreadySaid`], [`Error::InvalidExclusion`]. The transaction is refused for these before it is in a
		/// block, and when the signature is not the member's.
		///
		/// ## Events
		/// [`Event::Confirmed`]; with the last vote [`Event::Excluded`] for each invalid dealing, [`Event::EpochActivated`]
		/// and [`Event::EpochSuperseded`].
		#[pallet::call_index(2)]
		#[pallet::authorize(Self::authorize_confirm)]
		pub fn confirm(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			excluded: u16,
			public: EpochPublic,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_confirm(epoch, index, excluded, public)
		}

		/// Posts this member's share for a release.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Share`](salus_primitives::CommitteeStatement::Share).
		///
		/// ## Details
		/// Once a request. The share is sealed to the reader's one-time key: the chain cannot look into it. The reader
		/// checks it and knows by its index whose it is.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`] and [`Error::TooLate`] when the epoch has
		/// no key, [`Error::NoKey`], [`Error::Excluded`], and those of
		/// [`KeyRelease`](salus_primitives::KeyRelease). The transaction is refused for these before it is in a block, and
		/// when the signature is not the member's.
		///
		/// ## Events
		/// Those of [`KeyRelease`](salus_primitives::KeyRelease).
		#[pallet::call_index(3)]
		#[pallet::weight(
			T::WeightInfo::submit_share().saturating_add(T::Releases::accept_share_weight())
		)]
		#[pallet::authorize(Self::authorize_submit_share)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_submit_share()
				.saturating_add(T::Releases::accept_share_weight())
		)]
		pub fn submit_share(
			origin: OriginFor<T>,
			request: RequestId,
			epoch: Epoch,
			index: MemberIndex,
			share: SealedShare,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_submit_share(request, epoch, index, share)
		}

		/// Asks for a new epoch of the same members, in which this member gets a share.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Rejoin`](salus_primitives::CommitteeStatement::Rejoin).
		///
		/// ## Details
		/// For a member that announced no key in time for the active epoch, and for every member of
		/// an epoch whose threshold is below two thirds plus one of all seats. The new epoch opens
		/// at once; or after a pause, which grows when epochs follow each other closely without a
		/// decision of the council.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`] unless the epoch is
		/// the active and the latest one, [`Error::AlreadySaid`] when a new epoch is due anyway,
		/// [`Error::HoldsShare`]. The transaction is refused for these before it is in a block, and
		/// when the signature is not the member's.
		///
		/// ## Events
		/// [`Event::EpochOpened`] in the block in which the new epoch opens.
		#[pallet::call_index(4)]
		#[pallet::authorize(Self::authorize_rejoin)]
		pub fn rejoin(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_rejoin(epoch, index)
		}
	}
}
