//! Merges of patients' numbers that a hospital system reports, for a person to settle.
//!
//! A merge moves nothing by itself. Merges are in SQLite, each sealed as the identifiers are.

use std::path::Path;

use rusqlite::{params, Connection, OptionalExtension, Row};
use salus_client::{parse_account, primitives::Moment, Account};
use zeroize::Zeroizing;

use crate::{
	database,
	identifiers::{Identifier, IdentifierError},
	sealed::{File, Form, Sealer},
};

/// Maximum number of open merges. A search reads all of them, and all settled ones.
const MAX_OPEN: i64 = 1_000;

/// Maximum number of open merges that came to one address, so that no sender takes all the room.
const MAX_OPEN_OF_ONE: i64 = 250;

/// Number of settled merges that are kept. They are the latest ones.
const MAX_SETTLED: i64 = 1_000;

/// State of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeState {
	/// The merge waits for a person.
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

/// Two numbers of the hospital that are one patient's, according to one of its systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merge {
	pub(crate) id: String,
	/// Time at which the message arrived, in milliseconds since 1970.
	pub(crate) received: Moment,
	/// Time at which its state last changed, in milliseconds since 1970.
	pub(crate) changed: Moment,
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

/// The number that stays and the one that ends, each with the patient who has it, if there is one.
pub(crate) type Numbers = [(Identifier, Option<Account>); 2];

/// Reason why a merge is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
	/// Too many wait.
	#[error("too many merges wait for a person; settle some, and send this one again")]
	Full,
	/// One message has more than can wait.
	#[error("the message has more than {MAX_OPEN_OF_ONE} merges; split it")]
	TooMany,
	/// The file cannot be used.
	#[error(transparent)]
	File(#[from] IdentifierError),
}

/// Merges and their states, in a file.
#[derive(Clone)]
pub(crate) struct Merges(File);

const FORM: Form = Form {
	label: b"salus/gateway/merges",
	tables: "CREATE TABLE IF NOT EXISTS merges (
			id TEXT NOT NULL PRIMARY KEY, pair BLOB NOT NULL, received INTEGER NOT NULL,
			changed INTEGER NOT NULL, state INTEGER NOT NULL, sealed BLOB NOT NULL,
			listener TEXT NOT NULL
		) STRICT, WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS merges_pair ON merges (pair, state);
		CREATE INDEX IF NOT EXISTS merges_state ON merges (state, changed);",
};

impl Merges {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		let file = File::open(path, &FORM, secret)?;
		// An earlier form of the file does not say at which address a merge arrived.
		let add = "ALTER TABLE merges ADD COLUMN listener TEXT NOT NULL DEFAULT ''";
		database::unless_it_has(&file.lock(), ("merges", "listener"), add)?;
		Ok(Self(file))
	}

	/// Seals the merges under another secret, all or none, and returns their number; `None` if they
	/// are sealed under it already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		FORM.reseal(path, old, new, |changes, old, new| {
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

	/// Keeps the merges of a message, all or none, and returns their ids. If the same pair waits
	/// already, returns the id of that merge. `listener` is the address at which they arrived.
	pub(crate) async fn add(
		&self,
		received: Moment,
		listener: &str,
		pairs: Vec<Numbers>,
	) -> Result<Vec<String>, MergeError> {
		let listener = listener.to_owned();
		self.0.blocking(move |file| add(file, received, &listener, &pairs)).await
	}

	/// Returns a merge.
	pub(crate) async fn get(&self, id: &str) -> Result<Option<Merge>, IdentifierError> {
		let id = id.to_owned();
		self.0.blocking(move |file| get(file.sealer(), &file.lock(), &id)).await
	}

	/// Returns all merges, the newest first.
	pub(crate) async fn all(&self) -> Result<Vec<Merge>, IdentifierError> {
		self.0
			.blocking(|file| {
				let connection = file.lock();
				let mut found =
					connection.prepare(&format!("{COLUMNS} ORDER BY received DESC, id"))?;
				let all = found.query_map([], entry)?;
				all.map(|entry| opened(file.sealer(), entry?)).collect()
			})
			.await
	}

	/// Gives a merge that waits a state, and returns it; `None` if none waits.
	pub(crate) async fn settle(
		&self,
		id: &str,
		state: MergeState,
		now: Moment,
	) -> Result<Option<Merge>, IdentifierError> {
		let id = id.to_owned();
		self.0.blocking(move |file| settle(file, &id, state, now)).await
	}
}

/// A row: id, times, state, and what is sealed.
type Entry = (String, [i64; 2], i64, Vec<u8>);

const COLUMNS: &str = "SELECT id, received, changed, state, sealed FROM merges";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
	Ok((row.get(0)?, [row.get(1)?, row.get(2)?], row.get(3)?, row.get(4)?))
}

fn signed(moment: Moment) -> i64 {
	i64::try_from(moment).unwrap_or(i64::MAX)
}

/// A merge that is to be kept.
struct Sealed {
	id: String,
	/// HMAC by which its pair is found.
	pair: Vec<u8>,
	content: Vec<u8>,
}

impl Sealed {
	fn new(sealer: &Sealer, [survivor, prior]: &Numbers) -> Result<Self, IdentifierError> {
		let parts =
			[&survivor.0, &prior.0].map(|one| [one.system.as_str(), one.value.as_str()]).concat();
		let pair = sealer.mac(b"pair", &parts);
		let mut random = [0; 16];
		getrandom::fill(&mut random).map_err(|_| IdentifierError::Entry)?;
		let id = hex::encode(random);
		let account = |one: &Option<Account>| one.map(|one| one.to_string()).unwrap_or_default();
		let accounts = [account(&survivor.1), account(&prior.1)];
		let text: Vec<&str> =
			parts.into_iter().chain(accounts.iter().map(String::as_str)).collect();
		let text = serde_json::to_vec(&text).map_err(|_| IdentifierError::Entry)?;
		let content = sealer.seal(id.as_bytes(), text)?;
		Ok(Self { id, pair, content })
	}

	/// Keeps the merge, unless its pair waits already, and returns its id; `None` if too many wait.
	fn keep(
		self,
		changes: &Connection,
		received: Moment,
		listener: &str,
	) -> rusqlite::Result<Option<String>> {
		let Self { id, pair, content } = self;
		let requested = MergeState::Requested.number();
		let waiting = changes.query_row(
			"SELECT id FROM merges WHERE pair = ?1 AND state = ?2",
			params![pair, requested],
			|row| row.get(0),
		);
		if let Some(id) = waiting.optional()? {
			return Ok(Some(id));
		}
		let (open, of_one): (i64, i64) = changes.query_row(
			"SELECT count(*), count(*) FILTER (WHERE listener = ?2) FROM merges WHERE state = ?1",
			params![requested, listener],
			|row| Ok((row.get(0)?, row.get(1)?)),
		)?;
		if open >= MAX_OPEN || of_one >= MAX_OPEN_OF_ONE {
			return Ok(None);
		}
		changes.execute(
			"INSERT INTO merges (id, pair, received, changed, state, sealed, listener)
			 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)",
			params![id, pair, signed(received), requested, content, listener],
		)?;
		Ok(Some(id))
	}
}

fn add(
	file: &File,
	received: Moment,
	listener: &str,
	pairs: &[Numbers],
) -> Result<Vec<String>, MergeError> {
	let count = i64::try_from(pairs.len()).unwrap_or(i64::MAX);
	if count > MAX_OPEN_OF_ONE {
		return Err(MergeError::TooMany);
	}
	let all = pairs.iter().map(|pair| Sealed::new(file.sealer(), pair));
	let all = all.collect::<Result<Vec<_>, _>>()?;
	let mut connection = file.lock();
	// Without a commit, nothing stays.
	let changes = connection.transaction().map_err(IdentifierError::from)?;
	let mut ids = Vec::new();
	for one in all {
		let kept = one.keep(&changes, received, listener).map_err(IdentifierError::from)?;
		ids.push(kept.ok_or(MergeError::Full)?);
	}
	changes.commit().map_err(IdentifierError::from)?;
	Ok(ids)
}

fn get(
	sealer: &Sealer,
	connection: &Connection,
	id: &str,
) -> Result<Option<Merge>, IdentifierError> {
	let mut found = connection.prepare(&format!("{COLUMNS} WHERE id = ?1"))?;
	let found = found.query_row(params![id], entry).optional()?;
	found.map(|entry| opened(sealer, entry)).transpose()
}

fn settle(
	file: &File,
	id: &str,
	state: MergeState,
	now: Moment,
) -> Result<Option<Merge>, IdentifierError> {
	let mut connection = file.lock();
	let changes = connection.transaction()?;
	let requested = MergeState::Requested.number();
	// A clock that was set back changes the time, too.
	let changed = changes.execute(
		"UPDATE merges SET state = ?2, changed = max(?3, changed + 1)
		 WHERE id = ?1 AND state = ?4",
		params![id, state.number(), signed(now), requested],
	)?;
	if changed == 0 {
		return Ok(None);
	}
	let settled = get(file.sealer(), &changes, id)?;
	changes.execute(
		"DELETE FROM merges WHERE state != ?1 AND id NOT IN (
			SELECT id FROM merges WHERE state != ?1 ORDER BY changed DESC LIMIT ?2
		 )",
		params![requested, MAX_SETTLED],
	)?;
	changes.commit()?;
	Ok(settled)
}

fn opened(sealer: &Sealer, (id, times, state, sealed): Entry) -> Result<Merge, IdentifierError> {
	let text = Zeroizing::new(sealer.open(id.as_bytes(), &sealed)?);
	let [system, value, prior_system, prior_value, survivor, prior]: [String; 6] =
		serde_json::from_slice(&text).map_err(|_| IdentifierError::Entry)?;
	let account = |text: &str| match text {
		"" => Ok(None),
		text => parse_account(text).map(Some).map_err(|_| IdentifierError::Entry),
	};
	let [received, changed] = times.map(|time| Moment::try_from(time).unwrap_or_default());
	Ok(Merge {
		received,
		changed,
		survivor: Identifier { system, value },
		prior: Identifier { system: prior_system, value: prior_value },
		survivor_account: account(&survivor)?,
		prior_account: account(&prior)?,
		state: MergeState::of(state).ok_or(IdentifierError::Entry)?,
		id,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::database::tests::has;

	/// Address at which the merges arrive.
	const HERE: &str = "127.0.0.1:2575";

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
		let first = add_one(&merges, 7, HERE, pair("2")).await.unwrap();
		assert_eq!(add_one(&merges, 8, HERE, pair("2")).await.unwrap(), first);
		let second = add_one(&merges, 9, HERE, pair("3")).await.unwrap();
		drop(merges);
		let merges = open(&folder);
		let expected = Merge {
			id: first.clone(),
			received: 7,
			changed: 7,
			survivor: mrn("1"),
			prior: mrn("2"),
			survivor_account: Some(alice),
			prior_account: None,
			state: MergeState::Requested,
		};
		assert_eq!(merges.get(&first).await.unwrap(), Some(expected));
		let ids: Vec<_> = merges.all().await.unwrap().into_iter().map(|one| one.id).collect();
		assert_eq!(ids, [second.clone(), first.clone()]);
		let settle = async |id: &str, now| {
			let settled = merges.settle(id, MergeState::Completed, now).await.unwrap();
			settled.map(|merge| (merge.state, merge.received, merge.changed))
		};
		let settled = Some((MergeState::Completed, 7, 20));
		assert_eq!(settle(&first, 20).await, settled);
		assert_eq!(settle(&first, 21).await, None, "it is settled once");
		assert_eq!(settle("x", 21).await, None);
		let kept = merges.get(&first).await.unwrap().unwrap();
		assert_eq!(Some((kept.state, kept.received, kept.changed)), settled);
		// A clock that was set back.
		assert_eq!(settle(&second, 1).await, Some((MergeState::Completed, 9, 10)));
		// After that, the same pair is a new merge.
		assert_ne!(add_one(&merges, 10, HERE, pair("2")).await.unwrap(), first);
		assert!(!has(folder.path(), "urn:oid:1.2.3"));
		assert!(!has(folder.path(), alice.to_string()));
	}

	/// Keeps one merge, and returns its id.
	async fn add_one(
		merges: &Merges,
		received: Moment,
		listener: &str,
		pair: Numbers,
	) -> Result<String, MergeError> {
		let [id] = <[_; 1]>::try_from(merges.add(received, listener, vec![pair]).await?).unwrap();
		Ok(id)
	}

	/// Adds a number of merges with a state, which came to an address.
	fn fill(merges: &Merges, count: i64, state: MergeState, listener: &str) {
		let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
			 INSERT INTO merges SELECT ?2 || i || ?3, x'00', i, i, ?2, x'00', ?3 FROM n";
		merges.0.lock().execute(fill, params![count, state.number(), listener]).unwrap();
	}

	#[tokio::test]
	async fn one_address_does_not_take_all_the_room() {
		let folder = tempfile::tempdir().unwrap();
		let merges = open(&folder);
		let pair = |prior: &str| [(mrn("1"), None), (mrn(prior), None)];
		fill(&merges, MAX_OPEN_OF_ONE - 1, MergeState::Requested, HERE);
		fill(&merges, MAX_SETTLED, MergeState::Cancelled, HERE);
		let last = add_one(&merges, 1, HERE, pair("2")).await.unwrap();
		assert!(matches!(add_one(&merges, 1, HERE, pair("3")).await, Err(MergeError::Full)));
		assert_eq!(add_one(&merges, 1, HERE, pair("2")).await.unwrap(), last);
		assert!(add_one(&merges, 1, "127.0.0.1:2576", pair("3")).await.is_ok());
	}

	#[tokio::test]
	async fn the_merges_of_a_message_are_kept_whole() {
		fn pair(prior: usize) -> Numbers {
			[(mrn("1"), None), (mrn(&prior.to_string()), None)]
		}
		let folder = tempfile::tempdir().unwrap();
		let merges = open(&folder);
		let add = async |count: usize| {
			let pairs = (2..).take(count).map(pair).collect();
			merges.add(1, HERE, pairs).await.map(|ids| ids.len())
		};
		let count = || {
			let count = "SELECT count(*) FROM merges";
			merges.0.lock().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap()
		};
		fill(&merges, MAX_OPEN_OF_ONE - 2, MergeState::Requested, HERE);
		assert!(matches!(add(3).await, Err(MergeError::Full)));
		assert_eq!(count(), MAX_OPEN_OF_ONE - 2, "there is no part of it");
		assert_eq!(add(2).await.unwrap(), 2);
		assert_eq!(count(), MAX_OPEN_OF_ONE);
		assert_eq!(add(2).await.unwrap(), 2, "they wait already");
		assert!(matches!(add(251).await, Err(MergeError::TooMany)));
		assert_eq!(count(), MAX_OPEN_OF_ONE);
	}

	#[tokio::test]
	async fn merges_are_bounded() {
		let folder = tempfile::tempdir().unwrap();
		let merges = open(&folder);
		let pair = |prior: &str| [(mrn("1"), None), (mrn(prior), None)];
		let first = add_one(&merges, 1, HERE, pair("2")).await.unwrap();
		fill(&merges, MAX_OPEN - 1, MergeState::Requested, "other");
		assert!(matches!(add_one(&merges, 1, HERE, pair("3")).await, Err(MergeError::Full)));
		fill(&merges, MAX_SETTLED, MergeState::Cancelled, "");
		// The one that was settled longest ago makes room.
		let settled = merges.settle(&first, MergeState::Completed, 1_000_000).await.unwrap();
		assert_eq!(merges.get(&first).await.unwrap(), settled);
		assert!(settled.is_some() && merges.get("21").await.unwrap().is_none());
		let count = "SELECT count(*) FROM merges WHERE state != 0";
		let count: i64 = merges.0.lock().query_row(count, [], |row| row.get(0)).unwrap();
		assert_eq!(count, MAX_SETTLED);
		assert!(add_one(&merges, 1, HERE, pair("3")).await.is_ok());
	}

	#[tokio::test]
	async fn a_file_without_listeners_is_read() {
		let folder = tempfile::tempdir().unwrap();
		let merges = open(&folder);
		let pair = |prior: &str| [(mrn("1"), None), (mrn(prior), None)];
		let first = add_one(&merges, 7, HERE, pair("2")).await.unwrap();
		merges.0.lock().execute_batch("ALTER TABLE merges DROP COLUMN listener").unwrap();
		drop(merges);
		let merges = open(&folder);
		assert_eq!(add_one(&merges, 8, HERE, pair("2")).await.unwrap(), first);
		assert!(add_one(&merges, 9, HERE, pair("3")).await.is_ok());
		assert_eq!(merges.all().await.unwrap().len(), 2);
	}

	#[tokio::test]
	async fn merges_are_sealed_under_another_secret() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("merges.sqlite");
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let merges = open(&folder);
		let pair = || [(mrn("1"), None), (mrn("2"), Some(parse_account("//Bob").unwrap()))];
		let id = add_one(&merges, 7, HERE, pair()).await.unwrap();
		let before = merges.get(&id).await.unwrap();
		let in_use = Merges::reseal(&path, &old, &new);
		assert!(matches!(in_use, Err(IdentifierError::InUse)), "the server runs");
		drop(merges);
		assert_eq!(Merges::reseal(&path, &old, &new).unwrap(), Some(1));
		assert_eq!(Merges::reseal(&path, &old, &new).unwrap(), None);
		assert!(matches!(Merges::open(&path, &old), Err(IdentifierError::OtherSecret)));
		let merges = Merges::open(&path, &new).unwrap();
		assert_eq!(merges.get(&id).await.unwrap(), before);
		assert_eq!(add_one(&merges, 8, HERE, pair()).await.unwrap(), id, "the pair is found");
	}
}
