//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such record version or membership. Check the identifier.
		UnknownSubject,
		/// The record was erased. Nothing more can be stated about it.
		RecordErased,
		/// The membership was revoked. Nothing more can be stated about it.
		CredentialRevoked,
		/// No storage node holds the version yet, so nobody can have reviewed it. Try again once
		/// one does.
		NotStored,
		/// The caller may not state anything about the subject, or does not speak for its
		/// organisation.
		NotPermitted,
		/// The caller wrote the version, or the credential is their own. Somebody else must review
		/// it.
		SelfAttestation,
		/// The caller already made a statement about the subject. Revoke it first.
		AlreadyAttested,
		/// The subject has the maximum number of statements. Revoke one first.
		TooManyAttestations,
		/// The statement would already have expired. Set an end in the future, or none.
		AlreadyExpired,
		/// There is no such statement. Check the subject and the account.
		UnknownAttestation,
		/// The threshold is not between 1 and [`MAX_THRESHOLD`].
		InvalidThreshold,
	}
}
