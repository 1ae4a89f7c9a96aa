//! The council says when a storage node counts as absent.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{BuildStorage, DispatchError};

#[test]
fn it_counts_at_once() {
	build_and_execute(|| {
		System::set_block_number(12);
		assert!(Records::is_present(&NODE));
		assert_ok!(Records::set_absence_limit(RuntimeOrigin::root(), 10));
		assert!(!Records::is_present(&NODE));
		assert_eq!(events(), vec![Event::AbsenceLimitSet { blocks: 10 }]);
	});
}

#[test]
fn a_limit_that_nobody_can_keep_is_refused() {
	build_and_execute(|| {
		assert_noop!(
			Records::set_absence_limit(RuntimeOrigin::root(), MIN_ABSENCE_LIMIT - 1),
			Error::<Test>::AbsenceLimitTooShort
		);
	});
}

#[test]
fn others_than_the_council_are_refused() {
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
fn it_may_be_set_from_the_beginning() {
	let genesis = GenesisConfig::<Test> {
		absence_limit: Some(20),
		..Default::default()
	};
	let mut storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	genesis.assimilate_storage(&mut storage).unwrap();
	sp_io::TestExternalities::from(storage)
		.execute_with(|| assert_eq!(AbsenceLimit::<Test>::get(), 20));
}
