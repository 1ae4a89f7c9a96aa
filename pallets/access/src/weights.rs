//! Weights of `pallet_access`, measured by `scripts/generate-weights`.
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
	fn request_permitted() -> Weight;
	fn request_denied() -> Weight;
	fn archive(n: u32) -> Weight;
	fn open_emergency() -> Weight;
	fn request_in_emergency() -> Weight;
	fn review_emergency() -> Weight;
	fn forget_case() -> Weight;
	fn deposit_bond() -> Weight;
	fn withdraw_bond() -> Weight;
	fn appoint_auditor() -> Weight;
	fn dismiss_auditor() -> Weight;
	fn reinstate_clinician() -> Weight;
	fn draw_lot() -> Weight;
	fn accept_share() -> Weight;
	fn open_case() -> Weight;
	fn clean_up() -> Weight;
	fn pass_over() -> Weight;
	fn expire_release() -> Weight;
	fn append() -> Weight;
	fn count_log() -> Weight;
}

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:1 w:0)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Access::RequestCount` (r:1 w:1)
	/// Proof: `Access::RequestCount` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::PermittedOf` (r:1 w:1)
	/// Proof: `Access::PermittedOf` (`max_values`: None, `max_size`: Some(3122), added: 5597, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Releases` (r:0 w:1)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn request_permitted() -> Weight {
		// Minimum execution time: 115_622_000 picoseconds.
		Weight::from_parts(206_707_500, 6671)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Access::DenialsOf` (r:1 w:1)
	/// Proof: `Access::DenialsOf` (`max_values`: None, `max_size`: Some(689), added: 3164, mode: `MaxEncodedLen`)
	/// Storage: `Access::DenialUsages` (r:1 w:0)
	/// Proof: `Access::DenialUsages` (`max_values`: None, `max_size`: Some(25), added: 2500, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Access::RequestCount` (r:1 w:1)
	/// Proof: `Access::RequestCount` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn request_denied() -> Weight {
		// Minimum execution time: 158_395_000 picoseconds.
		Weight::from_parts(275_734_500, 7026)
			.saturating_add(T::DbWeight::get().reads(16_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Auditors` (r:1 w:0)
	/// Proof: `Access::Auditors` (`max_values`: Some(1), `max_size`: Some(1409), added: 1904, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:64 w:64)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// The range of component `n` is `[1, 64]`.
	fn archive(n: u32) -> Weight {
		// Minimum execution time: 68_392_000 picoseconds.
		Weight::from_parts(109_380_000, 3768)
			// Standard Error: 103_605
			.saturating_add(Weight::from_parts(11_815_500, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2640).saturating_mul(n.into()))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:4 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:1 w:0)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:1 w:0)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:1 w:0)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Access::LatestCase` (r:2 w:2)
	/// Proof: `Access::LatestCase` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Access::Bonds` (r:1 w:0)
	/// Proof: `Access::Bonds` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Access::Unreviewed` (r:1 w:1)
	/// Proof: `Access::Unreviewed` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cases` (r:2 w:2)
	/// Proof: `Access::Cases` (`max_values`: None, `max_size`: Some(206), added: 2681, mode: `MaxEncodedLen`)
	/// Storage: `Access::CaseCount` (r:1 w:1)
	/// Proof: `Access::CaseCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsOf` (r:1 w:1)
	/// Proof: `Access::OpeningsOf` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsFor` (r:1 w:1)
	/// Proof: `Access::OpeningsFor` (`max_values`: None, `max_size`: Some(269), added: 2744, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsUnder` (r:1 w:1)
	/// Proof: `Access::OpeningsUnder` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Access::CasesOf` (r:1 w:1)
	/// Proof: `Access::CasesOf` (`max_values`: None, `max_size`: Some(306), added: 2781, mode: `MaxEncodedLen`)
	/// Storage: `Access::Lots` (r:1 w:1)
	/// Proof: `Access::Lots` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Reviews` (r:0 w:2)
	/// Proof: `Access::Reviews` (`max_values`: None, `max_size`: Some(1008), added: 3483, mode: `MaxEncodedLen`)
	/// Storage: `Access::RunningUntil` (r:0 w:1)
	/// Proof: `Access::RunningUntil` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn open_emergency() -> Weight {
		// Minimum execution time: 254_538_000 picoseconds.
		Weight::from_parts(427_354_500, 11342)
			.saturating_add(T::DbWeight::get().reads(25_u64))
			.saturating_add(T::DbWeight::get().writes(17_u64))
	}
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:4 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:1 w:0)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:1 w:0)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:1 w:0)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Access::LatestCase` (r:2 w:2)
	/// Proof: `Access::LatestCase` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Patients` (r:1 w:0)
	/// Proof: `Consent::Patients` (`max_values`: None, `max_size`: Some(142), added: 2617, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Denials` (r:1 w:0)
	/// Proof: `Consent::Denials` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
	/// Storage: `Access::Bonds` (r:1 w:0)
	/// Proof: `Access::Bonds` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Access::Unreviewed` (r:1 w:1)
	/// Proof: `Access::Unreviewed` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cases` (r:2 w:2)
	/// Proof: `Access::Cases` (`max_values`: None, `max_size`: Some(206), added: 2681, mode: `MaxEncodedLen`)
	/// Storage: `Access::CaseCount` (r:1 w:1)
	/// Proof: `Access::CaseCount` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsOf` (r:1 w:1)
	/// Proof: `Access::OpeningsOf` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsFor` (r:1 w:1)
	/// Proof: `Access::OpeningsFor` (`max_values`: None, `max_size`: Some(269), added: 2744, mode: `MaxEncodedLen`)
	/// Storage: `Access::OpeningsUnder` (r:1 w:1)
	/// Proof: `Access::OpeningsUnder` (`max_values`: None, `max_size`: Some(177), added: 2652, mode: `MaxEncodedLen`)
	/// Storage: `Access::CasesOf` (r:1 w:1)
	/// Proof: `Access::CasesOf` (`max_values`: None, `max_size`: Some(306), added: 2781, mode: `MaxEncodedLen`)
	/// Storage: `Access::Lots` (r:1 w:1)
	/// Proof: `Access::Lots` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Guardians` (r:1 w:0)
	/// Proof: `Consent::Guardians` (`max_values`: None, `max_size`: Some(841), added: 3316, mode: `MaxEncodedLen`)
	/// Storage: `Consent::Grants` (r:2 w:0)
	/// Proof: `Consent::Grants` (`max_values`: None, `max_size`: Some(543), added: 3018, mode: `MaxEncodedLen`)
	/// Storage: `Records::SealedKeys` (r:1 w:0)
	/// Proof: `Records::SealedKeys` (`max_values`: None, `max_size`: Some(562), added: 3037, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Access::RequestCount` (r:1 w:1)
	/// Proof: `Access::RequestCount` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::PermittedOf` (r:1 w:1)
	/// Proof: `Access::PermittedOf` (`max_values`: None, `max_size`: Some(3122), added: 5597, mode: `MaxEncodedLen`)
	/// Storage: `Access::Releases` (r:0 w:1)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	/// Storage: `Access::Reviews` (r:0 w:2)
	/// Proof: `Access::Reviews` (`max_values`: None, `max_size`: Some(1008), added: 3483, mode: `MaxEncodedLen`)
	/// Storage: `Access::RunningUntil` (r:0 w:1)
	/// Proof: `Access::RunningUntil` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:2)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn request_in_emergency() -> Weight {
		// Minimum execution time: 398_612_000 picoseconds.
		Weight::from_parts(684_265_500, 11342)
			.saturating_add(T::DbWeight::get().reads(34_u64))
			.saturating_add(T::DbWeight::get().writes(21_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cases` (r:1 w:1)
	/// Proof: `Access::Cases` (`max_values`: None, `max_size`: Some(206), added: 2681, mode: `MaxEncodedLen`)
	/// Storage: `Access::Reviews` (r:1 w:1)
	/// Proof: `Access::Reviews` (`max_values`: None, `max_size`: Some(1008), added: 3483, mode: `MaxEncodedLen`)
	/// Storage: `Access::Auditors` (r:1 w:0)
	/// Proof: `Access::Auditors` (`max_values`: Some(1), `max_size`: Some(1409), added: 1904, mode: `MaxEncodedLen`)
	/// Storage: `Access::Lots` (r:1 w:1)
	/// Proof: `Access::Lots` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:3 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:6 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:2 w:0)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Unreviewed` (r:1 w:1)
	/// Proof: `Access::Unreviewed` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Barred` (r:1 w:1)
	/// Proof: `Roles::Barred` (`max_values`: None, `max_size`: Some(50), added: 2525, mode: `MaxEncodedLen`)
	/// Storage: `Access::Bonds` (r:1 w:1)
	/// Proof: `Access::Bonds` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Balances::Holds` (r:1 w:1)
	/// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(121), added: 2596, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn review_emergency() -> Weight {
		// Minimum execution time: 268_039_000 picoseconds.
		Weight::from_parts(511_720_500, 16518)
			.saturating_add(T::DbWeight::get().reads(23_u64))
			.saturating_add(T::DbWeight::get().writes(12_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cases` (r:1 w:1)
	/// Proof: `Access::Cases` (`max_values`: None, `max_size`: Some(206), added: 2681, mode: `MaxEncodedLen`)
	/// Storage: `Access::Auditors` (r:1 w:0)
	/// Proof: `Access::Auditors` (`max_values`: Some(1), `max_size`: Some(1409), added: 1904, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Access::CasesOf` (r:1 w:1)
	/// Proof: `Access::CasesOf` (`max_values`: None, `max_size`: Some(306), added: 2781, mode: `MaxEncodedLen`)
	/// Storage: `Access::LatestCase` (r:1 w:1)
	/// Proof: `Access::LatestCase` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Access::Reviews` (r:0 w:1)
	/// Proof: `Access::Reviews` (`max_values`: None, `max_size`: Some(1008), added: 3483, mode: `MaxEncodedLen`)
	fn forget_case() -> Weight {
		// Minimum execution time: 88_221_000 picoseconds.
		Weight::from_parts(190_048_500, 3771)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Access::Bonds` (r:1 w:1)
	/// Proof: `Access::Bonds` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Balances::Holds` (r:1 w:1)
	/// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(121), added: 2596, mode: `MaxEncodedLen`)
	fn deposit_bond() -> Weight {
		// Minimum execution time: 65_337_000 picoseconds.
		Weight::from_parts(105_516_000, 3768)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Access::Bonds` (r:1 w:1)
	/// Proof: `Access::Bonds` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
	/// Storage: `Access::Unreviewed` (r:1 w:0)
	/// Proof: `Access::Unreviewed` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
	/// Storage: `Access::RunningUntil` (r:1 w:0)
	/// Proof: `Access::RunningUntil` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:1 w:1)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `Balances::Holds` (r:1 w:1)
	/// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(121), added: 2596, mode: `MaxEncodedLen`)
	fn withdraw_bond() -> Weight {
		// Minimum execution time: 52_358_000 picoseconds.
		Weight::from_parts(84_846_000, 3735)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Access::Auditors` (r:1 w:1)
	/// Proof: `Access::Auditors` (`max_values`: Some(1), `max_size`: Some(1409), added: 1904, mode: `MaxEncodedLen`)
	fn appoint_auditor() -> Weight {
		// Minimum execution time: 39_709_000 picoseconds.
		Weight::from_parts(74_706_000, 6166)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Access::Auditors` (r:1 w:1)
	/// Proof: `Access::Auditors` (`max_values`: Some(1), `max_size`: Some(1409), added: 1904, mode: `MaxEncodedLen`)
	fn dismiss_auditor() -> Weight {
		// Minimum execution time: 12_829_000 picoseconds.
		Weight::from_parts(32_043_000, 2894)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Roles::Barred` (r:1 w:1)
	/// Proof: `Roles::Barred` (`max_values`: None, `max_size`: Some(50), added: 2525, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:1 w:1)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	fn reinstate_clinician() -> Weight {
		// Minimum execution time: 19_639_000 picoseconds.
		Weight::from_parts(33_979_500, 3578)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Access::Lots` (r:1 w:1)
	/// Proof: `Access::Lots` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
	/// Storage: `System::ParentHash` (r:1 w:0)
	/// Proof: `System::ParentHash` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	fn draw_lot() -> Weight {
		// Minimum execution time: 6_510_000 picoseconds.
		Weight::from_parts(11_011_500, 3514)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Access::Releases` (r:1 w:1)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	/// Storage: `Access::Shares` (r:1 w:1)
	/// Proof: `Access::Shares` (`max_values`: None, `max_size`: Some(540), added: 3015, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:1 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn accept_share() -> Weight {
		// Minimum execution time: 63_504_000 picoseconds.
		Weight::from_parts(134_614_500, 4005)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Access::LatestCase` (r:1 w:0)
	/// Proof: `Access::LatestCase` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cases` (r:1 w:0)
	/// Proof: `Access::Cases` (`max_values`: None, `max_size`: Some(206), added: 2681, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Members` (r:2 w:0)
	/// Proof: `Roles::Members` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Standings` (r:1 w:0)
	/// Proof: `Attestation::Standings` (`max_values`: None, `max_size`: Some(936), added: 3411, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Attestation::Thresholds` (r:1 w:0)
	/// Proof: `Attestation::Thresholds` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
	/// Storage: `Access::Reviews` (r:1 w:0)
	/// Proof: `Access::Reviews` (`max_values`: None, `max_size`: Some(1008), added: 3483, mode: `MaxEncodedLen`)
	/// Storage: `Roles::AdmittedBy` (r:1 w:0)
	/// Proof: `Roles::AdmittedBy` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	fn open_case() -> Weight {
		// Minimum execution time: 73_860_000 picoseconds.
		Weight::from_parts(136_342_500, 6166).saturating_add(T::DbWeight::get().reads(10_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::RequestCount` (r:1 w:0)
	/// Proof: `Access::RequestCount` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Cleared` (r:0 w:1)
	/// Proof: `Access::Cleared` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn clean_up() -> Weight {
		// Minimum execution time: 3_726_000 picoseconds.
		Weight::from_parts(6_309_000, 1493)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Access::Releases` (r:1 w:0)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	fn pass_over() -> Weight {
		// Minimum execution time: 2_554_000 picoseconds.
		Weight::from_parts(4_357_500, 3683).saturating_add(T::DbWeight::get().reads(1_u64))
	}
	/// Storage: `Access::Releases` (r:1 w:1)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	/// Storage: `Access::Shares` (r:16 w:16)
	/// Proof: `Access::Shares` (`max_values`: None, `max_size`: Some(540), added: 3015, mode: `MaxEncodedLen`)
	/// Storage: `Access::PermittedOf` (r:1 w:1)
	/// Proof: `Access::PermittedOf` (`max_values`: None, `max_size`: Some(3122), added: 5597, mode: `MaxEncodedLen`)
	fn expire_release() -> Weight {
		// Minimum execution time: 46_940_000 picoseconds.
		Weight::from_parts(80_565_000, 49230)
			.saturating_add(T::DbWeight::get().reads(18_u64))
			.saturating_add(T::DbWeight::get().writes(18_u64))
	}
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Heads` (r:1 w:1)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	/// Storage: `Access::TotalEntries` (r:1 w:1)
	/// Proof: `Access::TotalEntries` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Entries` (r:0 w:1)
	/// Proof: `Access::Entries` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
	fn append() -> Weight {
		// Minimum execution time: 24_957_000 picoseconds.
		Weight::from_parts(47_470_500, 3585)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: UNKNOWN KEY `0x383eb39b0e3f1086035a660b4b09f7504e7b9012096b41c4eb3aaf947f6ea429` (r:1 w:0)
	/// Proof: UNKNOWN KEY `0x383eb39b0e3f1086035a660b4b09f7504e7b9012096b41c4eb3aaf947f6ea429` (r:1 w:0)
	/// Storage: `Access::Heads` (r:2 w:0)
	/// Proof: `Access::Heads` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
	fn count_log() -> Weight {
		// Minimum execution time: 13_429_000 picoseconds.
		Weight::from_parts(23_601_000, 6180).saturating_add(T::DbWeight::get().reads(3_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn request_permitted() -> Weight {
		Weight::from_parts(206_707_500, 6671)
			.saturating_add(ParityDbWeight::get().reads(11_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn request_denied() -> Weight {
		Weight::from_parts(275_734_500, 7026)
			.saturating_add(ParityDbWeight::get().reads(16_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn archive(n: u32) -> Weight {
		Weight::from_parts(109_380_000, 3768)
			.saturating_add(Weight::from_parts(11_815_500, 0).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 2640).saturating_mul(n.into()))
	}
	fn open_emergency() -> Weight {
		Weight::from_parts(427_354_500, 11342)
			.saturating_add(ParityDbWeight::get().reads(25_u64))
			.saturating_add(ParityDbWeight::get().writes(17_u64))
	}
	fn request_in_emergency() -> Weight {
		Weight::from_parts(684_265_500, 11342)
			.saturating_add(ParityDbWeight::get().reads(34_u64))
			.saturating_add(ParityDbWeight::get().writes(21_u64))
	}
	fn review_emergency() -> Weight {
		Weight::from_parts(511_720_500, 16518)
			.saturating_add(ParityDbWeight::get().reads(23_u64))
			.saturating_add(ParityDbWeight::get().writes(12_u64))
	}
	fn forget_case() -> Weight {
		Weight::from_parts(190_048_500, 3771)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn deposit_bond() -> Weight {
		Weight::from_parts(105_516_000, 3768)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn withdraw_bond() -> Weight {
		Weight::from_parts(84_846_000, 3735)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn appoint_auditor() -> Weight {
		Weight::from_parts(74_706_000, 6166)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn dismiss_auditor() -> Weight {
		Weight::from_parts(32_043_000, 2894)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_clinician() -> Weight {
		Weight::from_parts(33_979_500, 3578)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn draw_lot() -> Weight {
		Weight::from_parts(11_011_500, 3514)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn accept_share() -> Weight {
		Weight::from_parts(134_614_500, 4005)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn open_case() -> Weight {
		Weight::from_parts(136_342_500, 6166).saturating_add(ParityDbWeight::get().reads(10_u64))
	}
	fn clean_up() -> Weight {
		Weight::from_parts(6_309_000, 1493)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn pass_over() -> Weight {
		Weight::from_parts(4_357_500, 3683).saturating_add(ParityDbWeight::get().reads(1_u64))
	}
	fn expire_release() -> Weight {
		Weight::from_parts(80_565_000, 49230)
			.saturating_add(ParityDbWeight::get().reads(18_u64))
			.saturating_add(ParityDbWeight::get().writes(18_u64))
	}
	fn append() -> Weight {
		Weight::from_parts(47_470_500, 3585)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn count_log() -> Weight {
		Weight::from_parts(23_601_000, 6180).saturating_add(ParityDbWeight::get().reads(3_u64))
	}
}
