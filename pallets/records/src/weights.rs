//! Weights of `pallet_records`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-20. Steps: 8, repeat: 6, worst case map size: 1000000.
//! Tool: frame-omni-bencher 64.0.0. CPU: AMD EPYC.

// Written by a tool; what it repeats and spells out is not worth mending by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost, and what others ask of it.
pub trait WeightInfo {
	fn register(w: u32) -> Weight;
	fn register_many(n: u32, w: u32) -> Weight;
	fn revise(w: u32) -> Weight;
	fn confirm_stored(n: u32) -> Weight;
	fn erase(v: u32, w: u32, r: u32) -> Weight;
	fn confirm_removed(n: u32) -> Weight;
	fn add_wraps(n: u32) -> Weight;
	fn remove_wraps(n: u32) -> Weight;
	fn withdraw_replica(n: u32) -> Weight;
	fn seal() -> Weight;
	fn reseal() -> Weight;
	fn on_attested() -> Weight;
}

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:5 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:1 w:1)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecordCounts` (r:1 w:1)
	/// Proof: `Records::PatientRecordCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:64)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecords` (r:0 w:1)
	/// Proof: `Records::PatientRecords` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// The range of component `w` is `[1, 64]`.
	fn register(w: u32) -> Weight {
		// Minimum execution time: 67_201_000 picoseconds.
		Weight::from_parts(66_728_833, 13930)
			// Standard Error: 1_658
			.saturating_add(Weight::from_parts(3_838_606, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:5 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:200 w:200)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:200 w:200)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecordCounts` (r:1 w:1)
	/// Proof: `Records::PatientRecordCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:200)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:263)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecords` (r:0 w:200)
	/// Proof: `Records::PatientRecords` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[1, 200]`.
	/// The range of component `w` is `[0, 63]`.
	fn register_many(n: u32, w: u32) -> Weight {
		// Minimum execution time: 306_468_000 picoseconds.
		Weight::from_parts(12_630_792, 13930)
			// Standard Error: 68_001
			.saturating_add(Weight::from_parts(41_684_583, 0).saturating_mul(n.into()))
			// Standard Error: 215_277
			.saturating_add(Weight::from_parts(3_845_038, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((5_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:5 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:1 w:1)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:62)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// The range of component `w` is `[1, 63]`.
	fn revise(w: u32) -> Weight {
		// Minimum execution time: 66_048_000 picoseconds.
		Weight::from_parts(65_804_820, 13930)
			// Standard Error: 1_516
			.saturating_add(Weight::from_parts(3_797_347, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(14_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn confirm_stored(n: u32) -> Weight {
		// Minimum execution time: 15_383_000 picoseconds.
		Weight::from_parts(16_214_000, 3768)
			// Standard Error: 23_958
			.saturating_add(Weight::from_parts(16_183_085, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:129 w:128)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:2176 w:2048)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:1024 w:1024)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:128 w:128)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:0 w:128)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:0 w:128)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:2048)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// The range of component `v` is `[1, 128]`.
	/// The range of component `w` is `[1, 1024]`.
	/// The range of component `r` is `[0, 2048]`.
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		// Minimum execution time: 3_236_029_000 picoseconds.
		Weight::from_parts(6_740_174_652, 3642)
			// Standard Error: 397_405
			.saturating_add(Weight::from_parts(10_552_859, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
	/// Storage: `Records::Removals` (r:256 w:256)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:256 w:256)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn confirm_removed(n: u32) -> Weight {
		// Minimum execution time: 7_762_000 picoseconds.
		Weight::from_parts(8_442_000, 1497)
			// Standard Error: 6_790
			.saturating_add(Weight::from_parts(14_259_800, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2607).saturating_mul(n.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:64 w:64)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:64 w:64)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:64 w:0)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:64 w:64)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 64]`.
	fn add_wraps(n: u32) -> Weight {
		// Minimum execution time: 9_313_000 picoseconds.
		Weight::from_parts(8_832_456, 3578)
			// Standard Error: 18_308
			.saturating_add(Weight::from_parts(20_719_067, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(n.into()))
	}
	/// Storage: `Records::Records` (r:64 w:64)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:64 w:64)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:64 w:64)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 64]`.
	fn remove_wraps(n: u32) -> Weight {
		// Minimum execution time: 2_103_000 picoseconds.
		Weight::from_parts(890_256, 990)
			// Standard Error: 16_482
			.saturating_add(Weight::from_parts(15_113_557, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn withdraw_replica(n: u32) -> Weight {
		// Minimum execution time: 4_296_000 picoseconds.
		Weight::from_parts(4_597_000, 1497)
			// Standard Error: 20_208
			.saturating_add(Weight::from_parts(14_256_802, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:0 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	fn seal() -> Weight {
		// Minimum execution time: 7_752_000 picoseconds.
		Weight::from_parts(9_684_000, 1489)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:1 w:0)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:0 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	fn reseal() -> Weight {
		// Minimum execution time: 31_106_000 picoseconds.
		Weight::from_parts(37_977_000, 3642)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn on_attested() -> Weight {
		// Minimum execution time: 8_853_000 picoseconds.
		Weight::from_parts(9_804_000, 3642)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register(w: u32) -> Weight {
		Weight::from_parts(66_728_833, 13930)
			.saturating_add(Weight::from_parts(3_838_606, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn register_many(n: u32, w: u32) -> Weight {
		Weight::from_parts(12_630_792, 13930)
			.saturating_add(Weight::from_parts(41_684_583, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(3_845_038, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((5_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
	}
	fn revise(w: u32) -> Weight {
		Weight::from_parts(65_804_820, 13930)
			.saturating_add(Weight::from_parts(3_797_347, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(14_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn confirm_stored(n: u32) -> Weight {
		Weight::from_parts(16_214_000, 3768)
			.saturating_add(Weight::from_parts(16_183_085, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		Weight::from_parts(6_740_174_652, 3642)
			.saturating_add(Weight::from_parts(10_552_859, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((4_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
	fn confirm_removed(n: u32) -> Weight {
		Weight::from_parts(8_442_000, 1497)
			.saturating_add(Weight::from_parts(14_259_800, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2607).saturating_mul(n.into()))
	}
	fn add_wraps(n: u32) -> Weight {
		Weight::from_parts(8_832_456, 3578)
			.saturating_add(Weight::from_parts(20_719_067, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(n.into()))
	}
	fn remove_wraps(n: u32) -> Weight {
		Weight::from_parts(890_256, 990)
			.saturating_add(Weight::from_parts(15_113_557, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn withdraw_replica(n: u32) -> Weight {
		Weight::from_parts(4_597_000, 1497)
			.saturating_add(Weight::from_parts(14_256_802, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn seal() -> Weight {
		Weight::from_parts(9_684_000, 1489)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reseal() -> Weight {
		Weight::from_parts(37_977_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn on_attested() -> Weight {
		Weight::from_parts(9_804_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
