//! `salus emergency`: emergency access (breaking the glass), and its reviews.

mod auditor;
mod case;
mod list;
mod open;
mod review;
mod show;

pub(super) use open::{outlook, read_statement};

use clap::{Args, Subcommand};
use salus_client::{calls, Account};

use super::council::decide;
use crate::{parse, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Break the glass for a patient, as a clinician.
	///
	/// One administrator of your hospital must have admitted you, and another one must have
	/// attested your credential (`salus member attest`).
	///
	/// For a few hours you may then open the patient's guarded records with
	/// `salus record get --purpose BTG`. The patient sees this, and it is reviewed: by auditors of
	/// other organisations, drawn by lot, and by an administrator of the hospital who neither
	/// admitted you nor attested your credential. If two of them find that there was no emergency,
	/// you are suspended until the council reinstates you, and the hospital loses a part of its
	/// bond.
	///
	/// To open one record at once, use `salus record get --emergency`.
	Open(open::Opts),
	/// Review a case, as a drawn auditor or an administrator of the hospital.
	Review(review::Opts),
	/// List a patient's cases, or the cases of a hospital that wait for a review.
	List(list::Opts),
	/// Show a case and its reviewers.
	Show(show::Opts),
	/// Manage the auditors from whom reviewers are drawn.
	#[command(subcommand)]
	Auditor(auditor::Opts),
	/// Reinstate a clinician who was suspended for a rejected case. Requires a council seat.
	Reinstate(Person),
}

#[derive(Args, Debug)]
pub(crate) struct Person {
	/// The person's account.
	#[arg(value_parser = parse::account)]
	account: Account,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Open(opts) => open::run(opts, context).await,
		Opts::Review(opts) => review::run(opts, context).await,
		Opts::List(opts) => list::run(opts, context).await,
		Opts::Show(opts) => show::run(opts, context).await,
		Opts::Auditor(opts) => auditor::run(opts, context).await,
		Opts::Reinstate(Person { account }) => {
			let call = calls::access::reinstate_clinician(account);
			let done = format!("{account} is a practitioner again");
			decide(&call, &done, context).await
		}
	}
}
