//! Adding one item, once.
//!
//! The chain refuses a second record of the same author for the same patient with the same
//! identifier, so an import keeps no journal: it takes an identifier from each item, and asks the
//! chain whether there is a record with it.

use std::{
	collections::{HashMap, HashSet},
	fs::File,
	future::Future,
	path::Path,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex, PoisonError,
	},
	time::Duration,
};

use axum::http::StatusCode;
use salus_client::{primitives::RecordId, Error, FileError, Filing, GivenPath, NewFile};
use salus_fhir::{
	incoming,
	outcome::{Issue, IssueKind},
};
use tokio::{
	sync::OwnedSemaphorePermit,
	task::block_in_place,
	time::{sleep, Instant},
};

use super::{
	folder::Export,
	order::{Order, Turn},
	report::{Entry, Outcome, Place},
	root::{path_of, Root, Unopened},
	source::{Item, Patient, What},
	stored::absence,
};
use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
	fhir::{
		self,
		document::{self, Content, Existing},
	},
};

/// Repetition of an item that failed for a reason outside of it.
#[derive(Clone, Copy)]
struct Insistence {
	/// First pause. Each further one is twice as long.
	first: Duration,
	/// Longest pause.
	longest: Duration,
	/// Time after which the item is given up.
	limit: Duration,
}

const INSISTENCE: Insistence = Insistence {
	first: Duration::from_secs(1),
	longest: Duration::from_secs(30),
	limit: Duration::from_secs(600),
};

/// The turn of a document, until it has claimed its identifier.
type OneTurn = tokio::sync::Mutex<Option<Turn>>;

/// Reason why the import cannot continue: the node, or the chain, did not do its part for too long.
pub(super) struct Lost(pub(super) String);

/// Adds items.
pub(super) struct Importer {
	gateway: Gateway,
	access: Access,
	/// Whether nothing is written to the chain.
	is_dry_run: bool,
	seen: Seen,
	planned: Planned,
	order: Arc<Order>,
	/// Number of items that wait for the node.
	waiting: AtomicUsize,
}

impl Importer {
	pub(super) fn new(gateway: Gateway, access: Access, is_dry_run: bool) -> Self {
		Self {
			gateway,
			access,
			is_dry_run,
			seen: Seen::default(),
			planned: Planned::default(),
			order: Arc::default(),
			waiting: AtomicUsize::new(0),
		}
	}

	/// Returns whether an item waits for the node.
	pub(super) fn is_waiting(&self) -> bool {
		self.waiting.load(Ordering::Relaxed) > 0
	}

	/// Waits until there is room in memory for an item, and takes it.
	pub(super) async fn room(&self, item: &Item) -> Option<OwnedSemaphorePermit> {
		let What::Document { json, .. } = &item.what else { return None };
		let kib = u32::try_from(json.len() / 1024).unwrap_or(u32::MAX).saturating_add(1);
		self.gateway.room.clone().acquire_many_owned(kib).await.ok()
	}

	/// Returns the turn of an item that may claim an identifier. Items are given theirs in order.
	pub(super) fn turn(&self, item: &Item) -> Option<Turn> {
		matches!(item.what, What::Document { .. }).then(|| self.order.join())
	}

	/// Decides on an item. Only a lost node is more than the item's own trouble.
	pub(super) async fn import(
		self: Arc<Self>,
		item: Item,
		turn: Option<Turn>,
		room: Option<OwnedSemaphorePermit>,
	) -> Result<Entry, Lost> {
		let place = item.place.clone();
		let deciding = tokio::spawn(async move {
			let entry = self.decide(&item, turn).await;
			drop(room);
			entry
		});
		deciding.await.unwrap_or_else(|_| {
			let reason =
				"an internal fault stopped this item; import the others, and report the fault";
			Ok(Entry::not_added(&place, Outcome::Refused, "failure", reason))
		})
	}

	async fn decide(&self, item: &Item, turn: Option<Turn>) -> Result<Entry, Lost> {
		let Item { place, what } = item;
		let turn = &tokio::sync::Mutex::new(turn);
		match insist(INSISTENCE, &self.waiting, move || self.attempt(place, what, turn)).await {
			Ok(entry) => Ok(entry),
			Err(fault) if fault.passes() => Err(Lost(fault.text())),
			Err(fault) => Ok(Entry::refused(place, &fault)),
		}
	}

	async fn attempt(&self, place: &Place, what: &What, turn: &OneTurn) -> Answer<Entry> {
		match what {
			What::File { root, patient, category, confidentiality } => {
				let patient = self.patient(patient).await?;
				let filing = document::filed(&self.gateway, patient, *category, *confidentiality);
				self.add_file(place, root.as_deref(), &filing).await
			}
			What::Document { json, export } => self.add_document(place, json, export, turn).await,
		}
	}

	async fn patient(&self, patient: &Patient) -> Answer<salus_client::Account> {
		match patient {
			Patient::Known(account) => Ok(*account),
			Patient::Named(subject) => {
				Ok(fhir::subject(&self.gateway, &self.access, subject, "folder").await??)
			}
		}
	}

	/// Adds a file under its content.
	async fn add_file(&self, place: &Place, root: Option<&Root>, filing: &Filing) -> Answer<Entry> {
		let path = &place.path;
		let mut file = block_in_place(|| open(path, root))?;
		let hash = block_in_place(|| read(path, &mut file))?;
		// A file that takes this name from now on is not read.
		let new = NewFile::found(path_of(&file), path).map_err(Error::from)?;
		let new = NewFile { identifier: Some(of_content(&hash)), sha256: Some(hash), ..new };
		self.add_once(place, filing, &new).await
	}

	/// Adds a document under its own identifier, or else under its content.
	async fn add_document(
		&self,
		place: &Place,
		json: &str,
		export: &Export,
		turn: &OneTurn,
	) -> Answer<Entry> {
		let Self { gateway, access, .. } = self;
		let base = gateway.base();
		let read = block_in_place(|| incoming::document_in_folder(json, &base));
		let mut new = read.map_err(Fault::bad)?;
		let filing = document::filing(gateway, access, &new).await??;
		let own = new.identifier.take();
		let content = match new.file.take() {
			Some(url) => Content::in_file(export.open(&url)?, new)?,
			None => Content::of(gateway, access, new, None)?,
		};
		let mut content = content?;
		let hash = content.sha256()?;
		let turn = turn.lock().await.take();
		let identifier = match own {
			None => of_content(&hash),
			Some(own) => {
				if let Some(turn) = &turn {
					turn.comes().await;
				}
				let (client, signer) = (&gateway.client, &access.client.signer);
				let record = client.record_with_identifier(signer, &filing.patient, &own)?;
				if !self.seen.is_same(&record, &hash) {
					return Err(other_content());
				}
				own
			}
		};
		drop(turn);
		content.identifier = Some(identifier);
		self.add_once(place, &filing, &content.file()).await
	}

	/// Adds a file, unless there is a record under its identifier.
	async fn add_once(&self, place: &Place, filing: &Filing, file: &NewFile) -> Answer<Entry> {
		let Self { gateway, access, .. } = self;
		let identifier = file.identifier.as_deref().unwrap_or_default();
		// Somebody may remove the archive because of the answer, so an unproved answer is not
		// enough.
		let view = gateway.client.proven();
		if let Some(found) = document::existing(gateway, access, view, filing, identifier).await? {
			return self.found(place, &found).await;
		}
		let description = block_in_place(|| file.describe()).map_err(Error::from)?;
		if self.is_dry_run {
			let (client, signer) = (&gateway.client, &access.client.signer);
			client.may_add(signer, filing).await?;
			let record = client.record_with_identifier(signer, &filing.patient, identifier)?;
			if !self.planned.is_first(&record) {
				return Ok(Entry::new(place, Outcome::Present).of_record(&record));
			}
			return Ok(Entry::new(place, Outcome::New).described(description));
		}
		let files = std::slice::from_ref(file);
		let added = document::add_files(gateway, access, filing, files, Arc::new(())).await?;
		let added = added.first().ok_or_else(Fault::not_found)?;
		Ok(Entry::new(place, Outcome::Added).of_record(&added.record).described(description))
	}

	/// Returns the entry of an item that is a record already.
	async fn found(&self, place: &Place, found: &Existing) -> Answer<Entry> {
		let entry = match absence(&self.gateway.client, found).await? {
			None => Entry::new(place, Outcome::Present),
			Some((code, reason)) => Entry::not_added(place, Outcome::Refused, code, reason),
		};
		Ok(entry.of_record(&found.record))
	}
}

/// Repeats an attempt with growing pauses, as long as it may succeed later.
async fn insist<T, F: Future<Output = Answer<T>>>(
	insistence: Insistence,
	waiting: &AtomicUsize,
	mut attempt: impl FnMut() -> F,
) -> Answer<T> {
	let Insistence { first, longest, limit } = insistence;
	let (mut pause, mut failing) = (first, None);
	loop {
		let fault = match attempt().await {
			Err(fault) if fault.passes() || fault.is_forestalled() => fault,
			decided => return decided,
		};
		let since = *failing.get_or_insert_with(Instant::now);
		if since.elapsed() >= limit {
			return Err(fault);
		}
		let is_waiting = fault.passes();
		if is_waiting {
			waiting.fetch_add(1, Ordering::Relaxed);
		}
		sleep(pause).await;
		if is_waiting {
			waiting.fetch_sub(1, Ordering::Relaxed);
		}
		pause = pause.saturating_mul(2).min(longest);
	}
}

/// Returns the identifier of content that was given none. With the patient and the author, it names
/// the record.
fn of_content(sha256: &[u8]) -> String {
	format!("sha256:{}", hex::encode(sha256))
}

fn other_content() -> Fault {
	let text = "another document of this import has the same identifier and patient, but other \
	            content; give each document its own identifier";
	Fault::new(StatusCode::CONFLICT, IssueKind::Conflict, "same-identifier", text)
}

/// Content of the documents so far that were given an identifier, each as the first bytes of its
/// record and of its hash.
#[derive(Default)]
struct Seen(Mutex<HashMap<[u8; 8], [u8; 8]>>);

impl Seen {
	/// Returns whether the content of a record is the one that this import saw first.
	fn is_same(&self, record: &RecordId, sha256: &[u8]) -> bool {
		let (record, content) = (first_of(&record.0), first_of(sha256));
		let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		*seen.entry(record).or_insert(content) == content
	}
}

/// Records that a dry run would add, each as its first bytes.
#[derive(Default)]
struct Planned(Mutex<HashSet<[u8; 8]>>);

impl Planned {
	/// Returns whether no earlier item would become this record.
	fn is_first(&self, record: &RecordId) -> bool {
		let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		planned.insert(first_of(&record.0))
	}
}

fn first_of(bytes: &[u8]) -> [u8; 8] {
	bytes.first_chunk().copied().unwrap_or_default()
}

/// Opens a file that was given, or that a walk has met below a folder.
fn open(path: &Path, root: Option<&Root>) -> Answer<File> {
	let file = || GivenPath(path.to_owned());
	let wrong = |code, text: &str| Fault::from(Issue::error(IssueKind::Value, code, text));
	let below = root.and_then(|root| Some((root, path.strip_prefix(root.path()).ok()?)));
	let Some((root, relative)) = below else {
		let opened = super::open_at_once(path);
		let failed = |source| Error::from(FileError::Read { file: file(), source });
		return Ok(opened.map_err(failed)?);
	};
	root.file(relative).map_err(|unopened| match unopened {
		Unopened::HardLink => wrong(
			"hard-link",
			"the file has several names, and one may be elsewhere; import a copy",
		),
		Unopened::Link => {
			wrong("link", "symbolic links are not followed; give its target as a path")
		}
		Unopened::NotAFile => Error::from(FileError::NotAFile(file())).into(),
		Unopened::Empty => Error::from(FileError::Empty(file())).into(),
		Unopened::Missing | Unopened::Unreadable => {
			wrong("unreadable", "cannot read this; check the path, its permissions, and the disk")
		}
	})
}

/// Computes the SHA-256 of a file.
fn read(path: &Path, file: &mut File) -> Result<[u8; 32], Error> {
	let failed = |source| FileError::Read { file: GivenPath(path.to_owned()), source };
	Ok(document::sha256(file).map_err(failed)?)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{cell::Cell, io::Write, path::PathBuf};

	fn fault(code: &'static str) -> Fault {
		Fault::new(StatusCode::CONFLICT, IssueKind::Transient, code, "x")
	}

	/// Attempts that fail with these codes, and then succeed. Returns their number and the result.
	async fn attempts(codes: &[&'static str], limit: Duration) -> (usize, Answer<()>) {
		let quick = Duration::from_millis(1);
		let insistence = Insistence { first: quick, longest: quick, limit };
		let (count, waiting) = (Cell::new(0), AtomicUsize::new(0));
		let given = insist(insistence, &waiting, || {
			let code = codes.get(count.get()).copied();
			count.set(count.get() + 1);
			async move { code.map_or(Ok(()), |code| Err(fault(code))) }
		});
		let given = given.await;
		assert_eq!(waiting.load(Ordering::Relaxed), 0);
		(count.get(), given)
	}

	#[tokio::test]
	async fn only_a_fault_that_passes_is_tried_again() {
		const LONG: Duration = Duration::from_secs(60);
		let (count, given) = attempts(&["node-unreachable", "busy", "stalled"], LONG).await;
		assert_eq!((count, given.is_ok()), (4, true));
		let (count, given) = attempts(&["deadline", "empty", "deadline"], LONG).await;
		assert_eq!((count, given.unwrap_err().code()), (2, "empty"));
		let (count, given) = attempts(&["deadline"; 1_000], Duration::ZERO).await;
		assert_eq!((count, given.unwrap_err().passes()), (1, true));
	}

	fn written(folder: &tempfile::TempDir, content: &[u8]) -> PathBuf {
		let path = folder.path().join("a.pdf");
		std::fs::write(&path, content).unwrap();
		path
	}

	#[test]
	fn a_files_content_is_its_identifier() {
		let folder = tempfile::tempdir().unwrap();
		let path = written(&folder, b"abc");
		let mut opened = open(&path, None).unwrap();
		let hash = read(&path, &mut opened).unwrap();
		let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
		assert_eq!(of_content(&hash), expected);
		let mut file = std::fs::File::options().append(true).open(&path).unwrap();
		file.write_all(b"d").unwrap();
		assert_ne!(read(&path, &mut opened).unwrap(), hash);
		assert!(open(&folder.path().join("missing"), None).is_err());
	}

	#[test]
	fn a_dry_run_counts_a_record_once() {
		let planned = Planned::default();
		let (one, other) = (RecordId([1; 32]), RecordId([2; 32]));
		assert!(planned.is_first(&one) && !planned.is_first(&one) && planned.is_first(&other));
	}

	#[test]
	fn content_is_added_only_as_it_was_hashed() {
		let mut file = tempfile::tempfile().unwrap();
		file.write_all(b"abc").unwrap();
		let json = serde_json::json!({
			"resourceType": "DocumentReference",
			"status": "current",
			"subject": { "reference": "Patient/1" },
			"category": [{ "coding": [{ "system": "http://loinc.org", "code": "11502-2" }] }],
			"content": [{ "attachment": { "contentType": "text/plain", "url": "a.txt" } }],
		});
		let new = incoming::document_in_folder(&json.to_string(), "https://x/fhir").unwrap();
		let mut content = Content::in_file(file, new).unwrap().unwrap();
		assert_eq!(content.file().sha256, None);
		let hash = content.sha256().unwrap();
		assert_eq!(content.file().sha256, Some(hash));
	}

	#[test]
	fn an_identifier_has_one_content() {
		let seen = Seen::default();
		let (one, other) = (RecordId([1; 32]), RecordId([2; 32]));
		assert!(seen.is_same(&one, &[7; 32]) && seen.is_same(&one, &[7; 32]));
		assert!(!seen.is_same(&one, &[8; 32]) && seen.is_same(&other, &[8; 32]));
		assert!(seen.is_same(&one, &[7; 32]));
	}

	/// Returns the folder of odd files that `SALUS_ODD_FILES` names. Without one, the test must end
	/// at once, and a line on the terminal says so.
	fn odd_files(test: &str) -> Option<PathBuf> {
		if let Some(folder) = std::env::var_os("SALUS_ODD_FILES") {
			return Some(folder.into());
		}
		// Written straight to the terminal: the test harness captures eprintln!.
		let text = "set SALUS_ODD_FILES to a folder of files as hospitals have them";
		let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {text}");
		None
	}

	#[test]
	fn files_of_hospitals_are_recognised() {
		let Some(folder) = odd_files("files_of_hospitals_are_recognised") else { return };
		let all = [
			("DICOMDIR", "application/dicom", None),
			("ccda-bom.xml", "application/xml", None),
			("ccda-ccd.XML", "application/xml", None),
			("ccda-ccd.xml.ccda", "application/xml", None),
			("ccda-embedded-pdf.xml", "application/xml", None),
			("dicom-charset-arabic.DCM", "application/dicom", None),
			("dicom-charset-japanese.dcm", "application/dicom", None),
			("dicom-ct.dcm", "application/dicom", None),
			("dicom-deflated.dcm", "application/dicom", None),
			("dicom-mr.dcm.gz", "application/gzip", None),
			("dicom-no-extension-15820", "application/dicom", None),
			("dicom-no-preamble.dcm", "application/dicom", None),
			("dicom-truncated.dcm", "application/dicom", None),
			("fhir-bulk.ndjson", "application/fhir+ndjson", None),
			("fhir-bundle-bom.json", "application/fhir+json", Some("Bundle")),
			("fhir-bundle-large.json", "application/fhir+json", Some("Bundle")),
			("fhir-bundle-sorted-keys.json", "application/fhir+json", Some("Bundle")),
			// JSON of FHIR is UTF-8 by definition.
			("fhir-bundle-utf16.json", "application/json", None),
			("fhir-contained-first.json", "application/fhir+json", Some("DiagnosticReport")),
			("fhir-patient.xml", "application/fhir+xml", Some("Patient")),
			("hl7v2-adt-a40-cr-mllp.hl7", "x-application/hl7-v2+er7", None),
			("hl7v2-adt-a40-merge.hl7", "x-application/hl7-v2+er7", None),
			("hl7v2-adt-bom-lf.hl7", "x-application/hl7-v2+er7", None),
			// One wrong byte in a name does not change what the whole is.
			("json-latin1-byte.json", "application/fhir+json", Some("Bundle")),
			("report.pdf", "application/pdf", None),
			("statement-cp1252.txt", "text/plain", None),
			("statement-utf16le.txt", "text/plain", None),
		];
		let names = std::fs::read_dir(&folder).unwrap();
		let names = names.map(|one| one.unwrap().file_name().into_string().unwrap());
		let mut names: Vec<_> = names.filter(|name| name != "MANIFEST.md").collect();
		names.sort_unstable();
		assert_eq!(names, all.map(|(name, ..)| name), "the test says nothing of some files");
		for (name, media_type, fhir_type) in all {
			let described = NewFile::new(folder.join(name)).describe().unwrap();
			let found = (&*described.media_type, described.fhir_type.as_deref());
			assert_eq!(found, (media_type, fhir_type), "{name}");
			assert_eq!(described.title, name);
		}
	}
}
