//! Drives real nodes and the real command line, as their users do.
//!
//! Every node is a separate process, with a temporary folder and loopback ports. Nothing sleeps
//! to "give it time": the harness waits for a log line, an RPC answer or an exit, each with a
//! deadline.

pub mod cast;
pub mod chain;
pub mod cli;
pub mod faulty;
pub mod fhir;
pub mod files;
pub mod kubo;
pub mod large;
pub mod liar;
pub mod network;
pub mod node;
pub mod people;
mod prepared;
pub mod recorder;
pub mod relay;
pub mod responses;
mod slow;
pub mod soak;
pub mod ticket;

pub use cli::{quoted, Cli, CommandResult, Running};
pub use network::Network;
pub use node::{Node, NodeOptions, SmallDisks};
pub use people::People;
pub use relay::Relay;

use std::{
	future::Future,
	path::PathBuf,
	process::{Command, Output, Stdio},
	time::{Duration, Instant},
};

/// Deadline for any one change: some blocks, finality, and a turn of each node, on a machine that
/// is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Returns the folder of this package.
///
/// Cargo sets it at run time. A path compiled in would name the copy of the workspace that was
/// built first in this target folder.
pub fn package_folder() -> PathBuf {
	std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests").into()
}

/// Returns the folder with the binaries of this build.
pub fn binary_folder() -> PathBuf {
	let test = std::env::current_exe().expect("a running test has a path");
	test.parent()
		.and_then(|deps| deps.parent())
		.expect("tests run from <target>/<profile>/deps")
		.to_path_buf()
}

/// Returns the path of a binary of this build.
pub fn binary(name: &str) -> PathBuf {
	let path = binary_folder().join(name);
	assert!(
		path.exists(),
		"{} is not built; run `cargo build --release --workspace` first",
		path.display()
	);
	path
}

/// Runs a program that must end by itself, and returns its output. Panics after [`PATIENCE`]: a
/// server that starts where it should refuse would serve forever.
pub fn output_in_time(command: &mut Command) -> Output {
	let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
	let mut child = command.spawn().expect("the program can be started");
	let start = Instant::now();
	while child.try_wait().expect("this process started it").is_none() {
		if start.elapsed() > PATIENCE {
			let _ = child.kill();
			let ended = child.wait_with_output().expect("this process started it");
			panic!("{command:?} did not end: {}", String::from_utf8_lossy(&ended.stderr));
		}
		std::thread::sleep(Duration::from_millis(50));
	}
	child.wait_with_output().expect("this process started it")
}

/// Says that a test is skipped, and why, in the log: the test harness shows nothing that a passing
/// test prints with `eprintln!`.
pub fn skip(why: &str) {
	use std::io::Write;

	let line = format!("\n*** SKIPPED: {why} ***\n\n");
	let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Repeats `probe` until it returns a value, and returns that. Panics with `what` after
/// [`PATIENCE`].
///
/// For states that nothing announces. The pause between two probes only limits the load.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
	what: &str,
	probe: impl FnMut() -> F,
) -> T {
	eventually_within(PATIENCE, what, probe).await
}

/// Repeats `probe` as [`eventually`] does, with another deadline.
pub async fn eventually_within<T, F: Future<Output = Option<T>>>(
	deadline: Duration,
	what: &str,
	mut probe: impl FnMut() -> F,
) -> T {
	let start = Instant::now();
	loop {
		if let Some(found) = probe().await {
			return found;
		}
		assert!(start.elapsed() < deadline, "not within {} s: {what}", deadline.as_secs());
		tokio::time::sleep(Duration::from_millis(200)).await;
	}
}
