//! Auditors: whom the council appoints, and who is drawn for a case.

use super::*;
use std::collections::BTreeSet;

/// Those who are drawn for a case and have not spoken.
fn drawn(case: CaseId) -> BTreeSet<AccountId> {
	let panel = Access::panel(case).expect("the case is kept");
	panel.waiting.into_iter().map(|(who, _)| who).collect()
}

/// Auditors 200 and on, each appointed and of an organisation of its own, with a number from 50 on.
fn more(count: u32) {
	for number in 0..count {
		let (who, organisation) = (200 + u64::from(number), 50 + number);
		change(|world| {
			world
				.kinds
				.insert(organisation, OrganisationKind::Regulator);
			world
				.members
				.insert((who, Role::Auditor), membership(Some(organisation)));
		});
		appoint(who);
	}
}

#[test]
fn the_council_appoints_and_dismisses_auditors() {
	build_and_execute(|| {
		let appoint = |who| Access::appoint_auditor(RuntimeOrigin::root(), who);
		let dismiss = |who| Access::dismiss_auditor(RuntimeOrigin::root(), who);
		assert_ok!(appoint(NOVICE));
		let appointed = Event::AuditorAppointed {
			account: NOVICE,
			organisation: CLINIC,
		};
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
		change(|world| {
			let auditor = membership(Some(CLINIC));
			world.members.insert((STRANGER, Role::Auditor), auditor);
		});
		assert_noop!(appoint(STRANGER), Error::<Test>::TooManyAuditors);
		let bad = sp_runtime::DispatchError::BadOrigin;
		assert_noop!(Access::appoint_auditor(signed(CHIEF), STRANGER), bad);
		assert_noop!(Access::dismiss_auditor(signed(CHIEF), AUDITOR), bad);
	});
}

/// A case of the surgeon, opened this very block.
fn with_case(test: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		test(case);
	});
}

#[test]
fn nobody_is_drawn_before_the_block_after_the_opening_is_known() {
	with_case(|case| {
		for _ in 0..2 {
			assert!(drawn(case).is_empty());
			assert_noop!(
				review(AUDITOR, case, true, Reviewer::Auditor),
				Error::<Test>::LotPending
			);
			// The hospital need not wait for that.
			assert_eq!(
				Access::panel(case).expect("the case is kept").admins,
				[MATRON]
			);
			next_block();
		}
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR, EXAMINER].into());
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
	});
}

#[test]
fn the_lot_is_kept_however_late_someone_looks() {
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
fn the_lot_falls_on_everyone() {
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
	// Three of seven: each of them some 300 times, and the hospital's own auditor never.
	assert_eq!(often.len(), 7, "{often:?}");
	assert!(
		often.values().all(|times| (230..370).contains(times)),
		"{often:?}"
	);
}

#[test]
fn two_cases_of_one_block_have_lots_of_their_own() {
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
		change(|world| {
			world.kinds.remove(&AUTHORITY);
		});
		appoint(NOVICE);
		// The clinic's second auditor does not fill the seat that is free.
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR].into());
		assert_noop!(
			review(NOVICE, case, true, Reviewer::Auditor),
			Error::<Test>::NotDrawn
		);
		// Where the first is dismissed, they do.
		assert_ok!(Access::dismiss_auditor(RuntimeOrigin::root(), AUDITOR));
		assert_eq!(drawn(case), [NOVICE, INSPECTOR].into());
		assert_ok!(review(NOVICE, case, true, Reviewer::Auditor));
		assert_eq!(drawn(case), [INSPECTOR].into());
	});
}

#[test]
fn whoever_is_appointed_later_takes_nobodys_seat() {
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
		// It still takes two against it.
		let second = drawn(case).into_iter().next_back().expect("someone is");
		assert_ok!(review(second, case, false, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
	});
}

#[test]
fn whoever_has_to_do_with_the_hospital_or_the_opener_is_not_drawn() {
	let falls = |what: fn(&mut World)| {
		with_case(|case| {
			next_block();
			next_block();
			assert!(drawn(case).contains(&AUDITOR));
			change(what);
			assert!(!drawn(case).contains(&AUDITOR));
			assert_noop!(
				review(AUDITOR, case, false, Reviewer::Auditor),
				Error::<Test>::NotDrawn
			);
		});
	};
	// Administers the hospital.
	falls(|world| {
		world.admins.insert((HOSPITAL, AUDITOR));
	});
	// Was admitted as an auditor by someone who administers the hospital, or who let the opener in.
	falls(|world| {
		world.admitted.insert((AUDITOR, Role::Auditor), MATRON);
	});
	falls(|world| {
		world.admins.remove(&(HOSPITAL, ADMIN));
		world.admitted.insert((AUDITOR, Role::Auditor), ADMIN);
	});
	// Is of an organisation that one of those administers.
	falls(|world| {
		world.admins.insert((CLINIC, MATRON));
	});
	falls(|world| {
		world.admins.remove(&(HOSPITAL, DEPUTY));
		world.admins.insert((CLINIC, DEPUTY));
	});
	// Was a member of the hospital when they were appointed.
	falls(|world| {
		let member = membership(Some(HOSPITAL));
		world.members.insert((AUDITOR, Role::Researcher), member);
	});
	// Is of an organisation for which the opener acts, too.
	falls(|world| {
		let member = membership(Some(CLINIC));
		world.members.insert((SURGEON, Role::Researcher), member);
	});
	// Is an auditor no more, or of another organisation than when they were appointed.
	falls(|world| {
		world.suspended.insert(CLINIC);
	});
	falls(|world| {
		let elsewhere = membership(Some(AUTHORITY));
		world.members.insert((AUDITOR, Role::Auditor), elsewhere);
	});
}

#[test]
fn a_hospital_does_not_get_rid_of_an_auditor_by_admitting_them() {
	with_case(|case| {
		next_block();
		next_block();
		wait(1);
		change(|world| {
			let mut member = membership(Some(HOSPITAL));
			member.since = Now::get();
			world.members.insert((AUDITOR, Role::Researcher), member);
			// Being its patient never was a tie.
			let patient = membership(Some(HOSPITAL));
			world.members.insert((INSPECTOR, Role::Patient), patient);
		});
		assert_eq!(drawn(case), [AUDITOR, INSPECTOR, EXAMINER].into());
	});
}

#[test]
fn the_patient_does_not_review_who_opened_their_records() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		change(|world| {
			let patient = membership(None);
			world.members.insert((AUDITOR, Role::Patient), patient);
		});
		let case = opened(SURGEON, HOSPITAL, AUDITOR);
		assert_eq!(drawn(case), [INSPECTOR, EXAMINER].into());
	});
}

#[test]
fn without_auditors_a_case_stays_owed_and_bars_the_hospital() {
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
		assert_noop!(
			Access::open_emergency(
				signed(DOCTOR),
				PATIENT,
				HOSPITAL,
				EmergencyReason::Other,
				[5; 32]
			),
			Error::<Test>::ReviewOverdue
		);
		// Until the council appoints one.
		appoint(EXAMINER);
		assert_ok!(review(EXAMINER, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
		open(DOCTOR, HOSPITAL, PATIENT);
	});
}
