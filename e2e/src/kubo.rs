//! A real Kubo daemon on loopback, without peers.

use crate::PATIENCE;
use std::{
	io::{BufRead, BufReader},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::Duration,
};

/// A running daemon. It is killed when this is dropped.
pub struct Kubo {
	child: Child,
	binary: PathBuf,
	repository: PathBuf,
	api: String,
}

/// Returns the path of the pinned Kubo. If it is not installed, the test fails where
/// `SALUS_REQUIRE_KUBO=1` is set; elsewhere it says that it is skipped.
pub fn binary() -> Option<PathBuf> {
	let script = crate::package_folder().join("../scripts/install-kubo");
	let output = Command::new(script).arg("--print-path").output().expect("the script can be run");
	let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
	if path.exists() {
		return Some(path);
	}
	assert_ne!(
		std::env::var("SALUS_REQUIRE_KUBO").as_deref(),
		Ok("1"),
		"Kubo is not at {}, and this run must not skip its tests; run scripts/install-kubo",
		path.display()
	);
	crate::skip("Kubo is not installed; run scripts/install-kubo (needs Go)");
	None
}

impl Kubo {
	/// Starts a daemon with a fresh repository in `folder`.
	pub fn start(binary: &Path, folder: &Path) -> Self {
		let repository = folder.join("kubo");
		let run = |line: &str| {
			let output = Command::new(binary)
				.env("IPFS_PATH", &repository)
				.args(line.split_whitespace())
				.output()
				.expect("ipfs can be run");
			assert!(
				output.status.success(),
				"ipfs {line}: {}",
				String::from_utf8_lossy(&output.stderr)
			);
		};
		// The profile `test` listens on loopback only, and has no bootstrap peers.
		run("init --profile=test");
		run("config Addresses.API /ip4/127.0.0.1/tcp/0");
		run("config --json AutoConf.Enabled false");
		run("config --json Bootstrap []");
		run("config --json DNS.Resolvers {}");
		run("config Routing.Type none");
		run("config --json Routing.DelegatedRouters []");
		run("config --json Ipns.DelegatedPublishers []");
		let mut child = Command::new(binary)
			.env("IPFS_PATH", &repository)
			.env("IPFS_TELEMETRY", "off")
			.arg("daemon")
			.stdin(Stdio::null())
			.stdout(Stdio::piped())
			.stderr(Stdio::null())
			.spawn()
			.expect("ipfs can be started");
		let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped"))
			.lines()
			.map_while(Result::ok);
		assert!(
			lines.by_ref().any(|line| line.contains("Daemon is ready")),
			"the Kubo daemon ended before it was ready"
		);
		std::thread::spawn(move || lines.for_each(drop));
		let address = std::fs::read_to_string(repository.join("api"))
			.expect("a ready daemon has written its address");
		let mut parts = address.trim().split('/').skip(2);
		let host = parts.next().expect("a multiaddr has a host");
		let port = parts.nth(1).expect("a multiaddr has a port");
		let api = format!("http://{host}:{port}");
		Self { child, binary: binary.to_path_buf(), repository, api }
	}

	/// Returns the URL of its RPC API.
	pub fn api(&self) -> &str {
		&self.api
	}

	/// Returns a handle that runs `ipfs` commands against the daemon, even in parallel.
	pub fn commands(&self) -> Commands {
		Commands { binary: self.binary.clone(), repository: self.repository.clone() }
	}

	/// Runs an `ipfs` command against the daemon, and returns its output.
	pub async fn ipfs(&self, line: &str) -> Result<Vec<u8>, String> {
		self.commands().run(line).await
	}
}

/// A handle that runs `ipfs` commands against a daemon.
#[derive(Clone, Debug)]
pub struct Commands {
	binary: PathBuf,
	repository: PathBuf,
}

impl Commands {
	/// Runs an `ipfs` command, given in one line, and returns its output.
	pub async fn run(&self, line: &str) -> Result<Vec<u8>, String> {
		self.run_within(PATIENCE, line).await
	}

	/// Runs an `ipfs` command as [`run`](Self::run) does, with another deadline.
	pub async fn run_within(&self, deadline: Duration, line: &str) -> Result<Vec<u8>, String> {
		let command = tokio::process::Command::new(&self.binary)
			.env("IPFS_PATH", &self.repository)
			.args(line.split_whitespace())
			.stdin(Stdio::null())
			.kill_on_drop(true)
			.output();
		match tokio::time::timeout(deadline, command).await {
			Err(_) => Err(format!("ipfs {line}: no answer within {} s", deadline.as_secs())),
			Ok(Err(error)) => Err(error.to_string()),
			Ok(Ok(output)) if output.status.success() => Ok(output.stdout),
			Ok(Ok(output)) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
		}
	}
}

impl Drop for Kubo {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}
