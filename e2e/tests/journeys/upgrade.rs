//! A chain of hospitals goes on to the next runtime, and what is no upgrade is not taken for one.

use codec::{Decode, DecodeAll, Encode};
use salus_client::primitives::LogHead;
use salus_e2e::{
	cast::*, eventually, files, network::finalised, soak::Traffic, Network, Node, People,
};
use salus_runtime::{AccountId, RuntimeCall, VERSION, WASM_BINARY};
use serde_json::{json, Value};
use sp_core::Pair;
use sp_crypto_hashing::twox_128;
use std::time::Duration;

/// The runtime before this one; see `fixtures/README.md`.
const VERSION_2: &[u8] = include_bytes!("../../fixtures/runtime-version-2.compact.compressed.wasm");

/// A value of the state at a block.
async fn stored<T: Decode>(node: &Node, key: &[u8], at: &str) -> Option<T> {
	let key = format!("0x{}", hex::encode(key));
	let value = node.rpc("state_getStorage", json!([key, at])).await;
	let value = value.expect("it answers");
	let bytes = hex::decode(value.as_str()?.trim_start_matches("0x")).expect("hex");
	Some(T::decode_all(&mut &bytes[..]).expect("it has this form"))
}

/// Where the pallet `access` keeps an item.
fn place(item: &str) -> Vec<u8> {
	["Access", item].map(|name| twox_128(name.as_bytes())).concat()
}

/// How many entries the logs have together at a block, log by log.
async fn entries(node: &Node, at: &str) -> u64 {
	let prefix = format!("0x{}", hex::encode(place("Heads")));
	let keys =
		node.rpc("state_getKeysPaged", json!([prefix, 1_000, null, at])).await.expect("it answers");
	let keys = keys.as_array().expect("a list");
	assert!((1..1_000).contains(&keys.len()));
	let mut sum = 0;
	for key in keys {
		let key = key.as_str().expect("hex").trim_start_matches("0x");
		let key = hex::decode(key).expect("hex");
		let head: LogHead = stored(node, &key, at).await.expect("it was listed");
		sum += u64::from(head.count);
	}
	sum
}

/// Hash of the last block that is final.
async fn last_final(node: &Node) -> String {
	let hash = node.rpc("chain_getFinalizedHead", json!([])).await;
	let hash = hash.expect("it answers");
	hash.as_str().expect("hex").to_owned()
}

/// How far an epoch of the committee is, at a block or now.
async fn phase(node: &Node, epoch: u32, at: Option<&str>) -> String {
	let info = node.rpc("salus_epoch", json!([epoch, at])).await;
	let info = info.expect("it answers");
	info["phase"].as_str().expect("a text").to_owned()
}

/// The three validators that are left come to a key, and records are sealed to it.
async fn epoch_3_has_a_key(people: &People) {
	eventually("the three have a key", Duration::from_secs(120), || async {
		let active = people.node.rpc("salus_activeEpoch", json!([])).await;
		(active.expect("it answers") == 3).then_some(())
	})
	.await;
	let file = files::fhir_bundle(people.folder(), "after.json", 5.6);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let sealed = people.node.rpc("salus_sealedKey", json!([record, 1])).await;
	assert_eq!(sealed.expect("it answers")["epoch"], 3);
	people.opens(DOCTOR_A, &record, "TREAT", &file).await;
}

/// Doctor B breaks the glass for the patient. Gives the number of the case and the hash of the statement.
async fn open_emergency(people: &People) -> (String, Value) {
	let statement = people.folder().join("statement.txt");
	std::fs::write(&statement, "Brought in unconscious; medication unknown.").expect("writable");
	let attest = ["member", "attest", DOCTOR_B];
	let confirmed = ["--role", "practitioner", "--verdict", "confirmed"];
	let attest = [&attest[..], &confirmed].concat();
	let deposit = ["org", "bond", "deposit", HOSPITAL_B, "10000"];
	tokio::join!(people.cli.run(VICE_B, &attest), people.cli.run(ADMIN_B, &deposit));
	let open = ["emergency", "open", "--patient", PATIENT];
	let terms = ["--org", HOSPITAL_B, "--reason", "unconscious"];
	let text = ["--statement", statement.to_str().expect("UTF-8")];
	let open = [&open[..], &terms, &text].concat();
	let opened = people.cli.run(DOCTOR_B, &open).await;
	(opened["case"].to_string(), opened["statement"].clone())
}

/// A case of before there were panels is settled by two drawn auditors of other hospitals: who admitted its opener is not
/// known, so that no administrator speaks for the hospital.
async fn review_emergency(people: &People, case: &str, statement: &Value) {
	let number: u64 = case.parse().expect("a number");
	let kept = async || {
		let case = people.node.rpc("salus_emergency", json!([number])).await;
		case.expect("it answers")
	};
	let before = kept().await;
	assert_eq!(before["status"], "open", "{before}");
	assert_eq!(before["statement"], *statement, "{before}");
	let auditors = [
		(ADMIN_A, HOSPITAL_A, AUDITOR_A),
		// The hospital of one of the storage nodes.
		("//Charlie", "3", "//AuditorC"),
	];
	let admitted = auditors.map(|(admin, hospital, auditor)| async move {
		let admit = ["member", "admit", "--org", hospital, auditor];
		let admit = [&admit[..], &["--role", "auditor"]].concat();
		people.cli.run(admin, &admit).await;
	});
	futures::future::join_all(admitted).await;
	for (_, _, auditor) in auditors {
		let appoint = ["emergency", "auditor", "appoint", auditor];
		people.decide(&appoint).await;
	}
	let review = |role| ["emergency", "review", case, "--role", role, "--justified"];
	let refusal = people.cli.fails(ADMIN_B, &review("admin"), CHAIN).await;
	assert!(refusal.err.contains("NotIndependent"), "{refusal:?}");
	let first = people.cli.run(AUDITOR_A, &review("auditor")).await;
	assert_eq!(first["status"], "open", "{first}");
	let second = people.cli.run("//AuditorC", &review("auditor")).await;
	assert_eq!(second["status"], "justified", "{second}");
	assert_eq!(kept().await["status"], "justified");
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_migrates_while_records_flow_and_a_node_that_was_down_catches_up() {
	let mut network = Network::start_of(VERSION_2).await;
	network.all_store().await;
	let people = &network.people;
	let status = || people.cli.run("", &["upgrade", "status"]);
	let before = status().await;
	assert_eq!(before["runs"], 2, "{before}");
	assert_eq!(before["outdated"], json!([]), "{before}");
	// Nodes and command line are of today's release already.
	let validators = people.cli.run("", &["validator", "list"]).await;
	assert_eq!(validators["validators"].as_array().map(Vec::len), Some(4));
	let file = files::fhir_bundle(people.folder(), "before.json", 5.4);
	// Among what is under way is an emergency that nobody has reviewed.
	let (old, (case, statement)) =
		tokio::join!(people.add(&file, "laboratory", "Blood count"), open_emergency(people));
	people.opens(DOCTOR_B, &old, "BTG", &file).await;
	people.opens(PATIENT, &old, "PATRQT", &file).await;
	let read = ["record", "get", &old, "--purpose", "TREAT"];
	let refusal = people.cli.try_run(DOCTOR_B, &read).await;
	assert!(refusal.code != 0, "{refusal:?}");
	// A grant that stands, and a motion on which the council has not decided.
	let grant = ["consent", "grant", "--to", DOCTOR_B];
	let terms = ["--record", &old, "--purpose", "TREAT"];
	let grant = [grant.as_slice(), &terms].concat();
	people.cli.run(PATIENT, &grant).await;
	people.opens(DOCTOR_B, &old, "TREAT", &file).await;
	let limit = ["storage", "absence-limit", "2000"];
	let moved = people.cli.run("//Alice", &limit).await;
	let motion = moved["decision"]["proposed"]["proposal"].clone();
	let motion = motion.as_str().expect("it is open");
	let open = people.cli.run("", &["council", "list"]).await;
	assert_eq!(open["motions"].as_array().map(Vec::len), Some(1), "{open}");

	let traffic = Traffic::start(&network, 17).await;
	traffic.avoid(3);
	network.kill(3);
	let people = &network.people;
	let release = people.folder().join("release.wasm");
	std::fs::write(&release, WASM_BINARY.expect("it was built")).expect("the folder is writable");
	let release = release.to_str().expect("UTF-8");
	people.decide(&["upgrade", "authorize", release]).await;
	// The upgrade comes while the three that are left are on their way to a key of their own.
	people.decide(&["validator", "minimum", "3"]).await;
	let dave = people.account("//Dave").await;
	let dave = dave.as_str().expect("an address");
	people.decide(&["validator", "remove", dave]).await;
	eventually("an epoch forms", Duration::from_secs(60), || async {
		let epoch = people.node.rpc("salus_currentEpoch", json!([])).await;
		(epoch.expect("it answers") == 2).then_some(())
	})
	.await;
	let applied = people.cli.run("//Alice", &["upgrade", "apply", release]).await;
	let block = applied["transaction"]["block"].as_u64().expect("a number");
	let status = || people.cli.run("", &["upgrade", "status"]);
	let after = eventually("storage is migrated", Duration::from_secs(120), || async {
		let now = status().await;
		(now["runs"] == VERSION.spec_version && now["migrating"] == false).then_some(now)
	})
	.await;
	assert_eq!(after["outdated"], json!([]), "{after}");
	assert_eq!(after["authorized"], Value::Null, "{after}");

	// Every entry from before is counted, and each since, while more of them come.
	let parent = people.node.rpc("chain_getBlockHash", json!([block])).await;
	let parent = parent.expect("it answers");
	let parent = parent.as_str().expect("hex");
	let counted_then: Option<u64> = stored(&people.node, &place("TotalEntries"), parent).await;
	let earlier = entries(&people.node, parent).await;
	assert_eq!(counted_then, Some(earlier));
	assert!(earlier > 0);
	let (at, total) = eventually("more entries come", Duration::from_secs(180), || async {
		let at = last_final(&people.node).await;
		let total: Option<u64> = stored(&people.node, &place("TotalEntries"), &at).await;
		total.filter(|total| *total > earlier).map(|total| (at, total))
	})
	.await;
	assert_eq!(total, entries(&people.node, &at).await);

	// The epoch that formed started again under the new rules, and the emergency goes on.
	let forming = phase(&people.node, 2, Some(parent)).await;
	assert!(["announcing", "dealing", "confirming"].contains(&&*forming), "{forming}");
	assert_eq!(phase(&people.node, 2, None).await, "abandoned");
	let emergency = async {
		people.opens(DOCTOR_B, &old, "BTG", &file).await;
		review_emergency(people, &case, &statement).await;
	};
	tokio::join!(epoch_3_has_a_key(people), emergency);

	// What was granted holds, and what was moved is decided.
	people.opens(DOCTOR_B, &old, "TREAT", &file).await;
	let vote = ["council", "vote", motion];
	people.cli.run("//Bob", &vote).await;
	let decided = people.cli.run("//Charlie", &vote).await;
	assert_eq!(decided["decision"], "executed", "{decided}");
	let open = people.cli.run("", &["council", "list"]).await;
	assert_eq!(open["motions"], json!([]), "{open}");

	// Who slept through it wakes up in another version.
	network.revive(3);
	network.join_all().await;
	traffic.all_run(&network);
	let late = network.node(3);
	let goal = finalised(network.node(0)).await + 4;
	eventually("it catches up", Duration::from_secs(120), || async {
		(finalised(late).await >= goal).then_some(())
	})
	.await;
	let people = &network.people;
	let seen = people.cli.at(&late.url()).run("", &["upgrade", "status"]).await;
	assert_eq!(seen["runs"], VERSION.spec_version);

	let (done, _) = traffic.finish(&network).await;
	assert_eq!(
		done.refused,
		Vec::<String>::new(),
		"nobody had to repeat a command for the upgrade"
	);
	assert!(done.records.len() >= 3 && done.readings > 0);
	people.opens(PATIENT, &old, "PATRQT", &file).await;
}

/// Exit code of a command that the chain refuses.
const CHAIN: i32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_council_authorised_is_applied_and_only_if_it_is_newer() {
	let people = People::start().await;
	let status = || people.cli.run("", &["upgrade", "status"]);
	let before = status().await;
	assert_eq!(before["authorized"], Value::Null);
	assert_eq!(before["outdated"], json!([]));
	assert_eq!(before["migrating"], false);
	let code = people.node.rpc("state_getStorage", json!(["0x3a636f6465"])).await;
	let code = code.expect("it answers");
	let code = code.as_str().expect("there is a runtime").trim_start_matches("0x");
	let mut code = hex::decode(code).expect("hex");
	let write = |name: &str, content: &[u8]| {
		let path = people.folder().join(name);
		std::fs::write(&path, content).expect("the folder is writable");
		path.to_str().expect("UTF-8").to_owned()
	};
	let running = write("running.wasm", &code);
	code.push(0);
	let another = write("another.wasm", &code);
	let letter = write("letter.wasm", b"Dear colleague");

	// Nothing is applied that nobody authorised.
	let doctor = DOCTOR_A;
	let apply = async |file: &str| {
		let arguments = ["upgrade", "apply", file];
		people.cli.fails("//Alice", &arguments, CHAIN).await
	};
	let refusal = apply(&running).await;
	assert!(refusal.err.contains("NothingAuthorized"), "{refusal:?}");
	let refusal = people.cli.fails("//Alice", &["upgrade", "authorize", &letter], 1).await;
	assert!(refusal.err.contains("no runtime"), "{refusal:?}");
	let refusal = people.cli.try_run(doctor, &["upgrade", "authorize", &running]).await;
	assert!(refusal.code != 0 && refusal.err.contains("seat"), "{refusal:?}");

	people.decide(&["upgrade", "authorize", &running]).await;
	let authorized = status().await["authorized"].clone();
	assert!(authorized.as_str().is_some_and(|hash| hash.len() == 66), "{authorized}");
	let refusal = apply(&another).await;
	assert!(refusal.err.contains("Unauthorized"), "{refusal:?}");
	assert_eq!(status().await["authorized"], authorized);

	// The council cannot go back, nor stay: an upgrade is a higher version. What was tried is authorised no more.
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
	let shown = people.cli.run("", &["council", "propose", &whole, "--show"]).await;
	let words = shown["call"].as_str().expect("a text");
	assert!(words.starts_with("Roles.set_admins organisation: 1, admins: "), "{words}");
	let propose =
		async |who: &str, call: &str| people.cli.try_run(who, &["council", "propose", call]).await;
	let refusal = propose(DOCTOR_A, &whole).await;
	assert!(refusal.code != 0 && refusal.err.contains("seat"), "{refusal:?}");
	call.push(0);
	for wrong in [text(&call), text(&call[..call.len() - 2]), "0xffff".into()] {
		let refusal = propose(COUNCIL, &wrong).await;
		assert!(
			refusal.code != 0 && refusal.err.contains("no call of this chain"),
			"{wrong}: {refusal:?}"
		);
	}
	let done = propose(COUNCIL, &whole).await;
	assert_eq!(done.json()["decision"], "executed", "{done:?}");
	let organisation = people.cli.run("", &["org", "show", "1"]).await;
	assert_eq!(organisation["admins"], json!([admin.to_string()]));
}
