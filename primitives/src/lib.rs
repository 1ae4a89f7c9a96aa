//! Types and traits of the Salus domain.
//!
//! Contract: this crate is the one place where pallets, runtime, node and clients agree on what an organisation, a
//! record, a grant or a decision looks like in bytes (SCALE) and in JSON (feature `serde`). It holds no logic beyond
//! what follows from a type alone, and it depends on no other crate of Salus.
//!
//! Down: nothing. Up: every pallet, the runtime, the node, and the SDK (`salus-client`).

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
pub mod record;
pub mod role;
#[cfg(feature = "serde")]
mod serde_bytes;
#[cfg(feature = "serde")]
mod serde_hex;
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

/// Milliseconds since the Unix epoch, as the block's timestamp gives them.
pub type Moment = u64;

/// A 32-byte hash, fingerprint or commitment. What it is a hash of is said where it is used.
pub type Hash32 = [u8; 32];

/// The most items that one page of a read may hold; larger requests are cut to it.
pub const MAX_PAGE: u32 = 256;

/// One page of a paged read.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode, scale_info::TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Page<T> {
	/// The items, in the order in which they came to be.
	pub items: alloc::vec::Vec<T>,
	/// Where the next page starts; `None` when this is the last.
	pub next: Option<u32>,
	/// How many items there are in all.
	pub total: u32,
}
