//! `salus record erase`: finds the record, has the patient confirm, erases it on the chain,
//! writes the receipt, and waits for the storage nodes if asked to.

use std::{
	fs,
	io::{self, stderr, stdin, BufRead, IsTerminal, Write},
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

use clap::Args;
use salus_client::{primitives::RecordId, Receipt, RecordNumber, Signer, Step};

use crate::{limit::within, parse, show, Context, Failure};

/// Longest wait for storage nodes if no limit is given.
const REMOVAL: Duration = Duration::from_secs(600);

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Do not ask for confirmation.
	#[arg(long)]
	yes: bool,
	/// Wait until every storage node that confirmed the encrypted content has removed it.
	#[arg(long)]
	wait: bool,
	/// End the command after this time span [default: no limit, but 10m for storage nodes].
	#[arg(long, value_name = "SPAN", value_parser = parse::duration)]
	wait_for: Option<Duration>,
	/// Write the receipt to this file as well.
	#[arg(long, value_name = "FILE")]
	receipt: Option<PathBuf>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	if !opts.yes && !can_ask() {
		return Err(Failure::NotConfirmed);
	}
	within(opts.wait_for, context, async |context| erase(opts, patient, context).await).await
}

async fn erase(opts: Opts, patient: Signer, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let record = client.find_record(opts.record).await?;
	if !opts.yes && !is_confirmed(&record)? {
		return Err(Failure::NotConfirmed);
	}
	let patient = client.acting(patient).await?;
	context.progress.begin(Step::Erasing, 1);
	let erased = client.erase(&patient, record).await;
	context.progress.end();
	let mut receipt = erased?;
	// Before the wait, because the keys are deleted already.
	write_receipt(opts.receipt.as_deref(), &receipt)?;
	if opts.wait {
		let left = match context.until {
			Some(until) => until.saturating_duration_since(Instant::now()),
			None => REMOVAL,
		};
		context.progress.begin(Step::Removing, left.as_secs());
		let removed = client.wait_until_removed(receipt, left).await;
		context.progress.end();
		receipt = removed?;
		write_receipt(opts.receipt.as_deref(), &receipt)?;
	}
	context.reseals_for(&patient, &client);
	context.emit(&receipt, |out| print(&receipt, out))
}

/// Writes the receipt as text.
fn print(receipt: &Receipt, out: &mut dyn Write) -> io::Result<()> {
	let done = match receipt.block {
		Some(_) => "erased",
		None => "was erased already",
	};
	let mut pairs = vec![(done, receipt.record.to_string()), ("at", show::moment(receipt.erased))];
	if let (Some(block), Some(hash)) = (receipt.block, receipt.block_hash) {
		pairs.push(("block", format!("{block} (0x{})", hex::encode(hash))));
	}
	let storage = match receipt.replicas_left as usize {
		0 => "every storage node that had confirmed it has reported the removal".into(),
		left => format!(
			"{} yet to report the removal",
			show::count(left, "storage node has", "storage nodes have")
		),
	};
	pairs.push(("storage", storage));
	show::pairs(out, &pairs)?;
	writeln!(out, "Its keys are deleted. Copies that were opened before cannot be recalled.")
}

/// Writes the receipt to the file that the user named, if any.
fn write_receipt(path: Option<&Path>, receipt: &Receipt) -> Result<(), Failure> {
	let Some(path) = path else { return Ok(()) };
	let text = serde_json::to_string_pretty(receipt).map_err(io::Error::other)?;
	fs::write(path, text + "\n").map_err(|source| Failure::File {
		action: "write",
		path: path.to_owned(),
		source,
	})
}

/// Returns whether somebody can be asked.
fn can_ask() -> bool {
	stdin().is_terminal() && stderr().is_terminal()
}

/// Asks on the terminal for confirmation.
fn is_confirmed(record: &RecordId) -> Result<bool, Failure> {
	write!(stderr(), "Erase {record} for good? Type yes: ")?;
	stderr().flush()?;
	let mut answer = String::new();
	stdin().lock().read_line(&mut answer)?;
	Ok(answer.trim() == "yes")
}
