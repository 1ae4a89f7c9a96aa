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
fn a_case_that_waits_for_a_review_stays_however_old() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		wait(2 * YEAR);
		assert_noop!(forget(PATIENT, case), Error::<Test>::NotDecided);
	});
}

#[test]
fn others_have_no_say_in_it() {
	build_and_execute(|| {
		let case = decided();
		wait(YEAR);
		for who in [SURGEON, ADMIN, OTHER_PATIENT, STRANGER, NOVICE] {
			assert_noop!(forget(who, case), Error::<Test>::NotKeeper);
		}
	});
}

#[test]
fn a_later_case_of_the_same_two_stays_the_latest() {
	build_and_execute(|| {
		let first = decided();
		wait(YEAR);
		let second = open(SURGEON, HOSPITAL, PATIENT);
		assert_ok!(forget(PATIENT, first));
		assert_eq!(LatestCase::<Test>::get(PATIENT, SURGEON), Some(second));
		assert_eq!(
			Access::open_case(&SURGEON, &PATIENT, Now::get()),
			Some(second)
		);
	});
}
