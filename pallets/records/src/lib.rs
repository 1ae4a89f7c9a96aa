//! Records, their versions, the keys wrapped for readers, the storage nodes that hold the
//! ciphertext, and erasure.
//!
//! # Neighbours
//!
//! - Uses: `roles` through [`RoleQuery`]: who may write (a live practitioner, records admin or
//!   device of the organisation that the call names), who is a patient, who is a storage node, and
//!   which version of a recipient's key is current.
//! - Uses: `consent` through [`ConsentPolicy`]: whether a writer may add to a patient's file.
//! - Uses: `committee` through [`CommitteeQuery`]: the epoch whose key seals new records.
//! - Uses: its listeners, through [`OnStored`] when a version is first stored, [`OnErased`] when a
//!   record is erased, and [`OnWithdrawn`] when one is withdrawn.
//! - Used by: `consent` and `attestation` through [`RecordQuery`]: what exists.
//! - Used by: `consent` through [`RecordKeys`], which adds and removes wrapped keys with grants.
//! - Used by: `attestation` through [`OnAttested`], which moves a version to attested or rejected
//!   and back.
//!
//! The [off-chain worker](mod@offchain) of a storage node moves staged ciphertext to IPFS, pins it
//! and confirms it on the chain. It also unpins erased content.
//!
//! # Two modes
//!
//! The author chooses one of two modes for each version's key.
//!
//! - *Guarded*: the key is sealed to the committee's active epoch and wrapped for the patient
//!   alone. Everyone else opens the version through a logged request. Further wraps are refused,
//!   because they would bypass the log.
//! - *Direct*: the key is wrapped for each reader, and nobody else takes part. Reads are not
//!   logged.
//!
//! [`Pallet::reseal`] moves a guarded version to the active epoch, and makes a direct version
//! guarded. There is no way back: a patient who wants somebody to read without the log opens the
//! version and has it written again.
//!
//! # A version's states
//!
//! ```text
//! register, revise ──▶ Pending ──first replica──▶ Stored ──verdict──▶ Attested | Rejected
//!                                                  │  ▲                  │
//!                                                  │  └──verdict revoked─┘
//! Stored | Attested | Rejected ──last replica gone──▶ Lost
//! Lost ──a replica again──▶ the state before the loss (`StatesBeforeLoss`)
//! any ──withdrawn──▶ Withdrawn
//! ```
//!
//! Several storage nodes should hold each stored version; see `replication`.
//!
//! Erasure deletes versions, wrapped keys, sealed keys and roots. It leaves a tombstone, and for
//! every replica a removal that the storage node confirms once the bytes are gone.
//!
//! [`Pallet::withdraw`] takes a record out of use because it was entered in error. From
//! then on nobody but the patient can open it. Its content stays until the patient erases it. The
//! patient's log shows who withdrew it and why.
//!
//! # Roots
//!
//! Anybody who sees a transaction in the pool can register its root for a record of their own
//! first. Therefore several records by different authors may register the same root, and none of
//! them blocks another.
//!
//! A call changes storage before it may fail only where FRAME's transactional dispatch undoes the
//! change. The functions of [`RecordKeys`] rely in the same way on being called from within a
//! dispatchable.
//!
//! # Where to look
//!
//! | question | file |
//! |---|---|
//! | Which calls are there, and who may make them? | `calls.rs`, `checks.rs` |
//! | How is a record registered or revised? | `registration.rs`, `batch.rs`, `versions.rs` |
//! | How does a root belong to several records? | `roots.rs` |
//! | How are wrapped keys added and removed, and keys resealed? | `wraps.rs` |
//! | How many keys are sealed to each epoch? | `seals.rs` |
//! | How does a node confirm, remove or lose a version? | `confirmation.rs` |
//! | Which nodes are present, and which versions are under-replicated? | `replication.rs` |
//! | How does a record end? | `withdrawal.rs`, `erasure.rs` |
//! | How is the storage of an earlier release migrated? | `migrations.rs` |
//! | What do clients and other pallets read, and what does a verdict change? | `reads.rs` |
//! | What does a call cost? | `call_weights.rs`, from the measurements in `weights.rs` |
//! | What always holds between the storage items? | `try_state.rs` |
//! | What does the storage node do by itself? | `offchain/` |

#![cfg_attr(not(feature = "std"), no_std)]
// Nothing here may stop a block: a failure is an error, never a panic.
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

pub use pallet::*;
pub use replication::MIN_ABSENCE_LIMIT;
pub use types::*;
pub use weights::WeightInfo;

mod batch;
#[cfg(any(test, feature = "runtime-benchmarks"))]
mod benchmarking;
mod call_weights;
mod calls;
mod checks;
mod confirmation;
pub mod crypto;
mod erasure;
mod errors;
mod events;
pub mod migrations;
#[cfg(test)]
mod mock;
pub mod offchain;
mod reads;
mod registration;
mod replication;
mod roots;
mod seals;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
mod versions;
pub mod weights;
mod withdrawal;
mod wraps;

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub use benchmarking::BenchmarkHelper;

use salus_primitives::{
	Category, Cid, CommitteeQuery, ConsentPolicy, Content, Epoch, Moment, NewRecord, OnAttested,
	OnErased, OnStored, OnWithdrawn, OrganisationId, PeerKey, ReasonCode, RecordEntry, RecordId,
	RecordKeys, RecordQuery, RecordWraps, RoleQuery, RootUse, SealedKey, StorageClaim,
	StorageStatus, Version, VersionInfo, VersionState, Withdrawal, Wrap, WrapKeys,
	Wraps as NewWraps, MAX_WRAPS,
};

// FRAME's macros generate `expect` on values that they have just made.
#[allow(clippy::expect_used)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		dispatch::{DispatchClass, WithPostDispatchInfo},
		pallet_prelude::*,
		traits::Time,
	};
	use frame_system::{
		offchain::{AppCrypto, CreateSignedTransaction},
		pallet_prelude::*,
	};
	use salus_primitives::Recipient;

	/// Version of this pallet's storage layout.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config:
		CreateSignedTransaction<Call<Self>> + frame_system::Config<RuntimeEvent: From<Event<Self>>>
	{
		/// Roles and memberships.
		type Roles: RoleQuery<Self::AccountId>;

		/// Patients' consent: who may add to a patient's file.
		type Consent: ConsentPolicy<Self::AccountId>;

		/// The committee, with the epoch to which keys are sealed.
		type Committee: CommitteeQuery;

		/// Called when a version is first stored.
		type OnStored: OnStored;

		/// Called when a record is erased.
		type OnErased: OnErased;

		/// Called when a record is withdrawn.
		type OnWithdrawn: OnWithdrawn<Self::AccountId, Error = DispatchError>;

		/// Clock, in milliseconds.
		type Time: Time<Moment = Moment>;

		/// Origin that may set the absence limit.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Signer of the off-chain worker's transactions; [`crypto::StorageNodeId`] in a runtime.
		type AuthorityId: AppCrypto<Self::Public, Self::Signature>;

		/// Maximum number of versions of one record.
		#[pallet::constant]
		type MaxVersions: Get<u32>;

		/// Maximum number of wrapped keys over all versions of one record.
		#[pallet::constant]
		type MaxWrapsPerRecord: Get<u32>;

		/// Maximum number of replicas of one version, each at a different organisation. The
		/// author's organisation may add one more.
		#[pallet::constant]
		type MaxReplicas: Get<u32>;

		/// Number of replicas that each version should have, if enough storage nodes are present.
		#[pallet::constant]
		type ReplicationTarget: Get<u32>;

		/// Maximum number of storage nodes that the network counts.
		#[pallet::constant]
		type MaxStorageNodes: Get<u32>;

		/// Maximum number of storage nodes of one organisation that the network counts, including
		/// those whose membership has ended, until their replicas are retired.
		#[pallet::constant]
		type MaxStorageNodesOfOrganisation: Get<u32>;

		/// Maximum number of records that one call registers.
		#[pallet::constant]
		type MaxBatch: Get<u32>;

		/// Maximum number of claims in one call of a storage node.
		#[pallet::constant]
		type MaxClaims: Get<u32>;

		/// Maximum size of one version's ciphertext, in bytes.
		#[pallet::constant]
		type MaxSize: Get<u64>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Sets up members and consent for the benchmarks.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	// ---- Records and versions ----

	/// All records, live or erased (as tombstones).
	// Identity: the key is a blake2 hash that the chain itself computes.
	#[pallet::storage]
	pub type Records<T: Config> =
		StorageMap<_, Identity, RecordId, RecordEntry<T::AccountId>, OptionQuery>;

	/// The versions of live records.
	// Identity as above. Twox64Concat: versions are small numbers that the chain counts.
	#[pallet::storage]
	pub type Versions<T: Config> = StorageDoubleMap<
		_,
		Identity,
		RecordId,
		Twox64Concat,
		Version,
		VersionInfo<T::AccountId>,
		OptionQuery,
	>;

	// ---- Replicas ----
	//
	// `Replicas` is the source of who holds a version. `Holdings`, `UnderReplicated`, its counts
	// and the number in `VersionInfo` are indexes of it, which only `add_replica` and
	// `remove_replica` change while a record lives. `ReplicaOrganisations` and `StatesBeforeLoss`
	// keep what no other item tells: how things were when a replica was confirmed or lost.

	/// Storage nodes that hold each version of a live record, with the time of confirmation.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type Replicas<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
			NMapKey<Blake2_128Concat, T::AccountId>,
		),
		Moment,
		OptionQuery,
	>;

	/// Organisation for which each replica counts. A replica from an earlier release has no entry;
	/// it counts for its node's current organisation.
	// Hashers as for `Replicas`.
	#[pallet::storage]
	pub type ReplicaOrganisations<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
			NMapKey<Blake2_128Concat, T::AccountId>,
		),
		OrganisationId,
		OptionQuery,
	>;

	/// [`Replicas`] keyed by node: the versions that each storage node has confirmed.
	// Hashers as for `Removals`.
	#[pallet::storage]
	pub type Holdings<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
		),
		(),
		OptionQuery,
	>;

	/// Lost and under-replicated versions, by number of replicas. Lost versions are under 0; stored
	/// ones, under 1 up to but excluding [`Config::ReplicationTarget`].
	// Twox64Concat: the chain counts these numbers. Identity as above.
	#[pallet::storage]
	pub type UnderReplicated<T: Config> = StorageNMap<
		_,
		(NMapKey<Twox64Concat, u32>, NMapKey<Identity, RecordId>, NMapKey<Twox64Concat, Version>),
		(),
		OptionQuery,
	>;

	/// Number of versions per replica count below [`Config::ReplicationTarget`].
	// Twox64Concat: small numbers that the chain counts.
	#[pallet::storage]
	pub type UnderReplicatedCounts<T: Config> = StorageMap<_, Twox64Concat, u32, u32, ValueQuery>;

	/// State of each lost version before its loss.
	// Hashers as for `Versions`.
	#[pallet::storage]
	pub type StatesBeforeLoss<T: Config> =
		StorageDoubleMap<_, Identity, RecordId, Twox64Concat, Version, VersionState, OptionQuery>;

	// ---- Storage nodes ----

	/// Storage nodes, with the block in which each last announced itself.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type StorageNodes<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, T::AccountId, u32, OptionQuery>;

	/// Peer key of each storage node. Only nodes in [`StorageNodes`] have one.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type Peers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PeerKey, OptionQuery>;

	/// Absence limit, in blocks. The default, 3600, is an hour at a block a second.
	#[pallet::storage]
	pub type AbsenceLimit<T: Config> = StorageValue<_, u32, ValueQuery, ConstU32<3_600>>;

	// ---- Removals ----

	/// Number of removals that storage nodes owe for each live record: of retired, lost or surplus
	/// replicas.
	// Identity as for `Records`.
	#[pallet::storage]
	pub type RetiredReplicas<T: Config> = StorageMap<_, Identity, RecordId, u32, ValueQuery>;

	/// Removals that each storage node owes. Most follow from an erasure. Others concern a live
	/// record: a replica that was retired, that the node partly lost, or that another node of its
	/// organisation holds. The node settles these when the record is erased, or sooner if it has
	/// nothing left. The node comes first in the key, so that it finds its own work.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type Removals<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
		),
		Removal,
		OptionQuery,
	>;

	// ---- Keys ----

	/// Data encryption key of each version, one wrap per recipient.
	// Blake2_128Concat: the account that wraps a key chooses its recipient.
	#[pallet::storage]
	pub type Wraps<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
			NMapKey<Blake2_128Concat, Recipient<T::AccountId>>,
		),
		Wrap,
		OptionQuery,
	>;

	/// Data encryption key of each guarded version, sealed to the committee.
	// Hashers as for `Versions`.
	#[pallet::storage]
	pub type SealedKeys<T: Config> =
		StorageDoubleMap<_, Identity, RecordId, Twox64Concat, Version, SealedKey, OptionQuery>;

	/// Number of [`SealedKeys`] by the epoch to which they are sealed. An epoch without any has no
	/// entry.
	// Twox64Concat: the chain counts the epochs.
	#[pallet::storage]
	pub type SealedKeyCounts<T: Config> = StorageMap<_, Twox64Concat, Epoch, u64, ValueQuery>;

	// ---- Roots, withdrawals, patients and totals ----

	/// Version for which each root CID is registered.
	// Blake2_128Concat: the chain does not see the content, so a client can choose these bytes.
	#[pallet::storage]
	pub type Roots<T: Config> = StorageMap<_, Blake2_128Concat, Cid, RootUse, OptionQuery>;

	/// Time at which the last version with each root CID was erased, unless it was registered
	/// again. From this, a node that never confirmed the version learns that it must remove the
	/// blocks it staged.
	// Blake2_128Concat as for `Roots`. One entry for each erased version.
	#[pallet::storage]
	pub type ErasedRoots<T: Config> = StorageMap<_, Blake2_128Concat, Cid, Moment, OptionQuery>;

	/// Further versions, by other authors, for which a root CID in [`Roots`] is registered.
	// Hashers as for `Roots`, `Records` and `Versions`.
	#[pallet::storage]
	pub type RootUses<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Blake2_128Concat, Cid>,
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
		),
		(),
		OptionQuery,
	>;

	/// Number of versions in [`RootUses`] with a root. Uses registered before this map existed are
	/// not counted, so the count may be low.
	#[pallet::storage]
	pub type RootUseCounts<T: Config> = StorageMap<_, Blake2_128Concat, Cid, u32, ValueQuery>;

	/// Withdrawn records. They are still live.
	// Identity as for `Records`.
	#[pallet::storage]
	pub type Withdrawals<T: Config> =
		StorageMap<_, Identity, RecordId, Withdrawal<T::AccountId>, OptionQuery>;

	/// Records of each patient, in order of registration, including erased ones.
	// Blake2_128Concat: account holders choose their accounts. Twox64Concat: the chain counts the
	// index.
	#[pallet::storage]
	pub type PatientRecords<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		u32,
		RecordId,
		OptionQuery,
	>;

	/// Number of records of each patient, including erased ones.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type PatientRecordCounts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// Totals over all records.
	#[pallet::storage]
	pub type Status<T: Config> = StorageValue<_, StorageStatus, ValueQuery>;

	/// Initial state of the pallet.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Absence limit, in blocks; at least [`MIN_ABSENCE_LIMIT`].
		pub absence_limit: Option<u32>,
		/// Phantom data.
		#[serde(skip)]
		pub marker: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if let Some(blocks) = self.absence_limit {
				assert!(
					blocks >= MIN_ABSENCE_LIMIT,
					"the absence limit is below `MIN_ABSENCE_LIMIT`"
				);
				AbsenceLimit::<T>::put(blocks);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MaxVersions::get() > 0, "a record needs a version");
			assert!(
				T::MaxWrapsPerRecord::get() >= MAX_WRAPS,
				"a first version with all its wraps must fit into its record"
			);
			assert!(T::MaxReplicas::get() > 0, "a version needs a replica");
			assert!(
				(1..=T::MaxReplicas::get()).contains(&T::ReplicationTarget::get()),
				"`ReplicationTarget` must be in `1..=MaxReplicas`"
			);
			assert!(
				T::MaxStorageNodes::get() >= T::ReplicationTarget::get(),
				"`MaxStorageNodes` must not be below `ReplicationTarget`"
			);
			let of_organisation = T::MaxStorageNodesOfOrganisation::get();
			assert!(of_organisation > 0, "an organisation needs a storage node");
			assert!(
				of_organisation.saturating_mul(T::ReplicationTarget::get())
					<= T::MaxStorageNodes::get(),
				"one organisation must leave places for `ReplicationTarget` organisations"
			);
			assert!(T::MaxBatch::get() >= 100, "one signature must cover at least 100 records");
			assert!(
				T::MaxClaims::get() >= offchain::CLAIMS,
				"the off-chain worker's claims must fit into one call"
			);
			assert!(T::MaxSize::get() > 0, "a version needs content");
		}

		fn offchain_worker(_: BlockNumberFor<T>) {
			offchain::run::<T>();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
