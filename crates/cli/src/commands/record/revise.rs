//! `salus record revise`: encrypts a file, uploads it, and registers it as the next version of a
//! record.

use std::path::PathBuf;

use clap::Args;
use salus_client::{primitives::OrganisationId, RecordNumber, Revision};

use super::version::{About, AddedVersion, Mode, Wait};
use crate::{limit::within, parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// File with the new version.
	file: PathBuf,
	/// Choose who releases the key of this version. Other versions are not affected.
	#[arg(long, value_enum, default_value = "guarded")]
	mode: Mode,
	/// Act for the organisation with this number [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Add the file even if it was added for this patient before.
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
	let (author, client) = context.signer_and_client().await?;
	let file = opts.about.file(opts.file);
	let state = context.state()?;
	let revision = Revision {
		record: client.find_record(opts.record).await?,
		organisation: opts.organisation,
		mode: opts.mode.into(),
		replaces: None,
		again: opts.again,
	};
	let added = client.revise_record(&author, &state, &revision, &file, &context.progress).await;
	context.progress.end();
	let added = added?;
	let result = AddedVersion::new(&client, added.clone(), opts.wait, context).await?;
	state.settle(&[added])?;
	context.emit(&result, |out| show::table(out, &AddedVersion::HEAD, &[result.row()]))
}
