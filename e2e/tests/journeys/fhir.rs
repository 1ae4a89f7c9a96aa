//! Hospital systems speak FHIR: they find, add, open, revise and erase documents, are refused, and
//! read the log, as ordinary FHIR clients.

use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	cast::*,
	fhir::{next_of, FhirServer, NOT_STORED},
	files, People,
};
use serde_json::{json, Value};
use std::{path::Path, process::Command};

pub const ALL: &str = "system/*.cruds";

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

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_system_works_with_documents() {
	let people = People::start().await;
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"][..]),
		("other", DOCTOR_B, ALL, &["TREAT"][..]),
		("patient", PATIENT, ALL, &["PATRQT"][..]),
		("reader", DOCTOR_A, "system/*.rs", &["TREAT"][..]),
	];
	let server = FhirServer::start(&people, &clients).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;

	// Adds a document, and finds it.
	let blood = document(&patient, "Blood count", "haemoglobin 7.2");
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&blood)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let id = added.json()["id"].as_str().expect("an id").to_owned();
	let location = format!("{}/fhir/DocumentReference/{id}/_history/1", server.base);
	assert_eq!((added.header("location"), added.header("etag")), (&*location, "W/\"1\""));
	let search = format!("DocumentReference?patient=Patient/{patient}&category=laboratory");
	let found = server.get(&his, &search).await.json();
	assert_eq!((&found["total"], &found["entry"][0]["resource"]["id"]), (&json!(1), &json!(id)));
	let minimal =
		"https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference";
	assert_eq!(found["entry"][0]["resource"]["meta"]["profile"], json!([minimal]));
	assert_eq!(found["entry"][0]["resource"].get("authenticator"), None);
	let by_identifier = format!("DocumentReference?patient.identifier={patient}");
	assert_eq!(server.get(&his, &by_identifier).await.json()["total"], 1);
	let named = server.get(&his, &format!("Patient?identifier={patient}")).await.json();
	assert_eq!(named["entry"][0]["resource"]["id"], patient, "{named}");
	let none = server.get(&his, &format!("Patient?identifier={patient}&_id=x")).await.json();
	assert_eq!(none["total"], 0);
	let text = found.to_string();
	assert!(!text.contains("Blood") && !text.contains("haemoglobin"), "{text}");

	let strange = [("if-none-exist", "identifier=1&status=current")];
	let conditional = server.send("POST", "DocumentReference", &his, &strange, Some(&blood)).await;
	assert_eq!(conditional.status, 412, "{conditional:?}");
	assert_eq!(server.get(&his, &search).await.json()["total"], 1);

	// Opens it: that is on the patient's log.
	let url = found["entry"][0]["resource"]["content"][0]["attachment"]["url"].clone();
	let url = url.as_str().expect("an address");
	let opened = server.open(&his, url).await;
	assert_eq!((opened.status, opened.header("content-type")), (200, "text/plain"), "{opened:?}");
	assert_eq!(opened.body, b"haemoglobin 7.2");

	// It has an author, and after its review a verifier.
	let acts = format!("Provenance?target=DocumentReference/{id}");
	let added = server.get(&his, &acts).await.json();
	let doctor = format!("Practitioner/{}", address(DOCTOR_A));
	let agent = |bundle: &Value, index: usize| {
		bundle["entry"][index]["resource"]["agent"][0]["who"]["reference"].clone()
	};
	assert_eq!((&added["total"], agent(&added, 0)), (&json!(1), json!(doctor)));
	people.cli.run(RECORDS_ADMIN, format!("record attest {id} --verdict confirmed")).await;
	let attested = server.get(&his, &acts).await.json();
	let reviewed = server.get(&his, &format!("DocumentReference/{id}")).await.json();
	assert_eq!(reviewed["authenticator"], reviewed["custodian"], "{reviewed}");
	let verifier = format!("Practitioner/{}", address(RECORDS_ADMIN));
	assert_eq!((&attested["total"], agent(&attested, 1)), (&json!(2), json!(verifier)));
	let act = attested["entry"][1]["resource"].clone();
	let path = format!("Provenance/{}", act["id"].as_str().expect("an id"));
	assert_eq!(server.get(&his, &path).await.json(), act);

	// Another hospital finds nothing, and its attempt is on the log, too.
	let other = server.token("other", None).await;
	assert_eq!(server.get(&other, &search).await.json()["total"], 0);
	assert_eq!(server.get(&other, &format!("DocumentReference/{id}")).await.status, 404);
	assert_eq!(server.get(&other, &acts).await.json()["total"], 0);
	assert_eq!(server.get(&other, &path).await.status, 404);
	let refused = server.get(&other, url).await;
	assert_eq!(refused.status, 403, "{refused:?}");
	let issue = &refused.json()["issue"][0];
	assert_eq!(
		(&issue["code"], &issue["details"]["coding"][0]["code"]),
		(&json!("forbidden"), &json!("refused"))
	);
	let rule = issue["diagnostics"].as_str().expect("a text");
	assert!(rule.contains("nothing that the patient has granted covers it"), "{rule}");
	let own = server.token("patient", None).await;
	let log = server.get(&own, &format!("AuditEvent?patient={patient}")).await.json();
	let outcomes: Vec<_> = log["entry"]
		.as_array()
		.expect("entries")
		.iter()
		.map(|entry| entry["resource"]["outcome"].as_str().unwrap_or_default())
		.collect();
	assert_eq!(outcomes, ["8", "0", "0"], "{log}");
	log_has_pages(&server, &own, &patient, &log).await;
	assert_eq!(server.get(&his, &format!("AuditEvent?patient={patient}")).await.status, 404);

	// Revises it, but not over a version that it has not seen.
	let revised = document(&patient, "Blood count", "haemoglobin 9.1");
	let path = format!("DocumentReference/{id}");
	let put =
		async |tag: &[(&str, &str)]| server.send("PUT", &path, &his, tag, Some(&revised)).await;
	assert_eq!(put(&[]).await.status, 428);
	assert_eq!(put(&[("if-match", "W/\"2\"")]).await.status, 412);
	let expected = [("if-match", "W/\"1\"")];
	let mut secret = revised.clone();
	let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
	secret["securityLabel"] = json!([{ "coding": [{ "system": system, "code": "V" }] }]);
	let differs = server.send("PUT", &path, &his, &expected, Some(&secret)).await;
	assert_eq!(differs.status, 400, "{differs:?}");
	assert_eq!(server.send("PUT", &path, &other, &expected, Some(&revised)).await.status, 404);
	let second = put(&expected).await;
	assert_eq!((second.status, second.header("etag")), (200, "W/\"2\""), "{second:?}");
	let history = server.get(&his, &format!("{path}/_history")).await.json();
	assert_eq!(history["total"], 2);
	assert_eq!(history["entry"][1]["resource"]["status"], "superseded");
	let first = server.get(&his, &format!("{path}/_history/1")).await.json();
	assert_eq!(first["meta"]["versionId"], "1");
	parts_are_those_that_were_asked_for(&server, &his, &path).await;

	// A client without the scope can not; the patient erases.
	let reader = server.token("reader", None).await;
	assert_eq!(server.send("DELETE", &path, &reader, &[], None).await.status, 403);
	assert_eq!(server.get(&reader, &search).await.json()["total"], 1);
	assert_eq!(server.send("DELETE", &path, &own, &[], None).await.status, 204);
	assert_eq!(server.get(&own, &path).await.status, 410);
	assert_eq!(server.get(&his, &path).await.status, 404);
	assert_eq!(server.get(&his, &search).await.json()["total"], 0);

	// The server's log and metrics name nobody.
	let (log, metrics) = (server.log(), server.metrics().await);
	for secret in [&patient[..], &id, "Blood", "haemoglobin"] {
		assert!(!log.contains(secret), "{secret} in {log}");
		assert!(!metrics.contains(secret), "{secret} in {metrics}");
	}
	let found = files::revealing(server.folder(), &["Blood count", "haemoglobin"]);
	assert!(found.is_empty(), "{found:?}");
	let refused = r#"salus_gateway_requests_total{method="GET",resource="Binary",status="403"} 1"#;
	assert!(metrics.contains(refused), "{metrics}");

	// Anybody can ask whether it runs, at both addresses.
	for address in [&*server.base, server.metrics_address().trim_end_matches("/metrics")] {
		for (path, line) in [("health", "ok\n"), ("ready", "ready\n")] {
			let answer = reqwest::get(format!("{address}/{path}")).await.expect("it answers");
			let status = answer.status().as_u16();
			let text = answer.text().await.expect("a line");
			assert_eq!((status, &*text), (200, line), "{address}/{path}");
		}
	}
}

/// Reads a log of three entries, which a search found, in pages and one by one.
async fn log_has_pages(server: &FhirServer, own: &str, patient: &str, log: &Value) {
	let entries = |bundle: &Value| -> Vec<Value> {
		let all = bundle["entry"].as_array().into_iter().flatten();
		all.map(|entry| entry["resource"].clone()).collect()
	};
	let all = entries(log);
	let search = format!("AuditEvent?patient={patient}");
	let find = async |more: &str| server.get(own, &format!("{search}{more}")).await.json();
	// A search by date reads the whole log, and an order by date the entries of a page.
	assert_eq!(entries(&find("&date=ge2000").await), all);
	assert_eq!(entries(&find("&_sort=-date").await), all);
	let first = find("&_sort=date&_count=2").await;
	let next = next_of(&first).unwrap_or_else(|| panic!("a further page: {first}"));
	let second = server.get(own, next).await.json();
	assert_eq!((&first["total"], next_of(&second)), (&json!(3), None), "{second}");
	let mut oldest_first = entries(&first);
	assert_eq!(oldest_first.len(), 2, "{first}");
	oldest_first.extend(entries(&second));
	oldest_first.reverse();
	assert_eq!(oldest_first, all);
	for one in &all {
		let id = one["id"].as_str().expect("an id");
		assert_eq!(server.get(own, &format!("AuditEvent/{id}")).await.json(), *one);
		assert_eq!(entries(&find(&format!("&_id={id}")).await), std::slice::from_ref(one));
	}
	let later = format!("AuditEvent/{patient}-3");
	assert_eq!(server.get(own, &later).await.status, 404);
	let count = find("&_summary=count").await;
	assert_eq!((&count["total"], count.get("entry")), (&json!(3), None));
}

/// A client gets the pages and elements that it asks for. No request has a parameter that is
/// dropped.
async fn parts_are_those_that_were_asked_for(server: &FhirServer, token: &str, path: &str) {
	let get = async |rest: &str| server.get(token, &format!("{path}{rest}")).await;
	let versions = |page: &Value| -> Vec<String> {
		let entries = page["entry"].as_array().into_iter().flatten();
		let version =
			|one: &Value| one["resource"]["meta"]["versionId"].as_str().map(str::to_owned);
		entries.filter_map(version).collect()
	};
	let page = get("/_history?_count=1").await.json();
	assert_eq!((&page["total"], versions(&page)), (&json!(2), vec!["2".into()]), "{page}");
	let next = server.get(token, next_of(&page).expect("a next page")).await.json();
	assert_eq!((versions(&next), next_of(&next)), (vec!["1".into()], None), "{next}");
	assert_eq!((&next["type"], &next["total"]), (&json!("history"), &json!(2)));
	let changed = page["entry"][0]["resource"]["meta"]["lastUpdated"].as_str().expect("an instant");
	let since = get(&format!("/_history?_since={changed}")).await.json();
	assert_eq!((&since["total"], versions(&since)), (&json!(1), vec!["2".into()]), "{since}");

	let whole = get("").await.json();
	assert_eq!(get("?_format=json&_pretty=true").await.json(), whole);
	let part = get("?_elements=date").await;
	assert_eq!(part.header("etag"), "W/\"2\"", "{part:?}");
	let part = part.json();
	assert_eq!((&part["date"], part.get("author")), (&whole["date"], None), "{part}");
	let summary = get("/_history/1?_summary=true").await.json();
	assert_eq!((summary.get("custodian"), summary["subject"].is_object()), (None, true));
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
		let code = refused.json()["issue"][0]["details"]["coding"][0]["code"].clone();
		assert_eq!((refused.status, code), (400, json!("unknown-parameter")), "{method} {path}");
	}
	// The parameter goes before `Accept`.
	let accept = [("accept", "*/*")];
	let formatted = format!("{content}?_format=json");
	let opened = server.send("GET", &formatted, token, &accept, None).await;
	assert_eq!((opened.status, &opened.json()["resourceType"]), (200, &json!("Binary")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_of_no_record_that_it_may_not_open() {
	let people = People::start().await;
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"][..]),
		("other", DOCTOR_B, ALL, &["TREAT"][..]),
		("patient", PATIENT, ALL, &["PATRQT"][..]),
	];
	let server = FhirServer::start(&people, &clients).await;
	let patient = address(PATIENT);
	let [his, other, own] = [
		server.token("his", None).await,
		server.token("other", None).await,
		server.token("patient", None).await,
	];
	let add = async |title: &str| {
		let document = document(&patient, title, title);
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		assert_eq!(added.status, 201, "{added:?}");
		added.json()["id"].as_str().expect("an id").to_owned()
	};
	let (record, erased, none) = (add("one").await, add("two").await, "ab".repeat(32));
	let of = |id: &str| format!("DocumentReference/{id}");
	assert_eq!(server.send("DELETE", &of(&erased), &own, &[], None).await.status, 204);

	// One that exists, one that was erased, and one that never was, look the same to others.
	let tag = [("if-match", "W/\"1\"")];
	let body = document(&patient, "new", "new");
	let mut seen = Vec::new();
	for id in [&record, &erased, &none] {
		let explain = format!("Consent/$explain?record={}", of(id));
		let answers = [
			server.get(&other, &of(id)).await,
			server.get(&other, &format!("{}/_history", of(id))).await,
			server.send("DELETE", &of(id), &other, &[], None).await,
			server.send("PUT", &of(id), &other, &tag, Some(&body)).await,
			server.get(&other, &explain).await,
			server.get(&other, &format!("{explain}&purpose=HRESCH")).await,
			server.get(&other, &format!("{explain}&reader=Patient/{patient}")).await,
		];
		seen.push(answers.map(|answer| (answer.status, answer.json())));
	}
	assert_eq!((&seen[0], &seen[1]), (&seen[2], &seen[2]));
	assert_eq!(seen[0].each_ref().map(|(status, _)| *status), [404, 404, 404, 404, 200, 403, 404]);

	// A client that may open it learns why it may do no more.
	let conditional = server.send("DELETE", &of(&record), &own, &tag, None).await;
	assert_eq!(conditional.status, 412, "{conditional:?}");
	let refused = server.send("DELETE", &of(&record), &his, &[], None).await;
	assert_eq!(refused.status, 403, "{refused:?}");
	let explain = format!("Consent/$explain?record={}", of(&record));
	assert_eq!(server.get(&his, &format!("{explain}&purpose=ETREAT")).await.status, 200);
	assert_eq!(server.get(&his, &format!("{explain}&purpose=HRESCH")).await.status, 403);
	assert_eq!(server.get(&own, &format!("{explain}&purpose=HRESCH")).await.status, 200);

	// A refusal names no account of others.
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	people.cli.run(PATIENT, grant).await;
	let refused = server.send("PUT", &of(&record), &other, &tag, Some(&body)).await;
	assert!(refused.status >= 400, "{refused:?}");
	let text = refused.json().to_string();
	assert!(
		![PATIENT, DOCTOR_A, DOCTOR_B].iter().any(|one| text.contains(&address(one))),
		"{text}"
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_half_understood_is_refused() {
	let people = People::start().await;
	let server = FhirServer::start_for_two(&people).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	let code = |answer: &salus_e2e::fhir::FhirAnswer| {
		assert!(answer.header("content-type").starts_with("application/fhir+json"), "{answer:?}");
		let code = &answer.json()["issue"][0]["details"]["coding"][0]["code"];
		(answer.status, code.as_str().unwrap_or_default().to_owned())
	};
	let is = |status: u16, text: &str| (status, text.to_owned());

	let note = document(&patient, "Note", "note");
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&note)).await;
	let path = format!("DocumentReference/{}", added.json()["id"].as_str().expect("an id"));
	let put =
		async |tags: &[(&str, &str)]| server.send("PUT", &path, &his, tags, Some(&note)).await;
	let (one, two) = (("if-match", "W/\"1\""), ("if-match", "W/\"2\""));
	assert_eq!(code(&put(&[one, two]).await), is(400, "if-match"));
	assert_eq!(code(&put(&[("if-match", "W/\"2\", W/\"1\"")]).await), is(400, "if-match"));
	let of_patient = format!("Patient/{patient}");
	let named = json!({ "resourceType": "Patient", "identifier": [] });
	let named = server.send("PUT", &of_patient, &his, &[one, two], Some(&named)).await;
	assert_eq!(code(&named), is(400, "if-match"));
	// Before anything is decided, even who may erase.
	for header in ["if-unmodified-since", "if-none-match", "if-none-exist"] {
		let erase = server.send("DELETE", &path, &his, &[(header, "x")], None).await;
		assert_eq!(code(&erase), is(400, "unknown-precondition"), "{header}");
	}

	assert_eq!(code(&server.get(&his, "Patient/%ff").await), is(400, "bad-request"));
	let one = format!("patient=Patient/{patient}");
	for two in [format!("{one}&patient=Patient/{}", address(DOCTOR_A)), format!("{one}&{one}")] {
		for resource in ["DocumentReference", "Consent", "AuditEvent"] {
			let searched = server.get(&his, &format!("{resource}?{two}")).await;
			assert_eq!(code(&searched), is(400, "patient-required"), "{resource}?{two}");
		}
	}
	let long = format!("Patient?identifier={}", "x".repeat(20_000));
	assert_eq!(code(&server.get(&his, &long).await), is(414, "too-long"));
	let patch = server.send("PATCH", &path, &his, &[], None).await;
	assert_eq!(code(&patch), is(405, "not-supported"));
	let search = server.send("POST", "Patient/_search", &his, &[], Some(&json!({}))).await;
	assert_eq!(code(&search), is(415, "media-type"));
	let zipped = [("content-encoding", "gzip")];
	for path in ["DocumentReference", "Binary"] {
		let refused = server.send("POST", path, &his, &zipped, Some(&note)).await;
		assert_eq!(code(&refused), is(415, "encoded-body"), "{path}");
	}

	// Content whose document is refused waits for the right one.
	let sent = server.send_bytes(&his, "text/plain", b"all is well".to_vec()).await;
	let mut document = note.clone();
	document["content"][0]["attachment"] = json!({
		"contentType": "text/plain", "title": "Note", "url": sent.header("location"),
		"hash": STANDARD.encode([0; 20]),
	});
	let add = async |document: &Value| {
		server.send("POST", "DocumentReference", &his, &[], Some(document)).await
	};
	assert_eq!(code(&add(&document).await), is(400, "hash"));
	document["content"][0]["attachment"].as_object_mut().expect("an object").remove("hash");
	assert_eq!(add(&document).await.status, 201);
	assert_eq!(code(&add(&document).await), is(400, "no-content"));

	// An author's resource does not come back as one of the server's.
	let mut own = note.clone();
	own["content"][0]["attachment"]["contentType"] = json!("application/fhir+json");
	own["content"][0]["attachment"]["data"] =
		json!(STANDARD.encode(r#"{"resourceType":"Patient","id":"x"}"#));
	let added = add(&own).await.json();
	let url = added["content"][0]["attachment"]["url"].as_str().expect("an address");
	for accept in [
		"application/fhir+xml;q=1.0, application/fhir+json;q=1.0",
		"application/fhir+json, */*;q=0.1",
	] {
		let opened = server.open_as(&his, url, &[("accept", accept)]).await;
		assert_eq!(opened.json()["resourceType"], "Binary", "{accept}");
	}
	assert_eq!(server.open(&his, url).await.json()["resourceType"], "Patient");
}

/// Returns the commands of the documentation that are fenced as `sh` and this word.
fn commands(word: &str) -> String {
	let text = include_str!("../../../docs/fhir.md");
	let fence = format!("```sh {word}\n");
	let (_, rest) = text.split_once(&fence).unwrap_or_else(|| panic!("there is no {fence}"));
	rest.split("```").next().expect("a text has a first part").to_owned()
}

/// Has `curl` ask again while no storage node holds the content, as the server says.
const ASKING_AGAIN: &str = r#"
curl() {
  local said
  until said=$(command curl "$@"); do
    printf '%s\n' "$said" >&2
    grep -q '"NOT_STORED"' <<<"$said" || return 1
  done
  printf '%s' "$said"
}
"#;

/// Runs commands in a folder, and returns what they print.
fn bash(folder: &Path, variables: &[(&str, &str)], commands: &str) -> String {
	let run = Command::new("bash")
		.args(["-euo", "pipefail", "-c", commands])
		.current_dir(folder)
		.envs(variables.iter().copied())
		.output()
		.expect("bash is installed");
	let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
	assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
	text(&run.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_documentation_work() {
	let people = People::start().await;
	let mut server = FhirServer::start(&people, &[("his", DOCTOR_A, ALL, &["TREAT"])]).await;
	let keys = commands("keys");
	bash(server.folder(), &[], &keys);
	server.restart().await;
	let patient = address(PATIENT);
	let variables = [("BASE", &*server.base), ("PATIENT", &patient)];
	let helper = keys.lines().next().expect("a line");
	let asking_again = ASKING_AGAIN.replace("NOT_STORED", NOT_STORED);
	let requests = format!("{helper}\n{asking_again}\n{}", commands("requests"));
	let printed = bash(server.folder(), &variables, &requests);
	assert_eq!(printed, "all is well");
	let log = people.log().await;
	assert_eq!(log.iter().filter(|event| event["requested"] != Value::Null).count(), 1, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_provided_together_and_once() {
	let people = People::start().await;
	let clients = [("his", DOCTOR_A, ALL, &["TREAT"][..])];
	let server = FhirServer::start(&people, &clients).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	let search = format!("DocumentReference?patient={patient}");
	let total = async || server.get(&his, &search).await.json()["total"].clone();

	// The same document comes again, and from several systems at the same time.
	let once = [("if-none-exist", "identifier=urn:oid:2.16.840.1.113883.19.5|77")];
	let report = document(&patient, "Report", "all is well");
	let add = async || server.send("POST", "DocumentReference", &his, &once, Some(&report)).await;
	let answers = tokio::join!(add(), add(), add());
	let statuses = [answers.0.status, answers.1.status, answers.2.status];
	assert!(statuses.contains(&201), "{answers:?}");
	assert!(statuses.iter().all(|status| [200, 201, 409].contains(status)), "{answers:?}");
	let again = add().await;
	assert_eq!((again.status, again.header("etag")), (200, "W/\"1\""), "{again:?}");
	assert_eq!(total().await, 1);
	// Other bytes under the identifier do not replace it.
	let other = document(&patient, "Report", "all is worse");
	let other = server.send("POST", "DocumentReference", &his, &once, Some(&other)).await;
	assert_eq!((other.status, total().await), (200, json!(1)));
	assert_eq!(other.json()["id"], again.json()["id"]);

	// A document source of MHD sends a Bundle.
	let entry = |url: &str, resource: Value, condition: Option<&str>| {
		let mut request = json!({ "method": "POST", "url": resource["resourceType"] });
		if let Some(condition) = condition {
			request["ifNoneExist"] = json!(condition);
		}
		json!({ "fullUrl": url, "resource": resource, "request": request })
	};
	let provided = |title: &str, url: &str| {
		let mut document = document(&patient, title, "");
		document["content"][0]["attachment"] =
			json!({ "contentType": "text/plain", "url": url, "title": title });
		document
	};
	let binary = |content: &str| {
		let data = STANDARD.encode(content);
		json!({ "resourceType": "Binary", "contentType": "text/plain", "data": data })
	};
	let list = json!({
		"resourceType": "List", "status": "current", "mode": "working",
		"subject": { "reference": format!("Patient/{patient}") },
	});
	let once = "identifier=urn:oid:2.16.840.1.113883.19.5|78";
	// Nothing is kept of how the source describes the patient.
	let mut one = provided("One", "urn:uuid:3");
	one["contained"] = json!([{
		"resourceType": "Patient", "id": "source", "name": [{ "family": "Schmidt" }],
		"identifier": [{ "system": "urn:oid:2.16.840.1.113883.19.6", "value": "9" }],
	}]);
	one["context"] = json!({ "sourcePatientInfo": { "reference": "#source" } });
	let mut bundle = json!({
		"resourceType": "Bundle",
		"type": "transaction",
		"entry": [
			entry("urn:uuid:0", list, None),
			entry("urn:uuid:1", one, Some(once)),
			entry("urn:uuid:2", provided("Two", "urn:uuid:4"), None),
			entry("urn:uuid:3", binary("the first"), None),
			entry("urn:uuid:4", binary("the second"), None),
		],
	});
	let send = async |bundle: &Value| server.send("POST", "", &his, &[], Some(bundle)).await;
	let answer = send(&bundle).await;
	assert_eq!(answer.status, 200, "{answer:?}");
	let answer = answer.json();
	let status = |index: usize| answer["entry"][index]["response"]["status"].clone();
	let statuses: Vec<_> = (0..5).map(status).collect();
	assert_eq!(statuses, ["200 OK", "201 Created", "201 Created", "201 Created", "201 Created"]);
	assert_eq!(total().await, 3);
	let location = answer["entry"][4]["response"]["location"].as_str().expect("a location");
	let opened = server.open(&his, location).await;
	assert_eq!((opened.status, &opened.body[..]), (200, &b"the second"[..]));
	// The submission set is who added them, and when.
	let set = answer["entry"][0]["response"]["location"].as_str().expect("a location");
	let act = server.get(&his, set).await.json();
	let first = answer["entry"][1]["response"]["location"].as_str().expect("a location");
	let target = act["target"][0]["reference"].as_str().expect("a document");
	assert!(target.starts_with("DocumentReference/") && first.ends_with(target), "{act}");

	// One that cannot be added keeps all of them back.
	bundle["entry"][2]["resource"]["subject"]["reference"] = json!("Patient/nobody");
	let refused = send(&bundle).await;
	assert_eq!(refused.status, 400, "{refused:?}");
	let expression = &refused.json()["issue"][0]["expression"][0];
	assert_eq!(expression, "Bundle.entry[2].resource.subject");
	assert_eq!(total().await, 3);

	// Of two revisions of the same version at the same time, one is taken.
	let id = again.json()["id"].as_str().expect("an id").to_owned();
	let path = format!("DocumentReference/{id}");
	let revise = async |content: &str| {
		let revised = document(&patient, "Report", content);
		server.send("PUT", &path, &his, &[("if-match", "W/\"1\"")], Some(&revised)).await.status
	};
	let (one, two) = tokio::join!(revise("better"), revise("worse"));
	let mut both = [one, two];
	both.sort_unstable();
	assert_eq!(both, [200, 412]);
	let history = server.get(&his, &format!("{path}/_history")).await.json();
	assert_eq!(history["total"], 2);
}

/// Returns the size of a large content, in bytes: 200 MiB, or `SALUS_LARGE_MIB`.
fn large() -> usize {
	let given = std::env::var("SALUS_LARGE_MIB").ok();
	let mib = given.map_or(200, |text| text.parse::<usize>().expect("a number"));
	mib * 1024 * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn large_content_passes_through_in_bounded_memory() {
	let people = People::start().await;
	let server = FhirServer::start_for_two(&people).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	let size = large();
	let content: Vec<u8> = (0..size).map(|index| (index / 7) as u8).collect();
	let sent = server.send_bytes(&his, "application/dicom", content.clone()).await;
	assert_eq!(sent.status, 201, "{sent:?}");
	let location = sent.header("location").to_owned();
	assert_eq!(server.get(&his, &location).await.status, 404, "it is no record yet");

	// Only its client adds it, with its own type and size, and once.
	let mut scan = document(&patient, "Scan", "");
	let attachment = |size: usize| {
		json!({
			"contentType": "application/dicom", "title": "Scan", "url": location, "size": size,
		})
	};
	scan["content"][0]["attachment"] = attachment(size);
	let add = async |token: &str, scan: &Value| {
		server.send("POST", "DocumentReference", token, &[], Some(scan)).await
	};
	let other = server.token("other", None).await;
	assert_eq!(add(&other, &scan).await.status, 400);
	let added = add(&his, &scan).await;
	assert_eq!(added.status, 201, "{added:?}");
	assert_eq!(add(&his, &scan).await.status, 400);
	let small = server.send_bytes(&his, "text/plain", b"all is well".to_vec()).await;
	scan["content"][0]["attachment"] = attachment(size);
	scan["content"][0]["attachment"]["url"] = json!(small.header("location"));
	assert_eq!(add(&his, &scan).await.status, 400, "it has another type");

	let added = added.json();
	let url = added["content"][0]["attachment"]["url"].as_str().expect("an address");
	let opened = server.open(&his, url).await;
	let start = String::from_utf8_lossy(opened.body.get(..400).unwrap_or(&opened.body));
	assert_eq!((opened.status, opened.body.len()), (200, size), "{start}");
	assert!(opened.body == content, "other bytes came back");
	let peak = server.peak_memory();
	println!("{} MiB in and out, {} MiB at the peak", size >> 20, peak >> 20);
	assert!(peak < 120 * 1024 * 1024, "{peak} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_finds_patients_by_its_own_numbers() {
	let people = People::start().await;
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT"][..]),
		("reader", DOCTOR_A, "system/*.rs", &["TREAT"][..]),
		("other", DOCTOR_B, ALL, &["TREAT"][..]),
	];
	let mut server = FhirServer::start(&people, &clients).await;
	let patient = address(PATIENT);
	let path = format!("Patient/{patient}");
	let his = server.token("his", None).await;
	let put =
		async |path: &str, body: &Value| server.send("PUT", path, &his, &[], Some(body)).await;

	// A resource that was read can be sent back with another number.
	let mut resource = server.get(&his, &path).await.json();
	let number = json!({ "system": "urn:oid:2.16.840.1.113883.19.5", "value": "MRN-0815" });
	resource["identifier"].as_array_mut().expect("a list").push(number.clone());
	let updated = put(&path, &resource).await;
	assert_eq!(updated.status, 200, "{updated:?}");
	assert_eq!(updated.json()["identifier"][1]["value"], "MRN-0815");
	let by_number = "identifier=urn:oid:2.16.840.1.113883.19.5%7CMRN-0815";
	let found = server.get(&his, &format!("Patient?{by_number}")).await.json();
	let ids = (&found["total"], &found["entry"][0]["resource"]["id"]);
	assert_eq!(ids, (&json!(1), &json!(patient)));

	// They say who the patient is, so only the hospital's own staff sees them.
	let other = server.token("other", None).await;
	let seen = server.get(&other, &path).await.json();
	assert_eq!(seen["identifier"].as_array().map(Vec::len), Some(1), "{seen}");
	assert_eq!(server.get(&other, &format!("Patient?{by_number}")).await.json()["total"], 0);

	// Of two updates of the same version, the second one is refused.
	let tag = updated.header("etag").to_owned();
	let update = async |tag: &str| {
		server.send("PUT", &path, &his, &[("if-match", tag)], Some(&resource)).await
	};
	assert_eq!(update(&tag).await.header("etag"), tag, "nothing changed");
	assert_eq!(update("W/\"1\"").await.status, 412);

	// A document about the number, and a search by it, over a restart.
	let mut report = document(&patient, "Report", "all is well");
	report["subject"] = json!({ "identifier": number });
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&report)).await;
	assert_eq!(added.status, 201, "{added:?}");
	server.restart().await;
	let his = server.token("his", None).await;
	let put =
		async |path: &str, body: &Value| server.send("PUT", path, &his, &[], Some(body)).await;
	let search = format!("DocumentReference?patient.{by_number}");
	assert_eq!(server.get(&his, &search).await.json()["total"], 1);
	report["subject"]["identifier"]["value"] = json!("MRN-0816");
	let unknown = server.send("POST", "DocumentReference", &his, &[], Some(&report)).await;
	assert_eq!(unknown.status, 400, "{unknown:?}");

	// A number has one patient; names and strangers are refused; not every client may do it.
	let enrol = format!("patient enrol --org {HOSPITAL_A} --patient //OtherPatient");
	people.cli.run(ADMIN_A, enrol).await;
	let other = address("//OtherPatient");
	let body = json!({
		"resourceType": "Patient",
		"identifier": [{ "system": "urn:oid:2.16.840.1.113883.19.5", "value": "MRN-0815" }],
	});
	let taken = put(&format!("Patient/{other}"), &body).await;
	assert_eq!(taken.status, 409, "{taken:?}");
	let mut named = resource.clone();
	named["name"] = json!([{ "family": "Doe" }]);
	let refused = put(&path, &named).await;
	assert_eq!(refused.json()["issue"][0]["expression"][0], "Patient.name");
	assert_eq!(put(&format!("Patient/{}", address("//Nobody")), &body).await.status, 404);
	let reader = server.token("reader", None).await;
	assert_eq!(server.send("PUT", &path, &reader, &[], Some(&resource)).await.status, 403);

	// It is in none of the server's files.
	let found = files::revealing(server.folder(), &["MRN-0815"]);
	assert!(found.is_empty(), "{found:?}");
	assert!(!server.log().contains("0815"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_what_the_client_may_open_now() {
	let people = People::start().await;
	let server = FhirServer::start_for_two(&people).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	for number in 0..5 {
		let document = document(&patient, "Note", &format!("note {number}"));
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		assert_eq!(added.status, 201, "{added:?}");
	}
	let granted = people
		.cli
		.run(PATIENT, format!("consent grant --to {DOCTOR_B} --everything --purpose TREAT"))
		.await;
	let other = server.token("other", None).await;
	let mut path = format!("DocumentReference?patient={patient}&_count=2");
	let mut ids = Vec::new();
	let mut last = String::new();
	loop {
		let page = server.get(&other, &path).await.json();
		assert_eq!(page["total"], 5, "{page}");
		let entries = page["entry"].as_array().expect("entries");
		ids.extend(entries.iter().map(|entry| entry["resource"]["id"].clone()));
		let links = page["link"].as_array().expect("links");
		let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
		last = next["url"].as_str().expect("an address").to_owned();
		path.clone_from(&last);
	}
	let distinct: std::collections::BTreeSet<_> = ids.iter().map(Value::to_string).collect();
	assert_eq!((ids.len(), distinct.len()), (5, 5));

	// A link is for its client, and ends with the consent.
	assert_eq!(server.get(&his, &last).await.status, 410);
	let grant = &granted["grant"];
	people.cli.run(PATIENT, format!("consent revoke {grant}")).await;
	let over = server.get(&other, &last).await;
	assert_eq!(over.status, 410, "{over:?}");
	let count = format!("DocumentReference?patient={patient}&_summary=count");
	let counted = server.get(&his, &count).await.json();
	assert_eq!((&counted["total"], counted.get("entry")), (&json!(5), None));
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
		("not a JWT", "abc".into(), ALL, 401),
	] {
		let answer = server.ask_for_token(&assertion, scope).await;
		assert_eq!(answer.status, status, "{name}: {answer:?}");
		let body = answer.json();
		assert!(body["error"].is_string() && body.get("access_token").is_none(), "{name}: {body}");
	}
	assert_eq!(server.get("", "Patient?identifier=x").await.status, 401);
	assert_eq!(server.get("abc", "Patient?identifier=x").await.status, 401);
	let metadata = server.get("", "metadata").await;
	assert_eq!((metadata.status, &metadata.json()["fhirVersion"]), (200, &json!("4.0.1")));
}
