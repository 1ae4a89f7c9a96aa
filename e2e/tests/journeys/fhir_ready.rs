//! A FHIR server says that it is ready only while its node answers and has caught up. A balancer in
//! front of several servers sends requests to those that are.

use salus_e2e::{
	eventually,
	fhir::{FhirServer, HIS},
	People, Relay,
};
use serde_json::{json, Value};
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};

/// Returns what a server answers at a path, at the address of its metrics and at its own.
async fn said(server: &FhirServer, path: &str) -> [(u16, String); 2] {
	let ask = async |base: &str| {
		let answer = reqwest::get(format!("{base}/{path}")).await.expect("the server runs");
		(answer.status().as_u16(), answer.text().await.expect("a line"))
	};
	let metrics = server.metrics_address().trim_end_matches("/metrics");
	[ask(metrics).await, ask(&server.base).await]
}

/// Waits until a server says this of its readiness, at both addresses.
async fn becomes(server: &FhirServer, status: u16, line: &str) {
	eventually(line, || async {
		let all = said(server, "ready").await;
		all.iter().all(|one| *one == (status, format!("{line}\n"))).then_some(())
	})
	.await;
	assert_eq!(said(server, "health").await, [(); 2].map(|()| (200, "ok\n".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_only_while_its_node_is() {
	let mut people = People::start().await;
	let mut server = FhirServer::start(&people, &[HIS]).await;
	let is_behind = Arc::new(AtomicBool::new(false));
	let syncs = is_behind.clone();
	let answer = move |request: &Value| {
		let is_asked = request["method"] == "system_health";
		let health = json!({ "peers": 1, "isSyncing": true, "shouldHavePeers": true });
		(is_asked && syncs.load(Ordering::SeqCst)).then_some(("result", health))
	};
	let relay = Relay::start(people.node.url(), Arc::new(answer)).await;
	server.restart_at(&relay.url()).await;
	becomes(&server, 200, "ready").await;

	is_behind.store(true, Ordering::SeqCst);
	becomes(&server, 503, "the node is catching up").await;
	is_behind.store(false, Ordering::SeqCst);
	becomes(&server, 200, "ready").await;

	// A node that hangs, and one that is gone.
	people.node.stop();
	becomes(&server, 503, "the node does not answer").await;
	people.node.signal("CONT");
	becomes(&server, 200, "ready").await;
	people.node.kill();
	becomes(&server, 503, "the node does not answer").await;
}
