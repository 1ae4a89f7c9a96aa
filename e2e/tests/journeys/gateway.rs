//! A node of its own for a hospital's other systems: it holds no key of a validator's, and bears what they do to it.

use salus_client::{rpc_params, Client};
use salus_e2e::{cast::*, eventually, files, Network, Node};
use serde_json::{json, Value};
use std::time::{Duration, Instant};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// How many connections the node takes.
const CONNECTIONS: usize = 8;

/// How it is started in these tests.
fn arguments() -> Vec<String> {
	let connections = CONNECTIONS.to_string();
	let arguments = ["--log-format", "json", "--rpc-max-connections", &connections];
	arguments.map(str::to_owned).to_vec()
}

/// Sends the head of a request, and gives the status with which the node answers.
async fn answer(node: &Node, head: &str) -> (TcpStream, String) {
	let host = node.url().trim_start_matches("ws://").to_owned();
	let mut stream = TcpStream::connect(&host).await.expect("the node listens");
	let head = format!("{head}Host: {host}\r\n\r\n");
	stream.write_all(head.as_bytes()).await.expect("the node reads");
	// `HTTP/1.1 101`
	let mut answer = [0; 12];
	stream.read_exact(&mut answer).await.expect("the node answers");
	(stream, String::from_utf8_lossy(&answer[9..]).into_owned())
}

/// Opens a connection as browsers and libraries do. `None`: the node takes no more of them.
async fn connection(node: &Node) -> Option<TcpStream> {
	// The key is the one of RFC 6455.
	let head = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
		Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
	let (stream, status) = answer(node, head).await;
	match &*status {
		"101" => Some(stream),
		"429" => None,
		other => panic!("{other}"),
	}
}

/// The first block of a record.
async fn root(node: &Node, record: &str) -> String {
	let details = node.rpc("salus_record", json!([record])).await;
	details.expect("it answers")["versions"][0]["info"]["content"]["root"]
		.as_str()
		.expect("a CID")
		.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_storage_node_of_the_consortium_gets_blocks() {
	let network = Network::start_alone(&[]).await;
	let outside = network.join_behind("outside", &arguments()).await;
	let people = &network.people;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 5.4);
	let first = people.add(&file, "laboratory", "First").await;
	let first = root(&people.node, &first).await;

	// It follows the chain, so it knows what there is. Alice's node gives it nothing, and says so.
	let refused = "is no storage node of the consortium: it gets none";
	let from = people.node.log_length();
	let block = outside.rpc("salus_getBlock", json!([first])).await;
	assert_eq!(block.expect("it answers"), Value::Null);
	let (_, line) = people.node.wait_for_log_after(from, refused, Duration::from_secs(1));
	let peer = outside.rpc("system_localPeerId", json!([])).await;
	let peer = peer.expect("it answers");
	assert!(line.contains(peer.as_str().expect("a text")), "{line}");

	// Once it is admitted it names its peer to the chain, and gets what it asks for.
	people.admit_storage(&outside).await;
	eventually("it gets the block", Duration::from_secs(120), || async {
		let block = outside.rpc("salus_getBlock", json!([first])).await.ok()?;
		(block != Value::Null).then_some(())
	})
	.await;
	let named = |peers: &Value| {
		peers.as_array().is_some_and(|all| all.iter().any(|one| one["peer"] == peer))
	};
	let peers = people.node.rpc("salus_storagePeers", json!([])).await;
	let peers = peers.expect("it answers");
	assert!(named(&peers), "{peers}");

	// And nothing any more when it is not.
	let account = salus_e2e::people::storage_account(&outside).await;
	let role = ["--role", "storage-node"];
	let revoke = [&["member", "revoke", &account][..], &role].concat();
	people.cli.run(ADMIN_A, &revoke).await;
	eventually("it is no member", Duration::from_secs(60), || async {
		let at = people.node.rpc("chain_getFinalizedHead", json!([])).await.ok()?;
		let peers = people.node.rpc("salus_storagePeers", json!([at])).await.ok()?;
		(!named(&peers)).then_some(())
	})
	.await;
	let file = files::fhir_bundle(people.folder(), "second.json", 5.6);
	let second = people.add(&file, "laboratory", "Second").await;
	let second = root(&people.node, &second).await;
	let block = outside.rpc("salus_getBlock", json!([second])).await;
	assert_eq!(block.expect("it answers"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_records_gives_them_back_and_does_nothing_that_could_harm() {
	let network = Network::start_alone(&[]).await;
	let gateway = network.join_behind("gateway", &arguments()).await;
	let people = &network.people;
	people.admit_storage(&gateway).await;

	// What a hospital's systems do, they do here.
	let here = people.cli.at(&gateway.url());
	let file = files::fhir_bundle(people.folder(), "bundle.json", 5.4);
	let added = here.run(DOCTOR_A, &people.add_arguments(&file, "laboratory", "Blood count")).await;
	let record = salus_e2e::people::record_id(&added);
	let copy = people.folder().join("copy");
	let out = copy.to_str().expect("UTF-8");
	let get = ["record", "get", &record, "--purpose", "PATRQT", "--out", out];
	here.run(PATIENT, &get).await;
	assert!(files::same(&file, &copy));

	// Whoever breaks into it finds the storage key of this node, and no key of a validator or of the committee.
	let keys = std::fs::read_dir(gateway.base().join("chains/dev/keystore"))
		.expect("it is there")
		.map(|entry| entry.expect("it is readable").file_name())
		.filter_map(|name| name.into_string().ok())
		.filter(|name| name.len() > 64);
	let kind = hex::encode(b"salu");
	for key in keys {
		assert!(key.starts_with(&kind), "{key}");
	}

	// What could harm the node is not for those who reach it.
	for (method, params) in [
		("author_rotateKeysWithOwner", json!(["0x00"])),
		("author_insertKey", json!(["aura", "//Alice", "0x00"])),
		("author_removeExtrinsic", json!([[]])),
		("system_addReservedPeer", json!(["/ip4/127.0.0.1/tcp/1"])),
		("system_peers", json!([])),
		("offchain_localStorageGet", json!(["PERSISTENT", "0x00"])),
		("state_getPairs", json!(["0x"])),
	] {
		let refusal = gateway.rpc(method, params).await.expect_err(method);
		assert!(refusal.message.contains("unsafe"), "{method}: {refusal:?}");
	}

	// Too much at once is refused, and the node goes on.
	let url = gateway.url().replacen("ws", "http", 1);
	let http = reqwest::Client::new();
	let large = format!(
		"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
		16 << 20
	);
	let (_, status) = answer(&gateway, &large).await;
	assert_eq!(status, "413");
	let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "system_name", "params": [] });
	for (calls, taken) in [(256, true), (257, false)] {
		let answer = http.post(&url).json(&vec![&call; calls]).send().await;
		let answer: Value = answer.expect("it answers").json().await.expect("it is JSON");
		assert_eq!(answer.is_array(), taken, "{calls}: {answer}");
	}

	// As many connections as it was told, and a new one where one has ended.
	drop(http);
	let mut open = Vec::new();
	eventually("old connections end", Duration::from_secs(20), || async {
		let more = connection(&gateway).await?;
		drop(more);
		Some(())
	})
	.await;
	while let Some(connection) = connection(&gateway).await {
		open.push(connection);
		assert!(open.len() <= CONNECTIONS);
	}
	assert!(open.len() > CONNECTIONS / 2, "{}", open.len());
	drop(open);
	eventually("there is room again", Duration::from_secs(20), || connection(&gateway)).await;
	here.run(PATIENT, &["status"]).await;

	// What it logs is for a machine, line by line.
	let lines = gateway.log_lines();
	assert!(lines.len() > 20, "{lines:?}");
	for line in lines {
		let said: Value =
			serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
		for field in ["time", "level", "target", "message"] {
			assert!(said[field].is_string(), "{field}: {line}");
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_waits_and_loses_nothing() {
	/// Calls in a minute: all of them at once, and then one each second.
	const RATE: u32 = 60;
	let network = Network::start_alone(&[]).await;
	let limit = ["--rpc-rate-limit", &RATE.to_string()].map(str::to_owned);
	let gateway = network.join_behind("gateway", &limit).await;
	let client = Client::connect(&gateway.url()).await.expect("it answers");
	let started = Instant::now();
	for _ in 0..RATE + 5 {
		let name: String =
			client.request("system_name", rpc_params![]).await.expect("it is answered, later");
		assert_eq!(name, "Salus Node");
	}
	assert!(started.elapsed() >= Duration::from_secs(4), "nobody waited: {:?}", started.elapsed());
	// Another connection has calls of its own.
	let other = Client::connect(&gateway.url()).await.expect("it answers");
	let started = Instant::now();
	other.node_status().await.expect("it answers");
	assert!(started.elapsed() < Duration::from_secs(4));
}
