//! Weights of the calls.
//!
//! Placeholders until `scripts/benchmark` has measured them: the reads and writes are counted by hand, at the most that
//! each call may need, and the time without them is estimated.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost.
pub trait WeightInfo {
	/// With as many statements as there may be; without what [`OnAttested`](salus_primitives::OnAttested) costs.
	fn attest() -> Weight;
	/// With as many statements as there may be; without what [`OnAttested`](salus_primitives::OnAttested) costs.
	fn revoke() -> Weight;
	/// The same for every organisation.
	fn set_threshold() -> Weight;
	/// Of a record with `v` versions that all have statements.
	fn on_erased(v: u32) -> Weight;
}

/// Weights on the hardware of reference, with the runtime's costs of storage.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn attest() -> Weight {
		Weight::from_parts(45_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn revoke() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn set_threshold() -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn on_erased(v: u32) -> Weight {
		Weight::from_parts(2_000_000, 0)
			.saturating_add(Weight::from_parts(1_500_000, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes(v.into()))
	}
}

/// Weights for tests, with the costs of ParityDB.
impl WeightInfo for () {
	fn attest() -> Weight {
		Weight::from_parts(45_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(19))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn revoke() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn set_threshold() -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn on_erased(v: u32) -> Weight {
		Weight::from_parts(2_000_000, 0)
			.saturating_add(Weight::from_parts(1_500_000, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes(v.into()))
	}
}
