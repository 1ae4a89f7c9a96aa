//! The content of each version of a document that came by HL7 v2.
//!
//! The chain makes a document unique. It does not say which content a version has, and to open one
//! would be a request on the patient's log. So the gateway keeps an HMAC of each, with the root
//! under which the content was sealed. An entry is written before the version is registered, and
//! counts once the chain has a version with that number and root. In doubt, a message becomes a
//! further version, rather than being lost.
//!
//! A further table keeps the reports that are done, by message, because a message that confirms a
//! report makes no version. Another one keeps the record that a report became last, regardless of
//! its patient.

use std::path::Path;

use rusqlite::{params, Connection, OptionalExtension};
use salus_client::{
	primitives::{Cid, RecordId, Version, VersionDetails},
	Account,
};

use crate::{
	database,
	identifiers::IdentifierError,
	sealed::{File, Form},
};

/// Number of entries that each table keeps, the latest ones: about 500 MB in all.
const MAX: i64 = 1_000_000;

/// Number of entries of one version that are kept, the latest ones. An attempt that waits in the
/// pool can still be registered after the next one is sealed.
const MAX_ATTEMPTS: i64 = 4;

/// Versions that messages made, in a file.
#[derive(Clone)]
pub(crate) struct Versions(File);

/// Marks of a content, and of where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks {
	pub(super) content: Vec<u8>,
	pub(super) message: Vec<u8>,
	/// Mark of the report without its patient; `None` for its further parts.
	pub(super) report: Option<Vec<u8>>,
}

/// The version of a record that has a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
	/// No version, or an older one that another message made.
	None,
	/// The latest version, which another message made.
	Latest,
	/// A version that this message made.
	Own,
}

const FORM: Form = Form {
	label: b"salus/gateway/hl7",
	tables: "CREATE TABLE IF NOT EXISTS versions (
			id INTEGER PRIMARY KEY, record BLOB NOT NULL, number INTEGER NOT NULL,
			root BLOB NOT NULL, content BLOB NOT NULL, message BLOB NOT NULL,
			UNIQUE (record, number, root)
		) STRICT;
		CREATE TABLE IF NOT EXISTS reports (
			id INTEGER PRIMARY KEY, report BLOB NOT NULL UNIQUE, record BLOB NOT NULL
		) STRICT;
		CREATE TABLE IF NOT EXISTS done (
			id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE
		) STRICT;",
};

impl Versions {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		let file = File::open(path, &FORM, secret)?;
		// An earlier form of the file has no roots, without which no entry counts.
		let make = format!("DROP TABLE versions; {}", FORM.tables);
		database::unless_it_has(&file.lock(), ("versions", "root"), &make)?;
		Ok(Self(file))
	}

	/// Forgets all entries, because their marks cannot be made again under another secret. Returns
	/// the number of versions; `None` if the file has that secret already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		FORM.reseal(path, old, new, |changes, _, _| {
			changes.execute_batch("DELETE FROM reports; DELETE FROM done")?;
			let count = changes.execute("DELETE FROM versions", [])?;
			Ok(u64::try_from(count).unwrap_or(u64::MAX))
		})
	}

	/// Returns the mark of some bytes.
	pub(super) fn mark<T: AsRef<[u8]>>(&self, purpose: &[u8], parts: &[T]) -> Vec<u8> {
		self.0.sealer().mac(purpose, parts)
	}

	/// Finds a content among the versions that the chain has of a record.
	pub(super) async fn find(
		&self,
		record: &RecordId,
		versions: &[VersionDetails<Account>],
		marks: &Marks,
	) -> Result<Found, IdentifierError> {
		let (record, marks) = (*record, marks.clone());
		let latest = versions.iter().map(|one| one.version).max();
		let noted = self.0.blocking(move |file| {
			let connection = file.lock();
			let mut found = connection.prepare(
				"SELECT number, root, message FROM versions WHERE record = ?1 AND content = ?2",
			)?;
			let found = found.query_map(params![place(file, &record), marks.content], |row| {
				let message: Vec<u8> = row.get(2)?;
				Ok((row.get(0)?, row.get(1)?, message == marks.message))
			})?;
			Ok::<_, IdentifierError>(found.collect::<Result<Vec<_>, _>>()?)
		});
		let of = |(number, root, is_own): (_, Vec<u8>, _)| {
			let is_there = |one: &VersionDetails<Account>| {
				one.version == number && one.info.content.root.0[..] == root
			};
			match versions.iter().any(is_there) {
				true if is_own => Found::Own,
				true if Some(number) == latest => Found::Latest,
				_ => Found::None,
			}
		};
		Ok(noted.await?.into_iter().map(of).max().unwrap_or(Found::None))
	}

	/// Notes a version that is about to be registered.
	pub(super) fn note(
		&self,
		record: &RecordId,
		number: Version,
		root: &Cid,
		marks: &Marks,
	) -> Result<(), IdentifierError> {
		let file = &self.0;
		let of_record = place(file, record);
		let mut connection = file.lock();
		let changes = connection.transaction()?;
		changes.execute(
			"INSERT OR REPLACE INTO versions (record, number, root, content, message)
			 VALUES (?1, ?2, ?3, ?4, ?5)",
			params![of_record, number, root.0, marks.content, marks.message],
		)?;
		changes.execute(
			"DELETE FROM versions WHERE record = ?1 AND number = ?2 AND id NOT IN (
				SELECT id FROM versions WHERE record = ?1 AND number = ?2
				ORDER BY id DESC LIMIT ?3)",
			params![of_record, number, MAX_ATTEMPTS],
		)?;
		forget(&changes, "versions")?;
		if let Some(report) = &marks.report {
			let sealed = file.sealer().seal(report, record.0.to_vec())?;
			changes.execute(
				"INSERT OR REPLACE INTO reports (report, record) VALUES (?1, ?2)",
				params![report, sealed],
			)?;
			forget(&changes, "reports")?;
		}
		Ok(changes.commit()?)
	}

	/// Returns the record that a report became last, regardless of its patient.
	pub(super) async fn record_of(
		&self,
		report: &[u8],
	) -> Result<Option<RecordId>, IdentifierError> {
		let report = report.to_vec();
		let found = self.0.blocking(move |file| {
			let query = "SELECT record FROM reports WHERE report = ?1";
			let sealed: Option<Vec<u8>> =
				file.lock().query_row(query, params![report], |row| row.get(0)).optional()?;
			sealed.map(|sealed| file.sealer().open(&report, &sealed)).transpose()
		});
		let found = found.await?.map(|bytes| bytes.try_into().map_err(|_| IdentifierError::Entry));
		Ok(found.transpose()?.map(RecordId))
	}

	/// Returns whether everything of this mark was done.
	pub(super) async fn is_done(&self, mark: &[u8]) -> Result<bool, IdentifierError> {
		let mark = mark.to_vec();
		let query = "SELECT EXISTS (SELECT 1 FROM done WHERE mark = ?1)";
		let found = self.0.blocking(move |file| {
			Ok::<_, IdentifierError>(file.lock().query_row(query, params![mark], |row| row.get(0))?)
		});
		found.await
	}

	/// Notes that everything of these marks was done.
	pub(super) async fn set_done(&self, marks: Vec<Vec<u8>>) -> Result<(), IdentifierError> {
		let noting = self.0.blocking(move |file| {
			let mut connection = file.lock();
			let changes = connection.transaction()?;
			for mark in marks {
				changes.execute("INSERT OR IGNORE INTO done (mark) VALUES (?1)", params![mark])?;
			}
			forget(&changes, "done")?;
			Ok::<_, IdentifierError>(changes.commit()?)
		});
		noting.await
	}
}

/// Removes the oldest entries of a table.
fn forget(changes: &Connection, table: &str) -> Result<(), IdentifierError> {
	let older = format!("DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - ?1");
	changes.execute(&older, params![MAX])?;
	Ok(())
}

fn place(file: &File, record: &RecordId) -> Vec<u8> {
	file.sealer().mac(b"record", &[record.0])
}

#[cfg(test)]
pub(super) mod tests {
	use super::*;
	use salus_client::{
		parse_account,
		primitives::{Content, VersionInfo, VersionState, CODEC_RAW},
	};

	pub(in crate::hl7) const RECORD: RecordId = RecordId([7; 32]);

	fn marks(content: &[u8], message: &[u8]) -> Marks {
		Marks { content: content.to_vec(), message: message.to_vec(), report: None }
	}

	/// Returns the root of a version.
	pub(in crate::hl7) fn root(number: Version) -> Cid {
		Cid::new(CODEC_RAW, [number as u8; 32])
	}

	/// Returns what the chain has, up to a version.
	pub(in crate::hl7) fn on_chain(latest: Version) -> Vec<VersionDetails<Account>> {
		let version = |number| VersionDetails {
			version: number,
			info: VersionInfo {
				content: Content { root: root(number), size: 1, commitment: [0; 32] },
				author: parse_account("//Alice").unwrap(),
				organisation: 1,
				block: 1,
				registered: 0,
				state: VersionState::Pending,
				replicas: 0,
				wraps: 1,
			},
			replicas: Vec::new(),
			sealed_to: Some(1),
		};
		(1..=latest).map(version).collect()
	}

	/// Notes versions of a record by their number, content and message.
	fn note(versions: &Versions, all: &[(Version, &[u8], &[u8])]) {
		for (number, content, message) in all {
			versions.note(&RECORD, *number, &root(*number), &marks(content, message)).unwrap();
		}
	}

	/// Returns the version of a record that has a content.
	async fn find(versions: &Versions, latest: Version, content: &[u8], message: &[u8]) -> Found {
		versions.find(&RECORD, &on_chain(latest), &marks(content, message)).await.unwrap()
	}

	/// Returns whether a content is among the versions of a record.
	async fn has(versions: &Versions, latest: Version, content: &[u8], message: &[u8]) -> bool {
		find(versions, latest, content, message).await != Found::None
	}

	impl Versions {
		/// Makes each further change of the file fail.
		pub(in crate::hl7) fn break_file(&self) {
			self.0.lock().execute_batch("PRAGMA query_only = ON").unwrap();
		}
	}

	/// Notes a version, and returns whether it is known.
	async fn note_one(versions: &Versions) -> bool {
		note(versions, &[(1, b"a", b"m")]);
		has_one(versions).await
	}

	/// Returns whether that version is known.
	async fn has_one(versions: &Versions) -> bool {
		has(versions, 1, b"a", b"m").await
	}

	#[tokio::test]
	async fn a_version_counts_once_the_chain_has_it() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		note(&versions, &[(1, b"a", b"m1"), (2, b"b", b"m2")]);
		assert!(!has(&versions, 1, b"b", b"m2").await, "it was not registered");
		assert!(has(&versions, 2, b"b", b"m2").await);
		// Somebody else's version came instead.
		versions.note(&RECORD, 3, &root(9), &marks(b"c", b"m3")).unwrap();
		assert!(!has(&versions, 3, b"c", b"m3").await);
		assert!(has(&versions, 3, b"a", b"m1").await);
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
		let other = RecordId([8; 32]);
		let found = versions.find(&other, &on_chain(1), &marks(b"a", b"m")).await.unwrap();
		assert_eq!(found, Found::None);
		let bytes = std::fs::read(&path).unwrap();
		assert!(!bytes.windows(32).any(|part| part == [7; 32]));
	}

	#[tokio::test]
	async fn in_doubt_a_content_becomes_a_version() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		assert!(!has_one(&versions).await, "its entry was never written");
		note(&versions, &[(1, b"a", b"m1"), (2, b"b", b"m2")]);
		for (latest, content, message, expected) in [
			// The same again, even from another message.
			(2, b"b", b"m2", Found::Own),
			(2, b"b", b"m3", Found::Latest),
			// An old message that comes again replaces nothing. A new one with its content does.
			(2, b"a", b"m1", Found::Own),
			(2, b"a", b"m3", Found::None),
			(2, b"c", b"m1", Found::None),
			// Somebody else added the latest version.
			(3, b"b", b"m3", Found::None),
		] {
			let found = find(&versions, latest, content, message).await;
			assert_eq!(found, expected, "{latest} {content:?} {message:?}");
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
	async fn a_file_without_roots_is_made_again() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let open = || Versions::open(&path, &"5a".repeat(32)).unwrap();
		let earlier = "DROP TABLE versions; CREATE TABLE versions (
			record BLOB NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
			message BLOB NOT NULL, PRIMARY KEY (record, number)
		) STRICT, WITHOUT ROWID";
		open().0.lock().execute_batch(earlier).unwrap();
		let versions = open();
		assert!(!has_one(&versions).await && note_one(&versions).await);
		drop(versions);
		assert!(has_one(&open()).await, "it is made again once");
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
		note(&versions, &[(1, b"a", b"m1"), (2, b"b", b"m2")]);
		let later = "UPDATE versions SET id = ?1 WHERE number = 2";
		versions.0.lock().execute(later, params![MAX]).unwrap();
		note(&versions, &[(3, b"c", b"m3")]);
		for (content, message, expected) in
			[(b"a", b"m1", false), (b"b", b"m2", true), (b"c", b"m3", true)]
		{
			assert_eq!(has(&versions, 3, content, message).await, expected);
		}
	}

	#[tokio::test]
	async fn an_attempt_in_the_pool_is_not_forgotten() {
		let folder = tempfile::tempdir().unwrap();
		let versions = Versions::open(&folder.path().join("x"), &"5a".repeat(32)).unwrap();
		let attempt = |root: Cid, content: &[u8]| {
			versions.note(&RECORD, 1, &root, &marks(content, b"m")).unwrap();
		};
		// The first attempt is registered in the end, although others were sealed after it.
		attempt(root(1), b"a");
		for other in 2..=MAX_ATTEMPTS as u8 {
			attempt(root(other.into()), &[other]);
		}
		assert_eq!(find(&versions, 1, b"a", b"m").await, Found::Own);
		// An entry that is repeated takes no place. A further one does.
		attempt(root(1), b"a");
		for other in 10..13_u8 {
			attempt(root(other.into()), &[other]);
		}
		assert_eq!(find(&versions, 1, b"a", b"m").await, Found::Own);
		attempt(root(13), b"x");
		assert_eq!(find(&versions, 1, b"a", b"m").await, Found::None);
		let count: i64 = versions
			.0
			.lock()
			.query_row("SELECT count(*) FROM versions", [], |row| row.get(0))
			.unwrap();
		assert_eq!(count, MAX_ATTEMPTS);
	}

	#[tokio::test]
	async fn a_report_is_known_for_whichever_patient() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let versions = Versions::open(&path, &old).unwrap();
		let report = versions.mark(b"report", &[b"F-7"]);
		assert_eq!(versions.record_of(&report).await.unwrap(), None);
		for record in [[7; 32], [8; 32]] {
			let marks = Marks { report: Some(report.clone()), ..marks(b"a", b"m") };
			versions.note(&RecordId(record), 1, &root(1), &marks).unwrap();
			let found = versions.record_of(&report).await.unwrap();
			assert_eq!(found, Some(RecordId(record)));
		}
		// A further part is not a separate report.
		note(&versions, &[(1, b"a", b"m")]);
		assert_eq!(versions.record_of(&report).await.unwrap(), Some(RecordId([8; 32])));
		drop(versions);
		let bytes = std::fs::read(&path).unwrap();
		assert!(!bytes.windows(32).any(|part| part == [8; 32]));
		assert_eq!(Versions::reseal(&path, &old, &new).unwrap(), Some(2));
		let versions = Versions::open(&path, &new).unwrap();
		assert_eq!(versions.record_of(&report).await.unwrap(), None);
	}

	#[tokio::test]
	async fn a_message_that_made_no_version_is_known() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("hl7.sqlite");
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let versions = Versions::open(&path, &old).unwrap();
		let [one, other] = [b"m1", b"m2"].map(|message| versions.mark(b"done", &[message]));
		for _ in 0..2 {
			versions.set_done(vec![one.clone()]).await.unwrap();
			assert!(versions.is_done(&one).await.unwrap());
			assert!(!versions.is_done(&other).await.unwrap());
		}
		versions.set_done(vec![other.clone()]).await.unwrap();
		let later = "UPDATE done SET id = ?1 WHERE mark = ?2";
		versions.0.lock().execute(later, params![MAX, other]).unwrap();
		assert!(versions.is_done(&one).await.unwrap());
		versions.set_done(vec![b"m3".to_vec()]).await.unwrap();
		assert!(!versions.is_done(&one).await.unwrap(), "the oldest ones are forgotten");
		assert!(versions.is_done(&other).await.unwrap());
		drop(versions);
		assert_eq!(Versions::reseal(&path, &old, &new).unwrap(), Some(0));
		let versions = Versions::open(&path, &new).unwrap();
		assert!(!versions.is_done(&other).await.unwrap());
	}
}
