//! Hospital systems speak FHIR: they find, add, open, revise and erase documents, are refused, and
//! read the log, as ordinary FHIR clients.

use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	cast::*,
	fhir::{next_of, FhirServer, ALL, HIS, OTHER, OWN},
	files, People,
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

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_system_works_with_documents() {
	let (people, server, [his, other, own, reader]) = FhirServer::start_for([
		("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"]),
		OTHER,
		OWN,
		("reader", DOCTOR_A, "system/*.rs", &["TREAT"]),
	])
	.await;
	let patient = address(PATIENT);

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
async fn a_request_that_is_half_understood_is_refused() {
	let (_people, server, [his]) = FhirServer::start_for([HIS]).await;
	let patient = address(PATIENT);
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
