//! `salus consent list`.

use clap::Args;
use salus_client::{primitives::Grant, words, Account};

use crate::{condition, parse, show, terms, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Whose [default: of who acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let whose = context.whose(opts.patient)?;
	let client = context.client().await?;
	let patient = whose.account(&client).await?;
	let consent = client.now().consent_of(&patient).await?;
	context.emit(&consent, |out| {
		if consent.grants.is_empty() && consent.denials.is_empty() {
			writeln!(out, "{patient} has given no grant and no denial")?;
		}
		let mut rows: Vec<_> = consent
			.grants
			.iter()
			.map(|(id, grant)| {
				let terms = &grant.terms;
				vec![
					format!("grant {id}"),
					words::grantee(&terms.grantee),
					terms::actions_text(&terms.actions),
					words::scope(&terms.scope),
					terms::purposes_text(&terms.purposes),
					show::moment(terms.from.unwrap_or(grant.given)),
					terms::until_text(terms.until),
					uses(grant),
					limits(grant),
				]
			})
			.collect();
		rows.extend(consent.denials.iter().map(|(id, denial)| {
			vec![
				format!("denial {id}"),
				words::grantee(&denial.grantee),
				"nothing".into(),
				words::scope(&denial.scope),
				"-".into(),
				show::moment(denial.given),
				"-".into(),
				"-".into(),
				"-".into(),
			]
		}));
		let head = [
			"number", "who", "may", "what", "for", "from", "until", "uses", "where",
		];
		show::table(out, &head, &rows)?;
		if consent.opt_out {
			writeln!(out, "Emergency access is barred (opted out)")?;
		}
		for (count, one, many, command) in [
			(
				consent.requests.len(),
				"request waits",
				"requests wait",
				"inbox",
			),
			(
				consent.guardians.len(),
				"guardian",
				"guardians",
				"guardian list",
			),
			(
				consent.rules.len(),
				"standing rule",
				"standing rules",
				"rule list",
			),
		] {
			if count > 0 {
				writeln!(out, "{}: salus {command}", show::count(count, one, many))?;
			}
		}
		Ok(())
	})
}

/// How many uses were made, and of how many.
fn uses(grant: &Grant<Account>) -> String {
	match grant.terms.uses {
		Some(uses) => format!("{} of {uses}", grant.used),
		None => grant.used.to_string(),
	}
}

/// In which context, and on which other grant it rests.
fn limits(grant: &Grant<Account>) -> String {
	let mut limits = Vec::new();
	if let Some(via) = &grant.via {
		limits.push(format!("passed on from grant {}", via.parent));
	}
	if let Some(condition) = &grant.terms.condition {
		limits.push(condition::text(condition));
	}
	if limits.is_empty() {
		return "-".into();
	}
	limits.join("; ")
}
