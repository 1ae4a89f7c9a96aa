//! The reads of the runtime API [`SalusApi`], as methods of JSON-RPC.
//!
//! Each read returns the runtime's answer at the block `at`, or at the best block if `at` is left
//! out. The [table of reads](salus_primitives::for_each_read), in `primitives/src/reads.rs`,
//! declares them, and `docs/rpc.md` lists them with their answers. `ConvertedReadsApi` has those
//! that the table marks as converted, and `forward` registers the others. So the names of most
//! methods are in the table alone. This row, for example,
//!
//! ```text
//! /// Returns a record with its versions and their replicas.
//! "salus_record":
//! fn record(id: RecordId) -> Option<RecordDetails<AccountId>>;
//! ```
//!
//! becomes a method that `forward` registers:
//!
//! ```text
//! module.register_blocking_method("salus_record", |params, reads, _| {
//!     #[derive(Deserialize)]
//!     struct Params {
//!         id: RecordId,
//!         at: Option<Hash>,
//!     }
//!     let Params { id, at } = read_params(&params, |list| {
//!         Ok(Params { id: next(list)?, at: next(list)? })
//!     })?;
//!     Ok(reads.ask(at, |api, at| api.record(at, id))?)
//! })?
//! ```

#[cfg(test)]
mod documents;
mod forward;

use std::sync::Arc;

use jsonrpsee::{core::RegisterMethodError, proc_macros::rpc, RpcModule};
use salus_primitives::{api::SalusApi, *};
use salus_runtime::{opaque::Block, AccountId, Hash};
use serde::Serialize;
use sp_api::{ApiError, ApiExt, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{
	error::{Kind, RpcError},
	ticket,
};
use crate::ipfs::members::peer_id;

/// Peer of a storage node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodePeer {
	/// Account of the node.
	pub node: AccountId,
	/// PeerId of the node, as in its addresses, or `None` if the key that it named cannot be a
	/// peer's.
	pub peer: Option<String>,
}

/// Reads that convert a parameter or the answer, instead of forwarding both.
#[rpc(server, namespace = "salus")]
pub trait ConvertedReadsApi {
	/// Returns the record and version for which a root CID is registered. A text that is not a CID,
	/// and a CID of another kind, get different error codes.
	#[method(name = "root", blocking)]
	fn root(&self, cid: String, at: Option<Hash>) -> Result<Option<RootUse>, RpcError>;

	/// Returns the validators, as decided by the council, each with its last block and the block in
	/// which it joined. An older runtime answers in another form, which is converted.
	#[method(name = "validators", blocking)]
	fn validators(&self, at: Option<Hash>) -> Result<ValidatorSet<AccountId>, RpcError>;

	/// Returns the storage nodes that are live members, each with its PeerId as the network writes
	/// it. Returns `None` if the runtime is too old for this read.
	#[method(name = "storagePeers", blocking)]
	fn storage_peers(&self, at: Option<Hash>) -> Result<Option<Vec<NodePeer>>, RpcError>;
}

/// Reads over a client.
pub struct Reads<C> {
	client: Arc<C>,
}

impl<C> Reads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Creates the reads over a client.
	pub fn new(client: Arc<C>) -> Self {
		Self { client }
	}

	/// Returns the methods.
	pub fn methods(self) -> Result<RpcModule<Self>, RegisterMethodError> {
		let mut module = self.into_rpc();
		forward::register(&mut module)?;
		Ok(module)
	}

	/// Queries the runtime at a block that this node has.
	fn ask<T>(
		&self,
		at: Option<Hash>,
		question: impl FnOnce(ApiRef<'_, C::Api>, Hash) -> Result<T, ApiError>,
	) -> Result<T, RpcError> {
		let at = match at {
			None => self.client.info().best_hash,
			Some(hash) => match self.client.header(hash) {
				Ok(Some(_)) => hash,
				Ok(None) => {
					return Err(RpcError::new(
						Kind::UnknownState,
						format!(
							"this node's chain has no block with the hash {hash:?}; leave `at` out, \
							 or wait until the node is in sync"
						),
					))
				}
				Err(error) => {
					return Err(RpcError::new(
						Kind::ChainUnreadable,
						format!("cannot look up the block {hash:?}: {error}; try again"),
					))
				}
			},
		};
		Ok(question(self.client.runtime_api(), at)?)
	}

	/// Queries the runtime, or returns `None` if its version of [`SalusApi`] is older than `since`.
	fn ask_since<T>(
		&self,
		since: u32,
		at: Option<Hash>,
		question: impl FnOnce(ApiRef<'_, C::Api>, Hash) -> Result<T, ApiError>,
	) -> Result<Option<T>, RpcError> {
		self.ask(at, |api, at| match version(&*api, at)? < since {
			true => Ok(None),
			false => question(api, at).map(Some),
		})
	}
}

/// Returns the version of [`SalusApi`] that the chain's runtime has. For a while before each
/// upgrade, the node's is newer.
fn version(api: &impl ApiExt<Block>, at: Hash) -> Result<u32, ApiError> {
	Ok(api.api_version::<dyn SalusApi<Block, AccountId>>(at)?.unwrap_or_default())
}

impl<C> ConvertedReadsApiServer for Reads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	fn root(&self, cid: String, at: Option<Hash>) -> Result<Option<RootUse>, RpcError> {
		let cid = Cid(ticket::parse_cid(&cid)?.to_bytes());
		self.ask(at, |api, at| api.root(at, cid))
	}

	fn validators(&self, at: Option<Hash>) -> Result<ValidatorSet<AccountId>, RpcError> {
		self.ask(at, |api, at| match version(&*api, at)? {
			#[allow(deprecated, reason = "a chain that was not upgraded yet has no other")]
			0 | 1 => Ok(api.validators_before_version_2(at)?.into()),
			_ => api.validators(at),
		})
	}

	fn storage_peers(&self, at: Option<Hash>) -> Result<Option<Vec<NodePeer>>, RpcError> {
		let peers = self.ask_since(2, at, |api, at| api.storage_peers(at))?;
		let named = |one: StoragePeer<AccountId>| NodePeer {
			node: one.node,
			peer: peer_id(&one.peer).map(|peer| peer.to_string()),
		};
		Ok(peers.map(|peers| peers.into_iter().map(named).collect()))
	}
}
