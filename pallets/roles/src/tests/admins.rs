//! Naming the administrators of an organisation.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{OrganisationKind, Role, RoleQuery};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn the_council_replaces_the_admins_of_an_organisation() {
	build_and_execute(|| {
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Abe", "Amy"])));
		assert_eq!(
			last_event(),
			Event::AdminsSet { organisation: HOSPITAL, admins: admins(&["Abe", "Amy"]) }
		);
		assert!(!Roles::is_admin(&account("Ada"), HOSPITAL));
		assert!(Roles::is_admin(&account("Abe"), HOSPITAL));
		assert!(Roles::is_admin(&account("Amy"), HOSPITAL));
		assert_noop!(
			Roles::set_organisation_key(signed("Ada"), HOSPITAL, KEY),
			Error::<Test>::NotAdmin
		);
		assert_ok!(Roles::set_organisation_key(signed("Amy"), HOSPITAL, KEY));
	});
}

#[test]
fn the_admins_of_a_suspended_organisation_can_be_replaced() {
	build_and_execute(|| {
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Amy"])));
		assert!(!Roles::is_admin(&account("Amy"), HOSPITAL));
		assert_ok!(Roles::reinstate_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert!(Roles::is_admin(&account("Amy"), HOSPITAL));
	});
}

#[test]
fn only_the_council_replaces_admins() {
	build_and_execute(|| {
		assert_noop!(Roles::set_admins(signed("Ada"), HOSPITAL, admins(&["Ada"])), BadOrigin);
	});
}

#[test]
fn admins_of_an_unknown_organisation_are_refused() {
	build_and_execute(|| {
		assert_noop!(
			Roles::set_admins(RuntimeOrigin::root(), 3, admins(&["Ada"])),
			Error::<Test>::UnknownOrganisation
		);
	});
}

#[test]
fn an_organisation_is_never_left_without_admins() {
	build_and_execute(|| {
		assert_noop!(
			Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&[])),
			Error::<Test>::NoAdmins
		);
	});
}

#[test]
fn naming_an_admin_twice_is_refused() {
	build_and_execute(|| {
		assert_noop!(
			Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Amy", "Amy"])),
			Error::<Test>::DuplicateAdmin
		);
	});
}

#[test]
fn an_account_at_its_limit_of_organisations_is_refused() {
	build_and_execute(|| {
		register(OrganisationKind::Laboratory, &["Lea"]);
		register(OrganisationKind::Laboratory, &["Lea"]);
		assert_noop!(
			Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Amy", "Lea"])),
			Error::<Test>::TooManyAdministrations
		);
		// An account that already administers the organisation is not counted twice.
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), LABORATORY, admins(&["Lea", "Len"])));
		// An administrator who is dropped from one organisation may take another.
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), LABORATORY, admins(&["Len"])));
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Amy", "Lea"])));
	});
}

#[test]
fn an_admin_keeps_exactly_one_provider_reference() {
	build_and_execute(|| {
		assert_eq!(System::providers(&account("Ada")), 1);
		register(OrganisationKind::Pharmacy, &["Ada"]);
		admit("Abe", HOSPITAL, "Ada", Role::Practitioner);
		assert_eq!(System::providers(&account("Ada")), 1);
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), LABORATORY, admins(&["Len"])));
		assert_eq!(System::providers(&account("Lea")), 1);
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), LABORATORY, admins(&["Lea"])));
		assert_eq!(System::providers(&account("Lea")), 1);
		admit("Lea", LABORATORY, "Len", Role::Device);
		assert_eq!(System::providers(&account("Len")), 1);
	});
}
