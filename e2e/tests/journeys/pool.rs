//! A hospital's system hands in thousands of transactions at once, over several connections.

use futures::future::join_all;
use salus_e2e::{binary_folder, chain, eventually, skip, Node, NodeOptions};
use serde_json::json;
use std::{
	process::Command,
	time::{Duration, Instant},
};

/// Number of registrations, by several authors.
const TRANSACTIONS: usize = 2_000;

/// Number of connections. Each author's transactions are spread over them, and arrive out of order.
const CONNECTIONS: usize = 4;

/// Number of consecutive blocks. While registrations wait, at least one of these blocks has one.
const IDLE_BLOCKS: u64 = 20;

/// Shortest answer of a node that is too busy for this test: a block.
///
/// By its source, the SDK's pool remembers for two blocks what went into blocks. If it takes longer
/// to check a transaction, it waits for the account's previous one, which has long been in a block.
const TOO_SLOW: Duration = Duration::from_secs(1);

/// Returns the transactions that the runtime's example `load` signs for this chain.
fn signed(genesis: &[u8; 32], arguments: &[&str]) -> Vec<String> {
	let program = binary_folder().join("examples/load");
	assert!(program.exists(), "load is not built; run `cargo build --release --all-targets`");
	let (command, rest) = arguments.split_first().expect("a command");
	let genesis = format!("0x{}", hex::encode(genesis));
	let output = Command::new(program).arg(command).arg(genesis).args(rest).output();
	let output = output.expect("load can be started");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).expect("hex").lines().map(str::to_owned).collect()
}

/// Hands transactions in, one after the other, and returns the longest time to an answer.
async fn hand_in(node: &Node, transactions: impl IntoIterator<Item = &String>) -> Duration {
	let mut slowest = Duration::ZERO;
	for transaction in transactions {
		let start = Instant::now();
		node.ask("author_submitExtrinsic", json!([transaction])).await;
		slowest = slowest.max(start.elapsed());
	}
	slowest
}

/// Returns the number of registrations in blocks.
async fn registrations(node: &Node) -> usize {
	let status = node.ask("salus_storageStatus", json!([])).await;
	status["records"].as_u64().expect("a number of records") as usize
}

/// The SDK's fork-aware pool lost between 17 and 957 of these.
#[tokio::test(flavor = "multi_thread")]
async fn every_transaction_that_the_pool_accepts_gets_into_a_block() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let node = Node::start(folder.path(), NodeOptions::default());
	let genesis = chain::genesis(&node).await;
	hand_in(&node, &signed(&genesis, &["setup"])).await;
	eventually("the pool is empty", || async {
		let pending = node.ask("author_pendingExtrinsics", json!([])).await;
		pending.as_array().is_some_and(Vec::is_empty).then_some(())
	})
	.await;

	let count = TRANSACTIONS.to_string();
	let transactions = signed(&genesis, &["register", &count, "1", "0"]);
	assert_eq!(transactions.len(), TRANSACTIONS);
	let connections = (0..CONNECTIONS)
		.map(|first| hand_in(&node, transactions.iter().skip(first).step_by(CONNECTIONS)));
	let slowest = join_all(connections).await.into_iter().max().unwrap_or_default();
	let mut in_blocks = registrations(&node).await;
	while in_blocks < TRANSACTIONS {
		chain::grows_by(&node, IDLE_BLOCKS).await;
		let before = std::mem::replace(&mut in_blocks, registrations(&node).await);
		if in_blocks > before {
			continue;
		}
		let others = TRANSACTIONS - before;
		assert!(
			slowest > TOO_SLOW,
			"{IDLE_BLOCKS} blocks had none of the {others} others; no answer took longer than \
			 {slowest:?}"
		);
		return skip(&format!(
			"the machine is too busy for the test of the pool: an answer took {slowest:?}, and \
			 {others} transactions wait for others that are in blocks"
		));
	}
}
