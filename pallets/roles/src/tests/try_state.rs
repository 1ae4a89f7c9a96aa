//! Breaks every invariant on purpose.

use crate::{mock::*, *};
use frame_support::{assert_ok, BoundedVec};
use salus_primitives::{
	KeyAgreementKey, Member, MemberStatus, OrganisationKind, OrganisationStatus, Recipient, Role,
};

/// Sets up a state with some of everything.
fn prepare() {
	admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
	enrol_at("Rita", HOSPITAL, "Pia");
	assert_ok!(Roles::enrol(signed("Paul"), KEY));
	assert_ok!(Roles::rotate_key(signed("Rita"), KEY));
	assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, KEY));
	assert_ok!(Roles::share_organisation_key(signed("Ada"), HOSPITAL, account("Rita"), wrap(1)));
	assert_ok!(Roles::draw(&account("Pia"), 1));
}

fn assert_detected(break_it: impl FnOnce(), complaint: &'static str) {
	detects(complaint, prepare, break_it);
}

fn change_hospital(change: impl FnOnce(&mut OrganisationOf<Test>)) {
	let mut hospital = Organisations::<Test>::get(HOSPITAL).unwrap();
	change(&mut hospital);
	Organisations::<Test>::insert(HOSPITAL, hospital);
}

fn change_member(name: &str, role: Role, change: impl FnOnce(&mut Member)) {
	let mut changed = member(name, role);
	change(&mut changed);
	Members::<Test>::insert(account(name), role, changed);
}

#[test]
fn an_unassigned_organisation_number_is_detected() {
	for number in [0, 3] {
		assert_detected(
			|| {
				let organisation = Organisations::<Test>::get(LABORATORY).unwrap();
				Organisations::<Test>::insert(number, organisation);
			},
			"an organisation has a number that was never assigned",
		);
	}
}

#[test]
fn a_missing_organisation_is_detected() {
	assert_detected(|| OrganisationCount::<Test>::put(3), "an organisation is missing");
}

#[test]
fn an_organisation_without_admins_is_detected() {
	assert_detected(
		|| change_hospital(|hospital| hospital.admins = admins(&[])),
		"an organisation has no admin",
	);
}

#[test]
fn an_admin_named_twice_is_detected() {
	assert_detected(
		|| change_hospital(|hospital| hospital.admins = admins(&["Ada", "Abe", "Ada"])),
		"an organisation has an admin twice",
	);
}

#[test]
fn an_admin_without_the_organisation_is_detected() {
	assert_detected(
		|| Administrations::<Test>::remove(account("Ada")),
		"an administrator's list lacks the organisation",
	);
	assert_detected(
		|| change_hospital(|hospital| hospital.admins = admins(&["Ada", "Abe", "Lea"])),
		"an administrator's list lacks the organisation",
	);
}

#[test]
fn an_organisation_without_its_admin_is_detected() {
	assert_detected(
		|| change_hospital(|hospital| hospital.admins = admins(&["Ada"])),
		"an organisation's list lacks its administrator",
	);
	assert_detected(
		|| {
			let ids = BoundedVec::try_from(vec![9]).unwrap();
			Administrations::<Test>::insert(account("Nora"), ids);
		},
		"an organisation's list lacks its administrator",
	);
}

#[test]
fn a_double_administration_is_detected() {
	assert_detected(
		|| {
			let ids = BoundedVec::try_from(vec![HOSPITAL, HOSPITAL]).unwrap();
			Administrations::<Test>::insert(account("Ada"), ids);
		},
		"an account administers an organisation twice",
	);
}

#[test]
fn an_admin_who_cannot_send_transactions_is_detected() {
	assert_detected(
		|| {
			System::dec_providers(&account("Ada")).unwrap();
		},
		"an admin has no provider reference",
	);
}

#[test]
fn a_member_without_an_organisation_is_detected() {
	assert_detected(
		|| change_member("Rita", Role::RecordsAdmin, |rita| rita.organisation = None),
		"no organisation answers for a member",
	);
}

#[test]
fn a_member_of_an_unknown_organisation_is_detected() {
	assert_detected(
		|| change_member("Pia", Role::Patient, |pia| pia.organisation = Some(9)),
		"a member's organisation does not exist",
	);
}

#[test]
fn a_patient_of_another_kind_of_organisation_is_detected() {
	assert_detected(
		|| change_member("Pia", Role::Patient, |pia| pia.organisation = Some(LABORATORY)),
		"a patient's organisation is not a hospital",
	);
}

#[test]
fn a_patient_without_a_key_is_detected() {
	assert_detected(
		|| KeyAgreementKeys::<Test>::remove(Recipient::Account(account("Paul"))),
		"a patient has no key",
	);
}

#[test]
fn a_member_who_cannot_send_transactions_is_detected() {
	assert_detected(
		|| {
			System::dec_providers(&account("Paul")).unwrap();
		},
		"a member has no provider reference",
	);
}

#[test]
fn a_key_of_nobody_is_detected() {
	for recipient in [Recipient::Account(account("Nora")), Recipient::Organisation(9)] {
		assert_detected(
			|| {
				let key = KeyAgreementKey { public: KEY, version: 1 };
				KeyAgreementKeys::<Test>::insert(recipient, key);
			},
			"a key belongs to nobody",
		);
	}
}

#[test]
fn a_key_of_zeros_or_without_a_version_is_detected() {
	let set = |public, version| {
		let key = KeyAgreementKey { public, version };
		KeyAgreementKeys::<Test>::insert(Recipient::Account(account("Pia")), key);
	};
	assert_detected(|| set([0; 32], 1), "a key is zero");
	assert_detected(|| set(KEY, 0), "a key has no version");
}

#[test]
fn a_share_of_a_missing_key_is_detected() {
	assert_detected(
		|| KeyAgreementKeys::<Test>::remove(Recipient::Organisation(HOSPITAL)),
		"a share is of a key that does not exist",
	);
}

#[test]
fn a_share_in_wrong_hands_is_detected() {
	for name in ["Pia", "Nora", "Lea"] {
		assert_detected(
			|| OrganisationKeyShares::<Test>::insert(HOSPITAL, account(name), wrap(1)),
			"a share is held by an account that may not use it",
		);
	}
	assert_detected(
		|| change_member("Rita", Role::RecordsAdmin, |it| it.status = MemberStatus::Revoked),
		"a share is held by an account that may not use it",
	);
}

#[test]
fn a_share_sealed_to_an_unknown_version_is_detected() {
	for version in [0, 2] {
		assert_detected(
			|| OrganisationKeyShares::<Test>::insert(HOSPITAL, account("Rita"), wrap(version)),
			"a share is sealed to a key version that never existed",
		);
	}
}

#[test]
fn allowances_used_by_unknown_parties_are_detected() {
	let usage = Usage { period: 1, spent: 1 };
	assert_detected(
		|| OrganisationUsages::<Test>::insert(9, usage),
		"an unknown organisation used an allowance",
	);
	assert_detected(
		|| PatientsUsages::<Test>::insert(9, usage),
		"an unknown organisation used an allowance",
	);
	assert_detected(
		|| NodesUsages::<Test>::insert(9, usage),
		"an unknown organisation used an allowance",
	);
	assert_detected(
		|| ReserveUsages::<Test>::insert(account("Rita"), usage),
		"an account that is not a patient used a reserve",
	);
	assert_detected(
		|| AccountUsages::<Test>::insert(account("Nora"), usage),
		"an unknown account used an allowance",
	);
}

#[test]
fn a_member_who_is_barred_and_active_is_detected() {
	for (name, role) in [("Rita", Role::RecordsAdmin), ("Rita", Role::Auditor)] {
		assert_detected(
			|| Barred::<Test>::insert(account(name), role, false),
			"a member is barred and active",
		);
	}
}

#[test]
fn an_odd_but_allowed_state_passes() {
	build_and_execute(|| {
		prepare();
		change_hospital(|hospital| hospital.status = OrganisationStatus::Suspended);
		register(OrganisationKind::Regulator, &["Ada"]);
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), 3, admins(&["Nora"])));
	});
}
