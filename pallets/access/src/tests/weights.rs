//! Weights: calls are charged for the work of the other pallets, and fit into a block.

use super::*;
use frame_support::{
	dispatch::GetDispatchInfo,
	traits::{Get, Hooks},
	weights::Weight,
};
use sp_runtime::traits::Dispatchable;

fn weight(call: crate::Call<Test>) -> Weight {
	RuntimeCall::Access(call).get_dispatch_info().call_weight
}

#[test]
fn the_configuration_is_sound() {
	build_and_execute(Access::integrity_test);
}

#[test]
fn a_request_is_weighed_by_its_heavier_outcome() {
	let own = <() as WeightInfo>::request_permitted().max(<() as WeightInfo>::request_denied());
	let request = asking(LAB, None, key(1));
	assert_eq!(weight(crate::Call::request { request }), own + Weight::from_parts(7_000, 0));
}

#[test]
fn an_emergency_request_is_charged_for_opening_and_deciding() {
	let request = asking(LAB, None, key(1));
	let (organisation, reason) = (HOSPITAL, EmergencyReason::Other);
	let call =
		crate::Call::request_in_emergency { organisation, reason, statement: [6; 32], request };
	let own = <() as WeightInfo>::request_in_emergency();
	// Twice what the patient's terms add, the memberships and the record, the use, the threshold and
	// who holds the key, and four looks at a credential.
	assert_eq!(weight(call), own + Weight::from_parts(14_000, 0));
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
	let panel = Access::panel_weight(<Test as Config>::MaxAuditors::get());
	assert_eq!(weight(call), own + neighbours + panel);
	// All auditors that can be appointed are looked at.
	assert!(panel.all_gte(Roles::memberships_weight() * 8));
}

/// Dispatches a call and returns the weight that it is charged.
fn charged(who: AccountId, call: crate::Call<Test>) -> Weight {
	let result = RuntimeCall::Access(call).dispatch(signed(who));
	let info = result.unwrap_or_else(|refused| refused.post_info);
	info.actual_weight.expect("the weight is reported")
}

fn terms_of(patient: AccountId) -> Weight {
	<Consent as ConsentPolicy<AccountId>>::terms_weight(&patient)
}

#[test]
fn a_request_pays_for_the_patients_terms_only_once_decided() {
	build_and_execute(|| {
		let ask = |record, key| crate::Call::request { request: asking(record, None, key) };
		let own = <() as WeightInfo>::request_permitted().max(<() as WeightInfo>::request_denied());
		let found = own + Roles::memberships_weight() + Records::record_weight();
		// Neither the use nor the threshold is reached.
		let unknown = RecordId([0xee; 32]);
		assert_eq!(charged(DOCTOR, ask(unknown, key(1))), found);
		assert_eq!(charged(STRANGER, ask(LAB, key(1))), found);
		let decided = charged(DOCTOR, ask(LAB, key(1)));
		let after = <Consent as ConsentPolicy<AccountId>>::count_use_weight()
			+ <Committee as CommitteeQuery>::holder_weight()
			+ <Committee as CommitteeQuery>::threshold_weight();
		assert_eq!(decided, found + terms_of(PATIENT) + after);
		// Denied, or refused after the decision.
		assert_eq!(charged(SURGEON, ask(LAB, key(2))), decided);
		assert_eq!(charged(DOCTOR, ask(LAB, key(1))), decided);
		assert!(weight(ask(LAB, key(1))).any_gt(decided));
	});
}

#[test]
fn a_refused_emergency_is_charged_for_its_checks() {
	with_bond(|| {
		let (reason, statement) = (EmergencyReason::Other, [6; 32]);
		let open = |patient| crate::Call::open_emergency {
			patient,
			organisation: HOSPITAL,
			reason,
			statement,
		};
		let both = |record, number| crate::Call::request_in_emergency {
			organisation: HOSPITAL,
			reason,
			statement,
			request: AccessRequest { purpose: Purpose::BTG, ..asking(record, None, key(number)) },
		};
		// Refused by a check that reads none of the patient's terms.
		let unasked = charged(NURSE, open(PATIENT));
		let opened = charged(SURGEON, open(PATIENT));
		// A second one, which is refused by a later check.
		let refused = charged(SURGEON, open(PATIENT));
		assert!(opened.all_gt(refused) && weight(open(PATIENT)).any_gt(opened));
		assert!(refused.all_gt(unasked + terms_of(PATIENT)));
		assert_eq!(charged(NURSE, both(LAB, 1)), unasked + Records::record_weight());
		let unknown = RecordId([0xee; 32]);
		assert_eq!(charged(SURGEON, both(unknown, 1)), Records::record_weight());
		// The doctor has a grant, which only the decision tells.
		let undone = charged(DOCTOR, both(LAB, 1));
		change(|world| world.grants.clear());
		assert_eq!(charged(DOCTOR, both(LAB, 1)), undone);
		assert_eq!(undone + terms_of(PATIENT) * 18, weight(both(LAB, 1)));
	});
}

#[test]
fn a_review_is_charged_for_the_auditors_looked_at() {
	with_bond(|| {
		let case = opened(SURGEON, HOSPITAL, PATIENT);
		let review = |reviewer| crate::Call::review_emergency { case, justified: true, reviewer };
		let own = <() as WeightInfo>::review_emergency();
		let neighbours = Roles::suspend_weight() + Credentials::is_attested_weight();
		assert_eq!(charged(DOCTOR, review(Reviewer::Auditor)), own);
		assert_eq!(charged(ADMIN, review(Reviewer::Admin)), own);
		let appointed = Access::auditors().len() as u32;
		let panel = Access::panel_weight(appointed);
		assert_eq!(charged(AUDITOR, review(Reviewer::Auditor)), own + neighbours + panel);
		assert_eq!(charged(MATRON, review(Reviewer::Admin)), own + neighbours);
	});
}

#[test]
fn a_share_pays_for_reading_the_record() {
	assert_eq!(
		Access::accept_share_weight(),
		<() as WeightInfo>::accept_share() + Records::record_weight() * 2
	);
}
