//! Storage of the blocks: the node's own store, or a Kubo node.

use std::sync::Arc;

use salus_ipfs::{
	kubo::{self, Kubo},
	store::{self, BlockStore},
	Cid,
};

use super::Ipfs;

/// Storage of the blocks.
#[derive(Clone)]
pub enum Blocks {
	/// The node's own store.
	Embedded(Arc<BlockStore>),
	/// A Kubo node.
	Kubo(Kubo),
}

/// Reason why a block cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
	/// The embedded store failed.
	#[error(transparent)]
	Store(#[from] store::Error),
	/// Kubo failed.
	#[error(transparent)]
	Kubo(#[from] kubo::Error),
	/// Kubo has not yet been found closed to the public.
	#[error(
		"Kubo has not yet been found closed to the public and gets no blocks; see the node's log"
	)]
	NotInspected,
	/// The reading thread ended early.
	#[error("the node is stopping")]
	Stopping,
}

impl Ipfs {
	/// Returns a block of this node (or its Kubo), checked against its CID. Asks no peers.
	pub async fn block(&self, cid: Cid) -> Result<Option<Vec<u8>>, BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.get(&cid))
					.await
					.map_err(|_| BlockError::Stopping)?
					.map_err(Into::into)
			}
			Blocks::Kubo(kubo) => Ok(kubo.block_get_offline(&cid).await?),
		}
	}

	/// Stores a block, if its bytes match the CID.
	pub async fn put(&self, cid: Cid, data: Vec<u8>) -> Result<(), BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.put(&cid, &data))
					.await
					.map_err(|_| BlockError::Stopping)??;
				Ok(())
			}
			Blocks::Kubo(_) if !self.is_usable() => Err(BlockError::NotInspected),
			Blocks::Kubo(kubo) => Ok(kubo.block_put(&cid, data).await?),
		}
	}

	/// Returns whether a root is pinned.
	pub async fn is_pinned(&self, root: &Cid) -> Result<bool, BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => Ok(store.is_pinned(root)),
			Blocks::Kubo(kubo) => Ok(kubo.pin_kind(root).await?.is_some()),
		}
	}

	/// Pins a root whose blocks are all stored.
	pub async fn pin(&self, root: Cid) -> Result<(), BlockError> {
		match &self.blocks {
			Blocks::Embedded(store) => {
				let store = store.clone();
				tokio::task::spawn_blocking(move || store.pin(&root))
					.await
					.map_err(|_| BlockError::Stopping)?
					.map_err(Into::into)
			}
			// A pin makes Kubo fetch missing blocks from any peer it finds.
			Blocks::Kubo(_) if !self.is_usable() => Err(BlockError::NotInspected),
			Blocks::Kubo(kubo) => Ok(kubo.pin_add(&root).await?),
		}
	}
}
