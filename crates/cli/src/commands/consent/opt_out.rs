//! `salus consent opt-out`.

use clap::{Args, ValueEnum};
use salus_client::{calls, Included};
use serde::Serialize;

use crate::{Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Whether emergency access is barred.
	state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
	/// Neither an emergency case nor the rule for emergency summaries opens your records.
	On,
	/// Both do again.
	Off,
}

#[derive(Serialize)]
struct Set {
	opted_out: bool,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let client = context.client().await?;
	let patient = client.acting(patient).await?;
	let opted_out = opts.state == State::On;
	let call = calls::consent::set_emergency_opt_out(opted_out);
	let transaction = client.submit(&patient, &call).await?;
	let set = Set {
		opted_out,
		transaction,
	};
	context.emit(&set, |out| match set.opted_out {
		true => writeln!(out, "Nobody opens your records by an emergency any more"),
		false => writeln!(out, "Clinicians may open your records in an emergency"),
	})
}
