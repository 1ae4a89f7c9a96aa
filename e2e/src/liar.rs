//! A relay that alters one of a node's answers, for a client that must notice.

use futures::{SinkExt, StreamExt};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	net::SocketAddr,
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	net::{TcpListener, TcpStream},
	task::JoinHandle,
};
use tokio_tungstenite::{accept_async, connect_async, tungstenite::Message};

/// Name of the question for the header of the best block.
pub const BEST: &str = "best header";

/// Identifier of the relay's own request, and of its own subscription.
const LIAR: &str = "liar";

/// One answer of a session: what was asked, and how often that had been asked before.
///
/// For a call of the runtime API, this is the function's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
	/// Name of the method or function.
	pub name: String,
	/// Number of earlier answers to the same.
	pub earlier: usize,
}

/// Change of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
	/// The answer is null.
	Nothing,
	/// One digit, number or truth value in the answer differs. The place is in thousandths.
	Altered(usize),
	/// The answer is the first one to the same question's method or function.
	Replayed,
	/// Every occurrence of these hexadecimal digits is replaced.
	Replaced(&'static str, &'static str),
	/// The answer is this text.
	Said(&'static str),
	/// The number of a block is greater by this.
	Ahead(u64),
}

/// A session, with its lie and the answers so far.
#[derive(Default)]
struct Session {
	lie: Option<(Place, Lie)>,
	seen: BTreeMap<String, usize>,
	first: BTreeMap<String, Value>,
	told: usize,
	/// Lies about all answers of a name.
	always: Vec<(&'static str, Lie)>,
	/// Whether they end with the first transaction.
	until_sent: bool,
	/// Transactions that the client has sent.
	sent: Vec<Value>,
	/// Number of the first transactions that are refused.
	refuses: usize,
	/// Number by which the first nonce is too high.
	ahead: u64,
	/// Whether the first transaction is kept back, and nothing is reported on it.
	mute: bool,
	/// Whether the first nonce seems to be used once a transaction was sent.
	lingers: bool,
	/// Whether transactions are kept back, and reported as included.
	swallows: bool,
	/// The transaction that was kept back.
	swallowed: Option<Value>,
	/// Number of the first transactions that pass, if the next one is caught: it does not reach the
	/// node, and the client gets no answer to it.
	catches: Option<usize>,
	/// Numbers of answers by name when the first transaction was sent.
	before_sent: Option<BTreeMap<String, usize>>,
}

/// A running relay. It ends when this is dropped.
pub struct Liar {
	address: SocketAddr,
	running: JoinHandle<()>,
	session: Arc<Mutex<Session>>,
}

impl Liar {
	/// Starts a relay to the node at `url`, on a port that the system chooses.
	pub async fn start(url: String) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
		let address = listener.local_addr().expect("a bound listener has an address");
		let session = Arc::<Mutex<Session>>::default();
		let sessions = session.clone();
		let running = tokio::spawn(async move {
			while let Ok((stream, _)) = listener.accept().await {
				tokio::spawn(relay(stream, url.clone(), sessions.clone()));
			}
		});
		Self { address, running, session }
	}

	/// Returns the URL at which it listens.
	pub fn url(&self) -> String {
		format!("ws://{}", self.address)
	}

	/// Begins a session with this lie, or an honest one.
	pub fn begin(&self, lie: Option<(Place, Lie)>) {
		*self.lock() = Session { lie, ..Session::default() };
	}

	/// Begins a session with lies about all answers of these names.
	pub fn always(&self, lies: Vec<(&'static str, Lie)>) {
		*self.lock() = Session { always: lies, ..Session::default() };
	}

	/// Begins a session with lies about all answers of these names until a transaction is sent.
	pub fn until_sent(&self, lies: Vec<(&'static str, Lie)>) {
		*self.lock() = Session { always: lies, until_sent: true, ..Session::default() };
	}

	/// Begins a session that refuses the first `refuses` transactions, which can be sent later. The
	/// first nonce is too high by `ahead`.
	pub fn hoard(&self, refuses: usize, ahead: u64) {
		*self.lock() = Session { refuses, ahead, ..Session::default() };
	}

	/// Begins a session that refuses the first transaction and counts its nonce as used, as a pool
	/// does that still has a transaction for the runtime before an upgrade.
	pub fn linger(&self) {
		*self.lock() = Session { refuses: 1, lingers: true, ..Session::default() };
	}

	/// Begins a session that accepts the first transaction and forgets it, as a pool does when a
	/// fork drops its block and no later block can take it.
	pub fn forget(&self) {
		*self.lock() = Session { mute: true, ..Session::default() };
	}

	/// Returns the transactions that the client has sent in the session.
	pub fn sent(&self) -> Vec<Value> {
		self.lock().sent.clone()
	}

	/// Begins a session in which transactions do not reach the node, but seem to be in its best
	/// block.
	pub fn swallow(&self) {
		*self.lock() = Session { swallows: true, ..Session::default() };
	}

	/// Begins a session with this lie, or an honest one, that catches the transaction after
	/// `passes` others.
	pub fn catch(&self, passes: usize, lie: Option<(Place, Lie)>) {
		*self.lock() = Session { lie, catches: Some(passes), ..Session::default() };
	}

	/// Waits until a transaction is caught, and returns it.
	pub async fn caught(&self) -> Value {
		loop {
			let caught = {
				let session = self.lock();
				session.catches.and_then(|passes| session.sent.get(passes).cloned())
			};
			if let Some(caught) = caught {
				return caught;
			}
			tokio::time::sleep(Duration::from_millis(10)).await;
		}
	}

	/// Returns the answers of the session that is running.
	pub fn answers(&self) -> Vec<Place> {
		let seen = self.lock().seen.clone();
		let places = seen.into_iter().flat_map(|(name, count)| {
			(0..count).map(move |earlier| Place { name: name.clone(), earlier })
		});
		places.collect()
	}

	/// Returns the answers before the first transaction was sent, and all others.
	pub fn answers_around_sending(&self) -> (Vec<Place>, Vec<Place>) {
		let session = self.lock();
		let before = session.before_sent.as_ref().unwrap_or(&session.seen);
		let places = session.seen.iter().flat_map(|(name, count)| {
			(0..*count).map(move |earlier| Place { name: name.clone(), earlier })
		});
		places.partition(|place| place.earlier < before.get(&place.name).copied().unwrap_or(0))
	}

	/// Returns the number of answers that were altered in the session.
	pub fn told(&self) -> usize {
		self.lock().told
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, Session> {
		self.session.lock().expect("no one panics with it")
	}
}

impl Drop for Liar {
	fn drop(&mut self) {
		self.running.abort();
	}
}

/// Returns the name under which a request is counted.
fn name_of(request: &Value) -> Option<String> {
	let method = request["method"].as_str()?;
	let name = match method {
		"chain_getHeader" if request["params"][0].is_null() => BEST.to_owned(),
		"state_call" | "salus_proveCall" => {
			let function = request["params"][0].as_str().unwrap_or_default();
			let how = if method == "state_call" { "" } else { "proof of " };
			format!("{how}{function}")
		}
		_ => method.to_owned(),
	};
	Some(name)
}

/// Relays one connection until either side ends it.
async fn relay(stream: TcpStream, url: String, session: Arc<Mutex<Session>>) {
	let Ok(mut client) = accept_async(stream).await else {
		return;
	};
	let Ok((mut node, _)) = connect_async(url).await else {
		return;
	};
	let mut asked = BTreeMap::new();
	// Identifier of the request whose transaction is kept back.
	let mut kept_back = Value::Null;
	loop {
		tokio::select! {
			Some(Ok(mut message)) = client.next() => {
				if let Some(request) = parsed(&message) {
					let keeps_back = session.lock().expect("no one panics").keeps_back(&request);
					if keeps_back && session.lock().expect("no one panics").catches.is_some() {
						continue;
					}
					if keeps_back {
						kept_back = request["id"].clone();
						let best = json!({
							"jsonrpc": "2.0", "id": LIAR, "method": "chain_getBlockHash", "params": [],
						});
						message = Message::text(best.to_string());
					}
					if let Some(name) = name_of(&request) {
						asked.insert(request["id"].to_string(), name);
					}
				}
				if node.send(message).await.is_err() {
					return;
				}
			}
			Some(Ok(message)) = node.next() => {
				if let Some(best) = parsed(&message).filter(|answer| answer["id"] == LIAR) {
					if session.lock().expect("no one panics").refuses > 0 {
						let error = json!({ "code": 1014, "message": "Priority is too low" });
						let refused = json!({ "jsonrpc": "2.0", "id": kept_back, "error": error });
						if client.send(Message::text(refused.to_string())).await.is_err() {
							return;
						}
						continue;
					}
					let accepted = json!({ "jsonrpc": "2.0", "id": kept_back, "result": LIAR });
					if session.lock().expect("no one panics").mute {
						if client.send(Message::text(accepted.to_string())).await.is_err() {
							return;
						}
						continue;
					}
					let included = json!({
						"jsonrpc": "2.0", "method": "author_extrinsicUpdate",
						"params": { "subscription": LIAR, "result": { "inBlock": best["result"] } },
					});
					for said in [accepted, included] {
						if client.send(Message::text(said.to_string())).await.is_err() {
							return;
						}
					}
					continue;
				}
				let message = match parsed(&message) {
					Some(answer) => {
						let answer = session.lock().expect("no one panics").pass(answer, &mut asked);
						Message::text(answer.to_string())
					}
					None => message,
				};
				if client.send(message).await.is_err() {
					return;
				}
			}
			else => return,
		}
	}
}

fn parsed(message: &Message) -> Option<Value> {
	serde_json::from_str(message.to_text().ok()?).ok()
}

impl Session {
	/// Returns whether a request is a transaction that is kept back.
	fn keeps_back(&mut self, request: &Value) -> bool {
		let is_transaction = request["method"] == "author_submitAndWatchExtrinsic";
		if is_transaction {
			self.before_sent.get_or_insert_with(|| self.seen.clone());
			self.sent.push(request["params"][0].clone());
		}
		let catches = self.catches.is_some_and(|passes| self.sent.len() > passes);
		let forgets = self.mute && self.sent.len() == 1;
		let keeps = is_transaction
			&& (catches || forgets || self.swallows || self.sent.len() <= self.refuses);
		if keeps && self.swallows {
			self.swallowed = Some(request["params"][0].clone());
			self.told += 1;
		}
		keeps
	}

	/// Passes an answer or a notification on, perhaps altered.
	fn pass(&mut self, mut answer: Value, asked: &mut BTreeMap<String, String>) -> Value {
		let notified = answer["method"].as_str().map(str::to_owned);
		let name = match &notified {
			Some(method) => Some(method.clone()),
			None => asked.remove(&answer["id"].to_string()),
		};
		let Some(name) = name else { return answer };
		let said = match notified {
			Some(_) => answer.pointer_mut("/params/result"),
			None => answer.get_mut("result"),
		};
		let Some(said) = said else { return answer };
		if let (Some(transaction), "chain_getBlock") = (&self.swallowed, &*name) {
			if let Some(body) = said.pointer_mut("/block/extrinsics").and_then(Value::as_array_mut)
			{
				body.push(transaction.clone());
			}
		}
		if self.ahead > 0 && name == "system_accountNextIndex" && self.sent.is_empty() {
			*said = json!(said.as_u64().unwrap_or_default() + self.ahead);
		}
		if self.lingers && name == "system_accountNextIndex" && !self.sent.is_empty() {
			let used = self.first.get(&name).and_then(Value::as_u64).map(|first| first + 1);
			*said = json!(said.as_u64().max(used));
		}
		let first = self.first.entry(name.clone()).or_insert_with(|| said.clone()).clone();
		let count = self.seen.entry(name.clone()).or_default();
		let place = Place { name, earlier: *count };
		*count += 1;
		let once = self.lie.iter().filter(|(at, _)| *at == place).map(|(_, lie)| lie);
		let is_over = self.until_sent && !self.sent.is_empty();
		let always = self.always.iter().filter(|(name, _)| *name == place.name && !is_over);
		for lie in once.chain(always.map(|(_, lie)| lie)) {
			let before = said.clone();
			match lie {
				Lie::Nothing => *said = Value::Null,
				Lie::Altered(part) => alter(said, *part),
				Lie::Replayed => *said = first.clone(),
				Lie::Said(text) => *said = json!(text),
				Lie::Ahead(by) => {
					let number = said["number"].as_str().unwrap_or_default();
					let number = u64::from_str_radix(number.trim_start_matches("0x"), 16);
					said["number"] = json!(format!("{:#x}", number.unwrap_or_default() + by));
				}
				Lie::Replaced(from, to) => {
					let text = said.to_string().replace(from, to);
					*said = serde_json::from_str(&text).unwrap_or(Value::Null);
				}
			}
			if *said != before {
				self.told += 1;
			}
		}
		answer
	}
}

/// Alters one leaf of a value: the one at this part of the whole, in thousandths.
fn alter(value: &mut Value, part: usize) {
	let length = value.to_string().len();
	let mut left = length * part.min(999) / 1_000;
	alter_at(value, &mut left);
}

/// Alters the leaf at this distance, and returns whether it is reached.
fn alter_at(value: &mut Value, left: &mut usize) -> bool {
	match value {
		Value::Array(items) => items.iter_mut().any(|item| alter_at(item, left)),
		Value::Object(members) => members.values_mut().any(|member| alter_at(member, left)),
		Value::String(text) if *left < text.len() || text.len() <= 2 => {
			let start = if text.starts_with("0x") { 2 } else { 0 };
			let at = (*left).clamp(start.min(text.len()), text.len().saturating_sub(1).max(start));
			*text = text
				.char_indices()
				.map(|(index, digit)| match digit {
					_ if index != at => digit,
					'0' => '1',
					_ => '0',
				})
				.collect();
			true
		}
		Value::String(text) => {
			*left -= text.len();
			false
		}
		leaf => {
			let length = leaf.to_string().len();
			if *left >= length {
				*left -= length;
				return false;
			}
			*leaf = match leaf {
				Value::Bool(truth) => json!(!*truth),
				Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
				_ => json!("0x00"),
			};
			true
		}
	}
}
