//! Attestations: an administrator's signed statement about a subject (FHIR Provenance,
//! verification).

use crate::{Moment, OrganisationId, RecordId, Role, Version};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Subject of a statement.
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
		/// Record that has the version.
		record: RecordId,
		/// Number of the version.
		version: Version,
	},
	/// A member's credential.
	Credential {
		/// The member's account.
		account: AccountId,
		/// Role that the credential is for.
		role: Role,
	},
}

/// Verdict of a statement.
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
	/// The subject is not what it claims to be.
	Rejected,
}

/// Reason of a statement, as a code: free text is never on the chain.
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
	/// Organisation for which the administrator spoke.
	pub organisation: OrganisationId,
	/// Their verdict.
	pub verdict: Verdict,
	/// Their reason.
	pub reason: ReasonCode,
	/// Time of the statement.
	pub at: Moment,
	/// End of the statement, that moment excluded; `None` if it has no end.
	pub expires: Option<Moment>,
}

/// Statements about a subject, as reads return them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AttestationStatus<AccountId> {
	/// Number of equal verdicts that the organisation requires.
	pub threshold: u32,
	/// Statements, each with the account that made it.
	pub attestations: Vec<(AccountId, Attestation)>,
}
