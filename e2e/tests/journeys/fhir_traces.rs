//! Numbers, names, titles, content and passwords pass through the FHIR gateway, by FHIR, HL7 v2 and
//! imports, and are in none of its files: not in its state, its log, whatever the log shows, or its
//! temporary files, even those without a name.

use super::{
	fhir::{address, document},
	fhir_consent::proposed,
	fhir_import::import,
	fhir_later::{opened, output},
	fhir_subscriptions::{path_of, receive, subscription, told, Inbox, Receiver},
	hl7::{self, message, tables, Sender},
};
use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	cast::*,
	eventually,
	fhir::{FhirServer, HIS},
	files,
	network::free_port,
	quoted, People,
};
use serde_json::{json, Value};
use std::{fs, path::PathBuf};
use tokio::net::TcpStream;

/// System of the hospital's numbers of patients.
const SYSTEM: &str = "urn:oid:2.16.840.1.113883.19.5";

/// Password of a client's keystore.
const PASSWORD: &str = "MARKER-PASSWORD-of-the-laboratory";

/// Places of a round's texts.
const PLACES: [&str; 22] = [
	"NUMBER",
	"TITLE",
	"CONTENT",
	"REVISION",
	"DESCRIPTION",
	"IDENTIFIER",
	"BINARY",
	"SENT-TITLE",
	"ENTRY",
	"ENTRY-TITLE",
	"CONDITION",
	"FILE",
	"IMPORTED",
	"CONSENT",
	"REFUSED",
	"ADDRESS",
	"REASON",
	"LETTER",
	"LETTER-TITLE",
	"TEST",
	"RESULT",
	"STRANGER",
];

/// A round of requests. Each text that it sends is a marker of the round and the place.
struct Round<'a> {
	server: &'a FhirServer,
	name: &'static str,
	patient: String,
	token: String,
}

impl<'a> Round<'a> {
	async fn begin(server: &'a FhirServer, name: &'static str) -> Self {
		let token = server.token("his", None).await;
		Self { server, name, patient: address(PATIENT), token }
	}

	fn mark(&self, place: &str) -> String {
		assert!(PLACES.contains(&place), "{place}");
		format!("MARKER-{place}-{}", self.name)
	}

	/// Returns what must be in no file: the markers (including an HL7 v2 message's), the password,
	/// and the access token.
	fn secrets(&self) -> Vec<String> {
		let marks = PLACES.into_iter().map(|place| self.mark(place));
		let of_messages = hl7::MARKERS.map(str::to_owned);
		marks.chain(of_messages).chain([PASSWORD.to_owned(), self.token.clone()]).collect()
	}

	/// Returns the patient's number.
	fn number(&self) -> Value {
		json!({ "system": SYSTEM, "value": self.mark("NUMBER") })
	}

	/// Sends a resource, and returns the answer's.
	async fn send(&self, method: &str, path: &str, resource: &Value, expected: u16) -> Value {
		let tags: &[(&str, &str)] = match method {
			"PUT" if path.starts_with("DocumentReference") => &[("if-match", "W/\"1\"")],
			_ => &[],
		};
		let sent = self.server.send(method, path, &self.token, tags, Some(resource)).await;
		assert_eq!(sent.status, expected, "{sent:?}");
		sent.json()
	}

	/// Gives the patient a number, and finds the patient by it.
	async fn number_is_kept(&self) {
		let patient = json!({ "resourceType": "Patient", "identifier": [self.number()] });
		self.send("PUT", &format!("Patient/{}", self.patient), &patient, 200).await;
		let search = format!("Patient?identifier={SYSTEM}|{}", self.mark("NUMBER"));
		let found = self.server.get(&self.token, &search).await.json();
		assert_eq!(found["total"], 1, "{found}");
	}

	/// Adds and revises a document, and opens it now and later. Returns its id, and the address of
	/// content that the server keeps for some minutes.
	async fn document_is_opened(&self) -> [String; 2] {
		let mut report = document(&self.patient, &self.mark("TITLE"), &self.mark("CONTENT"));
		report["subject"] = json!({ "identifier": self.number() });
		report["description"] = self.mark("DESCRIPTION").into();
		report["masterIdentifier"] = json!({ "system": "urn:x", "value": self.mark("IDENTIFIER") });
		let added = self.send("POST", "DocumentReference", &report, 201).await;
		let id = added["id"].as_str().expect("an id").to_owned();
		let data = STANDARD.encode(self.mark("REVISION"));
		report["content"][0]["attachment"]["data"] = data.into();
		let path = format!("DocumentReference/{id}");
		let revised = self.send("PUT", &path, &report, 200).await;
		let url = revised["content"][0]["attachment"]["url"].as_str().expect("an address");
		let later = output(&opened(self.server, &self.token, url).await);
		for content in [url, &*later] {
			let read = self.server.get(&self.token, content).await;
			assert_eq!((read.status, read.body), (200, self.mark("REVISION").into_bytes()));
		}
		[id, later]
	}

	/// Sends content before its document, and looks at the server's files while it waits.
	async fn content_is_sent_first(&self) {
		let content = self.mark("BINARY").into_bytes();
		let sent = self.server.send_bytes(&self.token, "text/plain", content).await;
		assert_eq!(sent.status, 201, "{sent:?}");
		nothing_is_kept(self.server, &self.secrets());
		nothing_is_open(self.server, &self.secrets());
		let mut scan = document(&self.patient, "", "");
		scan["content"][0]["attachment"] = json!({
			"contentType": "text/plain",
			"title": self.mark("SENT-TITLE"),
			"url": sent.header("location"),
		});
		self.send("POST", "DocumentReference", &scan, 201).await;
	}

	/// Provides a document by a transaction of MHD.
	async fn document_is_provided(&self) {
		let entry = |url: &str, resource: Value| {
			let request = json!({ "method": "POST", "url": resource["resourceType"] });
			json!({ "fullUrl": url, "resource": resource, "request": request })
		};
		let list = json!({
			"resourceType": "List", "status": "current", "mode": "working",
			"subject": { "reference": format!("Patient/{}", self.patient) },
		});
		let mut provided = document(&self.patient, "", "");
		provided["content"][0]["attachment"] = json!({
			"contentType": "text/plain", "title": self.mark("ENTRY-TITLE"), "url": "urn:uuid:2",
		});
		let binary = json!({
			"resourceType": "Binary",
			"contentType": "text/plain",
			"data": STANDARD.encode(self.mark("ENTRY")),
		});
		let mut provided = entry("urn:uuid:1", provided);
		let condition = format!("identifier=urn:x|{}", self.mark("CONDITION"));
		provided["request"]["ifNoneExist"] = condition.into();
		let entries = [entry("urn:uuid:0", list), provided, entry("urn:uuid:2", binary)];
		let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
		self.send("POST", "", &bundle, 200).await;
	}

	/// Imports a file of the patient with the number.
	async fn file_is_imported(&self, people: &People) {
		let archive = people.path(&format!("archive-{}", self.name));
		fs::create_dir(&archive).expect("the folder is writable");
		let file = archive.join(format!("{}.txt", self.mark("FILE")));
		let content = self.mark("IMPORTED");
		fs::write(&file, &content).expect("the folder is writable");
		assert_eq!(files::revealing(&archive, &[&*content]).len(), 1, "the search finds it");
		let patient = format!("{SYSTEM}|{}", self.mark("NUMBER"));
		let file = file.to_str().expect("the tests' paths are UTF-8");
		let arguments = ["--patient", &patient, "--category", "clinical-note", file];
		let ended = import(self.server, &arguments).await;
		assert_eq!(ended.code, Some(0), "{}", ended.err);
		assert_eq!(ended.entries[0]["outcome"], "added", "{:?}", ended.entries);
		assert!(!ended.err.contains("MARKER"), "{}", ended.err);
	}

	/// Asks for consent, by the number.
	async fn consent_is_asked_for(&self) {
		let mut asked = proposed(&self.patient);
		asked["patient"] = json!({ "identifier": self.number() });
		asked["identifier"] = json!([{ "system": "urn:x", "value": self.mark("CONSENT") }]);
		self.send("POST", "Consent", &asked, 201).await;
	}

	/// Subscribes to the patient's documents, by the number. Returns the path of the subscription.
	async fn client_subscribes(&self) -> String {
		let filter =
			format!("DocumentReference?patient.identifier={SYSTEM}|{}", self.mark("NUMBER"));
		let mut wanted = subscription(self.server, "his", "documents", &filter);
		wanted["reason"] = self.mark("REASON").into();
		let made = self.server.send("POST", "Subscription", &self.token, &[], Some(&wanted)).await;
		assert_eq!(made.status, 201, "{made:?}");
		let path = path_of(&made);
		eventually("the endpoint has answered", || async {
			let now = self.server.get(&self.token, &path).await.json();
			(now["status"] == "active").then_some(())
		})
		.await;
		path
	}

	/// Sends messages of HL7 v2: a letter, a result, and a letter about a stranger.
	async fn messages_are_received(&self, port: u16) {
		let mut sender = Sender::connect(port).await;
		let id = |number: u32| format!("{}-{number}", self.name);
		let letter = |id: &str, number: &str| {
			let txa = format!("TXA|1|DS|AP|202611290810||||||||{id}^^HOSP|||||AU");
			let pdf = STANDARD.encode(format!("%PDF-1.4\n{}\n%%EOF\n", self.mark("LETTER")));
			let title = self.mark("LETTER-TITLE");
			let obx = format!("OBX|1|ED|1^{title}||LAB^AP^PDF^Base64^{pdf}");
			let patient = format!("{}^^^HOSP^MR", self.mark(number));
			message("MDM^T02^MDM_T02", id, &patient, &["PV1|1|I", &txa, &obx])
		};
		let taken = sender.send_until_taken(&letter(&id(1), "NUMBER")).await;
		assert_eq!(taken, hl7::accepted());
		let patient = format!("{}^^^HOSP^MR", self.mark("NUMBER"));
		let test = self.mark("TEST");
		let time = format!("202611290815{}F", "|".repeat(18));
		let obr = format!("OBR|1||{}^LAB|BC^{test}^L|||{time}", id(2));
		let obx = "OBX|1|NM|718-7^Haemoglobin^LN||7.2|g/dL|12-16|L|||F";
		let note = format!("NTE|1||{}", self.mark("RESULT"));
		let result = message("ORU^R01^ORU_R01", &id(2), &patient, &[&obr, obx, &note]);
		assert_eq!(sender.send_until_taken(&result).await, hl7::accepted());
		let strange = sender.send(&letter(&id(3), "STRANGER")).await;
		assert_eq!(strange, hl7::refused("AE", "204"));
	}

	/// Sends what is refused.
	async fn requests_are_refused(&self) {
		let mut strange = document(&self.patient, &self.mark("TITLE"), &self.mark("CONTENT"));
		let value = json!({ "url": "urn:x", "valueString": self.mark("REFUSED") });
		strange["modifierExtension"] = json!([value]);
		self.send("POST", "DocumentReference", &strange, 400).await;
		let path = format!("Patient/{}", self.mark("ADDRESS"));
		assert_eq!(self.server.get(&self.token, &path).await.status, 404);
	}
}

/// Checks that no file of the server has one of these texts.
fn nothing_is_kept(server: &FhirServer, secrets: &[String]) {
	let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
	let found = files::revealing(server.folder(), &secrets);
	assert!(found.is_empty(), "{found:?}");
}

/// Checks that no file without a name that the server has open has one of these texts. It has one
/// at least, with content that waits.
fn nothing_is_open(server: &FhirServer, secrets: &[String]) {
	let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
	let open = files::nameless(server.process_id());
	let is_full = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 0);
	assert!(open.iter().any(is_full), "the search finds content that waits: {open:?}");
	let found = files::revealing_of(&open, &secrets);
	assert!(found.is_empty(), "{found:?}");
}

/// Takes the notifications of a round.
async fn inbox_of(server: &FhirServer) -> (Inbox, Receiver) {
	let inbox = Inbox::default();
	let receiver = receive(server.endpoint_port, &inbox).await;
	(inbox, receiver)
}

/// Sends texts in every way, and looks for them in the server's files. Returns them. The server
/// receives HL7 v2 at `port`.
async fn play(people: &People, server: &FhirServer, name: &'static str, port: u16) -> Vec<String> {
	let round = Round::begin(server, name).await;
	let (inbox, _receiver) = inbox_of(server).await;
	round.number_is_kept().await;
	let subscribed = round.client_subscribes().await;
	let [id, later] = round.document_is_opened().await;
	round.content_is_sent_first().await;
	round.document_is_provided().await;
	round.file_is_imported(people).await;
	round.consent_is_asked_for().await;
	round.requests_are_refused().await;
	round.messages_are_received(port).await;
	// The client's documents: one by FHIR, one by content that was sent first, one by a
	// transaction, one by an import, and two by HL7 v2.
	told(&inbox, "his", 6).await;
	// The content that was opened is on the server still.
	assert_eq!(server.get(&round.token, &later).await.status, 200);
	let secrets = round.secrets();
	nothing_is_kept(server, &secrets);
	nothing_is_open(server, &secrets);
	// Messages to the node and from it have accounts in hexadecimal.
	let account = salus_client::parse_account(PATIENT).expect("a development account");
	let names = ["MARKER".to_owned(), round.patient, id, hex::encode(account.0)];
	let (log, metrics) = (server.log(), server.metrics().await);
	for name in &names {
		assert!(!log.contains(name), "{name} in {log}");
		assert!(!metrics.contains(name), "{name} in {metrics}");
	}
	let ended = server.send("DELETE", &subscribed, &round.token, &[], None).await;
	assert_eq!(ended.status, 204, "{ended:?}");
	secrets
}

/// Returns the table of a client whose keystore has a password. Both files are not among the
/// server's own.
async fn client_with_password(people: &People) -> String {
	let [keystore, password] = ["lab.json", "lab-password"].map(|name| people.path(name));
	fs::write(&password, PASSWORD).expect("the folder is writable");
	let make = format!("keys new {} --password-file {}", quoted(&keystore), quoted(&password));
	people.cli.run("", make).await;
	format!(
		"\n[[client]]\nid = \"lab\"\nkeys = \"his.jwks.json\"\nkeystore = {keystore:?}\n\
		 password = {password:?}\nscopes = \"system/*.rs\"\npurposes = [\"TREAT\"]\n"
	)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_a_patient_is_in_the_gateways_files() {
	const DETAIL: &str = "an HL7 v2 connection was refused or broken off";
	let people = People::start().await;
	let port = free_port();
	let tables = tables(port) + &client_with_password(&people).await;
	let mut server = FhirServer::start_with(&people, &[HIS], &tables).await;
	let mut secrets = play(&people, &server, "quiet", port).await;

	// The log shows all that it can, as JSON, such as a connection that gets no place.
	server.kill();
	let of_text = server.log().lines().count();
	server.restart_with_log("trace").await;
	assert!(!server.log().contains(DETAIL), "{}", server.log());
	let mut connections = Vec::new();
	for _ in 0..20 {
		connections.push(TcpStream::connect(("127.0.0.1", port)).await.expect("the port is open"));
	}
	eventually("the log shows details", || async { server.log().contains(DETAIL).then_some(()) })
		.await;
	drop(connections);
	for line in server.log().lines().skip(of_text).take(100) {
		let said: Value =
			serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
		let has = |name: &str| said[name].is_string();
		assert!(["time", "level", "target"].into_iter().all(has), "{line}");
	}
	secrets.extend(play(&people, &server, "loud", port).await);

	// Nor does a server leave anything behind that is killed.
	server.kill();
	nothing_is_kept(&server, &secrets);
}
