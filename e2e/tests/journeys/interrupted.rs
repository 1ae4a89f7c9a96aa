//! A reading that is killed leaves no plaintext, one entry in the patient's log, and a way to open the record.

use crate::faults::with_faulty_ipfs;
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use salus_e2e::{
	cast::*,
	faulty::Fault,
	files::{self, MARKER},
	People, Running,
};
use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Exit code of a command that consent refuses.
const REFUSED: i32 = 3;

/// How long a reading may take to come so far: some blocks, and what hospitals do on them.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often each reader is killed.
const ROUNDS: u32 = 2;

/// From when on in a reading it may be killed; before, the command has not come to the chain.
const BEGUN: Duration = Duration::from_millis(300);

/// Has the patient permit one reading of a record. Gives the number of the grant.
async fn grant_once(people: &People, reader: &str, record: &str) -> u64 {
	let grant = ["consent", "grant", "--to", reader, "--record", record];
	let terms = ["--purpose", "TREAT", "--action", "read", "--uses", "1"];
	let grant = [&grant[..], &terms].concat();
	let granted = people.cli.run(PATIENT, &grant).await;
	granted["grant"].as_u64().expect("a number")
}

/// How many of the readings that a grant permits were used.
async fn used(people: &People, grant: u64) -> u64 {
	let listed = people.cli.run(PATIENT, &["consent", "list"]).await;
	let grants = listed["grants"].as_array().expect("a list").iter();
	let mut found = grants.filter(|one| one[0] == grant);
	let found = found.next().expect("it stands");
	found[1]["used"].as_u64().expect("a number")
}

/// How many requests the patient's log has: those that a grant permitted, and all that were denied.
async fn asked(people: &People, grant: u64) -> (usize, usize) {
	let log = people.log().await;
	let decisions = || log.iter().map(|event| &event["requested"]["decision"]);
	(
		decisions().filter(|decision| decision["permit"]["grant"] == grant).count(),
		decisions().filter(|decision| !decision["deny"].is_null()).count(),
	)
}

/// A reader's folder, in which nothing but a verified file may ever lie.
fn fresh(people: &People, name: &str) -> PathBuf {
	let folder = people.folder().join(name);
	std::fs::create_dir(&folder).expect("a fresh folder");
	folder
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
	let entries = std::fs::read_dir(folder).expect("it is there");
	entries.map(|entry| entry.expect("it is readable").file_name()).collect()
}

/// A killed reading left nothing of the record, neither where it was to go nor in the state folder.
fn nothing_is_left(people: &People, folder: &Path) {
	assert_eq!(names(folder), [""; 0]);
	let state = people.folder().join("state");
	assert_eq!(files::containing(&state, MARKER.as_bytes()), Vec::<PathBuf>::new());
}

fn start(people: &People, reader: &str, record: &str, copy: &Path) -> Running {
	let out = copy.to_str().expect("UTF-8");
	let get = ["record", "get", record, "--purpose", "TREAT", "--out", out];
	people.cli.start(reader, &get)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_killed_after_it_was_logged_goes_on_without_a_second_entry() {
	let (people, ipfs, _folder) = with_faulty_ipfs().await;
	let reader = DOCTOR_B;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let grant = grant_once(&people, reader, &record).await;
	let folder = fresh(&people, "reader");
	let copy = folder.join("copy.json");

	// Killed once as soon as the entry is final, and once when the key is open but the content does not come.
	ipfs.set(Fault::Hang);
	for (moment, goes_on) in [("permitted and logged in block", false), ("key opened", true)] {
		let reading = start(&people, reader, &record, &copy);
		reading.says(moment, PATIENCE).await;
		assert_eq!(reading.said().contains("still stands"), goes_on);
		reading.kill().await;
		nothing_is_left(&people, &folder);
		assert_eq!(asked(&people, grant).await, (1, 0));
		assert_eq!(used(&people, grant).await, 1);
	}

	ipfs.set(Fault::None);
	let mut reading = start(&people, reader, &record, &copy);
	let (code, said) = reading.ends(PATIENCE).await.expect("it opens");
	assert_eq!(code, 0, "{said}");
	assert!(said.contains("still stands"), "{said}");
	assert!(files::same(&file, &copy));
	assert_eq!(names(&folder), ["copy.json"]);
	assert_eq!(asked(&people, grant).await, (1, 0));
	assert_eq!(used(&people, grant).await, 1);

	// That was the reading.
	let again = folder.join("again.json");
	let mut reading = start(&people, reader, &record, &again);
	let (code, said) = reading.ends(PATIENCE).await.expect("it is refused");
	assert_eq!(code, REFUSED, "{said}");
	assert_eq!(names(&folder), ["copy.json"]);
	assert_eq!(asked(&people, grant).await, (1, 1));
}

/// A reader who is killed once in each reading.
struct Reader<'a> {
	people: &'a People,
	name: &'static str,
	record: &'a str,
	original: &'a Path,
	/// How long a reading takes that nobody kills.
	whole: Duration,
	/// One at a time gives grants: a patient's transactions are in one order.
	grants: &'a Mutex<()>,
	random: ChaCha8Rng,
}

impl Reader<'_> {
	/// Reads the record as often as there are rounds, by a grant for one reading each. Gives how often it was killed.
	async fn read(mut self) -> u32 {
		let mut kills = 0;
		for round in 0..ROUNDS {
			let grant = {
				let _order = self.grants.lock().await;
				grant_once(self.people, self.name, self.record).await
			};
			kills += u32::from(self.is_killed_and_reads(round, grant).await);
		}
		kills
	}

	/// Whether it was killed before it was done.
	async fn is_killed_and_reads(&mut self, round: u32, grant: u64) -> bool {
		let Self { people, name, .. } = *self;
		let folder = fresh(people, &format!("{}-{round}", &name[2..]));
		let copy = folder.join("copy.json");
		let span = self.whole.saturating_sub(BEGUN).as_millis();
		let after = BEGUN + Duration::from_millis(u64::from(self.random.next_u32()) % span as u64);
		let mut reading = start(people, name, self.record, &copy);
		if let Some((code, said)) = reading.ends(after).await {
			assert_eq!(code, 0, "{said}");
			assert!(files::same(self.original, &copy));
			return false;
		}
		let said = reading.said();
		reading.kill().await;
		if copy.exists() {
			// It was done, and had not said so yet.
			assert!(files::same(self.original, &copy));
			return false;
		}
		nothing_is_left(people, &folder);
		let mut reading = start(people, name, self.record, &copy);
		let ended = reading.ends(PATIENCE).await;
		let context = format!("{name}, killed after {after:?} in round {round}:\n{said}");
		let (code, said) = ended.unwrap_or_else(|| panic!("{context}\nthen it hangs"));
		assert_eq!(code, 0, "{context}\nthen:\n{said}");
		assert!(files::same(self.original, &copy), "{context}");
		assert_eq!(asked(people, grant).await.0, 1, "{context}");
		true
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_a_reading_is_killed_its_only_use_still_opens_the_record() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let readers = [DOCTOR_B, "//DoctorC", "//DoctorD", "//DoctorE"];
	for reader in &readers[1..] {
		let admit = ["member", "admit", "--org", HOSPITAL_B, reader];
		let admit = [&admit[..], &["--role", "practitioner"]].concat();
		people.cli.run(ADMIN_B, &admit).await;
	}
	grant_once(&people, readers[0], &record).await;
	let began = Instant::now();
	people.opens(readers[0], &record, "TREAT", &file).await;
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
