//! Adds a file to a patient's records, and waits until a storage node holds it.
//!
//! With the node of `scripts/quickstart`:
//!
//! ```sh
//! SALUS_AS=//DoctorA cargo run -p salus-client --example add_record -- blood-count.json //Patient
//! ```
//!
//! Repeat an interrupted run: it continues where it stopped, and registers no second record.

mod common;

use std::{env, time::Duration};

use salus_client::{
	parse_account,
	primitives::{Category, Confidentiality},
	words, Filing, Mode, NewFile, StateDir,
};

#[tokio::main]
async fn main() -> common::Result<()> {
	let mut arguments = env::args().skip(1);
	let (Some(file), Some(patient)) = (arguments.next(), arguments.next()) else {
		return Err("usage: add_record FILE PATIENT".into());
	};
	let client = common::connect().await?;
	let author = common::signer()?;
	let state = StateDir::new(None)?;

	let filing = Filing {
		patient: parse_account(&patient)?,
		// The only organisation for which the author can act.
		organisation: None,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		// The hospitals release the key, on requests that the patient's log keeps.
		mode: Mode::Guarded,
		again: false,
	};
	let files = [NewFile::new(file)];
	let added = client.add_records(&author, &state, &filing, &files, &common::progress()).await?;
	for one in &added {
		let limit = Duration::from_secs(120);
		let stored = client.wait_until_stored(one.record, one.version, limit).await?;
		println!("record {} {}", one.record, words::state(stored));
	}
	// From now on, adding the same file again is noticed and refused.
	state.settle(&added)?;
	Ok(())
}
