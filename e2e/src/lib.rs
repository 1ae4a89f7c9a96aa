//! Drives real nodes and the real command line, as their users do.
//!
//! Every node runs as a process of its own, in a temporary folder, on loopback ports that the system chooses. Nothing
//! sleeps to "give it time": the harness waits for a log line, an RPC answer or an exit, each with a deadline.

pub mod cast;
pub mod cli;
pub mod faulty;
pub mod files;
pub mod kubo;
pub mod network;
pub mod node;
pub mod people;
mod prepared;
pub mod relay;
pub mod soak;
pub mod ticket;

pub use cli::{Cli, CommandResult, Running};
pub use network::Network;
pub use node::{Node, NodeOptions, SmallDisks};
pub use people::People;
pub use relay::Relay;

use std::{
	future::Future,
	path::PathBuf,
	time::{Duration, Instant},
};

/// The folder of this package.
///
/// Cargo sets it for the run. Compiled in, it would name the copy of the workspace that was built first in this target
/// folder.
pub fn package_folder() -> PathBuf {
	std::env::var_os("CARGO_MANIFEST_DIR").expect("tests are run by cargo").into()
}

/// The folder with the binaries of this build.
pub fn binary_folder() -> PathBuf {
	let test = std::env::current_exe().expect("a running test has a path");
	test.parent()
		.and_then(|deps| deps.parent())
		.expect("tests run from <target>/<profile>/deps")
		.to_path_buf()
}

/// The path of a binary of this build.
pub fn binary(name: &str) -> PathBuf {
	let path = binary_folder().join(name);
	assert!(
		path.exists(),
		"{} is not built: run `cargo build --release --workspace` first",
		path.display()
	);
	path
}

/// Asks `probe` until it gives something, at most for `deadline`; tells `what` was waited for if it does not.
///
/// For states that nothing announces. The pause between two questions only limits the load.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
	what: &str,
	deadline: Duration,
	mut probe: impl FnMut() -> F,
) -> T {
	let start = Instant::now();
	loop {
		if let Some(found) = probe().await {
			return found;
		}
		assert!(start.elapsed() < deadline, "after {} s still not: {what}", deadline.as_secs());
		tokio::time::sleep(Duration::from_millis(200)).await;
	}
}
