//! Bitswap that serves blocks only to the consortium's members.
//!
//! It replaces the SDK's crate of the same name, which answers anyone who connects and does not say
//! who asks when blocks are looked up. `docs/adr/0015` explains the choice.
//!
//! ## Neighbours
//!
//! * **Uses**: litep2p, which speaks the protocol `/ipfs/bitswap/1.2.0`. It computes the CID of
//!   each arriving block from the block's bytes, so a block always matches its CID.
//! * **The SDK** calls [`start`] while it builds the network, and runs the returned service.
//! * **The node** builds the network inside [`with_source`], and gets back the SDK's
//!   [`BitswapHandle`].
//!
//! ## Guarantees
//!
//! Only peers that [`Source::admits`] are answered; others are ignored, which costs this node
//! nothing. Each peer gets its turn, even if another asks for many blocks. Everything that waits,
//! is looked up or is being sent is bounded: by entries for each peer, and by bytes in total. A
//! block that this node wants is requested from one peer after another, until one has it or nobody
//! waits for it: from members first, and last from a peer that missed a deadline in the last five
//! minutes. A caller that only asks whether any node has it gets an answer once all were asked.

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

/// Target of log lines.
const LOG_TARGET: &str = "salus::bitswap";

/// Blocks that a node serves, and the peers that may have them.
pub trait Source: Send + Sync {
	/// Returns whether this peer may have blocks. Called for each request, so it must be fast.
	fn admits(&self, peer: &PeerId) -> bool;

	/// Returns the block of this CID, if this node has it. Called from a thread that may block.
	fn block(&self, cid: &Cid) -> Option<Vec<u8>>;

	/// Returns whether [`Source::block`] would return a block. Called from a thread that may block.
	fn has(&self, cid: &Cid) -> bool;
}

thread_local! {
	static SOURCE: RefCell<Option<Arc<dyn Source>>> = const { RefCell::new(None) };
}

/// Runs `build`, in which the SDK calls [`start`] on this thread, and lets the service serve the
/// blocks of `source`.
///
/// The SDK offers no other way to pass it. A service that is started without a source serves
/// nobody.
pub fn with_source<T>(source: Arc<dyn Source>, build: impl FnOnce() -> T) -> T {
	SOURCE.set(Some(source));
	let built = build();
	SOURCE.set(None);
	built
}

/// Returns the source of [`with_source`], once.
fn take_source() -> Option<Arc<dyn Source>> {
	SOURCE.take()
}
