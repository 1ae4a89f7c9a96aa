//! Adding records and versions: seal, stage, register.
//!
//! Whatever interrupts it, doing it again goes on where it was: what is sealed is not sealed
//! again, what the node has is not sent again, what is registered is not registered again.

use std::{path::Path, sync::Arc, time::Duration};

use codec::Encode;
use salus_envelope::Dek;
use salus_primitives::{
	Category, Cid, Confidentiality, NewRecord, OrganisationId, Recipient, RecordDetails,
	RecordEntry, RecordId, Role, SealedKey, Version, VersionState, Wraps, MAX_WRAPS,
};
use serde::Serialize;
use tokio::time::{sleep, Instant};

use crate::{
	calls,
	committee::CommitteeKey,
	error::Missing,
	file::NewFile,
	journal::{JournalError, Note, Slot, StateDir},
	prepare::{prepare, Target},
	progress::{Progress, Step},
	staging::UploadReport,
	submit::{Follow, Included, SubmitError},
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
	/// Whether its key was sealed to the committee; none if it was registered already.
	pub guarded: Option<bool>,
	/// What the upload took.
	pub upload: UploadReport,
	/// The transaction; none if it was registered already.
	pub included: Option<Included>,
}

/// A file that is sealed and staged, with what the chain will be told.
struct Staged {
	slot: Slot,
	note: Note,
	upload: UploadReport,
	/// It stands on chain already.
	is_registered: bool,
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
		let Filing {
			patient,
			category,
			confidentiality,
			mode,
			..
		} = *filing;
		let organisation = self.acting_for(author, filing.organisation).await?;
		let memberships = self.now().memberships(&patient).await?;
		if !memberships
			.iter()
			.any(|info| info.role == Role::Patient && info.live)
		{
			return Err(Error::NotAPatient(patient));
		}
		if !self
			.now()
			.may_write(&author.account(), organisation, &patient, category)
			.await?
		{
			return Err(Error::MayNotWrite {
				author: author.account(),
				organisation,
				patient,
			});
		}
		let target = Target {
			patient,
			organisation,
			category,
			confidentiality,
			revises: None,
			mode,
		};
		// Better told before an hour of sealing than after.
		self.keys(author, &target).await?;

		let mut done = Vec::with_capacity(files.len());
		for (chunk, files) in files.chunks(MAX_BATCH).enumerate() {
			let mut staged = Vec::with_capacity(files.len());
			for (index, new) in files.iter().enumerate() {
				let number = chunk * MAX_BATCH + index + 1;
				let one = self.stage_file(author, state, &target, new, number, progress);
				staged.push(one.await?);
			}
			self.register(author, &mut staged, &target, progress)
				.await?;
			done.extend(staged);
		}
		// What is registered is remembered until all of it is, or a repetition would add it twice.
		done.into_iter().map(finish).collect()
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
		let mut staged = self
			.stage_file(author, state, &target, new, 1, progress)
			.await?;
		if staged.is_registered {
			return finish(staged);
		}
		let dek = open_note_key(author, &staged)?;
		let expected = staged.note.version.saturating_sub(1);
		let content = staged.note.content.clone();
		progress.begin(Step::Registering, 1);
		let mut attempt = 0;
		staged.registered = loop {
			attempt += 1;
			let keys = self.keys(author, &target).await?;
			let (wraps, sealed) = self.lock(&staged.note, &dek, &keys)?;
			let call = calls::records::revise(
				record,
				expected,
				target.organisation,
				&content,
				&wraps,
				sealed.as_ref(),
			);
			match self.submit_with(author, &call, Follow::finalized()).await {
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
		finish(staged)
	}

	/// Waits until a storage node holds a version.
	pub async fn wait_until_stored(
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
					mend: "it goes on by itself; `salus doctor` tells whether a storage node is admitted and its IPFS runs",
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
			[] => Err(Error::WhichOrganisation {
				account,
				found: "it is no live practitioner, records admin or device of any".into(),
			}),
			_ => Err(Error::WhichOrganisation {
				account,
				found: format!("it may act for organisations {organisations:?}"),
			}),
		}
	}

	/// What the key of a new version is sealed to, and wrapped for.
	async fn keys(&self, author: &Signer, target: &Target) -> Result<Keys, Error> {
		match target.mode {
			Mode::Guarded => {
				let owner = self.owner(&target.patient).await?;
				Ok(Keys {
					recipients: vec![owner],
					committee: Some(self.committee_key().await?),
				})
			}
			Mode::Direct => Ok(Keys {
				recipients: self.recipients(author, target).await?,
				committee: None,
			}),
		}
	}

	/// The patient, who always gets a wrap.
	async fn owner(
		&self,
		patient: &Account,
	) -> Result<(Recipient<Account>, salus_primitives::KeyAgreementKey), Error> {
		let owner = Recipient::Account(*patient);
		let key = self
			.now()
			.key(&owner)
			.await?
			.ok_or(Error::NotAPatient(*patient))?;
		Ok((owner, key))
	}

	/// Those for whom the key is wrapped in direct mode: the patient, the author's organisation, those whom the patient's standing grants let read, and the author if they are among these.
	async fn recipients(&self, author: &Signer, target: &Target) -> Result<Recipients, Error> {
		let Target {
			patient,
			organisation,
			category,
			revises,
			..
		} = *target;
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
			let key = salus_primitives::KeyAgreementKey {
				public: other.public,
				version: other.version,
			};
			if !recipients
				.iter()
				.any(|(known, _)| *known == other.recipient)
			{
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
		number: usize,
		progress: &Arc<dyn Progress>,
	) -> Result<Staged, Error> {
		loop {
			let (slot, note, dag) = {
				let (author, state, target) = (author.clone(), state.clone(), *target);
				let (new, progress) = (new.clone(), progress.clone());
				let genesis = self.genesis();
				tokio::task::spawn_blocking(move || {
					prepare(&author, &state, genesis, &target, &new, number, &*progress)
				})
				.await??
			};
			let on_chain = self.registered_state(&note).await?;
			let is_registered = on_chain.is_some();
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
					UploadReport {
						blocks,
						resumed: blocks,
						..Default::default()
					}
				}
			};
			return Ok(Staged {
				slot,
				note,
				upload,
				is_registered,
				registered: None,
			});
		}
	}

	/// The state of the version that a note is about, if it stands on chain.
	async fn registered_state(&self, note: &Note) -> Result<Option<VersionState>, Error> {
		let used = self.now().root(note.content.root).await?;
		if used.is_none_or(|used| (used.record, used.version) != (note.record, note.version)) {
			return Ok(None);
		}
		let details = self.now().record(note.record).await?;
		Ok(details.and_then(|details| version_state(&details, note.version)))
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
	) -> Result<(), Error> {
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
				match self.submit_with(author, &call, Follow::finalized()).await {
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
			}
		}
		progress.end();
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
		let path = staged
			.slot
			.spool()
			.parent()
			.unwrap_or(Path::new(""))
			.to_owned();
		JournalError::Key {
			path,
			source: Box::new(source),
		}
		.into()
	})
}

fn finish(staged: Staged) -> Result<Added, Error> {
	let Staged {
		slot,
		note,
		upload,
		registered,
		..
	} = staged;
	slot.clear()?;
	Ok(Added {
		record: note.record,
		version: note.version,
		root: note.content.root,
		size: note.content.size,
		wraps: registered.as_ref().map_or(0, |said| said.wraps),
		guarded: registered.as_ref().map(|said| said.guarded),
		upload,
		included: registered.map(|said| said.included),
	})
}

fn version_state(details: &RecordDetails<Account>, version: Version) -> Option<VersionState> {
	details
		.versions
		.iter()
		.find(|details| details.version == version)
		.map(|details| details.info.state)
}
