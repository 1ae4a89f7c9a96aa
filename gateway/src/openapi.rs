//! The OpenAPI documents of what is not FHIR: tokens, administration and metrics.
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
	use std::collections::BTreeSet;

	/// Returns the paths that a router's source has, except FHIR's own.
	fn routes(source: &'static str) -> BTreeSet<&'static str> {
		let paths = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
		let is_fhir = |path: &str| {
			["/fhir", "/fhir/", "/fhir/metadata"].contains(&path) || path.starts_with("/fhir/{")
		};
		paths.filter(|path| !is_fhir(path)).collect()
	}

	#[test]
	fn the_documents_have_every_path_that_is_not_fhir() {
		for (source, document, count) in [
			(include_str!("app.rs"), of_server("https://fhir.hospital.example/salus"), 6),
			(include_str!("metrics.rs"), of_metrics(), 2),
		] {
			let documented: BTreeSet<_> =
				document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
			assert_eq!((documented.len(), documented), (count, routes(source)));
			assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
		}
		let document = of_server("https://fhir.hospital.example/salus");
		assert_eq!(document["servers"][0]["url"], "https://fhir.hospital.example/salus");
	}
}
