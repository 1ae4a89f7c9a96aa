//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Errors of the calls.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller has no membership. Ask an organisation for admission, or enrol as a patient.
		NotMember,
		/// No record with this identifier ever existed. Check the identifier.
		UnknownRecord,
		/// The one-time key is all zeros, which no key pair has. Generate a key pair.
		InvalidReaderKey,
		/// The one-time key belongs to another request that has not ended. Generate a new key pair.
		ReaderKeyUsed,
		/// The version's key is sealed to an epoch without a key. Ask the patient to seal it again.
		EpochWithoutKey,
		/// The caller has the maximum number of open permitted requests. Wait until some have
		/// ended.
		TooManyOpen,
		/// Daily denial limit reached, overall or for this patient. Ask the patient for access, or
		/// try again later.
		TooManyDenials,
		/// The request would be denied, the denial quota is used up, and the caller cannot pay the
		/// fee. Ask the patient for access.
		DenialQuotaExhausted,
		/// The log is full and takes no more entries.
		LogFull,
		/// The caller is neither the patient nor a live auditor whom the council appointed.
		NotKeeper,
		/// These entries do not exist or are already archived. Check the head of the log.
		NothingToArchive,
		/// One call cannot archive this many entries. Archive fewer at a time.
		TooManyToArchive,
		/// The entry or case is not old enough to leave the state. Try again later.
		TooYoung,
		/// The release does not exist: the request was not permitted, or the release has ended.
		UnknownRelease,
		/// The release has ended. Request access again.
		ReleaseExpired,
		/// The share belongs to an epoch other than the release's, or the epoch's members do not
		/// release the version's key.
		WrongEpoch,
		/// The member number is out of range for any committee.
		InvalidMember,
		/// The member has already posted its share.
		AlreadyShared,
		/// The record was erased or withdrawn. Its key is no longer released.
		RecordErased,
		/// The organisation is not a hospital.
		NotHospital,
		/// The caller is not a live practitioner of the hospital.
		NotPractitioner,
		/// The caller's credential is not attested. Ask an administrator of the hospital to attest
		/// it.
		NotAttested,
		/// The account was never a patient. Check the account.
		UnknownPatient,
		/// The caller is the patient, who needs no emergency to open their own records.
		Oneself,
		/// The caller already has an open case for this patient. Use that one.
		AlreadyOpen,
		/// The caller reached the daily limit of emergency cases. Ask another practitioner to open
		/// one.
		TooManyEmergencies,
		/// The hospital's bond is too small. Ask one of its administrators to deposit more.
		BondTooSmall,
		/// The review of one of the hospital's cases is overdue. Have it reviewed before opening
		/// another.
		ReviewOverdue,
		/// The hospital has the maximum number of cases that await a review. Have them reviewed
		/// first.
		TooManyUnreviewed,
		/// The patient has the maximum number of cases that await a review. Have them reviewed
		/// first.
		TooManyCases,
		/// There is no case with this number. Check the number.
		UnknownCase,
		/// The case has already been decided.
		AlreadyDecided,
		/// The case has not been decided yet. Only decided cases can be removed.
		NotDecided,
		/// The caller opened the case. Somebody else must review it.
		OwnCase,
		/// The account is not a live auditor, or the council has not appointed it to review
		/// emergencies.
		NotAuditor,
		/// The caller is not an administrator of the hospital, or the hospital is suspended.
		NotAdmin,
		/// The case already has a review in this capacity.
		AlreadyReviewed,
		/// The caller already reviewed the case in the other capacity. Two people must review it.
		SameReviewer,
		/// The bond is held on another account. Deposit from that account, or withdraw the bond and
		/// deposit again.
		BondOfAnother,
		/// The hospital has no bond.
		NoBond,
		/// Some cases of the hospital await a review or still open records, and the bond secures
		/// them. Have them reviewed, and wait until they have ended.
		BondNeeded,
		/// The amount is zero. Deposit a positive amount.
		NothingToDeposit,
		/// The hash of the written reason is all zeros. Write the reason down and pass its SHA-256.
		NoStatement,
		/// The patient opted out of emergency access, or denied the caller or their hospital all
		/// access. A case would open nothing.
		BarredByPatient,
		/// Only one administrator vouches for the caller. Either the one who admitted the caller is
		/// also the only one to attest their credential, or it is unknown who admitted the caller
		/// and only one attests it. Ask another administrator of the hospital to attest the
		/// credential.
		VouchedByOne,
		/// The hospital reached its daily limit of emergency cases. Try again later.
		TooManyOfHospital,
		/// The clinicians whom one administrator admitted reached their daily limit of emergency
		/// cases.
		TooManyUnderAdmin,
		/// The auditors of the case are not drawn yet. Try again two blocks after its opening.
		LotPending,
		/// The caller was not drawn to review the case, or is not independent of its hospital.
		NotDrawn,
		/// The caller admitted the opener, or attested the opener's credential, or may have done
		/// so. Another administrator must vote on the hospital's behalf.
		NotIndependent,
		/// The council has already appointed the auditor.
		AlreadyAppointed,
		/// The maximum number of auditors is appointed. Dismiss one first.
		TooManyAuditors,
		/// The council has not appointed this auditor.
		NotAppointed,
		/// The clinician is not suspended for a rejected emergency.
		NotBarred,
		/// The case would not be what permits the request: the request would be denied despite it,
		/// or permitted without it. Request without opening a case, and see the answer.
		NotByCase,
		/// The hospital has the maximum number of cases for this patient that await a review. Have
		/// one of them reviewed first.
		TooManyForPatient,
	}
}
