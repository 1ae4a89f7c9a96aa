//! Task: documents that are being opened, and work for the hospital's staff.

use axum::{http::StatusCode, response::Response};
use salus_fhir::{
	search::Query,
	task::{self, Status, Subject, Task},
};
use serde_json::Value;

use super::Match;
use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
};

/// Returns the tasks that a client may see.
async fn all(gateway: &Gateway, access: &Access) -> Answer<Vec<Task>> {
	Ok(gateway.openings.tasks(&access.client.id, gateway.config.organisation))
}

async fn one(gateway: &Gateway, access: &Access, id: &str) -> Answer<Task> {
	let mut all = all(gateway, access).await?.into_iter();
	all.find(|one| one.id == id).ok_or_else(Fault::not_found)
}

pub(super) async fn find(gateway: &Gateway, access: &Access, query: &Query) -> Answer<Vec<Match>> {
	let mut found = all(gateway, access).await?;
	found.retain(|one| query.matches(one));
	found.sort_by(|one, other| {
		let newest_first = || (other.made, &other.id).cmp(&(one.made, &one.id));
		query.compare(one, other).then_with(newest_first)
	});
	let matches = found.into_iter().map(|one| Match {
		version: one.status as u32,
		resource: one.resource(),
		id: one.id,
	});
	Ok(matches.collect())
}

pub(super) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Value> {
	Ok(one(gateway, access, id).await?.resource())
}

/// Settles a task for a person.
pub(crate) async fn update(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	body: &str,
) -> Answer<Response> {
	let task = one(gateway, access, id).await?;
	if let Subject::Opening { .. } = task.subject {
		return Err(Fault::unsupported("the server itself settles this task; read it"));
	}
	let status: Status = task::settled(body, &task)?;
	let settled = Task { status, ..task };
	Ok(app::resource(StatusCode::OK, &settled.resource()))
}
