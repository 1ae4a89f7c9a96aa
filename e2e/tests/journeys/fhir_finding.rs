//! A client of the FHIR server finds documents that it may open, and patients.

use salus_e2e::{
	cast::*,
	fhir::{FhirServer, ALL, HIS, OTHER, OWN},
	files,
};
use serde_json::{json, Value};

use crate::fhir::{address, document};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_of_no_record_that_it_may_not_open() {
	let his = ("his", DOCTOR_A, ALL, &["TREAT", "ETREAT"][..]);
	let (people, server, [his, other, own]) = FhirServer::start_for([his, OTHER, OWN]).await;
	let patient = address(PATIENT);
	let add = async |title: &str| {
		let document = document(&patient, title, title);
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		assert_eq!(added.status, 201, "{added:?}");
		added.json()["id"].as_str().expect("an id").to_owned()
	};
	let (record, erased, none) = (add("one").await, add("two").await, "ab".repeat(32));
	let of = |id: &str| format!("DocumentReference/{id}");
	assert_eq!(server.send("DELETE", &of(&erased), &own, &[], None).await.status, 204);

	// Records that exist, were erased, and never were, look the same to others.
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
async fn a_hospital_finds_patients_by_its_own_numbers() {
	let reader = ("reader", DOCTOR_A, "system/*.rs", &["TREAT"][..]);
	let (people, mut server, [his, other, _]) = FhirServer::start_for([HIS, OTHER, reader]).await;
	let patient = address(PATIENT);
	let path = format!("Patient/{patient}");
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

	// Identifiers say who the patient is, so only the hospital's own staff sees them.
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

	// The identifier is in none of the server's files.
	let found = files::revealing(server.folder(), &["MRN-0815"]);
	assert!(found.is_empty(), "{found:?}");
	assert!(!server.log().contains("0815"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_what_the_client_may_open_now() {
	let other = ("other", DOCTOR_B, ALL, &["TREAT", "HOPERAT"][..]);
	let (people, server, [his, other]) = FhirServer::start_for([HIS, other]).await;
	let patient = address(PATIENT);
	for number in 0..5 {
		let document = document(&patient, "Note", &format!("note {number}"));
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		assert_eq!(added.status, 201, "{added:?}");
	}
	let grant =
		format!("consent grant --to {DOCTOR_B} --everything --purpose TREAT --purpose HOPERAT");
	let granted = people.cli.run(PATIENT, grant).await;
	let mut path = format!("DocumentReference?patient={patient}&_count=2");
	let mut ids = Vec::new();
	let mut last = String::new();
	loop {
		let page = server.get(&other, &path).await.json();
		assert_eq!(page["total"], 5, "{page}");
		let entries = page["entry"].as_array().expect("entries");
		ids.extend(entries.iter().map(|entry| entry["resource"]["id"].clone()));
		assert!(ids.len() <= 5, "the pages do not end: {path}");
		let links = page["link"].as_array().expect("links");
		let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
		last = next["url"].as_str().expect("an address").to_owned();
		path.clone_from(&last);
	}
	let distinct: std::collections::BTreeSet<_> = ids.iter().map(Value::to_string).collect();
	assert_eq!((ids.len(), distinct.len()), (5, 5));

	let count = format!("DocumentReference?patient={patient}&_summary=count");

	// A link is for its client and purpose, even if others find the same. It ends with the consent.
	let review = server.token("other", Some("HOPERAT")).await;
	for token in [&his, &review] {
		assert_eq!(server.get(token, &count).await.json()["total"], 5);
		assert_eq!(server.get(token, &last).await.status, 410);
	}
	assert_eq!(server.get(&other, &last).await.status, 200);
	let grant = &granted["grant"];
	people.cli.run(PATIENT, format!("consent revoke {grant}")).await;
	let over = server.get(&other, &last).await;
	assert_eq!(over.status, 410, "{over:?}");
	let counted = server.get(&his, &count).await.json();
	assert_eq!((&counted["total"], counted.get("entry")), (&json!(5), None));
}
