//! The task between litep2p, the node's blocks, and the callers that want blocks.

use crate::{
	fetch::{BitswapHandle, Caller, Wants},
	metrics::Metrics,
	queue::{Entry, Queue, TURN},
	take_source, Source, LOG_TARGET,
};
use futures::{Stream, StreamExt};
use litep2p::{
	protocol::libp2p::bitswap::{
		BitswapEvent, BitswapHandle as Litep2pBitswapHandle, BlockPresenceType, ResponseType,
		WantType,
	},
	PeerId,
};
use sc_client_api::BlockBackend;
use sc_network_sync::{SyncEvent, SyncEventStream};
use sp_runtime::traits::Block as BlockT;
use std::{
	collections::{HashMap, HashSet},
	future::Future,
	pin::Pin,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::Duration,
};
use substrate_prometheus_endpoint::Registry;
use tokio::{
	sync::mpsc,
	task::JoinSet,
	time::{interval, timeout, Instant, MissedTickBehavior},
};

/// Maximum number of turns looked up at a time.
const LOOKUPS: usize = 8;

/// Maximum bytes of blocks in one answer, if it has more than one block.
const ANSWER_BYTES: usize = 2 << 20;

/// Time limit for passing a message to litep2p, which blocks while this task does not take its
/// events.
const HAND_OVER: Duration = Duration::from_secs(10);

/// Interval between checks of deadlines.
const TICK: Duration = Duration::from_secs(1);

/// Minimum interval between log lines about peers that are not admitted.
const NOTICE: Duration = Duration::from_secs(60);

/// Answer, with its recipient.
type Answer = (PeerId, Vec<ResponseType>);

/// Returns the service and the handle for fetching blocks. Call it within
/// [`with_source`](crate::with_source).
///
/// The SDK calls it, with the chain's client and its choice of registry. The client's blocks are
/// not served.
pub fn start<B: BlockT, S>(
	_client: Arc<dyn BlockBackend<B> + Send + Sync>,
	sync: &S,
	network: Litep2pBitswapHandle,
	registry: Option<&Registry>,
) -> (Pin<Box<dyn Future<Output = ()> + Send>>, BitswapHandle)
where
	S: SyncEventStream + ?Sized,
{
	let source = take_source().unwrap_or_else(|| {
		log::error!(target: LOG_TARGET, "the node passed no source of blocks: none are served");
		Arc::new(Nothing)
	});
	let (service, handle) = Service::new(source, sync.event_stream("bitswap"), network, registry);
	(Box::pin(service.run()), handle)
}

/// Source without blocks, which admits nobody.
struct Nothing;

impl Source for Nothing {
	fn admits(&self, _: &crate::PeerId) -> bool {
		false
	}

	fn block(&self, _: &crate::Cid) -> Option<Vec<u8>> {
		None
	}

	fn has(&self, _: &crate::Cid) -> bool {
		false
	}
}

pub(crate) struct Service {
	source: Arc<dyn Source>,
	syncing: Pin<Box<dyn Stream<Item = SyncEvent> + Send>>,
	network: Litep2pBitswapHandle,
	callers: mpsc::Receiver<Caller>,
	/// Nodes that this one synchronises with.
	peers: HashSet<PeerId>,
	/// Number of peers that have come, for callers that wait for one.
	arrivals: Arc<AtomicU64>,
	wants: Wants,
	queue: Queue,
	lookups: JoinSet<()>,
	answers: (mpsc::Sender<Answer>, mpsc::Receiver<Answer>),
	metrics: Option<Metrics>,
	noticed: Option<Instant>,
}

impl Service {
	pub(crate) fn new(
		source: Arc<dyn Source>,
		syncing: Pin<Box<dyn Stream<Item = SyncEvent> + Send>>,
		network: Litep2pBitswapHandle,
		registry: Option<&Registry>,
	) -> (Self, BitswapHandle) {
		let (handle, callers) = BitswapHandle::new();
		let metrics = Metrics::new(registry)
			.inspect_err(|error| log::warn!(target: LOG_TARGET, "Bitswap has no metrics: {error}"))
			.ok();
		let service = Self {
			source,
			syncing,
			network,
			callers,
			peers: HashSet::new(),
			arrivals: handle.arrivals.clone(),
			wants: Wants::default(),
			queue: Queue::default(),
			lookups: JoinSet::new(),
			// A lookup waits until there is room, which bounds the answers in memory.
			answers: mpsc::channel(LOOKUPS),
			metrics,
			noticed: None,
		};
		(service, handle)
	}

	/// Runs until the network ends.
	pub(crate) async fn run(mut self) {
		let mut ticks = interval(TICK);
		ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
		let mut callers_left = true;
		loop {
			tokio::select! {
				event = self.network.next() => match event {
					Some(BitswapEvent::Request { peer, cids }) => self.requested(peer, cids),
					Some(BitswapEvent::Response { peer, responses }) => self.answered(peer, responses),
					None => return,
				},
				event = self.syncing.next() => match event {
					Some(event) => self.synchronises(event),
					None => return,
				},
				caller = self.callers.recv(), if callers_left => match caller {
					Some(caller) => self.wants.add(caller, Instant::now()),
					None => callers_left = false,
				},
				Some((peer, answer)) = self.answers.1.recv() => self.give(peer, answer).await,
				Some(_) = self.lookups.join_next() => {}
				_ = ticks.tick() => {
					let late = self.wants.tidy(Instant::now());
					self.count(|metrics| metrics.late.inc_by(late as u64));
					self.prefer_members();
					let repeats = self.wants.repeats(Instant::now());
					self.send(repeats).await;
				}
			}
			self.look_up();
			self.ask().await;
		}
	}

	fn count(&self, count: impl FnOnce(&Metrics)) {
		if let Some(metrics) = &self.metrics {
			count(metrics);
		}
	}

	/// Notes that a node connected or disconnected. A light client has no blocks.
	fn synchronises(&mut self, event: SyncEvent) {
		match event {
			SyncEvent::PeerConnected { peer_id, roles } if !roles.is_light() => {
				let peer = peer_id.into();
				self.peers.insert(peer);
				self.prefer_members();
				self.wants.come(&peer);
				self.arrivals.fetch_add(1, Ordering::Relaxed);
			}
			SyncEvent::PeerConnected { .. } => {}
			SyncEvent::PeerDisconnected(peer) => {
				let peer = peer.into();
				self.peers.remove(&peer);
				self.wants.gone(&peer);
			}
		}
	}

	/// Has blocks requested from the consortium's storage nodes first: other nodes seldom have
	/// them.
	fn prefer_members(&mut self) {
		let members = self.peers.iter().copied();
		let members = members.filter(|peer| self.source.admits(&(*peer).into())).collect();
		self.wants.prefer(members);
	}

	/// Queues a peer's request. A peer that is not admitted gets no answer: litep2p sends to one
	/// peer at a time, so a peer that does not read would delay the members.
	fn requested(&mut self, peer: PeerId, entries: Vec<Entry>) {
		if self.source.admits(&peer.into()) {
			let left_out = self.queue.add(peer, entries);
			if left_out > 0 {
				self.count(|metrics| metrics.left_out.inc_by(left_out as u64));
				log::debug!(target: LOG_TARGET, "{peer} requests {left_out} blocks more than it may at a time");
			}
			return;
		}
		self.count(|metrics| metrics.refused.inc());
		let now = Instant::now();
		if self.noticed.is_none_or(|last| now >= last + NOTICE) {
			self.noticed = Some(now);
			log::warn!(
				target: LOG_TARGET,
				"Peer {peer} asks for blocks, and is not a storage node of the consortium: it gets none. If it is one of yours, \
				 admit its storage account, or start this node with `--serve-peer {peer}`.",
			);
		}
	}

	/// Starts looking up queued entries, up to [`LOOKUPS`] turns at a time.
	fn look_up(&mut self) {
		while self.lookups.len() < LOOKUPS {
			let Some((peer, entries)) = self.queue.next() else {
				return;
			};
			let source = self.source.clone();
			let answers = self.answers.0.clone();
			self.lookups.spawn_blocking(move || {
				look_up(&*source, entries, |answer| answers.blocking_send((peer, answer)).is_ok())
			});
		}
	}

	/// Sends an answer to a peer, if it is still admitted.
	async fn give(&mut self, peer: PeerId, answer: Vec<ResponseType>) {
		if !self.source.admits(&peer.into()) {
			return;
		}
		let blocks = answer.iter().filter_map(|response| match response {
			ResponseType::Block { block, .. } => Some(block.len() as u64),
			ResponseType::Presence { .. } => None,
		});
		let (count, bytes) =
			blocks.fold((0, 0), |(count, bytes), length| (count + 1, bytes + length));
		let sent = timeout(HAND_OVER, self.network.send_response(peer, answer)).await;
		match sent {
			Ok(()) => self.count(|metrics| {
				metrics.served.inc_by(count);
				metrics.served_bytes.inc_by(bytes);
			}),
			// The peer will ask again.
			Err(_) => {
				log::warn!(target: LOG_TARGET, "the network is congested: {peer} was not answered")
			}
		}
	}

	/// Requests wanted blocks from peers.
	async fn ask(&mut self) {
		let questions = self.wants.questions(&self.peers, Instant::now());
		self.count(|metrics| metrics.wanted.set(self.wants.len() as u64));
		self.send(questions).await;
	}

	/// Sends requests to peers.
	async fn send(&mut self, questions: HashMap<PeerId, Vec<crate::Cid>>) {
		for (peer, cids) in questions {
			for some in cids.chunks(TURN) {
				let wanted = some.iter().map(|cid| (*cid, WantType::Block)).collect();
				let sent = timeout(HAND_OVER, self.network.send_request(peer, wanted)).await;
				if sent.is_err() {
					log::warn!(target: LOG_TARGET, "the network is congested: {peer} was not asked");
				}
			}
		}
	}

	/// Handles a peer's answer, whose blocks match their CIDs. Blocks that nobody wants and denials
	/// of blocks that nobody asked for count as silence.
	fn answered(&mut self, peer: PeerId, responses: Vec<ResponseType>) {
		let mut heard = false;
		for response in responses {
			match response {
				ResponseType::Block { cid, block } => {
					if self.wants.arrived(&cid, block) {
						heard = true;
						self.count(|metrics| metrics.fetched.inc());
					}
				}
				ResponseType::Presence { cid, presence: BlockPresenceType::DontHave } => {
					heard |= self.wants.lacking(&cid, &peer);
				}
				// No request of this node asks for presence alone.
				ResponseType::Presence { presence: BlockPresenceType::Have, .. } => {}
			}
		}
		if heard && self.peers.contains(&peer) {
			self.wants.heard(&peer, Instant::now());
		}
	}
}

/// Looks entries up and sends the results, in parts of [`ANSWER_BYTES`]. Ends when `send` returns
/// `false`.
pub(crate) fn look_up(
	source: &dyn Source,
	entries: Vec<Entry>,
	send: impl Fn(Vec<ResponseType>) -> bool,
) {
	let mut answer = Vec::new();
	let mut bytes = 0;
	for (cid, wanted) in entries {
		let presence = |presence| ResponseType::Presence { cid, presence };
		let response = match wanted {
			WantType::Have if source.has(&cid) => presence(BlockPresenceType::Have),
			WantType::Have => presence(BlockPresenceType::DontHave),
			WantType::Block => match source.block(&cid) {
				Some(block) => {
					if !answer.is_empty() && bytes + block.len() > ANSWER_BYTES {
						if !send(std::mem::take(&mut answer)) {
							return;
						}
						bytes = 0;
					}
					bytes += block.len();
					ResponseType::Block { cid, block }
				}
				None => presence(BlockPresenceType::DontHave),
			},
		};
		answer.push(response);
	}
	if !answer.is_empty() {
		send(answer);
	}
}
