//! The steps that keep records: the tasks of [`salus_node::ipfs`] and the off-chain worker.

use super::Chain;
use futures::{future::BoxFuture, FutureExt};
use salus_node::{
	ipfs::{self, members::Members, Ipfs, IpfsArgs, Peers},
	FullClient,
};
use sc_client_api::Backend;
use sc_network::service::traits::NetworkService;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{error::Error as ServiceError, Configuration, TaskManager};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use std::{sync::Arc, time::Duration};

/// Parameters of [`start`].
pub struct Params<'a> {
	/// Options about IPFS.
	pub args: &'a IpfsArgs,
	/// Client of the chain.
	pub client: &'a Arc<FullClient>,
	/// Node's IPFS side.
	pub ipfs: &'a Arc<Ipfs>,
	/// Peers that get blocks.
	pub members: Arc<Members>,
	/// Other nodes, reached by Bitswap.
	pub peers: &'a Peers,
	/// Task manager that runs the tasks.
	pub tasks: &'a TaskManager,
}

/// Passes this node's peer key to the off-chain worker, which names it on the chain.
pub fn publish_peer(ipfs: &Ipfs, network: &dyn NetworkService) {
	match network.local_peer_id().into_ed25519() {
		Some(key) => ipfs.publish_peer(&key),
		None => log::error!(
			"the node's network key is not an Ed25519 key, so other nodes will not serve it blocks; \
			 start the node with an Ed25519 key"
		),
	}
}

/// Starts the tasks that keep records.
pub fn start(params: Params<'_>) {
	let Params { args, client, ipfs, members, peers, tasks } = params;
	let spawn = |name: &'static str, task: BoxFuture<'static, ()>| {
		tasks.spawn_handle().spawn(name, Some("salus"), task)
	};
	let interval = Duration::from_secs(args.audit_interval);
	spawn("salus-members", ipfs::members::run(client.clone(), members).boxed());
	spawn("salus-maintenance", ipfs::maintain::run(client.clone(), ipfs.clone()).boxed());
	spawn("salus-kubo", ipfs::inspect::run(ipfs.clone()).boxed());
	spawn(
		"salus-replication",
		ipfs::replicate::run(client.clone(), ipfs.clone(), peers.clone()).boxed(),
	);
	spawn(
		"salus-audit",
		ipfs::audit::run(client.clone(), ipfs.clone(), peers.clone(), interval).boxed(),
	);
}

/// Starts the off-chain worker, unless it is switched off.
pub fn start_offchain_worker(
	config: &Configuration,
	chain: &Chain,
	ipfs: &Arc<Ipfs>,
	network: Arc<dyn NetworkService>,
	tasks: &TaskManager,
) -> Result<(), ServiceError> {
	if !config.offchain_worker.enabled {
		log::warn!(
			"the off-chain worker is off, so records staged here are neither pushed to IPFS nor \
			 confirmed; remove `--offchain-worker never`"
		);
		return Ok(());
	}
	let measured = ipfs.clone();
	let workers = OffchainWorkers::new(OffchainWorkerOptions {
		runtime_api_provider: chain.client.clone(),
		is_validator: config.role.is_authority(),
		keystore: Some(chain.keystore.clone()),
		offchain_db: chain.backend.offchain_storage(),
		transaction_pool: Some(OffchainTransactionPoolFactory::new(chain.pool.clone())),
		network_provider: Arc::new(network),
		enable_http_requests: true,
		custom_extensions: move |_| measured.measure_run(),
	})?;
	tasks.spawn_handle().spawn(
		"offchain-workers-runner",
		"offchain-worker",
		workers.run(chain.client.clone(), tasks.spawn_handle()).boxed(),
	);
	Ok(())
}
