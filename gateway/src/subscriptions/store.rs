//! Subscriptions and their events, in SQLite.
//!
//! An event is in the file before anybody is notified, and its number is counted as delivered after
//! the endpoint has taken it. So whatever is killed, an event is sent again rather than lost. The
//! file has accounts and numbers of records, as the chain has, and nothing else of a patient. What
//! is removed leaves no trace in it.

use std::{
	collections::{HashMap, HashSet},
	path::Path,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use rusqlite::{params, Connection, OptionalExtension, Row};
use salus_client::{
	primitives::{Moment, Purpose},
	Account,
};
use salus_fhir::{
	code::purpose_of,
	subscription::{Act, Event, NewSubscription, Payload, Status, Subscription, Topic},
};

use crate::database;

/// Number of delivered events that are kept for `$events`.
const KEPT: u64 = 10_000;

/// Number of events that wait for their endpoint. Further changes are noticed once it has taken
/// some.
const WAITING: u64 = 10_000;

/// Time after which a subscription is off if its endpoint accepts nothing, in milliseconds.
const PATIENCE: Moment = 30 * 24 * 3_600_000;

/// Time for which this process must have seen its endpoint accept nothing.
const WATCHED: Duration = Duration::from_secs(24 * 3_600);

/// Reason of a subscription that is off because of its endpoint.
const GIVEN_UP: &str = "its endpoint has taken nothing for 30 days; create the subscription again";

/// Account of the subscriptions whose own one is not known.
const NOBODY: [u8; 32] = [0; 32];

/// A subscription with its client, and how far it is.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
	pub(crate) subscription: Subscription,
	/// Id of the client.
	pub(crate) client: String,
	/// Account with which the client made it. Another account of the client gets no event of it.
	pub(crate) account: Account,
	/// Purpose for which the client searches.
	pub(crate) purpose: Purpose,
	/// Whether the endpoint has answered the handshake.
	pub(crate) is_greeted: bool,
	/// Number of the last event that the endpoint has taken.
	pub(crate) delivered: u64,
	/// Number of the last event.
	pub(crate) last: u64,
	/// Reason why its client may not search at the moment.
	pub(crate) barred: Option<String>,
}

impl Kept {
	/// Returns whether the subscription is over, so that no further event is noticed or sent.
	pub(crate) fn is_over(&self) -> bool {
		self.subscription.status == Status::Off
	}

	/// Returns whether there is something to send.
	pub(crate) fn is_due(&self) -> bool {
		let waits = !self.is_greeted || self.delivered < self.last;
		waits && !self.is_over() && self.barred.is_none()
	}
}

/// A match of a subscription's search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
	/// Id of the resource.
	pub(crate) id: String,
	pub(crate) version: u32,
	/// Time of the block that has it, in milliseconds since 1970.
	pub(crate) at: Moment,
}

/// A difference between what is known and what a search found.
struct Difference<'a> {
	resource: &'a str,
	/// Version of the resource; `None` if it is no longer a match.
	version: Option<u32>,
	act: Act,
	at: Moment,
}

/// Returns whether the versions of a type of resources are numbered from 1, without a gap.
fn is_numbered(resource: &str) -> bool {
	resource == "DocumentReference"
}

/// Returns the differences, in the order of the search. If versions are numbered, each one that is
/// not known is a difference, at the time of the last. With a time as `ended`, those that are no
/// longer a match follow. Of the others, returns at most [`WAITING`].
fn differences<'a>(
	known: &'a HashMap<String, u32>,
	seen: &'a [Seen],
	is_numbered: bool,
	ended: Option<Moment>,
) -> Vec<Difference<'a>> {
	let found = seen.iter().flat_map(|Seen { id, version, at }| {
		let (last, known) = (*version, known.get(id).copied());
		let first = match known {
			Some(known) if known == last => None,
			Some(known) if is_numbered && known < last => Some(known.saturating_add(1)),
			None if is_numbered => Some(last.min(1)),
			_ => Some(last),
		};
		let new = first.into_iter().flat_map(move |first| first..=last);
		new.enumerate().map(move |(index, number)| Difference {
			resource: id.as_str(),
			version: Some(number),
			act: if known.is_none() && index == 0 { Act::Added } else { Act::Changed },
			at: *at,
		})
	});
	// There is no room for more, and only the node bounds the numbers.
	let mut all: Vec<_> = found.take(usize::try_from(WAITING).unwrap_or(usize::MAX)).collect();
	if let Some(at) = ended {
		let still: HashSet<_> = seen.iter().map(|one| one.id.as_str()).collect();
		let mut gone: Vec<_> =
			known.keys().map(String::as_str).filter(|one| !still.contains(one)).collect();
		gone.sort_unstable();
		let ended = |resource| Difference { resource, version: None, act: Act::Ended, at };
		all.extend(gone.into_iter().map(ended));
	}
	all
}

/// Subscriptions and their events, in a file.
#[derive(Clone)]
pub(crate) struct Store {
	connection: Arc<Mutex<Connection>>,
	/// Time since which the endpoint of each subscription accepts nothing from this process. The
	/// machine's clock, and the time for which no process ran, say nothing of an endpoint.
	failing: Arc<Mutex<HashMap<String, Instant>>>,
}

fn signed(number: u64) -> i64 {
	i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
	u64::try_from(number).unwrap_or_default()
}

/// Returns the number of a kind of events in the file. The first release had the first two.
fn number_of(act: Act) -> i64 {
	match act {
		Act::Changed => 0,
		Act::Added => 1,
		Act::Ended => 2,
	}
}

fn act_of(number: i64) -> Act {
	match number {
		1 => Act::Added,
		2 => Act::Ended,
		_ => Act::Changed,
	}
}

/// Columns of a subscription, in the order of [`kept`].
const COLUMNS: &str = "id, client, purpose, resource, filter, endpoint, payload, until, made, \
                       delivered, last, greeted, fault, barred, ended, account";

/// Reads a row; `None` if another release wrote it.
fn kept(row: &Row<'_>, now: Moment) -> rusqlite::Result<Option<Kept>> {
	let text = |index: usize| row.get::<_, String>(index);
	let number = |index: usize| Ok::<_, rusqlite::Error>(unsigned(row.get(index)?));
	let end = row.get::<_, Option<i64>>(7)?.map(unsigned);
	let reason = |index: usize| row.get::<_, Option<String>>(index);
	let (is_greeted, fault) = (row.get::<_, bool>(11)?, reason(12)?);
	let (barred, ended) = (reason(13)?, reason(14)?);
	let is_over = ended.is_some() || end.is_some_and(|end| end <= now);
	let fault = ended.or_else(|| barred.clone()).or(fault);
	let status = match (&fault, is_greeted) {
		_ if is_over => Status::Off,
		(Some(_), _) => Status::Error,
		(None, true) => Status::Active,
		(None, false) => Status::Requested,
	};
	let found = (purpose_of(&text(2)?), Topic::of(&text(3)?), Payload::of(&text(6)?));
	let (Some(purpose), Some(topic), Some(payload)) = found else { return Ok(None) };
	let mut account = [0; 32];
	if hex::decode_to_slice(text(15)?, &mut account).is_err() {
		return Ok(None);
	}
	let terms = NewSubscription { topic, filter: text(4)?, endpoint: text(5)?, payload, end };
	let subscription = Subscription { id: text(0)?, terms, status, fault, made: number(8)? };
	Ok(Some(Kept {
		subscription,
		client: text(1)?,
		account: account.into(),
		purpose,
		is_greeted,
		delivered: number(9)?,
		last: number(10)?,
		barred,
	}))
}

impl Store {
	/// Opens the file, or makes it.
	pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
		let connection = database::open(path)?;
		connection.execute_batch(
			"CREATE TABLE IF NOT EXISTS subscriptions (
				id TEXT NOT NULL PRIMARY KEY, client TEXT NOT NULL, purpose TEXT NOT NULL,
				resource TEXT NOT NULL, filter TEXT NOT NULL, endpoint TEXT NOT NULL,
				payload TEXT NOT NULL, until INTEGER, made INTEGER NOT NULL,
				delivered INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0,
				greeted INTEGER NOT NULL DEFAULT 0, fault TEXT, account TEXT NOT NULL
			 ) STRICT, WITHOUT ROWID;
			 CREATE TABLE IF NOT EXISTS known (
				subscription TEXT NOT NULL, resource TEXT NOT NULL, version INTEGER NOT NULL,
				PRIMARY KEY (subscription, resource)
			 ) STRICT, WITHOUT ROWID;
			 CREATE TABLE IF NOT EXISTS events (
				subscription TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
				resource TEXT NOT NULL, new INTEGER NOT NULL,
				PRIMARY KEY (subscription, number)
			 ) STRICT, WITHOUT ROWID;",
		)?;
		// An earlier form of the file has no accounts. No client has this one, so the subscriptions
		// are paused, and their clients learn that they must create them again.
		database::unless_it_has(
			&connection,
			("subscriptions", "account"),
			&format!(
				"ALTER TABLE subscriptions ADD COLUMN account TEXT NOT NULL DEFAULT '{}'",
				hex::encode(NOBODY)
			),
		)?;
		// Columns that the first release did not have: why its client may not search, why it is
		// off, and since when its endpoint has taken nothing.
		database::upgrade(&connection, |changes| {
			changes.execute_batch(
				"ALTER TABLE subscriptions ADD COLUMN barred TEXT;
				 ALTER TABLE subscriptions ADD COLUMN ended TEXT;
				 ALTER TABLE subscriptions ADD COLUMN failing INTEGER;",
			)
		})?;
		Ok(Self { connection: Arc::new(Mutex::new(connection)), failing: Arc::default() })
	}

	fn lock(&self) -> MutexGuard<'_, Connection> {
		self.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Notes whether an endpoint fails, and returns how long this process has seen it fail.
	fn watched(&self, id: &str, now: Option<Instant>) -> Duration {
		let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
		match now {
			Some(now) => {
				let since = *failing.entry(id.to_owned()).or_insert(now);
				now.saturating_duration_since(since)
			}
			None => {
				failing.remove(id);
				Duration::ZERO
			}
		}
	}

	/// Keeps a subscription. Present matches are not events. Returns whether the client had fewer
	/// than `most` before; otherwise, keeps nothing.
	pub(crate) fn add(&self, new: &Kept, seen: &[Seen], most: usize) -> rusqlite::Result<bool> {
		let Kept { subscription, client, account, purpose, .. } = new;
		let Subscription { id, terms, made, .. } = subscription;
		let mut connection = self.lock();
		let changes = connection.transaction()?;
		let held: i64 = changes.query_row(
			"SELECT count(*) FROM subscriptions WHERE client = ?1",
			params![client],
			|row| row.get(0),
		)?;
		if unsigned(held) >= most as u64 {
			return Ok(false);
		}
		changes.execute(
			"INSERT INTO subscriptions
			 (id, client, purpose, resource, filter, endpoint, payload, until, made, account)
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
			params![
				id,
				client,
				format!("{purpose:?}"),
				terms.topic.resource,
				terms.filter,
				terms.endpoint,
				terms.payload.code(),
				terms.end.map(signed),
				signed(*made),
				hex::encode(account.0),
			],
		)?;
		for one in seen {
			changes.execute(
				"INSERT INTO known (subscription, resource, version) VALUES (?1, ?2, ?3)",
				params![id, one.id, one.version],
			)?;
		}
		changes.commit()?;
		Ok(true)
	}

	/// Returns the subscriptions of a client, or of all clients, the oldest first. `now` is in
	/// milliseconds since 1970.
	pub(crate) fn all(&self, client: Option<&str>, now: Moment) -> rusqlite::Result<Vec<Kept>> {
		let connection = self.lock();
		let mut found = connection.prepare(&format!(
			"SELECT {COLUMNS} FROM subscriptions WHERE ?1 IS NULL OR client = ?1 ORDER BY made, id"
		))?;
		let rows = found.query_map(params![client], |row| kept(row, now))?;
		Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
	}

	/// Removes a subscription of a client, and all that is kept of it. Returns whether there was
	/// one.
	pub(crate) fn remove(&self, client: &str, id: &str) -> rusqlite::Result<bool> {
		let mut connection = self.lock();
		let changes = connection.transaction()?;
		let removed = changes.execute(
			"DELETE FROM subscriptions WHERE client = ?1 AND id = ?2",
			params![client, id],
		)?;
		if removed > 0 {
			self.watched(id, None);
			changes.execute("DELETE FROM known WHERE subscription = ?1", params![id])?;
			changes.execute("DELETE FROM events WHERE subscription = ?1", params![id])?;
		}
		changes.commit()?;
		database::wipe(&connection)?;
		Ok(removed > 0)
	}

	/// Returns the ids of a subscription's known matches.
	pub(crate) fn known(&self, id: &str) -> rusqlite::Result<HashSet<String>> {
		let connection = self.lock();
		let mut found = connection.prepare("SELECT resource FROM known WHERE subscription = ?1")?;
		let rows = found.query_map(params![id], |row| row.get(0))?;
		rows.collect()
	}

	/// Notes the matches of a subscription's search, in the order of the chain. Each that is new,
	/// or has another version, is an event, as long as there is room; so is each version of a
	/// document between the known one and the last. With the time of the search as `ended`, so is
	/// each that is no longer a match. Returns the number of events that were made.
	pub(crate) fn note(
		&self,
		id: &str,
		seen: &[Seen],
		ended: Option<Moment>,
	) -> rusqlite::Result<u64> {
		let mut connection = self.lock();
		let changes = connection.transaction()?;
		let state = "SELECT last, delivered, resource FROM subscriptions WHERE id = ?1";
		let state = changes.query_row(state, params![id], |row| {
			Ok((unsigned(row.get(0)?), unsigned(row.get(1)?), row.get::<_, String>(2)?))
		});
		// The subscription may have been removed since it was read.
		let Some((before, delivered, resource)) = state.optional()? else { return Ok(0) };
		let is_numbered = is_numbered(&resource);
		let known: HashMap<String, u32> = {
			let mut known =
				changes.prepare("SELECT resource, version FROM known WHERE subscription = ?1")?;
			let rows = known.query_map(params![id], |row| Ok((row.get(0)?, row.get(1)?)))?;
			rows.collect::<rusqlite::Result<_>>()?
		};
		let mut last = before;
		for Difference { resource, version, act, at } in
			differences(&known, seen, is_numbered, ended)
		{
			// The next search finds the rest.
			if last.saturating_sub(delivered) >= WAITING {
				break;
			}
			last = last.saturating_add(1);
			match version {
				Some(version) => changes.execute(
					"INSERT INTO known (subscription, resource, version) VALUES (?1, ?2, ?3)
					 ON CONFLICT DO UPDATE SET version = excluded.version",
					params![id, resource, version],
				)?,
				None => changes.execute(
					"DELETE FROM known WHERE subscription = ?1 AND resource = ?2",
					params![id, resource],
				)?,
			};
			changes.execute(
				"INSERT INTO events (subscription, number, at, resource, new)
				 VALUES (?1, ?2, ?3, ?4, ?5)",
				params![id, signed(last), signed(at), resource, number_of(act)],
			)?;
		}
		if last > before {
			changes.execute(
				"UPDATE subscriptions SET last = ?2 WHERE id = ?1",
				params![id, signed(last)],
			)?;
		}
		changes.commit()?;
		Ok(last.saturating_sub(before))
	}

	/// Returns the events of a subscription with these numbers, at most `most`.
	pub(crate) fn events(
		&self,
		id: &str,
		from: u64,
		until: u64,
		most: usize,
	) -> rusqlite::Result<Vec<Event>> {
		let connection = self.lock();
		let mut found = connection.prepare(
			"SELECT number, at, resource, new FROM events
			 WHERE subscription = ?1 AND number >= ?2 AND number <= ?3 ORDER BY number LIMIT ?4",
		)?;
		let rows = found.query_map(
			params![id, signed(from), signed(until), signed(most as u64)],
			|row| {
				Ok(Event {
					number: unsigned(row.get(0)?),
					at: unsigned(row.get(1)?),
					focus: row.get(2)?,
					act: act_of(row.get(3)?),
				})
			},
		)?;
		rows.collect()
	}

	/// Notes that the endpoint has taken a notification with events up to this number.
	pub(crate) fn delivered(&self, id: &str, number: u64) -> rusqlite::Result<()> {
		self.watched(id, None);
		let connection = self.lock();
		connection.execute(
			"UPDATE subscriptions
			 SET greeted = 1, fault = NULL, failing = NULL, delivered = max(delivered, ?2)
			 WHERE id = ?1",
			params![id, signed(number)],
		)?;
		connection.execute(
			"DELETE FROM events WHERE subscription = ?1 AND number <= ?2",
			params![id, signed(number.saturating_sub(KEPT))],
		)?;
		Ok(())
	}

	/// Returns the number of subscriptions whose endpoint does not take notifications.
	pub(crate) fn failing(&self, now: Moment) -> rusqlite::Result<i64> {
		let failing = "SELECT count(*) FROM subscriptions
			WHERE fault IS NOT NULL AND (until IS NULL OR until > ?1)";
		self.lock().query_row(failing, params![signed(now)], |row| row.get(0))
	}

	/// Notes that a notification was not taken. A subscription whose endpoint accepts nothing for
	/// too long is off.
	pub(crate) fn failed(
		&self,
		id: &str,
		fault: &str,
		(now, instant): (Moment, Instant),
	) -> rusqlite::Result<()> {
		let is_watched = self.watched(id, Some(instant)) >= WATCHED;
		self.lock().execute(
			"UPDATE subscriptions SET fault = ?2, failing = coalesce(failing, ?3),
				ended = iif(?6 AND ?3 - coalesce(failing, ?3) >= ?4, ?5, ended)
			 WHERE id = ?1",
			params![id, fault, signed(now), signed(PATIENCE), GIVEN_UP, is_watched],
		)?;
		Ok(())
	}

	/// Notes why a client may not search at the moment, or that it may again. Until then,
	/// nothing is sent to its endpoint.
	pub(crate) fn bar(&self, id: &str, reason: Option<&str>) -> rusqlite::Result<()> {
		self.watched(id, None);
		self.lock().execute(
			"UPDATE subscriptions SET barred = ?2, failing = NULL WHERE id = ?1",
			params![id, reason],
		)?;
		Ok(())
	}
}

#[cfg(test)]
pub(super) mod tests;
