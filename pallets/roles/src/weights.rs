//! Weights of the calls.
//!
//! Placeholders until `scripts/benchmark` has measured them: the reads and writes are counted by hand, at the most that
//! each call may need, and the time without them is estimated.

#![allow(
	clippy::arithmetic_side_effects,
	reason = "weights of bounded parameters cannot overflow"
)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of this pallet cost.
pub trait WeightInfo {
	/// With `a` administrators.
	fn register_organisation(a: u32) -> Weight;
	/// The same for every organisation.
	fn suspend_organisation() -> Weight;
	/// The same for every organisation.
	fn reinstate_organisation() -> Weight;
	/// With `a` administrators who replace as many as there may be.
	fn set_admins(a: u32) -> Weight;
	/// The same for every member.
	fn admit_member() -> Weight;
	/// The same for every member.
	fn renew_member() -> Weight;
	/// The same for every member.
	fn suspend_member() -> Weight;
	/// The same for every member.
	fn reinstate_member() -> Weight;
	/// Of a records admin who holds a share.
	fn revoke_member() -> Weight;
	/// With a wrapped signature, checked twice; without what [`OnEnrolled`](salus_primitives::OnEnrolled) costs.
	fn enrol_patient() -> Weight;
	/// Without what [`OnEnrolled`](salus_primitives::OnEnrolled) costs.
	fn enrol() -> Weight;
	/// Of an account in every role.
	fn rotate_key() -> Weight;
	/// The same for every organisation.
	fn set_organisation_key() -> Weight;
	/// The same for every share.
	fn share_organisation_key() -> Weight;
	/// All memberships of an account in every role, with whether each is live.
	fn memberships() -> Weight;
	/// Suspension of a membership by another pallet.
	fn suspend() -> Weight;
	/// Of an account with `m` memberships that administers `a` organisations.
	fn allowance(m: u32, a: u32) -> Weight;
	/// From the account's and from one organisation's allowance.
	fn draw_from() -> Weight;
}

/// Weights on the hardware of reference, with the runtime's costs of storage.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_organisation(a: u32) -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(u64::from(a)))
			.saturating_add(T::DbWeight::get().reads(1 + 3 * u64::from(a)))
			.saturating_add(T::DbWeight::get().writes(2 + 2 * u64::from(a)))
	}

	fn suspend_organisation() -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn reinstate_organisation() -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn set_admins(a: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(u64::from(a)))
			.saturating_add(T::DbWeight::get().reads(25 + 3 * u64::from(a)))
			.saturating_add(T::DbWeight::get().writes(17 + 2 * u64::from(a)))
	}

	fn admit_member() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	fn renew_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn suspend_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn reinstate_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn revoke_member() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}

	fn enrol_patient() -> Weight {
		Weight::from_parts(140_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	fn enrol() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
	}

	fn rotate_key() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn set_organisation_key() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn share_organisation_key() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn memberships() -> Weight {
		Weight::from_parts(40_000_000, 0).saturating_add(T::DbWeight::get().reads(17))
	}

	fn suspend() -> Weight {
		Weight::from_parts(8_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}

	fn allowance(m: u32, a: u32) -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(
				Weight::from_parts(4_000_000, 0).saturating_mul(u64::from(m) + u64::from(a)),
			)
			.saturating_add(T::DbWeight::get().reads(5 + 3 * u64::from(m) + 2 * u64::from(a)))
	}

	fn draw_from() -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
}

/// Weights for tests, with the costs of ParityDB.
impl WeightInfo for () {
	fn register_organisation(a: u32) -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(u64::from(a)))
			.saturating_add(ParityDbWeight::get().reads(1 + 3 * u64::from(a)))
			.saturating_add(ParityDbWeight::get().writes(2 + 2 * u64::from(a)))
	}

	fn suspend_organisation() -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn reinstate_organisation() -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn set_admins(a: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(u64::from(a)))
			.saturating_add(ParityDbWeight::get().reads(25 + 3 * u64::from(a)))
			.saturating_add(ParityDbWeight::get().writes(17 + 2 * u64::from(a)))
	}

	fn admit_member() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(2))
	}

	fn renew_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn suspend_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn reinstate_member() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn revoke_member() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(2))
	}

	fn enrol_patient() -> Weight {
		Weight::from_parts(140_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(3))
	}

	fn enrol() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(3))
	}

	fn rotate_key() -> Weight {
		Weight::from_parts(25_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn set_organisation_key() -> Weight {
		Weight::from_parts(14_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn share_organisation_key() -> Weight {
		Weight::from_parts(18_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn memberships() -> Weight {
		Weight::from_parts(40_000_000, 0).saturating_add(ParityDbWeight::get().reads(17))
	}

	fn suspend() -> Weight {
		Weight::from_parts(8_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}

	fn allowance(m: u32, a: u32) -> Weight {
		Weight::from_parts(10_000_000, 0)
			.saturating_add(
				Weight::from_parts(4_000_000, 0).saturating_mul(u64::from(m) + u64::from(a)),
			)
			.saturating_add(ParityDbWeight::get().reads(5 + 3 * u64::from(m) + 2 * u64::from(a)))
	}

	fn draw_from() -> Weight {
		Weight::from_parts(12_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
}
