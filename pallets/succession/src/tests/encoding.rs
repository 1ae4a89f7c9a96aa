//! Encodings that others depend on: clients sign the calls.

use super::*;
use frame_support::{
	dispatch::CheckIfFeeless,
	traits::{GetCallIndex, GetCallName},
};

#[test]
fn calls_keep_their_indices() {
	let expected = [
		"approve",
		"object",
		"withdraw",
		"complete",
		"set_threshold",
		"let_hospital",
		"act",
		"propose_accepted",
	];
	assert_eq!(crate::Call::<Test>::get_call_names(), expected);
	// 0 is retired: it named a successor without its signature.
	let indices: Vec<_> = (1..9).collect();
	assert_eq!(crate::Call::<Test>::get_call_indices(), indices);
}

#[test]
fn the_bytes_of_a_recovery_are_pinned() {
	let mut expected = b"salus/recovery/1".to_vec();
	expected.extend(GENESIS);
	expected.extend(PATIENT.to_le_bytes());
	expected.extend(NEW.to_le_bytes());
	expected.extend((START + DAY).to_le_bytes());
	build_and_execute(|| assert_eq!(recovery(PATIENT, NEW).to_sign(), expected));
}

#[test]
fn the_errors_keep_their_indices() {
	use codec::Encode;
	for (error, index) in [
		(Error::<Test>::NotPatient, 0u8),
		(Error::Forbidden, 17),
		(Error::SignatureExpired, 18),
		(Error::SignatureLivesTooLong, 19),
		(Error::InvalidSignature, 20),
	] {
		assert_eq!(error.encode(), [index]);
	}
}

#[test]
fn every_call_may_be_drawn_from_an_allowance() {
	let (patient, successor) = (PATIENT, NEW);
	let calls = [
		accepted(patient, successor),
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
