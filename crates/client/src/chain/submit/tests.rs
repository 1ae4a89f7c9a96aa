use super::{
	outcome::{check_runtime, docs_in_one_line, given},
	signed::{Mortality, LIFE},
	*,
};
use salus_primitives::{AnsweredBy, Grantee, LogEntry};

use proptest::prelude::*;
use serde_json::{json, Value};

/// Number of block hashes that the runtime remembers (`frame_system::BlockHashCount`).
const REMEMBERS: u64 = 7_200;

/// Returns the block from which the chain, in this block, takes a transaction to be dated, as
/// `frame_system::CheckMortality` does; `None` if the chain refuses it.
fn birth(mortality: Mortality, dated: u64, block: u64) -> Option<u64> {
	let Mortality::Mortal(period) = mortality else {
		return Some(0);
	};
	// Encoded as the period, and the phase in it.
	let phase = dated % period;
	assert!((4..=4096).contains(&period) && period.is_power_of_two());
	let birth = (block.max(phase) - phase) / period * period + phase;
	(block - birth <= REMEMBERS).then_some(birth)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(20_000))]

	/// Two of four hospitals are down for minutes or a day: a signed transaction enters the next
	/// blocks.
	#[test]
	fn a_transaction_enters_blocks_far_ahead_of_finality(
		finalized in 0u64..10_000_000,
		ahead in prop_oneof![0u64..8, 0u64..300, 0u64..50_000],
		later in 1u64..=LIFE,
	) {
		let best = finalized + ahead;
		let mortality = Mortality::new(best, finalized, REMEMBERS);
		let dated = match mortality {
			Mortality::Mortal(_) => finalized,
			Mortality::Immortal => 0,
		};
		prop_assert_eq!(birth(mortality, dated, best + later), Some(dated), "{:?}", mortality);
		// A transaction is immortal only where necessary.
		prop_assert!(mortality != Mortality::Immortal || ahead + LIFE > REMEMBERS / 2);
	}
}

#[test]
fn a_transaction_expires_after_minutes_under_finality() {
	assert_eq!(Mortality::new(103, 100, REMEMBERS), Mortality::Mortal(256));
	// The final block is read first, so it can be ahead of the best block read before.
	assert_eq!(Mortality::new(99, 100, REMEMBERS), Mortality::Mortal(256));
	assert_eq!(Mortality::new(100 + 129, 100, REMEMBERS), Mortality::Mortal(512));
	assert_eq!(Mortality::new(100_000, 100, REMEMBERS), Mortality::Immortal);
	assert_eq!(Mortality::new(u64::MAX, 0, REMEMBERS), Mortality::Immortal);
}

/// Answers what a client asks when it connects.
fn connecting(method: &str, _: &Value) -> Value {
	match method {
		"state_getRuntimeVersion" => {
			json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
		}
		"chain_getBlockHash" => json!(format!("0x{:064x}", 1)),
		_ => Value::Null,
	}
}

#[tokio::test]
async fn the_limit_of_a_command_limits_the_wait_for_finality() {
	let patience = crate::Patience {
		until: Some(std::time::Instant::now() + Duration::from_secs(60)),
		..crate::Patience::default()
	};
	let url = crate::chain::rpc::tests::node(connecting).await;
	let limited = Client::connect_with(&url, patience).await.unwrap();
	assert!(limited.follow_until_final().deadline <= Duration::from_secs(60));
	let url = crate::chain::rpc::tests::node(connecting).await;
	let client = Client::connect(&url).await.unwrap();
	assert_eq!(client.follow_until_final(), Follow::finalized());
}

#[test]
fn a_block_that_is_not_final_is_reported_as_that() {
	let error =
		SubmitError::NotFinal { transaction: [1; 32], block: 250, finalized: 100, seconds: 60 };
	assert!(error.to_string().contains("(the last final block is 100)"));
	assert_eq!(crate::Error::from(error).kind(), crate::ErrorKind::Deadline);
}

#[test]
fn no_outcome_is_read_by_another_runtime() {
	let signed = SignedTransaction::example(1);
	assert!(check_runtime(&signed, signed.spec_version).is_ok());
	for other in [signed.spec_version - 1, signed.spec_version + 1] {
		let error = check_runtime(&signed, other).unwrap_err();
		let SubmitError::OtherRuntime { transaction } = &error else { panic!("{error}") };
		assert_eq!(*transaction, signed.hash.0);
		// The text must not read as a failure: the transaction may have been executed.
		assert!(error.to_string().contains("its outcome is unknown"), "{error}");
		assert_eq!(crate::Error::from(error).kind(), crate::ErrorKind::Failure);
	}
}

#[test]
fn an_implausible_best_block_makes_no_transaction_immortal() {
	let anchor =
		|seconds| Anchor { number: 1_000, hash: H256::zero(), age: Duration::from_secs(seconds) };
	assert_eq!(anchor(3).plausible_best(1_004), 1_004);
	assert_eq!(anchor(3).plausible_best(1_000_000), 1_003 + LIFE);
	let best = anchor(3).plausible_best(u64::MAX);
	assert_eq!(Mortality::new(best, 1_000, REMEMBERS), Mortality::Mortal(512));
	// After hours without finality, it is necessary.
	let best = anchor(20_000).plausible_best(u64::MAX);
	assert_eq!(Mortality::new(best, 1_000, REMEMBERS), Mortality::Immortal);
}

#[test]
fn events_are_read_as_the_pallets_write_them() {
	use codec::Encode;
	use salus_primitives::LogEvent;
	let [patient, other] = [[1; 32], [2; 32]].map(Account::from);
	let fields = (patient, 3u32, 4u32, AnsweredBy::Rule(5)).encode();
	let approved = Answered::Approved { request: 3, grant: 4, by: AnsweredBy::Rule(5) };
	assert_eq!(Answered::decode("Approved", &fields).unwrap(), Some(approved));
	let fields = (patient, 3u32, other, AnsweredBy::Patient).encode();
	let declined = Answered::Declined { request: 3, by: AnsweredBy::Patient };
	assert_eq!(Answered::decode("Declined", &fields).unwrap(), Some(declined));
	assert_eq!(Answered::decode("Granted", &fields).unwrap(), None);
	assert!(Answered::decode("Requested", &fields[..40]).is_err());

	let fields = (patient, 7u32, Grantee::Account(other)).encode();
	assert_eq!(given("Granted", &fields).unwrap(), 7);
	assert!(given("Denied", &fields[..36]).is_err());

	let entry = LogEntry {
		index: 6,
		block: 7,
		at: 8,
		actor: other,
		organisation: None,
		event: LogEvent::Released { request: 9 },
	};
	let fields = (patient, 6u32, [5u8; 32], &entry).encode();
	let logged = Logged::decode(&fields).unwrap();
	assert_eq!((logged.head, &logged.entry), ([5; 32], &entry));
	assert!(Logged::decode(&fields[1..]).is_none());
}

#[test]
fn keys_that_changed_meanwhile_are_recognised() {
	let refused = |pallet: &str, error: &str| {
		let (pallet, error) = (pallet.into(), error.into());
		SubmitError::Chain(ChainError { pallet, error, docs: String::new() })
	};
	assert!(refused("Records", "WrongKeyVersion").is_of_old_key());
	assert!(refused("Records", "EpochNotActive").is_of_old_key());
	// An organisation's key share, which nothing wraps again by itself.
	assert!(!refused("Roles", "WrongKeyVersion").is_of_old_key());
	assert!(!refused("Records", "VersionConflict").is_of_old_key());
	assert!(!SubmitError::NoBlock.is_of_old_key());
}

#[test]
fn a_changed_key_leaves_two_further_attempts() {
	let refused = |error: &str| {
		let (pallet, error) = ("Records".into(), error.into());
		SubmitError::Chain(ChainError { pallet, error, docs: String::new() })
	};
	let mut attempts = KeyAttempts::default();
	assert!(attempts.again_after(refused("WrongKeyVersion")).is_ok());
	assert!(attempts.again_after(refused("EpochNotActive")).is_ok());
	assert!(attempts.again_after(refused("WrongKeyVersion")).is_ok());
	assert!(attempts.again_after(refused("WrongKeyVersion")).is_err());
	assert!(KeyAttempts::default().again_after(refused("VersionConflict")).is_err());
}

#[test]
fn chain_errors_read_as_one_sentence() {
	let docs = [" The record was erased.".into(), " Nothing can be added to it.".into()];
	let error = ChainError {
		pallet: "Records".into(),
		error: "Erased".into(),
		docs: docs_in_one_line(&docs),
	};
	assert_eq!(
		error.to_string(),
		"the chain refused it: The record was erased. Nothing can be added to it (Records.Erased)"
	);
}
