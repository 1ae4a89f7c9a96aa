//! Shares of an organisation's secret key.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::Role;
use sp_runtime::DispatchError::BadOrigin;

/// Sets up a hospital with a key, and a records admin with a key.
fn prepare() {
	admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
	assert_ok!(Roles::rotate_key(signed("Rita"), KEY));
	assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, OTHER_KEY));
}

fn share(admin: &str, name: &str, key_version: u32) -> sp_runtime::DispatchResult {
	Roles::share_organisation_key(signed(admin), HOSPITAL, account(name), wrap(key_version))
}

fn share_of(name: &str) -> Option<u32> {
	Roles::organisation_key_share(HOSPITAL, &account(name)).map(|wrap| wrap.key_version)
}

#[test]
fn an_admin_shares_the_key_with_those_who_may_use_it() {
	build_and_execute(|| {
		prepare();
		assert_ok!(share("Abe", "Rita", 1));
		assert_eq!(
			last_event(),
			Event::OrganisationKeyShared { organisation: HOSPITAL, account: account("Rita") }
		);
		assert_eq!(share_of("Rita"), Some(1));
		assert_ok!(Roles::rotate_key(signed("Abe"), KEY));
		assert_ok!(share("Ada", "Abe", 1));
		assert_eq!(share_of("Abe"), Some(1));
	});
}

#[test]
fn only_a_new_share_replaces_an_old_share() {
	build_and_execute(|| {
		prepare();
		assert_ok!(share("Ada", "Rita", 1));
		assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, [11; 32]));
		assert_ok!(Roles::rotate_key(signed("Rita"), [12; 32]));
		assert_eq!(share_of("Rita"), Some(1));
		assert_ok!(share("Ada", "Rita", 2));
		assert_eq!(share_of("Rita"), Some(2));
	});
}

#[test]
fn a_share_sealed_to_another_key_version_is_refused() {
	build_and_execute(|| {
		prepare();
		assert_ok!(Roles::rotate_key(signed("Rita"), [12; 32]));
		for version in [0, 1, 3] {
			assert_noop!(share("Ada", "Rita", version), Error::<Test>::WrongKeyVersion);
		}
	});
}

#[test]
fn sharing_needs_keys_of_organisation_and_account() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		assert_ok!(Roles::rotate_key(signed("Rita"), KEY));
		assert_noop!(share("Ada", "Rita", 1), Error::<Test>::NoKey);
		assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, OTHER_KEY));
		assert_noop!(share("Ada", "Abe", 1), Error::<Test>::NoKey);
		assert_ok!(share("Ada", "Rita", 1));
	});
}

#[test]
fn nobody_else_gets_a_share() {
	build_and_execute(|| {
		prepare();
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Lea", LABORATORY, "Rudi", Role::RecordsAdmin);
		for name in ["Dora", "Rudi", "Lea"] {
			assert_ok!(Roles::rotate_key(signed(name), KEY));
			assert_noop!(share("Ada", name, 1), Error::<Test>::NotRecordsAdmin);
		}
		assert_noop!(share("Ada", "Nora", 1), Error::<Test>::NotRecordsAdmin);
	});
}

#[test]
fn a_records_admin_who_is_not_live_gets_no_share() {
	build_and_execute(|| {
		prepare();
		let rita = account("Rita");
		let role = Role::RecordsAdmin;
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, rita.clone(), role));
		assert_noop!(share("Ada", "Rita", 1), Error::<Test>::NotRecordsAdmin);
		assert_ok!(Roles::reinstate_member(signed("Ada"), HOSPITAL, rita.clone(), role));
		assert_ok!(Roles::renew_member(
			signed("Ada"),
			HOSPITAL,
			rita,
			role,
			CREDENTIAL,
			Some(START + 1),
			None
		));
		Now::set(START + 1);
		assert_noop!(share("Ada", "Rita", 1), Error::<Test>::NotRecordsAdmin);
	});
}

#[test]
fn only_an_admin_of_a_known_organisation_shares_its_key() {
	build_and_execute(|| {
		prepare();
		for stranger in ["Rita", "Lea", "Nora"] {
			assert_noop!(share(stranger, "Rita", 1), Error::<Test>::NotAdmin);
		}
		assert_noop!(
			Roles::share_organisation_key(signed("Ada"), 3, account("Rita"), wrap(1)),
			Error::<Test>::UnknownOrganisation
		);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Roles::share_organisation_key(origin, HOSPITAL, account("Rita"), wrap(1)),
				BadOrigin
			);
		}
	});
}

#[test]
fn a_share_outlives_a_suspension_but_not_a_revocation() {
	build_and_execute(|| {
		prepare();
		assert_ok!(share("Ada", "Rita", 1));
		let rita = account("Rita");
		let role = Role::RecordsAdmin;
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, rita.clone(), role));
		assert_eq!(share_of("Rita"), Some(1));
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, rita, role));
		assert_eq!(share_of("Rita"), None);
	});
}

#[test]
fn a_dropped_admin_loses_the_share() {
	build_and_execute(|| {
		prepare();
		for name in ["Ada", "Abe"] {
			assert_ok!(Roles::rotate_key(signed(name), KEY));
			assert_ok!(share("Ada", name, 1));
		}
		admit("Ada", HOSPITAL, "Abe", Role::RecordsAdmin);
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Amy"])));
		assert_eq!(share_of("Ada"), None);
		assert_eq!(share_of("Abe"), Some(1));
		// The same holds the other way round: a revoked records admin who is an administrator keeps
		// it.
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Abe"])));
		assert_ok!(Roles::revoke_member(
			signed("Abe"),
			HOSPITAL,
			account("Abe"),
			Role::RecordsAdmin
		));
		assert_eq!(share_of("Abe"), Some(1));
	});
}
