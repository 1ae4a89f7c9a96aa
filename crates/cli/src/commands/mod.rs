//! The commands, one file each.

mod completions;
mod consent;
mod doctor;
mod keys;
mod member;
mod org;
mod patient;
mod record;
mod status;

use std::io::Write;

use clap::{Parser, Subcommand};

use crate::{
	context::{Context, Global},
	failure::EXIT_CODES,
	Failure,
};

/// Share health records under the patient's control.
///
/// Records are encrypted on this machine; the chain keeps who may read them and proof of what
/// exists; storage nodes keep the encrypted content.
#[derive(Parser, Debug)]
#[command(name = "salus", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
	#[command(flatten)]
	global: Global,
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
	/// Check that everything needed is there and works.
	Doctor(doctor::Opts),
	/// Make, show and publish keys.
	#[command(subcommand)]
	Keys(keys::Opts),
	/// Register organisations and hand out their keys.
	#[command(subcommand)]
	Org(org::Opts),
	/// Admit and dismiss members of an organisation.
	#[command(subcommand)]
	Member(member::Opts),
	/// Enrol patients.
	#[command(subcommand)]
	Patient(patient::Opts),
	/// Add, list, open, attest and erase records.
	#[command(subcommand)]
	Record(record::Opts),
	/// Permit, take back and deny access to one's records.
	#[command(subcommand)]
	Consent(consent::Opts),
	/// Show how node, chain and storage are.
	Status(status::Opts),
	/// Write the completions of a shell.
	Completions(completions::Opts),
}

impl Cli {
	/// Runs the command.
	pub async fn run(self, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
		let mut context = Context::new(self.global, out);
		let context = &mut context;
		match self.command {
			Command::Doctor(opts) => doctor::run(opts, context).await,
			Command::Keys(opts) => keys::run(opts, context).await,
			Command::Org(opts) => org::run(opts, context).await,
			Command::Member(opts) => member::run(opts, context).await,
			Command::Patient(opts) => patient::run(opts, context).await,
			Command::Record(opts) => record::run(opts, context).await,
			Command::Consent(opts) => consent::run(opts, context).await,
			Command::Status(opts) => status::run(opts, context).await,
			Command::Completions(opts) => completions::run(opts, context),
		}
	}
}
