//! "I lost my phone": a patient without their key gets their records back on a new account.

use super::fhir::address;
use salus_e2e::{
	cast::*,
	chain::keeps_finalising,
	cli::{quoted, CHAIN, NOT_FINAL, USAGE},
	fhir::{FhirServer, ALL},
	files,
	people::record_id,
	People,
};
use serde_json::{json, Value};
use std::{path::Path, time::Duration};

const NEW_PHONE: &str = "//NewPhone";
const THIEF: &str = "//Thief";
/// Address of `//Ferdie`, who has no part in anything.
const UNWILLING: &str = "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the kinds of the recovery events on the patient's log, oldest first.
async fn logged(people: &People) -> Vec<String> {
	let shown = people.cli.run(PATIENT, "log show --limit 100").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_their_key_recovers_and_a_thief_does_not() {
	let mut people = People::start().await;
	let guardian = DOCTOR_B;
	let bundle_file = files::fhir_bundle(people.folder(), "bundle.json", 6.1);
	let record = people.add(&bundle_file, "laboratory", "Blood count").await;
	let add = people.add_line(&bundle_file, "laboratory", "Direct") + " --again";
	let direct = people.cli.run(DOCTOR_A, add.replace("--mode guarded", "--mode direct")).await;
	people.cli.run(PATIENT, format!("guardian appoint {guardian} --everything")).await;

	// The hospital tries alone, and the patient, who still has the key, stops it.
	let propose = |to: &str| format!("recover propose {PATIENT} --to {to}");
	let approve = |to: &str| format!("recover approve {PATIENT} --to {to}");
	let complete = format!("recover complete {PATIENT}");
	people.cli.run(ADMIN_A, propose(THIEF)).await;
	let early = people.cli.run_expecting_failure(ADMIN_A, &complete, CHAIN).await;
	assert!(early.err.contains("Succession.NotEnough"), "{early:?}");
	people.cli.run(PATIENT, "recover object").await;
	let again = people.cli.run_expecting_failure(ADMIN_A, propose(THIEF), CHAIN).await;
	assert!(again.err.contains("Succession.CoolingDown"), "{again:?}");

	// The hospital cannot name an account that did not sign.
	let forged = format!("recover propose {PATIENT} --to {UNWILLING}");
	let forged = people.cli.run_expecting_failure(ADMIN_A, forged, USAGE).await;
	assert!(forged.err.contains("salus recover sign"), "{forged:?}");

	// The key is lost. A guardian proposes a new one, the hospital approves, and it takes three
	// days.
	// The new account signs on its own device, into a file.
	let file = quoted(people.folder().join("new-phone.json"));
	let agreed = people.cli.run(NEW_PHONE, format!("recover sign {PATIENT} --out {file}")).await;
	assert!(agreed["signature"].is_string(), "{agreed}");
	people.cli.run(guardian, format!("recover propose {PATIENT} --signed {file}")).await;
	let alone = people.cli.run_expecting_failure(guardian, &complete, CHAIN).await;
	assert!(alone.err.contains("Succession.NotEnough"), "{alone:?}");
	let other = people.cli.run_expecting_failure(ADMIN_A, approve(THIEF), CHAIN).await;
	assert!(other.err.contains("Succession.OtherSuccessor"), "{other:?}");
	let standing = people.cli.run(ADMIN_A, approve(NEW_PHONE)).await;
	let (due, proposed) = (
		standing["attempt"]["due"].as_u64().expect("enough support it"),
		standing["attempt"]["support"][1]["at"].as_u64().expect("a time"),
	);
	assert_eq!(due - proposed, 3 * DAY.as_millis() as u64);
	let early = people.cli.run_expecting_failure(guardian, &complete, CHAIN).await;
	assert!(early.err.contains("Succession.TooEarly"), "{early:?}");
	let stranger = people.cli.run_expecting_failure(NEW_PHONE, "consent opt-out on", CHAIN).await;
	assert!(stranger.err.contains("no member"), "{stranger:?}");

	people.restart_later(3 * DAY);
	keeps_finalising(&people.node).await;
	people.cli.run(guardian, &complete).await;
	let standing = people.cli.run(NEW_PHONE, format!("recover show --patient {PATIENT}")).await;
	assert_ne!(standing["successor"], Value::Null);
	assert_eq!(standing["attempt"], Value::Null);
	for (method, account, expected) in
		[("salus_successor", "patient", "successor"), ("salus_actsFor", "successor", "patient")]
	{
		let answer = people.node.ask(method, json!([standing[account]])).await;
		assert_eq!(answer, standing[expected], "{method}");
	}

	// The lost key is worthless. The new one opens the record through the committee, which is
	// logged.
	let lost = people.cli.run_expecting_failure(PATIENT, "consent opt-out on", CHAIN).await;
	assert!(lost.err.contains("acts in place"), "{lost:?}");
	let opened = people.assert_opens_by_default(NEW_PHONE, &record, &bundle_file).await;
	assert!(opened["request"].is_u64(), "{opened}");
	assert_eq!(opened["unused_wrap"], "other-key", "{opened}");
	assert_eq!(
		logged(&people).await,
		["proposed", "objected", "proposed", "approved", "completed"]
	);

	acts_as_before(&people, &record, &record_id(&direct), &bundle_file).await;
	opens_new_records_without_the_committee(&people).await;
	the_new_account_is_the_patients_at_a_hospital(&people).await;
}

/// New records are wrapped for the new key, so their patient opens them without the committee.
async fn opens_new_records_without_the_committee(people: &People) {
	let letter_file = files::pdf(people.folder(), "letter.pdf", "Discharge letter");
	let letter = people.add(&letter_file, "discharge-summary", "Discharge letter").await;
	let opened = people.assert_opens_by_default(NEW_PHONE, &letter, &letter_file).await;
	assert_eq!(opened["request"], Value::Null, "{opened}");
	assert_eq!(opened["unused_wrap"], Value::Null, "{opened}");
}

/// The patient can act as before, under the same name.
async fn acts_as_before(people: &People, record: &str, direct: &str, original: &Path) {
	people.cli.run(NEW_PHONE, "keys publish").await;
	// With its own key on the chain, the wrap for the lost one is still no alarm.
	let opened = people.assert_opens_by_default(NEW_PHONE, record, original).await;
	assert_eq!(opened["unused_wrap"], "other-key", "{opened}");
	let records = people.cli.run(NEW_PHONE, "record list").await;
	assert_eq!(records.as_array().map(Vec::len), Some(2), "{records}");
	// The record in direct mode is wrapped for the lost key only, which stops no grant.
	people.cli.run(DOCTOR_B, "keys publish").await;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory");
	let granted = people.cli.try_run(NEW_PHONE, grant).await;
	assert!(matches!(granted.code, 0 | NOT_FINAL), "{granted:?}");
	assert_eq!(granted.json()["wrapped"], 0, "{granted:?}");
	assert!(granted.err.contains("is wrapped for nobody else"), "{granted:?}");
	people.cli.run(NEW_PHONE, format!("record erase {direct} --yes")).await;
	let consent = people.cli.run(NEW_PHONE, "consent list").await;
	// One grant is the hospital's from the enrolment.
	assert_eq!(consent["grants"].as_array().map(Vec::len), Some(2), "{consent}");
	people.verified_log(NEW_PHONE).await;
}

/// At a hospital's FHIR server, the new account is the patient's, and the lost key is not.
async fn the_new_account_is_the_patients_at_a_hospital(people: &People) {
	let clients =
		[("lost", PATIENT, ALL, &["PATRQT"][..]), ("new", NEW_PHONE, ALL, &["PATRQT"][..])];
	let server = FhirServer::start(people, &clients).await;
	let patient = address(PATIENT);
	for (client, status) in [("lost", 404), ("new", 200)] {
		let token = server.token(client, None).await;
		for path in
			[format!("AuditEvent?patient={patient}"), format!("Patient/{patient}/$everything")]
		{
			let answer = server.get(&token, &path).await;
			assert_eq!(answer.status, status, "{client}, {path}: {answer:?}");
		}
	}
}
