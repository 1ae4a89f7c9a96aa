//! The steps of consensus: a validator authors blocks and votes on their finality. Other nodes only
//! follow the votes.

use super::{
	network::Finality,
	partial::{FullBlockImport, FullLink, FullSelectChain, JUSTIFICATION_PERIOD},
	Chain,
};
use futures::{
	future::{select, BoxFuture, Either},
	FutureExt, StreamExt,
};
use salus_node::{
	abstain::{self, Marked},
	blocks::{pace::Paced, pool::Kept},
	clock::since_1970,
	discovery, FullClient,
};
use salus_runtime::{opaque::Block, Hash};
use sc_client_api::{BlockchainEvents, ImportNotifications};
use sc_consensus_aura::{
	find_pre_digest, standalone::slot_duration_at, SlotProportion, StartAuraParams,
};
use sc_consensus_grandpa::{GrandpaParams, SharedVoterState};
use sc_network::service::traits::NetworkService;
use sc_network_sync::SyncingService;
use sc_service::{error::Error as ServiceError, Configuration, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider,
	sr25519::{AuthorityPair as AuraPair, AuthoritySignature},
	SlotDuration,
};
use sp_keystore::KeystorePtr;
use sp_runtime::Percent;
use sp_timestamp::InherentDataProvider as TimestampProvider;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Interval between rounds of gossip about votes.
const GOSSIP_PERIOD: Duration = Duration::from_millis(100);

/// Portion of a slot for filling a block. The rest is for others to receive and check it. A block's
/// weight is at most half a slot, so this only matters on a machine slower than the reference one.
const PROPOSAL_PORTION: f32 = 2.0 / 3.0;

/// Maximum of this portion, after slots without a block.
const PROPOSAL_PORTION_MAX: f32 = 0.9;

/// Portion of the time for filling a block after which a few transactions that do not fit end the
/// block. The SDK takes half of it. Calls that end access come first, and those beyond their part
/// of a block do not fit: ordinary transactions behind them must still be reached.
const SKIPPING: Percent = Percent::from_percent(90);

/// Parameters of [`start`].
pub struct Params<'a> {
	/// Configuration of the node.
	pub config: &'a Configuration,
	/// Parts of the chain.
	pub chain: &'a Chain,
	/// Fork choice rule.
	pub select_chain: FullSelectChain,
	/// Import of the blocks that this node authors.
	pub block_import: FullBlockImport,
	/// Link to the finality of imported blocks.
	pub link: FullLink,
	/// See [`may_have_voted`].
	pub may_have_voted: bool,
	/// Network service.
	pub network: Arc<dyn NetworkService>,
	/// Synchronisation service.
	pub sync: Arc<SyncingService<Block>>,
	/// Protocol of the votes.
	pub finality: Finality,
	/// State of the votes, which JSON-RPC shows.
	pub votes: SharedVoterState,
	/// Telemetry, if it is configured.
	pub telemetry: Option<TelemetryHandle>,
	/// Task manager that runs the consensus.
	pub tasks: &'a TaskManager,
}

/// Returns whether others may have seen votes that this validator's keys gave on another database.
pub fn may_have_voted(
	config: &Configuration,
	chain: &Chain,
	link: &FullLink,
) -> Result<bool, ServiceError> {
	let is_empty = chain.client.info().best_number == 0;
	let validators = link.shared_authority_set().current_authorities().len().get();
	let is_development = config.dev_key_seed.is_some();
	let has_witnesses = abstain::has_witnesses(is_development, is_empty, validators);
	let folder = folder(config);
	let marked = Marked::new(&*chain.client, &folder);
	Ok((has_witnesses && marked.is_other(is_empty)?)
		|| (!is_development && marked.lacks_votes()?))
}

/// Returns the chain's folder.
fn folder(config: &Configuration) -> PathBuf {
	config.base_path.config_dir(config.chain_spec.id())
}

/// Starts the node's part in the consensus.
pub fn start(params: Params<'_>) -> Result<(), ServiceError> {
	let is_validator = params.config.role.is_authority();
	if is_validator {
		start_discovery(&params);
		author(&params)?;
	}
	if params.config.disable_grandpa {
		return Ok(());
	}
	// A node that does not vote needs no voting keys.
	let keystore = if is_validator { Some(voting_keys(&params)?) } else { None };
	vote(params, keystore)
}

/// Starts the discovery of the other validators' addresses.
fn start_discovery(params: &Params<'_>) {
	let Params { config, chain, network, tasks, .. } = params;
	discovery::start(discovery::Params {
		addresses: config.network.public_addresses.clone(),
		private: config.network.allow_non_globals_in_dht,
		cache: config.network.net_config_path.clone(),
		client: chain.client.clone(),
		network: network.clone(),
		keystore: chain.keystore.clone(),
		registry: config.prometheus_registry().cloned(),
		tasks,
	});
}

/// Waits until the slot duration differs from `now`, and returns the new one. An upgrade of the
/// runtime changes it.
async fn changed(
	client: &FullClient,
	imported: &mut ImportNotifications<Block>,
	now: SlotDuration,
) -> SlotDuration {
	while let Some(block) = imported.next().await {
		if !block.is_new_best {
			continue;
		}
		match sc_consensus_aura::standalone::slot_duration_at(client, block.hash) {
			Ok(slots) if slots != now => return slots,
			Ok(_) => {}
			Err(error) => {
				log::warn!(target: "aura", "cannot read the length of a slot: {error}");
			}
		}
	}
	futures::future::pending().await
}

/// Starts to author blocks in this validator's slots.
fn author(params: &Params<'_>) -> Result<(), ServiceError> {
	let start = author_with(params);
	let client = params.chain.client.clone();
	// Subscribes before the first check, so that no change falls between them.
	let mut imported = client.import_notification_stream();
	let mut slots = sc_consensus_aura::slot_duration(&*client)?;
	let mut aura = start(slots)?;
	let authoring = async move {
		loop {
			let next = changed(&client, &mut imported, slots);
			futures::pin_mut!(next);
			slots = match select(aura, next).await {
				Either::Left(_) => break,
				Either::Right((slots, _)) => slots,
			};
			log::info!("A slot takes {} ms from now on", slots.as_millis());
			aura = match start(slots) {
				Ok(aura) => aura,
				Err(error) => {
					log::error!("can no longer author blocks: {error}");
					break;
				}
			};
		}
	};
	params.tasks.spawn_essential_handle().spawn_blocking(
		"aura",
		Some("block-authoring"),
		authoring,
	);
	Ok(())
}

/// Returns the function that authors blocks in slots of a given duration.
fn author_with(
	params: &Params<'_>,
) -> impl Fn(SlotDuration) -> Result<BoxFuture<'static, ()>, sp_consensus::Error> + Send + 'static {
	let Params { config, chain, sync, telemetry, tasks, .. } = params;
	let mut proposer_factory = sc_basic_authorship::ProposerFactory::new(
		tasks.spawn_handle(),
		chain.client.clone(),
		Arc::new(Kept::new(chain.pool.clone())),
		config.prometheus_registry(),
		telemetry.clone(),
	);
	proposer_factory.set_soft_deadline(SKIPPING);
	let proposer_factory = Paced::new(proposer_factory);
	let (client, keystore) = (chain.client.clone(), chain.keystore.clone());
	let (select_chain, block_import) = (params.select_chain.clone(), params.block_import.clone());
	let (sync, telemetry, force_authoring) =
		(sync.clone(), telemetry.clone(), config.force_authoring);
	move |slot_duration: SlotDuration| {
		sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
			slot_duration,
			client: client.clone(),
			select_chain: select_chain.clone(),
			block_import: block_import.clone(),
			proposer_factory: proposer_factory.clone(),
			create_inherent_data_providers: move |_, ()| async move {
				let timestamp = TimestampProvider::from_system_time();
				let slot =
					SlotProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration);
				Ok((slot, timestamp))
			},
			force_authoring,
			backoff_authoring_blocks: None::<()>,
			keystore: keystore.clone(),
			sync_oracle: sync.clone(),
			justification_sync_link: sync.clone(),
			block_proposal_slot_portion: SlotProportion::new(PROPOSAL_PORTION),
			max_block_proposal_slot_portion: Some(SlotProportion::new(PROPOSAL_PORTION_MAX)),
			telemetry: telemetry.clone(),
			compatibility_mode: Default::default(),
		})
		.map(|aura| aura.boxed())
	}
}

/// Starts to follow the votes on finality, and to vote with the keys of a keystore.
fn vote(params: Params<'_>, keystore: Option<KeystorePtr>) -> Result<(), ServiceError> {
	let Params { config, chain, link, network, sync, finality, votes, telemetry, tasks, .. } =
		params;
	let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
		config: sc_consensus_grandpa::Config {
			gossip_duration: GOSSIP_PERIOD,
			justification_generation_period: JUSTIFICATION_PERIOD,
			name: Some(config.network.node_name.clone()),
			observer_enabled: false,
			keystore,
			local_role: config.role,
			telemetry: telemetry.clone(),
			protocol_name: finality.protocol,
		},
		link,
		network,
		sync,
		notification_service: finality.notifications,
		// The best block: see ADR 20.
		voting_rule: (),
		prometheus_registry: config.prometheus_registry().cloned(),
		shared_voter_state: votes,
		telemetry,
		offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(chain.pool.clone()),
	})?;
	tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	Ok(())
}

/// Returns the keystore for voting, which is silent while the node abstains, and starts the task
/// that ends the abstention.
fn voting_keys(params: &Params<'_>) -> Result<KeystorePtr, ServiceError> {
	let Params { config, chain, may_have_voted, sync, tasks, .. } = params;
	let folder = folder(config);
	let (client, sync) = (chain.client.clone(), sync.clone());
	let poll = move || view(client.clone(), sync.clone());
	let genesis = chain.client.info().genesis_hash;
	let remembers = config.dev_key_seed.is_none().then_some(genesis.as_bytes());
	let keys = chain.keystore.clone();
	let (keystore, watch) = abstain::voter(&folder, remembers, keys, *may_have_voted, poll)?;
	// After the beginning of an abstention is on disk.
	Marked::new(&*chain.client, &folder).mark()?;
	tasks.spawn_handle().spawn("salus-votes", Some("salus"), watch);
	Ok(keystore)
}

/// Returns the progress of the chain, as seen by this node.
fn view(
	client: Arc<FullClient>,
	sync: Arc<SyncingService<Block>>,
) -> BoxFuture<'static, abstain::View> {
	let info = client.info();
	// A block from the future means that this clock is wrong, and proves nothing.
	let age = final_time(&client, info.finalized_hash)
		.and_then(|made| since_1970().checked_sub(Duration::from_millis(made)));
	async move {
		let status = sync.status().await.ok();
		abstain::View::new(
			status.filter(|_| !sync.is_offline() && !sync.is_major_syncing()).map(|status| {
				abstain::Peers { number: status.num_peers, ahead: status.best_seen_block }
			}),
			info.best_number,
			info.finalized_number,
			age,
		)
	}
	.boxed()
}

/// Returns when a block was made, by its slot, in milliseconds since 1970. `None` for the first
/// block of the chain.
fn final_time(client: &FullClient, hash: Hash) -> Option<u64> {
	let header = client.header(hash).ok()??;
	if header.number == 0 {
		return None;
	}
	let slot = find_pre_digest::<Block, AuthoritySignature>(&header).ok()?;
	let duration = slot_duration_at(client, hash).ok()?;
	Some(slot.saturating_mul(duration.as_millis()))
}
