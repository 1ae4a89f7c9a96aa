//! `salus log export`: reads the whole log with its proof, verifies it, and writes it as a FHIR
//! Bundle.

use std::{
	fs::OpenOptions,
	io::{self, Write},
	path::{Path, PathBuf},
};

use clap::Args;
use salus_client::{Account, Error, Verified};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Export the log of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// Write to this file, which only you can read [default: standard output].
	#[arg(long, short, value_name = "FILE")]
	out: Option<PathBuf>,
	/// Replace the file if it exists.
	#[arg(long, requires = "out")]
	force: bool,
}

#[derive(Serialize)]
struct ExportReport {
	file: PathBuf,
	#[serde(flatten)]
	verified: Verified,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let export = client.export_log(&patient).await?;
	let verified = export.verify().map_err(Error::from)?;
	let bundle = serde_json::to_string_pretty(&export.to_bundle()).map_err(io::Error::other)?;
	let Some(path) = opts.out else {
		writeln!(context.out, "{bundle}")?;
		return Ok(());
	};
	write(&path, &bundle, opts.force).map_err(|source| match source.kind() {
		io::ErrorKind::AlreadyExists => Error::OutputExists.into(),
		_ => Failure::File { action: "write", path: path.clone(), source },
	})?;
	let exported = ExportReport { file: path, verified };
	context.emit(&exported, |out| {
		let ExportReport { file, verified } = &exported;
		writeln!(
			out,
			"{} holds {} of the log, as of block {} (0x{})",
			file.display(),
			show::count(verified.entries as usize, "entry", "entries"),
			verified.block,
			hex::encode(verified.block_hash)
		)?;
		writeln!(out, "To verify it: salus log verify {}", file.display())
	})
}

fn write(path: &Path, text: &str, replace: bool) -> io::Result<()> {
	let mut options = OpenOptions::new();
	options.write(true);
	if replace {
		options.create(true).truncate(true);
	} else {
		options.create_new(true);
	}
	// The log shows who treats the patient.
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let mut file = options.open(path)?;
	file.write_all(text.as_bytes())?;
	file.write_all(b"\n")?;
	file.sync_all()
}
