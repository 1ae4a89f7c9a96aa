//! The main job: a record travels encrypted from one hospital through the chain and IPFS to the clinician it was shared
//! with. Once guarded, with the embedded block store, and once in direct mode, with a real Kubo.

use salus_e2e::{
	cast::*,
	eventually,
	files::{self, MARKER},
	kubo::{self, Kubo},
	NodeOptions, People,
};
use serde_json::{json, Value};
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// Exit code of a command that consent refuses.
const REFUSED: i32 = 3;

async fn state(people: &People, record: &str, version: usize) -> Value {
	let details = people.node.rpc("salus_record", json!([record])).await.expect("it answers");
	details["versions"][version - 1]["info"]["state"].clone()
}

/// The whole journey on a fresh chain. `image` is the size of the large file in bytes. Gives the root of what was erased.
async fn journey(people: &People, image: u64) -> Value {
	let cli = &people.cli;
	let folder = people.folder();
	let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
	let bundle_file = files::fhir_bundle(folder, "bundle.json", 7.2);
	let pdf_file = files::pdf(folder, "letter.pdf", "Discharge letter");
	let image_file = files::dicom(folder, "scan.dcm", image);

	// Doctor A adds real files; the off-chain worker stores them.
	let bundle = people.add(&bundle_file, "laboratory", "Blood count").await;
	let pdf = people.add(&pdf_file, "discharge-summary", "Discharge letter").await;
	let scan = people.add(&image_file, "imaging", "CT of the chest").await;
	for record in [&bundle, &pdf, &scan] {
		assert_eq!(state(people, record, 1).await, "stored");
	}

	// The records admin opens the file to review it, and attests it.
	let review = path("review.json");
	cli.run(RECORDS_ADMIN, &["record", "get", &bundle, "--purpose", "HOPERAT", "--out", &review])
		.await;
	assert!(files::same(&bundle_file, review.as_ref()));
	cli.run(RECORDS_ADMIN, &["record", "attest", &bundle, "--verdict", "confirmed"]).await;
	assert_eq!(state(people, &bundle, 1).await, "attested");

	// Doctor B is refused and told why, in words and for programs.
	let stolen = path("stolen");
	let get = |record: &str| {
		vec!["record".to_owned(), "get".into(), record.into(), "--out".into(), stolen.clone()]
	};
	let refused = |record: String| {
		let arguments = get(&record);
		async move {
			let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
			let result = cli.fails(DOCTOR_B, &arguments, REFUSED).await;
			assert!(
				result.err.to_lowercase().contains("grant"),
				"the reason is told: {}",
				result.err
			);
			assert_eq!(result.json()["error"]["kind"], "refused");
			assert!(!folder.join("stolen").exists(), "a refused reader gets no file");
		}
	};
	refused(bundle.clone()).await;

	// The patient grants; B reads the Bundle and nothing else.
	let granted = cli
		.run(
			PATIENT,
			&[
				"consent",
				"grant",
				"--to",
				DOCTOR_B,
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
	let copy = path("copy.json");
	cli.run(DOCTOR_B, &["record", "get", &bundle, "--out", &copy]).await;
	assert!(files::same(&bundle_file, copy.as_ref()), "byte-identical");
	refused(pdf.clone()).await;

	// The grant covers a record that doctor A adds while it stands.
	let later_file = files::fhir_bundle(folder, "later.json", 8.1);
	let later = people.add(&later_file, "laboratory", "Second blood count").await;
	let later_copy = path("later-copy.json");
	cli.run(DOCTOR_B, &["record", "get", &later, "--out", &later_copy]).await;
	assert!(files::same(&later_file, later_copy.as_ref()));

	// The patient revokes.
	let grant = granted["grant"].to_string();
	cli.run(PATIENT, &["consent", "revoke", &grant]).await;
	refused(bundle.clone()).await;
	refused(later.clone()).await;
	let wraps = people.node.rpc("salus_wraps", json!([bundle, 1])).await.expect("it answers");
	let doctor_b = cli.run(DOCTOR_B, &["keys", "show"]).await["account"].to_string();
	assert!(
		!wraps.to_string().contains(doctor_b.trim_matches('"')),
		"the revoked reader's key is gone: {wraps}"
	);

	// Doctor A revises; version 1 stays.
	let revised_file = files::fhir_bundle(folder, "bundle-2.json", 7.4);
	let revised = revised_file.to_str().expect("UTF-8");
	cli.run(
		DOCTOR_A,
		&[
			"record",
			"revise",
			&bundle,
			revised,
			"--org",
			HOSPITAL_A,
			"--mode",
			people.mode,
			"--wait",
			"stored",
		],
	)
	.await;
	for (version, original) in [("1", &bundle_file), ("2", &revised_file)] {
		let copy = path(&format!("patient-{version}.json"));
		cli.run(
			PATIENT,
			&[
				"record",
				"get",
				&bundle,
				"--version",
				version,
				"--purpose",
				"PATRQT",
				"--out",
				&copy,
			],
		)
		.await;
		assert!(files::same(original, copy.as_ref()), "version {version}");
	}
	assert_eq!(state(people, &bundle, 1).await, "attested");
	assert_eq!(state(people, &bundle, 2).await, "stored");

	// The image comes back whole.
	let scan_copy = path("scan-copy.dcm");
	cli.run(PATIENT, &["record", "get", &scan, "--out", &scan_copy]).await;
	assert!(files::same(&image_file, scan_copy.as_ref()));

	// The patient erases the PDF: keys gone, replicas unpinned, a receipt.
	let root = people.node.rpc("salus_record", json!([pdf])).await.expect("it answers")["versions"]
		[0]["info"]["content"]["root"]
		.clone();
	let receipt = cli.run(PATIENT, &["record", "erase", &pdf, "--yes", "--wait"]).await;
	assert_eq!(receipt["replicas_left"], 0);
	assert_eq!(receipt["record"], pdf.as_str());
	assert!(receipt["block_hash"].as_str().is_some_and(|hash| hash.len() == 66), "{receipt}");
	let entry = people.node.rpc("salus_record", json!([pdf])).await.expect("it answers");
	assert!(entry["entry"]["erased"].is_object(), "{entry}");
	assert_eq!(entry["versions"], json!([]));
	assert_eq!(
		people.node.rpc("salus_wraps", json!([pdf, 1])).await.expect("it answers"),
		json!([])
	);
	let gone = cli.try_run(PATIENT, &["record", "get", &pdf, "--out", &stolen]).await;
	assert!([3, 4].contains(&gone.code), "{gone:?}");
	root
}

/// Waits until the node's IPFS no longer has a block.
async fn is_gone(people: &People, root: &Value) {
	eventually("the erased ciphertext is gone", Duration::from_secs(120), || async {
		let block = people.node.rpc("salus_getBlock", json!([root, true])).await;
		(block == Ok(Value::Null)).then_some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_travels_from_its_author_to_the_clinician_it_was_shared_with() {
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
	// Once in each mode: the other journey is guarded.
	people.mode = "direct";
	let erased = journey(&people, 20 * MIB).await;

	// What is pinned there is the ciphertext of what lives, and nothing that was erased.
	let patient = people.cli.run(PATIENT, &["keys", "show"]).await["account"].clone();
	let records =
		people.node.rpc("salus_recordsOf", json!([patient, 0, 100])).await.expect("it answers");
	let mut roots: Vec<String> = records["items"]
		.as_array()
		.expect("a list")
		.iter()
		.flat_map(|record| record["versions"].as_array().cloned().unwrap_or_default())
		.map(|version| version["info"]["content"]["root"].as_str().expect("a CID").to_owned())
		.collect();
	let pinned = kubo
		.ipfs(&["pin", "ls", "--type=recursive", "--quiet"], Duration::from_secs(20))
		.await
		.expect("Kubo answers");
	let mut pinned: Vec<String> =
		String::from_utf8_lossy(&pinned).lines().map(str::to_owned).collect();
	// A fresh repository pins the empty directory.
	pinned.retain(|pin| pin != "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
	roots.sort();
	pinned.sort();
	assert_eq!(roots, pinned);
	assert_eq!(roots.len(), 4, "two versions of the bundle, the later one, the image");
	// What is not pinned goes with Kubo's own next garbage collection.
	kubo.ipfs(&["repo", "gc", "--quiet"], Duration::from_secs(60)).await.expect("Kubo collects");
	is_gone(&people, &erased).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubo_that_connects_fetches_the_ciphertext_over_bitswap() {
	let Some(binary) = kubo::binary() else { return };
	// The operator names a Kubo node of the hospital's own.
	let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
	let [kubo, stranger] = [0, 1].map(|index| Kubo::start(&binary, folders[index].path()));
	let named = kubo
		.ipfs(&["id", "--format", "<id>"], Duration::from_secs(30))
		.await
		.expect("Kubo knows itself");
	let named = String::from_utf8(named).expect("UTF-8");
	let people = People::start_with(NodeOptions {
		extra: ["--serve-peer", named.trim()].map(str::to_owned).to_vec(),
		..Default::default()
	})
	.await;
	let file = files::dicom(people.folder(), "scan.dcm", 5 * MIB + 17);
	let record = people.add(&file, "imaging", "CT").await;
	let content = people.node.rpc("salus_record", json!([record])).await.expect("it answers")
		["versions"][0]["info"]["content"]
		.clone();
	let root = content["root"].as_str().expect("a CID").to_owned();

	let address = salus_e2e::network::address(&people.node).await;
	for one in [&stranger, &kubo] {
		one.ipfs(&["swarm", "connect", &address], Duration::from_secs(30))
			.await
			.expect("Kubo connects");
	}
	// Another one that knows the CID gets nothing.
	let cat = ["cat", &*root];
	let refused = stranger.ipfs(&cat, Duration::from_secs(5)).await;
	assert!(refused.is_err(), "a stranger got the ciphertext");
	let refusal = "is no storage node of the consortium: it gets none";
	people.node.wait_for_log(refusal, Duration::from_secs(1));
	let bytes = kubo.ipfs(&cat, Duration::from_secs(60)).await.expect("Kubo fetches over Bitswap");
	assert_eq!(bytes.len() as u64, content["size"].as_u64().expect("a number"));

	// Cut into blocks again it has the same root: what came is the ciphertext that the chain names.
	assert_eq!(salus_e2e::ticket::Upload::of(&bytes).root.to_string(), root);
	assert!(
		!bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes()),
		"and it is encrypted"
	);
}

/// Greps everything that a node keeps and says for what must never leave the client.
async fn no_plaintext_is_left(people: &People) {
	let marked = people.folder().join(format!("{MARKER}.json"));
	let bundle = std::fs::read_to_string(people.folder().join("bundle.json"));
	// Not the same content: that is taken for a slip.
	let content = bundle.expect("it was added") + "\n";
	std::fs::write(&marked, content).expect("the folder is writable");
	let record = people.add(&marked, "laboratory", &format!("Title {MARKER}")).await;

	// The markers are there to be found: the reader gets them back.
	let back = people.folder().join("back.json");
	let opened = people
		.cli
		.run(PATIENT, &["record", "get", &record, "--out", back.to_str().expect("UTF-8")])
		.await;
	assert!(
		opened["descriptor"]["title"].as_str().is_some_and(|title| title.contains(MARKER)),
		"{opened}"
	);
	assert!(!files::containing(people.folder(), MARKER.as_bytes()).is_empty(), "the search works");

	// Chain database, block store, staging area, keystore, log: everything in the node's folder.
	assert_eq!(
		files::containing(people.node.base(), MARKER.as_bytes()),
		Vec::<std::path::PathBuf>::new()
	);
	// What the client keeps at rest.
	assert_eq!(
		files::containing(&people.folder().join("state"), MARKER.as_bytes()),
		Vec::<std::path::PathBuf>::new()
	);
	// What the node says to whoever asks.
	let patient = people.cli.run(PATIENT, &["keys", "show"]).await["account"].clone();
	let root = people.node.rpc("salus_record", json!([record])).await.expect("it answers")
		["versions"][0]["info"]["content"]["root"]
		.clone();
	for (method, params) in [
		("salus_record", json!([record])),
		("salus_recordsOf", json!([patient, 0, 100])),
		("salus_wraps", json!([record, 1])),
		("salus_consentOf", json!([patient])),
		("salus_nodeInfo", json!([])),
	] {
		let answer = people.node.rpc(method, params).await.expect("it answers").to_string();
		assert!(!answer.contains(MARKER), "{method}");
	}
	let block = people.node.rpc("salus_getBlock", json!([root])).await.expect("it answers");
	let bytes = salus_e2e::ticket::from_base64(block.as_str().expect("base64"));
	assert!(
		bytes.len() > 256 && !bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes())
	);
}
