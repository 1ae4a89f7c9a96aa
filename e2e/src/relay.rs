//! A relay between a client and a node, which can answer in the node's place.

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
	net::{TcpListener, TcpStream},
	task::JoinHandle,
};
use tokio_tungstenite::{accept_async, connect_async, tungstenite::Message};

/// Function that answers a request in the node's place with a `result` or `error` member, or
/// returns `None` to pass the request on.
pub type Answer = dyn Fn(&Value) -> Option<(&'static str, Value)> + Send + Sync;

/// A running relay. It ends when this is dropped.
pub struct Relay {
	address: SocketAddr,
	running: JoinHandle<()>,
}

impl Relay {
	/// Starts a relay to the node at `url`, on a port that the system chooses.
	pub async fn start(url: String, answer: Arc<Answer>) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
		let address = listener.local_addr().expect("a bound listener has an address");
		let running = tokio::spawn(async move {
			while let Ok((stream, _)) = listener.accept().await {
				tokio::spawn(relay(stream, url.clone(), answer.clone()));
			}
		});
		Self { address, running }
	}

	/// Returns the URL at which it listens.
	pub fn url(&self) -> String {
		format!("ws://{}", self.address)
	}
}

impl Drop for Relay {
	fn drop(&mut self) {
		self.running.abort();
	}
}

/// Relays one connection until either side ends it.
async fn relay(stream: TcpStream, url: String, answer: Arc<Answer>) {
	let Ok(mut client) = accept_async(stream).await else {
		return;
	};
	let Ok((mut node, _)) = connect_async(url).await else {
		return;
	};
	loop {
		tokio::select! {
			Some(Ok(message)) = client.next() => {
				let answered = message.to_text().ok().and_then(|text| {
					let request: Value = serde_json::from_str(text).ok()?;
					let (member, content) = answer(&request)?;
					let id = &request["id"];
					Some(serde_json::json!({"jsonrpc": "2.0", "id": id, member: content}))
				});
				let sent = match answered {
					Some(answered) => client.send(Message::text(answered.to_string())).await,
					None => node.send(message).await,
				};
				if sent.is_err() {
					return;
				}
			}
			Some(Ok(message)) = node.next() => {
				if client.send(message).await.is_err() {
					return;
				}
			}
			else => return,
		}
	}
}
