//! A steady flow of records while nodes are killed at random; then a look at what is left.

use crate::{
	cast::*,
	eventually, files,
	network::{finalised, number},
	people::record_id,
	Cli, Network, Node,
};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeSet,
	fmt,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// How long the network may take to be whole again, once nobody is killed any more.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many blocks become final between two kills, at least.
const CALM: u64 = 4;

/// The storage nodes that shall hold each record.
const COPIES: usize = 3;

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
	/// Who is killed when, and where records are added, follows from this number. The machine's own timing comes on top.
	pub seed: u64,
	/// How long nodes are killed.
	pub duration: Duration,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// Nodes killed and started again.
	pub kills: usize,
	/// Records whose storage was acknowledged. Each of them was read at the end.
	pub records: usize,
	/// Commands that ended with an error, for their node was killed.
	pub refused: usize,
	/// Readings by a clinician, each of them released by the committee.
	pub readings: usize,
	/// Entries of the patient's log, which proved itself complete.
	pub entries: u64,
	/// From the last start until every record had its copies.
	pub whole_after: Duration,
}

impl fmt::Display for Outcome {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"{} kills; {} records acknowledged, all there, {} commands told to try again; {} readings; {} entries of the \
			 log; every copy there {:.0} s after the last start",
			self.kills,
			self.records,
			self.refused,
			self.readings,
			self.entries,
			self.whole_after.as_secs_f64()
		)
	}
}

/// What the authors did.
#[derive(Default)]
pub struct Done {
	/// The records whose storage was acknowledged, with what is in each.
	pub records: Vec<(String, PathBuf)>,
	/// What the commands said that ended with an error.
	pub refused: Vec<String>,
	/// How many records were read again by their author, each released by the committee.
	pub readings: usize,
}

/// Where the nodes that run are reached.
type Running = Arc<Mutex<Vec<Option<String>>>>;

/// Authors who add records at nodes that run, and read every second one, until they are told to stop.
pub struct Traffic {
	running: Running,
	stop: Arc<AtomicBool>,
	writers: Vec<JoinHandle<Done>>,
	folder: TempDir,
}

impl Traffic {
	/// Has them begin. Which node each uses follows from `seed`.
	pub async fn start(network: &Network, seed: u64) -> Self {
		let people = &network.people;
		let authors = [DOCTOR_A, "//DoctorC", "//DoctorD"];
		for author in &authors[1..] {
			let admit = ["member", "admit", "--org", HOSPITAL_A, author, "--role", "practitioner"];
			people.cli.run(ADMIN_A, &admit).await;
			people.cli.run(author, &["keys", "publish"]).await;
		}
		let folder = tempfile::tempdir().expect("a temporary folder");
		let running: Running = Arc::default();
		let stop = Arc::new(AtomicBool::new(false));
		let mut traffic = Self { running, stop, writers: Vec::new(), folder };
		traffic.all_run(network);
		for (number, author) in (1..).zip(authors) {
			let writer = Writer {
				author,
				cli: people.cli.clone(),
				patient: PATIENT,
				running: traffic.running.clone(),
				stop: traffic.stop.clone(),
				random: ChaCha8Rng::seed_from_u64(seed + number),
				folder: traffic.folder.path().join(&author[2..]),
			};
			traffic.writers.push(tokio::spawn(writer.write()));
		}
		traffic
	}

	/// Nobody uses one of the nodes any more, Alice's being 0.
	pub fn avoid(&self, index: usize) {
		self.running.lock().expect("nobody panics with it")[index] = None;
	}

	/// All nodes run, and are used.
	pub fn all_run(&self, network: &Network) {
		let urls = network.nodes().map(|node| Some(node.url())).collect();
		*self.running.lock().expect("nobody panics with it") = urls;
	}

	/// Has the authors stop, and looks at what is left on the network: every record has its copies and is read, all nodes
	/// have one state, and the patient's log is complete. Gives what was done, and the number of the log's entries.
	pub async fn finish(self, network: &Network) -> (Done, u64) {
		self.stop.store(true, Ordering::Relaxed);
		let mut all = Done::default();
		for writer in self.writers {
			let done = writer.await.expect("the authors do not panic");
			all.records.extend(done.records);
			all.refused.extend(done.refused);
			all.readings += done.readings;
		}
		let entries = is_whole(network, &all.records, self.folder.path()).await;
		(all, entries)
	}
}

impl Soak {
	/// Does it on four validators, and panics at whatever was lost.
	pub async fn run(self) -> Outcome {
		let mut network = Network::start().await;
		network.all_store().await;
		let traffic = Traffic::start(&network, self.seed).await;
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

	/// Kills one at a time, or two, and starts them again some blocks later.
	async fn kill_until(self, end: Instant, network: &mut Network, traffic: &Traffic) -> usize {
		let mut random = ChaCha8Rng::seed_from_u64(self.seed);
		let mut kills = 0;
		while Instant::now() < end {
			let first = random.next_u32() as usize % 4;
			let mut victims = vec![first];
			// Now and then two, so that finality stops as well.
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
				(0..4).find(|index| !victims.contains(index)).expect("two are left at least");
			grows_by(network.node(witness), blocks).await;
			for victim in &victims {
				network.revive(*victim);
			}
			network.join_all().await;
			traffic.all_run(network);
			let before = finalised(network.node(witness)).await;
			// Some blocks in which the authors' work goes on.
			eventually("finality goes on", PATIENCE, || async {
				(finalised(network.node(witness)).await > before + CALM).then_some(())
			})
			.await;
		}
		kills
	}
}

/// Someone who adds records, one after the other, at whatever node runs.
struct Writer {
	author: &'static str,
	cli: Cli,
	patient: &'static str,
	running: Running,
	stop: Arc<AtomicBool>,
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
			let path = file.to_str().expect("UTF-8");
			let add = [
				"record",
				"add",
				path,
				"--patient",
				self.patient,
				"--org",
				HOSPITAL_A,
				"--category",
				"laboratory",
				"--title",
				"Blood count",
				"--wait",
				"stored",
			];
			let added = self.somewhere().try_run(self.author, &add).await;
			if added.code != 0 {
				done.refused.push(added.err);
				continue;
			}
			let record = record_id(&added.json());
			if self.random.next_u32().is_multiple_of(2) {
				let copy = self.folder.join("copy");
				let out = copy.to_str().expect("UTF-8");
				let get = ["record", "get", &record, "--purpose", "TREAT", "--out", out, "--force"];
				let got = self.somewhere().try_run(self.author, &get).await;
				match got.code {
					0 => {
						assert!(files::same(&file, &copy), "{record} came back altered");
						done.readings += 1;
					}
					_ => done.refused.push(got.err),
				}
				let _ = std::fs::remove_file(&copy);
			}
			done.records.push((record, file));
		}
		done
	}

	/// The command line at a node that runs, or ran a moment ago.
	fn somewhere(&mut self) -> Cli {
		let running = self.running.lock().expect("nobody panics with it");
		let running: Vec<&String> = running.iter().flatten().collect();
		let chosen = self.random.next_u32() as usize % running.len();
		self.cli.at(running[chosen])
	}
}

async fn grows_by(node: &Node, blocks: u64) {
	let best = || async {
		let header = node.rpc("chain_getHeader", json!([])).await;
		number(&header.expect("it answers"))
	};
	let before = best().await;
	eventually("blocks are made", PATIENCE, || async {
		(best().await >= before + blocks).then_some(())
	})
	.await;
}

/// Every record has its copies and is read, all nodes have one state, and the log is complete. Gives its number of entries.
async fn is_whole(network: &Network, records: &[(String, PathBuf)], folder: &Path) -> u64 {
	let people = &network.people;
	for (record, _) in records {
		eventually("every copy is there", PATIENCE, || async {
			let details = people.node.rpc("salus_record", json!([record])).await.ok()?;
			let version = &details["versions"][0];
			let replicas = version["replicas"].as_array()?;
			let holders: BTreeSet<&str> =
				replicas.iter().filter_map(|replica| replica["node"].as_str()).collect();
			assert_eq!(holders.len(), replicas.len(), "confirmed twice: {details}");
			(version["info"]["state"] == "stored" && holders.len() >= COPIES).then_some(())
		})
		.await;
	}
	for (record, file) in records {
		people.opens(PATIENT, record, "PATRQT", file).await;
	}
	// The committee still holds its key.
	if let Some((record, file)) = records.first() {
		people.opens(DOCTOR_A, record, "TREAT", file).await;
	}
	let mut common = u64::MAX;
	for node in network.nodes() {
		common = common.min(finalised(node).await);
	}
	let mut roots = BTreeSet::new();
	for node in network.nodes() {
		let hash = node.rpc("chain_getBlockHash", json!([common])).await;
		let header = node.rpc("chain_getHeader", json!([hash.expect("it answers")])).await;
		roots.insert(header.expect("it answers")["stateRoot"].to_string());
	}
	assert_eq!(roots.len(), 1, "more than one state in block {common}: {roots:?}");
	let export = folder.join("log.json");
	let path = export.to_str().expect("UTF-8");
	people.cli.run(PATIENT, &["log", "export", "--out", path]).await;
	people.cli.run("", &["log", "verify", path]).await;
	let patient = people.cli.run(PATIENT, &["keys", "show"]).await["account"].clone();
	let page = people.node.rpc("salus_accessLog", json!([patient, 0, 1])).await;
	let page: Value = page.expect("it answers");
	page["head"]["count"].as_u64().expect("a log says how long it is")
}
