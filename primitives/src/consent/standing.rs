//! Guardians, requests for consent and their answers, and standing rules that answer them.

use super::{Actions, Expression, GrantId, Grantee, Purposes, Scope};
use crate::Moment;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most guardians of a patient at once.
pub const MAX_GUARDIANS: u32 = 8;

/// The most requests that wait for a patient's answer.
pub const MAX_CONSENT_REQUESTS: u32 = 64;

/// The most requests of one requester that wait for one patient's answer.
pub const MAX_REQUESTS_PER_REQUESTER: u32 = 4;

/// The most requests of one organisation's members that wait for one patient's answer. As many of people who act for none.
pub const MAX_REQUESTS_PER_ORGANISATION: u32 = 8;

/// The most grants by rules and guardians that a patient has at once. The patient's own acts have the rest.
pub const MAX_ANSWERED: u32 = 32;

/// The most grants by rules and guardians that a patient has at once to one requester.
pub const MAX_ANSWERED_PER_REQUESTER: u32 = 4;

/// The most grants by rules and guardians that a patient has at once to one organisation's members.
pub const MAX_ANSWERED_PER_ORGANISATION: u32 = 16;

/// How long a request waits for its answer, in milliseconds: 30 days.
pub const CONSENT_REQUEST_LIFETIME: Moment = 30 * 24 * 60 * 60 * 1_000;

/// The most standing rules of a patient.
pub const MAX_RULES: u32 = 16;

/// The most grants passed on from a patient's grants that stand at once.
pub const MAX_SHARED: u32 = 16;

/// Number of a guardian's appointment; unique for a patient, never used again.
pub type GuardianId = u32;

/// Number of a request for consent; unique for a patient, never used again.
pub type ConsentRequestId = u32;

/// Number of a standing rule; unique for a patient, never used again.
pub type RuleId = u32;

/// Someone who reads, and answers requests, in a patient's stead.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Guardian<AccountId> {
	/// Who.
	pub guardian: AccountId,
	/// Over which records.
	pub scope: Scope,
	/// For which purposes.
	pub purposes: Purposes,
	/// When they were appointed.
	pub since: Moment,
	/// Until when (that moment excluded), such as the day a child comes of age; `None` until dismissed.
	pub until: Option<Moment>,
}

/// What someone asks a patient for.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestTerms {
	/// Over which records.
	pub scope: Scope,
	/// For which purposes.
	pub purposes: Purposes,
	/// To do what.
	pub actions: Actions,
	/// Until when (that moment excluded); `None` until revoked.
	pub until: Option<Moment>,
}

/// A request that waits for its answer.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConsentRequest<AccountId> {
	/// Who asks. A grant that answers it is to this account, in the capacity in which it asked.
	pub requester: AccountId,
	/// For what.
	pub terms: RequestTerms,
	/// When it was made.
	pub made: Moment,
	/// Until when it waits, that moment excluded.
	pub expires: Moment,
}

/// How an approval is narrower than what was asked for.
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
	/// For how many uses; `None` for any number.
	pub uses: Option<u32>,
	/// Until when (that moment excluded); `None` for as long as was asked.
	pub until: Option<Moment>,
}

/// An answer to a request.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Answer {
	/// Yes, perhaps less than was asked for.
	Approve(Approval),
	/// No.
	Decline,
}

/// The answers that one call gives.
pub type Answers = BoundedVec<(ConsentRequestId, Answer), ConstU32<MAX_CONSENT_REQUESTS>>;

/// Who or what answered a request.
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
	/// The patient.
	Patient,
	/// A guardian.
	Guardian(GuardianId),
	/// A standing rule.
	Rule(RuleId),
}

/// What a standing rule answers.
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
	/// Yes, for that many milliseconds from the request on, or for less if less was asked for.
	Approve {
		/// How long.
		duration: Moment,
	},
	/// No.
	Decline,
}

/// A rule by which requests are answered at once.
///
/// It approves only what it covers wholly, and declines whatever it may touch: for an approval, all that is asked for must be in the
/// rule's sets and the condition be met; for a decline, one purpose, one action and one record in common are enough, and a
/// condition that may be met. A condition that depends on which record is opened cannot be told for a request over several.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandingRule<AccountId> {
	/// Whose requests; `None` for anyone's. An approval means professionals alone, unless it names a person.
	pub requester: Option<Grantee<AccountId>>,
	/// Over which records.
	pub scope: Scope,
	/// For which purposes.
	pub purposes: Purposes,
	/// To do what.
	pub actions: Actions,
	/// In which context. The grant that an approval makes carries it on.
	pub condition: Option<Expression>,
	/// The answer.
	pub answer: RuleAnswer,
}

/// From where a grant was passed on.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Via<AccountId> {
	/// The grant that permitted it, with [`super::Action::Share`].
	pub parent: GrantId,
	/// Who passed it on, as someone to whom that grant applied.
	pub sharer: AccountId,
}
