//! Hospital systems learn of documents, and patients of entries in their log, as they happen. No
//! event is lost, whatever is killed.

use super::fhir::{address, document};
use futures::future::join_all;
use salus_e2e::{
	cast::*,
	chain::{finalised, grows_beyond, last_votable},
	eventually,
	fhir::{FhirAnswer, FhirServer, ALL, HIS, OTHER, OWN},
	files, quoted, responses, Network, People,
};
use serde_json::{json, Value};
use std::{
	collections::{BTreeMap, BTreeSet},
	io::{ErrorKind, Read},
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
	task::JoinHandle,
};

/// Name of an address of the Subscriptions R5 Backport.
fn backport(name: &str) -> String {
	format!("http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/{name}")
}

/// Returns a subscription to a topic, at the endpoint of a client.
pub fn subscription(server: &FhirServer, client: &str, topic: &str, filter: &str) -> Value {
	let base = "https://github.com/salus-health/salus/fhir/SubscriptionTopic";
	json!({
		"resourceType": "Subscription",
		"status": "requested",
		"reason": "MARKER-REASON",
		"criteria": format!("{base}/{topic}"),
		"_criteria": { "extension": [{
			"url": backport("backport-filter-criteria"), "valueString": filter,
		}] },
		"channel": {
			"type": "rest-hook",
			"endpoint": format!("http://127.0.0.1:{}/{client}", server.endpoint_port),
			"payload": "application/fhir+json",
			"_payload": { "extension": [{
				"url": backport("backport-payload-content"), "valueCode": "id-only",
			}] },
		},
	})
}

/// Returns the path of a subscription that was made.
pub fn path_of(made: &FhirAnswer) -> String {
	format!("Subscription/{}", made.json()["id"].as_str().expect("an id"))
}

/// The notifications that endpoints got, by the path of the endpoint.
pub type Inbox = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// Answer of an endpoint that has taken a notification.
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A running receiver. It ends when this is dropped.
pub struct Receiver(JoinHandle<()>);

impl Drop for Receiver {
	fn drop(&mut self) {
		self.0.abort();
	}
}

/// Takes notifications at a port.
pub async fn receive(port: u16, inbox: &Inbox) -> Receiver {
	let listener = listen(port).await;
	let inbox = inbox.clone();
	Receiver(tokio::spawn(async move {
		while let Ok((mut stream, _)) = listener.accept().await {
			if take(&mut stream, &inbox).await.is_some() {
				let _ = stream.write_all(OK).await;
			}
		}
	}))
}

/// Takes notifications at a port, and never answers.
async fn hold(port: u16, inbox: &Inbox) -> Receiver {
	let listener = listen(port).await;
	let inbox = inbox.clone();
	Receiver(tokio::spawn(async move {
		let mut held = Vec::new();
		while let Ok((mut stream, _)) = listener.accept().await {
			take(&mut stream, &inbox).await;
			held.push(stream);
		}
	}))
}

async fn listen(port: u16) -> TcpListener {
	// A receiver that was dropped ends soon.
	eventually("the port is free", || async { TcpListener::bind(("127.0.0.1", port)).await.ok() })
		.await
}

/// Reads one notification, and keeps it for `conformance/check-resources`.
async fn take(stream: &mut TcpStream, inbox: &Inbox) -> Option<()> {
	let mut bytes = Vec::new();
	let (head, length) = loop {
		let mut part = [0; 8_192];
		let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
		bytes.extend_from_slice(&part[..read]);
		let text = String::from_utf8_lossy(&bytes);
		let Some(end) = text.find("\r\n\r\n") else { continue };
		let head = text[..end].to_lowercase();
		let length = head.split("content-length: ").nth(1)?.lines().next()?.parse::<usize>();
		break (head, end + 4 + length.ok()?);
	};
	while bytes.len() < length {
		let mut part = [0; 8_192];
		let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
		bytes.extend_from_slice(&part[..read]);
	}
	assert!(head.contains(&format!("authorization: {}", "5a".repeat(32))), "{head}");
	let body = &bytes[head.len() + 4..length];
	let path = head.split(' ').nth(1)?.trim_start_matches('/').to_owned();
	let told = serde_json::from_slice(body).expect("JSON");
	let media_type = head.split("content-type: ").nth(1)?.lines().next()?;
	assert_eq!(media_type, "application/fhir+json");
	responses::keep(&path, media_type, body);
	inbox.lock().expect("no one panics with it").entry(path).or_default().push(told);
	Some(())
}

/// Returns the value of the parameter of a notification with a name.
fn value<'a>(notification: &'a Value, name: &str) -> &'a Value {
	let all = notification["entry"][0]["resource"]["parameter"].as_array();
	let found = all.expect("parameters").iter().find(|one| one["name"] == name);
	let members = found.and_then(Value::as_object).expect("the parameter");
	members.iter().find(|(name, _)| name.starts_with("value")).expect("a value").1
}

/// Returns the events of notifications, by their numbers: the resources that they name. An event
/// of a document that the client no longer finds has an empty name.
fn events(notifications: &[Value]) -> BTreeMap<u64, String> {
	let mut all = BTreeMap::new();
	for notification in notifications {
		let parameters = notification["entry"][0]["resource"]["parameter"].as_array();
		for event in parameters.expect("parameters") {
			if event["name"] != "notification-event" {
				continue;
			}
			let number = event["part"][0]["valueString"].as_str().expect("a number");
			let focus = event["part"].get(2).map_or("", |focus| {
				let focus = focus["valueReference"]["reference"].as_str().expect("a reference");
				focus.split("/fhir/").nth(1).expect("of the server")
			});
			let before = all.insert(number.parse().expect("a number"), focus.to_owned());
			assert!(before.is_none_or(|before| before == focus), "event {number} is two");
		}
	}
	all
}

/// Waits until the endpoint of a client has this number of events, and returns them.
pub async fn told(inbox: &Inbox, client: &str, count: usize) -> BTreeMap<u64, String> {
	eventually(&format!("{client} gets {count} events"), || async {
		let inbox = inbox.lock().expect("no one panics with it");
		let all = events(inbox.get(client).map_or(&[], Vec::as_slice));
		(all.len() >= count).then_some(all)
	})
	.await
}

/// A server with subscribers: its tokens, and a subscription of `his` to the patient's documents.
struct Subscribers {
	server: FhirServer,
	inbox: Inbox,
	_receiver: Receiver,
	patient: String,
	his: String,
	other: String,
	own: String,
	reader: String,
	/// Path of the subscription.
	path: String,
}

/// Filter of the subscription: the patient is named by the hospital's own number.
const FILTER: &str = "DocumentReference?patient.identifier=urn:mrn|MARKER-0815&category=laboratory";

impl Subscribers {
	/// Starts people, and the server with its subscribers.
	async fn start() -> (People, Self) {
		let reader = ("reader", DOCTOR_A, "system/Subscription.cruds", &["TREAT"][..]);
		let (people, server, [his, other, own, reader]) =
			FhirServer::start_for([HIS, OTHER, OWN, reader]).await;
		let inbox = Inbox::default();
		let _receiver = receive(server.endpoint_port, &inbox).await;
		let patient = address(PATIENT);
		let old = document(&patient, "Old", "old");
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&old)).await;
		assert_eq!(added.status, 201, "{added:?}");

		// The hospital's own number of the patient stays where it is sealed.
		let path = format!("Patient/{patient}");
		let mut resource = server.get(&his, &path).await.json();
		resource["identifier"] = json!([{ "system": "urn:mrn", "value": "MARKER-0815" }]);
		assert_eq!(server.send("PUT", &path, &his, &[], Some(&resource)).await.status, 200);
		let wanted = subscription(&server, "his", "documents", FILTER);
		let made = server.send("POST", "Subscription", &his, &[], Some(&wanted)).await;
		assert_eq!(made.status, 201, "{made:?}");
		let text = made.json().to_string();
		assert!(text.contains(&patient) && !text.contains("MARKER"), "{text}");
		let path = path_of(&made);
		eventually("the endpoint has answered", || async {
			let now = server.get(&his, &path).await.json();
			(now["status"] == "active").then_some(())
		})
		.await;
		let first = inbox.lock().expect("no one panics with it")["his"][0].clone();
		assert_eq!(value(&first, "type"), "handshake");
		let subscribers = Self { server, inbox, _receiver, patient, his, other, own, reader, path };
		(people, subscribers)
	}

	/// Asks for a subscription.
	async fn subscribe(&self, token: &str, wanted: &Value) -> FhirAnswer {
		self.server.send("POST", "Subscription", token, &[], Some(wanted)).await
	}

	/// Returns whether a file of the server's state has a text.
	fn keep(&self, text: &str) -> bool {
		!files::revealing(&self.server.folder().join("state"), &[text]).is_empty()
	}

	/// A client may not subscribe to what it may not search, nor at an address of its choice.
	async fn are_refused_what_they_may_not_search(&self) {
		let Self { server, patient, his, other, reader, .. } = self;
		let mut elsewhere = subscription(server, "his", "documents", FILTER);
		elsewhere["channel"]["endpoint"] = json!("http://169.254.169.254/latest");
		let of_other = subscription(server, "other", "documents", FILTER);
		let log =
			subscription(server, "his", "access-log", &format!("AuditEvent?patient={patient}"));
		let with = |parameter: &str| {
			let filter = format!("DocumentReference?patient={patient}&{parameter}");
			subscription(server, "his", "documents", &filter)
		};
		let not = "DocumentReference?patient.identifier:not=urn:mrn|MARKER-0815";
		let not = subscription(server, "his", "documents", not);
		for (token, body, status) in [
			(his, &elsewhere, 400),
			(his, &of_other, 400),
			(his, &log, 404),
			(his, &with("_sort=date"), 400),
			(his, &with("_format=json-MARKER"), 400),
			// A word that the chain does not have could say who the patient is.
			(his, &with("category=MARKER-0815"), 400),
			(his, &with("category=MARKER|laboratory"), 400),
			(his, &with("author=MARKER-0815"), 400),
			(his, &with("_id=MARKER-0815"), 400),
			(his, &not, 400),
			(reader, &subscription(server, "reader", "documents", FILTER), 403),
		] {
			let refused = self.subscribe(token, body).await;
			assert_eq!(refused.status, status, "{refused:?}");
		}
		assert_eq!(server.get(other, &self.path).await.status, 404);
		assert_eq!(server.get(other, "Subscription").await.json()["total"], 0);
		assert_eq!(server.get(his, "Subscription?status=active").await.json()["total"], 1);
	}

	/// Notices documents, a reading and a grant. Returns the path of the document.
	async fn learn_of_changes(&self, people: &People) -> String {
		let Self { server, inbox, patient, his, other, own, .. } = self;
		// Another hospital may open nothing yet; the patient follows the log.
		let filter = format!("DocumentReference?patient={patient}");
		let of_other = subscription(server, "other", "documents", &filter);
		assert_eq!(self.subscribe(other, &of_other).await.status, 201);
		let filter = format!("AuditEvent?patient={patient}");
		let log = subscription(server, "patient", "access-log", &filter);
		assert_eq!(self.subscribe(own, &log).await.status, 201);

		let blood = document(patient, "Blood count", "haemoglobin 7.2");
		let added = server.send("POST", "DocumentReference", his, &[], Some(&blood)).await.json();
		let record = format!("DocumentReference/{}", added["id"].as_str().expect("an id"));
		assert_eq!(told(inbox, "his", 1).await, BTreeMap::from([(1, record.clone())]));
		let tag = [("if-match", "W/\"1\"")];
		assert_eq!(server.send("PUT", &record, his, &tag, Some(&blood)).await.status, 200);
		let both = BTreeMap::from([(1, record.clone()), (2, record.clone())]);
		assert_eq!(told(inbox, "his", 2).await, both);

		// The patient learns of a reading. A grant makes documents appear.
		let found = server.get(his, &record).await.json();
		let content = found["content"][0]["attachment"]["url"].as_str().expect("an address");
		assert_eq!(server.open(his, content).await.status, 200);
		let entries = told(inbox, "patient", 1).await;
		let entry = entries.values().next().expect("an entry");
		let entry = server.get(own, entry).await.json();
		assert_eq!(entry["resourceType"], "AuditEvent", "{entry}");
		assert!(!inbox.lock().expect("no one panics with it").values().flatten().any(|told| {
			told.to_string().contains("Blood") || told.to_string().contains("haemoglobin")
		}));
		let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
		people.cli.run(PATIENT, grant).await;
		let appeared = told(inbox, "other", 2).await;
		assert!(appeared.values().any(|one| *one == record), "{appeared:?}");
		record
	}

	/// An endpoint can ask for events that it has missed, including after a restart.
	async fn ask_for_missed_events(&self, record: String) {
		let Self { server, path, .. } = self;
		let his = server.token("his", None).await;
		let missed = format!("{path}/$events?eventsSinceNumber=2");
		let missed = server.get(&his, &missed).await.json();
		assert_eq!(events(std::slice::from_ref(&missed)), BTreeMap::from([(2, record)]));
		assert_eq!(value(&missed, "type"), "query-event");
		// A token that permits no search sees the subscription, and no event.
		let client = &server.clients[0];
		let assertion = client.assertion(&format!("{}/token", server.base), &json!({}), &json!({}));
		let narrow = server.ask_for_token(&assertion, "system/Subscription.rs").await.json();
		let narrow = narrow["access_token"].as_str().expect("a token").to_owned();
		assert_eq!(server.get(&narrow, path).await.status, 200);
		assert_eq!(server.get(&narrow, &format!("{path}/$events")).await.status, 403);
		let status = server.get(&his, &format!("{path}/$status")).await.json();
		assert_eq!(value(&status, "events-since-subscription-start"), "2");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_learn_of_what_they_would_find() {
	let (people, mut all) = Subscribers::start().await;
	all.are_refused_what_they_may_not_search().await;
	let record = all.learn_of_changes(&people).await;
	all.server.restart().await;
	all.ask_for_missed_events(record).await;

	let id = all.path.trim_start_matches("Subscription/");
	assert!(!all.keep("MARKER") && all.keep(id));
	let log = all.server.log();
	assert!(!log.contains("MARKER") && !log.contains(&all.patient));
	let his = all.server.token("his", None).await;
	assert_eq!(all.server.send("DELETE", &all.path, &his, &[], None).await.status, 204);
	assert_eq!(all.server.get(&his, &all.path).await.status, 404);
	assert!(!all.keep(id), "a trace of it is left");
}

/// Waits until a subscription has this status, and returns it.
async fn becomes(server: &FhirServer, client: &str, path: &str, status: &str) -> Value {
	eventually(&format!("the subscription is {status}"), || async {
		let token = server.token(client, None).await;
		let now = server.get(&token, path).await.json();
		(now["status"] == status).then_some(now)
	})
	.await
}

/// Connections without an answer, and those that were open at each notification of `his`.
#[derive(Default)]
struct Hanging {
	/// Each connection, by its number.
	all: Vec<(usize, std::net::TcpStream)>,
	/// Number of connections, including closed ones.
	count: usize,
	/// Numbers of the open ones, at each notification of `his`.
	at_his: Vec<BTreeSet<usize>>,
}

impl Hanging {
	/// Returns the numbers of the connections that the server has not closed.
	fn open(&mut self) -> BTreeSet<usize> {
		self.all.retain_mut(|(_, stream)| {
			let mut rest = [0; 8_192];
			loop {
				match stream.read(&mut rest) {
					Ok(0) => return false,
					Ok(_) => {}
					Err(error) => return error.kind() == ErrorKind::WouldBlock,
				}
			}
		});
		self.all.iter().map(|(number, _)| *number).collect()
	}

	/// Takes each connection at a port. Only the client `his` gets an answer.
	async fn receive(port: u16, hanging: &Arc<Mutex<Self>>) -> Receiver {
		let listener = listen(port).await;
		let hanging = hanging.clone();
		Receiver(tokio::spawn(async move {
			while let Ok((mut stream, _)) = listener.accept().await {
				let mut start = [0; 10];
				let _ = stream.read_exact(&mut start).await;
				let is_his = start.starts_with(b"POST /his");
				{
					let mut hanging = hanging.lock().expect("no one panics with it");
					if !is_his {
						hanging.count += 1;
						let number = hanging.count;
						hanging.all.push((number, stream.into_std().expect("a socket")));
						continue;
					}
					let open = hanging.open();
					hanging.at_his.push(open);
				}
				let _ = stream.write_all(OK).await;
			}
		}))
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_hang_hold_no_other() {
	let people = People::start().await;
	let clients = ["a", "b", "c", "d", "his"].map(|id| (id, DOCTOR_A, ALL, &["TREAT"][..]));
	let server = FhirServer::start(&people, &clients).await;
	let hanging = Arc::<Mutex<Hanging>>::default();
	let _receiver = Hanging::receive(server.endpoint_port, &hanging).await;
	let filter = format!("DocumentReference?patient={}", address(PATIENT));
	let make = async |client: &str| {
		let token = server.token(client, None).await;
		let wanted = subscription(&server, client, "documents", &filter);
		let made = server.send("POST", "Subscription", &token, &[], Some(&wanted)).await;
		assert_eq!(made.status, 201, "{made:?}");
		path_of(&made)
	};
	join_all(["a", "b", "c", "d"].repeat(5).into_iter().map(&make)).await;
	let is_held = async |number: usize| {
		let before = eventually("connections hang", || async {
			let open = hanging.lock().expect("no one panics with it").open();
			(open.len() >= 4).then_some(open)
		})
		.await;
		let of_client = make("his").await;
		becomes(&server, "his", &of_client, "active").await;
		let hanging = hanging.lock().expect("no one panics with it");
		!before.is_subset(&hanging.at_his[number])
	};
	// Each waits for 15 s. One of them may have ended in time, but not each time.
	let mut tries = 0;
	while is_held(tries).await {
		tries += 1;
		assert!(tries < 8, "it gets its notification after another endpoint has ended");
	}
}

/// Returns the number of searches for subscriptions: of all, or of those that failed.
async fn searches(server: &FhirServer, which: &str) -> u64 {
	let name = format!("salus_gateway_subscription_searches{which}_total ");
	let metrics = server.metrics().await;
	let count = metrics.lines().find_map(|line| line.strip_prefix(&name)).expect("a metric");
	count.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_says_why_it_is_paused() {
	let (people, mut server, [his]) = FhirServer::start_for([HIS]).await;
	let inbox = Inbox::default();
	let _receiver = receive(server.endpoint_port, &inbox).await;
	let filter = format!("DocumentReference?patient={}", address(PATIENT));
	let wanted = subscription(&server, "his", "documents", &filter);
	let made = server.send("POST", "Subscription", &his, &[], Some(&wanted)).await;
	assert_eq!(made.status, 201, "{made:?}");
	let path = path_of(&made);
	becomes(&server, "his", &path, "active").await;

	// The operator takes the search from the client, and gives it back.
	let config = std::fs::read_to_string(server.config()).expect("it is there");
	let narrow = config.replace(ALL, "system/Subscription.cruds");
	std::fs::write(server.config(), narrow).expect("it is writable");
	server.restart().await;
	let paused = becomes(&server, "his", &path, "error").await;
	let reason = paused["error"].as_str().expect("a reason");
	assert!(reason.contains("may no longer search"), "{reason}");
	std::fs::write(server.config(), config).expect("it is writable");
	server.restart().await;
	becomes(&server, "his", &path, "active").await;
	let file = files::fhir_bundle(people.folder(), "blood.json", 7.2);
	people.add(&file, "laboratory", "Blood count").await;
	told(&inbox, "his", 1).await;

	// An operator sees that it notices nothing.
	let before = searches(&server, "_failed").await;
	people.node.stop();
	eventually("a search fails", || async {
		let failed = searches(&server, "_failed").await;
		// A failed test shows whether anything was searched.
		eprintln!("{failed} of {} searches failed", searches(&server, "").await);
		(failed > before).then_some(())
	})
	.await;
	people.node.signal("CONT");
	eventually("it is searched again", || async {
		server.log().contains("subscriptions are searched again").then_some(())
	})
	.await;
	assert!(server.log().contains("cannot search for subscriptions"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_of_a_final_block() {
	let mut network = Network::start().await;
	let people = &network.people;
	let mut server = FhirServer::start(people, &[HIS, OTHER]).await;
	let [his, other] = server.tokens(["his", "other"]).await;
	let inbox = Inbox::default();
	let _receiver = receive(server.endpoint_port, &inbox).await;
	let patient = address(PATIENT);
	let blood = document(&patient, "Blood count", "haemoglobin 7.2");
	assert_eq!(server.send("POST", "DocumentReference", &his, &[], Some(&blood)).await.status, 201);
	let filter = format!("DocumentReference?patient={patient}");
	let wanted = subscription(&server, "other", "documents", &filter);
	let made = server.send("POST", "Subscription", &other, &[], Some(&wanted)).await;
	let path = path_of(&made);
	becomes(&server, "other", &path, "active").await;

	// With two of four down, a grant is in a block that does not become final.
	network.others[1].kill();
	network.others[2].kill();
	let people = &network.people;
	let last = last_votable(&[&people.node, &network.others[0]]).await;
	grows_beyond(&people.node, last).await;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	people.cli.run_in_a_stall(PATIENT, grant).await;
	// The server starts, and looks at the last final block.
	server.restart().await;
	let other = server.token("other", None).await;
	assert_eq!(server.get(&other, &filter).await.json()["total"], 1, "the best block has it");
	tokio::time::sleep(Duration::from_secs(8)).await;
	assert!(finalised(&people.node).await <= last, "two of four finalised");
	let status = server.get(&other, &format!("{path}/$status")).await.json();
	assert_eq!(value(&status, "events-since-subscription-start"), "0", "{status}");

	// Once the block is final, it is an event.
	network.restart_apart([1, 2]).await;
	network.join_all().await;
	told(&inbox, "other", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_whatever_is_killed() {
	const ROUNDS: usize = 20;
	let (people, mut server, [his]) = FhirServer::start_for([HIS]).await;
	let inbox = Inbox::default();
	let mut receiver = receive(server.endpoint_port, &inbox).await;
	let patient = address(PATIENT);
	let filter = format!("DocumentReference?patient={patient}");
	let wanted = subscription(&server, "his", "documents", &filter);
	let made = server.send("POST", "Subscription", &his, &[], Some(&wanted)).await;
	assert_eq!(made.status, 201, "{made:?}");
	becomes(&server, "his", &path_of(&made), "active").await;
	let mut records = Vec::new();
	for round in 0..ROUNDS {
		let file = files::fhir_bundle(people.folder(), &format!("{round}.json"), round as f32);
		if round % 2 == 0 {
			drop(receiver);
			records.push(people.add(&file, "laboratory", "Blood count").await);
			// Killed before the event, or after it.
			tokio::time::sleep(Duration::from_millis(300 * (round as u64 % 8))).await;
			server.kill();
		} else {
			told(&inbox, "his", round).await;
			drop(receiver);
			// Killed while it is sent: the endpoint has it, and has not answered.
			let holding = hold(server.endpoint_port, &inbox).await;
			records.push(people.add(&file, "laboratory", "Blood count").await);
			told(&inbox, "his", round + 1).await;
			server.kill();
			drop(holding);
		}
		receiver = receive(server.endpoint_port, &inbox).await;
		server.restart().await;
	}
	let all = told(&inbox, "his", ROUNDS).await;
	assert!(all.keys().copied().eq(1..=ROUNDS as u64), "{all:?}");
	let his = server.token("his", None).await;
	let search = format!("DocumentReference?patient={patient}&_sort=date&_count=100");
	let found = server.get(&his, &search).await.json();
	let expected = found["entry"].as_array().expect("entries").iter().map(|entry| {
		format!("DocumentReference/{}", entry["resource"]["id"].as_str().expect("an id"))
	});
	assert!(all.into_values().eq(expected), "the order is not the chain's");
	changes_meanwhile_are_events(&people, &mut server, &inbox, &records).await;
	drop(receiver);
}

/// While the server is down, each version is an event, and so is an erasure. The event of an
/// erasure does not name what the client no longer finds. `his` has one event of each record.
async fn changes_meanwhile_are_events(
	people: &People,
	server: &mut FhirServer,
	inbox: &Inbox,
	records: &[String],
) {
	let [erased, .., revised] = records else { panic!("{records:?} are too few") };
	server.kill();
	for value in [101.5, 102.5] {
		let file = files::fhir_bundle(people.folder(), &format!("{value}.json"), value);
		let (file, mode) = (quoted(&file), people.mode);
		let revise = format!(
			"record revise {revised} {file} --org {HOSPITAL_A} --mode {mode} --wait stored"
		);
		people.cli.run(DOCTOR_A, revise).await;
	}
	people.cli.run(PATIENT, format!("record erase {erased} --yes")).await;
	server.restart().await;
	let all = told(inbox, "his", records.len() + 3).await;
	let new: Vec<_> = all.into_values().skip(records.len()).collect();
	let document = format!("DocumentReference/{}", revised.trim_start_matches("0x"));
	assert_eq!(new, [document.clone(), document, String::new()]);
}
