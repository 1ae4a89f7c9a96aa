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
					"error: the system gives this program no threads: {error}"
				);
				return ExitCode::FAILURE;
			}
		};
	runtime.spawn(signals::end_cleanly());
	let code = runtime.block_on(salus_cli::main(std::env::args_os(), &mut io::stdout()));
	// A command that was cut off leaves threads at work: nobody waits for them, and nothing of theirs stays.
	runtime.shutdown_background();
	salus_client::discard_unfinished();
	ExitCode::from(code)
}
