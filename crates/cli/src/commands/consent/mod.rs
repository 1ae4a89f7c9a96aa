//! `salus consent`: what the patient permits.

mod deny;
mod explain;
mod grant;
mod list;
mod opt_out;
mod revoke;
mod share;
mod sync;

use std::io::{self, Write};

use clap::Subcommand;
use salus_client::{primitives::Recipient, RemainingKey};

use crate::{show, Context, Failure};

/// Tells which keys remain of what was taken back, and how they are removed.
fn remaining(out: &mut dyn Write, keys: &[RemainingKey]) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{primitives::RecordId, Account};

	#[test]
	fn keys_that_remain_are_told_with_what_removes_them() {
		let mut out = Vec::new();
		remaining(&mut out, &[]).unwrap();
		assert!(out.is_empty());
		let author = Account::from([3; 32]);
		let key = |recipient, permitted| RemainingKey {
			record: RecordId([1; 32]),
			version: 2,
			recipient,
			permitted,
		};
		let keys = [key(Recipient::Account(author), false), key(Recipient::Organisation(4), true)];
		remaining(&mut out, &keys).unwrap();
		let text = String::from_utf8(out).unwrap();
		let lines: Vec<_> = text.lines().collect();
		assert_eq!(lines[0], "2 keys of these records remain:");
		assert!(lines[1].contains(&format!(
			"no grant permits it; to remove it: salus consent deny --to {author} --record 0x01"
		)));
		assert!(lines[2].contains("another grant") && lines[2].contains("--to org:4"));
	}
}
