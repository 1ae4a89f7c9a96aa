//! What calls are charged, and that members are not charged a fee.

use super::*;
use crate::{Call, WeightInfo};
use frame_support::{
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	weights::Weight,
};

fn many_wraps(count: usize) -> RecordWraps<AccountId> {
	vec![wraps(LAB, 1, DOCTOR)[0].clone(); count]
		.try_into()
		.expect("at most 64")
}

fn calls() -> Vec<Call<Test>> {
	let grantee = Grantee::Account(DOCTOR);
	vec![
		Call::grant {
			terms: terms(grantee.clone()),
			wraps: many_wraps(2),
		},
		Call::revoke {
			grant: 0,
			remove: Default::default(),
		},
		Call::deny {
			grantee,
			scope: Scope::Everything,
			remove: Default::default(),
		},
		Call::lift { denial: 0 },
	]
}

#[test]
fn wraps_are_charged_one_by_one_on_top_of_the_call() {
	let weight = |count| {
		let terms = terms(Grantee::Account(DOCTOR));
		Call::<Test>::grant {
			terms,
			wraps: many_wraps(count),
		}
		.get_dispatch_info()
		.call_weight
	};
	assert_eq!(weight(0), <() as WeightInfo>::grant());
	let wraps = <Records as RecordKeys<AccountId>>::wraps_weight(64);
	assert_eq!(weight(64), weight(0).saturating_add(wraps));
	assert_ne!(weight(64), weight(0));
}

#[test]
fn every_call_may_go_without_a_fee() {
	build_and_execute(|| {
		for call in calls() {
			assert!(call.is_feeless(&signed(PATIENT)));
		}
	});
}

#[test]
fn the_decision_is_charged_at_its_most_and_writing_at_what_the_patient_has() {
	build_and_execute(|| {
		type Policy = Consent;
		let most = <Policy as ConsentPolicy<AccountId>>::decide_weight();
		assert_eq!(most, <() as WeightInfo>::decide(64, 128));
		let writing = || <Policy as ConsentPolicy<AccountId>>::may_write_weight(&PATIENT);
		let before = writing();
		assert!(before.all_gt(Weight::zero()) && before.all_lt(most));
		give(terms(Grantee::Account(DOCTOR)));
		deny(Grantee::Account(NURSE), Scope::Everything);
		assert_eq!(writing(), <() as WeightInfo>::decide(1, 1));
		assert!(writing().all_gt(before));
	});
}

#[test]
fn calls_keep_their_numbers() {
	use codec::Encode;
	let indices: Vec<u8> = calls().iter().map(|call| call.encode()[0]).collect();
	assert_eq!(indices, vec![0, 1, 2, 3]);
}
