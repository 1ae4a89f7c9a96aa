//! Breaks each invariant on purpose: `try_state` must notice.

use super::*;

/// Builds a sound state: a patient recovered twice, an open attempt with two supports, an attempt
/// for another patient, and a policy of each patient. Then `damage` breaks it.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	let set_up = || {
		brought_back(NEW);
		brought_back(OTHER);
		supported(&[SISTER, ADMIN], 53);
		assert_ok!(Succession::let_hospital(signed(OTHER), PATIENT, false));
		assert_ok!(Succession::set_threshold(signed(LONER), LONER, Some(2)));
		assert_ok!(propose_for(LONER, FRIEND, 53));
	};
	detects(complaint, set_up, damage);
}

fn attempt(change: impl FnOnce(&mut AttemptOf<Test>)) {
	Attempts::<Test>::mutate(PATIENT, |attempt| change(attempt.as_mut().expect("is open")));
}

fn support(index: usize, change: impl FnOnce(&mut Support<AccountId>)) {
	attempt(|attempt| change(&mut attempt.support[index]));
}

#[test]
fn inconsistent_successors_are_detected() {
	let unknown = "a successor lacks the entry of its patient";
	notices(unknown, || Predecessors::<Test>::remove(OTHER));
	notices(unknown, || Predecessors::<Test>::insert(OTHER, LONER));
	notices(unknown, || Successors::<Test>::insert(LONER, OTHER));
	notices("an account acts for a patient without a successor", || {
		Successors::<Test>::remove(PATIENT)
	});
	notices("an account acts for a patient without a successor", || {
		Predecessors::<Test>::insert(STRANGER, LONER)
	});
	notices("a successor has its own successor", || {
		Successors::<Test>::insert(NEW, STRANGER);
		Predecessors::<Test>::insert(STRANGER, NEW);
		System::inc_providers(&STRANGER);
	});
	notices("a successor cannot sign transactions", || {
		System::dec_providers(&OTHER).expect("nothing depends on it");
	});
}

#[test]
fn an_attempt_at_an_impossible_time_is_detected() {
	let time = "an attempt began in the future, or ended before it began";
	notices(time, || attempt(|attempt| attempt.proposed += DAY));
	notices(time, || attempt(|attempt| attempt.expires = attempt.proposed));
	let support_time = "a support is older than its attempt, or later than its end";
	notices(support_time, || support(0, |given| given.at -= 1));
	notices(support_time, || support(1, |given| given.at += LIFETIME));
	notices("supports are not in order of time", || support(0, |given| given.at += 2 * HOUR));
}

#[test]
fn an_attempt_with_a_wrong_threshold_is_detected() {
	let number = "an attempt needs one guardian, or more than there can be";
	notices(number, || attempt(|attempt| attempt.threshold = 1));
	notices(number, || attempt(|attempt| attempt.threshold = 10));
	notices("an attempt has no support", || attempt(|attempt| attempt.support.clear()));
}

#[test]
fn a_party_with_two_parts_is_detected() {
	notices("a patient is their own successor", || attempt(|attempt| attempt.successor = PATIENT));
	let part = "the patient or the successor supports an attempt";
	notices(part, || support(0, |given| given.by = PATIENT));
	notices(part, || support(1, |given| given.by = 53));
	let name = "a support is in another's name";
	notices(name, || support(0, |given| given.by = BROTHER));
	let twice = "a supporter supports an attempt twice";
	notices(twice, || support(1, |given| given.by = SISTER));
	notices(twice, || {
		attempt(|attempt| {
			let again = attempt.support[1].clone();
			attempt.support.try_push(again).expect("has room");
		})
	});
}

#[test]
fn an_invalid_policy_is_detected() {
	notices("a default policy is stored", || {
		Policies::<Test>::insert(ORPHAN, RecoveryPolicy::default())
	});
	let number = "a policy has an invalid number of guardians";
	for threshold in [1, 9] {
		notices(number, || {
			Policies::<Test>::mutate(LONER, |policy| policy.threshold = Some(threshold))
		});
	}
}
