//! Breaking the glass: conditions, limits, and the access that a case gives.

use super::*;
use std::cell::RefCell;

/// Result of an emergency: the log, the release and the case, and the events.
type Left = (
	(Vec<LogEntry<AccountId>>, Option<Release<AccountId>>, Option<EmergencyCase<AccountId>>),
	Vec<Event<Test>>,
);

fn open_case(who: AccountId, patient: AccountId) -> Option<CaseId> {
	Access::open_case(&who, &patient, Now::get())
}

#[test]
fn an_emergency_is_opened_logged_and_notified() {
	with_bond(|| {
		assert_eq!(open(SURGEON, HOSPITAL, PATIENT), 1);
		let until = START + 4 * HOUR;
		let review_by = START + 72 * HOUR;
		let case = EmergencyCase {
			patient: PATIENT,
			opener: SURGEON,
			organisation: HOSPITAL,
			reason: EmergencyReason::Unconscious,
			statement: [5; 32],
			opened: START,
			until,
			review_by,
			auditor: None,
			admin: None,
			status: CaseStatus::Open,
		};
		assert_eq!(Access::emergency(1), Some(case.clone()));
		assert_eq!(Access::emergencies_of(&PATIENT), [(1, case.clone())]);
		assert_eq!(Access::reviews_due(HOSPITAL), [(1, case)]);
		let entry = last_entry(PATIENT);
		assert_eq!((entry.actor, entry.organisation), (SURGEON, Some(HOSPITAL)));
		assert_eq!(
			entry.event,
			LogEvent::EmergencyOpened {
				case: 1,
				reason: EmergencyReason::Unconscious,
				statement: [5; 32],
				until
			}
		);
		let notice = Event::EmergencyOpened {
			case: 1,
			patient: PATIENT,
			opener: SURGEON,
			organisation: HOSPITAL,
			reason: EmergencyReason::Unconscious,
			until,
			review_by,
		};
		assert!(events().contains(&notice));
	});
}

#[test]
fn a_case_opens_its_patients_records_until_it_ends() {
	with_bond(|| {
		assert_eq!(open_case(SURGEON, PATIENT), None);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		assert_eq!(open_case(SURGEON, PATIENT), Some(case));
		assert_eq!(open_case(DOCTOR, PATIENT), None);
		assert_eq!(open_case(SURGEON, OTHER_PATIENT), None);
		wait(4 * HOUR - 1);
		assert_eq!(open_case(SURGEON, PATIENT), Some(case));
		wait(1);
		assert_eq!(open_case(SURGEON, PATIENT), None);
	});
}

#[test]
fn only_live_practitioners_of_the_hospital_open_a_case() {
	with_bond(|| {
		deposit(CHIEF, CLINIC, MIN_BOND);
		for who in [ADMIN, AUDITOR, OTHER_PATIENT, STRANGER, CHEMIST, CLINICIAN] {
			assert_noop!(try_open(who, HOSPITAL, PATIENT), Error::<Test>::NotPractitioner);
		}
		assert_noop!(try_open(SURGEON, CLINIC, PATIENT), Error::<Test>::NotPractitioner);
		Roles::suspend(&SURGEON, Role::Practitioner);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::NotPractitioner);
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::NotPractitioner);
	});
}

#[test]
fn only_hospitals_break_the_glass() {
	with_bond(|| {
		assert_noop!(try_open(CHEMIST, PHARMACY, PATIENT), Error::<Test>::NotHospital);
	});
}

#[test]
fn only_confirmed_credentials_count() {
	with_bond(|| {
		assert_noop!(try_open(NURSE, HOSPITAL, PATIENT), Error::<Test>::NotAttested);
	});
}

#[test]
fn the_patient_exists_and_is_someone_else() {
	with_bond(|| {
		assert_noop!(try_open(SURGEON, HOSPITAL, NURSE), Error::<Test>::UnknownPatient);
		assert_noop!(try_open(SURGEON, HOSPITAL, STRANGER), Error::<Test>::UnknownPatient);
		Roles::admit(SURGEON, Role::Patient, None);
		assert_noop!(try_open(SURGEON, HOSPITAL, SURGEON), Error::<Test>::Oneself);
		// A patient with a suspended membership may be unconscious as well.
		Roles::suspend(&PATIENT, Role::Patient);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
	});
}

#[test]
fn a_clinician_has_one_open_case_per_patient() {
	with_bond(|| {
		open(SURGEON, HOSPITAL, PATIENT);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::AlreadyOpen);
		assert_ok!(try_open(DOCTOR, HOSPITAL, PATIENT));
		wait(4 * HOUR);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
		assert_eq!(open_case(SURGEON, PATIENT), Some(3));
	});
}

#[test]
fn a_clinician_opens_a_limited_number_of_cases_within_a_day() {
	with_bond(|| {
		for patient in [PATIENT, OTHER_PATIENT, LONER] {
			open(SURGEON, HOSPITAL, patient);
			wait(5 * HOUR);
		}
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::TooManyEmergencies);
		assert_ok!(try_open(DOCTOR, HOSPITAL, PATIENT));
		wait(9 * HOUR - 1);
		MaxUnreviewed::set(100);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::TooManyEmergencies);
		wait(1);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
	});
}

#[test]
fn a_hospital_without_a_bond_does_not_break_the_glass() {
	build_and_execute(|| {
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::BondTooSmall);
		deposit(ADMIN, HOSPITAL, MIN_BOND - 1);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::BondTooSmall);
		deposit(ADMIN, HOSPITAL, 1);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
	});
}

#[test]
fn an_overdue_review_blocks_only_its_hospital() {
	with_bond(|| {
		deposit(CHIEF, CLINIC, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		wait(72 * HOUR - 1);
		open(DOCTOR, HOSPITAL, OTHER_PATIENT);
		wait(1);
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::ReviewOverdue);
		assert_ok!(try_open(CLINICIAN, CLINIC, PATIENT));
		// One review is not enough. Both are, even if late.
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::ReviewOverdue);
		assert_ok!(review(MATRON, case, true, Reviewer::Admin));
		assert_ok!(try_open(DOCTOR, HOSPITAL, PATIENT));
	});
}

#[test]
fn a_hospital_with_a_full_review_queue_opens_no_case() {
	with_bond(|| {
		MaxUnreviewed::set(2);
		open(SURGEON, HOSPITAL, PATIENT);
		open(SURGEON, HOSPITAL, OTHER_PATIENT);
		assert_noop!(try_open(DOCTOR, HOSPITAL, LONER), Error::<Test>::TooManyUnreviewed);
	});
}

#[test]
fn the_oldest_decided_case_of_a_patient_makes_room() {
	with_bond(|| {
		MaxUnreviewed::set(100);
		MaxUnreviewedPerPatient::set(100);
		MaxCases::set(3);
		for _ in 0..3 {
			open(SURGEON, HOSPITAL, PATIENT);
			wait(12 * HOUR);
		}
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::TooManyCases);
		justify(2);
		events();
		assert_eq!(open(DOCTOR, HOSPITAL, PATIENT), 4);
		assert!(events().contains(&Event::CaseForgotten { case: 2 }));
		let kept: Vec<_> = Access::emergencies_of(&PATIENT).into_iter().map(|(id, _)| id).collect();
		assert_eq!(kept, [1, 3, 4]);
	});
}

#[test]
fn a_hospital_leaves_room_for_other_hospitals_cases() {
	with_bond(|| {
		deposit(CHIEF, CLINIC, MIN_BOND);
		for _ in 0..3 {
			open(SURGEON, HOSPITAL, PATIENT);
			wait(12 * HOUR);
		}
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::TooManyForPatient);
		assert_noop!(request_in_emergency(SURGEON, LAB), Error::<Test>::TooManyForPatient);
		// Neither another hospital nor another patient is concerned.
		assert_ok!(try_open(CLINICIAN, CLINIC, PATIENT));
		assert_ok!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT));
	});
}

#[test]
fn a_decided_case_makes_room_for_one_of_its_hospital() {
	with_bond(|| {
		MaxCases::set(100);
		for _ in 0..3 {
			open(SURGEON, HOSPITAL, PATIENT);
			wait(12 * HOUR);
		}
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::TooManyForPatient);
		justify(1);
		assert_eq!(opened(DOCTOR, HOSPITAL, PATIENT), 4);
		wait(5 * HOUR);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::TooManyForPatient);
		// So does a rejected one, once the bond is whole again.
		reject(4);
		deposit(ADMIN, HOSPITAL, FINE);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
	});
}

#[test]
fn a_case_opens_nothing_once_its_opener_could_not_open_it() {
	let falls = |what: fn()| {
		with_bond(|| {
			open(SURGEON, HOSPITAL, PATIENT);
			// Another live membership does not carry the case.
			Roles::admit(SURGEON, Role::Auditor, Some(CLINIC));
			assert!(open_case(SURGEON, PATIENT).is_some());
			what();
			assert_eq!(open_case(SURGEON, PATIENT), None);
		});
	};
	falls(|| Roles::suspend(&SURGEON, Role::Practitioner));
	falls(|| Roles::suspend_organisation(HOSPITAL));
	falls(|| {
		change(|world| {
			world.attested.remove(&SURGEON);
		})
	});
	falls(|| Roles::admit(SURGEON, Role::Practitioner, Some(CLINIC)));
}

#[test]
fn one_administrator_alone_cannot_enable_a_case() {
	with_bond(|| {
		let confirmed_by = |by: &[AccountId]| {
			let by = by.iter().copied().collect();
			change(|world| {
				world.attested.insert(SURGEON, by);
			})
		};
		confirmed_by(&[ADMIN]);
		assert_noop!(try_open(SURGEON, HOSPITAL, PATIENT), Error::<Test>::VouchedByOne);
		confirmed_by(&[ADMIN, DEPUTY]);
		assert_ok!(try_open(SURGEON, HOSPITAL, PATIENT));
		// If it is unknown who admitted them, it may have been either of two.
		Roles::forget_admitter(DOCTOR, Role::Practitioner);
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::VouchedByOne);
		change(|world| {
			world.attested.insert(DOCTOR, [ADMIN, DEPUTY].into());
		});
		assert_ok!(try_open(DOCTOR, HOSPITAL, PATIENT));
	});
}

#[test]
fn a_case_that_would_open_nothing_is_refused() {
	with_bond(|| {
		change(|world| {
			world.opted_out.insert(PATIENT);
			world.denied.insert((OTHER_PATIENT, SURGEON));
		});
		for patient in [PATIENT, OTHER_PATIENT] {
			assert_noop!(try_open(SURGEON, HOSPITAL, patient), Error::<Test>::BarredByPatient);
		}
		assert_ok!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT));
	});
}

#[test]
fn a_case_needs_a_written_reason() {
	with_bond(|| {
		let reason = EmergencyReason::Other;
		assert_noop!(
			plain(Access::open_emergency(signed(SURGEON), PATIENT, HOSPITAL, reason, [0; 32])),
			Error::<Test>::NoStatement
		);
	});
}

#[test]
fn a_hospital_opens_a_limited_number_of_cases_within_a_day() {
	with_bond(|| {
		MaxOfHospital::set(2);
		deposit(CHIEF, CLINIC, MIN_BOND);
		open(SURGEON, HOSPITAL, PATIENT);
		open(DOCTOR, HOSPITAL, PATIENT);
		assert_noop!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT), Error::<Test>::TooManyOfHospital);
		assert_ok!(try_open(CLINICIAN, CLINIC, PATIENT));
		wait(24 * HOUR);
		assert_ok!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT));
	});
}

#[test]
fn cases_under_one_administrator_are_limited_within_a_day() {
	with_bond(|| {
		MaxUnderAdmin::set(2);
		open(SURGEON, HOSPITAL, PATIENT);
		open(DOCTOR, HOSPITAL, PATIENT);
		assert_noop!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT), Error::<Test>::TooManyUnderAdmin);
		Roles::set_admitter(NURSE, Role::Practitioner, MATRON);
		change(|world| {
			world.attested.insert(NURSE, [DEPUTY].into());
		});
		assert_ok!(try_open(NURSE, HOSPITAL, PATIENT));
		wait(24 * HOUR);
		assert_ok!(try_open(DOCTOR, HOSPITAL, OTHER_PATIENT));
	});
}

/// Breaks the glass and requests in one call.
fn request_in_emergency(who: AccountId, record: RecordId) -> DispatchResult {
	let reason = EmergencyReason::Unconscious;
	let request = AccessRequest { purpose: Purpose::BTG, ..asking(record, None, fresh_key()) };
	plain(Access::request_in_emergency(signed(who), HOSPITAL, reason, [5; 32], request))
}

#[test]
fn a_request_in_an_emergency_does_what_the_two_calls_do() {
	let left: RefCell<Vec<Left>> = RefCell::default();
	for together in [true, false] {
		with_bond(|| {
			if together {
				assert_ok!(request_in_emergency(SURGEON, LAB));
			} else {
				open(SURGEON, HOSPITAL, PATIENT);
				let request =
					AccessRequest { purpose: Purpose::BTG, ..asking(LAB, None, fresh_key()) };
				assert_ok!(put(SURGEON, request));
			}
			assert_eq!(last_answer(PATIENT), Decision::Permit(Basis::Emergency(1)));
			let state = (log_of(PATIENT), Releases::<Test>::get(1), Access::emergency(1));
			left.borrow_mut().push((state, events()));
		});
	}
	let left = left.into_inner();
	assert_eq!(left[0], left[1]);
}

#[test]
fn a_request_that_needs_no_case_or_is_denied_opens_none() {
	with_bond(|| {
		// The doctor has a grant.
		assert_noop!(request_in_emergency(DOCTOR, LAB), Error::<Test>::NotByCase);
		assert_noop!(
			request_in_emergency(SURGEON, RecordId([0xee; 32])),
			Error::<Test>::UnknownRecord
		);
		change(|world| world.guardians.extend([(PATIENT, SURGEON)]));
		assert_noop!(request_in_emergency(SURGEON, LAB), Error::<Test>::NotByCase);
		change(|world| world.guardians.clear());
		let unknown = AccessRequest { version: Some(9), ..asking(LAB, None, fresh_key()) };
		let reason = EmergencyReason::Other;
		assert_noop!(
			plain(Access::request_in_emergency(
				signed(SURGEON),
				HOSPITAL,
				reason,
				[5; 32],
				unknown
			)),
			Error::<Test>::NotByCase
		);
		assert_noop!(request_in_emergency(NURSE, LAB), Error::<Test>::NotAttested);
		Records::erase(FOREIGN);
		assert_noop!(request_in_emergency(SURGEON, FOREIGN), Error::<Test>::RecordErased);
		assert_ok!(request_in_emergency(SURGEON, LAB));
		assert_noop!(request_in_emergency(SURGEON, LAB), Error::<Test>::AlreadyOpen);
	});
}

#[test]
fn a_request_in_an_emergency_that_exceeds_a_limit_opens_no_case() {
	with_bond(|| {
		for number in 0..5 {
			change(|world| world.grants.extend([((PATIENT, SURGEON), 7)]));
			assert_ok!(put(SURGEON, asking(LAB, None, key(number))));
		}
		change(|world| world.grants.clear());
		assert_noop!(request_in_emergency(SURGEON, LAB), Error::<Test>::TooManyOpen);
	});
}
