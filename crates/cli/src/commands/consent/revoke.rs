//! `salus consent revoke`: ends a grant, removes the keys that only it permitted, and names the
//! grants passed on from it, which end with it.

use clap::Args;
use salus_client::{
	primitives::{Grant, GrantId},
	words, Account, TakenBack,
};
use serde::Serialize;

use super::write_remaining_keys;
use crate::{show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the grant.
	grant: GrantId,
}

#[derive(Serialize)]
struct RevocationReport {
	#[serde(flatten)]
	back: TakenBack,
	/// Grants that were passed on from it and end with it.
	ended: Vec<GrantId>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let consent = client.now().consent_of(&patient.account()).await?;
	let passed_on = passed_on(&consent.grants, opts.grant);
	let back = client.revoke(&patient, opts.grant, &*context.progress).await?;
	let revoked = RevocationReport { back, ended: passed_on.iter().map(|(id, _)| *id).collect() };
	context.reseals_for(&patient, &client);
	context.emit(&revoked, |out| {
		let keys = show::count(revoked.back.removed, "key", "keys");
		writeln!(out, "Revoked grant {}; {keys} removed", revoked.back.id)?;
		for (id, grant) in &passed_on {
			writeln!(
				out,
				"Grant {id}, passed on from it to {}, ends with it",
				words::grantee(&grant.terms.grantee)
			)?;
		}
		write_remaining_keys(out, &revoked.back.remaining)
	})
}

/// Returns the grants that were passed on from another one.
fn passed_on(
	grants: &[(GrantId, Grant<Account>)],
	parent: GrantId,
) -> Vec<(GrantId, Grant<Account>)> {
	let is_of = |grant: &Grant<Account>| grant.via.as_ref().is_some_and(|via| via.parent == parent);
	grants.iter().filter(|(_, grant)| is_of(grant)).cloned().collect()
}
