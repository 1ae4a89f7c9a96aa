//! Weights of `pallet_roles`, as `scripts/generate-weights` measured them.
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
	fn admit_accepted() -> Weight;
	fn leave() -> Weight;
	fn release_patient() -> Weight;
	fn reserve() -> Weight;
	fn refund() -> Weight;
}

/// As measured, with the database's costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Roles::OrganisationCount` (r:1 w:1)
	/// Proof: `Roles::OrganisationCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:8 w:8)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:8 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:8 w:8)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:0 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// The range of component `a` is `[1, 8]`.
	fn register_organisation(a: u32) -> Weight {
		// Minimum execution time: 42_059_000 picoseconds.
		Weight::from_parts(39_328_399, 1489)
			// Standard Error: 96_701
			.saturating_add(Weight::from_parts(39_462_221, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn suspend_organisation() -> Weight {
		// Minimum execution time: 23_423_000 picoseconds.
		// One read more than was measured: whether the organisation has a seat in the council.
		Weight::from_parts(43_892_000, 5368)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn reinstate_organisation() -> Weight {
		// Minimum execution time: 23_413_000 picoseconds.
		// One read more than was measured: whether the organisation has a seat in the council.
		Weight::from_parts(42_970_000, 5368)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:16 w:16)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:16 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:8 w:8)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:8)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	/// The range of component `a` is `[1, 8]`.
	fn set_admins(a: u32) -> Weight {
		// Minimum execution time: 182_150_000 picoseconds.
		Weight::from_parts(264_206_549, 21694)
			// Standard Error: 417_686
			.saturating_add(Weight::from_parts(35_144_862, 0).saturating_mul(a.into()))
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
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn admit_member() -> Weight {
		// Minimum execution time: 52_097_000 picoseconds.
		// More than was measured: whether the account is barred, the share of an earlier organisation's key, and who
		// admits.
		Weight::from_parts(110_000_000, 12396)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn renew_member() -> Weight {
		// Minimum execution time: 31_058_000 picoseconds.
		Weight::from_parts(50_865_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn suspend_member() -> Weight {
		// Minimum execution time: 31_298_000 picoseconds.
		// One read more than was measured: whether the member is barred.
		Weight::from_parts(65_000_000, 6356)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn reinstate_member() -> Weight {
		// Minimum execution time: 31_289_000 picoseconds.
		// One read more than was measured: whether the member is barred.
		Weight::from_parts(65_000_000, 6356)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn revoke_member() -> Weight {
		// Minimum execution time: 39_032_000 picoseconds.
		Weight::from_parts(64_630_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:3 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:1)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:0 w:1)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(538), added: 3013, mode: `MaxEncodedLen`)
	fn enrol_patient() -> Weight {
		// Minimum execution time: 208_298_000 picoseconds.
		Weight::from_parts(345_253_000, 8754)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Roles::Members` (r:2 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn enrol() -> Weight {
		// Minimum execution time: 51_376_000 picoseconds.
		Weight::from_parts(65_282_000, 6166)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	fn rotate_key() -> Weight {
		// Minimum execution time: 71_112_000 picoseconds.
		Weight::from_parts(118_200_000, 24282)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	fn set_organisation_key() -> Weight {
		// Minimum execution time: 33_132_000 picoseconds.
		Weight::from_parts(57_617_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:2 w:0)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn share_organisation_key() -> Weight {
		// Minimum execution time: 49_252_000 picoseconds.
		Weight::from_parts(86_581_000, 6110)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:7 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn memberships() -> Weight {
		// Minimum execution time: 92_112_000 picoseconds.
		Weight::from_parts(157_544_000, 24282).saturating_add(T::DbWeight::get().reads(16_u64))
	}
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn suspend() -> Weight {
		// Minimum execution time: 18_935_000 picoseconds.
		Weight::from_parts(33_212_000, 3578)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
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
		// Minimum execution time: 79_398_000 picoseconds.
		Weight::from_parts(88_024_000, 20436)
			// Standard Error: 200_184
			.saturating_add(Weight::from_parts(13_643_624, 0).saturating_mul(m.into()))
			// Standard Error: 200_184
			.saturating_add(Weight::from_parts(8_531_286, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2511).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(m.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationUsages` (r:1 w:1)
	/// Proof: `Roles::OrganisationUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:1)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	fn draw_from() -> Weight {
		// Minimum execution time: 20_237_000 picoseconds.
		Weight::from_parts(33_813_000, 3537)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	// Not measured: `admit_member`, with what a signature that is checked twice adds to `enrol_patient`, and the share of an
	// earlier organisation's key.
	fn admit_accepted() -> Weight {
		Weight::from_parts(400_000_000, 12396)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	// Not measured: as `revoke_member`.
	fn leave() -> Weight {
		Weight::from_parts(70_000_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	// Not measured: as `suspend_member`.
	fn release_patient() -> Weight {
		Weight::from_parts(57_096_000, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	// Not measured: three entries are read.
	fn reserve() -> Weight {
		Weight::from_parts(20_000_000, 6100).saturating_add(T::DbWeight::get().reads(3_u64))
	}
	// Not measured: as `draw_from`.
	fn refund() -> Weight {
		Weight::from_parts(33_813_000, 3537)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// The same with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register_organisation(a: u32) -> Weight {
		Weight::from_parts(39_328_399, 1489)
			.saturating_add(Weight::from_parts(39_462_221, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn suspend_organisation() -> Weight {
		// One read more than was measured: whether the organisation has a seat in the council.
		Weight::from_parts(43_892_000, 5368)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_organisation() -> Weight {
		// One read more than was measured: whether the organisation has a seat in the council.
		Weight::from_parts(42_970_000, 5368)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_admins(a: u32) -> Weight {
		Weight::from_parts(264_206_549, 21694)
			.saturating_add(Weight::from_parts(35_144_862, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(17_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn admit_member() -> Weight {
		// More than was measured: whether the account is barred, the share of an earlier organisation's key, and who
		// admits.
		Weight::from_parts(110_000_000, 12396)
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn renew_member() -> Weight {
		Weight::from_parts(50_865_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn suspend_member() -> Weight {
		// One read more than was measured: whether the member is barred.
		Weight::from_parts(65_000_000, 6356)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_member() -> Weight {
		// One read more than was measured: whether the member is barred.
		Weight::from_parts(65_000_000, 6356)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn revoke_member() -> Weight {
		Weight::from_parts(64_630_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn enrol_patient() -> Weight {
		Weight::from_parts(345_253_000, 8754)
			.saturating_add(ParityDbWeight::get().reads(10_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn enrol() -> Weight {
		Weight::from_parts(65_282_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn rotate_key() -> Weight {
		Weight::from_parts(118_200_000, 24282)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_organisation_key() -> Weight {
		Weight::from_parts(57_617_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn share_organisation_key() -> Weight {
		Weight::from_parts(86_581_000, 6110)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn memberships() -> Weight {
		Weight::from_parts(157_544_000, 24282).saturating_add(ParityDbWeight::get().reads(16_u64))
	}
	fn suspend() -> Weight {
		Weight::from_parts(33_212_000, 3578)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn allowance(m: u32, a: u32) -> Weight {
		Weight::from_parts(88_024_000, 20436)
			.saturating_add(Weight::from_parts(13_643_624, 0).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(8_531_286, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2511).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(m.into()))
	}
	fn draw_from() -> Weight {
		Weight::from_parts(33_813_000, 3537)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	// Not measured: `admit_member`, with what a signature that is checked twice adds to `enrol_patient`, and the share of an
	// earlier organisation's key.
	fn admit_accepted() -> Weight {
		Weight::from_parts(400_000_000, 12396)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	// Not measured: as `revoke_member`.
	fn leave() -> Weight {
		Weight::from_parts(70_000_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	// Not measured: as `suspend_member`.
	fn release_patient() -> Weight {
		Weight::from_parts(57_096_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	// Not measured: three entries are read.
	fn reserve() -> Weight {
		Weight::from_parts(20_000_000, 6100).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
	// Not measured: as `draw_from`.
	fn refund() -> Weight {
		Weight::from_parts(33_813_000, 3537)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
