//! Only the member's own signature on this chain authorises a call.

use crate::{mock::*, *};
use frame_support::{
	assert_noop,
	pallet_prelude::{Authorize, TransactionSource},
};
use salus_primitives::CommitteeStatement;
use sp_core::{sr25519, Pair};
use sp_runtime::{transaction_validity::InvalidTransaction::BadProof, DispatchError};

/// Builds one call of each kind, acceptable apart from its signature.
fn calls(signature: impl Fn(CommitteeStatement<'_>) -> CommitteeSignature) -> [Call<Test>; 4] {
	let (epoch, index, request, excluded) = (1, 1, 7, 0);
	let (key, dealing, public, share) = (key(1), dealing(1), public(1), sealed_share());
	let announced = signature(CommitteeStatement::Announce { epoch, index, key: &key });
	let dealt = signature(CommitteeStatement::Deal { epoch, index, dealing: &dealing });
	let confirmed =
		signature(CommitteeStatement::Confirm { epoch, index, excluded, public: &public });
	let shared = signature(CommitteeStatement::Share { request, epoch, index, share: &share });
	[
		Call::announce { epoch, index, key, signature: announced },
		Call::deal { epoch, index, dealing, signature: dealt },
		Call::confirm { epoch, index, excluded, public, signature: confirmed },
		Call::submit_share { request, epoch, index, share, signature: shared },
	]
}

/// Passes each call to `ask` when its phase has come.
fn each_in_its_time(calls: [Call<Test>; 4], mut ask: impl FnMut(Call<Test>)) {
	let [announce, deal, confirm, share] = calls;
	build_and_execute(|| {
		ask(announce);
		all_announce(1, 1..=4);
		ask(deal);
		all_deal(1, 1..=4);
		ask(confirm);
		all_confirm(1, 2..=4);
		open_release(7, 1);
		ask(share);
	});
}

fn signed_by(pair: sr25519::Pair, genesis: [u8; 32]) -> [Call<Test>; 4] {
	calls(|statement| pair.sign(&statement.to_sign(&genesis)).into())
}

#[test]
fn the_members_signature_authorises_each_call() {
	each_in_its_time(signed_by(pair(1), GENESIS), |call| {
		assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		assert!(validate(call).is_ok());
	});
}

#[test]
fn another_members_signature_is_refused() {
	each_in_its_time(signed_by(pair(2), GENESIS), |call| refused_transaction(call, BadProof));
}

#[test]
fn a_signature_for_another_chain_is_refused() {
	each_in_its_time(signed_by(pair(1), [8; 32]), |call| refused_transaction(call, BadProof));
}

#[test]
fn a_missing_signature_is_refused() {
	let none = sr25519::Signature::default();
	each_in_its_time(calls(|_| none.into()), |call| refused_transaction(call, BadProof));
}

#[test]
fn a_signature_over_other_content_is_refused() {
	let mut calls = signed_by(pair(1), GENESIS);
	for call in &mut calls {
		match call {
			Call::announce { key, .. } => *key = crate::mock::key(9),
			Call::deal { dealing, .. } => *dealing = crate::mock::dealing(9),
			Call::confirm { public, .. } => *public = crate::mock::public(9),
			Call::submit_share { share, .. } => *share = vec![9].try_into().unwrap(),
			_ => unreachable!(),
		}
	}
	each_in_its_time(calls, |call| refused_transaction(call, BadProof));
}

#[test]
fn a_signature_over_other_exclusions_is_refused() {
	let [_, _, mut confirm, _] = signed_by(pair(1), GENESIS);
	if let Call::confirm { excluded, .. } = &mut confirm {
		*excluded = 0b1000;
	}
	let [announce, deal, _, share] = signed_by(pair(1), GENESIS);
	each_in_its_time([announce, deal, confirm, share], |call| {
		if matches!(call, Call::confirm { .. }) {
			refused_transaction(call, BadProof);
		}
	});
}

#[test]
fn a_signature_is_bound_to_its_epoch_or_request() {
	build_and_execute(|| {
		activate();
		open_release(7, 1);
		open_release(8, 1);
		let mut call = share_call(7, 1, 2);
		if let Call::submit_share { request, .. } = &mut call {
			*request = 8;
		}
		refused_transaction(call, BadProof);
		new_session(1..=3);
		let mut call = announce_call(1, 2);
		if let Call::announce { epoch, .. } = &mut call {
			*epoch = 2;
		}
		refused_transaction(call, BadProof);
	});
}

#[test]
fn transactions_are_tagged_by_kind_number_and_member() {
	let mut tags = Vec::new();
	each_in_its_time(signed_by(pair(1), GENESIS), |call| {
		let valid = validate(call).unwrap();
		assert_eq!(valid.priority, 1_000_000);
		assert_eq!(valid.longevity, 128);
		assert!(valid.propagate);
		assert!(valid.requires.is_empty());
		assert_eq!(valid.provides.len(), 1);
		tags.extend(valid.provides);
	});
	let tag =
		|kind: u8, number: u64| codec::Encode::encode(&("SalusCommittee", (kind, number, 1u16)));
	assert_eq!(tags, [tag(0, 1), tag(1, 1), tag(2, 1), tag(3, 7)]);
}

#[test]
fn the_pool_takes_one_of_two_conflicting_statements() {
	build_and_execute(|| {
		let one = validate(announce_key(1, 1, key(1))).unwrap();
		let other = validate(announce_key(1, 1, key(9))).unwrap();
		assert_eq!(one.provides, other.provides);
		let of_another = validate(announce_call(1, 2)).unwrap();
		assert_ne!(one.provides, of_another.provides);
	});
}

#[test]
fn other_origins_cannot_call() {
	let mut origins = vec![RuntimeOrigin::signed(1), RuntimeOrigin::root(), RuntimeOrigin::none()];
	build_and_execute(|| {
		for origin in origins.drain(..) {
			for call in signed_by(pair(1), GENESIS) {
				use frame_support::traits::UnfilteredDispatchable;
				let result = call.dispatch_bypass_filter(origin.clone());
				assert_eq!(result.unwrap_err().error, DispatchError::BadOrigin);
			}
		}
		assert_noop!(
			Committee::announce(
				RuntimeOrigin::signed(1),
				1,
				1,
				key(1),
				sr25519::Signature::default().into()
			),
			DispatchError::BadOrigin
		);
	});
}
