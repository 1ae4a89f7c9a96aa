//! Weights of `pallet_committee`, measured by `scripts/generate-weights`.
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
	fn announce() -> Weight;
	fn deal() -> Weight;
	fn confirm() -> Weight;
	fn submit_share() -> Weight;
	fn authorize_announce() -> Weight;
	fn authorize_deal() -> Weight;
	fn authorize_confirm() -> Weight;
	fn authorize_submit_share() -> Weight;
	fn rejoin() -> Weight;
	fn authorize_rejoin() -> Weight;
	fn open_next() -> Weight;
	/// Not measured yet: by count. The time of `close_phase`, which also removes all dealings, and
	/// of five more writes.
	fn renew() -> Weight;
	/// Not measured yet: by count. 6.25 times the time of `set_minimum` of `pallet_validators`, which
	/// was measured with 16 validators instead of 100, and the proofs of both lists of validators.
	fn elect() -> Weight;
	fn close_phase() -> Weight;
}

/// Measured weights, with the runtime's database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Committee::Epochs` (r:1 w:1)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:1 w:0)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn announce() -> Weight {
		// Minimum execution time: 36_464_000 picoseconds.
		Weight::from_parts(80_895_000, 6671)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:1)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:1 w:0)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Dealings` (r:0 w:1)
	/// Proof: `Committee::Dealings` (`max_values`: None, `max_size`: Some(16410), added: 18885, mode: `MaxEncodedLen`)
	fn deal() -> Weight {
		// Minimum execution time: 52_007_000 picoseconds.
		Weight::from_parts(99_522_000, 6671)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Committee::Epochs` (r:2 w:2)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Active` (r:1 w:1)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Dealings` (r:16 w:16)
	/// Proof: `Committee::Dealings` (`max_values`: None, `max_size`: Some(16410), added: 18885, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Next` (r:1 w:0)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Publics` (r:0 w:1)
	/// Proof: `Committee::Publics` (`max_values`: None, `max_size`: Some(8206), added: 10681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:0 w:1)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn confirm() -> Weight {
		// Minimum execution time: 122_162_000 picoseconds.
		Weight::from_parts(217_267_500, 303150)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(22_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
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
	fn submit_share() -> Weight {
		// Minimum execution time: 83_484_000 picoseconds.
		Weight::from_parts(140_998_500, 6671)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_announce() -> Weight {
		// Minimum execution time: 65_928_000 picoseconds.
		Weight::from_parts(108_295_500, 6671).saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_deal() -> Weight {
		// Minimum execution time: 137_554_000 picoseconds.
		Weight::from_parts(224_418_000, 6671).saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_confirm() -> Weight {
		// Minimum execution time: 103_284_000 picoseconds.
		Weight::from_parts(169_572_000, 6671).saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Access::Releases` (r:1 w:0)
	/// Proof: `Access::Releases` (`max_values`: None, `max_size`: Some(218), added: 2693, mode: `MaxEncodedLen`)
	/// Storage: `Access::Shares` (r:1 w:0)
	/// Proof: `Access::Shares` (`max_values`: None, `max_size`: Some(540), added: 3015, mode: `MaxEncodedLen`)
	/// Storage: `Records::Records` (r:1 w:0)
	/// Proof: `Records::Records` (`max_values`: None, `max_size`: Some(119), added: 2594, mode: `MaxEncodedLen`)
	/// Storage: `Records::Withdrawals` (r:1 w:0)
	/// Proof: `Records::Withdrawals` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_submit_share() -> Weight {
		// Minimum execution time: 97_915_000 picoseconds.
		Weight::from_parts(162_271_500, 6671).saturating_add(T::DbWeight::get().reads(7_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Latest` (r:1 w:0)
	/// Proof: `Committee::Latest` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Next` (r:1 w:1)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Reopened` (r:1 w:1)
	/// Proof: `Committee::Reopened` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Due` (r:0 w:1)
	/// Proof: `Committee::Due` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn rejoin() -> Weight {
		// Minimum execution time: 39_358_000 picoseconds.
		Weight::from_parts(87_400_500, 6671)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Committee::Epochs` (r:1 w:0)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Latest` (r:1 w:0)
	/// Proof: `Committee::Latest` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Next` (r:1 w:0)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `System::BlockHash` (r:1 w:0)
	/// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	fn authorize_rejoin() -> Weight {
		// Minimum execution time: 74_600_000 picoseconds.
		Weight::from_parts(169_032_000, 6671).saturating_add(T::DbWeight::get().reads(4_u64))
	}
	/// Storage: `Committee::Next` (r:1 w:1)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Reopened` (r:1 w:1)
	/// Proof: `Committee::Reopened` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Latest` (r:1 w:1)
	/// Proof: `Committee::Latest` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Epochs` (r:1 w:1)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:1 w:0)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Due` (r:0 w:1)
	/// Proof: `Committee::Due` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn open_next() -> Weight {
		// Minimum execution time: 37_216_000 picoseconds.
		Weight::from_parts(84_996_000, 6671)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	/// Storage: `Committee::Latest` (r:1 w:1)
	/// Proof: `Committee::Latest` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Epochs` (r:1 w:2)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:1 w:1)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Next` (r:1 w:0)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Dealings` (r:16 w:16)
	/// Proof: `Committee::Dealings` (`max_values`: None, `max_size`: Some(16410), added: 18885, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn close_phase() -> Weight {
		// Minimum execution time: 62_693_000 picoseconds.
		Weight::from_parts(118_542_000, 303150)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(21_u64))
	}
	/// Storage: `Committee::Active` (r:1 w:0)
	/// Proof: `Committee::Active` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Latest` (r:1 w:1)
	/// Proof: `Committee::Latest` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Epochs` (r:1 w:2)
	/// Proof: `Committee::Epochs` (`max_values`: None, `max_size`: Some(3206), added: 5681, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Previous` (r:1 w:1)
	/// Storage: `Committee::FreshKey` (r:0 w:1)
	/// Storage: `Committee::Due` (r:0 w:1)
	/// Proof: `Committee::Due` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Restarts` (r:1 w:1)
	/// Proof: `Committee::Restarts` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// Storage: `Committee::HandingOn` (r:0 w:1)
	/// Storage: `Committee::Next` (r:1 w:1)
	/// Proof: `Committee::Next` (`max_values`: Some(1), `max_size`: Some(513), added: 1008, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Dealings` (r:17 w:16)
	/// Proof: `Committee::Dealings` (`max_values`: None, `max_size`: Some(16410), added: 18885, mode: `MaxEncodedLen`)
	/// Storage: `Committee::Closes` (r:0 w:1)
	/// Proof: `Committee::Closes` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	fn renew() -> Weight {
		Weight::from_parts(160_000_000, 303150)
			.saturating_add(T::DbWeight::get().reads(23_u64))
			.saturating_add(T::DbWeight::get().writes(26_u64))
	}
	/// Storage: `Validators::Minimum` (r:1 w:0)
	/// Storage: `Session::Validators` (r:1 w:0)
	/// Storage: `Validators::Validators` (r:1 w:0)
	/// Storage: `Committee::Elected` (r:0 w:1)
	/// Storage: `Committee::ElectionDue` (r:0 w:1)
	fn elect() -> Weight {
		Weight::from_parts(372_365_625, 20_000)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

/// Measured weights with ParityDB's costs, for tests.
impl WeightInfo for () {
	fn announce() -> Weight {
		Weight::from_parts(80_895_000, 6671)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn deal() -> Weight {
		Weight::from_parts(99_522_000, 6671)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn confirm() -> Weight {
		Weight::from_parts(217_267_500, 303150)
			.saturating_add(ParityDbWeight::get().reads(20_u64))
			.saturating_add(ParityDbWeight::get().writes(22_u64))
	}
	fn submit_share() -> Weight {
		Weight::from_parts(140_998_500, 6671)
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn authorize_announce() -> Weight {
		Weight::from_parts(108_295_500, 6671).saturating_add(ParityDbWeight::get().reads(2_u64))
	}
	fn authorize_deal() -> Weight {
		Weight::from_parts(224_418_000, 6671).saturating_add(ParityDbWeight::get().reads(2_u64))
	}
	fn authorize_confirm() -> Weight {
		Weight::from_parts(169_572_000, 6671).saturating_add(ParityDbWeight::get().reads(2_u64))
	}
	fn authorize_submit_share() -> Weight {
		Weight::from_parts(162_271_500, 6671).saturating_add(ParityDbWeight::get().reads(7_u64))
	}
	fn rejoin() -> Weight {
		Weight::from_parts(87_400_500, 6671)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn authorize_rejoin() -> Weight {
		Weight::from_parts(169_032_000, 6671).saturating_add(ParityDbWeight::get().reads(4_u64))
	}
	fn open_next() -> Weight {
		Weight::from_parts(84_996_000, 6671)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn close_phase() -> Weight {
		Weight::from_parts(118_542_000, 303150)
			.saturating_add(ParityDbWeight::get().reads(20_u64))
			.saturating_add(ParityDbWeight::get().writes(21_u64))
	}
	fn renew() -> Weight {
		Weight::from_parts(160_000_000, 303150)
			.saturating_add(ParityDbWeight::get().reads(23_u64))
			.saturating_add(ParityDbWeight::get().writes(26_u64))
	}
	fn elect() -> Weight {
		Weight::from_parts(372_365_625, 20_000)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
}
