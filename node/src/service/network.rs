//! The step that starts the peer-to-peer network, with Bitswap and the protocol of finality.

use super::{partial::FullLink, Chain};
use futures::{future::BoxFuture, FutureExt};
use salus_node::{
	ipfs::{Peers, Served},
	rpc,
};
use salus_runtime::{opaque::Block, Hash};
use sc_client_api::BlockBackend;
use sc_consensus::DefaultImportQueue;
use sc_network::{
	config::FullNetworkConfiguration,
	service::traits::{NetworkService, NotificationService},
	types::ProtocolName,
	Litep2pNetworkBackend, NetworkBackend,
};
use sc_network_sync::SyncingService;
use sc_rpc::system::System;
use sc_service::{
	error::Error as ServiceError, BuildNetworkParams, Configuration, TaskManager, WarpSyncConfig,
};
use sc_telemetry::TelemetryHandle;
use std::sync::Arc;

/// Parameters of [`start`].
pub struct Params<'a> {
	/// Configuration of the node.
	pub config: &'a Configuration,
	/// Parts of the chain.
	pub chain: &'a Chain,
	/// Link to the finality of imported blocks.
	pub link: &'a FullLink,
	/// Queue that checks arriving blocks.
	pub import_queue: DefaultImportQueue<Block>,
	/// Blocks that the node serves by Bitswap.
	pub served: Arc<Served>,
	/// Task manager that runs the network.
	pub tasks: &'a TaskManager,
}

/// Task that announces imported transactions to peers. Needs the telemetry, which starts later.
pub type AnnounceTransactions =
	Box<dyn FnOnce(Option<TelemetryHandle>) -> BoxFuture<'static, ()> + Send>;

/// Protocol by which validators exchange their votes.
pub struct Finality {
	/// Name of the protocol.
	pub protocol: ProtocolName,
	/// Notifications of the protocol.
	pub notifications: Box<dyn NotificationService>,
}

/// Running network.
pub struct Network {
	/// Network service.
	pub service: Arc<dyn NetworkService>,
	/// Synchronisation service.
	pub sync: Arc<SyncingService<Block>>,
	/// JSON-RPC methods about the node and its network.
	pub system: System<Block>,
	/// Other nodes, reached by Bitswap.
	pub peers: Peers,
	/// Task that announces imported transactions.
	pub announce_transactions: AnnounceTransactions,
	/// Protocol of finality.
	pub finality: Finality,
}

/// Starts the network.
pub fn start(params: Params<'_>) -> Result<Network, ServiceError> {
	let Params { config, chain, link, import_queue, served, tasks } = params;
	let registry = config.prometheus_registry().cloned();
	let mut net_config = FullNetworkConfiguration::<Block, Hash, Litep2pNetworkBackend>::new(
		&config.network,
		registry.clone(),
	);
	let metrics =
		<Litep2pNetworkBackend as NetworkBackend<Block, Hash>>::register_notification_metrics(
			registry.as_ref(),
		);
	let protocol =
		sc_consensus_grandpa::protocol_standard_name(&genesis(chain)?, &config.chain_spec);
	let (grandpa_config, notifications) =
		sc_consensus_grandpa::grandpa_peers_set_config::<Block, Litep2pNetworkBackend>(
			protocol.clone(),
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(grandpa_config);
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		chain.backend.clone(),
		link.shared_authority_set().clone(),
		Vec::new(),
	));
	let (service, system, transactions, sync, bitswap) =
		sc_network_bitswap::with_source(served, || {
			sc_service::build_network(BuildNetworkParams {
				config,
				net_config,
				client: chain.client.clone(),
				transaction_pool: chain.pool.clone(),
				spawn_handle: tasks.spawn_handle(),
				spawn_essential_handle: tasks.spawn_essential_handle(),
				import_queue,
				block_announce_validator_builder: None,
				warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
				block_relay: None,
				metrics,
				gap_sync_body_policy: None,
			})
		})?;
	let bitswap = bitswap.ok_or_else(|| {
		ServiceError::Other("the network started without Bitswap, which transfers records".into())
	})?;
	let pool = chain.pool.clone();
	Ok(Network {
		service,
		sync,
		system: System::new(rpc::server::system_info(config), system),
		peers: Peers::new(bitswap),
		announce_transactions: Box::new(move |telemetry| {
			sc_service::propagate_transaction_notifications(pool, transactions, telemetry).boxed()
		}),
		finality: Finality { protocol, notifications },
	})
}

/// Returns the genesis hash.
fn genesis(chain: &Chain) -> Result<Hash, ServiceError> {
	chain.client.block_hash(0)?.ok_or_else(|| {
		ServiceError::Other(
			"the database has no genesis block; remove it and synchronise again".into(),
		)
	})
}
