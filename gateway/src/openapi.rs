//! The OpenAPI documents of what is not FHIR: tokens, probes and metrics.
//!
//! They are written by hand, because no type of Rust says which statuses and headers an answer
//! has. The tests compare them with the paths, and a fuzzer compares them with a running server.

use serde_json::Value;

const SERVER: &str = include_str!("openapi/server.json");

const METRICS: &str = include_str!("openapi/metrics.json");

/// Returns the document of the server with this public address.
pub(crate) fn of_server(base: &str) -> Value {
	complete(SERVER, base)
}

/// Returns the document of the metrics.
pub(crate) fn of_metrics() -> Value {
	complete(METRICS, "/")
}

fn complete(text: &str, base: &str) -> Value {
	let mut document: Value = serde_json::from_str(text).unwrap_or_default();
	for (pointer, value) in [("/info/version", env!("CARGO_PKG_VERSION")), ("/servers/0/url", base)]
	{
		if let Some(place) = document.pointer_mut(pointer) {
			*place = value.into();
		}
	}
	document
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::auth::scope::Scopes;
	use proptest::{
		strategy::{Strategy, ValueTree},
		string::string_regex,
		test_runner::TestRunner,
	};
	use std::collections::BTreeSet;

	/// Returns the paths that a router's source has, each with its method, except FHIR's own.
	fn routes(source: &'static str) -> BTreeSet<(&'static str, &'static str)> {
		let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
		let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split_once('"'));
		let is_fhir = |path: &str| {
			["/fhir", "/fhir/", "/fhir/metadata"].contains(&path) || path.starts_with("/fhir/{")
		};
		let of = |rest: &str| if rest.starts_with(", post(") { "post" } else { "get" };
		routes.filter(|(path, _)| !is_fhir(path)).map(|(path, rest)| (path, of(rest))).collect()
	}

	/// Returns the paths that a document has, each with its methods.
	fn documented(document: &Value) -> BTreeSet<(&str, &str)> {
		let paths = document["paths"].as_object().unwrap().iter();
		let methods = paths.flat_map(|(path, item)| {
			item.as_object().unwrap().keys().map(|method| (path.as_str(), method.as_str()))
		});
		methods.collect()
	}

	#[test]
	fn the_documents_have_every_route_that_is_not_fhir() {
		let health = routes(include_str!("app/health.rs"));
		let server = &routes(include_str!("app.rs")) | &health;
		let metrics = &routes(include_str!("metrics.rs")) | &health;
		for (routes, document, count) in [
			(server, of_server("https://fhir.hospital.example/salus"), 6),
			(metrics, of_metrics(), 4),
		] {
			let documented = documented(&document);
			assert_eq!((documented.len(), documented), (count, routes));
			assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
			assert_eq!(document["info"]["license"]["identifier"], env!("CARGO_PKG_LICENSE"));
		}
		let document = of_server("https://fhir.hospital.example/salus");
		assert_eq!(document["servers"][0]["url"], "https://fhir.hospital.example/salus");
	}

	#[test]
	fn the_pattern_of_a_scope_has_all_that_the_server_reads() {
		let document = of_server("");
		let pattern = document["components"]["schemas"]["Scope"]["pattern"].as_str().unwrap();
		let text = string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap();
		let (mut runner, mut actions) = (TestRunner::deterministic(), BTreeSet::new());
		for _ in 0..1_000 {
			let text = text.new_tree(&mut runner).unwrap().current();
			assert!(Scopes::parse(&text).is_ok(), "{text}");
			actions
				.extend(text.split(' ').filter_map(|one| Some(one.split_once('.')?.1.to_owned())));
		}
		// Each choice of the five letters but none, and the three words of version 1.
		assert_eq!(actions.len(), 31 + 3, "{actions:?}");
	}
}
