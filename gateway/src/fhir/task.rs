//! Task: documents that are being opened, and work for the hospital's staff.

use axum::{http::StatusCode, response::Response};
use salus_client::Account;
use salus_fhir::{
	outcome::IssueKind,
	search::Query,
	task::{self, Identified, Status, Subject, Task},
};
use serde_json::Value;

use super::{member::works_here, Match, Matched};
use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
	hl7::{Merge, MergeState, Merges},
	identifiers::Identifier,
	subscriptions::now,
};

/// Returns the merges, for clients of the hospital's staff: they say who a patient is.
async fn merges_for<'a>(gateway: &'a Gateway, access: &Access) -> Answer<Option<&'a Merges>> {
	match &gateway.merges {
		Some(merges) if works_here(gateway, access).await? => Ok(Some(merges)),
		_ => Ok(None),
	}
}

fn of_merge(gateway: &Gateway, merge: Merge) -> Task {
	let identified = |Identifier { system, value }: Identifier, account: Option<Account>| {
		Identified { system, value, account: account.map(|account| account.to_string()) }
	};
	Task {
		subject: Subject::Merge {
			survivor: identified(merge.survivor, merge.survivor_account),
			prior: identified(merge.prior, merge.prior_account),
		},
		status: match merge.state {
			MergeState::Requested => Status::Requested,
			MergeState::Completed => Status::Completed,
			MergeState::Cancelled => Status::Cancelled,
		},
		id: merge.id,
		owner: gateway.config.organisation,
		made: merge.received,
		changed: merge.changed,
	}
}

/// Returns the tasks that a client may see.
async fn all(gateway: &Gateway, access: &Access) -> Answer<Vec<Task>> {
	let mut all = gateway.openings.tasks(&access.client.id);
	if let Some(merges) = merges_for(gateway, access).await? {
		all.extend(merges.all().await?.into_iter().map(|merge| of_merge(gateway, merge)));
	}
	Ok(all)
}

async fn one(gateway: &Gateway, access: &Access, id: &str) -> Answer<Task> {
	let mut own = gateway.openings.tasks(&access.client.id).into_iter();
	if let Some(task) = own.find(|one| one.id == id) {
		return Ok(task);
	}
	let merges = merges_for(gateway, access).await?.ok_or_else(Fault::not_found)?;
	let merge = merges.get(id).await?.ok_or_else(Fault::not_found)?;
	Ok(of_merge(gateway, merge))
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
		resource: Matched::Built(one.resource()),
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
	let status = task::settled(body, &task)?;
	let state = match (task.status, status) {
		(before, after) if before == after => {
			return Ok(app::resource(StatusCode::OK, &task.resource()));
		}
		(Status::Requested, Status::Completed) => MergeState::Completed,
		(Status::Requested, _) => MergeState::Cancelled,
		_ => return Err(settled_before()),
	};
	let merges = merges_for(gateway, access).await?.ok_or_else(Fault::not_found)?;
	let settled = merges.settle(id, state, now()).await?.ok_or_else(settled_before)?;
	Ok(app::resource(StatusCode::OK, &of_merge(gateway, settled).resource()))
}

fn settled_before() -> Fault {
	let text = "the task is settled already; read it again";
	Fault::new(StatusCode::CONFLICT, IssueKind::Conflict, "settled", text)
}
