//! `salus consent revoke`.

use clap::Args;
use salus_client::primitives::GrantId;

use super::remaining;
use crate::{show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the grant.
	grant: GrantId,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let client = context.client().await?;
	let patient = client.acting(patient).await?;
	let back = client
		.revoke(&patient, opts.grant, &*context.progress)
		.await?;
	context.emit(&back, |out| {
		let keys = show::count(back.removed, "key", "keys");
		writeln!(out, "Grant {} is taken back; {keys} removed", back.id)?;
		remaining(out, &back.remaining)
	})
}
