//! Reports that are the node's word, because finality stalled.

use std::{
	collections::BTreeMap,
	sync::{MutexGuard, PoisonError},
};

use futures::future::BoxFuture;
use subxt::utils::H256;

use super::{Executed, Included, SignedTransaction, Until};
use crate::{chain::view::Wanted, Client};

/// Maximum number of outcomes, and of answers, that are kept to be proved later.
const MOST: usize = 64;

/// Reports that are the node's word, to be proved once finality resumes.
#[derive(Default)]
pub(crate) struct Unproved {
	/// Transactions, each with its outcome.
	outcomes: Vec<(SignedTransaction, Executed)>,
	/// Answers to reads: functions with their arguments, and values by their keys.
	answers: BTreeMap<Question, Option<Vec<u8>>>,
	/// Whether there was more than is kept, or a second answer to a question.
	beyond: bool,
	/// Whether a transaction was signed. Before, answers are only shown, after a warning.
	signed: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
	Call(String, Vec<u8>),
	Value(Vec<u8>),
}

/// Something for which the node's word is the only evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodesWord {
	/// The outcome of this transaction.
	Outcome(Included),
	/// An answer from which a transaction was made.
	Answer,
}

impl Client {
	/// Notes that a transaction was signed.
	pub(super) fn note_signed(&self) {
		self.noted().signed = true;
	}

	/// Notes that the outcome of a transaction is the node's word.
	pub(super) fn note_unproved(&self, signed: &SignedTransaction, reported: &Executed) {
		let mut noted = self.noted();
		match noted.outcomes.len() {
			0..MOST => noted.outcomes.push((signed.clone(), reported.clone())),
			_ => noted.beyond = true,
		}
	}

	/// Notes that an answer is the node's word. The first answer to a question counts: a later one
	/// does not undo a transaction that was made from it.
	pub(in crate::chain) fn note_reported(&self, wanted: Wanted<'_>, reported: &Option<Vec<u8>>) {
		let question = match wanted {
			Wanted::Call(function, arguments) => {
				Question::Call(function.to_owned(), arguments.to_owned())
			}
			Wanted::Value(key) => Question::Value(key.to_owned()),
		};
		let mut noted = self.noted();
		let (count, first) = (noted.answers.len(), noted.answers.get(&question));
		match first.map(|first| first == reported) {
			Some(true) => {}
			None if count < MOST => {
				noted.answers.insert(question, reported.clone());
			}
			Some(false) | None => noted.beyond = true,
		}
	}

	fn noted(&self) -> MutexGuard<'_, Unproved> {
		self.inner.certain.unproved.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Returns what is the node's word because finality stalled, and is not proved yet: the outcome
	/// of a transaction, or an answer from which one was made. Returns `None` if all is proved, or
	/// if nothing was signed.
	pub fn unproved(&self) -> BoxFuture<'_, Option<NodesWord>> {
		Box::pin(async move {
			let (outcomes, answers, beyond) = {
				let noted = self.noted();
				if !noted.signed {
					return None;
				}
				(noted.outcomes.clone(), noted.answers.clone(), noted.beyond)
			};
			for (signed, reported) in outcomes {
				if !self.is_proved(&signed, &reported).await {
					return Some(NodesWord::Outcome(reported.included));
				}
				self.noted().outcomes.retain(|(other, _)| other.hash != signed.hash);
			}
			for (question, reported) in answers {
				if !self.is_answer(&question, &reported).await {
					return Some(NodesWord::Answer);
				}
				self.noted().answers.remove(&question);
			}
			beyond.then_some(NodesWord::Answer)
		})
	}

	/// Returns whether the outcome that was reported is proved now.
	async fn is_proved(&self, signed: &SignedTransaction, reported: &Executed) -> bool {
		let block = H256(reported.included.block_hash);
		match self.outcome(signed, block, Until::Finalized).await {
			Ok(Some(Executed { included, logged, answered, given, council })) => {
				let included = Included { finalized: false, ..included };
				*reported == Executed { included, logged, answered, given, council }
			}
			// Without a proof, it is still the node's word.
			_ => false,
		}
	}

	/// Returns whether the last final block gives this answer.
	async fn is_answer(&self, question: &Question, reported: &Option<Vec<u8>>) -> bool {
		let wanted = match question {
			Question::Call(function, arguments) => Wanted::Call(function, arguments),
			Question::Value(key) => Wanted::Value(key),
		};
		let Ok(last_final) = self.last_final().await else { return false };
		let proven = self.proven_at(wanted, &last_final).await;
		proven.is_ok_and(|proven| proven == *reported)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::{proven::tests::Block, rpc::tests::Answers};

	const KEY: &[u8] = b"key";

	fn last_final() -> Block {
		Block::new(7, &[(KEY, &b"true"[..])])
	}

	#[tokio::test]
	async fn a_later_answer_does_not_hide_a_lie() {
		let folder = tempfile::tempdir().unwrap();
		let answers: Answers = |method, params| last_final().answer(method, params);
		let [lie, truth] = [&b"lie"[..], b"true"].map(|answer| Some(answer.to_vec()));
		for (reported, expected) in [
			([&truth, &truth], None),
			([&lie, &truth], Some(NodesWord::Answer)),
			([&truth, &lie], Some(NodesWord::Answer)),
		] {
			let client = last_final().known_to_client_of(answers, folder.path()).await;
			client.note_signed();
			for answer in reported {
				client.note_reported(Wanted::Value(KEY), answer);
			}
			assert_eq!(client.unproved().await, expected);
		}
	}
}
