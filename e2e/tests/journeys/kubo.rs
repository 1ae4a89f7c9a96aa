//! A hospital's own Kubo: one that is open gets no record, one that is cleaned all the time keeps them, and what is erased is
//! gone from it.

use salus_e2e::{
	binary, binary_folder,
	cast::*,
	eventually, files,
	kubo::{self, Commands, Kubo},
	people::record_id,
	NodeOptions, People,
};
use serde_json::{json, Value};
use std::{
	path::Path,
	process::{Command, Stdio},
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

const MIB: u64 = 1 << 20;

/// How long one command of Kubo's may take.
const COMMAND: Duration = Duration::from_secs(120);

/// How long the node may take to notice how its Kubo is configured.
const NOTICED: Duration = Duration::from_secs(40);

/// How long a small record may take beside a large one, while Kubo collects garbage.
const SMALL: Duration = Duration::from_secs(120);

/// How long the large one may take once that has ended: the longest pause after failures, and the push.
const LARGE: Duration = Duration::from_secs(240);

async fn details(people: &People, record: &str) -> Value {
	let details = people.node.rpc("salus_record", json!([record])).await;
	details.expect("it answers")
}

async fn state(people: &People, record: &str) -> Value {
	details(people, record).await["versions"][0]["info"]["state"].clone()
}

async fn root(people: &People, record: &str) -> String {
	details(people, record).await["versions"][0]["info"]["content"]["root"]
		.as_str()
		.expect("a CID")
		.to_owned()
}

async fn becomes_stored(people: &People, record: &str, deadline: Duration) -> Duration {
	let since = Instant::now();
	eventually(&format!("{record} is stored"), deadline, || async {
		(state(people, record).await == "stored").then_some(())
	})
	.await;
	since.elapsed()
}

/// Adds a file without waiting for its storage.
async fn add(people: &People, file: &Path) -> String {
	let mut arguments = people.add_arguments(file, "imaging", "Scan");
	arguments.retain(|argument| !["--wait", "stored"].contains(argument));
	record_id(&people.cli.run(DOCTOR_A, &arguments).await)
}

/// Whether Kubo itself has a block.
async fn has(kubo: &Commands, root: &str) -> bool {
	let stat = kubo.run(&["block", "stat", "--offline", root], COMMAND).await;
	match stat {
		Ok(_) => true,
		Err(error) if error.contains("not found") || error.contains("could not find") => false,
		Err(error) => panic!("{error}"),
	}
}

/// What a node says that is to start with a Kubo that is open.
fn refusal_at_start(api: &str, folder: &Path) -> String {
	let output = Command::new("timeout")
		.arg("180")
		.arg(binary("salus-node"))
		.args(["--dev", "--base-path"])
		.arg(folder)
		.args(["--port", "0", "--rpc-port", "0", "--no-prometheus", "--no-telemetry"])
		.args(["--no-mdns", "--ipfs", api, "--compiled-runtimes"])
		.arg(binary_folder().join("compiled-runtimes"))
		.stdin(Stdio::null())
		.output()
		.expect("the node's binary can be started");
	let said = String::from_utf8_lossy(&output.stderr).into_owned();
	assert_eq!(output.status.code(), Some(1), "it ends by itself: {said}");
	said
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_kubo_gets_nothing_a_busy_one_keeps_all_and_what_is_erased_is_gone() {
	let Some(binary) = kubo::binary() else { return };
	let folder = tempfile::tempdir().expect("a temporary folder");
	let daemon = Kubo::start(&binary, folder.path());
	let ipfs = daemon.commands();
	let people = People::start_with(NodeOptions {
		ipfs: Some(daemon.api().to_owned()),
		..Default::default()
	})
	.await;
	people.node.wait_for_log("Kubo is closed to the public", NOTICED);

	// Somebody opens it. It gets nothing, and a node does not start with it.
	let seen = people.node.log_length();
	let open = ["config", "Routing.Type", "auto"];
	ipfs.run(&open, COMMAND).await.expect("Kubo answers");
	people.node.wait_for_log_after(seen, "is open to the public", NOTICED);
	let said = refusal_at_start(daemon.api(), &folder.path().join("other"));
	for part in ["`ipfs config Routing.Type none`", "--allow-public-ipfs"] {
		assert!(said.contains(part), "{said}");
	}
	let file = files::dicom(people.folder(), "first.dcm", 2 * MIB);
	let first = add(&people, &file).await;
	let first_root = root(&people, &first).await;
	people.node.wait_for_log_after(seen, "IPFS cannot be reached", Duration::from_secs(60));
	assert_eq!(state(&people, &first).await, "pending");
	assert!(!has(&ipfs, &first_root).await, "it got a block");

	// The operator's eviction takes nothing from whoever uploads.
	let evict = ["storage", "evict", &first];
	let evicted = people.cli.run(ADMIN_A, &evict).await;
	assert_eq!(evicted[0]["kept"], "upload", "{evicted}");
	let listed = people.cli.run(ADMIN_A, &["storage", "evicted"]).await;
	assert_eq!(listed["versions"][0]["record"], first.as_str(), "{listed}");
	let undo = people.cli.run(ADMIN_A, &["storage", "evict", &first, "--undo"]).await;
	assert_eq!(undo["versions"].as_array().map(Vec::len), Some(1), "{undo}");

	// It is closed again.
	let close = ["config", "Routing.Type", "none"];
	ipfs.run(&close, COMMAND).await.expect("Kubo answers");
	becomes_stored(&people, &first, LARGE).await;
	people.opens(PATIENT, &first, "PATRQT", &file).await;
	let refused = people.cli.fails(ADMIN_A, &evict, 1).await;
	assert!(refused.err.contains("has confirmed"), "{}", refused.err);

	// Whatever is not pinned yet is removed again and again while a large record is pushed.
	let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
	let collecting = tokio::spawn({
		let (ipfs, stop, rounds) = (ipfs.clone(), stop.clone(), rounds.clone());
		async move {
			while !stop.load(Ordering::SeqCst) {
				ipfs.run(&["repo", "gc", "--quiet"], COMMAND).await.expect("Kubo answers");
				rounds.fetch_add(1, Ordering::SeqCst);
			}
		}
	});
	let large_file = files::dicom(people.folder(), "large.dcm", 200 * MIB);
	let large = add(&people, &large_file).await;
	let small_file = files::dicom(people.folder(), "small.dcm", MIB);
	let small = add(&people, &small_file).await;
	let took = becomes_stored(&people, &small, SMALL).await;
	println!("the small record took {} s", took.as_secs());
	let was = state(&people, &large).await;
	println!("the large one was {was} then, after {} rounds", rounds.load(Ordering::SeqCst));
	assert!(rounds.load(Ordering::SeqCst) > 3, "garbage was collected meanwhile");
	stop.store(true, Ordering::SeqCst);
	collecting.await.expect("Kubo answered each time");
	let took = becomes_stored(&people, &large, LARGE).await;
	println!("the large one took {} s more", took.as_secs());
	people.opens(PATIENT, &large, "PATRQT", &large_file).await;

	// What is erased is gone from Kubo once the receipt says so, and the rest is there.
	let roots = [root(&people, &large).await, root(&people, &small).await];
	for record in [&large, &small] {
		let erase = ["record", "erase", record, "--yes"];
		people.cli.run(PATIENT, &erase).await;
	}
	eventually("the receipts say removed", Duration::from_secs(180), || async {
		let status = people.node.rpc("salus_storageStatus", json!([])).await;
		(status.expect("it answers")["removals"] == 0).then_some(())
	})
	.await;
	for root in &roots {
		assert!(!has(&ipfs, root).await, "{root} is still there");
		let cat = ipfs.run(&["cat", "--offline", root], COMMAND).await;
		assert!(cat.is_err(), "{root} can still be read");
	}
	let refs = ipfs.run(&["refs", "local"], COMMAND).await.expect("Kubo answers");
	let left = String::from_utf8_lossy(&refs).lines().count();
	assert!(left < 20, "{left} blocks are left of records of 2 MiB");
	assert!(has(&ipfs, &first_root).await);
	people.opens(PATIENT, &first, "PATRQT", &file).await;
}
