//! The parameters of a search, from the URL and the form.

use axum::http::HeaderMap;
use salus_fhir::search::Handling;

use crate::paging;

/// Parameters of a search, decoded.
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

	/// Returns the link to a page, if it is one.
	pub(super) fn page(&self) -> Option<&str> {
		let found = self.pairs.iter().find(|(name, _)| name == paging::PARAMETER)?;
		Some(&found.1)
	}
}

/// Returns whether a client has this preference (RFC 7240).
pub(super) fn prefers(headers: &HeaderMap, preference: &str) -> bool {
	let given = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
	let mut given = given.flat_map(|value| value.split([',', ';']));
	given.any(|one| one.trim().eq_ignore_ascii_case(preference))
}

fn decoded(query: &str) -> Vec<(String, String)> {
	form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Returns parameters as the query part of a URL.
pub(super) fn encoded(pairs: &[(String, String)]) -> String {
	form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
