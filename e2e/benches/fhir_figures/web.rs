//! A FHIR server, asked over HTTP: the same requests for each.

use base64::{engine::general_purpose::STANDARD, Engine};
use reqwest::{header, Method, Response};
use serde_json::{json, Value};
use std::time::Duration;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
	/// All documents of one patient, whole.
	Search,
	/// The same, for the first time after a change of the patient's consent.
	SearchAfterChange,
	/// One DocumentReference.
	Read,
	/// A DocumentReference with its content inline.
	AddInline,
	/// A Binary, and then its DocumentReference.
	AddByBinary,
	/// The content of a document.
	Open,
}

impl Work {
	/// Returns whether it waits until something is in a block.
	pub fn waits_for_blocks(self) -> bool {
		!matches!(self, Self::Search | Self::SearchAfterChange | Self::Read)
	}

	/// All of them, with the name in the tables.
	pub const ALL: [(Self, &'static str); 6] = [
		(Self::Search, "search, 100 documents of one patient"),
		(Self::SearchAfterChange, "the same, right after a change"),
		(Self::Read, "read one DocumentReference"),
		(Self::AddInline, "add 100 KiB, inline"),
		(Self::AddByBinary, "add 100 KiB, Binary first"),
		(Self::Open, "open 100 KiB"),
	];
}

/// A server, with what is stored there.
pub struct Web {
	/// Address of the FHIR endpoint.
	pub base: String,
	connections: Vec<reqwest::Client>,
	/// Tokens, by connection; none for a server that takes no tokens.
	pub tokens: Vec<String>,
	/// Ids of the patients who have documents.
	pub patients: Vec<String>,
	/// Id of the patient to whom documents are added. Nobody searches these.
	pub further: String,
	/// Documents of each patient.
	pub each: usize,
	/// Ids of all documents.
	pub documents: Vec<String>,
	/// Addresses of content to open.
	pub content: Vec<String>,
	/// Content that is added.
	pub body: Vec<u8>,
}

impl Web {
	/// Connects up to `connections` times to a server where nothing is stored yet.
	pub fn new(base: String, connections: usize, body: Vec<u8>) -> Self {
		let client = || {
			let builder = reqwest::Client::builder().timeout(Duration::from_secs(120));
			builder.pool_max_idle_per_host(1).build().expect("a client of HTTP")
		};
		let connections = (0..connections).map(|_| client()).collect();
		Self {
			base,
			connections,
			tokens: Vec::new(),
			patients: Vec::new(),
			further: String::new(),
			each: 0,
			documents: Vec::new(),
			content: Vec::new(),
			body,
		}
	}

	/// Makes one request of a kind.
	pub async fn call(&self, work: Work, connection: usize, number: usize) {
		// A prime, so that neighbours in time are not neighbours in the store.
		let spread = |length: usize| number.wrapping_mul(7919) % length;
		match work {
			Work::Search | Work::SearchAfterChange => {
				let patient = &self.patients[spread(self.patients.len())];
				let path = format!("DocumentReference?patient=Patient/{patient}&_count=100");
				let answer = self.send(connection, Method::GET, &path, None).await;
				let body = answer.bytes().await.expect("the answer ends");
				// Parsing all of it would be the generator's work, not the server's.
				let body = String::from_utf8_lossy(&body);
				let count = body.matches("\"fullUrl\"").count();
				assert_eq!(count, self.each, "a search finds all documents of {patient}");
				assert!(!body.contains("\"next\""), "a search finds no others of {patient}");
			}
			Work::Read => {
				let id = &self.documents[spread(self.documents.len())];
				let path = format!("DocumentReference/{id}");
				let answer = self.send(connection, Method::GET, &path, None).await;
				answer.bytes().await.expect("the answer ends");
			}
			Work::AddInline => {
				let content = json!({ "data": STANDARD.encode(&self.body) });
				self.add(connection, content).await;
			}
			Work::AddByBinary => {
				let url = self.store_at(connection).await;
				self.add(connection, json!({ "url": url })).await;
			}
			Work::Open => {
				let url = &self.content[number % self.content.len()];
				// A reader may have 64 openings under way, so the clients take turns.
				let client = (connection + number) % self.tokens.len().max(1);
				let answer = self.send_as(client, connection, Method::GET, url, None).await;
				let body = answer.bytes().await.expect("the answer ends");
				assert!(body == self.body, "the content comes back altered");
			}
		}
	}

	/// Stores only the content, and returns its address.
	pub async fn store(&self) -> String {
		self.store_at(0).await
	}

	async fn store_at(&self, connection: usize) -> String {
		let body = ("application/dicom", self.body.clone());
		let answer = self.send(connection, Method::POST, "Binary", Some(body)).await;
		let location = location(&answer);
		answer.bytes().await.expect("the answer ends");
		location
	}

	/// Adds a document.
	async fn add(&self, connection: usize, content: Value) {
		let mut attachment = json!({ "contentType": "application/dicom", "title": "Scan" });
		for (name, value) in content.as_object().into_iter().flatten() {
			attachment[name] = value.clone();
		}
		let document = json!({
			"resourceType": "DocumentReference",
			"status": "current",
			"subject": { "reference": format!("Patient/{}", self.further) },
			"category": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
			"content": [{ "attachment": attachment }],
		});
		self.post(connection, "DocumentReference", &document).await;
	}

	/// Sends a resource, and returns the body of the answer.
	pub async fn post(&self, connection: usize, path: &str, resource: &Value) -> Vec<u8> {
		let method = if path.starts_with("Patient/") { Method::PUT } else { Method::POST };
		let body = ("application/fhir+json", resource.to_string().into_bytes());
		let answer = self.send(connection, method, path, Some(body)).await;
		answer.bytes().await.expect("the answer ends").into()
	}

	async fn send(
		&self,
		connection: usize,
		method: Method,
		path: &str,
		body: Option<(&str, Vec<u8>)>,
	) -> Response {
		self.send_as(connection, connection, method, path, body).await
	}

	/// Sends a request of a client, whose number is given, over a connection.
	async fn send_as(
		&self,
		client: usize,
		connection: usize,
		method: Method,
		path: &str,
		body: Option<(&str, Vec<u8>)>,
	) -> Response {
		let url = match path.starts_with("http") {
			true => path.to_owned(),
			false => format!("{}/{path}", self.base).trim_end_matches('/').to_owned(),
		};
		let mut request = self.connections[connection].request(method, url);
		if let Some(token) = self.tokens.get(client) {
			request = request.bearer_auth(token);
		}
		if let Some((media_type, body)) = body {
			request = request.header(header::CONTENT_TYPE, media_type).body(body);
		}
		let answer = request.send().await.expect("the server answers");
		let status = answer.status();
		if !status.is_success() {
			let text = answer.text().await.unwrap_or_default();
			panic!("{} {path}: {status} {text}", self.base);
		}
		answer
	}
}

/// Returns where a resource was stored, without its version.
fn location(answer: &Response) -> String {
	let value = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
	let value = value.expect("a Location");
	value.split("/_history").next().unwrap_or(value).to_owned()
}
