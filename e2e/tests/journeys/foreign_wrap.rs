//! The author of a record wraps its key for somebody else, under the version of the patient's key.
//!
//! An honest node has the wrap, and the chain cannot look into it. The patient's client must say so
//! instead of asking hospitals in silence: whoever holds the other key reads the record without an
//! entry on the log.

use crate::fhir_totals::transactions::{key, Sender};
use codec::Decode;
use salus_e2e::{
	cast::*, cli::UNTRUSTED, eventually, files, liar::Liar, quoted, CommandResult, People,
};
use salus_envelope::{wrap, Binding, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::NewRecord;
use salus_runtime::{AccountId, Runtime, RuntimeCall, UncheckedExtrinsic};
use serde_json::Value;
use std::path::Path;

/// Text of the alarm.
const ALARM: &str = "does not open: unless another program once published a key for you";

/// Returns the record that doctor A's client would register, with its content at the node. The
/// transaction itself never arrives.
async fn prepared(people: &People, file: &Path) -> NewRecord<AccountId> {
	let liar = Liar::start(people.node.url()).await;
	liar.catch(0, None);
	let add = people.add_line(file, "laboratory", "Iron");
	let mut adding = people.cli.at(&liar.url()).start(DOCTOR_A, add);
	let transaction = tokio::select! {
		transaction = liar.caught() => transaction,
		ended = adding.ends() => panic!("it registers nothing: {ended:?}"),
	};
	adding.kill().await;
	let text = transaction.as_str().expect("hexadecimal").trim_start_matches("0x");
	let bytes = hex::decode(text).expect("hexadecimal");
	let transaction = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("the client encoded it");
	match transaction.function {
		RuntimeCall::Records(pallet_records::Call::register { new }) => new,
		other => panic!("not a registration: {other:?}"),
	}
}

/// Wraps another key for another secret in place of the patient's wrap, for the same version of the
/// patient's key.
fn wrap_for_another(new: &mut NewRecord<AccountId>, genesis: [u8; 32]) {
	let another = KeyAgreementSecret::generate().expect("there is randomness").public();
	let kind = WrapKind::Record(Binding { record: [7; 32], version: 1 });
	let sealed = wrap(&another, &WrapContext { genesis, kind }, &[9; 32]).expect("a valid key");
	assert_eq!(new.wraps.len(), 1, "a guarded record is wrapped for its patient only");
	for (_, wrap) in new.wraps.iter_mut() {
		wrap.sealed = sealed;
	}
}

/// Lists the patient's records, which must end with the alarm.
async fn listed_with_an_alarm(people: &People) -> Vec<Value> {
	let listed = people.cli.run_expecting_failure(PATIENT, "record list", UNTRUSTED).await;
	assert_alarm(&listed);
	listed.first_json().as_array().expect("a list").clone()
}

fn assert_alarm(result: &CommandResult) {
	assert!(result.err.contains(ALARM), "{result:?}");
	assert!(result.err.contains("--ignore-wrap"), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrap_for_somebody_else_is_an_alarm() {
	let people = People::start().await;
	people.has_a_key().await;
	let good_file = files::fhir_bundle(people.folder(), "good.json", 7.2);
	let good = people.add(&good_file, "laboratory", "Blood count").await;
	let file = files::fhir_bundle(people.folder(), "bad.json", 6.1);
	let mut new = prepared(&people, &file).await;
	let mut author = Sender::to(&people.node).await;
	wrap_for_another(&mut new, author.genesis);
	let call = pallet_records::Call::<Runtime>::register { new };
	author.send(&key(DOCTOR_A), call.into()).await;
	author.settle().await;

	// The list shows the other record, and marks this one.
	let records = listed_with_an_alarm(&people).await;
	assert_eq!(records.len(), 2, "{records:?}");
	let is_good = |record: &&Value| record["id"] == *good;
	let shown = records.iter().find(is_good).expect("the good record is listed");
	assert_eq!(shown["descriptor"]["title"], "Blood count", "{shown}");
	assert_eq!(shown["foreign_wrap"], false, "{shown}");
	let bad = records.iter().find(|record| !is_good(record)).expect("the bad one is listed");
	assert_eq!(bad["descriptor"], Value::Null, "{bad}");
	assert_eq!(bad["foreign_wrap"], true, "{bad}");
	let bad = bad["id"].as_str().expect("a text");

	// Opening it is an alarm, and asks no hospital: nothing is logged, and no file is written.
	let requests = async || {
		let log = people.log().await;
		log.iter().filter(|event| event["requested"] != Value::Null).count()
	};
	let before = requests().await;
	let copy = people.path("copy.json");
	let get = format!("record get {bad} --purpose PATRQT --out {}", quoted(&copy));
	let refused = people.cli.run_expecting_failure(PATIENT, &get, UNTRUSTED).await;
	assert_alarm(&refused);
	assert!(!copy.exists(), "{refused:?}");
	assert_eq!(requests().await, before);
	people.assert_opens(PATIENT, &good, "PATRQT", &good_file).await;
	assert_eq!(requests().await, before, "the patient's own wrap opens it");

	// If the patient says so, hospitals open it, and the log says that.
	let opened = people.cli.run(PATIENT, get + " --ignore-wrap").await;
	assert!(files::same(&file, &copy), "{opened}");
	assert!(opened["request"].is_u64(), "{opened}");
	assert_eq!(requests().await, before + 1);
	eventually("the release is on the log", || async {
		let log = people.log().await;
		log.iter().any(|event| event["released"] != Value::Null).then_some(())
	})
	.await;
	// To reseal it is an alarm as well, unless the patient says so.
	let reseal = format!("record reseal --record {bad} --version 1");
	let refused = people.cli.run_expecting_failure(PATIENT, &reseal, UNTRUSTED).await;
	assert_alarm(&refused);
	assert_eq!(requests().await, before + 1);
	let resealed = people.cli.run(PATIENT, reseal + " --ignore-wrap").await;
	assert_eq!(resealed[0]["version"], 1, "{resealed}");
	assert_eq!(requests().await, before + 2);
	// The wrap stays as it is, and so does the alarm.
	listed_with_an_alarm(&people).await;
}
