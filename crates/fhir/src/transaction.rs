//! A Bundle of documents that are added together: IHE MHD's Provide Document Bundle (ITI-65).

use std::{
	borrow::Cow,
	collections::{BTreeMap, BTreeSet},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use fhirkit::r4::{Binary, Bundle, BundleEntry, DocumentReference, Resource};
use serde_json::{json, value::RawValue, Value};

use crate::{
	incoming::{
		is_modest, not_kept, of_resource, parsed, required, text, wrong, Beside, Carried,
		NewDocument, Subject,
	},
	outcome::{operation_outcome, Issue, IssueKind, Severity},
	provenance::added,
	submission,
};

/// IHE's profile of the answer to a transaction: MHD, ITI-65.
const RESPONSE: &str =
	"https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.ProvideDocumentBundleResponse";

/// Maximum number of entries.
const MAX_ENTRIES: usize = 256;

/// Maximum length of a `fullUrl` and of a condition, in bytes.
const MAX_URL: usize = 2_048;

/// A transaction, as its entries are to be answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Transaction {
	/// The documents, in their order.
	pub documents: Vec<Provided>,
	/// Entries, in the order of the Bundle.
	pub entries: Vec<Entry>,
	/// Patients whom submission sets name in a way in which no document names them, by the places
	/// of the sets in the Bundle. Each must be the patient of the documents.
	pub others: Vec<(usize, Subject)>,
}

/// A document of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub struct Provided {
	/// Place of the entry in the Bundle.
	pub entry: usize,
	/// Document to add.
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
		(Some((name, value)), None) if name == "identifier" && is_whole(&value) => Ok(value),
		_ => {
			let text = "give identifier=system|value, and no other parameter";
			Err(Issue::error(IssueKind::NotSupported, "condition", text))
		}
	}
}

/// Returns whether an identifier has a system and a value. A comma would mean either of two.
fn is_whole(identifier: &str) -> bool {
	let is_whole = identifier.split_once('|').is_some_and(|(system, value)| {
		!system.is_empty() && !value.is_empty() && !value.contains('|')
	});
	is_whole && !identifier.contains(',') && identifier.len() <= MAX_URL
}

/// Reads a transaction at the server with this address. Returns every issue that it finds.
pub fn read(body: &str, base: &str) -> Result<Transaction, Vec<Issue>> {
	let (rest, mut fhir_documents) = without_documents(body);
	let bundle = bundle_of(&rest)?;
	let mut reading = Reading::default();
	if bundle.signature.is_some() {
		reading.issues.push(not_kept("Bundle.signature"));
	}
	for (index, entry) in bundle.entry.into_iter().enumerate() {
		let read = reading.entry(index, entry, fhir_documents.remove(&index), base);
		reading.issues.extend(read.err());
	}
	reading.finish(base)
}

/// Reads a Bundle, which must be a transaction of few enough entries.
fn bundle_of(json: &str) -> Result<Bundle, Vec<Issue>> {
	let bundle = parsed::<Bundle>(json)?;
	if text(&bundle.type_) != Some("transaction") {
		let text = "this server takes transactions, in which all entries succeed or none";
		return Err(vec![wrong("Bundle.type", text)]);
	}
	if bundle.entry.len() > MAX_ENTRIES {
		let text = format!("a transaction has at most {MAX_ENTRIES} entries; send several");
		return Err(vec![Issue::error(IssueKind::TooLong, "too-many", text).at("Bundle.entry")]);
	}
	Ok(bundle)
}

/// A transaction while it is read.
#[derive(Default)]
struct Reading {
	/// Documents, each with its entry's place and the identifier of its condition.
	documents: Vec<(usize, DocumentReference, Option<String>)>,
	/// Content that no document has taken yet, by `fullUrl`.
	carried: BTreeMap<String, Carried>,
	/// Each `fullUrl` so far.
	urls: BTreeSet<String>,
	/// Entries with their places.
	entries: Vec<(usize, Entry)>,
	/// Patients of submission sets, with the places of these.
	others: Vec<(usize, Subject)>,
	issues: Vec<Issue>,
}

impl Reading {
	/// Reads an entry. Its issues are noted, except one that ends the reading of the entry, which
	/// is returned.
	fn entry(
		&mut self,
		index: usize,
		entry: BundleEntry,
		fhir_document: Option<String>,
		base: &str,
	) -> Result<(), Issue> {
		let path = format!("Bundle.entry[{index}]");
		let identifier = condition(&entry, fhir_document.is_some(), &path, base)?;
		let full_url = full_url(&entry, &path, &mut self.urls)?;
		match entry.resource {
			Some(Resource::DocumentReference(document)) => {
				self.entries.push((index, Entry::Document(self.documents.len())));
				self.documents.push((index, *document, identifier));
			}
			Some(Resource::Binary(binary)) => {
				let missing = || required(&format!("{path}.fullUrl"), "a fullUrl");
				let url = full_url.ok_or_else(missing)?;
				self.carried.insert(url, content_of(*binary, index, fhir_document));
			}
			Some(Resource::List(list)) => match submission::read(&list, base) {
				Ok(named) => {
					self.entries.push((index, Entry::SubmissionSet));
					self.others.extend(named.map(|named| (index, named)));
				}
				Err(found) => self.note_within(found, index),
			},
			resource => {
				let text = match resource {
					Some(Resource::Patient(_)) => {
						"a transaction makes no patients; give the document a subject of this \
						 server, by reference or identifier, and leave the Patient out"
					}
					_ => "a transaction takes only documents, their content and submission sets",
				};
				let issue = Issue::error(IssueKind::NotSupported, "resource", text);
				return Err(issue.at(format!("{path}.resource")));
			}
		}
		Ok(())
	}

	/// Reads the documents, now that all content is known, and returns the transaction.
	fn finish(mut self, base: &str) -> Result<Transaction, Vec<Issue>> {
		if self.documents.is_empty() && self.issues.is_empty() {
			self.issues.push(required("Bundle.entry", "a DocumentReference"));
		}
		let documents = self.provided(base);
		if self.issues.is_empty() {
			self.issues.extend(self.carried.values().map(|one| {
				let text = "no document has this content; refer to it by its fullUrl, once";
				wrong(&format!("Bundle.entry[{}].resource", one.entry), text)
			}));
		}
		if !self.issues.is_empty() {
			return Err(self.issues);
		}
		self.entries.sort_by_key(|(index, _)| *index);
		let entries = self.entries.into_iter().map(|(_, entry)| entry).collect();
		let mut others = self.others;
		others.retain(|(_, named)| documents.iter().all(|one| one.new.subject != *named));
		Ok(Transaction { documents, entries, others })
	}

	/// Reads the documents, each with the content to which it refers.
	fn provided(&mut self, base: &str) -> Vec<Provided> {
		let mut provided = Vec::with_capacity(self.documents.len());
		for (index, document, identifier) in std::mem::take(&mut self.documents) {
			let url = address(&document).map(str::to_owned);
			let place = url.as_ref().and_then(|url| self.carried.get(url)).map(|one| one.entry);
			match of_resource(document, base, Beside::Bundle(&mut self.carried)) {
				Ok(new) => {
					let is_taken = url.is_some_and(|url| !self.carried.contains_key(&url));
					let taken = place.filter(|_| is_taken);
					let content = Entry::Content(provided.len());
					self.entries.extend(taken.map(|place| (place, content)));
					provided.push(Provided { entry: index, new, identifier });
				}
				Err(found) => self.note_within(found, index),
			}
		}
		provided
	}

	/// Notes issues of a resource as those of its entry.
	fn note_within(&mut self, found: Vec<Issue>, index: usize) {
		self.issues.extend(found.into_iter().map(|issue| within(issue, index)));
	}
}

/// Returns the `fullUrl` of an entry, which no other one has.
fn full_url(
	entry: &BundleEntry,
	path: &str,
	urls: &mut BTreeSet<String>,
) -> Result<Option<String>, Issue> {
	let Some(url) = text(&entry.full_url) else { return Ok(None) };
	let path = format!("{path}.fullUrl");
	if url.len() > MAX_URL {
		let text = format!("this has more than {MAX_URL} bytes; give a shorter one");
		return Err(wrong(&path, text));
	}
	// A reference to it could mean either entry.
	if !urls.insert(url.to_owned()) {
		return Err(wrong(&path, "another entry has this fullUrl; give each its own"));
	}
	Ok(Some(url.to_owned()))
}

/// Returns the content that an entry carries: a Binary, or a FHIR document for which one stands.
fn content_of(binary: Binary, entry: usize, fhir_document: Option<String>) -> Carried {
	let media_type = text(&binary.content_type).map(str::to_owned);
	let data = match fhir_document {
		Some(document) => Some(STANDARD.encode(document)),
		None => binary.data.and_then(|data| data.value),
	};
	Carried { entry, media_type, data }
}

/// Returns the address of a document's content.
fn address(document: &DocumentReference) -> Option<&str> {
	text(&document.content.first()?.attachment.as_ref()?.url)
}

/// Stands for a FHIR document while the transaction is read.
const STAND_IN: &str = r#"{"resourceType":"Binary","contentType":"application/fhir+json"}"#;

/// Takes the FHIR documents out of a transaction: Bundles of type `document`. Each is content,
/// which is kept as it was written, and need not be of the types that this server knows. Returns
/// the rest, and each document by the place of its entry.
fn without_documents(body: &str) -> (Cow<'_, str>, BTreeMap<usize, String>) {
	// The first one is the transaction.
	let has_bundles = body.match_indices("\"Bundle\"").nth(1).is_some();
	let found = if has_bundles && is_modest(body) { documents_of(body) } else { Vec::new() };
	if found.is_empty() {
		return (body.into(), BTreeMap::new());
	}
	let mut documents = BTreeMap::new();
	let (mut rest, mut after) = (String::with_capacity(body.len()), body);
	for (index, document) in found {
		if let Some((before, left)) = after.split_once(document) {
			rest.push_str(before);
			rest.push_str(STAND_IN);
			after = left;
			documents.insert(index, document.to_owned());
		}
	}
	rest.push_str(after);
	(rest.into(), documents)
}

/// Returns the FHIR documents among the entries of a Bundle, with their places.
fn documents_of(body: &str) -> Vec<(usize, &str)> {
	let entries = members(body).and_then(|bundle| {
		let entries = bundle.get("entry").copied()?.get();
		serde_json::from_str::<Vec<&RawValue>>(entries).ok()
	});
	let entries = entries.unwrap_or_default().into_iter().enumerate();
	let documents = entries.filter_map(|(index, entry)| {
		let resource = members(entry.get())?.get("resource").copied()?.get();
		let head = members(resource)?;
		let has = |name: &str, json: &str| head.get(name).is_some_and(|one| one.get() == json);
		let is_document = has("resourceType", "\"Bundle\"") && has("type", "\"document\"");
		is_document.then_some((index, resource))
	});
	documents.collect()
}

/// Returns the members of a JSON object, each as it was written.
fn members(json: &str) -> Option<BTreeMap<String, &RawValue>> {
	serde_json::from_str(json).ok()
}

/// Checks what an entry asks for, and returns the identifier of its condition.
fn condition(
	entry: &BundleEntry,
	is_fhir_document: bool,
	path: &str,
	base: &str,
) -> Result<Option<String>, Issue> {
	for (is_given, name) in
		[(entry.search.is_some(), "search"), (entry.response.is_some(), "response")]
	{
		if is_given {
			return Err(not_kept(&format!("{path}.{name}")));
		}
	}
	let request = entry.request.as_ref();
	let request = request.ok_or_else(|| required(&format!("{path}.request"), "a request"))?;
	if text(&request.method) != Some("POST") {
		let text = "a transaction on this server can only add; send POST";
		return Err(wrong(&format!("{path}.request.method"), text));
	}
	let kind = match is_fhir_document {
		true => Some("Bundle"),
		false => entry.resource.as_ref().map(Resource::resource_type),
	};
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

/// Refuses a submission set about a patient other than the documents' patient. The set is the entry
/// with this index.
pub fn check_patient<AccountId: PartialEq>(
	of_set: &AccountId,
	of_documents: &AccountId,
	index: usize,
) -> Result<(), Issue> {
	if of_set == of_documents {
		return Ok(());
	}
	let text = "the submission set is about a patient other than the documents' patient; check \
	            whose they are";
	let issue = Issue::error(IssueKind::BusinessRule, "mixed", text).at("List.subject");
	Err(within(issue, index))
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

/// Returns the answer to a transaction. As MHD has it, each entry has a location.
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
			let text = "the submission set is not kept; this location says who added the first \
			            document, and when, and each document has one like it";
			let issue = Issue {
				severity: Severity::Information,
				..Issue::error(IssueKind::NotSupported, "not-kept", text)
			};
			let mut response =
				json!({ "status": "200 OK", "outcome": operation_outcome(&[issue]) });
			if let (Some(first), Some(members)) = (saved.first(), response.as_object_mut()) {
				let location = format!("{base}/Provenance/{}", added(&first.binary));
				members.insert("location".into(), location.into());
			}
			response
		});
		json!({ "response": response })
	};
	json!({
		"resourceType": "Bundle",
		"meta": { "profile": [RESPONSE] },
		"type": "transaction-response",
		"entry": transaction.iter().map(entry).collect::<Vec<_>>(),
	})
}

#[cfg(test)]
mod tests;
