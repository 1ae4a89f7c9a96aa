//! Blocks from other nodes of the network.
//!
//! Bitswap asks the nodes that this one synchronises with, one after another, until one has the
//! block. Each query has a deadline. [`Peers`] waits patiently, for blocks that this node has to
//! hold. [`PromptPeers`] returns as soon as every peer has denied having the block, for clients
//! that read here.

use std::time::Duration;

use futures::{future::BoxFuture, FutureExt};
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	Cid,
};
use sc_network_bitswap::{BitswapHandle, FetchError};

/// Time limit for one block over all peers. A silent peer takes 5 s before the next one is asked.
const DEADLINE: Duration = Duration::from_secs(30);

/// Other nodes, reached by Bitswap.
#[derive(Clone)]
pub struct Peers(BitswapHandle);

impl Peers {
	/// Creates the source from a handle of Bitswap.
	pub fn new(bitswap: BitswapHandle) -> Self {
		Self(bitswap)
	}

	/// Returns the same nodes, each asked only once.
	pub fn prompt(&self) -> PromptPeers {
		PromptPeers(self.0.clone())
	}
}

impl BlockSource for Peers {
	/// Returns `None` if no peer sent the block in time.
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move {
			let wanted = sc_network_bitswap::Cid::try_from(&cid.to_bytes()[..])?;
			match tokio::time::timeout(DEADLINE, self.0.fetch(wanted)).await {
				Ok(block) => Ok(Some(block?)),
				Err(_) => Ok(None),
			}
		}
		.boxed()
	}
}

/// Other nodes, reached by Bitswap, each asked only once.
#[derive(Clone)]
pub struct PromptPeers(BitswapHandle);

impl BlockSource for PromptPeers {
	/// Returns `None` as soon as every peer has said that it does not have the block.
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move {
			let wanted = sc_network_bitswap::Cid::try_from(&cid.to_bytes()[..])?;
			match tokio::time::timeout(DEADLINE, self.0.ask(wanted)).await {
				Ok(block) => Ok(block?),
				Err(_) => Err(FetchError::Silent.into()),
			}
		}
		.boxed()
	}

	fn arrivals(&self) -> u64 {
		self.0.arrivals()
	}
}
