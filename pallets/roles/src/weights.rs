//! Weights of `pallet_roles`, as `scripts/generate-weights` measured them.
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
	fn register_organisation(a: u32) -> Weight;
	fn suspend_organisation() -> Weight;
	fn reinstate_organisation() -> Weight;
	fn set_admins(a: u32) -> Weight;
	fn admit_member() -> Weight;
	fn renew_member() -> Weight;
	fn suspend_member() -> Weight;
	fn reinstate_member() -> Weight;
	fn revoke_member() -> Weight;
	fn enrol_patient() -> Weight;
	fn enrol() -> Weight;
	fn rotate_key() -> Weight;
	fn set_organisation_key() -> Weight;
	fn share_organisation_key() -> Weight;
	fn memberships() -> Weight;
	fn suspend() -> Weight;
	fn allowance(m: u32, a: u32) -> Weight;
	fn draw_from() -> Weight;
}

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Roles::OrganisationCount` (r:1 w:1)
	/// Proof: `Roles::OrganisationCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:8 w:8)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:8 w:8)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:0 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// The range of component `a` is `[1, 8]`.
	fn register_organisation(a: u32) -> Weight {
		// Minimum execution time: 18_448_000 picoseconds.
		Weight::from_parts(6_972_442, 1489)
			// Standard Error: 2_829
			.saturating_add(Weight::from_parts(13_093_147, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn suspend_organisation() -> Weight {
		// Minimum execution time: 9_925_000 picoseconds.
		Weight::from_parts(10_766_000, 3768)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn reinstate_organisation() -> Weight {
		// Minimum execution time: 10_065_000 picoseconds.
		Weight::from_parts(10_946_000, 3768)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:16 w:16)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:16 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:8 w:8)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:8)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	/// The range of component `a` is `[1, 8]`.
	fn set_admins(a: u32) -> Weight {
		// Minimum execution time: 102_452_000 picoseconds.
		Weight::from_parts(91_620_324, 21622)
			// Standard Error: 6_381
			.saturating_add(Weight::from_parts(14_363_276, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(17_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn admit_member() -> Weight {
		// Minimum execution time: 24_226_000 picoseconds.
		Weight::from_parts(26_069_000, 6148)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	fn renew_member() -> Weight {
		// Minimum execution time: 14_091_000 picoseconds.
		Weight::from_parts(15_083_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	fn suspend_member() -> Weight {
		// Minimum execution time: 14_171_000 picoseconds.
		Weight::from_parts(15_193_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	fn reinstate_member() -> Weight {
		// Minimum execution time: 13_881_000 picoseconds.
		Weight::from_parts(15_062_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn revoke_member() -> Weight {
		// Minimum execution time: 18_287_000 picoseconds.
		Weight::from_parts(19_439_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:3 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(170), added: 2645, mode: `MaxEncodedLen`)
	fn enrol_patient() -> Weight {
		// Minimum execution time: 115_873_000 picoseconds.
		Weight::from_parts(124_486_000, 8727)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn enrol() -> Weight {
		// Minimum execution time: 24_857_000 picoseconds.
		Weight::from_parts(27_191_000, 6148)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	fn rotate_key() -> Weight {
		// Minimum execution time: 37_085_000 picoseconds.
		Weight::from_parts(39_209_000, 24201)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	fn set_organisation_key() -> Weight {
		// Minimum execution time: 14_842_000 picoseconds.
		Weight::from_parts(15_894_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:2 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn share_organisation_key() -> Weight {
		// Minimum execution time: 23_395_000 picoseconds.
		Weight::from_parts(25_147_000, 6110)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:7 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn memberships() -> Weight {
		// Minimum execution time: 52_058_000 picoseconds.
		Weight::from_parts(54_651_000, 24201).saturating_add(T::DbWeight::get().reads(16_u64))
	}
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	fn suspend() -> Weight {
		// Minimum execution time: 9_264_000 picoseconds.
		Weight::from_parts(10_055_000, 3569)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationUsages` (r:16 w:0)
	/// Proof: `Roles::OrganisationUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:15 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:0)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	/// The range of component `m` is `[0, 8]`.
	/// The range of component `a` is `[0, 8]`.
	fn allowance(m: u32, a: u32) -> Weight {
		// Minimum execution time: 44_196_000 picoseconds.
		Weight::from_parts(8_251_660, 20436)
			// Standard Error: 8_461
			.saturating_add(Weight::from_parts(8_369_812, 0).saturating_mul(m.into()))
			// Standard Error: 8_461
			.saturating_add(Weight::from_parts(4_590_385, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2511).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2579).saturating_mul(m.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationUsages` (r:1 w:1)
	/// Proof: `Roles::OrganisationUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:1)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	fn draw_from() -> Weight {
		// Minimum execution time: 10_506_000 picoseconds.
		Weight::from_parts(11_317_000, 3537)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register_organisation(a: u32) -> Weight {
		Weight::from_parts(6_972_442, 1489)
			.saturating_add(Weight::from_parts(13_093_147, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn suspend_organisation() -> Weight {
		Weight::from_parts(10_766_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_organisation() -> Weight {
		Weight::from_parts(10_946_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_admins(a: u32) -> Weight {
		Weight::from_parts(91_620_324, 21622)
			.saturating_add(Weight::from_parts(14_363_276, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(17_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn admit_member() -> Weight {
		Weight::from_parts(26_069_000, 6148)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn renew_member() -> Weight {
		Weight::from_parts(15_083_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn suspend_member() -> Weight {
		Weight::from_parts(15_193_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_member() -> Weight {
		Weight::from_parts(15_062_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn revoke_member() -> Weight {
		Weight::from_parts(19_439_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn enrol_patient() -> Weight {
		Weight::from_parts(124_486_000, 8727)
			.saturating_add(ParityDbWeight::get().reads(10_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn enrol() -> Weight {
		Weight::from_parts(27_191_000, 6148)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn rotate_key() -> Weight {
		Weight::from_parts(39_209_000, 24201)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_organisation_key() -> Weight {
		Weight::from_parts(15_894_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn share_organisation_key() -> Weight {
		Weight::from_parts(25_147_000, 6110)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn memberships() -> Weight {
		Weight::from_parts(54_651_000, 24201).saturating_add(ParityDbWeight::get().reads(16_u64))
	}
	fn suspend() -> Weight {
		Weight::from_parts(10_055_000, 3569)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn allowance(m: u32, a: u32) -> Weight {
		Weight::from_parts(8_251_660, 20436)
			.saturating_add(Weight::from_parts(8_369_812, 0).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(4_590_385, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2511).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2579).saturating_mul(m.into()))
	}
	fn draw_from() -> Weight {
		Weight::from_parts(11_317_000, 3537)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
