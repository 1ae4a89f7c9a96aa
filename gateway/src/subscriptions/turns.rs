//! Turns of endpoints: the number of notifications that each gets at a time, and when it is tried
//! again. Endpoints come from the configuration, so each has its own places, and one that hangs
//! takes none from others.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::Kept;

/// Maximum number of notifications to one endpoint at a time.
const AT_ONCE: usize = 4;

/// First and longest pause after a notification that was not taken.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Outcome of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
	/// The endpoint has taken it.
	Taken,
	/// The notification was not taken, which says nothing about other subscriptions.
	Refused,
	/// The endpoint did not answer.
	Unreached,
}

/// An endpoint: its client and its address.
type Place = (String, String);

fn place_of(kept: &Kept) -> Place {
	(kept.client.clone(), kept.subscription.terms.endpoint.clone())
}

struct Pause {
	length: Duration,
	until: Instant,
}

impl Pause {
	fn after(last: Option<&Self>, now: Instant) -> Self {
		let (first, longest) = PAUSES;
		let length = last.map_or(first, |last| last.length.saturating_mul(2).min(longest));
		Self { length, until: now + length }
	}

	fn holds(&self, now: Instant) -> bool {
		self.until > now
	}
}

/// Turns of all subscriptions.
#[derive(Default)]
pub(super) struct Turns {
	/// Notifications that are under way, by subscription.
	busy: HashMap<String, Place>,
	/// Pauses of subscriptions.
	subscriptions: HashMap<String, Pause>,
	/// Pauses of endpoints that do not answer. A client cannot shorten them: they outlast its
	/// subscriptions.
	endpoints: HashMap<Place, Pause>,
	/// Number of the last turn of each subscription.
	last: HashMap<String, u64>,
	count: u64,
}

impl Turns {
	/// Takes turns for subscriptions with something to send. Those that had none for the longest
	/// time come first.
	pub(super) fn take(&mut self, mut due: Vec<Kept>, now: Instant) -> Vec<Kept> {
		due.sort_by_key(|one| self.last.get(&one.subscription.id).copied());
		due.retain(|one| self.begins(one, now));
		due
	}

	fn begins(&mut self, kept: &Kept, now: Instant) -> bool {
		let (id, place) = (&kept.subscription.id, place_of(kept));
		let is_paused = self.subscriptions.get(id).is_some_and(|pause| pause.holds(now));
		if is_paused || self.busy.contains_key(id) {
			return false;
		}
		// An endpoint that does not answer is tried with one notification.
		let most = match self.endpoints.get(&place) {
			Some(pause) if pause.holds(now) => 0,
			Some(_) => 1,
			None => AT_ONCE,
		};
		if self.busy.values().filter(|other| **other == place).count() >= most {
			return false;
		}
		self.count = self.count.saturating_add(1);
		self.last.insert(id.clone(), self.count);
		self.busy.insert(id.clone(), place);
		true
	}

	/// Notes the end of a turn.
	pub(super) fn end(&mut self, id: &str, sent: Sent, now: Instant) {
		let Some(place) = self.busy.remove(id) else { return };
		match sent {
			Sent::Taken => {
				self.subscriptions.remove(id);
				self.endpoints.remove(&place);
			}
			Sent::Refused => {
				self.endpoints.remove(&place);
				let pause = Pause::after(self.subscriptions.get(id), now);
				self.subscriptions.insert(id.to_owned(), pause);
			}
			Sent::Unreached => {
				let last = self.endpoints.get(&place);
				// Notifications that began together are one attempt.
				if last.is_none_or(|last| !last.holds(now)) {
					let pause = Pause::after(last, now);
					self.endpoints.insert(place, pause);
				}
			}
		}
	}

	/// Ends all turns, because a part of the program ended early: to send twice is better than not
	/// to send.
	pub(super) fn end_all(&mut self) {
		self.busy.clear();
	}

	/// Forgets subscriptions that are gone.
	pub(super) fn keep(&mut self, all: &[Kept]) {
		let is_there = |id: &String| all.iter().any(|one| one.subscription.id == *id);
		self.subscriptions.retain(|id, _| is_there(id));
		self.last.retain(|id, _| is_there(id));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::subscriptions::store::tests::new;

	/// Subscriptions of a client at one endpoint.
	fn of(client: &str, ids: &[&str]) -> Vec<Kept> {
		ids.iter().map(|id| new(id, client)).collect()
	}

	fn ids(turns: &[Kept]) -> Vec<&str> {
		turns.iter().map(|one| &*one.subscription.id).collect()
	}

	const LONG: Duration = Duration::from_secs(3_600);

	#[test]
	fn endpoints_that_hang_hold_no_other() {
		let (mut turns, now) = (Turns::default(), Instant::now());
		for client in ["a", "b", "c", "d", "e"] {
			let names = [1, 2, 3, 4, 5].map(|number| format!("{client}{number}"));
			let names = names.each_ref().map(|name| &**name);
			assert_eq!(turns.take(of(client, &names), now).len(), AT_ONCE);
		}
		assert_eq!(ids(&turns.take(of("his", &["1"]), now)), ["1"]);
	}

	#[test]
	fn a_pause_outlasts_its_subscriptions() {
		let (mut turns, now) = (Turns::default(), Instant::now());
		let all = of("his", &["1", "2", "3", "4", "5"]);
		for one in turns.take(all.clone(), now) {
			turns.end(&one.subscription.id, Sent::Unreached, now);
		}
		// The client makes them again.
		turns.keep(&[]);
		assert!(turns.take(of("his", &["6"]), now).is_empty());
		assert_eq!(ids(&turns.take(of("lab", &["7"]), now)), ["7"]);
		// Four that began together are one attempt: the pause is the first one.
		let later = now + PAUSES.0;
		let tried = turns.take(all.clone(), later);
		assert_eq!(tried.len(), 1, "one notification tries it");
		turns.end(&tried[0].subscription.id, Sent::Unreached, later);
		assert!(turns.take(all.clone(), later + PAUSES.0).is_empty());
		// Once it has taken one, it gets all its places.
		let tried = turns.take(all.clone(), later + LONG);
		turns.end(&tried[0].subscription.id, Sent::Taken, later + LONG);
		assert_eq!(turns.take(all, later + LONG).len(), AT_ONCE);
	}

	#[test]
	fn a_refusal_is_of_one_subscription() {
		let (mut turns, now) = (Turns::default(), Instant::now());
		let all = of("his", &["1", "2"]);
		assert_eq!(turns.take(all.clone(), now).len(), 2);
		assert!(turns.take(all.clone(), now).is_empty(), "each is sent once at a time");
		turns.end("1", Sent::Refused, now);
		turns.end("2", Sent::Taken, now);
		assert_eq!(ids(&turns.take(all.clone(), now)), ["2"]);
		turns.end("2", Sent::Taken, now);
		assert_eq!(turns.take(all, now + PAUSES.0).len(), 2);
	}

	#[test]
	fn all_subscriptions_of_an_endpoint_have_turns() {
		let (mut turns, now) = (Turns::default(), Instant::now());
		let all = of("his", &["1", "2", "3", "4", "5", "6"]);
		let mut seen = Vec::new();
		for _ in 0..3 {
			for one in turns.take(all.clone(), now) {
				turns.end(&one.subscription.id, Sent::Taken, now);
				seen.push(one.subscription.id);
			}
		}
		let count = |id: &str| seen.iter().filter(|one| *one == id).count();
		assert!(all.iter().all(|one| count(&one.subscription.id) == 2), "{seen:?}");
	}
}
