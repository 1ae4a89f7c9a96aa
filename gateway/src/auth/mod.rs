//! Authentication of clients: SMART Backend Services, or mutual TLS (RFC 8705).
//!
//! A client proves who it is with a signed assertion, or with the certificate of its connection. It
//! gets an access token for five minutes. An assertion is accepted once, even across restarts. A
//! token that a certificate got is valid only with that certificate. Tokens are random, kept in
//! memory as hashes, and end with the process.

mod assertion;
mod certificate;
mod form;
mod refusals;
pub(crate) mod scope;
mod tokens;
mod used;

pub(crate) use assertion::Denied;
pub(crate) use certificate::{CertificateName, Peer};
pub(crate) use tokens::{Access, Tokens};
use used::Use;
pub(crate) use used::Used;

use std::{
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use salus_client::primitives::Purpose;
use serde::Serialize;

use crate::clients::{Clients, SmartClient};
use assertion::{Assertion, LONGEST};
use certificate::Thumbprint;
use form::Forms;
use refusals::Refusals;
use scope::{ScopeError, Scopes};

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
	clock: Clock,
	/// Addresses that an assertion can name as its audience.
	audiences: [String; 2],
	refusals: Refusals,
	/// Places for the forms of token requests that arrive.
	pub(crate) forms: Forms,
}

impl Auth {
	pub(crate) fn new(clients: Clients, used: Used, base: &str) -> Self {
		let audiences = [format!("{base}/token"), format!("{base}/fhir")];
		let (tokens, clock) = (Tokens::default(), Clock::default());
		let (refusals, forms) = (Refusals::default(), Forms::default());
		Self { clients, tokens, used, clock, audiences, refusals, forms }
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
		if request.scope.trim().is_empty() {
			return Err(Denied::NoScope);
		}
		let wanted = Scopes::parse(&request.scope).map_err(|error| match error {
			ScopeError::TooMany => Denied::TooManyScopes,
			ScopeError::Not(_) => Denied::Scope,
		})?;
		let now = self.clock.now(seconds());
		let Proven { client, purpose, bound, once } = self.prove(request, peer, now)?;
		let scopes = client.scopes.common(&wanted).of_server();
		if scopes.is_empty() {
			return Err(Denied::Scope);
		}
		let purpose = match purpose {
			Some(purpose) if client.purposes.contains(&purpose) => purpose,
			Some(_) => return Err(Denied::Purpose),
			None => client.purpose(),
		};
		// Before the limit: somebody else may send one again that the client has used.
		if let Some((id, expires)) = &once {
			once_only(self.used.look_up(&client.id, id, *expires).await?)?;
		}
		if client.limit.check().is_err() {
			return Err(Denied::TooOften);
		}
		// Last, so that a mistake above does not use the assertion up.
		if let Some((id, expires)) = &once {
			once_only(self.used.note(&client.id, id, *expires, now).await?)?;
		}
		let scope = scopes.to_string();
		let access = Access { client, scopes, purpose, bound };
		let access_token = self.tokens.issue(access, Instant::now())?;
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
			if peer.has_expired(now) {
				return Err(Denied::ExpiredCertificate);
			}
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
		// If this were ignored, the client would get a purpose that it did not choose.
		if !request.purpose_of_use.is_empty() {
			return Err(Denied::UnsignedPurpose);
		}
		let Assertion { client, id, expires, purpose } =
			self.verify(&request.client_assertion, now)?;
		// RFC 7521, 4.2.
		if !request.client_id.is_empty() && request.client_id != client.id {
			return Err(Denied::Assertion("client_id names another client; leave it out"));
		}
		Ok(Proven { client, purpose, bound: None, once: Some((id, expires)) })
	}

	/// Returns the clients of the configuration, in no order.
	pub(crate) fn clients(&self) -> impl Iterator<Item = &Arc<SmartClient>> {
		self.clients.all()
	}

	/// Verifies an assertion of any client.
	fn verify(&self, jwt: &str, now: u64) -> Result<Assertion, Denied> {
		Assertion::verify(jwt, &self.clients, &self.audiences, &self.refusals, now)
	}

	/// Returns all that a client may do; `None` if there is no such client. For a command of the
	/// people who run this server: they have the client's keystore, and need no assertion.
	pub(crate) fn all_of(&self, client: &str) -> Option<Access> {
		let client = self.clients.get(client)?.clone();
		let (scopes, purpose) = (client.scopes.clone(), client.purpose());
		Some(Access { client, scopes, purpose, bound: None })
	}

	/// Returns what an access token permits; `None` if it is unknown or has expired.
	pub(crate) fn access(&self, token: &str) -> Option<Arc<Access>> {
		self.tokens.access(token, Instant::now())
	}
}

/// Refuses an assertion that was used before.
fn once_only(known: Use) -> Result<(), Denied> {
	Err(Denied::Assertion(match known {
		Use::First => return Ok(()),
		Use::Repeated => "its jti was used before; give each assertion its own",
		Use::Forgotten => {
			"it may have been used while the server's clock was ahead; sign one that ends later"
		}
	}))
}

/// A clock that never goes back. Assertions that were used are forgotten once they have expired, so
/// a clock that is set forward and back would let them be used again.
#[derive(Default)]
struct Clock {
	/// Latest time that was seen, in seconds since 1970.
	latest: AtomicU64,
	/// Whether the log says that the clock was set back.
	is_logged: AtomicBool,
}

impl Clock {
	/// Returns the time of the machine's clock. If the clock was set back, returns the latest one
	/// so far.
	fn now(&self, seconds: u64) -> u64 {
		let latest = self.latest.fetch_max(seconds, Ordering::Relaxed).max(seconds);
		if latest > seconds.saturating_add(LONGEST) && !self.is_logged.swap(true, Ordering::Relaxed)
		{
			tracing::error!(
				"the clock was set back, so assertions count as expired; set it right, and restart"
			);
		}
		latest
	}
}

/// Returns the seconds since 1970.
pub(crate) fn seconds() -> u64 {
	let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	now.map_or(0, |now| now.as_secs())
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::{config::Config, tls::tests::sign};
	use aws_lc_rs::{
		rand::SystemRandom,
		signature::{EcdsaKeyPair, KeyPair, ECDSA_P384_SHA384_FIXED_SIGNING},
	};
	use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
	use rustls::pki_types::{pem::PemObject, CertificateDer};
	use serde_json::json;

	/// Returns the authentication of two clients with the same key, `his` and `lab`.
	pub(crate) fn auth(folder: &std::path::Path) -> (Auth, EcdsaKeyPair) {
		let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
		let (x, y) = key.public_key().as_ref()[1..].split_at(48);
		let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
		let key_set = json!({ "keys": [
			{ "kty": "EC", "crv": "P-384", "alg": "ES384", "kid": "1", "x": x, "y": y },
		] });
		std::fs::write(folder.join("jwks.json"), key_set.to_string()).unwrap();
		let mut config = "listen = '127.0.0.1:1'\nbase = 'https://x'\nnode = 'ws://127.0.0.1:1'\n\
			 state = 'state'\norganisation = 1\ndevelopment = true\n\
			 [tls]\ncertificate = 'tls.pem'\nkey = 'tls.key'\nclient_ca = 'ca.pem'\n"
			.to_owned();
		for id in ["his", "lab"] {
			config += &format!(
				"[[client]]\nid = '{id}'\nkeys = 'jwks.json'\naccount = '//Alice'\n\
				 certificate = '{id}.example'\nscopes = 'system/*.rs'\npurposes = ['TREAT']\n"
			);
		}
		let path = folder.join("gateway.toml");
		std::fs::write(&path, config).unwrap();
		let clients = Clients::load(&Config::read(&path).unwrap()).unwrap();
		(Auth::new(clients, Used::open(&folder.join("used.sqlite")).unwrap(), "https://x"), key)
	}

	/// Returns a peer whose certificate has this name, for a day.
	pub(crate) fn peer(folder: &std::path::Path, name: &str) -> Peer {
		sign(folder, name, None, &[&format!("subjectAltName=DNS:{name}")]);
		let certificate = std::fs::read(folder.join(format!("{name}.pem"))).unwrap();
		Peer::of(&CertificateDer::from_pem_slice(&certificate).unwrap()).unwrap()
	}

	/// Returns a token request of `his`, with an assertion that it signed.
	fn request(key: &EcdsaKeyPair, client_id: &str, scope: &str) -> TokenRequest {
		let (client_id, scope) = (client_id.into(), scope.into());
		TokenRequest { client_id, scope, ..request_with(key, &[]) }
	}

	/// Returns a token request of `his`, with an assertion that has these times.
	fn request_with(key: &EcdsaKeyPair, times: &[(&str, u64)]) -> TokenRequest {
		let times: Vec<_> = times.iter().map(|(name, time)| (*name, json!(time))).collect();
		request_of(key, &times)
	}

	/// Returns a token request of `his`, with an assertion that has these claims.
	fn request_of(key: &EcdsaKeyPair, given: &[(&str, serde_json::Value)]) -> TokenRequest {
		let encoded = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
		let mut claims = json!({
			"iss": "his", "sub": "his", "aud": "https://x/token", "exp": seconds() + 240, "jti": "1",
		});
		for (name, value) in given {
			claims[*name] = value.clone();
		}
		let header = json!({ "alg": "ES384", "kid": "1" });
		let signed = format!("{}.{}", encoded(header), encoded(claims));
		let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
		TokenRequest {
			grant_type: "client_credentials".into(),
			client_assertion_type: ASSERTION_TYPE.into(),
			client_assertion: format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
			..TokenRequest::default()
		}
	}

	#[tokio::test]
	async fn an_assertion_is_of_the_client_that_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		for (client_id, code) in [("", None), ("his", None), ("lab", Some("invalid_client"))] {
			let proven = auth.prove(&request(&key, client_id, ""), None, seconds());
			assert_eq!(proven.err().map(|denied| denied.code()), code, "{client_id}");
		}
		let many = vec!["system/Binary.r"; scope::MAX_SCOPES + 1].join(" ");
		let denied = auth.token(&request(&key, "", &many), None).await.err().unwrap();
		assert!(matches!(denied, Denied::TooManyScopes), "{denied}");
		assert!(auth.token(&request(&key, "his", "system/*.r"), None).await.is_ok());
	}

	#[tokio::test]
	async fn a_token_has_scopes_of_this_server() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let token = async |scope: &str| {
			let asked = auth.token(&request(&key, "", scope), None).await;
			asked.map(|answer| answer.scope).map_err(|denied| (denied.code(), denied.to_string()))
		};
		for none in ["", " "] {
			let (code, text) = token(none).await.unwrap_err();
			assert!(code == "invalid_scope" && text.starts_with("scope is missing"), "{text}");
		}
		assert_eq!(token("system/Observation.rs").await.unwrap_err().0, "invalid_scope");
		let some = token("system/Observation.rs system/Patient.rs").await;
		assert_eq!(some.as_deref(), Ok("system/Patient.rs"));
	}

	#[test]
	fn the_log_says_why_an_assertion_is_refused() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = std::sync::Arc::new(log.reopen().unwrap());
		let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let other_client = request_of(&key, &[("iss", json!("stranger"))]);
		let mut other_kid = request_of(&key, &[]);
		let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES384", "kid": "2" }).to_string());
		let (_, rest) = other_kid.client_assertion.split_once('.').unwrap();
		other_kid.client_assertion = format!("{header}.{rest}");
		let other_key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
		let other_key = request_of(&other_key, &[]);
		tracing::subscriber::with_default(subscriber, || {
			for request in [other_client, other_kid, other_key] {
				let denied = auth.prove(&request, None, seconds()).err().unwrap().to_string();
				assert!(denied.ends_with("no known client signed it with this key"), "{denied}");
			}
		});
		let log = std::fs::read_to_string(log.path()).unwrap();
		let lines: Vec<_> = log.lines().collect();
		let causes = ["is unknown", "no key with this kid", "has not made the signature"];
		assert_eq!(lines.len(), causes.len(), "{log}");
		for (line, cause) in lines.into_iter().zip(causes) {
			assert!(line.contains(cause), "{line}");
		}
		assert!(log.contains("stranger"), "{log}");
	}

	#[test]
	fn the_right_audiences_are_named() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let request = request_of(&key, &[("aud", json!("https://y/token"))]);
		let denied = auth.prove(&request, None, seconds()).err().unwrap();
		assert_eq!(denied.code(), "invalid_client");
		let text = denied.to_string();
		assert!(text.contains("https://x/token or https://x/fhir"), "{text}");
	}

	#[tokio::test]
	async fn a_repeated_assertion_uses_no_limit_up() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let request = request(&key, "", "system/*.r");
		assert!(auth.token(&request, None).await.is_ok());
		let limit = &auth.clients.get("his").unwrap().limit;
		while limit.check().is_ok() {}
		let denied = auth.token(&request, None).await.err().unwrap();
		assert!(denied.to_string().contains("was used before"), "{denied}");
	}

	#[test]
	fn a_certificate_that_has_expired_gets_no_token() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, _) = auth(folder.path());
		let peer = peer(folder.path(), "his.example");
		let request = TokenRequest { client_id: "his".into(), ..TokenRequest::default() };
		let code = |now: u64| {
			auth.prove(&request, Some(&peer), now).err().map(|denied| denied.to_string())
		};
		assert_eq!(code(seconds()), None);
		let refused = code(seconds() + 2 * 24 * 3_600).unwrap();
		assert!(refused.contains("has expired"), "{refused}");
	}

	#[test]
	fn an_assertion_lives_for_five_minutes_at_most() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let now = seconds();
		let refused = |times: &[(&str, u64)], now: u64| {
			let proven = auth.prove(&request_with(&key, times), None, now);
			proven.err().map(|denied| denied.to_string()).unwrap_or_default()
		};
		// Five minutes, and 30 seconds for clocks that differ, as docs/fhir.md says.
		for seconds in [299, 300, 330] {
			assert_eq!(refused(&[("exp", now + seconds)], now), "", "{seconds}");
		}
		let late = refused(&[("exp", now + 331)], now);
		assert!(late.contains("more than five minutes"), "{late}");
		let end = now + 100;
		assert_eq!(refused(&[("exp", end)], end + 30), "");
		for (end, at) in [(end, end + 31), (now - 3_600, now)] {
			let over = refused(&[("exp", end)], at);
			assert!(over.contains("it has expired"), "{over}");
		}
		assert_eq!(refused(&[("nbf", now + 30)], now), "");
		let early = refused(&[("nbf", now + 60)], now);
		assert!(early.contains("it has not begun"), "{early}");
		assert_eq!(refused(&[("iat", now + 3_600)], now), "");
	}

	#[test]
	fn a_purpose_of_another_system_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let code = |codings: serde_json::Value| {
			let extensions = json!({ "ihe_iua": { "purpose_of_use": codings } });
			let request = request_of(&key, &[("extensions", extensions)]);
			auth.prove(&request, None, seconds()).map(|proven| proven.purpose).map_err(|denied| {
				assert!(matches!(denied, Denied::Purpose), "{denied}");
			})
		};
		let of = |system: &str| json!({ "system": system, "code": "TREAT" });
		let hl7 = of("http://terminology.hl7.org/CodeSystem/v3-ActReason");
		for right in [hl7.clone(), of("urn:oid:2.16.840.1.113883.5.8"), json!({ "code": "TREAT" })]
		{
			assert_eq!(code(json!([right])), Ok(Some(Purpose::TREAT)), "{right}");
		}
		let foreign = of("https://other.example/purposes");
		for other in [json!([foreign]), json!([hl7, foreign]), json!([of("")])] {
			assert_eq!(code(other.clone()), Err(()), "{other}");
		}
	}

	#[test]
	fn an_assertion_expires_by_the_latest_time() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, key) = auth(folder.path());
		let request = request(&key, "", "");
		assert!(auth.prove(&request, None, seconds()).is_ok());
		// As if the clock had been set back since.
		let denied = auth.prove(&request, None, seconds() + 1_000).err().unwrap();
		assert!(denied.to_string().contains("it has expired"), "{denied}");
		let clock = Clock::default();
		assert_eq!([100, 50, 200].map(|seconds| clock.now(seconds)), [100, 100, 200]);
	}
}
