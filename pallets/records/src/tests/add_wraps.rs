//! Adding wrapped keys.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Recipient, RecordWrap};

fn for_account(record: RecordId, version: Version, account: AccountId) -> RecordWrap<AccountId> {
	RecordWrap { record, version, recipient: Recipient::Account(account), wrap: wrap(7) }
}

fn add(who: AccountId, wraps: Vec<RecordWrap<AccountId>>) -> sp_runtime::DispatchResult {
	Records::add_wraps(RuntimeOrigin::signed(who), wraps.try_into().unwrap())
}

#[test]
fn a_patient_adds_wraps_to_several_records() {
	build_and_execute(|| {
		let (first, second) = (register(1), register(2));
		revise(first, 1, 3);
		events();
		let wraps = vec![
			for_account(first, 1, CLINICIAN),
			for_account(first, 2, CLINICIAN),
			for_account(second, 1, CLINICIAN),
		];
		assert_ok!(add(PATIENT, wraps));
		assert_eq!(live(first).wraps, 5);
		assert_eq!(version(first, 2).wraps, 2);
		let recipient = Recipient::Account(CLINICIAN);
		assert_eq!(Records::wrap(&second, 1, &recipient), Some(wrap(7)));
		assert_eq!(events(), vec![Event::WrapsAdded { patient: PATIENT, count: 3 }]);
	});
}

#[test]
fn an_existing_wrap_is_replaced_even_the_patients_own() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = vec![for_account(record, 1, DOCTOR), for_account(record, 1, PATIENT)];
		assert_ok!(add(PATIENT, wraps));
		assert_eq!(live(record).wraps, 2);
		assert_eq!(Records::wrap(&record, 1, &Recipient::Account(PATIENT)), Some(wrap(7)));
	});
}

#[test]
fn an_empty_list_changes_nothing() {
	build_and_execute(|| {
		assert_ok!(add(PATIENT, vec![]));
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn only_the_patient_adds_wraps() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = vec![for_account(record, 1, STRANGER)];
		for who in [DOCTOR, CLERK, STRANGER] {
			assert_noop!(add(who, wraps.clone()), Error::<Test>::NotPatient);
		}
		assert_noop!(add(OTHER_PATIENT, wraps), Error::<Test>::NotYourRecord);
	});
}

#[test]
fn a_former_patient_adds_no_wraps() {
	build_and_execute(|| {
		let record = register(1);
		suspend(PATIENT);
		assert_noop!(add(PATIENT, vec![for_account(record, 1, DOCTOR)]), Error::<Test>::NotPatient);
	});
}

#[test]
fn unknown_and_erased_records_and_versions_are_refused() {
	build_and_execute(|| {
		let record = register(1);
		let refused = |wrap, error: Error<Test>| {
			assert_noop!(add(PATIENT, vec![wrap]), error);
		};
		refused(for_account(id(9), 1, DOCTOR), Error::UnknownRecord);
		refused(for_account(record, 0, DOCTOR), Error::UnknownVersion);
		refused(for_account(record, 2, DOCTOR), Error::UnknownVersion);
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		refused(for_account(record, 1, DOCTOR), Error::RecordErased);
	});
}

#[test]
fn a_record_holds_a_limited_number_of_wraps() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = |accounts: core::ops::Range<u64>| {
			accounts.map(|account| for_account(record, 1, account)).collect::<Vec<_>>()
		};
		assert_ok!(add(PATIENT, wraps(1_000..1_060)));
		// The record has 62 of 66 wraps.
		let result =
			frame_support::storage::with_storage_layer(|| add(PATIENT, wraps(2_000..2_005)));
		assert_eq!(result, Err(Error::<Test>::TooManyWraps.into()));
		assert_ok!(add(PATIENT, wraps(2_000..2_004)));
		// A full record still accepts replacements.
		assert_ok!(add(PATIENT, wraps(2_000..2_004)));
		assert_eq!(live(record).wraps, 66);
	});
}

#[test]
fn other_pallets_add_wraps_in_the_patients_name() {
	build_and_execute(|| {
		let record = register(1);
		let wraps: RecordWraps<_> = vec![for_account(record, 1, STRANGER)].try_into().unwrap();
		assert_ok!(<Records as RecordKeys<_>>::add_wraps(&PATIENT, &wraps));
		assert_noop!(
			<Records as RecordKeys<_>>::add_wraps(&OTHER_PATIENT, &wraps),
			Error::<Test>::NotYourRecord
		);
		assert!(<Records as RecordKeys<u64>>::wraps_weight(2)
			.all_gte(<Records as RecordKeys<u64>>::wraps_weight(1)));
	});
}
