//! The commands: one file or folder for each group.
//!
//! [`Cli::run`] runs the one that was given. A command reads its options, opens the account that
//! acts, connects to the node, has the client do the work, and writes the result as text or JSON.

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
use salus_client::NodesWord;

use crate::{
	context::{Context, Global},
	failure::EXIT_CODES,
	Code, Failure,
};

/// Share health records under the patient's control.
///
/// Records are encrypted on this machine. The chain keeps the patient's consent and proof of what
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
	/// Check the node, the chain and your account, and advise what to fix.
	///
	/// An asterisk marks checks that rest on the node's word. The others are proved.
	Doctor(doctor::Opts),
	/// Create, show and publish keys.
	#[command(subcommand)]
	Keys(keys::Opts),
	/// Register and manage organisations.
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
	/// Grant, share, revoke and deny access to your records.
	#[command(subcommand)]
	Consent(consent::Opts),
	/// Ask patients for consent.
	#[command(subcommand)]
	Request(request::Opts),
	/// List and answer requests for consent.
	Inbox(inbox::Opts),
	/// Set rules that answer requests for consent automatically.
	#[command(subcommand)]
	Rule(rule::Opts),
	/// Appoint guardians, who read records and answer requests for the patient.
	#[command(subcommand)]
	Guardian(guardian::Opts),
	/// Give a patient who lost their key a new account.
	#[command(subcommand)]
	Recover(recover::Opts),
	/// Break the glass in an emergency, and review emergency cases.
	#[command(subcommand)]
	Emergency(emergency::Opts),
	/// Show, export and verify a patient's access log.
	#[command(subcommand)]
	Log(log::Opts),
	/// Give accounts names, in your address book.
	#[command(subcommand)]
	Contact(contact::Opts),
	/// Show the hospitals that release keys together.
	#[command(subcommand)]
	Committee(committee::Opts),
	/// Propose and vote on the hospitals' joint decisions.
	#[command(subcommand)]
	Council(council::Opts),
	/// List, add and remove validators, the hospitals that run the chain.
	#[command(subcommand)]
	Validator(validator::Opts),
	/// Upgrade the chain's runtime, by vote.
	#[command(subcommand)]
	Upgrade(upgrade::Opts),
	/// Show storage nodes and under-replicated records.
	#[command(subcommand)]
	Storage(storage::Opts),
	/// Send tokens, which pay for votes and session keys.
	#[command(subcommand)]
	Tokens(tokens::Opts),
	/// Show the state of node, chain and storage.
	///
	/// The figures of the node itself are not proved: its software, blocks, clock, peers and
	/// storage.
	Status(status::Opts),
	/// Write a shell's completion script.
	Completions(completions::Opts),
}

impl Cli {
	/// Runs the command. Returns [`Code::Ok`], or [`Code::NotFinal`] after a warning.
	pub async fn run(self, out: &mut (dyn Write + Send)) -> Result<Code, Failure> {
		let mut context = Context::new(self.global, out);
		let done = run(self.command, &mut context).await;
		// A progress bar that a failure leaves behind would be drawn over warnings and the error.
		context.progress.end();
		// A command that failed may have done a part.
		let unproved = context.unproved().await;
		// While the node's word counts, nothing more is signed.
		let resealed = match (&done, unproved) {
			(Ok(()), None) => context.reseal_some().await,
			_ => None,
		};
		let written = context.write_held(resealed.as_deref());
		match unproved {
			Some(NodesWord::Outcome(included)) => context.warn(&format!(
				"a transaction is reported by the node but not proved: its block {} is not final, and can \
				 still be lost; `salus status` shows finality, check the result once it has advanced",
				included.block
			)),
			Some(NodesWord::Answer) => context.warn(
				"a transaction was made from answers that are the node's word only, because finality \
				 stalled; check the result",
			),
			None => {}
		}
		done?;
		written?;
		Ok(if unproved.is_some() { Code::NotFinal } else { Code::Ok })
	}
}

async fn run(command: Command, context: &mut Context<'_>) -> Result<(), Failure> {
	match command {
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
