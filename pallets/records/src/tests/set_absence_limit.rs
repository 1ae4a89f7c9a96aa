//! The council sets the absence limit.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{BuildStorage, DispatchError};

#[test]
fn a_new_limit_applies_at_once() {
	build_and_execute(|| {
		System::set_block_number(12);
		assert!(Records::is_present(&NODE));
		assert_ok!(Records::set_absence_limit(RuntimeOrigin::root(), 10));
		assert!(!Records::is_present(&NODE));
		assert_eq!(events(), vec![Event::AbsenceLimitSet { blocks: 10 }]);
	});
}

#[test]
fn a_limit_below_the_minimum_is_refused() {
	build_and_execute(|| {
		assert_noop!(
			Records::set_absence_limit(RuntimeOrigin::root(), MIN_ABSENCE_LIMIT - 1),
			Error::<Test>::AbsenceLimitTooShort
		);
	});
}

#[test]
fn only_the_council_sets_the_limit() {
	build_and_execute(|| {
		for who in [NODE, DOCTOR, STRANGER] {
			assert_noop!(
				Records::set_absence_limit(RuntimeOrigin::signed(who), 100),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn genesis_can_set_the_limit() {
	let genesis = GenesisConfig::<Test> { absence_limit: Some(20), ..Default::default() };
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	genesis.assimilate_storage(&mut storage).unwrap();
	sp_io::TestExternalities::from(storage)
		.execute_with(|| assert_eq!(AbsenceLimit::<Test>::get(), 20));
}
