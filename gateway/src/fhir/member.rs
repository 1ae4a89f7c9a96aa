//! Patient, Practitioner, PractitionerRole and Organization.

use axum::{http::StatusCode, response::Response};
use salus_client::{
	primitives::{MemberInfo, Role},
	Account, Error, View,
};
use salus_fhir::{
	incoming,
	member::{patient, practitioner, practitioner_role, Found, Given, Organisation},
	outcome::{Issue, IssueKind},
	search::{Query, Value as SearchValue},
};
use serde_json::Value;

use super::{account, kept_for, sought, Match, Matched};
use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
	identifiers::{Identifier, Identifiers},
	subscriptions::now,
};

pub(super) async fn read(
	gateway: &Gateway,
	access: &Access,
	name: &str,
	id: &str,
) -> Answer<Value> {
	let view = gateway.client.now();
	let found = match name {
		"Patient" | "Practitioner" => match account(id) {
			Some(account) => person(gateway, view, access, name, &account).await?,
			None => None,
		},
		"PractitionerRole" => match id.rsplit_once('-').and_then(|(one, _)| account(one)) {
			Some(account) => {
				let held = memberships(view, &account).await?;
				let mut roles = held.iter().filter_map(|one| practitioner_role(account, one));
				roles.find(|one| one.get("id").and_then(Value::as_str) == Some(id))
			}
			None => None,
		},
		"Organization" => match salus_fhir::id::parse_number(id) {
			Some(number) => {
				let found = view.organisation(number).await.map_err(Error::from)?;
				found.map(|info| Organisation(&info).resource())
			}
			None => None,
		},
		_ => None,
	};
	found.ok_or_else(Fault::not_found)
}

pub(super) async fn memberships(view: View<'_>, account: &Account) -> Answer<Vec<MemberInfo>> {
	Ok(view.memberships(account).await.map_err(Error::from)?)
}

/// Returns the resource of a person; `None` if the account has no such role.
async fn person(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	name: &str,
	account: &Account,
) -> Answer<Option<Value>> {
	let held = memberships(view, account).await?;
	let kept = if name == "Patient" { kept_for(gateway, access).await? } else { None };
	let given = match kept {
		Some(kept) => {
			let (identifiers, version) = kept.of(account).await?;
			let pair = |Identifier { system, value }| (system, value);
			Given {
				identifiers: identifiers.into_iter().map(pair).collect(),
				version: Some(version),
			}
		}
		None => Given::default(),
	};
	Ok(match name {
		"Patient" => held
			.iter()
			.find(|one| one.role == Role::Patient)
			.map(|one| patient(account, one.live, one.member.organisation, &given)),
		_ => {
			let mut staff = held.iter().filter(|one| one.role != Role::Patient).peekable();
			staff.peek().is_some().then(|| practitioner(account, staff.any(|one| one.live)))
		}
	})
}

pub(super) async fn find(
	gateway: &Gateway,
	access: &Access,
	name: &str,
	query: &Query,
) -> Answer<Vec<Match>> {
	match name {
		"Organization" => organisations(gateway, query).await,
		"PractitionerRole" => roles(gateway, query).await,
		_ => people(gateway, access, name, query).await,
	}
}

fn matched(resource: Value) -> Match {
	let id = resource.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
	Match { id, version: 0, resource: Matched::Built(resource) }
}

/// Returns the resources that match all criteria, in order.
fn matching(mut found: Vec<Found>, query: &Query) -> Vec<Match> {
	found.retain(|one| query.matches(one));
	found.sort_by(|one, other| query.compare(one, other));
	found.into_iter().map(|Found(resource)| matched(resource)).collect()
}

async fn organisations(gateway: &Gateway, query: &Query) -> Answer<Vec<Match>> {
	let all = gateway.client.reported().organisations().await.map_err(Error::from)?;
	let mut found: Vec<_> = all.iter().map(Organisation).filter(|one| query.matches(one)).collect();
	found.sort_by(|one, other| query.compare(one, other).then(one.0.id.cmp(&other.0.id)));
	Ok(found.iter().map(|one| matched(one.resource())).collect())
}

/// Returns whether the client is of the staff of the hospital that runs this server. The answer is
/// never the node's word: the hospital's own numbers of patients are only for its staff.
pub(super) async fn works_here(gateway: &Gateway, access: &Access) -> Answer<bool> {
	let held = memberships(gateway.client.settled(), &access.client.signer.account()).await?;
	Ok(held.iter().any(|one| one.live && one.acts_for() == Some(gateway.config.organisation)))
}

/// Gives a patient the identifiers of a resource instead of those that they had. With an expected
/// version, only if the identifiers still have it.
pub(crate) async fn update(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	expected: Option<&str>,
	body: &str,
) -> Answer<Response> {
	let identifiers = incoming::patient(body, id, now()).map_err(Fault::bad)?;
	let kept = kept_by_staff(gateway, access).await?;
	let account = account(id).ok_or_else(Fault::not_found)?;
	let view = gateway.client.now();
	if person(gateway, view, access, "Patient", &account).await?.is_none() {
		return Err(Fault::not_found());
	}
	let identifiers: Vec<_> =
		identifiers.into_iter().map(|(system, value)| Identifier { system, value }).collect();
	// A client can send back those that were kept before.
	let (before, _) = kept.of(&account).await?;
	if identifiers.iter().any(|one| !one.is_legible() && !before.contains(one)) {
		return Err(illegible("Patient.identifier").into());
	}
	kept.replace(&account, identifiers, expected).await?;
	let patient = person(gateway, view, access, "Patient", &account).await?;
	let patient = patient.ok_or_else(Fault::not_found)?;
	Ok(app::resource(StatusCode::OK, &patient))
}

/// Returns the issue with an identifier that could be taken for another.
pub(super) fn illegible(path: &str) -> Issue {
	let text =
		"system and value have letters, digits, visible characters of ASCII, and single spaces \
	            between them; leave any other character out";
	Issue::error(IssueKind::Value, "element-value", text).at(path)
}

/// Returns the hospital's own identifiers, for a client that may change them.
async fn kept_by_staff<'a>(gateway: &'a Gateway, access: &Access) -> Answer<&'a Identifiers> {
	let Some(kept) = &gateway.identifiers else {
		let text = "this server keeps no identifiers; have its operator configure `identifiers`";
		let status = StatusCode::NOT_IMPLEMENTED;
		return Err(Fault::new(status, IssueKind::NotSupported, "no-identifiers", text));
	};
	// The hospital's own staff say which number belongs to whom.
	if !works_here(gateway, access).await? {
		let text = "only staff of the hospital that runs this server can set identifiers";
		let status = StatusCode::FORBIDDEN;
		return Err(Fault::new(status, IssueKind::Forbidden, "not-staff", text));
	}
	Ok(kept)
}

/// Gives a patient further identifiers. Returns whether any is new.
pub(crate) async fn add_identifiers(
	gateway: &Gateway,
	access: &Access,
	account: &Account,
	identifiers: &[Identifier],
) -> Answer<bool> {
	let kept = kept_by_staff(gateway, access).await?;
	if person(gateway, gateway.client.now(), access, "Patient", account).await?.is_none() {
		return Err(Fault::not_found());
	}
	let (mut all, version) = kept.of(account).await?;
	let count = all.len();
	for one in identifiers {
		if !all.contains(one) {
			all.push(one.clone());
		}
	}
	if all.len() == count {
		return Ok(false);
	}
	if all.len() > incoming::MAX_IDENTIFIERS {
		let text = "the patient would have more than 32 identifiers; remove some with FHIR first";
		return Err(Issue::error(IssueKind::TooLong, "too-many", text).into());
	}
	kept.replace(account, all, Some(&format!("W/\"{version}\""))).await?;
	Ok(true)
}

/// Returns the people whom a search names by `_id` or `identifier`. The search needs one of these,
/// because nobody can list everybody.
async fn people(
	gateway: &Gateway,
	access: &Access,
	name: &str,
	query: &Query,
) -> Answer<Vec<Match>> {
	let (ids, identifiers) = (query.values("_id"), query.values("identifier"));
	if ids.is_none() && identifiers.is_none() {
		let text = format!("{name} cannot be listed; search with _id or identifier");
		let issue = Issue::error(IssueKind::Required, "identifier-required", text);
		return Err(issue.at("identifier").into());
	}
	let mut by_identifier = Vec::new();
	for value in identifiers.unwrap_or_default() {
		if let SearchValue::Token { system, code: Some(code) } = value {
			by_identifier
				.extend(sought(gateway, access, system.as_deref(), code, "identifier").await?);
		}
	}
	let by_id = ids.unwrap_or_default().iter().filter_map(|value| match value {
		SearchValue::Token { code: Some(code), .. } => account(code),
		_ => None,
	});
	let mut accounts: Vec<Account> = match (ids, identifiers) {
		(Some(_), Some(_)) => by_id.filter(|one| by_identifier.contains(one)).collect(),
		(Some(_), None) => by_id.collect(),
		(None, _) => by_identifier,
	};
	accounts.sort();
	accounts.dedup();
	let (mut found, view) = (Vec::new(), gateway.client.reported());
	for account in accounts {
		found.extend(person(gateway, view, access, name, &account).await?.map(Found));
	}
	Ok(matching(found, query))
}

async fn roles(gateway: &Gateway, query: &Query) -> Answer<Vec<Match>> {
	let Some([SearchValue::Reference { id, .. }]) = query.values("practitioner") else {
		let text = "the search must name exactly one practitioner; give practitioner";
		let issue = Issue::error(IssueKind::Required, "practitioner-required", text);
		return Err(issue.at("practitioner").into());
	};
	let Some(account) = account(id) else { return Ok(Vec::new()) };
	let held = memberships(gateway.client.reported(), &account).await?;
	let roles = held.iter().filter_map(|one| practitioner_role(account, one));
	Ok(matching(roles.map(Found).collect(), query))
}
