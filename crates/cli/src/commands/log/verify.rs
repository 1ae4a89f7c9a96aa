//! `salus log verify`: reads an export, verifies its proof without a node, and checks the hash of
//! its block if a header is given or a node may be asked.

use std::{fs, path::PathBuf};

use clap::Args;
use salus_client::{primitives::Hash32, Error, LogExport, Verified};
use serde::Serialize;
use serde_json::Value;

use crate::{parse, show, Context, Failure};

/// Maximum size of an export, in bytes: far more than the longest log that a chain keeps.
const MAX_EXPORT: u64 = 1024 * 1024 * 1024;

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Exported file.
	file: PathBuf,
	/// Expect this block hash, which you obtained independently.
	#[arg(long, value_name = "HASH", value_parser = parse::block)]
	header: Option<Hash32>,
	/// Ask a node whether the block is a final block of its chain.
	#[arg(long, conflicts_with = "header")]
	online: bool,
}

#[derive(Serialize)]
struct ProofReport {
	#[serde(flatten)]
	verified: Verified,
	/// Whether the block is known to be the chain's; if not, that remains to be checked.
	block_confirmed: bool,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let export = read(&opts.file)?;
	let verified = export.verify().map_err(Error::from)?;
	let block_confirmed = match opts.header {
		Some(header) if header != verified.block_hash => return Err(Failure::OtherBlock),
		Some(_) => true,
		None if opts.online => {
			let client = context.client().await?;
			let is_final = client.is_final_block(verified.block, verified.block_hash).await?;
			if !is_final || client.genesis() != export.genesis {
				return Err(Failure::OtherBlock);
			}
			true
		}
		None => false,
	};
	let proved = ProofReport { verified, block_confirmed };
	context.emit(&proved, |out| {
		let verified = &proved.verified;
		let whole = match verified.head.archived {
			0 => "complete and unchanged".into(),
			archived => format!("complete and unchanged after the first {archived}, which are archived"),
		};
		show::pairs(
			out,
			&[
				("patient", verified.patient.to_string()),
				("entries", format!("{}, {whole}", verified.entries)),
				("block", verified.block.to_string()),
				("block hash", format!("0x{}", hex::encode(verified.block_hash))),
			],
		)?;
		if proved.block_confirmed {
			return writeln!(out, "The block is on the chain: the proof is complete");
		}
		writeln!(
			out,
			"Still to check: that the chain's block {} has this hash. Ask a node (--online), or give the hash from another source (--header HASH)",
			verified.block
		)
	})
}

fn read(path: &PathBuf) -> Result<LogExport, Failure> {
	let failure = |source| Failure::File { action: "read", path: path.clone(), source };
	if fs::metadata(path).map_err(failure)?.len() > MAX_EXPORT {
		return Err(Failure::BadFile("the file is too large to be an export of a log; give the file that `salus log export` wrote"));
	}
	let bytes = fs::read(path).map_err(failure)?;
	let bundle: Value = serde_json::from_slice(&bytes).map_err(|_| {
		Failure::BadFile(
			"the file contains no export of an access log; give the file that `salus log export` wrote, unchanged",
		)
	})?;
	Ok(LogExport::from_bundle(&bundle).map_err(Error::from)?)
}
