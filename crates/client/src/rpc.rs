//! The connection to a node.
//!
//! One WebSocket, made anew when it breaks. Every request has a deadline; those that may safely be
//! made twice (all but the submission of transactions) are made again, with growing pauses, while
//! the node cannot be reached: a node that restarts under an upload is only a pause.

use std::{
	hash::{BuildHasher, RandomState},
	sync::Arc,
	time::Duration,
};

use serde::de::DeserializeOwned;
use subxt::rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RawValue, RpcParams},
	Error as Raw, RpcClient, RpcClientT,
};
use tokio::{
	sync::Mutex,
	time::{sleep, timeout, Instant},
};

/// How long the client waits for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
	/// For a connection.
	pub connect: Duration,
	/// For the answer to one request.
	pub answer: Duration,
	/// For a node that is gone to come back.
	pub outage: Duration,
	/// For enough hospitals to release the key of a guarded record.
	pub release: Duration,
}

impl Default for Patience {
	fn default() -> Self {
		Self {
			connect: Duration::from_secs(10),
			answer: Duration::from_secs(30),
			outage: Duration::from_secs(60),
			release: Duration::from_secs(600),
		}
	}
}

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
	/// No connection to the node.
	#[error("cannot reach a node at {url}: start one there, or name another with --url")]
	Unreachable {
		/// Where it should be, without user name and password.
		url: String,
		/// What the network said.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
	/// The node is there, and does not answer.
	#[error("the node at {url} did not answer {method} within {seconds} s: it is overloaded, or hangs; see its log")]
	Silent {
		/// Where it is.
		url: String,
		/// What it was asked.
		method: String,
		/// How long it was waited for.
		seconds: u64,
	},
	/// The node answered with an error.
	#[error("the node refused {method}: {message} (code {code})")]
	Refused {
		/// What it was asked.
		method: String,
		/// The error's number.
		code: i32,
		/// The error in words.
		message: String,
		/// More about it.
		data: Option<String>,
	},
	/// The node answered something else than was asked for.
	#[error("the node's answer to {method} makes no sense to this client: they are of different releases, update the older one")]
	Answer {
		/// What it was asked.
		method: String,
		/// What is wrong with the answer.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
}

/// The source of [`Raw::Client`] where this module raised it.
#[derive(Debug, thiserror::Error)]
enum Lost {
	#[error("no connection within {0:?}")]
	Connect(Duration),
	#[error("no answer within {0:?}")]
	Answer(Duration),
}

pub(crate) struct Connection {
	url: String,
	patience: Patience,
	/// The live connection with its number.
	slot: Mutex<(u64, Option<RpcClient>)>,
}

impl Connection {
	pub(crate) fn new(url: &str, patience: Patience) -> Arc<Self> {
		Arc::new(Self {
			url: url.to_owned(),
			patience,
			slot: Mutex::new((0, None)),
		})
	}

	/// How long the client waits.
	pub(crate) fn patience(&self) -> Patience {
		self.patience
	}

	/// The address as it may be shown.
	pub(crate) fn shown_url(&self) -> String {
		match self.url.split_once("://") {
			Some((scheme, rest)) => {
				let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
				let host = authority.rsplit('@').next().unwrap_or_default();
				format!("{scheme}://{host}")
			}
			None => self.url.clone(),
		}
	}

	/// Connects if that has not been done.
	pub(crate) async fn connect(&self) -> Result<(), RpcError> {
		self.client()
			.await
			.map(drop)
			.map_err(|error| self.explain("", error))
	}

	/// One request, its answer read into `T`.
	pub(crate) async fn request<T: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<T, RpcError> {
		let raw = self
			.request_raw(method, params.build())
			.await
			.map_err(|error| self.explain(method, error))?;
		serde_json::from_str(raw.get()).map_err(|source| RpcError::Answer {
			method: method.to_owned(),
			source: source.into(),
		})
	}

	/// Puts an error of the lower layer in words.
	pub(crate) fn explain(&self, method: &str, error: Raw) -> RpcError {
		let method = method.to_owned();
		let url = self.shown_url();
		match error {
			Raw::User(error) => RpcError::Refused {
				method,
				code: error.code,
				message: error.message,
				data: error
					.data
					.map(|data| data.get().trim_matches('"').to_owned()),
			},
			Raw::Client(source) => match source.downcast_ref::<Lost>() {
				Some(Lost::Answer(after)) => RpcError::Silent {
					url,
					method,
					seconds: after.as_secs(),
				},
				_ => RpcError::Unreachable { url, source },
			},
			Raw::InsecureUrl(_) | Raw::DisconnectedWillReconnect(_) => RpcError::Unreachable {
				url,
				source: Box::new(error),
			},
			error => RpcError::Answer {
				method,
				source: Box::new(error),
			},
		}
	}

	async fn client(&self) -> Result<(u64, RpcClient), Raw> {
		let mut slot = self.slot.lock().await;
		if let (number, Some(client)) = &*slot {
			return Ok((*number, client.clone()));
		}
		let wait = self.patience.connect;
		let client = timeout(wait, RpcClient::from_insecure_url(&self.url))
			.await
			.map_err(|_| Raw::Client(Box::new(Lost::Connect(wait))))??;
		slot.0 += 1;
		slot.1 = Some(client.clone());
		Ok((slot.0, client))
	}

	/// The next request makes a new connection, unless another one has made it already.
	async fn forget(&self, number: u64) {
		let mut slot = self.slot.lock().await;
		if slot.0 == number {
			slot.1 = None;
		}
	}

	async fn attempt(
		&self,
		method: &str,
		params: Option<Box<RawValue>>,
	) -> Result<Box<RawValue>, Raw> {
		let (number, client) = self.client().await?;
		let wait = self.patience.answer;
		let result = timeout(wait, client.request_raw(method, params))
			.await
			.unwrap_or_else(|_| Err(Raw::Client(Box::new(Lost::Answer(wait)))));
		if let Err(Raw::Client(_)) = &result {
			self.forget(number).await;
		}
		result
	}
}

impl RpcClientT for Connection {
	fn request_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
	) -> RawRpcFuture<'a, Box<RawValue>> {
		Box::pin(async move {
			let started = Instant::now();
			let mut pause = Duration::from_millis(200);
			let was_connected = self.slot.lock().await.0 > 0;
			loop {
				let error = match self.attempt(method, params.clone()).await {
					Err(Raw::Client(error)) => error,
					other => return other,
				};
				let again = was_connected
					&& !method.starts_with("author_")
					&& started.elapsed() + pause < self.patience.outage;
				if !again {
					return Err(Raw::Client(error));
				}
				sleep(jittered(pause)).await;
				pause = (pause * 2).min(Duration::from_secs(5));
			}
		})
	}

	fn subscribe_raw<'a>(
		&'a self,
		sub: &'a str,
		params: Option<Box<RawValue>>,
		unsub: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		Box::pin(async move {
			let (number, client) = self.client().await?;
			let wait = self.patience.answer;
			let result = timeout(wait, client.subscribe_raw(sub, params, unsub))
				.await
				.unwrap_or_else(|_| Err(Raw::Client(Box::new(Lost::Answer(wait)))));
			if let Err(Raw::Client(_)) = &result {
				self.forget(number).await;
			}
			result
		})
	}
}

/// Between half of the pause and all of it, so that many clients do not come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
	let chance = RandomState::new().hash_one(()) as u32;
	pause / 2 + pause.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::error::Error;

	#[test]
	fn a_password_in_the_address_is_not_shown() {
		for (url, shown) in [
			("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
			(
				"wss://ada:secret@node.example:443/path?key=1",
				"wss://node.example:443",
			),
			("wss://node.example/?token=a@b", "wss://node.example"),
		] {
			assert_eq!(Connection::new(url, Patience::default()).shown_url(), shown);
		}
	}

	#[tokio::test]
	async fn nobody_there_is_told_at_once_and_by_name() {
		let connection = Connection::new("ws://127.0.0.1:1", Patience::default());
		let started = Instant::now();
		let error = connection.connect().await.unwrap_err();
		assert!(started.elapsed() < Duration::from_secs(5));
		assert!(matches!(error, RpcError::Unreachable { .. }), "{error:?}");
		assert!(error.to_string().contains("ws://127.0.0.1:1"));
		assert!(error.source().is_some());
	}

	#[tokio::test]
	async fn a_server_that_never_answers_the_handshake_meets_the_deadline() {
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("ws://{}", listener.local_addr().unwrap());
		let patience = Patience {
			connect: Duration::from_millis(300),
			..Patience::default()
		};
		let connection = Connection::new(&url, patience);
		let error = connection.connect().await.unwrap_err();
		assert!(matches!(error, RpcError::Unreachable { .. }), "{error:?}");
	}
}
