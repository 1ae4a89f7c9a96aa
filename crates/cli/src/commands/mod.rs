//! The commands, one file each.

mod bond;
mod committee;
mod completions;
mod consent;
mod contact;
mod council;
mod doctor;
mod emergency;
mod guardian;
mod inbox;
mod keys;
mod log;
mod member;
mod org;
mod patient;
mod record;
mod recover;
mod request;
mod rule;
mod status;
mod storage;
mod tokens;
mod upgrade;
mod validator;

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
	pub(crate) global: Global,
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
	/// Permit, share, take back and deny access to one's records.
	#[command(subcommand)]
	Consent(consent::Opts),
	/// Ask patients for consent.
	#[command(subcommand)]
	Request(request::Opts),
	/// List and answer the requests for consent that wait.
	Inbox(inbox::Opts),
	/// Set rules that answer requests for consent at once.
	#[command(subcommand)]
	Rule(rule::Opts),
	/// Appoint guardians, who read and answer requests in the patient's stead.
	#[command(subcommand)]
	Guardian(guardian::Opts),
	/// Bring back a patient who lost their key, on a new account.
	#[command(subcommand)]
	Recover(recover::Opts),
	/// Break the glass in an emergency, and review who did.
	#[command(subcommand)]
	Emergency(emergency::Opts),
	/// Show, export and prove who asked for a patient's records.
	#[command(subcommand)]
	Log(log::Opts),
	/// Give accounts names of your own.
	#[command(subcommand)]
	Contact(contact::Opts),
	/// Show the hospitals that release keys together.
	#[command(subcommand)]
	Committee(committee::Opts),
	/// Vote on what the hospitals decide together.
	#[command(subcommand)]
	Council(council::Opts),
	/// Show, add and remove the hospitals that run the chain.
	#[command(subcommand)]
	Validator(validator::Opts),
	/// Bring a new runtime to the chain, by vote.
	#[command(subcommand)]
	Upgrade(upgrade::Opts),
	/// Show who keeps the encrypted records, and which have too few copies.
	#[command(subcommand)]
	Storage(storage::Opts),
	/// Send tokens, with which votes and session keys are paid.
	#[command(subcommand)]
	Tokens(tokens::Opts),
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
			Command::Request(opts) => request::run(opts, context).await,
			Command::Inbox(opts) => inbox::run(opts, context).await,
			Command::Rule(opts) => rule::run(opts, context).await,
			Command::Guardian(opts) => guardian::run(opts, context).await,
			Command::Recover(opts) => recover::run(opts, context).await,
			Command::Emergency(opts) => emergency::run(opts, context).await,
			Command::Log(opts) => log::run(opts, context).await,
			Command::Contact(opts) => contact::run(opts, context),
			Command::Committee(opts) => committee::run(opts, context).await,
			Command::Council(opts) => council::run(opts, context).await,
			Command::Validator(opts) => validator::run(opts, context).await,
			Command::Upgrade(opts) => upgrade::run(opts, context).await,
			Command::Storage(opts) => storage::run(opts, context).await,
			Command::Tokens(opts) => tokens::run(opts, context).await,
			Command::Status(opts) => status::run(opts, context).await,
			Command::Completions(opts) => completions::run(opts, context),
		}
	}
}
