//! A record travels encrypted from one hospital, through the chain and IPFS, to the clinician with
//! whom it is shared: in guarded mode with the embedded block store, and in direct mode with a real
//! Kubo.

use salus_e2e::{
	cast::*,
	chain::root,
	cli::{GONE, REFUSED},
	eventually,
	files::{self, MARKER},
	kubo::{self, Kubo},
	network::address,
	node::REFUSES_STRANGERS,
	quoted,
	ticket::{from_base64, Upload},
	NodeOptions, People,
};
use serde_json::{json, Value};
use std::{path::PathBuf, time::Duration};

const MIB: u64 = 1 << 20;

async fn state(people: &People, record: &str, version: usize) -> Value {
	let details = people.node.ask("salus_record", json!([record])).await;
	details["versions"][version - 1]["info"]["state"].clone()
}

/// Has doctor B try to open a record, who must be refused, and must see why in words and as JSON.
async fn assert_refused(people: &People, record: &str) {
	let stolen = people.path("stolen");
	let get = format!("record get {record} --out {}", quoted(&stolen));
	let result = people.cli.run_expecting_failure(DOCTOR_B, get, REFUSED).await;
	assert!(result.err.to_lowercase().contains("grant"), "no reason is given: {}", result.err);
	assert_eq!(result.json()["error"]["kind"], "refused");
	assert!(!stolen.exists(), "a refused reader gets a file");
}

/// Makes the whole journey on a fresh chain, with a large file of `image` bytes. Returns the root
/// of the erased record.
async fn journey(people: &People, image: u64) -> String {
	let cli = &people.cli;
	let folder = people.folder();
	let bundle_file = files::fhir_bundle(folder, "bundle.json", 7.2);
	let letter_file = files::pdf(folder, "letter.pdf", "Discharge letter");
	let scan_file = files::dicom(folder, "scan.dcm", image);

	// Doctor A adds real files, and the off-chain worker stores them.
	let bundle = people.add(&bundle_file, "laboratory", "Blood count").await;
	let letter = people.add(&letter_file, "discharge-summary", "Discharge letter").await;
	let scan = people.add(&scan_file, "imaging", "CT of the chest").await;
	for record in [&bundle, &letter, &scan] {
		assert_eq!(state(people, record, 1).await, "stored");
	}

	// The records admin opens the bundle to review it, and attests it.
	people.assert_opens(RECORDS_ADMIN, &bundle, "HOPERAT", &bundle_file).await;
	cli.run(RECORDS_ADMIN, format!("record attest {bundle} --verdict confirmed")).await;
	assert_eq!(state(people, &bundle, 1).await, "attested");

	// Doctor B is refused until the patient grants a category, and then reads that and nothing
	// else.
	assert_refused(people, &bundle).await;
	let grant = format!(
		"consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT --action read --for 30d"
	);
	let grant = cli.run(PATIENT, grant).await["grant"].to_string();
	people.assert_opens_by_default(DOCTOR_B, &bundle, &bundle_file).await;
	assert_refused(people, &letter).await;

	// The grant covers a record that doctor A adds while it is live.
	let later_file = files::fhir_bundle(folder, "later.json", 8.1);
	let later = people.add(&later_file, "laboratory", "Second blood count").await;
	people.assert_opens_by_default(DOCTOR_B, &later, &later_file).await;

	// The patient revokes the grant.
	cli.run(PATIENT, format!("consent revoke {grant}")).await;
	assert_refused(people, &bundle).await;
	assert_refused(people, &later).await;
	let wraps = people.node.ask("salus_wraps", json!([bundle, 1])).await;
	let reader = people.account(DOCTOR_B).await;
	assert!(!wraps.to_string().contains(&reader), "the revoked reader still has a key: {wraps}");

	// Doctor A revises the bundle. Version 1 stays.
	let revised_file = files::fhir_bundle(folder, "bundle-2.json", 7.4);
	let (revised, mode) = (quoted(&revised_file), people.mode);
	let revise =
		format!("record revise {bundle} {revised} --org {HOSPITAL_A} --mode {mode} --wait stored");
	cli.run(DOCTOR_A, revise).await;
	for (version, original) in [(1, &bundle_file), (2, &revised_file)] {
		let copy = people.path(&format!("patient-{version}.json"));
		let out = quoted(&copy);
		let get = format!("record get {bundle} --version {version} --purpose PATRQT --out {out}");
		cli.run(PATIENT, get).await;
		assert!(files::same(original, &copy), "version {version}");
	}
	assert_eq!(state(people, &bundle, 1).await, "attested");
	assert_eq!(state(people, &bundle, 2).await, "stored");

	// The large image comes back whole.
	people.assert_opens_by_default(PATIENT, &scan, &scan_file).await;

	// The patient erases the letter. Its keys and replicas are removed, and there is a receipt.
	let root = root(&people.node, &letter).await;
	let receipt = cli.run(PATIENT, format!("record erase {letter} --yes --wait")).await;
	assert_eq!(receipt["replicas_left"], 0);
	assert_eq!(receipt["record"], letter.as_str());
	assert!(receipt["block_hash"].as_str().is_some_and(|hash| hash.len() == 66), "{receipt}");
	let entry = people.node.ask("salus_record", json!([letter])).await;
	assert!(entry["entry"]["erased"].is_object(), "{entry}");
	assert_eq!(entry["versions"], json!([]));
	assert_eq!(people.node.ask("salus_wraps", json!([letter, 1])).await, json!([]));
	let out = quoted(people.path("stolen"));
	let gone = cli.try_run(PATIENT, format!("record get {letter} --out {out}")).await;
	assert!([REFUSED, GONE].contains(&gone.code), "{gone:?}");
	root
}

/// Waits until the node's IPFS no longer has a block.
async fn is_gone(people: &People, root: &str) {
	eventually("the erased ciphertext is gone", || async {
		let block = people.node.rpc("salus_getBlock", json!([root, true])).await;
		(block == Ok(Value::Null)).then_some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_travels_from_its_author_to_a_clinician() {
	let people = People::start().await;
	let erased = journey(&people, 100 * MIB).await;
	is_gone(&people, &erased).await;
	no_plaintext_is_left(&people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_journey_runs_on_a_real_kubo() {
	let Some(binary) = kubo::binary() else { return };
	let folder = tempfile::tempdir().expect("a temporary folder");
	let kubo = Kubo::start(&binary, folder.path());
	let mut people =
		People::start_with(NodeOptions { ipfs: Some(kubo.api().to_owned()), ..Default::default() })
			.await;
	// The other journey is in guarded mode.
	people.mode = "direct";
	let erased = journey(&people, 20 * MIB).await;

	// Kubo pins the ciphertext of every record, but not of the erased one.
	let patient = people.account(PATIENT).await;
	let records = people.node.ask("salus_recordsOf", json!([patient, 0, 100])).await;
	let mut roots: Vec<String> = records["items"]
		.as_array()
		.expect("a list")
		.iter()
		.flat_map(|record| record["versions"].as_array().cloned().unwrap_or_default())
		.map(|version| version["info"]["content"]["root"].as_str().expect("a CID").to_owned())
		.collect();
	let pinned = kubo.ipfs("pin ls --type=recursive --quiet").await.expect("Kubo answers");
	let mut pinned: Vec<String> =
		String::from_utf8_lossy(&pinned).lines().map(str::to_owned).collect();
	// A fresh repository pins the empty folder.
	pinned.retain(|pin| pin != "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
	roots.sort();
	pinned.sort();
	assert_eq!(roots, pinned);
	assert_eq!(roots.len(), 4, "two versions of the bundle, the later bundle, the image");
	// Kubo's own next garbage collection removes all that is not pinned.
	kubo.ipfs("repo gc --quiet").await.expect("Kubo collects");
	is_gone(&people, &erased).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubo_that_connects_fetches_the_ciphertext_over_bitswap() {
	let Some(binary) = kubo::binary() else { return };
	// The operator names one Kubo of the hospital, and not the other.
	let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
	let [kubo, stranger] = [0, 1].map(|index| Kubo::start(&binary, folders[index].path()));
	let named = kubo.ipfs("id --format <id>").await.expect("Kubo has an id");
	let named = String::from_utf8(named).expect("UTF-8");
	let people = People::start_with(NodeOptions {
		extra: ["--serve-peer", named.trim()].map(str::to_owned).to_vec(),
		..Default::default()
	})
	.await;
	let file = files::dicom(people.folder(), "scan.dcm", 5 * MIB + 17);
	let record = people.add(&file, "imaging", "CT").await;
	let details = people.node.ask("salus_record", json!([record])).await;
	let content = &details["versions"][0]["info"]["content"];
	let root = content["root"].as_str().expect("a CID");

	let address = address(&people.node).await;
	for one in [&stranger, &kubo] {
		eventually("Kubo connects", || async {
			one.ipfs(&format!("swarm connect {address}")).await.ok()
		})
		.await;
	}
	// The stranger knows the CID, and gets nothing. The node logs that.
	let cat = format!("cat {root}");
	eventually("the node logs the refusal", || async {
		let refused = stranger.commands().run_within(Duration::from_secs(5), &cat).await;
		assert!(refused.is_err(), "a stranger got the ciphertext");
		let lines = people.node.log_lines();
		lines.iter().any(|line| line.contains(REFUSES_STRANGERS)).then_some(())
	})
	.await;
	let bytes = kubo.ipfs(&cat).await.expect("Kubo fetches over Bitswap");
	assert_eq!(bytes.len() as u64, content["size"].as_u64().expect("a number"));

	// Cut into blocks again, it has the same root: it is the ciphertext that the chain names.
	assert_eq!(Upload::of(&bytes).root.to_string(), root);
	assert!(!has_marker(&bytes), "the ciphertext contains plaintext");
}

fn has_marker(bytes: &[u8]) -> bool {
	bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes())
}

/// Checks that nothing that a node keeps or says contains what must never leave the client.
async fn no_plaintext_is_left(people: &People) {
	let marked = people.path(&format!("{MARKER}.json"));
	let bundle = std::fs::read_to_string(people.path("bundle.json"));
	// The client would take the same content for a slip.
	let content = bundle.expect("it was added") + "\n";
	std::fs::write(&marked, content).expect("the folder is writable");
	let record = people.add(&marked, "laboratory", &format!("Title {MARKER}")).await;

	// The search works: the reader gets the markers back.
	let opened = people.assert_opens_by_default(PATIENT, &record, &marked).await;
	let title = opened["descriptor"]["title"].as_str();
	assert!(title.is_some_and(|title| title.contains(MARKER)), "{opened}");
	assert!(!files::containing(people.folder(), MARKER.as_bytes()).is_empty());

	// The node's folder has its database, blocks, staged uploads, keys and log. The other folder is
	// what the client keeps.
	for folder in [people.node.base(), &people.path("state")] {
		assert_eq!(files::containing(folder, MARKER.as_bytes()), Vec::<PathBuf>::new());
	}
	// The node answers anyone.
	let patient = people.account(PATIENT).await;
	let root = root(&people.node, &record).await;
	for (method, params) in [
		("salus_record", json!([record])),
		("salus_recordsOf", json!([patient, 0, 100])),
		("salus_wraps", json!([record, 1])),
		("salus_consentOf", json!([patient])),
		("salus_nodeInfo", json!([])),
	] {
		let answer = people.node.ask(method, params).await.to_string();
		assert!(!answer.contains(MARKER), "{method}");
	}
	let block = people.node.ask("salus_getBlock", json!([root])).await;
	let bytes = from_base64(block.as_str().expect("base64"));
	assert!(bytes.len() > 256 && !has_marker(&bytes));
}
