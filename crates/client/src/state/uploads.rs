//! Uploads under way, so that an interrupted one continues.
//!
//! Each has two files in `<state>/uploads`, which only their owner can read: the sealed envelope,
//! and a note with what the transaction will register. The record's key is in the note, sealed to a
//! key that follows from the author's secret. Neither file holds a key, title, file name or content
//! in the clear, and their own name is a hash of author, patient and file.
//!
//! The note stays after registration, until the caller reports that the upload is done
//! ([`StateDir::settle`]). A command that is repeated before that never registers a second record.

use std::{
	collections::BTreeSet,
	fs::{self, File, TryLockError},
	io::{self, Write},
	path::{Path, PathBuf},
};

use salus_envelope::{unwrap, wrap, Binding, Dek, WrapContext, WrapKind};
use salus_primitives::{Category, Content, Hash32, OrganisationId, RecordId, Version};
use serde::{Deserialize, Serialize};

use super::{
	folder::{failed, private_folder, remove, Fingerprint, JournalError, StateDir},
	memory::Mark,
};
use crate::{
	files::private::{is_still, private_file, sync_folder},
	Account, KeyError, Signer,
};

/// Note about a sealed upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
	/// Format of this note.
	pub(crate) format: u32,
	/// Genesis hash, which names the chain.
	#[serde(with = "crate::json::hex")]
	pub(crate) genesis: Hash32,
	/// Account that adds the record.
	pub(crate) author: Account,
	/// Patient whose record it becomes.
	pub(crate) patient: Account,
	/// The organisation for which the author acts.
	pub(crate) organisation: OrganisationId,
	/// Category of the record.
	pub(crate) category: Category,
	/// The record that the file becomes.
	pub(crate) record: RecordId,
	/// The version that the file becomes.
	pub(crate) version: Version,
	/// Salt of the record's identifier.
	#[serde(with = "crate::json::hex")]
	pub(crate) salt: Hash32,
	/// Root, size and commitment, as the transaction registers them.
	pub(crate) content: Content,
	/// The record's key, sealed.
	#[serde(with = "crate::json::hex")]
	pub(crate) key: [u8; 80],
	/// Mark by which the author recognises the plaintext. `None` in a note of an older release.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub(crate) mark: Option<Mark>,
	/// Whether the version is registered. The envelope is gone then.
	pub(crate) is_registered: bool,
}

pub(crate) const FORMAT: u32 = 1;

impl Note {
	fn context(genesis: Hash32, record: RecordId, version: Version) -> WrapContext {
		WrapContext { genesis, kind: WrapKind::Record(Binding { record: record.0, version }) }
	}

	/// Seals a record's key for a note.
	pub(crate) fn seal_key(
		signer: &Signer,
		genesis: Hash32,
		record: RecordId,
		version: Version,
		dek: &Dek,
	) -> Result<[u8; 80], KeyError> {
		let context = Self::context(genesis, record, version);
		Ok(wrap(&signer.journal()?.public(), &context, dek.expose())?)
	}

	/// Opens the record's key.
	pub(crate) fn open_key(&self, signer: &Signer) -> Result<Dek, KeyError> {
		let context = Self::context(self.genesis, self.record, self.version);
		Ok(unwrap(&signer.journal()?, &context, &self.key)?.into())
	}
}

/// Number and size of the uploads under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
	/// Number of uploads.
	pub uploads: usize,
	/// Size of their envelopes, in bytes.
	pub bytes: u64,
}

/// An upload that is sealed, but not registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unfinished {
	/// Account that adds the record.
	pub author: Account,
	/// Patient whose record it becomes.
	pub patient: Account,
	/// The record that the file becomes.
	pub record: RecordId,
	/// The version that the file becomes; 1 for a new record.
	pub version: Version,
	/// Path of the sealed content. The note is beside it, as `.json`.
	pub envelope: PathBuf,
}

impl StateDir {
	/// Returns number and size of the uploads under way.
	pub fn pending(&self) -> Pending {
		let mut pending = Pending::default();
		let Ok(files) = fs::read_dir(self.path().join("uploads")) else {
			return pending;
		};
		for file in files.flatten() {
			if file.path().extension().is_some_and(|end| end == "envelope") {
				pending.uploads += 1;
				pending.bytes += file.metadata().map_or(0, |metadata| metadata.len());
			}
		}
		pending
	}

	/// Returns the uploads under way that have a note.
	pub fn unfinished(&self) -> Vec<Unfinished> {
		let files = fs::read_dir(self.path().join("uploads"));
		let mut found: Vec<_> = files
			.into_iter()
			.flatten()
			.flatten()
			.map(|file| file.path())
			.filter(|path| path.extension().is_some_and(|end| end == "envelope"))
			.filter_map(|envelope| {
				let text = fs::read(envelope.with_extension("json")).ok()?;
				let note: Note = serde_json::from_slice(&text).ok()?;
				Some(Unfinished {
					author: note.author,
					patient: note.patient,
					record: note.record,
					version: note.version,
					envelope,
				})
			})
			.collect();
		found.sort_by(|a, b| a.envelope.cmp(&b.envelope));
		found
	}

	/// Discards the uploads that no process is working on, and returns their number. For what a
	/// killed program left that can continue none ([`StateDir::without_uploads`]).
	pub fn discard_uploads(&self) -> Result<usize, JournalError> {
		let files = fs::read_dir(self.path().join("uploads")).into_iter().flatten().flatten();
		let names: BTreeSet<_> =
			files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
		let mut discarded = 0;
		for name in names.iter().filter_map(|name| Fingerprint::named(name)) {
			match self.slot(&name) {
				Ok(slot) => slot.clear()?,
				Err(JournalError::Busy) => continue,
				Err(error) => return Err(error),
			}
			discarded += 1;
		}
		Ok(discarded)
	}

	/// Returns whether an upload is registered and not yet settled. Only a hint, because it takes
	/// no lock.
	pub(crate) fn is_registered(&self, name: &Fingerprint) -> bool {
		let note = self.path().join("uploads").join(format!("{}.json", name.text()));
		fs::read(note)
			.ok()
			.and_then(|text| serde_json::from_slice::<Note>(&text).ok())
			.is_some_and(|note| note.format == FORMAT && note.is_registered)
	}

	/// Opens the slot of an upload, locked against other processes.
	pub(crate) fn slot(&self, name: &Fingerprint) -> Result<Slot, JournalError> {
		let folder = self.path().join("uploads");
		private_folder(self.path())?;
		private_folder(&folder)?;
		let lock_path = folder.join(format!("{}.lock", name.text()));
		loop {
			let lock = private_file(&lock_path, false)
				.map_err(|source| failed("open a lock", &lock_path, source))?;
			match lock.try_lock() {
				Ok(()) => {}
				Err(TryLockError::WouldBlock) => return Err(JournalError::Busy),
				Err(TryLockError::Error(source)) => {
					return Err(failed("lock a file", &lock_path, source))
				}
			}
			// The previous holder may have removed the lock while it was opened here.
			if is_still(&lock, &lock_path) {
				return Ok(Slot {
					is_kept: self.keeps_uploads,
					name: name.clone(),
					_lock: lock,
					lock_path,
					note: folder.join(format!("{}.json", name.text())),
					spool: folder.join(format!("{}.envelope", name.text())),
					folder,
				});
			}
		}
	}
}

/// The files of one upload, locked.
#[derive(Debug)]
pub(crate) struct Slot {
	/// Whether the files stay when this is dropped.
	is_kept: bool,
	name: Fingerprint,
	_lock: File,
	lock_path: PathBuf,
	folder: PathBuf,
	note: PathBuf,
	spool: PathBuf,
}

impl Slot {
	/// Returns the name of the upload.
	pub(crate) fn name(&self) -> &Fingerprint {
		&self.name
	}

	/// Returns the path of the envelope.
	pub(crate) fn spool(&self) -> &Path {
		&self.spool
	}

	/// Reads the note of an earlier run, if it is whole, and its envelope too where one is still
	/// needed.
	pub(crate) fn load(&self) -> Option<Note> {
		let note: Note = serde_json::from_slice(&fs::read(&self.note).ok()?).ok()?;
		let is_whole =
			|| fs::metadata(&self.spool).is_ok_and(|metadata| metadata.len() == note.content.size);
		(note.format == FORMAT && (note.is_registered || is_whole())).then_some(note)
	}

	/// Records that the version is registered, and removes the envelope. The note stays until the
	/// upload is settled.
	pub(crate) fn remember_registered(&self, note: &mut Note) -> Result<(), JournalError> {
		note.is_registered = true;
		self.save(note)?;
		remove(&self.spool)
	}

	/// Creates an empty envelope, after removing a note about an older one.
	pub(crate) fn create_spool(&self) -> Result<File, JournalError> {
		remove(&self.note)?;
		private_file(&self.spool, true)
			.map_err(|source| failed("write an envelope", &self.spool, source))
	}

	/// Writes the note atomically, even if the power fails.
	pub(crate) fn save(&self, note: &Note) -> Result<(), JournalError> {
		let error = |source| failed("write a note", &self.note, source);
		let text = serde_json::to_vec_pretty(note).map_err(|e| error(io::Error::other(e)))?;
		let part = self.note.with_extension("part");
		let mut file = private_file(&part, true).map_err(error)?;
		file.write_all(&text).and_then(|()| file.sync_all()).map_err(error)?;
		fs::rename(&part, &self.note).map_err(error)?;
		sync_folder(&self.folder).map_err(error)
	}

	/// Removes what was sealed, and the note about it.
	pub(crate) fn discard(&self) -> Result<(), JournalError> {
		// The note first: an envelope without a note is ignored.
		remove(&self.note)?;
		remove(&self.spool)?;
		// A killed run may have left this.
		remove(&self.note.with_extension("part"))
	}

	/// Removes all files of the upload.
	pub(crate) fn clear(mut self) -> Result<(), JournalError> {
		// Once the lock's file is gone, another process may have files of these names.
		self.is_kept = true;
		self.remove_all()
	}

	fn remove_all(&self) -> Result<(), JournalError> {
		self.discard()?;
		remove(&self.lock_path)
	}
}

impl Drop for Slot {
	fn drop(&mut self) {
		if !self.is_kept {
			if let Err(error) = self.remove_all() {
				tracing::warn!("an upload that has ended stays in the state folder: {error}");
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Cid, CODEC_RAW};

	fn note(signer: &Signer, dek: &Dek) -> Note {
		let (record, genesis) = (RecordId([1; 32]), [2; 32]);
		Note {
			format: FORMAT,
			genesis,
			author: signer.account(),
			patient: signer.account(),
			organisation: 1,
			category: Category::Genomic,
			record,
			version: 1,
			salt: [3; 32],
			content: Content { root: Cid::new(CODEC_RAW, [4; 32]), size: 5, commitment: [6; 32] },
			key: Note::seal_key(signer, genesis, record, 1, dek).unwrap(),
			mark: None,
			is_registered: false,
		}
	}

	fn name(text: &str) -> Fingerprint {
		Fingerprint::over(&[text.as_bytes()])
	}

	#[test]
	fn a_note_is_found_with_its_envelope_and_not_without() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let signer = Signer::generate().unwrap();
		let dek = Dek::from_bytes([7; 32]);
		let slot = state.slot(&name("a")).unwrap();
		assert_eq!(slot.load(), None);
		slot.create_spool().unwrap().write_all(b"12345").unwrap();
		assert_eq!(slot.load(), None, "no note yet");
		let note = note(&signer, &dek);
		slot.save(&note).unwrap();
		drop(slot);

		let slot = state.slot(&name("a")).unwrap();
		let loaded = slot.load().unwrap();
		assert_eq!(loaded, note);
		assert_eq!(loaded.open_key(&signer).unwrap().expose(), dek.expose());
		assert!(loaded.open_key(&Signer::generate().unwrap()).is_err());
		assert_eq!(state.pending(), Pending { uploads: 1, bytes: 5 });
		let unfinished = state.unfinished();
		assert_eq!(unfinished.len(), 1);
		assert_eq!(unfinished[0].record, note.record);
		assert_eq!(unfinished[0].envelope, slot.spool());

		slot.create_spool().unwrap();
		assert_eq!(slot.load(), None, "a new envelope has no note");
		slot.clear().unwrap();
		assert_eq!(state.pending(), Pending::default());
		assert_eq!(fs::read_dir(folder.path().join("state/uploads")).unwrap().count(), 0);
	}

	#[test]
	fn a_damaged_note_or_envelope_is_ignored() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().into())).unwrap();
		let signer = Signer::generate().unwrap();
		let slot = state.slot(&name("a")).unwrap();
		slot.create_spool().unwrap().write_all(b"12345").unwrap();
		slot.save(&note(&signer, &Dek::from_bytes([7; 32]))).unwrap();
		fs::write(slot.spool(), b"1234").unwrap();
		assert_eq!(slot.load(), None);
		fs::write(slot.spool(), b"12345").unwrap();
		assert!(slot.load().is_some());
		fs::write(&slot.note, b"{").unwrap();
		assert_eq!(slot.load(), None);
	}

	#[test]
	fn two_processes_do_not_share_an_upload() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().into())).unwrap();
		let first = state.slot(&name("a")).unwrap();
		assert!(matches!(state.slot(&name("a")), Err(JournalError::Busy)));
		state.slot(&name("b")).unwrap();
		first.clear().unwrap();
		state.slot(&name("a")).unwrap();
	}

	#[test]
	fn only_uploads_that_are_under_way_are_kept() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().into())).unwrap();
		assert_eq!(state.discard_uploads().unwrap(), 0);
		let signer = Signer::generate().unwrap();
		let of = |text: &str| {
			let slot = state.slot(&name(text)).unwrap();
			slot.create_spool().unwrap().write_all(b"12345").unwrap();
			slot.save(&note(&signer, &Dek::from_bytes([7; 32]))).unwrap();
			slot
		};
		drop(of("sealed"));
		let registered = of("registered");
		let mut saved = registered.load().unwrap();
		registered.remember_registered(&mut saved).unwrap();
		fs::write(registered.note.with_extension("part"), b"{").unwrap();
		drop(registered);
		let held = of("held");
		fs::write(held.folder.join("README"), b"not an upload").unwrap();
		assert_eq!(state.discard_uploads().unwrap(), 2);
		assert!(held.load().is_some());
		assert_eq!(fs::read_dir(&held.folder).unwrap().count(), 4);
		drop(held);
		assert_eq!(state.discard_uploads().unwrap(), 1);
		assert_eq!(fs::read_dir(folder.path().join("uploads")).unwrap().count(), 1);
	}

	#[test]
	fn an_upload_that_nobody_continues_leaves_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().into())).unwrap().without_uploads();
		let signer = Signer::generate().unwrap();
		let count = || fs::read_dir(folder.path().join("uploads")).unwrap().count();
		let slot = state.slot(&name("a")).unwrap();
		slot.create_spool().unwrap().write_all(b"12345").unwrap();
		slot.save(&note(&signer, &Dek::from_bytes([7; 32]))).unwrap();
		assert_eq!(count(), 3);
		drop(slot);
		assert_eq!(count(), 0);
		// A cleared journal removes nothing of the next one.
		let slot = state.slot(&name("a")).unwrap();
		slot.create_spool().unwrap();
		slot.clear().unwrap();
		assert_eq!(count(), 0);
	}

	#[cfg(unix)]
	#[test]
	fn files_are_private_and_hold_no_plain_key() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let signer = Signer::generate().unwrap();
		let dek = Dek::generate().unwrap();
		let slot = state.slot(&name("a")).unwrap();
		slot.create_spool().unwrap();
		slot.save(&note(&signer, &dek)).unwrap();
		for file in [&slot.note, &slot.spool, &slot.lock_path] {
			assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
		}
		assert_eq!(slot.folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
		let text = fs::read_to_string(&slot.note).unwrap();
		assert!(!text.contains(&hex::encode(&dek.expose()[..8])));
	}
}
