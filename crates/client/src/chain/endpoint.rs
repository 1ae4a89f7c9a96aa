//! The address of a node, and the connection to it.
//!
//! Anyone on the network path of an unencrypted connection can read and change it. So `ws://` leads
//! to this machine only, unless the caller states that the network itself protects it.

use std::{
	error::Error as StdError,
	io,
	net::{IpAddr, SocketAddr},
	path::PathBuf,
	sync::Arc,
	time::Duration,
};

use jsonrpsee::{
	client_transport::ws::{EitherStream, Url, WsHandshakeError, WsTransportClientBuilder},
	core::client::{Client as WsClient, ClientBuilder},
};
use rustls::pki_types::ServerName;
use salus_primitives::Hash32;
use subxt::rpcs::RpcClient;
use tokio::net::{lookup_host, TcpStream};
use tokio_rustls::TlsConnector;

use crate::{
	chain::rpc::Patience,
	chain::tls::{self, TlsFault, TlsFileError, TlsFiles},
	progress::Progress,
};

/// Maximum number of unread answers of one subscription.
const BUFFERED: usize = 64;

/// Settings of a client's connection to a node.
///
/// ```no_run
/// use salus_client::{Client, ConnectOptions, TlsFiles};
///
/// # async fn run() -> Result<(), salus_client::ConnectError> {
/// let options = ConnectOptions {
///     tls: TlsFiles {
///         ca_file: Some("hospital.pem".into()),
///         client_cert: Some("machine.pem".into()),
///         client_key: Some("machine.key".into()),
///     },
///     ..ConnectOptions::default()
/// };
/// let client = Client::connect_with("wss://salus.hospital-a.example", options).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ConnectOptions {
	/// Deadlines.
	pub patience: Patience,
	/// Whether an unencrypted connection (`ws://`) to another machine is permitted, because the
	/// network itself protects it. Certificates are checked in any case.
	pub insecure: bool,
	/// Certificates to trust, and the one to present.
	pub tls: TlsFiles,
	/// Hash of the chain's first block, if another source named it. Otherwise it is the one that
	/// `known_chains` has, or, at the first connection, the one that the node names.
	pub genesis: Option<Hash32>,
	/// Folder that keeps what is known for certain about each chain between runs: its first block,
	/// its last final one, and its runtime. Without one, each new client takes the first block
	/// from its node.
	pub known_chains: Option<PathBuf>,
	/// Receives reports when the node is gone, and when it is back.
	pub progress: Option<Arc<dyn Progress>>,
}

impl std::fmt::Debug for ConnectOptions {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("ConnectOptions")
			.field("patience", &self.patience)
			.field("insecure", &self.insecure)
			.field("tls", &self.tls)
			.finish_non_exhaustive()
	}
}

impl From<Patience> for ConnectOptions {
	fn from(patience: Patience) -> Self {
		Self { patience, ..Self::default() }
	}
}

/// Reason why a text is not an address to connect to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
	/// The text has another form.
	#[error("this is not the address of a node; give {form}")]
	Form {
		/// The address that was probably meant.
		form: String,
	},
	/// The connection would not be encrypted.
	#[error("the connection to {url} is not encrypted, so anyone on the network path can read and change it; give wss:// and a node that speaks TLS, or allow it if the network itself protects it")]
	Unencrypted {
		/// The address, without user name and password.
		url: String,
	},
}

/// Reason why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
	#[error("{fault}")]
	Tls {
		fault: TlsFault,
		#[source]
		source: Box<dyn StdError + Send + Sync>,
	},
	#[error("HTTP status {status}")]
	Rejected { status: u16 },
	#[error("it has moved to {location}")]
	Moved { location: String },
	#[error("the server does not speak WebSocket")]
	NoWebSocket(#[source] Box<dyn StdError + Send + Sync>),
	#[error(transparent)]
	Network(#[from] io::Error),
}

/// Explains the status with which a node or a proxy refuses a connection, and says what to do.
pub(crate) fn status_words(status: u16) -> &'static str {
	match status {
		400 => {
			"the proxy in front of the node requires a client certificate, or it does not forward the headers \
			 Upgrade and Connection"
		}
		401 | 407 => "the proxy in front of the node requires a name and password, or a client certificate",
		403 => {
			"the proxy in front of the node does not admit this machine, or it forwards a Host other than the one \
			 that the node answers to (localhost:9944)"
		}
		404 => "there is no node under this path; check the address",
		405 | 426 => {
			"the server does not accept WebSockets: the proxy in front of the node has to forward the headers Upgrade \
			 and Connection"
		}
		413 => {
			"the proxy in front of the node limits the size of a request; raise the limit to 15 MiB (nginx: \
			 client_max_body_size)"
		}
		429 => "the node, or the proxy in front of it, has too many connections; try again later",
		500 | 502..=504 => "the proxy in front of the node does not reach the node; check that it runs",
		_ => "see the log of the node, or of the proxy in front of it",
	}
}

/// The address of a node, and the connection to it.
pub(crate) struct Endpoint {
	url: Url,
	/// TLS settings of [`tls::connector`]; `None` for an unencrypted connection.
	encrypted: Option<TlsConnector>,
	with_client_cert: bool,
	insecure: bool,
}

/// Returns whether a host name stands for this machine.
fn is_here(host: &str) -> bool {
	let name = host.trim_end_matches('.').to_ascii_lowercase();
	match name.trim_matches(['[', ']']).parse::<IpAddr>() {
		Ok(address) => address.to_canonical().is_loopback(),
		Err(_) => name == "localhost" || name.ends_with(".localhost"),
	}
}

/// Returns the address that a malformed text probably means.
fn form(text: &str) -> String {
	const FORM: &str = "wss://HOST or, on this machine, ws://127.0.0.1:9944";
	let bare = text.split_once("://").map_or(text, |(_, rest)| rest).trim_start_matches('/');
	let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]/".contains(c);
	let meant = ["ws", "wss"].map(|scheme| Url::parse(&format!("{scheme}://{bare}")));
	match meant {
		// A text with an @ may hold a password.
		[Ok(near), Ok(far)] if !bare.is_empty() && bare.chars().all(plain) => {
			let host = near.host_str().unwrap_or_default();
			match is_here(host) {
				true => shown(&near),
				false => shown(&far),
			}
		}
		_ => FORM.into(),
	}
}

/// Returns an address without user name, password and path.
fn shown(url: &Url) -> String {
	let host = url.host_str().unwrap_or_default();
	match url.port() {
		Some(port) => format!("{}://{host}:{port}", url.scheme()),
		None => format!("{}://{host}", url.scheme()),
	}
}

impl Endpoint {
	pub(crate) fn new(text: &str, options: &ConnectOptions) -> Result<Self, EndpointError> {
		let other_form = || AddressError::Form { form: form(text) };
		let mut url = Url::parse(text.trim()).map_err(|_| other_form())?;
		let scheme = match url.scheme() {
			"ws" | "http" => "ws",
			"wss" | "https" => "wss",
			_ => return Err(other_form().into()),
		};
		url.set_scheme(scheme).map_err(|()| other_form())?;
		let host = url.host_str().ok_or_else(other_form)?;
		let encrypted = match scheme {
			"wss" => Some(tls::connector(&options.tls)?),
			_ if options.insecure || is_here(host) => None,
			_ => return Err(AddressError::Unencrypted { url: shown(&url) }.into()),
		};
		Ok(Self {
			encrypted,
			with_client_cert: options.tls.client_cert.is_some(),
			insecure: options.insecure,
			url,
		})
	}

	/// Returns the address in a form that may be shown.
	pub(crate) fn shown(&self) -> String {
		shown(&self.url)
	}

	/// Connects.
	pub(crate) async fn open(&self, wait: Duration) -> Result<RpcClient, OpenError> {
		let stream = self.reach().await?;
		// Redirections are not followed: one could lead to an unencrypted connection.
		let (sender, receiver) = WsTransportClientBuilder::default()
			.connection_timeout(wait)
			.build_with_stream(self.url.clone(), stream)
			.await
			.map_err(|error| self.refused(error))?;
		let client: WsClient = ClientBuilder::default()
			.max_buffer_capacity_per_subscription(BUFFERED)
			.build_with_tokio(sender, receiver);
		Ok(RpcClient::new(client))
	}

	/// Connects to the first address of the host that answers.
	async fn reach(&self) -> Result<EitherStream, OpenError> {
		let host = self.url.host_str().unwrap_or_default();
		let host = host.trim_matches(['[', ']']);
		let port = self.url.port_or_known_default().unwrap_or_default();
		let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
		let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
		for address in found {
			// The name says that this is the local machine; the address must say so too.
			let is_here = address.ip().to_canonical().is_loopback();
			if self.encrypted.is_none() && !self.insecure && !is_here {
				last = io::Error::new(
					io::ErrorKind::PermissionDenied,
					format!("{host} is not this machine but {}", address.ip()),
				);
				continue;
			}
			match TcpStream::connect(address).await {
				Ok(stream) => return self.encrypt(host, stream).await,
				Err(error) => last = error,
			}
		}
		Err(last.into())
	}

	async fn encrypt(&self, host: &str, stream: TcpStream) -> Result<EitherStream, OpenError> {
		let _ = stream.set_nodelay(true);
		let Some(connector) = &self.encrypted else {
			return Ok(EitherStream::Plain(stream));
		};
		let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
		match connector.connect(name, stream).await {
			Ok(stream) => Ok(EitherStream::Tls(stream)),
			Err(error) => Err(OpenError::Tls {
				fault: tls::fault(&error, self.with_client_cert).unwrap_or(TlsFault::Other(
					"the server closed the connection before it was encrypted; check the port",
				)),
				source: error.into(),
			}),
		}
	}

	fn refused(&self, error: WsHandshakeError) -> OpenError {
		match error {
			WsHandshakeError::Rejected { status_code } => {
				OpenError::Rejected { status: status_code }
			}
			WsHandshakeError::Redirected { location, .. } => {
				OpenError::Moved { location: location.chars().take(200).collect() }
			}
			WsHandshakeError::Timeout(_) => io::Error::from(io::ErrorKind::TimedOut).into(),
			// With TLS 1.3, the other side checks the client certificate after the handshake.
			error => {
				let broke_off = || match &self.encrypted {
					Some(_) if tls::is_io(&error) => Some(match self.with_client_cert {
						true => TlsFault::Other(
							"it ended the connection at once; perhaps it does not accept this \
							 client certificate",
						),
						false => TlsFault::PerhapsNoClientCert,
					}),
					_ => None,
				};
				match tls::fault(&error, self.with_client_cert).or_else(broke_off) {
					Some(fault) => OpenError::Tls { fault, source: error.into() },
					None => OpenError::NoWebSocket(error.into()),
				}
			}
		}
	}
}

/// Reason why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndpointError {
	#[error(transparent)]
	Address(#[from] AddressError),
	#[error(transparent)]
	Tls(#[from] TlsFileError),
}
