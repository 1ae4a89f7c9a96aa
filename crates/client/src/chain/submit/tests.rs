use super::{
	outcome::{docs_in_one_line, given},
	signed::{Date, FORK, LIFE},
	*,
};
use salus_primitives::{AnsweredBy, Grantee, LogEntry};

use proptest::prelude::*;
use serde_json::{json, Value};

/// Number of block hashes that the runtime remembers (`frame_system::BlockHashCount`).
const REMEMBERS: u64 = 7_200;

/// Returns the block from which the chain, in this block, takes a transaction to be dated, as
/// `frame_system::CheckMortality` does; `None` if the chain refuses it.
fn birth(date: Date, dated: u64, block: u64) -> Option<u64> {
	let Date::Mortal(period) = date else {
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
		let date = Date::new(best, finalized, REMEMBERS);
		let dated = match date {
			Date::Mortal(_) => finalized,
			Date::Immortal => 0,
		};
		prop_assert_eq!(birth(date, dated, best + later), Some(dated), "{:?}", date);
		// It is immortal only where necessary.
		prop_assert!(date != Date::Immortal || ahead + LIFE > REMEMBERS / 2);
	}
}

#[test]
fn a_transaction_expires_after_minutes_under_finality() {
	assert_eq!(Date::new(103, 100, REMEMBERS), Date::Mortal(256));
	// The final block is read first, so it can be ahead of the best block read before.
	assert_eq!(Date::new(99, 100, REMEMBERS), Date::Mortal(256));
	assert_eq!(Date::new(100 + 129, 100, REMEMBERS), Date::Mortal(512));
	assert_eq!(Date::new(100_000, 100, REMEMBERS), Date::Immortal);
	assert_eq!(Date::new(u64::MAX, 0, REMEMBERS), Date::Immortal);
}

const BEST: u64 = 300;
const FINALIZED: u64 = 100;
const HOLDS_IT: u64 = 250;
const TRANSACTION: [u8; 3] = [1, 2, 3];

/// Answers like a node on whose chain finality is stalled.
fn standing(method: &str, params: &Value) -> Value {
	let hash = |number: u64| format!("0x{number:064x}");
	let number = |hash: &Value| {
		let digits = hash.as_str().unwrap().trim_start_matches("0x");
		u64::from_str_radix(digits, 16).unwrap()
	};
	let header = |number: u64| {
		let zero = hash(0);
		json!({"number": format!("0x{number:x}"), "parentHash": zero, "stateRoot": zero,
			"extrinsicsRoot": zero, "digest": {"logs": []}})
	};
	let given = &params[0];
	match method {
		"state_getRuntimeVersion" => {
			json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
		}
		"chain_getBlockHash" => hash(given.as_u64().unwrap_or(BEST)).into(),
		"chain_getFinalizedHead" => hash(FINALIZED).into(),
		"chain_getHeader" if given.is_null() => header(BEST),
		"chain_getHeader" => header(number(given)),
		"chain_getBlock" => {
			let number = number(given);
			let extrinsics: Vec<_> = (number == HOLDS_IT)
				.then(|| format!("0x{}", hex::encode(TRANSACTION)))
				.into_iter()
				.collect();
			json!({"block": {"header": header(number), "extrinsics": extrinsics}, "justifications": null})
		}
		// Without subscriptions, as if the node's pool were of no use.
		_ => Value::Null,
	}
}

#[tokio::test]
async fn a_block_that_is_not_final_is_reported_as_that() {
	let url = crate::chain::rpc::tests::node(standing).await;
	let client = Client::connect(&url).await.unwrap();
	let signed = |bytes: &[u8]| SignedTransaction {
		bytes: bytes.to_vec(),
		hash: H256(sp_crypto_hashing::blake2_256(bytes)),
		nonce: 0,
		first: BEST - FORK,
		last: None,
		spec_version: 2,
	};
	let follow = |until| Follow { until, deadline: Duration::from_secs(1) };
	let resend = async |bytes: &[u8], until| {
		let (signed, follow) = (signed(bytes), follow(until));
		let deadline = Instant::now() + follow.deadline;
		let account = Account::from([1; 32]);
		client.resend_until_done(&account, &signed, deadline, follow).await
	};
	let found = resend(&TRANSACTION, Until::Included).await.unwrap();
	let (block, finalized) = found.unwrap();
	assert_eq!((block.0[31], finalized), (HOLDS_IT as u8, false));
	let error = resend(&TRANSACTION, Until::Finalized).await.unwrap_err();
	assert!(
		matches!(error, SubmitError::NotFinal { block: HOLDS_IT, finalized: FINALIZED, .. }),
		"{error:?}"
	);
	assert!(error.to_string().contains("(finality stands at block 100)"));
	assert_eq!(crate::Error::from(error).kind(), crate::ErrorKind::Deadline);
	// No block after the final one can take it, so the reader may request again.
	let over = SignedTransaction { last: Some(FINALIZED), ..signed(b"another") };
	let account = Account::from([1; 32]);
	let follow = Follow { deadline: Duration::from_secs(60), ..Follow::finalized() };
	let found = client.follow_sent(&account, &over, follow).await;
	assert_eq!(found.unwrap(), None);
	let error = resend(b"another", Until::Finalized).await.unwrap_err();
	assert!(matches!(error, SubmitError::Deadline { .. }), "{error:?}");
	assert_eq!(client.told_final().await.unwrap().0, FINALIZED);

	// The limit of a command also limits this wait.
	let patience = crate::Patience {
		until: Some(std::time::Instant::now() + Duration::from_secs(10)),
		..crate::Patience::default()
	};
	let url = crate::chain::rpc::tests::node(standing).await;
	let limited = Client::connect_with(&url, patience).await.unwrap();
	assert!(limited.follow_until_final().deadline <= Duration::from_secs(10));
	assert_eq!(client.follow_until_final(), Follow::finalized());
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
