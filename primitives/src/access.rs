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

/// One-time public key of a reader (X25519), to which shares are sealed.
pub type ReaderKey = [u8; 32];

/// Reason why a clinician broke the glass.
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
	/// The patient can neither speak nor decide.
	Incapacitated,
	/// Mass casualty or disaster.
	Disaster,
	/// Another reason, given in the written statement.
	Other,
}

/// Capacity of a reviewer of an emergency case.
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
	/// Auditor appointed by the council, of an organisation other than the case's, drawn by lot for
	/// the case.
	Auditor,
	/// Administrator of the case's hospital who neither admitted the opener nor confirmed their
	/// credential.
	Admin,
}

/// Event of a log entry.
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
	/// Someone asked to open a version and got a decision.
	Requested {
		/// Number of the request.
		request: RequestId,
		/// Record that was requested.
		record: RecordId,
		/// The version; 0 if the record has no such version.
		version: Version,
		/// Purpose of the request.
		purpose: Purpose,
		/// Decision on the request.
		decision: Decision,
	},
	/// Enough hospitals posted their shares for the reader to open the key.
	Released {
		/// Number of the request.
		request: RequestId,
	},
	/// A clinician broke the glass.
	EmergencyOpened {
		/// Number of the case.
		case: CaseId,
		/// Reason of the opener.
		reason: EmergencyReason,
		/// SHA-256 of the written reason, which stays with the hospital.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		statement: Hash32,
		/// End of the access, that moment excluded.
		until: Moment,
	},
	/// Someone reviewed a case.
	EmergencyReviewed {
		/// Number of the case.
		case: CaseId,
		/// Capacity of the reviewer.
		reviewer: Reviewer,
		/// Whether the reviewer found the case justified.
		justified: bool,
	},
	/// Another account is proposed to act for the patient, whose key is said to be lost, or acts
	/// from now on.
	Succession(SuccessionEvent),
	/// The author or a records admin withdrew a record. From then on nobody but the patient can
	/// open it.
	Withdrawn {
		/// Record that was withdrawn.
		record: RecordId,
		/// Reason of the withdrawal.
		reason: ReasonCode,
	},
}

/// Entry of a patient's access log.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogEntry<AccountId> {
	/// Its index in the patient's log, from 0.
	pub index: u32,
	/// Block in which it was written.
	pub block: u32,
	/// Time of the entry.
	pub at: Moment,
	/// Account that acted: the reader, the opener, the reviewer, or the one that reports the key
	/// lost. For [`LogEvent::Released`], the reader.
	pub actor: AccountId,
	/// Organisation for which the actor acted, if for one.
	pub organisation: Option<OrganisationId>,
	/// Event that is logged.
	pub event: LogEvent,
}

impl<AccountId: Encode> LogEntry<AccountId> {
	/// Returns the log's head after this entry: `blake2_256(head ‖ entry)`. It also identifies the
	/// entry, on this fork only.
	pub fn extend(&self, head: &Hash32) -> Hash32 {
		let mut bytes = Vec::with_capacity(256);
		bytes.extend_from_slice(head);
		self.encode_to(&mut bytes);
		sp_crypto_hashing::blake2_256(&bytes)
	}
}

/// Head of a patient's log. A log without entries has a head of zeros.
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
	/// Number of entries ever written.
	pub count: u32,
	/// Hash over all entries (see [`LogEntry::extend`]).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub head: Hash32,
	/// Number of the oldest entries that were moved out of the state.
	pub archived: u32,
	/// Hash over those entries.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub archived_head: Hash32,
}

/// Page of a patient's log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogPage<AccountId> {
	/// Head of the log.
	pub head: LogHead,
	/// Entries, oldest first, without archived ones.
	pub entries: Vec<LogEntry<AccountId>>,
	/// Index at which the next page starts; `None` if this is the last page.
	pub next: Option<u32>,
}

/// Request to open a version.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccessRequest {
	/// Record to open.
	pub record: RecordId,
	/// The version; `None` for the latest.
	pub version: Option<Version>,
	/// Purpose of the request.
	pub purpose: Purpose,
	/// Key to which shares are sealed, made for this request only.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub reader_key: ReaderKey,
}

/// Permitted request that waits for its shares.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Release<AccountId> {
	/// Number of the request.
	pub request: RequestId,
	/// Patient whose record it is.
	pub patient: AccountId,
	/// Index of the request in the patient's log.
	pub index: u32,
	/// The log's head after that entry; identifies the entry.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub entry: Hash32,
	/// Account that asked.
	pub reader: AccountId,
	/// Record that has the version.
	pub record: RecordId,
	/// Version whose key is released.
	pub version: Version,
	/// Purpose of the request.
	pub purpose: Purpose,
	/// Key to which shares are sealed.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub reader_key: ReaderKey,
	/// Basis of the permit.
	pub basis: crate::Basis,
	/// Epoch whose key seals the version's key.
	pub epoch: Epoch,
	/// Number of shares that open the key.
	pub threshold: u32,
	/// Number of shares posted.
	pub shares: u32,
	/// End of the release, that moment excluded. From then on no share is released, and posted
	/// shares are removed.
	pub expires: Moment,
}

/// Release with its posted shares, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReleaseDetails<AccountId> {
	/// Release that is described.
	pub release: Release<AccountId>,
	/// Shares, each with the index of its member.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::pairs"))]
	pub shares: Vec<(MemberIndex, SealedShare)>,
}

/// Shares of a release that members posted, each with the index of its member. They may still wait
/// for a block.
#[cfg(feature = "serde")]
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PostedShares(
	#[serde(with = "crate::serde_bytes::pairs")] pub Vec<(MemberIndex, SealedShare)>,
);

/// Status of an emergency case.
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
	/// Waits for reviews; `until` says whether it still opens records.
	Open,
	/// A drawn auditor and the hospital found it justified, or two drawn auditors did where one of
	/// them stands in for the hospital.
	Justified,
	/// Two reviewers of different organisations found it unjustified. The opener is suspended and
	/// the hospital fined.
	Rejected,
}

/// An emergency case.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EmergencyCase<AccountId> {
	/// Patient whose records it opens.
	pub patient: AccountId,
	/// Account that opened it.
	pub opener: AccountId,
	/// Hospital for which it was opened.
	pub organisation: OrganisationId,
	/// Reason of the opener.
	pub reason: EmergencyReason,
	/// SHA-256 of the written reason.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub statement: Hash32,
	/// Time of opening.
	pub opened: Moment,
	/// End of access to records, that moment excluded.
	pub until: Moment,
	/// Deadline of the review.
	pub review_by: Moment,
	/// The first drawn auditor's review, if given. [`Panel`] has the other auditors' reviews.
	pub auditor: Option<(AccountId, bool)>,
	/// The review of the hospital, by one of its administrators, if given.
	pub admin: Option<(AccountId, bool)>,
	/// Status of the case.
	pub status: CaseStatus,
}

/// Time for which hospitals can release a key after a request, in milliseconds: one hour. Hospitals
/// that are down can return and post their shares within it.
pub const RELEASE_LIFETIME: Moment = 60 * 60 * 1_000;

/// Number of auditors first drawn for a case.
pub const PANEL: u32 = 3;

/// Maximum number of auditors who review one case; the number that may be drawn for a case that
/// waits long.
pub const MAX_VOTES: u32 = 12;

/// Review of a case by a drawn auditor.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PanelVote<AccountId> {
	/// Account of the auditor.
	pub auditor: AccountId,
	/// Organisation of the auditor. Each vote comes from a different organisation.
	pub organisation: OrganisationId,
	/// Whether the auditor found the case justified.
	pub justified: bool,
}

/// The hospital's vote on an emergency case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HospitalVote {
	/// An administrator found the case justified.
	For,
	/// An administrator found it unjustified.
	Against,
	/// An administrator may still vote.
	Awaited,
	/// No administrator may vote.
	Impossible,
}

/// Votes on an emergency case, and the rule by which they decide it.
///
/// Each auditor votes on behalf of a different organisation, none of them the hospital, which has a
/// separate vote. Two votes against reject the case. It is justified when more auditors vote for it
/// than against it, and the hospital agrees. If the hospital disagrees or has nobody to vote, a
/// second auditor's vote takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseVotes {
	/// Number of auditors who found the case justified.
	pub auditors_for: usize,
	/// Number of auditors who found it unjustified.
	pub auditors_against: usize,
	/// Vote of the hospital.
	pub hospital: HospitalVote,
}

impl CaseVotes {
	/// Number of votes against a case that reject it.
	const REJECTING: usize = 2;

	/// Returns the status of the case that follows from the votes.
	pub fn status(&self) -> CaseStatus {
		if self.against_missing() == 0 {
			CaseStatus::Rejected
		} else if self.auditors_missing() == 0 && self.hospital != HospitalVote::Awaited {
			CaseStatus::Justified
		} else {
			CaseStatus::Open
		}
	}

	/// Returns the number of further auditors who must find the case justified for it to be
	/// justified. If the hospital's vote is awaited, that one must agree as well.
	pub fn auditors_missing(&self) -> usize {
		let least = match self.hospital {
			HospitalVote::For | HospitalVote::Awaited => 1,
			HospitalVote::Against | HospitalVote::Impossible => 2,
		};
		let majority = self.auditors_against.saturating_add(1);
		majority.max(least).saturating_sub(self.auditors_for)
	}

	/// Returns the number of further votes against the case that reject it.
	pub fn against_missing(&self) -> usize {
		let of_hospital = usize::from(self.hospital == HospitalVote::Against);
		Self::REJECTING.saturating_sub(self.auditors_against.saturating_add(of_hospital))
	}
}

impl<AccountId> EmergencyCase<AccountId> {
	/// Counts the votes on the case. `votes` are those of its auditors, `admins` the administrators
	/// who may vote for the hospital.
	pub fn count_votes(&self, votes: &[PanelVote<AccountId>], admins: &[AccountId]) -> CaseVotes {
		let auditors_for = votes.iter().filter(|vote| vote.justified).count();
		CaseVotes {
			auditors_for,
			auditors_against: votes.len().saturating_sub(auditors_for),
			hospital: match &self.admin {
				Some((_, true)) => HospitalVote::For,
				Some((_, false)) => HospitalVote::Against,
				None if admins.is_empty() => HospitalVote::Impossible,
				None => HospitalVote::Awaited,
			},
		}
	}
}

/// Reviewers of an emergency case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Panel<AccountId> {
	/// Reviews by drawn auditors, in order of time.
	pub votes: Vec<PanelVote<AccountId>>,
	/// Drawn auditors who have not reviewed yet, with their organisations. Empty until the lot is
	/// drawn, two blocks after the opening.
	pub waiting: Vec<(AccountId, OrganisationId)>,
	/// Administrators of the hospital who may review for it: those who had no part in the opener's
	/// admission and credential. While there are none, two drawn auditors settle the case.
	pub admins: Vec<AccountId>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn two_votes_against_reject_and_a_majority_justifies() {
		use HospitalVote::*;
		for (auditors_for, auditors_against, hospital, status, missing) in [
			(0, 0, Awaited, CaseStatus::Open, (1, 2)),
			(3, 0, Awaited, CaseStatus::Open, (0, 2)),
			(1, 0, For, CaseStatus::Justified, (0, 2)),
			(1, 1, For, CaseStatus::Open, (1, 1)),
			(2, 1, For, CaseStatus::Justified, (0, 1)),
			(0, 0, Against, CaseStatus::Open, (2, 1)),
			(1, 0, Against, CaseStatus::Open, (1, 1)),
			(2, 0, Against, CaseStatus::Justified, (0, 1)),
			(2, 1, Against, CaseStatus::Rejected, (0, 0)),
			(1, 0, Impossible, CaseStatus::Open, (1, 2)),
			(2, 0, Impossible, CaseStatus::Justified, (0, 2)),
			(2, 1, Impossible, CaseStatus::Justified, (0, 1)),
			(1, 1, Impossible, CaseStatus::Open, (1, 1)),
			(3, 2, For, CaseStatus::Rejected, (0, 0)),
		] {
			let votes = CaseVotes { auditors_for, auditors_against, hospital };
			assert_eq!(votes.status(), status, "{votes:?}");
			assert_eq!((votes.auditors_missing(), votes.against_missing()), missing, "{votes:?}");
		}
	}
}
