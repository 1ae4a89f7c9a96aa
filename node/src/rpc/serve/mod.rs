//! The server of JSON-RPC: accepts connections and bounds what they use.
//!
//! The SDK's server starts a task for each message and builds each answer, whether the client reads
//! or not, and waits forever for a request that does not arrive (docs/adr/0019). This one reads a
//! connection's next call only when it has room for the answer. The SDK's middleware for metrics,
//! rate limits, logs, CORS and health is used as it is.
//!
//! # Neighbours
//!
//! * **Uses**: [`Methods`], and sockets.
//! * **Used by**: anyone who reaches the port. A call counts against its connection's and the
//!   node's [`Limits`] until its answer has been sent to the socket, or until the connection has
//!   ended and the call has been executed.

mod calls;
mod connections;
mod frames;
mod http;
mod limits;
mod metrics;
mod socket;
#[cfg(test)]
mod tests;
mod websocket;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn, Request};
use hyper_util::rt::TokioIo;
use jsonrpsee::{
	core::{traits::IdProvider, BoxError},
	server::{http::response, middleware::http::HostFilterLayer, stop_channel, StopHandle},
	Methods, RpcModule,
};
use sc_rpc_server::{
	utils::deny_unsafe, NodeHealthProxyLayer, RandomStringIdProvider, RpcEndpoint, RpcMetrics,
	Server, SubscriptionIdProvider,
};
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::{
	io::AsyncWriteExt,
	net::{TcpListener, TcpStream},
	runtime::Runtime,
	sync::Semaphore,
};
use tower::{Layer, Service};
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use self::{calls::in_turn, limits::Limits};
use self::{
	calls::Rules,
	connections::{Connections, Place},
	http::Requests,
	metrics::Metrics,
	socket::Socket,
};

const LOG_TARGET: &str = "rpc";

const MIB: u32 = 1024 * 1024;

/// Maximum size of a request's header, in bytes.
const HEADER: usize = 64 * 1024;

/// Pause after a connection could not be accepted, for example because files are open to the limit.
const PAUSE: Duration = Duration::from_millis(100);

/// Time limit for calls in progress when the server stops.
const ENDING: Duration = Duration::from_secs(10);

/// Answer to a connection for which no slot is free.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\n\
	content-length: 46\r\nconnection: close\r\n\r\nToo many connections. Please try again later.\n";

/// Maximum number of connections that are refused with an answer at a time. Others are closed.
const REFUSALS: usize = 32;

/// Time limit of a refusal.
const REFUSING: Duration = Duration::from_secs(1);

/// Parameters of the server.
pub struct Config {
	/// Addresses to listen on, with their settings.
	pub endpoints: Vec<RpcEndpoint>,
	/// Methods.
	pub methods: RpcModule<()>,
	/// Limits of connections and of calls in progress.
	pub limits: Limits,
	/// Registry of the node's metrics.
	pub registry: Option<Registry>,
	/// Source of the names of subscriptions.
	pub ids: Option<Box<dyn SubscriptionIdProvider>>,
	/// Maximum length of a message in the log.
	pub log: u32,
	/// Runtime for calls.
	pub runtime: Runtime,
}

/// Settings of one address.
struct Endpoint {
	settings: RpcEndpoint,
	methods: Methods,
	rules: Rules,
	/// Maximum size of a request, in bytes.
	max_request_bytes: u32,
	deny_unsafe: sc_rpc::DenyUnsafe,
	ids: Arc<dyn IdProvider>,
	metrics: Option<RpcMetrics>,
	log: u32,
	hosts: HostFilterLayer,
	cors: CorsLayer,
}

/// Starts the server.
pub async fn start(config: Config) -> Result<Server, BoxError> {
	let (server, _) = start_with_connections(config).await?;
	Ok(server)
}

async fn start_with_connections(config: Config) -> Result<(Server, Connections), BoxError> {
	let Config { endpoints, methods, limits, registry, ids, log, runtime } = config;
	// Dropping a runtime within another one panics.
	let runtime = Running(Some(runtime));
	let methods = named(methods)?;
	let own = registry.as_ref().map(Metrics::new).transpose()?;
	let metrics = sdk_metrics(registry.as_ref(), &methods)?;
	let ids: Arc<dyn IdProvider> = match ids {
		Some(ids) => Arc::from(ids as Box<dyn IdProvider>),
		None => Arc::new(RandomStringIdProvider::new(16)),
	};
	let methods = Methods::from(methods);
	let connections = Connections::new(limits, own);
	let (stop, handle) = stop_channel();
	let mut addresses = Vec::new();
	for settings in endpoints {
		let listener = match bind(&settings).await {
			Ok(listener) => listener,
			Err(error) if settings.is_optional => {
				log::debug!(target: LOG_TARGET, "cannot listen on {}: {error}", settings.listen_addr);
				continue;
			}
			Err(error) => return Err(error.into()),
		};
		let address = listener.local_addr()?;
		addresses.push(address);
		let endpoint = Endpoint {
			methods: methods.clone(),
			rules: Rules {
				max_answer_bytes: settings.max_payload_out_mb.saturating_mul(MIB) as usize,
				batches: settings.batch_config,
			},
			max_request_bytes: settings.max_payload_in_mb.saturating_mul(MIB),
			deny_unsafe: deny_unsafe(&address, &settings.rpc_methods),
			ids: ids.clone(),
			metrics: metrics.clone(),
			log,
			hosts: hosts(&settings, address)?,
			cors: cors(&settings)?,
			settings,
		};
		let accepting = accept(listener, Arc::new(endpoint), connections.clone(), stop.clone());
		if let Some(runtime) = &runtime.0 {
			runtime.spawn(accepting);
		}
	}
	if addresses.is_empty() {
		return Err("no address to listen on could be opened; see --rpc-port".into());
	}
	// The SDK's line, which programs read: after a single address there is a comma.
	let mut listening = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
	if addresses.len() == 1 {
		listening.push(',');
	}
	log::info!("Running JSON-RPC server: addr={listening}");
	let runtime = runtime.into_inner().ok_or("the runtime for calls is gone")?;
	Ok((Server::new(handle, addresses, runtime), connections))
}

/// Runtime that stops in the background if it is dropped.
struct Running(Option<Runtime>);

impl Running {
	fn into_inner(mut self) -> Option<Runtime> {
		self.0.take()
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		if let Some(runtime) = self.0.take() {
			runtime.shutdown_background();
		}
	}
}

/// Adds the method that lists all methods.
fn named(mut methods: RpcModule<()>) -> Result<RpcModule<()>, BoxError> {
	let mut names: Vec<_> = methods.method_names().collect();
	names.push("rpc_methods");
	names.sort_unstable();
	methods
		.register_method("rpc_methods", move |_, _, _| serde_json::json!({ "methods": names }))?;
	Ok(methods)
}

fn sdk_metrics(
	registry: Option<&Registry>,
	methods: &RpcModule<()>,
) -> Result<Option<RpcMetrics>, PrometheusError> {
	let names: Vec<_> = methods.method_names().collect();
	Ok(RpcMetrics::new(registry)?.map(|metrics| metrics.with_known_methods(names)))
}

async fn bind(settings: &RpcEndpoint) -> std::io::Result<TcpListener> {
	let mut address = settings.listen_addr;
	match TcpListener::bind(address).await {
		Err(_) if settings.retry_random_port => {
			address.set_port(0);
			TcpListener::bind(address).await
		}
		bound => bound,
	}
}

/// Returns the hosts that a request may name. Where any web page may call, any host may be named.
fn hosts(settings: &RpcEndpoint, address: SocketAddr) -> Result<HostFilterLayer, BoxError> {
	if settings.cors.is_none() {
		return Ok(HostFilterLayer::disable());
	}
	let port = address.port();
	let names = ["localhost", "127.0.0.1", "[::1]"];
	Ok(HostFilterLayer::new(names.map(|name| format!("{name}:{port}")))?)
}

fn cors(settings: &RpcEndpoint) -> Result<CorsLayer, BoxError> {
	let Some(origins) = &settings.cors else {
		return Ok(CorsLayer::permissive());
	};
	let origins = origins.iter().map(|origin| origin.parse()).collect::<Result<Vec<_>, _>>()?;
	Ok(CorsLayer::new().allow_origin(AllowOrigin::list(origins)))
}

/// Accepts connections until the server stops.
async fn accept(
	listener: TcpListener,
	endpoint: Arc<Endpoint>,
	connections: Connections,
	stop: StopHandle,
) {
	let refusals = Arc::new(Semaphore::new(REFUSALS));
	loop {
		let accepted = tokio::select! {
			accepted = listener.accept() => accepted,
			() = stop.clone().shutdown() => return,
		};
		let (socket, address) = match accepted {
			Ok(accepted) => accepted,
			Err(error) => {
				log::debug!(target: LOG_TARGET, "cannot accept a connection: {error}");
				tokio::time::sleep(PAUSE).await;
				continue;
			}
		};
		let Some(place) = connections.admit(address.ip()) else {
			if let Ok(permit) = refusals.clone().try_acquire_owned() {
				tokio::spawn(async move {
					let _ = tokio::time::timeout(REFUSING, refuse(socket)).await;
					drop(permit);
				});
			}
			continue;
		};
		// An answer must not wait for a packet to be full.
		let _ = socket.set_nodelay(true);
		tokio::spawn(serve(socket, address, endpoint.clone(), place, stop.clone()));
	}
}

/// Answers a connection for which no slot is free.
async fn refuse(mut socket: TcpStream) -> std::io::Result<()> {
	socket.write_all(TOO_MANY).await?;
	socket.shutdown().await?;
	// Closing it while bytes are unread would discard the answer.
	tokio::io::copy(&mut socket, &mut tokio::io::sink()).await?;
	Ok(())
}

/// Serves a connection until it ends.
async fn serve(
	socket: TcpStream,
	address: SocketAddr,
	endpoint: Arc<Endpoint>,
	place: Place,
	stop: StopHandle,
) {
	let connection = place.connection().clone();
	let socket = TokioIo::new(Socket::new(socket, connection.clone()));
	let requests = Requests::new(endpoint.clone(), place, address.ip(), stop.clone());
	let idle = connection.clone();
	let service = service_fn(move |request: Request<Incoming>| {
		let layered = endpoint.cors.layer(requests.clone());
		let layered = NodeHealthProxyLayer.layer(layered);
		let answering = endpoint.hosts.layer(layered).call(request);
		let connection = idle.clone();
		async move {
			let answer = answering.await;
			connection.answered();
			Ok::<_, Infallible>(answer.unwrap_or_else(|_| response::internal_error()))
		}
	});
	let mut builder = http1::Builder::new();
	// The socket keeps the time.
	builder.header_read_timeout(None).max_buf_size(HEADER);
	let serving = builder.serve_connection(socket, service).with_upgrades();
	tokio::pin!(serving);
	tokio::select! {
		_ = &mut serving => return,
		() = connection.closed() => return,
		() = stop.shutdown() => {}
	}
	serving.as_mut().graceful_shutdown();
	tokio::select! {
		_ = serving => {}
		() = connection.closed() => {}
		() = tokio::time::sleep(ENDING) => {}
	}
}
