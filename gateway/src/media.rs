//! Media types in headers: those that a client sends, and those that it takes.

use std::cmp::Reverse;

use axum::http::{header, HeaderMap, HeaderName, StatusCode};
use salus_fhir::{outcome::IssueKind, MEDIA_TYPE};

use crate::{
	body::RESOURCES,
	fault::{Answer, Fault},
};

/// Versions of FHIR that this server speaks, as `fhirVersion` names them.
const VERSIONS: [&str; 2] = ["4.0", "4.0.1"];

/// Ranges of media types that include a resource in JSON, the most specific first.
const RANGES: [&str; 2] = ["application/*", "*/*"];

/// Names of the character set of answers, and the range that includes it, which comes last.
const CHARSETS: [&str; 3] = ["utf-8", "utf8", "*"];

/// Returns a media type without its parameters.
pub(crate) fn essence(media_type: &str) -> &str {
	media_type.split(';').next().unwrap_or_default().trim()
}

/// Returns whether a media type, without its parameters, is one of these.
pub(crate) fn is_one_of(media_type: &str, types: &[&str]) -> bool {
	types.iter().any(|one| one.eq_ignore_ascii_case(essence(media_type)))
}

/// Returns the parts of a header's value between separators that are not in a quoted string
/// (RFC 9110, 5.6.4).
fn parts(value: &str, separator: char) -> impl Iterator<Item = &str> {
	let (mut is_quoted, mut is_escaped) = (false, false);
	value.split(move |one: char| {
		let is_plain = !is_quoted;
		match one {
			_ if is_escaped => is_escaped = false,
			'\\' => is_escaped = is_quoted,
			'"' => is_quoted = is_plain,
			_ => {}
		}
		is_plain && one == separator
	})
}

/// Returns the parameters of a media type.
fn parameters(media_type: &str) -> impl Iterator<Item = (&str, &str)> {
	let all = parts(media_type, ';').skip(1).filter_map(|one| one.split_once('='));
	all.map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
}

/// Returns whether a parameter of a media type, if it is given, has a value of this kind.
fn has(media_type: &str, name: &str, is_right: impl Fn(&str) -> bool) -> bool {
	let mut named = parameters(media_type).filter(|(given, _)| given.eq_ignore_ascii_case(name));
	named.all(|(_, value)| is_right(value))
}

/// Returns whether a media type names no character set other than UTF-8.
pub(crate) fn is_utf_8(media_type: &str) -> bool {
	has(media_type, "charset", is_name_of_utf_8)
}

fn is_name_of_utf_8(name: &str) -> bool {
	["utf-8", "utf8"].iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Returns whether a media type names no version of FHIR other than R4.
fn is_r4(media_type: &str) -> bool {
	has(media_type, "fhirVersion", |value| VERSIONS.contains(&value))
}

/// Returns whether a client takes what a range names: its `q` is not 0 (RFC 9110, 12.4.2).
fn is_wanted(range: &str) -> bool {
	has(range, "q", |value| !value.trim_matches(['0', '.']).is_empty())
}

/// Finds the first of these names that a range has, and returns whether the client takes it. The
/// most specific range decides (RFC 9110, 12.5.1). `None` if no range has one of them.
fn is_taken<'a>(ranges: impl Iterator<Item = &'a str>, names: &[&str]) -> Option<bool> {
	let ranked = ranges.filter_map(|range| {
		let rank = names.iter().position(|name| name.eq_ignore_ascii_case(essence(range)))?;
		let is_own = |(name, _): &(&str, &str)| !name.eq_ignore_ascii_case("q");
		// One with parameters is more specific. Of two that contradict each other, the refusal
		// counts.
		Some((rank, Reverse(parameters(range).filter(is_own).count()), is_wanted(range)))
	});
	ranked.min().map(|(_, _, is_wanted)| is_wanted)
}

/// Returns the ranges of a header such as `Accept`.
fn ranges(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
	let all = headers.get_all(name).iter();
	all.filter_map(|value| value.to_str().ok()).flat_map(|value| parts(value, ','))
}

/// Returns the media types that a client accepts, with their parameters.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
	ranges(headers, header::ACCEPT)
}

/// Returns the media types that a client accepts and does not exclude by `q=0`.
pub(crate) fn wanted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
	accepted(headers).filter(|range| is_wanted(range))
}

/// Refuses a body whose media type is not one of these, or names another version of FHIR or another
/// character set. A client can leave the type out.
pub(crate) fn sends(headers: &HeaderMap, types: &[&str]) -> Answer<()> {
	let Some(sent) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
	let sent = sent.to_str().unwrap_or_default();
	let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
	if !is_one_of(sent, types) || !is_r4(sent) {
		let types = types.join(", ");
		let text =
			format!("this server does not read this media type here; send {types}, of FHIR R4");
		return Err(Fault::new(status, IssueKind::NotSupported, "media-type", text));
	}
	if !is_utf_8(sent) {
		let text = "the media type names another character set; send UTF-8";
		return Err(Fault::new(status, IssueKind::NotSupported, "not-utf-8", text));
	}
	Ok(())
}

/// Refuses a client that takes no FHIR R4 in JSON, or no UTF-8.
pub(crate) fn speaks_json(headers: &HeaderMap) -> Answer<()> {
	let status = StatusCode::NOT_ACCEPTABLE;
	if headers.contains_key(header::ACCEPT) && !takes_json(headers) {
		let text = "this server speaks FHIR R4 in JSON only; accept application/fhir+json";
		return Err(Fault::new(status, IssueKind::NotSupported, "json-only", text));
	}
	takes_utf_8(headers)
}

/// Refuses a client that takes no UTF-8.
pub(crate) fn takes_utf_8(headers: &HeaderMap) -> Answer<()> {
	let charsets = header::ACCEPT_CHARSET;
	let is_given = headers.contains_key(&charsets);
	if is_given && is_taken(ranges(headers, charsets), &CHARSETS) != Some(true) {
		let status = StatusCode::NOT_ACCEPTABLE;
		let text = "this server writes UTF-8 only; accept UTF-8, or leave Accept-Charset out";
		return Err(Fault::new(status, IssueKind::NotSupported, "not-utf-8", text));
	}
	Ok(())
}

/// Returns whether `Accept` includes what this server answers.
pub(crate) fn takes_json(headers: &HeaderMap) -> bool {
	let right = || accepted(headers).filter(|range| is_r4(range) && is_utf_8(range));
	let takes_alias = || right().any(|range| is_one_of(range, RESOURCES) && is_wanted(range));
	// The type itself takes precedence over its other names, and these over ranges.
	is_taken(right(), &[MEDIA_TYPE])
		.unwrap_or_else(|| takes_alias() || is_taken(right(), &RANGES) == Some(true))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::body::FORMS;
	use axum::http::HeaderValue;

	fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
		let value = |value: &&str| (name.clone(), HeaderValue::from_str(value).unwrap());
		values.iter().map(value).collect()
	}

	#[test]
	fn only_json_of_r4_in_utf_8_is_read_as_a_resource() {
		let sent = |values: &[&str], types| {
			let sent = sends(&headers(&header::CONTENT_TYPE, values), types);
			sent.map_err(|fault| fault.code())
		};
		for right in [
			&[][..],
			&["Application/FHIR+json; charset=utf-8"],
			&["application/fhir+json; fhirVersion=4.0; charset=\"UTF-8\""],
			&["application/json"],
		] {
			assert_eq!(sent(right, RESOURCES), Ok(()), "{right:?}");
		}
		for (other, code) in [
			("application/fhir+xml", "media-type"),
			("text/plain", "media-type"),
			("", "media-type"),
			("application/fhir+json; fhirVersion=5.0", "media-type"),
			("application/fhir+json; charset=utf-16", "not-utf-8"),
		] {
			assert_eq!(sent(&[other], RESOURCES), Err(code), "{other}");
		}
		let form = "application/x-www-form-urlencoded";
		assert_eq!(sent(&[&format!("{form}; charset=UTF-8")], FORMS), Ok(()));
		assert_eq!(sent(&[&format!("{form}; charset=iso-8859-1")], FORMS), Err("not-utf-8"));
	}

	#[test]
	fn a_client_takes_fhir_r4_in_json() {
		let takes = |values: &[&str]| speaks_json(&headers(&header::ACCEPT, values)).is_ok();
		// As HAPI, browsers and Java's own client ask.
		let hapi = "application/fhir+xml;q=1.0, application/fhir+json;q=1.0, \
		            application/xml+fhir;q=0.9, application/json+fhir;q=0.9";
		let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
		for right in [
			&[][..],
			&[hapi],
			&[java],
			&["application/json"],
			&["application/fhir+json;fhirVersion=4.0"],
			&["text/html", "application/*;q=0.1"],
			&["application/fhir+json;fhirVersion=5.0, application/fhir+json;q=0.5"],
			&["application/fhir+json;fhirVersion=5.0;q=0, application/fhir+json"],
			&["application/fhir+json;q=0, application/fhir+json;fhirVersion=4.0"],
			&["application/fhir+json;profile=\"a;q=0\""],
			&["text/x;a=\"\\\",b\", application/fhir+json"],
			&["application/*, */*;q=0"],
			&["application/json, application/*;q=0"],
			&["application/json;q=0, */*"],
		] {
			assert!(takes(right), "{right:?}");
		}
		for other in [
			"application/fhir+xml",
			"text/html",
			"",
			";;",
			"application/fhir+json;q=0",
			"application/fhir+json; q=0.000, */*",
			"application/fhir+json;fhirVersion=5.0",
			"application/fhir+json;charset=utf-16",
			"application/notjson",
			"application/*;q=0, */*",
			"text/x;a=\", application/fhir+json;b=\"",
			"application/fhir+json, application/fhir+json;fhirVersion=4.0;q=0",
		] {
			assert!(!takes(&[other]), "{other}");
		}
	}

	#[test]
	fn a_client_takes_utf_8() {
		let takes = |value: &str| speaks_json(&headers(&header::ACCEPT_CHARSET, &[value]));
		for right in ["utf-8", "iso-8859-1, UTF-8;q=0.5", "*", "*;q=0, utf-8"] {
			assert!(takes(right).is_ok(), "{right}");
		}
		for other in ["iso-8859-1", "utf-8;q=0", "", "utf-8;q=0, *"] {
			assert_eq!(takes(other).unwrap_err().code(), "not-utf-8", "{other}");
		}
	}
}
