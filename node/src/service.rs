//! Assembles and starts the node.
//!
//! [`new_partial`] opens the database and sets up what all commands need. [`new_full`] starts the
//! node, step by step: the record store, the [`network`], the tasks that keep [`records`], the
//! committee, JSON-RPC, and, for a validator, [`consensus`].

mod consensus;
mod network;
mod partial;
mod records;

pub use partial::{new_partial, Parts};

use self::{
	network::{AnnounceTransactions, Network},
	partial::FullLink,
};
use crate::tasks;
use salus_node::{
	committee::{self, shares::Shares},
	ipfs::{self, members::Members, Ipfs, IpfsArgs, Peers, Served},
	observer, ports, rpc, FullBackend, FullClient, FullPool,
};
use salus_runtime::opaque::Block;
use sc_consensus::DefaultImportQueue;
use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState};
use sc_network::{config::NetworkBackendType, service::traits::NetworkService};
use sc_network_sync::SyncingService;
use sc_rpc::system::System;
use sc_rpc_server::Server;
use sc_service::{error::Error as ServiceError, Configuration, TaskManager};
use sc_telemetry::{Telemetry, TelemetryHandle};
use sp_keystore::KeystorePtr;
use std::{path::Path, sync::Arc};

/// Parts of the chain that most steps use.
struct Chain {
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	pool: Arc<FullPool>,
	keystore: KeystorePtr,
}

/// Starts the node.
pub fn new_full(
	mut config: Configuration,
	args: IpfsArgs,
	compiled: Option<&Path>,
) -> Result<TaskManager, ServiceError> {
	check_network(&config)?;
	// Nodes fetch records from each other by Bitswap.
	config.network.ipfs_server = true;

	let parts = new_partial(&config, compiled)?;
	let chain = Chain {
		client: parts.client,
		backend: parts.backend,
		pool: parts.transaction_pool,
		keystore: parts.keystore_container.keystore(),
	};
	let (mut telemetry, mut tasks) = (parts.telemetry, parts.task_manager);
	// The network brings blocks, so this check comes before it starts.
	let may_have_voted = consensus::may_have_voted(&config, &chain, &parts.grandpa_link)?;

	let ipfs = start_ipfs(&config, &args, &chain, &tasks)?;
	let network =
		connect(&config, &args, &chain, &parts.grandpa_link, parts.import_queue, &ipfs, &tasks)?;
	let telemetry = start_sdk_tasks(&config, &chain, &network, telemetry.as_mut(), &tasks)?;

	let Network { service: network, sync, system, peers, announce_transactions, finality } =
		network;
	start_announcing(announce_transactions, telemetry.clone(), &tasks);
	let votes = SharedVoterState::empty();
	let server = start_rpc(Rpc {
		config: &mut config,
		chain: &chain,
		ipfs,
		network: network.clone(),
		sync: sync.clone(),
		system,
		peers: &peers,
		link: &parts.grandpa_link,
		votes: votes.clone(),
		tasks: &tasks,
	})?;

	consensus::start(consensus::Params {
		config: &config,
		chain: &chain,
		select_chain: parts.select_chain,
		block_import: parts.block_import,
		link: parts.grandpa_link,
		may_have_voted,
		network,
		sync,
		finality,
		votes,
		telemetry,
		tasks: &tasks,
	})?;
	tasks.keep_alive((config.base_path, server));
	Ok(tasks)
}

/// Refuses a network that the node cannot use.
fn check_network(config: &Configuration) -> Result<(), ServiceError> {
	if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
		return Err(ServiceError::Other(
			"nodes exchange records by Bitswap, which only the network backend litep2p supports; \
			 remove `--network-backend`"
				.into(),
		));
	}
	ports::check(&config.network.listen_addresses).map_err(ServiceError::Other)
}

/// Starts the node's IPFS side.
fn start_ipfs(
	config: &Configuration,
	args: &IpfsArgs,
	chain: &Chain,
	tasks: &TaskManager,
) -> Result<Arc<Ipfs>, ServiceError> {
	let ipfs = ipfs::start(ipfs::Params {
		config,
		args,
		backend: &*chain.backend,
		keystore: chain.keystore.clone(),
		task_manager: tasks,
	})?;
	Ok(Arc::new(ipfs))
}

/// Starts the network, and the node's own tasks that use it.
fn connect(
	config: &Configuration,
	args: &IpfsArgs,
	chain: &Chain,
	link: &FullLink,
	import_queue: DefaultImportQueue<Block>,
	ipfs: &Arc<Ipfs>,
	tasks: &TaskManager,
) -> Result<Network, ServiceError> {
	let members = Arc::new(Members::new(&args.served_peers));
	let network = network::start(network::Params {
		config,
		chain,
		link,
		import_queue,
		served: Arc::new(Served::new(ipfs.blocks().clone(), members.clone())),
		tasks,
	})?;
	start_own_tasks(config, args, chain, ipfs, members, &network, tasks)?;
	Ok(network)
}

/// Starts to announce imported transactions to peers.
fn start_announcing(
	announce: AnnounceTransactions,
	telemetry: Option<TelemetryHandle>,
	tasks: &TaskManager,
) {
	tasks.spawn_handle().spawn(
		"on-transaction-imported",
		Some("transaction-pool"),
		announce(telemetry),
	);
}

/// Starts the tasks of the SDK.
fn start_sdk_tasks(
	config: &Configuration,
	chain: &Chain,
	network: &Network,
	telemetry: Option<&mut Telemetry>,
	tasks: &TaskManager,
) -> Result<Option<TelemetryHandle>, ServiceError> {
	tasks::start(tasks::Params {
		config,
		client: chain.client.clone(),
		pool: chain.pool.clone(),
		keystore: chain.keystore.clone(),
		network: network.service.clone(),
		sync: network.sync.clone(),
		telemetry,
		task_manager: tasks,
	})
}

/// Starts the tasks that keep records, the committee's worker and the observer of the chain.
fn start_own_tasks(
	config: &Configuration,
	args: &IpfsArgs,
	chain: &Chain,
	ipfs: &Arc<Ipfs>,
	members: Arc<Members>,
	network: &Network,
	tasks: &TaskManager,
) -> Result<(), ServiceError> {
	records::publish_peer(ipfs, &*network.service);
	records::start(records::Params {
		args,
		client: &chain.client,
		ipfs,
		members,
		peers: &network.peers,
		tasks,
	});
	start_committee(config, chain, network.sync.clone(), tasks)?;
	observer::start(chain.client.clone(), config.prometheus_registry(), tasks);
	records::start_offchain_worker(config, chain, ipfs, network.service.clone(), tasks)
}

/// Starts the committee's worker, and warns of a keystore without a password.
fn start_committee(
	config: &Configuration,
	chain: &Chain,
	sync: Arc<SyncingService<Block>>,
	tasks: &TaskManager,
) -> Result<(), ServiceError> {
	if config.role.is_authority()
		&& config.dev_key_seed.is_none()
		&& !committee::vault::has_password(&config.keystore)
	{
		log::warn!(
			"the keystore has no password: anyone who copies this node's folder or disk gets the \
			 hospital's keys and its shares of the records' keys; see \"The password of the \
			 keystore\" in docs/operations.md"
		);
	}
	committee::start(committee::Params {
		config,
		client: chain.client.clone(),
		pool: chain.pool.clone(),
		sync,
		keystore: chain.keystore.clone(),
		task_manager: tasks,
	})?;
	Ok(())
}

/// Starts to collect what JSON-RPC serves from memory: the shares that wait in the pool, and the
/// changes of the last blocks.
fn start_collectors(
	chain: &Chain,
	tasks: &TaskManager,
) -> Result<(Arc<Shares>, Arc<rpc::changes::Recent>), ServiceError> {
	let shares = Arc::new(Shares::default());
	tasks.spawn_handle().spawn(
		"salus-shares",
		Some("salus"),
		shares.clone().collect(chain.pool.clone()),
	);
	let changes = Arc::new(rpc::changes::Recent::default());
	tasks.spawn_handle().spawn(
		"salus-changes",
		Some("salus"),
		changes.clone().follow(chain.client.clone())?,
	);
	Ok((shares, changes))
}

/// Parameters of [`start_rpc`].
struct Rpc<'a> {
	config: &'a mut Configuration,
	chain: &'a Chain,
	ipfs: Arc<Ipfs>,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	system: System<Block>,
	peers: &'a Peers,
	link: &'a FullLink,
	votes: SharedVoterState,
	tasks: &'a TaskManager,
}

/// Starts the JSON-RPC server, and what collects for it.
fn start_rpc(params: Rpc<'_>) -> Result<Server, ServiceError> {
	let Rpc { config, chain, ipfs, network, sync, system, peers, link, votes, tasks } = params;
	let (shares, changes) = start_collectors(chain, tasks)?;
	let authorities = link.shared_authority_set().clone();
	let own = rpc::OwnDeps {
		salus: rpc::SalusDeps {
			client: chain.client.clone(),
			ipfs,
			network: Some(network),
			others: Some(Arc::new(peers.prompt())),
			shares,
			changes,
			proofs: Arc::new(rpc::proofs::Database::new(
				chain.client.clone(),
				chain.backend.clone(),
				authorities.clone(),
				config.chain_spec.cloned_box(),
			)),
		},
		pool: chain.pool.clone(),
		grandpa: rpc::GrandpaDeps {
			shared_voter_state: votes,
			shared_authority_set: authorities.clone(),
			justification_stream: link.justification_stream(),
			finality_provider: FinalityProofProvider::new_for_service(
				chain.backend.clone(),
				Some(authorities),
			),
		},
	};
	let sdk = rpc::server::SdkDeps {
		client: chain.client.clone(),
		backend: chain.backend.clone(),
		pool: chain.pool.clone(),
		keystore: chain.keystore.clone(),
		system,
		sync,
	};
	rpc::server::start(config, sdk, move |executor| rpc::create_own(own, executor))
}
