//! `salus record attest`: finds the version, submits the statement on it or revokes it, and shows
//! the state that the version has then.

use clap::Args;
use salus_client::{
	primitives::{ReasonCode, RecordId, Subject, Verdict, Version, VersionState},
	words, Included, RecordNumber,
};
use serde::Serialize;

use crate::{parse, statement::Statement, Context, Failure};

#[derive(Args, Debug)]
#[command(mut_arg("reason", |arg| {
	arg.help("Give this reason [default: reviewed for confirmed, other for rejected]")
}))]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Attest this version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	#[command(flatten)]
	statement: Statement,
}

#[derive(Serialize)]
struct AttestationReport {
	record: RecordId,
	version: Version,
	/// None if the statement was revoked.
	verdict: Option<Verdict>,
	state: VersionState,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	opts.statement.check()?;
	let (attester, client) = context.signer_and_client().await?;
	let record = client.find_record(opts.record).await?;
	let (_, version) = client.version(record, opts.version).await?;
	let version = version.version;
	let subject = Subject::RecordVersion { record, version };
	let call = opts.statement.call(&client, &attester, &subject, ReasonCode::Other).await?;
	let transaction = client.submit(&attester, &call).in_block().await?.included;
	let (_, after) = client.version(record, Some(version)).await?;
	let attested = AttestationReport {
		record,
		version,
		verdict: opts.statement.verdict(),
		state: after.info.state,
		transaction,
	};
	context.emit(&attested, |out| {
		let done = opts.statement.done();
		let state = words::state(attested.state);
		writeln!(
			out,
			"{done} version {version} of {}, which is now {state}",
			words::record(&attested.record)
		)
	})
}
