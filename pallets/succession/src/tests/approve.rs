//! Supporting an attempt: who may, once, and for one account.

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
		let given = Support {
			by: ADMIN,
			supporter: Supporter::Hospital(HOSPITAL),
			at: START + HOUR,
		};
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
		let event = SuccessionEvent::Approved {
			successor: account_bytes(&NEW),
		};
		assert_eq!(written(), [(PATIENT, ADMIN, Some(HOSPITAL), event)]);
	});
}

#[test]
fn every_guardian_and_the_hospital_fit() {
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
fn guardians_beyond_the_eighth_have_no_say() {
	build_and_execute(|| {
		for guardian in 101..=110 {
			appoint(PATIENT, guardian, Moment::MAX);
		}
		assert_ok!(propose(104, NEW));
		assert_noop!(approve(105, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn others_do_not_support_it() {
	build_and_execute(|| {
		assert_noop!(approve(SISTER, NEW), Error::<Test>::NoAttempt);
		assert_ok!(propose(SISTER, NEW));
		for who in [STRANGER, DOCTOR, CHIEF, PATIENT, NEW] {
			assert_noop!(approve(who, NEW), Error::<Test>::NotEntitled);
		}
		dismiss(PATIENT, BROTHER);
		assert_noop!(approve(BROTHER, NEW), Error::<Test>::NotEntitled);
		change(|world| world.suspended.insert(HOSPITAL));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn the_proposed_account_does_not_support_itself() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		appoint(PATIENT, NEW, Moment::MAX);
		assert_noop!(approve(NEW, NEW), Error::<Test>::NotEntitled);
		dismiss(PATIENT, NEW);
		change(|world| world.admins.insert((HOSPITAL, NEW)));
		assert_noop!(approve(NEW, NEW), Error::<Test>::NotEntitled);
	});
}

#[test]
fn nobody_supports_it_twice_and_the_hospital_has_one_voice() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_noop!(approve(SISTER, NEW), Error::<Test>::AlreadySupported);
		assert_ok!(approve(ADMIN, NEW));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::AlreadySupported);
		assert_noop!(approve(DEPUTY, NEW), Error::<Test>::AlreadySupported);
	});
}

#[test]
fn another_administrator_speaks_for_the_hospital_once_the_first_is_none_any_more() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(approve(ADMIN, NEW));
		change(|world| world.admins.remove(&(HOSPITAL, ADMIN)));
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
		assert_eq!(
			Attempts::<Test>::get(PATIENT).map(|attempt| attempt.support.len()),
			Some(1)
		);
	});
}

#[test]
fn an_attempt_that_ended_takes_no_support() {
	build_and_execute(|| {
		assert_ok!(propose(SISTER, NEW));
		wait(LIFETIME - 1);
		assert_ok!(approve(BROTHER, NEW));
		wait(1);
		assert_noop!(approve(FRIEND, NEW), Error::<Test>::Expired);
	});
}

#[test]
fn a_hospital_that_was_kept_out_at_the_beginning_stays_out() {
	build_and_execute(|| {
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, false));
		assert_ok!(propose(SISTER, NEW));
		assert_ok!(Succession::let_hospital(signed(PATIENT), PATIENT, true));
		assert_noop!(approve(ADMIN, NEW), Error::<Test>::NotEntitled);
	});
}
