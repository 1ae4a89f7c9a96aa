//! Replicas of a record: made, kept when a node is away for good or for a while and when a disk
//! rots or is lost, and removed everywhere when the record is erased.

use salus_e2e::{
	cast::*,
	chain::{has_block, holders, root},
	eventually, files,
	kubo::{self, Kubo},
	network::connect,
	people::storage_account,
	quoted, Network, Node,
};
use serde_json::json;
use std::{collections::BTreeSet, path::PathBuf};

/// Waits until these nodes and no others hold a record.
async fn held_by(node: &Node, record: &str, expected: &BTreeSet<String>) {
	eventually("these nodes hold the record", || async {
		let holders: BTreeSet<String> = holders(node, record).await.into_iter().collect();
		(holders == *expected).then_some(())
	})
	.await;
}

/// Waits until this number of nodes holds a record, and returns their accounts.
async fn held_by_number(node: &Node, record: &str, count: usize) -> BTreeSet<String> {
	eventually("this number of nodes holds the record", || async {
		let holders: BTreeSet<String> = holders(node, record).await.into_iter().collect();
		(holders.len() == count).then_some(holders)
	})
	.await
}

/// Waits until the chain counts this number of storage nodes as present.
async fn present(node: &Node, count: usize) {
	eventually("the storage nodes are present", || async {
		let status = node.rpc("salus_replication", json!([])).await.ok()?;
		let present =
			status["nodes"].as_array()?.iter().filter(|node| node["present"] == true).count();
		(present == count).then_some(())
	})
	.await;
}

/// Returns the files of a node's block store.
fn block_files(node: &Node) -> Vec<PathBuf> {
	let shards = std::fs::read_dir(node.salus_folder().join("blocks/blocks")).expect("a folder");
	shards
		.flat_map(|shard| std::fs::read_dir(shard.expect("a folder").path()).expect("a folder"))
		.map(|file| file.expect("a file").path())
		.collect()
}

/// Returns the number of replicas that are yet to be removed.
async fn removals(node: &Node) -> u64 {
	let status = node.ask("salus_storageStatus", json!([])).await;
	status["removals"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_replicated_and_the_replicas_are_kept() {
	let mut network = Network::start_with(&["--audit-interval", "4"]).await;
	network.all_store().await;
	present(&network.people.node, 4).await;
	let people = &network.people;
	// Three of four seats shorten the absence limit, which was an hour.
	people.decide("storage absence-limit 40").await;
	let file = files::dicom(people.folder(), "scan.dcm", 5 << 20);
	let record = people.add(&file, "imaging", "Scan").await;

	// Three of the four nodes hold it, and one of these is the node at which it was added.
	let holders = held_by_number(&people.node, &record, 3).await;
	let mut accounts = vec![storage_account(&people.node).await];
	for node in &network.others {
		accounts.push(storage_account(node).await);
	}
	assert!(holders.contains(&accounts[0]));
	let listed = people.cli.run("//Alice", "storage nodes").await;
	assert_eq!(listed["target"], 3, "{listed}");
	assert_eq!(listed["absence_limit"], 40, "{listed}");
	assert_eq!(listed["nodes"].as_array().map(Vec::len), Some(4));
	eventually("no version is under-replicated", || async {
		let lacking = people.cli.run("//Alice", "storage under-replicated").await;
		(lacking["versions"] == json!([])).then_some(())
	})
	.await;
	let spare = (1..4).find(|index| !holders.contains(&accounts[*index])).expect("one is spare");
	let root = root(&people.node, &record).await;
	assert!(!has_block(&network.others[spare - 1], &root).await);
	// A clinician can use another hospital's node, whether or not it holds a replica.
	let copy = (1..4).find(|index| *index != spare).expect("there are two");
	for index in [copy, spare] {
		let elsewhere = people.cli.at(&network.others[index - 1].url());
		let out = people.path(&format!("elsewhere-{index}"));
		let get = format!("record get {record} --purpose TREAT --out {}", quoted(&out));
		elsewhere.run(DOCTOR_A, get).await;
		assert!(files::same(&file, &out), "it came back altered");
	}
	assert!(!has_block(&network.others[spare - 1], &root).await);

	a_rotten_block_is_fetched_again(&network.others[copy - 1]);

	// A disk is lost. The node fetches everything again.
	let node = &mut network.others[copy - 1];
	node.kill();
	std::fs::remove_dir_all(node.salus_folder().join("blocks")).expect("the folder is there");
	network.restart(copy - 1).await;
	let node = &network.others[copy - 1];
	node.wait_for_log("is whole again");
	assert!(has_block(node, &root).await);

	// A node stays away beyond the absence limit. The fourth node takes its place.
	network.others[copy - 1].kill();
	let mut expected = holders.clone();
	expected.remove(&accounts[copy]);
	expected.insert(accounts[spare].clone());
	held_by(&network.people.node, &record, &expected).await;
	assert!(has_block(&network.others[spare - 1], &root).await);
	assert_eq!(removals(&network.people.node).await, 1);
	// The node comes back, and keeps its replica, although others claim to hold the record in its
	// place. Its replica may be the only intact one.
	network.restart(copy - 1).await;
	let back = &network.others[copy - 1];
	expected.insert(accounts[copy].clone());
	held_by(back, &record, &expected).await;
	assert!(has_block(back, &root).await);
	assert_eq!(removals(back).await, 0);

	an_erased_record_is_kept_nowhere(&network, &record, &root).await;
}

/// A bit flips on a disk. The node fetches the block again.
fn a_rotten_block_is_fetched_again(rotten: &Node) {
	let block = block_files(rotten)
		.into_iter()
		.max_by_key(|file| std::fs::metadata(file).expect("a file").len())
		.expect("it holds blocks");
	let whole = std::fs::read(&block).expect("a file");
	let mut bytes = whole.clone();
	bytes[1000] ^= 1;
	let seen = rotten.log_length();
	std::fs::write(&block, &bytes).expect("the folder is writable");
	rotten.wait_for_log_after(seen, "is whole again");
	assert_eq!(std::fs::read(&block).expect("a file"), whole);
}

/// The patient erases the record, and no node keeps it.
async fn an_erased_record_is_kept_nowhere(network: &Network, record: &str, root: &str) {
	let people = &network.people;
	people.cli.run(PATIENT, format!("record erase {record} --yes")).await;
	eventually("every replica is removed", || async {
		for node in network.nodes() {
			if removals(node).await > 0 || has_block(node, root).await {
				return None;
			}
		}
		Some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_with_kubo_and_with_their_own_store_copy_both_ways() {
	let Some(binary) = kubo::binary() else { return };
	let folder = tempfile::tempdir().expect("a temporary folder");
	let daemon = Kubo::start(&binary, folder.path());
	let mut network = Network::start_alone(&["--audit-interval", "4"]).await;
	// The keeper is a storage node, but not a validator.
	let mut keeper = network
		.join_with("--bob", |options| {
			options.ipfs = Some(daemon.api().to_owned());
		})
		.await;
	let people = &network.people;
	people.admit_storage_at(&keeper, ADMIN_B, HOSPITAL_B).await;
	present(&people.node, 2).await;
	// While it is away for a moment, the record is under-replicated, and everyone can see that.
	keeper.kill();
	let file = files::dicom(people.folder(), "scan.dcm", 5 << 20);
	let record = people.add(&file, "imaging", "Scan").await;
	let lacking = eventually("a final block says so", || async {
		let lacking = people.cli.run("//Alice", "storage under-replicated").await;
		lacking["versions"][0].is_object().then_some(lacking)
	})
	.await;
	assert_eq!(lacking["target"], 2, "{lacking}");
	assert_eq!(lacking["versions"][0]["record"], record.as_str());
	assert_eq!(holders(&people.node, &record).await.len(), 1);
	keeper = Node::start(keeper.base(), keeper.options().clone());
	connect(&people.node, &keeper).await;
	held_by_number(&people.node, &record, 2).await;
	let root = root(&people.node, &record).await;
	let kubo = salus_ipfs::kubo::Kubo::new(daemon.api(), Default::default()).expect("a client");
	let cid = salus_ipfs::Cid::parse(&root).expect("a CID");
	assert!(kubo.pin_kind(&cid).await.expect("Kubo answers").is_some());

	// The node with its own store loses it, and gets it back from the one with Kubo.
	let folder = network.people.node.salus_folder();
	network.people.node.kill();
	std::fs::remove_dir_all(folder.join("blocks")).expect("the folder is there");
	network.people.kill_and_restart();
	connect(&network.people.node, &keeper).await;
	network.people.node.wait_for_log("is whole again");
	let people = &network.people;
	people.assert_opens(DOCTOR_A, &record, "TREAT", &file).await;
}
