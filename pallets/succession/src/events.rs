//! Events of the pallet.

// This section is pasted into the pallet's module, so the imports there apply here.
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
			/// The patient.
			patient: T::AccountId,
			/// The account that is to act for the patient.
			successor: T::AccountId,
			/// The proposer.
			by: T::AccountId,
			/// Capacity of the proposer.
			supporter: SupporterOf<T>,
			/// End of the attempt, that moment excluded.
			expires: Moment,
		},
		/// Another account supported an attempt.
		Supported {
			/// The patient.
			patient: T::AccountId,
			/// The account that is to act for the patient.
			successor: T::AccountId,
			/// The supporter.
			by: T::AccountId,
			/// Capacity of the supporter.
			supporter: SupporterOf<T>,
		},
		/// The patient objected, which ended the attempt.
		Objected {
			/// The patient.
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
			/// The patient.
			patient: T::AccountId,
			/// The proposer, who has to wait.
			proposer: SupporterOf<T>,
			/// End of the wait, that moment excluded.
			until: Moment,
		},
		/// Another account now acts for a patient.
		Succeeded {
			/// The patient.
			patient: T::AccountId,
			/// The new successor.
			successor: T::AccountId,
			/// The account that acted before: the patient's own, or an earlier successor. Its key
			/// is no longer accepted.
			before: T::AccountId,
		},
		/// A patient changed their recovery policy.
		PolicySet {
			/// The patient.
			patient: T::AccountId,
			/// The new policy.
			policy: RecoveryPolicy,
		},
		/// A successor's call in the patient's name was dispatched and succeeded.
		Acted {
			/// The patient.
			patient: T::AccountId,
			/// The successor.
			successor: T::AccountId,
		},
	}
}
