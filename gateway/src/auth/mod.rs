//! Authentication of clients: SMART Backend Services.
//!
//! A client proves with a signed assertion who it is, and gets an access token for five minutes.
//! An assertion counts once, over restarts, too. Tokens are random, kept in memory as hashes, and
//! end with the process.

mod assertion;
pub(crate) mod scope;
mod tokens;
mod used;

pub(crate) use assertion::Denied;
pub(crate) use tokens::{Access, Tokens};
pub(crate) use used::Used;

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use crate::clients::Clients;
use assertion::Assertion;
use scope::Scopes;

/// Lifetime of an access token.
pub(crate) const LIFETIME: Duration = Duration::from_secs(300);

/// `client_assertion_type` of a JWT.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters of a token request.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct TokenRequest {
	grant_type: String,
	client_assertion_type: String,
	client_assertion: String,
	scope: String,
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

	/// Exchanges an assertion for an access token.
	pub(crate) async fn token(&self, request: &TokenRequest) -> Result<TokenAnswer, Denied> {
		if request.grant_type != "client_credentials" {
			return Err(Denied::GrantType);
		}
		if request.client_assertion_type != ASSERTION_TYPE {
			return Err(Denied::Assertion("client_assertion_type must be that of a JWT"));
		}
		let wanted = Scopes::parse(&request.scope).map_err(|_| Denied::Scope)?;
		let now = seconds();
		let Assertion { client, id, expires, purpose } =
			Assertion::verify(&request.client_assertion, &self.clients, &self.audiences, now)?;
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
		if !self.used.first_use(&client.id, &id, expires, now).await? {
			return Err(Denied::Assertion("its jti was used before; give each assertion its own"));
		}
		let scope = scopes.to_string();
		let access = Access { client, scopes, purpose };
		let access_token = self.tokens.issue(access, now)?;
		Ok(TokenAnswer {
			access_token,
			token_type: "bearer",
			expires_in: LIFETIME.as_secs(),
			scope,
		})
	}

	/// Returns all that a client may do; `None` if there is no such client. For a command of the
	/// people who run this server: they have the client's keystore, and need no assertion.
	pub(crate) fn all_of(&self, client: &str) -> Option<Access> {
		let client = self.clients.get(client)?.clone();
		let (scopes, purpose) = (client.scopes.clone(), client.purpose());
		Some(Access { client, scopes, purpose })
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
