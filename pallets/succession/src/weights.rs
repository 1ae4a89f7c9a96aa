//! Weights of `pallet_succession`, measured by `scripts/generate-weights`.
//!
//! Date: 2026-11-27. Steps: 20, repeat: 10, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//! Each measured time was multiplied by 1.5: see `scripts/generate-weights`.

// Generated. Redundant code is not worth fixing by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// Weights of this pallet's calls and of its queries for other pallets.
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

/// Measured weights, with the runtime's database costs.
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
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn propose_accepted() -> Weight {
		// Minimum execution time: 532_471_000 picoseconds.
		Weight::from_parts(923_196_000, 174386)
			.saturating_add(T::DbWeight::get().reads(80_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
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
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn approve() -> Weight {
		// Minimum execution time: 412_683_000 picoseconds.
		Weight::from_parts(709_293_000, 171798)
			.saturating_add(T::DbWeight::get().reads(74_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Barred` (r:0 w:1)
	/// Proof: `Succession::Barred` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
	fn object() -> Weight {
		// Minimum execution time: 64_175_000 picoseconds.
		Weight::from_parts(168_730_500, 4289)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Succession::Attempts` (r:1 w:1)
	/// Proof: `Succession::Attempts` (`max_values`: None, `max_size`: Some(824), added: 3299, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Barred` (r:0 w:1)
	/// Proof: `Succession::Barred` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// Minimum execution time: 56_995_000 picoseconds.
		Weight::from_parts(138_250_500, 4289)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
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
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn complete() -> Weight {
		// Minimum execution time: 430_780_000 picoseconds.
		Weight::from_parts(981_903_000, 171798)
			.saturating_add(T::DbWeight::get().reads(78_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Policies` (r:1 w:1)
	/// Proof: `Succession::Policies` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	fn set_threshold() -> Weight {
		// Minimum execution time: 30_705_000 picoseconds.
		Weight::from_parts(66_127_500, 6166)
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
		// Minimum execution time: 31_307_000 picoseconds.
		Weight::from_parts(61_035_000, 6166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Succession::Successors` (r:1 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::SummaryClosed` (r:1 w:1)
	/// Proof: `Consent::SummaryClosed` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn act() -> Weight {
		// Minimum execution time: 65_307_000 picoseconds.
		Weight::from_parts(126_592_500, 6166)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Succession::Successors` (r:2 w:0)
	/// Proof: `Succession::Successors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Succession::Predecessors` (r:1 w:0)
	/// Proof: `Succession::Predecessors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	fn succession() -> Weight {
		// Minimum execution time: 13_130_000 picoseconds.
		Weight::from_parts(23_766_000, 6100).saturating_add(T::DbWeight::get().reads(3_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn propose_accepted() -> Weight {
		Weight::from_parts(923_196_000, 174386)
			.saturating_add(ParityDbWeight::get().reads(80_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(709_293_000, 171798)
			.saturating_add(ParityDbWeight::get().reads(74_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn object() -> Weight {
		Weight::from_parts(168_730_500, 4289)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(138_250_500, 4289)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn complete() -> Weight {
		Weight::from_parts(981_903_000, 171798)
			.saturating_add(ParityDbWeight::get().reads(78_u64))
			.saturating_add(ParityDbWeight::get().writes(7_u64))
	}
	fn set_threshold() -> Weight {
		Weight::from_parts(66_127_500, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn let_hospital() -> Weight {
		Weight::from_parts(61_035_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn act() -> Weight {
		Weight::from_parts(126_592_500, 6166)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn succession() -> Weight {
		Weight::from_parts(23_766_000, 6100).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
}
