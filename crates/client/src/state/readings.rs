//! Readings under way, so that an interrupted one is resumed and not requested again.
//!
//! Each has a note in `<state>/readings`, which only its owner can read. The note is written before
//! the request is sent, because a request that is on its way counts even if this process ends. It
//! holds the secret that opens the hospitals' shares, sealed to a key that follows from the
//! reader's secret; and the signed transaction, which is public. That transaction takes effect
//! once, even if it is sent repeatedly, so an interrupted reading follows it instead of signing
//! another. The note is removed when the record is open, when its release is over, or when no block
//! can take the transaction any more.

use std::{
	fs::{self, File, OpenOptions},
	io::{self, BufRead, BufReader, Seek, Write},
	path::{Path, PathBuf},
};

use salus_envelope::{unwrap, wrap, Binding, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::{Hash32, Moment, Purpose, RecordId, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	chain::submit::SignedTransaction,
	files::private::{private_file, sync_folder},
	state::folder::{failed, private_folder, remove, Fingerprint, JournalError, StateDir},
	KeyError, Signer,
};

const FORMAT: u32 = 2;

/// Lifetime of a note, in milliseconds: longer than a request can wait for its block plus the
/// lifetime of its release.
const KEPT: Moment = 7 * 24 * 3_600_000;

/// Subject of a request, and the chain.
#[derive(Clone, Copy)]
pub(crate) struct ReadingSubject {
	pub(crate) genesis: Hash32,
	pub(crate) record: RecordId,
	pub(crate) version: Version,
	pub(crate) purpose: Purpose,
}

impl ReadingSubject {
	/// Returns the name of the notes about it.
	fn fingerprint(&self, reader: &Signer) -> Fingerprint {
		Fingerprint::over(&[
			b"reading",
			&self.genesis,
			&reader.account().0,
			&reader.own_account().0,
			&self.record.0,
			&self.version.to_be_bytes(),
			&[self.purpose as u8],
		])
	}

	fn context(&self) -> WrapContext {
		WrapContext {
			genesis: self.genesis,
			kind: WrapKind::Record(Binding { record: self.record.0, version: self.version }),
		}
	}
}

/// One-time secret of a request. It follows from a seed, so it can be stored.
pub(crate) struct OneTime {
	seed: Zeroizing<[u8; 32]>,
	secret: KeyAgreementSecret,
}

impl OneTime {
	pub(crate) fn generate() -> Result<Self, salus_envelope::Error> {
		let mut seed = Zeroizing::new([0; 32]);
		getrandom::fill(&mut *seed).map_err(|_| salus_envelope::Error::NoRandomness)?;
		Self::from_seed(seed)
	}

	fn from_seed(seed: Zeroizing<[u8; 32]>) -> Result<Self, salus_envelope::Error> {
		let secret = KeyAgreementSecret::derive(&*seed, b"salus/one-time")?;
		Ok(Self { seed, secret })
	}

	pub(crate) fn secret(&self) -> &KeyAgreementSecret {
		&self.secret
	}
}

/// First line of a note. Each further line is a transaction that requests the key
/// ([`SignedTransaction`]). A line that was cut by a power failure was not sent.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteHeader {
	format: u32,
	expires: Moment,
	#[serde(with = "crate::json::hex")]
	seed: [u8; 80],
}

/// A note that this process has locked.
#[derive(Debug)]
pub(crate) struct ReadingNote {
	path: PathBuf,
	file: File,
}

impl ReadingNote {
	/// Adds a transaction that is about to be sent.
	pub(crate) fn note(&self, signed: &SignedTransaction) -> Result<(), JournalError> {
		self.write(signed).map_err(|source| failed("write a note", &self.path, source))
	}

	fn write(&self, line: &impl Serialize) -> io::Result<()> {
		let mut text = serde_json::to_vec(line)?;
		text.push(b'\n');
		let mut file = &self.file;
		file.seek(io::SeekFrom::End(0))?;
		file.write_all(&text)?;
		file.sync_all()
	}

	/// Removes the note, which is of no more use.
	pub(crate) fn forget(self) {
		// A note that stays opens nothing once its release is over.
		let _ = remove(&self.path);
	}
}

/// A reading that was interrupted.
pub(crate) struct InterruptedReading {
	/// The note about it.
	pub(crate) kept: ReadingNote,
	/// One-time secret that opens its shares.
	pub(crate) one_time: OneTime,
	/// The transactions that requested it, oldest first. At most one took effect.
	pub(crate) sent: Vec<SignedTransaction>,
}

/// Reads a note and its transactions.
fn read(file: &File) -> Option<(NoteHeader, Vec<SignedTransaction>)> {
	let mut lines = BufReader::new(file).lines();
	let note: NoteHeader = serde_json::from_str(&lines.next()?.ok()?).ok()?;
	let sent = lines.map_while(|line| serde_json::from_str(&line.ok()?).ok()).collect();
	Some((note, sent))
}

impl StateDir {
	/// Stores the secret that opens the shares of a request, before the request is made.
	pub(crate) fn keep_reading(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		now: Moment,
		one_time: &OneTime,
	) -> Result<ReadingNote, JournalError> {
		let folder = self.path().join("readings");
		private_folder(self.path())?;
		private_folder(&folder)?;
		let seed = wrap(&reader.readings()?.public(), &subject.context(), &one_time.seed)
			.map_err(KeyError::from)?;
		let note = NoteHeader { format: FORMAT, expires: now.saturating_add(KEPT), seed };
		let name = subject.fingerprint(reader);
		let key = hex::encode(one_time.secret().public());
		let path = folder.join(format!("{}.{key}", name.text()));
		let error = |source| failed("write a note", &path, source);
		let file = private_file(&path, true).map_err(error)?;
		file.try_lock().map_err(|_| JournalError::Busy)?;
		let kept = ReadingNote { path: path.clone(), file };
		kept.write(&note).and_then(|()| sync_folder(&folder)).map_err(error)?;
		Ok(kept)
	}

	/// Returns an unlocked note about this reading. Removes every note that is over at `now`.
	pub(crate) fn kept_reading(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		now: Moment,
	) -> Option<InterruptedReading> {
		let wanted = subject.fingerprint(reader);
		let mut found = None;
		for entry in fs::read_dir(self.path().join("readings")).ok()?.flatten() {
			let path = entry.path();
			let Ok(file) = private_file_there(&path) else {
				continue;
			};
			// Another process is using it.
			if file.try_lock().is_err() {
				continue;
			}
			let note = read(&file).filter(|(note, _)| note.format == FORMAT && note.expires > now);
			let Some((note, sent)) = note else {
				let _ = remove(&path);
				continue;
			};
			let is_wanted = entry
				.file_name()
				.to_str()
				.and_then(|name| name.split('.').next())
				.is_some_and(|name| name == wanted.text());
			if !is_wanted || found.is_some() {
				continue;
			}
			let one_time = reader
				.readings()
				.ok()
				.and_then(|secret| unwrap(&secret, &subject.context(), &note.seed).ok())
				.and_then(|seed| OneTime::from_seed(seed).ok());
			if let Some(one_time) = one_time {
				found =
					Some(InterruptedReading { kept: ReadingNote { path, file }, one_time, sent });
			}
		}
		found
	}
}

/// Opens an existing note for reading and writing.
fn private_file_there(path: &Path) -> io::Result<File> {
	OpenOptions::new().read(true).write(true).open(path)
}

#[cfg(test)]
mod tests {
	use super::*;

	const SUBJECT: ReadingSubject = ReadingSubject {
		genesis: [1; 32],
		record: RecordId([2; 32]),
		version: 3,
		purpose: Purpose::TREAT,
	};

	fn notes(state: &StateDir) -> usize {
		fs::read_dir(state.path().join("readings")).map_or(0, |notes| notes.count())
	}

	#[test]
	fn only_its_reader_finds_an_interrupted_reading() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		assert!(state.kept_reading(&reader, &SUBJECT, 0).is_none());
		let one_time = OneTime::generate().unwrap();
		let public = one_time.secret().public();
		let kept = state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		let sent = SignedTransaction::example(5);
		kept.note(&sent).unwrap();
		// Another process that reads at the same time makes its own request.
		assert!(state.kept_reading(&reader, &SUBJECT, 10).is_none());
		drop(kept);

		for other in [
			ReadingSubject { genesis: [9; 32], ..SUBJECT },
			ReadingSubject { record: RecordId([9; 32]), ..SUBJECT },
			ReadingSubject { version: 4, ..SUBJECT },
			ReadingSubject { purpose: Purpose::BTG, ..SUBJECT },
		] {
			assert!(state.kept_reading(&reader, &other, 10).is_none());
		}
		let stranger = Signer::generate().unwrap();
		assert!(state.kept_reading(&stranger, &SUBJECT, 10).is_none());

		let again = state.kept_reading(&reader, &SUBJECT, 10).unwrap();
		assert_eq!(again.one_time.secret().public(), public);
		assert_eq!(again.sent, std::slice::from_ref(&sent));
		// Its nonce was taken, so another transaction makes the request.
		again.kept.note(&SignedTransaction::example(6)).unwrap();
		drop(again);
		let again = state.kept_reading(&reader, &SUBJECT, 10).unwrap();
		assert_eq!(again.sent, [sent, SignedTransaction::example(6)]);
		again.kept.forget();
		assert_eq!(notes(&state), 0);
	}

	#[test]
	fn an_expired_or_damaged_note_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let mut keys = Vec::new();
		for now in [1_000, 2_000, 3_000] {
			let one_time = OneTime::generate().unwrap();
			let kept = state.keep_reading(&reader, &SUBJECT, now, &one_time).unwrap();
			if now == 3_000 {
				fs::write(&kept.path, b"{\"format\":2").unwrap();
			}
			keys.push(one_time.secret().public());
		}
		let found = state.kept_reading(&reader, &SUBJECT, 1_000 + KEPT).unwrap();
		assert_eq!(found.one_time.secret().public(), keys[1]);
		assert_eq!(notes(&state), 1);
	}

	/// The power fails while a transaction is written: it was not sent.
	#[test]
	fn a_damaged_transaction_is_ignored() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let kept = state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		kept.note(&SignedTransaction::example(5)).unwrap();
		let whole = fs::read(&kept.path).unwrap();
		kept.note(&SignedTransaction::example(6)).unwrap();
		let text = fs::read(&kept.path).unwrap();
		for length in whole.len()..text.len() - 1 {
			fs::write(&kept.path, &text[..length]).unwrap();
			let (_, sent) = read(&File::open(&kept.path).unwrap()).unwrap();
			assert_eq!(sent, [SignedTransaction::example(5)], "{length}");
		}
	}

	#[cfg(unix)]
	#[test]
	fn a_note_is_private_and_holds_no_plain_key() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let kept = state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		let mode = kept.path.metadata().unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let text = fs::read_to_string(&kept.path).unwrap();
		assert!(!text.contains(&hex::encode(&one_time.seed[..8])));
	}
}
