//! Proofs of what this node says about the chain, for clients that do not trust it.
//!
//! A client that knows the first block follows finality from it ([`Source::finality`]). It requests
//! the entries that a runtime function reads ([`Source::call`]), and executes the function itself,
//! with the runtime's code ([`Source::code`]).
//! `crates/light` has the client's side.

mod finality;

use std::sync::Arc;

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use codec::Encode;
use frame_support::storage::storage_prefix;
use jsonrpsee::{proc_macros::rpc, types::ErrorObjectOwned};
use parking_lot::Mutex;
use salus_runtime::{opaque::Block, Hash};
use sc_client_api::{Backend, ProofProvider, StorageKey, StorageProvider};
use sc_consensus_grandpa::{
	warp_proof::{self, NetworkProvider},
	SharedAuthoritySet,
};
use sc_network_sync::strategy::warp::{EncodedProof, WarpSyncProvider};
use sc_service::ChainSpec;
use serde::Serialize;
use sp_blockchain::HeaderBackend;
use sp_core::{
	storage::{well_known_keys, StateVersion},
	Bytes,
};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{prove_read, InMemoryBackend, StorageProof};

use super::error::{Kind, RpcError};
use crate::errors::causes;

/// Start of the names of the functions whose calls are proved.
const PROVED: &str = "SalusApi_";

/// Another function whose calls are proved: clients sign a weight when they close a motion.
const WEIGHT: &str = "TransactionPaymentCallApi_query_call_info";

/// Maximum size of a proof of finality before it is deflated, in bytes. In base64 it fits into one
/// answer, and a client asks for the rest.
const MAX_FINALITY: usize = 4 * 1024 * 1024;

/// A block's header, and nodes of the trie of the block's state.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
	/// The header, SCALE-encoded.
	header: Bytes,
	/// The nodes, as a SCALE-encoded list.
	proof: Bytes,
}

/// Proofs for clients that do not trust the node.
#[rpc(server, namespace = "salus")]
pub trait ProofsApi {
	/// Returns the first block's header, and a proof of the first validators.
	#[method(name = "proveGenesis", blocking)]
	fn prove_genesis(&self) -> Result<Proof, ErrorObjectOwned>;

	/// Returns a proof of the last final block for a client that knows the final block `from`: the
	/// last block of each set of validators since, and the last final block, each with the
	/// validators' signatures. It is deflated, in base64.
	#[method(name = "proveFinality", blocking)]
	fn prove_finality(&self, from: Hash) -> Result<String, ErrorObjectOwned>;

	/// Returns a proof of everything that a function of `SalusApi`, or the one that weighs a call,
	/// reads of the state of a block, by default of the last final one.
	#[method(name = "proveCall", blocking)]
	fn prove_call(
		&self,
		function: String,
		arguments: Bytes,
		at: Option<Hash>,
	) -> Result<Proof, ErrorObjectOwned>;

	/// Returns the code of the runtime in the state of a block, by default of the last final one,
	/// in base64. That is a third shorter than the hexadecimal of `state_getStorage`.
	#[method(name = "runtimeCode", blocking)]
	fn runtime_code(&self, at: Option<Hash>) -> Result<String, ErrorObjectOwned>;
}

/// Source of the proofs.
pub trait Source: Send + Sync {
	/// Proves the first validators.
	fn genesis(&self) -> Result<Proof, RpcError>;
	/// Proves the last final block to a client that knows an earlier one. The proof is deflated.
	fn finality(&self, from: Hash) -> Result<Vec<u8>, RpcError>;
	/// Proves what a function reads of the state of a block, by default of the last final one.
	fn call(&self, function: &str, arguments: &[u8], at: Option<Hash>) -> Result<Proof, RpcError>;
	/// Returns the runtime's code in the state of a block, by default of the last final one.
	fn code(&self, at: Option<Hash>) -> Result<Vec<u8>, RpcError>;
}

/// The methods over a source of proofs.
pub struct Proofs {
	source: Arc<dyn Source>,
}

impl Proofs {
	/// Creates the methods.
	pub fn new(source: Arc<dyn Source>) -> Self {
		Self { source }
	}
}

impl ProofsApiServer for Proofs {
	fn prove_genesis(&self) -> Result<Proof, ErrorObjectOwned> {
		Ok(self.source.genesis()?)
	}

	fn prove_finality(&self, from: Hash) -> Result<String, ErrorObjectOwned> {
		Ok(BASE64.encode(self.source.finality(from)?))
	}

	fn prove_call(
		&self,
		function: String,
		arguments: Bytes,
		at: Option<Hash>,
	) -> Result<Proof, ErrorObjectOwned> {
		if !function.starts_with(PROVED) && function != WEIGHT {
			return Err(RpcError::new(
				Kind::NotProved,
				"only calls of functions of SalusApi, and of \
				 TransactionPaymentCallApi_query_call_info, are proved; give the name of one, such as \
				 SalusApi_key",
			)
			.into());
		}
		Ok(self.source.call(&function, &arguments, at)?)
	}

	fn runtime_code(&self, at: Option<Hash>) -> Result<String, ErrorObjectOwned> {
		Ok(BASE64.encode(self.source.code(at)?))
	}
}

/// The node's database as a source of proofs.
pub struct Database<C, B: Backend<Block>> {
	client: Arc<C>,
	finality: NetworkProvider<Block, B>,
	specification: Box<dyn ChainSpec>,
	/// The proof of the first validators, once a client has asked for it.
	genesis: Mutex<Option<Proof>>,
}

impl<C, B: Backend<Block>> Database<C, B> {
	/// Creates the source.
	pub fn new(
		client: Arc<C>,
		backend: Arc<B>,
		authorities: SharedAuthoritySet<Hash, salus_runtime::BlockNumber>,
		specification: Box<dyn ChainSpec>,
	) -> Self {
		let finality = NetworkProvider::new(backend, authorities, Vec::new());
		Self { client, finality, specification, genesis: Mutex::default() }
	}
}

/// Refuses a block that the node does not have.
fn unknown_block() -> RpcError {
	RpcError::new(
		Kind::UnknownState,
		"this node's chain has no final block with this hash, or its state was pruned; ask for the \
		 last final block, or ask an archive node",
	)
}

/// Refuses because the database cannot be read.
fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RpcError {
	RpcError::new(
		Kind::ChainUnreadable,
		format!("cannot prove the chain's state: {}; try again", causes(&*error.into())),
	)
}

/// Refuses because the state of a block cannot be read. A block whose state is gone is an ordinary
/// case, and anything else is not.
fn no_state(error: sp_blockchain::Error) -> RpcError {
	match error {
		sp_blockchain::Error::UnknownBlock(_) => unknown_block(),
		error => unreadable(error),
	}
}

/// Refuses because no finality can be proved from a block. `has_all` says whether this node has all
/// earlier blocks. Unless it does, a block that it lacks may be the chain's, and clients, who raise
/// an alarm about another chain, must not read that the chain has no such block.
fn no_finality(error: Box<dyn std::error::Error + Send + Sync>, has_all: bool) -> RpcError {
	// The SDK boxes its error twice.
	let is_of_block = match error.downcast_ref::<Box<warp_proof::Error>>() {
		Some(cause) => matches!(**cause, warp_proof::Error::InvalidRequest(_)),
		None => matches!(
			error.downcast_ref::<warp_proof::Error>(),
			Some(warp_proof::Error::InvalidRequest(_))
		),
	};
	match is_of_block && has_all {
		true => unknown_block(),
		false => unreadable(error),
	}
}

impl<C, B> Database<C, B>
where
	C: HeaderBackend<Block> + ProofProvider<Block>,
	B: Backend<Block>,
{
	/// Returns a block of this node's chain, by default the last final one.
	fn block(&self, at: Option<Hash>) -> Result<Hash, RpcError> {
		let block = at.unwrap_or_else(|| self.client.info().finalized_hash);
		match self.client.header(block).map_err(unreadable)? {
			Some(_) => Ok(block),
			None => Err(unknown_block()),
		}
	}

	/// Combines a proof with the header of its block.
	fn proof(&self, block: Hash, nodes: StorageProof) -> Result<Proof, RpcError> {
		let header = self.client.header(block).map_err(unreadable)?.ok_or_else(unknown_block)?;
		let nodes: Vec<Vec<u8>> = nodes.into_iter_nodes().collect();
		Ok(Proof { header: Bytes(header.encode()), proof: Bytes(nodes.encode()) })
	}

	/// Proves the first validators. The state of the first block is no longer in the database, but
	/// follows from the chain's specification.
	fn first_validators(&self) -> Result<Proof, RpcError> {
		let unreadable = |error: String| unreadable(error);
		let storage = self.specification.as_storage_builder().build_storage();
		let storage = storage.map_err(unreadable)?;
		let state: InMemoryBackend<BlakeTwo256> = (storage, StateVersion::V1).into();
		let key = storage_prefix(b"Grandpa", b"Authorities");
		let nodes = prove_read(state, [&key[..]]).map_err(|error| unreadable(error.to_string()))?;
		self.proof(self.client.info().genesis_hash, nodes)
	}
}

impl<C, B> Source for Database<C, B>
where
	C: HeaderBackend<Block> + ProofProvider<Block> + StorageProvider<Block, B> + Send + Sync,
	B: Backend<Block> + 'static,
{
	fn genesis(&self) -> Result<Proof, RpcError> {
		let mut kept = self.genesis.lock();
		if let Some(proof) = &*kept {
			return Ok(proof.clone());
		}
		let proof = self.first_validators()?;
		*kept = Some(proof.clone());
		Ok(proof)
	}

	fn finality(&self, from: Hash) -> Result<Vec<u8>, RpcError> {
		let proved = self.finality.generate(from).map_err(|error| {
			// After a warp sync, the blocks before it arrive later.
			let has_all = self.client.info().block_gap.is_none();
			no_finality(error, has_all)
		});
		let EncodedProof(proof) = proved?;
		finality::shortened(&proof, MAX_FINALITY).map_err(unreadable)
	}

	fn call(&self, function: &str, arguments: &[u8], at: Option<Hash>) -> Result<Proof, RpcError> {
		let block = self.block(at)?;
		let proved = self.client.execution_proof(block, function, arguments);
		let (_, nodes) = proved.map_err(no_state)?;
		self.proof(block, nodes)
	}

	fn code(&self, at: Option<Hash>) -> Result<Vec<u8>, RpcError> {
		let block = self.block(at)?;
		let key = StorageKey(well_known_keys::CODE.to_vec());
		let code = self.client.storage(block, &key).map_err(no_state)?;
		Ok(code.ok_or_else(unknown_block)?.0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use warp_proof::Error;

	#[test]
	fn only_a_block_that_is_not_the_chains_is_unknown() {
		let missing = || Error::InvalidRequest("Missing start block".into());
		let database = || Error::Client(sp_blockchain::Error::Backend("no disk".into()));
		for (error, has_all, kind) in [
			(missing(), true, Kind::UnknownState),
			// The blocks before a warp sync are still on their way.
			(missing(), false, Kind::ChainUnreadable),
			(database(), true, Kind::ChainUnreadable),
			(Error::MissingData, true, Kind::ChainUnreadable),
		] {
			let text = error.to_string();
			assert_eq!(no_finality(Box::new(Box::new(error)), has_all).kind, kind, "{text}");
		}
		assert_eq!(no_finality(Box::new(missing()), true).kind, Kind::UnknownState);
	}
}
