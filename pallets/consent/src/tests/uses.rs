//! Uses: counting them, running out of them, and deciding counted requests again.

use super::*;
use crate::{Grants, Patients};

fn limited(uses: u32) -> GrantTerms<AccountId> {
	GrantTerms { uses: Some(uses), ..doctors_terms() }
}

fn used(id: GrantId) -> u32 {
	Grants::<Test>::get(PATIENT, id).expect("the grant exists").used
}

/// Makes a permitted request, as the pallet `access` does.
fn take() -> Basis {
	match decide(&question(DOCTOR)) {
		Decision::Permit(basis) => {
			Consent::count_use(&question(DOCTOR), &PATIENT, &basis);
			basis
		}
		refused => panic!("{refused:?}"),
	}
}

fn again(basis: &Basis) -> Decision {
	Consent::decide_again(&question(DOCTOR), basis, START)
}

#[test]
fn a_grant_holds_for_its_number_of_uses() {
	build_and_execute(|| {
		let id = give(limited(2));
		assert_eq!(take(), Basis::Grant(id));
		assert_eq!(take(), Basis::Grant(id));
		assert_eq!(used(id), 2);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		let considered = Consent::explain(&question(DOCTOR), START).considered;
		assert!(
			considered.contains(&Considered { rule: Rule::Grant(id), finding: Finding::UsedUp })
		);
	});
}

#[test]
fn deciding_does_not_count_a_use() {
	build_and_execute(|| {
		let id = give(limited(1));
		for _ in 0..3 {
			assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		}
		assert_eq!(used(id), 0);
	});
}

#[test]
fn uses_without_a_limit_are_also_counted() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		for count in 1..4 {
			take();
			assert_eq!(used(id), count);
		}
	});
}

#[test]
fn a_used_up_grant_gives_way_to_the_next_one() {
	build_and_execute(|| {
		let first = give(limited(1));
		let second = give(limited(1));
		assert_eq!(take(), Basis::Grant(first));
		assert_eq!(take(), Basis::Grant(second));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn the_use_counted_for_a_request_does_not_count_against_it() {
	build_and_execute(|| {
		let id = give(limited(1));
		let basis = take();
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		assert_eq!(again(&basis), by_grant(id));
	});
}

#[test]
fn a_request_counted_elsewhere_uses_no_limited_grant() {
	build_and_execute(|| {
		let first = give(limited(1));
		let basis = take();
		// This grant covers the question as well, but no use of it was counted.
		give(limited(5));
		assert_ok!(Consent::revoke(signed(PATIENT), first, Default::default()));
		assert_eq!(again(&basis), denied(DenyReason::NoGrant));
		// A grant without a limit needs no counting.
		let free = give(doctors_terms());
		assert_eq!(again(&basis), by_grant(free));
	});
}

#[test]
fn counting_a_missing_grant_or_another_basis_does_nothing() {
	build_and_execute(|| {
		let id = give(limited(1));
		let others = [
			Basis::Patient,
			Basis::Grant(id + 1),
			Basis::Guardian(id),
			Basis::Emergency(id),
			Basis::EmergencySummary,
		];
		for basis in others {
			Consent::count_use(&question(DOCTOR), &PATIENT, &basis);
		}
		Consent::count_use(&question(DOCTOR), &OTHER_PATIENT, &Basis::Grant(id));
		assert_eq!(used(id), 0);
	});
}

#[test]
fn a_grant_for_no_uses_is_refused() {
	build_and_execute(|| {
		let wraps = RecordWraps::default();
		assert_noop!(grant(signed(PATIENT), limited(0), wraps), Error::<Test>::NoUses);
	});
}

#[test]
fn writing_needs_a_use_left_but_counts_none() {
	build_and_execute(|| {
		let id =
			give(GrantTerms { actions: actions(&[Action::Read, Action::Write]), ..limited(1) });
		let may_write = || {
			let category = Category::Laboratory;
			Consent::may_write(&DOCTOR, HOSPITAL, &PATIENT, category, None, START)
		};
		assert!(may_write() && may_write());
		assert_eq!(used(id), 0);
		take();
		assert!(!may_write());
	});
}

#[test]
fn ended_grants_make_room_when_needed() {
	build_and_execute(|| {
		MaxGrants::set(3);
		let used_up = give(limited(1));
		take();
		let expired = give(GrantTerms { until: Some(START + 1), ..terms(Grantee::Account(CLERK)) });
		let stands = give(terms(Grantee::Account(CLERK)));
		Now::set(START + 1);
		let id = give(doctors_terms());
		for gone in [used_up, expired] {
			assert!(!Grants::<Test>::contains_key(PATIENT, gone));
			System::assert_has_event(
				Event::<Test>::Cleared { patient: PATIENT, grant: gone }.into(),
			);
		}
		assert!(Grants::<Test>::contains_key(PATIENT, stands));
		assert_eq!((id, Patients::<Test>::get(PATIENT).grants), (3, 2));
	});
}

#[test]
fn only_a_limited_number_is_cleared_and_only_without_room() {
	build_and_execute(|| {
		MaxGrants::set(12);
		for _ in 0..11 {
			give(GrantTerms { until: Some(START + 1), ..terms(Grantee::Account(CLERK)) });
		}
		Now::set(START + 1);
		give(doctors_terms());
		assert_eq!(Patients::<Test>::get(PATIENT).grants, 12);
		give(doctors_terms());
		assert_eq!(Patients::<Test>::get(PATIENT).grants, 12 - 8 + 1);
	});
}
