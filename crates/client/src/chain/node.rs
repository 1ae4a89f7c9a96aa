//! What a node is, and what its operator may have it do.

use salus_ipfs::Cid;
use salus_primitives::{RecordId, Version};
use serde::{Deserialize, Serialize};
use subxt::rpcs::rpc_params;

use super::rpc::RpcError;
use crate::{Account, Client};

/// What an eviction did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eviction {
	/// The root of the version.
	pub root: salus_primitives::Cid,
	/// Bytes of the part that the node had copied, which is gone.
	pub freed: u64,
	/// What stays at the node, if something does.
	pub kept: Option<Kept>,
}

/// What an eviction leaves where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kept {
	/// A copy that is complete.
	Copy,
	/// What a member uploads there.
	Upload,
}

/// A version of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionOf {
	/// The record.
	pub record: RecordId,
	/// Which of its versions.
	pub version: Version,
}

/// What a node is and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
	/// Version of the node.
	pub version: String,
	/// The account that confirms what the node stores, to be admitted as a storage node.
	pub storage_account: Account,
	/// Where it listens for peers.
	#[serde(default)]
	pub multiaddrs: Vec<String>,
	/// Where its blocks live.
	pub ipfs: IpfsInfo,
	/// Versions of which it lost blocks that no other node gave back at the last attempt.
	#[serde(default)]
	pub damaged: u64,
}

/// Where a node's blocks live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpfsInfo {
	/// `embedded` or `kubo`.
	pub mode: String,
	/// Address of the Kubo RPC API, as the node reaches it.
	pub url: String,
}

impl Client {
	/// What the node is and what it takes.
	pub async fn node_info(&self) -> Result<NodeInfo, RpcError> {
		self.request("salus_nodeInfo", rpc_params![]).await
	}

	/// Has the node not copy a version any more, and remove the part of it that it copied. For its operator.
	pub async fn evict(&self, record: RecordId, version: Version) -> Result<Eviction, RpcError> {
		self.request("salus_evict", rpc_params![record, version]).await
	}

	/// Has the node copy an evicted version again, if it should. `false` if it was not evicted. For its operator.
	pub async fn readmit(&self, record: RecordId, version: Version) -> Result<bool, RpcError> {
		self.request("salus_readmit", rpc_params![record, version]).await
	}

	/// The versions that the node does not copy. For its operator.
	pub async fn evicted(&self) -> Result<Vec<VersionOf>, RpcError> {
		self.request("salus_evicted", rpc_params![]).await
	}

	/// A block that the node has, in base64.
	pub(crate) async fn get_block(&self, cid: &Cid) -> Result<Option<String>, RpcError> {
		self.request("salus_getBlock", rpc_params![cid]).await
	}
}
