use super::*;
use proptest::prelude::*;

fn entry(url: &str, resource: Value) -> Value {
	let kind = resource["resourceType"].clone();
	json!({
		"fullUrl": url,
		"resource": resource,
		"request": { "method": "POST", "url": kind },
	})
}

/// Returns a Bundle as a document source of MHD sends it.
fn bundle() -> Value {
	let document = json!({
		"resourceType": "DocumentReference",
		"status": "current",
		"subject": { "reference": "Patient/5Grw" },
		"category": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
		"content": [{ "attachment": { "contentType": "text/plain", "url": "urn:uuid:b" } }],
	});
	let binary = json!({
		"resourceType": "Binary", "contentType": "text/plain", "data": "YWxsIGlzIHdlbGw=",
	});
	let list = json!({ "resourceType": "List", "status": "current", "mode": "working" });
	json!({
		"resourceType": "Bundle",
		"type": "transaction",
		"entry": [
			entry("urn:uuid:l", list),
			entry("urn:uuid:d", document),
			entry("urn:uuid:b", binary),
		],
	})
}

fn paths(bundle: &Value) -> Vec<String> {
	let issues = read(&bundle.to_string(), "https://x/fhir").unwrap_err();
	issues.into_iter().map(|issue| issue.path.unwrap_or_default()).collect()
}

#[test]
fn a_provided_bundle_is_read() {
	let mut bundle = bundle();
	let read_now = read(&bundle.to_string(), "https://x/fhir").unwrap();
	let order = [Entry::SubmissionSet, Entry::Document(0), Entry::Content(0)];
	assert_eq!(read_now.entries, order);
	let [document] = &read_now.documents[..] else { panic!("there is one document") };
	assert_eq!((document.entry, &document.new.data[..]), (1, &b"all is well"[..]));
	assert_eq!(document.identifier, None);

	bundle["entry"][1]["request"]["ifNoneExist"] = json!("identifier=urn:x%7C1+2");
	let read_now = read(&bundle.to_string(), "https://x/fhir").unwrap();
	assert_eq!(read_now.documents[0].identifier.as_deref(), Some("urn:x|1 2"));
	let saved = [Saved { id: "d".into(), binary: "b-1".into(), version: 1, is_new: true }];
	let answer = response("https://x/fhir", &read_now.entries, &saved);
	let statuses: Vec<_> =
		(0..3).map(|index| answer["entry"][index]["response"]["status"].clone()).collect();
	assert_eq!(statuses, ["200 OK", "201 Created", "201 Created"]);
	let locations: Vec<_> =
		(0..3).map(|index| answer["entry"][index]["response"]["location"].clone()).collect();
	let expected = ["Provenance/b-1.0", "DocumentReference/d/_history/1", "Binary/b-1"];
	assert_eq!(locations, expected.map(|path| format!("https://x/fhir/{path}")));
	assert_eq!(answer["meta"]["profile"], json!([RESPONSE]));
}

/// Returns a transaction with a FHIR document, as MHD has them, and the document as it is
/// written.
fn with_fhir_document() -> (String, String) {
	let document = r#"{ "resourceType": "Bundle", "type": "document", "entry": [
		{ "resource": { "resourceType": "Composition" } },
		{ "resource": { "resourceType": "Observation", "valueQuantity": { "value": 7.20 } } },
		{ "resource": { "resourceType": "Bundle", "type": "document" } } ] }"#;
	let mut bundle = bundle();
	bundle["entry"][1]["resource"]["content"][0]["attachment"]["contentType"] =
		json!("application/fhir+json");
	bundle["entry"][2]["resource"] = json!("DOCUMENT");
	bundle["entry"][2]["request"]["url"] = json!("Bundle");
	(bundle.to_string().replace("\"DOCUMENT\"", document), document.to_owned())
}

#[test]
fn a_fhir_document_is_content_as_it_was_written() {
	let (body, document) = with_fhir_document();
	let read_now = read(&body, "https://x/fhir").unwrap();
	let order = [Entry::SubmissionSet, Entry::Document(0), Entry::Content(0)];
	assert_eq!(read_now.entries, order);
	let media_type = read_now.documents[0].new.media_type.as_deref();
	assert_eq!(media_type, Some("application/fhir+json"));
	assert_eq!(read_now.documents[0].new.data, document.as_bytes());

	// The address of the entry is its type, as for any other entry.
	let misplaced = body.replace(r#""url":"Bundle""#, r#""url":"Binary""#);
	let issues = read(&misplaced, "https://x/fhir").unwrap_err();
	assert_eq!(issues[0].path.as_deref(), Some("Bundle.entry[2].request.url"));

	// Any other Bundle is none.
	let other = body.replacen(r#""type": "document""#, r#""type": "collection""#, 1);
	assert!(read(&other, "https://x/fhir").is_err());
	let broken = body.replace("7.20", "");
	assert_eq!(read(&broken, "https://x/fhir").unwrap_err()[0].code, "not-json");
}

#[test]
fn a_folder_is_not_lost_in_silence() {
	let mut bundle = bundle();
	for (code, expected) in [("submissionset", None), ("folder", Some("Bundle.entry[0].resource"))]
	{
		bundle["entry"][0]["resource"]["code"] =
			json!({ "coding": [{ "system": submission::LIST_TYPES, "code": code }] });
		let read_now = read(&bundle.to_string(), "https://x/fhir");
		let found = read_now.err().map(|issues| (issues[0].code, issues[0].path.clone()));
		assert_eq!(found, expected.map(|path| ("folder", Some(path.to_owned()))));
	}
}

#[test]
fn a_submission_set_can_name_its_patient_otherwise() {
	let mut bundle = bundle();
	let id = |id: &str| json!({ "reference": format!("Patient/{id}") });
	let identifier = json!({ "identifier": { "system": "urn:mrn", "value": "7" } });
	let by_identifier = Subject::Identifier { system: "urn:mrn".to_owned(), value: "7".to_owned() };
	for (subject, expected) in [
		(id("5Grw"), vec![]),
		(id("5Other"), vec![(0, Subject::Id("5Other".to_owned()))]),
		(identifier, vec![(0, by_identifier)]),
	] {
		bundle["entry"][0]["resource"]["subject"] = subject;
		let read_now = read(&bundle.to_string(), "https://x/fhir").unwrap();
		assert_eq!(read_now.others, expected);
	}
}

#[test]
fn a_submission_set_about_another_patient_is_refused() {
	assert!(check_patient(&"5Grw", &"5Grw", 2).is_ok());
	let issue = check_patient(&"5Other", &"5Grw", 2).unwrap_err();
	assert_eq!(issue.code, "mixed");
	assert_eq!(issue.path.as_deref(), Some("Bundle.entry[2].resource.subject"));
}

#[test]
fn a_transaction_has_no_parts_of_an_answer() {
	let response = json!({ "status": "200" });
	for (pointer, name, value, path) in [
		("/entry/0", "search", json!({ "mode": "match" }), "Bundle.entry[0].search"),
		("/entry/0", "response", response, "Bundle.entry[0].response"),
		("/entry/0/resource", "status", json!("retired"), "Bundle.entry[0].resource.status"),
		(
			"",
			"signature",
			json!({
				"type": [{ "code": "1.2.840.10065.1.12.1.1" }],
				"when": "2026-11-29T08:15:00Z",
				"who": { "reference": "Practitioner/1" },
			}),
			"Bundle.signature",
		),
	] {
		let mut bundle = bundle();
		bundle.pointer_mut(pointer).unwrap()[name] = value;
		assert_eq!(paths(&bundle), [path]);
	}
}

/// Returns the issues with a transaction that IHE has published, sorted; `None` without the
/// folder of its examples.
fn published(name: &str) -> Option<Vec<(&'static str, String)>> {
	let Some(folder) = std::env::var_os("SALUS_IHE_PROFILES") else {
		// Written straight to the terminal: the test harness captures eprintln!.
		let text =
			"SKIPPED: published_transactions_are_taken_or_refused: set SALUS_IHE_PROFILES to \
		            a folder of IHE's profiles with their examples\n";
		let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
		return None;
	};
	let file = format!("mhd/examples/Bundle-ex-{name}.json");
	let body = std::fs::read_to_string(std::path::Path::new(&folder).join(file)).unwrap();
	let found = read(&body, "http://example.org/fhir").err().unwrap_or_default();
	let mut found: Vec<_> =
		found.into_iter().map(|issue| (issue.code, issue.path.unwrap_or_default())).collect();
	found.sort();
	Some(found)
}

#[test]
fn published_transactions_are_taken_or_refused() {
	let of_document = |index: usize, code, element: &str| {
		(code, format!("Bundle.entry[{index}].resource.{element}"))
	};
	let of_entry =
		|index: usize, code, element: &str| (code, format!("Bundle.entry[{index}].{element}"));
	for (name, expected) in [
		("comprehensiveProvideDocumentBundleSimple", vec![]),
		("comprehensiveProvideDocumentBundleMultiple", vec![]),
		("comprehensiveProvideDocumentBundleDocument", vec![]),
		// The document names another one as its whole, and a folder.
		(
			"comprehensiveProvideDocumentBundleComplete",
			vec![of_entry(2, "folder", "resource"), of_document(1, "not-kept", "relatesTo")],
		),
		(
			"unContainedComprehensiveProvideDocumentBundleComplete",
			vec![of_document(1, "not-kept", "relatesTo")],
		),
		// Here, that is an update. The published size is wrong, too.
		(
			"comprehensiveProvideDocumentBundleReplace",
			vec![
				of_entry(1, "element-value", "request.method"),
				of_document(2, "element-value", "content[0].attachment.size"),
				of_document(2, "not-kept", "relatesTo"),
			],
		),
		("ProvideDocumentBundle-addToFolder", vec![of_entry(2, "element-value", "request.method")]),
		// Nothing says whose document it is but a name, and nothing what it is.
		(
			"minimalProvideDocumentBundleSimple",
			vec![
				of_document(1, "element-missing", "category"),
				of_document(0, "element-value", "subject.reference"),
				of_document(1, "element-value", "subject.reference"),
				of_entry(3, "resource", "resource"),
			],
		),
		(
			"minimalProvideDocumentBundleSimpleContained",
			vec![
				of_document(1, "element-missing", "category"),
				of_document(1, "element-missing", "subject"),
			],
		),
		("dummyBundleDocAndBinary", vec![of_document(0, "element-missing", "subject")]),
	] {
		let Some(found) = published(name) else { return };
		assert_eq!(found, expected, "{name}");
	}
}

#[test]
fn issues_name_the_entry() {
	let change = |path: &str, value: Value| {
		let mut bundle = bundle();
		*bundle.pointer_mut(path).unwrap() = value;
		paths(&bundle)
	};
	assert_eq!(change("/type", json!("batch")), ["Bundle.type"]);
	let method = "/entry/1/request/method";
	assert_eq!(change(method, json!("PUT")), ["Bundle.entry[1].request.method"]);
	let subject = "/entry/1/resource/subject/reference";
	let expected = ["Bundle.entry[1].resource.subject.reference"];
	assert_eq!(change(subject, json!("Group/1")), expected);
	let url = "/entry/1/resource/content/0/attachment/url";
	let expected = ["Bundle.entry[1].resource.content[0].attachment.url"];
	assert_eq!(change(url, json!("urn:uuid:x")), expected);
	let patient = json!({ "resourceType": "Patient" });
	let stranger = entry("urn:uuid:p", patient);
	assert_eq!(change("/entry/0", stranger), ["Bundle.entry[0].resource"]);
	let address = "/entry/1/request/url";
	assert_eq!(change(address, json!("Patient")), ["Bundle.entry[1].request.url"]);

	let long = json!(format!("urn:{}", "x".repeat(MAX_URL)));
	assert_eq!(change("/entry/2/fullUrl", long.clone())[0], "Bundle.entry[2].fullUrl");
	assert_eq!(change("/entry/0/fullUrl", long), ["Bundle.entry[0].fullUrl"]);

	let mut lone = bundle();
	let content = json!({ "contentType": "text/plain", "data": "YQ==" });
	lone["entry"][1]["resource"]["content"][0]["attachment"] = content;
	assert_eq!(paths(&lone), ["Bundle.entry[2].resource"]);
	let empty = json!({ "resourceType": "Bundle", "type": "transaction" });
	assert_eq!(paths(&empty), ["Bundle.entry"]);
}

#[test]
fn each_entry_has_its_own_full_url() {
	for (one, other) in [(0, 1), (1, 2), (0, 2)] {
		let mut bundle = bundle();
		bundle["entry"][other]["fullUrl"] = bundle["entry"][one]["fullUrl"].clone();
		let found = paths(&bundle);
		assert!(found.contains(&format!("Bundle.entry[{other}].fullUrl")), "{found:?}");
	}
	// Without one, nothing is ambiguous.
	let mut bundle = bundle();
	for index in [0, 1] {
		bundle["entry"][index].as_object_mut().unwrap().remove("fullUrl");
	}
	assert!(read(&bundle.to_string(), "https://x/fhir").is_ok());
}

#[test]
fn a_change_of_meaning_is_refused_in_each_entry() {
	let extension = json!([{ "url": "urn:x", "valueBoolean": true }]);
	for (pointer, path) in [
		("/entry/0", "Bundle.entry[0]"),
		("/entry/0/resource", "Bundle.entry[0].resource"),
		("/entry/1/request", "Bundle.entry[1].request"),
		("/entry/1/resource/content/0", "Bundle.entry[1].resource.content[0]"),
	] {
		let mut bundle = bundle();
		bundle.pointer_mut(pointer).unwrap()["modifierExtension"] = extension.clone();
		assert_eq!(paths(&bundle), [format!("{path}.modifierExtension")]);
	}
	let mut ruled = bundle();
	ruled["implicitRules"] = json!("urn:x");
	assert_eq!(paths(&ruled), ["Bundle.implicitRules"]);
	// A FHIR document is content.
	let (body, document) = with_fhir_document();
	let modified = document.replacen('{', r#"{ "implicitRules": "urn:x","#, 1);
	let read_now = read(&body.replace(&document, &modified), "https://x/fhir").unwrap();
	assert_eq!(read_now.documents[0].new.data, modified.as_bytes());
}

#[test]
fn each_content_has_the_place_of_its_entry() {
	let mut bundle = bundle();
	let [document, content] = [1, 2].map(|index| bundle["entry"][index].clone());
	let entries = bundle["entry"].as_array_mut().unwrap();
	let (mut other, mut its) = (document, content);
	other["resource"]["content"][0]["attachment"]["url"] = json!("urn:uuid:a");
	its["fullUrl"] = json!("urn:uuid:a");
	other["fullUrl"] = json!("urn:uuid:e");
	entries.insert(0, its);
	entries.push(other);
	let read_now = read(&bundle.to_string(), "https://x/fhir").unwrap();
	let order = [
		Entry::Content(1),
		Entry::SubmissionSet,
		Entry::Document(0),
		Entry::Content(0),
		Entry::Document(1),
	];
	assert_eq!(read_now.entries, order);
}

#[test]
fn a_condition_names_one_identifier() {
	let base = "https://fhir.example/fhir";
	for search in ["", "?", "DocumentReference?", "https://fhir.example/fhir/DocumentReference?"] {
		let condition = format!("{search}identifier=urn:oid:1|2");
		assert_eq!(identifier_of(&condition, base), Ok("urn:oid:1|2".into()), "{search}");
	}
	for other in [
		"",
		"identifier",
		"identifier=",
		"identifier=a|1&status=current",
		"_id=1",
		"identifier=a%7C1,a%7C2",
		"identifier=%7C",
		"identifier=12",
		"identifier=|b",
		"identifier=a|",
		"identifier=a|b|c",
		&format!("identifier=a|{}", "b".repeat(MAX_URL)),
		"Patient?identifier=a|1",
		"https://other.example/fhir/DocumentReference?identifier=a|1",
	] {
		assert!(identifier_of(other, base).is_err(), "{other}");
	}
}

proptest! {
	#[test]
	fn no_body_makes_it_panic(text in ".{0,200}") {
		let _ = (read(&text, ""), identifier_of(&text, ""));
	}
}
