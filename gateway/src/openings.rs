//! Readings of documents whose client does not wait for the answer (`Prefer: respond-async`).
//!
//! Contract:
//!
//! - An opening is the same request on the patient's log as a read that is waited for. It goes on
//!   if the client leaves.
//! - Its content waits for ten minutes in a file without a name, for the client that asked, and is
//!   counted before anything is requested. Nothing is left of it when the process ends.

use std::{
	collections::HashMap,
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
	fault::{Answer, Fault},
	fhir::binary::{self, Content},
	share::{self, Counted},
	subscriptions::now,
};

/// Time for which an opening can be read after it has ended.
const LIFETIME: Duration = Duration::from_secs(600);

/// Limit for an opening.
const LIMIT: Duration = Duration::from_secs(900);

/// State of an opening.
enum State {
	Running,
	Opened(Arc<Content>),
	Failed(Issue),
}

struct Opening {
	client: String,
	purpose: Purpose,
	binary: String,
	opened: String,
	state: State,
	made: Moment,
	changed: Moment,
	/// End of its life; `None` while it runs.
	until: Option<Instant>,
	/// Counts its content while it runs.
	counted: Option<Counted>,
}

/// The openings, by the ids of their tasks.
#[derive(Default)]
pub(crate) struct Openings {
	all: Mutex<HashMap<String, Opening>>,
	total: Arc<AtomicU64>,
}

impl Openings {
	/// Begins to open a version whose ciphertext has a size, and returns the task.
	pub(crate) fn begin(
		gateway: &Arc<Gateway>,
		access: &Arc<Access>,
		version: (RecordId, Version),
		size: u64,
	) -> Answer<Task> {
		let openings = &gateway.openings;
		openings.sweep();
		let mut counted = access.client.openings.take(&openings.total).ok_or_else(|| {
			let text = "sixteen documents of this client are being opened, or have been in the \
			            last ten minutes; try again later";
			let status = StatusCode::TOO_MANY_REQUESTS;
			Fault::new(status, IssueKind::Throttled, "too-many-openings", text)
		})?;
		if !counted.add(size) {
			return Err(share::no_room());
		}
		let id = hex::encode(share::random()?);
		let made = now();
		let opening = Opening {
			client: access.client.id.clone(),
			purpose: access.purpose,
			binary: id::binary(&version.0, version.1),
			opened: id::opened(&share::random()?),
			state: State::Running,
			made,
			changed: made,
			until: None,
			counted: Some(counted),
		};
		let task = opening.task(&id, gateway.config.organisation);
		openings.lock().insert(id.clone(), opening);
		let (gateway, access) = (gateway.clone(), access.clone());
		tokio::spawn(async move {
			let mut ending = Ending { openings: &gateway.openings, id: &id, result: None };
			let opened = timeout(LIMIT, binary::open(&gateway, &access, version)).await;
			ending.result = Some(opened.unwrap_or_else(|_| Err(too_long())));
		});
		Ok(task)
	}

	fn end(&self, id: &str, result: Answer<Content>) {
		if let Some(opening) = self.lock().get_mut(id) {
			// The place is free again once nobody reads the content any more.
			let counted = opening.counted.take();
			opening.state = match result {
				Ok(content) => State::Opened(Arc::new(content.counted_by(counted))),
				Err(fault) => State::Failed(fault.issue()),
			};
			opening.changed = now();
			opening.until = Some(Instant::now() + LIFETIME);
		}
	}

	/// Returns a client's tasks.
	pub(crate) fn tasks(&self, client: &str, owner: OrganisationId) -> Vec<Task> {
		self.sweep();
		let all = self.lock();
		let own = all.iter().filter(|(_, one)| one.client == client);
		own.map(|(id, one)| one.task(id, owner)).collect()
	}

	/// Returns content that was opened for a client and a purpose.
	pub(crate) fn content(&self, access: &Access, id: &str) -> Option<Arc<Content>> {
		self.sweep();
		let all = self.lock();
		let is_own =
			|one: &&Opening| one.client == access.client.id && one.purpose == access.purpose;
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

/// Ends an opening when it is dropped, so that a task says so whatever ended it.
struct Ending<'a> {
	openings: &'a Openings,
	id: &'a str,
	result: Option<Answer<Content>>,
}

impl Drop for Ending<'_> {
	fn drop(&mut self) {
		let given_up = || {
			let text = "the server gave up; read the document again";
			let status = StatusCode::INTERNAL_SERVER_ERROR;
			Err(Fault::new(status, IssueKind::Exception, "failure", text))
		};
		self.openings.end(self.id, self.result.take().unwrap_or_else(given_up));
	}
}

fn too_long() -> Fault {
	let text = "the document was not open within fifteen minutes; read it again";
	Fault::new(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline", text)
}

impl Opening {
	fn task(&self, id: &str, owner: OrganisationId) -> Task {
		let (status, opened, fault) = match &self.state {
			State::Running => (Status::InProgress, None, None),
			State::Opened(_) => (Status::Completed, Some(self.opened.clone()), None),
			State::Failed(issue) => (Status::Failed, None, Some(issue.clone())),
		};
		Task {
			id: id.to_owned(),
			subject: Subject::Opening { binary: self.binary.clone(), opened, fault },
			status,
			owner,
			made: self.made,
			changed: self.changed,
		}
	}
}
