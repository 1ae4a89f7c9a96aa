//! Whether a release still stands: what members of the committee ask before they make a share.

use super::*;

/// A request of the doctor that stands; then something happens, and it does not any more.
fn falls(what: impl FnOnce()) {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		assert!(Access::stands(request));
		what();
		assert!(!Access::stands(request));
	});
}

#[test]
fn a_revoked_grant_stops_the_release() {
	falls(|| change(|world| world.grants.clear()));
}

#[test]
fn a_suspended_credential_stops_the_release() {
	falls(|| Roles::suspend(&DOCTOR, Role::Practitioner));
}

#[test]
fn a_suspended_organisation_stops_the_release() {
	falls(|| {
		change(|world| {
			world.suspended.insert(HOSPITAL);
		})
	});
}

#[test]
fn a_credential_that_ended_stops_the_release() {
	falls(|| {
		change(|world| {
			let member = world.members.get_mut(&(DOCTOR, Role::Practitioner));
			member.expect("is a member").expires = Some(Now::get());
		})
	});
}

#[test]
fn an_erased_record_stops_the_release() {
	falls(|| Records::erase(LAB));
}

#[test]
fn a_key_sealed_anew_stops_the_release_of_the_old_one() {
	falls(|| {
		change(|world| {
			world.sealed.insert((LAB, 2), EPOCH + 1);
		})
	});
}

#[test]
fn its_end_stops_the_release() {
	falls(|| wait(HOUR));
}

#[test]
fn the_last_use_of_a_grant_is_not_held_against_the_request_that_used_it() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		change(|world| {
			world.used_up.insert(1);
		});
		assert!(Access::stands(request));
		asked(DOCTOR, LAB);
		let denied = Decision::Deny(DenyReason::NoGrant);
		assert_eq!(last_answer(PATIENT), denied);
	});
}

#[test]
fn a_later_version_does_not_change_what_was_asked_for() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		change(|world| {
			world.records.insert(LAB, live_record(PATIENT, 3));
		});
		assert!(Access::stands(request));
	});
}

#[test]
fn what_was_denied_or_never_asked_does_not_stand() {
	build_and_execute(|| {
		let denied = asked(NURSE, LAB);
		let direct = asked(DOCTOR, NOTE);
		for request in [0, denied, direct, direct + 1] {
			assert!(!Access::stands(request));
		}
	});
}

/// A request of the surgeon under an emergency that stands; then something happens, and it does not any more.
fn emergency_falls(what: impl FnOnce(CaseId)) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		let request = asked(SURGEON, LAB);
		let permit = Decision::Permit(Basis::Emergency(case));
		assert_eq!(last_answer(PATIENT), permit);
		assert_eq!(last_entry(PATIENT).organisation, Some(HOSPITAL));
		assert!(Access::stands(request));
		what(case);
		assert!(!Access::stands(request));
	});
}

#[test]
fn a_rejected_case_stops_the_release_that_rests_on_it() {
	emergency_falls(reject);
	// Nor does it come back when the clinician is reinstated.
	emergency_falls(|case| {
		reject(case);
		assert_ok!(Access::reinstate_clinician(RuntimeOrigin::root(), SURGEON));
	});
}

#[test]
fn one_voice_against_it_does_not_stop_the_release_of_an_emergency() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		let request = asked(SURGEON, LAB);
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert!(Access::stands(request));
	});
}

#[test]
fn a_credential_that_the_second_administrator_takes_back_stops_the_release_of_an_emergency() {
	emergency_falls(|_| {
		change(|world| {
			world.attested.insert(SURGEON, [ADMIN].into());
		})
	});
}

#[test]
fn a_credential_that_is_confirmed_no_more_stops_the_release_of_an_emergency() {
	emergency_falls(|_| {
		change(|world| {
			world.attested.remove(&SURGEON);
		})
	});
}

#[test]
fn an_emergency_that_ends_stops_the_release_that_rests_on_it() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		open(SURGEON, HOSPITAL, PATIENT);
		wait(4 * HOUR - MINUTE);
		let request = asked(SURGEON, LAB);
		assert!(Access::stands(request));
		wait(MINUTE);
		assert!(!Access::stands(request));
		asked(SURGEON, LAB);
		let denied = Decision::Deny(DenyReason::NoGrant);
		assert_eq!(last_answer(PATIENT), denied);
	});
}

#[test]
fn a_guardian_who_is_one_no_more_stops_the_release() {
	build_and_execute(|| {
		change(|world| {
			world.guardians.insert((PATIENT, NURSE));
		});
		let request = asked(NURSE, LAB);
		// Though a nurse by profession, they acted for the patient.
		assert_eq!(last_entry(PATIENT).organisation, None);
		assert!(Access::stands(request));
		change(|world| world.guardians.clear());
		assert!(!Access::stands(request));
	});
}
