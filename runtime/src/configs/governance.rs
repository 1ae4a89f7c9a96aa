//! The council: one seat per hospital, and no sudo.

use super::RuntimeBlockWeights;
use crate::{
	motions, units::DAYS, AccountId, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
};
use frame_support::{
	parameter_types,
	traits::{ConstU32, EitherOfDiverse},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, Instance1};
use salus_primitives::MAX_VALIDATORS;

/// Maximum number of open motions of one seat.
pub const MAX_MOTIONS_PER_SEAT: u32 = 4;

/// Maximum number of open motions, which leaves every seat room for its own. A changed seat drops
/// its votes on all of them, which the weights of `pallet-validators` count.
pub const MAX_MOTIONS: u32 = MAX_MOTIONS_PER_SEAT.saturating_mul(MAX_VALIDATORS);

/// At least two thirds of the council, counted by seats and not by votes: for everything that it
/// decides. This holds even for registering an organisation without a seat, because it gets
/// allowances and administrators.
pub type CouncilTwoThirds =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, Instance1, 2, 3>>;

parameter_types! {
	pub MaxProposalWeight: Weight = RuntimeBlockWeights::get().max_block.saturating_div(2);
	pub const MotionDuration: BlockNumber = 7 * DAYS;
}

impl pallet_collective::Config<Instance1> for Runtime {
	#[cfg(not(feature = "runtime-benchmarks"))]
	type Consideration = motions::Counted;
	// The SDK's benchmarks propose motions for accounts without a seat.
	#[cfg(feature = "runtime-benchmarks")]
	type Consideration = ();
	type DefaultVote = motions::SilenceIsAgainst;
	type DisapproveOrigin = CouncilTwoThirds;
	type KillOrigin = CouncilTwoThirds;
	type MaxMembers = ConstU32<MAX_VALIDATORS>;
	type MaxProposalWeight = MaxProposalWeight;
	type MaxProposals = ConstU32<MAX_MOTIONS>;
	type MotionDuration = MotionDuration;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	// Seats follow the hospitals that run validators: `pallet-validators` adds and removes them.
	type SetMembersOrigin = frame_system::EnsureNever<()>;
	type WeightInfo = motions::Weights;
}

impl pallet_upgrades::Config for Runtime {
	type UpgradeOrigin = CouncilTwoThirds;
}
