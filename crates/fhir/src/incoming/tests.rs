use super::*;
use crate::id;
use serde_json::{json, Value};

/// The last day of 2026.
const NOW: Moment = 1_798_675_200_000;

const BASE_URL: &str = "https://fhir.example.org/fhir";

fn good() -> Value {
	json!({
		"resourceType": "DocumentReference",
		"status": "current",
		"subject": { "reference": "Patient/5Grw" },
		"category": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
		"content": [{ "attachment": {
			"contentType": "text/plain",
			"data": STANDARD.encode("all is well"),
			"title": "Blood count",
		} }],
	})
}

fn paths(value: &Value) -> Vec<String> {
	let issues = document(&value.to_string(), BASE_URL).unwrap_err();
	issues.into_iter().map(|issue| issue.path.unwrap_or_default()).collect()
}

#[test]
fn a_document_is_read() {
	let new = document(&good().to_string(), BASE_URL).unwrap();
	assert_eq!(new.subject, Subject::Id("5Grw".into()));
	assert_eq!(new.category, Category::Laboratory);
	assert_eq!((&new.data[..], new.title.as_deref()), (&b"all is well"[..], Some("Blood count")));
	assert!(!format!("{new:?}").contains("Blood"));

	let mut named = good();
	named["subject"] = json!({ "identifier": { "system": "urn:mrn", "value": "12" } });
	named["securityLabel"] = json!([{ "coding": [{ "system": CONFIDENTIALITY, "code": "V" }] }]);
	let new = document(&named.to_string(), BASE_URL).unwrap();
	let identifier = Subject::Identifier { system: "urn:mrn".into(), value: "12".into() };
	assert_eq!(new.subject, identifier);
	assert_eq!(new.confidentiality, Confidentiality::VeryRestricted);
}

#[test]
fn issues_name_the_element() {
	let change = |path: &str, value: Value| {
		let mut document = good();
		*document.pointer_mut(path).unwrap() = value;
		paths(&document)
	};
	assert_eq!(
		change("/content/0/attachment/data", json!("%")),
		["DocumentReference.content[0].attachment.data"]
	);
	assert_eq!(
		change("/subject/reference", json!("Group/1")),
		["DocumentReference.subject.reference"]
	);
	assert_eq!(change("/category/0/coding/0/code", json!("1")), ["DocumentReference.category"]);
	assert_eq!(change("/status", json!("superseded")), ["DocumentReference.status"]);
	assert_eq!(change("/status", json!(3)), ["DocumentReference.status"]);
	for status in ["draft", "currentX", "CURRENT"] {
		assert_eq!(change("/status", json!(status)), ["DocumentReference.status"], "{status}");
	}
	let missing = paths(&json!({ "resourceType": "DocumentReference", "status": "current",
		"content": [{ "attachment": { "contentType": "text/plain" } }] }));
	assert_eq!(
		missing,
		[
			"DocumentReference.subject",
			"DocumentReference.category",
			"DocumentReference.content[0].attachment.data",
		]
	);
	assert_eq!(document("[]", BASE_URL).unwrap_err().len(), 1);
	assert_eq!(document("{", BASE_URL).unwrap_err()[0].code, "not-json");
}

#[test]
fn elements_that_change_the_meaning_are_refused() {
	let with = |name: &str, value: Value| {
		let mut document = good();
		document[name] = value;
		paths(&document)
	};
	let label = |coding: Value| with("securityLabel", json!([{ "coding": [coding] }]));
	for coding in [
		json!({ "code": "V" }),
		json!({ "system": "http://hl7.org/fhir/v3/Confidentiality", "code": "V" }),
		json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY" }),
	] {
		assert_eq!(label(coding), ["DocumentReference.securityLabel"]);
	}
	assert_eq!(with("docStatus", json!("entered-in-error")), ["DocumentReference.docStatus"]);
	assert_eq!(with("docStatus", json!("junk")), ["DocumentReference.docStatus"]);
	assert_eq!(with("implicitRules", json!("urn:x")), ["DocumentReference.implicitRules"]);
	assert_eq!(with("fhir_comments", json!(["x"])), ["DocumentReference.fhir_comments"]);
	let context = json!({ "modifierExtension": [{ "url": "urn:x", "valueCode": "x" }] });
	assert_eq!(with("context", context), ["DocumentReference.context.modifierExtension"]);
	let mut binary_of = json!({ "resourceType": "Binary", "contentType": "a/b", "data": "eA==" });
	binary_of["implicitRules"] = json!("urn:x");
	assert_eq!(binary(&binary_of.to_string()).unwrap_err()[0].code, "not-kept");
}

#[test]
fn a_document_that_replaces_another_is_an_update() {
	let relation = |code: &str| json!({ "code": code, "target": { "reference": "x" } });
	for (relations, is_update) in [
		(vec![relation("replaces")], true),
		(vec![relation("appends"), relation("replaces")], true),
		(vec![relation("appends")], false),
	] {
		let mut document = good();
		document["relatesTo"] = json!(relations);
		let issues = super::document(&document.to_string(), BASE_URL).unwrap_err();
		let [issue] = &issues[..] else { panic!("{issues:?}") };
		let path = issue.path.as_deref();
		assert_eq!((issue.code, path), ("not-kept", Some("DocumentReference.relatesTo")));
		assert_eq!(issue.text.contains("an update of that document"), is_update, "{relations:?}");
	}
}

#[test]
fn base64_can_have_white_space() {
	let mut spaced = good();
	let hash = STANDARD.encode([7; 20]);
	let attachment = &mut spaced["content"][0]["attachment"];
	attachment["data"] = json!("YWxs\r\nIGlz IHdl\tbGw=\n");
	attachment["hash"] = json!(format!("{} {}", &hash[..8], &hash[8..]));
	let new = document(&spaced.to_string(), BASE_URL).unwrap();
	assert_eq!((&new.data[..], new.hash.as_deref()), (&b"all is well"[..], Some(&[7; 20][..])));
	let of = |data: &str| {
		let sent = json!({ "resourceType": "Binary", "contentType": "text/plain", "data": data });
		binary(&sent.to_string()).map(|(_, data)| data).map_err(|issues| issues[0].path.clone())
	};
	assert_eq!(of("YWxs\r\nIGlz\r\nIHdlbGw="), Ok(b"all is well".to_vec()));
	assert_eq!(of("YWx\u{a0}s"), Err(Some("Binary.data".to_owned())));
}

#[test]
fn a_reference_names_its_type_in_two_ways() {
	let of = |kind: &str| {
		let mut typed = good();
		typed["subject"]["type"] = json!(kind);
		document(&typed.to_string(), BASE_URL)
			.map(|new| new.subject)
			.map_err(|issues| issues[0].path.clone().unwrap_or_default())
	};
	for kind in ["Patient", "http://hl7.org/fhir/StructureDefinition/Patient"] {
		assert_eq!(of(kind), Ok(Subject::Id("5Grw".into())), "{kind}");
	}
	for kind in ["Group", "http://hl7.org/fhir/StructureDefinition/Group", "urn:x/Patient"] {
		assert_eq!(of(kind), Err("DocumentReference.subject.type".to_owned()), "{kind}");
	}
}

#[test]
fn descriptions_of_people_are_left_out() {
	let mut described = good();
	described["subject"] = json!({ "identifier": { "system": "urn:mrn", "value": "12" } });
	described["author"] = json!([{ "reference": "#author" }]);
	described["authenticator"] = json!({ "reference": "#clinic" });
	described["context"] = json!({ "sourcePatientInfo": { "reference": "#source" } });
	let source = |identifiers: Value| {
		json!({
			"resourceType": "Patient", "id": "source", "identifier": identifiers,
			"name": [{ "family": "Schmidt" }],
		})
	};
	let with = |source: Value| {
		let mut document = described.clone();
		document["contained"] = json!([
			{ "resourceType": "Practitioner", "id": "author", "name": [{ "family": "Careful" }] },
			{ "resourceType": "Organization", "id": "clinic", "name": "Clinic" },
			source,
		]);
		document
	};
	let of = |system: &str, value: &str| json!({ "system": system, "value": value });
	for identifiers in [
		json!([of("urn:mrn", "12")]),
		// Numbers of other systems say nothing of this one.
		json!([of("urn:other", "13")]),
		json!([of("urn:mrn", "11"), of("urn:mrn", "12")]),
	] {
		let read = document_of(&with(source(identifiers.clone())));
		assert_eq!(read, document_of(&described), "{identifiers}");
		assert!(read.is_ok());
	}

	let expected = ["DocumentReference.contained[2]"];
	assert_eq!(paths(&with(source(json!([of("urn:mrn", "13")])))), expected);
	// A Binary does not describe anybody.
	let content = json!({ "resourceType": "Binary", "id": "b", "contentType": "text/plain" });
	assert_eq!(paths(&with(content)), expected);
	let mut by_id = with(source(json!([of(&format!("{BASE}/account"), "5Other")])));
	by_id["subject"] = json!({ "reference": "Patient/5Grw" });
	assert_eq!(paths(&by_id), expected);
	// A description alone does not name a patient of the chain.
	let mut unknown = with(source(json!([of("urn:mrn", "12")])));
	unknown["subject"] = json!({ "reference": "#source" });
	assert_eq!(paths(&unknown), ["DocumentReference.subject.reference"]);
}

#[test]
fn a_hash_may_be_that_of_xds() {
	let with = |hash: &[u8]| {
		let mut document = good();
		document["content"][0]["attachment"]["hash"] = json!(STANDARD.encode(hash));
		document_of(&document).unwrap().hash.unwrap()
	};
	assert_eq!(with(&[0xab; 20]), [0xab; 20]);
	assert_eq!(with("ab".repeat(20).as_bytes()), [0xab; 20]);
	// Neither is a SHA-1, so the content cannot have it.
	for other in [&[b'x'; 40][..], b"abab"] {
		assert_eq!(with(other), other);
	}
}

#[test]
fn a_subject_is_one_patient_of_this_server() {
	let refused = |subject: Value| {
		let mut document = good();
		document["subject"] = subject;
		document_of(&document).is_err()
	};
	for subject in [
		json!({ "reference": "https://other.example/fhir/Patient/5Grw" }),
		json!({ "reference": "Group/Patient/5Grw" }),
		json!({ "reference": "Patient/5Grw", "type": "Group" }),
		json!({ "reference": "Patient/5Grw", "identifier": { "value": "12" } }),
		json!({ "identifier": { "use": "old", "system": "urn:mrn", "value": "12" } }),
	] {
		assert!(refused(subject.clone()), "{subject}");
	}
	assert!(!refused(json!({ "reference": format!("{BASE_URL}/Patient/5Grw") })));
}

#[test]
fn a_document_of_a_folder_names_its_file() {
	let read = |attachment: Value| {
		let mut document = good();
		document["content"][0]["attachment"] = attachment;
		document_in_folder(&document.to_string(), BASE_URL)
	};
	let new = read(json!({ "contentType": "application/pdf", "url": "a/b.pdf", "size": 7 }));
	let new = new.unwrap();
	assert_eq!((new.file.as_deref(), &new.data[..]), (Some("a/b.pdf"), &b""[..]));
	assert_eq!(new.size, Some(7));
	let both = json!({ "contentType": "text/plain", "url": "a.txt", "data": "YQ==" });
	assert!(read(both).is_err());
	// The same address sent to the server is none that it reads.
	let mut sent = good();
	sent["content"][0]["attachment"] = json!({ "contentType": "text/plain", "url": "a.txt" });
	assert_eq!(paths(&sent), ["DocumentReference.content[0].attachment.url"]);
}

#[test]
fn an_identifier_without_a_system_is_not_unique() {
	let of = |master: Value, others: Value| {
		let mut document = good();
		document["masterIdentifier"] = master;
		document["identifier"] = others;
		document_of(&document).unwrap().identifier
	};
	let named = |value: &str| json!({ "system": "urn:x", "value": value });
	assert_eq!(document_of(&good()).unwrap().identifier, None);
	assert_eq!(of(named("1"), json!([named("2")])).as_deref(), Some("urn:x|1"));
	let bare = json!({ "value": "1" });
	assert_eq!(of(bare.clone(), json!([bare, named("2")])).as_deref(), Some("urn:x|2"));
}

fn document_of(value: &Value) -> Result<NewDocument, Vec<Issue>> {
	document(&value.to_string(), BASE_URL)
}

#[test]
fn a_body_has_a_bounded_number_of_values() {
	let many = format!("[{}]", vec!["{}"; MAX_VALUES].join(","));
	assert!(!is_modest(&many) && is_modest(&many.replace("{}", "")[..MAX_VALUES]));
	assert!(!is_modest(&"[".repeat(MAX_DEPTH + 1)) && is_modest(&"[".repeat(MAX_DEPTH)));
	assert!(is_modest(&"[]".repeat(MAX_DEPTH + 1)));
	let members = |count: u32| {
		let all: Vec<_> = (0..count).map(|index| format!("\"{index}\":1")).collect();
		format!("[{{{}}},{{{}}}]", all.join(","), all.join(","))
	};
	assert!(is_modest(&members(MAX_MEMBERS)) && !is_modest(&members(MAX_MEMBERS + 1)));
	let named = |length: usize| format!("{{\"{}\":\"{}\"}}", "n".repeat(length), "v".repeat(9_999));
	assert!(is_modest(&named(MAX_NAME - 1)) && !is_modest(&named(MAX_NAME + 1)));
	let quoted = format!("\"{}\\\"{}\"", ",".repeat(30_000), "{".repeat(30_000));
	assert!(is_modest(&quoted));
	assert_eq!(document(&many, BASE_URL).unwrap_err()[0].code, "too-many");
}

#[test]
fn nested_extensions_do_not_overflow_the_stack() {
	// On a stack as small as a thread of the server has.
	let read = || {
		for levels in [10, 14, 15, 80, 1_000, 100_000] {
			let open = r#"[{"url":"a","extension":"#.repeat(levels);
			let nested = format!(r#"{open}[{{"url":"a"}}]{}"#, "}]".repeat(levels));
			let text = good().to_string().replacen('{', &format!(r#"{{"extension":{nested},"#), 1);
			assert_eq!(document(&text, BASE_URL).is_ok(), levels <= 14, "{levels}");
		}
	};
	std::thread::Builder::new().stack_size(2 << 20).spawn(read).unwrap().join().unwrap();
}

#[test]
fn of_a_patient_only_identifiers_are_read() {
	let own = json!({ "system": format!("{BASE}/account"), "value": "5Grw" });
	let mrn = json!({ "use": "usual", "system": "urn:mrn", "value": "12" });
	let mut sent = json!({
		"resourceType": "Patient", "id": "5Grw", "active": true, "identifier": [own, mrn],
	});
	let read = |sent: &Value, id: &str| patient(&sent.to_string(), id, NOW);
	assert_eq!(read(&sent, "5Grw"), Ok(vec![("urn:mrn".into(), "12".into())]));
	assert_eq!(read(&sent, "5Fhn").unwrap_err()[0].path.as_deref(), Some("Patient.id"));
	sent["name"] = json!([{ "family": "Doe" }]);
	sent["birthDate"] = json!("1980-01-01");
	sent["identifier"] = json!([{ "value": "12" }]);
	let issues = read(&sent, "5Grw").unwrap_err();
	let paths: Vec<_> = issues.iter().filter_map(|issue| issue.path.as_deref()).collect();
	assert_eq!(paths, ["Patient.birthDate", "Patient.name", "Patient.identifier[0]"]);
	assert!(!format!("{issues:?}").contains("Doe"));
}

#[test]
fn a_patient_keeps_identifiers_that_are_in_use() {
	let read = |identifier: Value| {
		let sent = json!({ "resourceType": "Patient", "id": "5Grw", "identifier": [identifier] });
		patient(&sent.to_string(), "5Grw", NOW).map_err(|issues| issues[0].path.clone())
	};
	let with = |name: &str, value: Value| {
		let mut identifier = json!({ "system": "urn:mrn", "value": "12" });
		identifier[name] = value;
		read(identifier)
	};
	let kept = Ok(vec![("urn:mrn".to_owned(), "12".to_owned())]);
	let refused = Err(Some("Patient.identifier[0]".to_owned()));
	for (name, value, expected) in [
		("use", json!("official"), &kept),
		("use", json!("old"), &refused),
		("period", json!({ "start": "2020", "end": "2026" }), &kept),
		("period", json!({ "end": "2025" }), &refused),
		("period", json!({ "end": "2026-12-30" }), &refused),
		("period", json!({ "start": "2027" }), &refused),
		("type", json!({ "text": "MR" }), &kept),
	] {
		assert_eq!(&with(name, value.clone()), expected, "{name} {value}");
	}
	let account =
		|value: &str| read(json!({ "system": format!("{BASE}/account"), "value": value }));
	assert_eq!((account("5Grw"), account("5Other")), (Ok(vec![]), refused));
}

#[test]
fn content_can_be_sent_before_its_document() {
	let mut sent = good();
	let id = id::upload(&[0xfe; 16]);
	for url in [format!("Binary/{id}"), format!("{BASE_URL}/Binary/{id}")] {
		sent["content"][0]["attachment"] =
			json!({ "contentType": "text/plain", "url": url, "size": 11 });
		let new = document_of(&sent).unwrap();
		assert_eq!((new.upload.as_ref(), new.size, new.data.len()), (Some(&id), Some(11), 0));
	}
	for url in ["Binary/1", "https://other.example/Binary/1", &format!("x/Binary/{id}")] {
		sent["content"][0]["attachment"]["url"] = json!(url);
		assert_eq!(paths(&sent), ["DocumentReference.content[0].attachment.url"], "{url}");
	}
	let resource = json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "eA==" });
	assert_eq!(binary(&resource.to_string()), Ok(("text/plain".into(), b"x".to_vec())));
	let empty = json!({ "resourceType": "Binary", "contentType": "text/plain" });
	assert_eq!(binary(&empty.to_string()).unwrap_err()[0].path.as_deref(), Some("Binary.data"));
}

#[test]
fn an_update_may_repeat_the_address_of_its_content() {
	let (record, other) = (RecordId([7; 32]), RecordId([8; 32]));
	let of = |record: &RecordId| format!("Binary/{}", id::binary(record, 3));
	let read = |url: &str, has_data: bool| {
		let mut sent = good();
		let attachment = sent["content"][0]["attachment"].as_object_mut().unwrap();
		attachment.insert("url".into(), url.into());
		if !has_data {
			attachment.remove("data");
		}
		let text = |issues: Vec<Issue>| {
			assert_eq!(
				issues[0].path.as_deref(),
				Some("DocumentReference.content[0].attachment.url")
			);
			issues[0].text.clone()
		};
		let json = sent.to_string();
		let data = |new: NewDocument| (new.data, new.upload);
		[revision(&json, BASE_URL, &record), document(&json, BASE_URL)]
			.map(|read| read.map(data).map_err(text))
	};
	let own = of(&record);
	for url in [own.clone(), format!("{BASE_URL}/{own}")] {
		let [updated, added] = read(&url, true);
		assert_eq!(updated, Ok((b"all is well".to_vec(), None)), "{url}");
		assert!(added.unwrap_err().contains("either data or url"), "{url}");
	}
	let upload = format!("Binary/{}", id::upload(&[7; 16]));
	for url in [of(&other), upload.clone(), format!("https://other.example/fhir/{own}")] {
		for refused in read(&url, true) {
			assert!(refused.unwrap_err().contains("either data or url"), "{url}");
		}
	}
	let [updated, added] = read(&own, false);
	assert!(updated.unwrap_err().contains("needs the content again"));
	assert!(added.unwrap_err().contains("give the data"));
	assert!(read(&upload, false).iter().all(Result::is_ok));
}

#[test]
fn of_two_media_types_the_telling_one_is_taken() {
	let (pdf, nothing) = ("application/pdf", UNKNOWN_TYPE);
	let of = |declared: Option<&str>, stored: Option<&str>| {
		telling_type(declared.map(str::to_owned), stored.map(str::to_owned))
	};
	for (declared, stored, taken) in [
		(Some(pdf), Some(nothing), Some(pdf)),
		(Some(nothing), Some(pdf), Some(pdf)),
		(None, Some(pdf), Some(pdf)),
		(Some(nothing), None, Some(nothing)),
		(None, None, None),
	] {
		assert_eq!(of(declared, stored).as_deref(), taken, "{declared:?} {stored:?}");
	}
	assert!(contradict(pdf, "text/plain"));
	assert!(!contradict(pdf, pdf) && !contradict(nothing, pdf) && !contradict(pdf, nothing));
}

#[test]
fn the_codes_of_the_category_are_listed() {
	let texts = [json!([]), json!([{ "coding": [{ "system": "urn:x", "code": "1" }] }])];
	for concepts in texts {
		let mut sent = good();
		sent["category"] = concepts;
		if sent["category"] == json!([]) {
			sent.as_object_mut().unwrap().remove("category");
		}
		let text = document_of(&sent).unwrap_err().remove(0).text;
		for one in crate::code::CATEGORIES {
			assert!(text.contains(one.code), "{text}");
		}
		assert!(text.contains("docs/fhir-mapping.md"), "{text}");
	}
}

#[test]
fn parameters_are_names_and_values() {
	let sent = json!({ "resourceType": "Parameters", "parameter": [
		{ "name": "record", "valueReference": { "reference": "DocumentReference/1" } },
		{ "name": "purpose", "valueCode": "TREAT" },
		{ "name": "_count", "valueInteger": 2 },
	] });
	let read = parameters(&sent.to_string()).unwrap();
	let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
	let expected =
		[pair("record", "DocumentReference/1"), pair("purpose", "TREAT"), pair("_count", "2")];
	assert_eq!(read, expected);
	for bad in ["", "[]", r#"{"resourceType":"Patient"}"#] {
		assert_eq!(parameters(bad).unwrap_err()[0].code, "not-json");
	}
	let refused = |parameter: &str| {
		let sent = format!(r#"{{"resourceType":"Parameters","parameter":[{parameter}]}}"#);
		parameters(&sent).unwrap_err()[0].code
	};
	for (parameter, code) in [
		(r#"{"name":"x"}"#, "element-missing"),
		(
			r#"{"name":"x","valueCode":"a","part":[{"name":"y","valueCode":"b"}]}"#,
			"element-missing",
		),
		(r#"{"name":"x","valueCoding":{"system":"urn:x","code":"TREAT"}}"#, "element-missing"),
		(r#"{"name":"x","valueCode":"a","valueString":"b"}"#, "not-fhir"),
		(r#"{"name":"x","valueCode":"a","valueCode":"b"}"#, "not-fhir"),
		(r#"{"name":"x","name":"y","valueCode":"a"}"#, "not-fhir"),
		(r#"{"name":"x","valueCode":"a","modifierExtension":[]}"#, "not-kept"),
	] {
		assert_eq!(refused(parameter), code, "{parameter}");
	}
	let coding = json!({ "resourceType": "Parameters", "parameter": [
		{ "name": "purpose", "valueCoding": { "system": ACT_REASON, "code": "TREAT" } },
	] });
	assert_eq!(parameters(&coding.to_string()), Ok(vec![pair("purpose", "TREAT")]));
}

#[test]
fn an_issue_never_repeats_a_value() {
	let mut clinical = good();
	clinical["date"] = json!("HIV positive");
	let issues = document(&clinical.to_string(), BASE_URL).unwrap_err();
	assert!(!format!("{issues:?}").contains("HIV"), "{issues:?}");
}
