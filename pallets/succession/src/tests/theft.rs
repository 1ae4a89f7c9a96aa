//! Attempts to take an account without enough support.

use super::*;

/// Asserts that nothing completes the attempt within its lifetime.
fn never_completed() {
	for _ in 0..29 {
		wait(DAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
	}
	wait(DAY);
	assert_noop!(complete(), Error::<Test>::Expired);
	nothing_is_taken();
}

#[test]
fn one_guardian_alone_never_takes_an_account() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_noop!(approve(SISTER, NEW), Error::<Test>::AlreadySupported);
		never_completed();
	});
}

#[test]
fn a_patients_only_guardian_never_takes_an_account() {
	build_and_execute(|| {
		for guardian in [BROTHER, FRIEND, UNCLE] {
			dismiss(PATIENT, guardian);
		}
		assert_ok!(propose(SISTER, NEW));
		assert_eq!(Attempts::<Test>::get(PATIENT).map(|attempt| attempt.threshold), Some(2));
		never_completed();
	});
}

#[test]
fn one_hospital_alone_never_takes_an_account() {
	build_and_execute(|| {
		assert_ok!(propose(ADMIN, NEW));
		for who in [ADMIN, DEPUTY] {
			assert_noop!(approve(who, NEW), Error::<Test>::AlreadySupported);
		}
		assert_noop!(approve(DOCTOR, NEW), Error::<Test>::NotEntitled);
		never_completed();
	});
}

#[test]
fn a_hospital_never_takes_the_account_without_guardians() {
	build_and_execute(|| {
		assert_ok!(propose_for(ORPHAN, ADMIN, NEW));
		wait(DELAY);
		assert_noop!(Succession::complete(signed(ADMIN), ORPHAN), Error::<Test>::NotEnough);
	});
}

#[test]
fn an_administrator_never_counts_as_a_guardian() {
	build_and_execute(|| {
		// Even if both administrators are guardians, they are one hospital.
		appoint(PATIENT, ADMIN, Moment::MAX);
		appoint(PATIENT, DEPUTY, Moment::MAX);
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(2)));
		assert_ok!(propose(ADMIN, NEW));
		assert_noop!(approve(DEPUTY, NEW), Error::<Test>::AlreadySupported);
		never_completed();
		// Administrators do not count as guardians where the hospital is excluded, either.
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		wait(COOLDOWN);
		assert_noop!(propose(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn a_guardian_who_becomes_admin_does_not_count_twice() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER], NEW);
		Roles::appoint(HOSPITAL, SISTER);
		// A guardian's earlier support is not the hospital's.
		wait(DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_ok!(approve(SISTER, NEW));
		assert_noop!(complete(), Error::<Test>::TooEarly);
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		let by: Vec<_> = attempt.support.iter().map(|given| given.by).collect();
		assert_eq!(by, [BROTHER, SISTER]);
	});
}

/// Two of four guardians could take an account once a hospital had dismissed the two others from
/// its staff, or made them its administrators.
#[test]
fn dismissed_guardians_still_count_towards_a_majority() {
	build_and_execute(|| {
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		Lapsed::set(vec![FRIEND]);
		Roles::appoint(HOSPITAL, UNCLE);
		supported(&[SISTER, BROTHER], NEW);
		assert_eq!(Attempts::<Test>::get(PATIENT).map(|attempt| attempt.threshold), Some(3));
		never_completed();
	});
}

#[test]
fn guardians_below_the_threshold_never_take_an_account() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER], NEW);
		never_completed();
	});
	build_and_execute(|| {
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(4)));
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		never_completed();
	});
	build_and_execute(|| {
		// With more guardians required than there are, only the hospital helps.
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(8)));
		supported(&[SISTER, BROTHER, FRIEND, UNCLE], NEW);
		wait(DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_ok!(approve(ADMIN, NEW));
		wait(DELAY);
		assert_ok!(complete());
	});
}

#[test]
fn a_threshold_of_one_is_refused() {
	build_and_execute(|| {
		for threshold in [0, 1, 9, u32::MAX] {
			assert_noop!(
				Succession::set_threshold(signed(PATIENT), PATIENT, Some(threshold)),
				Error::<Test>::InvalidThreshold
			);
		}
	});
}

#[test]
fn ended_appointments_do_not_lower_the_threshold() {
	build_and_execute(|| {
		// Two of four approve, and wait for the others to leave.
		dismiss(PATIENT, FRIEND);
		dismiss(PATIENT, UNCLE);
		appoint(PATIENT, FRIEND, START + 10 * DAY);
		appoint(PATIENT, UNCLE, START + 10 * DAY);
		supported(&[SISTER, BROTHER], NEW);
		never_completed();
	});
}

#[test]
fn supporters_who_lost_their_entitlement_do_not_count() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY);
		dismiss(PATIENT, FRIEND);
		assert_noop!(complete(), Error::<Test>::NotEnough);
	});
	build_and_execute(|| {
		dismiss(PATIENT, FRIEND);
		appoint(PATIENT, FRIEND, START + DELAY);
		supported(&[FRIEND, SISTER, BROTHER], NEW);
		wait(DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
	});
	build_and_execute(|| {
		supported(&[ADMIN, SISTER], NEW);
		wait(DELAY);
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Active);
		Roles::dismiss(HOSPITAL, ADMIN);
		assert_noop!(complete(), Error::<Test>::NotEnough);
	});
}

#[test]
fn supports_of_one_account_do_not_count_for_another() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER], NEW);
		assert_ok!(Succession::withdraw(signed(SISTER), PATIENT));
		// The last necessary guardian proposes their own account, and waits.
		assert_ok!(propose(FRIEND, OTHER));
		assert_eq!(Succession::attempt(&PATIENT).map(|attempt| attempt.support.len()), Some(1));
		assert_noop!(approve(BROTHER, NEW), Error::<Test>::OtherSuccessor);
		never_completed();
	});
	build_and_execute(|| {
		// Supports of an ended attempt do not count for the same account.
		supported(&[SISTER, BROTHER], NEW);
		wait(LIFETIME);
		assert_ok!(propose(FRIEND, NEW));
		never_completed();
	});
	build_and_execute(|| {
		// Supports do not count for another patient.
		supported(&[SISTER, FRIEND], NEW);
		assert_ok!(propose_for(LONER, SISTER, NEW));
		wait(DELAY);
		assert_noop!(Succession::complete(signed(SISTER), LONER), Error::<Test>::NotEnough);
	});
}

#[test]
fn after_an_objection_a_thief_starts_from_nothing() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		wait(DELAY - 1);
		assert_ok!(Succession::object(signed(PATIENT), PATIENT));
		wait(1);
		assert_noop!(complete(), Error::<Test>::NoAttempt);
		assert_ok!(propose(BROTHER, NEW));
		never_completed();
	});
}

#[test]
fn lost_accounts_cannot_support() {
	build_and_execute(|| {
		// If the patient administers the enrolling hospital, a thief of that key does not speak for
		// it.
		Roles::appoint(HOSPITAL, PATIENT);
		appoint(PATIENT, PATIENT, Moment::MAX);
		assert_noop!(propose(PATIENT, NEW), Error::<Test>::NotEntitled);
		Roles::dismiss(HOSPITAL, PATIENT);
		dismiss(PATIENT, PATIENT);
		// A successor had itself appointed, and is then lost.
		brought_back(NEW);
		Roles::appoint(HOSPITAL, PATIENT);
		assert_noop!(propose(PATIENT, OTHER), Error::<Test>::NotEntitled);
		Roles::dismiss(HOSPITAL, PATIENT);
		appoint(PATIENT, NEW, Moment::MAX);
		assert_noop!(propose(NEW, OTHER), Error::<Test>::NotEntitled);
		Roles::appoint(HOSPITAL, NEW);
		assert_noop!(propose(NEW, OTHER), Error::<Test>::NotEntitled);
		assert_ok!(propose(SISTER, OTHER));
		assert_noop!(approve(NEW, OTHER), Error::<Test>::NotEntitled);
		Roles::dismiss(HOSPITAL, NEW);
		assert_noop!(approve(NEW, OTHER), Error::<Test>::NotEntitled);
	});
}

#[test]
fn a_looser_policy_applies_to_later_attempts() {
	build_and_execute(|| {
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(4)));
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(2)));
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, true));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
		never_completed();
	});
}

#[test]
fn a_stricter_policy_applies_to_the_open_attempt() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(4)));
		wait(DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_ok!(approve(UNCLE, NEW));
		wait(DELAY);
		assert_ok!(complete());
	});
	build_and_execute(|| {
		supported(&[SISTER, ADMIN], NEW);
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		wait(DELAY);
		assert_noop!(complete(), Error::<Test>::NotEnough);
	});
}
