//! A record that was entered in error is withdrawn: nobody else opens it, and the patient sees why.

use salus_e2e::{
	cast::*,
	cli::{CHAIN, GONE, USAGE},
	files, quoted, People,
};
use serde_json::{json, Value};
use std::path::Path;

/// Has someone try to withdraw a record, and returns the exit code and the error output.
async fn try_withdraw(people: &People, who: &str, record: &str) -> (i32, String) {
	let withdraw = format!("record withdraw {record} --reason wrong-patient");
	let result = people.cli.try_run(who, withdraw).await;
	(result.code, result.err)
}

async fn withdraw(people: &People, who: &str, record: &str) {
	let (code, said) = try_withdraw(people, who, record).await;
	assert_eq!(code, 0, "{said}");
}

/// Has someone try to withdraw a record, which the chain must refuse with the error `why`.
async fn may_not_withdraw(people: &People, who: &str, record: &str, why: &str) {
	let (code, said) = try_withdraw(people, who, record).await;
	assert_eq!(code, CHAIN, "{who}: {said}");
	assert!(said.contains(why), "{who}: {said}");
}

/// Has someone try to open a record, which must be refused because it is withdrawn.
async fn finds_it_withdrawn(people: &People, who: &str, record: &str) {
	let refusal = people.assert_refused(who, record, "TREAT").await;
	assert!(refusal.err.contains("withdrawn"), "{who}: {refusal:?}");
}

/// Returns the reasons for which a record was withdrawn, by the patient's log.
fn reasons(log: &[Value], record: &str) -> Vec<Value> {
	let events = log.iter().map(|event| &event["withdrawn"]);
	events
		.filter(|withdrawn| withdrawn["record"] == record)
		.map(|withdrawn| withdrawn["reason"].clone())
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_record_opens_for_its_patient_only() {
	let mut people = People::start().await;
	let first_file = files::fhir_bundle(people.folder(), "guarded.json", 7.2);
	let second_file = files::fhir_bundle(people.folder(), "direct.json", 6.3);
	let guarded = people.add(&first_file, "laboratory", "Blood count").await;
	people.mode = "direct";
	let direct = people.add(&second_file, "laboratory", "Iron").await;
	let people = people;
	let cli = &people.cli;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	let granted = cli.run(PATIENT, grant).await;
	let opened = people.assert_opens(DOCTOR_B, &guarded, "TREAT", &first_file).await;
	let request = opened["request"].clone();
	let stands = async || people.node.ask("salus_releaseStands", json!([request])).await;
	assert_eq!(stands().await, true);
	let keys = async || {
		let wraps = people.node.ask("salus_wraps", json!([direct, 1])).await;
		wraps.as_array().expect("a list").len()
	};
	assert!(keys().await > 1, "the reader has a key of the record in direct mode");

	// Only the author, or a records admin of the author's hospital, may withdraw a record, and only
	// for a reason that speaks against it.
	let praise = format!("record withdraw {guarded} --reason reviewed");
	let (refusal, ..) = tokio::join!(
		cli.run_expecting_failure(DOCTOR_A, praise, USAGE),
		may_not_withdraw(&people, DOCTOR_B, &guarded, "NotWriter"),
		may_not_withdraw(&people, PATIENT, &guarded, "NotWriter"),
		may_not_withdraw(&people, ADMIN_B, &guarded, "NotWriter"),
	);
	assert!(refusal.err.contains("found in order"), "{refusal:?}");
	assert_eq!(stands().await, true);

	// The author withdraws one, and a records admin the other.
	tokio::join!(withdraw(&people, DOCTOR_A, &guarded), withdraw(&people, RECORDS_ADMIN, &direct),);
	// Hospitals make no more shares for the earlier permission.
	assert_eq!(stands().await, false);

	// The grant is still live, but opens nothing.
	let grants = cli.run(PATIENT, "consent list").await["grants"].clone();
	let mut standing = grants.as_array().into_iter().flatten();
	assert!(standing.any(|grant| grant[0] == granted["grant"]), "{grants}");
	for record in [&guarded, &direct] {
		tokio::join!(
			finds_it_withdrawn(&people, DOCTOR_B, record),
			finds_it_withdrawn(&people, DOCTOR_A, record),
			finds_it_withdrawn(&people, RECORDS_ADMIN, record),
		);
	}
	may_not_withdraw(&people, RECORDS_ADMIN, &guarded, "Withdrawn").await;
	assert_eq!(keys().await, 1, "the patient alone has a key");
	let file = quoted(&first_file);
	let revise = format!("record revise {guarded} {file} --org {HOSPITAL_A} --again");
	let refusal = cli.try_run(DOCTOR_A, revise).await;
	assert_ne!(refusal.code, 0, "{refusal:?}");
	assert!(refusal.err.contains("ithdrawn"), "{refusal:?}");

	// The patient's log says why, to programs and to people, and is complete.
	let log = people.log().await;
	for record in [&guarded, &direct] {
		assert_eq!(reasons(&log, record), ["wrong-patient"], "{log:#?}");
	}
	let shown = cli.in_words(PATIENT, "log show").await;
	// The log shows the first digits of the record's id.
	let line = format!("record {} withdrawn: ", &guarded[..14]);
	assert!(shown.contains(&line), "{shown}");
	people.verified_log(PATIENT).await;

	lists_say_so(&people, &guarded).await;
	patient_reads_and_erases(&people, &guarded, &first_file).await;
}

/// The list of records and the record itself say that they are withdrawn.
async fn lists_say_so(people: &People, guarded: &str) {
	let cli = &people.cli;
	let listed = cli.run(PATIENT, "record list").await;
	let states: Vec<_> = listed
		.as_array()
		.expect("a list")
		.iter()
		.map(|record| record["versions"][0]["info"]["state"].clone())
		.collect();
	assert_eq!(states, ["withdrawn", "withdrawn"], "{listed}");
	let listed = cli.in_words(PATIENT, "record list").await;
	assert_eq!(listed.matches("WITHDRAWN").count(), 2, "{listed}");
	let shown = cli.in_words(DOCTOR_B, format!("record show {guarded}")).await;
	assert!(shown.contains("WITHDRAWN"), "{shown}");
	assert!(shown.contains("closed"), "{shown}");
}

/// The patient can read the record, with a warning, until they erase it.
async fn patient_reads_and_erases(people: &People, guarded: &str, original: &Path) {
	let cli = &people.cli;
	let copy = people.path("own.json");
	let out = quoted(&copy);
	let own = format!("record get {guarded} --purpose PATRQT --out {out}");
	let own = cli.try_run(PATIENT, own).await;
	assert_eq!(own.code, 0, "{own:?}");
	assert!(own.err.contains("WITHDRAWN"), "{own:?}");
	assert!(files::same(original, &copy));
	cli.run(PATIENT, format!("record erase {guarded} --yes")).await;
	cli.run_expecting_failure(DOCTOR_B, format!("record get {guarded} --out {out} --force"), GONE)
		.await;
}
