//! Records, their versions, replicas and wrapped keys (FHIR DocumentReference, Provenance).

use crate::{
	Cid, Decision, Epoch, Hash32, KeyAgreementPublic, Moment, OrganisationId, ReasonCode, SealedKey,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Identifier of a record: `blake2_256("salus/record" ‖ author ‖ patient ‖ salt)`.
///
/// The client knows it before it encrypts, and binds it as associated data. A repeated submission
/// names the same record.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct RecordId(#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))] pub Hash32);

impl RecordId {
	/// Computes the identifier. `author` and `patient` are 32-byte account identifiers.
	pub fn new<AccountId: Encode>(author: &AccountId, patient: &AccountId, salt: &Hash32) -> Self {
		let mut bytes = Vec::with_capacity(12 + 96);
		bytes.extend_from_slice(b"salus/record");
		author.encode_to(&mut bytes);
		patient.encode_to(&mut bytes);
		bytes.extend_from_slice(salt);
		Self(sp_crypto_hashing::blake2_256(&bytes))
	}
}

impl core::fmt::Debug for RecordId {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		core::fmt::Display::fmt(self, f)
	}
}

impl core::fmt::Display for RecordId {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str("0x")?;
		self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

/// Version of a record, from 1.
pub type Version = u32;

/// Category of a record, after FHIR DocumentReference.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Category {
	/// Laboratory results.
	Laboratory,
	/// Images and their reports.
	Imaging,
	/// Medication orders.
	Prescription,
	/// Clinicians' notes.
	ClinicalNote,
	/// Discharge summaries.
	DischargeSummary,
	/// Immunizations.
	Immunization,
	/// Vital signs.
	VitalSigns,
	/// Facts that an emergency team needs first.
	EmergencySummary,
	/// Claims and bills.
	Claim,
	/// Genomic data.
	Genomic,
	/// Anything else.
	Other,
}

impl Category {
	/// Every category, in order of encoding.
	pub const ALL: [Category; 11] = [
		Category::Laboratory,
		Category::Imaging,
		Category::Prescription,
		Category::ClinicalNote,
		Category::DischargeSummary,
		Category::Immunization,
		Category::VitalSigns,
		Category::EmergencySummary,
		Category::Claim,
		Category::Genomic,
		Category::Other,
	];
}

/// Confidentiality of a record, from least to most confidential: codes of HL7 v3 Confidentiality
/// (code system 2.16.840.1.113883.5.25).
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Confidentiality {
	/// N: ordinary health information.
	#[default]
	Normal,
	/// R: sensitive, such as mental or sexual health.
	Restricted,
	/// V: so sensitive that few should see it, even within an organisation.
	VeryRestricted,
}

impl Confidentiality {
	/// Every level, in order of encoding.
	pub const ALL: [Confidentiality; 3] =
		[Confidentiality::Normal, Confidentiality::Restricted, Confidentiality::VeryRestricted];
}

/// Recipient of a wrapped data encryption key.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Recipient<AccountId> {
	/// An account, by its key-agreement key.
	Account(AccountId),
	/// An organisation, by the key-agreement key that its records admins hold.
	Organisation(OrganisationId),
}

/// Length of a wrapped key, in bytes: HPKE's encapsulated key (32) and the sealed 32-byte key with
/// its tag (48).
pub const WRAP_LENGTH: u32 = 80;

/// Data encryption key sealed to a key-agreement key (HPKE base mode, RFC 9180).
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Wrap {
	/// Version of the recipient's key-agreement key. The chain accepts only the current one, and
	/// keeps the wrap when the recipient replaces the key.
	pub key_version: u32,
	/// The sealed key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub sealed: [u8; WRAP_LENGTH as usize],
}

/// Maximum number of wraps in one version or one grant.
pub const MAX_WRAPS: u32 = 64;

/// Wraps of a new version.
pub type Wraps<AccountId> = BoundedVec<(Recipient<AccountId>, Wrap), ConstU32<MAX_WRAPS>>;

/// Content of a version, as the client declares it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Content {
	/// Root of the ciphertext's UnixFS DAG.
	pub root: Cid,
	/// Length of the ciphertext, in bytes.
	pub size: u64,
	/// Commitment to the plaintext, keyed by the data encryption key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub commitment: Hash32,
}

/// Record to register.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewRecord<AccountId> {
	/// Patient whom it is about.
	pub patient: AccountId,
	/// Organisation for which the author acts.
	pub organisation: OrganisationId,
	/// Category of the record.
	pub category: Category,
	/// Confidentiality of the record.
	pub confidentiality: Confidentiality,
	/// Salt of the record's identifier, chosen by the client.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub salt: Hash32,
	/// Its first version.
	pub content: Content,
	/// Its key, wrapped at least for the patient; in guarded mode, only for the patient.
	pub wraps: Wraps<AccountId>,
	/// Its key, sealed to the committee (guarded mode). `None` is direct mode, in which a wrap is
	/// enough to read it.
	pub sealed: Option<SealedKey>,
}

/// State of a version.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum VersionState {
	/// Registered; no storage node has confirmed it yet.
	Pending,
	/// At least one storage node holds it.
	Stored,
	/// A records admin has reviewed and attested it.
	Attested,
	/// A records admin has reviewed and rejected it.
	Rejected,
	/// Storage nodes held it; now none does.
	Lost,
	/// Its author or a records admin withdrew the record. From then on nobody but the patient can
	/// open it.
	Withdrawn,
}

/// Version of a record. Versions are only ever appended.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionInfo<AccountId> {
	/// Content of the version.
	pub content: Content,
	/// Account that wrote it.
	pub author: AccountId,
	/// Organisation for which the author wrote it.
	pub organisation: OrganisationId,
	/// Block in which it was registered.
	pub block: u32,
	/// Time of registration.
	pub registered: Moment,
	/// State of the version.
	pub state: VersionState,
	/// Number of replicas, each held by a different organisation.
	pub replicas: u32,
	/// Number of wraps of its key.
	pub wraps: u32,
}

/// A live record.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Record<AccountId> {
	/// Patient whom it is about.
	pub patient: AccountId,
	/// Account that registered it.
	pub author: AccountId,
	/// Organisation for which the author registered it.
	pub organisation: OrganisationId,
	/// Category of the record.
	pub category: Category,
	/// Confidentiality of the record.
	pub confidentiality: Confidentiality,
	/// Its latest version.
	pub latest: Version,
	/// Time of registration.
	pub created: Moment,
	/// Number of wraps of all its versions together.
	pub wraps: u32,
}

/// Remains of an erased record: nothing of clinical meaning.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tombstone<AccountId> {
	/// Patient whose record it was.
	pub patient: AccountId,
	/// Time of erasure.
	pub erased: Moment,
	/// Number of replicas whose storage nodes have not yet confirmed the removal.
	pub replicas_left: u32,
}

/// Record or its tombstone.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum RecordEntry<AccountId> {
	/// The record exists.
	Live(Record<AccountId>),
	/// The record was erased.
	Erased(Tombstone<AccountId>),
}

/// A storage node's confirmation that it holds a version.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replica<AccountId> {
	/// The storage node.
	pub node: AccountId,
	/// Time of the confirmation.
	pub confirmed: Moment,
}

/// Version, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionDetails<AccountId> {
	/// Number of the version.
	pub version: Version,
	/// Its registration and state.
	pub info: VersionInfo<AccountId>,
	/// Replicas of the version.
	pub replicas: Vec<Replica<AccountId>>,
	/// Epoch whose key seals its key; `None` in direct mode.
	pub sealed_to: Option<Epoch>,
}

/// Record with its versions, as reads return it. An erased record has no versions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordDetails<AccountId> {
	/// Identifier of the record.
	pub id: RecordId,
	/// The record or its tombstone.
	pub entry: RecordEntry<AccountId>,
	/// Its versions, oldest first.
	pub versions: Vec<VersionDetails<AccountId>>,
}

/// Record with its latest version and the decision on it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DecidedRecord<AccountId> {
	/// Identifier of the record.
	pub id: RecordId,
	/// The record or its tombstone.
	pub entry: RecordEntry<AccountId>,
	/// Its latest version; `None` if it was erased.
	pub latest: Option<VersionInfo<AccountId>>,
	/// Decision on its latest version.
	pub decision: Decision,
}

/// A storage node's claim about one version. The chain checks it against the registered root.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageClaim {
	/// Record that has the version.
	pub record: RecordId,
	/// Version that the claim is about.
	pub version: Version,
	/// Root that the node pinned.
	pub root: Cid,
}

/// Use of a root CID.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RootUse {
	/// Record that uses it.
	pub record: RecordId,
	/// Version that uses it.
	pub version: Version,
}

/// Withdrawal of a record.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Withdrawal<AccountId> {
	/// Account that withdrew it.
	pub by: AccountId,
	/// Organisation for which that account acted.
	pub organisation: OrganisationId,
	/// Reason of the withdrawal.
	pub reason: ReasonCode,
	/// Time of the withdrawal.
	pub at: Moment,
}

/// Counts over all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageStatus {
	/// Number of live records.
	pub records: u32,
	/// Number of versions that wait for their first storage confirmation.
	pub pending: u32,
	/// Number of replicas of erased records that are still to be removed.
	pub removals: u32,
}

/// Storage node of the network, with its last announcement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageNode<AccountId> {
	/// The node's account.
	pub node: AccountId,
	/// Block of its last announcement.
	pub last_seen: u32,
	/// Whether it is present: a live member that has announced itself within the absence limit.
	pub present: bool,
}

/// Ed25519 public key of a node in the peer-to-peer network; its libp2p PeerId encodes it.
pub type PeerKey = [u8; 32];

/// Storage node with its key in the peer-to-peer network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct StoragePeer<AccountId> {
	/// The node's account.
	pub node: AccountId,
	/// Its key in the peer-to-peer network.
	pub peer: PeerKey,
}

/// Replication across the network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReplicationStatus<AccountId> {
	/// Block that the numbers describe.
	pub block: u32,
	/// Replication target: lower than the chain's setting while fewer nodes are present.
	pub target: u32,
	/// Number of under-replicated stored versions, lost ones included.
	pub under_replicated: u32,
	/// Absence limit, in blocks.
	pub absence_limit: u32,
	/// Storage nodes, in order of account.
	pub nodes: Vec<StorageNode<AccountId>>,
}

/// Under-replicated version. Without a holder it is lost.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnderReplicatedVersion<AccountId> {
	/// Record that has the version.
	pub record: RecordId,
	/// Version with too few replicas.
	pub version: Version,
	/// Root of its DAG.
	pub root: Cid,
	/// Length of its ciphertext, in bytes.
	pub size: u64,
	/// Storage nodes that hold it, in order of confirmation.
	pub holders: Vec<AccountId>,
}

/// Key with what a sender needs to seal to it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecipientKey<AccountId> {
	/// Owner of the key.
	pub recipient: Recipient<AccountId>,
	/// Public key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub public: KeyAgreementPublic,
	/// Version of the key.
	pub version: u32,
}
