//! Sending a notification to an endpoint that the configuration names.

use std::time::Duration;

use axum::{
	body::Bytes,
	http::{header, HeaderValue, Request, Uri},
};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use salus_client::{tls_connector, TlsFiles};
use salus_fhir::MEDIA_TYPE;
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::TcpStream,
	time::timeout,
};
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

/// Limit for an endpoint to take a notification.
const LIMIT: Duration = Duration::from_secs(15);

/// An address that may be notified.
pub(crate) struct Endpoint {
	host: String,
	port: u16,
	/// Host and port, as the request names them.
	authority: String,
	path: String,
	/// Content of the header `Authorization`.
	authorization: Option<Zeroizing<String>>,
	/// `None` without TLS, which only a development server may use, on its own machine.
	tls: Option<TlsConnector>,
}

/// A notification that was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed {
	/// Reason, which names neither the endpoint nor its answer.
	pub(super) reason: String,
	/// Whether the endpoint answered, or was not even asked.
	pub(super) is_reached: bool,
}

fn unreached(reason: &str) -> Failed {
	Failed { reason: reason.into(), is_reached: false }
}

/// Returns whether a host is this machine.
fn is_local(host: &str) -> bool {
	let address = host.parse::<std::net::IpAddr>();
	host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Endpoint {
	/// Reads an address. Fails with what is wrong with it.
	pub(crate) fn new(
		url: &str,
		authorization: Option<Zeroizing<String>>,
		files: &TlsFiles,
		is_development: bool,
	) -> Result<Self, String> {
		let wrong = || "an endpoint must be an address such as https://his.example.org/salus";
		let uri: Uri = url.parse().map_err(|_| wrong())?;
		let authority = uri.authority().ok_or_else(wrong)?.as_str().to_owned();
		let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
		if authority.contains('@') {
			return Err("an endpoint has no user and password; use `authorization`".into());
		}
		let is_secure = match uri.scheme_str() {
			Some("https") => true,
			Some("http") if is_development && is_local(&host) => false,
			_ => return Err(wrong().into()),
		};
		let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
		let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
		let tls = is_secure.then(|| tls_connector(files)).transpose();
		let tls = tls.map_err(|error| crate::chain_of(&error))?;
		if authorization.as_ref().is_some_and(|value| HeaderValue::from_str(value).is_err()) {
			return Err("`authorization` must be one line of plain characters".into());
		}
		Ok(Self { host, port, authority, path, authorization, tls })
	}

	/// Sends a notification.
	pub(super) async fn send(&self, body: String) -> Result<(), Failed> {
		match timeout(LIMIT, self.exchange(body)).await {
			Ok(done) => done,
			Err(_) => Err(unreached("it did not answer within 15 s")),
		}
	}

	async fn exchange(&self, body: String) -> Result<(), Failed> {
		let refused = |_| unreached("it does not accept connections");
		let stream = TcpStream::connect((&*self.host, self.port)).await.map_err(refused)?;
		let Some(tls) = &self.tls else { return self.converse(stream, body, LIMIT).await };
		let name = ServerName::try_from(self.host.clone())
			.map_err(|_| unreached("its name is not valid"))?;
		let stream = tls.connect(name, stream).await;
		let stream = stream.map_err(|_| unreached("its certificate is not trusted"))?;
		self.converse(stream, body, LIMIT).await
	}

	/// Sends a notification on a connection, which lasts no longer than `limit`.
	async fn converse(
		&self,
		stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
		body: String,
		limit: Duration,
	) -> Result<(), Failed> {
		let broken = |_| unreached("it closed the connection early");
		let (mut sender, connection) =
			http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
		// Ends once the sender is gone, and the peer has taken what TLS still has to say. One that
		// reads nothing would keep it, and each attempt would leave a connection.
		tokio::spawn(timeout(limit, connection));
		let mut request = Request::post(&*self.path)
			.header(header::HOST, &*self.authority)
			.header(header::CONTENT_TYPE, MEDIA_TYPE);
		if let Some(authorization) = &self.authorization {
			let value = HeaderValue::from_str(authorization).map(|mut value| {
				value.set_sensitive(true);
				value
			});
			request =
				request.header(header::AUTHORIZATION, value.map_err(|_| unreached("no header"))?);
		}
		let request =
			request.body(Full::new(Bytes::from(body))).map_err(|_| unreached("no request"))?;
		let answer = sender.send_request(request).await.map_err(broken)?;
		match answer.status().is_success() {
			true => Ok(()),
			false => {
				let reason = format!("it answers with status {}", answer.status().as_u16());
				Err(Failed { reason, is_reached: true })
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::timely::tests::Deaf;
	use std::sync::Arc;
	use tokio::{
		io::{AsyncReadExt, AsyncWriteExt},
		net::TcpListener,
		time::sleep,
	};

	fn endpoint(url: &str, is_development: bool) -> Result<Endpoint, String> {
		let secret = Zeroizing::new("Bearer secret".to_owned());
		Endpoint::new(url, Some(secret), &TlsFiles::default(), is_development)
	}

	#[test]
	fn only_encrypted_endpoints_are_taken() {
		let https = endpoint("https://his.example.org/salus?x=1", false).unwrap();
		assert_eq!(
			(&*https.host, https.port, &*https.path),
			("his.example.org", 443, "/salus?x=1")
		);
		assert!(endpoint("http://127.0.0.1:80/", true).is_ok());
		assert!(endpoint("http://[::1]:8080/", true).is_ok());
		for (url, is_development) in [
			("http://127.0.0.1/", false),
			("http://his.example.org/", true),
			("https://user:password@his.example.org/", false),
			("ftp://his.example.org/", true),
			("/salus", true),
			("", true),
		] {
			assert!(endpoint(url, is_development).is_err(), "{url}");
		}
		let two_lines = Some(Zeroizing::new("Bearer x\r\nx: y".to_owned()));
		assert!(Endpoint::new("https://x.org/", two_lines, &TlsFiles::default(), false).is_err());
	}

	/// Answers one request with this status line, and returns the request.
	async fn answered(status: &str) -> (Result<(), Failed>, String) {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}/salus", listener.local_addr().unwrap());
		let endpoint = endpoint(&url, true).unwrap();
		let answering = async {
			let (mut stream, _) = listener.accept().await.unwrap();
			let mut request = String::new();
			let mut buffer = [0; 4_096];
			while !request.ends_with("{}") {
				let read = stream.read(&mut buffer).await.unwrap();
				request += std::str::from_utf8(&buffer[..read]).unwrap();
			}
			let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
			stream.write_all(answer.as_bytes()).await.unwrap();
			request
		};
		tokio::join!(endpoint.send("{}".into()), answering)
	}

	#[tokio::test]
	async fn only_success_counts_as_taken() {
		let (sent, request) = answered("202 Accepted").await;
		assert_eq!(sent, Ok(()));
		assert!(request.starts_with("POST /salus HTTP/1.1\r\n"), "{request}");
		assert!(request.to_lowercase().contains("authorization: bearer secret"), "{request}");
		// A redirection is not followed: nobody checked where it leads.
		for status in ["302 Found", "404 Not Found", "500 Internal Server Error"] {
			let (sent, _) = answered(status).await;
			let Failed { reason: fault, is_reached } = sent.unwrap_err();
			assert!(
				is_reached && fault.contains(&status[..3]) && !fault.contains("127.0.0.1"),
				"{fault}"
			);
		}
	}

	#[tokio::test]
	async fn an_endpoint_that_reads_nothing_keeps_no_connection() {
		let (short, soon) = (Duration::from_millis(50), Duration::from_secs(60));
		let endpoint = endpoint("https://his.example.org/salus", false).unwrap();
		let count = Arc::new(());
		let deaf = Deaf { _held: count.clone() };
		let sent = timeout(short, endpoint.converse(deaf, "{}".into(), short)).await;
		assert!(!matches!(sent, Ok(Ok(()))));
		let closed = async {
			while Arc::strong_count(&count) > 1 {
				sleep(Duration::from_millis(5)).await;
			}
		};
		timeout(soon, closed).await.unwrap();
	}
}
