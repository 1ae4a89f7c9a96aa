//! How the off-chain worker's pushes fare, as operators see it.
//!
//! The worker notes for each upload how often it failed since it last moved a block. Here these notes are followed from look
//! to look: what failed meanwhile is counted, and it is remembered since when an upload fails.

use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

use pallet_records::offchain::Push;
use salus_primitives::Cid;

/// An upload that the worker could not push when it last tried.
struct Failing {
	failures: u32,
	since: Instant,
}

/// What is remembered from look to look.
#[derive(Default)]
pub struct Pushes {
	/// Not known before the first look, which therefore counts nothing: it was counted before the node restarted.
	failing: Option<HashMap<Cid, Failing>>,
}

/// What a look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Look {
	/// Attempts that failed since the last look. Some are missed when an upload moved on and failed again in between.
	pub failures: u64,
	/// Uploads that fail.
	pub failing: u64,
	/// For how long the one has been failing that has been for longest, as far as this process saw it.
	pub longest: Duration,
}

impl Pushes {
	/// Takes the worker's notes as they are now.
	pub fn look(&mut self, notes: &[Push], now: Instant) -> Look {
		let before = self.failing.take();
		let mut failing = HashMap::new();
		let mut look = Look::default();
		for push in notes.iter().filter(|push| push.backoff.failures > 0) {
			let failures = push.backoff.failures;
			let known = before.as_ref().and_then(|before| before.get(&push.root));
			let (new, since) = match known {
				Some(known) if failures >= known.failures => {
					(failures - known.failures, known.since)
				}
				// It had moved on, or did not fail yet.
				_ if before.is_some() => (failures, now),
				_ => (0, now),
			};
			look.failures += u64::from(new);
			look.failing += 1;
			look.longest = look.longest.max(now.saturating_duration_since(since));
			failing.insert(push.root, Failing { failures, since });
		}
		self.failing = Some(failing);
		look
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use pallet_records::offchain::Backoff;

	fn push(root: u8, failures: u32) -> Push {
		Push { root: Cid([root; 36]), done: 0, last: None, backoff: Backoff { failures, retry: 0 } }
	}

	fn seconds(count: u64) -> Duration {
		Duration::from_secs(count)
	}

	#[test]
	fn nothing_fails_while_no_attempt_failed() {
		let mut pushes = Pushes::default();
		let look = pushes.look(&[push(1, 0)], Instant::now());
		assert_eq!(look, Look::default());
	}

	#[test]
	fn failures_are_counted_once_and_their_age_grows() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		pushes.look(&[], start);
		assert_eq!(
			pushes.look(&[push(1, 2), push(2, 0)], start + seconds(10)),
			Look { failures: 2, failing: 1, longest: seconds(0) }
		);
		assert_eq!(
			pushes.look(&[push(1, 3), push(2, 1)], start + seconds(40)),
			Look { failures: 2, failing: 2, longest: seconds(30) }
		);
		let look = pushes.look(&[push(1, 3), push(2, 1)], start + seconds(50));
		assert_eq!((look.failures, look.longest), (0, seconds(40)));
	}

	#[test]
	fn what_moved_on_and_failed_again_is_as_young_as_that_failure() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		pushes.look(&[], start);
		pushes.look(&[push(1, 5)], start);
		let look = pushes.look(&[push(1, 1)], start + seconds(60));
		assert_eq!((look.failures, look.longest), (1, seconds(0)));
		assert_eq!(pushes.look(&[], start + seconds(70)), Look::default(), "it was pushed");
		let look = pushes.look(&[push(1, 1)], start + seconds(80));
		assert_eq!((look.failures, look.longest), (1, seconds(0)));
	}

	#[test]
	fn what_failed_before_the_node_started_is_not_counted_again() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		let look = pushes.look(&[push(1, 9)], start);
		assert_eq!((look.failures, look.failing), (0, 1));
		assert_eq!(pushes.look(&[push(1, 10)], start).failures, 1);
	}
}
