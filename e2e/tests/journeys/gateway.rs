//! A hospital's node for its other systems: it holds no validator's key, and withstands their
//! errors.

use salus_client::{rpc_params, Client};
use salus_e2e::{
	cast::*,
	chain, eventually, files,
	node::REFUSES_STRANGERS,
	people::{record_id, storage_account},
	quoted, Network, Node,
};
use serde_json::{json, Value};
use std::time::{Duration, Instant};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

/// Most connections that the node takes.
const CONNECTIONS: usize = 8;

/// Deadline for a busy node to close connections.
const CLOSING: Duration = Duration::from_secs(120);

/// Arguments with which the node starts.
const ARGUMENTS: [&str; 4] = ["--log-format", "json", "--rpc-max-connections", "8"];

/// Sends the head of a request, and returns the connection and the status of the answer.
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

/// Opens a WebSocket connection.
async fn connection(node: &Node) -> TcpStream {
	// The key is the example in RFC 6455.
	let head = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
		Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
	let (stream, status) = answer(node, head).await;
	assert_eq!(status, "101");
	stream
}

/// Returns whether the node has closed a connection on which it has nothing to say.
async fn is_closed(stream: &mut TcpStream) -> bool {
	let mut rest = Vec::new();
	timeout(Duration::from_millis(500), stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_storage_node_of_the_consortium_gets_blocks() {
	let network = Network::start_alone(&[]).await;
	let outside = network.join_behind("outside", &ARGUMENTS).await;
	let people = &network.people;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 5.4);
	let first = people.add(&file, "laboratory", "First").await;
	let first = chain::root(&people.node, &first).await;

	// The node outside follows the chain, so it knows the record's blocks. Alice's node gives it
	// none, and logs that.
	let from = people.node.log_length();
	let line = eventually("Alice's node logs the refusal", || async {
		assert_eq!(outside.ask("salus_getBlock", json!([first])).await, Value::Null);
		let mut lines = people.node.log_lines().into_iter().skip(from);
		lines.find(|line| line.contains(REFUSES_STRANGERS))
	})
	.await;
	let peer = outside.ask("system_localPeerId", json!([])).await;
	assert!(line.contains(peer.as_str().expect("a text")), "{line}");

	// Once it is admitted, it announces its peer id on the chain, and gets blocks.
	people.admit_storage(&outside).await;
	eventually("it gets the block", || async {
		let block = outside.rpc("salus_getBlock", json!([first])).await.ok()?;
		(block != Value::Null).then_some(())
	})
	.await;
	let lists_it = |peers: &Value| {
		peers.as_array().is_some_and(|all| all.iter().any(|one| one["peer"] == peer))
	};
	let peers = people.node.ask("salus_storagePeers", json!([])).await;
	assert!(lists_it(&peers), "{peers}");

	// Once its membership is revoked, it gets no more.
	let account = storage_account(&outside).await;
	people.cli.run(ADMIN_A, format!("member revoke {account} --role storage-node")).await;
	eventually("it is no longer a storage node", || async {
		let at = people.node.rpc("chain_getFinalizedHead", json!([])).await.ok()?;
		let peers = people.node.rpc("salus_storagePeers", json!([at])).await.ok()?;
		(!lists_it(&peers)).then_some(())
	})
	.await;
	let file = files::fhir_bundle(people.folder(), "second.json", 5.6);
	let second = people.add(&file, "laboratory", "Second").await;
	let second = chain::root(&people.node, &second).await;
	assert_eq!(outside.ask("salus_getBlock", json!([second])).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_serves_records_and_refuses_harmful_calls() {
	let network = Network::start_alone(&[]).await;
	let gateway = network.join_behind("gateway", &ARGUMENTS).await;
	let people = &network.people;
	people.admit_storage(&gateway).await;

	// The gateway does the work of a hospital's systems.
	let here = people.cli.at(&gateway.url());
	let file = files::fhir_bundle(people.folder(), "bundle.json", 5.4);
	let add = people.add_and_wait_line(&file, "laboratory", "Blood count");
	let record = record_id(&here.run(DOCTOR_A, add).await);
	let copy = people.path("copy");
	let out = quoted(&copy);
	here.run(PATIENT, format!("record get {record} --purpose PATRQT --out {out}")).await;
	assert!(files::same(&file, &copy));

	// A thief who breaks into it finds the storage key of this node, but no key of a validator or
	// of the committee.
	let keys = std::fs::read_dir(gateway.base().join("chains/dev/keystore"))
		.expect("the node has a keystore")
		.map(|entry| entry.expect("the keystore is readable").file_name())
		.filter_map(|name| name.into_string().ok())
		.filter(|name| name.len() > 64);
	let kind = hex::encode(b"salu");
	for key in keys {
		assert!(key.starts_with(&kind), "{key}");
	}

	// Nobody who reaches it can make calls that could harm it.
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

	// The gateway refuses too much at once, and stays up.
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

	// The gateway holds a limited number of connections. A new one takes the place of the one that
	// is unused for the longest time, so nobody is shut out.
	let mut connections = Vec::new();
	for _ in 0..2 * CONNECTIONS {
		connections.push(connection(&gateway).await);
	}
	here.run(PATIENT, "status").await;
	let start = Instant::now();
	loop {
		let mut open = 0;
		for stream in &mut connections {
			open += usize::from(!is_closed(stream).await);
		}
		if open < CONNECTIONS {
			break;
		}
		assert!(start.elapsed() < CLOSING, "{open} are open");
	}

	logs_one_object_a_line(&gateway);
}

fn logs_one_object_a_line(gateway: &Node) {
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
async fn a_client_that_asks_too_often_waits_and_loses_nothing() {
	/// Calls in a minute: all of them at once, and then one each second.
	const RATE: u32 = 60;
	let network = Network::start_alone(&[]).await;
	let gateway = network.join_behind("gateway", &["--rpc-rate-limit", &RATE.to_string()]).await;
	let ask = async |client: &Client, calls: u32| {
		let started = Instant::now();
		for _ in 0..calls {
			let name: String =
				client.request("system_name", rpc_params![]).await.expect("it answers, maybe late");
			assert_eq!(name, "Salus Node");
		}
		started.elapsed()
	};
	let client = Client::connect(&gateway.url()).await.expect("it answers");
	let took = ask(&client, RATE + 5).await;
	assert!(took >= Duration::from_secs(4), "nobody waited: {took:?}");
	// Other connections have their own calls. Each would wait a second for each of its calls, and a
	// node that pauses takes long once, but not each time.
	let mut quickest = Duration::MAX;
	for _ in 0..3 {
		let other = Client::connect(&gateway.url()).await.expect("it answers");
		quickest = quickest.min(ask(&other, RATE / 2).await);
	}
	let most = Duration::from_secs(u64::from(RATE / 3));
	assert!(quickest < most, "it waited for another: {quickest:?}");
}
