//! Blocks of other nodes for whoever asks here: which ones, and how many at a time.
//!
//! A question to the others costs them and the network something, and who asks is anyone. So others are asked only for what
//! belongs to a record: roots that the chain knows, and blocks that one of these links to, as they were served. A client
//! that reads from the root down, as all do, notices nothing of it.
//!
//! Each connection has [`PER_CONNECTION`] questions on their way, and all together [`QUESTIONS`], in [turns](Turns). A question
//! that the others do not answer gives way after one second if a connection with fewer questions waits.
//!
//! What nobody gave is not asked for again for ten seconds, whatever happens. If all others said that they do not have it, it is
//! not asked for after that either, before something happens by which it could have come: a node has connected, or the chain
//! names other holders of a root. A root that nobody holds, as the chain says, is not asked for at all.
//!
//! What is known is kept for each connection, so that nobody makes another one's be forgotten; and for all together, for
//! clients that make a connection for each call.

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

/// How many blocks are asked of other nodes at a time, for all clients together: no more than 32 MiB are on their way.
const QUESTIONS: usize = 32;

/// How many of them for one connection.
const PER_CONNECTION: usize = 4;

/// How long things take, and are remembered.
#[derive(Clone, Copy)]
struct Pace {
	/// How long the other nodes are asked for a block, with the wait for one's turn.
	asking: Duration,
	/// How long a question may take though a connection with fewer questions waits, and how often it is looked at after that.
	slice: Duration,
	/// For how long a block counts as missing that nobody had, in any case.
	missed: Duration,
	/// And for how long unless a node connects; this is for a block below a root, whose holders are not known.
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

/// How many missing blocks are remembered.
const MOST_MISSED: usize = 16_384;

/// How many connections are remembered, and how many blocks for each: more than a file of 16 GiB has.
const MOST_CONNECTIONS: usize = 512;
const MOST_KNOWN: usize = 32_768;

/// How many blocks are remembered for all connections together, twice.
const MOST_SHARED: usize = 262_144;

const LOG_TARGET: &str = "salus::rpc";

/// A block's name, shortened: a mistake costs one question too many.
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

/// A block that nobody had.
#[derive(Clone, Copy)]
struct Missed {
	since: Instant,
	/// Who held it by the chain, if it is a root.
	holders: Option<u64>,
	/// What [`BlockSource::arrivals`] was.
	arrivals: u64,
	/// Whether all others said that they do not have it.
	sure: bool,
}

#[derive(Default)]
struct State {
	connections: HashMap<usize, Connection>,
	/// The newer ones and the older ones.
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

/// Which connection a call came by.
pub fn connection(extensions: &Extensions) -> usize {
	extensions.get::<ConnectionId>().map_or(0, |id| id.0)
}

/// The other nodes, and what may be asked of them.
pub struct Remote {
	others: Arc<dyn BlockSource>,
	turns: Turns,
	state: Mutex<State>,
	pace: Pace,
}

impl Remote {
	/// These other nodes.
	pub fn new(others: Arc<dyn BlockSource>) -> Self {
		Self {
			others,
			turns: Turns::new(QUESTIONS, PER_CONNECTION),
			state: Mutex::default(),
			pace: PACE,
		}
	}

	/// Whether a block is linked from one that was served lately.
	pub fn is_known(&self, connection: usize, cid: &Cid) -> bool {
		let block = short(cid);
		let mut state = self.state.lock();
		state.shared.iter().any(|known| known.contains(&block))
			|| state.connection(connection).known.contains(&block)
	}

	/// Learns what a block links to that is served.
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

	/// A block that another node has, checked against its digest. Whatever goes wrong on the way there is as if none had it.
	/// `holders` stands for those who hold a root, by the chain; it is `None` for a block below one.
	pub async fn ask(&self, connection: usize, cid: Cid, holders: Option<u64>) -> Option<Vec<u8>> {
		if self.is_missed(&cid, holders) {
			return None;
		}
		let arrivals = self.others.arrivals();
		let (mut asked, mut told, mut sure) = (None, false, false);
		let question = async {
			let _permit = self.turns.acquire(connection).await?;
			// Somebody else may have been told meanwhile.
			if self.is_missed(&cid, holders) {
				return None;
			}
			asked = Some(Instant::now());
			let answer = self.patiently(connection, cid).await?;
			told = true;
			sure = matches!(answer, Ok(None));
			answer
				.inspect_err(
					|error| log::debug!(target: LOG_TARGET, "block {cid} of others: {error}"),
				)
				.ok()
				.flatten()
				.filter(|block| cid.verify(block).is_ok())
		};
		let block = timeout(self.pace.asking, question).await.ok().flatten();
		// Others who had hardly time to answer have not said that there is none.
		let late = |since: Instant| since.elapsed() >= self.pace.asking / 2;
		if block.is_none() && (told || asked.is_some_and(late)) {
			self.miss(cid, Missed { since: Instant::now(), holders, arrivals, sure });
		}
		block
	}

	/// The others' answer; nothing if it is late and another connection's turn has come.
	async fn patiently(
		&self,
		connection: usize,
		cid: Cid,
	) -> Option<Result<Option<Vec<u8>>, BoxError>> {
		let mut question = self.others.get(cid);
		let mut look = tokio::time::Instant::now() + self.pace.slice;
		loop {
			match timeout_at(look, &mut question).await {
				Ok(answer) => return Some(answer),
				Err(_) if self.turns.is_owed(connection) => return None,
				Err(_) => look += self.pace.slice / 4,
			}
		}
	}

	/// Whether nobody had a block a short while ago.
	pub fn is_missed_lately(&self, cid: &Cid) -> bool {
		let state = self.state.lock();
		let missed = state.missed.get(cid);
		missed.is_some_and(|missed| missed.since.elapsed() < self.pace.missed)
	}

	/// Whether nobody had a block, and nothing happened since by which somebody could have it.
	fn is_missed(&self, cid: &Cid, holders: Option<u64>) -> bool {
		let Some(missed) = self.state.lock().missed.get(cid).copied() else {
			return false;
		};
		let age = missed.since.elapsed();
		let unchanged = (holders, self.others.arrivals()) == (missed.holders, missed.arrivals);
		age < self.pace.missed || (unchanged && age < self.kept(&missed))
	}

	/// For how long at most a block counts as missing.
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

	/// Others who have nothing and take their time to say so.
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
	async fn a_connection_has_few_questions_on_their_way_and_all_together_have_not_many() {
		for (connections, most) in [(1, PER_CONNECTION), (3, 3 * PER_CONNECTION), (20, QUESTIONS)] {
			let others = Arc::new(Slow::default());
			let remote = Remote::new(others.clone());
			let questions =
				(0..200).map(|number| remote.ask(number % connections, cid(number as u32), None));
			futures::future::join_all(questions).await;
			assert_eq!(others.most.load(Ordering::SeqCst), most);
		}
	}

	#[tokio::test]
	async fn what_nobody_had_is_not_asked_for_again_at_once() {
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
	async fn what_nobody_had_is_asked_for_again_when_it_could_have_come() {
		let others = Arc::new(Slow::default());
		let pace = Pace { missed: Duration::from_millis(300), ..PACE };
		let remote = Remote { pace, ..Remote::new(others.clone()) };
		let asked = || others.asked.load(Ordering::SeqCst);
		let (root, block) = (cid(1), cid(2));
		for holders in [7, 8] {
			assert_eq!(remote.ask(0, root, Some(holders)).await, None);
		}
		remote.ask(0, block, None).await;
		assert_eq!(asked(), 2, "at first, whatever happens");
		assert!(remote.is_missed_lately(&root));

		tokio::time::sleep(2 * pace.missed).await;
		assert!(!remote.is_missed_lately(&root));
		for _ in 0..3 {
			remote.ask(0, root, Some(7)).await;
			remote.ask(0, block, None).await;
		}
		assert_eq!(asked(), 2, "later, as nothing has happened");
		remote.ask(0, root, Some(8)).await;
		assert_eq!(asked(), 3, "another node holds it");
		others.arrivals.fetch_add(1, Ordering::SeqCst);
		remote.ask(0, root, Some(8)).await;
		assert_eq!(asked(), 3);
		remote.ask(0, block, None).await;
		assert_eq!(asked(), 4, "a node has come");
	}

	/// Others who have what has an odd number, and never say anything about the rest.
	struct Silent;

	impl BlockSource for Silent {
		fn get(&self, wanted: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
			async move {
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
	async fn a_flood_for_what_nobody_has_delays_others_little() {
		// A second of the node is 20 ms here.
		let pace =
			Pace { asking: Duration::from_millis(200), slice: Duration::from_millis(20), ..PACE };
		let remote = Arc::new(Remote { pace, ..Remote::new(Arc::new(Silent)) });
		// 80 connections ask for 128 roots that nobody has, without end.
		let flood: Vec<_> = (0..80)
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
		for (reader, number) in (1_u32..20).step_by(2).enumerate() {
			let start = Instant::now();
			let block = remote.ask(100 + reader, cid(number), Some(1)).await;
			assert_eq!(block, Some(number.to_le_bytes().to_vec()));
			// Three slices until all connections had their turn, and what the machine needs.
			assert!(start.elapsed() < pace.asking * 3 / 4, "{:?}", start.elapsed());
		}
		flood.iter().for_each(|task| task.abort());
	}

	#[test]
	fn what_is_known_is_bounded_and_nobody_makes_another_one_forget() {
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
		assert!(remote.is_known(2, &cid(0)), "as for who connects anew for each call");
		for number in 1..1000 {
			let other = node(number * 1024);
			remote.learn(2, &other.cid, &other.data);
		}
		assert!(remote.is_known(1, &cid(0)) && !remote.is_known(2, &cid(0)));
		for connection in 10..5_000 {
			remote.is_known(connection, &cid(0));
			remote.is_known(1, &cid(0));
		}
		assert!(remote.is_known(1, &cid(0)), "what is used stays");
		let state = remote.state.lock();
		assert!(state.connections.len() <= MOST_CONNECTIONS);
		assert!(state.connections.values().all(|one| one.known.len() <= MOST_KNOWN));
		assert!(state.shared.iter().all(|known| known.len() <= MOST_SHARED));
	}
}
