//! The parts of the node that every command needs: database, client, transaction pool, and the
//! queue that checks blocks.

use salus_node::{blocks::slots::forget_far_slots, executor, FullBackend, FullClient, FullPool};
use salus_runtime::{apis::RuntimeApi, opaque::Block};
use sc_consensus::{DefaultImportQueue, LongestChain};
use sc_consensus_aura::ImportQueueParams;
use sc_consensus_grandpa::{GrandpaBlockImport, LinkHalf};
use sc_service::{error::Error as ServiceError, Configuration, KeystoreContainer, TaskManager};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider, sr25519::AuthorityPair as AuraPair,
};
use sp_timestamp::InherentDataProvider as TimestampProvider;
use std::{path::Path, sync::Arc};

/// Fork choice rule.
pub type FullSelectChain = LongestChain<FullBackend, Block>;
/// Import of blocks, with their finality.
pub type FullBlockImport = GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
/// Link between the import of blocks and the voter.
pub type FullLink = LinkHalf<Block, FullClient, FullSelectChain>;

/// Interval, in blocks, of stored finality justifications, besides those at changes of authorities
/// (512 is about 9 minutes). A node that was offline uses them to catch up.
pub const JUSTIFICATION_PERIOD: u32 = 512;

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
	pub(super) select_chain: FullSelectChain,
	pub(super) transaction_pool: Arc<FullPool>,
	pub(super) block_import: FullBlockImport,
	pub(super) grandpa_link: FullLink,
	pub(super) telemetry: Option<Telemetry>,
}

/// Opens the database and sets up what every command needs. `compiled` is the folder for compiled
/// runtimes, by default in the chain's folder.
pub fn new_partial(config: &Configuration, compiled: Option<&Path>) -> Result<Parts, ServiceError> {
	let worker = telemetry(config)?;
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
	let import_queue =
		import_queue(config, &client, &block_import, telemetry_handle, &task_manager)?;
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

/// Returns the telemetry and its worker, if telemetry has endpoints.
fn telemetry(
	config: &Configuration,
) -> Result<Option<(TelemetryWorker, Telemetry)>, sc_telemetry::Error> {
	let endpoints = config.telemetry_endpoints.clone();
	let Some(endpoints) = endpoints.filter(|endpoints| !endpoints.is_empty()) else {
		return Ok(None);
	};
	let worker = TelemetryWorker::new(16)?;
	let telemetry = worker.handle().new_telemetry(endpoints);
	Ok(Some((worker, telemetry)))
}

/// Starts the queue that checks arriving blocks.
fn import_queue(
	config: &Configuration,
	client: &Arc<FullClient>,
	block_import: &FullBlockImport,
	telemetry: Option<TelemetryHandle>,
	tasks: &TaskManager,
) -> Result<DefaultImportQueue<Block>, ServiceError> {
	let slot_client = client.clone();
	let queue = sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
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
				forget_far_slots(&*client, *slot)?;
				Ok((slot, timestamp))
			}
		},
		spawner: &tasks.spawn_essential_handle(),
		registry: config.prometheus_registry(),
		check_for_equivocation: Default::default(),
		telemetry,
		compatibility_mode: Default::default(),
	})?;
	Ok(queue)
}
