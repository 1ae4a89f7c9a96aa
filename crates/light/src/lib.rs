//! Proofs of what a node says about the chain. A client that knows the chain's first block does not
//! have to trust a node.
//!
//! [`Trusted`] follows finality: from the first block's validators over each change of the set to
//! the last final block, by the validators' signatures. A header names its state, so [`state`]
//! checks values against it, and [`Code`] executes functions of the chain's own runtime over a
//! proof of everything that they read.
//!
//! # Neighbours
//!
//! - Used by: `salus-client`, which fetches headers, justifications and proofs, and keeps
//!   [`Trusted`] between runs.
//! - Uses: `smoldot`, whose functions do the cryptography, decode the trie and run the Wasm. No
//!   files, network or clock.
//!
//! # Contract
//!
//! - Input comes from a node that lies: it gives a [`Fault`], never a panic and never a result that
//!   the chain would not give.
//! - [`Trusted`] never goes back to an earlier block.
//! - A node can still withhold blocks.

mod code;
mod fault;
mod finality;
mod header;
pub mod state;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use fault::Fault;
pub use finality::Trusted;
pub use header::Header;

/// A hash of the chain: BLAKE2b-256.
pub type Hash = [u8; 32];

/// Length of a block's number in signed messages, in bytes.
const NUMBER_BYTES: usize = 4;
