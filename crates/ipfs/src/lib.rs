//! IPFS as Salus uses it, free of any chain crate.
//!
//! Encrypted records live in IPFS, and the chain holds their root CIDs. This crate handles content
//! identifiers, blocks and the Kubo RPC API. It never sees a key or plain text.
//!
//! # Neighbours
//!
//! * **From the client** (`salus-client`): the bytes of an envelope go into [`unixfs`], which
//!   returns the list of blocks to hand to a node, and the root [`Cid`]: the one that Kubo computes
//!   for the same bytes under the CID profile `unixfs-v1-2025` (IPIP-499). [`fetch`] reads a file
//!   back from any [`fetch::BlockSource`] and checks each block against its CID.
//! * **From the node** (`salus-node`): [`staging`] takes uploads block by block inside the limits
//!   of their tickets, [`store`] keeps what was pushed and pinned, and `server` (feature `server`)
//!   shows both as the subset of the Kubo RPC API that the off-chain worker and ordinary IPFS tools
//!   need. Bitswap reads blocks through [`store::BlockStore::get_by_digest`].
//! * **To Kubo** or to another Salus node: [`kubo`], a client with a deadline on every call, and
//!   [`inspect`], which finds out whether a Kubo is open to the public.
//! * **To the chain**: a CID is 36 bytes ([`Cid::to_bytes`]), nothing else.
//!
//! [`staging`] and [`fetch`] accept only files that the profile produces: CIDv1, sha2-256, raw
//! leaves of 1 MiB, canonical dag-pb nodes of at most 1024 links, balanced layout. A file of a
//! known size therefore has exactly one shape, which bounds what an upload can cost. [`store`] is
//! wider: it takes any block of at most 2 MiB that its CID names, and pins any tree of canonical
//! nodes.
//!
//! # Layers
//!
//! Each layer imports only from those to its right:
//!
//! ```text
//! fetch   ──► kubo, staging, store, content
//! server  ──► staging, store, content
//! staging ──► store, content, disk
//! store   ──► content, disk
//! kubo    ──► content
//! ```
//!
//! [`errors`], the texts of errors, is below all of them. For Wasm there are only [`content`] and
//! [`errors`]: a browser has neither a disk nor these networks.

pub mod content;
#[cfg(not(target_family = "wasm"))]
mod disk;
pub mod errors;
#[cfg(not(target_family = "wasm"))]
pub mod fetch;
#[cfg(not(target_family = "wasm"))]
pub mod kubo;
#[cfg(all(feature = "server", not(target_family = "wasm")))]
pub mod server;
#[cfg(not(target_family = "wasm"))]
pub mod staging;
#[cfg(not(target_family = "wasm"))]
pub mod store;

pub use self::content::{
	unixfs::{self, Block, Dag},
	Cid, CidError, Codec, Digest, CID_LENGTH, MAX_BLOCK, MAX_LEAF, MAX_LINKS,
};
#[cfg(not(target_family = "wasm"))]
pub use self::kubo::inspect;
