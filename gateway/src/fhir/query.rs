//! The parameters of a request, from the URL and the form.

use axum::http::{HeaderMap, StatusCode};
use salus_fhir::{
	outcome::IssueKind,
	search::{self, Handling, OF_FORM},
};

use crate::{
	fault::{Answer, Fault},
	paging,
};

/// Parameters of a request, decoded.
pub(crate) struct Query {
	pub(super) pairs: Vec<(String, String)>,
	pub(super) handling: Handling,
}

impl Query {
	pub(crate) fn from_url(query: &str, headers: &HeaderMap) -> Self {
		let is_strict = prefers(headers, "handling=strict");
		Self {
			pairs: decoded(query),
			handling: if is_strict { Handling::Strict } else { Handling::Lenient },
		}
	}

	/// Adds the parameters of a form.
	pub(crate) fn and(mut self, pairs: Vec<(String, String)>) -> Self {
		self.pairs.extend(pairs);
		self
	}

	/// Returns the parameters.
	pub(crate) fn pairs(&self) -> &[(String, String)] {
		&self.pairs
	}

	/// Parses the parameters of a read. Any other parameter is refused.
	pub(crate) fn of_read(&self) -> Answer<search::Query> {
		Ok(search::Query::of_read(&self.pairs)?)
	}

	/// Refuses every parameter except `_format` and `_pretty`. Returns whether `_format` is given.
	pub(crate) fn of_form(&self) -> Answer<bool> {
		let form = search::Query::of_form(&self.pairs)?;
		Ok(form.used.iter().any(|(name, _)| name == "_format"))
	}

	/// Removes `_format` and `_pretty` from the parameters. Fails if the server cannot answer in
	/// that form.
	pub(crate) fn without_form(self) -> Answer<Self> {
		let is_of_form = |name: &str| OF_FORM.contains(&name);
		let (form, pairs): (Vec<_>, Vec<_>) =
			self.pairs.into_iter().partition(|(name, _)| is_of_form(name));
		search::Query::of_form(&form)?;
		Ok(Self { pairs, handling: self.handling })
	}

	/// Returns the link to a page, if it is one. A link has the whole search, so any other
	/// parameter except `_format` and `_pretty` is refused.
	pub(super) fn page(&self) -> Answer<Option<String>> {
		let is_link = |(name, _): &(String, String)| name == paging::PARAMETER;
		let Some(at) = self.pairs.iter().position(is_link) else { return Ok(None) };
		let mut others = self.pairs.clone();
		let (_, link) = others.remove(at);
		search::Query::of_form(&others)?;
		Ok(Some(link))
	}
}

/// Returns whether a client has this preference (RFC 7240).
pub(super) fn prefers(headers: &HeaderMap, preference: &str) -> bool {
	let given = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
	let mut given = given.flat_map(|value| value.split([',', ';']));
	// A value can have quotation marks, and spaces before and after the sign.
	let is_of_text = |letter: &char| *letter != '"' && !letter.is_ascii_whitespace();
	given.any(|one| {
		let plain: String = one.chars().filter(is_of_text).collect();
		plain.eq_ignore_ascii_case(preference)
	})
}

fn decoded(query: &str) -> Vec<(String, String)> {
	form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Returns parameters as the query part of a URL.
pub(super) fn encoded(pairs: &[(String, String)]) -> String {
	form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Refuses a create with conditions in its address. FHIR R4 has them in `If-None-Exist`. If they
/// were ignored, a client could add a document twice.
pub(crate) fn no_conditions(query: &Query) -> Answer<()> {
	let is_condition = |name: &str| !OF_FORM.contains(&name);
	if query.pairs.iter().any(|(name, _)| is_condition(name)) {
		let text = "a create has no parameters; give conditions as If-None-Exist";
		let status = StatusCode::BAD_REQUEST;
		return Err(Fault::new(status, IssueKind::NotSupported, "parameters", text));
	}
	query.of_form()?;
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_create_has_no_conditions_in_its_address() {
		let create = |query| no_conditions(&Query::from_url(query, &HeaderMap::new()));
		assert!(create("").is_ok() && create("_format=json&_pretty=true").is_ok());
		assert_eq!(create("identifier=1").unwrap_err().code(), "parameters");
		assert_eq!(create("_format=xml").unwrap_err().code(), "json-only");
	}

	#[test]
	fn format_and_pretty_are_kept_apart_from_other_parameters() {
		let of = |query| Query::from_url(query, &HeaderMap::new());
		let left = of("_format=json&record=1&_pretty=true").without_form().unwrap();
		assert_eq!(left.pairs(), [("record".to_owned(), "1".to_owned())]);
		assert_eq!(of("_format=xml&record=1").without_form().err().unwrap().code(), "json-only");
		assert!(of("_format=json").of_form().unwrap() && !of("_pretty=true").of_form().unwrap());
		assert_eq!(of("_cascade=delete").of_form().unwrap_err().code(), "unknown-parameter");
		assert_eq!(of("_since=2026").of_read().unwrap_err().code(), "unknown-parameter");
	}

	#[test]
	fn a_page_link_has_no_other_parameter() {
		let page = |query: &str| {
			let query = Query::from_url(query, &HeaderMap::new());
			query.page().map_err(|fault| fault.code())
		};
		assert_eq!(page("status=current"), Ok(None));
		for link in ["_page=x", "_page=x&_format=json&_pretty=true", "_format=json&_page=x"] {
			assert_eq!(page(link), Ok(Some("x".to_owned())), "{link}");
		}
		for other in ["status=current", "foo=1", "_count=2", "patient=1", "_page=y"] {
			for link in [format!("_page=x&{other}"), format!("{other}&_page=x")] {
				assert_eq!(page(&link), Err("unknown-parameter"), "{link}");
			}
		}
		assert_eq!(page("_page=x&_format=xml"), Err("json-only"));
	}

	#[test]
	fn a_preference_can_have_quotation_marks() {
		let prefers = |value: &str| {
			let headers = HeaderMap::from_iter([(
				axum::http::HeaderName::from_static("prefer"),
				axum::http::HeaderValue::from_str(value).unwrap(),
			)]);
			prefers(&headers, "handling=strict")
		};
		for strict in ["handling=strict", "wait=5, Handling = \"strict\"", "handling=\"strict\";x"]
		{
			assert!(prefers(strict), "{strict}");
		}
		for other in ["handling=lenient", "handling", "", "handling=\"stricter\""] {
			assert!(!prefers(other), "{other}");
		}
	}
}
