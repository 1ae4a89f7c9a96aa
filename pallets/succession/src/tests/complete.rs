//! Completing an attempt: by enough, and late enough.

use super::*;

#[test]
fn guardians_bring_the_patient_back() {
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
			[Event::Succeeded {
				patient: PATIENT,
				successor: NEW,
				before: PATIENT,
			}]
		);
		let event = SuccessionEvent::Completed {
			successor: account_bytes(&NEW),
		};
		assert_eq!(written(), [(PATIENT, STRANGER, None, event)]);
		assert_noop!(complete(), Error::<Test>::NoAttempt);
	});
}

#[test]
fn the_hospital_and_one_guardian_bring_the_patient_back() {
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
fn the_delay_runs_from_the_last_support_that_was_needed() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(2 * DELAY);
		assert_ok!(approve(BROTHER, NEW));
		wait(2 * DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_ok!(approve(FRIEND, NEW));
		wait(DELAY - HOUR);
		// One more than needed: the delay does not start anew.
		assert_ok!(approve(UNCLE, NEW));
		wait(HOUR - 1);
		assert_noop!(complete(), Error::<Test>::TooEarly);
		wait(1);
		assert_ok!(complete());
	});
}

#[test]
fn the_way_that_was_enough_first_counts() {
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
fn when_a_needed_one_is_gone_a_later_support_takes_its_place_and_the_delay_with_it() {
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
fn an_attempt_that_ended_is_not_completed() {
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
fn a_patient_whose_membership_was_revoked_is_not_brought_back() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY);
		change(|world| world.members.remove(&(PATIENT, Role::Patient)));
		assert_noop!(complete(), Error::<Test>::NotPatient);
	});
}

#[test]
fn an_account_that_was_proposed_twice_succeeds_one_patient() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		assert_ok!(Succession::propose(signed(SISTER), LONER, NEW));
		assert_ok!(Succession::approve(signed(FRIEND), LONER, NEW));
		wait(DELAY);
		let other = || Succession::complete(signed(STRANGER), LONER);
		assert_ok!(other());
		assert_noop!(complete(), Error::<Test>::NotFresh);
		assert_eq!(Predecessors::<Test>::get(NEW), Some(LONER));
	});
}

#[test]
fn chains_of_successors_do_not_come_to_be() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		// The account enrols as a patient itself, and is about to be succeeded.
		change(|world| {
			let member = membership(Some(CLINIC));
			world.members.insert((NEW, Role::Patient), member);
			world.guardians.insert(NEW, vec![(UNCLE, Moment::MAX)]);
		});
		assert_ok!(Succession::propose(signed(UNCLE), NEW, OTHER));
		assert_ok!(Succession::approve(signed(CHIEF), NEW, OTHER));
		wait(DELAY);
		completed_in_either_order(true);
		completed_in_either_order(false);
	});
}

/// Completes both in either order; only the first one is. Then all is as before.
fn completed_in_either_order(patient_first: bool) {
	use frame_support::storage::{with_transaction, TransactionOutcome};
	let of_new = || Succession::complete(signed(STRANGER), NEW);
	let _ = with_transaction(|| {
		if patient_first {
			assert_ok!(complete());
			assert_noop!(of_new(), Error::<Test>::IsSuccessor);
			assert_noop!(
				Succession::propose(signed(UNCLE), NEW, 53),
				Error::<Test>::IsSuccessor
			);
		} else {
			assert_ok!(of_new());
			assert_noop!(complete(), Error::<Test>::NotFresh);
		}
		assert_ok!(Succession::do_try_state());
		TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(()))
	});
}

#[test]
fn a_stranger_who_makes_the_account_a_member_stops_nothing() {
	build_and_execute(|| {
		supported(&[SISTER, ADMIN], NEW);
		change(|world| {
			let member = membership(Some(CLINIC));
			world.members.insert((NEW, Role::Device), member);
		});
		wait(DELAY);
		assert_ok!(complete());
	});
}

#[test]
fn a_successor_loses_their_key_as_well() {
	build_and_execute(|| {
		brought_back(NEW);
		// The old accounts are no new ones.
		for old in [NEW, PATIENT] {
			assert_noop!(propose(SISTER, old), Error::<Test>::NotFresh);
		}
		supported(&[SISTER, BROTHER, ADMIN], OTHER);
		// Whoever has the successor's key objects; the first key counts for nothing.
		let object = |who| Succession::object(signed(who), PATIENT);
		assert_noop!(object(PATIENT), Error::<Test>::NotHolder);
		assert_ok!(object(NEW));
		supported(&[BROTHER, ADMIN], OTHER);
		wait(DELAY);
		events();
		assert_ok!(complete());
		assert_eq!(
			events(),
			[Event::Succeeded {
				patient: PATIENT,
				successor: OTHER,
				before: NEW,
			}]
		);
		assert_eq!(Successors::<Test>::get(PATIENT), Some(OTHER));
		assert_noop!(object(NEW), Error::<Test>::NotHolder);
		assert_noop!(propose(FRIEND, NEW), Error::<Test>::NotFresh);
		let act = Succession::act(signed(NEW), PATIENT, Box::new(nothing()));
		assert_eq!(
			act.map_err(|error| error.error),
			Err(Error::<Test>::NotSuccessor.into())
		);
		assert_ok!(Succession::act(signed(OTHER), PATIENT, Box::new(nothing())));
	});
}
