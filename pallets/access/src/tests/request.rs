//! Requests: the accounts that may ask, the answers, and the log entries.

use super::*;

#[test]
fn a_permit_is_logged_and_opens_a_release() {
	build_and_execute(|| {
		System::set_block_number(9);
		let request = asking(LAB, None, key(1));
		assert_ok!(put(DOCTOR, request));
		let entry = LogEntry {
			index: 0,
			block: 9,
			at: START,
			actor: DOCTOR,
			organisation: Some(HOSPITAL),
			event: LogEvent::Requested {
				request: 1,
				record: LAB,
				version: 2,
				purpose: Purpose::TREAT,
				decision: Decision::Permit(Basis::Grant(1)),
			},
		};
		let head = entry.extend(&[0; 32]);
		assert_eq!(log_of(PATIENT), std::slice::from_ref(&entry));
		assert_eq!(
			Releases::<Test>::get(1),
			Some(Release {
				request: 1,
				patient: PATIENT,
				index: 0,
				entry: head,
				reader: DOCTOR,
				record: LAB,
				version: 2,
				purpose: Purpose::TREAT,
				reader_key: key(1),
				basis: Basis::Grant(1),
				epoch: EPOCH,
				threshold: THRESHOLD,
				shares: 0,
				expires: START + HOUR,
			})
		);
		assert_eq!(
			events(),
			[
				Event::Logged { patient: PATIENT, index: 0, head, entry },
				Event::Permitted {
					request: 1,
					patient: PATIENT,
					reader: DOCTOR,
					epoch: Some(EPOCH)
				},
			]
		);
	});
}

#[test]
fn a_denial_is_logged_and_opens_nothing() {
	build_and_execute(|| {
		assert_eq!(asked(NURSE, LAB), 1);
		let denied = Decision::Deny(DenyReason::NoGrant);
		assert_eq!(last_answer(PATIENT), denied);
		assert_eq!(last_entry(PATIENT).organisation, Some(HOSPITAL));
		assert_eq!(Releases::<Test>::get(1), None);
		assert!(events().contains(&Event::Refused {
			request: 1,
			patient: PATIENT,
			reader: NURSE,
			reason: DenyReason::NoGrant
		}));
		assert!(Counted::get().is_empty());
	});
}

#[test]
fn a_permit_counts_one_use_of_its_basis() {
	build_and_execute(|| {
		asked(DOCTOR, LAB);
		asked(DOCTOR, NOTE);
		let grant = Basis::Grant(1);
		assert_eq!(Counted::get(), [(DOCTOR, LAB, grant), (DOCTOR, NOTE, grant)]);
	});
}

#[test]
fn a_version_in_direct_mode_is_logged_and_has_no_release() {
	build_and_execute(|| {
		let request = asked(DOCTOR, NOTE);
		assert!(last_answer(PATIENT).is_permit());
		assert_eq!(Releases::<Test>::get(request), None);
		assert!(events().contains(&Event::Permitted {
			request,
			patient: PATIENT,
			reader: DOCTOR,
			epoch: None
		}));
	});
}

#[test]
fn patients_read_their_own_records_for_no_organisation() {
	build_and_execute(|| {
		asked(PATIENT, LAB);
		assert_eq!(last_answer(PATIENT), Decision::Permit(Basis::Patient));
		assert_eq!(last_entry(PATIENT).organisation, None);
	});
}

#[test]
fn requests_by_non_members_fail_and_are_not_logged() {
	build_and_execute(|| {
		assert_noop!(ask(STRANGER, LAB), Error::<Test>::NotMember);
		assert_noop!(
			plain(Access::request(RuntimeOrigin::none(), asking(LAB, None, key(1)))),
			sp_runtime::DispatchError::BadOrigin
		);
		assert!(log_of(PATIENT).is_empty());
	});
}

#[test]
fn denials_of_suspended_members_are_logged() {
	build_and_execute(|| {
		Roles::suspend_organisation(HOSPITAL);
		asked(DOCTOR, LAB);
		let denied = Decision::Deny(DenyReason::NotInGoodStanding);
		assert_eq!(last_answer(PATIENT), denied);
		assert_eq!(last_entry(PATIENT).organisation, Some(HOSPITAL));
	});
}

#[test]
fn a_request_for_an_unknown_record_is_not_logged() {
	build_and_execute(|| {
		assert_noop!(ask(DOCTOR, RecordId([9; 32])), Error::<Test>::UnknownRecord);
	});
}

#[test]
fn an_erased_record_is_denied_in_the_log_of_its_patient() {
	build_and_execute(|| {
		Records::erase(LAB);
		asked(DOCTOR, LAB);
		let denied = Decision::Deny(DenyReason::RecordErased);
		assert_eq!(last_answer(PATIENT), denied);
		let LogEvent::Requested { version, .. } = last_entry(PATIENT).event else {
			panic!("a request was logged");
		};
		assert_eq!(version, 0);
	});
}

#[test]
fn a_missing_version_is_denied_and_logged_as_number_0() {
	build_and_execute(|| {
		for version in [0, 3, Version::MAX] {
			let request = asking(LAB, Some(version), fresh_key());
			assert_ok!(put(DOCTOR, request));
			let LogEvent::Requested { version, decision, .. } = last_entry(PATIENT).event else {
				panic!("a request was logged");
			};
			assert_eq!(version, 0);
			assert_eq!(decision, Decision::Deny(DenyReason::UnknownVersion));
		}
	});
}

#[test]
fn an_earlier_version_can_be_released() {
	build_and_execute(|| {
		let request = asking(LAB, Some(1), key(1));
		assert_ok!(put(DOCTOR, request));
		assert_eq!(Releases::<Test>::get(1).map(|open| open.version), Some(1));
	});
}

#[test]
fn a_version_sealed_to_a_keyless_epoch_is_refused() {
	build_and_execute(|| {
		Records::seal(LAB, 2, KEYLESS);
		assert_noop!(ask(DOCTOR, LAB), Error::<Test>::EpochWithoutKey);
	});
}

#[test]
fn a_reader_key_of_zeros_is_refused() {
	build_and_execute(|| {
		assert_noop!(put(DOCTOR, asking(LAB, None, [0; 32])), Error::<Test>::InvalidReaderKey);
		// In direct mode nothing is sealed to it.
		assert_ok!(put(DOCTOR, asking(NOTE, None, [0; 32])));
	});
}

#[test]
fn the_log_names_the_first_live_memberships_organisation() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Auditor, Some(CLINIC));
		Roles::admit(DOCTOR, Role::Patient, Some(PHARMACY));
		asked(DOCTOR, LAB);
		assert_eq!(last_entry(PATIENT).organisation, Some(HOSPITAL));
		Roles::suspend(&DOCTOR, Role::Practitioner);
		asked(DOCTOR, LAB);
		assert_eq!(last_entry(PATIENT).organisation, Some(CLINIC));
	});
}

/// Neither for requests that are still permitted nor for those that are denied.
#[test]
fn the_log_never_names_an_organisation_that_revoked_a_reader() {
	build_and_execute(|| {
		for reader in [DOCTOR, NURSE] {
			for patient_too in [false, true] {
				Roles::forget(reader);
				Roles::admit(reader, Role::Practitioner, Some(HOSPITAL));
				Roles::set_status(reader, Role::Practitioner, MemberStatus::Revoked);
				if patient_too {
					Roles::admit(reader, Role::Patient, Some(PHARMACY));
				}
				asked(reader, LAB);
				assert_eq!(last_entry(PATIENT).actor, reader);
				assert_eq!(last_entry(PATIENT).organisation, None);
			}
		}
		// An organisation that only suspended them is still named.
		Roles::set_status(NURSE, Role::Practitioner, MemberStatus::Suspended);
		asked(NURSE, LAB);
		assert_eq!(last_entry(PATIENT).organisation, Some(HOSPITAL));
	});
}

#[test]
fn only_a_certain_denial_within_the_quota_is_free() {
	build_and_execute(|| {
		let request = asking(LAB, None, key(1));
		let free = || Access::refuses_free(&DOCTOR, &request);
		assert!(!free(), "a live member has an allowance");
		Roles::suspend(&DOCTOR, Role::Practitioner);
		assert!(free());
		assert!(!Access::refuses_free(&STRANGER, &request));
		let unknown = asking(RecordId([0xee; 32]), None, key(1));
		assert!(!Access::refuses_free(&DOCTOR, &unknown));

		let period = START / DAY;
		let usage = |used| Usage { period, used };
		DenialUsages::<Test>::insert(Pool::Staff(HOSPITAL), usage(QUOTA));
		assert!(!free(), "the quota is used up");
		DenialUsages::<Test>::insert(Pool::Staff(HOSPITAL), usage(0));
		for _ in
			0..<<Test as Config>::MaxDenialsPerPatient as frame_support::traits::Get<u32>>::get()
		{
			assert!(free());
			DenialsOf::<Test>::mutate(DOCTOR, |denials| {
				denials.try_push((PATIENT, START)).expect("there is room")
			});
		}
		assert!(!free(), "too many denials with this patient");
		wait(DAY);
		assert!(free());
	});
}
