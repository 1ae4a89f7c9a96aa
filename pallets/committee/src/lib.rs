//! The committee: its members, how it forms its key, and the shares that it releases.
//!
//! An *epoch* is one set of members with one key. It passes through these phases without manual
//! work:
//!
//! 1. *Announcing*: every member posts the key to which its dealings are encrypted.
//! 2. *Dealing*: every member that announced a key posts its dealing.
//! 3. *Confirming*: every member checks all dealings off chain (`crates/threshold`), and says which
//!    are invalid and which key the valid ones make. When a quorum agrees, the epoch becomes
//!    active.
//! 4. *Active*: the previous epoch is *superseded*.
//!
//! An epoch *takes over* the key of the active one if it contains enough of that epoch's members.
//! They deal their shares to the new members, who then release everything that was ever sealed to
//! the key. The old shares do not combine with the new ones, and are destroyed when every member of
//! a later epoch has confirmed its own. Until then, an earlier epoch may be the only one with
//! enough members left, so a reader can also have its members release a key. Otherwise, or after a
//! week of attempts, the members make a new key. A superseded epoch whose key nobody took over
//! still releases what is sealed to it. Without any change, an epoch of the same members takes over
//! the key after [`Config::RefreshPeriod`]. The council can have the shares, or the key, renewed at
//! once.
//!
//! The quorum is two thirds plus one of all seats, and so is the threshold of the key, even if
//! members are absent. Phases 1 and 2 end when all members have done their part, or after
//! [`Config::PhaseLength`] blocks once a quorum has. Missing members are then excluded and named.
//! Phase 1 also waits for enough members that hold a share of the key that is taken over.
//! Without a quorum, phase 1 waits, and a later phase whose time ends starts the epoch again, with
//! more time for each phase, because absent members may come back. Until an epoch has formed, the
//! previous one stays active.
//!
//! A member that was absent in phase 3 derives its share later, and confirms it then. One that
//! holds no share of the active key, because it was absent in phase 1, lost what it needs, or was
//! restored from an older backup, asks for a new epoch of the same members ([`Pallet::rejoin`]).
//!
//! The members are validators of different hospitals, at most 16: those that the council elected
//! ([`Pallet::elect`]), or else the longest-standing ones. If an elected one is no longer a
//! validator, the longest-standing of the others takes its place, so the committee does not shrink.
//!
//! A change of the members abandons a forming epoch. A change of members' keys does not; a new
//! epoch follows the forming one. New epochs for changed keys or a returning member, on which no
//! council voted, open at growing intervals, so that one member cannot keep the others busy. A
//! member that asks again and again waits longer each time, up to a week. The others do not wait
//! for it.
//!
//! The chain checks who makes which statement, and when. It never checks the mathematics, which the
//! quorum confirms.
//!
//! Members pay nothing and need no account. Their calls are transactions without a sender,
//! authorised by the member's signature over a
//! [`CommitteeStatement`](salus_primitives::CommitteeStatement), which names the chain. Each
//! statement is accepted once, so members cannot flood the chain.
//!
//! # Neighbours
//!
//! - Uses: `access` through [`KeyRelease`](salus_primitives::KeyRelease), which accepts the shares;
//!   `validators` through [`ValidatorQuery`](salus_primitives::ValidatorQuery), for the hospitals
//!   that run them.
//! - Used by: `records`, `access` and the runtime API through
//!   [`CommitteeQuery`](salus_primitives::CommitteeQuery).
//! - Used by: the session, which names the validators through
//!   [`OneSessionHandler`](frame_support::traits::OneSessionHandler).
//!
//! The chain cannot tell whether a member has destroyed its old shares.

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
pub mod crypto;
mod election;
mod errors;
mod events;
mod impls;
pub mod migrations;
#[cfg(test)]
mod mock;
mod reopening;
mod session;
mod takeover;
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
// `construct_runtime` guarantees. The calls only delegate to `impls`.
#[allow(clippy::expect_used)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Dealing, Epoch, EpochPublic, Exclusion, Hash32, KeyRelease, MemberIndex, MemberKey,
		Renewal, RequestId, SealedShare, ValidatorQuery, MAX_COMMITTEE, MAX_SHARINGS,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Receiver of shares.
		type Releases: KeyRelease<Error = DispatchError>;

		/// The validators, and the hospitals that run them.
		type Validators: ValidatorQuery<Self::AccountId>;

		/// Source of the block's time.
		type Time: Time<Moment = u64>;

		/// Length of a phase, in blocks. At its end, members that did not do their part are
		/// excluded, if a quorum did.
		#[pallet::constant]
		type PhaseLength: Get<BlockNumberFor<Self>>;

		/// Time, in blocks, after which the active epoch's members get other shares of its key.
		#[pallet::constant]
		type RefreshPeriod: Get<BlockNumberFor<Self>>;

		/// Origin that elects the members and has shares or the key renewed: two thirds of the
		/// council.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Priority of members' transactions in the pool. They are few, and readers wait for them.
		#[pallet::constant]
		type Priority: Get<TransactionPriority>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Sets up the release for which the benchmark posts a share.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Number of the latest epoch, which is forming its key or else is active; 0 before the first.
	#[pallet::storage]
	pub type Latest<T: Config> = StorageValue<_, Epoch, ValueQuery>;

	/// Epoch whose key seals new records.
	#[pallet::storage]
	pub type Active<T: Config> = StorageValue<_, Epoch, OptionQuery>;

	/// Block in which the phase of the latest epoch ends. `None` if the epoch has a key, or if all
	/// times for announcements have passed and they continue until there is a quorum.
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

	/// Dealings of the latest and the active epoch, and of the last epoch with each key that nobody
	/// took over: a member may still have to derive its share. Others are dropped.
	// Hashers: as for `Epochs`.
	#[pallet::storage]
	pub type Dealings<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Epoch, Twox64Concat, MemberIndex, Dealing, OptionQuery>;

	/// Members of the next epoch: the members with their changed keys, or the same members again
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

	/// For each seat, the number of new epochs for which its member recently asked, at most 11, and
	/// the block until which the last of these requests waits. The pause before the member's next
	/// one grows with this number. Forgotten when the members change.
	#[pallet::storage]
	pub type Rejoins<T: Config> =
		StorageValue<_, BoundedVec<(u32, BlockNumberFor<T>), ConstU32<MAX_COMMITTEE>>, ValueQuery>;

	/// Number of restarts of the latest epoch. Each doubles the time of its phases.
	#[pallet::storage]
	pub type Restarts<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Block in which the active epoch's members begin to hand its key on to themselves, so that
	/// shares that were stolen before are of no use with those that are stolen later.
	#[pallet::storage]
	pub type Refresh<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// Whether the council called for a new key, which no epoch has yet.
	#[pallet::storage]
	pub type FreshKey<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// Earlier epoch whose key an epoch takes over. Missing for an epoch that makes its own, and
	/// for an abandoned one.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Previous<T: Config> = StorageMap<_, Twox64Concat, Epoch, Epoch, OptionQuery>;

	/// Block since which the members try to hand the active key on.
	#[pallet::storage]
	pub type HandingOn<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// Last epoch with the key of an origin in which every member confirmed that it holds a share.
	/// Shares of earlier ones are no longer of use.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Complete<T: Config> = StorageMap<_, Twox64Concat, Epoch, Epoch, OptionQuery>;

	/// First epoch with the key of an epoch that took it over.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Origins<T: Config> = StorageMap<_, Twox64Concat, Epoch, Epoch, OptionQuery>;

	/// Epochs with the key of an origin whose shares may be needed, in order: the last complete
	/// one, or the origin, and those that took the key over later. The last of them holds the key.
	/// Missing while the origin alone has the key.
	// Hasher: as for `Epochs`.
	#[pallet::storage]
	pub type Sharings<T: Config> =
		StorageMap<_, Twox64Concat, Epoch, BoundedVec<Epoch, ConstU32<MAX_SHARINGS>>, OptionQuery>;

	/// Hash of the accounts of the members, without their keys; `None` before the first session.
	#[pallet::storage]
	pub type Validators<T: Config> = StorageValue<_, Hash32, OptionQuery>;

	/// Validators that the council elected into the committee, including those that have left
	/// since. Empty while the longest-standing ones are the members.
	#[pallet::storage]
	pub type Elected<T: Config> =
		StorageValue<_, BoundedVec<T::AccountId, ConstU32<MAX_COMMITTEE>>, ValueQuery>;

	/// Whether the next session takes the members of an election.
	#[pallet::storage]
	pub type ElectionDue<T: Config> = StorageValue<_, bool, ValueQuery>;

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

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			let mut weight = T::DbWeight::get().reads(3);
			if Refresh::<T>::get().is_some_and(|due| now >= due) {
				Self::refresh(now);
				weight.saturating_accrue(T::WeightInfo::open_next());
			}
			if Closes::<T>::get().is_some_and(|end| now >= end) {
				Self::close_phase();
				weight.saturating_accrue(T::WeightInfo::close_phase());
				weight.saturating_accrue(Self::takeover_weight());
			}
			if Due::<T>::get().is_some_and(|due| now >= due) {
				Self::open_next();
				weight.saturating_accrue(T::WeightInfo::open_next());
				weight.saturating_accrue(Self::takeover_weight());
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
			assert!(!T::RefreshPeriod::get().is_zero(), "RefreshPeriod must be positive");
		}
	}
}
