//! Organisations that exist from the start.

use crate::{mock::*, *};
use frame_support::traits::Hooks;
use salus_primitives::{OrganisationKind, RoleQuery};
use sp_runtime::BuildStorage;

#[test]
fn organisations_of_the_genesis_are_numbered_from_one_in_their_order() {
	TestExt::default().build_and_execute(|| {
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
	TestExt::empty().build_and_execute(|| {
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
#[should_panic = "no organisation of the genesis has more than MaxAdmins admins"]
fn a_chain_does_not_start_with_more_admins_than_there_may_be() {
	start_with(&["Ada", "Abe", "Amy", "Ann", "Alf"]);
}

#[test]
fn the_configuration_of_the_mock_holds_what_a_runtime_must_hold() {
	TestExt::empty().build_and_execute(Roles::integrity_test);
}
