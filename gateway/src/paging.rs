//! Links to further pages.
//!
//! A link carries the search, the position, and a digest of all matches, under a key that this
//! process makes at start. Each page is decided again: if the matches differ from those of the page
//! before, because consent or records changed, the link has expired, and nothing is shown that was
//! revoked meanwhile.

use aws_lc_rs::{
	constant_time::verify_slices_are_equal,
	digest::{Context, SHA256},
	hmac,
};
use axum::http::StatusCode;
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use salus_fhir::outcome::IssueKind;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Name of the parameter.
pub(crate) const PARAMETER: &str = "_page";

/// Position in a search.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
	/// Part of the address before the parameters.
	pub(crate) path: String,
	/// Id of the client.
	pub(crate) client: String,
	/// Parameters of the search.
	pub(crate) pairs: Vec<(String, String)>,
	/// Index of the page's first match.
	pub(crate) from: usize,
	/// Digest of all matches.
	#[serde(with = "hex::serde")]
	pub(crate) matches: [u8; 32],
}

/// The key of links.
pub(crate) struct Links(hmac::Key);

impl Links {
	/// Makes a key.
	pub(crate) fn new() -> Result<Self, getrandom::Error> {
		let mut secret = [0; 32];
		getrandom::fill(&mut secret)?;
		Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
	}

	/// Returns the query part of the link to a position.
	pub(crate) fn to(&self, position: &Position) -> String {
		let body = serde_json::to_vec(position).unwrap_or_default();
		let tag = hmac::sign(&self.0, &body);
		let link = [tag.as_ref(), &body].concat();
		format!("{PARAMETER}={}", URL_SAFE_NO_PAD.encode(link))
	}

	/// Returns the position to which a link leads.
	pub(crate) fn position(&self, text: &str) -> Result<Position, Fault> {
		let link = URL_SAFE_NO_PAD.decode(text).ok();
		let position = link.and_then(|link| {
			let (tag, body) = link.split_at_checked(32)?;
			let right = hmac::sign(&self.0, body);
			verify_slices_are_equal(tag, right.as_ref()).ok()?;
			serde_json::from_slice(body).ok()
		});
		position.ok_or_else(over)
	}
}

/// Returns the fault of a link that leads nowhere any more.
pub(crate) fn over() -> Fault {
	let text =
		"this page has expired, because records or consent changed or the server started again; \
	            search again";
	Fault::new(StatusCode::GONE, IssueKind::TooCostly, "page-over", text)
}

/// Returns the digest of matches, by their ids and versions.
pub(crate) fn digest_of<'a>(matches: impl Iterator<Item = (&'a [u8], u32)>) -> [u8; 32] {
	let mut context = Context::new(&SHA256);
	for (id, version) in matches {
		context.update(&u32::try_from(id.len()).unwrap_or(u32::MAX).to_be_bytes());
		context.update(id);
		context.update(&version.to_be_bytes());
	}
	context.finish().as_ref().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_link_leads_back_unless_it_was_altered() {
		let links = Links::new().unwrap();
		let position = Position {
			path: "DocumentReference".into(),
			client: "his".into(),
			pairs: vec![("patient".into(), "5Grw".into())],
			from: 20,
			matches: digest_of([(&b"a"[..], 1)].into_iter()),
		};
		let link = links.to(&position);
		let text = link.strip_prefix("_page=").unwrap();
		assert_eq!(links.position(text).unwrap(), position);
		for at in [0, 40, text.len() - 2] {
			let mut altered = text.to_owned().into_bytes();
			altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
			assert!(links.position(std::str::from_utf8(&altered).unwrap()).is_err());
		}
		assert!(Links::new().unwrap().position(text).is_err());
		assert!(links.position("").is_err() && links.position("é").is_err());
	}

	#[test]
	fn matches_have_different_digests() {
		let digest = |ids: &[(&str, u32)]| {
			digest_of(ids.iter().map(|(id, version)| (id.as_bytes(), *version)))
		};
		assert_ne!(digest(&[("a", 1), ("b", 1)]), digest(&[("b", 1), ("a", 1)]));
		assert_ne!(digest(&[("a", 1)]), digest(&[("a", 2)]));
		assert_ne!(digest(&[]), digest(&[("", 0)]));
	}
}
