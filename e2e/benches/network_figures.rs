//! Measures four validators on this machine: blocks and finality, processor and memory of an idle
//! node, and the time until three nodes hold an image of 100 MiB:
//! `scripts/bench-network [SECONDS]`.
//!
//! Ends with exit code 1 if an idle validator takes more than 5 % of a core or more than 300 MiB.

use salus_e2e::{
	chain::{best, finalised, holders},
	files, Network, Node,
};
use std::{
	process::ExitCode,
	time::{Duration, Instant},
};

/// Promised share of a core that an idle validator takes.
const PROCESSOR: f64 = 0.05;
/// Promised resident memory of an idle validator, in MiB.
const MEMORY_MIB: f64 = 300.0;

/// Pause between two samples.
const STEP: Duration = Duration::from_millis(50);

/// Clock ticks in a second, as Linux reports times of processes (`sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

/// Returns the processor time of a node so far, in seconds.
fn processor_time(node: &Node) -> f64 {
	let path = format!("/proc/{}/stat", node.process_id());
	let stat = std::fs::read_to_string(path).expect("the node runs");
	// Skips the name in brackets, which may hold spaces. User and system time are fields 14 and 15.
	let fields: Vec<&str> =
		stat.rsplit(')').next().expect("there is a last part").split_whitespace().collect();
	let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
	(ticks(11) + ticks(12)) / TICKS
}

/// Watches a node, and returns the seconds between blocks, and the median and 99th percentile of
/// the seconds from a block's arrival until it is final.
async fn blocks(node: &Node, duration: Duration) -> (f64, f64, f64) {
	let start = Instant::now();
	let first = best(node).await;
	let mut seen = vec![];
	let mut delays: Vec<f64> = Vec::new();
	let mut final_until = finalised(node).await;
	while start.elapsed() < duration {
		let number = best(node).await;
		if seen.last().is_none_or(|(last, _)| number > *last) {
			seen.push((number, Instant::now()));
		}
		let now_final = finalised(node).await;
		if now_final > final_until {
			for (_, arrived) in
				seen.iter().filter(|(number, _)| (final_until + 1..=now_final).contains(number))
			{
				delays.push(arrived.elapsed().as_secs_f64());
			}
			final_until = now_final;
		}
		tokio::time::sleep(STEP).await;
	}
	let made = best(node).await - first;
	delays.sort_by(f64::total_cmp);
	let at = |share: f64| delays[((share * delays.len() as f64) as usize).min(delays.len() - 1)];
	(start.elapsed().as_secs_f64() / made as f64, at(0.5), at(0.99))
}

#[tokio::main]
async fn main() -> ExitCode {
	let seconds: u64 = std::env::args()
		.nth(1)
		.map_or(Ok(60), |text| text.parse())
		.expect("usage: network_figures [SECONDS]");
	let duration = Duration::from_secs(seconds);
	let network = Network::start().await;
	network.all_store().await;
	let people = &network.people;

	// Nobody asks Dave's node.
	let idle = &network.others[2];
	let before = processor_time(idle);
	let (interval, half, most) = blocks(&people.node, duration).await;
	let processor = (processor_time(idle) - before) / seconds as f64;
	let memory = idle.resident_kib().0 as f64 / 1024.0;
	println!("four validators, {seconds} s: a block every {interval:.2} s; final {half:.1} s after it arrived (p50), {most:.1} s (p99)");
	println!("an idle validator: {:.1} % of a core, {memory:.0} MiB resident", processor * 100.0);

	let file = files::dicom(people.folder(), "scan.dcm", 100 << 20);
	let start = Instant::now();
	let record = people.add(&file, "imaging", "Scan").await;
	let stored = start.elapsed().as_secs_f64();
	let holders = loop {
		let held = holders(&people.node, &record).await.len();
		if held >= 3 || start.elapsed() > Duration::from_secs(300) {
			break held;
		}
		tokio::time::sleep(STEP).await;
	};
	println!(
		"100 MiB: stored on the first node {stored:.1} s after the command began, on {holders} nodes after {:.1} s",
		start.elapsed().as_secs_f64()
	);
	match processor <= PROCESSOR && memory <= MEMORY_MIB && holders >= 3 {
		true => ExitCode::SUCCESS,
		false => ExitCode::FAILURE,
	}
}
