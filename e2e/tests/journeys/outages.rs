//! What a network of four hospitals bears: one that is down, two that are, two on each side of a cut, a clock that is ahead,
//! a full disk.

use salus_e2e::{
	cast::*,
	eventually, files,
	network::{best, finalised},
	people::record_id,
	Network, Node, SmallDisks,
};
use serde_json::{json, Value};
use std::{collections::BTreeSet, path::Path, process::ExitStatus, time::Duration};

/// How long each change may take: some blocks, finality, and a turn of each node.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long the cut lasts, in blocks of each side. Each has half of the slots, so it is a minute.
const CUT: u64 = 15;

/// The most blocks by which finality may go on after the votes for it were cast.
const LAST_VOTES: u64 = 3;

async fn hash(node: &Node, block: u64) -> Value {
	let hash = node.rpc("chain_getBlockHash", json!([block])).await;
	hash.expect("it answers")
}

async fn grows_by(node: &Node, blocks: u64) {
	let before = best(node).await;
	eventually("blocks are made", PATIENCE, || async {
		(best(node).await >= before + blocks).then_some(())
	})
	.await;
}

async fn finalises_beyond(node: &Node, block: u64) {
	eventually("blocks are final", PATIENCE, || async {
		(finalised(node).await > block).then_some(())
	})
	.await;
}

/// The storage nodes that hold a record, as a list: one that is there twice was confirmed twice.
async fn holders(node: &Node, record: &str) -> Vec<String> {
	let details = node.rpc("salus_record", json!([record])).await;
	details.expect("it answers")["versions"][0]["replicas"]
		.as_array()
		.into_iter()
		.flatten()
		.map(|replica| replica["node"].as_str().expect("an account").to_owned())
		.collect()
}

async fn held_by_three(node: &Node, record: &str) {
	eventually("three hold the record", PATIENCE, || async {
		(holders(node, record).await.len() == 3).then_some(())
	})
	.await;
	let holders = holders(node, record).await;
	let distinct: BTreeSet<_> = holders.iter().collect();
	assert_eq!(distinct.len(), 3, "{holders:?}");
}

/// The last block that a validator made, as a node sees it.
async fn last_block(node: &Node, validator: usize) -> Option<u64> {
	let set = node.rpc("salus_validators", json!([])).await;
	set.expect("it answers")["validators"][validator]["last_block"].as_u64()
}

/// Adds a record without waiting for the end of it.
fn adding(network: &Network, who: &str, at: &Node, file: &Path) -> tokio::process::Child {
	let people = &network.people;
	let arguments = people.add_arguments(file, "imaging", "Scan");
	let command = people.cli.at(&at.url()).command(who, &arguments).spawn();
	command.expect("salus can be started")
}

/// Waits for the command, and gives the record.
async fn added(child: tokio::process::Child) -> String {
	let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
	let output = output.expect("it ends in time").expect("it can be waited for");
	let (out, error) =
		(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(ExitStatus::success(&output.status), "{out}\n{error}");
	record_id(&serde_json::from_str(&out).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_on_each_side_of_a_cut_come_to_one_chain_and_nothing_is_lost() {
	let mut network = Network::start().await;
	network.all_store().await;
	let people = &network.people;
	// Each side has an author of its own: one account's transactions are in one order.
	let (here, there) = (DOCTOR_A, "//DoctorC");
	let admit = ["member", "admit", "--org", HOSPITAL_A, there, "--role", "practitioner"];
	people.cli.run(ADMIN_A, &admit).await;
	people.cli.run(there, &["keys", "publish"]).await;
	let [first, second, third] = ["first.dcm", "second.dcm", "third.dcm"]
		.map(|name| files::dicom(people.folder(), name, 2 << 20));

	// One of four is down: finality goes on, and so does the work.
	network.others[2].kill();
	let people = &network.people;
	let before = finalised(&people.node).await;
	finalises_beyond(&people.node, before + LAST_VOTES).await;
	let record = people.add(&first, "imaging", "Scan").await;

	// Two of four: blocks come, and none is final.
	network.others[1].kill();
	let people = &network.people;
	let stuck = finalised(&people.node).await;
	grows_by(&people.node, 8).await;
	let at_most = stuck + LAST_VOTES;
	assert!(finalised(&people.node).await <= at_most, "two of four finalised");

	// A patient shares and takes back meanwhile. That may have to wait for nobody.
	let share = ["consent", "grant", "--to", there, "--everything"];
	let grant = people.cli.run(PATIENT, &share).await["grant"].to_string();
	let taken_back = people.cli.run(PATIENT, &["consent", "revoke", &grant]).await;
	let block = taken_back["included"]["block"].as_u64();
	assert!(block > Some(stuck), "{taken_back}");
	assert!(finalised(&people.node).await <= at_most, "two of four finalised");

	// The two come back on the other side of a cut. A record is added on each side.
	network.restart_apart([1, 2]).await;
	let people = &network.people;
	let other_side = &network.others[1];
	let split = best(&people.node).await.min(best(other_side).await);
	let second_record = adding(&network, here, &people.node, &second);
	let third_record = adding(&network, there, other_side, &third);
	tokio::join!(grows_by(&people.node, CUT), grows_by(other_side, CUT));
	for node in network.nodes() {
		assert!(finalised(node).await <= at_most, "one side finalised alone");
	}
	let (one, other) = (hash(&people.node, split + 10).await, hash(other_side, split + 10).await);
	assert!(one != other && one != Value::Null, "there was no cut");

	// It heals: one chain, on which both records are, each copied once to each of three.
	network.join_all().await;
	for node in network.nodes() {
		finalises_beyond(node, split + CUT).await;
	}
	let hashes: BTreeSet<String> = {
		let mut hashes = BTreeSet::new();
		for node in network.nodes() {
			hashes.insert(hash(node, split + CUT).await.to_string());
		}
		hashes
	};
	assert_eq!(hashes.len(), 1, "more than one chain is final");
	let people = &network.people;
	for (record, file) in [
		(record, &first),
		(added(second_record).await, &second),
		(added(third_record).await, &third),
	] {
		held_by_three(&people.node, &record).await;
		people.opens(PATIENT, &record, "PATRQT", file).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_and_a_full_disk_stop_nobody_else() {
	let mut network = Network::start().await;
	network.all_store().await;

	// Dave's clock is a second ahead: his blocks are taken. Some seconds: they are refused, and the others go on without him,
	// until it is right again.
	for (ahead, takes_part) in [(1, true), (5, false), (0, true)] {
		network.restart_with(2, |options| options.ahead = Duration::from_secs(ahead)).await;
		let people = &network.people;
		let since = best(&people.node).await;
		if takes_part {
			eventually("Dave makes blocks", PATIENCE, || async {
				(last_block(&people.node, 3).await > Some(since)).then_some(())
			})
			.await;
		} else {
			// Each of four has its turn in so many.
			grows_by(&people.node, 8).await;
			assert!(last_block(&people.node, 3).await <= Some(since), "{ahead} s ahead");
		}
		let before = finalised(&people.node).await;
		finalises_beyond(&people.node, before + LAST_VOTES).await;
	}

	// Charlie has no room for records. That is his alone: others add and open, and he takes his share once he has.
	network
		.restart_with(1, |options| {
			options.small_disks = Some(SmallDisks { blocks: 8, staging: 8 });
		})
		.await;
	let people = &network.people;
	let file = files::dicom(people.folder(), "scan.dcm", 20 << 20);
	let record = people.add(&file, "imaging", "Scan").await;
	people.opens(DOCTOR_A, &record, "TREAT", &file).await;
	let before = finalised(&people.node).await;
	finalises_beyond(&people.node, before + LAST_VOTES).await;
	for disk in ["blocks", "staging"] {
		network.others[1].grow_disk(disk, 64);
	}
	held_by_three(&people.node, &record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_by_warp_sync_gets_the_state_and_copies_of_records() {
	let mut network = Network::start().await;
	let people = &network.people;
	let file = files::dicom(people.folder(), "scan.dcm", 2 << 20);
	let record = people.add(&file, "imaging", "Scan").await;
	assert_eq!(holders(&people.node, &record).await.len(), 1);

	let late = network
		.join_with("--eve", |options| {
			options.extra.extend(["--sync", "warp"].map(str::to_owned));
		})
		.await;
	late.wait_for_log("Warp sync is complete", PATIENCE);
	let people = &network.people;
	finalises_beyond(&late, finalised(&people.node).await).await;
	// It has the state without having executed a block of the past.
	let [there, here] = [&late, &people.node].map(|node| node.rpc("salus_record", json!([record])));
	assert_eq!(there.await, here.await);

	// As a storage node it takes the second copy, and goes on with the chain.
	people.admit_storage_at(&late, ADMIN_B, HOSPITAL_B).await;
	eventually("it holds a copy", PATIENCE, || async {
		(holders(&late, &record).await.len() == 2).then_some(())
	})
	.await;
	let copy = people.folder().join("copy.dcm");
	let out = copy.to_str().expect("UTF-8");
	let get = ["record", "get", &record, "--purpose", "TREAT", "--out", out];
	let clinician = people.cli.at(&late.url());
	clinician.run(DOCTOR_A, &get).await;
	assert!(files::same(&file, &copy));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_at_random_nothing_acknowledged_is_lost() {
	let soak = salus_e2e::soak::Soak { seed: 7, duration: Duration::from_secs(60) };
	let outcome = soak.run().await;
	println!("{outcome}");
	let was_at_work = outcome.kills >= 2 && outcome.records >= 1 && outcome.entries >= 2;
	assert!(was_at_work, "{outcome}");
}
