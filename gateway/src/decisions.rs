//! Decisions on all records of a patient. They are kept while nothing that they depend on changes.
//!
//! Each request first asks the node for its best block, and for what changed since the block up to
//! which decisions are kept. So it gets what the node would decide now, and nothing that was
//! revoked since. If the node cannot tell what changed, no decision is kept.
//!
//! The texts of the records are kept even then: a new decision brings the records with it, and a
//! text is used again only for an equal one.

use std::{
	collections::BTreeMap,
	future::Future,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex, MutexGuard, OnceLock, PoisonError,
	},
	time::Duration,
};

use axum::http::StatusCode;

use salus_client::{
	primitives::{
		Action, DecidedRecord, Hash32, MemberInfo, Moment, PatientQuestion, Purpose, RecordId,
		BASIS_UP_TO, MAX_PAGE,
	},
	Account, Changed, Changes, Client, Error, View,
};
use salus_fhir::{document::Document, outcome::IssueKind};
use tokio::{
	sync::{OnceCell, Semaphore, SemaphorePermit},
	time::timeout,
};

use crate::{
	fault::{Answer, Fault},
	fhir::old_runtime,
};

/// Maximum number of patients whose records are kept.
const MAX_PATIENTS: usize = 2_048;

/// Maximum number of kept records, of all patients together. With its text, one takes about 2 KiB.
const MAX_RECORDS: usize = 16_384;

/// Maximum number of kept records of one patient.
const MAX_OF_PATIENT: usize = 1_024;

/// Maximum number of readers and purposes whose decisions on one patient's records are kept.
const MAX_QUESTIONS: usize = 64;

/// Number of answers with more than [`MAX_OF_PATIENT`] records that are in memory at a time.
/// Nothing else bounds them, because they are not kept.
const MAX_LARGE: usize = 4;

/// Longest wait for a place among the large answers.
const WAIT: Duration = Duration::from_secs(10);

static LARGE: Semaphore = Semaphore::const_new(MAX_LARGE);

/// Place of a large answer.
type Place = SemaphorePermit<'static>;

/// All records of a patient.
pub(crate) struct Records(Vec<Kept>);

/// A record, with the text of its DocumentReference once it was needed.
struct Kept {
	record: DecidedRecord<Account>,
	text: OnceLock<Arc<str>>,
}

impl Kept {
	/// Returns whether this is the same record. The decision on it may differ.
	fn is(&self, other: &Self) -> bool {
		let (one, other) = (&self.record, &other.record);
		(one.id, &one.entry, &one.latest) == (other.id, &other.entry, &other.latest)
	}
}

impl Records {
	/// Returns whether these are the same records. Decisions on them may differ.
	fn are(&self, other: &Self) -> bool {
		self.0.len() == other.0.len()
			&& self.0.iter().zip(&other.0).all(|(one, other)| one.is(other))
	}

	/// Takes over the texts of the records that did not change.
	fn take_texts(&self, earlier: &Self) {
		let earlier: BTreeMap<_, _> = earlier.0.iter().map(|kept| (kept.record.id, kept)).collect();
		for kept in &self.0 {
			let same = earlier.get(&kept.record.id).filter(|same| same.is(kept));
			if let Some(text) = same.and_then(|same| same.text.get()) {
				// Fails if it has a text already, which is then the same.
				let _ = kept.text.set(text.clone());
			}
		}
	}
}

/// Records that a reader may open, and the time until which that holds if nothing changes.
#[derive(Clone)]
pub(crate) struct Permitted {
	records: Arc<Records>,
	/// Indices of the records that the reader may open, in order.
	permitted: Arc<[usize]>,
	until: Moment,
	/// Place among the large answers, if this is one.
	_place: Option<Arc<Place>>,
}

impl Permitted {
	fn new(decided: Vec<DecidedRecord<Account>>, until: Moment) -> Self {
		let permitted = decided
			.iter()
			.enumerate()
			.filter_map(|(index, one)| one.decision.is_permit().then_some(index))
			.collect();
		let keep = |record| Kept { record, text: OnceLock::new() };
		let records = Arc::new(Records(decided.into_iter().map(keep).collect()));
		Self { records, permitted, until, _place: None }
	}

	/// Keeps a place until the last clone is dropped.
	fn in_place(self, place: Option<Place>) -> Self {
		Self { _place: place.map(Arc::new), ..self }
	}

	/// Shares records that are known already if these are the same, else the texts of those that
	/// are.
	fn sharing(mut self, known: Option<Arc<Records>>) -> Self {
		match known {
			Some(known) if known.are(&self.records) => self.records = known,
			Some(known) => self.records.take_texts(&known),
			None => {}
		}
		self
	}

	/// Returns the documents, each with its index, oldest first.
	pub(crate) fn documents(&self) -> impl Iterator<Item = (usize, Document<'_, Account>)> {
		self.permitted.iter().filter_map(|index| {
			let kept = self.records.0.get(*index)?;
			Some((*index, Document::decided(&kept.record)?))
		})
	}

	/// Returns the text of the document with this index. Fails if [`Self::documents`] has none with
	/// it.
	pub(crate) fn text(&self, index: usize, base: &str) -> Answer<Arc<str>> {
		let kept = self.records.0.get(index).ok_or_else(Fault::no_resource)?;
		let document = Document::decided(&kept.record).ok_or_else(Fault::no_resource)?;
		Ok(kept.text.get_or_init(|| document.resource(base).to_string().into()).clone())
	}
}

/// Failures of attempts that follow each other. A request that waited for one that failed shares
/// its failure, and does not wait for another.
#[derive(Default)]
struct Failures(Mutex<Failed>);

/// Number of failures so far, and the last of them.
#[derive(Default)]
struct Failed {
	number: u64,
	last: Option<Fault>,
}

impl Failures {
	/// Returns the number of failures so far.
	fn number(&self) -> u64 {
		self.lock().number
	}

	/// Returns the last failure, if there was one since there were `number`.
	fn since(&self, number: u64) -> Option<Fault> {
		let failed = self.lock();
		failed.last.clone().filter(|_| failed.number > number)
	}

	/// Notes the failure of an attempt, and returns its result.
	fn noting<T>(&self, result: Answer<T>) -> Answer<T> {
		result.inspect_err(|fault| {
			let mut failed = self.lock();
			failed.number += 1;
			failed.last = Some(fault.clone());
		})
	}

	fn lock(&self) -> MutexGuard<'_, Failed> {
		self.0.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// Answer of the node, once there is one. One request at a time asks for it.
struct Cell<T> {
	value: OnceCell<T>,
	failures: Failures,
}

impl<T> Default for Cell<T> {
	fn default() -> Self {
		Self { value: OnceCell::new(), failures: Failures::default() }
	}
}

impl<T: Clone> Cell<T> {
	/// Returns the answer, or asks for it. Requests that wait share it, or its failure.
	async fn get_or_ask(&self, asking: impl Future<Output = Answer<T>>) -> Answer<T> {
		let failed = self.failures.number();
		let attempt = move || async move {
			match self.failures.since(failed) {
				Some(fault) => Err(fault),
				None => self.failures.noting(asking.await),
			}
		};
		self.value.get_or_try_init(attempt).await.cloned()
	}
}

/// Facts about a reader in a block. They do not depend on the patient.
#[derive(Clone)]
pub(crate) struct Reader {
	/// Version of the runtime.
	version: u32,
	now: Moment,
	memberships: Arc<[MemberInfo]>,
}

/// Decisions on the records of one patient.
#[derive(Default)]
struct OfPatient {
	/// The records that settled questions share.
	records: Option<Arc<Records>>,
	questions: BTreeMap<Key, Asked>,
	/// Turn in which they were used last.
	used: u64,
}

/// A question, with its answer once there is one.
#[derive(Default)]
struct Asked {
	answer: Arc<Cell<Permitted>>,
	/// Block at which the answer was computed.
	block: Hash32,
	/// Whether the records of the answer are noted, so that a change of one drops it.
	is_settled: bool,
}

/// Reader, purpose, and action.
type Key = (Hash32, Purpose, Action);

fn key_of(question: &PatientQuestion<Account>) -> Key {
	(question.reader.0, question.purpose, question.action)
}

/// Everything that is kept.
#[derive(Default)]
struct All {
	/// Block up to which everything here holds.
	block: Hash32,
	/// Time of the block; `None` if it is not known.
	time: Option<Moment>,
	patients: BTreeMap<Account, OfPatient>,
	/// Facts about readers at the block.
	readers: BTreeMap<Account, Arc<Cell<Reader>>>,
	/// Patients of the records.
	owners: BTreeMap<RecordId, Account>,
	/// Number of questions so far.
	turn: u64,
}

impl All {
	/// Drops the answers that may have changed up to a newer block.
	fn advance(&mut self, changes: Changes) {
		if self.block == changes.block {
			return;
		}
		match changes.of {
			None => self.patients.values_mut().for_each(|of| of.questions.clear()),
			Some(all) => {
				for one in all {
					let patient = match one {
						Changed::Patient(patient) => Some(patient),
						Changed::Record(record) => self.owners.get(&record).copied(),
					};
					if let Some(of) = patient.and_then(|patient| self.patients.get_mut(&patient)) {
						of.questions.clear();
					}
				}
				// The records of questions that are not settled are not known yet.
				for of in self.patients.values_mut() {
					of.questions.retain(|_, asked| asked.is_settled);
				}
			}
		}
		self.readers.clear();
		self.block = changes.block;
		self.time = changes.time;
	}

	fn drop_patient(&mut self, patient: &Account) {
		let records = self.patients.remove(patient).and_then(|of| of.records);
		for kept in records.iter().flat_map(|records| &records.0) {
			self.owners.remove(&kept.record.id);
		}
	}

	/// Drops the patients who were not asked about for longest, until there is room.
	fn make_room(&mut self, patients: usize, records: usize) {
		while self.patients.len() + patients > MAX_PATIENTS
			|| self.owners.len() + records > MAX_RECORDS
		{
			let oldest = self.patients.iter().min_by_key(|(_, of)| of.used);
			let Some(oldest) = oldest.map(|(patient, _)| *patient) else { return };
			self.drop_patient(&oldest);
		}
	}

	/// Returns the records of a patient that settled questions share.
	fn known(&self, patient: &Account) -> Option<Arc<Records>> {
		self.patients.get(patient)?.records.clone()
	}

	/// Returns where the facts about a reader are, or will be.
	fn reader(&mut self, reader: &Account) -> Arc<Cell<Reader>> {
		self.readers.entry(*reader).or_default().clone()
	}

	/// Returns whether any answer is kept.
	fn has_answers(&self) -> bool {
		self.patients.values().any(|of| !of.questions.is_empty())
	}

	/// Returns where the answer to a question is, or will be.
	fn asked(&mut self, question: &PatientQuestion<Account>) -> Arc<Cell<Permitted>> {
		let (patient, key) = (&question.patient, key_of(question));
		let (block, now) = (self.block, self.time);
		let is_over = |asked: &Asked| {
			let holds = |answer: &Permitted| {
				answer.until == Moment::MAX || now.is_some_and(|now| now < answer.until)
			};
			asked.block != block && !asked.answer.value.get().is_some_and(holds)
		};
		let new = || Asked { block, ..Asked::default() };
		let is_full = self.patients.get(patient).is_some_and(|of| {
			of.questions.len() >= MAX_QUESTIONS && !of.questions.contains_key(&key)
		});
		if is_full {
			self.drop_patient(patient);
		}
		if !self.patients.contains_key(patient) {
			self.make_room(1, 0);
		}
		self.turn += 1;
		let of = self.patients.entry(*patient).or_default();
		of.used = self.turn;
		let asked = of.questions.entry(key).or_insert_with(new);
		if is_over(asked) {
			*asked = new();
		}
		asked.answer.clone()
	}

	/// Notes the records of an answer, or drops it if they are too many. One that was dropped
	/// before it arrived is not kept.
	fn settle(&mut self, question: &PatientQuestion<Account>, answer: &Arc<Cell<Permitted>>) {
		let (patient, key) = (&question.patient, key_of(question));
		let waits = |all: &Self| {
			let asked = all.patients.get(patient)?.questions.get(&key)?;
			let is_this = Arc::ptr_eq(&asked.answer, answer) && !asked.is_settled;
			is_this.then_some(())
		};
		let (Some(()), Some(permitted)) = (waits(self), answer.value.get()) else { return };
		let records = permitted.records.clone();
		let is_known =
			|of: &OfPatient| of.records.as_ref().is_some_and(|known| Arc::ptr_eq(known, &records));
		if !self.patients.get(patient).is_some_and(is_known) {
			// Decisions on other records of this patient are over.
			let of = self.patients.remove(patient).unwrap_or_default();
			for kept in of.records.iter().flat_map(|records| &records.0) {
				self.owners.remove(&kept.record.id);
			}
			if records.0.len() > MAX_OF_PATIENT {
				return;
			}
			self.make_room(1, records.0.len());
			self.owners.extend(records.0.iter().map(|kept| (kept.record.id, *patient)));
			let questions = of.questions.into_iter().filter(|(_, asked)| !asked.is_settled);
			let of = OfPatient { records: Some(records), questions: questions.collect(), ..of };
			self.patients.insert(*patient, of);
		}
		let of = self.patients.get_mut(patient);
		if let Some(asked) = of.and_then(|of| of.questions.get_mut(&key)) {
			asked.is_settled = true;
		}
	}
}

/// Decisions that are kept.
#[derive(Default)]
pub(crate) struct Decisions {
	all: Mutex<All>,
	/// Number of calls that asked what changed.
	begun: AtomicU64,
	/// The last of them that succeeded, by its number. Its lock lets one run at a time.
	last: tokio::sync::Mutex<u64>,
	/// Calls that failed.
	failures: Failures,
}

/// Chain on which decisions are made.
pub(crate) trait Chain {
	/// Returns the best block, and what changed since another.
	async fn changes_since(&self, block: Hash32) -> Answer<Changes>;

	/// Returns the facts about a reader in a block.
	async fn reader(&self, block: Hash32, reader: Account) -> Answer<Reader>;

	/// Decides on all records of a patient after a block. The facts about the reader, and the
	/// records that are known already, are used again.
	async fn decide(
		&self,
		block: Hash32,
		question: &PatientQuestion<Account>,
		reader: impl Future<Output = Answer<Reader>>,
		known: Option<Arc<Records>>,
	) -> Answer<Permitted>;
}

impl Decisions {
	/// Returns the records that a reader may open, as the node would decide at its best block.
	/// Requests that ask the same at the same time share one answer, or its failure, which is not
	/// kept for later ones.
	pub(crate) async fn permitted(
		&self,
		chain: &impl Chain,
		question: &PatientQuestion<Account>,
	) -> Answer<Permitted> {
		self.catch_up(chain).await?;
		let (answer, reader, block, known) = {
			let mut all = self.all();
			let answer = all.asked(question);
			let known = all.known(&question.patient);
			(answer, all.reader(&question.reader), all.block, known)
		};
		let reader = reader.get_or_ask(chain.reader(block, question.reader));
		let permitted = answer.get_or_ask(chain.decide(block, question, reader, known)).await?;
		self.all().settle(question, &answer);
		Ok(permitted)
	}

	/// Drops what has changed since it was read, if anything is kept. The node knows what changed
	/// in its last 64 blocks, so without this, a minute without searches would drop everything.
	pub(crate) async fn keep_up(&self, chain: &impl Chain) {
		if !self.all().has_answers() {
			return;
		}
		// The next request fails the same way, or finds that everything may have changed.
		let _ = self.catch_up(chain).await;
	}

	/// Drops what may have changed up to the block that is the best one now. Requests that wait at
	/// the same time share one call. A request succeeds with a call that began after it did,
	/// because an earlier one may have missed what changed. It fails with any call that failed
	/// while it waited: a node that does not answer holds each request only once.
	async fn catch_up(&self, chain: &impl Chain) -> Answer<()> {
		let (begun, failed) = (self.begun.load(Ordering::SeqCst), self.failures.number());
		let mut last = self.last.lock().await;
		if *last > begun {
			return Ok(());
		}
		if let Some(fault) = self.failures.since(failed) {
			return Err(fault);
		}
		let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
		let since = self.all().block;
		let changes = self.failures.noting(chain.changes_since(since).await)?;
		self.all().advance(changes);
		*last = number;
		Ok(())
	}

	fn all(&self) -> MutexGuard<'_, All> {
		self.all.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl Chain for Client {
	async fn changes_since(&self, block: Hash32) -> Answer<Changes> {
		Ok(self.changes_since(&block).await.map_err(Error::from)?)
	}

	async fn reader(&self, block: Hash32, reader: Account) -> Answer<Reader> {
		let view = self.reported_at(block);
		let (version, now, memberships) =
			tokio::try_join!(view.spec_version(), view.clock(), view.memberships(reader))
				.map_err(Error::from)?;
		Ok(Reader { version, now, memberships: memberships.into() })
	}

	async fn decide(
		&self,
		block: Hash32,
		question: &PatientQuestion<Account>,
		reader: impl Future<Output = Answer<Reader>>,
		known: Option<Arc<Records>>,
	) -> Answer<Permitted> {
		let view = self.reported_at(block);
		let until = async {
			let consent = async {
				let consent = view.consent_of(question.patient).await;
				Ok(consent.map_err(Error::from)?)
			};
			let (reader, consent) = tokio::try_join!(reader, consent)?;
			let Reader { version, now, memberships } = reader;
			Ok::<_, Fault>(match version {
				..=BASIS_UP_TO => consent.holds_until(&memberships, question.purpose, now),
				// A newer runtime's decision may depend on more.
				_ => now,
			})
		};
		let (until, (decided, place)) = tokio::try_join!(until, decide_all(view, question))?;
		Ok(Permitted::new(decided, until).in_place(place).sharing(known))
	}
}

/// Returns the records that a reader may open, in a view of one block. Nothing is kept.
pub(crate) async fn permitted_in(
	view: View<'_>,
	question: &PatientQuestion<Account>,
) -> Answer<Permitted> {
	let (decided, place) = decide_all(view, question).await?;
	Ok(Permitted::new(decided, 0).in_place(place))
}

/// Waits for the place of a large answer.
async fn place_among(large: &Semaphore, wait: Duration) -> Answer<SemaphorePermit<'_>> {
	let place = timeout(wait, large.acquire()).await.ok().and_then(Result::ok);
	place.ok_or_else(|| {
		let text = "other searches of patients with thousands of records are under way; try again \
		            later";
		let status = StatusCode::SERVICE_UNAVAILABLE;
		Fault::new(status, IssueKind::Throttled, "too-many-records", text)
	})
}

/// Returns all records of a patient with the decisions on them, and the place of a large answer.
async fn decide_all(
	view: View<'_>,
	question: &PatientQuestion<Account>,
) -> Answer<(Vec<DecidedRecord<Account>>, Option<Place>)> {
	let (mut all, mut place) = (Vec::new(), None);
	let mut from = Some(0);
	while let Some(start) = from {
		if place.is_none() && all.len() >= MAX_OF_PATIENT {
			place = Some(place_among(&LARGE, WAIT).await?);
		}
		let asked = view.decide_many(question, start, MAX_PAGE).await;
		let page = asked.map_err(Error::from)?.ok_or_else(old_runtime)?;
		all.extend(page.items);
		// A page that led back would never end.
		from = page.next.filter(|next| *next > start);
	}
	// Others are kept, and would keep their place.
	let place = place.filter(|_| all.len() > MAX_OF_PATIENT);
	Ok((all, place))
}

#[cfg(test)]
mod tests;
