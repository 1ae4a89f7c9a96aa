//! Telling clients of what changes: rest-hook, at least once, in the chain's order.
//!
//! ```text
//! final block ──▶ search of each subscription ──▶ events, numbered, in SQLite ──▶ endpoint
//! ```
//!
//! Contract:
//!
//! - A client learns of what a search with its own account would find, and of nothing else. An
//!   event that waited until the client can no longer find its document keeps only its number. If
//!   the client gets another account, the subscription is paused.
//! - Only what a final block has is an event, in the order of the blocks. Each version of a
//!   document is one, even if a search finds several at once. Numbers have no gap, and `$events`
//!   returns those that an endpoint has missed.
//! - An event is kept before it is sent, and sent until the endpoint has taken it, whatever ends
//!   before. Pauses grow up to five minutes.
//! - Only addresses that the configuration gives a client are notified. Each has its own places,
//!   so one that does not answer does not delay the others.
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

/// Reasons of a subscription that is paused by the configuration.
const NO_RIGHT: &str = "its client may no longer search, by the configuration";
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

/// Notices events and sends them, until the process ends. Each is a separate task, so that neither
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

/// Runs a task that never ends, and starts it again if it fails: otherwise, clients would no longer
/// be notified, and nobody would notice.
async fn supervise<F>(metrics: &Metrics, mut task: impl FnMut() -> F)
where
	F: Future<Output = ()> + Send + 'static,
{
	loop {
		let _ = tokio::spawn(task()).await;
		metrics.searched(false);
		tracing::error!("noticing or sending events failed and was restarted; report this");
		tokio::time::sleep(RESTART).await;
	}
}

/// Returns what the client of a subscription may do, or why it may no longer search.
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

/// Refuses the events of a subscription that is paused.
pub(crate) fn awake(auth: &Auth, kept: &Kept) -> Answer<()> {
	let reason = access_of(auth, kept).err().or(kept.barred.as_deref());
	reason.map_or(Ok(()), |reason| Err(resting(reason)))
}

/// Returns the fault of a subscription that is paused. Its code, `resting`, is stable.
pub(crate) fn resting(reason: &str) -> Fault {
	let text = format!("the subscription is paused: {reason}");
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
	fn a_subscription_is_paused_while_its_account_is_another() {
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
				reason.map(|reason| ("resting", format!("the subscription is paused: {reason}")));
			assert_eq!(refused, expected);
		}
	}
}
