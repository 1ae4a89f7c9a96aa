//! Calls are charged for the work of the neighbours.

use super::*;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::Hooks,
	weights::Weight,
};

fn weight(call: crate::Call<Test>) -> Weight {
	RuntimeCall::Succession(call).get_dispatch_info().call_weight
}

/// Weight of one query of guardians, of two of memberships and `more`, and of one log entry.
fn neighbours(more: u64) -> Weight {
	Weight::from_parts(20_000 + (2 + more) * 1_000 + 300_000, 0)
}

#[test]
fn the_configuration_is_sound() {
	Succession::integrity_test();
}

#[test]
fn calls_are_charged_for_the_neighbours() {
	type W = ();
	let (patient, successor) = (PATIENT, NEW);
	let log = Weight::from_parts(300_000, 0);
	let look = Weight::from_parts(1_000, 0);
	assert_eq!(weight(accepted(patient, successor)), W::propose_accepted() + neighbours(1));
	assert_eq!(weight(crate::Call::approve { patient, successor }), W::approve() + neighbours(0));
	assert_eq!(weight(crate::Call::complete { patient }), W::complete() + neighbours(0));
	assert_eq!(weight(crate::Call::object { patient }), W::object() + log);
	assert_eq!(weight(crate::Call::withdraw { patient }), W::withdraw() + log);
	let (threshold, hospital) = (None, true);
	assert_eq!(
		weight(crate::Call::set_threshold { patient, threshold }),
		W::set_threshold() + look
	);
	assert_eq!(weight(crate::Call::let_hospital { patient, hospital }), W::let_hospital() + look);
	assert_eq!(Succession::succession_weight(), W::succession());
}

#[test]
fn acting_adds_its_weight_and_keeps_the_class() {
	let code = vec![0; 100];
	let call = RuntimeCall::System(frame_system::Call::set_code { code });
	let inner = call.get_dispatch_info();
	let act = crate::Call::<Test>::act { patient: PATIENT, call: Box::new(call) };
	let info = act.get_dispatch_info();
	assert_eq!(info.call_weight, <() as WeightInfo>::act() + FILTER + inner.call_weight);
	assert_eq!(info.class, DispatchClass::Operational);
}
