//! `salus record`: records and their versions.

mod add;
mod attest;
mod erase;
mod get;
mod list;
mod reseal;
mod revise;
mod show;
mod version;
mod withdraw;

use clap::Subcommand;

use crate::{Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Encrypt files and add each as a record of a patient.
	///
	/// If it is interrupted, run the same command again: it resumes where it stopped.
	Add(add::Opts),
	/// Add a new version to a record. Earlier versions stay.
	Revise(revise::Opts),
	/// List a patient's records.
	///
	/// A title is "(closed)" if the record is guarded (open it with `salus record get`), if its key
	/// is not shared with the account that acts, or if no account acts (--as).
	List(list::Opts),
	/// Show what the chain knows of a record and, if you may read it, its title and type.
	Show(show::Opts),
	/// Open a record into a file.
	///
	/// A guarded record is requested on the chain, and the request is in the patient's log.
	Get(get::Opts),
	/// Seal keys to the committee that is active now, as the patient.
	Reseal(reseal::Opts),
	/// Attest or reject a record after a review, as a records admin.
	Attest(attest::Opts),
	/// Withdraw a record entered in error, such as for the wrong patient.
	///
	/// The record's author and records admins may do this.
	Withdraw(withdraw::Opts),
	/// Erase a record, as the patient. This cannot be undone.
	Erase(erase::Opts),
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Add(opts) => add::run(opts, context).await,
		Opts::Revise(opts) => revise::run(opts, context).await,
		Opts::List(opts) => list::run(opts, context).await,
		Opts::Show(opts) => show::run(opts, context).await,
		Opts::Get(opts) => get::run(opts, context).await,
		Opts::Reseal(opts) => reseal::run(opts, context).await,
		Opts::Attest(opts) => attest::run(opts, context).await,
		Opts::Withdraw(opts) => withdraw::run(opts, context).await,
		Opts::Erase(opts) => erase::run(opts, context).await,
	}
}
