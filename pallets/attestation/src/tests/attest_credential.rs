//! Statements about credentials of members.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{MemberStatus, Role, Subject, Verdict};

#[test]
fn an_admin_of_the_organisation_attests_a_members_credential() {
	build_and_execute(|| {
		assert_ok!(reject(ADMIN, credential()));
		assert_eq!(take_hook_calls(), [HookCall::Reached(credential(), Verdict::Rejected)]);
	});
}

#[test]
fn nobody_else_attests_a_credential() {
	build_and_execute(|| {
		for stranger in [reviewer(0), CHIEF, DOCTOR, CLINIC_CLERK, STRANGER] {
			assert_noop!(confirm(stranger, credential()), Error::<Test>::NotPermitted);
		}
	});
}

#[test]
fn an_admin_of_a_suspended_organisation_attests_nothing() {
	build_and_execute(|| {
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(confirm(ADMIN, credential()), Error::<Test>::NotPermitted);
	});
}

#[test]
fn nobody_attests_their_own_credential() {
	build_and_execute(|| {
		let role = Role::Practitioner;
		Roles::admit(ADMIN, role, Some(HOSPITAL));
		let own = Subject::Credential { account: ADMIN, role };
		assert_noop!(confirm(ADMIN, own.clone()), Error::<Test>::SelfAttestation);
		assert_ok!(confirm(DEPUTY, own));
	});
}

#[test]
fn an_unknown_membership_cannot_be_attested() {
	build_and_execute(|| {
		for (account, role) in [(STRANGER, Role::Practitioner), (DOCTOR, Role::Auditor)] {
			let subject = Subject::Credential { account, role };
			assert_noop!(confirm(ADMIN, subject), Error::<Test>::UnknownSubject);
		}
	});
}

#[test]
fn a_suspended_membership_is_attested_a_revoked_one_is_not() {
	build_and_execute(|| {
		let set = |status| Roles::set_status(DOCTOR, Role::Practitioner, status);
		set(MemberStatus::Revoked);
		assert_noop!(confirm(ADMIN, credential()), Error::<Test>::CredentialRevoked);
		set(MemberStatus::Suspended);
		assert_ok!(confirm(ADMIN, credential()));
	});
}

#[test]
fn nobody_attests_a_self_enrolled_patient() {
	build_and_execute(|| {
		let subject = Subject::Credential { account: LONER, role: Role::Patient };
		assert_noop!(confirm(ADMIN, subject), Error::<Test>::NotPermitted);
	});
}
