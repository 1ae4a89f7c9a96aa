//! Weights: calls are charged for the work of the other pallets, and fit into a block.

use super::*;
use frame_support::{dispatch::GetDispatchInfo, traits::Hooks, weights::Weight};

fn weight(call: crate::Call<Test>) -> Weight {
	RuntimeCall::Access(call).get_dispatch_info().call_weight
}

#[test]
fn the_configuration_is_sound() {
	Access::integrity_test();
}

#[test]
fn a_request_is_weighed_by_its_heavier_outcome() {
	let own = <() as WeightInfo>::request_permitted().max(<() as WeightInfo>::request_denied());
	let request = asking(LAB, None, key(1));
	assert_eq!(weight(crate::Call::request { request }), own + Weight::from_parts(5_000, 0));
}

#[test]
fn an_emergency_request_is_charged_for_opening_and_deciding() {
	let request = asking(LAB, None, key(1));
	let (organisation, reason) = (HOSPITAL, EmergencyReason::Other);
	let call =
		crate::Call::request_in_emergency { organisation, reason, statement: [6; 32], request };
	let own = <() as WeightInfo>::request_in_emergency();
	// Two decisions with their memberships, the record twice, the use and the threshold, and four
	// looks at a credential.
	assert_eq!(weight(call), own + Weight::from_parts(12_000, 0));
}

#[test]
fn archiving_is_charged_at_its_limit_in_advance() {
	let call = crate::Call::archive { patient: PATIENT, up_to: 1 };
	assert_eq!(weight(call), <() as WeightInfo>::archive(4));
}

#[test]
fn a_rejection_is_paid_for_in_advance() {
	let call =
		crate::Call::review_emergency { case: 1, justified: true, reviewer: Reviewer::Admin };
	let own = <() as WeightInfo>::review_emergency();
	let neighbours = Roles::suspend_weight() + Credentials::is_attested_weight();
	assert_eq!(weight(call), own + neighbours + Access::panel_weight());
	// All auditors that can be appointed are looked at.
	assert!(Access::panel_weight().all_gte(Roles::memberships_weight() * 8));
}

#[test]
fn a_share_pays_for_reading_the_record() {
	assert_eq!(
		Access::accept_share_weight(),
		<() as WeightInfo>::accept_share() + Records::record_weight() * 2
	);
}
