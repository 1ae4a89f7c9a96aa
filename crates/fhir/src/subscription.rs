//! Subscription and notification, in the form of the Subscriptions R5 Backport for R4.
//!
//! A topic is one kind of resource. The filter is a search for one patient's resources of that
//! kind, and each match that appears, or changes, is an event. A notification names resources and
//! has none of their content: the client reads them with its own token.

use fhirkit::{
	r4::{self, ExtensionValue},
	Primitive,
};
use salus_primitives::Moment;
use serde_json::{json, Value};

use crate::{
	code::{reference, BASE},
	incoming::{parsed, required, text, wrong},
	outcome::{Issue, IssueKind},
	search::{Indexed, Searchable},
	time::{instant, period, Period},
	MEDIA_TYPE,
};

/// Address of the backport's extensions and profiles.
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";

/// Beginnings of the addresses of extensions that are terms of a subscription: the backport's, and
/// the elements' of R5.
const TERMS: [&str; 2] =
	[BACKPORT, "http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription"];

/// Maximum length of the filter and of the endpoint, in bytes.
const MAX_TEXT: usize = 1_024;

/// Reason of every subscription. A client's own could say who a patient is.
const REASON: &str = "Known to the client; this server does not keep it";

/// A kind of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
	/// Name in its address.
	name: &'static str,
	/// Type of the resources that it is about.
	pub resource: &'static str,
}

/// All topics.
pub const TOPICS: [Topic; 3] = [
	Topic { name: "documents", resource: "DocumentReference" },
	Topic { name: "consents", resource: "Consent" },
	Topic { name: "access-log", resource: "AuditEvent" },
];

impl Topic {
	/// Returns its canonical address.
	pub fn url(&self) -> String {
		format!("{BASE}/SubscriptionTopic/{}", self.name)
	}

	/// Returns the topic of a type of resources.
	pub fn of(resource: &str) -> Option<Self> {
		TOPICS.into_iter().find(|topic| topic.resource == resource)
	}
}

/// Content of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
	/// That there are events, and nothing else.
	Empty,
	/// The ids of the resources.
	IdOnly,
}

impl Payload {
	/// Returns the backport's code.
	pub fn code(self) -> &'static str {
		match self {
			Self::Empty => "empty",
			Self::IdOnly => "id-only",
		}
	}

	/// Returns the payload with a code.
	pub fn of(code: &str) -> Option<Self> {
		[Self::Empty, Self::IdOnly].into_iter().find(|one| one.code() == code)
	}
}

/// State of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
	/// The endpoint has not answered yet.
	Requested,
	/// The endpoint has all that it was sent.
	Active,
	/// The last notification failed, and is sent again; or the client may not search at the moment.
	Error,
	/// The subscription is over.
	Off,
}

impl Status {
	/// Returns FHIR's code.
	pub fn code(self) -> &'static str {
		match self {
			Self::Requested => "requested",
			Self::Active => "active",
			Self::Error => "error",
			Self::Off => "off",
		}
	}
}

/// A subscription that a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
	/// Topic of its events.
	pub topic: Topic,
	/// Parameters of the search, as in a URL.
	pub filter: String,
	/// Address to notify.
	pub endpoint: String,
	/// Content of its notifications.
	pub payload: Payload,
	/// End, in milliseconds since 1970; `None` if it has none.
	pub end: Option<Moment>,
}

/// Returns the value of the one extension with a name of the backport.
fn extension<'a>(all: &'a [r4::Extension], name: &str) -> Option<&'a str> {
	let url = format!("{BACKPORT}/{name}");
	let mut found = all.iter().filter(|one| one.url.as_deref() == Some(&*url));
	let (Some(one), None) = (found.next(), found.next()) else { return None };
	match one.value.as_ref()? {
		ExtensionValue::String(text) | ExtensionValue::Code(text) => text.value.as_deref(),
		_ => None,
	}
}

/// Reads a Subscription that is to be made. Returns every issue that it finds.
pub fn read(json: &str) -> Result<NewSubscription, Vec<Issue>> {
	let resource = parsed::<r4::Subscription>(json)?;
	let mut issues = Vec::new();
	let mut note = |issue: Issue| issues.push(issue);
	if !resource.contained.is_empty() {
		note(not_understood("Subscription.contained"));
	}
	unknown_terms(&resource).into_iter().for_each(&mut note);
	if text(&resource.status) != Some("requested") {
		note(wrong("Subscription.status", "give requested; the server says when it is active"));
	}
	let topic = topic(&resource).map_err(&mut note).ok();
	let filter = filter(&resource, topic).map_err(&mut note).ok();
	let end = end(&resource).map_err(&mut note).ok();
	let channel = channel(&resource).map_err(|found| found.into_iter().for_each(&mut note)).ok();
	match (topic, filter, end, channel) {
		(Some(topic), Some(filter), Some(end), Some((endpoint, payload))) if issues.is_empty() => {
			Ok(NewSubscription { topic, filter, endpoint, payload, end })
		}
		_ => Err(issues),
	}
}

fn not_understood(path: &str) -> Issue {
	let text = "this server does not understand it here; leave it out";
	Issue::error(IssueKind::NotSupported, "not-understood", text).at(path)
}

/// Returns the issues with extensions by which a client of subscriptions would expect something
/// that this server does not do, such as a heartbeat.
fn unknown_terms(resource: &r4::Subscription) -> Vec<Issue> {
	fn of<T>(element: &Option<Primitive<T>>) -> &[r4::Extension] {
		element.as_ref().map(|one| &*one.extension).unwrap_or_default()
	}
	let mut all = vec![
		("", &*resource.extension, ""),
		(".criteria", of(&resource.criteria), "backport-filter-criteria"),
		(".status", of(&resource.status), ""),
		(".end", of(&resource.end), ""),
	];
	if let Some(channel) = &resource.channel {
		all.extend([
			(".channel", &*channel.extension, ""),
			(".channel.type", of(&channel.type_), ""),
			(".channel.endpoint", of(&channel.endpoint), ""),
			(".channel.payload", of(&channel.payload), "backport-payload-content"),
		]);
	}
	let places = all.into_iter().flat_map(|(place, extensions, known)| {
		let known = format!("{BACKPORT}/{known}");
		let urls = extensions.iter().enumerate().map(|(index, one)| (index, one.url.as_deref()));
		let terms = urls.filter(move |(_, url)| {
			url.is_some_and(|url| url != known && TERMS.iter().any(|terms| url.starts_with(terms)))
		});
		terms.map(move |(index, _)| format!("Subscription{place}.extension[{index}]"))
	});
	places.map(|path| not_understood(&path)).collect()
}

fn topic(resource: &r4::Subscription) -> Result<Topic, Issue> {
	let path = "Subscription.criteria";
	let named = text(&resource.criteria).ok_or_else(|| required(path, "a topic"))?;
	TOPICS.into_iter().find(|topic| topic.url() == named).ok_or_else(|| {
		let urls = TOPICS.map(|topic| topic.url()).join(", ");
		let text = format!("this is not a topic; give one of {urls}, and the search as its filter");
		Issue::error(IssueKind::NotSupported, "unknown-topic", text).at(path)
	})
}

/// Returns the parameters of the filter, which is a search for resources of the topic.
fn filter(resource: &r4::Subscription, topic: Option<Topic>) -> Result<String, Issue> {
	let path = "Subscription.criteria.extension";
	let extensions = resource.criteria.as_ref().map(|criteria| &*criteria.extension);
	let given = extension(extensions.unwrap_or_default(), "backport-filter-criteria");
	let given = given.ok_or_else(|| {
		required(path, "one backport-filter-criteria, such as DocumentReference?patient=…")
	})?;
	if given.len() > MAX_TEXT {
		return Err(wrong(path, format!("this has more than {MAX_TEXT} bytes; shorten it")));
	}
	let (of, parameters) = given.split_once('?').unwrap_or((given, ""));
	// A search ignores it, and this one would find more than the client means.
	if form_urlencoded::parse(parameters.as_bytes()).any(|(_, value)| value.is_empty()) {
		let text = "a parameter of the filter has no value; give one, or leave the parameter out";
		return Err(Issue::error(IssueKind::Value, "filter", text).at(path));
	}
	match topic {
		Some(topic) if topic.resource != of => Err(wrong(
			path,
			format!("the filter of this topic must begin with {}?", topic.resource),
		)),
		_ => Ok(parameters.to_owned()),
	}
}

fn end(resource: &r4::Subscription) -> Result<Option<Moment>, Issue> {
	let Some(end) = &resource.end else { return Ok(None) };
	// An element with only extensions is not an end.
	let end = end.value.as_deref().unwrap_or_default();
	let moment = period(end).and_then(|end| Moment::try_from(end.from).ok());
	moment.map(Some).ok_or_else(|| {
		wrong("Subscription.end", "this is not an instant; give a date, a time and a time zone")
	})
}

fn channel(resource: &r4::Subscription) -> Result<(String, Payload), Vec<Issue>> {
	let Some(channel) = &resource.channel else {
		return Err(vec![required("Subscription.channel", "a channel")]);
	};
	let mut issues = Vec::new();
	let mut note = |path: &str, text: &str| {
		issues.push(wrong(&format!("Subscription.channel.{path}"), text));
	};
	if text(&channel.type_) != Some("rest-hook") {
		note("type", "this server notifies only by rest-hook; give rest-hook");
	}
	if !channel.header.is_empty() {
		let text =
			"headers can be secrets, which belong in the configuration of the server, with the \
		            endpoint; leave them out";
		note("header", text);
	}
	let endpoint = text(&channel.endpoint).unwrap_or_default();
	if endpoint.is_empty() || endpoint.len() > MAX_TEXT {
		note(
			"endpoint",
			"give an address that the configuration of the server has for this client",
		);
	}
	let media_type = text(&channel.payload).unwrap_or_default();
	if ![MEDIA_TYPE, "application/json"].contains(&media_type) {
		note("payload", "give application/fhir+json");
	}
	let extensions = channel.payload.as_ref().map(|payload| &*payload.extension);
	let content = extension(extensions.unwrap_or_default(), "backport-payload-content");
	let content = content.and_then(Payload::of);
	if content.is_none() {
		note(
			"payload.extension",
			"give backport-payload-content, empty or id-only; resources are read with a token",
		);
	}
	match content {
		Some(content) if issues.is_empty() => Ok((endpoint.to_owned(), content)),
		_ => Err(issues),
	}
}

/// A subscription that the server keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
	/// Id that the server chose.
	pub id: String,
	/// Terms that the client gave.
	pub terms: NewSubscription,
	/// State that clients see.
	pub status: Status,
	/// Reason why it is off or paused, or why the last notification failed.
	pub fault: Option<String>,
	/// Time at which it was made, in milliseconds since 1970.
	pub made: Moment,
}

impl Subscription {
	/// Returns the resource.
	pub fn resource(&self) -> Value {
		let Self { id, terms, status, fault, made } = self;
		let NewSubscription { topic, filter, endpoint, payload, end } = terms;
		let mut resource = json!({
			"resourceType": "Subscription",
			"id": id,
			"meta": { "lastUpdated": instant(*made) },
			"status": status.code(),
			"reason": REASON,
			"criteria": topic.url(),
			"_criteria": { "extension": [{
				"url": format!("{BACKPORT}/backport-filter-criteria"),
				"valueString": format!("{}?{filter}", topic.resource),
			}] },
			"channel": {
				"type": "rest-hook",
				"endpoint": endpoint,
				"payload": MEDIA_TYPE,
				"_payload": { "extension": [{
					"url": format!("{BACKPORT}/backport-payload-content"),
					"valueCode": payload.code(),
				}] },
			},
		});
		if let Some(members) = resource.as_object_mut() {
			members.extend(end.map(|end| ("end".into(), json!(instant(end)))));
			members.extend(fault.as_ref().map(|fault| ("error".into(), json!(fault))));
		}
		resource
	}

	/// Returns a Bundle with this subscription's state and events. `last` is the number of the
	/// newest event that there is.
	pub fn notification(&self, base: &str, kind: Kind, events: &[Event], last: u64) -> Value {
		let of_status = format!("{base}/Subscription/{}/$status", self.id);
		let is_named = self.terms.payload == Payload::IdOnly;
		let mut entries = vec![json!({
			"fullUrl": format!("urn:uuid:{}", self.id),
			"resource": self.parameters(base, kind, events, last),
			"request": { "method": "GET", "url": of_status },
			"response": { "status": "200" },
		})];
		entries.extend(events.iter().filter(|_| is_named).map(|event| {
			let url = format!("{}/{}", self.terms.topic.resource, event.focus);
			let (method, status) = match event.act {
				Act::Added => ("POST", "201"),
				Act::Changed => ("PUT", "200"),
				Act::Ended => ("DELETE", "204"),
			};
			json!({
				"fullUrl": format!("{base}/{url}"),
				"request": { "method": method, "url": url },
				"response": { "status": status },
			})
		}));
		// Resources can be events more than once, and a Bundle names each once: as it is now.
		let mut seen = std::collections::HashSet::new();
		entries.reverse();
		entries.retain(|entry| seen.insert(entry.get("fullUrl").cloned().unwrap_or_default()));
		entries.reverse();
		json!({
			"resourceType": "Bundle",
			"type": "history",
			"timestamp": events.last().map_or_else(|| instant(self.made), |last| instant(last.at)),
			"entry": entries,
		})
	}

	/// Returns the searchset that answers `$status`.
	pub fn status(&self, base: &str, last: u64) -> Value {
		json!({
			"resourceType": "Bundle",
			"type": "searchset",
			"total": 1,
			"entry": [{
				"fullUrl": format!("urn:uuid:{}", self.id),
				"resource": self.parameters(base, Kind::QueryStatus, &[], last),
				"search": { "mode": "match" },
			}],
		})
	}

	fn parameters(&self, base: &str, kind: Kind, events: &[Event], last: u64) -> Value {
		let Self { id, terms, status, fault, .. } = self;
		let subscription = format!("{base}/Subscription/{id}");
		let mut all = vec![
			json!({ "name": "subscription", "valueReference": { "reference": subscription } }),
			json!({ "name": "topic", "valueCanonical": terms.topic.url() }),
			json!({ "name": "status", "valueCode": status.code() }),
			json!({ "name": "type", "valueCode": kind.code() }),
			json!({ "name": "events-since-subscription-start", "valueString": last.to_string() }),
		];
		all.extend(events.iter().map(|event| {
			let mut part = vec![
				json!({ "name": "event-number", "valueString": event.number.to_string() }),
				json!({ "name": "timestamp", "valueInstant": instant(event.at) }),
			];
			if terms.payload == Payload::IdOnly {
				let focus = reference(&format!("{base}/{}", terms.topic.resource), &event.focus);
				part.push(json!({ "name": "focus", "valueReference": focus }));
			}
			json!({ "name": "notification-event", "part": part })
		}));
		let error = |fault| json!({ "name": "error", "valueCodeableConcept": { "text": fault } });
		all.extend(fault.iter().map(error));
		json!({
			"resourceType": "Parameters",
			"id": id,
			"parameter": all,
		})
	}
}

impl Searchable for Subscription {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let token = |system: &str, code: &str| {
			vec![Indexed::Token { system: system.to_owned(), code: code.to_owned() }]
		};
		match parameter {
			"_id" => token("", &self.id),
			"_lastUpdated" => vec![Indexed::Date(Period::of(self.made))],
			"status" => token("http://hl7.org/fhir/subscription-status", self.status.code()),
			_ => vec![],
		}
	}
}

/// Kind of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// The first one, without events.
	Handshake,
	/// Events.
	Events,
	/// The answer to `$status`.
	QueryStatus,
	/// The answer to `$events`.
	QueryEvents,
}

impl Kind {
	fn code(self) -> &'static str {
		match self {
			Self::Handshake => "handshake",
			Self::Events => "event-notification",
			Self::QueryStatus => "query-status",
			Self::QueryEvents => "query-event",
		}
	}
}

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
	/// The resource was not a match before.
	Added,
	/// The resource has changed.
	Changed,
	/// The resource is no longer a match, and perhaps can no longer be read.
	Ended,
}

/// An event of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
	/// Number of the event: 1 for the first, and one more for each after it.
	pub number: u64,
	/// Time of the block that has it, in milliseconds since 1970.
	pub at: Moment,
	/// Id of the resource.
	pub focus: String,
	/// Change of the resource.
	pub act: Act,
}

/// Returns when a resource that this server made last changed, in milliseconds since 1970.
pub fn changed(resource: &Value) -> Option<Moment> {
	let text = ["/meta/lastUpdated", "/recorded"];
	let text = text.iter().find_map(|pointer| resource.pointer(pointer)?.as_str())?;
	Moment::try_from(period(text)?.from).ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn wanted() -> Value {
		Subscription {
			id: "x".into(),
			terms: NewSubscription {
				topic: TOPICS[0],
				filter: "patient=Patient/5Grw&category=laboratory".into(),
				endpoint: "https://his.example.org/salus".into(),
				payload: Payload::IdOnly,
				end: Some(1_800_000_000_000),
			},
			status: Status::Requested,
			fault: None,
			made: 1_700_000_000_000,
		}
		.resource()
	}

	#[test]
	fn a_subscription_is_read_as_it_is_returned() {
		let read = read(&wanted().to_string()).unwrap();
		let kept = Subscription {
			id: "x".into(),
			terms: read,
			status: Status::Requested,
			fault: None,
			made: 1_700_000_000_000,
		};
		assert_eq!(kept.resource(), wanted());
	}

	#[test]
	fn a_faulty_subscription_names_the_element() {
		let paths = |pointer: &str, value: Value| {
			let mut faulty = wanted();
			*faulty.pointer_mut(pointer).unwrap() = value;
			let issues = read(&faulty.to_string()).unwrap_err();
			let paths = issues.into_iter().map(|issue| issue.path.unwrap_or_default());
			paths.collect::<Vec<_>>().join(" ")
		};
		for (pointer, value, path) in [
			("/status", json!("active"), "Subscription.status"),
			("/criteria", json!("DocumentReference?patient=1"), "Subscription.criteria"),
			("/_criteria/extension/0/valueString", json!("Consent?patient=1"), "criteria"),
			("/_criteria/extension/0/url", json!("urn:other"), "Subscription.criteria.extension"),
			("/channel/type", json!("email"), "Subscription.channel.type"),
			("/channel/payload", json!("text/plain"), "Subscription.channel.payload"),
			(
				"/channel/_payload/extension/0/valueCode",
				json!("full-resource"),
				"Subscription.channel.payload.extension",
			),
		] {
			let found = paths(pointer, value);
			assert!(found.contains(path), "{pointer}: {found}");
		}
		for name in ["patient=", "patient", "status=&patient=1"] {
			let filter = json!(format!("DocumentReference?category=imaging&{name}"));
			let found = paths("/_criteria/extension/0/valueString", filter);
			assert_eq!(found, "Subscription.criteria.extension", "{name}");
		}
		let mut secret = wanted();
		secret["channel"]["header"] = json!(["Authorization: Bearer x"]);
		let issues = read(&secret.to_string()).unwrap_err();
		assert_eq!(issues[0].path.as_deref(), Some("Subscription.channel.header"));
	}

	#[test]
	fn terms_that_are_not_kept_are_refused() {
		let of = |pointer: &str, name: &str, url: String| {
			let mut wanted = wanted();
			let extension = json!({ "url": url, "valueUnsignedInt": 60 });
			wanted.pointer_mut(pointer).unwrap()[name] = json!({ "extension": [extension] });
			if name == "extension" {
				wanted.pointer_mut(pointer).unwrap()[name] = json!([extension]);
			}
			let issues = read(&wanted.to_string()).err().unwrap_or_default();
			issues.into_iter().map(|one| one.path.unwrap_or_default()).collect::<Vec<_>>()
		};
		for name in ["heartbeat-period", "timeout", "max-count"] {
			let url = format!("{BACKPORT}/backport-{name}");
			let expected = ["Subscription.channel.extension[0]"];
			assert_eq!(of("/channel", "extension", url), expected, "{name}");
		}
		let kind = format!("{BACKPORT}/backport-channel-type");
		assert_eq!(of("/channel", "_type", kind), ["Subscription.channel.type.extension[0]"]);
		let r5 = format!("{}.heartbeatPeriod", TERMS[1]);
		assert_eq!(of("", "extension", r5), ["Subscription.extension[0]"]);
		assert!(of("", "extension", "urn:x".into()).is_empty());
		// An end that only has extensions.
		let mut endless = wanted();
		endless.as_object_mut().unwrap().remove("end");
		endless["_end"] = json!({ "extension": [{ "url": "urn:x", "valueCode": "unknown" }] });
		let issues = read(&endless.to_string()).unwrap_err();
		assert_eq!(issues[0].path.as_deref(), Some("Subscription.end"));
		let mut modified = wanted();
		modified["channel"]["modifierExtension"] = json!([{ "url": "urn:x", "valueCode": "x" }]);
		assert_eq!(read(&modified.to_string()).unwrap_err()[0].code, "not-kept");
	}

	#[test]
	fn a_notification_names_its_events() {
		let of = |payload| {
			let mut terms = read(&wanted().to_string()).unwrap();
			terms.payload = payload;
			let subscription = Subscription {
				id: "x".into(),
				terms,
				status: Status::Active,
				fault: None,
				made: 1,
			};
			let event = |number, focus: &str| Event {
				number,
				at: 1_700_000_000_000,
				focus: focus.into(),
				act: [Act::Added, Act::Changed, Act::Ended][number as usize - 1],
			};
			let events = [event(1, "a"), event(2, "b"), event(3, "a")];
			subscription.notification("https://x/fhir", Kind::Events, &events, 7)
		};
		let bundle = of(Payload::IdOnly);
		let parameters = &bundle["entry"][0]["resource"]["parameter"];
		assert_eq!(parameters[4]["valueString"], "7");
		let focus = &parameters[6]["part"][2]["valueReference"]["reference"];
		assert_eq!(focus, "https://x/fhir/DocumentReference/b");
		// Each resource once, by its last event.
		let entries = bundle["entry"].as_array().unwrap().iter();
		let methods: Vec<_> = entries.map(|entry| entry["request"]["method"].as_str()).collect();
		assert_eq!(methods, [Some("GET"), Some("PUT"), Some("DELETE")]);
		let ended = json!({ "status": "204" });
		assert_eq!(bundle["entry"][2]["response"], ended);
		let text = of(Payload::Empty).to_string();
		assert!(text.contains("event-number") && !text.contains("DocumentReference/"), "{text}");
	}

	#[test]
	fn the_status_has_the_reason() {
		let subscription = Subscription {
			id: "x".into(),
			terms: read(&wanted().to_string()).unwrap(),
			status: Status::Off,
			fault: Some("no endpoint".into()),
			made: 1,
		};
		assert_eq!(subscription.resource()["error"], "no endpoint");
		let status = subscription.status("https://x/fhir", 7);
		let parameters = status["entry"][0]["resource"]["parameter"].as_array().unwrap();
		assert_eq!(parameters[2]["valueCode"], "off");
		let error = parameters.iter().find(|one| one["name"] == "error").unwrap();
		assert_eq!(error["valueCodeableConcept"]["text"], "no endpoint");
	}

	#[test]
	fn the_time_of_a_change_is_that_of_its_block() {
		let time = "2026-01-02T03:04:05.678Z";
		let expected = Some(1_767_323_045_678);
		assert_eq!(changed(&json!({ "meta": { "lastUpdated": time } })), expected);
		assert_eq!(changed(&json!({ "recorded": time })), expected);
		assert_eq!(changed(&json!({})), None);
	}
}
