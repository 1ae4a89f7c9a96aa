//! The files that this machine has added, so that none is added twice by mistake.
//!
//! `<state>/added` has one entry of fixed size for each, in files of bounded size: a mark of the
//! file's size, a mark of its content, and the record that it became. The marks are keyed by the
//! author's secret, so nobody else can confirm a guess with them.

use std::{
	fs::File,
	io::{self, Read, Seek, Write},
	path::PathBuf,
};

use hkdf::Hkdf;
use salus_primitives::{Hash32, RecordId, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
	files::private::private_file,
	state::folder::{failed, private_folder, JournalError, StateDir},
	Account, KeyError, Signer,
};

/// Size of an entry, in bytes: the two marks, record, version.
const ENTRY: usize = SIZE_MARK + CONTENT_MARK + 32 + 4;
const SIZE_MARK: usize = 8;
const CONTENT_MARK: usize = 24;
/// Most entries in one file. There are 256 files; a full one forgets its older half.
const MAX_ENTRIES: usize = 4096;

/// Makes marks of one author's files for one patient.
pub(crate) struct Marker {
	key: Zeroizing<[u8; 32]>,
	genesis: Hash32,
	patient: Account,
}

/// Distinguishes a plaintext from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
	#[serde(with = "crate::json::hex")]
	size: [u8; SIZE_MARK],
	#[serde(with = "crate::json::hex")]
	content: [u8; CONTENT_MARK],
}

/// A record that a file became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RememberedRecord {
	content: [u8; CONTENT_MARK],
	pub(crate) record: RecordId,
	pub(crate) version: Version,
}

impl Marker {
	pub(crate) fn new(
		author: &Signer,
		genesis: Hash32,
		patient: Account,
	) -> Result<Self, KeyError> {
		let key = author.memory()?;
		Ok(Self { key, genesis, patient })
	}

	/// Computes an HMAC-SHA256, which is the extraction step of HKDF. All parts have fixed sizes.
	fn mac<const N: usize>(&self, parts: &[&[u8]]) -> [u8; N] {
		let mut message = [&self.genesis[..], &self.patient.0].concat();
		for part in parts {
			message.extend_from_slice(part);
		}
		let (mac, _) = Hkdf::<Sha256>::extract(Some(&*self.key), &message);
		let mut mark = [0; N];
		for (to, from) in mark.iter_mut().zip(mac) {
			*to = from;
		}
		mark
	}

	/// Computes the salt of the record that is added once under an identifier.
	pub(crate) fn salt(&self, identifier: &str) -> Hash32 {
		self.mac(&[b"salus/record/identifier", &Sha256::digest(identifier)])
	}

	fn of_size(&self, size: u64) -> [u8; SIZE_MARK] {
		self.mac(&[&size.to_be_bytes()])
	}

	pub(crate) fn mark(&self, size: u64, sha256: &[u8; 32]) -> Mark {
		Mark { size: self.of_size(size), content: self.mac(&[&size.to_be_bytes(), sha256]) }
	}
}

/// Hashes the rest of a file with SHA-256.
pub(crate) fn sha256(mut file: impl Read) -> io::Result<[u8; 32]> {
	let mut hash = Sha256::new();
	let mut buffer = Zeroizing::new(vec![0; 256 * 1024]);
	loop {
		match file.read(&mut buffer)? {
			0 => return Ok(hash.finalize().into()),
			read => hash.update(buffer.get(..read).unwrap_or_default()),
		}
	}
}

impl StateDir {
	fn memory(&self, size: &[u8; SIZE_MARK]) -> PathBuf {
		let [first, ..] = *size;
		self.path().join("added").join(format!("{first:02x}"))
	}

	/// Returns the files of this size that were added for the patient. Usually there is none, and
	/// nothing needs to be hashed.
	pub(crate) fn added_of_size(&self, marker: &Marker, size: u64) -> Vec<RememberedRecord> {
		let mark = marker.of_size(size);
		let entries = std::fs::read(self.memory(&mark)).unwrap_or_default();
		entries
			.chunks_exact(ENTRY)
			.filter_map(|entry| {
				let (size, rest) = entry.split_first_chunk::<SIZE_MARK>()?;
				let (content, rest) = rest.split_first_chunk::<CONTENT_MARK>()?;
				let (record, version) = rest.split_first_chunk::<32>()?;
				(*size == mark).then_some(RememberedRecord {
					content: *content,
					record: RecordId(*record),
					version: Version::from_be_bytes(version.try_into().ok()?),
				})
			})
			.collect()
	}

	/// Remembers a file that was added.
	pub(crate) fn remember_added(
		&self,
		mark: &Mark,
		record: RecordId,
		version: Version,
	) -> Result<(), JournalError> {
		let path = self.memory(&mark.size);
		private_folder(self.path())?;
		private_folder(&self.path().join("added"))?;
		let entry = [&mark.size[..], &mark.content, &record.0, &version.to_be_bytes()].concat();
		private_file(&path, false)
			.and_then(|file| append(file, &entry))
			.map_err(|source| failed("remember a file", &path, source))
	}
}

impl RememberedRecord {
	pub(crate) fn is(&self, mark: &Mark) -> bool {
		self.content == mark.content
	}
}

fn append(mut file: File, entry: &[u8]) -> io::Result<()> {
	file.lock()?;
	let length = file.metadata()?.len();
	// An entry that was cut by a power failure is dropped.
	let mut whole = length - length % ENTRY as u64;
	if whole >= (MAX_ENTRIES * ENTRY) as u64 {
		let mut entries = Vec::new();
		file.read_to_end(&mut entries)?;
		let kept = entries.get(MAX_ENTRIES / 2 * ENTRY..whole as usize).unwrap_or_default();
		file.rewind()?;
		file.write_all(kept)?;
		whole = kept.len() as u64;
	}
	file.set_len(whole)?;
	file.seek(io::SeekFrom::Start(whole))?;
	file.write_all(entry)?;
	file.sync_data()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn marker(author: &Signer) -> Marker {
		Marker::new(author, [1; 32], Account::from([2; 32])).unwrap()
	}

	#[test]
	fn a_file_is_known_to_its_author_for_its_patient() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let author = Signer::generate().unwrap();
		let marks = marker(&author);
		let mark = marks.mark(3, &sha256(&b"abc"[..]).unwrap());
		assert_eq!(state.added_of_size(&marks, 3), []);
		state.remember_added(&mark, RecordId([7; 32]), 2).unwrap();
		state.remember_added(&marks.mark(4, &[0; 32]), RecordId([8; 32]), 1).unwrap();

		let known = state.added_of_size(&marks, 3);
		assert_eq!(known.len(), 1);
		assert!(known[0].is(&mark) && !known[0].is(&marks.mark(3, &[0; 32])));
		assert_eq!((known[0].record, known[0].version), (RecordId([7; 32]), 2));

		let stranger = marker(&Signer::generate().unwrap());
		let other_patient = Marker::new(&author, [1; 32], Account::from([3; 32])).unwrap();
		let other_chain = Marker::new(&author, [9; 32], Account::from([2; 32])).unwrap();
		for other in [stranger, other_patient, other_chain] {
			assert_eq!(state.added_of_size(&other, 3), []);
		}
	}

	#[test]
	fn memory_is_bounded_and_survives_a_cut() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("00");
		let entry = |number: u32| [&[0; ENTRY - 4][..], &number.to_be_bytes()].concat();
		let all: Vec<u8> = (0..MAX_ENTRIES as u32).flat_map(entry).collect();
		std::fs::write(&path, &all).unwrap();
		append(private_file(&path, false).unwrap(), &entry(9_999)).unwrap();
		let now = std::fs::read(&path).unwrap();
		assert_eq!(now.len(), (MAX_ENTRIES / 2 + 1) * ENTRY);
		assert_eq!(now[..ENTRY], entry(MAX_ENTRIES as u32 / 2));

		std::fs::write(&path, &now[..now.len() - 3]).unwrap();
		append(private_file(&path, false).unwrap(), &entry(1)).unwrap();
		let last = std::fs::read(&path).unwrap();
		assert_eq!(last.len(), now.len());
		assert!(last.ends_with(&entry(1)));
	}
}
