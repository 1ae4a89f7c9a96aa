//! Files and folders that only their owner can read.

use std::{
	fs::{self, File, OpenOptions},
	io,
	path::Path,
};

/// Creates a folder that only its owner can use, and the folders above it where they are missing.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path)
}

/// Opens a file for reading and writing; only its owner can read a new one.
pub(crate) fn private_file(path: &Path, truncate: bool) -> io::Result<File> {
	let mut options = OpenOptions::new();
	options.read(true).write(true).create(true).truncate(truncate);
	private(&mut options);
	options.open(path)
}

/// Makes the files that these options create readable only by their owner.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) {
	std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
pub(crate) fn private(_: &mut OpenOptions) {}

/// Returns whether the open file is the one at this path now.
#[cfg(unix)]
pub(crate) fn is_still(file: &File, path: &Path) -> bool {
	use std::os::unix::fs::MetadataExt;
	match (file.metadata(), fs::metadata(path)) {
		(Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
		_ => false,
	}
}

#[cfg(not(unix))]
pub(crate) fn is_still(_: &File, path: &Path) -> bool {
	path.exists()
}

/// Flushes a folder's entries to the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
	File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
	Ok(())
}
