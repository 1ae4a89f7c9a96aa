//! Renewing, suspending, reinstating and revoking members.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{MemberStatus, Role};
use sp_runtime::DispatchError::BadOrigin;

const DOCTOR: Role = Role::Practitioner;

#[test]
fn an_admin_renews_a_member_whose_credential_has_ended() {
	build_and_execute(|| {
		assert_ok!(admit_with(signed("Ada"), HOSPITAL, "Dora", DOCTOR, Some(START + 10), None));
		Now::set(START + 20);
		assert_ok!(renew("Dora", DOCTOR, [3; 32], Some(START + DAY)));
		assert_eq!(
			last_event(),
			Event::MemberRenewed { organisation: HOSPITAL, account: account("Dora"), role: DOCTOR }
		);
		assert!(is_live("Dora", DOCTOR));
		assert_eq!(member("Dora", DOCTOR).credential, [3; 32]);
		assert_eq!(member("Dora", DOCTOR).since, START);
	});
}

#[test]
fn a_renewal_does_not_reinstate() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		assert_ok!(renew("Dora", DOCTOR, CREDENTIAL, None));
		assert!(!is_live("Dora", DOCTOR));
	});
}

#[test]
fn a_suspension_affects_only_one_membership() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Dora", Role::Auditor);
		assert_ok!(Roles::suspend_member(signed("Abe"), HOSPITAL, account("Dora"), DOCTOR));
		assert_eq!(last_event(), Event::MemberSuspended { account: account("Dora"), role: DOCTOR });
		assert!(!is_live("Dora", DOCTOR));
		assert!(is_live("Dora", Role::Auditor));
		assert_ok!(Roles::reinstate_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		assert_eq!(
			last_event(),
			Event::MemberReinstated { account: account("Dora"), role: DOCTOR }
		);
		assert!(is_live("Dora", DOCTOR));
	});
}

#[test]
fn a_suspended_member_is_not_suspended_again() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		assert_noop!(
			Roles::suspend_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR),
			Error::<Test>::AlreadySuspended
		);
	});
}

#[test]
fn an_active_member_is_not_reinstated() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_noop!(
			Roles::reinstate_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR),
			Error::<Test>::NotSuspended
		);
	});
}

#[test]
fn an_admin_revokes_an_active_or_a_suspended_member() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Don", DOCTOR);
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, account("Don"), DOCTOR));
		for name in ["Dora", "Don"] {
			assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account(name), DOCTOR));
			assert_eq!(last_event(), Event::MemberRevoked { account: account(name), role: DOCTOR });
			assert!(!is_live(name, DOCTOR));
		}
	});
}

#[test]
fn nothing_changes_a_revoked_membership() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		let dora = account("Dora");
		assert_ok!(Roles::revoke_member(signed("Ada"), 1, dora.clone(), DOCTOR));
		let revoked = sp_runtime::DispatchError::from(Error::<Test>::MemberRevoked);
		assert_noop!(
			Roles::renew_member(signed("Ada"), 1, dora.clone(), DOCTOR, CREDENTIAL, None, None),
			revoked
		);
		assert_noop!(Roles::suspend_member(signed("Ada"), 1, dora.clone(), DOCTOR), revoked);
		assert_noop!(Roles::reinstate_member(signed("Ada"), 1, dora.clone(), DOCTOR), revoked);
		assert_noop!(Roles::revoke_member(signed("Ada"), 1, dora, DOCTOR), revoked);
	});
}

/// Asserts that every call on this member is refused with this error.
fn assert_refused(origin: RuntimeOrigin, id: u32, name: &str, role: Role, error: Error<Test>) {
	let who = account(name);
	let o = origin;
	let error = sp_runtime::DispatchError::from(error);
	assert_noop!(
		Roles::renew_member(o.clone(), id, who.clone(), role, CREDENTIAL, None, None),
		error
	);
	assert_noop!(Roles::suspend_member(o.clone(), id, who.clone(), role), error);
	assert_noop!(Roles::reinstate_member(o.clone(), id, who.clone(), role), error);
	assert_noop!(Roles::revoke_member(o, id, who, role), error);
}

#[test]
fn a_missing_membership_cannot_be_changed() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		let unknown = Error::<Test>::UnknownMember;
		assert_refused(signed("Ada"), HOSPITAL, "Dora", Role::Auditor, unknown);
		let unknown = Error::<Test>::UnknownMember;
		assert_refused(signed("Ada"), HOSPITAL, "Nora", DOCTOR, unknown);
	});
}

#[test]
fn only_an_admin_of_the_organisation_admits_and_changes_members() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		for stranger in ["Lea", "Dora", "Rita", "Nora"] {
			assert_noop!(
				admit_with(signed(stranger), HOSPITAL, "Don", DOCTOR, None, None),
				Error::<Test>::NotAdmin
			);
			assert_refused(signed(stranger), HOSPITAL, "Dora", DOCTOR, Error::<Test>::NotAdmin);
		}
	});
}

#[test]
fn an_admin_cannot_change_another_organisations_member() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_refused(signed("Lea"), LABORATORY, "Dora", DOCTOR, Error::<Test>::NotYourMember);
	});
}

#[test]
fn nobody_can_take_away_a_patients_membership() {
	use salus_primitives::{OnAttested, RoleControl, Subject, Verdict};
	build_and_execute(|| {
		let patient = Role::Patient;
		enrol_at("Ada", HOSPITAL, "Pia");
		let pia = || account("Pia");
		let stays = Error::<Test>::PatientStays;
		assert_noop!(Roles::suspend_member(signed("Ada"), HOSPITAL, pia(), patient), stays);
		let stays = Error::<Test>::PatientStays;
		assert_noop!(Roles::revoke_member(signed("Ada"), HOSPITAL, pia(), patient), stays);
		// A patient's membership cannot be given an end either.
		assert_noop!(
			renew("Pia", patient, CREDENTIAL, Some(START + 1)),
			Error::<Test>::PatientStays
		);
		assert_ok!(renew("Pia", patient, [3; 32], None));
		// Other pallets cannot suspend patients either.
		let subject = Subject::Credential { account: pia(), role: patient };
		Roles::suspend(&pia(), patient);
		Roles::bar(&pia(), patient);
		Roles::on_verdict_reached(&subject, Verdict::Rejected);
		assert!(is_live("Pia", patient));
		assert_eq!(member("Pia", patient).status, MemberStatus::Active);
	});
}

#[test]
fn a_patient_suspended_by_an_older_runtime_is_active() {
	use salus_primitives::RoleQuery;
	build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		let pia = || account("Pia");
		for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
			let mut stored = member("Pia", Role::Patient);
			stored.status = status;
			stored.expires = Some(START);
			Members::<Test>::insert(pia(), Role::Patient, stored);
			assert!(is_live("Pia", Role::Patient));
			let given = Roles::memberships(&pia()).remove(0).1;
			assert_eq!((given.status, given.expires), (MemberStatus::Active, None));
			assert!(Roles::memberships_info(&pia())[0].live);
			assert!(Roles::allowance_left(&pia()) > 0);
			let key = if key_of("Pia").unwrap().0 == KEY { OTHER_KEY } else { KEY };
			assert_ok!(Roles::rotate_key(signed("Pia"), key));
		}
	});
}

#[test]
fn a_hospital_releases_a_patient_or_the_patient_leaves() {
	build_and_execute(|| {
		register(salus_primitives::OrganisationKind::Hospital, &["Bea"]);
		for name in ["Pia", "Paul"] {
			enrol_at("Ada", HOSPITAL, name);
		}
		let release = |admin, organisation, name| {
			Roles::release_patient(signed(admin), organisation, account(name))
		};
		assert_noop!(release("Bea", 3, "Pia"), Error::<Test>::NotYourMember);
		assert_noop!(release("Bea", HOSPITAL, "Pia"), Error::<Test>::NotAdmin);
		assert_noop!(release("Ada", HOSPITAL, "Nora"), Error::<Test>::UnknownMember);
		assert_ok!(release("Ada", HOSPITAL, "Pia"));
		let released =
			|name| Event::PatientReleased { patient: account(name), organisation: HOSPITAL };
		assert_eq!(last_event(), released("Pia"));
		assert_noop!(release("Ada", HOSPITAL, "Pia"), Error::<Test>::NotYourMember);
		assert_ok!(Roles::leave(signed("Paul"), Role::Patient));
		assert_eq!(last_event(), released("Paul"));
		assert_noop!(Roles::leave(signed("Paul"), Role::Patient), Error::<Test>::NoOrganisation);
		for name in ["Pia", "Paul"] {
			assert!(is_live(name, Role::Patient));
			assert_eq!(member(name, Role::Patient).organisation, None);
		}
	});
}

#[test]
fn no_organisation_changes_a_self_enrolled_patient() {
	build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		assert_refused(signed("Ada"), HOSPITAL, "Pia", Role::Patient, Error::<Test>::NotYourMember);
	});
}

#[test]
fn members_of_an_unknown_organisation_are_refused() {
	build_and_execute(|| {
		assert_noop!(
			admit_with(signed("Ada"), 3, "Don", DOCTOR, None, None),
			Error::<Test>::UnknownOrganisation
		);
		assert_refused(signed("Ada"), 3, "Don", DOCTOR, Error::<Test>::UnknownOrganisation);
	});
}

#[test]
fn calls_on_members_need_a_signature() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let who = account("Don");
			assert_noop!(
				Roles::admit_member(origin.clone(), 1, who.clone(), DOCTOR, CREDENTIAL, None, None),
				BadOrigin
			);
			assert_noop!(
				Roles::renew_member(origin.clone(), 1, who.clone(), DOCTOR, CREDENTIAL, None, None),
				BadOrigin
			);
			assert_noop!(Roles::suspend_member(origin.clone(), 1, who.clone(), DOCTOR), BadOrigin);
			assert_noop!(
				Roles::reinstate_member(origin.clone(), 1, who.clone(), DOCTOR),
				BadOrigin
			);
			assert_noop!(Roles::revoke_member(origin, 1, who, DOCTOR), BadOrigin);
		}
	});
}

#[test]
fn another_pallet_suspends_only_active_memberships() {
	use salus_primitives::RoleControl;
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Don", DOCTOR);
		Roles::suspend(&account("Dora"), DOCTOR);
		assert_eq!(last_event(), Event::MemberSuspended { account: account("Dora"), role: DOCTOR });
		assert!(!is_live("Dora", DOCTOR));
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account("Don"), DOCTOR));
		let events = System::events().len();
		Roles::suspend(&account("Dora"), DOCTOR);
		Roles::suspend(&account("Don"), DOCTOR);
		Roles::suspend(&account("Nora"), DOCTOR);
		assert_eq!(System::events().len(), events);
		assert_eq!(member("Don", DOCTOR).status, MemberStatus::Revoked);
	});
}
