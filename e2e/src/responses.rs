//! Keeps the FHIR resources that servers send, for `conformance/check-resources`.

use serde_json::Value;
use std::{
	collections::{BTreeSet, HashSet},
	env, fs,
	path::PathBuf,
	sync::{
		atomic::{AtomicU64, Ordering},
		LazyLock, Mutex,
	},
};

/// Elements whose values decide whether a resource is valid, digit by digit.
const CODES: [&str; 7] =
	["code", "contentType", "display", "fhirVersion", "profile", "system", "type"];

/// Length from which text without a space is data, in characters: an address of a document, or its
/// content.
const DATA: usize = 200;

/// Number of the next file.
static RESPONSES: AtomicU64 = AtomicU64::new(1);

/// Shapes of the resources that were kept.
static KEPT: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Writes a resource to the folder `SALUS_FHIR_RESPONSES`, if there is one, unless it differs from
/// a kept one in its numbers, times, and identifiers only. Keeps each one with `SALUS_FHIR_ALL=1`.
///
/// Leaves out a document that is FHIR itself: it is its author's.
pub fn keep(path: &str, media_type: &str, body: &[u8]) {
	let Some(folder) = env::var_os("SALUS_FHIR_RESPONSES") else { return };
	if !media_type.contains("fhir+json") {
		return;
	}
	let resource: Value = serde_json::from_slice(body).expect("a resource is JSON");
	let is_own = ["Binary", "OperationOutcome"].iter().any(|of| resource["resourceType"] == **of);
	if path.contains("/fhir/Binary/") && !is_own {
		return;
	}
	let is_new = KEPT.lock().expect("no thread panics with it").insert(shape("", &resource));
	if !is_new && env::var_os("SALUS_FHIR_ALL").is_none() {
		return;
	}
	let number = RESPONSES.fetch_add(1, Ordering::Relaxed);
	let file = format!("{}-{number}.json", std::process::id());
	fs::write(PathBuf::from(folder).join(file), body).expect("SALUS_FHIR_RESPONSES is a folder");
}

/// Returns what is left of an element without its numbers, times, and identifiers. Items of a list
/// count once for each shape, in any order.
fn shape(name: &str, value: &Value) -> String {
	match value {
		Value::Object(fields) => {
			let fields =
				fields.iter().map(|(name, field)| format!("{name}:{}", shape(name, field)));
			format!("{{{}}}", fields.collect::<BTreeSet<_>>().into_iter().collect::<String>())
		}
		Value::Array(items) => {
			let items = items.iter().map(|item| shape(name, item));
			format!("[{}]", items.collect::<BTreeSet<_>>().into_iter().collect::<String>())
		}
		Value::String(text) if CODES.contains(&name) => format!("{text:?}"),
		Value::String(text) if text.len() >= DATA && !text.contains(' ') => "data".to_owned(),
		Value::String(text) => format!("{:?}", words(text)),
		Value::Number(_) => "0".to_owned(),
		other => other.to_string(),
	}
}

/// Returns a text with `0` for each run of letters and digits that has a digit.
fn words(text: &str) -> String {
	let mut words = String::with_capacity(text.len());
	let mut rest = text;
	while let Some(first) = rest.chars().next() {
		let end = rest.find(|next: char| !next.is_ascii_alphanumeric());
		let (word, next) = rest.split_at(end.unwrap_or(rest.len()));
		match word {
			"" => words.push(first),
			word if word.contains(|digit: char| digit.is_ascii_digit()) => words.push('0'),
			word => words.push_str(word),
		}
		rest = if word.is_empty() { &rest[first.len_utf8()..] } else { next };
	}
	words
}

#[cfg(test)]
mod tests {
	use super::shape;
	use serde_json::json;

	#[test]
	fn numbers_times_and_identifiers_make_no_shape() {
		let task = |id: &str, time: &str, code: &str, texts: &[&str]| {
			shape("", &json!({ "id": id, "time": time, "code": code, "note": texts, "count": 2 }))
		};
		let one = task("5Grw7", "2026-11-30T10:00:00Z", "11488-4", &["is 7", "is not"]);
		let texts = ["is not", "is 8", "is 9"];
		assert_eq!(one, task("5FHn", "2027-01-01T00:00:01Z", "11488-4", &texts));
		assert_ne!(one, task("5Grw7", "2026-11-30T10:00:00Z", "34133-9", &texts));
		assert_ne!(one, task("5Grw7", "2026-11-30", "11488-4", &texts));
		assert_ne!(one, task("5Grw7", "2026-11-30T10:00:00Z", "11488-4", &["is 7"]));
	}
}
