//! Weights of `pallet_consent`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-21. Steps: 20, repeat: 15, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//!
//! Raised by hand since, until they are measured again: what reads and writes the capacities of requests and the grants by
//! rules and guardians (`request`, `withdraw`, `approve`, `decline`, `revoke`, `clear_ended`), the membership that a grant
//! names (`grant`, `share`, `approve`), and the switch for emergency summaries (`decide`, `set_emergency_opt_out`).

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

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
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
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn grant() -> Weight {
		// Minimum execution time: 78_526_000 picoseconds.
		Weight::from_parts(154_626_000, 23768)
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Grants` (r:17 w:17)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn revoke() -> Weight {
		// Minimum execution time: 288_688_000 picoseconds.
		Weight::from_parts(418_473_000, 56211)
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
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	fn deny() -> Weight {
		// Minimum execution time: 82_324_000 picoseconds.
		Weight::from_parts(121_387_000, 6166)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:1)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn lift() -> Weight {
		// Minimum execution time: 57_818_000 picoseconds.
		Weight::from_parts(80_801_000, 3607)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn on_enrolled() -> Weight {
		// Minimum execution time: 21_690_000 picoseconds.
		Weight::from_parts(33_092_000, 3607)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:129 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// The range of component `d` is `[0, 64]`.
	/// The range of component `g` is `[18, 128]`.
	/// The range of component `s` is `[0, 16]`.
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		// Minimum execution time: 1_215_817_000 picoseconds.
		Weight::from_parts(1_356_859_000, 24694)
			// Standard Error: 942_059
			.saturating_add(Weight::from_parts(861_295, 0).saturating_mul(d.into()))
			// Standard Error: 499_828
			.saturating_add(Weight::from_parts(13_122_252, 0).saturating_mul(g.into()))
			// Standard Error: 3_746_974
			.saturating_add(Weight::from_parts(17_572_758, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(Weight::from_parts(0, 2613).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3013).saturating_mul(g.into()))
	}
	/// Storage: `Consent::Grants` (r:2 w:2)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn count_use() -> Weight {
		// Minimum execution time: 28_413_000 picoseconds.
		Weight::from_parts(53_179_000, 7016)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	fn guardians() -> Weight {
		// Minimum execution time: 24_205_000 picoseconds.
		Weight::from_parts(38_872_000, 4306).saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:129 w:24)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn clear_ended() -> Weight {
		// Minimum execution time: 1_163_539_000 picoseconds.
		Weight::from_parts(2_231_393_000, 393667)
			.saturating_add(T::DbWeight::get().reads(131_u64))
			.saturating_add(T::DbWeight::get().writes(25_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn set_emergency_opt_out() -> Weight {
		// Minimum execution time: 52_628_000 picoseconds.
		Weight::from_parts(108_925_000, 9166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Not measured: as for the opt-out.
	fn set_emergency_summary_closed() -> Weight {
		Weight::from_parts(108_925_000, 9166)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
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
		// Minimum execution time: 77_504_000 picoseconds.
		Weight::from_parts(113_562_000, 4306)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Consent::Guardians` (r:1 w:1)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	fn dismiss_guardian() -> Weight {
		// Minimum execution time: 44_974_000 picoseconds.
		Weight::from_parts(67_506_000, 4306)
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
	/// Storage: `Consent::Rules` (r:1 w:0)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6769), added: 9244, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	fn request() -> Weight {
		// Minimum execution time: 284_180_000 picoseconds.
		Weight::from_parts(523_827_000, 38982)
			.saturating_add(T::DbWeight::get().reads(18_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// Minimum execution time: 103_022_000 picoseconds.
		Weight::from_parts(230_798_000, 16683)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn approve() -> Weight {
		// Minimum execution time: 212_937_000 picoseconds.
		Weight::from_parts(492_970_000, 51694)
			.saturating_add(T::DbWeight::get().reads(23_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Requests` (r:1 w:1)
	/// Proof: `Consent::Requests` (`max_values`: None, `max_size`: Some(7218), added: 9693, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn decline() -> Weight {
		// Minimum execution time: 188_572_000 picoseconds.
		Weight::from_parts(379_997_000, 27694)
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
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6769), added: 9244, mode: `MaxEncodedLen`)
	fn set_rule() -> Weight {
		// Minimum execution time: 89_797_000 picoseconds.
		Weight::from_parts(150_380_000, 12934)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Consent::Rules` (r:1 w:1)
	/// Proof: `Consent::Rules` (`max_values`: None, `max_size`: Some(6769), added: 9244, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn remove_rule() -> Weight {
		// Minimum execution time: 82_775_000 picoseconds.
		Weight::from_parts(143_417_000, 12934)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:1 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:65 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	fn share() -> Weight {
		// Minimum execution time: 556_318_000 picoseconds.
		Weight::from_parts(1_030_039_000, 190835)
			.saturating_add(T::DbWeight::get().reads(86_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn grant() -> Weight {
		Weight::from_parts(154_626_000, 23768)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn revoke() -> Weight {
		Weight::from_parts(418_473_000, 56211)
			.saturating_add(ParityDbWeight::get().reads(19_u64))
			.saturating_add(ParityDbWeight::get().writes(19_u64))
	}
	fn deny() -> Weight {
		Weight::from_parts(121_387_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn lift() -> Weight {
		Weight::from_parts(80_801_000, 3607)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn on_enrolled() -> Weight {
		Weight::from_parts(33_092_000, 3607)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn decide(d: u32, g: u32, s: u32) -> Weight {
		Weight::from_parts(1_356_859_000, 24694)
			.saturating_add(Weight::from_parts(861_295, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(13_122_252, 0).saturating_mul(g.into()))
			.saturating_add(Weight::from_parts(17_572_758, 0).saturating_mul(s.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(g.into())))
			.saturating_add(Weight::from_parts(0, 2613).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 3013).saturating_mul(g.into()))
	}
	fn count_use() -> Weight {
		Weight::from_parts(53_179_000, 7016)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn guardians() -> Weight {
		Weight::from_parts(38_872_000, 4306).saturating_add(ParityDbWeight::get().reads(2_u64))
	}
	fn clear_ended() -> Weight {
		Weight::from_parts(2_231_393_000, 393667)
			.saturating_add(ParityDbWeight::get().reads(131_u64))
			.saturating_add(ParityDbWeight::get().writes(25_u64))
	}
	fn set_emergency_opt_out() -> Weight {
		Weight::from_parts(108_925_000, 9166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_emergency_summary_closed() -> Weight {
		Weight::from_parts(108_925_000, 9166)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn appoint_guardian() -> Weight {
		Weight::from_parts(113_562_000, 4306)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn dismiss_guardian() -> Weight {
		Weight::from_parts(67_506_000, 4306)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn request() -> Weight {
		Weight::from_parts(523_827_000, 38982)
			.saturating_add(ParityDbWeight::get().reads(18_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn withdraw() -> Weight {
		Weight::from_parts(230_798_000, 16683)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn approve() -> Weight {
		Weight::from_parts(492_970_000, 51694)
			.saturating_add(ParityDbWeight::get().reads(23_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn decline() -> Weight {
		Weight::from_parts(379_997_000, 27694)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_rule() -> Weight {
		Weight::from_parts(150_380_000, 12934)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn remove_rule() -> Weight {
		Weight::from_parts(143_417_000, 12934)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn share() -> Weight {
		Weight::from_parts(1_030_039_000, 190835)
			.saturating_add(ParityDbWeight::get().reads(86_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
