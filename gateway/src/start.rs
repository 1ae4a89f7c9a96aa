//! Starting and ending the server.

mod listeners;
mod members;
mod state;

use std::{
	error::Error as StdError,
	future::Future,
	path::{Path, PathBuf},
	pin::Pin,
	process::ExitCode,
	sync::Arc,
	time::Duration,
};

use axum::middleware;
use clap::{Parser, Subcommand};
use hyper::{
	body::Incoming,
	server::conn::http1,
	service::{service_fn, Service},
	Request,
};
use hyper_util::{
	rt::{TokioIo, TokioTimer},
	server::graceful::GracefulShutdown,
	service::TowerToHyperService,
};
use salus_client::{Client, ConnectOptions, Patience};
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::TcpListener,
	sync::{watch, Semaphore},
	time::{sleep, timeout},
};

use crate::{
	addresses::{Addresses, Sender},
	app::{self, Gateway},
	auth::{Auth, Peer},
	body::ALL_BODIES,
	clients::Clients,
	config::{Config, ConfigError},
	decisions::Decisions,
	hl7,
	import::{self, ImportError},
	log::LogFormat,
	metrics::{self, Metrics},
	openings::Openings,
	paging::Links,
	readings::Readings,
	reseal, subscriptions,
	timely::{self, show_progress, Timely, STALLED},
	tls::{Tls, TlsError},
	uploads::Uploads,
};
use listeners::Listeners;
use state::Files;

/// Configuration file, unless another one is named.
pub(crate) const CONFIG: &str = "/etc/salus-gateway/gateway.toml";

/// Salus for hospital systems.
#[derive(Debug, Parser)]
#[command(name = "salus-gateway", version)]
pub struct Arguments {
	#[command(subcommand)]
	command: Command,
	/// Format of the log.
	#[arg(long, global = true, value_enum, default_value_t)]
	pub log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Serve FHIR R4.
	Fhir {
		/// Configuration file.
		#[arg(long, value_name = "FILE", default_value = CONFIG)]
		config: PathBuf,
	},
	/// Import documents that exist: files, folders, and NDJSON of DocumentReferences.
	#[command(after_help = import::AFTER_HELP)]
	Import(import::Opts),
	/// Seal the hospital's own identifiers under another secret. The server must not run.
	Reseal(reseal::Opts),
}

/// Reason why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
	/// The configuration cannot be used.
	#[error(transparent)]
	Config(#[from] ConfigError),
	/// TLS cannot be used.
	#[error(transparent)]
	Tls(#[from] TlsError),
	/// The node cannot be used.
	#[error(transparent)]
	Client(#[from] salus_client::Error),
	/// The state folder cannot be used.
	#[error("cannot use the state folder; check its permissions and free space")]
	State(#[source] Box<dyn StdError + Send + Sync>),
	/// Another server uses the state folder.
	#[error("another server uses the state folder {}; end it, or configure another `state`", .0.display())]
	InUse(PathBuf),
	/// The address cannot be used.
	#[error(
		"cannot listen at {address}; end what else listens there, or configure another address"
	)]
	Listen {
		/// Address to listen at.
		address: std::net::SocketAddr,
		/// Error of the operating system.
		#[source]
		source: std::io::Error,
	},
	/// The operating system has no randomness.
	#[error("the operating system provides no randomness; fix its random device")]
	Randomness,
	/// An import cannot begin, or cannot report.
	#[error(transparent)]
	Import(#[from] ImportError),
	/// Identifiers cannot be sealed under another secret.
	#[error(
		"cannot seal the identifiers under another secret; correct the cause below, and run it again"
	)]
	Reseal(#[source] Box<dyn StdError + Send + Sync>),
	/// The metrics cannot be set up.
	#[error("cannot set up the metrics")]
	Metrics(#[from] prometheus::Error),
}

/// Limit for a lost node to return before a request fails.
const OUTAGE: Duration = Duration::from_secs(10);

/// Runs a command to its end, and returns the exit code.
///
/// The future is boxed, so that it is compiled with this library, once, and not again with the
/// program.
pub fn run(
	arguments: Arguments,
) -> Pin<Box<dyn Future<Output = Result<ExitCode, StartError>> + Send>> {
	Box::pin(async move {
		match arguments.command {
			Command::Fhir { config } => run_server(&config).await.map(|()| ExitCode::SUCCESS),
			Command::Import(opts) => import::run(opts).await,
			Command::Reseal(opts) => reseal::run(&opts).map(|()| ExitCode::SUCCESS),
		}
	})
}

pub(crate) fn state_error(error: impl Into<Box<dyn StdError + Send + Sync>>) -> StartError {
	StartError::State(error.into())
}

/// Opens the state folder, and connects to the node.
pub(crate) async fn open(config: Config) -> Result<Gateway, StartError> {
	let clients = Clients::load(&config)?;
	if clients.len() == 0 {
		tracing::warn!("the configuration names no client, so nobody can do anything");
	}
	let Files { state, used, identifiers, merges, subscriptions } = state::open(&config)?;
	let genesis = match &config.genesis {
		None => None,
		Some(text) => {
			let mut hash = [0; 32];
			hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut hash)
				.map_err(|_| ConfigError::Value("`genesis` must be a hash of 32 bytes".into()))?;
			Some(hash)
		}
	};
	let options = ConnectOptions {
		// A caller of HTTP waits less than a person at the command line.
		patience: Patience { outage: OUTAGE, ..Patience::default() },
		genesis,
		known_chains: Some(state.path().join("chains")),
		..ConnectOptions::default()
	};
	let client =
		Client::connect_with(&config.node, options).await.map_err(salus_client::Error::from)?;
	let links = Links::new().map_err(|_| StartError::Randomness)?;
	let auth = Auth::new(clients, used, &config.base);
	let room = Arc::new(Semaphore::new(ALL_BODIES));
	let metrics = Arc::new(Metrics::new()?);
	Ok(Gateway {
		client,
		state,
		auth,
		links,
		decisions: Decisions::default(),
		identifiers,
		merges,
		uploads: Uploads::default(),
		openings: Openings::new(metrics.clone()),
		readings: Readings::default(),
		subscriptions,
		room,
		metrics,
		config,
	})
}

/// Runs the server until the process is asked to end.
async fn run_server(config: &Path) -> Result<(), StartError> {
	let config = Config::read(config)?;
	let _lock = state::lock(&config.state)?;
	let gateway = Arc::new(open(config).await?);
	// The content of uploads was in files without a name, so interrupted ones begin again.
	let state = gateway.state.clone();
	let discarding = tokio::task::spawn_blocking(move || state.discard_uploads());
	match discarding.await.map_err(state_error)?.map_err(state_error)? {
		0 => {}
		discarded => tracing::info!(discarded, "discarded uploads that were interrupted"),
	}
	let tls = gateway.config.tls.clone().map(Tls::new).transpose()?.map(Arc::new);
	// Before anything runs that the end of the server would interrupt.
	let listeners = Listeners::bind(&gateway.config).await?;
	let metrics = gateway.metrics.clone();
	let receiving = hl7::start(&gateway, &metrics, listeners.hl7)?;
	let waiting = gateway.clone();
	tokio::spawn(async move {
		loop {
			sleep(SWEEP).await;
			waiting.uploads.sweep();
			waiting.openings.sweep();
		}
	});
	let keeping = gateway.clone();
	tokio::spawn(async move {
		loop {
			sleep(KEEP_UP).await;
			keeping.decisions.keep_up(&keeping.client).await;
		}
	});
	tokio::spawn(subscriptions::run(gateway.clone(), metrics.clone()));
	tokio::spawn(members::check(gateway.clone()));
	if let Some(listener) = listeners.metrics {
		// Probes on this machine need no TLS there.
		let probes = app::health().with_state(gateway.clone());
		let router = metrics::router(metrics.clone(), gateway.subscriptions.clone()).merge(probes);
		tokio::spawn(serve(listener, None, router, LIMITS, std::future::pending()));
	}
	let address = listeners.fhir.local_addr().unwrap_or(gateway.config.listen);
	tracing::info!(%address, "FHIR is served");
	let router = app::router(gateway);
	let router = router.layer(middleware::from_fn_with_state(metrics, metrics::count));
	serve(listeners.fhir, tls, router, LIMITS, end()).await;
	let _ = receiving.await;
	Ok(())
}

/// Interval at which the decisions that are kept are brought up to the best block.
const KEEP_UP: Duration = Duration::from_secs(20);

/// Interval at which content that nobody used is removed.
const SWEEP: Duration = Duration::from_secs(30);

/// Limits of connections.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
	/// Maximum number of connections at a time. Further ones wait.
	connections: u32,
	/// Maximum number of connections of one address. Further ones are closed.
	from_one: usize,
	/// Limit for the TLS handshake of a connection.
	pub(crate) handshake: Duration,
	/// Limit for the headers of a request to arrive, and for a connection without any.
	headers: Duration,
	/// Limit for a write while the client reads nothing.
	stalled: Duration,
	/// Time for which a connection takes requests. Then it ends after the one that is under way.
	turn: Duration,
	/// Limit for that last request and its answer. A client that reads its answer slowly keeps a
	/// file with content for this long, and no longer.
	last: Duration,
	/// Limit for the answers that are under way when the server ends.
	grace: Duration,
}

pub(crate) const LIMITS: Limits = Limits {
	connections: 512,
	from_one: 128,
	handshake: Duration::from_secs(10),
	headers: Duration::from_secs(10),
	stalled: STALLED,
	turn: Duration::from_secs(15 * 60),
	last: Duration::from_secs(15 * 60),
	grace: Duration::from_secs(20),
};

/// Serves connections until `end`, and then until they are answered.
async fn serve(
	listener: TcpListener,
	tls: Option<Arc<Tls>>,
	router: axum::Router,
	limits: Limits,
	end: impl Future<Output = ()>,
) {
	let connections = Arc::new(Semaphore::new(limits.connections as usize));
	let addresses = Addresses::behind_proxy(limits.from_one);
	let (ending, is_ending) = watch::channel(false);
	let mut end = std::pin::pin!(end);
	loop {
		let accepting = async {
			let place = connections.clone().acquire_owned().await;
			(timely::accept(&listener).await, place)
		};
		let (accepted, place) = tokio::select! {
			accepted = accepting => accepted,
			() = &mut end => break,
		};
		let (stream, peer) = match accepted {
			Ok(accepted) => accepted,
			Err(error) => {
				tracing::warn!(%error, "cannot accept a connection; check the limit of open files");
				sleep(Duration::from_secs(1)).await;
				continue;
			}
		};
		let Some(of_address) = addresses.take(peer.ip()) else { continue };
		let (acceptor, router) = (tls.as_ref().map(|tls| tls.acceptor()), router.clone());
		let is_ending = is_ending.clone();
		show_progress(&stream);
		let (stream, sender) = (Timely::new(stream, limits.stalled), Sender(peer.ip()));
		tokio::spawn(async move {
			match acceptor {
				None => converse(stream, sender, None, router, limits, is_ending).await,
				Some(acceptor) => {
					// A handshake that fails is not the server's fault.
					if let Ok(Ok(stream)) = timeout(limits.handshake, acceptor.accept(stream)).await
					{
						let presented = stream.get_ref().1.peer_certificates();
						let peer = presented.and_then(|chain| Peer::of(chain.first()?));
						let peer = peer.map(Arc::new);
						converse(stream, sender, peer, router, limits, is_ending).await;
					}
				}
			}
			drop((place, of_address));
		});
	}
	// A new connection is refused at once, instead of waiting for an answer.
	drop(listener);
	let _ = ending.send(true);
	// Each connection that still runs holds a permit.
	if timeout(limits.grace, connections.acquire_many(limits.connections)).await.is_err() {
		tracing::warn!("giving up some requests that were not answered in time");
	}
}

/// Answers the requests of one connection, for a limited time. Each request carries the address and
/// the certificate of the client.
async fn converse(
	stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
	sender: Sender,
	peer: Option<Arc<Peer>>,
	router: axum::Router,
	limits: Limits,
	mut is_ending: watch::Receiver<bool>,
) {
	let router = TowerToHyperService::new(router);
	let service = service_fn(move |mut request: Request<Incoming>| {
		request.extensions_mut().insert(sender);
		if let Some(peer) = &peer {
			request.extensions_mut().insert(peer.clone());
		}
		router.call(request)
	});
	let connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(limits.headers)
		.serve_connection(TokioIo::new(stream), service);
	let graceful = GracefulShutdown::new();
	let mut connection = std::pin::pin!(graceful.watch(connection));
	// A client that breaks a connection off is not the server's fault.
	tokio::select! {
		_ = connection.as_mut() => return,
		() = sleep(limits.turn) => {}
		_ = is_ending.wait_for(|is_ending| *is_ending) => {}
	}
	// The shutdown itself ends only once the connection is dropped, which is after this.
	let last = async {
		tokio::select! {
			() = graceful.shutdown() => {}
			_ = connection => {}
		}
	};
	let _ = timeout(limits.last, last).await;
}

/// Returns once the process is asked to end.
pub(crate) async fn asked_to_end() {
	use tokio::signal::unix::{signal, SignalKind};

	let interrupted = tokio::signal::ctrl_c();
	match signal(SignalKind::terminate()) {
		Ok(mut terminated) => {
			tokio::select! {
				_ = interrupted => {}
				_ = terminated.recv() => {}
			}
		}
		Err(_) => drop(interrupted.await),
	}
}

/// Returns once the process is asked to end, and says that it does.
async fn end() {
	asked_to_end().await;
	tracing::info!("ending once the requests in progress are answered");
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::tls::tests::{files, make};
	use axum::{body::Body, routing::get, Router};
	use futures::{stream, StreamExt};
	use std::{convert::Infallible, io::Write, process::Stdio};
	use tokio::{
		io::{AsyncReadExt, AsyncWriteExt},
		net::{TcpSocket, TcpStream},
		sync::{oneshot, Notify},
		task::JoinHandle,
	};

	/// Longest time for anything that must happen, on a busy machine.
	const SOON: Duration = Duration::from_secs(60);

	const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

	/// Size of the answer of `large`, in bytes. Buffers of the system hold less.
	const LARGE: usize = 64 * 1024 * 1024;

	/// Size of one part of the answer of `large`, in bytes.
	const PART: usize = 1024 * 1024;

	/// Adds a permit when it is dropped.
	struct Gone(Arc<Semaphore>);

	impl Drop for Gone {
		fn drop(&mut self) {
			self.0.add_permits(1);
		}
	}

	/// Adds a permit for each answer that has been sent, or given up.
	fn large(gone: Arc<Semaphore>) -> Router {
		let answer = move || {
			let gone = Gone(gone.clone());
			let part = move || {
				let _ = &gone;
				Ok::<_, Infallible>(vec![0; PART])
			};
			let parts = stream::repeat_with(part).take(LARGE / PART);
			async move { Body::from_stream(parts) }
		};
		Router::new().route("/", get(answer))
	}

	/// Starts a server. It ends with the sender.
	async fn start(
		router: Router,
		tls: Option<Arc<Tls>>,
		limits: Limits,
	) -> (std::net::SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		start_at(listener, router, tls, limits)
	}

	fn start_at(
		listener: TcpListener,
		router: Router,
		tls: Option<Arc<Tls>>,
		limits: Limits,
	) -> (std::net::SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
		let address = listener.local_addr().unwrap();
		let (sender, end) = oneshot::channel();
		let end = async { drop(end.await) };
		(address, sender, tokio::spawn(serve(listener, tls, router, limits, end)))
	}

	/// Sends a request, and returns once its answer begins. On a busy machine, the turn of a
	/// connection may end before the server reads the request, so it is sent again.
	async fn answered(address: std::net::SocketAddr) -> TcpStream {
		for _ in 0..100 {
			let mut stream = TcpStream::connect(address).await.unwrap();
			let _ = stream.write_all(REQUEST).await;
			if matches!(stream.peek(&mut [0]).await, Ok(1)) {
				return stream;
			}
		}
		panic!("no request is answered");
	}

	/// Returns the size of the answer that can still be read.
	async fn rest(mut stream: TcpStream) -> usize {
		let mut answer = Vec::new();
		let _ = stream.read_to_end(&mut answer).await;
		answer.len()
	}

	/// Answers when the second of these is notified, and notifies the first one before that.
	fn waiting(asked: &Arc<Notify>, may_answer: &Arc<Notify>) -> Router {
		let (asked, may_answer) = (asked.clone(), may_answer.clone());
		let answer = move || {
			let (asked, may_answer) = (asked.clone(), may_answer.clone());
			async move {
				asked.notify_one();
				may_answer.notified().await;
				"late"
			}
		};
		Router::new().route("/", get(answer))
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_client_that_reads_too_slowly_is_given_up() {
		let short = Duration::from_millis(200);
		let limits = Limits { turn: short, last: short, ..LIMITS };
		let gone = Arc::new(Semaphore::new(0));
		let (address, _end, _server) = start(large(gone.clone()), None, limits).await;
		let stream = answered(address).await;
		assert!(timeout(SOON, gone.acquire()).await.is_ok(), "it is not given up");
		assert!(rest(stream).await < LARGE);
		// So is one that reads nothing, long before its turn ends.
		let limits = Limits { stalled: short, ..LIMITS };
		let gone = Arc::new(Semaphore::new(0));
		let (address, _end, _server) = start(large(gone.clone()), None, limits).await;
		let _stream = answered(address).await;
		assert!(timeout(SOON, gone.acquire()).await.is_ok(), "it is not given up");
		// A client that reads gets all, although its turn ends: its connection closes after it.
		let limits = Limits { turn: short, ..LIMITS };
		let (address, _end, _server) = start(large(gone), None, limits).await;
		let stream = answered(address).await;
		sleep(2 * short).await;
		assert!(rest(stream).await > LARGE);
	}

	/// Reads a number of bytes of an answer in each turn, for twice the limit, and then nothing.
	/// Only then is it given up.
	async fn read_steadily(limits: Limits, turn: Duration, size: usize) {
		let gone = Arc::new(Semaphore::new(0));
		let (address, _end, _server) = start(large(gone.clone()), None, limits).await;
		let mut stream = answered(address).await;
		let mut turns = tokio::time::interval(turn);
		let mut read = vec![0; size];
		let began = std::time::Instant::now();
		while began.elapsed() < 2 * limits.stalled {
			turns.tick().await;
			stream.read_exact(&mut read).await.unwrap();
		}
		assert_eq!(gone.available_permits(), 0, "it is given up although it reads");
		assert!(timeout(SOON, gone.acquire()).await.is_ok(), "it is not given up");
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_client_that_reads_steadily_is_not_given_up() {
		/// Factor by which the limit is shorter here than the server's, and the client faster.
		const FASTER: u32 = 20;
		/// Slightly more than the 32 KiB that a client must read in a second.
		const A_SECOND: usize = 36 * 1024;
		/// Time, in seconds, in which it reads the 1.4 MB that its system takes at once.
		const A_STEP: u32 = 40;
		let limits = Limits { stalled: LIMITS.stalled / FASTER, ..LIMITS };
		let second = Duration::from_secs(1) / FASTER;
		tokio::join!(
			read_steadily(limits, second, A_SECOND),
			read_steadily(limits, second * A_STEP, A_SECOND * A_STEP as usize),
		);
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn an_answer_under_way_is_given_before_the_end() {
		let (asked, may_answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
		// A second socket, which does not listen, keeps the port from others when the server ends.
		let [socket, held] = [(); 2].map(|()| TcpSocket::new_v4().unwrap());
		for socket in [&socket, &held] {
			socket.set_reuseport(true).unwrap();
		}
		socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
		held.bind(socket.local_addr().unwrap()).unwrap();
		let limits = Limits { grace: 10 * SOON, ..LIMITS };
		let router = waiting(&asked, &may_answer);
		let (address, end, server) = start_at(socket.listen(16).unwrap(), router, None, limits);
		let mut stream = TcpStream::connect(address).await.unwrap();
		stream.write_all(REQUEST).await.unwrap();
		timeout(SOON, asked.notified()).await.unwrap();
		end.send(()).unwrap();
		sleep(Duration::from_millis(400)).await;
		may_answer.notify_one();
		let mut answer = String::new();
		stream.read_to_string(&mut answer).await.unwrap();
		assert!(answer.ends_with("late"), "{answer}");
		let ended = timeout(SOON, server).await;
		ended.expect("it waits although all is answered").unwrap();
		assert!(TcpStream::connect(address).await.is_err());
	}

	/// Returns whether a connection is answered within this time.
	async fn is_answered(stream: &mut TcpStream, limit: Duration) -> bool {
		stream.write_all(REQUEST).await.unwrap();
		let mut start = [0; 12];
		let read = timeout(limit, stream.read_exact(&mut start)).await;
		read.is_ok_and(|read| read.is_ok()) && start == *b"HTTP/1.1 200"
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn connections_beyond_the_limit_wait() {
		let router = Router::new().route("/", get(|| async { "x" }));
		let limits = Limits { connections: 2, headers: SOON, ..LIMITS };
		let (address, _end, _server) = start(router, None, limits).await;
		let connect = async || TcpStream::connect(address).await.unwrap();
		let (mut one, mut two, mut three) = (connect().await, connect().await, connect().await);
		assert!(is_answered(&mut one, SOON).await && is_answered(&mut two, SOON).await);
		assert!(!is_answered(&mut three, Duration::from_millis(500)).await);
		drop(one);
		assert!(is_answered(&mut three, SOON).await);
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_client_that_says_nothing_is_given_up() {
		let folder = tempfile::tempdir().unwrap();
		let config = files(folder.path());
		make(folder.path(), "one.example", &config);
		let tls = Arc::new(Tls::new(config).unwrap());
		let short = Duration::from_millis(100);
		let limits = Limits { headers: short, handshake: short, ..LIMITS };
		let gone = Arc::new(Semaphore::new(0));
		for tls in [None, Some(tls)] {
			let (address, _end, _server) = start(large(gone.clone()), tls, limits).await;
			for said in [&b""[..], b"GET / HTTP/1.1\r\nhost:"] {
				let mut stream = TcpStream::connect(address).await.unwrap();
				stream.write_all(said).await.unwrap();
				let mut answer = Vec::new();
				let ended = timeout(SOON, stream.read_to_end(&mut answer)).await;
				assert!(ended.is_ok(), "{said:?}");
			}
		}
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn the_end_waits_for_no_answer_for_long() {
		let (asked, never) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
		let limits = Limits { grace: Duration::from_millis(100), ..LIMITS };
		let (address, end, server) = start(waiting(&asked, &never), None, limits).await;
		let mut stream = TcpStream::connect(address).await.unwrap();
		stream.write_all(REQUEST).await.unwrap();
		timeout(SOON, asked.notified()).await.unwrap();
		end.send(()).unwrap();
		assert!(timeout(LIMITS.grace * 3 / 4, server).await.is_ok());
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_server_with_a_certificate_speaks_tls() {
		let folder = tempfile::tempdir().unwrap();
		let config = files(folder.path());
		make(folder.path(), "one.example", &config);
		let tls = Some(Arc::new(Tls::new(config).unwrap()));
		let router = Router::new().route("/", get(|| async { "sealed" }));
		let limits = Limits { handshake: SOON, headers: SOON, ..LIMITS };
		let (address, _end, _server) = start(router, tls, limits).await;
		// A client without TLS gets no answer, and does not delay others.
		let mut plain = TcpStream::connect(address).await.unwrap();
		plain.write_all(REQUEST).await.unwrap();
		let answer = tokio::task::spawn_blocking(move || {
			let mut client = std::process::Command::new("openssl")
				.args(["s_client", "-quiet", "-connect", &address.to_string()])
				.stdin(Stdio::piped())
				.stdout(Stdio::piped())
				.stderr(Stdio::null())
				.spawn()
				.unwrap();
			let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
			client.stdin.as_mut().unwrap().write_all(request).unwrap();
			String::from_utf8(client.wait_with_output().unwrap().stdout).unwrap()
		});
		let answer = answer.await.unwrap();
		assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("sealed"), "{answer}");
		let mut refused = Vec::new();
		let _ = plain.read_to_end(&mut refused).await;
		assert!(!refused.starts_with(b"HTTP"));
	}
}
