//! Access tokens.

use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{digest, SHA256};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use salus_client::primitives::Purpose;

use super::{certificate::Thumbprint, scope::Scopes, Denied, LIFETIME};
use crate::clients::SmartClient;

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

struct Issued {
	access: Arc<Access>,
	/// End, in seconds since 1970.
	expires: u64,
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
	pub(super) fn issue(&self, access: Access, now: u64) -> Result<String, Denied> {
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
		let issued = Issued {
			access: Arc::new(access),
			expires: now.saturating_add(LIFETIME.as_secs()),
			number: all.issued,
		};
		all.tokens.insert(hash(&token), issued);
		Ok(token)
	}

	pub(super) fn access(&self, token: &str, now: u64) -> Option<Arc<Access>> {
		let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		let issued = all.tokens.get(&hash(token)).filter(|issued| issued.expires > now)?;
		Some(issued.access.clone())
	}
}
