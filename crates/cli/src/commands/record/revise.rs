//! `salus record revise`.

use std::path::PathBuf;

use clap::Args;
use salus_client::{primitives::OrganisationId, RecordNumber, Revision};

use super::add::{About, Mode, Result_, Wait};
use crate::{limit::within, parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// The record: its number, or the first digits of it.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// The file.
	file: PathBuf,
	/// Who releases the key of this version, whatever that of the others.
	#[arg(long, value_enum, default_value = "guarded")]
	mode: Mode,
	/// For which organisation you act [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Add a file that was added for this patient before, as an earlier version or as another record, once more.
	#[arg(long)]
	again: bool,
	#[command(flatten)]
	about: About,
	#[command(flatten)]
	wait: Wait,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	within(opts.wait.limit(), context, async |context| revise(opts, context).await).await
}

async fn revise(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let author = context.signer()?;
	let client = context.client().await?;
	let file = opts.about.file(opts.file);
	let state = context.state()?;
	let revision = Revision {
		record: client.find_record(opts.record).await?,
		organisation: opts.organisation,
		mode: opts.mode.into(),
		again: opts.again,
	};
	let added = client.revise_record(&author, &state, &revision, &file, &context.progress).await;
	context.progress.end();
	let added = added?;
	let result = Result_::new(&client, added.clone(), opts.wait, context).await?;
	state.settle(&[added])?;
	context.emit(&result, |out| show::table(out, &Result_::HEAD, &[result.row()]))
}
