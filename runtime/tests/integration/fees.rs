//! Who pays for a transaction.

use crate::common::*;
use codec::{Decode, Encode};
use pallet_roles::{AccountUsages, Call, OrganisationUsages, Usage};
use pallet_transaction_payment::ChargeTransactionPayment;
use salus_primitives::Role;
use salus_runtime::{
	configs::{ACCOUNT_ALLOWANCE, ORGANISATION_ALLOWANCE},
	fees::Payment,
	units::{DAY_MILLIS, HEAL},
	Executive, Roles, Runtime, RuntimeCall, RuntimeOrigin, System,
};
use sp_runtime::{
	traits::TransactionExtension,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError,
};

const PAYMENT: TransactionValidityError =
	TransactionValidityError::Invalid(InvalidTransaction::Payment);

/// A member's call that succeeds as often as `seed` changes.
fn good(seed: u64) -> RuntimeCall {
	let mut public = [9; 32];
	public[..8].copy_from_slice(&seed.to_le_bytes());
	Call::<Runtime>::rotate_key { public }.into()
}

/// A member's call that fails when it is dispatched.
fn bad() -> RuntimeCall {
	Call::<Runtime>::rotate_key { public: [0; 32] }.into()
}

fn spent_by(uri: &str) -> u128 {
	AccountUsages::<Runtime>::get(account(uri)).spent
}

fn leave(uri: &str, left: u128) {
	let period = START / DAY_MILLIS;
	let spent = ACCOUNT_ALLOWANCE - left;
	AccountUsages::<Runtime>::insert(account(uri), Usage { period, spent });
}

#[test]
fn a_member_without_tokens_acts_inside_the_quota() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let fee = fee("//Doctor", good(1));
		assert!(fee > 0);
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		assert_eq!(balance("//Doctor"), 0);
		assert_eq!(spent_by("//Doctor"), fee);
		assert_eq!(OrganisationUsages::<Runtime>::get(1).spent, fee);
	});
}

#[test]
fn an_administrator_without_tokens_acts_inside_the_quota() {
	on_chain(|| {
		let call = Call::<Runtime>::admit_member {
			organisation: 1,
			account: account("//Doctor"),
			role: Role::Practitioner,
			credential: [2; 32],
			expires: None,
			specialty: None,
		};
		assert_eq!(send("//Admin", call), Ok(Ok(())));
		assert!(spent_by("//Admin") > 0);
	});
}

#[test]
fn a_call_that_fails_draws_as_well() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let fee = fee("//Doctor", bad());
		let result = send("//Doctor", bad());
		assert!(
			matches!(result, Ok(Err(DispatchError::Module(_)))),
			"{result:?}"
		);
		assert_eq!(spent_by("//Doctor"), fee);
		assert_eq!(System::account_nonce(account("//Doctor")), 1);
	});
}

#[test]
fn beyond_the_quota_a_member_without_tokens_is_refused() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		leave("//Doctor", fee("//Doctor", good(1)) - 1);
		let before = spent_by("//Doctor");
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		assert_eq!(spent_by("//Doctor"), before);
		assert_eq!(System::account_nonce(account("//Doctor")), 0);
	});
}

#[test]
fn the_last_of_the_quota_may_be_used() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		leave("//Doctor", fee("//Doctor", good(1)));
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		assert_eq!(Roles::allowance_left(&account("//Doctor")), 0);
	});
}

#[test]
fn beyond_the_quota_a_member_with_tokens_pays() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		endow("//Doctor", HEAL);
		leave("//Doctor", 0);
		let fee = fee("//Doctor", good(1));
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		let paid = HEAL - balance("//Doctor");
		assert!(paid > 0 && paid <= fee, "paid {paid} of at most {fee}");
		assert_eq!(spent_by("//Doctor"), ACCOUNT_ALLOWANCE);
	});
}

#[test]
fn the_organisations_quota_binds_all_its_members() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let period = START / DAY_MILLIS;
		let usage = Usage {
			period,
			spent: ORGANISATION_ALLOWANCE,
		};
		OrganisationUsages::<Runtime>::insert(1, usage);
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		assert_eq!(send("//Admin", good(1)), Err(PAYMENT));
	});
}

#[test]
fn the_quota_starts_anew_the_next_day() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		leave("//Doctor", 0);
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		next_block_at(DAY_MILLIS);
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
	});
}

#[test]
fn who_is_no_member_pays() {
	on_chain(|| {
		let enrol = || RuntimeCall::from(Call::<Runtime>::enrol { key: [7; 32] });
		assert_eq!(send("//Stranger", enrol()), Err(PAYMENT));
		endow("//Stranger", HEAL);
		let fee = fee("//Stranger", enrol());
		assert_eq!(send("//Stranger", enrol()), Ok(Ok(())));
		let paid = HEAL - balance("//Stranger");
		assert!(paid > 0 && paid <= fee, "paid {paid} of at most {fee}");
		assert_eq!(spent_by("//Stranger"), 0);
		// No organisation answers for a patient who enrolled by themself.
		assert_eq!(Roles::allowance_left(&account("//Stranger")), 0);
	});
}

#[test]
fn a_suspended_member_or_organisation_has_no_quota() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		admit("//Nurse", Role::Practitioner);
		let admin = RuntimeOrigin::signed(account("//Admin"));
		Roles::suspend_member(admin, 1, account("//Doctor"), Role::Practitioner).unwrap();
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		assert_eq!(send("//Nurse", good(1)), Ok(Ok(())));
		Roles::suspend_organisation(RuntimeOrigin::root(), 1).unwrap();
		assert_eq!(send("//Nurse", good(2)), Err(PAYMENT));
		assert_eq!(send("//Admin", good(1)), Err(PAYMENT));
	});
}

#[test]
fn calls_that_are_not_the_members_are_paid() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let remark = || RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
		assert_eq!(send("//Doctor", remark()), Err(PAYMENT));
		// Nor does a batch make a member's call out of them, or hide many in one.
		let batch = pallet_utility::Call::batch {
			calls: vec![good(1), remark()],
		};
		assert_eq!(send("//Doctor", batch), Err(PAYMENT));
		// The council's calls are paid by whoever sends them.
		let council = Call::<Runtime>::suspend_organisation { organisation: 1 };
		assert_eq!(send("//Admin", council), Err(PAYMENT));
		assert_eq!(spent_by("//Doctor"), 0);
	});
}

#[test]
fn who_offers_a_tip_pays() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		assert_eq!(
			Executive::apply_extrinsic(sign("//Doctor", good(1), 1)),
			Err(PAYMENT)
		);
		endow("//Doctor", HEAL);
		assert_eq!(
			Executive::apply_extrinsic(sign("//Doctor", good(1), 1)),
			Ok(Ok(()))
		);
		assert!(balance("//Doctor") < HEAL);
		assert_eq!(spent_by("//Doctor"), 0);
	});
}

#[test]
fn a_flood_is_bounded() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let one = fee("//Doctor", bad());
		leave("//Doctor", 5 * one + one / 2);
		let results: Vec<_> = (0..20).map(|_| send("//Doctor", bad())).collect();
		assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
		assert!(results[5..].iter().all(|result| *result == Err(PAYMENT)));
		assert_eq!(System::account_nonce(account("//Doctor")), 5);
	});
}

#[test]
fn the_pool_refuses_what_the_quota_does_not_cover() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let validate = || {
			let extrinsic = sign("//Doctor", good(1), 0);
			// As the pool does: on the state after the block.
			Executive::validate_transaction(
				TransactionSource::External,
				extrinsic,
				System::parent_hash(),
			)
		};
		let before = spent_by("//Doctor");
		frame_support::storage::with_transaction(|| {
			assert!(validate().is_ok());
			sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
		})
		.unwrap();
		assert_eq!(spent_by("//Doctor"), before, "looking draws nothing");
		leave("//Doctor", 0);
		assert_eq!(validate(), Err(PAYMENT));
	});
}

#[test]
fn from_outside_it_is_the_ordinary_payment() {
	type Ordinary = ChargeTransactionPayment<Runtime>;
	assert_eq!(
		<Payment as TransactionExtension<RuntimeCall>>::IDENTIFIER,
		"ChargeTransactionPayment"
	);
	let shown: Vec<_> = <Payment as TransactionExtension<RuntimeCall>>::metadata()
		.iter()
		.map(|extension| (extension.identifier, extension.ty, extension.implicit))
		.collect();
	let unit = scale_info::meta_type::<()>();
	assert_eq!(
		shown,
		[(
			"ChargeTransactionPayment",
			scale_info::meta_type::<Ordinary>(),
			unit
		)]
	);
	assert_eq!(
		scale_info::meta_type::<Payment>(),
		scale_info::meta_type::<Ordinary>()
	);
	for tip in [0, 1, 1 << 20, u128::MAX] {
		let bytes = Payment::from(tip).encode();
		assert_eq!(bytes, Ordinary::from(tip).encode());
		assert_eq!(Payment::decode(&mut &bytes[..]), Ok(Payment::from(tip)));
	}
}
