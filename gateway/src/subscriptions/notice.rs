//! Noticing events: a search for each subscription, at each final block.

use std::{collections::HashSet, sync::Arc, time::Duration};

use salus_client::{primitives::Moment, Error, View};
use tokio::{
	task::{block_in_place, JoinSet},
	time::{sleep, timeout, Instant},
};

use super::{access_of, kept, Kept, Seen};
use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
	fhir::{self, Match},
	metrics::Metrics,
};

/// Interval at which the chain is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Limit for the search of a subscription, and for the time of the last final block.
pub(super) const SEARCH: Duration = Duration::from_secs(30);

/// Number of searches at a time.
const SEARCHES: usize = 4;

/// Reason of a subscription whose client may not search by the chain.
pub(crate) const NOT_SEEN: &str =
	"the chain does not let its client search for these resources now";

/// Types of the resources whose end is an event, too.
const ENDING: [&str; 2] = [CONSENT, "DocumentReference"];

/// Type of the resources that never change: the entries of a log.
const LOGGED: &str = "AuditEvent";

/// Type of the resources that a client can find after their end.
const CONSENT: &str = "Consent";

/// Drops the entries of a log that are known. Each takes a proof, and everybody who may open a
/// patient's documents makes the log longer: if all were read each time, a long log would silence
/// the subscription to it.
fn unknown(resource: &str, mut matches: Vec<Match>, known: &HashSet<String>) -> Vec<Match> {
	if resource == LOGGED {
		matches.retain(|one| !known.contains(&one.id));
	}
	matches
}

/// Returns the matches of a subscription's search at the view's block, in the chain's order. Leaves
/// out the entries of a log whose ids are `known`. `now` is the time of a change that the chain
/// does not date: the end of a grant.
pub(crate) async fn seen(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	(resource, filter): (&str, &str),
	now: Moment,
	known: &HashSet<String>,
) -> Answer<Vec<Seen>> {
	let matches = fhir::subscription::matches(gateway, view, access, resource, filter).await?;
	let mut matches = unknown(resource, matches, known);
	fhir::read_entries(gateway, &mut matches).await?;
	let mut seen = Vec::with_capacity(matches.len());
	for one in matches.into_iter().rev() {
		let found = one.resource.build()?.resource()?;
		let Some(at) = salus_fhir::subscription::changed(&found) else { continue };
		let has_ended = resource == CONSENT && one.version == fhir::consent::OVER;
		let at = if has_ended { now } else { at };
		seen.push(Seen { id: one.id, version: one.version, at });
	}
	seen.sort_by_key(|one| one.at);
	Ok(seen)
}

/// Returns a view of the last final block. A fork can still drop what later blocks have, such as a
/// grant.
pub(crate) async fn settled(gateway: &Gateway) -> Answer<View<'_>> {
	Ok(gateway.client.reported_final().await.map_err(Error::from)?)
}

/// Returns the time of the last final block, or the code of a fault.
async fn clock(gateway: &Gateway) -> Result<Moment, &'static str> {
	let asked = timeout(SEARCH, async {
		let clock = settled(gateway).await?.clock().await.map_err(Error::from)?;
		Ok::<_, Fault>(clock)
	});
	asked.await.map_err(|_| "deadline")?.map_err(|fault| fault.code())
}

/// Searches for each subscription again whenever there is another final block.
pub(super) async fn notice(gateway: &Arc<Gateway>, metrics: &Metrics) {
	let (mut looked, mut pause, mut fails) = (0, LOOK, false);
	loop {
		sleep(pause).await;
		let began = Instant::now();
		let done = look(gateway, metrics, looked).await;
		pause = pause_after(began.elapsed(), matches!(done, Err(Trouble::Silent(_))));
		match done {
			Ok(clock) => {
				looked = clock;
				if std::mem::take(&mut fails) {
					tracing::info!("subscriptions are searched again");
				}
			}
			// The same block is searched again. One line for each trouble: it can last.
			Err(Trouble::Silent(code) | Trouble::Search(code)) => {
				if !std::mem::replace(&mut fails, true) {
					tracing::warn!(
						code,
						"cannot search for subscriptions, so clients are not notified; check the \
						 node"
					);
				}
			}
		}
	}
}

/// Reason why a look was not done, with the code of the fault.
enum Trouble {
	/// The node does not say which block is final, or the store fails.
	Silent(&'static str),
	/// A search failed.
	Search(&'static str),
}

/// Returns the pause after a look that took this long.
fn pause_after(took: Duration, is_silent: bool) -> Duration {
	match is_silent {
		// A node that answers again is looked at soon.
		true => LOOK,
		// Many searches, or costly ones, leave the node half of its time.
		false => took.max(LOOK),
	}
}

/// Searches for each subscription, if there is a final block later than `looked`. Returns the time
/// of the block.
async fn look(
	gateway: &Arc<Gateway>,
	metrics: &Metrics,
	looked: Moment,
) -> Result<Moment, Trouble> {
	let failed = |code| {
		metrics.searched(false);
		Trouble::Silent(code)
	};
	let clock = clock(gateway).await.map_err(failed)?;
	if clock == looked {
		return Ok(looked);
	}
	let all = kept(gateway).ok_or_else(|| failed("storage"))?;
	let mut searching = JoinSet::new();
	let mut fault = None;
	// Returns whether the search was done.
	let mut note = |searched: Option<Result<Result<(), &'static str>, _>>| {
		let searched = searched?.unwrap_or(Err("failure"));
		metrics.searched(searched.is_ok());
		fault = fault.or(searched.err());
		Some(searched.is_ok())
	};
	for one in all.into_iter().filter(|one| !one.is_over()) {
		if searching.len() >= SEARCHES && note(searching.join_next().await) == Some(false) {
			// One search that fails does not stop the others, but a node that is down answers none.
			self::clock(gateway).await.map_err(failed)?;
		}
		let gateway = gateway.clone();
		searching.spawn(async move {
			match timeout(SEARCH, search(&gateway, &one, clock)).await {
				Ok(searched) => searched.map_err(|fault| fault.code()),
				Err(_) => Err("deadline"),
			}
		});
	}
	while note(searching.join_next().await).is_some() {}
	fault.map_or(Ok(clock), |code| Err(Trouble::Search(code)))
}

/// Makes events of what is new to a subscription. `now` is the time of the last final block.
async fn search(gateway: &Gateway, kept: &Kept, now: Moment) -> Answer<()> {
	let access = match access_of(&gateway.auth, kept) {
		Ok(access) => access,
		Err(reason) => return bar(gateway, kept, Some(reason)),
	};
	let (id, terms, store) =
		(&kept.subscription.id, &kept.subscription.terms, &gateway.subscriptions);
	let known = match terms.topic.resource {
		LOGGED => block_in_place(|| store.known(id)).map_err(Fault::of_store)?,
		_ => HashSet::new(),
	};
	let view = settled(gateway).await?;
	let searched = (terms.topic.resource, &*terms.filter);
	let seen = match seen(gateway, view, &access, searched, now, &known).await {
		Ok(seen) => seen,
		Err(fault) if fault.is_not_found() => return bar(gateway, kept, Some(NOT_SEEN)),
		Err(fault) => return Err(fault),
	};
	bar(gateway, kept, None)?;
	let ended = ENDING.contains(&terms.topic.resource).then_some(now);
	block_in_place(|| store.note(id, &seen, ended)).map_err(Fault::of_store)?;
	Ok(())
}

/// Notes whether a subscription is paused because its client may not search.
fn bar(gateway: &Gateway, kept: &Kept, reason: Option<&'static str>) -> Answer<()> {
	if kept.barred.as_deref() == reason {
		return Ok(());
	}
	if let Some(reason) = reason {
		tracing::warn!(client = kept.client, reason, "a subscription is paused");
	}
	let store = &gateway.subscriptions;
	block_in_place(|| store.bar(&kept.subscription.id, reason)).map_err(Fault::of_store)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::fhir::Matched;

	#[test]
	fn known_entries_of_a_log_are_not_read_again() {
		let known = HashSet::from(["1".to_owned()]);
		let left = |resource: &str| {
			let matches = ["2", "1"].map(|id| {
				let resource = Matched::Built(serde_json::Value::Null);
				Match { id: id.into(), version: 0, resource }
			});
			let left = unknown(resource, matches.into(), &known);
			left.into_iter().map(|one| one.id).collect::<Vec<_>>()
		};
		assert_eq!(left(LOGGED), ["2"]);
		// A document that is not found again has ended.
		assert_eq!(left("DocumentReference"), ["2", "1"]);
	}

	#[test]
	fn a_long_look_leaves_the_node_time_unless_it_was_silent() {
		let seconds = Duration::from_secs;
		assert_eq!(pause_after(seconds(1), false), LOOK);
		assert_eq!(pause_after(seconds(300), false), seconds(300));
		assert_eq!(pause_after(seconds(300), true), LOOK);
	}
}
