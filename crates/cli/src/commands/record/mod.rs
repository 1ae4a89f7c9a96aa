//! `salus record`: records.

mod add;
mod attest;
mod erase;
mod get;
mod list;
mod reseal;
mod revise;
mod show;
mod withdraw;

use clap::Subcommand;

use crate::{Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Encrypt files and add them to a patient's file, one record each.
	///
	/// Interrupted, the same command goes on where it was.
	Add(add::Opts),
	/// Add a new version to a record. Earlier versions stay.
	Revise(revise::Opts),
	/// List a patient's records.
	///
	/// "(closed)" stands for a title that is not opened: the record is guarded (`salus record get`
	/// asks for it), no key of it is shared with the account that acts, or none acts (--as).
	List(list::Opts),
	/// Show what the chain and, if you may read it, the record itself say of it.
	Show(show::Opts),
	/// Open a record into a file. A guarded one is asked for on chain, on the patient's record.
	Get(get::Opts),
	/// Seal keys, as the patient, to the committee that is active now.
	Reseal(reseal::Opts),
	/// State, as a records admin, that a record was reviewed.
	Attest(attest::Opts),
	/// Withdraw a record that should not be, such as one of the wrong patient: as its author, or a records admin.
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
