//! Attestations: an administrator's signed statement about a subject (FHIR Provenance, verification).

use crate::{Moment, OrganisationId, RecordId, Role, Version};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a statement is about.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Subject<AccountId> {
	/// One version of a record.
	RecordVersion {
		/// Of which record.
		record: RecordId,
		/// Which version.
		version: Version,
	},
	/// A member's credential.
	Credential {
		/// Whose.
		account: AccountId,
		/// In which role.
		role: Role,
	},
}

/// What the statement says.
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
pub enum Verdict {
	/// The subject is what it claims to be.
	Confirmed,
	/// It is not.
	Rejected,
}

/// Why, as a code: free text never goes on chain.
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
pub enum ReasonCode {
	/// Reviewed and found in order.
	Reviewed,
	/// The content is about another patient.
	WrongPatient,
	/// The content is filed under the wrong category.
	WrongCategory,
	/// Parts are missing.
	Incomplete,
	/// The content cannot be read.
	Unreadable,
	/// The same content is registered elsewhere.
	Duplicate,
	/// The credential could not be verified.
	CredentialUnverified,
	/// None of the above.
	Other,
}

/// One administrator's statement.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Attestation {
	/// For which organisation the administrator spoke.
	pub organisation: OrganisationId,
	/// What they said.
	pub verdict: Verdict,
	/// Why.
	pub reason: ReasonCode,
	/// When they said it.
	pub at: Moment,
	/// Until when it holds; `None` without end.
	pub expires: Option<Moment>,
}

/// The statements about a subject as reads give them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AttestationStatus<AccountId> {
	/// How many equal verdicts the organisation asks for.
	pub threshold: u32,
	/// Who said what.
	pub attestations: Vec<(AccountId, Attestation)>,
}
