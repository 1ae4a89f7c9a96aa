//! Telling clients of what changes: rest-hook, at least once, in the chain's order.
//!
//! ```text
//! final block ──▶ search of each subscription ──▶ events, numbered, in SQLite ──▶ endpoint
//! ```
//!
//! Contract:
//!
//! - A client learns of what a search with its own account would find, and of nothing else. An
//!   event that waited until the client may not find its document any more keeps its number alone.
//!   If the client gets another account, the subscription rests.
//! - Only what a final block has is an event, in the order of the blocks. Numbers have no gap, and
//!   `$events` returns those that an endpoint has missed.
//! - An event is kept before it is sent, and sent until the endpoint has taken it, whatever ends
//!   meanwhile. Pauses grow up to five minutes.
//! - Only addresses that the configuration gives a client are notified. Each has places of its own,
//!   so one that does not answer holds no other.
//! - What waits is bounded: at most 10,000 events of a subscription, for 30 days.

mod bundle;
mod notice;
mod notify;
mod send;
mod store;
mod turns;

pub(crate) use bundle::bundle;
pub(crate) use notice::{seen, settled, NOT_SEEN};
pub(crate) use send::Endpoint;
pub(crate) use store::{Kept, Seen, Store};

use std::{
	future::Future,
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::StatusCode;
use salus_client::primitives::Moment;
use salus_fhir::outcome::IssueKind;
use tokio::task::block_in_place;

use crate::{
	app::Gateway,
	auth::{scope::Act, Access, Auth},
	fault::{Answer, Fault},
	metrics::Metrics,
};

/// Reasons of a subscription that rests by the configuration.
const NO_RIGHT: &str = "its client may not search any more, by the configuration";
const OTHER_ACCOUNT: &str = "its client has another account now; create the subscription again";

/// Pause before a task that failed is started again.
const RESTART: Duration = Duration::from_secs(2);

/// Maximum number of events in a notification.
pub(crate) const MOST_EVENTS: usize = 100;

/// Returns the milliseconds since 1970, by this machine's clock.
pub(crate) fn now() -> Moment {
	let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(now.as_millis()).unwrap_or(Moment::MAX)
}

/// Notices events and sends them, until the process ends. Each is a task of its own, so that neither
/// waits for the other's disk.
pub(crate) async fn run(gateway: Arc<Gateway>, metrics: Arc<Metrics>) {
	let noticing = supervise(&metrics, || {
		let (gateway, metrics) = (gateway.clone(), metrics.clone());
		async move { notice::notice(&gateway, &metrics).await }
	});
	let notifying = supervise(&metrics, || {
		let gateway = gateway.clone();
		async move { notify::notify(&gateway).await }
	});
	tokio::join!(noticing, notifying);
}

/// Runs a task that never ends, and starts it again if it fails: otherwise, clients would not be
/// notified any more, and nobody would notice.
async fn supervise<F>(metrics: &Metrics, mut task: impl FnMut() -> F)
where
	F: Future<Output = ()> + Send + 'static,
{
	loop {
		let _ = tokio::spawn(task()).await;
		metrics.searched(false);
		tracing::error!("the notification of subscriptions failed, and starts again; report this");
		tokio::time::sleep(RESTART).await;
	}
}

/// Returns what the client of a subscription may do, or why it may not search any more.
fn access_of(auth: &Auth, kept: &Kept) -> Result<Access, &'static str> {
	let access = auth.all_of(&kept.client).ok_or(NO_RIGHT)?;
	if access.client.signer.account() != kept.account {
		return Err(OTHER_ACCOUNT);
	}
	let resource = kept.subscription.terms.topic.resource;
	let is_allowed = access.scopes.allow(resource, Act::Search)
		&& access.client.purposes.contains(&kept.purpose);
	is_allowed.then(|| Access { purpose: kept.purpose, ..access }).ok_or(NO_RIGHT)
}

/// Refuses the events of a subscription that rests.
pub(crate) fn awake(auth: &Auth, kept: &Kept) -> Answer<()> {
	let reason = access_of(auth, kept).err().or(kept.barred.as_deref());
	reason.map_or(Ok(()), |reason| Err(resting(reason)))
}

/// Returns the fault of a subscription that rests.
pub(crate) fn resting(reason: &str) -> Fault {
	let text = format!("the subscription rests: {reason}");
	Fault::new(StatusCode::FORBIDDEN, IssueKind::Forbidden, "resting", text)
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::auth::tests::auth;
	use salus_client::primitives::Purpose;

	#[tokio::test]
	async fn a_task_that_panics_starts_again_and_counts_as_failed() {
		let metrics = Metrics::new().unwrap();
		let (starts, mut started) = tokio::sync::mpsc::unbounded_channel();
		let task = || {
			let starts = starts.clone();
			async move {
				starts.send(()).unwrap();
				panic!("as a fault of this server would");
			}
		};
		let supervised = supervise(&metrics, task);
		tokio::select! {
			biased;
			() = async { for _ in 0..2 { started.recv().await.unwrap(); } } => {}
			() = supervised => unreachable!("it never ends"),
		}
		assert_eq!(metrics.failed_searches(), 1);
	}

	#[test]
	fn a_subscription_rests_while_its_account_is_another() {
		let folder = tempfile::tempdir().unwrap();
		let (auth, _) = auth(folder.path());
		let of_other = store::tests::new("a", "his");
		let account = auth.all_of("his").unwrap().client.signer.account();
		let own = Kept { account, ..of_other.clone() };
		let barred = Kept { barred: Some(NO_RIGHT.into()), ..own.clone() };
		let no_right = Kept { purpose: Purpose::BTG, ..own.clone() };
		let no_client = Kept { client: "x".into(), ..own.clone() };
		for (kept, reason) in [
			(&own, None),
			(&of_other, Some(OTHER_ACCOUNT)),
			(&barred, Some(NO_RIGHT)),
			(&no_right, Some(NO_RIGHT)),
			(&no_client, Some(NO_RIGHT)),
		] {
			let refused = awake(&auth, kept).err().map(|fault| (fault.code(), fault.text()));
			let expected =
				reason.map(|reason| ("resting", format!("the subscription rests: {reason}")));
			assert_eq!(refused, expected);
		}
	}
}
