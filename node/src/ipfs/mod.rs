//! The node's side of IPFS: staging, the block store or the way to Kubo, and what ties them to the
//! chain.
//!
//! # Contract with the neighbours
//!
//! * **Down** (`salus-ipfs`): blocks, tickets, pins and the Kubo RPC API, which are implemented
//!   there.
//! * **To the off-chain worker** (`pallet-records`): [`notes`], which name the loopback listeners
//!   and the complete uploads, and [`key`], with which it signs.
//! * **To the network**: [`Served`], through which Bitswap reads the block store for [`members`]
//!   only.
//! * **To JSON-RPC** ([`crate::rpc`]): [`Ipfs`].
//! * **To other nodes**: [`Peers`], from which this node fetches blocks.
//!
//! [`start`] opens everything and listens. A Kubo node that is open to the public gets no blocks,
//! see [`inspect`]. Four more tasks run beside it: [`maintain::run`] cleans up, [`replicate::run`]
//! fetches further versions that this node should hold, [`audit::run`] checks what it holds, and
//! [`members::run`] follows which peers may have its blocks.
//!
//! ```text
//! <base>/chains/<id>/salus/blocks/          the block store (embedded mode)
//! <base>/chains/<id>/salus/staging/         uploads
//! <base>/chains/<id>/salus/endpoints.json   addresses of the listeners
//! <base>/chains/<id>/salus/evicted.json     versions that the operator evicted
//! ```

mod args;
pub mod audit;
mod endpoints;
pub mod evicted;
pub mod inspect;
pub mod key;
pub mod maintain;
pub mod members;
mod metrics;
pub mod notes;
mod order;
mod peers;
mod pushes;
pub mod replicate;
mod run;
mod served;
#[cfg(test)]
pub(crate) mod testing;

pub use args::{IpfsArgs, Mode};
pub use endpoints::Endpoints;
pub use peers::{Peers, PromptPeers};
pub use served::Served;

use std::{
	collections::HashSet,
	fs,
	io::{self, Write},
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::{Mutex, RwLock};
use salus_ipfs::{
	kubo::{self, Kubo},
	server,
	staging::{self, Staging},
	store::{self, BlockStore},
	Cid,
};
use salus_primitives::PeerKey;
use salus_runtime::{opaque::Block, AccountId};
use sc_client_api::Backend;
use sc_network::config::{NodeKeyConfig, Secret};
use sc_service::{Configuration, TaskManager};
use sp_externalities::Extension;
use sp_keystore::KeystorePtr;

use self::{metrics::Metrics, notes::Notes, run::Run};

const LOG_TARGET: &str = "salus::ipfs";

/// Time limit of Kubo for a block of its own.
const KUBO_DEADLINE: Duration = Duration::from_secs(10);

/// Reason why the node's IPFS side does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A folder cannot be created.
	#[error("cannot create the folder {0}")]
	Folder(PathBuf, #[source] io::Error),
	/// The block store cannot be opened.
	#[error("cannot open the block store")]
	Store(#[from] store::Error),
	/// The staging area cannot be opened.
	#[error("cannot open the staging area")]
	Staging(#[source] Box<staging::Error>),
	/// The client for Kubo cannot be set up.
	#[error(transparent)]
	Kubo(#[from] kubo::Error),
	/// Kubo is open to the public, or something else answers at its address.
	#[error("{}; or accept it with `--allow-public-ipfs`", causes(.0))]
	Open(salus_ipfs::inspect::Error),
	/// Kubo is on another machine.
	#[error(
		"`--ipfs {0}` is on another machine: the connection is not encrypted, and anyone who reaches \
		 that API controls the store. Run Kubo on this machine, or set up a tunnel from a port of \
		 127.0.0.1 to it. If the network itself protects the connection, accept it with \
		 `--allow-remote-ipfs`"
	)]
	Remote(Mode),
	/// The list of evicted versions cannot be read.
	#[error(transparent)]
	Evicted(#[from] evicted::Error),
	/// A listener cannot be started, or its address cannot be written.
	#[error(transparent)]
	Endpoints(#[from] endpoints::Error),
	/// The storage key is missing and cannot be created.
	#[error(transparent)]
	Key(#[from] key::KeyError),
	/// The database has no off-chain local storage, through which the node talks to the worker.
	#[error("the database has no off-chain local storage: choose another `--database`")]
	NoOffchainStorage,
}

impl From<Error> for sc_service::Error {
	/// Converts to text, because the binary shows errors at the start in their debug form.
	fn from(error: Error) -> Self {
		Self::Other(causes(&error))
	}
}

/// Returns an error and its causes in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut source = error.source();
	while let Some(error) = source {
		let cause = error.to_string();
		// Some errors already contain the text of their cause.
		if !text.contains(&cause) {
			text.push_str(": ");
			text.push_str(&cause);
		}
		source = error.source();
	}
	text
}

/// Storage of the blocks.
#[derive(Clone)]
pub enum Blocks {
	/// The node's own store.
	Embedded(Arc<BlockStore>),
	/// A Kubo node.
	Kubo(Kubo),
}

/// Reason why a block cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
	/// The embedded store failed.
	#[error(transparent)]
	Store(#[from] store::Error),
	/// Kubo failed.
	#[error(transparent)]
	Kubo(#[from] kubo::Error),
	/// Kubo has not yet been found closed to the public.
	#[error(
		"Kubo has not yet been found closed to the public and gets no blocks; see the node's log"
	)]
	NotInspected,
	/// The reading thread ended early.
	#[error("the node is stopping")]
	Stopping,
}

/// The node's IPFS side, running.
pub struct Ipfs {
	mode: Mode,
	staging: Arc<Staging>,
	blocks: Blocks,
	endpoints: Endpoints,
	/// Whether Kubo, if it stores the blocks, is closed to the public.
	standing: Mutex<inspect::Standing>,
	storage_account: AccountId,
	notes: Notes,
	/// Versions that the operator evicted.
	evicted: evicted::Evicted,
	/// Roots of uploads that are registered on the finalised chain, as of the last look.
	registered: RwLock<HashSet<Cid>>,
	/// Uploads whose push fails, by the worker's last notes.
	failing: Mutex<order::Failing>,
	metrics: Option<Metrics>,
	/// Number of versions of which this node lost blocks that no other node returned at the last
	/// attempt.
	damaged: AtomicU64,
	/// Roots that were pushed since the last look of the audit. Their lost blocks are back.
	restored: Mutex<Vec<Cid>>,
	/// Time for which an unregistered upload is kept after its ticket expired, in milliseconds.
	grace_ms: u64,
}

impl Ipfs {
	/// Returns where the records' blocks are stored.
	pub fn mode(&self) -> &Mode {
		&self.mode
	}

	/// Returns the staging area.
	pub fn staging(&self) -> &Arc<Staging> {
		&self.staging
	}

	/// Returns the embedded block store, or `None` if Kubo stores the blocks.
	pub fn store(&self) -> Option<&Arc<BlockStore>> {
		match &self.blocks {
			Blocks::Embedded(store) => Some(store),
			Blocks::Kubo(_) => None,
		}
	}

	/// Returns the addresses of the listeners.
	pub fn endpoints(&self) -> &Endpoints {
		&self.endpoints
	}

	/// Returns the account with which this node confirms what it stores.
	pub fn storage_account(&self) -> &AccountId {
		&self.storage_account
	}

	/// Returns a block of this node (or its Kubo), checked against its CID. Asks no peers.
	pub async fn block(&self, cid: Cid) -> Result<Option<Vec<u8>>, BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.get(&cid))
					.await
					.map_err(|_| BlockError::Stopping)?
					.map_err(Into::into)
			}
			Blocks::Kubo(kubo) => Ok(kubo.block_get_offline(&cid).await?),
		}
	}

	/// Stores a block, if its bytes match the CID.
	pub async fn put(&self, cid: Cid, data: Vec<u8>) -> Result<(), BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.put(&cid, &data))
					.await
					.map_err(|_| BlockError::Stopping)??;
				Ok(())
			}
			Blocks::Kubo(_) if !self.is_usable() => Err(BlockError::NotInspected),
			Blocks::Kubo(kubo) => Ok(kubo.block_put(&cid, data).await?),
		}
	}

	/// Returns whether a root is pinned.
	pub async fn is_pinned(&self, root: &Cid) -> Result<bool, BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => Ok(store.is_pinned(root)),
			Blocks::Kubo(kubo) => Ok(kubo.pin_kind(root).await?.is_some()),
		}
	}

	/// Pins a root whose blocks are all stored.
	pub async fn pin(&self, root: Cid) -> Result<(), BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.pin(&root))
					.await
					.map_err(|_| BlockError::Stopping)?
					.map_err(Into::into)
			}
			// A pin makes Kubo fetch missing blocks from any peer it finds.
			Blocks::Kubo(_) if !self.is_usable() => Err(BlockError::NotInspected),
			Blocks::Kubo(kubo) => Ok(kubo.pin_add(&root).await?),
		}
	}

	/// Returns the number of versions of which this node lost blocks that no other node returned at
	/// the last attempt.
	pub fn damaged(&self) -> u64 {
		self.damaged.load(Ordering::Relaxed)
	}

	/// Returns the storage of the blocks.
	pub fn blocks(&self) -> &Blocks {
		&self.blocks
	}

	/// Passes this node's peer key to the off-chain worker.
	pub fn publish_peer(&self, key: &PeerKey) {
		self.notes.peer(key);
	}

	/// Returns the extensions that measure a run of the off-chain worker.
	pub fn measure_run(&self) -> Vec<Box<dyn Extension>> {
		self.metrics
			.iter()
			.map(|metrics| Box::new(Run::begin(metrics.run_seconds.clone())) as Box<dyn Extension>)
			.collect()
	}

	/// Passes the list of complete uploads to the off-chain worker. Call it when the list has
	/// changed.
	pub fn publish_uploads(&self) {
		let pushes = self.notes.pushes();
		self.notes.uploads(|| {
			let registered = self.registered.read();
			let mut failing = self.failing.lock();
			failing.take(&pushes, |root| self.staging.upload(root).is_some());
			let complete = self
				.staging
				.list()
				.into_iter()
				.filter(|upload| self.staging.is_complete(&upload.root).unwrap_or(false))
				.collect();
			order::order(complete, &failing, |root| registered.contains(root))
		});
	}
}

/// Parameters of [`start`].
pub struct Params<'a, B> {
	/// Configuration of the node, with its folder and development seed.
	pub config: &'a Configuration,
	/// Options about IPFS.
	pub args: &'a IpfsArgs,
	/// Database, for its off-chain local storage.
	pub backend: &'a B,
	/// Keystore with the storage key.
	pub keystore: KeystorePtr,
	/// Task manager that runs the listeners. The node stops if one of them fails.
	pub task_manager: &'a TaskManager,
}

/// Opens the folders, listens on loopback, and writes the notes for the off-chain worker.
pub fn start<B: Backend<Block>>(params: Params<'_, B>) -> Result<Ipfs, Error>
where
	B::OffchainStorage: 'static,
{
	let Params { config, args, backend, keystore, task_manager } = params;
	let storage = backend.offchain_storage().ok_or(Error::NoOffchainStorage)?;
	let folder = config.base_path.config_dir(config.chain_spec.id()).join("salus");
	make_private(&folder).map_err(|source| Error::Folder(folder.clone(), source))?;

	if !args.mode.is_local() && !args.allow_remote {
		return Err(Error::Remote(args.mode.clone()));
	}
	let staging = Arc::new(
		Staging::open(folder.join("staging"), args.limits())
			.map_err(|error| Error::Staging(Box::new(error)))?,
	);
	let blocks = match &args.mode {
		Mode::Embedded => Blocks::Embedded(Arc::new(BlockStore::open(folder.join("blocks"))?)),
		Mode::Kubo(url) => {
			let options =
				kubo::Options { deadline: KUBO_DEADLINE, retries: 1, ..kubo::Options::default() };
			Blocks::Kubo(Kubo::new(url, options)?)
		}
	};
	let standing = match &blocks {
		Blocks::Kubo(kubo) if !args.allow_public => {
			inspect::at_start(kubo, &config.tokio_handle).map_err(Error::Open)?
		}
		Blocks::Kubo(_) => {
			log::warn!(
				target: LOG_TARGET,
				"`--allow-public-ipfs` is given, so the node does not check whether Kubo is open to the \
				 public; strangers may be able to fetch the ciphertext of records"
			);
			inspect::Standing::Unwatched
		}
		Blocks::Embedded(_) => inspect::Standing::Unwatched,
	};
	let evicted = evicted::Evicted::open(folder.join("evicted.json"))?;
	let storage_account = key::ensure(&keystore, config.dev_key_seed.as_deref())?;

	let spawner = task_manager.spawn_essential_handle();
	let options = server::Options {
		peer_id: peer_id(config).unwrap_or_default(),
		agent: format!("salus-node/{}", env!("CARGO_PKG_VERSION")),
		..server::Options::default()
	};
	let staging_url = endpoints::listen(
		&spawner,
		"salus-staging-reader",
		0,
		server::staging_router(staging.clone(), options.clone()),
	)?;
	let ipfs_url = match &blocks {
		Blocks::Embedded(store) => endpoints::listen(
			&spawner,
			"salus-ipfs-api",
			args.api_port,
			server::router(store.clone(), options),
		)?,
		Blocks::Kubo(_) => args.mode.to_string(),
	};
	let endpoints = Endpoints { staging: staging_url, ipfs: ipfs_url };
	endpoints.write(&folder.join("endpoints.json"))?;

	let metrics = config.prometheus_registry().and_then(|registry| {
		Metrics::new(registry)
			.inspect_err(|error| log::warn!(target: LOG_TARGET, "IPFS has no metrics: {error}"))
			.ok()
	});
	let notes = Notes::new(storage);
	notes.start_afresh();
	let ipfs = Ipfs {
		standing: Mutex::new(standing),
		mode: args.mode.clone(),
		grace_ms: args.staging_grace.saturating_mul(1000),
		staging,
		blocks,
		endpoints,
		storage_account,
		notes,
		evicted,
		registered: RwLock::default(),
		failing: Mutex::default(),
		metrics,
		damaged: AtomicU64::new(0),
		restored: Mutex::default(),
	};
	ipfs.publish_endpoints();
	ipfs.publish_uploads();
	log::info!(
		target: LOG_TARGET,
		"IPFS: {} (API {}); storage account {}",
		ipfs.mode,
		ipfs.endpoints.ipfs,
		sp_core::crypto::Ss58Codec::to_ss58check(&ipfs.storage_account),
	);
	Ok(ipfs)
}

/// Returns the node's PeerId, if its network key is permanent.
fn peer_id(config: &Configuration) -> Option<String> {
	let NodeKeyConfig::Ed25519(secret) = &config.network.node_key;
	if matches!(secret, Secret::New) {
		return None;
	}
	let secret = config.network.node_key.clone().into_keypair().ok()?.secret();
	let pair = sc_network::Keypair::ed25519_from_bytes(&mut secret.to_bytes()).ok()?;
	Some(pair.public().to_peer_id().to_string())
}

/// Creates a folder that only this user can enter.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
	fs::create_dir_all(folder)?;
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
	}
	Ok(())
}

/// Writes a file that only this user can read. It replaces an existing one.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let temporary = path.with_extension("new");
	let mut options = fs::OpenOptions::new();
	options.write(true).create(true).truncate(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	let mut file = options.open(&temporary)?;
	file.write_all(bytes)?;
	file.sync_all()?;
	fs::rename(&temporary, path)
}

/// Returns the present time, in milliseconds since 1970.
pub fn now_ms() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map(|elapsed| elapsed.as_millis() as u64)
		.unwrap_or_default()
}
