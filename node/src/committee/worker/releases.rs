//! Releases: serves new ones first, and looks again at those that failed or are not to be released.

use std::sync::Arc;

use futures::StreamExt;
use salus_primitives::Release;
use sp_runtime::AccountId32;

use super::{Pause, Worker};
use crate::committee::{
	chain::{At, Chain},
	shared::{Served, WorkerError, AGAIN},
};

/// Number of releases queried at once.
const PAGE: u32 = 256;

/// Number of shares made at once.
const AT_ONCE: usize = 4;

/// Maximum number of releases looked at again in a block.
const RETRIES: usize = 256;

/// Release that this node has looked at and not finished.
pub(super) struct Open {
	release: Arc<Release<AccountId32>>,
	/// Whether it was not to be released when last looked at.
	is_withheld: bool,
	pause: Pause,
}

impl<C: Chain> Worker<C> {
	/// Makes due shares: first for new requests, so that those which only wait do not delay them.
	pub(super) async fn release(&mut self, at: At) -> Result<(), WorkerError> {
		if self.serving.is_empty() {
			return Ok(());
		}
		loop {
			let page = self.shared.chain.open_releases(at, self.cursor, PAGE)?;
			let Some(last) = page.last().map(|release| release.request) else {
				break;
			};
			let is_last = page.len() < PAGE as usize;
			self.serve_all(at, page.into_iter().map(Arc::new).collect()).await;
			self.cursor = last.saturating_add(1);
			if is_last {
				break;
			}
		}
		let mut due: Vec<_> =
			self.open.iter().filter(|(_, open)| open.pause.is_over(at.number)).collect();
		// Failures first: those that are withheld may be many, and be meant to be.
		due.sort_by_key(|(_, open)| (open.is_withheld, open.pause.until));
		let due: Vec<_> =
			due.into_iter().take(RETRIES).map(|(_, open)| open.release.clone()).collect();
		self.serve_all(at, due).await;
		Ok(())
	}

	/// Serves releases, a few at once, and notes when each of them is due again.
	async fn serve_all(&mut self, at: At, releases: Vec<Arc<Release<AccountId32>>>) {
		let results: Vec<_> = futures::stream::iter(releases)
			.map(|release| self.serve(at, release))
			.buffer_unordered(AT_ONCE)
			.collect()
			.await;
		for (release, result) in results {
			self.log(&result);
			let request = release.request;
			if let Ok(Served::Done) = result {
				self.open.remove(&request);
				continue;
			}
			let open = self.open.entry(request).or_insert_with(|| Open {
				release,
				is_withheld: false,
				pause: Pause::default(),
			});
			open.is_withheld = matches!(result, Ok(Served::Withheld));
			match result {
				Ok(Served::Posted) => {
					open.pause = Pause { failures: 0, until: at.number.saturating_add(AGAIN) }
				}
				_ => open.pause.extend(at.number),
			}
		}
	}

	/// Serves a release from each of this node's seats. Returns what is left to do for any of them.
	async fn serve(
		&self,
		at: At,
		release: Arc<Release<AccountId32>>,
	) -> (Arc<Release<AccountId32>>, Result<Served, WorkerError>) {
		let mut served = Served::Done;
		for seat in self.serving.get(&release.epoch).into_iter().flatten() {
			let Some(held) = self.held.get(&(seat.epoch, seat.index)) else {
				continue;
			};
			let shared = self.shared.clone();
			match shared.serve_seat(at, &release, *seat, held.clone()).await {
				Ok(one) => served = served.max(one),
				Err(error) => return (release, Err(error)),
			}
		}
		(release, Ok(served))
	}
}
