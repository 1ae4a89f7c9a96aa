//! Weights of `pallet_records`, as `scripts/generate-weights` measured them.
//!
//! Date: 2026-11-21. Steps: 20, repeat: 15, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//!
//! By hand, until they are measured again: `set_peer` is `announce` with one more write and 30 µs, `retire_replicas` has one
//! more write and 10 µs. Since replicas count once for each organisation, `confirm_stored` and `retire_replicas` look at up to
//! nine other holders of each version, with the organisation of each. What is withdrawn or erased has some more entries, and
//! `withdraw` was not measured yet. `register_many` takes each decision once for each call, and has the
//! component `d` for it: 150 µs for a record with its decision and 75 µs for another one, instead of 136 µs for each. The native
//! runtime takes 40 µs for a record alone, 39 µs for one with its decision in a batch, and 13 µs for another one there.

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
	fn register_many(n: u32, d: u32, w: u32) -> Weight;
	fn revise(w: u32) -> Weight;
	fn confirm_stored(n: u32) -> Weight;
	fn erase(v: u32, w: u32, r: u32) -> Weight;
	fn confirm_removed(n: u32) -> Weight;
	fn add_wraps(n: u32) -> Weight;
	fn remove_wraps(n: u32) -> Weight;
	fn withdraw_replica(n: u32) -> Weight;
	fn announce() -> Weight;
	fn set_peer() -> Weight;
	fn retire_replicas(n: u32) -> Weight;
	fn set_absence_limit() -> Weight;
	fn seal() -> Weight;
	fn reseal() -> Weight;
	fn on_attested() -> Weight;
	fn withdraw(v: u32, w: u32) -> Weight;
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
		// Minimum execution time: 154_107_000 picoseconds.
		Weight::from_parts(167_495_355, 13930)
			// As for `register_many`.
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:400 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:404 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:800 w:800)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:400 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(138), added: 2613, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:800 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:800 w:800)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecordCounts` (r:400 w:400)
	/// Proof: `Records::PatientRecordCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:800)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:863)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::ErasedRoots` (r:0 w:800)
	/// Proof: `Records::ErasedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecords` (r:0 w:800)
	/// Proof: `Records::PatientRecords` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 400]`.
	/// The range of component `d` is `[1, 400]`.
	/// The range of component `w` is `[0, 63]`.
	fn register_many(n: u32, d: u32, w: u32) -> Weight {
		Weight::from_parts(1_072_500_000, 13930)
			.saturating_add(Weight::from_parts(75_000_000, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(150_000_000, 0).saturating_mul(d.into()))
			// From blocks with 5,600 further wraps on four validators, until it is measured again: 39 µs
			// each, of which the database's 9 are charged below.
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().reads((10_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((6_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 6026).saturating_mul(d.into()))
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
		// Minimum execution time: 152_975_000 picoseconds.
		Weight::from_parts(241_000_187, 13930)
			// As for `register_many`.
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::StorageNodes` (r:1 w:1)
	/// Proof: `Records::StorageNodes` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::CounterForStorageNodes` (r:1 w:1)
	/// Proof: `Records::CounterForStorageNodes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:256 w:256)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::RetiredReplicas` (r:256 w:256)
	/// Proof: `Records::RetiredReplicas` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:2 w:2)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:0 w:256)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:512)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn confirm_stored(n: u32) -> Weight {
		// Minimum execution time: 96_741_000 picoseconds.
		Weight::from_parts(1_985_284_070, 5972)
			// Standard Error: 3_609_297
			.saturating_add(Weight::from_parts(234_305_293, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().reads((24_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:129 w:128)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:1 w:1)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:1152 w:1024)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:128 w:128)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:1024 w:1024)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:128 w:128)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::RetiredReplicas` (r:1 w:0)
	/// Proof: `Records::RetiredReplicas` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:0 w:128)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:0 w:1024)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:0 w:128)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:1024)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// The range of component `v` is `[1, 128]`.
	/// The range of component `w` is `[1, 1024]`.
	/// The range of component `r` is `[0, 1024]`.
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		// Minimum execution time: 10_454_563_000 picoseconds.
		Weight::from_parts(11_659_680_000, 3642)
			// Standard Error: 7_063_055
			.saturating_add(Weight::from_parts(143_729_371, 0).saturating_mul(v.into()))
			// Standard Error: 881_235
			.saturating_add(Weight::from_parts(41_645_709, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(r.into())))
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
		// Minimum execution time: 21_851_000 picoseconds.
		Weight::from_parts(694_004_672, 1497)
			// Standard Error: 646_275
			.saturating_add(Weight::from_parts(35_552_987, 0).saturating_mul(n.into()))
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
		// Minimum execution time: 24_976_000 picoseconds.
		Weight::from_parts(27_080_000, 3578)
			// Standard Error: 432_297
			.saturating_add(Weight::from_parts(83_173_803, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(n.into())))
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
		// Minimum execution time: 10_861_000 picoseconds.
		Weight::from_parts(18_535_000, 990)
			// Standard Error: 323_202
			.saturating_add(Weight::from_parts(54_825_082, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:1 w:1)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:0 w:256)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:256)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn withdraw_replica(n: u32) -> Weight {
		// Minimum execution time: 23_694_000 picoseconds.
		Weight::from_parts(879_022_876, 3481)
			// Standard Error: 2_002_798
			.saturating_add(Weight::from_parts(115_680_858, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::StorageNodes` (r:1 w:1)
	/// Proof: `Records::StorageNodes` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::CounterForStorageNodes` (r:1 w:1)
	/// Proof: `Records::CounterForStorageNodes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn announce() -> Weight {
		// Minimum execution time: 53_920_000 picoseconds.
		Weight::from_parts(63_218_000, 3768)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// As `announce`, and Storage: `Records::Peers` (r:0 w:1)
	fn set_peer() -> Weight {
		Weight::from_parts(93_218_000, 3768)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::StorageNodes` (r:1 w:1)
	/// Proof: `Records::StorageNodes` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::AbsenceLimit` (r:1 w:0)
	/// Proof: `Records::AbsenceLimit` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:2 w:2)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::RetiredReplicas` (r:256 w:256)
	/// Proof: `Records::RetiredReplicas` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:257 w:256)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::CounterForStorageNodes` (r:1 w:1)
	/// Proof: `Records::CounterForStorageNodes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:256)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:512)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn retire_replicas(n: u32) -> Weight {
		// Minimum execution time: 79_017_000 picoseconds.
		Weight::from_parts(130_915_000, 6166)
			// Standard Error: 1_573_000
			.saturating_add(Weight::from_parts(222_610_366, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().reads((24_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(6_u64))
			.saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::AbsenceLimit` (r:0 w:1)
	/// Proof: `Records::AbsenceLimit` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn set_absence_limit() -> Weight {
		// Minimum execution time: 14_096_000 picoseconds.
		Weight::from_parts(25_748_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:0 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	fn seal() -> Weight {
		// Minimum execution time: 15_198_000 picoseconds.
		Weight::from_parts(24_796_000, 1489)
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
		// Minimum execution time: 83_426_000 picoseconds.
		Weight::from_parts(123_981_000, 3642)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn on_attested() -> Weight {
		// Minimum execution time: 23_233_000 picoseconds.
		Weight::from_parts(38_121_000, 3642)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn withdraw(v: u32, w: u32) -> Weight {
		Weight::from_parts(150_000_000, 3642)
			.saturating_add(Weight::from_parts(90_000_000, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(20_000_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register(w: u32) -> Weight {
		Weight::from_parts(167_495_355, 13930)
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().writes(7_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn register_many(n: u32, d: u32, w: u32) -> Weight {
		Weight::from_parts(1_072_500_000, 13930)
			.saturating_add(Weight::from_parts(75_000_000, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(150_000_000, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().reads((10_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((6_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((7_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 6026).saturating_mul(d.into()))
	}
	fn revise(w: u32) -> Weight {
		Weight::from_parts(241_000_187, 13930)
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
	}
	fn confirm_stored(n: u32) -> Weight {
		Weight::from_parts(1_985_284_070, 5972)
			.saturating_add(Weight::from_parts(234_305_293, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().reads((24_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		Weight::from_parts(11_659_680_000, 3642)
			.saturating_add(Weight::from_parts(143_729_371, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(41_645_709, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().reads((7_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((9_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes((4_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
	fn confirm_removed(n: u32) -> Weight {
		Weight::from_parts(694_004_672, 1497)
			.saturating_add(Weight::from_parts(35_552_987, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2607).saturating_mul(n.into()))
	}
	fn add_wraps(n: u32) -> Weight {
		Weight::from_parts(27_080_000, 3578)
			.saturating_add(Weight::from_parts(83_173_803, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((5_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(n.into()))
	}
	fn remove_wraps(n: u32) -> Weight {
		Weight::from_parts(18_535_000, 990)
			.saturating_add(Weight::from_parts(54_825_082, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn withdraw_replica(n: u32) -> Weight {
		Weight::from_parts(879_022_876, 3481)
			.saturating_add(Weight::from_parts(115_680_858, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn announce() -> Weight {
		Weight::from_parts(63_218_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_peer() -> Weight {
		Weight::from_parts(93_218_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn retire_replicas(n: u32) -> Weight {
		Weight::from_parts(130_915_000, 6166)
			.saturating_add(Weight::from_parts(222_610_366, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().reads((24_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
			.saturating_add(ParityDbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn set_absence_limit() -> Weight {
		Weight::from_parts(25_748_000, 0).saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn seal() -> Weight {
		Weight::from_parts(24_796_000, 1489)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reseal() -> Weight {
		Weight::from_parts(123_981_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn on_attested() -> Weight {
		Weight::from_parts(38_121_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn withdraw(v: u32, w: u32) -> Weight {
		Weight::from_parts(150_000_000, 3642)
			.saturating_add(Weight::from_parts(90_000_000, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(20_000_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
}
