//! Tests, one file for each call or concern. Every test ends with `try_state`.
//!
//! Cast: `pallets/testing/src/cast.rs`.

mod accepted;
mod act;
mod approve;
mod complete;
mod encoding;
mod end;
mod histories;
mod policies;
mod propose;
mod reads;
mod theft;
mod try_state;
mod weights;

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::*;
use sp_runtime::{testing::TestSignature, DispatchResult};

fn propose(who: AccountId, successor: AccountId) -> DispatchResult {
	propose_for(PATIENT, who, successor)
}

/// Lets `who` propose an account for a patient, with its signature.
fn propose_for(patient: AccountId, who: AccountId, successor: AccountId) -> DispatchResult {
	let recovery = recovery(patient, successor);
	let signature = sign(successor, &recovery.to_sign());
	present(who, recovery, signature)
}

/// Lets `who` propose a recovery with this signature.
fn present(
	who: AccountId,
	recovery: Recovery<AccountId>,
	signature: TestSignature,
) -> DispatchResult {
	let Recovery { patient, successor, until, .. } = recovery;
	Succession::propose_accepted(signed(who), patient, successor, until, signature)
}

fn approve(who: AccountId, successor: AccountId) -> DispatchResult {
	Succession::approve(signed(who), PATIENT, successor)
}

fn complete() -> DispatchResult {
	Succession::complete(signed(STRANGER), PATIENT)
}

/// Lets the first account propose and the others support it, one hour apart.
fn supported(who: &[AccountId], successor: AccountId) {
	for (index, who) in who.iter().enumerate() {
		if index == 0 {
			assert_ok!(propose(*who, successor));
		} else {
			wait(HOUR);
			assert_ok!(approve(*who, successor));
		}
	}
}

/// Recovers the patient with this successor.
fn brought_back(successor: AccountId) {
	supported(&[SISTER, BROTHER, FRIEND], successor);
	wait(DELAY);
	assert_ok!(complete());
	assert_eq!(Successors::<Test>::get(PATIENT), Some(successor));
}

/// Asserts that nobody acts for a patient.
fn nothing_is_taken() {
	assert_eq!(Successors::<Test>::iter().count(), 0);
	assert_eq!(Predecessors::<Test>::iter().count(), 0);
}

/// Returns a call that does nothing.
fn nothing() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark { remark: vec![] })
}
