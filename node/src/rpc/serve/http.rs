//! Requests of one connection over HTTP, and the beginning of WebSockets.

use std::{
	convert::Infallible,
	net::IpAddr,
	pin::Pin,
	sync::Arc,
	task::{Context, Poll},
	time::Instant,
};

use forwarded_header_value::ForwardedHeaderValue;
use futures::{future::BoxFuture, FutureExt};
use hyper::{
	body::{Body, Bytes, Frame, SizeHint},
	http::{HeaderName, Method},
	Request,
};
use hyper_util::rt::TokioIo;
use jsonrpsee::{
	core::BoxError,
	server::{
		http::{content_type_is_json, response},
		middleware::rpc::RpcLoggerLayer,
		ws, HttpBody, HttpRequest, HttpResponse, MethodSink, StopHandle,
	},
	ConnectionId,
};
use sc_rpc_server::MiddlewareLayer;
use tokio::sync::mpsc;
use tower::Layer;

use super::{
	calls::{self, Answer, Calls, Memory, Service, Subscriptions},
	connections::{Connection, HeldBytes, InProgress, Phase, Place},
	websocket::WebSocket,
	Endpoint,
};

/// Maximum number of messages of subscriptions that wait for a connection. A message may have the
/// size of the runtime.
const NOTES: u32 = 16;

/// Size of the parts in which an answer is handed over, in bytes.
const PART: usize = 64 * 1024;

/// Requests of one connection.
#[derive(Clone)]
pub struct Requests {
	endpoint: Arc<Endpoint>,
	place: Arc<Place>,
	address: IpAddr,
	stop: StopHandle,
	/// Limits of a client, and the same without the limit of calls per minute. One for all requests
	/// of the connection.
	limited: MiddlewareLayer,
	free: MiddlewareLayer,
}

impl Requests {
	/// Creates the requests of a connection from this address.
	pub fn new(endpoint: Arc<Endpoint>, place: Place, address: IpAddr, stop: StopHandle) -> Self {
		let free = MiddlewareLayer::new();
		let limited = match endpoint.settings.rate_limit {
			Some(limit) => free.clone().with_rate_limit_per_minute(limit),
			None => free.clone(),
		};
		Self { endpoint, place: Arc::new(place), address, stop, limited, free }
	}

	fn connection(&self) -> &Arc<Connection> {
		self.place.connection()
	}

	async fn answer(self, mut request: HttpRequest) -> HttpResponse {
		let extensions = request.extensions_mut();
		extensions.insert(self.endpoint.deny_unsafe);
		extensions.insert(ConnectionId(self.connection().id()));
		if ws::is_upgrade_request(&request) {
			return self.upgrade(request);
		}
		if request.method() != Method::POST {
			return response::method_not_allowed();
		}
		if !content_type_is_json(&request) {
			return response::unsupported_content_type();
		}
		self.post(request).await
	}

	/// Answers the message in the body of a request.
	async fn post(self, request: HttpRequest) -> HttpResponse {
		let connection = self.connection().clone();
		let middleware = self.middleware(&request, "http");
		let service = self.service(middleware, None);
		let rules = self.endpoint.rules;
		let (parts, body) = request.into_parts();
		connection.enter(Phase::Body);
		let (message, held) = match read(body, self.endpoint.max_request_bytes, &connection).await {
			Ok(read) => read,
			Err(refusal) => return refusal,
		};
		connection.enter(Phase::Call);
		let busy = Busy { _call: connection.call(), _request: held, connection };
		// The call does not end with the connection: nothing stops a runtime call, and it keeps its
		// turn.
		let answered = tokio::spawn(async move {
			let answer =
				calls::answer(&busy.connection, &service, rules, &message, parts.extensions).await;
			(answer, busy)
		});
		let Ok((answer, busy)) = answered.await else {
			return response::internal_error();
		};
		let Answer { text, memory, .. } = answer.unwrap_or_default();
		let body = Text { rest: text.into(), _memory: memory, _busy: busy };
		response::ok_response(HttpBody::new(body))
	}

	/// Makes the connection a WebSocket.
	fn upgrade(self, request: HttpRequest) -> HttpResponse {
		let mut handshake = soketto::handshake::http::Server::new();
		let accepted = match handshake.receive_request(&request) {
			Ok(accepted) => accepted,
			Err(error) => {
				let text = format!("Could not upgrade connection: {error}");
				return HttpResponse::new(HttpBody::from(text));
			}
		};
		let settings = &self.endpoint.settings;
		let (sender, notes) =
			mpsc::channel(settings.max_buffer_capacity_per_connection.clamp(1, NOTES) as usize);
		self.connection().upgrade(sender.downgrade());
		let subscriptions = Subscriptions::new(
			MethodSink::new(sender),
			self.endpoint.ids.clone(),
			settings.max_subscriptions_per_connection,
		);
		let middleware = self.middleware(&request, "ws");
		let socket = WebSocket {
			connection: self.connection().clone(),
			service: Arc::new(self.service(middleware.clone(), Some(subscriptions))),
			rules: self.endpoint.rules,
			max_request_bytes: self.endpoint.max_request_bytes,
			extensions: request.extensions().clone(),
		};
		tokio::spawn(async move {
			let Ok(upgraded) = hyper::upgrade::on(request).await else {
				return;
			};
			let start = Instant::now();
			middleware.ws_connect();
			socket.run(TokioIo::new(upgraded), notes, self.stop.shutdown()).await;
			middleware.ws_disconnect(start);
			drop(self.place);
		});
		accepted.map(|()| HttpBody::empty())
	}

	/// Returns the SDK's limit and metrics for a request.
	fn middleware(&self, request: &HttpRequest, transport: &'static str) -> MiddlewareLayer {
		let settings = &self.endpoint.settings;
		let forwarded = settings.rate_limit_trust_proxy_headers.then(|| forwarded(request));
		let client = forwarded.flatten().unwrap_or(self.address);
		let is_free = settings.rate_limit_whitelisted_ips.iter().any(|net| net.contains(client));
		let layer = if is_free { self.free.clone() } else { self.limited.clone() };
		match &self.endpoint.metrics {
			Some(metrics) => {
				layer.with_metrics(sc_rpc_server::Metrics::new(metrics.clone(), transport))
			}
			None => layer,
		}
	}

	fn service(&self, layer: MiddlewareLayer, subscriptions: Option<Subscriptions>) -> Service {
		let Endpoint { methods, rules, log, .. } = &*self.endpoint;
		let connection = self.connection().clone();
		let calls = Calls::new(connection, methods.clone(), rules.max_answer_bytes, subscriptions);
		RpcLoggerLayer::new(*log).layer(layer.layer(calls))
	}
}

impl tower::Service<HttpRequest> for Requests {
	type Response = HttpResponse;
	type Error = Infallible;
	type Future = BoxFuture<'static, Result<HttpResponse, Infallible>>;

	fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
		Poll::Ready(Ok(()))
	}

	fn call(&mut self, request: HttpRequest) -> Self::Future {
		self.clone().answer(request).map(Ok).boxed()
	}
}

/// Returns the body of a request, with its memory, or the refusal.
async fn read(
	mut body: HttpBody,
	max_bytes: u32,
	connection: &Arc<Connection>,
) -> Result<(Vec<u8>, HeldBytes), HttpResponse> {
	if body.size_hint().lower() > max_bytes.into() {
		return Err(response::too_large(max_bytes));
	}
	let mut message = Vec::new();
	let mut held = connection.request(0);
	while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
		let Ok(data) = frame.map(Frame::into_data) else {
			return Err(response::malformed());
		};
		let data = data.unwrap_or_default();
		if message.len().saturating_add(data.len()) > max_bytes as usize {
			return Err(response::too_large(max_bytes));
		}
		held.grow(data.len());
		message.extend_from_slice(&data);
	}
	let first = message.iter().take(128).find(|byte| !byte.is_ascii_whitespace());
	match first {
		Some(b'{' | b'[') => Ok((message, held)),
		_ => Err(response::malformed()),
	}
}

/// Returns the client's address, as the first proxy names it.
fn forwarded<B>(request: &Request<B>) -> Option<IpAddr> {
	const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
	const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
	let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
	let parsed = |value: ForwardedHeaderValue| value.remotest_forwarded_for_ip();
	header(hyper::header::FORWARDED)
		.and_then(|value| ForwardedHeaderValue::from_forwarded(value).ok())
		.and_then(parsed)
		.or_else(|| {
			header(FORWARDED_FOR)
				.and_then(|value| ForwardedHeaderValue::from_x_forwarded_for(value).ok())
				.and_then(parsed)
		})
		.or_else(|| header(REAL_IP)?.parse().ok())
}

/// Request in progress, until its answer has been sent.
struct Busy {
	_call: InProgress,
	_request: HeldBytes,
	connection: Arc<Connection>,
}

impl Drop for Busy {
	fn drop(&mut self) {
		self.connection.enter(Phase::Idle);
	}
}

/// Body of an answer. Its memory counts until the socket has taken nearly all of it.
struct Text {
	rest: Bytes,
	_memory: Memory,
	_busy: Busy,
}

impl Body for Text {
	type Data = Bytes;
	type Error = BoxError;

	fn poll_frame(
		mut self: Pin<&mut Self>,
		_: &mut Context<'_>,
	) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
		if self.rest.is_empty() {
			return Poll::Ready(None);
		}
		let part = self.rest.len().min(PART);
		Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(part)))))
	}

	fn is_end_stream(&self) -> bool {
		self.rest.is_empty()
	}

	fn size_hint(&self) -> SizeHint {
		SizeHint::with_exact(self.rest.len() as u64)
	}
}
