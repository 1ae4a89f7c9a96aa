//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A records admin or an administrator stated a verdict.
		Attested {
			/// Subject of the statement.
			subject: SubjectOf<T>,
			/// Account that made the statement.
			attester: T::AccountId,
			/// Verdict that they stated.
			verdict: Verdict,
			/// Coded reason for the verdict.
			reason: ReasonCode,
		},
		/// The number of equal verdicts reached the organisation's threshold.
		VerdictReached {
			/// Subject of the verdict.
			subject: SubjectOf<T>,
			/// Verdict that was reached.
			verdict: Verdict,
		},
		/// A verdict that had been reached no longer holds.
		VerdictFallen {
			/// Subject of the verdict.
			subject: SubjectOf<T>,
			/// Verdict that fell.
			verdict: Verdict,
		},
		/// A statement was revoked.
		Revoked {
			/// Subject of the statement.
			subject: SubjectOf<T>,
			/// Account that had made the statement.
			attester: T::AccountId,
		},
		/// An organisation changed the number of equal verdicts that it requires.
		ThresholdSet {
			/// Organisation whose threshold changed.
			organisation: OrganisationId,
			/// New number of equal verdicts.
			threshold: u32,
		},
	}
}
