//! `salus completions`: makes a shell's completion script from the options of all commands, and
//! writes it to standard output.

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
