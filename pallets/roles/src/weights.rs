//! Weights of `pallet_roles`, measured by `scripts/generate-weights`.
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

/// Measured weights, with the runtime's database costs.
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
		// Minimum execution time: 23_765_000 picoseconds.
		Weight::from_parts(25_608_000, 1489)
			// Standard Error: 43_723
			.saturating_add(Weight::from_parts(35_420_000, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn suspend_organisation() -> Weight {
		// Minimum execution time: 12_529_000 picoseconds.
		Weight::from_parts(38_667_200, 3768)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:1)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn reinstate_organisation() -> Weight {
		// Minimum execution time: 12_448_000 picoseconds.
		Weight::from_parts(40_451_400, 3768)
			.saturating_add(T::DbWeight::get().reads(1_u64))
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
		// Minimum execution time: 124_344_000 picoseconds.
		Weight::from_parts(251_900_000, 21694)
			// Standard Error: 52_458
			.saturating_add(Weight::from_parts(37_444_000, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(T::DbWeight::get().writes(17_u64))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	/// Storage: `Roles::Organisations` (r:2 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Barred` (r:1 w:0)
	/// Proof: `Roles::Barred` (`max_values`: None, `max_size`: Some(50), added: 2525, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:0 w:1)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	fn admit_member() -> Weight {
		// Minimum execution time: 39_549_000 picoseconds.
		Weight::from_parts(95_799_000, 6546)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn renew_member() -> Weight {
		// Minimum execution time: 17_646_000 picoseconds.
		Weight::from_parts(46_092_200, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn suspend_member() -> Weight {
		// Minimum execution time: 17_646_000 picoseconds.
		Weight::from_parts(50_144_600, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Barred` (r:1 w:0)
	/// Proof: `Roles::Barred` (`max_values`: None, `max_size`: Some(50), added: 2525, mode: `MaxEncodedLen`)
	fn reinstate_member() -> Weight {
		// Minimum execution time: 19_919_000 picoseconds.
		Weight::from_parts(49_308_600, 3768)
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
		// Minimum execution time: 23_115_000 picoseconds.
		Weight::from_parts(56_779_800, 3768)
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
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	fn enrol_patient() -> Weight {
		// Minimum execution time: 148_551_000 picoseconds.
		Weight::from_parts(359_926_600, 8754)
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
		// Minimum execution time: 30_525_000 picoseconds.
		Weight::from_parts(71_605_600, 6166)
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
		// Minimum execution time: 49_624_000 picoseconds.
		Weight::from_parts(124_176_800, 24282)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::KeyAgreementKeys` (r:1 w:1)
	/// Proof: `Roles::KeyAgreementKeys` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	fn set_organisation_key() -> Weight {
		// Minimum execution time: 18_617_000 picoseconds.
		Weight::from_parts(47_282_400, 3768)
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
		// Minimum execution time: 31_266_000 picoseconds.
		Weight::from_parts(95_532_800, 6110)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:7 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn memberships() -> Weight {
		// Minimum execution time: 65_968_000 picoseconds.
		Weight::from_parts(170_049_000, 24282).saturating_add(T::DbWeight::get().reads(16_u64))
	}
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn suspend() -> Weight {
		// Minimum execution time: 10_516_000 picoseconds.
		Weight::from_parts(26_175_600, 3578)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:9 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:0)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	/// Storage: `Roles::PatientsUsages` (r:1 w:0)
	/// Proof: `Roles::PatientsUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:15 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationUsages` (r:14 w:0)
	/// Proof: `Roles::OrganisationUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// Storage: `Roles::NodesUsages` (r:1 w:0)
	/// Proof: `Roles::NodesUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	/// The range of component `m` is `[0, 8]`.
	/// The range of component `a` is `[0, 8]`.
	fn allowance(m: u32, a: u32) -> Weight {
		// Minimum execution time: 55_011_000 picoseconds.
		Weight::from_parts(13_131_800, 20436)
			// Standard Error: 131_026
			.saturating_add(Weight::from_parts(24_750_000, 0).saturating_mul(m.into()))
			// Standard Error: 131_026
			.saturating_add(Weight::from_parts(14_478_200, 0).saturating_mul(a.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 1229).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(m.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:1)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	/// Storage: `Roles::PatientsUsages` (r:1 w:1)
	/// Proof: `Roles::PatientsUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	fn draw_from() -> Weight {
		// Minimum execution time: 12_479_000 picoseconds.
		Weight::from_parts(36_792_800, 3537)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Barred` (r:1 w:0)
	/// Proof: `Roles::Barred` (`max_values`: None, `max_size`: Some(50), added: 2525, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Administrations` (r:1 w:0)
	/// Proof: `Roles::Administrations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:0 w:1)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	fn admit_accepted() -> Weight {
		// Minimum execution time: 134_509_000 picoseconds.
		Weight::from_parts(341_902_000, 6166)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::OrganisationKeyShares` (r:0 w:1)
	/// Proof: `Roles::OrganisationKeyShares` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
	fn leave() -> Weight {
		// Minimum execution time: 21_322_000 picoseconds.
		Weight::from_parts(53_739_400, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn release_patient() -> Weight {
		// Minimum execution time: 17_556_000 picoseconds.
		Weight::from_parts(52_417_200, 3768)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::ReserveUsages` (r:1 w:0)
	/// Proof: `Roles::ReserveUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	fn reserve() -> Weight {
		// Minimum execution time: 9_394_000 picoseconds.
		Weight::from_parts(23_355_200, 3578).saturating_add(T::DbWeight::get().reads(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AccountUsages` (r:1 w:1)
	/// Proof: `Roles::AccountUsages` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
	/// Storage: `Roles::PatientsUsages` (r:1 w:1)
	/// Proof: `Roles::PatientsUsages` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	fn refund() -> Weight {
		// Minimum execution time: 11_818_000 picoseconds.
		Weight::from_parts(29_546_000, 3537)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn register_organisation(a: u32) -> Weight {
		Weight::from_parts(25_608_000, 1489)
			.saturating_add(Weight::from_parts(35_420_000, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn suspend_organisation() -> Weight {
		Weight::from_parts(38_667_200, 3768)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_organisation() -> Weight {
		Weight::from_parts(40_451_400, 3768)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_admins(a: u32) -> Weight {
		Weight::from_parts(251_900_000, 21694)
			.saturating_add(Weight::from_parts(37_444_000, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(17_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(a.into())))
			.saturating_add(ParityDbWeight::get().writes(17_u64))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(a.into()))
	}
	fn admit_member() -> Weight {
		Weight::from_parts(95_799_000, 6546)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn renew_member() -> Weight {
		Weight::from_parts(46_092_200, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn suspend_member() -> Weight {
		Weight::from_parts(50_144_600, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_member() -> Weight {
		Weight::from_parts(49_308_600, 3768)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn revoke_member() -> Weight {
		Weight::from_parts(56_779_800, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn enrol_patient() -> Weight {
		Weight::from_parts(359_926_600, 8754)
			.saturating_add(ParityDbWeight::get().reads(10_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn enrol() -> Weight {
		Weight::from_parts(71_605_600, 6166)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn rotate_key() -> Weight {
		Weight::from_parts(124_176_800, 24282)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_organisation_key() -> Weight {
		Weight::from_parts(47_282_400, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn share_organisation_key() -> Weight {
		Weight::from_parts(95_532_800, 6110)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn memberships() -> Weight {
		Weight::from_parts(170_049_000, 24282).saturating_add(ParityDbWeight::get().reads(16_u64))
	}
	fn suspend() -> Weight {
		Weight::from_parts(26_175_600, 3578)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn allowance(m: u32, a: u32) -> Weight {
		Weight::from_parts(13_131_800, 20436)
			.saturating_add(Weight::from_parts(24_750_000, 0).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(14_478_200, 0).saturating_mul(a.into()))
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(m.into())))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(a.into())))
			.saturating_add(Weight::from_parts(0, 1229).saturating_mul(a.into()))
			.saturating_add(Weight::from_parts(0, 2588).saturating_mul(m.into()))
	}
	fn draw_from() -> Weight {
		Weight::from_parts(36_792_800, 3537)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn admit_accepted() -> Weight {
		Weight::from_parts(341_902_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(8_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn leave() -> Weight {
		Weight::from_parts(53_739_400, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn release_patient() -> Weight {
		Weight::from_parts(52_417_200, 3768)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reserve() -> Weight {
		Weight::from_parts(23_355_200, 3578).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
	fn refund() -> Weight {
		Weight::from_parts(29_546_000, 3537)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
