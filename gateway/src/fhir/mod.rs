//! The interactions of FHIR, over the chain.

mod audit;
pub(crate) mod binary;
pub(crate) mod consent;
pub(crate) mod document;
pub(crate) mod member;
mod provenance;
mod query;
pub(crate) mod subscription;
pub(crate) mod task;

pub(crate) use audit::read_entries;
pub(crate) use query::{no_conditions, Query};

use axum::{
	http::{header, HeaderValue, StatusCode},
	response::Response,
};
use salus_client::{parse_account, Account, Error, View};
use salus_fhir::{
	bundle::{Found, Page},
	capability::{self, Resource},
	code::BASE,
	incoming::Subject,
	outcome::{Issue, IssueKind},
	search::{self, Criterion, Handling, Value as SearchValue},
};
use salus_hl7::is_legible;
use serde_json::Value;

use crate::{
	app::Gateway,
	auth::{scope::Act, Access},
	fault::{Answer, Fault, UNKNOWN_PATIENT},
	identifiers::{Identifier, Identifiers},
	paging::{self, Position},
};

/// A match of a search, in its order.
pub(crate) struct Match {
	/// Id and version, which tell whether the matches of the next page are the same.
	pub(crate) id: String,
	pub(crate) version: u32,
	pub(crate) resource: Matched,
}

/// Resource of a match. Only one page of them is sent, so what costs time is built then.
pub(crate) enum Matched {
	Built(Value),
	Later(Box<dyn FnOnce() -> Answer<Found> + Send>),
	/// An entry of an access log. [`read_entries`] makes it a resource.
	Entry(audit::Unread),
}

impl Matched {
	pub(crate) fn build(self) -> Answer<Found> {
		match self {
			Self::Built(resource) => Ok(Found::Resource(resource)),
			Self::Later(build) => build(),
			Self::Entry(_) => Err(Fault::no_resource()),
		}
	}
}

/// Subject of a search.
#[derive(Clone, Copy)]
pub(crate) enum Searched<'a> {
	/// All resources of a type.
	Type(&'a Resource),
	/// Everything of the patient with this id.
	Everything(&'a str),
	/// The versions of the document with this id.
	History(&'a str),
}

impl Searched<'_> {
	/// Returns the part of the address before the parameters.
	fn path(self) -> String {
		match self {
			Self::Type(resource) => resource.name.to_owned(),
			Self::Everything(id) => format!("Patient/{id}/$everything"),
			Self::History(id) => format!("DocumentReference/{id}/_history"),
		}
	}
}

/// Searches, and returns a Bundle in JSON.
pub(crate) async fn search(
	gateway: &Gateway,
	access: &Access,
	searched: Searched<'_>,
	query: Query,
) -> Answer<String> {
	let (path, holder) = (searched.path(), paging::holder(access));
	let position = match query.page()? {
		Some(link) => Some(gateway.links.position(&link)?),
		None => None,
	};
	let (pairs, from, expected) = match position {
		Some(position) => {
			if position.holder != holder || position.path != path {
				return Err(paging::over());
			}
			(position.pairs, position.from, Some(position.matches))
		}
		None => (query.pairs, 0, None),
	};
	let (parsed, matches) = matches_of(gateway, access, searched, &pairs, query.handling).await?;
	let digest = paging::digest_of(matches.iter().map(|one| (one.id.as_bytes(), one.version)));
	if expected.is_some_and(|expected| expected != digest) {
		return Err(paging::over());
	}
	let total = matches.len();
	let count = parsed.page() as usize;
	let to = from.saturating_add(count).min(total);
	let position = |from: usize| Position {
		path: path.clone(),
		holder,
		pairs: parsed.used.clone(),
		from,
		matches: digest,
	};
	let this = match from {
		0 => query::encoded(&parsed.used),
		from => gateway.links.to(&position(from))?,
	};
	let has_next = to < total && count > 0;
	let next = has_next.then(|| gateway.links.to(&position(to))).transpose()?;
	let shown = if parsed.is_count() { 0 } else { to.saturating_sub(from) };
	let mut shown: Vec<_> = matches.into_iter().skip(from).take(shown).collect();
	read_entries(gateway, &mut shown).await?;
	let page = Page {
		base: &gateway.base(),
		path: &path,
		total,
		matches: shown.into_iter().map(|one| one.resource.build()).collect::<Answer<_>>()?,
		this,
		next,
	};
	Ok(match searched {
		Searched::History(_) => page.history(&parsed)?,
		Searched::Type(_) | Searched::Everything(_) => page.searchset(&parsed)?,
	})
}

/// Reads the parameters of a search, and returns them with all of its matches.
async fn matches_of(
	gateway: &Gateway,
	access: &Access,
	searched: Searched<'_>,
	pairs: &[(String, String)],
	handling: Handling,
) -> Answer<(search::Query, Vec<Match>)> {
	let base = gateway.base();
	match searched {
		Searched::Type(resource) => {
			let parsed = search::Query::parse(resource, pairs, handling, &base)?;
			let reported = gateway.client.reported();
			let matches = find(gateway, reported, access, resource.name, &parsed).await?;
			Ok((parsed, matches))
		}
		Searched::Everything(id) => {
			let parsed = search::Query::parse(&capability::EVERYTHING, pairs, handling, &base)?;
			Ok((parsed, everything(gateway, access, id).await?))
		}
		Searched::History(id) => {
			let parsed = search::Query::of_history(pairs)?;
			let matches = document::versions(gateway, access, id, &parsed).await?;
			Ok((parsed, matches))
		}
	}
}

/// Returns all matches of a search, as a view of the chain has them.
async fn find(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	name: &str,
	query: &search::Query,
) -> Answer<Vec<Match>> {
	match name {
		"DocumentReference" => document::find(gateway, view, access, query).await,
		"Consent" => consent::find(gateway, view, access, query).await,
		"Provenance" => provenance::find(view, access, query).await,
		"AuditEvent" => audit::find(gateway, view, access, query).await,
		"Subscription" => subscription::find(gateway, access, query),
		"Task" => task::find(gateway, access, query).await,
		_ => member::find(gateway, access, name, query).await,
	}
}

/// Returns everything about a patient, for the patient's own client: the resources of each type
/// that the token covers.
async fn everything(gateway: &Gateway, access: &Access, id: &str) -> Answer<Vec<Match>> {
	let account = account(id).ok_or_else(Fault::not_found)?;
	if !is_own(gateway.client.now(), access, &account).await? {
		return Err(Fault::not_found());
	}
	let view = gateway.client.reported();
	let patient = member::read(gateway, access, "Patient", id).await?;
	let mut all = vec![Match { id: id.to_owned(), version: 0, resource: Matched::Built(patient) }];
	for name in ["DocumentReference", "Provenance", "Consent", "AuditEvent"] {
		if !access.scopes.allow(name, Act::Search) {
			continue;
		}
		all.extend(match name {
			"Provenance" => {
				let documents = all_of(gateway, view, access, "DocumentReference", id).await?;
				let ids: Vec<_> = documents.into_iter().map(|one| one.id).collect();
				provenance::of_documents(view, access, &ids).await?
			}
			_ => all_of(gateway, view, access, name, id).await?,
		});
	}
	Ok(all)
}

/// Returns the resources of a type that a search for a patient's finds.
async fn all_of(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	name: &str,
	patient: &str,
) -> Answer<Vec<Match>> {
	let Some(resource) = capability::resource(name) else { return Ok(Vec::new()) };
	let of_patient = [("patient".to_owned(), patient.to_owned())];
	let base = gateway.base();
	let query = search::Query::parse(resource, &of_patient, Handling::Strict, &base)?;
	find(gateway, view, access, name, &query).await
}

/// Reads one resource, or one version of it.
pub(crate) async fn read(
	gateway: &Gateway,
	access: &Access,
	name: &str,
	id: &str,
	version: Option<u32>,
) -> Answer<Value> {
	match name {
		"DocumentReference" => document::read(gateway, access, id, version).await,
		"Consent" => consent::read(gateway, access, id).await,
		"Provenance" => provenance::read(gateway, access, id).await,
		"AuditEvent" => audit::read(gateway, access, id).await,
		"Subscription" => subscription::read(gateway, access, id),
		"Task" => task::read(gateway, access, id).await,
		_ => member::read(gateway, access, name, id).await,
	}
}

/// Returns whether a client is the patient's own: of their account, or of the one that acts for
/// them after a recovery.
async fn is_own(view: View<'_>, access: &Access, patient: &Account) -> Answer<bool> {
	let me = access.client.signer.account();
	if me == *patient {
		// A key from before a recovery may be in other hands.
		return Ok(view.successor(&me).await.map_err(Error::from)?.is_none());
	}
	Ok(view.acts_for(&me).await.map_err(Error::from)? == Some(*patient))
}

/// Returns the patient that a search names; `None` if there is no such patient.
async fn patient_of(
	gateway: &Gateway,
	access: &Access,
	query: &search::Query,
) -> Answer<Option<Account>> {
	let named = query.criteria.iter().filter(|one| names_patient(one));
	let [value] = named.flat_map(|one| &one.values).collect::<Vec<_>>()[..] else {
		let text = "the search must name exactly one patient; give patient or patient.identifier";
		let issue = Issue::error(IssueKind::Required, "patient-required", text).at("patient");
		return Err(issue.into());
	};
	Ok(match value {
		SearchValue::Reference { resource, id } => {
			let is_patient = resource.as_ref().is_none_or(|resource| resource == "Patient");
			is_patient.then(|| account(id)).flatten()
		}
		SearchValue::Token { system, code: Some(code) } => {
			sought(gateway, access, system.as_deref(), code, "patient.identifier").await?
		}
		_ => None,
	})
}

/// Returns whether a criterion names the patient whose resources are searched.
fn names_patient(criterion: &Criterion) -> bool {
	["patient", "patient.identifier"].contains(&criterion.name) && criterion.modifier.is_none()
}

/// Returns a search without its patient. Only that patient's resources are searched.
fn of_patient(query: &search::Query) -> search::Query {
	let mut query = query.clone();
	query.criteria.retain(|one| !names_patient(one));
	query
}

/// Returns the patient whom the element at a path names, or the issue if there is none.
pub(crate) async fn subject(
	gateway: &Gateway,
	access: &Access,
	subject: &Subject,
	path: &str,
) -> Answer<Result<Account, Issue>> {
	let found = match subject {
		Subject::Id(id) => account(id),
		Subject::Identifier { system, value } => {
			identified(gateway, access, Some(system), value).await?
		}
	};
	Ok(found.ok_or_else(|| {
		Issue::error(IssueKind::NotFound, "unknown-patient", UNKNOWN_PATIENT).at(path)
	}))
}

/// Returns the hospital's own identifiers, for a client that is of its staff: they say who a
/// patient is.
pub(crate) async fn kept_for<'a>(
	gateway: &'a Gateway,
	access: &Access,
) -> Answer<Option<&'a Identifiers>> {
	match &gateway.identifiers {
		Some(kept) if member::works_here(gateway, access).await? => Ok(Some(kept)),
		_ => Ok(None),
	}
}

/// Returns the account with an identifier: an account, or one that the hospital gave. Without a
/// system, it is an account.
async fn identified(
	gateway: &Gateway,
	access: &Access,
	system: Option<&str>,
	value: &str,
) -> Answer<Option<Account>> {
	let Some(system) = system.filter(|system| *system != format!("{BASE}/account")) else {
		return Ok(account(value));
	};
	let Some(kept) = kept_for(gateway, access).await? else { return Ok(None) };
	let identifier = Identifier { system: system.to_owned(), value: value.to_owned() };
	Ok(kept.account_of(&identifier).await?)
}

/// Returns the account with the identifier that a parameter of a search has. Refuses one that
/// nobody has and that could be taken for another.
async fn sought(
	gateway: &Gateway,
	access: &Access,
	system: Option<&str>,
	value: &str,
	parameter: &str,
) -> Answer<Option<Account>> {
	let found = identified(gateway, access, system, value).await?;
	match found.is_none() && !is_legible(value) {
		true => Err(member::illegible(parameter).into()),
		false => Ok(found),
	}
}

/// Returns the account of an id. Only an address in SS58 is one.
pub(crate) fn account(id: &str) -> Option<Account> {
	parse_account(id).ok().filter(|account| account.to_string() == id)
}

/// Adds the address of what was made, by its path, to the answer.
fn located(gateway: &Gateway, mut response: Response, path: &str) -> Response {
	if let Ok(location) = HeaderValue::from_str(&format!("{}/{path}", gateway.base())) {
		response.headers_mut().insert(header::LOCATION, location);
	}
	response
}

/// Returns the fault of a chain whose runtime lacks a read.
pub(crate) fn old_runtime() -> Fault {
	let text = "the chain's runtime is older than this gateway needs; have the council upgrade it";
	let status = StatusCode::SERVICE_UNAVAILABLE;
	Fault::new(status, IssueKind::Transient, "old-runtime", text)
}
