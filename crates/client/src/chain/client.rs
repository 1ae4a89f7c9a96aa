//! [`Client`], which holds the connection to one node.

use std::{
	collections::BTreeMap,
	sync::{atomic::AtomicBool, Arc, PoisonError},
};

use futures::future::BoxFuture;
use salus_primitives::Hash32;
use serde::{de::DeserializeOwned, Serialize};
use subxt::{
	backend::LegacyBackend,
	config::{RpcConfigFor, SubstrateConfig},
	rpcs::{client::RpcParams, LegacyRpcMethods, RpcClient},
	utils::H256,
	OnlineClient,
};
use tokio::sync::Mutex;
use tracing::{info_span, Instrument};

use crate::{
	chain::endpoint::ConnectOptions,
	chain::proven::Certain,
	chain::rpc::{Connection, RpcError},
	chain::runtime::WithRuntime,
	chain::view::View,
	Account, ConnectError,
};

/// Name of the chain in its runtime version.
pub(super) const SPEC_NAME: &str = "salus";

/// Version of the transaction format that this client uses.
pub const TRANSACTION_VERSION: u32 = 1;

/// A client of one node. Cheap to clone; clones share the connection.
#[derive(Clone)]
pub struct Client {
	pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
	pub(crate) connection: Arc<Connection>,
	pub(crate) methods: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	pub(crate) online: OnlineClient<SubstrateConfig>,
	pub(crate) genesis: Hash32,
	/// Proven facts about the chain.
	pub(crate) certain: Certain,
	/// Held while a transaction of an account is signed and sent, so that no two use the same
	/// nonce.
	nonce_locks: std::sync::Mutex<BTreeMap<Account, Arc<Mutex<()>>>>,
	/// Digest of the metadata that was computed last, and is the one that the runtime embeds.
	pub(crate) digest: Mutex<Option<Hash32>>,
	/// Held while the first metadata is fetched.
	pub(crate) metadata: Mutex<()>,
	/// Whether metadata was fetched.
	pub(crate) has_metadata: AtomicBool,
	/// Whether the first transaction is being prepared, or was.
	pub(crate) is_preparing: AtomicBool,
}

impl Inner {
	/// Returns the lock of an account's nonce.
	pub(crate) fn nonce_lock(&self, account: &Account) -> Arc<Mutex<()>> {
		let mut locks = self.nonce_locks.lock().unwrap_or_else(PoisonError::into_inner);
		// Drops the locks that nobody holds or waits for.
		locks.retain(|_, lock| Arc::strong_count(lock) > 1);
		locks.entry(*account).or_default().clone()
	}
}

impl std::fmt::Debug for Client {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Client").field("url", &self.url()).finish_non_exhaustive()
	}
}

/// The node's report about itself and the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
	/// Name of the chain.
	pub chain: String,
	/// Name and version of the node's software.
	pub software: String,
	/// Version of the runtime.
	pub spec_version: u32,
	/// Number of the best block.
	pub best: u64,
	/// Number of the finalized block.
	pub finalized: u64,
	/// The chain's clock at the best block, in milliseconds since 1970.
	pub clock: u64,
	/// Number of nodes to which it is connected.
	pub peers: usize,
	/// Whether it is catching up with the others.
	pub syncing: bool,
}

impl Client {
	/// Connects to a node, and checks that it runs a chain that this client supports.
	///
	/// `url` is `wss://…` (or `https://…`). For a node on this machine, `ws://…` (or `http://…`)
	/// will do.
	pub async fn connect(url: &str) -> Result<Self, ConnectError> {
		Self::connect_with(url, ConnectOptions::default()).await
	}

	/// [`Client::connect`] with other deadlines, with certificates, or without encryption.
	pub async fn connect_with(
		url: &str,
		options: impl Into<ConnectOptions>,
	) -> Result<Self, ConnectError> {
		Self::open(url, options.into()).instrument(info_span!("connect")).await
	}

	fn open<'a>(
		url: &'a str,
		options: ConnectOptions,
	) -> BoxFuture<'a, Result<Self, ConnectError>> {
		Box::pin(async move {
			let wanted = options.genesis;
			let certain = Certain::new(options.known_chains.clone(), wanted.is_some());
			let connection = Connection::new(url, options)?;
			connection.connect().await?;
			let node =
				WithRuntime { connection: connection.clone(), runtime: certain.runtime.clone() };
			let rpc = RpcClient::new(node);
			let methods = LegacyRpcMethods::new(rpc.clone());
			let backend = Arc::new(LegacyBackend::builder().build(rpc));
			let (version, online) = tokio::join!(
				methods.state_get_runtime_version(None),
				OnlineClient::<SubstrateConfig>::from_backend(backend),
			);
			let version =
				version.map_err(|error| connection.explain("state_getRuntimeVersion", error))?;
			let found = version.other.get("specName").and_then(|name| name.as_str());
			if found != Some(SPEC_NAME) {
				return Err(ConnectError::OtherChain {
					url: connection.shown_url(),
					found: found.unwrap_or_default().chars().take(64).collect(),
				});
			}
			if version.transaction_version != TRANSACTION_VERSION {
				return Err(ConnectError::OtherVersion {
					found: version.transaction_version,
					supported: TRANSACTION_VERSION,
				});
			}
			let online = online.map_err(|error| ConnectError::Metadata(Box::new(error.into())))?;
			let genesis = online.genesis_hash().0;
			if let Some(wanted) = wanted.filter(|wanted| *wanted != genesis) {
				let url = connection.shown_url();
				return Err(ConnectError::OtherGenesis { url, wanted, found: genesis });
			}
			let client = Self {
				inner: Arc::new(Inner {
					connection,
					methods,
					online,
					genesis,
					certain,
					nonce_locks: std::sync::Mutex::default(),
					metadata: Mutex::new(()),
					has_metadata: AtomicBool::new(false),
					digest: Mutex::default(),
					is_preparing: AtomicBool::new(false),
				}),
			};
			client.kept_chain()?;
			Ok(client)
		})
	}

	/// Returns the node's address, without user name and password.
	pub fn url(&self) -> String {
		self.inner.connection.shown_url()
	}

	/// Returns the hash of the chain's first block, which names the chain.
	pub fn genesis(&self) -> Hash32 {
		self.inner.genesis
	}

	/// Views the chain's state as the node reports it, at the best block of the time of each read.
	/// Answers are not checked. Use it only for values that change with each block, or that decide
	/// nothing.
	pub fn reported(&self) -> View<'_> {
		View::reported(self, None)
	}

	/// Views the chain's state after the block with this hash, as the node reports it. Nothing is
	/// checked.
	pub fn reported_at(&self, block: Hash32) -> View<'_> {
		View::reported(self, Some(H256(block)))
	}

	/// Views the chain's state after the block with this hash, with proofs. Whether the block is
	/// final is not checked: the hash must come from a checked source, such as [`Included`]. In any
	/// case, the client executes only a runtime that a final block names.
	///
	/// [`Included`]: crate::Included
	pub fn at(&self, block: Hash32) -> View<'_> {
		View::at(self, block)
	}

	/// Makes a JSON-RPC request of any kind. [`rpc_params!`](crate::rpc_params) builds the
	/// parameters.
	pub async fn request<T: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<T, RpcError> {
		self.inner.connection.request(method, params).await
	}

	/// Returns what the node reports about itself and the chain.
	pub fn node_status(&self) -> BoxFuture<'_, Result<NodeStatus, RpcError>> {
		Box::pin(async move {
			let explain =
				|method: &'static str| move |error| self.inner.connection.explain(method, error);
			let methods = &self.inner.methods;
			let chain = methods.system_chain().await.map_err(explain("system_chain"))?;
			let name = methods.system_name().await.map_err(explain("system_name"))?;
			let version = methods.system_version().await.map_err(explain("system_version"))?;
			let health = methods.system_health().await.map_err(explain("system_health"))?;
			let runtime = methods
				.state_get_runtime_version(None)
				.await
				.map_err(explain("state_getRuntimeVersion"))?;
			Ok(NodeStatus {
				chain,
				software: format!("{name} {version}"),
				spec_version: runtime.spec_version,
				best: self.best_number().await?,
				finalized: self.finalized_number().await?,
				clock: self.reported().clock().await?,
				peers: health.peers,
				syncing: health.is_syncing,
			})
		})
	}

	/// Returns the hash of the best block, as the node says.
	pub async fn best_hash(&self) -> Result<Hash32, RpcError> {
		let explain = |error| self.inner.connection.explain("chain_getBlockHash", error);
		let hash = self.inner.methods.chain_get_block_hash(None).await.map_err(explain)?;
		let hash = hash.ok_or_else(|| RpcError::Answer {
			method: "chain_getBlockHash".into(),
			source: "no such block".into(),
		})?;
		Ok(hash.0)
	}

	/// Returns the number of the best block.
	pub async fn best_number(&self) -> Result<u64, RpcError> {
		self.number(None).await
	}

	/// Returns the number of the last final block, as the node says.
	pub fn finalized_number(&self) -> BoxFuture<'_, Result<u64, RpcError>> {
		Box::pin(async move {
			let explain = |error| self.inner.connection.explain("chain_getFinalizedHead", error);
			let hash = self.inner.methods.chain_get_finalized_head().await.map_err(explain)?;
			self.number(Some(hash)).await
		})
	}

	/// Returns the number of a block, or of the best one.
	pub(crate) fn number(&self, hash: Option<H256>) -> BoxFuture<'_, Result<u64, RpcError>> {
		Box::pin(async move {
			let explain = |error| self.inner.connection.explain("chain_getHeader", error);
			let header = self.inner.methods.chain_get_header(hash).await.map_err(explain)?;
			let header = header.ok_or_else(|| RpcError::Answer {
				method: "chain_getHeader".into(),
				source: "no such block".into(),
			})?;
			Ok(header.number)
		})
	}
}
