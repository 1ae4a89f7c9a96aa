//! Weights of `pallet_attestation`, measured by `scripts/generate-weights`.
//!
//! Date: 2026-11-27. Steps: 20, repeat: 10, worst case map size: 1000000.
//! Tool: frame-benchmarking-cli 64.0.0. CPU: AMD EPYC.
//! Each measured time was multiplied by 2.2: see `scripts/generate-weights`.

// Generated. Redundant code is not worth fixing by hand.
#![allow(unused_parens, unused_imports, missing_docs, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// Weights of this pallet's calls and of its queries for other pallets.
pub trait WeightInfo {
	fn attest() -> Weight;
	fn revoke() -> Weight;
	fn set_threshold() -> Weight;
	fn on_erased(v: u32) -> Weight;
}

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:1 w:1)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:1 w:0)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn attest() -> Weight {
		// Minimum execution time: 80_580_000 picoseconds.
		Weight::from_parts(198_888_800, 4401)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:1 w:1)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:1 w:0)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Records::Versions` (r:1 w:1)
	/// Proof: `Records::Versions` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Records::Status` (r:1 w:1)
	/// Proof: `Records::Status` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
	fn revoke() -> Weight {
		// Minimum execution time: 63_284_000 picoseconds.
		Weight::from_parts(161_059_800, 4401)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:0 w:1)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	fn set_threshold() -> Weight {
		// Minimum execution time: 24_706_000 picoseconds.
		Weight::from_parts(69_799_400, 3768)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Attestation::Standings` (r:0 w:127)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// The range of component `v` is `[1, 128]`.
	fn on_erased(v: u32) -> Weight {
		// Minimum execution time: 2_764_000 picoseconds.
		Weight::from_parts(6_778_200, 0)
			// Standard Error: 14_972
			.saturating_add(Weight::from_parts(3_487_000, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(v.into())))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn attest() -> Weight {
		Weight::from_parts(198_888_800, 4401)
			.saturating_add(ParityDbWeight::get().reads(8_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn revoke() -> Weight {
		Weight::from_parts(161_059_800, 4401)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn set_threshold() -> Weight {
		Weight::from_parts(69_799_400, 3768)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn on_erased(v: u32) -> Weight {
		Weight::from_parts(6_778_200, 0)
			.saturating_add(Weight::from_parts(3_487_000, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(v.into())))
	}
}
