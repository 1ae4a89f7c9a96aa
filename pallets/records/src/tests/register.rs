//! Registration of one record.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use salus_primitives::{Confidentiality, Recipient, Record, Role};

fn register_by(author: AccountId, new: NewRecord<AccountId>) -> sp_runtime::DispatchResult {
	plain(Records::register(RuntimeOrigin::signed(author), new))
}

#[test]
fn a_registered_record_is_pending() {
	build_and_execute(|| {
		System::set_block_number(7);
		Now::set(START + 5_000);
		assert_ok!(register_by(DOCTOR, new_record(1)));
		assert_eq!(
			live(id(1)),
			Record {
				patient: PATIENT,
				author: DOCTOR,
				organisation: HOSPITAL,
				category: Category::Laboratory,
				confidentiality: Confidentiality::Normal,
				latest: 1,
				created: START + 5_000,
				wraps: 2,
			}
		);
		assert_eq!(
			version(id(1), 1),
			VersionInfo {
				content: content(1),
				author: DOCTOR,
				organisation: HOSPITAL,
				block: 7,
				registered: START + 5_000,
				state: VersionState::Pending,
				replicas: 0,
				wraps: 2,
			}
		);
		assert_eq!(Records::root(&cid(1)), Some(RootUse { record: id(1), version: 1 }));
		assert_eq!(Records::status(), StorageStatus { records: 1, pending: 1, removals: 0 });
		assert_eq!(
			events(),
			vec![Event::Registered {
				record: id(1),
				patient: PATIENT,
				author: DOCTOR,
				organisation: HOSPITAL,
				category: Category::Laboratory,
			}]
		);
	});
}

#[test]
fn records_admins_and_devices_also_register() {
	build_and_execute(|| {
		assert_ok!(register_by(CLERK, new_record(1)));
		assert_ok!(register_by(DEVICE, new_record(2)));
		assert_eq!(Records::status().records, 2);
	});
}

#[test]
fn only_live_writers_of_the_named_organisation_register() {
	build_and_execute(|| {
		for who in [STRANGER, PATIENT, NODE, CLINICIAN] {
			assert_noop!(register_by(who, new_record(1)), Error::<Test>::NotWriter);
		}
		suspend(DOCTOR);
		assert_noop!(register_by(DOCTOR, new_record(1)), Error::<Test>::NotWriter);
	});
}

#[test]
fn members_in_other_roles_do_not_register() {
	build_and_execute(|| {
		for role in [Role::Auditor, Role::InsurerAgent, Role::Researcher, Role::StorageNode] {
			Roles::admit(STRANGER, role, Some(HOSPITAL));
		}
		assert_noop!(register_by(STRANGER, new_record(1)), Error::<Test>::NotWriter);
	});
}

#[test]
fn an_unsigned_origin_is_refused() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			let result = Records::register(origin, new_record(1));
			assert_eq!(result.unwrap_err().error, sp_runtime::DispatchError::BadOrigin);
		}
	});
}

#[test]
fn the_patient_must_be_a_live_patient() {
	build_and_execute(|| {
		let new = NewRecord { patient: CLERK, wraps: wraps_for(&[CLERK]), ..new_record(1) };
		assert_noop!(register_by(DOCTOR, new), Error::<Test>::UnknownPatient);
		suspend(PATIENT);
		assert_noop!(register_by(DOCTOR, new_record(1)), Error::<Test>::UnknownPatient);
	});
}

#[test]
fn nothing_is_registered_without_the_patients_permission() {
	build_and_execute(|| {
		refuse(PATIENT, DOCTOR);
		assert_noop!(register_by(DOCTOR, new_record(1)), Error::<Test>::NotPermitted);
	});
}

#[test]
fn a_root_of_another_profile_is_refused() {
	build_and_execute(|| {
		let mut other_version = cid(1);
		other_version.0[0] = 2;
		let mut other_hash = cid(1);
		other_hash.0[2] = 0x1b;
		for root in [other_version, other_hash, Cid::new(0x71, [1; 32]), Cid([0; 36])] {
			let content = Content { root, ..content(1) };
			let new = NewRecord { content, ..new_record(1) };
			assert_noop!(register_by(DOCTOR, new), Error::<Test>::InvalidCid);
		}
	});
}

#[test]
fn sizes_from_one_byte_to_the_maximum_are_accepted() {
	build_and_execute(|| {
		let sized = |seed, size| NewRecord {
			content: Content { size, ..content(seed) },
			..new_record(seed)
		};
		assert_noop!(register_by(DOCTOR, sized(1, 0)), Error::<Test>::EmptyContent);
		assert_noop!(register_by(DOCTOR, sized(1, (1 << 30) + 1)), Error::<Test>::TooLarge);
		assert_ok!(register_by(DOCTOR, sized(1, 1)));
		assert_ok!(register_by(DOCTOR, sized(2, 1 << 30)));
	});
}

#[test]
fn a_root_can_be_registered_by_several_authors() {
	// Either registration may be erased first; the other one keeps the root.
	for first in [true, false] {
		build_and_execute(|| {
			let copy = NewRecord {
				patient: OTHER_PATIENT,
				organisation: CLINIC,
				wraps: wraps_for(&[OTHER_PATIENT]),
				..new_record(1)
			};
			assert_ok!(register_by(CLINICIAN, copy));
			let copy = RecordId::new(&CLINICIAN, &OTHER_PATIENT, &[1; 32]);
			let honest = confirmed(1);
			assert_eq!(version(honest, 1).state, VersionState::Stored);
			assert_eq!(version(copy, 1).state, VersionState::Pending);
			assert_eq!(
				Records::root(&cid(1)).unwrap().record,
				honest,
				"a storage node holds this version"
			);
			let (erased, owner, left) = match first {
				true => (copy, OTHER_PATIENT, honest),
				false => (honest, PATIENT, copy),
			};
			assert_ok!(Records::erase(RuntimeOrigin::signed(owner), erased));
			assert_eq!(Records::root(&cid(1)).unwrap().record, left);
			Records::do_try_state().unwrap();
			assert_ok!(Records::erase(
				RuntimeOrigin::signed(if first { PATIENT } else { OTHER_PATIENT }),
				left
			));
			assert_eq!(Records::root(&cid(1)), None);
		});
	}
}

#[test]
fn an_author_registers_a_root_once() {
	build_and_execute(|| {
		register(1);
		let new = NewRecord { content: content(1), ..new_record(2) };
		assert_noop!(register_by(DOCTOR, new), Error::<Test>::RootTaken);
	});
}

#[test]
fn a_root_has_no_more_versions_than_reads_see() {
	build_and_execute(|| {
		let first = register(1);
		let copy = |salt| NewRecord {
			patient: OTHER_PATIENT,
			organisation: CLINIC,
			wraps: wraps_for(&[OTHER_PATIENT]),
			content: content(1),
			..new_record(salt)
		};
		RootUseCounts::<Test>::insert(cid(1), crate::roots::MAX_FURTHER_USES);
		assert_noop!(register_by(CLINICIAN, copy(2)), Error::<Test>::RootFull);
		RootUseCounts::<Test>::remove(cid(1));
		for (salt, count) in [(2, 1), (3, 2)] {
			assert_ok!(register_by(CLINICIAN, copy(salt)));
			assert_eq!(RootUseCounts::<Test>::get(cid(1)), count);
		}
		// One takes the place of the first. Both that are erased make room.
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), first));
		assert_eq!(RootUseCounts::<Test>::get(cid(1)), 1);
		Records::do_try_state().unwrap();
		for salt in [2, 3] {
			let copy = RecordId::new(&CLINICIAN, &OTHER_PATIENT, &[salt; 32]);
			assert_ok!(Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), copy));
		}
		assert!(!RootUseCounts::<Test>::contains_key(cid(1)));
	});
}

#[test]
fn the_patient_must_get_a_wrap() {
	build_and_execute(|| {
		for wraps in [wraps_for(&[]), wraps_for(&[DOCTOR])] {
			let new = NewRecord { wraps, ..new_record(1) };
			assert_noop!(register_by(DOCTOR, new), Error::<Test>::MissingOwnerWrap);
		}
	});
}

#[test]
fn two_wraps_for_one_recipient_are_refused() {
	build_and_execute(|| {
		let new = NewRecord { wraps: wraps_for(&[PATIENT, DOCTOR, DOCTOR]), ..new_record(1) };
		assert_noop!(register_by(DOCTOR, new), Error::<Test>::DuplicateRecipient);
	});
}

#[test]
fn an_account_and_an_organisation_are_distinct_recipients() {
	build_and_execute(|| {
		let mut wraps = wraps_for(&[PATIENT, u64::from(CLINIC)]);
		wraps.try_push((Recipient::Organisation(CLINIC), wrap(3))).unwrap();
		assert_ok!(register_by(DOCTOR, NewRecord { wraps, ..new_record(1) }));
		assert_eq!(Records::wrap(&id(1), 1, &Recipient::Organisation(CLINIC)), Some(wrap(3)));
	});
}

#[test]
fn wraps_up_to_the_maximum_are_accepted() {
	build_and_execute(|| {
		let mut recipients = vec![PATIENT];
		recipients.extend(1_000..1_000 + u64::from(MAX_WRAPS) - 1);
		let new = NewRecord { wraps: wraps_for(&recipients), ..new_record(1) };
		assert_ok!(register_by(DOCTOR, new));
		assert_eq!(live(id(1)).wraps, MAX_WRAPS);
	});
}

#[test]
fn repeating_a_registration_succeeds_without_change() {
	build_and_execute(|| {
		register(1);
		events();
		Now::set(START + 9_000);
		let root_before = sp_io::storage::root(sp_runtime::StateVersion::V1);
		assert_ok!(register_by(DOCTOR, new_record(1)));
		// Wraps are sealed with fresh randomness each time, so they may differ.
		let new = NewRecord { wraps: wraps_for(&[PATIENT]), ..new_record(1) };
		assert_ok!(register_by(DOCTOR, new));
		assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), root_before);
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn repeating_a_registration_succeeds_after_a_revision() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		assert_ok!(register_by(DOCTOR, new_record(1)));
		assert_eq!(live(record).latest, 2);
	});
}

#[test]
fn a_salt_used_for_other_content_is_refused() {
	build_and_execute(|| {
		register(1);
		let others = [
			NewRecord { content: content(2), ..new_record(1) },
			NewRecord { category: Category::Imaging, ..new_record(1) },
			NewRecord { content: Content { size: 999, ..content(1) }, ..new_record(1) },
			NewRecord { content: Content { commitment: [9; 32], ..content(1) }, ..new_record(1) },
		];
		for other in others {
			assert_noop!(register_by(DOCTOR, other), Error::<Test>::AlreadyRegistered);
		}
		Roles::admit(DOCTOR, Role::Practitioner, Some(CLINIC));
		let other = NewRecord { organisation: CLINIC, ..new_record(1) };
		assert_noop!(register_by(DOCTOR, other), Error::<Test>::AlreadyRegistered);
	});
}

#[test]
fn the_same_salt_serves_other_authors_and_patients() {
	build_and_execute(|| {
		register(1);
		let by_clerk = NewRecord { content: content(2), ..new_record(1) };
		assert_ok!(register_by(CLERK, by_clerk));
		let of_other = NewRecord {
			patient: OTHER_PATIENT,
			content: content(3),
			wraps: wraps_for(&[OTHER_PATIENT]),
			..new_record(1)
		};
		assert_ok!(register_by(DOCTOR, of_other));
		assert_eq!(Records::status().records, 3);
	});
}

#[test]
fn a_patient_has_a_limited_number_of_records() {
	build_and_execute(|| {
		// Pretend that this many were registered. The count is restored before the final check.
		PatientRecordCounts::<Test>::insert(PATIENT, u32::MAX);
		assert_noop!(register_by(DOCTOR, new_record(1)), Error::<Test>::TooManyRecords);
		PatientRecordCounts::<Test>::remove(PATIENT);
	});
}

#[test]
fn the_call_is_feeless_and_unused_weight_is_refunded() {
	build_and_execute(|| {
		let call = Call::<Test>::register { new: new_record(1) };
		let own = <() as WeightInfo>::register(2) + wraps_weight(2);
		assert_eq!(call.get_dispatch_info().call_weight, own + MAX_TERMS_WEIGHT);
		let info = Records::register(RuntimeOrigin::signed(DOCTOR), new_record(1)).unwrap();
		assert_eq!(info.actual_weight, Some(own + TERMS_WEIGHT));
		use frame_support::dispatch::CheckIfFeeless;
		assert!(call.is_feeless(&RuntimeOrigin::signed(DOCTOR)));
	});
}

#[test]
fn a_refused_registration_pays_for_no_wraps() {
	build_and_execute(|| {
		let wraps: Vec<AccountId> = (PATIENT..PATIENT + 8).collect();
		let new = NewRecord { wraps: wraps_for(&wraps), ..new_record(1) };
		let content = Content { size: 0, ..new.content.clone() };
		let refused = |new| {
			let refusal = Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap_err();
			refusal.post_info.actual_weight.unwrap()
		};
		let own =
			<() as WeightInfo>::register(1) + <() as WeightInfo>::read_keys(7) + decoding_weight(8);
		// Before the decision, and after it.
		let unknown = NewRecord { patient: STRANGER, ..new.clone() };
		assert_eq!(refused(unknown), own);
		assert_eq!(refused(NewRecord { content, ..new }), own + TERMS_WEIGHT);
	});
}
