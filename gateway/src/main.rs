//! The `salus-gateway` program.

use std::process::ExitCode;

use clap::Parser;
use salus_gateway::{run, start_log, Arguments};

fn main() -> ExitCode {
	let arguments = Arguments::parse();
	start_log(arguments.log_format);
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
