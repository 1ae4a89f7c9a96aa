//! Weights of `pallet_succession`: estimates by storage accesses, until `scripts/generate-weights` measures them.

// Written by a tool; what it repeats and spells out is not worth mending by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, and what others ask of it.
pub trait WeightInfo {
	fn propose() -> Weight;
	fn approve() -> Weight;
	fn object() -> Weight;
	fn withdraw() -> Weight;
	fn complete() -> Weight;
	fn set_threshold() -> Weight;
	fn let_hospital() -> Weight;
	fn act() -> Weight;
	fn succession() -> Weight;
}

/// With the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose() -> Weight {
		Weight::from_parts(34_000_000, 6500)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(30_000_000, 5200)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn object() -> Weight {
		Weight::from_parts(24_000_000, 4400)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(23_000_000, 4400)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn complete() -> Weight {
		Weight::from_parts(38_000_000, 5200)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn set_threshold() -> Weight {
		Weight::from_parts(14_000_000, 3600)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn let_hospital() -> Weight {
		Weight::from_parts(14_000_000, 3600)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn act() -> Weight {
		Weight::from_parts(15_000_000, 3600).saturating_add(T::DbWeight::get().reads(1_u64))
	}
	fn succession() -> Weight {
		Weight::from_parts(7_000_000, 3600).saturating_add(T::DbWeight::get().reads(3_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn propose() -> Weight {
		Weight::from_parts(34_000_000, 6500)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(30_000_000, 5200)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn object() -> Weight {
		Weight::from_parts(24_000_000, 4400)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(23_000_000, 4400)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn complete() -> Weight {
		Weight::from_parts(38_000_000, 5200)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn set_threshold() -> Weight {
		Weight::from_parts(14_000_000, 3600)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn let_hospital() -> Weight {
		Weight::from_parts(14_000_000, 3600)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn act() -> Weight {
		Weight::from_parts(15_000_000, 3600).saturating_add(ParityDbWeight::get().reads(1_u64))
	}
	fn succession() -> Weight {
		Weight::from_parts(7_000_000, 3600).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
}
