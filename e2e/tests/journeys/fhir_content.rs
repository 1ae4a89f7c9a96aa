//! Content at the FHIR server: the commands of its documentation, transactions, and large files.

use base64::{engine::general_purpose::STANDARD, Engine};
use salus_e2e::{
	cast::*,
	fhir::{FhirServer, DEADLINE, HIS, OTHER},
	large::LargeContent,
	People,
};
use serde_json::{json, Value};
use std::{fs, path::Path, process::Command};

use crate::{
	fhir::{address, document},
	fhir_later::{opened_within, output},
};

/// Returns the commands of the documentation that are fenced as `sh` and this word.
fn commands(word: &str) -> String {
	let text = include_str!("../../../docs/fhir.md");
	let fence = format!("```sh {word}\n");
	let (_, rest) = text.split_once(&fence).unwrap_or_else(|| panic!("there is no {fence}"));
	rest.split("```").next().expect("a text has a first part").to_owned()
}

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
	let mut server = FhirServer::start(&people, &[HIS]).await;
	let keys = commands("keys");
	bash(server.folder(), &[], &keys);
	// Keeps the answers to curl for the validator.
	let recorder = server.restart_recorded().await;
	let patient = address(PATIENT);
	let variables = [("BASE", &*server.base), ("PATIENT", &patient)];
	let helper = keys.lines().next().expect("a line");
	let requests = format!("{helper}\n{}", commands("requests"));
	let printed = bash(server.folder(), &variables, &requests);
	assert_eq!(printed, "all is well");
	// The document that was added, read, updated and found.
	assert!(recorder.seen() >= 4, "only {} resources were recorded", recorder.seen());
	let log = people.log().await;
	assert_eq!(log.iter().filter(|event| event["requested"] != Value::Null).count(), 1, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_provided_together_and_once() {
	let (_people, server, [his]) = FhirServer::start_for([HIS]).await;
	let patient = address(PATIENT);
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

	// A submission set about another patient keeps all documents back.
	let other = format!("Patient/{}", address(DOCTOR_A));
	bundle["entry"][0]["resource"]["subject"]["reference"] = json!(other);
	let refused = send(&bundle).await;
	assert_eq!(refused.status, 400, "{refused:?}");
	let issue = &refused.json()["issue"][0];
	assert_eq!(issue["details"]["coding"][0]["code"], "mixed");
	assert_eq!(issue["expression"][0], "Bundle.entry[0].resource.subject");
	assert_eq!(total().await, 3);
	bundle["entry"][0]["resource"]["subject"]["reference"] = json!(format!("Patient/{patient}"));

	// A document that cannot be added keeps all of them back.
	bundle["entry"][2]["resource"]["subject"]["reference"] = json!("Patient/nobody");
	let refused = send(&bundle).await;
	assert_eq!(refused.status, 400, "{refused:?}");
	let expression = &refused.json()["issue"][0]["expression"][0];
	assert_eq!(expression, "Bundle.entry[2].resource.subject");
	assert_eq!(total().await, 3);

	// So does a patient whom nobody has enrolled, even as the patient of all.
	for index in 0..3 {
		bundle["entry"][index]["resource"]["subject"]["reference"] = json!(other);
	}
	let refused = send(&bundle).await;
	assert_eq!(refused.status, 400, "{refused:?}");
	let issue = &refused.json()["issue"][0];
	assert_eq!(issue["details"]["coding"][0]["code"], "unknown-patient", "{issue}");
	assert_eq!(issue["expression"][0], "Bundle.entry[1].resource.subject");
	assert_eq!(total().await, 3);
	let uploads = server.folder().join("state/salus/uploads");
	assert_eq!(fs::read_dir(uploads).map_or(0, |files| files.count()), 0);

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

/// Returns large content: 1024 MiB, the most that the server takes, or `SALUS_LARGE_MIB`.
fn large() -> LargeContent {
	let given = std::env::var("SALUS_LARGE_MIB").ok();
	LargeContent::of_mib(given.map_or(1024, |text| text.parse().expect("a number")))
}

/// A client that does not wait reads large content by ranges, of any size.
async fn arrives_later(server: &FhirServer, token: &str, url: &str, content: LargeContent) {
	let opened = output(&opened_within(DEADLINE, server, token, url).await);
	let size = content.size();
	let mut from = 0;
	for until in [1, size / 3 + 7, size / 3 * 2 + 13, size] {
		let range = format!("bytes={from}-{}", until - 1);
		let answer = server.begin_reading(token, &opened, &[("range", &*range)]).await;
		assert_eq!(answer.status(), 206, "{range}: {answer:?}");
		let sent = answer.headers()["content-range"].to_str().expect("a text").to_owned();
		assert_eq!(sent, format!("bytes {from}-{}/{size}", until - 1));
		content.range_arrives(from..until, answer).await;
		from = until;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn large_content_passes_through_in_bounded_memory() {
	let (_people, server, [his, other]) = FhirServer::start_for([HIS, OTHER]).await;
	let patient = address(PATIENT);
	let content = large();
	let size = content.size();
	let sent = server.send_large(&his, "application/dicom", content).await;
	assert_eq!(sent.status, 201, "{sent:?}");
	let location = sent.header("location").to_owned();
	assert_eq!(server.get(&his, &location).await.status, 404, "it is not a record yet");

	// Only its client adds it, with its own type and size, and once.
	let mut scan = document(&patient, "Scan", "");
	let attachment = |size: u64| {
		json!({
			"contentType": "application/dicom", "title": "Scan", "url": location, "size": size,
		})
	};
	scan["content"][0]["attachment"] = attachment(size);
	let add = async |token: &str, scan: &Value| {
		server.send("POST", "DocumentReference", token, &[], Some(scan)).await
	};
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
	content.arrives(server.open_large(&his, url).await).await;
	arrives_later(&server, &his, url, content).await;
	let peak = server.peak_memory();
	println!("{} MiB in and twice out, {} MiB at the peak", size >> 20, peak >> 20);
	assert!(peak < 150 * 1024 * 1024, "{peak} bytes");
}
