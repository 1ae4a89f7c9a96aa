//! Merges of patients' numbers that a hospital system reports, for a person to settle.
//!
//! Nothing is moved because of them. They are in SQLite, each sealed as the identifiers are.

use std::{
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{params, Connection, OptionalExtension, Row};
use salus_client::{parse_account, Account};
use zeroize::Zeroizing;

use crate::{
	database,
	identifiers::{Identifier, IdentifierError},
	sealed::{self, Sealer},
};

/// Label of the keys.
const LABEL: &[u8] = b"salus/gateway/merges";

/// Maximum number of merges that are open.
const MAX_OPEN: i64 = 10_000;

/// Number of settled merges that are kept.
const MAX_SETTLED: i64 = 10_000;

/// State of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeState {
	/// It waits for a person.
	Requested,
	/// A person has done what is to be done.
	Completed,
	/// A person has decided that nothing is to be done.
	Cancelled,
}

impl MergeState {
	fn number(self) -> i64 {
		match self {
			Self::Requested => 0,
			Self::Completed => 1,
			Self::Cancelled => 2,
		}
	}

	fn of(number: i64) -> Option<Self> {
		[Self::Requested, Self::Completed, Self::Cancelled]
			.into_iter()
			.find(|state| state.number() == number)
	}
}

/// Two numbers of the hospital that are one patient's, as one of its systems says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merge {
	pub(crate) id: String,
	/// Time of the message, in seconds since 1970.
	pub(crate) received: u64,
	/// Number that stays.
	pub(crate) survivor: Identifier,
	/// Number that ends.
	pub(crate) prior: Identifier,
	/// Patient with the number that stays, if there was one.
	pub(crate) survivor_account: Option<Account>,
	/// Patient with the number that ends, if there was one.
	pub(crate) prior_account: Option<Account>,
	pub(crate) state: MergeState,
}

/// Why a merge is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
	/// Too many wait.
	#[error("too many merges wait for a person; settle some, and send this one again")]
	Full,
	/// The file cannot be used.
	#[error(transparent)]
	File(#[from] IdentifierError),
}

/// The merges.
#[derive(Clone)]
pub(crate) struct Merges(Arc<Kept>);

struct Kept {
	connection: Mutex<Connection>,
	sealer: Sealer,
}

const TABLES: &str = "CREATE TABLE IF NOT EXISTS merges (
		id TEXT NOT NULL PRIMARY KEY, pair BLOB NOT NULL, received INTEGER NOT NULL,
		state INTEGER NOT NULL, sealed BLOB NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS merges_pair ON merges (pair, state);
	CREATE INDEX IF NOT EXISTS merges_state ON merges (state, received);";

impl Merges {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		let sealer = Sealer::new(LABEL, secret)?;
		let connection = database::open(path)?;
		connection.execute_batch(TABLES)?;
		sealer.check(&connection)?;
		Ok(Self(Arc::new(Kept { connection: Mutex::new(connection), sealer })))
	}

	/// Seals the merges under another secret, all or none, and returns their number; `None` if they
	/// are sealed under it already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		let sealers = [Sealer::new(LABEL, old)?, Sealer::new(LABEL, new)?];
		sealed::again(path, TABLES, &sealers, |changes, [old, new]| {
			let mut found = changes.prepare("SELECT id, sealed FROM merges")?;
			let entries = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
			let entries: Vec<(String, Vec<u8>)> = entries.collect::<Result<_, _>>()?;
			let mut count: u64 = 0;
			for (id, sealed) in entries {
				let text = Zeroizing::new(old.open(id.as_bytes(), &sealed)?);
				let parts: Vec<String> =
					serde_json::from_slice(&text).map_err(|_| IdentifierError::Entry)?;
				let pair = new.mac(b"pair", parts.get(..4).ok_or(IdentifierError::Entry)?);
				let sealed = new.seal(id.as_bytes(), text.to_vec())?;
				changes.execute(
					"UPDATE merges SET pair = ?2, sealed = ?3 WHERE id = ?1",
					params![id, pair, sealed],
				)?;
				count = count.saturating_add(1);
			}
			Ok(count)
		})
	}

	/// Keeps a merge that waits, and returns its id. If the same pair waits already, that is the one.
	pub(crate) async fn add(
		&self,
		received: u64,
		[survivor, prior]: [(Identifier, Option<Account>); 2],
	) -> Result<String, MergeError> {
		self.blocking(move |kept| kept.add(received, &survivor, &prior)).await
	}

	/// Returns a merge.
	pub(crate) async fn get(&self, id: &str) -> Result<Option<Merge>, IdentifierError> {
		let id = id.to_owned();
		self.blocking(move |kept| kept.get(&id)).await
	}

	/// Returns all merges, the newest first.
	pub(crate) async fn all(&self) -> Result<Vec<Merge>, IdentifierError> {
		self.blocking(|kept| kept.all()).await
	}

	/// Gives a merge a state. Returns whether there is one.
	pub(crate) async fn settle(
		&self,
		id: &str,
		state: MergeState,
	) -> Result<bool, IdentifierError> {
		let id = id.to_owned();
		self.blocking(move |kept| kept.settle(&id, state)).await
	}

	async fn blocking<T: Send + 'static, E: From<IdentifierError> + Send + 'static>(
		&self,
		act: impl FnOnce(&Kept) -> Result<T, E> + Send + 'static,
	) -> Result<T, E> {
		let kept = self.0.clone();
		let acting = tokio::task::spawn_blocking(move || act(&kept));
		acting.await.map_err(|_| IdentifierError::Entry)?
	}
}

/// A row: id, time, state, and what is sealed.
type Entry = (String, i64, i64, Vec<u8>);

const COLUMNS: &str = "SELECT id, received, state, sealed FROM merges";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
	Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

impl Kept {
	fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
		self.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn add(
		&self,
		received: u64,
		survivor: &(Identifier, Option<Account>),
		prior: &(Identifier, Option<Account>),
	) -> Result<String, MergeError> {
		let parts =
			[&survivor.0, &prior.0].map(|one| [one.system.as_str(), one.value.as_str()]).concat();
		let pair = self.sealer.mac(b"pair", &parts);
		let mut random = [0; 16];
		getrandom::fill(&mut random).map_err(|_| IdentifierError::Entry)?;
		let id = hex::encode(random);
		let account = |one: &Option<Account>| one.map(|one| one.to_string()).unwrap_or_default();
		let accounts = [account(&survivor.1), account(&prior.1)];
		let text: Vec<&str> =
			parts.into_iter().chain(accounts.iter().map(String::as_str)).collect();
		let text = serde_json::to_vec(&text).map_err(|_| IdentifierError::Entry)?;
		let sealed = self.sealer.seal(id.as_bytes(), text)?;
		let requested = MergeState::Requested.number();
		let mut connection = self.lock();
		let adding = || -> rusqlite::Result<Option<String>> {
			let changes = connection.transaction()?;
			let waiting = changes.query_row(
				"SELECT id FROM merges WHERE pair = ?1 AND state = ?2",
				params![pair, requested],
				|row| row.get(0),
			);
			if let Some(id) = waiting.optional()? {
				return Ok(Some(id));
			}
			let open: i64 = changes.query_row(
				"SELECT count(*) FROM merges WHERE state = ?1",
				params![requested],
				|row| row.get(0),
			)?;
			if open >= MAX_OPEN {
				return Ok(None);
			}
			changes.execute(
				"INSERT INTO merges (id, pair, received, state, sealed)
				 VALUES (?1, ?2, ?3, ?4, ?5)",
				params![id, pair, i64::try_from(received).unwrap_or(i64::MAX), requested, sealed],
			)?;
			changes.commit()?;
			Ok(Some(id))
		};
		adding().map_err(IdentifierError::from)?.ok_or(MergeError::Full)
	}

	fn get(&self, id: &str) -> Result<Option<Merge>, IdentifierError> {
		let connection = self.lock();
		let mut found = connection.prepare(&format!("{COLUMNS} WHERE id = ?1"))?;
		let found = found.query_row(params![id], entry).optional()?;
		found.map(|entry| self.opened(entry)).transpose()
	}

	fn all(&self) -> Result<Vec<Merge>, IdentifierError> {
		let connection = self.lock();
		let mut found = connection.prepare(&format!("{COLUMNS} ORDER BY received DESC, id"))?;
		let all = found.query_map([], entry)?;
		all.map(|entry| self.opened(entry?)).collect()
	}

	fn settle(&self, id: &str, state: MergeState) -> Result<bool, IdentifierError> {
		let connection = self.lock();
		let changed = connection
			.execute("UPDATE merges SET state = ?2 WHERE id = ?1", params![id, state.number()])?;
		connection.execute(
			"DELETE FROM merges WHERE state != ?1 AND id NOT IN (
				SELECT id FROM merges WHERE state != ?1 ORDER BY received DESC LIMIT ?2
			 )",
			params![MergeState::Requested.number(), MAX_SETTLED],
		)?;
		Ok(changed > 0)
	}

	fn opened(&self, (id, received, state, sealed): Entry) -> Result<Merge, IdentifierError> {
		let text = Zeroizing::new(self.sealer.open(id.as_bytes(), &sealed)?);
		let [system, value, prior_system, prior_value, survivor, prior]: [String; 6] =
			serde_json::from_slice(&text).map_err(|_| IdentifierError::Entry)?;
		let account = |text: &str| match text {
			"" => Ok(None),
			text => parse_account(text).map(Some).map_err(|_| IdentifierError::Entry),
		};
		Ok(Merge {
			received: u64::try_from(received).unwrap_or_default(),
			survivor: Identifier { system, value },
			prior: Identifier { system: prior_system, value: prior_value },
			survivor_account: account(&survivor)?,
			prior_account: account(&prior)?,
			state: MergeState::of(state).ok_or(IdentifierError::Entry)?,
			id,
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn mrn(value: &str) -> Identifier {
		Identifier { system: "urn:oid:1.2.3".into(), value: value.into() }
	}

	fn open(folder: &tempfile::TempDir) -> Merges {
		Merges::open(&folder.path().join("merges.sqlite"), &"5a".repeat(32)).unwrap()
	}

	#[tokio::test]
	async fn a_merge_is_kept_once_until_it_is_settled() {
		let folder = tempfile::tempdir().unwrap();
		let alice = parse_account("//Alice").unwrap();
		let merges = open(&folder);
		let pair = |prior: &str| [(mrn("1"), Some(alice)), (mrn(prior), None)];
		let first = merges.add(7, pair("2")).await.unwrap();
		assert_eq!(merges.add(8, pair("2")).await.unwrap(), first);
		let second = merges.add(9, pair("3")).await.unwrap();
		drop(merges);
		let merges = open(&folder);
		let expected = Merge {
			id: first.clone(),
			received: 7,
			survivor: mrn("1"),
			prior: mrn("2"),
			survivor_account: Some(alice),
			prior_account: None,
			state: MergeState::Requested,
		};
		assert_eq!(merges.get(&first).await.unwrap(), Some(expected));
		let ids: Vec<_> = merges.all().await.unwrap().into_iter().map(|one| one.id).collect();
		assert_eq!(ids, [second, first.clone()]);
		assert!(merges.settle(&first, MergeState::Completed).await.unwrap());
		assert!(!merges.settle("x", MergeState::Cancelled).await.unwrap());
		assert_eq!(merges.get(&first).await.unwrap().unwrap().state, MergeState::Completed);
		// After that, the same pair is a merge of its own.
		assert_ne!(merges.add(10, pair("2")).await.unwrap(), first);
		for file in std::fs::read_dir(folder.path()).unwrap() {
			let bytes = std::fs::read(file.unwrap().path()).unwrap();
			let found = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
			assert!(!found(b"urn:oid:1.2.3") && !found(alice.to_string().as_bytes()));
		}
	}

	#[tokio::test]
	async fn open_merges_are_bounded() {
		let folder = tempfile::tempdir().unwrap();
		let merges = open(&folder);
		merges
			.0
			.lock()
			.execute(
				"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
				 INSERT INTO merges SELECT 'id' || i, x'00', i, 0, x'00' FROM n",
				[],
			)
			.unwrap();
		let pair = [(mrn("1"), None), (mrn("2"), None)];
		assert!(matches!(merges.add(1, pair.clone()).await, Err(MergeError::Full)));
		assert!(merges.settle("id5", MergeState::Cancelled).await.unwrap());
		assert!(merges.add(1, pair).await.is_ok());
	}
}
