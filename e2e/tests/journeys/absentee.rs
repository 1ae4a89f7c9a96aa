//! A hospital that was down when the others founded the network gets its share of the key once it is back.
//!
//! The runtime waits 150 blocks for absentees. That is five minutes in which the nodes have next to nothing to do, and the
//! module's name puts this journey first, so that the others run meanwhile.

use salus_e2e::{cast::*, eventually, files, network::finalised, Network, Node};
use serde_json::{json, Value};
use std::time::Duration;

/// How long the chain waits for absentees, and the others then take to come to a key.
const FOUNDING: Duration = Duration::from_secs(900);

/// How long an epoch takes to come to its key when all are there, and its member to say what it lacks.
const PATIENCE: Duration = Duration::from_secs(180);

/// Dave's place in the committee.
const DAVE: usize = 3;

async fn epoch(node: &Node, number: u64) -> Value {
	let epoch = node.rpc("salus_epoch", json!([number])).await;
	epoch.expect("it answers")
}

async fn is_active(node: &Node, number: u64, deadline: Duration) -> Value {
	eventually("the epoch has a key", deadline, || async {
		let active = node.rpc("salus_activeEpoch", json!([])).await.ok()?;
		(active.as_u64() == Some(number)).then_some(())
	})
	.await;
	epoch(node, number).await
}

/// The hospitals that released the key of a record that was opened, by their place in the committee.
fn released_by(opened: &Value) -> Vec<u64> {
	let shares = opened["release"]["shares"].as_array().expect("a list");
	let mut members: Vec<_> =
		shares.iter().map(|share| share["member"].as_u64().expect("a number")).collect();
	members.sort_unstable();
	members
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_was_down_at_the_founding_gets_its_share_once_it_is_back() {
	let mut network = Network::found_without_dave().await;
	let people = &network.people;

	// The chain waits for Dave; then three of the four seats come to a key that takes three of four.
	let first = is_active(&people.node, 1, FOUNDING).await;
	assert_eq!(first["threshold"], 3, "{first}");
	let members = first["members"].as_array().expect("a list");
	assert_eq!(members.len(), 4, "{first}");
	assert_eq!(members[DAVE]["excluded"], "no-key", "{first}");
	let file = files::fhir_bundle(people.folder(), "before.json", 7.2);
	let before = people.add(&file, "laboratory", "Before").await;
	let opened = people.opens(DOCTOR_A, &before, "TREAT", &file).await;
	assert_eq!(released_by(&opened), [1, 2, 3], "{opened}");
	let validators = people.node.rpc("salus_validators", json!([])).await;
	let accounts = |set: &Value| -> Vec<Value> {
		let set = set["validators"].as_array().expect("a list");
		set.iter().map(|one| one["account"].clone()).collect()
	};
	let founders = accounts(&validators.expect("it answers"));

	// Dave is back, and asks for an epoch of the same members, in which he has a share.
	network.bring("--dave").await;
	let people = &network.people;
	let second = is_active(&people.node, 2, PATIENCE).await;
	assert_eq!(second["threshold"], 3, "{second}");
	let members = second["members"].as_array().expect("a list");
	for (member, founder) in members.iter().zip(first["members"].as_array().expect("a list")) {
		assert_eq!(member["id"], founder["id"], "{second}");
		assert_eq!(member["excluded"], Value::Null, "{second}");
	}
	let validators = people.node.rpc("salus_validators", json!([])).await;
	assert_eq!(accounts(&validators.expect("it answers")), founders);
	assert_eq!(epoch(&people.node, 1).await["phase"], "superseded");
	network.others[2].wait_for_log("epoch 2: this node holds the share of member 4", PATIENCE);

	// Now another one can be down: what is sealed from now on opens with Dave's share, and so does what the patient seals
	// anew. What is sealed to the first key would wait, since Dave has no share of it.
	let later = files::fhir_bundle(people.folder(), "after.json", 6.1);
	let after = people.add(&later, "laboratory", "After").await;
	let reseal = ["record", "reseal", "--all"];
	people.cli.run(PATIENT, &reseal).await;
	network.kill(1);
	let people = &network.people;
	let stuck = finalised(&people.node).await;
	eventually("three of four finalise", PATIENCE, || async {
		(finalised(&people.node).await > stuck + 2).then_some(())
	})
	.await;
	for (record, file) in [(&after, &later), (&before, &file)] {
		let opened = people.opens(DOCTOR_A, record, "TREAT", file).await;
		assert_eq!(released_by(&opened), [1, 3, 4], "{opened}");
	}
}
