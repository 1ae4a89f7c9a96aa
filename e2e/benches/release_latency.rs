//! Times on four validators what users wait for: opening a guarded record, an emergency, adding a
//! record and granting access: `scripts/bench-release [COUNT] [--one-down] [--delay MS]`.
//!
//! Ends with exit code 1 if the median of an opening, from the request to the opened key, is above
//! 3 s, or the 99th percentile above 5 s.

use salus_e2e::{cast::*, eventually, files, quoted, Network, People};
use serde_json::{json, Value};
use std::{
	path::Path,
	process::ExitCode,
	time::{Duration, Instant},
};

/// Time between two blocks.
const BLOCK: Duration = Duration::from_secs(1);

/// Promised median of the time from request to opened key.
const MEDIAN: Duration = Duration::from_secs(3);
/// Promised 99th percentile of that time.
const LAST_PERCENT: Duration = Duration::from_secs(5);

/// Maximum number of openings, which is the limit for one reader in an hour.
const MOST_OPENINGS: usize = 60;
/// Maximum number of emergencies: half of what the clinicians of one administrator may open in a
/// day.
const MOST_EMERGENCIES: usize = 8;
/// Size of a file that is added, in bytes.
const MIB: u64 = 1 << 20;
/// Size of a file that is opened, in bytes.
const SIZE: u64 = 100 << 10;

const USAGE: &str = "usage: release_latency [COUNT, at most 60] [--one-down] [--delay MS]";

struct Options {
	/// Number of openings.
	count: usize,
	/// Whether one of the four validators is stopped.
	one_down: bool,
	/// Time that each byte between two validators takes.
	delay: Option<Duration>,
}

impl Options {
	fn parse() -> Self {
		let mut options = Self { count: 30, one_down: false, delay: None };
		let mut arguments = std::env::args().skip(1);
		while let Some(argument) = arguments.next() {
			match argument.as_str() {
				"--one-down" => options.one_down = true,
				"--delay" => {
					let delay = arguments.next().and_then(|text| text.parse().ok());
					options.delay = Some(Duration::from_millis(delay.expect(USAGE)));
				}
				count => options.count = count.parse().expect(USAGE),
			}
		}
		assert!((1..=MOST_OPENINGS).contains(&options.count), "{USAGE}");
		options
	}
}

/// Returns the percentile of sorted times by the nearest rank; `share` 0.5 is the median.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
	let rank = (share * sorted.len() as f64).ceil() as usize;
	sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Sorts times, and prints their percentiles.
fn print(what: &str, times: &mut [Duration]) {
	times.sort_unstable();
	println!(
		"{what}: p50 {:.1} s, p99 {:.1} s, longest {:.1} s (n = {})",
		percentile(times, 0.5).as_secs_f64(),
		percentile(times, 0.99).as_secs_f64(),
		percentile(times, 1.0).as_secs_f64(),
		times.len()
	);
}

/// Runs a command, at another moment between two blocks for each number, and returns its answer and
/// duration. The command before ended soon after a block.
async fn timed(people: &People, number: usize, who: &str, line: String) -> (Value, Duration) {
	tokio::time::sleep(BLOCK.mul_f64(number as f64 * 0.618 % 1.0)).await;
	let start = Instant::now();
	let answer = people.cli.run(who, line).await;
	(answer, start.elapsed())
}

/// Returns the time from the request to the opened key, as the command reports it.
fn key_after(opened: &Value) -> Duration {
	let steps = opened["release"]["steps"].as_array().expect("a list");
	let key = steps.iter().find(|step| step["step"] == "key opened");
	let after = key.and_then(|step| step["after_ms"].as_u64());
	Duration::from_millis(after.expect("the hospitals release the key"))
}

/// Opens a record `count` times. Returns the times to the key, those to the file, and the number of
/// the last request.
async fn openings(
	people: &People,
	record: &str,
	count: usize,
) -> (Vec<Duration>, Vec<Duration>, u64) {
	let copy = people.path("copy");
	let (mut keys, mut whole) = (Vec::new(), Vec::new());
	let mut request = 0;
	for number in 0..count {
		let get = format!("record get {record} --purpose HOPERAT --force --out {}", quoted(&copy));
		let (opened, took) = timed(people, number, RECORDS_ADMIN, get).await;
		keys.push(key_after(&opened));
		whole.push(took);
		request = opened["request"].as_u64().expect("the opening has a request");
	}
	(keys, whole, request)
}

/// Has different clinicians break the glass and read, in one command each.
async fn emergencies(people: &People, record: &str, count: usize) -> Vec<Duration> {
	people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
	let statement = quoted(people.statement());
	let copy = quoted(people.path("emergency"));
	let mut times = Vec::new();
	for number in 0..count {
		let doctor = format!("//Emergency{number}");
		people.admit(ADMIN_B, HOSPITAL_B, &doctor, "practitioner").await;
		let attest = format!("member attest {doctor} --role practitioner --verdict confirmed");
		people.cli.run(VICE_B, attest).await;
		let get = format!(
			"record get {record} --emergency unconscious --statement {statement} --force --out {copy}"
		);
		times.push(timed(people, number, &doctor, get).await.1);
	}
	times
}

/// Adds files of 1 MiB until each is stored.
async fn additions(people: &People, count: usize) -> Vec<Duration> {
	let mut times = Vec::new();
	for number in 0..count {
		let file = files::dicom(people.folder(), &format!("image-{number}.dcm"), MIB);
		let add = people.add_and_wait_line(&file, "imaging", "Radiograph");
		times.push(timed(people, number, DOCTOR_A, add).await.1);
	}
	times
}

/// Has the patient grant access.
async fn grants(people: &People, count: usize) -> Vec<Duration> {
	let mut times = Vec::new();
	for number in 0..count {
		let grant = format!("consent grant --to //Grantee{number} --category laboratory");
		times.push(timed(people, number, PATIENT, grant).await.1);
	}
	times
}

/// Prints the sizes of the shares on the chain for a request. They open the key before a block has
/// them.
async fn print_shares(people: &People, request: u64) {
	let shares = eventually("all members' shares are in a block", || async {
		let release = people.node.ask("salus_release", json!([request])).await;
		let shares: Vec<usize> = release["shares"]
			.as_array()
			.expect("a list")
			.iter()
			.map(|share| share[1].as_str().map_or(0, |text| (text.len() - 2) / 2))
			.collect();
		(shares.len() >= 3).then_some(shares)
	})
	.await;
	println!(
		"shares of the last release, in bytes as posted: {shares:?}, together {}",
		shares.iter().sum::<usize>()
	);
}

/// Adds a record with some content of a size.
async fn add_of(people: &People, size: u64) -> String {
	let file: &Path = &files::dicom(people.folder(), "image.dcm", size);
	people.add(file, "imaging", "Image").await
}

#[tokio::main]
async fn main() -> ExitCode {
	let options = Options::parse();
	let count = options.count;
	let began = Instant::now();
	let mut network = match options.delay {
		Some(delay) => Network::start_apart(delay).await,
		None => Network::start().await,
	};
	println!(
		"four validators, their people and their committee's key: ready after {:.0} s",
		began.elapsed().as_secs_f64()
	);
	let record = add_of(&network.people, SIZE).await;
	if options.one_down {
		network.kill(3);
		println!("one of the four is down");
	}
	let people = &network.people;
	let (mut keys, mut whole, request) = openings(people, &record, count).await;
	print("from the request to the opened key", &mut keys);
	print("`record get` of 100 KiB, from the command to the file", &mut whole);
	let mut emergencies = emergencies(people, &record, count.min(MOST_EMERGENCIES)).await;
	print("`record get --emergency`, case, request and file", &mut emergencies);
	let mut additions = additions(people, count.min(MOST_OPENINGS / 3)).await;
	print("`record add --wait stored` of 1 MiB", &mut additions);
	let mut grants = grants(people, count.min(MOST_OPENINGS / 3)).await;
	print("`consent grant`, in a block", &mut grants);
	print_shares(people, request).await;
	if percentile(&keys, 0.5) <= MEDIAN && percentile(&keys, 0.99) <= LAST_PERCENT {
		ExitCode::SUCCESS
	} else {
		println!("FAILED: p50 may be {MEDIAN:?}, p99 {LAST_PERCENT:?}");
		ExitCode::FAILURE
	}
}
