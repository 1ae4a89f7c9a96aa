//! `salus record withdraw`: finds the record, and takes it out of use with the reason for it.

use clap::Args;
use salus_client::{
	calls,
	primitives::{ReasonCode, RecordId},
	words, Included, RecordNumber,
};
use serde::Serialize;

use crate::{parse, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Give this reason. The patient sees it in their log.
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
			clap::error::ErrorKind::ValueValidation,
			"a record that was reviewed and found in order is not withdrawn; give a reason that says what is wrong\n",
		);
		return Err(error.into());
	}
	let (author, client) = context.signer_and_client().await?;
	let record = client.find_record(opts.record).await?;
	let call = calls::records::withdraw(record, opts.reason);
	let transaction = client.submit(&author, &call).in_block().await?.included;
	let withdrawn = Withdrawn { record, reason: opts.reason, transaction };
	context.emit(&withdrawn, |out| {
		writeln!(
			out,
			"Withdrew {}: {}. From now on only the patient can open it, and the patient's log shows the withdrawal.\n\
			Copies that were opened before cannot be recalled; only the patient can erase the record",
			withdrawn.record,
			words::reason_code(withdrawn.reason)
		)
	})
}
