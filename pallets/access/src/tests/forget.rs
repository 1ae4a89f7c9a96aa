//! Decided cases leave the state when they are old.

use super::*;

fn decided() -> CaseId {
	deposit(ADMIN, HOSPITAL, MIN_BOND);
	let case = opened(SURGEON, HOSPITAL, PATIENT);
	justify(case);
	case
}

fn forget(who: AccountId, case: CaseId) -> DispatchResult {
	Access::forget_case(signed(who), case)
}

#[test]
fn an_old_decided_case_is_forgotten_and_the_log_keeps_it() {
	for who in [PATIENT, AUDITOR] {
		build_and_execute(|| {
			let case = decided();
			wait(YEAR);
			events();
			assert_ok!(forget(who, case));
			assert_eq!(events(), [Event::CaseForgotten { case }]);
			assert_eq!(Access::emergency(case), None);
			assert_eq!(Reviews::<Test>::get(case), None);
			assert!(!CasesOf::<Test>::contains_key(PATIENT));
			assert_eq!(LatestCase::<Test>::get(PATIENT, SURGEON), None);
			assert_eq!(log_of(PATIENT).len(), 3);
			assert_noop!(forget(who, case), Error::<Test>::UnknownCase);
		});
	}
}

#[test]
fn a_young_case_stays() {
	build_and_execute(|| {
		let case = decided();
		wait(YEAR - 1);
		assert_noop!(forget(PATIENT, case), Error::<Test>::TooYoung);
	});
}

#[test]
fn an_open_case_stays_at_any_age() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		wait(2 * YEAR);
		assert_noop!(forget(PATIENT, case), Error::<Test>::NotDecided);
	});
}

#[test]
fn only_the_patient_and_appointed_auditors_forget_a_case() {
	build_and_execute(|| {
		let case = decided();
		wait(YEAR);
		for who in [SURGEON, ADMIN, OTHER_PATIENT, STRANGER, NOVICE] {
			assert_noop!(forget(who, case), Error::<Test>::NotKeeper);
		}
	});
}

#[test]
fn forgetting_a_case_keeps_a_later_one_as_the_latest() {
	build_and_execute(|| {
		let first = decided();
		wait(YEAR);
		let second = open(SURGEON, HOSPITAL, PATIENT);
		assert_ok!(forget(PATIENT, first));
		assert_eq!(LatestCase::<Test>::get(PATIENT, SURGEON), Some(second));
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), Some(second));
	});
}

#[test]
fn the_latest_case_can_be_forgotten_before_an_earlier_one() {
	build_and_execute(|| {
		let first = decided();
		wait(YEAR);
		let second = decided();
		wait(YEAR);
		assert_ok!(forget(PATIENT, second));
		assert_eq!(LatestCase::<Test>::get(PATIENT, SURGEON), None);
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), None);
		assert_ok!(Access::do_try_state());
		assert_ok!(forget(PATIENT, first));
	});
}
