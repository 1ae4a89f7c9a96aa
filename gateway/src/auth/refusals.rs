//! The log of assertions that nobody is known to have signed.
//!
//! The sender learns no cause, because it may be a stranger. The operator does.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Number of refusals that are logged at once. After these, it is one in a second.
const BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Number of characters that the log shows of what a stranger may have sent.
const SHOWN: usize = 64;

/// Limit of the refusals that are logged: anybody can cause them. Further ones are not logged.
pub(super) struct Refusals(DefaultDirectRateLimiter);

impl Default for Refusals {
	fn default() -> Self {
		Self(RateLimiter::direct(Quota::per_second(NonZeroU32::MIN).allow_burst(BURST)))
	}
}

impl Refusals {
	/// Logs why an assertion that names a client and a key is refused.
	pub(super) fn note(&self, cause: &'static str, client: &str, kid: &str) {
		if self.0.check().is_err() {
			return;
		}
		let [client, kid] = [client, kid].map(|one| one.chars().take(SHOWN).collect::<String>());
		tracing::warn!(?client, ?kid, cause, "refused an assertion");
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::Arc;

	#[test]
	fn strangers_cannot_fill_the_log() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = Arc::new(log.reopen().unwrap());
		let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
		tracing::subscriber::with_default(subscriber, || {
			let refusals = Refusals::default();
			for _ in 0..1_000 {
				refusals.note("the client is unknown", &"x\n".repeat(10_000), "1");
			}
		});
		let log = std::fs::read_to_string(log.path()).unwrap();
		let count = log.lines().count();
		assert!((5..500).contains(&count) && log.len() < 1_000 * count, "{count}: {log}");
		assert!(log.contains("the client is unknown"), "{log}");
	}
}
