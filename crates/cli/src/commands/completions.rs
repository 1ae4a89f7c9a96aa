//! `salus completions`.

use clap::Args;
use clap_complete::Shell;

use crate::{Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Shell to write the script for.
	shell: Shell,
}

pub(crate) fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let mut script = Vec::new();
	clap_complete::generate(opts.shell, &mut crate::command(), "salus", &mut script);
	context.out.write_all(&script)?;
	context.out.flush()?;
	Ok(())
}
