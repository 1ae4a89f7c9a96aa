//! Prints a patient's access log, and proves it complete.
//!
//! With the node of `scripts/quickstart`, as the patient:
//!
//! ```sh
//! SALUS_AS=//Patient cargo run -p salus-client --example audit_log -- log.json
//! ```
//!
//! The file is a FHIR R4 Bundle of AuditEvents. Anyone can verify it later, without a node, but for
//! one comparison: whether its block is a block of the chain.

mod common;

use std::{env, fs};

use salus_client::{words, LogExport};

#[tokio::main]
async fn main() -> common::Result<()> {
	let Some(file) = env::args().nth(1) else {
		return Err("usage: audit_log FILE".into());
	};
	let client = common::connect().await?;
	let patient = common::signer()?.account();

	let export = client.export_log(&patient).await?;
	for entry in &export.entries {
		println!("{} {} {}", entry.index, entry.actor, words::log_event(&entry.event));
	}
	fs::write(&file, serde_json::to_vec_pretty(&export.to_bundle())?)?;

	// As an auditor does who has only the file, and any node for the last comparison.
	let bundle = serde_json::from_slice(&fs::read(&file)?)?;
	let verified = LogExport::from_bundle(&bundle)?.verify()?;
	if !client.is_final_block(verified.block, verified.block_hash).await? {
		return Err("the export comes from another chain".into());
	}
	let entries = words::count(verified.entries as usize, "entry", "entries");
	println!("complete: {entries} at block {}", verified.block);
	Ok(())
}
