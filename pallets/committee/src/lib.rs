//! The committee: its members, how it forms its key, and the shares that it releases.
//!
//! An *epoch* is one set of members with one key. It passes through these phases without manual
//! work:
//!
//! 1. *Announcing*: every member posts the key to which its dealings are encrypted.
//! 2. *Dealing*: every member that announced a key posts its dealing.
//! 3. *Confirming*: every member checks all dealings off chain (`crates/threshold`), and says which
//!    are invalid and which key the others make. As soon as a quorum says the same, the epoch
//!    becomes
//! 4. *active*, and the previous epoch *superseded*. A superseded epoch still releases what is
//!    sealed to it.
//!
//! The quorum is two thirds plus one of all seats, and so is the threshold of the key, even if
//! members are absent. Phases 1 and 2 end when all members have done their part, or after
//! [`Config::PhaseLength`] blocks once a quorum has. Missing members are then excluded and named.
//! Without a quorum, phase 1 waits, and a later phase whose time ends starts the epoch again, with
//! more time for each phase, because absent members may come back. The previous epoch stays active
//! meanwhile.
//!
//! A member that holds no share of the active key, because it was absent while the key formed, asks
//! for a new epoch of the same members when it is back ([`Pallet::rejoin`]).
//!
//! A change of the set of validators abandons a forming epoch. A change of validators' keys does
//! not; a new epoch follows the forming one. New epochs for changed keys or a returning member, on
//! which no council voted, open at growing intervals, so that one member cannot keep the others
//! busy.
//!
//! The chain checks who says what, and when. It never checks the mathematics, which the quorum
//! confirms.
//!
//! Members pay nothing and need no account. Their calls are transactions without a sender,
//! authorised by the member's signature over a
//! [`CommitteeStatement`](salus_primitives::CommitteeStatement), which names the chain. Each
//! statement is accepted once, so members cannot flood the chain.
//!
//! Contract with the neighbours:
//!
//! - Down → `access` through [`KeyRelease`](salus_primitives::KeyRelease), which accepts the
//!   shares.
//! - Up ← `records`, `access` and the runtime API through
//!   [`CommitteeQuery`](salus_primitives::CommitteeQuery).
//! - Up ← the session, through [`OneSessionHandler`](frame_support::traits::OneSessionHandler): the
//!   members are the validators.

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

/// Log target of the pallet.
pub(crate) const LOG_TARGET: &str = "runtime::committee";

// The storage and error macros expand to `expect`s about the pallet's place in the runtime, which
// `construct_runtime` guarantees. The calls below only delegate to `impls`.
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

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Receiver of shares.
		type Releases: KeyRelease<Error = DispatchError>;

		/// Source of the block's time.
		type Time: Time<Moment = u64>;

		/// Length of a phase, in blocks. At its end, members that did not do their part are
		/// excluded, if a quorum did.
		#[pallet::constant]
		type PhaseLength: Get<BlockNumberFor<Self>>;

		/// Priority of members' transactions in the pool. They are few, and readers wait for them.
		#[pallet::constant]
		type Priority: Get<TransactionPriority>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Sets up the release for which the benchmark posts a share.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper;
	}

	/// Number of the latest epoch, which is forming its key or else is active; 0 before the first.
	#[pallet::storage]
	pub type Latest<T: Config> = StorageValue<_, Epoch, ValueQuery>;

	/// Epoch to whose key clients seal now.
	#[pallet::storage]
	pub type Active<T: Config> = StorageValue<_, Epoch, OptionQuery>;

	/// Block in which the phase of the latest epoch ends. `None` if the epoch has a key, or if the
	/// time for announcements has passed and they continue until there is a quorum.
	#[pallet::storage]
	pub type Closes<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// All epochs. The members of an old epoch still release what is sealed to it.
	// Twox64Concat: the pallet itself counts the epochs.
	#[pallet::storage]
	pub type Epochs<T: Config> =
		StorageMap<_, Twox64Concat, Epoch, EpochState<BlockNumberFor<T>>, OptionQuery>;

	/// Public parts of the keys of active and superseded epochs.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Publics<T: Config> = StorageMap<_, Twox64Concat, Epoch, EpochPublic, OptionQuery>;

	/// Dealings of the latest and the active epoch. Older ones are dropped, because their members
	/// keep their shares.
	// Hashers: as for `Epochs`.
	#[pallet::storage]
	pub type Dealings<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Epoch, Twox64Concat, MemberIndex, Dealing, OptionQuery>;

	/// Members of the next epoch: the validators with their changed keys, or the same members again
	/// for one that came back.
	#[pallet::storage]
	pub type Next<T: Config> =
		StorageValue<_, BoundedVec<CommitteeId, ConstU32<MAX_COMMITTEE>>, OptionQuery>;

	/// Block in which the next epoch opens; `None` while an epoch forms.
	#[pallet::storage]
	pub type Due<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// Number of recent epochs in close succession without a decision of the council, and the block
	/// in which the last of them opened. The pause before the next one grows with this number.
	#[pallet::storage]
	pub type Reopened<T: Config> = StorageValue<_, (u32, BlockNumberFor<T>), ValueQuery>;

	/// Number of restarts of the latest epoch. Each doubles the time of its phases.
	#[pallet::storage]
	pub type Restarts<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Hash of the validators' accounts, without their keys; `None` before the first session.
	#[pallet::storage]
	pub type Validators<T: Config> = StorageValue<_, Hash32, OptionQuery>;

	/// Members at genesis. Empty if the session provides them.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Keys of the members, at most 16.
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

	/// Events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An epoch opened for a set of members.
		EpochOpened {
			/// Number of the epoch.
			epoch: Epoch,
			/// Number of its members.
			members: u32,
		},
		/// A member announced its key.
		Announced {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
		},
		/// A member posted its dealing.
		Dealt {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
		},
		/// A member checked all dealings and voted.
		Confirmed {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
			/// Hash of its vote: the members with invalid dealings, and the key that the others
			/// make.
			outcome: Hash32,
		},
		/// A member contributes nothing to its epoch's key.
		Excluded {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
			/// Reason of the exclusion.
			reason: Exclusion,
		},
		/// An epoch's key is in use from now on.
		EpochActivated {
			/// Number of the epoch.
			epoch: Epoch,
			/// Number of shares that open a key.
			threshold: u32,
		},
		/// Clients no longer seal to this epoch's key. The epoch still releases.
		EpochSuperseded {
			/// Number of the epoch.
			epoch: Epoch,
		},
		/// An epoch ended without a key; another one takes its place.
		EpochAbandoned {
			/// Number of the epoch.
			epoch: Epoch,
		},
	}

	/// Reasons for which a call is refused.
	#[pallet::error]
	#[derive(PartialEq, Eq, Clone)]
	pub enum Error<T> {
		/// There is no such epoch on this chain yet. Follow the finalised chain.
		UnknownEpoch,
		/// The epoch has no member with this index. Check the index.
		UnknownMember,
		/// The epoch has not reached this phase. Try again later.
		TooEarly,
		/// This phase of the epoch has ended, or the epoch was abandoned or superseded.
		TooLate,
		/// The member already said this. The first statement stands.
		AlreadySaid,
		/// Another member already announced this key. Generate another one.
		KeyTaken,
		/// The member announced no key in time, so it holds no share. Ask for a new epoch.
		NoKey,
		/// The excluded members include the caller or a member without a dealing, or leave fewer
		/// than the threshold.
		InvalidExclusion,
		/// The member's dealing was invalid, so no share is taken from it.
		Excluded,
		/// The member can already hold a share of the active key. There is nothing to ask for.
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
			assert!(!T::PhaseLength::get().is_zero(), "PhaseLength must be positive");
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Announces the key to which the other members encrypt their dealings for this member.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Announce`](salus_primitives::CommitteeStatement::Announce).
		///
		/// ## Details
		/// Once in an epoch. The last announcement ends the phase. A key that another member has
		/// already announced is refused, so that nobody can take a member's place by repeating its
		/// key.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`],
		/// [`Error::AlreadySaid`], [`Error::KeyTaken`]. The pool already refuses a transaction with
		/// one of these errors, or without the member's own signature.
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
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Deal`](salus_primitives::CommitteeStatement::Deal).
		///
		/// ## Details
		/// Once in an epoch. The last dealing ends the phase. The chain stores the dealing's bytes
		/// without reading them.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`],
		/// [`Error::TooLate`], [`Error::NoKey`], [`Error::AlreadySaid`]. The pool already refuses a
		/// transaction with one of these errors, or without the member's own signature.
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

		/// Confirms which dealings are invalid and which key the others make. This member now keeps
		/// a share of that key.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Confirm`](salus_primitives::CommitteeStatement::Confirm).
		///
		/// ## Details
		/// Once in an epoch, by a member that announced a key in time, with or without a dealing of
		/// its own. `excluded` has the bit `index - 1` of each member whose dealing is invalid.
		/// Each confirmation is a vote. A quorum of equal votes makes the epoch active, whatever
		/// the other members said.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`],
		/// [`Error::TooLate`], [`Error::NoKey`], [`Error::AlreadySaid`],
		/// [`Error::InvalidExclusion`]. The pool already refuses a transaction with one of these
		/// errors, or without the member's own signature.
		///
		/// ## Events
		/// [`Event::Confirmed`]; with the deciding vote also [`Event::Excluded`] for each invalid
		/// dealing, [`Event::EpochActivated`] and [`Event::EpochSuperseded`].
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
		/// Once for a request. The share is sealed to the reader's one-time key, so the chain
		/// cannot read it. The reader checks it, and knows from its index whose it is.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`] and
		/// [`Error::TooLate`] if the epoch has no key, [`Error::NoKey`], [`Error::Excluded`], and
		/// errors of [`KeyRelease`](salus_primitives::KeyRelease). The pool already refuses a
		/// transaction with one of these errors, or without the member's own signature.
		///
		/// ## Events
		/// Events of [`KeyRelease`](salus_primitives::KeyRelease).
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
		/// in the next block, or after a pause. The pause grows when epochs follow each other
		/// closely without a decision of the council.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`] unless the epoch
		/// is both the active and the latest one, [`Error::AlreadySaid`] if a new epoch is already
		/// to follow, [`Error::HoldsShare`]. The pool already refuses a transaction with one of
		/// these errors, or without the member's own signature.
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
