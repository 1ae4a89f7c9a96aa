//! The node: its report about itself, and its operator's requests.

use salus_ipfs::Cid;
use salus_primitives::{RecordId, Version};
use serde::{Deserialize, Serialize};
use subxt::rpcs::rpc_params;

use super::rpc::RpcError;
use crate::{Account, Client};

/// Result of an eviction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eviction {
	/// Root of the version.
	pub root: salus_primitives::Cid,
	/// Size of the removed part of the version, in bytes.
	pub freed: u64,
	/// Part of the version that stays at the node, if any.
	pub kept: Option<Kept>,
}

/// Part of a version that an eviction leaves in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kept {
	/// A complete copy.
	Copy,
	/// An upload by a member.
	Upload,
}

/// A version of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionOf {
	/// The record.
	pub record: RecordId,
	/// The version.
	pub version: Version,
}

/// A node's report about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
	/// Version of the node's software.
	pub version: String,
	/// Account that confirms what the node stores. It is admitted as a storage node.
	pub storage_account: Account,
	/// Addresses at which it listens for peers.
	#[serde(default)]
	pub multiaddrs: Vec<String>,
	/// Where the node keeps its blocks.
	pub ipfs: IpfsInfo,
	/// Number of versions with lost blocks that no other node returned at the last attempt.
	#[serde(default)]
	pub damaged: u64,
}

/// Where a node keeps its blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpfsInfo {
	/// `embedded` or `kubo`.
	pub mode: String,
	/// Address of the Kubo RPC API, as the node reaches it.
	pub url: String,
}

impl Client {
	/// Returns what the node reports about itself.
	pub async fn node_info(&self) -> Result<NodeInfo, RpcError> {
		self.request("salus_nodeInfo", rpc_params![]).await
	}

	/// Makes the node stop copying a version, and remove the part that it has copied. For its
	/// operator.
	pub async fn evict(&self, record: RecordId, version: Version) -> Result<Eviction, RpcError> {
		self.request("salus_evict", rpc_params![record, version]).await
	}

	/// Makes the node copy an evicted version again. Returns `false` if it was not evicted. For its
	/// operator.
	pub async fn readmit(&self, record: RecordId, version: Version) -> Result<bool, RpcError> {
		self.request("salus_readmit", rpc_params![record, version]).await
	}

	/// Returns the versions that the node does not copy. For its operator.
	pub async fn evicted(&self) -> Result<Vec<VersionOf>, RpcError> {
		self.request("salus_evicted", rpc_params![]).await
	}

	/// Returns a block of the node, in base64.
	pub(crate) async fn get_block(&self, cid: &Cid) -> Result<Option<String>, RpcError> {
		self.request("salus_getBlock", rpc_params![cid]).await
	}
}
