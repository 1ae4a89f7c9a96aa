//! Encodings on which others depend.

use crate::{mock::*, *};
use codec::Encode;
use frame_support::{
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	traits::{GetCallIndex, GetCallName},
};
use salus_primitives::{OnAttested, ReasonCode, RoleQuery, Verdict};

fn calls() -> [Call<Test>; 3] {
	let attest = Call::attest {
		subject: version(),
		verdict: Verdict::Confirmed,
		reason: ReasonCode::Reviewed,
		expires: None,
	};
	let revoke = Call::revoke { subject: version(), attester: reviewer(0) };
	let set_threshold = Call::set_threshold { organisation: HOSPITAL, threshold: 2 };
	[attest, revoke, set_threshold]
}

#[test]
fn calls_keep_their_indices() {
	assert_eq!(Call::<Test>::get_call_names(), ["attest", "revoke", "set_threshold"]);
	assert_eq!(Call::<Test>::get_call_indices(), [0, 1, 2]);
}

#[test]
fn subjects_keep_their_encoding() {
	let mut expected = vec![0];
	expected.extend([1; 32]);
	expected.extend([1, 0, 0, 0]);
	assert_eq!(version().encode(), expected);
	assert_eq!(credential().encode(), [&[1][..], &DOCTOR.to_le_bytes(), &[1]].concat());
}

#[test]
fn every_call_is_feeless() {
	for call in calls() {
		assert!(call.is_feeless(&signed(reviewer(0))), "{call:?}");
	}
}

#[test]
fn the_weight_of_two_hooks_is_added() {
	let [attest, revoke, _] = calls();
	let hooks = Listener::on_attested_weight().saturating_mul(2);
	let others = hooks + Roles::memberships_weight();
	assert_eq!(attest.get_dispatch_info().call_weight, <() as WeightInfo>::attest() + others);
	assert_eq!(revoke.get_dispatch_info().call_weight, <() as WeightInfo>::revoke() + others);
}
