//! `salus consent grant`: reads the terms, warns if nobody is meant by them yet, sets the grant,
//! and shares the keys that it permits.

use clap::Args;
use salus_client::{
	primitives::{GrantTerms, Grantee, Moment},
	Account, Granted,
};
use serde::Serialize;

use super::options::{described, Terms};
use crate::{
	condition, parse, show,
	terms::{self, Addressee},
	Context, Failure,
};

#[derive(Args, Debug)]
#[command(
	after_help = condition::HELP,
	mut_arg("purposes", |arg| arg.default_value("TREAT")),
	mut_arg("actions", |arg| arg.default_value("read"))
)]
pub(crate) struct Opts {
	#[command(flatten)]
	terms: Terms,
	/// Begin on this day [default: now]. A span for --for counts from then.
	///
	/// Keys of records in direct mode follow by `salus consent sync` on that day.
	#[arg(long, value_name = "DAY", value_parser = parse::day)]
	from: Option<Moment>,
}

#[derive(Serialize)]
struct GrantReport {
	#[serde(flatten)]
	granted: Granted,
	terms: GrantTerms<Account>,
	/// Warning about the grantee.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
}

/// Says how many keys were shared with a grant, or why none were.
fn keys(result: &GrantReport) -> String {
	let GrantReport { granted, terms, caution } = result;
	if granted.wrapped > 0 {
		return granted.wrapped.to_string();
	}
	let is_role = matches!(terms.grantee, Grantee::Role { .. });
	match (terms.from, caution) {
		_ if is_role => "none: a role has no key; guarded records need none".into(),
		(Some(from), _) => format!(
			"none before it begins; for records in direct mode: salus consent sync after {}",
			show::moment(from)
		),
		(None, Some(_)) => {
			"none while no membership is live; for records in direct mode: salus consent sync then"
				.into()
		}
		(None, None) => "none: guarded records open without one".into(),
	}
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.signer_and_client().await?;
	let Opts { terms: Terms { to, which, purposes, actions, ends, uses, condition }, from } = opts;
	let acting = async { Ok(client.acting(patient).await?) };
	let (scope, patient, Addressee { grantee, caution }, until) = tokio::try_join!(
		which.scope(&client),
		acting,
		terms::addressee(&client, to),
		ends.moment_after(&client, from),
	)?;
	if let Some(caution) = &caution {
		context.warn(caution);
	}
	let terms = GrantTerms {
		grantee,
		scope,
		purposes: terms::purposes(purposes)?,
		actions: terms::actions(actions)?,
		from,
		until,
		uses,
		condition,
	};
	let granted = client.grant(&patient, &terms, &*context.progress).await?;
	let result = GrantReport { granted, terms, caution };
	context.reseals_for(&patient, &client);
	context.emit(&result, |out| {
		let terms = &result.terms;
		let mut pairs = vec![("grant", result.granted.grant.to_string())];
		pairs.extend(described(terms));
		if let Some(uses) = terms.uses {
			pairs.push(("uses", uses.to_string()));
		}
		pairs.extend([
			(
				"until",
				terms.until.map_or("it is revoked".into(), show::moment),
			),
			("keys shared", keys(&result)),
		]);
		show::pairs(out, &pairs)?;
		let who = match terms.grantee {
			Grantee::Account(_) | Grantee::Member { .. } | Grantee::Person(_) => return Ok(()),
			Grantee::Organisation(_) | Grantee::CareTeam(_) => {
				"the organisation's records admins alone"
			}
			Grantee::Role { .. } => "nobody, because a role has no key",
		};
		let from = match terms.from {
			Some(from) => show::moment(from),
			None => "now".into(),
		};
		writeln!(
			out,
			"They can open guarded records from {from} on. Keys of records in direct mode go to {who}; grant those records to the accounts that need them."
		)
	})
}
