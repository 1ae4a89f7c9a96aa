//! DocumentReference: records and their versions.

mod content;

pub(crate) use content::{sha256, Content};

use std::sync::Arc;

use axum::{
	http::StatusCode,
	response::{IntoResponse, Response},
};
use salus_client::{
	primitives::{
		Action, Category, Confidentiality, PatientQuestion, Question, RecordDetails, RecordEntry,
		RecordId, VersionDetails,
	},
	Account, Added, Error, Filing, Mode, NewFile, Progress, Revision, View,
};
use salus_fhir::{
	bundle::Found,
	document::{can_have, Document},
	id,
	incoming::{self, NewDocument, Subject},
	outcome::{Issue, IssueKind},
	search::{Query, Value as SearchValue},
	transaction::{self, Provided, Saved, Transaction},
};
use serde_json::Value;
use tokio::task::block_in_place;

use super::{is_own, located, of_patient, patient_of, subject, Match, Matched};
use crate::{
	app::{self, Gateway},
	auth::Access,
	decisions,
	fault::{Answer, Fault},
};

/// Returns the matches among the records of a patient that the client may open.
pub(super) async fn find(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	query: &Query,
) -> Answer<Vec<Match>> {
	check_identifiers(query)?;
	let Some(patient) = patient_of(gateway, access, query).await? else { return Ok(Vec::new()) };
	let query = &of_patient(query);
	let question = PatientQuestion {
		reader: access.client.signer.account(),
		patient,
		purpose: access.purpose,
		action: Action::Read,
	};
	let permitted = match view.is_of_best() {
		// The server keeps these decisions.
		true => gateway.decisions.permitted(&gateway.client, &question).await?,
		false => decisions::permitted_in(view, &question).await?,
	};
	let mut found: Vec<_> =
		permitted.documents().filter(|(_, document)| query.matches(document)).collect();
	// Newest first, unless the client says otherwise.
	found.sort_by(|(_, one), (_, other)| {
		query.compare(one, other).then_with(|| other.registered().cmp(&one.registered()))
	});
	let base: Arc<str> = gateway.base().into();
	let matches = found.iter().map(|(index, document)| {
		let (base, permitted, index) = (base.clone(), permitted.clone(), *index);
		let (id, version) = (document.id(), document.number());
		let path = format!("DocumentReference/{id}");
		let text = move || -> Answer<Found> {
			Ok(Found::Text { path, text: permitted.text(index, &base)? })
		};
		Match { id, version, resource: Matched::Later(Box::new(text)) }
	});
	Ok(matches.collect())
}

/// Refuses a search by an identifier that no document can have. A client could take its empty
/// answer for a sign that it has not added the document.
fn check_identifiers(query: &Query) -> Answer<()> {
	let named = query.criteria.iter().filter(|one| one.name == "identifier");
	// `:missing` has no identifier.
	let is_of_chain =
		|value: &SearchValue| matches!(value, SearchValue::Flag(_)) || can_have(value);
	if named.flat_map(|one| &one.values).all(is_of_chain) {
		return Ok(());
	}
	let text = "documents are found by the number of the record and the address of the content; \
	            the server keeps no other identifiers, so add a document once with If-None-Exist";
	let issue = Issue::error(IssueKind::NotSupported, "unknown-identifier", text);
	Err(issue.at("identifier").into())
}

/// Returns a record that is not erased. Only its patient's own client learns that it was.
pub(super) async fn live(
	gateway: &Gateway,
	access: &Access,
	record: &RecordId,
) -> Answer<RecordDetails<Account>> {
	live_in(gateway.client.now(), access, record).await
}

/// Returns a record that is not erased in a view of the chain.
async fn live_in(
	view: View<'_>,
	access: &Access,
	record: &RecordId,
) -> Answer<RecordDetails<Account>> {
	let details = view.record(record).await.map_err(Error::from)?;
	let details = details.ok_or_else(Fault::not_found)?;
	match &details.entry {
		RecordEntry::Erased(tombstone) => match is_own(view, access, &tombstone.patient).await? {
			true => Err(Error::Erased(*record).into()),
			false => Err(Fault::not_found()),
		},
		RecordEntry::Live(_) => Ok(details),
	}
}

/// Returns a record that the client may open in a view of the chain.
pub(super) async fn permitted(
	view: View<'_>,
	access: &Access,
	id: &str,
	version: Option<u32>,
) -> Answer<RecordDetails<Account>> {
	let record = id::parse_document(id).ok_or_else(Fault::not_found)?;
	let details = live_in(view, access, &record).await?;
	let question = Question {
		reader: access.client.signer.account(),
		record,
		version,
		purpose: access.purpose,
		action: Action::Read,
	};
	let decision = view.decide(&question).await.map_err(Error::from)?;
	match decision.is_permit() {
		true => Ok(details),
		false => Err(Fault::not_found()),
	}
}

pub(super) async fn read(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	version: Option<u32>,
) -> Answer<Value> {
	let details = permitted(gateway.client.now(), access, id, version).await?;
	let document = match version {
		Some(version) => Document::version(&details, version),
		None => Document::latest(&details),
	};
	Ok(document.ok_or_else(Fault::not_found)?.resource(&gateway.base()))
}

/// Returns the versions that a history has and that the client may open, newest first.
pub(super) async fn versions(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	query: &Query,
) -> Answer<Vec<Match>> {
	// A list, and so the node's word: each version takes a decision.
	let view = gateway.client.reported();
	let details = permitted(view, access, id, None).await?;
	let base = gateway.base();
	let mut found = Vec::new();
	for one in details.versions.iter().rev() {
		if !query.reaches(one.info.registered) {
			continue;
		}
		// A grant can cover some versions only.
		match permitted(view, access, id, Some(one.version)).await {
			Ok(_) => {
				let document = Document::version(&details, one.version);
				found.extend(document.map(|document| Match {
					id: id.to_owned(),
					version: one.version,
					resource: Matched::Built(document.resource(&base)),
				}));
			}
			Err(fault) if fault.is_not_found() => {}
			Err(fault) => return Err(fault),
		}
	}
	Ok(found)
}

/// Adds a record. Under an identifier, adds it once.
pub(crate) async fn create(
	gateway: &Gateway,
	access: &Access,
	body: &str,
	identifier: Option<String>,
) -> Answer<Response> {
	let new = block_in_place(|| incoming::document(body, &gateway.base())).map_err(Fault::bad)?;
	let filing = filing(gateway, access, &new).await?.map_err(Fault::from)?;
	let contents = [Content::of(gateway, access, new, identifier)??];
	let added = add(gateway, access, &filing, &contents).await;
	let added = added.map_err(|fault| fault.of_patient(incoming::SUBJECT))?;
	contents.into_iter().for_each(Content::used);
	let added = added.first().ok_or_else(Fault::not_found)?;
	let status = if added.is_new { StatusCode::CREATED } else { StatusCode::OK };
	Ok(saved(gateway, status, &added.record, added.version).await)
}

/// Adds the documents of a Bundle, all or none.
pub(crate) async fn transaction(
	gateway: &Gateway,
	access: &Access,
	body: &str,
) -> Answer<Response> {
	let read = block_in_place(|| transaction::read(body, &gateway.base())).map_err(Fault::bad)?;
	let Transaction { documents, entries, others } = read;
	let first = documents.first().map_or(0, |one| one.entry);
	let mut shared: Option<Filing> = None;
	let mut contents = Vec::with_capacity(documents.len());
	for Provided { entry, new, identifier } in documents {
		let filing = filing(gateway, access, &new).await?;
		let filing = filing.map_err(|issue| transaction::within(issue, entry))?;
		if *shared.get_or_insert(filing) != filing {
			let text = "the documents of a transaction have one patient, category and \
			            confidentiality; send several";
			let issue = Issue::error(IssueKind::BusinessRule, "mixed", text);
			return Err(issue.at(format!("Bundle.entry[{entry}].resource")).into());
		}
		let is_taken = |one: &Content| identifier.is_some() && one.identifier == identifier;
		if contents.iter().any(is_taken) {
			let text = "another document of the transaction has this identifier";
			let issue = Issue::error(IssueKind::BusinessRule, "same-identifier", text);
			return Err(issue.at(format!("Bundle.entry[{entry}].request.ifNoneExist")).into());
		}
		let content = Content::of(gateway, access, new, identifier)?;
		contents.push(content.map_err(|issue| transaction::within(issue, entry))?);
	}
	let filing = shared.ok_or_else(Fault::not_found)?;
	for (entry, named) in &others {
		check_patient(gateway, access, *entry, named, &filing).await?;
	}
	let added = add(gateway, access, &filing, &contents).await;
	let of_first = format!("Bundle.entry[{first}].resource.subject");
	let added = added.map_err(|fault| fault.of_patient(&of_first))?;
	contents.into_iter().for_each(Content::used);
	let saved: Vec<_> = added
		.iter()
		.map(|one| Saved {
			id: id::document(&one.record),
			binary: id::binary(&one.record, one.version),
			version: one.version,
			is_new: one.is_new,
		})
		.collect();
	Ok(app::resource(StatusCode::OK, &transaction::response(&gateway.base(), &entries, &saved)))
}

/// Refuses a submission set whose patient is not the documents' patient.
async fn check_patient(
	gateway: &Gateway,
	access: &Access,
	entry: usize,
	named: &Subject,
	filing: &Filing,
) -> Answer<()> {
	let patient = subject(gateway, access, named, "List.subject").await?;
	let patient = patient.map_err(|issue| transaction::within(issue, entry))?;
	Ok(transaction::check_patient(&patient, &filing.patient, entry)?)
}

/// Returns where a document is to be filed, or the issue with its patient.
pub(crate) async fn filing(
	gateway: &Gateway,
	access: &Access,
	new: &NewDocument,
) -> Answer<Result<Filing, Issue>> {
	let patient = subject(gateway, access, &new.subject, incoming::SUBJECT).await?;
	Ok(patient.map(|patient| filed(gateway, patient, new.category, new.confidentiality)))
}

/// Returns where a patient's document is to be filed.
pub(crate) fn filed(
	gateway: &Gateway,
	patient: Account,
	category: Category,
	confidentiality: Confidentiality,
) -> Filing {
	Filing {
		patient,
		organisation: Some(gateway.config.organisation),
		category,
		confidentiality,
		mode: Mode::Guarded,
		// FHIR's rule: a client that sends a document twice has two.
		again: true,
	}
}

/// A version that was added, or that an identifier named before.
pub(crate) struct AddedDocument {
	pub(crate) record: RecordId,
	pub(crate) version: u32,
	is_new: bool,
}

/// A record that exists under an identifier.
pub(crate) struct Existing {
	pub(crate) record: RecordId,
	pub(crate) latest: VersionDetails<Account>,
}

/// Adds the documents that do not exist yet under their identifiers.
async fn add(
	gateway: &Gateway,
	access: &Access,
	filing: &Filing,
	contents: &[Content],
) -> Answer<Vec<AddedDocument>> {
	match add_missing(gateway, access, filing, contents).await {
		// Another request under the same identifier came first.
		Err(fault) if fault.code() == "added-meanwhile" => {
			add_missing(gateway, access, filing, contents).await
		}
		decided => decided,
	}
}

async fn add_missing(
	gateway: &Gateway,
	access: &Access,
	filing: &Filing,
	contents: &[Content],
) -> Answer<Vec<AddedDocument>> {
	let mut found = Vec::with_capacity(contents.len());
	// The client forgets the document because of the answer, so the node's word is not enough.
	let view = gateway.client.proven();
	for content in contents {
		let existing = match &content.identifier {
			Some(identifier) => existing(gateway, access, view, filing, identifier).await?,
			None => None,
		};
		found.push(existing.map(|Existing { record, latest }| AddedDocument {
			record,
			version: latest.version,
			is_new: false,
		}));
	}
	let new: Vec<_> = contents.iter().zip(&found).filter(|(_, found)| found.is_none()).collect();
	let files: Vec<_> = new.into_iter().map(|(content, _)| content.file()).collect();
	let mut added = add_files(gateway, access, filing, &files, Arc::new(())).await?.into_iter();
	let all = found.into_iter().map(|found| found.or_else(|| added.next()));
	all.collect::<Option<_>>().ok_or_else(Fault::not_found)
}

/// Adds files as documents.
pub(crate) async fn add_files(
	gateway: &Gateway,
	access: &Access,
	filing: &Filing,
	files: &[NewFile],
	progress: Arc<dyn Progress>,
) -> Answer<Vec<AddedDocument>> {
	if files.is_empty() {
		return Ok(Vec::new());
	}
	let Gateway { client, state, .. } = gateway;
	let added = client.add_records(&access.client.signer, state, filing, files, &progress).await?;
	state.settle(&added)?;
	let added = added.into_iter().map(|one| {
		let Added { record, version, .. } = one;
		AddedDocument { record, version, is_new: true }
	});
	Ok(added.collect())
}

/// Returns the record that this client added under an identifier, as a view of the chain has it.
pub(crate) async fn existing(
	gateway: &Gateway,
	access: &Access,
	view: View<'_>,
	filing: &Filing,
	identifier: &str,
) -> Answer<Option<Existing>> {
	let signer = &access.client.signer;
	let record = gateway.client.record_with_identifier(signer, &filing.patient, identifier)?;
	let details = view.record(&record).await.map_err(Error::from)?;
	let Some(RecordDetails { entry, versions, .. }) = details else { return Ok(None) };
	match entry {
		RecordEntry::Live(live) => {
			let latest = versions.into_iter().find(|one| one.version == live.latest);
			Ok(Some(Existing { record, latest: latest.ok_or_else(Fault::not_found)? }))
		}
		RecordEntry::Erased(_) => Err(Error::Erased(record).into()),
	}
}

/// Adds a version.
pub(crate) async fn update(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	expected: Option<&str>,
	body: &str,
) -> Answer<Response> {
	let record = id::parse_document(id).ok_or_else(Fault::not_found)?;
	let new = block_in_place(|| incoming::revision(body, &gateway.base(), &record));
	let new = new.map_err(Fault::bad)?;
	let Some(expected) = expected else {
		let text = "give If-Match with the version that this one replaces, such as W/\"1\"";
		let status = StatusCode::PRECONDITION_REQUIRED;
		return Err(Fault::new(status, IssueKind::Required, "if-match", text));
	};
	let details = live(gateway, access, &record).await?;
	let RecordEntry::Live(live) = &details.entry else { return Err(Fault::not_found()) };
	// A client that may neither read nor write the record learns nothing of it.
	let signer = access.client.signer.account();
	let organisation = gateway.config.organisation;
	let view = gateway.client.now();
	let may_write = view.may_write(&signer, organisation, &live.patient, live.category);
	if !may_write.await.map_err(Error::from)? {
		permitted(view, access, id, None).await?;
	}
	if format!("W/\"{}\"", live.latest) != expected.trim() {
		return Err(Error::OtherVersion(live.latest).into());
	}
	if subject(gateway, access, &new.subject, incoming::SUBJECT).await?? != live.patient {
		let text = "a record keeps its patient; add another record, and withdraw this one";
		let issue = Issue::error(IssueKind::BusinessRule, "other-patient", text);
		return Err(issue.at("DocumentReference.subject").into());
	}
	let differs = |path: &str, text: &str| {
		let issue = Issue::error(IssueKind::BusinessRule, "differs", text);
		Err(issue.at(format!("DocumentReference.{path}")).into())
	};
	if new.id.as_ref().is_some_and(|named| named != id) {
		return differs("id", "the id differs from that in the address; give the same one");
	}
	if new.category != live.category {
		return differs("category", "a record keeps its category; add another record");
	}
	if new.confidentiality != live.confidentiality {
		return differs("securityLabel", "a record keeps its confidentiality; add another record");
	}
	let content = Content::of(gateway, access, new, None)??;
	let file = content.file();
	let added = revise(gateway, access, record, live.latest, &file, Arc::new(())).await;
	let added = added.map_err(|fault| fault.of_patient(incoming::SUBJECT))?;
	content.used();
	Ok(saved(gateway, StatusCode::OK, &added.record, added.version).await)
}

/// Adds a file as the version of a record that follows a version.
pub(crate) async fn revise(
	gateway: &Gateway,
	access: &Access,
	record: RecordId,
	replaces: u32,
	file: &NewFile,
	progress: Arc<dyn Progress>,
) -> Answer<AddedDocument> {
	let revision = Revision {
		record,
		organisation: Some(gateway.config.organisation),
		mode: Mode::Guarded,
		replaces: Some(replaces),
		again: true,
	};
	let Gateway { client, state, .. } = gateway;
	let revising = client.revise_record(&access.client.signer, state, &revision, file, &progress);
	let added = revising.await?;
	state.settle(std::slice::from_ref(&added))?;
	let Added { record, version, .. } = added;
	Ok(AddedDocument { record, version, is_new: true })
}

/// Erases a record.
pub(crate) async fn delete(gateway: &Gateway, access: &Access, id: &str) -> Answer<Response> {
	let record = id::parse_document(id).ok_or_else(Fault::not_found)?;
	let details = live(gateway, access, &record).await?;
	let RecordEntry::Live(live) = &details.entry else { return Err(Fault::not_found()) };
	let view = gateway.client.now();
	if !is_own(view, access, &live.patient).await? {
		permitted(view, access, id, None).await?;
		let text = "only the patient's own client erases a record";
		let status = StatusCode::FORBIDDEN;
		return Err(Fault::new(status, IssueKind::Forbidden, "not-permitted", text));
	}
	gateway.client.erase(&access.client.signer, record).await?;
	Ok(StatusCode::NO_CONTENT.into_response())
}

/// Returns the answer to a create or update. It is a success whatever the node says now, because
/// the version is final: without the node, the answer has no body.
async fn saved(gateway: &Gateway, status: StatusCode, record: &RecordId, version: u32) -> Response {
	let details = gateway.client.now().record(record).await.ok().flatten();
	let document = details.as_ref().and_then(|details| Document::version(details, version));
	let response = match document {
		Some(document) => app::resource(status, &document.resource(&gateway.base())),
		None => app::versioned(status, version),
	};
	let id = id::document(record);
	located(gateway, response, &format!("DocumentReference/{id}/_history/{version}"))
}
