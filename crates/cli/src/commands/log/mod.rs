//! `salus log`: a patient's access log.

mod export;
mod show;
mod verify;

use clap::Subcommand;

use crate::{Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show who requested which records, the purpose, the answer, and whether a key was released.
	Show(show::Opts),
	/// Export the log as a FHIR R4 Bundle of AuditEvents, with proof that it is complete.
	Export(export::Opts),
	/// Verify that an export is complete and unchanged, without a node.
	Verify(verify::Opts),
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Show(opts) => show::run(opts, context).await,
		Opts::Export(opts) => export::run(opts, context).await,
		Opts::Verify(opts) => verify::run(opts, context).await,
	}
}
