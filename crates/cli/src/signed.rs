//! Files that one account signs and another submits: admissions, enrolments and recoveries.

use std::{
	fs,
	io::Error as IoError,
	path::{Path, PathBuf},
};

use serde::{de::DeserializeOwned, Serialize};

use crate::{Context, Failure};

/// Writes what the acting account signed to a file, and names who needs it; or writes it to the
/// output.
pub(crate) fn write(
	signed: &impl Serialize,
	out: Option<PathBuf>,
	submitter: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let text = serde_json::to_string_pretty(signed).map_err(IoError::other)?;
	let Some(path) = out else {
		writeln!(context.out, "{text}")?;
		return Ok(());
	};
	if let Err(source) = fs::write(&path, text + "\n") {
		return Err(Failure::File { action: "write", path, source });
	}
	context.emit(signed, |out| writeln!(out, "Give {} to {submitter}", path.display()))
}

/// Reads a signed file. `invalid` is the error if it is something else.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, invalid: &'static str) -> Result<T, Failure> {
	let text = fs::read_to_string(path).map_err(|source| Failure::File {
		action: "read",
		path: path.to_owned(),
		source,
	})?;
	serde_json::from_str(&text).map_err(|_| Failure::BadFile(invalid))
}
