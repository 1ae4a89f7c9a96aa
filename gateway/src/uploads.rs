//! Content that a client sends as it is, before the document that it belongs to.
//!
//! It waits in a file without a name, so that nothing is left of it when the process ends.

use std::{
	collections::HashMap,
	fs::File,
	io::Seek,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex, PoisonError,
	},
	time::{Duration, Instant},
};

use axum::{body::Body, http::StatusCode};
use http_body_util::BodyExt;
use salus_client::Error;
use salus_fhir::{id, outcome::IssueKind};
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::fault::{Answer, Fault};

/// Time for which content waits for its document.
const LIFETIME: Duration = Duration::from_secs(600);

/// Maximum number of one client's contents that wait at a time.
const MAX_WAITING: usize = 16;

/// Largest content, in bytes.
const MAX_SIZE: u64 = 4 * 1024 * 1024 * 1024;

/// Largest content of all clients together, in bytes.
const MAX_TOTAL: u64 = 2 * MAX_SIZE;

/// Longest pause of a client that sends content.
const PAUSE: Duration = Duration::from_secs(60);

/// Content of one client.
pub(crate) struct Upload {
	pub(crate) file: File,
	/// Its size, in bytes.
	pub(crate) size: u64,
	pub(crate) media_type: String,
	client: String,
	until: Instant,
	/// Counts the content among that of all clients until it is dropped.
	_counted: Counted,
}

/// Content that waits, by its id.
#[derive(Default)]
pub(crate) struct Uploads {
	waiting: Mutex<HashMap<String, Upload>>,
	total: Arc<AtomicU64>,
}

/// A number of bytes that count until this is dropped.
struct Counted {
	bytes: u64,
	total: Arc<AtomicU64>,
}

impl Counted {
	/// Counts further bytes. Returns whether there is room for them.
	fn add(&mut self, bytes: u64) -> bool {
		self.bytes = self.bytes.saturating_add(bytes);
		let before = self.total.fetch_add(bytes, Ordering::Relaxed);
		before.saturating_add(bytes) <= MAX_TOTAL
	}
}

impl Drop for Counted {
	fn drop(&mut self) {
		self.total.fetch_sub(self.bytes, Ordering::Relaxed);
	}
}

fn fault(status: StatusCode, kind: IssueKind, code: &'static str, text: &str) -> Fault {
	Fault::new(status, kind, code, text)
}

impl Uploads {
	/// Receives content, and returns its id.
	pub(crate) async fn receive(
		&self,
		client: &str,
		media_type: &str,
		mut body: Body,
	) -> Answer<String> {
		self.check_room(client)?;
		let mut counted = Counted { bytes: 0, total: self.total.clone() };
		let file = tempfile::tempfile().map_err(Error::WriteOutput)?;
		let mut file = tokio::fs::File::from_std(file);
		loop {
			let frame = timeout(PAUSE, body.frame()).await.map_err(|_| {
				let text = "the content did not arrive in time; send it again";
				fault(StatusCode::REQUEST_TIMEOUT, IssueKind::Timeout, "too-slow", text)
			})?;
			let Some(frame) = frame else { break };
			let frame = frame.map_err(|_| {
				let text = "the content broke off; send it again";
				fault(StatusCode::BAD_REQUEST, IssueKind::Structure, "broken-off", text)
			})?;
			let Ok(part) = frame.into_data() else { continue };
			if !counted.add(part.len() as u64) {
				let text = "too much content waits for its documents; try again later";
				let status = StatusCode::SERVICE_UNAVAILABLE;
				return Err(fault(status, IssueKind::Throttled, "no-room", text));
			}
			if counted.bytes > MAX_SIZE {
				let text = "a content has at most 4 GiB; split it";
				let status = StatusCode::PAYLOAD_TOO_LARGE;
				return Err(fault(status, IssueKind::TooLong, "too-large", text));
			}
			file.write_all(&part).await.map_err(Error::WriteOutput)?;
		}
		if counted.bytes == 0 {
			let text = "a record is not empty; send its content";
			return Err(fault(StatusCode::BAD_REQUEST, IssueKind::Required, "empty", text));
		}
		file.flush().await.map_err(Error::WriteOutput)?;
		let mut file = file.into_std().await;
		file.rewind().map_err(Error::WriteOutput)?;
		let upload = Upload {
			file,
			size: counted.bytes,
			media_type: media_type.to_owned(),
			client: client.to_owned(),
			until: Instant::now() + LIFETIME,
			_counted: counted,
		};
		// Others may have come meanwhile.
		self.check_room(client)?;
		let mut random = [0; 16];
		getrandom::fill(&mut random).map_err(|_| {
			let text = "the operating system gives no randomness";
			fault(StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "failure", text)
		})?;
		let id = id::upload(&random);
		self.lock().insert(id.clone(), upload);
		Ok(id)
	}

	/// Takes content of a client.
	pub(crate) fn take(&self, client: &str, id: &str) -> Option<Upload> {
		let mut waiting = self.lock();
		let is_its_own = waiting.get(id).is_some_and(|one| one.client == client);
		is_its_own.then(|| waiting.remove(id)).flatten().filter(|one| one.until > Instant::now())
	}

	fn check_room(&self, client: &str) -> Answer<()> {
		let now = Instant::now();
		let mut waiting = self.lock();
		waiting.retain(|_, one| one.until > now);
		let own = waiting.values().filter(|one| one.client == client);
		if own.count() < MAX_WAITING {
			return Ok(());
		}
		let text = "sixteen contents of this client wait for their documents; add those first";
		let status = StatusCode::TOO_MANY_REQUESTS;
		Err(fault(status, IssueKind::Throttled, "too-many-uploads", text))
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Upload>> {
		self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::io::Read;

	async fn receive(uploads: &Uploads, client: &str, content: &str) -> Answer<String> {
		uploads.receive(client, "text/plain", Body::from(content.to_owned())).await
	}

	#[tokio::test]
	async fn content_waits_for_its_client_alone() {
		let uploads = Uploads::default();
		let id = receive(&uploads, "his", "all is well").await.unwrap();
		assert!(uploads.take("lab", &id).is_none());
		let mut upload = uploads.take("his", &id).unwrap();
		let mut content = String::new();
		upload.file.read_to_string(&mut content).unwrap();
		assert_eq!((content.as_str(), upload.size), ("all is well", 11));
		assert!(uploads.take("his", &id).is_none(), "it is taken once");
		assert_eq!(uploads.total.load(Ordering::Relaxed), 11);
		drop(upload);
		assert_eq!(uploads.total.load(Ordering::Relaxed), 0);
		assert!(receive(&uploads, "his", "").await.is_err());
	}

	#[tokio::test]
	async fn waiting_content_is_bounded() {
		let uploads = Uploads::default();
		let mut ids = Vec::new();
		for _ in 0..MAX_WAITING {
			ids.push(receive(&uploads, "his", "x").await.unwrap());
		}
		assert!(receive(&uploads, "his", "x").await.is_err());
		assert!(receive(&uploads, "lab", "x").await.is_ok());
		uploads.take("his", &ids[0]).unwrap();
		assert!(receive(&uploads, "his", "x").await.is_ok());
		// All content together.
		uploads.total.fetch_add(MAX_TOTAL, Ordering::Relaxed);
		assert!(receive(&uploads, "lab", "x").await.is_err());
		uploads.total.fetch_sub(MAX_TOTAL, Ordering::Relaxed);
		// Content that nobody took is removed after a while.
		for one in uploads.lock().values_mut() {
			one.until = Instant::now();
		}
		assert!(uploads.take("his", &ids[1]).is_none());
		assert!(receive(&uploads, "his", "x").await.is_ok());
		assert_eq!(uploads.lock().len(), 1);
		assert_eq!(uploads.total.load(Ordering::Relaxed), 1);
	}
}
