//! `salus contact`: names for accounts, on this machine.

use clap::{Args, Subcommand};
use salus_client::{Account, ContactName};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Give an account a name, which names it wherever an account is asked for.
	///
	/// Names stay on this machine. Compare the account with what its owner tells you before you trust the name.
	Add(Add),
	/// List all names.
	List,
	/// Remove a name.
	Remove(Remove),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
	/// The name: letters, digits, `-`, `_` and `.`.
	#[arg(value_parser = parse::contact_name)]
	name: ContactName,
	/// The account.
	#[arg(value_parser = parse::account)]
	account: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
	/// The name.
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
			return writeln!(out, "The address book is empty: salus contact add");
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
		writeln!(out, "{} is removed; it was {}", removed.name, removed.account)
	})
}
