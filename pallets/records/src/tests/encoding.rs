//! Encodings on which others depend: clients sign the calls, and committee nodes read sealed keys.

use crate::{mock::*, *};
use codec::Encode;
use frame_support::{
	dispatch::CheckIfFeeless,
	traits::{GetCallIndex, GetCallName},
};

#[test]
fn calls_keep_their_indices() {
	let expected = [
		"register",
		"register_many",
		"revise",
		"confirm_stored",
		"erase",
		"confirm_removed",
		"add_wraps",
		"remove_wraps",
		"withdraw_replica",
		"reseal",
		"announce",
		"retire_replicas",
		"set_absence_limit",
		"set_peer",
		"withdraw",
	];
	assert_eq!(Call::<Test>::get_call_names(), expected);
	let indices: Vec<_> = (0..15).collect();
	assert_eq!(Call::<Test>::get_call_indices(), indices);
}

#[test]
fn a_sealed_key_is_its_epoch_and_its_bytes() {
	let mut expected = vec![2, 0, 0, 0];
	// 167 in compact encoding.
	expected.extend([0x9d, 0x02]);
	expected.extend([7; 167]);
	assert_eq!(sealed(2, 7).encode(), expected);
}

#[test]
fn calls_about_guarded_versions_may_be_free() {
	let reseal = Call::<Test>::reseal { record: id(1), version: 1, sealed: sealed(EPOCH_NOW, 1) };
	let revise = Call::<Test>::revise {
		record: id(1),
		expected_version: 1,
		organisation: HOSPITAL,
		content: content(1),
		wraps: wraps_for(&[PATIENT]),
		sealed: Some(sealed(EPOCH_NOW, 1)),
	};
	for call in [reseal, revise] {
		assert!(call.is_feeless(&RuntimeOrigin::signed(PATIENT)), "{call:?}");
	}
}
