//! Tests of the origin, and of what an authorisation leaves in the state.

use crate::{mock::*, Call};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo},
};
use frame_system::RawOrigin;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn the_council_authorises_a_runtime() {
	build_and_execute(|| {
		let code_hash = [7; 32].into();
		assert_ok!(Upgrades::authorize(RawOrigin::Root.into(), code_hash));
		let authorised = System::authorized_upgrade().expect("it is stored");
		assert_eq!(authorised.code_hash(), &code_hash);
		assert_eq!(
			last_event(),
			frame_system::Event::UpgradeAuthorized { code_hash, check_version: true }
		);
	});
}

#[test]
fn a_later_authorisation_replaces_an_earlier_one() {
	build_and_execute(|| {
		for byte in [7, 8] {
			assert_ok!(Upgrades::authorize(RawOrigin::Root.into(), [byte; 32].into()));
		}
		let authorised = System::authorized_upgrade().expect("it is stored");
		assert_eq!(authorised.code_hash(), &[8; 32].into());
	});
}

#[test]
fn nobody_else_authorises_a_runtime() {
	build_and_execute(|| {
		for origin in [RawOrigin::None, RawOrigin::Signed(1)] {
			assert_noop!(Upgrades::authorize(origin.into(), [7; 32].into()), BadOrigin);
		}
		assert!(System::authorized_upgrade().is_none());
	});
}

#[test]
fn an_authorisation_is_operational() {
	let call = Call::<Test>::authorize { code_hash: [7; 32].into() };
	assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational);
}
