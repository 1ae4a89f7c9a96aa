//! Each invariant, broken on purpose.

use crate::{mock::*, *};
use frame_support::assert_ok;
use salus_primitives::Verdict;

fn assert_detected(break_it: impl FnOnce(&mut StandingOf<Test>), complaint: &'static str) {
	let set_up = || {
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(confirm_until(reviewer(1), START + 5));
	};
	detects(complaint, set_up, || {
		let mut standing = Standings::<Test>::get(version()).unwrap();
		break_it(&mut standing);
		Standings::<Test>::insert(version(), standing);
	});
}

#[test]
fn an_entry_without_statements_is_detected() {
	assert_detected(
		|standing| *standing = Standing::default(),
		"a subject without statements has an entry",
	);
}

#[test]
fn two_statements_of_one_attester_are_detected() {
	assert_detected(
		|standing| standing.attestations[1].0 = reviewer(0),
		"an account made two statements about a subject",
	);
}

#[test]
fn statements_for_several_organisations_are_detected() {
	assert_detected(
		|standing| standing.attestations[1].1.organisation = CLINIC,
		"statements about a subject are for several organisations",
	);
}

#[test]
fn a_statement_that_had_expired_when_made_is_detected() {
	assert_detected(
		|standing| standing.attestations[0].1.expires = Some(START),
		"a statement had expired when it was made",
	);
}

#[test]
fn a_verdict_that_nobody_stated_is_detected() {
	assert_detected(
		|standing| standing.reached = Some(Verdict::Rejected),
		"a verdict was reached that nobody stated",
	);
}

#[test]
fn a_threshold_out_of_bounds_is_detected() {
	for threshold in [0, MAX_THRESHOLD + 1] {
		let damage = || Thresholds::<Test>::insert(HOSPITAL, threshold);
		detects("a threshold is out of bounds", || {}, damage);
	}
}
