//! Blocks from other nodes of the network.
//!
//! Bitswap asks the nodes that this one synchronises with, one after another, until one has the block, so every question
//! here has a deadline.

use std::time::Duration;

use futures::{future::BoxFuture, FutureExt};
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	Cid,
};
use sc_network_bitswap::BitswapHandle;

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
