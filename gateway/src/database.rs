//! The databases of the state folder: SQLite, which only the server's user can read.

use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path};

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Settings of each connection: a commit is on the disk, and removed entries are overwritten.
const SETTINGS: &str = "PRAGMA journal_mode = WAL;
	 PRAGMA synchronous = FULL;
	 PRAGMA secure_delete = ON;";

/// Connects to a database that nobody else on the machine can read, nor the files that go with it.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
	let made = File::options().create(true).append(true).mode(0o600).open(path);
	made.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
	Connection::open(path)
}

/// Opens a database.
pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
	let connection = connect(path)?;
	connection.execute_batch(SETTINGS)?;
	wipe(&connection)?;
	Ok(connection)
}

/// Opens a database that no other process has open, nor can open before this one closes it.
pub(crate) fn open_alone(path: &Path) -> rusqlite::Result<Connection> {
	let connection = connect(path)?;
	connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
	connection.execute_batch(SETTINGS)?;
	Ok(connection)
}

/// Removes the traces of what was removed from the write-ahead log. While another process reads the
/// database, they stay until the next time.
pub(crate) fn wipe(connection: &Connection) -> rusqlite::Result<()> {
	connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Upgrades a database of the first release, once and whole.
pub(crate) fn upgrade(
	connection: &Connection,
	change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
	let changes = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
	let version: i64 = changes.query_row("PRAGMA user_version", [], |row| row.get(0))?;
	if version == 0 {
		change(&changes)?;
		changes.execute_batch("PRAGMA user_version = 1")?;
	}
	changes.commit()
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use std::{fs, os::unix::fs::PermissionsExt};

	/// Returns whether a file of a folder has a text.
	pub(crate) fn has(folder: &Path, text: impl AsRef<[u8]>) -> bool {
		let text = text.as_ref();
		let files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()));
		files.into_iter().any(|bytes| bytes.unwrap().windows(text.len()).any(|part| part == text))
	}

	#[test]
	fn only_the_servers_user_reads_a_database() {
		let folder = tempfile::tempdir().unwrap();
		let connection = open(&folder.path().join("x.sqlite")).unwrap();
		connection.execute_batch("CREATE TABLE x (y TEXT); INSERT INTO x VALUES ('z')").unwrap();
		let mut names = Vec::new();
		for file in fs::read_dir(folder.path()).unwrap() {
			let file = file.unwrap();
			assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0);
			names.push(file.file_name());
		}
		assert!(names.len() > 1, "{names:?}");
	}
}
