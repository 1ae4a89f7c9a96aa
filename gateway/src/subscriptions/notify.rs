//! Sending events to endpoints, until they have taken them.

use std::{sync::Arc, time::Duration};

use salus_fhir::subscription::Kind;
use tokio::{
	task::{block_in_place, JoinSet},
	time::{sleep, Instant},
};

use super::{
	access_of, kept, now,
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
	let Kept { subscription, delivered, last, .. } = kept;
	let (id, store) = (&subscription.id, &gateway.subscriptions);
	let next = delivered.saturating_add(1);
	let events = match kept.is_greeted {
		true => block_in_place(|| store.events(id, next, *last, MOST_EVENTS)),
		false => Ok(Vec::new()),
	};
	let failed = |reason: &str| Failed { reason: reason.into(), is_reached: true };
	let sent = async {
		let events = events.map_err(|_| failed("this server cannot read its events"))?;
		let access = access_of(gateway, kept);
		let access = access.ok_or_else(|| failed("its client may not search any more"))?;
		let endpoint = access.client.endpoints.get(&subscription.terms.endpoint);
		let endpoint =
			endpoint.ok_or_else(|| failed("the configuration does not have it any more"))?;
		let kind = if kept.is_greeted { Kind::Events } else { Kind::Handshake };
		let number = events.last().map_or(*delivered, |event| event.number);
		let body = subscription.notification(&gateway.base(), kind, &events, *last);
		endpoint.send(body.to_string()).await?;
		Ok::<_, Failed>(number)
	};
	let noted = match sent.await {
		Ok(number) => block_in_place(|| store.delivered(id, number)).map(|()| Sent::Taken),
		Err(Failed { reason, is_reached }) => {
			// Once for each trouble: a client can be away for days.
			if subscription.fault.as_ref() != Some(&reason) {
				let client = &kept.client;
				tracing::warn!(client, reason, "an endpoint does not take notifications");
			}
			let sent = if is_reached { Sent::Refused } else { Sent::Unreached };
			block_in_place(|| store.failed(id, &reason, now())).map(|()| sent)
		}
	};
	noted.unwrap_or_else(|error| {
		tracing::error!(%error, "cannot keep the state of a subscription; check the state folder");
		Sent::Refused
	})
}
