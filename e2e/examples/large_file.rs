//! Adds and gets a large file and prints what it took: `scripts/bench-large-file [MEBIBYTES]`.
//!
//! Ends with exit code 1 when the client or the node took more memory than Salus promises, when an interrupted upload
//! sent again what the node had, or when the file came back altered.

use salus_e2e::{cast::*, files, people::record_id, People};
use std::{
	process::ExitCode,
	time::{Duration, Instant},
};
use tokio::process::Child;

const MIB: u64 = 1 << 20;

/// Promised peaks of resident memory, in KiB.
const CLIENT_LIMIT: u64 = 96 << 10;
const NODE_LIMIT: u64 = 600 << 10;

/// The peak of a process's resident memory in KiB, as far as it lives.
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

/// Waits for a command and gives its output, the time it took, and the highest peak that was seen (KiB).
async fn measure(child: Child) -> (std::process::Output, Duration, u64) {
	let start = Instant::now();
	let process = child.id().expect("it was just started");
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
	let arguments = people.add_arguments(&file, "imaging", "Large");
	let mut failures = Vec::new();

	// Interrupted when about a third is there, then again.
	let mut first = people.cli.command(DOCTOR_A, &arguments).spawn().expect("salus can be started");
	loop {
		let node = people
			.node
			.rpc("salus_nodeInfo", serde_json::json!([]))
			.await
			.expect("the node answers");
		if node["staging"]["stored"].as_u64() >= Some(mebibytes * MIB / 3) {
			break;
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	first.kill().await.expect("it runs");

	let child = people.cli.command(DOCTOR_A, &arguments).spawn().expect("salus can be started");
	let (output, took, added) = measure(child).await;
	assert!(output.status.success(), "{output:?}");
	let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
	line("add, resumed, stored", mebibytes, took, added);
	let upload = &answer[0]["upload"];
	println!(
		"of {} blocks {} were there and {} were sent",
		upload["blocks"], upload["resumed"], upload["sent"]
	);
	if upload["resumed"].as_u64() < Some(mebibytes / 4) {
		failures.push("the upload did not resume");
	}

	let copy = people.folder().join("copy");
	let record = record_id(&answer);
	let path = copy.to_str().expect("UTF-8");
	let child = people
		.cli
		.command(PATIENT, &["record", "get", &record, "--out", path])
		.spawn()
		.expect("salus can be started");
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
