//! Weights of `pallet_committee`, estimated from what each call reads, writes and verifies.

#![allow(missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, what their authorisation costs, and the end of a phase by the clock.
pub trait WeightInfo {
	fn announce() -> Weight;
	fn deal() -> Weight;
	fn confirm() -> Weight;
	fn submit_share() -> Weight;
	fn authorize_announce() -> Weight;
	fn authorize_deal() -> Weight;
	fn authorize_confirm() -> Weight;
	fn authorize_submit_share() -> Weight;
	fn close_phase() -> Weight;
}

/// With the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// Picoseconds and bytes of proof, and reads and writes, of each.
macro_rules! weights {
	($db:ty) => {
		fn announce() -> Weight {
			Weight::from_parts(45_000_000, 6_000)
				.saturating_add(<$db>::get().reads(2))
				.saturating_add(<$db>::get().writes(2))
		}
		fn deal() -> Weight {
			Weight::from_parts(50_000_000, 6_000)
				.saturating_add(<$db>::get().reads(2))
				.saturating_add(<$db>::get().writes(3))
		}
		fn confirm() -> Weight {
			Weight::from_parts(120_000_000, 330_000)
				.saturating_add(<$db>::get().reads(19))
				.saturating_add(<$db>::get().writes(20))
		}
		fn submit_share() -> Weight {
			Weight::from_parts(20_000_000, 6_000).saturating_add(<$db>::get().reads(2))
		}
		fn authorize_announce() -> Weight {
			Weight::from_parts(65_000_000, 6_000).saturating_add(<$db>::get().reads(2))
		}
		fn authorize_deal() -> Weight {
			Weight::from_parts(105_000_000, 6_000).saturating_add(<$db>::get().reads(2))
		}
		fn authorize_confirm() -> Weight {
			Weight::from_parts(85_000_000, 6_000).saturating_add(<$db>::get().reads(2))
		}
		fn authorize_submit_share() -> Weight {
			Weight::from_parts(70_000_000, 6_000).saturating_add(<$db>::get().reads(3))
		}
		fn close_phase() -> Weight {
			Weight::from_parts(45_000_000, 6_000)
				.saturating_add(<$db>::get().reads(3))
				.saturating_add(<$db>::get().writes(2))
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weights!(T::DbWeight);
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	weights!(ParityDbWeight);
}
