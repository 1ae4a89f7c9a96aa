//! Weights of `pallet_records`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-21. Steps: 20, repeat: 15, worst case map size: 1000000.
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
	fn register(w: u32) -> Weight;
	fn register_many(n: u32, w: u32) -> Weight;
	fn revise(w: u32) -> Weight;
	fn confirm_stored(n: u32) -> Weight;
	fn erase(v: u32, w: u32, r: u32) -> Weight;
	fn confirm_removed(n: u32) -> Weight;
	fn add_wraps(n: u32) -> Weight;
	fn remove_wraps(n: u32) -> Weight;
	fn withdraw_replica(n: u32) -> Weight;
	fn announce() -> Weight;
	fn retire_replicas(n: u32) -> Weight;
	fn set_absence_limit() -> Weight;
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
		// Minimum execution time: 128_961_000 picoseconds.
		Weight::from_parts(210_973_428, 13930)
			// Standard Error: 26_407
			.saturating_add(Weight::from_parts(10_794_903, 0).saturating_mul(w.into()))
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
		// Minimum execution time: 522_263_000 picoseconds.
		Weight::from_parts(1_429_367_793, 13930)
			// Standard Error: 3_408_525
			.saturating_add(Weight::from_parts(104_555_521, 0).saturating_mul(n.into()))
			// Standard Error: 10_703_687
			.saturating_add(Weight::from_parts(602_382, 0).saturating_mul(w.into()))
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
	/// Storage: `Records::Wraps` (r:0 w:63)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// The range of component `w` is `[1, 63]`.
	fn revise(w: u32) -> Weight {
		// Minimum execution time: 128_830_000 picoseconds.
		Weight::from_parts(166_903_754, 13930)
			// Standard Error: 73_813
			.saturating_add(Weight::from_parts(9_532_685, 0).saturating_mul(w.into()))
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
		// Minimum execution time: 33_402_000 picoseconds.
		Weight::from_parts(429_640_286, 3768)
			// Standard Error: 957_306
			.saturating_add(Weight::from_parts(41_759_734, 0).saturating_mul(n.into()))
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
		// Minimum execution time: 5_984_879_000 picoseconds.
		Weight::from_parts(6_314_103_000, 3642)
			// Standard Error: 6_359_392
			.saturating_add(Weight::from_parts(69_010_099, 0).saturating_mul(v.into()))
			// Standard Error: 396_781
			.saturating_add(Weight::from_parts(21_779_337, 0).saturating_mul(r.into()))
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
		// Minimum execution time: 18_184_000 picoseconds.
		Weight::from_parts(29_064_000, 1497)
			// Standard Error: 265_476
			.saturating_add(Weight::from_parts(37_374_149, 0).saturating_mul(n.into()))
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
		// Minimum execution time: 19_657_000 picoseconds.
		Weight::from_parts(120_132_819, 3578)
			// Standard Error: 628_323
			.saturating_add(Weight::from_parts(46_534_760, 0).saturating_mul(n.into()))
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
		// Minimum execution time: 5_650_000 picoseconds.
		Weight::from_parts(110_702_502, 990)
			// Standard Error: 398_463
			.saturating_add(Weight::from_parts(29_713_434, 0).saturating_mul(n.into()))
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
		// Minimum execution time: 11_281_000 picoseconds.
		Weight::from_parts(2_351_993, 1497)
			// Standard Error: 900_292
			.saturating_add(Weight::from_parts(31_771_657, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn announce() -> Weight {
		Weight::from_parts(60_000_000, 4_000)
	}
	fn retire_replicas(n: u32) -> Weight {
		Self::withdraw_replica(n).saturating_mul(2)
	}
	fn set_absence_limit() -> Weight {
		Weight::from_parts(30_000_000, 2_000)
	}
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:0 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	fn seal() -> Weight {
		// Minimum execution time: 14_588_000 picoseconds.
		Weight::from_parts(21_570_000, 1489)
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
		// Minimum execution time: 73_377_000 picoseconds.
		Weight::from_parts(105_777_000, 3642)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn on_attested() -> Weight {
		// Minimum execution time: 19_626_000 picoseconds.
		Weight::from_parts(28_614_000, 3642)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register(w: u32) -> Weight {
		Weight::from_parts(210_973_428, 13930)
			.saturating_add(Weight::from_parts(10_794_903, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn register_many(n: u32, w: u32) -> Weight {
		Weight::from_parts(1_429_367_793, 13930)
			.saturating_add(Weight::from_parts(104_555_521, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(602_382, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((5_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
	}
	fn revise(w: u32) -> Weight {
		Weight::from_parts(166_903_754, 13930)
			.saturating_add(Weight::from_parts(9_532_685, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(14_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn confirm_stored(n: u32) -> Weight {
		Weight::from_parts(429_640_286, 3768)
			.saturating_add(Weight::from_parts(41_759_734, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		Weight::from_parts(6_314_103_000, 3642)
			.saturating_add(Weight::from_parts(69_010_099, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(21_779_337, 0).saturating_mul(r.into()))
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
		Weight::from_parts(29_064_000, 1497)
			.saturating_add(Weight::from_parts(37_374_149, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2607).saturating_mul(n.into()))
	}
	fn add_wraps(n: u32) -> Weight {
		Weight::from_parts(120_132_819, 3578)
			.saturating_add(Weight::from_parts(46_534_760, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(n.into()))
	}
	fn remove_wraps(n: u32) -> Weight {
		Weight::from_parts(110_702_502, 990)
			.saturating_add(Weight::from_parts(29_713_434, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn withdraw_replica(n: u32) -> Weight {
		Weight::from_parts(2_351_993, 1497)
			.saturating_add(Weight::from_parts(31_771_657, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn announce() -> Weight {
		Weight::from_parts(60_000_000, 4_000)
	}
	fn retire_replicas(n: u32) -> Weight {
		Self::withdraw_replica(n).saturating_mul(2)
	}
	fn set_absence_limit() -> Weight {
		Weight::from_parts(30_000_000, 2_000)
	}
	fn seal() -> Weight {
		Weight::from_parts(21_570_000, 1489)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reseal() -> Weight {
		Weight::from_parts(105_777_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn on_attested() -> Weight {
		Weight::from_parts(28_614_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
