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
//! - Only addresses that the configuration gives a client are notified. Endpoints of one client that
//!   do not answer take a quarter of the notifications at a time; those of four clients take all.

mod send;
mod store;

pub(crate) use send::Endpoint;
pub(crate) use store::{Kept, Seen, Store};

use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use salus_client::{primitives::Moment, Error};
use salus_fhir::subscription::Kind;
use tokio::{
	task::{block_in_place, JoinSet},
	time::{sleep, timeout, Instant},
};

use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
	fhir,
};

/// Interval at which the chain is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Interval at which events that wait are looked for.
const SEND: Duration = Duration::from_millis(500);

/// Limit for the search of a subscription.
const SEARCH: Duration = Duration::from_secs(30);

/// Number of searches at a time.
const SEARCHES: usize = 4;

/// Number of notifications at a time.
const NOTIFICATIONS: usize = 16;

/// Number of them to the endpoints of one client, which may not answer.
const OF_CLIENT: usize = 4;

/// Maximum number of events in a notification.
pub(crate) const MOST_EVENTS: usize = 100;

/// First and longest pause after a notification that was not taken.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Returns the milliseconds since 1970, by this machine's clock.
pub(crate) fn now() -> Moment {
	let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(now.as_millis()).unwrap_or(Moment::MAX)
}

/// Notices events and sends them, until the process ends.
pub(crate) async fn run(gateway: Arc<Gateway>) {
	tokio::join!(notice(&gateway), notify(&gateway));
}

/// Returns what the client of a subscription may do; `None` if it may not search any more.
fn access_of(gateway: &Gateway, kept: &Kept) -> Option<Access> {
	let access = gateway.auth.all_of(&kept.client)?;
	let resource = kept.subscription.terms.topic.resource;
	let is_allowed = access.scopes.allow(resource, crate::auth::scope::Act::Search)
		&& access.client.purposes.contains(&kept.purpose);
	is_allowed.then(|| Access { purpose: kept.purpose, ..access })
}

/// Returns the matches of a subscription's search in the final chain, in its order. `clock` is the
/// time of the last final block.
pub(crate) async fn seen(
	gateway: &Gateway,
	access: &Access,
	resource: &str,
	filter: &str,
	clock: Moment,
) -> Answer<Vec<Seen>> {
	let matches = fhir::subscription::matches(gateway, access, resource, filter).await?;
	let mut seen: Vec<_> = matches
		.into_iter()
		.rev()
		.filter_map(|one| {
			let at = salus_fhir::subscription::changed(&one.resource)?;
			Some(Seen { id: one.id, version: one.version, at })
		})
		// A fork can still drop what is in a later block.
		.filter(|one| one.at <= clock)
		.collect();
	seen.sort_by_key(|one| one.at);
	Ok(seen)
}

/// Returns the time of the last final block.
pub(crate) async fn clock(gateway: &Gateway) -> Answer<Moment> {
	Ok(gateway.client.settled().clock().await.map_err(Error::from)?)
}

/// Searches for each subscription again whenever there is another final block.
async fn notice(gateway: &Arc<Gateway>) {
	let (mut looked, mut pause) = (0, LOOK);
	loop {
		sleep(pause).await;
		let began = Instant::now();
		// A node that does not answer is asked again.
		let Ok(clock) = clock(gateway).await else { continue };
		if clock == looked {
			continue;
		}
		let Some(all) = kept(gateway) else { continue };
		let mut searching = JoinSet::new();
		let mut is_done = true;
		for one in all.into_iter().filter(|one| one.subscription.status.code() != "off") {
			if searching.len() >= SEARCHES {
				is_done &= matches!(searching.join_next().await, Some(Ok(true)));
			}
			let gateway = gateway.clone();
			searching.spawn(async move {
				let searched = timeout(SEARCH, search(&gateway, &one, clock)).await;
				matches!(searched, Ok(Ok(())))
			});
		}
		while let Some(searched) = searching.join_next().await {
			is_done &= matches!(searched, Ok(true));
		}
		// Many searches, or costly ones, leave the node half of its time.
		pause = began.elapsed().max(LOOK);
		// Otherwise, the same block is searched again.
		if is_done {
			looked = clock;
		}
	}
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

/// Makes events of what is new to a subscription.
async fn search(gateway: &Gateway, kept: &Kept, clock: Moment) -> Answer<()> {
	let Some(access) = access_of(gateway, kept) else { return Ok(()) };
	let terms = &kept.subscription.terms;
	let seen = match seen(gateway, &access, terms.topic.resource, &terms.filter, clock).await {
		Ok(seen) => seen,
		// The client may not know of this patient's resources at the moment.
		Err(fault) if fault.is_not_found() => return Ok(()),
		Err(fault) => return Err(fault),
	};
	block_in_place(|| gateway.subscriptions.note(&kept.subscription.id, &seen))
		.map_err(Fault::of_store)?;
	Ok(())
}

/// When an endpoint is notified again.
struct Attempt {
	pause: Duration,
	next: Instant,
}

/// Sends what waits, each subscription by itself.
async fn notify(gateway: &Arc<Gateway>) {
	let mut attempts: HashMap<String, Attempt> = HashMap::new();
	let mut sending: JoinSet<(String, bool)> = JoinSet::new();
	// Subscriptions that are being sent, each with its client.
	let mut busy: Vec<(String, String)> = Vec::new();
	loop {
		sleep(SEND).await;
		while let Some(sent) = sending.try_join_next() {
			let Ok((id, is_taken)) = sent else {
				// A part of the program ended early. To send twice is better than not to send.
				busy.clear();
				continue;
			};
			busy.retain(|(one, _)| *one != id);
			if is_taken {
				attempts.remove(&id);
				continue;
			}
			let (first, longest) = PAUSES;
			let pause =
				attempts.get(&id).map_or(first, |last| last.pause.saturating_mul(2).min(longest));
			attempts.insert(id, Attempt { pause, next: Instant::now() + pause });
		}
		let Some(all) = kept(gateway) else { continue };
		attempts.retain(|id, _| all.iter().any(|one| one.subscription.id == *id));
		for one in all.into_iter().filter(Kept::is_due) {
			let id = &one.subscription.id;
			let waits = attempts.get(id).is_some_and(|attempt| attempt.next > Instant::now());
			let is_busy = busy.iter().any(|(busy, _)| busy == id);
			let of_client = busy.iter().filter(|(_, client)| *client == one.client).count();
			let has_room = sending.len() < NOTIFICATIONS && of_client < OF_CLIENT;
			if waits || is_busy || !has_room {
				continue;
			}
			busy.push((id.clone(), one.client.clone()));
			let gateway = gateway.clone();
			sending.spawn(async move {
				let is_taken = send(&gateway, &one).await;
				(one.subscription.id, is_taken)
			});
		}
	}
}

/// Sends the next notification of a subscription. Returns whether the endpoint has taken it.
async fn send(gateway: &Gateway, kept: &Kept) -> bool {
	let Kept { subscription, delivered, last, .. } = kept;
	let (id, store) = (&subscription.id, &gateway.subscriptions);
	let next = delivered.saturating_add(1);
	let events = match kept.is_greeted {
		true => block_in_place(|| store.events(id, next, *last, MOST_EVENTS)),
		false => Ok(Vec::new()),
	};
	let sent = async {
		let events = events.map_err(|_| "this server cannot read its events")?;
		let access = access_of(gateway, kept).ok_or("its client may not search any more")?;
		let endpoint = access.client.endpoints.get(&subscription.terms.endpoint);
		let endpoint = endpoint.ok_or("the configuration does not have it any more")?;
		let kind = if kept.is_greeted { Kind::Events } else { Kind::Handshake };
		let number = events.last().map_or(*delivered, |event| event.number);
		let mut told = subscription.clone();
		// By the time that it has answered, this is true.
		told.status = salus_fhir::subscription::Status::Active;
		endpoint.send(told.notification(&gateway.base(), kind, &events, *last).to_string()).await?;
		Ok::<_, String>(number)
	};
	let noted = match sent.await {
		Ok(number) => block_in_place(|| store.delivered(id, number)).map(|()| true),
		Err(fault) => {
			// Once for each trouble: a client can be away for days.
			if subscription.fault.as_ref() != Some(&fault) {
				let client = &kept.client;
				tracing::warn!(client, fault, "an endpoint does not take notifications");
			}
			block_in_place(|| store.failed(id, &fault)).map(|()| false)
		}
	};
	noted.unwrap_or_else(|error| {
		tracing::error!(%error, "cannot keep the state of a subscription; check the state folder");
		false
	})
}
