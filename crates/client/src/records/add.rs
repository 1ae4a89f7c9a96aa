//! Adding records and versions: seal, stage, register.
//!
//! Whatever interrupts it, doing it again goes on where it was: what is sealed is not sealed
//! again, what the node has is not sent again, what is registered is not registered again. That is so until the caller says that
//! all is done ([`StateDir::settle`]).

use std::{
	collections::{HashMap, HashSet},
	path::Path,
	sync::Arc,
	time::Duration,
};

use codec::Encode;
use salus_envelope::Dek;
use salus_primitives::{
	Category, Cid, Confidentiality, NewRecord, OrganisationId, Recipient, RecordDetails,
	RecordEntry, RecordId, Role, SealedKey, Version, VersionDetails, VersionState, Wraps,
	MAX_WRAPS,
};
use serde::Serialize;
use tokio::time::{sleep, Instant};

use crate::{
	chain::calls,
	chain::submit::{Included, SubmitError},
	error::{ErrorKind, Missing},
	files::input::{self, FileError, GivenPath, Looked, NewFile},
	keyring::committee::CommitteeKey,
	progress::{Milestone, Progress, Step},
	records::prepare::{fingerprint, prepare, Target},
	records::staging::UploadReport,
	state::journal::{Fingerprint, JournalError, Note, Slot, StateDir},
	state::memory::{self, Marker},
	Account, Client, Error, Signer,
};

/// The most records that one transaction registers.
pub const MAX_BATCH: usize = 100;

/// The most bytes of registrations in one transaction, well under what a block takes.
const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// How often a key is sealed anew because the committee's epoch changed under it.
const RESEALS: u32 = 3;

/// To whom the key of a new version goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
	/// To the committee of hospitals, which releases it on logged requests; and to the patient.
	#[default]
	Guarded,
	/// To everyone who may read now: they need nobody's help, and what they read is not logged.
	Direct,
}

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

/// Files that became records before something stopped the rest.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct Stopped {
	/// The files that are registered, each with its record.
	pub registered: Vec<(GivenPath, RecordId)>,
	/// How many files there are.
	pub files: usize,
	/// What stopped it.
	#[source]
	pub source: Error,
}

impl Stopped {
	fn text(&self) -> String {
		let done = match (self.registered.len(), self.files) {
			(0, _) => "nothing is registered yet".into(),
			(1, 1) => "the record is registered".into(),
			(done, files) => format!("{done} of {files} files are registered"),
		};
		format!("stopped before the end, {done}; run it again, it goes on")
	}
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

	/// Refuses files that are on the chain for this patient already, as far as this machine knows, and those of one content.
	async fn check_new(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		files: &[NewFile],
		looked: Vec<Looked>,
	) -> Result<(), Error> {
		let known = {
			let (author, state, target) = (author.clone(), state.clone(), *target);
			let (files, genesis) = (files.to_vec(), self.genesis());
			tokio::task::spawn_blocking(move || {
				known_files(&author, &state, genesis, &target, &files, &looked)
			})
			.await??
		};
		for (file, record, version) in known {
			// What was erased may be added anew.
			let details = self.now().record(record).await?;
			let stands = details.is_some_and(|details| {
				matches!(details.entry, RecordEntry::Live(_))
					&& version_state(&details, version).is_some()
			});
			if stands {
				return Err(FileError::Known { file, record, version }.into());
			}
		}
		Ok(())
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

	async fn revise_with(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
		teller: &mut Teller<'_>,
	) -> Result<Added, Error> {
		let mut staged = self.stage_file(author, state, target, new, progress).await?;
		if staged.is_registered {
			teller.tell(&staged);
			return Ok(added(staged));
		}
		let dek = open_note_key(author, &staged)?;
		let expected = staged.note.version.saturating_sub(1);
		let content = staged.note.content.clone();
		progress.begin(Step::Registering, 1);
		let mut attempt = 0;
		staged.registered = loop {
			attempt += 1;
			let keys = self.keys(author, target).await?;
			let (wraps, sealed) = self.lock(&staged.note, &dek, &keys)?;
			let call = calls::records::revise(
				staged.note.record,
				expected,
				target.organisation,
				&content,
				&wraps,
				sealed.as_ref(),
			);
			match self.submit_with(author, &call, self.follow_until_final()).await {
				Ok(included) => {
					break Some(Registered {
						wraps: wraps.len(),
						guarded: sealed.is_some(),
						included,
					})
				}
				Err(error) if attempt < RESEALS && is_other_epoch(&error) => {}
				Err(error) => return Err(error.into()),
			}
		};
		progress.end();
		staged.slot.remember_registered(&mut staged.note)?;
		teller.tell(&staged);
		Ok(added(staged))
	}

	/// Waits until a storage node holds a version.
	pub async fn wait_until_stored(
		&self,
		record: RecordId,
		version: Version,
		deadline: Duration,
	) -> Result<VersionState, Error> {
		self.look_until_stored(record, version, deadline).await.map_err(|error| match error {
			error if is_of_node(&error) => {
				let registered = vec![(GivenPath(record.to_string().into()), record)];
				stopped(error, registered, 1)
			}
			error => error,
		})
	}

	async fn look_until_stored(
		&self,
		record: RecordId,
		version: Version,
		deadline: Duration,
	) -> Result<VersionState, Error> {
		let started = Instant::now();
		loop {
			let details = self.now().record(record).await?;
			let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
			let state = version_state(&details, version)
				.ok_or(Error::NotFound(Missing::Version(record, version)))?;
			if !matches!(state, VersionState::Pending | VersionState::Lost) {
				return Ok(state);
			}
			if started.elapsed() >= deadline {
				return Err(Error::Deadline {
					what: "the storage of the record",
					seconds: deadline.as_secs(),
					mend: "it goes on by itself, and the same command again goes on waiting; `salus doctor` tells whether a storage node is admitted and its IPFS runs",
				});
			}
			sleep(Duration::from_secs(1)).await;
		}
	}

	/// For which organisation an author acts.
	pub async fn acting_for(
		&self,
		author: &Signer,
		named: Option<OrganisationId>,
	) -> Result<OrganisationId, Error> {
		if let Some(organisation) = named {
			return Ok(organisation);
		}
		let account = author.account();
		let mut organisations: Vec<OrganisationId> = self
			.now()
			.memberships(&account)
			.await?
			.into_iter()
			.filter(|info| {
				let writes = [Role::Practitioner, Role::RecordsAdmin, Role::Device];
				info.live && writes.contains(&info.role)
			})
			.filter_map(|info| info.member.organisation)
			.collect();
		organisations.sort_unstable();
		organisations.dedup();
		match organisations[..] {
			[organisation] => Ok(organisation),
			[] => Err(self.acts_for_none(account).await?),
			_ => Err(Error::WhichOrganisation {
				account,
				found: format!("it may act for organisations {organisations:?}"),
			}),
		}
	}

	/// Why an account acts for no organisation.
	async fn acts_for_none(&self, account: Account) -> Result<Error, Error> {
		let memberships = self.now().memberships(&account).await?;
		let text = if memberships.iter().any(|info| info.role == Role::Patient && info.live) {
			format!(
				"{account} is a patient, and patients do not add records or act for an organisation: its practitioners, records \
				 admins and devices do"
			)
		} else {
			format!(
				"{account} acts for no organisation: it is no live practitioner, records admin or device of one; see \
				 `salus member show`"
			)
		};
		Ok(Error::foreseen(ErrorKind::Usage, text))
	}

	/// What the key of a new version is sealed to, and wrapped for.
	async fn keys(&self, author: &Signer, target: &Target) -> Result<Keys, Error> {
		match target.mode {
			Mode::Guarded => {
				let owner = self.owner(&target.patient).await?;
				Ok(Keys { recipients: vec![owner], committee: Some(self.committee_key().await?) })
			}
			Mode::Direct => {
				Ok(Keys { recipients: self.recipients(author, target).await?, committee: None })
			}
		}
	}

	/// The patient, who always gets a wrap.
	async fn owner(
		&self,
		patient: &Account,
	) -> Result<(Recipient<Account>, salus_primitives::KeyAgreementKey), Error> {
		let owner = Recipient::Account(*patient);
		let key = self.now().key(&owner).await?.ok_or(Error::NotAPatient(*patient))?;
		Ok((owner, key))
	}

	/// Those for whom the key is wrapped in direct mode: the patient, the author's organisation, those whom the patient's standing grants let read, and the author if they are among these.
	async fn recipients(&self, author: &Signer, target: &Target) -> Result<Recipients, Error> {
		let Target { patient, organisation, category, revises, .. } = *target;
		let mut recipients = vec![self.owner(&patient).await?];
		let of = Recipient::Organisation(organisation);
		let key = self.recipient_key(&of).await?;
		recipients.push((of.clone(), key));
		let standing = self
			.now()
			.standing_recipients(&patient, category, revises.map(|(record, _)| record))
			.await?;
		let account = Recipient::Account(author.account());
		if standing.iter().any(|other| other.recipient == of) {
			// The author reads as a member of the organisation, and does not hold its key.
			if let Some(key) = self.now().key(&account).await? {
				recipients.push((account, key));
			}
		}
		for other in standing {
			let key =
				salus_primitives::KeyAgreementKey { public: other.public, version: other.version };
			if !recipients.iter().any(|(known, _)| *known == other.recipient) {
				recipients.push((other.recipient, key));
			}
		}
		// Those who come too late in the list get theirs by the patient's next `consent sync`.
		recipients.truncate(MAX_WRAPS as usize);
		Ok(recipients)
	}

	/// Seals a file, or finds it sealed, and hands its blocks to the node.
	async fn stage_file(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
	) -> Result<Staged, Error> {
		loop {
			let (slot, note, dag) = {
				let (author, state, target) = (author.clone(), state.clone(), *target);
				let (new, progress) = (new.clone(), progress.clone());
				let genesis = self.genesis();
				tokio::task::spawn_blocking(move || {
					prepare(&author, &state, genesis, &target, &new, &*progress)
				})
				.await??
			};
			let on_chain = self.registered_version(&note).await?;
			let is_registered = on_chain.is_some();
			let known = on_chain
				.as_ref()
				.map(|version| (version.info.wraps as usize, version.sealed_to.is_some()));
			let on_chain = on_chain.map(|version| version.info.state);
			let upload = match (dag, on_chain) {
				// An earlier run registered it, and a fork or another version came between.
				(None, None) => {
					slot.clear()?;
					continue;
				}
				(Some(_), None) if note.version != target.next_version() => {
					slot.clear()?;
					continue;
				}
				// A pending one may have to be staged again; the node tells.
				(Some(dag), None | Some(VersionState::Pending | VersionState::Lost)) => {
					self.upload(author, dag, slot.spool(), &**progress).await?
				}
				(dag, Some(_)) => {
					let blocks = dag.map_or(0, |dag| dag.block_count() as u64);
					UploadReport { blocks, resumed: blocks, ..Default::default() }
				}
			};
			let mut note = note;
			if is_registered && !note.is_registered {
				// An earlier run ended between the two.
				slot.remember_registered(&mut note)?;
			}
			return Ok(Staged {
				file: new.given(),
				slot,
				note,
				upload,
				is_registered,
				known,
				registered: None,
			});
		}
	}

	/// The version that a note is about, if it stands on chain.
	async fn registered_version(
		&self,
		note: &Note,
	) -> Result<Option<VersionDetails<Account>>, Error> {
		let used = self.now().root(note.content.root).await?;
		if used.is_none_or(|used| (used.record, used.version) != (note.record, note.version)) {
			return Ok(None);
		}
		let details = self.now().record(note.record).await?;
		Ok(details.and_then(|details| {
			let mut versions = details.versions.into_iter();
			versions.find(|version| version.version == note.version)
		}))
	}

	fn new_record(
		&self,
		author: &Signer,
		note: &Note,
		confidentiality: Confidentiality,
		keys: &Keys,
	) -> Result<NewRecord<Account>, Error> {
		let dek = note.open_key(author)?;
		let (wraps, sealed) = self.lock(note, &dek, keys)?;
		Ok(NewRecord {
			patient: note.patient,
			organisation: note.organisation,
			category: note.category,
			confidentiality,
			salt: note.salt,
			content: note.content.clone(),
			wraps,
			sealed,
		})
	}

	/// Wraps and seals a key.
	fn lock(
		&self,
		note: &Note,
		dek: &Dek,
		keys: &Keys,
	) -> Result<(Wraps<Account>, Option<SealedKey>), Error> {
		let wraps = self.wraps_for(note, dek, &keys.recipients)?;
		let sealed = keys
			.committee
			.as_ref()
			.map(|committee| committee.seal(note.record, note.version, dek))
			.transpose()?;
		Ok((wraps, sealed))
	}

	fn wraps_for(
		&self,
		note: &Note,
		dek: &Dek,
		recipients: &Recipients,
	) -> Result<Wraps<Account>, Error> {
		recipients
			.iter()
			.map(|(recipient, key)| {
				let wrap = self.wrap_key(note.record, note.version, dek, key)?;
				Ok((recipient.clone(), wrap))
			})
			.collect::<Result<Vec<_>, Error>>()?
			.try_into()
			.map_err(|_| Error::Terms("too many keys for one transaction"))
	}

	/// Registers what is not yet, in as few transactions as possible.
	async fn register(
		&self,
		author: &Signer,
		staged: &mut [Staged],
		target: &Target,
		progress: &Arc<dyn Progress>,
		teller: &mut Teller<'_>,
	) -> Result<(), Error> {
		if staged.iter().all(|one| one.is_registered) {
			return Ok(());
		}
		let mut keys = self.keys(author, target).await?;
		let mut batches: Vec<(Vec<&mut Staged>, Vec<NewRecord<Account>>)> = Vec::new();
		let mut bytes = MAX_BATCH_BYTES;
		for one in staged.iter_mut().filter(|one| !one.is_registered) {
			let new = self.new_record(author, &one.note, target.confidentiality, &keys)?;
			let size = new.encoded_size();
			if bytes + size > MAX_BATCH_BYTES {
				batches.push(Default::default());
				bytes = 0;
			}
			bytes += size;
			if let Some((files, records)) = batches.last_mut() {
				files.push(one);
				records.push(new);
			}
		}
		progress.begin(Step::Registering, batches.len() as u64);
		for (files, mut records) in batches {
			let mut attempt = 0;
			let included = loop {
				attempt += 1;
				let call = match &records[..] {
					[one] => calls::records::register(one),
					many => calls::records::register_many(many),
				};
				match self.submit_with(author, &call, self.follow_until_final()).await {
					Ok(included) => break included,
					Err(error) if attempt < RESEALS && is_other_epoch(&error) => {}
					Err(error) => return Err(error.into()),
				}
				keys = self.keys(author, target).await?;
				records = files
					.iter()
					.map(|file| self.new_record(author, &file.note, target.confidentiality, &keys))
					.collect::<Result<_, _>>()?;
			};
			progress.advance(1);
			for (file, record) in files.into_iter().zip(records) {
				file.registered = Some(Registered {
					wraps: record.wraps.len(),
					guarded: record.sealed.is_some(),
					included,
				});
				file.slot.remember_registered(&mut file.note)?;
				teller.tell(file);
			}
		}
		progress.end();
		Ok(())
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

/// Whether the committee's epoch changed between sealing and inclusion. Then sealing anew mends it.
fn is_other_epoch(error: &SubmitError) -> bool {
	matches!(error, SubmitError::Chain(error) if error.pallet == "Records" && error.error == "EpochNotActive")
}

/// What keys are sealed to, and wrapped for.
struct Keys {
	recipients: Recipients,
	committee: Option<CommitteeKey>,
}

type Recipients = Vec<(Recipient<Account>, salus_primitives::KeyAgreementKey)>;

fn open_note_key(author: &Signer, staged: &Staged) -> Result<Dek, Error> {
	staged.note.open_key(author).map_err(|source| {
		let path = staged.slot.spool().parent().unwrap_or(Path::new("")).to_owned();
		JournalError::Key { path, source: Box::new(source) }.into()
	})
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

/// Whether a node that is gone or slow is to blame: trying again mends it.
fn is_of_node(error: &Error) -> bool {
	matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Deadline)
		&& !matches!(error, Error::Deadline { .. })
}

/// What stopped the adding of files, with how far it came where that matters.
fn stopped(error: Error, registered: Vec<(GivenPath, RecordId)>, files: usize) -> Error {
	if registered.is_empty() && !is_of_node(&error) {
		return error;
	}
	Box::new(Stopped { registered, files, source: error }).into()
}

/// Looks at every file, and at none twice.
fn check_all(files: &[NewFile]) -> Result<Vec<Looked>, Error> {
	let mut seen = HashSet::new();
	files
		.iter()
		.map(|new| {
			let checked = input::check(new)?;
			if !seen.insert(checked.looked.identity.clone()) {
				return Err(FileError::NamedTwice(new.given()).into());
			}
			// The file is closed: a process has few, and there may be many.
			Ok(checked.looked)
		})
		.collect()
}

/// Of these files, those that this machine knows as records, with record and version. Two of one content are an error.
fn known_files(
	author: &Signer,
	state: &StateDir,
	genesis: [u8; 32],
	target: &Target,
	files: &[NewFile],
	looked: &[Looked],
) -> Result<Vec<(GivenPath, RecordId, Version)>, Error> {
	let marker = Marker::new(author, genesis, target.patient)?;
	let mut sizes: HashMap<u64, usize> = HashMap::new();
	for looked in looked {
		*sizes.entry(looked.size).or_default() += 1;
	}
	let mut contents = HashMap::new();
	let mut found = Vec::new();
	for (new, looked) in files.iter().zip(looked) {
		let known = state.added_of_size(&marker, looked.size);
		// Most files are the only ones of their size: they are read once, when they are sealed.
		if known.is_empty() && sizes.get(&looked.size).is_none_or(|count| *count < 2) {
			continue;
		}
		let sha256 = input::check(new).and_then(|checked| {
			memory::sha256(&checked.file)
				.map_err(|source| FileError::Read { file: new.given(), source }.into())
		})?;
		if let Some(first) = contents.insert(sha256, new) {
			return Err(
				FileError::SameContent { file: new.given(), first: NewFile::given(first) }.into()
			);
		}
		// A run that was interrupted goes on with what it registered.
		if state.is_registered(&fingerprint(author, genesis, target, looked)) {
			continue;
		}
		let mark = marker.mark(looked.size, &sha256);
		found.extend(
			known
				.iter()
				.filter(|known| known.is(&mark))
				.map(|known| (new.given(), known.record, known.version)),
		);
	}
	Ok(found)
}

fn version_state(details: &RecordDetails<Account>, version: Version) -> Option<VersionState> {
	details
		.versions
		.iter()
		.find(|details| details.version == version)
		.map(|details| details.info.state)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{fs, path::PathBuf};

	const GENESIS: [u8; 32] = [7; 32];
	const TARGET: Target = Target {
		patient: subxt::utils::AccountId32([2; 32]),
		organisation: 1,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		revises: None,
		mode: Mode::Guarded,
	};

	struct Author {
		folder: tempfile::TempDir,
		state: StateDir,
		signer: Signer,
	}

	impl Author {
		fn new() -> Self {
			let folder = tempfile::tempdir().unwrap();
			Self {
				state: StateDir::new(Some(folder.path().join("state"))).unwrap(),
				signer: Signer::generate().unwrap(),
				folder,
			}
		}

		fn file(&self, name: &str, content: &[u8]) -> NewFile {
			let path = self.folder.path().join(name);
			fs::write(&path, content).unwrap();
			NewFile::new(path)
		}

		/// As it is once the chain has it.
		fn registered(&self, new: &NewFile) -> Added {
			let signer = &self.signer;
			let (slot, mut note, _) =
				prepare(signer, &self.state, GENESIS, &TARGET, new, &()).unwrap();
			slot.remember_registered(&mut note).unwrap();
			added(Staged {
				file: new.given(),
				slot,
				note,
				upload: UploadReport::default(),
				is_registered: true,
				known: Some((1, true)),
				registered: None,
			})
		}

		fn known(&self, files: &[NewFile]) -> Result<Vec<RecordId>, Error> {
			let looked = check_all(files)?;
			let known = known_files(&self.signer, &self.state, GENESIS, &TARGET, files, &looked)?;
			Ok(known.into_iter().map(|(_, record, _)| record).collect())
		}
	}

	#[test]
	fn until_it_is_settled_a_repetition_is_the_same_record_and_afterwards_it_is_told() {
		let author = Author::new();
		let new = author.file("scan.dcm", b"a scan");
		let first = author.registered(&new);
		for _ in 0..2 {
			// However often the command that waits is killed.
			assert_eq!(author.known(std::slice::from_ref(&new)).unwrap(), []);
			assert_eq!(author.registered(&new).record, first.record);
		}
		author.state.settle(std::slice::from_ref(&first)).unwrap();
		assert_eq!(author.known(std::slice::from_ref(&new)).unwrap(), [first.record]);
		// Under another name, and after it was touched.
		let copy = author.file("copy.dcm", b"a scan");
		let other = author.file("other.dcm", b"b scan");
		assert_eq!(author.known(&[other, copy]).unwrap(), [first.record]);
		// Whoever means it gets another record, and settles that.
		let second = author.registered(&new);
		assert_ne!(second.record, first.record);
		author.state.settle(&[second.clone(), second.clone()]).unwrap();
		let both = author.known(&[new]).unwrap();
		assert_eq!(both, [first.record, second.record]);
	}

	#[test]
	fn a_revision_of_what_is_there_is_told() {
		let author = Author::new();
		let new = author.file("scan.dcm", b"a scan");
		let first = author.registered(&new);
		author.state.settle(std::slice::from_ref(&first)).unwrap();
		let target = Target { revises: Some((first.record, 1)), ..TARGET };
		let known = |new: NewFile| {
			let files = [new];
			let looked = check_all(&files).unwrap();
			let (signer, state) = (&author.signer, &author.state);
			known_files(signer, state, GENESIS, &target, &files, &looked).unwrap()
		};
		let told = known(author.file("same.dcm", b"a scan"));
		assert_eq!(told.len(), 1);
		assert_eq!((told[0].1, told[0].2), (first.record, 1));
		assert_eq!(known(author.file("better.dcm", b"b scan")).len(), 0);
	}

	#[test]
	fn what_is_not_registered_is_not_settled() {
		let author = Author::new();
		let new = author.file("scan.dcm", b"a scan");
		let first = author.registered(&new);
		author.state.settle(std::slice::from_ref(&first)).unwrap();
		let (slot, note, _) =
			prepare(&author.signer, &author.state, GENESIS, &TARGET, &new, &()).unwrap();
		// Another process is at work with it.
		author.state.settle(std::slice::from_ref(&first)).unwrap();
		drop(slot);
		author.state.settle(&[first]).unwrap();
		let (_, again, _) =
			prepare(&author.signer, &author.state, GENESIS, &TARGET, &new, &()).unwrap();
		assert_eq!(again, note);
	}

	#[test]
	fn every_file_is_looked_at_before_any_is_sealed() {
		let author = Author::new();
		let mut files: Vec<_> = (0..150)
			.map(|number: u32| author.file(&number.to_string(), &number.to_be_bytes()))
			.collect();
		assert_eq!(check_all(&files).unwrap().len(), 150);
		files[139] = author.file("empty", b"");
		let Err(Error::File(FileError::Empty(file))) = check_all(&files) else {
			panic!("an empty file is refused")
		};
		assert_eq!(file.0, files[139].path);
		files[139] = NewFile::new(PathBuf::from("/missing/x"));
		let shown = check_all(&files).err().unwrap().to_string();
		assert_eq!(shown, "cannot read /missing/x");
		files[139] = files[3].clone();
		let twice = check_all(&files).err().unwrap();
		assert!(matches!(twice, Error::File(FileError::NamedTwice(_))));
	}

	#[test]
	fn two_files_of_one_content_are_told() {
		let author = Author::new();
		let files = [("a", "same"), ("b", "else"), ("c", "same")];
		let files = files.map(|(name, content)| author.file(name, content.as_bytes()));
		let error = author.known(&files).unwrap_err().to_string();
		assert!(error.contains("/c has the same content as"), "{error}");
		assert!(error.contains("--again"), "{error}");
	}

	#[test]
	fn what_stopped_half_way_says_how_far_it_came_and_that_it_goes_on() {
		let lost = || {
			Error::Rpc(crate::RpcError::Unreachable { url: "ws://x".into(), source: "gone".into() })
		};
		let one = |number: u8| {
			let file = GivenPath(format!("{number}.dcm").into());
			(file, RecordId([number; 32]))
		};
		for (registered, files, said) in [
			(vec![], 1, "nothing is registered yet"),
			(vec![one(1)], 1, "the record is registered"),
			(vec![one(1), one(2)], 150, "2 of 150 files are registered"),
		] {
			let error = stopped(lost(), registered, files);
			assert_eq!(error.kind(), ErrorKind::Unreachable);
			let shown = error.to_string();
			assert!(shown.contains(said), "{shown}");
			assert!(shown.contains("run it again, it goes on"), "{shown}");
		}
		// Nothing is to be gained from trying again.
		let refused = stopped(Error::NoCommittee, vec![], 1);
		assert!(matches!(refused, Error::NoCommittee));
	}
}
