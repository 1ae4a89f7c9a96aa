//! Which content each version of a document has that came by HL7 v2.
//!
//! The chain makes a document unique. It does not say which content a version has, and to open one
//! would be a request on the patient's log. So the gateway keeps an HMAC of each. An entry is
//! written after the version is final. In doubt, a message becomes a further version, rather than
//! being lost.

use std::{
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{params, Connection};
use salus_client::primitives::RecordId;

use crate::{database, identifiers::IdentifierError, sealed::Sealer};

/// Label of the keys.
const LABEL: &[u8] = b"salus/gateway/hl7";

/// A version, with what it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
	pub(super) number: u32,
	/// Mark of its title, media type and content.
	pub(super) content: Vec<u8>,
	/// Mark of the message.
	pub(super) message: Vec<u8>,
}

/// The versions.
#[derive(Clone)]
pub(super) struct Versions(Arc<Kept>);

struct Kept {
	connection: Mutex<Connection>,
	sealer: Sealer,
}

impl Versions {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(super) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		let sealer = Sealer::new(LABEL, secret)?;
		let connection = database::open(path)?;
		connection.execute_batch(
			"CREATE TABLE IF NOT EXISTS versions (
				record BLOB NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
				message BLOB NOT NULL, PRIMARY KEY (record, number)
			 ) STRICT, WITHOUT ROWID;",
		)?;
		sealer.check(&connection)?;
		Ok(Self(Arc::new(Kept { connection: Mutex::new(connection), sealer })))
	}

	/// Returns the mark of some bytes.
	pub(super) fn mark(&self, purpose: &[u8], parts: &[&[u8]]) -> Vec<u8> {
		self.0.sealer.mac(purpose, parts)
	}

	/// Returns the versions of a record that are known.
	pub(super) async fn of(&self, record: &RecordId) -> Result<Vec<Version>, IdentifierError> {
		let record = *record;
		self.blocking(move |kept| {
			let connection = kept.lock();
			let mut found = connection
				.prepare("SELECT number, content, message FROM versions WHERE record = ?1")?;
			let all = found.query_map(params![kept.place(&record)], |row| {
				Ok(Version { number: row.get(0)?, content: row.get(1)?, message: row.get(2)? })
			})?;
			Ok(all.collect::<Result<_, _>>()?)
		})
		.await
	}

	/// Notes a version that is final.
	pub(super) async fn note(
		&self,
		record: &RecordId,
		version: Version,
	) -> Result<(), IdentifierError> {
		let record = *record;
		self.blocking(move |kept| {
			let Version { number, content, message } = version;
			kept.lock().execute(
				"INSERT OR REPLACE INTO versions (record, number, content, message)
				 VALUES (?1, ?2, ?3, ?4)",
				params![kept.place(&record), number, content, message],
			)?;
			Ok(())
		})
		.await
	}

	async fn blocking<T: Send + 'static>(
		&self,
		act: impl FnOnce(&Kept) -> Result<T, IdentifierError> + Send + 'static,
	) -> Result<T, IdentifierError> {
		let kept = self.0.clone();
		let acting = tokio::task::spawn_blocking(move || act(&kept));
		acting.await.map_err(|_| IdentifierError::Entry)?
	}
}

impl Kept {
	fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
		self.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn place(&self, record: &RecordId) -> Vec<u8> {
		self.sealer.mac(b"record", &[record.0])
	}
}

/// Next step for a content whose document exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
	/// Nothing: the latest version has it, or the message is one that was processed before a newer
	/// one.
	Nothing,
	/// It becomes a version.
	Revise,
}

/// Decides on a content with a mark, from a message with a mark.
pub(super) fn next(known: &[Version], latest: u32, content: &[u8], message: &[u8]) -> Next {
	let is_same =
		|one: &Version| one.content == content && (one.number == latest || one.message == message);
	match known.iter().any(is_same) {
		true => Next::Nothing,
		false => Next::Revise,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn version(number: u32, content: &[u8], message: &[u8]) -> Version {
		Version { number, content: content.into(), message: message.into() }
	}

	#[tokio::test]
	async fn versions_are_kept_without_their_record() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let versions = Versions::open(&path, &"5a".repeat(32)).unwrap();
		let record = RecordId([7; 32]);
		versions.note(&record, version(1, b"a", b"m")).await.unwrap();
		drop(versions);
		let versions = Versions::open(&path, &"5a".repeat(32)).unwrap();
		assert_eq!(versions.of(&record).await.unwrap(), [version(1, b"a", b"m")]);
		assert!(versions.of(&RecordId([8; 32])).await.unwrap().is_empty());
		let bytes = std::fs::read(&path).unwrap();
		assert!(!bytes.windows(32).any(|part| part == [7; 32]));
	}

	#[test]
	fn in_doubt_a_content_becomes_a_version() {
		let known = [version(1, b"a", b"m1"), version(2, b"b", b"m2")];
		// The same again, even from another message.
		assert_eq!(next(&known, 2, b"b", b"m2"), Next::Nothing);
		assert_eq!(next(&known, 2, b"b", b"m3"), Next::Nothing);
		// An old message that comes again replaces nothing. A new one with the old content does.
		assert_eq!(next(&known, 2, b"a", b"m1"), Next::Nothing);
		assert_eq!(next(&known, 2, b"a", b"m3"), Next::Revise);
		assert_eq!(next(&known, 2, b"c", b"m1"), Next::Revise);
		// Somebody else added the latest version, or its entry was never written.
		assert_eq!(next(&known, 3, b"b", b"m3"), Next::Revise);
		assert_eq!(next(&[], 1, b"a", b"m1"), Next::Revise);
	}
}
