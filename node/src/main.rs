//! Runs the Salus node.

// The SDK's own error types are large. They pass through here once, when the node starts or ends.
#![allow(clippy::result_large_err)]
#![warn(missing_docs)]

mod command;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
