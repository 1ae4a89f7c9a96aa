//! A killed reading leaves no plaintext, one entry on the patient's log, and a way to open the
//! record.

use crate::faults::with_faulty_ipfs;
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use salus_e2e::{
	cast::*,
	chain,
	cli::REFUSED,
	faulty::Fault,
	files::{self, MARKER},
	quoted, NodeOptions, People, Running,
};
use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Number of readings that each reader starts.
const ROUNDS: u32 = 2;

/// Number of readings that a reader starts at most, if none is killed before its end.
const MOST_ROUNDS: u32 = 6;

/// Earliest time in a reading at which it is killed. Before, the command has not reached the chain.
const BEGUN: Duration = Duration::from_millis(300);

/// Has the patient grant one reading of a record, and returns the number of the grant.
async fn grant_once(people: &People, reader: &str, record: &str) -> u64 {
	let grant = format!(
		"consent grant --to {reader} --record {record} --purpose TREAT --action read --uses 1"
	);
	people.cli.run(PATIENT, grant).await["grant"].as_u64().expect("a number")
}

/// Returns the number of used readings of a grant.
async fn used(people: &People, grant: u64) -> u64 {
	let listed = people.cli.run(PATIENT, "consent list").await;
	let grants = listed["grants"].as_array().expect("a list").iter();
	let mut found = grants.filter(|one| one[0] == grant);
	let found = found.next().expect("the grant exists");
	found[1]["used"].as_u64().expect("a number")
}

/// Counts the requests on the patient's log: those that a grant permitted, and all that were
/// denied.
async fn asked(people: &People, grant: u64) -> (usize, usize) {
	let log = people.log().await;
	let decisions = || log.iter().map(|event| &event["requested"]["decision"]);
	(
		decisions().filter(|decision| decision["permit"]["grant"] == grant).count(),
		decisions().filter(|decision| !decision["deny"].is_null()).count(),
	)
}

/// Creates a reader's folder, which may never contain anything but a verified file.
fn fresh(people: &People, name: &str) -> PathBuf {
	let folder = people.path(name);
	std::fs::create_dir(&folder).expect("a fresh folder");
	folder
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
	let entries = std::fs::read_dir(folder).expect("the folder is there");
	entries.map(|entry| entry.expect("the folder is readable").file_name()).collect()
}

/// Checks that a killed reading left nothing of the record in its folder and in the state folder.
fn nothing_is_left(people: &People, folder: &Path) {
	assert_eq!(names(folder), [""; 0]);
	let state = people.path("state");
	assert_eq!(files::containing(&state, MARKER.as_bytes()), Vec::<PathBuf>::new());
}

/// Starts to read a record.
fn start(people: &People, reader: &str, record: &str, copy: &Path) -> Running {
	let out = quoted(copy);
	people.cli.start(reader, format!("record get {record} --purpose TREAT --out {out}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_reading_continues_without_a_second_log_entry() {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	let reader = DOCTOR_B;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let grant = grant_once(&people, reader, &record).await;
	let folder = fresh(&people, "reader");
	let copy = folder.join("copy.json");

	// The reading is killed once as soon as its log entry is final, and once when the key is open
	// but the content does not come.
	ipfs.set(Fault::Hang);
	for (moment, goes_on) in [("permitted and logged in block", false), ("key opened", true)] {
		let reading = start(&people, reader, &record, &copy);
		reading.wait_for_line(moment).await;
		assert_eq!(reading.said().contains("still stands"), goes_on);
		reading.kill().await;
		nothing_is_left(&people, &folder);
		assert_eq!(asked(&people, grant).await, (1, 0));
		assert_eq!(used(&people, grant).await, 1);
	}

	ipfs.set(Fault::None);
	let mut reading = start(&people, reader, &record, &copy);
	let (code, said) = reading.ends().await;
	assert_eq!(code, 0, "{said}");
	assert!(said.contains("still stands"), "{said}");
	assert!(files::same(&file, &copy));
	assert_eq!(names(&folder), ["copy.json"]);
	assert_eq!(asked(&people, grant).await, (1, 0));
	assert_eq!(used(&people, grant).await, 1);

	// The grant is used up.
	let again = folder.join("again.json");
	let mut reading = start(&people, reader, &record, &again);
	let (code, said) = reading.ends().await;
	assert_eq!(code, REFUSED, "{said}");
	assert_eq!(names(&folder), ["copy.json"]);
	assert_eq!(asked(&people, grant).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_continues_after_its_requests_state_was_dropped() {
	let extra = vec!["--state-pruning".to_owned(), "16".to_owned()];
	let people = People::start_with(NodeOptions { extra, ..Default::default() }).await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let grant = grant_once(&people, DOCTOR_B, &record).await;
	let copy = fresh(&people, "reader").join("copy.json");
	let reading = start(&people, DOCTOR_B, &record, &copy);
	reading.wait_for_line("permitted and logged in block").await;
	reading.kill().await;
	if !copy.exists() {
		chain::grows_by(&people.node, 40).await;
		let mut reading = start(&people, DOCTOR_B, &record, &copy);
		let (code, said) = reading.ends().await;
		assert_eq!(code, 0, "{said}");
		assert!(said.contains("still stands"), "{said}");
	}
	assert!(files::same(&file, &copy));
	assert_eq!(asked(&people, grant).await, (1, 0));
}

/// A reader whose every reading is killed once.
struct Reader<'a> {
	people: &'a People,
	name: &'static str,
	record: &'a str,
	original: &'a Path,
	/// Shortest duration of a reading that nobody killed.
	whole: Duration,
	/// Held while the patient grants, because their transactions have one order.
	grants: &'a Mutex<()>,
	random: ChaCha8Rng,
}

impl Reader<'_> {
	/// Reads the record once in each round, by a grant for one reading. Returns the number of
	/// kills.
	async fn read(mut self) -> u32 {
		let mut kills = 0;
		for round in 0..MOST_ROUNDS {
			if round >= ROUNDS && kills > 0 {
				break;
			}
			let grant = {
				let _order = self.grants.lock().await;
				grant_once(self.people, self.name, self.record).await
			};
			kills += u32::from(self.is_killed_and_reads(round, grant).await);
		}
		kills
	}

	/// Starts a reading, kills it, and reads again. Returns whether the kill came before the end.
	async fn is_killed_and_reads(&mut self, round: u32, grant: u64) -> bool {
		let Self { people, name, .. } = *self;
		let folder = fresh(people, &format!("{}-{round}", &name[2..]));
		let copy = folder.join("copy.json");
		let span = self.whole.saturating_sub(BEGUN).as_millis().max(1);
		let after = BEGUN + Duration::from_millis(u64::from(self.random.next_u32()) % span as u64);
		let began = Instant::now();
		let mut reading = start(people, name, self.record, &copy);
		if let Some((code, said)) = reading.ends_within(after).await {
			assert_eq!(code, 0, "{said}");
			assert!(files::same(self.original, &copy));
			// The machine was busier when the first one was measured.
			self.whole = self.whole.min(began.elapsed());
			return false;
		}
		let said = reading.said();
		reading.kill().await;
		if copy.exists() {
			// The reading was complete, and had not said so yet.
			assert!(files::same(self.original, &copy));
			return false;
		}
		nothing_is_left(people, &folder);
		let mut reading = start(people, name, self.record, &copy);
		let context = format!("{name}, killed after {after:?} in round {round}:\n{said}");
		let (code, said) = reading.ends().await;
		assert_eq!(code, 0, "{context}\nthen:\n{said}");
		assert!(files::same(self.original, &copy), "{context}");
		assert_eq!(asked(people, grant).await.0, 1, "{context}");
		true
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_killed_at_any_time_can_be_repeated_on_its_grant() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let readers = [DOCTOR_B, "//DoctorC", "//DoctorD", "//DoctorE"];
	for reader in &readers[1..] {
		people.admit(ADMIN_B, HOSPITAL_B, reader, "practitioner").await;
	}
	grant_once(&people, readers[0], &record).await;
	let began = Instant::now();
	people.assert_opens(readers[0], &record, "TREAT", &file).await;
	let whole = began.elapsed();

	let grants = Mutex::new(());
	let readings = readers.into_iter().zip(1..).map(|(name, seed)| {
		let reader = Reader {
			people: &people,
			name,
			record: &record,
			original: &file,
			whole,
			grants: &grants,
			random: ChaCha8Rng::seed_from_u64(seed),
		};
		reader.read()
	});
	let kills: u32 = futures::future::join_all(readings).await.into_iter().sum();
	assert!(kills >= ROUNDS, "{kills} readings were killed");
	let log = people.log().await;
	let denied = log
		.iter()
		.map(|event: &Value| &event["requested"]["decision"]["deny"])
		.filter(|reason| !reason.is_null());
	assert_eq!(denied.count(), 0, "{log:#?}");
}
