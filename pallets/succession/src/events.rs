//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// Events of the pallet. Patients' clients watch these, so that patients can object to an open
	/// attempt.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Someone reported that a patient lost their key, and proposed a successor.
		Proposed {
			/// Patient whose key is said to be lost.
			patient: T::AccountId,
			/// The account that is to act for the patient.
			successor: T::AccountId,
			/// Account that proposed the recovery.
			by: T::AccountId,
			/// Capacity of the proposer.
			supporter: SupporterOf<T>,
			/// End of the attempt, that moment excluded.
			expires: Moment,
		},
		/// Another account supported an attempt.
		Supported {
			/// Patient whose key is said to be lost.
			patient: T::AccountId,
			/// The account that is to act for the patient.
			successor: T::AccountId,
			/// Account that supports the recovery.
			by: T::AccountId,
			/// Capacity of the supporter.
			supporter: SupporterOf<T>,
		},
		/// The patient objected, which ended the attempt.
		Objected {
			/// Patient who objected.
			patient: T::AccountId,
			/// The account that objected: the patient's own, or the current successor.
			by: T::AccountId,
			/// The proposer, who has to wait.
			proposer: SupporterOf<T>,
			/// End of the wait, that moment excluded.
			until: Moment,
		},
		/// The proposer withdrew the attempt.
		Withdrawn {
			/// Patient whose recovery was withdrawn.
			patient: T::AccountId,
			/// The proposer, who has to wait.
			proposer: SupporterOf<T>,
			/// End of the wait, that moment excluded.
			until: Moment,
		},
		/// Another account now acts for a patient.
		Succeeded {
			/// Patient whose key was lost.
			patient: T::AccountId,
			/// The new successor.
			successor: T::AccountId,
			/// The account that acted before: the patient's own, or an earlier successor. Its key
			/// is no longer accepted.
			before: T::AccountId,
		},
		/// A patient changed their recovery policy.
		PolicySet {
			/// Patient who set the policy.
			patient: T::AccountId,
			/// The new policy.
			policy: RecoveryPolicy,
		},
		/// A successor's call in the patient's name was dispatched and succeeded.
		Acted {
			/// Patient in whose place the call was made.
			patient: T::AccountId,
			/// Successor that made the call.
			successor: T::AccountId,
		},
	}
}
