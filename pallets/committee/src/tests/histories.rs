//! Random histories: the invariants hold for all statements of members, at any time.

use crate::{mock::*, *};
use proptest::prelude::*;
use salus_primitives::CommitteeQuery;

#[derive(Clone, Debug)]
enum Step {
	Announce(u8, u8),
	Deal(u8),
	Confirm(u8, u16, u8),
	Share(u8),
	Wait(u64),
	Session(u8),
	/// The council elects the validators with these bits.
	Elect(u8),
	/// A session in which nothing changed but an election.
	Again,
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		6 => (1..=6u8, 1..=6u8).prop_map(|(member, key)| Step::Announce(member, key)),
		6 => (1..=6u8).prop_map(Step::Deal),
		6 => (1..=6u8, prop_oneof![4 => Just(0u16), 1 => any::<u16>()], prop_oneof![5 => Just(1u8), 1 => Just(2u8)])
			.prop_map(|(member, excluded, of)| Step::Confirm(member, excluded, of)),
		2 => (1..=6u8).prop_map(Step::Share),
		2 => (1..30u64).prop_map(Step::Wait),
		1 => (1..=5u8).prop_map(Step::Session),
		1 => any::<u8>().prop_map(Step::Elect),
		2 => Just(Step::Again),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn the_invariants_hold_after_every_step(steps in proptest::collection::vec(step(), 1..80)) {
		new_test_ext().execute_with(|| {
			open_release(7, 1);
			Minimum::set(1);
			for step in steps {
				let epoch = Latest::<Test>::get();
				let active = Committee::active();
				match step {
					Step::Announce(member, key) => {
						let _ = apply(announce_key(epoch, member, crate::mock::key(key)));
					},
					Step::Deal(member) => {
						let _ = apply(deal_call(epoch, member));
					},
					Step::Confirm(member, excluded, of) => {
						let _ = apply(confirm_call(epoch, member, excluded, of));
					},
					Step::Share(member) => {
						let taken = apply(share_call(7, 1, member)).is_ok();
						assert!(!taken || Committee::threshold(1).is_some());
					},
					Step::Wait(blocks) => run_to(System::block_number() + blocks),
					Step::Session(last) => new_session(1..=last),
					Step::Elect(bits) => {
						let present = Running::get().into_iter().map(|one| one as u8);
						let _ = elect(present.filter(|member| bits >> (member - 1) & 1 == 1));
					},
					Step::Again => same_session(Running::get().into_iter().map(|one| one as u8)),
				}
				// A key in use is never lost.
				assert!(active.is_none() || Committee::active() >= active);
				Committee::do_try_state().unwrap();
			}
		});
	}
}
