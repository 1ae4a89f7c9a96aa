//! The client as the network sees it: the chain's, and the block store behind Bitswap.
//!
//! The SDK's Bitswap server asks [`BlockBackend::indexed_transaction`] for the bytes of a digest.
//! Nothing on this chain is indexed that way, so the question is free to be answered from the
//! block store or from Kubo, whose digests are sha2-256. Everything else goes through to the chain's client.

use std::{error::Error, future::Future, sync::Arc};

use salus_ipfs::{Cid, Codec, Digest};
use sc_client_api::{
	BlockBackend, BlockchainEvents, ChildInfo, CompactProof, FinalityNotifications,
	ImportNotifications, ProofProvider, StorageEventStream, StorageKey, StorageProof,
};
use sp_api::{ApiRef, ProvideRuntimeApi};
use sp_blockchain::{
	BlockStatus as HeaderStatus, CachedHeaderMetadata, HeaderBackend, HeaderMetadata, Info,
	Result as ChainResult,
};
use sp_consensus::{block_validation::Chain, BlockStatus};
use sp_core::H256;
use sp_runtime::{
	generic::{BlockId, SignedBlock},
	traits::{Block as BlockT, BlockIdTo, NumberFor},
	Justifications,
};
use sp_state_machine::{KeyValueStates, KeyValueStorageLevel};

use super::{causes, BlockError, Blocks};

const LOG_TARGET: &str = "salus::bitswap";

/// A client whose indexed transactions are the blocks of a store.
pub struct ServedClient<C> {
	inner: Arc<C>,
	blocks: Blocks,
}

impl<C> ServedClient<C> {
	/// Wraps the chain's client.
	pub fn new(inner: Arc<C>, blocks: Blocks) -> Self {
		Self { inner, blocks }
	}
}

/// The CIDs that bytes with this digest can have: who asks by Bitswap names only the digest.
fn cids(digest: &Digest) -> [Cid; 2] {
	[Codec::Raw, Codec::DagPb].map(|codec| Cid::new(codec, *digest))
}

/// Asks Kubo from a thread that may wait, as the one is from which the SDK's Bitswap server looks blocks up. `None` from
/// any other.
fn ask<T>(question: impl Future<Output = T>) -> Option<T> {
	match tokio::runtime::Handle::try_current() {
		Ok(runtime) => Some(runtime.block_on(question)),
		Err(error) => {
			log::error!(target: LOG_TARGET, "cannot ask Kubo: {error}");
			None
		}
	}
}

/// The bytes behind a digest. A block that cannot be read counts as absent: the peer asks another.
fn served(blocks: &Blocks, digest: &Digest) -> Option<Vec<u8>> {
	let found = match blocks {
		Blocks::Embedded(store) => store.get_by_digest(digest).map_err(BlockError::from),
		Blocks::Kubo(kubo) => ask(async {
			for cid in cids(digest) {
				if let Some(data) = kubo.block_get_offline(&cid).await? {
					return Ok(Some(data));
				}
			}
			Ok(None)
		})?,
	};
	found.unwrap_or_else(|error| {
		log::warn!(target: LOG_TARGET, "cannot serve a block: {}", causes(&error));
		None
	})
}

/// Whether [`served`] would find something, by one look.
fn serves(blocks: &Blocks, digest: &Digest) -> bool {
	let found = match blocks {
		Blocks::Embedded(store) => store.has_digest(digest).map_err(BlockError::from),
		Blocks::Kubo(kubo) => ask(async {
			for cid in cids(digest) {
				if kubo.block_stat(&cid).await?.is_some() {
					return Ok(true);
				}
			}
			Ok(false)
		})
		.unwrap_or(Ok(false)),
	};
	found.unwrap_or_else(|error| {
		log::warn!(target: LOG_TARGET, "cannot look a block up: {}", causes(&error));
		false
	})
}

impl<Block: BlockT, C: BlockBackend<Block>> BlockBackend<Block> for ServedClient<C> {
	fn indexed_transaction(&self, hash: H256) -> ChainResult<Option<Vec<u8>>> {
		Ok(served(&self.blocks, hash.as_fixed_bytes()))
	}

	fn has_indexed_transaction(&self, hash: H256) -> ChainResult<bool> {
		Ok(serves(&self.blocks, hash.as_fixed_bytes()))
	}

	fn block_body(&self, hash: Block::Hash) -> ChainResult<Option<Vec<Block::Extrinsic>>> {
		self.inner.block_body(hash)
	}

	fn block_indexed_body(&self, hash: Block::Hash) -> ChainResult<Option<Vec<Vec<u8>>>> {
		self.inner.block_indexed_body(hash)
	}

	fn block_indexed_hashes(&self, hash: Block::Hash) -> ChainResult<Option<Vec<H256>>> {
		self.inner.block_indexed_hashes(hash)
	}

	fn block(&self, hash: Block::Hash) -> ChainResult<Option<SignedBlock<Block>>> {
		self.inner.block(hash)
	}

	fn block_status(&self, hash: Block::Hash) -> ChainResult<BlockStatus> {
		self.inner.block_status(hash)
	}

	fn justifications(&self, hash: Block::Hash) -> ChainResult<Option<Justifications>> {
		self.inner.justifications(hash)
	}

	fn block_hash(&self, number: NumberFor<Block>) -> ChainResult<Option<Block::Hash>> {
		self.inner.block_hash(number)
	}

	fn requires_full_sync(&self) -> bool {
		self.inner.requires_full_sync()
	}
}

impl<Block: BlockT, C: ProvideRuntimeApi<Block>> ProvideRuntimeApi<Block> for ServedClient<C> {
	type Api = C::Api;

	fn runtime_api(&self) -> ApiRef<'_, Self::Api> {
		self.inner.runtime_api()
	}
}

impl<Block: BlockT, C: HeaderMetadata<Block>> HeaderMetadata<Block> for ServedClient<C> {
	type Error = C::Error;

	fn header_metadata(
		&self,
		hash: Block::Hash,
	) -> Result<CachedHeaderMetadata<Block>, Self::Error> {
		self.inner.header_metadata(hash)
	}

	fn insert_header_metadata(&self, hash: Block::Hash, metadata: CachedHeaderMetadata<Block>) {
		self.inner.insert_header_metadata(hash, metadata)
	}

	fn remove_header_metadata(&self, hash: Block::Hash) {
		self.inner.remove_header_metadata(hash)
	}
}

impl<Block: BlockT, C: Chain<Block>> Chain<Block> for ServedClient<C> {
	fn block_status(&self, hash: Block::Hash) -> Result<BlockStatus, Box<dyn Error + Send>> {
		self.inner.block_status(hash)
	}
}

impl<Block: BlockT, C: BlockIdTo<Block>> BlockIdTo<Block> for ServedClient<C> {
	type Error = C::Error;

	fn to_hash(&self, id: &BlockId<Block>) -> Result<Option<Block::Hash>, Self::Error> {
		self.inner.to_hash(id)
	}

	fn to_number(&self, id: &BlockId<Block>) -> Result<Option<NumberFor<Block>>, Self::Error> {
		self.inner.to_number(id)
	}
}

impl<Block: BlockT, C: HeaderBackend<Block>> HeaderBackend<Block> for ServedClient<C> {
	fn header(&self, hash: Block::Hash) -> ChainResult<Option<Block::Header>> {
		self.inner.header(hash)
	}

	fn info(&self) -> Info<Block> {
		self.inner.info()
	}

	fn status(&self, hash: Block::Hash) -> ChainResult<HeaderStatus> {
		self.inner.status(hash)
	}

	fn number(&self, hash: Block::Hash) -> ChainResult<Option<NumberFor<Block>>> {
		self.inner.number(hash)
	}

	fn hash(&self, number: NumberFor<Block>) -> ChainResult<Option<Block::Hash>> {
		self.inner.hash(number)
	}
}

impl<Block: BlockT, C: ProofProvider<Block>> ProofProvider<Block> for ServedClient<C> {
	fn read_proof(
		&self,
		hash: Block::Hash,
		keys: &mut dyn Iterator<Item = &[u8]>,
	) -> ChainResult<StorageProof> {
		self.inner.read_proof(hash, keys)
	}

	fn read_child_proof(
		&self,
		hash: Block::Hash,
		child_info: &ChildInfo,
		keys: &mut dyn Iterator<Item = &[u8]>,
	) -> ChainResult<StorageProof> {
		self.inner.read_child_proof(hash, child_info, keys)
	}

	fn execution_proof(
		&self,
		hash: Block::Hash,
		method: &str,
		call_data: &[u8],
	) -> ChainResult<(Vec<u8>, StorageProof)> {
		self.inner.execution_proof(hash, method, call_data)
	}

	fn read_proof_collection(
		&self,
		hash: Block::Hash,
		start_keys: &[Vec<u8>],
		size_limit: usize,
	) -> ChainResult<(CompactProof, u32)> {
		self.inner
			.read_proof_collection(hash, start_keys, size_limit)
	}

	fn storage_collection(
		&self,
		hash: Block::Hash,
		start_key: &[Vec<u8>],
		size_limit: usize,
	) -> ChainResult<Vec<(KeyValueStorageLevel, bool)>> {
		self.inner.storage_collection(hash, start_key, size_limit)
	}

	fn verify_range_proof(
		&self,
		root: Block::Hash,
		proof: CompactProof,
		start_keys: &[Vec<u8>],
	) -> ChainResult<(KeyValueStates, usize)> {
		self.inner.verify_range_proof(root, proof, start_keys)
	}
}

impl<Block: BlockT, C: BlockchainEvents<Block>> BlockchainEvents<Block> for ServedClient<C> {
	fn import_notification_stream(&self) -> ImportNotifications<Block> {
		self.inner.import_notification_stream()
	}

	fn every_import_notification_stream(&self) -> ImportNotifications<Block> {
		self.inner.every_import_notification_stream()
	}

	fn finality_notification_stream(&self) -> FinalityNotifications<Block> {
		self.inner.finality_notification_stream()
	}

	fn storage_changes_notification_stream(
		&self,
		filter_keys: Option<&[StorageKey]>,
		child_filter_keys: Option<&[(StorageKey, Option<Vec<StorageKey>>)]>,
	) -> ChainResult<StorageEventStream<Block::Hash>> {
		self.inner
			.storage_changes_notification_stream(filter_keys, child_filter_keys)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_ipfs::store::BlockStore;

	/// An empty store in this folder.
	fn store(folder: &std::path::Path) -> (Arc<BlockStore>, Blocks) {
		let store = Arc::new(BlockStore::open(folder).unwrap());
		(store.clone(), Blocks::Embedded(store))
	}

	#[test]
	fn look_ups_go_by_the_sha2_256_digest_whatever_the_codec() {
		let folder = tempfile::tempdir().unwrap();
		let (store, blocks) = store(folder.path());
		let cid = Cid::of(Codec::Raw, b"ciphertext");
		store.put(&cid, b"ciphertext").unwrap();

		assert!(serves(&blocks, cid.digest()));
		assert_eq!(
			served(&blocks, cid.digest()).as_deref(),
			Some(&b"ciphertext"[..])
		);
		assert!(!serves(&blocks, &[7; 32]));
		assert_eq!(served(&blocks, &[7; 32]), None);
	}

	#[test]
	fn a_rotten_block_is_not_served() {
		let folder = tempfile::tempdir().unwrap();
		let (store, blocks) = store(folder.path());
		let cid = Cid::of(Codec::Raw, b"ciphertext");
		store.put(&cid, b"ciphertext").unwrap();
		let name = hex::encode(cid.digest());
		std::fs::write(
			folder.path().join("blocks").join(&name[..2]).join(name),
			b"rot",
		)
		.unwrap();

		assert_eq!(served(&blocks, cid.digest()), None);
		assert!(!serves(&blocks, cid.digest()));
	}
}
