//! Documents in messages: added once, and revised by what follows.

use std::{
	collections::{BTreeSet, HashMap},
	io,
	sync::{Arc, Mutex, PoisonError, Weak},
	time::Duration,
};

use axum::http::StatusCode;
use futures::{stream, StreamExt};
use salus_client::{
	primitives::{
		Cid, Confidentiality, Record, RecordDetails, RecordEntry, RecordId, Version, VersionState,
	},
	Account, Error, Filing, Progress,
};
use salus_fhir::{
	incoming::{NewDocument, Subject},
	outcome::{Issue, IssueKind},
};
use salus_hl7::{note, results, Document, Header, Message, Part, Secrecy};
use tokio::{
	task::block_in_place,
	time::{sleep, timeout},
};

use super::{
	desk::{Desk, Done, Processed},
	versions::{Found, Marks, Versions},
};
use crate::{
	auth::scope::Act,
	fault::{Answer, Fault},
	fhir::document::{self, Content},
};

/// Limit for a version to be in a final block.
const FINAL: Duration = Duration::from_secs(60);

/// Pause between two looks at the final chain.
const LOOK: Duration = Duration::from_secs(1);

/// Number of documents of one message that are revised at a time.
const AT_A_TIME: usize = 16;

/// One lock for each report that messages are about, by its mark without the patient.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<Vec<u8>, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
	fn of(&self, report: Vec<u8>) -> Arc<tokio::sync::Mutex<()>> {
		let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		locks.retain(|_, lock| lock.strong_count() > 0);
		if let Some(lock) = locks.get(&report).and_then(Weak::upgrade) {
			return lock;
		}
		let lock = Arc::default();
		locks.insert(report, Arc::downgrade(&lock));
		lock
	}

	/// Waits for the locks of reports. In order, so that two messages never wait for each other.
	async fn of_all(
		&self,
		reports: impl Iterator<Item = Vec<u8>>,
	) -> Vec<tokio::sync::OwnedMutexGuard<()>> {
		let reports: BTreeSet<_> = reports.collect();
		let mut held = Vec::with_capacity(reports.len());
		for report in reports {
			held.push(self.of(report).lock_owned().await);
		}
		held
	}
}

/// A document of a message, and the record that it is.
struct Named {
	record: RecordId,
	/// Identifier under which the record is added once.
	identifier: String,
	filing: Filing,
	marks: Marks,
	document: Document,
}

/// The message that documents come from.
#[derive(Clone, Copy)]
struct Source<'a> {
	patient: Account,
	header: &'a Header,
}

/// Whether a document is known.
enum State {
	/// The document has no record.
	New,
	/// The document's record has another content.
	Changed(Record<Account>),
	/// The document's record has this content because of another message.
	Confirmed,
	/// This message gave its record this content. A newer one may have come since.
	Repeated,
}

/// Returns whether a report may have parts that its message lacks, according to the states of the
/// parts that it has. A repeated message says nothing new about parts that it lacks.
fn may_lack_parts(states: &[State]) -> bool {
	let is_news = |state: &State| matches!(state, State::New | State::Changed(_));
	let is_repeated = |state: &State| matches!(state, State::Repeated);
	match states.first() {
		None | Some(State::New) => false,
		Some(_) => states.iter().any(is_news) || !states.iter().any(is_repeated),
	}
}

/// The documents of a message, by what becomes of them.
#[derive(Default)]
struct Plan {
	/// New documents, by where they are filed.
	added: Vec<(Filing, Vec<Named>)>,
	/// Documents that change, each with its live record.
	revised: Vec<(Named, Record<Account>)>,
	/// Parts that a report no longer has, with what replaces them.
	replaced: Vec<(Named, Record<Account>)>,
	/// Marks of the reports, by which a repetition is known once all is done.
	marks: Vec<Vec<u8>>,
}

impl Plan {
	fn add(&mut self, named: Named) {
		match self.added.iter_mut().find(|(filing, _)| *filing == named.filing) {
			Some((_, together)) => together.push(named),
			None => self.added.push((named.filing, vec![named])),
		}
	}
}

/// Notes the versions that documents become, before they are registered. One that cannot be noted
/// is not registered: otherwise, each repetition would add it again.
struct Notes {
	versions: Versions,
	marks: HashMap<[u8; 32], Marks>,
}

impl Notes {
	fn new<'a>(versions: &Versions, named: impl IntoIterator<Item = &'a Named>) -> Arc<Self> {
		let marks = named.into_iter().map(|one| (one.record.0, one.marks.clone())).collect();
		Arc::new(Self { versions: versions.clone(), marks })
	}
}

impl Progress for Notes {
	fn sealed(&self, record: RecordId, version: Version, root: &Cid) -> io::Result<()> {
		let Some(marks) = self.marks.get(&record.0) else { return Ok(()) };
		let noted = block_in_place(|| self.versions.note(&record, version, root, marks));
		noted.map_err(|error| {
			let text = "cannot note a version, so it is not registered; check hl7.sqlite";
			tracing::error!(error = %crate::chain_of(&error), "{text}");
			io::Error::other(error)
		})
	}
}

impl Desk {
	/// Adds or revises the documents of a message. All are there before the message is
	/// acknowledged; if one fails, a repetition finds the others.
	pub(super) async fn file(&self, message: &Message, header: &Header) -> Processed {
		self.allow("DocumentReference", Act::Create)?;
		let documents = block_in_place(|| match &*header.code {
			"MDM" => note(message),
			_ => results(message),
		})?;
		let source = Source { patient: self.patient(message).await?, header };
		let named = documents.into_iter().map(|one| self.named(&source, one));
		let named = block_in_place(|| named.collect::<Answer<Vec<_>>>())?;
		// Every message about a report has its first part.
		let reports: Vec<_> = named.iter().filter_map(|one| one.marks.report.clone()).collect();
		let _held = self.locks.of_all(reports.into_iter()).await;
		let Plan { added, revised, replaced, marks } = self.plan(&source, named).await?;
		let done = match (added.is_empty(), revised.is_empty() && replaced.is_empty()) {
			(false, _) => Done::Added,
			(true, false) => Done::Revised,
			(true, true) => Done::Unchanged,
		};
		// Removed parts come first: once the report has changed, a repetition does not look for
		// them.
		self.revise_all(replaced).await?;
		for (filing, together) in added {
			self.add(&filing, together).await?;
		}
		self.revise_all(revised).await?;
		if !marks.is_empty() {
			self.versions.set_done(marks).await?;
		}
		Ok(done)
	}

	fn named(&self, source: &Source, document: Document) -> Answer<Named> {
		let Self { gateway, versions, .. } = self;
		let Source { patient, header } = *source;
		let Header { application, facility, at, control_id, .. } = header;
		let parts = [application, facility, at, control_id].map(|part| part.as_bytes());
		let message = versions.mark(b"message", &parts);
		let config = self.config()?;
		let confidentiality = confidentiality(config.confidentiality, document.secrecy);
		let category = config.category_of(&document.kinds);
		let filing = document::filed(gateway, patient, category, confidentiality);
		let (record, identifier) = self.record_of(source, &document.identity, document.part)?;
		let report = (document.part == Part::First).then(|| {
			let account = self.access.client.signer.account();
			versions.mark(b"report", &[&account.0[..], identifier.as_bytes()])
		});
		let content = self.content_mark(&document);
		let marks = Marks { content, message, report };
		Ok(Named { record, identifier, filing, marks, document })
	}

	fn content_mark(&self, document: &Document) -> Vec<u8> {
		let Document { title, media_type, content, .. } = document;
		self.versions.mark(b"content", &[title.as_bytes(), media_type.as_bytes(), content])
	}

	/// Returns the mark of a report as a message has it.
	fn mark_of(&self, report: &[Named]) -> Vec<u8> {
		let message = report.first().map(|one| &one.marks.message[..]);
		let parts = report.iter().flat_map(|one| [&one.record.0[..], &one.marks.content]);
		let all: Vec<_> = message.into_iter().chain(parts).collect();
		self.versions.mark(b"done", &all)
	}

	/// Returns the record of a part of a report, and the identifier under which it is added.
	fn record_of(
		&self,
		source: &Source<'_>,
		identity: &[String],
		part: Part,
	) -> Answer<(RecordId, String)> {
		let identifier = identifier(source.header, identity, part);
		let (client, signer) = (&self.gateway.client, &self.access.client.signer);
		let record = client.record_with_identifier(signer, &source.patient, &identifier)?;
		Ok((record, identifier))
	}

	/// Finds out which documents of a message are new or change.
	async fn plan(&self, source: &Source<'_>, named: Vec<Named>) -> Answer<Plan> {
		let mut plan = Plan::default();
		let mut parts = named.into_iter().peekable();
		while let Some(first) = parts.next() {
			let mut report = vec![first];
			report.extend(std::iter::from_fn(|| {
				parts.next_if(|one| one.document.part != Part::First)
			}));
			self.plan_report(&mut plan, source, report).await?;
		}
		Ok(plan)
	}

	async fn plan_report(
		&self,
		plan: &mut Plan,
		source: &Source<'_>,
		report: Vec<Named>,
	) -> Answer<()> {
		let mark = self.mark_of(&report);
		let is_done = self.versions.is_done(&mark).await?;
		if !is_done {
			self.check_patient(&report).await?;
		}
		let mut states = Vec::with_capacity(report.len());
		for one in &report {
			states.push(self.state_of(one).await?);
		}
		if !is_done {
			if may_lack_parts(&states) {
				self.plan_missing(plan, source, &report).await?;
			}
			plan.marks.push(mark);
		}
		for (one, state) in report.into_iter().zip(states) {
			match state {
				State::New => plan.add(one),
				State::Changed(live) if !is_done => plan.revised.push((one, live)),
				_ => {}
			}
		}
		Ok(())
	}

	/// Refuses a report that is in use as another patient's: one of the two is wrong, and only a
	/// person withdraws a record.
	async fn check_patient(&self, report: &[Named]) -> Answer<()> {
		let Some(first) = report.first() else { return Ok(()) };
		let Some(mark) = &first.marks.report else { return Ok(()) };
		let known = self.versions.record_of(mark).await?;
		let Some(other) = known.filter(|known| *known != first.record) else { return Ok(()) };
		if !self.details(&other).await?.is_some_and(|details| is_in_use(&details)) {
			return Ok(());
		}
		let text =
			"the report is another patient's here; have a person withdraw that record if it \
		            is wrong, and send the report again, or send it under another number";
		Err(Issue::error(IssueKind::BusinessRule, "other-patient", text).into())
	}

	/// Finds out whether a document is new or changes. A record keeps its confidentiality.
	async fn state_of(&self, one: &Named) -> Answer<State> {
		let Some(RecordDetails { entry, versions, .. }) = self.details(&one.record).await? else {
			return Ok(State::New);
		};
		let RecordEntry::Live(live) = entry else { return Err(Error::Erased(one.record).into()) };
		if level(one.filing.confidentiality) > level(live.confidentiality) {
			let text = "the document is more confidential than its record, and a record keeps its \
			            confidentiality; send it under another number";
			let issue = Issue::error(IssueKind::BusinessRule, "confidentiality", text);
			return Err(issue.into());
		}
		Ok(match self.versions.find(&one.record, &versions, &one.marks).await? {
			Found::None => State::Changed(live),
			Found::Latest => State::Confirmed,
			Found::Own => State::Repeated,
		})
	}

	/// Has the parts that a report no longer has replaced. Otherwise, they would still say what
	/// was corrected.
	async fn plan_missing(
		&self,
		plan: &mut Plan,
		source: &Source<'_>,
		report: &[Named],
	) -> Answer<()> {
		let Some(first) = report.first() else { return Ok(()) };
		let parts = report.iter().map(|one| one.document.part);
		let text = (!parts.clone().any(|part| part == Part::Text)).then_some(Part::Text);
		let attachments = parts.filter(|part| *part != Part::Text).count();
		let further = (attachments.saturating_add(1)..).map(Part::Attachment);
		for part in text.into_iter().chain(further) {
			let (record, identifier) = self.record_of(source, &first.document.identity, part)?;
			let Some(details) = self.details(&record).await? else {
				match part {
					Part::Text => continue,
					// Attachments have numbers without a gap.
					_ => break,
				}
			};
			// An erased or withdrawn part says nothing.
			if !is_in_use(&details) {
				continue;
			}
			let RecordDetails { entry: RecordEntry::Live(live), versions, .. } = details else {
				continue;
			};
			let document = removed(part);
			let content = self.content_mark(&document);
			let marks = Marks { content, message: first.marks.message.clone(), report: None };
			if self.versions.find(&record, &versions, &marks).await? == Found::None {
				let filing = first.filing;
				plan.replaced.push((Named { record, identifier, filing, marks, document }, live));
			}
		}
		Ok(())
	}

	/// Returns the record of a document. The sender forgets the document because of the answer, so
	/// an unproved answer is not enough.
	async fn details(&self, record: &RecordId) -> Answer<Option<RecordDetails<Account>>> {
		let view = self.gateway.client.proven();
		Ok(view.record(record).await.map_err(Error::from)?)
	}

	/// Revises documents. One that fails does not end the others.
	async fn revise_all(&self, all: Vec<(Named, Record<Account>)>) -> Answer<()> {
		let revising = all.into_iter().map(|(one, live)| self.revise(one, live));
		let done: Vec<_> = stream::iter(revising).buffer_unordered(AT_A_TIME).collect().await;
		done.into_iter().collect()
	}

	/// Adds documents that are filed alike, all or none.
	async fn add(&self, filing: &Filing, together: Vec<Named>) -> Answer<()> {
		let Self { gateway, access, versions, .. } = self;
		let notes = Notes::new(versions, &together);
		let records: Vec<_> = together.iter().map(|one| one.record).collect();
		let mut contents = Vec::with_capacity(together.len());
		for Named { identifier, document, .. } in together {
			let new = new_document(filing, document);
			contents.push(Content::of(gateway, access, new, Some(identifier))??);
		}
		let files: Vec<_> = contents.iter().map(Content::file).collect();
		document::add_files(gateway, access, filing, &files, notes).await?;
		for record in &records {
			self.wait_until_final(record, 1).await?;
		}
		Ok(())
	}

	/// Adds a version. The record keeps its category.
	async fn revise(&self, named: Named, live: Record<Account>) -> Answer<()> {
		let Self { gateway, access, versions, .. } = self;
		self.allow("DocumentReference", Act::Update)?;
		let notes = Notes::new(versions, [&named]);
		let Named { record, filing, document, .. } = named;
		let content = Content::of(gateway, access, new_document(&filing, document), None)??;
		let file = content.file();
		let revising = document::revise(gateway, access, record, live.latest, &file, notes);
		self.wait_until_final(&record, revising.await?.version).await
	}

	/// Waits until a version is in a final block: while finality is stalled, it may never be in
	/// one.
	async fn wait_until_final(&self, record: &RecordId, version: u32) -> Answer<()> {
		let waiting = async {
			loop {
				let details = self.gateway.client.proven().record(record).await;
				let details = details.map_err(Error::from)?;
				match details.map(|details| details.entry) {
					Some(RecordEntry::Live(live)) if live.latest >= version => return Ok(()),
					Some(RecordEntry::Erased(_)) => return Err(Error::Erased(*record).into()),
					_ => sleep(LOOK).await,
				}
			}
		};
		timeout(FINAL, waiting).await.unwrap_or_else(|_| {
			let text =
				"the document is not in a final block yet, because the chain does not finish \
			            blocks; send the message again later";
			let status = StatusCode::SERVICE_UNAVAILABLE;
			Err(Fault::new(status, IssueKind::Transient, "stalled", text))
		})
	}
}

/// Returns what replaces a part that its report no longer has. It says nothing of the report, which
/// may be more confidential than the part.
fn removed(part: Part) -> Document {
	let text =
		"The sender has removed this part of the report. Open the report's other documents.\n";
	Document {
		identity: Vec::new(),
		part,
		kinds: Vec::new(),
		title: "Removed part of a report".to_owned(),
		media_type: "text/plain; charset=utf-8".to_owned(),
		content: text.as_bytes().to_vec(),
		secrecy: Secrecy::Usual,
	}
}

/// Returns whether a record can still be opened.
fn is_in_use(details: &RecordDetails<Account>) -> bool {
	let is_withdrawn = details.versions.iter().any(|one| one.info.state == VersionState::Withdrawn);
	matches!(details.entry, RecordEntry::Live(_)) && !is_withdrawn
}

fn new_document(filing: &Filing, document: Document) -> NewDocument {
	NewDocument {
		subject: Subject::Id(filing.patient.to_string()),
		category: filing.category,
		confidentiality: filing.confidentiality,
		media_type: Some(document.media_type),
		title: Some(document.title),
		data: document.content,
		upload: None,
		file: None,
		size: None,
		hash: None,
		id: None,
		identifier: None,
	}
}

/// Returns the identifier under which a document is added once. None of FHIR has this form.
///
/// A number without a namespace belongs to the sending application.
fn identifier(header: &Header, identity: &[String], part: Part) -> String {
	let Header { application, facility, .. } = header;
	let has_namespace = identity.iter().skip(2).take(2).any(|part| !part.is_empty());
	let application = if has_namespace { "" } else { application };
	serde_json::json!(["hl7v2", facility, application, identity, part.word()]).to_string()
}

fn level(confidentiality: Confidentiality) -> usize {
	let found = Confidentiality::ALL.iter().position(|one| *one == confidentiality);
	found.unwrap_or(usize::MAX)
}

/// Returns the stricter of what the configuration and the message say.
fn confidentiality(configured: Confidentiality, secrecy: Secrecy) -> Confidentiality {
	let named = match secrecy {
		Secrecy::Usual => Confidentiality::Normal,
		Secrecy::Restricted => Confidentiality::Restricted,
		Secrecy::VeryRestricted => Confidentiality::VeryRestricted,
	};
	match level(named) > level(configured) {
		true => named,
		false => configured,
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::versions::tests::{on_chain, root, RECORD},
		*,
	};
	use salus_client::{
		parse_account,
		primitives::{Category, Tombstone},
	};

	#[test]
	fn the_stricter_confidentiality_counts() {
		use Confidentiality::{Normal, Restricted, VeryRestricted};
		for (configured, secrecy, expected) in [
			(Normal, Secrecy::Usual, Normal),
			(Restricted, Secrecy::Usual, Restricted),
			(Restricted, Secrecy::VeryRestricted, VeryRestricted),
			(VeryRestricted, Secrecy::Restricted, VeryRestricted),
		] {
			assert_eq!(confidentiality(configured, secrecy), expected);
		}
	}

	#[test]
	fn no_two_documents_have_the_same_identifier() {
		let of = |sender: &str, identity: &[&str], part| {
			let text = format!("MSH|^~\\&|{sender}|||1||ADT^A08|1|P|2.5");
			let header = Header::at_start_of(text.as_bytes(), None).unwrap();
			let identity: Vec<_> = identity.iter().map(|one| (*one).to_owned()).collect();
			identifier(&header, &identity, part)
		};
		let first = |sender, identity: &[&str]| of(sender, identity, Part::First);
		let own = ["TXA", "1", "", ""];
		let named = ["TXA", "1", "LAB", ""];
		assert_ne!(first("A|H", &own), first("A|I", &own), "another facility");
		assert_ne!(first("A|H", &own), first("B|H", &own), "another application");
		assert_eq!(first("A|H", &named), first("B|H", &named), "the number has a namespace");
		assert_ne!(first("A|H", &named), first("A|H", &["TXA", "1", "", "LAB"]));
		assert_ne!(first("A\",\"B|x", &own), first("A|B", &own));
		let parts = [Part::First, Part::Attachment(2), Part::Attachment(3), Part::Text];
		let all: BTreeSet<_> = parts.map(|part| of("A|H", &named, part)).into();
		assert_eq!(all.len(), parts.len());
		assert!(all.iter().all(|one| !one.contains('|')));
	}

	#[test]
	fn messages_about_one_report_wait_for_each_other() {
		let locks = Locks::default();
		let (one, other) = (vec![1; 32], vec![2; 32]);
		let first = locks.of(one.clone());
		assert!(Arc::ptr_eq(&first, &locks.of(one)));
		assert!(!Arc::ptr_eq(&first, &locks.of(other.clone())));
		drop(first);
		drop(locks.of(other));
		assert!(locks.0.lock().unwrap().len() <= 1);
	}

	fn record(state: VersionState) -> RecordDetails<Account> {
		let [patient, author] = ["//Bob", "//Alice"].map(|uri| parse_account(uri).unwrap());
		let entry = RecordEntry::Live(Record {
			patient,
			author,
			organisation: 1,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			latest: 1,
			created: 0,
			wraps: 1,
		});
		let mut versions = on_chain(1);
		versions[0].info.state = state;
		RecordDetails { id: RECORD, entry, versions }
	}

	fn live() -> Record<Account> {
		match record(VersionState::Stored).entry {
			RecordEntry::Live(live) => live,
			RecordEntry::Erased(_) => panic!("it is live"),
		}
	}

	#[test]
	fn a_new_message_shows_what_a_report_lacks() {
		use State::{Changed, Confirmed, New, Repeated};
		for (states, expected) in [
			// The first part is as it was, and all others can be gone.
			(vec![Confirmed], true),
			(vec![Confirmed, Confirmed], true),
			(vec![Changed(live())], true),
			(vec![Confirmed, New], true),
			(vec![Repeated, Changed(live())], true),
			// A message that comes again says nothing new.
			(vec![Repeated], false),
			(vec![Repeated, Confirmed], false),
			// A new report has no parts from before.
			(vec![New, New], false),
		] {
			assert_eq!(may_lack_parts(&states), expected);
		}
	}

	#[test]
	fn a_removed_part_says_nothing_of_the_report() {
		let [one, other] = [Part::Text, Part::Attachment(2)].map(removed);
		assert_eq!((&one.content, &one.title), (&other.content, &other.title));
		assert!(one.content.len() < 100 && one.identity.is_empty() && one.kinds.is_empty());
	}

	#[test]
	fn only_a_record_in_use_is_another_patients() {
		assert!(is_in_use(&record(VersionState::Stored)));
		assert!(is_in_use(&record(VersionState::Rejected)));
		assert!(!is_in_use(&record(VersionState::Withdrawn)));
		let patient = parse_account("//Bob").unwrap();
		let entry = RecordEntry::Erased(Tombstone { patient, erased: 0, replicas_left: 0 });
		assert!(!is_in_use(&RecordDetails { id: RECORD, entry, versions: Vec::new() }));
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_version_that_cannot_be_noted_is_not_registered() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		let marks = Marks { content: vec![1], message: vec![2], report: Some(vec![3]) };
		let notes =
			Notes { versions: versions.clone(), marks: HashMap::from([(RECORD.0, marks.clone())]) };
		let root = root(1);
		assert!(notes.sealed(RECORD, 1, &root).is_ok());
		let found = versions.find(&RECORD, &on_chain(1), &marks).await.unwrap();
		assert_eq!(found, Found::Own);
		versions.break_file();
		// The SDK registers nothing after this error.
		let error = notes.sealed(RECORD, 2, &root).unwrap_err();
		let fault = Fault::from(Error::NotNoted(error));
		assert!(fault.may_pass(), "the sender can send it again");
		assert!(notes.sealed(RecordId([9; 32]), 1, &root).is_ok(), "it is none of these documents");
	}
}
