//! Reached and fallen verdicts, and the hooks that are called for them.

use crate::{mock::*, *};
use frame_support::assert_ok;
use salus_primitives::Verdict::{self, Confirmed, Rejected};

fn reached(verdict: Verdict) -> HookCall {
	HookCall::Reached(version(), verdict)
}

fn fallen(verdict: Verdict) -> HookCall {
	HookCall::Fallen(version(), verdict)
}

#[test]
fn a_verdict_is_reached_at_the_organisations_threshold() {
	build_and_execute(|| {
		set_threshold(3);
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(reject(reviewer(1), version()));
		assert_ok!(confirm(reviewer(2), version()));
		assert_ok!(reject(reviewer(3), version()));
		assert_eq!(Attestations::reached(&version()), None);
		assert_eq!(take_hook_calls(), []);
		assert_ok!(reject(reviewer(4), version()));
		assert_eq!(Attestations::reached(&version()), Some(Rejected));
		assert_eq!(take_hook_calls(), [reached(Rejected)]);
	});
}

#[test]
fn statements_beyond_the_threshold_call_no_hook() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		assert_eq!(take_hook_calls(), [reached(Confirmed)]);
		assert_ok!(confirm(reviewer(1), version()));
		assert_eq!(take_hook_calls(), []);
	});
}

#[test]
fn the_first_verdict_stands_against_contrary_statements() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		take_hook_calls();
		assert_ok!(reject(reviewer(1), version()));
		assert_ok!(reject(reviewer(2), version()));
		assert_eq!(take_hook_calls(), []);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
	});
}

#[test]
fn when_the_first_verdict_falls_the_contrary_one_replaces_it() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(reject(reviewer(1), version()));
		take_hook_calls();
		events();
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_eq!(take_hook_calls(), [fallen(Confirmed), reached(Rejected)]);
		assert_eq!(
			events(),
			[
				Event::Revoked { subject: version(), attester: reviewer(0) },
				Event::VerdictFallen { subject: version(), verdict: Confirmed },
				Event::VerdictReached { subject: version(), verdict: Rejected },
			]
		);
	});
}

#[test]
fn too_few_statements_after_a_revocation_fell_a_verdict() {
	build_and_execute(|| {
		set_threshold(2);
		for index in 0..3 {
			assert_ok!(confirm(reviewer(index), version()));
		}
		take_hook_calls();
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_eq!(take_hook_calls(), []);
		assert_ok!(Attestations::revoke(signed(reviewer(1)), version(), reviewer(1)));
		assert_eq!(take_hook_calls(), [fallen(Confirmed)]);
		assert_eq!(Attestations::reached(&version()), None);
		// The verdict can be reached again, which calls the hook again.
		assert_ok!(confirm(reviewer(0), version()));
		assert_eq!(take_hook_calls(), [reached(Confirmed)]);
	});
}

#[test]
fn revoking_the_only_statement_leaves_nothing_behind() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		take_hook_calls();
		assert_ok!(Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)));
		assert_eq!(take_hook_calls(), [fallen(Confirmed)]);
		assert_eq!(Standings::<Test>::get(version()), None);
	});
}

#[test]
fn an_expiry_calls_a_hook_only_with_the_next_statement() {
	build_and_execute(|| {
		assert_ok!(confirm_until(reviewer(0), START + 5));
		take_hook_calls();
		Now::set(START + 5);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
		assert_eq!(take_hook_calls(), []);
		assert_ok!(reject(reviewer(1), version()));
		assert_eq!(take_hook_calls(), [fallen(Confirmed), reached(Rejected)]);
	});
}

#[test]
fn renewing_an_expired_verdict_in_time_calls_no_hook() {
	build_and_execute(|| {
		assert_ok!(confirm_until(reviewer(0), START + 5));
		take_hook_calls();
		Now::set(START + 5);
		assert_ok!(confirm(reviewer(1), version()));
		assert_eq!(take_hook_calls(), []);
	});
}

#[test]
fn expired_statements_do_not_count_towards_a_verdict() {
	build_and_execute(|| {
		set_threshold(2);
		assert_ok!(confirm_until(reviewer(0), START + 5));
		Now::set(START + 5);
		assert_ok!(confirm(reviewer(1), version()));
		assert_eq!(take_hook_calls(), []);
		assert_ok!(confirm(reviewer(2), version()));
		assert_eq!(take_hook_calls(), [reached(Confirmed)]);
	});
}
