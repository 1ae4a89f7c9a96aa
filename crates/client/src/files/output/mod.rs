//! Files for opened records: each appears whole and verified, or not at all.
//!
//! Until then the plaintext is in a file without a name, where the system has them (`O_TMPFILE`),
//! so nothing stays behind, even if the process is killed. Elsewhere it is in `.salus-*.part`.
//! [`discard_unfinished`] removes that file when the process has to end; after a kill, the next
//! opening into the same folder removes it.

mod part;
#[cfg(test)]
mod tests;

pub use part::discard_unfinished;
pub(crate) use part::{create_private, replace_private, reserve, Part};

use std::{
	fs, io,
	path::{Path, PathBuf},
};

use salus_envelope::safe_file_name;

use part::sweep;

/// Target for the content of an opened record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
	/// Into this folder, under the author's name for it, made safe. Nothing there is replaced,
	/// since the author would choose what.
	Folder(PathBuf),
	/// Into this file.
	File {
		/// Path of the file.
		path: PathBuf,
		/// Whether to replace a file that exists.
		replace: bool,
	},
}

/// Reason why an opened record cannot be written to its target.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
	/// A file exists at the target.
	#[error("{} exists already; name another file", .0.display())]
	Exists(PathBuf),
	/// A file with the author's name exists. The name may reveal something about the patient, so
	/// the error does not show it.
	#[error("{} already has a file with the author's name; name the file to write", folder.display())]
	NameTaken {
		/// Target folder.
		folder: PathBuf,
		/// The file that exists.
		file: PathBuf,
	},
	/// The target is not a regular file.
	#[error("{} is a folder, a device or a pipe and cannot be replaced; name a file", .0.display())]
	NotAFile(PathBuf),
	/// The target folder does not exist.
	#[error("there is no folder {}; create it, or name another", .0.display())]
	NoFolder(PathBuf),
	/// The disk is full.
	#[error("{} has no room for the {size} bytes of the record; free some, or name another folder", folder.display())]
	NoRoom {
		/// Target folder.
		folder: PathBuf,
		/// Size of the record, in bytes.
		size: u64,
	},
	/// The record was permitted only after the room for its content was decided on.
	#[error("no room was reserved for the {size} bytes of the record, because its opening was permitted only after the request began; open it again")]
	Unexpected {
		/// Size of the record, in bytes.
		size: u64,
	},
	/// The operating system refused.
	#[error("cannot write into {}; check its permissions and free space", folder.display())]
	Io {
		/// Target folder.
		folder: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
}

impl Output {
	fn folder(&self) -> PathBuf {
		match self {
			Self::Folder(folder) => folder.clone(),
			Self::File { path, .. } => match path.parent() {
				Some(parent) if parent != Path::new("") => parent.to_owned(),
				_ => PathBuf::from("."),
			},
		}
	}

	/// Checks what can be checked before a key is requested, and reserves `size` bytes on the disk.
	pub(crate) fn prepare(&self, size: u64) -> Result<Part, OutputError> {
		let folder = self.folder();
		if !folder.is_dir() {
			return Err(OutputError::NoFolder(folder));
		}
		if let Self::File { path, replace } = self {
			if names_a_folder(path) && !path.is_dir() {
				return Err(OutputError::NoFolder(path.clone()));
			}
			match fs::symlink_metadata(path) {
				Ok(_) if !replace => return Err(OutputError::Exists(path.clone())),
				Ok(found) if !found.is_file() && !found.is_symlink() || path.is_dir() => {
					return Err(OutputError::NotAFile(path.clone()))
				}
				_ => {}
			}
			if path.file_name().is_none() {
				return Err(OutputError::NotAFile(path.clone()));
			}
		}
		sweep(&folder);
		let failed = |source| OutputError::Io { folder: folder.clone(), source };
		let part = Part::create(&folder).map_err(failed)?;
		match reserve(&part.file, size) {
			Ok(true) => Ok(part),
			Ok(false) => Err(OutputError::NoRoom { folder, size }),
			Err(source) => Err(failed(source)),
		}
	}

	/// Names the finished file, and returns its path.
	pub(crate) fn finish(&self, part: Part, author_name: &str) -> Result<PathBuf, OutputError> {
		let folder = self.folder();
		let (path, replace) = match self {
			Self::File { path, replace } => (path.clone(), *replace),
			Self::Folder(folder) => (folder.join(local_name(author_name)), false),
		};
		part.persist(&path, replace).map_err(|source| match (source.kind(), self) {
			(io::ErrorKind::AlreadyExists, Self::File { .. }) => OutputError::Exists(path.clone()),
			(io::ErrorKind::AlreadyExists, Self::Folder(_)) => {
				OutputError::NameTaken { folder: folder.clone(), file: path.clone() }
			}
			_ => OutputError::Io { folder, source },
		})?;
		Ok(path)
	}
}

/// Returns whether a path ends as only a folder's does: `out/`, `out/.`, `out/..`.
fn names_a_folder(path: &Path) -> bool {
	let text = path.as_os_str().to_string_lossy();
	let end = text.trim_end_matches('.');
	text.len() - end.len() <= 2 && end.ends_with(std::path::is_separator)
}

/// Returns the author's name in a form that this system can keep.
fn local_name(name: &str) -> String {
	// Opening has made it safe already; this is for names from elsewhere.
	let name = safe_file_name(name);
	if cfg!(windows) {
		name.replace(['<', '>', '"', '|', '?', '*'], "_")
	} else {
		name
	}
}
