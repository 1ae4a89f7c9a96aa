//! Readings under way, so that an interrupted one is resumed and not requested again.
//!
//! Each has a note in `<state>/readings`, which only its owner can read. The note is written before
//! the request is sent, because a request that is on its way counts even if this process ends. It
//! holds the secret that opens the hospitals' shares, sealed to a key that follows from the
//! reader's secret; and the signed transaction, which is public. That transaction takes effect
//! once, even if it is sent repeatedly, so an interrupted reading follows it instead of signing
//! another. The note is removed when the record is open, when its release is over, or when no block
//! can take the transaction.
//!
//! A note is locked while a process reads or writes it. Its name says which reading it is of, so
//! that a reading locks no note of another one. It gets that name once it is locked and whole.
//!
//! A program that reads for several clients ([`StateDir::for_client`]) has the notes of each in
//! `<state>/clients/<hash>/readings`, so that each client makes its own request. It had them in
//! `<state>/readings` before. What is left there becomes the note of the client that continues it.

use std::{
	fs::{self, File, OpenOptions},
	io::{self, BufRead, BufReader, Seek, Write},
	path::{Path, PathBuf},
	time::Duration,
};

use salus_envelope::{unwrap, wrap, Binding, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::{Hash32, Moment, Purpose, RecordId, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	chain::submit::SignedTransaction,
	files::private::{is_still, private_file, sync_folder},
	state::folder::{failed, private_folder, remove, Fingerprint, JournalError, StateDir, CLIENTS},
	KeyError, Signer,
};

const FORMAT: u32 = 2;

/// Lifetime of a note, in milliseconds: longer than a request can wait for its block plus the
/// lifetime of its release.
const KEPT: Moment = 7 * 24 * 3_600_000;

/// Time without a change after which a note that is not whole is removed. Before, a process may be
/// about to write or to lock it.
const FRESH: Duration = Duration::from_secs(60);

/// Folder of the notes.
const READINGS: &str = "readings";

/// End of the name of a note that is not written yet.
const UNWRITTEN: &str = "new";

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

impl NoteHeader {
	/// Returns whether nobody can use the note at this time.
	fn is_over(&self, now: Moment) -> bool {
		self.format != FORMAT || self.expires <= now
	}
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

	/// Unlocks the note of a record that is open, so that another reading can continue with it.
	pub(crate) fn unlock(self) -> OpenedNote {
		OpenedNote(self.path)
	}
}

/// Note about a record that is open, until its content has reached the reader. If it is dropped,
/// the note stays, and the next reading of the version continues with the same request for as long
/// as the release is in force.
#[derive(Debug)]
pub struct OpenedNote(PathBuf);

impl OpenedNote {
	/// Removes the note, because the content has reached the reader.
	pub fn forget(self) {
		// A note that stays opens nothing once its release is over.
		let _ = remove(&self.0);
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
		let folder = self.make_readings()?;
		let seed = wrap(&reader.readings()?.public(), &subject.context(), &one_time.seed)
			.map_err(KeyError::from)?;
		let note = NoteHeader { format: FORMAT, expires: now.saturating_add(KEPT), seed };
		let name = subject.fingerprint(reader);
		let key = hex::encode(one_time.secret().public());
		let path = folder.join(format!("{}.{key}", name.text()));
		let unwritten = folder.join(format!("{key}.{UNWRITTEN}"));
		let error = |source| failed("write a note", &path, source);
		let file = private_file(&unwritten, true).map_err(error)?;
		file.try_lock().map_err(|_| JournalError::Busy)?;
		let kept = ReadingNote { path: path.clone(), file };
		kept.write(&note)
			.and_then(|()| fs::rename(&unwritten, &path))
			.and_then(|()| sync_folder(&folder))
			.map_err(error)?;
		Ok(kept)
	}

	/// Returns an unlocked note about this reading. Removes notes that are over at `now`.
	pub(crate) fn kept_reading(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		now: Moment,
	) -> Option<InterruptedReading> {
		let found = note_in(&self.readings(), reader, subject, now);
		if self.of_client.is_none() {
			return found;
		}
		self.sweep_clients(now);
		let shared = || note_in(&self.path().join(READINGS), reader, subject, now);
		found.or_else(|| shared().map(|found| self.taken_over(found)))
	}

	/// Returns the folder of the notes.
	fn readings(&self) -> PathBuf {
		self.of_client.as_deref().unwrap_or(self.path()).join(READINGS)
	}

	/// Returns the folder of the notes, which is created where it is missing.
	fn make_readings(&self) -> Result<PathBuf, JournalError> {
		let folder = self.readings();
		private_folder(self.path())?;
		if let Some(own) = &self.of_client {
			private_folder(&self.path().join(CLIENTS))?;
			private_folder(own)?;
		}
		private_folder(&folder)?;
		Ok(folder)
	}

	/// Makes a note of the account one of this client, so that no other client continues with it.
	fn taken_over(&self, mut found: InterruptedReading) -> InterruptedReading {
		let own = self.make_readings().ok();
		let path = own.zip(found.kept.path.file_name()).map(|(folder, name)| folder.join(name));
		// Where it cannot be moved, it is continued all the same: a new request would use a grant
		// again.
		if let Some(path) = path.filter(|path| fs::rename(&found.kept.path, path).is_ok()) {
			found.kept.path = path;
		}
		found
	}

	/// Removes the notes of all clients that nobody can use: a client that is gone reads no more.
	fn sweep_clients(&self, now: Moment) {
		let clients = fs::read_dir(self.path().join(CLIENTS)).into_iter().flatten().flatten();
		let folders = clients.map(|client| client.path().join(READINGS));
		for note in folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
			sweep(&note.path(), now);
		}
	}
}

/// Returns an unlocked note about a reading in a folder. Removes those that are over at `now`.
fn note_in(
	folder: &Path,
	reader: &Signer,
	subject: &ReadingSubject,
	now: Moment,
) -> Option<InterruptedReading> {
	let wanted = subject.fingerprint(reader);
	let mut found = None;
	for entry in fs::read_dir(folder).ok()?.flatten() {
		let (path, name) = (entry.path(), entry.file_name());
		let name = name.to_str().unwrap_or_default();
		if found.is_some() || name.split('.').next() != Some(wanted.text()) {
			sweep(&path, now);
			continue;
		}
		let Some(file) = locked(&path) else { continue };
		let note = read(&file);
		let is_over = note.as_ref().map_or(is_old(&path, FRESH), |(note, _)| note.is_over(now));
		if is_over {
			let _ = remove(&path);
		}
		let Some((note, sent)) = note.filter(|_| !is_over) else { continue };
		let one_time = reader
			.readings()
			.ok()
			.and_then(|secret| unwrap(&secret, &subject.context(), &note.seed).ok())
			.and_then(|seed| OneTime::from_seed(seed).ok());
		if let Some(one_time) = one_time {
			found = Some(InterruptedReading { kept: ReadingNote { path, file }, one_time, sent });
		}
	}
	found
}

/// Opens and locks a note. Returns `None` if another process is using it, or has removed it.
fn locked(path: &Path) -> Option<File> {
	let file = private_file_there(path).ok()?;
	file.try_lock().ok()?;
	is_still(&file, path).then_some(file)
}

/// Returns whether a file was not changed for this time, by this machine's clock.
fn is_old(path: &Path, time: Duration) -> bool {
	let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
	changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|elapsed| elapsed >= time))
}

/// Removes a note that is not resumed here, if nobody can use it. Locks no other one: a
/// process that resumes that reading would take it for one in use.
fn sweep(path: &Path, now: Moment) {
	let is_unwritten = path.extension().is_some_and(|end| end == UNWRITTEN);
	// Until it is old enough, a whole note is not even opened.
	let time = if is_unwritten { FRESH } else { Duration::from_millis(KEPT) };
	if !is_old(path, time) {
		return;
	}
	let note = private_file_there(path).ok().and_then(|file| read(&file));
	let is_over = is_unwritten || note.is_none_or(|(note, _)| note.is_over(now));
	if is_over && locked(path).is_some() {
		let _ = remove(path);
	}
}

/// Opens an existing note for reading and writing.
fn private_file_there(path: &Path) -> io::Result<File> {
	OpenOptions::new().read(true).write(true).open(path)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		sync::atomic::{AtomicBool, Ordering},
		time::SystemTime,
	};

	const SUBJECT: ReadingSubject = ReadingSubject {
		genesis: [1; 32],
		record: RecordId([2; 32]),
		version: 3,
		purpose: Purpose::TREAT,
	};

	/// Returns a state folder, which lasts as long as the first value, a reader, and a one-time
	/// key.
	fn beginning() -> (tempfile::TempDir, StateDir, Signer, OneTime) {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		(folder, state, Signer::generate().unwrap(), OneTime::generate().unwrap())
	}

	fn notes(state: &StateDir) -> usize {
		fs::read_dir(state.path().join("readings")).map_or(0, |notes| notes.count())
	}

	#[test]
	fn only_its_reader_finds_an_interrupted_reading() {
		let (_folder, state, reader, one_time) = beginning();
		assert!(state.kept_reading(&reader, &SUBJECT, 0).is_none());
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
		// The transaction's nonce was taken, so another one makes the request.
		again.kept.note(&SignedTransaction::example(6)).unwrap();
		drop(again);
		let again = state.kept_reading(&reader, &SUBJECT, 10).unwrap();
		assert_eq!(again.sent, [sent, SignedTransaction::example(6)]);
		again.kept.forget();
		assert_eq!(notes(&state), 0);
	}

	#[test]
	fn an_opened_reading_continues_until_it_is_forgotten() {
		let (_folder, state, reader, one_time) = beginning();
		let opened = || state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap().unlock();
		drop(opened());
		assert_eq!(notes(&state), 1, "it did not reach its reader");
		let first = opened();
		let again = state.kept_reading(&reader, &SUBJECT, 10).unwrap();
		assert_eq!(again.one_time.secret().public(), one_time.secret().public());
		first.forget();
		assert_eq!(notes(&state), 0);
		again.kept.unlock().forget();
	}

	#[test]
	fn clients_of_one_account_have_their_own_readings() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let [his, ward] = ["his", "../ward/\u{1f6cf}"].map(|client| state.for_client(client));
		drop(his.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap());
		let keeps = |state: &StateDir| state.kept_reading(&reader, &SUBJECT, 10).is_some();
		assert_eq!([keeps(&ward), keeps(&state), keeps(&his)], [false, false, true]);
		drop(ward.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap());
		state.for_client("his").kept_reading(&reader, &SUBJECT, 10).unwrap().kept.forget();
		assert_eq!([keeps(&his), keeps(&ward)], [false, true]);
		assert_eq!(fs::read_dir(state.path().join(CLIENTS)).unwrap().count(), 2);
		// Everything else is shared.
		assert_eq!(his.path(), state.path());
	}

	#[test]
	fn a_note_of_the_account_goes_to_one_client() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let sent = SignedTransaction::example(5);
		let kept = state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		kept.note(&sent).unwrap();
		drop(kept);
		let [his, ward] = ["his", "ward"].map(|client| state.for_client(client));
		let found = his.kept_reading(&reader, &SUBJECT, 10).unwrap();
		assert_eq!(found.one_time.secret().public(), one_time.secret().public());
		assert_eq!(found.sent, [sent]);
		let opened = found.kept.unlock();
		assert!(ward.kept_reading(&reader, &SUBJECT, 10).is_none());
		assert!(his.kept_reading(&reader, &SUBJECT, 10).is_some());
		assert_eq!(notes(&state), 0);
		opened.forget();
		assert!(his.kept_reading(&reader, &SUBJECT, 10).is_none());
	}

	#[test]
	fn a_note_of_a_client_that_is_gone_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let [gone, his] = ["gone", "his"].map(|client| state.for_client(client));
		let kept = gone.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		let path = kept.path.clone();
		age(&path, Duration::from_millis(KEPT));
		drop(kept);
		assert!(his.kept_reading(&reader, &SUBJECT, KEPT - 1).is_none() && path.exists());
		assert!(his.kept_reading(&reader, &SUBJECT, KEPT).is_none() && !path.exists());
	}

	#[test]
	fn an_expired_or_damaged_note_is_removed() {
		let (_folder, state, reader, _) = beginning();
		let mut keys = Vec::new();
		for now in [1_000, 2_000, 3_000] {
			let one_time = OneTime::generate().unwrap();
			let kept = state.keep_reading(&reader, &SUBJECT, now, &one_time).unwrap();
			if now == 3_000 {
				fs::write(&kept.path, b"{\"format\":2").unwrap();
			}
			age(&kept.path, Duration::from_millis(KEPT));
			keys.push(one_time.secret().public());
		}
		let found = state.kept_reading(&reader, &SUBJECT, 1_000 + KEPT).unwrap();
		assert_eq!(found.one_time.secret().public(), keys[1]);
		assert_eq!(notes(&state), 1);
	}

	/// Makes a file look as if it was last changed this long ago.
	fn age(path: &Path, time: Duration) {
		private_file_there(path).unwrap().set_modified(SystemTime::now() - time).unwrap();
	}

	const OTHER: ReadingSubject = ReadingSubject { version: 4, ..SUBJECT };

	/// Calls `act` again and again while another thread looks for a reading.
	fn beside_a_scan(scanned: &ReadingSubject, act: impl Fn(&StateDir, &Signer)) {
		let (_folder, state, reader, one_time) = beginning();
		drop(state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap());
		let ends = AtomicBool::new(false);
		std::thread::scope(|scope| {
			let scan = scope.spawn(|| {
				while !ends.load(Ordering::Relaxed) {
					drop(state.kept_reading(&reader, scanned, 10));
				}
			});
			let acting = std::panic::AssertUnwindSafe(|| {
				for _ in 0..200 {
					act(&state, &reader);
				}
			});
			let acted = std::panic::catch_unwind(acting);
			ends.store(true, Ordering::Relaxed);
			scan.join().unwrap();
			acted.unwrap();
		});
	}

	#[test]
	fn a_reading_locks_no_note_of_another() {
		beside_a_scan(&OTHER, |state, reader| {
			assert!(state.kept_reading(reader, &SUBJECT, 10).is_some());
		});
	}

	#[test]
	fn nobody_takes_a_note_that_is_being_written() {
		let one_time = OneTime::generate().unwrap();
		beside_a_scan(&OTHER, |state, reader| {
			let kept = state.keep_reading(reader, &OTHER, 0, &one_time).unwrap();
			assert!(kept.path.exists());
			kept.forget();
		});
	}

	#[test]
	fn a_fresh_note_stays_although_it_is_empty() {
		let (_folder, state, reader, one_time) = beginning();
		state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap().forget();
		let path = |name: &str| state.path().join("readings").join(name);
		let own = path(&format!("{}.1", SUBJECT.fingerprint(&reader).text()));
		let other = path(&format!("{}.1", OTHER.fingerprint(&reader).text()));
		let unwritten = path("1.new");
		let left = || {
			assert!(state.kept_reading(&reader, &SUBJECT, 10).is_none());
			[&own, &other, &unwritten].map(|path| path.exists())
		};
		for path in [&own, &other, &unwritten] {
			private_file(path, true).unwrap();
		}
		assert_eq!(left(), [true; 3]);
		for path in [&own, &other, &unwritten] {
			age(path, FRESH);
		}
		assert_eq!(left(), [false, true, false]);
		age(&other, Duration::from_millis(KEPT));
		assert_eq!(left(), [false; 3]);
	}

	#[test]
	fn a_reading_sweeps_only_old_notes_of_others() {
		let (_folder, state, reader, one_time) = beginning();
		let kept = state.keep_reading(&reader, &OTHER, 0, &one_time).unwrap();
		age(&kept.path, Duration::from_millis(KEPT));
		let left = |now| {
			assert!(state.kept_reading(&reader, &SUBJECT, now).is_none());
			notes(&state)
		};
		assert_eq!((left(KEPT - 1), left(KEPT)), (1, 1), "it is locked");
		drop(kept);
		assert_eq!((left(KEPT - 1), left(KEPT)), (1, 0));
	}

	/// The power fails while a transaction is written: it was not sent.
	#[test]
	fn a_damaged_transaction_is_ignored() {
		let (_folder, state, reader, one_time) = beginning();
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
		let (_folder, state, reader, one_time) = beginning();
		let kept = state.keep_reading(&reader, &SUBJECT, 0, &one_time).unwrap();
		let mode = kept.path.metadata().unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let text = fs::read_to_string(&kept.path).unwrap();
		assert!(!text.contains(&hex::encode(&one_time.seed[..8])));
	}
}
