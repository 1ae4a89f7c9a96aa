//! Telling clients of what changes: rest-hook, at least once, in the chain's order.
//!
//! ```text
//! final block ──▶ search of each subscription ──▶ events, numbered, in SQLite ──▶ endpoint
//! ```
//!
//! Contract:
//!
//! - A client learns of what a search with its own account would find, and of nothing else.
//! - Only what a final block has is an event, in the order of the blocks. Numbers have no gap, and
//!   `$events` returns those that an endpoint has missed.
//! - An event is kept before it is sent, and sent until the endpoint has taken it, whatever ends
//!   meanwhile. Pauses grow up to five minutes.
//! - Only addresses that the configuration gives a client are notified. Each has places of its own,
//!   so one that does not answer holds no other.
//! - What waits is bounded: at most 10,000 events of a subscription, for 30 days.

mod notice;
mod notify;
mod send;
mod store;
mod turns;

pub(crate) use notice::{seen, settled};
pub(crate) use send::Endpoint;
pub(crate) use store::{Kept, Seen, Store};

use std::{
	sync::Arc,
	time::{SystemTime, UNIX_EPOCH},
};

use salus_client::primitives::Moment;
use tokio::task::block_in_place;

use crate::{
	app::Gateway,
	auth::{scope::Act, Access},
	metrics::Metrics,
};

/// Maximum number of events in a notification.
pub(crate) const MOST_EVENTS: usize = 100;

/// Returns the milliseconds since 1970, by this machine's clock.
pub(crate) fn now() -> Moment {
	let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(now.as_millis()).unwrap_or(Moment::MAX)
}

/// Notices events and sends them, until the process ends.
pub(crate) async fn run(gateway: Arc<Gateway>, metrics: Arc<Metrics>) {
	tokio::join!(notice::notice(&gateway, &metrics), notify::notify(&gateway));
}

/// Returns what the client of a subscription may do; `None` if it may not search any more.
fn access_of(gateway: &Gateway, kept: &Kept) -> Option<Access> {
	let access = gateway.auth.all_of(&kept.client)?;
	let resource = kept.subscription.terms.topic.resource;
	let is_allowed = access.scopes.allow(resource, Act::Search)
		&& access.client.purposes.contains(&kept.purpose);
	is_allowed.then(|| Access { purpose: kept.purpose, ..access })
}

fn kept(gateway: &Gateway) -> Option<Vec<Kept>> {
	match block_in_place(|| gateway.subscriptions.all(None, now())) {
		Ok(all) => Some(all),
		Err(error) => {
			tracing::error!(%error, "cannot read the subscriptions; check the state folder");
			None
		}
	}
}
