//! Progress of the off-chain worker's pushes, for operators.
//!
//! For each upload, the worker notes the number of failures since the last block that it moved.
//! This module compares the notes from check to check. It counts the failures in between and
//! remembers when each upload began to fail.

use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

use pallet_records::offchain::Push;
use salus_primitives::Cid;

/// Upload whose last push failed.
struct Failing {
	failures: u32,
	since: Instant,
}

/// State between checks.
#[derive(Default)]
pub struct Pushes {
	/// Failing uploads. `None` before the first check, which counts no failures, because they were
	/// counted before the node restarted.
	failing: Option<HashMap<Cid, Failing>>,
}

/// Result of a check.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Check {
	/// Number of attempts that failed since the last check. Failures are missed when an upload
	/// moved on and failed again in between.
	pub failures: u64,
	/// Number of failing uploads.
	pub failing: u64,
	/// Time for which the longest-failing upload has been failing, since this process started
	/// at the earliest.
	pub longest: Duration,
}

impl Pushes {
	/// Compares the worker's current notes with the last ones.
	pub fn check(&mut self, notes: &[Push], now: Instant) -> Check {
		let before = self.failing.take();
		let mut failing = HashMap::new();
		let mut check = Check::default();
		for push in notes.iter().filter(|push| push.backoff.failures > 0) {
			let failures = push.backoff.failures;
			let known = before.as_ref().and_then(|before| before.get(&push.root));
			let (new, since) = match known {
				Some(known) if failures >= known.failures => {
					(failures - known.failures, known.since)
				}
				// The upload had moved on, or had not failed yet.
				_ if before.is_some() => (failures, now),
				_ => (0, now),
			};
			check.failures += u64::from(new);
			check.failing += 1;
			check.longest = check.longest.max(now.saturating_duration_since(since));
			failing.insert(push.root, Failing { failures, since });
		}
		self.failing = Some(failing);
		check
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
	fn no_failed_attempt_means_no_failing_upload() {
		let mut pushes = Pushes::default();
		let check = pushes.check(&[push(1, 0)], Instant::now());
		assert_eq!(check, Check::default());
	}

	#[test]
	fn failures_are_counted_once_and_their_age_grows() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		pushes.check(&[], start);
		assert_eq!(
			pushes.check(&[push(1, 2), push(2, 0)], start + seconds(10)),
			Check { failures: 2, failing: 1, longest: seconds(0) }
		);
		assert_eq!(
			pushes.check(&[push(1, 3), push(2, 1)], start + seconds(40)),
			Check { failures: 2, failing: 2, longest: seconds(30) }
		);
		let check = pushes.check(&[push(1, 3), push(2, 1)], start + seconds(50));
		assert_eq!((check.failures, check.longest), (0, seconds(40)));
	}

	#[test]
	fn an_upload_that_moved_on_counts_as_newly_failing() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		pushes.check(&[], start);
		pushes.check(&[push(1, 5)], start);
		let check = pushes.check(&[push(1, 1)], start + seconds(60));
		assert_eq!((check.failures, check.longest), (1, seconds(0)));
		assert_eq!(pushes.check(&[], start + seconds(70)), Check::default(), "it was pushed");
		let check = pushes.check(&[push(1, 1)], start + seconds(80));
		assert_eq!((check.failures, check.longest), (1, seconds(0)));
	}

	#[test]
	fn failures_before_the_start_are_not_counted_again() {
		let (mut pushes, start) = (Pushes::default(), Instant::now());
		let check = pushes.check(&[push(1, 9)], start);
		assert_eq!((check.failures, check.failing), (0, 1));
		assert_eq!(pushes.check(&[push(1, 10)], start).failures, 1);
	}
}
