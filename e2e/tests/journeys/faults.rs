//! Faults lose nothing. After each, the record ends stored and readable, or the caller has a clear
//! error and can repeat the command.

use salus_e2e::{
	cast::*,
	chain::{becomes_stored, genesis, state},
	eventually,
	faulty::{Fault, FaultyIpfs},
	files,
	people::record_id,
	ticket::{block, missing, now, signed, stage, ticket, Upload},
	NodeOptions, People, Relay,
};
use serde_json::json;
use std::{
	path::Path,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};
use subxt_signer::sr25519::Keypair;

const MIB: u64 = 1 << 20;

/// Checks that a record becomes stored, and that the patient gets what its author wrote.
async fn ends_well(people: &People, record: &str, original: &Path) {
	becomes_stored(&people.node, record).await;
	people.assert_opens_by_default(PATIENT, record, original).await;
}

/// Starts a node that pushes to an IPFS that can fail.
pub(crate) async fn with_faulty_ipfs() -> (People, FaultyIpfs, tempfile::TempDir) {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let ipfs = FaultyIpfs::start(folder.path()).await;
	let people =
		People::start_with(NodeOptions { ipfs: Some(ipfs.url()), ..Default::default() }).await;
	(people, ipfs, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn staging_resumes_after_the_node_is_killed() {
	const SIZE: u64 = 240 * MIB;
	let mut people = People::start().await;
	// The upload lasts while the test looks, even if this process pauses.
	let slow = Relay::start(
		people.node.url(),
		Arc::new(|request| {
			if request["method"] == "salus_stageBlocks" {
				std::thread::sleep(Duration::from_millis(500));
			}
			None
		}),
	)
	.await;
	let file = files::dicom(people.folder(), "scan.dcm", SIZE);
	let add = people.add_and_wait_line(&file, "imaging", "Scan");
	let mut first = people.cli.at(&slow.url()).command(DOCTOR_A, &add);
	let mut first = first.spawn().expect("salus can be started");
	let uploads = people.node.salus_folder().join("staging");
	eventually("a part of the blocks is staged", || async {
		(size_of(&uploads) > 8 * MIB).then_some(())
	})
	.await;
	people.node.kill();
	// The client ends because it cannot reach the node, or the test ends it.
	let ended = tokio::time::timeout(Duration::from_secs(5), first.wait()).await;
	if ended.is_err() {
		first.kill().await.expect("the client runs");
	}
	let kept = size_of(&uploads);
	assert!((8 * MIB..SIZE).contains(&kept), "not in the middle: {kept} bytes are staged");
	people.kill_and_restart();

	// The same command sends only the rest.
	let answer = people.cli.run(DOCTOR_A, &add).await;
	let upload = &answer[0]["upload"];
	let (resumed, sent, blocks) =
		(upload["resumed"].as_u64(), upload["sent"].as_u64(), upload["blocks"].as_u64());
	assert!(resumed >= Some(7), "acknowledged blocks are sent again: {upload}");
	assert_eq!(resumed.zip(sent).map(|(resumed, sent)| resumed + sent), blocks);
	people.assert_opens_by_default(PATIENT, &record_id(&answer), &file).await;
}

/// Returns the size of all files below a folder, in bytes.
fn size_of(folder: &Path) -> u64 {
	let mut total = 0;
	for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
		total += match entry.metadata() {
			Ok(data) if data.is_dir() => size_of(&entry.path()),
			Ok(data) => data.len(),
			Err(_) => 0,
		};
	}
	total
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_after_the_registration_stores_the_record() {
	let (mut people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Error);
	let file = files::dicom(people.folder(), "scan.dcm", 3 * MIB);
	let record = people.register_scan(&file).await;
	assert_eq!(state(&people.node, &record).await, "pending");
	people.kill_and_restart();
	ipfs.set(Fault::None);
	ends_well(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_erased_before_its_first_replica_leaves_no_byte() {
	let (mut people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Error);
	let file = files::dicom(people.folder(), "scan.dcm", 3 * MIB);
	let record = people.register_scan(&file).await;
	let staging = people.node.salus_folder().join("staging");
	assert!(size_of(&staging) > 3 * MIB, "nothing is staged");
	people.kill_and_restart();
	assert_eq!(state(&people.node, &record).await, "pending");
	people.cli.run(PATIENT, format!("record erase {record} --yes")).await;
	ipfs.set(Fault::None);

	eventually("the upload is gone", || async { (size_of(&staging) < MIB).then_some(()) }).await;
	assert!(ipfs.store().is_empty(), "{} blocks of an erased record are kept", ipfs.store().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_in_the_middle_of_a_push_resumes_it() {
	let (mut people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Slow(Duration::from_millis(2_000)));
	let file = files::dicom(people.folder(), "scan.dcm", 30 * MIB);
	let record = people.register_scan(&file).await;
	eventually("some blocks are pushed", || async { (ipfs.store().len() >= 6).then_some(()) })
		.await;
	people.node.kill();
	assert!(ipfs.store().len() < 31, "the push had ended");
	ipfs.set(Fault::None);
	people.kill_and_restart();
	ends_well(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_fails_or_lies_only_delays_the_record() {
	delayed_only(&[Fault::Error, Fault::WrongCid, Fault::Truncated]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_hangs_or_is_slow_only_delays_the_record() {
	delayed_only(&[Fault::Hang, Fault::ErrorAfter(2), Fault::Slow(Duration::from_millis(500))])
		.await;
}

/// Checks that each of these faults only delays a record, which does not count as stored until
/// then.
async fn delayed_only(faults: &[Fault]) {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	for (number, fault) in (1..).zip(faults.iter().copied()) {
		let file = files::dicom(people.folder(), &format!("scan-{number}.dcm"), 3 * MIB + number);
		ipfs.set(fault);
		let from = people.node.log_length();
		let record = people.register_scan(&file).await;
		if !matches!(fault, Fault::Slow(_)) {
			// The node tried and failed, and must not confirm the record.
			eventually(&format!("{fault:?}: a push is tried"), || async {
				(ipfs.puts() > 0).then_some(())
			})
			.await;
			people.node.wait_for_log_after(from, "push");
			assert_eq!(state(&people.node, &record).await, "pending", "{fault:?}");
		}
		ipfs.set(Fault::None);
		ends_well(&people, &record, &file).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_is_down_for_a_minute_only_delays_the_record() {
	let (people, mut ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.down().await;
	let file = files::dicom(people.folder(), "scan-down.dcm", 2 * MIB);
	let record = people.register_scan(&file).await;
	tokio::time::sleep(Duration::from_secs(60)).await;
	assert_eq!(state(&people.node, &record).await, "pending");
	ipfs.up().await;
	ends_well(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_added_twice_is_one_record() {
	let people = People::start().await;
	let file = files::dicom(people.folder(), "scan.dcm", 2 * MIB);
	let add = people.add_and_wait_line(&file, "imaging", "Scan");
	// If two run at once, the second waits for the first's journal, or gets an error. They never
	// make two records.
	let (one, two) =
		tokio::join!(people.cli.try_run(DOCTOR_A, &add), people.cli.try_run(DOCTOR_A, &add),);
	assert!(one.code == 0 || two.code == 0, "{one:?}\n{two:?}");
	for result in [one, two] {
		if result.code == 0 {
			becomes_stored(&people.node, &record_id(&result.json())).await;
		} else {
			assert!(result.err.len() > 20, "the error says cause and remedy: {result:?}");
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_never_registered_is_removed() {
	let people = People::start_with(NodeOptions {
		extra: vec!["--staging-grace".into(), "1".into()],
		..Default::default()
	})
	.await;
	let doctor = Keypair::from_uri(&DOCTOR_A.parse().expect("a URI")).expect("a key");
	let upload = Upload::of(&vec![3; 3 << 20]);
	let mut permission = ticket(genesis(&people.node).await, &doctor, &upload);
	// Long enough to stage these blocks on a busy machine.
	permission.expires = now() + 60_000;
	let permission = signed(&permission, &doctor);
	for one in &upload.blocks {
		stage(&people.node, &permission, &[block(one)]).await.expect("a good block");
	}
	assert_eq!(missing(&people.node, &permission).await.expect("it answers")["complete"], true);
	let root = upload.root.to_string();
	eventually("the upload is removed", || async {
		let status = people.node.rpc("salus_uploadStatus", json!([root])).await.ok()?;
		status.is_null().then_some(())
	})
	.await;
	let info = people.node.ask("salus_nodeInfo", json!([])).await;
	assert!(size_of(&people.node.salus_folder().join("staging")) < MIB, "{info}");
}

/// Starts `record add`, kills it once it says that the file is registered, and returns the record.
async fn killed_while_it_waits(people: &People, add: &str) -> String {
	let adding = people.cli.start(DOCTOR_A, add);
	let line = adding.wait_for_line("registered as record ").await;
	adding.kill().await;
	let (_, record) = line.split_once("registered as record ").expect("the line has this part");
	record.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_killed_while_it_waits_never_adds_a_second_record() {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Error);
	let file = files::dicom(people.folder(), "scan.dcm", 2 * MIB);
	let add = people.add_and_wait_line(&file, "imaging", "Scan");
	let first = killed_while_it_waits(&people, &add).await;
	let second = killed_while_it_waits(&people, &add).await;
	assert_eq!(first, second, "a repetition is the same record");
	ipfs.set(Fault::None);
	let answer = people.cli.run(DOCTOR_A, &add).await;
	assert_eq!(record_id(&answer), first);

	// Once the record is stored, the client refuses the same file unless the author wants it again.
	let known = people.cli.run_expecting_failure(DOCTOR_A, &add, 1).await;
	assert!(known.err.contains(&first), "{}", known.err);
	assert!(known.err.contains("--again"), "{}", known.err);
	let answer = people.cli.run(DOCTOR_A, add + " --again").await;
	assert_ne!(record_id(&answer), first);
}

/// While a node catches up, its pool judges a transaction by an earlier block than the node's best
/// one. The client dates the transaction from the best one.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_repeated_when_the_pool_is_behind_its_chain() {
	const REFUSALS: [&str; 2] =
		["Transaction has an ancient birth block", "Transaction has a bad signature"];
	let people = People::start().await;
	let handed_over = Arc::new(AtomicUsize::new(0));
	let count = handed_over.clone();
	let relay = Relay::start(
		people.node.url(),
		Arc::new(move |request| {
			if request["method"] != "author_submitAndWatchExtrinsic" {
				return None;
			}
			let reason = REFUSALS.get(count.fetch_add(1, Ordering::SeqCst))?;
			let error = json!({"code": 1010, "message": "Invalid Transaction", "data": reason});
			Some(("error", error))
		}),
	)
	.await;
	people
		.cli
		.at(&relay.url())
		.run(PATIENT, "consent deny --to role:researcher --everything")
		.await;
	// On a busy machine, the pool can take so long that the client sends it once more.
	assert!(handed_over.load(Ordering::SeqCst) > REFUSALS.len());
}
