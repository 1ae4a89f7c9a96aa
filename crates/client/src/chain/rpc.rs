//! The connection to a node.
//!
//! One WebSocket, reopened when it breaks. Every request has a deadline. While the node cannot be
//! reached, requests that may safely be repeated (all but the submission of transactions) are
//! repeated with growing pauses, so a node that restarts during an upload only causes a pause.

use std::{path::PathBuf, sync::Arc, time::Duration};

use salus_ipfs::kubo::jittered;
use salus_light::Fault;
use salus_primitives::Hash32;
use serde::de::DeserializeOwned;
use subxt::rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RawValue, RpcParams},
	Error as Raw, RpcClient, RpcClientT,
};
use tokio::{
	sync::Mutex,
	time::{sleep, timeout, Instant},
};
use tracing::{debug_span, Instrument};

use crate::{
	chain::endpoint::{status_words, ConnectOptions, Endpoint, EndpointError, OpenError},
	chain::tls::TlsFault,
	progress::Progress,
	words,
};

/// Duration of an outage after which the wait for the node is reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// Limits on a client's waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
	/// Limit for a connection.
	pub connect: Duration,
	/// Limit for the answer to one request.
	pub answer: Duration,
	/// Limit for a lost node to return.
	pub outage: Duration,
	/// Limit for hospitals to release the key of a guarded record.
	pub release: Duration,
	/// Point in time until which to wait for finality; `None` waits for the usual time and more.
	pub until: Option<std::time::Instant>,
}

impl Patience {
	/// Returns the time that is left until [`Patience::until`].
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

/// Error code of a node that cannot read its database.
const DATABASE: i32 = 4003;

/// Reason why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
	/// There is no connection to the node.
	#[error("cannot reach a node at {url}: start one there, or name another")]
	Unreachable {
		/// The node's address, without user name and password.
		url: String,
		/// Error of the network.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
	/// The connection cannot be encrypted.
	#[error("no encrypted connection to {url}: {fault}")]
	Tls {
		/// The node's address, without user name and password.
		url: String,
		/// Fault of the encryption.
		fault: TlsFault,
		/// Error of the TLS library.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
	/// The node, or a proxy in front of it, refuses the connection.
	#[error("{url} refused the connection with HTTP status {status}: {}", status_words(*status))]
	Rejected {
		/// The node's address, without user name and password.
		url: String,
		/// HTTP status.
		status: u16,
	},
	/// The server is not a node.
	#[error("the server at {url} is not a node: {cause}; check the address, and wss:// or ws://")]
	NoNode {
		/// The server's address, without user name and password.
		url: String,
		/// Behaviour that shows it.
		cause: String,
		/// Error of the WebSocket library, if any.
		#[source]
		source: Option<Box<dyn std::error::Error + Send + Sync>>,
	},
	/// The node was there, and has not come back.
	#[error("the node at {url} is gone, and did not come back within {seconds} s; start it, then try again")]
	Gone {
		/// The node's address.
		url: String,
		/// Time waited, in seconds.
		seconds: u64,
		/// Last error of the network.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
	/// The node is connected, but does not answer.
	#[error("the node at {url} did not answer {method} within {seconds} s: it is overloaded or hangs; see its log")]
	NoAnswer {
		/// The node's address.
		url: String,
		/// Method of the request.
		method: String,
		/// Time waited, in seconds.
		seconds: u64,
	},
	/// The node answered with an error.
	#[error("the node refused {method}: {message} (code {code})")]
	Refused {
		/// Method of the request.
		method: String,
		/// Error code.
		code: i32,
		/// Message of the error.
		message: String,
		/// Further data of the error.
		data: Option<String>,
	},
	/// The node's answer is not the chain's.
	#[error("do not trust the node at {url}: in its answer to {method}, {fault}; use another node, and tell the operator of this one")]
	Untrue {
		/// The node's address, without user name and password.
		url: String,
		/// Method of the request.
		method: String,
		/// Fault of the answer.
		fault: Fault,
	},
	/// The node's chain is not one that this machine has used, or not the one of this address.
	#[error("the node at {url} has a chain with the first block 0x{}, but this machine has used one with 0x{}; do not use the node, or, if another source confirms that first block, name it", hex::encode(found), hex::encode(known))]
	OtherChain {
		/// The node's address, without user name and password.
		url: String,
		/// Hash of the first block of the chain that was used.
		known: Hash32,
		/// Hash of the first block of the node's chain.
		found: Hash32,
	},
	/// The node's last final block is so old that keys may have changed since.
	#[error("the last final block of the node at {url} is block {block}, which is {minutes} minutes old: keys may have changed since; wait until finality is back, ask another node, or set this machine's clock")]
	Stale {
		/// The node's address, without user name and password.
		url: String,
		/// Number of the block.
		block: u64,
		/// Age of the block, in minutes.
		minutes: u64,
	},
	/// A block names a runtime that no final block is known to name.
	#[error("block {block} of the node at {url} is not final, and its runtime is not that of the last final block, so its state is not read; wait until finality is back, or ask another node")]
	NewRuntime {
		/// The node's address, without user name and password.
		url: String,
		/// Number of the block.
		block: u64,
	},
	/// The node does not have the last final block that this machine knows.
	#[error("the node at {url} does not have block {known}, which was final before; wait until it has caught up, or use another node. Remove {} only if the operator of the chain says that it was started again from its first block", shown_paths(files))]
	Behind {
		/// The node's address, without user name and password.
		url: String,
		/// Number of the block.
		known: u64,
		/// Files that remember the block.
		files: Vec<PathBuf>,
	},
	/// Proven facts about the chain cannot be kept on this machine.
	#[error("cannot {action} {}, which keeps proven facts about the chain; check its permissions and free space", path.display())]
	Unkept {
		/// The attempted action, as a verb.
		action: &'static str,
		/// File that keeps the facts.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: std::io::Error,
	},
	/// The node's answer has an unexpected form.
	#[error("this client does not understand the node's answer to {method}; the node and this client come from different releases; update the older one")]
	Answer {
		/// Method of the request.
		method: String,
		/// Error of the decoder.
		#[source]
		source: Box<dyn std::error::Error + Send + Sync>,
	},
}

/// Lists files in words.
fn shown_paths(files: &[PathBuf]) -> String {
	words::list(&files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>())
}

/// Source of the [`Raw::Client`] errors that this module raises.
#[derive(Debug, thiserror::Error)]
enum Lost {
	#[error("no connection within {0:?}")]
	Connect(Duration),
	#[error("no answer within {0:?}")]
	Answer(Duration),
	/// Duration of the outage, and its cause.
	#[error("gone for {0:?}")]
	Gone(Duration, #[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RpcError {
	/// Returns whether the node no longer has the state of a block.
	pub(crate) fn is_pruned(&self) -> bool {
		// The SDK's code covers all errors of the database.
		let Self::Refused { code: DATABASE, message, .. } = self else { return false };
		message.contains("State already discarded")
	}

	/// Returns whether the node's answer is not the chain's, so that the node must not be trusted.
	pub fn is_alarm(&self) -> bool {
		matches!(self, Self::Untrue { .. } | Self::OtherChain { .. })
	}

	/// Returns whether there is no connection to a node that is up to date.
	pub fn is_unreachable(&self) -> bool {
		matches!(
			self,
			Self::Unreachable { .. }
				| Self::Tls { .. }
				| Self::Rejected { .. }
				| Self::NoNode { .. }
				| Self::Gone { .. }
				| Self::Behind { .. }
		)
	}
}

pub(crate) struct Connection {
	endpoint: Endpoint,
	patience: Patience,
	pub(crate) progress: Option<Arc<dyn Progress>>,
	/// The live connection, with its number.
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

	/// Returns the limits on waiting.
	pub(crate) fn patience(&self) -> Patience {
		self.patience
	}

	/// Returns the address in a form that may be shown.
	pub(crate) fn shown_url(&self) -> String {
		self.endpoint.shown()
	}

	/// Connects, unless there is a connection.
	pub(crate) async fn connect(&self) -> Result<(), RpcError> {
		self.client().await.map(drop).map_err(|error| self.explain("", error))
	}

	/// Makes one request, and decodes the answer.
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

	/// Converts an error of the lower layer.
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

	/// Makes the next request open a connection, unless another one already has.
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
		let span = debug_span!("request", method = shown(method, params.as_deref()));
		let requested = async move {
			let started = Instant::now();
			let mut pause = Duration::from_millis(200);
			let is_again = self.slot.lock().await.0 > 0 && !method.starts_with("author_");
			let mut reported = false;
			loop {
				let error = match self.attempt(method, params.clone()).await {
					Err(Raw::Client(error)) => error,
					other => {
						if let (true, Some(progress)) = (reported, &self.progress) {
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
					let is_unanswered = matches!(error.downcast_ref(), Some(Lost::Answer(_)));
					return Err(Raw::Client(match is_unanswered {
						true => error,
						false => Box::new(Lost::Gone(started.elapsed(), error)),
					}));
				}
				// A connection that merely broke is reopened before this time.
				let is_gone = started.elapsed() >= REPORT_AFTER;
				if let (true, false, Some(progress)) = (is_gone, reported, &self.progress) {
					progress.waiting_for_node(&self.shown_url(), left);
					reported = true;
				}
				sleep(jittered(pause)).await;
				pause = (pause * 2).min(Duration::from_secs(5));
			}
		};
		Box::pin(requested.instrument(span))
	}

	fn subscribe_raw<'a>(
		&'a self,
		sub: &'a str,
		params: Option<Box<RawValue>>,
		unsub: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		let span = debug_span!("request", method = sub);
		let subscribed = async move {
			let (number, client) = self.client().await?;
			let wait = self.patience.answer;
			let result = timeout(wait, client.subscribe_raw(sub, params, unsub))
				.await
				.unwrap_or_else(|_| Err(Raw::Client(Box::new(Lost::Answer(wait)))));
			if let Err(Raw::Client(_)) = &result {
				self.forget(number).await;
			}
			result
		};
		Box::pin(subscribed.instrument(span))
	}
}

/// Returns the name of a request: the method, or the function of the runtime API that it calls.
fn shown<'a>(method: &'a str, params: Option<&'a RawValue>) -> &'a str {
	let function = params
		.filter(|_| method == "state_call")
		.and_then(|params| params.get().strip_prefix("[\"")?.split('"').next());
	function.unwrap_or(method)
}

/// Converts the cause of a lost or failed connection.
fn lost(url: String, method: String, source: Box<dyn std::error::Error + Send + Sync>) -> RpcError {
	let source = match source.downcast::<OpenError>() {
		Ok(error) => {
			return match *error {
				OpenError::Tls { fault, source } => RpcError::Tls { url, fault, source },
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
		Ok(Lost::Answer(after)) => RpcError::NoAnswer { url, method, seconds: after.as_secs() },
		Ok(Lost::Gone(after, source)) => RpcError::Gone { url, seconds: after.as_secs(), source },
		Ok(lost @ Lost::Connect(_)) => RpcError::Unreachable { url, source: Box::new(lost) },
		Err(source) => RpcError::Unreachable { url, source },
	}
}

#[cfg(test)]
pub(crate) mod tests;
