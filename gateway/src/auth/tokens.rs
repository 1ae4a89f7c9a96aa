//! Access tokens.

use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError},
	time::Instant,
};

use aws_lc_rs::digest::{digest, SHA256};
use axum::http::StatusCode;
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use salus_client::primitives::Purpose;
use salus_fhir::outcome::IssueKind;

use super::{certificate::Thumbprint, scope::Scopes, Denied, Peer, LIFETIME};
use crate::{clients::SmartClient, fault::Fault};

/// Maximum number of tokens of one client that are in force. A further one ends the oldest.
const MAX_TOKENS: usize = 256;

/// Permissions of a token.
pub(crate) struct Access {
	pub(crate) client: Arc<SmartClient>,
	pub(crate) scopes: Scopes,
	pub(crate) purpose: Purpose,
	/// Certificate of the connections on which the token counts (`cnf.x5t#S256`); `None` for all.
	pub(crate) bound: Option<Thumbprint>,
}

impl Access {
	/// Returns why the token does not count on a connection with this certificate; `None` if it
	/// does. `now` is in seconds since 1970.
	pub(crate) fn unbound(&self, peer: Option<&Peer>, now: u64) -> Option<Fault> {
		let bound = self.bound?;
		let (code, text) = match peer.filter(|peer| peer.thumbprint() == bound) {
			Some(peer) if peer.has_expired(now) => (
				"expired-certificate",
				"the certificate of this connection has expired; connect with a new one",
			),
			Some(_) => return None,
			None => (
				"other-certificate",
				"the access token is bound to another certificate; get one on this connection",
			),
		};
		Some(Fault::new(StatusCode::UNAUTHORIZED, IssueKind::Login, code, text))
	}
}

struct Issued {
	access: Arc<Access>,
	expires: Instant,
	/// Position in the order in which tokens were issued.
	number: u64,
}

#[derive(Default)]
struct All {
	/// Tokens in force, by their hash.
	tokens: HashMap<[u8; 32], Issued>,
	issued: u64,
}

/// The access tokens in force.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<All>);

fn hash(token: &str) -> [u8; 32] {
	digest(&SHA256, token.as_bytes()).as_ref().try_into().unwrap_or_default()
}

impl Tokens {
	pub(super) fn issue(&self, access: Access, now: Instant) -> Result<String, Denied> {
		let mut random = [0; 32];
		getrandom::fill(&mut random).map_err(|_| Denied::Storage)?;
		let token = URL_SAFE_NO_PAD.encode(random);
		let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		all.tokens.retain(|_, issued| issued.expires > now);
		let own = all
			.tokens
			.iter()
			.filter(|(_, issued)| issued.access.client.id == access.client.id)
			.map(|(hash, issued)| (issued.number, *hash));
		let own: Vec<_> = own.collect();
		if own.len() >= MAX_TOKENS {
			if let Some((_, oldest)) = own.into_iter().min() {
				all.tokens.remove(&oldest);
			}
		}
		all.issued = all.issued.saturating_add(1);
		let issued =
			Issued { access: Arc::new(access), expires: now + LIFETIME, number: all.issued };
		all.tokens.insert(hash(&token), issued);
		Ok(token)
	}

	pub(super) fn access(&self, token: &str, now: Instant) -> Option<Arc<Access>> {
		let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		let issued = all.tokens.get(&hash(token)).filter(|issued| issued.expires > now)?;
		Some(issued.access.clone())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::auth::{
		seconds,
		tests::{auth, peer},
	};
	use std::time::Duration;

	#[test]
	fn a_token_expires() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, _) = auth(folder.path());
		let (tokens, now) = (Tokens::default(), Instant::now());
		let token = tokens.issue(auth.all_of("his").unwrap(), now).unwrap();
		let last = now + LIFETIME - Duration::from_millis(1);
		assert!(tokens.access(&token, last).is_some_and(|access| access.client.id == "his"));
		assert!(tokens.access(&token, now + LIFETIME).is_none());
		assert!(tokens.access("another", now).is_none());
		// The next one removes it.
		tokens.issue(auth.all_of("his").unwrap(), now + LIFETIME).unwrap();
		assert_eq!(tokens.0.lock().unwrap().tokens.len(), 1);
	}

	#[test]
	fn a_clients_tokens_are_bounded() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, _) = auth(folder.path());
		let (tokens, now) = (Tokens::default(), Instant::now());
		let issue = |client: &str| tokens.issue(auth.all_of(client).unwrap(), now).unwrap();
		let other = issue("lab");
		let own: Vec<_> = (0..=MAX_TOKENS).map(|_| issue("his")).collect();
		let holds = |token: &str| tokens.access(token, now).is_some();
		assert!(!holds(&own[0]) && own[1..].iter().all(|token| holds(token)));
		assert!(holds(&other));
	}

	#[test]
	fn a_bound_token_ends_with_its_certificate() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, _) = auth(folder.path());
		let [own, other] = ["his.example", "lab.example"].map(|name| peer(folder.path(), name));
		let free = auth.all_of("his").unwrap();
		assert!(free.unbound(None, seconds()).is_none());
		let bound = Access { bound: Some(own.thumbprint()), ..free };
		let later = seconds() + 2 * 24 * 3_600;
		for (peer, now, code) in [
			(Some(&own), seconds(), None),
			(Some(&own), later, Some("expired-certificate")),
			(Some(&other), seconds(), Some("other-certificate")),
			(None, seconds(), Some("other-certificate")),
		] {
			assert_eq!(bound.unbound(peer, now).map(|fault| fault.code()), code);
		}
	}
}
