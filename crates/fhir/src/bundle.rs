//! Searchsets and histories, and the parts of resources that a search asks for.

use serde_json::{json, Map, Value};

use crate::{
	outcome::{operation_outcome, Issue},
	search::{Query, Summary},
};

/// A page of a searchset.
pub struct Page<'a> {
	/// Address of the server's FHIR endpoint, without a slash at the end.
	pub base: &'a str,
	/// Part of the address before the parameters.
	pub path: &'a str,
	/// Total number of matches, of all pages.
	pub total: usize,
	/// The page's matches.
	pub matches: Vec<Value>,
	/// Query part of the link to this page.
	pub this: String,
	/// Query part of the link to the next page; `None` on the last one.
	pub next: Option<String>,
}

impl Page<'_> {
	/// Returns the Bundle, with the resources as the query wants them.
	pub fn searchset(self, query: &Query) -> Value {
		let link = |relation: &str, part: &str| {
			let Self { base, path, .. } = &self;
			let url = match part {
				"" => format!("{base}/{path}"),
				part => format!("{base}/{path}?{part}"),
			};
			json!({ "relation": relation, "url": url })
		};
		let mut links = vec![link("self", &self.this)];
		links.extend(self.next.as_deref().map(|next| link("next", next)));
		let mut bundle = json!({
			"resourceType": "Bundle",
			"type": "searchset",
			"total": self.total,
			"link": links,
		});
		let full_url = |resource: &Value| {
			let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
			format!("{}/{}/{}", self.base, text("resourceType"), text("id"))
		};
		let mut entries: Vec<Value> = match query.is_count() {
			true => Vec::new(),
			false => self
				.matches
				.iter()
				.map(|resource| {
					json!({
						"fullUrl": full_url(resource),
						"resource": shaped(resource, query),
						"search": { "mode": "match" },
					})
				})
				.collect(),
		};
		entries.extend(ignored(&query.ignored));
		// An empty array is not valid FHIR.
		if let (false, Some(bundle)) = (entries.is_empty(), bundle.as_object_mut()) {
			bundle.insert("entry".into(), Value::Array(entries));
		}
		bundle
	}
}

/// Returns the history of a resource, its versions newest first.
pub fn history(base: &str, resource: &str, id: &str, versions: &[Value]) -> Value {
	let entries: Vec<_> = versions
		.iter()
		.map(|version| {
			let meta = |name: &str| {
				version.get("meta").and_then(|meta| meta.get(name)?.as_str()).unwrap_or_default()
			};
			let number = meta("versionId");
			let (method, url, status) = match number {
				"1" => ("POST", resource.to_owned(), "201"),
				_ => ("PUT", format!("{resource}/{id}"), "200"),
			};
			json!({
				"fullUrl": format!("{base}/{resource}/{id}"),
				"resource": version,
				"request": { "method": method, "url": url },
				"response": {
					"status": status,
					"etag": format!("W/\"{number}\""),
					"lastModified": meta("lastUpdated"),
				},
			})
		})
		.collect();
	json!({
		"resourceType": "Bundle",
		"type": "history",
		"total": entries.len(),
		"link": [{ "relation": "self", "url": format!("{base}/{resource}/{id}/_history") }],
		"entry": entries,
	})
}

/// Address of the outcome in a searchset, which no server has.
const OUTCOME: &str = "urn:uuid:0b3d1c1e-6a0a-4f43-9d5b-0e0f3b6f2c11";

/// Returns the entry that says which parameters were ignored.
fn ignored(issues: &[Issue]) -> Option<Value> {
	(!issues.is_empty()).then(|| {
		json!({
			"fullUrl": OUTCOME,
			"resource": operation_outcome(issues),
			"search": { "mode": "outcome" },
		})
	})
}

/// Elements of resources that are required, so that they are in every part of one.
const REQUIRED: &[&str] = &[
	"resourceType",
	"id",
	"meta",
	"identifier",
	"status",
	"content",
	"type",
	"recorded",
	"agent",
	"source",
	"scope",
	"category",
	"contentType",
];

/// Elements of R4's summaries, beside the required ones, of the resources that this server has.
const IN_SUMMARY: &[&str] = &[
	"managingOrganization",
	"active",
	"name",
	"subject",
	"date",
	"author",
	"masterIdentifier",
	"securityLabel",
	"docStatus",
	"patient",
	"dateTime",
	"performer",
	"organization",
	"practitioner",
	"code",
	"specialty",
	"provision",
	"policyRule",
	"action",
	"outcome",
	"outcomeDesc",
	"subtype",
	"period",
	"purposeOfEvent",
];

/// Returns the parts of a resource that a query wants. A resource that lacks some says so
/// (`SUBSETTED`).
fn shaped(resource: &Value, query: &Query) -> Value {
	let wanted: Box<dyn Fn(&str) -> bool + '_> = match query.summary {
		Summary::True => Box::new(|name| IN_SUMMARY.contains(&name)),
		Summary::Text => Box::new(|name| name == "text"),
		Summary::Data => Box::new(|name| name != "text"),
		Summary::False | Summary::Count if query.elements.is_empty() => return resource.clone(),
		Summary::False | Summary::Count => {
			Box::new(|name| query.elements.iter().any(|element| element == name))
		}
	};
	let members = resource.as_object().into_iter().flatten();
	let kept: Map<String, Value> = members
		.filter(|(name, _)| REQUIRED.contains(&name.as_str()) || wanted(name))
		.map(|(name, value)| (name.clone(), value.clone()))
		.collect();
	let mut part = Value::Object(kept);
	let is_whole = part.as_object().map(Map::len) == resource.as_object().map(Map::len);
	if let (false, Some(part)) = (is_whole, part.as_object_mut()) {
		let meta = part.entry("meta").or_insert_with(|| json!({}));
		if let Some(meta) = meta.as_object_mut() {
			// It may lack what its profile requires.
			meta.remove("profile");
			meta.insert(
				"tag".into(),
				json!([{
					"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
					"code": "SUBSETTED",
					"display": "subsetted",
				}]),
			);
		}
	}
	part
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		capability::resource,
		search::{Handling, Query},
	};

	fn query(pairs: &[(&str, &str)]) -> Query {
		let pairs: Vec<_> =
			pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
		Query::parse(resource("DocumentReference").unwrap(), &pairs, Handling::Lenient).unwrap()
	}

	fn page() -> Page<'static> {
		Page {
			base: "https://example.org/fhir",
			path: "DocumentReference",
			total: 3,
			matches: vec![json!({
				"resourceType": "DocumentReference",
				"id": "1",
				"status": "current",
				"date": "2026-01-01",
				"description": "x",
				"content": [],
			})],
			this: "patient=1".into(),
			next: Some("page=2".into()),
		}
	}

	#[test]
	fn a_page_links_to_itself_and_to_the_next() {
		let bundle = page().searchset(&query(&[("colour", "red")]));
		assert_eq!(bundle["total"], 3);
		assert_eq!(
			bundle["link"][0]["url"],
			"https://example.org/fhir/DocumentReference?patient=1"
		);
		assert_eq!(bundle["link"][1]["relation"], "next");
		let entries = bundle["entry"].as_array().unwrap();
		assert_eq!(entries[0]["fullUrl"], "https://example.org/fhir/DocumentReference/1");
		assert_eq!(entries[1]["search"]["mode"], "outcome");
	}

	#[test]
	fn a_part_says_that_it_is_one() {
		let part = |name, text| {
			let bundle = page().searchset(&query(&[(name, text)]));
			bundle["entry"][0]["resource"].clone()
		};
		let summary = part("_summary", "true");
		assert_eq!(summary.get("description"), None);
		assert_eq!(summary["date"], "2026-01-01");
		assert_eq!(summary["meta"]["tag"][0]["code"], "SUBSETTED");
		let elements = part("_elements", "description");
		assert_eq!((elements.get("date"), &elements["description"]), (None, &json!("x")));
		assert_eq!(elements["status"], "current");
		assert_eq!(part("_summary", "data").get("meta"), None);
		let counted = page().searchset(&query(&[("_summary", "count")]));
		assert_eq!((counted.get("entry"), &counted["total"]), (None, &json!(3)));
	}
}
