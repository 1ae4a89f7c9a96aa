//! A fifth hospital joins by vote and leaves again; the keys of records follow.

use codec::Encode;
use salus_e2e::{
	binary,
	cast::*,
	eventually, files,
	network::{best, finalised, Network},
	Node, People,
};
use salus_primitives::OrganisationKind;
use salus_runtime::{AccountId, RuntimeCall};
use serde_json::{json, Value};
use sp_core::Pair;
use std::{path::Path, process::Command, time::Duration};

/// Exit code of a command that the chain refuses.
const CHAIN: i32 = 6;

/// How many blocks come after those for which the votes of an open round can have been.
const OPEN_ROUND: u64 = 10;

/// Says in one motion whose the validators of the genesis are. Two hospitals are registered with
/// it, as 4 and 5.
async fn assign_all(people: &People) {
	let account = |uri: &str| -> AccountId {
		sp_core::sr25519::Pair::from_string(uri, None).expect("a well-formed URI").public().into()
	};
	let register = |admin: &str| -> RuntimeCall {
		pallet_roles::Call::register_organisation {
			kind: OrganisationKind::Hospital,
			admins: vec![account(admin)].try_into().expect("one fits"),
			profile: [0; 32],
		}
		.into()
	};
	let assign = |validator: &str, organisation: u32| -> RuntimeCall {
		pallet_validators::Call::assign { validator: account(validator), organisation }.into()
	};
	let calls = vec![
		register("//Charlie"),
		register("//Dave"),
		assign("//Alice", 1),
		assign("//Bob", 2),
		assign("//Charlie", 4),
		assign("//Dave", 5),
	];
	// `Utility.batch_all`.
	let call = format!("0x0702{}", hex::encode(calls.encode()));
	people.decide(&["council", "propose", &call]).await;
}

/// Makes session keys in a node's folder, and writes their public part.
fn make_keys(node: &Node, validator: &str, part: &Path) {
	let output = Command::new(binary("salus-node"))
		.args(["consortium", "keys", "--id", "dev", "--base-path"])
		.arg(node.base())
		.args(["--validator", validator, "--seat", validator, "--out"])
		.arg(part)
		.output()
		.expect("the node's binary can be started");
	let said = String::from_utf8_lossy(&output.stderr);
	assert!(output.status.success(), "{said}");
}

async fn validators(node: &Node) -> Vec<Value> {
	let set = node.rpc("salus_validators", json!([])).await.expect("it answers");
	set["validators"].as_array().expect("a list").clone()
}

async fn active_epoch(node: &Node, epoch: u64) {
	eventually("the new committee has a key", Duration::from_secs(240), || async {
		let active = node.rpc("salus_activeEpoch", json!([])).await.ok()?;
		(active.as_u64() >= Some(epoch)).then_some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_hospital_joins_by_vote_and_leaves_again() {
	let mut network = Network::start().await;
	let people = &network.people;
	let (patient, doctor) = (PATIENT, DOCTOR_A);
	let file = files::fhir_bundle(people.folder(), "before.json", 7.2);
	let before = people.add(&file, "laboratory", "Before").await;

	// The fifth hospital's node follows the chain; it is no validator.
	let eve = network.join_as("--eve").await;
	let people = &network.people;
	let eve_cli = people.cli.at(&eve.url());
	let account = people.cli.run("//Eve", &["keys", "show"]).await["account"]
		.as_str()
		.expect("an address")
		.to_owned();
	people.decide(&["org", "register", "--kind", "hospital", "--admin", &account]).await;
	let add = ["validator", "add", &account, "--org", "3", "--seat", &account];

	// Nobody is added while the chain cannot tell whose the others are.
	let refusal = people.try_decide(&add).await;
	assert!(refusal.err.contains("Unassigned"), "{refusal:?}");
	assign_all(people).await;
	// Nobody is added who has no session keys: the last vote tells why.
	let refusal = people.try_decide(&add).await;
	assert_eq!(refusal.code, CHAIN, "{refusal:?}");
	assert!(refusal.err.contains("NoSessionKeys"), "{refusal:?}");
	// Its operator makes them on the node's machine, while it runs, and registers their public part.
	let part = people.folder().join("eve.json");
	make_keys(&eve, &account, &part);
	let part = part.to_str().expect("UTF-8");
	let others = people.cli.fails("//Ferdie", &["validator", "keys", part], 1).await;
	assert!(others.err.contains("made for"), "{others:?}");
	eve_cli.run("//Eve", &["validator", "keys", part]).await;
	// One hospital alone does not decide, nor do two of four.
	let proposed = people.cli.run("//Alice", &add).await;
	let motion = proposed["decision"]["proposed"]["proposal"]
		.as_str()
		.expect("it needs more votes")
		.to_owned();
	let open = people.cli.run("//Bob", &["council", "list"]).await;
	assert_eq!(open["motions"][0]["proposal"], motion.as_str());
	let call = open["motions"][0]["call"].as_str().expect("a text");
	assert!(call.starts_with("Validators.add validator: "), "{call}");
	let second = people.cli.run("//Bob", &["council", "vote", &motion]).await;
	assert!(second["decision"]["proposed"].is_object(), "{second}");
	assert_eq!(validators(&people.node).await.len(), 4);
	let third = people.cli.run("//Charlie", &["council", "vote", &motion]).await;
	assert_eq!(third["decision"], "executed", "{third}");

	// It makes blocks, which all finalise, and the five come to a key of their own.
	eventually("Eve makes blocks", Duration::from_secs(120), || async {
		let set = validators(&people.node).await;
		let fifth = set.get(4)?;
		(fifth["active"] == true && fifth["last_block"].is_u64()).then_some(())
	})
	.await;
	let joined = finalised(&people.node).await;
	eventually("blocks are finalised", Duration::from_secs(60), || async {
		(finalised(&eve).await > joined + 3).then_some(())
	})
	.await;
	active_epoch(&people.node, 2).await;

	// What was sealed before is opened as before.
	people.opens(doctor, &before, "TREAT", &file).await;
	let later = files::fhir_bundle(people.folder(), "after.json", 6.1);
	let after = people.add(&later, "laboratory", "After").await;
	people.opens(doctor, &after, "TREAT", &later).await;
	let epoch_of = |record: String| async move {
		let sealed =
			people.node.rpc("salus_sealedKey", json!([record, 1])).await.expect("it answers");
		sealed["epoch"].as_u64().expect("it is guarded")
	};
	assert_eq!(epoch_of(before.clone()).await, 1);
	assert_eq!(epoch_of(after.clone()).await, 2);
	// The patient moves the older one to the new committee.
	people.cli.run(patient, &["record", "reseal", "--all"]).await;
	assert_eq!(epoch_of(before.clone()).await, 2);
	people.opens(doctor, &before, "TREAT", &file).await;

	// It leaves again. Four is the least.
	people.decide(&["validator", "remove", &account]).await;
	active_epoch(&people.node, 3).await;
	assert_eq!(validators(&people.node).await.len(), 4);
	let dave =
		validators(&people.node).await[3]["account"].as_str().expect("an address").to_owned();
	let refusal = people.try_decide(&["validator", "remove", &dave]).await;
	assert!(refusal.err.contains("at least 4 must stay"), "{refusal:?}");
	// What was sealed to the five is still opened: the four that stay are enough.
	people.opens(doctor, &after, "TREAT", &later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_set_of_keys_on_two_machines_is_proven_and_removed() {
	let mut network = Network::start().await;
	let people = &network.people;
	people.decide(&["validator", "minimum", "3"]).await;
	let dave = validators(&people.node).await[3].clone();

	// With two hospitals away no round of votes comes to an end. Dave's node has voted in the one that is open, and blocks
	// come after the one that it voted for.
	network.kill(1);
	network.kill(2);
	let people = &network.people;
	let open = best(&people.node).await + OPEN_ROUND;
	eventually("blocks are made", Duration::from_secs(120), || async {
		(best(&people.node).await >= open).then_some(())
	})
	.await;

	// As after a backup was restored while the old machine still ran: the second one comes to the same round, and votes for
	// what is the newest by now.
	let twin = network.twin("--dave").await;
	eventually("the council's set is without it", Duration::from_secs(120), || async {
		(validators(&people.node).await.len() == 3).then_some(())
	})
	.await;
	let left = validators(&people.node).await;
	assert!(left.iter().all(|one| one["account"] != dave["account"]));
	drop(twin);

	// The others go on without it, and its seat is gone too.
	network.revive(1);
	network.revive(2);
	network.join_all().await;
	let people = &network.people;
	let before = finalised(&people.node).await;
	eventually("blocks are final", Duration::from_secs(60), || async {
		(finalised(&people.node).await > before + 4).then_some(())
	})
	.await;
	let refusal = people.cli.try_run("//Dave", &["validator", "minimum", "2"]).await;
	assert!(refusal.err.contains("seat"), "{refusal:?}");
}
