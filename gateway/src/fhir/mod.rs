//! The interactions of FHIR, over the chain.

mod audit;
pub(crate) mod binary;
pub(crate) mod document;
pub(crate) mod member;
mod query;

pub(crate) use query::Query;

use salus_client::{parse_account, Account};
use salus_fhir::{
	bundle::Page,
	capability::Resource,
	code::BASE,
	outcome::{Issue, IssueKind},
	search::{self, Value as SearchValue},
};
use serde_json::Value;

use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
	identifiers::Identifier,
	paging::{self, Position},
};

/// A match of a search, in its order.
pub(crate) struct Match {
	/// Id and version, which tell whether the matches of the next page are the same.
	pub(crate) id: String,
	pub(crate) version: u32,
	pub(crate) resource: Value,
}

/// Searches, and returns a Bundle.
pub(crate) async fn search(
	gateway: &Gateway,
	access: &Access,
	resource: &Resource,
	query: Query,
) -> Answer<Value> {
	let position = match query.page() {
		Some(link) => Some(gateway.links.position(link)?),
		None => None,
	};
	let (pairs, from, expected) = match position {
		Some(position) => {
			if position.client != access.client.id || position.resource != resource.name {
				return Err(paging::over());
			}
			(position.pairs, position.from, Some(position.matches))
		}
		None => (query.pairs, 0, None),
	};
	let parsed = search::Query::parse(resource, &pairs, query.handling)?;
	let matches = match resource.name {
		"DocumentReference" => document::find(gateway, access, &parsed).await?,
		"AuditEvent" => audit::find(gateway, access, &parsed).await?,
		_ => member::find(gateway, resource.name, &parsed).await?,
	};
	let digest = paging::digest_of(matches.iter().map(|one| (one.id.as_bytes(), one.version)));
	if expected.is_some_and(|expected| expected != digest) {
		return Err(paging::over());
	}
	let total = matches.len();
	let count = parsed.page() as usize;
	let to = from.saturating_add(count).min(total);
	let position = |from: usize| Position {
		resource: resource.name.to_owned(),
		client: access.client.id.clone(),
		pairs: parsed.used.clone(),
		from,
		matches: digest,
	};
	let this = match from {
		0 => query::encoded(&parsed.used),
		from => gateway.links.to(&position(from)),
	};
	let page = Page {
		base: &gateway.base(),
		resource: resource.name,
		total,
		matches: matches
			.into_iter()
			.skip(from)
			.take(to.saturating_sub(from))
			.map(|one| one.resource)
			.collect(),
		this,
		next: (to < total && count > 0).then(|| gateway.links.to(&position(to))),
	};
	Ok(page.searchset(&parsed))
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
		"AuditEvent" => audit::read(gateway, access, id).await,
		_ => member::read(gateway, name, id).await,
	}
}

/// Returns the patient that a search names; `None` if there is no such patient.
async fn patient_of(gateway: &Gateway, query: &search::Query) -> Answer<Option<Account>> {
	let named = [query.values("patient"), query.values("patient.identifier")];
	let [value] = named.into_iter().flatten().flatten().collect::<Vec<_>>()[..] else {
		let text = "name one patient, with patient or patient.identifier";
		let issue = Issue::error(IssueKind::Required, "patient-required", text).at("patient");
		return Err(issue.into());
	};
	Ok(match value {
		SearchValue::Reference { resource, id } => {
			let is_patient = resource.as_ref().is_none_or(|resource| resource == "Patient");
			is_patient.then(|| account(id)).flatten()
		}
		SearchValue::Token { system, code: Some(code) } => {
			identified(gateway, system.as_deref(), code).await?
		}
		_ => None,
	})
}

/// Returns a search without the identifier of its patient, which is known to be theirs. The
/// resources that are searched name the account.
fn of_patient(query: &search::Query) -> search::Query {
	let mut query = query.clone();
	query.criteria.retain(|one| one.name != "patient.identifier" || one.modifier.is_some());
	query
}

/// Returns the account with an identifier: an account, or one that the hospital gave. Without a
/// system, it is an account.
async fn identified(
	gateway: &Gateway,
	system: Option<&str>,
	value: &str,
) -> Answer<Option<Account>> {
	match (system, &gateway.identifiers) {
		(None, _) => Ok(account(value)),
		(Some(system), _) if system == format!("{BASE}/account") => Ok(account(value)),
		(Some(_), None) => Ok(None),
		(Some(system), Some(kept)) => {
			let identifier = Identifier { system: system.to_owned(), value: value.to_owned() };
			Ok(kept.account_of(&identifier).await?)
		}
	}
}

/// Returns the account of an id: an address in SS58 alone.
fn account(id: &str) -> Option<Account> {
	parse_account(id).ok().filter(|account| account.to_string() == id)
}

/// Returns the fault of a chain whose runtime lacks a read.
fn old_runtime() -> Fault {
	let text = "the chain's runtime is older than this gateway needs; the council upgrades it";
	let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
	Fault::new(status, IssueKind::Transient, "old-runtime", text)
}
