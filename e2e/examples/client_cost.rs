//! Measures what commands cost at one node: their time, and the bytes that they receive and send,
//! `scripts/bench-client [COUNT] [SALUS...]`.
//!
//! Each SALUS is another build of the command line, such as an earlier release. All builds take
//! turns, so that a busy machine affects them alike. Prints medians.

use salus_e2e::{cast::*, files, quoted, Cli, People};
use std::{
	path::PathBuf,
	process::Stdio,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};
use tokio::{
	io::copy_bidirectional,
	net::{TcpListener, TcpStream},
	process::Command,
};

/// Size of a file that is added, in bytes.
const SIZE: u64 = 100 << 10;

/// Maximum number of requests of one reader in an hour.
const MOST: usize = 60;

const USAGE: &str = "usage: client_cost [COUNT] [SALUS...]";

/// Connections to the node, whose bytes are counted.
struct Counter {
	url: String,
	received: Arc<AtomicU64>,
	sent: Arc<AtomicU64>,
}

impl Counter {
	async fn start(node: &str) -> Self {
		let node = node.trim_start_matches("ws://").to_owned();
		let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
		let url = format!("ws://{}", listener.local_addr().expect("it is bound"));
		let (received, sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
		let counts = (received.clone(), sent.clone());
		tokio::spawn(async move {
			while let Ok((mut client, _)) = listener.accept().await {
				let (node, (received, sent)) = (node.clone(), counts.clone());
				tokio::spawn(async move {
					let mut node = TcpStream::connect(node).await.expect("the node listens");
					if let Ok((up, down)) = copy_bidirectional(&mut client, &mut node).await {
						sent.fetch_add(up, Ordering::Relaxed);
						received.fetch_add(down, Ordering::Relaxed);
					}
				});
			}
		});
		Self { url, received, sent }
	}

	/// Returns the bytes that were received and sent since the last call.
	async fn take(&self) -> (u64, u64) {
		// The last connection ends just after the command.
		tokio::time::sleep(Duration::from_millis(50)).await;
		(self.received.swap(0, Ordering::Relaxed), self.sent.swap(0, Ordering::Relaxed))
	}
}

/// A build of the command line, with its own state folder.
struct Build {
	program: PathBuf,
	cli: Cli,
}

/// Costs of one run.
#[derive(Clone, Copy)]
struct Cost {
	time: Duration,
	received: u64,
	sent: u64,
}

impl Build {
	async fn run(&self, counter: &Counter, who: &str, line: &str) -> (Cost, serde_json::Value) {
		let prepared = self.cli.command(who, line);
		let mut command = Command::new(&self.program);
		command.args(prepared.as_std().get_args()).stdin(Stdio::null());
		counter.take().await;
		let started = Instant::now();
		let output = command.output().await.expect("it can be started");
		let time = started.elapsed();
		assert!(
			output.status.success(),
			"{} {line}: {}",
			self.program.display(),
			String::from_utf8_lossy(&output.stderr)
		);
		let (received, sent) = counter.take().await;
		let answer = serde_json::from_slice(&output.stdout).expect("JSON");
		(Cost { time, received, sent }, answer)
	}
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
	let mut values: Vec<_> = values.collect();
	values.sort_unstable();
	values[values.len() / 2]
}

/// A command, with the line of each run and the line that undoes it.
struct Row {
	name: &'static str,
	who: &'static str,
	line: String,
	undo: Option<&'static str>,
}

fn row(name: &'static str, who: &'static str, line: impl Into<String>) -> Row {
	Row { name, who, line: line.into(), undo: None }
}

fn rows(people: &People, record: &str) -> Vec<Row> {
	let copy = quoted(people.path("copy"));
	let get = format!("record get {record} --purpose TREAT --force --out {copy}");
	let own = format!("record get {record} --force --out {copy}");
	let show = format!("record show {record}");
	let scan = files::dicom(people.folder(), "added.dcm", SIZE);
	let add = people.add_line(&scan, "imaging", "Scan") + " --again";
	let grant = "consent grant --to //DoctorB --category imaging --purpose TREAT --action read";
	vec![
		row("org list", "", "org list"),
		row("record list", PATIENT, "record list"),
		row("record show", PATIENT, show),
		row("consent list", PATIENT, "consent list"),
		row("log show", PATIENT, "log show"),
		row("record get, one's own", PATIENT, own),
		row("record get, by the hospitals", DOCTOR_A, get),
		row("record add, 100 KiB", DOCTOR_A, add),
		Row { undo: Some("consent revoke"), ..row("consent grant", PATIENT, grant) },
	]
}

#[tokio::main]
async fn main() {
	let mut arguments = std::env::args().skip(1).peekable();
	let count = arguments.peek().and_then(|text| text.parse().ok());
	if count.is_some() {
		arguments.next();
	}
	let count: usize = count.unwrap_or(10);

	let people = People::start().await;
	people.has_a_key().await;
	let file = files::dicom(people.folder(), "opened.dcm", SIZE);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let counter = Counter::start(&people.node.url()).await;
	let programs = std::iter::once(salus_e2e::binary("salus")).chain(arguments.map(PathBuf::from));
	let builds: Vec<_> = programs
		.enumerate()
		.map(|(number, program)| Build {
			program,
			cli: Cli::new(&counter.url, &people.path(&format!("state-{number}"))),
		})
		.collect();

	// Each build warms up once.
	let requests = (count + 1) * builds.len();
	assert!(count > 0 && requests <= MOST, "{USAGE}: too many for one reader in an hour");
	println!("| command | build | ms | KiB received | KiB sent |");
	println!("|---|---|---:|---:|---:|");
	for (number, build) in builds.iter().enumerate() {
		let (cost, _) = build.run(&counter, "", "org list").await;
		print("first start", number, &[cost]);
	}
	for row in rows(&people, &record) {
		let mut costs = vec![Vec::new(); builds.len()];
		for round in 0..=count {
			for (build, costs) in builds.iter().zip(&mut costs) {
				let (cost, answer) = build.run(&counter, row.who, &row.line).await;
				// The first run fills what is kept between runs.
				if round > 0 {
					costs.push(cost);
				}
				if let Some(undo) = row.undo {
					build.run(&counter, row.who, &format!("{undo} {}", answer["grant"])).await;
				}
			}
		}
		for (number, costs) in costs.iter().enumerate() {
			print(row.name, number, costs);
		}
	}
}

fn print(name: &str, number: usize, costs: &[Cost]) {
	println!(
		"| {name} | {} | {} | {:.1} | {:.1} |",
		number + 1,
		median(costs.iter().map(|cost| cost.time)).as_millis(),
		median(costs.iter().map(|cost| cost.received)) as f64 / 1024.0,
		median(costs.iter().map(|cost| cost.sent)) as f64 / 1024.0,
	);
}
