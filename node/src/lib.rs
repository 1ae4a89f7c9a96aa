//! The Salus node: validator, record store and gateway of a hospital.
//!
//! Contract: the binary assembles the node and runs the chain (`service`). This library contains
//! the parts specific to Salus: the node keeps the encrypted records' blocks ([`ipfs`]), votes on
//! finality at most once ([`abstain`]), makes and checks blocks ([`blocks`]), holds a share of the
//! hospitals' common key ([`committee`]) and answers clients ([`rpc`]). It makes no decisions about
//! permissions; the runtime does.
//!
//! Uses: `salus-runtime`, `salus-ipfs`, the Polkadot SDK. Used by: the binary.
//!
//! It is separate from the binary so that its tests do not compile the SDK's service again.

// The SDK's own error types are large, but only pass through when the node starts or ends.
#![allow(clippy::result_large_err)]
#![warn(missing_docs)]

pub mod abstain;
pub mod blocks;
pub mod chain_spec;
pub mod cli;
pub mod clock;
pub mod committee;
pub mod consortium;
pub mod discovery;
pub mod executor;
mod files;
pub mod ipfs;
mod keystore;
pub mod logs;
pub mod observer;
pub mod ports;
pub mod rpc;

pub use salus_ipfs::errors;

use salus_runtime::{apis::RuntimeApi, opaque::Block};
use sc_service::{TFullBackend, TFullClient};
use sc_transaction_pool::TransactionPoolHandle;

/// Client of the chain.
pub type FullClient = TFullClient<Block, RuntimeApi, executor::Executor>;
/// Database of the chain.
pub type FullBackend = TFullBackend<Block>;
/// Pool of waiting transactions.
pub type FullPool = TransactionPoolHandle<Block, FullClient>;
