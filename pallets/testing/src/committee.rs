//! The committee's epochs, in place of the pallet `committee`.

use crate::THRESHOLD;
use frame_support::{storage_alias, weights::Weight, Twox64Concat};
use salus_primitives::{CommitteeQuery, Epoch, EpochPublic};

#[storage_alias]
type ActiveEpoch = StorageValue<World, Epoch>;

#[storage_alias]
type Origins = StorageMap<World, Twox64Concat, Epoch, Epoch>;

#[storage_alias]
type Holders = StorageMap<World, Twox64Concat, Epoch, Epoch>;

/// Committee. The epochs up to the active one have keys.
pub struct Committee;

impl Committee {
	/// Sets the active epoch.
	pub fn set_epoch(epoch: Option<Epoch>) {
		ActiveEpoch::set(epoch);
	}

	/// Has `holder` take over the key of an epoch.
	pub fn hand_on(epoch: Epoch, holder: Epoch) {
		Holders::insert(epoch, holder);
		Holders::insert(holder, holder);
		Origins::insert(holder, <Self as CommitteeQuery>::origin(epoch));
	}
}

impl CommitteeQuery for Committee {
	fn active() -> Option<Epoch> {
		ActiveEpoch::get()
	}
	fn threshold(epoch: Epoch) -> Option<u32> {
		(1..=ActiveEpoch::get()?).contains(&epoch).then_some(THRESHOLD)
	}
	fn public(_: Epoch) -> Option<EpochPublic> {
		None
	}
	fn origin(epoch: Epoch) -> Epoch {
		Origins::get(epoch).unwrap_or(epoch)
	}
	fn holder(epoch: Epoch) -> Epoch {
		Holders::get(epoch).unwrap_or(epoch)
	}
	fn can_release(other: Epoch, epoch: Epoch) -> bool {
		Self::holder(other) == Self::holder(epoch)
	}
	fn threshold_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
	fn holder_weight() -> Weight {
		Weight::from_parts(2_000, 0)
	}
}
