//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Reasons for which a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The organisation is not an active hospital. Name one that is.
		NotHospital,
		/// The account is already a validator. Name another account.
		AlreadyValidator,
		/// The hospital already runs a validator. Replace or remove that one first.
		OneEach,
		/// The account has no session keys. Register them with `session.setKeys` first.
		NoSessionKeys,
		/// The set has the maximum number of validators. Remove one first.
		Full,
		/// The account is not a validator. Check the account.
		NotValidator,
		/// The set would fall below the minimum. First add another validator, or lower the minimum.
		BelowMinimum,
		/// The account already votes for a hospital. Name another account.
		AlreadySeated,
		/// The validator already belongs to a hospital. There is nothing to assign.
		AlreadyAssigned,
		/// The caller, or the author of the nomination, is not an administrator of the active
		/// hospital that runs the validator.
		NotAdministrator,
		/// The minimum must be from 1 to the number of validators.
		BadMinimum,
		/// A validator of genesis belongs to no hospital yet, and might be this hospital's. Assign
		/// it first.
		Unassigned,
		/// The caller is not the representative of the hospital. Sign as its representative.
		NotRepresentative,
		/// There is no nomination for the hospital, or it names another account.
		NoNomination,
		/// The representative can still object. Confirm the nomination later.
		TooEarly,
		/// An objection is open. The representative must agree, or the council appoint.
		ObjectionStands,
		/// The seat has the maximum number of open motions. Close one that is decided or over.
		TooManyMotions,
	}
}
