//! Decisions on all records of a patient, kept while the block of which they are is the best one.
//!
//! Each request asks the node for its best block first, and takes what is kept for exactly this
//! block. So it gets what the node would decide now, and nothing that was revoked since.

use std::{
	collections::BTreeMap,
	future::Future,
	sync::{Arc, Mutex, PoisonError},
};

use salus_client::{
	primitives::{Hash32, Purpose, RecordDetails},
	Account,
};
use tokio::sync::OnceCell;

/// Most questions of a block whose answers are kept.
const MAX_QUESTIONS: usize = 1024;

/// Most records of one answer that is kept.
const MAX_RECORDS: usize = 256;

/// Records that a reader may open.
pub(crate) type Permitted = Arc<Vec<RecordDetails<Account>>>;

/// Reader, patient, and purpose.
type Key = (Hash32, Hash32, Purpose);

type Answers = BTreeMap<Key, Arc<OnceCell<Permitted>>>;

/// Decisions of the newest block.
#[derive(Default)]
pub(crate) struct Decisions(Mutex<(Hash32, Answers)>);

impl Decisions {
	/// Returns the answer to a question at a block. Requests that ask it at the same time wait for
	/// one answer of the node. A failure is not kept.
	pub(crate) async fn at<E>(
		&self,
		block: Hash32,
		key: Key,
		decide: impl Future<Output = Result<Vec<RecordDetails<Account>>, E>>,
	) -> Result<Permitted, E> {
		let cell = self.cell(block, key);
		let permitted =
			cell.get_or_try_init(|| async { decide.await.map(Arc::new) }).await?.clone();
		if permitted.len() > MAX_RECORDS {
			self.forget(block, &key);
		}
		Ok(permitted)
	}

	fn cell(&self, block: Hash32, key: Key) -> Arc<OnceCell<Permitted>> {
		let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		let (of, answers) = &mut *kept;
		if *of != block {
			*of = block;
			answers.clear();
		}
		if answers.len() >= MAX_QUESTIONS && !answers.contains_key(&key) {
			return Arc::default();
		}
		answers.entry(key).or_default().clone()
	}

	fn forget(&self, block: Hash32, key: &Key) {
		let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		let (of, answers) = &mut *kept;
		if *of == block {
			answers.remove(key);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::atomic::{AtomicUsize, Ordering};

	fn key(purpose: Purpose) -> Key {
		([1; 32], [2; 32], purpose)
	}

	/// Asks at a block, and returns the number of times that the node was asked.
	async fn ask(decisions: &Decisions, block: u8, purpose: Purpose) -> usize {
		let asked = AtomicUsize::new(0);
		let decide = async {
			asked.fetch_add(1, Ordering::Relaxed);
			Ok::<_, ()>(Vec::new())
		};
		decisions.at([block; 32], key(purpose), decide).await.unwrap();
		asked.load(Ordering::Relaxed)
	}

	#[tokio::test]
	async fn a_decision_lasts_as_long_as_its_block() {
		let decisions = Decisions::default();
		assert_eq!(ask(&decisions, 1, Purpose::TREAT).await, 1);
		assert_eq!(ask(&decisions, 1, Purpose::TREAT).await, 0);
		assert_eq!(ask(&decisions, 1, Purpose::ETREAT).await, 1);
		// A fork that comes back is decided again, too.
		assert_eq!(ask(&decisions, 2, Purpose::TREAT).await, 1);
		assert_eq!(ask(&decisions, 1, Purpose::TREAT).await, 1);
	}

	#[tokio::test]
	async fn a_failed_decision_is_not_kept() {
		let decisions = Decisions::default();
		let failed = decisions.at([1; 32], key(Purpose::TREAT), async { Err("gone") }).await;
		assert_eq!(failed.unwrap_err(), "gone");
		assert_eq!(ask(&decisions, 1, Purpose::TREAT).await, 1);
	}

	#[tokio::test]
	async fn kept_decisions_are_bounded() {
		let decisions = Decisions::default();
		for number in 0..MAX_QUESTIONS + 10 {
			let mut patient = [0; 32];
			patient[..8].copy_from_slice(&number.to_le_bytes());
			let decide = async { Ok::<_, ()>(Vec::new()) };
			decisions.at([1; 32], ([1; 32], patient, Purpose::TREAT), decide).await.unwrap();
		}
		assert_eq!(decisions.0.lock().unwrap().1.len(), MAX_QUESTIONS);
	}
}
