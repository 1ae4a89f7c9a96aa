//! Adding wrapped keys.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResultWithPostInfo, BoundedVec};
use salus_primitives::{Recipient, RecordWrap, WrapKey};

fn for_account(record: RecordId, version: Version, account: AccountId) -> RecordWrap<AccountId> {
	RecordWrap { record, version, recipient: Recipient::Account(account), wrap: wrap(7) }
}

fn add(who: AccountId, wraps: Vec<RecordWrap<AccountId>>) -> sp_runtime::DispatchResult {
	plain(Records::add_wraps(RuntimeOrigin::signed(who), wraps.try_into().unwrap()))
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
fn a_refusal_is_charged_for_the_wraps_up_to_the_refused_one() {
	build_and_execute(|| {
		let record = register(1);
		let charged = |result: DispatchResultWithPostInfo| {
			result.expect_err("refused").post_info.actual_weight
		};
		let good = |count| (0..count).map(|n| for_account(record, 1, 1_000 + n));
		let bad = for_account(id(99), 1, STRANGER);
		for before in [0, 1, 5] {
			let wraps = good(before).chain([bad.clone()]).chain(good(20)).collect::<Vec<_>>();
			let keys = wraps.iter().map(|wrap| WrapKey {
				record: wrap.record,
				version: 1,
				recipient: wrap.recipient.clone(),
			});
			let keys = keys.collect::<Vec<_>>().try_into().expect("few");
			let wraps = wraps.try_into().expect("few");
			let looked_at = before as u32 + 1;
			assert_eq!(
				charged(Records::add_wraps(signed(PATIENT), wraps)),
				Some(<() as WeightInfo>::add_wraps(looked_at))
			);
			assert_eq!(
				charged(Records::remove_wraps(signed(PATIENT), keys)),
				Some(<() as WeightInfo>::remove_wraps(looked_at))
			);
		}
		let wraps = good(20).collect::<Vec<_>>().try_into().expect("few");
		let by_stranger = Records::add_wraps(signed(STRANGER), wraps);
		assert_eq!(charged(by_stranger), Some(<() as WeightInfo>::add_wraps(0)));
	});
}

#[test]
fn refused_claims_are_not_charged() {
	build_and_execute(|| {
		let record = register(1);
		let claims: BoundedVec<_, _> = vec![claim(record, 1, 1); 8].try_into().expect("few");
		let confirmed = Records::confirm_stored(signed(STRANGER), claims.clone());
		let weight = confirmed.expect_err("no storage node").post_info.actual_weight;
		let least = Pallet::<Test>::confirm_stored_weight(0);
		assert_eq!(weight, Some(least));
		let retired = Records::retire_replicas(signed(STRANGER), STRANGER, claims);
		let weight = retired.expect_err("no storage node").post_info.actual_weight;
		assert_eq!(weight, Some(<() as WeightInfo>::retire_replicas(0)));
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
