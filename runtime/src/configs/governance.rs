//! The council: one seat per hospital, and no sudo.

use super::RuntimeBlockWeights;
use crate::{
	units::DAYS, upgrades, AccountId, BlockNumber, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeOrigin,
};
use frame_support::{
	parameter_types,
	traits::{ConstU32, EitherOfDiverse},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, Instance1};

/// At least half of the council.
pub type CouncilMajority =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, Instance1, 1, 2>>;

/// At least two thirds of the council: for what changes the council or the rules themselves.
pub type CouncilTwoThirds =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, Instance1, 2, 3>>;

parameter_types! {
	pub MaxProposalWeight: Weight = RuntimeBlockWeights::get().max_block.saturating_div(2);
	pub const MotionDuration: BlockNumber = 7 * DAYS;
}

impl pallet_collective::Config<Instance1> for Runtime {
	type Consideration = ();
	type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
	type DisapproveOrigin = CouncilTwoThirds;
	type KillOrigin = CouncilTwoThirds;
	type MaxMembers = ConstU32<100>;
	type MaxProposalWeight = MaxProposalWeight;
	type MaxProposals = ConstU32<64>;
	type MotionDuration = MotionDuration;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	// Seats follow the hospitals that run validators: `pallet-validators` gives and takes them.
	type SetMembersOrigin = frame_system::EnsureNever<()>;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
}

impl upgrades::Config for Runtime {
	type UpgradeOrigin = CouncilTwoThirds;
}
