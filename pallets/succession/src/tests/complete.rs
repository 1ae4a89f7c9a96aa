//! Completion of an attempt.

use super::*;

#[test]
fn guardians_recover_the_account() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY);
		events();
		written();
		assert_ok!(complete());
		assert_eq!(Successors::<Test>::get(PATIENT), Some(NEW));
		assert_eq!(Predecessors::<Test>::get(NEW), Some(PATIENT));
		assert!(!Attempts::<Test>::contains_key(PATIENT));
		// The account can sign transactions without a balance.
		assert_eq!(System::providers(&NEW), 1);
		assert_eq!(
			events(),
			[Event::Succeeded { patient: PATIENT, successor: NEW, before: PATIENT }]
		);
		let event = SuccessionEvent::Completed { successor: account_bytes(&NEW) };
		assert_eq!(written(), [(PATIENT, STRANGER, None, event)]);
		assert_noop!(complete(), Error::<Test>::NoAttempt);
	});
}

#[test]
fn the_hospital_and_one_guardian_recover_the_account() {
	for order in [[SISTER, ADMIN], [ADMIN, SISTER]] {
		build_and_execute(|| {
			supported(&order, NEW);
			assert_noop!(complete(), Error::<Test>::TooEarly);
			wait(DELAY);
			assert_ok!(complete());
			assert_eq!(Successors::<Test>::get(PATIENT), Some(NEW));
		});
	}
}

#[test]
fn the_delay_starts_with_the_last_necessary_support() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(2 * DELAY);
		assert_ok!(approve(BROTHER, NEW));
		wait(2 * DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_ok!(approve(FRIEND, NEW));
		wait(DELAY - HOUR);
		// One support more than necessary does not restart the delay.
		assert_ok!(approve(UNCLE, NEW));
		wait(HOUR - 1);
		assert_noop!(complete(), Error::<Test>::TooEarly);
		wait(1);
		assert_ok!(complete());
	});
}

#[test]
fn the_first_sufficient_support_starts_the_delay() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(approve(ADMIN, NEW));
		wait(DELAY - HOUR);
		assert_ok!(approve(BROTHER, NEW));
		assert_ok!(approve(FRIEND, NEW));
		wait(HOUR);
		assert_ok!(complete());
	});
}

#[test]
fn a_later_support_replaces_a_lost_one_and_its_delay() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY - HOUR);
		assert_ok!(approve(UNCLE, NEW));
		dismiss(PATIENT, BROTHER);
		wait(HOUR);
		assert_noop!(complete(), Error::<Test>::TooEarly);
		wait(DELAY - HOUR);
		assert_ok!(complete());
	});
}

#[test]
fn an_ended_attempt_cannot_be_completed() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		Now::set(START + LIFETIME - 1);
		assert_eq!(
			Succession::attempt(&PATIENT).and_then(|attempt| attempt.due),
			Some(START + 2 * HOUR + DELAY)
		);
		wait(1);
		assert_noop!(complete(), Error::<Test>::Expired);
		assert_eq!(Succession::attempt(&PATIENT), None);
		nothing_is_taken();
	});
}

#[test]
fn a_revoked_patient_cannot_be_recovered() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY);
		Roles::forget(PATIENT);
		assert_noop!(complete(), Error::<Test>::NotPatient);
	});
}

#[test]
fn an_account_proposed_twice_succeeds_one_patient() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		assert_ok!(propose_for(LONER, SISTER, NEW));
		assert_ok!(Succession::approve(signed(FRIEND), LONER, NEW));
		wait(DELAY);
		let other = || Succession::complete(signed(STRANGER), LONER);
		assert_ok!(other());
		assert_noop!(complete(), Error::<Test>::NotFresh);
		assert_eq!(Predecessors::<Test>::get(NEW), Some(LONER));
	});
}

#[test]
fn chains_of_successors_are_impossible() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		// The account enrols as a patient itself, and is about to be succeeded.
		Roles::admit(NEW, Role::Patient, Some(CLINIC));
		set_guardians(NEW, [UNCLE]);
		assert_ok!(propose_for(NEW, UNCLE, OTHER));
		assert_ok!(Succession::approve(signed(CHIEF), NEW, OTHER));
		wait(DELAY);
		completed_in_either_order(true);
		completed_in_either_order(false);
	});
}

/// Completes both attempts in either order and asserts that only the first succeeds; then rolls
/// back.
fn completed_in_either_order(patient_first: bool) {
	use frame_support::storage::{with_transaction, TransactionOutcome};
	let of_new = || Succession::complete(signed(STRANGER), NEW);
	let _ = with_transaction(|| {
		if patient_first {
			assert_ok!(complete());
			assert_noop!(of_new(), Error::<Test>::IsSuccessor);
			assert_noop!(propose_for(NEW, UNCLE, 53), Error::<Test>::IsSuccessor);
		} else {
			assert_ok!(of_new());
			assert_noop!(complete(), Error::<Test>::NotFresh);
		}
		assert_ok!(Succession::do_try_state());
		TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(()))
	});
}

#[test]
fn a_new_membership_does_not_stop_a_completion() {
	build_and_execute(|| {
		supported(&[SISTER, ADMIN], NEW);
		Roles::admit(NEW, Role::Device, Some(CLINIC));
		wait(DELAY);
		assert_ok!(complete());
	});
}

#[test]
fn a_successor_can_be_succeeded() {
	build_and_execute(|| {
		brought_back(NEW);
		// The old accounts cannot be proposed again.
		for old in [NEW, PATIENT] {
			assert_noop!(propose(SISTER, old), Error::<Test>::NotFresh);
		}
		supported(&[SISTER, BROTHER, ADMIN], OTHER);
		// The holder of the successor's key can object; the first key counts for nothing.
		let object = |who| Succession::object(signed(who), PATIENT);
		assert_noop!(object(PATIENT), Error::<Test>::NotHolder);
		assert_ok!(object(NEW));
		supported(&[BROTHER, ADMIN], OTHER);
		wait(DELAY);
		events();
		assert_ok!(complete());
		assert_eq!(
			events(),
			[Event::Succeeded { patient: PATIENT, successor: OTHER, before: NEW }]
		);
		assert_eq!(Successors::<Test>::get(PATIENT), Some(OTHER));
		assert_noop!(object(NEW), Error::<Test>::NotHolder);
		assert_noop!(propose(FRIEND, NEW), Error::<Test>::NotFresh);
		let act = Succession::act(signed(NEW), PATIENT, Box::new(nothing()));
		assert_eq!(act.map_err(|error| error.error), Err(Error::<Test>::NotSuccessor.into()));
		assert_ok!(Succession::act(signed(OTHER), PATIENT, Box::new(nothing())));
	});
}
