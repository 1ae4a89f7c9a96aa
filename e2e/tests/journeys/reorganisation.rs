//! A reorganisation: the record was registered and confirmed on a fork that lost, and still ends stored and readable.

use salus_e2e::{
	cast::*,
	eventually, files,
	network::{connect, validator, Genesis},
	Node, People,
};
use serde_json::{json, Value};
use std::time::Duration;

async fn height(node: &Node) -> u64 {
	let header = node.rpc("chain_getHeader", json!([])).await.expect("it answers");
	u64::from_str_radix(header["number"].as_str().expect("hex").trim_start_matches("0x"), 16)
		.expect("hex")
}

async fn hash_at(node: &Node, number: u64) -> Value {
	node.rpc("chain_getBlockHash", json!([number])).await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_fork_that_lost_is_registered_and_stored_on_the_one_that_won() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let chain = Genesis { validators: 2, runtime: None }.write(folder.path());
	let base = folder.path().join("bob");
	std::fs::create_dir(&base).expect("a fresh folder");
	let mut bob = Node::start(&base, validator(&chain, "--bob"));
	// Bob stands still while the hospitals are set up at Alice, so that hers is the chain that both go on with.
	bob.signal("STOP");
	let alice = folder.path().join("alice");
	std::fs::create_dir(&alice).expect("a fresh folder");
	let people = People::on(Node::start(&alice, validator(&chain, "--alice"))).await;
	let alice = &people.node;

	// Together until they agree, then apart.
	bob.signal("CONT");
	connect(alice, &bob).await;
	let agreed = height(alice).await;
	let last = hash_at(alice, agreed).await;
	eventually("Bob follows", Duration::from_secs(60), || async {
		(hash_at(&bob, agreed).await == last).then_some(())
	})
	.await;
	// Blocks are final now, so the committee comes to its key.
	people.has_a_key().await;
	// Bob comes back at another address and knows nobody.
	bob.kill();
	let bob = Node::start(&base, validator(&chain, "--bob"));
	eventually("the nodes are apart", Duration::from_secs(60), || async {
		let health = alice.rpc("system_health", json!([])).await.ok()?;
		(health["peers"].as_u64() == Some(0)).then_some(())
	})
	.await;

	// Alice's side: a record is registered and confirmed. The client goes on waiting until that is final.
	let file = files::dicom(people.folder(), "scan.dcm", 2 << 20);
	let mut adding = people
		.cli
		.command(DOCTOR_A, &people.add_arguments(&file, "imaging", "Scan"))
		.spawn()
		.expect("salus can be started");
	let patient = people.cli.run(PATIENT, &["keys", "show"]).await["account"].clone();
	let (record, block) =
		eventually("the record is stored on Alice's fork", Duration::from_secs(120), || async {
			let page = alice.rpc("salus_recordsOf", json!([patient, 0, 1])).await.ok()?;
			let details = page["items"].get(0)?;
			let info = &details["versions"][0]["info"];
			(info["state"] == "stored")
				.then(|| (details["id"].as_str().map(str::to_owned), info["block"].as_u64()))
		})
		.await;
	let (record, block) = (record.expect("an id is a text"), block.expect("a block has a number"));
	let lost = hash_at(alice, block).await;

	// Bob's side grows longer while Alice stands still.
	let reached = height(alice).await;
	alice.signal("STOP");
	eventually("Bob's fork is longer", Duration::from_secs(180), || async {
		(height(&bob).await > reached + 2).then_some(())
	})
	.await;
	assert_eq!(bob.rpc("salus_record", json!([record])).await.expect("it answers"), Value::Null);
	alice.signal("CONT");
	connect(alice, &bob).await;
	eventually("Alice takes Bob's fork", Duration::from_secs(120), || async {
		(hash_at(alice, block).await != lost).then_some(())
	})
	.await;

	// It comes back: registered, confirmed, readable, on both.
	for node in [alice, &bob] {
		eventually(
			"the record is stored on the fork that won",
			Duration::from_secs(240),
			|| async {
				let details = node.rpc("salus_record", json!([record])).await.ok()?;
				(details["versions"][0]["info"]["state"] == "stored").then_some(())
			},
		)
		.await;
	}
	// The client that waited is answered as well, now that the chain is final again.
	let ended = tokio::time::timeout(Duration::from_secs(120), adding.wait()).await;
	assert!(ended.is_ok(), "the client still waits");
	let copy = people.folder().join("copy.dcm");
	people
		.cli
		.run(PATIENT, &["record", "get", &record, "--out", copy.to_str().expect("UTF-8")])
		.await;
	assert!(files::same(&file, &copy));
}
