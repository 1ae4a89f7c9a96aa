//! Which content each version of a document has that came by HL7 v2.
//!
//! The chain makes a document unique. It does not say which content a version has, and to open one
//! would be a request on the patient's log. So the gateway keeps an HMAC of each. An entry is
//! written after the version is final. In doubt, a message becomes a further version, rather than
//! being lost.

use std::path::Path;

use rusqlite::params;
use salus_client::primitives::RecordId;

use crate::{
	identifiers::IdentifierError,
	sealed::{File, Form},
};

/// Number of versions that are kept, the latest ones: about 200 MB.
const MAX: i64 = 1_000_000;

/// The versions.
#[derive(Clone)]
pub(crate) struct Versions(File);

const FORM: Form = Form {
	label: b"salus/gateway/hl7",
	tables: "CREATE TABLE IF NOT EXISTS versions (
			id INTEGER PRIMARY KEY, record BLOB NOT NULL, number INTEGER NOT NULL,
			content BLOB NOT NULL, message BLOB NOT NULL, UNIQUE (record, number)
		) STRICT;",
};

impl Versions {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		File::open(path, &FORM, secret).map(Self)
	}

	/// Forgets the versions, because their marks cannot be made again under another secret. Returns
	/// their number; `None` if the file has that secret already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		FORM.reseal(path, old, new, |changes, _, _| {
			let count = changes.execute("DELETE FROM versions", [])?;
			Ok(u64::try_from(count).unwrap_or(u64::MAX))
		})
	}

	/// Returns the mark of some bytes.
	pub(super) fn mark(&self, purpose: &[u8], parts: &[&[u8]]) -> Vec<u8> {
		self.0.sealer().mac(purpose, parts)
	}

	/// Returns whether a content with a mark, from a message with a mark, is there: the latest
	/// version of the record has it, or the message made a version before a newer one.
	pub(super) async fn has(
		&self,
		record: &RecordId,
		latest: u32,
		content: &[u8],
		message: &[u8],
	) -> Result<bool, IdentifierError> {
		let (record, content, message) = (*record, content.to_vec(), message.to_vec());
		self.0
			.blocking(move |file| {
				let has = "SELECT EXISTS (SELECT 1 FROM versions
					WHERE record = ?1 AND content = ?2 AND (number = ?3 OR message = ?4))";
				let place = place(file, &record);
				let parameters = params![place, content, latest, message];
				Ok(file.lock().query_row(has, parameters, |row| row.get(0))?)
			})
			.await
	}

	/// Notes the marks of a version that is final.
	pub(super) async fn note(
		&self,
		record: &RecordId,
		number: u32,
		content: Vec<u8>,
		message: Vec<u8>,
	) -> Result<(), IdentifierError> {
		let record = *record;
		self.0
			.blocking(move |file| {
				let mut connection = file.lock();
				let changes = connection.transaction()?;
				changes.execute(
					"INSERT OR REPLACE INTO versions (record, number, content, message)
					 VALUES (?1, ?2, ?3, ?4)",
					params![place(file, &record), number, content, message],
				)?;
				changes.execute(
					"DELETE FROM versions WHERE id <= (SELECT max(id) FROM versions) - ?1",
					params![MAX],
				)?;
				Ok(changes.commit()?)
			})
			.await
	}
}

fn place(file: &File, record: &RecordId) -> Vec<u8> {
	file.sealer().mac(b"record", &[record.0])
}

#[cfg(test)]
mod tests {
	use super::*;

	const RECORD: RecordId = RecordId([7; 32]);

	/// Notes versions of a record by their number, content and message.
	async fn note(versions: &Versions, all: &[(u32, &[u8], &[u8])]) {
		for (number, content, message) in all {
			versions.note(&RECORD, *number, content.to_vec(), message.to_vec()).await.unwrap();
		}
	}

	/// Notes a version, and returns whether it is known.
	async fn note_one(versions: &Versions) -> bool {
		note(versions, &[(1, b"a", b"m")]).await;
		has_one(versions).await
	}

	/// Returns whether that version is known.
	async fn has_one(versions: &Versions) -> bool {
		versions.has(&RECORD, 1, b"a", b"m").await.unwrap()
	}

	#[tokio::test]
	async fn versions_are_kept_without_their_record() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let versions = Versions::open(&path, &"5a".repeat(32)).unwrap();
		assert!(note_one(&versions).await);
		drop(versions);
		let versions = Versions::open(&path, &"5a".repeat(32)).unwrap();
		assert!(has_one(&versions).await);
		assert!(!versions.has(&RecordId([8; 32]), 1, b"a", b"m").await.unwrap());
		let bytes = std::fs::read(&path).unwrap();
		assert!(!bytes.windows(32).any(|part| part == [7; 32]));
	}

	#[tokio::test]
	async fn in_doubt_a_content_becomes_a_version() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		assert!(!has_one(&versions).await, "its entry was never written");
		note(&versions, &[(1, b"a", b"m1"), (2, b"b", b"m2")]).await;
		for (latest, content, message, expected) in [
			// The same again, even from another message.
			(2, b"b", b"m2", true),
			(2, b"b", b"m3", true),
			// An old message that comes again replaces nothing. A new one with its content does.
			(2, b"a", b"m1", true),
			(2, b"a", b"m3", false),
			(2, b"c", b"m1", false),
			// Somebody else added the latest version.
			(3, b"b", b"m3", false),
		] {
			let has = versions.has(&RECORD, latest, content, message).await.unwrap();
			assert_eq!(has, expected, "{latest} {content:?} {message:?}");
		}
	}

	#[tokio::test]
	async fn versions_are_forgotten_with_their_secret() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let versions = Versions::open(&path, &old).unwrap();
		assert!(note_one(&versions).await);
		let reseal = || Versions::reseal(&path, &old, &new);
		assert!(matches!(reseal(), Err(IdentifierError::InUse)), "the server runs");
		drop(versions);
		assert_eq!(reseal().unwrap(), Some(1));
		let versions = Versions::open(&path, &new).unwrap();
		assert!(!has_one(&versions).await);
		assert!(note_one(&versions).await);
		drop(versions);
		assert_eq!(reseal().unwrap(), None);
		let versions = Versions::open(&path, &new).unwrap();
		assert!(has_one(&versions).await, "a repetition forgets nothing");
	}

	#[tokio::test]
	async fn a_removed_file_is_made_again() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		assert!(note_one(&Versions::open(&path, &old).unwrap()).await);
		std::fs::remove_file(&path).unwrap();
		// A message that is sent again becomes one more version.
		let versions = Versions::open(&path, &old).unwrap();
		assert!(!has_one(&versions).await && note_one(&versions).await);
		drop(versions);
		std::fs::remove_file(&path).unwrap();
		assert_eq!(Versions::reseal(&path, &old, &new).unwrap(), Some(0));
		assert!(!has_one(&Versions::open(&path, &new).unwrap()).await);
	}

	#[tokio::test]
	async fn the_oldest_versions_are_forgotten() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		note(&versions, &[(1, b"a", b"m1"), (2, b"b", b"m2")]).await;
		let later = "UPDATE versions SET id = ?1 WHERE number = 2";
		versions.0.lock().execute(later, params![MAX]).unwrap();
		note(&versions, &[(3, b"c", b"m3")]).await;
		for (content, message, expected) in
			[(b"a", b"m1", false), (b"b", b"m2", true), (b"c", b"m3", true)]
		{
			assert_eq!(versions.has(&RECORD, 3, content, message).await.unwrap(), expected);
		}
	}
}
