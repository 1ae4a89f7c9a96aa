//! An epoch takes over the key of the one before.

use crate::{
	mock::*,
	takeover::{PATIENCE, PERSISTENCE},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{
	CommitteeQuery, CommitteeStatement, EpochKey, EpochPhase, Exclusion, MemberIndex, Renewal,
};
use sp_runtime::{transaction_validity::InvalidTransaction, DispatchError, DispatchResult};

/// Returns the calls with which a member takes part in an epoch where it has a different index.
fn announce_as(epoch: u32, index: MemberIndex, member: u8) -> Call<Test> {
	let key = key(member);
	let statement = CommitteeStatement::Announce { epoch, index, key: &key };
	let signature = sign(member, statement);
	Call::announce { epoch, index, key, signature }
}

fn deal_as(epoch: u32, index: MemberIndex, member: u8) -> Call<Test> {
	let dealing = dealing(member);
	let statement = CommitteeStatement::Deal { epoch, index, dealing: &dealing };
	let signature = sign(member, statement);
	Call::deal { epoch, index, dealing, signature }
}

fn confirm_as(epoch: u32, index: MemberIndex, member: u8, excluded: u16) -> Call<Test> {
	let public = public(epoch as u8);
	let statement = CommitteeStatement::Confirm { epoch, index, excluded, public: &public };
	let signature = sign(member, statement);
	Call::confirm { epoch, index, excluded, public, signature }
}

/// Members in the order of their index.
fn seated(members: &[u8]) -> impl Iterator<Item = (MemberIndex, u8)> + '_ {
	(1..).zip(members.iter().copied())
}

/// Has these members announce their keys for an epoch.
fn each_announces(epoch: u32, members: impl IntoIterator<Item = (MemberIndex, u8)>) {
	for (index, member) in members {
		say(announce_as(epoch, index, member));
	}
}

/// Opens the next epoch with these members, and has all of them announce their keys.
fn open_with(members: &[u8]) -> u32 {
	new_session(members.iter().copied());
	let epoch = Latest::<Test>::get();
	each_announces(epoch, seated(members));
	assert_eq!(phase(epoch), EpochPhase::Dealing);
	epoch
}

/// Has these of an epoch's members deal, and all of a quorum confirm.
fn form(epoch: u32, members: &[u8], dealers: &[u8]) {
	for (index, member) in seated(members).filter(|(_, member)| dealers.contains(member)) {
		say(deal_as(epoch, index, member));
	}
	assert_eq!(phase(epoch), EpochPhase::Confirming);
	for (index, member) in seated(members) {
		if phase(epoch) == EpochPhase::Confirming {
			say(confirm_as(epoch, index, member, 0));
		}
	}
	assert_eq!(phase(epoch), EpochPhase::Active);
}

/// Has the members of an epoch announce their keys, deal and confirm.
fn take_part(epoch: u32, members: &[u8]) {
	each_announces(epoch, seated(members));
	form(epoch, members, members);
}

fn key_of(epoch: u32) -> EpochKey {
	Committee::epoch_key(epoch).unwrap()
}

/// Returns the key of an epoch, with no complete one.
fn held_by(origin: u32, previous: Option<u32>, holder: u32, others: &[u32]) -> EpochKey {
	EpochKey { origin, previous, holder, others: others.to_vec(), complete: None }
}

#[test]
fn the_members_that_stay_hand_the_key_on() {
	build_and_execute(|| {
		activate();
		let members = [1, 3, 4, 5];
		let epoch = open_with(&members);
		assert_eq!(key_of(epoch), held_by(1, Some(1), epoch, &[]));
		assert_eq!(key_of(1).holder, 1);
		// The new member has no share to deal.
		refused(deal_as(epoch, 4, 5), InvalidTransaction::BadSigner, Error::NoShare);
		form(epoch, &members, &[1, 3, 4]);
		assert_eq!(key_of(1), held_by(1, None, epoch, &[1]));
		assert_eq!(Committee::holder(1), epoch);
		let state = Epochs::<Test>::get(epoch).unwrap();
		assert!(state.seats.iter().all(|seat| seat.excluded.is_none()), "{state:?}");
		// Releases that were requested before are served by the old members.
		assert_ok!(Committee::may_share(1, 2));

		// And so on.
		let members = [3, 4, 5, 6];
		let next = open_with(&members);
		form(next, &members, &[3, 4, 5]);
		for earlier in [1, epoch, next] {
			assert_eq!((key_of(earlier).origin, key_of(earlier).holder), (1, next));
		}
	});
}

#[test]
fn with_too_few_of_the_old_members_the_new_ones_make_a_key() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 5, 6];
		let epoch = open_with(&members);
		assert_eq!(key_of(epoch), held_by(epoch, None, epoch, &[]));
		form(epoch, &members, &members);
		// The old members continue to release what is sealed to the old key.
		assert_eq!(Committee::holder(1), 1);
		assert_eq!(Committee::holder(epoch), epoch);
	});
}

#[test]
fn a_member_whose_dealing_was_invalid_holds_no_share() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=4);
		for member in [1, 2, 3] {
			say(confirm_call(1, member, 0b1000, 1));
		}
		// Members 1 and 2 hold shares, and 4 does not: too few.
		let epoch = open_with(&[1, 2, 4, 5]);
		assert_eq!(key_of(epoch).previous, None);
	});
}

#[test]
fn a_holder_that_does_not_deal_is_named() {
	build_with(1..=7, || {
		all_announce(1, 1..=7);
		all_deal(1, 1..=7);
		all_confirm(1, 1..=5);
		let members = [1, 2, 3, 4, 5, 6, 8];
		let epoch = open_with(&members);
		for member in 1..=5 {
			say(deal_as(epoch, member.into(), member));
		}
		// Five dealings determine the key, but the sixth may still come.
		assert_eq!(phase(epoch), EpochPhase::Dealing);
		run_to(System::block_number() + PHASE);
		assert_eq!(phase(epoch), EpochPhase::Confirming);
		let excluded: Vec<_> =
			Epochs::<Test>::get(epoch).unwrap().seats.iter().map(|seat| seat.excluded).collect();
		let named = Some(Exclusion::NoDealing);
		assert_eq!(excluded, [None, None, None, None, None, named, None]);
	});
}

#[test]
fn a_grown_committee_needs_no_more_dealings_than_before() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 3, 4, 5, 6, 7];
		let epoch = open_with(&members);
		for (index, member) in seated(&members).take(3) {
			say(deal_as(epoch, index, member));
		}
		run_to(System::block_number() + PHASE);
		assert_eq!(phase(epoch), EpochPhase::Confirming);
		// Of three dealings, none can be left out.
		refused(confirm_as(epoch, 2, 2, 1), InvalidTransaction::Call, Error::InvalidExclusion);
		for (index, member) in seated(&members).take(5) {
			say(confirm_as(epoch, index, member, 0));
		}
		assert_eq!(phase(epoch), EpochPhase::Active);
	});
}

/// Has these members do all that they can in each block, until a block.
fn live(present: &[(MemberIndex, u8)], until: u64) {
	while System::block_number() < until {
		run_to(System::block_number() + 1);
		let epoch = Latest::<Test>::get();
		for (index, member) in present.iter().copied() {
			let _ = apply(announce_as(epoch, index, member));
			let _ = apply(deal_as(epoch, index, member));
			let _ = apply(confirm_as(epoch, index, member, 0));
		}
	}
}

/// Blocks in a week of attempts.
const WEEK: u64 = PERSISTENCE as u64 * PHASE;

/// Blocks for which an attempt waits for one more holder.
const DAY: u64 = PATIENCE as u64 * PHASE;

#[test]
fn after_a_week_of_attempts_the_members_make_a_new_key() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 3, 5];
		let mut epoch = open_with(&members);
		let began = System::block_number();
		while key_of(epoch).previous == Some(1) {
			assert!(System::block_number() < began + WEEK);
			// Member 1 does not deal, so that the key cannot be handed on.
			say(deal_as(epoch, 2, 2));
			let abandoned = epoch;
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			assert!(!Previous::<Test>::contains_key(abandoned));
			epoch = Latest::<Test>::get();
			each_announces(epoch, seated(&members));
			Committee::do_try_state().unwrap();
		}
		assert!(System::block_number() >= began + WEEK);
		form(epoch, &members, &members);
		assert_eq!(Committee::holder(1), 1);
		// The next epoch takes over the new key.
		let members = [1, 2, 3, 6];
		let next = open_with(&members);
		assert_eq!(key_of(next).previous, Some(epoch));
	});
}

#[test]
fn a_holder_that_does_not_deal_is_replaced_by_one_that_returns() {
	build_and_execute(|| {
		activate();
		// The third is away for two days, and the fourth refuses to deal.
		let members = [1, 2, 3, 4, 5];
		new_session(members);
		let began = System::block_number();
		let part = |present: &[u8]| {
			run_to(System::block_number() + 1);
			let epoch = Latest::<Test>::get();
			for (index, member) in seated(&members).filter(|(_, one)| present.contains(one)) {
				let _ = apply(announce_as(epoch, index, member));
				if member != 4 {
					let _ = apply(deal_as(epoch, index, member));
				}
				let _ = apply(confirm_as(epoch, index, member, 0));
			}
		};
		while System::block_number() < began + 2 * DAY {
			part(&[1, 2, 4, 5]);
		}
		assert_eq!(Committee::holder(1), 1);
		assert!(Latest::<Test>::get() < 6, "a day passes between attempts");
		for _ in 0..20 * PHASE {
			part(&[1, 2, 3, 4, 5]);
		}
		let epoch = Committee::active().unwrap();
		assert_eq!((Committee::holder(1), key_of(epoch).origin), (epoch, 1));
	});
}

#[test]
fn a_hand_over_waits_for_those_who_hold_a_share() {
	build_and_execute(|| {
		// The fourth is away while the key is made, and comes back while the third is away.
		all_announce(1, 1..=3);
		run_to(System::block_number() + PHASE);
		all_deal(1, 1..=3);
		all_confirm(1, 1..=3);
		say(rejoin_call(1, 4));
		let began = System::block_number();
		live(&[(1, 1), (2, 2), (4, 4)], began + 3 * DAY);
		assert_eq!((Committee::active(), phase(2)), (Some(1), EpochPhase::Announcing));
		live(&[(1, 1), (2, 2), (3, 3), (4, 4)], System::block_number() + 5);
		assert_eq!((Committee::active(), Committee::holder(1)), (Some(2), 2));
	});
}

#[test]
fn dealings_stay_while_nobody_took_the_key_over() {
	build_and_execute(|| {
		new_session(1..=4);
		activate();
		assert_ok!(renew(Renewal::Shares));
		each_announces(2, seated(&[1, 2, 3, 4]));
		for (index, member) in seated(&[1, 2, 3, 4]) {
			say(deal_as(2, index, member));
		}
		for (index, member) in [(1, 1), (2, 2), (4, 4)] {
			say(confirm_as(2, index, member, 0));
		}
		assert_eq!(Committee::dealings(1).len(), 0);
		// The third is away before it has its share, and the council wants another key.
		assert_ok!(renew(Renewal::Key));
		live(&[(1, 1), (2, 2), (4, 4)], System::block_number() + 4 * PHASE);
		assert_eq!((Committee::active(), Committee::holder(1)), (Some(3), 2));
		assert_eq!(Committee::dealings(2).len(), 4);
		// The third member confirms late, and the key has all its holders.
		say(confirm_as(2, 3, 3, 0));
		assert_eq!(key_of(1).complete, Some(2));
	});
}

#[test]
fn a_member_confirms_after_the_others_have_decided() {
	build_and_execute(|| {
		activate();
		assert_eq!(key_of(1).complete, None);
		let late = |excluded, of| confirm_call(1, 4, excluded, of);
		refused(late(0, 2), InvalidTransaction::Call, Error::InvalidExclusion);
		refused(late(1, 1), InvalidTransaction::Call, Error::InvalidExclusion);
		say(late(0, 1));
		refused(late(0, 1), InvalidTransaction::Stale, Error::AlreadySaid);
		assert_eq!(key_of(1).complete, Some(1));
		assert_eq!((Latest::<Test>::get(), phase(1)), (1, EpochPhase::Active));
	});
}

#[test]
fn the_same_members_get_other_shares_after_the_period() {
	build_and_execute(|| {
		activate();
		let due = Refresh::<Test>::get().unwrap();
		assert_eq!(due, System::block_number() + REFRESH);
		System::set_block_number(due - 1);
		run_to(due + 1);
		assert_eq!((Latest::<Test>::get(), phase(2)), (2, EpochPhase::Announcing));
		assert_eq!(key_of(2), held_by(1, Some(1), 2, &[]));
		let members = [1, 2, 3, 4];
		take_part(2, &members);
		assert_eq!(key_of(1).holder, 2);
		assert_eq!(Refresh::<Test>::get(), Some(System::block_number() + REFRESH));
	});
}

#[test]
fn a_refresh_gives_way_to_an_epoch_that_forms() {
	build_and_execute(|| {
		activate();
		new_session([1, 2, 3, 5]);
		let due = Refresh::<Test>::get().unwrap();
		System::set_block_number(due - 1);
		run_to(due);
		assert_eq!(Refresh::<Test>::get(), None);
		assert_eq!((Latest::<Test>::get(), Next::<Test>::get()), (2, None));
	});
}

/// Has the council renew the shares or the key.
fn renew(renewal: Renewal) -> DispatchResult {
	Committee::renew(RuntimeOrigin::root(), renewal)
}

#[test]
fn the_council_has_the_shares_renewed() {
	build_and_execute(|| {
		assert_noop!(renew(Renewal::Shares), Error::<Test>::UnknownEpoch);
		assert_noop!(renew(Renewal::Key), Error::<Test>::UnknownEpoch);
		activate();
		let stranger = RuntimeOrigin::signed(1);
		assert_noop!(Committee::renew(stranger, Renewal::Shares), DispatchError::BadOrigin);
		assert_ok!(renew(Renewal::Shares));
		assert_eq!(key_of(2), held_by(1, Some(1), 2, &[]));
		// The members of a forming epoch get other shares anyway.
		assert_noop!(renew(Renewal::Shares), Error::<Test>::AlreadySaid);
		let members = [1, 2, 3, 4];
		take_part(2, &members);
		assert_eq!(key_of(1).holder, 2);
		assert_ok!(renew(Renewal::Shares));
	});
}

#[test]
fn the_council_has_a_new_key_made() {
	build_and_execute(|| {
		activate();
		// An epoch that would take over the key is abandoned.
		let members = [1, 2, 3, 5];
		let taking_over = open_with(&members);
		assert_eq!(key_of(taking_over).previous, Some(1));
		assert_ok!(renew(Renewal::Key));
		assert_eq!(phase(taking_over), EpochPhase::Abandoned);
		let mut epoch = Latest::<Test>::get();
		assert_eq!(key_of(epoch), held_by(epoch, None, epoch, &[]));

		// It stays so in further attempts, and if the members change.
		each_announces(epoch, seated(&members));
		run_to(System::block_number() + PHASE);
		epoch = Latest::<Test>::get();
		assert_eq!(key_of(epoch).previous, None);
		let members = [1, 2, 3, 4];
		let epoch = open_with(&members);
		assert_eq!(key_of(epoch).previous, None);
		form(epoch, &members, &members);
		assert_eq!(Committee::holder(1), 1, "the old members hold it");

		// The new key is handed on again.
		let members = [1, 2, 3, 6];
		let next = open_with(&members);
		assert_eq!(key_of(next).previous, Some(epoch));
	});
}

/// Has the members without the one with this index renew their shares.
fn renew_without(absent: MemberIndex) {
	say(confirm_call(1, 4, 0, 1));
	assert_ok!(renew(Renewal::Shares));
	let present: Vec<_> = seated(&[1, 2, 3, 4]).filter(|(index, _)| *index != absent).collect();
	each_announces(2, present.iter().copied());
	run_to(System::block_number() + PHASE);
	for (index, member) in present.iter().copied() {
		say(deal_as(2, index, member));
	}
	for (index, member) in present {
		say(confirm_as(2, index, member, 0));
	}
	assert_eq!((key_of(1).holder, key_of(1).complete), (2, Some(1)));
}

#[test]
fn members_of_earlier_epochs_can_release_until_one_is_complete() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 3, 4];
		for epoch in 2..=4 {
			assert_ok!(renew(Renewal::Shares));
			take_part(epoch, &members);
		}
		assert_eq!((key_of(2).holder, key_of(2).others), (4, vec![3, 2, 1]));
		for (other, epoch) in [(4, 1), (1, 4), (2, 3)] {
			assert!(Committee::can_release(other, epoch));
		}
		// The last member of the third confirms.
		say(confirm_as(3, 4, 4, 0));
		assert_eq!((key_of(2).holder, key_of(2).others), (4, vec![3]));
		assert!(!Committee::can_release(2, 1) && Committee::can_release(3, 1));
		// A new key is another one.
		assert_ok!(renew(Renewal::Key));
		take_part(5, &members);
		assert_eq!((key_of(5).others, key_of(1).others), (vec![], vec![3]));
		assert!(!Committee::can_release(4, 5) && !Committee::can_release(5, 4));
		assert!(Committee::can_release(5, 5) && Committee::can_release(4, 1));
	});
}

#[test]
fn of_many_incomplete_epochs_the_first_and_the_last_can_release() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 3, 4];
		for epoch in 2..=10 {
			assert_ok!(renew(Renewal::Shares));
			take_part(epoch, &members);
		}
		assert_eq!(key_of(1).others, [9, 8, 7, 6, 5, 4, 1]);
		// An epoch that no longer had room is complete.
		say(confirm_as(3, 4, 4, 0));
		assert_eq!((key_of(1).holder, key_of(1).others), (10, vec![9, 8, 7, 6, 5, 4, 3]));
		say(confirm_as(10, 4, 4, 0));
		assert_eq!((key_of(1).holder, key_of(1).others), (10, vec![]));
	});
}

#[test]
fn a_vote_for_another_key_confirms_nothing() {
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=4);
		say(confirm_call(1, 4, 0, 9));
		all_confirm(1, 1..=3);
		let confirmed = |epoch| -> Vec<bool> {
			let info = Committee::epoch_info(epoch).unwrap();
			info.members.iter().map(|member| member.confirmed).collect()
		};
		assert_eq!(confirmed(1), [true, true, true, false]);
	});
}

#[test]
fn shares_from_before_help_if_too_few_members_have_new_ones() {
	build_and_execute(|| {
		activate();
		renew_without(4);
		// The fourth is back, and the third is lost: two have new shares, and three have old ones.
		say(rejoin_call(2, 4));
		let present = [(1, 1), (2, 2), (4, 4)];
		run_to(System::block_number() + 1);
		let latest = Latest::<Test>::get();
		assert_eq!(key_of(latest).previous, Some(2), "from what is known now");
		each_announces(latest, present);
		run_to(System::block_number() + PHASE);
		assert_eq!((phase(latest), key_of(latest).previous), (EpochPhase::Dealing, Some(1)));
		live(&present, System::block_number() + 2 * PHASE);
		assert_eq!((Committee::holder(1), key_of(latest).origin), (latest, 1));
	});
}

#[test]
fn shares_of_the_last_complete_epoch_help_after_several_others() {
	build_and_execute(|| {
		activate();
		renew_without(3);
		// One joins, and the third is still away.
		let members = [1, 2, 3, 4, 5];
		let epoch = {
			new_session(members);
			live(&[(1, 1), (2, 2), (4, 4), (5, 5)], System::block_number() + 4 * PHASE);
			Latest::<Test>::get()
		};
		assert_eq!((Committee::active(), Committee::holder(1)), (Some(epoch), epoch));
		// The third comes back, and the fourth refuses.
		assert_ok!(renew(Renewal::Shares));
		let latest = Latest::<Test>::get();
		let present = [(1, 1), (2, 2), (3, 3), (5, 5)];
		each_announces(latest, present);
		run_to(System::block_number() + PHASE);
		assert_eq!(key_of(latest).previous, Some(1));
		live(&present, System::block_number() + 4 * PHASE);
		assert_eq!(Committee::holder(1), Committee::active().unwrap());
	});
}

#[test]
fn a_failure_has_the_shares_of_the_other_epoch_tried_first() {
	build_and_execute(|| {
		activate();
		say(confirm_call(1, 4, 0, 1));
		let members = [1, 2, 3, 4];
		assert_ok!(renew(Renewal::Shares));
		let epoch = Latest::<Test>::get();
		take_part(epoch, &members);
		let mut sources = Vec::new();
		assert_ok!(renew(Renewal::Shares));
		for _ in 0..3 {
			let latest = Latest::<Test>::get();
			each_announces(latest, seated(&members));
			sources.push(key_of(latest).previous);
			assert_eq!(key_of(latest).origin, 1);
			while Latest::<Test>::get() == latest {
				run_to(System::block_number() + 1);
			}
		}
		assert_eq!(sources, [Some(epoch), Some(1), Some(epoch)]);
		// Once every member has a new share, only those are used.
		say(confirm_as(epoch, 4, 4, 0));
		for _ in 0..3 {
			let latest = Latest::<Test>::get();
			each_announces(latest, seated(&members));
			assert_eq!(key_of(latest).previous, Some(epoch));
			while Latest::<Test>::get() == latest {
				run_to(System::block_number() + 1);
			}
		}
	});
}

#[test]
fn the_council_has_the_key_handed_on_after_a_week_of_failures() {
	build_and_execute(|| {
		activate();
		let members = [1, 2, 3, 5];
		let mut epoch = open_with(&members);
		while key_of(epoch).previous.is_some() {
			say(deal_as(epoch, 2, 2));
			while Latest::<Test>::get() == epoch {
				run_to(System::block_number() + 1);
			}
			epoch = Latest::<Test>::get();
			each_announces(epoch, seated(&members));
		}
		// The members of the forming epoch would make a new key.
		assert_ok!(renew(Renewal::Shares));
		assert_eq!(key_of(Latest::<Test>::get()).previous, Some(1));
	});
}

#[test]
fn a_key_handed_on_by_the_epoch_before_has_the_same_origin() {
	build_and_execute(|| {
		activate();
		say(confirm_call(1, 4, 0, 1));
		let members = [1, 2, 3, 4];
		assert_ok!(renew(Renewal::Shares));
		take_part(2, &members);
		assert_ok!(renew(Renewal::Shares));
		each_announces(3, seated(&members));
		run_to(System::block_number() + PHASE);
		assert_eq!(key_of(4).previous, Some(1));
		take_part(4, &members);
		for epoch in [1, 2, 4] {
			assert_eq!((key_of(epoch).origin, key_of(epoch).holder), (1, 4));
		}
	});
}
