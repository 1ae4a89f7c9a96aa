//! The Salus node: validator, record store and gateway of a hospital.
//!
//! Contract: the binary puts the node together and runs the chain (`service`). What is Salus' own is here: the node keeps
//! the encrypted records' blocks ([`ipfs`]), votes on finality at most once ([`abstain`]), holds a share of the hospitals' common key ([`committee`]) and answers
//! clients ([`rpc`]). It decides nothing about who may do what: that is the runtime's.
//!
//! Down: `salus-runtime`, `salus-ipfs`, the Polkadot SDK. Up: the binary.
//!
//! A library beside the binary, so that its tests do not compile the SDK's service a second time.

// The SDK's own error types are large. They pass through here once, when the node starts or ends.
#![allow(clippy::result_large_err)]
#![warn(missing_docs)]

pub mod abstain;
pub mod chain_spec;
pub mod cli;
pub mod committee;
pub mod consortium;
pub mod discovery;
pub mod executor;
pub mod ipfs;
pub mod logs;
pub mod observer;
pub mod ports;
pub mod rpc;

use salus_runtime::{apis::RuntimeApi, opaque::Block};
use sc_service::{TFullBackend, TFullClient};
use sc_transaction_pool::TransactionPoolHandle;

/// The chain's client.
pub type FullClient = TFullClient<Block, RuntimeApi, executor::Executor>;
/// The chain's database.
pub type FullBackend = TFullBackend<Block>;
/// The transactions that wait.
pub type FullPool = TransactionPoolHandle<Block, FullClient>;
