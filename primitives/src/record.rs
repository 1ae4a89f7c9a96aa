//! Records, their versions, replicas and wrapped keys (FHIR DocumentReference, Provenance).

use crate::{
	Cid, Epoch, Hash32, KeyAgreementPublic, Moment, OrganisationId, ReasonCode, SealedKey,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A record's identifier: `blake2_256("salus/record" ‖ author ‖ patient ‖ salt)`.
///
/// The client knows it before it encrypts, binds it as associated data, and a repeated submission is the same record.
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
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(transparent)
)]
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

/// A version of a record, from 1.
pub type Version = u32;

/// What a record is about, after the use of FHIR DocumentReference.
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
	/// Notes of clinicians.
	ClinicalNote,
	/// Summaries at discharge.
	DischargeSummary,
	/// Immunizations.
	Immunization,
	/// Vital signs.
	VitalSigns,
	/// What an emergency team needs first.
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

/// How far a record must be kept from others: codes of HL7 v3 Confidentiality (code system 2.16.840.1.113883.5.25), from
/// the least to the most confidential.
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
	/// V: so sensitive that even within an organisation few may know of it.
	VeryRestricted,
}

impl Confidentiality {
	/// Every level, in order of encoding.
	pub const ALL: [Confidentiality; 3] = [
		Confidentiality::Normal,
		Confidentiality::Restricted,
		Confidentiality::VeryRestricted,
	];
}

/// For whom a data encryption key is wrapped.
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
	/// For one account's key-agreement key.
	Account(AccountId),
	/// For an organisation's key-agreement key, which its records admins hold.
	Organisation(OrganisationId),
}

/// Length in bytes of a wrapped key: HPKE's encapsulated key (32) and the sealed 32-byte key with its tag (48).
pub const WRAP_LENGTH: u32 = 80;

/// A data encryption key sealed to a key-agreement key (HPKE base mode, RFC 9180).
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Wrap {
	/// Version of the recipient's key-agreement key to which it is sealed.
	pub key_version: u32,
	/// The sealed key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub sealed: [u8; WRAP_LENGTH as usize],
}

/// The most wraps that come with one version or one grant.
pub const MAX_WRAPS: u32 = 64;

/// The wraps that come with a new version.
pub type Wraps<AccountId> = BoundedVec<(Recipient<AccountId>, Wrap), ConstU32<MAX_WRAPS>>;

/// What a client says of a version that it adds.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Content {
	/// Root of the ciphertext's UnixFS DAG.
	pub root: Cid,
	/// Length of the ciphertext in bytes.
	pub size: u64,
	/// Commitment to the plaintext, keyed by the data encryption key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub commitment: Hash32,
}

/// One record to register.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewRecord<AccountId> {
	/// Whom it is about.
	pub patient: AccountId,
	/// The author's organisation, under which they act.
	pub organisation: OrganisationId,
	/// What it is about.
	pub category: Category,
	/// How confidential it is.
	pub confidentiality: Confidentiality,
	/// Chosen by the client; makes the record's identifier.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub salt: Hash32,
	/// The first version.
	pub content: Content,
	/// Its key, wrapped at least for the patient; in guarded mode for them alone.
	pub wraps: Wraps<AccountId>,
	/// Its key, sealed to the committee of hospitals: guarded mode. `None` is direct mode: who has a wrap needs nobody.
	pub sealed: Option<SealedKey>,
}

/// Where a version stands.
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
	/// A records admin has reviewed and confirmed it.
	Attested,
	/// A records admin has reviewed and rejected it.
	Rejected,
	/// Storage nodes held it, and none does any more.
	Lost,
	/// Whoever wrote it has withdrawn the record. Nobody opens it any more.
	Withdrawn,
}

/// One version of a record. Versions are only ever appended.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionInfo<AccountId> {
	/// What it holds.
	pub content: Content,
	/// Who wrote it.
	pub author: AccountId,
	/// For which organisation.
	pub organisation: OrganisationId,
	/// Block in which it was registered.
	pub block: u32,
	/// When it was registered.
	pub registered: Moment,
	/// Where it stands.
	pub state: VersionState,
	/// How many storage nodes hold it, each of another organisation.
	pub replicas: u32,
	/// How many wraps of its key there are.
	pub wraps: u32,
}

/// A live record.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Record<AccountId> {
	/// Whom it is about.
	pub patient: AccountId,
	/// Who registered it.
	pub author: AccountId,
	/// For which organisation.
	pub organisation: OrganisationId,
	/// What it is about.
	pub category: Category,
	/// How confidential it is.
	pub confidentiality: Confidentiality,
	/// Its latest version.
	pub latest: Version,
	/// When it was registered.
	pub created: Moment,
	/// How many wraps its versions hold together.
	pub wraps: u32,
}

/// What stays of an erased record: nothing of clinical meaning.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tombstone<AccountId> {
	/// Whose record it was.
	pub patient: AccountId,
	/// When it was erased.
	pub erased: Moment,
	/// Replicas whose storage nodes have not yet confirmed that they removed them.
	pub replicas_left: u32,
}

/// A record or what stays of it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum RecordEntry<AccountId> {
	/// It lives.
	Live(Record<AccountId>),
	/// It was erased.
	Erased(Tombstone<AccountId>),
}

/// A storage node's word that it holds a version.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replica<AccountId> {
	/// The storage node.
	pub node: AccountId,
	/// When it confirmed.
	pub confirmed: Moment,
}

/// A version as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionDetails<AccountId> {
	/// Which one it is.
	pub version: Version,
	/// What is known of it.
	pub info: VersionInfo<AccountId>,
	/// Who holds it.
	pub replicas: Vec<Replica<AccountId>>,
	/// The epoch of the committee to whose key its key is sealed; `None` in direct mode.
	pub sealed_to: Option<Epoch>,
}

/// A record with its versions as reads give it. An erased record has no versions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordDetails<AccountId> {
	/// Which one it is.
	pub id: RecordId,
	/// The record or what stays of it.
	pub entry: RecordEntry<AccountId>,
	/// Its versions, oldest first.
	pub versions: Vec<VersionDetails<AccountId>>,
}

/// A storage node's claim about one version, checked on chain against the registered root.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageClaim {
	/// Of which record.
	pub record: RecordId,
	/// Which version.
	pub version: Version,
	/// The root that the node pinned.
	pub root: Cid,
}

/// A use of a root CID.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RootUse {
	/// By which record.
	pub record: RecordId,
	/// By which version.
	pub version: Version,
}

/// That a record was withdrawn.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Withdrawal<AccountId> {
	/// By whom.
	pub by: AccountId,
	/// For which organisation.
	pub organisation: OrganisationId,
	/// Why.
	pub reason: ReasonCode,
	/// When.
	pub at: Moment,
}

/// Counts over all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageStatus {
	/// Live records.
	pub records: u32,
	/// Versions that wait for their first storage confirmation.
	pub pending: u32,
	/// Replicas of erased records that are yet to be removed.
	pub removals: u32,
}

/// A storage node of the network, and when it was last heard of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageNode<AccountId> {
	/// The node's account.
	pub node: AccountId,
	/// Block in which it last said that it is there.
	pub last_seen: u32,
	/// Whether it counts: heard of within the limit, and a live member.
	pub present: bool,
}

/// Ed25519 public key of a node in the peer-to-peer network: what its libp2p PeerId spells.
pub type PeerKey = [u8; 32];

/// As which peer a storage node is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct StoragePeer<AccountId> {
	/// The node's account.
	pub node: AccountId,
	/// Its key in the peer-to-peer network.
	pub peer: PeerKey,
}

/// How well the network keeps copies of its records.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReplicationStatus<AccountId> {
	/// In which block it is like that.
	pub block: u32,
	/// How many storage nodes shall hold each version: fewer than the chain wants while fewer are present.
	pub target: u32,
	/// How many stored versions are held by fewer, lost ones among them.
	pub under_replicated: u32,
	/// After how many blocks without a word a storage node counts as absent.
	pub absence_limit: u32,
	/// The storage nodes, in order of account.
	pub nodes: Vec<StorageNode<AccountId>>,
}

/// A version that fewer storage nodes hold than shall. Without any holder it is lost.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnderReplicatedVersion<AccountId> {
	/// Of which record.
	pub record: RecordId,
	/// Which version.
	pub version: Version,
	/// The root of its DAG.
	pub root: Cid,
	/// Length of its ciphertext, in bytes.
	pub size: u64,
	/// Who holds it, in order of confirmation.
	pub holders: Vec<AccountId>,
}

/// A key with what is needed to seal something to it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecipientKey<AccountId> {
	/// Whose key it is.
	pub recipient: Recipient<AccountId>,
	/// The key itself.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub public: KeyAgreementPublic,
	/// Its version.
	pub version: u32,
}
