//! The access log, key releases and emergency cases (FHIR AuditEvent, HL7 break-the-glass).

use crate::{
	Decision, Epoch, Hash32, MemberIndex, Moment, OrganisationId, Purpose, ReasonCode, RecordId,
	SealedShare, SuccessionEvent, Version,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a request for access, from 1, over all patients.
pub type RequestId = u64;

/// Number of an emergency case, from 1, over all patients.
pub type CaseId = u32;

/// A reader's one-time public key (X25519), to which shares are sealed.
pub type ReaderKey = [u8; 32];

/// Why a clinician broke the glass.
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
pub enum EmergencyReason {
	/// The patient is unconscious.
	Unconscious,
	/// Life is in danger.
	LifeThreatening,
	/// The patient cannot say or decide.
	Incapacitated,
	/// Mass casualty or disaster.
	Disaster,
	/// Another reason, which the written statement gives.
	Other,
}

/// As what someone reviews an emergency case.
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
pub enum Reviewer {
	/// A live auditor.
	Auditor,
	/// An administrator of the opener's organisation.
	Admin,
}

/// What a log entry is about.
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
pub enum LogEvent {
	/// Someone asked to open a version, and was answered.
	Requested {
		/// Number of the request.
		request: RequestId,
		/// Which record.
		record: RecordId,
		/// Which version; 0 when the record has no such version.
		version: Version,
		/// Why.
		purpose: Purpose,
		/// The answer.
		decision: Decision,
	},
	/// Enough hospitals posted their shares: the reader could open the key.
	Released {
		/// Of which request.
		request: RequestId,
	},
	/// A clinician broke the glass.
	EmergencyOpened {
		/// Number of the case.
		case: CaseId,
		/// Why.
		reason: EmergencyReason,
		/// SHA-256 of the written reason, which stays with the hospital.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		statement: Hash32,
		/// Until when, that moment excluded.
		until: Moment,
	},
	/// Someone reviewed a case.
	EmergencyReviewed {
		/// Which case.
		case: CaseId,
		/// As what.
		reviewer: Reviewer,
		/// Whether it was justified.
		justified: bool,
	},
	/// Someone else's account is to act for the patient, whose key is said to be lost, or does from now on.
	Succession(SuccessionEvent),
	/// Whoever wrote a record withdrew it: nobody opens it any more.
	Withdrawn {
		/// Which record.
		record: RecordId,
		/// Why.
		reason: ReasonCode,
	},
}

/// One entry of a patient's access log.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogEntry<AccountId> {
	/// Its place in the patient's log, from 0.
	pub index: u32,
	/// Block in which it was written.
	pub block: u32,
	/// When.
	pub at: Moment,
	/// Who acted: the reader, the opener, the reviewer, who says that the key is lost. For [`LogEvent::Released`], the reader.
	pub actor: AccountId,
	/// For which organisation, if for one.
	pub organisation: Option<OrganisationId>,
	/// What happened.
	pub event: LogEvent,
}

impl<AccountId: Encode> LogEntry<AccountId> {
	/// The log's head after this entry: `blake2_256(head ‖ entry)`. It also names the entry, on this fork only.
	pub fn extend(&self, head: &Hash32) -> Hash32 {
		let mut bytes = Vec::with_capacity(256);
		bytes.extend_from_slice(head);
		self.encode_to(&mut bytes);
		sp_crypto_hashing::blake2_256(&bytes)
	}
}

/// Where a patient's log stands. A log without entries has a head of zeros.
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
pub struct LogHead {
	/// How many entries there have ever been.
	pub count: u32,
	/// Hash over all of them (see [`LogEntry::extend`]).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub head: Hash32,
	/// How many of the oldest were moved out of the state.
	pub archived: u32,
	/// Hash over those.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub archived_head: Hash32,
}

/// A page of a patient's log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogPage<AccountId> {
	/// Where the log stands.
	pub head: LogHead,
	/// Entries, oldest first. Archived ones are not among them.
	pub entries: Vec<LogEntry<AccountId>>,
	/// Index from which to ask for the next page; `None` when this is the last.
	pub next: Option<u32>,
}

/// What is asked for when someone wants to open a version.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccessRequest {
	/// Which record.
	pub record: RecordId,
	/// Which version; `None` for the latest.
	pub version: Option<Version>,
	/// Why.
	pub purpose: Purpose,
	/// To which shares are sealed. Made for this request alone.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub reader_key: ReaderKey,
}

/// A permitted request on its way to a key.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Release<AccountId> {
	/// Which request.
	pub request: RequestId,
	/// Whose record it is.
	pub patient: AccountId,
	/// Place of the request in the patient's log.
	pub index: u32,
	/// The log's head after that entry: names the entry.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub entry: Hash32,
	/// Who asked.
	pub reader: AccountId,
	/// For which record.
	pub record: RecordId,
	/// For which version.
	pub version: Version,
	/// Why.
	pub purpose: Purpose,
	/// To which shares are sealed.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub reader_key: ReaderKey,
	/// What the permit rests on.
	pub basis: crate::Basis,
	/// The epoch to whose key the version's key is sealed.
	pub epoch: Epoch,
	/// How many shares open it.
	pub threshold: u32,
	/// How many are posted.
	pub shares: u32,
	/// When it ends, that moment excluded. Then nothing is released any more, and what was posted is removed.
	pub expires: Moment,
}

/// A release with the shares that are posted, as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReleaseDetails<AccountId> {
	/// The release.
	pub release: Release<AccountId>,
	/// Shares with the index of their members.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::pairs"))]
	pub shares: Vec<(MemberIndex, SealedShare)>,
}

/// Where an emergency case stands.
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
pub enum CaseStatus {
	/// It waits for one or both reviews; `until` says whether it still opens records.
	Open,
	/// Both reviewers found it justified.
	Justified,
	/// A reviewer found it unjustified: the opener is suspended and the hospital fined.
	Rejected,
}

/// An emergency case.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EmergencyCase<AccountId> {
	/// Whose records.
	pub patient: AccountId,
	/// Who opened it.
	pub opener: AccountId,
	/// For which hospital.
	pub organisation: OrganisationId,
	/// Why.
	pub reason: EmergencyReason,
	/// SHA-256 of the written reason.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub statement: Hash32,
	/// When it was opened.
	pub opened: Moment,
	/// Until when it opens records, that moment excluded.
	pub until: Moment,
	/// By when it must be reviewed.
	pub review_by: Moment,
	/// The auditor's review, if given.
	pub auditor: Option<(AccountId, bool)>,
	/// The other administrator's review, if given.
	pub admin: Option<(AccountId, bool)>,
	/// Where it stands.
	pub status: CaseStatus,
}
