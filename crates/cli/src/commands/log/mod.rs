//! `salus log`: who asked for a patient's records, why, and what came of it.

mod export;
mod show;
mod verify;

use clap::Subcommand;

use crate::{Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show who asked for what, why, what was answered, and whether a key was released.
	Show(show::Opts),
	/// Write the log as a FHIR R4 Bundle of AuditEvents, with the proof that it is complete.
	Export(export::Opts),
	/// Prove an export complete and unchanged, without a node.
	Verify(verify::Opts),
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Show(opts) => show::run(opts, context).await,
		Opts::Export(opts) => export::run(opts, context).await,
		Opts::Verify(opts) => verify::run(opts, context).await,
	}
}
