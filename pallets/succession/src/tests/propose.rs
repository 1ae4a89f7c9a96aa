//! Proposal of an account.

use super::*;
use sp_runtime::traits::Dispatchable;

#[test]
fn a_guardians_proposal_is_a_support() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		let given = Support { by: SISTER, supporter: Supporter::Guardian(SISTER), at: START };
		assert_eq!(attempt.support.to_vec(), [given]);
		assert_eq!((attempt.successor, attempt.proposer), (NEW, SISTER));
		assert_eq!((attempt.proposed, attempt.expires), (START, START + LIFETIME));
		// Three of four are a majority.
		assert_eq!((attempt.threshold, attempt.hospital), (3, true));
		assert_eq!(
			events(),
			[Event::Proposed {
				patient: PATIENT,
				successor: NEW,
				by: SISTER,
				supporter: Supporter::Guardian(SISTER),
				expires: START + LIFETIME,
			}]
		);
		let event =
			SuccessionEvent::Proposed { successor: account_bytes(&NEW), expires: START + LIFETIME };
		assert_eq!(written(), [(PATIENT, SISTER, None, event)]);
		nothing_is_taken();
	});
}

#[test]
fn an_administrator_proposes_for_the_hospital() {
	build_and_execute(|| {
		assert_ok!(propose(DEPUTY, NEW));
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		assert_eq!(attempt.proposed_as, Supporter::Hospital(HOSPITAL));
		assert_eq!(attempt.support[0].by, DEPUTY);
		let (_, _, organisation, _) = written()[0];
		assert_eq!(organisation, Some(HOSPITAL));
	});
}

#[test]
fn others_cannot_propose() {
	build_and_execute(|| {
		// A stranger, a doctor of the hospital, another hospital's administrator, the patient, and
		// the successor.
		for who in [STRANGER, DOCTOR, CHIEF, PATIENT, NEW] {
			assert_noop!(propose(who, OTHER), Error::<Test>::NotEntitled);
		}
		dismiss(PATIENT, SISTER);
		assert_noop!(propose(SISTER, NEW), Error::<Test>::NotEntitled);
		let call = RuntimeCall::Succession(accepted(PATIENT, NEW));
		let refused = call.dispatch(RuntimeOrigin::root()).expect_err("root is not a guardian");
		assert_eq!(refused.error, sp_runtime::DispatchError::BadOrigin);
	});
}

#[test]
fn a_guardian_past_their_end_cannot_propose() {
	build_and_execute(|| {
		appoint(PATIENT, STRANGER, START + DAY);
		wait(DAY - 1);
		assert_ok!(propose(STRANGER, NEW));
		assert_ok!(Succession::object(signed(PATIENT), PATIENT));
		wait(COOLDOWN);
		assert_noop!(propose(STRANGER, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn suspended_and_excluded_hospitals_cannot_propose() {
	build_and_execute(|| {
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(propose(ADMIN, NEW), Error::<Test>::NotEntitled);
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Active);
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		assert_noop!(propose(ADMIN, NEW), Error::<Test>::NotEntitled);
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, true));
		assert_ok!(propose(ADMIN, NEW));
	});
}

#[test]
fn a_self_enrolled_patient_has_no_hospital() {
	build_and_execute(|| {
		for who in [ADMIN, CHIEF] {
			assert_noop!(propose_for(LONER, who, NEW), Error::<Test>::NotEntitled);
		}
		assert_ok!(propose_for(LONER, FRIEND, NEW));
	});
}

#[test]
fn only_a_patient_can_be_recovered_even_if_suspended() {
	build_and_execute(|| {
		let status = |status| {
			Roles::set_status(PATIENT, Role::Patient, status);
		};
		for nobody in [STRANGER, DOCTOR] {
			assert_noop!(propose_for(nobody, SISTER, NEW), Error::<Test>::NotPatient);
		}
		status(MemberStatus::Revoked);
		assert_noop!(propose(SISTER, NEW), Error::<Test>::NotPatient);
		status(MemberStatus::Suspended);
		assert_ok!(propose(SISTER, NEW));
	});
}

#[test]
fn the_proposed_account_must_be_new() {
	build_and_execute(|| {
		// The patient, a member, guardians, administrators and the proposer.
		for known in [PATIENT, LONER, DOCTOR, BROTHER, FRIEND, ADMIN, DEPUTY, SISTER] {
			assert_noop!(propose(SISTER, known), Error::<Test>::NotFresh);
		}
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		assert_noop!(propose(SISTER, ADMIN), Error::<Test>::NotFresh);
		// A revoked membership counts as one too.
		Roles::admit(OTHER, Role::Device, Some(CLINIC));
		Roles::set_status(OTHER, Role::Device, MemberStatus::Revoked);
		assert_noop!(propose(SISTER, OTHER), Error::<Test>::NotFresh);
	});
}

#[test]
fn a_successor_cannot_succeed_another_patient() {
	build_and_execute(|| {
		brought_back(NEW);
		let propose = |successor| propose_for(LONER, FRIEND, successor);
		assert_noop!(propose(NEW), Error::<Test>::NotFresh);
		assert_noop!(propose(PATIENT), Error::<Test>::NotFresh);
		// The succeeded account cannot succeed anyone, even without a membership.
		Roles::forget(PATIENT);
		assert_noop!(propose(PATIENT), Error::<Test>::NotFresh);
	});
}

#[test]
fn a_patient_has_one_attempt_at_a_time() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(LIFETIME - 1);
		for who in [SISTER, BROTHER, ADMIN] {
			assert_noop!(propose(who, OTHER), Error::<Test>::AlreadyOpen);
		}
		wait(1);
		assert_ok!(propose(BROTHER, OTHER));
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		assert_eq!((attempt.successor, attempt.support.len()), (OTHER, 1));
		// Another patient's attempt is separate.
		assert_ok!(propose_for(LONER, SISTER, NEW));
	});
}

#[test]
fn a_proposer_waits_after_an_expired_attempt() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(LIFETIME);
		assert_noop!(propose(SISTER, NEW), Error::<Test>::CoolingDown);
		assert_ok!(propose(BROTHER, OTHER));
		assert_ok!(Succession::withdraw(signed(BROTHER), PATIENT));
		// The wait continues after another proposer's attempt.
		wait(COOLDOWN - 1);
		assert_noop!(propose(SISTER, NEW), Error::<Test>::CoolingDown);
		wait(1);
		assert_ok!(propose(SISTER, NEW));
		assert_eq!(Barred::<Test>::iter().count(), 1);
	});
}

#[test]
fn the_wait_after_an_expired_attempt_ends() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(LIFETIME + COOLDOWN);
		assert_ok!(propose(SISTER, NEW));
		assert_eq!(Barred::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_proposal_that_cannot_be_logged_fails() {
	build_and_execute(|| {
		LogIsFull::set(true);
		let call = RuntimeCall::Succession(accepted(PATIENT, NEW));
		assert!(call.dispatch(signed(SISTER)).is_err());
		assert!(!Attempts::<Test>::contains_key(PATIENT));
	});
}
