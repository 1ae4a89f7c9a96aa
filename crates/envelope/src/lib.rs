//! The envelope in which a health record leaves its author's machine, and the wraps of its key.
//!
//! [`seal()`] turns a plaintext of any size into leaves of 1 MiB under a new [`Dek`]. [`open()`]
//! restores the plaintext and verifies it against the commitment on chain. [`read_descriptor`]
//! reads only the descriptor, and [`LeafOpener`] any single leaf. [`wrap()`] and [`unwrap`] pass a
//! key to one recipient. `docs/envelope-format.md` specifies the bytes.
//!
//! # Neighbours
//!
//! - Used by: `salus-client`, which generates the DEK, chooses the record id before sealing,
//!   registers the commitment and the wraps on chain, and discards plaintext for which [`open()`]
//!   fails.
//! - Used by: `salus-ipfs`, which cuts the envelope into blocks of [`LEAF_SIZE`], so a leaf is one
//!   IPFS block; `salus-threshold`, which seals the DEK to the committee.
//! - Uses: no other crate of Salus, and no files, network or clock; generic readers and writers,
//!   and the operating system's randomness.
//!
//! # Contract
//!
//! - Keys and this crate's plaintext buffers are erased from memory when dropped. No error, `Debug`
//!   output or panic shows a key, a plaintext or a descriptor.
//! - Hostile input gives an [`Error`], never a panic. Memory stays below 3 MiB for records of any
//!   size.
//! - The primitives come from AWS-LC (through `aws-lc-rs`) and, for HPKE, from the `hpke` crate.
//!   Only the framing is our own.
//! - For Wasm there are only wraps, deliveries and keys. A browser seals and opens content itself,
//!   with WebCrypto (`docs/adr/0031-one-implementation-in-the-browser.md`).
//!
//! # Example
//!
//! ```
//! use salus_envelope::{open, seal, Binding, Dek, Descriptor};
//!
//! let dek = Dek::generate()?;
//! let binding = Binding { record: [7; 32], version: 1 };
//! let descriptor = Descriptor {
//!     title: "Blood count".into(),
//!     media_type: "application/fhir+json".into(),
//!     file_name: "blood-count.json".into(),
//!     fhir_type: Some("DiagnosticReport".into()),
//!     created: 1_700_000_000_000,
//! };
//!
//! let mut envelope = Vec::new();
//! let sealed = seal(&dek, &binding, &descriptor, &b"{}"[..], &mut envelope)?;
//!
//! let mut plaintext = Vec::new();
//! let opened = open(&dek, &binding, &sealed.commitment, &envelope[..], &mut plaintext)?;
//! assert_eq!(plaintext, b"{}");
//! assert_eq!(opened.descriptor, descriptor);
//! # Ok::<(), salus_envelope::Error>(())
//! ```

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod delivery;
#[cfg(not(target_family = "wasm"))]
mod descriptor;
mod error;
#[cfg(not(target_family = "wasm"))]
mod format;
mod key;
#[cfg(not(target_family = "wasm"))]
mod keys;
#[cfg(not(target_family = "wasm"))]
mod names;
#[cfg(not(target_family = "wasm"))]
mod open;
#[cfg(not(target_family = "wasm"))]
mod seal;
#[cfg(all(test, not(target_family = "wasm")))]
mod vectors;
mod wrap;

pub use delivery::{Delivery, DELIVERY_OVERHEAD};
#[cfg(not(target_family = "wasm"))]
pub use descriptor::{Descriptor, MAX_FHIR_TYPE, MAX_NAME, MAX_TITLE};
pub use error::Error;
#[cfg(not(target_family = "wasm"))]
pub use format::{
	Layout, DESCRIPTOR_STEP, FORMAT_VERSION, HEADER_SIZE, LEAF_SIZE, MAX_DESCRIPTOR_SIZE, SUITE,
};
pub use key::{Binding, Dek};
#[cfg(not(target_family = "wasm"))]
pub use names::{is_deceptive, safe_file_name};
#[cfg(not(target_family = "wasm"))]
pub use open::{open, open_leaf, read_descriptor, LeafOpener, Opened};
#[cfg(not(target_family = "wasm"))]
pub use seal::{ciphertext_size, seal, Sealed};
pub use wrap::{
	unwrap, wrap, KeyAgreementPublic, KeyAgreementSecret, WrapContext, WrapKind, WRAP_SIZE,
};
