//! No seat can fill the council's list.

use super::*;
use std::collections::BTreeSet;

/// Motions with numbers as the council assigns them, some of them ended.
#[derive(Default)]
struct Council {
	next: u32,
	open: BTreeSet<u32>,
}

impl Council {
	fn propose(&mut self, who: AccountId) -> sp_runtime::DispatchResult {
		let number = self.next;
		Pallet::<Test>::count_motion(&who, number, |motion| self.open.contains(&motion))?;
		self.next += 1;
		self.open.insert(number);
		Ok(())
	}
}

#[test]
fn each_seat_has_its_own_limit_of_open_motions() {
	build_and_execute(|| {
		let mut council = Council::default();
		for seat in [11, 12, 13, 14] {
			assert_ok!(council.propose(seat));
			assert_ok!(council.propose(seat));
			assert_noop!(council.propose(seat), E::TooManyMotions);
		}
	});
}

#[test]
fn a_motion_that_ended_makes_room() {
	build_and_execute(|| {
		let mut council = Council::default();
		assert_ok!(council.propose(11));
		assert_ok!(council.propose(11));
		council.open.remove(&0);
		assert_ok!(council.propose(11));
		assert_noop!(council.propose(11), E::TooManyMotions);
		assert_eq!(Motions::<Test>::get().to_vec(), [(1, 1), (2, 1)]);
	});
}

#[test]
fn a_new_representative_gets_no_more_motions() {
	build_and_execute(|| {
		let mut council = Council::default();
		assert_ok!(council.propose(11));
		assert_ok!(council.propose(11));
		assert_ok!(Pallet::<Test>::appoint(root(), 1, 50));
		assert_noop!(council.propose(50), E::TooManyMotions);
		assert_noop!(council.propose(11), E::NotRepresentative);
	});
}

#[test]
fn an_account_without_a_seat_cannot_propose() {
	build_and_execute(|| {
		for who in [1, admin(1), 99] {
			assert_noop!(Council::default().propose(who), E::NotRepresentative);
		}
	});
}

#[test]
fn a_wrong_count_of_motions_is_detected() {
	new_test_ext().execute_with(|| {
		for motions in [vec![(1, 1), (1, 2)], vec![(1, 1), (2, 1), (3, 1)]] {
			Motions::<Test>::put(frame_support::BoundedVec::truncate_from(motions));
			assert!(Pallet::<Test>::do_try_state().is_err());
		}
	});
}
