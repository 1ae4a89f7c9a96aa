//! Encodings that others depend on.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::traits::{GetCallIndex, GetCallName};
use salus_primitives::Renewal;

#[test]
fn calls_keep_their_indices() {
	let names = ["announce", "deal", "confirm", "submit_share", "rejoin", "renew", "elect"];
	assert_eq!(Call::<Test>::get_call_names(), names);
	assert_eq!(Call::<Test>::get_call_indices(), [0, 1, 2, 3, 4, 5, 6]);
	assert_eq!(Call::<Test>::renew { renewal: Renewal::Key }.encode(), [5, 1]);
	let members = vec![7].try_into().unwrap();
	assert_eq!(Call::<Test>::elect { members }.encode(), [6, 4, 7, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn calls_keep_their_fields() {
	build_and_execute(|| {
		let call = confirm_call(1, 2, 0b100, 1);
		let encoded = call.encode();
		// Call index, epoch, member, excluded members.
		assert_eq!(encoded[..9], [2, 1, 0, 0, 0, 2, 0, 4, 0]);
		assert_eq!(encoded[9..11], codec::Compact(600u32).encode()[..]);
		assert_eq!(encoded.len(), 11 + 600 + 64);
		assert_eq!(Call::<Test>::decode(&mut &encoded[..]).unwrap(), call);
		let share = share_call(7, 1, 2).encode();
		assert_eq!(share[..15], [3, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0]);
	});
}

#[test]
fn the_key_type_is_pinned() {
	assert_eq!(KEY_TYPE.0, *b"comm");
}

#[test]
fn an_oversized_payload_does_not_decode() {
	let mut encoded = vec![1u8, 1, 0, 0, 0, 1, 0];
	vec![0u8; 16 * 1024 + 1].encode_to(&mut encoded);
	encoded.extend([0; 64]);
	assert!(Call::<Test>::decode(&mut &encoded[..]).is_err());
}

#[test]
fn metadata_names_the_signature_without_its_underscore() {
	use scale_info::TypeInfo;
	let scale_info::TypeDef::Variant(calls) = Call::<Test>::type_info().type_def else {
		panic!("calls are variants");
	};
	let by_members = |name: &str| !["renew", "elect"].contains(&name);
	for call in calls.variants.into_iter().filter(|call| by_members(call.name)) {
		assert_eq!(call.fields.last().unwrap().name, Some("signature"));
	}
}
