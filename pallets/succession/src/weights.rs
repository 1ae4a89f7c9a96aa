//! Weights of `pallet_succession`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-21. Steps: 20, repeat: 15, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//!
//! By hand, until it is measured again: `propose_accepted` is the earlier `propose` with what a
//! signature that is checked twice costs (290 µs, as for `admit_accepted` of the pallet `roles`),
//! and one more read, of the hash of the genesis.

// Written by a tool; what it repeats and spells out is not worth mending by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, and what others ask of it.
pub trait WeightInfo {
	fn propose_accepted() -> Weight;
	fn approve() -> Weight;
	fn object() -> Weight;
	fn withdraw() -> Weight;
	fn complete() -> Weight;
	fn set_threshold() -> Weight;
	fn let_hospital() -> Weight;
	fn act() -> Weight;
	fn succession() -> Weight;
}

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Predecessors` (r:2 w:0)
	/// Proof: `Succession::Predecessors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Successors` (r:2 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:67 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:0)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Barred` (r:1 w:2)
	/// Proof: `Succession::Barred` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn propose_accepted() -> Weight {
		// Minimum execution time: 576_094_000 picoseconds.
		// More than was measured: the signature, and the hash of the genesis.
		Weight::from_parts(1_280_677_000, 176905)
			.saturating_add(T::DbWeight::get().reads(79_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:66 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:0)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn approve() -> Weight {
		// Minimum execution time: 534_897_000 picoseconds.
		Weight::from_parts(967_984_000, 171798)
			.saturating_add(T::DbWeight::get().reads(73_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Barred` (r:0 w:1)
	/// Proof: `Succession::Barred` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
	fn object() -> Weight {
		// Minimum execution time: 70_963_000 picoseconds.
		Weight::from_parts(121_235_000, 4289)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Barred` (r:0 w:1)
	/// Proof: `Succession::Barred` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// Minimum execution time: 61_735_000 picoseconds.
		Weight::from_parts(112_169_000, 4289)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Predecessors` (r:2 w:1)
	/// Proof: `Succession::Predecessors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Successors` (r:2 w:1)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:66 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:0)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn complete() -> Weight {
		// Minimum execution time: 577_747_000 picoseconds.
		Weight::from_parts(1_012_187_000, 171798)
			.saturating_add(T::DbWeight::get().reads(77_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:1)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	fn set_threshold() -> Weight {
		// Minimum execution time: 45_214_000 picoseconds.
		Weight::from_parts(72_375_000, 6166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:1)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	fn let_hospital() -> Weight {
		// Minimum execution time: 45_244_000 picoseconds.
		Weight::from_parts(81_412_000, 6166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn act() -> Weight {
		// Minimum execution time: 64_951_000 picoseconds.
		Weight::from_parts(118_662_000, 6166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Succession::Successors` (r:2 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Predecessors` (r:1 w:0)
	/// Proof: `Succession::Predecessors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	fn succession() -> Weight {
		// Minimum execution time: 20_368_000 picoseconds.
		Weight::from_parts(37_449_000, 6100).saturating_add(T::DbWeight::get().reads(3_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn propose_accepted() -> Weight {
		Weight::from_parts(1_280_677_000, 176905)
			.saturating_add(ParityDbWeight::get().reads(79_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(967_984_000, 171798)
			.saturating_add(ParityDbWeight::get().reads(73_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn object() -> Weight {
		Weight::from_parts(121_235_000, 4289)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(112_169_000, 4289)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn complete() -> Weight {
		Weight::from_parts(1_012_187_000, 171798)
			.saturating_add(ParityDbWeight::get().reads(77_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn set_threshold() -> Weight {
		Weight::from_parts(72_375_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn let_hospital() -> Weight {
		Weight::from_parts(81_412_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn act() -> Weight {
		Weight::from_parts(118_662_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn succession() -> Weight {
		Weight::from_parts(37_449_000, 6100).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
}
