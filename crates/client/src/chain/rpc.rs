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

use crate::{
	chain::endpoint::{status_words, ConnectOptions, Endpoint, EndpointError, OpenError},
	progress::Progress,
};

/// After how long without the node it is told that it is waited for.
const TELL_AFTER: Duration = Duration::from_secs(1);

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
	/// Until when to wait for what is final, whatever it is; none: as long as that usually takes, and longer.
	pub until: Option<std::time::Instant>,
}

impl Patience {
	/// What is left until then.
	pub(crate) fn left(&self) -> Option<Duration> {
		let now = std::time::Instant::now();
		self.until.map(|until| until.saturating_duration_since(now))
	}
}

impl Default for Patience {
	fn default() -> Self {
		Self {
			connect: Duration::from_secs(10),
			answer: Duration::from_secs(30),
			outage: Duration::from_secs(60),
			release: Duration::from_secs(600),
			until: None,
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
	/// The connection cannot be encrypted.
	#[error("no encrypted connection to {url}: {cause}")]
	Tls {
		/// Where it should lead, without user name and password.
		url: String,
		/// What is wrong, and what to do.
		cause: &'static str,
		/// What the library said.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
	/// The node, or a proxy in front of it, does not take the connection.
	#[error("{url} refused the connection with HTTP status {status}: {}", status_words(*status))]
	Rejected {
		/// Where it should lead, without user name and password.
		url: String,
		/// The status.
		status: u16,
	},
	/// Something else than a node answers.
	#[error("what answers at {url} is no node: {cause}; check the address, and wss:// or ws://")]
	NoNode {
		/// Where it is, without user name and password.
		url: String,
		/// What it is.
		cause: String,
		/// What the library said, if it did.
		#[source]
		source: Option<Box<dyn std::error::Error + Send + Sync>>,
	},
	/// The node was there, and is gone.
	#[error("the node at {url} is gone, and did not come back within {seconds} s; start it, then run the command again: an upload goes on where it stopped")]
	Gone {
		/// Where it was.
		url: String,
		/// How long it was waited for.
		seconds: u64,
		/// What the network said at last.
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
	/// After so long, for this reason.
	#[error("gone for {0:?}")]
	Gone(Duration, #[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RpcError {
	/// Whether there is no connection to a node.
	pub fn is_unreachable(&self) -> bool {
		matches!(
			self,
			Self::Unreachable { .. }
				| Self::Tls { .. }
				| Self::Rejected { .. }
				| Self::NoNode { .. }
				| Self::Gone { .. }
		)
	}
}

pub(crate) struct Connection {
	endpoint: Endpoint,
	patience: Patience,
	progress: Option<Arc<dyn Progress>>,
	/// The live connection with its number.
	slot: Mutex<(u64, Option<RpcClient>)>,
}

impl Connection {
	pub(crate) fn new(url: &str, options: ConnectOptions) -> Result<Arc<Self>, EndpointError> {
		Ok(Arc::new(Self {
			endpoint: Endpoint::new(url, &options)?,
			patience: options.patience,
			progress: options.progress,
			slot: Mutex::new((0, None)),
		}))
	}

	/// How long the client waits.
	pub(crate) fn patience(&self) -> Patience {
		self.patience
	}

	/// The address as it may be shown.
	pub(crate) fn shown_url(&self) -> String {
		self.endpoint.shown()
	}

	/// Connects if that has not been done.
	pub(crate) async fn connect(&self) -> Result<(), RpcError> {
		self.client().await.map(drop).map_err(|error| self.explain("", error))
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
		serde_json::from_str(raw.get())
			.map_err(|source| RpcError::Answer { method: method.to_owned(), source: source.into() })
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
				data: error.data.map(|data| data.get().trim_matches('"').to_owned()),
			},
			Raw::Client(source) => lost(url, method, source),
			Raw::InsecureUrl(_) | Raw::DisconnectedWillReconnect(_) => {
				RpcError::Unreachable { url, source: Box::new(error) }
			}
			error => RpcError::Answer { method, source: Box::new(error) },
		}
	}

	async fn client(&self) -> Result<(u64, RpcClient), Raw> {
		let mut slot = self.slot.lock().await;
		if let (number, Some(client)) = &*slot {
			return Ok((*number, client.clone()));
		}
		let wait = self.patience.connect;
		let client = timeout(wait, self.endpoint.open(wait))
			.await
			.map_err(|_| Raw::Client(Box::new(Lost::Connect(wait))))?
			.map_err(|error| Raw::Client(Box::new(error)))?;
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
			let is_again = self.slot.lock().await.0 > 0 && !method.starts_with("author_");
			let mut told = false;
			loop {
				let error = match self.attempt(method, params.clone()).await {
					Err(Raw::Client(error)) => error,
					other => {
						if let (true, Some(progress)) = (told, &self.progress) {
							progress.node_is_back();
						}
						return other;
					}
				};
				if !is_again {
					return Err(Raw::Client(error));
				}
				let left = self.patience.outage.saturating_sub(started.elapsed());
				if left <= pause {
					let silent = matches!(error.downcast_ref(), Some(Lost::Answer(_)));
					return Err(Raw::Client(match silent {
						true => error,
						false => Box::new(Lost::Gone(started.elapsed(), error)),
					}));
				}
				// A connection that only broke is made anew before that.
				let is_gone = started.elapsed() >= TELL_AFTER;
				if let (true, false, Some(progress)) = (is_gone, told, &self.progress) {
					progress.waiting_for_node(&self.shown_url(), left);
					told = true;
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

/// Why a connection was lost or not made, in words.
fn lost(url: String, method: String, source: Box<dyn std::error::Error + Send + Sync>) -> RpcError {
	let source = match source.downcast::<OpenError>() {
		Ok(error) => {
			return match *error {
				OpenError::Tls { cause, source } => RpcError::Tls { url, cause, source },
				OpenError::Rejected { status } => RpcError::Rejected { url, status },
				error @ OpenError::Moved { .. } => {
					RpcError::NoNode { url, cause: error.to_string(), source: None }
				}
				OpenError::NoWebSocket(source) => RpcError::NoNode {
					url,
					cause: "it does not speak WebSocket".into(),
					source: Some(source),
				},
				OpenError::Network(source) => RpcError::Unreachable { url, source: source.into() },
			}
		}
		Err(source) => source,
	};
	match source.downcast::<Lost>().map(|lost| *lost) {
		Ok(Lost::Answer(after)) => RpcError::Silent { url, method, seconds: after.as_secs() },
		Ok(Lost::Gone(after, source)) => RpcError::Gone { url, seconds: after.as_secs(), source },
		Ok(lost @ Lost::Connect(_)) => RpcError::Unreachable { url, source: Box::new(lost) },
		Err(source) => RpcError::Unreachable { url, source },
	}
}

/// Between half of the pause and all of it, so that many clients do not come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
	let chance = RandomState::new().hash_one(()) as u32;
	pause / 2 + pause.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
pub(crate) mod tests;
