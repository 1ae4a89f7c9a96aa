//! `salus record get`: checks where to write, finds the record, requests its key, with an emergency
//! case if asked to, and writes the verified content.

mod emergency;
mod refusal;
mod report;

use std::{
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use clap::{error::ErrorKind, Args};
use salus_client::{
	primitives::{
		EmergencyReason, Epoch, OrganisationId, Purpose, RecordDetails, RecordEntry, RecordId,
		Version, VersionDetails, VersionState,
	},
	words, Account, Client, Output, Progress, RecordNumber, Request, Signer,
};

use crate::{limit::within, parse, Context, Failure};
use emergency::{break_the_glass, read_reason};
use refusal::explained;
use report::{describe_release, GetResult, MilestoneRecorder};

/// Longest wait for hospitals if no deadline is given.
const RELEASE: Duration = Duration::from_secs(600);

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Open this version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Open it for this purpose.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// Write to this file or folder, or to standard output with - [default: the current folder,
	/// under the author's file name, made safe].
	#[arg(long, short, value_name = "PATH")]
	out: Option<PathBuf>,
	/// Replace the file that --out names, if it exists.
	///
	/// In a folder nothing is ever replaced, because the record's author chose the file name.
	#[arg(long, requires = "out")]
	force: bool,
	/// End the command after this time span [default: no limit, but 10m for hospitals].
	#[arg(long, value_name = "SPAN", value_parser = parse::duration)]
	deadline: Option<Duration>,
	/// Fetch content from an IPFS node, by its RPC API, instead of from the Salus node.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,
	/// Break the glass for this reason: open an emergency case with the request, and read under it.
	///
	/// The help of `salus emergency open` says what this requires and what follows. If you already
	/// have a case for the patient that has not ended, no other case is opened.
	#[arg(
		long,
		value_name = "REASON",
		value_parser = parse::emergency(),
		requires = "statement",
		conflicts_with = "purpose"
	)]
	emergency: Option<EmergencyReason>,
	/// Give the reason of the emergency in words in this file. Only its SHA-256 leaves this
	/// machine: keep the file for the reviewers.
	#[arg(long, value_name = "FILE", requires = "emergency")]
	statement: Option<PathBuf>,
	/// Have hospitals release the key of a guarded record, even if you have a wrapped key.
	#[arg(long)]
	ignore_wrap: bool,
	/// Have the members of this earlier epoch release the key, instead of the present members.
	///
	/// Use this if the present members hold too few shares of the key; the error then names the
	/// epoch. The request is another entry in the log, and another use of the grant. After breaking
	/// the glass, use it with `--purpose BTG`.
	#[arg(long, value_name = "EPOCH", conflicts_with = "emergency")]
	from_epoch: Option<Epoch>,
	/// Break the glass for the hospital with this number [default: the only one that you may act
	/// for].
	#[arg(long = "org", value_name = "ID", requires = "emergency")]
	organisation: Option<OrganisationId>,
}

/// Returns the warning to show before a version is opened, with the reason if its record was
/// withdrawn.
async fn caution(
	client: &Client,
	record: RecordId,
	state: VersionState,
) -> Result<Option<String>, Failure> {
	if state == VersionState::Withdrawn {
		if let Some(withdrawal) = client.now().withdrawal(record).await? {
			return Ok(Some(words::withdrawn(withdrawal.reason)));
		}
	}
	Ok(words::caution(state).map(|text| match state {
		VersionState::Rejected => format!("{text}; `salus record show` names the reviewer"),
		_ => text.to_owned(),
	}))
}

/// Returns the file or folder to write to; `None` for standard output.
fn target(out: Option<&Path>, force: bool) -> Result<Option<Output>, Failure> {
	let folder = match out {
		Some(out) if out == Path::new("-") => return Ok(None),
		Some(path) if !path.is_dir() => {
			return Ok(Some(Output::File { path: path.to_owned(), replace: force }))
		}
		Some(folder) => folder,
		None => Path::new("."),
	};
	if force {
		let error = clap::Error::raw(
			ErrorKind::ArgumentConflict,
			"--force needs a file in --out: in a folder, the record's author would choose which of your files is replaced\n",
		);
		return Err(error.into());
	}
	Ok(Some(Output::Folder(folder.to_owned())))
}

/// Record that was found, and the version of it to open.
struct Found {
	record: RecordId,
	details: RecordDetails<Account>,
	version: VersionDetails<Account>,
}

/// Finds a record by its number, and a version of it; without a number, the latest.
async fn find(
	client: &Client,
	number: RecordNumber,
	version: Option<Version>,
) -> Result<Found, salus_client::Error> {
	let record = client.find_record(number).await?;
	let (details, version) = client.version(record, version).await?;
	Ok(Found { record, details, version })
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	within(opts.deadline, context, async |context| get(opts, context).await).await
}

async fn get(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let destination = target(opts.out.as_deref(), opts.force)?;
	let stated_reason = read_reason(&opts)?;
	let (reader, client) =
		context.signer_and_client_that_waits(opts.deadline.unwrap_or(RELEASE)).await?;
	let source = context.source(opts.ipfs.as_deref())?;
	// Without a home folder nothing is kept, and an interrupted reading needs a new request.
	let state = context.state().ok();
	let state = state.as_ref();
	let lookup = find(&client, opts.record, opts.version);
	let (reader, Found { record, details, version }) =
		tokio::try_join!(client.acting(reader), lookup)?;
	let mut request = Request {
		version: opts.version,
		ignores_wrap: opts.ignore_wrap,
		epoch: opts.from_epoch,
		..Request::latest(record, opts.purpose)
	};
	if let Some(reason) = &stated_reason {
		(request.purpose, request.emergency) =
			break_the_glass(&client, &reader, &details, opts.organisation, reason, context).await?;
	}
	// The warning comes before the content, because standard output shows nothing else.
	if let Some(warning) = caution(&client, request.record, version.info.state).await? {
		context.warn(&warning);
	}
	let recorder = MilestoneRecorder::new(context.progress.clone());
	let progress: Arc<dyn Progress> = recorder.clone();

	let Some(destination) = destination else {
		// Nothing is written before all of it is verified.
		let got =
			client.get_into(&reader, state, &request, &source, &mut *context.out, &progress).await;
		// A progress bar that a failure leaves behind would be drawn over the error.
		context.progress.end();
		return match got {
			Ok(opened) => {
				// Standard output has the content.
				if let Some(unused) = opened.unused_wrap {
					context.warn(&unused.to_string());
				}
				reseals_if_own(&details.entry, &reader, &client, context);
				Ok(())
			}
			Err(error) => Err(explained(&client, &reader, &request, error, context).await),
		};
	};
	let got = client.get(&reader, state, &request, &source, &destination, &progress).await;
	context.progress.end();
	let (opened, file) = match got {
		Ok(got) => got,
		Err(error) => return Err(explained(&client, &reader, &request, error, context).await),
	};
	let release = describe_release(&client, &opened, &recorder.reached()).await?;
	let broke_the_glass = stated_reason.is_some();
	let result = GetResult { opened, file, release, broke_the_glass };
	reseals_if_own(&details.entry, &reader, &client, context);
	context.emit(&result, |out| result.write(out))
}

/// Has the command reseal other versions of a patient who opened a record of their own.
fn reseals_if_own(
	entry: &RecordEntry<Account>,
	reader: &Signer,
	client: &Client,
	context: &mut Context<'_>,
) {
	if matches!(entry, RecordEntry::Live(entry) if entry.patient == reader.account()) {
		context.reseals_for(reader, client);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_a_file_named_by_the_reader_is_replaced() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("copy.json");
		let target = |out: Option<&Path>, force| target(out, force);
		assert_eq!(target(Some(Path::new("-")), true).unwrap(), None);
		for replace in [false, true] {
			let named = Output::File { path: file.clone(), replace };
			assert_eq!(target(Some(&file), replace).unwrap(), Some(named));
		}
		let into = Output::Folder(folder.path().into());
		assert_eq!(target(Some(folder.path()), false).unwrap(), Some(into));
		let here = Output::Folder(".".into());
		assert_eq!(target(None, false).unwrap(), Some(here));
		let failure = target(Some(folder.path()), true).unwrap_err();
		assert_eq!(failure.code(), crate::Code::Usage);
		assert!(failure.to_string().contains("author"), "{failure}");
	}
}
