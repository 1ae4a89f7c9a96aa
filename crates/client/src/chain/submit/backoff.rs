//! Pauses between attempts.

use std::time::Duration;

use salus_ipfs::kubo::jittered;
use tokio::time::{sleep, Instant};

/// Longest pause, before it is jittered.
const LONGEST: Duration = Duration::from_secs(4);

/// Pauses between attempts, each twice as long as the one before, until a deadline.
pub(super) struct Backoff {
	pause: Duration,
	deadline: Instant,
}

impl Backoff {
	/// Creates pauses that begin with this one.
	pub(super) fn new(first: Duration, deadline: Instant) -> Self {
		Self { pause: first, deadline }
	}

	/// Waits, but not beyond the deadline. Returns whether there is time for another attempt.
	pub(super) async fn wait(&mut self) -> bool {
		let left = self.deadline.saturating_duration_since(Instant::now());
		sleep(jittered(self.pause).min(left)).await;
		self.pause = (self.pause * 2).min(LONGEST);
		Instant::now() < self.deadline
	}
}
