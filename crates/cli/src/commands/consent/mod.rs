//! `salus consent`: what the patient permits.

mod deny;
mod explain;
mod grant;
mod list;
mod opt_out;
mod revoke;
mod share;
mod sync;

use clap::Subcommand;

use crate::{Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Permit someone to read or add records, with the keys that go with it.
	Grant(grant::Opts),
	/// Take a grant back. Access ends at once.
	Revoke(revoke::Opts),
	/// Deny someone access, whatever is granted. Guardians read on: `salus guardian dismiss` ends that.
	Deny(deny::Deny),
	/// Take a denial back.
	Lift(deny::Lift),
	/// Pass a grant on to someone else, where it permits sharing.
	///
	/// As it is, or for less: what is not named (records, purposes, actions, end, uses) stays as in the grant, but for the
	/// right to share, which is never passed on.
	Share(share::Opts),
	/// Bar emergency access to one's records, or permit it again; to emergency summaries, by a switch of their own.
	OptOut(opt_out::Opts),
	/// List grants and denials, and what each grant is worth today.
	///
	/// A grant to somebody who is suspended, or whose organisation is, rests: it holds again when they are reinstated, and nobody
	/// asks you. Revoke it if that is not what you want. One whose capacity has ended (a dismissal) does not come back.
	List(list::Opts),
	/// Tell whether someone may open a record, and why.
	Explain(explain::Opts),
	/// Wrap the keys that standing grants permit and that are missing.
	Sync,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Grant(opts) => grant::run(opts, context).await,
		Opts::Revoke(opts) => revoke::run(opts, context).await,
		Opts::Deny(opts) => deny::deny(opts, context).await,
		Opts::Lift(opts) => deny::lift(opts, context).await,
		Opts::Share(opts) => share::run(opts, context).await,
		Opts::OptOut(opts) => opt_out::run(opts, context).await,
		Opts::List(opts) => list::run(opts, context).await,
		Opts::Explain(opts) => explain::run(opts, context).await,
		Opts::Sync => sync::run(context).await,
	}
}
