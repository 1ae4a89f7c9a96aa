//! A full disk refuses what it cannot keep, and loses nothing that it accepted.

use salus_e2e::{
	cast::*,
	chain::{becomes_stored, state},
	files,
	people::record_id,
	NodeOptions, People, SmallDisks,
};
use serde_json::json;

const MIB: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported_and_delays_the_record() {
	let people = People::start_with(NodeOptions {
		small_disks: Some(SmallDisks { blocks: 8, staging: 8 }),
		..Default::default()
	})
	.await;
	let file = files::dicom(people.folder(), "scan.dcm", 20 * MIB);
	let add = people.add_line(&file, "imaging", "Scan");

	// There is no room for the upload. The author gets an error, and nothing is registered.
	let refusal = people.cli.try_run(DOCTOR_A, &add).await;
	assert_ne!(refusal.code, 0, "{refusal:?}");
	assert!(refusal.err.contains("disk is full"), "the error says cause and remedy: {refusal:?}");
	let patient = people.account(PATIENT).await;
	let records = people.node.ask("salus_recordsOf", json!([patient, 0, 10])).await;
	assert_eq!(records["total"], 0, "{records}");

	// There is room for the upload. The same command resumes it.
	people.node.grow_disk("staging", 64);
	let answer = people.cli.run(DOCTOR_A, &add).await;
	assert!(
		answer[0]["upload"]["resumed"].as_u64() >= Some(4),
		"the blocks that were acknowledged before the disk was full are lost: {answer}"
	);
	let record = record_id(&answer);

	// There is no room for the blocks. The node logs that for its operator, and the record stays
	// pending.
	people.node.wait_for_log("the disk with the block store is full");
	assert_eq!(state(&people.node, &record).await, "pending");

	// There is room for the blocks. The record is stored, and unaltered.
	people.node.grow_disk("blocks", 64);
	becomes_stored(&people.node, &record).await;
	people.assert_opens_by_default(PATIENT, &record, &file).await;
}
