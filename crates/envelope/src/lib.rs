//! The envelope in which a health record leaves its author's machine, and the wraps of its key.
//!
//! [`seal`] turns a plaintext of any size into leaves of 1 MiB under a fresh [`Dek`]; [`open`]
//! turns them back, verified against the commitment that stands on chain; [`read_descriptor`] and
//! [`LeafOpener`] read the title, or any single leaf, without the rest. [`wrap`] and [`unwrap`]
//! hand a key to one recipient. The bytes are specified in `docs/envelope-format.md`.
//!
//! # Neighbours
//!
//! - Above: `salus-client` draws the DEK, chooses the record id before sealing, registers the
//!   commitment and the wraps on chain, and discards plaintext that [`open`] did not approve.
//! - Beside: `salus-ipfs` cuts the envelope into blocks of [`LEAF_SIZE`], so a leaf here is a block
//!   there; `salus-threshold` seals the DEK to the committee.
//! - Below: nothing of Salus. No files, no network, no clock: generic readers and writers, and the
//!   operating system's randomness.
//!
//! # Contract
//!
//! - Keys are erased from memory when dropped, and so are this crate's buffers of plaintext. No
//!   error, `Debug` or panic shows a key, a plaintext or a descriptor.
//! - Hostile input gives an [`Error`], never a panic, and memory stays below 3 MiB whatever the
//!   size of the record.
//! - The primitives are AWS-LC's (through `aws-lc-rs`) and, for HPKE, the `hpke` crate's. Only the
//!   framing is ours.
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
	deny(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing
	)
)]

mod delivery;
mod descriptor;
mod error;
mod format;
mod key;
mod names;
mod open;
mod seal;
#[cfg(test)]
mod vectors;
mod wrap;

pub use delivery::{Delivery, DELIVERY_OVERHEAD};
pub use descriptor::{Descriptor, MAX_FHIR_TYPE, MAX_NAME, MAX_TITLE};
pub use error::Error;
pub use format::{
	Layout, DESCRIPTOR_STEP, FORMAT_VERSION, HEADER_SIZE, LEAF_SIZE, MAX_DESCRIPTOR_SIZE, SUITE,
};
pub use key::{Binding, Dek};
pub use names::{is_deceptive, safe_file_name};
pub use open::{open, open_leaf, read_descriptor, LeafOpener, Opened};
pub use seal::{ciphertext_size, seal, Sealed};
pub use wrap::{
	unwrap, wrap, KeyAgreementPublic, KeyAgreementSecret, WrapContext, WrapKind, WRAP_SIZE,
};
