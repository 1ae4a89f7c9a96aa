//! The CapabilityStatement is what the server does: it answers all that is listed, and refuses all
//! that is not.

use super::{
	fhir::{address, document},
	fhir_subscriptions::subscription,
};
use salus_e2e::{
	cast::*,
	fhir::{FhirAnswer, FhirServer, HIS, OWN},
};
use serde_json::{json, Value};

/// The interactions of R4 with one type, each with a method and a path below the type.
const INTERACTIONS: [(&str, &str, &str); 9] = [
	("read", "GET", "/x"),
	("vread", "GET", "/x/_history/1"),
	("update", "PUT", "/x"),
	("patch", "PATCH", "/x"),
	("delete", "DELETE", "/x"),
	("history-instance", "GET", "/x/_history"),
	("history-type", "GET", "/_history"),
	("create", "POST", ""),
	("search-type", "GET", ""),
];

/// Operations of this server and of others.
const OPERATIONS: [&str; 6] = ["everything", "explain", "status", "events", "match", "validate"];

/// Ids of resources that the requests name.
struct Known {
	patient: String,
	doctor: String,
	document: String,
	subscription: String,
}

/// Returns the status of an answer, with the code of its first issue.
fn code(answer: &FhirAnswer) -> (u16, String) {
	let code = &answer.json()["issue"][0]["details"]["coding"][0]["code"];
	(answer.status, code.as_str().unwrap_or_default().to_owned())
}

/// Returns whether an answer says that the server has no such interaction or resource.
fn is_unsupported(answer: &FhirAnswer) -> bool {
	if ![404, 405].contains(&answer.status) {
		return false;
	}
	let outcome = answer.json();
	assert_eq!(outcome["resourceType"], "OperationOutcome", "{answer:?}");
	outcome["issue"][0]["code"] == "not-supported"
}

/// Returns the texts with a name of the objects in a list, which may be missing.
fn texts<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
	let all = list.as_array().into_iter().flatten();
	all.map(|one| one[name].as_str().expect("a text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_is_what_the_server_does() {
	let (_people, server, [his, own]) = FhirServer::start_for([HIS, OWN]).await;
	let patient = address(PATIENT);
	let blood = document(&patient, "Blood count", "haemoglobin 7.2");
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&blood)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let filter = format!("DocumentReference?patient=Patient/{patient}");
	let wanted = subscription(&server, "patient", "documents", &filter);
	let made = server.send("POST", "Subscription", &own, &[], Some(&wanted)).await;
	assert_eq!(made.status, 201, "{made:?}");
	let id_of = |answer: &FhirAnswer| answer.json()["id"].as_str().expect("an id").to_owned();
	let known = Known {
		patient,
		doctor: address(DOCTOR_A),
		document: id_of(&added),
		subscription: id_of(&made),
	};

	let statement = server.get("", "metadata").await.json();
	let rest = &statement["rest"][0];
	let resources = rest["resource"].as_array().expect("a list");
	let mut names = texts(&rest["resource"], "type");
	assert!(names.len() >= 11, "{names:?}");
	// A type that the server does not have.
	names.push("Observation");
	for name in names {
		let listed = resources.iter().find(|one| one["type"] == name).unwrap_or(&Value::Null);
		interactions(&server, &his, name, listed).await;
		operations(&server, &own, name, listed, &known).await;
		if texts(&listed["interaction"], "code").contains(&"search-type") {
			parameters(&server, &own, name, listed, &known).await;
		}
	}
	assert_eq!(texts(&rest["interaction"], "code"), ["transaction"]);
	of_the_system(&server, &his).await;
	versions(&server, &his, resources, &known).await;
	members(&server, &his, &known).await;
	documents(&server, &his, &known).await;
}

/// A type has the interactions that are listed.
async fn interactions(server: &FhirServer, token: &str, name: &str, listed: &Value) {
	let listed = texts(&listed["interaction"], "code");
	let body = json!({ "resourceType": name });
	for (interaction, method, path) in INTERACTIONS {
		let body = ["PUT", "PATCH", "POST"].contains(&method).then_some(&body);
		let answer = server.send(method, &format!("{name}{path}"), token, &[], body).await;
		let is_listed = listed.contains(&interaction);
		assert_eq!(is_unsupported(&answer), !is_listed, "{interaction} of {name}: {answer:?}");
		assert!(answer.status < 500, "{interaction} of {name}: {answer:?}");
	}
	let by_form = server.search_by_form(token, name, "").await;
	let has_searches = listed.contains(&"search-type");
	assert_eq!(is_unsupported(&by_form), !has_searches, "{name}/_search: {by_form:?}");
	// Conditions in the address of an update, a patch or a delete.
	for method in ["PUT", "PATCH", "DELETE"] {
		let path = format!("{name}?identifier=1");
		let answer = server.send(method, &path, token, &[], Some(&body)).await;
		assert!(is_unsupported(&answer), "{method} {path}: {answer:?}");
	}
	assert!(listed.iter().all(|one| INTERACTIONS.iter().any(|(name, ..)| name == one)));
}

/// A type has the operations that are listed.
async fn operations(server: &FhirServer, token: &str, name: &str, listed: &Value, known: &Known) {
	let listed = texts(&listed["operation"], "name");
	for operation in OPERATIONS.into_iter().filter(|one| !listed.contains(one)) {
		for path in [format!("{name}/${operation}"), format!("{name}/x/${operation}")] {
			for method in ["GET", "POST"] {
				let answer = server.send(method, &path, token, &[], None).await;
				assert!(is_unsupported(&answer), "{method} {path}: {answer:?}");
			}
		}
	}
	for operation in listed {
		let path = match (name, operation) {
			("Patient", "everything") => format!("Patient/{}/$everything", known.patient),
			("Consent", "explain") => {
				format!("Consent/$explain?record=DocumentReference/{}", known.document)
			}
			("Subscription", "status" | "events") => {
				format!("Subscription/{}/${operation}", known.subscription)
			}
			_ => panic!("{name} has ${operation}, which this test does not know"),
		};
		let answer = server.get(token, &path).await;
		let kind = answer.json()["resourceType"].clone();
		let expected = if operation == "explain" { "Parameters" } else { "Bundle" };
		assert_eq!((answer.status, kind), (200, json!(expected)), "{path}: {answer:?}");
		let sign = if path.contains('?') { '&' } else { '?' };
		let formatted = server.get(token, &format!("{path}{sign}_format=json&_pretty=true")).await;
		assert_eq!(formatted.status, 200, "{path}: {formatted:?}");
	}
}

/// Searches understand the parameters that are listed, and no other.
async fn parameters(server: &FhirServer, token: &str, name: &str, listed: &Value, known: &Known) {
	let required = match name {
		"Patient" => Some(("_id", &known.patient)),
		"Practitioner" => Some(("_id", &known.doctor)),
		"PractitionerRole" => Some(("practitioner", &known.doctor)),
		"DocumentReference" | "Consent" | "AuditEvent" => Some(("patient", &known.patient)),
		"Provenance" => Some(("target", &known.document)),
		_ => None,
	};
	let strict = [("prefer", "handling=strict")];
	let search = async |query: &str| {
		server.send("GET", &format!("{name}?{query}"), token, &strict, None).await
	};
	for parameter in listed["searchParam"].as_array().expect("parameters") {
		let text = |name: &str| parameter[name].as_str().expect("a text");
		let value = match (text("name"), text("type")) {
			(of, _) if required.is_some_and(|(name, _)| name == of) => None,
			("patient.identifier", _) => Some(known.patient.as_str()),
			// A document has no other identifiers.
			("identifier", _) if name == "DocumentReference" => Some("0x00"),
			(_, "date") => Some("ge2020-01-01"),
			(_, "reference") => Some("Organization/1"),
			(_, "token") => Some("x"),
			(of, kind) => panic!("{name} has {of} of type {kind}, which this test does not know"),
		};
		let given = value.map(|value| format!("{}={value}", text("name")));
		// One names the patient.
		let required = required.filter(|_| text("name") != "patient.identifier");
		let required = required.map(|(of, value)| format!("{of}={value}"));
		let query = required.into_iter().chain(given).collect::<Vec<_>>().join("&");
		let found = search(&query).await;
		assert_eq!(found.status, 200, "{name}?{query}: {found:?}");
		let found = found.json();
		assert_eq!(found["type"], "searchset");
		let link = found["link"][0]["url"].as_str().expect("an address");
		assert!(link.contains(&format!("{}=", text("name"))), "{name}?{query}: {link}");
	}
	let required = required.map(|(of, value)| format!("{of}={value}&")).unwrap_or_default();
	for other in ["colour", "encounter", "_text"] {
		let refused = search(&format!("{required}{other}=x")).await;
		assert_eq!(code(&refused), (400, "unknown-parameter".to_owned()), "{name}, {other}");
	}
}

/// The system has transactions, and no searches, histories or batches.
async fn of_the_system(server: &FhirServer, token: &str) {
	for path in ["?_type=Patient", "_history"] {
		let answer = server.get(token, path).await;
		assert!(is_unsupported(&answer), "{path}: {answer:?}");
	}
	for (kind, path) in [("transaction", "Bundle.entry"), ("batch", "Bundle.type")] {
		let bundle = json!({ "resourceType": "Bundle", "type": kind });
		let refused = server.send("POST", "", token, &[], Some(&bundle)).await;
		let expression = refused.json()["issue"][0]["expression"][0].clone();
		assert_eq!((refused.status, expression), (400, json!(path)), "{kind}: {refused:?}");
	}
}

/// Versions are as the statement says.
async fn versions(server: &FhirServer, token: &str, resources: &[Value], known: &Known) {
	let said = |name: &str| {
		let resource = resources.iter().find(|one| one["type"] == name).expect("it is listed");
		resource["versioning"].as_str().expect("a code")
	};
	let Known { patient, doctor, document: id, .. } = known;
	let body = document(patient, "Blood count", "haemoglobin 9.1");
	assert_eq!(said("DocumentReference"), "versioned-update");
	let path = format!("DocumentReference/{id}");
	let without = server.send("PUT", &path, token, &[], Some(&body)).await;
	assert_eq!(code(&without), (428, "if-match".to_owned()));

	assert_eq!(said("Patient"), "versioned");
	let path = format!("Patient/{patient}");
	let read = server.get(token, &path).await;
	let tag = read.header("etag").to_owned();
	let version = read.json()["meta"]["versionId"].as_str().expect("a version").to_owned();
	assert_eq!(tag, format!("W/\"{version}\""));
	let update = async |headers: &[(&str, &str)]| {
		server.send("PUT", &path, token, headers, Some(&read.json())).await.status
	};
	assert_eq!(update(&[("if-match", "W/\"x\"")]).await, 412);
	assert_eq!((update(&[("if-match", &*tag)]).await, update(&[]).await), (200, 200));

	for (name, id) in [("Practitioner", doctor.as_str()), ("Organization", HOSPITAL_A)] {
		assert_eq!(said(name), "no-version");
		let read = server.get(token, &format!("{name}/{id}")).await;
		assert_eq!((read.status, read.header("etag")), (200, ""), "{read:?}");
	}
}

/// A doctor and a hospital are read, and found.
async fn members(server: &FhirServer, token: &str, known: &Known) {
	let base = "https://github.com/salus-health/salus/fhir";
	let doctor = &known.doctor;
	let practitioner = json!({
		"resourceType": "Practitioner",
		"id": doctor,
		"identifier": [{ "system": format!("{base}/account"), "value": doctor }],
		"active": true,
	});
	let kind = format!("{base}/CodeSystem/organisation-kind");
	let provider = "http://terminology.hl7.org/CodeSystem/organization-type";
	let organisation = json!({
		"resourceType": "Organization",
		"id": HOSPITAL_A,
		"identifier": [{ "system": format!("{base}/organisation"), "value": HOSPITAL_A }],
		"active": true,
		"type": [{ "coding": [
			{ "system": kind, "code": "hospital", "display": "Hospital" },
			{ "system": provider, "code": "prov", "display": "Healthcare Provider" },
		] }],
	});
	for (expected, id) in [(practitioner, doctor.as_str()), (organisation, HOSPITAL_A)] {
		let name = expected["resourceType"].as_str().expect("a type");
		assert_eq!(server.get(token, &format!("{name}/{id}")).await.json(), expected);
		let system = expected["identifier"][0]["system"].as_str().expect("a system");
		for query in [format!("identifier={id}"), format!("identifier={system}%7C{id}")] {
			let found = server.get(token, &format!("{name}?{query}")).await.json();
			let one = (&found["total"], &found["entry"][0]["resource"]);
			assert_eq!(one, (&json!(1), &expected), "{name}?{query}");
		}
		let part = server.get(token, &format!("{name}/{id}?_summary=text")).await.json();
		assert_eq!((&part["id"], &part["active"]), (&json!(id), &json!(true)), "{part}");
	}
	let hospitals = server.get(token, "Organization?type=hospital&active=true").await.json();
	let ids: Vec<_> = hospitals["entry"]
		.as_array()
		.into_iter()
		.flatten()
		.map(|one| &one["resource"]["id"])
		.collect();
	assert!(ids.contains(&&json!(HOSPITAL_A)) && ids.contains(&&json!(HOSPITAL_B)), "{hospitals}");
	let pharmacies = server.get(token, "Organization?type=pharmacy").await.json();
	assert_eq!(pharmacies["total"], 0, "{pharmacies}");
}

/// A document is found by the parameters of IHE MHD (ITI-67) that the chain has values for.
async fn documents(server: &FhirServer, token: &str, known: &Known) {
	let search = async |query: &str| {
		let path = format!("DocumentReference?patient={}&{query}", known.patient);
		server.get(token, &path).await
	};
	let read = server.get(token, &format!("DocumentReference/{}", known.document)).await.json();
	let named = |identifier: &Value| {
		let part = |name: &str| identifier[name].as_str().expect("a text").to_owned();
		format!("identifier={}%7C{}", part("system"), part("value"))
	};
	for (query, total) in [
		(&*named(&read["identifier"][0]), 1),
		(&*named(&read["masterIdentifier"]), 1),
		("identifier=0x00", 0),
		("type=http://loinc.org%7C11502-2", 1),
		("type=imaging", 0),
	] {
		let found = search(query).await;
		assert_eq!((found.status, &found.json()["total"]), (200, &json!(total)), "{query}");
	}
	for (query, expected) in [
		("identifier=urn:oid:2.16.840.1.113883.19.5%7C77", "unknown-identifier"),
		("period=ge2026", "unknown-parameter"),
		("author.family=x", "unknown-parameter"),
	] {
		assert_eq!(code(&search(query).await), (400, expected.to_owned()), "{query}");
	}
}
