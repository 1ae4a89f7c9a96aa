//! Progress on standard error: a bar on a terminal, nothing elsewhere.

use std::{
	io::{stderr, IsTerminal},
	sync::{Arc, Mutex},
	time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use salus_client::{Progress, Step};

/// What the SDK tells, drawn.
struct Bars {
	current: Mutex<Option<ProgressBar>>,
}

/// Bars if standard error is a terminal, silence if not.
pub(crate) fn progress() -> Arc<dyn Progress> {
	if stderr().is_terminal() {
		Arc::new(Bars {
			current: Mutex::new(None),
		})
	} else {
		Arc::new(())
	}
}

fn words(step: Step) -> &'static str {
	match step {
		Step::Sealing => "Encrypting",
		Step::Checking => "Checking",
		Step::Uploading => "Uploading",
		Step::Registering => "Registering",
		Step::Waiting => "Waiting",
		Step::Downloading => "Downloading",
		Step::Wrapping => "Sharing keys",
	}
}

impl Progress for Bars {
	fn begin(&self, step: Step, total: u64) {
		let template = match step {
			Step::Sealing | Step::Checking | Step::Uploading | Step::Downloading => {
				"{msg:13} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
			}
			Step::Registering | Step::Waiting => "{msg:13} {spinner}",
			Step::Wrapping => "{msg:13} [{bar:32}] {pos}/{len}",
		};
		let style = ProgressStyle::with_template(template)
			.unwrap_or_else(|_| ProgressStyle::default_bar())
			.progress_chars("=> ");
		let bar = ProgressBar::new(total)
			.with_style(style)
			.with_message(words(step));
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
}
