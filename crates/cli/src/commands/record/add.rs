//! `salus record add`: encrypts each file, uploads it, registers it on the chain, waits for a
//! storage node if asked to, and shows the records.

use std::path::PathBuf;

use clap::Args;
use salus_client::{
	primitives::{Category, Confidentiality, OrganisationId},
	Account, Filing,
};

use super::version::{About, AddedVersion, Mode, Wait};
use crate::{limit::within, parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Files to add.
	#[arg(required = true, value_name = "FILE")]
	files: Vec<PathBuf>,
	/// Add the records for this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// File all records of the command under this category.
	#[arg(long, value_parser = parse::category())]
	category: Category,
	/// Set the confidentiality of the records (HL7 v3 codes N, R and V).
	#[arg(long, default_value = "normal", value_parser = parse::confidentiality())]
	confidentiality: Confidentiality,
	/// Choose who releases the key.
	#[arg(long, value_enum, default_value = "guarded")]
	mode: Mode,
	/// Act for the organisation with this number [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Add files even if they were added for this patient before, or if two have the same content.
	#[arg(long)]
	again: bool,
	#[command(flatten)]
	about: About,
	#[command(flatten)]
	wait: Wait,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	within(opts.wait.limit(), context, async |context| add(opts, context).await).await
}

async fn add(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	if opts.files.len() > 1 && opts.about.names_one_file() {
		let error = clap::Error::raw(
			clap::error::ErrorKind::ArgumentConflict,
			"--title and --name are for one file; add several files without them\n",
		);
		return Err(error.into());
	}
	let (author, client) = context.signer_and_client().await?;
	let filing = Filing {
		patient: opts.patient,
		organisation: opts.organisation,
		category: opts.category,
		confidentiality: opts.confidentiality,
		mode: opts.mode.into(),
		again: opts.again,
	};
	let files: Vec<_> = opts.files.into_iter().map(|path| opts.about.file(path)).collect();
	let state = context.state()?;
	let added = client.add_records(&author, &state, &filing, &files, &context.progress).await;
	context.progress.end();
	let added = added?;
	let mut results = Vec::new();
	for added in &added {
		results.push(AddedVersion::new(&client, added.clone(), opts.wait, context).await?);
	}
	// Until here, the same command resumes with these records.
	state.settle(&added)?;
	let rows: Vec<_> = results.iter().map(AddedVersion::row).collect();
	context.emit(&results, |out| show::table(out, &AddedVersion::HEAD, &rows))
}
