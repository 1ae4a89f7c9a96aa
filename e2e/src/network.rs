//! Several hospitals' validators, each a process of its own on loopback.

use crate::{cast::*, eventually, prepared::Prepared, Node, NodeOptions, People};
use serde_json::{json, Value};
use std::{
	net::TcpListener,
	path::{Path, PathBuf},
	process::Command,
	sync::atomic::{AtomicU16, Ordering},
	time::Duration,
};

/// The validators' development keys, in order.
pub(crate) const NAMES: [&str; 4] = ["--alice", "--bob", "--charlie", "--dave"];

/// Which validators a chain begins with. Each has a seat in the council; nobody can be removed.
#[derive(Clone, Copy, Debug)]
pub struct Genesis {
	/// How many make and finalise blocks, and are the committee, of Alice, Bob, Charlie and Dave.
	pub validators: usize,
	/// The runtime that the chain begins with; `None` for that of the node.
	pub runtime: Option<&'static [u8]>,
}

impl Genesis {
	/// Writes the specification and gives its path.
	pub fn write(self, folder: &Path) -> String {
		let mut spec = exported("dev", &[]);
		let local = exported("local", &[]);
		let local = &local["genesis"]["runtimeGenesis"]["patch"];
		let first = |all: &Value| -> Value {
			let all = all.as_array().expect("a list");
			all[..self.validators].to_vec().into()
		};
		let patch = &mut spec["genesis"]["runtimeGenesis"]["patch"];
		patch["session"]["keys"] = first(&local["session"]["keys"]);
		patch["validators"]["validators"] = first(&local["validators"]["validators"]);
		patch["validators"]["minimum"] = self.validators.into();
		if let Some(runtime) = self.runtime {
			let code = format!("0x{}", hex::encode(runtime));
			spec["genesis"]["runtimeGenesis"]["code"] = code.into();
		}
		let plain = folder.join("plain.json");
		std::fs::write(&plain, spec.to_string()).expect("the folder is writable");
		// In raw form: a node would build the genesis state at every start, which takes seconds.
		let path = folder.join("chain.json");
		let raw = exported(plain.to_str().expect("UTF-8"), &["--raw"]);
		std::fs::write(&path, raw.to_string()).expect("the folder is writable");
		path.to_str().expect("UTF-8").to_owned()
	}
}

/// The storage key of the authors of blocks, `Aura.Authorities`.
const AUTHORS: &str = "0x57f8dc2f5ab09467896f47300f0424385e0621c4869aa60c02be9adcc98a0d1d";

/// Takes the last validator out of the authors of blocks, so that no slot passes without a block while it is away.
fn without_last_author(chain: &str) {
	let spec = std::fs::read(chain).expect("it was written");
	let mut spec: Value = serde_json::from_slice(&spec).expect("a specification is JSON");
	let authors = &mut spec["genesis"]["raw"]["top"][AUTHORS];
	let all = authors.as_str().expect("hex").trim_start_matches("0x");
	let all = hex::decode(all).expect("hex");
	// The number of keys in compact form, and the keys of 32 bytes each.
	let count = all[0] / 4 - 1;
	let keys = &all[1..][..usize::from(count) * 32];
	*authors = format!("0x{:02x}{}", count * 4, hex::encode(keys)).into();
	std::fs::write(chain, spec.to_string()).expect("the folder is writable");
}

fn exported(chain: &str, arguments: &[&str]) -> Value {
	let output = Command::new(super::binary("salus-node"))
		.args(["export-chain-spec", "--chain", chain])
		.args(arguments)
		.output()
		.expect("the node's binary can be started");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	serde_json::from_slice(&output.stdout).expect("a specification is JSON")
}

/// Ports for nodes. The system gives those from 32768 on to outgoing connections: there a port that
/// was free a moment ago may be taken when its node starts, or starts again after it was killed, and
/// the node would run without an address.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// A free port that this process gives out once, and the system to nobody.
pub fn free_port() -> u16 {
	static GIVEN: AtomicU16 = AtomicU16::new(0);
	let count = PORTS.end - PORTS.start;
	// Another process of these tests begins elsewhere.
	let first = (std::process::id() % 100) as u16 * (count / 100);
	(0..count)
		.map(|_| PORTS.start + (first + GIVEN.fetch_add(1, Ordering::Relaxed)) % count)
		.find(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
		.expect("there is a free port")
}

/// With what the addresses begin at which the tests' nodes reach each other.
const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/";

/// How a validator of the chain at `path` is started. Its peers are those that the test connects it to.
pub fn validator(chain: &str, name: &str) -> NodeOptions {
	NodeOptions {
		chain: Some(chain.to_owned()),
		extra: [
			"--force-authoring",
			"--reserved-only",
			"--rpc-methods",
			"unsafe",
			"--unsafe-force-node-key-generation",
			name,
		]
		.map(str::to_owned)
		.to_vec(),
		// One that stays the same when it is started again: its peers know it by that.
		port: Some(free_port()),
		..Default::default()
	}
}

/// The address under which others reach a node. One that has just been started does not know its own yet.
pub async fn address(node: &Node) -> String {
	eventually("the node has an address", Duration::from_secs(60), || async {
		let info = node.rpc("salus_nodeInfo", json!([])).await.ok()?;
		let mut addresses = info["multiaddrs"].as_array()?.iter();
		addresses
			.find_map(|address| address.as_str().filter(|text| text.starts_with(LOOPBACK)))
			.map(str::to_owned)
	})
	.await
}

/// Makes two nodes peers, and waits until each sees at least one.
pub async fn connect(one: &Node, other: &Node) {
	for (node, peer) in [(one, other), (other, one)] {
		node.rpc("system_addReservedPeer", json!([address(peer).await]))
			.await
			.expect("the address is well-formed");
	}
	for node in [one, other] {
		eventually("the nodes are connected", Duration::from_secs(60), || async {
			let health = node.rpc("system_health", json!([])).await.ok()?;
			(health["peers"].as_u64() >= Some(1)).then_some(())
		})
		.await;
	}
}

/// Number of the last finalised block.
pub async fn finalised(node: &Node) -> u64 {
	let hash = node.rpc("chain_getFinalizedHead", json!([])).await.expect("it answers");
	let header = node.rpc("chain_getHeader", json!([hash])).await.expect("it answers");
	number(&header)
}

/// Number of the newest block.
pub async fn best(node: &Node) -> u64 {
	let header = node.rpc("chain_getHeader", json!([])).await;
	number(&header.expect("it answers"))
}

/// The number in a block's header.
pub fn number(header: &Value) -> u64 {
	let number = header["number"].as_str().expect("hex");
	u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("hex")
}

/// Several hospitals that validate, with the people of two of them.
pub struct Network {
	/// The people, who use Alice's node.
	pub people: People,
	/// The other validators: Bob, Charlie, Dave, or as many of them as there are.
	pub others: Vec<Node>,
	chain: String,
	folder: tempfile::TempDir,
}

impl Network {
	/// Starts four validators, with everyone admitted and the committee with its key, and waits until they finalise blocks.
	pub async fn start() -> Self {
		Self::start_with(&[]).await
	}

	/// The same, each node with further arguments.
	pub async fn start_with(arguments: &[&str]) -> Self {
		Self::go_on(Prepared::four().await, 4, arguments).await
	}

	/// Starts four validators in the same way on a chain that began with another runtime.
	pub async fn start_of(runtime: &'static [u8]) -> Self {
		Self::go_on(&Prepared::with_runtime(runtime).await, 4, &[]).await
	}

	/// Starts one validator alone, to which other nodes can come.
	pub async fn start_alone(arguments: &[&str]) -> Self {
		Self::go_on(Prepared::alone().await, 1, arguments).await
	}

	/// Starts the first three of four validators on a new chain, with everyone admitted. The committee has no key yet.
	pub async fn found_without_dave() -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let genesis = Genesis { validators: 4, runtime: None };
		let chain = genesis.write(folder.path());
		without_last_author(&chain);
		let mut nodes = NAMES[..3]
			.iter()
			.map(|name| Node::start(&fresh(folder.path(), name), validator(&chain, name)));
		let alice = nodes.next().expect("there are three");
		let others: Vec<Node> = nodes.collect();
		join(&alice, &others).await;
		Self { people: People::on(alice).await, others, chain, folder }
	}

	/// Goes on with a prepared chain of so many validators.
	async fn go_on(prepared: &Prepared, validators: usize, arguments: &[&str]) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let chain = prepared.specification(folder.path());
		let mut nodes = NAMES[..validators].iter().enumerate().map(|(index, name)| {
			let base = fresh(folder.path(), name);
			prepared.node(index, &base);
			let mut options = validator(&chain, name);
			options.extra.extend(arguments.iter().map(|argument| (*argument).to_owned()));
			Node::start(&base, options)
		});
		let alice = nodes.next().expect("there is one at least");
		let others: Vec<Node> = nodes.collect();
		let people = tempfile::tempdir().expect("a temporary folder");
		let people = People::prepared(alice, people, prepared);
		let before = finalised(&people.node).await;
		join(&people.node, &others).await;
		let network = Self { people, others, chain, folder };
		network.finalises_after(before).await;
		network
	}

	/// Waits until a block after this one is final.
	async fn finalises_after(&self, number: u64) {
		eventually("blocks are final", Duration::from_secs(60), || async {
			(finalised(&self.people.node).await > number).then_some(())
		})
		.await;
	}

	/// Every node that runs, Alice's first.
	pub fn nodes(&self) -> impl Iterator<Item = &Node> {
		std::iter::once(&self.people.node).chain(&self.others)
	}

	/// One of the nodes, Alice's being 0.
	pub fn node(&self, index: usize) -> &Node {
		self.nodes().nth(index).expect("there are four")
	}

	/// Kills one of the nodes, Alice's being 0.
	pub fn kill(&mut self, index: usize) {
		match index {
			0 => self.people.node.kill(),
			other => self.others[other - 1].kill(),
		}
	}

	/// Starts one of the nodes again that was killed. It has no peers yet.
	pub fn revive(&mut self, index: usize) {
		match index {
			0 => self.people.kill_and_restart(),
			other => {
				let old = &self.others[other - 1];
				self.others[other - 1] = Node::start(old.base(), old.options().clone());
			}
		}
	}

	/// Starts one of the others again after it was killed, and connects it to all that run.
	pub async fn restart(&mut self, index: usize) {
		self.revive(index + 1);
		connect(&self.people.node, &self.others[index]).await;
	}

	/// Kills one of the others, and starts it again with something changed about it.
	pub async fn restart_with(&mut self, index: usize, change: impl FnOnce(&mut NodeOptions)) {
		let old = &mut self.others[index];
		old.kill();
		let mut options = old.options().clone();
		change(&mut options);
		*old = Node::start(old.base(), options);
		self.join_all().await;
	}

	/// Starts two of the others after they were killed, where nobody finds them but they each other.
	pub async fn restart_apart(&mut self, indices: [usize; 2]) {
		for index in indices {
			let old = &self.others[index];
			let mut options = old.options().clone();
			options.port = Some(free_port());
			// With it goes whom it knew, and by which name it was known.
			std::fs::remove_dir_all(old.base().join("chains/dev/network")).expect("it is there");
			self.others[index] = Node::start(old.base(), options);
		}
		let [one, other] = indices.map(|index| &self.others[index]);
		connect(one, other).await;
	}

	/// Makes all nodes peers of each other.
	pub async fn join_all(&self) {
		join(&self.people.node, &self.others).await;
	}

	/// Makes every other node a storage node, each of another hospital than A.
	pub async fn all_store(&self) {
		let people = &self.people;
		let hospitals = [(ADMIN_B, HOSPITAL_B), ("//Charlie", "3"), ("//Dave", "4")];
		for &(admin, _) in &hospitals[1..] {
			people.decide(&["org", "register", "--kind", "hospital", "--admin", admin]).await;
		}
		// Copies count once for each hospital.
		for (node, (admin, hospital)) in self.others.iter().zip(hospitals) {
			people.admit_storage_at(node, admin, hospital).await;
		}
	}

	/// A node that makes no blocks and knows Alice's alone. Its JSON-RPC is as it is outside of development.
	pub async fn join_behind(&self, name: &str, arguments: &[String]) -> Node {
		let alice = &self.people.node;
		let reserved = ["--reserved-only", "--reserved-nodes", &address(alice).await];
		let mut extra = reserved.map(str::to_owned).to_vec();
		extra.extend_from_slice(arguments);
		let options = NodeOptions {
			chain: Some(self.chain.clone()),
			port: Some(free_port()),
			extra,
			..Default::default()
		};
		let node = Node::start(&fresh(self.folder.path(), name), options);
		alice
			.rpc("system_addReservedPeer", json!([address(&node).await]))
			.await
			.expect("the address is well-formed");
		let goal = finalised(alice).await;
		eventually("it has caught up", Duration::from_secs(60), || async {
			(finalised(&node).await >= goal).then_some(())
		})
		.await;
		node
	}

	/// Another node comes, and is connected to all that run.
	pub async fn join_as(&mut self, name: &str) -> Node {
		self.join_with(name, |_| ()).await
	}

	/// The same, with something changed about it.
	pub async fn join_with(&mut self, name: &str, change: impl FnOnce(&mut NodeOptions)) -> Node {
		let mut options = validator(&self.chain, name);
		change(&mut options);
		let node = Node::start(&fresh(self.folder.path(), name), options);
		for other in self.nodes() {
			connect(&node, other).await;
		}
		node
	}

	/// Starts a validator that was not there until now, as the last of the others.
	pub async fn bring(&mut self, name: &str) {
		let node = self.join_as(name).await;
		self.others.push(node);
	}

	/// A second node with the keys of a validator, connected to Alice's.
	pub async fn twin(&self, name: &str) -> Node {
		let base = fresh(self.folder.path(), "twin");
		let twin = Node::start(&base, validator(&self.chain, name));
		connect(&twin, &self.people.node).await;
		twin
	}

	/// Kills all at once and starts all again.
	pub async fn kill_and_restart_all(&mut self) {
		for node in &mut self.others {
			node.kill();
		}
		self.people.kill_and_restart();
		for node in &mut self.others {
			*node = Node::start(node.base(), node.options().clone());
		}
		self.join_all().await;
	}
}

/// Makes the folder of a node.
pub(crate) fn fresh(folder: &Path, name: &str) -> PathBuf {
	let base = folder.join(name.trim_start_matches('-'));
	std::fs::create_dir(&base).expect("a fresh folder");
	base
}

/// Makes all of them peers of each other.
pub(crate) async fn join(first: &Node, others: &[Node]) {
	let mut all: Vec<&Node> = others.iter().collect();
	all.push(first);
	while let Some(node) = all.pop() {
		for other in &all {
			connect(node, other).await;
		}
	}
}
