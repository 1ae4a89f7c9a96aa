//! The Salus node: validator, record store and gateway of a hospital.
//!
//! Contract: the node runs the chain ([`service`]), keeps the encrypted records' blocks ([`ipfs`]), holds a share of the
//! hospitals' common key ([`committee`]) and answers clients ([`rpc`]). It decides nothing about who may do what: that is the runtime's.
//!
//! Down: `salus-runtime`, `salus-ipfs`, the Polkadot SDK. Up: whoever runs the binary.

// The SDK's own error types are large. They pass through here once, when the node starts or ends.
#![allow(clippy::result_large_err)]
#![warn(missing_docs)]

mod chain_spec;
mod cli;
mod command;
mod committee;
mod discovery;
mod ipfs;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
