//! Dispatch in a patient's name.

use super::*;
use frame_support::dispatch::{GetDispatchInfo, Pays, PostDispatchInfo};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchErrorWithPostInfo};

type Outcome = Result<PostDispatchInfo, DispatchErrorWithPostInfo<PostDispatchInfo>>;

/// Acts as in a block: a failed call leaves nothing behind.
fn act(who: AccountId, call: RuntimeCall) -> Outcome {
	acting(PATIENT, call).dispatch(signed(who))
}

fn acting(patient: AccountId, call: RuntimeCall) -> RuntimeCall {
	RuntimeCall::Succession(crate::Call::act { patient, call: Box::new(call) })
}

fn error(outcome: Outcome) -> DispatchError {
	outcome.expect_err("fails").error
}

fn remark() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark_with_event { remark: vec![1] })
}

fn transfer() -> RuntimeCall {
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest: STRANGER, value: 500 })
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch_all { calls })
}

/// Returns the accounts that signed the remarks, as the chain sees it.
fn remarked_by() -> Vec<AccountId> {
	let events = System::events().into_iter();
	events
		.filter_map(|record| match record.event {
			RuntimeEvent::System(frame_system::Event::Remarked { sender, .. }) => Some(sender),
			_ => None,
		})
		.collect()
}

#[test]
fn a_successor_acts_as_the_patient() {
	build_and_execute(|| {
		brought_back(NEW);
		System::reset_events();
		assert_ok!(act(NEW, remark()));
		assert_eq!(remarked_by(), [PATIENT]);
		assert_eq!(events(), [Event::Acted { patient: PATIENT, successor: NEW }]);
	});
}

#[test]
fn only_the_successor_acts_as_the_patient() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		for who in [NEW, PATIENT, SISTER] {
			assert_eq!(error(act(who, remark())), Error::<Test>::NotSuccessor.into());
		}
		wait(DELAY);
		assert_ok!(complete());
		for who in [PATIENT, SISTER, ADMIN, STRANGER] {
			assert_eq!(error(act(who, remark())), Error::<Test>::NotSuccessor.into());
		}
		// The successor does not act for another patient either.
		let other = acting(LONER, remark()).dispatch(signed(NEW));
		assert_eq!(error(other), Error::<Test>::NotSuccessor.into());
		assert!(act_as_root().is_err());
	});
}

fn act_as_root() -> Outcome {
	acting(PATIENT, remark()).dispatch(RuntimeOrigin::root())
}

#[test]
fn a_filtered_call_is_refused_alone_and_in_a_batch() {
	build_and_execute(|| {
		brought_back(NEW);
		assert_eq!(error(act(NEW, transfer())), Error::<Test>::Forbidden.into());
		let filtered: DispatchError = frame_system::Error::<Test>::CallFiltered.into();
		assert_eq!(error(act(NEW, batch(vec![remark(), transfer()]))), filtered);
		let nested = batch(vec![batch(vec![transfer()])]);
		assert_eq!(error(act(NEW, nested)), filtered);
		assert_eq!(Balances::free_balance(PATIENT), 1_000);
		assert_ok!(act(NEW, batch(vec![remark(), remark()])));
	});
}

#[test]
fn the_filter_gets_the_patient() {
	build_and_execute(|| {
		brought_back(NEW);
		assert_ok!(act(NEW, nothing()));
		Successors::<Test>::insert(ORPHAN, OTHER);
		Predecessors::<Test>::insert(OTHER, ORPHAN);
		frame_system::Pallet::<Test>::inc_providers(&OTHER);
		let alone = acting(ORPHAN, nothing()).dispatch(signed(OTHER));
		assert_eq!(error(alone), Error::<Test>::Forbidden.into());
		let in_batch = acting(ORPHAN, batch(vec![nothing()])).dispatch(signed(OTHER));
		let filtered: DispatchError = frame_system::Error::<Test>::CallFiltered.into();
		assert_eq!(error(in_batch), filtered);
		assert_ok!(acting(ORPHAN, remark()).dispatch(signed(OTHER)));
	});
}

#[test]
fn acting_does_not_nest() {
	build_and_execute(|| {
		brought_back(NEW);
		// This holds even if the patient acts for another patient.
		Successors::<Test>::insert(LONER, PATIENT);
		let nested = acting(LONER, remark());
		assert_eq!(error(act(NEW, nested.clone())), Error::<Test>::Forbidden.into());
		assert_eq!(
			error(act(NEW, batch(vec![nested]))),
			frame_system::Error::<Test>::CallFiltered.into()
		);
		Successors::<Test>::remove(LONER);
	});
}

#[test]
fn a_failed_call_returns_its_error_and_changes_nothing() {
	build_and_execute(|| {
		brought_back(NEW);
		events();
		let call = RuntimeCall::Succession(crate::Call::object { patient: LONER });
		let failed = act(NEW, call.clone()).expect_err("another patient's");
		assert_eq!(failed.error, Error::<Test>::NotHolder.into());
		let own = <() as WeightInfo>::act() + FILTER;
		assert_eq!(
			failed.post_info.actual_weight,
			Some(own + call.get_dispatch_info().call_weight)
		);
		assert!(events().is_empty());
	});
}

#[test]
fn unused_weight_of_a_call_is_refunded() {
	build_and_execute(|| {
		brought_back(NEW);
		let call = batch(vec![remark()]);
		let spent = act(NEW, call.clone()).expect("a batch");
		let direct = call.clone().dispatch(signed(PATIENT)).expect("a batch");
		let own = <() as WeightInfo>::act() + FILTER;
		assert_eq!(spent.actual_weight.map(|weight| weight - own), direct.actual_weight);
		assert_eq!(spent.pays_fee, Pays::Yes);
	});
}

#[test]
fn a_recovered_guardian_supports_others() {
	build_and_execute(|| {
		set_guardians(ORPHAN, [PATIENT, BROTHER]);
		brought_back(NEW);
		assert_ok!(propose_for(ORPHAN, BROTHER, OTHER));
		let approve = crate::Call::approve { patient: ORPHAN, successor: OTHER };
		assert_ok!(act(NEW, RuntimeCall::Succession(approve)));
		wait(DELAY);
		assert_ok!(Succession::complete(signed(STRANGER), ORPHAN));
	});
}
