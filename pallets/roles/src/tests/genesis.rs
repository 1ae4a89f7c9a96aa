//! Organisations of the genesis.

use crate::{mock::*, *};
use frame_support::traits::Hooks;
use salus_primitives::{OrganisationKind, RoleQuery};
use sp_runtime::BuildStorage;

#[test]
fn genesis_organisations_are_numbered_from_one() {
	build_and_execute(|| {
		let kinds: Vec<_> = Roles::organisations_page(0, 10)
			.items
			.into_iter()
			.map(|info| (info.id, info.kind, info.profile))
			.collect();
		assert_eq!(
			kinds,
			[
				(HOSPITAL, OrganisationKind::Hospital, PROFILE),
				(LABORATORY, OrganisationKind::Laboratory, PROFILE)
			]
		);
		assert!(Roles::is_admin(&account("Abe"), HOSPITAL));
		assert!(Roles::is_admin(&account("Lea"), LABORATORY));
		assert_eq!(System::providers(&account("Ada")), 1);
	});
}

#[test]
fn a_chain_may_start_without_organisations() {
	without_organisations().build_and_execute(|| {
		assert_eq!(Roles::organisations_page(0, 10).total, 0);
		assert_eq!(OrganisationCount::<Test>::get(), 0);
	});
}

fn start_with(names: &[&str]) {
	let admins = names.iter().map(|name| account(name)).collect();
	let organisations = vec![(OrganisationKind::Hospital, admins, PROFILE)];
	let _ = GenesisConfig::<Test> { organisations }.build_storage();
}

#[test]
#[should_panic = "at least one admin"]
fn a_chain_does_not_start_with_an_organisation_without_admins() {
	start_with(&[]);
}

#[test]
#[should_panic = "at least one admin, and none twice"]
fn a_chain_does_not_start_with_an_admin_named_twice() {
	start_with(&["Ada", "Ada"]);
}

#[test]
#[should_panic = "a genesis organisation has at most MaxAdmins admins"]
fn a_chain_does_not_start_with_too_many_admins() {
	start_with(&["Ada", "Abe", "Amy", "Ann", "Alf"]);
}

#[test]
fn the_mock_passes_the_configuration_check() {
	without_organisations().build_and_execute(Roles::integrity_test);
}
