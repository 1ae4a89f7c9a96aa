//! Types and traits of the Salus domain.
//!
//! Contract: this crate is the one place where pallets, runtime, node and clients agree on the
//! bytes (SCALE) and the JSON (feature `serde`) of organisations, records, grants and decisions. It
//! holds only logic that follows from its types, and it depends on no other crate of Salus.
//!
//! Uses: nothing. Used by: every pallet, the runtime, the node, and the SDK (`salus-client`).

#![cfg_attr(not(feature = "std"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

pub mod access;
#[cfg(feature = "runtime-api")]
pub mod api;
pub mod attestation;
pub mod committee;
pub mod consent;
pub mod content;
#[cfg(feature = "serde")]
pub mod node;
mod reads;
pub mod record;
pub mod role;
#[cfg(feature = "serde")]
mod serde_bytes;
#[cfg(feature = "serde")]
pub mod serde_hex;
pub mod signing;
pub mod succession;
pub mod traits;
pub mod validators;
pub mod version_1;

pub use access::*;
pub use attestation::*;
pub use committee::*;
pub use consent::*;
pub use content::*;
pub use record::*;
pub use role::*;
pub use signing::*;
pub use succession::*;
pub use traits::*;
pub use validators::*;

/// Milliseconds since the Unix epoch, taken from the block's timestamp.
pub type Moment = u64;

/// A 32-byte hash, fingerprint or commitment. Each use says what is hashed.
pub type Hash32 = [u8; 32];

/// Symbol of the chain's token.
pub const TOKEN_SYMBOL: &str = "HEAL";

/// Number of decimals of the token.
pub const TOKEN_DECIMALS: u8 = 12;

/// Maximum number of items in one page of a read; larger requests are cut to it.
pub const MAX_PAGE: u32 = 256;

/// One page of a paged read.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode, scale_info::TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Page<T> {
	/// Items, oldest first.
	pub items: alloc::vec::Vec<T>,
	/// Index at which the next page starts; `None` if this is the last page.
	pub next: Option<u32>,
	/// Total number of items.
	pub total: u32,
}
