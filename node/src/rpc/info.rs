//! The method that describes this node.

use std::sync::Arc;

use jsonrpsee::proc_macros::rpc;
use salus_ipfs::{staging::Limits, MAX_BLOCK, MAX_LEAF};
use salus_primitives::{
	node::{IpfsInfo, LimitsInfo, NodeInfo, StagingInfo},
	Hash32,
};
use salus_runtime::{opaque::Block, AccountId};
use sc_network::service::traits::NetworkService;
use sp_blockchain::HeaderBackend;

use super::{
	error::RpcError,
	ticket,
	uploads::{MAX_BLOCKS, MAX_BYTES, MAX_MISSING},
};
use crate::ipfs::{Ipfs, Mode};

/// Methods that describe this node.
#[rpc(server, namespace = "salus")]
pub trait InfoApi {
	/// Returns the properties and limits of this node.
	#[method(name = "nodeInfo", blocking)]
	fn node_info(&self) -> Result<NodeInfo<AccountId>, RpcError>;
}

/// Description of this node, over its IPFS side and its network.
pub struct Info {
	ipfs: Arc<Ipfs>,
	network: Option<Arc<dyn NetworkService>>,
	genesis: Hash32,
}

impl Info {
	/// Creates the methods. Without a network, `nodeInfo` names no addresses.
	pub fn new(
		client: &impl HeaderBackend<Block>,
		ipfs: Arc<Ipfs>,
		network: Option<Arc<dyn NetworkService>>,
	) -> Self {
		Self { ipfs, network, genesis: client.info().genesis_hash.into() }
	}
}

impl InfoApiServer for Info {
	fn node_info(&self) -> Result<NodeInfo<AccountId>, RpcError> {
		let staging = self.ipfs.staging();
		let store = self.ipfs.store();
		let peer_id = self.network.as_ref().map(|network| network.local_peer_id().to_string());
		let multiaddrs = self.network.iter().flat_map(|network| {
			let addresses = [network.external_addresses(), network.listen_addresses()].concat();
			addresses.into_iter().map(|address| address.to_string())
		});
		let multiaddrs = with_peer_id(multiaddrs, peer_id.as_deref());
		let mode = match self.ipfs.mode() {
			Mode::Embedded => "embedded",
			Mode::Kubo(_) => "kubo",
		};
		Ok(NodeInfo {
			version: env!("CARGO_PKG_VERSION").into(),
			genesis: self.genesis,
			storage_account: self.ipfs.storage_account().clone(),
			peer_id,
			multiaddrs,
			ipfs: IpfsInfo {
				mode: mode.into(),
				url: self.ipfs.endpoints().ipfs.clone(),
				blocks: store.map(|store| store.len()),
				bytes: store.map(|store| store.total_size()),
			},
			limits: limits_info(staging.limits()),
			staging: StagingInfo {
				used: staging.used(),
				stored: staging.stored_bytes(),
				uploads: staging.list().len() as u64,
			},
			damaged: self.ipfs.damaged(),
		})
	}
}

/// Returns the limits of uploads, as clients see them.
fn limits_info(limits: &Limits) -> LimitsInfo {
	LimitsInfo {
		blocks_per_call: MAX_BLOCKS as u32,
		bytes_per_call: MAX_BYTES as u64,
		leaf_bytes: MAX_LEAF as u64,
		block_bytes: MAX_BLOCK as u64,
		missing_per_call: MAX_MISSING,
		ticket_lifetime: ticket::MAX_LIFETIME_MS,
		upload_bytes: limits.upload_bytes,
		organisation_bytes: limits.organisation_bytes,
		total_bytes: limits.total_bytes,
		uploads: limits.uploads as u64,
	}
}

/// Returns the addresses as `ipfs swarm connect` takes them, without duplicates.
fn with_peer_id(addresses: impl Iterator<Item = String>, peer_id: Option<&str>) -> Vec<String> {
	let mut complete: Vec<String> = Vec::new();
	for address in addresses {
		let address = match peer_id {
			Some(peer_id) if !address.contains("/p2p/") => format!("{address}/p2p/{peer_id}"),
			_ => address,
		};
		if !complete.contains(&address) {
			complete.push(address);
		}
	}
	complete
}
