//! Adds and gets a large file, and prints time and memory: `scripts/bench-large-file [MEBIBYTES]`.
//!
//! Ends with exit code 1 if the client or the node takes more memory than Salus promises, if an
//! interrupted upload sends blocks again, or if the file comes back altered.

use salus_e2e::{cast::*, files, people::record_id, quoted, People};
use std::{
	process::ExitCode,
	time::{Duration, Instant},
};
use tokio::process::Child;

const MIB: u64 = 1 << 20;

/// Promised peak of the client's resident memory, in KiB.
const CLIENT_LIMIT: u64 = 96 << 10;
/// Promised peak of the node's resident memory, in KiB.
const NODE_LIMIT: u64 = 600 << 10;

/// Returns the peak of a process's resident memory in KiB, or `None` if it has ended.
fn peak_kib(process: u32) -> Option<u64> {
	std::fs::read_to_string(format!("/proc/{process}/status"))
		.ok()?
		.lines()
		.find_map(|line| line.strip_prefix("VmHWM:"))?
		.split_whitespace()
		.next()?
		.parse()
		.ok()
}

/// Waits for a command, and returns its output, its duration, and the highest peak seen (KiB).
async fn measure(child: Child) -> (std::process::Output, Duration, u64) {
	let start = Instant::now();
	let process = child.id().expect("the command was just started");
	let mut peak = 0;
	let mut ticks = tokio::time::interval(Duration::from_millis(20));
	let output = child.wait_with_output();
	tokio::pin!(output);
	loop {
		tokio::select! {
			output = &mut output => {
				return (output.expect("the command runs"), start.elapsed(), peak);
			}
			_ = ticks.tick() => peak = peak.max(peak_kib(process).unwrap_or(0)),
		}
	}
}

fn line(what: &str, mebibytes: u64, took: Duration, peak: u64) {
	println!(
		"{what:<22} {:>7.1} s {:>8.0} MiB/s   client at most {:>4.0} MiB",
		took.as_secs_f64(),
		mebibytes as f64 / took.as_secs_f64(),
		peak as f64 / 1024.0
	);
}

#[tokio::main]
async fn main() -> ExitCode {
	let mebibytes: u64 = std::env::args()
		.nth(1)
		.map_or(Ok(1024), |text| text.parse())
		.expect("usage: large_file [MEBIBYTES]");
	let people = People::start().await;
	let file = files::dicom(people.folder(), "large.dcm", mebibytes * MIB);
	let add = people.add_and_wait_line(&file, "imaging", "Large");
	let mut failures = Vec::new();

	// Interrupts the upload when the node has about a third, and repeats the command.
	let mut first = people.cli.command(DOCTOR_A, &add).spawn().expect("salus can be started");
	loop {
		let node = people.node.ask("salus_nodeInfo", serde_json::json!([])).await;
		if node["staging"]["stored"].as_u64() >= Some(mebibytes * MIB / 3) {
			break;
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	first.kill().await.expect("the command can be killed");

	let child = people.cli.command(DOCTOR_A, &add).spawn().expect("salus can be started");
	let (output, took, added) = measure(child).await;
	assert!(output.status.success(), "{output:?}");
	let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
	line("add, resumed, stored", mebibytes, took, added);
	let upload = &answer[0]["upload"];
	println!(
		"of {} blocks, the node had {} and got {}",
		upload["blocks"], upload["resumed"], upload["sent"]
	);
	if upload["resumed"].as_u64() < Some(mebibytes / 4) {
		failures.push("the upload did not resume");
	}

	let copy = people.path("copy");
	let get = format!("record get {} --out {}", record_id(&answer), quoted(&copy));
	let child = people.cli.command(PATIENT, get).spawn().expect("salus can be started");
	let (output, took, got) = measure(child).await;
	assert!(output.status.success(), "{output:?}");
	line("get", mebibytes, took, got);
	if !files::same(&file, &copy) {
		failures.push("the file came back altered");
	}

	let (_, node) = people.node.resident_kib();
	println!("node at most {:.0} MiB", node as f64 / 1024.0);
	if added.max(got) > CLIENT_LIMIT {
		failures.push("the client took more than 96 MiB");
	}
	if node > NODE_LIMIT {
		failures.push("the node took more than 600 MiB");
	}
	for failure in &failures {
		println!("FAILED: {failure}");
	}
	if failures.is_empty() {
		ExitCode::SUCCESS
	} else {
		ExitCode::FAILURE
	}
}
