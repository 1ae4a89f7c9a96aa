//! A Bundle of documents that are added together: IHE MHD's Provide Document Bundle (ITI-65).

use std::collections::BTreeMap;

use fhirkit::r4::{Bundle, BundleEntry, Resource};
use serde_json::{json, Value};

use crate::{
	incoming::{of_resource, parsed, required, text, wrong, Beside, Carried, NewDocument},
	outcome::{operation_outcome, Issue, IssueKind, Severity},
};

/// Maximum number of entries.
const MAX_ENTRIES: usize = 256;

/// A transaction, as its entries are to be answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Transaction {
	/// The documents, in their order.
	pub documents: Vec<Provided>,
	/// The entries.
	pub entries: Vec<Entry>,
}

/// A document of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub struct Provided {
	/// Its place in the Bundle.
	pub entry: usize,
	/// The document.
	pub new: NewDocument,
	/// Identifier under which it is added once, if the client wants that.
	pub identifier: Option<String>,
}

/// An entry of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
	/// The document with this index.
	Document(usize),
	/// Content of the document with this index.
	Content(usize),
	/// A submission set. Nothing of it is kept.
	SubmissionSet,
}

/// Returns the identifier of a condition such as `identifier=urn:x|1`: the one under which a
/// resource is added once. It may be a search with its address at this server, as HAPI sends it.
pub fn identifier_of(condition: &str, base: &str) -> Result<String, Issue> {
	let search = condition.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
	let search = search.unwrap_or(condition);
	let condition = search.strip_prefix("DocumentReference?").unwrap_or(search);
	let condition = condition.trim_start_matches('?');
	let mut pairs = form_urlencoded::parse(condition.as_bytes()).into_owned();
	match (pairs.next(), pairs.next()) {
		// A comma would mean either of two.
		(Some((name, value)), None)
			if name == "identifier"
				&& !value.contains(',')
				&& !value.ends_with('|')
				&& !value.is_empty() =>
		{
			Ok(value)
		}
		_ => {
			let text = "give identifier=system|value, and no other parameter";
			Err(Issue::error(IssueKind::NotSupported, "condition", text))
		}
	}
}

/// Reads a transaction at the server with this address. Returns every issue that it finds.
pub fn read(body: &str, base: &str) -> Result<Transaction, Vec<Issue>> {
	let bundle = parsed::<Bundle>(body)?;
	if text(&bundle.type_) != Some("transaction") {
		let text = "this server takes transactions, in which all entries succeed or none";
		return Err(vec![wrong("Bundle.type", text)]);
	}
	if bundle.entry.len() > MAX_ENTRIES {
		let text = format!("a transaction has at most {MAX_ENTRIES} entries; send several");
		return Err(vec![Issue::error(IssueKind::TooLong, "too-many", text).at("Bundle.entry")]);
	}
	let mut issues = Vec::new();
	let mut carried = BTreeMap::new();
	let mut documents = Vec::new();
	let mut entries = Vec::new();
	for (index, entry) in bundle.entry.into_iter().enumerate() {
		let path = format!("Bundle.entry[{index}]");
		let identifier = match condition(&entry, &path, base) {
			Ok(identifier) => identifier,
			Err(issue) => {
				issues.push(issue);
				continue;
			}
		};
		let full_url = text(&entry.full_url).map(str::to_owned);
		match entry.resource {
			Some(Resource::DocumentReference(document)) => {
				entries.push((index, Entry::Document(documents.len())));
				documents.push((index, *document, identifier));
			}
			Some(Resource::Binary(binary)) => {
				let content = Carried {
					entry: index,
					media_type: text(&binary.content_type).map(str::to_owned),
					data: binary.data.and_then(|data| data.value),
				};
				match full_url {
					Some(url) if !carried.contains_key(&url) => {
						carried.insert(url, content);
					}
					_ => issues.push(required(&format!("{path}.fullUrl"), "a fullUrl of its own")),
				}
			}
			Some(Resource::List(_)) => entries.push((index, Entry::SubmissionSet)),
			_ => {
				let text = "a transaction takes only documents, their content and submission sets";
				let issue = Issue::error(IssueKind::NotSupported, "resource", text);
				issues.push(issue.at(format!("{path}.resource")));
			}
		}
	}
	if documents.is_empty() && issues.is_empty() {
		issues.push(required("Bundle.entry", "a DocumentReference"));
	}
	let mut provided = Vec::with_capacity(documents.len());
	for (index, document, identifier) in documents {
		let places: BTreeMap<String, usize> =
			carried.iter().map(|(url, one)| (url.clone(), one.entry)).collect();
		match of_resource(document, base, Beside::Bundle(&mut carried)) {
			Ok(new) => {
				let taken = places.iter().filter(|(url, _)| !carried.contains_key(*url));
				entries.extend(taken.map(|(_, at)| (*at, Entry::Content(provided.len()))));
				provided.push(Provided { entry: index, new, identifier });
			}
			Err(found) => issues.extend(found.into_iter().map(|issue| within(issue, index))),
		}
	}
	if issues.is_empty() {
		let unused = carried.values().map(|one| {
			let text = "no document has this content; refer to it by its fullUrl, once";
			wrong(&format!("Bundle.entry[{}].resource", one.entry), text)
		});
		issues.extend(unused);
	}
	if !issues.is_empty() {
		return Err(issues);
	}
	entries.sort_by_key(|(index, _)| *index);
	let entries = entries.into_iter().map(|(_, entry)| entry).collect();
	Ok(Transaction { documents: provided, entries })
}

/// Checks what an entry asks for, and returns the identifier of its condition.
fn condition(entry: &BundleEntry, path: &str, base: &str) -> Result<Option<String>, Issue> {
	let request = entry.request.as_ref();
	let request = request.ok_or_else(|| required(&format!("{path}.request"), "a request"))?;
	if text(&request.method) != Some("POST") {
		let text = "a transaction on this server can only add; send POST";
		return Err(wrong(&format!("{path}.request.method"), text));
	}
	let kind = entry.resource.as_ref().map(Resource::resource_type);
	if text(&request.url) != kind {
		let text = "the url is not the type of the entry's resource; give that type";
		return Err(wrong(&format!("{path}.request.url"), text));
	}
	let is_conditional = request.if_match.is_some()
		|| request.if_none_match.is_some()
		|| request.if_modified_since.is_some();
	if is_conditional {
		return Err(wrong(
			&format!("{path}.request"),
			"ifNoneExist is the only condition here; leave others out",
		));
	}
	let identifier = text(&request.if_none_exist).map(|one| identifier_of(one, base)).transpose();
	let identifier = identifier.map_err(|issue| issue.at(format!("{path}.request.ifNoneExist")))?;
	let is_document = matches!(entry.resource, Some(Resource::DocumentReference(_)));
	match identifier {
		Some(_) if !is_document => {
			let text = "only a document can be added once; send the others without a condition";
			Err(wrong(&format!("{path}.request.ifNoneExist"), text))
		}
		identifier => Ok(identifier),
	}
}

/// Returns an issue of a resource as one of the Bundle that has it.
pub fn within(issue: Issue, index: usize) -> Issue {
	let inner = issue.path.as_deref().and_then(|path| path.split_once('.'));
	let inner = inner.map_or_else(String::new, |(_, inner)| format!(".{inner}"));
	let path = format!("Bundle.entry[{index}].resource{inner}");
	issue.at(path)
}

/// A document as it was saved.
pub struct Saved {
	/// Id of the DocumentReference.
	pub id: String,
	/// Id of its content's Binary.
	pub binary: String,
	/// Number of the version.
	pub version: u32,
	/// Whether the transaction added it.
	pub is_new: bool,
}

/// Returns the answer to a transaction.
pub fn response(base: &str, transaction: &[Entry], saved: &[Saved]) -> Value {
	let entry = |entry: &Entry| {
		let status = |saved: &Saved| if saved.is_new { "201 Created" } else { "200 OK" };
		let response = match entry {
			Entry::Document(index) => saved.get(*index).map(|saved| {
				let Saved { id, version, .. } = saved;
				json!({
					"status": status(saved),
					"location": format!("{base}/DocumentReference/{id}/_history/{version}"),
					"etag": format!("W/\"{version}\""),
				})
			}),
			Entry::Content(index) => saved.get(*index).map(|saved| {
				let location = format!("{base}/Binary/{}", saved.binary);
				json!({ "status": status(saved), "location": location })
			}),
			Entry::SubmissionSet => None,
		};
		let response = response.unwrap_or_else(|| {
			let text = "the submission set is not kept; the chain says who added what, and when";
			let issue = Issue {
				severity: Severity::Information,
				..Issue::error(IssueKind::NotSupported, "not-kept", text)
			};
			json!({ "status": "200 OK", "outcome": operation_outcome(&[issue]) })
		});
		json!({ "response": response })
	};
	json!({
		"resourceType": "Bundle",
		"type": "transaction-response",
		"entry": transaction.iter().map(entry).collect::<Vec<_>>(),
	})
}

#[cfg(test)]
mod tests {
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
		let location = &answer["entry"][1]["response"]["location"];
		assert_eq!(location, "https://x/fhir/DocumentReference/d/_history/1");
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

		let mut lone = bundle();
		let content = json!({ "contentType": "text/plain", "data": "YQ==" });
		lone["entry"][1]["resource"]["content"][0]["attachment"] = content;
		assert_eq!(paths(&lone), ["Bundle.entry[2].resource"]);
		let empty = json!({ "resourceType": "Bundle", "type": "transaction" });
		assert_eq!(paths(&empty), ["Bundle.entry"]);
	}

	#[test]
	fn a_condition_names_one_identifier() {
		let base = "https://fhir.example/fhir";
		for search in
			["", "?", "DocumentReference?", "https://fhir.example/fhir/DocumentReference?"]
		{
			let condition = format!("{search}identifier=urn:oid:1|2");
			assert_eq!(identifier_of(&condition, base), Ok("urn:oid:1|2".into()), "{search}");
		}
		for other in [
			"",
			"identifier",
			"identifier=",
			"identifier=1&status=current",
			"_id=1",
			"identifier=a%7C1,a%7C2",
			"identifier=%7C",
			"Patient?identifier=1",
			"https://other.example/fhir/DocumentReference?identifier=1",
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
}
