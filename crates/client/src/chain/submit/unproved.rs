//! Outcomes that are the node's word, because finality stalled when they were reported.

use std::sync::{MutexGuard, PoisonError};

use subxt::utils::H256;

use super::{Executed, Included, SignedTransaction, Until};
use crate::Client;

/// Maximum number of outcomes that are kept to be proved later.
const MOST: usize = 64;

/// A transaction, and the outcome that was reported by the node's word.
#[derive(Clone)]
pub(crate) enum Unproved {
	/// It can be proved once its block is final.
	Kept(Box<(SignedTransaction, Executed)>),
	/// There are too many to keep it.
	Beyond(Included),
}

impl Unproved {
	fn included(&self) -> Included {
		match self {
			Self::Kept(kept) => kept.1.included,
			Self::Beyond(included) => *included,
		}
	}
}

impl Client {
	/// Notes that the outcome of a transaction is the node's word.
	pub(super) fn note_unproved(&self, signed: &SignedTransaction, told: &Executed) {
		let mut noted = self.noted();
		match noted.len() {
			0..MOST => noted.push(Unproved::Kept(Box::new((signed.clone(), told.clone())))),
			MOST => noted.push(Unproved::Beyond(told.included)),
			_ => {}
		}
	}

	fn noted(&self) -> MutexGuard<'_, Vec<Unproved>> {
		self.inner.certain.unproved.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Returns a transaction whose outcome this client has reported by the node's word, because
	/// finality stalled, and which is not proved yet. Returns `None` if all are.
	pub async fn unproved(&self) -> Option<Included> {
		let noted = self.noted().clone();
		for unproved in noted {
			let included = unproved.included();
			match &unproved {
				Unproved::Kept(kept) if self.is_proved(&kept.0, &kept.1).await => {
					self.noted().retain(|other| other.included() != included);
				}
				_ => return Some(included),
			}
		}
		None
	}

	/// Returns whether the outcome that was reported is proved now.
	async fn is_proved(&self, signed: &SignedTransaction, told: &Executed) -> bool {
		let block = H256(told.included.block_hash);
		match self.outcome(signed, block, Until::Finalized).await {
			Ok(Some(Executed { included, logged, answered, given, council })) => {
				let included = Included { finalized: false, ..included };
				*told == Executed { included, logged, answered, given, council }
			}
			// Without a proof, it is still the node's word.
			_ => false,
		}
	}
}
