use super::*;
use crate::{AddressError, TlsFiles};
use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	server::WebPkiClientVerifier,
	RootCertStore, ServerConfig,
};
use serde_json::{json, Value};
use soketto::handshake::server::{Response, Server};
use std::{
	error::Error,
	path::{Path, PathBuf},
	sync::atomic::{AtomicU32, Ordering},
};
use tokio::{
	io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
	net::{TcpListener, TcpSocket},
	task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::compat::TokioAsyncReadCompatExt;

const ADDRESS: &str = "127.0.0.1:0";

fn connection(url: &str) -> Arc<Connection> {
	Connection::new(url, ConnectOptions::default()).unwrap()
}

fn file(name: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Builds a server that requires a client certificate of the hospital.
fn acceptor(certificate: &str) -> TlsAcceptor {
	let pem = |name: &str| CertificateDer::from_pem_file(file(name)).unwrap();
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let mut roots = RootCertStore::empty();
	roots.add(pem("hospital.pem")).unwrap();
	let verifier =
		WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
	let key = PrivateKeyDer::from_pem_file(file(&format!("{certificate}.key"))).unwrap();
	let config = ServerConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()
		.unwrap()
		.with_client_cert_verifier(verifier.unwrap())
		.with_single_cert(vec![pem(&format!("{certificate}.pem"))], key)
		.unwrap();
	Arc::new(config).into()
}

/// The answer of a node to a method with these parameters. If it has a member `error`, that is the
/// answer's error.
pub(crate) type Answers = fn(&str, &Value) -> Value;

/// Answers with the name of the method.
const NAME: Answers = |method, _| method.into();

/// Answers every request on a connection.
async fn serve(
	stream: impl AsyncRead + AsyncWrite + Unpin,
	answers: Answers,
) -> Result<(), Box<dyn Error>> {
	let mut server = Server::new(stream.compat());
	let key = server.receive_request().await?.key();
	let accept = Response::Accept { key, protocol: None };
	server.send_response(&accept).await?;
	let (mut sender, mut receiver) = server.into_builder().finish();
	loop {
		let mut message = Vec::new();
		receiver.receive_data(&mut message).await?;
		let request: Value = serde_json::from_slice(&message)?;
		let method = request["method"].as_str().unwrap_or_default();
		let result = answers(method, &request["params"]);
		let answer = match result.get("error") {
			Some(error) => json!({"jsonrpc": "2.0", "id": request["id"], "error": error}),
			None => json!({"jsonrpc": "2.0", "id": request["id"], "result": result}),
		};
		sender.send_text(answer.to_string()).await?;
		sender.flush().await?;
	}
}

/// Starts a node behind TLS, and returns its port.
async fn tls_node(certificate: &str) -> u16 {
	let listener = TcpListener::bind(ADDRESS).await.unwrap();
	let port = listener.local_addr().unwrap().port();
	let acceptor = acceptor(certificate);
	tokio::spawn(async move {
		while let Ok((stream, _)) = listener.accept().await {
			let acceptor = acceptor.clone();
			tokio::spawn(async move {
				if let Ok(stream) = acceptor.accept(stream).await {
					let _ = serve(stream, NAME).await;
				}
			});
		}
	});
	port
}

/// Starts a server that answers everything with the same bytes, and returns its port.
async fn answering(answer: String) -> u16 {
	let listener = TcpListener::bind(ADDRESS).await.unwrap();
	let port = listener.local_addr().unwrap().port();
	tokio::spawn(async move {
		while let Ok((mut stream, _)) = listener.accept().await {
			let mut request = [0; 4096];
			let _ = stream.read(&mut request).await;
			let _ = stream.write_all(answer.as_bytes()).await;
			let _ = stream.shutdown().await;
		}
	});
	port
}

fn trusting(ca: Option<&str>, client: Option<&str>) -> ConnectOptions {
	ConnectOptions {
		tls: TlsFiles {
			ca_file: ca.map(file),
			client_cert: client.map(|name| file(&format!("{name}.pem"))),
			client_key: client.map(|name| file(&format!("{name}.key"))),
		},
		..ConnectOptions::default()
	}
}

async fn fails(url: String, options: ConnectOptions) -> RpcError {
	let connection = Connection::new(&url, options).unwrap();
	let asked = connection.request::<String>("system_chain", RpcParams::new());
	let error = asked.await.unwrap_err();
	assert!(error.is_unreachable(), "{error:?}");
	assert!(!error.to_string().contains("start one there"), "{error}");
	assert!(error.to_string().contains(&connection.shown_url()), "{error}");
	error
}

#[test]
fn a_password_in_the_address_is_not_shown() {
	for (url, shown) in [
		("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
		("wss://ada:secret@node.example:444/path?key=1", "wss://node.example:444"),
		("wss://node.example/?token=a@b", "wss://node.example"),
	] {
		assert_eq!(connection(url).shown_url(), shown);
	}
	let Err(EndpointError::Address(error)) = Connection::new("ada:secret@node", Default::default())
	else {
		panic!("it was accepted")
	};
	assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn an_unencrypted_connection_leads_to_this_machine_only() {
	let taken = |url: &str, insecure| {
		let options = ConnectOptions { insecure, ..ConnectOptions::default() };
		match Connection::new(url, options) {
			Ok(_) => true,
			Err(EndpointError::Address(AddressError::Unencrypted { .. })) => false,
			Err(error) => panic!("{url}: {error}"),
		}
	};
	for here in [
		"ws://127.0.0.1:9944",
		"ws://127.8.8.8",
		"ws://localhost:9944",
		"ws://LOCALHOST.:9944",
		"ws://node.localhost",
		"ws://[::1]:9944",
		"ws://[::ffff:127.0.0.1]:9944",
		"http://localhost",
	] {
		assert!(taken(here, false), "{here}");
	}
	for elsewhere in [
		"ws://node.example:9944",
		"ws://10.0.0.1",
		"ws://[fe80::1]",
		"ws://0.0.0.0:9944",
		"ws://localhost.example",
		"ws://127.0.0.1.example",
		"ws://127.0.0.1@node.example",
		"http://node.example",
	] {
		assert!(!taken(elsewhere, false), "{elsewhere}");
		assert!(taken(elsewhere, true), "{elsewhere}");
	}
	for encrypted in ["wss://node.example", "https://node.example:444"] {
		assert!(taken(encrypted, false), "{encrypted}");
	}
}

#[test]
fn a_malformed_address_is_answered_with_the_right_one() {
	for (text, form) in [
		("localhost:8445", "give ws://localhost:8445"),
		("127.0.0.1:9944", "give ws://127.0.0.1:9944"),
		("node.example", "give wss://node.example"),
		("ftp://node.example:21", "give wss://node.example:21"),
		("", "give wss://HOST"),
		("ws://", "give wss://HOST"),
	] {
		match Connection::new(text, ConnectOptions::default()) {
			Err(EndpointError::Address(error @ AddressError::Form { .. })) => {
				assert!(error.to_string().contains(form), "{text}: {error}")
			}
			_ => panic!("{text} was accepted"),
		}
	}
}

#[tokio::test]
async fn mutual_tls_with_the_hospitals_own_authority_works() {
	let port = tls_node("node").await;
	for scheme in ["wss", "https"] {
		let options = trusting(Some("hospital.pem"), Some("machine"));
		let connection = Connection::new(&format!("{scheme}://localhost:{port}"), options).unwrap();
		let answer: String = connection.request("system_chain", RpcParams::new()).await.unwrap();
		assert_eq!(answer, "system_chain");
	}
}

#[tokio::test]
async fn a_fault_of_the_encryption_is_explained() {
	let (port, expired) = (tls_node("node").await, tls_node("expired").await);
	let hospital = Some("hospital.pem");
	for (url, options, says) in [
		// This machine does not trust the hospital's own authority, or trusts another.
		(port, trusting(None, Some("machine")), "does not trust the signer"),
		(port, trusting(Some("stranger.pem"), Some("machine")), "does not trust the signer"),
		(port, trusting(hospital, None), "client certificate"),
		(port, trusting(hospital, Some("intruder")), "does not accept this client certificate"),
		(expired, trusting(hospital, Some("machine")), "has expired"),
	] {
		let error = fails(format!("wss://localhost:{url}"), options).await;
		assert!(matches!(error, RpcError::Tls { .. }), "{says}: {error:?}");
		assert!(error.to_string().contains(says), "{says}: {error}");
		assert!(error.source().is_some());
	}
	let error = fails(format!("wss://127.0.0.1:{port}"), trusting(hospital, Some("machine"))).await;
	assert!(error.to_string().contains("another name"), "{error}");

	let plain = answering("HTTP/1.1 400 Bad Request\r\n\r\n".into()).await;
	let error =
		fails(format!("wss://localhost:{plain}"), trusting(hospital, Some("machine"))).await;
	assert!(error.to_string().contains("does not encrypt"), "{error}");
}

#[tokio::test]
async fn a_refusing_proxy_is_reported_with_the_likely_cause() {
	for (status, says) in [
		(400, "client certificate"),
		(403, "Host"),
		(405, "Upgrade"),
		(413, "client_max_body_size"),
		(502, "does not reach the node"),
	] {
		let port = answering(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n")).await;
		let error = fails(format!("ws://127.0.0.1:{port}"), ConnectOptions::default()).await;
		assert!(
			matches!(error, RpcError::Rejected { status: found, .. } if found == status),
			"{error:?}"
		);
		let text = error.to_string();
		assert!(text.contains(&status.to_string()) && text.contains(says), "{text}");
	}
	// A redirection could lead to an unencrypted connection.
	let moved = "HTTP/1.1 302 Found\r\nlocation: ws://node.example/\r\ncontent-length: 0\r\n\r\n";
	let port = answering(moved.into()).await;
	let error = fails(format!("ws://127.0.0.1:{port}"), ConnectOptions::default()).await;
	assert!(error.to_string().contains("ws://node.example/"), "{error}");
	let port = answering("220 mail.example ESMTP\r\n".into()).await;
	let error = fails(format!("ws://127.0.0.1:{port}"), ConnectOptions::default()).await;
	assert!(error.to_string().contains("is not a node"), "{error}");
}

#[tokio::test]
async fn a_missing_node_is_reported_at_once_with_its_address() {
	let patience = Patience { connect: Duration::from_secs(60), ..Patience::default() };
	let connection = Connection::new("ws://127.0.0.1:1", patience.into()).unwrap();
	let started = Instant::now();
	let error = connection.connect().await.unwrap_err();
	assert!(started.elapsed() < Duration::from_secs(30));
	assert!(matches!(error, RpcError::Unreachable { .. }), "{error:?}");
	assert!(error.to_string().contains("ws://127.0.0.1:1"));
	assert!(error.source().is_some());
}

#[tokio::test]
async fn a_server_that_ignores_the_handshake_meets_the_deadline() {
	let listener = TcpListener::bind(ADDRESS).await.unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	let patience = Patience { connect: Duration::from_millis(300), ..Patience::default() };
	let connection = Connection::new(&url, patience.into()).unwrap();
	let error = connection.connect().await.unwrap_err();
	assert!(matches!(error, RpcError::Unreachable { .. }), "{error:?}");
}

/// Counts the reports about a lost node.
#[derive(Default)]
struct Reports {
	waiting: AtomicU32,
	back: AtomicU32,
}

impl Progress for Reports {
	fn waiting_for_node(&self, url: &str, limit: Duration) {
		assert!(url.starts_with("ws://127.0.0.1:"), "{url}");
		assert!(limit > Duration::ZERO);
		self.waiting.fetch_add(1, Ordering::Relaxed);
	}

	fn node_is_back(&self) {
		self.back.fetch_add(1, Ordering::Relaxed);
	}
}

/// Starts a node without TLS. It stops with the task.
async fn plain_node(listener: TcpListener, answers: Answers) -> JoinHandle<()> {
	tokio::spawn(async move {
		// One connection at a time: it ends with the task.
		while let Ok((stream, _)) = listener.accept().await {
			let _ = serve(stream, answers).await;
		}
	})
}

/// Starts a node on this machine that gives these answers, and returns its address.
pub(crate) async fn node(answers: Answers) -> String {
	let listener = TcpListener::bind(ADDRESS).await.unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	plain_node(listener, answers).await;
	url
}

/// Returns a socket at this address that does not listen. It refuses connections, and keeps the
/// port from others.
fn refusing(address: std::net::SocketAddr) -> TcpSocket {
	let socket = TcpSocket::new_v4().unwrap();
	socket.set_reuseaddr(true).unwrap();
	socket.bind(address).unwrap();
	socket
}

#[tokio::test]
async fn a_lost_node_is_awaited_and_reported() {
	let listener = TcpListener::bind(ADDRESS).await.unwrap();
	let address = listener.local_addr().unwrap();
	let reports = Arc::new(Reports::default());
	let options = ConnectOptions {
		// The node stays away for this long in the end, and a busy machine must report it before.
		patience: Patience { outage: Duration::from_secs(15), ..Patience::default() },
		progress: Some(reports.clone()),
		..ConnectOptions::default()
	};
	let connection = Connection::new(&format!("ws://{address}"), options).unwrap();
	let ask = || connection.request::<String>("system_chain", RpcParams::new());

	let node = plain_node(listener, NAME).await;
	ask().await.unwrap();
	node.abort();
	let _ = node.await;
	let counts = || [&reports.waiting, &reports.back].map(|count| count.load(Ordering::Relaxed));
	let socket = refusing(address);
	// However slow the machine is, the node comes back after its absence was reported.
	let comes_back = async {
		while counts() == [0, 0] {
			sleep(Duration::from_millis(50)).await;
		}
		Some(plain_node(socket.listen(16).unwrap(), NAME).await)
	};
	let (answer, node) = tokio::join!(ask(), comes_back);
	let node = node.unwrap();
	assert_eq!(answer.unwrap(), "system_chain");
	assert_eq!(counts(), [1, 1]);

	node.abort();
	let _ = node.await;
	let _socket = refusing(address);
	let error = ask().await.unwrap_err();
	assert!(matches!(error, RpcError::Gone { .. }), "{error:?}");
	assert!(error.to_string().contains("start it, then try again"), "{error}");
	assert_eq!(counts(), [2, 1]);
}

#[test]
fn a_request_is_shown_by_its_method_or_function_alone() {
	let params = |text: &str| RawValue::from_string(text.into()).unwrap();
	let call = params(r#"["SalusApi_record","0x0102"]"#);
	assert_eq!(super::shown("state_call", Some(&call)), "SalusApi_record");
	let storage = params(r#"["0x0102"]"#);
	assert_eq!(super::shown("state_getStorage", Some(&storage)), "state_getStorage");
	assert_eq!(super::shown("state_call", None), "state_call");
}
