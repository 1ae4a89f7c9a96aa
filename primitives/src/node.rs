//! A node's report about itself and its answers to its operator, as JSON-RPC shows them.

use crate::{Cid, Hash32, Moment, RecordId, Version};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Properties and limits of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo<AccountId> {
	/// Version of the node's software.
	pub version: String,
	/// Genesis hash of the chain, for tickets.
	#[serde(with = "crate::serde_hex")]
	pub genesis: Hash32,
	/// Account with which the node confirms what it stores, to be admitted as a storage node.
	pub storage_account: AccountId,
	/// PeerId of the node.
	pub peer_id: Option<String>,
	/// Addresses on which it listens for peers, with `/p2p/` and its PeerId, as
	/// `ipfs swarm connect` takes them.
	#[serde(default)]
	pub multiaddrs: Vec<String>,
	/// Storage of the blocks.
	pub ipfs: IpfsInfo,
	/// Limits of uploads.
	pub limits: LimitsInfo,
	/// Use of the staging area.
	pub staging: StagingInfo,
	/// Number of versions with blocks that this node lost and no other node returned at the last
	/// attempt.
	#[serde(default)]
	pub damaged: u64,
}

/// Storage of the blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpfsInfo {
	/// `embedded` or `kubo`.
	pub mode: String,
	/// Address of the Kubo RPC API, as the node reaches it.
	pub url: String,
	/// Number of blocks in the embedded store.
	pub blocks: Option<u64>,
	/// Number of bytes in the embedded store.
	pub bytes: Option<u64>,
}

/// Limits of uploads to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitsInfo {
	/// Maximum number of blocks in one call of `stageBlocks`.
	pub blocks_per_call: u32,
	/// Maximum number of bytes in one call of `stageBlocks`, decoded.
	pub bytes_per_call: u64,
	/// Maximum size of a leaf, in bytes.
	pub leaf_bytes: u64,
	/// Maximum size of any block, in bytes.
	pub block_bytes: u64,
	/// Maximum number of blocks that one call of `missingBlocks` names.
	pub missing_per_call: u32,
	/// Maximum lifetime of a ticket, in milliseconds.
	pub ticket_lifetime: Moment,
	/// Maximum size of one upload, in bytes.
	pub upload_bytes: u64,
	/// Maximum size of an organisation's uploads together, in bytes.
	pub organisation_bytes: u64,
	/// Maximum size of all uploads together, in bytes.
	pub total_bytes: u64,
	/// Maximum number of uploads.
	pub uploads: u64,
}

/// Use of the staging area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StagingInfo {
	/// Bytes charged for all uploads.
	pub used: u64,
	/// Bytes of the staged blocks.
	pub stored: u64,
	/// Number of uploads.
	pub uploads: u64,
}

/// A version of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionOf {
	/// Record that has the version.
	pub record: RecordId,
	/// Number of the version.
	pub version: Version,
}

/// Result of an eviction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eviction {
	/// Root of the version.
	pub root: Cid,
	/// Bytes of the removed part that this node had fetched.
	pub freed: u64,
	/// Content that stays on this node, if any.
	pub kept: Option<Kept>,
}

/// Content that an eviction does not remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kept {
	/// A complete copy, because a node that has the bytes keeps them.
	Copy,
	/// A member's upload.
	Upload,
}
