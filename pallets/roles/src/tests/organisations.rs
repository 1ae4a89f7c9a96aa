//! Registering, suspending and reinstating organisations.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{OrganisationKind, OrganisationStatus, Role, RoleQuery};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn the_council_registers_numbered_organisations() {
	without_organisations().build_and_execute(|| {
		assert_eq!(register(OrganisationKind::Hospital, &["Ada"]), 1);
		assert_eq!(
			last_event(),
			Event::OrganisationRegistered { organisation: 1, kind: OrganisationKind::Hospital }
		);
		assert_eq!(register(OrganisationKind::Insurer, &["Ida", "Ian"]), 2);
		let info = Roles::organisation_info(2).unwrap();
		assert_eq!(info.kind, OrganisationKind::Insurer);
		assert_eq!(info.status, OrganisationStatus::Active);
		assert_eq!(info.admins, [account("Ida"), account("Ian")]);
		assert_eq!(info.profile, PROFILE);
		assert_eq!(info.key, None);
	});
}

#[test]
fn only_the_council_registers_an_organisation() {
	build_and_execute(|| {
		for origin in [signed("Ada"), RuntimeOrigin::none()] {
			assert_noop!(
				Roles::register_organisation(
					origin,
					OrganisationKind::Hospital,
					admins(&["Ada"]),
					PROFILE
				),
				BadOrigin
			);
		}
	});
}

#[test]
fn an_organisation_without_admins_is_refused() {
	without_organisations().build_and_execute(|| {
		assert_noop!(
			Roles::register_organisation(
				RuntimeOrigin::root(),
				OrganisationKind::Hospital,
				admins(&[]),
				PROFILE
			),
			Error::<Test>::NoAdmins
		);
	});
}

#[test]
fn an_organisation_that_names_an_admin_twice_is_refused() {
	without_organisations().build_and_execute(|| {
		assert_noop!(
			Roles::register_organisation(
				RuntimeOrigin::root(),
				OrganisationKind::Hospital,
				admins(&["Ada", "Abe", "Ada"]),
				PROFILE
			),
			Error::<Test>::DuplicateAdmin
		);
	});
}

#[test]
fn the_limit_of_administrations_is_enforced() {
	without_organisations().build_and_execute(|| {
		for _ in 0..3 {
			register(OrganisationKind::Laboratory, &["Lea"]);
		}
		assert_noop!(
			Roles::register_organisation(
				RuntimeOrigin::root(),
				OrganisationKind::Laboratory,
				admins(&["Len", "Lea"]),
				PROFILE
			),
			Error::<Test>::TooManyAdministrations
		);
	});
}

#[test]
fn organisation_numbers_do_not_wrap_around() {
	without_organisations().build().execute_with(|| {
		OrganisationCount::<Test>::put(u32::MAX);
		assert_noop!(
			Roles::register_organisation(
				RuntimeOrigin::root(),
				OrganisationKind::Hospital,
				admins(&["Ada"]),
				PROFILE
			),
			sp_runtime::ArithmeticError::Overflow
		);
	});
}

#[test]
fn suspending_an_organisation_stops_its_members_at_once() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		enrol_at("Ada", HOSPITAL, "Pia");
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(last_event(), Event::OrganisationSuspended { organisation: HOSPITAL });
		assert!(!Roles::is_active(HOSPITAL));
		assert!(!Roles::is_admin(&account("Ada"), HOSPITAL));
		assert!(!is_live("Dora", Role::Practitioner));
		// Patients keep their rights.
		assert!(is_live("Pia", Role::Patient));
		assert_eq!(Roles::may_stage(&account("Dora")), None);
		assert_eq!(Roles::allowance_left(&account("Dora")), 0);
		assert_eq!(Roles::allowance_left(&account("Ada")), 0);
		assert!(Roles::is_active(LABORATORY));
	});
}

#[test]
fn admins_of_a_suspended_organisation_cannot_act() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		let suspended = sp_runtime::DispatchError::from(Error::<Test>::OrganisationSuspended);
		let (dora, role) = (account("Dora"), Role::Practitioner);
		assert_noop!(admit_with(signed("Ada"), 1, "Don", role, None, None), suspended);
		assert_noop!(
			Roles::renew_member(signed("Ada"), 1, dora.clone(), role, CREDENTIAL, None, None),
			suspended
		);
		assert_noop!(Roles::suspend_member(signed("Ada"), 1, dora.clone(), role), suspended);
		assert_noop!(Roles::reinstate_member(signed("Ada"), 1, dora.clone(), role), suspended);
		assert_noop!(Roles::revoke_member(signed("Ada"), 1, dora.clone(), role), suspended);
		assert_noop!(Roles::set_organisation_key(signed("Ada"), 1, KEY), suspended);
		assert_noop!(Roles::share_organisation_key(signed("Ada"), 1, dora, wrap(1)), suspended);
		for presenter in ["Ada", "Rita"] {
			let enrolment = enrolment("Pia", HOSPITAL);
			let signature = sign("Pia", &enrolment.to_sign());
			assert_noop!(present(presenter, enrolment, signature), suspended);
		}
	});
}

#[test]
fn reinstating_an_organisation_revives_its_memberships() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_ok!(Roles::reinstate_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(last_event(), Event::OrganisationReinstated { organisation: HOSPITAL });
		assert!(Roles::is_admin(&account("Ada"), HOSPITAL));
		assert!(is_live("Dora", Role::Practitioner));
	});
}

#[test]
fn only_the_council_suspends_and_reinstates_an_organisation() {
	build_and_execute(|| {
		assert_noop!(Roles::suspend_organisation(signed("Ada"), HOSPITAL), BadOrigin);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_noop!(Roles::reinstate_organisation(signed("Ada"), HOSPITAL), BadOrigin);
	});
}

#[test]
fn an_unknown_organisation_is_neither_suspended_nor_reinstated() {
	build_and_execute(|| {
		for id in [0, 3] {
			assert_noop!(
				Roles::suspend_organisation(RuntimeOrigin::root(), id),
				Error::<Test>::UnknownOrganisation
			);
			assert_noop!(
				Roles::reinstate_organisation(RuntimeOrigin::root(), id),
				Error::<Test>::UnknownOrganisation
			);
		}
	});
}

#[test]
fn a_suspended_organisation_is_not_suspended_again() {
	build_and_execute(|| {
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_noop!(
			Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL),
			Error::<Test>::AlreadySuspended
		);
	});
}

#[test]
fn an_active_organisation_is_not_reinstated() {
	build_and_execute(|| {
		assert_noop!(
			Roles::reinstate_organisation(RuntimeOrigin::root(), HOSPITAL),
			Error::<Test>::NotSuspended
		);
	});
}
