//! A relay that alters one of a node's answers, for a client that must notice.

use futures::{SinkExt, StreamExt};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	net::SocketAddr,
	sync::{Arc, Mutex},
};
use tokio::{
	net::{TcpListener, TcpStream},
	task::JoinHandle,
};
use tokio_tungstenite::{accept_async, connect_async, tungstenite::Message};

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
}

/// A session, with its lie and the answers so far.
#[derive(Default)]
struct Session {
	lie: Option<(Place, Lie)>,
	seen: BTreeMap<String, usize>,
	first: BTreeMap<String, Value>,
	told: usize,
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

	/// Returns the answers of the session that is running.
	pub fn answers(&self) -> Vec<Place> {
		let seen = self.lock().seen.clone();
		let places = seen.into_iter().flat_map(|(name, count)| {
			(0..count).map(move |earlier| Place { name: name.clone(), earlier })
		});
		places.collect()
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
	loop {
		tokio::select! {
			Some(Ok(message)) = client.next() => {
				if let Some(request) = parsed(&message) {
					if let Some(name) = name_of(&request) {
						asked.insert(request["id"].to_string(), name);
					}
				}
				if node.send(message).await.is_err() {
					return;
				}
			}
			Some(Ok(message)) = node.next() => {
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
		let first = self.first.entry(name.clone()).or_insert_with(|| said.clone()).clone();
		let count = self.seen.entry(name.clone()).or_default();
		let place = Place { name, earlier: *count };
		*count += 1;
		if let Some((_, lie)) = self.lie.as_ref().filter(|(where_, _)| *where_ == place) {
			let before = said.clone();
			match lie {
				Lie::Nothing => *said = Value::Null,
				Lie::Altered(part) => alter(said, *part),
				Lie::Replayed => *said = first,
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
