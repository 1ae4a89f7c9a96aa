//! Staging without the SDK, as some integrations do it.

use crate::{node::RpcError, Node};
use base64::{engine::general_purpose::STANDARD, Engine};
use salus_ipfs::{unixfs, Block, Cid, Codec};
use salus_primitives::StagingTicket;
use serde_json::{json, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use subxt_signer::sr25519::Keypair;

/// A file cut into blocks, with the facts that a ticket for it states.
pub struct Upload {
	/// All blocks, parents before children.
	pub blocks: Vec<Block>,
	/// CID of the root.
	pub root: Cid,
	/// Length of the file, in bytes.
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

/// Returns the milliseconds since the Unix epoch.
pub fn now() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Returns a ticket for an upload that expires in an hour.
pub fn ticket(genesis: [u8; 32], owner: &Keypair, upload: &Upload) -> StagingTicket<[u8; 32]> {
	StagingTicket {
		genesis,
		account: owner.public_key().0,
		root: salus_primitives::Cid(upload.root.to_bytes()),
		size: upload.size,
		expires: now() + 3_600_000,
	}
}

/// Signs a ticket, and returns it as JSON. The signer need not be the account that the ticket
/// names.
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

/// Returns a block as JSON.
pub fn block(block: &Block) -> Value {
	raw_block(&block.cid.to_string(), &block.data)
}

/// Returns bytes with any CID as JSON.
pub fn raw_block(cid: &str, bytes: &[u8]) -> Value {
	json!({ "cid": cid, "data": base64(bytes) })
}

/// Encodes bytes by RFC 4648, with padding.
pub fn base64(bytes: &[u8]) -> String {
	STANDARD.encode(bytes)
}

/// Decodes what [`base64()`] encodes.
pub fn from_base64(text: &str) -> Vec<u8> {
	STANDARD.decode(text).expect("the node sends proper base64")
}

/// Stages blocks.
pub async fn stage(node: &Node, ticket: &Value, blocks: &[Value]) -> Result<Value, RpcError> {
	node.rpc("salus_stageBlocks", json!([ticket, blocks])).await
}

/// Asks which blocks an upload lacks.
pub async fn missing(node: &Node, ticket: &Value) -> Result<Value, RpcError> {
	node.rpc("salus_missingBlocks", json!([ticket, 1024])).await
}
