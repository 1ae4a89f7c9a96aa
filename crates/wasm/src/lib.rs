//! Exports to JavaScript of what a browser needs of Salus and cannot do by itself.
//!
//! A browser's WebCrypto encrypts and decrypts content. It has no threshold cryptography, no hash
//! of a stream, and no proofs of the chain. These exports are the same Rust that the node and the
//! command line run, so there is no second implementation that could differ
//! (`docs/adr/0031-one-implementation-in-the-browser.md`).
//!
//! # Neighbours
//!
//! - Used by: JavaScript, in a worker of a browser or in Node.js. `scripts/build-wasm` makes the
//!   package.
//! - Uses: `salus-threshold`, `salus-envelope` (wraps and deliveries), `salus-light` and the
//!   content of `salus-ipfs`. No files, network or clock.
//!
//! # Contract
//!
//! - Bytes come and go as `Uint8Array`. Hashes, ids and genesis hashes have 32 bytes, CIDs have 36,
//!   in their binary form. A `u64` is a `BigInt`. Each function documents any other shape.
//! - Every failure is thrown as a `SalusError`: an `Error` with a stable `code` ([`CODES`]), and
//!   where shares are bad, the members at fault. Hostile input gives one, never a trap.
//! - A secret stays in this module's memory, in a [`Key`], [`KeyPair`] or [`Release`], until it is
//!   exposed. `free()` erases it. The stack is erased after each use of a secret. JavaScript's own
//!   copies are the caller's to erase.

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod chain;
mod committee;
mod content;
mod failure;
mod secret;
#[cfg(test)]
mod tests;

pub use chain::{state_key, Chain, ReadProof};
pub use committee::{Committee, Release, Request};
pub use content::{
	cid_from_text, cid_of_leaf, cid_to_text, links, verify_block, Block, Dag, DagHasher, Link,
	Sha256,
};
pub use failure::{BadShare, Failure, CODES};
pub use secret::{wrap_for_organisation, wrap_record, Key, KeyPair};
