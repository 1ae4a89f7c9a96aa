//! Registration of several records under one signature.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use salus_primitives::Role;

fn batch(records: Vec<NewRecord<AccountId>>) -> sp_runtime::DispatchResult {
	let records = records.try_into().unwrap();
	match Records::register_many(RuntimeOrigin::signed(DOCTOR), records) {
		Ok(_) => Ok(()),
		Err(error) => Err(error.error),
	}
}

#[test]
fn one_signature_registers_two_hundred_records() {
	build_and_execute(|| {
		assert_ok!(batch((0..200).map(new_record).collect()));
		assert_eq!(Records::status(), StorageStatus { records: 200, pending: 200, removals: 0 });
		assert_eq!(PatientRecordCounts::<Test>::get(PATIENT), 200);
		assert_eq!(events().len(), 200);
	});
}

#[test]
fn an_empty_batch_changes_nothing() {
	build_and_execute(|| {
		assert_ok!(batch(vec![]));
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn one_bad_record_undoes_all() {
	build_and_execute(|| {
		let bad = NewRecord { wraps: wraps_for(&[]), ..new_record(3) };
		let call = Call::<Test>::register_many {
			records: vec![new_record(1), new_record(2), bad].try_into().unwrap(),
		};
		// Through dispatch, which is transactional.
		use frame_support::traits::UnfilteredDispatchable;
		let result = call.dispatch_bypass_filter(RuntimeOrigin::signed(DOCTOR));
		assert_eq!(result.unwrap_err().error, Error::<Test>::MissingOwnerWrap.into());
		assert_eq!(Records::status(), StorageStatus::default());
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn registered_records_are_skipped() {
	build_and_execute(|| {
		register(1);
		events();
		assert_ok!(batch(vec![new_record(1), new_record(2), new_record(2)]));
		assert_eq!(Records::status().records, 2);
		assert_eq!(events().len(), 1);
	});
}

#[test]
fn a_batch_with_the_same_root_twice_is_refused() {
	build_and_execute(|| {
		let same = NewRecord { content: content(1), ..new_record(2) };
		let result =
			frame_support::storage::with_storage_layer(|| batch(vec![new_record(1), same]));
		assert_eq!(result, Err(Error::<Test>::RootTaken.into()));
	});
}

#[test]
fn every_organisation_named_in_a_batch_is_checked() {
	build_and_execute(|| {
		let other = NewRecord { organisation: CLINIC, ..new_record(2) };
		let mixed = vec![new_record(1), other, new_record(3)];
		let result = frame_support::storage::with_storage_layer(|| batch(mixed.clone()));
		assert_eq!(result, Err(Error::<Test>::NotWriter.into()));
		Roles::admit(DOCTOR, Role::Device, Some(CLINIC));
		assert_ok!(batch(mixed));
	});
}

#[test]
fn a_batch_may_be_about_several_patients() {
	build_and_execute(|| {
		let other = NewRecord {
			patient: OTHER_PATIENT,
			wraps: wraps_for(&[OTHER_PATIENT]),
			..new_record(2)
		};
		assert_ok!(batch(vec![new_record(1), other]));
		assert_eq!(PatientRecordCounts::<Test>::get(OTHER_PATIENT), 1);
	});
}

#[test]
fn a_stranger_registers_no_batch() {
	build_and_execute(|| {
		suspend(DOCTOR);
		assert_noop!(batch(vec![new_record(1)]), Error::<Test>::NotWriter);
	});
}

#[test]
fn weight_grows_with_the_batch_and_unused_weight_is_refunded() {
	build_and_execute(|| {
		let call = |records: Vec<_>| Call::<Test>::register_many {
			records: BoundedVec::try_from(records).unwrap(),
		};
		use frame_support::BoundedVec;
		let one = call(vec![new_record(1)]).get_dispatch_info().call_weight;
		let two = call(vec![new_record(1), new_record(2)]).get_dispatch_info().call_weight;
		let wrapped = NewRecord { wraps: wraps_for(&[PATIENT, 50, 51]), ..new_record(1) };
		let wide = call(vec![wrapped]).get_dispatch_info().call_weight;
		assert!(two.all_gt(one) || two.ref_time() > one.ref_time());
		assert!(wide.ref_time() > one.ref_time());
		let info = Records::register_many(
			RuntimeOrigin::signed(DOCTOR),
			vec![new_record(1), new_record(2)].try_into().unwrap(),
		)
		.unwrap();
		let own = <() as WeightInfo>::register_many(2, 2);
		assert_eq!(info.actual_weight, Some(own + MAY_WRITE_WEIGHT * 2));
	});
}

#[test]
fn a_refused_batch_is_charged_up_to_the_first_error() {
	build_and_execute(|| {
		let charged = |position: usize| {
			let mut records: Vec<_> = (1..=20).map(new_record).collect();
			records[position].patient = STRANGER;
			let records = records.try_into().unwrap();
			let refusal =
				Records::register_many(RuntimeOrigin::signed(DOCTOR), records).unwrap_err();
			assert_eq!(refusal.error, Error::<Test>::UnknownPatient.into());
			refusal.post_info.actual_weight.unwrap()
		};
		assert!(charged(0).ref_time() < charged(19).ref_time() / 5);
		let own = <() as WeightInfo>::register_many(20, 0);
		assert!(charged(19).all_gte(own));
	});
}
