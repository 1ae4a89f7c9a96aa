//! Chains on which everyone is admitted and the committee has its key. A run makes them once, and
//! copies them for each test.
//!
//! Two dozen tests begin with one. Making the committee's key takes seconds of processor time, and
//! admitting everyone takes half a minute of blocks.

use crate::{chain, eventually, network, Node, NodeOptions, People};
use std::{
	fs, io,
	path::{Path, PathBuf},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

static ALONE: OnceCell<Prepared> = OnceCell::const_new();
static FOUR: OnceCell<Prepared> = OnceCell::const_new();

/// Snapshot of a chain, in memory.
pub(crate) struct Prepared {
	specification: Vec<u8>,
	nodes: Vec<Snapshot>,
	state: Snapshot,
}

impl Prepared {
	/// Returns the development chain, which has one validator.
	pub(crate) async fn alone() -> &'static Self {
		ALONE.get_or_init(|| Self::make(1, None)).await
	}

	/// Returns a chain of four validators.
	pub(crate) async fn four() -> &'static Self {
		FOUR.get_or_init(|| Self::make(4, None)).await
	}

	/// Makes a chain of four validators that begins with a runtime other than the node's.
	pub(crate) async fn with_runtime(runtime: &'static [u8]) -> Self {
		Self::make(4, Some(runtime)).await
	}

	/// Writes the chain specification into a folder, and returns its path.
	pub(crate) fn specification(&self, folder: &Path) -> String {
		let path = folder.join("chain.json");
		fs::write(&path, &self.specification).expect("the folder is writable");
		path.to_str().expect("UTF-8").to_owned()
	}

	/// Copies the chain and the keys of a validator into a node's fresh folder.
	pub(crate) fn node(&self, index: usize, base: &Path) {
		self.nodes[index].put(&base.join("chains/dev")).expect("the folder is writable");
	}

	/// Copies the state of the people's command line into a fresh folder.
	pub(crate) fn state(&self, folder: &Path) {
		self.state.put(folder).expect("the folder is writable");
	}

	async fn make(validators: usize, runtime: Option<&'static [u8]>) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let genesis = network::Genesis { validators, runtime };
		let chain = genesis.write(folder.path());
		let mut nodes = network::NAMES[..validators]
			.iter()
			.map(|name| {
				let options = network::validator(&chain, name);
				Node::start(&network::fresh(folder.path(), name), options)
			})
			.collect::<Vec<_>>();
		let others = nodes.split_off(1);
		let alice = nodes.remove(0);
		network::join(&alice, &others).await;
		let people = People::on(alice).await;
		// An earlier runtime does not have auditors.
		if runtime.is_none() {
			people.appoint_auditors().await;
		}
		people.has_a_key().await;
		let bases: Vec<PathBuf> = std::iter::once(&people.node)
			.chain(&others)
			.map(|node| node.base().to_path_buf())
			.collect();
		eventually("every member has its share of the key", || async {
			bases.iter().all(|base| has_share(base)).then_some(())
		})
		.await;
		// All of it is final, so that no copy resumes from another block.
		let best = chain::best(&people.node).await;
		for node in std::iter::once(&people.node).chain(&others) {
			chain::finalises_beyond(node, best - 1).await;
		}
		let state =
			Snapshot::of(&people.folder().join("state"), &[""]).expect("the folder is readable");
		drop((people, others));
		Self {
			specification: fs::read(&chain).expect("the specification was written"),
			nodes: bases
				.iter()
				.map(|base| {
					Snapshot::of(&base.join("chains/dev"), &["paritydb", "keystore"])
						.expect("the folder is readable")
				})
				.collect(),
			state,
		}
	}
}

/// Returns whether the node with the folder `base` has a share of the first epoch's key.
fn has_share(base: &Path) -> bool {
	fs::read_dir(base.join("chains/dev/keystore/committee"))
		.into_iter()
		.flatten()
		.flatten()
		.any(|member| member.path().join("1.share").is_file())
}

/// Contents of the files below a folder, by their relative paths.
struct Snapshot(Vec<(PathBuf, Vec<u8>)>);

impl Snapshot {
	/// Reads these parts of a folder. A missing part counts as empty.
	fn of(folder: &Path, parts: &[&str]) -> io::Result<Self> {
		let mut files = Vec::new();
		let mut left: Vec<PathBuf> = parts.iter().map(|part| folder.join(part)).collect();
		while let Some(next) = left.pop() {
			let entries = match fs::read_dir(next) {
				Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
				entries => entries?,
			};
			for entry in entries {
				let entry = entry?;
				if entry.file_type()?.is_dir() {
					left.push(entry.path());
					continue;
				}
				let path = entry.path();
				let name = path.strip_prefix(folder).map_err(io::Error::other)?;
				files.push((name.to_path_buf(), fs::read(&path)?));
			}
		}
		Ok(Self(files))
	}

	fn put(&self, folder: &Path) -> io::Result<()> {
		for (name, content) in &self.0 {
			let path = folder.join(name);
			if let Some(parent) = path.parent() {
				fs::create_dir_all(parent)?;
			}
			fs::write(path, content)?;
		}
		Ok(())
	}
}

impl People {
	/// Starts a node of a development chain, with the embedded block store, on which everyone is
	/// admitted and the committee has its key.
	pub async fn start() -> Self {
		Self::start_with(NodeOptions::default()).await
	}

	/// Starts a node as [`start`](Self::start) does, with other options.
	pub async fn start_with(mut options: NodeOptions) -> Self {
		let prepared = Prepared::alone().await;
		let folder = tempfile::tempdir().expect("a temporary folder");
		let base = network::fresh(folder.path(), "node");
		prepared.node(0, &base);
		options.chain = Some(prepared.specification(folder.path()));
		options.extra.push("--dev".to_owned());
		let people = Self::prepared(Node::start(&base, options), folder, prepared);
		// Clients wait 10 s for a final block that is newer than 10 min, and the copy's can be
		// older.
		let before = chain::finalised(&people.node).await;
		chain::finalises_beyond(&people.node, before).await;
		people
	}

	/// Returns the people of a prepared chain that a node resumes.
	pub(crate) fn prepared(node: Node, folder: TempDir, prepared: &Prepared) -> Self {
		prepared.state(&folder.path().join("state"));
		Self::at(node, folder)
	}
}
