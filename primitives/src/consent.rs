//! Consent: grants, denials, guardians, requests, rules and decisions (FHIR Consent, HL7 v3
//! PurposeOfUse).

use crate::{
	CaseId, Category, Moment, OrganisationId, Recipient, RecordId, Role, Version, Wrap, MAX_WRAPS,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

mod expression;
mod matching;
mod standing;
mod steady;

pub use expression::*;
pub use matching::*;
pub use standing::*;
pub use steady::*;

/// Purpose of use: codes of HL7 v3 PurposeOfUse (code system 2.16.840.1.113883.5.8).
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
	/// Break the glass. No grant permits it; it requires an emergency case.
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

/// Action on a record.
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

/// Party to whom a grant or a denial applies.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Grantee<AccountId> {
	/// One account, in the professional capacities (role at organisation) that it had when the
	/// grant was given; the grant ends with the last of them. As a person, if it never had a
	/// professional capacity.
	///
	/// Older clients give grants of this kind. [`Grantee::Member`] and [`Grantee::Person`] say
	/// which is meant.
	Account(AccountId),
	/// Every live member of an organisation. A grant excludes its storage nodes, and lets its
	/// devices write only.
	Organisation(OrganisationId),
	/// Every live member in a role, of one organisation or of any.
	Role {
		/// Role that the members hold.
		role: Role,
		/// The organisation; `None` for any.
		organisation: Option<OrganisationId>,
	},
	/// One account in one capacity, as long as it has that capacity. A membership given later is a
	/// different one.
	Member {
		/// Account of the member.
		account: AccountId,
		/// Role of the member; not `Patient`.
		role: Role,
		/// Organisation of the membership.
		organisation: OrganisationId,
	},
	/// One account as a person, by any live membership, including a patient's.
	Person(AccountId),
	/// The care team of an organisation: its live practitioners and records admins, and its
	/// devices. A grant lets devices write only.
	CareTeam(OrganisationId),
}

/// Set of categories. Order and repetition mean nothing; an empty set is refused.
pub type Categories = BoundedVec<Category, ConstU32<16>>;

/// Set of purposes. Order and repetition mean nothing; an empty set is refused.
pub type Purposes = BoundedVec<Purpose, ConstU32<8>>;

/// Set of actions. Order and repetition mean nothing; an empty set is refused.
pub type Actions = BoundedVec<Action, ConstU32<4>>;

/// Part of the patient's records that a grant or a denial covers.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Scope {
	/// All records, including future ones.
	Everything,
	/// Records of some categories, including future ones.
	Categories(Categories),
	/// One record with all its versions.
	Record(RecordId),
	/// One version of one record.
	Version {
		/// Record that has the version.
		record: RecordId,
		/// Number of the version.
		version: Version,
	},
}

/// Number of a grant; unique for a patient, never reused.
pub type GrantId = u32;

/// Number of a denial; unique for a patient, never reused.
pub type DenialId = u32;

/// Terms of a grant, as the call takes them.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GrantTerms<AccountId> {
	/// Party to whom it applies.
	pub grantee: Grantee<AccountId>,
	/// Records that it covers.
	pub scope: Scope,
	/// Permitted purposes.
	pub purposes: Purposes,
	/// Permitted actions.
	pub actions: Actions,
	/// Start; `None` for now.
	pub from: Option<Moment>,
	/// End, that moment excluded; `None` until revoked.
	pub until: Option<Moment>,
	/// Number of uses; `None` for any number, 0 is refused. Each request that the grant permits is
	/// one use.
	pub uses: Option<u32>,
	/// Condition on the context; `None` for any context.
	pub condition: Option<Expression>,
}

/// Grant in force.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Grant<AccountId> {
	/// Terms of the grant.
	pub terms: GrantTerms<AccountId>,
	/// Time at which it was given.
	pub given: Moment,
	/// Number of uses: of this grant, and of grants passed on from it.
	pub used: u32,
	/// Parent grant, if it was passed on; `None` if the patient gave it.
	pub via: Option<Via<AccountId>>,
}

/// Explicit denial. It overrides every grant, for every purpose and action.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Denial<AccountId> {
	/// Party to whom it applies.
	pub grantee: Grantee<AccountId>,
	/// Records that it covers.
	pub scope: Scope,
	/// Time at which it was given.
	pub given: Moment,
}

/// A patient's standing consent, as reads return it. The chain limits the length of each list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConsentDetails<AccountId> {
	/// Grants, oldest first.
	pub grants: Vec<(GrantId, Grant<AccountId>)>,
	/// Denials, oldest first.
	pub denials: Vec<(DenialId, Denial<AccountId>)>,
	/// Guardians, oldest appointment first, including appointments past their end.
	pub guardians: Vec<(GuardianId, Guardian<AccountId>)>,
	/// Pending requests, oldest first.
	pub requests: Vec<(ConsentRequestId, ConsentRequest<AccountId>)>,
	/// Standing rules, in the order in which they are evaluated.
	pub rules: Vec<(RuleId, StandingRule<AccountId>)>,
	/// Whether the patient has opted out of emergency access.
	pub opt_out: bool,
}

/// Key of one version, wrapped for one recipient.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordWrap<AccountId> {
	/// Record that has the version.
	pub record: RecordId,
	/// Version whose key is wrapped.
	pub version: Version,
	/// Recipient of the key.
	pub recipient: Recipient<AccountId>,
	/// The wrapped key.
	pub wrap: Wrap,
}

/// Wraps that one call adds.
pub type RecordWraps<AccountId> = BoundedVec<RecordWrap<AccountId>, ConstU32<MAX_WRAPS>>;

/// Identifies a wrap to remove.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WrapKey<AccountId> {
	/// Record that has the version.
	pub record: RecordId,
	/// Version whose key is wrapped.
	pub version: Version,
	/// Recipient of the key.
	pub recipient: Recipient<AccountId>,
}

/// Wraps that one call removes.
pub type WrapKeys<AccountId> = BoundedVec<WrapKey<AccountId>, ConstU32<MAX_WRAPS>>;

/// Question to the decision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Question<AccountId> {
	/// Account that wants to act.
	pub reader: AccountId,
	/// Record to act on.
	pub record: RecordId,
	/// The version; `None` for the latest.
	pub version: Option<Version>,
	/// Purpose of the act.
	pub purpose: Purpose,
	/// Intended action.
	pub action: Action,
}

/// Question about all records of a patient: the latest version of each.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PatientQuestion<AccountId> {
	/// Account that wants to act.
	pub reader: AccountId,
	/// Patient whom the records are about.
	pub patient: AccountId,
	/// Purpose of the act.
	pub purpose: Purpose,
	/// Intended action.
	pub action: Action,
}

/// Answer to a question.
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
	/// Returns whether the answer is yes.
	pub fn is_permit(&self) -> bool {
		matches!(self, Self::Permit(_))
	}
}

/// Basis of a permit.
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
	/// The record is an emergency summary and the reader treats an emergency. No longer given,
	/// because a summary opens under a case; log entries of earlier runtimes have it.
	EmergencySummary,
}

/// Reason of a denial.
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
	/// The reader has no membership.
	NotMember,
	/// The reader has memberships, but none is live: each is suspended, revoked, expired or of a
	/// suspended organisation.
	NotInGoodStanding,
	/// The patient denies it explicitly.
	Denied(DenialId),
	/// Nothing permits it.
	NoGrant,
	/// Nothing permits it, and the patient has opted out of emergency access.
	OptedOut,
	/// The record was withdrawn.
	RecordWithdrawn,
}

/// Rule that the decision considered. The SCALE encoding fixes the order of the variants. The
/// numbers give the order in which the rules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Rule {
	/// Rule 1: the record exists and has the version.
	RecordLive,
	/// Rule 2: the reader is a live member in this role.
	Membership(Role),
	/// Rule 3: the reader is the patient.
	Patient,
	/// Rule 5: an explicit denial applies.
	Denial(DenialId),
	/// Rule 6: a grant applies.
	Grant(GrantId),
	/// Rule 4: the reader is the patient's guardian.
	Guardian(GuardianId),
	/// Rule 7: the reader has an open emergency case.
	Emergency,
	/// Rule 8: an open emergency case opens emergency summaries for emergency treatment, even of
	/// patients who have opted out of other emergency access.
	EmergencySummary,
}

/// Finding of the decision about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Finding {
	/// The rule holds.
	Applies,
	/// The record, version or membership does not exist.
	Absent,
	/// The record was erased.
	Erased,
	/// The membership is suspended, revoked or expired, or its organisation is suspended; or, for a
	/// grant, the capacity that it names has ended.
	NotLive,
	/// The rule is for someone else.
	OtherGrantee,
	/// The rule covers other records.
	OtherScope,
	/// The rule is for other purposes.
	OtherPurpose,
	/// The rule permits other actions.
	OtherAction,
	/// The rule has not begun.
	NotYet,
	/// The rule has ended.
	Expired,
	/// All its uses are spent.
	UsedUp,
	/// The rule's condition is not met.
	ConditionUnmet,
	/// The parent grant has ended, or no longer applies to the sharer.
	ParentEnded,
	/// The patient has opted out of emergency access.
	OptedOut,
	/// The reader has no open emergency case for the patient.
	NoCase,
}

/// Rule with its finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Considered {
	/// Rule that was considered.
	pub rule: Rule,
	/// The finding; of several mismatches, the first in the order of [`Finding`].
	pub finding: Finding,
}

/// Decision with every rule considered, in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Explanation {
	/// The decision; always equal to the plain decision.
	pub decision: Decision,
	/// The rules that led to it.
	pub considered: Vec<Considered>,
}
