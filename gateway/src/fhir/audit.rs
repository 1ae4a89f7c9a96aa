//! AuditEvent: the patient's access log.
//!
//! The log can be long, and a client reads it in pages. If an entry's index is enough to say
//! whether and where a search has it, only the entries of the page are read, each with its own
//! proof. Otherwise, the whole log is read, with the proof that it is complete.

use std::sync::Arc;

use salus_client::{
	primitives::{LogEntry, LogHead},
	Account, KnownLog, View,
};
use salus_fhir::{
	audit::event,
	code::BASE,
	id::parse_number,
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

/// Place of an entry in its log, for a search that needs nothing else of the entry.
struct Place {
	index: u32,
	id: String,
}

impl Searchable for Place {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		match parameter {
			"_id" => vec![Indexed::Token { system: String::new(), code: self.id.clone() }],
			_ => vec![],
		}
	}
}

/// An entry that is yet to be read.
#[derive(Clone)]
pub(crate) struct Unread {
	log: Arc<KnownLog>,
	index: u32,
}

/// Refuses a client that is not the patient's own.
async fn for_own(view: View<'_>, access: &Access, patient: &Account) -> Answer<()> {
	match is_own(view, access, patient).await? {
		true => Ok(()),
		false => Err(Fault::not_found()),
	}
}

/// Returns an entry as a resource.
fn resource(gateway: &Gateway, patient: &Account, entry: &LogEntry<Account>) -> Value {
	let mut resource = event(&gateway.client.genesis(), patient, entry);
	if let Some(members) = resource.as_object_mut() {
		members.insert("id".into(), format!("{patient}-{}", entry.index).into());
	}
	resource
}

/// Returns all entries of a patient's log.
async fn entries(gateway: &Gateway, patient: Account) -> Answer<Vec<Entry>> {
	let export = gateway.client.export_log(&patient).await?;
	let entries = export.entries.iter().map(|entry| {
		let resource = resource(gateway, &patient, entry);
		let at = resource.get("recorded").and_then(Value::as_str).and_then(period);
		Entry { patient, index: entry.index, at, resource }
	});
	Ok(entries.collect())
}

/// Returns whether a search has the newest entry first, by its time.
fn is_newest_first(query: &Query) -> bool {
	query.sort.first().is_none_or(|key| key.is_descending)
}

/// Returns whether the index of an entry says whether and where a search has it. Later entries have
/// no earlier time.
fn needs_no_entry(query: &Query) -> bool {
	let is_by_time = match query.sort[..] {
		[] => true,
		[key] => ["date", "_lastUpdated"].contains(&key.name),
		_ => false,
	};
	is_by_time && query.criteria.iter().all(|one| one.name == "_id")
}

/// Returns the places that a search finds in a patient's log, in its order.
fn places(patient: &Account, head: &LogHead, query: &Query) -> Vec<Place> {
	let account = patient.to_string();
	let all = (head.archived..head.count)
		.map(|index| Place { index, id: format!("{account}-{index}") })
		.filter(|place| query.matches(place));
	let mut found: Vec<_> = all.collect();
	if is_newest_first(query) {
		found.reverse();
	}
	found
}

pub(super) async fn find(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	query: &Query,
) -> Answer<Vec<Match>> {
	let Some(patient) = patient_of(gateway, access, query).await? else { return Ok(Vec::new()) };
	let query = &of_patient(query);
	for_own(view, access, &patient).await?;
	if needs_no_entry(query) {
		let log = Arc::new(gateway.client.known_log(&patient).await?);
		let matches = places(&patient, &log.head, query).into_iter().map(|place| Match {
			id: place.id,
			version: 0,
			resource: Matched::Entry(Unread { log: log.clone(), index: place.index }),
		});
		return Ok(matches.collect());
	}
	let mut entries = entries(gateway, patient).await?;
	entries.retain(|entry| query.matches(entry));
	let is_newest_first = is_newest_first(query);
	entries.sort_by(|one, other| {
		query.compare(one, other).then_with(|| match is_newest_first {
			true => other.index.cmp(&one.index),
			false => one.index.cmp(&other.index),
		})
	});
	let matches = entries.into_iter().map(|entry| Match {
		id: entry.id(),
		version: 0,
		resource: Matched::Built(entry.resource),
	});
	Ok(matches.collect())
}

/// Reads the entries among matches that are yet to be read. They are of one log, because a search
/// is for one patient.
pub(crate) async fn read_entries(gateway: &Gateway, matches: &mut [Match]) -> Answer<()> {
	let unread = matches.iter().filter_map(|one| match &one.resource {
		Matched::Entry(unread) => Some(unread.clone()),
		_ => None,
	});
	let unread: Vec<_> = unread.collect();
	let Some(log) = unread.first().map(|first| first.log.clone()) else { return Ok(()) };
	let indices: Vec<_> = unread.iter().map(|one| one.index).collect();
	let entries = gateway.client.log_entries(&log, &indices).await?;
	let missing = matches.iter_mut().filter(|one| matches!(one.resource, Matched::Entry(_)));
	for (one, entry) in missing.zip(&entries) {
		one.resource = Matched::Built(resource(gateway, &log.patient, entry));
	}
	Ok(())
}

/// Returns the patient and the index that an id names.
fn named(id: &str) -> Option<(Account, u32)> {
	let (patient, index) = id.rsplit_once('-')?;
	Some((account(patient)?, parse_number(index)?))
}

pub(super) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Value> {
	let (patient, index) = named(id).ok_or_else(Fault::not_found)?;
	for_own(gateway.client.now(), access, &patient).await?;
	let log = gateway.client.known_log(&patient).await?;
	if !(log.head.archived..log.head.count).contains(&index) {
		return Err(Fault::not_found());
	}
	let entries = gateway.client.log_entries(&log, &[index]).await?;
	let entry = entries.first().ok_or_else(Fault::not_found)?;
	Ok(resource(gateway, &patient, entry))
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::parse_account;
	use salus_fhir::{capability, search::Handling};

	fn query(pairs: &[(&str, &str)]) -> Query {
		let pairs: Vec<_> =
			pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
		let resource = capability::resource("AuditEvent").unwrap();
		of_patient(&Query::parse(resource, &pairs, Handling::Strict, "https://x/fhir").unwrap())
	}

	#[test]
	fn the_log_is_read_whole_only_if_entries_decide() {
		let patient = ("patient", "Patient/x");
		for (pairs, needs_none) in [
			(&[patient][..], true),
			(&[patient, ("_sort", "-date"), ("_count", "2")][..], true),
			(&[patient, ("_sort", "_lastUpdated")][..], true),
			(&[patient, ("_id", "x-1,x-2"), ("_summary", "count")][..], true),
			(&[patient, ("_id:not", "x-1")][..], true),
			(&[patient, ("_sort", "_id")][..], false),
			(&[patient, ("_sort", "-date,_id")][..], false),
			(&[patient, ("date", "ge2026")][..], false),
			(&[patient, ("_lastUpdated:missing", "true")][..], false),
			(&[patient, ("_id", "x-1"), ("date", "lt2026")][..], false),
		] {
			assert_eq!(needs_no_entry(&query(pairs)), needs_none, "{pairs:?}");
		}
	}

	#[test]
	fn the_places_of_a_search_are_in_its_order() {
		let patient = parse_account("//Alice").unwrap();
		let head = LogHead { count: 12, archived: 8, ..LogHead::default() };
		let found = |pairs: &[(&str, &str)]| {
			let found = places(&patient, &head, &query(pairs));
			assert!(found.iter().all(|one| one.id == format!("{patient}-{}", one.index)));
			found.into_iter().map(|one| one.index).collect::<Vec<_>>()
		};
		assert_eq!(found(&[]), [11, 10, 9, 8]);
		assert_eq!(found(&[("_sort", "-date")]), [11, 10, 9, 8]);
		assert_eq!(found(&[("_sort", "date")]), [8, 9, 10, 11]);
		let id = |index: u32| format!("{patient}-{index}");
		assert_eq!(found(&[("_id", id(9).as_str())]), [9]);
		assert_eq!(found(&[("_id:not", id(9).as_str())]), [11, 10, 8]);
		// An entry that is archived, and one that was never written.
		for index in [7, 12] {
			assert!(found(&[("_id", id(index).as_str())]).is_empty(), "{index}");
		}
	}

	#[test]
	fn an_id_has_one_form() {
		let patient = parse_account("//Alice").unwrap();
		assert_eq!(named(&format!("{patient}-10")), Some((patient, 10)));
		for other in ["", "-1", "x-1", &format!("{patient}-"), &format!("{patient}-01")] {
			assert_eq!(named(other), None, "{other}");
		}
	}
}
