//! The tasks that the SDK's `spawn_tasks` starts, except the JSON-RPC server, which is [the node's
//! own](salus_node::rpc::server).

use salus_node::{FullClient, FullPool};
use salus_runtime::opaque::Block;
use sc_network::service::traits::NetworkService;
use sc_network_sync::SyncingService;
use sc_service::{config::PrometheusConfig, Configuration, Error, MetricsService, TaskManager};
use sc_telemetry::{Telemetry, TelemetryHandle};
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// Parameters of [`start`].
pub struct Params<'a> {
	/// Configuration of the node.
	pub config: &'a Configuration,
	/// Client of the chain.
	pub client: Arc<FullClient>,
	/// Pool of waiting transactions.
	pub pool: Arc<FullPool>,
	/// Keystore of the node.
	pub keystore: KeystorePtr,
	/// Network service.
	pub network: Arc<dyn NetworkService>,
	/// Synchronisation service.
	pub sync: Arc<SyncingService<Block>>,
	/// Telemetry, if it is configured.
	pub telemetry: Option<&'a mut Telemetry>,
	/// Task manager that runs the tasks.
	pub task_manager: &'a TaskManager,
}

/// Creates a development node's keys, and starts telemetry, metrics, the log's summary, and the
/// pool's notifications of new blocks.
pub fn start(params: Params<'_>) -> Result<Option<TelemetryHandle>, Error> {
	let Params { config, client, pool, keystore, network, sync, telemetry, task_manager } = params;
	let chain = client.info();
	let seeds = config.dev_key_seed.iter().cloned().collect();
	sp_session::generate_initial_session_keys(client.clone(), chain.best_hash, seeds, keystore)
		.map_err(|error| Error::Application(Box::new(error)))?;

	let machine = sc_sysinfo::gather_sysinfo();
	sc_sysinfo::print_sysinfo(&machine);
	let telemetry = telemetry
		.map(|telemetry| {
			sc_service::init_telemetry(
				config.network.node_name.clone(),
				config.impl_name.clone(),
				config.impl_version.clone(),
				config.chain_spec.name().to_string(),
				config.role.is_authority(),
				network.clone(),
				client.clone(),
				telemetry,
				Some(machine),
			)
		})
		.transpose()?;
	log::info!("📦 Highest known block at #{}", chain.best_number);

	let spawner = task_manager.spawn_handle();
	spawner.spawn(
		"txpool-notifications",
		Some("transaction-pool"),
		sc_transaction_pool::notification_future(
			client.clone(),
			pool.clone(),
			config.transaction_pool.use_all_block_notifications(),
		),
	);
	let metrics = metrics(config, telemetry.clone(), task_manager)?;
	spawner.spawn(
		"telemetry-periodic-send",
		None,
		metrics.run(client.clone(), pool, network.clone(), sync.clone()),
	);
	spawner.spawn("informant", None, sc_informant::build(client, network, sync));
	Ok(telemetry)
}

/// Creates the SDK's metrics, and starts the endpoint of Prometheus if it is configured.
fn metrics(
	config: &Configuration,
	telemetry: Option<TelemetryHandle>,
	task_manager: &TaskManager,
) -> Result<MetricsService, Error> {
	let Some(PrometheusConfig { port, registry }) = config.prometheus_config.clone() else {
		return Ok(MetricsService::new(telemetry));
	};
	let metrics = MetricsService::with_prometheus(
		telemetry,
		&registry,
		config.role,
		&config.network.node_name,
		&config.impl_version,
	)?;
	let endpoint = substrate_prometheus_endpoint::init_prometheus(port, registry);
	task_manager.spawn_handle().spawn("prometheus-endpoint", None, async move {
		// The endpoint itself logs why it ends.
		let _ = endpoint.await;
	});
	Ok(metrics)
}
