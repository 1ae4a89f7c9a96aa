//! Runs the Salus node.

// The SDK's own error types are large, but only pass through when the node starts or ends.
#![allow(clippy::result_large_err)]
#![warn(missing_docs)]

mod command;
mod service;
mod tasks;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {}", salus_node::errors::causes(&error));
			ExitCode::FAILURE
		}
	}
}
