//! Calls of one connection, and the messages that contain them.

use std::sync::Arc;

use futures::{future::BoxFuture, FutureExt};
use jsonrpsee::{
	core::{server::helpers::prepare_error, traits::IdProvider},
	server::{
		middleware::rpc::{RpcLogger, RpcServiceT},
		BatchRequestConfig, BatchResponseBuilder, BoundedSubscriptions, MethodSink,
		SubscriptionState,
	},
	types::{
		error::{
			reject_too_big_batch_request, reject_too_many_subscriptions, ErrorCode,
			BATCHES_NOT_SUPPORTED_CODE, BATCHES_NOT_SUPPORTED_MSG,
		},
		ErrorObject, Id, InvalidRequest, Notification, Params, Request,
	},
	ConnectionId, Extensions, MethodCallback, MethodResponse, Methods,
};
use sc_rpc_server::middleware::Middleware;
use serde_json::value::RawValue;
use tokio::{
	runtime::RuntimeFlavor,
	sync::{OwnedSemaphorePermit, Semaphore},
};

use super::connections::{Connection, HeldBytes};

/// Maximum number of subscriptions of one connection that start at a time. Each of them may hold
/// a first message until there is room for it.
const STARTING: usize = 4;

/// Cost of a method to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cost {
	/// A small answer without a runtime call: the operator's questions.
	Light,
	/// Time rather than a core: it waits for peers or a block, and has separate limits. It makes
	/// its runtime calls [in turn](in_turn).
	Waiting,
	/// A core: for a runtime call, a read of the chain or an upload.
	Executing,
}

impl Cost {
	/// Returns the cost of a method. Methods that are not listed here are [`Cost::Executing`].
	fn of(name: &str) -> Self {
		match name {
			"system_accountNextIndex" | "system_dryRun" | "system_dryRunAt" => Self::Executing,
			"salus_getBlock" | "salus_changesSince" => Self::Waiting,
			"rpc_methods" => Self::Light,
			name if name.starts_with("system_") => Self::Light,
			_ => Self::Executing,
		}
	}
}

/// Runs a call that blocks this thread. Other connections are served in the meantime.
fn blocking<R>(call: impl FnOnce() -> R) -> R {
	match tokio::runtime::Handle::current().runtime_flavor() {
		RuntimeFlavor::MultiThread => tokio::task::block_in_place(call),
		_ => call(),
	}
}

/// Makes a runtime call of a method that otherwise waits, in the turn of its connection. Returns
/// `None` if the connection ends first. A call that did not come through the server, as in tests,
/// needs no turn.
pub async fn in_turn<R>(extensions: &Extensions, call: impl FnOnce() -> R) -> Option<R> {
	let _turn = match extensions.get::<Arc<Connection>>() {
		Some(connection) => Some(connection.turn().await?),
		None => None,
	};
	Some(blocking(call))
}

/// Subscriptions of a WebSocket.
pub struct Subscriptions {
	bounded: BoundedSubscriptions,
	sink: MethodSink,
	ids: Arc<dyn IdProvider>,
	starting: Semaphore,
}

impl Subscriptions {
	/// Creates the subscriptions of a WebSocket, with their limit.
	pub fn new(sink: MethodSink, ids: Arc<dyn IdProvider>, max: u32) -> Self {
		let bounded = BoundedSubscriptions::new(max);
		Self { bounded, sink, ids, starting: Semaphore::new(STARTING) }
	}
}

/// Calls of one connection, within its limits.
#[derive(Clone)]
pub struct Calls(Arc<Inner>);

struct Inner {
	connection: Arc<Connection>,
	methods: Methods,
	/// Maximum size of an answer, in bytes.
	max_answer_bytes: usize,
	subscriptions: Option<Subscriptions>,
}

/// Calls with the SDK's metrics, rate limit and log.
pub type Service = RpcLogger<Middleware<Calls>>;

/// Marks a call as part of a batch.
#[derive(Clone, Copy)]
struct Part;

impl Calls {
	/// Creates the calls of a connection. `max_answer_bytes`: maximum size of an answer, in bytes.
	pub fn new(
		connection: Arc<Connection>,
		methods: Methods,
		max_answer_bytes: usize,
		subscriptions: Option<Subscriptions>,
	) -> Self {
		Self(Arc::new(Inner { connection, methods, max_answer_bytes, subscriptions }))
	}

	async fn answer(self, request: Request<'_>) -> MethodResponse {
		let Inner { connection, methods, .. } = &*self.0;
		let Request { id, method, params, mut extensions, .. } = request;
		let is_part = extensions.get::<Part>().is_some();
		let Some((name, callback)) = methods.method_with_name(&method) else {
			return MethodResponse::error(id, ErrorObject::from(ErrorCode::MethodNotFound));
		};
		let params = Params::new(params.as_ref().map(|params| RawValue::get(params)));
		let gone = || MethodResponse::error(Id::Null, ErrorObject::from(ErrorCode::ServerIsBusy));
		let response = match callback {
			MethodCallback::Subscription(_) | MethodCallback::Unsubscription(_) => {
				if !connection.has_room().await {
					return gone();
				}
				self.subscribe(callback, id, params, extensions).await
			}
			MethodCallback::Sync(_) | MethodCallback::Async(_) => {
				let _turn = match Cost::of(name) {
					Cost::Light if connection.may_answer().await => None,
					Cost::Waiting if connection.has_room().await => {
						extensions.insert(connection.clone());
						None
					}
					Cost::Executing => match connection.turn().await {
						Some(turn) => Some(turn),
						None => return gone(),
					},
					_ => return gone(),
				};
				let response = self.execute(callback, id, params, extensions).await;
				// The bytes count before another call gets the turn.
				return self.counted(response, is_part);
			}
		};
		self.counted(response, is_part)
	}

	fn counted(&self, mut response: MethodResponse, is_part: bool) -> MethodResponse {
		let held = self.0.connection.finished(response.as_result().len(), is_part);
		response.extensions_mut().insert(Arc::new(held));
		response
	}

	async fn execute(
		&self,
		callback: &MethodCallback,
		id: Id<'_>,
		params: Params<'_>,
		extensions: Extensions,
	) -> MethodResponse {
		let Inner { connection, max_answer_bytes, .. } = &*self.0;
		match callback {
			MethodCallback::Sync(call) => {
				blocking(|| call(id, params, *max_answer_bytes, extensions))
			}
			MethodCallback::Async(call) => {
				let connection = ConnectionId(connection.id());
				call(
					id.into_owned(),
					params.into_owned(),
					connection,
					*max_answer_bytes,
					extensions,
				)
				.await
			}
			_ => MethodResponse::error(id, ErrorObject::from(ErrorCode::InternalError)),
		}
	}

	async fn subscribe(
		&self,
		callback: &MethodCallback,
		id: Id<'_>,
		params: Params<'_>,
		extensions: Extensions,
	) -> MethodResponse {
		let Inner { connection, max_answer_bytes, subscriptions, .. } = &*self.0;
		let Some(subscriptions) = subscriptions else {
			return MethodResponse::error(id, ErrorObject::from(ErrorCode::InternalError));
		};
		let conn_id = ConnectionId(connection.id());
		match callback {
			MethodCallback::Subscription(call) => {
				let Ok(_starts) = subscriptions.starting.acquire().await else {
					return MethodResponse::error(id, ErrorObject::from(ErrorCode::InternalError));
				};
				let Some(permit) = subscriptions.bounded.acquire() else {
					let max = subscriptions.bounded.max();
					return MethodResponse::error(id, reject_too_many_subscriptions(max));
				};
				let state = SubscriptionState {
					conn_id,
					id_provider: &*subscriptions.ids,
					subscription_permit: permit,
				};
				let Some(turn) = connection.turn().await else {
					return MethodResponse::error(id, ErrorObject::from(ErrorCode::ServerIsBusy));
				};
				let sink = subscriptions.sink.clone();
				let started = blocking(|| call(id, params, sink, state, extensions));
				// The call has read the chain. Its answer may have to wait for the client.
				drop(turn);
				started.await
			}
			MethodCallback::Unsubscription(call) => {
				call(id, params, conn_id, *max_answer_bytes, extensions)
			}
			_ => MethodResponse::error(id, ErrorObject::from(ErrorCode::InternalError)),
		}
	}
}

impl<'a> RpcServiceT<'a> for Calls {
	type Future = BoxFuture<'a, MethodResponse>;

	fn call(&self, request: Request<'a>) -> Self::Future {
		self.clone().answer(request).boxed()
	}
}

/// Finished answer to a message.
#[derive(Default)]
pub struct Answer {
	/// Answer in JSON.
	pub text: String,
	/// Memory of the answer, until it has been sent.
	pub memory: Memory,
	/// Wakes the operation that starts once its answer has been sent, such as one of
	/// `chainHead_v1`.
	sent: Option<Box<dyn FnOnce() + Send>>,
}

impl Answer {
	/// Notes that the answer has been sent.
	pub fn was_sent(self) {
		if let Some(sent) = self.sent {
			sent();
		}
	}
}

/// Memory of an answer.
#[derive(Default)]
pub struct Memory {
	_held: Vec<Arc<HeldBytes>>,
	/// Place among the connection's batches.
	_batch: Option<OwnedSemaphorePermit>,
}

impl From<MethodResponse> for Answer {
	fn from(mut response: MethodResponse) -> Self {
		let held = response.extensions_mut().remove::<Arc<HeldBytes>>();
		let memory = Memory { _held: Vec::from_iter(held), _batch: None };
		let is_success = response.is_success();
		let (text, waiting) = response.into_parts();
		let sent = waiting.map(|waiting| {
			Box::new(move || waiting.notify(is_success)) as Box<dyn FnOnce() + Send>
		});
		Self { text, memory, sent }
	}
}

/// Limits of a message.
#[derive(Clone, Copy)]
pub struct Rules {
	/// Maximum size of an answer, in bytes.
	pub max_answer_bytes: usize,
	/// Whether batches are answered, and their maximum length.
	pub batches: BatchRequestConfig,
}

/// Returns the answer to a message: a call or a batch of calls. There is none to a notification,
/// and none here to a subscription, which answers through its own channel.
pub async fn answer(
	connection: &Connection,
	service: &Service,
	rules: Rules,
	message: &[u8],
	extensions: Extensions,
) -> Option<Answer> {
	let start = message.iter().take(128).position(|byte| !byte.is_ascii_whitespace());
	let message = &message[start.unwrap_or_default()..];
	match message.first() {
		Some(b'{') => single(service, message, extensions).await,
		Some(b'[') => {
			let place = tokio::select! {
				place = connection.batches().acquire_owned() => place.ok()?,
				() = connection.closed() => return None,
			};
			let mut answer = batch(service, rules, message, extensions).await?;
			answer.memory._batch = Some(place);
			Some(answer)
		}
		_ => {
			let error = ErrorObject::from(ErrorCode::ParseError);
			Some(MethodResponse::error(Id::Null, error).into())
		}
	}
}

async fn single(service: &Service, call: &[u8], extensions: Extensions) -> Option<Answer> {
	match serde_json::from_slice::<Request>(call) {
		Ok(mut request) => {
			request.extensions = extensions;
			let response = service.call(request).await;
			(!response.is_subscription()).then(|| response.into())
		}
		Err(_) if serde_json::from_slice::<Notification<Option<&RawValue>>>(call).is_ok() => None,
		Err(_) => {
			let (id, code) = prepare_error(call);
			Some(MethodResponse::error(id, ErrorObject::from(code)).into())
		}
	}
}

async fn batch(
	service: &Service,
	rules: Rules,
	batch: &[u8],
	mut extensions: Extensions,
) -> Option<Answer> {
	let refused = |error| Some(MethodResponse::error(Id::Null, error).into());
	let max_calls = match rules.batches {
		BatchRequestConfig::Disabled => {
			return refused(ErrorObject::borrowed(
				BATCHES_NOT_SUPPORTED_CODE,
				BATCHES_NOT_SUPPORTED_MSG,
				None,
			));
		}
		BatchRequestConfig::Limit(max) => max as usize,
		BatchRequestConfig::Unlimited => usize::MAX,
	};
	let Ok(calls) = serde_json::from_slice::<Vec<&RawValue>>(batch) else {
		return refused(ErrorObject::from(ErrorCode::ParseError));
	};
	if calls.len() > max_calls {
		return refused(reject_too_big_batch_request(max_calls));
	}
	extensions.insert(Part);
	let mut held = Vec::new();
	let mut notified = false;
	let mut answers = BatchResponseBuilder::new_with_limit(rules.max_answer_bytes);
	for call in calls {
		let call = call.get();
		let mut response = if let Ok(mut request) = serde_json::from_str::<Request>(call) {
			request.extensions = extensions.clone();
			service.call(request).await
		} else if serde_json::from_str::<Notification<Option<&RawValue>>>(call).is_ok() {
			notified = true;
			continue;
		} else {
			let invalid = serde_json::from_str::<InvalidRequest>(call);
			let id = invalid.map_or(Id::Null, |invalid| invalid.id);
			MethodResponse::error(id, ErrorObject::from(ErrorCode::InvalidRequest))
		};
		held.extend(response.extensions_mut().remove::<Arc<HeldBytes>>());
		if let Err(too_large) = answers.append(&response) {
			return Some(too_large.into());
		}
	}
	if notified && answers.is_empty() {
		return None;
	}
	let text = MethodResponse::from_batch(answers.finish()).into_result();
	Some(Answer { text, memory: Memory { _held: held, _batch: None }, sent: None })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_health_check_needs_no_turn() {
		for (name, is) in [
			("system_health", Cost::Light),
			("system_accountNextIndex", Cost::Executing),
			("state_call", Cost::Executing),
			("salus_getBlock", Cost::Waiting),
			("salus_recordsOf", Cost::Executing),
			("salus_stageBlocks", Cost::Executing),
			("a_methodOfALaterRelease", Cost::Executing),
		] {
			assert_eq!(Cost::of(name), is, "{name}");
		}
	}
}
