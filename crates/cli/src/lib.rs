//! The `salus` command line.
//!
//! One file a command: its options, and a function that runs it and writes what it found to the
//! [`Context`]. So every command runs in a test without a terminal ([`run`]).
//!
//! # Neighbours
//!
//! - Below: `salus-client`, which does everything; here it is only asked and told.
//! - Above: people (plain words on standard output, progress and errors on standard error) and
//!   programs (`--json` and the exit code).

#![warn(missing_docs)]
// The macros end the program where nobody reads what they write.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod book;
mod commands;
mod condition;
mod context;
mod failure;
mod hint;
mod limit;
mod parse;
mod progress;
mod show;
mod terms;
mod usage;
mod who;

use std::{ffi::OsString, io::Write};

use clap::{error::ErrorKind, CommandFactory, Parser};

use book::Book;
pub use commands::Cli;
pub use context::Context;
pub use failure::{Code, Failure};

/// The exit code where nobody reads the result any more: as of a program that the system ended for it (SIGPIPE).
pub const BROKEN_PIPE: u8 = 128 + 13;

/// Runs one command line, program name first, and writes its result.
pub async fn run<I, T>(args: I, out: &mut (dyn Write + Send)) -> Result<(), Failure>
where
	I: IntoIterator<Item = T>,
	T: Into<OsString> + Clone,
{
	let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
	let book = Book::open(book::state_dir(&args));
	let parse = || Cli::try_parse_from(&args).map_err(|error| usage::plain(error, &args));
	let cli = book.lend(|| who::with_names(&args, parse))?;
	cli.run(out).await
}

/// [`run`], with errors told on standard error (and in JSON on `out` if asked for). Gives the exit code.
pub async fn main<I, T>(args: I, out: &mut (dyn Write + Send)) -> u8
where
	I: IntoIterator<Item = T>,
	T: Into<OsString> + Clone,
{
	let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
	let failure = match run(args.clone(), out).await {
		Ok(()) => return Code::Ok as u8,
		Err(failure) => failure,
	};
	if let Failure::Usage(error) = &failure {
		let _ = error.print();
		// Help and version are no errors.
		if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
			return Code::Ok as u8;
		}
		if is_json(&args) {
			let _ = writeln!(out, "{}", usage::json(error));
		}
		return Code::Usage as u8;
	}
	// Whoever read the result has seen enough of it: nothing went wrong.
	if failure.is_broken_pipe() {
		return BROKEN_PIPE;
	}
	let book = Book::open(book::state_dir(&args));
	let text = failure.to_text();
	progress::tell(&match &failure {
		// These are about names: accounts are shown in full.
		Failure::Contact(_) => text,
		_ => book.name(&text),
	});
	if is_json(&args) {
		let text = show::escaped(&failure.to_json().to_string());
		let _ = writeln!(out, "{text}");
	}
	failure.code() as u8
}

/// Whether JSON is asked for: also by a command line that cannot be understood.
fn is_json(args: &[OsString]) -> bool {
	let mut options = args.iter().take_while(|arg| *arg != "--");
	options.any(|arg| arg == "--json")
}

/// The command line's definition, for documentation and completions.
pub fn command() -> clap::Command {
	Cli::command()
}
