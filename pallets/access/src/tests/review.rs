//! Reviews: reviewers, their order, and the consequences.

use super::*;

/// Runs a test with case 1, which the surgeon opened for the patient. Its panel is drawn: one
/// auditor each of the clinic, the pharmacy and the authority.
fn with_case(test: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		events();
		test(case);
	});
}

fn bond() -> Balance {
	Bonds::<Test>::get(HOSPITAL).map_or(0, |bond| bond.amount)
}

/// Leaves the hospital only those administrators who vouched for the surgeon.
fn without_matron() {
	Roles::dismiss(HOSPITAL, MATRON);
}

#[test]
fn auditor_and_hospital_justify_a_case_in_either_order() {
	let by_auditor = (AUDITOR, Reviewer::Auditor);
	let by_admin = (MATRON, Reviewer::Admin);
	for order in [[by_auditor, by_admin], [by_admin, by_auditor]] {
		with_case(|case| {
			assert_ok!(review(order[0].0, case, true, order[0].1));
			assert_eq!(status(case), CaseStatus::Open);
			assert_eq!(Access::reviews_due(HOSPITAL).len(), 1);
			assert_ok!(review(order[1].0, case, true, order[1].1));
			assert_eq!(status(case), CaseStatus::Justified);
			assert!(Access::reviews_due(HOSPITAL).is_empty());
			assert_eq!(bond(), MIN_BOND);
			assert_eq!(Lots::<Test>::iter().count(), 0);
			// The case still opens records until its end.
			assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), Some(case));
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
		let logged = |reviewer| LogEvent::EmergencyReviewed { case, reviewer, justified: true };
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		let entry = last_entry(PATIENT);
		assert_eq!((entry.actor, entry.organisation), (AUDITOR, Some(CLINIC)));
		assert_eq!(entry.event, logged(Reviewer::Auditor));
		assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
		assert_ok!(review(MATRON, case, true, Reviewer::Admin));
		let entry = last_entry(PATIENT);
		assert_eq!((entry.actor, entry.organisation), (MATRON, Some(HOSPITAL)));
		assert_eq!(entry.event, logged(Reviewer::Admin));
		let kept = Access::emergency(case).expect("the case is kept");
		assert_eq!(kept.auditor, Some((AUDITOR, true)));
		assert_eq!(kept.admin, Some((MATRON, true)));
		let panel = Access::panel(case).expect("the case is kept");
		let vote = |auditor, organisation| PanelVote { auditor, organisation, justified: true };
		assert_eq!(panel.votes, [vote(AUDITOR, CLINIC), vote(INSPECTOR, PHARMACY)]);
		assert_eq!((panel.waiting, panel.admins), (vec![], vec![]));
	});
}

#[test]
fn two_votes_against_reject_a_running_case_at_once() {
	let against: [[(AccountId, Reviewer); 2]; 3] = [
		[(AUDITOR, Reviewer::Auditor), (INSPECTOR, Reviewer::Auditor)],
		[(AUDITOR, Reviewer::Auditor), (MATRON, Reviewer::Admin)],
		[(MATRON, Reviewer::Admin), (EXAMINER, Reviewer::Auditor)],
	];
	for [first, second] in against {
		with_case(|case| {
			let issued = pallet_balances::TotalIssuance::<Test>::get();
			assert_ok!(review(first.0, case, false, first.1));
			assert_eq!(status(case), CaseStatus::Open);
			assert_eq!(bond(), MIN_BOND);
			assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), Some(case));
			assert_ok!(review(second.0, case, false, second.1));
			assert_eq!(status(case), CaseStatus::Rejected);
			assert!(Access::reviews_due(HOSPITAL).is_empty());
			assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), None);
			assert!(!Roles::is_live_member(&SURGEON, Role::Practitioner, None, Now::get()));
			assert_eq!(bond(), MIN_BOND - FINE);
			assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), issued - FINE);
			let decided = Event::EmergencyDecided {
				case,
				opener: SURGEON,
				status: CaseStatus::Rejected,
				fine: FINE,
			};
			assert!(events().contains(&decided));
			// The bond is now too small: no further emergencies until it is filled up.
			assert_noop!(try_open(DOCTOR, HOSPITAL, PATIENT), Error::<Test>::BondTooSmall);
			deposit(ADMIN, HOSPITAL, FINE);
			open(DOCTOR, HOSPITAL, PATIENT);
		});
	}
}

#[test]
fn a_case_that_has_ended_also_takes_two_votes_against() {
	with_case(|case| {
		wait(5 * HOUR);
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
		assert_ok!(review(INSPECTOR, case, false, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Rejected);
	});
}

#[test]
fn only_the_council_reinstates_the_opener_of_a_rejected_case() {
	with_case(|case| {
		assert_noop!(
			Access::reinstate_clinician(RuntimeOrigin::root(), SURGEON),
			Error::<Test>::NotBarred
		);
		reject(case);
		assert_noop!(
			Access::reinstate_clinician(signed(ADMIN), SURGEON),
			sp_runtime::DispatchError::BadOrigin
		);
		events();
		assert_ok!(Access::reinstate_clinician(RuntimeOrigin::root(), SURGEON));
		assert_eq!(events(), [Event::ClinicianReinstated { account: SURGEON }]);
		assert!(Roles::is_live_member(&SURGEON, Role::Practitioner, None, Now::get()));
		// The case stays rejected.
		assert_eq!(Access::open_case(&SURGEON, &PATIENT, Now::get()), None);
	});
}

#[test]
fn nobody_who_vouched_for_the_opener_votes_for_the_hospital() {
	with_case(|case| {
		for (who, justified) in [(ADMIN, true), (DEPUTY, true), (ADMIN, false)] {
			assert_noop!(
				review(who, case, justified, Reviewer::Admin),
				Error::<Test>::NotIndependent
			);
		}
		// Revoking an attestation after the opening does not make them independent.
		change(|world| {
			world.attested.insert(SURGEON, [ADMIN].into());
		});
		assert_noop!(review(DEPUTY, case, true, Reviewer::Admin), Error::<Test>::NotIndependent);
		Roles::appoint(HOSPITAL, STRANGER);
		assert_ok!(review(MATRON, case, false, Reviewer::Admin));
		assert_noop!(
			review(STRANGER, case, false, Reviewer::Admin),
			Error::<Test>::AlreadyReviewed
		);
		assert_eq!(status(case), CaseStatus::Open);
	});
}

#[test]
fn a_second_auditor_replaces_a_hospital_without_a_vote() {
	with_case(|case| {
		without_matron();
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
		assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
	// A hospital that can vote must be asked.
	with_case(|case| {
		for auditor in [AUDITOR, INSPECTOR, EXAMINER] {
			assert_ok!(review(auditor, case, true, Reviewer::Auditor));
		}
		assert_eq!(status(case), CaseStatus::Open);
		assert_ok!(review(MATRON, case, true, Reviewer::Admin));
		assert_eq!(status(case), CaseStatus::Justified);
	});
}

#[test]
fn no_admin_votes_if_it_is_unknown_who_admitted_the_opener() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		change(|world| {
			world.attested.insert(SURGEON, [ADMIN, DEPUTY].into());
		});
		Roles::forget_admitter(SURGEON, Role::Practitioner);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		assert_noop!(review(MATRON, case, true, Reviewer::Admin), Error::<Test>::NotIndependent);
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
}

#[test]
fn two_auditors_outvote_the_hospital() {
	with_case(|case| {
		assert_ok!(review(MATRON, case, false, Reviewer::Admin));
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Open);
		assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
}

#[test]
fn a_third_auditor_decides_between_two_who_disagree() {
	for last in [true, false] {
		with_case(|case| {
			assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
			assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
			assert_ok!(review(MATRON, case, true, Reviewer::Admin));
			assert_eq!(status(case), CaseStatus::Open);
			assert_ok!(review(EXAMINER, case, last, Reviewer::Auditor));
			let expected = match last {
				true => CaseStatus::Justified,
				false => CaseStatus::Rejected,
			};
			assert_eq!(status(case), expected);
		});
	}
}

#[test]
fn a_suspended_hospital_has_no_vote() {
	with_case(|case| {
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(review(MATRON, case, true, Reviewer::Admin), Error::<Test>::NotAdmin);
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_ok!(review(INSPECTOR, case, true, Reviewer::Auditor));
		assert_eq!(status(case), CaseStatus::Justified);
	});
}

#[test]
fn a_decided_case_takes_no_further_review() {
	with_case(|case| {
		reject(case);
		assert_noop!(review(MATRON, case, true, Reviewer::Admin), Error::<Test>::AlreadyDecided);
	});
}

#[test]
fn each_capacity_has_its_own_reviewers() {
	with_case(|case| {
		for who in [ADMIN, DOCTOR, PATIENT, STRANGER, NOVICE] {
			assert_noop!(review(who, case, false, Reviewer::Auditor), Error::<Test>::NotAuditor);
		}
		// The chief administers another hospital.
		for who in [AUDITOR, DOCTOR, CHIEF, PATIENT, STRANGER] {
			assert_noop!(review(who, case, false, Reviewer::Admin), Error::<Test>::NotAdmin);
		}
		assert_noop!(review(HOUSE_AUDITOR, case, true, Reviewer::Auditor), Error::<Test>::NotDrawn);
		Roles::suspend(&AUDITOR, Role::Auditor);
		assert_noop!(review(AUDITOR, case, true, Reviewer::Auditor), Error::<Test>::NotDrawn);
	});
}

#[test]
fn nobody_reviews_their_own_case() {
	with_case(|case| {
		Roles::appoint(HOSPITAL, SURGEON);
		Roles::admit(SURGEON, Role::Auditor, Some(AUTHORITY));
		appoint(SURGEON);
		for reviewer in [Reviewer::Auditor, Reviewer::Admin] {
			assert_noop!(review(SURGEON, case, true, reviewer), Error::<Test>::OwnCase);
		}
	});
}

#[test]
fn nobody_reviews_a_case_twice() {
	with_case(|case| {
		assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
		assert_noop!(
			review(AUDITOR, case, true, Reviewer::Auditor),
			Error::<Test>::AlreadyReviewed
		);
		// The auditor becomes an administrator of the hospital.
		Roles::appoint(HOSPITAL, AUDITOR);
		assert_noop!(review(AUDITOR, case, true, Reviewer::Admin), Error::<Test>::SameReviewer);
	});
}

#[test]
fn an_unknown_case_cannot_be_reviewed() {
	with_case(|case| {
		for id in [0, case + 1] {
			assert_noop!(review(AUDITOR, id, true, Reviewer::Auditor), Error::<Test>::UnknownCase);
		}
	});
}

#[test]
fn a_fine_takes_at_most_the_whole_bond() {
	with_case(|case| {
		let other = opened(DOCTOR, HOSPITAL, PATIENT);
		reject(case);
		reject(other);
		assert_eq!(Bonds::<Test>::get(HOSPITAL), None);
		let fine = MIN_BOND - FINE;
		assert!(events().iter().any(
			|event| matches!(event, Event::EmergencyDecided { fine: burnt, .. } if *burnt == fine)
		));
		assert_eq!(Balances::free_balance(ADMIN), 10_000 - MIN_BOND);
	});
}
