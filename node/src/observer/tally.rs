//! Counts of the events of the pallet `access`, and what is pending after them.

use std::{
	collections::BTreeMap,
	time::{Duration, Instant},
};

use pallet_access::Event;
use salus_primitives::{CaseId, Moment, RequestId};
use salus_runtime::Runtime;

use super::metrics::Metrics;

/// Pending items in a state of the chain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pending {
	/// Releases that lack shares.
	pub releases: Vec<RequestId>,
	/// Due time of the review of each undecided emergency case, in milliseconds since 1970.
	pub reviews: BTreeMap<CaseId, Moment>,
}

/// Counts events and tracks what is pending.
pub struct Tally {
	metrics: Metrics,
	/// Releases that lack shares, with the time when this node first saw them.
	releases: BTreeMap<RequestId, Instant>,
	/// Due time of the review of each undecided emergency case, in milliseconds since 1970.
	reviews: BTreeMap<CaseId, Moment>,
}

impl Tally {
	/// Creates a tally without pending items.
	pub fn new(metrics: Metrics) -> Self {
		Self { metrics, releases: BTreeMap::new(), reviews: BTreeMap::new() }
	}

	/// Takes the pending items of a state. The state may be later than the state before the next
	/// events, which then change nothing.
	pub fn pending(&mut self, pending: Pending, now: Instant) {
		let known = std::mem::take(&mut self.releases);
		self.releases = pending
			.releases
			.into_iter()
			.map(|request| (request, known.get(&request).copied().unwrap_or(now)))
			.collect();
		self.reviews = pending.reviews;
	}

	/// Counts an event.
	pub fn event(&mut self, event: &Event<Runtime>, now: Instant) {
		let metrics = &self.metrics;
		match event {
			Event::Logged { .. } => metrics.log_entries.inc(),
			Event::Permitted { request, epoch, .. } => {
				metrics.permitted.inc();
				// Direct mode needs no release.
				if epoch.is_some() {
					self.releases.entry(*request).or_insert(now);
				}
			}
			Event::Refused { .. } => metrics.refused.inc(),
			Event::Released { request, .. } => {
				metrics.released.inc();
				self.releases.remove(request);
			}
			Event::Ended { request } if self.releases.remove(request).is_some() => {
				metrics.expired.inc();
			}
			Event::EmergencyOpened { case, review_by, .. } => {
				metrics.opened.inc();
				self.reviews.insert(*case, *review_by);
			}
			Event::EmergencyDecided { case, .. } => {
				metrics.decided.inc();
				self.reviews.remove(case);
			}
			_ => {}
		}
	}

	/// Counts a skipped block whose events could not be read.
	pub fn unread(&self) {
		self.metrics.unread.inc();
	}

	/// Sets the gauges. `present` is the time since 1970.
	pub fn tell(&self, now: Instant, present: Duration) {
		let oldest = self.releases.values().min();
		let age = oldest.map(|since| now.saturating_duration_since(*since));
		let present = present.as_millis();
		let overdue = self.reviews.values().filter(|due| u128::from(**due) <= present);
		self.metrics.pending.set(self.releases.len() as u64);
		self.metrics.oldest.set(age.unwrap_or_default().as_secs());
		self.metrics.open.set(self.reviews.len() as u64);
		self.metrics.overdue.set(overdue.count() as u64);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{CaseStatus, DenyReason, EmergencyReason};
	use salus_runtime::AccountId;
	use substrate_prometheus_endpoint::Registry;

	fn who() -> AccountId {
		AccountId::new([1; 32])
	}

	fn tally() -> Tally {
		Tally::new(Metrics::new(&Registry::new()).unwrap())
	}

	fn permitted(request: RequestId, epoch: Option<u32>) -> Event<Runtime> {
		Event::Permitted { request, patient: who(), reader: who(), epoch }
	}

	fn released(request: RequestId) -> Event<Runtime> {
		Event::Released { request, patient: who(), reader: who() }
	}

	fn opened(case: CaseId, review_by: Moment) -> Event<Runtime> {
		Event::EmergencyOpened {
			case,
			patient: who(),
			opener: who(),
			organisation: 1,
			reason: EmergencyReason::Other,
			until: 0,
			review_by,
		}
	}

	fn decided(case: CaseId) -> Event<Runtime> {
		Event::EmergencyDecided { case, opener: who(), status: CaseStatus::Justified, fine: 0 }
	}

	fn seconds(count: u64) -> Duration {
		Duration::from_secs(count)
	}

	/// Returns the number of pending releases and the age of the oldest, in seconds.
	fn releases(tally: &Tally, now: Instant) -> (u64, u64) {
		tally.tell(now, Duration::ZERO);
		(tally.metrics.pending.get(), tally.metrics.oldest.get())
	}

	/// Returns the numbers of open and of overdue cases.
	fn cases(tally: &Tally, present: Duration) -> (u64, u64) {
		tally.tell(Instant::now(), present);
		(tally.metrics.open.get(), tally.metrics.overdue.get())
	}

	#[test]
	fn a_release_is_pending_until_enough_shares_are_posted() {
		let (mut tally, start) = (tally(), Instant::now());
		tally.event(&permitted(1, Some(1)), start);
		tally.event(&permitted(2, Some(1)), start + seconds(3));
		assert_eq!(releases(&tally, start + seconds(5)), (2, 5));
		tally.event(&released(1), start + seconds(6));
		assert_eq!(releases(&tally, start + seconds(7)), (1, 4));
		tally.event(&released(2), start + seconds(8));
		assert_eq!(releases(&tally, start + seconds(9)), (0, 0));
		assert_eq!(tally.metrics.permitted.get(), 2);
		assert_eq!(tally.metrics.released.get(), 2);
	}

	#[test]
	fn only_releases_without_enough_shares_count_as_expired() {
		let (mut tally, start) = (tally(), Instant::now());
		tally.event(&permitted(1, Some(1)), start);
		tally.event(&permitted(2, Some(1)), start);
		tally.event(&released(1), start);
		for request in [1, 2] {
			tally.event(&Event::Ended { request }, start + seconds(3_600));
		}
		assert_eq!(tally.metrics.expired.get(), 1);
		assert_eq!(releases(&tally, start + seconds(3_600)), (0, 0));
	}

	#[test]
	fn nothing_is_released_in_direct_mode() {
		let (mut tally, start) = (tally(), Instant::now());
		tally.event(&permitted(1, None), start);
		assert_eq!(tally.metrics.permitted.get(), 1);
		assert_eq!(releases(&tally, start), (0, 0));
	}

	#[test]
	fn denials_are_counted() {
		let mut tally = tally();
		let refused = Event::Refused {
			request: 1,
			patient: who(),
			reader: who(),
			reason: DenyReason::NoGrant,
		};
		tally.event(&refused, Instant::now());
		assert_eq!(tally.metrics.refused.get(), 1);
	}

	#[test]
	fn a_case_is_open_until_decided_and_overdue_when_due() {
		let (mut tally, now) = (tally(), Instant::now());
		tally.event(&opened(1, 60_000), now);
		tally.event(&opened(2, 90_000), now);
		assert_eq!(cases(&tally, seconds(59)), (2, 0));
		assert_eq!(cases(&tally, seconds(60)), (2, 1));
		tally.event(&decided(1), now);
		assert_eq!(cases(&tally, seconds(60)), (1, 0));
		assert_eq!(tally.metrics.opened.get(), 2);
		assert_eq!(tally.metrics.decided.get(), 1);
	}

	#[test]
	fn pending_items_of_a_state_replace_known_ones() {
		let (mut tally, start) = (tally(), Instant::now());
		tally.event(&permitted(1, Some(1)), start);
		tally.event(&permitted(2, Some(1)), start);
		tally.event(&opened(1, 60_000), start);
		let pending = Pending { releases: vec![2, 3], reviews: BTreeMap::from([(7, 1_000)]) };
		tally.pending(pending, start + seconds(10));
		// Known releases keep their age.
		assert_eq!(releases(&tally, start + seconds(10)), (2, 10));
		assert_eq!(cases(&tally, seconds(1)), (1, 1));
		// An event that the state already includes.
		tally.event(&permitted(2, Some(1)), start + seconds(11));
		tally.event(&released(2), start + seconds(12));
		assert_eq!(releases(&tally, start + seconds(12)), (1, 2));
	}
}
