//! Releases that wait for their first turn.

use std::{
	collections::{BTreeMap, VecDeque},
	ops::Bound,
};

use salus_primitives::{Epoch, RequestId};

use crate::committee::chain::Party;

/// Release that waits for this node's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
	/// Request that the share is for.
	pub(super) request: RequestId,
	/// Epoch whose members release it.
	pub(super) epoch: Epoch,
}

/// Waiting releases. Parties have their turns one after the other, and each gets its oldest release
/// served, so that a party's many requests do not delay other parties' requests.
#[derive(Default)]
pub(super) struct Queue {
	/// Releases of each party that has any, oldest first.
	parties: BTreeMap<Party, VecDeque<Waiting>>,
	/// Party that had the last turn.
	last: Option<Party>,
	/// Number of releases.
	len: usize,
}

impl Queue {
	/// Returns the number of releases.
	pub(super) fn len(&self) -> usize {
		self.len
	}

	/// Adds a release, as the party's last one.
	pub(super) fn push(&mut self, party: Party, waiting: Waiting) {
		self.parties.entry(party).or_default().push_back(waiting);
		self.len = self.len.saturating_add(1);
	}

	/// Takes at most this many releases, in turn.
	pub(super) fn take(&mut self, limit: usize) -> Vec<Waiting> {
		let mut taken = Vec::new();
		while taken.len() < limit {
			let Some(party) = self.next() else { break };
			self.last = Some(party);
			let Some(waiting) = self.parties.get_mut(&party) else { break };
			if let Some(oldest) = waiting.pop_front() {
				taken.push(oldest);
				self.len = self.len.saturating_sub(1);
			}
			if waiting.is_empty() {
				self.parties.remove(&party);
			}
		}
		taken
	}

	/// Returns the party whose turn it is.
	fn next(&self) -> Option<Party> {
		let later =
			|last| -> (Bound<Party>, Bound<Party>) { (Bound::Excluded(last), Bound::Unbounded) };
		let after = self.last.and_then(|last| self.parties.range(later(last)).next());
		after.or_else(|| self.parties.first_key_value()).map(|(party, _)| *party)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn waiting(request: RequestId) -> Waiting {
		Waiting { request, epoch: 1 }
	}

	fn requests(taken: Vec<Waiting>) -> Vec<RequestId> {
		taken.into_iter().map(|waiting| waiting.request).collect()
	}

	#[test]
	fn parties_have_their_turns_one_after_the_other() {
		let mut queue = Queue::default();
		for request in 1..=4 {
			queue.push(Party::Staff(1), waiting(request));
		}
		queue.push(Party::Patients(1), waiting(5));
		queue.push(Party::Staff(2), waiting(6));
		assert_eq!(requests(queue.take(3)), [1, 6, 5]);
		// A party that comes later has its turn at once.
		queue.push(Party::Others, waiting(7));
		queue.push(Party::Staff(2), waiting(8));
		assert_eq!(requests(queue.take(10)), [7, 2, 8, 3, 4]);
		assert_eq!(queue.len(), 0);
		assert!(queue.take(1).is_empty() && queue.parties.is_empty());
	}

	#[test]
	fn a_turn_is_continued_where_the_last_one_ended() {
		let mut queue = Queue::default();
		for request in 1..=3 {
			queue.push(Party::Staff(1), waiting(request));
			queue.push(Party::Staff(2), waiting(10 + request));
		}
		assert_eq!(requests(queue.take(1)), [1]);
		assert_eq!(requests(queue.take(1)), [11]);
		assert_eq!(requests(queue.take(3)), [2, 12, 3]);
		assert_eq!(queue.len(), 1);
	}
}
