//! Adding records and versions: sealing, staging, and registering them.
//!
//! After any interruption, repeating the call continues where it was. Nothing is sealed, sent or
//! registered twice, until the caller reports that all is done ([`StateDir::settle`]).

mod groups;
mod known;
mod organisation;
mod register;
mod stage;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::future::BoxFuture;
use salus_primitives::{
	Category, Cid, Confidentiality, OrganisationId, RecordEntry, RecordId, Role, Version,
};
use serde::Serialize;
use tokio::time::Instant;
use tracing::{info_span, Instrument};

use super::{
	prepare::{Mode, Target},
	upload::UploadReport,
};
use crate::{
	chain::submit::Included,
	error::{stopped, ErrorKind, Missing},
	files::input::{GivenPath, NewFile},
	progress::{Milestone, Progress},
	state::{
		folder::{Fingerprint, JournalError, StateDir},
		memory::Marker,
		uploads::{Note, Slot},
	},
	Account, Client, Error, Signer,
};
use groups::groups;
use known::check_all;
use register::Keys;

/// Destination of new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
	/// Patient whose records they become.
	pub patient: Account,
	/// Organisation for which the author acts; `None` if they can act for one only.
	pub organisation: Option<OrganisationId>,
	/// Category of the records.
	pub category: Category,
	/// Confidentiality of the records.
	pub confidentiality: Confidentiality,
	/// Recipients of the records' keys.
	pub mode: Mode,
	/// Whether to add files that were added for this patient before, or that have the same content.
	/// Otherwise they are refused.
	pub again: bool,
}

/// Destination of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
	/// Record that gets the version.
	pub record: RecordId,
	/// Organisation for which the author acts; `None` if they can act for one only.
	pub organisation: Option<OrganisationId>,
	/// Recipients of the version's key, regardless of the mode of earlier versions.
	pub mode: Mode,
	/// Version that the new one is to follow; `None` for the latest.
	pub replaces: Option<Version>,
	/// Whether to add a file that was added for this patient before, as a version of this record or
	/// another. Otherwise it is refused.
	pub again: bool,
}

/// A version that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
	/// Record that has the version.
	pub record: RecordId,
	/// Number of the version.
	pub version: Version,
	/// Root CID of the sealed file.
	pub root: Cid,
	/// Size of the sealed file, in bytes.
	pub size: u64,
	/// Number of wraps of its key.
	pub wraps: usize,
	/// Whether its key is sealed to the committee; `None` if the chain no longer says.
	pub guarded: Option<bool>,
	/// Summary of the upload.
	pub upload: UploadReport,
	/// The transaction; `None` if the version was registered before.
	pub included: Option<Included>,
	/// Name of the upload, which this machine remembers until it is settled.
	#[serde(skip)]
	pub(crate) name: Fingerprint,
}

/// A file that is sealed and staged, with its note for the registration.
struct StagedFile {
	file: GivenPath,
	slot: Slot,
	note: Note,
	upload: UploadReport,
	/// Whether the version was on the chain already.
	is_registered: bool,
	/// Number of wraps, and whether it is guarded, if it was on the chain already.
	known: Option<(usize, bool)>,
	/// Result of the registration, if this call made it.
	registered: Option<Registration>,
}

struct Registration {
	wraps: usize,
	guarded: bool,
	included: Included,
}

impl Client {
	/// Adds files to a patient's records, each as a record, in as few transactions as possible.
	pub fn add_records<'a>(
		&'a self,
		author: &'a Signer,
		state: &'a StateDir,
		filing: &'a Filing,
		files: &'a [NewFile],
		progress: &'a Arc<dyn Progress>,
	) -> BoxFuture<'a, Result<Vec<Added>, Error>> {
		Box::pin(async move {
			// A fault of any file is reported before the first is sent.
			let facts = {
				let files = files.to_vec();
				tokio::task::spawn_blocking(move || check_all(&files)).await??
			};
			let sizes: Vec<_> = facts.iter().map(|facts| facts.size).collect();
			let (target, mut keys) =
				self.check_filing(author, filing).instrument(info_span!("check")).await?;
			if !filing.again {
				self.check_new(author, state, &target, files, facts).await?;
			}

			let mut reporter =
				Reporter { progress: &**progress, began: Instant::now(), registered: Vec::new() };
			let mut done = Vec::with_capacity(files.len());
			for group in groups(&sizes, self.max_batch().await?) {
				let group = files.get(group).unwrap_or_default();
				let adding = async {
					let staged =
						self.stage_files(author, state, &target, group, progress, &mut reporter);
					let mut staged = staged.await?;
					self.register(author, &mut staged, &target, &mut keys, progress, &mut reporter)
						.await?;
					Ok(staged)
				};
				match adding.await {
					Ok(staged) => done.extend(staged.into_iter().map(added)),
					Err(error) => return Err(stopped(error, reporter.registered, files.len())),
				}
			}
			Ok(done)
		})
	}

	/// Returns the record that an author adds for a patient under an identifier
	/// ([`NewFile::identifier`]), whether it exists or not.
	pub fn record_with_identifier(
		&self,
		author: &Signer,
		patient: &Account,
		identifier: &str,
	) -> Result<RecordId, Error> {
		let salt = Marker::new(author, self.genesis(), *patient)?.salt(identifier);
		Ok(RecordId::new(&author.account(), patient, &salt))
	}

	/// Checks that an author may add records, as [`Client::add_records`] does before it reads a
	/// file. Changes nothing.
	pub async fn may_add(&self, author: &Signer, filing: &Filing) -> Result<(), Error> {
		self.check_filing(author, filing).await.map(drop)
	}

	/// Checks that the author may add these records, and returns their destination and the keys
	/// for them.
	fn check_filing<'a>(
		&'a self,
		author: &'a Signer,
		filing: &'a Filing,
	) -> BoxFuture<'a, Result<(Target, Keys), Error>> {
		Box::pin(async move {
			let Filing { patient, category, confidentiality, mode, .. } = *filing;
			self.expect_transaction();
			// Keys are wrapped for the patient and the organisation that this names.
			let view = self.proven();
			let memberships = async { Ok(view.memberships(&patient).await?) };
			let organisation = self.acting_for(author, filing.organisation);
			let (organisation, memberships) = tokio::try_join!(organisation, memberships)?;
			if !memberships.iter().any(|info| info.role == Role::Patient && info.live) {
				return Err(Error::NotAPatient(patient));
			}
			let target =
				Target { patient, organisation, category, confidentiality, revises: None, mode };
			let writer = author.account();
			let may_write = view.may_write(&writer, organisation, &patient, category);
			// A missing key is better reported before an hour of sealing than after.
			let (may_write, keys) = tokio::join!(may_write, self.keys(author, &target));
			if !may_write? {
				if writer == patient {
					let text = "patients do not add records for themselves; the staff of an \
					            organisation does";
					return Err(Error::foreseen(ErrorKind::Refused, text));
				}
				return Err(Error::MayNotWrite { author: writer, organisation, patient });
			}
			Ok((target, keys?))
		})
	}

	/// Seals files that are registered together, and sends their blocks to the node.
	async fn stage_files(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		files: &[NewFile],
		progress: &Arc<dyn Progress>,
		reporter: &mut Reporter<'_>,
	) -> Result<Vec<StagedFile>, Error> {
		let mut staged = Vec::with_capacity(files.len());
		for new in files {
			let one = self.stage_file(author, state, target, new, progress).await?;
			if one.is_registered {
				reporter.report(&one);
			}
			staged.push(one);
		}
		Ok(staged)
	}

	/// Adds a version to a record.
	pub fn revise_record<'a>(
		&'a self,
		author: &'a Signer,
		state: &'a StateDir,
		revision: &'a Revision,
		new: &'a NewFile,
		progress: &'a Arc<dyn Progress>,
	) -> BoxFuture<'a, Result<Added, Error>> {
		Box::pin(async move {
			let record = revision.record;
			self.expect_transaction();
			let details = self.proven().record(record).await?;
			let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
			let RecordEntry::Live(entry) = details.entry else {
				return Err(Error::Erased(record));
			};
			// The chain refuses it, too, if another version comes first.
			if revision.replaces.is_some_and(|replaced| replaced != entry.latest) {
				return Err(Error::OtherVersion(entry.latest));
			}
			let target = Target {
				patient: entry.patient,
				organisation: self.acting_for(author, revision.organisation).await?,
				category: entry.category,
				confidentiality: entry.confidentiality,
				revises: Some((record, entry.latest)),
				mode: revision.mode,
			};
			self.keys(author, &target).await?;
			if !revision.again {
				let files = vec![new.clone()];
				let facts = tokio::task::spawn_blocking(move || check_all(&files)).await??;
				self.check_new(author, state, &target, std::slice::from_ref(new), facts).await?;
			}
			let mut reporter =
				Reporter { progress: &**progress, began: Instant::now(), registered: Vec::new() };
			self.revise_with(author, state, &target, new, progress, &mut reporter)
				.await
				.map_err(|error| stopped(error, reporter.registered, 1))
		})
	}
}

impl StateDir {
	/// Ends the adding of files: this machine discards what a repetition would continue, and
	/// remembers that the files were added.
	///
	/// Until then, a repetition never registers a second record. Call it when there is nothing more
	/// to wait for.
	pub fn settle(&self, all: &[Added]) -> Result<(), Error> {
		for added in all {
			let slot = match self.slot(&added.name) {
				Ok(slot) => slot,
				// The same command runs again, and will settle it.
				Err(JournalError::Busy) => continue,
				Err(error) => return Err(error.into()),
			};
			match slot.load() {
				// Another upload has begun since.
				Some(note) if !note.is_registered => continue,
				// Remembered before it is discarded, so that at any moment one of the two holds.
				Some(Note { mark: Some(mark), record, version, .. }) => {
					self.remember_added(&mark, record, version)?
				}
				_ => {}
			}
			slot.clear()?;
		}
		Ok(())
	}
}

fn added(staged: StagedFile) -> Added {
	let StagedFile { slot, note, upload, known, registered, .. } = staged;
	let (wraps, guarded) = match (&registered, known) {
		(Some(said), _) => (said.wraps, Some(said.guarded)),
		(None, Some((wraps, guarded))) => (wraps, Some(guarded)),
		(None, None) => (0, None),
	};
	Added {
		record: note.record,
		version: note.version,
		root: note.content.root,
		size: note.content.size,
		wraps,
		guarded,
		upload,
		included: registered.map(|said| said.included),
		name: slot.name().clone(),
	}
}

/// Reports which files became records, and collects them.
struct Reporter<'a> {
	progress: &'a dyn Progress,
	began: Instant,
	registered: Vec<(GivenPath, RecordId)>,
}

impl Reporter<'_> {
	fn report(&mut self, staged: &StagedFile) {
		let (record, version) = (staged.note.record, staged.note.version);
		self.registered.push((staged.file.clone(), record));
		let milestone = Milestone::Registered { file: staged.file.clone(), record, version };
		self.progress.reached(&milestone, self.began.elapsed());
	}
}
