//! The `salus` command line.
//!
//! Each command is a file with its options and a function that runs it and writes its result to the
//! [`Context`]. So every command also runs in tests, without a terminal ([`run`]).
//!
//! # Neighbours
//!
//! - Uses: `salus-client`, which does all the work.
//! - Used by: people (results on standard output, progress and errors on standard error) and
//!   programs (`--json` and the exit code).

#![warn(missing_docs)]
// These macros panic if the output is closed.
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
mod resealing;
mod show;
mod signed;
mod statement;
mod terms;
mod timing;
mod usage;
mod who;

use std::{ffi::OsString, future::Future, io::Write, pin::Pin, time::Instant};

use clap::{error::ErrorKind, CommandFactory, Parser};

use book::Book;
pub use commands::Cli;
pub use context::Context;
pub use failure::{Code, Failure};

/// Exit code if the reader closed the output: that of a program that the system ends by SIGPIPE.
pub const BROKEN_PIPE: u8 = 128 + 13;

/// A command that runs.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Code, Failure>> + 'a>>;

/// Runs a command line, which begins with the program's name, and writes its result. Returns
/// [`Code::Ok`] or [`Code::NotFinal`].
pub async fn run<I, T>(args: I, out: &mut (dyn Write + Send)) -> Result<Code, Failure>
where
	I: IntoIterator<Item = T>,
	T: Into<OsString> + Clone,
{
	let began = Instant::now();
	let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
	let book = Book::open(book::state_dir(&args));
	let parse = || Cli::try_parse_from(&args).map_err(|error| usage::plain(error, &args));
	let cli = book.lend(|| who::with_names(&args, parse))?;
	let trace_timing = cli.global.trace_timing;
	let command = begin(cli, out);
	match trace_timing {
		true => timing::traced(began, command).await,
		false => command.await,
	}
}

/// Begins a command. It is boxed, so that it is compiled with this library, once, and not again
/// with each program that runs commands.
fn begin(cli: Cli, out: &mut (dyn Write + Send)) -> Running<'_> {
	Box::pin(cli.run(out))
}

/// Calls [`run`], and writes errors to standard error, with `--json` also to `out`. Returns the
/// exit code.
pub async fn main<I, T>(args: I, out: &mut (dyn Write + Send)) -> u8
where
	I: IntoIterator<Item = T>,
	T: Into<OsString> + Clone,
{
	let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
	let failure = match run(args.clone(), out).await {
		Ok(code) => return code as u8,
		Err(failure) => failure,
	};
	if let Failure::Usage(error) = &failure {
		let _ = error.print();
		// Help and version are not errors.
		if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
			return Code::Ok as u8;
		}
		if is_json(&args) {
			let _ = writeln!(out, "{}", usage::json(error));
		}
		return Code::Usage as u8;
	}
	// The reader has seen enough, so this is not an error.
	if failure.is_broken_pipe() {
		return BROKEN_PIPE;
	}
	let book = Book::open(book::state_dir(&args));
	let text = failure.to_text();
	progress::tell(&match &failure {
		// These errors are about names, so they show accounts in full.
		Failure::Contact(_) => text,
		_ => book.name(&text),
	});
	if is_json(&args) {
		let text = show::escaped(&failure.to_json().to_string());
		let _ = writeln!(out, "{text}");
	}
	failure.code() as u8
}

/// Returns whether JSON is requested, even by an invalid command line.
fn is_json(args: &[OsString]) -> bool {
	let mut options = args.iter().take_while(|arg| *arg != "--");
	options.any(|arg| arg == "--json")
}

/// Returns the definition of the command line, for documentation and completions.
pub fn command() -> clap::Command {
	Cli::command()
}
