//! Starting and ending the server.

use std::{error::Error as StdError, path::PathBuf, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use hyper::server::conn::http1;
use hyper_util::{
	rt::{TokioIo, TokioTimer},
	server::graceful::GracefulShutdown,
	service::TowerToHyperService,
};
use salus_client::{Client, ConnectOptions, Patience, StateDir};
use tokio::{net::TcpListener, sync::Semaphore};
use zeroize::Zeroizing;

use crate::{
	app::{self, Gateway},
	auth::{Auth, Used},
	clients::Clients,
	config::{self, Config, ConfigError},
	identifiers::Identifiers,
	paging::Links,
};

/// Salus for hospital systems.
#[derive(Debug, Parser)]
#[command(name = "salus-gateway", version)]
pub struct Arguments {
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Serve FHIR R4.
	Fhir {
		/// Configuration file.
		#[arg(long, value_name = "FILE", default_value = "/etc/salus-gateway/gateway.toml")]
		config: PathBuf,
	},
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
	/// The configuration cannot be used.
	#[error(transparent)]
	Config(#[from] ConfigError),
	/// The node cannot be used.
	#[error(transparent)]
	Client(#[from] salus_client::Error),
	/// The state folder cannot be used.
	#[error("cannot use the state folder; check its permissions and free space")]
	State(#[source] Box<dyn StdError + Send + Sync>),
	/// The address cannot be used.
	#[error("cannot listen at {address}; check that nothing else does")]
	Listen {
		/// The address.
		address: std::net::SocketAddr,
		/// Error of the operating system.
		#[source]
		source: std::io::Error,
	},
	/// The operating system has no randomness.
	#[error("the operating system gives no randomness")]
	Randomness,
}

/// Limit for a lost node to return before a request fails.
const OUTAGE: Duration = Duration::from_secs(10);

/// Returns an error with its causes.
pub fn chain_of(error: &dyn StdError) -> String {
	let mut text = error.to_string();
	let mut cause = error.source();
	while let Some(error) = cause {
		text.push_str(": ");
		text.push_str(&error.to_string());
		cause = error.source();
	}
	text
}

/// Runs the server until the process is asked to end.
pub async fn run(arguments: Arguments) -> Result<(), StartError> {
	let Command::Fhir { config } = arguments.command;
	let config = Config::read(&config)?;
	let clients = Clients::load(&config)?;
	if clients.len() == 0 {
		tracing::warn!("the configuration names no client, so nobody can do anything");
	}
	let state_error = |error: Box<dyn StdError + Send + Sync>| StartError::State(error);
	let create = || {
		use std::os::unix::fs::DirBuilderExt;
		std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.state)
	};
	create().map_err(|error| state_error(error.into()))?;
	let used = Used::open(&config.state.join("assertions.sqlite"))
		.map_err(|error| state_error(error.into()))?;
	let state = StateDir::new(Some(config.state.join("salus")))
		.map_err(|error| state_error(error.into()))?;
	let identifiers = match &config.identifiers {
		None => None,
		Some(path) => {
			let secret = Zeroizing::new(config::read(path)?);
			let kept = Identifiers::open(&config.state.join("identifiers.sqlite"), &secret);
			Some(kept.map_err(|error| state_error(error.into()))?)
		}
	};

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
	let listen = config.listen;
	let room = Arc::new(Semaphore::new(app::ALL_BODIES));
	let gateway = Arc::new(Gateway { client, state, auth, links, identifiers, room, config });
	let listener = TcpListener::bind(listen)
		.await
		.map_err(|source| StartError::Listen { address: listen, source })?;
	let address = listener.local_addr().unwrap_or(listen);
	tracing::info!(%address, "FHIR is served");
	serve(listener, app::router(gateway)).await;
	Ok(())
}

/// Maximum number of connections at a time. Further ones wait.
const MAX_CONNECTIONS: usize = 512;

/// Limit for the headers of a request to arrive, and for a connection without any.
const HEADERS: Duration = Duration::from_secs(30);

/// Limit for the answers that are under way when the server ends.
const GRACE: Duration = Duration::from_secs(20);

/// Serves connections until the process is asked to end, and then until they are answered.
async fn serve(listener: TcpListener, router: axum::Router) {
	let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
	let graceful = GracefulShutdown::new();
	let mut ending = std::pin::pin!(end());
	loop {
		let accepting = async {
			let place = connections.clone().acquire_owned().await;
			(listener.accept().await, place)
		};
		let (accepted, place) = tokio::select! {
			accepted = accepting => accepted,
			() = &mut ending => break,
		};
		let stream = match accepted {
			Ok((stream, _)) => stream,
			Err(error) => {
				tracing::warn!(%error, "cannot accept a connection; check the limit of open files");
				tokio::time::sleep(Duration::from_secs(1)).await;
				continue;
			}
		};
		let connection = http1::Builder::new()
			.timer(TokioTimer::new())
			.header_read_timeout(HEADERS)
			.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
		let connection = graceful.watch(connection);
		tokio::spawn(async move {
			// A client that breaks a connection off is no fault of the server.
			let _ = connection.await;
			drop(place);
		});
	}
	if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
		tracing::warn!("some requests were not answered in time, and are given up");
	}
}

/// Returns once the process is asked to end.
async fn end() {
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
	tracing::info!("ending, once the requests that run are answered");
}
