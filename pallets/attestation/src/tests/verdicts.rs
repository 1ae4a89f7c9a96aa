//! When a verdict is reached, when it falls, and what the hook hears of it.

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
fn a_verdict_is_reached_with_as_many_equal_statements_as_the_organisation_asks_for() {
	build_and_execute(|| {
		set_threshold(3);
		assert_ok!(confirm(RITA, version()));
		assert_ok!(reject(RITA + 1, version()));
		assert_ok!(confirm(RITA + 2, version()));
		assert_ok!(reject(RITA + 3, version()));
		assert_eq!(Attestations::reached(&version()), None);
		assert_eq!(heard(), []);
		assert_ok!(reject(RITA + 4, version()));
		assert_eq!(Attestations::reached(&version()), Some(Rejected));
		assert_eq!(heard(), [reached(Rejected)]);
	});
}

#[test]
fn more_statements_than_needed_tell_the_hook_nothing_new() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
		assert_ok!(confirm(RITA + 1, version()));
		assert_eq!(heard(), []);
	});
}

#[test]
fn the_verdict_reached_first_stands_against_as_many_contrary_statements() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		heard();
		assert_ok!(reject(RITA + 1, version()));
		assert_ok!(reject(RITA + 2, version()));
		assert_eq!(heard(), []);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
	});
}

#[test]
fn when_the_first_verdict_falls_the_contrary_one_takes_its_place() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		assert_ok!(reject(RITA + 1, version()));
		heard();
		events();
		assert_ok!(Attestations::revoke(signed(RITA), version(), RITA));
		assert_eq!(heard(), [fallen(Confirmed), reached(Rejected)]);
		assert_eq!(
			events(),
			[
				Event::Revoked {
					subject: version(),
					attester: RITA
				},
				Event::VerdictFallen {
					subject: version(),
					verdict: Confirmed
				},
				Event::VerdictReached {
					subject: version(),
					verdict: Rejected
				},
			]
		);
	});
}

#[test]
fn a_verdict_falls_when_a_revocation_leaves_too_few_statements() {
	build_and_execute(|| {
		set_threshold(2);
		for index in 0..3 {
			assert_ok!(confirm(RITA + index, version()));
		}
		heard();
		assert_ok!(Attestations::revoke(signed(RITA), version(), RITA));
		assert_eq!(heard(), []);
		assert_ok!(Attestations::revoke(signed(RITA + 1), version(), RITA + 1));
		assert_eq!(heard(), [fallen(Confirmed)]);
		assert_eq!(Attestations::reached(&version()), None);
		// And is reached again, of which the hook is told again.
		assert_ok!(confirm(RITA, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
	});
}

#[test]
fn the_revocation_of_the_only_statement_leaves_nothing_behind() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		heard();
		assert_ok!(Attestations::revoke(signed(RITA), version(), RITA));
		assert_eq!(heard(), [fallen(Confirmed)]);
		assert_eq!(Standings::<Test>::get(version()), None);
	});
}

#[test]
fn time_alone_tells_the_hook_nothing_and_the_next_statement_does() {
	build_and_execute(|| {
		assert_ok!(confirm_until(RITA, START + 5));
		heard();
		Now::set(START + 5);
		assert_eq!(Attestations::reached(&version()), Some(Confirmed));
		assert_eq!(heard(), []);
		assert_ok!(reject(RITA + 1, version()));
		assert_eq!(heard(), [fallen(Confirmed), reached(Rejected)]);
	});
}

#[test]
fn a_statement_that_renews_an_ended_verdict_in_time_tells_the_hook_nothing() {
	build_and_execute(|| {
		assert_ok!(confirm_until(RITA, START + 5));
		heard();
		Now::set(START + 5);
		assert_ok!(confirm(RITA + 1, version()));
		assert_eq!(heard(), []);
	});
}

#[test]
fn ended_statements_do_not_count_towards_a_verdict() {
	build_and_execute(|| {
		set_threshold(2);
		assert_ok!(confirm_until(RITA, START + 5));
		Now::set(START + 5);
		assert_ok!(confirm(RITA + 1, version()));
		assert_eq!(heard(), []);
		assert_ok!(confirm(RITA + 2, version()));
		assert_eq!(heard(), [reached(Confirmed)]);
	});
}
