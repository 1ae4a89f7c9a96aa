//! Bonds of the hospitals.

use super::*;
use frame_support::traits::fungible::InspectHold;
use sp_runtime::TokenError;

fn held(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::EmergencyBond.into(), &who)
}

fn add(who: AccountId, organisation: OrganisationId, amount: Balance) -> DispatchResult {
	Access::deposit_bond(signed(who), organisation, amount)
}

fn withdraw(who: AccountId, organisation: OrganisationId) -> DispatchResult {
	Access::withdraw_bond(signed(who), organisation)
}

#[test]
fn a_bond_is_held_on_the_depositors_account_and_grows() {
	build_and_execute(|| {
		assert_ok!(add(ADMIN, HOSPITAL, 300));
		assert_ok!(add(ADMIN, HOSPITAL, 200));
		assert_eq!(held(ADMIN), 500);
		assert_eq!(Bonds::<Test>::get(HOSPITAL), Some(Bond { depositor: ADMIN, amount: 500 }));
		assert_eq!(
			events().last(),
			Some(&Event::BondDeposited { organisation: HOSPITAL, depositor: ADMIN, amount: 500 })
		);
	});
}

#[test]
fn only_administrators_of_a_hospital_deposit_for_it() {
	build_and_execute(|| {
		for who in [CHIEF, DOCTOR, STRANGER] {
			assert_noop!(add(who, HOSPITAL, 300), Error::<Test>::NotAdmin);
		}
		assert_noop!(add(CHEMISTS_ADMIN, PHARMACY, 300), Error::<Test>::NotHospital);
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(add(ADMIN, HOSPITAL, 300), Error::<Test>::NotAdmin);
	});
}

#[test]
fn a_deposit_is_positive_and_within_the_depositors_balance() {
	build_and_execute(|| {
		assert_noop!(add(ADMIN, HOSPITAL, 0), Error::<Test>::NothingToDeposit);
		assert_noop!(add(ADMIN, HOSPITAL, 10_001), TokenError::FundsUnavailable);
	});
}

#[test]
fn a_bond_is_held_on_one_account() {
	build_and_execute(|| {
		assert_ok!(add(ADMIN, HOSPITAL, 300));
		assert_noop!(add(DEPUTY, HOSPITAL, 300), Error::<Test>::BondOfAnother);
		// Another administrator may return it and then deposit.
		assert_ok!(withdraw(DEPUTY, HOSPITAL));
		assert_eq!(held(ADMIN), 0);
		assert_ok!(add(DEPUTY, HOSPITAL, 300));
	});
}

#[test]
fn one_account_may_hold_the_bonds_of_two_hospitals() {
	build_and_execute(|| {
		Roles::appoint(CLINIC, ADMIN);
		assert_ok!(add(ADMIN, HOSPITAL, 300));
		assert_ok!(add(ADMIN, CLINIC, 400));
		assert_eq!(held(ADMIN), 700);
		assert_ok!(withdraw(ADMIN, HOSPITAL));
		assert_eq!(held(ADMIN), 400);
	});
}

#[test]
fn a_bond_goes_back_to_its_depositor() {
	build_and_execute(|| {
		assert_noop!(withdraw(ADMIN, HOSPITAL), Error::<Test>::NoBond);
		assert_ok!(add(ADMIN, HOSPITAL, 300));
		for who in [CHIEF, DOCTOR, STRANGER] {
			assert_noop!(withdraw(who, HOSPITAL), Error::<Test>::NotAdmin);
		}
		// A former administrator still gets their own deposit back.
		for admin in Roles::admins(HOSPITAL) {
			Roles::dismiss(HOSPITAL, admin);
		}
		assert_ok!(withdraw(ADMIN, HOSPITAL));
		assert_eq!((held(ADMIN), Balances::free_balance(ADMIN)), (0, 10_000));
		assert_eq!(
			events().last(),
			Some(&Event::BondWithdrawn { organisation: HOSPITAL, depositor: ADMIN, amount: 300 })
		);
	});
}

#[test]
fn a_bond_stays_while_cases_wait_for_a_review() {
	build_and_execute(|| {
		assert_ok!(add(ADMIN, HOSPITAL, MIN_BOND));
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		wait(5 * HOUR);
		assert_noop!(withdraw(ADMIN, HOSPITAL), Error::<Test>::BondNeeded);
		reject(case);
		assert_ok!(withdraw(ADMIN, HOSPITAL));
		assert_eq!(Balances::free_balance(ADMIN), 10_000 - FINE);
	});
}

#[test]
fn a_bond_stays_while_a_justified_case_still_opens_records() {
	build_and_execute(|| {
		assert_ok!(add(ADMIN, HOSPITAL, MIN_BOND));
		justify(opened(SURGEON, HOSPITAL, PATIENT));
		assert_eq!(Access::reviews_due(HOSPITAL), []);
		wait(4 * HOUR - 1);
		assert!(Access::open_case(&SURGEON, &PATIENT, Now::get()).is_some());
		assert_noop!(withdraw(ADMIN, HOSPITAL), Error::<Test>::BondNeeded);
		wait(1);
		assert_ok!(withdraw(ADMIN, HOSPITAL));
	});
}
