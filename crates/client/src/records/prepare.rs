//! Sealing a file into the state folder, before anything leaves this machine.

use std::{
	fs::File,
	io::{self, BufWriter, Read},
	path::Path,
};

use codec::Encode;
use salus_envelope::{seal, Binding, Dek, Sealed};
use salus_ipfs::{unixfs::DagWriter, Dag};
use salus_primitives::{
	Category, Cid, Confidentiality, Content, OrganisationId, RecordId, Version,
};

use serde::Serialize;

use crate::{
	files::input::{self, CheckedFile, FileError, FileFacts, NewFile, OpenFile},
	progress::{Progress, Step},
	state::memory::{Mark, Marker},
	state::{
		folder::{Fingerprint, JournalError, StateDir},
		uploads::{Note, Slot, FORMAT},
	},
	Account, Error, Signer,
};

/// Recipients of a new version's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
	/// The committee of hospitals, which releases it on logged requests; and the patient.
	#[default]
	Guarded,
	/// Everyone who may read now. They need no hospital, and their readings are not logged.
	Direct,
}

/// Destination of a file.
#[derive(Clone, Copy)]
pub(crate) struct Target {
	pub(crate) patient: Account,
	pub(crate) organisation: OrganisationId,
	pub(crate) category: Category,
	pub(crate) confidentiality: Confidentiality,
	/// The record and its latest version, if the file becomes a version of it.
	pub(crate) revises: Option<(RecordId, Version)>,
	pub(crate) mode: Mode,
}

impl Target {
	pub(crate) fn next_version(&self) -> Version {
		self.revises.map_or(1, |(_, latest)| latest.saturating_add(1))
	}
}

/// Returns the name of a checked file's upload.
pub(crate) fn fingerprint(
	author: &Signer,
	genesis: [u8; 32],
	target: &Target,
	new: &NewFile,
	facts: &FileFacts,
) -> Fingerprint {
	let descriptor = &facts.descriptor;
	let revised = target.revises.map(|(record, _)| record).encode();
	let (account, organisation) = (author.account().0, target.organisation.to_be_bytes());
	let classes = [target.category as u8, target.confidentiality as u8];
	let mut parts: Vec<&[u8]> = vec![
		&genesis,
		&account,
		&target.patient.0,
		&organisation,
		&classes,
		&revised,
		&facts.identity,
		descriptor.title.as_bytes(),
		descriptor.media_type.as_bytes(),
		descriptor.file_name.as_bytes(),
		descriptor.fhir_type.as_deref().unwrap_or_default().as_bytes(),
	];
	parts.extend(new.identifier.as_deref().map(str::as_bytes));
	Fingerprint::over(&parts)
}

/// A sealed file.
pub(crate) struct PreparedFile {
	pub(crate) slot: Slot,
	pub(crate) note: Note,
	/// Shape of the envelope; `None` if the version was registered before.
	pub(crate) dag: Option<Dag>,
	/// Whether it was sealed just now, so that neither chain nor node can have any of it.
	pub(crate) is_new: bool,
}

/// Seals a file into the state folder, or finds the envelope of an earlier run.
pub(crate) fn prepare(
	author: &Signer,
	state: &StateDir,
	genesis: [u8; 32],
	target: &Target,
	new: &NewFile,
	progress: &dyn Progress,
) -> Result<PreparedFile, Error> {
	let CheckedFile { mut file, facts } = input::check(new)?;
	let slot = state.slot(&fingerprint(author, genesis, target, new, &facts))?;
	let marker = Marker::new(author, genesis, target.patient)?;
	let expected = new.sha256.map(|sha256| marker.mark(facts.size, &sha256));
	if let Some((note, dag)) = resume(author, &slot, expected, progress)? {
		return Ok(PreparedFile { slot, note, dag, is_new: false });
	}
	let salt = salt(&marker, new.identifier.as_deref())?;
	let version = target.next_version();
	let record = match target.revises {
		Some((record, _)) => record,
		None => RecordId::new(&author.account(), &target.patient, &salt),
	};
	let dek = Dek::generate()?;
	let key = Note::seal_key(author, genesis, record, version, &dek)?;

	let binding = Binding { record: record.0, version };
	let (sealed, dag) = seal_into(&slot, &dek, &binding, new, &mut file, &facts, progress)?;
	let mark = marker.mark(sealed.plaintext_size, &sealed.plaintext_sha256);
	let is_other = expected.is_some_and(|expected| expected != mark);
	if is_other || sealed.plaintext_size != facts.size || !input::is_unchanged(new, &facts) {
		slot.clear()?;
		return Err(FileError::Changed(new.given()).into());
	}
	let note = Note {
		format: FORMAT,
		genesis,
		author: author.account(),
		patient: target.patient,
		organisation: target.organisation,
		category: target.category,
		record,
		version,
		salt,
		content: Content {
			root: Cid(dag.root.to_bytes()),
			size: sealed.ciphertext_size,
			commitment: sealed.commitment,
		},
		key,
		mark: Some(mark),
		is_registered: false,
	};
	slot.save(&note)?;
	Ok(PreparedFile { slot, note, dag: Some(dag), is_new: true })
}

/// Returns the salt of a record's id: the same for the same identifier, and random without one.
fn salt(marker: &Marker, identifier: Option<&str>) -> Result<[u8; 32], Error> {
	if let Some(identifier) = identifier {
		return Ok(marker.salt(identifier));
	}
	let mut salt = [0; 32];
	getrandom::fill(&mut salt).map_err(|_| salus_envelope::Error::NoRandomness)?;
	Ok(salt)
}

/// Returns what an earlier run sealed, if it is whole, its key opens, and it has the expected
/// content.
fn resume(
	author: &Signer,
	slot: &Slot,
	expected: Option<Mark>,
	progress: &dyn Progress,
) -> Result<Option<(Note, Option<Dag>)>, Error> {
	let Some(note) = slot.load() else {
		return Ok(None);
	};
	if expected.is_some() && note.mark != expected {
		return Ok(None);
	}
	if note.is_registered {
		return Ok(Some((note, None)));
	}
	if note.open_key(author).is_err() {
		return Ok(None);
	}
	progress.begin(Step::Checking, note.content.size);
	let dag = rebuild(slot.spool(), progress).map_err(|source| spool_error(slot, source))?;
	progress.end();
	let is_whole = dag.root.to_bytes() == note.content.root.0;
	Ok(is_whole.then_some((note, Some(dag))))
}

/// Seals a file into the slot's envelope.
fn seal_into(
	slot: &Slot,
	dek: &Dek,
	binding: &Binding,
	new: &NewFile,
	file: &mut OpenFile,
	facts: &FileFacts,
	progress: &dyn Progress,
) -> Result<(Sealed, Dag), Error> {
	progress.begin(Step::Sealing, facts.size);
	let spool = slot.create_spool()?;
	let mut writer = DagWriter::new(BufWriter::with_capacity(1 << 20, spool));
	let reader = ProgressReader { inner: file, progress };
	let sealed =
		seal(dek, binding, &facts.descriptor, reader, &mut writer).map_err(
			|error| match error {
				salus_envelope::Error::Read(source) => {
					Error::File(FileError::Read { file: new.given(), source })
				}
				error => error.into(),
			},
		)?;
	let (dag, spool) = writer.finish().map_err(|source| spool_error(slot, source))?;
	spool
		.into_inner()
		.map_err(|error| error.into_error())
		.and_then(|spool| spool.sync_all())
		.map_err(|source| spool_error(slot, source))?;
	progress.end();
	Ok((sealed, dag))
}

fn spool_error(slot: &Slot, source: io::Error) -> Error {
	let path = slot.spool().to_owned();
	JournalError::Io { action: "write an envelope", path, source }.into()
}

/// Computes the DAG of an envelope that an earlier run wrote.
fn rebuild(path: &Path, progress: &dyn Progress) -> io::Result<Dag> {
	let file = File::open(path)?;
	let mut reader = ProgressReader { inner: &file, progress };
	let mut writer = DagWriter::new(io::sink());
	let mut buffer = vec![0; 256 * 1024];
	loop {
		match reader.read(&mut buffer)? {
			0 => break,
			read => io::Write::write_all(&mut writer, buffer.get(..read).unwrap_or_default())?,
		}
	}
	writer.finish().map(|(dag, _)| dag)
}

/// A reader that reports its progress.
struct ProgressReader<'a, R> {
	inner: R,
	progress: &'a dyn Progress,
}

impl<R: Read> Read for ProgressReader<'_, R> {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		let read = self.inner.read(buffer)?;
		self.progress.advance(read as u64);
		Ok(read)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::records::testing::{Author, GENESIS, TARGET};
	use std::fs;

	fn prepared(author: &Author, target: &Target, new: &NewFile) -> (Note, Dag) {
		let (slot, note, dag) = author.prepare(target, new);
		let dag = dag.unwrap();
		assert_eq!(fs::metadata(slot.spool()).unwrap().len(), note.content.size);
		(note, dag)
	}

	#[test]
	fn a_file_is_sealed_once_and_another_one_again() {
		let author = Author::new();
		let new = author.file("scan.dcm", &vec![5; 3_000_000]);

		let (first, dag) = prepared(&author, &TARGET, &new);
		let account = author.signer.account();
		assert_eq!(first.record, RecordId::new(&account, &TARGET.patient, &first.salt));
		assert_eq!(dag.root.to_bytes(), first.content.root.0);
		let (again, dag_again) = prepared(&author, &TARGET, &new);
		assert_eq!((&again, &dag_again), (&first, &dag));

		let other_category = Target { category: Category::Imaging, ..TARGET };
		assert_ne!(prepared(&author, &other_category, &new).0.record, first.record);
		let revises = Target { revises: Some((RecordId([9; 32]), 4)), ..TARGET };
		let revision = prepared(&author, &revises, &new).0;
		assert_eq!((revision.record, revision.version), (RecordId([9; 32]), 5));

		let changed = author.file("scan.dcm", &vec![6; 3_000_001]);
		assert_ne!(prepared(&author, &TARGET, &changed).0.record, first.record);
	}

	#[test]
	fn only_the_expected_content_is_sealed() {
		use sha2::{Digest, Sha256};

		let author = Author::new();
		let new = author.file("scan.dcm", b"one");
		let expecting = |content: &[u8]| NewFile {
			sha256: Some(Sha256::digest(content).into()),
			..new.clone()
		};
		let refused = |content| {
			let new = expecting(content);
			prepare(&author.signer, &author.state, GENESIS, &TARGET, &new, &()).err()
		};
		let is_changed = |error| matches!(error, Some(Error::File(FileError::Changed(_))));
		assert!(is_changed(refused(b"two")));
		let (slot, note, dag) = author.prepare(&TARGET, &expecting(b"one"));
		assert!(dag.is_some());
		drop(slot);
		// An envelope from an earlier run has the same content, too.
		let (slot, again, _) = author.prepare(&TARGET, &expecting(b"one"));
		assert_eq!(again, note);
		drop(slot);
		assert!(is_changed(refused(b"two")));
	}

	#[test]
	fn a_registered_file_is_remembered_without_its_envelope() {
		let author = Author::new();
		let new = author.file("note.txt", b"all is well");
		let (slot, mut note, _) = author.prepare(&TARGET, &new);
		slot.remember_registered(&mut note).unwrap();
		assert!(!slot.spool().exists());
		drop(slot);
		let (slot, again, dag) = author.prepare(&TARGET, &new);
		assert_eq!((again, dag), (note.clone(), None));
		slot.clear().unwrap();
		assert_ne!(prepared(&author, &TARGET, &new).0.record, note.record);
	}

	#[test]
	fn a_sealed_file_opens_with_the_key_in_its_note() {
		let author = Author::new();
		let new = author.file("note.txt", b"all is well");
		let (slot, note, _) = author.prepare(&TARGET, &new);
		let binding = Binding { record: note.record.0, version: 1 };
		let dek = note.open_key(&author.signer).unwrap();
		let mut plain = Vec::new();
		let envelope = File::open(slot.spool()).unwrap();
		let opened =
			salus_envelope::open(&dek, &binding, &note.content.commitment, envelope, &mut plain);
		assert_eq!(opened.unwrap().descriptor.file_name, "note.txt");
		assert_eq!(plain, b"all is well");
	}

	#[test]
	fn a_corrupt_envelope_is_sealed_again() {
		let author = Author::new();
		let new = author.file("note.txt", b"all is well");
		let (slot, first, _) = author.prepare(&TARGET, &new);
		let mut bytes = fs::read(slot.spool()).unwrap();
		bytes[100] ^= 1;
		fs::write(slot.spool(), bytes).unwrap();
		drop(slot);
		assert_ne!(prepared(&author, &TARGET, &new).0.record, first.record);
	}
}
