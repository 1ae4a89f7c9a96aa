//! Provenance: acts on the versions of a document that the client may open.

use futures::future::try_join_all;
use salus_client::{
	primitives::{RecordDetails, Subject},
	Account, Error, View,
};
use salus_fhir::{
	id,
	outcome::{Issue, IssueKind},
	provenance::{self, Provenance},
	search::{Query, Value as SearchValue},
};
use serde_json::Value;

use super::{document::permitted, Match, Matched};
use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
};

/// Number of documents whose acts are read at a time.
const AT_A_TIME: usize = 8;

/// Returns the acts on one version of a record.
async fn acts(
	view: View<'_>,
	details: &RecordDetails<Account>,
	number: u32,
) -> Answer<Vec<Provenance>> {
	let version = details.versions.iter().find(|one| one.version == number);
	let version = version.ok_or_else(Fault::not_found)?;
	let subject = Subject::RecordVersion { record: details.id, version: number };
	let status = view.attestations(&subject).await.map_err(Error::from)?;
	Ok(provenance::acts(details, version, &status))
}

/// Returns the acts on those versions of a document that the client may open.
async fn of_document(view: View<'_>, access: &Access, id: &str) -> Answer<Vec<Provenance>> {
	let details = match permitted(view, access, id, None).await {
		Err(fault) if fault.is_not_found() => return Ok(Vec::new()),
		permitted => permitted?,
	};
	let mut found = Vec::new();
	for version in &details.versions {
		// A grant can cover some versions only.
		match permitted(view, access, id, Some(version.version)).await {
			Ok(_) => found.extend(acts(view, &details, version.version).await?),
			Err(fault) if fault.is_not_found() => {}
			Err(fault) => return Err(fault),
		}
	}
	Ok(found)
}

/// Returns the acts on documents, in the order of the documents.
pub(super) async fn of_documents(
	view: View<'_>,
	access: &Access,
	ids: &[String],
) -> Answer<Vec<Match>> {
	let mut all = Vec::new();
	for some in ids.chunks(AT_A_TIME) {
		let reads: Vec<_> = some.iter().map(|id| of_document(view, access, id)).collect();
		all.extend(try_join_all(reads).await?.into_iter().flatten().map(matched));
	}
	Ok(all)
}

fn matched(one: Provenance) -> Match {
	Match { id: one.id, version: 0, resource: Matched::Built(one.resource) }
}

pub(super) async fn find(view: View<'_>, access: &Access, query: &Query) -> Answer<Vec<Match>> {
	let Some([SearchValue::Reference { id, .. }]) = query.values("target") else {
		let text = "the search must name exactly one document; give target";
		let issue = Issue::error(IssueKind::Required, "target-required", text);
		return Err(issue.at("target").into());
	};
	let mut found = of_document(view, access, id).await?;
	found.retain(|one| query.matches(one));
	found.sort_by(|one, other| query.compare(one, other));
	Ok(found.into_iter().map(matched).collect())
}

pub(super) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Value> {
	let version = id.split_once('.').map(|(version, _)| version);
	let (record, number) = version.and_then(id::parse_binary).ok_or_else(Fault::not_found)?;
	let document = id::document(&record);
	let view = gateway.client.now();
	let details = permitted(view, access, &document, Some(number)).await?;
	let found = acts(view, &details, number).await?.into_iter().find(|one| one.id == id);
	Ok(found.ok_or_else(Fault::not_found)?.resource)
}
