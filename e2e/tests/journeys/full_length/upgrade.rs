//! A chain of hospitals is upgraded to the next runtime, and accepts nothing else as an upgrade.

use codec::{Decode, DecodeAll, Encode};
use frame_support::storage::storage_prefix;
use salus_client::primitives::LogHead;
use salus_e2e::{
	cast::*,
	chain::{best, finalised, finalises_beyond, has_key_of, hash},
	cli::CHAIN,
	eventually, files, quoted,
	soak::Traffic,
	Network, Node, People, PATIENCE,
};
use salus_runtime::{AccountId, RuntimeCall, VERSION, WASM_BINARY};
use serde_json::{json, Value};
use sp_core::Pair;
use std::time::Instant;

/// The runtime of version 2; see `fixtures/README.md`.
const VERSION_2: &[u8] =
	include_bytes!("../../../fixtures/runtime-version-2.compact.compressed.wasm");

/// Reads a value of the state at a block.
async fn stored<T: Decode>(node: &Node, key: &[u8], at: &str) -> Option<T> {
	let key = format!("0x{}", hex::encode(key));
	let value = node.ask("state_getStorage", json!([key, at])).await;
	let bytes = hex::decode(value.as_str()?.trim_start_matches("0x")).expect("hex");
	Some(T::decode_all(&mut &bytes[..]).expect("the value has this type"))
}

/// Returns the storage prefix of an item of the pallet `access`.
fn prefix_of(item: &str) -> [u8; 32] {
	storage_prefix(b"Access", item.as_bytes())
}

/// Counts the entries of all logs at a block, log by log.
async fn entries(node: &Node, at: &str) -> u64 {
	let prefix = format!("0x{}", hex::encode(prefix_of("Heads")));
	let keys = node.ask("state_getKeysPaged", json!([prefix, 1_000, null, at])).await;
	let keys = keys.as_array().expect("a list");
	assert!((1..1_000).contains(&keys.len()));
	let mut sum = 0;
	for key in keys {
		let key = key.as_str().expect("hex").trim_start_matches("0x");
		let key = hex::decode(key).expect("hex");
		let head: LogHead = stored(node, &key, at).await.expect("the key was listed");
		sum += u64::from(head.count);
	}
	sum
}

/// Number of final blocks that must follow another one in the next slot. A busy machine misses
/// slots, and the fourth validator is down.
const IN_TURN: usize = 6;

/// Returns the slot of a block. By the block's time, slots have a second.
async fn slot(node: &Node, block: u64) -> u64 {
	let at = hash(node, block).await;
	let at = at.as_str().expect("hex");
	let slot: Option<u64> = stored(node, &storage_prefix(b"Aura", b"CurrentSlot"), at).await;
	let time: Option<u64> = stored(node, &storage_prefix(b"Timestamp", b"Now"), at).await;
	assert_eq!(slot, time.map(|time| time / 1_000), "block {block}");
	slot.expect("each block has a slot")
}

/// Waits until blocks have come every second from now on, and all nodes agree on them.
async fn come_every_second(node: &Node) {
	let mut block = best(node).await + 1;
	finalises_beyond(node, block).await;
	let (mut last, mut in_turn) = (slot(node, block).await, 0);
	let start = Instant::now();
	while in_turn < IN_TURN {
		assert!(start.elapsed() < PATIENCE, "{in_turn} blocks followed in the next slot");
		finalises_beyond(node, block).await;
		block += 1;
		let next = slot(node, block).await;
		in_turn += usize::from(next == last + 1);
		last = next;
	}
}

/// Returns the hash of the last final block.
async fn last_final(node: &Node) -> String {
	let hash = node.ask("chain_getFinalizedHead", json!([])).await;
	hash.as_str().expect("hex").to_owned()
}

/// Returns the phase of an epoch of the committee, at a block or now.
async fn phase(node: &Node, epoch: u32, at: Option<&str>) -> String {
	let info = node.ask("salus_epoch", json!([epoch, at])).await;
	info["phase"].as_str().expect("a text").to_owned()
}

/// Waits until the three validators that are left have a key, and checks that records are sealed to
/// it.
async fn epoch_3_has_a_key(people: &People) {
	has_key_of(&people.node, 3).await;
	let file = files::fhir_bundle(people.folder(), "after.json", 5.6);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let sealed = people.node.ask("salus_sealedKey", json!([record, 1])).await;
	assert_eq!(sealed["epoch"], 3);
	people.assert_opens(DOCTOR_A, &record, "TREAT", &file).await;
}

/// Checks that every sealed key is counted, those from before the upgrade and later ones.
async fn every_sealed_key_is_counted(node: &Node) {
	let at = last_final(node).await;
	let prefix = format!("0x{}", hex::encode(storage_prefix(b"Records", b"SealedKeys")));
	let keys = node.ask("state_getKeysPaged", json!([prefix, 1_000, null, at])).await;
	let keys = keys.as_array().expect("a list").len();
	assert!((1..1_000).contains(&keys));
	let counted = node.ask("salus_sealedVersions", json!([at])).await;
	let counted = counted.as_array().expect("the migration is complete");
	let versions = counted.iter().map(|one| one["versions"].as_u64().expect("a number"));
	assert_eq!(versions.sum::<u64>(), keys as u64, "{counted:?}");
}

/// Has doctor B open an emergency. Returns the number of the case and the hash of the statement.
async fn open_emergency(people: &People) -> (String, Value) {
	people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
	let opened = people.open_emergency(DOCTOR_B, HOSPITAL_B, "unconscious").await;
	(opened["case"].to_string(), opened["statement"].clone())
}

/// Settles a case from before there were panels, by two drawn auditors of other hospitals. No
/// administrator speaks for the hospital, because the chain does not know who admitted the doctor.
async fn review_emergency(people: &People, case: &str, statement: &Value) {
	let number: u64 = case.parse().expect("a number");
	let kept = async || people.node.ask("salus_emergency", json!([number])).await;
	let before = kept().await;
	assert_eq!(before["status"], "open", "{before}");
	assert_eq!(before["statement"], *statement, "{before}");
	// Charlie administers the third hospital, which has a storage node.
	tokio::join!(
		people.admit(ADMIN_A, HOSPITAL_A, AUDITOR_A, "auditor"),
		people.admit("//Charlie", "3", "//AuditorC", "auditor"),
	);
	for auditor in [AUDITOR_A, "//AuditorC"] {
		people.decide(format!("emergency auditor appoint {auditor}")).await;
	}
	let review = |role: &str| format!("emergency review {case} --role {role} --justified");
	let refusal = people.cli.run_expecting_failure(ADMIN_B, review("admin"), CHAIN).await;
	assert!(refusal.err.contains("NotIndependent"), "{refusal:?}");
	let first = people.cli.run(AUDITOR_A, review("auditor")).await;
	assert_eq!(first["status"], "open", "{first}");
	let second = people.cli.run("//AuditorC", review("auditor")).await;
	assert_eq!(second["status"], "justified", "{second}");
	assert_eq!(kept().await["status"], "justified");
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_migrates_while_records_flow() {
	let mut network = Network::start_of(VERSION_2).await;
	network.all_store().await;
	let people = &network.people;
	let status = || people.cli.run("", "upgrade status");
	let before = status().await;
	assert_eq!(before["runs"], 2, "{before}");
	assert_eq!(before["outdated"], json!([]), "{before}");
	// The nodes and the command line are already of today's release.
	let validators = people.cli.run("", "validator list").await;
	assert_eq!(validators["validators"].as_array().map(Vec::len), Some(4));
	let file = files::fhir_bundle(people.folder(), "before.json", 5.4);
	// An emergency is open that nobody has reviewed yet.
	let (old, (case, statement)) =
		tokio::join!(people.add(&file, "laboratory", "Blood count"), open_emergency(people));
	people.assert_opens(DOCTOR_B, &old, "BTG", &file).await;
	people.assert_opens(PATIENT, &old, "PATRQT", &file).await;
	let read = format!("record get {old} --purpose TREAT");
	let refusal = people.cli.try_run(DOCTOR_B, read).await;
	assert!(refusal.code != 0, "{refusal:?}");
	// A grant is live, and the council has not decided on a motion.
	let grant = format!("consent grant --to {DOCTOR_B} --record {old} --purpose TREAT");
	people.cli.run(PATIENT, grant).await;
	people.assert_opens(DOCTOR_B, &old, "TREAT", &file).await;
	let moved = people.cli.run("//Alice", "storage absence-limit 2000").await;
	let motion = moved["decision"]["proposed"]["proposal"].as_str().expect("it is open");
	let open = people.cli.run("", "council list").await;
	assert_eq!(open["motions"].as_array().map(Vec::len), Some(1), "{open}");

	let traffic = Traffic::start(&network, 17, &[3]).await;
	network.kill(3);
	let people = &network.people;
	let release = people.path("release.wasm");
	std::fs::write(&release, WASM_BINARY.expect("it was built")).expect("the folder is writable");
	let release = quoted(&release);
	people.decide(format!("upgrade authorize {release}")).await;
	// The upgrade comes while the three validators that are left are making a new key.
	people.decide("validator minimum 3").await;
	let dave = people.account("//Dave").await;
	people.decide(format!("validator remove {dave}")).await;
	eventually("an epoch forms", || async {
		(people.node.ask("salus_currentEpoch", json!([])).await == 2).then_some(())
	})
	.await;
	let applied = people.cli.run("//Alice", format!("upgrade apply {release}")).await;
	let block = applied["transaction"]["block"].as_u64().expect("a number");
	let status = || people.cli.run("", "upgrade status");
	let after = eventually("storage is migrated", || async {
		let now = status().await;
		// In the block that applies the runtime, the migration has not begun yet.
		let is_done = now["migrating"] == false && now["outdated"] == json!([]);
		(now["runs"] == VERSION.spec_version && is_done).then_some(now)
	})
	.await;
	assert_eq!(after["authorized"], Value::Null, "{after}");
	every_sealed_key_is_counted(&people.node).await;
	come_every_second(&people.node).await;

	// The counter has every earlier entry, and each new one as it comes.
	let parent = hash(&people.node, block).await;
	let parent = parent.as_str().expect("hex");
	let counted_then: Option<u64> = stored(&people.node, &prefix_of("TotalEntries"), parent).await;
	let earlier = entries(&people.node, parent).await;
	assert_eq!(counted_then, Some(earlier));
	assert!(earlier > 0);
	let (at, total) = eventually("more entries come", || async {
		let at = last_final(&people.node).await;
		let total: Option<u64> = stored(&people.node, &prefix_of("TotalEntries"), &at).await;
		total.filter(|total| *total > earlier).map(|total| (at, total))
	})
	.await;
	assert_eq!(total, entries(&people.node, &at).await);

	// The forming epoch starts again under the new rules, and the emergency continues.
	let forming = phase(&people.node, 2, Some(parent)).await;
	assert!(["announcing", "dealing", "confirming"].contains(&&*forming), "{forming}");
	assert_eq!(phase(&people.node, 2, None).await, "abandoned");
	let emergency = async {
		people.assert_opens(DOCTOR_B, &old, "BTG", &file).await;
		review_emergency(people, &case, &statement).await;
	};
	tokio::join!(epoch_3_has_a_key(people), emergency);

	// The grant holds, and the council decides on the motion.
	people.assert_opens(DOCTOR_B, &old, "TREAT", &file).await;
	let vote = format!("council vote {motion}");
	people.cli.run("//Bob", &vote).await;
	let decided = people.cli.run("//Charlie", &vote).await;
	assert_eq!(decided["decision"], "executed", "{decided}");
	let open = people.cli.run("", "council list").await;
	assert_eq!(open["motions"], json!([]), "{open}");

	// The node that was down for the upgrade catches up.
	network.revive(3);
	network.join_all().await;
	traffic.all_run(&network);
	let late = network.node(3);
	finalises_beyond(late, finalised(network.node(0)).await + 3).await;
	let people = &network.people;
	let seen = people.cli.at(&late.url()).run("", "upgrade status").await;
	assert_eq!(seen["runs"], VERSION.spec_version);

	let (done, _) = traffic.finish(&network).await;
	assert_eq!(
		done.refused,
		Vec::<String>::new(),
		"nobody has to repeat a command because of the upgrade"
	);
	assert!(done.records.len() >= 3 && done.readings > 0);
	every_sealed_key_is_counted(&people.node).await;
	people.assert_opens(PATIENT, &old, "PATRQT", &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_authorised_and_newer_runtime_is_applied() {
	let people = People::start().await;
	let status = || people.cli.run("", "upgrade status");
	let before = status().await;
	assert_eq!(before["authorized"], Value::Null);
	assert_eq!(before["outdated"], json!([]));
	assert_eq!(before["migrating"], false);
	// The storage key is `:code`.
	let code = people.node.ask("state_getStorage", json!(["0x3a636f6465"])).await;
	let code = code.as_str().expect("there is a runtime").trim_start_matches("0x");
	let mut code = hex::decode(code).expect("hex");
	let write = |name: &str, content: &[u8]| {
		let path = people.path(name);
		std::fs::write(&path, content).expect("the folder is writable");
		quoted(&path)
	};
	let running = write("running.wasm", &code);
	code.push(0);
	let another = write("another.wasm", &code);
	let letter = write("letter.wasm", b"Dear colleague");

	// Nothing is applied before the council authorises it.
	let apply = async |file: &str| {
		people.cli.run_expecting_failure("//Alice", format!("upgrade apply {file}"), CHAIN).await
	};
	let refusal = apply(&running).await;
	assert!(refusal.err.contains("NothingAuthorized"), "{refusal:?}");
	let refusal =
		people.cli.run_expecting_failure("//Alice", format!("upgrade authorize {letter}"), 1).await;
	assert!(refusal.err.contains("no runtime"), "{refusal:?}");
	let refusal = people.cli.try_run(DOCTOR_A, format!("upgrade authorize {running}")).await;
	assert!(refusal.code != 0 && refusal.err.contains("seat"), "{refusal:?}");

	people.decide(format!("upgrade authorize {running}")).await;
	let authorized = status().await["authorized"].clone();
	assert!(authorized.as_str().is_some_and(|hash| hash.len() == 66), "{authorized}");
	let refusal = apply(&another).await;
	assert!(refusal.err.contains("Unauthorized"), "{refusal:?}");
	assert_eq!(status().await["authorized"], authorized);

	// An upgrade needs a higher version, so the council can neither go back nor stay. A runtime
	// that was tried is no longer authorised.
	let refusal = apply(&running).await;
	assert!(refusal.err.contains("SpecVersionNeedsToIncrease"), "{refusal:?}");
	assert_eq!(status().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_council_decides_on_calls_that_another_tool_encoded() {
	let people = People::start().await;
	let admin: AccountId = sp_core::sr25519::Pair::from_string("//Successor", None)
		.expect("a well-formed URI")
		.public()
		.into();
	let mut call = RuntimeCall::Roles(pallet_roles::Call::set_admins {
		organisation: 1,
		admins: vec![admin.clone()].try_into().expect("one fits"),
	})
	.encode();
	let text = |call: &[u8]| format!("0x{}", hex::encode(call));
	let whole = text(&call);
	let shown = people.cli.run("", format!("council propose {whole} --show")).await;
	let words = shown["call"].as_str().expect("a text");
	assert!(words.starts_with("Roles.set_admins organisation: 1, admins: "), "{words}");
	let propose = async |who: &str, call: &str| {
		people.cli.try_run(who, format!("council propose {call}")).await
	};
	let refusal = propose(DOCTOR_A, &whole).await;
	assert!(refusal.code != 0 && refusal.err.contains("seat"), "{refusal:?}");
	call.push(0);
	for wrong in [text(&call), text(&call[..call.len() - 2]), "0xffff".into()] {
		let refusal = propose(COUNCIL, &wrong).await;
		assert!(
			refusal.code != 0 && refusal.err.contains("not a call of this chain"),
			"{wrong}: {refusal:?}"
		);
	}
	let done = propose(COUNCIL, &whole).await;
	assert_eq!(done.json()["decision"], "executed", "{done:?}");
	let organisation = people.cli.run("", "org show 1").await;
	assert_eq!(organisation["admins"], json!([admin.to_string()]));
}
