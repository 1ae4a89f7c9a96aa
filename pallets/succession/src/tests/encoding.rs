//! Encodings that others depend on: clients sign the calls.

use super::*;
use frame_support::{
	dispatch::CheckIfFeeless,
	traits::{GetCallIndex, GetCallName},
};

#[test]
fn calls_keep_their_indices() {
	let expected = [
		"propose",
		"approve",
		"object",
		"withdraw",
		"complete",
		"set_threshold",
		"let_hospital",
		"act",
	];
	assert_eq!(crate::Call::<Test>::get_call_names(), expected);
	let indices: Vec<_> = (0..8).collect();
	assert_eq!(crate::Call::<Test>::get_call_indices(), indices);
}

#[test]
fn every_call_may_be_drawn_from_an_allowance() {
	let (patient, successor) = (PATIENT, NEW);
	let calls = [
		crate::Call::propose { patient, successor },
		crate::Call::approve { patient, successor },
		crate::Call::object { patient },
		crate::Call::withdraw { patient },
		crate::Call::complete { patient },
		crate::Call::set_threshold { patient, threshold: None },
		crate::Call::let_hospital { patient, hospital: true },
	];
	let act = |call| {
		let call = Box::new(call);
		RuntimeCall::Succession(crate::Call::act { patient, call })
	};
	for call in calls {
		let call = RuntimeCall::Succession(call);
		assert!(call.is_feeless(&signed(NEW)), "{call:?}");
		// In the patient's name, the call stays feeless.
		assert!(act(call).is_feeless(&signed(NEW)));
	}
	assert!(!act(nothing()).is_feeless(&signed(NEW)));
}
