//! Faults lose nothing: after each, the record ends stored and readable, or the caller has a clear error and can repeat.

use salus_e2e::{
	cast::*,
	eventually,
	faulty::{Fault, FaultyIpfs},
	files,
	people::record_id,
	NodeOptions, People, Relay,
};
use serde_json::{json, Value};
use std::{
	path::Path,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};

const MIB: u64 = 1 << 20;

/// How long a push may take to get over a fault that has gone away: the longest pause of the back-off, twice.
const RECOVERY: Duration = Duration::from_secs(240);

async fn version_state(people: &People, record: &str) -> Value {
	match people.node.rpc("salus_record", json!([record])).await {
		Ok(details) => details["versions"][0]["info"]["state"].clone(),
		Err(_) => Value::Null,
	}
}

async fn becomes_stored(people: &People, record: &str) {
	eventually(&format!("{record} is stored"), RECOVERY, || async {
		(version_state(people, record).await == "stored").then_some(())
	})
	.await;
}

/// Adds a file without waiting for its storage.
async fn add(people: &People, file: &Path) -> String {
	let mut arguments = people.add_arguments(file, "imaging", "Scan");
	arguments.retain(|argument| !["--wait", "stored"].contains(argument));
	record_id(&people.cli.run(DOCTOR_A, &arguments).await)
}

async fn is_readable(people: &People, record: &str, original: &Path) {
	let copy = people.folder().join(format!("copy-{}", &record[2..10]));
	let _ = std::fs::remove_file(&copy);
	people
		.cli
		.run(PATIENT, &["record", "get", record, "--out", copy.to_str().expect("UTF-8")])
		.await;
	assert!(files::same(original, &copy), "{record} came back altered");
}

/// People whose node pushes to an IPFS that can fail.
pub(crate) async fn with_faulty_ipfs() -> (People, FaultyIpfs, tempfile::TempDir) {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let ipfs = FaultyIpfs::start(folder.path()).await;
	let people =
		People::start_with(NodeOptions { ipfs: Some(ipfs.url()), ..Default::default() }).await;
	(people, ipfs, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_while_a_file_is_staged_resumes_without_asking_for_what_it_has() {
	let mut people = People::start().await;
	let file = files::dicom(people.folder(), "scan.dcm", 120 * MIB);
	let arguments = people.add_arguments(&file, "imaging", "Scan");
	let mut first = people.cli.command(DOCTOR_A, &arguments).spawn().expect("salus can be started");
	let uploads = people.node.salus_folder().join("staging");
	eventually("a part of the blocks is staged", Duration::from_secs(60), || async {
		(size_of(&uploads) > 8 * MIB).then_some(())
	})
	.await;
	people.node.kill();
	// The client notices, says so, and ends with the code of a node that cannot be reached, or is told to stop.
	let ended = tokio::time::timeout(Duration::from_secs(5), first.wait()).await;
	if ended.is_err() {
		first.kill().await.expect("the client runs");
	}
	let kept = size_of(&uploads);
	assert!((8 * MIB..120 * MIB).contains(&kept), "killed in the middle: {kept} bytes were staged");
	people.kill_and_restart();

	// The same command again: the same record, and only the rest is sent.
	let arguments = people.add_arguments(&file, "imaging", "Scan");
	let answer = people.cli.run(DOCTOR_A, &arguments).await;
	let upload = &answer[0]["upload"];
	let (resumed, sent, blocks) =
		(upload["resumed"].as_u64(), upload["sent"].as_u64(), upload["blocks"].as_u64());
	assert!(resumed >= Some(7), "blocks that were acknowledged are not sent again: {upload}");
	assert_eq!(resumed.zip(sent).map(|(resumed, sent)| resumed + sent), blocks);
	is_readable(&people, &record_id(&answer), &file).await;
}

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
async fn a_node_killed_after_the_registration_stores_the_record_when_it_is_back() {
	let (mut people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Error);
	let file = files::dicom(people.folder(), "scan.dcm", 3 * MIB);
	let record = add(&people, &file).await;
	assert_eq!(version_state(&people, &record).await, "pending");
	people.kill_and_restart();
	ipfs.set(Fault::None);
	becomes_stored(&people, &record).await;
	is_readable(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_in_the_middle_of_a_push_goes_on_where_it_was() {
	let (mut people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Slow(Duration::from_millis(2_000)));
	let file = files::dicom(people.folder(), "scan.dcm", 30 * MIB);
	let record = add(&people, &file).await;
	eventually("some blocks are pushed", RECOVERY, || async {
		(ipfs.store().len() >= 6).then_some(())
	})
	.await;
	people.node.kill();
	assert!(ipfs.store().len() < 31, "killed in the middle");
	ipfs.set(Fault::None);
	people.kill_and_restart();
	becomes_stored(&people, &record).await;
	is_readable(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_fails_or_lies_only_delays_the_record() {
	delayed_only(&[Fault::Error, Fault::WrongCid, Fault::Truncated]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_hangs_breaks_off_or_is_slow_only_delays_the_record() {
	delayed_only(&[Fault::Hang, Fault::ErrorAfter(2), Fault::Slow(Duration::from_millis(500))])
		.await;
}

/// Each of these faults, one after another, delays a record, which is not taken for stored meanwhile.
async fn delayed_only(faults: &[Fault]) {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	for (number, fault) in (1..).zip(faults.iter().copied()) {
		let file = files::dicom(people.folder(), &format!("scan-{number}.dcm"), 3 * MIB + number);
		ipfs.set(fault);
		let record = add(&people, &file).await;
		if !matches!(fault, Fault::Slow(_)) {
			// It was tried, and it was noticed: the record must not be taken for stored.
			eventually(&format!("{fault:?}: a push is tried"), Duration::from_secs(60), || async {
				(ipfs.puts() > 0).then_some(())
			})
			.await;
			let from = people.node.log_length();
			people.node.wait_for_log_after(
				from.saturating_sub(50),
				"push",
				Duration::from_secs(60),
			);
			assert_eq!(version_state(&people, &record).await, "pending", "{fault:?}");
		}
		ipfs.set(Fault::None);
		becomes_stored(&people, &record).await;
		is_readable(&people, &record, &file).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipfs_that_is_down_for_a_minute_only_delays_the_record() {
	let (people, mut ipfs, _folder) = with_faulty_ipfs().await;
	// The port is closed.
	ipfs.down().await;
	let file = files::dicom(people.folder(), "scan-down.dcm", 2 * MIB);
	let record = add(&people, &file).await;
	tokio::time::sleep(Duration::from_secs(60)).await;
	assert_eq!(version_state(&people, &record).await, "pending");
	ipfs.up().await;
	becomes_stored(&people, &record).await;
	is_readable(&people, &record, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_added_twice_is_one_record() {
	let people = People::start().await;
	let file = files::dicom(people.folder(), "scan.dcm", 2 * MIB);
	let arguments = people.add_arguments(&file, "imaging", "Scan");
	// Two at once: the second waits for the first's journal, or is told of it; never are there two half-made ones.
	let (one, two) = tokio::join!(
		people.cli.try_run(DOCTOR_A, &arguments),
		people.cli.try_run(DOCTOR_A, &arguments),
	);
	assert!(one.code == 0 || two.code == 0, "{one:?}\n{two:?}");
	for result in [one, two] {
		if result.code == 0 {
			becomes_stored(&people, &record_id(&result.json())).await;
		} else {
			assert!(result.err.len() > 20, "the error says cause and mend: {result:?}");
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_registered_is_collected() {
	use salus_e2e::ticket::{block, genesis, missing, now, signed, stage, ticket, Upload};
	let people = People::start_with(NodeOptions {
		extra: vec!["--staging-grace".into(), "1".into()],
		..Default::default()
	})
	.await;
	let doctor =
		subxt_signer::sr25519::Keypair::from_uri(&DOCTOR_A.parse().expect("a URI")).expect("a key");
	let upload = Upload::of(&vec![3; 3 << 20]);
	let mut permission = ticket(genesis(&people.node).await, &doctor, &upload);
	permission.expires = now() + 8_000;
	let permission = signed(&permission, &doctor);
	for one in &upload.blocks {
		stage(&people.node, &permission, &[block(one)]).await.expect("a good block");
	}
	assert_eq!(missing(&people.node, &permission).await.expect("it answers")["complete"], true);
	let root = upload.root.to_string();
	eventually("the upload is collected", Duration::from_secs(120), || async {
		people
			.node
			.rpc("salus_uploadStatus", json!([root]))
			.await
			.ok()
			.and_then(|status| status.is_null().then_some(()))
	})
	.await;
	let info = people.node.rpc("salus_nodeInfo", json!([])).await.expect("it answers");
	assert!(size_of(&people.node.salus_folder().join("staging")) < MIB, "{info}");
}

/// Starts `record add` and kills it once it has told that the file is registered. Gives the record that it told.
async fn killed_while_it_waits(people: &People, arguments: &[&str]) -> String {
	use tokio::io::{AsyncBufReadExt, BufReader};
	let mut adding = people.cli.command(DOCTOR_A, arguments).spawn().expect("salus can be started");
	let told = adding.stderr.take().expect("it is piped");
	let mut lines = BufReader::new(told).lines();
	let mut record = None;
	while record.is_none() {
		let line = lines.next_line().await.expect("it is readable");
		let line = line.expect("it tells the record before it ends");
		record = line.split_once("registered as record ").map(|(_, record)| record.to_owned());
	}
	adding.kill().await.expect("it runs");
	record.expect("the loop ends with one")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_killed_while_it_waits_goes_on_with_its_record_and_never_adds_a_second() {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	ipfs.set(Fault::Error);
	let file = files::dicom(people.folder(), "scan.dcm", 2 * MIB);
	let arguments = people.add_arguments(&file, "imaging", "Scan");
	let first = killed_while_it_waits(&people, &arguments).await;
	let second = killed_while_it_waits(&people, &arguments).await;
	assert_eq!(first, second, "a repetition is the same record");
	ipfs.set(Fault::None);
	let answer = people.cli.run(DOCTOR_A, &arguments).await;
	assert_eq!(record_id(&answer), first);

	// Once all is done, the same file is told as known, and added again only if that is meant.
	let known = people.cli.fails(DOCTOR_A, &arguments, 1).await;
	assert!(known.err.contains(&first), "{}", known.err);
	assert!(known.err.contains("--again"), "{}", known.err);
	let again = [&arguments[..], &["--again"]].concat();
	let answer = people.cli.run(DOCTOR_A, &again).await;
	assert_ne!(record_id(&answer), first);
}

/// The pool of a node that catches up judges a transaction by an earlier block than the node's best
/// one, from which the client dates it.
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
		.run(PATIENT, &["consent", "deny", "--to", "role:researcher", "--everything"])
		.await;
	assert_eq!(handed_over.load(Ordering::SeqCst), REFUSALS.len() + 1);
}
