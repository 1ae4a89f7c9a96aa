//! The order in which documents claim their identifiers: the order of the paths and lines,
//! regardless of how long each takes.

use std::{
	collections::BTreeSet,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The documents that have not claimed yet.
#[derive(Default)]
pub(super) struct Order {
	waiting: Mutex<Waiting>,
	changed: Notify,
}

#[derive(Default)]
struct Waiting {
	numbers: BTreeSet<u64>,
	last: u64,
}

/// The place of a document in the order. Dropping it makes way for later ones.
pub(super) struct Turn {
	order: Arc<Order>,
	number: u64,
}

impl Order {
	fn lock(&self) -> MutexGuard<'_, Waiting> {
		self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Returns the place behind all others.
	pub(super) fn join(self: &Arc<Self>) -> Turn {
		let mut waiting = self.lock();
		waiting.last = waiting.last.saturating_add(1);
		let number = waiting.last;
		waiting.numbers.insert(number);
		Turn { order: self.clone(), number }
	}
}

impl Turn {
	/// Waits until all earlier documents have made way.
	pub(super) async fn comes(&self) {
		loop {
			// Made before the look, so that no change between them is missed.
			let changed = self.order.changed.notified();
			if self.order.lock().numbers.first() == Some(&self.number) {
				return;
			}
			changed.await;
		}
	}
}

impl Drop for Turn {
	fn drop(&mut self) {
		self.order.lock().numbers.remove(&self.number);
		self.order.changed.notify_waiters();
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::Duration;
	use tokio::time::timeout;

	#[tokio::test]
	async fn turns_come_in_order() {
		let order = Arc::new(Order::default());
		let (first, second, third) = (order.join(), order.join(), order.join());
		let comes =
			async |turn: &Turn| timeout(Duration::from_millis(50), turn.comes()).await.is_ok();
		assert!(comes(&first).await && !comes(&second).await && !comes(&third).await);
		drop(second);
		assert!(!comes(&third).await);
		let waiting = tokio::spawn(async move { third.comes().await });
		tokio::task::yield_now().await;
		drop(first);
		waiting.await.unwrap();
		assert!(comes(&order.join()).await);
	}
}
