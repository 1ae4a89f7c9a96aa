//! The memberships that make a grant or a denial apply to a reader.

use super::*;

#[test]
fn a_reader_without_any_membership_is_denied() {
	build_and_execute(|| {
		give(terms(Grantee::Account(STRANGER)));
		assert_eq!(decide(&question(STRANGER)), denied(DenyReason::NotMember));
	});
}

#[test]
fn a_suspended_or_revoked_reader_is_denied() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(DOCTOR, Role::Practitioner, status);
			assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NotInGoodStanding));
		}
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn a_reader_with_an_expired_membership_is_denied() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		Roles::set_expiry(DOCTOR, Role::Practitioner, START + 10);
		assert_eq!(decide_at(&question(DOCTOR), START + 9), by_grant(id));
		assert_eq!(decide_at(&question(DOCTOR), START + 10), denied(DenyReason::NotInGoodStanding));
	});
}

#[test]
fn a_reader_of_a_suspended_organisation_is_denied() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		Roles::suspend_organisation(HOSPITAL);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NotInGoodStanding));
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Active);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn the_patient_needs_a_live_membership_as_patient() {
	build_and_execute(|| {
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_eq!(decide(&question(PATIENT)), denied(DenyReason::NotInGoodStanding));
		// A live membership of another kind does not replace it.
		Roles::admit(PATIENT, Role::Practitioner, Some(HOSPITAL));
		assert_eq!(decide(&question(PATIENT)), denied(DenyReason::NoGrant));
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_eq!(decide(&question(PATIENT)), Decision::Permit(Basis::Patient));
	});
}

#[test]
fn another_patient_reads_by_a_grant_to_the_person_only() {
	build_and_execute(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		give(terms(Grantee::CareTeam(HOSPITAL)));
		assert_eq!(decide(&question(OTHER_PATIENT)), denied(DenyReason::NoGrant));
		let id = give(terms(Grantee::Person(OTHER_PATIENT)));
		assert_eq!(decide(&question(OTHER_PATIENT)), by_grant(id));
		// A denial to the organisation does not concern its patients either.
		deny(Grantee::Organisation(HOSPITAL), Scope::Everything);
		assert_eq!(decide(&question(OTHER_PATIENT)), by_grant(id));
	});
}

#[test]
fn staff_who_are_also_patients_read_as_staff() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Patient, Some(HOSPITAL));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn an_organisation_grant_follows_a_live_membership_there() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		assert_eq!(decide(&question(RESEARCHER)), denied(DenyReason::NoGrant));
		// Live elsewhere, suspended there.
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		// Live there in another role.
		Roles::admit(DOCTOR, Role::Auditor, Some(HOSPITAL));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn an_organisation_grant_pauses_during_a_suspension() {
	build_and_execute(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		Roles::suspend_organisation(HOSPITAL);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_follows_that_membership_only() {
	build_and_execute(|| {
		let id = give(terms(practitioners()));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
		// Another live membership, even in the same organisation, does not replace it.
		Roles::admit(DOCTOR, Role::RecordsAdmin, Some(HOSPITAL));
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(DOCTOR, Role::Practitioner, status);
			assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		}
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
		Roles::set_expiry(DOCTOR, Role::Practitioner, START);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_at_one_organisation_does_not_hold_at_another() {
	build_and_execute(|| {
		give(terms(practitioners()));
		Roles::admit(DOCTOR, Role::Practitioner, Some(INSTITUTE));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_for_any_organisation_holds_at_each() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Role { role: Role::Practitioner, organisation: None }));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		Roles::admit(RESEARCHER, Role::Practitioner, Some(INSTITUTE));
		assert_eq!(decide(&question(RESEARCHER)), by_grant(id));
		Roles::suspend_organisation(INSTITUTE);
		assert_eq!(decide(&question(RESEARCHER)), denied(DenyReason::NotInGoodStanding));
	});
}

#[test]
fn a_denial_by_any_live_membership_bars_the_reader() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let denial = deny(Grantee::Organisation(INSTITUTE), Scope::Everything);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(denial)));
		// The denial concerns only live members, so it ends with that membership.
		Roles::set_status(DOCTOR, Role::Researcher, MemberStatus::Revoked);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}
