//! The content of files: CIDs name blocks, and blocks make up a file.
//!
//! # Neighbours
//!
//! Used by: every other layer. [`Cid`] names bytes, [`unixfs`] cuts a file into blocks and reads
//! the nodes that join them. Uses: nothing of this crate. Input and output happen only through the
//! readers and writers that a caller passes in.

mod cid;
#[cfg(test)]
pub(crate) mod testing;
pub mod unixfs;

pub use self::cid::{Cid, CidError, Codec, Digest, CID_LENGTH};

/// Maximum length of a leaf, in bytes: 1 MiB. All leaves of a file but the last have this length.
pub const MAX_LEAF: usize = 1024 * 1024;

/// Maximum length of a block of any kind, in bytes: 2 MiB, the limit of Bitswap.
pub const MAX_BLOCK: usize = 2 * 1024 * 1024;

/// Maximum number of links in one node of a file.
pub const MAX_LINKS: usize = 1024;
