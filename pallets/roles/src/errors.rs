//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	#[pallet::error]
	pub enum Error<T> {
		/// No organisation has this number. Look the number up again.
		UnknownOrganisation,
		/// The organisation is suspended. Ask the council to reinstate it.
		OrganisationSuspended,
		/// An organisation needs an administrator. Name at least one.
		NoAdmins,
		/// An administrator is named twice. Name each once.
		DuplicateAdmin,
		/// The account already administers the maximum number of organisations. Name another
		/// account.
		TooManyAdministrations,
		/// The caller does not administer the organisation. Ask one of its administrators.
		NotAdmin,
		/// The caller is neither an administrator nor a live records admin of the hospital. Ask one
		/// of them.
		NotEnroller,
		/// Only hospitals enrol patients. Ask a hospital.
		NotHospital,
		/// Patients cannot be admitted. Enrol them with their signature.
		PatientsEnrol,
		/// The credential would already have expired. Give an end in the future, or none.
		AlreadyExpired,
		/// The account already has a membership in this role. Renew or reinstate that one.
		AlreadyMember,
		/// The account has no membership in this role. Admit it first.
		UnknownMember,
		/// Another organisation answers for the member. Ask that organisation.
		NotYourMember,
		/// The membership is revoked. Admit the account again.
		MemberRevoked,
		/// It is already suspended. There is nothing to do.
		AlreadySuspended,
		/// It is not suspended. There is nothing to reinstate.
		NotSuspended,
		/// The account is already a patient of an organisation, or enrolled. There is nothing to
		/// enrol.
		AlreadyEnrolled,
		/// The signature has expired. Ask for a new one.
		SignatureExpired,
		/// The signature is valid for too long. Ask for one with an earlier end.
		SignatureLivesTooLong,
		/// The signature is not by this account, or not for these terms and this chain. Ask for a
		/// new one.
		InvalidSignature,
		/// The key is all zeros, which no key pair has. Generate a key pair.
		InvalidKey,
		/// The key is already the current one. There is nothing to do.
		KeyUnchanged,
		/// The caller has no membership and administers no organisation. Become a member, or enrol
		/// as a patient.
		NotMember,
		/// The organisation or the account has no key-agreement key. Set one first.
		NoKey,
		/// The share is sealed to an old version of the account's key. Seal it to the current
		/// version.
		WrongKeyVersion,
		/// The account is neither a live records admin nor an administrator of the organisation.
		/// Name one that is.
		NotRecordsAdmin,
		/// The member is suspended because reviewers rejected an emergency. Ask the council to
		/// reinstate them.
		Barred,
		/// An account becomes a member only by its own signature. Have it sign an admission.
		NotAccepted,
		/// The signature may have been used before. Ask for a new one.
		SignatureUsed,
		/// A patient's membership cannot be suspended, revoked or limited in time. A hospital can
		/// only release the patient.
		PatientStays,
		/// No organisation answers for the patient. There is nothing to end.
		NoOrganisation,
		/// The key of this account was lost, and another account acts in its place, so its
		/// signature no longer counts.
		Succeeded,
	}
}
