//! Which memberships make a reader one to whom a grant or a denial applies.

use super::*;

#[test]
fn someone_without_any_membership_is_refused_even_with_a_grant() {
	build_and_execute(|| {
		give(terms(Grantee::Account(STRANGER)));
		assert_eq!(decide(&asks(STRANGER)), denied(DenyReason::NotMember));
	});
}

#[test]
fn a_suspended_or_revoked_reader_is_refused_until_reinstated() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Account(DOCTOR)));
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(DOCTOR, Role::Practitioner, status);
			assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NotInGoodStanding));
		}
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
	});
}

#[test]
fn a_reader_whose_credential_has_expired_is_refused() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Account(DOCTOR)));
		Roles::set_expiry(DOCTOR, Role::Practitioner, START + 10);
		assert_eq!(decide_at(&asks(DOCTOR), START + 9), by_grant(id));
		assert_eq!(
			decide_at(&asks(DOCTOR), START + 10),
			denied(DenyReason::NotInGoodStanding)
		);
	});
}

#[test]
fn a_reader_of_a_suspended_organisation_is_refused_until_it_is_reinstated() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Account(DOCTOR)));
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Suspended);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NotInGoodStanding));
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Active);
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
	});
}

#[test]
fn the_patient_themself_needs_a_live_membership_as_patient() {
	build_and_execute(|| {
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_eq!(
			decide(&asks(PATIENT)),
			denied(DenyReason::NotInGoodStanding)
		);
		// A live membership of another kind does not stand in for it.
		Roles::admit(PATIENT, Role::Practitioner, Some(HOSPITAL));
		assert_eq!(decide(&asks(PATIENT)), denied(DenyReason::NoGrant));
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_eq!(decide(&asks(PATIENT)), Decision::Permit(Basis::Patient));
	});
}

#[test]
fn another_patient_reads_by_a_grant_to_the_person_only() {
	build_and_execute(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		give(terms(Grantee::CareTeam(HOSPITAL)));
		assert_eq!(decide(&asks(OTHER_PATIENT)), denied(DenyReason::NoGrant));
		let id = give(terms(Grantee::Person(OTHER_PATIENT)));
		assert_eq!(decide(&asks(OTHER_PATIENT)), by_grant(id));
		// And a denial to the organisation is not about its patients.
		deny(Grantee::Organisation(HOSPITAL), Scope::Everything);
		assert_eq!(decide(&asks(OTHER_PATIENT)), by_grant(id));
	});
}

#[test]
fn a_member_of_staff_who_is_a_patient_too_reads_as_staff() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Patient, Some(HOSPITAL));
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn an_organisation_grant_follows_a_live_membership_in_that_organisation() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
		assert_eq!(decide(&asks(RESEARCHER)), denied(DenyReason::NoGrant));
		// Live elsewhere, suspended there.
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
		// Live there in another role.
		Roles::admit(DOCTOR, Role::Auditor, Some(HOSPITAL));
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
	});
}

#[test]
fn an_organisation_grant_rests_while_the_organisation_is_suspended() {
	build_and_execute(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		Roles::set_organisation(HOSPITAL, OrganisationStatus::Suspended);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_follows_that_very_membership() {
	build_and_execute(|| {
		let id = give(terms(practitioners()));
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
		assert_eq!(decide(&asks(NURSE)), denied(DenyReason::NoGrant));
		// Another live membership, even in the same organisation, does not stand in for it.
		Roles::admit(DOCTOR, Role::RecordsAdmin, Some(HOSPITAL));
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			Roles::set_status(DOCTOR, Role::Practitioner, status);
			assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
		}
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
		Roles::set_expiry(DOCTOR, Role::Practitioner, START);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_in_one_organisation_does_not_follow_the_role_to_another() {
	build_and_execute(|| {
		give(terms(practitioners()));
		Roles::admit(DOCTOR, Role::Practitioner, Some(INSTITUTE));
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_role_grant_in_any_organisation_covers_the_role_wherever_it_is_held() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Role {
			role: Role::Practitioner,
			organisation: None,
		}));
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
		Roles::admit(RESEARCHER, Role::Practitioner, Some(INSTITUTE));
		assert_eq!(decide(&asks(RESEARCHER)), by_grant(id));
		Roles::set_organisation(INSTITUTE, OrganisationStatus::Suspended);
		assert_eq!(
			decide(&asks(RESEARCHER)),
			denied(DenyReason::NotInGoodStanding)
		);
	});
}

#[test]
fn a_denial_by_one_live_membership_bars_a_reader_whom_another_would_let_in() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let denial = deny(Grantee::Organisation(INSTITUTE), Scope::Everything);
		assert_eq!(decide(&asks(DOCTOR)), denied(DenyReason::Denied(denial)));
		// It is about live members: once that membership is not, the denial is not about them.
		Roles::set_status(DOCTOR, Role::Researcher, MemberStatus::Revoked);
		assert_eq!(decide(&asks(DOCTOR)), by_grant(id));
	});
}
