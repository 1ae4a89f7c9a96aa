//! A network of several hospitals' validators, each a process on loopback.

use crate::{
	cast::*,
	chain::{finalised, finalises_beyond},
	eventually,
	prepared::Prepared,
	slow::Slow,
	Node, NodeOptions, People,
};
use serde_json::{json, Value};
use std::{
	net::TcpListener,
	path::{Path, PathBuf},
	process::Command,
	sync::atomic::{AtomicU16, Ordering},
	time::Duration,
};

/// Options that give the validators their development keys, in order.
pub(crate) const NAMES: [&str; 4] = ["--alice", "--bob", "--charlie", "--dave"];

/// Validators with which a chain begins. Each has a seat in the council; none can be removed.
#[derive(Clone, Copy, Debug)]
pub struct Genesis {
	/// Number of validators, of Alice, Bob, Charlie and Dave in this order. They are the committee
	/// too.
	pub validators: usize,
	/// Runtime with which the chain begins; `None` for the node's own.
	pub runtime: Option<&'static [u8]>,
}

impl Genesis {
	/// Writes the chain specification, and returns its path.
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
		// From a plain specification, a node builds the genesis state at every start, for seconds.
		let path = folder.join("chain.json");
		let raw = exported(plain.to_str().expect("UTF-8"), &["--raw"]);
		std::fs::write(&path, raw.to_string()).expect("the folder is writable");
		path.to_str().expect("UTF-8").to_owned()
	}
}

/// Storage key of the authors of blocks, `Aura.Authorities`.
const AUTHORS: &str = "0x57f8dc2f5ab09467896f47300f0424385e0621c4869aa60c02be9adcc98a0d1d";

/// Removes the last validator from the authors of blocks, so that each slot has its block while
/// that validator is away.
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
		.expect("salus-node can be started");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	serde_json::from_slice(&output.stdout).expect("a specification is JSON")
}

/// Ports for nodes, below the usual one of a node. The system takes those from 32768 on for
/// outgoing connections. A node whose port was taken that way between two starts would run without
/// an address.
const PORTS: std::ops::Range<u16> = 12_000..30_000;

/// Returns a free port that this process hands out once, and the system to nobody.
pub fn free_port() -> u16 {
	static GIVEN: AtomicU16 = AtomicU16::new(0);
	let count = PORTS.end - PORTS.start;
	// Another test process probably begins elsewhere.
	let first = (std::process::id() % 100) as u16 * (count / 100);
	(0..count)
		.map(|_| PORTS.start + (first + GIVEN.fetch_add(1, Ordering::Relaxed)) % count)
		.find(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
		.expect("there is a free port")
}

/// Beginning of the addresses at which the tests' nodes reach each other.
const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/";

/// Returns the options for a validator of the chain whose specification is at `chain`. Its only
/// peers are those to which the test connects it.
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
		// The same after a restart, because its peers know it by this port.
		port: Some(free_port()),
		..Default::default()
	}
}

/// Returns the address at which others reach a node, once the node knows it.
pub async fn address(node: &Node) -> String {
	eventually("the node has an address", || async {
		let info = node.rpc("salus_nodeInfo", json!([])).await.ok()?;
		let mut addresses = info["multiaddrs"].as_array()?.iter();
		addresses
			.find_map(|address| address.as_str().filter(|text| text.starts_with(LOOPBACK)))
			.map(str::to_owned)
	})
	.await
}

/// Makes two nodes peers, and waits until each lists the other.
pub async fn connect(one: &Node, other: &Node) {
	for (node, peer) in [(one, other), (other, one)] {
		node.ask("system_addReservedPeer", json!([address(peer).await])).await;
	}
	are_connected(one, other).await;
}

/// Makes two nodes peers through relays that deliver bytes late. The peers lose each other when the
/// returned relays are dropped.
async fn connect_slowly(one: &Node, other: &Node, delay: Duration) -> [Slow; 2] {
	let relay = async |peer: &Node| {
		let address = address(peer).await;
		let parts: Vec<_> = address.split('/').collect();
		let ["", "ip4", "127.0.0.1", "tcp", port, "p2p", id] = parts[..] else {
			panic!("unknown form of address: {address}");
		};
		let slow = Slow::start(port.parse().expect("a port"), delay).await;
		let address = format!("{LOOPBACK}{}/p2p/{id}", slow.port());
		(slow, address)
	};
	let ((to_one, address_of_one), (to_other, address_of_other)) =
		(relay(one).await, relay(other).await);
	one.ask("system_addReservedPeer", json!([address_of_other])).await;
	other.ask("system_addReservedPeer", json!([address_of_one])).await;
	are_connected(one, other).await;
	[to_one, to_other]
}

async fn are_connected(one: &Node, other: &Node) {
	for (node, peer) in [(one, other), (other, one)] {
		let name = peer.ask("system_localPeerId", json!([])).await;
		eventually("the nodes are connected", || async {
			let peers = node.rpc("system_peers", json!([])).await.ok()?;
			peers.as_array()?.iter().any(|peer| peer["peerId"] == name).then_some(())
		})
		.await;
	}
}

/// Hospitals that validate, with the people of two of them.
pub struct Network {
	/// People, who use Alice's node.
	pub people: People,
	/// The other validators, in this order: Bob, Charlie, Dave.
	pub others: Vec<Node>,
	/// Relays between the validators, where they are far apart.
	#[expect(dead_code, reason = "they end when they are dropped")]
	relays: Vec<Slow>,
	chain: String,
	folder: tempfile::TempDir,
}

impl Network {
	/// Starts four validators of a chain on which everyone is admitted and the committee has its
	/// key, and waits until they finalise blocks.
	pub async fn start() -> Self {
		Self::start_with(&[]).await
	}

	/// Starts four validators as [`start`](Self::start) does, each with these further arguments.
	pub async fn start_with(arguments: &[&str]) -> Self {
		Self::resume(Prepared::four().await, 4, arguments, None).await
	}

	/// Starts four validators as [`start`](Self::start) does, between which each byte takes `delay`
	/// one way.
	pub async fn start_apart(delay: Duration) -> Self {
		Self::resume(Prepared::four().await, 4, &[], Some(delay)).await
	}

	/// Starts four validators as [`start`](Self::start) does, of a chain that began with another
	/// runtime.
	pub async fn start_of(runtime: &'static [u8]) -> Self {
		Self::resume(&Prepared::with_runtime(runtime).await, 4, &[], None).await
	}

	/// Starts only one validator, which other nodes can join.
	pub async fn start_alone(arguments: &[&str]) -> Self {
		Self::resume(Prepared::alone().await, 1, arguments, None).await
	}

	/// Starts the first three of four validators of a new chain, and admits everyone. The committee
	/// has no key yet.
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
		let people = People::on(alice).await;
		Self { people, others, relays: Vec::new(), chain, folder }
	}

	/// Starts the validators of a prepared chain. With a delay, they reach each other through
	/// relays.
	async fn resume(
		prepared: &Prepared,
		validators: usize,
		arguments: &[&str],
		delay: Option<Duration>,
	) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let chain = prepared.specification(folder.path());
		let mut nodes = NAMES[..validators].iter().enumerate().map(|(index, name)| {
			let base = fresh(folder.path(), name);
			prepared.node(index, &base);
			let mut options = validator(&chain, name);
			options.extra.extend(arguments.iter().map(|argument| (*argument).to_owned()));
			Node::start(&base, options)
		});
		let alice = nodes.next().expect("there is at least one");
		let others: Vec<Node> = nodes.collect();
		let people = tempfile::tempdir().expect("a temporary folder");
		let people = People::prepared(alice, people, prepared);
		let before = finalised(&people.node).await;
		let mut relays = Vec::new();
		match delay {
			None => join(&people.node, &others).await,
			Some(delay) => {
				for (one, other) in pairs(&people.node, &others) {
					relays.extend(connect_slowly(one, other, delay).await);
				}
			}
		}
		finalises_beyond(&people.node, before).await;
		Self { people, others, relays, chain, folder }
	}

	/// Returns every validator, Alice's first.
	pub fn nodes(&self) -> impl Iterator<Item = &Node> {
		std::iter::once(&self.people.node).chain(&self.others)
	}

	/// Returns a validator by its number; Alice's is 0.
	pub fn node(&self, index: usize) -> &Node {
		self.nodes().nth(index).expect("there are four")
	}

	/// Kills a validator by its number; Alice's is 0.
	pub fn kill(&mut self, index: usize) {
		match index {
			0 => self.people.node.kill(),
			other => self.others[other - 1].kill(),
		}
	}

	/// Starts a killed validator again, by its number; Alice's is 0. It has no peers yet.
	pub fn revive(&mut self, index: usize) {
		match index {
			0 => self.people.kill_and_restart(),
			other => {
				let old = &self.others[other - 1];
				self.others[other - 1] = Node::start(old.base(), old.options().clone());
			}
		}
	}

	/// Starts a killed one of the others again, and connects it to Alice's.
	pub async fn restart(&mut self, index: usize) {
		self.revive(index + 1);
		connect(&self.people.node, &self.others[index]).await;
	}

	/// Kills one of the others, and starts it again with changed options.
	pub async fn restart_with(&mut self, index: usize, change: impl FnOnce(&mut NodeOptions)) {
		let old = &mut self.others[index];
		old.kill();
		let mut options = old.options().clone();
		change(&mut options);
		*old = Node::start(old.base(), options);
		self.join_all().await;
	}

	/// Starts two killed ones of the others again, connected to nobody but each other.
	pub async fn restart_apart(&mut self, indices: [usize; 2]) {
		for index in indices {
			let old = &self.others[index];
			let mut options = old.options().clone();
			options.port = Some(free_port());
			// This removes the addresses of its peers, and its own peer id.
			std::fs::remove_dir_all(old.base().join("chains/dev/network")).expect("it is there");
			self.others[index] = Node::start(old.base(), options);
		}
		let [one, other] = indices.map(|index| &self.others[index]);
		connect(one, other).await;
	}

	/// Makes all validators peers of each other.
	pub async fn join_all(&self) {
		join(&self.people.node, &self.others).await;
	}

	/// Makes each of the others a storage node of its own hospital. Alice's is one of hospital A.
	pub async fn all_store(&self) {
		let people = &self.people;
		let hospitals = [(ADMIN_B, HOSPITAL_B), ("//Charlie", "3"), ("//Dave", "4")];
		for &(admin, _) in &hospitals[1..] {
			people.decide(format!("org register --kind hospital --admin {admin}")).await;
		}
		for (node, (admin, hospital)) in self.others.iter().zip(hospitals) {
			people.admit_storage_at(node, admin, hospital).await;
		}
	}

	/// Starts a node that authors no blocks and has Alice's as its only peer, and waits until it
	/// has caught up. It serves the JSON-RPC of a production node.
	pub async fn join_behind(&self, name: &str, arguments: &[&str]) -> Node {
		let alice = &self.people.node;
		let address_of_alice = address(alice).await;
		let reserved = ["--reserved-only", "--reserved-nodes", &address_of_alice];
		let extra = [&reserved[..], arguments].concat().into_iter().map(str::to_owned).collect();
		let options = NodeOptions {
			chain: Some(self.chain.clone()),
			port: Some(free_port()),
			extra,
			..Default::default()
		};
		let node = Node::start(&fresh(self.folder.path(), name), options);
		alice.ask("system_addReservedPeer", json!([address(&node).await])).await;
		let goal = finalised(alice).await;
		eventually("the new node has caught up", || async {
			(finalised(&node).await >= goal).then_some(())
		})
		.await;
		node
	}

	/// Starts another validator's node, and connects it to all validators.
	pub async fn join_as(&mut self, name: &str) -> Node {
		self.join_with(name, |_| ()).await
	}

	/// Starts another validator's node with changed options, and connects it to all validators.
	pub async fn join_with(&mut self, name: &str, change: impl FnOnce(&mut NodeOptions)) -> Node {
		let mut options = validator(&self.chain, name);
		change(&mut options);
		let node = Node::start(&fresh(self.folder.path(), name), options);
		for other in self.nodes() {
			connect(&node, other).await;
		}
		node
	}

	/// Starts another validator's node as the last of the others.
	pub async fn bring(&mut self, name: &str) {
		let node = self.join_as(name).await;
		self.others.push(node);
	}

	/// Starts a second node with the keys of a validator, and connects it to Alice's.
	pub async fn twin(&self, name: &str) -> Node {
		let base = fresh(self.folder.path(), "twin");
		let twin = Node::start(&base, validator(&self.chain, name));
		connect(&twin, &self.people.node).await;
		twin
	}

	/// Kills all validators at once, and starts all again.
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

/// Creates the folder of a node, and returns its path.
pub(crate) fn fresh(folder: &Path, name: &str) -> PathBuf {
	let base = folder.join(name.trim_start_matches('-'));
	std::fs::create_dir(&base).expect("a fresh folder");
	base
}

/// Makes all these nodes peers of each other.
pub(crate) async fn join(first: &Node, others: &[Node]) {
	for (one, other) in pairs(first, others) {
		connect(one, other).await;
	}
}

/// Returns each pair of these nodes.
fn pairs<'a>(first: &'a Node, others: &'a [Node]) -> Vec<(&'a Node, &'a Node)> {
	let all: Vec<_> = std::iter::once(first).chain(others).collect();
	let with_later = |(index, one): (usize, &&'a Node)| {
		all[index + 1..].iter().map(|other| (*one, *other)).collect::<Vec<_>>()
	};
	all.iter().enumerate().flat_map(with_later).collect()
}
