//! Requests that continue when their client leaves.
//!
//! A handler ends as soon as its client closes the connection, wherever it is then. The chain
//! continues what the handler has begun, so the rest of the handler must run too: content that is
//! being opened stays counted, and a record that was added is settled.

use std::{future::Future, sync::Arc, time::Duration};

use axum::http::StatusCode;
use salus_fhir::outcome::IssueKind;
use tokio::{sync::Semaphore, time::timeout};

use crate::fault::{Answer, Fault};

/// Maximum number of one client's requests at a time. The chain permits a reader 512 open releases,
/// so other systems with the same account still get theirs.
const AT_A_TIME: usize = 64;

/// Limit for a request to end: less than a connection lives.
const LIMIT: Duration = Duration::from_secs(14 * 60);

/// A client's requests that continue when it leaves.
#[derive(Clone)]
pub(crate) struct Work(Arc<Semaphore>);

impl Default for Work {
	fn default() -> Self {
		Self(Arc::new(Semaphore::new(AT_A_TIME)))
	}
}

impl Work {
	/// Carries out a request to its end, even if nobody waits for it.
	pub(crate) async fn to_end<T: Send + 'static>(
		&self,
		request: impl Future<Output = Answer<T>> + Send + 'static,
	) -> Answer<T> {
		self.within(LIMIT, request).await
	}

	async fn within<T: Send + 'static>(
		&self,
		limit: Duration,
		request: impl Future<Output = Answer<T>> + Send + 'static,
	) -> Answer<T> {
		let place = self.0.clone().try_acquire_owned().map_err(|_| {
			let text = "64 requests of this client are adding or opening documents at the moment; \
			            wait until one has ended";
			let status = StatusCode::TOO_MANY_REQUESTS;
			Fault::new(status, IssueKind::Throttled, "too-many-at-once", text)
		})?;
		let task = tokio::spawn(async move {
			let _place = place;
			timeout(limit, request).await.unwrap_or_else(|_| Err(too_long()))
		});
		task.await.unwrap_or_else(|_| {
			let text =
				"the server failed; check whether the request took effect, then send it again";
			let status = StatusCode::INTERNAL_SERVER_ERROR;
			Err(Fault::new(status, IssueKind::Exception, "failure", text))
		})
	}
}

fn too_long() -> Fault {
	let text =
		"the request took fourteen minutes; check whether it took effect, then send it again";
	Fault::new(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline", text)
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{future::pending, FutureExt};
	use tokio::{sync::oneshot, task::yield_now};

	#[tokio::test]
	async fn a_request_goes_on_without_its_client() {
		let work = Work::default();
		let (go, gone) = oneshot::channel::<()>();
		let (report, reported) = oneshot::channel();
		let request = async move {
			let _ = gone.await;
			let _ = report.send(());
			Ok(())
		};
		let mut waiting = Box::pin(work.to_end(request));
		assert!(waiting.as_mut().now_or_never().is_none());
		drop(waiting);
		assert_eq!(work.0.available_permits(), AT_A_TIME - 1);
		go.send(()).unwrap();
		reported.await.unwrap();
		while work.0.available_permits() < AT_A_TIME {
			yield_now().await;
		}
		assert!(work.to_end(async { Ok(1) }).await.is_ok_and(|one| one == 1));
	}

	#[tokio::test]
	async fn a_clients_requests_are_bounded_and_end() {
		let (work, other) = (Work::default(), Work::default());
		let limit = Duration::from_secs(1);
		for _ in 0..AT_A_TIME {
			let endless = work.within(limit, pending::<Answer<()>>());
			assert!(endless.now_or_never().is_none());
		}
		let refused = work.to_end(async { Ok(()) }).await;
		assert_eq!(refused.map_err(|fault| fault.code()), Err("too-many-at-once"));
		assert!(other.to_end(async { Ok(()) }).await.is_ok());
		let endless = other.within(limit, pending::<Answer<()>>()).await;
		assert_eq!(endless.map_err(|fault| fault.code()), Err("deadline"));
		while work.0.available_permits() < AT_A_TIME {
			yield_now().await;
		}
	}

	#[tokio::test]
	async fn a_panic_is_a_fault_and_keeps_no_place() {
		let work = Work::default();
		let failing = async { panic!("a fault of this server") };
		let failed: Answer<()> = work.to_end(failing).await;
		assert_eq!(failed.map_err(|fault| fault.code()), Err("failure"));
		assert_eq!(work.0.available_permits(), AT_A_TIME);
	}
}
