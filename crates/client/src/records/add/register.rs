//! Registering staged files, in as few transactions as possible.

use std::{path::Path, sync::Arc, time::Duration};

use codec::Encode;
use salus_envelope::Dek;
use salus_primitives::{Confidentiality, NewRecord, Recipient, SealedKey, Wraps, MAX_WRAPS};
use tokio::time::Instant;
use tracing::{info_span, Instrument};

use super::{added, Added, Registration, Reporter, StagedFile};
use crate::{
	chain::{
		calls,
		submit::{Included, KeyAttempts, SubmitError, KEY_ATTEMPTS, STEADY_FROM},
	},
	files::input::NewFile,
	keyring::committee::CommitteeKey,
	progress::{Progress, Step},
	records::prepare::{Mode, Target},
	state::{
		folder::{JournalError, StateDir},
		uploads::Note,
	},
	Account, Client, Error, Signer,
};

/// Maximum size of the registrations in one transaction, in bytes: well below the limit of a block.
const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// Time for which the keys of guarded mode are not read again.
const FRESH: Duration = Duration::from_secs(10);

impl Client {
	pub(super) async fn revise_with(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
		reporter: &mut Reporter<'_>,
	) -> Result<Added, Error> {
		let mut staged = self.stage_file(author, state, target, new, progress).await?;
		if staged.is_registered {
			reporter.report(&staged);
			return Ok(added(staged));
		}
		let dek = open_note_key(author, &staged)?;
		let expected = staged.note.version.saturating_sub(1);
		let content = staged.note.content.clone();
		progress.begin(Step::Registering, 1);
		let mut attempts = KeyAttempts::default();
		let mut recipients_at_first: Option<Recipients> = None;
		staged.registered = loop {
			let mut keys = self.keys(author, target).await?;
			let at_first = recipients_at_first.get_or_insert_with(|| keys.recipients.clone());
			keys.narrow(attempts.number, at_first, author.account(), target);
			let (wraps, sealed) = self.lock(&staged.note, &dek, &keys)?;
			let call = calls::records::revise(
				staged.note.record,
				expected,
				target.organisation,
				&content,
				&wraps,
				sealed.as_ref(),
			);
			match self.submit(author, &call).finalized().await {
				Ok(executed) => {
					break Some(Registration {
						wraps: wraps.len(),
						guarded: sealed.is_some(),
						included: executed.included,
					})
				}
				Err(error) => {
					if came_first(&error) {
						staged.slot.discard()?;
					}
					attempts.again_after(error)?;
				}
			}
		};
		progress.end();
		staged.slot.remember_registered(&mut staged.note)?;
		reporter.report(&staged);
		Ok(added(staged))
	}

	/// Returns the keys to which a new version's key is sealed and for which it is wrapped.
	pub(super) async fn keys(&self, author: &Signer, target: &Target) -> Result<Keys, Error> {
		self.read_keys(author, target).instrument(info_span!("read keys")).await
	}

	async fn read_keys(&self, author: &Signer, target: &Target) -> Result<Keys, Error> {
		let read = Instant::now();
		let (recipients, committee) = match target.mode {
			Mode::Guarded => {
				let (owner, committee) =
					tokio::join!(self.owner(&target.patient), self.committee_key());
				(vec![owner?], Some(committee?))
			}
			Mode::Direct => (self.recipients(author, target).await?, None),
		};
		Ok(Keys { recipients, committee, read })
	}

	/// Returns the patient, who always gets a wrap.
	async fn owner(
		&self,
		patient: &Account,
	) -> Result<(Recipient<Account>, salus_primitives::KeyAgreementKey), Error> {
		let owner = Recipient::Account(*patient);
		let key = self.proven().key(&owner).await?.ok_or(Error::NotAPatient(*patient))?;
		Ok((owner, key))
	}

	/// Returns the recipients in direct mode: the patient, the author's organisation, everyone whom
	/// the patient's standing grants let read, and the author if their organisation is among these.
	async fn recipients(&self, author: &Signer, target: &Target) -> Result<Recipients, Error> {
		let Target { patient, organisation, category, revises, .. } = *target;
		let mut recipients = vec![self.owner(&patient).await?];
		let of = Recipient::Organisation(organisation);
		let key = self.recipient_key(&of).await?;
		recipients.push((of.clone(), key));
		let record = revises.map(|(record, _)| record);
		let standing = self.proven().standing_recipients(&patient, category, record).await?;
		let account = Recipient::Account(author.account());
		if standing.iter().any(|other| other.recipient == of) {
			// The author reads as a member of the organisation, without holding its key.
			if let Some(key) = self.proven().key(&account).await? {
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
		// Recipients beyond the limit get their wraps when the patient next synchronises the keys.
		recipients.truncate(MAX_WRAPS as usize);
		Ok(recipients)
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

	/// Wraps a record's key, and seals it in guarded mode.
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

	/// Registers the files that are not registered yet, in as few transactions as possible.
	pub(super) async fn register(
		&self,
		author: &Signer,
		staged: &mut [StagedFile],
		target: &Target,
		keys: &mut Keys,
		progress: &Arc<dyn Progress>,
		reporter: &mut Reporter<'_>,
	) -> Result<(), Error> {
		if staged.iter().all(|one| one.is_registered) {
			return Ok(());
		}
		if !keys.are_fresh() {
			*keys = self.keys(author, target).await?;
		}
		let batches = {
			let _sealing = info_span!("seal keys").entered();
			self.batches(author, staged, target, keys)?
		};
		progress.begin(Step::Registering, batches.len() as u64);
		for (files, records) in batches {
			// Register only now that the node has acknowledged every block. A version that is
			// registered earlier could stay without its bytes, and would then count as lost for
			// good.
			let (records, included) =
				self.register_batch(author, target, keys, &files, records).await?;
			progress.advance(1);
			for (file, record) in files.into_iter().zip(records) {
				file.registered = Some(Registration {
					wraps: record.wraps.len(),
					guarded: record.sealed.is_some(),
					included,
				});
				file.slot.remember_registered(&mut file.note)?;
				reporter.report(file);
			}
		}
		progress.end();
		Ok(())
	}

	/// Groups new records so that each group fits into one transaction.
	fn batches<'a>(
		&self,
		author: &Signer,
		staged: &'a mut [StagedFile],
		target: &Target,
		keys: &Keys,
	) -> Result<Vec<Batch<'a>>, Error> {
		let mut batches: Vec<Batch<'a>> = Vec::new();
		let mut bytes = MAX_BATCH_BYTES;
		for one in staged.iter_mut().filter(|one| !one.is_registered) {
			let new = self.new_record(author, &one.note, target.confidentiality, keys)?;
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
		Ok(batches)
	}

	/// Registers one batch. Wraps and seals its keys again if others' keys change first.
	async fn register_batch(
		&self,
		author: &Signer,
		target: &Target,
		keys: &mut Keys,
		files: &[&mut StagedFile],
		mut records: Vec<NewRecord<Account>>,
	) -> Result<(Vec<NewRecord<Account>>, Included), Error> {
		let mut attempts = KeyAttempts::default();
		let at_first = keys.recipients.clone();
		loop {
			let call = match &records[..] {
				[one] => calls::records::register(one),
				many => calls::records::register_many(many),
			};
			match self.submit(author, &call).finalized().await {
				Ok(executed) => return Ok((records, executed.included)),
				Err(error) => {
					if came_first(&error) {
						for file in files {
							file.slot.discard()?;
						}
					}
					attempts.again_after(error)?;
				}
			}
			*keys = self.keys(author, target).await?;
			keys.narrow(attempts.number, &at_first, author.account(), target);
			records = files
				.iter()
				.map(|file| self.new_record(author, &file.note, target.confidentiality, keys))
				.collect::<Result<_, _>>()?;
		}
	}
}

/// Files that one transaction registers, and the records that they become.
type Batch<'a> = (Vec<&'a mut StagedFile>, Vec<NewRecord<Account>>);

/// Returns whether another record or version came first, so that what was sealed is of no use.
fn came_first(error: &SubmitError) -> bool {
	matches!(error, SubmitError::Chain(error) if error.pallet == "Records"
		&& ["VersionConflict", "AlreadyRegistered"].contains(&&*error.error))
}

/// The keys for which a record's key is wrapped, and to which it is sealed.
pub(super) struct Keys {
	recipients: Recipients,
	committee: Option<CommitteeKey>,
	/// Moment at which they were read.
	read: Instant,
}

impl Keys {
	/// Returns whether they need not be read again.
	///
	/// In guarded mode, the chain refuses a key that is sealed to an old epoch or wrapped for the
	/// patient's earlier key. In direct mode, a reader whom the patient has since refused must not
	/// get a wrap.
	fn are_fresh(&self) -> bool {
		self.committee.is_some() && self.read.elapsed() < FRESH
	}

	/// Leaves out readers whose keys may change again before the next attempt is in a block: from
	/// [`STEADY_FROM`] on those whose keys have changed since the first attempt, and from
	/// [`KEY_ATTEMPTS`] on all, because several could take turns.
	fn narrow(&mut self, attempt: u32, at_first: &Recipients, author: Account, target: &Target) {
		if attempt >= STEADY_FROM {
			self.leave_out_changed(at_first);
		}
		if attempt >= KEY_ATTEMPTS {
			self.leave_out_readers(author, target);
		}
	}

	/// Leaves out everyone but the patient, the author and the author's organisation.
	fn leave_out_readers(&mut self, author: Account, target: &Target) {
		let kept = [
			Recipient::Account(target.patient),
			Recipient::Account(author),
			Recipient::Organisation(target.organisation),
		];
		self.recipients.retain(|(recipient, _)| kept.contains(recipient));
	}

	/// Leaves out the recipients whose keys were not among those of the first attempt, except the
	/// patient, who is the first recipient. A reader who replaces a key again and again could
	/// otherwise keep everybody from adding records. They get their wraps when the patient next
	/// synchronises the keys.
	fn leave_out_changed(&mut self, at_first: &Recipients) {
		let patient = self.recipients.first().cloned();
		self.recipients.retain(|one| patient.as_ref() == Some(one) || at_first.contains(one));
	}
}

type Recipients = Vec<(Recipient<Account>, salus_primitives::KeyAgreementKey)>;

fn open_note_key(author: &Signer, staged: &StagedFile) -> Result<Dek, Error> {
	staged.note.open_key(author).map_err(|source| {
		let path = staged.slot.spool().parent().unwrap_or(Path::new("")).to_owned();
		JournalError::Key { path, source: Box::new(source) }.into()
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_threshold::EpochPublic;

	fn committee() -> CommitteeKey {
		let json = include_str!("../../../../threshold/tests/vectors/committee.json");
		let vectors: serde_json::Value = serde_json::from_str(json).unwrap();
		let public = hex::decode(vectors["public"].as_str().unwrap()).unwrap();
		CommitteeKey::new(1, EpochPublic::from_bytes(&public).unwrap())
	}

	#[test]
	fn only_keys_of_guarded_mode_serve_for_a_while() {
		let are_fresh = |committee, age| {
			let read = Instant::now().checked_sub(age).unwrap();
			Keys { recipients: Vec::new(), committee, read }.are_fresh()
		};
		assert!(are_fresh(Some(committee()), Duration::ZERO));
		assert!(!are_fresh(Some(committee()), FRESH));
		// A grant may have been revoked since.
		assert!(!are_fresh(None, Duration::ZERO));
	}

	#[test]
	fn a_key_that_keeps_changing_is_left_out() {
		let public = Signer::generate().unwrap().key_agreement(1).unwrap().public();
		let key = |version| salus_primitives::KeyAgreementKey { version, public };
		let patient = Recipient::Account(Account::from([1; 32]));
		let [restless, steady] = [1, 2].map(Recipient::Organisation);
		let first =
			vec![(patient.clone(), key(1)), (restless.clone(), key(1)), (steady.clone(), key(1))];
		let recipients =
			vec![(patient.clone(), key(2)), (restless, key(2)), (steady.clone(), key(1))];
		let mut keys = Keys { recipients, committee: None, read: Instant::now() };
		keys.leave_out_changed(&first);
		assert_eq!(keys.recipients, [(patient, key(2)), (steady, key(1))]);
	}

	#[test]
	fn readers_who_take_turns_stop_no_record() {
		let public = Signer::generate().unwrap().key_agreement(1).unwrap().public();
		let key = |version| salus_primitives::KeyAgreementKey { version, public };
		let account = |seed| Recipient::Account(Account::from([seed; 32]));
		let organisation = Recipient::Organisation;
		let all = [account(1), organisation(7), account(2), account(3), organisation(8)];
		let first: Recipients = all.into_iter().map(|recipient| (recipient, key(1))).collect();
		let target = Target {
			patient: Account::from([1; 32]),
			organisation: 7,
			category: salus_primitives::Category::Other,
			confidentiality: Confidentiality::Normal,
			revises: None,
			mode: Mode::Direct,
		};
		for (attempt, expected) in [
			(1, vec![account(1), organisation(7), account(2), account(3), organisation(8)]),
			(2, vec![account(1), organisation(7), account(2), account(3), organisation(8)]),
			(3, vec![account(1), organisation(7), account(2), account(3)]),
			(KEY_ATTEMPTS, vec![account(1), organisation(7), account(2)]),
		] {
			let mut recipients = first.clone();
			recipients[4].1 = key(2);
			let mut keys = Keys { recipients, committee: None, read: Instant::now() };
			keys.narrow(attempt, &first, Account::from([2; 32]), &target);
			let left: Vec<_> =
				keys.recipients.into_iter().map(|(recipient, _)| recipient).collect();
			assert_eq!(left, expected, "{attempt}");
		}
	}
}
