//! Shares of the content that waits on this server, so that no client takes all of the room.

use std::sync::{
	atomic::{AtomicU64, Ordering},
	Arc,
};

use axum::http::StatusCode;
use salus_fhir::outcome::IssueKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::{Answer, Fault};

/// Maximum number of one client's contents at a time.
pub(crate) const MAX_WAITING: usize = 16;

/// Largest content of one client, in bytes: one of them, and all together.
pub(crate) const MAX_SIZE: u64 = 1024 * 1024 * 1024;

/// Largest ciphertext of content of [`MAX_SIZE`], in bytes: the envelope adds less than 64 KiB.
const MAX_CIPHERTEXT: u64 = MAX_SIZE + 64 * 1024;

/// Largest content of all clients together, in bytes.
pub(crate) const MAX_TOTAL: u64 = 2 * MAX_SIZE;

/// A client's share: places, and bytes in use.
pub(crate) struct Share {
	places: Arc<Semaphore>,
	pub(crate) bytes: Arc<AtomicU64>,
}

impl Default for Share {
	fn default() -> Self {
		Self { places: Arc::new(Semaphore::new(MAX_WAITING)), bytes: Arc::default() }
	}
}

impl Share {
	/// Takes a place; `None` if the client has none left. `total` counts the bytes of all clients.
	pub(crate) fn take(&self, total: &Arc<AtomicU64>) -> Option<Counted> {
		let place = self.places.clone().try_acquire_owned().ok()?;
		let mut counted = self.count(total);
		counted._place = Some(place);
		Some(counted)
	}

	/// Counts bytes without a place.
	pub(crate) fn count(&self, total: &Arc<AtomicU64>) -> Counted {
		Counted { bytes: 0, of: [self.bytes.clone(), total.clone()], _place: None }
	}
}

/// A number of bytes, and perhaps a place, that count until this is dropped.
pub(crate) struct Counted {
	pub(crate) bytes: u64,
	/// Bytes of the client, and of all.
	of: [Arc<AtomicU64>; 2],
	_place: Option<OwnedSemaphorePermit>,
}

impl Counted {
	/// Counts further bytes. Returns whether there is room for them.
	pub(crate) fn add(&mut self, bytes: u64) -> bool {
		self.bytes = self.bytes.saturating_add(bytes);
		let [own, total] = &self.of;
		let counted =
			|all: &AtomicU64| all.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
		let (own, total) = (counted(own), counted(total));
		own <= MAX_SIZE && total <= MAX_TOTAL
	}

	/// Counts content that is opened, by the size of its ciphertext. Fails if there is no room, now
	/// or ever.
	pub(crate) fn add_ciphertext(&mut self, size: u64) -> Answer<()> {
		if size > MAX_CIPHERTEXT {
			let text = "the content is larger than 1 GiB; open it with `salus record get`";
			let status = StatusCode::UNPROCESSABLE_ENTITY;
			return Err(Fault::new(status, IssueKind::TooLong, "too-large", text));
		}
		// Counts no more than the largest content, which has to fit.
		match self.add(size.min(MAX_SIZE)) {
			true => Ok(()),
			false => Err(no_room()),
		}
	}
}

impl Drop for Counted {
	fn drop(&mut self) {
		for all in &self.of {
			all.fetch_sub(self.bytes, Ordering::Relaxed);
		}
	}
}

/// Returns the fault of content that finds no room at the moment.
pub(crate) fn no_room() -> Fault {
	let text = "too much content waits on this server; try again later";
	let status = StatusCode::SERVICE_UNAVAILABLE;
	Fault::new(status, IssueKind::Throttled, "no-room", text)
}

/// Returns bytes that nobody guesses.
pub(crate) fn random() -> Answer<[u8; 16]> {
	let mut random = [0; 16];
	getrandom::fill(&mut random).map_err(|_| {
		let text = "the operating system provides no randomness; tell the operator";
		let status = StatusCode::INTERNAL_SERVER_ERROR;
		Fault::new(status, IssueKind::Exception, "randomness", text)
	})?;
	Ok(random)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_largest_content_fits_and_a_larger_one_never_does() {
		let (share, total) = (Share::default(), Arc::default());
		let code = |size| {
			let counted = share.count(&total).add_ciphertext(size);
			counted.map_err(|fault| (fault.code(), fault.may_pass()))
		};
		assert_eq!(code(MAX_CIPHERTEXT), Ok(()));
		assert_eq!(code(MAX_CIPHERTEXT + 1), Err(("too-large", false)));
		let mut held = share.count(&total);
		assert!(held.add(1));
		assert_eq!(code(MAX_CIPHERTEXT), Err(("no-room", true)));
		drop(held);
		assert_eq!((code(MAX_CIPHERTEXT), total.load(Ordering::Relaxed)), (Ok(()), 0));
	}
}
