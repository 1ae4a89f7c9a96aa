//! The council elects the members among the validators.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use proptest::prelude::*;
use salus_primitives::{CommitteeQuery, EpochPhase};
use sp_runtime::DispatchError;
use std::collections::BTreeSet;

fn ids(members: impl IntoIterator<Item = u8>) -> Vec<CommitteeId> {
	members.into_iter().map(id).collect()
}

/// Returns the members of the latest epoch.
fn latest() -> Vec<CommitteeId> {
	members_of(Latest::<Test>::get())
}

#[test]
fn elected_validators_are_members_from_the_next_session_on() {
	build_with([], || {
		new_session(1..=20);
		assert_eq!(latest(), ids(1..=16));
		events();
		assert_ok!(elect([18, 3, 20, 7]));
		let members = vec![18, 3, 20, 7].try_into().unwrap();
		assert_eq!(events(), [Event::Elected { members }]);
		assert_eq!(Committee::elected(), [18, 3, 20, 7]);
		assert_eq!(Latest::<Test>::get(), 1);
		same_session(1..=20);
		assert_eq!(Latest::<Test>::get(), 2);
		assert_eq!(phase(1), EpochPhase::Abandoned);
		// In the order in which they became validators.
		assert_eq!(latest(), ids([3, 7, 18, 20]));
		same_session(1..=20);
		assert_eq!(Latest::<Test>::get(), 2);
	});
}

#[test]
fn without_an_election_the_first_validators_are_members() {
	build_with([], || {
		new_session(1..=20);
		assert_ok!(elect(5..=20));
		same_session(1..=20);
		assert_eq!(latest(), ids(5..=20));
		assert_ok!(elect([]));
		assert!(Committee::elected().is_empty());
		same_session(1..=20);
		assert_eq!(latest(), ids(1..=16));
	});
}

#[test]
fn an_election_in_another_order_opens_no_epoch() {
	build_and_execute(|| {
		new_session(1..=4);
		all_announce(1, 1..=2);
		assert_ok!(elect([4, 2, 3, 1]));
		same_session(1..=4);
		assert_eq!(Latest::<Test>::get(), 1);
		assert_eq!(phase(1), EpochPhase::Announcing);
		assert!(!ElectionDue::<Test>::get());
	});
}

#[test]
fn only_the_council_elects() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none()] {
			let members = vec![1, 2, 3, 4].try_into().unwrap();
			assert_noop!(Committee::elect(origin, members), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn a_committee_that_is_not_in_order_is_refused() {
	build_and_execute(|| {
		new_session(1..=6);
		Shared::set([(6, 1)].into());
		assert_noop!(elect([1, 2, 3, 9]), Error::<Test>::NotValidator);
		assert_noop!(elect([1, 2, 3, 3]), Error::<Test>::OneEach);
		assert_noop!(elect([1, 2, 3, 6]), Error::<Test>::OneEach);
		assert_noop!(elect([1, 2, 3]), Error::<Test>::TooFew);
		assert_ok!(elect([2, 3, 4, 6]));
		// A development chain has fewer.
		Minimum::set(2);
		assert_noop!(elect([1]), Error::<Test>::TooFew);
		assert_ok!(elect([1, 2]));
		// A high minimum of validators asks for no large committee.
		Minimum::set(90);
		assert_ok!(elect([1, 2, 3, 4]));
	});
}

#[test]
fn the_earliest_others_replace_members_that_left() {
	build_with([], || {
		new_session(1..=8);
		assert_ok!(elect([5, 6, 7, 8]));
		same_session(1..=8);
		assert_eq!(latest(), ids([5, 6, 7, 8]));
		new_session([1, 2, 3, 4, 5, 6, 8]);
		assert_eq!(latest(), ids([1, 5, 6, 8]));
		new_session([3, 4]);
		assert_eq!(latest(), ids([3, 4]));
		new_session(1..=8);
		assert_eq!(latest(), ids([5, 6, 7, 8]));
	});
}

#[test]
fn a_hospital_has_one_seat() {
	build_with([], || {
		Shared::set([(1, 5)].into());
		// Hospital 5 runs validators 1 and 5.
		new_session(1..=6);
		assert_eq!(latest(), ids([1, 2, 3, 4, 6]));
		assert_ok!(elect([5, 2, 3, 4]));
		same_session(1..=6);
		assert_eq!(latest(), ids([2, 3, 4, 5]));
		new_session([1, 2, 3, 5, 6]);
		assert_eq!(latest(), ids([2, 3, 5, 6]));
	});
}

#[test]
fn elected_members_take_the_key_over() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		assert_ok!(elect([1, 2, 3, 4]));
		// Validators that join do not enlarge an elected committee.
		new_session(1..=6);
		assert_eq!(Latest::<Test>::get(), 1);
		assert_ok!(elect([2, 3, 4, 5]));
		same_session(1..=6);
		assert_eq!(latest(), ids([2, 3, 4, 5]));
		assert_eq!(Previous::<Test>::get(2), Some(1));
		assert_eq!(Committee::active(), Some(1));
		// Two of the three holders that the key needs: they make a new one.
		assert_ok!(elect([3, 4, 5, 6]));
		same_session(1..=6);
		assert_eq!(latest(), ids([3, 4, 5, 6]));
		assert_eq!(phase(2), EpochPhase::Abandoned);
		assert_eq!(Previous::<Test>::get(3), None);
		assert_eq!(Committee::active(), Some(1));
	});
}

#[test]
fn validators_outside_the_committee_do_not_disturb_it() {
	build_and_execute(|| {
		new_session(1..=4);
		assert_ok!(elect([1, 2, 3, 4]));
		all_announce(1, 1..=3);
		new_session(1..=6);
		new_session_with([(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 66)]);
		assert_eq!(Latest::<Test>::get(), 1);
		assert!(!Next::<Test>::exists());
		say(announce_call(1, 4));
		all_deal(1, 1..=4);
		new_session(1..=5);
		all_confirm(1, 1..=4);
		assert_eq!(Committee::active(), Some(1));
		// Neither do they end a member's request.
		say(rejoin_call(1, 4));
		let due = Due::<Test>::get().unwrap();
		new_session(1..=4);
		assert_eq!(Due::<Test>::get(), Some(due));
		assert_eq!(Rejoins::<Test>::get()[3].0, 1);
		run_to(due);
		assert_eq!(Latest::<Test>::get(), 2);
	});
}

#[test]
fn a_renewal_before_the_session_keeps_the_members() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		assert_ok!(elect([1, 2, 3, 4]));
		new_session(1..=5);
		assert_ok!(elect([2, 3, 4, 5]));
		let renewal = salus_primitives::Renewal::Shares;
		assert_ok!(Committee::renew(RuntimeOrigin::root(), renewal));
		assert_eq!(latest(), ids(1..=4));
		same_session(1..=5);
		assert_eq!(latest(), ids(2..=5));
		assert_eq!(Previous::<Test>::get(3), Some(1));
	});
}

#[test]
fn a_double_election_is_detected() {
	let complaint = "a validator is elected twice";
	let damage = || Elected::<Test>::set(BoundedVec::truncate_from(vec![1, 2, 1]));
	detects(complaint, || new_session(1..=4), damage);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Sessions and elections in any order. Hospitals 1 to 8 run two of the 24 validators each.
	#[test]
	fn the_elected_and_then_the_earliest_are_members(
		steps in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<bool>()), 1..10),
	) {
		let known: Vec<_> = (1..=24).map(id).collect();
		build_with([], || {
			Minimum::set(1);
			Shared::set((17..=24u64).map(|twin| (twin, twin as u32 - 16)).collect());
			let hospital = |member: u8| if member > 16 { member - 16 } else { member };
			let mut session: Vec<u8> = vec![1];
			new_session(session.clone());
			for (bits, named, changes) in steps {
				let is_named = |member: &u8| named >> u32::from(*member) & 1 == 1;
				let _ = elect(session.iter().copied().filter(is_named).take(16));
				if changes {
					let is_in = |one: &u8| (bits | 2) >> u32::from(*one) & 1 == 1;
					session = (1..=24).filter(is_in).collect();
					new_session(session.clone());
				} else {
					same_session(session.clone());
				}
				let members: Vec<u8> = latest()
					.iter()
					.map(|id| 1 + known.iter().position(|one| one == id).unwrap() as u8)
					.collect();
				assert!(members.is_sorted(), "{members:?}");
				assert!(members.iter().all(|one| session.contains(one)), "{members:?}");
				let seated: BTreeSet<u8> = members.iter().copied().map(hospital).collect();
				assert_eq!(seated.len(), members.len(), "{members:?}");
				let all: BTreeSet<u8> = session.iter().copied().map(hospital).collect();
				let elected: Vec<u8> = Committee::elected().into_iter().map(|one| one as u8).collect();
				let seats = if elected.is_empty() { 16 } else { elected.len() };
				assert_eq!(members.len(), seats.min(all.len()), "{members:?}");
				for one in &session {
					if members.contains(one) {
						continue;
					}
					assert!(!elected.contains(one), "{one}");
					let later = members.iter().any(|other| other > one && !elected.contains(other));
					assert!(!later || seated.contains(&hospital(*one)), "{one}");
				}
			}
		});
	}
}
