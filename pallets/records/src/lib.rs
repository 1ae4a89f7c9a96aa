//! # Records
//!
//! Records, their versions, the keys wrapped for readers, the storage nodes that hold the
//! ciphertext, and erasure.
//!
//! ## Contract with the neighbours
//!
//! Down:
//! - [`RoleQuery`] tells who may write (a live practitioner, records admin or device of the
//!   organisation that the call names), who is a patient, and who is a storage node.
//! - [`ConsentPolicy`] decides whether a writer may add to a patient's file.
//! - [`CommitteeQuery`] names the committee epoch to which keys are sealed now.
//!
//! Up:
//! - [`RecordQuery`] tells the pallets `consent` and `attestation` what exists.
//! - [`RecordKeys`] adds and removes wrapped keys, for grants and revocations.
//! - [`OnAttested`] moves a version to attested or rejected and back.
//! - [`OnStored`] is called when a version is first stored.
//! - [`OnErased`] is called when a record is erased, [`OnWithdrawn`] when one is withdrawn.
//!
//! The [off-chain worker](mod@offchain) of a storage node moves staged ciphertext to IPFS, pins it
//! and confirms it on the chain. It also unpins erased content.
//!
//! ## Two modes
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
//! ## A version's states
//!
//! ```text
//! register, revise ──▶ Pending ──first replica──▶ Stored ──verdict──▶ Attested | Rejected
//!                                                  │  ▲                  │
//!                                                  │  └──verdict revoked─┘
//! Stored | Attested | Rejected ──last replica gone──▶ Lost ──a replica again──▶ as before
//! any ──withdrawn──▶ Withdrawn
//! ```
//!
//! Several storage nodes should hold each stored version; see `replication`.
//!
//! Erasure deletes versions, wrapped keys, sealed keys and roots. It leaves a tombstone, and for
//! every replica a removal that the storage node confirms once the bytes are gone.
//!
//! [`Pallet::withdraw`] takes a record out of use because it was entered in error. Nobody can open
//! it any more, but its content stays. The patient's log shows who withdrew it and why.
//!
//! ## Roots
//!
//! Anybody who sees a transaction in the pool can register its root for a record of their own
//! first. Therefore several records by different authors may register the same root, and none of
//! them blocks another.
//!
//! A call changes storage before it may fail only where FRAME's transactional dispatch undoes the
//! change. The functions of [`RecordKeys`] rely in the same way on being called from within a
//! dispatchable.

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

pub use pallet::*;
pub use replication::MIN_ABSENCE_LIMIT;
pub use types::*;
pub use weights::WeightInfo;

#[cfg(any(test, feature = "runtime-benchmarks"))]
mod benchmarking;
pub mod crypto;
mod impls;
#[cfg(test)]
mod mock;
pub mod offchain;
mod reads;
mod replication;
mod roots;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;
mod withdrawal;

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
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Types and limits that the runtime supplies.
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

	/// Storage nodes, with the block in which each last announced itself.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type StorageNodes<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, T::AccountId, u32, OptionQuery>;

	/// Peer key of each storage node. Only nodes in [`StorageNodes`] have one.
	// Blake2_128Concat: account holders choose their accounts.
	#[pallet::storage]
	pub type Peers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PeerKey, OptionQuery>;

	/// Absence limit, in blocks. The default, 1800, is about an hour.
	#[pallet::storage]
	pub type AbsenceLimit<T: Config> = StorageValue<_, u32, ValueQuery, ConstU32<1_800>>;

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

	/// Data encryption key of each version, one wrap per recipient.
	// Blake2_128Concat: whoever wraps a key chooses its recipient.
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

	/// Version for which each root CID is registered.
	// Blake2_128Concat: the chain does not see the content, so a client can choose these bytes.
	#[pallet::storage]
	pub type Roots<T: Config> = StorageMap<_, Blake2_128Concat, Cid, RootUse, OptionQuery>;

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

	/// Events of this pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A record was registered. Its first version is pending.
		Registered {
			/// The record.
			record: RecordId,
			/// Patient whom the record is about.
			patient: T::AccountId,
			/// Author of the first version.
			author: T::AccountId,
			/// Organisation for which the author wrote.
			organisation: OrganisationId,
			/// Category of the record.
			category: Category,
		},
		/// A version was appended. It is pending.
		Revised {
			/// The record.
			record: RecordId,
			/// The new version.
			version: Version,
			/// Author of the version.
			author: T::AccountId,
			/// Organisation for which the author wrote.
			organisation: OrganisationId,
		},
		/// A version changed its state.
		StateChanged {
			/// The record.
			record: RecordId,
			/// The version.
			version: Version,
			/// New state.
			state: VersionState,
		},
		/// A storage node confirmed that it holds versions.
		Confirmed {
			/// The storage node.
			node: T::AccountId,
			/// Number of claims accepted.
			accepted: u32,
			/// Number of claims skipped: the version is unknown or erased, the root differs,
			/// another node of the organisation holds the version, or it has enough replicas.
			skipped: u32,
		},
		/// A storage node reported replicas that it lost.
		Withdrawn {
			/// The storage node.
			node: T::AccountId,
			/// Number of replicas taken off.
			accepted: u32,
			/// Number of claims skipped, because this node has no such replica.
			skipped: u32,
		},
		/// A patient erased a record. With [`Event::Purged`] this is the patient's receipt.
		Erased {
			/// The record.
			record: RecordId,
			/// Patient whom the record was about.
			patient: T::AccountId,
			/// Number of versions deleted.
			versions: u32,
			/// Number of wrapped keys deleted.
			wraps: u32,
			/// Number of replicas that storage nodes have yet to remove.
			replicas: u32,
		},
		/// A storage node confirmed that it removed replicas.
		Removed {
			/// The storage node.
			node: T::AccountId,
			/// Number of replicas removed.
			accepted: u32,
			/// Number of claims skipped, because this node owes no such removal.
			skipped: u32,
		},
		/// A storage node announced itself for the first time, or for the first time since it was
		/// retired.
		NodeAppeared {
			/// The storage node.
			node: T::AccountId,
		},
		/// Replicas of an absent storage node were retired.
		Retired {
			/// The absent storage node.
			node: T::AccountId,
			/// The storage node that retired them.
			by: T::AccountId,
			/// Number of replicas retired.
			accepted: u32,
			/// Number of claims skipped, because the node has no such replica or no other
			/// organisation holds the version.
			skipped: u32,
		},
		/// The council set the absence limit.
		AbsenceLimitSet {
			/// Absence limit, in blocks.
			blocks: u32,
		},
		/// The last replica of an erased record was removed.
		Purged {
			/// The record.
			record: RecordId,
		},
		/// Keys of a patient's records were wrapped, for new recipients or to replace older wraps.
		WrapsAdded {
			/// The patient.
			patient: T::AccountId,
			/// Number of wraps.
			count: u32,
		},
		/// Wrapped keys of a patient's records were deleted.
		WrapsRemoved {
			/// The patient.
			patient: T::AccountId,
			/// Number of wraps.
			count: u32,
		},
		/// A patient sealed the key of a version to the active epoch.
		Resealed {
			/// The record.
			record: RecordId,
			/// The version.
			version: Version,
			/// Epoch to which the key is sealed now.
			epoch: Epoch,
		},
		/// A storage node named its peer key.
		PeerSet {
			/// The storage node.
			node: T::AccountId,
			/// The node's key in the peer-to-peer network.
			peer: PeerKey,
		},
		/// The author or a records admin withdrew a record.
		RecordWithdrawn {
			/// The record.
			record: RecordId,
			/// Patient whom the record was registered for.
			patient: T::AccountId,
			/// Account that withdrew it.
			by: T::AccountId,
			/// Organisation of the record.
			organisation: OrganisationId,
			/// Reason for the withdrawal.
			reason: ReasonCode,
			/// Number of wrapped keys deleted.
			wraps: u32,
		},
	}

	/// Errors of this pallet.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is not a live practitioner, records admin or device of the organisation. Act
		/// for your own organisation, or ask its administrator to admit or renew you.
		NotWriter,
		/// The caller is not a live storage node. Ask an administrator to admit the account in that
		/// role.
		NotStorageNode,
		/// The caller is not a live patient. Enrol first.
		NotPatient,
		/// The network counts the maximum number of storage nodes. Retire absent nodes first.
		TooManyStorageNodes,
		/// The storage node is present. Its replicas can be retired once it has been silent for
		/// longer than the absence limit, or once its membership has ended.
		NodePresent,
		/// Storage nodes cannot announce themselves that often. Set a longer limit.
		AbsenceLimitTooShort,
		/// The account is not a live patient. Enrol the patient first.
		UnknownPatient,
		/// The patient has not permitted this. Ask the patient for a grant to write.
		NotPermitted,
		/// The root is not a CIDv1 with sha2-256 and codec raw or dag-pb. Build the DAG with the
		/// profile `unixfs-v1-2025`.
		InvalidCid,
		/// The ciphertext is empty. Seal the file first: even an empty file encrypts to some bytes.
		EmptyContent,
		/// The ciphertext exceeds the maximum size. Split the file.
		TooLarge,
		/// The author has registered this root for another version. Encrypt the file again with a
		/// fresh key, and register the result.
		RootTaken,
		/// The patient has no wrap. Wrap the key for the patient too.
		MissingOwnerWrap,
		/// Two wraps name the same recipient. Send one wrap per recipient.
		DuplicateRecipient,
		/// The author has used the salt for a record with other content. Choose another salt.
		AlreadyRegistered,
		/// The record does not exist. Check the identifier.
		UnknownRecord,
		/// The record was erased. Register a new one.
		RecordErased,
		/// The record does not have this version. Read the record first.
		UnknownVersion,
		/// The record is about another patient. Only that patient can do this.
		NotYourRecord,
		/// Another version was appended in the meantime. Read the record again and revise its
		/// latest version.
		VersionConflict,
		/// The record has the maximum number of versions. Register a new record.
		TooManyVersions,
		/// The record has the maximum number of wraps. Remove some first.
		TooManyWraps,
		/// The patient has the maximum number of records.
		TooManyRecords,
		/// The patient's own wrap stays as long as the record does. Erase the record instead.
		OwnerWrap,
		/// The key is not sealed to the active epoch. Read the active epoch and seal to its key.
		EpochNotActive,
		/// The version is guarded, and a wrap for anyone but the patient would bypass the access
		/// log. Leave the wrap out and let the reader request access, or remove the other wraps
		/// before sealing.
		WrapBypassesLog,
		/// The record was withdrawn. Register a new one.
		Withdrawn,
		/// This reason says that the record is in order. Name what is wrong with the record.
		NoReasonToWithdraw,
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

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Registers a record with its first version.
		///
		/// ## Origin
		///
		/// Signed by the author: a live practitioner, records admin or device of
		/// `new.organisation`.
		///
		/// ## Details
		///
		/// The author, patient and salt determine the identifier. If the same author has already
		/// registered the record with the same content, the call succeeds without change or event,
		/// and ignores the wraps; a client may therefore repeat it. The version is pending until a
		/// storage node confirms it.
		///
		/// With `new.sealed` the version is guarded: its key is sealed to the committee's active
		/// epoch and wrapped for the patient alone. The chain cannot look into a sealed key. If a
		/// key does not open, nobody but its author is harmed, and the patient can replace it with
		/// [`Pallet::reseal`].
		///
		/// ## Errors
		///
		/// [`Error::NotWriter`], [`Error::UnknownPatient`], [`Error::RecordErased`],
		/// [`Error::AlreadyRegistered`], [`Error::NotPermitted`], [`Error::InvalidCid`],
		/// [`Error::EmptyContent`], [`Error::TooLarge`], [`Error::RootTaken`],
		/// [`Error::MissingOwnerWrap`], [`Error::DuplicateRecipient`], [`Error::EpochNotActive`],
		/// [`Error::WrapBypassesLog`], [`Error::TooManyRecords`].
		///
		/// ## Events
		///
		/// [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::register_weight(new))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &NewRecord<T::AccountId>| -> bool { true })]
		pub fn register(
			origin: OriginFor<T>,
			new: NewRecord<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let author = ensure_signed(origin)?;
			let weight = Self::do_register(&author, new)?;
			Ok(Some(weight).into())
		}

		/// Registers several records under one signature: all or none.
		///
		/// ## Origin
		///
		/// Signed by the author of all records, as for [`Pallet::register`].
		///
		/// ## Details
		///
		/// Registers each record as [`Pallet::register`] does, in order. Skips records that are
		/// already registered with the same content.
		///
		/// ## Errors
		///
		/// Those of [`Pallet::register`]. The first error undoes all registrations, and the call is
		/// charged for the records up to it.
		///
		/// ## Events
		///
		/// [`Event::Registered`] for each new record.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::register_many_weight(records))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>| -> bool { true })]
		pub fn register_many(
			origin: OriginFor<T>,
			records: BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
		) -> DispatchResultWithPostInfo {
			let author = ensure_signed(origin)?;
			Self::do_register_many(&author, records)
		}

		/// Appends a version to a record.
		///
		/// ## Origin
		///
		/// Signed by a live practitioner, records admin or device of `organisation` whom the
		/// patient permits to write this record. The signer need not be its first author.
		///
		/// ## Details
		///
		/// `expected_version` is the latest version that the author knows; the new version is the
		/// next one. If that version exists already, by the same author and with the same content,
		/// the call succeeds without change or event. Earlier versions stay. With `sealed` the
		/// version is guarded, as for [`Pallet::register`]; each version has its own mode.
		///
		/// ## Errors
		///
		/// [`Error::NotWriter`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::UnknownPatient`], [`Error::NotPermitted`], [`Error::VersionConflict`],
		/// [`Error::TooManyVersions`], [`Error::InvalidCid`], [`Error::EmptyContent`],
		/// [`Error::TooLarge`], [`Error::RootTaken`], [`Error::MissingOwnerWrap`],
		/// [`Error::DuplicateRecipient`], [`Error::EpochNotActive`], [`Error::WrapBypassesLog`],
		/// [`Error::TooManyWraps`], [`Error::Withdrawn`].
		///
		/// ## Events
		///
		/// [`Event::Revised`].
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::revise_weight(wraps, sealed.is_some()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &Version, _: &OrganisationId, _: &Content, _: &NewWraps<T::AccountId>, _: &Option<SealedKey>| -> bool { true })]
		pub fn revise(
			origin: OriginFor<T>,
			record: RecordId,
			expected_version: Version,
			organisation: OrganisationId,
			content: Content,
			wraps: NewWraps<T::AccountId>,
			sealed: Option<SealedKey>,
		) -> DispatchResultWithPostInfo {
			let author = ensure_signed(origin)?;
			let weight = Self::do_revise(
				&author,
				record,
				expected_version,
				organisation,
				content,
				wraps,
				sealed,
			)?;
			Ok(Some(weight).into())
		}

		/// Confirms that a storage node holds versions.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// Skips a claim if the version is unknown or erased, or if the root is not the registered
		/// one. Also skips it if another live node of the same organisation holds the version, or
		/// if the version has enough replicas; a node of the author's organisation always finds
		/// room. A node whose organisation holds the version already owes a removal, so that an
		/// erasure reaches it. Repeating a claim changes nothing. The first replica makes a pending
		/// version stored, and returns a lost version to its state before the loss. The call also
		/// announces the node, as [`Pallet::announce`] does.
		///
		/// ## Errors
		///
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`].
		///
		/// ## Events
		///
		/// [`Event::Confirmed`], and [`Event::StateChanged`] for each version that is now stored or
		/// no longer lost. [`Event::NodeAppeared`] for a node that was not known.
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::confirm_stored_weight(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn confirm_stored(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_confirm_stored(node, &claims)
		}

		/// Erases a record: its versions, wrapped keys, sealed keys and roots.
		///
		/// ## Origin
		///
		/// Signed by the patient whom the record is about, even without a live membership.
		///
		/// ## Details
		///
		/// Leaves a tombstone without clinical meaning. Storage nodes learn what to remove, and
		/// confirm each removal. A copy that a reader opened earlier cannot be recalled.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotYourRecord`].
		///
		/// ## Events
		///
		/// [`Event::Erased`]; [`Event::Purged`] later, or at once if no replica is left to remove.
		#[pallet::call_index(4)]
		#[pallet::weight((Pallet::<T>::max_erase_weight(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId| -> bool { true })]
		pub fn erase(origin: OriginFor<T>, record: RecordId) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			// A refusal has only read the record.
			let refused = |error: DispatchError| {
				error.with_weight(<Self as RecordQuery<T::AccountId>>::record_weight())
			};
			let weight = Self::do_erase(patient, record).map_err(refused)?;
			Ok(Some(weight).into())
		}

		/// Confirms that a storage node has removed replicas whose removal it owed.
		///
		/// ## Origin
		///
		/// Signed by the storage node, even without a live membership.
		///
		/// ## Details
		///
		/// Skips claims that match no removal owed by this node.
		///
		/// ## Errors
		///
		/// None of its own.
		///
		/// ## Events
		///
		/// [`Event::Removed`], and [`Event::Purged`] for each erased record that has no replica
		/// left.
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::confirm_removed(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn confirm_removed(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_confirm_removed(node, &claims);
			Ok(())
		}

		/// Adds wrapped keys to the caller's records, or replaces them.
		///
		/// ## Origin
		///
		/// Signed by a live patient.
		///
		/// ## Details
		///
		/// Replaces an existing wrap for the same recipient; this is how keys are wrapped again
		/// after a rotation. A wrap alone permits nothing: grants do. A guarded version accepts
		/// only the patient's own wrap. Skips wraps of a withdrawn record, except the patient's
		/// own.
		///
		/// ## Errors
		///
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::NotYourRecord`], [`Error::UnknownVersion`], [`Error::WrapBypassesLog`],
		/// [`Error::TooManyWraps`].
		///
		/// ## Events
		///
		/// [`Event::WrapsAdded`], if at least one wrap was added or replaced.
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::add_wraps(wraps.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordWraps<T::AccountId>| -> bool { true })]
		pub fn add_wraps(origin: OriginFor<T>, wraps: RecordWraps<T::AccountId>) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::ensure_patient(&patient, Error::<T>::NotPatient)?;
			Self::do_add_wraps(&patient, &wraps)
		}

		/// Removes wrapped keys from the caller's records.
		///
		/// ## Origin
		///
		/// Signed by the patient, even without a live membership.
		///
		/// ## Details
		///
		/// Skips wraps that do not exist, and those of erased records. The patient's own wraps
		/// stay.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::NotYourRecord`], [`Error::OwnerWrap`].
		///
		/// ## Events
		///
		/// [`Event::WrapsRemoved`] with the number of wraps removed, unless it is zero.
		#[pallet::call_index(7)]
		#[pallet::weight((
			<T as Config>::WeightInfo::remove_wraps(wraps.len() as u32),
			DispatchClass::Operational,
		))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &WrapKeys<T::AccountId>| -> bool { true })]
		pub fn remove_wraps(origin: OriginFor<T>, wraps: WrapKeys<T::AccountId>) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_remove_wraps(&patient, &wraps)
		}

		/// Reports that a storage node no longer holds versions.
		///
		/// ## Origin
		///
		/// Signed by the storage node, even without a live membership.
		///
		/// ## Details
		///
		/// For a node that lost data. A stored version without replicas is lost until a node holds
		/// it again; then its earlier state returns. The node may still have a part of the version,
		/// so it owes a removal when the record is erased. Skips claims that match no replica of
		/// this node.
		///
		/// ## Errors
		///
		/// None of its own.
		///
		/// ## Events
		///
		/// [`Event::Withdrawn`], and [`Event::StateChanged`] for each version that is lost.
		#[pallet::call_index(8)]
		#[pallet::weight(<T as Config>::WeightInfo::withdraw_replica(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn withdraw_replica(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_withdraw_replica(node, &claims);
			Ok(())
		}

		/// Seals the key of a version to the committee's active epoch.
		///
		/// ## Origin
		///
		/// Signed by the patient whom the record is about, who must be a live patient.
		///
		/// ## Details
		///
		/// For guarded versions of earlier epochs, so that they do not depend on former committee
		/// members; replaces the earlier sealed key. Also makes a direct version guarded, once no
		/// wrap but the patient's own is left.
		///
		/// ## Errors
		///
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::NotYourRecord`], [`Error::UnknownVersion`], [`Error::EpochNotActive`],
		/// [`Error::WrapBypassesLog`].
		///
		/// ## Events
		///
		/// [`Event::Resealed`].
		#[pallet::call_index(9)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &Version, _: &SealedKey| -> bool { true })]
		pub fn reseal(
			origin: OriginFor<T>,
			record: RecordId,
			version: Version,
			sealed: SealedKey,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::ensure_patient(&patient, Error::<T>::NotPatient)?;
			Self::do_reseal(&patient, record, version, sealed)
		}

		/// Announces that a storage node is present.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker, several times within
		/// each absence limit.
		///
		/// ## Details
		///
		/// Records are copied to the nodes that are present. A node that is silent for longer than
		/// the absence limit is absent, and others take over its replicas.
		///
		/// ## Errors
		///
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`].
		///
		/// ## Events
		///
		/// [`Event::NodeAppeared`] for a node that was not known.
		#[pallet::call_index(10)]
		#[pallet::feeless_if(|_: &OriginFor<T>| -> bool { true })]
		pub fn announce(origin: OriginFor<T>) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_announce(&node, T::Time::now())
		}

		/// Retires replicas of an absent storage node, so that other nodes take its place.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// For each retired replica `node` owes a removal, unless it comes back and confirms the
		/// version again. Skips claims that match no replica of `node`, and versions that no other
		/// organisation holds. With its last replica the node itself is forgotten.
		///
		/// ## Errors
		///
		/// [`Error::NotStorageNode`], [`Error::NodePresent`].
		///
		/// ## Events
		///
		/// [`Event::Retired`].
		#[pallet::call_index(11)]
		#[pallet::weight(<T as Config>::WeightInfo::retire_replicas(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn retire_replicas(
			origin: OriginFor<T>,
			node: T::AccountId,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::do_retire_replicas(&by, node, &claims)
		}

		/// Sets the absence limit.
		///
		/// ## Origin
		///
		/// [`Config::CouncilOrigin`].
		///
		/// ## Details
		///
		/// A short limit restores replicas soon, but moves many records whenever a hospital
		/// restarts its node. The new limit applies to all nodes at once.
		///
		/// ## Errors
		///
		/// [`Error::AbsenceLimitTooShort`].
		///
		/// ## Events
		///
		/// [`Event::AbsenceLimitSet`].
		#[pallet::call_index(12)]
		pub fn set_absence_limit(origin: OriginFor<T>, blocks: u32) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_absence_limit(blocks)
		}

		/// Names the peer key of a storage node in the peer-to-peer network.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// Other nodes serve blocks to the named peers of live storage nodes. The call also
		/// announces the node, as [`Pallet::announce`] does. When the node is forgotten, so is its
		/// peer.
		///
		/// ## Errors
		///
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`].
		///
		/// ## Events
		///
		/// [`Event::NodeAppeared`] for a node that was not known, [`Event::PeerSet`].
		#[pallet::call_index(13)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &PeerKey| -> bool { true })]
		pub fn set_peer(origin: OriginFor<T>, peer: PeerKey) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_set_peer(node, peer)
		}

		/// Withdraws a record that was entered in error, for example for the wrong patient.
		///
		/// ## Origin
		///
		/// Signed by the record's author, who must still write for its organisation, or by a live
		/// records admin of that organisation.
		///
		/// ## Details
		///
		/// From then on nobody can open the record, whatever was granted, and the committee
		/// releases no key of it. Deletes all wraps but the patient's own. That wrap and the sealed
		/// content stay until the patient erases the record. No version can be added. The patient's
		/// log shows the withdrawal. It cannot be undone.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::Withdrawn`],
		/// [`Error::NotWriter`], [`Error::NoReasonToWithdraw`].
		///
		/// ## Events
		///
		/// [`Event::RecordWithdrawn`], and [`Event::StateChanged`] for each version.
		#[pallet::call_index(14)]
		#[pallet::weight(Pallet::<T>::max_withdraw_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &ReasonCode| -> bool { true })]
		pub fn withdraw(
			origin: OriginFor<T>,
			record: RecordId,
			reason: ReasonCode,
		) -> DispatchResultWithPostInfo {
			let by = ensure_signed(origin)?;
			let weight = Self::do_withdraw(by, record, reason)?;
			Ok(Some(weight).into())
		}
	}
}
