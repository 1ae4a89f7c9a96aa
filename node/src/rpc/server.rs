//! The JSON-RPC server, with the SDK's methods and the node's own.
//!
//! The SDK's `spawn_tasks` would add its methods without the node's control, and nothing could
//! limit their parameters ([`limits`](super::limits)). So the methods are assembled here, and all
//! of them pass through that module.

use std::{
	net::{IpAddr, Ipv4Addr, Ipv6Addr},
	sync::Arc,
};

use jsonrpsee::RpcModule;
use salus_runtime::opaque::Block;
use sc_client_api::{Backend, HeaderBackend};
use sc_rpc::{
	author::{Author, AuthorApiServer},
	chain::ChainApiServer,
	offchain::{Offchain, OffchainApiServer},
	state::{ChildStateApiServer, StateApiServer},
	system::{System, SystemApiServer, SystemInfo},
	SubscriptionTaskExecutor,
};
use sc_rpc_server::{RpcEndpoint, RpcSpawnHandle, Server};
use sc_rpc_spec_v2::{
	archive::{Archive, ArchiveApiServer},
	bitswap::{Bitswap, BitswapApiServer},
	chain_head::{ChainHead, ChainHeadApiServer, ChainHeadConfig},
	chain_spec::{ChainSpec, ChainSpecApiServer},
	transaction::{
		Transaction, TransactionApiServer, TransactionBroadcast, TransactionBroadcastApiServer,
		TransactionMetrics,
	},
};
use sc_service::{config::RpcConfiguration, Configuration, Error};
use sp_consensus::SyncOracle;
use sp_keystore::KeystorePtr;

use super::{
	limits,
	serve::{self, Limits},
};
use crate::{FullBackend, FullClient, FullPool};

/// Maximum number of transactions that one connection broadcasts at a time, as in the SDK.
const BROADCASTS: usize = 16;

/// Dependencies of the SDK's methods.
pub struct SdkDeps {
	/// Client of the chain.
	pub client: Arc<FullClient>,
	/// Database of the chain.
	pub backend: Arc<FullBackend>,
	/// Pool of waiting transactions.
	pub pool: Arc<FullPool>,
	/// Keystore of the node.
	pub keystore: KeystorePtr,
	/// Methods about the node and its network.
	pub system: System<Block>,
	/// Oracle that knows whether the node is in sync.
	pub sync: Arc<dyn SyncOracle + Send + Sync>,
}

/// Returns the node's properties for the methods of `system_`.
pub fn system_info(config: &Configuration) -> SystemInfo {
	SystemInfo {
		chain_name: config.chain_spec.name().into(),
		impl_name: config.impl_name.clone(),
		impl_version: config.impl_version.clone(),
		properties: config.chain_spec.properties(),
		chain_type: config.chain_spec.chain_type(),
	}
}

/// Starts the server. `own` creates the node's own methods.
pub fn start(
	config: &mut Configuration,
	deps: SdkDeps,
	own: impl FnOnce(
		SubscriptionTaskExecutor,
	) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>>,
) -> Result<Server, Error> {
	// Calls that block a thread there do not block the node.
	let runtime = sc_service::create_rpc_runtime(config.rpc.max_connections)?;
	let executor: SubscriptionTaskExecutor =
		Arc::new(RpcSpawnHandle::new(runtime.handle().clone()));
	let own = own(executor.clone()).map_err(Error::Application)?;
	let methods = methods(config, deps, own, executor)?;
	let connections = config.rpc.max_connections as usize;
	let server = serve::Config {
		endpoints: endpoints(&config.rpc),
		methods,
		limits: Limits::new(connections, config.executor.max_runtime_instances),
		registry: config.prometheus_registry().cloned(),
		ids: config.rpc.id_provider.take(),
		log: config.rpc.request_logger_limit,
		runtime,
	};
	tokio::task::block_in_place(|| config.tokio_handle.block_on(serve::start(server)))
		.map_err(Error::Application)
}

/// Returns the addresses to listen on: by default, the port on loopback.
fn endpoints(config: &RpcConfiguration) -> Vec<RpcEndpoint> {
	if let Some(endpoints) = &config.addr {
		return endpoints.clone();
	}
	let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
	addresses
		.map(|address| RpcEndpoint {
			listen_addr: (address, config.port).into(),
			batch_config: config.batch_config,
			max_connections: config.max_connections,
			max_payload_in_mb: config.max_request_size,
			max_payload_out_mb: config.max_response_size,
			max_subscriptions_per_connection: config.max_subs_per_conn,
			max_buffer_capacity_per_connection: config.message_buffer_capacity,
			rate_limit: config.rate_limit,
			rate_limit_trust_proxy_headers: config.rate_limit_trust_proxy_headers,
			rate_limit_whitelisted_ips: config.rate_limit_whitelisted_ips.clone(),
			cors: config.cors.clone(),
			rpc_methods: config.methods,
			// Some machines have no IPv6.
			is_optional: address.is_ipv6(),
			retry_random_port: true,
		})
		.into()
}

/// Returns all methods, with their limits.
fn methods(
	config: &Configuration,
	deps: SdkDeps,
	own: RpcModule<()>,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Error> {
	let registry = config.prometheus_registry();
	let metrics = registry.map(TransactionMetrics::new).transpose()?;
	let module = merged(config, deps, own, executor, metrics)
		.and_then(limits::bounded)
		.map_err(|error| Error::Application(error.into()))?;
	Ok(module)
}

fn merged(
	config: &Configuration,
	deps: SdkDeps,
	own: RpcModule<()>,
	executor: SubscriptionTaskExecutor,
	metrics: Option<TransactionMetrics>,
) -> Result<RpcModule<()>, jsonrpsee::core::RegisterMethodError> {
	let SdkDeps { client, backend, pool, keystore, system, sync } = deps;
	let genesis = client.info().genesis_hash;
	let archives = config.state_pruning.as_ref().is_some_and(|pruning| pruning.is_archive())
		&& config.blocks_pruning.is_archive();
	let mut module = RpcModule::new(());

	let (state, child_state) = sc_rpc::state::new_full(client.clone(), executor.clone(), None);
	module.merge(sc_rpc::chain::new_full(client.clone(), executor.clone()).into_rpc())?;
	module.merge(state.into_rpc())?;
	module.merge(child_state.into_rpc())?;
	module.merge(system.into_rpc())?;
	if let Some(storage) = backend.offchain_storage() {
		module.merge(Offchain::new(storage).into_rpc())?;
	}
	let author = Author::new(client.clone(), pool.clone(), keystore, executor.clone());
	module.merge(author.into_rpc())?;

	let transaction = Transaction::new(client.clone(), pool.clone(), executor.clone(), metrics);
	module.merge(transaction.into_rpc())?;
	let broadcast = TransactionBroadcast::new(client.clone(), pool, executor.clone(), BROADCASTS);
	module.merge(broadcast.into_rpc())?;
	let head = ChainHead::new(
		client.clone(),
		backend.clone(),
		executor.clone(),
		ChainHeadConfig::default(),
	);
	module.merge(head.into_rpc())?;
	if archives {
		module.merge(Archive::new(client.clone(), backend, genesis, executor).into_rpc())?;
	}
	let spec =
		ChainSpec::new(config.chain_spec.name().into(), genesis, config.chain_spec.properties());
	module.merge(spec.into_rpc())?;
	module.merge(Bitswap::new(client, sync).into_rpc())?;

	module.merge(own)?;
	Ok(module)
}

#[cfg(test)]
mod tests;
