//! Allowances that let members act without fees.

use crate::{mock::*, *};
use frame_support::assert_ok;
use salus_primitives::{OrganisationKind, Role};

fn left(name: &str) -> u128 {
	Roles::allowance_left(&account(name))
}

fn draw(name: &str, fee: u128) -> Result<(), Exhausted> {
	Roles::draw(&account(name), fee)
}

const DOCTOR: Role = Role::Practitioner;

#[test]
fn members_admins_and_sponsored_patients_have_an_allowance() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		enrol_at("Ada", HOSPITAL, "Pia");
		for name in ["Ada", "Abe", "Dora"] {
			assert_eq!(left(name), ACCOUNT_ALLOWANCE);
		}
		assert_eq!(left("Pia"), PATIENT_ALLOWANCE);
	});
}

#[test]
fn strangers_and_self_enrolled_patients_have_none() {
	build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		for name in ["Pia", "Nora"] {
			assert_eq!(left(name), 0);
			assert_eq!(draw(name, 1), Err(Exhausted));
			assert_eq!(draw(name, 0), Err(Exhausted));
		}
	});
}

#[test]
fn members_out_of_good_standing_have_no_allowance() {
	build_and_execute(|| {
		for name in ["Dora", "Don"] {
			admit("Ada", HOSPITAL, name, DOCTOR);
		}
		assert_ok!(admit_with(signed("Ada"), HOSPITAL, "Dan", DOCTOR, Some(START + 1), None));
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account("Don"), DOCTOR));
		Now::set(START + 1);
		for name in ["Dora", "Don", "Dan"] {
			assert_eq!(left(name), 0);
			assert_eq!(draw(name, 1), Err(Exhausted));
		}
	});
}

#[test]
fn a_fee_is_drawn_from_the_account_and_from_its_organisation() {
	build_and_execute(|| {
		for name in ["Dora", "Don", "Dan"] {
			admit("Ada", HOSPITAL, name, DOCTOR);
		}
		assert_eq!(draw("Dora", 150), Ok(()));
		assert_eq!(left("Dora"), ACCOUNT_ALLOWANCE - 150);
		assert_eq!(left("Don"), ACCOUNT_ALLOWANCE);
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 150);
		// The others use up the organisation's allowance before their own.
		assert_eq!(draw("Don", 400), Ok(()));
		assert_eq!(draw("Dan", 400), Ok(()));
		assert_eq!(left("Dora"), ORGANISATION_ALLOWANCE - 950);
		assert_eq!(left("Ada"), 50);
		assert_eq!(left("Lea"), ACCOUNT_ALLOWANCE);
	});
}

#[test]
fn an_uncovered_fee_draws_nothing() {
	build_and_execute(|| {
		for name in ["Dora", "Don", "Dan"] {
			admit("Ada", HOSPITAL, name, DOCTOR);
		}
		// The account's allowance is too small.
		assert_eq!(draw("Dora", ACCOUNT_ALLOWANCE + 1), Err(Exhausted));
		assert_eq!(draw("Dora", u128::MAX), Err(Exhausted));
		assert_eq!(left("Dora"), ACCOUNT_ALLOWANCE);
		// The organisation's allowance is too small.
		assert_eq!(draw("Don", ACCOUNT_ALLOWANCE), Ok(()));
		assert_eq!(draw("Dan", ACCOUNT_ALLOWANCE), Ok(()));
		assert_eq!(draw("Dora", 201), Err(Exhausted));
		assert_eq!(AccountUsages::<Test>::get(account("Dora")), Usage::default());
		assert_eq!(draw("Dora", 200), Ok(()));
		assert_eq!(draw("Dora", 1), Err(Exhausted));
		assert_eq!(left("Dora"), 0);
	});
}

#[test]
fn the_allowance_is_full_again_in_every_period() {
	build_and_execute(|| {
		assert_eq!(draw("Ada", ACCOUNT_ALLOWANCE), Ok(()));
		let midnight = START + DAY / 2;
		Now::set(midnight - 1);
		assert_eq!(left("Ada"), 0);
		Now::set(midnight);
		assert_eq!(left("Ada"), ACCOUNT_ALLOWANCE);
		assert_eq!(draw("Ada", 1), Ok(()));
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 1);
		assert_eq!(AccountUsages::<Test>::get(account("Ada")).spent, 1);
	});
}

#[test]
fn a_member_draws_on_the_organisation_with_most_left() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Lea", LABORATORY, "Dora", Role::Researcher);
		assert_eq!(draw("Ada", 100), Ok(()));
		assert_eq!(draw("Dora", 30), Ok(()));
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 100);
		assert_eq!(OrganisationUsages::<Test>::get(LABORATORY).spent, 30);
		// When that organisation is suspended, it draws on the other.
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), LABORATORY));
		assert_eq!(draw("Dora", 30), Ok(()));
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 130);
	});
}

#[test]
fn an_admin_of_several_organisations_draws_on_any_of_them() {
	build_and_execute(|| {
		let pharmacy = register(OrganisationKind::Pharmacy, &["Ada"]);
		assert_eq!(draw("Ada", 10), Ok(()));
		assert_eq!(draw("Ada", 20), Ok(()));
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 10);
		assert_eq!(OrganisationUsages::<Test>::get(pharmacy).spent, 20);
		assert_ok!(Roles::set_admins(RuntimeOrigin::root(), pharmacy, admins(&["Amy"])));
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(left("Ada"), 0);
	});
}

#[test]
fn staff_patients_and_nodes_have_separate_allowances() {
	const NODE: Role = Role::StorageNode;
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		for name in ["Node1", "Node2", "Node3"] {
			admit("Ada", HOSPITAL, name, NODE);
		}
		for name in ["Pia", "Paul", "Pim", "Pam"] {
			enrol_at("Ada", HOSPITAL, name);
		}
		// One patient is limited by their own allowance, and all patients together by theirs.
		assert_eq!(draw("Pia", PATIENT_ALLOWANCE), Ok(()));
		assert_eq!(draw("Pia", 1), Err(Exhausted));
		assert_eq!(draw("Paul", PATIENT_ALLOWANCE), Ok(()));
		let rest = PATIENTS_ALLOWANCE - 2 * PATIENT_ALLOWANCE;
		assert_eq!(left("Pim"), rest);
		assert_eq!(draw("Pim", rest), Ok(()));
		assert_eq!(left("Pam"), 0);
		assert_eq!(left("Dora"), ACCOUNT_ALLOWANCE);
		assert_eq!(left("Node1"), ACCOUNT_ALLOWANCE);
		// The same holds for storage nodes.
		for (name, fee) in [("Node1", 400), ("Node2", 400), ("Node3", 200)] {
			assert_eq!(draw(name, fee), Ok(()));
		}
		assert_eq!(left("Node3"), 0);
		assert_eq!(left("Dora"), ACCOUNT_ALLOWANCE);
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL), Usage::default());
		assert_eq!(PatientsUsages::<Test>::get(HOSPITAL).spent, 300);
		assert_eq!(NodesUsages::<Test>::get(HOSPITAL).spent, 1_000);
	});
}

#[test]
fn a_doctor_draws_on_staff_before_patients() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		enrol_at("Ada", HOSPITAL, "Dora");
		assert_eq!(draw("Dora", 100), Ok(()));
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 100);
		let used_up = Usage { period: START / DAY, spent: ORGANISATION_ALLOWANCE };
		OrganisationUsages::<Test>::insert(HOSPITAL, used_up);
		assert_eq!(left("Dora"), PATIENT_ALLOWANCE - 100);
	});
}

#[test]
fn nobody_shares_a_patients_reserve() {
	build_and_execute(|| {
		for name in ["Pia", "Paul"] {
			enrol_at("Ada", HOSPITAL, name);
		}
		assert_ok!(Roles::enrol(signed("Pim"), KEY));
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		let reserve = |name: &str| Roles::reserve(&account(name)).map(|reserve| reserve.left);
		assert_eq!(reserve("Dora"), None);
		// The reserve does not depend on the hospital or on its patients' allowance.
		let used_up = Usage { period: START / DAY, spent: u128::MAX };
		OrganisationUsages::<Test>::insert(HOSPITAL, used_up);
		PatientsUsages::<Test>::insert(HOSPITAL, used_up);
		AccountUsages::<Test>::insert(account("Pia"), used_up);
		assert_ok!(Roles::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		for name in ["Pia", "Paul", "Pim"] {
			assert_eq!(left(name), 0);
			assert_eq!(reserve(name), Some(PATIENT_RESERVE));
		}
		let pia = account("Pia");
		let used = |fee| Roles::draw_from(&pia, Pool::Reserve, fee);
		assert_eq!(used(PATIENT_RESERVE + 1), Err(Exhausted));
		assert_eq!(used(PATIENT_RESERVE), Ok(()));
		assert_eq!(used(1), Err(Exhausted));
		Roles::refund(&pia, Pool::Reserve, 7);
		assert_eq!(reserve("Pia"), Some(7));
		assert_eq!(reserve("Paul"), Some(PATIENT_RESERVE));
		Now::set(START + DAY);
		assert_eq!(reserve("Pia"), Some(PATIENT_RESERVE));
	});
}

#[test]
fn an_unused_amount_is_refunded() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		let dora = account("Dora");
		let pool = Pool::Staff(HOSPITAL);
		assert_eq!(Roles::draw_from(&dora, pool, 100), Ok(()));
		Roles::refund(&dora, pool, 60);
		assert_eq!(left("Dora"), ACCOUNT_ALLOWANCE - 40);
		assert_eq!(OrganisationUsages::<Test>::get(HOSPITAL).spent, 40);
	});
}

#[test]
fn old_usage_does_not_count_and_sums_saturate() {
	let usage = Usage { period: 3, spent: 5 };
	assert_eq!(usage.left(8, 3), 3);
	assert_eq!(usage.left(4, 3), 0);
	assert_eq!(usage.left(8, 4), 8);
	assert_eq!(usage.with(2, 3), Usage { period: 3, spent: 7 });
	assert_eq!(usage.with(2, 4), Usage { period: 4, spent: 2 });
	assert_eq!(usage.with(u128::MAX, 3).spent, u128::MAX);
	assert_eq!(usage.without(2, 3).spent, 3);
	assert_eq!(usage.without(6, 3).spent, 0);
	assert_eq!(usage.without(2, 4), usage);
}
