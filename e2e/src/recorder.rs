//! A relay between FHIR clients and a server, which keeps the resources that pass through it for
//! `conformance/check-resources`. For clients that others wrote.

use crate::responses;
use axum::{
	body::{to_bytes, Body, Bytes},
	extract::{Request, State},
	http::{header, HeaderMap, HeaderName, StatusCode},
	response::{IntoResponse, Response},
	Router,
};
use std::{
	net::SocketAddr,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running relay. It ends when this is dropped.
pub struct Recorder {
	running: JoinHandle<()>,
	seen: Arc<AtomicUsize>,
}

/// Server to which requests are passed.
struct Target {
	base: String,
	http: reqwest::Client,
	seen: Arc<AtomicUsize>,
}

impl Recorder {
	/// Listens at an address, and passes requests to the server at another one.
	pub async fn start(listen: SocketAddr, server: SocketAddr) -> Self {
		let listener = TcpListener::bind(listen).await.expect("the address is free");
		let seen = Arc::<AtomicUsize>::default();
		let http = reqwest::Client::builder()
			.redirect(reqwest::redirect::Policy::none())
			.build()
			.expect("a client of HTTP");
		let target = Target { base: format!("http://{server}"), http, seen: seen.clone() };
		let router = Router::new().fallback(pass).with_state(Arc::new(target));
		let running = tokio::spawn(async move {
			let _ = axum::serve(listener, router).await;
		});
		Self { running, seen }
	}

	/// Returns the number of resources that passed through it.
	pub fn seen(&self) -> usize {
		self.seen.load(Ordering::Relaxed)
	}
}

impl Drop for Recorder {
	fn drop(&mut self) {
		self.running.abort();
	}
}

/// Returns whether a header is of one connection, or is set by the writer of the body.
fn is_of_connection(name: &HeaderName) -> bool {
	[header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(name)
}

/// Returns the headers that are passed on.
fn passed(headers: &HeaderMap) -> HeaderMap {
	let all = headers.iter().filter(|(name, _)| !is_of_connection(name));
	all.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Passes a request on, and its answer back.
async fn pass(State(target): State<Arc<Target>>, request: Request) -> Response {
	let (head, body) = request.into_parts();
	let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
	let Ok(body) = to_bytes(body, usize::MAX).await else {
		return StatusCode::BAD_REQUEST.into_response();
	};
	let asked = target
		.http
		.request(head.method, format!("{}{path}", target.base))
		.headers(passed(&head.headers))
		.body(body);
	let Ok(answer) = asked.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
	let (status, headers) = (answer.status(), passed(answer.headers()));
	let Ok(body) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
	target.keep(head.uri.path(), status, &headers, &body);
	let mut response = Response::new(Body::from(body));
	*response.status_mut() = status;
	*response.headers_mut() = headers;
	response
}

impl Target {
	/// Keeps a resource that is whole.
	fn keep(&self, path: &str, status: StatusCode, headers: &HeaderMap, body: &Bytes) {
		let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
		let media_type = media_type.unwrap_or_default();
		let is_whole = status != StatusCode::PARTIAL_CONTENT && !body.is_empty();
		if is_whole && media_type.contains("fhir+json") {
			self.seen.fetch_add(1, Ordering::Relaxed);
			responses::keep(path, media_type, body);
		}
	}
}
