//! `salus emergency auditor`: the auditors from whom reviewers are drawn.

use clap::Subcommand;
use salus_client::{calls, primitives::OrganisationId, Account};
use serde::Serialize;

use super::Person;
use crate::{commands::council::decide, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Appoint an auditor of any organisation. Requires a council seat.
	Appoint(Person),
	/// Dismiss an auditor, who is then no longer drawn. Requires a council seat.
	Dismiss(Person),
	/// List the appointed auditors.
	List,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Appoint(Person { account }) => {
			let call = calls::access::appoint_auditor(account);
			let done = format!("{account} can be drawn to review emergencies from now on");
			decide(&call, &done, context).await
		}
		Opts::Dismiss(Person { account }) => {
			let call = calls::access::dismiss_auditor(account);
			let done = format!("{account} is no longer drawn to review emergencies");
			decide(&call, &done, context).await
		}
		Opts::List => list(context).await,
	}
}

#[derive(Serialize)]
struct AuditorReport {
	auditor: Account,
	organisation: OrganisationId,
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let appointed: Vec<_> = client
		.now()
		.emergency_auditors()
		.await?
		.unwrap_or_default()
		.into_iter()
		.map(|(auditor, organisation)| AuditorReport { auditor, organisation })
		.collect();
	context.emit(&appointed, |out| {
		if appointed.is_empty() {
			return writeln!(out, "The council has appointed no auditors");
		}
		let rows: Vec<_> = appointed
			.iter()
			.map(|one| vec![one.auditor.to_string(), one.organisation.to_string()])
			.collect();
		show::table(out, &["auditor", "organisation"], &rows)
	})
}
