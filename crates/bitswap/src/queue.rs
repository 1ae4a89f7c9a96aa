//! What other nodes ask this one for, and whose turn it is.

use crate::Cid;
use litep2p::{protocol::libp2p::bitswap::WantType, PeerId};
use std::collections::{HashMap, VecDeque};

/// The most entries of one peer that wait: what is looked up goes into litep2p's own queue, and stays there in memory while a
/// peer does not read.
pub(crate) const MAX_ENTRIES: usize = 256;

/// How many entries one turn has.
pub(crate) const TURN: usize = 16;

/// What one peer wants.
pub(crate) type Entry = (Cid, WantType);

/// Entries that wait, by peer.
#[derive(Default)]
pub(crate) struct Queue {
	entries: HashMap<PeerId, VecDeque<Entry>>,
	/// Each peer with entries, once, in order of their turns.
	turns: VecDeque<PeerId>,
}

impl Queue {
	/// Takes what a peer asks for, as far as there is room. Gives how many entries were left out.
	pub(crate) fn add(&mut self, peer: PeerId, asked: Vec<Entry>) -> usize {
		if asked.is_empty() {
			return 0;
		}
		let waiting = self.entries.entry(peer).or_insert_with(|| {
			self.turns.push_back(peer);
			VecDeque::new()
		});
		let room = MAX_ENTRIES.saturating_sub(waiting.len());
		let left_out = asked.len().saturating_sub(room);
		waiting.extend(asked.into_iter().take(room));
		left_out
	}

	/// The next turn.
	pub(crate) fn next(&mut self) -> Option<(PeerId, Vec<Entry>)> {
		let peer = self.turns.pop_front()?;
		let mut waiting = self.entries.remove(&peer)?;
		let turn = waiting.drain(..waiting.len().min(TURN)).collect();
		if !waiting.is_empty() {
			self.entries.insert(peer, waiting);
			self.turns.push_back(peer);
		}
		Some((peer, turn))
	}
}
