//! Readings of documents whose client does not wait for the answer (`Prefer: respond-async`).
//!
//! Contract:
//!
//! - An opening is the same request on the patient's log as a read that is waited for. It continues
//!   if the client leaves.
//! - Its content waits for ten minutes, for the client that asked, in a temporary file that only
//!   this process can read. It is counted before anything is requested. Nothing is left of it when
//!   the process ends.

use std::{
	collections::HashMap,
	future::Future,
	sync::{atomic::AtomicU64, Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use axum::http::StatusCode;
use salus_client::primitives::{Moment, OrganisationId, Purpose, RecordId, Version};
use salus_fhir::{
	id,
	outcome::{Issue, IssueKind},
	task::{Status, Subject, Task},
};
use tokio::time::timeout;

use crate::{
	app::Gateway,
	auth::Access,
	clients::SmartClient,
	fault::{Answer, Fault},
	fhir::binary::{self, Content},
	metrics::Metrics,
	share::{self, Counted, Share},
	subscriptions::now,
};

/// Number of a client's failed openings whose tasks are kept, the latest ones. They take no place.
const MAX_FAILED: usize = 100;

/// Times of an opening.
#[derive(Clone, Copy)]
struct Limits {
	/// Limit for it to end.
	running: Duration,
	/// Time for which it can be read after it has ended.
	ended: Duration,
}

const LIMITS: Limits =
	Limits { running: Duration::from_secs(900), ended: Duration::from_secs(600) };

/// State of an opening.
enum State {
	Running,
	Opened(Arc<Content>),
	Failed(Issue),
}

/// A version to be opened, and the client that asks.
struct Asked {
	client: String,
	purpose: Purpose,
	/// Id of the version's Binary.
	binary: String,
	/// Organisation that runs this server.
	owner: OrganisationId,
}

struct Opening {
	asked: Asked,
	/// Id of the Binary that has the content.
	opened: String,
	state: State,
	made: Moment,
	changed: Moment,
	/// End of its life; `None` while it runs.
	until: Option<Instant>,
	/// Counts its content while it runs.
	counted: Option<Counted>,
}

/// Openings of all clients.
#[derive(Clone)]
pub(crate) struct Openings {
	/// By the ids of their tasks.
	all: Arc<Mutex<HashMap<String, Opening>>>,
	/// Bytes of all clients together.
	total: Arc<AtomicU64>,
	limits: Limits,
	metrics: Arc<Metrics>,
}

impl Openings {
	pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
		Self { all: Arc::default(), total: Arc::default(), limits: LIMITS, metrics }
	}

	/// Begins to open a version, and returns the task. `permitted` is the size of its ciphertext,
	/// if the client may open it. The size of any other does not change the answer.
	pub(crate) fn begin(
		gateway: &Arc<Gateway>,
		access: &Arc<Access>,
		version: (RecordId, Version),
		permitted: Option<u64>,
	) -> Answer<Task> {
		let asked = Asked {
			client: access.client.id.clone(),
			purpose: access.purpose,
			binary: id::binary(&version.0, version.1),
			owner: gateway.config.organisation,
		};
		let (shared, own) = (gateway.clone(), access.clone());
		let room = binary::room(permitted);
		let opening = async move {
			let _turn = shared.readings.turn(&own, version).await;
			binary::open(&shared, &own, version, room).await
		};
		let size = permitted.unwrap_or_default();
		gateway.openings.run(asked, &access.client.openings, size, opening)
	}

	/// Counts a version that a client waits for, by the size of its ciphertext.
	pub(crate) fn count(&self, client: &SmartClient, size: u64) -> Answer<Counted> {
		let mut counted = client.openings.count(&self.total);
		counted.add_ciphertext(size)?;
		Ok(counted)
	}

	/// Runs an opening within its client's share, and returns the task.
	fn run(
		&self,
		asked: Asked,
		share: &Share,
		size: u64,
		opening: impl Future<Output = Answer<Content>> + Send + 'static,
	) -> Answer<Task> {
		self.sweep();
		let mut counted = share.take(&self.total).ok_or_else(|| {
			let text = "sixteen documents of this client are being opened, or have been in the \
			            last ten minutes; try again later";
			let status = StatusCode::TOO_MANY_REQUESTS;
			Fault::new(status, IssueKind::Throttled, "too-many-openings", text)
		})?;
		counted.add_ciphertext(size)?;
		let id = hex::encode(share::random()?);
		let made = now();
		let begun = Opening {
			asked,
			opened: id::opened(&share::random()?),
			state: State::Running,
			made,
			changed: made,
			until: None,
			counted: Some(counted),
		};
		let task = begun.task(&id);
		self.lock().insert(id.clone(), begun);
		let (openings, limit) = (self.clone(), self.limits.running);
		tokio::spawn(async move {
			let mut ending = Ending { openings, id, result: None };
			let opened = timeout(limit, opening).await;
			ending.result = Some(opened.unwrap_or_else(|_| Err(too_long())));
		});
		Ok(task)
	}

	fn end(&self, id: &str, result: Answer<Content>) {
		let mut all = self.lock();
		// The place is free again once nobody reads the content.
		let counted = all.get_mut(id).and_then(|opening| opening.counted.take());
		let result = result.and_then(|content| match counted {
			Some(counted) => content.counted_by(counted),
			None => Ok(content),
		});
		let outcome = result.as_ref().map_or_else(Fault::code, |_| "opened");
		self.metrics.openings.with_label_values(&[outcome]).inc();
		if result.is_err() {
			tracing::info!(code = outcome, "a document was not opened; its task says why");
		}
		if let Some(opening) = all.get_mut(id) {
			opening.state = match result {
				Ok(content) => State::Opened(Arc::new(content)),
				Err(fault) => State::Failed(fault.issue()),
			};
			opening.changed = now();
			opening.until = Some(Instant::now() + self.limits.ended);
			let client = opening.asked.client.clone();
			forget_failed(&mut all, &client);
		}
	}

	/// Returns a client's tasks.
	pub(crate) fn tasks(&self, client: &str) -> Vec<Task> {
		self.sweep();
		let all = self.lock();
		let own = all.iter().filter(|(_, one)| one.asked.client == client);
		own.map(|(id, one)| one.task(id)).collect()
	}

	/// Returns content that was opened for a client and a purpose.
	pub(crate) fn content(&self, client: &str, purpose: Purpose, id: &str) -> Option<Arc<Content>> {
		self.sweep();
		let all = self.lock();
		let is_own = |one: &&Opening| one.asked.client == client && one.asked.purpose == purpose;
		let mut found = all.values().filter(|one| one.opened == id).filter(is_own);
		match &found.next()?.state {
			State::Opened(content) => Some(content.clone()),
			State::Running | State::Failed(_) => None,
		}
	}

	/// Removes those that have ended ten minutes ago.
	pub(crate) fn sweep(&self) {
		let now = Instant::now();
		self.lock().retain(|_, one| one.until.is_none_or(|until| until > now));
	}

	fn lock(&self) -> MutexGuard<'_, HashMap<String, Opening>> {
		self.all.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// Removes the failed opening of a client that ended first, if there are too many.
fn forget_failed(all: &mut HashMap<String, Opening>, client: &str) {
	let is_failed =
		|one: &Opening| one.asked.client == client && matches!(one.state, State::Failed(_));
	let failed = || all.iter().filter(|(_, one)| is_failed(one));
	if failed().count() > MAX_FAILED {
		let first = failed().min_by_key(|(_, one)| one.until).map(|(id, _)| id.clone());
		first.and_then(|id| all.remove(&id));
	}
}

/// Ends an opening when it is dropped, so that a task says so whatever ended it.
struct Ending {
	openings: Openings,
	id: String,
	result: Option<Answer<Content>>,
}

impl Drop for Ending {
	fn drop(&mut self) {
		let given_up = || {
			let text = "the server had an internal fault while opening the document; read it again";
			let status = StatusCode::INTERNAL_SERVER_ERROR;
			Err(Fault::new(status, IssueKind::Exception, "failure", text))
		};
		self.openings.end(&self.id, self.result.take().unwrap_or_else(given_up));
	}
}

fn too_long() -> Fault {
	let text = "the document was not opened within fifteen minutes; read it again";
	Fault::new(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline", text)
}

impl Opening {
	fn task(&self, id: &str) -> Task {
		let (status, opened, fault) = match &self.state {
			State::Running => (Status::InProgress, None, None),
			State::Opened(_) => (Status::Completed, Some(self.opened.clone()), None),
			State::Failed(issue) => (Status::Failed, None, Some(issue.clone())),
		};
		Task {
			id: id.to_owned(),
			subject: Subject::Opening { binary: self.asked.binary.clone(), opened, fault },
			status,
			owner: self.asked.owner,
			made: self.made,
			changed: self.changed,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		fhir::binary::tests::of,
		share::{MAX_SIZE, MAX_TOTAL, MAX_WAITING},
	};
	use std::{future, sync::atomic::Ordering};
	use tokio::{sync::oneshot, time::sleep};

	/// Waits until something is so.
	async fn until(is_so: impl Fn() -> bool) {
		let waiting = async {
			while !is_so() {
				sleep(Duration::from_millis(5)).await;
			}
		};
		timeout(Duration::from_secs(60), waiting).await.unwrap();
	}

	fn openings(limits: Limits) -> Openings {
		Openings { limits, ..Openings::new(Arc::new(Metrics::new().unwrap())) }
	}

	fn begin(
		openings: &Openings,
		(client, share): (&str, &Share),
		size: u64,
		opening: impl Future<Output = Answer<Content>> + Send + 'static,
	) -> Result<String, &'static str> {
		let (client, binary) = (client.to_owned(), "b-1".to_owned());
		let asked = Asked { client, purpose: Purpose::TREAT, binary, owner: 1 };
		let task = openings.run(asked, share, size, opening);
		task.map(|task| task.id).map_err(|fault| fault.code())
	}

	/// Returns a client's task, with the code of its fault.
	fn task(openings: &Openings, client: &str, id: &str) -> Option<(Status, &'static str)> {
		let task = openings.tasks(client).into_iter().find(|one| one.id == id)?;
		let Subject::Opening { fault, .. } = task.subject else { panic!("{task:?}") };
		Some((task.status, fault.map_or("", |fault| fault.code)))
	}

	/// Returns the address of what an only opening has opened.
	fn address(openings: &Openings) -> String {
		openings.lock().values().next().unwrap().opened.clone()
	}

	async fn refused() -> Answer<Content> {
		Err(Fault::not_found())
	}

	#[tokio::test]
	async fn a_clients_openings_are_bounded() {
		let (openings, his, lab) = (openings(LIMITS), Share::default(), Share::default());
		let (fail, failing) = oneshot::channel::<()>();
		let first = async {
			let _ = failing.await;
			refused().await
		};
		begin(&openings, ("his", &his), 1, first).unwrap();
		for _ in 1..MAX_WAITING {
			begin(&openings, ("his", &his), 1, future::pending()).unwrap();
		}
		let more = || begin(&openings, ("his", &his), 1, future::pending());
		assert_eq!(more(), Err("too-many-openings"));
		assert!(begin(&openings, ("lab", &lab), 1, future::pending()).is_ok());
		// An opening that failed leaves its place.
		fail.send(()).unwrap();
		until(|| more().is_ok()).await;
		assert_eq!(more(), Err("too-many-openings"));
	}

	#[tokio::test]
	async fn failed_openings_are_bounded() {
		let (openings, his, lab) = (openings(LIMITS), Share::default(), Share::default());
		let other = begin(&openings, ("lab", &lab), 1, refused()).unwrap();
		let mut ids = Vec::new();
		for _ in 0..=MAX_FAILED {
			ids.push(begin(&openings, ("his", &his), 1, refused()).unwrap());
			tokio::task::yield_now().await;
		}
		assert_eq!(openings.tasks("his").len(), MAX_FAILED);
		let failed = Some((Status::Failed, "not-found"));
		assert_eq!(
			(task(&openings, "his", &ids[0]), task(&openings, "lab", &other)),
			(None, failed)
		);
		assert_eq!(task(&openings, "his", &ids[MAX_FAILED]), failed);
	}

	#[tokio::test]
	async fn the_bytes_of_openings_are_bounded() {
		let (openings, shares) = (openings(LIMITS), [(); 3].map(|()| Share::default()));
		let begin =
			|share: usize, size| begin(&openings, ("x", &shares[share]), size, future::pending());
		begin(0, MAX_SIZE).unwrap();
		assert_eq!(begin(0, 1), Err("no-room"), "one client's limit");
		begin(1, MAX_TOTAL - MAX_SIZE).unwrap();
		assert_eq!(begin(2, 1), Err("no-room"), "the limit of all clients");
		assert_eq!(openings.total.load(Ordering::Relaxed), MAX_TOTAL);
	}

	#[tokio::test]
	async fn content_that_was_to_be_refused_is_counted() {
		let (openings, his) = (openings(LIMITS), Share::default());
		let opening = || async { Ok(of(b"all is well", "text/plain")) };
		let id = begin(&openings, ("his", &his), 0, opening()).unwrap();
		until(|| task(&openings, "his", &id) == Some((Status::Completed, ""))).await;
		assert_eq!(openings.total.load(Ordering::Relaxed), 11);
		begin(&openings, ("his", &his), MAX_SIZE - 11, future::pending()).unwrap();
		let id = begin(&openings, ("his", &his), 0, opening()).unwrap();
		until(|| task(&openings, "his", &id) == Some((Status::Failed, "no-room"))).await;
		assert_eq!(openings.total.load(Ordering::Relaxed), MAX_SIZE);
	}

	#[tokio::test]
	async fn content_is_read_by_its_client_until_it_ends() {
		let (openings, his) = (openings(LIMITS), Share::default());
		let opening = async { Ok(of(b"all is well", "text/plain")) };
		let id = begin(&openings, ("his", &his), 11, opening).unwrap();
		assert_eq!(task(&openings, "his", &id), Some((Status::InProgress, "")));
		let address = address(&openings);
		let content = |client, purpose| openings.content(client, purpose, &address);
		assert!(content("his", Purpose::TREAT).is_none());
		let completed = Some((Status::Completed, ""));
		until(|| task(&openings, "his", &id) == completed).await;
		assert!(task(&openings, "lab", &id).is_none());
		assert!(content("lab", Purpose::TREAT).is_none());
		assert!(content("his", Purpose::ETREAT).is_none());
		let reading = content("his", Purpose::TREAT).unwrap();
		// The opening's ten minutes pass.
		let later = Instant::now() + LIMITS.ended;
		let ended = |one: &Opening| one.until.is_some_and(|until| until <= later);
		assert!(openings.lock().values().all(ended));
		openings.lock().values_mut().for_each(|one| one.until = Some(Instant::now()));
		assert!(task(&openings, "his", &id).is_none() && content("his", Purpose::TREAT).is_none());
		// The content counts until its last reader has left.
		let total = || openings.total.load(Ordering::Relaxed);
		assert_eq!(total(), 11);
		drop(reading);
		assert_eq!(total(), 0);
	}

	#[tokio::test]
	async fn a_task_ends_whatever_ends_its_opening() {
		let openings = openings(Limits { running: Duration::from_millis(50), ..LIMITS });
		let his = Share::default();
		let panics = async { panic!("a fault of the server") };
		let panicked = begin(&openings, ("his", &his), 5, panics).unwrap();
		let late = begin(&openings, ("his", &his), 5, future::pending()).unwrap();
		for (id, code) in [(&panicked, "failure"), (&late, "deadline")] {
			until(|| task(&openings, "his", id) == Some((Status::Failed, code))).await;
		}
		assert_eq!(openings.total.load(Ordering::Relaxed), 0);
	}

	#[tokio::test]
	async fn openings_are_counted_and_failures_logged() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = Arc::new(log.reopen().unwrap());
		let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
		let _guard = tracing::subscriber::set_default(subscriber);
		let (openings, his) = (openings(LIMITS), Share::default());
		let id = begin(&openings, ("his-client", &his), 1, refused()).unwrap();
		begin(&openings, ("his-client", &his), 1, async { Ok(of(b"x", "text/plain")) }).unwrap();
		let count = |outcome| openings.metrics.openings.with_label_values(&[outcome]).get();
		until(|| (count("opened"), count("not-found")) == (1, 1)).await;
		let log = std::fs::read_to_string(log.path()).unwrap();
		assert!(log.contains("not-found"), "{log}");
		let names = ["his-client", "b-1", &id];
		assert!(!names.iter().any(|name| log.contains(name)), "{log}");
		assert_eq!(log.lines().count(), 1, "{log}");
	}
}
