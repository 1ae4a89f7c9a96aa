//! A client that does not wait for a document gets a task, and reads the content later. It reads
//! ranges of what is open without a further request on the patient's log.

use super::fhir::{address, document};
use salus_e2e::{
	cast::*,
	chain::becomes_stored,
	eventually, eventually_within,
	fhir::{FhirServer, ALL, HIS, OTHER, OWN},
	relay::Relay,
	People, PATIENCE,
};
use serde_json::{json, Value};
use std::{
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	time::Duration,
};

const LATER: (&str, &str) = ("prefer", "respond-async");
const CONTENT: &str = "haemoglobin 7.2";

/// Asks for content without waiting, and returns the task once it has ended.
pub async fn opened(server: &FhirServer, token: &str, binary: &str) -> Value {
	opened_within(PATIENCE, server, token, binary).await
}

/// Asks for content as [`opened`] does, with another deadline.
pub async fn opened_within(
	deadline: Duration,
	server: &FhirServer,
	token: &str,
	binary: &str,
) -> Value {
	// Large content that was just sent can still take its room.
	let accepted = eventually_within(deadline, "there is room", || async {
		let answer = server.send("GET", binary, token, &[LATER], None).await;
		(answer.status != 503).then_some(answer)
	})
	.await;
	assert_eq!(accepted.status, 202, "{accepted:?}");
	assert_eq!(accepted.header("preference-applied"), "respond-async");
	assert_eq!(accepted.json()["status"], "in-progress");
	let task = accepted.header("content-location").to_owned();
	eventually_within(deadline, "the task ends", || async {
		let task = server.get(token, &task).await.json();
		(task["status"] != "in-progress").then_some(task)
	})
	.await
}

/// Returns the address of the content that a task has opened.
pub fn output(task: &Value) -> String {
	assert_eq!(task["status"], "completed", "{task}");
	let reference = task["output"][0]["valueReference"]["reference"].as_str();
	reference.expect("a reference").to_owned()
}

/// Adds a document about the patient, and returns the addresses of both the document and its
/// content.
async fn add(server: &FhirServer, token: &str) -> [String; 2] {
	let document = document(&address(PATIENT), "Blood count", CONTENT);
	let added = server.send("POST", "DocumentReference", token, &[], Some(&document)).await;
	let resource = added.json();
	let of = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{added:?}")).to_owned();
	let id = of(&resource["id"]);
	[format!("DocumentReference/{id}"), of(&resource["content"][0]["attachment"]["url"])]
}

/// Waits until a storage node holds a document. A task fails if none does within 15 s.
async fn is_stored(people: &People, document: &str) {
	let id = document.trim_start_matches("DocumentReference/");
	becomes_stored(&people.node, &format!("0x{id}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_need_not_wait_for_a_document() {
	let his = ("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"][..]);
	let (people, mut server, [his, other, _]) = FhirServer::start_for([his, OTHER, OWN]).await;
	let [added, binary] = add(&server, &his).await;
	is_stored(&people, &added).await;

	let before = server.log_total(&address(PATIENT)).await;
	let task = opened(&server, &his, &binary).await;
	let content = output(&task);
	// The request, and the release of the key.
	let logged = before + 2;
	eventually("the request and the release are on the log", || async {
		(server.log_total(&address(PATIENT)).await == logged).then_some(())
	})
	.await;
	for _ in 0..2 {
		let answer = server.get(&his, &content).await;
		assert_eq!((answer.status, &*answer.body), (200, CONTENT.as_bytes()), "{answer:?}");
	}
	let accept = [("accept", "application/fhir+json")];
	let resource = server.send("GET", &content, &his, &accept, None).await.json();
	assert_eq!(
		(&resource["resourceType"], &resource["contentType"]),
		(&json!("Binary"), &json!("text/plain"))
	);
	ranges(&server, &his, &content).await;
	assert_eq!(
		server.log_total(&address(PATIENT)).await,
		logged,
		"content that is open is not requested again"
	);

	only_its_client_sees_a_task(&server, [&his, &other], &task, &content).await;

	// A refusal is on the log, too, and the task says which rule decided.
	let before = server.log_total(&address(PATIENT)).await;
	let refused = opened(&server, &other, &binary).await;
	assert_eq!((&refused["status"], refused.get("output")), (&json!("failed"), None));
	let reason = &refused["statusReason"];
	assert_eq!(reason["coding"][0]["code"], "refused", "{refused}");
	assert_eq!(server.log_total(&address(PATIENT)).await, before + 1);
	let unknown = format!("Binary/{}-1", "a".repeat(52));
	assert_eq!(
		opened(&server, &his, &unknown).await["statusReason"]["coding"][0]["code"],
		"not-found"
	);

	only_the_patient_learns_of_an_erasure(&server, [&his, &other]).await;

	openings_are_bounded(&server, [&his, &other], &binary).await;

	// Nothing of it outlives the server.
	server.restart().await;
	let his = server.token("his", None).await;
	assert_eq!(server.get(&his, &path_of(&task)).await.status, 404);
	assert_eq!(server.get(&his, &content).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_gives_no_content_after_a_revocation() {
	let (people, server, [his, ..]) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let [added, binary] = add(&server, &his).await;
	is_stored(&people, &added).await;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	let granted = people.cli.run(PATIENT, grant).await;
	let revoke = (PATIENT, format!("consent revoke {}", granted["grant"]));
	let suspend = (ADMIN_A, format!("member suspend {DOCTOR_A} --role practitioner"));

	for (client, (signer, command)) in [("other", revoke), ("his", suspend)] {
		let token = server.token(client, None).await;
		let before = server.log_total(&address(PATIENT)).await;
		let content = output(&opened(&server, &token, &binary).await);
		eventually("the request and the release are on the log", || async {
			(server.log_total(&address(PATIENT)).await == before + 2).then_some(())
		})
		.await;
		let read = server.get(&token, &content).await;
		assert_eq!((read.status, &*read.body), (200, CONTENT.as_bytes()), "{read:?}");

		people.cli.run(signer, command).await;
		// The content is on the server for some minutes more, but each read is a separate request.
		for number in 1..=2 {
			let read = server.get(&token, &content).await;
			let code = read.json()["issue"][0]["details"]["coding"][0]["code"].clone();
			assert_eq!((read.status, code), (403, json!("refused")), "{client}: {read:?}");
			assert_eq!(server.log_total(&address(PATIENT)).await, before + 2 + number, "{client}");
		}
	}
}

/// A node behind a relay. The relay answers whether a release holds.
struct LyingNode {
	relay: Relay,
	/// The relay's answer; `None` for the node's own.
	word: Arc<Mutex<Option<bool>>>,
	/// Number of its answers.
	said: Arc<AtomicUsize>,
}

impl LyingNode {
	async fn start(node: String) -> Self {
		let (word, said) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
		let (given, count) = (word.clone(), said.clone());
		let answer = move |request: &Value| {
			let is_asked = request["method"] == "state_call"
				&& request["params"][0] == "SalusApi_release_stands";
			let word = (*given.lock().expect("no thread panics with it")).filter(|_| is_asked)?;
			count.fetch_add(1, Ordering::SeqCst);
			Some(("result", json!(if word { "0x01" } else { "0x00" })))
		};
		Self { relay: Relay::start(node, Arc::new(answer)).await, word, said }
	}

	/// Says this from now on, and counts its answers again.
	fn says(&self, word: bool) {
		*self.word.lock().expect("no thread panics with it") = Some(word);
		self.said.store(0, Ordering::SeqCst);
	}

	/// Returns the number of its answers since it says what it says.
	fn said(&self) -> usize {
		self.said.load(Ordering::SeqCst)
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_gets_nobody_content_after_a_revocation() {
	let (people, mut server, _) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let node = LyingNode::start(people.node.url()).await;
	server.restart_at(&node.relay.url()).await;
	let [his, other] = server.tokens(["his", "other"]).await;
	let [added, binary] = add(&server, &his).await;
	is_stored(&people, &added).await;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	let granted = people.cli.run(PATIENT, grant).await;
	let logged = async |count: u64| {
		eventually("the log has its entries", || async {
			(server.log_total(&address(PATIENT)).await == count).then_some(())
		})
		.await;
	};
	let before = server.log_total(&address(PATIENT)).await;
	let content = output(&opened(&server, &other, &binary).await);
	logged(before + 2).await;

	// A revocation that is not final yet is only the node's word. It counts: the content is
	// requested again.
	node.says(false);
	let read = server.get(&other, &content).await;
	assert_eq!((read.status, &*read.body), (200, CONTENT.as_bytes()), "{read:?}");
	assert!(node.said() > 0);
	logged(before + 4).await;

	// The node's word that a release stands counts for nothing.
	node.says(true);
	let read = server.get(&other, &content).await;
	assert_eq!((read.status, &*read.body), (200, CONTENT.as_bytes()), "{read:?}");
	people.cli.run(PATIENT, format!("consent revoke {}", granted["grant"])).await;
	node.says(true);
	let read = server.get(&other, &content).await;
	let code = read.json()["issue"][0]["details"]["coding"][0]["code"].clone();
	assert_eq!((read.status, code), (403, json!("refused")), "{read:?}");
	assert!(node.said() > 0);
	logged(before + 5).await;
}

/// Returns the path of a task.
fn path_of(task: &Value) -> String {
	format!("Task/{}", task["id"].as_str().expect("an id"))
}

/// Another client does not see them, nor does the same client for another purpose.
async fn only_its_client_sees_a_task(
	server: &FhirServer,
	[his, other]: [&str; 2],
	task: &Value,
	content: &str,
) {
	let emergency = server.token("his", Some("ETREAT")).await;
	assert_eq!(server.get(other, &path_of(task)).await.status, 404);
	assert_eq!(server.get(other, "Task").await.json()["total"], 0);
	for token in [other, &emergency] {
		assert_eq!(server.get(token, content).await.status, 404);
	}
	let found = server.get(his, "Task?status=completed&code=open").await.json();
	assert_eq!((&found["total"], &found["entry"][0]["resource"]["id"]), (&json!(1), &task["id"]));
	assert_eq!(server.get(his, "Task?status=failed").await.json()["total"], 0);
	let settled = server.send("PUT", &path_of(task), his, &[], Some(task)).await;
	assert_eq!(settled.status, 405, "{settled:?}");
}

/// One client's openings are bounded, and leave room for another's.
async fn openings_are_bounded(server: &FhirServer, [his, other]: [&str; 2], binary: &str) {
	let ask = async |token: &str| server.send("GET", binary, token, &[LATER], None).await;
	for number in 0..15 {
		let accepted = ask(his).await;
		assert_eq!(accepted.status, 202, "{number}: {accepted:?}");
	}
	let last = ask(his).await;
	assert_eq!((last.status, last.json()["issue"][0]["code"].as_str()), (429, Some("throttled")));
	assert_eq!(ask(other).await.status, 202);
}

/// Only the patient's own client learns that a document was erased, whether it waits or not.
async fn only_the_patient_learns_of_an_erasure(server: &FhirServer, [his, other]: [&str; 2]) {
	let [document, binary] = add(server, his).await;
	let own = server.token("patient", None).await;
	let opened_before = server.open(&own, &binary).await;
	let context = opened_before.header("x-security-context").to_owned();
	assert!(context.ends_with(&format!("/Patient/{}", address(PATIENT))), "{opened_before:?}");
	assert_eq!(server.send("DELETE", &document, &own, &[], None).await.status, 204);
	for (token, status, code) in
		[(his, 404, "not-found"), (other, 404, "not-found"), (&own, 410, "erased")]
	{
		let answer = server.get(token, &binary).await;
		let found = answer.json()["issue"][0]["details"]["coding"][0]["code"].clone();
		assert_eq!((answer.status, found), (status, code.into()), "{answer:?}");
		let task = opened(server, token, &binary).await;
		assert_eq!(task["statusReason"]["coding"][0]["code"], code, "{task}");
	}
}

async fn ranges(server: &FhirServer, token: &str, content: &str) {
	let ranged = async |headers: &[(&str, &str)]| {
		let answer = server.send("GET", content, token, headers, None).await;
		let range = answer.header("content-range").to_owned();
		(answer.status, range, String::from_utf8(answer.body).expect("text"))
	};
	let part = |range: &str, text: &str| (206, format!("bytes {range}/15"), text.to_owned());
	assert_eq!(ranged(&[("range", "bytes=0-3")]).await, part("0-3", "haem"));
	assert_eq!(ranged(&[("range", "bytes=12-99")]).await, part("12-14", "7.2"));
	assert_eq!(ranged(&[("range", "bytes=-3")]).await, part("12-14", "7.2"));
	let (status, range, _) = ranged(&[("range", "bytes=15-")]).await;
	assert_eq!((status, &*range), (416, "bytes */15"));
	let whole = (200, String::new(), CONTENT.to_owned());
	for range in ["bytes=0-1,4-5", "bytes=3-1", "lines=1-2", ""] {
		assert_eq!(ranged(&[("range", range)]).await, whole, "{range}");
	}
	let conditional = [("range", "bytes=0-3"), ("if-range", "W/\"1\"")];
	assert_eq!(ranged(&conditional).await, whole);
}
