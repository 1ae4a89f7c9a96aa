//! Weights of this pallet's calls and of the decision.
//!
//! Estimates by reads and writes until the runtime's generated ones (`runtime/src/weights`) replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What each call costs apart from the wraps that it carries, what the first grant at enrolment costs, and what one decision
/// costs over `d` denials and `g` grants.
#[allow(missing_docs)]
pub trait WeightInfo {
	fn grant() -> Weight;
	fn revoke() -> Weight;
	fn deny() -> Weight;
	fn lift() -> Weight;
	fn on_enrolled() -> Weight;
	fn decide(d: u32, g: u32) -> Weight;
}

/// The estimates with the runtime's own costs of the database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn grant() -> Weight {
		estimate::grant(T::DbWeight::get())
	}
	fn revoke() -> Weight {
		estimate::revoke(T::DbWeight::get())
	}
	fn deny() -> Weight {
		estimate::deny(T::DbWeight::get())
	}
	fn lift() -> Weight {
		estimate::lift(T::DbWeight::get())
	}
	fn on_enrolled() -> Weight {
		estimate::on_enrolled(T::DbWeight::get())
	}
	fn decide(d: u32, g: u32) -> Weight {
		estimate::decide(T::DbWeight::get(), d, g)
	}
}

impl WeightInfo for () {
	fn grant() -> Weight {
		estimate::grant(ParityDbWeight::get())
	}
	fn revoke() -> Weight {
		estimate::revoke(ParityDbWeight::get())
	}
	fn deny() -> Weight {
		estimate::deny(ParityDbWeight::get())
	}
	fn lift() -> Weight {
		estimate::lift(ParityDbWeight::get())
	}
	fn on_enrolled() -> Weight {
		estimate::on_enrolled(ParityDbWeight::get())
	}
	fn decide(d: u32, g: u32) -> Weight {
		estimate::decide(ParityDbWeight::get(), d, g)
	}
}

mod estimate {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	/// Reads: time, the patient's membership, an organisation, a record, the counters. Writes: grant, counters.
	pub(super) fn grant(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(20_000_000, 6_000).saturating_add(db.reads_writes(5, 2))
	}

	/// Reads: grant, counters. Writes: both.
	pub(super) fn revoke(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(14_000_000, 4_000).saturating_add(db.reads_writes(2, 2))
	}

	/// Reads: every membership, an organisation, a record, the counters, time. Writes: denial, counters.
	pub(super) fn deny(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(24_000_000, 24_000).saturating_add(db.reads_writes(12, 2))
	}

	/// Reads: time, the patient's membership, denial, counters. Writes: denial, counters.
	pub(super) fn lift(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(16_000_000, 6_000).saturating_add(db.reads_writes(4, 2))
	}

	/// Reads: counters, time. Writes: grant, counters.
	pub(super) fn on_enrolled(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(10_000_000, 4_000).saturating_add(db.reads_writes(2, 2))
	}

	/// Reads: the record, every membership with its organisation, and each denial and grant; each map's end too.
	pub(super) fn decide(db: RuntimeDbWeight, d: u32, g: u32) -> Weight {
		let rows = u64::from(d).saturating_add(u64::from(g));
		Weight::from_parts(15_000_000, 24_000)
			.saturating_add(Weight::from_parts(2_000_000, 2_700).saturating_mul(rows))
			.saturating_add(db.reads(rows.saturating_add(19)))
	}
}
