//! Searchsets and histories, and the parts of resources that a search asks for.

use std::sync::Arc;

use serde_json::{json, Value};

use crate::{
	outcome::{operation_outcome, Issue},
	search::{Query, Summary},
};

/// A resource that a search found.
pub enum Found {
	/// Resource to write.
	Resource(Value),
	/// Text of a resource, made earlier.
	Text {
		/// Address of the resource, within the server's FHIR endpoint.
		path: String,
		/// The whole resource, in JSON.
		text: Arc<str>,
	},
}

/// A text that was made earlier is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("the text of a resource is not JSON; search again")]
pub struct NotJson(#[from] serde_json::Error);

impl Found {
	/// Returns the resource.
	pub fn resource(self) -> Result<Value, NotJson> {
		match self {
			Self::Resource(resource) => Ok(resource),
			Self::Text { text, .. } => Ok(serde_json::from_str(&text)?),
		}
	}

	/// Returns the entry of a page, in JSON.
	fn entry(self, base: &str, query: &Query) -> Result<String, NotJson> {
		let (path, text) = match self {
			Self::Text { path, text } if query.is_whole() => (path, text),
			other => {
				let resource = other.resource()?;
				let name =
					|name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
				let path = format!("{}/{}", name("resourceType"), name("id"));
				(path, shaped(resource, query).to_string().into())
			}
		};
		let url = Value::String(format!("{base}/{path}"));
		Ok(format!(r#"{{"fullUrl":{url},"resource":{text},"search":{{"mode":"match"}}}}"#))
	}

	/// Returns the entry of a version in a history, in JSON.
	fn version(self, base: &str, query: &Query) -> Result<String, NotJson> {
		let resource = shaped(self.resource()?, query);
		let text =
			|pointer: &str| resource.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
		let (name, number) = (text("/resourceType"), text("/meta/versionId"));
		let path = format!("{name}/{}", text("/id"));
		let (method, url, status) = match number {
			"1" => ("POST", name, "201"),
			_ => ("PUT", path.as_str(), "200"),
		};
		let entry = json!({
			"fullUrl": format!("{base}/{path}"),
			"resource": resource,
			"request": { "method": method, "url": url },
			"response": {
				"status": status,
				"etag": format!("W/\"{number}\""),
				"lastModified": text("/meta/lastUpdated"),
			},
		});
		Ok(entry.to_string())
	}
}

/// IHE's profile of the answer to a search for documents: MHD, ITI-67.
const FIND_DOCUMENTS: &str = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.FindDocumentReferencesResponseMessage";

/// A page of a searchset or of a history.
pub struct Page<'a> {
	/// Address of the server's FHIR endpoint, without a slash at the end.
	pub base: &'a str,
	/// Part of the address before the parameters.
	pub path: &'a str,
	/// Total number of matches, of all pages.
	pub total: usize,
	/// The page's matches.
	pub matches: Vec<Found>,
	/// Query part of the link to this page.
	pub this: String,
	/// Query part of the link to the next page; `None` on the last one.
	pub next: Option<String>,
}

impl Page<'_> {
	/// Returns the Bundle of a search in JSON, with the resources as the query wants them.
	pub fn searchset(self, query: &Query) -> Result<String, NotJson> {
		self.bundle("searchset", query, Found::entry)
	}

	/// Returns the Bundle of a history in JSON, with the versions as the query wants them.
	pub fn history(self, query: &Query) -> Result<String, NotJson> {
		self.bundle("history", query, Found::version)
	}

	fn bundle(
		self,
		kind: &str,
		query: &Query,
		entry: impl Fn(Found, &str, &Query) -> Result<String, NotJson>,
	) -> Result<String, NotJson> {
		let Self { base, path, total, matches, this, next } = self;
		let link = |relation: &str, part: &str| {
			let url = match part {
				"" => format!("{base}/{path}"),
				part => format!("{base}/{path}?{part}"),
			};
			json!({ "relation": relation, "url": url })
		};
		let mut links = vec![link("self", &this)];
		links.extend(next.as_deref().map(|next| link("next", next)));
		let mut head = json!({
			"resourceType": "Bundle",
			"type": kind,
			"total": total,
			"link": links,
		});
		if let ("DocumentReference", Some(members)) = (path, head.as_object_mut()) {
			members.insert("meta".into(), json!({ "profile": [FIND_DOCUMENTS] }));
		}
		let found = matches.into_iter().filter(|_| !query.is_count());
		let entries = found
			.map(|one| entry(one, base, query))
			.chain(ignored(&query.ignored).map(|entry| Ok(entry.to_string())))
			.collect::<Result<Vec<_>, NotJson>>()?;
		let mut bundle = head.to_string();
		// An empty array is not valid FHIR.
		if !entries.is_empty() {
			bundle.pop();
			bundle.push_str(",\"entry\":[");
			bundle.push_str(&entries.join(","));
			bundle.push_str("]}");
		}
		Ok(bundle)
	}
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

/// Elements that R4 requires in resources of this server, by cardinality or by an invariant
/// (Consent's `ppc-1` and `ppc-2`), and those that modify their meaning. They are in every part of
/// a resource.
const REQUIRED: &[&str] = &[
	"resourceType",
	"id",
	"meta",
	"identifier",
	"active",
	"status",
	"content",
	"type",
	"recorded",
	"agent",
	"source",
	"scope",
	"category",
	"policy",
	"patient",
	"target",
	"reason",
	"criteria",
	"channel",
	"intent",
	"contentType",
];

/// Elements of R4's summaries, beside the required ones, of the resources that this server has.
const IN_SUMMARY: &[&str] = &[
	"managingOrganization",
	"name",
	"subject",
	"date",
	"author",
	"masterIdentifier",
	"securityLabel",
	"dateTime",
	"performer",
	"organization",
	"practitioner",
	"code",
	"specialty",
	"provision",
	"policyRule",
	"sourceReference",
	"action",
	"outcome",
	"outcomeDesc",
	"subtype",
	"period",
	"purposeOfEvent",
];

/// Returns the parts of a resource that a query wants. A resource that lacks some says so
/// (`SUBSETTED`).
pub fn shaped(resource: Value, query: &Query) -> Value {
	if query.is_whole() {
		return resource;
	}
	let wanted: Box<dyn Fn(&str) -> bool + '_> = match query.summary {
		Summary::True => Box::new(|name| IN_SUMMARY.contains(&name)),
		Summary::Text => Box::new(|name| name == "text"),
		Summary::Data => Box::new(|name| name != "text"),
		Summary::False | Summary::Count => {
			Box::new(|name| query.elements.iter().any(|element| element == name))
		}
	};
	let Value::Object(mut members) = resource else { return resource };
	let all = members.len();
	members.retain(|name, _| REQUIRED.contains(&name.as_str()) || wanted(name));
	if members.len() < all {
		let part = &mut members;
		let meta = part.entry("meta").or_insert_with(|| json!({}));
		if let Some(meta) = meta.as_object_mut() {
			// The resource may lack what its profile requires.
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
	Value::Object(members)
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
		Query::parse(
			resource("DocumentReference").unwrap(),
			&pairs,
			Handling::Lenient,
			"https://x/fhir",
		)
		.unwrap()
	}

	fn page() -> Page<'static> {
		Page {
			base: "https://example.org/fhir",
			path: "DocumentReference",
			total: 3,
			matches: vec![Found::Resource(json!({
				"resourceType": "DocumentReference",
				"id": "1",
				"status": "current",
				"date": "2026-01-01",
				"description": "x",
				"content": [],
			}))],
			this: "patient=1".into(),
			next: Some("page=2".into()),
		}
	}

	fn searchset(page: Page<'_>, pairs: &[(&str, &str)]) -> Value {
		serde_json::from_str(&page.searchset(&query(pairs)).unwrap()).unwrap()
	}

	#[test]
	fn a_text_is_a_resource_as_it_is() {
		let text = |one: Found| {
			let text = one.resource().unwrap().to_string().into();
			Found::Text { path: "DocumentReference/1".into(), text }
		};
		for pairs in [&[][..], &[("_elements", "date")], &[("_summary", "true")], &[("a", "b")]] {
			let (mut first, mut second) = (page(), page());
			first.matches.extend(page().matches);
			second.matches.extend(page().matches);
			second.matches = second.matches.into_iter().map(text).collect();
			assert_eq!(searchset(first, pairs), searchset(second, pairs), "{pairs:?}");
		}
	}

	#[test]
	fn a_part_of_a_broken_text_is_an_error() {
		for text in ["", "{\"resourceType\":"] {
			let mut broken = page();
			broken.matches =
				vec![Found::Text { path: "DocumentReference/1".into(), text: text.into() }];
			assert!(broken.searchset(&query(&[("_elements", "date")])).is_err(), "{text}");
		}
	}

	#[test]
	fn a_page_links_to_itself_and_to_the_next() {
		let bundle = searchset(page(), &[("colour", "red")]);
		assert_eq!(bundle["total"], 3);
		assert_eq!(bundle["meta"]["profile"], json!([FIND_DOCUMENTS]));
		let other = searchset(Page { path: "Patient/1/$everything", ..page() }, &[]);
		assert_eq!(other.get("meta"), None);
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
	fn a_history_says_how_each_version_came() {
		let version = |number: &str| {
			Found::Resource(json!({
				"resourceType": "DocumentReference",
				"id": "1",
				"meta": { "versionId": number, "lastUpdated": "2026-01-01T00:00:00.000Z" },
				"status": "current",
				"description": "x",
			}))
		};
		let history = |pairs: &[(&str, &str)]| -> Value {
			let versions = vec![version("2"), version("1")];
			let page = Page { path: "DocumentReference/1/_history", matches: versions, ..page() };
			serde_json::from_str(&page.history(&query(pairs)).unwrap()).unwrap()
		};
		let whole = history(&[]);
		assert_eq!((&whole["type"], &whole["total"]), (&json!("history"), &json!(3)));
		let next = "https://example.org/fhir/DocumentReference/1/_history?page=2";
		assert_eq!(whole["link"][1]["url"], next);
		let [second, first] = [&whole["entry"][0], &whole["entry"][1]];
		assert_eq!(second["request"], json!({ "method": "PUT", "url": "DocumentReference/1" }));
		assert_eq!(first["request"], json!({ "method": "POST", "url": "DocumentReference" }));
		assert_eq!(first["fullUrl"], "https://example.org/fhir/DocumentReference/1");
		assert_eq!(first["response"]["etag"], "W/\"1\"");
		let part = history(&[("_elements", "status")])["entry"][1]["resource"].clone();
		assert_eq!(part.get("description"), None);
		assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED");
		assert_eq!(history(&[("_summary", "count")]).get("entry"), None);
	}

	#[test]
	fn a_part_says_that_it_is_one() {
		let part = |name, text| {
			let bundle = searchset(page(), &[(name, text)]);
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
		let counted = searchset(page(), &[("_summary", "count")]);
		assert_eq!((counted.get("entry"), &counted["total"]), (None, &json!(3)));
	}
	#[test]
	fn every_part_has_what_its_type_requires() {
		let required = [
			("Organization", &["identifier", "active"][..]),
			("DocumentReference", &["status", "content"]),
			("Consent", &["status", "scope", "category", "policy", "patient"]),
			("Provenance", &["target", "recorded", "agent"]),
			("AuditEvent", &["type", "recorded", "agent", "source"]),
			("Subscription", &["status", "reason", "criteria", "channel"]),
			("Task", &["status", "intent"]),
		];
		let queries = [("_elements", "id"), ("_summary", "true"), ("_summary", "text")];
		for (name, elements) in required {
			let mut whole = json!({ "resourceType": name, "id": "1", "description": "x" });
			for element in elements {
				whole[element] = json!("x");
			}
			for pair in queries {
				let part = shaped(whole.clone(), &query(&[pair]));
				let lacks: Vec<_> =
					elements.iter().filter(|element| part.get(element).is_none()).collect();
				assert!(lacks.is_empty(), "{name} with {pair:?} lacks {lacks:?}");
				assert_eq!(part.get("description"), None);
			}
		}
	}
}
