//! The `salus` program.

mod signals;

use std::{
	io::{self, Write},
	process::ExitCode,
};

fn main() -> ExitCode {
	let runtime =
		match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
			Ok(runtime) => runtime,
			Err(error) => {
				let _ = writeln!(
					io::stderr(),
					"error: cannot start threads: {error}; check the limits of processes and memory"
				);
				return ExitCode::FAILURE;
			}
		};
	runtime.spawn(signals::end_cleanly());
	let code = runtime.block_on(salus_cli::main(std::env::args_os(), &mut io::stdout()));
	// A command that was stopped may leave working threads. Do not wait for them, and remove what
	// they wrote.
	runtime.shutdown_background();
	salus_client::discard_unfinished();
	ExitCode::from(code)
}
