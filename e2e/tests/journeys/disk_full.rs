//! A full disk refuses what it cannot keep, and loses nothing that it took.

use salus_e2e::{cast::*, eventually, files, people::record_id, NodeOptions, People, SmallDisks};
use serde_json::{json, Value};
use std::time::Duration;

const MIB: u64 = 1 << 20;

async fn state_of(people: &People, record: &str) -> Value {
	match people.node.rpc("salus_record", json!([record])).await {
		Ok(details) => details["versions"][0]["info"]["state"].clone(),
		Err(_) => Value::Null,
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_aloud_and_the_record_is_stored_once_there_is_room() {
	let people = People::start_with(NodeOptions {
		small_disks: Some(SmallDisks { blocks: 8, staging: 8 }),
		..Default::default()
	})
	.await;
	let file = files::dicom(people.folder(), "scan.dcm", 20 * MIB);
	let mut arguments = people.add_arguments(&file, "imaging", "Scan");
	arguments.retain(|argument| !["--wait", "stored"].contains(argument));

	// No room for the upload: the author hears of it, and nothing is registered.
	let refusal = people.cli.try_run(DOCTOR_A, &arguments).await;
	assert_ne!(refusal.code, 0, "{refusal:?}");
	assert!(refusal.err.contains("disk is full"), "the error says cause and mend: {refusal:?}");
	let records = people
		.node
		.rpc("salus_recordsOf", json!([patient_account(&people).await, 0, 10]))
		.await
		.expect("the node still answers");
	assert_eq!(records["total"], 0, "{records}");

	// Room for the upload: the same command goes on where it was.
	people.node.grow_disk("staging", 64);
	let answer = people.cli.run(DOCTOR_A, &arguments).await;
	assert!(
		answer[0]["upload"]["resumed"].as_u64() >= Some(4),
		"what was acknowledged before the disk was full is still there: {answer}"
	);
	let record = record_id(&answer);

	// No room for the blocks: the operator hears of it, the record waits, and is not taken for stored.
	people.node.wait_for_log("the disk with the block store is full", Duration::from_secs(120));
	assert_eq!(state_of(&people, &record).await, "pending");

	// Room for the blocks: it is stored, and comes back as it was.
	people.node.grow_disk("blocks", 64);
	eventually("the record is stored", Duration::from_secs(240), || async {
		(state_of(&people, &record).await == "stored").then_some(())
	})
	.await;
	let copy = people.folder().join("copy");
	people
		.cli
		.run(PATIENT, &["record", "get", &record, "--out", copy.to_str().expect("UTF-8")])
		.await;
	assert!(files::same(&file, &copy), "the scan came back altered");
}

/// The patient's account, as the chain names it.
async fn patient_account(people: &People) -> String {
	let answer = people.cli.run(PATIENT, &["keys", "show"]).await;
	answer["account"].as_str().unwrap_or_else(|| panic!("no account in {answer}")).to_owned()
}
