//! A hospital's own Kubo: an open one gets no record, one that collects garbage all the time keeps
//! its records, and erased records are gone from it.

use salus_e2e::{
	binary, binary_folder,
	cast::*,
	chain::{root, state},
	eventually, eventually_within, files,
	kubo::{self, Commands, Kubo},
	NodeOptions, People, PATIENCE,
};
use serde_json::json;
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

/// Deadline for the large record: the longest pause after failures, and the push.
const LARGE: Duration = Duration::from_secs(480);

/// Least number of garbage collections while records are pushed.
const COLLECTIONS: usize = 4;

/// Waits until a record is stored, and returns the time that it took.
async fn becomes_stored(people: &People, record: &str, deadline: Duration) -> Duration {
	let since = Instant::now();
	eventually_within(deadline, &format!("{record} is stored"), || async {
		(state(&people.node, record).await == "stored").then_some(())
	})
	.await;
	since.elapsed()
}

/// Returns whether Kubo itself has a block.
async fn has(kubo: &Commands, root: &str) -> bool {
	match kubo.run(&format!("block stat --offline {root}")).await {
		Ok(_) => true,
		Err(error) if error.contains("not found") || error.contains("could not find") => false,
		Err(error) => panic!("{error}"),
	}
}

/// Starts a node with an open Kubo, which it must refuse, and returns its error output.
fn refusal_at_start(api: &str, folder: &Path) -> String {
	let output = Command::new("timeout")
		.arg(PATIENCE.as_secs().to_string())
		.arg(binary("salus-node"))
		.args(["--dev", "--base-path"])
		.arg(folder)
		.args(["--port", "0", "--rpc-port", "0", "--no-prometheus", "--no-telemetry"])
		.args(["--no-mdns", "--ipfs", api, "--compiled-runtimes"])
		.arg(binary_folder().join("compiled-runtimes"))
		.stdin(Stdio::null())
		.output()
		.expect("timeout can be started");
	let said = String::from_utf8_lossy(&output.stderr).into_owned();
	assert_eq!(output.status.code(), Some(1), "the node does not end by itself: {said}");
	said
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_kubo_gets_nothing_and_a_busy_one_keeps_everything() {
	let Some(binary) = kubo::binary() else { return };
	let folder = tempfile::tempdir().expect("a temporary folder");
	let daemon = Kubo::start(&binary, folder.path());
	let ipfs = daemon.commands();
	let people = People::start_with(NodeOptions {
		ipfs: Some(daemon.api().to_owned()),
		..Default::default()
	})
	.await;
	people.node.wait_for_log("Kubo is closed to the public");

	// Somebody opens it. It gets nothing, and no node starts with it.
	let seen = people.node.log_length();
	ipfs.run("config Routing.Type auto").await.expect("Kubo answers");
	people.node.wait_for_log_after(seen, "is open to the public");
	let said = refusal_at_start(daemon.api(), &folder.path().join("other"));
	for part in ["`ipfs config Routing.Type none`", "--allow-public-ipfs"] {
		assert!(said.contains(part), "{said}");
	}
	let file = files::dicom(people.folder(), "first.dcm", 2 * MIB);
	let first = people.register_scan(&file).await;
	let first_root = root(&people.node, &first).await;
	people.node.wait_for_log_after(seen, "IPFS cannot be reached");
	assert_eq!(state(&people.node, &first).await, "pending");
	assert!(!has(&ipfs, &first_root).await, "an open Kubo got a block");

	// The operator's eviction keeps the blocks of an upload.
	let evict = format!("storage evict {first}");
	let evicted = people.cli.run(ADMIN_A, &evict).await;
	assert_eq!(evicted[0]["kept"], "upload", "{evicted}");
	let listed = people.cli.run(ADMIN_A, "storage evicted").await;
	assert_eq!(listed["versions"][0]["record"], first.as_str(), "{listed}");
	let undo = people.cli.run(ADMIN_A, format!("storage evict {first} --undo")).await;
	assert_eq!(undo["versions"].as_array().map(Vec::len), Some(1), "{undo}");

	// The Kubo is closed again.
	ipfs.run("config Routing.Type none").await.expect("Kubo answers");
	becomes_stored(&people, &first, LARGE).await;
	people.assert_opens(PATIENT, &first, "PATRQT", &file).await;
	let refused = people.cli.run_expecting_failure(ADMIN_A, &evict, 1).await;
	assert!(refused.err.contains("has confirmed"), "{}", refused.err);

	// While a large record is pushed, Kubo removes all unpinned blocks again and again.
	let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
	let collecting = tokio::spawn({
		let (ipfs, stop, rounds) = (ipfs.clone(), stop.clone(), rounds.clone());
		async move {
			while !stop.load(Ordering::SeqCst) {
				ipfs.run("repo gc --quiet").await.expect("Kubo answers");
				rounds.fetch_add(1, Ordering::SeqCst);
			}
		}
	});
	let large_file = files::dicom(people.folder(), "large.dcm", 200 * MIB);
	let large = people.register_scan(&large_file).await;
	let small_file = files::dicom(people.folder(), "small.dcm", MIB);
	let small = people.register_scan(&small_file).await;
	let took = becomes_stored(&people, &small, PATIENCE).await;
	println!("the small record took {} s", took.as_secs());
	let was = state(&people.node, &large).await;
	println!("the large one was {was} then, after {} rounds", rounds.load(Ordering::SeqCst));
	eventually("garbage is collected", || async {
		(rounds.load(Ordering::SeqCst) >= COLLECTIONS).then_some(())
	})
	.await;
	stop.store(true, Ordering::SeqCst);
	collecting.await.expect("Kubo answered each time");
	let took = becomes_stored(&people, &large, LARGE).await;
	println!("the large one took {} s more", took.as_secs());
	people.assert_opens(PATIENT, &large, "PATRQT", &large_file).await;

	erased_records_are_gone(&people, &ipfs, [&large, &small]).await;
	assert!(has(&ipfs, &first_root).await);
	people.assert_opens(PATIENT, &first, "PATRQT", &file).await;
}

/// Erased records are gone from Kubo once their receipts say so.
async fn erased_records_are_gone(people: &People, ipfs: &Commands, [large, small]: [&str; 2]) {
	let roots = [root(&people.node, large).await, root(&people.node, small).await];
	for record in [large, small] {
		people.cli.run(PATIENT, format!("record erase {record} --yes")).await;
	}
	eventually("the receipts say removed", || async {
		let status = people.node.ask("salus_storageStatus", json!([])).await;
		(status["removals"] == 0).then_some(())
	})
	.await;
	for root in &roots {
		assert!(!has(ipfs, root).await, "{root} is still there");
		let cat = ipfs.run(&format!("cat --offline {root}")).await;
		assert!(cat.is_err(), "{root} can still be read");
	}
	let refs = ipfs.run("refs local").await.expect("Kubo answers");
	let left = String::from_utf8_lossy(&refs).lines().count();
	assert!(left < 20, "{left} blocks are left of records of 2 MiB");
}
