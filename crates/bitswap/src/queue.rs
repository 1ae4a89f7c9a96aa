//! Requests of other nodes to this one, served in turns.

use crate::Cid;
use litep2p::{protocol::libp2p::bitswap::WantType, PeerId};
use std::collections::{HashMap, VecDeque};

/// Maximum number of waiting entries of one peer. Looked-up blocks go into litep2p's own queue, and
/// stay in memory there while the peer does not read.
pub(crate) const MAX_ENTRIES: usize = 256;

/// Number of entries in one turn.
pub(crate) const TURN: usize = 16;

/// Entry of a request: a CID, and whether the block or only its presence is wanted.
pub(crate) type Entry = (Cid, WantType);

/// Waiting entries, by peer.
#[derive(Default)]
pub(crate) struct Queue {
	entries: HashMap<PeerId, VecDeque<Entry>>,
	/// Each peer with waiting entries, once, in order of turns.
	turns: VecDeque<PeerId>,
}

impl Queue {
	/// Adds the peer's entries that there is room for. Returns the number of entries left out.
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

	/// Returns the next turn: a peer and its entries.
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
