//! Every command of the runbook, `docs/operations.md`, works.
//!
//! Bash runs each block that is fenced as `sh ACTORS`, with the variables that the runbook names,
//! for each of the actors in turn. A `background` block runs until the test ends it. A `same` block
//! must print the same for every actor. `stop` and `start` do what systemd does with the command in
//! the background.

use salus_e2e::{
	binary_folder,
	chain::{number, LAST_VOTES},
	eventually,
	network::free_port,
	package_folder, PATIENCE,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	fs,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
};

/// Hospitals that found the network.
const FOUNDERS: [char; 4] = ['a', 'b', 'c', 'd'];

/// Number of blocks after which a validator that is back votes for another one in the same round.
const NEWER_BLOCKS: u64 = 4;

/// Hospital A's node for its other systems.
const GATEWAY: char = 'g';

/// Hospital A's FHIR gateway, at that node.
const FHIR: char = 'f';

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
	Run,
	Same,
	Background,
	Stop,
	Start,
}

#[derive(Debug)]
struct Block {
	line: usize,
	actors: Vec<char>,
	how: How,
	text: String,
}

/// Returns the commands of the runbook.
fn blocks(runbook: &str) -> Vec<Block> {
	let mut blocks = Vec::new();
	let mut open: Option<Block> = None;
	let mut in_file = false;
	for (line, text) in (1..).zip(runbook.lines()) {
		match (&mut open, text.strip_prefix("```")) {
			// Files, not commands. They end at the next fence.
			(None, Some("nginx" | "caddyfile")) => in_file = true,
			(None, Some("")) if in_file => in_file = false,
			(None, _) if in_file => {}
			(None, Some(info)) => {
				let mut words = info.split_whitespace();
				assert_eq!(
					words.next(),
					Some("sh"),
					"line {line}: the block is neither commands nor a file"
				);
				let (mut actors, mut how) = (Vec::new(), How::Run);
				for word in words {
					match word {
						"every-founder" => actors.extend(FOUNDERS),
						"same" => how = How::Same,
						"background" => how = How::Background,
						"stop" => how = How::Stop,
						"start" => how = How::Start,
						"gateway-a" => actors.push(GATEWAY),
						"fhir-a" => actors.push(FHIR),
						_ => {
							let name = word.strip_prefix("hospital-");
							let letter = name.and_then(|name| name.parse().ok());
							actors.push(letter.unwrap_or_else(|| {
								panic!("line {line}: no actor is called {word}")
							}));
						}
					}
				}
				assert!(!actors.is_empty(), "line {line}: the block names no actor");
				open = Some(Block { line, actors, how, text: String::new() });
			}
			(Some(_), Some(_)) => blocks.extend(open.take()),
			(Some(block), None) => {
				block.text.push_str(text);
				block.text.push('\n');
			}
			(None, None) => {}
		}
	}
	assert!(open.is_none(), "a block is not closed");
	blocks
}

/// Returns the files below a folder, with their sizes in bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, u64> {
	let mut found = BTreeMap::new();
	for entry in fs::read_dir(folder).expect("the folder is there") {
		let entry = entry.expect("it can be read");
		let metadata = entry.metadata().expect("it is still there");
		if metadata.is_dir() {
			found.extend(files(&entry.path()));
		} else {
			found.insert(entry.path(), metadata.len());
		}
	}
	found
}

struct Hospital {
	folder: PathBuf,
	rpc_port: u16,
	variables: Vec<(&'static str, String)>,
	/// Command in the background, with its process while that runs.
	service: Option<(String, Option<Child>)>,
}

impl Hospital {
	fn new(root: &Path, letter: char) -> Self {
		let folder = root.join(letter.to_string());
		let [backup, escrow, base] = ["backup", "escrow", "node"].map(|name| folder.join(name));
		for folder in [&backup, &escrow] {
			fs::create_dir_all(folder).expect("the folder is writable");
		}
		fs::write(folder.join("password"), format!("correct horse {letter}\n"))
			.expect("the folder is writable");
		let [port, rpc_port, prometheus] = [(); 3].map(|()| free_port());
		let address = format!("/ip4/127.0.0.1/tcp/{port}");
		let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
		let compiled = text(binary_folder().join("compiled-runtimes"));
		let path = std::env::var("PATH").unwrap_or_default();
		let variables = vec![
			("HOSPITAL", letter.to_string()),
			("BASE", text(base)),
			("BACKUP", text(backup)),
			("ESCROW", text(escrow)),
			("EXCHANGE", text(root.join("exchange"))),
			("SALUS_STATE_DIR", text(folder.join("state"))),
			("SALUS_PASSWORD_FILE", text(folder.join("password"))),
			(
				"KEYSTORE_PASSWORD",
				text(folder.join("keystore-password")),
			),
			("SALUS_URL", format!("ws://127.0.0.1:{rpc_port}")),
			(
				"NODE_ARGS",
				format!(
					"--listen-addr {address} --rpc-port {rpc_port} --prometheus-port {prometheus} --ipfs-api-port 0 \
					 --allow-private-ip --no-mdns --no-telemetry --compiled-runtimes {compiled}"
				),
			),
			("ADDRESS", address),
			("RPC_PORT", rpc_port.to_string()),
			("PROMETHEUS_PORT", prometheus.to_string()),
			("PATH", format!("{}:{path}", text(binary_folder()))),
		];
		Self { folder, rpc_port, variables, service: None }
	}

	/// Returns hospital A's FHIR gateway, which connects to this node.
	fn fhir_gateway(root: &Path, node: &Self) -> Self {
		let mut gateway = Self::new(root, FHIR);
		gateway.rpc_port = node.rpc_port;
		let [port, metrics] = [(); 2].map(|()| free_port().to_string());
		let at = |name: &str| gateway.folder.join(name).to_str().expect("UTF-8").to_owned();
		let scripts = package_folder().join("../scripts");
		let path = std::env::var("PATH").unwrap_or_default();
		// Later ones take the place of earlier ones.
		let further = [
			("CONFIG", at("config")),
			("STATE", at("state-of-the-gateway")),
			("CURL_CA_BUNDLE", at("config/tls.pem")),
			("FHIR", format!("https://localhost:{port}")),
			("FHIR_PORT", port),
			("METRICS_PORT", metrics),
			("SALUS_URL", format!("ws://127.0.0.1:{}", node.rpc_port)),
			("PATH", format!("{}:{}:{path}", binary_folder().display(), scripts.display())),
		];
		gateway.variables.extend(further);
		gateway
	}

	/// Returns a command that ends at the first failure.
	fn bash(&self, text: &str) -> Command {
		self.shell(&["-euo", "pipefail", "-c", text])
	}

	fn shell(&self, arguments: &[&str]) -> Command {
		let mut command = Command::new("bash");
		command
			.args(arguments)
			.env_clear()
			.env("HOME", &self.folder)
			.envs(self.variables.iter().cloned())
			.current_dir(&self.folder)
			.stdin(Stdio::null());
		command
	}

	fn run(&self, block: &Block) -> String {
		if block.text.contains("--extract") {
			self.restores_no_part(&block.text);
		}
		self.say(&block.text, block.line)
	}

	/// Runs a command of this line of the runbook, and returns its output.
	fn say(&self, text: &str, line: usize) -> String {
		let output = self.bash(text).output().expect("bash can be run");
		let said = String::from_utf8_lossy(&output.stdout).into_owned();
		assert!(
			output.status.success(),
			"docs/operations.md, line {} (0: the test), at {}: {}\n{}\n{said}\n{}\nend of its node's log:\n{}",
			line,
			self.folder.display(),
			output.status,
			text,
			String::from_utf8_lossy(&output.stderr),
			self.log_tail(),
		);
		said
	}

	/// Checks that a backup which breaks off fails, and leaves the last backup as it was.
	fn breaks_off(&self, backup: &str) {
		let kept = self.folder.join("backup/node.tar.age");
		let before = fs::read(&kept).expect("the backup was made");
		let broken = format!("tar() {{ head -c 1000 /dev/urandom; return 2; }}\n{backup}");
		let output = self.bash(&broken).output().expect("bash can be run");
		assert!(!output.status.success(), "a broken backup succeeds");
		let after = fs::read(&kept).expect("the backup is still there");
		assert!(after == before, "a broken backup replaces the last one");
	}

	/// Checks that a backup that was cut short is not restored, in a person's shell, which
	/// continues after a failure. The folder stays as it was.
	fn restores_no_part(&self, restore: &str) {
		let (archive, folder) = match restore.contains("$STATE") {
			true => ("backup/gateway.tar.age", "state-of-the-gateway"),
			false => ("backup/node.tar.age", "node"),
		};
		let [archive, folder] = [archive, folder].map(|name| self.folder.join(name));
		let whole = fs::read(&archive).expect("the backup was made");
		let before = files(&folder);
		fs::write(&archive, &whole[..whole.len() / 2]).expect("the folder is writable");
		let output = self.shell(&["-c", restore]).output().expect("bash can be run");
		fs::write(&archive, whole).expect("the folder is writable");
		assert!(!output.status.success(), "a part of a backup is restored");
		assert!(files(&folder) == before, "a part of a backup replaces the folder");
	}

	/// Checks that a thief of the backups gets no key that opens them.
	fn keeps_secrets_from_backups(&self) {
		for file in files(&self.folder.join("backup")).keys() {
			let content = fs::read(file).expect("it is there");
			let mut lines = content.split(|byte| *byte == b'\n');
			let has_key = lines.any(|line| line.starts_with(b"AGE-SECRET-KEY"));
			assert!(!has_key, "{} opens the backups beside it", file.display());
		}
	}

	fn log_tail(&self) -> String {
		let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
		let lines: Vec<_> = log.lines().rev().take(30).collect();
		lines.into_iter().rev().collect::<Vec<_>>().join("\n")
	}

	fn start(&mut self, command: String) {
		let log = fs::File::options()
			.create(true)
			.append(true)
			.open(self.folder.join("log"))
			.expect("the folder is writable");
		let process = self
			// The node replaces the shell, so that ending the process ends the node.
			.bash(&format!("exec {command}"))
			.stdout(Stdio::null())
			.stderr(log)
			.spawn()
			.expect("bash can be run");
		self.service = Some((command, Some(process)));
	}

	/// Ends the node as systemd does: asks it to end, and waits for that.
	async fn stop(&mut self) {
		let (_, process) = self.service.as_mut().expect("the node was started");
		let mut process = process.take().expect("the node runs");
		let status = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
		assert!(status.expect("kill can be run").success(), "the node does not run");
		let process = std::sync::Mutex::new(&mut process);
		eventually("the node ends", || async {
			let ended = process.lock().expect("no holder panics").try_wait();
			ended.expect("this test started it").map(|_| ())
		})
		.await;
		let log = self.log();
		let failed: Vec<_> = log.lines().filter(|line| line.contains("Essential task")).collect();
		assert!(failed.is_empty(), "a node that is asked to end fails: {failed:?}");
	}

	/// Ends the node at once, as a power failure does, and returns its command.
	fn kill(&mut self) -> String {
		let (command, process) = self.service.take().expect("the node was started");
		let mut process = process.expect("the node runs");
		process.kill().expect("the node runs");
		process.wait().expect("this test started it");
		command
	}

	/// Waits until the node has ended by itself after it logged this. Returns its command.
	async fn ends_after(&mut self, part: &str) -> String {
		let (command, process) = self.service.take().expect("the node was started");
		let mut process = process.expect("the node runs");
		let started = std::time::Instant::now();
		while process.try_wait().expect("this test started it").is_none() {
			if started.elapsed() > PATIENCE {
				let _ = process.kill();
				panic!("the node does not end by itself: {part}\n{}", self.log_tail());
			}
			tokio::time::sleep(std::time::Duration::from_millis(200)).await;
		}
		assert!(self.log().contains(part), "the node has not said: {part}\n{}", self.log_tail());
		command
	}

	/// Sends the node a signal.
	fn signal(&self, signal: &str) {
		let (_, process) = self.service.as_ref().expect("the node was started");
		let id = process.as_ref().expect("the node runs").id().to_string();
		let status = Command::new("kill").args([&format!("-{signal}"), &id]).status();
		assert!(status.expect("kill can be run").success(), "the node does not run");
	}

	fn log(&self) -> String {
		fs::read_to_string(self.folder.join("log")).expect("the node has a log")
	}

	/// Returns the folder of the chain, with the database and the keys.
	fn chain(&self) -> PathBuf {
		let mut chains = fs::read_dir(self.folder.join("node/chains")).expect("the node has run");
		chains.next().expect("there is one").expect("it can be read").path()
	}

	async fn height(&self) -> u64 {
		number(&self.rpc("chain_getHeader", json!([])).await)
	}

	async fn finalised(&self) -> u64 {
		let hash = self.rpc("chain_getFinalizedHead", json!([])).await;
		number(&self.rpc("chain_getHeader", json!([hash])).await)
	}

	async fn rpc(&self, method: &str, params: Value) -> Value {
		let answer: Value = reqwest::Client::new()
			.post(format!("http://127.0.0.1:{}", self.rpc_port))
			.json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
			.timeout(PATIENCE)
			.send()
			.await
			.expect("the node listens")
			.json()
			.await
			.expect("the node answers in JSON");
		answer["result"].clone()
	}
}

impl Drop for Hospital {
	fn drop(&mut self) {
		if let Some((_, Some(process))) = &mut self.service {
			let _ = process.kill();
			let _ = process.wait();
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_runbook_works() {
	let runbook = package_folder().join("../docs/operations.md");
	let runbook = fs::read_to_string(runbook).expect("the runbook is there");
	let root = tempfile::tempdir().expect("a temporary folder");
	fs::create_dir(root.path().join("exchange")).expect("the folder is writable");
	let mut hospitals: BTreeMap<char, Hospital> = ('a'..='e')
		.chain([GATEWAY])
		.map(|letter| (letter, Hospital::new(root.path(), letter)))
		.collect();
	let gateway = format!("ws://127.0.0.1:{}", hospitals[&GATEWAY].rpc_port);
	let fhir = Hospital::fhir_gateway(root.path(), &hospitals[&GATEWAY]);
	hospitals.insert(FHIR, fhir);
	let first = hospitals.get_mut(&'a').expect("hospital a is one of them");
	first.variables.push(("GATEWAY", gateway));

	for block in blocks(&runbook) {
		let mut said = Vec::new();
		for actor in &block.actors {
			let hospital = hospitals.get_mut(actor).expect("a to g");
			let unit = if *actor == FHIR { "salus-gateway" } else { "salus-node" };
			match block.how {
				How::Run | How::Same => {
					said.push(hospital.run(&block));
					if block.text.contains("tar -C \"$BASE\" --create") {
						hospital.breaks_off(&block.text);
					}
				}
				How::Background => hospital.start(block.text.clone()),
				How::Stop => {
					assert_eq!(block.text, format!("systemctl stop {unit}\n"));
					hospital.stop().await;
				}
				How::Start => {
					assert_eq!(block.text, format!("systemctl start {unit}\n"));
					let (command, _) = hospital.service.take().expect("the node ran before");
					hospital.start(command);
				}
			}
		}
		if block.how == How::Same {
			said.dedup();
			assert_eq!(said.len(), 1, "line {}: {said:#?}", block.line);
		}
	}

	for hospital in hospitals.values() {
		hospital.keeps_secrets_from_backups();
	}

	dashboards_and_alerts_fit(root.path(), &hospitals);

	// The log of the FHIR gateway names nobody.
	let log = hospitals[&FHIR].log();
	let patient = fs::read_to_string(root.path().join("exchange/patient")).expect("an account");
	assert!(log.contains("FHIR is served") && !log.contains(patient.trim()), "{log}");

	// The chain is the one that the hospitals agreed on, and the commands had their effect.
	let said = hospitals[&'a'].say("salus-node consortium check --chain \"$BASE/chain.json\"", 0);
	for hospital in hospitals.values() {
		let genesis = hospital.rpc("chain_getBlockHash", json!([0])).await;
		assert!(said.contains(genesis.as_str().expect("a hash")), "{said}");
	}
	let gateway = hospitals[&GATEWAY].rpc("author_rotateKeys", json!([])).await;
	assert_eq!(gateway, Value::Null, "the gateway accepts a harmful call");
	let set = four_organisations_validate(&hospitals[&'a']).await;
	is_restored(&hospitals[&'a'], &hospitals[&'d'], &set).await;

	// The restored node votes again too: with another hospital down, finality needs its votes.
	hospitals.get_mut(&'b').expect("hospital b is one of them").stop().await;
	let first = &hospitals[&'a'];
	let best = first.height().await;
	eventually("blocks become final with the restored node's votes", || async {
		(first.finalised().await > best + LAST_VOTES).then_some(())
	})
	.await;

	no_vote_is_forgotten(&mut hospitals).await;
}

/// The operators' dashboards and alerts fit the metrics of the node and the FHIR gateway.
fn dashboards_and_alerts_fit(root: &Path, hospitals: &BTreeMap<char, Hospital>) {
	let metrics = [('a', "$PROMETHEUS_PORT"), (FHIR, "$METRICS_PORT")].map(|(actor, port)| {
		let read = format!("curl --silent --fail \"http://127.0.0.1:{port}/metrics\"");
		let file = root.join(format!("metrics-{actor}"));
		fs::write(&file, hospitals[&actor].say(&read, 0)).expect("the folder is writable");
		file
	});
	let check = Command::new(package_folder().join("../deploy/check"))
		.args(metrics)
		.output()
		.expect("the script can be run");
	assert!(
		check.status.success(),
		"{}\n{}",
		String::from_utf8_lossy(&check.stdout),
		String::from_utf8_lossy(&check.stderr)
	);
}

/// Returns the validators, which are four, each of an organisation.
async fn four_organisations_validate(first: &Hospital) -> Value {
	let set = first.rpc("salus_validators", json!([])).await;
	let validators = set["validators"].as_array().expect("a list");
	assert_eq!(validators.len(), 4, "{set}");
	let named = |validator: &&Value| validator["organisation"].is_u64();
	assert_eq!(validators.iter().filter(named).count(), 4, "{set}");
	set
}

/// The restored node is still a validator and a storage node, and has its share of the key. `set`
/// has the validators before.
async fn is_restored(first: &Hospital, restored: &Hospital, set: &Value) {
	let before = restored.rpc("salus_nodeInfo", json!([])).await["storageAccount"].clone();
	let nodes = first.rpc("salus_replication", json!([])).await;
	let is_listed = |node: &Value| node["node"] == before && node["present"] == true;
	assert!(nodes["nodes"].as_array().is_some_and(|all| all.iter().any(is_listed)), "{nodes}");
	let blocks_of = |set: &Value, account: &Value| {
		let all = set["validators"].as_array().cloned().unwrap_or_default();
		let found = all.into_iter().find(|validator| validator["account"] == *account);
		found.and_then(|validator| validator["last_block"].as_u64())
	};
	let own = restored.say("salus --json --as validator keys show | jq .account", 0);
	let own: Value = serde_json::from_str(&own).expect("JSON");
	let made = blocks_of(set, &own);
	eventually("the restored node authors blocks", || async {
		let set = first.rpc("salus_validators", json!([])).await;
		(blocks_of(&set, &own) > made).then_some(())
	})
	.await;
}

/// Hospital D's database is put back to an earlier state, beside the keys of today: the node signs
/// no second vote, and abstains until that is safe. Then it cannot record its votes: it signs none.
/// Hospital B is down when this begins.
async fn no_vote_is_forgotten(hospitals: &mut BTreeMap<char, Hospital>) {
	let [mut b, mut c, mut d] =
		['b', 'c', 'd'].map(|letter| hospitals.remove(&letter).expect("it is one of them"));
	let first = &hospitals[&'a'];
	let (database, copy) = (d.chain().join("paritydb"), d.folder.join("copy"));
	d.signal("STOP");
	let copied = Command::new("cp").arg("-r").args([&database, &copy]).status();
	assert!(copied.expect("cp can be run").success());
	d.signal("CONT");
	// Later it votes for blocks that the copy does not have: while hospital B is down, none is
	// final without its votes.
	let grown = first.height().await + NEWER_BLOCKS;
	eventually("newer blocks are final", || async {
		(first.finalised().await > grown).then_some(())
	})
	.await;

	// With two hospitals away, no round of votes ends. Hospital D has voted in the open one, and
	// newer blocks follow the one that it voted for.
	c.stop().await;
	let grown = first.height().await + NEWER_BLOCKS;
	eventually("newer blocks follow", || async { (first.height().await > grown).then_some(()) })
		.await;
	let command = d.kill();
	let grown = first.height().await + NEWER_BLOCKS;
	eventually("newer blocks follow", || async { (first.height().await > grown).then_some(()) })
		.await;
	fs::remove_dir_all(&database).expect("the node has ended");
	fs::rename(&copy, &database).expect("it is in the same folder");
	d.start(command);
	let command = d.ends_after("this database has forgotten votes").await;

	let resumed = |log: String| log.matches("the node votes from the next round on").count();
	let before = resumed(d.log());
	d.start(command);
	for hospital in [&mut b, &mut c] {
		let (command, _) = hospital.service.take().expect("the node ran before");
		hospital.start(command);
	}
	eventually("hospital D votes again", || async { (resumed(d.log()) > before).then_some(()) })
		.await;
	let set = first.rpc("salus_validators", json!([])).await;
	assert_eq!(set["validators"].as_array().map(Vec::len), Some(4), "it is removed: {set}");

	let in_the_way = d.chain().join("salus/votes.new");
	// The file exists while a vote is being written.
	eventually("no vote is being written", || async { fs::create_dir(&in_the_way).ok() }).await;
	d.ends_after("cannot record a vote").await;
	fs::remove_dir(in_the_way).expect("it is empty");
}
