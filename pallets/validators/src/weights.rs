//! Weights of `pallet_validators`, measured by `scripts/generate-weights`.
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

/// Maximum number of validators, over the 16 with which these weights were measured, rounded up.
/// Not measured yet: by count.
const SETS: u64 = 7;

/// Maximum number of votes on all motions (100 on each of 400), over the 16 on each of 64 with which
/// these weights were measured, rounded up. Not measured yet: by count. Reads and writes have 336
/// motions more.
const VOTES: u64 = 40;

/// Weights of this pallet's calls and of its queries for other pallets.
pub trait WeightInfo {
	fn add() -> Weight;
	fn remove() -> Weight;
	fn replace() -> Weight;
	fn assign() -> Weight;
	fn represent() -> Weight;
	fn agree() -> Weight;
	fn object() -> Weight;
	fn confirm() -> Weight;
	fn appoint() -> Weight;
	fn count_motion() -> Weight;
	fn set_minimum() -> Weight;
	fn note_author() -> Weight;
}

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Session::NextKeys` (r:1 w:0)
	/// Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Validators::Rotations` (r:0 w:1)
	/// Proof: `Validators::Rotations` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn add() -> Weight {
		// Minimum execution time: 360_225_000 picoseconds.
		Weight::from_parts(619_806_000, 198092)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(404_u64))
			.saturating_add(T::DbWeight::get().writes(404_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Minimum` (r:1 w:0)
	/// Proof: `Validators::Minimum` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Validators::Nominations` (r:0 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Rotations` (r:0 w:1)
	/// Proof: `Validators::Rotations` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
	/// Storage: `Validators::LastAuthored` (r:0 w:1)
	/// Proof: `Validators::LastAuthored` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn remove() -> Weight {
		// Minimum execution time: 352_113_000 picoseconds.
		Weight::from_parts(601_702_500, 199066)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(403_u64))
			.saturating_add(T::DbWeight::get().writes(406_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Session::NextKeys` (r:1 w:0)
	/// Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Validators::Rotations` (r:0 w:1)
	/// Proof: `Validators::Rotations` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
	/// Storage: `Validators::LastAuthored` (r:0 w:1)
	/// Proof: `Validators::LastAuthored` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn replace() -> Weight {
		// Minimum execution time: 30_976_000 picoseconds.
		Weight::from_parts(89_443_500, 5344)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	fn assign() -> Weight {
		// Minimum execution time: 32_589_000 picoseconds.
		Weight::from_parts(82_503_000, 3768)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Validators::Nominations` (r:0 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn represent() -> Weight {
		// Minimum execution time: 381_186_000 picoseconds.
		Weight::from_parts(905_380_500, 199609)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(403_u64))
			.saturating_add(T::DbWeight::get().writes(404_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Nominations` (r:1 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn agree() -> Weight {
		// Minimum execution time: 386_434_000 picoseconds.
		Weight::from_parts(726_043_500, 199713)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(404_u64))
			.saturating_add(T::DbWeight::get().writes(404_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:0)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Nominations` (r:1 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	fn object() -> Weight {
		// Minimum execution time: 33_159_000 picoseconds.
		Weight::from_parts(86_274_000, 3546)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Nominations` (r:1 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Roles::Organisations` (r:1 w:0)
	/// Proof: `Roles::Organisations` (`max_values`: None, `max_size`: Some(303), added: 2778, mode: `MaxEncodedLen`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn confirm() -> Weight {
		// Minimum execution time: 385_663_000 picoseconds.
		Weight::from_parts(685_167_000, 199713)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(404_u64))
			.saturating_add(T::DbWeight::get().writes(404_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:1)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Council::Proposals` (r:1 w:0)
	/// Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Voting` (r:64 w:64)
	/// Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
	/// Storage: `Validators::Nominations` (r:0 w:1)
	/// Proof: `Validators::Nominations` (`max_values`: None, `max_size`: Some(81), added: 2556, mode: `MaxEncodedLen`)
	/// Storage: `Council::Members` (r:0 w:1)
	/// Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	/// Storage: `Council::Prime` (r:0 w:1)
	/// Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
	fn appoint() -> Weight {
		// Minimum execution time: 356_048_000 picoseconds.
		Weight::from_parts(622_299_000, 199099)
			.saturating_mul(VOTES)
			.saturating_add(T::DbWeight::get().reads(402_u64))
			.saturating_add(T::DbWeight::get().writes(404_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:0)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Motions` (r:1 w:1)
	/// Proof: `Validators::Motions` (`max_values`: Some(1), `max_size`: Some(2306), added: 2801, mode: `MaxEncodedLen`)
	fn count_motion() -> Weight {
		// Minimum execution time: 11_627_000 picoseconds.
		Weight::from_parts(25_312_500, 3791)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:0)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::Minimum` (r:0 w:1)
	/// Proof: `Validators::Minimum` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn set_minimum() -> Weight {
		// Minimum execution time: 23_665_000 picoseconds.
		Weight::from_parts(59_578_500, 2670)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Validators::Validators` (r:1 w:0)
	/// Proof: `Validators::Validators` (`max_values`: Some(1), `max_size`: Some(1185), added: 1680, mode: `MaxEncodedLen`)
	/// Storage: `Validators::LastAuthored` (r:0 w:1)
	/// Proof: `Validators::LastAuthored` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn note_author() -> Weight {
		// Minimum execution time: 8_864_000 picoseconds.
		Weight::from_parts(20_460_000, 2670)
			.saturating_mul(SETS)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn add() -> Weight {
		Weight::from_parts(619_806_000, 198092)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(404_u64))
			.saturating_add(ParityDbWeight::get().writes(404_u64))
	}
	fn remove() -> Weight {
		Weight::from_parts(601_702_500, 199066)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(403_u64))
			.saturating_add(ParityDbWeight::get().writes(406_u64))
	}
	fn replace() -> Weight {
		Weight::from_parts(89_443_500, 5344)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn assign() -> Weight {
		Weight::from_parts(82_503_000, 3768)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn represent() -> Weight {
		Weight::from_parts(905_380_500, 199609)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(403_u64))
			.saturating_add(ParityDbWeight::get().writes(404_u64))
	}
	fn agree() -> Weight {
		Weight::from_parts(726_043_500, 199713)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(404_u64))
			.saturating_add(ParityDbWeight::get().writes(404_u64))
	}
	fn object() -> Weight {
		Weight::from_parts(86_274_000, 3546)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn confirm() -> Weight {
		Weight::from_parts(685_167_000, 199713)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(404_u64))
			.saturating_add(ParityDbWeight::get().writes(404_u64))
	}
	fn appoint() -> Weight {
		Weight::from_parts(622_299_000, 199099)
			.saturating_mul(VOTES)
			.saturating_add(ParityDbWeight::get().reads(402_u64))
			.saturating_add(ParityDbWeight::get().writes(404_u64))
	}
	fn count_motion() -> Weight {
		Weight::from_parts(25_312_500, 3791)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_minimum() -> Weight {
		Weight::from_parts(59_578_500, 2670)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn note_author() -> Weight {
		Weight::from_parts(20_460_000, 2670)
			.saturating_mul(SETS)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
}
