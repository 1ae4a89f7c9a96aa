//! A folder that was given, and the files below it. Somebody else may be able to write there, so no
//! link leads out of it, whatever changes during the import.

use std::{
	fs::{self, File, ReadDir},
	io,
	os::{
		fd::{AsRawFd, OwnedFd},
		unix::fs::MetadataExt,
	},
	path::{Path, PathBuf},
};

use rustix::fs::{open, openat2, Mode, OFlags, ResolveFlags};

/// Reason why a file is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
	/// There is no such file.
	Missing,
	/// A symbolic link leads to the file, or the file is elsewhere.
	Link,
	/// The file has several names.
	HardLink,
	/// This is not a regular file.
	NotAFile,
	/// The file is empty.
	Empty,
	/// The system does not let this program read the file.
	Unreadable,
}

impl From<io::Error> for Unopened {
	fn from(error: io::Error) -> Self {
		use rustix::io::Errno;
		match (error.kind(), error.raw_os_error().map(Errno::from_raw_os_error)) {
			(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) => Self::Missing,
			(_, Some(Errno::LOOP | Errno::XDEV)) => Self::Link,
			_ => Self::Unreadable,
		}
	}
}

/// Returns the path that leads to an open file, whatever its name leads to by now.
pub(super) fn path_of(file: &impl AsRawFd) -> PathBuf {
	format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Folder of an import.
pub(super) struct Root {
	path: PathBuf,
	folder: OwnedFd,
}

impl Root {
	pub(super) fn open(path: &Path) -> io::Result<Self> {
		let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
		let folder = open(path, flags, Mode::empty())?;
		Ok(Self { path: path.to_owned(), folder })
	}

	pub(super) fn path(&self) -> &Path {
		&self.path
	}

	/// Finds what a relative path leads to, without a link, and without opening it.
	fn find(&self, relative: &Path) -> io::Result<File> {
		let resolve =
			ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
		let flags = OFlags::PATH | OFlags::CLOEXEC;
		Ok(openat2(&self.folder, relative, flags, Mode::empty(), resolve)?.into())
	}

	/// Opens a file with content.
	pub(super) fn file(&self, relative: &Path) -> Result<File, Unopened> {
		// Opening a device could have an effect, and a pipe would wait.
		let found = self.find(relative)?;
		let metadata = found.metadata()?;
		if !metadata.is_file() {
			return Err(Unopened::NotAFile);
		}
		// Somebody may have linked a file here that only this program can read.
		if metadata.nlink() > 1 {
			return Err(Unopened::HardLink);
		}
		if metadata.len() == 0 {
			return Err(Unopened::Empty);
		}
		Ok(File::open(path_of(&found))?)
	}

	/// Lists a folder.
	pub(super) fn list(&self, relative: &Path) -> io::Result<ReadDir> {
		match relative.as_os_str().is_empty() {
			true => fs::read_dir(path_of(&self.folder)),
			false => fs::read_dir(path_of(&self.find(relative)?)),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::os::unix::fs::symlink;

	#[test]
	fn a_folder_that_becomes_a_link_leads_nowhere() {
		let outer = tempfile::tempdir().unwrap();
		let at = |name: &str| outer.path().join(name);
		fs::create_dir_all(at("root/in")).unwrap();
		fs::create_dir_all(at("secret")).unwrap();
		for name in ["root/in/a", "secret/a"] {
			fs::write(at(name), name).unwrap();
		}
		let root = Root::open(&at("root")).unwrap();
		assert!(root.file(Path::new("in/a")).is_ok() && root.list(Path::new("in")).is_ok());
		fs::rename(at("root/in"), at("root/was")).unwrap();
		symlink(at("secret"), at("root/in")).unwrap();
		assert_eq!(root.file(Path::new("in/a")).unwrap_err(), Unopened::Link);
		assert_eq!(root.file(Path::new("../secret/a")).unwrap_err(), Unopened::Link);
		assert!(root.list(Path::new("in")).is_err());
		// Neither does the folder itself.
		fs::rename(at("root"), at("moved")).unwrap();
		symlink(at("secret"), at("root")).unwrap();
		assert_eq!(root.file(Path::new("a")).unwrap_err(), Unopened::Missing);
		assert_eq!(root.list(Path::new("")).unwrap().count(), 2);
	}

	#[test]
	fn a_file_with_several_names_is_not_opened() {
		let outer = tempfile::tempdir().unwrap();
		let secret = outer.path().join("secret");
		fs::write(&secret, "secret").unwrap();
		let folder = outer.path().join("root");
		fs::create_dir(&folder).unwrap();
		fs::hard_link(&secret, folder.join("a.pdf")).unwrap();
		let root = Root::open(&folder).unwrap();
		assert_eq!(root.file(Path::new("a.pdf")).unwrap_err(), Unopened::HardLink);
		fs::remove_file(&secret).unwrap();
		assert!(root.file(Path::new("a.pdf")).is_ok());
	}
}
