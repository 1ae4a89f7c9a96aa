//! Cases that were opened before the introduction of panels.

use super::*;

/// Runs a test with a case of the surgeon as the old storage had it.
fn old(test: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		Reviews::<Test>::remove(case);
		let _ = Lots::<Test>::clear(9, None);
		RunningUntil::<Test>::remove(HOSPITAL);
		assert_ok!(Access::do_try_state());
		test(case);
	});
}

fn said(case: CaseId, change: impl FnOnce(&mut EmergencyCase<AccountId>)) {
	Cases::<Test>::mutate(case, |case| change(case.as_mut().expect("is kept")));
}

#[test]
fn old_cases_are_reviewed_like_new_ones() {
	old(|case| {
		let panel = Access::panel(case).expect("the case is kept");
		assert_eq!(panel.waiting.len(), 3);
		assert_eq!(panel.admins, [MATRON]);
		justify(case);
		assert_eq!(status(case), CaseStatus::Justified);
	});
	old(|case| {
		reject(case);
		assert_eq!(status(case), CaseStatus::Rejected);
	});
}

#[test]
fn old_reviews_by_ineligible_people_do_not_count() {
	old(|case| {
		// An auditor whom the council did not appoint, and the administrator who admitted the
		// opener.
		said(case, |case| case.auditor = Some((NOVICE, true)));
		assert_ok!(review(MATRON, case, true, Reviewer::Admin));
		assert_eq!(status(case), CaseStatus::Open);
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
	old(|case| {
		said(case, |case| case.admin = Some((ADMIN, true)));
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
	});
	// The vote of somebody who may still vote counts.
	old(|case| {
		said(case, |case| case.admin = Some((MATRON, true)));
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
}

#[test]
fn old_cases_open_records_until_they_end() {
	old(|case| {
		change(|world| {
			world.attested.insert(SURGEON, [ADMIN].into());
		});
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), Some(case));
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), Some(case));
	});
}
