//! Limits on how long a command takes.

use std::{
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use salus_client::{Milestone, Progress, Step};
use tokio::time::timeout;

use crate::{progress::words, Context, Failure};

/// How much longer than its limit a command may take to say what it waited for.
const GRACE: Duration = Duration::from_secs(2);

/// Tells progress on, and remembers what is under way.
struct Watched {
	told: Arc<dyn Progress>,
	now: Mutex<String>,
}

impl Watched {
	fn set(&self, now: String) {
		if let Ok(mut doing) = self.now.lock() {
			*doing = now;
		}
	}

	fn now(&self) -> String {
		self.now.lock().map(|now| now.clone()).unwrap_or_default()
	}
}

impl Progress for Watched {
	fn begin(&self, step: Step, total: u64) {
		self.set(words(step).to_lowercase());
		self.told.begin(step, total);
	}

	fn advance(&self, amount: u64) {
		self.told.advance(amount);
	}

	fn end(&self) {
		self.told.end();
	}

	fn reached(&self, milestone: &Milestone, after: Duration) {
		self.set(milestone.to_string());
		self.told.reached(milestone, after);
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		self.set("waiting for the node".into());
		self.told.waiting_for_node(url, limit);
	}

	fn node_is_back(&self) {
		self.told.node_is_back();
	}
}

/// Does the work within the limit, if there is one, and otherwise says what it was at.
///
/// The SDK waits until the limit for what it can explain best, such as finality; whatever else takes longer is cut off here.
pub(crate) async fn within<'a, T>(
	limit: Option<Duration>,
	context: &mut Context<'a>,
	work: impl AsyncFnOnce(&mut Context<'a>) -> Result<T, Failure>,
) -> Result<T, Failure> {
	let Some(limit) = limit else {
		return work(context).await;
	};
	let watched =
		Arc::new(Watched { told: context.progress.clone(), now: Mutex::new("connecting".into()) });
	context.progress = watched.clone();
	context.until = Some(Instant::now() + limit);
	match timeout(limit + GRACE, work(context)).await {
		Ok(done) => done,
		Err(_) => {
			context.progress.end();
			Err(Failure::TooLong { limit: limit.as_secs(), doing: watched.now() })
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Cli, Code};
	use clap::Parser;

	#[tokio::test]
	async fn what_takes_too_long_is_cut_off_and_says_what_it_was_at() {
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
		assert!(began.elapsed() <= limit + GRACE + Duration::from_secs(5));
		assert_eq!(failure.code(), Code::Deadline);
		let text = failure.to_string();
		assert!(text.contains("within 1 s") && text.contains("downloading"), "{text}");
	}
}
