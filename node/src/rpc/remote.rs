//! Blocks from other nodes for clients of this one, limited in kind and number.
//!
//! A request to other nodes costs them and the network something, and anyone can be a client. So
//! this node requests only blocks that belong to a record: roots that the chain knows, and blocks
//! that a served block links to. Clients read from the root down, so they notice nothing of it.
//!
//! Each connection may have [`PER_CONNECTION`] requests open, and all together [`REQUESTS`], in
//! [turns](Turns). After one second, an unanswered request gives way to a waiting connection that
//! has fewer.
//!
//! A block that no node returned is not requested again for ten seconds. If every other node said
//! that it lacks the block, it is requested again only when it may have appeared: a node has
//! connected, or the chain names other holders of the root. A root without holders on the chain is
//! never requested.
//!
//! The node remembers known blocks for each connection, so that no client can make it forget
//! another's. It also remembers them for all connections together, for clients that open a new
//! connection for each call.

use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use super::turns::Turns;
use jsonrpsee::{ConnectionId, Extensions};
use parking_lot::Mutex;
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	unixfs::FileNode,
	Cid,
};
use tokio::time::{timeout, timeout_at};

/// Maximum number of blocks requested at a time for all clients together. At most 32 MiB are in
/// transit.
const REQUESTS: usize = 32;

/// Maximum number of these for one connection.
const PER_CONNECTION: usize = 4;

/// Time limits of requests and of memory.
#[derive(Clone, Copy)]
struct Pace {
	/// Time limit of one request to the other nodes, including the wait for its turn.
	asking: Duration,
	/// Time after which a request gives way to a waiting connection that has fewer. After that,
	/// this is checked every quarter of it.
	slice: Duration,
	/// Time for which a block that nobody had counts as missing in any case.
	missed: Duration,
	/// The same for a block below a root, whose holders are unknown, unless a node connects.
	missed_below: Duration,
	/// The same for a root, unless its holders change.
	missed_root: Duration,
}

const PACE: Pace = Pace {
	asking: Duration::from_secs(10),
	slice: Duration::from_secs(1),
	missed: Duration::from_secs(10),
	missed_below: Duration::from_secs(60),
	missed_root: Duration::from_secs(600),
};

/// Maximum number of missing blocks that are remembered.
const MOST_MISSED: usize = 16_384;

/// Maximum number of connections that are remembered, and of blocks for each: more than a file of
/// 16 GiB has.
const MOST_CONNECTIONS: usize = 512;
const MOST_KNOWN: usize = 32_768;

/// Maximum size of each of the two sets of blocks that are remembered for all connections together.
const MOST_SHARED: usize = 262_144;

const LOG_TARGET: &str = "salus::rpc";

/// Returns a shortened CID. A collision costs one unnecessary request.
fn short(cid: &Cid) -> u64 {
	let digest = cid.digest();
	u64::from_le_bytes([
		digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
	])
}

struct Connection {
	known: HashSet<u64>,
	used: Instant,
}

/// Block that nobody had.
#[derive(Clone, Copy)]
struct Missed {
	since: Instant,
	/// Digest of the block's holders on the chain, if it is a root.
	holders: Option<u64>,
	/// Value of [`BlockSource::arrivals`] at the time.
	arrivals: u64,
	/// Whether every other node said that it does not have it.
	sure: bool,
}

#[derive(Default)]
struct State {
	connections: HashMap<usize, Connection>,
	/// Newer and older blocks known to all connections.
	shared: [HashSet<u64>; 2],
	missed: HashMap<Cid, Missed>,
}

impl State {
	fn connection(&mut self, id: usize) -> &mut Connection {
		if self.connections.len() >= MOST_CONNECTIONS && !self.connections.contains_key(&id) {
			let oldest = self.connections.iter().min_by_key(|(_, known)| known.used);
			if let Some(id) = oldest.map(|(id, _)| *id) {
				self.connections.remove(&id);
			}
		}
		let connection = self
			.connections
			.entry(id)
			.or_insert_with(|| Connection { known: HashSet::new(), used: Instant::now() });
		connection.used = Instant::now();
		connection
	}
}

/// Returns the connection of a call.
pub fn connection(extensions: &Extensions) -> usize {
	extensions.get::<ConnectionId>().map_or(0, |id| id.0)
}

/// Other nodes, and the limits of requests to them.
pub struct Remote {
	others: Arc<dyn BlockSource>,
	turns: Turns,
	state: Mutex<State>,
	pace: Pace,
}

impl Remote {
	/// Uses these other nodes.
	pub fn new(others: Arc<dyn BlockSource>) -> Self {
		Self {
			others,
			turns: Turns::new(REQUESTS, PER_CONNECTION),
			state: Mutex::default(),
			pace: PACE,
		}
	}

	/// Returns whether a block is linked from one that was served lately.
	pub fn is_known(&self, connection: usize, cid: &Cid) -> bool {
		let block = short(cid);
		let mut state = self.state.lock();
		state.shared.iter().any(|known| known.contains(&block))
			|| state.connection(connection).known.contains(&block)
	}

	/// Remembers the links of a served block.
	pub fn learn(&self, connection: usize, cid: &Cid, data: &[u8]) {
		if cid.is_raw() {
			return;
		}
		let Ok(node) = FileNode::decode(data) else {
			return;
		};
		let links: Vec<u64> = node.links.iter().map(|link| short(&link.cid)).collect();
		let mut state = self.state.lock();
		let known = &mut state.connection(connection).known;
		if known.len().saturating_add(links.len()) > MOST_KNOWN {
			known.clear();
		}
		known.extend(&links);
		if state.shared[0].len().saturating_add(links.len()) > MOST_SHARED {
			let older = std::mem::take(&mut state.shared[0]);
			state.shared[1] = older;
		}
		state.shared[0].extend(links);
	}

	/// Requests a block from other nodes and checks it against its digest. Failures count as if no
	/// node had it. `holders` is a digest of the holders of a root on the chain, and `None` for a
	/// block below a root.
	pub async fn ask(&self, connection: usize, cid: Cid, holders: Option<u64>) -> Option<Vec<u8>> {
		if self.is_missed(&cid, holders) {
			return None;
		}
		let arrivals = self.others.arrivals();
		let (mut asked, mut answered, mut sure) = (None, false, false);
		let question = async {
			let _permit = self.turns.acquire(connection).await?;
			// Another request may have been answered while this one waited.
			if self.is_missed(&cid, holders) {
				return None;
			}
			asked = Some(Instant::now());
			let answer = self.patiently(connection, cid).await?;
			answered = true;
			sure = matches!(answer, Ok(None));
			answer
				.inspect_err(
					|error| log::debug!(target: LOG_TARGET, "cannot fetch block {cid} from other nodes: {error}"),
				)
				.ok()
				.flatten()
				.filter(|block| cid.verify(block).is_ok())
		};
		let block = timeout(self.pace.asking, question).await.ok().flatten();
		// Nodes that had little time to answer have not denied having it.
		let late = |since: Instant| since.elapsed() >= self.pace.asking / 2;
		if block.is_none() && (answered || asked.is_some_and(late)) {
			self.miss(cid, Missed { since: Instant::now(), holders, arrivals, sure });
		}
		block
	}

	/// Returns the other nodes' answer, or `None` if it is late and another connection's turn has
	/// come.
	async fn patiently(
		&self,
		connection: usize,
		cid: Cid,
	) -> Option<Result<Option<Vec<u8>>, BoxError>> {
		let mut question = self.others.get(cid);
		let mut next_check = tokio::time::Instant::now() + self.pace.slice;
		loop {
			match timeout_at(next_check, &mut question).await {
				Ok(answer) => return Some(answer),
				Err(_) if self.turns.is_owed(connection) => return None,
				Err(_) => next_check += self.pace.slice / 4,
			}
		}
	}

	/// Returns whether nobody had a block a short while ago.
	pub fn is_missed_lately(&self, cid: &Cid) -> bool {
		let state = self.state.lock();
		let missed = state.missed.get(cid);
		missed.is_some_and(|missed| missed.since.elapsed() < self.pace.missed)
	}

	/// Returns whether nobody had a block, and nothing happened since that could have made it
	/// available.
	fn is_missed(&self, cid: &Cid, holders: Option<u64>) -> bool {
		let Some(missed) = self.state.lock().missed.get(cid).copied() else {
			return false;
		};
		let age = missed.since.elapsed();
		let unchanged = (holders, self.others.arrivals()) == (missed.holders, missed.arrivals);
		age < self.pace.missed || (unchanged && age < self.kept(&missed))
	}

	/// Returns the maximum time for which a block counts as missing.
	fn kept(&self, missed: &Missed) -> Duration {
		match missed.holders {
			_ if !missed.sure => self.pace.missed,
			Some(_) => self.pace.missed_root,
			None => self.pace.missed_below,
		}
	}

	fn miss(&self, cid: Cid, missed: Missed) {
		let mut state = self.state.lock();
		if state.missed.len() >= MOST_MISSED {
			state.missed.retain(|_, missed| missed.since.elapsed() < self.kept(missed));
			if state.missed.len() >= MOST_MISSED {
				state.missed.clear();
			}
		}
		state.missed.insert(cid, missed);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{future::BoxFuture, FutureExt};
	use salus_ipfs::Codec;
	use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

	/// Other nodes that have nothing and answer slowly.
	#[derive(Default)]
	struct Slow {
		now: AtomicUsize,
		most: AtomicUsize,
		asked: AtomicUsize,
		arrivals: AtomicU64,
	}

	impl BlockSource for Slow {
		fn get(&self, _: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
			async move {
				self.asked.fetch_add(1, Ordering::SeqCst);
				let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
				self.most.fetch_max(now, Ordering::SeqCst);
				tokio::time::sleep(Duration::from_millis(20)).await;
				self.now.fetch_sub(1, Ordering::SeqCst);
				Ok(None)
			}
			.boxed()
		}

		fn arrivals(&self) -> u64 {
			self.arrivals.load(Ordering::SeqCst)
		}
	}

	fn cid(number: u32) -> Cid {
		Cid::of(Codec::Raw, &number.to_le_bytes())
	}

	#[tokio::test]
	async fn requests_are_limited_per_connection_and_in_all() {
		for (connections, most) in [(1, PER_CONNECTION), (3, 3 * PER_CONNECTION), (20, REQUESTS)] {
			let others = Arc::new(Slow::default());
			let remote = Remote::new(others.clone());
			let questions =
				(0..200).map(|number| remote.ask(number % connections, cid(number as u32), None));
			futures::future::join_all(questions).await;
			assert_eq!(others.most.load(Ordering::SeqCst), most);
		}
	}

	#[tokio::test]
	async fn a_missing_block_is_not_requested_again_at_once() {
		let others = Arc::new(Slow::default());
		let remote = Remote::new(others.clone());
		for connection in 0..50 {
			remote.ask(connection, cid(1), None).await;
		}
		assert_eq!(others.asked.load(Ordering::SeqCst), 1);
		remote.ask(7, cid(2), None).await;
		assert_eq!(others.asked.load(Ordering::SeqCst), 2);
		let missed = Missed { since: Instant::now(), holders: None, arrivals: 0, sure: true };
		for number in 0..2 * MOST_MISSED as u32 {
			remote.miss(cid(number), missed);
		}
		assert!(remote.state.lock().missed.len() <= MOST_MISSED);
	}

	#[tokio::test]
	async fn a_missing_block_is_requested_when_it_may_have_come() {
		let others = Arc::new(Slow::default());
		let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3600));
		let pace = Pace { missed: minute, missed_below: hour, missed_root: hour, ..PACE };
		let remote = Remote { pace, ..Remote::new(others.clone()) };
		let asked = || others.asked.load(Ordering::SeqCst);
		let (root, block) = (cid(1), cid(2));
		for holders in [7, 8] {
			assert_eq!(remote.ask(0, root, Some(holders)).await, None);
		}
		remote.ask(0, block, None).await;
		assert_eq!(asked(), 2, "not at first, in any case");
		assert!(remote.is_missed_lately(&root));

		// Two minutes pass.
		for missed in remote.state.lock().missed.values_mut() {
			missed.since = missed.since.checked_sub(2 * pace.missed).unwrap();
		}
		assert!(!remote.is_missed_lately(&root));
		for _ in 0..3 {
			remote.ask(0, root, Some(7)).await;
			remote.ask(0, block, None).await;
		}
		assert_eq!(asked(), 2, "not later, because nothing has happened");
		remote.ask(0, root, Some(8)).await;
		assert_eq!(asked(), 3, "it has another holder");
		others.arrivals.fetch_add(1, Ordering::SeqCst);
		remote.ask(0, root, Some(8)).await;
		assert_eq!(asked(), 3);
		remote.ask(0, block, None).await;
		assert_eq!(asked(), 4, "a node has connected");
	}

	/// Other nodes that have the odd blocks, and never answer about the rest.
	#[derive(Default)]
	struct Silent {
		asked: AtomicUsize,
	}

	impl BlockSource for Silent {
		fn get(&self, wanted: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
			async move {
				self.asked.fetch_add(1, Ordering::SeqCst);
				let block = (1_u32..100).step_by(2).map(u32::to_le_bytes);
				let mut there = block.filter(|block| Cid::of(Codec::Raw, block) == wanted);
				match there.next() {
					Some(block) => Ok(Some(block.to_vec())),
					None => std::future::pending().await,
				}
			}
			.boxed()
		}
	}

	#[tokio::test]
	async fn a_flood_for_missing_blocks_delays_others_little() {
		const FLOOD: usize = 80;
		// One second of the node takes 100 ms here, and a request that never gives way a minute.
		let pace =
			Pace { asking: Duration::from_secs(60), slice: Duration::from_millis(100), ..PACE };
		let others = Arc::new(Silent::default());
		let remote = Arc::new(Remote { pace, ..Remote::new(others.clone()) });
		let asked = || others.asked.load(Ordering::SeqCst);
		// These connections endlessly request 128 roots that nobody has.
		let flood: Vec<_> = (0..FLOOD as u32)
			.map(|connection| {
				let remote = remote.clone();
				tokio::spawn(async move {
					for round in 0.. {
						let asks = (0..8).map(|number| {
							let ghost = 1000 + 2 * ((connection * 8 + number + round) % 128);
							remote.ask(connection as usize, cid(ghost), Some(u64::from(round)))
						});
						futures::future::join_all(asks).await;
						tokio::task::yield_now().await;
					}
				})
			})
			.collect();
		tokio::time::sleep(Duration::from_millis(50)).await;
		let mut quickest = pace.asking;
		for (reader, number) in (1_u32..20).step_by(2).enumerate() {
			let (start, before) = (Instant::now(), asked());
			let block = remote.ask(100 + reader, cid(number), Some(1)).await;
			assert_eq!(block, Some(number.to_le_bytes().to_vec()));
			// At most one turn of each connection comes first, beside the requests that were about
			// to begin. The time for this depends on the machine.
			let turns = asked() - before - 1;
			assert!(turns <= FLOOD + 2 * REQUESTS, "{turns} requests came before");
			quickest = quickest.min(start.elapsed());
		}
		// Three slices until all connections had their turn, and the time that the machine needs.
		assert!(quickest < 20 * pace.slice, "{quickest:?}");
		flood.iter().for_each(|task| task.abort());
	}

	#[test]
	fn known_blocks_are_limited_and_kept_per_connection() {
		use salus_ipfs::unixfs::{Block, Link};
		let node = |first: u32| {
			let links = (first..first + 1024)
				.map(|number| Link { cid: cid(number), tsize: 1 << 20, blocksize: 1 << 20 })
				.collect();
			Block::new(Codec::DagPb, FileNode { links }.encode())
		};
		let remote = Remote::new(Arc::new(Slow::default()));
		let mine = node(0);
		remote.learn(1, &mine.cid, &mine.data);
		assert!(remote.is_known(1, &cid(1023)) && !remote.is_known(1, &cid(1024)));
		assert!(remote.is_known(2, &cid(0)), "for clients that connect for each call");
		for number in 1..1000 {
			let other = node(number * 1024);
			remote.learn(2, &other.cid, &other.data);
		}
		assert!(remote.is_known(1, &cid(0)) && !remote.is_known(2, &cid(0)));
		for connection in 10..5_000 {
			remote.is_known(connection, &cid(0));
			remote.is_known(1, &cid(0));
		}
		assert!(remote.is_known(1, &cid(0)), "a connection in use stays");
		let state = remote.state.lock();
		assert!(state.connections.len() <= MOST_CONNECTIONS);
		assert!(state.connections.values().all(|one| one.known.len() <= MOST_KNOWN));
		assert!(state.shared.iter().all(|known| known.len() <= MOST_SHARED));
	}
}
