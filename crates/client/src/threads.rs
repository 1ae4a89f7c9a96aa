//! Work on threads that may block.

use tokio::task::JoinHandle;
use tracing::{dispatcher, Dispatch, Span};

/// Does the work on a thread that may block, within the span.
pub(crate) fn spawn_blocking<T: Send + 'static>(
	span: Span,
	work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
	// The other thread does not know who follows the spans of this one.
	let follower = dispatcher::get_default(Dispatch::clone);
	tokio::task::spawn_blocking(move || {
		dispatcher::with_default(&follower, move || {
			let done = span.in_scope(work);
			// Here, because the span tells the follower when it ends.
			drop(span);
			done
		})
	})
}
