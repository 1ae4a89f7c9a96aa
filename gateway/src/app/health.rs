//! Whether the server works, and whether its node does. Anybody can ask.

use std::{
	future::Future,
	sync::Arc,
	time::{Duration, Instant},
};

use axum::{extract::State, http::StatusCode, response::IntoResponse, routing::get, Router};
use tokio::{sync::Mutex, time::timeout};

use super::Gateway;

/// Limit for the node to say that it is ready.
const READY: Duration = Duration::from_secs(3);

/// Time for which its answer is given again. It takes several calls.
const READY_KEPT: Duration = Duration::from_secs(1);

/// Returns the paths that say whether the server works.
pub(crate) fn health() -> Router<Arc<Gateway>> {
	let readiness = Arc::new(Readiness::default());
	let ready = move |State(gateway): State<Arc<Gateway>>| async move {
		match readiness.get(is_ready(&gateway)).await {
			Ok(text) => text.into_response(),
			Err(text) => (StatusCode::SERVICE_UNAVAILABLE, text).into_response(),
		}
	};
	Router::new().route("/health", get(|| async { "ok\n" })).route("/ready", get(ready))
}

/// A line that says that the node is ready, or why it is not.
type Ready = Result<&'static str, &'static str>;

/// Whether the node is ready, as it said last.
#[derive(Default)]
struct Readiness(Mutex<Option<(Instant, Ready)>>);

impl Readiness {
	/// Returns what the node said, and asks again once that is old. Callers wait for one answer.
	async fn get(&self, ask: impl Future<Output = Ready>) -> Ready {
		let mut last = self.0.lock().await;
		if let Some((_, ready)) = last.filter(|(at, _)| at.elapsed() < READY_KEPT) {
			return ready;
		}
		let ready = ask.await;
		*last = Some((Instant::now(), ready));
		ready
	}
}

/// Asks the node whether it is ready.
async fn is_ready(gateway: &Gateway) -> Ready {
	match timeout(READY, gateway.client.node_status()).await {
		Ok(Ok(status)) if !status.syncing => Ok("ready\n"),
		Ok(Ok(_)) => Err("the node is catching up\n"),
		_ => Err("the node does not answer\n"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn the_node_is_asked_once_a_second() {
		let readiness = Readiness::default();
		let asked = std::cell::Cell::new(0);
		let ask = async || {
			readiness
				.get(async {
					asked.set(asked.get() + 1);
					tokio::task::yield_now().await;
					Err("no")
				})
				.await
		};
		assert_eq!(tokio::join!(ask(), ask()), (Err("no"), Err("no")));
		assert_eq!(asked.get(), 1);
		let (at, ready) = readiness.0.lock().await.unwrap();
		*readiness.0.lock().await = at.checked_sub(READY_KEPT).map(|at| (at, ready));
		assert_eq!(ask().await, Err("no"));
		assert_eq!(asked.get(), 2);
	}
}
