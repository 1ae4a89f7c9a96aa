//! Files and folders that only the node's user can read.

use std::{
	fs,
	io::{self, Write},
	path::Path,
};

/// Creates a folder that only this user can enter.
pub fn make_private(folder: &Path) -> io::Result<()> {
	fs::create_dir_all(folder)?;
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
	}
	Ok(())
}

/// Writes a file that only this user can read. It replaces an existing one.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let temporary = path.with_extension("new");
	let mut options = fs::OpenOptions::new();
	options.write(true).create(true).truncate(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	let mut file = options.open(&temporary)?;
	file.write_all(bytes)?;
	file.sync_all()?;
	fs::rename(&temporary, path)
}
