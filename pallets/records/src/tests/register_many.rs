//! Registration of several records under one signature.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use salus_primitives::{Role, RoleQuery};

fn batch(records: Vec<NewRecord<AccountId>>) -> sp_runtime::DispatchResult {
	let records = records.try_into().unwrap();
	plain(Records::register_many(RuntimeOrigin::signed(DOCTOR), records))
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

/// Returns [`new_record`] about the other patient.
fn about_other(seed: u8) -> NewRecord<AccountId> {
	NewRecord { patient: OTHER_PATIENT, wraps: wraps_for(&[OTHER_PATIENT]), ..new_record(seed) }
}

fn imaging(seed: u8) -> NewRecord<AccountId> {
	NewRecord { category: Category::Imaging, ..new_record(seed) }
}

fn at_the_clinic(seed: u8) -> NewRecord<AccountId> {
	NewRecord { organisation: CLINIC, ..new_record(seed) }
}

#[test]
fn each_question_is_decided_once() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Device, Some(CLINIC));
		let decisions = |records| {
			Decisions::set(0);
			assert_ok!(batch(records));
			Decisions::get()
		};
		assert_eq!(decisions((0..50).map(new_record).collect()), 1);
		// These records are registered already, so nothing is decided.
		assert_eq!(decisions((0..50).map(new_record).collect()), 0);
		let kinds = [new_record, about_other, imaging, at_the_clinic];
		assert_eq!(decisions((50..150).map(|seed| kinds[seed as usize % 4](seed)).collect()), 4);
		assert_eq!(PatientRecordCounts::<Test>::get(PATIENT), 125);
		assert_eq!(PatientRecordCounts::<Test>::get(OTHER_PATIENT), 25);
		assert_eq!(Records::status(), StorageStatus { records: 150, pending: 150, removals: 0 });
	});
}

#[test]
fn each_kind_of_record_in_a_batch_needs_permission() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Device, Some(CLINIC));
		let refused = |other: NewRecord<AccountId>| {
			let result = frame_support::storage::with_storage_layer(|| {
				batch(vec![new_record(1), new_record(2), other])
			});
			assert_eq!(result, Err(Error::<Test>::NotPermitted.into()));
			assert_ok!(frame_support::storage::with_storage_layer(|| batch(vec![new_record(1)])));
		};
		close(PATIENT, Category::Imaging, HOSPITAL);
		refused(imaging(3));
		close(PATIENT, Category::Laboratory, CLINIC);
		refused(at_the_clinic(3));
		refuse(OTHER_PATIENT, DOCTOR);
		refused(about_other(3));
	});
}

#[test]
fn an_unknown_patient_beside_a_known_one_is_refused() {
	build_and_execute(|| {
		let unknown = NewRecord { patient: STRANGER, ..new_record(3) };
		assert_noop!(
			frame_support::storage::with_storage_layer(|| batch(vec![new_record(1), unknown])),
			Error::<Test>::UnknownPatient
		);
	});
}

#[test]
fn a_full_file_of_a_patient_takes_no_batch() {
	build_and_execute(|| {
		PatientRecordCounts::<Test>::insert(PATIENT, u32::MAX - 1);
		assert_noop!(
			frame_support::storage::with_storage_layer(|| batch(vec![
				new_record(1),
				new_record(2)
			])),
			Error::<Test>::TooManyRecords
		);
		PatientRecordCounts::<Test>::remove(PATIENT);
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
		assert_ok!(batch(vec![new_record(1), about_other(2)]));
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
		let own = <() as WeightInfo>::register_many(1, 1, 2)
			+ <() as WeightInfo>::read_keys(1)
			+ finding_weight(2)
			+ decoding_weight(2)
			+ wraps_weight(4);
		assert_eq!(info.actual_weight, Some(own + TERMS_WEIGHT));
	});
}

#[test]
fn decisions_and_organisations_are_charged_once() {
	build_and_execute(|| {
		let memberships = <Roles as RoleQuery<AccountId>>::memberships_weight();
		let charged = |records: Vec<_>| {
			let records = records.try_into().unwrap();
			Call::<Test>::register_many { records }.get_dispatch_info().call_weight
		};
		let own = |further, decided, wraps| {
			let records = further + decided;
			<() as WeightInfo>::register_many(further, decided, wraps)
				// The further wraps are all for the doctor.
				+ Records::keys_weight(u32::from(wraps > 0))
				+ finding_weight(wraps)
				+ decoding_weight(records as usize)
				// With the wraps for the patients.
				+ wraps_weight((records + wraps) as usize)
		};
		let wraps = 6;
		assert_eq!(charged(vec![]), own(0, 0, 0));
		assert_eq!(charged((0..6).map(new_record).collect()), own(5, 1, wraps) + MAX_TERMS_WEIGHT);
		let six = [new_record, about_other, imaging, new_record, about_other, imaging];
		let six = six.into_iter().zip(0..).map(|(kind, seed)| kind(seed)).collect();
		assert_eq!(charged(six), own(3, 3, wraps - 2) + MAX_TERMS_WEIGHT * 3);
		// An author writes for three organisations at most, so that the fourth ends the call.
		for (named, checks) in [(1, 0), (2, 1), (4, 3), (6, 3)] {
			let records = (0..6).map(|seed| {
				let organisation = u32::from(seed) % named;
				NewRecord { organisation, ..new_record(seed) }
			});
			assert_eq!(
				charged(records.collect()),
				own(6 - named, named, wraps)
					+ memberships * checks
					+ MAX_TERMS_WEIGHT * u64::from(named),
				"{named} organisations"
			);
		}
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
		assert!(charged(0).ref_time() < charged(19).ref_time() / 4);
		let own = <() as WeightInfo>::register_many(18, 2, 0) + decoding_weight(60);
		assert!(charged(19).all_gte(own));
	});
}
