//! Tests of the origin, and of what an authorisation leaves in the state.

use crate as pallet_upgrades;
use frame_support::{
	assert_noop, assert_ok, derive_impl, dispatch::GetDispatchInfo, pallet_prelude::*,
};
use frame_system::{EnsureRoot, RawOrigin};
use sp_runtime::{BuildStorage, DispatchError::BadOrigin};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Upgrades = pallet_upgrades;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

impl pallet_upgrades::Config for Test {
	type UpgradeOrigin = EnsureRoot<u64>;
}

fn execute(test: impl FnOnce()) {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext = sp_io::TestExternalities::from(storage.expect("the genesis can be built"));
	ext.execute_with(|| {
		System::set_block_number(1);
		test();
	});
}

#[test]
fn the_council_authorises_a_runtime() {
	execute(|| {
		let code_hash = [7; 32].into();
		assert_ok!(Upgrades::authorize(RawOrigin::Root.into(), code_hash));
		let authorised = System::authorized_upgrade().expect("it is stored");
		assert_eq!(authorised.code_hash(), &code_hash);
		System::assert_last_event(
			frame_system::Event::UpgradeAuthorized { code_hash, check_version: true }.into(),
		);
	});
}

#[test]
fn a_later_authorisation_replaces_an_earlier_one() {
	execute(|| {
		for byte in [7, 8] {
			assert_ok!(Upgrades::authorize(RawOrigin::Root.into(), [byte; 32].into()));
		}
		let authorised = System::authorized_upgrade().expect("it is stored");
		assert_eq!(authorised.code_hash(), &[8; 32].into());
	});
}

#[test]
fn nobody_else_authorises_a_runtime() {
	execute(|| {
		for origin in [RawOrigin::None, RawOrigin::Signed(1)] {
			assert_noop!(Upgrades::authorize(origin.into(), [7; 32].into()), BadOrigin);
		}
		assert!(System::authorized_upgrade().is_none());
	});
}

#[test]
fn an_authorisation_is_operational() {
	let call = crate::Call::<Test>::authorize { code_hash: [7; 32].into() };
	assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational);
}
