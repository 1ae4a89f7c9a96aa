//! Resources that a client sends: read into types, with issues that name the element.

mod attachment;

pub use attachment::{contradict, is_unknown_type, telling_type, UNKNOWN_TYPE};

use std::collections::BTreeMap;

use base64::{engine::general_purpose::STANDARD, DecodeError, Engine};
use fhirkit::{
	r4::{
		Binary, CodeableConcept, DocumentReference, DocumentReferenceRelatesTo, Identifier,
		Parameters, ParametersParameter, ParametersParameterValue, Patient, Period, Reference,
		Resource,
	},
	FhirJson, Json, Primitive, Severity,
};
use salus_primitives::{Category, Confidentiality, Moment, RecordId};

use crate::{
	code::{category_codes, category_of, confidentiality_of, ACT_REASON, BASE, CONFIDENTIALITY},
	form,
	outcome::{Issue, IssueKind},
	time::period,
};
use attachment::{data_of, hash_of, size_of, Source, ATTACHMENT};

/// Maximum number of issues that are returned.
pub(crate) const MAX_ISSUES: usize = 20;

/// The patient whom a resource names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
	/// By the id of a Patient of this server.
	Id(String),
	/// By an identifier.
	Identifier {
		/// System of the identifier.
		system: String,
		/// Value in that system.
		value: String,
	},
}

/// A document to add, or the next version of one.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDocument {
	/// Patient whom the document is about.
	pub subject: Subject,
	/// Category of the record.
	pub category: Category,
	/// The confidentiality; [`Confidentiality::Normal`] if none is named.
	pub confidentiality: Confidentiality,
	/// Media type of the content; `None` if the client gives none.
	pub media_type: Option<String>,
	/// Title for people, if there is one. Only who opens the record sees it.
	pub title: Option<String>,
	/// The content; empty if it was sent before, or is in a file.
	pub data: Vec<u8>,
	/// Id of the Binary with the content, if that was sent before.
	pub upload: Option<String>,
	/// Address of the file with the content, relative to the folder of the resource, if it comes
	/// from one.
	pub file: Option<String>,
	/// Size of the content in bytes, if the client gives it.
	pub size: Option<u64>,
	/// SHA-1 of the content, if the client gives it.
	pub hash: Option<Vec<u8>>,
	/// Id of the resource, if it names one.
	pub id: Option<String>,
	/// The document's own identifier, as `system|value`: its `masterIdentifier`, or else the first
	/// `identifier`. `None` if none has both parts.
	pub identifier: Option<String>,
}

/// Shows nothing of the content.
impl std::fmt::Debug for NewDocument {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("NewDocument")
			.field("category", &self.category)
			.field("size", &self.data.len())
			.finish_non_exhaustive()
	}
}

pub(crate) fn text(primitive: &Option<Primitive<String>>) -> Option<&str> {
	primitive.as_ref()?.value.as_deref()
}

pub(crate) fn required(path: &str, what: &str) -> Issue {
	Issue::error(IssueKind::Required, "element-missing", format!("give {what}")).at(path)
}

pub(crate) fn wrong(path: &str, text: impl Into<String>) -> Issue {
	Issue::error(IssueKind::Value, "element-value", text).at(path)
}

/// Returns the issue with an element that changes the meaning of others.
pub(crate) fn not_kept(path: &str) -> Issue {
	let text = "this element changes the meaning, and the server does not keep it; leave it out";
	Issue::error(IssueKind::NotSupported, "not-kept", text).at(path)
}

/// Reads a DocumentReference that is to be added at the server with this address. Returns every
/// issue that it finds.
pub fn document(json: &str, base: &str) -> Result<NewDocument, Vec<Issue>> {
	of_resource(parsed(json)?, base, Beside::Bundle(&mut BTreeMap::new()))
}

/// Reads a DocumentReference as [`document`] does, as the next version of a record. Beside its
/// data, it may have the address of the content of any version of this record.
pub fn revision(json: &str, base: &str, record: &RecordId) -> Result<NewDocument, Vec<Issue>> {
	of_resource(parsed(json)?, base, Beside::Revision(record))
}

/// Reads a DocumentReference as [`document`] does. Its content may be a file below the folder that
/// has the resource.
pub fn document_in_folder(json: &str, base: &str) -> Result<NewDocument, Vec<Issue>> {
	of_resource(parsed(json)?, base, Beside::Folder)
}

/// Maximum number of values of a resource or Bundle. The library takes a thousand bytes for some,
/// however short they are.
const MAX_VALUES: usize = 20_000;

/// Maximum depth of objects and lists in each other. The library calls itself for each level, and a
/// thread's stack has an end.
const MAX_DEPTH: usize = 32;

/// Maximum number of members of an object. The library compares each with all others.
const MAX_MEMBERS: u32 = 256;

/// Maximum length of a member's name, in bytes. FHIR has no longer ones.
const MAX_NAME: usize = 128;

/// Returns whether a JSON text is small enough in every way to be read in little time and memory.
pub(crate) fn is_modest(json: &str) -> bool {
	let (mut values, mut length) = (0usize, 0usize);
	let (mut is_text, mut is_escaped) = (false, false);
	// Number of members of each object or list around the current place.
	let mut open: Vec<u32> = Vec::new();
	for byte in json.bytes() {
		if is_text {
			length = length.saturating_add(1);
			match byte {
				_ if is_escaped => is_escaped = false,
				b'\\' => is_escaped = true,
				b'"' => is_text = false,
				_ => {}
			}
			continue;
		}
		match byte {
			b'"' => (is_text, length) = (true, 0),
			b',' | b'{' | b'[' => values = values.saturating_add(1),
			// The text before it was a name.
			b':' => {
				let members = open.last_mut().map(|members| {
					*members = members.saturating_add(1);
					*members
				});
				if length > MAX_NAME || members.is_some_and(|members| members > MAX_MEMBERS) {
					return false;
				}
			}
			_ => {}
		}
		match byte {
			b'{' | b'[' => open.push(0),
			b'}' | b']' => drop(open.pop()),
			_ => {}
		}
		if values > MAX_VALUES || open.len() > MAX_DEPTH {
			return false;
		}
	}
	true
}

/// Maximum number of identifiers of a patient.
pub const MAX_IDENTIFIERS: usize = 32;

/// Maximum length of the system and of the value of an identifier, in bytes.
const MAX_IDENTIFIER: usize = 256;

/// Elements of a Patient that the server returns itself, so that what it returned can be sent back.
const OF_PATIENT: [&str; 6] =
	["resourceType", "id", "meta", "identifier", "active", "managingOrganization"];

/// Returns whether an identifier is said to be no longer in use.
fn is_old(identifier: &Identifier) -> bool {
	text(&identifier.use_) == Some("old")
}

/// Returns whether a moment, in milliseconds since 1970, is outside a period. A period that cannot
/// be read has no moments.
fn is_outside(given: &Period, now: Moment) -> bool {
	let now = i64::try_from(now).unwrap_or(i64::MAX);
	let reaches = |end: &Option<Primitive<String>>, is_in: &dyn Fn(crate::time::Period) -> bool| {
		end.is_none() || text(end).and_then(period).is_some_and(is_in)
	};
	let has_begun = reaches(&given.start, &|start| start.from <= now);
	let is_over = !reaches(&given.end, &|end| now < end.until);
	!has_begun || is_over
}

/// Reads an identifier of the Patient with an id, as system and value; `None` for the account.
fn identifier(
	given: &Identifier,
	id: &str,
	now: Moment,
	path: &str,
) -> Result<Option<(String, String)>, Issue> {
	if is_old(given) || given.period.as_ref().is_some_and(|period| is_outside(period, now)) {
		let text = "the server keeps only identifiers that are in use now; leave this one out";
		return Err(wrong(path, text));
	}
	let (Some(system), Some(value)) = (text(&given.system), text(&given.value)) else {
		return Err(required(path, "a system and a value"));
	};
	if system == format!("{BASE}/account") {
		let text = "this is the account of another patient; leave it out, or update that Patient";
		return if value == id { Ok(None) } else { Err(wrong(path, text)) };
	}
	if system.len().max(value.len()) > MAX_IDENTIFIER {
		let text = "system and value have at most 256 bytes each; shorten them";
		return Err(wrong(path, text));
	}
	Ok(Some((system.to_owned(), value.to_owned())))
}

/// Reads the identifiers of the Patient with an id, as system and value, other than the account.
/// `now` is the current time, in milliseconds since 1970.
pub fn patient(json: &str, id: &str, now: Moment) -> Result<Vec<(String, String)>, Vec<Issue>> {
	let patient = parsed::<Patient>(json)?;
	let all: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
	let names = all.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
	let mut names: Vec<_> = names.filter(|name| !OF_PATIENT.contains(name)).collect();
	names.sort_unstable();
	let mut issues: Vec<_> = names
		.into_iter()
		.take(MAX_ISSUES)
		.map(|name| {
			let text = "this server keeps identifiers and nothing else of a patient; leave it out";
			let issue = Issue::error(IssueKind::BusinessRule, "not-kept", text);
			issue.at(format!("Patient.{name}"))
		})
		.collect();
	if patient.id.as_ref().is_some_and(|named| named != id) {
		issues.push(wrong(
			"Patient.id",
			"the id differs from that in the address; give the same one",
		));
	}
	if patient.identifier.len() > MAX_IDENTIFIERS {
		let text = format!("a patient has at most {MAX_IDENTIFIERS} identifiers; send fewer");
		issues.push(wrong("Patient.identifier", text));
	}
	let mut found = Vec::new();
	for (index, given) in patient.identifier.iter().take(MAX_IDENTIFIERS).enumerate() {
		let path = format!("Patient.identifier[{index}]");
		match identifier(given, id, now, &path) {
			Ok(Some(pair)) if found.contains(&pair) => {
				issues.push(wrong(&path, "this identifier is given twice; give it once"));
			}
			Ok(pair) => found.extend(pair),
			Err(issue) => issues.push(issue),
		}
	}
	if issues.is_empty() {
		Ok(found)
	} else {
		Err(issues)
	}
}

/// Decodes a `base64Binary`. R4 allows white space in it.
fn decoded(data: &str) -> Result<Vec<u8>, DecodeError> {
	// Most senders leave white space out. Then there is no copy.
	if !data.bytes().any(|byte| byte.is_ascii_whitespace()) {
		return STANDARD.decode(data);
	}
	let mut compact = Vec::with_capacity(data.len());
	compact.extend(data.bytes().filter(|byte| !byte.is_ascii_whitespace()));
	STANDARD.decode(compact)
}

/// Reads a Binary: its media type and data.
pub fn binary(json: &str) -> Result<(String, Vec<u8>), Vec<Issue>> {
	let binary = parsed::<Binary>(json)?;
	let media_type = text(&binary.content_type);
	let media_type =
		media_type.ok_or_else(|| vec![required("Binary.contentType", "the media type")])?;
	let data = text(&binary.data);
	let data = data.ok_or_else(|| vec![required("Binary.data", "the data in base64")])?;
	let bad = |_| vec![wrong("Binary.data", "this is not base64; encode again")];
	Ok((media_type.to_owned(), decoded(data).map_err(bad)?))
}

/// Reads the simple parameters of an operation, as name and value.
pub fn parameters(json: &str) -> Result<Vec<(String, String)>, Vec<Issue>> {
	let is_one = is_modest(json)
		&& Json::parse(json).is_ok_and(|sent| {
			sent.get("resourceType").and_then(Json::as_str) == Some(Parameters::TYPE_NAME)
		});
	if !is_one {
		let text = "the body is not a Parameters resource; send one, or parameters in the address";
		return Err(vec![Issue::error(IssueKind::Structure, "not-json", text)]);
	}
	let all = parsed::<Parameters>(json)?.parameter.into_iter().enumerate();
	let pairs = all.map(|(index, one)| {
		simple(&one).ok_or_else(|| {
			let path = format!("Parameters.parameter[{index}]");
			let what = "a name and a string, code, uri, integer, reference or coding, and nothing \
			            else";
			vec![required(&path, what)]
		})
	});
	pairs.collect()
}

/// Returns the name and value of a parameter that has both, and nothing else.
fn simple(parameter: &ParametersParameter) -> Option<(String, String)> {
	if parameter.resource.is_some() || !parameter.part.is_empty() {
		return None;
	}
	let value = match parameter.value.as_ref()? {
		ParametersParameterValue::String(value)
		| ParametersParameterValue::Code(value)
		| ParametersParameterValue::Uri(value) => value.value.clone(),
		ParametersParameterValue::Integer(number) => number.value.map(|one| one.to_string()),
		ParametersParameterValue::Reference(named) => text(&named.reference).map(str::to_owned),
		// The only codings that a parameter has here are of purposes.
		ParametersParameterValue::Coding(coding) if is_of(&coding.system, ACT_REASON) => {
			text(&coding.code).map(str::to_owned)
		}
		_ => None,
	};
	Some((text(&parameter.name)?.to_owned(), value?))
}

/// Returns whether a coding is of a system, or names none.
pub(crate) fn is_of(given: &Option<Primitive<String>>, system: &str) -> bool {
	given.is_none() || text(given) == Some(system)
}

/// Reads a resource of one type. Returns every fault of its form.
pub(crate) fn parsed<R: FhirJson>(json: &str) -> Result<R, Vec<Issue>> {
	let not_json = || {
		let text = format!("the body is not a JSON object of FHIR; send a {}", R::TYPE_NAME);
		vec![Issue::error(IssueKind::Structure, "not-json", text)]
	};
	if !is_modest(json) {
		let text = format!(
			"the body has more than {MAX_VALUES} values, more than {MAX_DEPTH} levels, or an object \
			 with too many or too long names; send several smaller resources"
		);
		return Err(vec![Issue::error(IssueKind::TooLong, "too-many", text)]);
	}
	let read = Json::parse(json).map_err(|_| not_json())?;
	let faults = form::faults(&read, R::TYPE_NAME);
	if !faults.is_empty() {
		return Err(faults);
	}
	let (resource, issues) = fhirkit::decode_json::<R>(&read);
	let faults: Vec<_> = issues
		.into_iter()
		.filter(|issue| issue.severity == Severity::Error)
		.take(MAX_ISSUES)
		// The library's texts may repeat the value, which may be clinical. The path says enough.
		.map(|issue| {
			let text = "this element does not conform to FHIR R4; see its definition";
			let found = Issue::error(IssueKind::Structure, "not-fhir", text);
			// A name that is none of FHIR's is a value, too.
			match is_path(&issue.path, R::TYPE_NAME) {
				true => found.at(issue.path),
				false => found,
			}
		})
		.collect();
	match resource {
		Some(resource) if faults.is_empty() => Ok(resource),
		_ if faults.is_empty() => Err(not_json()),
		_ => Err(faults),
	}
}

/// Returns whether a path can be one of FHIR's elements in a resource of this type.
pub(crate) fn is_path(path: &str, resource: &str) -> bool {
	let is_of_name =
		|byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'[' | b']' | b'_');
	path.starts_with(resource)
		&& path.bytes().all(is_of_name)
		&& path.split('.').all(|name| name.len() <= 40)
}

/// Content that a Bundle carries beside its documents.
pub(crate) struct Carried {
	/// Place of the entry in the Bundle.
	pub(crate) entry: usize,
	/// Media type of the content.
	pub(crate) media_type: Option<String>,
	/// The content in base64.
	pub(crate) data: Option<String>,
}

/// Place of content that is beside its document.
pub(crate) enum Beside<'a> {
	/// The Binaries of a Bundle, by their `fullUrl`. One that is used is removed.
	Bundle(&'a mut BTreeMap<String, Carried>),
	/// The folder that has the document.
	Folder,
	/// Nothing: the document is the next version of this record.
	Revision(&'a RecordId),
}

/// Returns a document's own identifier, if it names its system: other ones are not unique.
fn own_identifier(resource: &DocumentReference) -> Option<String> {
	let mut all = resource.master_identifier.iter().chain(&resource.identifier);
	all.find_map(|one| {
		let parts = (text(&one.system)?, text(&one.value)?);
		let is_whole = !parts.0.is_empty() && !parts.1.is_empty();
		is_whole.then(|| format!("{}|{}", parts.0, parts.1))
	})
}

/// Returns the issues with elements of a document that would be lost, or whose meaning would be.
fn lost(resource: &DocumentReference, subject: Option<&Subject>) -> Vec<Issue> {
	let mut issues = Vec::new();
	if let Some("superseded" | "entered-in-error") = text(&resource.status) {
		let text = "a new version is always current; give current";
		issues.push(wrong("DocumentReference.status", text));
	}
	if resource.content.len() > 1 {
		let text = "a record has one content; send each as a DocumentReference";
		issues.push(wrong("DocumentReference.content[1]", text));
	}
	// If these were ignored, what is kept would have another meaning.
	let replaces = |one: &DocumentReferenceRelatesTo| text(&one.code) == Some("replaces");
	if resource.relates_to.iter().any(replaces) {
		// If the client only left the element out, both documents would be current.
		let text =
			"a document that replaces another one is its next version here; leave this out, \
		            and send an update of that document, with If-Match";
		let issue = Issue::error(IssueKind::NotSupported, "not-kept", text);
		issues.push(issue.at("DocumentReference.relatesTo"));
	} else if !resource.relates_to.is_empty() {
		issues.push(not_kept("DocumentReference.relatesTo"));
	}
	if let Some("preliminary" | "entered-in-error") = text(&resource.doc_status) {
		issues.push(not_kept("DocumentReference.docStatus"));
	}
	for (index, contained) in resource.contained.iter().enumerate() {
		if let Some(text) = cannot_be_left_out(contained, subject) {
			issues.push(wrong(&format!("DocumentReference.contained[{index}]"), text));
		}
	}
	issues
}

/// Reads a document. Its content is its own, or beside it.
pub(crate) fn of_resource(
	resource: DocumentReference,
	base: &str,
	beside: Beside<'_>,
) -> Result<NewDocument, Vec<Issue>> {
	let identifier = own_identifier(&resource);
	let mut issues = Vec::new();
	let mut note = |issue: Issue| {
		issues.push(issue);
	};
	let subject = subject(resource.subject.as_ref(), base, SUBJECT).map_err(&mut note).ok();
	let category = category(&resource.category).map_err(&mut note).ok();
	let label = confidentiality(&resource.security_label).map_err(&mut note).ok();
	lost(&resource, subject.as_ref()).into_iter().for_each(&mut note);
	let content = resource.content.into_iter().next();
	let attachment = content.and_then(|content| content.attachment);
	let Some(attachment) = attachment else {
		note(required(ATTACHMENT, "an attachment with the data"));
		return Err(issues);
	};
	let source = match Source::of(&attachment, base, beside) {
		Ok(source) => source,
		Err(issue) => {
			note(issue);
			return Err(issues);
		}
	};
	let media_type = source.media_type(&attachment).map_err(&mut note).ok().flatten();
	let hash = hash_of(&attachment).map_err(&mut note).unwrap_or_default();
	let is_elsewhere = source.is_elsewhere();
	let Source { upload, file, carried } = source;
	let data = data_of(&attachment, carried.as_ref(), is_elsewhere).map_err(&mut note).ok();
	let here = data.as_deref().filter(|_| !is_elsewhere);
	let size = size_of(&attachment, here).map_err(&mut note).ok().flatten();
	let title = text(&attachment.title).or(text(&resource.description)).map(str::to_owned);
	match (subject, category, label, data) {
		(Some(subject), Some(category), Some(confidentiality), Some(data)) if issues.is_empty() => {
			let id = resource.id;
			Ok(NewDocument {
				subject,
				category,
				confidentiality,
				media_type,
				title,
				data,
				upload,
				file,
				size,
				hash,
				id,
				identifier,
			})
		}
		_ => Err(issues),
	}
}

/// Returns why a resource within a document cannot be left out, if so. The server keeps no
/// descriptions of people. MHD's sources contain descriptions of the author and of the patient at
/// the source, so these are left out.
pub(crate) fn cannot_be_left_out(
	contained: &Resource,
	subject: Option<&Subject>,
) -> Option<&'static str> {
	match contained {
		Resource::Patient(patient) if subject.is_some_and(|one| is_other(patient, one)) => {
			Some("this patient is not the subject; check whose document it is")
		}
		Resource::Patient(_)
		| Resource::Practitioner(_)
		| Resource::PractitionerRole(_)
		| Resource::Organization(_)
		| Resource::Device(_)
		| Resource::RelatedPerson(_) => None,
		_ => Some("of contained resources, only people, organisations and devices can be left out"),
	}
}

/// Returns whether the description of a patient has an identifier of the subject's system, and none
/// has the subject's value.
fn is_other(patient: &Patient, subject: &Subject) -> bool {
	let account = format!("{BASE}/account");
	let (system, value) = match subject {
		Subject::Id(id) => (account.as_str(), id.as_str()),
		Subject::Identifier { system, value } => (system.as_str(), value.as_str()),
	};
	let all = patient.identifier.iter();
	let mut named = all.filter(|one| text(&one.system) == Some(system)).peekable();
	named.peek().is_some() && named.all(|one| text(&one.value) != Some(value))
}

/// Returns whether a reference can be to a resource of this type: it says no type, or this one, by
/// its name or by the address of its definition.
pub(crate) fn can_be(named: &Reference, kind: &str) -> bool {
	let given = text(&named.type_);
	given.is_none_or(|given| given.strip_prefix(DEFINITIONS).unwrap_or(given) == kind)
}

/// Start of the addresses of FHIR's own definitions.
const DEFINITIONS: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Path of the patient of a document.
pub const SUBJECT: &str = "DocumentReference.subject";

/// Reads the patient whom the element at a path names.
pub(crate) fn subject(
	subject: Option<&Reference>,
	base: &str,
	path: &str,
) -> Result<Subject, Issue> {
	let subject = subject.ok_or_else(|| required(path, "the patient"))?;
	if !can_be(subject, "Patient") {
		return Err(wrong(&format!("{path}.type"), "the type is wrong; give Patient"));
	}
	if let Some(reference) = text(&subject.reference) {
		if subject.identifier.is_some() {
			// The two could name different patients.
			return Err(wrong(path, "give a reference or an identifier, not both"));
		}
		let own = reference.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
		return match own.unwrap_or(reference).strip_prefix("Patient/") {
			Some(id) if crate::id::is_valid(id) => Ok(Subject::Id(id.to_owned())),
			_ => Err(wrong(&format!("{path}.reference"), "give Patient/ and an id")),
		};
	}
	let identifier = subject.identifier.as_ref();
	if identifier.is_some_and(|one| is_old(one)) {
		let text = "the identifier is no longer in use; give one that is";
		return Err(wrong(&format!("{path}.identifier.use"), text));
	}
	let value = identifier.and_then(|one| text(&one.value));
	let value = value.ok_or_else(|| required(path, "a reference or an identifier"))?;
	let system = identifier.and_then(|one| text(&one.system)).unwrap_or_default();
	Ok(Subject::Identifier { system: system.to_owned(), value: value.to_owned() })
}

fn category(concepts: &[CodeableConcept]) -> Result<Category, Issue> {
	const CATEGORY: &str = "DocumentReference.category";
	let codings = concepts.iter().flat_map(|concept| &concept.coding);
	let mut found: Vec<_> = codings
		.filter_map(|coding| category_of(Some(text(&coding.system)?), text(&coding.code)?))
		.collect();
	found.dedup();
	match found[..] {
		[category] => Ok(category),
		[] if concepts.is_empty() => Err(required(CATEGORY, &category_codes())),
		[] => {
			Err(wrong(CATEGORY, format!("this is not a category here; give {}", category_codes())))
		}
		_ => Err(wrong(CATEGORY, "these are codes of several categories; give one")),
	}
}

fn confidentiality(labels: &[CodeableConcept]) -> Result<Confidentiality, Issue> {
	const LABEL: &str = "DocumentReference.securityLabel";
	if labels.iter().any(|label| label.coding.is_empty()) {
		return Err(wrong(LABEL, "a label has no code; give it one"));
	}
	let codings = labels.iter().flat_map(|label| &label.coding);
	let levels = codings.map(|coding| {
		let is_known = text(&coding.system) == Some(CONFIDENTIALITY);
		let level = text(&coding.code).filter(|_| is_known).and_then(confidentiality_of);
		// A label that is not understood may ask for more than normal care.
		level.ok_or_else(|| {
			let text = format!("this server understands only N, R and V of {CONFIDENTIALITY}");
			wrong(LABEL, text)
		})
	});
	// The most confidential one counts.
	let levels: Vec<_> = levels.collect::<Result<_, _>>()?;
	Ok(levels.into_iter().max().unwrap_or_default())
}

#[cfg(test)]
mod tests;
