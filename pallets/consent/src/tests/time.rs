//! The moments at which a grant begins and ends.

use super::*;

fn granted(from: Option<Moment>, until: Option<Moment>) -> GrantId {
	give(GrantTerms { from, until, ..doctors_terms() })
}

fn at(now: Moment) -> Decision {
	decide_at(&question(DOCTOR), now)
}

#[test]
fn the_beginning_is_included() {
	build_and_execute(|| {
		let id = granted(Some(START + 100), None);
		assert_eq!(at(START), denied(DenyReason::NoGrant));
		assert_eq!(at(START + 99), denied(DenyReason::NoGrant));
		assert_eq!(at(START + 100), by_grant(id));
		assert_eq!(at(Moment::MAX), by_grant(id));
	});
}

#[test]
fn the_end_is_excluded() {
	build_and_execute(|| {
		let id = granted(None, Some(START + 100));
		assert_eq!(at(START), by_grant(id));
		assert_eq!(at(START + 99), by_grant(id));
		assert_eq!(at(START + 100), denied(DenyReason::NoGrant));
		assert_eq!(at(Moment::MAX), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_period_of_one_millisecond_lasts_one_millisecond() {
	build_and_execute(|| {
		let id = granted(Some(START + 5), Some(START + 6));
		assert_eq!(at(START + 4), denied(DenyReason::NoGrant));
		assert_eq!(at(START + 5), by_grant(id));
		assert_eq!(at(START + 6), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_grant_without_a_beginning_holds_from_its_block_on() {
	build_and_execute(|| {
		let id = granted(None, None);
		assert_eq!(at(START - 1), denied(DenyReason::NoGrant));
		assert_eq!(at(START), by_grant(id));
	});
}

#[test]
fn an_expired_grant_gives_way_to_the_next_one() {
	build_and_execute(|| {
		let first = granted(None, Some(START + 10));
		let second = granted(Some(START + 10), None);
		assert_eq!(at(START + 9), by_grant(first));
		assert_eq!(at(START + 10), by_grant(second));
	});
}

#[test]
fn the_decision_follows_the_clock_of_the_chain() {
	build_and_execute(|| {
		let id = granted(None, Some(START + 10));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		Now::set(START + 10);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_denial_does_not_end_by_itself() {
	build_and_execute(|| {
		granted(None, None);
		let denial = deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_eq!(at(Moment::MAX), denied(DenyReason::Denied(denial)));
	});
}
