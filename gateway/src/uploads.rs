//! Content that a client sends as it is, before the document that it belongs to.
//!
//! It waits in a temporary file that only this process can read, so that nothing is left of it when
//! the process ends.

use std::{
	collections::HashMap,
	io::{self, Write},
	sync::{atomic::AtomicU64, Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use axum::{
	body::Body,
	http::{header, HeaderMap, StatusCode},
};
use salus_client::{Error, Scratch, ScratchWriter};
use salus_fhir::{id, outcome::IssueKind};
use tokio::{task::spawn_blocking, time::timeout};

use crate::{
	body::{too_slow, Arriving},
	clients::SmartClient,
	fault::{Answer, Fault},
	share::{self, Counted, Share, MAX_SIZE},
};

/// Time for which content waits for its document.
const LIFETIME: Duration = Duration::from_secs(600);

/// Longest pause of a client that sends content.
const PAUSE: Duration = Duration::from_secs(60);

/// Content of one client.
pub(crate) struct Upload {
	pub(crate) content: Scratch,
	pub(crate) media_type: String,
	client: String,
	until: Instant,
	/// Counts the content until it is dropped.
	_counted: Counted,
}

/// Content that waits, by its id.
#[derive(Default)]
pub(crate) struct Uploads {
	waiting: Waiting,
	total: Arc<AtomicU64>,
}

type Waiting = Arc<Mutex<HashMap<String, Upload>>>;

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<String, Upload>> {
	waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Content that a document takes. Unless it is used, it waits again, for as long as it would have.
pub(crate) struct Taken {
	upload: Option<Upload>,
	id: String,
	waiting: Waiting,
}

impl Taken {
	/// Returns it.
	pub(crate) fn content(&self) -> io::Result<Scratch> {
		let upload = self.upload.as_ref().ok_or(io::ErrorKind::NotFound)?;
		Ok(upload.content.clone())
	}

	/// Returns its media type.
	pub(crate) fn media_type(&self) -> Option<String> {
		self.upload.as_ref().map(|upload| upload.media_type.clone())
	}

	/// Notes that it was used.
	pub(crate) fn used(mut self) {
		self.upload = None;
	}
}

impl Drop for Taken {
	fn drop(&mut self) {
		if let Some(upload) = self.upload.take() {
			lock(&self.waiting).insert(std::mem::take(&mut self.id), upload);
		}
	}
}

fn too_large() -> Fault {
	let text = "the content has more than 1 GiB; split it";
	fault(StatusCode::PAYLOAD_TOO_LARGE, IssueKind::TooLong, "too-large", text)
}

fn fault(status: StatusCode, kind: IssueKind, code: &'static str, text: &str) -> Fault {
	Fault::new(status, kind, code, text)
}

/// Writes in a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
	write: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
	spawn_blocking(write).await?.map_err(Error::WriteOutput)
}

impl Uploads {
	/// Receives content, and returns its id.
	pub(crate) async fn receive(
		&self,
		client: &SmartClient,
		media_type: &str,
		headers: &HeaderMap,
		body: Body,
	) -> Answer<String> {
		let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
		let announced = announced.and_then(|value| value.parse::<u64>().ok());
		if announced.is_some_and(|size| size > MAX_SIZE) {
			return Err(too_large());
		}
		let body = Arriving::new(&client.bodies, body)?;
		self.receive_for(&client.id, &client.uploads, media_type, body).await
	}

	async fn receive_for(
		&self,
		client: &str,
		share: &Share,
		media_type: &str,
		mut body: Arriving,
	) -> Answer<String> {
		self.sweep();
		let mut counted = share.take(&self.total).ok_or_else(|| {
			let text = "sixteen contents of this client arrive, or wait for their documents; add \
			            those first";
			let status = StatusCode::TOO_MANY_REQUESTS;
			fault(status, IssueKind::Throttled, "too-many-uploads", text)
		})?;
		let mut writer = blocking(ScratchWriter::new).await?;
		loop {
			let part = timeout(PAUSE, body.next_part()).await.map_err(|_| too_slow())??;
			let Some(part) = part else { break };
			let has_room = counted.add(part.len() as u64);
			if counted.bytes > MAX_SIZE {
				return Err(too_large());
			}
			if !has_room {
				return Err(share::no_room());
			}
			let write = move || writer.write_all(&part).map(|()| writer);
			writer = blocking(write).await?;
		}
		if counted.bytes == 0 {
			let text = "the body is empty; send the content";
			return Err(fault(StatusCode::BAD_REQUEST, IssueKind::Required, "empty", text));
		}
		let content = blocking(|| writer.finish()).await?;
		let upload = Upload {
			content,
			media_type: media_type.to_owned(),
			client: client.to_owned(),
			until: Instant::now() + LIFETIME,
			_counted: counted,
		};
		let id = id::upload(&share::random()?);
		self.lock().insert(id.clone(), upload);
		Ok(id)
	}

	/// Takes content of a client, if it passes a check; otherwise it stays. `None` if there is
	/// none.
	pub(crate) fn take<E>(
		&self,
		client: &str,
		id: &str,
		check: impl FnOnce(&Upload) -> Result<(), E>,
	) -> Option<Result<Taken, E>> {
		self.sweep();
		let mut waiting = self.lock();
		let found = waiting.get(id).filter(|one| one.client == client)?;
		if let Err(error) = check(found) {
			return Some(Err(error));
		}
		let upload = waiting.remove(id);
		Some(Ok(Taken { upload, id: id.to_owned(), waiting: self.waiting.clone() }))
	}

	/// Removes content that nobody used in time.
	pub(crate) fn sweep(&self) {
		let now = Instant::now();
		self.lock().retain(|_, one| one.until > now);
	}

	fn lock(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
		lock(&self.waiting)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::share::{MAX_TOTAL, MAX_WAITING};
	use std::{io::Read, sync::atomic::Ordering};
	use tokio::sync::Semaphore;

	/// Uploads with the shares of two clients.
	#[derive(Default)]
	struct Clients {
		uploads: Uploads,
		his: Share,
		lab: Share,
	}

	impl Clients {
		async fn receive(&self, client: &str, content: &str) -> Answer<String> {
			let share = if client == "his" { &self.his } else { &self.lab };
			let places = Arc::new(Semaphore::new(1));
			let body = Arriving::new(&places, Body::from(content.to_owned()))?;
			self.uploads.receive_for(client, share, "text/plain", body).await
		}

		fn take(&self, client: &str, id: &str) -> Option<Taken> {
			let any = |_: &Upload| Ok::<_, ()>(());
			self.uploads.take(client, id, any).map(|taken| taken.unwrap_or_else(|()| panic!()))
		}

		fn total(&self) -> u64 {
			self.uploads.total.load(Ordering::Relaxed)
		}
	}

	#[tokio::test]
	async fn content_waits_for_its_client_alone() {
		let clients = Clients::default();
		let id = clients.receive("his", "all is well").await.unwrap();
		assert!(clients.take("lab", &id).is_none());
		assert_eq!(clients.uploads.take("his", &id, |_| Err(1)).unwrap().err(), Some(1));
		let taken = clients.take("his", &id).unwrap();
		let mut content = String::new();
		taken.content().unwrap().reader().read_to_string(&mut content).unwrap();
		assert_eq!(content, "all is well");
		assert!(clients.take("his", &id).is_none(), "it is taken once");
		// A document that was refused leaves it.
		drop(taken);
		let taken = clients.take("his", &id).unwrap();
		assert_eq!(clients.total(), 11);
		taken.used();
		assert!(clients.take("his", &id).is_none());
		assert_eq!(clients.total(), 0);
		assert!(clients.receive("his", "").await.is_err());
	}

	#[tokio::test]
	async fn waiting_content_is_bounded() {
		let clients = Clients::default();
		let mut ids = Vec::new();
		for _ in 0..MAX_WAITING {
			ids.push(clients.receive("his", "x").await.unwrap());
		}
		assert!(clients.receive("his", "x").await.is_err());
		assert!(clients.receive("lab", "x").await.is_ok());
		clients.take("his", &ids[0]).unwrap().used();
		assert!(clients.receive("his", "x").await.is_ok());
		// One client's bytes keep nobody else out; the bytes of all clients do.
		clients.lab.bytes.fetch_add(MAX_SIZE, Ordering::Relaxed);
		assert!(clients.receive("lab", "x").await.is_err());
		clients.lab.bytes.fetch_sub(MAX_SIZE, Ordering::Relaxed);
		assert!(clients.receive("lab", "x").await.is_ok());
		clients.uploads.total.fetch_add(MAX_TOTAL, Ordering::Relaxed);
		assert!(clients.receive("lab", "x").await.is_err());
		clients.uploads.total.fetch_sub(MAX_TOTAL, Ordering::Relaxed);
		// Content that nobody took is removed after a while.
		for one in clients.uploads.lock().values_mut() {
			one.until = Instant::now();
		}
		clients.uploads.sweep();
		assert_eq!((clients.uploads.lock().len(), clients.total()), (0, 0));
		assert!(clients.receive("his", "x").await.is_ok());
	}
}
