//! Whether a release is still in force. Committee members check this before they make a share.

use super::*;

/// Checks that `what` stops a standing request of the doctor.
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
fn a_suspended_membership_stops_the_release() {
	falls(|| Roles::suspend(&DOCTOR, Role::Practitioner));
}

#[test]
fn a_suspended_organisation_stops_the_release() {
	falls(|| Roles::suspend_organisation(HOSPITAL));
}

#[test]
fn an_expired_membership_stops_the_release() {
	falls(|| Roles::set_expiry(DOCTOR, Role::Practitioner, Now::get()));
}

#[test]
fn an_erased_record_stops_the_release() {
	falls(|| Records::erase(LAB));
}

#[test]
fn a_resealed_key_stops_the_release_of_the_old_one() {
	falls(|| Records::seal(LAB, 2, EPOCH + 1));
}

#[test]
fn a_release_stands_until_it_ends() {
	falls(|| wait(HOUR));
}

#[test]
fn the_last_use_of_a_grant_still_counts_for_its_request() {
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
fn a_later_version_leaves_the_release_standing() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		Records::register(LAB, PATIENT, Category::Laboratory, 3);
		assert!(Access::stands(request));
	});
}

#[test]
fn only_a_request_with_a_release_stands() {
	build_and_execute(|| {
		let denied = asked(NURSE, LAB);
		let direct = asked(DOCTOR, NOTE);
		for request in [0, denied, direct, direct + 1] {
			assert!(!Access::stands(request));
		}
	});
}

/// Checks that `what` stops a standing request of the surgeon under an emergency.
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
	// Reinstating the clinician does not bring it back.
	emergency_falls(|case| {
		reject(case);
		assert_ok!(Access::reinstate_clinician(RuntimeOrigin::root(), SURGEON));
	});
}

#[test]
fn one_vote_against_a_case_does_not_stop_its_release() {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		let request = asked(SURGEON, LAB);
		assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
		assert!(Access::stands(request));
	});
}

#[test]
fn losing_the_second_attestation_stops_the_release() {
	emergency_falls(|_| {
		change(|world| {
			world.attested.insert(SURGEON, [ADMIN].into());
		})
	});
}

#[test]
fn losing_every_attestation_stops_the_release() {
	emergency_falls(|_| {
		change(|world| {
			world.attested.remove(&SURGEON);
		})
	});
}

#[test]
fn an_emergency_that_ends_stops_its_release() {
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
fn removing_a_guardian_stops_their_release() {
	build_and_execute(|| {
		change(|world| {
			world.guardians.insert((PATIENT, NURSE));
		});
		let request = asked(NURSE, LAB);
		// The guardian is a nurse, but acted for the patient.
		assert_eq!(last_entry(PATIENT).organisation, None);
		assert!(Access::stands(request));
		change(|world| world.guardians.clear());
		assert!(!Access::stands(request));
	});
}
