//! The JSON-RPC server, with the SDK's methods and the node's own.
//!
//! The SDK's `spawn_tasks` would add its methods without the node's control, and nothing could
//! limit their parameters ([`brief`](super::brief)). So the methods are assembled here, and all of
//! them pass through that module.

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
	brief,
	serve::{self, Limits},
};
use crate::{FullBackend, FullClient, FullPool};

/// Maximum number of transactions that one connection broadcasts at a time, as in the SDK.
const BROADCASTS: usize = 16;

/// Dependencies of the SDK's methods.
pub struct Deps {
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
	deps: Deps,
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
	deps: Deps,
	own: RpcModule<()>,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Error> {
	let registry = config.prometheus_registry();
	let metrics = registry.map(TransactionMetrics::new).transpose()?;
	let module = merged(config, deps, own, executor, metrics)
		.and_then(brief::briefly)
		.map_err(|error| Error::Application(error.into()))?;
	Ok(module)
}

fn merged(
	config: &Configuration,
	deps: Deps,
	own: RpcModule<()>,
	executor: SubscriptionTaskExecutor,
	metrics: Option<TransactionMetrics>,
) -> Result<RpcModule<()>, jsonrpsee::core::RegisterMethodError> {
	let Deps { client, backend, pool, keystore, system, sync } = deps;
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
mod tests {
	use super::*;
	use crate::{
		cli::Cli,
		executor,
		ipfs::testing,
		rpc::{create_full, FullDeps, GrandpaDeps},
	};
	use clap::Parser;
	use sc_cli::CliConfiguration;
	use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState};
	use sc_service::TaskManager;
	use serde_json::{json, Value};
	use std::time::{Duration, Instant};

	/// Methods whose parameters may have any length, because they are transactions or runtime
	/// calls.
	const LARGE: [&str; 15] = [
		"author_removeExtrinsic",
		"author_submitAndWatchExtrinsic",
		"author_submitExtrinsic",
		"archive_v1_call",
		"chainHead_v1_call",
		"offchain_localStorageSet",
		"payment_queryFeeDetails",
		"payment_queryInfo",
		"salus_stageBlocks",
		"state_call",
		"state_callAt",
		"state_callRecorded",
		"system_dryRun",
		"transactionWatch_v1_submitAndWatch",
		"transaction_v1_broadcast",
	];

	/// All methods of a development node.
	struct Node {
		module: RpcModule<()>,
		_folder: tempfile::TempDir,
		_tasks: TaskManager,
	}

	impl Node {
		fn new() -> Self {
			let folder = tempfile::tempdir().unwrap();
			let base = folder.path().to_str().unwrap();
			let line = ["salus-node", "--dev", "--base-path", base];
			// An archive has additional methods.
			let pruning = ["--state-pruning=archive", "--blocks-pruning=archive"];
			let cli = Cli::parse_from(line.iter().chain(&pruning));
			let handle = tokio::runtime::Handle::current();
			let config = cli.run.base.create_configuration(&cli, handle).unwrap();
			let executor = executor::executor(&config, None).unwrap();
			let (client, backend, keystore, tasks) = sc_service::new_full_parts::<
				Block,
				salus_runtime::apis::RuntimeApi,
				_,
			>(&config, None, executor, Vec::new())
			.unwrap();
			let client = Arc::new(client);
			let pool = sc_transaction_pool::Builder::new(
				tasks.spawn_essential_handle(),
				client.clone(),
				true.into(),
			)
			.with_options(config.transaction_pool.clone())
			.build();
			let pool = Arc::new(pool);
			let select = sc_consensus::LongestChain::new(backend.clone());
			let (_, link) =
				sc_consensus_grandpa::block_import(client.clone(), 512, &client, select, None)
					.unwrap();
			let set = link.shared_authority_set().clone();
			let spawner: SubscriptionTaskExecutor = Arc::new(tasks.spawn_handle());
			let own = FullDeps {
				client: client.clone(),
				pool: pool.clone(),
				ipfs: testing::ipfs(folder.path(), Default::default()),
				network: None,
				others: None,
				shares: Arc::default(),
				grandpa: GrandpaDeps {
					shared_voter_state: SharedVoterState::empty(),
					shared_authority_set: set.clone(),
					justification_stream: link.justification_stream(),
					finality_provider: FinalityProofProvider::new_for_service(
						backend.clone(),
						Some(set),
					),
				},
			};
			let own = create_full(own, spawner.clone()).unwrap();
			let (requests, mut asked) = sc_utils::mpsc::tracing_unbounded("requests", 10);
			tokio::spawn(async move {
				use futures::StreamExt;
				while asked.next().await.is_some() {}
			});
			let deps = Deps {
				client,
				backend,
				pool,
				keystore: keystore.keystore(),
				system: System::new(system_info(&config), requests),
				sync: Arc::new(sp_consensus::NoNetwork),
			};
			let mut module = methods(&config, deps, own, spawner).unwrap();
			module.extensions_mut().insert(sc_rpc::DenyUnsafe::No);
			Self { module, _folder: folder, _tasks: tasks }
		}

		async fn call(&self, method: &str, params: &Value) -> String {
			let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
			let request = request.to_string();
			let called = self.module.raw_json_request(&request, 1);
			let (answer, _) = called.await.unwrap();
			answer
		}
	}

	/// One test for both, because the node's genesis takes long to build.
	#[tokio::test(flavor = "multi_thread")]
	async fn methods_take_what_libraries_send_and_nothing_longer() {
		let node = Node::new();
		longer_parameters_are_refused(&node).await;
		parameters_of_libraries_are_taken(&node).await;
	}

	async fn longer_parameters_are_refused(node: &Node) {
		let names: Vec<&str> = node.module.method_names().collect();
		for family in ["chain_", "state_", "author_", "archive_v1_", "salus_", "grandpa_"] {
			assert!(names.iter().any(|name| name.starts_with(family)), "{family}");
		}
		for alias in ["system_accountNextIndex", "account_nextIndex", "system_dryRunAt"] {
			assert!(names.contains(&alias), "{alias}");
		}
		// Reading base 58 of this length takes minutes.
		let account = "5".repeat(1_000_000);
		let numbers: Vec<u32> = (0..300_000).collect();
		let keys = vec!["0x"; 100_000];
		let refused = "-32602";
		for name in names {
			let is_large = LARGE.contains(&name) || name == "system_dryRunAt";
			for (params, bounded) in [
				(json!([account]), !is_large),
				(json!({ "account": account }), !is_large),
				(json!([1, [account]]), !is_large),
				(json!([numbers]), true),
				(json!([keys]), true),
				(json!([{ "keys": keys }]), true),
			] {
				if !bounded {
					continue;
				}
				let start = Instant::now();
				let answer = node.call(name, &params).await;
				let took = start.elapsed();
				assert!(took < Duration::from_secs(10), "{name}: {took:?}");
				assert!(answer.contains(refused), "{name}: {answer}");
				assert!(answer.len() < 2_000, "{name}: {} bytes", answer.len());
			}
		}
	}

	/// Calls like those of polkadot.js, PAPI and subxt.
	async fn parameters_of_libraries_are_taken(node: &Node) {
		let account = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		let key = format!("0x{}", "26aa394eea5630e07c48ae0c9558cef7".repeat(8));
		let call = format!("0x{}", "00".repeat(2_000_000));
		for (name, params) in [
			("system_accountNextIndex", json!([account])),
			("account_nextIndex", json!([account])),
			("chain_getBlockHash", json!([(0..1_000).collect::<Vec<u32>>()])),
			("chain_getBlockHash", json!(["0x0"])),
			("state_getStorage", json!([key])),
			("state_queryStorageAt", json!([vec![key.clone(); 1_000]])),
			("state_getKeysPaged", json!([key, 1_000, key])),
			("state_call", json!(["Core_version", call])),
			("state_getMetadata", json!([])),
			("salus_memberships", json!([account])),
		] {
			let answer = node.call(name, &params).await;
			assert!(!answer.contains("-32602"), "{name}: {:.300}", answer);
		}
		// A text of this size is read, and is not a transaction.
		let answer = node.call("author_submitExtrinsic", &json!([call])).await;
		assert!(answer.contains("error") && !answer.contains("-32602"), "{answer:.300}");
	}
}
