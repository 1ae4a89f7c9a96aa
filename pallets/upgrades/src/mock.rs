//! Runtime with only this pallet.

use crate as pallet_upgrades;
use crate::*;
use frame_system::EnsureRoot;
use sp_runtime::DispatchResult;

pub use salus_testing::*;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Upgrades: pallet_upgrades,
	}
}

impl Config for Test {
	type UpgradeOrigin = EnsureRoot<AccountId>;
}

impl Mock for Test {
	// The pallet has no events of its own.
	type Event = frame_system::Event<Test>;
	fn set_stage() {}
	fn try_state() -> DispatchResult {
		Ok(())
	}
}
