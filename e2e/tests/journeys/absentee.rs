//! A hospital that was down at the founding gets its share of the key once it is back.
//!
//! The runtime waits 150 blocks for absentees. The nodes are nearly idle for these five minutes,
//! and the module's name puts this journey first, so that the others run beside it.

use salus_e2e::{
	cast::*,
	chain::{self, keeps_finalising},
	eventually_within, files, Network, Node,
};
use serde_json::{json, Value};
use std::time::Duration;

/// Deadline for the chain to wait for absentees, and for the others then to make a key.
const FOUNDING: Duration = Duration::from_secs(900);

/// Dave's place in the committee.
const DAVE: usize = 3;

async fn epoch(node: &Node, number: u64) -> Value {
	node.ask("salus_epoch", json!([number])).await
}

/// Waits until the first epoch has its key.
async fn is_founded(node: &Node) {
	eventually_within(FOUNDING, "the first epoch has a key", || async {
		let active = node.rpc("salus_activeEpoch", json!([])).await.ok()?;
		(active.as_u64() == Some(1)).then_some(())
	})
	.await;
}

/// Returns the hospitals that released the key of an opened record, by their place in the
/// committee.
fn released_by(opened: &Value) -> Vec<u64> {
	let shares = opened["release"]["shares"].as_array().expect("a list");
	let mut members: Vec<_> =
		shares.iter().map(|share| share["member"].as_u64().expect("a number")).collect();
	members.sort_unstable();
	members
}

async fn validators(node: &Node) -> Vec<Value> {
	let set = node.ask("salus_validators", json!([])).await;
	let set = set["validators"].as_array().expect("a list");
	set.iter().map(|one| one["account"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_absent_at_the_founding_gets_its_share_later() {
	let mut network = Network::found_without_dave().await;
	let people = &network.people;

	// The chain waits for Dave. Then three of the four seats make a key that needs three of four.
	is_founded(&people.node).await;
	let first = epoch(&people.node, 1).await;
	assert_eq!(first["threshold"], 3, "{first}");
	let members = first["members"].as_array().expect("a list");
	assert_eq!(members.len(), 4, "{first}");
	assert_eq!(members[DAVE]["excluded"], "no-key", "{first}");
	let file = files::fhir_bundle(people.folder(), "before.json", 7.2);
	let before = people.add(&file, "laboratory", "Before").await;
	let opened = people.assert_opens(DOCTOR_A, &before, "TREAT", &file).await;
	assert_eq!(released_by(&opened), [1, 2, 3], "{opened}");
	let founders = validators(&people.node).await;

	// Dave comes back, and asks for an epoch of the same members in which he has a share.
	network.bring("--dave").await;
	let people = &network.people;
	chain::has_key_of(&people.node, 2).await;
	let second = epoch(&people.node, 2).await;
	assert_eq!(second["threshold"], 3, "{second}");
	let members = second["members"].as_array().expect("a list");
	for (member, founder) in members.iter().zip(first["members"].as_array().expect("a list")) {
		assert_eq!(member["id"], founder["id"], "{second}");
		assert_eq!(member["excluded"], Value::Null, "{second}");
	}
	assert_eq!(validators(&people.node).await, founders);
	assert_eq!(epoch(&people.node, 1).await["phase"], "superseded");
	network.others[2].wait_for_log("epoch 2: this node holds the share of member 4");

	// The other three have handed the key on. So another hospital can be down now: records sealed
	// from now on open with Dave's share, and so do those sealed before.
	let key = people.node.ask("salus_epochKey", json!([1])).await;
	assert_eq!((&key["origin"], &key["holder"]), (&json!(1), &json!(2)), "{key}");
	let later = files::fhir_bundle(people.folder(), "after.json", 6.1);
	let after = people.add(&later, "laboratory", "After").await;
	network.kill(1);
	let people = &network.people;
	keeps_finalising(&people.node).await;
	for (record, file) in [(&after, &later), (&before, &file)] {
		let opened = people.assert_opens(DOCTOR_A, record, "TREAT", file).await;
		assert_eq!(released_by(&opened), [1, 3, 4], "{opened}");
	}
}
