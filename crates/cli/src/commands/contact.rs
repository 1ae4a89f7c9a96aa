//! `salus contact`: the address book on this machine.

use clap::{Args, Subcommand};
use salus_client::{Account, ContactName};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Give an account a name, which commands then accept in place of the account.
	///
	/// Names stay on this machine. Before you trust a name, compare the account with the one that
	/// its owner gives you.
	Add(Add),
	/// List all names.
	List,
	/// Remove a name.
	Remove(Remove),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
	/// Name of letters, digits, `-`, `_` and `.`.
	#[arg(value_parser = parse::contact_name)]
	name: ContactName,
	/// Account to name.
	#[arg(value_parser = parse::account)]
	account: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
	/// Name to remove.
	name: String,
}

#[derive(Serialize)]
struct Contact {
	name: String,
	account: Account,
}

pub(crate) fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Add(opts) => add(opts, context),
		Opts::List => list(context),
		Opts::Remove(opts) => remove(opts, context),
	}
}

fn add(Add { name, account }: Add, context: &mut Context<'_>) -> Result<(), Failure> {
	context.state()?.add_contact(name.clone(), account)?;
	let added = Contact { name: name.to_string(), account };
	context.emit_in_full(&added, |out| writeln!(out, "{} is {}", added.name, added.account))
}

fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let contacts = context.state()?.contacts()?;
	let contacts: Vec<_> = contacts
		.iter()
		.map(|(name, account)| Contact { name: name.to_string(), account: *account })
		.collect();
	context.emit_in_full(&contacts, |out| {
		if contacts.is_empty() {
			return writeln!(out, "The address book is empty; to add a name: salus contact add");
		}
		let rows: Vec<_> = contacts
			.iter()
			.map(|contact| vec![contact.name.clone(), contact.account.to_string()])
			.collect();
		show::table(out, &["name", "account"], &rows)
	})
}

fn remove(opts: Remove, context: &mut Context<'_>) -> Result<(), Failure> {
	let account = context.state()?.remove_contact(&opts.name)?;
	let removed = Contact { name: opts.name, account };
	context.emit_in_full(&removed, |out| {
		writeln!(out, "Removed {}, which was {}", removed.name, removed.account)
	})
}
