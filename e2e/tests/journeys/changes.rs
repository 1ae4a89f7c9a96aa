//! A gateway that keeps decisions learns from the node which of them may have changed.

use salus_client::{parse_account, Changed, Client};
use salus_e2e::{cast::*, chain, files, People};
use std::{future::Future, time::Duration};
use tokio::time::timeout;

/// Returns whose decisions may have changed since a block.
async fn since(client: &Client, block: &[u8; 32]) -> Option<Vec<Changed>> {
	let changes = client.changes_since(block).await.expect("the node answers");
	assert!(changes.time.is_some(), "the node has the best block's time at hand");
	changes.of
}

/// Does something, and returns its result and whose decisions may have changed from a block on.
/// Asks every five seconds, as a gateway does, because the node tells of its last 64 blocks only.
async fn done_with_changes<T>(
	client: &Client,
	mut block: [u8; 32],
	doing: impl Future<Output = T>,
) -> (T, Vec<Changed>) {
	let (mut doing, mut all) = (std::pin::pin!(doing), Vec::new());
	loop {
		let done = timeout(Duration::from_secs(5), &mut doing).await.ok();
		let changes = client.changes_since(&block).await.expect("the node answers");
		all.extend(changes.of.expect("the node knows these blocks"));
		block = changes.block;
		if let Some(done) = done {
			return (done, all);
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_tells_whose_decisions_may_have_changed() {
	let people = People::start().await;
	let cli = &people.cli;
	let client = Client::connect(&people.node.url()).await.expect("a node");
	let best = async || client.best_hash().await.expect("the node answers");
	let patient = Changed::Patient(parse_account(PATIENT).expect("a development account"));
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);

	let before = best().await;
	let adding = people.add(&file, "laboratory", "Blood count");
	let (record, changed) = done_with_changes(&client, before, adding).await;
	assert!(changed.contains(&patient));
	let is_it = |one: &&Changed| matches!(one, Changed::Record(id) if id.to_string() == record);
	assert!(changed.iter().any(|one| is_it(&one)), "{changed:?}");

	let before = best().await;
	cli.run(PATIENT, "consent deny --to role:researcher --everything").await;
	let changed = since(&client, &before).await.expect("the node knows these blocks");
	assert!(changed.iter().all(|one| *one == patient) && !changed.is_empty(), "{changed:?}");

	// Blocks change nothing by themselves. Of a block that the node does not know, it knows
	// nothing.
	let before = best().await;
	chain::grows_by(&people.node, 3).await;
	assert_eq!(since(&client, &before).await, Some(vec![]));
	assert_eq!(since(&client, &[7; 32]).await, None);

	// A membership concerns everybody.
	let before = best().await;
	cli.run(ADMIN_A, format!("member suspend --org {HOSPITAL_A} --role practitioner {DOCTOR_A}"))
		.await;
	assert_eq!(since(&client, &before).await, None);
}
