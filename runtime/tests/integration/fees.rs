//! Payment for transactions.

use crate::common::*;
use codec::{Decode, Encode};
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use pallet_roles::{
	AccountUsages, Call, NodesUsages, OrganisationUsages, PatientsUsages, ReserveUsages, Usage,
};
use pallet_transaction_payment::ChargeTransactionPayment;
use salus_primitives::{
	AccessRequest, Action, Answer, Cid, GrantTerms, Grantee, Purpose, Recipient, RecordId,
	RecordWrap, RecordWraps, Role, Scope, StorageClaim, Wrap, WrapKey, WrapKeys, CODEC_RAW,
	MAX_CONSENT_REQUESTS, MAX_WRAPS,
};
use salus_runtime::{
	configs::{
		RuntimeBlockWeights, ACCOUNT_ALLOWANCE, ORGANISATION_ALLOWANCE, PATIENT_ALLOWANCE,
		PATIENT_RESERVE,
	},
	fees::{self, Payment},
	units::{DAY_MILLIS, HEAL},
	AccountId, Executive, Roles, Runtime, RuntimeCall, RuntimeOrigin, System,
};
use sp_runtime::{
	traits::TransactionExtension,
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	DispatchError,
};

const PAYMENT: TransactionValidityError =
	TransactionValidityError::Invalid(InvalidTransaction::Payment);

/// Returns a member's call that succeeds once for each `seed`.
fn good(seed: u64) -> RuntimeCall {
	let mut public = [9; 32];
	public[..8].copy_from_slice(&seed.to_le_bytes());
	Call::<Runtime>::rotate_key { public }.into()
}

/// Returns a member's call that fails at dispatch.
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
fn a_member_without_tokens_acts_within_the_allowance() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let fee = fee("//Doctor", good(1));
		assert!(fee > 0);
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		assert_eq!(balance("//Doctor"), 0);
		let spent = spent_by("//Doctor");
		assert!(spent > 0 && spent <= fee, "spent {spent} of at most {fee}");
		assert_eq!(OrganisationUsages::<Runtime>::get(1).spent, spent);
	});
}

#[test]
fn an_administrator_without_tokens_acts_within_the_allowance() {
	on_chain(|| {
		let call = admission(1, "//Doctor", Role::Practitioner);
		assert_eq!(send("//Admin", call), Ok(Ok(())));
		assert!(spent_by("//Admin") > 0);
	});
}

#[test]
fn a_failing_call_also_draws() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let fee = fee("//Doctor", bad());
		let result = send("//Doctor", bad());
		assert!(matches!(result, Ok(Err(DispatchError::Module(_)))), "{result:?}");
		let spent = spent_by("//Doctor");
		assert!(spent > 0 && spent < fee, "spent {spent} of at most {fee}");
		assert_eq!(System::account_nonce(account("//Doctor")), 1);
	});
}

/// Runs a test with a patient of the hospital who has no tokens.
fn with_patient(test: impl FnOnce()) {
	on_chain(|| {
		assert_eq!(send("//Admin", enrolment(1, "//Patient")), Ok(Ok(())));
		test();
	});
}

/// Returns a patient's call that protects nobody.
fn appoint() -> RuntimeCall {
	pallet_consent::Call::appoint_guardian {
		guardian: account("//Sister"),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		until: None,
	}
	.into()
}

fn opt_out(opted_out: bool) -> RuntimeCall {
	pallet_consent::Call::set_emergency_opt_out { opted_out }.into()
}

fn used_up() -> Usage {
	Usage { period: START / DAY_MILLIS, spent: u128::MAX }
}

#[test]
fn the_unused_part_is_returned_on_success_and_failure() {
	with_patient(|| {
		// Both calls declare the weight of the largest possible erasure.
		let erase = |record| RuntimeCall::from(pallet_records::Call::erase { record });
		let full = fee("//Patient", erase(RecordId([1; 32])));
		let result = send("//Patient", erase(RecordId([1; 32])));
		assert!(matches!(result, Ok(Err(_))), "{result:?}");
		let spent = ReserveUsages::<Runtime>::get(account("//Patient")).spent;
		assert!(spent > 0 && spent < full / 4, "spent {spent} of {full}");
		// Nor does it take room in the block.
		let used = System::block_weight().get(DispatchClass::Operational).ref_time();
		let declared = erase(RecordId([1; 32])).get_dispatch_info().call_weight;
		assert!(used < declared.ref_time() / 4, "{used} of {declared}");
	});
}

#[test]
fn patients_staff_and_nodes_have_separate_allowances() {
	with_patient(|| {
		admit("//Doctor", Role::Practitioner);
		admit("//Node", Role::StorageNode);
		let before = OrganisationUsages::<Runtime>::get(1).spent;
		assert_eq!(send("//Patient", appoint()), Ok(Ok(())));
		assert_eq!(send("//Node", pallet_records::Call::announce {}), Ok(Ok(())));
		assert_eq!(OrganisationUsages::<Runtime>::get(1).spent, before);
		let of_patients = PatientsUsages::<Runtime>::get(1).spent;
		assert!(of_patients > 0 && of_patients == spent_by("//Patient"));
		assert!(NodesUsages::<Runtime>::get(1).spent > 0);
		// Many failing calls of patients exhaust only the patients' allowance.
		PatientsUsages::<Runtime>::insert(1, used_up());
		NodesUsages::<Runtime>::insert(1, used_up());
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		PatientsUsages::<Runtime>::remove(1);
		OrganisationUsages::<Runtime>::insert(1, used_up());
		assert_eq!(send("//Doctor", good(2)), Err(PAYMENT));
		assert_eq!(send("//Node", good(1)), Err(PAYMENT));
		assert_eq!(send("//Patient", good(1)), Ok(Ok(())));
	});
}

#[test]
fn one_patient_draws_at_most_their_own_share() {
	with_patient(|| {
		let period = START / DAY_MILLIS;
		let spent = PATIENT_ALLOWANCE - fee("//Patient", appoint()) + 1;
		AccountUsages::<Runtime>::insert(account("//Patient"), Usage { period, spent });
		assert_eq!(send("//Patient", appoint()), Err(PAYMENT));
		AccountUsages::<Runtime>::insert(account("//Patient"), Usage { period, spent: spent - 1 });
		assert_eq!(send("//Patient", appoint()), Ok(Ok(())));
	});
}

#[test]
fn protective_calls_are_never_refused_for_others_use() {
	with_patient(|| {
		OrganisationUsages::<Runtime>::insert(1, used_up());
		PatientsUsages::<Runtime>::insert(1, used_up());
		Roles::suspend_organisation(RuntimeOrigin::root(), 1).unwrap();
		assert_eq!(send("//Patient", appoint()), Err(PAYMENT));
		assert_eq!(send("//Patient", opt_out(true)), Ok(Ok(())));
		let reserve = ReserveUsages::<Runtime>::get(account("//Patient")).spent;
		assert!(reserve > 0);
		assert_eq!(PatientsUsages::<Runtime>::get(1), used_up());
		// The reserve is small, and the patient's own.
		ReserveUsages::<Runtime>::insert(account("//Patient"), used_up());
		assert_eq!(send("//Patient", opt_out(false)), Err(PAYMENT));
		next_block_at(DAY_MILLIS);
		PatientsUsages::<Runtime>::insert(
			1,
			Usage { period: (START + DAY_MILLIS) / DAY_MILLIS, spent: u128::MAX },
		);
		assert_eq!(send("//Patient", opt_out(false)), Ok(Ok(())));
	});
}

#[test]
fn even_a_patient_without_a_hospital_can_protect_themself() {
	with_patient(|| {
		let release =
			Call::<Runtime>::release_patient { organisation: 1, patient: account("//Patient") };
		assert_eq!(send("//Admin", release), Ok(Ok(())));
		assert_eq!(send("//Patient", appoint()), Err(PAYMENT));
		assert_eq!(send("//Patient", opt_out(true)), Ok(Ok(())));
	});
}

#[test]
fn members_who_are_not_patients_have_no_reserve() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		leave("//Doctor", 0);
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
	});
}

/// A hospital once kept a patient's denial out for as long as it sent calls that failed.
#[test]
fn ending_access_finds_room_in_a_full_block() {
	with_patient(|| {
		admit("//Doctor", Role::Practitioner);
		let full = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
		for number in 0.. {
			match send("//Doctor", good(number)) {
				Ok(_) => {}
				Err(error) if error == full => break,
				// The allowance ends before the block does.
				Err(PAYMENT) => {
					AccountUsages::<Runtime>::remove(account("//Doctor"));
					OrganisationUsages::<Runtime>::remove(1);
				}
				Err(error) => panic!("{error:?}"),
			}
		}
		assert_eq!(send("//Patient", appoint()), Err(full));
		assert_eq!(send("//Patient", opt_out(true)), Ok(Ok(())));
	});
}

/// A patient who floods the chain leaves the others more than half of each block.
#[test]
fn ending_access_fills_less_than_half_of_a_block() {
	with_patient(|| {
		admit("//Doctor", Role::Practitioner);
		let full = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
		let mut opted_out = true;
		loop {
			match send("//Patient", opt_out(opted_out)) {
				Ok(_) => opted_out = !opted_out,
				Err(error) if error == full => break,
				Err(PAYMENT) => ReserveUsages::<Runtime>::remove(account("//Patient")),
				Err(error) => panic!("{error:?}"),
			}
		}
		let used = System::block_weight().total().ref_time();
		let block = RuntimeBlockWeights::get().max_block.ref_time();
		assert!(used < block / 2, "{used}");
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
	});
}

/// A patient who was brought back on another account has no wraps for older records.
#[test]
fn a_patient_asks_for_their_own_record_without_tokens() {
	with_patient(|| {
		PatientsUsages::<Runtime>::insert(1, used_up());
		let request = |purpose| AccessRequest {
			record: RecordId([1; 32]),
			version: None,
			purpose,
			reader_key: [3; 32],
		};
		let usual = |purpose| pallet_access::Call::request { request: request(purpose) };
		let other =
			|purpose| pallet_access::Call::request_from { request: request(purpose), epoch: 1 };
		assert_eq!(send("//Patient", usual(Purpose::TREAT)), Err(PAYMENT));
		assert_eq!(send("//Patient", other(Purpose::TREAT)), Err(PAYMENT));
		assert!(send("//Patient", usual(Purpose::PATRQT)).is_ok());
		assert!(send("//Patient", other(Purpose::PATRQT)).is_ok());
		assert!(ReserveUsages::<Runtime>::get(account("//Patient")).spent > 0);
	});
}

/// Returns what the pool learns of a transaction, which is valid.
fn validity(uri: &str, call: impl Into<RuntimeCall>, tip: u128) -> ValidTransaction {
	let extrinsic = sign(uri, call, tip);
	frame_support::storage::with_transaction(|| {
		let valid = Executive::validate_transaction(
			TransactionSource::External,
			extrinsic,
			System::parent_hash(),
		);
		sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(valid))
	})
	.expect("nothing is nested")
	.expect("the transaction is valid")
}

/// A node that was dismissed has no allowance, and an erasure waits for it.
#[test]
fn a_dismissed_node_confirms_each_removal_once_for_free() {
	on_chain(|| {
		for uri in ["//Node", "//Other"] {
			let (admin, node) = (account("//Admin"), account(uri));
			admit(uri, Role::StorageNode);
			Roles::revoke_member(RuntimeOrigin::signed(admin), 1, node, Role::StorageNode)
				.expect("the administrator dismisses");
		}
		let owe = |number: u8| {
			let (record, root) = (RecordId([number; 32]), Cid::new(CODEC_RAW, [number; 32]));
			let removal = pallet_records::Removal { root, block: 0 };
			pallet_records::Removals::<Runtime>::insert((account("//Node"), record, 1), removal);
			StorageClaim { record, version: 1, root }
		};
		let confirm = |claims: &[&StorageClaim]| {
			let claims: Vec<_> = claims.iter().map(|claim| (*claim).clone()).collect();
			let claims = claims.try_into().expect("they fit");
			pallet_records::Call::confirm_removed { claims }
		};
		let [one, two] = [owe(1), owe(2)];
		let unknown = StorageClaim { version: 9, ..one.clone() };
		assert_eq!(send("//Node", confirm(&[&one, &unknown])), Err(PAYMENT));
		assert_eq!(send("//Other", confirm(&[&one])), Err(PAYMENT));
		assert_eq!(send("//Node", confirm(&[&one, &one])), Err(PAYMENT));
		// The pool accepts one at a time, even if several would be free now.
		let tag = (b"salus/free".to_vec(), account("//Node")).encode();
		for claim in [&one, &two] {
			let tags = validity("//Node", confirm(&[claim]), 0).provides;
			assert!(tags.contains(&tag), "{tags:?}");
		}
		assert_eq!(send("//Node", confirm(&[&one])), Ok(Ok(())));
		assert_eq!(send("//Node", confirm(&[&one])), Err(PAYMENT));
		assert_eq!(send("//Node", confirm(&[&two])), Ok(Ok(())));
	});
}

#[test]
fn ending_access_comes_first_while_the_reserve_lasts() {
	with_patient(|| {
		endow("//Patient", HEAL);
		let priority = |call: RuntimeCall, tip| validity("//Patient", call, tip).priority;
		let lift = || RuntimeCall::from(pallet_consent::Call::lift { denial: 1 });
		let (urgent, ordinary) = (priority(opt_out(true), 0), priority(appoint(), 0));
		assert!(priority(lift(), 0) < 2 * ordinary);
		// No tip changes that.
		for tip in [1, HEAL / 2] {
			assert!(priority(appoint(), tip) < urgent);
			assert!(priority(opt_out(true), tip) < urgent);
		}
		// Other protective calls wait for all others when the reserve pays for them.
		PatientsUsages::<Runtime>::insert(1, used_up());
		assert_eq!(priority(lift(), 0), 0);
		assert_eq!(priority(opt_out(true), 0), urgent);
		// Beyond the reserve, nobody is ahead of the others.
		PatientsUsages::<Runtime>::remove(1);
		ReserveUsages::<Runtime>::insert(account("//Patient"), used_up());
		assert!(priority(opt_out(true), 0) < 2 * ordinary);
	});
}

/// The reserve covers the longest protective call at least twice.
#[test]
fn a_reserve_covers_the_longest_protective_call() {
	with_patient(|| {
		let wraps: Vec<_> = (0..MAX_WRAPS).map(|_| record_wrap()).collect();
		let wraps: RecordWraps<_> = wraps.try_into().expect("they fit");
		let keys: Vec<_> = (0..MAX_WRAPS).map(|_| wrap_key()).collect();
		let keys: WrapKeys<_> = keys.try_into().expect("they fit");
		let answers: Vec<_> =
			(0..MAX_CONSENT_REQUESTS).map(|request| (request, Answer::Decline)).collect();
		let patient = account("//Patient");
		let calls: Vec<RuntimeCall> = vec![
			pallet_records::Call::erase { record: RecordId([1; 32]) }.into(),
			pallet_records::Call::remove_wraps { wraps: keys.clone() }.into(),
			pallet_consent::Call::revoke { grant: 1, remove: keys.clone() }.into(),
			pallet_consent::Call::deny {
				grantee: Grantee::Organisation(1),
				scope: Scope::Everything,
				remove: keys,
			}
			.into(),
			pallet_consent::Call::grant {
				terms: GrantTerms {
					grantee: Grantee::Organisation(1),
					scope: Scope::Everything,
					purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
					actions: vec![Action::Read].try_into().expect("one fits"),
					from: None,
					until: None,
					uses: None,
					condition: None,
				},
				wraps,
			}
			.into(),
			pallet_consent::Call::answer_many {
				patient: patient.clone(),
				answers: answers.try_into().expect("they fit"),
			}
			.into(),
			pallet_succession::Call::object { patient: patient.clone() }.into(),
			pallet_succession::Call::set_threshold { patient, threshold: None }.into(),
			opt_out(true),
			good(1),
			Call::<Runtime>::leave { role: Role::Patient }.into(),
		];
		for call in calls {
			assert!(fees::protects(&call), "{call:?}");
			let fee = fee("//Patient", call.clone());
			let name = frame_support::traits::GetCallMetadata::get_call_metadata(&call);
			println!("{name:?}: {} mHEAL", fee / (HEAL / 1_000));
			assert!(fee <= PATIENT_RESERVE / 2, "{name:?}: {fee}");
		}
	});
}

fn wrap_key() -> WrapKey<AccountId> {
	WrapKey {
		record: RecordId([1; 32]),
		version: 1,
		recipient: Recipient::Account(account("//Doctor")),
	}
}

fn record_wrap() -> RecordWrap<AccountId> {
	RecordWrap {
		record: RecordId([1; 32]),
		version: 1,
		recipient: Recipient::Account(account("//Doctor")),
		wrap: Wrap { key_version: 1, sealed: [6; 80] },
	}
}

#[test]
fn beyond_the_allowance_a_member_without_tokens_is_refused() {
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
fn the_allowance_can_be_used_up_completely() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let fee = fee("//Doctor", good(1));
		leave("//Doctor", fee);
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
		assert!(Roles::allowance_left(&account("//Doctor")) < fee);
	});
}

#[test]
fn beyond_the_allowance_a_member_with_tokens_pays() {
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
fn the_organisations_allowance_limits_all_its_members() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let period = START / DAY_MILLIS;
		let usage = Usage { period, spent: ORGANISATION_ALLOWANCE };
		OrganisationUsages::<Runtime>::insert(1, usage);
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		assert_eq!(send("//Admin", good(1)), Err(PAYMENT));
	});
}

#[test]
fn the_allowance_is_full_again_the_next_day() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		leave("//Doctor", 0);
		assert_eq!(send("//Doctor", good(1)), Err(PAYMENT));
		next_block_at(DAY_MILLIS);
		assert_eq!(send("//Doctor", good(1)), Ok(Ok(())));
	});
}

#[test]
fn an_account_without_a_membership_pays() {
	on_chain(|| {
		let enrol = || RuntimeCall::from(Call::<Runtime>::enrol { key: [7; 32] });
		assert_eq!(send("//Stranger", enrol()), Err(PAYMENT));
		endow("//Stranger", HEAL);
		let fee = fee("//Stranger", enrol());
		assert_eq!(send("//Stranger", enrol()), Ok(Ok(())));
		let paid = HEAL - balance("//Stranger");
		assert!(paid > 0 && paid <= fee, "paid {paid} of at most {fee}");
		assert_eq!(spent_by("//Stranger"), 0);
		// No organisation answers for a patient who enrolled without one.
		assert_eq!(Roles::allowance_left(&account("//Stranger")), 0);
	});
}

#[test]
fn a_suspended_member_or_organisation_has_no_allowance() {
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
fn calls_other_than_those_of_members_are_paid() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let remark = || RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
		assert_eq!(send("//Doctor", remark()), Err(PAYMENT));
		// A batch is not a member's call, nor can it hide several in one.
		let batch = pallet_utility::Call::batch { calls: vec![good(1), remark()] };
		assert_eq!(send("//Doctor", batch), Err(PAYMENT));
		// The sender pays for the council's calls.
		let council = Call::<Runtime>::suspend_organisation { organisation: 1 };
		assert_eq!(send("//Admin", council), Err(PAYMENT));
		assert_eq!(spent_by("//Doctor"), 0);
	});
}

#[test]
fn a_sender_who_offers_a_tip_pays() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		assert_eq!(Executive::apply_extrinsic(sign("//Doctor", good(1), 1)), Err(PAYMENT));
		endow("//Doctor", HEAL);
		assert_eq!(Executive::apply_extrinsic(sign("//Doctor", good(1), 1)), Ok(Ok(())));
		assert!(balance("//Doctor") < HEAL);
		assert_eq!(spent_by("//Doctor"), 0);
	});
}

#[test]
fn a_flood_is_limited() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let one = fee("//Doctor", bad());
		assert!(send("//Doctor", bad()).is_ok());
		let used = spent_by("//Doctor");
		leave("//Doctor", 3 * used + one);
		let results: Vec<_> = (0..20).map(|_| send("//Doctor", bad())).collect();
		assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
		assert!(results[4..].iter().all(|result| *result == Err(PAYMENT)));
		assert_eq!(System::account_nonce(account("//Doctor")), 5);
	});
}

#[test]
fn the_pool_refuses_what_the_allowance_does_not_cover() {
	on_chain(|| {
		admit("//Doctor", Role::Practitioner);
		let validate = || {
			let extrinsic = sign("//Doctor", good(1), 0);
			// Validates as the pool does, on the state after the block.
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
		assert_eq!(spent_by("//Doctor"), before, "validation draws nothing");
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
	assert_eq!(shown, [("ChargeTransactionPayment", scale_info::meta_type::<Ordinary>(), unit)]);
	assert_eq!(scale_info::meta_type::<Payment>(), scale_info::meta_type::<Ordinary>());
	for tip in [0, 1, 1 << 20, u128::MAX] {
		let bytes = Payment::with_tip(tip).encode();
		assert_eq!(bytes, Ordinary::from(tip).encode());
		assert_eq!(Payment::decode(&mut &bytes[..]), Ok(Payment::with_tip(tip)));
	}
}
