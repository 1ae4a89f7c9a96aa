//! Sending events to endpoints, until they have taken them.

use std::{sync::Arc, time::Duration};

use salus_fhir::subscription::Kind;
use tokio::{
	task::{block_in_place, JoinSet},
	time::{sleep, timeout, Instant},
};

use super::{
	access_of, bundle, kept,
	notice::SEARCH,
	now,
	send::Failed,
	turns::{Sent, Turns},
	Kept, MOST_EVENTS,
};
use crate::app::Gateway;

/// Interval at which events that wait are looked for.
const SEND: Duration = Duration::from_millis(500);

/// Sends what waits, each subscription by itself.
pub(super) async fn notify(gateway: &Arc<Gateway>) {
	let mut turns = Turns::default();
	let mut sending: JoinSet<(String, Sent)> = JoinSet::new();
	loop {
		sleep(SEND).await;
		while let Some(ended) = sending.try_join_next() {
			match ended {
				Ok((id, sent)) => turns.end(&id, sent, Instant::now()),
				Err(_) => turns.end_all(),
			}
		}
		let Some(mut all) = kept(gateway) else { continue };
		turns.keep(&all);
		all.retain(Kept::is_due);
		for one in turns.take(all, Instant::now()) {
			let gateway = gateway.clone();
			sending.spawn(async move {
				let sent = send(&gateway, &one).await;
				(one.subscription.id, sent)
			});
		}
	}
}

/// Sends the next notification of a subscription.
async fn send(gateway: &Gateway, kept: &Kept) -> Sent {
	let Kept { subscription, client, .. } = kept;
	let (id, store) = (&subscription.id, &gateway.subscriptions);
	let noted = match attempt(gateway, kept).await {
		// The search for new events says so in the log.
		None => return Sent::Refused,
		Some(Ok(number)) => block_in_place(|| store.delivered(id, number)).map(|()| Sent::Taken),
		Some(Err(Failed { reason, is_reached })) => {
			// Once for each trouble: a client can be away for days.
			if subscription.fault.as_ref() != Some(&reason) {
				tracing::warn!(client, reason, "an endpoint does not take notifications");
			}
			let sent = if is_reached { Sent::Refused } else { Sent::Unreached };
			block_in_place(|| store.failed(id, &reason, (now(), Instant::now().into_std())))
				.map(|()| sent)
		}
	};
	noted.unwrap_or_else(|error| {
		tracing::error!(%error, "cannot keep the state of a subscription; check the state folder");
		Sent::Refused
	})
}

/// Sends the next notification, and returns the number of its last event. Sends none, and returns
/// `None`, if the node does not say what the client may see of it: that is not the endpoint's
/// fault.
async fn attempt(gateway: &Gateway, kept: &Kept) -> Option<Result<u64, Failed>> {
	let Kept { subscription, delivered, last, .. } = kept;
	let failed = |reason: &str| Some(Err(Failed { reason: reason.into(), is_reached: true }));
	let next = delivered.saturating_add(1);
	let (kind, events) = match kept.is_greeted {
		true => {
			let store = &gateway.subscriptions;
			let events =
				block_in_place(|| store.events(&subscription.id, next, *last, MOST_EVENTS));
			(Kind::Events, events)
		}
		false => (Kind::Handshake, Ok(Vec::new())),
	};
	let Ok(events) = events else { return failed("this server cannot read its events") };
	let access = match access_of(&gateway.auth, kept) {
		Ok(access) => access,
		Err(reason) => return failed(reason),
	};
	let Some(endpoint) = access.client.endpoints.get(&subscription.terms.endpoint) else {
		return failed("the configuration no longer has this address");
	};
	let number = events.last().map_or(*delivered, |event| event.number);
	let body = timeout(SEARCH, bundle(gateway, &access, kept, kind, &events)).await.ok()?.ok()?;
	Some(endpoint.send(body.to_string()).await.map(|()| number))
}
