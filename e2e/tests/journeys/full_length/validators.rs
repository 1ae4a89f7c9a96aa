//! A fifth hospital joins by vote and leaves again; the keys of records follow.

use codec::Encode;
use salus_e2e::{
	binary,
	cast::*,
	chain::{finalised, finalises_beyond, grows_by, has_key_of, keeps_finalising},
	cli::CHAIN,
	eventually, files, quoted, Network, Node, People,
};
use salus_primitives::OrganisationKind;
use salus_runtime::{AccountId, RuntimeCall};
use serde_json::{json, Value};
use sp_core::Pair;
use std::{path::Path, process::Command};

/// Number of blocks after which all are newer than those that an open round has voted for.
const OPEN_ROUND: u64 = 10;

/// Assigns the founding validators to their hospitals in one motion, which also registers two
/// hospitals as 4 and 5.
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
	people.decide(format!("council propose {call}")).await;
}

/// Makes session keys in a node's folder, and writes their public part to a file.
fn make_keys(node: &Node, validator: &str, part: &Path) {
	let output = Command::new(binary("salus-node"))
		.args(["consortium", "keys", "--id", "dev", "--base-path"])
		.arg(node.base())
		.args(["--validator", validator, "--seat", validator, "--out"])
		.arg(part)
		.output()
		.expect("salus-node can be started");
	let said = String::from_utf8_lossy(&output.stderr);
	assert!(output.status.success(), "{said}");
}

async fn validators(node: &Node) -> Vec<Value> {
	let set = node.ask("salus_validators", json!([])).await;
	set["validators"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_hospital_joins_by_vote_and_leaves_again() {
	let mut network = Network::start().await;
	let people = &network.people;
	let file = files::fhir_bundle(people.folder(), "before.json", 7.2);
	let before = people.add(&file, "laboratory", "Before").await;

	// The fifth hospital's node follows the chain, and is not a validator yet.
	let eve = network.join_as("--eve").await;
	let people = &network.people;
	let eve_cli = people.cli.at(&eve.url());
	let account = people.account("//Eve").await;
	people.decide(format!("org register --kind hospital --admin {account}")).await;
	let add = format!("validator add {account} --org 3 --seat {account}");

	// The council cannot add it while the hospitals of the other validators are unknown.
	let refusal = people.try_decide(&add).await;
	assert!(refusal.err.contains("Unassigned"), "{refusal:?}");
	assign_all(people).await;
	// Nor can it before the new validator has session keys. The last vote says so.
	let refusal = people.try_decide(&add).await;
	assert_eq!(refusal.code, CHAIN, "{refusal:?}");
	assert!(refusal.err.contains("NoSessionKeys"), "{refusal:?}");
	// The validator's operator makes keys on the running node's machine, and registers their public
	// part.
	let part = people.path("eve.json");
	make_keys(&eve, &account, &part);
	let part = quoted(&part);
	let others =
		people.cli.run_expecting_failure("//Ferdie", format!("validator keys {part}"), 1).await;
	assert!(others.err.contains("made for"), "{others:?}");
	eve_cli.run("//Eve", format!("validator keys {part}")).await;
	three_of_four_decide(people, &add).await;

	// Eve authors blocks, which all finalise, and the five make a new key.
	a_fifth_validator_authors(&people.node).await;
	finalises_beyond(&eve, finalised(&people.node).await + 3).await;
	has_key_of(&people.node, 2).await;

	// Records sealed before open as before.
	people.assert_opens(DOCTOR_A, &before, "TREAT", &file).await;
	let later = files::fhir_bundle(people.folder(), "after.json", 6.1);
	let after = people.add(&later, "laboratory", "After").await;
	people.assert_opens(DOCTOR_A, &after, "TREAT", &later).await;
	let epoch_of = |record: String| async move {
		let sealed = people.node.ask("salus_sealedKey", json!([record, 1])).await;
		sealed["epoch"].as_u64().expect("it is guarded")
	};
	assert_eq!(epoch_of(before.clone()).await, 1);
	assert_eq!(epoch_of(after.clone()).await, 2);
	// The four have handed their key on to the five, so the patient has nothing to reseal.
	assert_eq!(holder_of_first(people).await, 2);
	assert_eq!(people.cli.run(PATIENT, "record reseal --all").await, json!([]));
	assert_eq!(epoch_of(before.clone()).await, 1);

	// Eve leaves again. The minimum is four.
	people.decide(format!("validator remove {account}")).await;
	has_key_of(&people.node, 3).await;
	assert_eq!(holder_of_first(people).await, 3);
	assert_eq!(validators(&people.node).await.len(), 4);
	let dave =
		validators(&people.node).await[3]["account"].as_str().expect("an address").to_owned();
	let refusal = people.try_decide(format!("validator remove {dave}")).await;
	assert!(refusal.err.contains("at least 4 must stay"), "{refusal:?}");
	// Records sealed to the four and to the five open by the shares of the four that stay.
	for (record, file) in [(&before, &file), (&after, &later)] {
		let opened = people.assert_opens(DOCTOR_A, record, "TREAT", file).await;
		let shares = opened["release"]["shares"].as_array().expect("a list");
		assert!(shares.iter().all(|share| share["member"].as_u64() <= Some(4)), "{opened}");
	}

	shares_and_key_are_renewed(people, &before, &after).await;
	for (record, file) in [(&before, &file), (&after, &later)] {
		assert_eq!(epoch_of(record.clone()).await, 5);
		people.assert_opens(DOCTOR_A, record, "TREAT", file).await;
	}
}

/// Neither one hospital nor two of four decide alone on a validator to add.
async fn three_of_four_decide(people: &People, add: &str) {
	let proposed = people.cli.run("//Alice", add).await;
	let motion = proposed["decision"]["proposed"]["proposal"]
		.as_str()
		.expect("it needs more votes")
		.to_owned();
	let open = people.cli.run("//Bob", "council list").await;
	assert_eq!(open["motions"][0]["proposal"], motion.as_str());
	let call = open["motions"][0]["call"].as_str().expect("a text");
	assert!(call.starts_with("Validators.add validator: "), "{call}");
	let second = people.cli.run("//Bob", format!("council vote {motion}")).await;
	assert!(second["decision"]["proposed"].is_object(), "{second}");
	assert_eq!(validators(&people.node).await.len(), 4);
	let third = people.cli.run("//Charlie", format!("council vote {motion}")).await;
	assert_eq!(third["decision"], "executed", "{third}");
}

async fn a_fifth_validator_authors(node: &Node) {
	eventually("Eve authors blocks", || async {
		let set = validators(node).await;
		let fifth = set.get(4)?;
		(fifth["active"] == true && fifth["last_block"].is_u64()).then_some(())
	})
	.await;
}

/// Returns the epoch whose committee holds the key of the first epoch.
async fn holder_of_first(people: &People) -> u64 {
	let key = people.node.ask("salus_epochKey", json!([1])).await;
	assert_eq!(key["origin"], 1, "{key}");
	key["holder"].as_u64().expect("a number")
}

/// A share may have been stolen: the four renew theirs. Then too many may have been: they make a
/// new key, and the patient seals to it, first the record `before`, then `after`.
async fn shares_and_key_are_renewed(people: &People, before: &str, after: &str) {
	people.decide("committee renew shares").await;
	has_key_of(&people.node, 4).await;
	assert_eq!(holder_of_first(people).await, 4);
	people.decide("committee renew key").await;
	has_key_of(&people.node, 5).await;
	assert_eq!(holder_of_first(people).await, 4);
	let status = people.cli.run(PATIENT, "committee status").await;
	let earlier = &status["earlier"][0]["key"];
	assert_eq!((&earlier["origin"], &earlier["holder"]), (&json!(1), &json!(4)), "{status}");
	let left = || people.cli.run("", "committee reseal --status");
	let before_resealing = left().await;
	assert_eq!(before_resealing["versions"], 2, "{before_resealing}");
	let key = &before_resealing["keys"][0];
	assert_eq!((&key["key"]["origin"], &key["versions"]), (&json!(1), &json!(2)), "{key}");
	people.cli.run(PATIENT, format!("record reseal --record {before}")).await;
	assert_eq!(left().await["versions"], 1);
	// An ordinary command of the patient reseals the rest, unless they opted out.
	let kept = people.cli.run(PATIENT, "consent opt-out off --no-reseal").await;
	assert!(kept.get("resealed").is_none(), "{kept}");
	assert_eq!(left().await["versions"], 1);
	let decided = eventually("a command of the patient reseals the rest", || async {
		let decided = people.cli.run(PATIENT, "consent opt-out off").await;
		decided["resealed"].is_object().then_some(decided)
	})
	.await;
	assert_eq!(decided["opted_out"], false, "{decided}");
	let resealed = &decided["resealed"];
	assert_eq!((&resealed["found"], &resealed["versions"][0]["epoch"]), (&json!(1), &json!(5)));
	assert_eq!(resealed["versions"][0]["record"], after, "{decided}");
	assert_eq!(left().await, json!({ "versions": 0, "keys": [] }));
	// Nothing is left, so the next one says nothing.
	let decided = people.cli.run(PATIENT, "consent opt-out off").await;
	assert!(decided.get("resealed").is_none(), "{decided}");
	assert_eq!(people.cli.run(PATIENT, "record reseal --all").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_with_its_keys_on_two_machines_is_removed() {
	let mut network = Network::start().await;
	let people = &network.people;
	people.decide("validator minimum 3").await;
	let dave = validators(&people.node).await[3].clone();

	// With two hospitals away, no round of votes ends. Dave's node has voted in the open round, and
	// newer blocks follow the one that it voted for.
	network.kill(1);
	network.kill(2);
	let people = &network.people;
	grows_by(&people.node, OPEN_ROUND).await;

	// Somebody restores a backup while the old machine still runs. The second node joins the same
	// round, and votes for the block that is the newest by now.
	let twin = network.twin("--dave").await;
	eventually("the set of validators is without Dave", || async {
		(validators(&people.node).await.len() == 3).then_some(())
	})
	.await;
	let left = validators(&people.node).await;
	assert!(left.iter().all(|one| one["account"] != dave["account"]));
	drop(twin);

	// The others continue without it, and it has lost its seat too.
	network.revive(1);
	network.revive(2);
	network.join_all().await;
	let people = &network.people;
	keeps_finalising(&people.node).await;
	let refusal = people.cli.try_run("//Dave", "validator minimum 2").await;
	assert!(refusal.err.contains("seat"), "{refusal:?}");
}
