//! Weights of `pallet_access`: estimates by storage accesses, until `scripts/generate-weights` measures them.

// Written by a tool; what it repeats and spells out is not worth mending by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, and what others ask of it.
pub trait WeightInfo {
	fn request_permitted() -> Weight;
	fn request_denied() -> Weight;
	fn archive(n: u32) -> Weight;
	fn open_emergency() -> Weight;
	fn review_emergency() -> Weight;
	fn forget_case() -> Weight;
	fn deposit_bond() -> Weight;
	fn withdraw_bond() -> Weight;
	fn accept_share() -> Weight;
	fn open_case() -> Weight;
	fn clean_up() -> Weight;
	fn pass_over() -> Weight;
	fn expire_release() -> Weight;
}

/// With the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn request_permitted() -> Weight {
		Weight::from_parts(62_000_000, 8700)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn request_denied() -> Weight {
		Weight::from_parts(58_000_000, 6300)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// The range of component `n` is `[1, 64]`.
	fn archive(n: u32) -> Weight {
		Weight::from_parts(18_000_000, 3600)
			.saturating_add(Weight::from_parts(6_500_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2700).saturating_mul(n.into()))
	}
	fn open_emergency() -> Weight {
		Weight::from_parts(75_000_000, 6500)
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn review_emergency() -> Weight {
		Weight::from_parts(80_000_000, 6500)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn forget_case() -> Weight {
		Weight::from_parts(30_000_000, 4100)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn deposit_bond() -> Weight {
		Weight::from_parts(48_000_000, 3800)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(46_000_000, 3800)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn accept_share() -> Weight {
		Weight::from_parts(45_000_000, 4200)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn open_case() -> Weight {
		Weight::from_parts(16_000_000, 3600).saturating_add(T::DbWeight::get().reads(4_u64))
	}
	fn clean_up() -> Weight {
		Weight::from_parts(3_000_000, 1500)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn pass_over() -> Weight {
		Weight::from_parts(4_500_000, 3600).saturating_add(T::DbWeight::get().reads(1_u64))
	}
	fn expire_release() -> Weight {
		Weight::from_parts(55_000_000, 46000)
			.saturating_add(T::DbWeight::get().reads(19_u64))
			.saturating_add(T::DbWeight::get().writes(18_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn request_permitted() -> Weight {
		Weight::from_parts(62_000_000, 8700)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn request_denied() -> Weight {
		Weight::from_parts(58_000_000, 6300)
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	/// The range of component `n` is `[1, 64]`.
	fn archive(n: u32) -> Weight {
		Weight::from_parts(18_000_000, 3600)
			.saturating_add(Weight::from_parts(6_500_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2700).saturating_mul(n.into()))
	}
	fn open_emergency() -> Weight {
		Weight::from_parts(75_000_000, 6500)
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().writes(9_u64))
	}
	fn review_emergency() -> Weight {
		Weight::from_parts(80_000_000, 6500)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(8_u64))
	}
	fn forget_case() -> Weight {
		Weight::from_parts(30_000_000, 4100)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn deposit_bond() -> Weight {
		Weight::from_parts(48_000_000, 3800)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(46_000_000, 3800)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn accept_share() -> Weight {
		Weight::from_parts(45_000_000, 4200)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn open_case() -> Weight {
		Weight::from_parts(16_000_000, 3600).saturating_add(ParityDbWeight::get().reads(4_u64))
	}
	fn clean_up() -> Weight {
		Weight::from_parts(3_000_000, 1500)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn pass_over() -> Weight {
		Weight::from_parts(4_500_000, 3600).saturating_add(ParityDbWeight::get().reads(1_u64))
	}
	fn expire_release() -> Weight {
		Weight::from_parts(55_000_000, 46000)
			.saturating_add(ParityDbWeight::get().reads(19_u64))
			.saturating_add(ParityDbWeight::get().writes(18_u64))
	}
}
