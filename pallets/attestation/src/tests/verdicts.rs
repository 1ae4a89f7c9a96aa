//! When a verdict is reached, when it falls, and which hooks are called.

use crate::{mock::*, *};
use frame_support::assert_ok;
use salus_primitives::Verdict::{self, Confirmed, Rejected};

fn reached(verdict: Verdict) -> Heard {
	Heard::Reached(version(), verdict)
}

fn fallen(verdict: Verdict) -> Heard {
	Heard::Fallen(version(), verdict)
}

#[test]
fn a_verdict_is_reached_at_the_organisations_threshold() {
	build_and_execute(|| {
		set_threshold(3);
		assert_ok!(confirm(REVIEWER, version()));
		assert_ok!(reject(REVIEWER + 1, version()));
		assert_ok!(confirm(REVIEWER + 2, version()));
		assert_ok!(reject(REVIEWER + 3, version()));
		assert_eq!(Attestations::reached(&version()), None);
		assert_eq!(heard(), []);
		assert_ok!(reject(REVIEWER + 4, version()));
		assert_eq!(Attestations::reached(&version()), Some(Rejected));
		assert_eq!(heard(), [reached(Rejected)]);
	});
}

#[test]
fn statements_beyond_the_threshold_call_no_hook() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
		assert_ok!(confirm(REVIEWER + 1, version()));
		assert_eq!(heard(), []);
	});
}

#[test]
fn the_first_verdict_stands_against_contrary_statements() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		heard();
		assert_ok!(reject(REVIEWER + 1, version()));
		assert_ok!(reject(REVIEWER + 2, version()));
		assert_eq!(heard(), []);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
	});
}

#[test]
fn when_the_first_verdict_falls_the_contrary_one_replaces_it() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		assert_ok!(reject(REVIEWER + 1, version()));
		heard();
		events();
		assert_ok!(Attestations::revoke(signed(REVIEWER), version(), REVIEWER));
		assert_eq!(heard(), [fallen(Confirmed), reached(Rejected)]);
		assert_eq!(
			events(),
			[
				Event::Revoked { subject: version(), attester: REVIEWER },
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
			assert_ok!(confirm(REVIEWER + index, version()));
		}
		heard();
		assert_ok!(Attestations::revoke(signed(REVIEWER), version(), REVIEWER));
		assert_eq!(heard(), []);
		assert_ok!(Attestations::revoke(signed(REVIEWER + 1), version(), REVIEWER + 1));
		assert_eq!(heard(), [fallen(Confirmed)]);
		assert_eq!(Attestations::reached(&version()), None);
		// It can be reached again, which calls the hook again.
		assert_ok!(confirm(REVIEWER, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
	});
}

#[test]
fn revoking_the_only_statement_leaves_nothing_behind() {
	build_and_execute(|| {
		assert_ok!(confirm(REVIEWER, version()));
		heard();
		assert_ok!(Attestations::revoke(signed(REVIEWER), version(), REVIEWER));
		assert_eq!(heard(), [fallen(Confirmed)]);
		assert_eq!(Standings::<Test>::get(version()), None);
	});
}

#[test]
fn an_expiry_calls_a_hook_only_with_the_next_statement() {
	build_and_execute(|| {
		assert_ok!(confirm_until(REVIEWER, START + 5));
		heard();
		Now::set(START + 5);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
		assert_eq!(heard(), []);
		assert_ok!(reject(REVIEWER + 1, version()));
		assert_eq!(heard(), [fallen(Confirmed), reached(Rejected)]);
	});
}

#[test]
fn renewing_an_expired_verdict_in_time_calls_no_hook() {
	build_and_execute(|| {
		assert_ok!(confirm_until(REVIEWER, START + 5));
		heard();
		Now::set(START + 5);
		assert_ok!(confirm(REVIEWER + 1, version()));
		assert_eq!(heard(), []);
	});
}

#[test]
fn expired_statements_do_not_count_towards_a_verdict() {
	build_and_execute(|| {
		set_threshold(2);
		assert_ok!(confirm_until(REVIEWER, START + 5));
		Now::set(START + 5);
		assert_ok!(confirm(REVIEWER + 1, version()));
		assert_eq!(heard(), []);
		assert_ok!(confirm(REVIEWER + 2, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
	});
}
