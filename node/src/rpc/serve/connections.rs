//! The open connections, and the memory that their calls hold.
//!
//! Each byte of a request, from its arrival until its answer has been sent to the socket, and each
//! byte of a finished answer counts for its connection and for the node ([`HeldBytes`]). Calls
//! start only while both have room. A client that does not read holds its own calls up; if clients
//! hold the node's memory together, the one that holds the most is closed.

use std::{
	collections::BTreeMap,
	net::{IpAddr, Ipv6Addr},
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Weak,
	},
	time::Instant,
};

use parking_lot::Mutex;
use tokio::sync::{mpsc, Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
	limits::{Cause, Limits},
	metrics::Metrics,
};
use crate::rpc::turns::{Permit, Turns};

const LOG_TARGET: &str = "salus::rpc";

/// All connections of the server.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
	limits: Limits,
	turns: Turns,
	/// Number of bytes held for all connections.
	held: AtomicUsize,
	/// Wakes calls when there is room again.
	freed: Notify,
	metrics: Option<Metrics>,
	open: Mutex<Open>,
}

struct Open {
	next: usize,
	connections: BTreeMap<usize, Arc<Connection>>,
	/// Time at which a connection was last closed because calls waited for room.
	evicted: Option<Instant>,
}

impl Connections {
	/// Creates an empty set.
	pub fn new(limits: Limits, metrics: Option<Metrics>) -> Self {
		// One connection never has all turns, if there is more than one.
		let max = limits.executing.saturating_sub(1).max(1);
		Self(Arc::new(Shared {
			limits,
			turns: Turns::new(limits.executing, max),
			held: AtomicUsize::new(0),
			freed: Notify::new(),
			metrics,
			open: Mutex::new(Open { next: 0, connections: BTreeMap::new(), evicted: None }),
		}))
	}

	/// Admits a connection from this address. If no slot is free, the connection that has been
	/// idle for the longest time gives its slot up. Returns nothing if all are busy.
	pub fn admit(&self, address: IpAddr) -> Option<Place> {
		let shared = &self.0;
		let address = site(address);
		let mut open = shared.open.lock();
		let live = || open.connections.values().filter(|connection| !connection.is_closed());
		let same = live().filter(|connection| connection.address == address).count();
		let from_address = same >= shared.limits.per_address;
		if from_address || live().count() >= shared.limits.connections {
			let idle = live()
				.filter(|connection| !from_address || connection.address == address)
				.filter_map(|connection| Some((connection.idle()?, connection)))
				.min_by_key(|(idle, _)| *idle);
			match idle {
				Some((_, connection)) => connection.close(Cause::Replaced),
				None => {
					shared.count(Cause::Full);
					return None;
				}
			}
		}
		let id = open.next;
		open.next = id.wrapping_add(1);
		let now = Instant::now();
		let connection = Arc::new(Connection {
			id,
			address,
			shared: Arc::downgrade(shared),
			limits: shared.limits,
			turns: shared.turns.clone(),
			state: Mutex::new(State {
				phase: Phase::Header,
				since: now,
				heard: now,
				used: now,
				stalled: None,
				receiving: false,
				notes: None,
			}),
			held: AtomicUsize::new(0),
			answers: AtomicUsize::new(0),
			calls: AtomicUsize::new(0),
			freed: Notify::new(),
			batches: Arc::new(Semaphore::new(shared.limits.batches)),
			closed: CancellationToken::new(),
		});
		open.connections.insert(id, connection.clone());
		Some(Place { connection, shared: shared.clone() })
	}

	/// Returns the number of bytes held for all connections.
	#[cfg(test)]
	pub fn held(&self) -> usize {
		self.0.held.load(Ordering::Relaxed)
	}

	/// Returns the number of open connections.
	#[cfg(test)]
	pub fn count(&self) -> usize {
		self.0.open.lock().connections.values().filter(|one| !one.is_closed()).count()
	}
}

impl Shared {
	fn count(&self, cause: Cause) {
		if let Some(metrics) = &self.metrics {
			metrics.closed(cause.label());
		}
	}

	fn has_room(&self) -> bool {
		self.held.load(Ordering::Relaxed) <= self.limits.room
	}

	/// Closes connections that hold the most, until the others hold at most this number of bytes.
	fn evict(&self, max_held: usize, waiting: bool) {
		let mut open = self.open.lock();
		if waiting {
			let recently = |then: Instant| then.elapsed() < self.limits.patience;
			if open.evicted.is_some_and(recently) {
				return;
			}
			open.evicted = Some(Instant::now());
		}
		let connections = open.connections.values();
		let mut live: Vec<_> = connections.filter(|one| !one.is_closed()).collect();
		let mut held: usize = live.iter().map(|one| one.held()).sum();
		// A client that reads nothing comes before one that reads slowly.
		live.sort_by_key(|one| {
			let weight = if one.is_stalled() { 4 } else { 1 };
			one.held().saturating_mul(weight)
		});
		while let Some(largest) = live.pop().filter(|one| held > max_held && one.held() > 0) {
			held = held.saturating_sub(largest.held());
			log::debug!(
				target: LOG_TARGET,
				"closing a connection from {}: its calls hold {} bytes", largest.address, largest.held(),
			);
			largest.close(Cause::Memory);
		}
	}
}

/// Returns the network address by which connections are counted: an IPv6 site has 2⁶⁴ addresses.
fn site(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V6(address) if !address.is_loopback() => {
			let bits = u128::from(address) >> 64 << 64;
			IpAddr::V6(Ipv6Addr::from(bits))
		}
		address => address,
	}
}

/// Place of an open connection, until it is dropped.
pub struct Place {
	connection: Arc<Connection>,
	shared: Arc<Shared>,
}

impl Place {
	/// Returns the connection.
	pub fn connection(&self) -> &Arc<Connection> {
		&self.connection
	}
}

impl Drop for Place {
	fn drop(&mut self) {
		self.connection.closed.cancel();
		self.shared.open.lock().connections.remove(&self.connection.id);
	}
}

/// Stage of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
	/// The header of a request is arriving.
	Header,
	/// The body of a request is arriving.
	Body,
	/// A call is in progress.
	Call,
	/// The answer has been sent, and there is no new request yet.
	Idle,
	/// The connection is a WebSocket.
	WebSocket,
}

struct State {
	phase: Phase,
	/// Beginning of the phase.
	since: Instant,
	/// Time at which a byte last arrived.
	heard: Instant,
	/// Time at which a message last arrived.
	used: Instant,
	/// Start of the client's current stall, if bytes are pending.
	stalled: Option<Instant>,
	/// Whether part of a message has arrived.
	receiving: bool,
	/// Channel of the subscriptions. Each of them has a sender.
	notes: Option<mpsc::WeakSender<String>>,
}

/// Connection of a client.
pub struct Connection {
	id: usize,
	address: IpAddr,
	shared: Weak<Shared>,
	limits: Limits,
	turns: Turns,
	state: Mutex<State>,
	/// Number of bytes held.
	held: AtomicUsize,
	/// Number of these that are finished answers to single calls.
	answers: AtomicUsize,
	/// Number of messages in progress.
	calls: AtomicUsize,
	/// Wakes calls and the reader when there is room again.
	freed: Notify,
	batches: Arc<Semaphore>,
	closed: CancellationToken,
}

impl Connection {
	/// Returns the number of the connection.
	pub fn id(&self) -> usize {
		self.id
	}

	/// Returns the limits.
	pub fn limits(&self) -> &Limits {
		&self.limits
	}

	/// Returns the limit of batches in progress.
	pub fn batches(&self) -> Arc<Semaphore> {
		self.batches.clone()
	}

	/// Waits until the connection ends.
	pub async fn closed(&self) {
		self.closed.cancelled().await;
	}

	/// Returns whether the connection ends.
	pub fn is_closed(&self) -> bool {
		self.closed.is_cancelled()
	}

	/// Ends the connection.
	pub fn close(&self, cause: Cause) {
		if self.is_closed() {
			return;
		}
		self.closed.cancel();
		if let Some(shared) = self.shared.upgrade() {
			shared.count(cause);
		}
		log::debug!(target: LOG_TARGET, "closed a connection from {}: {}", self.address, cause.label());
	}

	/// Begins a phase.
	pub fn enter(&self, phase: Phase) {
		let now = Instant::now();
		let mut state = self.state.lock();
		state.phase = phase;
		state.since = now;
		state.heard = now;
		state.used = now;
	}

	/// Ends a request that started no call. A call ends when its answer has been sent.
	pub fn answered(&self) {
		if matches!(self.state.lock().phase, Phase::Header | Phase::Body) {
			self.enter(Phase::Idle);
		}
	}

	/// Makes the connection a WebSocket, with the channel of its subscriptions.
	pub fn upgrade(&self, notes: mpsc::WeakSender<String>) {
		self.enter(Phase::WebSocket);
		self.state.lock().notes = Some(notes);
	}

	/// Returns the eviction priority (lowest is evicted first) and the start of idleness, or `None`
	/// if busy.
	fn idle(&self) -> Option<(u8, Instant)> {
		let state = self.state.lock();
		let is_long = |since: &Instant| since.elapsed() >= self.limits.header;
		if let Some(since) = state.stalled.filter(is_long) {
			return Some((0, since));
		}
		match state.phase {
			Phase::Header | Phase::Body | Phase::Idle => Some((0, state.heard)),
			Phase::Call => None,
			Phase::WebSocket if state.receiving => Some((0, state.heard)),
			Phase::WebSocket => {
				// The connection itself holds one sender.
				let senders = state.notes.as_ref().map_or(0, mpsc::WeakSender::strong_count);
				let is_used = senders > 1 || self.calls.load(Ordering::Relaxed) > 0;
				(!is_used).then_some((1, state.used))
			}
		}
	}

	/// Notes that bytes arrived.
	pub fn received(&self) {
		let mut state = self.state.lock();
		state.heard = Instant::now();
		if state.phase == Phase::Idle {
			state.phase = Phase::Header;
			state.since = state.heard;
		}
	}

	/// Notes whether part of a message has arrived on a WebSocket.
	pub fn receives(&self, part: bool) {
		let mut state = self.state.lock();
		state.receiving = part;
		state.used = Instant::now();
	}

	/// Begins to wait for a message. A pause that the server made does not count as silence.
	pub fn listen(&self) {
		self.state.lock().heard = Instant::now();
	}

	/// Returns the time at which the connection is closed unless more bytes arrive, and the cause.
	pub fn deadline(&self) -> Option<(Instant, Cause)> {
		let state = self.state.lock();
		let limits = &self.limits;
		match state.phase {
			Phase::Header => Some((state.since + limits.header, Cause::Unfinished)),
			Phase::Body => Some((state.heard + limits.body, Cause::Unfinished)),
			Phase::Call => None,
			Phase::Idle => Some((state.since + limits.idle, Cause::Silent)),
			Phase::WebSocket => Some((state.heard + limits.silent, Cause::Silent)),
		}
	}

	/// Notes whether the client takes bytes. Returns the time at which the connection is closed
	/// because it does not.
	pub fn takes(&self, bytes: bool) -> Option<Instant> {
		let mut state = self.state.lock();
		if bytes {
			state.stalled = None;
			return None;
		}
		let since = *state.stalled.get_or_insert_with(Instant::now);
		Some(since + self.limits.stalled)
	}

	fn is_stalled(&self) -> bool {
		let stalled = self.state.lock().stalled;
		stalled.is_some_and(|since| since.elapsed() >= self.limits.patience)
	}

	fn held(&self) -> usize {
		self.held.load(Ordering::Relaxed)
	}

	fn add(&self, bytes: usize) {
		self.held.fetch_add(bytes, Ordering::Relaxed);
		let Some(shared) = self.shared.upgrade() else {
			return;
		};
		let held = shared.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
		if let Some(metrics) = &shared.metrics {
			metrics.held(held);
		}
		if held > shared.limits.full {
			shared.evict(shared.limits.full, false);
		}
	}

	fn subtract(&self, bytes: usize) {
		self.held.fetch_sub(bytes, Ordering::Relaxed);
		self.freed.notify_waiters();
		let Some(shared) = self.shared.upgrade() else {
			return;
		};
		let before = shared.held.fetch_sub(bytes, Ordering::Relaxed);
		if let Some(metrics) = &shared.metrics {
			metrics.held(before - bytes);
		}
		if before > shared.limits.room && before - bytes <= shared.limits.room {
			shared.freed.notify_waiters();
		}
	}

	/// Counts the bytes of a request.
	pub fn request(self: &Arc<Self>, bytes: usize) -> HeldBytes {
		self.add(bytes);
		HeldBytes { connection: self.clone(), bytes, is_answer: false }
	}

	/// Counts the bytes of a finished answer to a single call.
	fn answer(self: &Arc<Self>, bytes: usize) -> HeldBytes {
		self.answers.fetch_add(bytes, Ordering::Relaxed);
		self.add(bytes);
		HeldBytes { connection: self.clone(), bytes, is_answer: true }
	}

	/// Counts the bytes of an answer.
	pub fn finished(self: &Arc<Self>, bytes: usize, is_part: bool) -> HeldBytes {
		if is_part {
			// A batch must not wait for its own answers to leave.
			self.request(bytes)
		} else {
			self.answer(bytes)
		}
	}

	/// Counts a message in progress.
	pub fn call(self: &Arc<Self>) -> InProgress {
		self.calls.fetch_add(1, Ordering::Relaxed);
		if let Some(metrics) = self.shared.upgrade().as_ref().and_then(|all| all.metrics.as_ref()) {
			metrics.begins();
		}
		InProgress(self.clone())
	}

	/// Waits until the next message may be read. Returns whether the connection is still open.
	pub async fn may_read(&self) -> bool {
		loop {
			let freed = self.freed.notified();
			tokio::pin!(freed);
			freed.as_mut().enable();
			if self.held() <= self.limits.reading {
				return !self.is_closed();
			}
			tokio::select! {
				() = freed => {}
				() = self.closed() => return false,
			}
		}
	}

	fn may_start(&self) -> bool {
		self.answers.load(Ordering::Relaxed) <= self.limits.answers
	}

	/// Waits until enough of this connection's answers have been sent. Returns whether the
	/// connection is still open.
	pub async fn may_answer(&self) -> bool {
		loop {
			let freed = self.freed.notified();
			tokio::pin!(freed);
			freed.as_mut().enable();
			if self.may_start() {
				return !self.is_closed();
			}
			tokio::select! {
				() = freed => {}
				() = self.closed() => return false,
			}
		}
	}

	/// Waits until this connection and the node have room for another answer. Returns whether the
	/// connection is still open.
	pub async fn has_room(&self) -> bool {
		while self.may_answer().await {
			let Some(shared) = self.shared.upgrade() else {
				return false;
			};
			let freed = shared.freed.notified();
			tokio::pin!(freed);
			freed.as_mut().enable();
			if shared.has_room() {
				return true;
			}
			tokio::select! {
				() = freed => {}
				() = self.closed() => return false,
				() = tokio::time::sleep(self.limits.patience) => {
					if !shared.has_room() {
						shared.evict(self.limits.room, true);
					}
				}
			}
		}
		false
	}

	/// Waits for this connection's turn to execute a runtime call. Returns nothing if the
	/// connection ends first.
	pub async fn turn(&self) -> Option<Permit> {
		while self.has_room().await {
			let permit = tokio::select! {
				permit = self.turns.acquire(self.id) => permit?,
				() = self.closed() => return None,
			};
			// Other calls may have finished in the meantime.
			let has_room = self.shared.upgrade().is_some_and(|all| all.has_room());
			if has_room && self.may_start() {
				return Some(permit);
			}
		}
		None
	}
}

/// Bytes that a connection holds, until they are dropped.
pub struct HeldBytes {
	connection: Arc<Connection>,
	bytes: usize,
	is_answer: bool,
}

impl HeldBytes {
	/// Counts further bytes.
	pub fn grow(&mut self, bytes: usize) {
		self.bytes += bytes;
		self.connection.add(bytes);
	}
}

impl Drop for HeldBytes {
	fn drop(&mut self) {
		if self.is_answer {
			self.connection.answers.fetch_sub(self.bytes, Ordering::Relaxed);
		}
		self.connection.subtract(self.bytes);
	}
}

/// Message in progress, until it is dropped.
pub struct InProgress(Arc<Connection>);

impl Drop for InProgress {
	fn drop(&mut self) {
		self.0.calls.fetch_sub(1, Ordering::Relaxed);
		if let Some(metrics) = self.0.shared.upgrade().as_ref().and_then(|all| all.metrics.as_ref())
		{
			metrics.ends();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::Duration;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	fn connections() -> Connections {
		Connections::new(Limits::new(8, 8), None)
	}

	#[test]
	fn one_address_does_not_take_all_places() {
		let all = connections();
		let places: Vec<_> = (0..6).filter_map(|_| all.admit(address("192.0.2.1"))).collect();
		for place in &places {
			place.connection().enter(Phase::Call);
		}
		assert_eq!(places.len(), 6);
		assert!(all.admit(address("192.0.2.1")).is_none());
		assert!(all.admit(address("::ffff:192.0.2.1")).is_none());
		let other = all.admit(address("2001:db8::1")).unwrap();
		assert!(all.admit(address("127.0.0.1")).is_some());
		drop(places);
		assert!(!other.connection().is_closed());
		assert_eq!(site(address("2001:db8::1")), site(address("2001:db8::ffff:2")));
	}

	#[test]
	fn the_longest_idle_connection_gives_its_place_up() {
		let all = connections();
		let places: Vec<_> = (0..6).filter_map(|_| all.admit(address("127.0.0.1"))).collect();
		let closed = || places.iter().map(|one| one.connection().is_closed()).collect::<Vec<_>>();
		let (notes, _listener) = mpsc::channel(1);
		let subscription = notes.clone();
		places[0].connection().enter(Phase::Call);
		places[1].connection().upgrade(notes.downgrade());
		let (quiet, _listener) = mpsc::channel(1);
		places[2].connection().upgrade(quiet.downgrade());
		places[3].connection().enter(Phase::Idle);
		places[4].connection().enter(Phase::Body);
		let mut order = Vec::new();
		let mut later = Vec::new();
		for _ in 0..4 {
			let before = closed();
			let place = all.admit(address("127.0.0.1")).unwrap();
			place.connection().enter(Phase::Call);
			later.push(place);
			let after = closed();
			order.extend((0..6).filter(|place| after[*place] && !before[*place]));
		}
		// An unfinished request comes first, an unused WebSocket last.
		assert_eq!(order, [5, 3, 4, 2]);
		assert!(all.admit(address("127.0.0.1")).is_none());
		drop(subscription);
		assert!(all.admit(address("127.0.0.1")).is_some());
	}

	#[tokio::test]
	async fn the_connection_that_holds_the_most_is_closed() {
		let limits = Limits { room: 100, full: 1_000, ..Limits::new(8, 8) };
		let limits = Limits { patience: Duration::from_millis(10), ..limits };
		let all = Connections::new(limits, None);
		let places: Vec<_> = (0..3).filter_map(|_| all.admit(address("127.0.0.1"))).collect();
		let [small, large, other] = [0, 1, 2].map(|place: usize| places[place].connection());
		let (_small, most) = (small.request(40), large.request(90));
		let ending = async {
			large.closed().await;
			drop(most);
		};
		assert!(tokio::join!(other.has_room(), ending).0);
		assert!(!small.is_closed());
		let _more = small.request(1_000);
		assert!(small.is_closed() && !other.is_closed());
	}
}
