//! `salus consent deny` and `salus consent lift`.

use clap::Args;
use salus_client::{
	primitives::{DenialId, Grantee},
	words, Account, Included,
};
use serde::Serialize;

use crate::{parse, show, terms::Which, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Deny {
	/// To whom: an account, org:2, role:practitioner or role:practitioner@2.
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	to: Grantee<Account>,
	#[command(flatten)]
	which: Which,
}

#[derive(Args, Debug)]
pub(crate) struct Lift {
	/// Number of the denial.
	denial: DenialId,
}

pub(crate) async fn deny(opts: Deny, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let scope = opts.which.scope()?;
	let client = context.client().await?;
	let patient = client.acting(patient).await?;
	let denied = client
		.deny(&patient, &opts.to, &scope, &*context.progress)
		.await?;
	context.emit(&denied, |out| {
		let who = words::grantee(&opts.to);
		let keys = show::count(denied.removed, "key", "keys");
		let what = words::scope(&scope);
		writeln!(out, "Denial {}: {who}, {what}; {keys} removed", denied.id)
	})
}

#[derive(Serialize)]
struct Lifted {
	denial: DenialId,
	wrapped: usize,
	transaction: Included,
}

pub(crate) async fn lift(opts: Lift, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let client = context.client().await?;
	let patient = client.acting(patient).await?;
	let (transaction, wrapped) = client
		.lift(&patient, opts.denial, &*context.progress)
		.await?;
	let lifted = Lifted {
		denial: opts.denial,
		wrapped,
		transaction,
	};
	context.emit(&lifted, |out| {
		let keys = show::count(wrapped, "key", "keys");
		writeln!(
			out,
			"Denial {} is taken back; {keys} shared again",
			lifted.denial
		)
	})
}
