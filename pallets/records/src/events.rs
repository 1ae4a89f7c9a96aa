//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// Events of this pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A record was registered. Its first version is pending.
		Registered {
			/// Record that was registered.
			record: RecordId,
			/// Patient whom the record is about.
			patient: T::AccountId,
			/// Author of the first version.
			author: T::AccountId,
			/// Organisation for which the author wrote.
			organisation: OrganisationId,
			/// Category of the record.
			category: Category,
		},
		/// A version was appended. It is pending.
		Revised {
			/// Record that has the new version.
			record: RecordId,
			/// The new version.
			version: Version,
			/// Author of the version.
			author: T::AccountId,
			/// Organisation for which the author wrote.
			organisation: OrganisationId,
		},
		/// A version changed its state.
		StateChanged {
			/// Record that has the version.
			record: RecordId,
			/// Version whose state changed.
			version: Version,
			/// New state.
			state: VersionState,
		},
		/// A storage node confirmed that it holds versions.
		Confirmed {
			/// The storage node.
			node: T::AccountId,
			/// Number of claims accepted.
			accepted: u32,
			/// Number of claims skipped: the version is unknown or erased, the root differs,
			/// another node of the organisation holds the version, or it has enough replicas.
			skipped: u32,
		},
		/// A storage node reported replicas that it lost, and withdrew them. A withdrawn record has
		/// [`Event::RecordWithdrawn`] instead.
		Withdrawn {
			/// The storage node.
			node: T::AccountId,
			/// Number of replicas taken off.
			accepted: u32,
			/// Number of claims skipped, because this node has no such replica.
			skipped: u32,
		},
		/// A patient erased a record. With [`Event::Purged`] this is the patient's receipt.
		Erased {
			/// Record that was erased.
			record: RecordId,
			/// Patient whom the record was about.
			patient: T::AccountId,
			/// Number of versions deleted.
			versions: u32,
			/// Number of wrapped keys deleted.
			wraps: u32,
			/// Number of replicas that storage nodes have yet to remove.
			replicas: u32,
		},
		/// A storage node confirmed that it removed replicas.
		Removed {
			/// The storage node.
			node: T::AccountId,
			/// Number of replicas removed.
			accepted: u32,
			/// Number of claims skipped, because this node owes no such removal.
			skipped: u32,
		},
		/// A storage node announced itself for the first time, or for the first time since it was
		/// retired.
		NodeAppeared {
			/// The storage node.
			node: T::AccountId,
		},
		/// Replicas of an absent storage node were retired.
		Retired {
			/// The absent storage node.
			node: T::AccountId,
			/// The storage node that retired them.
			by: T::AccountId,
			/// Number of replicas retired.
			accepted: u32,
			/// Number of claims skipped, because the node has no such replica or no other
			/// organisation holds the version.
			skipped: u32,
		},
		/// The council set the absence limit.
		AbsenceLimitSet {
			/// Absence limit, in blocks.
			blocks: u32,
		},
		/// The last replica of an erased record was removed.
		Purged {
			/// Record whose last replica was removed.
			record: RecordId,
		},
		/// Keys of a patient's records were wrapped, for new recipients or to replace older wraps.
		WrapsAdded {
			/// Patient whom the records are about.
			patient: T::AccountId,
			/// Number of wraps.
			count: u32,
		},
		/// Wrapped keys of a patient's records were deleted.
		WrapsRemoved {
			/// Patient whom the records are about.
			patient: T::AccountId,
			/// Number of wraps.
			count: u32,
		},
		/// A patient sealed the key of a version to the active epoch.
		Resealed {
			/// Record that has the version.
			record: RecordId,
			/// Version whose key was sealed.
			version: Version,
			/// Epoch to which the key is sealed now.
			epoch: Epoch,
		},
		/// A storage node named its peer key.
		PeerSet {
			/// The storage node.
			node: T::AccountId,
			/// The node's key in the peer-to-peer network.
			peer: PeerKey,
		},
		/// The author or a records admin withdrew a record.
		RecordWithdrawn {
			/// Record that was withdrawn.
			record: RecordId,
			/// Patient whom the record was registered for.
			patient: T::AccountId,
			/// Account that withdrew it.
			by: T::AccountId,
			/// Organisation of the record.
			organisation: OrganisationId,
			/// Reason for the withdrawal.
			reason: ReasonCode,
			/// Number of wrapped keys deleted.
			wraps: u32,
		},
	}
}
