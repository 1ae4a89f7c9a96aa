//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// Events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A hospital now runs a validator and has a seat in the council.
		Added {
			/// The validator's account.
			validator: T::AccountId,
			/// Hospital that runs the validator.
			organisation: OrganisationId,
		},
		/// A validator and its seat were removed.
		Removed {
			/// The validator's account.
			validator: T::AccountId,
		},
		/// A hospital now runs its validator under another account.
		Replaced {
			/// The previous account.
			validator: T::AccountId,
			/// The new account.
			by: T::AccountId,
		},
		/// A validator of genesis was assigned to a hospital.
		Assigned {
			/// The validator's account.
			validator: T::AccountId,
			/// Hospital that runs the validator.
			organisation: OrganisationId,
		},
		/// Another account now votes for a hospital.
		Represented {
			/// The validator's account.
			validator: T::AccountId,
			/// The account that votes.
			representative: T::AccountId,
		},
		/// The minimum number of validators changed.
		MinimumChanged {
			/// The new minimum.
			minimum: u32,
		},
		/// A validator was proven to have equivocated: it voted for conflicting blocks.
		Offended {
			/// The validator's account.
			validator: T::AccountId,
			/// Whether it was removed. At the minimum, the council decides.
			removed: bool,
		},
		/// An administrator named another representative for the hospital. The current
		/// representative can object until the nomination is confirmed.
		Nominated {
			/// The validator's account.
			validator: T::AccountId,
			/// The current representative, who may object.
			replaced: T::AccountId,
			/// The named representative.
			representative: T::AccountId,
			/// First block in which it can be confirmed; `None` while an earlier objection is open.
			from: Option<BlockNumberFor<T>>,
		},
		/// The representative or an administrator objected to a nomination. It now needs the
		/// representative's agreement or the council.
		Objected {
			/// The validator's account.
			validator: T::AccountId,
			/// The named representative.
			representative: T::AccountId,
		},
	}
}
