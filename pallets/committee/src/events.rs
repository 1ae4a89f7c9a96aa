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
		/// An epoch opened for a set of members.
		EpochOpened {
			/// Number of the epoch.
			epoch: Epoch,
			/// Number of its members.
			members: u32,
		},
		/// A member announced its key.
		Announced {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
		},
		/// A member posted its dealing.
		Dealt {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
		},
		/// A member checked all dealings and voted.
		Confirmed {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
			/// Hash of its vote: the members with invalid dealings, and the key that the others
			/// make.
			outcome: Hash32,
		},
		/// A member contributes nothing to its epoch's key.
		Excluded {
			/// Number of the epoch.
			epoch: Epoch,
			/// Index of the member.
			index: MemberIndex,
			/// Reason of the exclusion.
			reason: Exclusion,
		},
		/// An epoch's key is in use from now on.
		EpochActivated {
			/// Number of the epoch.
			epoch: Epoch,
			/// Number of shares that open a key.
			threshold: u32,
		},
		/// Clients no longer seal to this epoch's key. The epoch still releases.
		EpochSuperseded {
			/// Number of the epoch.
			epoch: Epoch,
		},
		/// An epoch ended without a key; another one takes its place.
		EpochAbandoned {
			/// Number of the epoch.
			epoch: Epoch,
		},
		/// The council elected validators into the committee, from the next session on.
		Elected {
			/// The validators; none if the longest-standing ones are to be the members.
			members: BoundedVec<T::AccountId, ConstU32<MAX_COMMITTEE>>,
		},
	}
}
