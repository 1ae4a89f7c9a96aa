//! `salus consent`: the patient's grants and denials.

mod deny;
mod explain;
mod grant;
mod list;
mod opt_out;
mod options;
mod revoke;
mod share;
mod sync;

use std::io::{self, Write};

use clap::Subcommand;
use salus_client::{primitives::Recipient, RemainingKey};

use crate::{show, Context, Failure};

pub(super) use explain::unmet_conditions;

/// Lists the keys that remain after a revocation or denial, and how to remove them.
fn write_remaining_keys(out: &mut dyn Write, keys: &[RemainingKey]) -> io::Result<()> {
	if keys.is_empty() {
		return Ok(());
	}
	let count =
		show::count(keys.len(), "key of these records remains", "keys of these records remain");
	writeln!(out, "{count}:")?;
	for key in keys {
		let RemainingKey { record, version, recipient, permitted } = key;
		let (who, named) = match recipient {
			Recipient::Account(account) => (account.to_string(), account.to_string()),
			Recipient::Organisation(id) => (format!("organisation {id}"), format!("org:{id}")),
		};
		let why = match permitted {
			true => "another grant permits it",
			false => "no grant permits it",
		};
		writeln!(
			out,
			"  version {version} of {record}, for {who}: {why}; to remove it: salus consent deny --to {named} --record {record}"
		)?;
	}
	Ok(())
}

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Permit someone to read or add records, and share the keys that they need.
	Grant(grant::Opts),
	/// Revoke a grant. Access ends at once.
	Revoke(revoke::Opts),
	/// Deny someone access. A denial overrides every grant.
	///
	/// A denial does not stop a guardian from reading; `salus guardian dismiss` does.
	Deny(deny::Deny),
	/// Lift a denial.
	Lift(deny::Lift),
	/// Pass a grant on to someone else, if it permits sharing.
	///
	/// Without further options, records, purposes, actions, end and uses come from the grant,
	/// except for the right to share, which is never passed on. Options can only narrow them. The
	/// condition of the grant applies as well.
	Share(share::Opts),
	/// Bar emergency access to your records, or permit it again.
	///
	/// Emergency summaries have a separate switch (--summary).
	OptOut(opt_out::Opts),
	/// List grants and denials, and the state of each grant.
	///
	/// A grant is paused while its member or their organisation is suspended. It takes effect again
	/// when they are reinstated, without asking you: revoke it if you do not want that.
	/// A grant for a capacity that has ended (by a dismissal) never takes effect again.
	List(list::Opts),
	/// Explain whether someone may open a record, and why.
	Explain(explain::Opts),
	/// Share the keys that your grants permit and that are missing.
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

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{primitives::RecordId, Account};

	#[test]
	fn remaining_keys_are_listed_with_how_to_remove_them() {
		let mut out = Vec::new();
		write_remaining_keys(&mut out, &[]).unwrap();
		assert!(out.is_empty());
		let author = Account::from([3; 32]);
		let key = |recipient, permitted| RemainingKey {
			record: RecordId([1; 32]),
			version: 2,
			recipient,
			permitted,
		};
		let keys = [key(Recipient::Account(author), false), key(Recipient::Organisation(4), true)];
		write_remaining_keys(&mut out, &keys).unwrap();
		let text = String::from_utf8(out).unwrap();
		let lines: Vec<_> = text.lines().collect();
		assert_eq!(lines[0], "2 keys of these records remain:");
		assert!(lines[1].contains(&format!(
			"no grant permits it; to remove it: salus consent deny --to {author} --record 0x01"
		)));
		assert!(lines[2].contains("another grant") && lines[2].contains("--to org:4"));
	}
}
