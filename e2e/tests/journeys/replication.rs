//! Copies of a record: made, kept when a node is gone for good or for a while, when a disk rots or is lost, and erased
//! everywhere.

use salus_e2e::{
	cast::*,
	eventually, files,
	kubo::{self, Kubo},
	network::Network,
	people::storage_account,
	Node, People,
};
use serde_json::{json, Value};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// How long each change may take: some blocks, finality, and a turn of each node.
const PATIENCE: Duration = Duration::from_secs(180);

async fn version(node: &Node, record: &str) -> Value {
	let details = node.rpc("salus_record", json!([record])).await.expect("it answers");
	details["versions"][0].clone()
}

/// The accounts of the storage nodes that hold a record.
async fn holders(node: &Node, record: &str) -> BTreeSet<String> {
	version(node, record).await["replicas"]
		.as_array()
		.expect("a list")
		.iter()
		.map(|replica| replica["node"].as_str().expect("an account").to_owned())
		.collect()
}

/// Waits until these and no others hold a record.
async fn held_by(node: &Node, record: &str, expected: &BTreeSet<String>) {
	eventually("the record is copied", PATIENCE, || async {
		(holders(node, record).await == *expected).then_some(())
	})
	.await;
}

/// Waits until so many hold a record.
async fn held_by_as_many(node: &Node, record: &str, count: usize) -> BTreeSet<String> {
	eventually("the record is copied", PATIENCE, || async {
		let holders = holders(node, record).await;
		(holders.len() == count).then_some(holders)
	})
	.await
}

/// Waits until the chain counts so many storage nodes as present.
async fn present(node: &Node, count: usize) {
	eventually("the storage nodes are there", PATIENCE, || async {
		let status = node.rpc("salus_replication", json!([])).await.ok()?;
		let present =
			status["nodes"].as_array()?.iter().filter(|node| node["present"] == true).count();
		(present == count).then_some(())
	})
	.await;
}

/// Whether a node itself has the first block of a record.
async fn has_root(node: &Node, root: &str) -> bool {
	let block = node.rpc("salus_getBlock", json!([root, true])).await;
	block.expect("it answers") != Value::Null
}

/// The files of a node's block store.
fn block_files(node: &Node) -> Vec<PathBuf> {
	let shards = std::fs::read_dir(node.salus_folder().join("blocks/blocks")).expect("a folder");
	shards
		.flat_map(|shard| std::fs::read_dir(shard.expect("a folder").path()).expect("a folder"))
		.map(|file| file.expect("a file").path())
		.collect()
}

async fn removals(node: &Node) -> u64 {
	let status = node.rpc("salus_storageStatus", json!([])).await;
	status.expect("it answers")["removals"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_copied_and_the_copies_are_kept() {
	let mut network = Network::start_with(&["--audit-interval", "4"]).await;
	network.all_store().await;
	present(&network.people.node, 4).await;
	let people = &network.people;
	// Three of four seats find an hour too long.
	people.decide(&["storage", "absence-limit", "20"]).await;
	let file = files::dicom(people.folder(), "scan.dcm", 5 << 20);
	let record = people.add(&file, "imaging", "Scan").await;

	// Three of the four hold it, one of them where it was added.
	let holders = held_by_as_many(&people.node, &record, 3).await;
	let mut accounts = vec![storage_account(&people.node).await];
	for node in &network.others {
		accounts.push(storage_account(node).await);
	}
	assert!(holders.contains(&accounts[0]));
	let listed = people.cli.run("//Alice", &["storage", "nodes"]).await;
	assert_eq!(listed["target"], 3, "{listed}");
	assert_eq!(listed["absence_limit"], 20, "{listed}");
	assert_eq!(listed["nodes"].as_array().map(Vec::len), Some(4));
	let lacking = people.cli.run("//Alice", &["storage", "lacking"]).await;
	assert_eq!(lacking["versions"], json!([]), "{lacking}");
	let spare = (1..4).find(|index| !holders.contains(&accounts[*index])).expect("one is spared");
	let root = version(&people.node, &record).await["info"]["content"]["root"]
		.as_str()
		.expect("a CID")
		.to_owned();
	assert!(!has_root(&network.others[spare - 1], &root).await);
	// The clinician may be at another hospital's node, whether it holds a copy or not.
	let copy = (1..4).find(|index| *index != spare).expect("there are two");
	for index in [copy, spare] {
		let elsewhere = people.cli.at(&network.others[index - 1].url());
		let out = people.folder().join(format!("elsewhere-{index}"));
		let out_path = out.to_str().expect("UTF-8");
		let get = ["record", "get", &record, "--purpose", "TREAT", "--out", out_path];
		elsewhere.run(DOCTOR_A, &get).await;
		assert!(files::same(&file, &out), "it came back altered");
	}
	assert!(!has_root(&network.others[spare - 1], &root).await);

	// A bit rots: the block is fetched again.
	let rotten = &network.others[copy - 1];
	let block = block_files(rotten)
		.into_iter()
		.max_by_key(|file| std::fs::metadata(file).expect("a file").len())
		.expect("it holds blocks");
	let whole = std::fs::read(&block).expect("a file");
	let mut bytes = whole.clone();
	bytes[1000] ^= 1;
	let seen = rotten.log_length();
	std::fs::write(&block, &bytes).expect("the folder is writable");
	rotten.wait_for_log_after(seen, "is whole again", PATIENCE);
	assert_eq!(std::fs::read(&block).expect("a file"), whole);

	// A disk is lost: all is fetched again.
	let node = &mut network.others[copy - 1];
	node.kill();
	std::fs::remove_dir_all(node.salus_folder().join("blocks")).expect("it is there");
	network.restart(copy - 1).await;
	let node = &network.others[copy - 1];
	node.wait_for_log("is whole again", PATIENCE);
	assert!(has_root(node, &root).await);

	// One is gone for longer than the limit: the fourth takes its place.
	network.others[copy - 1].kill();
	let mut expected = holders.clone();
	expected.remove(&accounts[copy]);
	expected.insert(accounts[spare].clone());
	held_by(&network.people.node, &record, &expected).await;
	assert!(has_root(&network.others[spare - 1], &root).await);
	assert_eq!(removals(&network.people.node).await, 1);
	// It comes back, and keeps what others say to keep in its place: for all that it knows, its copy is the only true one.
	network.restart(copy - 1).await;
	let back = &network.others[copy - 1];
	expected.insert(accounts[copy].clone());
	held_by(back, &record, &expected).await;
	assert!(has_root(back, &root).await);
	assert_eq!(removals(back).await, 0);

	// The patient erases the record: no node keeps it.
	let people = &network.people;
	people.cli.run(PATIENT, &["record", "erase", &record, "--yes"]).await;
	eventually("every copy is removed", PATIENCE, || async {
		for node in network.nodes() {
			if removals(node).await > 0 || has_root(node, &root).await {
				return None;
			}
		}
		Some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_kubo_and_one_with_its_own_store_copy_from_each_other() {
	let Some(binary) = kubo::binary() else {
		return;
	};
	let folder = tempfile::tempdir().expect("a temporary folder");
	let daemon = Kubo::start(&binary, folder.path());
	let mut network = Network::start_alone(&["--audit-interval", "4"]).await;
	// No validator: a storage node alone.
	let mut keeper = network
		.join_with("--bob", |options| {
			options.ipfs = Some(daemon.api().to_owned());
		})
		.await;
	let people: &People = &network.people;
	people.admit_storage_at(&keeper, ADMIN_B, HOSPITAL_B).await;
	present(&people.node, 2).await;
	// While it is away for a moment, a copy is lacking, and everyone can see that.
	keeper.kill();
	let file = files::dicom(people.folder(), "scan.dcm", 5 << 20);
	let record = people.add(&file, "imaging", "Scan").await;
	let lacking = people.cli.run("//Alice", &["storage", "lacking"]).await;
	assert_eq!(lacking["target"], 2, "{lacking}");
	assert_eq!(lacking["versions"][0]["record"], record.as_str());
	assert_eq!(holders(&people.node, &record).await.len(), 1);
	keeper = Node::start(keeper.base(), keeper.options().clone());
	salus_e2e::network::connect(&people.node, &keeper).await;
	held_by_as_many(&people.node, &record, 2).await;
	let root = version(&people.node, &record).await["info"]["content"]["root"]
		.as_str()
		.expect("a CID")
		.to_owned();
	let kubo = salus_ipfs::kubo::Kubo::new(daemon.api(), Default::default()).expect("a client");
	let cid = salus_ipfs::Cid::parse(&root).expect("a CID");
	assert!(kubo.pin_kind(&cid).await.expect("it answers").is_some());

	// The node with its own store loses it, and gets it back from the one with Kubo.
	let chain = network.people.node.salus_folder();
	network.people.node.kill();
	std::fs::remove_dir_all(chain.join("blocks")).expect("it is there");
	network.people.kill_and_restart();
	salus_e2e::network::connect(&network.people.node, &keeper).await;
	network.people.node.wait_for_log("is whole again", PATIENCE);
	let people = &network.people;
	people.opens(DOCTOR_A, &record, "TREAT", &file).await;
}
