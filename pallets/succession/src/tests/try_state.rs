//! Each invariant, broken on purpose: `try_state` must notice.

use super::*;
use sp_runtime::TryRuntimeError;

/// A sound state: the patient was brought back twice, another attempt is open with two supports, and one of another patient;
/// both patients ask for something. Then `damage` breaks it.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		brought_back(NEW);
		brought_back(OTHER);
		supported(&[SISTER, ADMIN], 53);
		assert_ok!(Succession::let_hospital(signed(OTHER), PATIENT, false));
		assert_ok!(Succession::set_threshold(signed(LONER), LONER, Some(2)));
		assert_ok!(Succession::propose(signed(FRIEND), LONER, 53));
		assert_ok!(Succession::do_try_state());
		damage();
		assert_eq!(
			Succession::do_try_state(),
			Err(TryRuntimeError::Other(complaint))
		);
	});
}

fn attempt(change: impl FnOnce(&mut AttemptOf<Test>)) {
	Attempts::<Test>::mutate(PATIENT, |attempt| {
		change(attempt.as_mut().expect("is open"))
	});
}

fn support(index: usize, change: impl FnOnce(&mut Support<AccountId>)) {
	attempt(|attempt| change(&mut attempt.support[index]));
}

#[test]
fn successors_that_do_not_fit_those_for_whom_they_act() {
	let unknown = "a patient's successor is not known to act for them";
	notices(unknown, || Predecessors::<Test>::remove(OTHER));
	notices(unknown, || Predecessors::<Test>::insert(OTHER, LONER));
	notices(unknown, || Successors::<Test>::insert(LONER, OTHER));
	notices("someone acts for a patient who has no successor", || {
		Successors::<Test>::remove(PATIENT)
	});
	notices("someone acts for a patient who has no successor", || {
		Predecessors::<Test>::insert(STRANGER, LONER)
	});
	notices("a successor has a successor of its own", || {
		Successors::<Test>::insert(NEW, STRANGER);
		Predecessors::<Test>::insert(STRANGER, NEW);
		System::inc_providers(&STRANGER);
	});
	notices("a successor cannot sign transactions", || {
		System::dec_providers(&OTHER).expect("nothing depends on it");
	});
}

#[test]
fn an_attempt_at_an_impossible_time() {
	let time = "an attempt began in the future, or ended before it began";
	notices(time, || attempt(|attempt| attempt.proposed += DAY));
	notices(time, || {
		attempt(|attempt| attempt.expires = attempt.proposed)
	});
	let support_time = "a support is older than its attempt, or came after its end";
	notices(support_time, || support(0, |given| given.at -= 1));
	notices(support_time, || support(1, |given| given.at += LIFETIME));
	notices("supports are not in order of time", || {
		support(0, |given| given.at += 2 * HOUR)
	});
}

#[test]
fn an_attempt_for_which_too_few_or_too_many_are_needed() {
	let number = "one guardian is enough for an attempt, or no number is";
	notices(number, || attempt(|attempt| attempt.threshold = 1));
	notices(number, || attempt(|attempt| attempt.threshold = 10));
	notices("nobody supports an attempt", || {
		attempt(|attempt| attempt.support.clear())
	});
}

#[test]
fn an_attempt_with_someone_in_two_parts() {
	notices("a patient is to succeed themself", || {
		attempt(|attempt| attempt.successor = PATIENT)
	});
	let part = "the patient or the successor supports an attempt";
	notices(part, || support(0, |given| given.by = PATIENT));
	notices(part, || support(1, |given| given.by = 53));
	let name = "a support is in another's name, or of a hospital that is kept out";
	notices(name, || support(0, |given| given.by = BROTHER));
	notices(name, || attempt(|attempt| attempt.hospital = false));
	let twice = "someone supports an attempt twice";
	notices(twice, || support(1, |given| given.by = SISTER));
	notices(twice, || {
		attempt(|attempt| {
			let again = attempt.support[1].clone();
			attempt.support.try_push(again).expect("has room");
		})
	});
}

#[test]
fn a_policy_that_none_may_have() {
	notices("what a patient asks for by default has a row", || {
		Policies::<Test>::insert(ORPHAN, RecoveryPolicy::default())
	});
	let number = "a patient asks for a number of guardians that none may";
	for threshold in [1, 9] {
		notices(number, || {
			Policies::<Test>::mutate(LONER, |policy| policy.threshold = Some(threshold))
		});
	}
}
