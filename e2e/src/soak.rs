//! A steady flow of records while nodes are killed at random, and a check of the network
//! afterwards.

use crate::{
	cast::*,
	chain::{self, finalised, finalises_beyond, grows_by},
	cli::{quoted, NOT_FINAL},
	eventually, files,
	people::record_id,
	Cli, CommandResult, Network, PATIENCE,
};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use serde_json::json;
use std::{
	collections::BTreeSet,
	fmt,
	path::PathBuf,
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Least number of blocks that become final between two kills.
const CALM: u64 = 4;

/// Least number of nodes that are killed, even if that takes longer than planned.
const KILLS: usize = 2;

/// Number of storage nodes that must hold each record.
const COPIES: usize = 3;

/// Plan of a soak test.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
	/// Seed of the choice of victims and of the nodes that the authors use. The machine's timing is
	/// random as well.
	pub seed: u64,
	/// Time for which nodes are killed. It is longer where the machine is too busy for `KILLS`
	/// kills, one record and one reading.
	pub duration: Duration,
}

/// Result of a soak test.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// Number of nodes killed and started again.
	pub kills: usize,
	/// Number of records whose storage was acknowledged. Each was read at the end.
	pub records: usize,
	/// Number of commands that failed because their node was killed.
	pub refused: usize,
	/// Number of readings by a clinician, each released by the committee.
	pub readings: usize,
	/// Number of entries in the patient's log, which was verified as complete.
	pub entries: u64,
	/// Time from the last start until every record had its replicas.
	pub whole_after: Duration,
}

impl fmt::Display for Outcome {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"{} kills; {} records acknowledged, none lost, {} commands to repeat; {} readings; \
			 {} log entries; every replica made {:.0} s after the last start",
			self.kills,
			self.records,
			self.refused,
			self.readings,
			self.entries,
			self.whole_after.as_secs_f64()
		)
	}
}

/// Result of the authors' work.
#[derive(Default)]
pub struct Done {
	/// Records whose storage was acknowledged, with their files.
	pub records: Vec<(String, PathBuf)>,
	/// Error output of the commands that failed.
	pub refused: Vec<String>,
	/// Number of records that their author read again, each released by the committee.
	pub readings: usize,
}

/// URLs of the nodes; `None` for a node that does not run.
type Running = Arc<Mutex<Vec<Option<String>>>>;

/// Numbers of what succeeded so far.
#[derive(Default)]
struct Progress {
	records: AtomicUsize,
	readings: AtomicUsize,
}

/// Authors who add records at running nodes, and read every second one, until they stop.
pub struct Traffic {
	running: Running,
	stop: Arc<AtomicBool>,
	progress: Arc<Progress>,
	writers: Vec<JoinHandle<Done>>,
	folder: TempDir,
}

impl Traffic {
	/// Starts the authors at all validators but the avoided ones, by their numbers. The seed
	/// determines which node each command uses.
	pub async fn start(network: &Network, seed: u64, avoided: &[usize]) -> Self {
		let people = &network.people;
		let authors = [DOCTOR_A, "//DoctorC", "//DoctorD"];
		for author in &authors[1..] {
			people.admit(ADMIN_A, HOSPITAL_A, author, "practitioner").await;
			people.cli.run(author, "keys publish").await;
		}
		let folder = tempfile::tempdir().expect("a temporary folder");
		let running: Running = Arc::default();
		let stop = Arc::new(AtomicBool::new(false));
		let progress = Arc::default();
		let mut traffic = Self { running, stop, progress, writers: Vec::new(), folder };
		traffic.all_run(network);
		for index in avoided {
			traffic.avoid(*index);
		}
		for (number, author) in (1..).zip(authors) {
			let writer = Writer {
				author,
				cli: people.cli.clone(),
				running: traffic.running.clone(),
				stop: traffic.stop.clone(),
				progress: traffic.progress.clone(),
				random: ChaCha8Rng::seed_from_u64(seed + number),
				folder: traffic.folder.path().join(&author[2..]),
			};
			traffic.writers.push(tokio::spawn(writer.write()));
		}
		traffic
	}

	/// Has no author use a node from now on, by its number; Alice's is 0.
	pub fn avoid(&self, index: usize) {
		self.running.lock().expect("no holder panics")[index] = None;
	}

	/// Has the authors use all nodes.
	pub fn all_run(&self, network: &Network) {
		let urls = network.nodes().map(|node| Some(node.url())).collect();
		*self.running.lock().expect("no holder panics") = urls;
	}

	/// Stops the authors, and checks the network: every record has its replicas and is readable,
	/// all nodes have the same state, and the patient's log is complete. Returns the authors'
	/// result, and the number of log entries.
	pub async fn finish(self, network: &Network) -> (Done, u64) {
		self.stop.store(true, Ordering::Relaxed);
		let mut all = Done::default();
		for writer in self.writers {
			let done = writer.await.expect("no author panics");
			all.records.extend(done.records);
			all.refused.extend(done.refused);
			all.readings += done.readings;
		}
		let entries = is_whole(network, &all.records).await;
		(all, entries)
	}
}

impl Soak {
	/// Runs the test on four validators, and panics if anything is lost.
	pub async fn run(self) -> Outcome {
		let mut network = Network::start().await;
		network.all_store().await;
		let traffic = Traffic::start(&network, self.seed, &[]).await;
		let end = Instant::now() + self.duration;
		let kills = self.kill_until(end, &mut network, &traffic).await;
		let started = Instant::now();
		let (all, entries) = traffic.finish(&network).await;
		Outcome {
			kills,
			records: all.records.len(),
			refused: all.refused.len(),
			readings: all.readings,
			entries,
			whole_after: started.elapsed(),
		}
	}

	/// Kills one or two nodes at a time, and starts them again some blocks later. Returns the
	/// number of kills.
	async fn kill_until(self, end: Instant, network: &mut Network, traffic: &Traffic) -> usize {
		let mut random = ChaCha8Rng::seed_from_u64(self.seed);
		let mut kills = 0;
		let Progress { records, readings } = &*traffic.progress;
		let is_short = |kills: usize| {
			kills < KILLS
				|| [records, readings].iter().any(|done| done.load(Ordering::Relaxed) == 0)
		};
		while Instant::now() < end || (is_short(kills) && Instant::now() < end + PATIENCE) {
			let first = random.next_u32() as usize % 4;
			let mut victims = vec![first];
			// Two victims stop finality as well.
			if random.next_u32().is_multiple_of(3) {
				victims.push((first + 1 + random.next_u32() as usize % 3) % 4);
			}
			for victim in &victims {
				traffic.avoid(*victim);
				network.kill(*victim);
			}
			kills += victims.len();
			let blocks = 1 + u64::from(random.next_u32() % 4);
			let witness =
				(0..4).find(|index| !victims.contains(index)).expect("at least two are left");
			grows_by(network.node(witness), blocks).await;
			for victim in &victims {
				network.revive(*victim);
			}
			network.join_all().await;
			traffic.all_run(network);
			// The authors work during these blocks.
			let before = finalised(network.node(witness)).await;
			finalises_beyond(network.node(witness), before + CALM).await;
		}
		kills
	}
}

/// An author who adds one record after another, at any running node.
struct Writer {
	author: &'static str,
	cli: Cli,
	running: Running,
	stop: Arc<AtomicBool>,
	progress: Arc<Progress>,
	random: ChaCha8Rng,
	folder: PathBuf,
}

impl Writer {
	async fn write(mut self) -> Done {
		std::fs::create_dir(&self.folder).expect("a fresh folder");
		let mut done = Done::default();
		let mut number = 0;
		while !self.stop.load(Ordering::Relaxed) {
			number += 1;
			let name = format!("{number}.json");
			let file = files::fhir_bundle(&self.folder, &name, number as f32 / 10.0);
			let path = quoted(&file);
			let add = format!(
				"record add {path} --patient {PATIENT} --org {HOSPITAL_A} --category laboratory \
				 --title 'Blood count' --wait stored"
			);
			let added = self.somewhere().try_run(self.author, add).await;
			// Without a proof, nothing was acknowledged, and nothing has to be repeated.
			if added.code == NOT_FINAL {
				continue;
			}
			if added.code != 0 {
				done.refused.push(added.err);
				continue;
			}
			let record = record_id(&added.json());
			if done.records.len().is_multiple_of(2) {
				let copy = self.folder.join("copy");
				let out = quoted(&copy);
				let get = format!("record get {record} --purpose TREAT --out {out} --force");
				let got = self.read(&get).await;
				match got.code {
					0 => {
						assert!(files::same(&file, &copy), "{record} came back altered");
						done.readings += 1;
						self.progress.readings.fetch_add(1, Ordering::Relaxed);
					}
					NOT_FINAL => {}
					_ => done.refused.push(got.err),
				}
				let _ = std::fs::remove_file(&copy);
			}
			done.records.push((record, file));
			self.progress.records.fetch_add(1, Ordering::Relaxed);
		}
		done
	}

	/// Reads a record at any running node. A node may be some blocks behind the one at which the
	/// record was added.
	async fn read(&mut self, get: &str) -> CommandResult {
		let reader = self.somewhere();
		for _ in 0..20 {
			let got = reader.try_run(self.author, get).await;
			if !got.err.contains("there is no record") {
				return got;
			}
			tokio::time::sleep(Duration::from_millis(500)).await;
		}
		reader.try_run(self.author, get).await
	}

	/// Returns the command line at a node that runs, or ran a moment ago.
	fn somewhere(&mut self) -> Cli {
		let running = self.running.lock().expect("no holder panics");
		let running: Vec<&String> = running.iter().flatten().collect();
		let chosen = self.random.next_u32() as usize % running.len();
		self.cli.at(running[chosen])
	}
}

/// Checks that every record has its replicas and is readable, that all nodes have the same state,
/// and that the log is complete. Returns the number of log entries.
async fn is_whole(network: &Network, records: &[(String, PathBuf)]) -> u64 {
	let people = &network.people;
	for (record, _) in records {
		eventually("every replica is made", || async {
			let details = people.node.rpc("salus_record", json!([record])).await.ok()?;
			let version = &details["versions"][0];
			let replicas = version["replicas"].as_array()?;
			let holders: BTreeSet<&str> =
				replicas.iter().filter_map(|replica| replica["node"].as_str()).collect();
			assert_eq!(holders.len(), replicas.len(), "a node confirmed twice: {details}");
			(version["info"]["state"] == "stored" && holders.len() >= COPIES).then_some(())
		})
		.await;
	}
	for (record, file) in records {
		people.assert_opens(PATIENT, record, "PATRQT", file).await;
	}
	// The committee still has its key.
	if let Some((record, file)) = records.first() {
		people.assert_opens(DOCTOR_A, record, "TREAT", file).await;
	}
	let mut common = u64::MAX;
	for node in network.nodes() {
		common = common.min(finalised(node).await);
	}
	let mut roots = BTreeSet::new();
	for node in network.nodes() {
		let hash = chain::hash(node, common).await;
		let header = node.ask("chain_getHeader", json!([hash])).await;
		roots.insert(header["stateRoot"].to_string());
	}
	assert_eq!(roots.len(), 1, "more than one state in block {common}: {roots:?}");
	people.verified_log(PATIENT).await;
	let patient = people.account(PATIENT).await;
	let page = people.node.ask("salus_accessLog", json!([patient, 0, 1])).await;
	page["head"]["count"].as_u64().expect("a log states its length")
}
