//! Files in which opened records end: whole and verified, or not at all.
//!
//! Until then the plaintext is in a file without a name where the system has such (`O_TMPFILE`), so that nothing stays however the
//! process ends. Elsewhere it is in `.salus-*.part`, which is removed when the process is told to end ([`discard_unfinished`]),
//! and, if it was killed, by the next opening into the same folder.

mod part;
#[cfg(test)]
mod tests;

pub use part::discard_unfinished;
pub(crate) use part::{replace_private, Part};

use std::{
	fs, io,
	path::{Path, PathBuf},
};

use salus_envelope::safe_file_name;

use part::sweep;

/// Where the opened content goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
	/// Into this folder, under the name that the author gave it, made safe. Nothing is replaced there: the author would choose
	/// what.
	Folder(PathBuf),
	/// Into this file.
	File {
		/// Where it is.
		path: PathBuf,
		/// Whether to replace a file that is there.
		replace: bool,
	},
}

/// Why an opened record cannot be written where it should go.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
	/// There is something in the way.
	#[error("{} exists already; name another file, or replace it with --force", .0.display())]
	Exists(PathBuf),
	/// The author's name for it is taken. That name may tell of the patient: the error does not.
	#[error("{} has a file of the author's name for it already; say with --out in which file it goes", folder.display())]
	NameTaken {
		/// Where it should go.
		folder: PathBuf,
		/// What is there.
		file: PathBuf,
	},
	/// What should be replaced is no file.
	#[error("{} is a folder, a device or a pipe: it cannot be replaced; name a file", .0.display())]
	NotAFile(PathBuf),
	/// The folder is not there.
	#[error("there is no folder {}; make it, or name another with --out", .0.display())]
	NoFolder(PathBuf),
	/// The disk is full.
	#[error("{} has no room for the record's {size} bytes; free some, or name another folder with --out", folder.display())]
	NoRoom {
		/// Where it should go.
		folder: PathBuf,
		/// How much is needed.
		size: u64,
	},
	/// The system refused.
	#[error("cannot write into {}; check its rights and space", folder.display())]
	Io {
		/// Where.
		folder: PathBuf,
		/// What the system said.
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

	/// Checks whatever can be checked before anything is asked for, and takes the room that `size` bytes need.
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
		match part.reserve(size) {
			Ok(true) => Ok(part),
			Ok(false) => Err(OutputError::NoRoom { folder, size }),
			Err(source) => Err(failed(source)),
		}
	}

	/// Gives the finished content its name, and says which.
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

/// Whether a path ends as only that of a folder does: `out/`, `out/.`, `out/..`.
fn names_a_folder(path: &Path) -> bool {
	let text = path.as_os_str().to_string_lossy();
	let end = text.trim_end_matches('.');
	text.len() - end.len() <= 2 && end.ends_with(std::path::is_separator)
}

/// The author's name as this system can keep it.
fn local_name(name: &str) -> String {
	// Opening has done it; whoever calls with another one gets a safe name, too.
	let name = safe_file_name(name);
	if cfg!(windows) {
		name.replace(['<', '>', '"', '|', '?', '*'], "_")
	} else {
		name
	}
}
