//! A relay that alters, delays, withholds or refuses one of a node's answers, for a client that
//! must notice.

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
	time::{sleep_until, Instant},
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

/// Change of an answer, or of its arrival.
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
	/// The answer is an error with this code and message. A notification ends its subscription.
	Failed(i32, &'static str),
	/// The answer comes this number of seconds later, after others that were asked for later.
	Delayed(u64),
	/// The answer never comes, and no later one to the same method or function does, so that
	/// repeating the request does not help.
	Withheld,
}

impl Lie {
	/// Returns whether a lie about one answer concerns another.
	fn concerns(self, at: &Place, place: &Place) -> bool {
		match self {
			Self::Withheld => at.name == place.name && at.earlier <= place.earlier,
			_ => at == place,
		}
	}
}

/// An answer on its way to the client.
#[derive(Debug, PartialEq)]
enum Passed {
	Now(Value),
	Later(Value, Duration),
	Never,
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
	// Delayed answers, each with its time.
	let mut late: Vec<(Instant, Message)> = Vec::new();
	loop {
		let due = late.iter().map(|(at, _)| *at).min();
		tokio::select! {
			message = client.next() => {
				let Some(Ok(mut message)) = message else { return };
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
			message = node.next() => {
				let Some(Ok(message)) = message else { return };
				let to_client = match parsed(&message) {
					Some(best) if best["id"] == LIAR => {
						session.lock().expect("no one panics").on_kept_back(&kept_back, &best)
					}
					Some(answer) => {
						let passed = session.lock().expect("no one panics").pass(answer, &mut asked);
						match passed {
							Passed::Now(answer) => vec![Message::text(answer.to_string())],
							Passed::Later(answer, delay) => {
								late.push((Instant::now() + delay, Message::text(answer.to_string())));
								Vec::new()
							}
							Passed::Never => Vec::new(),
						}
					}
					None => vec![message],
				};
				for message in to_client {
					if client.send(message).await.is_err() {
						return;
					}
				}
			}
			() = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
				let now = Instant::now();
				let (arrived, waiting): (Vec<_>, Vec<_>) =
					late.into_iter().partition(|(at, _)| *at <= now);
				late = waiting;
				for (_, message) in arrived {
					if client.send(message).await.is_err() {
						return;
					}
				}
			}
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

	/// Returns what the client gets about the transaction that is kept back, when the node has
	/// named its best block.
	fn on_kept_back(&self, kept_back: &Value, best: &Value) -> Vec<Message> {
		let said = if self.refuses > 0 {
			let error = json!({ "code": 1014, "message": "Priority is too low" });
			vec![json!({ "jsonrpc": "2.0", "id": kept_back, "error": error })]
		} else {
			let accepted = json!({ "jsonrpc": "2.0", "id": kept_back, "result": LIAR });
			let included = json!({
				"jsonrpc": "2.0", "method": "author_extrinsicUpdate",
				"params": { "subscription": LIAR, "result": { "inBlock": best["result"] } },
			});
			if self.mute {
				vec![accepted]
			} else {
				vec![accepted, included]
			}
		};
		said.iter().map(|said| Message::text(said.to_string())).collect()
	}

	/// Passes an answer or a notification on, perhaps altered.
	fn pass(&mut self, mut answer: Value, asked: &mut BTreeMap<String, String>) -> Passed {
		let notified = answer["method"].as_str().map(str::to_owned);
		let name = match &notified {
			Some(method) => Some(method.clone()),
			None => asked.remove(&answer["id"].to_string()),
		};
		let Some(name) = name else { return Passed::Now(answer) };
		let said = match notified {
			Some(_) => answer.pointer_mut("/params/result"),
			None => answer.get_mut("result"),
		};
		let Some(said) = said else { return Passed::Now(answer) };
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
		let once = self.lie.iter().filter(|(at, lie)| lie.concerns(at, &place));
		let once = once.map(|(_, lie)| lie);
		let (mut error, mut delay, mut is_withheld) = (None, None, false);
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
				Lie::Failed(code, message) => error = Some((*code, *message)),
				Lie::Delayed(seconds) => delay = Some(Duration::from_secs(*seconds)),
				Lie::Withheld => is_withheld = true,
			}
			let is_of_arrival = matches!(lie, Lie::Failed(..) | Lie::Delayed(_) | Lie::Withheld);
			if is_of_arrival || *said != before {
				self.told += 1;
			}
		}
		if let Some((code, message)) = error {
			fail(&mut answer, code, message);
		}
		match delay {
			_ if is_withheld => Passed::Never,
			Some(delay) => Passed::Later(answer, delay),
			None => Passed::Now(answer),
		}
	}
}

/// Makes an answer, or a notification, one of an error.
fn fail(answer: &mut Value, code: i32, message: &str) {
	let holder = match answer.get("method").is_some() {
		true => &mut answer["params"],
		false => answer,
	};
	if let Some(members) = holder.as_object_mut() {
		members.remove("result");
		members.insert("error".into(), json!({ "code": code, "message": message }));
	}
}

/// Alters one leaf of a value: the one at this part of all leaves, in thousandths. A value without
/// leaves, such as an empty list, becomes another one, so that no value stays as it is.
fn alter(value: &mut Value, part: usize) {
	let mut left = size(value) * part.min(999) / 1_000;
	if !alter_at(value, &mut left) {
		*value = json!("0x00");
	}
}

/// Returns the number of characters in the leaves of a value.
fn size(value: &Value) -> usize {
	match value {
		Value::Array(items) => items.iter().map(size).sum(),
		Value::Object(members) => members.values().map(size).sum(),
		Value::String(text) => text.len(),
		leaf => leaf.to_string().len(),
	}
}

/// Alters the leaf at this distance, and returns whether it is reached.
fn alter_at(value: &mut Value, left: &mut usize) -> bool {
	match value {
		Value::Array(items) => items.iter_mut().any(|item| alter_at(item, left)),
		Value::Object(members) => members.values_mut().any(|member| alter_at(member, left)),
		Value::String(text) if *left < text.len() || text.len() <= 2 => {
			alter_digit(text, *left);
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
				Value::Number(number) => json!(number.as_u64().unwrap_or_default().wrapping_add(1)),
				_ => json!("0x00"),
			};
			true
		}
	}
}

/// Alters the digit of a text at this place, or the nearest one. A text without digits gets some.
fn alter_digit(text: &mut String, place: usize) {
	let start = if text.starts_with("0x") { 2 } else { 0 };
	if text.len() <= start {
		text.push_str("01");
		return;
	}
	let at = place.clamp(start, text.len() - 1);
	*text = text
		.char_indices()
		.map(|(index, digit)| match digit {
			_ if !(index..index + digit.len_utf8()).contains(&at) => digit,
			'0' => '1',
			_ => '0',
		})
		.collect();
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Passes three answers to one method on in a session with a lie about the second.
	fn passed(lie: Lie) -> (Vec<Passed>, usize) {
		let place = Place { name: "some_method".into(), earlier: 1 };
		let mut session = Session { lie: Some((place, lie)), ..Session::default() };
		let passed = (1..=3u64).map(|id| {
			let mut asked = BTreeMap::from([(id.to_string(), "some_method".to_owned())]);
			session.pass(json!({ "jsonrpc": "2.0", "id": id, "result": id }), &mut asked)
		});
		(passed.collect(), session.told)
	}

	fn honest(id: u64) -> Passed {
		Passed::Now(json!({ "jsonrpc": "2.0", "id": id, "result": id }))
	}

	#[test]
	fn an_answer_is_an_error_delayed_or_withheld() {
		let error = json!({ "code": -32603, "message": "Internal error" });
		let failed = Passed::Now(json!({ "jsonrpc": "2.0", "id": 2, "error": error }));
		let lie = Lie::Failed(-32603, "Internal error");
		assert_eq!(passed(lie), (vec![honest(1), failed, honest(3)], 1));

		let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": 2 });
		let delayed = Passed::Later(answer, Duration::from_secs(5));
		assert_eq!(passed(Lie::Delayed(5)), (vec![honest(1), delayed, honest(3)], 1));

		// Asking again does not help.
		let withheld = vec![honest(1), Passed::Never, Passed::Never];
		assert_eq!(passed(Lie::Withheld), (withheld, 2));
	}

	#[test]
	fn every_answer_can_be_altered_at_every_place() {
		let header = json!({ "number": "0x1f", "parentHash": format!("0x{}", "ab".repeat(32)) });
		for answer in [
			json!(null),
			json!([]),
			json!({}),
			json!(""),
			json!("0x"),
			json!("0x00"),
			json!("\u{e9}\u{e9}"),
			json!(u64::MAX),
			json!([[], { "at": null }]),
			json!({ "aLongNameOfAMember": [true], "another": "0x07" }),
			header,
		] {
			for part in [0, 40, 500, 970, 1_000] {
				let mut altered = answer.clone();
				alter(&mut altered, part);
				assert_ne!(altered, answer, "at {part}");
			}
		}
	}

	#[test]
	fn an_error_ends_a_subscription() {
		let place = Place { name: "some_update".into(), earlier: 0 };
		let lie = Lie::Failed(-32603, "Internal error");
		let mut session = Session { lie: Some((place, lie)), ..Session::default() };
		let params = json!({ "subscription": "7", "result": "ready" });
		let update = json!({ "jsonrpc": "2.0", "method": "some_update", "params": params });
		let Passed::Now(passed) = session.pass(update, &mut BTreeMap::new()) else {
			panic!("it arrives at once")
		};
		assert_eq!(passed["params"]["error"]["code"], -32603);
		assert_eq!(passed["params"]["subscription"], "7");
		assert_eq!(passed.pointer("/params/result"), None);
	}
}
