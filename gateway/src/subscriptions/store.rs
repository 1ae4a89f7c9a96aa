//! Subscriptions and their events, in SQLite.
//!
//! An event is in the file before anybody is notified, and its number is counted as delivered after
//! the endpoint has taken it. So whatever is killed, an event is sent again rather than lost. The
//! file has accounts and numbers of records, as the chain has, and nothing else of a patient. What
//! is removed leaves no trace in it.

use std::{
	collections::HashMap,
	path::Path,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{params, Connection, OptionalExtension, Row};
use salus_client::primitives::{Moment, Purpose};
use salus_fhir::{
	code::purpose_of,
	subscription::{Event, NewSubscription, Payload, Status, Subscription, Topic},
};

use crate::database;

/// Number of delivered events that are kept for `$events`.
const KEPT: u64 = 10_000;

/// Number of events that wait for their endpoint. Further changes are noticed once it has taken
/// some.
const WAITING: u64 = 10_000;

/// Time after which a subscription whose endpoint takes nothing is off, in milliseconds.
const PATIENCE: Moment = 30 * 24 * 3_600_000;

/// Reason of a subscription that is off because of its endpoint.
const GIVEN_UP: &str = "its endpoint has taken nothing for 30 days; create it again";

/// A subscription with its client, and how far it is.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
	pub(crate) subscription: Subscription,
	/// Id of the client.
	pub(crate) client: String,
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
	/// Returns whether it is over, so that nothing is noticed or sent any more.
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

/// The subscriptions.
#[derive(Clone)]
pub(crate) struct Store(Arc<Mutex<Connection>>);

fn signed(number: u64) -> i64 {
	i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
	u64::try_from(number).unwrap_or_default()
}

/// Columns of a subscription, in the order of [`kept`].
const COLUMNS: &str = "id, client, purpose, resource, filter, endpoint, payload, until, made, \
                       delivered, last, greeted, fault, barred, ended";

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
	let terms = NewSubscription { topic, filter: text(4)?, endpoint: text(5)?, payload, end };
	let subscription = Subscription { id: text(0)?, terms, status, fault, made: number(8)? };
	Ok(Some(Kept {
		subscription,
		client: text(1)?,
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
				greeted INTEGER NOT NULL DEFAULT 0, fault TEXT
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
		// Columns that the first release did not have: why its client may not search, why it is off,
		// and since when its endpoint has taken nothing.
		database::upgrade(&connection, |changes| {
			changes.execute_batch(
				"ALTER TABLE subscriptions ADD COLUMN barred TEXT;
				 ALTER TABLE subscriptions ADD COLUMN ended TEXT;
				 ALTER TABLE subscriptions ADD COLUMN failing INTEGER;",
			)
		})?;
		Ok(Self(Arc::new(Mutex::new(connection))))
	}

	fn lock(&self) -> MutexGuard<'_, Connection> {
		self.0.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Keeps a subscription. What matches now is no event. Returns whether the client had fewer than
	/// `most` before; otherwise, keeps nothing.
	pub(crate) fn add(&self, new: &Kept, seen: &[Seen], most: usize) -> rusqlite::Result<bool> {
		let Kept { subscription: Subscription { id, terms, made, .. }, client, purpose, .. } = new;
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
			 (id, client, purpose, resource, filter, endpoint, payload, until, made)
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
			changes.execute("DELETE FROM known WHERE subscription = ?1", params![id])?;
			changes.execute("DELETE FROM events WHERE subscription = ?1", params![id])?;
		}
		changes.commit()?;
		database::wipe(&connection)?;
		Ok(removed > 0)
	}

	/// Notes the matches of a subscription's search, in the order of the chain. Each that is new, or
	/// has another version, is an event, as long as there is room. Returns the number of events that
	/// were made.
	pub(crate) fn note(&self, id: &str, seen: &[Seen]) -> rusqlite::Result<u64> {
		let mut connection = self.lock();
		let changes = connection.transaction()?;
		let numbers = "SELECT last, delivered FROM subscriptions WHERE id = ?1";
		let numbers = changes.query_row(numbers, params![id], |row| {
			Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)))
		});
		// It may have been removed meanwhile.
		let Some((before, delivered)) = numbers.optional()? else { return Ok(0) };
		let known: HashMap<String, u32> = {
			let mut known =
				changes.prepare("SELECT resource, version FROM known WHERE subscription = ?1")?;
			let rows = known.query_map(params![id], |row| Ok((row.get(0)?, row.get(1)?)))?;
			rows.collect::<rusqlite::Result<_>>()?
		};
		let mut last = before;
		for one in seen {
			let version = known.get(&one.id);
			if version == Some(&one.version) {
				continue;
			}
			// The next search finds the rest.
			if last.saturating_sub(delivered) >= WAITING {
				break;
			}
			last = last.saturating_add(1);
			changes.execute(
				"INSERT INTO known (subscription, resource, version) VALUES (?1, ?2, ?3)
				 ON CONFLICT DO UPDATE SET version = excluded.version",
				params![id, one.id, one.version],
			)?;
			changes.execute(
				"INSERT INTO events (subscription, number, at, resource, new)
				 VALUES (?1, ?2, ?3, ?4, ?5)",
				params![id, signed(last), signed(one.at), one.id, version.is_none()],
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
					is_new: row.get(3)?,
				})
			},
		)?;
		rows.collect()
	}

	/// Notes that the endpoint has taken a notification with events up to this number.
	pub(crate) fn delivered(&self, id: &str, number: u64) -> rusqlite::Result<()> {
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

	/// Notes that a notification was not taken. A subscription whose endpoint takes nothing for too
	/// long is off.
	pub(crate) fn failed(&self, id: &str, fault: &str, now: Moment) -> rusqlite::Result<()> {
		self.lock().execute(
			"UPDATE subscriptions SET fault = ?2, failing = coalesce(failing, ?3),
				ended = iif(?3 - coalesce(failing, ?3) >= ?4, ?5, ended)
			 WHERE id = ?1",
			params![id, fault, signed(now), signed(PATIENCE), GIVEN_UP],
		)?;
		Ok(())
	}

	/// Notes why a client may not search at the moment, or that it may again.
	pub(crate) fn bar(&self, id: &str, reason: Option<&str>) -> rusqlite::Result<()> {
		let reason = params![id, reason];
		self.lock().execute("UPDATE subscriptions SET barred = ?2 WHERE id = ?1", reason)?;
		Ok(())
	}
}

#[cfg(test)]
pub(super) mod tests {
	use super::*;
	use proptest::prelude::*;

	pub(in crate::subscriptions) fn new(id: &str, client: &str) -> Kept {
		let terms = NewSubscription {
			topic: Topic::of("DocumentReference").unwrap(),
			filter: "patient=Patient/1".into(),
			endpoint: "https://his.example.org/".into(),
			payload: Payload::IdOnly,
			end: Some(1_000),
		};
		let status = Status::Requested;
		Kept {
			subscription: Subscription { id: id.into(), terms, status, fault: None, made: 1 },
			client: client.into(),
			purpose: Purpose::TREAT,
			is_greeted: false,
			delivered: 0,
			last: 0,
			barred: None,
		}
	}

	fn seen(id: &str, version: u32) -> Seen {
		Seen { id: id.into(), version, at: 5 }
	}

	#[test]
	fn only_changes_are_events() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("subscriptions.sqlite");
		let store = Store::open(&path).unwrap();
		assert!(store.add(&new("a", "his"), &[seen("1", 1)], 2).unwrap());
		assert_eq!(store.note("a", &[seen("1", 1)]).unwrap(), 0);
		assert_eq!(store.note("a", &[seen("1", 2), seen("2", 1)]).unwrap(), 2);
		// Hidden for a while, it is no event when it is back.
		assert_eq!(store.note("a", &[seen("1", 2)]).unwrap(), 0);
		assert_eq!(store.note("a", &[seen("1", 2), seen("2", 1)]).unwrap(), 0);
		drop(store);
		let store = Store::open(&path).unwrap();
		let events = store.events("a", 1, 9, 10).unwrap();
		let told = |event: &Event| (event.number, event.focus.clone(), event.is_new);
		let told: Vec<_> = events.iter().map(told).collect();
		assert_eq!(told, [(1, "1".into(), false), (2, "2".into(), true)]);
		assert_eq!(store.events("a", 2, 2, 10).unwrap().len(), 1);
		assert_eq!(store.note("missing", &[seen("1", 1)]).unwrap(), 0);
	}

	#[test]
	fn a_subscription_is_its_clients() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		assert!(store.add(&new("a", "his"), &[], 2).unwrap());
		assert!(store.add(&new("b", "his"), &[], 2).unwrap());
		assert!(!store.add(&new("c", "his"), &[], 2).unwrap());
		assert!(store.add(&new("d", "lab"), &[], 2).unwrap());
		assert_eq!(store.all(Some("his"), 0).unwrap().len(), 2);
		assert_eq!(store.all(None, 0).unwrap().len(), 3);
		assert!(!store.remove("lab", "a").unwrap());
		assert!(store.remove("his", "a").unwrap() && !store.remove("his", "a").unwrap());
		assert_eq!(store.all(Some("his"), 0).unwrap().len(), 1);
	}

	#[test]
	fn the_state_is_that_of_the_endpoint() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		store.add(&new("a", "his"), &[], 2).unwrap();
		let one = |now| store.all(None, now).unwrap().remove(0);
		assert!(one(0).is_due() && one(0).subscription.status == Status::Requested);
		store.failed("a", "it does not answer", 1).unwrap();
		assert_eq!(one(0).subscription.status, Status::Error);
		assert_eq!((store.failing(0).unwrap(), store.failing(1_000).unwrap()), (1, 0));
		store.delivered("a", 0).unwrap();
		assert!(!one(0).is_due() && one(0).subscription.status == Status::Active);
		assert_eq!(store.failing(0).unwrap(), 0);
		store.note("a", &[seen("1", 1)]).unwrap();
		assert!(one(0).is_due());
		assert!(!one(1_000).is_due() && one(1_000).subscription.status == Status::Off);
	}

	#[test]
	fn a_subscription_rests_while_its_client_may_not_search() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		store.add(&new("a", "his"), &[], 2).unwrap();
		store.delivered("a", 0).unwrap();
		store.note("a", &[seen("1", 1)]).unwrap();
		let one = || store.all(None, 0).unwrap().remove(0);
		store.bar("a", Some("no right")).unwrap();
		let barred = one();
		assert!(!barred.is_due() && !barred.is_over());
		let Subscription { status, fault, .. } = barred.subscription;
		assert_eq!((status, fault.as_deref()), (Status::Error, Some("no right")));
		store.bar("a", None).unwrap();
		assert!(one().is_due() && one().subscription.status == Status::Active);
	}

	#[test]
	fn a_dead_endpoint_ends_its_subscription() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		store.add(&new("a", "his"), &[], 2).unwrap();
		let one = || store.all(None, 0).unwrap().remove(0);
		store.failed("a", "it does not answer", 5).unwrap();
		store.failed("a", "it does not answer", 4 + PATIENCE).unwrap();
		assert_eq!(one().subscription.status, Status::Error);
		// A notification that it takes meanwhile begins the time again.
		store.delivered("a", 0).unwrap();
		store.failed("a", "it does not answer", 5 + PATIENCE).unwrap();
		assert_eq!(one().subscription.status, Status::Error);
		store.failed("a", "it does not answer", 5 + 2 * PATIENCE).unwrap();
		let off = one();
		assert!(off.is_over() && !off.is_due());
		assert_eq!(off.subscription.fault.as_deref(), Some(GIVEN_UP));
	}

	#[test]
	fn events_that_wait_are_bounded_and_none_is_lost() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		store.add(&new("a", "his"), &[], 2).unwrap();
		let all: Vec<_> = (0..WAITING + 5).map(|number| seen(&number.to_string(), 1)).collect();
		assert_eq!(store.note("a", &all).unwrap(), WAITING);
		assert_eq!(store.note("a", &all).unwrap(), 0);
		store.delivered("a", 3).unwrap();
		assert_eq!(store.note("a", &all).unwrap(), 3);
		store.delivered("a", WAITING).unwrap();
		assert_eq!(store.note("a", &all).unwrap(), 2);
		let last = store.events("a", WAITING + 5, u64::MAX, 10).unwrap();
		assert_eq!(last[0].focus, (WAITING + 4).to_string());
	}

	#[test]
	fn a_file_of_the_first_release_is_read() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("x.sqlite");
		let store = Store::open(&path).unwrap();
		store.add(&new("a", "his"), &[], 2).unwrap();
		for column in ["barred", "ended", "failing"] {
			let drop = format!("ALTER TABLE subscriptions DROP COLUMN {column}");
			store.lock().execute_batch(&drop).unwrap();
		}
		store.lock().execute_batch("PRAGMA user_version = 0").unwrap();
		drop(store);
		for _ in 0..2 {
			let store = Store::open(&path).unwrap();
			assert_eq!(store.all(None, 0).unwrap()[0].subscription.id, "a");
			store.bar("a", Some("no right")).unwrap();
		}
	}

	#[test]
	fn nothing_is_left_of_what_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
		let mut marked = new("a", "his");
		marked.subscription.terms.filter = "patient=MARKER".into();
		store.add(&marked, &[seen("MARKER-1", 1)], 2).unwrap();
		store.note("a", &[seen("MARKER-2", 1)]).unwrap();
		assert!(database::tests::has(folder.path(), "MARKER"));
		assert!(store.remove("his", "a").unwrap());
		assert!(!database::tests::has(folder.path(), "MARKER"));
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(200))]

		/// However often the process is killed, and whatever the endpoint takes: it gets every event,
		/// in order, and their numbers have no gap.
		#[test]
		fn no_event_is_lost(steps in prop::collection::vec((0u8..4, 0u32..6, 1u32..4), 1..60)) {
			let folder = tempfile::tempdir().unwrap();
			let path = folder.path().join("x.sqlite");
			let mut store = Store::open(&path).unwrap();
			store.add(&new("a", "his"), &[], 1).unwrap();
			let mut state: HashMap<String, u32> = HashMap::new();
			let (mut made, mut taken) = (Vec::new(), Vec::new());
			for (step, id, version) in steps {
				match step {
					0 | 1 => {
						let id = id.to_string();
						if state.insert(id.clone(), version) != Some(version) {
							made.push(id.clone());
						}
						store.note("a", &[seen(&id, version)]).unwrap();
					}
					// Sent, and killed before the answer came.
					2 => store = Store::open(&path).unwrap(),
					_ => {
						let delivered = store.all(None, 0).unwrap()[0].delivered;
						let events = store.events("a", delivered + 1, u64::MAX, 2).unwrap();
						taken.extend(events.iter().map(|event| (event.number, event.focus.clone())));
						if let Some(last) = events.last() {
							store.delivered("a", last.number).unwrap();
						}
					}
				}
			}
			let delivered = store.all(None, 0).unwrap()[0].delivered;
			taken.extend(
				store
					.events("a", delivered + 1, u64::MAX, 1_000)
					.unwrap()
					.into_iter()
					.map(|event| (event.number, event.focus)),
			);
			let expected: Vec<_> = (1..).zip(made).collect();
			prop_assert_eq!(taken, expected);
		}
	}
}
