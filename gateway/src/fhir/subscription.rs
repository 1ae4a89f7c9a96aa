//! Subscription: the changes that a client wants to be notified of.

use std::collections::HashSet;

use axum::{
	http::StatusCode,
	response::{IntoResponse, Response},
};
use salus_client::View;
use salus_fhir::{
	capability, code, id,
	outcome::{Issue, IssueKind},
	search::{Criterion, Handling, Query, Summary, Value},
	subscription::{self, Kind, Status, Subscription},
};
use serde_json::Value as Json;
use tokio::task::block_in_place;

use super::{account, find as find_of, located, patient_of, query, Match, Matched};
use crate::{
	app::{self, Gateway},
	auth::{scope::Act, Access},
	fault::{Answer, Fault},
	share,
	subscriptions::{self, Kept, MOST_EVENTS},
};

/// Maximum number of subscriptions of a client.
const MOST: usize = 64;

/// Element that has the search.
const FILTER: &str = "Subscription.criteria.extension";

/// Returns the matches of a filter, as a client finds them in a view of the chain.
pub(crate) async fn matches(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	resource: &str,
	filter: &str,
) -> Answer<Vec<Match>> {
	let query = parsed(gateway, resource, filter)?;
	find_of(gateway, view, access, resource, &query).await
}

/// Reads a filter.
fn parsed(gateway: &Gateway, resource: &str, filter: &str) -> Answer<Query> {
	let known = capability::resource(resource).ok_or_else(Fault::not_found)?;
	let pairs: Vec<_> = form_urlencoded::parse(filter.as_bytes()).into_owned().collect();
	let query = Query::parse(known, &pairs, Handling::Strict, &gateway.base())?;
	let is_of_results = !query.sort.is_empty()
		|| query.count.is_some()
		|| query.summary != Summary::False
		|| !query.elements.is_empty()
		|| query.used.len() != query.criteria.len();
	if is_of_results {
		let text = "a filter takes no search result parameters, such as _sort; leave them out";
		return Err(Issue::error(IssueKind::Value, "filter", text).at(FILTER).into());
	}
	Ok(query)
}

/// Returns whether all values of a criterion are words of the chain. Others cannot match, and could
/// say who a patient is, so they are not kept. The patient is kept as the account.
fn is_of_chain(criterion: &Criterion) -> bool {
	let is_known = |value: &Value| match (criterion.name, value) {
		("patient" | "patient.identifier", _) | (_, Value::Date(..) | Value::Flag(_)) => true,
		("_id", Value::Token { system: None, code: Some(code) }) => {
			let is_consent =
				id::parse_consent(code).is_some_and(|(patient, _)| account(patient).is_some());
			let is_entry = code.rsplit_once('-').is_some_and(|(patient, number)| {
				account(patient).is_some() && id::parse_number(number).is_some()
			});
			id::parse_document(code).is_some() || is_consent || is_entry
		}
		(name, Value::Token { system, code: Some(code) }) => {
			code::is_known(name, system.as_deref(), code)
		}
		(_, Value::Token { .. }) => false,
		(_, Value::Reference { resource, id }) => {
			let of = resource.as_deref().unwrap_or("Organization");
			let is_type = ["Organization", "Practitioner"].contains(&of);
			is_type && (id::parse_number(id).is_some() || account(id).is_some())
		}
	};
	criterion.values.iter().all(is_known)
}

/// Refuses a filter that does not name its patient exactly once, or whose values could say who the
/// patient is.
fn check(query: &Query) -> Answer<()> {
	let mut about = query.criteria.iter().filter(|one| one.name.starts_with("patient"));
	let is_plain = about.next().is_some_and(|one| one.modifier.is_none());
	if !is_plain || about.next().is_some() {
		let text = "a filter names its patient once, without a modifier";
		return Err(Issue::error(IssueKind::Value, "filter", text).at(FILTER).into());
	}
	if !query.criteria.iter().all(is_of_chain) {
		let text = "the chain has no such value, so nothing can match; give codes of this server, \
		            and ids of accounts, organisations or resources";
		return Err(Issue::error(IssueKind::Value, "filter", text).at(FILTER).into());
	}
	Ok(())
}

/// Refuses a token that does not permit a search of this type.
fn may_search(access: &Access, resource: &str) -> Answer<()> {
	if access.scopes.allow(resource, Act::Search) {
		return Ok(());
	}
	Err(Fault::scope(resource, Act::Search))
}

/// Makes a subscription.
pub(crate) async fn create(gateway: &Gateway, access: &Access, body: &str) -> Answer<Response> {
	let mut terms = subscription::read(body).map_err(Fault::bad)?;
	let resource = terms.topic.resource;
	may_search(access, resource)?;
	if !access.client.endpoints.contains_key(&terms.endpoint) {
		let text =
			"the configuration does not have this endpoint for this client; give one that it \
		            has, exactly, or have the operator add it";
		let issue = Issue::error(IssueKind::BusinessRule, "endpoint", text);
		return Err(issue.at("Subscription.channel.endpoint").into());
	}
	let now = subscriptions::now();
	if terms.end.is_some_and(|end| end <= now) {
		let issue = Issue::error(IssueKind::Value, "over", "this is in the past; give a later end");
		return Err(issue.at("Subscription.end").into());
	}
	let query = parsed(gateway, resource, &terms.filter)?;
	let patient = patient_of(gateway, access, &query).await?.ok_or_else(|| {
		let text = "no patient has this id or identifier; check it, or have the patient enrolled";
		Issue::error(IssueKind::NotFound, "unknown-patient", text).at(FILTER)
	})?;
	check(&query)?;
	// The hospital's own identifiers stay where they are sealed.
	let others = query.used.iter().filter(|(name, _)| !name.starts_with("patient"));
	let of_patient = ("patient".to_owned(), format!("Patient/{patient}"));
	terms.filter =
		query::encoded(&std::iter::once(of_patient).chain(others.cloned()).collect::<Vec<_>>());

	let view = subscriptions::settled(gateway).await?;
	let (searched, known) = ((resource, &*terms.filter), HashSet::new());
	let seen = subscriptions::seen(gateway, view, access, searched, now, &known).await?;
	let id = new_id()?;
	let status = Status::Requested;
	let kept = Kept {
		subscription: Subscription { id: id.clone(), terms, status, fault: None, made: now },
		client: access.client.id.clone(),
		account: access.client.signer.account(),
		purpose: access.purpose,
		is_greeted: false,
		delivered: 0,
		last: 0,
		barred: None,
	};
	let added = block_in_place(|| gateway.subscriptions.add(&kept, &seen, MOST));
	if !added.map_err(Fault::of_store)? {
		let text = format!("a client has at most {MOST} subscriptions; delete one");
		return Err(Issue::error(IssueKind::BusinessRule, "too-many", text).into());
	}
	let response = app::resource(StatusCode::CREATED, &kept.subscription.resource());
	Ok(located(gateway, response, &format!("Subscription/{id}")))
}

/// Returns an id that nobody guesses: a UUID of version 4.
fn new_id() -> Answer<String> {
	let mut bytes = share::random()?;
	let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
	*version = (*version & 0x0f) | 0x40;
	*variant = (*variant & 0x3f) | 0x80;
	let digits = hex::encode(bytes);
	let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part));
	Ok(parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
}

fn all_of(gateway: &Gateway, access: &Access) -> Answer<Vec<Kept>> {
	let client = Some(access.client.id.as_str());
	block_in_place(|| gateway.subscriptions.all(client, subscriptions::now()))
		.map_err(Fault::of_store)
}

fn one(gateway: &Gateway, access: &Access, id: &str) -> Answer<Kept> {
	let mut all = all_of(gateway, access)?.into_iter();
	all.find(|one| one.subscription.id == id).ok_or_else(Fault::not_found)
}

pub(super) fn find(gateway: &Gateway, access: &Access, query: &Query) -> Answer<Vec<Match>> {
	let mut found: Vec<_> =
		all_of(gateway, access)?.into_iter().map(|one| one.subscription).collect();
	found.retain(|one| query.matches(one));
	found.sort_by(|one, other| query.compare(one, other));
	let matches = found.into_iter().map(|one| Match {
		version: u32::from(one.status == Status::Error),
		resource: Matched::Built(one.resource()),
		id: one.id,
	});
	Ok(matches.collect())
}

pub(super) fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Json> {
	Ok(one(gateway, access, id)?.subscription.resource())
}

/// Ends a subscription.
pub(crate) fn delete(gateway: &Gateway, access: &Access, id: &str) -> Answer<Response> {
	let removed = block_in_place(|| gateway.subscriptions.remove(&access.client.id, id));
	match removed.map_err(Fault::of_store)? {
		true => Ok(StatusCode::NO_CONTENT.into_response()),
		false => Err(Fault::not_found()),
	}
}

/// Returns the state of a subscription.
pub(crate) fn status(gateway: &Gateway, access: &Access, id: &str) -> Answer<Json> {
	let kept = one(gateway, access, id)?;
	Ok(kept.subscription.status(&gateway.base(), kept.last))
}

/// Returns the events of a subscription in a range of numbers, at most a hundred.
pub(crate) async fn events(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	pairs: &[(String, String)],
) -> Answer<Json> {
	let kept = one(gateway, access, id)?;
	// Events name resources.
	may_search(access, kept.subscription.terms.topic.resource)?;
	if access.purpose != kept.purpose {
		let text = "the subscription has another purpose of use; get a token for that one";
		return Err(Fault::new(StatusCode::FORBIDDEN, IssueKind::Forbidden, "purpose", text));
	}
	subscriptions::awake(&gateway.auth, &kept)?;
	let (mut from, mut until) = (1, kept.last);
	for (name, text) in pairs {
		let number = text.parse::<u64>().map_err(|_| {
			let issue = Issue::error(IssueKind::Value, "bad-value", "give the number of an event");
			issue.at(name.chars().take(64).collect::<String>())
		});
		match name.as_str() {
			"eventsSinceNumber" => from = number?,
			"eventsUntilNumber" => until = number?,
			_ => {
				let text =
					"$events takes only eventsSinceNumber and eventsUntilNumber; leave it out";
				return Err(Issue::error(IssueKind::NotSupported, "unknown-parameter", text).into());
			}
		}
	}
	let found = block_in_place(|| {
		gateway.subscriptions.events(&kept.subscription.id, from, until, MOST_EVENTS)
	});
	let found = found.map_err(Fault::of_store)?;
	let bundle = subscriptions::bundle(gateway, access, &kept, Kind::QueryEvents, &found).await;
	bundle.map_err(|fault| match fault.is_not_found() {
		true => subscriptions::resting(subscriptions::NOT_SEEN),
		false => fault,
	})
}
