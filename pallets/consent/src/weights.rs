//! Weights of `pallet_consent`, measured by `scripts/generate-weights`.
//!
//! Date: 2026-11-27. Steps: 20, repeat: 10, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//! Each measured time was multiplied by 1.5: see `scripts/generate-weights`. Those of
//! `decide` are of the least squares, by 1.45: the median slope of a condition was an outlier.

// Generated. Redundant code is not worth fixing by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// Weights of this pallet's calls and of its queries for other pallets.
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
	fn set_emergency_summary_closed() -> Weight;
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

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	fn grant() -> Weight {
		// Minimum execution time: 101_090_000 picoseconds.
		Weight::from_parts(185_481_000, 24282)
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Grants` (r:17 w:17)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Answered` (r:1 w:1)
	/// Proof: `Consent::Answered` (`max_values`: None, `max_size`: Some(1393), added: 3868, mode: `MaxEncodedLen`)
	fn revoke() -> Weight {
		// Minimum execution time: 228_589_000 picoseconds.
		Weight::from_parts(395_221_500, 52296)
			.saturating_add(T::DbWeight::get().reads(19_u64))
			.saturating_add(T::DbWeight::get().writes(19_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:0 w:1)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	fn deny() -> Weight {
		// Minimum execution time: 65_046_000 picoseconds.
		Weight::from_parts(133_488_000, 6166)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:1)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn lift() -> Weight {
		// Minimum execution time: 46_088_000 picoseconds.
		Weight::from_parts(80_445_000, 3608)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	fn on_enrolled() -> Weight {
		// Minimum execution time: 12_269_000 picoseconds.
		Weight::from_parts(21_121_500, 3607)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:129 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// The range of component `d` is `[0, 64]`.
	/// The range of component `g` is `[18, 128]`.
	/// The range of component `s` is `[0, 16]`.
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		// Minimum execution time: 938_444_000 picoseconds.
		Weight::from_parts(1_190_760_000, 21694)
			// Standard Error: 1_122_254
			.saturating_add(Weight::from_parts(4_300_000, 0).saturating_mul(d.into()))
			// Standard Error: 654_724
			.saturating_add(Weight::from_parts(12_518_000, 0).saturating_mul(g.into()))
			// Standard Error: 4_461_049
			.saturating_add(Weight::from_parts(12_126_000, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(Weight::from_parts(0, 2618).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3018).saturating_mul(g.into()))
	}
	/// Storage: `Consent::Grants` (r:2 w:2)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	fn count_use() -> Weight {
		// Minimum execution time: 20_090_000 picoseconds.
		Weight::from_parts(56_019_000, 7026)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	fn guardians() -> Weight {
		// Minimum execution time: 16_645_000 picoseconds.
		Weight::from_parts(32_148_000, 4306).saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:129 w:24)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Answered` (r:1 w:1)
	/// Proof: `Consent::Answered` (`max_values`: None, `max_size`: Some(1393), added: 3868, mode: `MaxEncodedLen`)
	fn clear_ended() -> Weight {
		// Minimum execution time: 910_983_000 picoseconds.
		Weight::from_parts(1_975_659_000, 390312)
			.saturating_add(T::DbWeight::get().reads(131_u64))
			.saturating_add(T::DbWeight::get().writes(25_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::SummaryClosed` (r:1 w:1)
	/// Proof: `Consent::SummaryClosed` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn set_emergency_opt_out() -> Weight {
		// Minimum execution time: 46_909_000 picoseconds.
		Weight::from_parts(98_050_500, 6166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::SummaryClosed` (r:0 w:1)
	/// Proof: `Consent::SummaryClosed` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	fn set_emergency_summary_closed() -> Weight {
		// Minimum execution time: 32_799_000 picoseconds.
		Weight::from_parts(63_861_000, 6166)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:1)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn appoint_guardian() -> Weight {
		// Minimum execution time: 62_363_000 picoseconds.
		Weight::from_parts(108_235_500, 4306)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Guardians` (r:1 w:1)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	fn dismiss_guardian() -> Weight {
		// Minimum execution time: 34_441_000 picoseconds.
		Weight::from_parts(70_995_000, 4306)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::RulesSet` (r:1 w:0)
	/// Proof: `Consent::RulesSet` (`max_values`: None, `max_size`: Some(241), added: 2716, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Rules` (r:1 w:0)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6849), added: 9324, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::AskedAs` (r:1 w:1)
	/// Proof: `Consent::AskedAs` (`max_values`: None, `max_size`: Some(2738), added: 5213, mode: `MaxEncodedLen`)
	fn request() -> Weight {
		// Minimum execution time: 234_859_000 picoseconds.
		Weight::from_parts(411_100_500, 24282)
			.saturating_add(T::DbWeight::get().reads(16_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::AskedAs` (r:1 w:1)
	/// Proof: `Consent::AskedAs` (`max_values`: None, `max_size`: Some(2738), added: 5213, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// Minimum execution time: 91_736_000 picoseconds.
		Weight::from_parts(154_249_500, 10683)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::AskedAs` (r:1 w:1)
	/// Proof: `Consent::AskedAs` (`max_values`: None, `max_size`: Some(2738), added: 5213, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Answered` (r:1 w:1)
	/// Proof: `Consent::Answered` (`max_values`: None, `max_size`: Some(1393), added: 3868, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	fn approve() -> Weight {
		// Minimum execution time: 191_975_000 picoseconds.
		Weight::from_parts(349_149_000, 21694)
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::AskedAs` (r:1 w:1)
	/// Proof: `Consent::AskedAs` (`max_values`: None, `max_size`: Some(2738), added: 5213, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn decline() -> Weight {
		// Minimum execution time: 154_740_000 picoseconds.
		Weight::from_parts(252_120_000, 21694)
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
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
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Rules` (r:1 w:1)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6849), added: 9324, mode: `MaxEncodedLen`)
	/// Storage: `Consent::RulesSet` (r:1 w:1)
	/// Proof: `Consent::RulesSet` (`max_values`: None, `max_size`: Some(241), added: 2716, mode: `MaxEncodedLen`)
	fn set_rule() -> Weight {
		// Minimum execution time: 75_643_000 picoseconds.
		Weight::from_parts(165_726_000, 10314)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Consent::Rules` (r:1 w:1)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6849), added: 9324, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::RulesSet` (r:1 w:1)
	/// Proof: `Consent::RulesSet` (`max_values`: None, `max_size`: Some(241), added: 2716, mode: `MaxEncodedLen`)
	fn remove_rule() -> Weight {
		// Minimum execution time: 67_260_000 picoseconds.
		Weight::from_parts(119_307_000, 10314)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:1 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn share() -> Weight {
		// Minimum execution time: 396_659_000 picoseconds.
		Weight::from_parts(733_855_500, 171160)
			.saturating_add(T::DbWeight::get().reads(78_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn grant() -> Weight {
		Weight::from_parts(185_481_000, 24282)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn revoke() -> Weight {
		Weight::from_parts(395_221_500, 52296)
			.saturating_add(ParityDbWeight::get().reads(19_u64))
			.saturating_add(ParityDbWeight::get().writes(19_u64))
	}
	fn deny() -> Weight {
		Weight::from_parts(133_488_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn lift() -> Weight {
		Weight::from_parts(80_445_000, 3608)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn on_enrolled() -> Weight {
		Weight::from_parts(21_121_500, 3607)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		Weight::from_parts(1_190_760_000, 21694)
			.saturating_add(Weight::from_parts(4_300_000, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(12_518_000, 0).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(12_126_000, 0).saturating_mul(s.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(Weight::from_parts(0, 2618).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3018).saturating_mul(g.into()))
	}
	fn count_use() -> Weight {
		Weight::from_parts(56_019_000, 7026)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn guardians() -> Weight {
		Weight::from_parts(32_148_000, 4306).saturating_add(ParityDbWeight::get().reads(2_u64))
	}
	fn clear_ended() -> Weight {
		Weight::from_parts(1_975_659_000, 390312)
			.saturating_add(ParityDbWeight::get().reads(131_u64))
			.saturating_add(ParityDbWeight::get().writes(25_u64))
	}
	fn set_emergency_opt_out() -> Weight {
		Weight::from_parts(98_050_500, 6166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_emergency_summary_closed() -> Weight {
		Weight::from_parts(63_861_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn appoint_guardian() -> Weight {
		Weight::from_parts(108_235_500, 4306)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn dismiss_guardian() -> Weight {
		Weight::from_parts(70_995_000, 4306)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn request() -> Weight {
		Weight::from_parts(411_100_500, 24282)
			.saturating_add(ParityDbWeight::get().reads(16_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(154_249_500, 10683)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(349_149_000, 21694)
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn decline() -> Weight {
		Weight::from_parts(252_120_000, 21694)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_rule() -> Weight {
		Weight::from_parts(165_726_000, 10314)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn remove_rule() -> Weight {
		Weight::from_parts(119_307_000, 10314)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn share() -> Weight {
		Weight::from_parts(733_855_500, 171160)
			.saturating_add(ParityDbWeight::get().reads(78_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
