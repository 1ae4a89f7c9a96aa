//! Opens a guarded record repeatedly on four validators, and prints the time from the request to
//! the opened key: `scripts/bench-release [COUNT]`.
//!
//! Ends with exit code 1 if the median is above 3 s, or the 99th percentile above 5 s.

use salus_e2e::{cast::*, files, quoted, Network};
use serde_json::json;
use std::{
	process::ExitCode,
	time::{Duration, Instant},
};

/// Time between two blocks.
const BLOCK: Duration = Duration::from_secs(1);

/// Promised median of the time from request to opened key.
const MEDIAN: Duration = Duration::from_secs(3);
/// Promised 99th percentile of that time.
const LAST_PERCENT: Duration = Duration::from_secs(5);

/// Returns the percentile of sorted times by the nearest rank; `share` 0.5 is the median.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
	let rank = (share * sorted.len() as f64).ceil() as usize;
	sorted[rank.clamp(1, sorted.len()) - 1]
}

#[tokio::main]
async fn main() -> ExitCode {
	let count: usize = std::env::args()
		.nth(1)
		.map_or(Ok(30), |text| text.parse())
		.expect("usage: release_latency [COUNT], at most 60, the limit for one reader in an hour");
	let began = Instant::now();
	let network = Network::start().await;
	println!(
		"four validators, their people and their committee's key: ready after {:.0} s",
		began.elapsed().as_secs_f64()
	);
	let people = &network.people;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let copy = people.path("copy");
	let (mut times, mut whole) = (Vec::with_capacity(count), Vec::with_capacity(count));
	let mut request = 0;
	for opening in 0..count {
		let _ = std::fs::remove_file(&copy);
		// Readers come at any moment between two blocks, but the previous opening ends soon after
		// one.
		let moment = BLOCK.mul_f64(opening as f64 * 0.618 % 1.0);
		tokio::time::sleep(moment).await;
		let start = Instant::now();
		let get = format!("record get {record} --purpose HOPERAT --out {}", quoted(&copy));
		let opened = people.cli.run(RECORDS_ADMIN, get).await;
		whole.push(start.elapsed());
		let opened_key = opened["release"]["steps"]
			.as_array()
			.and_then(|steps| steps.iter().find(|step| step["step"] == "key opened"))
			.and_then(|step| step["after_ms"].as_u64())
			.expect("the hospitals release the key");
		times.push(Duration::from_millis(opened_key));
		request = opened["request"].as_u64().expect("the opening has a request");
	}
	// The shares open the key before a block has them.
	let shares = salus_e2e::eventually("all members' shares are in a block", || async {
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
	times.sort_unstable();
	let (median, last) = (percentile(&times, 0.5), percentile(&times, 0.99));
	whole.sort_unstable();
	for (what, times) in
		[("from the request to the opened key", &times), ("from the command to the file", &whole)]
	{
		println!(
			"{count} openings, {what}: p50 {:.1} s, p99 {:.1} s, longest {:.1} s",
			percentile(times, 0.5).as_secs_f64(),
			percentile(times, 0.99).as_secs_f64(),
			times[count - 1].as_secs_f64()
		);
	}
	println!(
		"shares of the last release, in bytes as posted: {shares:?}, together {}",
		shares.iter().sum::<usize>()
	);
	if median <= MEDIAN && last <= LAST_PERCENT {
		ExitCode::SUCCESS
	} else {
		println!("FAILED: p50 may be {MEDIAN:?}, p99 {LAST_PERCENT:?}");
		ExitCode::FAILURE
	}
}
