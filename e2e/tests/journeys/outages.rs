//! A network of four hospitals survives one that is down, two that are, a cut between two and two,
//! a clock that is ahead, and a full disk.

use salus_e2e::{
	cast::*,
	chain::{
		best, finalised, finalises_beyond, grows_beyond, grows_by, hash, holders, keeps_finalising,
		last_votable,
	},
	eventually, files,
	people::record_id,
	quoted,
	soak::Soak,
	Network, Node, SmallDisks, PATIENCE,
};
use serde_json::{json, Value};
use std::{collections::BTreeSet, path::Path, process::ExitStatus, time::Duration};

/// Duration of the cut, in blocks of each side. Each side has half of the slots, so it is a minute.
const CUT: u64 = 15;

/// Waits until three nodes hold a record. After a cut there may be four: each side had found
/// another one for the third replica, and all of them have confirmed.
async fn held_by_three(node: &Node, record: &str) {
	eventually("three nodes hold the record", || async {
		let holders: BTreeSet<_> = holders(node, record).await.into_iter().collect();
		(holders.len() >= 3).then_some(())
	})
	.await;
}

/// Returns the number of the last block that a validator authored, as a node sees it.
async fn last_block(node: &Node, validator: usize) -> Option<u64> {
	let set = node.ask("salus_validators", json!([])).await;
	set["validators"][validator]["last_block"].as_u64()
}

/// Starts to add a record, and does not wait for the end of the command.
fn adding(network: &Network, who: &str, at: &Node, file: &Path) -> tokio::process::Child {
	let people = &network.people;
	// The block of the record is final only after the cut, which a busy machine makes longer than
	// the usual limit.
	let add = people.add_and_wait_line(file, "imaging", "Scan") + " --wait-for 15m";
	people.cli.at(&at.url()).command(who, add).spawn().expect("salus can be started")
}

/// Waits for the end of a command that adds a record, and returns the record.
async fn added(child: tokio::process::Child) -> String {
	let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
	let output = output.expect("the command ends").expect("it can be waited for");
	let (out, error) =
		(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
	assert!(ExitStatus::success(&output.status), "{out}\n{error}");
	record_id(&serde_json::from_str(&out).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cut_between_two_and_two_nothing_is_lost() {
	let mut network = Network::start().await;
	network.all_store().await;
	let people = &network.people;
	// Each side has its own author, because the transactions of one account have one order.
	let (here, there) = (DOCTOR_A, "//DoctorC");
	people.admit(ADMIN_A, HOSPITAL_A, there, "practitioner").await;
	people.cli.run(there, "keys publish").await;
	let [first, second, third] = ["first.dcm", "second.dcm", "third.dcm"]
		.map(|name| files::dicom(people.folder(), name, 2 << 20));

	// One of four is down. Finality continues, and so does the work.
	network.others[2].kill();
	let people = &network.people;
	keeps_finalising(&people.node).await;
	let record = people.add(&first, "imaging", "Scan").await;

	// Two of four are down. Blocks are made, but none becomes final.
	network.others[1].kill();
	let people = &network.people;
	let at_most = last_votable(&[&people.node, &network.others[0]]).await;
	grows_beyond(&people.node, at_most + 4).await;
	assert!(finalised(&people.node).await <= at_most, "two of four finalised");

	// Meanwhile a patient grants access and revokes it, which must not wait for anyone.
	let share = format!("consent grant --to {there} --everything");
	let granted = people.cli.run_in_a_stall(PATIENT, share).await;
	let revoke = format!("consent revoke {}", granted["grant"]);
	let taken_back = people.cli.run_in_a_stall(PATIENT, revoke).await;
	let block = taken_back["included"]["block"].as_u64();
	assert!(block > Some(at_most), "{taken_back}");
	assert!(finalised(&people.node).await <= at_most, "two of four finalised");

	// The two come back on the other side of a cut, and a record is added on each side.
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

	// After the cut there is one chain, with both records, each with three replicas.
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
		people.assert_opens(PATIENT, &record, "PATRQT", file).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_or_a_full_disk_stops_nobody_else() {
	let mut network = Network::start().await;
	network.all_store().await;

	// With his clock a second ahead, Dave's blocks are accepted. With ten minutes, which exceed the
	// time in which a busy machine makes the blocks below, they are refused, and the others
	// continue without him until it is right again.
	for (ahead, takes_part) in [(1, true), (600, false), (0, true)] {
		network.restart_with(2, |options| options.ahead = Duration::from_secs(ahead)).await;
		let people = &network.people;
		let since = best(&people.node).await;
		if takes_part {
			eventually("Dave authors blocks", || async {
				(last_block(&people.node, 3).await > Some(since)).then_some(())
			})
			.await;
		} else {
			// Each of four has two turns in that number of blocks.
			grows_by(&people.node, 8).await;
			assert!(last_block(&people.node, 3).await <= Some(since), "{ahead} s ahead");
		}
		keeps_finalising(&people.node).await;
	}

	// Charlie has no room for records. Others still add and open them, and he takes his replica
	// once he has room.
	network
		.restart_with(1, |options| {
			options.small_disks = Some(SmallDisks { blocks: 8, staging: 8 });
		})
		.await;
	let people = &network.people;
	let file = files::dicom(people.folder(), "scan.dcm", 20 << 20);
	let record = people.add(&file, "imaging", "Scan").await;
	people.assert_opens(DOCTOR_A, &record, "TREAT", &file).await;
	keeps_finalising(&people.node).await;
	for disk in ["blocks", "staging"] {
		network.others[1].grow_disk(disk, 64);
	}
	held_by_three(&people.node, &record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_latecomer_gets_state_and_records_by_warp_sync() {
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
	late.wait_for_log("Warp sync is complete");
	let people = &network.people;
	finalises_beyond(&late, finalised(&people.node).await).await;
	// The late node has the state, although it has executed no past block.
	let [there, here] = [&late, &people.node].map(|node| node.ask("salus_record", json!([record])));
	assert_eq!(there.await, here.await);

	// As a storage node, it takes the second replica, and follows the chain.
	people.admit_storage_at(&late, ADMIN_B, HOSPITAL_B).await;
	eventually("it holds a replica", || async {
		(holders(&late, &record).await.len() == 2).then_some(())
	})
	.await;
	let copy = people.path("copy.dcm");
	let get = format!("record get {record} --purpose TREAT --out {}", quoted(&copy));
	people.cli.at(&late.url()).run(DOCTOR_A, get).await;
	assert!(files::same(&file, &copy));
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_lose_nothing_that_was_acknowledged() {
	let outcome = Soak { seed: 7, duration: Duration::from_secs(60) }.run().await;
	println!("{outcome}");
	let was_busy = outcome.kills >= 2 && outcome.records >= 1 && outcome.entries >= 2;
	assert!(was_busy, "{outcome}");
}
