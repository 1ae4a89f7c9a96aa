//! Progress on standard error: bars, on a terminal only, and milestones, such as a release's, as
//! lines with their times.

use std::{
	error::Error,
	fmt,
	io::{stderr, IsTerminal, Write},
	sync::{Arc, Mutex},
	time::Duration,
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use salus_client::{
	primitives::{Hash32, RecordId, Version},
	Milestone, Progress, Step,
};

use crate::show::plain;

/// Progress as bars and lines.
struct Bars {
	current: Mutex<Option<ProgressBar>>,
}

/// Progress as lines only.
struct Lines;

/// Returns bars if standard error is a terminal, or else only lines.
pub(crate) fn progress() -> Arc<dyn Progress> {
	if stderr().is_terminal() {
		Arc::new(Bars { current: Mutex::new(None) })
	} else {
		Arc::new(Lines)
	}
}

/// Formats a milestone with the time since the start.
fn line(milestone: &Milestone, after: Duration) -> String {
	let milestone = plain(&milestone.to_string());
	format!("{:6.1} s  {milestone}", after.as_secs_f64())
}

/// Writes a line to standard error. Ignores failures, because nobody may be reading.
pub(crate) fn tell(line: &str) {
	let _ = writeln!(stderr(), "{line}");
}

/// Warns of answers that no proof supports.
fn stalled(block: u64) -> String {
	format!(
		"warning: finality stalls at block {block}, so newer answers are the node's word; \
		 `salus status` shows finality"
	)
}

/// Warns of a state that may have changed since.
fn old(block: u64, minutes: u64) -> String {
	format!(
		"warning: what is shown is {minutes} minutes old, as of block {block}, because finality \
		 stalls or the node hides newer blocks; ask another node, or correct this machine's clock"
	)
}

/// Says that the node alone names the chain.
fn first_use(url: &str, genesis: &Hash32) -> String {
	plain(&format!(
		"note: this is the first connection, so the chain with the first block 0x{} is trusted from \
		 now on, as the node at {url} names it; compare it with the one from your hospital, or give \
		 that with --genesis",
		hex::encode(genesis)
	))
}

/// Warns of a node that shows less than another one did.
fn lags(url: &str, block: u64) -> String {
	plain(&format!(
		"warning: the node at {url} lacks block {block}, which another node showed to be final, so \
		 what it shows is older; use another node, or wait until this one has caught up"
	))
}

/// Warns of a key that its patient cannot give to others.
fn unwrapped(record: &RecordId, version: Version, reason: &dyn Error) -> String {
	let record = salus_client::words::record(record);
	plain(&format!(
		"warning: the key of version {version} of record {record} is wrapped for nobody else: {reason}"
	))
}

fn lost(url: &str, limit: Duration) -> String {
	let seconds = limit.as_secs();
	plain(&format!("lost the connection to the node at {url}; waiting for up to {seconds} s"))
}

const BACK: &str = "the node is back";

impl Progress for Lines {
	fn reached(&self, milestone: &Milestone, after: Duration) {
		tell(&line(milestone, after));
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		tell(&lost(url, limit));
	}

	fn node_is_back(&self) {
		tell(BACK);
	}

	fn finality_stalls(&self, block: u64) {
		tell(&stalled(block));
	}

	fn state_is_old(&self, block: u64, minutes: u64) {
		tell(&old(block, minutes));
	}

	fn first_use(&self, url: &str, genesis: &Hash32) {
		tell(&first_use(url, genesis));
	}

	fn node_lags(&self, url: &str, block: u64) {
		tell(&lags(url, block));
	}

	fn cannot_wrap(&self, record: RecordId, version: Version, reason: &dyn Error) {
		tell(&unwrapped(&record, version, reason));
	}
}

impl Bars {
	/// Writes a line, above the bar if there is one.
	fn tell(&self, line: &str) {
		if let Ok(current) = self.current.lock() {
			match &*current {
				Some(bar) => bar.suspend(|| tell(line)),
				None => tell(line),
			}
		}
	}
}

/// Time until a transaction is final, in seconds, as measured by `scripts/bench-network`.
const FINALITY: u64 = 1;
/// Time in which hospitals release a key, in seconds, as measured by `scripts/bench-release`.
const RELEASE: u64 = 1;

/// Duration of a step that depends on the chain or on other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
	/// Usual duration, in seconds.
	About(u64),
	/// Maximum wait, in seconds.
	AtMost(u64),
}

impl Takes {
	/// Formats the elapsed and the expected time.
	fn text(self, waited: Duration) -> String {
		let seconds = waited.as_secs();
		match self {
			Self::About(about) if seconds <= about => format!("{seconds} s of about {about}"),
			Self::About(about) => format!("{seconds} s, usually about {about}"),
			Self::AtMost(limit) => format!("{seconds} s of at most {limit}"),
		}
	}
}

/// Returns what a step waits for and for how long, or `None` for work with a known amount, which
/// has a bar.
fn waits(step: Step, total: u64) -> Option<(&'static str, Takes)> {
	Some(match step {
		Step::Registering => ("finality", Takes::About(FINALITY * total.max(1))),
		Step::Erasing | Step::Asking => ("finality", Takes::About(FINALITY)),
		Step::Storing => ("a storage node", Takes::AtMost(total)),
		Step::Removing => ("every storage node", Takes::AtMost(total)),
		Step::Releasing => ("hospitals", Takes::About(RELEASE)),
		Step::Sealing
		| Step::Checking
		| Step::Uploading
		| Step::Downloading
		| Step::Wrapping
		| Step::Resealing => return None,
	})
}

/// Returns the label of a step.
pub(crate) fn words(step: Step) -> &'static str {
	match step {
		Step::Sealing => "Encrypting",
		Step::Checking => "Checking",
		Step::Uploading => "Uploading",
		Step::Registering => "Registering",
		Step::Erasing => "Erasing",
		Step::Asking => "Asking",
		Step::Storing => "Storing",
		Step::Removing => "Removing",
		Step::Downloading => "Downloading",
		Step::Wrapping => "Sharing keys",
		Step::Releasing => "Key",
		Step::Resealing => "Resealing",
	}
}

impl Progress for Bars {
	fn begin(&self, step: Step, total: u64) {
		let template = match step {
			Step::Sealing | Step::Checking | Step::Uploading | Step::Downloading => {
				"{msg:13} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
			}
			Step::Registering | Step::Erasing | Step::Asking | Step::Storing | Step::Removing => {
				"{msg:13} {spinner} {waits}"
			}
			Step::Wrapping | Step::Resealing => "{msg:13} [{bar:32}] {pos}/{len}",
			Step::Releasing => "{msg:13} [{bar:32}] {pos}/{len} {waits}",
		};
		let waits = waits(step, total);
		let style = ProgressStyle::with_template(template)
			.unwrap_or_else(|_| ProgressStyle::default_bar())
			.progress_chars("=> ")
			.with_key("waits", move |state: &ProgressState, out: &mut dyn fmt::Write| {
				if let Some((what, takes)) = waits {
					let _ = write!(out, "{what}, {}", takes.text(state.elapsed()));
				}
			});
		let bar = ProgressBar::new(total).with_style(style).with_message(words(step));
		bar.enable_steady_tick(Duration::from_millis(120));
		if let Ok(mut current) = self.current.lock() {
			if let Some(old) = current.replace(bar) {
				old.finish_and_clear();
			}
		}
	}

	fn advance(&self, amount: u64) {
		if let Ok(current) = self.current.lock() {
			if let Some(bar) = &*current {
				bar.inc(amount);
			}
		}
	}

	fn end(&self) {
		if let Ok(mut current) = self.current.lock() {
			if let Some(bar) = current.take() {
				bar.finish_and_clear();
			}
		}
	}

	fn reached(&self, milestone: &Milestone, after: Duration) {
		self.tell(&line(milestone, after));
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		self.tell(&lost(url, limit));
	}

	fn node_is_back(&self) {
		self.tell(BACK);
	}

	fn finality_stalls(&self, block: u64) {
		self.tell(&stalled(block));
	}

	fn state_is_old(&self, block: u64, minutes: u64) {
		self.tell(&old(block, minutes));
	}

	fn first_use(&self, url: &str, genesis: &Hash32) {
		self.tell(&first_use(url, genesis));
	}

	fn node_lags(&self, url: &str, block: u64) {
		self.tell(&lags(url, block));
	}

	fn cannot_wrap(&self, record: RecordId, version: Version, reason: &dyn Error) {
		self.tell(&unwrapped(&record, version, reason));
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_waiting_step_shows_its_reason_and_times() {
		let shown = |step, total, seconds| {
			let (what, takes) = waits(step, total).unwrap();
			format!("{what}, {}", takes.text(Duration::from_secs(seconds)))
		};
		assert_eq!(shown(Step::Asking, 1, 1), "finality, 1 s of about 1");
		assert_eq!(shown(Step::Asking, 1, 9), "finality, 9 s, usually about 1");
		assert_eq!(shown(Step::Registering, 3, 2), "finality, 2 s of about 3");
		assert_eq!(shown(Step::Storing, 600, 3), "a storage node, 3 s of at most 600");
		assert_eq!(waits(Step::Sealing, 100), None);
	}

	#[test]
	fn a_milestone_has_its_time() {
		let line = line(&Milestone::Waiting { missing: 1 }, Duration::from_millis(12_345));
		assert_eq!(line, "  12.3 s  waiting for 1 more hospital");
	}
}
