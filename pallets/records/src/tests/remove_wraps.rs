//! Removal of wrapped keys.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Recipient, WrapKey};

fn of_account(record: RecordId, version: Version, account: AccountId) -> WrapKey<AccountId> {
	WrapKey { record, version, recipient: Recipient::Account(account) }
}

fn remove(who: AccountId, wraps: Vec<WrapKey<AccountId>>) -> sp_runtime::DispatchResult {
	plain(Records::remove_wraps(RuntimeOrigin::signed(who), wraps.try_into().unwrap()))
}

#[test]
fn a_patient_removes_wraps() {
	build_and_execute(|| {
		let record = register(1);
		events();
		assert_ok!(remove(PATIENT, vec![of_account(record, 1, DOCTOR)]));
		assert_eq!(Records::wrap(&record, 1, &Recipient::Account(DOCTOR)), None);
		assert_eq!(live(record).wraps, 1);
		assert_eq!(version(record, 1).wraps, 1);
		assert_eq!(events(), vec![Event::WrapsRemoved { patient: PATIENT, count: 1 }]);
	});
}

#[test]
fn missing_wraps_are_skipped() {
	build_and_execute(|| {
		let (record, erased) = (register(1), register(2));
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), erased));
		events();
		let wraps = vec![
			of_account(record, 1, STRANGER),
			of_account(record, 9, DOCTOR),
			of_account(erased, 1, DOCTOR),
		];
		assert_ok!(remove(PATIENT, wraps));
		assert_eq!(events(), vec![]);
		let twice = vec![of_account(record, 1, DOCTOR), of_account(record, 1, DOCTOR)];
		assert_ok!(remove(PATIENT, twice));
		assert_eq!(events(), vec![Event::WrapsRemoved { patient: PATIENT, count: 1 }]);
	});
}

#[test]
fn the_patients_own_wrap_stays() {
	build_and_execute(|| {
		let record = register(1);
		assert_noop!(
			remove(PATIENT, vec![of_account(record, 1, PATIENT)]),
			Error::<Test>::OwnerWrap
		);
	});
}

#[test]
fn only_the_patient_removes_wraps() {
	build_and_execute(|| {
		let (record, erased) = (register(1), register(2));
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), erased));
		for who in [DOCTOR, OTHER_PATIENT, STRANGER] {
			for record in [record, erased] {
				assert_noop!(
					remove(who, vec![of_account(record, 1, DOCTOR)]),
					Error::<Test>::NotYourRecord
				);
			}
		}
	});
}

#[test]
fn a_former_patient_can_still_remove_wraps() {
	build_and_execute(|| {
		let record = register(1);
		suspend(PATIENT);
		assert_ok!(remove(PATIENT, vec![of_account(record, 1, DOCTOR)]));
	});
}

#[test]
fn an_unknown_record_is_refused() {
	build_and_execute(|| {
		assert_noop!(
			remove(PATIENT, vec![of_account(id(9), 1, DOCTOR)]),
			Error::<Test>::UnknownRecord
		);
	});
}

#[test]
fn other_pallets_remove_wraps_in_the_patients_name() {
	build_and_execute(|| {
		let record = register(1);
		let wraps: WrapKeys<_> = vec![of_account(record, 1, DOCTOR)].try_into().unwrap();
		assert_noop!(
			<Records as RecordKeys<_>>::remove_wraps(&OTHER_PATIENT, &wraps),
			Error::<Test>::NotYourRecord
		);
		assert_ok!(<Records as RecordKeys<_>>::remove_wraps(&PATIENT, &wraps));
		assert_eq!(live(record).wraps, 1);
	});
}
