//! Links to further pages.
//!
//! A link carries the search, the position, and a digest of all matches, sealed under a key that
//! this process makes at start: proxies log addresses, and a search can name a patient. Each page
//! is decided again: if the matches differ from the previous page's, because consent or records
//! changed, the link has expired, and nothing is shown that was revoked since. A link is for one
//! client, and for tokens with the same purpose and scopes: what they may see can differ.

use std::collections::BTreeSet;

use aws_lc_rs::{
	aead::{Aad, Nonce, RandomizedNonceKey, AES_256_GCM, NONCE_LEN},
	digest::{Context, SHA256},
	error::Unspecified,
};
use axum::http::StatusCode;
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use salus_client::primitives::Purpose;
use salus_fhir::outcome::IssueKind;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	auth::{scope::Scopes, Access},
	fault::{Answer, Fault},
};

/// Name of the parameter.
pub(crate) const PARAMETER: &str = "_page";

/// Longest link, in bytes: less than an address may have, with the path.
const MAX_LINK: usize = 15 * 1024;

/// Position in a search.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
	/// Part of the address before the parameters.
	pub(crate) path: String,
	/// Digest of the client, and of the purpose and scopes of its token ([`holder`]).
	#[serde(with = "hex::serde")]
	pub(crate) holder: [u8; 32],
	/// Parameters of the search.
	pub(crate) pairs: Vec<(String, String)>,
	/// Index of the page's first match.
	pub(crate) from: usize,
	/// Digest of all matches.
	#[serde(with = "hex::serde")]
	pub(crate) matches: [u8; 32],
}

/// The key of links.
pub(crate) struct Links(RandomizedNonceKey);

impl Links {
	/// Makes a key.
	pub(crate) fn new() -> Result<Self, Unspecified> {
		let mut secret = Zeroizing::new([0u8; 32]);
		getrandom::fill(&mut *secret).map_err(|_| Unspecified)?;
		Ok(Self(RandomizedNonceKey::new(&AES_256_GCM, &*secret)?))
	}

	/// Returns the query part of the link to a position.
	pub(crate) fn to(&self, position: &Position) -> Answer<String> {
		let body = serde_json::to_vec(position).ok();
		let sealed = body.and_then(|body| self.seal(body)).ok_or_else(|| {
			let (status, text) = (StatusCode::INTERNAL_SERVER_ERROR, "cannot make the link");
			Fault::new(status, IssueKind::Exception, "failure", text)
		})?;
		let link = format!("{PARAMETER}={}", URL_SAFE_NO_PAD.encode(sealed));
		if link.len() > MAX_LINK {
			let text = "the link to a further page would be too long; search with fewer values";
			let status = StatusCode::URI_TOO_LONG;
			return Err(Fault::new(status, IssueKind::TooLong, "too-long", text));
		}
		Ok(link)
	}

	/// Seals bytes, behind the nonce.
	fn seal(&self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
		let nonce = self.0.seal_in_place_append_tag(Aad::empty(), &mut bytes).ok()?;
		let mut sealed = nonce.as_ref().to_vec();
		sealed.append(&mut bytes);
		Some(sealed)
	}

	/// Returns the position to which a link leads.
	pub(crate) fn position(&self, text: &str) -> Result<Position, Fault> {
		let link = URL_SAFE_NO_PAD.decode(text).ok();
		let position = link.and_then(|link| {
			let (nonce, sealed) = link.split_first_chunk::<NONCE_LEN>()?;
			let (nonce, mut body) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
			let opened = self.0.open_in_place(nonce, Aad::empty(), &mut body).ok()?;
			serde_json::from_slice(opened).ok()
		});
		position.ok_or_else(over)
	}
}

/// Returns the fault of a link that leads nowhere, or nowhere any more.
pub(crate) fn over() -> Fault {
	let text = "this page has expired, because records, consent, or the token's purpose or scopes \
	            changed, or the server started again; search again";
	Fault::new(StatusCode::GONE, IssueKind::TooCostly, "page-over", text)
}

/// Returns the digest of the client of a token, and of the token's purpose and scopes.
pub(crate) fn holder(access: &Access) -> [u8; 32] {
	holder_of(&access.client.id, access.purpose, &access.scopes)
}

fn holder_of(client: &str, purpose: Purpose, scopes: &Scopes) -> [u8; 32] {
	let (purpose, scopes) = (format!("{purpose:?}"), scopes.to_string());
	// The order of scopes has no meaning.
	let scopes: BTreeSet<_> = scopes.split(' ').collect();
	let parts = [client, purpose.as_str()].into_iter().chain(scopes);
	digest_of(parts.map(|part| (part.as_bytes(), 0)))
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

	/// Returns a position in a search for a patient's number.
	fn position(number: &str) -> Position {
		Position {
			path: "DocumentReference".into(),
			holder: [7; 32],
			pairs: vec![("patient.identifier".into(), format!("urn:mrn|{number}"))],
			from: 20,
			matches: digest_of([(&b"a"[..], 1)].into_iter()),
		}
	}

	#[test]
	fn a_link_shows_nothing_of_the_search() {
		let link = Links::new().unwrap().to(&position("MRN-0815")).unwrap();
		let bytes = URL_SAFE_NO_PAD.decode(link.strip_prefix("_page=").unwrap()).unwrap();
		for shown in [&b"MRN-0815"[..], b"urn:mrn", b"patient"] {
			assert!(!bytes.windows(shown.len()).any(|part| part == shown));
		}
	}

	#[test]
	fn a_link_fits_into_an_address() {
		let links = Links::new().unwrap();
		let length = |number: &str| links.to(&position(number)).map(|link| link.len());
		assert!(length(&"1".repeat(11_000)).unwrap() <= MAX_LINK);
		assert_eq!(length(&"1".repeat(12_000)).unwrap_err().code(), "too-long");
	}

	#[test]
	fn a_link_leads_back_unless_it_was_altered() {
		let links = Links::new().unwrap();
		let position = position("MRN-0815");
		let link = links.to(&position).unwrap();
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
	fn a_link_is_for_one_client_purpose_and_set_of_scopes() {
		let of = |client: &str, purpose, scopes: &str| {
			holder_of(client, purpose, &Scopes::parse(scopes).unwrap())
		};
		let scopes = "system/Task.rs system/Binary.r";
		let his = of("his", Purpose::TREAT, scopes);
		assert_eq!(of("his", Purpose::TREAT, "system/Binary.r system/Task.rs"), his);
		for other in [
			of("ward", Purpose::TREAT, scopes),
			of("his", Purpose::HOPERAT, scopes),
			of("his", Purpose::TREAT, "system/Task.rs"),
			of("his", Purpose::TREAT, "system/*.cruds"),
		] {
			assert_ne!(other, his);
		}
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
