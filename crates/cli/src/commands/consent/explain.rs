//! `salus consent explain`.

use clap::Args;
use salus_client::{
	primitives::{Action, Explanation, Purpose, Question, Version},
	words, Account, RecordNumber,
};
use serde::Serialize;

use crate::{parse, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// The record: its number, or the first digits of it.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Who wants to open it [default: who acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	reader: Option<Account>,
	/// Which version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Why.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// To do what.
	#[arg(long, default_value = "read", value_parser = parse::action())]
	action: Action,
}

#[derive(Serialize)]
struct Explained {
	question: Question<Account>,
	permitted: bool,
	explanation: Explanation,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let whose = context.whose(opts.reader)?;
	let client = context.client().await?;
	let reader = whose.account(&client).await?;
	let question = Question {
		reader,
		record: client.find_record(opts.record).await?,
		version: opts.version,
		purpose: opts.purpose,
		action: opts.action,
	};
	let explanation = client.now().explain(&question).await?;
	let permitted = explanation.decision.is_permit();
	let explained = Explained {
		question,
		permitted,
		explanation,
	};
	context.emit(&explained, |out| {
		writeln!(out, "{}", words::decision(&explained.explanation.decision))?;
		for line in words::explanation(&explained.explanation) {
			writeln!(out, "  {line}")?;
		}
		Ok(())
	})
}
