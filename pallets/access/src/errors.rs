//! Why calls are refused.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller holds no membership at all. Ask an organisation to admit you, or enrol.
		NotMember,
		/// There never was such a record. Check its identifier.
		UnknownRecord,
		/// The one-time key is all zeros, which no key pair has. Generate a key pair.
		InvalidReaderKey,
		/// The one-time key came with another request that has not ended. Generate a key pair for this one.
		ReaderKeyUsed,
		/// The version's key is sealed to an epoch that has no key. Ask the patient to seal it again.
		EpochWithoutKey,
		/// The caller has as many permitted requests as may be open at once. Wait until some have ended.
		TooManyOpen,
		/// The caller was denied as often as may be in a day, in all or with this patient. Ask the patient, and wait.
		TooManyDenials,
		/// The request would be denied, the quota of denials is used up, and the caller cannot pay for it.
		DenialQuotaExhausted,
		/// The log can take no more entries.
		LogFull,
		/// The caller is neither the patient nor an auditor in good standing whom the council appointed.
		NotKeeper,
		/// There are no such entries, or they are archived already. Look up where the log stands.
		NothingToArchive,
		/// These are more entries than one call archives. Archive fewer at a time.
		TooManyToArchive,
		/// The entry or the case is not old enough to leave the state.
		TooYoung,
		/// There is no such release: it was never permitted, or has ended.
		UnknownRelease,
		/// The release has ended. The reader has to ask again.
		ReleaseExpired,
		/// The share is of another epoch than the release's.
		WrongEpoch,
		/// No committee has a member with this number.
		InvalidMember,
		/// The member's share is posted already.
		AlreadyShared,
		/// The record was erased. Nothing of it is released any more.
		RecordErased,
		/// The organisation is no hospital.
		NotHospital,
		/// The caller is no practitioner of the hospital in good standing.
		NotPractitioner,
		/// The caller's credential is not confirmed. Ask an administrator of the hospital to attest it.
		NotAttested,
		/// The account never was a patient. Check it.
		UnknownPatient,
		/// The patient is the caller, who needs no emergency to open their own records.
		Oneself,
		/// The caller's case for this patient is open already. Use that one.
		AlreadyOpen,
		/// The caller opened as many cases as one may in a day.
		TooManyEmergencies,
		/// The hospital's bond does not hold enough. One of its administrators has to deposit.
		BondTooSmall,
		/// A case of the hospital is overdue for review. It opens no further ones until it is reviewed.
		ReviewOverdue,
		/// As many cases of the hospital wait for a review as may. Have them reviewed first.
		TooManyUnreviewed,
		/// As many cases of the patient wait for a review as are kept.
		TooManyCases,
		/// There is no such case. Look its number up again.
		UnknownCase,
		/// The case has been decided already.
		AlreadyDecided,
		/// The case is not decided yet, so it stays.
		NotDecided,
		/// The caller opened the case. Others review it.
		OwnCase,
		/// The account is no auditor in good standing, or the council has not appointed it to review emergencies.
		NotAuditor,
		/// The caller does not administer the hospital, or it is suspended.
		NotAdmin,
		/// The case was reviewed in this capacity already.
		AlreadyReviewed,
		/// The caller reviewed the case in the other capacity. It takes two.
		SameReviewer,
		/// The bond is held on another account. Only that one adds to it; or withdraw it, and deposit anew.
		BondOfAnother,
		/// The hospital has no bond.
		NoBond,
		/// Cases of the hospital wait for a review or still open records, and the bond answers for them. Have them reviewed, and
		/// wait until they have ended.
		BondNeeded,
		/// The amount is zero.
		NothingToDeposit,
		/// The hash of the written reason is all zeros. Write down why, and give the SHA-256 of that.
		NoStatement,
		/// The patient opted out of emergency access, or denied the caller or their hospital everything. A case would open
		/// nothing.
		BarredByPatient,
		/// Only the administrator who admitted the caller confirms their credential, or it is not known who admitted them and
		/// only one confirms it. Ask another administrator of the hospital to attest it.
		VouchedByOne,
		/// The hospital opened as many cases as it may in a day.
		TooManyOfHospital,
		/// Those whom one administrator admitted opened as many cases as they may in a day.
		TooManyUnderAdmin,
		/// The auditors of the case are not drawn yet. Try again two blocks after its opening.
		LotPending,
		/// The caller was not drawn to review the case, or is not independent of its hospital.
		NotDrawn,
		/// The caller admitted the opener, or confirmed their credential, or may have. Others speak for the hospital.
		NotIndependent,
		/// The council appointed the auditor already.
		AlreadyAppointed,
		/// As many auditors are appointed as may be. Dismiss one first.
		TooManyAuditors,
		/// The council has not appointed this auditor.
		NotAppointed,
		/// The clinician is not suspended for a rejected emergency.
		NotBarred,
	}
}
