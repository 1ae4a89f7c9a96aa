//! Reads of other pallets and the runtime API.

use crate::mock::*;
use frame_support::assert_ok;
use salus_primitives::{
	KeyAgreementKey, OrganisationInfo, OrganisationKind, OrganisationStatus, Recipient, Role,
	RoleQuery, MAX_PAGE,
};

#[test]
fn memberships_are_listed_by_role_with_their_state() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::StorageNode);
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Lea", LABORATORY, "Dora", Role::Researcher);
		enrol_at("Ada", HOSPITAL, "Dora");
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), LABORATORY));
		let given: Vec<_> = Roles::memberships_info(&account("Dora"))
			.into_iter()
			.map(|info| (info.role, info.member.organisation, info.live))
			.collect();
		assert_eq!(
			given,
			[
				(Role::Patient, Some(HOSPITAL), true),
				(Role::Practitioner, Some(HOSPITAL), true),
				(Role::Researcher, Some(LABORATORY), false),
				(Role::StorageNode, Some(HOSPITAL), true),
			]
		);
		let plain: Vec<_> =
			Roles::memberships(&account("Dora")).into_iter().map(|(role, _)| role).collect();
		assert_eq!(plain, [Role::Patient, Role::Practitioner, Role::Researcher, Role::StorageNode]);
		assert!(Roles::memberships(&account("Nora")).is_empty());
		// An organisation that is suspended is named as well.
		for (role, organisation) in [
			(Role::StorageNode, Some(HOSPITAL)),
			(Role::Researcher, Some(LABORATORY)),
			(Role::Auditor, None),
		] {
			assert_eq!(Roles::organisation_in(&account("Dora"), role), organisation);
		}
	});
}

#[test]
fn a_patient_keeps_rights_when_their_hospital_is_suspended() {
	build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		let is_live = |who, role| Roles::is_live_member(&account(who), role, None, START);
		assert!(is_live("Pia", Role::Patient));
		assert!(!is_live("Dora", Role::Practitioner));
		assert!(Roles::allowance_left(&account("Pia")) > 0, "the patient acts without a token");
	});
}

#[test]
fn a_membership_is_live_only_at_its_own_organisation() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		let is_live = |organisation| {
			Roles::is_live_member(&account("Dora"), Role::Practitioner, organisation, START)
		};
		assert!(is_live(None));
		assert!(is_live(Some(HOSPITAL)));
		assert!(!is_live(Some(LABORATORY)));
		// A patient who enrolled without an organisation belongs to none.
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		let pia = account("Pia");
		assert!(Roles::is_live_member(&pia, Role::Patient, None, START));
		assert!(!Roles::is_live_member(&pia, Role::Patient, Some(HOSPITAL), START));
	});
}

#[test]
fn an_organisation_is_read_with_its_key() {
	build_and_execute(|| {
		assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, KEY));
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		let expected = OrganisationInfo {
			id: HOSPITAL,
			kind: OrganisationKind::Hospital,
			status: OrganisationStatus::Suspended,
			admins: vec![account("Ada"), account("Abe")],
			profile: PROFILE,
			key: Some(KeyAgreementKey { public: KEY, version: 1 }),
		};
		assert_eq!(Roles::organisation_info(HOSPITAL), Some(expected));
		assert_eq!(Roles::organisation_info(0), None);
		assert_eq!(Roles::organisation_info(3), None);
		assert!(Roles::key(&Recipient::Organisation(HOSPITAL)).is_some());
	});
}

#[test]
fn the_kind_of_a_suspended_organisation_is_known() {
	build_and_execute(|| {
		let kind = |id| <Roles as RoleQuery<_>>::kind(id);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(kind(HOSPITAL), Some(OrganisationKind::Hospital));
		assert_eq!(kind(LABORATORY), Some(OrganisationKind::Laboratory));
		assert_eq!(kind(0), None);
		assert_eq!(kind(3), None);
	});
}

#[test]
fn organisations_are_paged_without_gaps() {
	without_organisations().build_and_execute(|| {
		let total = MAX_PAGE + 3;
		for index in 0..total {
			let admin = format!("admin{index}");
			register(OrganisationKind::Pharmacy, &[admin.as_str()]);
		}
		let numbers = |from, limit| {
			let page = Roles::organisations_page(from, limit);
			assert_eq!(page.total, total);
			(page.items.iter().map(|info| info.id).collect::<Vec<_>>(), page.next)
		};
		assert_eq!(numbers(0, 2), (vec![1, 2], Some(2)));
		assert_eq!(numbers(2, 2), (vec![3, 4], Some(4)));
		assert_eq!(numbers(0, u32::MAX), ((1..=MAX_PAGE).collect(), Some(MAX_PAGE)));
		assert_eq!(numbers(MAX_PAGE, MAX_PAGE), ((MAX_PAGE + 1..=total).collect(), None));
		assert_eq!(numbers(total - 1, 1), (vec![total], None));
		assert_eq!(numbers(total, 5), (vec![], None));
		assert_eq!(numbers(u32::MAX, u32::MAX), (vec![], None));
	});
}

#[test]
fn only_members_who_write_records_may_stage() {
	build_and_execute(|| {
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			let name = format!("{role:?}");
			admit("Ada", HOSPITAL, &name, role);
			let writes = matches!(role, Role::Practitioner | Role::RecordsAdmin | Role::Device);
			assert_eq!(Roles::may_stage(&account(&name)), writes.then_some(HOSPITAL), "{role:?}");
		}
		enrol_at("Ada", HOSPITAL, "Pia");
		for name in ["Pia", "Ada", "Nora"] {
			assert_eq!(Roles::may_stage(&account(name)), None);
		}
	});
}

#[test]
fn staging_falls_back_to_a_second_organisation() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Lea", LABORATORY, "Dora", Role::RecordsAdmin);
		assert_eq!(Roles::may_stage(&account("Dora")), Some(HOSPITAL));
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(Roles::may_stage(&account("Dora")), Some(LABORATORY));
	});
}
