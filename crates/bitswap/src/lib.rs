//! Bitswap that gives blocks to the consortium's members alone.
//!
//! It comes in place of the SDK's crate of the same name: that one answers whoever connects, and does not tell whoever
//! looks the blocks up who asks. `docs/adr/0015` says why it is done this way.
//!
//! ## Contract with the neighbours
//!
//! * **Down**: litep2p speaks the protocol `/ipfs/bitswap/1.2.0`. It makes the CID of each block that arrives from the
//!   block's bytes, so that what arrives under a CID is what the CID names.
//! * **The SDK** calls [`start`] while it builds the network, and runs what it is given.
//! * **The node** builds the network inside [`with_source`], and gets the SDK's [`BitswapHandle`] back from it.
//!
//! ## What it promises
//!
//! Only peers that [`Source::admits`] are answered; others are passed over in silence, which costs this node nothing. Each
//! peer has its turn, however much another one asks for. What waits, what is looked up and what is being sent is bounded:
//! by entries for each peer, and by bytes in all. A block that this node asks for is asked of one peer after another,
//! until one has it or nobody waits for it any more; who only asks whether anybody has it is answered when all have been asked.

mod fetch;
mod metrics;
mod queue;
mod service;
#[cfg(test)]
mod tests;

pub use fetch::{BitswapHandle, FetchError};
pub use service::start;

pub use cid::Cid;
pub use sc_network_types::PeerId;

use std::{cell::RefCell, sync::Arc};

/// Where log lines are filed.
const LOG_TARGET: &str = "salus::bitswap";

/// What a node gives to others, and to whom.
pub trait Source: Send + Sync {
	/// Whether this peer may have blocks. Asked for each request: it may not take long.
	fn admits(&self, peer: &PeerId) -> bool;

	/// The block that this CID names, if this node has it. Asked from a thread that may wait.
	fn block(&self, cid: &Cid) -> Option<Vec<u8>>;

	/// Whether [`Source::block`] would give one. Asked from a thread that may wait.
	fn has(&self, cid: &Cid) -> bool;
}

thread_local! {
	static SOURCE: RefCell<Option<Arc<dyn Source>>> = const { RefCell::new(None) };
}

/// Runs `build`, in which the SDK calls [`start`] on this thread, and lets the service give what `source` has.
///
/// The SDK has no other way to hand it over. A service that is started without serves nobody.
pub fn with_source<T>(source: Arc<dyn Source>, build: impl FnOnce() -> T) -> T {
	SOURCE.set(Some(source));
	let built = build();
	SOURCE.set(None);
	built
}

/// The source of [`with_source`], once.
fn take_source() -> Option<Arc<dyn Source>> {
	SOURCE.take()
}
