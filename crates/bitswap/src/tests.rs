//! Tests of the service with nodes built on litep2p, and of its parts.

use crate::{
	fetch::{
		self, Caller, FetchError, Wants, ALONE, LATE, MAX_OPEN, MAX_WANTS, PEER_DEADLINE, REPEAT,
		ROUND_PAUSE, SILENCE,
	},
	queue::{Queue, MAX_ENTRIES, TURN},
	service::{look_up, Service},
	BitswapHandle, Cid, Source,
};
use futures::StreamExt;
use litep2p::{
	config::ConfigBuilder,
	protocol::libp2p::bitswap::{
		BitswapEvent, BitswapHandle as Asker, BlockPresenceType, Config, ResponseType, WantType,
	},
	transport::tcp::config::Config as Tcp,
	types::multiaddr::Multiaddr,
	Litep2p, Litep2pEvent, PeerId,
};
use multihash_codetable::{Code, MultihashDigest};
use sc_network_common::role::Roles;
use sc_network_sync::SyncEvent;
use std::{
	cell::RefCell,
	collections::{HashMap, HashSet},
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	sync::{mpsc, oneshot, watch},
	time::{timeout, Instant},
};

/// Time limit of any step in these tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// Codec of raw bytes, from the multicodec table.
const RAW: u64 = 0x55;

fn cid(block: &[u8]) -> Cid {
	Cid::new_v1(RAW, Code::Sha2_256.digest(block))
}

/// Blocks in memory, and the peers that may have them.
#[derive(Default)]
struct Shelf {
	blocks: Mutex<HashMap<Cid, Vec<u8>>>,
	admitted: Mutex<HashSet<crate::PeerId>>,
	/// Peers whose requests were refused.
	refused: watch::Sender<Vec<crate::PeerId>>,
}

impl Shelf {
	fn put(&self, block: &[u8]) -> Cid {
		let cid = cid(block);
		self.blocks.lock().unwrap().insert(cid, block.to_vec());
		cid
	}

	fn admit(&self, peer: PeerId) {
		self.admitted.lock().unwrap().insert(peer.into());
	}

	fn dismiss(&self, peer: PeerId) {
		self.admitted.lock().unwrap().remove(&peer.into());
		self.refused.send_modify(Vec::clear);
	}

	/// Waits until a request of this peer has been refused.
	async fn refuses(&self, peer: PeerId) {
		assert!(self.refuses_within(peer, PATIENCE).await);
	}

	async fn refuses_within(&self, peer: PeerId, time: Duration) -> bool {
		let mut refused = self.refused.subscribe();
		let refused = refused.wait_for(|peers| peers.contains(&peer.into()));
		let refused = timeout(time, refused).await;
		refused.is_ok()
	}
}

impl Source for Shelf {
	fn admits(&self, peer: &crate::PeerId) -> bool {
		let admitted = self.admitted.lock().unwrap().contains(peer);
		if !admitted {
			self.refused.send_modify(|peers| peers.push(*peer));
		}
		admitted
	}

	fn block(&self, cid: &Cid) -> Option<Vec<u8>> {
		self.blocks.lock().unwrap().get(cid).cloned()
	}

	fn has(&self, cid: &Cid) -> bool {
		self.blocks.lock().unwrap().contains_key(cid)
	}
}

/// Address to connect to, with the sender to notify once connected.
type Dial = (Multiaddr, oneshot::Sender<()>);

/// Peer that speaks only Bitswap.
struct Peer {
	id: PeerId,
	address: Multiaddr,
	dials: mpsc::Sender<Dial>,
}

impl Peer {
	/// Starts a peer, whose network runs until the test ends.
	fn start() -> (Self, Asker) {
		let (config, asker) = Config::new();
		let tcp = Tcp {
			listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
			..Default::default()
		};
		let config = ConfigBuilder::new()
			.with_tcp(tcp)
			.with_libp2p_bitswap(config)
			// A busy machine may pause for longer than the default.
			.with_keep_alive_timeout(PATIENCE)
			.build();
		let mut network = Litep2p::new(config).unwrap();
		let id = *network.local_peer_id();
		let address = network.listen_addresses().next().unwrap().clone();
		let (dials, mut wanted) = mpsc::channel::<Dial>(8);
		tokio::spawn(async move {
			let mut waiting = HashMap::<PeerId, oneshot::Sender<()>>::new();
			loop {
				tokio::select! {
					event = network.next_event() => match event {
						Some(Litep2pEvent::ConnectionEstablished { peer, .. }) => {
							if let Some(caller) = waiting.remove(&peer) {
								let _ = caller.send(());
							}
						}
						Some(_) => {}
						None => return,
					},
					Some((address, caller)) = wanted.recv() => {
						waiting.insert(PeerId::try_from_multiaddr(&address).unwrap(), caller);
						network.dial_address(address).await.unwrap();
					}
				}
			}
		});
		(Self { id, address, dials }, asker)
	}

	async fn connect(&self, other: &Peer) {
		let (caller, connected) = oneshot::channel();
		let dial = (other.address.clone(), caller);
		self.dials.send(dial).await.unwrap();
		timeout(PATIENCE, connected).await.unwrap().unwrap();
	}
}

/// Node with the service.
struct Node {
	peer: Peer,
	shelf: Arc<Shelf>,
	handle: BitswapHandle,
	syncing: mpsc::UnboundedSender<SyncEvent>,
}

impl Node {
	fn start() -> Self {
		let (peer, network) = Peer::start();
		let shelf = Arc::new(Shelf::default());
		let (syncing, mut events) = mpsc::unbounded_channel();
		let events = Box::pin(futures::stream::poll_fn(move |context| events.poll_recv(context)));
		let (service, handle) = Service::new(shelf.clone(), events, network, None);
		tokio::spawn(service.run());
		Self { peer, shelf, handle, syncing }
	}

	/// Synchronises with another node.
	async fn joins(&self, other: &Node) {
		self.peer.connect(&other.peer).await;
		self.syncs_with(other);
	}

	fn syncs_with(&self, other: &Node) {
		let peer_id = other.peer.id.into();
		let roles = Roles::FULL;
		self.syncing.send(SyncEvent::PeerConnected { peer_id, roles }).unwrap();
	}
}

/// Peer that connects to a node but is not a member.
struct Stranger {
	peer: Peer,
	asker: Asker,
	node: PeerId,
}

impl Stranger {
	/// Connects, and sends requests until the first one has arrived.
	///
	/// litep2p drops a request that is made before its Bitswap has noticed the connection, and on a
	/// busy machine the test notices it first. A node repeats requests, so the test must as well.
	/// It waits long enough that no earlier request is still under way when one is refused.
	async fn at(node: &Node) -> Self {
		let (peer, asker) = Peer::start();
		peer.connect(&node.peer).await;
		let stranger = Self { peer, asker, node: node.peer.id };
		let id = stranger.peer.id;
		let end = Instant::now() + PATIENCE;
		loop {
			stranger.asks(&[(cid(b"first"), WantType::Have)]).await;
			if node.shelf.refuses_within(id, Duration::from_secs(10)).await {
				break;
			}
			assert!(Instant::now() < end, "no request arrives");
		}
		node.shelf.refused.send_modify(Vec::clear);
		stranger
	}

	async fn asks(&self, wanted: &[(Cid, WantType)]) {
		self.asker.send_request(self.node, wanted.to_vec()).await;
	}

	async fn hears(&mut self) -> Vec<ResponseType> {
		match timeout(PATIENCE, self.asker.next()).await.unwrap() {
			Some(BitswapEvent::Response { responses, .. }) => responses,
			other => panic!("{other:?}"),
		}
	}
}

fn named(responses: &[ResponseType]) -> Vec<(Cid, Option<BlockPresenceType>)> {
	let one = |response: &ResponseType| match response {
		ResponseType::Block { cid, .. } => (*cid, None),
		ResponseType::Presence { cid, presence } => (*cid, Some(*presence)),
	};
	responses.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_gets_blocks_and_learns_which_are_missing() {
	let node = Node::start();
	let (here, not_here) = (node.shelf.put(b"here"), cid(b"not here"));
	let mut member = Stranger::at(&node).await;
	node.shelf.admit(member.peer.id);
	member
		.asks(&[
			(here, WantType::Have),
			(not_here, WantType::Have),
			(here, WantType::Block),
			(not_here, WantType::Block),
		])
		.await;
	// litep2p sends presences first, then blocks.
	assert_eq!(
		named(&member.hears().await),
		[
			(here, Some(BlockPresenceType::Have)),
			(not_here, Some(BlockPresenceType::DontHave)),
			(not_here, Some(BlockPresenceType::DontHave)),
		]
	);
	assert_eq!(named(&member.hears().await), [(here, None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_get_answers_and_only_while_admitted() {
	let node = Node::start();
	let [first, second, third] = [b"1", b"2", b"3"].map(|block| node.shelf.put(block));
	let mut stranger = Stranger::at(&node).await;
	stranger.asks(&[(first, WantType::Block), (first, WantType::Have)]).await;
	node.shelf.refuses(stranger.peer.id).await;
	node.shelf.admit(stranger.peer.id);
	stranger.asks(&[(second, WantType::Block)]).await;
	assert_eq!(named(&stranger.hears().await), [(second, None)]);

	node.shelf.dismiss(stranger.peer.id);
	stranger.asks(&[(third, WantType::Block)]).await;
	node.shelf.refuses(stranger.peer.id).await;
	node.shelf.admit(stranger.peer.id);
	stranger.asks(&[(second, WantType::Block)]).await;
	assert_eq!(named(&stranger.hears().await), [(second, None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_comes_from_whichever_node_has_it() {
	let [asking, empty, full] = [(); 3].map(|()| Node::start());
	let wanted = full.shelf.put(b"wanted");
	for other in [&empty, &full] {
		asking.joins(other).await;
		other.shelf.admit(asking.peer.id);
	}
	// Several callers want the same block.
	let fetch = || timeout(PATIENCE, asking.handle.fetch(wanted));
	let (one, other) = tokio::join!(fetch(), fetch());
	assert_eq!(one.unwrap().unwrap(), b"wanted");
	assert_eq!(other.unwrap().unwrap(), b"wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_when_every_peer_has_answered() {
	let [asking, empty, other] = [(); 3].map(|()| Node::start());
	for node in [&empty, &other] {
		asking.joins(node).await;
		node.shelf.admit(asking.peer.id);
	}
	let there = other.shelf.put(b"there");
	let handle = &asking.handle;
	// A first request may be dropped, and a busy machine may repeat it too late for a question.
	for (node, block) in [(&empty, b"1"), (&other, b"2")] {
		let first = node.shelf.put(block);
		assert_eq!(timeout(PATIENCE, handle.fetch(first)).await.unwrap().unwrap(), block);
	}
	let ask = |cid| async move {
		let answer = timeout(PATIENCE, handle.ask(cid)).await;
		answer.unwrap().unwrap()
	};
	assert_eq!(ask(there).await.as_deref(), Some(&b"there"[..]));
	assert_eq!(handle.arrivals(), 2);
	// Not after a deadline: a round takes no longer than the answers.
	let start = Instant::now();
	for number in 0..20_u8 {
		assert_eq!(ask(cid(&[number])).await, None);
	}
	assert!(start.elapsed() < 10 * SILENCE, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_request_that_litep2p_dropped_is_repeated() {
	// A busy machine may connect only after the repetition, so there are several attempts.
	for _ in 0..5 {
		let [asking, other] = [(); 2].map(|()| Node::start());
		other.shelf.admit(asking.peer.id);
		let there = other.shelf.put(b"there");
		// The service learns of the peer before litep2p can reach it.
		asking.syncs_with(&other);
		let handle = asking.handle.clone();
		let answer = tokio::spawn(async move { timeout(PATIENCE, handle.ask(there)).await });
		tokio::time::sleep(Duration::from_millis(200)).await;
		asking.peer.connect(&other.peer).await;
		let answer = answer.await.unwrap().unwrap();
		if answer != Err(FetchError::Silent) {
			assert_eq!(answer.unwrap().as_deref(), Some(&b"there"[..]));
			return;
		}
	}
	panic!("the request is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_arrives_once_a_node_that_has_it_connects() {
	let [asking, empty, late] = [(); 3].map(|()| Node::start());
	asking.joins(&empty).await;
	empty.shelf.admit(asking.peer.id);
	late.shelf.admit(asking.peer.id);
	let wanted = late.shelf.put(b"wanted");
	let handle = asking.handle.clone();
	let fetched = tokio::spawn(async move { timeout(PATIENCE, handle.fetch(wanted)).await });
	asking.joins(&late).await;
	assert_eq!(fetched.await.unwrap().unwrap().unwrap(), b"wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_fails_when_the_network_has_ended() {
	let (handle, callers) = BitswapHandle::new();
	drop(callers);
	assert_eq!(handle.fetch(cid(b"any")).await, Err(FetchError::Closed));
}

#[test]
fn long_answers_are_split() {
	let shelf = Shelf::default();
	let blocks: Vec<_> = (0..5u8).map(|byte| vec![byte; 1 << 20]).collect();
	let mut entries: Vec<_> =
		blocks.iter().map(|block| (shelf.put(block), WantType::Block)).collect();
	entries.push((cid(b"absent"), WantType::Block));
	let answers = RefCell::new(Vec::new());
	look_up(&shelf, entries.clone(), |answer| {
		answers.borrow_mut().push(answer.len());
		true
	});
	assert_eq!(*answers.borrow(), [2, 2, 2]);

	// Lookups stop when nothing can be sent to the peer.
	answers.borrow_mut().clear();
	look_up(&shelf, entries, |answer| {
		answers.borrow_mut().push(answer.len());
		false
	});
	assert_eq!(*answers.borrow(), [2]);
}

#[test]
fn without_a_source_nothing_is_served_and_it_is_taken_once() {
	assert!(crate::take_source().is_none());
	let shelf: Arc<dyn Source> = Arc::new(Shelf::default());
	crate::with_source(shelf.clone(), || {
		assert!(crate::take_source().is_some_and(|source| Arc::ptr_eq(&source, &shelf)));
		assert!(crate::take_source().is_none());
	});
	crate::with_source(shelf, || ());
	assert!(crate::take_source().is_none());
}

#[test]
fn each_peer_gets_its_turn() {
	let [greedy, modest] = [PeerId::random(), PeerId::random()];
	let entries = |count: usize| vec![(cid(b"any"), WantType::Block); count];
	let mut queue = Queue::default();
	assert_eq!(queue.add(greedy, entries(MAX_ENTRIES + 5)), 5);
	assert_eq!(queue.add(greedy, entries(1)), 1);
	assert_eq!(queue.add(modest, entries(1)), 0);
	assert_eq!(queue.add(modest, entries(0)), 0);
	let mut turns = std::iter::from_fn(|| queue.next()).map(|(peer, turn)| (peer, turn.len()));
	assert_eq!(turns.next(), Some((greedy, TURN)));
	assert_eq!(turns.next(), Some((modest, 1)));
	let rest: Vec<_> = turns.collect();
	assert_eq!(rest, vec![(greedy, TURN); MAX_ENTRIES / TURN - 1]);
}

type Answer = oneshot::Receiver<fetch::Answer>;

fn caller(cid: Cid) -> (Caller, Answer) {
	let (answer, block) = oneshot::channel();
	let patient = true;
	(Caller { cid, patient, answer }, block)
}

/// One who asks whether anybody has a block.
fn asker(cid: Cid) -> (Caller, Answer) {
	let (caller, block) = caller(cid);
	let patient = false;
	(Caller { patient, ..caller }, block)
}

/// Returns the peer that is asked for the single block.
fn asked(wants: &mut Wants, peers: &HashSet<PeerId>, now: Instant) -> Option<PeerId> {
	let questions = wants.questions(peers, now);
	assert!(questions.values().all(|cids| cids.len() == 1));
	questions.into_keys().next()
}

#[test]
fn peers_are_asked_one_after_another_and_again_after_a_pause() {
	let peers = HashSet::from([PeerId::random(), PeerId::random()]);
	let (mut wants, wanted, mut now) = (Wants::default(), cid(b"wanted"), Instant::now());
	let (caller, mut block) = caller(wanted);
	wants.add(caller, Instant::now());
	let first = asked(&mut wants, &peers, now).unwrap();
	assert_eq!(asked(&mut wants, &peers, now), None, "it is being asked");

	// The first peer does not have it; other peers' answers do not count; the second is silent.
	wants.lacking(&wanted, &PeerId::random());
	assert_eq!(asked(&mut wants, &peers, now), None);
	wants.lacking(&wanted, &first);
	let second = asked(&mut wants, &peers, now).unwrap();
	assert_ne!(first, second);
	assert_eq!(wants.tidy(now), 0);
	now += SILENCE;
	assert_eq!(wants.tidy(now), 1);

	assert_eq!(asked(&mut wants, &peers, now), None, "all were asked");
	now += ROUND_PAUSE;
	let third = asked(&mut wants, &peers, now).unwrap();
	// A peer that disconnects is not waited for.
	wants.gone(&third);
	assert!(asked(&mut wants, &peers, now).is_some_and(|fourth| fourth != third));

	// A late answer still counts.
	assert!(wants.arrived(&wanted, b"wanted".to_vec()));
	assert_eq!(block.try_recv().unwrap(), Ok(Some(b"wanted".to_vec())));
	assert!(!wants.arrived(&wanted, b"wanted".to_vec()));
}

#[test]
fn the_first_request_to_a_new_peer_is_repeated_once() {
	let peer = PeerId::random();
	let peers = HashSet::from([peer]);
	let (mut wants, one, two, mut now) =
		(Wants::default(), cid(b"one"), cid(b"two"), Instant::now());
	let (caller_of_one, _one) = caller(one);
	wants.add(caller_of_one, now);
	assert_eq!(asked(&mut wants, &peers, now), Some(peer));
	assert!(wants.repeats(now).is_empty(), "the peer has time to answer");
	now += REPEAT;
	assert_eq!(wants.repeats(now), HashMap::from([(peer, vec![one])]));
	now += REPEAT;
	assert!(wants.repeats(now).is_empty(), "it was repeated");

	wants.heard(&peer, now);
	let (caller_of_two, _two) = caller(two);
	wants.add(caller_of_two, now);
	assert_eq!(asked(&mut wants, &peers, now), Some(peer));
	assert!(wants.repeats(now + REPEAT).is_empty(), "the peer can be reached");
	wants.gone(&peer);
	wants.come(&peer);
	assert_eq!(wants.questions(&peers, now)[&peer].len(), 2);
	now += REPEAT;
	let repeats = wants.repeats(now);
	assert_eq!(repeats[&peer].len(), 2, "a new connection may drop them again");
}

#[test]
fn a_caller_that_asks_gets_an_answer_after_a_round() {
	let [one, two] = [PeerId::random(), PeerId::random()];
	let peers = HashSet::from([one, two]);
	let (mut wants, wanted, start) = (Wants::default(), cid(b"wanted"), Instant::now());
	let (waiting, mut block) = caller(wanted);
	let (asking, mut answer) = asker(wanted);
	wants.add(waiting, start);
	wants.add(asking, start);
	let first = asked(&mut wants, &peers, start).unwrap();
	wants.lacking(&wanted, &first);
	let second = asked(&mut wants, &peers, start).unwrap();
	assert!(answer.try_recv().is_err(), "one has not said anything");
	wants.lacking(&wanted, &second);
	assert_eq!(asked(&mut wants, &peers, start), None);
	assert_eq!(answer.try_recv().unwrap(), Ok(None));

	// In the pause, at once.
	let (asking, mut answer) = asker(wanted);
	wants.add(asking, start);
	asked(&mut wants, &peers, start);
	assert_eq!(answer.try_recv().unwrap(), Ok(None));

	// But not before a peer is asked that comes again in the pause.
	let (asking, mut answer) = asker(wanted);
	wants.add(asking, start);
	wants.come(&first);
	assert_eq!(asked(&mut wants, &peers, start), Some(first));
	assert!(answer.try_recv().is_err());
	wants.lacking(&wanted, &first);
	asked(&mut wants, &peers, start);
	assert_eq!(answer.try_recv().unwrap(), Ok(None));

	// A peer that does not answer has not said that it does not have it.
	let (asking, mut answer) = asker(wanted);
	let later = start + ROUND_PAUSE;
	wants.add(asking, later);
	let first = asked(&mut wants, &peers, later).unwrap();
	wants.lacking(&wanted, &first);
	asked(&mut wants, &peers, later).unwrap();
	assert_eq!(wants.tidy(later + SILENCE), 1);
	assert_eq!(asked(&mut wants, &peers, later + SILENCE), None);
	assert_eq!(answer.try_recv().unwrap(), Err(FetchError::Silent));
	assert_eq!(wants.len(), 1);
	assert!(wants.arrived(&wanted, b"wanted".to_vec()));
	assert_eq!(block.try_recv().unwrap(), Ok(Some(b"wanted".to_vec())));
}

#[test]
fn a_node_without_peers_looks_for_one_for_a_moment() {
	let (mut wants, wanted, start) = (Wants::default(), cid(b"wanted"), Instant::now());
	let (asking, mut answer) = asker(wanted);
	wants.add(asking, start);
	asked(&mut wants, &HashSet::new(), start);
	assert!(answer.try_recv().is_err());
	asked(&mut wants, &HashSet::new(), start + ALONE);
	assert_eq!(answer.try_recv().unwrap(), Err(FetchError::Silent));
	assert_eq!(wants.len(), 0, "nobody waits for it");
}

#[test]
fn questions_are_spread_over_the_peers() {
	let peers: HashSet<_> = (0..4).map(|_| PeerId::random()).collect();
	let mut wants = Wants::default();
	let _blocks: Vec<_> = (0..40u8)
		.map(|byte| {
			let (caller, block) = caller(cid(&[byte]));
			wants.add(caller, Instant::now());
			block
		})
		.collect();
	let questions = wants.questions(&peers, Instant::now());
	assert_eq!(questions.len(), 4);
	assert!(questions.values().all(|cids| cids.len() == 10));
}

#[test]
fn a_slow_peer_is_asked_only_for_what_it_can_deliver() {
	let slow = PeerId::random();
	let peers = HashSet::from([slow]);
	let start = Instant::now();
	let (mut wants, mut now) = (Wants::default(), start);
	let mut blocks: Vec<_> = (0..40u8)
		.map(|byte| {
			let (caller, block) = caller(cid(&[byte]));
			wants.add(caller, Instant::now());
			block
		})
		.collect();
	let first = wants.questions(&peers, now).remove(&slow).unwrap();
	assert_eq!(first.len(), MAX_OPEN);
	assert!(wants.questions(&peers, now).is_empty());

	// While it delivers blocks one by one, it is waited for, and asked for one more each time.
	for cid in &first[..6] {
		now += SILENCE / 2;
		wants.heard(&slow, now);
		assert!(wants.arrived(cid, vec![]));
		assert_eq!(wants.tidy(now), 0);
		assert_eq!(wants.questions(&peers, now)[&slow].len(), 1);
	}
	// The deadline holds regardless of what else it sends.
	while now < start + PEER_DEADLINE {
		now += SILENCE / 2;
		wants.heard(&slow, now);
	}
	assert_eq!(wants.tidy(now), MAX_OPEN - 6);
	blocks.clear();
}

/// Adds these blocks, and returns the peers that are asked for them.
fn asked_for(
	wants: &mut Wants,
	numbers: std::ops::Range<u8>,
	peers: &HashSet<PeerId>,
	now: Instant,
) -> (HashSet<PeerId>, Vec<Answer>) {
	let add = |number| {
		let (caller, block) = caller(cid(&[number]));
		wants.add(caller, now);
		block
	};
	let blocks = numbers.map(add).collect();
	(wants.questions(peers, now).into_keys().collect(), blocks)
}

#[test]
fn a_peer_that_missed_a_deadline_is_asked_last() {
	let [late, other] = [PeerId::random(), PeerId::random()];
	let peers = HashSet::from([late, other]);
	let (mut wants, start) = (Wants::default(), Instant::now());
	let (_, _first) = asked_for(&mut wants, 0..1, &HashSet::from([late]), start);
	// A peer that denies what it was not asked for has not answered.
	assert!(!wants.lacking(&cid(b"other"), &late));
	let now = start + SILENCE;
	assert_eq!(wants.tidy(now), 1);
	// The peer connects again, and still counts as late.
	wants.gone(&late);
	wants.come(&late);
	let (asked, _blocks) = asked_for(&mut wants, 1..10, &peers, now);
	assert_eq!(asked, HashSet::from([other]));
	let (asked, _more) = asked_for(&mut wants, 10..12, &peers, now + LATE);
	assert_eq!(asked, HashSet::from([late]), "it has fewer open requests");
}

#[test]
fn members_are_asked_before_others() {
	let [member, other] = [PeerId::random(), PeerId::random()];
	let peers = HashSet::from([member, other]);
	let (mut wants, now) = (Wants::default(), Instant::now());
	wants.prefer(HashSet::from([member]));
	let (asked, _blocks) = asked_for(&mut wants, 0..10, &peers, now);
	assert_eq!(asked, HashSet::from([member]));
	for number in 0..10 {
		assert!(wants.lacking(&cid(&[number]), &member));
	}
	assert_eq!(asked_for(&mut wants, 0..0, &peers, now).0, HashSet::from([other]));
}

#[test]
fn blocks_that_nobody_waits_for_are_not_requested() {
	let peers = HashSet::from([PeerId::random()]);
	let mut wants = Wants::default();
	let (caller, block) = caller(cid(b"wanted"));
	wants.add(caller, Instant::now());
	drop(block);
	wants.tidy(Instant::now());
	assert_eq!(asked(&mut wants, &peers, Instant::now()), None);
	assert_eq!(wants.len(), 0);
}

#[tokio::test]
async fn wants_beyond_the_limit_are_refused() {
	let mut wants = Wants::default();
	let blocks: Vec<_> = (0..MAX_WANTS)
		.map(|number| {
			let (caller, block) = caller(cid(&number.to_be_bytes()));
			wants.add(caller, Instant::now());
			block
		})
		.collect();
	let (one_too_many, refused) = caller(cid(b"one too many"));
	wants.add(one_too_many, Instant::now());
	assert!(refused.await.is_err());
	// A block that is wanted already may get more callers.
	let (another, mut waits) = caller(cid(&0usize.to_be_bytes()));
	wants.add(another, Instant::now());
	assert!(waits.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
	assert_eq!(wants.len(), MAX_WANTS);
	drop(blocks);
}
