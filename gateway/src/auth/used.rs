//! Assertions that were used, on disk, so that none is accepted twice after a restart. Their ids
//! come from clients and could say anything, so only hashes are kept.
//!
//! An assertion is forgotten once it has expired. The clock can be wrong then, so the end of the
//! last one that was forgotten stays on disk, and none that ends by then is accepted.

use std::{
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{digest, SHA256};
use rusqlite::{params, Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::{assertion::SKEW, seconds, Denied};
use crate::database;

/// Knowledge of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
	/// The assertion was not used.
	First,
	/// The assertion was used before.
	Repeated,
	/// The assertion may have been used, and forgotten because the clock was ahead.
	Forgotten,
}

/// The used assertions.
#[derive(Clone)]
pub(crate) struct Used(Arc<Mutex<Connection>>);

impl Used {
	/// Opens the file, or makes it.
	pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
		let connection = database::open(path)?;
		connection.execute_batch(
			"CREATE TABLE IF NOT EXISTS used (
				client TEXT NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL,
				PRIMARY KEY (client, id)
			 ) STRICT, WITHOUT ROWID;
			 CREATE INDEX IF NOT EXISTS used_until ON used (until);
			 CREATE TABLE IF NOT EXISTS forgotten (
				one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), until INTEGER NOT NULL
			 ) STRICT;",
		)?;
		database::upgrade(&connection, hash_all)?;
		database::wipe(&connection)?;
		if let Some(until) = forgotten(&connection)?.filter(|until| *until > signed(seconds())) {
			tracing::error!(
				until,
				"the clock was ahead when assertions were forgotten, so none that ends before this \
				 time, in seconds since 1970, is accepted"
			);
		}
		Ok(Self(Arc::new(Mutex::new(connection))))
	}

	/// Returns what is known of an assertion, and notes nothing.
	pub(super) async fn look_up(
		&self,
		client: &str,
		id: &str,
		expires: u64,
	) -> Result<Use, Denied> {
		let (client, id) = (client.to_owned(), id.to_owned());
		self.blocking(move |connection| look_up(connection, &client, &id, expires)).await
	}

	/// Notes an assertion, and returns what was known of it. It is kept until it would not be
	/// accepted for its age.
	pub(super) async fn note(
		&self,
		client: &str,
		id: &str,
		expires: u64,
		now: u64,
	) -> Result<Use, Denied> {
		let (client, id) = (client.to_owned(), id.to_owned());
		self.blocking(move |connection| note(connection, &client, &id, expires, now)).await
	}

	/// Acts on the file in a thread that may wait for the disk.
	async fn blocking(
		&self,
		act: impl FnOnce(&Connection) -> rusqlite::Result<Use> + Send + 'static,
	) -> Result<Use, Denied> {
		let connection = self.0.clone();
		let acting = tokio::task::spawn_blocking(move || {
			act(&connection.lock().unwrap_or_else(PoisonError::into_inner))
		});
		let known = acting.await.map_err(|_| Denied::Storage)?;
		known.map_err(|error| {
			tracing::error!(%error, "cannot note an assertion; check the state folder");
			Denied::Storage
		})
	}
}

fn hashed(id: &str) -> String {
	hex::encode(digest(&SHA256, id.as_bytes()))
}

/// Hashes the ids that the first release kept as they were.
fn hash_all(connection: &Connection) -> rusqlite::Result<()> {
	let mut found = connection.prepare("SELECT client, id FROM used")?;
	let rows =
		found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
	for (client, id) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
		connection.execute(
			"UPDATE used SET id = ?3 WHERE client = ?1 AND id = ?2",
			params![client, id, hashed(&id)],
		)?;
	}
	Ok(())
}

fn signed(seconds: u64) -> i64 {
	i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Returns the time from which an assertion is not accepted for its age.
fn end_of(expires: u64) -> i64 {
	signed(expires.saturating_add(SKEW).saturating_add(1))
}

/// Returns the end of the last assertion that was forgotten.
fn forgotten(connection: &Connection) -> rusqlite::Result<Option<i64>> {
	connection.query_row("SELECT until FROM forgotten", [], |row| row.get(0)).optional()
}

fn look_up(connection: &Connection, client: &str, id: &str, expires: u64) -> rusqlite::Result<Use> {
	let is_used: bool = connection.query_row(
		"SELECT EXISTS (SELECT 1 FROM used WHERE client = ?1 AND id = ?2)",
		params![client, hashed(id)],
		|row| row.get(0),
	)?;
	Ok(match forgotten(connection)? {
		_ if is_used => Use::Repeated,
		Some(until) if end_of(expires) <= until => Use::Forgotten,
		_ => Use::First,
	})
}

fn note(
	connection: &Connection,
	client: &str,
	id: &str,
	expires: u64,
	now: u64,
) -> rusqlite::Result<Use> {
	let changes = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
	let last: Option<i64> = changes.query_row(
		"SELECT max(until) FROM used WHERE until < ?1",
		params![signed(now)],
		|row| row.get(0),
	)?;
	if let Some(last) = last {
		changes.execute(
			"INSERT INTO forgotten (one, until) VALUES (1, ?1)
			 ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
			params![last],
		)?;
		changes.execute("DELETE FROM used WHERE until < ?1", params![signed(now)])?;
	}
	let known = look_up(&changes, client, id, expires)?;
	if known == Use::First {
		changes.execute(
			"INSERT INTO used (client, id, until) VALUES (?1, ?2, ?3)",
			params![client, hashed(id), end_of(expires)],
		)?;
	}
	changes.commit()?;
	Ok(known)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn an_assertion_counts_once_over_restarts() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("used.sqlite");
		let used = Used::open(&path).unwrap();
		assert_eq!(used.note("his", "1", 100, 50).await.unwrap(), Use::First);
		assert_eq!(used.note("his", "1", 100, 60).await.unwrap(), Use::Repeated);
		assert_eq!(used.note("lab", "1", 100, 60).await.unwrap(), Use::First);
		drop(used);
		let used = Used::open(&path).unwrap();
		// As long as its end and the skew would let it pass.
		assert_eq!(used.note("his", "1", 100, 130).await.unwrap(), Use::Repeated);
		assert_eq!(used.note("his", "1", 900, 800).await.unwrap(), Use::First);
	}

	#[tokio::test]
	async fn a_clock_that_was_ahead_revives_no_assertion() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("used.sqlite");
		let used = Used::open(&path).unwrap();
		assert_eq!(used.note("his", "1", 100, 50).await.unwrap(), Use::First);
		assert_eq!(used.note("lab", "2", 5_100, 5_000).await.unwrap(), Use::First);
		drop(used);
		// Set right, and restarted.
		let used = Used::open(&path).unwrap();
		assert_eq!(used.look_up("his", "1", 100).await.unwrap(), Use::Forgotten);
		assert_eq!(used.note("his", "1", 100, 60).await.unwrap(), Use::Forgotten);
		// An assertion that ends later cannot be among those that were forgotten.
		assert_eq!(used.note("his", "3", 101, 60).await.unwrap(), Use::First);
	}

	#[tokio::test]
	async fn looking_up_an_assertion_notes_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let used = Used::open(&folder.path().join("used.sqlite")).unwrap();
		assert_eq!(used.look_up("his", "1", 100).await.unwrap(), Use::First);
		assert_eq!(used.note("his", "1", 100, 50).await.unwrap(), Use::First);
		assert_eq!(used.look_up("his", "1", 100).await.unwrap(), Use::Repeated);
		assert_eq!(used.look_up("lab", "1", 100).await.unwrap(), Use::First);
	}

	#[tokio::test]
	async fn an_id_is_kept_as_a_hash() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("used.sqlite");
		let used = Used::open(&path).unwrap();
		assert_eq!(used.note("his", "MARKER", 100, 50).await.unwrap(), Use::First);
		assert!(!database::tests::has(folder.path(), "MARKER"));
		// The first release kept it as it was.
		let first = "UPDATE used SET id = 'MARKER'; PRAGMA user_version = 0";
		used.0.lock().unwrap().execute_batch(first).unwrap();
		drop(used);
		let used = Used::open(&path).unwrap();
		assert!(!database::tests::has(folder.path(), "MARKER"));
		assert_eq!(used.note("his", "MARKER", 100, 60).await.unwrap(), Use::Repeated);
	}
}
