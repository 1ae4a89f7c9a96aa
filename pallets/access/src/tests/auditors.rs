//! Auditors: their appointment by the council, and the draw for a case.

use super::*;
use std::collections::BTreeSet;

/// Returns the auditors who are drawn for a case and have not voted.
fn drawn(case: CaseId) -> BTreeSet<AccountId> {
	let panel = Access::panel(case).expect("the case is kept");
	panel.waiting.into_iter().map(|(who, _)| who).collect()
}

/// Appoints `count` auditors, from account 200 on, each of a separate organisation, from number 50
/// on.
fn more(count: u32) {
	for number in 0..count {
		let (who, organisation) = (200 + u64::from(number), 50 + number);
		Roles::register(organisation, OrganisationKind::Regulator);
		Roles::admit(who, Role::Auditor, Some(organisation));
		appoint(who);
	}
}

#[test]
fn the_council_appoints_and_dismisses_auditors() {
	build_and_execute(|| {
		let appoint = |who| Access::appoint_auditor(RuntimeOrigin::root(), who);
		let dismiss = |who| Access::dismiss_auditor(RuntimeOrigin::root(), who);
		assert_ok!(appoint(NOVICE));
		let appointed = Event::AuditorAppointed { account: NOVICE, organisation: CLINIC };
		assert_eq!(events(), [appointed]);
		assert_eq!(Access::auditors().last(), Some(&(NOVICE, CLINIC)));
		assert_noop!(appoint(NOVICE), Error::<Test>::AlreadyAppointed);
		for who in [DOCTOR, PATIENT, STRANGER, ADMIN] {
			assert_noop!(appoint(who), Error::<Test>::NotAuditor);
			assert_noop!(dismiss(who), Error::<Test>::NotAppointed);
		}
		assert_ok!(dismiss(NOVICE));
		assert_eq!(events(), [Event::AuditorDismissed { account: NOVICE }]);
		Roles::suspend(&NOVICE, Role::Auditor);
		assert_noop!(appoint(NOVICE), Error::<Test>::NotAuditor);
		more(4);
		Roles::admit(STRANGER, Role::Auditor, Some(CLINIC));
		assert_noop!(appoint(STRANGER), Error::<Test>::TooManyAuditors);
		let bad = sp_runtime::DispatchError::BadOrigin;
		assert_noop!(Access::appoint_auditor(signed(CHIEF), STRANGER), bad);
		assert_noop!(Access::dismiss_auditor(signed(CHIEF), AUDITOR), bad);
	});
}

/// Runs a test with a case that the surgeon opened in the current block.
fn with_case(test: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		test(case);
	});
}

#[test]
fn nobody_is_drawn_before_the_lots_block_is_known() {
	with_case(|case| {
		for _ in 0..2 {
			assert!(drawn(case).is_empty());
			assert_noop!(review(AUDITOR, case, true, Reviewer::Auditor), Error::<Test>::LotPending);
			// The hospital's administrators need not wait for the draw.
			assert_eq!(Access::panel(case).expect("the case is kept").admins, [MATRON]);
			next_block();
		}
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR, EXAMINER].into());
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
	});
}

#[test]
fn a_late_read_of_the_panel_sees_the_same_lot() {
	let who = |blocks| {
		let mut panel = BTreeSet::new();
		build_and_execute(|| {
			more(4);
			deposit(ADMIN, HOSPITAL, MIN_BOND);
			let case = open(SURGEON, HOSPITAL, PATIENT);
			(0..blocks).for_each(|_| next_block());
			panel = drawn(case);
		});
		panel
	};
	assert_eq!(who(2).len(), 3);
	assert_eq!(who(2), who(5_000));
}

#[test]
fn the_lot_can_draw_every_eligible_auditor() {
	let mut often = std::collections::BTreeMap::<AccountId, u32>::new();
	for fate in 0..700 {
		new_test_ext().execute_with(|| {
			Fate::set(fate);
			more(4);
			deposit(ADMIN, HOSPITAL, MIN_BOND);
			for who in drawn(opened(SURGEON, HOSPITAL, PATIENT)) {
				*often.entry(who).or_default() += 1;
			}
		});
	}
	// Three of seven are drawn: each about 300 times, and the hospital's own auditor never.
	assert_eq!(often.len(), 7, "{often:?}");
	assert!(often.values().all(|times| (230..370).contains(times)), "{often:?}");
}

#[test]
fn two_cases_of_one_block_have_separate_draws() {
	let mut differ = 0;
	for fate in 0..50 {
		new_test_ext().execute_with(|| {
			Fate::set(fate);
			more(4);
			deposit(ADMIN, HOSPITAL, MIN_BOND);
			let first = open(SURGEON, HOSPITAL, PATIENT);
			let second = opened(DOCTOR, HOSPITAL, PATIENT);
			differ += u32::from(drawn(first) != drawn(second));
			assert_ok!(Access::do_try_state());
		});
	}
	assert!(differ > 25, "{differ}");
}

#[test]
fn an_organisation_has_one_seat() {
	with_case(|case| {
		next_block();
		wait(1);
		Roles::unregister(AUTHORITY);
		appoint(NOVICE);
		// The clinic's second auditor does not fill the free seat.
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR].into());
		assert_noop!(review(NOVICE, case, true, Reviewer::Auditor), Error::<Test>::NotDrawn);
		// The second auditor does once the first one is dismissed.
		assert_ok!(Access::dismiss_auditor(RuntimeOrigin::root(), AUDITOR));
		assert_eq!(drawn(case), [NOVICE, INSPECTOR].into());
		assert_ok!(review(NOVICE, case, true, Reviewer::Auditor));
		assert_eq!(drawn(case), [INSPECTOR].into());
	});
}

#[test]
fn auditors_appointed_later_take_nobodys_seat() {
	for fate in 0..50 {
		new_test_ext().execute_with(|| {
			Fate::set(fate);
			deposit(ADMIN, HOSPITAL, MIN_BOND);
			let case = opened(SURGEON, HOSPITAL, PATIENT);
			wait(1);
			more(4);
			assert_eq!(drawn(case), [AUDITOR, INSPECTOR, EXAMINER].into());
			Roles::suspend(&AUDITOR, Role::Auditor);
			let drawn = drawn(case);
			assert_eq!(drawn.len(), 3);
			assert!(drawn.is_superset(&[INSPECTOR, EXAMINER].into()));
		});
	}
}

#[test]
fn the_panel_grows_while_a_case_waits() {
	build_and_execute(|| {
		more(4);
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		let first = drawn(case);
		assert_eq!(first.len(), 3);
		wait(24 * HOUR - 1);
		assert_eq!(drawn(case), first);
		wait(1);
		assert_eq!(drawn(case).len(), 6);
		assert!(drawn(case).is_superset(&first));
		wait(24 * HOUR);
		assert_eq!(drawn(case).len(), 7);
		// Rejecting the case still requires two votes.
		let second = drawn(case).into_iter().next_back().expect("an auditor is drawn");
		assert_ok!(review(second, case, false, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
	});
}

#[test]
fn auditors_with_ties_to_hospital_or_opener_are_not_drawn() {
	let falls = |what: fn()| {
		with_case(|case| {
			next_block();
			next_block();
			assert!(drawn(case).contains(&AUDITOR));
			what();
			assert!(!drawn(case).contains(&AUDITOR));
			assert_noop!(review(AUDITOR, case, false, Reviewer::Auditor), Error::<Test>::NotDrawn);
		});
	};
	// The auditor administers the hospital.
	falls(|| Roles::appoint(HOSPITAL, AUDITOR));
	// The auditor was admitted by an administrator of the hospital, or by one who vouched for the
	// opener.
	falls(|| Roles::set_admitter(AUDITOR, Role::Auditor, MATRON));
	falls(|| {
		Roles::dismiss(HOSPITAL, ADMIN);
		Roles::set_admitter(AUDITOR, Role::Auditor, ADMIN);
	});
	// The auditor's organisation is administered by one of those.
	falls(|| Roles::appoint(CLINIC, MATRON));
	falls(|| {
		Roles::dismiss(HOSPITAL, DEPUTY);
		Roles::appoint(CLINIC, DEPUTY);
	});
	// The auditor was a member of the hospital at the time of appointment.
	falls(|| Roles::admit(AUDITOR, Role::Researcher, Some(HOSPITAL)));
	// The opener also acts for the auditor's organisation.
	falls(|| Roles::admit(SURGEON, Role::Researcher, Some(CLINIC)));
	// The auditor is no longer one, or audits for a different organisation from that at
	// the time of appointment.
	falls(|| Roles::suspend_organisation(CLINIC));
	falls(|| Roles::admit(AUDITOR, Role::Auditor, Some(AUTHORITY)));
}

#[test]
fn a_hospital_cannot_remove_an_auditor_by_admitting_them() {
	with_case(|case| {
		next_block();
		next_block();
		wait(1);
		Roles::admit(AUDITOR, Role::Researcher, Some(HOSPITAL));
		// Being the hospital's patient was never a tie.
		Roles::admit(INSPECTOR, Role::Patient, Some(HOSPITAL));
		Roles::change(INSPECTOR, Role::Patient, |member| member.since = START);
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR, EXAMINER].into());
	});
}

#[test]
fn patients_do_not_review_cases_about_themselves() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		Roles::admit(AUDITOR, Role::Patient, None);
		let case = opened(SURGEON, HOSPITAL, AUDITOR);
		assert_eq!(drawn(case), [INSPECTOR, EXAMINER].into());
	});
}

#[test]
fn a_case_without_auditors_stays_open_and_bars_the_hospital() {
	build_and_execute(|| {
		for who in [AUDITOR, INSPECTOR, EXAMINER] {
			assert_ok!(Access::dismiss_auditor(RuntimeOrigin::root(), who));
		}
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		assert!(drawn(case).is_empty());
		assert_ok!(review(MATRON, case, true, Reviewer::Admin));
		assert_eq!(status(case), CaseStatus::Open);
		wait(72 * HOUR);
		assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::ReviewOverdue);
		// The council appoints one.
		appoint(EXAMINER);
		assert_ok!(review(EXAMINER, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
		open(DOCTOR, HOSPITAL, PATIENT);
	});
}
