//! The parts of the node that every command needs: database, client, transaction pool, and the
//! queue that checks blocks.

use codec::{Decode, Encode};
use salus_node::{executor, FullBackend, FullClient, FullPool};
use salus_runtime::{apis::RuntimeApi, opaque::Block};
use sc_client_api::AuxStore;
use sc_consensus::{DefaultImportQueue, LongestChain};
use sc_consensus_aura::ImportQueueParams;
use sc_consensus_grandpa::{GrandpaBlockImport, LinkHalf};
use sc_service::{error::Error as ServiceError, Configuration, KeystoreContainer, TaskManager};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider, sr25519::AuthorityPair as AuraPair, Slot,
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

/// Key in the database of the first slot whose headers the SDK keeps to see that a slot was filled
/// twice (`sc-consensus-slots`).
const FIRST_KEPT_SLOT: &[u8] = b"slot_header_start";

/// Number of slots after which the kept headers are worthless (100,000 are about a day). The SDK
/// keeps those of 1,000 slots.
const FAR: u64 = 100_000;

/// Moves the first slot whose headers are kept, if it is far behind. The SDK would delete slot by
/// slot up to the current one. When the length of a slot changes, the numbers of slots jump by
/// hundreds of millions, and the check of the next block would never end. After months offline, it
/// would take gigabytes of memory.
fn forget_far_slots(store: &impl AuxStore, now: Slot) -> sp_blockchain::Result<()> {
	let first = store.get_aux(FIRST_KEPT_SLOT)?;
	let first = first.and_then(|bytes| Slot::decode(&mut &bytes[..]).ok());
	if first.is_some_and(|first| now.saturating_sub(*first) > FAR) {
		store.insert_aux(&[(FIRST_KEPT_SLOT, &now.encode()[..])], &[])?;
	}
	Ok(())
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

#[cfg(test)]
mod tests {
	use super::*;
	use salus_runtime::Header;
	use sc_client_api::in_mem::Blockchain;
	use sc_consensus_slots::check_equivocation;
	use sp_runtime::traits::Header as _;

	fn header(number: u32) -> Header {
		let (none, parent) = Default::default();
		Header::new(number, none, none, parent, Default::default())
	}

	fn first_kept(store: &Blockchain<Block>) -> Slot {
		let bytes = store.get_aux(FIRST_KEPT_SLOT).unwrap().unwrap();
		Slot::decode(&mut &bytes[..]).unwrap()
	}

	#[test]
	fn a_jump_of_slots_does_not_stop_the_check_of_blocks() {
		let store = Blockchain::<Block>::new();
		let author = [1u8; 32];
		let before = Slot::from(900_000_000);
		check_equivocation(&store, before, before, &header(1), &author).unwrap();
		assert_eq!(first_kept(&store), before);

		// The length of a slot is halved.
		let after = Slot::from(1_800_000_000);
		forget_far_slots(&store, after).unwrap();
		check_equivocation(&store, after, after, &header(2), &author).unwrap();
		assert_eq!(first_kept(&store), after);

		// A second block in the slot is still found.
		let second = check_equivocation(&store, after, after, &header(3), &author).unwrap();
		assert!(second.is_some_and(|proof| proof.offender == author));
	}

	#[test]
	fn a_start_that_is_near_stays() {
		let store = Blockchain::<Block>::new();
		forget_far_slots(&store, Slot::from(FAR)).unwrap();
		assert_eq!(store.get_aux(FIRST_KEPT_SLOT).unwrap(), None);
		let first = Slot::from(7);
		check_equivocation(&store, first, first, &header(1), &[1u8; 32]).unwrap();
		forget_far_slots(&store, first + FAR).unwrap();
		assert_eq!(first_kept(&store), first);
	}
}
