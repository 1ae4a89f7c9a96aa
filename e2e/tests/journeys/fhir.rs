//! Hospital systems speak FHIR: they find, add, open, revise and erase documents, are refused, and
//! read the log, as ordinary FHIR clients.

use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	binary,
	cast::*,
	eventually,
	fhir::{next_of, FhirAnswer, FhirServer, ALL, HIS, OTHER, OWN},
	files, output_in_time, People,
};
use serde_json::{json, Value};

/// Returns the address of a development account.
pub fn address(uri: &str) -> String {
	salus_client::parse_account(uri).expect("a development account").to_string()
}

/// Returns a document about the patient.
pub fn document(patient: &str, title: &str, content: &str) -> Value {
	json!({
		"resourceType": "DocumentReference",
		"status": "current",
		"subject": { "reference": format!("Patient/{patient}") },
		"category": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
		"content": [{ "attachment": {
			"contentType": "text/plain",
			"data": STANDARD.encode(content),
			"title": title,
		} }],
	})
}

/// A server of hospital A, tokens of the clients that work with it, and the patient.
struct Scene {
	server: FhirServer,
	people: People,
	/// Token of hospital A's system.
	as_his: String,
	/// Token of hospital B's system.
	as_other: String,
	/// Token of the patient's own client.
	as_patient: String,
	/// Token of a client of hospital A that may only read.
	as_reader: String,
	/// Address of the patient.
	patient: String,
}

impl Scene {
	/// Starts the hospitals and the server, and gets the tokens.
	async fn start() -> Self {
		let (people, server, [as_his, as_other, as_patient, as_reader]) = FhirServer::start_for([
			("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"]),
			OTHER,
			OWN,
			("reader", DOCTOR_A, "system/*.rs", &["TREAT"]),
		])
		.await;
		let patient = address(PATIENT);
		Self { server, people, as_his, as_other, as_patient, as_reader, patient }
	}
}

/// A document that hospital A's system added.
struct AddedDocument {
	id: String,
	/// Path of its DocumentReference.
	path: String,
	/// Search that finds it, and no other one.
	search: String,
	/// Address of its content.
	content: String,
}

/// Checks that a request was answered with this status, and an OperationOutcome with this code.
#[track_caller]
fn assert_outcome(answer: &FhirAnswer, status: u16, code: &str) {
	assert!(answer.header("content-type").starts_with("application/fhir+json"), "{answer:?}");
	let outcome = answer.json();
	assert_eq!(answer.status, status, "{outcome}");
	assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_system_works_with_documents() {
	let scene = Scene::start().await;
	let added = a_document_is_added_and_found(&scene).await;
	it_opens(&scene, &added).await;
	let verification = its_author_and_verifier_are_named(&scene, &added).await;
	another_hospital_finds_nothing(&scene, &added, &verification).await;
	every_attempt_is_on_the_log(&scene).await;
	only_a_version_that_was_seen_is_revised(&scene, &added).await;
	a_document_that_was_read_is_sent_back(&scene, &added).await;
	only_the_patient_erases_it(&scene, &added).await;
	logs_and_metrics_name_nobody(&scene, &added).await;
	anybody_can_ask_whether_it_runs(&scene.server).await;
}

async fn a_document_is_added_and_found(scene: &Scene) -> AddedDocument {
	let Scene { server, as_his, patient, .. } = scene;
	let blood = document(patient, "Blood count", "haemoglobin 7.2");
	let added = server.send("POST", "DocumentReference", as_his, &[], Some(&blood)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let id = added.json()["id"].as_str().expect("an id").to_owned();
	let path = format!("DocumentReference/{id}");
	let location = format!("{}/fhir/{path}/_history/1", server.base);
	assert_eq!(added.header("location"), location);
	assert_eq!(added.header("etag"), "W/\"1\"");

	let search = format!("DocumentReference?patient=Patient/{patient}&category=laboratory");
	let found = server.get(as_his, &search).await.json();
	let resource = &found["entry"][0]["resource"];
	assert_eq!(found["total"], 1, "{found}");
	assert_eq!(resource["id"], id, "{found}");
	let minimal =
		"https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference";
	assert_eq!(resource["meta"]["profile"], json!([minimal]));
	assert_eq!(resource.get("authenticator"), None);
	let by_identifier = format!("DocumentReference?patient.identifier={patient}");
	assert_eq!(server.get(as_his, &by_identifier).await.json()["total"], 1);
	let patients = server.get(as_his, &format!("Patient?identifier={patient}")).await.json();
	assert_eq!(patients["entry"][0]["resource"]["id"], *patient, "{patients}");
	let other_id = format!("Patient?identifier={patient}&_id=x");
	assert_eq!(server.get(as_his, &other_id).await.json()["total"], 0);
	let text = found.to_string();
	assert!(!text.contains("Blood") && !text.contains("haemoglobin"), "{text}");

	let unknown_condition = [("if-none-exist", "identifier=1&status=current")];
	let conditional =
		server.send("POST", "DocumentReference", as_his, &unknown_condition, Some(&blood)).await;
	assert_eq!(conditional.status, 412, "{conditional:?}");
	assert_eq!(server.get(as_his, &search).await.json()["total"], 1);
	let content = resource["content"][0]["attachment"]["url"].as_str().expect("an address");
	AddedDocument { id, path, search, content: content.to_owned() }
}

/// Opens the document, which is on the patient's log.
async fn it_opens(scene: &Scene, added: &AddedDocument) {
	let opened = scene.server.open(&scene.as_his, &added.content).await;
	assert_eq!(opened.status, 200, "{opened:?}");
	assert_eq!(opened.header("content-type"), "text/plain", "{opened:?}");
	assert_eq!(opened.body, b"haemoglobin 7.2");
}

/// The document has an author and, after its review, a verifier. Returns the path of the
/// verification.
async fn its_author_and_verifier_are_named(scene: &Scene, added: &AddedDocument) -> String {
	let Scene { server, people, as_his, .. } = scene;
	let search = format!("Provenance?target={}", added.path);
	let agent = |bundle: &Value, index: usize| {
		bundle["entry"][index]["resource"]["agent"][0]["who"]["reference"].clone()
	};
	let before = server.get(as_his, &search).await.json();
	assert_eq!(before["total"], 1, "{before}");
	assert_eq!(agent(&before, 0), format!("Practitioner/{}", address(DOCTOR_A)));
	let attest = format!("record attest {} --verdict confirmed", added.id);
	people.cli.run(RECORDS_ADMIN, attest).await;
	let after = server.get(as_his, &search).await.json();
	let reviewed = server.get(as_his, &added.path).await.json();
	assert_eq!(reviewed["authenticator"], reviewed["custodian"], "{reviewed}");
	assert_eq!(after["total"], 2, "{after}");
	assert_eq!(agent(&after, 1), format!("Practitioner/{}", address(RECORDS_ADMIN)));
	let verification = &after["entry"][1]["resource"];
	let path = format!("Provenance/{}", verification["id"].as_str().expect("an id"));
	assert_eq!(server.get(as_his, &path).await.json(), *verification);
	path
}

async fn another_hospital_finds_nothing(scene: &Scene, added: &AddedDocument, verification: &str) {
	let Scene { server, as_other, .. } = scene;
	let AddedDocument { path, search, content, .. } = added;
	assert_eq!(server.get(as_other, search).await.json()["total"], 0);
	assert_eq!(server.get(as_other, path).await.status, 404);
	let provenance = format!("Provenance?target={path}");
	assert_eq!(server.get(as_other, &provenance).await.json()["total"], 0);
	assert_eq!(server.get(as_other, verification).await.status, 404);
	let refused = server.get(as_other, content).await;
	assert_outcome(&refused, 403, "refused");
	let issue = &refused.json()["issue"][0];
	assert_eq!(issue["code"], "forbidden");
	let rule = issue["diagnostics"].as_str().expect("a text");
	assert!(rule.contains("nothing that the patient has granted covers it"), "{rule}");
	assert!(rule.contains("create a Consent with the status proposed"), "{rule}");
}

/// The attempt of the other hospital is on the log, too. Only the patient reads it.
async fn every_attempt_is_on_the_log(scene: &Scene) {
	let Scene { server, as_his, as_patient, patient, .. } = scene;
	let search = format!("AuditEvent?patient={patient}");
	let log = server.get(as_patient, &search).await.json();
	let outcomes: Vec<_> = log["entry"]
		.as_array()
		.expect("entries")
		.iter()
		.map(|entry| entry["resource"]["outcome"].as_str().unwrap_or_default())
		.collect();
	assert_eq!(outcomes, ["8", "0", "0"], "{log}");
	log_has_pages(server, as_patient, patient, &log).await;
	assert_eq!(server.get(as_his, &search).await.status, 404);
}

/// A client revises the document, but not over a version that it has not seen.
async fn only_a_version_that_was_seen_is_revised(scene: &Scene, added: &AddedDocument) {
	let Scene { server, as_his, as_other, patient, .. } = scene;
	let path = &added.path;
	let revised = document(patient, "Blood count", "haemoglobin 9.1");
	let put =
		async |tag: &[(&str, &str)]| server.send("PUT", path, as_his, tag, Some(&revised)).await;
	assert_eq!(put(&[]).await.status, 428);
	assert_eq!(put(&[("if-match", "W/\"2\"")]).await.status, 412);
	let expected = [("if-match", "W/\"1\"")];
	let mut secret = revised.clone();
	let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
	secret["securityLabel"] = json!([{ "coding": [{ "system": system, "code": "V" }] }]);
	let differs = server.send("PUT", path, as_his, &expected, Some(&secret)).await;
	assert_eq!(differs.status, 400, "{differs:?}");
	let by_other = server.send("PUT", path, as_other, &expected, Some(&revised)).await;
	assert_eq!(by_other.status, 404, "{by_other:?}");
	let second = put(&expected).await;
	assert_eq!(second.status, 200, "{second:?}");
	assert_eq!(second.header("etag"), "W/\"2\"", "{second:?}");
	let history = server.get(as_his, &format!("{path}/_history")).await.json();
	assert_eq!(history["total"], 2);
	assert_eq!(history["entry"][1]["resource"]["status"], "superseded");
	let first = server.get(as_his, &format!("{path}/_history/1")).await.json();
	assert_eq!(first["meta"]["versionId"], "1");
	parts_are_those_that_were_asked_for(server, as_his, path).await;
}

/// A client reads the document, changes its content and nothing else, and sends it back.
async fn a_document_that_was_read_is_sent_back(scene: &Scene, added: &AddedDocument) {
	let Scene { server, as_his, .. } = scene;
	let path = &added.path;
	let read = server.get(as_his, path).await;
	let (tag, mut sent) = (read.header("etag").to_owned(), read.json());
	let expected = [("if-match", &*tag)];
	let put = async |sent: &Value| server.send("PUT", path, as_his, &expected, Some(sent)).await;
	// The address of the present content is not new content.
	assert_outcome(&put(&sent).await, 400, "element-value");
	sent["content"][0]["attachment"]["data"] = json!(STANDARD.encode("%PDF-1.7 all is well"));
	let saved = put(&sent).await;
	assert_eq!(saved.status, 200, "{saved:?}");
	let saved = saved.json();
	let url = saved["content"][0]["attachment"]["url"].as_str().expect("an address");
	let opened = server.open(as_his, url).await;
	assert_eq!(opened.header("content-type"), "application/pdf", "{opened:?}");
	assert_eq!(opened.body, b"%PDF-1.7 all is well");
	// A new document has no earlier version.
	let created = server.send("POST", "DocumentReference", as_his, &[], Some(&sent)).await;
	assert_outcome(&created, 400, "element-value");
}

/// A client without the scope cannot erase the document; the patient can.
async fn only_the_patient_erases_it(scene: &Scene, added: &AddedDocument) {
	let Scene { server, as_his, as_patient, as_reader, .. } = scene;
	let AddedDocument { path, search, .. } = added;
	assert_eq!(server.send("DELETE", path, as_reader, &[], None).await.status, 403);
	assert_eq!(server.get(as_reader, search).await.json()["total"], 1);
	assert_eq!(server.send("DELETE", path, as_patient, &[], None).await.status, 204);
	assert_eq!(server.get(as_patient, path).await.status, 410);
	assert_eq!(server.get(as_his, path).await.status, 404);
	assert_eq!(server.get(as_his, search).await.json()["total"], 0);
}

async fn logs_and_metrics_name_nobody(scene: &Scene, added: &AddedDocument) {
	let Scene { server, patient, .. } = scene;
	let (log, metrics) = (server.log(), server.metrics().await);
	for secret in [patient.as_str(), added.id.as_str(), "Blood", "haemoglobin"] {
		assert!(!log.contains(secret), "{secret} in {log}");
		assert!(!metrics.contains(secret), "{secret} in {metrics}");
	}
	let found = files::revealing(server.folder(), &["Blood count", "haemoglobin"]);
	assert!(found.is_empty(), "{found:?}");
	let refused = r#"salus_gateway_requests_total{method="GET",resource="Binary",status="403"} 1"#;
	assert!(metrics.contains(refused), "{metrics}");
}

/// Both addresses say whether the server runs, without a token.
async fn anybody_can_ask_whether_it_runs(server: &FhirServer) {
	for address in [&*server.base, server.metrics_address().trim_end_matches("/metrics")] {
		for (path, line) in [("health", "ok\n"), ("ready", "ready\n")] {
			let answer = reqwest::get(format!("{address}/{path}")).await.expect("it answers");
			assert_eq!(answer.status().as_u16(), 200, "{address}/{path}");
			let text = answer.text().await.expect("a line");
			assert_eq!(text, line, "{address}/{path}");
		}
	}
	// Any other address says where FHIR is.
	let elsewhere = reqwest::get(format!("{}/DocumentReference", server.base)).await;
	let elsewhere = elsewhere.expect("it answers");
	assert_eq!(elsewhere.status().as_u16(), 404);
	let text = elsewhere.text().await.expect("an outcome");
	assert!(text.contains(&format!("{}/fhir", server.base)), "{text}");
}

/// Reads a log of three entries, which a search found, in pages and one by one.
async fn log_has_pages(server: &FhirServer, as_patient: &str, patient: &str, log: &Value) {
	let entries = |bundle: &Value| -> Vec<Value> {
		let all = bundle["entry"].as_array().into_iter().flatten();
		all.map(|entry| entry["resource"].clone()).collect()
	};
	let all = entries(log);
	let search = format!("AuditEvent?patient={patient}");
	let find = async |more: &str| server.get(as_patient, &format!("{search}{more}")).await.json();
	// A search by date reads the whole log, and an order by date the entries of a page.
	assert_eq!(entries(&find("&date=ge2000").await), all);
	assert_eq!(entries(&find("&_sort=-date").await), all);
	let first = find("&_sort=date&_count=2").await;
	let next = next_of(&first).unwrap_or_else(|| panic!("a further page: {first}"));
	let second = server.get(as_patient, next).await.json();
	assert_eq!(first["total"], 3, "{first}");
	assert_eq!(next_of(&second), None, "{second}");
	let mut oldest_first = entries(&first);
	assert_eq!(oldest_first.len(), 2, "{first}");
	oldest_first.extend(entries(&second));
	oldest_first.reverse();
	assert_eq!(oldest_first, all);
	for entry in &all {
		let id = entry["id"].as_str().expect("an id");
		assert_eq!(server.get(as_patient, &format!("AuditEvent/{id}")).await.json(), *entry);
		assert_eq!(entries(&find(&format!("&_id={id}")).await), std::slice::from_ref(entry));
	}
	let later = format!("AuditEvent/{patient}-3");
	assert_eq!(server.get(as_patient, &later).await.status, 404);
	let count = find("&_summary=count").await;
	assert_eq!(count["total"], 3, "{count}");
	assert_eq!(count.get("entry"), None, "{count}");
}

/// A client gets the pages and elements that it asks for. No request has a parameter that is
/// dropped.
async fn parts_are_those_that_were_asked_for(server: &FhirServer, token: &str, path: &str) {
	let get = async |rest: &str| server.get(token, &format!("{path}{rest}")).await;
	let versions = |page: &Value| -> Vec<String> {
		let entries = page["entry"].as_array().into_iter().flatten();
		let version =
			|entry: &Value| entry["resource"]["meta"]["versionId"].as_str().map(str::to_owned);
		entries.filter_map(version).collect()
	};
	let page = get("/_history?_count=1").await.json();
	assert_eq!(page["total"], 2, "{page}");
	assert_eq!(versions(&page), ["2"], "{page}");
	let next = server.get(token, next_of(&page).expect("a next page")).await.json();
	assert_eq!(versions(&next), ["1"], "{next}");
	assert_eq!(next_of(&next), None, "{next}");
	assert_eq!(next["type"], "history", "{next}");
	assert_eq!(next["total"], 2, "{next}");
	let changed = page["entry"][0]["resource"]["meta"]["lastUpdated"].as_str().expect("an instant");
	let since = get(&format!("/_history?_since={changed}")).await.json();
	assert_eq!(since["total"], 1, "{since}");
	assert_eq!(versions(&since), ["2"], "{since}");

	let whole = get("").await.json();
	assert_eq!(get("?_format=json&_pretty=true").await.json(), whole);
	let part = get("?_elements=date").await;
	assert_eq!(part.header("etag"), "W/\"2\"", "{part:?}");
	let part = part.json();
	assert_eq!(part["date"], whole["date"], "{part}");
	assert_eq!(part.get("author"), None, "{part}");
	let summary = get("/_history/1?_summary=true").await.json();
	assert_eq!(summary.get("custodian"), None, "{summary}");
	assert!(summary["subject"].is_object(), "{summary}");
	for part in [&part, &summary] {
		assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED", "{part}");
	}

	let content = whole["content"][0]["attachment"]["url"].as_str().expect("an address");
	let refused = [
		("GET", format!("{path}?_since=2026")),
		("GET", format!("{path}/_history?_at=2026")),
		("GET", format!("{path}/_history?_list=1")),
		("GET", format!("{path}/_history/1?patient=1")),
		("GET", format!("{content}?_elements=data")),
		("PUT", format!("{path}?identifier=1")),
		("DELETE", format!("{path}?_cascade=delete")),
		("POST", "?patient=1".to_owned()),
	];
	for (method, path) in refused {
		let refused = server.send(method, &path, token, &[], None).await;
		assert_outcome(&refused, 400, "unknown-parameter");
	}
	// The parameter takes precedence over `Accept`.
	let accept = [("accept", "*/*")];
	let formatted = format!("{content}?_format=json");
	let opened = server.send("GET", &formatted, token, &accept, None).await;
	assert_eq!(opened.status, 200, "{opened:?}");
	assert_eq!(opened.json()["resourceType"], "Binary", "{opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_half_understood_is_refused() {
	let (_people, server, [as_his]) = FhirServer::start_for([HIS]).await;
	let patient = address(PATIENT);

	let note = document(&patient, "Note", "note");
	let added = server.send("POST", "DocumentReference", &as_his, &[], Some(&note)).await;
	let path = format!("DocumentReference/{}", added.json()["id"].as_str().expect("an id"));
	let put =
		async |tags: &[(&str, &str)]| server.send("PUT", &path, &as_his, tags, Some(&note)).await;
	let both = [("if-match", "W/\"1\""), ("if-match", "W/\"2\"")];
	assert_outcome(&put(&both).await, 400, "if-match");
	assert_outcome(&put(&[("if-match", "W/\"2\", W/\"1\"")]).await, 400, "if-match");
	let of_patient = format!("Patient/{patient}");
	let no_identifiers = json!({ "resourceType": "Patient", "identifier": [] });
	let named = server.send("PUT", &of_patient, &as_his, &both, Some(&no_identifiers)).await;
	assert_outcome(&named, 400, "if-match");
	// Before anything is decided, even who may erase.
	for header in ["if-unmodified-since", "if-none-match", "if-none-exist"] {
		let erase = server.send("DELETE", &path, &as_his, &[(header, "x")], None).await;
		assert_outcome(&erase, 400, "unknown-precondition");
	}

	assert_outcome(&server.get(&as_his, "Patient/%ff").await, 400, "bad-request");
	let by_patient = format!("patient=Patient/{patient}");
	let by_another = format!("patient=Patient/{}", address(DOCTOR_A));
	for query in [format!("{by_patient}&{by_another}"), format!("{by_patient}&{by_patient}")] {
		for resource in ["DocumentReference", "Consent", "AuditEvent"] {
			let searched = server.get(&as_his, &format!("{resource}?{query}")).await;
			assert_outcome(&searched, 400, "patient-required");
		}
	}
	let long = format!("Patient?identifier={}", "x".repeat(20_000));
	assert_outcome(&server.get(&as_his, &long).await, 414, "too-long");
	let patch = server.send("PATCH", &path, &as_his, &[], None).await;
	assert_outcome(&patch, 405, "not-supported");
	assert!(patch.json().to_string().contains("whole update"), "{patch:?}");
	// An account that nobody has enrolled.
	let mut strange = note.clone();
	strange["subject"]["reference"] = json!(format!("Patient/{}", address(DOCTOR_A)));
	let refused = server.send("POST", "DocumentReference", &as_his, &[], Some(&strange)).await;
	assert_outcome(&refused, 400, "unknown-patient");
	assert_eq!(refused.json()["issue"][0]["expression"][0], "DocumentReference.subject");
	let search = server.send("POST", "Patient/_search", &as_his, &[], Some(&json!({}))).await;
	assert_outcome(&search, 415, "media-type");
	let zipped = [("content-encoding", "gzip")];
	for path in ["DocumentReference", "Binary"] {
		let refused = server.send("POST", path, &as_his, &zipped, Some(&note)).await;
		assert_outcome(&refused, 415, "encoded-body");
	}

	// Content whose document is refused waits for the right one.
	let sent = server.send_bytes(&as_his, "text/plain", b"all is well".to_vec()).await;
	let mut document = note.clone();
	document["content"][0]["attachment"] = json!({
		"contentType": "text/plain", "title": "Note", "url": sent.header("location"),
		"hash": STANDARD.encode([0; 20]),
	});
	let add = async |document: &Value| {
		server.send("POST", "DocumentReference", &as_his, &[], Some(document)).await
	};
	assert_outcome(&add(&document).await, 400, "hash");
	document["content"][0]["attachment"].as_object_mut().expect("an object").remove("hash");
	assert_eq!(add(&document).await.status, 201);
	assert_outcome(&add(&document).await, 400, "no-content");

	content_is_not_one_of_the_servers_resources(&server, &as_his, &note).await;
}

/// An author's resource does not come back as one of the server's.
async fn content_is_not_one_of_the_servers_resources(
	server: &FhirServer,
	token: &str,
	note: &Value,
) {
	let mut foreign = note.clone();
	foreign["content"][0]["attachment"]["contentType"] = json!("application/fhir+json");
	foreign["content"][0]["attachment"]["data"] =
		json!(STANDARD.encode(r#"{"resourceType":"Patient","id":"x"}"#));
	let added = server.send("POST", "DocumentReference", token, &[], Some(&foreign)).await.json();
	let url = added["content"][0]["attachment"]["url"].as_str().expect("an address");
	for accept in [
		"application/fhir+xml;q=1.0, application/fhir+json;q=1.0",
		"application/fhir+json, */*;q=0.1",
	] {
		let opened = server.open_as(token, url, &[("accept", accept)]).await;
		assert_eq!(opened.json()["resourceType"], "Binary", "{accept}");
	}
	assert_eq!(server.open(token, url).await.json()["resourceType"], "Patient");
}

/// A state folder has one server.
fn a_second_server_does_not_start(server: &FhirServer) {
	let mut second = std::process::Command::new(binary("salus-gateway"));
	let ended = output_in_time(second.args(["fhir", "--config"]).arg(server.config()));
	let said = String::from_utf8_lossy(&ended.stderr);
	assert!(!ended.status.success() && said.contains("another server uses"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_client_itself_gets_a_token_and_once() {
	let people = People::start().await;
	let clients =
		[("his", DOCTOR_A, "system/*.rs", &["TREAT"][..]), ("lab", DOCTOR_B, ALL, &["TREAT"][..])];
	let mut server = FhirServer::start(&people, &clients).await;
	let audience = format!("{}/token", server.base);
	let good = |server: &FhirServer| server.clients[0].assertion(&audience, &json!({}), &json!({}));

	let assertion = good(&server);
	assert_eq!(server.ask_for_token(&assertion, "system/Patient.rs").await.status, 200);
	assert_eq!(server.ask_for_token(&assertion, "system/Patient.rs").await.status, 401);
	server.restart().await;
	let again = server.ask_for_token(&assertion, "system/Patient.rs").await;
	assert_eq!(again.status, 401, "{again:?}");
	assert_eq!(again.json()["error"], "invalid_client");

	let his = &server.clients[0];
	let lab = &server.clients[1];
	for (name, assertion, scope, status) in [
		(
			"another key",
			lab.assertion(&audience, &json!({}), &json!({ "iss": "his", "sub": "his" })),
			ALL,
			401,
		),
		(
			"no such client",
			his.assertion(&audience, &json!({}), &json!({ "iss": "x", "sub": "x" })),
			ALL,
			401,
		),
		(
			"another audience",
			his.assertion("https://example.org/token", &json!({}), &json!({})),
			ALL,
			401,
		),
		("over", his.assertion(&audience, &json!({}), &json!({ "exp": 1_000_000_000 })), ALL, 401),
		(
			"too long",
			his.assertion(&audience, &json!({}), &json!({ "exp": 4_000_000_000u64 })),
			ALL,
			401,
		),
		("HS256", his.assertion(&audience, &json!({ "alg": "HS256" }), &json!({})), ALL, 401),
		("none", his.assertion(&audience, &json!({ "alg": "none" }), &json!({})), ALL, 401),
		("no kid", his.assertion(&audience, &json!({ "kid": "2" }), &json!({})), ALL, 401),
		(
			"another purpose",
			his.assertion(&audience, &json!({}), &json!({ "purpose_of_use": "BTG" })),
			ALL,
			400,
		),
		(
			"no purpose",
			his.assertion(&audience, &json!({}), &json!({ "purpose_of_use": "FUN" })),
			ALL,
			400,
		),
		("a scope beyond", good(&server), "system/Patient.cud", 400),
		("no scope", good(&server), "openid", 400),
		("an empty scope", good(&server), "", 400),
		("a scope of nothing", good(&server), "system/Observation.rs", 400),
		("not a JWT", "abc".into(), ALL, 401),
	] {
		let answer = server.ask_for_token(&assertion, scope).await;
		assert_eq!(answer.status, status, "{name}: {answer:?}");
		let body = answer.json();
		assert!(body["error"].is_string() && body.get("access_token").is_none(), "{name}: {body}");
	}
	a_request_needs_a_known_token(&server).await;
	strangers_are_logged(&server).await;
	a_second_server_does_not_start(&server);
	let metadata = server.get("", "metadata").await;
	assert_eq!(metadata.status, 200, "{metadata:?}");
	assert_eq!(metadata.json()["fhirVersion"], "4.0.1");
}

async fn a_request_needs_a_known_token(server: &FhirServer) {
	let without = server.get("", "Patient?identifier=x").await;
	assert_outcome(&without, 401, "no-token");
	assert_eq!(without.header("www-authenticate"), "Bearer");
	let unknown = server.get("abc", "Patient?identifier=x").await;
	assert_outcome(&unknown, 401, "invalid-token");
	let challenge = unknown.header("www-authenticate");
	assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
}

/// The log warns of `lab`, whose account is a member of the other hospital.
async fn strangers_are_logged(server: &FhirServer) {
	let strange = |line: &str| line.contains("not a live member");
	eventually("the log warns of a client", || async {
		server.log().lines().any(strange).then_some(())
	})
	.await;
	let log = server.log();
	let mut strangers = log.lines().filter(|line| strange(line));
	assert!(strangers.all(|line| line.contains(r#"client="lab""#)), "{log}");
}
