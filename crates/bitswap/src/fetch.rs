//! Blocks that this node requests from other nodes.

use crate::Cid;
use litep2p::PeerId;
use std::{
	collections::{HashMap, HashSet},
	time::Duration,
};
use tokio::{
	sync::{mpsc, oneshot},
	time::Instant,
};

/// Maximum number of blocks wanted at a time.
pub(crate) const MAX_WANTS: usize = 1024;

/// Capacity of the queue of callers.
const CALLERS: usize = 256;

/// Maximum number of blocks requested from one peer at a time. A connection on which they take
/// longer than the deadline is a slow one; requesting more would only request them twice.
pub(crate) const MAX_OPEN: usize = 16;

/// Time after which a silent peer counts as not answering.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// Deadline of one peer for one block, even if it sends other messages.
pub(crate) const PEER_DEADLINE: Duration = Duration::from_secs(20);

/// Pause before a block is requested again after every peer was asked.
pub(crate) const ROUND_PAUSE: Duration = Duration::from_secs(5);

/// Reason why a block cannot be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
	/// The node is stopping.
	#[error("the node is stopping")]
	Closed,
	/// The want-list is full.
	#[error("the node already requests {MAX_WANTS} blocks; try again later")]
	Overloaded,
}

/// Request of a caller that waits for a block.
pub(crate) struct Caller {
	pub(crate) cid: Cid,
	pub(crate) answer: oneshot::Sender<Vec<u8>>,
}

/// Handle for requesting blocks from other nodes.
#[derive(Clone, Debug)]
pub struct BitswapHandle(mpsc::Sender<Caller>);

impl BitswapHandle {
	pub(crate) fn new() -> (Self, mpsc::Receiver<Caller>) {
		let (sender, receiver) = mpsc::channel(CALLERS);
		(Self(sender), receiver)
	}

	/// Returns the block of this CID, from any node that has it. Waits while no node has it, so set
	/// a deadline.
	pub async fn fetch(&self, cid: Cid) -> Result<Vec<u8>, FetchError> {
		let (answer, block) = oneshot::channel();
		let caller = Caller { cid, answer };
		self.0.send(caller).await.map_err(|_| FetchError::Closed)?;
		block.await.map_err(|_| match self.0.is_closed() {
			true => FetchError::Closed,
			false => FetchError::Overloaded,
		})
	}
}

/// Wanted block.
#[derive(Default)]
struct Want {
	callers: Vec<oneshot::Sender<Vec<u8>>>,
	/// Peers that did not have it in this round.
	tried: HashSet<PeerId>,
	/// Peer that is being asked, with the time of the request.
	asked: Option<(PeerId, Instant)>,
	/// Beginning of the next round.
	pause: Option<Instant>,
}

impl Want {
	/// Notes that a peer does not have the block or does not answer. Returns whether it was being
	/// asked.
	fn give_up_on(&mut self, peer: &PeerId) -> bool {
		let was_asked = self.asked.is_some_and(|(asked, _)| asked == *peer);
		if was_asked {
			self.asked = None;
			self.tried.insert(*peer);
		}
		was_asked
	}
}

/// Wanted blocks.
#[derive(Default)]
pub(crate) struct Wants {
	wants: HashMap<Cid, Want>,
	/// Time of each peer's last message.
	heard: HashMap<PeerId, Instant>,
}

impl Wants {
	/// Adds a caller. Beyond the limit, the caller is dropped, which it notices.
	pub(crate) fn add(&mut self, caller: Caller) {
		if self.wants.len() < MAX_WANTS || self.wants.contains_key(&caller.cid) {
			let want = self.wants.entry(caller.cid).or_default();
			want.callers.push(caller.answer);
		}
	}

	/// Returns the requests to send now. Of the peers not yet asked, the one with the fewest open
	/// requests comes first.
	pub(crate) fn questions(
		&mut self,
		peers: &HashSet<PeerId>,
		now: Instant,
	) -> HashMap<PeerId, Vec<Cid>> {
		let mut open: HashMap<PeerId, usize> = peers.iter().map(|peer| (*peer, 0)).collect();
		for (peer, _) in self.wants.values().filter_map(|want| want.asked) {
			if let Some(count) = open.get_mut(&peer) {
				*count += 1;
			}
		}
		let mut questions = HashMap::<PeerId, Vec<Cid>>::new();
		for (cid, want) in &mut self.wants {
			if want.asked.is_some() || want.pause.is_some_and(|end| now < end) {
				continue;
			}
			if want.pause.take().is_some() {
				want.tried.clear();
			}
			let untried = open
				.iter_mut()
				.filter(|(peer, _)| !want.tried.contains(peer));
			match untried.min_by_key(|(_, count)| **count) {
				// All peers have enough open requests.
				Some((_, count)) if *count >= MAX_OPEN => {}
				Some((peer, count)) => {
					*count += 1;
					want.asked = Some((*peer, now));
					questions.entry(*peer).or_default().push(*cid);
				}
				None if peers.is_empty() => {}
				None => want.pause = Some(now + ROUND_PAUSE),
			}
		}
		questions
	}

	/// Delivers a block. Returns whether someone wanted it.
	pub(crate) fn arrived(&mut self, cid: &Cid, block: Vec<u8>) -> bool {
		let Some(want) = self.wants.remove(cid) else {
			return false;
		};
		let mut callers = want.callers.into_iter();
		let first = callers.next();
		for caller in callers {
			// A caller that is gone needs no answer.
			let _ = caller.send(block.clone());
		}
		if let Some(caller) = first {
			let _ = caller.send(block);
		}
		true
	}

	/// Notes that a peer does not have this block.
	pub(crate) fn lacking(&mut self, cid: &Cid, peer: &PeerId) {
		if let Some(want) = self.wants.get_mut(cid) {
			want.give_up_on(peer);
		}
	}

	/// Notes that a peer sent a message.
	pub(crate) fn heard(&mut self, peer: &PeerId, now: Instant) {
		self.heard.insert(*peer, now);
	}

	/// Removes a peer, so that its requests go to others.
	pub(crate) fn gone(&mut self, peer: &PeerId) {
		self.heard.remove(peer);
		for want in self.wants.values_mut() {
			want.give_up_on(peer);
		}
	}

	/// Drops blocks that nobody waits for, and gives up on peers that did not answer. Returns the
	/// number of missing answers.
	pub(crate) fn tidy(&mut self, now: Instant) -> usize {
		self.wants.retain(|_, want| {
			want.callers.retain(|caller| !caller.is_closed());
			!want.callers.is_empty()
		});
		let mut late = 0;
		for want in self.wants.values_mut() {
			let Some((peer, since)) = want.asked else {
				continue;
			};
			let heard = self.heard.get(&peer).map_or(since, |last| since.max(*last));
			if heard + SILENCE <= now || since + PEER_DEADLINE <= now {
				want.give_up_on(&peer);
				late += 1;
			}
		}
		late
	}

	pub(crate) fn len(&self) -> usize {
		self.wants.len()
	}
}
