//! Reviews: who, in what order, and what follows.

use super::*;

fn review(who: AccountId, case: CaseId, justified: bool, reviewer: Reviewer) -> DispatchResult {
	Access::review_emergency(signed(who), case, justified, reviewer)
}

/// A case of the surgeon for the patient, with number 1.
fn with_case(test: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = open(SURGEON, HOSPITAL, PATIENT);
		events();
		test(case);
	});
}

fn status(case: CaseId) -> CaseStatus {
	Access::emergency(case).expect("the case is kept").status
}

fn bond() -> Balance {
	Bonds::<Test>::get(HOSPITAL).map_or(0, |bond| bond.amount)
}

#[test]
fn two_reviews_that_find_it_justified_settle_a_case_in_either_order() {
	let by_auditor = (AUDITOR, Reviewer::Auditor);
	let by_admin = (ADMIN, Reviewer::Admin);
	for order in [[by_auditor, by_admin], [by_admin, by_auditor]] {
		with_case(|case| {
			assert_ok!(review(order[0].0, case, true, order[0].1));
			assert_eq!(status(case), CaseStatus::Open);
			assert_eq!(Access::reviews_due(HOSPITAL).len(), 1);
			assert_ok!(review(order[1].0, case, true, order[1].1));
			assert_eq!(status(case), CaseStatus::Justified);
			assert!(Access::reviews_due(HOSPITAL).is_empty());
			assert_eq!(bond(), MIN_BOND);
			// It still opens records until its end.
			assert_eq!(
				Access::open_case(&SURGEON, &PATIENT, Now::get()),
				Some(case)
			);
			let decided = Event::EmergencyDecided {
				case,
				opener: SURGEON,
				status: CaseStatus::Justified,
				fine: 0,
			};
			assert_eq!(events().last(), Some(&decided));
		});
	}
}

#[test]
fn each_review_is_logged_and_kept_with_the_case() {
	with_case(|case| {
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		let entry = last_entry(PATIENT);
		assert_eq!((entry.actor, entry.organisation), (AUDITOR, None));
		let logged = |reviewer| LogEvent::EmergencyReviewed {
			case,
			reviewer,
			justified: true,
		};
		assert_eq!(entry.event, logged(Reviewer::Auditor));
		assert_ok!(review(DEPUTY, case, true, Reviewer::Admin));
		let entry = last_entry(PATIENT);
		assert_eq!((entry.actor, entry.organisation), (DEPUTY, Some(HOSPITAL)));
		assert_eq!(entry.event, logged(Reviewer::Admin));
		let kept = Access::emergency(case).expect("the case is kept");
		assert_eq!(kept.auditor, Some((AUDITOR, true)));
		assert_eq!(kept.admin, Some((DEPUTY, true)));
	});
}

#[test]
fn one_rejection_settles_a_case_at_once_with_its_sanction() {
	for (who, reviewer) in [(AUDITOR, Reviewer::Auditor), (ADMIN, Reviewer::Admin)] {
		with_case(|case| {
			let issued = pallet_balances::TotalIssuance::<Test>::get();
			assert_ok!(review(who, case, false, reviewer));
			assert_eq!(status(case), CaseStatus::Rejected);
			assert!(Access::reviews_due(HOSPITAL).is_empty());
			assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), None);
			assert!(!Roles::is_live_member(
				&SURGEON,
				Role::Practitioner,
				None,
				Now::get()
			));
			assert_eq!(bond(), MIN_BOND - FINE);
			assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), issued - FINE);
			let decided = Event::EmergencyDecided {
				case,
				opener: SURGEON,
				status: CaseStatus::Rejected,
				fine: FINE,
			};
			assert!(events().contains(&decided));
			// The bond holds too little now: no further emergencies until it is filled up.
			assert_noop!(
				Access::open_emergency(
					signed(DOCTOR),
					PATIENT,
					HOSPITAL,
					EmergencyReason::Other,
					[5; 32]
				),
				Error::<Test>::BondTooSmall
			);
			deposit(ADMIN, HOSPITAL, FINE);
			open(DOCTOR, HOSPITAL, PATIENT);
		});
	}
}

#[test]
fn a_rejected_case_opens_nothing_even_after_reinstatement() {
	with_case(|case| {
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		change(|world| {
			let member = membership(Some(HOSPITAL));
			world.members.insert((SURGEON, Role::Practitioner), member);
		});
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), None);
	});
}

#[test]
fn a_second_opinion_may_reject_what_the_first_found_justified() {
	with_case(|case| {
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_ok!(review(ADMIN, case, false, Reviewer::Admin));
		assert_eq!(status(case), CaseStatus::Rejected);
	});
}

#[test]
fn a_decided_case_takes_no_further_review() {
	with_case(|case| {
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert_noop!(
			review(ADMIN, case, true, Reviewer::Admin),
			Error::<Test>::AlreadyDecided
		);
	});
}

#[test]
fn reviews_come_from_those_who_may_in_that_capacity() {
	with_case(|case| {
		for who in [ADMIN, DOCTOR, PATIENT, STRANGER] {
			assert_noop!(
				review(who, case, false, Reviewer::Auditor),
				Error::<Test>::NotAuditor
			);
		}
		// The chief administers another hospital.
		for who in [AUDITOR, DOCTOR, CHIEF, PATIENT, STRANGER] {
			assert_noop!(
				review(who, case, false, Reviewer::Admin),
				Error::<Test>::NotAdmin
			);
		}
		Roles::suspend(&AUDITOR, Role::Auditor);
		assert_noop!(
			review(AUDITOR, case, true, Reviewer::Auditor),
			Error::<Test>::NotAuditor
		);
		change(|world| {
			world.suspended.insert(HOSPITAL);
		});
		assert_noop!(
			review(ADMIN, case, true, Reviewer::Admin),
			Error::<Test>::NotAdmin
		);
	});
}

#[test]
fn nobody_reviews_their_own_case() {
	with_case(|case| {
		change(|world| {
			world.admins.insert((HOSPITAL, SURGEON));
			let auditor = membership(Some(CLINIC));
			world.members.insert((SURGEON, Role::Auditor), auditor);
		});
		for reviewer in [Reviewer::Auditor, Reviewer::Admin] {
			assert_noop!(
				review(SURGEON, case, true, reviewer),
				Error::<Test>::OwnCase
			);
		}
	});
}

#[test]
fn it_takes_two() {
	with_case(|case| {
		change(|world| {
			let auditor = membership(Some(HOSPITAL));
			world.members.insert((ADMIN, Role::Auditor), auditor);
		});
		assert_ok!(review(ADMIN, case, true, Reviewer::Admin));
		assert_noop!(
			review(ADMIN, case, true, Reviewer::Admin),
			Error::<Test>::AlreadyReviewed
		);
		assert_noop!(
			review(DEPUTY, case, false, Reviewer::Admin),
			Error::<Test>::AlreadyReviewed
		);
		assert_noop!(
			review(ADMIN, case, true, Reviewer::Auditor),
			Error::<Test>::SameReviewer
		);
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
	});
}

#[test]
fn a_case_that_never_was_cannot_be_reviewed() {
	with_case(|case| {
		for id in [0, case + 1] {
			assert_noop!(
				review(AUDITOR, id, true, Reviewer::Auditor),
				Error::<Test>::UnknownCase
			);
		}
	});
}

#[test]
fn a_fine_takes_what_the_bond_holds_and_no_more() {
	with_case(|case| {
		let other = open(DOCTOR, HOSPITAL, PATIENT);
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert_ok!(review(AUDITOR, other, false, Reviewer::Auditor));
		assert_eq!(Bonds::<Test>::get(HOSPITAL), None);
		let fine = MIN_BOND - FINE;
		assert!(events().iter().any(
			|event| matches!(event, Event::EmergencyDecided { fine: burnt, .. } if *burnt == fine)
		));
		assert_eq!(Balances::free_balance(ADMIN), 10_000 - MIN_BOND);
	});
}
