//! Objection and withdrawal.

use super::*;

fn object(who: AccountId) -> DispatchResult {
	Succession::object(signed(who), PATIENT)
}

fn withdraw(who: AccountId) -> DispatchResult {
	Succession::withdraw(signed(who), PATIENT)
}

#[test]
fn an_objection_ends_the_attempt() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY);
		events();
		written();
		// At the last moment, when it could already be completed.
		assert_ok!(object(PATIENT));
		assert!(!Attempts::<Test>::contains_key(PATIENT));
		assert_noop!(complete(), Error::<Test>::NoAttempt);
		let until = Now::get() + COOLDOWN;
		assert_eq!(
			events(),
			[Event::Objected {
				patient: PATIENT,
				by: PATIENT,
				proposer: Supporter::Guardian(SISTER),
				until,
			}]
		);
		let entry = (PATIENT, PATIENT, None, SuccessionEvent::Objected);
		assert_eq!(written(), [entry]);
		nothing_is_taken();
	});
}

#[test]
fn an_objection_after_completion_is_too_late() {
	build_and_execute(|| {
		brought_back(NEW);
		assert_noop!(object(PATIENT), Error::<Test>::NotHolder);
		assert_noop!(object(NEW), Error::<Test>::NoAttempt);
		assert_eq!(Successors::<Test>::get(PATIENT), Some(NEW));
	});
}

#[test]
fn only_the_patient_can_object() {
	build_and_execute(|| {
		assert_noop!(object(PATIENT), Error::<Test>::NoAttempt);
		assert_ok!(propose(SISTER, NEW));
		for who in [SISTER, ADMIN, NEW, STRANGER, LONER] {
			assert_noop!(object(who), Error::<Test>::NotHolder);
		}
	});
}

#[test]
fn only_the_proposer_waits_after_an_objection() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(object(PATIENT));
		assert_noop!(propose(SISTER, NEW), Error::<Test>::CoolingDown);
		assert_noop!(propose(SISTER, OTHER), Error::<Test>::CoolingDown);
		// The sister may propose for another patient at once.
		assert_ok!(propose_for(LONER, SISTER, OTHER));
		assert_ok!(propose(BROTHER, NEW));
		assert_ok!(object(PATIENT));
		wait(COOLDOWN - 1);
		assert_noop!(propose(SISTER, NEW), Error::<Test>::CoolingDown);
		wait(1);
		assert_ok!(propose(SISTER, NEW));
	});
}

#[test]
fn all_administrators_of_a_hospital_wait() {
	build_and_execute(|| {
		assert_ok!(propose(ADMIN, NEW));
		assert_ok!(object(PATIENT));
		for who in [ADMIN, DEPUTY] {
			assert_noop!(propose(who, NEW), Error::<Test>::CoolingDown);
		}
		// The hospital may still support a guardian's proposal.
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(approve(DEPUTY, NEW));
	});
}

#[test]
fn an_objection_removes_an_expired_attempt() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(2 * LIFETIME);
		assert_ok!(object(PATIENT));
		assert!(!Attempts::<Test>::contains_key(PATIENT));
	});
}

#[test]
fn the_proposer_withdraws_and_waits() {
	build_and_execute(|| {
		assert_noop!(withdraw(ADMIN), Error::<Test>::NoAttempt);
		assert_ok!(propose(ADMIN, NEW));
		for who in [SISTER, DEPUTY, PATIENT, STRANGER] {
			assert_noop!(withdraw(who), Error::<Test>::NotProposer);
		}
		events();
		written();
		assert_ok!(withdraw(ADMIN));
		assert!(!Attempts::<Test>::contains_key(PATIENT));
		assert_eq!(
			events(),
			[Event::Withdrawn {
				patient: PATIENT,
				proposer: Supporter::Hospital(HOSPITAL),
				until: START + COOLDOWN,
			}]
		);
		let entry = (PATIENT, ADMIN, Some(HOSPITAL), SuccessionEvent::Withdrawn);
		assert_eq!(written(), [entry]);
		assert_noop!(propose(DEPUTY, NEW), Error::<Test>::CoolingDown);
		assert_ok!(propose(SISTER, NEW));
	});
}

#[test]
fn a_dismissed_guardian_can_still_withdraw() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		dismiss(PATIENT, SISTER);
		assert_ok!(withdraw(SISTER));
	});
}

#[test]
fn one_guardian_cannot_keep_the_others_out() {
	build_and_execute(|| {
		// Neither by proposing other accounts, nor by proposing again in the block in which an
		// attempt ends or is withdrawn.
		assert_ok!(propose(SISTER, OTHER));
		wait(LIFETIME);
		assert_noop!(propose(SISTER, OTHER), Error::<Test>::CoolingDown);
		wait(COOLDOWN);
		assert_ok!(propose(SISTER, OTHER));
		assert_ok!(withdraw(SISTER));
		assert_noop!(propose(SISTER, OTHER), Error::<Test>::CoolingDown);
		brought_back_by_others();
	});
}

fn brought_back_by_others() {
	supported(&[BROTHER, FRIEND, UNCLE], NEW);
	wait(DELAY);
	assert_ok!(complete());
	assert_eq!(Successors::<Test>::get(PATIENT), Some(NEW));
}
