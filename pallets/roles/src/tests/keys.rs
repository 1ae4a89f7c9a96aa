//! Key-agreement keys of accounts and organisations.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{KeyAgreementKey, Recipient, Role, RoleQuery};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_member_sets_and_rotates_their_key_and_its_version_grows() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		assert_eq!(key_of("Dora"), None);
		for (version, public) in [(1, KEY), (2, OTHER_KEY), (3, KEY)] {
			assert_ok!(Roles::rotate_key(signed("Dora"), public));
			let recipient = Recipient::Account(account("Dora"));
			assert_eq!(last_event(), Event::KeySet { recipient, version });
			assert_eq!(key_of("Dora"), Some((public, version)));
		}
	});
}

#[test]
fn admins_patients_and_suspended_members_rotate_their_keys() {
	build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		assert_ok!(Roles::suspend_member(
			signed("Ada"),
			HOSPITAL,
			account("Dora"),
			Role::Practitioner
		));
		for name in ["Ada", "Pia", "Dora"] {
			assert_ok!(Roles::rotate_key(signed(name), OTHER_KEY));
		}
	});
}

#[test]
fn strangers_and_former_members_cannot_rotate_a_key() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		let role = Role::Practitioner;
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account("Dora"), role));
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), HOSPITAL, admins(&["Ada"])));
		for name in ["Nora", "Dora", "Abe"] {
			assert_noop!(Roles::rotate_key(signed(name), KEY), Error::<Test>::NotMember);
		}
		// A revoked membership does not affect another one.
		admit("Ada", HOSPITAL, "Dora", Role::Auditor);
		assert_ok!(Roles::rotate_key(signed("Dora"), KEY));
	});
}

#[test]
fn a_zero_key_is_refused() {
	build_and_execute(|| {
		assert_noop!(Roles::rotate_key(signed("Ada"), [0; 32]), Error::<Test>::InvalidKey);
		assert_noop!(
			Roles::set_organisation_key(signed("Ada"), HOSPITAL, [0; 32]),
			Error::<Test>::InvalidKey
		);
	});
}

#[test]
fn the_current_key_is_not_set_again() {
	build_and_execute(|| {
		assert_ok!(Roles::rotate_key(signed("Ada"), KEY));
		assert_noop!(Roles::rotate_key(signed("Ada"), KEY), Error::<Test>::KeyUnchanged);
		assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, KEY));
		assert_noop!(
			Roles::set_organisation_key(signed("Abe"), HOSPITAL, KEY),
			Error::<Test>::KeyUnchanged
		);
	});
}

#[test]
fn key_versions_do_not_wrap_around() {
	build_and_execute(|| {
		let last = KeyAgreementKey { public: KEY, version: u32::MAX };
		KeyAgreementKeys::<Test>::insert(Recipient::Account(account("Ada")), last);
		assert_noop!(
			Roles::rotate_key(signed("Ada"), OTHER_KEY),
			sp_runtime::ArithmeticError::Overflow
		);
	});
}

#[test]
fn an_admin_sets_and_replaces_the_key_of_their_organisation() {
	build_and_execute(|| {
		let recipient = Recipient::Organisation(HOSPITAL);
		for (admin, version, public) in [("Ada", 1, KEY), ("Abe", 2, OTHER_KEY)] {
			assert_ok!(Roles::set_organisation_key(signed(admin), HOSPITAL, public));
			assert_eq!(last_event(), Event::KeySet { recipient: recipient.clone(), version });
			assert_eq!(Roles::key(&recipient), Some(KeyAgreementKey { public, version }));
		}
		assert_eq!(Roles::key(&Recipient::Organisation(LABORATORY)), None);
		assert_eq!(key_of("Ada"), None);
	});
}

#[test]
fn only_an_admin_of_a_known_organisation_sets_its_key() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		for stranger in ["Lea", "Rita", "Nora"] {
			assert_noop!(
				Roles::set_organisation_key(signed(stranger), HOSPITAL, KEY),
				Error::<Test>::NotAdmin
			);
		}
		assert_noop!(
			Roles::set_organisation_key(signed("Ada"), 3, KEY),
			Error::<Test>::UnknownOrganisation
		);
	});
}

#[test]
fn setting_keys_needs_a_signature() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Roles::rotate_key(origin.clone(), KEY), BadOrigin);
			assert_noop!(Roles::set_organisation_key(origin, HOSPITAL, KEY), BadOrigin);
		}
	});
}
