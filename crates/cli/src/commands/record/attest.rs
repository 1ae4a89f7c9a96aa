//! `salus record attest`: finds the version, submits the statement on it or revokes it, and shows
//! the state that the version has then.

use std::time::Duration;

use clap::Args;
use salus_client::{
	calls,
	primitives::{Moment, ReasonCode, RecordId, Subject, Verdict, Version, VersionState},
	words, Included, RecordNumber,
};
use serde::Serialize;

use crate::{parse, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Attest this version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Give this verdict on the version.
	#[arg(long, default_value = "confirmed", value_parser = parse::verdict())]
	verdict: Verdict,
	/// Give this reason [default: reviewed for confirmed, other for rejected].
	#[arg(long, value_parser = parse::reason())]
	reason: Option<ReasonCode>,
	/// Let the statement expire after this time span, such as 365d [default: never].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Revoke your statement instead.
	#[arg(long, conflicts_with_all = ["verdict", "reason", "lifetime"])]
	revoke: bool,
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
	parse::check_reason(opts.verdict, opts.reason)?;
	let (attester, client) = context.signer_and_client().await?;
	let record = client.find_record(opts.record).await?;
	let (_, version) = client.version(record, opts.version).await?;
	let version = version.version;
	let subject = Subject::RecordVersion { record, version };
	let call = if opts.revoke {
		calls::attestation::revoke(&subject, attester.account())
	} else {
		let expires = match opts.lifetime {
			Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
			None => None,
		};
		let reason = opts.reason.unwrap_or(match opts.verdict {
			Verdict::Confirmed => ReasonCode::Reviewed,
			Verdict::Rejected => ReasonCode::Other,
		});
		calls::attestation::attest(&subject, opts.verdict, reason, expires)
	};
	let transaction = client.submit(&attester, &call).in_block().await?.included;
	let (_, after) = client.version(record, Some(version)).await?;
	let attested = AttestationReport {
		record,
		version,
		verdict: (!opts.revoke).then_some(opts.verdict),
		state: after.info.state,
		transaction,
	};
	context.emit(&attested, |out| {
		let done = match attested.verdict {
			Some(Verdict::Confirmed) => "Attested",
			Some(Verdict::Rejected) => "Rejected",
			None => "Revoked the statement on",
		};
		let state = words::state(attested.state);
		writeln!(
			out,
			"{done} version {version} of {}, which is now {state}",
			words::record(&attested.record)
		)
	})
}
