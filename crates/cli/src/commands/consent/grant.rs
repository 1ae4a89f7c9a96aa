//! `salus consent grant`.

use clap::Args;
use salus_client::{
	primitives::{Action, Expression, GrantTerms, Grantee, Moment, Purpose},
	words, Account, Granted,
};
use serde::Serialize;

use crate::{
	condition, parse, show,
	terms::{self, Addressee, Ends, Which},
	Context, Failure,
};

#[derive(Args, Debug)]
#[command(after_help = condition::HELP)]
pub(crate) struct Opts {
	/// To whom: an account (in the capacity in which it acts), member:practitioner@2:ACCOUNT, person:ACCOUNT, team:2 (those
	/// who treat at an organisation), org:2, role:practitioner or role:practitioner@2.
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
	#[command(flatten)]
	ends: Ends,
	/// From the beginning of a day [default: now]; a span for --for is counted from then. Keys follow by `salus consent sync` on that day.
	#[arg(long, value_name = "DAY", value_parser = parse::day)]
	from: Option<Moment>,
	/// For how many openings of guarded records [default: any number].
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	uses: Option<u32>,
	/// In which context alone; see below.
	#[arg(long, value_name = "CONDITION", value_parser = condition::parse)]
	condition: Option<Expression>,
}

#[derive(Serialize)]
struct Result_ {
	#[serde(flatten)]
	granted: Granted,
	terms: GrantTerms<Account>,
	/// Warning about the account that it is for.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
}

/// How many keys went with a grant, and why none did.
fn keys(result: &Result_) -> String {
	let Result_ { granted, terms, caution } = result;
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
			"none while no membership counts; for records in direct mode: salus consent sync then"
				.into()
		}
		(None, None) => "none needed: guarded records open without".into(),
	}
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let client = context.client().await?;
	let scope = opts.which.scope(&client).await?;
	let patient = client.acting(patient).await?;
	let Addressee { grantee, caution } = terms::addressee(&client, opts.to).await?;
	if let Some(caution) = &caution {
		context.warn(caution);
	}
	let terms = GrantTerms {
		grantee,
		scope,
		purposes: terms::purposes(opts.purposes)?,
		actions: terms::actions(opts.actions)?,
		from: opts.from,
		until: opts.ends.moment_after(&client, opts.from).await?,
		uses: opts.uses,
		condition: opts.condition,
	};
	let granted = client.grant(&patient, &terms, &*context.progress).await?;
	let result = Result_ { granted, terms, caution };
	context.emit(&result, |out| {
		let terms = &result.terms;
		let mut pairs = vec![
			("grant", result.granted.grant.to_string()),
			("to", words::grantee(&terms.grantee)),
			("may", terms::actions_text(&terms.actions)),
			("what", words::scope(&terms.scope)),
			("for", terms::purposes_text(&terms.purposes)),
		];
		if let Some(condition) = &terms.condition {
			pairs.push(("where", condition::text(condition)));
		}
		if let Some(uses) = terms.uses {
			pairs.push(("uses", uses.to_string()));
		}
		pairs.extend([
			(
				"until",
				terms.until.map_or("it is taken back".into(), show::moment),
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
			"Guarded records open for them from {from} on. Keys of records in direct mode go to {who}; grant those to the accounts that are to open them."
		)
	})
}
