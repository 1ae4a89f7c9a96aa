//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Reasons for which a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is not a patient, or is one no longer. Check the account.
		NotPatient,
		/// The account is or was another patient's successor. Recover that patient instead.
		IsSuccessor,
		/// The caller is neither an eligible guardian nor an administrator of the active hospital
		/// that enrolled the patient, or the patient excluded the hospital.
		NotEntitled,
		/// The account has a membership, may support this attempt, or is part of another
		/// succession. Create a new account.
		NotFresh,
		/// The patient has an open attempt. Support it, or wait until it ends.
		AlreadyOpen,
		/// The caller's earlier attempt failed and the waiting time runs. Let someone else propose.
		CoolingDown,
		/// The patient has no attempt. Propose one.
		NoAttempt,
		/// The attempt has ended. Propose another one.
		Expired,
		/// The attempt is for another account. Look it up again, and ask the patient.
		OtherSuccessor,
		/// The caller, or another administrator of the hospital, already supports the attempt.
		AlreadySupported,
		/// The attempt has the maximum number of supporters. Wait until it can be completed.
		TooManySupporters,
		/// The caller does not act for the patient: it is neither the patient's own account nor the
		/// current successor.
		NotHolder,
		/// The caller did not propose the attempt. Only its proposer can withdraw it.
		NotProposer,
		/// Too few entitled accounts support the attempt. Ask for more support.
		NotEnough,
		/// The patient can still object. Complete the attempt later.
		TooEarly,
		/// The number of guardians must be from 2 to 8.
		InvalidThreshold,
		/// The caller does not act for the patient now.
		NotSuccessor,
		/// Successors may not dispatch this call.
		Forbidden,
		/// The signature of the proposed account has expired. Ask for a new one.
		SignatureExpired,
		/// The signature is valid for too long. Ask for one with an earlier end.
		SignatureLivesTooLong,
		/// The signature is not by the proposed account, or not for this patient and this chain.
		/// Ask for a new one.
		InvalidSignature,
	}
}
