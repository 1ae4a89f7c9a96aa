//! Organisations, members and their keys (FHIR Organization, Practitioner, Patient).

use crate::{Hash32, Moment};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of an organisation, from 1, in order of registration.
pub type OrganisationId = u32;

/// Public key for key agreement (X25519, RFC 7748). Others seal to it (HPKE, RFC 9180).
pub type KeyAgreementPublic = [u8; 32];

/// Kind of an organisation.
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
	/// Studies health data.
	Research,
	/// Supervises the others.
	Regulator,
}

impl OrganisationKind {
	/// Every kind, in order of encoding.
	pub const ALL: [OrganisationKind; 6] = [
		OrganisationKind::Hospital,
		OrganisationKind::Laboratory,
		OrganisationKind::Pharmacy,
		OrganisationKind::Insurer,
		OrganisationKind::Research,
		OrganisationKind::Regulator,
	];
}

/// Standing of an organisation.
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
	/// Suspended by the council; its staff and administrators cannot act.
	Suspended,
}

/// An organisation, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrganisationInfo<AccountId> {
	/// Number of the organisation.
	pub id: OrganisationId,
	/// Kind of the organisation.
	pub kind: OrganisationKind,
	/// Standing of the organisation.
	pub status: OrganisationStatus,
	/// Accounts that administer its members.
	pub admins: Vec<AccountId>,
	/// SHA-256 of its FHIR Organization resource, which is published off chain.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub profile: Hash32,
	/// Key-agreement key that its records admins hold.
	pub key: Option<KeyAgreementKey>,
}

/// Role of an account. One account may hold several roles.
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
	/// Owns the records about them.
	Patient,
	/// Treats patients and writes records.
	Practitioner,
	/// Reviews an organisation's records and attests them.
	RecordsAdmin,
	/// Reviews accesses.
	Auditor,
	/// Handles claims for an insurer.
	InsurerAgent,
	/// Studies health data.
	Researcher,
	/// Writes measurements.
	Device,
	/// A node's account that confirms the versions it stores.
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

	/// Roles that write records for their organisation: its care team.
	pub const WRITERS: [Role; 3] = [Role::Practitioner, Role::RecordsAdmin, Role::Device];
}

/// Standing of a membership.
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

/// Specialty of a member, as a SNOMED CT concept of the practice setting (FHIR
/// PractitionerRole.specialty). Example: 394579002, cardiology.
pub type Specialty = u64;

/// Membership of one account in one role.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
	/// Organisation that answers for the member; `None` for a patient who enrolled without one.
	pub organisation: Option<OrganisationId>,
	/// Standing of the membership.
	pub status: MemberStatus,
	/// SHA-256 of the credential, such as a licence, employment contract or device certificate.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub credential: Hash32,
	/// End of the credential; `None` if it has no end.
	pub expires: Option<Moment>,
	/// Time at which the membership began.
	pub since: Moment,
	/// Specialty of the member, if it was given.
	pub specialty: Option<Specialty>,
}

/// Membership with its role, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MemberInfo {
	/// Role that the account holds.
	pub role: Role,
	/// Membership in this role.
	pub member: Member,
	/// Whether it is live: member and organisation are active, and the credential has not expired.
	pub live: bool,
}

/// Key-agreement key with its version.
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
	/// Public key.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub public: KeyAgreementPublic,
	/// Its version, from 1; grows by one at each rotation.
	pub version: u32,
}
