//! The SMART clients: their keys, accounts, scopes and purposes.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jsonwebtoken::jwk::JwkSet;
use salus_client::{keystore, primitives::Purpose, Password, Signer, TlsFiles};

use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{
	auth::{scope::Scopes, CertificateName},
	body::{ALL_BODIES, BODIES},
	config::{self, ClientConfig, Config, ConfigError},
	share::Share,
	subscriptions::Endpoint,
	work::Work,
};

/// Number of requests that a client can make in a second, for a while, if the configuration names
/// no other.
const REQUESTS: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Seconds whose requests it can make at once.
const BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// A SMART client.
pub(crate) struct SmartClient {
	pub(crate) id: String,
	/// Public keys of the client; none if it has only a certificate.
	pub(crate) keys: JwkSet,
	/// Name in its certificate.
	pub(crate) certificate: Option<CertificateName>,
	/// Account that signs for it.
	pub(crate) signer: Signer,
	/// Scopes that it can get.
	pub(crate) scopes: Scopes,
	/// Purposes for which it can ask, the default first.
	pub(crate) purposes: Vec<Purpose>,
	/// Limit of its requests.
	pub(crate) limit: DefaultDirectRateLimiter,
	/// Room for its bodies, in KiB: half of the room for all clients.
	pub(crate) room: Arc<Semaphore>,
	/// Places for its bodies that arrive.
	pub(crate) bodies: Arc<Semaphore>,
	/// Addresses at which it can be notified.
	pub(crate) endpoints: HashMap<String, Endpoint>,
	/// Requests that continue when the client leaves.
	pub(crate) work: Work,
	/// Share of the content that waits for documents.
	pub(crate) uploads: Share,
	/// Share of the documents that were opened while the client did not wait.
	pub(crate) openings: Share,
}

impl SmartClient {
	/// Returns the purpose of a request that names none.
	pub(crate) fn purpose(&self) -> Purpose {
		self.purposes.first().copied().unwrap_or(Purpose::TREAT)
	}
}

/// All clients, by their id.
pub(crate) struct Clients(HashMap<String, Arc<SmartClient>>);

impl Clients {
	pub(crate) fn load(config: &Config) -> Result<Self, ConfigError> {
		let mut clients = HashMap::new();
		for one in &config.clients {
			let client = Arc::new(load(one, config.development)?);
			if clients.insert(one.id.clone(), client).is_some() {
				let text = format!("two clients have the id {}; give each its own", one.id);
				return Err(ConfigError::Value(text));
			}
		}
		Ok(Self(clients))
	}

	pub(crate) fn get(&self, id: &str) -> Option<&Arc<SmartClient>> {
		self.0.get(id)
	}

	/// Returns all of them, in no order.
	pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<SmartClient>> {
		self.0.values()
	}

	pub(crate) fn len(&self) -> usize {
		self.0.len()
	}
}

fn load(config: &ClientConfig, development: bool) -> Result<SmartClient, ConfigError> {
	let of = |text: String| ConfigError::Value(format!("client {}: {text}", config.id));
	if config.keys.is_none() && config.certificate.is_none() {
		return Err(of("it cannot prove who it is; give `keys` or `certificate`".into()));
	}
	let keys = match &config.keys {
		None => JwkSet { keys: Vec::new() },
		Some(path) => serde_json::from_str(&config::read(path)?).map_err(|_| {
			of("its `keys` are not a JSON Web Key Set; give a file with {\"keys\": […]}".into())
		})?,
	};
	let certificate = config.certificate.as_ref().map(|name| {
		let text = "its `certificate` is not a name; give a DNS name without wildcards, or a URI";
		CertificateName::parse(name).ok_or(of(text.into()))
	});
	let certificate = certificate.transpose()?;
	let signer = signer(config, development).map_err(of)?;
	let scopes = Scopes::parse(&config.scopes).map_err(|error| of(error.to_string()))?;
	if config.purposes.is_empty() {
		return Err(of("give at least one purpose, such as TREAT".into()));
	}
	let mut endpoints = HashMap::new();
	for one in &config.endpoints {
		let authorization = match &one.authorization {
			None => None,
			Some(path) => Some(Zeroizing::new(config::read(path)?.trim().to_owned())),
		};
		let files = TlsFiles { ca_file: one.ca.clone(), ..TlsFiles::default() };
		let endpoint = Endpoint::new(&one.url, authorization, &files, development).map_err(of)?;
		endpoints.insert(one.url.clone(), endpoint);
	}
	Ok(SmartClient {
		id: config.id.clone(),
		keys,
		certificate,
		signer,
		scopes,
		purposes: config.purposes.clone(),
		limit: RateLimiter::direct(quota(config.requests_per_second)),
		room: Arc::new(Semaphore::new(ALL_BODIES / 2)),
		bodies: Arc::new(Semaphore::new(BODIES)),
		endpoints,
		work: Work::default(),
		uploads: Share::default(),
		openings: Share::default(),
	})
}

/// Returns the account of a client.
fn signer(config: &ClientConfig, development: bool) -> Result<Signer, String> {
	match (&config.account, &config.keystore, &config.password) {
		(Some(_), ..) if !development => {
			let text =
				"a development account needs `development = true`; set it, or give a keystore";
			Err(text.into())
		}
		(Some(account), None, None) => {
			Signer::from_dev_uri(account).map_err(|error| error.to_string())
		}
		(None, Some(path), Some(password)) => {
			let password = Password::from_file(password).map_err(|error| error.to_string())?;
			keystore::read(path)
				.and_then(|text| keystore::decrypt(&text, &password))
				.map_err(|error| error.to_string())
		}
		_ => Err("give `keystore` and `password`".into()),
	}
}

/// Returns the limit of a client's requests.
fn quota(per_second: Option<NonZeroU32>) -> Quota {
	let per_second = per_second.unwrap_or(REQUESTS);
	Quota::per_second(per_second).allow_burst(per_second.saturating_mul(BURST))
}

#[cfg(test)]
mod tests {
	use super::*;
	use governor::clock::FakeRelativeClock;

	#[test]
	fn a_burst_is_five_seconds_of_requests() {
		for (given, burst) in [(None, 500), (NonZeroU32::new(2), 10)] {
			// No time passes, so no further request becomes free.
			let limit = RateLimiter::direct_with_clock(quota(given), FakeRelativeClock::default());
			let passed = (0..burst).all(|_| limit.check().is_ok());
			assert!(passed && limit.check().is_err(), "{given:?}");
		}
	}
}
