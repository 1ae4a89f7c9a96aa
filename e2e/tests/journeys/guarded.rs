//! No log, no key, on four hospitals' validators of which three must act together.

use crate::hostile;
use salus_e2e::{cast::*, files, network::finalised, CommandResult, Network};
use serde_json::{json, Value};
use std::{path::Path, time::Duration};

/// Exit code of a command that consent refuses.
const REFUSED: i32 = 3;

/// Exit code of a command about something that is not there, or no longer.
const GONE: i32 = 4;

const MIB: u64 = 1 << 20;

/// A doctor of hospital B who breaks the glass without need.
const CURIOUS: &str = "//CuriousDoctor";

/// Runs `record get` as someone and gives what it said.
async fn get(
	network: &Network,
	who: &str,
	record: &str,
	purpose: &str,
	out: &Path,
) -> CommandResult {
	let _ = std::fs::remove_file(out);
	network
		.people
		.cli
		.try_run(
			who,
			&["record", "get", record, "--purpose", purpose, "--out", out.to_str().expect("UTF-8")],
		)
		.await
}

/// Someone opens a record, and gets what its author wrote.
async fn opens(
	network: &Network,
	who: &str,
	record: &str,
	purpose: &str,
	original: &Path,
) -> Value {
	network.people.opens(who, record, purpose, original).await
}

/// Someone is refused, is told why, and gets nothing.
async fn refused(network: &Network, who: &str, record: &str, purpose: &str) -> CommandResult {
	let copy = network.people.folder().join("stolen");
	let result = get(network, who, record, purpose, &copy).await;
	assert_eq!(result.code, REFUSED, "{who}: {result:?}");
	assert!(!copy.exists(), "a refused reader gets no file");
	result
}

async fn account(network: &Network, who: &str) -> Value {
	network.people.account(who).await
}

/// The events of the patient's log, oldest first.
async fn log(network: &Network) -> Vec<Value> {
	network.people.log().await
}

fn permitted(log: &[Value]) -> usize {
	log.iter().filter(|event| event["requested"]["decision"]["permit"] != Value::Null).count()
}

fn denied(log: &[Value]) -> usize {
	log.iter().filter(|event| event["requested"]["decision"]["deny"] != Value::Null).count()
}

fn released(log: &[Value]) -> usize {
	log.iter().filter(|event| event["released"] != Value::Null).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_opened_through_three_of_four_hospitals_and_every_attempt_is_logged() {
	let mut network = Network::start().await;
	let people = &network.people;
	let (patient, doctor_a, doctor_b, admin) = (PATIENT, DOCTOR_A, DOCTOR_B, RECORDS_ADMIN);
	let folder = people.folder().to_path_buf();
	let bundle_file = files::fhir_bundle(&folder, "bundle.json", 7.2);
	let letter_file = files::pdf(&folder, "letter.pdf", "Discharge letter");
	let scan_file = files::dicom(&folder, "scan.dcm", 8 * MIB);
	let bundle = people.add(&bundle_file, "laboratory", "Blood count").await;
	let letter = people.add(&letter_file, "discharge-summary", "Discharge letter").await;
	let scan = people.add(&scan_file, "imaging", "CT of the chest").await;

	// Nobody but the patient holds a key: the author's hospital asks the committee like everyone else.
	for record in [&bundle, &letter, &scan] {
		let wraps = people.node.rpc("salus_wraps", json!([record, 1])).await.expect("it answers");
		assert_eq!(wraps.as_array().map(Vec::len), Some(1), "{wraps}");
	}
	opens(&network, admin, &bundle, "HOPERAT", &bundle_file).await;
	let people = &network.people;
	people.cli.run(admin, &["record", "attest", &bundle, "--verdict", "confirmed"]).await;
	opens(&network, doctor_a, &scan, "TREAT", &scan_file).await;
	let entries = log(&network).await;
	assert_eq!((permitted(&entries), denied(&entries)), (2, 0), "{entries:?}");

	// Doctor B: refused, granted a category, refused beyond it, revoked.
	let refusal = refused(&network, doctor_b, &bundle, "TREAT").await;
	assert!(refusal.err.contains("grant"), "{refusal:?}");
	assert_eq!(denied(&log(&network).await), 1, "a denial is logged too");
	let granted = network
		.people
		.cli
		.run(
			patient,
			&[
				"consent",
				"grant",
				"--to",
				doctor_b,
				"--category",
				"laboratory",
				"--purpose",
				"TREAT",
				"--action",
				"read",
				"--for",
				"30d",
			],
		)
		.await;
	let opened = opens(&network, doctor_b, &bundle, "TREAT", &bundle_file).await;
	assert!(opened["request"].as_u64().is_some() || opened["released"] != Value::Null, "{opened}");
	refused(&network, doctor_b, &letter, "TREAT").await;
	refused(&network, doctor_b, &bundle, "HRESCH").await;
	let grant = granted["grant"].to_string();
	network.people.cli.run(patient, &["consent", "revoke", &grant]).await;
	refused(&network, doctor_b, &bundle, "TREAT").await;

	// The hospital's own doctor loses their credential: refused on the grant that still stands.
	network
		.people
		.cli
		.run(ADMIN_A, &["member", "suspend", doctor_a, "--role", "practitioner"])
		.await;
	refused(&network, doctor_a, &scan, "TREAT").await;

	// The patient erases: no share any more, on any basis.
	network.people.cli.run(patient, &["record", "erase", &letter, "--yes"]).await;
	let gone = get(&network, admin, &letter, "HOPERAT", &folder.join("stolen")).await;
	assert_eq!(gone.code, GONE, "{gone:?}");

	// Everything is on the log, and every release had its entry first.
	let entries = log(&network).await;
	assert_eq!(
		(permitted(&entries), denied(&entries), released(&entries)),
		(3, 5, 3),
		"{entries:#?}"
	);
	let mut asked = Vec::new();
	for event in &entries {
		if event["requested"]["decision"]["permit"] != Value::Null {
			asked.push(event["requested"]["request"].clone());
		} else if event["released"] != Value::Null {
			assert!(asked.contains(&event["released"]["request"]), "{entries:#?}");
		}
	}

	// The patient's own account of it: complete against the chain's head, without a node.
	let export = folder.join("log.json");
	let path = export.to_str().expect("UTF-8");
	let cli = &network.people.cli;
	cli.run(patient, &["log", "export", "--out", path]).await;
	cli.run("", &["log", "verify", path]).await;
	let text = std::fs::read_to_string(&export).expect("it was written");
	assert!(text.contains("AuditEvent"));
	let forged = folder.join("forged.json");
	std::fs::write(&forged, text.replacen("TREAT", "HRESCH", 1)).expect("the folder is writable");
	let verdict = cli.try_run("", &["log", "verify", forged.to_str().expect("UTF-8")]).await;
	assert_ne!(verdict.code, 0, "a changed export is noticed: {verdict:?}");

	// One of four down: access works.
	network.others[2].kill();
	let opened = opens(&network, admin, &scan, "HOPERAT", &scan_file).await;

	// The one that is down comes back hostile: its bad shares are named, and the three others are enough.
	let mut last = opened["request"].as_u64().expect("it was asked for");
	for bad in [hostile::Bad::Noise, hostile::Bad::Sealed] {
		let node = &network.people.node;
		let (opened, (request, member)) = tokio::join!(
			opens(&network, admin, &bundle, "HOPERAT", &bundle_file),
			hostile::posts(node, "//Dave", last, bad),
		);
		assert_eq!(opened["request"], request, "{opened}");
		let named = &opened["release"]["bad_members"];
		assert_eq!(named.as_array().map(Vec::len), Some(1), "{bad:?}: {opened}");
		assert_eq!(named[0]["member"], member, "{bad:?}: {opened}");
		last = request;
	}

	// Two of four down: the reader is told for whom it waits, and succeeds when one returns.
	network.others[1].kill();
	let stuck = finalised(&network.people.node).await;
	let copy = folder.join("waited");
	let mut waiting = network.people.cli.start(
		admin,
		&["record", "get", &scan, "--purpose", "HOPERAT", "--out", copy.to_str().expect("UTF-8")],
	);
	waiting.says("1 more hospital must vote", Duration::from_secs(120)).await;
	assert!(finalised(&network.people.node).await <= stuck + 3, "two of four finalise nothing");
	network.restart(1).await;
	let ended = waiting.ends(Duration::from_secs(180)).await;
	let (code, said) = ended.expect("it has what it waited for");
	assert_eq!(code, 0, "{said}");
	assert!(files::same(&scan_file, &copy));

	// All restarted at once: nothing is lost, and the committee still holds its key.
	network.kill_and_restart_all().await;
	opens(&network, admin, &bundle, "HOPERAT", &bundle_file).await;
	let entries = log(&network).await;
	assert_eq!((permitted(&entries), released(&entries)), (8, 8), "{entries:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_records_is_noticed_and_is_reviewed_twice() {
	let network = Network::start().await;
	let people = &network.people;
	let cli = &people.cli;
	let folder = people.folder().to_path_buf();
	let file = files::fhir_bundle(&folder, "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let statement = folder.join("statement.txt");
	std::fs::write(&statement, "Brought in unconscious; medication unknown.").expect("writable");
	let statement = statement.to_str().expect("UTF-8");
	cli.run(
		VICE_B,
		&["member", "attest", DOCTOR_B, "--role", "practitioner", "--verdict", "confirmed"],
	)
	.await;
	cli.run(ADMIN_B, &["org", "bond", "deposit", HOSPITAL_B, "10000"]).await;
	cli.run(ADMIN_B, &["member", "admit", "--org", HOSPITAL_B, CURIOUS, "--role", "practitioner"])
		.await;
	cli.run(
		VICE_B,
		&["member", "attest", CURIOUS, "--role", "practitioner", "--verdict", "confirmed"],
	)
	.await;
	refused(&network, DOCTOR_B, &record, "BTG").await;
	let open = async |who: &'static str, reason: &'static str| {
		let case = cli
			.run(
				who,
				&[
					"emergency",
					"open",
					"--patient",
					PATIENT,
					"--org",
					HOSPITAL_B,
					"--reason",
					reason,
					"--statement",
					statement,
				],
			)
			.await;
		case["case"].to_string()
	};
	let review =
		async |who: &'static str, case: &str, role: &'static str, verdict: &'static str| {
			cli.run(who, &["emergency", "review", case, "--role", role, verdict]).await
		};

	// Opened, released, on the log.
	let case = open(DOCTOR_B, "unconscious").await;
	opens(&network, DOCTOR_B, &record, "BTG", &file).await;
	let refusal = refused(&network, DOCTOR_B, &record, "TREAT").await;
	assert!(refusal.err.contains("--purpose BTG"), "{refusal:?}");
	let entries = log(&network).await;
	assert!(
		entries.iter().any(|event| event["emergency-opened"]["case"].as_u64() == case.parse().ok()),
		"the patient sees it: {entries:#?}"
	);
	// By an auditor of the other hospital, drawn by lot, and an administrator who neither admitted nor attested the doctor.
	let shown = cli.run("", &["emergency", "show", &case]).await;
	let drawn = shown["panel"]["waiting"].as_array().expect("a list");
	assert_eq!(drawn.len(), 1, "{shown}");
	assert_eq!(drawn[0][0], account(&network, AUDITOR_A).await);
	for (who, role) in [(AUDITOR_B, "auditor"), (ADMIN_B, "admin"), (VICE_B, "admin")] {
		let arguments = ["emergency", "review", &case, "--role", role, "--justified"];
		let refusal = cli.try_run(who, &arguments).await;
		assert_ne!(refusal.code, 0, "{who}: {refusal:?}");
	}
	review(AUDITOR_A, &case, "auditor", "--justified").await;
	let settled = review(MATRON_B, &case, "admin", "--justified").await;
	assert_eq!(settled["status"], "justified", "{settled}");

	// Another doctor's. One who finds it unjustified does not end it; when the hospital does as well, it opens nothing any more,
	// and the doctor is suspended.
	let case = open(CURIOUS, "other").await;
	opens(&network, CURIOUS, &record, "BTG", &file).await;
	review(AUDITOR_A, &case, "auditor", "--unjustified").await;
	opens(&network, CURIOUS, &record, "BTG", &file).await;
	review(MATRON_B, &case, "admin", "--unjustified").await;
	refused(&network, CURIOUS, &record, "BTG").await;
	let doctor = account(&network, CURIOUS).await;
	let memberships =
		people.node.rpc("salus_memberships", json!([doctor])).await.expect("it answers");
	assert_eq!(memberships[0]["member"]["status"], "suspended", "{memberships}");
	let reinstate = ["member", "reinstate", CURIOUS, "--role", "practitioner", "--org", HOSPITAL_B];
	let refusal = cli.try_run(ADMIN_B, &reinstate).await;
	assert_ne!(refusal.code, 0, "the council alone reinstates: {refusal:?}");
	assert_eq!(
		log(&network)
			.await
			.iter()
			.filter(|event| event["emergency-reviewed"] != Value::Null)
			.count(),
		4
	);
}
