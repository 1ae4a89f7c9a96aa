//! Assembles and starts the node.
//!
//! [`new_partial`] opens the database and sets up what all commands need. [`new_full`] adds the
//! record store, the network, the off-chain worker, JSON-RPC, and, for a validator, consensus.

use crate::tasks;
use futures::FutureExt;
use salus_node::{
	abstain, committee, discovery, executor,
	ipfs::{self, members::Members, IpfsArgs, Served},
	observer, ports, rpc, FullBackend, FullClient, FullPool,
};
use salus_runtime::{apis::RuntimeApi, opaque::Block, Hash};
use sc_client_api::{Backend, BlockBackend};
use sc_consensus::{DefaultImportQueue, LongestChain};
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState,
};
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkBackend};
use sc_service::{
	error::Error as ServiceError, BuildNetworkParams, Configuration, KeystoreContainer,
	TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider, sr25519::AuthorityPair as AuraPair,
};
use sp_timestamp::InherentDataProvider as TimestampProvider;
use std::{path::Path, sync::Arc, time::Duration};

/// Maximum number of blocks that a node may be behind and still count as caught up.
const CLOSE: u32 = 3;

/// Returns the numbers of the best and of the final block.
fn chain_view(client: &FullClient) -> (u32, u32) {
	let info = client.info();
	(info.best_number, info.finalized_number)
}

/// Fork choice rule.
type FullSelectChain = LongestChain<FullBackend, Block>;
type FullBlockImport = GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type FullLink = LinkHalf<Block, FullClient, FullSelectChain>;

/// Interval, in blocks, of stored finality justifications, besides those at changes of authorities
/// (512 is about 17 minutes at 2 s a block). A node that was offline uses them to catch up.
const JUSTIFICATION_PERIOD: u32 = 512;

/// Interval between rounds of gossip about votes.
const GOSSIP_PERIOD: Duration = Duration::from_millis(333);

/// Portion of a slot for filling a block. The rest is for others to receive and check it. A block's
/// weight is at most half a slot, so this only matters on a machine slower than the reference one.
const PROPOSAL_PORTION: f32 = 2.0 / 3.0;

/// Maximum of this portion, after slots without a block.
const PROPOSAL_PORTION_MAX: f32 = 0.9;

/// Result of [`new_partial`].
pub struct Parts {
	/// Client of the chain.
	pub client: Arc<FullClient>,
	/// Database of the chain.
	pub backend: Arc<FullBackend>,
	/// Task manager. The node ends when an essential task does.
	pub task_manager: TaskManager,
	/// Keys of the node.
	pub keystore_container: KeystoreContainer,
	/// Queue that checks arriving blocks.
	pub import_queue: DefaultImportQueue<Block>,
	select_chain: FullSelectChain,
	transaction_pool: Arc<FullPool>,
	block_import: FullBlockImport,
	grandpa_link: FullLink,
	telemetry: Option<Telemetry>,
}

/// Opens the database and sets up what every command needs. `compiled` is the folder for compiled
/// runtimes, by default in the chain's folder.
pub fn new_partial(config: &Configuration, compiled: Option<&Path>) -> Result<Parts, ServiceError> {
	let worker = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor = executor::executor(config, compiled)?;
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			worker.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			Vec::new(),
		)?;
	let client = Arc::new(client);

	let telemetry = worker.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let telemetry_handle = telemetry.as_ref().map(Telemetry::handle);

	let select_chain = LongestChain::new(backend.clone());
	let transaction_pool = Arc::new(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry_handle.clone(),
	)?;

	let slot_client = client.clone();
	let import_queue =
		sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
			block_import: block_import.clone(),
			justification_import: Some(Box::new(block_import.clone())),
			client: client.clone(),
			create_inherent_data_providers: move |parent, _| {
				let client = slot_client.clone();
				async move {
					let slot_duration =
						sc_consensus_aura::standalone::slot_duration_at(&*client, parent)?;
					let timestamp = TimestampProvider::from_system_time();
					let slot =
						SlotProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration);
					Ok((slot, timestamp))
				}
			},
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			check_for_equivocation: Default::default(),
			telemetry: telemetry_handle,
			compatibility_mode: Default::default(),
		})?;

	Ok(Parts {
		client,
		backend,
		task_manager,
		keystore_container,
		import_queue,
		select_chain,
		transaction_pool,
		block_import,
		grandpa_link,
		telemetry,
	})
}

/// Starts the node.
pub fn new_full(
	mut config: Configuration,
	args: IpfsArgs,
	compiled: Option<&Path>,
) -> Result<TaskManager, ServiceError> {
	if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
		return Err(ServiceError::Other(
			"records travel between nodes by Bitswap, which only the network backend litep2p \
			 supports; remove `--network-backend`"
				.into(),
		));
	}
	ports::check(&config.network.listen_addresses).map_err(ServiceError::Other)?;
	// Nodes copy records from each other by Bitswap.
	config.network.ipfs_server = true;

	let Parts {
		client,
		backend,
		mut task_manager,
		keystore_container,
		import_queue,
		select_chain,
		transaction_pool,
		block_import,
		grandpa_link,
		mut telemetry,
	} = new_partial(&config, compiled)?;
	let prometheus_registry = config.prometheus_registry().cloned();
	// Nobody has seen earlier votes of a development key or of the only validator.
	let is_new = client.info().best_number == 0
		&& config.dev_key_seed.is_none()
		&& grandpa_link.shared_authority_set().current_authorities().len().get() > 1;
	let chain = client.clone();

	let ipfs = Arc::new(ipfs::start(ipfs::Params {
		config: &config,
		args: &args,
		backend: &*backend,
		keystore: keystore_container.keystore(),
		task_manager: &task_manager,
	})?);

	let genesis_hash = client.block_hash(0)?.ok_or_else(|| {
		ServiceError::Other(
			"the database has no genesis block; remove it and synchronise again".into(),
		)
	})?;
	let mut net_config = sc_network::config::FullNetworkConfiguration::<
		Block,
		Hash,
		Litep2pNetworkBackend,
	>::new(&config.network, prometheus_registry.clone());
	let metrics =
		<Litep2pNetworkBackend as NetworkBackend<Block, Hash>>::register_notification_metrics(
			prometheus_registry.as_ref(),
		);
	let grandpa_protocol =
		sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
	let (grandpa_config, grandpa_notifications) =
		sc_consensus_grandpa::grandpa_peers_set_config::<Block, Litep2pNetworkBackend>(
			grandpa_protocol.clone(),
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(grandpa_config);
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	));

	let members = Arc::new(Members::new(&args.served_peers));
	let served = Arc::new(Served::new(ipfs.blocks().clone(), members.clone()));
	let (network, system_rpc_tx, tx_handler_controller, sync_service, bitswap) =
		sc_network_bitswap::with_source(served, || {
			sc_service::build_network(BuildNetworkParams {
				config: &config,
				net_config,
				client: client.clone(),
				transaction_pool: transaction_pool.clone(),
				spawn_handle: task_manager.spawn_handle(),
				spawn_essential_handle: task_manager.spawn_essential_handle(),
				import_queue,
				block_announce_validator_builder: None,
				warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
				block_relay: None,
				metrics,
				gap_sync_body_policy: None,
			})
		})?;
	let peers = ipfs::Peers::new(bitswap.ok_or_else(|| {
		ServiceError::Other("the network started without Bitswap, which transfers records".into())
	})?);

	match network.local_peer_id().into_ed25519() {
		Some(key) => ipfs.publish_peer(&key),
		None => log::error!(
			"the node's network key is not an Ed25519 key, so other nodes will not serve it blocks"
		),
	}

	task_manager.spawn_handle().spawn(
		"salus-members",
		Some("salus"),
		ipfs::members::run(client.clone(), members),
	);
	task_manager.spawn_handle().spawn(
		"salus-maintenance",
		Some("salus"),
		ipfs::maintain::run(client.clone(), ipfs.clone()),
	);
	task_manager.spawn_handle().spawn(
		"salus-kubo",
		Some("salus"),
		ipfs::inspect::run(ipfs.clone()),
	);
	task_manager.spawn_handle().spawn(
		"salus-replication",
		Some("salus"),
		ipfs::replicate::run(client.clone(), ipfs.clone(), peers.clone()),
	);
	task_manager.spawn_handle().spawn(
		"salus-audit",
		Some("salus"),
		ipfs::audit::run(
			client.clone(),
			ipfs.clone(),
			peers.clone(),
			Duration::from_secs(args.audit_interval),
		),
	);

	if config.role.is_authority()
		&& config.dev_key_seed.is_none()
		&& !committee::vault::has_password(&config.keystore)
	{
		log::warn!(
			"the keystore has no password: anyone who copies this node's folder or disk gets the hospital's keys and its \
			 shares of the records' keys; see \"The password of the keystore\" in docs/operations.md"
		);
	}
	committee::start(committee::Params {
		config: &config,
		client: client.clone(),
		pool: transaction_pool.clone(),
		sync: sync_service.clone(),
		keystore: keystore_container.keystore(),
		task_manager: &task_manager,
	})?;

	observer::start(client.clone(), prometheus_registry.as_ref(), &task_manager);

	if config.offchain_worker.enabled {
		let measured = ipfs.clone();
		let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: config.role.is_authority(),
			keystore: Some(keystore_container.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: true,
			custom_extensions: move |_| measured.measure_run(),
		})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	} else {
		log::warn!(
			"the off-chain worker is off: records staged here are neither pushed to IPFS nor confirmed"
		);
	}

	let shared_voter_state = SharedVoterState::empty();
	let own = {
		let deps = rpc::FullDeps {
			client: client.clone(),
			pool: transaction_pool.clone(),
			ipfs: ipfs.clone(),
			network: Some(network.clone()),
			others: Some(Arc::new(peers.prompt())),
			grandpa: rpc::GrandpaDeps {
				shared_voter_state: shared_voter_state.clone(),
				shared_authority_set: grandpa_link.shared_authority_set().clone(),
				justification_stream: grandpa_link.justification_stream(),
				finality_provider: FinalityProofProvider::new_for_service(
					backend.clone(),
					Some(grandpa_link.shared_authority_set().clone()),
				),
			},
		};
		move |executor| rpc::create_full(deps, executor)
	};

	let role = config.role;
	let name = config.network.node_name.clone();
	let force_authoring = config.force_authoring;
	let grandpa_enabled = !config.disable_grandpa;
	let keystore = keystore_container.keystore();
	let public_addresses = config.network.public_addresses.clone();
	let private_addresses = config.network.allow_non_globals_in_dht;
	let discovery_cache = config.network.net_config_path.clone();
	let chain_folder = config.base_path.config_dir(config.chain_spec.id());

	// What the SDK's `spawn_tasks` does, but for the server of JSON-RPC.
	let telemetry = tasks::start(tasks::Params {
		config: &config,
		client: client.clone(),
		pool: transaction_pool.clone(),
		keystore: keystore.clone(),
		network: network.clone(),
		sync: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		task_manager: &task_manager,
	})?;
	task_manager.spawn_handle().spawn(
		"on-transaction-imported",
		Some("transaction-pool"),
		sc_service::propagate_transaction_notifications(
			transaction_pool.clone(),
			tx_handler_controller,
			telemetry.clone(),
		),
	);
	let server = rpc::server::Deps {
		client: client.clone(),
		backend: backend.clone(),
		pool: transaction_pool.clone(),
		keystore: keystore.clone(),
		system: sc_rpc::system::System::new(rpc::server::system_info(&config), system_rpc_tx),
		sync: sync_service.clone(),
	};
	let server = rpc::server::start(&mut config, server, own)?;
	task_manager.keep_alive((config.base_path, server));

	if role.is_authority() {
		discovery::start(discovery::Params {
			addresses: public_addresses,
			private: private_addresses,
			cache: discovery_cache,
			client: client.clone(),
			network: network.clone(),
			keystore: keystore.clone(),
			registry: prometheus_registry.clone(),
			tasks: &task_manager,
		});
		let proposer_factory = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			transaction_pool.clone(),
			prometheus_registry.as_ref(),
			telemetry.clone(),
		);
		let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
		let aura = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(
			StartAuraParams {
				slot_duration,
				client,
				select_chain,
				block_import,
				proposer_factory,
				create_inherent_data_providers: move |_, ()| async move {
					let timestamp = TimestampProvider::from_system_time();
					let slot =
						SlotProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration);
					Ok((slot, timestamp))
				},
				force_authoring,
				backoff_authoring_blocks: None::<()>,
				keystore: keystore.clone(),
				sync_oracle: sync_service.clone(),
				justification_sync_link: sync_service.clone(),
				block_proposal_slot_portion: SlotProportion::new(PROPOSAL_PORTION),
				max_block_proposal_slot_portion: Some(SlotProportion::new(PROPOSAL_PORTION_MAX)),
				telemetry: telemetry.clone(),
				compatibility_mode: Default::default(),
			},
		)?;
		task_manager.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);
	}

	if grandpa_enabled {
		// A node that does not vote needs no voting keys.
		let keystore = match role.is_authority() {
			false => None,
			true => {
				let (client, sync) = (chain.clone(), sync_service.clone());
				let view = move || {
					let (client, sync) = (chain_view(&client), sync.clone());
					async move {
						let status = sync.status().await.ok();
						let seen = status.and_then(|status| status.best_seen_block);
						let (best, finalized) = client;
						let best_seen = seen.unwrap_or_default();
						abstain::View {
							caught_up: seen.is_some()
								&& !sync.is_offline() && !sync.is_major_syncing()
								&& best.saturating_add(CLOSE) >= best_seen,
							best: best.max(best_seen),
							finalized,
						}
					}
				};
				let (keystore, watch) = abstain::voter(&chain_folder, keystore, is_new, view)?;
				task_manager.spawn_handle().spawn("salus-votes", Some("salus"), watch);
				Some(keystore)
			}
		};
		let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
			config: sc_consensus_grandpa::Config {
				gossip_duration: GOSSIP_PERIOD,
				justification_generation_period: JUSTIFICATION_PERIOD,
				name: Some(name),
				observer_enabled: false,
				keystore,
				local_role: role,
				telemetry: telemetry.clone(),
				protocol_name: grandpa_protocol,
			},
			link: grandpa_link,
			network,
			sync: sync_service,
			notification_service: grandpa_notifications,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry,
			shared_voter_state,
			telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	}

	Ok(task_manager)
}
