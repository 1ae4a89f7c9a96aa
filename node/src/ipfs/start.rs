//! The start of the node's IPFS side.

use std::{
	io,
	path::PathBuf,
	sync::{atomic::AtomicU64, Arc},
	time::Duration,
};

use parking_lot::{Mutex, RwLock};
use salus_ipfs::{
	kubo::{self, Kubo},
	server,
	staging::{self, Staging},
	store::{self, BlockStore},
};
use salus_runtime::opaque::Block;
use sc_client_api::Backend;
use sc_network::config::{NodeKeyConfig, Secret};
use sc_service::{Configuration, SpawnEssentialTaskHandle, TaskManager};
use sp_keystore::KeystorePtr;

use super::{
	endpoints, evicted, inspect, key, metrics::Metrics, notes::Notes, Blocks, Endpoints, Ipfs,
	IpfsArgs, Mode, LOG_TARGET,
};
use crate::{errors::causes, files::make_private};

/// Time limit of Kubo for a block that it stores itself.
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
	/// The storage key does not open, or is missing and cannot be created.
	#[error(transparent)]
	Key(#[from] key::KeyError),
	/// The database has no off-chain local storage, through which the node talks to the worker.
	#[error("the database has no off-chain local storage; choose another `--database`")]
	NoOffchainStorage,
}

impl From<Error> for sc_service::Error {
	/// Converts to text, because the binary shows errors at the start in their debug form.
	fn from(error: Error) -> Self {
		Self::Other(causes(&error))
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
	let blocks = open_blocks(&args.mode, folder.join("blocks"))?;
	let standing = inspect_blocks(&blocks, args, config)?;
	let evicted = evicted::Evicted::open(folder.join("evicted.json"))?;
	let storage_account = key::ensure(&keystore, config.dev_key_seed.as_deref())?;
	let spawner = task_manager.spawn_essential_handle();
	let endpoints = listen(&spawner, config, args, &staging, &blocks)?;
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

/// Opens the storage of the blocks.
fn open_blocks(mode: &Mode, folder: PathBuf) -> Result<Blocks, Error> {
	Ok(match mode {
		Mode::Embedded => Blocks::Embedded(Arc::new(BlockStore::open(folder)?)),
		Mode::Kubo(url) => {
			let options =
				kubo::Options { deadline: KUBO_DEADLINE, retries: 1, ..kubo::Options::default() };
			Blocks::Kubo(Kubo::new(url, options)?)
		}
	})
}

/// Inspects Kubo, if it stores the blocks and the operator does not accept it as it is.
fn inspect_blocks(
	blocks: &Blocks,
	args: &IpfsArgs,
	config: &Configuration,
) -> Result<inspect::Standing, Error> {
	match blocks {
		Blocks::Kubo(kubo) if !args.allow_public => {
			inspect::at_start(kubo, &config.tokio_handle).map_err(Error::Open)
		}
		Blocks::Kubo(_) => {
			log::warn!(
				target: LOG_TARGET,
				"`--allow-public-ipfs` is given, so the node does not check whether Kubo is open \
				 to the public; strangers may be able to fetch the ciphertext of records"
			);
			Ok(inspect::Standing::Unwatched)
		}
		Blocks::Embedded(_) => Ok(inspect::Standing::Unwatched),
	}
}

/// Starts the listeners on loopback: for reading staged blocks, and for the embedded block store.
fn listen(
	spawner: &SpawnEssentialTaskHandle,
	config: &Configuration,
	args: &IpfsArgs,
	staging: &Arc<Staging>,
	blocks: &Blocks,
) -> Result<Endpoints, endpoints::Error> {
	let options = server::Options {
		peer_id: peer_id(config).unwrap_or_default(),
		agent: format!("salus-node/{}", env!("CARGO_PKG_VERSION")),
		..server::Options::default()
	};
	let router = server::staging_router(staging.clone(), options.clone());
	let staging = endpoints::listen(spawner, "salus-staging-reader", 0, router)?;
	let ipfs = match blocks {
		Blocks::Embedded(store) => {
			let router = server::router(store.clone(), options);
			endpoints::listen(spawner, "salus-ipfs-api", args.api_port, router)?
		}
		Blocks::Kubo(_) => args.mode.to_string(),
	};
	Ok(Endpoints { staging, ipfs })
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
