//! The node: its report about itself, and its operator's requests.

use salus_ipfs::Cid;
use salus_primitives::{
	node::{Eviction, NodeInfo, VersionOf},
	RecordId, Version,
};
use subxt::rpcs::rpc_params;

use super::rpc::RpcError;
use crate::{Account, Client};

impl Client {
	/// Returns what the node reports about itself.
	pub async fn node_info(&self) -> Result<NodeInfo<Account>, RpcError> {
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
