//! Shares for releases.

use crate::{mock::*, *};
use frame_support::dispatch::GetDispatchInfo;
use salus_primitives::{EpochPhase, KeyRelease};
use sp_runtime::{
	transaction_validity::InvalidTransaction::{BadSigner, Future, Stale},
	DispatchError,
};

fn shares_of(request: u64) -> Vec<u16> {
	OpenReleases::get()[&request].1.iter().copied().collect()
}

#[test]
fn a_member_of_the_active_epoch_posts_its_share() {
	build_and_execute(|| {
		activate();
		open_release(7, 1);
		say(share_call(7, 1, 2));
		say(share_call(7, 1, 4));
		assert_eq!(shares_of(7), [2, 4]);
	});
}

#[test]
fn a_repeated_share_is_stale() {
	build_and_execute(|| {
		activate();
		open_release(7, 1);
		say(share_call(7, 1, 2));
		refused_transaction(share_call(7, 1, 2), Stale);
	});
}

#[test]
fn a_share_for_another_release_is_stale() {
	build_and_execute(|| {
		activate();
		refused_transaction(share_call(7, 1, 2), Stale);
		open_release(7, 2);
		refused_transaction(share_call(7, 1, 2), Stale);
		open_release(7, 1);
		Now::set(EXPIRY);
		refused_transaction(share_call(7, 1, 2), Stale);
		let failed = Committee::submit_share(
			frame_system::RawOrigin::Authorized.into(),
			7,
			1,
			2,
			sealed_share(),
			sign_nothing(),
		);
		assert_eq!(failed, Err(DispatchError::Other("not expected")));
	});
}

fn sign_nothing() -> CommitteeSignature {
	sp_core::sr25519::Signature::default().into()
}

#[test]
fn an_epoch_without_a_key_releases_nothing() {
	build_and_execute(|| {
		open_release(7, 1);
		refused(share_call(7, 1, 2), Future, Error::TooEarly);
		refused(share_call(7, 2, 2), Future, Error::UnknownEpoch);
		refused(share_call(7, 1, 5), BadSigner, Error::UnknownMember);
		new_session(1..=3);
		assert_eq!(phase(1), EpochPhase::Abandoned);
		refused(share_call(7, 1, 2), Stale, Error::TooLate);
	});
}

#[test]
fn a_superseded_epoch_keeps_releasing() {
	build_and_execute(|| {
		activate();
		new_session(1..=1);
		say(announce_call(2, 1));
		say(deal_call(2, 1));
		say(confirm_call(2, 1, 0, 2));
		assert_eq!(phase(1), EpochPhase::Superseded);
		open_release(7, 1);
		open_release(8, 2);
		say(share_call(7, 1, 4));
		say(share_call(8, 2, 1));
	});
}

#[test]
fn an_excluded_member_releases_only_with_a_valid_share() {
	build_with(1..=7, || {
		all_announce(1, 1..=6);
		run_to(PHASE);
		all_deal(1, 1..=6);
		for member in 1..=5 {
			say(confirm_call(1, member, 0b10_0000, 1));
		}
		open_release(7, 1);
		refused(share_call(7, 1, 6), BadSigner, Error::Excluded);
		refused(share_call(7, 1, 7), BadSigner, Error::NoKey);
	});
	build_and_execute(|| {
		all_announce(1, 1..=4);
		all_deal(1, 1..=3);
		run_to(1 + PHASE);
		all_confirm(1, 1..=3);
		open_release(7, 1);
		// The fourth member was absent while the others dealt, but their dealings carry a share for
		// it.
		say(share_call(7, 1, 4));
	});
}

#[test]
fn the_weight_of_the_release_is_charged() {
	let call = share_call_for_weight();
	let info = call.get_dispatch_info();
	let release = Releases::accept_share_weight();
	assert_eq!(info.call_weight, <() as WeightInfo>::submit_share().saturating_add(release));
	use frame_support::pallet_prelude::Authorize;
	assert_eq!(
		call.weight_of_authorize(),
		<() as WeightInfo>::authorize_submit_share().saturating_add(release)
	);
}

fn share_call_for_weight() -> Call<Test> {
	Call::submit_share {
		request: 1,
		epoch: 1,
		index: 1,
		share: sealed_share(),
		signature: sign_nothing(),
	}
}
