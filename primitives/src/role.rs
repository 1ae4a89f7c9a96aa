//! Organisations, members and their keys (FHIR Organization, Practitioner, Patient).

use crate::{Hash32, Moment};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of an organisation, given in order of registration, from 1.
pub type OrganisationId = u32;

/// A public key for key agreement (X25519, RFC 7748): others seal things to it (HPKE, RFC 9180).
pub type KeyAgreementPublic = [u8; 32];

/// What an organisation is.
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
pub enum OrganisationKind {
	/// Treats patients and runs a validator.
	Hospital,
	/// Analyses samples.
	Laboratory,
	/// Dispenses medication.
	Pharmacy,
	/// Pays for care.
	Insurer,
	/// Studies data.
	Research,
	/// Supervises the others.
	Regulator,
}

/// Whether an organisation may act.
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
pub enum OrganisationStatus {
	/// In good standing.
	Active,
	/// Suspended by the council; nothing that hangs on it works.
	Suspended,
}

/// What the chain says of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrganisationInfo<AccountId> {
	/// Its number.
	pub id: OrganisationId,
	/// What it is.
	pub kind: OrganisationKind,
	/// Whether it may act.
	pub status: OrganisationStatus,
	/// Who administers its members.
	pub admins: Vec<AccountId>,
	/// SHA-256 of its FHIR Organization resource, which is published elsewhere.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub profile: Hash32,
	/// The key to which things are sealed for its records admins.
	pub key: Option<KeyAgreementKey>,
}

/// What an account may be. One account may hold several roles.
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
pub enum Role {
	/// Owns records about themself.
	Patient,
	/// Treats patients and writes records.
	Practitioner,
	/// Reviews an organisation's records and attests them.
	RecordsAdmin,
	/// Reviews accesses.
	Auditor,
	/// Handles claims for an insurer.
	InsurerAgent,
	/// Studies data.
	Researcher,
	/// Writes measurements.
	Device,
	/// A node's account that confirms what it stores.
	StorageNode,
}

impl Role {
	/// Every role, in order of encoding.
	pub const ALL: [Role; 8] = [
		Role::Patient,
		Role::Practitioner,
		Role::RecordsAdmin,
		Role::Auditor,
		Role::InsurerAgent,
		Role::Researcher,
		Role::Device,
		Role::StorageNode,
	];
}

/// Whether a membership holds.
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
pub enum MemberStatus {
	/// In good standing.
	Active,
	/// Suspended; can be reinstated.
	Suspended,
	/// Revoked for good.
	Revoked,
}

/// What a member practises, as a SNOMED CT concept of the practice setting (FHIR PractitionerRole.specialty); for example
/// 394579002, cardiology.
pub type Specialty = u64;

/// A membership: one account in one role.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
	/// The organisation that answers for the member; `None` for a patient who enrolled by themself.
	pub organisation: Option<OrganisationId>,
	/// Whether the membership holds.
	pub status: MemberStatus,
	/// SHA-256 of the credential (a licence, an employment contract, a device certificate).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub credential: Hash32,
	/// When the credential ends; `None` if it does not.
	pub expires: Option<Moment>,
	/// When the membership began.
	pub since: Moment,
	/// What the member practises, if it was said.
	pub specialty: Option<Specialty>,
}

/// A membership together with its role, as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MemberInfo {
	/// In which role.
	pub role: Role,
	/// The membership itself.
	pub member: Member,
	/// Whether it counts now: member and organisation active, credential not expired.
	pub live: bool,
}

/// A key-agreement key with its version, which grows by one at each rotation, from 1.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeyAgreementKey {
	/// The key itself.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub public: KeyAgreementPublic,
	/// Which one it is.
	pub version: u32,
}
