//! Why calls are refused.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is no patient, or not any more. Check it.
		NotPatient,
		/// The account acts, or once acted, for another patient. Bring that patient back instead.
		IsSuccessor,
		/// The caller is neither a guardian who counts nor an administrator of the hospital that enrolled the patient, or the
		/// patient keeps the hospital out of it.
		NotEntitled,
		/// The account has a membership or a say in this, or is a successor or was succeeded. Make a new account.
		NotFresh,
		/// The patient has an open attempt. Support that one, or wait until it ends.
		AlreadyOpen,
		/// An earlier attempt of the caller failed, and they have to wait. Let someone else propose.
		CoolingDown,
		/// The patient has no attempt. Propose one.
		NoAttempt,
		/// The attempt has ended. Propose another one.
		Expired,
		/// The attempt is for another account. Look it up again, and ask the patient.
		OtherSuccessor,
		/// The caller, or another administrator of the hospital, supports the attempt already.
		AlreadySupported,
		/// The attempt can take no more supporters.
		TooManySupporters,
		/// The caller does not act for the patient: it is neither the patient, nor the successor of one who was brought back.
		NotHolder,
		/// The caller did not propose the attempt.
		NotProposer,
		/// Too few who are entitled support the attempt.
		NotEnough,
		/// The patient can still object. Wait.
		TooEarly,
		/// It takes between 2 and 8 guardians.
		InvalidThreshold,
		/// The caller does not act for the patient, or not any more.
		NotSuccessor,
		/// This call is not for successors.
		Forbidden,
	}
}
