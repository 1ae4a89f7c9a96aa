//! Staging by hand, as an integration that does not use the SDK does it.

use crate::node::{Node, RpcError};
use base64::{engine::general_purpose::STANDARD, Engine};
use salus_ipfs::{unixfs, Block, Cid, Codec};
use salus_primitives::StagingTicket;
use serde_json::{json, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use subxt_signer::sr25519::Keypair;

/// A file cut into blocks, with what a ticket for it says.
pub struct Upload {
	/// Every block, parents before children.
	pub blocks: Vec<Block>,
	/// The root.
	pub root: Cid,
	/// Length of the file.
	pub size: u64,
}

impl Upload {
	/// Cuts bytes into blocks.
	pub fn of(bytes: &[u8]) -> Self {
		let mut leaves = Vec::new();
		let dag = unixfs::build(bytes, |block| {
			leaves.push(block);
			Ok(())
		})
		.expect("memory can be read");
		let mut blocks = dag.nodes.clone();
		blocks.extend(leaves.into_iter().filter(|leaf| leaf.cid.codec() == Codec::Raw));
		Self { blocks, root: dag.root, size: dag.size }
	}
}

/// Milliseconds since the Unix epoch.
pub fn now() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// The genesis hash of a node's chain.
pub async fn genesis(node: &Node) -> [u8; 32] {
	let answer =
		node.rpc("chain_getBlockHash", json!([0])).await.expect("the genesis block is there");
	let text = answer.as_str().expect("a hash is a text");
	hex::decode(&text[2..]).expect("a hash is hex").try_into().expect("a hash has 32 bytes")
}

/// A ticket for an upload, good for an hour.
pub fn ticket(genesis: [u8; 32], owner: &Keypair, upload: &Upload) -> StagingTicket<[u8; 32]> {
	StagingTicket {
		genesis,
		account: owner.public_key().0,
		root: salus_primitives::Cid(upload.root.to_bytes()),
		size: upload.size,
		expires: now() + 3_600_000,
	}
}

/// A signed ticket as JSON. The signer need not be the account that the ticket names.
pub fn signed(ticket: &StagingTicket<[u8; 32]>, signer: &Keypair) -> Value {
	let account = subxt_signer::sr25519::PublicKey(ticket.account).to_account_id();
	json!({
		"ticket": {
			"genesis": format!("0x{}", hex::encode(ticket.genesis)),
			"account": account.to_string(),
			"root": ticket.root.to_string(),
			"size": ticket.size,
			"expires": ticket.expires,
		},
		"signature": format!("0x{}", hex::encode(signer.sign(&ticket.to_sign()).0)),
	})
}

/// A block as JSON carries it.
pub fn block(block: &Block) -> Value {
	raw_block(&block.cid.to_string(), &block.data)
}

/// Bytes under any name.
pub fn raw_block(cid: &str, bytes: &[u8]) -> Value {
	json!({ "cid": cid, "data": base64(bytes) })
}

/// RFC 4648 with padding.
pub fn base64(bytes: &[u8]) -> String {
	STANDARD.encode(bytes)
}

/// The bytes behind [`base64`].
pub fn from_base64(text: &str) -> Vec<u8> {
	STANDARD.decode(text).expect("the node sends proper base64")
}

/// Stages blocks.
pub async fn stage(node: &Node, ticket: &Value, blocks: &[Value]) -> Result<Value, RpcError> {
	node.rpc("salus_stageBlocks", json!([ticket, blocks])).await
}

/// What an upload lacks.
pub async fn missing(node: &Node, ticket: &Value) -> Result<Value, RpcError> {
	node.rpc("salus_missingBlocks", json!([ticket, 1024])).await
}
