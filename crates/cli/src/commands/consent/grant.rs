//! `salus consent grant`.

use std::time::Duration;

use clap::Args;
use salus_client::{
	primitives::{Action, GrantTerms, Grantee, Moment, Purpose},
	words, Account, Granted,
};
use serde::Serialize;

use super::Which;
use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// To whom: an account, org:2, role:practitioner or role:practitioner@2.
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	to: Grantee<Account>,
	#[command(flatten)]
	which: Which,
	/// For which purpose; several times for several.
	#[arg(long = "purpose", default_value = "TREAT", value_parser = parse::purpose())]
	purposes: Vec<Purpose>,
	/// What they may do; several times for several.
	#[arg(long = "action", default_value = "read", value_parser = parse::action())]
	actions: Vec<Action>,
	/// For how long, such as 30d [default: until it is taken back].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Until the beginning of a day, such as 2027-01-31.
	#[arg(long, value_name = "DAY", conflicts_with = "lifetime", value_parser = parse::day)]
	until: Option<Moment>,
	/// From the beginning of a day [default: now]. Keys follow by `salus consent sync` on that day.
	#[arg(long, value_name = "DAY", value_parser = parse::day)]
	from: Option<Moment>,
}

#[derive(Serialize)]
struct Result_ {
	#[serde(flatten)]
	granted: Granted,
	terms: GrantTerms<Account>,
}

pub(crate) async fn run(mut opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let scope = opts.which.scope()?;
	let client = context.client().await?;
	let until = match opts.lifetime {
		Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
		None => opts.until,
	};
	opts.purposes.sort_unstable();
	opts.purposes.dedup();
	opts.actions.sort_unstable();
	opts.actions.dedup();
	let terms = GrantTerms {
		grantee: opts.to,
		scope,
		purposes: opts
			.purposes
			.try_into()
			.map_err(|_| Failure::BadFile("too many purposes"))?,
		actions: opts
			.actions
			.try_into()
			.map_err(|_| Failure::BadFile("too many actions"))?,
		from: opts.from,
		until,
	};
	let granted = client.grant(&patient, &terms, &*context.progress).await?;
	let result = Result_ { granted, terms };
	context.emit(&result, |out| {
		let terms = &result.terms;
		let actions: Vec<_> = terms
			.actions
			.iter()
			.map(|action| words::action(*action))
			.collect();
		let purposes: Vec<_> = terms
			.purposes
			.iter()
			.map(|code| format!("{code:?}"))
			.collect();
		show::pairs(
			out,
			&[
				("grant", result.granted.grant.to_string()),
				("to", words::grantee(&terms.grantee)),
				("may", actions.join(", ")),
				("what", words::scope(&terms.scope)),
				("for", purposes.join(", ")),
				(
					"until",
					terms.until.map_or("it is taken back".into(), show::moment),
				),
				("keys shared", result.granted.wrapped.to_string()),
			],
		)?;
		match terms.grantee {
			Grantee::Account(_) => Ok(()),
			Grantee::Organisation(_) => writeln!(
				out,
				"Keys go to the organisation's records admins. Also grant to the accounts of others who shall open records."
			),
			Grantee::Role { .. } => writeln!(
				out,
				"A role has no key. Also grant to the accounts that shall open records."
			),
		}
	})
}
