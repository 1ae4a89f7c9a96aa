//! Releases: serves new ones first, in turn between parties, and looks again at those that failed
//! or are not to be released.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use salus_primitives::{Epoch, RequestId};
use sp_runtime::AccountId32;

use super::{
	queue::{Queue, Waiting},
	Pause, Worker,
};
use crate::committee::{
	chain::{At, Chain, Party},
	shared::{Served, WorkerError, AGAIN},
};

/// Number of releases queried at once.
const PAGE: u32 = 256;

// A shorter page would seem to be the last one.
const _: () = assert!(PAGE <= salus_primitives::MAX_PAGE);

/// Number of shares made at once.
const AT_ONCE: usize = 4;

/// Maximum number of new releases served in a block.
pub(in crate::committee) const NEW: usize = 256;

/// Maximum number of releases looked at again in a block.
const RETRIES: usize = 256;

/// Maximum number of releases that were not to be released and are looked at again in a block.
pub(in crate::committee) const WITHHELD: usize = 32;

/// Maximum number of new releases that are noted. Further ones are read from the chain once there
/// is room.
const QUEUED: usize = 262_144;

/// Maximum number of releases that are noted as not to be released.
const REMEMBERED: usize = 65_536;

/// Minimum interval, in blocks, at which all releases are read again because some could not be
/// noted.
const READ_AGAIN: u32 = 600;

/// Release that this node has looked at and not finished.
struct Open {
	/// Epoch whose members release it.
	epoch: Epoch,
	/// Whether it was not to be released when last looked at.
	is_withheld: bool,
	pause: Pause,
}

/// Releases that this node has to serve.
pub(super) struct Releases {
	/// First request that this node has not read yet.
	cursor: RequestId,
	/// New ones.
	queue: Queue,
	/// Earlier ones that may not be finished.
	open: BTreeMap<RequestId, Open>,
	/// Whether one that was not to be released could not be noted.
	has_forgotten: bool,
	/// First block in which all may be read again for that reason.
	read_again: u32,
}

impl Default for Releases {
	fn default() -> Self {
		Self {
			cursor: 1,
			queue: Queue::default(),
			open: BTreeMap::new(),
			has_forgotten: false,
			read_again: 0,
		}
	}
}

impl Releases {
	/// Notes when a release is due again, if it is.
	fn note(&mut self, now: u32, waiting: Waiting, result: &Result<Served, WorkerError>) {
		if let Ok(Served::Done) = result {
			self.open.remove(&waiting.request);
			return;
		}
		let is_withheld = matches!(result, Ok(Served::Withheld));
		let is_full = self.open.len() >= REMEMBERED && !self.open.contains_key(&waiting.request);
		if is_withheld && is_full {
			self.has_forgotten = true;
			return;
		}
		let open = self.open.entry(waiting.request).or_insert_with(|| Open {
			epoch: waiting.epoch,
			is_withheld,
			pause: Pause::default(),
		});
		open.is_withheld = is_withheld;
		match result {
			Ok(Served::Posted) => {
				open.pause = Pause { failures: 0, until: now.saturating_add(AGAIN) }
			}
			_ => open.pause.extend(now),
		}
	}

	/// Returns the releases to look at again: failures first, because many may be withheld
	/// on purpose. Withheld ones have separate places, so that failures do not keep them waiting.
	fn due(&self, now: u32) -> Vec<Waiting> {
		let mut due: Vec<_> =
			self.open.iter().filter(|(_, open)| open.pause.is_over(now)).collect();
		due.sort_by_key(|(_, open)| (open.is_withheld, open.pause.until));
		let failed = due.partition_point(|(_, open)| !open.is_withheld);
		let withheld = due.split_off(failed);
		due.truncate(RETRIES.saturating_sub(WITHHELD));
		due.into_iter()
			.chain(withheld.into_iter().take(WITHHELD))
			.map(|(request, open)| Waiting { request: *request, epoch: open.epoch })
			.collect()
	}

	/// Has all releases read again if some could not be noted, and it is time.
	fn remember(&mut self, now: u32) {
		if self.has_forgotten && now >= self.read_again {
			self.has_forgotten = false;
			self.read_again = now.saturating_add(READ_AGAIN);
			self.cursor = 1;
			self.queue = Queue::default();
		}
	}
}

impl<C: Chain> Worker<C> {
	/// Makes due shares: first for new requests, so that requests that only wait do not delay them.
	pub(super) async fn release(&mut self, at: At) -> Result<(), WorkerError> {
		if self.serving.is_empty() {
			return Ok(());
		}
		self.read_new(at)?;
		let new = self.releases.queue.take(NEW);
		self.serve_all(at, new).await;
		let due = self.releases.due(at.number);
		self.serve_all(at, due).await;
		Ok(())
	}

	/// Reads new releases into the queue.
	fn read_new(&mut self, at: At) -> Result<(), WorkerError> {
		self.releases.remember(at.number);
		let chain = &self.shared.chain;
		let last = chain.last_request(at)?;
		let releases = &mut self.releases;
		let mut parties: HashMap<AccountId32, Party> = HashMap::new();
		while releases.queue.len() < QUEUED && last.is_none_or(|last| releases.cursor <= last) {
			let page = chain.open_releases(at, releases.cursor, PAGE)?;
			let is_last = page.len() < PAGE as usize;
			for release in page {
				let (request, epoch) = (release.request, release.epoch);
				if self.serving.contains_key(&epoch) && !releases.open.contains_key(&request) {
					let party = match parties.get(&release.reader) {
						Some(party) => *party,
						None => chain.party(at, &release.reader)?,
					};
					parties.insert(release.reader, party);
					releases.queue.push(party, Waiting { request, epoch });
				}
				releases.cursor = request.saturating_add(1);
			}
			if is_last {
				// The others have no release, and get none later: they were denied, or have ended.
				// Without this, the runtime would look for theirs again in each block.
				let next = last.map_or(0, |last| last.saturating_add(1));
				releases.cursor = releases.cursor.max(next);
				break;
			}
		}
		Ok(())
	}

	/// Serves releases, a few at once, and notes when each of them is due again.
	async fn serve_all(&mut self, at: At, releases: Vec<Waiting>) {
		let results: Vec<_> = futures::stream::iter(releases)
			.map(|waiting| self.serve(at, waiting))
			.buffer_unordered(AT_ONCE)
			.collect()
			.await;
		for (waiting, result) in results {
			self.log(&result);
			self.releases.note(at.number, waiting, &result);
		}
	}

	/// Serves a release from each of this node's seats. Returns what is left to do for any of them.
	async fn serve(&self, at: At, waiting: Waiting) -> (Waiting, Result<Served, WorkerError>) {
		let mut served = Served::Done;
		for seat in self.serving.get(&waiting.epoch).into_iter().flatten() {
			let Some(held) = self.held.get(&(seat.epoch, seat.index)) else {
				continue;
			};
			let shared = self.shared.clone();
			match shared.serve_seat(at, waiting.request, *seat, held.clone()).await {
				Ok(one) => served = served.max(one),
				Err(error) => return (waiting, Err(error)),
			}
		}
		(waiting, Ok(served))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn waiting(request: usize) -> Waiting {
		Waiting { request: request as RequestId, epoch: 1 }
	}

	#[test]
	fn a_forgotten_release_is_read_again() {
		let mut releases = Releases { cursor: 100_000, ..Default::default() };
		for request in 1..=REMEMBERED {
			releases.note(1, waiting(request), &Ok(Served::Withheld));
		}
		assert!(!releases.has_forgotten);
		releases.note(1, waiting(REMEMBERED + 1), &Ok(Served::Withheld));
		assert_eq!(releases.open.len(), REMEMBERED);
		// A release that failed is always noted, and so is a known one.
		releases.note(1, waiting(REMEMBERED + 2), &Err(WorkerError::Stopping));
		releases.note(1, waiting(1), &Ok(Served::Withheld));
		assert_eq!(releases.open.len(), REMEMBERED + 1);

		releases.remember(2);
		assert_eq!((releases.cursor, releases.has_forgotten), (1, false));
		releases.cursor = 100_000;
		releases.note(2, waiting(REMEMBERED + 1), &Ok(Served::Withheld));
		releases.remember(1 + READ_AGAIN);
		assert_eq!(releases.cursor, 100_000, "it is too early");
		releases.remember(2 + READ_AGAIN);
		assert_eq!(releases.cursor, 1);
	}

	#[test]
	fn failures_come_before_withheld_releases() {
		let mut releases = Releases::default();
		for request in 1..=1_000 {
			releases.note(1, waiting(request), &Ok(Served::Withheld));
		}
		for request in 1_001..=1_010 {
			releases.note(1, waiting(request), &Err(WorkerError::Stopping));
		}
		assert!(releases.due(1).is_empty());
		let due = releases.due(2);
		assert_eq!(due.len(), 10 + WITHHELD);
		assert!(due[..10].iter().all(|waiting| waiting.request > 1_000));
		for request in 1_011..=2_000 {
			releases.note(1, waiting(request), &Err(WorkerError::Stopping));
		}
		let due = releases.due(2);
		assert_eq!(due.len(), RETRIES);
		let withheld = due.iter().filter(|waiting| waiting.request <= 1_000).count();
		assert_eq!(withheld, WITHHELD);
	}
}
