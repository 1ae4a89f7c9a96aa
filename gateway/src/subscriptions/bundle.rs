//! Bundles with events. An event waits for its endpoint, and the patient may revoke before it is
//! sent. So a Bundle names only documents that the client still finds; the other events have their
//! number.

use std::collections::HashSet;

use salus_fhir::subscription::{Event, Kind, Payload};
use serde_json::Value;

use super::{settled, Kept};
use crate::{app::Gateway, auth::Access, fault::Answer, fhir};

/// Type of the resources that a client finds only while it may open them.
const OPENED: &str = "DocumentReference";

/// Returns a Bundle with events of a subscription, as its client may see them now.
pub(crate) async fn bundle(
	gateway: &Gateway,
	access: &Access,
	kept: &Kept,
	kind: Kind,
	events: &[Event],
) -> Answer<Value> {
	let (base, terms) = (gateway.base(), &kept.subscription.terms);
	let mut bundle = kept.subscription.notification(&base, kind, events, kept.last);
	let resource = terms.topic.resource;
	if resource != OPENED || terms.payload == Payload::Empty || events.is_empty() {
		return Ok(bundle);
	}
	let view = settled(gateway).await?;
	let found = fhir::subscription::matches(gateway, view, access, resource, &terms.filter).await?;
	let found = found.into_iter().map(|one| format!("{base}/{resource}/{}", one.id));
	name_only(&mut bundle, &found.collect());
	Ok(bundle)
}

/// Removes the names of all resources but these, by their addresses.
fn name_only(bundle: &mut Value, found: &HashSet<String>) {
	let is_found = |address: Option<&Value>| {
		address.and_then(Value::as_str).is_some_and(|address| found.contains(address))
	};
	let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) else { return };
	// The first one is the state of the subscription.
	entries.retain(|entry| entry.get("resource").is_some() || is_found(entry.get("fullUrl")));
	let parameters =
		entries.iter_mut().filter_map(|entry| entry.pointer_mut("/resource/parameter"));
	let events = parameters.filter_map(Value::as_array_mut).flatten();
	for part in events.filter_map(|event| event.get_mut("part")).filter_map(Value::as_array_mut) {
		part.retain(|one| {
			one.get("name").is_none_or(|name| name != "focus")
				|| is_found(one.pointer("/valueReference/reference"))
		});
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::subscriptions::store::tests::new;
	use salus_fhir::subscription::Act;

	#[test]
	fn a_bundle_names_only_what_the_client_finds() {
		let subscription = new("a", "his").subscription;
		let event =
			|number, focus: &str| Event { number, at: 5, focus: focus.into(), act: Act::Added };
		let ended = Event { act: Act::Ended, ..event(5, "GONE") };
		let events = [event(1, "GONE"), event(2, "2"), event(3, "GONE"), event(4, "4"), ended];
		let mut bundle = subscription.notification("https://x/fhir", Kind::Events, &events, 5);
		let address = |id: &str| format!("https://x/fhir/DocumentReference/{id}");
		name_only(&mut bundle, &["2", "4", "5"].map(address).into_iter().collect());
		let text = bundle.to_string();
		assert!(!text.contains("GONE"), "{text}");
		let parameters = bundle["entry"][0]["resource"]["parameter"].as_array().unwrap();
		let named = parameters.iter().filter(|one| one["name"] == "notification-event");
		let named = named.map(|event| {
			let number = event["part"][0]["valueString"].as_str().unwrap();
			let focus = event["part"].get(2).map(|focus| &focus["valueReference"]["reference"]);
			(number, focus.map(|focus| focus.as_str().unwrap().to_owned()))
		});
		let (second, fourth) = (Some(address("2")), Some(address("4")));
		let expected = [("1", None), ("2", second), ("3", None), ("4", fourth), ("5", None)];
		assert_eq!(named.collect::<Vec<_>>(), expected);
		let entries = bundle["entry"].as_array().unwrap();
		let addresses = entries.iter().skip(1).map(|entry| entry["fullUrl"].as_str().unwrap());
		assert_eq!(addresses.collect::<Vec<_>>(), [address("2"), address("4")]);
	}
}
