//! Weights of `pallet_records`, measured by `scripts/generate-weights`.
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
	fn register(w: u32) -> Weight;
	fn register_many(n: u32, d: u32, w: u32) -> Weight;
	fn revise(w: u32) -> Weight;
	fn confirm_stored(n: u32) -> Weight;
	fn erase(v: u32, w: u32, r: u32) -> Weight;
	fn confirm_removed(n: u32) -> Weight;
	fn add_wraps(n: u32) -> Weight;
	fn read_keys(n: u32) -> Weight;
	fn remove_wraps(n: u32) -> Weight;
	fn withdraw_replica(n: u32) -> Weight;
	fn announce() -> Weight;
	fn set_peer() -> Weight;
	fn look_up(n: u32) -> Weight;
	fn retire_replicas(n: u32) -> Weight;
	fn set_absence_limit() -> Weight;
	fn seal() -> Weight;
	fn count_sealed() -> Weight;
	fn count_sealed_key() -> Weight;
	fn reseal() -> Weight;
	fn on_attested() -> Weight;
	fn withdraw(v: u32, w: u32) -> Weight;
}

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
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
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
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
	/// Storage: `Records::ErasedRoots` (r:0 w:1)
	/// Proof: `Records::ErasedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:64 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// The keys are not measured yet: by count.
	/// The range of component `w` is `[1, 64]`.
	fn register(w: u32) -> Weight {
		// Minimum execution time: 89_172_000 picoseconds.
		Weight::from_parts(184_050_000, 13930)
			// Standard Error: 32_760
			.saturating_add(Weight::from_parts(15_127_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(7_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(w.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:354 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:700 w:700)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:350 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:350 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:700 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:700 w:700)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecordCounts` (r:350 w:350)
	/// Proof: `Records::PatientRecordCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:700)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:5600)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::PatientRecords` (r:0 w:700)
	/// Proof: `Records::PatientRecords` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::ErasedRoots` (r:0 w:700)
	/// Proof: `Records::ErasedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:350 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// The keys are not measured yet: by count.
	/// The range of component `n` is `[0, 350]`.
	/// The range of component `d` is `[1, 350]`.
	/// The range of component `w` is `[0, 4900]`.
	fn register_many(n: u32, d: u32, w: u32) -> Weight {
		// Minimum execution time: 38_631_559_000 picoseconds.
		Weight::from_parts(0, 11342)
			// Standard Error: 4_211_973
			.saturating_add(Weight::from_parts(75_240_000, 0).saturating_mul(n.into()))
			// Standard Error: 4_217_223
			.saturating_add(Weight::from_parts(162_400_000, 0).saturating_mul(d.into()))
			// Standard Error: 301_058
			.saturating_add(Weight::from_parts(10_242_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().reads((9_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((6_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(d.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 8596).saturating_mul(d.into()))
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
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:1 w:1)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:0 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:0 w:63)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::ErasedRoots` (r:0 w:1)
	/// Proof: `Records::ErasedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:63 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// The keys are not measured yet: by count.
	/// The range of component `w` is `[1, 63]`.
	fn revise(w: u32) -> Weight {
		// Minimum execution time: 90_695_000 picoseconds.
		Weight::from_parts(147_000_000, 13930)
			// Standard Error: 20_052
			.saturating_add(Weight::from_parts(13_874_500, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(15_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(5_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(w.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::StorageNodes` (r:1 w:1)
	/// Proof: `Records::StorageNodes` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Records::CounterForStorageNodes` (r:1 w:1)
	/// Proof: `Records::CounterForStorageNodes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:768 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::ReplicaOrganisations` (r:256 w:256)
	/// Proof: `Records::ReplicaOrganisations` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
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
		// Minimum execution time: 41_081_000 picoseconds.
		Weight::from_parts(0, 12761)
			// Standard Error: 1_410_138
			.saturating_add(Weight::from_parts(158_700_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(12_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((8_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 7725).saturating_mul(n.into()))
	}
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:129 w:128)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Roots` (r:128 w:128)
	/// Proof: `Records::Roots` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Records::RootUses` (r:128 w:0)
	/// Proof: `Records::RootUses` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:1 w:1)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:1280 w:1152)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:128 w:128)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:1024 w:1024)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:128 w:128)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::RetiredReplicas` (r:1 w:0)
	/// Proof: `Records::RetiredReplicas` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:0 w:128)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:0 w:1152)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::ReplicaOrganisations` (r:0 w:1152)
	/// Proof: `Records::ReplicaOrganisations` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:0 w:1)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:1152)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::ErasedRoots` (r:0 w:128)
	/// Proof: `Records::ErasedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeyCounts` (r:128 w:128)
	/// Proof: `Records::SealedKeyCounts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// The counts of sealed keys are not measured yet: by count.
	/// The range of component `v` is `[1, 128]`.
	/// The range of component `w` is `[1, 1024]`.
	/// The range of component `r` is `[0, 1152]`.
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		// Minimum execution time: 8_419_005_000 picoseconds.
		Weight::from_parts(5_740_500_000, 3642)
			// Standard Error: 7_216_418
			.saturating_add(Weight::from_parts(27_610_000, 0).saturating_mul(v.into()))
			// Standard Error: 898_499
			.saturating_add(Weight::from_parts(8_478_000, 0).saturating_mul(w.into()))
			// Standard Error: 797_961
			.saturating_add(Weight::from_parts(33_090_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(v.into())))
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
		// Minimum execution time: 8_973_000 picoseconds.
		Weight::from_parts(0, 1497)
			// Standard Error: 27_694
			.saturating_add(Weight::from_parts(28_560_000, 0).saturating_mul(n.into()))
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
	/// Storage: `Records::Withdrawals` (r:64 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:64 w:64)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:64 w:0)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:64 w:64)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:64 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// The keys are not measured yet: by count.
	/// The range of component `n` is `[0, 64]`.
	fn add_wraps(n: u32) -> Weight {
		// Minimum execution time: 11_737_000 picoseconds.
		Weight::from_parts(23_055_000, 3578)
			// Standard Error: 124_249
			.saturating_add(Weight::from_parts(50_875_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((6_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 5597).saturating_mul(n.into()))
	}
	/// Storage: `Roles::KeyAgreementKeys` (r:64 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[1, 64]`. Not measured yet: by count.
	fn read_keys(n: u32) -> Weight {
		Weight::from_parts(2_000_000, 990)
			.saturating_add(Weight::from_parts(7_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(n.into()))
	}
	/// Storage: `Records::Records` (r:64 w:64)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:64 w:64)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:64 w:64)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 64]`.
	fn remove_wraps(n: u32) -> Weight {
		// Minimum execution time: 2_624_000 picoseconds.
		Weight::from_parts(5_406_000, 990)
			// Standard Error: 103_031
			.saturating_add(Weight::from_parts(32_715_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:256 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:2 w:2)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Records::RetiredReplicas` (r:256 w:256)
	/// Proof: `Records::RetiredReplicas` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Records::Holdings` (r:0 w:256)
	/// Proof: `Records::Holdings` (`max_values`: None, `max_size`: Some(92), added: 2567, mode: `MaxEncodedLen`)
	/// Storage: `Records::ReplicaOrganisations` (r:0 w:256)
	/// Proof: `Records::ReplicaOrganisations` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:256)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::StatesBeforeLoss` (r:0 w:256)
	/// Proof: `Records::StatesBeforeLoss` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:512)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn withdraw_replica(n: u32) -> Weight {
		// Minimum execution time: 17_496_000 picoseconds.
		Weight::from_parts(258_600_000, 5972)
			// Standard Error: 1_532_505
			.saturating_add(Weight::from_parts(103_485_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(3_u64))
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
		// Minimum execution time: 25_978_000 picoseconds.
		Weight::from_parts(42_784_500, 3768)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
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
	/// Storage: `Records::Peers` (r:0 w:1)
	/// Proof: `Records::Peers` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	fn set_peer() -> Weight {
		// Minimum execution time: 29_815_000 picoseconds.
		Weight::from_parts(50_700_000, 3768)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Records::CounterForStorageNodes` (r:1 w:0)
	/// Proof: `Records::CounterForStorageNodes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::StorageNodes` (r:256 w:0)
	/// Proof: `Records::StorageNodes` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:255 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[16, 255]`. Not measured yet: by count.
	fn look_up(n: u32) -> Weight {
		Weight::from_parts(8_000_000, 1493)
			.saturating_add(Weight::from_parts(14_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(n.into()))
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
	/// Storage: `Records::ReplicaOrganisations` (r:512 w:256)
	/// Proof: `Records::ReplicaOrganisations` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	/// Storage: `Records::Replicas` (r:512 w:256)
	/// Proof: `Records::Replicas` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:256 w:256)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
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
	/// Storage: `Records::Peers` (r:0 w:1)
	/// Proof: `Records::Peers` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Records::Removals` (r:0 w:256)
	/// Proof: `Records::Removals` (`max_values`: None, `max_size`: Some(132), added: 2607, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:512)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[0, 256]`.
	fn retire_replicas(n: u32) -> Weight {
		// Minimum execution time: 41_312_000 picoseconds.
		Weight::from_parts(0, 6166)
			// Standard Error: 1_360_802
			.saturating_add(Weight::from_parts(131_175_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(6_u64))
			.saturating_add(T::DbWeight::get().writes((8_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 5150).saturating_mul(n.into()))
	}
	/// Storage: `Records::AbsenceLimit` (r:0 w:1)
	/// Proof: `Records::AbsenceLimit` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn set_absence_limit() -> Weight {
		// Minimum execution time: 4_697_000 picoseconds.
		Weight::from_parts(9_210_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:0 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	fn seal() -> Weight {
		// Minimum execution time: 8_933_000 picoseconds.
		Weight::from_parts(16_524_000, 1489)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Records::SealedKeyCounts` (r:1 w:1)
	/// Proof: `Records::SealedKeyCounts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// Not measured yet: by count.
	fn count_sealed() -> Weight {
		Weight::from_parts(10_000_000, 3485)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: UNKNOWN KEY (the storage version) (r:1 w:0)
	/// Storage: `Records::SealedKeys` (r:2 w:0)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeyCounts` (r:2 w:1)
	/// Proof: `Records::SealedKeyCounts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// Not measured yet: by count. `count_log` of `pallet_access` and `count_sealed`, rounded up.
	fn count_sealed_key() -> Weight {
		Weight::from_parts(40_000_000, 12054)
			.saturating_add(T::DbWeight::get().reads(5_u64))
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
	/// Storage: `Records::SealedKeys` (r:1 w:1)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeyCounts` (r:2 w:2)
	/// Proof: `Records::SealedKeyCounts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// The read of the last sealed key and the counts are not measured yet: by count.
	fn reseal() -> Weight {
		// Minimum execution time: 57_045_000 picoseconds.
		Weight::from_parts(127_993_000, 5980)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn on_attested() -> Weight {
		// Minimum execution time: 11_306_000 picoseconds.
		Weight::from_parts(18_657_000, 3642)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Records::Records` (r:1 w:1)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:1)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:3 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Records::Wraps` (r:1152 w:1023)
	/// Proof: `Records::Wraps` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:128 w:128)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicatedCounts` (r:1 w:1)
	/// Proof: `Records::UnderReplicatedCounts` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::StatesBeforeLoss` (r:128 w:128)
	/// Proof: `Records::StatesBeforeLoss` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Records::UnderReplicated` (r:0 w:128)
	/// Proof: `Records::UnderReplicated` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// The range of component `v` is `[1, 128]`.
	/// The range of component `w` is `[1, 1024]`.
	fn withdraw(v: u32, w: u32) -> Weight {
		// Minimum execution time: 3_130_519_000 picoseconds.
		Weight::from_parts(0, 8754)
			// Standard Error: 2_589_548
			.saturating_add(Weight::from_parts(151_050_000, 0).saturating_mul(v.into()))
			// Standard Error: 323_465
			.saturating_add(Weight::from_parts(18_225_000, 0).saturating_mul(w.into()))
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(T::DbWeight::get().writes(6_u64))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register(w: u32) -> Weight {
		Weight::from_parts(184_050_000, 13930)
			.saturating_add(Weight::from_parts(15_127_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes(7_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(w.into()))
	}
	fn register_many(n: u32, d: u32, w: u32) -> Weight {
		Weight::from_parts(0, 11342)
			.saturating_add(Weight::from_parts(75_240_000, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(162_400_000, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(10_242_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().reads((9_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((6_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((7_u64).saturating_mul(d.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 8596).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(n.into()))
	}
	fn revise(w: u32) -> Weight {
		Weight::from_parts(147_000_000, 13930)
			.saturating_add(Weight::from_parts(13_874_500, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(15_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(w.into()))
	}
	fn confirm_stored(n: u32) -> Weight {
		Weight::from_parts(0, 12761)
			.saturating_add(Weight::from_parts(158_700_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(12_u64))
			.saturating_add(ParityDbWeight::get().reads((7_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((8_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 7725).saturating_mul(n.into()))
	}
	fn erase(v: u32, w: u32, r: u32) -> Weight {
		Weight::from_parts(5_740_500_000, 3642)
			.saturating_add(Weight::from_parts(27_610_000, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(8_478_000, 0).saturating_mul(w.into()))
			.saturating_add(Weight::from_parts(33_090_000, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().reads((7_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
			.saturating_add(ParityDbWeight::get().writes((7_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes((4_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2575).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(0, 3037).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
	fn confirm_removed(n: u32) -> Weight {
		Weight::from_parts(0, 1497)
			.saturating_add(Weight::from_parts(28_560_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2607).saturating_mul(n.into()))
	}
	fn add_wraps(n: u32) -> Weight {
		Weight::from_parts(23_055_000, 3578)
			.saturating_add(Weight::from_parts(50_875_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((6_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 5597).saturating_mul(n.into()))
	}
	fn read_keys(n: u32) -> Weight {
		Weight::from_parts(2_000_000, 990)
			.saturating_add(Weight::from_parts(7_000_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2560).saturating_mul(n.into()))
	}
	fn remove_wraps(n: u32) -> Weight {
		Weight::from_parts(5_406_000, 990)
			.saturating_add(Weight::from_parts(32_715_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn withdraw_replica(n: u32) -> Weight {
		Weight::from_parts(258_600_000, 5972)
			.saturating_add(Weight::from_parts(103_485_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
			.saturating_add(ParityDbWeight::get().writes((9_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(n.into()))
	}
	fn announce() -> Weight {
		Weight::from_parts(42_784_500, 3768)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_peer() -> Weight {
		Weight::from_parts(50_700_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn look_up(n: u32) -> Weight {
		Weight::from_parts(8_000_000, 1493)
			.saturating_add(Weight::from_parts(14_000_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(n.into()))
	}
	fn retire_replicas(n: u32) -> Weight {
		Weight::from_parts(0, 6166)
			.saturating_add(Weight::from_parts(131_175_000, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().reads((7_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
			.saturating_add(ParityDbWeight::get().writes((8_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 5150).saturating_mul(n.into()))
	}
	fn set_absence_limit() -> Weight {
		Weight::from_parts(9_210_000, 0).saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn seal() -> Weight {
		Weight::from_parts(16_524_000, 1489)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn count_sealed() -> Weight {
		Weight::from_parts(10_000_000, 3485)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn count_sealed_key() -> Weight {
		Weight::from_parts(40_000_000, 12054)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reseal() -> Weight {
		Weight::from_parts(127_993_000, 5980)
			.saturating_add(ParityDbWeight::get().reads(8_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn on_attested() -> Weight {
		Weight::from_parts(18_657_000, 3642)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn withdraw(v: u32, w: u32) -> Weight {
		Weight::from_parts(0, 8754)
			.saturating_add(Weight::from_parts(151_050_000, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(18_225_000, 0).saturating_mul(w.into()))
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(w.into())))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(w.into())))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(0, 2652).saturating_mul(w.into()))
	}
}
