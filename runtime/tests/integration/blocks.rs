//! Room in blocks.

use crate::common::*;
use codec::Encode;
use frame_support::dispatch::DispatchClass;
use salus_primitives::{Recipient, RecordId, WrapKey, MAX_WRAPS};
use salus_runtime::{
	configs::RuntimeBlockLength, units::HEAL, Executive, Runtime, RuntimeCall, System,
};
use sp_runtime::transaction_validity::InvalidTransaction;

/// Returns a removal of as many wraps as one call can name. The chain refuses it, because there is
/// no such record, but it takes its length of the block.
fn long_removal() -> RuntimeCall {
	let wrap = WrapKey {
		record: RecordId([1; 32]),
		version: 1,
		recipient: Recipient::Account(account("//Doctor")),
	};
	let wraps = vec![wrap; MAX_WRAPS as usize].try_into().expect("they fit");
	pallet_records::Call::<Runtime>::remove_wraps { wraps }.into()
}

/// Sends a call of somebody with tokens until the block takes no more of them. Returns the length
/// of those that it took.
fn fill(call: impl Fn() -> RuntimeCall) -> u32 {
	let before = System::block_size();
	let full = Err(InvalidTransaction::ExhaustsResources.into());
	loop {
		let transaction = sign("//Rich", call(), 1);
		assert!(transaction.encoded_size() < 100_000);
		match Executive::apply_extrinsic(transaction) {
			Ok(_) => {}
			refused => {
				assert_eq!(refused, full);
				return System::block_size() - before;
			}
		}
	}
}

#[test]
fn long_urgent_calls_leave_a_quarter_of_a_block_to_others() {
	on_chain(|| {
		endow("//Rich", 1_000_000 * HEAL);
		let limit = |class| *RuntimeBlockLength::get().max.get(class);
		let most = limit(DispatchClass::Mandatory);
		let one = sign("//Rich", long_removal(), 1).encoded_size() as u32;
		let urgent = fill(long_removal);
		// The length was used up, and not the time.
		assert!(urgent + 2 * one > limit(DispatchClass::Operational), "{urgent} of {most}");
		let long_remark = || frame_system::Call::remark { remark: vec![7; 50_000] }.into();
		let ordinary = fill(long_remark);
		assert!(ordinary + 50_100 > most / 4, "{ordinary} of {most}");
		// Inherents and votes still have room.
		assert!(most - System::block_size() >= most / 20);
	});
}
