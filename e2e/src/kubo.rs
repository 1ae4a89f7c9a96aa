//! A real Kubo daemon, alone on loopback.

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

/// The pinned Kubo, if it is installed. Where it must not be missing (`SALUS_REQUIRE_KUBO=1`), its absence fails the
/// test; elsewhere the test says aloud that it is skipped.
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
		"Kubo is not at {} and this run must not skip its tests: run scripts/install-kubo",
		path.display()
	);
	eprintln!("\n*** SKIPPED: Kubo is not installed; run scripts/install-kubo (needs Go) ***\n");
	None
}

impl Kubo {
	/// Starts a daemon with a fresh repository in `folder`.
	pub fn start(binary: &Path, folder: &Path) -> Self {
		let repository = folder.join("kubo");
		let run = |arguments: &[&str]| {
			let output = Command::new(binary)
				.env("IPFS_PATH", &repository)
				.args(arguments)
				.output()
				.expect("ipfs can be run");
			assert!(
				output.status.success(),
				"ipfs {arguments:?}: {}",
				String::from_utf8_lossy(&output.stderr)
			);
		};
		// The profile `test` listens on loopback only and knows no bootstrap peers.
		run(&["init", "--profile=test"]);
		run(&["config", "Addresses.API", "/ip4/127.0.0.1/tcp/0"]);
		run(&["config", "--json", "AutoConf.Enabled", "false"]);
		run(&["config", "--json", "Bootstrap", "[]"]);
		run(&["config", "--json", "DNS.Resolvers", "{}"]);
		run(&["config", "Routing.Type", "none"]);
		run(&["config", "--json", "Routing.DelegatedRouters", "[]"]);
		run(&["config", "--json", "Ipns.DelegatedPublishers", "[]"]);
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
			"the Kubo daemon ended at start"
		);
		std::thread::spawn(move || lines.for_each(drop));
		let address = std::fs::read_to_string(repository.join("api"))
			.expect("a ready daemon tells its address");
		let mut parts = address.trim().split('/').skip(2);
		let host = parts.next().expect("a multiaddr has a host");
		let port = parts.nth(1).expect("a multiaddr has a port");
		let api = format!("http://{host}:{port}");
		Self { child, binary: binary.to_path_buf(), repository, api }
	}

	/// Where its RPC API listens.
	pub fn api(&self) -> &str {
		&self.api
	}

	/// What runs `ipfs` commands against the daemon, also while others do.
	pub fn commands(&self) -> Commands {
		Commands { binary: self.binary.clone(), repository: self.repository.clone() }
	}

	/// Runs an `ipfs` command against the daemon, at most for `deadline`, and gives its output.
	pub async fn ipfs(&self, arguments: &[&str], deadline: Duration) -> Result<Vec<u8>, String> {
		self.commands().run(arguments, deadline).await
	}
}

/// Runs `ipfs` commands against a daemon.
#[derive(Clone, Debug)]
pub struct Commands {
	binary: PathBuf,
	repository: PathBuf,
}

impl Commands {
	/// Runs one, at most for `deadline`, and gives its output.
	pub async fn run(&self, arguments: &[&str], deadline: Duration) -> Result<Vec<u8>, String> {
		let command = tokio::process::Command::new(&self.binary)
			.env("IPFS_PATH", &self.repository)
			.args(arguments)
			.stdin(Stdio::null())
			.kill_on_drop(true)
			.output();
		match tokio::time::timeout(deadline, command).await {
			Err(_) => Err(format!("ipfs {arguments:?}: no answer within {} s", deadline.as_secs())),
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
