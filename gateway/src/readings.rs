//! Turns of readings: the readings of one version by one client follow each other.
//!
//! A client that repeats a read may have left the first one, which continues. The second must not
//! use a grant again, so it waits: if nobody gets the content of the first, it continues with the
//! same request. If somebody does, it makes a separate request.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError, Weak},
};

use salus_client::primitives::{Purpose, RecordId, Version};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::auth::Access;

/// Turn of a reading, which ends when it is dropped.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// Id of the client, the purpose, and the version.
type Subject = (String, Purpose, RecordId, Version);

/// The readings that are under way or wait.
#[derive(Default)]
pub(crate) struct Readings(Mutex<BTreeMap<Subject, Weak<Queue<()>>>>);

impl Readings {
	/// Waits until no other reading of the same is under way.
	pub(crate) async fn turn(&self, access: &Access, version: (RecordId, Version)) -> Turn {
		self.turn_of(&access.client.id, access.purpose, version).await
	}

	async fn turn_of(
		&self,
		client: &str,
		purpose: Purpose,
		(record, version): (RecordId, Version),
	) -> Turn {
		let queue = self.of((client.to_owned(), purpose, record, version));
		queue.lock_owned().await
	}

	fn of(&self, subject: Subject) -> Arc<Queue<()>> {
		let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		all.retain(|_, queue| queue.strong_count() > 0);
		if let Some(queue) = all.get(&subject).and_then(Weak::upgrade) {
			return queue;
		}
		let queue = Arc::new(Queue::new(()));
		all.insert(subject, Arc::downgrade(&queue));
		queue
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::FutureExt;

	#[tokio::test]
	async fn readings_of_the_same_follow_each_other() {
		let readings = Readings::default();
		let (his, ward) = ("his", "ward");
		let version = (RecordId([1; 32]), 2);
		let first = readings.turn_of(his, Purpose::TREAT, version).await;
		let mut second = Box::pin(readings.turn_of(his, Purpose::TREAT, version));
		assert!(second.as_mut().now_or_never().is_none());
		for (client, purpose, version) in [
			(ward, Purpose::TREAT, version),
			(his, Purpose::ETREAT, version),
			(his, Purpose::TREAT, (version.0, 3)),
		] {
			assert!(readings.turn_of(client, purpose, version).now_or_never().is_some());
		}
		drop(first);
		drop(second.await);
		drop(readings.turn_of(ward, Purpose::TREAT, version).await);
		assert_eq!(readings.0.lock().unwrap().len(), 1, "what has ended takes no room");
	}
}
