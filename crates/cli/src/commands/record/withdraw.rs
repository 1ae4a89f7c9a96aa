//! `salus record withdraw`.

use clap::Args;
use salus_client::{
	calls,
	primitives::{ReasonCode, RecordId},
	words, Follow, Included, RecordNumber,
};
use serde::Serialize;

use crate::{parse, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// The record: its number, or the first digits of it.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// What is wrong with it. The patient reads it in their log.
	#[arg(long, value_parser = parse::reason())]
	reason: ReasonCode,
}

#[derive(Serialize)]
struct Withdrawn {
	record: RecordId,
	reason: ReasonCode,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	if opts.reason == ReasonCode::Reviewed {
		let error = clap::Error::raw(
			clap::error::ErrorKind::ArgumentConflict,
			"a record that was reviewed and found in order is not withdrawn; give what is wrong with it\n",
		);
		return Err(error.into());
	}
	let author = context.signer()?;
	let client = context.client().await?;
	let record = client.find_record(opts.record).await?;
	let call = calls::records::withdraw(record, opts.reason);
	let transaction = client.submit_with(&author, &call, Follow::default()).await?;
	let withdrawn = Withdrawn { record, reason: opts.reason, transaction };
	context.emit(&withdrawn, |out| {
		writeln!(
			out,
			"Withdrew {}: {}. Nobody but the patient opens it any more, and the patient's log tells it.\n\
			 A copy that someone opened before cannot be recalled; only the patient can erase the record",
			withdrawn.record,
			words::reason_code(withdrawn.reason)
		)
	})
}
