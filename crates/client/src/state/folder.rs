//! The state folder itself, and why it cannot be used.

use std::{
	fs, io,
	path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{files::private, keys::error::KeyError};

/// Folder of what belongs to one client, below the state folder. Each client has a folder there.
pub(super) const CLIENTS: &str = "clients";

/// Reason why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
	/// No folder was named, and the environment names none.
	#[error("there is no home folder to keep state in; name a folder")]
	NoFolder,
	/// The operating system refused.
	#[error("cannot {action} in the state folder {}; check its permissions and free space", path.display())]
	Io {
		/// The attempted action, as a verb.
		action: &'static str,
		/// The file or folder.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// Another process holds the same upload or reading.
	#[error("another process is already working on this; wait until it has ended")]
	Busy,
	/// The key in the note does not open.
	#[error("the note about this upload was made with another key, or altered; remove the folder {} and start again", path.display())]
	Key {
		/// The folder with the note.
		path: PathBuf,
		/// Reason why the key does not open.
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
	/// Whether an upload that ends early stays, so that it can be continued.
	pub(super) keeps_uploads: bool,
	/// Folder of what belongs to one client; `None` if this program has no clients.
	pub(super) of_client: Option<PathBuf>,
}

impl StateDir {
	/// Uses the named folder, or `$XDG_STATE_HOME/salus`, or `~/.local/state/salus`. Creates
	/// nothing yet.
	pub fn new(named: Option<PathBuf>) -> Result<Self, JournalError> {
		let absolute = |name: &str| {
			std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
		};
		let root = named
			.or_else(|| absolute("XDG_STATE_HOME").map(|folder| folder.join("salus")))
			.or_else(|| absolute("HOME").map(|folder| folder.join(".local/state/salus")))
			.ok_or(JournalError::NoFolder)?;
		Ok(Self { root, keeps_uploads: true, of_client: None })
	}

	/// Keeps no upload that ends early. For a program whose files are gone then, so that it can
	/// continue none.
	pub fn without_uploads(self) -> Self {
		Self { keeps_uploads: false, ..self }
	}

	/// Keeps the readings of one client of this program apart from its other clients' readings,
	/// even if they have the same account. Everything else is shared. A reading that was
	/// interrupted before they were kept apart continues for the client that repeats it first.
	pub fn for_client(&self, client: &str) -> Self {
		let name = hex::encode(Sha256::digest(client));
		Self { of_client: Some(self.root.join(CLIENTS).join(name)), ..self.clone() }
	}

	/// Returns the path of the folder.
	pub fn path(&self) -> &Path {
		&self.root
	}
}

/// The name of an upload or reading: the same for the same file, patient and options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
	/// Hashes parts of any length, each with its length, so they cannot run together.
	pub(crate) fn over(parts: &[&[u8]]) -> Self {
		let mut hash = Sha256::new();
		hash.update(b"salus/upload/1");
		for part in parts {
			hash.update((part.len() as u64).to_be_bytes());
			hash.update(part);
		}
		Self(hex::encode(hash.finalize()))
	}

	/// Returns the fingerprint with a text.
	pub(crate) fn named(text: &str) -> Option<Self> {
		let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
		is_hash.then(|| Self(text.to_owned()))
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

/// Creates a folder that only its owner can use.
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
