//! Assertions that were used, on disk, so that none counts twice after a restart. Their ids come
//! from clients and could say anything, so only hashes are kept.

use std::{
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{digest, SHA256};
use rusqlite::{params, Connection};

use super::{assertion::SKEW, Denied};
use crate::database;

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
			 CREATE INDEX IF NOT EXISTS used_until ON used (until);",
		)?;
		database::upgrade(&connection, hash_all)?;
		database::wipe(&connection)?;
		Ok(Self(Arc::new(Mutex::new(connection))))
	}

	/// Notes an assertion, and returns whether it was not noted before. It is kept until it would
	/// not be accepted for its age.
	pub(super) async fn first_use(
		&self,
		client: &str,
		id: &str,
		expires: u64,
		now: u64,
	) -> Result<bool, Denied> {
		let (connection, client, id) = (self.0.clone(), client.to_owned(), id.to_owned());
		let noting = tokio::task::spawn_blocking(move || {
			let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
			note(&connection, &client, &id, expires, now)
		});
		let noted = noting.await.map_err(|_| Denied::Storage)?;
		noted.map_err(|error| {
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

fn note(
	connection: &Connection,
	client: &str,
	id: &str,
	expires: u64,
	now: u64,
) -> rusqlite::Result<bool> {
	let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
	let until = expires.saturating_add(SKEW).saturating_add(1);
	connection.execute("DELETE FROM used WHERE until < ?1", params![signed(now)])?;
	let added = connection.execute(
		"INSERT OR IGNORE INTO used (client, id, until) VALUES (?1, ?2, ?3)",
		params![client, hashed(id), signed(until)],
	)?;
	Ok(added == 1)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn an_assertion_counts_once_over_restarts() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("used.sqlite");
		let used = Used::open(&path).unwrap();
		assert!(used.first_use("his", "1", 100, 50).await.unwrap());
		assert!(!used.first_use("his", "1", 100, 60).await.unwrap());
		assert!(used.first_use("lab", "1", 100, 60).await.unwrap());
		drop(used);
		let used = Used::open(&path).unwrap();
		// As long as its end and the skew would let it pass.
		assert!(!used.first_use("his", "1", 100, 130).await.unwrap());
		assert!(used.first_use("his", "1", 900, 800).await.unwrap());
	}

	#[tokio::test]
	async fn an_id_is_kept_as_a_hash() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("used.sqlite");
		let used = Used::open(&path).unwrap();
		assert!(used.first_use("his", "MARKER", 100, 50).await.unwrap());
		assert!(!database::tests::has(folder.path(), "MARKER"));
		// The first release kept it as it was.
		let first = "UPDATE used SET id = 'MARKER'; PRAGMA user_version = 0";
		used.0.lock().unwrap().execute_batch(first).unwrap();
		drop(used);
		let used = Used::open(&path).unwrap();
		assert!(!database::tests::has(folder.path(), "MARKER"));
		assert!(!used.first_use("his", "MARKER", 100, 60).await.unwrap());
	}
}
