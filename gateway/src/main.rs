//! The `salus-gateway` program.

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use salus_gateway::{run, Arguments};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
	let arguments = Arguments::parse();
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(std::io::stderr)
		.with_ansi(std::io::stderr().is_terminal())
		.init();
	let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
		Ok(runtime) => runtime,
		Err(error) => {
			tracing::error!(%error, "cannot start threads; check the limits of processes and memory");
			return ExitCode::FAILURE;
		}
	};
	let ended = runtime.block_on(run(arguments));
	runtime.shutdown_background();
	salus_client::discard_unfinished();
	match ended {
		Ok(code) => code,
		Err(error) => {
			tracing::error!("{}", salus_gateway::chain_of(&error));
			ExitCode::FAILURE
		}
	}
}
