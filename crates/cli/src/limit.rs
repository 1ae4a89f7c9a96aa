//! Time limits of commands.

use std::{
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use salus_client::{Milestone, Progress, Step};
use tokio::time::timeout;

use crate::{progress::words, Context, Failure};

/// Time beyond its limit that a command has to report what it waited for.
const GRACE: Duration = Duration::from_secs(2);

/// Forwards progress, and remembers the current step.
struct StepRecorder {
	inner: Arc<dyn Progress>,
	step: Mutex<String>,
}

impl StepRecorder {
	fn set(&self, step: String) {
		if let Ok(mut current) = self.step.lock() {
			*current = step;
		}
	}

	fn step(&self) -> String {
		self.step.lock().map(|step| step.clone()).unwrap_or_default()
	}
}

impl Progress for StepRecorder {
	fn inner(&self) -> Option<&dyn Progress> {
		Some(&*self.inner)
	}

	fn begin(&self, step: Step, total: u64) {
		self.set(words(step).to_lowercase());
		self.inner.begin(step, total);
	}

	fn reached(&self, milestone: &Milestone, after: Duration) {
		self.set(milestone.to_string());
		self.inner.reached(milestone, after);
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		self.set("waiting for the node".into());
		self.inner.waiting_for_node(url, limit);
	}
}

/// Does the work within the limit, if there is one. If the time is up, the error names the last
/// step.
///
/// The SDK itself observes the limit where it can explain the delay best, such as for finality.
/// This function stops everything else.
pub(crate) async fn within<'a, T>(
	limit: Option<Duration>,
	context: &mut Context<'a>,
	work: impl AsyncFnOnce(&mut Context<'a>) -> Result<T, Failure>,
) -> Result<T, Failure> {
	let Some(limit) = limit else {
		return work(context).await;
	};
	let watched = Arc::new(StepRecorder {
		inner: context.progress.clone(),
		step: Mutex::new("connecting".into()),
	});
	context.progress = watched.clone();
	context.until = Some(Instant::now() + limit);
	match timeout(limit + GRACE, work(context)).await {
		Ok(done) => done,
		Err(_) => {
			context.progress.end();
			Err(Failure::TooLong { limit: limit.as_secs(), doing: watched.step() })
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Cli, Code};
	use clap::Parser;

	#[tokio::test]
	async fn a_command_over_its_limit_is_stopped_and_names_its_step() {
		let mut out = Vec::new();
		let cli = Cli::try_parse_from(["salus", "status"]).unwrap();
		let mut context = Context::new(cli.global, &mut out);
		let limit = Duration::from_secs(1);
		let began = tokio::time::Instant::now();
		let failure = within(Some(limit), &mut context, async |context| {
			assert!(context.until.is_some());
			context.progress.begin(Step::Downloading, 10);
			std::future::pending::<Result<(), Failure>>().await
		})
		.await
		.unwrap_err();
		// However busy the machine is.
		assert!(began.elapsed() <= limit + GRACE + Duration::from_secs(30));
		assert_eq!(failure.code(), Code::Deadline);
		let text = failure.to_string();
		assert!(text.contains("within 1 s") && text.contains("downloading"), "{text}");
	}
}
