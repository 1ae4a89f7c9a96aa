//! `salus record get`.

use std::path::{Path, PathBuf};

use clap::Args;
use salus_client::{
	copy_out,
	primitives::{Purpose, RecordId, Version},
	words, Opened, Output, Request,
};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// The record.
	#[arg(value_parser = parse::record)]
	record: RecordId,
	/// Which version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Why you open it.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// A file, a folder, or - for standard output [default: this folder, under the author's name for it].
	#[arg(long, short, value_name = "PATH")]
	out: Option<PathBuf>,
	/// Replace the file if it exists.
	#[arg(long)]
	force: bool,
	/// Fetch from an IPFS node by its RPC API instead of the Salus node.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,
}

#[derive(Serialize)]
struct Got {
	#[serde(flatten)]
	opened: Opened,
	file: PathBuf,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let reader = context.signer()?;
	let client = context.client().await?;
	let source = context.source(opts.ipfs.as_deref())?;
	let request = Request {
		record: opts.record,
		version: opts.version,
		purpose: opts.purpose,
	};

	if opts.out.as_deref() == Some(Path::new("-")) {
		// Only what is verified to its end may go out.
		let folder = tempfile::tempdir().map_err(salus_client::Error::WriteOutput)?;
		let output = Output::File(folder.path().join("opened"));
		let (_, file) = client
			.get(
				&reader,
				&request,
				&source,
				&output,
				false,
				&context.progress,
			)
			.await?;
		copy_out(&file, &mut *context.out)?;
		return Ok(());
	}
	let output = match opts.out {
		None => Output::Folder(PathBuf::from(".")),
		Some(path) if path.is_dir() => Output::Folder(path),
		Some(path) => Output::File(path),
	};
	let (opened, file) = client
		.get(
			&reader,
			&request,
			&source,
			&output,
			opts.force,
			&context.progress,
		)
		.await?;
	let got = Got { opened, file };
	context.emit(&got, |out| {
		let opened = &got.opened;
		show::pairs(
			out,
			&[
				("file", got.file.display().to_string()),
				("title", opened.descriptor.title.clone()),
				("media type", opened.descriptor.media_type.clone()),
				("size", show::size(opened.size)),
				("SHA-256", hex::encode(opened.sha256)),
				("version", opened.version.to_string()),
				("permitted", words::basis(&opened.basis)),
				(
					"verified",
					"every block, and the whole against the chain".into(),
				),
			],
		)
	})
}
