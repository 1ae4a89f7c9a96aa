//! A record that should not be is withdrawn: from then on nobody else opens it, and the patient sees why.

use salus_e2e::{cast::*, files, People};
use serde_json::{json, Value};

/// Exit code of a command that consent refuses.
const REFUSED: i32 = 3;

/// Exit code of a command about something that is not there, or no longer.
const GONE: i32 = 4;

/// Exit code of a command that contradicts itself.
const USAGE: i32 = 2;

/// Exit code of a command that the chain refuses.
const CHAIN: i32 = 6;

/// Why the records of this journey are withdrawn.
const REASON: [&str; 2] = ["--reason", "wrong-patient"];

/// Someone withdraws a record, whatever comes of it.
async fn try_withdraw(people: &People, who: &str, record: &str) -> (i32, String) {
	let arguments = [&["record", "withdraw", record][..], &REASON].concat();
	let result = people.cli.try_run(who, &arguments).await;
	(result.code, result.err)
}

async fn withdraw(people: &People, who: &str, record: &str) {
	let (code, said) = try_withdraw(people, who, record).await;
	assert_eq!(code, 0, "{said}");
}

/// The chain does not let someone withdraw a record.
async fn may_not_withdraw(people: &People, who: &str, record: &str, why: &str) {
	let (code, said) = try_withdraw(people, who, record).await;
	assert_eq!(code, CHAIN, "{who}: {said}");
	assert!(said.contains(why), "{who}: {said}");
}

/// Someone is refused a record because it is withdrawn, and gets no file.
async fn is_refused(people: &People, who: &str, record: &str) {
	let copy = people.folder().join(format!("stolen-{}", &who[2..]));
	let out = copy.to_str().expect("UTF-8");
	let get = ["record", "get", record, "--purpose", "TREAT", "--out", out];
	let refusal = people.cli.fails(who, &get, REFUSED).await;
	assert!(refusal.err.contains("withdrawn"), "{who}: {refusal:?}");
	assert!(!copy.exists(), "{who}: a refused reader gets no file");
}

fn reasons(log: &[Value], record: &str) -> Vec<Value> {
	let events = log.iter().map(|event| &event["withdrawn"]);
	events
		.filter(|withdrawn| withdrawn["record"] == record)
		.map(|withdrawn| withdrawn["reason"].clone())
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_the_wrong_patient_is_withdrawn_and_its_key_is_released_to_nobody() {
	let mut people = People::start().await;
	let first_file = files::fhir_bundle(people.folder(), "guarded.json", 7.2);
	let second_file = files::fhir_bundle(people.folder(), "direct.json", 6.3);
	let guarded = people.add(&first_file, "laboratory", "Blood count").await;
	people.mode = "direct";
	let direct = people.add(&second_file, "laboratory", "Iron").await;
	let people = people;
	let cli = &people.cli;
	let (reader, patient) = (DOCTOR_B, PATIENT);
	let grant = ["consent", "grant", "--to", reader];
	let terms = ["--category", "laboratory", "--purpose", "TREAT"];
	let granted = cli.run(patient, &[&grant[..], &terms].concat()).await;
	let opened = people.opens(reader, &guarded, "TREAT", &first_file).await;
	let request = opened["request"].clone();
	let stands = async || {
		let answer = people.node.rpc("salus_releaseStands", json!([request]));
		answer.await.expect("it answers")
	};
	assert_eq!(stands().await, true);
	let keys = async || {
		let wraps = people.node.rpc("salus_wraps", json!([direct, 1])).await;
		let wraps = wraps.expect("it answers");
		wraps.as_array().expect("a list").len()
	};
	assert!(keys().await > 1, "the reader has a key of the direct one");

	// Only its author and the records admins of the author's hospital may, and only with a reason against it.
	let praise = ["record", "withdraw", &guarded, "--reason", "reviewed"];
	let (refusal, ..) = tokio::join!(
		cli.fails(DOCTOR_A, &praise, USAGE),
		may_not_withdraw(&people, reader, &guarded, "NotWriter"),
		may_not_withdraw(&people, patient, &guarded, "NotWriter"),
		may_not_withdraw(&people, ADMIN_B, &guarded, "NotWriter"),
	);
	assert!(refusal.err.contains("found in order"), "{refusal:?}");
	assert_eq!(stands().await, true);

	// One is withdrawn by its author, the other one by a records admin.
	tokio::join!(withdraw(&people, DOCTOR_A, &guarded), withdraw(&people, RECORDS_ADMIN, &direct),);
	// Hospitals make no share for what was permitted before.
	assert_eq!(stands().await, false);

	// The grant still stands, and nobody opens anything on it.
	let grants = cli.run(patient, &["consent", "list"]).await["grants"].clone();
	let stood = grants.as_array().into_iter().flatten();
	assert!(stood.clone().any(|grant| grant[0] == granted["grant"]), "{grants}");
	for record in [&guarded, &direct] {
		tokio::join!(
			is_refused(&people, reader, record),
			is_refused(&people, DOCTOR_A, record),
			is_refused(&people, RECORDS_ADMIN, record),
		);
	}
	may_not_withdraw(&people, RECORDS_ADMIN, &guarded, "Withdrawn").await;
	assert_eq!(keys().await, 1, "the patient alone has a key");
	let revised = first_file.to_str().expect("UTF-8");
	let revise = ["record", "revise", &guarded, revised, "--org", HOSPITAL_A, "--again"];
	let refusal = cli.try_run(DOCTOR_A, &revise).await;
	assert_ne!(refusal.code, 0, "{refusal:?}");
	assert!(refusal.err.contains("ithdrawn"), "{refusal:?}");

	// The patient's log tells by whom and why, and the log is complete.
	let log = people.log().await;
	for record in [&guarded, &direct] {
		assert_eq!(reasons(&log, record), ["wrong-patient"], "{log:#?}");
	}
	let shown = cli.in_words(patient, &["log", "show"]).await;
	// People see the first digits of the number.
	let line = format!("record {} withdrawn: ", &guarded[..14]);
	assert!(shown.contains(&line), "{shown}");
	let export = people.folder().join("log.json");
	let path = export.to_str().expect("UTF-8");
	cli.run(patient, &["log", "export", "--out", path]).await;
	cli.run("", &["log", "verify", path]).await;

	// So do the list and the record itself, to programs and to people.
	let listed = cli.run(patient, &["record", "list"]).await;
	let states: Vec<_> = listed
		.as_array()
		.expect("a list")
		.iter()
		.map(|record| record["versions"][0]["info"]["state"].clone())
		.collect();
	assert_eq!(states, ["withdrawn", "withdrawn"], "{listed}");
	let listed = cli.in_words(patient, &["record", "list"]).await;
	assert_eq!(listed.matches("WITHDRAWN").count(), 2, "{listed}");
	let shown = cli.in_words(reader, &["record", "show", &guarded]).await;
	assert!(shown.contains("WITHDRAWN"), "{shown}");
	assert!(shown.contains("closed"), "{shown}");

	// It stays in the patient's file until they erase it. They can read it, with a warning.
	let copy = people.folder().join("own.json");
	let out = copy.to_str().expect("UTF-8");
	let own = ["record", "get", &guarded, "--purpose", "PATRQT"];
	let own = cli.try_run(patient, &[&own[..], &["--out", out]].concat()).await;
	assert_eq!(own.code, 0, "{own:?}");
	assert!(own.err.contains("WITHDRAWN"), "{own:?}");
	assert!(files::same(&first_file, &copy));
	cli.run(patient, &["record", "erase", &guarded, "--yes"]).await;
	let get = ["record", "get", &guarded, "--out", out, "--force"];
	cli.fails(reader, &get, GONE).await;
}
