//! A client's assertion about itself: a JWT that it signed (RFC 7523, SMART Backend Services).

use std::sync::Arc;

use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
	Json,
};
use jsonwebtoken::{
	decode, decode_header,
	jwk::{Jwk, KeyAlgorithm},
	Algorithm, DecodingKey, Validation,
};
use salus_client::primitives::Purpose;
use salus_fhir::code::{purpose_of, ACT_REASON};
use serde::Deserialize;
use serde_json::json;

use super::{refusals::Refusals, scope::MAX_SCOPES};
use crate::clients::{Clients, SmartClient};

/// Longest time between now and the end of an assertion, in seconds.
pub(super) const LONGEST: u64 = 300;

/// Difference between the client's clock and this one that is tolerated, in seconds.
pub(super) const SKEW: u64 = 30;

/// Largest assertion, in bytes.
const MAX_SIZE: usize = 8 * 1024;

/// Names of HL7's code system of purposes of use.
const HL7: [&str; 2] = [ACT_REASON, "urn:oid:2.16.840.1.113883.5.8"];

/// Largest `jti`, in bytes.
const MAX_ID: usize = 256;

/// Refusal of an assertion whose time is over.
const EXPIRED: &str = "it has expired; sign a new one";

/// Reason why no token is given. `Display` says it to the client; nothing of it depends on whether
/// the client exists.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
	#[error("{0}")]
	Request(&'static str),
	#[error("the body is not a form; send application/x-www-form-urlencoded")]
	NotAForm,
	#[error("the form is larger than {0} bytes; send only what a token request needs")]
	TooLarge(usize),
	#[error("the form did not arrive in time; send it again")]
	TooSlow,
	#[error("too many token requests are arriving; try again later")]
	TooManyForms,
	#[error("the grant_type is not supported; give client_credentials")]
	GrantType,
	#[error("the assertion is refused: {0}")]
	Assertion(&'static str),
	/// The addresses that it can name.
	#[error("the assertion is refused: its audience is not this server; give {0} as aud")]
	Audience(String),
	#[error("the connection has no certificate of a known client with this client_id; check both")]
	Certificate,
	#[error("the certificate of the connection has expired; connect with a new one")]
	ExpiredCertificate,
	#[error("the purpose of use is not signed; name it in the assertion")]
	UnsignedPurpose,
	#[error("this client can get none of the requested scopes, or this server has no such resources; ask for others, or have the operator add them to the client's `scopes`")]
	Scope,
	#[error("scope is missing; give the scopes that the token needs, such as system/DocumentReference.rs")]
	NoScope,
	#[error("there are more than {MAX_SCOPES} scopes; ask for fewer")]
	TooManyScopes,
	#[error("this client cannot ask for this purpose of use; name one of its `purposes`")]
	Purpose,
	#[error("this client sends too many requests; wait a second")]
	TooOften,
	#[error("the server cannot remember the assertion; try again later")]
	Storage,
}

impl Denied {
	/// Returns the code of RFC 6749.
	pub(crate) fn code(&self) -> &'static str {
		match self {
			Self::GrantType => "unsupported_grant_type",
			Self::Assertion(_)
			| Self::Audience(_)
			| Self::Certificate
			| Self::ExpiredCertificate => "invalid_client",
			Self::Scope | Self::NoScope | Self::TooManyScopes => "invalid_scope",
			Self::Request(_)
			| Self::NotAForm
			| Self::TooLarge(_)
			| Self::TooSlow
			| Self::Purpose
			| Self::UnsignedPurpose => "invalid_request",
			Self::TooManyForms | Self::TooOften | Self::Storage => "temporarily_unavailable",
		}
	}

	pub(crate) fn status(&self) -> StatusCode {
		match self {
			Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
			Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
			Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
			Self::Assertion(_)
			| Self::Audience(_)
			| Self::Certificate
			| Self::ExpiredCertificate => StatusCode::UNAUTHORIZED,
			Self::TooManyForms | Self::TooOften | Self::Storage => StatusCode::SERVICE_UNAVAILABLE,
			Self::GrantType
			| Self::Request(_)
			| Self::Scope
			| Self::NoScope
			| Self::TooManyScopes
			| Self::Purpose
			| Self::UnsignedPurpose => StatusCode::BAD_REQUEST,
		}
	}
}

impl IntoResponse for Denied {
	fn into_response(self) -> Response {
		let body = json!({ "error": self.code(), "error_description": self.to_string() });
		let mut response = (self.status(), Json(body)).into_response();
		let headers = response.headers_mut();
		if self.status() == StatusCode::SERVICE_UNAVAILABLE {
			headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
		}
		// The rest of a form that is given up must not take the connection.
		if matches!(self, Self::TooSlow | Self::TooManyForms) {
			headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
		}
		response
	}
}

/// A verified assertion.
pub(super) struct Assertion {
	pub(super) client: Arc<SmartClient>,
	/// The assertion's `jti`.
	pub(super) id: String,
	/// End of the assertion, in seconds since 1970.
	pub(super) expires: u64,
	/// Purpose of use that the assertion names.
	pub(super) purpose: Option<Purpose>,
}

#[derive(Clone, Deserialize)]
struct Claims {
	iss: String,
	sub: String,
	exp: u64,
	jti: String,
	#[serde(default)]
	purpose_of_use: Option<String>,
	#[serde(default)]
	extensions: Extensions,
}

impl Claims {
	/// Refuses claims of another client, claims that do not hold `now`, in seconds since 1970, and
	/// an unsuitable `jti`.
	fn check(&self, client: &str, now: u64) -> Result<(), Denied> {
		let refused = Denied::Assertion;
		if self.iss != client || self.sub != client {
			return Err(refused("iss and sub must both be the client's id"));
		}
		if self.exp.saturating_add(SKEW) < now {
			return Err(refused(EXPIRED));
		}
		if self.exp > now.saturating_add(LONGEST).saturating_add(SKEW) {
			return Err(refused("it ends more than five minutes from now"));
		}
		if self.jti.is_empty() || self.jti.len() > MAX_ID {
			return Err(refused("its jti must have 1 to 256 bytes"));
		}
		Ok(())
	}
}

/// IHE IUA's extensions.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Extensions {
	ihe_iua: Iua,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Iua {
	purpose_of_use: Vec<Coding>,
}

#[derive(Clone, Deserialize)]
struct Coding {
	system: Option<String>,
	code: String,
}

impl Coding {
	/// Returns whether the code is one of HL7: another system can give it another meaning.
	fn is_of_hl7(&self) -> bool {
		self.system.as_ref().is_none_or(|system| HL7.contains(&system.as_str()))
	}
}

impl Assertion {
	pub(super) fn verify(
		jwt: &str,
		clients: &Clients,
		audiences: &[String],
		refusals: &Refusals,
		now: u64,
	) -> Result<Self, Denied> {
		let refused = Denied::Assertion;
		if jwt.len() > MAX_SIZE {
			return Err(refused("it is too large"));
		}
		let header = decode_header(jwt).map_err(|_| refused("it is not a signed JWT"))?;
		if ![Algorithm::ES384, Algorithm::RS384].contains(&header.alg) {
			return Err(refused("sign it with ES384 or RS384"));
		}
		// The issuer chooses the key. It is believed once the signature is checked.
		const UNKNOWN: &str = "no known client signed it with this key";
		let named = unverified_issuer(jwt).ok_or(refused("it names no issuer"))?;
		let wanted = header.kid.as_deref().ok_or(refused("its header needs a kid"))?;
		let unknown = |cause: &'static str| {
			refusals.note(cause, &named, wanted);
			refused(UNKNOWN)
		};
		let client = clients.get(&named).ok_or_else(|| unknown("the client is unknown"))?;
		let key = client.keys.find(wanted).filter(|key| suits(key, header.alg));
		let key =
			key.ok_or_else(|| unknown("the client has no key with this kid and algorithm"))?;
		let key = DecodingKey::from_jwk(key)
			.map_err(|_| unknown("the client's key with this kid cannot be used"))?;

		let mut validation = Validation::new(header.alg);
		validation.set_audience(audiences);
		validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
		validation.leeway = SKEW;
		validation.validate_nbf = true;
		let claims = decode::<Claims>(jwt, &key, &validation).map_err(|error| {
			use jsonwebtoken::errors::ErrorKind;
			refused(match error.kind() {
				ErrorKind::InvalidSignature => {
					return unknown("the client's key with this kid has not made the signature");
				}
				ErrorKind::InvalidAudience => return Denied::Audience(audiences.join(" or ")),
				ErrorKind::ExpiredSignature => EXPIRED,
				ErrorKind::ImmatureSignature => "it has not begun",
				_ => "it lacks a claim, or one has another form",
			})
		})?;
		let claims = claims.claims;
		claims.check(&client.id, now)?;
		let purpose = purpose_in(claims.purpose_of_use, claims.extensions)?;
		Ok(Self { client: client.clone(), id: claims.jti, expires: claims.exp, purpose })
	}
}

/// Returns the purpose of use that an assertion names.
fn purpose_in(claim: Option<String>, extensions: Extensions) -> Result<Option<Purpose>, Denied> {
	let codings = extensions.ihe_iua.purpose_of_use;
	if codings.iter().any(|coding| !coding.is_of_hl7()) {
		return Err(Denied::Purpose);
	}
	let named = codings.into_iter().map(|coding| coding.code);
	let mut named: Vec<_> = claim.into_iter().chain(named).collect();
	named.dedup();
	match named.as_slice() {
		[] => Ok(None),
		[code] => purpose_of(code).ok_or(Denied::Purpose).map(Some),
		_ => Err(Denied::Purpose),
	}
}

/// Returns whether a key is for this algorithm.
fn suits(key: &Jwk, algorithm: Algorithm) -> bool {
	match key.common.key_algorithm {
		Some(KeyAlgorithm::ES384) => algorithm == Algorithm::ES384,
		Some(KeyAlgorithm::RS384) => algorithm == Algorithm::RS384,
		Some(_) => false,
		// The key's own type decides when it is used.
		None => true,
	}
}

/// Returns the issuer that a JWT names, which nothing proves yet.
fn unverified_issuer(jwt: &str) -> Option<String> {
	use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};

	#[derive(Deserialize)]
	struct Issuer {
		iss: String,
	}
	let claims = jwt.split('.').nth(1)?;
	let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
	Some(serde_json::from_slice::<Issuer>(&claims).ok()?.iss)
}
