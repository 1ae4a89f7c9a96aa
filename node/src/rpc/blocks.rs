//! The method that serves single blocks, of this node and of others.

use std::{
	hash::{DefaultHasher, Hash, Hasher},
	sync::Arc,
};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use codec::Encode;
use jsonrpsee::{core::async_trait, proc_macros::rpc, Extensions};
use salus_ipfs::{fetch::BlockSource, Cid};
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::{
	error::RpcError,
	remote::{self, Remote},
	serve::in_turn,
	ticket,
	turns::Turns,
};
use crate::ipfs::Ipfs;

/// Maximum number of this node's blocks that are read at a time for clients, and for one of them.
/// Each is in memory before it counts for its connection.
const LOOKUPS: usize = 32;
const LOOKUPS_PER_CONNECTION: usize = 4;

/// Methods that serve blocks.
#[rpc(server, namespace = "salus")]
pub trait BlocksApi {
	/// Returns a block in base64, or `None` if nobody has it. The node looks in its own store (or
	/// its Kubo), then asks other nodes, unless `local` is true. It asks others only for roots that
	/// a storage node holds on the chain, and for blocks that a block served before links to.
	#[method(name = "getBlock", with_extensions)]
	async fn get_block(&self, cid: String, local: Option<bool>)
		-> Result<Option<String>, RpcError>;
}

/// Blocks over a client, the node's IPFS side and other nodes.
pub struct Blocks<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	others: Option<Remote>,
	lookups: Turns,
}

impl<C> Blocks<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Creates the methods. Without other nodes, `getBlock` reads only this node's blocks.
	pub fn new(client: Arc<C>, ipfs: Arc<Ipfs>, others: Option<Arc<dyn BlockSource>>) -> Self {
		let lookups = Turns::new(LOOKUPS, LOOKUPS_PER_CONNECTION);
		Self { client, ipfs, others: others.map(Remote::new), lookups }
	}

	/// Requests a block that this node does not have from other nodes.
	async fn request_from_others(
		&self,
		others: &Remote,
		extensions: &Extensions,
		cid: Cid,
	) -> Result<Option<Vec<u8>>, RpcError> {
		if others.is_missed_lately(&cid) {
			return Ok(None);
		}
		let connection = remote::connection(extensions);
		let holders = match others.is_known(connection, &cid) {
			true => None,
			false => {
				match in_turn(extensions, || self.holders(&cid)).await.transpose()?.flatten() {
					// Nobody holds it, or the connection has ended.
					None => return Ok(None),
					holders => holders,
				}
			}
		};
		Ok(others.ask(connection, cid, holders).await)
	}

	/// Returns a digest of the storage nodes that hold a root on the chain. It changes when they
	/// change. `None` if no node holds it.
	fn holders(&self, root: &Cid) -> Result<Option<u64>, RpcError> {
		let best = self.client.info().best_hash;
		let api = self.client.runtime_api();
		let Some(used) = api.root(best, salus_primitives::Cid(root.to_bytes()))? else {
			return Ok(None);
		};
		let versions = api.record(best, used.record)?.map(|record| record.versions);
		let mut versions = versions.into_iter().flatten();
		let version = versions.find(|details| details.version == used.version);
		let replicas = version.map(|details| details.replicas).unwrap_or_default();
		if replicas.is_empty() {
			return Ok(None);
		}
		let mut hasher = DefaultHasher::new();
		replicas.encode().hash(&mut hasher);
		Ok(Some(hasher.finish()))
	}
}

#[async_trait]
impl<C> BlocksApiServer for Blocks<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	async fn get_block(
		&self,
		extensions: &Extensions,
		cid: String,
		local: Option<bool>,
	) -> Result<Option<String>, RpcError> {
		let cid = ticket::parse_cid(&cid)?;
		let connection = remote::connection(extensions);
		let turn = self.lookups.acquire(connection).await;
		let own = self.ipfs.block(cid).await;
		drop(turn);
		let own = own.map_err(|error| RpcError::from(error).about(cid))?;
		let others = self.others.as_ref();
		let block = match (own, others) {
			(None, Some(others)) if local != Some(true) => {
				self.request_from_others(others, extensions, cid).await?
			}
			(own, _) => own,
		};
		if let (Some(block), Some(others)) = (&block, others) {
			others.learn(connection, &cid, block);
		}
		Ok(block.map(|data| BASE64.encode(data)))
	}
}
