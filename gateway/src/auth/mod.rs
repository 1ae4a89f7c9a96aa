//! Authentication of clients: SMART Backend Services, or mutual TLS (RFC 8705).
//!
//! A client proves who it is with a signed assertion, or with the certificate of its connection. It
//! gets an access token for five minutes. An assertion counts once, over restarts, too. A token
//! that a certificate got counts only with that certificate. Tokens are random, kept in memory as
//! hashes, and end with the process.

mod assertion;
mod certificate;
mod form;
pub(crate) mod scope;
mod tokens;
mod used;

pub(crate) use assertion::Denied;
pub(crate) use certificate::{CertificateName, Peer};
pub(crate) use form::is_form;
pub(crate) use tokens::{Access, Tokens};
pub(crate) use used::Used;

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use salus_client::primitives::Purpose;

use crate::clients::{Clients, SmartClient};
use assertion::Assertion;
use certificate::Thumbprint;
use scope::Scopes;

/// Lifetime of an access token.
pub(crate) const LIFETIME: Duration = Duration::from_secs(300);

/// `client_assertion_type` of a JWT.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters of a token request.
#[derive(Default)]
pub(crate) struct TokenRequest {
	grant_type: String,
	client_assertion_type: String,
	client_assertion: String,
	client_id: String,
	purpose_of_use: String,
	scope: String,
}

/// A client that proved who it is.
struct Proven {
	client: Arc<SmartClient>,
	/// Purpose of use that it names.
	purpose: Option<Purpose>,
	/// Certificate by which it did.
	bound: Option<Thumbprint>,
	/// The `jti` of its assertion and its end, in seconds since 1970.
	once: Option<(String, u64)>,
}

/// Answer to a token request.
#[derive(Serialize)]
pub(crate) struct TokenAnswer {
	access_token: String,
	token_type: &'static str,
	expires_in: u64,
	scope: String,
}

/// Authentication of clients.
pub(crate) struct Auth {
	clients: Clients,
	tokens: Tokens,
	used: Used,
	/// Addresses that an assertion can name as its audience.
	audiences: [String; 2],
}

impl Auth {
	pub(crate) fn new(clients: Clients, used: Used, base: &str) -> Self {
		let audiences = [format!("{base}/token"), format!("{base}/fhir")];
		Self { clients, tokens: Tokens::default(), used, audiences }
	}

	/// Gives a client that proves who it is an access token. `peer` is the certificate of the
	/// connection.
	pub(crate) async fn token(
		&self,
		request: &TokenRequest,
		peer: Option<&Peer>,
	) -> Result<TokenAnswer, Denied> {
		if request.grant_type != "client_credentials" {
			return Err(Denied::GrantType);
		}
		let wanted = Scopes::parse(&request.scope).map_err(|_| Denied::Scope)?;
		let now = seconds();
		let Proven { client, purpose, bound, once } = self.prove(request, peer, now)?;
		let scopes = client.scopes.common(&wanted);
		if scopes.is_empty() {
			return Err(Denied::Scope);
		}
		let purpose = match purpose {
			Some(purpose) if client.purposes.contains(&purpose) => purpose,
			Some(_) => return Err(Denied::Purpose),
			None => client.purpose(),
		};
		if client.limit.check().is_err() {
			return Err(Denied::TooOften);
		}
		// Last, so that a mistake above does not use the assertion up.
		if let Some((id, expires)) = once {
			if !self.used.first_use(&client.id, &id, expires, now).await? {
				let text = "its jti was used before; give each assertion its own";
				return Err(Denied::Assertion(text));
			}
		}
		let scope = scopes.to_string();
		let access = Access { client, scopes, purpose, bound };
		let access_token = self.tokens.issue(access, now)?;
		Ok(TokenAnswer {
			access_token,
			token_type: "bearer",
			expires_in: LIFETIME.as_secs(),
			scope,
		})
	}

	/// Returns the client that sent a token request, by its assertion or else its certificate.
	fn prove(
		&self,
		request: &TokenRequest,
		peer: Option<&Peer>,
		now: u64,
	) -> Result<Proven, Denied> {
		let has_assertion =
			!request.client_assertion.is_empty() || !request.client_assertion_type.is_empty();
		if !has_assertion && !request.client_id.is_empty() {
			let client = self.clients.get(&request.client_id).zip(peer).filter(|(client, peer)| {
				client.certificate.as_ref().is_some_and(|name| peer.has(name))
			});
			let (client, peer) = client.ok_or(Denied::Certificate)?;
			let purpose = match request.purpose_of_use.as_str() {
				"" => None,
				code => Some(salus_fhir::code::purpose_of(code).ok_or(Denied::Purpose)?),
			};
			let bound = Some(peer.thumbprint());
			return Ok(Proven { client: client.clone(), purpose, bound, once: None });
		}
		if request.client_assertion_type != ASSERTION_TYPE {
			return Err(Denied::Assertion("client_assertion_type must be that of a JWT"));
		}
		// Ignored, it would leave the client with a purpose that it did not choose.
		if !request.purpose_of_use.is_empty() {
			return Err(Denied::UnsignedPurpose);
		}
		let Assertion { client, id, expires, purpose } =
			Assertion::verify(&request.client_assertion, &self.clients, &self.audiences, now)?;
		Ok(Proven { client, purpose, bound: None, once: Some((id, expires)) })
	}

	/// Returns all that a client may do; `None` if there is no such client. For a command of the
	/// people who run this server: they have the client's keystore, and need no assertion.
	pub(crate) fn all_of(&self, client: &str) -> Option<Access> {
		let client = self.clients.get(client)?.clone();
		let (scopes, purpose) = (client.scopes.clone(), client.purpose());
		Some(Access { client, scopes, purpose, bound: None })
	}

	/// Returns what an access token permits; `None` if it is unknown or over.
	pub(crate) fn access(&self, token: &str) -> Option<Arc<Access>> {
		self.tokens.access(token, seconds())
	}
}

/// Returns the seconds since 1970.
fn seconds() -> u64 {
	let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	now.map_or(0, |now| now.as_secs())
}
