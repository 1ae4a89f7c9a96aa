//! A node process.

use crate::PATIENCE;
use serde_json::{json, Value};
use std::{
	fs::File,
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	sync::{Arc, Condvar, Mutex},
	time::{Duration, Instant, UNIX_EPOCH},
};

/// Part of the line that a node logs when a stranger asks it for blocks.
pub const REFUSES_STRANGERS: &str = "is not a storage node of the consortium: it gets none";

/// Number of the last log lines of a node that a failed test prints.
const SHOWN_LINES: usize = 40;

/// Longest wait of a failed test for a node's votes: 5 seconds.
const ROUND_PATIENCE: Duration = Duration::from_secs(5);

/// Options with which a node is started.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
	/// `--chain`; `None` for `--dev`.
	pub chain: Option<String>,
	/// `--ipfs`; `None` for the embedded store.
	pub ipfs: Option<String>,
	/// `--port`; `None` lets the system choose.
	pub port: Option<u16>,
	/// Further arguments.
	pub extra: Vec<String>,
	/// Small file systems for the block store and the staging area. `None` for the folder's own.
	pub small_disks: Option<SmallDisks>,
	/// Time by which its clock is ahead of this machine's.
	pub ahead: Duration,
}

/// Turn to start the first node of a build.
///
/// A node compiles the runtime at its start, which takes some ten seconds of processor time, unless
/// another node has kept the result. Those that start at once would all compile it.
struct FirstStart {
	/// Lock, which ends with the file. `None` if a node of this build has started before.
	turn: Option<File>,
	started: PathBuf,
}

impl FirstStart {
	/// Waits until no other process starts the first node of this build.
	fn turn(compiled: &Path, binary: &Path) -> Self {
		let built = std::fs::metadata(binary).and_then(|binary| binary.modified());
		let built = built.expect("the binary has a time").duration_since(UNIX_EPOCH);
		let built = built.expect("it was built after 1970").as_nanos();
		let started = compiled.with_file_name(format!("started-{built}"));
		let is_first = || !started.try_exists().expect("the folder is readable");
		let turn = is_first().then(|| {
			let turn = File::create(compiled.with_file_name("first-start.lock"));
			let turn = turn.expect("the folder is writable");
			turn.lock().expect("a file can be locked");
			turn
		});
		Self { turn: turn.filter(|_| is_first()), started }
	}
}

impl Drop for FirstStart {
	fn drop(&mut self) {
		if self.turn.is_some() && !std::thread::panicking() {
			File::create(&self.started).expect("the folder is writable");
		}
	}
}

/// File systems in memory that only the node sees, so that its disk can really fill up.
#[derive(Clone, Copy, Debug)]
pub struct SmallDisks {
	/// Room for blocks, in MiB.
	pub blocks: u32,
	/// Room for uploads, in MiB.
	pub staging: u32,
}

/// Script that mounts the small disks in a mount namespace, which ends with the node, and becomes
/// the node.
const WITH_SMALL_DISKS: &str = r#"
set -e
folder=$1 blocks=$2 staging=$3
shift 3
mkdir -p "$folder/blocks" "$folder/staging"
mount -t tmpfs -o "size=${blocks}m" blocks "$folder/blocks"
mount -t tmpfs -o "size=${staging}m" staging "$folder/staging"
exec "$@"
"#;

#[derive(Default)]
struct Log {
	lines: Vec<String>,
	closed: bool,
}

/// A running node. It is killed when this is dropped; its folder belongs to the caller.
pub struct Node {
	child: Child,
	log: Arc<(Mutex<Log>, Condvar)>,
	http: reqwest::Client,
	base: PathBuf,
	options: NodeOptions,
	rpc_port: u16,
}

/// An error answer of JSON-RPC.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcError {
	/// Stable code.
	pub code: i64,
	/// Cause and remedy.
	pub message: String,
	/// Further data.
	pub data: Value,
}

/// Returns the path of the library that shows a process another time, as Debian's package
/// `libfaketime` installs it.
pub fn clock_library() -> PathBuf {
	let found = std::fs::read_dir("/usr/lib")
		.into_iter()
		.flatten()
		.filter_map(Result::ok)
		.map(|entry| entry.path().join("faketime/libfaketime.so.1"))
		.find(|path| path.is_file());
	found.expect("libfaketime is not installed: run scripts/setup --tests")
}

/// Collects the lines that a node logs, in a file too, until it closes its log.
fn collect(pipe: impl Read, mut file: File, sink: &(Mutex<Log>, Condvar)) {
	for line in BufReader::new(pipe).lines().map_while(Result::ok) {
		let _ = writeln!(file, "{line}");
		sink.0.lock().expect("no reader panics").lines.push(line);
		sink.1.notify_all();
	}
	sink.0.lock().expect("no reader panics").closed = true;
	sink.1.notify_all();
}

impl Node {
	/// Starts a node with the folder `base`, and waits until its RPC server listens.
	pub fn start(base: &Path, options: NodeOptions) -> Self {
		let binary = super::binary("salus-node");
		let compiled = super::binary_folder().join("compiled-runtimes");
		let _turn = FirstStart::turn(&compiled, &binary);
		let mut command = match options.small_disks {
			None => Command::new(binary),
			Some(disks) => {
				let mut command = Command::new("unshare");
				command
					.args(["--map-root-user", "--mount", "sh", "-c"])
					.args([WITH_SMALL_DISKS, "sh"])
					.arg(base.join("chains/dev/salus"))
					.args([disks.blocks.to_string(), disks.staging.to_string()])
					.arg(binary);
				command
			}
		};
		match &options.chain {
			Some(chain) => command.args(["--chain", chain]),
			None => command.args(["--dev"]),
		};
		if let Some(ipfs) = &options.ipfs {
			command.args(["--ipfs", ipfs]);
		}
		command
			.arg("--base-path")
			.arg(base)
			// One folder for all nodes of all tests, because compiling a runtime takes longer than
			// most.
			.arg("--compiled-runtimes")
			.arg(compiled)
			.args([
				"--rpc-port",
				"0",
				"--port",
				&options.port.unwrap_or(0).to_string(),
				"--ipfs-api-port",
				"0",
				"--no-prometheus",
				"--no-telemetry",
			])
			.args(["--no-mdns"])
			.envs(
				(!options.ahead.is_zero())
					.then(|| ("LD_PRELOAD", clock_library().into_os_string())),
			)
			.envs([
				("FAKETIME", format!("+{}s", options.ahead.as_secs())),
				// Deadlines and pauses keep the real time.
				("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
			])
			.args(&options.extra)
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(Stdio::piped());
		let mut child = command.spawn().expect("salus-node can be started");
		let log = Arc::new((Mutex::new(Log::default()), Condvar::new()));
		let (sink, pipe) = (log.clone(), child.stderr.take().expect("stderr is piped"));
		let file = File::options()
			.create(true)
			.append(true)
			.open(base.join("node.log"))
			.expect("the node's folder is writable");
		std::thread::spawn(move || collect(pipe, file, &sink));
		let http = reqwest::Client::builder()
			.timeout(PATIENCE)
			.build()
			.expect("a plain HTTP client can be built");
		let mut node = Self { child, log, http, base: base.to_path_buf(), options, rpc_port: 0 };
		let line = node.wait_for_log("Running JSON-RPC server: addr=");
		node.rpc_port = line
			.split("addr=")
			.nth(1)
			.and_then(|rest| rest.split([',', ' ', '"']).next())
			.and_then(|address| address.rsplit(':').next())
			.and_then(|port| port.parse().ok())
			.unwrap_or_else(|| panic!("no port in: {line}"));
		node
	}

	/// Waits for a log line of this run that contains `part`, and returns it.
	pub fn wait_for_log(&self, part: &str) -> String {
		self.wait_for_log_after(0, part)
	}

	/// Waits for a log line of this run, from line number `from` on, that contains `part`, and
	/// returns it.
	pub fn wait_for_log_after(&self, from: usize, part: &str) -> String {
		let start = Instant::now();
		let (lock, condition) = &*self.log;
		let mut log = lock.lock().expect("no reader panics");
		let mut seen = from;
		loop {
			if let Some(line) = log.lines.iter().skip(seen).find(|line| line.contains(part)) {
				return line.clone();
			}
			seen = log.lines.len().max(from);
			let tail =
				log.lines.iter().rev().take(20).rev().cloned().collect::<Vec<_>>().join("\n");
			assert!(!log.closed, "the node ended before it logged {part:?}:\n{tail}");
			let left = PATIENCE.saturating_sub(start.elapsed());
			assert!(
				!left.is_zero(),
				"the node did not log {part:?} within {} s:\n{tail}",
				PATIENCE.as_secs()
			);
			log = condition.wait_timeout(log, left).expect("no reader panics").0;
		}
	}

	/// Returns the lines that the node has logged so far.
	pub fn log_lines(&self) -> Vec<String> {
		let log = self.log.0.lock().expect("no reader panics");
		log.lines.clone()
	}

	/// Returns the number of lines that the node has logged so far.
	pub fn log_length(&self) -> usize {
		self.log.0.lock().expect("no reader panics").lines.len()
	}

	/// Returns the URL of its RPC server for WebSocket clients.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// Returns its folder.
	pub fn base(&self) -> &Path {
		&self.base
	}

	/// Returns the folder with the block store and the staged uploads.
	pub fn salus_folder(&self) -> PathBuf {
		let chains = self.base.join("chains");
		let chain = std::fs::read_dir(&chains)
			.ok()
			.and_then(|mut entries| entries.next())
			.and_then(Result::ok)
			.unwrap_or_else(|| panic!("no chain in {}", chains.display()));
		chain.path().join("salus")
	}

	/// Resizes one of the small disks, `blocks` or `staging`.
	pub fn grow_disk(&self, name: &str, mebibytes: u32) {
		let folder = self.base.join("chains/dev/salus").join(name);
		let status = Command::new("nsenter")
			.args(["--user", "--mount", "--preserve-credentials", "--target"])
			.arg(self.child.id().to_string())
			.args(["mount", "-o", &format!("remount,size={mebibytes}m")])
			.arg(folder)
			.status()
			.expect("nsenter can be run");
		assert!(status.success(), "the disk {name} could not be made larger");
	}

	/// Returns its process id.
	pub fn process_id(&self) -> u32 {
		self.child.id()
	}

	/// Returns its resident memory in KiB: now, and at its peak.
	pub fn resident_kib(&self) -> (u64, u64) {
		let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
			.unwrap_or_default();
		let field = |name: &str| {
			status
				.lines()
				.find_map(|line| line.strip_prefix(name))
				.and_then(|rest| rest.split_whitespace().next())
				.and_then(|number| number.parse().ok())
				.unwrap_or(0)
		};
		(field("VmRSS:"), field("VmHWM:"))
	}

	/// Calls a method over HTTP that must succeed, and returns its result.
	pub async fn ask(&self, method: &str, params: Value) -> Value {
		let answer = self.rpc(method, params).await;
		answer.unwrap_or_else(|error| panic!("{method}: {error:?}"))
	}

	/// Calls a method over HTTP.
	pub async fn rpc(&self, method: &str, params: Value) -> Result<Value, RpcError> {
		let answer = self
			.http
			.post(format!("http://127.0.0.1:{}", self.rpc_port))
			.json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
			.send()
			.await
			.unwrap_or_else(|error| panic!("{method}: {error}"))
			.json::<Value>()
			.await
			.unwrap_or_else(|error| panic!("{method}: {error}"));
		match answer.get("error") {
			Some(error) => Err(RpcError {
				code: error["code"].as_i64().unwrap_or_default(),
				message: error["message"].as_str().unwrap_or_default().to_owned(),
				data: error.get("data").cloned().unwrap_or(Value::Null),
			}),
			None => Ok(answer["result"].clone()),
		}
	}

	/// Asks for the votes on finality in the current rounds, without a runtime.
	fn ask_for_round(&self) -> std::io::Result<String> {
		let mut stream = TcpStream::connect(("127.0.0.1", self.rpc_port))?;
		stream.set_read_timeout(Some(ROUND_PATIENCE))?;
		let body = r#"{"jsonrpc":"2.0","id":1,"method":"grandpa_roundState","params":[]}"#;
		write!(
			stream,
			"POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
			 Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
			self.rpc_port,
			body.len()
		)?;
		let mut answer = String::new();
		stream.read_to_string(&mut answer)?;
		Ok(answer.lines().last().unwrap_or_default().to_owned())
	}

	/// Kills the node without warning (SIGKILL), and waits until it has ended.
	pub fn kill(&mut self) {
		self.child.kill().expect("the node can be killed");
		self.child.wait().expect("a killed process can be waited for");
	}

	/// Returns the options with which it was started.
	pub fn options(&self) -> &NodeOptions {
		&self.options
	}

	/// Sends the process a signal, such as `CONT`.
	pub fn signal(&self, signal: &str) {
		let status = Command::new("kill")
			.args([&format!("-{signal}"), &self.child.id().to_string()])
			.status()
			.expect("kill can be run");
		assert!(status.success());
	}

	/// Stops the process until it gets the signal `CONT`, and waits until it is stopped.
	pub fn stop(&self) {
		self.signal("STOP");
		let path = format!("/proc/{}/status", self.child.id());
		let start = Instant::now();
		while !std::fs::read_to_string(&path).is_ok_and(|text| text.contains("State:\tT")) {
			assert!(start.elapsed() < PATIENCE, "the node did not stop: {}", self.child.id());
			std::thread::sleep(Duration::from_millis(10));
		}
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		// A failed test prints what its nodes did, and how far they are with finality.
		if std::thread::panicking() {
			let name = self.base.file_name().unwrap_or_default().to_string_lossy().into_owned();
			let lines = self.log_lines();
			for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
				eprintln!("{name}: {line}");
			}
			let round = self.ask_for_round().unwrap_or_else(|error| error.to_string());
			eprintln!("{name}: votes: {round}");
		}
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}
