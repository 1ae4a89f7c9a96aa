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
		account: [7; 32].into(),
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

/// Returns a store with the subscription `a`, and the folder that it is in.
fn with_one(found: &[Seen]) -> (tempfile::TempDir, Store) {
	let folder = tempfile::tempdir().unwrap();
	let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
	store.add(&new("a", "his"), found, 2).unwrap();
	(folder, store)
}

#[test]
fn only_changes_are_events() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("subscriptions.sqlite");
	let store = Store::open(&path).unwrap();
	assert!(store.add(&new("a", "his"), &[seen("1", 1)], 2).unwrap());
	assert_eq!(store.all(None, 0).unwrap()[0].account.0, [7; 32]);
	assert_eq!(store.note("a", &[seen("1", 1)], None).unwrap(), 0);
	assert_eq!(store.note("a", &[seen("1", 2), seen("2", 1)], None).unwrap(), 2);
	// A match that was hidden for a while is not an event when it is back.
	assert_eq!(store.note("a", &[seen("1", 2)], None).unwrap(), 0);
	assert_eq!(store.note("a", &[seen("1", 2), seen("2", 1)], None).unwrap(), 0);
	drop(store);
	let store = Store::open(&path).unwrap();
	let events = store.events("a", 1, 9, 10).unwrap();
	assert_eq!(acts(&events), [(1, "1", Act::Changed), (2, "2", Act::Added)]);
	assert_eq!(store.events("a", 2, 2, 10).unwrap().len(), 1);
	assert_eq!(store.note("missing", &[seen("1", 1)], None).unwrap(), 0);
}

/// Returns number, resource and kind of each event.
fn acts(events: &[Event]) -> Vec<(u64, &str, Act)> {
	events.iter().map(|one| (one.number, &*one.focus, one.act)).collect()
}

#[test]
fn each_version_of_a_document_is_an_event() {
	let (_folder, store) = with_one(&[seen("1", 1)]);
	// Revised twice, and added and revised, between two searches.
	assert_eq!(store.note("a", &[seen("1", 3), seen("2", 2)], None).unwrap(), 4);
	assert_eq!(store.note("a", &[seen("1", 3), seen("2", 2)], None).unwrap(), 0);
	// The filter can hide the last version.
	assert_eq!(store.note("a", &[seen("1", 2)], None).unwrap(), 1);
	let events = store.events("a", 1, 9, 10).unwrap();
	let expected = [
		(1, "1", Act::Changed),
		(2, "1", Act::Changed),
		(3, "2", Act::Added),
		(4, "2", Act::Changed),
		(5, "1", Act::Changed),
	];
	assert_eq!(acts(&events), expected);
}

#[test]
fn versions_of_others_than_documents_have_no_order() {
	let folder = tempfile::tempdir().unwrap();
	let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
	let mut consents = new("a", "his");
	consents.subscription.terms.topic = Topic::of("Consent").unwrap();
	assert!(store.add(&consents, &[seen("1", 0)], 1).unwrap());
	assert_eq!(store.note("a", &[seen("1", 9), seen("2", 9)], None).unwrap(), 2);
}

#[test]
fn entries_of_a_log_are_known_once_they_are_noted() {
	let folder = tempfile::tempdir().unwrap();
	let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
	let mut log = new("a", "his");
	log.subscription.terms.topic = Topic::of("AuditEvent").unwrap();
	assert!(store.add(&log, &[seen("p-0", 0)], 1).unwrap());
	let known = |ids: &[&str]| {
		assert_eq!(
			store.known("a").unwrap(),
			ids.iter().map(|id| (*id).to_owned()).collect::<HashSet<_>>()
		);
	};
	known(&["p-0"]);
	// A search that leaves out what is known ends nothing.
	assert_eq!(store.note("a", &[seen("p-1", 0)], None).unwrap(), 1);
	known(&["p-0", "p-1"]);
	assert_eq!(store.note("a", &[], None).unwrap(), 0);
	assert!(store.known("b").unwrap().is_empty());
}

#[test]
fn versions_that_find_no_room_are_noticed_later() {
	let (_folder, store) = with_one(&[]);
	// Only a node that lies has this one.
	let most = [seen("1", u32::MAX)];
	assert_eq!(store.note("a", &most, Some(77)).unwrap(), WAITING);
	assert_eq!(store.note("a", &most, Some(77)).unwrap(), 0);
	store.delivered("a", 7).unwrap();
	assert_eq!(store.note("a", &most, Some(77)).unwrap(), 7);
	let last = store.events("a", WAITING + 7, u64::MAX, 10).unwrap();
	assert_eq!(acts(&last), [(WAITING + 7, "1", Act::Changed)]);
}

#[test]
fn the_end_of_a_match_is_an_event_of_its_time() {
	let (_folder, store) = with_one(&[seen("1", 1), seen("2", 1)]);
	assert_eq!(store.note("a", &[seen("2", 1), seen("3", 1)], Some(77)).unwrap(), 2);
	assert_eq!(store.note("a", &[seen("2", 1), seen("3", 1)], Some(78)).unwrap(), 0);
	// Once more a match, it is a new one.
	assert_eq!(store.note("a", &[seen("1", 1)], Some(79)).unwrap(), 3);
	let events = store.events("a", 1, 9, 10).unwrap();
	let expected = [
		(1, "3", Act::Added),
		(2, "1", Act::Ended),
		(3, "1", Act::Added),
		(4, "2", Act::Ended),
		(5, "3", Act::Ended),
	];
	assert_eq!(acts(&events), expected);
	assert_eq!((events[0].at, events[1].at, events[3].at), (5, 77, 79));
}

#[test]
fn an_end_that_finds_no_room_is_noticed_later() {
	let all: Vec<_> = (0..=WAITING).map(|number| seen(&number.to_string(), 1)).collect();
	let (_folder, store) = with_one(&all);
	assert_eq!(store.note("a", &[], Some(77)).unwrap(), WAITING);
	store.delivered("a", WAITING).unwrap();
	assert_eq!(store.note("a", &[], Some(78)).unwrap(), 1);
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
	let (_folder, store) = with_one(&[]);
	let one = |now| store.all(None, now).unwrap().remove(0);
	assert!(one(0).is_due() && one(0).subscription.status == Status::Requested);
	store.failed("a", "it does not answer", (1, Instant::now())).unwrap();
	assert_eq!(one(0).subscription.status, Status::Error);
	assert_eq!((store.failing(0).unwrap(), store.failing(1_000).unwrap()), (1, 0));
	store.delivered("a", 0).unwrap();
	assert!(!one(0).is_due() && one(0).subscription.status == Status::Active);
	assert_eq!(store.failing(0).unwrap(), 0);
	store.note("a", &[seen("1", 1)], None).unwrap();
	assert!(one(0).is_due());
	assert!(!one(1_000).is_due() && one(1_000).subscription.status == Status::Off);
}

#[test]
fn a_subscription_is_paused_while_its_client_may_not_search() {
	let (_folder, store) = with_one(&[]);
	store.delivered("a", 0).unwrap();
	store.note("a", &[seen("1", 1)], None).unwrap();
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
	let (folder, store) = with_one(&[]);
	let path = folder.path().join("x.sqlite");
	let (began, day) = (Instant::now(), WATCHED);
	let fails = |store: &Store, at: Moment, instant: Instant| {
		store.failed("a", "it does not answer", (at, instant)).unwrap();
		store.all(None, 0).unwrap().remove(0)
	};
	let is_error = |one: Kept| one.subscription.status == Status::Error;
	assert!(is_error(fails(&store, 5, began)));
	assert!(is_error(fails(&store, 4 + PATIENCE, began + day)));
	// A notification that it takes begins the time again.
	store.delivered("a", 0).unwrap();
	assert!(is_error(fails(&store, 5 + PATIENCE, began + day)));
	// So does a rest.
	store.bar("a", Some("no right")).unwrap();
	store.bar("a", None).unwrap();
	assert!(is_error(fails(&store, 5 + 2 * PATIENCE, began + 2 * day)));
	// A clock that is set forward says nothing, nor does a time in which nothing was sent.
	assert!(is_error(fails(&store, 5 + 3 * PATIENCE, began + 2 * day)));
	drop(store);
	let store = Store::open(&path).unwrap();
	assert!(is_error(fails(&store, 5 + 4 * PATIENCE, began + 3 * day)));
	let off = fails(&store, 5 + 4 * PATIENCE, began + 4 * day);
	assert!(off.is_over() && !off.is_due());
	assert_eq!(off.subscription.fault.as_deref(), Some(GIVEN_UP));
}

#[test]
fn events_that_wait_are_bounded_and_none_is_lost() {
	let (_folder, store) = with_one(&[]);
	let all: Vec<_> = (0..WAITING + 5).map(|number| seen(&number.to_string(), 1)).collect();
	assert_eq!(store.note("a", &all, None).unwrap(), WAITING);
	assert_eq!(store.note("a", &all, None).unwrap(), 0);
	store.delivered("a", 3).unwrap();
	assert_eq!(store.note("a", &all, None).unwrap(), 3);
	store.delivered("a", WAITING).unwrap();
	assert_eq!(store.note("a", &all, None).unwrap(), 2);
	let last = store.events("a", WAITING + 5, u64::MAX, 10).unwrap();
	assert_eq!(last[0].focus, (WAITING + 4).to_string());
}

#[test]
fn a_file_of_the_first_release_is_read() {
	let (folder, store) = with_one(&[]);
	let path = folder.path().join("x.sqlite");
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
fn a_file_without_accounts_is_read() {
	let (folder, store) = with_one(&[]);
	let path = folder.path().join("x.sqlite");
	store.lock().execute_batch("ALTER TABLE subscriptions DROP COLUMN account").unwrap();
	drop(store);
	for _ in 0..2 {
		let store = Store::open(&path).unwrap();
		let all = store.all(Some("his"), 0).unwrap();
		// No client has this account, so the subscription is paused.
		assert_eq!((all.len(), &*all[0].subscription.id, all[0].account.0), (1, "a", NOBODY));
	}
	let store = Store::open(&path).unwrap();
	assert!(store.add(&new("b", "his"), &[], 2).unwrap() && store.remove("his", "a").unwrap());
	assert_eq!(store.all(None, 0).unwrap()[0].account.0, [7; 32]);
}

#[test]
fn nothing_is_left_of_what_is_removed() {
	let folder = tempfile::tempdir().unwrap();
	let store = Store::open(&folder.path().join("x.sqlite")).unwrap();
	let mut marked = new("a", "his");
	marked.subscription.terms.filter = "patient=MARKER".into();
	store.add(&marked, &[seen("MARKER-1", 1)], 2).unwrap();
	store.note("a", &[seen("MARKER-2", 1)], None).unwrap();
	assert!(database::tests::has(folder.path(), "MARKER"));
	assert!(store.remove("his", "a").unwrap());
	assert!(!database::tests::has(folder.path(), "MARKER"));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(200))]

	/// However often the process is killed, and whatever the endpoint takes: it gets every event,
	/// each version's, in order, and their numbers have no gap.
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
					let count = match state.insert(id.clone(), version) {
						Some(before) if before < version => version - before,
						Some(before) => u32::from(before > version),
						None => version,
					};
					made.extend((0..count).map(|_| id.clone()));
					store.note("a", &[seen(&id, version)], None).unwrap();
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
