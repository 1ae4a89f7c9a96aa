//! Progress on standard error: bars on a terminal, nothing elsewhere; and, wherever it goes, what hospitals do while a
//! guarded record is opened, a line each with its time.

use std::{
	fmt,
	io::{stderr, IsTerminal, Write},
	sync::{Arc, Mutex},
	time::Duration,
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use salus_client::{Milestone, Progress, Step};

use crate::show::plain;

/// What the SDK tells, drawn.
struct Bars {
	current: Mutex<Option<ProgressBar>>,
}

/// What hospitals do, and nothing else.
struct Lines;

/// Bars if standard error is a terminal, and lines alone if not.
pub(crate) fn progress() -> Arc<dyn Progress> {
	if stderr().is_terminal() {
		Arc::new(Bars { current: Mutex::new(None) })
	} else {
		Arc::new(Lines)
	}
}

/// A milestone with the time since the beginning.
fn line(milestone: &Milestone, after: Duration) -> String {
	let milestone = plain(&milestone.to_string());
	format!("{:6.1} s  {milestone}", after.as_secs_f64())
}

/// Writes a line on standard error. Nobody may be there to read it.
pub(crate) fn tell(line: &str) {
	let _ = writeln!(stderr(), "{line}");
}

fn gone(url: &str, limit: Duration) -> String {
	let seconds = limit.as_secs();
	plain(&format!("the node at {url} is gone; waiting for it for {seconds} s at most"))
}

const BACK: &str = "the node is back";

impl Progress for Lines {
	fn reached(&self, milestone: &Milestone, after: Duration) {
		tell(&line(milestone, after));
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		tell(&gone(url, limit));
	}

	fn node_is_back(&self) {
		tell(BACK);
	}
}

impl Bars {
	/// Writes a line above the bar, if there is one.
	fn tell(&self, line: &str) {
		if let Ok(current) = self.current.lock() {
			match &*current {
				Some(bar) => bar.suspend(|| tell(line)),
				None => tell(line),
			}
		}
	}
}

/// How long a block takes to become final, in seconds, as `scripts/bench-network` measures it.
const FINALITY: u64 = 6;
/// How long hospitals take to release a key, in seconds, as `scripts/bench-release` measures it.
const RELEASE: u64 = 2;

/// How long a step takes that the chain or others take for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
	/// About this many seconds, as a rule.
	About(u64),
	/// This many seconds at most; then the wait is given up.
	AtMost(u64),
}

impl Takes {
	/// How long a step has taken, and how long it takes.
	fn told(self, waited: Duration) -> String {
		let seconds = waited.as_secs();
		match self {
			Self::About(about) if seconds <= about => format!("{seconds} s of about {about}"),
			Self::About(about) => format!("{seconds} s, usually about {about}"),
			Self::AtMost(limit) => format!("{seconds} s of at most {limit}"),
		}
	}
}

/// What a step waits for, and for how long. `None` for work on this machine, which has a bar.
fn waits(step: Step, total: u64) -> Option<(&'static str, Takes)> {
	Some(match step {
		Step::Registering => ("finality", Takes::About(FINALITY * total.max(1))),
		Step::Asking => ("finality", Takes::About(FINALITY)),
		Step::Storing => ("a storage node", Takes::AtMost(total)),
		Step::Removing => ("every storage node", Takes::AtMost(total)),
		Step::Releasing => ("hospitals", Takes::About(RELEASE)),
		Step::Sealing | Step::Checking | Step::Uploading | Step::Downloading | Step::Wrapping => {
			return None
		}
	})
}

pub(crate) fn words(step: Step) -> &'static str {
	match step {
		Step::Sealing => "Encrypting",
		Step::Checking => "Checking",
		Step::Uploading => "Uploading",
		Step::Registering => "Registering",
		Step::Asking => "Asking",
		Step::Storing => "Storing",
		Step::Removing => "Removing",
		Step::Downloading => "Downloading",
		Step::Wrapping => "Sharing keys",
		Step::Releasing => "Key",
	}
}

impl Progress for Bars {
	fn begin(&self, step: Step, total: u64) {
		let template = match step {
			Step::Sealing | Step::Checking | Step::Uploading | Step::Downloading => {
				"{msg:13} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
			}
			Step::Registering | Step::Asking | Step::Storing | Step::Removing => {
				"{msg:13} {spinner} {waits}"
			}
			Step::Wrapping => "{msg:13} [{bar:32}] {pos}/{len}",
			Step::Releasing => "{msg:13} [{bar:32}] {pos}/{len} {waits}",
		};
		let waits = waits(step, total);
		let style = ProgressStyle::with_template(template)
			.unwrap_or_else(|_| ProgressStyle::default_bar())
			.progress_chars("=> ")
			.with_key("waits", move |state: &ProgressState, out: &mut dyn fmt::Write| {
				if let Some((what, takes)) = waits {
					let _ = write!(out, "{what}, {}", takes.told(state.elapsed()));
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
		self.tell(&gone(url, limit));
	}

	fn node_is_back(&self) {
		self.tell(BACK);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_step_that_waits_says_for_what_and_how_long() {
		let told = |step, total, seconds| {
			let (what, takes) = waits(step, total).unwrap();
			format!("{what}, {}", takes.told(Duration::from_secs(seconds)))
		};
		assert_eq!(told(Step::Asking, 1, 3), "finality, 3 s of about 6");
		assert_eq!(told(Step::Asking, 1, 9), "finality, 9 s, usually about 6");
		assert_eq!(told(Step::Registering, 3, 3), "finality, 3 s of about 18");
		assert_eq!(told(Step::Storing, 600, 3), "a storage node, 3 s of at most 600");
		assert_eq!(waits(Step::Sealing, 100), None);
	}

	#[test]
	fn a_step_is_told_with_its_time() {
		let told = line(&Milestone::Waiting { missing: 1 }, Duration::from_millis(12_345));
		assert_eq!(told, "  12.3 s  waiting for 1 more hospital");
	}
}
