//! Consent: grants, denials, guardians, requests, rules and decisions (FHIR Consent, HL7 v3 PurposeOfUse).

use crate::{
	CaseId, Category, Moment, OrganisationId, Recipient, RecordId, Role, Version, Wrap, MAX_WRAPS,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

mod expression;
mod standing;

pub use expression::*;
pub use standing::*;

/// Why someone wants to act: codes of HL7 v3 PurposeOfUse (code system 2.16.840.1.113883.5.8).
#[allow(clippy::upper_case_acronyms)]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Purpose {
	/// Treatment.
	TREAT,
	/// Emergency treatment.
	ETREAT,
	/// Break the glass.
	BTG,
	/// Healthcare payment.
	HPAYMT,
	/// Healthcare operations, such as the review of a record.
	HOPERAT,
	/// Healthcare research.
	HRESCH,
	/// Public health.
	PUBHLTH,
	/// The patient's own request.
	PATRQT,
}

impl Purpose {
	/// Every purpose, in order of encoding.
	pub const ALL: [Purpose; 8] = [
		Purpose::TREAT,
		Purpose::ETREAT,
		Purpose::BTG,
		Purpose::HPAYMT,
		Purpose::HOPERAT,
		Purpose::HRESCH,
		Purpose::PUBHLTH,
		Purpose::PATRQT,
	];
}

/// What someone wants to do with a record.
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
pub enum Action {
	/// Open it.
	Read,
	/// Add a record or a version.
	Write,
	/// Pass access on.
	Share,
}

/// To whom a grant or a denial applies.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Grantee<AccountId> {
	/// To one account, in whatever role it holds.
	Account(AccountId),
	/// To every live member of an organisation.
	Organisation(OrganisationId),
	/// To every live member in a role, of one organisation or of any.
	Role {
		/// The role.
		role: Role,
		/// The organisation; `None` for any.
		organisation: Option<OrganisationId>,
	},
}

/// A set of categories. Order and repetition mean nothing; empty is refused.
pub type Categories = BoundedVec<Category, ConstU32<16>>;

/// A set of purposes. Order and repetition mean nothing; empty is refused.
pub type Purposes = BoundedVec<Purpose, ConstU32<8>>;

/// A set of actions. Order and repetition mean nothing; empty is refused.
pub type Actions = BoundedVec<Action, ConstU32<4>>;

/// Which of the patient's records a grant or a denial covers.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Scope {
	/// All of them, also those to come.
	Everything,
	/// Those of some categories, also those to come.
	Categories(Categories),
	/// One record, all its versions.
	Record(RecordId),
	/// One version of one record.
	Version {
		/// Of which record.
		record: RecordId,
		/// Which version.
		version: Version,
	},
}

/// Number of a grant; unique for a patient, never used again.
pub type GrantId = u32;

/// Number of a denial; unique for a patient, never used again.
pub type DenialId = u32;

/// What a patient permits, as the call takes it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GrantTerms<AccountId> {
	/// To whom.
	pub grantee: Grantee<AccountId>,
	/// Over which records.
	pub scope: Scope,
	/// For which purposes.
	pub purposes: Purposes,
	/// To do what.
	pub actions: Actions,
	/// From when; `None` from now.
	pub from: Option<Moment>,
	/// Until when (that moment excluded); `None` until revoked.
	pub until: Option<Moment>,
	/// For how many uses; `None` for any number. 0 is refused. Each request that is permitted by the grant is one.
	pub uses: Option<u32>,
	/// In which context; `None` for any.
	pub condition: Option<Expression>,
}

/// A grant that stands.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Grant<AccountId> {
	/// What it permits.
	pub terms: GrantTerms<AccountId>,
	/// When it was given.
	pub given: Moment,
	/// How many times it was used, by itself or through grants passed on from it.
	pub used: u32,
	/// From where it was passed on; `None` for one that the patient gave.
	pub via: Option<Via<AccountId>>,
}

/// An explicit denial; it overrides every grant, for every purpose and action.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Denial<AccountId> {
	/// To whom.
	pub grantee: Grantee<AccountId>,
	/// Over which records.
	pub scope: Scope,
	/// When it was given.
	pub given: Moment,
}

/// A patient's standing consent as reads give it. Bounded by the chain's limits on each of its lists.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConsentDetails<AccountId> {
	/// Grants, oldest first.
	pub grants: Vec<(GrantId, Grant<AccountId>)>,
	/// Denials, oldest first.
	pub denials: Vec<(DenialId, Denial<AccountId>)>,
	/// Guardians, oldest appointment first; those who have aged out included.
	pub guardians: Vec<(GuardianId, Guardian<AccountId>)>,
	/// Requests that wait for an answer, oldest first.
	pub requests: Vec<(ConsentRequestId, ConsentRequest<AccountId>)>,
	/// Standing rules, in the order in which they are tried.
	pub rules: Vec<(RuleId, StandingRule<AccountId>)>,
	/// Whether the patient has opted out of emergency access.
	pub opt_out: bool,
}

/// A key wrapped for someone, for one version of one record.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordWrap<AccountId> {
	/// Of which record.
	pub record: RecordId,
	/// Of which version.
	pub version: Version,
	/// For whom.
	pub recipient: Recipient<AccountId>,
	/// The wrapped key.
	pub wrap: Wrap,
}

/// The wraps that one call adds.
pub type RecordWraps<AccountId> = BoundedVec<RecordWrap<AccountId>, ConstU32<MAX_WRAPS>>;

/// Names a wrap that is to be removed.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WrapKey<AccountId> {
	/// Of which record.
	pub record: RecordId,
	/// Of which version.
	pub version: Version,
	/// For whom.
	pub recipient: Recipient<AccountId>,
}

/// The wraps that one call removes.
pub type WrapKeys<AccountId> = BoundedVec<WrapKey<AccountId>, ConstU32<MAX_WRAPS>>;

/// What is asked of the decision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Question<AccountId> {
	/// Who wants to act.
	pub reader: AccountId,
	/// On which record.
	pub record: RecordId,
	/// On which version; `None` for the latest.
	pub version: Option<Version>,
	/// Why.
	pub purpose: Purpose,
	/// To do what.
	pub action: Action,
}

/// The answer.
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
pub enum Decision {
	/// Yes, on this basis.
	Permit(Basis),
	/// No, for this reason.
	Deny(DenyReason),
}

impl Decision {
	/// Whether the answer is yes.
	pub fn is_permit(&self) -> bool {
		matches!(self, Self::Permit(_))
	}
}

/// What a permit rests on.
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
pub enum Basis {
	/// The reader is the patient.
	Patient,
	/// A grant covers it.
	Grant(GrantId),
	/// The reader is the patient's guardian.
	Guardian(GuardianId),
	/// The reader has an open emergency case.
	Emergency(CaseId),
	/// The record is an emergency summary and the reader treats an emergency.
	EmergencySummary,
}

/// Why the answer is no.
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
pub enum DenyReason {
	/// No such record.
	UnknownRecord,
	/// The record was erased.
	RecordErased,
	/// The record has no such version.
	UnknownVersion,
	/// The reader is no member.
	NotMember,
	/// The reader has memberships, and none is live: suspended, revoked, expired, or of a suspended organisation.
	NotInGoodStanding,
	/// The patient denied it explicitly.
	Denied(DenialId),
	/// Nothing permits it.
	NoGrant,
	/// Nothing permits it, and the patient has opted out of emergency access.
	OptedOut,
	/// Whoever wrote the record has withdrawn it.
	RecordWithdrawn,
}

/// One rule that the decision looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Rule {
	/// The record lives and has the version.
	RecordLive,
	/// The reader is a live member in this role.
	Membership(Role),
	/// The reader is the patient.
	Patient,
	/// An explicit denial.
	Denial(DenialId),
	/// A grant.
	Grant(GrantId),
	/// The reader is the patient's guardian.
	Guardian(GuardianId),
	/// The reader has an open emergency case.
	Emergency,
	/// Emergency summaries are open to practitioners of hospitals for emergency treatment.
	EmergencySummary,
}

/// What the decision found about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Finding {
	/// It holds.
	Applies,
	/// It does not: no such record, version, member.
	Absent,
	/// The record was erased.
	Erased,
	/// The membership is suspended, revoked or expired, or its organisation suspended.
	NotLive,
	/// It is about someone else.
	OtherGrantee,
	/// It covers other records.
	OtherScope,
	/// It is for other purposes.
	OtherPurpose,
	/// It permits other actions.
	OtherAction,
	/// It does not hold yet.
	NotYet,
	/// It holds no longer.
	Expired,
	/// All its uses are made.
	UsedUp,
	/// Its condition is not met.
	ConditionUnmet,
	/// The grant from which it was passed on does not hold now, or no longer for the one who passed it on.
	ParentEnded,
	/// The patient has opted out.
	OptedOut,
	/// The reader has no open emergency case for the patient.
	NoCase,
}

/// A rule and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Considered {
	/// Which rule.
	pub rule: Rule,
	/// What was found; for several mismatches, the first in the order of [`Finding`].
	pub finding: Finding,
}

/// A decision with every rule that was considered, in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Explanation {
	/// The answer; always equal to that of the plain decision.
	pub decision: Decision,
	/// What led to it.
	pub considered: Vec<Considered>,
}
