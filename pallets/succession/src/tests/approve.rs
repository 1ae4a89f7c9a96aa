//! Support of an attempt.

use super::*;

#[test]
fn guardians_and_the_hospital_support_an_attempt() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(HOUR);
		events();
		written();
		assert_ok!(approve(ADMIN, NEW));
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		let given =
			Support { by: ADMIN, supporter: Supporter::Hospital(HOSPITAL), at: START + HOUR };
		assert_eq!(attempt.support[1], given);
		assert_eq!(
			events(),
			[Event::Supported {
				patient: PATIENT,
				successor: NEW,
				by: ADMIN,
				supporter: Supporter::Hospital(HOSPITAL),
			}]
		);
		let event = SuccessionEvent::Approved { successor: account_bytes(&NEW) };
		assert_eq!(written(), [(PATIENT, ADMIN, Some(HOSPITAL), event)]);
	});
}

#[test]
fn an_attempt_has_room_for_guardians_and_hospital() {
	build_and_execute(|| {
		for guardian in 101..=104 {
			appoint(PATIENT, guardian, Moment::MAX);
		}
		let all = [SISTER, BROTHER, FRIEND, UNCLE, 101, 102, 103, 104, ADMIN];
		supported(&all, NEW);
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		assert_eq!(attempt.support.len(), 9);
		assert_noop!(approve(DEPUTY, NEW), Error::<Test>::AlreadySupported);
	});
}

#[test]
fn guardians_beyond_the_eighth_do_not_count() {
	build_and_execute(|| {
		for guardian in 101..=110 {
			appoint(PATIENT, guardian, Moment::MAX);
		}
		assert_ok!(propose(104, NEW));
		assert_noop!(approve(105, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn others_cannot_support_an_attempt() {
	build_and_execute(|| {
		assert_noop!(approve(SISTER, NEW), Error::<Test>::NoAttempt);
		assert_ok!(propose(SISTER, NEW));
		for who in [STRANGER, DOCTOR, CHIEF, PATIENT, NEW] {
			assert_noop!(approve(who, NEW), Error::<Test>::NotEntitled);
		}
		dismiss(PATIENT, BROTHER);
		assert_noop!(approve(BROTHER, NEW), Error::<Test>::NotEntitled);
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn the_proposed_account_cannot_support_itself() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		appoint(PATIENT, NEW, Moment::MAX);
		assert_noop!(approve(NEW, NEW), Error::<Test>::NotEntitled);
		dismiss(PATIENT, NEW);
		Roles::appoint(HOSPITAL, NEW);
		assert_noop!(approve(NEW, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn each_guardian_and_the_hospital_support_once() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_noop!(approve(SISTER, NEW), Error::<Test>::AlreadySupported);
		assert_ok!(approve(ADMIN, NEW));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::AlreadySupported);
		assert_noop!(approve(DEPUTY, NEW), Error::<Test>::AlreadySupported);
	});
}

#[test]
fn a_new_administrator_replaces_a_dismissed_ones_support() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(approve(ADMIN, NEW));
		Roles::dismiss(HOSPITAL, ADMIN);
		wait(HOUR);
		assert_ok!(approve(DEPUTY, NEW));
		let attempt = Attempts::<Test>::get(PATIENT).expect("is open");
		let by: Vec<_> = attempt.support.iter().map(|given| given.by).collect();
		assert_eq!(by, [SISTER, DEPUTY]);
	});
}

#[test]
fn a_support_is_for_one_account() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_noop!(approve(BROTHER, OTHER), Error::<Test>::OtherSuccessor);
		assert_eq!(Attempts::<Test>::get(PATIENT).map(|attempt| attempt.support.len()), Some(1));
	});
}

#[test]
fn an_ended_attempt_takes_no_support() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(LIFETIME - 1);
		assert_ok!(approve(BROTHER, NEW));
		wait(1);
		assert_noop!(approve(FRIEND, NEW), Error::<Test>::Expired);
	});
}

#[test]
fn a_hospital_excluded_meanwhile_stays_excluded() {
	build_and_execute(|| {
		supported(&[SISTER, ADMIN], NEW);
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		wait(DELAY);
		// The hospital's earlier support does not count: the patient saw no date on which it takes
		// effect.
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, true));
		assert_noop!(complete(), Error::<Test>::NotEnough);
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn a_hospital_excluded_at_the_start_stays_excluded() {
	build_and_execute(|| {
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, true));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}
