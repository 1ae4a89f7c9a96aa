//! Guardians, requests for consent with their answers, and standing rules that answer them.

use super::{Actions, Expression, GrantId, Grantee, Purposes, Scope};
use crate::Moment;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Maximum number of guardians of a patient at once.
pub const MAX_GUARDIANS: u32 = 8;

/// Maximum number of requests that wait for a patient's answer.
pub const MAX_CONSENT_REQUESTS: u32 = 64;

/// Maximum number of one requester's requests that wait for one patient's answer.
pub const MAX_REQUESTS_PER_REQUESTER: u32 = 4;

/// Maximum number of requests from one organisation's members that wait for one patient's answer.
/// People who act for no organisation together have the same limit.
pub const MAX_REQUESTS_PER_ORGANISATION: u32 = 8;

/// Maximum number of waiting requests to one patient by persons, who act for no organisation.
pub const MAX_REQUESTS_OF_PERSONS: u32 = 32;

/// Maximum number of a patient's grants that rules and guardians gave, at once. The rest is left
/// for the patient's own grants.
pub const MAX_ANSWERED: u32 = 32;

/// Maximum number of grants to one requester that rules and guardians of a patient gave, at once.
pub const MAX_ANSWERED_PER_REQUESTER: u32 = 4;

/// Maximum number of grants to one organisation's members that rules and guardians of a patient
/// gave, at once.
pub const MAX_ANSWERED_PER_ORGANISATION: u32 = 16;

/// Lifetime of a request that waits for its answer, in milliseconds: 30 days.
pub const CONSENT_REQUEST_LIFETIME: Moment = 30 * 24 * 60 * 60 * 1_000;

/// Maximum number of standing rules of a patient.
pub const MAX_RULES: u32 = 16;

/// Maximum number of grants in force that were passed on from a patient's grants.
pub const MAX_SHARED: u32 = 16;

/// Number of a guardian's appointment; unique for a patient, never reused.
pub type GuardianId = u32;

/// Number of a consent request; unique for a patient, never reused.
pub type ConsentRequestId = u32;

/// Number of a standing rule; unique for a patient, never reused.
pub type RuleId = u32;

/// Someone who reads, and answers requests, on behalf of a patient.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Guardian<AccountId> {
	/// Account of the guardian.
	pub guardian: AccountId,
	/// Records that the appointment covers.
	pub scope: Scope,
	/// Permitted purposes.
	pub purposes: Purposes,
	/// Time of the appointment.
	pub since: Moment,
	/// End, that moment excluded, such as the day a child comes of age; `None` until dismissed.
	pub until: Option<Moment>,
}

/// Terms of a consent request.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestTerms {
	/// Requested records.
	pub scope: Scope,
	/// Requested purposes.
	pub purposes: Purposes,
	/// Requested actions.
	pub actions: Actions,
	/// Requested end, that moment excluded; `None` until revoked.
	pub until: Option<Moment>,
}

/// Pending consent request.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConsentRequest<AccountId> {
	/// Account that asks. A grant in answer is to this account, in the capacity in which it asked.
	pub requester: AccountId,
	/// Requested terms.
	pub terms: RequestTerms,
	/// Time of the request.
	pub made: Moment,
	/// End of its wait, that moment excluded.
	pub expires: Moment,
}

/// Narrowing of an approval against the request.
#[derive(
	Clone,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Approval {
	/// Number of uses; `None` for any number.
	pub uses: Option<u32>,
	/// End, that moment excluded; `None` for the requested end.
	pub until: Option<Moment>,
}

/// Answer to a request.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Answer {
	/// Yes, perhaps on narrower terms than requested.
	Approve(Approval),
	/// No.
	Decline,
}

/// Answers that one call gives.
pub type Answers = BoundedVec<(ConsentRequestId, Answer), ConstU32<MAX_CONSENT_REQUESTS>>;

/// Source of an answer.
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
pub enum AnsweredBy {
	/// Patient whom the request is about.
	Patient,
	/// Guardian, by the number of the appointment.
	Guardian(GuardianId),
	/// A standing rule.
	Rule(RuleId),
}

/// Answer of a standing rule.
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
pub enum RuleAnswer {
	/// Yes, for this time from the request on, or until the requested end if that is earlier.
	Approve {
		/// Time, in milliseconds.
		duration: Moment,
	},
	/// No.
	Decline,
}

/// Standing rule, which answers requests at once.
///
/// It approves only requests that it covers completely, and declines every request that it may
/// touch. For an approval, the rule's sets must contain all that the request asks for, and its
/// condition must be met. For a decline, one common purpose, one common action and one common
/// record are enough, with a condition that may be met. A condition that depends on the opened
/// record is unknown for a request over several records.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandingRule<AccountId> {
	/// Requesters that it applies to; `None` for any. An approval applies to professionals only,
	/// unless it names a person.
	pub requester: Option<Grantee<AccountId>>,
	/// Records that it covers.
	pub scope: Scope,
	/// Purposes that it covers.
	pub purposes: Purposes,
	/// Actions that it covers.
	pub actions: Actions,
	/// Condition on the context. A grant that an approval makes inherits it.
	pub condition: Option<Expression>,
	/// Answer to the requests that the rule covers.
	pub answer: RuleAnswer,
}

/// Origin of a passed-on grant.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Via<AccountId> {
	/// Grant that permitted it, with [`super::Action::Share`].
	pub parent: GrantId,
	/// Account that passed it on; that grant applied to it.
	pub sharer: AccountId,
}
