//! Helpers for the tests: files, and a real Kubo.

pub mod pattern;

use std::{
	env, fs,
	io::{Read, Write},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

use salus_ipfs::{
	kubo::{Kubo, Options},
	unixfs::build,
	Block, Cid, Dag,
};
use tempfile::TempDir;

/// Cuts a file into blocks. Returns its DAG, and its blocks with the root last.
pub fn cut(bytes: &[u8]) -> (Dag, Vec<Block>) {
	let mut blocks = Vec::new();
	let dag = build(bytes, |block| {
		blocks.push(block);
		Ok(())
	})
	.unwrap();
	(dag, blocks)
}

/// Returns the path of the `ipfs` binary, or `None` if it is missing.
///
/// Without it, the test must end at once, and a line on the terminal says so. With
/// `SALUS_REQUIRE_KUBO=1`, the test fails instead.
pub fn kubo_binary(test: &str) -> Option<PathBuf> {
	// Cargo sets this variable at run time. A value compiled in would name the copy of the
	// workspace that was built first in this target folder.
	let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("tests are run by cargo");
	let script = Path::new(&package).join("../../scripts/install-kubo");
	let output = Command::new(&script)
		.arg("--print-path")
		.output()
		.unwrap_or_else(|error| panic!("cannot run {}: {error}", script.display()));
	assert!(output.status.success(), "{output:?}");
	let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
	if path.is_file() {
		return Some(path);
	}
	let missing = format!(
		"{test}: no Kubo at {}. Run scripts/install-kubo, or set SALUS_KUBO.",
		path.display()
	);
	assert!(env::var("SALUS_REQUIRE_KUBO").as_deref() != Ok("1"), "{missing}");
	// Write straight to the terminal: the test harness captures eprintln!.
	let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
	None
}

/// A repository of a real Kubo in a temporary folder.
pub struct Repository {
	binary: PathBuf,
	folder: TempDir,
}

impl Repository {
	pub fn new(binary: PathBuf) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let repository = Self { binary, folder };
		repository.run(&["init", "--empty-repo", "--profile=unixfs-v1-2025,test"]);
		repository
	}

	pub fn command(&self, arguments: &[&str]) -> Command {
		let mut command = Command::new(&self.binary);
		command.args(arguments).env("IPFS_PATH", self.folder.path()).env("IPFS_TELEMETRY", "off");
		command
	}

	/// Runs `ipfs`, which must succeed, and returns its output.
	pub fn run(&self, arguments: &[&str]) -> Vec<u8> {
		let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
		assert!(
			output.status.success(),
			"ipfs {arguments:?}: {}",
			String::from_utf8_lossy(&output.stderr)
		);
		output.stdout
	}

	/// Runs `ipfs` with these bytes on its standard input.
	pub fn run_with(&self, arguments: &[&str], mut input: impl Read) -> Vec<u8> {
		let mut child =
			self.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
		let mut stdin = child.stdin.take().unwrap();
		std::io::copy(&mut input, &mut stdin).unwrap();
		drop(stdin);
		let output = child.wait_with_output().unwrap();
		assert!(output.status.success(), "ipfs {arguments:?}");
		output.stdout
	}

	/// Returns the root that Kubo computes for these bytes, without storing them.
	pub fn hash(&self, input: impl Read) -> Cid {
		let output = self.run_with(&["add", "--only-hash", "--quieter"], input);
		Cid::parse(String::from_utf8(output).unwrap().trim()).unwrap()
	}

	/// Starts the daemon without its network, on a free port of loopback.
	pub fn daemon(self) -> Daemon {
		self.start(&["daemon", "--offline"])
	}

	/// Starts the daemon with its network, on free ports of loopback.
	pub fn online_daemon(self) -> Daemon {
		self.start(&["daemon"])
	}

	fn start(self, arguments: &[&str]) -> Daemon {
		let child = self
			.command(arguments)
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(Stdio::null())
			.spawn()
			.unwrap();
		let mut daemon = Daemon { repository: self, child, url: String::new() };
		let file = daemon.repository.folder.path().join("api");
		let until = Instant::now() + Duration::from_secs(60);
		loop {
			if let Ok(address) = fs::read_to_string(&file) {
				let parts: Vec<&str> = address.trim().split('/').collect();
				if let ["", "ip4", host, "tcp", port] = parts[..] {
					daemon.url = format!("http://{host}:{port}");
					return daemon;
				}
			}
			assert!(Instant::now() < until, "the Kubo daemon did not start");
			assert!(daemon.child.try_wait().unwrap().is_none(), "the Kubo daemon ended");
			std::thread::sleep(Duration::from_millis(50));
		}
	}
}

/// A running daemon of a real Kubo. Dropping this value ends it.
pub struct Daemon {
	pub repository: Repository,
	child: Child,
	pub url: String,
}

impl Daemon {
	pub fn client(&self) -> Kubo {
		Kubo::new(&self.url, Options::default()).unwrap()
	}

	/// Ends the daemon and returns its repository.
	pub fn stop(mut self) -> Repository {
		self.end();
		let nothing = Repository { binary: PathBuf::new(), folder: tempfile::tempdir().unwrap() };
		std::mem::replace(&mut self.repository, nothing)
	}

	fn end(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
		let _ = fs::remove_file(self.repository.folder.path().join("api"));
	}
}

impl Drop for Daemon {
	fn drop(&mut self) {
		self.end();
	}
}
