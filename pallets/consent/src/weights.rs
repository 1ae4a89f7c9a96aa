//! Weights of `pallet_consent`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-20. Steps: 50, repeat: 20, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.

// Written by a tool; what it repeats and spells out is not worth mending by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, and what others ask of it.
pub trait WeightInfo {
	fn grant() -> Weight;
	fn revoke() -> Weight;
	fn deny() -> Weight;
	fn lift() -> Weight;
	fn on_enrolled() -> Weight;
	fn decide(d: u32, g: u32, s: u32) -> Weight;
	fn count_use() -> Weight;
	fn guardians() -> Weight;
	fn clear_ended() -> Weight;
	fn set_emergency_opt_out() -> Weight;
	fn appoint_guardian() -> Weight;
	fn dismiss_guardian() -> Weight;
	fn request() -> Weight;
	fn withdraw() -> Weight;
	fn approve() -> Weight;
	fn decline() -> Weight;
	fn set_rule() -> Weight;
	fn remove_rule() -> Weight;
	fn share() -> Weight;
}

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn grant() -> Weight {
		// Minimum execution time: 31_056_000 picoseconds.
		Weight::from_parts(33_109_000, 3768)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Grants` (r:17 w:17)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	fn revoke() -> Weight {
		// Minimum execution time: 150_040_000 picoseconds.
		Weight::from_parts(160_562_000, 52857)
			.saturating_add(T::DbWeight::get().reads(18_u64))
			.saturating_add(T::DbWeight::get().writes(18_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:0 w:1)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	fn deny() -> Weight {
		// Minimum execution time: 31_778_000 picoseconds.
		Weight::from_parts(35_052_000, 6148)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:1)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	fn lift() -> Weight {
		// Minimum execution time: 23_665_000 picoseconds.
		Weight::from_parts(25_218_000, 3603)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn on_enrolled() -> Weight {
		// Minimum execution time: 10_105_000 picoseconds.
		Weight::from_parts(10_786_000, 3529)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:129 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	/// The range of component `d` is `[0, 64]`.
	/// The range of component `g` is `[1, 128]`.
	/// The range of component `s` is `[0, 16]`.
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		// Minimum execution time: 300_000_000 picoseconds.
		Weight::from_parts(75_909_603, 21622)
			.saturating_add(Weight::from_parts(3_279_710, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(12_782_245, 0).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(45_000_000, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(16_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(T::DbWeight::get().reads((8_u64).saturating_mul(s.into())))
			.saturating_add(Weight::from_parts(0, 2613).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3051).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(0, 20704).saturating_mul(s.into()))
	}
	/// Storage: `Consent::Grants` (r:2 w:2)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn count_use() -> Weight {
		// Minimum execution time: 24_700_000 picoseconds.
		Weight::from_parts(26_000_000, 7092)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	fn guardians() -> Weight {
		// Minimum execution time: 8_550_000 picoseconds.
		Weight::from_parts(9_000_000, 4375).saturating_add(T::DbWeight::get().reads(1_u64))
	}
	/// Storage: `Consent::Grants` (r:129 w:24)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn clear_ended() -> Weight {
		// Minimum execution time: 855_000_000 picoseconds.
		Weight::from_parts(900_000_000, 394569)
			.saturating_add(T::DbWeight::get().reads(129_u64))
			.saturating_add(T::DbWeight::get().writes(24_u64))
	}
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	fn set_emergency_opt_out() -> Weight {
		// Minimum execution time: 14_250_000 picoseconds.
		Weight::from_parts(15_000_000, 21694)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:1)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	fn appoint_guardian() -> Weight {
		// Minimum execution time: 32_300_000 picoseconds.
		Weight::from_parts(34_000_000, 4375)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Guardians` (r:1 w:1)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	fn dismiss_guardian() -> Weight {
		// Minimum execution time: 17_100_000 picoseconds.
		Weight::from_parts(18_000_000, 4375)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Rules` (r:1 w:0)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(8210), added: 10685, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(8370), added: 10845, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn request() -> Weight {
		// Minimum execution time: 247_000_000 picoseconds.
		Weight::from_parts(260_000_000, 24282)
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(8370), added: 10845, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// Minimum execution time: 57_000_000 picoseconds.
		Weight::from_parts(60_000_000, 11835)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(8370), added: 10845, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	fn approve() -> Weight {
		// Minimum execution time: 123_500_000 picoseconds.
		Weight::from_parts(130_000_000, 21694)
			.saturating_add(T::DbWeight::get().reads(14_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(8370), added: 10845, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	fn decline() -> Weight {
		// Minimum execution time: 104_500_000 picoseconds.
		Weight::from_parts(110_000_000, 21694)
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Rules` (r:1 w:1)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(8210), added: 10685, mode: `MaxEncodedLen`)
	fn set_rule() -> Weight {
		// Minimum execution time: 66_500_000 picoseconds.
		Weight::from_parts(70_000_000, 11675)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Rules` (r:1 w:1)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(8210), added: 10685, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn remove_rule() -> Weight {
		// Minimum execution time: 66_500_000 picoseconds.
		Weight::from_parts(70_000_000, 11675)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:1 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(576), added: 3051, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
	fn share() -> Weight {
		// Minimum execution time: 313_500_000 picoseconds.
		Weight::from_parts(330_000_000, 170835)
			.saturating_add(T::DbWeight::get().reads(78_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn grant() -> Weight {
		Weight::from_parts(33_109_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn revoke() -> Weight {
		Weight::from_parts(160_562_000, 52857)
			.saturating_add(ParityDbWeight::get().reads(18_u64))
			.saturating_add(ParityDbWeight::get().writes(18_u64))
	}
	fn deny() -> Weight {
		Weight::from_parts(35_052_000, 6148)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn lift() -> Weight {
		Weight::from_parts(25_218_000, 3603)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn on_enrolled() -> Weight {
		Weight::from_parts(10_786_000, 3529)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		Weight::from_parts(75_909_603, 21622)
			.saturating_add(Weight::from_parts(3_279_710, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(12_782_245, 0).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(45_000_000, 0).saturating_mul(s.into()))
			.saturating_add(ParityDbWeight::get().reads(16_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(ParityDbWeight::get().reads((8_u64).saturating_mul(s.into())))
			.saturating_add(Weight::from_parts(0, 2613).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3051).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(0, 20704).saturating_mul(s.into()))
	}
	fn count_use() -> Weight {
		Weight::from_parts(26_000_000, 7092)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn guardians() -> Weight {
		Weight::from_parts(9_000_000, 4375).saturating_add(ParityDbWeight::get().reads(1_u64))
	}
	fn clear_ended() -> Weight {
		Weight::from_parts(900_000_000, 394569)
			.saturating_add(ParityDbWeight::get().reads(129_u64))
			.saturating_add(ParityDbWeight::get().writes(24_u64))
	}
	fn set_emergency_opt_out() -> Weight {
		Weight::from_parts(15_000_000, 21694)
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn appoint_guardian() -> Weight {
		Weight::from_parts(34_000_000, 4375)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn dismiss_guardian() -> Weight {
		Weight::from_parts(18_000_000, 4375)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn request() -> Weight {
		Weight::from_parts(260_000_000, 24282)
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(60_000_000, 11835)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(130_000_000, 21694)
			.saturating_add(ParityDbWeight::get().reads(14_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn decline() -> Weight {
		Weight::from_parts(110_000_000, 21694)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_rule() -> Weight {
		Weight::from_parts(70_000_000, 11675)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn remove_rule() -> Weight {
		Weight::from_parts(70_000_000, 11675)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn share() -> Weight {
		Weight::from_parts(330_000_000, 170835)
			.saturating_add(ParityDbWeight::get().reads(78_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
