//! Hospital systems ask for consent in FHIR. The patient answers, and sees who may open what, and
//! why.

use super::fhir::{address, document};
use salus_e2e::{
	cast::*,
	fhir::{FhirServer, HIS, OTHER, OWN},
	People,
};
use serde_json::{json, Value};
use std::time::Duration;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// Returns a request for access to a patient's laboratory reports.
pub fn proposed(patient: &str) -> Value {
	json!({
		"resourceType": "Consent",
		"status": "proposed",
		"scope": { "coding": [{
			"system": "http://terminology.hl7.org/CodeSystem/consentscope",
			"code": "patient-privacy",
		}] },
		"category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
		"patient": { "reference": format!("Patient/{patient}") },
		"policyRule": { "coding": [{
			"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN",
		}] },
		"provision": {
			"type": "permit",
			"purpose": [{
				"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT",
			}],
			"code": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
		},
	})
}

fn ids(bundle: &Value) -> Vec<&str> {
	let entries = bundle["entry"].as_array().into_iter().flatten();
	entries.filter_map(|entry| entry["resource"]["id"].as_str()).collect()
}

/// Returns the values of the parameters with a name.
fn values<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
	let all = answer["parameter"].as_array().expect("parameters").iter();
	all.filter(|one| one["name"] == name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_asks_and_the_patient_answers() {
	let scopes = "system/DocumentReference.rs system/Patient.r";
	let documents = ("documents", PATIENT, scopes, &["PATRQT"][..]);
	let (people, server, [his, other, own, documents]) =
		FhirServer::start_for([HIS, OTHER, OWN, documents]).await;
	let patient = address(PATIENT);
	let blood = document(&patient, "Blood count", "haemoglobin 7.2");
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&blood)).await.json();
	let record = format!("DocumentReference/{}", added["id"].as_str().expect("an id"));
	let search = format!("Consent?patient={patient}");
	let list = async |token: &str| server.get(token, &search).await.json();
	let before = list(&own).await["total"].as_u64().expect("a number");

	// The other hospital asks. Nothing is granted, and nobody else sees it.
	let sent = proposed(&patient);
	let asked = server.send("POST", "Consent", &other, &[], Some(&sent)).await;
	assert_eq!(asked.status, 201, "{asked:?}");
	let request = asked.json();
	assert_eq!(request["status"], "proposed");
	let request = request["id"].as_str().expect("an id").to_owned();
	assert_eq!(asked.header("location"), format!("{}/fhir/Consent/{request}", server.base));
	assert_eq!(ids(&list(&other).await), [&request]);
	assert_eq!(server.get(&his, &format!("Consent/{request}")).await.status, 404);
	assert_eq!(server.get(&other, &record).await.status, 404);
	unsuitable_requests_are_refused(&server, &other, &own, &sent).await;
	assert_eq!(list(&own).await["total"], before + 1);

	// The patient approves, and the request becomes a grant to the doctor in that capacity.
	let number = request.rsplit_once("-r").expect("a request").1;
	let approved = people.cli.run(PATIENT, format!("inbox approve {number}")).await;
	assert_eq!(server.get(&other, &format!("Consent/{request}")).await.status, 404);
	let active = server.get(&other, &format!("{search}&status=active")).await.json();
	assert_eq!(active["total"], 1, "{active} {approved}");
	let grant = active["entry"][0]["resource"].clone();
	let doctor = address(DOCTOR_B);
	let party = grant["provision"]["actor"][0]["reference"]["reference"].as_str();
	let party = party.expect("a reference").to_owned();
	assert!(party.starts_with(&format!("PractitionerRole/{doctor}-")), "{party}");
	assert_eq!(server.get(&other, &party).await.json()["active"], true);
	assert_eq!(server.get(&other, &record).await.status, 200);

	the_log_names_the_consent(&server, [&other, &own], &record, &grant).await;

	// The patient sees who may open it, and why. A client sees what is about itself.
	let explain = format!("Consent/$explain?record={record}");
	let readers = server.get(&own, &explain).await.json();
	let listed = values(&readers, "reader");
	assert!(listed.iter().any(|one| one.to_string().contains(&party)), "{readers}");
	assert_eq!(values(&readers, "emergency")[0]["valueBoolean"], true);
	let decision = |answer: &Value| values(answer, "decision")[0]["valueCode"].clone();
	let itself = server.get(&other, &explain).await.json();
	assert_eq!(decision(&itself), "permit", "{itself}");
	let about = format!("{explain}&reader=Practitioner/{doctor}&purpose=HRESCH");
	let research = server.get(&own, &about).await.json();
	assert_eq!(decision(&research), "deny");
	assert!(research.to_string().contains("is for other purposes"), "{research}");
	assert_eq!(server.get(&his, &about).await.status, 404);
	explain_takes_a_resource(&server, &other, &record, &itself).await;
	explain_refuses_other_parameters(&server, &own, &record).await;
	assert_eq!(server.get(&own, "Consent/$everything").await.status, 405);

	// Revoked, it is over for all.
	let number = grant["id"].as_str().and_then(|id| id.rsplit_once("-g")).expect("a grant").1;
	people.cli.run(PATIENT, format!("consent revoke {number}")).await;
	assert_eq!(list(&other).await["total"], 0);
	assert_eq!(decision(&server.get(&other, &explain).await.json()), "deny");
	let readers = server.get(&own, &explain).await.json().to_string();
	assert!(!readers.contains(&party), "{readers}");

	let total = everything_comes_in_pages(&server, &own, &record).await;
	assert!(total > before + 3, "{total}");
	let everything = format!("Patient/{patient}/$everything");
	assert_eq!(server.get(&documents, &everything).await.json()["total"], 2);
	assert_eq!(server.get(&his, &everything).await.status, 404);

	a_denial_is_one_of_pcf(&people, &server, &own, &search).await;
	assert!(!server.log().contains(&patient));
}

/// A request that claims a consent, or asks for what cannot be asked, is refused.
async fn unsuitable_requests_are_refused(
	server: &FhirServer,
	other: &str,
	own: &str,
	sent: &Value,
) {
	for (name, value) in
		[("status", json!("active")), ("verification", json!([{ "verified": true }]))]
	{
		let mut consenting = sent.clone();
		consenting[name] = value;
		let refused = server.send("POST", "Consent", other, &[], Some(&consenting)).await;
		assert_eq!(refused.status, 400, "{refused:?}");
	}
	// A document that the patient does not have is not said to be another's, or nobody's.
	let mut of_nobody = sent.clone();
	let reference = format!("DocumentReference/{}", "ab".repeat(32));
	of_nobody["provision"].as_object_mut().expect("an object").remove("code");
	of_nobody["provision"]["data"] =
		json!([{ "meaning": "instance", "reference": { "reference": reference } }]);
	let refused = server.send("POST", "Consent", other, &[], Some(&of_nobody)).await;
	let code = refused.json()["issue"][0]["details"]["coding"][0]["code"].clone();
	assert_eq!((refused.status, code), (422, json!("unknown-document")), "{refused:?}");
	let once = [("if-none-exist", "identifier=1")];
	assert_eq!(server.send("POST", "Consent", other, &once, Some(sent)).await.status, 412);
	assert_eq!(server.send("POST", "Consent", own, &[], Some(sent)).await.status, 400);
}

/// The question may come as a resource.
async fn explain_takes_a_resource(server: &FhirServer, other: &str, record: &str, answer: &Value) {
	let parameters = json!({ "resourceType": "Parameters", "parameter": [
		{ "name": "record", "valueReference": { "reference": record } },
	] });
	let posted = server.send("POST", "Consent/$explain", other, &[], Some(&parameters)).await;
	assert_eq!(&posted.json(), answer);
}

async fn explain_refuses_other_parameters(server: &FhirServer, own: &str, record: &str) {
	for wrong in ["", "?record=x", &format!("?record={record}&record={record}"), "?colour=red"] {
		assert_eq!(server.get(own, &format!("Consent/$explain{wrong}")).await.status, 400);
	}
}

/// The log names the consent that permitted.
async fn the_log_names_the_consent(
	server: &FhirServer,
	[other, own]: [&str; 2],
	record: &str,
	grant: &Value,
) {
	let patient = address(PATIENT);
	let found = server.get(other, record).await.json();
	let url = found["content"][0]["attachment"]["url"].as_str().expect("an address");
	assert_eq!(server.open(other, url).await.status, 200);
	let log = server.get(own, &format!("AuditEvent?patient={patient}")).await.json().to_string();
	let identifier = grant["identifier"][0]["value"].as_str().expect("an identifier");
	assert!(log.contains(identifier), "{identifier} in {log}");
}

/// The patient's own client gets everything, in pages, within its scopes. Returns how much it is.
async fn everything_comes_in_pages(server: &FhirServer, own: &str, record: &str) -> u64 {
	let patient = address(PATIENT);
	let everything = format!("Patient/{patient}/$everything");
	let mut path = format!("{everything}?_count=2");
	let mut seen = Vec::new();
	let total = loop {
		let page = server.get(own, &path).await.json();
		seen.extend(ids(&page).into_iter().map(str::to_owned));
		assert!(seen.len() < 1_000, "the pages do not end: {path}");
		let links = page["link"].as_array().expect("links");
		match links.iter().find(|link| link["relation"] == "next") {
			Some(next) => path = next["url"].as_str().expect("an address").to_owned(),
			None => break page["total"].as_u64().expect("a number"),
		}
	};
	seen.sort();
	seen.dedup();
	assert_eq!(seen.len() as u64, total);
	assert!(seen.contains(&patient), "{seen:?}");
	// The Provenance has the act of adding the document.
	let acts = server.get(own, &format!("Provenance?target={record}")).await.json();
	let acts = ids(&acts);
	assert!(!acts.is_empty() && acts.iter().all(|id| seen.iter().any(|one| one == id)), "{seen:?}");
	total
}

/// A denial of everything is one of IHE's PCF, and its source is on the chain.
async fn a_denial_is_one_of_pcf(people: &People, server: &FhirServer, own: &str, search: &str) {
	people.cli.run(PATIENT, format!("consent deny --to {DOCTOR_B} --everything")).await;
	let all = server.get(own, search).await.json();
	let mut all = all["entry"].as_array().expect("consents").iter().map(|one| &one["resource"]);
	let denial = all.find(|one| one["provision"]["type"] == "deny").expect("a denial");
	let basic = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic";
	assert_eq!(denial["meta"]["profile"], json!([basic]));
	assert_eq!(denial["sourceReference"]["identifier"], denial["identifier"][0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_limited_before_they_are_read() {
	let people = People::start().await;
	// So few that a busy machine exceeds the limit, too.
	let server = FhirServer::start_with_rate(&people, &[HIS, OTHER], 10).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	let post = async |token: &str, body: &Value| {
		let answer = server.send("POST", "DocumentReference", token, &[], Some(body)).await;
		(answer.status, answer.json()["issue"][0]["details"]["coding"][0]["code"].clone())
	};
	// The answer comes while the body is still to be sent.
	let authority = server.base.strip_prefix("http://").expect("an address");
	let announced = async |token: &str, size: u64| {
		let mut stream = TcpStream::connect(authority).await.expect("the server listens");
		let head = format!(
			"POST /fhir/DocumentReference HTTP/1.1\r\nhost: {authority}\r\n\
			 authorization: Bearer {token}\r\ncontent-length: {size}\r\n\r\n"
		);
		stream.write_all(head.as_bytes()).await.expect("it is sent");
		let mut status = [0; 12];
		stream.read_exact(&mut status).await.expect("an answer");
		String::from_utf8_lossy(&status).into_owned()
	};
	assert_eq!(announced("abc", 1_000_000).await, "HTTP/1.1 401");
	assert_eq!(announced(&his, 100_000_000).await, "HTTP/1.1 413");
	// Clients that send slowly, without a length, keep no room from others.
	let mut slow = Vec::new();
	for _ in 0..8 {
		let mut stream = TcpStream::connect(authority).await.expect("the server listens");
		let head = format!(
			"POST /fhir/DocumentReference HTTP/1.1\r\nhost: {authority}\r\n\
			 authorization: Bearer {his}\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{{\r\n"
		);
		stream.write_all(head.as_bytes()).await.expect("it is sent");
		slow.push(stream);
	}
	let small = document(&patient, "Small", "x");
	let other = server.token("other", None).await;
	// Less than the two minutes after which a slow body is refused.
	let answer = tokio::time::timeout(Duration::from_secs(100), post(&other, &small)).await;
	assert_ne!(answer.expect("it is answered in time").0, 503);

	// Nested so deep that the server's stack would not do.
	let mut nested = json!([{ "url": "a" }]);
	for _ in 0..120 {
		nested = json!([{ "url": "a", "extension": nested }]);
	}
	let mut deep = document(&patient, "Deep", "x");
	deep["extension"] = nested;
	assert_eq!(post(&his, &deep).await, (400, json!("too-many")));
	let mut many = document(&patient, "Many", "x");
	many["identifier"] = vec![json!({ "value": "1" }); 20_000].into();
	assert_eq!(post(&his, &many).await, (400, json!("too-many")));
	// If the envelope refuses a title, the client gets an error that names its place.
	for title in ["a\u{7}b", "a\u{202e}b", &"x".repeat(5_000)] {
		let document = document(&patient, title, "x");
		assert_eq!(post(&his, &document).await, (400, json!("description")), "{title:?}");
	}
	let mut hashed = document(&patient, "Hashed", "x");
	hashed["content"][0]["attachment"]["hash"] = json!("AAAA");
	assert_eq!(post(&his, &hashed).await, (400, json!("hash")));

	// A search by a form counts once against the client's limit, which a flood exceeds.
	let by_form = async |count: usize| {
		let searches = (0..count).map(|_| server.search_by_form(&other, "Patient", "_id=x"));
		let mut statuses = Vec::new();
		for answer in futures::future::join_all(searches).await {
			statuses.push(answer.status);
		}
		statuses.iter().filter(|status| **status == 429).count()
	};
	assert_eq!(by_form(40).await, 0);
	assert!(by_form(400).await + by_form(400).await > 0);

	// Nothing of a refused body is left, and only the server's user reads its files.
	let found = server.get(&his, &format!("DocumentReference?patient={patient}")).await;
	assert_eq!(found.json()["total"], 0);
	only_the_user_reads_the_state(&server);
}

fn only_the_user_reads_the_state(server: &FhirServer) {
	use std::os::unix::fs::PermissionsExt;
	let state = server.folder().join("state");
	for file in std::fs::read_dir(&state).expect("a folder") {
		let file = file.expect("an entry");
		let mode = file.metadata().expect("a file").permissions().mode();
		assert_eq!(mode & 0o077, 0, "{file:?}");
	}
}
