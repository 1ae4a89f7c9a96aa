//! Adding records and versions: seal, stage, register.
//!
//! Whatever interrupts it, doing it again goes on where it was: what is sealed is not sealed
//! again, what the node has is not sent again, what is registered is not registered again. That is so until the caller says that
//! all is done ([`StateDir::settle`]).

mod known;
mod organisation;
mod register;
mod stage;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use salus_primitives::{
	Category, Cid, Confidentiality, OrganisationId, RecordEntry, RecordId, Role, Version,
};
use serde::Serialize;
use tokio::time::Instant;

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
		uploads::{Note, Slot},
	},
	Account, Client, Error, Signer,
};
use known::check_all;

/// The most records that one transaction registers.
pub const MAX_BATCH: usize = 100;

/// Where a new record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
	/// Whom it is about.
	pub patient: Account,
	/// For which organisation the author acts; if none is named, the only one they can act for.
	pub organisation: Option<OrganisationId>,
	/// What it is about.
	pub category: Category,
	/// How confidential it is.
	pub confidentiality: Confidentiality,
	/// To whom its key goes.
	pub mode: Mode,
	/// Whether to add a file that was added for this patient before, or two of the same content. They are refused if not.
	pub again: bool,
}

/// Which record gets a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
	/// The record.
	pub record: RecordId,
	/// For which organisation the author acts; if none is named, the only one they can act for.
	pub organisation: Option<OrganisationId>,
	/// To whom the version's key goes, whatever the mode of the others.
	pub mode: Mode,
	/// Whether to add a file that was added for this patient before, as a version of this record or of another. It is refused if not.
	pub again: bool,
}

/// A version that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
	/// Of which record.
	pub record: RecordId,
	/// Which version.
	pub version: Version,
	/// Root of its blocks.
	pub root: Cid,
	/// Size of the sealed file.
	pub size: u64,
	/// For how many its key was wrapped.
	pub wraps: usize,
	/// Whether its key is sealed to the committee; none if the chain does not tell of it any more.
	pub guarded: Option<bool>,
	/// What the upload took.
	pub upload: UploadReport,
	/// The transaction; none if it was registered already.
	pub included: Option<Included>,
	/// Names what this machine remembers of it until it is settled.
	#[serde(skip)]
	pub(crate) name: Fingerprint,
}

/// A file that is sealed and staged, with what the chain will be told.
struct Staged {
	file: GivenPath,
	slot: Slot,
	note: Note,
	upload: UploadReport,
	/// It stands on chain already.
	is_registered: bool,
	/// For how many its key is wrapped on chain, and whether it is guarded, if it stood there already.
	known: Option<(usize, bool)>,
	/// What the transaction said of it.
	registered: Option<Registered>,
}

struct Registered {
	wraps: usize,
	guarded: bool,
	included: Included,
}

impl Client {
	/// Adds files to a patient's file, as one record each, registered in as few transactions as possible.
	pub async fn add_records(
		&self,
		author: &Signer,
		state: &StateDir,
		filing: &Filing,
		files: &[NewFile],
		progress: &Arc<dyn Progress>,
	) -> Result<Vec<Added>, Error> {
		let Filing { patient, category, confidentiality, mode, .. } = *filing;
		// Whatever is wrong with a file is told before a byte of another is sent.
		let looked = {
			let files = files.to_vec();
			tokio::task::spawn_blocking(move || check_all(&files)).await??
		};
		let organisation = self.acting_for(author, filing.organisation).await?;
		let memberships = self.now().memberships(&patient).await?;
		if !memberships.iter().any(|info| info.role == Role::Patient && info.live) {
			return Err(Error::NotAPatient(patient));
		}
		if !self.now().may_write(&author.account(), organisation, &patient, category).await? {
			if author.account() == patient {
				return Err(Error::foreseen(
					ErrorKind::Refused,
					"patients do not add records to their own file: staff of an organisation do",
				));
			}
			return Err(Error::MayNotWrite { author: author.account(), organisation, patient });
		}
		let target =
			Target { patient, organisation, category, confidentiality, revises: None, mode };
		// Better told before an hour of sealing than after.
		self.keys(author, &target).await?;
		if !filing.again {
			self.check_new(author, state, &target, files, looked).await?;
		}

		let mut teller =
			Teller { progress: &**progress, began: Instant::now(), registered: Vec::new() };
		let mut done = Vec::with_capacity(files.len());
		for chunk in files.chunks(MAX_BATCH) {
			let adding = self.add_chunk(author, state, &target, chunk, progress, &mut teller);
			match adding.await {
				Ok(added) => done.extend(added),
				Err(error) => return Err(stopped(error, teller.registered, files.len())),
			}
		}
		Ok(done)
	}

	/// Adds as many files as one transaction registers.
	async fn add_chunk(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		files: &[NewFile],
		progress: &Arc<dyn Progress>,
		teller: &mut Teller<'_>,
	) -> Result<Vec<Added>, Error> {
		let mut staged = Vec::with_capacity(files.len());
		for new in files {
			let one = self.stage_file(author, state, target, new, progress).await?;
			if one.is_registered {
				teller.tell(&one);
			}
			staged.push(one);
		}
		self.register(author, &mut staged, target, progress, teller).await?;
		Ok(staged.into_iter().map(added).collect())
	}

	/// Adds a version to a record.
	pub async fn revise_record(
		&self,
		author: &Signer,
		state: &StateDir,
		revision: &Revision,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
	) -> Result<Added, Error> {
		let record = revision.record;
		let details = self.now().record(record).await?;
		let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
		let RecordEntry::Live(entry) = details.entry else {
			return Err(Error::Erased(record));
		};
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
			let looked = tokio::task::spawn_blocking(move || check_all(&files)).await??;
			self.check_new(author, state, &target, std::slice::from_ref(new), looked).await?;
		}
		let mut teller =
			Teller { progress: &**progress, began: Instant::now(), registered: Vec::new() };
		self.revise_with(author, state, &target, new, progress, &mut teller)
			.await
			.map_err(|error| stopped(error, teller.registered, 1))
	}
}

impl StateDir {
	/// Ends the adding of files: this machine forgets what would let a repetition go on, and remembers that they were added. Until
	/// then a repetition never registers a second record; call it when you wait for nothing more.
	pub fn settle(&self, all: &[Added]) -> Result<(), Error> {
		for added in all {
			let slot = match self.slot(&added.name) {
				Ok(slot) => slot,
				// The same command runs once more, and will settle it.
				Err(JournalError::Busy) => continue,
				Err(error) => return Err(error.into()),
			};
			match slot.load() {
				// Another upload has begun since.
				Some(note) if !note.is_registered => continue,
				// First remembered, then forgotten: whatever comes between, one of the two holds.
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

fn added(staged: Staged) -> Added {
	let Staged { slot, note, upload, known, registered, .. } = staged;
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

/// Tells which files became records, and keeps it.
struct Teller<'a> {
	progress: &'a dyn Progress,
	began: Instant,
	registered: Vec<(GivenPath, RecordId)>,
}

impl Teller<'_> {
	fn tell(&mut self, staged: &Staged) {
		let (record, version) = (staged.note.record, staged.note.version);
		self.registered.push((staged.file.clone(), record));
		let milestone = Milestone::Registered { file: staged.file.clone(), record, version };
		self.progress.reached(&milestone, self.began.elapsed());
	}
}
