//! A full disk refuses what it cannot keep, and loses nothing that it took.

use salus_e2e::{eventually, files, hospital::record_id, Consortium, NodeOptions, SmallDisks};
use serde_json::{json, Value};
use std::time::Duration;

const MIB: u64 = 1 << 20;

async fn state_of(consortium: &Consortium, record: &str) -> Value {
	match consortium.node.rpc("salus_record", json!([record])).await {
		Ok(details) => details["versions"][0]["info"]["state"].clone(),
		Err(_) => Value::Null,
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_aloud_and_the_record_is_stored_once_there_is_room() {
	let consortium = Consortium::start_with(NodeOptions {
		small_disks: Some(SmallDisks { blocks: 8, staging: 8 }),
		..Default::default()
	})
	.await;
	let file = files::dicom(consortium.folder(), "scan.dcm", 20 * MIB);
	let mut arguments = consortium.add_arguments(&file, "imaging", "Scan");
	arguments.retain(|argument| !["--wait", "stored"].contains(argument));

	// No room for the upload: the author hears of it, and nothing is registered.
	let refusal = consortium.cli.try_run(consortium.doctor_a, &arguments).await;
	assert_ne!(refusal.code, 0, "{refusal:?}");
	assert!(refusal.err.contains("disk is full"), "the error says cause and mend: {refusal:?}");
	let records = consortium
		.node
		.rpc("salus_recordsOf", json!([patient_account(&consortium).await, 0, 10]))
		.await
		.expect("the node still answers");
	assert_eq!(records["total"], 0, "{records}");

	// Room for the upload: the same command goes on where it was.
	consortium.node.grow_disk("staging", 64);
	let answer = consortium.cli.run(consortium.doctor_a, &arguments).await;
	assert!(
		answer[0]["upload"]["resumed"].as_u64() >= Some(4),
		"what was acknowledged before the disk was full is still there: {answer}"
	);
	let record = record_id(&answer);

	// No room for the blocks: the operator hears of it, the record waits, and is not taken for stored.
	consortium.node.wait_for_log("the disk with the block store is full", Duration::from_secs(120));
	assert_eq!(state_of(&consortium, &record).await, "pending");

	// Room for the blocks: it is stored, and comes back as it was.
	consortium.node.grow_disk("blocks", 64);
	eventually("the record is stored", Duration::from_secs(240), || async {
		(state_of(&consortium, &record).await == "stored").then_some(())
	})
	.await;
	let copy = consortium.folder().join("copy");
	consortium
		.cli
		.run(
			consortium.patient,
			&["record", "get", &record, "--out", copy.to_str().expect("UTF-8")],
		)
		.await;
	assert!(files::same(&file, &copy), "the scan came back altered");
}

/// The patient's account, as the chain names it.
async fn patient_account(consortium: &Consortium) -> String {
	let answer = consortium.cli.run(consortium.patient, &["keys", "show"]).await;
	answer["account"].as_str().unwrap_or_else(|| panic!("no account in {answer}")).to_owned()
}
