//! Blocks that this node requests from other nodes.

use crate::Cid;
use litep2p::PeerId;
use std::{
	collections::{HashMap, HashSet},
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
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

/// Time after which a request is repeated to a peer that has sent nothing since it connected.
///
/// litep2p drops a request that is made before its Bitswap has noticed the connection, and tells
/// nobody.
pub(crate) const REPEAT: Duration = Duration::from_secs(2);

/// Deadline of one peer for one block, even if it sends other messages.
pub(crate) const PEER_DEADLINE: Duration = Duration::from_secs(20);

/// Time for which a peer that missed a deadline is asked after all others.
pub(crate) const LATE: Duration = Duration::from_secs(5 * 60);

/// Maximum number of these peers that are remembered. They are remembered beyond their connection.
pub(crate) const MAX_LATE: usize = 1024;

/// Pause before a block is requested again after every peer was asked.
pub(crate) const ROUND_PAUSE: Duration = Duration::from_secs(5);

/// Time for which a query of an impatient caller waits for a first peer.
pub(crate) const ALONE: Duration = Duration::from_secs(2);

/// Reason for which a block cannot be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
	/// The node is stopping.
	#[error("the node is stopping")]
	Closed,
	/// The want-list is full.
	#[error("the node already requests {MAX_WANTS} blocks; try again later")]
	Overloaded,
	/// No peer gave it, and not all said that they do not have it.
	#[error("no node gave the block, and not all of them answered")]
	Silent,
}

/// Answer to a caller: the block, or `None` if every peer said that it does not have it.
pub(crate) type Answer = Result<Option<Vec<u8>>, FetchError>;

/// Request of a caller that waits for a block.
pub(crate) struct Caller {
	pub(crate) cid: Cid,
	/// Whether to continue when no peer has it.
	pub(crate) patient: bool,
	pub(crate) answer: oneshot::Sender<Answer>,
}

/// Handle for requesting blocks from other nodes.
#[derive(Clone, Debug)]
pub struct BitswapHandle {
	callers: mpsc::Sender<Caller>,
	pub(crate) arrivals: Arc<AtomicU64>,
}

impl BitswapHandle {
	pub(crate) fn new() -> (Self, mpsc::Receiver<Caller>) {
		let (callers, receiver) = mpsc::channel(CALLERS);
		let arrivals = Arc::default();
		(Self { callers, arrivals }, receiver)
	}

	/// Returns the block of this CID, from any node that has it. Waits while no node has it, so set
	/// a deadline.
	pub async fn fetch(&self, cid: Cid) -> Result<Vec<u8>, FetchError> {
		match self.call(cid, true).await? {
			Some(block) => Ok(block),
			None => Err(FetchError::Closed),
		}
	}

	/// Returns the block of this CID, from any node that has it, or `None` once every peer has said
	/// that it does not have it. Set a deadline here too: a peer that does not answer takes 5 s.
	pub async fn ask(&self, cid: Cid) -> Answer {
		self.call(cid, false).await
	}

	async fn call(&self, cid: Cid, patient: bool) -> Answer {
		let (answer, block) = oneshot::channel();
		let caller = Caller { cid, patient, answer };
		let sent = self.callers.send(caller).await;
		sent.map_err(|_| FetchError::Closed)?;
		block.await.unwrap_or_else(|_| match self.callers.is_closed() {
			true => Err(FetchError::Closed),
			false => Err(FetchError::Overloaded),
		})
	}

	/// Returns the number of peers that have connected since the start. When it grows, a block that
	/// nobody had may be available.
	pub fn arrivals(&self) -> u64 {
		self.arrivals.load(Ordering::Relaxed)
	}
}

/// Someone who waits for one block.
struct Waiter {
	patient: bool,
	answer: oneshot::Sender<Answer>,
}

/// Request that a peer has not answered yet.
struct Asked {
	peer: PeerId,
	since: Instant,
	/// Whether it was sent a second time.
	repeated: bool,
}

/// A block that is wanted.
struct Want {
	callers: Vec<Waiter>,
	since: Instant,
	/// Peers that did not have it in this round.
	tried: HashSet<PeerId>,
	/// Request that is open.
	asked: Option<Asked>,
	/// Whether someone did not answer in this round.
	silent: bool,
	/// Time at which the next round begins.
	pause: Option<Instant>,
}

impl Want {
	fn new(since: Instant) -> Self {
		Self {
			callers: Vec::new(),
			since,
			tried: HashSet::new(),
			asked: None,
			silent: false,
			pause: None,
		}
	}

	/// Tells impatient callers how the round ended.
	fn end_round(&mut self) {
		let answer = match self.silent {
			true => Err(FetchError::Silent),
			false => Ok(None),
		};
		for caller in self.callers.extract_if(.., |caller| !caller.patient) {
			// A caller that is gone needs no answer.
			let _ = caller.answer.send(answer.clone());
		}
	}

	/// Ends a pause that is over, or that a new peer cuts short. Returns whether to ask now; if
	/// not, impatient callers get their answer.
	fn is_due(&mut self, peers: &HashSet<PeerId>, now: Instant) -> bool {
		match self.pause {
			None => {}
			Some(end) if now < end => {
				if peers.iter().all(|peer| self.tried.contains(peer)) {
					self.end_round();
					return false;
				}
				// Another peer has come.
				self.pause = None;
			}
			Some(_) => {
				self.pause = None;
				self.tried.clear();
				self.silent = false;
			}
		}
		true
	}

	/// Notes that this peer does not have the block, or does not answer. Returns whether it was
	/// asked for it.
	fn give_up_on(&mut self, peer: &PeerId) -> bool {
		let was_asked = self.asked.as_ref().is_some_and(|asked| asked.peer == *peer);
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
	/// Time of each peer's last answer to a request.
	heard: HashMap<PeerId, Instant>,
	/// Time at which a peer last missed a deadline, for [`LATE`].
	late: HashMap<PeerId, Instant>,
	/// Peers to ask before others.
	members: HashSet<PeerId>,
}

impl Wants {
	/// Adds a caller, or drops it if too many blocks are wanted, which ends its wait.
	pub(crate) fn add(&mut self, caller: Caller, now: Instant) {
		if self.wants.len() < MAX_WANTS || self.wants.contains_key(&caller.cid) {
			let want = self.wants.entry(caller.cid);
			let want = want.or_insert_with(|| Want::new(now));
			want.callers.push(Waiter { patient: caller.patient, answer: caller.answer });
		}
	}

	/// Returns the requests to send now. Of the peers not yet asked, those that missed no deadline
	/// lately come first, then members, then the one with the fewest open requests. If no peer is
	/// left, impatient callers get their answer.
	pub(crate) fn questions(
		&mut self,
		peers: &HashSet<PeerId>,
		now: Instant,
	) -> HashMap<PeerId, Vec<Cid>> {
		let mut open = self.open(peers);
		let mut questions = HashMap::<PeerId, Vec<Cid>>::new();
		for (cid, want) in &mut self.wants {
			if want.asked.is_some() || !want.is_due(peers, now) {
				continue;
			}
			let untried = open.iter_mut().filter(|(peer, _)| !want.tried.contains(peer));
			let (late, members) = (&self.late, &self.members);
			let best = untried.min_by_key(|(peer, count)| {
				let is_late = late.get(peer).is_some_and(|missed| now < *missed + LATE);
				(is_late, !members.contains(peer), **count)
			});
			match best {
				// The best peers have enough open requests.
				Some((_, count)) if *count >= MAX_OPEN => {}
				Some((peer, count)) => {
					*count += 1;
					want.asked = Some(Asked { peer: *peer, since: now, repeated: false });
					questions.entry(*peer).or_default().push(*cid);
				}
				None if peers.is_empty() => {
					if want.since + ALONE <= now {
						want.silent = true;
						want.end_round();
					}
				}
				None => {
					want.pause = Some(now + ROUND_PAUSE);
					want.end_round();
				}
			}
		}
		self.wants.retain(|_, want| !want.callers.is_empty());
		questions
	}

	/// Returns the number of open requests to each peer.
	fn open(&self, peers: &HashSet<PeerId>) -> HashMap<PeerId, usize> {
		let mut open: HashMap<PeerId, usize> = peers.iter().map(|peer| (*peer, 0)).collect();
		for asked in self.wants.values().filter_map(|want| want.asked.as_ref()) {
			if let Some(count) = open.get_mut(&asked.peer) {
				*count += 1;
			}
		}
		open
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
			let _ = caller.answer.send(Ok(Some(block.clone())));
		}
		if let Some(caller) = first {
			let _ = caller.answer.send(Ok(Some(block)));
		}
		true
	}

	/// Notes that a peer does not have this block. Returns whether it was asked for it.
	pub(crate) fn lacking(&mut self, cid: &Cid, peer: &PeerId) -> bool {
		self.wants.get_mut(cid).is_some_and(|want| want.give_up_on(peer))
	}

	/// Sets the peers that are asked before others.
	pub(crate) fn prefer(&mut self, members: HashSet<PeerId>) {
		self.members = members;
	}

	/// Notes that a peer answered a request.
	pub(crate) fn heard(&mut self, peer: &PeerId, now: Instant) {
		self.heard.insert(*peer, now);
	}

	/// Notes that a peer has connected. It may now have blocks that it lacked when it was last
	/// connected.
	pub(crate) fn come(&mut self, peer: &PeerId) {
		for want in self.wants.values_mut() {
			want.tried.remove(peer);
		}
	}

	/// Forgets a peer that disconnected, and asks others instead.
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
			want.callers.retain(|caller| !caller.answer.is_closed());
			!want.callers.is_empty()
		});
		self.late.retain(|_, missed| now < *missed + LATE);
		let mut late = 0;
		for want in self.wants.values_mut() {
			let Some(Asked { peer, since, .. }) = want.asked else {
				continue;
			};
			let heard = self.heard.get(&peer).map_or(since, |last| since.max(*last));
			if heard + SILENCE <= now || since + PEER_DEADLINE <= now {
				want.give_up_on(&peer);
				want.silent = true;
				late += 1;
				if self.late.len() < MAX_LATE || self.late.contains_key(&peer) {
					self.late.insert(peer, now);
				}
			}
		}
		late
	}

	/// Returns the requests to send a second time: requests to peers that have sent nothing since
	/// they connected. Each is repeated once, because a slow first answer would come twice.
	pub(crate) fn repeats(&mut self, now: Instant) -> HashMap<PeerId, Vec<Cid>> {
		let mut repeats = HashMap::<PeerId, Vec<Cid>>::new();
		for (cid, want) in &mut self.wants {
			let Some(asked) = &mut want.asked else {
				continue;
			};
			if !asked.repeated
				&& asked.since + REPEAT <= now
				&& !self.heard.contains_key(&asked.peer)
			{
				asked.repeated = true;
				repeats.entry(asked.peer).or_default().push(*cid);
			}
		}
		repeats
	}

	pub(crate) fn len(&self) -> usize {
		self.wants.len()
	}
}
