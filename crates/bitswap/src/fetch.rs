//! Blocks that this node wants of others.

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

/// The most blocks that are wanted at a time.
pub(crate) const MAX_WANTS: usize = 1024;

/// How many callers may wait to be heard.
const CALLERS: usize = 256;

/// How many blocks are asked of one peer at a time: a line on which they take longer than the deadline is a slow one, and
/// more would only be asked for twice.
pub(crate) const MAX_OPEN: usize = 16;

/// How long a peer that was asked may say nothing at all.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// How long one peer may take over a block, whatever else it says.
pub(crate) const PEER_DEADLINE: Duration = Duration::from_secs(20);

/// How long nobody is asked for a block after everybody was.
pub(crate) const ROUND_PAUSE: Duration = Duration::from_secs(5);

/// Why a block cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
	/// The node is stopping.
	#[error("the node is stopping")]
	Closed,
	/// So many blocks are wanted already as can be.
	#[error("the node asks others for {MAX_WANTS} blocks already: try again later")]
	Overloaded,
}

/// Someone who waits for a block.
pub(crate) struct Caller {
	pub(crate) cid: Cid,
	pub(crate) answer: oneshot::Sender<Vec<u8>>,
}

/// Asks other nodes for blocks.
#[derive(Clone, Debug)]
pub struct BitswapHandle(mpsc::Sender<Caller>);

impl BitswapHandle {
	pub(crate) fn new() -> (Self, mpsc::Receiver<Caller>) {
		let (sender, receiver) = mpsc::channel(CALLERS);
		(Self(sender), receiver)
	}

	/// The block that this CID names, from whichever node has it. Waits for as long as none does: set a deadline.
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

/// A block that is wanted.
#[derive(Default)]
struct Want {
	callers: Vec<oneshot::Sender<Vec<u8>>>,
	/// Who did not have it in this round.
	tried: HashSet<PeerId>,
	/// Who is being asked, and since when.
	asked: Option<(PeerId, Instant)>,
	/// When the next round begins.
	pause: Option<Instant>,
}

impl Want {
	/// This peer does not have it, or does not answer.
	fn give_up_on(&mut self, peer: &PeerId) -> bool {
		let was_asked = self.asked.is_some_and(|(asked, _)| asked == *peer);
		if was_asked {
			self.asked = None;
			self.tried.insert(*peer);
		}
		was_asked
	}
}

/// The blocks that are wanted.
#[derive(Default)]
pub(crate) struct Wants {
	wants: HashMap<Cid, Want>,
	/// When each peer last said anything.
	heard: HashMap<PeerId, Instant>,
}

impl Wants {
	/// Takes a caller. One who is one too many is let go, and learns it.
	pub(crate) fn add(&mut self, caller: Caller) {
		if self.wants.len() < MAX_WANTS || self.wants.contains_key(&caller.cid) {
			let want = self.wants.entry(caller.cid).or_default();
			want.callers.push(caller.answer);
		}
	}

	/// Whom to ask for what now. Of those that were not asked yet, the one with the fewest questions has the next.
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
				// All have enough to do.
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

	/// A block arrived. Gives whether someone wanted it.
	pub(crate) fn arrived(&mut self, cid: &Cid, block: Vec<u8>) -> bool {
		let Some(want) = self.wants.remove(cid) else {
			return false;
		};
		let mut callers = want.callers.into_iter();
		let first = callers.next();
		for caller in callers {
			// Who has gone needs no answer.
			let _ = caller.send(block.clone());
		}
		if let Some(caller) = first {
			let _ = caller.send(block);
		}
		true
	}

	/// A peer says that it does not have this block.
	pub(crate) fn lacking(&mut self, cid: &Cid, peer: &PeerId) {
		if let Some(want) = self.wants.get_mut(cid) {
			want.give_up_on(peer);
		}
	}

	/// A peer said something.
	pub(crate) fn heard(&mut self, peer: &PeerId, now: Instant) {
		self.heard.insert(*peer, now);
	}

	/// A peer has gone: whoever comes next is asked.
	pub(crate) fn gone(&mut self, peer: &PeerId) {
		self.heard.remove(peer);
		for want in self.wants.values_mut() {
			want.give_up_on(peer);
		}
	}

	/// Lets go of what nobody waits for any more, and of peers that did not answer. Gives how many answers are missing.
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
