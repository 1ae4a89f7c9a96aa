//! AuditEvent: the patient's access log.

use salus_client::{Account, View};
use salus_fhir::{
	code::BASE,
	search::{Indexed, Query, Searchable},
	time::{period, Period},
};
use serde_json::Value;

use super::{account, is_own, of_patient, patient_of, Match, Matched};
use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
};

/// An entry of a log.
struct Entry {
	patient: Account,
	index: u32,
	at: Option<Period>,
	resource: Value,
}

impl Entry {
	fn id(&self) -> String {
		format!("{}-{}", self.patient, self.index)
	}
}

impl Searchable for Entry {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		match parameter {
			"_id" => vec![Indexed::Token { system: String::new(), code: self.id() }],
			"date" | "_lastUpdated" => self.at.map(Indexed::Date).into_iter().collect(),
			"patient.identifier" => vec![Indexed::Token {
				system: format!("{BASE}/account"),
				code: self.patient.to_string(),
			}],
			"patient" => {
				vec![Indexed::Reference { resource: "Patient", id: self.patient.to_string() }]
			}
			_ => vec![],
		}
	}
}

/// Returns the entries of a patient's log, for the patient's own client alone.
async fn entries(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	patient: Account,
) -> Answer<Vec<Entry>> {
	if !is_own(view, access, &patient).await? {
		return Err(Fault::not_found());
	}
	let export = gateway.client.export_log(&patient).await?;
	let bundle = export.to_bundle();
	let resources = bundle.get("entry").and_then(Value::as_array).into_iter().flatten();
	let resources = resources.filter_map(|entry| entry.get("resource"));
	let events = resources.filter(|one| one.get("resourceType") == Some(&"AuditEvent".into()));
	let entries = export.entries.iter().zip(events).map(|(entry, event)| {
		let mut resource = event.clone();
		let id = format!("{patient}-{}", entry.index);
		if let Some(members) = resource.as_object_mut() {
			members.insert("id".into(), id.into());
		}
		let at = resource.get("recorded").and_then(Value::as_str).and_then(period);
		Entry { patient, index: entry.index, at, resource }
	});
	Ok(entries.collect())
}

pub(super) async fn find(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	query: &Query,
) -> Answer<Vec<Match>> {
	let Some(patient) = patient_of(gateway, access, query).await? else { return Ok(Vec::new()) };
	let query = &of_patient(query);
	let mut entries = entries(gateway, view, access, patient).await?;
	entries.retain(|entry| query.matches(entry));
	entries
		.sort_by(|one, other| query.compare(one, other).then_with(|| other.index.cmp(&one.index)));
	let matches = entries.into_iter().map(|entry| Match {
		id: entry.id(),
		version: 0,
		resource: Matched::Built(entry.resource),
	});
	Ok(matches.collect())
}

pub(super) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Value> {
	let patient = id.rsplit_once('-').and_then(|(patient, _)| account(patient));
	let (view, patient) = (gateway.client.told(), patient.ok_or_else(Fault::not_found)?);
	let entries = entries(gateway, view, access, patient).await?;
	let found = entries.into_iter().find(|entry| entry.id() == id);
	Ok(found.ok_or_else(Fault::not_found)?.resource)
}
