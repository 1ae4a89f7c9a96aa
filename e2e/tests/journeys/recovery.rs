//! "I lost my phone": a patient who lost their key gets their records back on a new account.

use salus_e2e::{cast::*, files, People};
use serde_json::{json, Value};
use std::{path::Path, time::Duration};

/// Exit code of a command that the chain refuses.
const CHAIN: i32 = 6;

const NEW_PHONE: &str = "//NewPhone";
const THIEF: &str = "//Thief";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What of recoveries is on the patient's log, oldest first.
async fn logged(people: &People) -> Vec<String> {
	let shown = people.cli.run(PATIENT, &["log", "show", "--limit", "100"]).await;
	let entries = shown["entries"].as_array().expect("a list").clone();
	entries
		.iter()
		.filter_map(|line| match &line["event"]["succession"] {
			Value::Null => None,
			Value::String(event) => Some(event.clone()),
			event => event.as_object()?.keys().next().cloned(),
		})
		.collect()
}

async fn opens(people: &People, who: &str, record: &str, original: &Path) -> Value {
	let copy = people.folder().join("copy");
	let _ = std::fs::remove_file(&copy);
	let to = copy.to_str().expect("UTF-8");
	let opened = people.cli.run(who, &["record", "get", record, "--out", to]).await;
	assert!(files::same(original, &copy), "{record} came back altered");
	opened
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_who_lost_their_key_gets_their_records_back_and_a_thief_does_not() {
	let mut people = People::start().await;
	let (patient, guardian, admin) = (PATIENT, DOCTOR_B, ADMIN_A);
	let bundle_file = files::fhir_bundle(people.folder(), "bundle.json", 6.1);
	let record = people.add(&bundle_file, "laboratory", "Blood count").await;
	people.cli.run(patient, &["guardian", "appoint", guardian, "--everything"]).await;

	// The hospital alone tries, and who has the key stops it.
	let propose = |to: &'static str| ["recover", "propose", patient, "--to", to];
	let approve = |to: &'static str| ["recover", "approve", patient, "--to", to];
	let complete = ["recover", "complete", patient];
	people.cli.run(admin, &propose(THIEF)).await;
	let early = people.cli.fails(admin, &complete, CHAIN).await;
	assert!(early.err.contains("Succession.NotEnough"), "{early:?}");
	people.cli.run(patient, &["recover", "object"]).await;
	let again = people.cli.fails(admin, &propose(THIEF), CHAIN).await;
	assert!(again.err.contains("Succession.CoolingDown"), "{again:?}");

	// The key is lost. A guardian says so, the hospital agrees, and it takes three days.
	people.cli.run(guardian, &propose(NEW_PHONE)).await;
	let alone = people.cli.fails(guardian, &complete, CHAIN).await;
	assert!(alone.err.contains("Succession.NotEnough"), "{alone:?}");
	let other = people.cli.fails(admin, &approve(THIEF), CHAIN).await;
	assert!(other.err.contains("Succession.OtherSuccessor"), "{other:?}");
	let standing = people.cli.run(admin, &approve(NEW_PHONE)).await;
	let (due, proposed) = (
		standing["attempt"]["due"].as_u64().expect("enough support it"),
		standing["attempt"]["support"][1]["at"].as_u64().expect("a time"),
	);
	assert_eq!(due - proposed, 3 * DAY.as_millis() as u64);
	let early = people.cli.fails(guardian, &complete, CHAIN).await;
	assert!(early.err.contains("Succession.TooEarly"), "{early:?}");
	let stranger = people.cli.fails(NEW_PHONE, &["consent", "opt-out", "on"], CHAIN).await;
	assert!(stranger.err.contains("no member"), "{stranger:?}");

	people.restart_later(3 * DAY);
	people.cli.run(guardian, &complete).await;
	let standing = people.cli.run(NEW_PHONE, &["recover", "show", "--patient", patient]).await;
	assert_ne!(standing["successor"], Value::Null);
	assert_eq!(standing["attempt"], Value::Null);
	for (method, account, expected) in
		[("salus_successor", "patient", "successor"), ("salus_actsFor", "successor", "patient")]
	{
		let answer = people.node.rpc(method, json!([standing[account]])).await.expect("it answers");
		assert_eq!(answer, standing[expected], "{method}");
	}

	// The lost key is worth nothing, and the new one opens the record through the committee, which is logged.
	let lost = people.cli.fails(patient, &["consent", "opt-out", "on"], CHAIN).await;
	assert!(lost.err.contains("acts in the place"), "{lost:?}");
	let opened = opens(&people, NEW_PHONE, &record, &bundle_file).await;
	assert!(opened["request"].is_u64(), "{opened}");
	assert_eq!(
		logged(&people).await,
		["proposed", "objected", "proposed", "approved", "completed"]
	);

	// What a patient does works as before, under the same name.
	people.cli.run(NEW_PHONE, &["keys", "publish"]).await;
	let records = people.cli.run(NEW_PHONE, &["record", "list"]).await;
	assert_eq!(records.as_array().map(Vec::len), Some(1), "{records}");
	let grant = ["consent", "grant", "--to", DOCTOR_B, "--category", "laboratory"];
	people.cli.run(NEW_PHONE, &grant).await;
	let consent = people.cli.run(NEW_PHONE, &["consent", "list"]).await;
	// The hospital's from the enrolment, and this one.
	assert_eq!(consent["grants"].as_array().map(Vec::len), Some(2), "{consent}");
	let export = people.folder().join("log.json");
	let export = export.to_str().expect("UTF-8");
	people.cli.run(NEW_PHONE, &["log", "export", "--out", export]).await;
	people.cli.run("", &["log", "verify", export]).await;

	// A record that is added from now on is wrapped for the new key: its patient opens it alone.
	let letter_file = files::pdf(people.folder(), "letter.pdf", "Discharge letter");
	let letter = people.add(&letter_file, "discharge-summary", "Discharge letter").await;
	let opened = opens(&people, NEW_PHONE, &letter, &letter_file).await;
	assert_eq!(opened["request"], Value::Null, "{opened}");
}
