//! Methods for the node's operator only. The server refuses them wherever it refuses unsafe
//! methods.

use std::sync::Arc;

use jsonrpsee::{
	proc_macros::rpc,
	types::{error::ErrorCode, ErrorObjectOwned},
	Extensions,
};
use salus_ipfs::Cid;
use salus_primitives::{
	api::SalusApi,
	node::{Eviction, Kept, VersionOf},
	RecordId, Version, VersionDetails,
};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_rpc::DenyUnsafe;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::error::{Kind, RpcError};
use crate::{
	errors::causes,
	ipfs::{evicted, Ipfs},
};

/// Methods for the operator.
#[rpc(server, namespace = "salus")]
pub trait OperatorApi {
	/// Stops fetching a version to this node, and removes the part that was fetched.
	#[method(name = "evict", with_extensions)]
	fn evict(&self, record: RecordId, version: Version) -> Result<Eviction, ErrorObjectOwned>;

	/// Lets this node fetch an evicted version again, if it should hold it. Returns `false` if the
	/// version was not evicted.
	#[method(name = "readmit", with_extensions)]
	fn readmit(&self, record: RecordId, version: Version) -> Result<bool, ErrorObjectOwned>;

	/// Returns the evicted versions.
	#[method(name = "evicted", with_extensions)]
	fn evicted(&self) -> Result<Vec<VersionOf>, ErrorObjectOwned>;
}

/// Operator's methods over a client and the node's IPFS side.
pub struct Operator<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
}

impl<C> Operator<C> {
	/// Creates the methods.
	pub fn new(client: Arc<C>, ipfs: Arc<Ipfs>) -> Self {
		Self { client, ipfs }
	}
}

/// Refuses callers other than the operator. A server that does not identify its callers refuses all
/// of them.
fn check(extensions: &Extensions) -> Result<(), ErrorObjectOwned> {
	let deny = extensions.get::<DenyUnsafe>().unwrap_or(&DenyUnsafe::Yes);
	deny.check_if_safe().map_err(|error| {
		let code = ErrorCode::MethodNotFound.code();
		ErrorObjectOwned::owned(code, error.to_string(), None::<()>)
	})
}

impl From<evicted::Error> for RpcError {
	fn from(error: evicted::Error) -> Self {
		Self::new(Kind::StorageFailed, causes(&error))
	}
}

impl<C> Operator<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Returns a version in the state of a block.
	fn version(
		&self,
		at: Hash,
		record: RecordId,
		version: Version,
	) -> Result<Option<VersionDetails<AccountId>>, RpcError> {
		let details = self.client.runtime_api().record(at, record)?;
		let mut versions = details.into_iter().flat_map(|details| details.versions);
		Ok(versions.find(|details| details.version == version))
	}

	fn do_evict(&self, record: RecordId, version: Version) -> Result<Eviction, RpcError> {
		let info = self.client.info();
		let unknown = || {
			RpcError::new(
				Kind::UnknownVersion,
				format!("the chain has no version {version} of {record}, so this node does not fetch it; check the \
				 record and the version"),
			)
		};
		let best = self.version(info.best_hash, record, version)?;
		let last = self.version(info.finalized_hash, record, version)?;
		let own = self.ipfs.storage_account();
		let states = || best.iter().chain(&last);
		if states().any(|state| state.replicas.iter().any(|replica| replica.node == *own)) {
			return Err(RpcError::new(
				Kind::CopyConfirmed,
				"this node has confirmed that it holds the version, and the chain counts on that: the \
				 version stays until the patient erases the record, or until this node is no longer a \
				 storage node",
			));
		}
		let root = states().next().ok_or_else(unknown)?.info.content.root;
		let cid = Cid::from_bytes(&root.0).map_err(RpcError::from)?;
		let freed = self.ipfs.evict(record, version, &cid)?;
		let kept = self.ipfs.staging().upload(&cid).map(|upload| {
			if upload.organisation.is_some() {
				Kept::Upload
			} else {
				Kept::Copy
			}
		});
		Ok(Eviction { root, freed, kept })
	}
}

impl<C> OperatorApiServer for Operator<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	fn evict(
		&self,
		extensions: &Extensions,
		record: RecordId,
		version: Version,
	) -> Result<Eviction, ErrorObjectOwned> {
		check(extensions)?;
		Ok(self.do_evict(record, version)?)
	}

	fn readmit(
		&self,
		extensions: &Extensions,
		record: RecordId,
		version: Version,
	) -> Result<bool, ErrorObjectOwned> {
		check(extensions)?;
		Ok(self.ipfs.readmit(record, version).map_err(RpcError::from)?)
	}

	fn evicted(&self, extensions: &Extensions) -> Result<Vec<VersionOf>, ErrorObjectOwned> {
		check(extensions)?;
		Ok(self.ipfs.evicted())
	}
}
