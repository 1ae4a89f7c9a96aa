//! Questions to a node about its chain, and waits until the chain has come that far.

use crate::{eventually, Node};
use serde_json::{json, Value};

/// Number of blocks after a node's newest one for which other validators may have voted already.
pub const LAST_VOTES: u64 = 3;

/// Returns the number in a block's header.
pub fn number(header: &Value) -> u64 {
	let number = header["number"].as_str().expect("hex");
	u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("hex")
}

/// Returns the number of the newest block.
pub async fn best(node: &Node) -> u64 {
	number(&node.ask("chain_getHeader", json!([])).await)
}

/// Returns the number of the last final block.
pub async fn finalised(node: &Node) -> u64 {
	let hash = node.ask("chain_getFinalizedHead", json!([])).await;
	number(&node.ask("chain_getHeader", json!([hash])).await)
}

/// Returns the hash of a block by its number; null if there is none.
pub async fn hash(node: &Node, block: u64) -> Value {
	node.ask("chain_getBlockHash", json!([block])).await
}

/// Returns the hash of the first block.
pub async fn genesis(node: &Node) -> [u8; 32] {
	let hash = hash(node, 0).await;
	let text = hash.as_str().expect("a hash is a text");
	hex::decode(&text[2..]).expect("a hash is hex").try_into().expect("a hash has 32 bytes")
}

/// Waits until this number of blocks is produced, final or not.
pub async fn grows_by(node: &Node, blocks: u64) {
	let before = best(node).await;
	eventually("blocks are produced", || async {
		(best(node).await >= before + blocks).then_some(())
	})
	.await;
}

/// Waits until a block after this one is final.
pub async fn finalises_beyond(node: &Node, block: u64) {
	eventually("blocks are final", || async { (finalised(node).await > block).then_some(()) })
		.await;
}

/// Returns the last block that can become final if only these validators are left, and are too few
/// for more.
///
/// It is not counted from the last final block, because a busy network finalises several blocks
/// later than it produces them; nor from one node's best block, because a node that stood still
/// lacks blocks for which the others have voted.
pub async fn last_votable(left: &[&Node]) -> u64 {
	let mut newest = 0;
	for node in left {
		newest = newest.max(best(node).await);
	}
	newest + LAST_VOTES
}

/// Waits until a node's best block is later than this one, final or not.
pub async fn grows_beyond(node: &Node, block: u64) {
	eventually("blocks are produced", || async { (best(node).await > block).then_some(()) }).await;
}

/// Waits until a block is final for which nobody can have voted yet.
pub async fn keeps_finalising(node: &Node) {
	finalises_beyond(node, last_votable(&[node]).await).await;
}

/// Returns the first version of a record, as `salus_record` shows it; null if there is none.
pub async fn version(node: &Node, record: &str) -> Value {
	match node.rpc("salus_record", json!([record])).await {
		Ok(details) => details["versions"][0].clone(),
		Err(_) => Value::Null,
	}
}

/// Returns the state of a record's first version, such as `pending`.
pub async fn state(node: &Node, record: &str) -> Value {
	version(node, record).await["info"]["state"].clone()
}

/// Returns the CID of the first block of a record.
pub async fn root(node: &Node, record: &str) -> String {
	let version = version(node, record).await;
	version["info"]["content"]["root"].as_str().expect("a CID").to_owned()
}

/// Waits until a record is stored.
pub async fn becomes_stored(node: &Node, record: &str) {
	eventually(&format!("{record} is stored"), || async {
		(state(node, record).await == "stored").then_some(())
	})
	.await;
}

/// Returns the storage nodes that hold a record, as a list: one that confirmed twice is there
/// twice.
pub async fn holders(node: &Node, record: &str) -> Vec<String> {
	version(node, record).await["replicas"]
		.as_array()
		.into_iter()
		.flatten()
		.map(|replica| replica["node"].as_str().expect("an account").to_owned())
		.collect()
}

/// Returns whether a node itself holds a block, without asking others for it.
pub async fn has_block(node: &Node, cid: &str) -> bool {
	node.ask("salus_getBlock", json!([cid, true])).await != Value::Null
}

/// Waits until an epoch of the committee, or a later one, has its key in a final block. A client
/// reads final blocks, and does not know of a key that only the best block has.
pub async fn has_key_of(node: &Node, epoch: u64) {
	eventually("the committee has a key in a final block", || async {
		let head = node.rpc("chain_getFinalizedHead", json!([])).await.ok()?;
		let active = node.rpc("salus_activeEpoch", json!([head])).await.ok()?;
		(active.as_u64() >= Some(epoch)).then_some(())
	})
	.await;
}
