//! # Records
//!
//! What exists: records, their versions, the keys wrapped for readers, the storage nodes that hold the ciphertext, and
//! erasure.
//!
//! ## Contract with the neighbours
//!
//! Down:
//! - [`RoleQuery`] says who may write (a live practitioner, records admin or device of the organisation that they name),
//!   who is a patient and who is a storage node.
//! - [`ConsentPolicy`] says whether a writer may add to a patient's file.
//! - [`CommitteeQuery`] says to which epoch of the committee is sealed now.
//!
//! Up:
//! - [`RecordQuery`] answers what exists, for the pallets `consent` and `attestation`.
//! - [`RecordKeys`] adds and removes wrapped keys, for grants and revocations.
//! - [`OnAttested`] moves a version to attested or rejected and back.
//! - [`OnStored`] is told when a version is first stored.
//! - [`OnWithdrawn`] is told when a record is withdrawn.
//!
//! Beside the chain, the [off-chain worker](mod@offchain) of a storage node moves staged ciphertext to IPFS, pins it and
//! confirms it here; and it unpins what was erased.
//!
//! ## Two modes
//!
//! A version's key comes in one of two modes, which the author chooses with it.
//!
//! - *Guarded*: it is sealed to the committee's active epoch, and wrapped for the patient alone. Everyone else opens it by a
//!   logged request. Further wraps are refused, because they would be a way around the log.
//! - *Direct*: it is wrapped for whoever may read it, and nobody else is asked. Nothing of that is logged.
//!
//! [`Pallet::reseal`] moves a guarded version to the epoch that is active now, and makes a direct one guarded. There is no
//! way back: a patient who wants someone to read without the log opens the version and has it written anew.
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
//! Each stored version shall be held by several storage nodes; how that is kept is told in `replication`.
//!
//! Erasure deletes versions, wrapped and sealed keys and roots. A tombstone stays, and for every replica a removal that the storage
//! node confirms once the bytes are gone.
//!
//! [`Pallet::withdraw`] is for a record that should not be: nobody opens it any more, nothing of it is deleted, and the
//! patient reads in their log by whom it was withdrawn, and why.
//!
//! ## Roots
//!
//! Whoever sees a transaction in the pool can register its root for a record of their own before it. So one root may be
//! registered for several records of different authors; none of them is in another's way.
//!
//! Calls change storage before they may still fail only where FRAME's transactional dispatch undoes it; the functions of
//! [`RecordKeys`] likewise rely on being called from within a dispatchable.

#![cfg_attr(not(feature = "std"), no_std)]
// Nothing here may stop a block: what can fail returns an error.
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

// FRAME's macros generate `expect` on what they have just made.
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

	/// Layout of this pallet's storage.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config:
		CreateSignedTransaction<Call<Self>> + frame_system::Config<RuntimeEvent: From<Event<Self>>>
	{
		/// Who is who.
		type Roles: RoleQuery<Self::AccountId>;
		/// Who may add to a patient's file.
		type Consent: ConsentPolicy<Self::AccountId>;
		/// To which epoch of the committee keys are sealed.
		type Committee: CommitteeQuery;
		/// Told when a version is first stored.
		type OnStored: OnStored;
		/// Told when a record is erased.
		type OnErased: OnErased;
		/// Told when a record is withdrawn.
		type OnWithdrawn: OnWithdrawn<Self::AccountId, Error = DispatchError>;
		/// The clock.
		type Time: Time<Moment = Moment>;
		/// Who says after how long a storage node counts as absent.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// How the off-chain worker signs for the storage node; [`crypto::StorageNodeId`] in a runtime.
		type AuthorityId: AppCrypto<Self::Public, Self::Signature>;

		/// The most versions of one record.
		#[pallet::constant]
		type MaxVersions: Get<u32>;
		/// The most wrapped keys over all versions of one record.
		#[pallet::constant]
		type MaxWrapsPerRecord: Get<u32>;
		/// The most storage nodes that hold one version, each of another organisation; and one more if it is of the author's.
		#[pallet::constant]
		type MaxReplicas: Get<u32>;
		/// How many storage nodes shall hold each version, if so many are present.
		#[pallet::constant]
		type ReplicationTarget: Get<u32>;
		/// The most storage nodes that the network counts.
		#[pallet::constant]
		type MaxStorageNodes: Get<u32>;
		/// The most records that one call registers.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// The most claims of a storage node in one call.
		#[pallet::constant]
		type MaxClaims: Get<u32>;
		/// The most bytes of one version's ciphertext.
		#[pallet::constant]
		type MaxSize: Get<u64>;

		/// What the calls cost.
		type WeightInfo: WeightInfo;

		/// Sets up members and consent for the benchmarks.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
	}

	/// Every record, or what stays of it.
	// Identity: the key is a blake2 hash that the chain itself computes.
	#[pallet::storage]
	pub type Records<T: Config> =
		StorageMap<_, Identity, RecordId, RecordEntry<T::AccountId>, OptionQuery>;

	/// The versions of live records.
	// Identity as above; Twox64Concat: versions are small numbers that the chain counts.
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

	/// Which storage node holds which version of a live record, and when it said so.
	// Blake2_128Concat: accounts are chosen by their holders.
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

	/// For which organisation each replica counts. One of an earlier release counts for its node's organisation of now.
	// Hashers as for the replicas.
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

	/// [`Replicas`] by node: what each storage node says that it holds.
	// Hashers as for the removals.
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

	/// The stored versions that fewer nodes hold than [`Config::ReplicationTarget`], by how many do; under 0 those that are lost.
	// Twox64Concat: the chain counts these numbers; Identity as above.
	#[pallet::storage]
	pub type UnderReplicated<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, u32>,
			NMapKey<Identity, RecordId>,
			NMapKey<Twox64Concat, Version>,
		),
		(),
		OptionQuery,
	>;

	/// How many versions so many nodes hold, for each number below [`Config::ReplicationTarget`].
	// Twox64Concat: small numbers that the chain counts.
	#[pallet::storage]
	pub type UnderReplicatedCounts<T: Config> = StorageMap<_, Twox64Concat, u32, u32, ValueQuery>;

	/// How each version that is lost stood before.
	// Hashers as for the versions.
	#[pallet::storage]
	pub type StatesBeforeLoss<T: Config> =
		StorageDoubleMap<_, Identity, RecordId, Twox64Concat, Version, VersionState, OptionQuery>;

	/// The storage nodes, and in which block each last said that it is there.
	// Blake2_128Concat: accounts are chosen by their holders.
	#[pallet::storage]
	pub type StorageNodes<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, T::AccountId, u32, OptionQuery>;

	/// As which peer each storage node is known. Only of those in [`StorageNodes`].
	// Blake2_128Concat: accounts are chosen by their holders.
	#[pallet::storage]
	pub type Peers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PeerKey, OptionQuery>;

	/// After how many blocks without a word a storage node counts as absent: an hour, if nothing else was set.
	#[pallet::storage]
	pub type AbsenceLimit<T: Config> = StorageValue<_, u32, ValueQuery, ConstU32<1_800>>;

	/// How many replicas of a live record were retired, or lost, and not removed by their nodes yet.
	// Identity as for the records.
	#[pallet::storage]
	pub type RetiredReplicas<T: Config> = StorageMap<_, Identity, RecordId, u32, ValueQuery>;

	/// What a storage node has yet to remove because the record was erased; or may still have and owes to remove with it,
	/// because it was away and others took its place, or because it lost a part. Keyed by node first, so that a node finds
	/// its own work.
	// Blake2_128Concat: accounts are chosen by their holders.
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

	/// The data encryption key of each version, wrapped for one recipient each.
	// Blake2_128Concat: recipients are chosen by whoever wraps.
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

	/// The data encryption key of each guarded version, sealed to the committee.
	// Identity and Twox64Concat as for the versions.
	#[pallet::storage]
	pub type SealedKeys<T: Config> =
		StorageDoubleMap<_, Identity, RecordId, Twox64Concat, Version, SealedKey, OptionQuery>;

	/// Which version a root CID is registered for.
	// Blake2_128Concat: the chain does not see the content, so a client can choose these bytes.
	#[pallet::storage]
	pub type Roots<T: Config> = StorageMap<_, Blake2_128Concat, Cid, RootUse, OptionQuery>;

	/// Further versions that a root CID is registered for, by other authors than that of the one in [`Roots`].
	// As for the roots, records and versions.
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

	/// The records that were withdrawn. They are live.
	// Identity as for the records.
	#[pallet::storage]
	pub type Withdrawals<T: Config> =
		StorageMap<_, Identity, RecordId, Withdrawal<T::AccountId>, OptionQuery>;

	/// The records of a patient, in order of registration, erased ones included.
	// Blake2_128Concat: accounts are chosen by their holders; Twox64Concat: the chain counts the index.
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

	/// How many records a patient has, erased ones included.
	// Blake2_128Concat: accounts are chosen by their holders.
	#[pallet::storage]
	pub type PatientRecordCounts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// Counts over all records.
	#[pallet::storage]
	pub type Status<T: Config> = StorageValue<_, StorageStatus, ValueQuery>;

	/// How the pallet begins.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// After how many blocks without a word a storage node counts as absent; at least [`MIN_ABSENCE_LIMIT`].
		pub absence_limit: Option<u32>,
		/// No more.
		#[serde(skip)]
		pub marker: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if let Some(blocks) = self.absence_limit {
				assert!(
					blocks >= MIN_ABSENCE_LIMIT,
					"a storage node needs time to say that it is there"
				);
				AbsenceLimit::<T>::put(blocks);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A record was registered with its first version, which is pending.
		Registered {
			/// The record.
			record: RecordId,
			/// Whom it is about.
			patient: T::AccountId,
			/// Who wrote it.
			author: T::AccountId,
			/// For which organisation.
			organisation: OrganisationId,
			/// What it is about.
			category: Category,
		},
		/// A version was appended, which is pending.
		Revised {
			/// The record.
			record: RecordId,
			/// The new version.
			version: Version,
			/// Who wrote it.
			author: T::AccountId,
			/// For which organisation.
			organisation: OrganisationId,
		},
		/// A version moved to another state.
		StateChanged {
			/// The record.
			record: RecordId,
			/// The version.
			version: Version,
			/// Where it stands now.
			state: VersionState,
		},
		/// A storage node said what it holds.
		Confirmed {
			/// The storage node.
			node: T::AccountId,
			/// How many of its claims stand.
			accepted: u32,
			/// How many were passed over: unknown or erased version, another root, another node of the organisation that holds it, or
			/// enough replicas already.
			skipped: u32,
		},
		/// A storage node said what it holds no longer.
		Withdrawn {
			/// The storage node.
			node: T::AccountId,
			/// How many replicas were taken off.
			accepted: u32,
			/// How many claims were passed over, because no such replica of this node was registered.
			skipped: u32,
		},
		/// A patient erased a record. With [`Event::Purged`] this is the patient's receipt.
		Erased {
			/// The record.
			record: RecordId,
			/// Whom it was about.
			patient: T::AccountId,
			/// How many versions were deleted.
			versions: u32,
			/// How many wrapped keys were deleted.
			wraps: u32,
			/// How many replicas storage nodes have yet to remove.
			replicas: u32,
		},
		/// A storage node removed replicas of erased records.
		Removed {
			/// The storage node.
			node: T::AccountId,
			/// How many replicas were removed.
			accepted: u32,
			/// How many claims were passed over, because this node had no such replica to remove.
			skipped: u32,
		},
		/// A storage node said for the first time that it is there, or for the first time since it was retired.
		NodeAppeared {
			/// The storage node.
			node: T::AccountId,
		},
		/// Replicas of an absent storage node were taken off.
		Retired {
			/// The storage node that is absent.
			node: T::AccountId,
			/// The one that said so.
			by: T::AccountId,
			/// How many replicas were taken off.
			accepted: u32,
			/// How many claims were passed over, because no such replica of this node was registered, or no other of the version.
			skipped: u32,
		},
		/// The council said after how many blocks without a word a storage node counts as absent.
		AbsenceLimitSet {
			/// So many.
			blocks: u32,
		},
		/// The last replica of an erased record is removed.
		Purged {
			/// The record.
			record: RecordId,
		},
		/// Keys were wrapped for further recipients of a patient's records, or wrapped anew.
		WrapsAdded {
			/// The patient.
			patient: T::AccountId,
			/// How many.
			count: u32,
		},
		/// Wrapped keys of a patient's records were deleted.
		WrapsRemoved {
			/// The patient.
			patient: T::AccountId,
			/// How many.
			count: u32,
		},
		/// A patient had the key of a version sealed to the epoch that is active now.
		Resealed {
			/// The record.
			record: RecordId,
			/// The version.
			version: Version,
			/// To which epoch.
			epoch: Epoch,
		},
		/// A storage node said as which peer it is known from now on.
		PeerSet {
			/// The storage node.
			node: T::AccountId,
			/// Its key in the peer-to-peer network.
			peer: PeerKey,
		},
		/// A record was withdrawn by whoever wrote it.
		RecordWithdrawn {
			/// The record.
			record: RecordId,
			/// Whom it was said to be about.
			patient: T::AccountId,
			/// By whom.
			by: T::AccountId,
			/// For which organisation.
			organisation: OrganisationId,
			/// Why.
			reason: ReasonCode,
			/// How many wrapped keys were deleted.
			wraps: u32,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is no live practitioner, records admin or device of the organisation. Act for your own organisation,
		/// or ask its administrator to admit or renew you.
		NotWriter,
		/// The caller is no live storage node. Ask an administrator to admit the account in that role.
		NotStorageNode,
		/// The caller is no live patient. Enrol first.
		NotPatient,
		/// The network counts as many storage nodes as it can. Retire those that are gone first.
		TooManyStorageNodes,
		/// The storage node is present. Its replicas can be taken off when it has been silent for as long as the absence limit,
		/// or when its membership ends.
		NodePresent,
		/// No storage node can say so often that it is there. Set a longer limit.
		AbsenceLimitTooShort,
		/// The account is no live patient. Enrol them first.
		UnknownPatient,
		/// The patient has not permitted it. Ask them for a grant to write.
		NotPermitted,
		/// The root is no CIDv1 with sha2-256 and codec raw or dag-pb. Build the DAG by the profile `unixfs-v1-2025`.
		InvalidCid,
		/// The ciphertext is empty. Even an empty file encrypts to some bytes: seal it first.
		EmptyContent,
		/// The ciphertext is longer than the chain permits. Split the file.
		TooLarge,
		/// The author registered the root for another version. Encrypt anew, with a fresh key, and register that.
		RootTaken,
		/// No wrap is for the patient. Wrap the key for the patient too.
		MissingOwnerWrap,
		/// Two wraps are for the same recipient. Send one for each.
		DuplicateRecipient,
		/// The salt was used for a record with other content. Choose another salt.
		AlreadyRegistered,
		/// No such record. Check the identifier.
		UnknownRecord,
		/// The record was erased. Register a new one.
		RecordErased,
		/// The record has no such version. Read the record first.
		UnknownVersion,
		/// The record is about another patient. Only they can do this.
		NotYourRecord,
		/// Someone else appended a version meanwhile. Read the record again and revise that version.
		VersionConflict,
		/// The record has as many versions as it can. Register a new record.
		TooManyVersions,
		/// The record's versions hold as many wraps as they can. Remove some first.
		TooManyWraps,
		/// The patient has as many records as the chain can count.
		TooManyRecords,
		/// The wrap is the patient's own, which stays as long as the record does. Erase the record instead.
		OwnerWrap,
		/// The key is sealed to another epoch than the active one. Read the active epoch and seal to its key.
		EpochNotActive,
		/// The version is guarded: a wrap for anyone but the patient would open it past the access log. Leave the wrap out, and
		/// let the reader request access; or remove the other wraps before sealing.
		WrapBypassesLog,
		/// The record was withdrawn by whoever wrote it. Register a new one.
		Withdrawn,
		/// The reason says that the record is in order. Name what is wrong with it.
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
				"so many storage nodes may hold a version as shall"
			);
			assert!(
				T::MaxStorageNodes::get() >= T::ReplicationTarget::get(),
				"so many storage nodes count as shall hold a version"
			);
			assert!(
				T::MaxBatch::get() >= 100,
				"at least 100 records go under one signature"
			);
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
		/// Signed by the author: a live practitioner, records admin or device of `new.organisation`.
		///
		/// ## Details
		///
		/// The identifier follows from author, patient and salt. A record that the same author registered already with the same
		/// content stays as it is, and the call succeeds without an event (the wraps are not looked at): so a client may repeat.
		/// The version is pending until a storage node confirms it.
		///
		/// With `new.sealed` the version is guarded: its key is sealed to the committee's active epoch, and wrapped for the patient
		/// alone. The chain cannot look into a sealed key; one that does not open harms only who wrote it, and the patient seals
		/// anew with [`Pallet::reseal`].
		///
		/// ## Errors
		///
		/// [`Error::NotWriter`], [`Error::UnknownPatient`], [`Error::RecordErased`], [`Error::AlreadyRegistered`],
		/// [`Error::NotPermitted`], [`Error::InvalidCid`], [`Error::EmptyContent`], [`Error::TooLarge`], [`Error::RootTaken`],
		/// [`Error::MissingOwnerWrap`], [`Error::DuplicateRecipient`], [`Error::EpochNotActive`], [`Error::WrapBypassesLog`],
		/// [`Error::TooManyRecords`].
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

		/// Registers many records under one signature: all or none.
		///
		/// ## Origin
		///
		/// Signed by the author of all of them, as for [`Pallet::register`].
		///
		/// ## Details
		///
		/// As [`Pallet::register`] for each, in order. Those that are registered already with the same content are passed over.
		///
		/// ## Errors
		///
		/// Those of [`Pallet::register`]; the first one undoes all.
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
			let weight = Self::do_register_many(&author, records)?;
			Ok(Some(weight).into())
		}

		/// Appends a version to a record.
		///
		/// ## Origin
		///
		/// Signed by a live practitioner, records admin or device of `organisation`, whom the patient permits to write this
		/// record; not necessarily its first author.
		///
		/// ## Details
		///
		/// `expected_version` is the latest version that the author knows; the new one is the next. If that is there already, by
		/// the same author with the same content, the call succeeds without change or event. Earlier versions stay. With
		/// `sealed` the version is guarded, as for [`Pallet::register`]; each version has its own mode.
		///
		/// ## Errors
		///
		/// [`Error::NotWriter`], [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::UnknownPatient`],
		/// [`Error::NotPermitted`], [`Error::VersionConflict`], [`Error::TooManyVersions`], [`Error::InvalidCid`],
		/// [`Error::EmptyContent`], [`Error::TooLarge`], [`Error::RootTaken`], [`Error::MissingOwnerWrap`],
		/// [`Error::DuplicateRecipient`], [`Error::EpochNotActive`], [`Error::WrapBypassesLog`], [`Error::TooManyWraps`],
		/// [`Error::Withdrawn`].
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

		/// Says which versions a storage node holds.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// A claim about an unknown or erased version, or with another root than the registered one, is passed over; so is one for
		/// a version that another node of the same organisation holds, or that enough nodes hold: only a node of the author's
		/// organisation always finds room. Repeating a claim changes nothing. The first replica makes a pending version stored,
		/// and a lost one what it was. It also says that the node is there, as [`Pallet::announce`] does.
		///
		/// ## Errors
		///
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`].
		///
		/// ## Events
		///
		/// [`Event::Confirmed`], and [`Event::StateChanged`] for each version that is now stored. [`Event::NodeAppeared`] for a
		/// node that was not known.
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

		/// Erases a record: its versions, wrapped and sealed keys and roots.
		///
		/// ## Origin
		///
		/// Signed by the patient whom the record is about. It works even when their membership does not.
		///
		/// ## Details
		///
		/// A tombstone without clinical meaning stays. Storage nodes learn what to remove and confirm it. A copy that someone
		/// opened before cannot be recalled.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotYourRecord`].
		///
		/// ## Events
		///
		/// [`Event::Erased`]; later [`Event::Purged`], or at once if no node held a replica.
		#[pallet::call_index(4)]
		#[pallet::weight((Pallet::<T>::max_erase_weight(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId| -> bool { true })]
		pub fn erase(origin: OriginFor<T>, record: RecordId) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			// A refusal has read the record and nothing else.
			let refused = |error: DispatchError| {
				error.with_weight(<Self as RecordQuery<T::AccountId>>::record_weight())
			};
			let weight = Self::do_erase(patient, record).map_err(refused)?;
			Ok(Some(weight).into())
		}

		/// Says of which replicas that it owes to remove a storage node has nothing left.
		///
		/// ## Origin
		///
		/// Signed by the storage node. It works even when its membership does not.
		///
		/// ## Details
		///
		/// Claims that name nothing that this node has to remove are passed over.
		///
		/// ## Errors
		///
		/// None of its own.
		///
		/// ## Events
		///
		/// [`Event::Removed`], and [`Event::Purged`] for each record of which nothing is left.
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
		/// A wrap for a recipient who has one is replaced; so keys are sealed anew after a rotation. A wrap alone permits nothing:
		/// grants do. A guarded version takes none but the patient's own.
		///
		/// ## Errors
		///
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotYourRecord`],
		/// [`Error::UnknownVersion`], [`Error::WrapBypassesLog`], [`Error::TooManyWraps`], [`Error::Withdrawn`].
		///
		/// ## Events
		///
		/// [`Event::WrapsAdded`].
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
		/// Signed by the patient. It works even when their membership does not.
		///
		/// ## Details
		///
		/// Wraps that are not there, also those of erased records, are passed over. The patient's own wraps stay.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::NotYourRecord`], [`Error::OwnerWrap`].
		///
		/// ## Events
		///
		/// [`Event::WrapsRemoved`] with the number of those that were there.
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

		/// Says which versions a storage node holds no longer.
		///
		/// ## Origin
		///
		/// Signed by the storage node. It works even when its membership does not.
		///
		/// ## Details
		///
		/// For a node that lost data. A version without any replica is lost until a node holds it again; then it is what it was
		/// before. As the node may have a part of it left, it owes the removal with the record. Claims that name no replica of
		/// this node are passed over.
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
		/// Signed by the patient whom the record is about, who is a live patient.
		///
		/// ## Details
		///
		/// For guarded versions of earlier epochs, so that they do not depend on members who are gone; the key that was sealed
		/// before is replaced. A direct version becomes guarded, once no wrap but the patient's own is left.
		///
		/// ## Errors
		///
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotYourRecord`],
		/// [`Error::UnknownVersion`], [`Error::EpochNotActive`], [`Error::WrapBypassesLog`].
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

		/// Says that a storage node is there.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker, some times within each absence limit.
		///
		/// ## Details
		///
		/// Records are copied to the nodes that are present. Who is silent for longer than the absence limit is not, and others
		/// take its replicas over.
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

		/// Takes replicas of an absent storage node off, so that others take its place.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// For each replica `node` owes a removal, unless it holds the version anew when it comes back. Claims that name no
		/// replica of `node`, or of which no other organisation has a replica, are passed over. With its last replica the node
		/// is forgotten.
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

		/// Says after how many blocks without a word a storage node counts as absent.
		///
		/// ## Origin
		///
		/// [`Config::CouncilOrigin`].
		///
		/// ## Details
		///
		/// A short limit repairs soon, and moves many records when a hospital restarts its node. It counts from now on, for all.
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

		/// Says as which peer a storage node is known in the peer-to-peer network.
		///
		/// ## Origin
		///
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		///
		/// Other nodes give blocks to the peers that live storage nodes named, as long as they are such. The node counts as
		/// announced, as by [`Pallet::announce`]. With the node the peer is forgotten.
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

		/// Withdraws a record that should not be, such as one of the wrong patient.
		///
		/// ## Origin
		///
		/// Signed by the record's author, who still writes for its organisation, or by a live records admin of it.
		///
		/// ## Details
		///
		/// From then on nobody opens the record, whatever was granted, and no key of it is released; wraps for others than the
		/// patient are deleted. Nothing else is: the patient's own wrap and the sealed content stay until the patient erases
		/// it. No version is added any more. The patient's log tells it. It cannot be undone.
		///
		/// ## Errors
		///
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::Withdrawn`], [`Error::NotWriter`],
		/// [`Error::NoReasonToWithdraw`].
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
