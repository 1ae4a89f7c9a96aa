//! Blocks of other nodes for whoever asks here: which ones, and how many at a time.
//!
//! A question to the others costs them and the network something, and who asks is anyone. So others are asked only for what
//! belongs to a record: roots that the chain knows, and blocks that one of these links to, as they were served. A client
//! that reads from the root down, as all do, notices nothing of it.
//!
//! Each connection has [`PER_CONNECTION`] questions on their way, and all together [`QUESTIONS`]. What nobody had is not
//! asked for again for [`MISSED`].
//!
//! What is known is kept for each connection, so that nobody makes another one's be forgotten; and for all together, for
//! clients that make a connection for each call.

use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

use jsonrpsee::{ConnectionId, Extensions};
use parking_lot::Mutex;
use salus_ipfs::{fetch::BlockSource, unixfs::FileNode, Cid};
use tokio::{sync::Semaphore, time::timeout};

/// How many blocks are asked of other nodes at a time, for all clients together: no more than 32 MiB are on their way.
const QUESTIONS: usize = 32;

/// How many of them for one connection.
const PER_CONNECTION: usize = 4;

/// How long the other nodes are asked for a block, with the wait for one's turn.
const ASKING: Duration = Duration::from_secs(10);

/// For how long a block counts as missing that nobody had.
const MISSED: Duration = Duration::from_secs(10);

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
	asking: Arc<Semaphore>,
	used: Instant,
}

#[derive(Default)]
struct State {
	connections: HashMap<usize, Connection>,
	/// The newer ones and the older ones.
	shared: [HashSet<u64>; 2],
	missed: HashMap<Cid, Instant>,
}

impl State {
	fn connection(&mut self, id: usize) -> &mut Connection {
		if self.connections.len() >= MOST_CONNECTIONS && !self.connections.contains_key(&id) {
			let oldest = self.connections.iter().min_by_key(|(_, known)| known.used);
			if let Some(id) = oldest.map(|(id, _)| *id) {
				self.connections.remove(&id);
			}
		}
		let connection = self.connections.entry(id).or_insert_with(|| Connection {
			known: HashSet::new(),
			asking: Arc::new(Semaphore::new(PER_CONNECTION)),
			used: Instant::now(),
		});
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
	asking: Semaphore,
	state: Mutex<State>,
}

impl Remote {
	/// These other nodes.
	pub fn new(others: Arc<dyn BlockSource>) -> Self {
		Self {
			others,
			asking: Semaphore::new(QUESTIONS),
			state: Mutex::default(),
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
	pub async fn ask(&self, connection: usize, cid: Cid) -> Option<Vec<u8>> {
		if self.was_missed(&cid) {
			return None;
		}
		let own = self.state.lock().connection(connection).asking.clone();
		let (mut asked, mut told) = (None, false);
		let question = async {
			let _own = own.acquire().await.ok()?;
			let _permit = self.asking.acquire().await.ok()?;
			// Somebody else may have been told meanwhile.
			if self.was_missed(&cid) {
				return None;
			}
			asked = Some(Instant::now());
			let answer = self.others.get(cid).await;
			told = true;
			answer
				.inspect_err(
					|error| log::debug!(target: LOG_TARGET, "block {cid} of others: {error}"),
				)
				.ok()
				.flatten()
				.filter(|block| cid.verify(block).is_ok())
		};
		let block = timeout(ASKING, question).await.ok().flatten();
		// Who had hardly time to answer has not said that there is none.
		let missed = told || asked.is_some_and(|since: Instant| since.elapsed() >= ASKING / 2);
		if block.is_none() && missed {
			self.miss(cid);
		}
		block
	}

	fn was_missed(&self, cid: &Cid) -> bool {
		let state = self.state.lock();
		let missed = state.missed.get(cid);
		missed.is_some_and(|since| since.elapsed() < MISSED)
	}

	fn miss(&self, cid: Cid) {
		let mut state = self.state.lock();
		if state.missed.len() >= MOST_MISSED {
			state.missed.retain(|_, since| since.elapsed() < MISSED);
			if state.missed.len() >= MOST_MISSED {
				state.missed.clear();
			}
		}
		state.missed.insert(cid, Instant::now());
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{future::BoxFuture, FutureExt};
	use salus_ipfs::{fetch::BoxError, Codec};
	use std::sync::atomic::{AtomicUsize, Ordering};

	/// Others who have nothing and take their time to say so.
	#[derive(Default)]
	struct Slow {
		now: AtomicUsize,
		most: AtomicUsize,
		asked: AtomicUsize,
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
	}

	fn cid(number: u32) -> Cid {
		Cid::of(Codec::Raw, &number.to_le_bytes())
	}

	#[tokio::test]
	async fn a_connection_has_few_questions_on_their_way_and_all_together_have_not_many() {
		for (connections, most) in [
			(1, PER_CONNECTION),
			(3, 3 * PER_CONNECTION),
			(20, QUESTIONS),
		] {
			let others = Arc::new(Slow::default());
			let remote = Remote::new(others.clone());
			let questions =
				(0..200).map(|number| remote.ask(number % connections, cid(number as u32)));
			futures::future::join_all(questions).await;
			assert_eq!(others.most.load(Ordering::SeqCst), most);
		}
	}

	#[tokio::test]
	async fn what_nobody_had_is_not_asked_for_again_at_once() {
		let others = Arc::new(Slow::default());
		let remote = Remote::new(others.clone());
		for connection in 0..50 {
			remote.ask(connection, cid(1)).await;
		}
		assert_eq!(others.asked.load(Ordering::SeqCst), 1);
		remote.ask(7, cid(2)).await;
		assert_eq!(others.asked.load(Ordering::SeqCst), 2);
		for number in 0..2 * MOST_MISSED as u32 {
			remote.miss(cid(number));
		}
		assert!(remote.state.lock().missed.len() <= MOST_MISSED);
	}

	#[test]
	fn what_is_known_is_bounded_and_nobody_makes_another_one_forget() {
		use salus_ipfs::unixfs::{Block, Link};
		let node = |first: u32| {
			let links = (first..first + 1024)
				.map(|number| Link {
					cid: cid(number),
					tsize: 1 << 20,
					blocksize: 1 << 20,
				})
				.collect();
			Block::new(Codec::DagPb, FileNode { links }.encode())
		};
		let remote = Remote::new(Arc::new(Slow::default()));
		let mine = node(0);
		remote.learn(1, &mine.cid, &mine.data);
		assert!(remote.is_known(1, &cid(1023)) && !remote.is_known(1, &cid(1024)));
		assert!(
			remote.is_known(2, &cid(0)),
			"as for who connects anew for each call"
		);
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
		assert!(state
			.connections
			.values()
			.all(|one| one.known.len() <= MOST_KNOWN));
		assert!(state.shared.iter().all(|known| known.len() <= MOST_SHARED));
	}
}
