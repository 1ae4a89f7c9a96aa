//! The parameters of all methods: libraries' parameters are accepted, longer ones are refused.

use super::*;
use crate::{
	cli::Cli,
	executor,
	ipfs::testing,
	rpc::proofs,
	rpc::{create_own, GrandpaDeps, OwnDeps, SalusDeps},
};
use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
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
			sc_consensus_grandpa::block_import(client.clone(), 512, &client, select, None).unwrap();
		let set = link.shared_authority_set().clone();
		let spawner: SubscriptionTaskExecutor = Arc::new(tasks.spawn_handle());
		let own = OwnDeps {
			salus: SalusDeps {
				client: client.clone(),
				ipfs: testing::ipfs(folder.path(), Default::default()),
				network: None,
				others: None,
				shares: Arc::default(),
				changes: Arc::default(),
				proofs: Arc::new(proofs::Database::new(
					client.clone(),
					backend.clone(),
					set.clone(),
					config.chain_spec.cloned_box(),
				)),
			},
			pool: pool.clone(),
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
		let own = create_own(own, spawner.clone()).unwrap();
		let (requests, mut asked) = sc_utils::mpsc::tracing_unbounded("requests", 10);
		tokio::spawn(async move {
			use futures::StreamExt;
			while asked.next().await.is_some() {}
		});
		let deps = SdkDeps {
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

/// One test for all, because building the node's genesis takes long.
#[tokio::test(flavor = "multi_thread")]
async fn methods_take_what_libraries_send_and_nothing_longer() {
	let node = Node::new();
	the_runtimes_code_is_given_in_base64(&node).await;
	longer_parameters_are_refused(&node).await;
	parameters_of_libraries_are_taken(&node).await;
}

async fn the_runtimes_code_is_given_in_base64(node: &Node) {
	let result = |answer: String| {
		let mut answer: Value = serde_json::from_str(&answer).unwrap();
		answer["result"].take()
	};
	let stored = result(node.call("state_getStorage", &json!(["0x3a636f6465"])).await);
	let stored = stored.as_str().and_then(|code| code.strip_prefix("0x")).unwrap();
	let given = result(node.call("salus_runtimeCode", &json!([])).await);
	let given = given.as_str().unwrap();
	assert_eq!(BASE64.decode(given).unwrap(), hex::decode(stored).unwrap());
	assert!(given.len() * 3 <= stored.len() * 2 + 9, "{} of {}", given.len(), stored.len());
	// Of a named block, and of none.
	let first = result(node.call("chain_getBlockHash", &json!([0])).await);
	assert_eq!(result(node.call("salus_runtimeCode", &json!([first])).await), given);
	let other = format!("0x{}", "07".repeat(32));
	let refused = node.call("salus_runtimeCode", &json!([other])).await;
	assert!(refused.contains("9050"), "{refused:.300}");
}

async fn longer_parameters_are_refused(node: &Node) {
	let names: Vec<&str> = node.module.method_names().collect();
	for family in ["chain_", "state_", "author_", "archive_v1_", "salus_", "grandpa_"] {
		assert!(names.iter().any(|name| name.starts_with(family)), "{family}");
	}
	for alias in ["system_accountNextIndex", "account_nextIndex", "system_dryRunAt"] {
		assert!(names.contains(&alias), "{alias}");
	}
	// Decoding a base-58 account of this length takes minutes.
	let account = "5".repeat(1_000_000);
	let numbers: Vec<u32> = (0..300_000).collect();
	let keys = vec!["0x"; 100_000];
	// The runtime's code, in megabytes.
	let code = json!([["0x3a636f6465", "3A636F6465"]]);
	let answer = node.call("state_subscribeStorage", &code).await;
	assert!(answer.contains("-32602"), "{answer:.300}");
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
			assert!(took < Duration::from_secs(30), "{name}: {took:?}");
			assert!(answer.contains(refused), "{name}: {answer}");
			assert!(answer.len() < 2_000, "{name}: {} bytes", answer.len());
		}
	}
}

/// Calls as polkadot.js, PAPI and subxt make them.
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
		(
			"state_subscribeStorage",
			json!([(0..250).map(|number| format!("{key}{number:02x}")).collect::<Vec<_>>()]),
		),
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
