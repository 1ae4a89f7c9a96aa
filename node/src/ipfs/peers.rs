//! Blocks from other nodes of the network.
//!
//! Bitswap asks the nodes that this one synchronises with, one after another, until one has the block, so every question
//! here has a deadline. What this node itself has to hold is worth waiting for ([`Peers`]); whoever reads here learns at once
//! that nobody has a block ([`PromptPeers`]).

use std::time::Duration;

use futures::{future::BoxFuture, FutureExt};
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	Cid,
};
use sc_network_bitswap::{BitswapHandle, FetchError};

/// How long one block may take over all peers: a silent one takes 5 s before the next is asked.
const DEADLINE: Duration = Duration::from_secs(30);

/// The other nodes, by Bitswap.
#[derive(Clone)]
pub struct Peers(BitswapHandle);

impl Peers {
	/// The nodes behind this handle.
	pub fn new(bitswap: BitswapHandle) -> Self {
		Self(bitswap)
	}

	/// The same nodes, asked once.
	pub fn prompt(&self) -> PromptPeers {
		PromptPeers(self.0.clone())
	}
}

impl BlockSource for Peers {
	/// `None` if no peer gave it in time.
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

/// The other nodes, by Bitswap, each asked once.
#[derive(Clone)]
pub struct PromptPeers(BitswapHandle);

impl BlockSource for PromptPeers {
	/// `None` as soon as all peers have said that they do not have it.
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
