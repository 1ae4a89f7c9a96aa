//! Blocks that this node serves to other nodes by Bitswap.

use std::{future::Future, sync::Arc};

use salus_ipfs::Cid;
use sc_network_bitswap::{Cid as AskedCid, PeerId, Source};

use super::{members::Members, BlockError, Blocks};
use crate::errors::causes;

const LOG_TARGET: &str = "salus::bitswap";

/// Blocks of this node, for the consortium's members.
pub struct Served {
	blocks: Blocks,
	members: Arc<Members>,
}

impl Served {
	/// Serves these blocks to these peers.
	pub fn new(blocks: Blocks, members: Arc<Members>) -> Self {
		Self { blocks, members }
	}
}

/// Calls Kubo from a thread that may block. Returns `None` on any other thread.
fn ask<T>(question: impl Future<Output = T>) -> Option<T> {
	match tokio::runtime::Handle::try_current() {
		Ok(runtime) => Some(runtime.block_on(question)),
		Err(error) => {
			log::error!(target: LOG_TARGET, "cannot call Kubo from this thread: {error}");
			None
		}
	}
}

/// Returns the CID, if records can have one of this kind.
fn known(asked: &AskedCid) -> Option<Cid> {
	Cid::try_from(&asked.to_bytes()[..]).ok()
}

impl Source for Served {
	fn admits(&self, peer: &PeerId) -> bool {
		self.members.admits(peer)
	}

	/// Reads a block. One that cannot be read counts as absent, and the peer asks another node.
	fn block(&self, asked: &AskedCid) -> Option<Vec<u8>> {
		let cid = known(asked)?;
		let found = match &self.blocks {
			Blocks::Embedded(store) => store.get(&cid).map_err(BlockError::from),
			Blocks::Kubo(kubo) => ask(kubo.block_get_offline(&cid))?.map_err(BlockError::from),
		};
		found.unwrap_or_else(|error| {
			log::warn!(target: LOG_TARGET, "cannot read block {cid} for a peer: {}; the peer asks another node", causes(&error));
			None
		})
	}

	fn has(&self, asked: &AskedCid) -> bool {
		let Some(cid) = known(asked) else {
			return false;
		};
		let found = match &self.blocks {
			Blocks::Embedded(store) => store.has(&cid).map_err(BlockError::from),
			Blocks::Kubo(kubo) => ask(kubo.block_stat(&cid))
				.unwrap_or(Ok(None))
				.map(|found| found.is_some())
				.map_err(BlockError::from),
		};
		found.unwrap_or_else(|error| {
			log::warn!(target: LOG_TARGET, "cannot look up block {cid} for a peer: {}; the peer asks another node", causes(&error));
			false
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_ipfs::{store::BlockStore, Codec};

	/// Serves from an empty store in this folder.
	fn served(folder: &std::path::Path) -> (Arc<BlockStore>, Served) {
		let store = Arc::new(BlockStore::open(folder).unwrap());
		let blocks = Blocks::Embedded(store.clone());
		(store, Served::new(blocks, Arc::new(Members::new(&[]))))
	}

	fn asked(cid: &Cid) -> AskedCid {
		AskedCid::try_from(&cid.to_bytes()[..]).unwrap()
	}

	#[test]
	fn only_stored_blocks_are_served() {
		let folder = tempfile::tempdir().unwrap();
		let (store, served) = served(folder.path());
		let cid = Cid::of(Codec::Raw, b"ciphertext");
		store.put(&cid, b"ciphertext").unwrap();

		assert!(served.has(&asked(&cid)));
		assert_eq!(served.block(&asked(&cid)).as_deref(), Some(&b"ciphertext"[..]));
		let identity = multihash_codetable::Multihash::wrap(0, b"ciphertext").unwrap();
		for other in [
			asked(&Cid::of(Codec::Raw, b"something else")),
			// No record has a CID of this kind.
			AskedCid::new_v1(0x55, identity),
		] {
			assert!(!served.has(&other));
			assert_eq!(served.block(&other), None);
		}
	}

	#[test]
	fn a_corrupt_block_is_not_served() {
		let folder = tempfile::tempdir().unwrap();
		let (store, served) = served(folder.path());
		let cid = Cid::of(Codec::Raw, b"ciphertext");
		store.put(&cid, b"ciphertext").unwrap();
		let name = hex::encode(cid.digest());
		std::fs::write(folder.path().join("blocks").join(&name[..2]).join(name), b"rot").unwrap();

		assert_eq!(served.block(&asked(&cid)), None);
		assert!(!served.has(&asked(&cid)));
	}
}
