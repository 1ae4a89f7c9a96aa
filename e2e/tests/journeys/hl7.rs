//! Systems of a hospital send HL7 v2: each message counts once, whatever happens to it on its way,
//! and is acknowledged only when nothing of it can be lost.

use super::fhir::address;
use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	cast::*,
	eventually,
	fhir::{FhirServer, HIS, OTHER},
	files,
	network::free_port,
	People, PATIENCE,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeSet,
	fs,
	time::{Duration, Instant},
};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::{sleep, timeout},
};

/// System of the hospital's numbers of patients.
const SYSTEM: &str = "urn:oid:2.16.840.1.113883.19.5";

/// A name, a date of birth and a result, which must be in no file and in no log.
pub const MARKERS: [&str; 3] = ["MARKERNAME", "19241010", "MARKERRESULT"];

const PDF: &[u8] = b"%PDF-1.4\nMARKERRESULT\n%%EOF\n";

/// Returns the tables of a configuration that receives HL7 v2 at a port.
pub fn tables(port: u16) -> String {
	format!(
		"\n[[hl7]]\nlisten = \"127.0.0.1:{port}\"\nclient = \"his\"\n\
		 senders = [{{ application = \"LAB\", facility = \"HOSP\" }}]\n\
		 category = \"laboratory\"\ncategories = {{ DS = \"discharge-summary\" }}\n\
		 identifiers = {{ HOSP = {SYSTEM:?}, \
		 SALUS = \"https://github.com/salus-health/salus/fhir/account\" }}\n"
	)
}

/// Longest wait for an answer: longer than the server processes a message.
const ANSWER: Duration = Duration::from_secs(360);

/// A sender's connection.
pub struct Sender(TcpStream);

impl Sender {
	pub async fn connect(port: u16) -> Self {
		Self(TcpStream::connect(("127.0.0.1", port)).await.expect("the port is open"))
	}

	async fn write(&mut self, bytes: &[u8]) {
		self.0.write_all(bytes).await.expect("it is read");
		self.0.flush().await.expect("it is read");
	}

	/// Reads an answer; `None` if the connection ends.
	async fn read(&mut self) -> Option<String> {
		let mut bytes = Vec::new();
		let reading = async {
			while bytes.last() != Some(&0x1c) {
				bytes.push(self.0.read_u8().await.ok()?);
			}
			self.0.read_u8().await.ok()
		};
		timeout(ANSWER, reading).await.expect("there is an answer")?;
		assert_eq!(bytes.first(), Some(&0x0b));
		Some(String::from_utf8_lossy(&bytes[1..bytes.len() - 1]).into_owned())
	}

	/// Sends a message, and returns the code of MSA and the condition of ERR.
	pub async fn send(&mut self, message: &str) -> (String, String) {
		self.write(&framed(message)).await;
		read_codes(&self.read().await.expect("an answer"))
	}

	/// Sends a message about documents, again after each AR, which says to do so. The last
	/// transactions of a killed server can still come into a block, and blocks can become final
	/// late.
	pub async fn send_until_taken(&mut self, message: &str) -> (String, String) {
		let start = Instant::now();
		loop {
			let answer = self.send(message).await;
			if answer.0 != "AR" || start.elapsed() > PATIENCE {
				return answer;
			}
			sleep(Duration::from_millis(500)).await;
		}
	}
}

fn framed(message: &str) -> Vec<u8> {
	[b"\x0b", message.as_bytes(), b"\x1c\r"].concat()
}

fn read_codes(ack: &str) -> (String, String) {
	let field = |segment: &str, number: usize| {
		let line = ack.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
		line.split('|').nth(number).unwrap_or_default().to_owned()
	};
	assert!(MARKERS.iter().all(|marker| !ack.contains(marker)), "{ack}");
	let condition = field("ERR", 3);
	(field("MSA", 1), condition.split('^').next().unwrap_or_default().to_owned())
}

pub fn accepted() -> (String, String) {
	("AA".to_owned(), String::new())
}

pub fn refused(code: &str, condition: &str) -> (String, String) {
	(code.to_owned(), condition.to_owned())
}

/// Returns a message of a type with a control id. `identifiers` is the value of PID-3.
pub fn message(of_type: &str, id: &str, identifiers: &str, segments: &[&str]) -> String {
	let header =
		format!("MSH|^~\\&|LAB|HOSP|SALUS|HOSP|20261129081500+0100||{of_type}|{id}|P|2.5.1");
	let event = "EVN||20261129081500";
	let pid = format!("PID|1||{identifiers}||MARKERNAME^DONALD^D||19241010|M|||111 DUCK ST^^FOWL");
	[&[&header, event, &pid], segments].concat().join("\r") + "\r"
}

/// Returns an MDM^T02 with a PDF.
fn note(id: &str, patient: &str, number: &str, pdf: &[u8]) -> String {
	let txa = format!("TXA|1|DS|AP|202611290810||||||||{number}^^HOSP|||||AU");
	let obx = format!("OBX|1|ED|1^Discharge letter||LAB^AP^PDF^Base64^{}", STANDARD.encode(pdf));
	message("MDM^T02^MDM_T02", id, patient, &["PV1|1|I", &txa, &obx])
}

/// Returns an ORU^R01 with a value and a status.
fn result(id: &str, patient: &str, value: &str, status: &str) -> String {
	let obr = format!("OBR|1||F-7^LAB|BC^Blood count^L|||202611290815|||||||||||||||||HM|{status}");
	let obx = format!("OBX|1|NM|718-7^Haemoglobin^LN||{value}|g/dL|12-16|L|||{status}");
	message("ORU^R01^ORU_R01", id, patient, &[&obr, &obx, "NTE|1||MARKERRESULT"])
}

/// Returns an ORU^R01 with as many reports as a message may have.
fn results(id: &str, patient: &str, value: &str) -> String {
	let report = |number: usize| {
		let obr = format!(
			"OBR|{number}||F-{number}^LAB|BC^Blood count^L|||202611290815{}F",
			"|".repeat(18)
		);
		[obr, format!("OBX|1|NM|718-7^Haemoglobin^LN||{value}|g/dL|12-16||||F")]
	};
	let segments: Vec<_> = (1..=100).flat_map(report).collect();
	let segments: Vec<_> = segments.iter().map(String::as_str).collect();
	message("ORU^R01^ORU_R01", id, patient, &segments)
}

/// Returns the DocumentReferences of the patient, the newest first.
async fn documents(server: &FhirServer) -> Vec<Value> {
	let his = server.token("his", None).await;
	let search = format!("DocumentReference?patient={}&_sort=-date&_count=200", address(PATIENT));
	let found = server.get(&his, &search).await.json();
	let entries = found["entry"].as_array().cloned().unwrap_or_default();
	entries.into_iter().map(|entry| entry["resource"].clone()).collect()
}

/// Opens the content of a document, and returns its media type and bytes.
async fn open(server: &FhirServer, document: &Value) -> (String, Vec<u8>) {
	let his = server.token("his", None).await;
	let url = document["content"][0]["attachment"]["url"].as_str().expect("an address");
	let opened = server.open(&his, url).await;
	assert_eq!(opened.status, 200, "{opened:?}");
	(opened.header("content-type").to_owned(), opened.body)
}

/// Returns the blocks that have the latest versions of the patient's records.
async fn blocks_of_latest(people: &People) -> BTreeSet<u64> {
	let page = people.node.ask("salus_recordsOf", json!([address(PATIENT), 0, 200])).await;
	let records = page["items"].as_array().expect("a list").iter();
	let latest = records.filter_map(|record| record["versions"].as_array()?.last());
	latest.map(|version| version["info"]["block"].as_u64().expect("a number")).collect()
}

/// Checks that the server keeps none of the markers: not in its state, its temporary files or its
/// log.
fn nothing_is_kept(server: &FhirServer) {
	let found = files::revealing(server.folder(), &MARKERS);
	assert!(found.is_empty(), "{found:?}");
}

async fn start(people: &People) -> (FhirServer, u16) {
	let port = free_port();
	(FhirServer::start_with(people, &[HIS, OTHER], &tables(port)).await, port)
}

/// Tells the server which number the patient has.
async fn give_number(sender: &mut Sender) {
	let both = format!("7^^^HOSP^MR~{}^^^SALUS", address(PATIENT));
	assert_eq!(sender.send(&message("ADT^A04^ADT_A01", "1", &both, &[])).await, accepted());
}

/// The hospital's staff find the merge as a task, and settle it.
async fn settles_the_merge(server: &FhirServer, his: &str) {
	let found = server.get(his, "Task?code=merge&status=requested").await.json();
	assert_eq!(found["total"], 1, "{found}");
	let mut task = found["entry"][0]["resource"].clone();
	let of = |index: usize| task["input"][index]["valueReference"].clone();
	assert_eq!(
		(of(0)["identifier"]["value"].clone(), of(1)["identifier"]["value"].clone()),
		("70".into(), "7".into())
	);
	assert_eq!(
		(of(0).get("reference"), of(1)["reference"].clone()),
		(None, format!("Patient/{}", address(PATIENT)).into())
	);
	let path = format!("Task/{}", task["id"].as_str().expect("an id"));
	let other = server.token("other", None).await;
	assert_eq!(server.get(&other, &path).await.status, 404, "it is not of this hospital");
	let before = task["meta"]["lastUpdated"].clone();
	task["status"] = "completed".into();
	for _ in 0..2 {
		let settled = server.send("PUT", &path, his, &[], Some(&task)).await;
		assert_eq!((settled.status, &settled.json()["status"]), (200, &"completed".into()));
		assert_eq!(settled.json(), server.get(his, &path).await.json());
		assert_ne!(settled.json()["meta"]["lastUpdated"], before);
		assert_eq!(settled.json()["authoredOn"], task["authoredOn"]);
	}
	task["status"] = "cancelled".into();
	assert_eq!(server.send("PUT", &path, his, &[], Some(&task)).await.status, 409);
	assert_eq!(server.get(his, "Task?code=merge&status=requested").await.json()["total"], 0);
}

/// No client gives a patient a number that HL7 v2 could not name.
async fn numbers_can_be_seen(server: &FhirServer, his: &str) {
	let path = format!("Patient/{}", address(PATIENT));
	let before = server.get(his, &path).await.json();
	let mut patient = before.clone();
	let given = patient["identifier"].as_array_mut().expect("identifiers");
	given.push(json!({ "system": SYSTEM, "value": "7\u{200b}" }));
	let refused = server.send("PUT", &path, his, &[], Some(&patient)).await;
	let code = refused.json()["issue"][0]["details"]["coding"][0]["code"].clone();
	assert_eq!((refused.status, code), (400, "element-value".into()));
	assert_eq!(server.get(his, &path).await.json(), before);
	let found = server.get(his, &format!("Patient?identifier={SYSTEM}|7%E2%80%8B")).await;
	assert_eq!(found.status, 400, "{found:?}");
}

/// A report with attachments and a text is corrected by one without them.
async fn corrections_leave_no_part_behind(server: &FhirServer, sender: &mut Sender) {
	let number = "7^^^HOSP^MR";
	let obr = "OBR|1||F-8^LAB|CH^Chemistry^L|||202611290815";
	let pdf = |number: u32| {
		let content = STANDARD.encode(format!("page {number}"));
		format!("OBX|{number}|ED|R^Report||^AP^PDF^Base64^{content}||||||F")
	};
	let [first, second, third] = [pdf(1), pdf(2), pdf(3)];
	let value = |value: &str| format!("OBX|9|NM|NA^Sodium||{value}||||||F");
	let (old, new) = (value("104"), value("140"));
	let whole = [obr, &first, &second, &third, &old];
	let oru = |id, segments: &[&str]| message("ORU^R01^ORU_R01", id, number, segments);
	let before = documents(server).await.len();
	assert_eq!(sender.send(&oru("20", &whole)).await, accepted());
	assert_eq!(documents(server).await.len(), before + 4);
	let correction = oru("21", &[obr, &first, &new]);
	for _ in 0..2 {
		assert_eq!(sender.send(&correction).await, accepted());
		// The search has the newest first.
		let report = documents(server).await.into_iter().take(4);
		let mut versions: Vec<_> =
			report.map(|one| one["meta"]["versionId"].as_str().map(str::to_owned)).collect();
		versions.sort();
		let expected = ["1", "2", "2", "2"].map(|one| Some(one.to_owned()));
		assert_eq!(versions, expected, "the first page is as it was");
	}
	let correction = oru("22", &[obr, &new]);
	for _ in 0..2 {
		assert_eq!(sender.send(&correction).await, accepted());
		assert_eq!(contents(server, "140").await, [1, 3]);
	}
	// A message that comes again changes nothing. A new one takes a part out, even if all others
	// are as before.
	assert_eq!(sender.send(&oru("23", &whole)).await, accepted());
	assert_eq!(contents(server, "104").await, [1, 0]);
	let shorter = oru("24", &[obr, &first, &second, &old]);
	for again in [&shorter, &shorter, &oru("23", &whole)] {
		assert_eq!(sender.send(again).await, accepted());
		assert_eq!(contents(server, "page").await, [2, 1]);
	}
	assert_eq!(documents(server).await.len(), before + 4);
}

/// Returns how many of the four newest documents have a text, and how many were removed.
async fn contents(server: &FhirServer, text: &str) -> [usize; 2] {
	let mut counts = [0; 2];
	for document in documents(server).await.iter().take(4) {
		let (_, content) = open(server, document).await;
		let content = String::from_utf8_lossy(&content);
		for (count, text) in counts.iter_mut().zip([text, "removed this part"]) {
			*count += usize::from(content.contains(text));
		}
	}
	counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_system_sends_hl7() {
	let people = People::start().await;
	let (server, port) = start(&people).await;
	let mut sender = Sender::connect(port).await;
	let number = "7^^^HOSP^MR";

	// A patient who is not enrolled causes an error only if a document is about them.
	let stranger = "8^^^HOSP^MR~V1^^^HOSP^VN~7^^^INSURER^MR";
	assert_eq!(sender.send(&message("ADT^A01", "2", stranger, &["PV1|1|I"])).await, accepted());
	assert_eq!(sender.send(&note("3", stranger, "D-1", PDF)).await, refused("AE", "204"));
	assert_eq!(sender.send(&result("4", number, "7.2", "F")).await, refused("AE", "204"));

	// Registration assigns the number, once.
	give_number(&mut sender).await;
	give_number(&mut sender).await;
	let his = server.token("his", None).await;
	let found = server.get(&his, &format!("Patient?identifier={SYSTEM}|7")).await.json();
	assert_eq!(found["entry"][0]["resource"]["id"], address(PATIENT), "{found}");
	let second = "7^^^HOSP^MR~9^^^HOSP^PI";
	assert_eq!(sender.send(&message("ADT^A08", "5", second, &[])).await, accepted());
	let found = server.get(&his, &format!("Patient?identifier={SYSTEM}|9")).await.json();
	assert_eq!(found["total"], 1, "{found}");
	let unseen = "7^^^HOSP^MR~7\u{a0}^^^HOSP^MR";
	let unseen = sender.send(&message("ADT^A08", "5a", unseen, &[])).await;
	assert_eq!(unseen, refused("AE", "102"));
	numbers_can_be_seen(&server, &his).await;

	// A letter, twice; then the FHIR client opens it.
	for id in ["6", "6", "7"] {
		assert_eq!(sender.send(&note(id, number, "D-1", PDF)).await, accepted());
	}
	let all = documents(&server).await;
	assert_eq!(all.len(), 1);
	assert_eq!(all[0]["category"][0]["coding"][0]["code"], "discharge-summary");
	assert_eq!(open(&server, &all[0]).await, ("application/pdf".into(), PDF.to_vec()));
	// A record keeps its confidentiality, so a stricter one must not pass for the same.
	let stricter = note("15", number, "D-1", PDF).replace("|AU", "|AU|V");
	assert_eq!(sender.send(&stricter).await, refused("AE", "207"));

	// A result: preliminary, final, the preliminary one again, and corrected.
	let versions = [("8", "7.0", "P"), ("9", "7.2", "F"), ("8", "7.0", "P"), ("10", "7.4", "C")];
	for (index, (id, value, status)) in versions.into_iter().enumerate() {
		assert_eq!(sender.send(&result(id, number, value, status)).await, accepted());
		let latest = documents(&server).await;
		let latest =
			latest.iter().find(|one| one["category"][0]["coding"][0]["code"] == "laboratory");
		let version = latest.expect("the result")["meta"]["versionId"].clone();
		assert_eq!(version, ["1", "2", "2", "3"][index]);
	}
	let all = documents(&server).await;
	assert_eq!(all.len(), 2);
	let is_result = |one: &&Value| one["category"][0]["coding"][0]["code"] == "laboratory";
	let (media_type, text) = open(&server, all.iter().find(is_result).expect("a result")).await;
	let text = String::from_utf8(text).expect("a text");
	assert!(media_type.starts_with("text/plain"), "{media_type}");
	assert!(text.contains("Haemoglobin: 7.4 g/dL (reference 12-16), low, corrected"), "{text}");
	assert!(!text.contains("MARKERNAME") && text.contains("MARKERRESULT"), "{text}");

	corrections_leave_no_part_behind(&server, &mut sender).await;

	merges_wait_for_a_person(&server, &mut sender, &his, number).await;

	// The sender's own way of being answered.
	let enhanced = result("14", number, "7.4", "C").replace("|P|2.5.1", "|P|2.5.1|||AL|NE");
	assert_eq!(sender.send(&enhanced).await, ("CA".to_owned(), String::new()));

	metrics_count_all_messages(&server).await;
	drop(sender);
	nothing_is_kept(&server);
}

/// A merge moves nothing, and waits for a person.
async fn merges_wait_for_a_person(
	server: &FhirServer,
	sender: &mut Sender,
	his: &str,
	number: &str,
) {
	let merge = message("ADT^A40^ADT_A39", "11", number, &["MRG|9^^^HOSP^MR"]);
	assert_eq!(sender.send(&merge).await, accepted());
	let other = message("ADT^A40^ADT_A39", "12", "70^^^HOSP^MR", &["MRG|7^^^HOSP^MR"]);
	assert_eq!(sender.send(&other).await, accepted());
	let unknown = message("ADT^A40^ADT_A39", "13", "70^^^HOSP^MR", &["MRG|71^^^HOSP^MR"]);
	assert_eq!(sender.send(&unknown).await, accepted());
	// One whose numbers cannot be named is not acknowledged.
	let foreign = message("ADT^A40^ADT_A39", "13a", "1^^^INSURER^MR", &["MRG|7^^^HOSP^MR"]);
	assert_eq!(sender.send(&foreign).await, refused("AE", "204"));
	let stranger = format!("{}^^^SALUS", address(DOCTOR_A));
	let merge = message("ADT^A40^ADT_A39", "13b", &stranger, &["MRG|72^^^HOSP^MR"]);
	assert_eq!(sender.send(&merge).await, accepted(), "nobody is a patient");
	settles_the_merge(server, his).await;
	assert_eq!(documents(server).await.len(), 6);
}

async fn metrics_count_all_messages(server: &FhirServer) {
	let metrics = server.metrics().await;
	for (of_type, outcome, count) in [
		("ADT^A01", "not-enrolled", 1),
		("ADT^A04", "kept", 1),
		("ADT^A04", "unchanged", 1),
		("ADT^A40", "unchanged", 1),
		("ADT^A40", "merge", 1),
		("ADT^A40", "not-enrolled", 2),
		("ADT^A40", "wrong", 1),
		("MDM^T02", "added", 1),
		("MDM^T02", "unchanged", 2),
		("MDM^T02", "wrong", 2),
		("ORU^R01", "revised", 6),
	] {
		let line = format!(
			"salus_gateway_hl7_messages_total{{outcome=\"{outcome}\",type=\"{of_type}\"}} {count}\n"
		);
		assert!(metrics.contains(&line), "{line}{metrics}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_sender_does_not_block_others() {
	let people = People::start().await;
	let (server, port) = start(&people).await;
	let mut sender = Sender::connect(port).await;
	give_number(&mut sender).await;
	let number = "7^^^HOSP^MR";
	let admitted = |id: &str| message("ADT^A08", id, number, &[]);

	// Each fault is named, and the connection stays open.
	for (text, condition) in [
		("MARKERNAME\r".to_owned(), "100"),
		(admitted("1") + "MARKERNAME\r", "100"),
		(admitted("1").replace("ADT^A08", "ADT^A02"), "201"),
		(admitted("1").replace("ADT^A08", "SIU^S12"), "200"),
		(admitted("1").replace("LAB|HOSP", "LAB|ELSEWHERE"), "103"),
		(admitted("1").replace("2.5.1", "3"), "203"),
		(admitted("1").replace("PID|1||7^^^HOSP^MR", "PID|1||"), "101"),
		(note("1", number, "D-1", b"x").replace("D-1", ""), "101"),
		(note("1", number, "D-1", b"x").replace("Base64^", "Base64^*"), "102"),
	] {
		let (code, found) = sender.send(&text).await;
		assert_eq!((&*code, &*found), ("AE", condition), "{text}");
	}
	let mut latin = framed(
		&admitted("1").replace("MARKERNAME", "M?LLER").replace("2.5.1", "2.5.1||||||8859/1"),
	);
	let place = latin.iter().position(|byte| *byte == b'?').expect("a place");
	latin[place] = 0xdc;
	sender.write(&latin).await;
	assert_eq!(read_codes(&sender.read().await.expect("an answer")), accepted());

	// A sender that does not wait for the answer is disconnected. A message can come in many
	// packets.
	let mut hasty = Sender::connect(port).await;
	hasty.write(&[framed(&admitted("21")), framed(&admitted("22"))].concat()).await;
	let ack = hasty.read().await.expect("an answer");
	assert!(ack.contains("\rMSA|AR|21\r") && ack.contains("|torn-frame^"), "{ack}");
	assert_eq!(hasty.read().await, None, "the connection ends");
	for part in framed(&admitted("23")).chunks(40) {
		sender.write(part).await;
		sleep(Duration::from_millis(5)).await;
	}
	assert_eq!(read_codes(&sender.read().await.expect("an answer")), accepted());

	// A message that is too large is refused, and the next one is taken.
	let large = admitted("24") + "NTE|1||" + &"x".repeat(65 * 1024 * 1024) + "\r";
	assert_eq!(sender.send(&large).await, refused("AE", "104"));
	assert_eq!(sender.send(&admitted("25")).await, accepted());

	// Half a frame and silence, and more connections than there are places for.
	let mut silent = Sender::connect(port).await;
	silent.write(b"\x0bMSH|^~\\&|LAB|HOSP").await;
	let mut flood = Vec::new();
	for _ in 0..100 {
		flood.push(Sender::connect(port).await);
	}
	assert_eq!(sender.send(&admitted("26")).await, accepted());
	let mut last = flood.pop().expect("a connection");
	let _ = last.0.write_all(&framed(&admitted("27"))).await;
	assert_eq!(last.read().await, None);
	drop(flood);
	eventually("there is a place again", || async {
		let mut sender = Sender::connect(port).await;
		let _ = sender.0.write_all(&framed(&admitted("28"))).await;
		sender.read().await.filter(|ack| ack.contains("MSA|AA"))
	})
	.await;
	floods_alone(&server, port).await;
	let metrics = server.metrics().await;
	assert!(metrics.contains("salus_gateway_hl7_refused_total{reason=\"too-many-of-one\"}"));
	nothing_is_kept(&server);
}

/// A sender escapes the delimiters in a text that somebody has entered, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_a_message_forges_no_other() {
	let people = People::start().await;
	let (server, port) = start(&people).await;
	give_number(&mut Sender::connect(port).await).await;
	let report = |text: &str| {
		let obr = "OBR|1||F-9^LAB|BC^Blood count^L|||202611290815";
		let obx = format!("OBX|1|ST|C^Comment||{text}||||||F");
		message("ORU^R01^ORU_R01", "outer", "100^^^HOSP^MR", &[obr, &obx, "OBX|2|ST|K||5.1"])
	};
	let head = "MSH#*!%@#LAB#HOSP###20261130##";
	let document = format!(
		"{head}ORU*R01#inner#P#2.5\nPID#1##7***HOSP*MR\nOBR#1##INJ1#HIV*HIV serology\n\
		 OBX#1#ST#HIV*HIV serology##positive######F"
	);
	let number = format!("{head}ADT*A08#inner#P#2.5\nPID#1##7***HOSP*MR!666***HOSP*MR");
	let his = server.token("his", None).await;
	let texts = [
		format!("see \x0b{document}\x1c thanks"),
		format!("see \x0b{document}\x1c\r thanks"),
		format!("see \x1c\x0b{document}\x1c thanks"),
		format!("see \x0b{number}\x1c thanks"),
		"normal\x1c so far".to_owned(),
		// The end of a frame is in the text.
		format!("see \x1c\r\x0b{document}\x1c\r thanks"),
		format!("see \r\x1c\r\x0b{document}\r\x1c\r thanks"),
		format!("see \r\x1c\r\r\n\x0b{number}\r\x1c\r thanks"),
		"normal\r\x1c\r so far".to_owned(),
	];
	// FS is the last character of a segment.
	let cut = report("5.1").replace("OBX|2|", "NTE|1||seen\x1c\rOBX|2|");
	let messages: Vec<_> = texts.iter().map(|text| report(text)).chain([cut]).collect();
	for text in &messages {
		// A message for a patient here, so that a part of it could be filed.
		let text = text.replace("100^^^HOSP", "7^^^HOSP");
		let mut sender = Sender::connect(port).await;
		sender.write(&framed(&text)).await;
		let ack = sender.read().await.expect("an answer");
		assert!(ack.contains("\rMSA|AR|outer\r"), "{ack}");
		assert!(ack.contains("|torn-frame^"), "{ack}");
		assert_eq!(read_codes(&ack), refused("AR", "102"));
		assert_eq!(sender.read().await, None, "the connection ends");
		assert!(documents(&server).await.is_empty());
		let found = server.get(&his, &format!("Patient?identifier={SYSTEM}|666")).await.json();
		assert_eq!(found["total"], 0, "{found}");
	}
	let count = messages.len();
	let line = format!("salus_gateway_hl7_refused_total{{reason=\"not-mllp\"}} {count}\n");
	eventually("each end is counted", || async {
		server.metrics().await.contains(&line).then_some(())
	})
	.await;
	// The sender has the report. Without the marks, it is taken.
	let mut sender = Sender::connect(port).await;
	let corrected = report("see report").replace("100^^^HOSP", "7^^^HOSP");
	assert_eq!(sender.send(&corrected).await, accepted());
	assert_eq!(documents(&server).await.len(), 1);
}

/// Messages of unknown senders do not use up the client's share of FHIR requests.
async fn floods_alone(server: &FhirServer, port: u16) {
	let his = server.token("his", None).await;
	let other = message("ADT^A08", "1", "7^^^HOSP^MR", &[]).replace("|LAB|", "|X|");
	let mut flood = Vec::new();
	for text in ["x\r", &other].into_iter().cycle().take(12) {
		let (mut sender, text) = (Sender::connect(port).await, text.to_owned());
		flood.push(tokio::spawn(async move {
			let mut last = None;
			for _ in 0..10 {
				last = Some(sender.send(&text).await);
			}
			last
		}));
	}
	// Longer than the client's burst lasts.
	let end = Instant::now() + Duration::from_secs(8);
	while Instant::now() < end {
		let found = server.get(&his, &format!("Patient?identifier={SYSTEM}|7")).await;
		assert_eq!(found.status, 200, "{found:?}");
		sleep(Duration::from_millis(50)).await;
	}
	for (sending, condition) in flood.into_iter().zip(["100", "103"].into_iter().cycle()) {
		let last = sending.await.expect("each message is answered");
		assert_eq!(last, Some(refused("AE", condition)));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_message_is_lost() {
	let mut people = People::start().await;
	let (mut server, port) = start(&people).await;
	give_number(&mut Sender::connect(port).await).await;
	let number = "7^^^HOSP^MR";

	// The server is killed between the message and its acknowledgement.
	for (index, pause) in [100, 1500, 3000].into_iter().enumerate() {
		let letter = note("1", number, &format!("D-{index}"), PDF);
		let mut sender = Sender::connect(port).await;
		sender.write(&framed(&letter)).await;
		sleep(Duration::from_millis(pause)).await;
		server.restart().await;
		let uploads = server.folder().join("state/salus/uploads");
		let left = fs::read_dir(&uploads).map_or(0, Iterator::count);
		assert_eq!(left, 0, "of an upload that was killed after {pause} ms");
		let mut sender = Sender::connect(port).await;
		assert_eq!(sender.send_until_taken(&letter).await, accepted());
		let all = documents(&server).await;
		assert_eq!(all.len(), index + 1, "killed after {pause} ms");
		assert!(all.iter().all(|one| one["meta"]["versionId"] == "1"), "{all:?}");
	}

	// Many senders send the same one at the same time.
	let letter = note("2", number, "D-9", PDF);
	let sending = (0..5).map(|_| {
		let letter = letter.clone();
		tokio::spawn(async move { Sender::connect(port).await.send_until_taken(&letter).await })
	});
	for sent in sending.collect::<Vec<_>>() {
		assert_eq!(sent.await.expect("it is sent"), accepted());
	}
	let all = documents(&server).await;
	assert_eq!((all.len(), &all[0]["meta"]["versionId"]), (4, &json!("1")));

	// The node is away: the message can be sent again, and is accepted once it is back.
	let url = people.node.url();
	people.node.kill();
	let letter = note("3", number, "D-10", PDF);
	let mut sender = Sender::connect(port).await;
	assert_eq!(sender.send(&letter).await, refused("AR", "207"));
	people.kill_and_restart();
	let config = fs::read_to_string(server.config()).expect("it has a configuration");
	fs::write(server.config(), config.replace(&url, &people.node.url())).expect("it is writable");
	server.restart().await;
	let mut sender = Sender::connect(port).await;
	assert_eq!(sender.send_until_taken(&letter).await, accepted());
	assert_eq!(documents(&server).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_documents_are_filed_together() {
	let people = People::start().await;
	let (mut server, port) = start(&people).await;
	give_number(&mut Sender::connect(port).await).await;
	let number = "7^^^HOSP^MR";
	let of_version = |all: &[Value], version: &str| {
		all.iter().filter(|one| one["meta"]["versionId"] == version).count()
	};

	// The server is killed while it adds them, and while it revises them. Nothing is added twice.
	for (id, value, version, pauses) in
		[("1", "7.0", "1", [400, 900, 1400]), ("2", "7.2", "2", [800, 1600, 3000])]
	{
		let message = results(id, number, value);
		for pause in pauses {
			let mut sender = Sender::connect(port).await;
			sender.write(&framed(&message)).await;
			sleep(Duration::from_millis(pause)).await;
			server.restart().await;
		}
		let mut sender = Sender::connect(port).await;
		for _ in 0..2 {
			let began = Instant::now();
			assert_eq!(sender.send_until_taken(&message).await, accepted());
			let all = documents(&server).await;
			assert_eq!((all.len(), of_version(&all, version)), (100, 100));
			println!("100 documents as version {version}: {:?}", began.elapsed());
		}
	}
	let mut sender = Sender::connect(port).await;
	assert_eq!(sender.send_until_taken(&results("3", number, "7.4")).await, accepted());
	assert_eq!(of_version(&documents(&server).await, "3"), 100);
	// One after the other, each would wait for a separate block.
	let blocks = blocks_of_latest(&people).await;
	println!("100 documents as version 3: {} blocks", blocks.len());
	assert!(blocks.len() < 100, "{blocks:?}");
}
