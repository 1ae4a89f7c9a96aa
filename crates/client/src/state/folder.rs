//! The state folder itself, and why it cannot be used.

use std::{
	fs, io,
	path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{files::private, keys::error::KeyError};

/// Why the notes could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
	/// No folder was named, and none follows from the environment.
	#[error(
		"there is no home folder to keep the state of uploads in; name a folder with --state-dir"
	)]
	NoFolder,
	/// The system refused.
	#[error("cannot {action} in the state folder {}; check its rights and space", path.display())]
	Io {
		/// What was tried.
		action: &'static str,
		/// Where.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// Another process works on it.
	#[error("another process works on the same; wait for it")]
	Busy,
	/// The key in the note does not open.
	#[error("the note about this upload was made with another key or altered; remove the folder {} and start again", path.display())]
	Key {
		/// Where the note is.
		path: PathBuf,
		/// What is wrong.
		#[source]
		source: Box<KeyError>,
	},
	/// A note cannot be sealed.
	#[error(transparent)]
	Seal(#[from] KeyError),
}

/// The folder with this machine's state.
#[derive(Clone, Debug)]
pub struct StateDir {
	root: PathBuf,
}

impl StateDir {
	/// The named folder, or `$XDG_STATE_HOME/salus`, or `~/.local/state/salus`. Nothing is made yet.
	pub fn new(named: Option<PathBuf>) -> Result<Self, JournalError> {
		let absolute = |name: &str| {
			std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
		};
		let root = named
			.or_else(|| absolute("XDG_STATE_HOME").map(|folder| folder.join("salus")))
			.or_else(|| absolute("HOME").map(|folder| folder.join(".local/state/salus")))
			.ok_or(JournalError::NoFolder)?;
		Ok(Self { root })
	}

	/// Where it is.
	pub fn path(&self) -> &Path {
		&self.root
	}
}

/// Names an upload: the same file for the same patient in the same way has the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
	/// Over parts of any length; each is told apart from the next.
	pub(crate) fn over(parts: &[&[u8]]) -> Self {
		let mut hash = Sha256::new();
		hash.update(b"salus/upload/1");
		for part in parts {
			hash.update((part.len() as u64).to_be_bytes());
			hash.update(part);
		}
		Self(hex::encode(hash.finalize()))
	}

	pub(crate) fn text(&self) -> &str {
		&self.0
	}
}

pub(crate) fn failed(action: &'static str, path: &Path, source: io::Error) -> JournalError {
	JournalError::Io { action, path: path.to_owned(), source }
}

pub(crate) fn remove(path: &Path) -> Result<(), JournalError> {
	match fs::remove_file(path) {
		Err(source) if source.kind() != io::ErrorKind::NotFound => {
			Err(failed("remove a file", path, source))
		}
		_ => Ok(()),
	}
}

/// Creates a folder for its owner alone.
pub(crate) fn private_folder(path: &Path) -> Result<(), JournalError> {
	private::private_folder(path).map_err(|source| failed("make a folder", path, source))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn parts_of_a_fingerprint_do_not_run_together() {
		assert_ne!(Fingerprint::over(&[b"ab", b"c"]), Fingerprint::over(&[b"a", b"bc"]));
		assert_ne!(Fingerprint::over(&[b"ab"]), Fingerprint::over(&[b"ab", b""]));
	}
}
