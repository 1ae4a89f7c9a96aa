//! A record that was registered and confirmed on a fork that lost still ends stored and readable.

use salus_e2e::{
	cast::*,
	chain::{becomes_stored, best, finalises_beyond, hash},
	eventually, files,
	network::{connect, validator, Genesis},
	Node, People, PATIENCE,
};
use serde_json::{json, Value};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_lost_fork_is_stored_on_the_one_that_won() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let chain = Genesis { validators: 2, runtime: None }.write(folder.path());
	let base = folder.path().join("bob");
	std::fs::create_dir(&base).expect("a fresh folder");
	let mut bob = Node::start(&base, validator(&chain, "--bob"));
	let alice = folder.path().join("alice");
	std::fs::create_dir(&alice).expect("a fresh folder");
	let alice = Node::start(&alice, validator(&chain, "--alice"));

	// The nodes are connected while the hospitals are set up, because keys are read from final
	// blocks. When the nodes agree, they are separated.
	connect(&alice, &bob).await;
	let people = People::on(alice).await;
	let alice = &people.node;
	eventually("Bob has Alice's newest block", || async {
		let newest = best(alice).await;
		(hash(&bob, newest).await == hash(alice, newest).await).then_some(())
	})
	.await;
	// Blocks are final now, so the committee makes its key. Clients seal to it once that is final.
	people.has_a_key().await;
	finalises_beyond(alice, best(alice).await).await;
	// Bob comes back at another address, and without peers.
	bob.kill();
	let bob = Node::start(&base, validator(&chain, "--bob"));
	eventually("the nodes are apart", || async {
		let health = alice.rpc("system_health", json!([])).await.ok()?;
		(health["peers"].as_u64() == Some(0)).then_some(())
	})
	.await;

	// On Alice's fork, a record is registered and confirmed. The client keeps waiting until that is
	// final.
	let file = files::dicom(people.folder(), "scan.dcm", 2 << 20);
	let (cli, line) = (people.cli.clone(), people.add_and_wait_line(&file, "imaging", "Scan"));
	let adding = tokio::spawn(async move {
		let added = cli.try_run(DOCTOR_A, line).await;
		println!("the command ends with {added:?}");
		added
	});
	let patient = people.account(PATIENT).await;
	let (record, block) = eventually("the record is stored on Alice's fork", || async {
		let page = alice.rpc("salus_recordsOf", json!([patient, 0, 1])).await.ok()?;
		let details = page["items"].get(0)?;
		let info = &details["versions"][0]["info"];
		(info["state"] == "stored")
			.then(|| (details["id"].as_str().map(str::to_owned), info["block"].as_u64()))
	})
	.await;
	let (record, block) = (record.expect("an id is a text"), block.expect("a block has a number"));
	let lost = hash(alice, block).await;

	// Bob's fork grows longer while Alice is paused, by more than Alice can catch up with until she
	// sees it.
	let reached = best(alice).await;
	alice.stop();
	eventually("Bob's fork is longer", || async {
		(best(&bob).await > reached + 10).then_some(())
	})
	.await;
	assert_eq!(bob.ask("salus_record", json!([record])).await, Value::Null);
	alice.signal("CONT");
	connect(alice, &bob).await;
	eventually("Alice takes Bob's fork", || async {
		(hash(alice, block).await != lost).then_some(())
	})
	.await;

	// On both nodes the record is registered and confirmed again.
	for node in [alice, &bob] {
		becomes_stored(node, &record).await;
	}
	// The client that waited ends as well, because the chain is final again.
	let ended = tokio::time::timeout(PATIENCE, adding).await;
	assert!(ended.is_ok(), "the client still waits");
	people.assert_opens_by_default(PATIENT, &record, &file).await;
}
