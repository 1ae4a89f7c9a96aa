//! Opens a record into a folder, under the name that its author gave it.
//!
//! With the node of `scripts/quickstart`, and the first digits of a record's number:
//!
//! ```sh
//! SALUS_AS=//DoctorB cargo run -p salus-client --example open_record -- 0x3e12024a60fe opened
//! ```
//!
//! For a guarded record, the request is on the patient's log before hospitals release the key. The
//! file appears whole and verified, or not at all.

mod common;

use std::{env, path::PathBuf};

use salus_client::{
	primitives::Purpose, words, Error, Output, RecordNumber, Request, Source, StateDir,
};

#[tokio::main]
async fn main() -> common::Result<()> {
	let mut arguments = env::args().skip(1);
	let (Some(number), Some(folder)) = (arguments.next(), arguments.next()) else {
		return Err("usage: open_record RECORD FOLDER".into());
	};
	let client = common::connect().await?;
	let reader = common::signer()?;
	let state = StateDir::new(None)?;

	let record = client.find_record(number.parse::<RecordNumber>()?).await?;
	let request = Request::latest(record, Purpose::TREAT);
	let output = Output::Folder(PathBuf::from(folder));
	let progress = common::progress();
	let opening = client.get(&reader, Some(&state), &request, &Source::Node, &output, &progress);
	let (opened, path) = match opening.await {
		Err(Error::Refused(refusal)) => {
			for rule in words::explanation(&refusal.explanation) {
				eprintln!("considered: {rule}");
			}
			return Err(Error::Refused(refusal).into());
		}
		opened => opened?,
	};
	println!("opened {}", path.display());
	println!("title {}", opened.descriptor.title);
	println!("permitted: {}", words::basis(&opened.basis));
	Ok(())
}
