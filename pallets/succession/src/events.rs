//! What the pallet tells the world.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// What has happened. Clients of patients watch these: while an attempt is open, they can object.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Someone says that a patient lost their key.
		Proposed {
			/// Whose.
			patient: T::AccountId,
			/// Which account is to act for them.
			successor: T::AccountId,
			/// Who says so.
			by: T::AccountId,
			/// As what.
			supporter: SupporterOf<T>,
			/// When the attempt ends, that moment excluded.
			expires: Moment,
		},
		/// Another one supports it.
		Supported {
			/// Whose.
			patient: T::AccountId,
			/// Which account is to act for them.
			successor: T::AccountId,
			/// Who supports it.
			by: T::AccountId,
			/// As what.
			supporter: SupporterOf<T>,
		},
		/// The patient objected, and the attempt has ended.
		Objected {
			/// Whose.
			patient: T::AccountId,
			/// With which account: the patient's, or the one that acts for them.
			by: T::AccountId,
			/// Who must not propose for a while.
			proposer: SupporterOf<T>,
			/// Until when, that moment excluded.
			until: Moment,
		},
		/// The proposer took the attempt back.
		Withdrawn {
			/// Whose.
			patient: T::AccountId,
			/// Who must not propose for a while.
			proposer: SupporterOf<T>,
			/// Until when, that moment excluded.
			until: Moment,
		},
		/// Another account acts for a patient.
		Succeeded {
			/// For whom.
			patient: T::AccountId,
			/// Which account.
			successor: T::AccountId,
			/// Which one did before. Its key is not taken any more: the patient's own, or that of an earlier successor.
			before: T::AccountId,
		},
		/// A patient says what it takes.
		PolicySet {
			/// Who.
			patient: T::AccountId,
			/// What.
			policy: RecoveryPolicy,
		},
		/// A successor's call was dispatched in the patient's name, and succeeded.
		Acted {
			/// In whose name.
			patient: T::AccountId,
			/// By which account.
			successor: T::AccountId,
		},
	}
}
