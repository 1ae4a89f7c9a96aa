//! The databases of the state folder: SQLite, which only the server's user can read.

use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path};

use rusqlite::{params, Connection, Error, Transaction, TransactionBehavior};

/// Settings of each connection: a commit is on the disk, and removed entries are overwritten.
const SETTINGS: &str = "PRAGMA journal_mode = WAL;
	 PRAGMA synchronous = FULL;
	 PRAGMA secure_delete = ON;";

/// Newest form of the databases that this release knows: their `user_version`.
const FORM: i64 = 1;

/// Refusal of a database that another release has upgraded. Its entries can mean something else.
#[derive(Debug, thiserror::Error)]
#[error("a later release of this server has upgraded {0}; run that release")]
struct Later(String);

/// Connects to a database that nobody else on the machine can read, nor the files that go with it.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
	let made = File::options().create(true).append(true).mode(0o600).open(path);
	made.map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))?;
	Connection::open(path)
}

/// Refuses a database of a later release.
fn check(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
	if form_of(connection)? > FORM {
		let later = Later(path.display().to_string());
		return Err(Error::ToSqlConversionFailure(Box::new(later)));
	}
	Ok(())
}

fn form_of(connection: &Connection) -> rusqlite::Result<i64> {
	connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Opens a database.
pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
	let connection = connect(path)?;
	connection.execute_batch(SETTINGS)?;
	check(&connection, path)?;
	wipe(&connection)?;
	Ok(connection)
}

/// Opens a database that no other process has open, nor can open before this one closes it.
pub(crate) fn open_alone(path: &Path) -> rusqlite::Result<Connection> {
	let connection = connect(path)?;
	connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
	connection.execute_batch(SETTINGS)?;
	check(&connection, path)?;
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
	if form_of(&changes)? == 0 {
		change(&changes)?;
		changes.execute_batch("PRAGMA user_version = 1")?;
	}
	changes.commit()
}

/// Changes a table that an earlier form of the file has without a column, once and whole.
pub(crate) fn unless_it_has(
	connection: &Connection,
	(table, column): (&str, &str),
	change: &str,
) -> rusqlite::Result<()> {
	if has_column(connection, table, column)? {
		return Ok(());
	}
	// Another process may have changed it meanwhile.
	let changes = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
	if !has_column(&changes, table, column)? {
		changes.execute_batch(change)?;
	}
	changes.commit()
}

fn has_column(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
	connection.query_row(
		"SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2)",
		params![table, column],
		|row| row.get(0),
	)
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
	fn a_database_of_a_later_release_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("x.sqlite");
		let connection = open(&path).unwrap();
		upgrade(&connection, |_| Ok(())).unwrap();
		drop(connection);
		let connection = open(&path).unwrap();
		connection.execute_batch("PRAGMA user_version = 2").unwrap();
		drop(connection);
		for refused in [open(&path), open_alone(&path)] {
			let error = refused.unwrap_err().to_string();
			assert!(error.contains("a later release"), "{error}");
		}
	}

	#[test]
	fn a_table_gets_a_missing_column_once() {
		let connection = Connection::open_in_memory().unwrap();
		connection.execute_batch("CREATE TABLE x (y TEXT); INSERT INTO x VALUES ('z')").unwrap();
		let add = "ALTER TABLE x ADD COLUMN a TEXT NOT NULL DEFAULT 'b'";
		for _ in 0..2 {
			unless_it_has(&connection, ("x", "a"), add).unwrap();
		}
		let read = "SELECT y || a FROM x";
		let found: String = connection.query_row(read, [], |row| row.get(0)).unwrap();
		assert_eq!(found, "zb");
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
